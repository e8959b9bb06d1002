/*
 * fit.c: would a value fit a column, and how is it spelled when it is a key?
 *
 * The type's input function decides. But a million rows of five columns are five million calls of it,
 * so what plainly fits is recognised by its form: digits that no range can refuse, a date that every
 * calendar has, a text that is short enough. The forms only ever say "surely fits"; all else (signs,
 * blanks, words, other orders of a date) is asked of the input function, and so is every value of a
 * domain or of a type that is not named here. What the settings of the session have a say in is not
 * recognised.
 */
#include "pgm.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "../shared/relation.h"

/* ---- forms */

static size_t digits_count(mig_str text, size_t at) {
    size_t start = at;

    while (at < text.n && mig_is_digit(text.p[at]))
        at++;
    return at - start;
}

/* All of it digits, at most so many, maybe behind a minus. */
static bool is_integer(mig_str text, size_t most) {
    size_t start = text.n > 0 && text.p[0] == '-' ? 1 : 0, n = digits_count(text, start);

    return n > 0 && n <= most && start + n == text.n;
}

/* 12, -1.5, .5, with at most so many digits before the point and behind it. */
static bool is_decimal(mig_str text, size_t most_whole, size_t most_fraction) {
    size_t at = text.n > 0 && text.p[0] == '-' ? 1 : 0, whole = digits_count(text, at),
           fraction = 0;

    at += whole;
    if (at < text.n && text.p[at] == '.') {
        fraction = digits_count(text, at + 1);
        at += 1 + fraction;
    }
    return at == text.n && whole + fraction > 0 && whole <= most_whole && fraction <= most_fraction;
}

/* A precision leaves so many digits before the point. Before 15 there is no scale below 0. */
static bool fits_numeric(const pgm_field *field, mig_str text) {
    int32 precision, scale;

    if (field->modifier < (int32)VARHDRSZ)
        return is_decimal(text, 100, 100);
    precision = ((field->modifier - VARHDRSZ) >> 16) & 0xFFFF;
    scale = (field->modifier - VARHDRSZ) & 0x7FF;
    return scale <= precision && is_decimal(text, (size_t)(precision - scale), (size_t)scale);
}

static bool fits_boolean(mig_str text) {
    return (text.n == 1 && memchr("tf10", text.p[0], 4) != NULL) || mig_str_is(text, "true") ||
           mig_str_is(text, "false");
}

static bool is_ascii(mig_str text) {
    size_t i;

    for (i = 0; i < text.n && (unsigned char)text.p[i] < 0x80; i++)
        ;
    return i == text.n;
}

/* Bytes that begin a character. */
static size_t characters_count(mig_str text) {
    size_t i, n = 0;

    for (i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

static bool fits_text(const pgm_field *field, mig_str text) {
    size_t most =
        field->modifier < (int32)VARHDRSZ ? MaxAllocSize : (size_t)(field->modifier - VARHDRSZ);

    return (GetDatabaseEncoding() == PG_UTF8 || is_ascii(text)) &&
           (text.n == 0 || memchr(text.p, '\0', text.n) == NULL) &&
           (text.n <= most || characters_count(text) <= most);
}

static int number_at(mig_str text, size_t at, size_t n) {
    int number = 0;

    for (; n > 0; at++, n--)
        number = number * 10 + (text.p[at] - '0');
    return number;
}

/* d where a digit must be, else the character itself. */
static bool has_form(mig_str text, const char *form) {
    size_t i, n = strlen(form);

    if (text.n < n)
        return false;
    for (i = 0; i < n; i++)
        if (form[i] == 'd' ? !mig_is_digit(text.p[i]) : text.p[i] != form[i])
            return false;
    return true;
}

/* 2024-02-29 at its beginning; no setting makes another day of it. */
static bool begins_as_date(mig_str text) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;

    if (!has_form(text, "dddd-dd-dd"))
        return false;
    year = number_at(text, 0, 4);
    month = number_at(text, 5, 2);
    day = number_at(text, 8, 2);
    if (year == 0 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] ||
           (month == 2 && day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* 14:30:00, with at most six digits of a second, to the end or to a zone of whole hours. */
static bool is_time(mig_str text, bool zone) {
    size_t at = 8;

    if (!has_form(text, "dd:dd:dd") || number_at(text, 0, 2) > 23 || number_at(text, 3, 2) > 59 ||
        number_at(text, 6, 2) > 59)
        return false;
    if (at < text.n && text.p[at] == '.')
        at += 1 + digits_count(text, at + 1);
    if (at > 15 || (at == 9))
        return false;
    text = mig_str_sub(text, at, text.n);
    return text.n == 0 || (zone && (mig_str_is(text, "Z") ||
                                    (text.n == 3 && (text.p[0] == '+' || text.p[0] == '-') &&
                                     text.p[1] == '0' && mig_is_digit(text.p[2]))));
}

static bool is_timestamp(mig_str text, bool zone) {
    return begins_as_date(text) && text.n > 11 && (text.p[10] == ' ' || text.p[10] == 'T') &&
           is_time(mig_str_sub(text, 11, text.n), zone);
}

/* As it is printed: lower case, with its hyphens. */
static bool is_uuid(mig_str text) {
    size_t i;

    if (text.n != 36)
        return false;
    for (i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23
                ? text.p[i] != '-'
                : !mig_is_digit(text.p[i]) && (text.p[i] < 'a' || text.p[i] > 'f'))
            return false;
    return true;
}

static bool surely_fits(const pgm_field *field, mig_str text) {
    switch (field->type) {
    case INT2OID:
        return is_integer(text, 4);
    case INT4OID:
        return is_integer(text, 9);
    case INT8OID:
        return is_integer(text, 18);
    case NUMERICOID:
        return fits_numeric(field, text);
    case FLOAT4OID:
    case FLOAT8OID:
        return is_decimal(text, 15, 15);
    case BOOLOID:
        return fits_boolean(text);
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
        return fits_text(field, text);
    case DATEOID:
        return text.n == 10 && begins_as_date(text);
    case TIMEOID:
        return is_time(text, false);
    case TIMESTAMPOID:
        return is_timestamp(text, false);
    case TIMESTAMPTZOID:
        return is_timestamp(text, true);
    case UUIDOID:
        return is_uuid(text);
    default:
        return false;
    }
}

/* ---- asking the type */

static void functions_find(pgm_host *host, pgm_field *own) {
    bool varlena;
    Oid id;

    getTypeInputInfo(own->type, &id, &own->io_param);
    fmgr_info_cxt(id, &own->input, host->memory);
    getTypeOutputInfo(own->type, &id, &varlena);
    fmgr_info_cxt(id, &own->output, host->memory);
}

/* The input function does what storing does, but for a text that is cast on the way: it also raises
   what the checks of a domain have against the value. The result is the row memory's. */
static Datum value_read(pgm_host *host, pgm_field *field, const mig_value *value) {
    if (field->input.fn_oid == InvalidOid)
        functions_find(host, field);
    return InputFunctionCall(&field->input, pgm_value_text(value), field->io_param,
                             field->modifier);
}

bool pgm_check_value(mig_ctx *ctx, const mig_relation *relation, size_t field,
                     const mig_value *value) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_relation *own = relation->own;
    pgm_field *column = &own->fields[field];
    MemoryContext old;
    pgm_guard guard;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (value->type == MIG_NULL || (value->type == MIG_TEXT && surely_fits(column, value->text)))
        return true;
    old = MemoryContextSwitchTo(host->row_memory);
    guard = pgm_guard_open(host);
    (void)value_read(host, column, value);
    pgm_guard_close(host, &guard);
    MemoryContextSwitchTo(old);
    MemoryContextReset(host->row_memory);
    return true;
}

/* ---- spellings */

/* Types of which two values are equal where, and only where, they are printed alike; the core knows
   that of numbers. Of texts it says nothing that depends on their collation. */
bool pgm_is_vague(Oid type) {
    switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
    case BOOLOID:
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case DATEOID:
    case TIMEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case UUIDOID:
    case BYTEAOID:
    case INETOID:
    case CIDROID:
    case MACADDROID:
        return false;
    default:
        return get_typtype(type) != TYPTYPE_ENUM;
    }
}

/* Not as the session prints it: what is recognised as canonical has to be spelled so always. */
static const char *value_print(pgm_field *field, Oid base, Datum value) {
    char *text;

    if (base != DATEOID && base != TIMEOID && base != TIMESTAMPOID && base != TIMESTAMPTZOID)
        return OutputFunctionCall(&field->output, value);
    text = palloc(MAXDATELEN + 1);
    return JsonEncodeDateTime(text, value, base, NULL);
}

/* char(n) is filled up with blanks, which do not count. */
static mig_str blanks_cut(mig_str text) {
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    return text;
}

/* Is the text the spelling already, or what number_canonical of the core makes of it? */
static bool is_spelled(const pgm_field *field, mig_str text) {
    switch (field->type) {
    case TIMEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
        return false;
    default:
        return surely_fits(field, text);
    }
}

bool pgm_canonical(mig_ctx *ctx, const mig_relation *relation, size_t field, mig_str text,
                   mig_str *spelling) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_relation *own = relation->own;
    pgm_field *column = &own->fields[field];
    mig_value value = {MIG_TEXT, text, 0};
    MemoryContext old;
    pgm_guard guard;
    Oid base;

    *spelling = column->type == BPCHAROID ? blanks_cut(text) : text;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (is_spelled(column, text))
        return true;
    base = getBaseType(column->type);
    if (get_typtype(base) == TYPTYPE_ENUM ||
        (pgm_is_vague(base) && base != FLOAT4OID && base != FLOAT8OID))
        return true;
    old = MemoryContextSwitchTo(host->row_memory);
    guard = pgm_guard_open(host);
    *spelling =
        mig_str_of(pgm_keep(ctx, value_print(column, base, value_read(host, column, &value))));
    pgm_guard_close(host, &guard);
    MemoryContextSwitchTo(old);
    MemoryContextReset(host->row_memory);
    if (base == BPCHAROID)
        *spelling = blanks_cut(*spelling);
    return mig_ctx_error(ctx) == NULL;
}
