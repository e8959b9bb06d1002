/*
 * test_text.c: views, conversions, UTF-8, the builder, lists, sorting, times.
 */
#include <stdio.h>
#include <string.h>

#include "unit.h"

static const mig_str absent = {NULL, 0};

static void views_compare(void) {
    CHECK(mig_str_of(NULL).p == NULL);
    CHECK(mig_str_eq(absent, MIG_STR("")));
    CHECK(mig_str_eq(MIG_STR("ab"), MIG_STR("ab")));
    CHECK(!mig_str_eq(MIG_STR("ab"), MIG_STR("abc")));
    CHECK(!mig_str_eq(MIG_STR("ab"), MIG_STR("aB")));
    CHECK(mig_str_is(absent, ""));
    CHECK(mig_str_is_nocase(MIG_STR("ReVises"), "revises"));
    CHECK(mig_str_is_nocase(absent, ""));
    CHECK(!mig_str_is_nocase(MIG_STR("rev"), "revises"));
    CHECK(!mig_str_is_nocase(MIG_STR("revises"), "rev"));
    CHECK(!mig_str_is_nocase(MIG_STR("@"), "`"));
    CHECK(mig_str_starts(MIG_STR("abc"), MIG_STR("ab")));
    CHECK(mig_str_starts(MIG_STR("abc"), absent));
    CHECK(mig_str_starts(absent, absent));
    CHECK(!mig_str_starts(MIG_STR("a"), MIG_STR("ab")));
    CHECK(mig_str_compare(MIG_STR("a"), MIG_STR("ab")) < 0);
    CHECK(mig_str_compare(MIG_STR("ab"), MIG_STR("a")) > 0);
    CHECK(mig_str_compare(MIG_STR("b"), MIG_STR("ab")) > 0);
    CHECK(mig_str_compare(MIG_STR("\xC3\xA4"), MIG_STR("z")) > 0);
    CHECK(mig_str_compare(absent, MIG_STR("")) == 0);
}

static void views_cut(void) {
    size_t at = 99;

    CHECK_STR(mig_str_sub(MIG_STR("abcdef"), 2, 3), "cde");
    CHECK_STR(mig_str_sub(MIG_STR("abcdef"), 4, 30), "ef");
    CHECK_STR(mig_str_sub(MIG_STR("abcdef"), 9, 1), "");
    CHECK_STR(mig_str_sub(MIG_STR("abcdef"), 1, SIZE_MAX), "bcdef");
    CHECK(mig_str_sub(absent, 1, 1).p == NULL);
    CHECK_STR(mig_str_trim(MIG_STR(" \t\r\n a b \n")), "a b");
    CHECK_STR(mig_str_trim(MIG_STR(" \n ")), "");
    CHECK_STR(mig_str_trim(absent), "");
    CHECK(mig_str_find(MIG_STR("a:b:c"), ':', &at));
    CHECK_INT(at, 1);
    CHECK(!mig_str_find(MIG_STR("abc"), ':', &at));
    CHECK(!mig_str_find(absent, ':', &at));
}

static void words(void) {
    mig_str rest = MIG_STR(" ,a1, b2\tc3\n,,d4 , "), word;
    char all[32] = "";

    while (mig_str_next_word(&rest, &word)) {
        strncat(all, word.p, word.n);
        strcat(all, "|");
    }
    CHECK_STR(mig_str_of(all), "a1|b2|c3|d4|");
    rest = absent;
    CHECK(!mig_str_next_word(&rest, &word));
}

static void lines(void) {
    mig_str rest = MIG_STR("a\nb\r\nc\r\r\n\nd"), line;
    char all[32] = "";

    while (mig_str_next_line(&rest, &line)) {
        strncat(all, line.p, line.n);
        strcat(all, "|");
    }
    CHECK_STR(mig_str_of(all), "a|b|c|||d|");
    rest = MIG_STR("\n");
    CHECK(mig_str_next_line(&rest, &line));
    CHECK_STR(line, "");
    CHECK(!mig_str_next_line(&rest, &line));
    rest = MIG_STR("a\r");
    CHECK(mig_str_next_line(&rest, &line));
    CHECK_STR(line, "a");
    CHECK(!mig_str_next_line(&rest, &line));
    rest = absent;
    CHECK(!mig_str_next_line(&rest, &line));
}

static void integers(void) {
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "1a",
                                      " 1",
                                      "1 ",
                                      "--1",
                                      "0x1",
                                      "1.0",
                                      "+-1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    int64_t value = 5;
    size_t i;

    CHECK(mig_str_to_int(MIG_STR("0"), &value) && value == 0);
    CHECK(mig_str_to_int(MIG_STR("-0"), &value) && value == 0);
    CHECK(mig_str_to_int(MIG_STR("+17"), &value) && value == 17);
    CHECK(mig_str_to_int(MIG_STR("-17"), &value) && value == -17);
    CHECK(mig_str_to_int(MIG_STR("007"), &value) && value == 7);
    CHECK(mig_str_to_int(MIG_STR("9223372036854775807"), &value) && value == INT64_MAX);
    CHECK(mig_str_to_int(MIG_STR("-9223372036854775808"), &value) && value == INT64_MIN);
    CHECK(mig_str_to_int(MIG_STR("-9223372036854775807"), &value) && value == -INT64_MAX);
    value = 5;
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!mig_str_to_int(mig_str_of(bad[i]), &value));
    CHECK(!mig_str_to_int(absent, &value));
    CHECK_INT(value, 5);
}

static void utf8_is_checked(void) {
    static const char *const good[] = {"",
                                       "plain ASCII of some length\n\t\x7F",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xEF\xBB\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "12345678\xC3\xA4zyxwvuts"};
    /* each is "ab" and the fault */
    static const char *const bad[] = {
        "ab\x80",         "ab\xBF",          "ab\xC0\x80",         "ab\xC1\xBF",
        "ab\xC3",         "ab\xC3x",         "ab\xC3\xC3",         "ab\xE0\x9F\xBF",
        "ab\xE0\x80\x80", "ab\xED\xA0\x80",  "ab\xED\xBF\xBF",     "ab\xE2\x82",
        "ab\xE2\x82x",    "ab\xE2x\x82",     "ab\xF0\x8F\xBF\xBF", "ab\xF4\x90\x80\x80",
        "ab\xF0\x90\x80", "ab\xF0\x90\x80x", "ab\xF5\x80\x80\x80", "ab\xFE",
        "ab\xFF"};
    static const char nul[] = "12345678901\0"
                              "234567890";
    char text[64];
    size_t i, at;

    for (i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_INT(mig_utf8_check(mig_str_of(good[i])), strlen(good[i]));
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(mig_utf8_check(mig_str_of(bad[i])), 2);
    CHECK_INT(mig_utf8_check(absent), 0);
    CHECK_INT(mig_utf8_check((mig_str){nul, sizeof nul - 1}), 11);
    for (at = 0; at < 40; at++) {
        memset(text, 'x', sizeof text);
        text[at] = (char)0xFF;
        CHECK_INT(mig_utf8_check((mig_str){text, 40}), at);
        text[at] = '\0';
        CHECK_INT(mig_utf8_check((mig_str){text, 40}), at);
        text[at] = '\x01';
        CHECK_INT(mig_utf8_check((mig_str){text, 40}), 40);
    }
}

static void place_is(mig_str text, size_t at, int line, int column) {
    int got_line, got_column;

    mig_text_place(text, at, &got_line, &got_column);
    CHECK_INT(got_line, line);
    CHECK_INT(got_column, column);
}

static void places(void) {
    mig_str text = MIG_STR("ab\n\xC3\xA4\xE2\x82\xAC x\r\nc\rd");

    place_is(text, 0, 1, 1);
    place_is(text, 2, 1, 3);
    place_is(text, 3, 2, 1);
    place_is(text, 4, 2, 1);
    place_is(text, 5, 2, 2);
    place_is(text, 7, 2, 2);
    place_is(text, 8, 2, 3);
    place_is(text, 9, 2, 4);
    place_is(text, 12, 3, 1);
    place_is(text, 14, 4, 1);
    place_is(text, 15, 4, 2);
    place_is(text, 1000, 4, 2);
    place_is(absent, 3, 1, 1);
}

static void keeps(void) {
    mig_ctx *ctx = unit_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    char original[8] = "abc";
    mig_str kept = mig_str_keep(ctx, mig_str_of(original)), later;

    mig_arena_release(ctx, mark);
    later = mig_str_copy(ctx, MIG_STR("later"));
    original[0] = 'x';
    CHECK_STR(kept, "abc");
    CHECK(kept.p[3] == '\0' && kept.p != later.p);
    CHECK(mig_str_keep(ctx, absent).p != NULL);
    CHECK_STR(mig_str_keep(ctx, absent), "");
    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(mig_str_keep(ctx, kept).p == NULL);
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    unit_free(ctx);
}

static void copies(void) {
    mig_ctx *ctx = unit_ctx();
    char original[8] = "abc";
    mig_str copy = mig_str_copy(ctx, mig_str_of(original));

    original[0] = 'x';
    CHECK_STR(copy, "abc");
    CHECK(copy.p[3] == '\0');
    CHECK(mig_str_copy(ctx, absent).p == NULL);
    CHECK(mig_str_copy(ctx, MIG_STR("")).p != NULL);
    CHECK(strcmp(mig_str_z(ctx, absent), "") == 0);
    CHECK(strcmp(mig_str_z(ctx, mig_str_sub(MIG_STR("abcdef"), 1, 2)), "bc") == 0);
    CHECK_STR(mig_str_format(ctx, "%s-%03d-%.*s", "a", 7, MIG_FMT(absent)), "a-007-");
    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(mig_str_copy(ctx, copy).p == NULL);
    CHECK(mig_str_z(ctx, copy) == NULL);
    CHECK(mig_str_format(ctx, "x").p == NULL);
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    unit_free(ctx);
}

static void builder_numbers(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_number(&buf, 0);
    mig_buf_add_char(&buf, ' ');
    mig_buf_add_number(&buf, UINT64_MAX);
    CHECK_STR(mig_buf_str(&buf), "0 18446744073709551615");
    unit_free(ctx);
}

static void builder_builds(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    char expected[1200] = "";
    mig_str view;
    size_t i;

    CHECK_STR(mig_buf_str(&buf), "");
    CHECK(mig_buf_str(&buf).p != NULL);
    CHECK(mig_buf_add(&buf, absent));
    CHECK_STR(mig_buf_str(&buf), "");
    for (i = 0; i < 100; i++) {
        mig_buf_add_z(&buf, "ab");
        mig_buf_add_char(&buf, ',');
        mig_buf_add(&buf, MIG_STR("cd"));
        mig_buf_addf(&buf, "%03d;", (int)i);
        sprintf(expected + strlen(expected), "ab,cd%03d;", (int)i);
    }
    view = mig_buf_str(&buf);
    CHECK_STR(view, expected);
    CHECK(view.p[view.n] == '\0');
    mig_buf_add(&buf, view);
    CHECK_STR(view, expected);
    CHECK_INT(mig_buf_str(&buf).n, 2 * view.n);
    CHECK(mig_str_eq(mig_str_sub(mig_buf_str(&buf), view.n, view.n), view));
    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(!mig_buf_add_z(&buf, "x") && !mig_buf_add_char(&buf, 'x') && !mig_buf_addf(&buf, "x"));
    CHECK(mig_buf_str(&buf).p == NULL);
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    CHECK_INT(mig_buf_str(&buf).n, 2 * view.n);
    unit_free(ctx);
}

/* Every length around the sizes at which the builder grows, whole and byte by byte. */
static void builder_meets_its_room(void) {
    mig_ctx *ctx = unit_ctx();
    static char text[300];
    mig_buf whole, printed, bytes;
    size_t n, i;
    bool same = true;

    memset(text, 'x', sizeof text - 1);
    for (n = 0; n < sizeof text - 1; n++) {
        whole = printed = bytes = mig_buf_new(ctx);
        mig_buf_add(&whole, mig_str_sub(mig_str_of(text), 0, n));
        mig_buf_addf(&printed, "%.*s", (int)n, text);
        for (i = 0; i < n; i++)
            mig_buf_add_char(&bytes, 'x');
        same = same && mig_buf_str(&whole).n == n && mig_buf_str(&whole).p[n] == '\0' &&
               mig_str_eq(mig_buf_str(&whole), mig_buf_str(&printed)) &&
               mig_str_eq(mig_buf_str(&whole), mig_buf_str(&bytes));
    }
    CHECK(same);
    unit_free(ctx);
}

static mig_str literal(mig_ctx *ctx, mig_engine engine, const char *text) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_literal(&buf, engine, mig_str_of(text));
    return mig_buf_str(&buf);
}

static mig_str identifier(mig_ctx *ctx, const char *name) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_identifier(&buf, mig_str_of(name));
    return mig_buf_str(&buf);
}

static void quoting(void) {
    mig_ctx *ctx = unit_ctx();

    CHECK_STR(literal(ctx, MIG_POSTGRESQL, ""), "''");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, NULL), "''");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "it's"), "'it''s'");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "'"), "''''");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "''"), "''''''");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "\\"), "E'\\\\'");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "\\'; DROP"), "E'\\\\''; DROP'");
    CHECK_STR(literal(ctx, MIG_POSTGRESQL, "a\nb$$\"c"), "'a\nb$$\"c'");
    CHECK_STR(literal(ctx, MIG_SQLITE, "\\'; DROP"), "'\\''; DROP'");
    CHECK_STR(literal(ctx, MIG_SQLITE, "\\"), "'\\'");
    CHECK_STR(identifier(ctx, "a\"b'c"), "\"a\"\"b'c\"");
    CHECK_STR(identifier(ctx, "\""), "\"\"\"\"");
    CHECK_STR(identifier(ctx, "Order"), "\"Order\"");
    unit_free(ctx);
}

static void lists(void) {
    mig_ctx *ctx = unit_ctx();
    mig_list list = {NULL, 0, 0};
    size_t i;

    CHECK(!mig_list_has(&list, MIG_STR("a")));
    CHECK_STR(mig_str_join(ctx, list.items, list.n, ", "), "");
    mig_list_add(ctx, &list, MIG_STR("a"));
    CHECK_STR(mig_str_join(ctx, list.items, list.n, ", "), "a");
    mig_list_add(ctx, &list, absent);
    mig_list_add(ctx, &list, MIG_STR("c"));
    CHECK_STR(mig_str_join(ctx, list.items, list.n, ", "), "a, , c");
    CHECK(mig_list_has(&list, MIG_STR("c")) && mig_list_has(&list, MIG_STR("")));
    CHECK(!mig_list_has(&list, MIG_STR("b")));
    for (i = 0; i < 1000; i++)
        CHECK(mig_list_add(ctx, &list, mig_str_format(ctx, "%d", (int)i)));
    CHECK_INT(list.n, 1003);
    CHECK_STR(list.items[0], "a");
    CHECK_STR(list.items[1002], "999");
    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(!mig_list_add(ctx, &list, MIG_STR("d")));
    CHECK_INT(list.n, 1003);
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    unit_free(ctx);
}

static void growing(void) {
    mig_ctx *ctx = unit_ctx();
    size_t room = 0, huge = SIZE_MAX / 4;
    char one[1] = {'x'};
    char *p = mig_grow(ctx, NULL, 0, &room, 1);

    CHECK(p != NULL && room > 0);
    CHECK(mig_grow(ctx, p, room - 1, &room, 1) == p);
    CHECK(mig_grow(ctx, one, huge, &huge, 8) == NULL);
    CHECK_INT(huge, SIZE_MAX / 4);
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    room = 3;
    p = mig_alloc(ctx, 3);
    memcpy(p, "abc", 3);
    p = mig_grow(ctx, p, 3, &room, 1);
    CHECK(room > 3 && memcmp(p, "abc", 3) == 0);
    unit_free(ctx);
}

typedef struct pair {
    unsigned key, place;
} pair;

static int pair_compare(const void *a, const void *b, void *arg) {
    const pair *x = a, *y = b;
    size_t *calls = arg;

    (*calls)++;
    return (x->key > y->key) - (x->key < y->key);
}

/* Sorts n pairs of few different keys, in one of several orders; answers the comparisons. */
static size_t sort_once(mig_ctx *ctx, size_t n, unsigned keys, int kind) {
    pair *pairs = mig_alloc(ctx, (n + 1) * sizeof *pairs);
    unsigned state = 12345;
    size_t i, calls = 0, wrong = 0;

    for (i = 0; i < n; i++) {
        state = state * 1103515245u + 12345u;
        pairs[i].key = (kind == 0   ? state >> 8
                        : kind == 1 ? (unsigned)i
                                    : (unsigned)(n - i)) %
                       keys;
        pairs[i].place = (unsigned)i;
    }
    pairs[n].key = 4711;
    CHECK(mig_sort(ctx, pairs, n, sizeof *pairs, pair_compare, &calls));
    for (i = 1; i < n; i++)
        wrong += pairs[i - 1].key > pairs[i].key ||
                 (pairs[i - 1].key == pairs[i].key && pairs[i - 1].place > pairs[i].place);
    CHECK_INT(wrong, 0);
    CHECK_INT(pairs[n].key, 4711);
    return calls;
}

static void sorting(void) {
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 1000, 4097};
    mig_ctx *ctx = unit_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    size_t i, calls = 0;
    int kind;
    pair two[2] = {{2, 0}, {1, 1}};

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (kind = 0; kind < 3; kind++) {
            sort_once(ctx, sizes[i], 5, kind);
            sort_once(ctx, sizes[i], 1000000, kind);
            mig_arena_release(ctx, mark);
        }
    CHECK(sort_once(ctx, 4096, 1000000, 0) < (size_t)2 * 4096 * 12);
    CHECK_INT(sort_once(ctx, 4096, 1000000, 1), 4095);
    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(!mig_sort(ctx, two, 2, sizeof *two, pair_compare, &calls));
    CHECK(two[0].key == 2 && calls == 0);
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    CHECK(!mig_sort(ctx, two, SIZE_MAX / 4, sizeof *two, pair_compare, &calls));
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    unit_free(ctx);
}

static void time_is(mig_ctx *ctx, const char *text, const char *iso, int64_t fraction) {
    int64_t instant;

    if (!unit_check(mig_time_parse(mig_str_of(text), &instant), text, __FILE__, __LINE__))
        return;
    CHECK_STR(mig_time_iso(ctx, instant), iso);
    CHECK_INT(((instant % 1000000) + 1000000) % 1000000, fraction);
}

static void times_are_read(void) {
    mig_ctx *ctx = unit_ctx();
    int64_t instant;

    CHECK(mig_time_parse(MIG_STR("1970-01-01"), &instant) && instant == 0);
    CHECK(mig_time_parse(MIG_STR("1970-01-01 00:00:00.000001"), &instant) && instant == 1);
    CHECK(mig_time_parse(MIG_STR("1969-12-31T23:59:59.999999Z"), &instant) && instant == -1);
    CHECK(mig_time_parse(MIG_STR("2024-02-06 14:30:00"), &instant));
    CHECK_INT(instant, INT64_C(1707229800000000));
    time_is(ctx, "2024-02-06", "2024-02-06T00:00:00Z", 0);
    time_is(ctx, "2024-02-06 14:30", "2024-02-06T14:30:00Z", 0);
    time_is(ctx, "2024-02-06t14:30:05z", "2024-02-06T14:30:05Z", 0);
    time_is(ctx, "2024-02-06 14:30:05.5", "2024-02-06T14:30:05Z", 500000);
    time_is(ctx, "2024-02-06 14:30:05.1234567890123456789012", "2024-02-06T14:30:05Z", 123456);
    time_is(ctx, "2024-02-06 14:30:05.123456+01:00", "2024-02-06T13:30:05Z", 123456);
    time_is(ctx, "2024-02-06 00:30:00+01", "2024-02-05T23:30:00Z", 0);
    time_is(ctx, "2024-12-31 23:30:00-0545", "2025-01-01T05:15:00Z", 0);
    time_is(ctx, "2024-02-06 14:30+05:30", "2024-02-06T09:00:00Z", 0);
    time_is(ctx, "2024-02-06 14:30:00 +02:00", "2024-02-06T12:30:00Z", 0);
    time_is(ctx, "1880-01-01 00:53:28+00:53:28", "1880-01-01T00:00:00Z", 0);
    time_is(ctx, "2024-02-29", "2024-02-29T00:00:00Z", 0);
    time_is(ctx, "2000-02-29", "2000-02-29T00:00:00Z", 0);
    time_is(ctx, "2000-03-01 00:00:00+00:01", "2000-02-29T23:59:00Z", 0);
    time_is(ctx, "1900-03-01 00:00:00+00:01", "1900-02-28T23:59:00Z", 0);
    time_is(ctx, "0001-01-01", "0001-01-01T00:00:00Z", 0);
    time_is(ctx, "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59Z", 999999);
    unit_free(ctx);
}

static void times_are_refused(void) {
    static const char *const bad[] = {"",
                                      "2024",
                                      "2024-2-6",
                                      "24-02-06",
                                      "2024-02-06x",
                                      "2024-00-06",
                                      "2024-13-06",
                                      "2024-02-00",
                                      "2024-02-30",
                                      "2023-02-29",
                                      "1900-02-29",
                                      "2024-04-31",
                                      "0000-01-01",
                                      "2024/02/06",
                                      "2024-02-06 ",
                                      " 2024-02-06",
                                      "2024-02-06 14",
                                      "2024-02-06 14:3",
                                      "2024-02-06 24:00",
                                      "2024-02-06 14:60",
                                      "2024-02-06 14:30:60",
                                      "2024-02-06 14:30:",
                                      "2024-02-06 14:30:00.",
                                      "2024-02-06 14:30:00.x",
                                      "2024-02-06 14:30:00 ",
                                      "2024-02-06 14:30:00 CET",
                                      "2024-02-06 14:30:00+",
                                      "2024-02-06 14:30:00+1",
                                      "2024-02-06 14:30:00+1:00",
                                      "2024-02-06 14:30:00+24:00",
                                      "2024-02-06 14:30:00+01:60",
                                      "2024-02-06 14:30:00+01:",
                                      "2024-02-06 14:30:00+01:00x",
                                      "2024-02-06 14:30:00Zx",
                                      "2024-02-06Z",
                                      "2024-02-06  14:30:00",
                                      "-2024-02-06",
                                      "yesterday"};
    int64_t instant = 7;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        unit_check(!mig_time_parse(mig_str_of(bad[i]), &instant), bad[i], __FILE__, __LINE__);
    CHECK(!mig_time_parse(absent, &instant));
    CHECK_INT(instant, 7);
}

/* Every day of 1599 to 2400 comes after the day before it and reads back as itself. */
static void times_go_round(void) {
    mig_ctx *ctx = unit_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    const int64_t day = INT64_C(86400) * 1000000;
    int64_t at, back, wrong = 0;
    mig_str text, before;
    char last[32] = "1598-12-31 23:59:59";

    for (at = -135505 * day; at < 157420 * day; at += day) {
        text = mig_time_date(ctx, at + day - 1000000);
        before = mig_str_of(last);
        wrong += !mig_time_parse(text, &back) || back != at + day - 1000000;
        wrong += mig_str_compare(before, text) >= 0;
        memcpy(last, text.p, text.n + 1);
        mig_arena_release(ctx, mark);
    }
    CHECK_INT(wrong, 0);
    CHECK_STR(mig_str_of(last), "2400-12-31 23:59:59");
    CHECK_STR(mig_time_date(ctx, 0), "1970-01-01 00:00:00");
    CHECK_STR(mig_time_iso(ctx, -1), "1969-12-31T23:59:59Z");
    CHECK(mig_time_iso(ctx, INT64_MAX).n > 0 && mig_time_iso(ctx, INT64_MIN).n > 0);
    unit_free(ctx);
}

static bool work(mig_ctx *ctx, void *arg) {
    mig_list list = {NULL, 0, 0};
    mig_buf buf = mig_buf_new(ctx);
    pair pairs[700];
    size_t i, calls = 0;

    (void)arg;
    for (i = 0; i < 300; i++) {
        mig_list_add(ctx, &list, mig_str_copy(ctx, mig_str_format(ctx, "item %d", (int)i)));
        mig_buf_addf(&buf, "%0100d", (int)i);
        mig_buf_add_literal(&buf, MIG_POSTGRESQL, MIG_STR("a'b\\c"));
        mig_buf_add_identifier(&buf, MIG_STR("x\"y"));
    }
    for (i = 0; i < 700; i++)
        pairs[i].key = (unsigned)(700 - i);
    mig_sort(ctx, pairs, 700, sizeof *pairs, pair_compare, &calls);
    return mig_str_join(ctx, list.items, list.n, ", ").p != NULL && mig_buf_str(&buf).p != NULL &&
           mig_str_z(ctx, mig_buf_str(&buf)) != NULL && CHECK_INT(pairs[0].key, 1) &&
           CHECK_INT(list.n, 300);
}

int main(void) {
    views_compare();
    views_cut();
    words();
    lines();
    integers();
    utf8_is_checked();
    places();
    keeps();
    copies();
    builder_numbers();
    builder_builds();
    builder_meets_its_room();
    quoting();
    lists();
    growing();
    sorting();
    times_are_read();
    times_are_refused();
    times_go_round();
    CHECK(unit_torture(work, NULL) > 2);
    return unit_end("text");
}
