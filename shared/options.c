/*
 * options.c: see options.h. A reader of one flat JSON object; it never nests, so it never recurses.
 *
 * The object is read from left to right and stops at the first fault. Every fault has the place of
 * the token that is wrong, in the detail: "In the options, line 1, column 14: ...".
 */
#include "options.h"

#include <stdarg.h>
#include <string.h>

typedef struct reader {
    mig_ctx *ctx;
    const char *function;
    mig_str text;
    size_t at;
    mig_option *options;
    size_t n;
} reader;

/* The sentence about the place that every fault carries, with a sentence about the fault behind. */
static bool fault_place(reader *r, size_t at, const char *more) {
    int line, column;

    mig_text_place(r->text, at, &line, &column);
    mig_detail(r->ctx, "This is in the options, line %d, column %d.%s%s", line, column,
               more[0] == '\0' ? "" : " ", more);
    return false;
}

static bool fault_syntax(reader *r, size_t at, const char *what) {
    mig_fail(r->ctx, MIG_E_SYNTAX, "invalid options for %s: %s", r->function, what);
    fault_place(r, at, "");
    mig_hint(r->ctx, "The options are a JSON object, like {\"directory\": \"migrations\"}.");
    return false;
}

static const char *options_known(reader *r) {
    mig_buf buf = mig_buf_new(r->ctx);
    size_t i;

    for (i = 0; i < r->n; i++)
        mig_buf_addf(&buf, "%s\"%s\"", i == 0 ? "" : ", ", r->options[i].name);
    return mig_buf_str(&buf).p;
}

static bool fault_unknown(reader *r, size_t at, mig_str name) {
    const char *known = options_known(r);

    if (known == NULL)
        return false;
    mig_fail(r->ctx, MIG_E_ARGUMENT, "unknown option \"%.*s\" for %s", MIG_FMT(name), r->function);
    fault_place(r, at, "");
    if (r->n == 0)
        mig_hint(r->ctx, "%s takes no options.", r->function);
    else
        mig_hint(r->ctx, "The options of %s are %s.", r->function, known);
    return false;
}

static bool fault_kind(reader *r, size_t at, const mig_option *option) {
    static const char *const wanted[] = {"a text", "true or false", "an integer",
                                         "a list of texts"};
    static const char *const example[] = {"\"...\"", "true", "1", "[\"...\", \"...\"]"};

    mig_fail(r->ctx, MIG_E_ARGUMENT, "option \"%s\" of %s must be %s", option->name, r->function,
             wanted[option->kind]);
    fault_place(r, at, "");
    mig_hint(r->ctx, "Write {\"%s\": %s}, or leave the option out.", option->name,
             example[option->kind]);
    return false;
}

static void skip_space(reader *r) {
    while (r->at < r->text.n && mig_is_space(r->text.p[r->at]))
        r->at++;
}

/* The next byte behind blanks, or NUL at the end (the text holds no NUL). */
static char peek(reader *r) {
    skip_space(r);
    return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

static bool accept(reader *r, char c) {
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

/* Four hex digits at the place of the reader. */
static bool read_hex(reader *r, uint32_t *value) {
    size_t i;
    char c;

    *value = 0;
    if (r->text.n - r->at < 4)
        return false;
    for (i = 0; i < 4; i++) {
        c = mig_lower(r->text.p[r->at + i]);
        if (!mig_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *value = *value * 16 + (uint32_t)(mig_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    r->at += 4;
    return true;
}

static bool buf_add_utf8(mig_buf *buf, uint32_t c) {
    if (c < 0x80)
        return mig_buf_add_char(buf, (char)c);
    if (c < 0x800) {
        mig_buf_add_char(buf, (char)(0xC0 | c >> 6));
    } else if (c < 0x10000) {
        mig_buf_add_char(buf, (char)(0xE0 | c >> 12));
        mig_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
    } else {
        mig_buf_add_char(buf, (char)(0xF0 | c >> 18));
        mig_buf_add_char(buf, (char)(0x80 | (c >> 12 & 0x3F)));
        mig_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    return mig_buf_add_char(buf, (char)(0x80 | (c & 0x3F)));
}

/* What follows "\u": four digits, or two such groups where the first is a high surrogate. */
static bool read_unicode(reader *r, size_t start, mig_buf *buf) {
    uint32_t c, low;

    if (!read_hex(r, &c))
        return fault_syntax(r, start, "\\u needs four hexadecimal digits");
    if (c == 0)
        return fault_syntax(r, start, "\\u0000 cannot be part of a text");
    if (c < 0xD800 || c > 0xDFFF)
        return buf_add_utf8(buf, c);
    if (c > 0xDBFF || r->text.n - r->at < 2 || r->text.p[r->at] != '\\' ||
        r->text.p[r->at + 1] != 'u')
        return fault_syntax(r, start, "half of a surrogate pair");
    r->at += 2;
    if (!read_hex(r, &low) || low < 0xDC00 || low > 0xDFFF)
        return fault_syntax(r, start, "half of a surrogate pair");
    return buf_add_utf8(buf, 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00));
}

/* The reader is at a backslash. */
static bool read_escape(reader *r, mig_buf *buf) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    size_t start = r->at++;
    const char *found;

    if (r->at == r->text.n)
        return fault_syntax(r, start, "a text is not closed");
    if (r->text.p[r->at] == 'u') {
        r->at++;
        return read_unicode(r, start, buf);
    }
    found = memchr(letters, r->text.p[r->at], sizeof letters - 1);
    if (found == NULL)
        return fault_syntax(r, start, "unknown escape sequence");
    r->at++;
    return mig_buf_add_char(buf, meant[found - letters]);
}

/* A text in quotes; the reader is at the opening one. The result is NUL-terminated. */
static bool read_text(reader *r, mig_str *text) {
    mig_buf buf = mig_buf_new(r->ctx);
    size_t start = r->at++, from = r->at;
    char c;

    for (;;) {
        if (r->at == r->text.n)
            return fault_syntax(r, start, "a text is not closed");
        c = r->text.p[r->at];
        if ((unsigned char)c < 0x20)
            return fault_syntax(r, r->at, "a control character inside a text must be escaped");
        if (c != '"' && c != '\\') {
            r->at++;
            continue;
        }
        if (!mig_buf_add(&buf, mig_str_sub(r->text, from, r->at - from)))
            return false;
        if (c == '"')
            break;
        if (!read_escape(r, &buf))
            return false;
        from = r->at;
    }
    r->at++;
    *text = mig_buf_str(&buf);
    return text->p != NULL;
}

/* Takes the letters, digits, signs and dots of a bare value. */
static mig_str read_bare(reader *r) {
    size_t start = r->at;
    char c;

    while (r->at < r->text.n) {
        c = r->text.p[r->at];
        if (!mig_is_alpha(c) && !mig_is_digit(c) && c != '-' && c != '+' && c != '.')
            break;
        r->at++;
    }
    return mig_str_sub(r->text, start, r->at - start);
}

/* An integer of JSON: no plus, no leading zero. */
static bool is_json_integer(mig_str s) {
    size_t first = s.n != 0 && s.p[0] == '-' ? 1 : 0;

    return s.n > first && mig_is_digit(s.p[first]) && (s.p[first] != '0' || s.n == first + 1);
}

static bool value_bool(reader *r, mig_option *option) {
    size_t start = r->at;
    mig_str word = read_bare(r);

    if (!mig_str_is(word, "true") && !mig_str_is(word, "false"))
        return fault_kind(r, start, option);
    *(bool *)option->value = mig_str_is(word, "true");
    return true;
}

static bool value_int(reader *r, mig_option *option) {
    size_t start = r->at;
    mig_str word = read_bare(r);

    if (!is_json_integer(word) || !mig_str_to_int(word, option->value))
        return fault_kind(r, start, option);
    return true;
}

static bool value_text(reader *r, mig_option *option) {
    if (peek(r) != '"')
        return fault_kind(r, r->at, option);
    return read_text(r, option->value);
}

/* One text with the items in it. */
static bool value_words(reader *r, mig_list *list) {
    mig_str text, word;

    if (!read_text(r, &text))
        return false;
    while (mig_str_next_word(&text, &word))
        if (!mig_list_add(r->ctx, list, word))
            return false;
    return true;
}

static bool value_list(reader *r, mig_option *option) {
    mig_list *list = option->value;
    mig_str item;

    list->n = 0;
    if (peek(r) == '"')
        return value_words(r, list);
    if (!accept(r, '['))
        return fault_kind(r, r->at, option);
    if (accept(r, ']'))
        return true;
    for (;;) {
        if (peek(r) != '"')
            return fault_kind(r, r->at, option);
        if (!read_text(r, &item) || !mig_list_add(r->ctx, list, item))
            return false;
        if (accept(r, ']'))
            return true;
        if (!accept(r, ','))
            return fault_syntax(r, r->at, "expected \",\" or \"]\"");
    }
}

static bool read_value(reader *r, mig_option *option) {
    if (peek(r) == '\0')
        return fault_syntax(r, r->at, "a value is missing");
    switch (option->kind) {
    case MIG_OPTION_TEXT:
        return value_text(r, option);
    case MIG_OPTION_BOOL:
        return value_bool(r, option);
    case MIG_OPTION_INT:
        return value_int(r, option);
    case MIG_OPTION_LIST:
        return value_list(r, option);
    }
    return fault_kind(r, r->at, option);
}

static mig_option *option_find(reader *r, mig_str name) {
    size_t i;

    for (i = 0; i < r->n; i++)
        if (mig_str_is(name, r->options[i].name))
            return &r->options[i];
    return NULL;
}

/* "name": value */
static bool read_member(reader *r) {
    mig_option *option;
    size_t start;
    mig_str name;

    if (peek(r) != '"')
        return fault_syntax(r, r->at, "expected the name of an option in double quotes");
    start = r->at;
    if (!read_text(r, &name))
        return false;
    option = option_find(r, name);
    if (option == NULL)
        return fault_unknown(r, start, name);
    if (option->given) {
        mig_fail(r->ctx, MIG_E_ARGUMENT, "option \"%s\" of %s is given twice", option->name,
                 r->function);
        return fault_place(r, start, "Leave one of the two out.");
    }
    if (!accept(r, ':'))
        return fault_syntax(r, r->at, "expected \":\" behind the name of an option");
    option->given = true;
    return read_value(r, option);
}

static bool read_object(reader *r) {
    if (!accept(r, '{'))
        return fault_syntax(r, r->at, "expected \"{\"");
    if (!accept(r, '}')) {
        do {
            if (!read_member(r))
                return false;
        } while (accept(r, ','));
        if (!accept(r, '}'))
            return fault_syntax(r, r->at, "expected \",\" or \"}\"");
    }
    if (peek(r) != '\0')
        return fault_syntax(r, r->at, "something follows the closing \"}\"");
    return true;
}

/* Is the argument a text that the reader can walk over? */
static bool text_check(reader *r) {
    size_t bad;

    if (r->text.n > MIG_MAX_OPTIONS)
        return mig_fail(r->ctx, MIG_E_LIMIT, "options for %s are longer than %lu bytes",
                        r->function, (unsigned long)MIG_MAX_OPTIONS);
    bad = mig_utf8_check(r->text);
    if (bad == r->text.n)
        return true;
    return fault_syntax(r, bad, r->text.p[bad] == '\0' ? "a NUL byte" : "not UTF-8");
}

bool mig_options_parse(mig_ctx *ctx, const char *function, const mig_value *arg,
                       mig_option *options, size_t n) {
    reader r = {NULL, NULL, {NULL, 0}, 0, NULL, 0};
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    for (i = 0; i < n; i++) {
        options[i].given = false;
        if (options[i].kind == MIG_OPTION_TEXT)
            memset(options[i].value, 0, sizeof(mig_str));
    }
    if (arg == NULL || arg->type == MIG_NULL)
        return true;
    r.ctx = ctx;
    r.function = function;
    r.text = arg->text;
    r.options = options;
    r.n = n;
    if (arg->type != MIG_TEXT)
        return mig_fail(ctx, MIG_E_ARGUMENT, "the options of %s must be a JSON text", function);
    if (!text_check(&r))
        return false;
    return peek(&r) == '\0' ? true : read_object(&r);
}
