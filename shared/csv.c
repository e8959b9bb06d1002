/*
 * csv.c: see csv.h.
 *
 * The buffer holds the input from the current record on. Its bytes up to limit are known to be UTF-8
 * without NUL; a record is scanned there in one go, and where it does not end before limit more is
 * read and it is scanned again from its start. The buffer doubles when a record fills it, so that
 * this costs twice the record at most. Nothing is changed in the buffer before a record is complete;
 * then the fields that hold doubled quotes are unescaped in place.
 *
 * Fields are views of the buffer. Buffer and array of fields are the only memory: the buffer grows
 * before anything of the record is handed out, and the mark that is released by the next call is set
 * behind it.
 *
 * A quote inside an unquoted field does not shift what follows, so it costs one record. After every
 * other fault it is anybody's guess where the next record begins, and reading ends.
 */
#include "csv.h"

#include <limits.h>
#include <string.h>

/* What stands behind limit. */
typedef enum tail {
    TAIL_MORE, /* bytes that are not read or not checked yet */
    TAIL_END,
    TAIL_BAD /* a byte that is not UTF-8, or NUL */
} tail;

typedef enum outcome {
    GOT_FIELD,
    GOT_RECORD,
    GOT_NOTHING, /* an empty line */
    GOT_END,
    NEEDS_MORE,
    FAULT_STRAY, /* a record, with a quote inside an unquoted field */
    FAULT_BEHIND,
    FAULT_OPEN,
    FAULT_FIELDS,
    FAULT_BYTES,
    FAULT_NUL,
    FAULT_LONG
} outcome;

static const struct {
    mig_code code;
    const char *text, *hint;
} faults[] = {
    [FAULT_STRAY] = {MIG_E_SYNTAX, "a quote inside an unquoted field",
                     "Put the whole field into double quotes, and write each quote inside it "
                     "twice."},
    [FAULT_BEHIND] = {MIG_E_SYNTAX, "text behind a closing quote",
                      "A comma or the end of the line follows a quoted field; a quote inside it is "
                      "written twice."},
    [FAULT_OPEN] = {MIG_E_SYNTAX, "a quoted field is never closed",
                    "A quoted field ends with a quote, and a quote inside it is written twice."},
    [FAULT_FIELDS] = {MIG_E_LIMIT, "a record of more than 1600 fields",
                      "No table has so many columns; fields are separated by commas."},
    [FAULT_BYTES] = {MIG_E_SYNTAX, "not UTF-8", "Save the file as UTF-8."},
    [FAULT_NUL] = {MIG_E_SYNTAX, "a NUL byte",
                   "No text can hold one; save the file as UTF-8, should it be UTF-16."},
    [FAULT_LONG] = {MIG_E_LIMIT, "a record of more than 64 MiB",
                    "A quoted field that is never closed takes in all lines behind it."},
};

/* Where the scan is. The column is p - origin + 1: origin is the start of the line, moved on by each
   byte that continues a character. */
typedef struct place {
    const char *p, *origin;
    size_t line;
} place;

struct mig_csv {
    mig_str source;
    mig_input *input;
    mig_complaints *list;
    char *buffer;
    size_t room, n; /* of buffer */
    size_t limit;
    tail tail;
    bool input_over;
    size_t start;   /* of the next record */
    size_t line;    /* of start */
    size_t columns; /* of the first record; 0: there was none */
    bool broken, over;
    unsigned ends; /* the ways in which lines have ended: END_... */
    bool odd;      /* an empty line, or a record that begins with a backslash */
    uint64_t head;
    mig_mark mark;
    place fault;
    bool stray, doubled;
    size_t n_fields;
    mig_csv_field fields[MIG_MAX_FIELDS];
};

enum { END_LF = 1, END_CR = 2, END_CRLF = 4 };

/* What ends a run of ordinary bytes. Inside quotes a comma is ordinary too. */
enum { ORDINARY, COMMA, QUOTE, CR, LF, CONTINUES };

#define CONTINUES_16                                                                               \
    CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES,        \
        CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES, CONTINUES

static const unsigned char meanings[256] = {
    ['\n'] = LF,           ['\r'] = CR,  ['"'] = QUOTE, [','] = COMMA,
    [0x80] = CONTINUES_16, CONTINUES_16, CONTINUES_16,  CONTINUES_16,
};

static unsigned meaning(const char *p) {
    return meanings[(unsigned char)*p];
}

mig_csv *mig_csv_open(mig_ctx *ctx, mig_str source, mig_input *input, mig_complaints *list) {
    mig_csv *csv = input == NULL ? NULL : mig_alloc(ctx, sizeof *csv);

    if (csv == NULL)
        return NULL;
    memset(csv, 0, offsetof(mig_csv, fields));
    csv->source = source;
    csv->input = input;
    csv->list = list;
    csv->line = 1;
    csv->room = MIG_INPUT_CHUNK;
    csv->buffer = mig_alloc(ctx, csv->room);
    csv->mark = mig_arena_mark(ctx);
    return csv->buffer == NULL ? NULL : csv;
}

bool mig_csv_broken(const mig_csv *csv) {
    return csv->broken;
}

/* The first record begins in the first buffer, which never moves before it is given. */
uint64_t mig_csv_head(const mig_csv *csv) {
    return csv->head;
}

bool mig_csv_is_plain(const mig_csv *csv) {
    return !csv->odd && (csv->ends == END_LF || csv->ends == END_CR || csv->ends == END_CRLF);
}

static int place_int(size_t n) {
    return n > INT_MAX ? INT_MAX : (int)n;
}

static int place_column(const place *at) {
    return place_int((size_t)(at->p - at->origin) + 1);
}

/* The end of the run of ordinary bytes at p. */
static const char *plain_end(const char *p, const char *end) {
    while (p < end && meaning(p) == ORDINARY)
        p++;
    return p;
}

/* What it means that limit was reached inside a record. */
static outcome limit_reached(mig_csv *csv, const place *at, outcome at_end) {
    if (csv->tail == TAIL_MORE)
        return NEEDS_MORE;
    if (csv->tail == TAIL_END)
        return at_end;
    csv->fault = *at;
    return *at->p == '\0' ? FAULT_NUL : FAULT_BYTES;
}

/* A field without quotes; at is moved to what ends it. */
static outcome plain_scan(mig_csv *csv, place *at, const char *end, mig_csv_field *field) {
    const char *start = at->p;
    unsigned what;

    field->quoted = false;
    for (;;) {
        at->p = plain_end(at->p, end);
        if (at->p == end)
            break;
        what = meaning(at->p);
        if (what == COMMA || what == CR || what == LF)
            break;
        if (what == CONTINUES) {
            at->origin++;
        } else if (!csv->stray) {
            csv->stray = true;
            csv->fault = *at;
        }
        at->p++;
    }
    field->text.p = start;
    field->text.n = (size_t)(at->p - start);
    return at->p == end ? limit_reached(csv, at, GOT_FIELD) : GOT_FIELD;
}

static void line_add(place *at) {
    at->line++;
    at->origin = at->p + 1;
}

/* To the next quote inside a quoted field; false: there is none. */
static bool quote_find(place *at, const char *end) {
    unsigned what;

    for (; at->p < end; at->p++) {
        what = meaning(at->p);
        if (what <= COMMA)
            continue;
        if (what == QUOTE)
            return true;
        if (what == CONTINUES)
            at->origin++;
        else if (what == LF || at->p + 1 == end || at->p[1] != '\n')
            line_add(at);
    }
    return false;
}

/* A field in quotes; at is moved behind the closing one. */
static outcome quoted_scan(mig_csv *csv, place *at, const char *end, mig_csv_field *field) {
    place opening = *at;
    outcome what;

    field->quoted = true;
    at->p++;
    field->text.p = at->p;
    while (quote_find(at, end) && at->p + 1 < end && at->p[1] == '"') {
        csv->doubled = true;
        at->p += 2;
    }
    if (at->p == end) {
        what = limit_reached(csv, at, FAULT_OPEN);
        if (what == FAULT_OPEN)
            csv->fault = opening;
        return what;
    }
    field->text.n = (size_t)(at->p - field->text.p);
    at->p++;
    if (at->p == end)
        return limit_reached(csv, at, GOT_FIELD);
    what = meaning(at->p) == COMMA || meaning(at->p) == CR || meaning(at->p) == LF ? GOT_FIELD
                                                                                   : FAULT_BEHIND;
    if (what == FAULT_BEHIND)
        csv->fault = *at;
    return what;
}

static outcome field_scan(mig_csv *csv, place *at, const char *end) {
    mig_csv_field *field = &csv->fields[csv->n_fields];

    if (csv->n_fields == MIG_MAX_FIELDS) {
        csv->fault = *at;
        return FAULT_FIELDS;
    }
    csv->n_fields++;
    field->line = place_int(at->line);
    field->column = place_column(at);
    if (at->p < end && *at->p == '"')
        return quoted_scan(csv, at, end, field);
    return plain_scan(csv, at, end, field);
}

/* Moves at behind the end of a line. */
static void line_end(mig_csv *csv, place *at, const char *end) {
    if (*at->p == '\n') {
        csv->ends |= END_LF;
    } else if (at->p + 1 < end && at->p[1] == '\n') {
        csv->ends |= END_CRLF;
        at->p++;
    } else {
        csv->ends |= END_CR;
    }
    at->p++;
}

/* at is where the last field ends: the end of the input, or of a line. */
static outcome record_end(mig_csv *csv, place *at, const char *end) {
    const mig_csv_field *first = csv->fields;

    if (at->p < end) {
        if (*at->p == '\r' && at->p + 1 == end && csv->tail == TAIL_MORE)
            return NEEDS_MORE;
        line_end(csv, at, end);
        at->line++;
    }
    if (csv->stray)
        return FAULT_STRAY;
    return csv->n_fields == 1 && first->text.n == 0 && !first->quoted ? GOT_NOTHING : GOT_RECORD;
}

/* The record at start; *at is moved behind it. */
static outcome record_scan(mig_csv *csv, place *at) {
    const char *end = csv->buffer + csv->limit;
    outcome what;

    at->p = at->origin = csv->buffer + csv->start;
    at->line = csv->line;
    csv->stray = csv->doubled = false;
    csv->n_fields = 0;
    if (at->p == end)
        return limit_reached(csv, at, GOT_END);
    for (;;) {
        what = field_scan(csv, at, end);
        if (what != GOT_FIELD)
            return what;
        if (at->p == end || *at->p != ',')
            return record_end(csv, at, end);
        at->p++;
    }
}

/* Doubled quotes as one, in place; the buffer is the reader's own. */
static void field_unescape(mig_csv *csv, mig_csv_field *field) {
    char *text = csv->buffer + (field->text.p - csv->buffer), *end = text + field->text.n;
    char *to = memchr(text, '"', field->text.n), *from, *next;

    if (to == NULL)
        return;
    /* from is at the first quote of a pair, of which the second is kept. */
    for (from = to; from < end; from = next) {
        from++;
        next = memchr(from + 1, '"', (size_t)(end - from - 1));
        if (next == NULL)
            next = end;
        memmove(to, from, (size_t)(next - from));
        to += next - from;
    }
    field->text.n = (size_t)(to - text);
}

static void record_unescape(mig_csv *csv) {
    size_t i;

    for (i = 0; i < csv->n_fields; i++)
        if (csv->fields[i].quoted && csv->fields[i].text.n > 0)
            field_unescape(csv, &csv->fields[i]);
}

static bool fault_complain(mig_ctx *ctx, mig_csv *csv, outcome what, const char *hint) {
    return mig_complain(ctx, csv->list, faults[what].code, csv->source, place_int(csv->fault.line),
                        place_column(&csv->fault), "%s", faults[what].text) &&
           mig_complain_hint(ctx, csv->list, "%s", hint);
}

/* Ends the reading. Answers false. */
static bool fault_break(mig_ctx *ctx, mig_csv *csv, outcome what) {
    csv->broken = true;
    fault_complain(ctx, csv, what, faults[what].hint);
    return false;
}

/* Room behind what is there of the current record, which moves to the start of the buffer. */
static bool buffer_make_room(mig_ctx *ctx, mig_csv *csv) {
    char *buffer;

    if (csv->start > 0) {
        csv->n -= csv->start;
        csv->limit -= csv->start;
        memmove(csv->buffer, csv->buffer + csv->start, csv->n);
        csv->start = 0;
    }
    if (csv->n < csv->room)
        return true;
    if (csv->room >= MIG_MAX_RECORD) {
        csv->fault.p = csv->fault.origin = csv->buffer;
        csv->fault.line = csv->line;
        return fault_break(ctx, csv, FAULT_LONG);
    }
    buffer = mig_alloc(ctx, csv->room * 2);
    if (buffer == NULL)
        return false;
    memcpy(buffer, csv->buffer, csv->n);
    csv->buffer = buffer;
    csv->room *= 2;
    csv->mark = mig_arena_mark(ctx);
    return true;
}

/* Moves limit on as far as the bytes are good. The last three may be the beginning of a character. */
static void buffer_check(mig_csv *csv) {
    mig_str rest;

    rest.p = csv->buffer + csv->limit;
    rest.n = csv->n - csv->limit;
    csv->limit += mig_utf8_check(rest);
    if (csv->limit == csv->n)
        csv->tail = csv->input_over ? TAIL_END : TAIL_MORE;
    else
        csv->tail = csv->input_over || csv->n - csv->limit > 3 ? TAIL_BAD : TAIL_MORE;
}

/* Reads until the buffer is full or the input over. false: a fault, or an error in the context. */
static bool buffer_fill(mig_ctx *ctx, mig_csv *csv) {
    size_t got;

    if (!buffer_make_room(ctx, csv))
        return false;
    while (csv->n < csv->room && !csv->input_over) {
        if (!mig_input_read(ctx, csv->input, csv->buffer + csv->n, csv->room - csv->n, &got))
            return false;
        csv->n += got;
        csv->input_over = got == 0;
    }
    buffer_check(csv);
    return true;
}

/* Is there nothing but blanks between the start of the field and its first quote? */
static bool stray_behind_blanks(const mig_csv *csv) {
    const char *p = csv->fault.p;

    while (p > csv->buffer && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p < csv->fault.p && (p == csv->fault.origin || p[-1] == ',');
}

/* The record is left out, unless it is the one with the names of the columns. */
static bool fault_stray(mig_ctx *ctx, mig_csv *csv) {
    csv->broken = csv->columns == 0;
    return fault_complain(ctx, csv, FAULT_STRAY,
                          stray_behind_blanks(csv)
                              ? "A quoted field begins right behind the comma, without blanks."
                              : faults[FAULT_STRAY].hint) &&
           !csv->broken;
}

static void record_pass(mig_csv *csv, const place *at) {
    csv->start = (size_t)(at->p - csv->buffer);
    csv->line = at->line;
}

static void record_give(mig_csv *csv, mig_csv_record *record, const place *at) {
    if (csv->doubled)
        record_unescape(csv);
    if (csv->columns == 0) {
        csv->columns = csv->n_fields;
        csv->head = (uint64_t)(at->p - csv->buffer);
    }
    if (csv->fields[0].text.n == 0 ? !csv->fields[0].quoted && csv->n_fields == 1
                                   : csv->fields[0].text.p[0] == '\\')
        csv->odd = true;
    record->fields = csv->fields;
    record->n = csv->n_fields;
    record->line = place_int(csv->line);
    record_pass(csv, at);
}

/* Goes on behind what is no record for the caller; false: there is nothing behind it. */
static bool scan_again(mig_ctx *ctx, mig_csv *csv, outcome what, const place *at) {
    if (what == NEEDS_MORE)
        return buffer_fill(ctx, csv);
    if (what == GOT_END) {
        csv->over = true;
        return false;
    }
    if (what == FAULT_STRAY && !fault_stray(ctx, csv))
        return false;
    if (what != FAULT_STRAY && what != GOT_NOTHING)
        return fault_break(ctx, csv, what);
    csv->odd = true;
    record_pass(csv, at);
    return true;
}

bool mig_csv_next(mig_ctx *ctx, mig_csv *csv, mig_csv_record *record) {
    outcome what;
    place at;

    memset(record, 0, sizeof *record);
    if (mig_ctx_error(ctx) != NULL || csv->broken || csv->over)
        return false;
    mig_arena_release(ctx, csv->mark);
    for (;;) {
        what = record_scan(csv, &at);
        if (what == GOT_RECORD || (what == GOT_NOTHING && csv->columns == 1)) {
            record_give(csv, record, &at);
            return true;
        }
        if (!scan_again(ctx, csv, what, &at))
            return false;
    }
}
