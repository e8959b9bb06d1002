/*
 * fit.c: would a value fit a column? SQLite itself stores a text in an INTEGER column as it is; a
 * data set that does so is wrong nearly always, and would fail on PostgreSQL. So the declared type
 * is taken at its word here, with PostgreSQL's words where it is not kept.
 */
#include "sqm.h"
#include "relation.h"

#include <string.h>

#define VALUE_SHOWN ((size_t)200) /* bytes of a value in a message */

/* ---- forms ------------------------------------------------------------------------------- */

static size_t digits_skip(mig_str text, size_t at) {
    while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
        at++;
    return at;
}

static size_t sign_skip(mig_str text, size_t at) {
    return at < text.n && (text.p[at] == '-' || text.p[at] == '+') ? at + 1 : at;
}

static bool is_integer(mig_str text) {
    size_t start = sign_skip(text, 0);

    return start < text.n && digits_skip(text, start) == text.n;
}

/* 12  -1.5  .5  5.  1e10 */
static bool is_number(mig_str text) {
    size_t start = sign_skip(text, 0), at = digits_skip(text, start), digits = at - start;

    if (at < text.n && text.p[at] == '.') {
        start = at + 1;
        at = digits_skip(text, start);
        digits += at - start;
    }
    if (digits == 0)
        return false;
    if (at == text.n)
        return true;
    if (text.p[at] != 'e' && text.p[at] != 'E')
        return false;
    start = sign_skip(text, at + 1);
    return start < text.n && digits_skip(text, start) == text.n;
}

static bool is_boolean(mig_str text) {
    static const char *const words[] = {"true",  "t", "yes", "y", "on",  "1",
                                        "false", "f", "no",  "n", "off", "0"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (mig_str_is_nocase(text, words[i]))
            return true;
    return false;
}

/* ---- complaints -------------------------------------------------------------------------- */

/* PostgreSQL's name of the type, so that both engines say the same. */
static const char *type_name(mig_ctx *ctx, const mig_field *field) {
    static const char *const known[][2] = {
        {"int", "integer"},
        {"int4", "integer"},
        {"integer", "integer"},
        {"int2", "smallint"},
        {"int8", "bigint"},
        {"bool", "boolean"},
        {"decimal", "numeric"},
        {"float", "double precision"},
        {"double", "double precision"},
    };
    mig_str type = field->type;
    size_t i, paren;
    char *name;

    if (mig_str_find(type, '(', &paren))
        type = mig_str_trim(mig_str_sub(type, 0, paren));
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (mig_str_is_nocase(type, known[i][0]))
            return known[i][1];
    name = mig_alloc(ctx, type.n + 1);
    if (name == NULL)
        return "";
    for (i = 0; i < type.n; i++)
        name[i] = mig_lower(type.p[i]);
    name[type.n] = '\0';
    return name;
}

/* The value with its end cut off where it is long, in quotes. */
static mig_str value_shown(mig_ctx *ctx, mig_str text) {
    const char *value = mig_str_z(ctx, text);
    size_t n = value == NULL ? 0 : sqm_clip(value, VALUE_SHOWN);

    if (value == NULL)
        return MIG_STR("");
    return mig_str_format(ctx, "\"%.*s%s\"", (int)n, value, value[n] != '\0' ? "..." : "");
}

static bool refuse_form(mig_ctx *ctx, const mig_field *field, mig_str text) {
    mig_str shown = value_shown(ctx, text);

    return mig_fail(ctx, MIG_E_DATA, "invalid input syntax for type %s: %.*s",
                    type_name(ctx, field), MIG_FMT(shown));
}

static bool refuse_range(mig_ctx *ctx, const mig_field *field, mig_str text) {
    mig_str shown = value_shown(ctx, text);

    return mig_fail(ctx, MIG_E_DATA, "value %.*s is out of range for type %s", MIG_FMT(shown),
                    type_name(ctx, field));
}

/* As SQLite says it of STRICT tables. */
static bool refuse_kind(mig_ctx *ctx, const mig_field *field, const char *kind) {
    return mig_fail(ctx, MIG_E_DATA, "cannot store %s value in %.*s column \"%.*s\"", kind,
                    MIG_FMT(field->type), MIG_FMT(field->name));
}

/* ---- the slot ---------------------------------------------------------------------------- */

static bool check_text(mig_ctx *ctx, const mig_field *field, bool strict, mig_str text) {
    mig_str bare = mig_str_trim(text);
    int64_t number;

    switch (field->kind) {
    case MIG_FIELD_INTEGER:
        if (mig_str_to_int(bare, &number))
            return true;
        return is_integer(bare) ? refuse_range(ctx, field, text) : refuse_form(ctx, field, text);
    case MIG_FIELD_NUMBER:
        return is_number(bare) || refuse_form(ctx, field, text);
    case MIG_FIELD_BOOLEAN:
        return is_boolean(bare) || refuse_form(ctx, field, text);
    case MIG_FIELD_BINARY:
        return !strict || refuse_kind(ctx, field, "TEXT");
    case MIG_FIELD_OTHER:
    case MIG_FIELD_JSON:
    case MIG_FIELD_ARRAY:
        break;
    }
    return true;
}

static bool check_bytes(mig_ctx *ctx, const mig_field *field, bool strict) {
    bool any = mig_str_is_nocase(field->type, "any");

    if (field->kind == MIG_FIELD_BINARY || (field->kind == MIG_FIELD_OTHER && (any || !strict)))
        return true;
    return refuse_kind(ctx, field, "BLOB");
}

bool sqm_check_value(mig_ctx *ctx, const mig_relation *relation, size_t field,
                     const mig_value *value) {
    const mig_field *to = &relation->fields[field];
    bool strict = ((const sqm_relation *)relation->own)->strict;
    mig_str text;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    switch (value->type) {
    case MIG_NULL:
        return true;
    case MIG_BLOB:
        return check_bytes(ctx, to, strict);
    case MIG_TEXT:
        return check_text(ctx, to, strict, value->text);
    case MIG_INT:
        break;
    }
    if (to->kind == MIG_FIELD_BINARY && strict)
        return refuse_kind(ctx, to, "INTEGER");
    if (to->kind != MIG_FIELD_BOOLEAN || value->integer == 0 || value->integer == 1)
        return true;
    text = mig_str_format(ctx, "%lld", (long long)value->integer);
    return refuse_form(ctx, to, text);
}
