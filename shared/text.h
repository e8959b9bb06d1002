/*
 * text.h: views of text, a builder, UTF-8 and small conversions. ASCII rules only, no locale.
 */
#ifndef MIG_TEXT_H
#define MIG_TEXT_H

#include "mig.h"

#include <string.h>

#define MIG_STR(literal)                                                                           \
    (mig_str) {                                                                                    \
        (literal), sizeof(literal) - 1                                                             \
    }

/* A printf argument pair for "%.*s". Texts here stay below 2 GiB (MIG_MAX_SCRIPT). */
#define MIG_FMT(s) (int)(s).n, (s).p ? (s).p : ""

/* The small ones are inline: a script is read byte by byte with them. */

static inline bool mig_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool mig_is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* An ASCII letter. */
static inline bool mig_is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline char mig_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* NULL gives an empty, not-given text. */
static inline mig_str mig_str_of(const char *z) {
    mig_str s = {NULL, 0};

    if (z != NULL) {
        s.p = z;
        s.n = strlen(z);
    }
    return s;
}

static inline bool mig_str_eq(mig_str a, mig_str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool mig_str_is(mig_str a, const char *z) {
    return mig_str_eq(a, mig_str_of(z));
}

/* Clipped to s. */
static inline mig_str mig_str_sub(mig_str s, size_t start, size_t length) {
    if (start > s.n)
        start = s.n;
    if (length > s.n - start)
        length = s.n - start;
    if (s.p != NULL)
        s.p += start;
    s.n = length;
    return s;
}

bool mig_str_is_nocase(mig_str a, const char *z); /* ASCII case folded */
bool mig_str_starts(mig_str a, mig_str prefix);
int mig_str_compare(mig_str a, mig_str b); /* bytewise, as strcmp; shorter first */
mig_str mig_str_trim(mig_str s);           /* blanks, tabs, CR, LF */
bool mig_str_find(mig_str s, char c, size_t *at);

/* Copies into the arena. _z is NUL-terminated. */
mig_str mig_str_copy(mig_ctx *ctx, mig_str s);
const char *mig_str_z(mig_ctx *ctx, mig_str s);
/* NUL-terminated, in memory that mig_arena_release leaves alone; what is absent becomes empty. */
mig_str mig_str_keep(mig_ctx *ctx, mig_str s);

/* printf into the arena; {NULL, 0} after an error. */
mig_str mig_str_format(mig_ctx *ctx, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
mig_str mig_str_vformat(mig_ctx *ctx, const char *format, va_list args)
    __attribute__((__format__(__printf__, 2, 0)));

/* The next word of a list separated by commas or blanks; false at its end. *rest moves on. */
bool mig_str_next_word(mig_str *rest, mig_str *word);

/* The next line without its end (LF, CRLF or CR); false at the end. */
bool mig_str_next_line(mig_str *rest, mig_str *line);

/* Whole text as a decimal integer with optional sign; false when it is none or too large. */
bool mig_str_to_int(mig_str s, int64_t *value);

/* Index of the first byte that is no valid UTF-8 (or is NUL), or s.n. */
size_t mig_utf8_check(mig_str s);

/* Line and column (1-based, in characters) of byte offset at. */
void mig_text_place(mig_str text, size_t at, int *line, int *column);

/* A byte builder in the arena. Sticky: after an error everything is a no-op. */
typedef struct mig_buf {
    mig_ctx *ctx;
    char *p;
    size_t n, room;
} mig_buf;

mig_buf mig_buf_new(mig_ctx *ctx);
bool mig_buf_add(mig_buf *buf, mig_str s);
bool mig_buf_add_z(mig_buf *buf, const char *z);
bool mig_buf_add_char(mig_buf *buf, char c);
bool mig_buf_add_number(mig_buf *buf, uint64_t number); /* in decimal */
bool mig_buf_addf(mig_buf *buf, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
mig_str mig_buf_str(const mig_buf *buf); /* a view; NUL-terminated behind its end */

/* 'text' as an SQL literal of the engine, safe under any setting of either; "name" as identifier. */
bool mig_buf_add_literal(mig_buf *buf, mig_engine engine, mig_str text);
bool mig_buf_add_identifier(mig_buf *buf, mig_str name);

/* items joined with the separator, in the arena; a single item as it is. */
mig_str mig_str_join(mig_ctx *ctx, const mig_str *items, size_t n, const char *separator);

/* A growable array of mig_str. */
typedef struct mig_list {
    mig_str *items;
    size_t n, room;
} mig_list;
bool mig_list_add(mig_ctx *ctx, mig_list *list, mig_str item);
bool mig_list_has(const mig_list *list, mig_str item);

/* Makes room for one more element in an array; answers the (moved) array or NULL. */
void *mig_grow(mig_ctx *ctx, void *items, size_t n, size_t *room, size_t size);

/* Stable merge sort, n log n, no recursion; compare as for qsort with an argument. */
typedef int (*mig_compare_fn)(const void *a, const void *b, void *arg);
bool mig_sort(mig_ctx *ctx, void *items, size_t n, size_t size, mig_compare_fn compare, void *arg);

/* "2024-02-06T14:30:00Z" of microseconds since 1970 UTC. */
mig_str mig_time_iso(mig_ctx *ctx, int64_t microseconds);
/* "2024-02-06 14:30:00Z" without a context; years that have not four digits become 1970. */
#define MIG_TIME_ROOM 21
void mig_time_write(int64_t microseconds, char text[MIG_TIME_ROOM]);
/* "2024-02-06 14:30:00", as in Create Date. */
mig_str mig_time_date(mig_ctx *ctx, int64_t microseconds);
/* Reads the forms Create Date may take (date, time with blank or T, fraction, Z or +hh:mm; without
   a zone UTC) into microseconds; false when it is none of them. */
bool mig_time_parse(mig_str s, int64_t *microseconds);

#endif
