/*
 * yaml_scalar.c: see yaml_scalar.h.
 *
 * Decimal numbers stay as they are written: +5, 0005 and 1. are numbers whose digits a text column
 * gets unchanged. Only what no database reads as a number is rewritten: 0x and 0o in decimal, of any
 * size, and .inf and .nan as words.
 */
#include "yaml_scalar.h"

#include <string.h>

#include "script_header.h"

#define YAML_TAG "tag:yaml.org,2002:"

static bool is_one_of(mig_str text, const char *const *words, size_t n) {
    size_t i;

    for (i = 0; i < n; i++)
        if (mig_str_is(text, words[i]))
            return true;
    return false;
}

#define IS_ONE_OF(text, words) is_one_of((text), (words), sizeof(words) / sizeof *(words))

static const char *const null_words[] = {"", "~", "null", "Null", "NULL"};
static const char *const true_words[] = {"true", "True", "TRUE"};
static const char *const false_words[] = {"false", "False", "FALSE"};
static const char *const inf_words[] = {".inf", ".Inf", ".INF"};
static const char *const nan_words[] = {".nan", ".NaN", ".NAN"};

static mig_str behind(mig_str s, size_t n) {
    return mig_str_sub(s, n, s.n);
}

static mig_str behind_sign(mig_str s) {
    return behind(s, s.n > 0 && (s.p[0] == '+' || s.p[0] == '-'));
}

static size_t digits_count(mig_str s) {
    size_t n = 0;

    while (n < s.n && mig_is_digit(s.p[n]))
        n++;
    return n;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned digit_value(char c) {
    c = mig_lower(c);
    if (mig_is_digit(c))
        return (unsigned)(c - '0');
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* 8 or 16 where all behind 0o or 0x are digits of it, at least one; else 0. */
static unsigned based_base(mig_str text) {
    unsigned base;
    size_t i;

    if (text.n < 3 || text.p[0] != '0' || (text.p[1] != 'x' && text.p[1] != 'o'))
        return 0;
    base = text.p[1] == 'x' ? 16 : 8;
    for (i = 2; i < text.n; i++)
        if (digit_value(text.p[i]) >= base)
            return 0;
    return base;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(mig_str text) {
    mig_str rest = behind_sign(text);
    size_t whole = digits_count(rest), part = 0;

    rest = behind(rest, whole);
    if (rest.n > 0 && rest.p[0] == '.') {
        part = digits_count(behind(rest, 1));
        rest = behind(rest, 1 + part);
    }
    if (whole + part == 0)
        return false;
    if (rest.n == 0)
        return true;
    if (mig_lower(rest.p[0]) != 'e')
        return false;
    rest = behind_sign(behind(rest, 1));
    return rest.n > 0 && digits_count(rest) == rest.n;
}

static bool is_number(mig_str text) {
    return is_decimal(text) || based_base(text) != 0 || IS_ONE_OF(behind_sign(text), inf_words) ||
           IS_ONE_OF(text, nan_words);
}

mig_json_kind mig_yaml_kind(mig_str text) {
    if (IS_ONE_OF(text, null_words))
        return MIG_JSON_NULL;
    if (IS_ONE_OF(text, true_words))
        return MIG_JSON_TRUE;
    if (IS_ONE_OF(text, false_words))
        return MIG_JSON_FALSE;
    return is_number(text) ? MIG_JSON_NUMBER : MIG_JSON_STRING;
}

/* ---- numbers ----------------------------------------------------------------------------- */

/* Digits of a base in decimal: school arithmetic on limbs of nine digits, the lowest first. */
static mig_str based_decimal(mig_ctx *ctx, mig_str digits, unsigned base) {
    uint32_t limbs[MIG_MAX_BASED_DIGITS / 7 + 1] = {0};
    mig_buf buf = mig_buf_new(ctx);
    size_t n = 1, i, k;
    uint64_t carry;

    for (i = 0; i < digits.n; i++) {
        carry = digit_value(digits.p[i]);
        for (k = 0; k < n; k++) {
            carry += (uint64_t)limbs[k] * base;
            limbs[k] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry != 0)
            limbs[n++] = (uint32_t)carry;
    }
    mig_buf_addf(&buf, "%lu", (unsigned long)limbs[n - 1]);
    for (k = n - 1; k > 0; k--)
        mig_buf_addf(&buf, "%09lu", (unsigned long)limbs[k - 1]);
    return mig_buf_str(&buf);
}

static bool number_read(mig_ctx *ctx, mig_str text, mig_yaml_token *token, const char **why) {
    unsigned base = based_base(text);

    token->json.kind = MIG_JSON_NUMBER;
    token->json.text = text;
    if (base != 0 && text.n - 2 > MIG_MAX_BASED_DIGITS) {
        *why = "a hexadecimal or octal number of more than 128 digits";
        return false;
    }
    if (base != 0)
        token->json.text = based_decimal(ctx, behind(text, 2), base);
    else if (IS_ONE_OF(text, nan_words))
        token->json.text = MIG_STR("NaN");
    else if (IS_ONE_OF(behind_sign(text), inf_words))
        token->json.text = text.p[0] == '-' ? MIG_STR("-Infinity") : MIG_STR("Infinity");
    return mig_ctx_error(ctx) == NULL;
}

/* ---- !!binary ---------------------------------------------------------------------------- */

/* The value of a character of base64 (RFC 4648), or 64. */
static uint32_t base64_value(char c) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);

    return found == NULL ? 64 : (uint32_t)(found - alphabet);
}

/* The characters of text without white space; how many of them are no padding goes to *n_digits. */
static mig_str base64_pack(mig_ctx *ctx, mig_str text, size_t *n_digits) {
    char *packed = mig_alloc(ctx, text.n);
    size_t n = 0, i;

    for (i = 0; packed != NULL && i < text.n; i++)
        if (!mig_is_space(text.p[i]))
            packed[n++] = text.p[i];
    for (*n_digits = n; *n_digits > 0 && n - *n_digits < 2 && packed[*n_digits - 1] == '=';)
        --*n_digits;
    return (mig_str){packed, n};
}

/* false: it is no base64, or there is an error. Bits behind the last byte must be zero. */
static bool base64_read(mig_ctx *ctx, mig_str text, mig_str *bytes) {
    size_t n_digits, n = 0, i;
    mig_str packed = base64_pack(ctx, text, &n_digits);
    char *out = packed.p == NULL ? NULL : mig_alloc(ctx, packed.n);
    uint32_t bits = 0, value;

    if (out == NULL || packed.n % 4 != 0)
        return false;
    for (i = 0; i < n_digits; i++) {
        value = base64_value(packed.p[i]);
        if (value == 64)
            return false;
        bits = bits << 6 | value;
        if (i % 4 != 0)
            out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xFF);
    }
    *bytes = (mig_str){out, n};
    return n_digits % 4 == 0 || (bits & (n_digits % 4 == 2 ? 0xFU : 0x3U)) == 0;
}

/* ---- tags -------------------------------------------------------------------------------- */

static bool binary_read(mig_ctx *ctx, mig_str text, mig_yaml_token *token, const char **why) {
    token->json.kind = MIG_JSON_STRING;
    token->binary = true;
    if (base64_read(ctx, text, &token->json.text))
        return true;
    *why = mig_ctx_error(ctx) == NULL ? "the value of !!binary is not base64" : NULL;
    return false;
}

/* A scalar of a tag that wants one kind of the core schema. */
static bool kind_read(mig_ctx *ctx, mig_str text, mig_str tag, mig_yaml_token *token,
                      const char **why) {
    bool is_integer = digits_count(behind_sign(text)) == behind_sign(text).n && text.n > 0;
    mig_json_kind kind = mig_yaml_kind(text);

    if (kind == MIG_JSON_NUMBER && mig_str_is(tag, "float"))
        return number_read(ctx, text, token, why);
    if (kind == MIG_JSON_NUMBER && mig_str_is(tag, "int") && (is_integer || based_base(text) != 0))
        return number_read(ctx, text, token, why);
    token->json.kind = kind;
    if (kind == MIG_JSON_NULL && mig_str_is(tag, "null"))
        return true;
    if ((kind == MIG_JSON_TRUE || kind == MIG_JSON_FALSE) && mig_str_is(tag, "bool"))
        return true;
    *why = mig_str_format(ctx, "the value is no !!%.*s", MIG_FMT(tag)).p;
    return false;
}

/* A tag as people write it, "!!set"; in the arena. */
static const char *tag_shown(mig_ctx *ctx, mig_str tag) {
    mig_str prefix = MIG_STR(YAML_TAG);

    if (mig_str_starts(tag, prefix))
        return mig_str_format(ctx, "!!%.*s", MIG_FMT(mig_text_clip(behind(tag, prefix.n)))).p;
    return mig_str_z(ctx, mig_text_clip(tag));
}

static bool tagged_read(mig_ctx *ctx, mig_str text, mig_str tag, mig_yaml_token *token,
                        const char **why) {
    static const char *const kinds[] = {"int", "float", "bool", "null"};
    mig_str prefix = MIG_STR(YAML_TAG), name = {NULL, 0};
    const char *shown;

    if (mig_str_starts(tag, prefix))
        name = behind(tag, prefix.n);
    token->json.text = text;
    if (mig_str_is(name, "str") || mig_str_is(tag, "!")) {
        token->json.kind = MIG_JSON_STRING;
        return true;
    }
    if (mig_str_is(name, "binary"))
        return binary_read(ctx, text, token, why);
    if (IS_ONE_OF(name, kinds))
        return kind_read(ctx, text, name, token, why);
    shown = tag_shown(ctx, tag);
    *why = shown == NULL ? NULL : mig_str_format(ctx, "the tag %s is not understood", shown).p;
    return false;
}

bool mig_yaml_scalar(mig_ctx *ctx, mig_str text, const char *tag, bool plain, mig_yaml_token *token,
                     const char **why) {
    *why = NULL;
    token->binary = false;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (tag != NULL)
        return tagged_read(ctx, text, mig_str_of(tag), token, why);
    token->json.text = text;
    token->json.kind = plain ? mig_yaml_kind(text) : MIG_JSON_STRING;
    return token->json.kind != MIG_JSON_NUMBER || number_read(ctx, text, token, why);
}
