/*
 * cell.c: see cell.h.
 */
#include "cell.h"

#include <string.h>

#include "json.h"

static mig_value value_text(mig_str text) {
    return (mig_value){MIG_TEXT, text.p != NULL ? text : MIG_STR(""), 0};
}

/* ---- arrays ------------------------------------------------------------------------------ */

/* An element as PostgreSQL reads it in any array: quoted. */
static void element_add(mig_buf *buf, mig_str text) {
    size_t i;

    mig_buf_add_char(buf, '"');
    for (i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            mig_buf_add_char(buf, '\\');
        mig_buf_add_char(buf, text.p[i]);
    }
    mig_buf_add_char(buf, '"');
}

/* An object inside an array is an element of JSON: its text. Reads up to its end. */
static bool object_add(mig_ctx *ctx, mig_json *json, mig_str text, const mig_json_token *open,
                       mig_buf *buf) {
    size_t depth = mig_json_depth(json);
    mig_json_token token;

    do {
        if (!mig_json_next(ctx, json, &token))
            return false;
    } while (token.kind != MIG_JSON_BAD && token.kind != MIG_JSON_END &&
             mig_json_depth(json) >= depth);
    element_add(buf, mig_str_sub(text, open->at, token.at + 1 - open->at));
    return true;
}

static bool token_add(mig_ctx *ctx, mig_json *json, mig_str text, const mig_json_token *token,
                      mig_buf *buf) {
    switch (token->kind) {
    case MIG_JSON_ARRAY:
        return mig_buf_add_char(buf, '{');
    case MIG_JSON_ARRAY_END:
        return mig_buf_add_char(buf, '}');
    case MIG_JSON_OBJECT:
        return object_add(ctx, json, text, token, buf);
    case MIG_JSON_NULL:
        return mig_buf_add_z(buf, "NULL");
    case MIG_JSON_TRUE:
        return mig_buf_add_z(buf, "true");
    case MIG_JSON_FALSE:
        return mig_buf_add_z(buf, "false");
    case MIG_JSON_NUMBER:
        return mig_buf_add(buf, token->text);
    case MIG_JSON_STRING:
        element_add(buf, token->text);
        return mig_ctx_error(ctx) == NULL;
    case MIG_JSON_KEY:
    case MIG_JSON_OBJECT_END:
    case MIG_JSON_END:
    case MIG_JSON_BAD:
        break;
    }
    return mig_fail(ctx, MIG_E_DATA, "the list cannot be written as an array");
}

mig_str mig_array_literal(mig_ctx *ctx, mig_str json_text) {
    mig_input *input = mig_input_text(ctx, json_text);
    mig_json *json = input == NULL ? NULL : mig_json_open(ctx, input);
    mig_buf buf = mig_buf_new(ctx);
    mig_json_token token;
    bool first = true;

    if (json == NULL)
        return (mig_str){NULL, 0};
    while (mig_json_next(ctx, json, &token) && token.kind != MIG_JSON_END) {
        if (!first && token.kind != MIG_JSON_ARRAY_END)
            mig_buf_add_char(&buf, ',');
        first = token.kind == MIG_JSON_ARRAY;
        if (!token_add(ctx, json, json_text, &token, &buf))
            return (mig_str){NULL, 0};
    }
    return mig_ctx_error(ctx) != NULL ? (mig_str){NULL, 0} : mig_buf_str(&buf);
}

/* ---- bytes ------------------------------------------------------------------------------- */

static mig_str bytes_hex(mig_ctx *ctx, mig_str bytes) {
    static const char digits[] = "0123456789abcdef";
    char *hex = mig_alloc(ctx, 2 * bytes.n + 2);
    size_t i;

    if (hex == NULL)
        return (mig_str){NULL, 0};
    hex[0] = '\\';
    hex[1] = 'x';
    for (i = 0; i < bytes.n; i++) {
        hex[2 + 2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
        hex[3 + 2 * i] = digits[(unsigned char)bytes.p[i] & 15];
    }
    return (mig_str){hex, 2 * bytes.n + 2};
}

/* ---- booleans of SQLite ------------------------------------------------------------------ */

static bool word_in(mig_str text, const char *const *words, size_t n) {
    size_t i;

    for (i = 0; i < n; i++)
        if (mig_str_is_nocase(text, words[i]))
            return true;
    return false;
}

bool mig_boolean_of(mig_str text, bool *value) {
    static const char *const yes[] = {"true", "t", "yes", "y", "on", "1"};
    static const char *const no[] = {"false", "f", "no", "n", "off", "0"};

    *value = word_in(text, yes, sizeof yes / sizeof yes[0]);
    return *value || word_in(text, no, sizeof no / sizeof no[0]);
}

/* What is no boolean stays text: the check of the value says so. */
static mig_value boolean_word(mig_str text) {
    bool value;

    if (!mig_boolean_of(text, &value))
        return value_text(text);
    return (mig_value){MIG_INT, {NULL, 0}, value};
}

/* A column that keeps what it is given: one without a type, or ANY in a STRICT table. */
static bool keeps_all(const mig_field *field) {
    return field->type.n == 0 || mig_str_is_nocase(field->type, "any");
}

static mig_value sqlite_boolean(const mig_field *field, mig_str text) {
    if (field->kind == MIG_FIELD_OTHER && !keeps_all(field))
        return value_text(text);
    return boolean_word(text);
}

/* Where nothing turns a text into a number it has to come as one; where SQLite would turn it into an
   integer, it is one at once. */
static mig_value sqlite_number(const mig_field *field, mig_str text) {
    int64_t integer;

    if ((field->kind == MIG_FIELD_INTEGER || keeps_all(field)) && mig_str_to_int(text, &integer))
        return (mig_value){MIG_INT, {NULL, 0}, integer};
    return value_text(text);
}

/* ---- values ------------------------------------------------------------------------------ */

static bool sqlite_value(const mig_field *field, const mig_cell *cell, mig_value *value) {
    if (cell->kind == MIG_CELL_BOOLEAN)
        *value = sqlite_boolean(field, cell->text);
    else if (cell->kind == MIG_CELL_NUMBER ||
             (cell->kind == MIG_CELL_TEXT && field->kind == MIG_FIELD_INTEGER))
        *value = sqlite_number(field, cell->text);
    else if (cell->kind == MIG_CELL_TEXT && field->kind == MIG_FIELD_BOOLEAN)
        *value = boolean_word(cell->text);
    else if (cell->kind == MIG_CELL_BINARY)
        *value = (mig_value){MIG_BLOB, cell->text, 0};
    else
        *value = value_text(cell->text);
    return true;
}

static bool postgresql_value(mig_ctx *ctx, const mig_field *field, const mig_cell *cell,
                             mig_value *value) {
    mig_str text = cell->text;

    if (cell->kind == MIG_CELL_BINARY)
        text = bytes_hex(ctx, text);
    else if (cell->kind == MIG_CELL_LIST && field->kind == MIG_FIELD_ARRAY)
        text = mig_array_literal(ctx, text);
    *value = value_text(text);
    return mig_ctx_error(ctx) == NULL;
}

bool mig_cell_value(mig_ctx *ctx, mig_engine engine, const mig_field *field, const mig_cell *cell,
                    mig_value *value) {
    if (cell->kind == MIG_CELL_NULL) {
        *value = (mig_value){MIG_NULL, {NULL, 0}, 0};
        return mig_ctx_error(ctx) == NULL;
    }
    return engine == MIG_SQLITE ? sqlite_value(field, cell, value)
                                : postgresql_value(ctx, field, cell, value);
}
