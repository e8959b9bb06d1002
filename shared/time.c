/*
 * time.c: instants as text and back; see text.h. The Gregorian calendar is taken to reach back for
 * ever (as ISO 8601 and PostgreSQL do). Day arithmetic counts years from March, so that the leap
 * day is the last day of a year, and cycles of 400 years of 146097 days.
 */
#include "text.h"

#define MICROSECONDS INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
#define CYCLE_DAYS INT64_C(146097)
#define EPOCH_DAYS INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */

typedef struct moment {
    int64_t year;
    int month, day, hour, minute, second;
} moment;

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t days_of(int64_t year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t cycle = floor_div(y, 400), year_of_cycle = y - cycle * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return cycle * CYCLE_DAYS + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 +
           day_of_year - EPOCH_DAYS;
}

static moment moment_of(int64_t microseconds) {
    int64_t seconds = floor_div(microseconds, MICROSECONDS);
    int64_t days = floor_div(seconds, DAY_SECONDS);
    int rest = (int)(seconds - days * DAY_SECONDS);
    int64_t cycle = floor_div(days + EPOCH_DAYS, CYCLE_DAYS);
    int64_t day = days + EPOCH_DAYS - cycle * CYCLE_DAYS, year, march;
    moment m;

    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    march = (5 * day + 2) / 153;
    m.day = (int)(day - (153 * march + 2) / 5 + 1);
    m.month = (int)(march < 10 ? march + 3 : march - 9);
    m.year = cycle * 400 + year + (m.month <= 2);
    m.hour = rest / 3600;
    m.minute = rest / 60 % 60;
    m.second = rest % 60;
    return m;
}

static char *digits_put(char *to, int64_t number, int width) {
    int i;

    for (i = width - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + width;
}

/* By hand: a run writes thousands of these. */
static char *moment_put(char *to, moment m, char between) {
    to = digits_put(to, m.year, 4);
    *to++ = '-';
    to = digits_put(to, m.month, 2);
    *to++ = '-';
    to = digits_put(to, m.day, 2);
    *to++ = between;
    to = digits_put(to, m.hour, 2);
    *to++ = ':';
    to = digits_put(to, m.minute, 2);
    *to++ = ':';
    return digits_put(to, m.second, 2);
}

static mig_str moment_format(mig_ctx *ctx, int64_t microseconds, char between, const char *end) {
    moment m = moment_of(microseconds);
    char text[24], *to;

    if (m.year < 0 || m.year > 9999)
        return mig_str_format(ctx, "%04lld-%02d-%02d%c%02d:%02d:%02d%s", (long long)m.year, m.month,
                              m.day, between, m.hour, m.minute, m.second, end);
    to = moment_put(text, m, between);
    if (*end != '\0')
        *to++ = *end;
    return mig_str_copy(ctx, (mig_str){text, (size_t)(to - text)});
}

mig_str mig_time_iso(mig_ctx *ctx, int64_t microseconds) {
    return moment_format(ctx, microseconds, 'T', "Z");
}

void mig_time_write(int64_t microseconds, char text[MIG_TIME_ROOM]) {
    moment m = moment_of(microseconds);
    char *end;

    if (m.year < 0 || m.year > 9999)
        m = moment_of(0);
    end = moment_put(text, m, ' ');
    end[0] = 'Z';
    end[1] = '\0';
}

mig_str mig_time_date(mig_ctx *ctx, int64_t microseconds) {
    return moment_format(ctx, microseconds, ' ', "");
}

/* Takes exactly n digits from the front of *s. */
static bool take_number(mig_str *s, size_t n, int *value) {
    size_t i;

    if (s->n < n)
        return false;
    *value = 0;
    for (i = 0; i < n; i++) {
        if (!mig_is_digit(s->p[i]))
            return false;
        *value = *value * 10 + (s->p[i] - '0');
    }
    *s = mig_str_sub(*s, n, s->n - n);
    return true;
}

static bool take_char(mig_str *s, char c) {
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = mig_str_sub(*s, 1, s->n - 1);
    return true;
}

static bool take_date(mig_str *s, int64_t *days) {
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    bool leap;

    if (!take_number(s, 4, &year) || !take_char(s, '-') || !take_number(s, 2, &month) ||
        !take_char(s, '-') || !take_number(s, 2, &day))
        return false;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
        return false;
    if (month == 2 && day == 29 && !leap)
        return false;
    *days = days_of(year, month, day);
    return true;
}

/* ".5" and the like; digits beyond the microsecond are cut off. */
static bool take_fraction(mig_str *s, int64_t *microseconds) {
    int64_t worth = MICROSECONDS / 10;
    int digit;

    *microseconds = 0;
    if (!take_char(s, '.'))
        return true;
    if (s->n == 0 || !mig_is_digit(s->p[0]))
        return false;
    while (take_number(s, 1, &digit)) {
        *microseconds += digit * worth;
        worth /= 10;
    }
    return true;
}

/* hh:mm[:ss[.fraction]] */
static bool take_clock(mig_str *s, int64_t *microseconds) {
    int hour, minute, second = 0;
    int64_t fraction = 0;

    if (!take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute))
        return false;
    if (take_char(s, ':') && (!take_number(s, 2, &second) || !take_fraction(s, &fraction)))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *microseconds = ((hour * 60 + minute) * 60 + second) * MICROSECONDS + fraction;
    return true;
}

/* Nothing, Z, +hh, +hhmm, +hh:mm or +hh:mm:ss (zones of the 19th century, as Python prints them),
   also behind one blank. */
static bool take_zone(mig_str *s, int64_t *seconds) {
    int hour, minute = 0, second = 0;
    bool minus, colon;

    *seconds = 0;
    if (s->n == 0)
        return true;
    take_char(s, ' ');
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    minus = take_char(s, '-');
    if ((!minus && !take_char(s, '+')) || !take_number(s, 2, &hour))
        return false;
    colon = take_char(s, ':');
    if ((colon || s->n != 0) && !take_number(s, 2, &minute))
        return false;
    if (colon && take_char(s, ':') && !take_number(s, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *seconds = (hour * 60 + minute) * 60 + second;
    if (minus)
        *seconds = -*seconds;
    return true;
}

bool mig_time_parse(mig_str s, int64_t *microseconds) {
    int64_t days, clock = 0, zone = 0;

    if (!take_date(&s, &days))
        return false;
    if (s.n != 0) {
        if (!take_char(&s, ' ') && !take_char(&s, 'T') && !take_char(&s, 't'))
            return false;
        if (!take_clock(&s, &clock) || !take_zone(&s, &zone) || s.n != 0)
            return false;
    }
    *microseconds = (days * DAY_SECONDS - zone) * MICROSECONDS + clock;
    return true;
}
