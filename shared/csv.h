/*
 * csv.h: a streaming reader of comma-separated values (RFC 4180).
 *
 * Records end with LF, CRLF or a lone CR; the last may lack its end. A field is quoted or not; ""
 * inside quotes is a quote. Blanks are significant. A record that is nothing at all (an empty line)
 * is skipped, except where a file has one column: there it is a record with an empty field. What
 * RFC 4180 does not allow is an error with its place: a quote inside an unquoted field, bytes behind
 * a closing quote, quotes that never close, bytes that are not UTF-8, NUL. The first of these costs
 * its record, and reading goes on (but not without the first record, the columns' names); the others
 * end it.
 *
 * Memory: one chunk of input and the longest record; a record longer than MIG_MAX_RECORD is an error.
 */
#ifndef MIG_CSV_H
#define MIG_CSV_H

#include "complaint.h"
#include "input.h"

#define MIG_MAX_RECORD ((size_t)64 * 1024 * 1024) /* bytes of one record or row */
#define MIG_MAX_FIELDS 1600                       /* columns of one record or row */

typedef struct mig_csv_field {
    mig_str text;
    bool quoted;      /* an unquoted empty field is NULL, a quoted one an empty text */
    int line, column; /* 1-based, column in characters, of its first character or opening quote */
} mig_csv_field;

typedef struct mig_csv_record {
    mig_csv_field *fields;
    size_t n;
    int line; /* of its first byte */
} mig_csv_record;

typedef struct mig_csv mig_csv;

mig_csv *mig_csv_open(mig_ctx *ctx, mig_str source, mig_input *input, mig_complaints *list);

/*
 * The next record. It lives until the next call, which gives back everything that was allocated in
 * the arena since the call before. false at the end, after a fault that cannot be read past (a
 * complaint in list then, see mig_csv_broken), or with an error in ctx.
 */
bool mig_csv_next(mig_ctx *ctx, mig_csv *csv, mig_csv_record *record);
bool mig_csv_broken(const mig_csv *csv);

/*
 * Would any reader take the records for what they are? All lines end in the same way, there is no
 * empty line, and no record begins with a backslash (which PostgreSQL's COPY may take for the end of
 * the data). Of what was read so far.
 */
bool mig_csv_is_plain(const mig_csv *csv);

/* Bytes of the input up to the end of the first record. */
uint64_t mig_csv_head(const mig_csv *csv);

#endif
