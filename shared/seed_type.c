/*
 * seed_type.c: see seed_type.h. Two tables: types[] says what fits a type, spellings[] how a script
 * may name it.
 */
#include "seed_type.h"

#include <string.h>

#define MAX_DATE 32 /* bytes of a date or time */

/* ---- forms ------------------------------------------------------------------------------- */

static size_t digits_skip(mig_str s, size_t at) {
    while (at < s.n && mig_is_digit(s.p[at]))
        at++;
    return at;
}

static bool is_at(mig_str s, size_t at, char c) {
    return at < s.n && s.p[at] == c;
}

/* A number as JSON writes it. */
static bool is_number(mig_str s) {
    size_t at = is_at(s, 0, '-') ? 1 : 0, from = at;

    at = digits_skip(s, at);
    if (at == from || (s.p[from] == '0' && at > from + 1))
        return false;
    if (is_at(s, at, '.')) {
        from = ++at;
        at = digits_skip(s, at);
        if (at == from)
            return false;
    }
    if (is_at(s, at, 'e') || is_at(s, at, 'E')) {
        at += is_at(s, at + 1, '+') || is_at(s, at + 1, '-') ? 2 : 1;
        from = at;
        at = digits_skip(s, at);
        if (at == from)
            return false;
    }
    return at == s.n;
}

static bool is_time_with_zone(mig_str s) {
    int64_t unused;

    return mig_time_parse(s, &unused);
}

/* Behind the date no sign of a zone may stand. */
static bool is_timestamp(mig_str s) {
    size_t i;

    for (i = 10; i < s.n; i++)
        if (memchr("+-Zz", s.p[i], 4) != NULL)
            return false;
    return is_time_with_zone(s);
}

static bool is_date(mig_str s) {
    return s.n == 10 && is_timestamp(s);
}

static bool is_time(mig_str s) {
    char moment[11 + MAX_DATE] = "2000-01-01T";

    if (s.n > MAX_DATE || s.n == 0)
        return false;
    memcpy(moment + 11, s.p, s.n);
    return is_timestamp((mig_str){moment, 11 + s.n});
}

static bool is_uuid(mig_str s) {
    size_t i;
    char c;

    if (s.n != 36)
        return false;
    for (i = 0; i < s.n; i++) {
        c = mig_lower(s.p[i]);
        if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-'
                                                    : !mig_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
    }
    return true;
}

/* ---- the tables -------------------------------------------------------------------------- */

enum {
    TEXT,
    VARCHAR,
    SMALLINT,
    INTEGER,
    BIGINT,
    NUMERIC,
    REAL,
    DOUBLE,
    BOOLEAN,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    JSON,
    JSONB,
    N_TYPES
};

#define AS_TEXT MIG_PARAM_TEXT, false, 0, 0
#define AS_JSON MIG_PARAM_TEXT, true, 0, 0
#define AS_INTEGER MIG_PARAM_INTEGER, false
#define AS_NUMBER MIG_PARAM_NUMBER, false, 0, 0

static const mig_seed_type types[N_TYPES] = {
    [TEXT] = {"text", "a text", AS_TEXT, NULL},
    [VARCHAR] = {"varchar", "a text", AS_TEXT, NULL},
    [SMALLINT] = {"smallint", "an integer from -32768 to 32767", AS_INTEGER, -32768, 32767, NULL},
    [INTEGER] = {"integer", "an integer from -2147483648 to 2147483647", AS_INTEGER, INT32_MIN,
                 INT32_MAX, NULL},
    [BIGINT] = {"bigint", "an integer of at most 64 bits", AS_INTEGER, INT64_MIN, INT64_MAX, NULL},
    [NUMERIC] = {"numeric", "a number", AS_NUMBER, is_number},
    [REAL] = {"real", "a number", AS_NUMBER, is_number},
    [DOUBLE] = {"double precision", "a number", AS_NUMBER, is_number},
    [BOOLEAN] = {"boolean", "true or false", MIG_PARAM_BOOLEAN, false, 0, 0, NULL},
    [DATE] = {"date", "a date like 2024-02-06", AS_TEXT, is_date},
    [TIME] = {"time", "a time like 14:30:00, without a zone", AS_TEXT, is_time},
    [TIMESTAMP] = {"timestamp", "a date and time like 2024-02-06 14:30:00, without a zone", AS_TEXT,
                   is_timestamp},
    [TIMESTAMPTZ] = {"timestamptz", "a date and time like 2024-02-06 14:30:00+01:00", AS_TEXT,
                     is_time_with_zone},
    [UUID] = {"uuid", "a UUID like 123e4567-e89b-42d3-a456-426614174000", AS_TEXT, is_uuid},
    [JSON] = {"json", "JSON", AS_JSON, NULL},
    [JSONB] = {"jsonb", "JSON", AS_JSON, NULL},
};

/* Longer spellings before those they begin with. */
static const struct {
    const char *words;
    int type;
} spellings[] = {
    {"timestamp without time zone", TIMESTAMP},
    {"timestamp with time zone", TIMESTAMPTZ},
    {"time without time zone", TIME},
    {"double precision", DOUBLE},
    {"text", TEXT},
    {"varchar", VARCHAR},
    {"smallint", SMALLINT},
    {"integer", INTEGER},
    {"int", INTEGER},
    {"bigint", BIGINT},
    {"numeric", NUMERIC},
    {"decimal", NUMERIC},
    {"real", REAL},
    {"float", DOUBLE},
    {"boolean", BOOLEAN},
    {"bool", BOOLEAN},
    {"date", DATE},
    {"time", TIME},
    {"timestamptz", TIMESTAMPTZ},
    {"timestamp", TIMESTAMP},
    {"uuid", UUID},
    {"jsonb", JSONB},
    {"json", JSON},
};

/* Behind the words that rest begins with, any blanks between them; 0: it does not. */
static size_t words_end(mig_str rest, const char *words) {
    size_t at = 0;

    for (; *words != '\0'; words++) {
        if (at == rest.n)
            return 0;
        if (*words == ' ') {
            if (!mig_is_space(rest.p[at]))
                return 0;
            while (at < rest.n && mig_is_space(rest.p[at]))
                at++;
        } else if (mig_lower(rest.p[at++]) != *words) {
            return 0;
        }
    }
    return at == rest.n || mig_is_space(rest.p[at]) ? at : 0;
}

const mig_seed_type *mig_seed_type_take(mig_str *rest) {
    size_t i, end;

    for (i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        end = words_end(*rest, spellings[i].words);
        if (end == 0)
            continue;
        *rest = mig_str_trim(mig_str_sub(*rest, end, SIZE_MAX));
        return &types[spellings[i].type];
    }
    return NULL;
}

const mig_seed_type *mig_seed_type_get(mig_str name) {
    size_t i;

    for (i = 0; i < N_TYPES; i++)
        if (mig_str_is(name, types[i].name))
            return &types[i];
    return &types[TEXT];
}

/* ---- values ------------------------------------------------------------------------------ */

bool mig_seed_type_takes(const mig_seed_type *type, mig_json_kind kind) {
    if (type->json)
        return true;
    switch (type->kind) {
    case MIG_PARAM_TEXT:
        return kind == MIG_JSON_STRING;
    case MIG_PARAM_INTEGER:
    case MIG_PARAM_NUMBER:
        return kind == MIG_JSON_NUMBER;
    case MIG_PARAM_BOOLEAN:
        break;
    }
    return kind == MIG_JSON_TRUE || kind == MIG_JSON_FALSE;
}

/* The comma that stands before a token, going by the one before it. */
static bool comma_needed(mig_json_kind before, mig_json_kind kind) {
    return before != MIG_JSON_OBJECT && before != MIG_JSON_ARRAY && before != MIG_JSON_KEY &&
           kind != MIG_JSON_OBJECT_END && kind != MIG_JSON_ARRAY_END;
}

bool mig_seed_json_copy(mig_ctx *ctx, mig_json *json, mig_json_token *token, mig_buf *buf) {
    mig_json_kind before = MIG_JSON_KEY;
    size_t depth = 0;

    for (;;) {
        if (token->kind == MIG_JSON_BAD)
            return true;
        if (buf != NULL && comma_needed(before, token->kind))
            mig_buf_add_char(buf, ',');
        if (buf != NULL)
            mig_buf_add_json_token(buf, token);
        if (token->kind == MIG_JSON_OBJECT || token->kind == MIG_JSON_ARRAY)
            depth++;
        else if (token->kind == MIG_JSON_OBJECT_END || token->kind == MIG_JSON_ARRAY_END)
            depth--;
        if (depth == 0)
            return mig_ctx_error(ctx) == NULL;
        before = token->kind;
        if (!mig_json_next(ctx, json, token))
            return false;
    }
}

static bool json_read(mig_ctx *ctx, mig_str text, mig_value *value, bool *fits) {
    mig_json *json = mig_json_open(ctx, mig_input_text(ctx, text));
    mig_buf buf = mig_buf_new(ctx);
    mig_json_token token;

    if (json == NULL || !mig_json_next(ctx, json, &token) ||
        !mig_seed_json_copy(ctx, json, &token, &buf))
        return false;
    *fits = token.kind != MIG_JSON_BAD;
    if (!*fits || !mig_json_next(ctx, json, &token))
        return *fits == false;
    *fits = token.kind == MIG_JSON_END;
    value->type = MIG_TEXT;
    value->text = mig_buf_str(&buf);
    return mig_ctx_error(ctx) == NULL;
}

static bool boolean_read(mig_str text, mig_value *value) {
    value->type = MIG_INT;
    value->integer = mig_str_is_nocase(text, "true") ? 1 : 0;
    return value->integer == 1 || mig_str_is_nocase(text, "false");
}

static bool integer_read(const mig_seed_type *type, mig_str text, mig_value *value) {
    value->type = MIG_INT;
    return mig_str_to_int(text, &value->integer) && value->integer >= type->least &&
           value->integer <= type->most;
}

bool mig_seed_type_read(mig_ctx *ctx, const mig_seed_type *type, mig_str text, mig_value *value,
                        bool *fits) {
    memset(value, 0, sizeof *value);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (type->json)
        return json_read(ctx, text, value, fits);
    switch (type->kind) {
    case MIG_PARAM_BOOLEAN:
        *fits = boolean_read(text, value);
        return true;
    case MIG_PARAM_INTEGER:
        *fits = integer_read(type, text, value);
        return true;
    case MIG_PARAM_TEXT:
    case MIG_PARAM_NUMBER:
        break;
    }
    *fits = type->fits == NULL || type->fits(text);
    value->type = MIG_TEXT;
    value->text = mig_str_copy(ctx, text);
    return mig_ctx_error(ctx) == NULL;
}
