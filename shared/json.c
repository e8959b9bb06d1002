/*
 * json.c: see json.h.
 *
 * The reader is what is expected next and a stack of one bit a level. It looks at no more than the
 * byte in front of it, so a chunk of the input may end anywhere. Texts are copied into the arena run
 * by run; bytes from 0x80 are checked one by one as they pass, so that a fault has its place
 * wherever chunks end.
 */
#include "json.h"

#include <limits.h>
#include <string.h>

typedef enum expect {
    EXPECT_VALUE,
    EXPECT_FIRST_ITEM, /* a value or ] */
    EXPECT_FIRST_KEY,  /* a key or } */
    EXPECT_KEY,
    EXPECT_COLON,
    EXPECT_NEXT /* a value is over: a comma or what closes it, or the end */
} expect;

struct mig_json {
    mig_input *input;
    const char *p, *end; /* what is not read of the chunk */
    size_t chunk_at;     /* offset of end in the input */
    size_t line, column; /* of p */
    expect expect;
    bool is_object[MIG_MAX_DEPTH];
    size_t depth;
    mig_json_token bad; /* the fault, once there was one */
};

/* The place of a token or a fault. */
typedef struct place {
    size_t line, column, at;
} place;

mig_json *mig_json_open(mig_ctx *ctx, mig_input *input) {
    mig_json *json = input == NULL ? NULL : mig_alloc_zero(ctx, 1, sizeof *json);

    if (json == NULL)
        return NULL;
    json->input = input;
    json->line = json->column = 1;
    return json;
}

size_t mig_json_depth(const mig_json *json) {
    return json->depth;
}

/* The next byte, or -1 at the end and on error. */
static int peek(mig_ctx *ctx, mig_json *json) {
    mig_str chunk;

    if (json->p == json->end) {
        if (!mig_input_next(ctx, json->input, &chunk) || chunk.n == 0)
            return -1;
        json->p = chunk.p;
        json->end = chunk.p + chunk.n;
        json->chunk_at += chunk.n;
    }
    return (unsigned char)*json->p;
}

static place place_now(const mig_json *json) {
    place here;

    here.line = json->line;
    here.column = json->column;
    here.at = json->chunk_at - (size_t)(json->end - json->p);
    return here;
}

/* Files are streamed: a line may be longer than an int can count. */
static int place_int(size_t n) {
    return n > INT_MAX ? INT_MAX : (int)n;
}

static void token_place(mig_json_token *token, place where) {
    token->line = place_int(where.line);
    token->column = place_int(where.column);
    token->at = where.at;
}

/* The first fault is the last token. With an error in the context there is none. Answers false. */
static bool fault_set(mig_ctx *ctx, mig_json *json, place where, mig_json_fault fault,
                      const char *why) {
    if (mig_ctx_error(ctx) != NULL || json->bad.kind == MIG_JSON_BAD)
        return false;
    json->bad.kind = MIG_JSON_BAD;
    json->bad.text = MIG_STR("");
    token_place(&json->bad, where);
    json->bad.why = why;
    json->bad.fault = fault;
    return false;
}

static void step(mig_json *json) {
    json->p++;
    json->column++;
}

static void skip_space(mig_ctx *ctx, mig_json *json) {
    int c, before = 0;

    while ((c = peek(ctx, json)) == ' ' || c == '\t' || c == '\n' || c == '\r') {
        step(json);
        if (c == '\r' || (c == '\n' && before != '\r'))
            json->line++;
        if (c == '\r' || c == '\n')
            json->column = 1;
        before = c;
    }
}

static bool buf_add_bounded(mig_ctx *ctx, mig_json *json, place start, mig_buf *buf, mig_str s) {
    if (s.n > MIG_MAX_SCALAR - buf->n)
        return fault_set(ctx, json, start, MIG_JSON_FAULT_LIMIT, "a value of more than 64 MiB");
    return mig_buf_add(buf, s);
}

static bool buf_add_character(mig_ctx *ctx, mig_json *json, place start, mig_buf *buf, uint32_t c) {
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

    /* n bits above the others say how many bytes it is; none where it is one. */
    bytes[0] = (char)(n == 1 ? c : (0xF00 >> n & 0xF0) | c >> (6 * (n - 1)));
    for (i = 1; i < n; i++)
        bytes[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3F));
    return buf_add_bounded(ctx, json, start, buf, (mig_str){bytes, n});
}

static int hex_digit(int c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(mig_ctx *ctx, mig_json *json, uint32_t *value) {
    int i, digit;

    *value = 0;
    for (i = 0; i < 4; i++) {
        digit = hex_digit(peek(ctx, json));
        if (digit < 0)
            return false;
        *value = *value * 16 + (uint32_t)digit;
        step(json);
    }
    return true;
}

static bool accept(mig_ctx *ctx, mig_json *json, char c) {
    if (peek(ctx, json) != (unsigned char)c)
        return false;
    step(json);
    return true;
}

/* What follows "\u": four digits, or two such groups where the first is a high surrogate. */
static bool read_unicode(mig_ctx *ctx, mig_json *json, place escape, uint32_t *c) {
    const char *half = "half of a surrogate pair";
    uint32_t low;

    if (!read_hex(ctx, json, c))
        return fault_set(ctx, json, escape, MIG_JSON_FAULT_OTHER,
                         "\\u needs four hexadecimal digits");
    if (*c == 0)
        return fault_set(ctx, json, escape, MIG_JSON_FAULT_OTHER,
                         "\\u0000 cannot be part of a text");
    if (*c < 0xD800 || *c > 0xDFFF)
        return true;
    if (*c > 0xDBFF || !accept(ctx, json, '\\') || !accept(ctx, json, 'u') ||
        !read_hex(ctx, json, &low) || low < 0xDC00 || low > 0xDFFF)
        return fault_set(ctx, json, escape, MIG_JSON_FAULT_OTHER, half);
    *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* The reader is at a backslash; start is the place of the text. */
static bool read_escape(mig_ctx *ctx, mig_json *json, place start, mig_buf *buf) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    place escape = place_now(json);
    const char *found;
    uint32_t code;
    int c;

    step(json);
    c = peek(ctx, json);
    if (c < 0)
        return fault_set(ctx, json, escape, MIG_JSON_FAULT_OTHER, "a text is not closed");
    if (c == 'u') {
        step(json);
        return read_unicode(ctx, json, escape, &code) &&
               buf_add_character(ctx, json, start, buf, code);
    }
    found = memchr(letters, c, sizeof letters - 1);
    if (found == NULL)
        return fault_set(ctx, json, escape, MIG_JSON_FAULT_OTHER, "unknown escape sequence");
    step(json);
    return buf_add_character(ctx, json, start, buf, (unsigned char)meant[found - letters]);
}

/* A character from U+0080, whose bytes may lie in two chunks. */
static bool read_character(mig_ctx *ctx, mig_json *json, place start, mig_buf *buf) {
    place here = place_now(json);
    char bytes[4];
    size_t n = 0, length;
    int c = peek(ctx, json);

    length = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    do {
        bytes[n++] = (char)c;
        json->p++;
        c = peek(ctx, json);
    } while (n < length && c >= 0x80 && c < 0xC0);
    if (mig_utf8_check((mig_str){bytes, n}) != n)
        return fault_set(ctx, json, here, MIG_JSON_FAULT_OTHER, "not UTF-8");
    json->column++;
    return buf_add_bounded(ctx, json, start, buf, (mig_str){bytes, n});
}

/* Are the next 8 bytes plain: from 0x20 to 0x7F, no quote, no backslash? May say no where they
   are. */
static bool plain_eight(const char *p) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t eight, quotes, backslashes;

    memcpy(&eight, p, sizeof eight);
    quotes = (eight ^ ones * '"') - ones;
    backslashes = (eight ^ ones * '\\') - ones;
    return ((eight | quotes | backslashes | (eight - ones * 0x20)) & highs) == 0;
}

/* The plain bytes in front of the reader, as far as the chunk has them. */
static mig_str read_plain(mig_json *json) {
    const char *p = json->p;
    mig_str run;

    for (; p < json->end; p++) {
        while (json->end - p >= 8 && plain_eight(p))
            p += 8;
        if (p == json->end || (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x80 || *p == '"' ||
            *p == '\\')
            break;
    }
    run.p = json->p;
    run.n = (size_t)(p - json->p);
    json->p = p;
    json->column += run.n;
    return run;
}

/* A text in quotes; the reader is at the opening one. */
static bool read_string(mig_ctx *ctx, mig_json *json, place start, mig_str *text) {
    mig_buf buf = mig_buf_new(ctx);
    int c;

    step(json);
    while ((c = peek(ctx, json)) != '"') {
        if (c < 0)
            return fault_set(ctx, json, start, MIG_JSON_FAULT_OTHER, "a text is not closed");
        if (c < 0x20)
            return fault_set(ctx, json, place_now(json), MIG_JSON_FAULT_OTHER,
                             "a control character inside a text must be escaped");
        if (c == '\\'   ? !read_escape(ctx, json, start, &buf)
            : c >= 0x80 ? !read_character(ctx, json, start, &buf)
                        : !buf_add_bounded(ctx, json, start, &buf, read_plain(json)))
            return false;
    }
    step(json);
    if (buf.p == NULL && !mig_buf_add(&buf, MIG_STR("")))
        return false;
    *text = mig_buf_str(&buf);
    return true;
}

static bool is_bare(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.' || c == '_';
}

/* How many digits stand at the beginning of s. */
static size_t digits_count(mig_str s) {
    size_t n = 0;

    while (n < s.n && mig_is_digit(s.p[n]))
        n++;
    return n;
}

static void skip(mig_str *s, size_t n) {
    *s = mig_str_sub(*s, n, s->n);
}

/* NULL: a number of JSON; else why not. */
static const char *number_fault(mig_str s) {
    size_t n;

    skip(&s, s.p[0] == '-');
    n = digits_count(s);
    if (n == 0)
        return "a number begins with a digit or a minus and a digit";
    if (n > 1 && s.p[0] == '0')
        return "a number has no leading zeros";
    skip(&s, n);
    if (s.n > 0 && s.p[0] == '.') {
        skip(&s, 1);
        n = digits_count(s);
        if (n == 0)
            return "a digit must follow the decimal point";
        skip(&s, n);
    }
    if (s.n > 0 && mig_lower(s.p[0]) == 'e') {
        skip(&s, 1);
        skip(&s, s.n > 0 && (s.p[0] == '+' || s.p[0] == '-'));
        n = digits_count(s);
        if (n == 0)
            return "an exponent needs a digit";
        skip(&s, n);
    }
    return s.n == 0 ? NULL : "not a number; a text stands in double quotes";
}

static bool read_bare(mig_ctx *ctx, mig_json *json, place start, mig_json_token *token) {
    mig_buf buf = mig_buf_new(ctx);
    const char *from, *why = NULL;
    mig_str text;

    while (is_bare(peek(ctx, json))) {
        for (from = json->p; json->p < json->end && is_bare((unsigned char)*json->p);)
            step(json);
        if (!buf_add_bounded(ctx, json, start, &buf, (mig_str){from, (size_t)(json->p - from)}))
            return false;
    }
    text = mig_buf_str(&buf);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    token->kind = mig_str_is(text, "true")    ? MIG_JSON_TRUE
                  : mig_str_is(text, "false") ? MIG_JSON_FALSE
                  : mig_str_is(text, "null")  ? MIG_JSON_NULL
                                              : MIG_JSON_NUMBER;
    if (token->kind != MIG_JSON_NUMBER)
        return true;
    token->text = text;
    if (mig_is_alpha(text.p[0]) || text.p[0] == '_')
        why = "not true, false or null; a text stands in double quotes";
    else
        why = number_fault(text);
    return why == NULL || fault_set(ctx, json, start, MIG_JSON_FAULT_VALUE, why);
}

static bool open_level(mig_ctx *ctx, mig_json *json, place start, mig_json_token *token) {
    bool object = *json->p == '{';

    if (json->depth == MIG_MAX_DEPTH)
        return fault_set(ctx, json, start, MIG_JSON_FAULT_LIMIT, "nested more than 64 levels deep");
    step(json);
    json->is_object[json->depth++] = object;
    json->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
    token->kind = object ? MIG_JSON_OBJECT : MIG_JSON_ARRAY;
    return true;
}

static bool close_level(mig_json *json, mig_json_token *token) {
    step(json);
    token->kind = json->is_object[--json->depth] ? MIG_JSON_OBJECT_END : MIG_JSON_ARRAY_END;
    json->expect = EXPECT_NEXT;
    return true;
}

static bool read_value(mig_ctx *ctx, mig_json *json, int c, mig_json_token *token) {
    place start = place_now(json);

    if (c == '{' || c == '[')
        return open_level(ctx, json, start, token);
    json->expect = EXPECT_NEXT;
    if (is_bare(c))
        return read_bare(ctx, json, start, token);
    if (c == '"') {
        token->kind = MIG_JSON_STRING;
        return read_string(ctx, json, start, &token->text);
    }
    return fault_set(ctx, json, start, MIG_JSON_FAULT_VALUE,
                     c == '\'' ? "a text stands in double quotes" : "a value is missing");
}

static bool read_key(mig_ctx *ctx, mig_json *json, int c, mig_json_token *token) {
    place start = place_now(json);

    if (c != '"')
        return fault_set(ctx, json, start, MIG_JSON_FAULT_KEY, "expected a key in double quotes");
    json->expect = EXPECT_COLON;
    token->kind = MIG_JSON_KEY;
    return read_string(ctx, json, start, &token->text);
}

/* Takes the comma or colon that stands before the next token. */
static bool read_separator(mig_ctx *ctx, mig_json *json, int *c) {
    bool object = json->depth > 0 && json->is_object[json->depth - 1];
    bool colon = json->expect == EXPECT_COLON;

    if (!colon && json->expect != EXPECT_NEXT)
        return true;
    if (*c != (colon ? ':' : ',')) {
        if (colon)
            return fault_set(ctx, json, place_now(json), MIG_JSON_FAULT_COLON,
                             "expected \":\" behind a key");
        return fault_set(ctx, json, place_now(json), MIG_JSON_FAULT_OTHER,
                         object ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
    }
    step(json);
    json->expect = !colon && object ? EXPECT_KEY : EXPECT_VALUE;
    skip_space(ctx, json);
    *c = peek(ctx, json);
    return true;
}

/* Is c what closes the innermost level, at a place where it may be closed? */
static bool closes(const mig_json *json, int c) {
    if (json->depth == 0 || c != (json->is_object[json->depth - 1] ? '}' : ']'))
        return false;
    return json->expect == EXPECT_NEXT || json->expect == EXPECT_FIRST_ITEM ||
           json->expect == EXPECT_FIRST_KEY;
}

/* false: a fault, or an error in the context. */
static bool read_token(mig_ctx *ctx, mig_json *json, mig_json_token *token) {
    int c;

    skip_space(ctx, json);
    c = peek(ctx, json);
    if (json->expect == EXPECT_NEXT && json->depth == 0) {
        token_place(token, place_now(json));
        return c < 0 || fault_set(ctx, json, place_now(json), MIG_JSON_FAULT_OTHER,
                                  "something follows the value");
    }
    if (!closes(json, c) && !read_separator(ctx, json, &c))
        return false;
    token_place(token, place_now(json));
    if (closes(json, c))
        return close_level(json, token);
    if (json->expect == EXPECT_KEY || json->expect == EXPECT_FIRST_KEY)
        return read_key(ctx, json, c, token);
    return read_value(ctx, json, c, token);
}

bool mig_json_next(mig_ctx *ctx, mig_json *json, mig_json_token *token) {
    memset(token, 0, sizeof *token);
    token->text = MIG_STR("");
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (json->bad.kind != MIG_JSON_BAD)
        read_token(ctx, json, token);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (json->bad.kind == MIG_JSON_BAD)
        *token = json->bad;
    return true;
}

static bool buf_add_escape(mig_buf *buf, char c) {
    static const char letters[] = "\"\\\b\f\n\r\t", meant[] = "\"\\bfnrt";
    const char *found = memchr(letters, c, sizeof letters - 1);

    if (found == NULL)
        return mig_buf_addf(buf, "\\u%04x", (unsigned)(unsigned char)c);
    mig_buf_add_char(buf, '\\');
    return mig_buf_add_char(buf, meant[found - letters]);
}

bool mig_buf_add_json(mig_buf *buf, mig_str text) {
    size_t i, from = 0;

    mig_buf_add_char(buf, '"');
    for (i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] >= 0x20 && text.p[i] != '"' && text.p[i] != '\\')
            continue;
        mig_buf_add(buf, mig_str_sub(text, from, i - from));
        buf_add_escape(buf, text.p[i]);
        from = i + 1;
    }
    mig_buf_add(buf, mig_str_sub(text, from, text.n - from));
    return mig_buf_add_char(buf, '"');
}

bool mig_buf_add_json_token(mig_buf *buf, const mig_json_token *token) {
    switch (token->kind) {
    case MIG_JSON_OBJECT:
        return mig_buf_add_char(buf, '{');
    case MIG_JSON_OBJECT_END:
        return mig_buf_add_char(buf, '}');
    case MIG_JSON_ARRAY:
        return mig_buf_add_char(buf, '[');
    case MIG_JSON_ARRAY_END:
        return mig_buf_add_char(buf, ']');
    case MIG_JSON_KEY:
        return mig_buf_add_json(buf, token->text) && mig_buf_add_char(buf, ':');
    case MIG_JSON_STRING:
        return mig_buf_add_json(buf, token->text);
    case MIG_JSON_NUMBER:
        return mig_buf_add(buf, token->text);
    case MIG_JSON_TRUE:
        return mig_buf_add_z(buf, "true");
    case MIG_JSON_FALSE:
        return mig_buf_add_z(buf, "false");
    case MIG_JSON_NULL:
        return mig_buf_add_z(buf, "null");
    case MIG_JSON_END:
    case MIG_JSON_BAD:
        break;
    }
    return true;
}
