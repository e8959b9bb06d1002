/*
 * options.c: see options.h. The object is read token by token and stops at the first fault. Every
 * fault has the place of the token that is wrong, in the detail.
 */
#include "options.h"

#include <string.h>

#include "json.h"

typedef struct reader {
    mig_ctx *ctx;
    const char *function;
    mig_str text;
    mig_json *json;
    mig_json_token token; /* the latest */
    mig_option *options;
    size_t n;
} reader;

/* The sentence about the place that every fault carries, with a sentence about the fault behind. */
static bool fault_place(reader *r, const mig_json_token *at, const char *more) {
    mig_detail(r->ctx, "This is in the options, line %d, column %d.%s%s", at->line, at->column,
               more[0] == '\0' ? "" : " ", more);
    return false;
}

static bool fault_syntax(reader *r, const mig_json_token *at, const char *what) {
    mig_fail(r->ctx, MIG_E_SYNTAX, "invalid options for %s: %s", r->function, what);
    fault_place(r, at, "");
    mig_hint(r->ctx, "The options are a JSON object, like {\"directory\": \"migrations\"}.");
    return false;
}

/* A fault at a byte of the text, where there is no token yet. */
static bool fault_at(reader *r, size_t at, const char *what) {
    mig_json_token token;

    memset(&token, 0, sizeof token);
    mig_text_place(r->text, at, &token.line, &token.column);
    return fault_syntax(r, &token, what);
}

static const char *options_known(reader *r) {
    mig_buf buf = mig_buf_new(r->ctx);
    size_t i;

    for (i = 0; i < r->n; i++)
        mig_buf_addf(&buf, "%s\"%s\"", i == 0 ? "" : ", ", r->options[i].name);
    return mig_buf_str(&buf).p;
}

static bool fault_unknown(reader *r, mig_str name) {
    const char *known = options_known(r);

    if (known == NULL)
        return false;
    mig_fail(r->ctx, MIG_E_ARGUMENT, "unknown option \"%.*s\" for %s", MIG_FMT(name), r->function);
    fault_place(r, &r->token, "");
    if (r->n == 0)
        mig_hint(r->ctx, "%s takes no options.", r->function);
    else
        mig_hint(r->ctx, "The options of %s are %s.", r->function, known);
    return false;
}

static bool fault_kind(reader *r, const mig_option *option) {
    static const char *const wanted[] = {"a text", "true or false", "an integer",
                                         "a list of texts"};
    static const char *const example[] = {"\"...\"", "true", "1", "[\"...\", \"...\"]"};

    mig_fail(r->ctx, MIG_E_ARGUMENT, "option \"%s\" of %s must be %s", option->name, r->function,
             wanted[option->kind]);
    fault_place(r, &r->token, "");
    mig_hint(r->ctx, "Write {\"%s\": %s}, or leave the option out.", option->name,
             example[option->kind]);
    return false;
}

/* What the reader of JSON found, in the words of options. */
static bool fault_json(reader *r) {
    const char *why = r->token.why;

    if (r->token.fault == MIG_JSON_FAULT_KEY)
        why = "expected the name of an option in double quotes";
    else if (r->token.fault == MIG_JSON_FAULT_COLON)
        why = "expected \":\" behind the name of an option";
    return fault_syntax(r, &r->token, why);
}

/* The next token, which may be none. */
static bool token_next(reader *r) {
    return mig_json_next(r->ctx, r->json, &r->token);
}

/* The next token where a value stands. What is no value, but not the end of the text either, is a
   value of the wrong kind. */
static bool value_next(reader *r, const mig_option *option) {
    if (!token_next(r))
        return false;
    if (r->token.kind != MIG_JSON_BAD)
        return true;
    if (r->token.fault == MIG_JSON_FAULT_VALUE && r->token.at < r->text.n)
        return fault_kind(r, option);
    return fault_json(r);
}

static bool value_int(reader *r, mig_option *option) {
    if (r->token.kind != MIG_JSON_NUMBER || !mig_str_to_int(r->token.text, option->value))
        return fault_kind(r, option);
    return true;
}

static bool value_bool(reader *r, mig_option *option) {
    if (r->token.kind != MIG_JSON_TRUE && r->token.kind != MIG_JSON_FALSE)
        return fault_kind(r, option);
    *(bool *)option->value = r->token.kind == MIG_JSON_TRUE;
    return true;
}

static bool value_text(reader *r, mig_option *option) {
    if (r->token.kind != MIG_JSON_STRING)
        return fault_kind(r, option);
    *(mig_str *)option->value = r->token.text;
    return true;
}

/* One text with the items in it. */
static bool value_words(reader *r, mig_list *list) {
    mig_str text = r->token.text, word;

    while (mig_str_next_word(&text, &word))
        if (!mig_list_add(r->ctx, list, word))
            return false;
    return true;
}

static bool value_list(reader *r, mig_option *option) {
    mig_list *list = option->value;

    list->n = 0;
    if (r->token.kind == MIG_JSON_STRING)
        return value_words(r, list);
    if (r->token.kind != MIG_JSON_ARRAY)
        return fault_kind(r, option);
    for (;;) {
        if (!token_next(r))
            return false;
        if (r->token.kind == MIG_JSON_ARRAY_END)
            return true;
        if (r->token.kind == MIG_JSON_BAD && r->token.fault != MIG_JSON_FAULT_VALUE)
            return fault_json(r);
        if (r->token.kind != MIG_JSON_STRING)
            return fault_kind(r, option);
        if (!mig_list_add(r->ctx, list, r->token.text))
            return false;
    }
}

static bool read_value(reader *r, mig_option *option) {
    if (!value_next(r, option))
        return false;
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
    return fault_kind(r, option);
}

static mig_option *option_find(reader *r, mig_str name) {
    size_t i;

    for (i = 0; i < r->n; i++)
        if (mig_str_is(name, r->options[i].name))
            return &r->options[i];
    return NULL;
}

/* "name": value; the name is the latest token. */
static bool read_member(reader *r) {
    mig_option *option = option_find(r, r->token.text);

    if (option == NULL)
        return fault_unknown(r, r->token.text);
    if (option->given) {
        mig_fail(r->ctx, MIG_E_ARGUMENT, "option \"%s\" of %s is given twice", option->name,
                 r->function);
        return fault_place(r, &r->token, "Leave one of the two out.");
    }
    option->given = true;
    return read_value(r, option);
}

/* The first token is known to be an object's. */
static bool read_object(reader *r) {
    if (!token_next(r))
        return false;
    for (;;) {
        if (!token_next(r))
            return false;
        if (r->token.kind == MIG_JSON_BAD)
            return fault_json(r);
        if (r->token.kind == MIG_JSON_OBJECT_END)
            break;
        if (!read_member(r))
            return false;
    }
    if (!token_next(r))
        return false;
    if (r->token.kind == MIG_JSON_END)
        return true;
    return fault_syntax(r, &r->token, "something follows the closing \"}\"");
}

/* Is the argument a text that can be options? */
static bool text_check(reader *r) {
    size_t bad;

    if (r->text.n > MIG_MAX_OPTIONS)
        return mig_fail(r->ctx, MIG_E_LIMIT, "options for %s are longer than %lu bytes",
                        r->function, (unsigned long)MIG_MAX_OPTIONS);
    bad = mig_utf8_check(r->text);
    if (bad == r->text.n)
        return true;
    return fault_at(r, bad, r->text.p[bad] == '\0' ? "a NUL byte" : "not UTF-8");
}

static bool text_read(reader *r) {
    size_t first = 0;
    mig_input *input;

    if (!text_check(r))
        return false;
    while (first < r->text.n && mig_is_space(r->text.p[first]))
        first++;
    if (first == r->text.n)
        return true;
    if (r->text.p[first] != '{')
        return fault_at(r, first, "expected \"{\"");
    input = mig_input_text(r->ctx, r->text);
    r->json = input == NULL ? NULL : mig_json_open(r->ctx, input);
    return r->json != NULL && read_object(r);
}

bool mig_options_parse(mig_ctx *ctx, const char *function, const mig_value *arg,
                       mig_option *options, size_t n) {
    reader r;
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
    if (arg->type != MIG_TEXT)
        return mig_fail(ctx, MIG_E_ARGUMENT, "the options of %s must be a JSON text", function);
    memset(&r, 0, sizeof r);
    r.ctx = ctx;
    r.function = function;
    r.text = arg->text;
    r.options = options;
    r.n = n;
    return text_read(&r);
}
