/*
 * progress.c: see progress.h.
 *
 * A line is read from its end, since a seed's name may hold anything.
 */
#include "progress.h"

#include <string.h>

#define PREFIX "migrate: "
#define ACTION_MOST 20
#define MOMENT 15     /* bytes of "11-21 14:03:22Z" */
#define TAIL_ROOM 144 /* five counts of 20 digits */
#define CLOCK_SKEW                                                                                 \
    INT64_C(86400000000) /* a moment that is less than that after now is not a year old */

/* ---- writing ----------------------------------------------------------------------------- */

/* Room for any tail: what is put is clipped nowhere. */
static char *text_put(char *to, const char *text) {
    size_t n = strlen(text);

    memcpy(to, text, n);
    return to + n;
}

static char *count_put(char *to, size_t count) {
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

/* " (3/20) 2/7 row 16384 11-21 14:03:22Z" */
static size_t tail_write(const mig_progress *p, int64_t now, char tail[TAIL_ROOM]) {
    char at[MIG_TIME_ROOM], *to = tail;

    if (p->n_places > 0) {
        to = count_put(text_put(to, " ("), p->place);
        to = text_put(count_put(text_put(to, "/"), p->n_places), ")");
    }
    if (p->statement > 0)
        to = count_put(text_put(count_put(text_put(to, " "), p->statement), "/"), p->n_statements);
    if (p->rows > 0)
        to = count_put(text_put(to, " row "), p->rows);
    mig_time_write(now, at);
    to = text_put(text_put(to, " "), at + sizeof at - 1 - MOMENT);
    return (size_t)(to - tail);
}

/* Answers how many bytes were written. A character of several bytes becomes one '?'. */
static size_t name_write(mig_str name, char *to, size_t room) {
    size_t i, n = 0;

    for (i = 0; i < name.n; i++) {
        if (((unsigned char)name.p[i] & 0xC0) == 0x80)
            continue;
        if (n == room) {
            if (n > 0)
                to[n - 1] = '~';
            return n;
        }
        to[n++] = name.p[i] >= 0x20 && name.p[i] < 0x7F ? name.p[i] : '?';
    }
    return n;
}

/* Where even the tail finds no room, its counts are of no use to anybody: the moment stays. */
void mig_progress_write(const mig_progress *progress, int64_t now, char line[MIG_PROGRESS_ROOM]) {
    char tail[TAIL_ROOM], *to;
    size_t n = tail_write(progress, now, tail), left;

    to = text_put(line, PREFIX);
    to += name_write(progress->action, to, ACTION_MOST);
    left = MIG_PROGRESS_ROOM - 2 - (size_t)(to - line);
    if (n >= left) {
        memmove(tail, tail + n - MOMENT - 1, MOMENT + 1);
        n = MOMENT + 1;
    }
    if (progress->name.n > 0) {
        *to++ = ' ';
        to += name_write(progress->name, to, left - n);
    }
    memcpy(to, tail, n);
    to[n] = '\0';
}

/* ---- reading ----------------------------------------------------------------------------- */

static bool is_action(mig_str word) {
    size_t i;

    for (i = 0; i < word.n; i++)
        if (word.p[i] != '_' && (word.p[i] < 'a' || word.p[i] > 'z'))
            return false;
    return word.n > 0;
}

static bool moment_read(mig_str text, int64_t now, int64_t *since) {
    char at[MIG_TIME_ROOM];
    int i;

    if (text.n != MOMENT)
        return false;
    mig_time_write(now, at);
    memcpy(at + 5, text.p, MOMENT);
    if (!mig_time_parse(mig_str_of(at), since))
        return false;
    if (*since < now + CLOCK_SKEW)
        return true;
    for (i = 3; i > 0 && at[i] == '0'; i--)
        at[i] = '9';
    at[i]--;
    return mig_time_parse(mig_str_of(at), since);
}

/* Cuts the last word off; false: there is none behind a blank. */
static bool word_cut(mig_str *rest, mig_str *word) {
    size_t n = rest->n;

    while (n > 0 && rest->p[n - 1] != ' ')
        n--;
    if (n == 0)
        return false;
    *word = mig_str_sub(*rest, n, rest->n - n);
    rest->n = n - 1;
    return true;
}

static bool count_read(mig_str text, size_t *count) {
    int64_t n;

    if (text.n == 0 || !mig_is_digit(text.p[0]) || !mig_str_to_int(text, &n))
        return false;
    *count = (size_t)n;
    return true;
}

/* "2/7" */
static bool counts_read(mig_str text, size_t *a, size_t *b) {
    size_t slash;

    return mig_str_find(text, '/', &slash) && count_read(mig_str_sub(text, 0, slash), a) &&
           count_read(mig_str_sub(text, slash + 1, SIZE_MAX), b);
}

static void rows_read(mig_str *rest, mig_progress *p) {
    mig_str before = *rest, word;

    if (word_cut(&before, &word) && count_read(word, &p->rows) && word_cut(&before, &word) &&
        mig_str_is(word, "row"))
        *rest = before;
    else
        p->rows = 0;
}

static void statement_read(mig_str *rest, mig_progress *p) {
    mig_str before = *rest, word;

    if (word_cut(&before, &word) && counts_read(word, &p->statement, &p->n_statements))
        *rest = before;
    else
        p->statement = p->n_statements = 0;
}

static void place_read(mig_str *rest, mig_progress *p) {
    mig_str before = *rest, word;

    if (word_cut(&before, &word) && word.n > 2 && word.p[0] == '(' && word.p[word.n - 1] == ')' &&
        counts_read(mig_str_sub(word, 1, word.n - 2), &p->place, &p->n_places))
        *rest = before;
    else
        p->place = p->n_places = 0;
}

bool mig_progress_read(mig_str line, int64_t now, mig_progress *progress, int64_t *since) {
    size_t blank;

    memset(progress, 0, sizeof *progress);
    if (!mig_str_starts(line, MIG_STR(PREFIX)) || line.n < sizeof PREFIX + MOMENT)
        return false;
    if (line.p[line.n - MOMENT - 1] != ' ' ||
        !moment_read(mig_str_sub(line, line.n - MOMENT, MOMENT), now, since))
        return false;
    line = mig_str_sub(line, sizeof PREFIX - 1, line.n - MOMENT - sizeof PREFIX);
    rows_read(&line, progress);
    statement_read(&line, progress);
    place_read(&line, progress);
    if (!mig_str_find(line, ' ', &blank))
        blank = line.n;
    progress->action = mig_str_sub(line, 0, blank);
    progress->name = mig_str_sub(line, blank + 1, SIZE_MAX);
    return is_action(progress->action);
}
