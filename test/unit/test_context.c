/*
 * test_context.c: arena, sticky error, answer lines, error codes.
 */
#include <stdio.h>
#include <string.h>

#include "unit.h"

static void codes(void) {
    CHECK_STR(mig_str_of(mig_code_sqlstate(MIG_OK)), "00000");
    CHECK_INT(mig_code_sqlite(MIG_OK), 0);
    CHECK_STR(mig_str_of(mig_code_sqlstate(MIG_E_NOMEM)), "53200");
    CHECK_INT(mig_code_sqlite(MIG_E_NOMEM), 7);
    CHECK_STR(mig_str_of(mig_code_sqlstate(MIG_E_INTERRUPT)), "57014");
    CHECK_INT(mig_code_sqlite(MIG_E_INTERRUPT), 9);
    CHECK_INT(mig_code_sqlite(MIG_E_STALE), 517);
#define CHECK_CODE(name, sqlstate, sqlite)                                                         \
    CHECK(strlen(mig_code_sqlstate(MIG_E_##name)) == 5);                                           \
    CHECK(mig_code_sqlite(MIG_E_##name) != 0);
    MIG_ERROR_CODES(CHECK_CODE)
#undef CHECK_CODE
}

static void error_sticks(void) {
    mig_ctx *ctx = unit_ctx();
    mig_error error;

    CHECK(mig_ctx_error(ctx) == NULL);
    CHECK(!mig_take_error(ctx, &error));
    CHECK(!mig_fail(ctx, MIG_E_UNKNOWN, "no revision \"%s\"", "a1"));
    mig_detail(ctx, "The catalog holds %d revisions.", 3);
    mig_hint(ctx, "Load it.");
    CHECK(!mig_fail(ctx, MIG_E_STATE, "another"));
    mig_hint(ctx, "A hint of the other error.");
    mig_detail(ctx, "A detail of the other error.");
    CHECK(mig_alloc(ctx, 1) == NULL);
    CHECK(mig_alloc_zero(ctx, 1, 1) == NULL);
    CHECK(!mig_answer(ctx, "a line"));

    CHECK(mig_take_error(ctx, &error));
    CHECK_INT(error.code, MIG_E_UNKNOWN);
    CHECK_STR(mig_str_of(error.sqlstate), "42704");
    CHECK_STR(mig_str_of(error.message), "no revision \"a1\"");
    CHECK_STR(mig_str_of(error.detail), "The catalog holds 3 revisions.");
    CHECK_STR(mig_str_of(error.hint), "Load it.");
    CHECK(error.context == NULL && error.statement == NULL && error.source == NULL);

    CHECK(mig_ctx_error(ctx) == NULL);
    mig_hint(ctx, "No error, no hint.");
    CHECK(mig_alloc(ctx, 1) != NULL);
    mig_fail(ctx, MIG_E_STATE, "another");
    CHECK(mig_ctx_error(ctx)->hint == NULL && mig_ctx_error(ctx)->detail == NULL);
    mig_hint(ctx, "First.");
    mig_hint(ctx, "Second.");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "Second.");
    CHECK_ERROR(ctx, MIG_E_STATE, "another");

    mig_fail(ctx, MIG_E_UNKNOWN, "no revision \"%s\"", "a\r\nb");
    CHECK_ERROR(ctx, MIG_E_UNKNOWN, "no revision \"a  b\"");
    unit_free(ctx);
}

static void error_is_raised(void) {
    mig_ctx *ctx = unit_ctx();
    mig_error error, back;
    char message[16] = "it broke", hint[16] = "Mend it.";

    memset(&error, 0, sizeof error);
    error.code = MIG_E_HOST;
    memcpy(error.sqlstate, "42P07", 6);
    error.host_code = 1;
    error.message = message;
    error.hint = hint;
    error.detail = "A detail.";
    error.context = "SQL function";
    error.revision = "a1";
    error.source = "x.sql";
    error.line = 3;
    error.column = 4;
    error.statement = "SELECT 1";
    error.position = 7;
    CHECK(!mig_raise(ctx, &error));
    message[0] = hint[0] = '?';
    CHECK(mig_take_error(ctx, &back));
    CHECK_STR(mig_str_of(back.message), "it broke");
    CHECK_STR(mig_str_of(back.hint), "Mend it.");
    CHECK_STR(mig_str_of(back.detail), "A detail.");
    CHECK_STR(mig_str_of(back.context), "SQL function");
    CHECK_STR(mig_str_of(back.revision), "a1");
    CHECK_STR(mig_str_of(back.source), "x.sql");
    CHECK_STR(mig_str_of(back.statement), "SELECT 1");
    CHECK_STR(mig_str_of(back.sqlstate), "42P07");
    CHECK_INT(back.line * 100 + back.column * 10 + back.position, 347);
    CHECK_INT(back.host_code, 1);

    memset(&error, 0, sizeof error);
    error.code = MIG_E_BUSY;
    mig_raise(ctx, &error);
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->sqlstate), "55P03");
    error.message = "not this one";
    mig_raise(ctx, &error);
    mig_hint(ctx, "Nor this.");
    CHECK(mig_ctx_error(ctx)->hint == NULL);
    CHECK_ERROR(ctx, MIG_E_BUSY, "unknown error");
    unit_free(ctx);
}

/* Names of files may hold anything: nothing of it controls a terminal or breaks the text. */
static void texts_are_clean(void) {
    mig_ctx *ctx = unit_ctx();
    mig_error error;
    const mig_str *lines;
    size_t n;

    mig_fail(ctx, MIG_E_FILE, "no \"%s\"", "a\x1b[31m\xffz\xc3\nb\tc\x7f");
    mig_hint(ctx, "Two\nlines\x01.");
    CHECK(mig_take_error(ctx, &error));
    CHECK_STR(mig_str_of(error.message), "no \"a?[31m?z? b\tc?\"");
    CHECK_STR(mig_str_of(error.hint), "Two\nlines?.");
    error.sqlstate[0] = '\0';
    error.message = "ours \x1b";
    mig_raise(ctx, &error);
    CHECK_ERROR(ctx, MIG_E_FILE, "ours ?");
    memcpy(error.sqlstate, "42P07", 6);
    error.message = "the server's \x1b";
    mig_raise(ctx, &error);
    CHECK_ERROR(ctx, MIG_E_FILE, "the server's \x1b");

    CHECK(mig_answer(ctx, "-- %s", "one\nDROP TABLE two;\rthree"));
    lines = mig_ctx_answer(ctx, &n);
    CHECK_STR(lines[0], "-- one DROP TABLE two; three");
    CHECK(mig_answer_line(ctx, MIG_STR("-- one\nDROP TABLE two;\rthree")));
    CHECK(mig_answer_line(ctx, MIG_STR("")));
    lines = mig_ctx_answer(ctx, &n);
    CHECK_INT(n, 3);
    CHECK_STR(lines[1], "-- one DROP TABLE two; three");
    CHECK_STR(lines[2], "");
    unit_free(ctx);
}

static void answer_grows(void) {
    mig_ctx *ctx = unit_ctx();
    const mig_str *lines;
    size_t n, i, right = 0;
    char expected[32];

    mig_ctx_answer(ctx, &n);
    CHECK_INT(n, 0);
    for (i = 0; i < 1000; i++)
        CHECK(mig_answer(ctx, "line %d", (int)i));
    lines = mig_ctx_answer(ctx, &n);
    CHECK_INT(n, 1000);
    for (i = 0; i < n; i++) {
        snprintf(expected, sizeof expected, "line %d", (int)i);
        right += mig_str_is(lines[i], expected);
    }
    CHECK_INT(right, 1000);
    unit_free(ctx);
}

/* Fills n bytes so that an overlap with another allocation shows. */
static unsigned char *filled(mig_ctx *ctx, size_t n, unsigned char with) {
    unsigned char *p = mig_alloc(ctx, n);

    if (p != NULL)
        memset(p, with, n);
    return p;
}

static bool all_are(const unsigned char *p, size_t n, unsigned char with) {
    size_t i;

    for (i = 0; i < n; i++)
        if (p[i] != with)
            return false;
    return true;
}

static void arena_hands_out(void) {
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 2000, 2048, 5000, 8192, 100000, 3000000};
    enum { N = sizeof sizes / sizeof *sizes, ROUNDS = 20 };
    unsigned char *p[N * ROUNDS];
    mig_ctx *ctx = unit_ctx();
    bool aligned = true, whole = true;
    size_t i;

    for (i = 0; i < N * ROUNDS; i++) {
        p[i] = filled(ctx, sizes[i % N], (unsigned char)i);
        aligned = aligned && p[i] != NULL && (uintptr_t)p[i] % 16 == 0;
    }
    for (i = 0; i < N * ROUNDS; i++)
        whole = whole && all_are(p[i], sizes[i % N], (unsigned char)i);
    CHECK(aligned);
    CHECK(whole);
    CHECK(mig_arena_bytes(ctx) >= (size_t)ROUNDS * 3000000);
    CHECK(mig_arena_peak(ctx) >= mig_arena_bytes(ctx));
    p[0] = mig_alloc_zero(ctx, 1000, 7);
    CHECK(all_are(p[0], 7000, 0));
    unit_free(ctx);
}

static void arena_refuses(void) {
    mig_ctx *ctx = unit_ctx();

    CHECK(mig_alloc(ctx, SIZE_MAX) == NULL);
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    CHECK(mig_alloc(ctx, SIZE_MAX - 64) == NULL);
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    CHECK(mig_alloc_zero(ctx, SIZE_MAX / 2, 3) == NULL);
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    CHECK(mig_alloc_zero(ctx, 3, 0) != NULL);
    unit_free(ctx);
}

static void arena_releases(void) {
    mig_ctx *ctx = unit_ctx();
    unsigned char *before = filled(ctx, 3000, 1), *small = filled(ctx, 10, 2);
    mig_mark mark = mig_arena_mark(ctx);
    size_t start = mig_arena_bytes(ctx), i, n;
    const mig_str *lines;
    mig_error error;

    for (i = 0; i < 1000; i++) {
        mig_arena_release(ctx, mark);
        filled(ctx, i * 97, 3);
        filled(ctx, i, 4);
        mig_answer(ctx, "%d", (int)i);
    }
    CHECK(mig_arena_peak(ctx) < start + 1000000);
    memset(&error, 0, sizeof error);
    error.code = MIG_E_STATE;
    error.message = mig_str_format(ctx, "made %s", "late").p;
    error.hint = mig_str_format(ctx, "Hint %s.", "late").p;
    mig_raise(ctx, &error);
    mig_detail(ctx, "Detail %s.", "late");
    mig_arena_release(ctx, mark);
    mig_take_error(ctx, &error);
    mig_arena_release(ctx, mark);
    filled(ctx, 4000, 5);
    filled(ctx, 200, 5);
    CHECK_STR(mig_str_of(error.message), "made late");
    CHECK_STR(mig_str_of(error.hint), "Hint late.");
    CHECK_STR(mig_str_of(error.detail), "Detail late.");
    lines = mig_ctx_answer(ctx, &n);
    CHECK_INT(n, 1000);
    CHECK_STR(lines[0], "0");
    CHECK_STR(lines[999], "999");
    CHECK(all_are(before, 3000, 1) && all_are(small, 10, 2));
    unit_free(ctx);
}

/* Marks inside marks, one of them of the empty arena, and a release while an error stands. */
static void arena_nests(void) {
    mig_ctx *ctx = unit_ctx();
    size_t empty = mig_arena_bytes(ctx), with_outer;
    mig_mark nothing = mig_arena_mark(ctx), outer, inner;
    unsigned char *kept;

    kept = filled(ctx, 100, 1);
    outer = mig_arena_mark(ctx);
    with_outer = mig_arena_bytes(ctx);
    filled(ctx, 100000, 2);
    inner = mig_arena_mark(ctx);
    filled(ctx, 100000, 3);
    mig_arena_release(ctx, inner);
    mig_arena_release(ctx, outer);
    CHECK_INT(mig_arena_bytes(ctx), with_outer);
    CHECK(all_are(kept, 100, 1));
    mig_alloc(ctx, SIZE_MAX);
    mig_arena_release(ctx, nothing);
    CHECK_INT(mig_arena_bytes(ctx), empty);
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    unit_free(ctx);
}

static void host_is_kept(void) {
    mig_ctx *ctx = unit_ctx();

    CHECK(mig_ctx_host(ctx) != NULL && mig_ctx_host(ctx)->alloc != NULL);
    unit_free(ctx);
    mig_ctx_free(NULL);
}

static bool work_answers(mig_ctx *ctx, void *arg) {
    mig_mark mark = mig_arena_mark(ctx);
    size_t n;
    int i;

    (void)arg;
    for (i = 0; i < 100; i++) {
        if (mig_alloc(ctx, (size_t)i * 50) == NULL || !mig_answer(ctx, "%0100d", i))
            return false;
        mig_arena_release(ctx, mark);
    }
    mig_ctx_answer(ctx, &n);
    return n == 100;
}

/* Every error must be there whole or have become out of memory; hints may be lost. */
static bool work_fails(mig_ctx *ctx, void *arg) {
    mig_error error, copy;
    int i;

    (void)arg;
    for (i = 0; i < 40; i++) {
        mig_fail(ctx, MIG_E_STATE, "%0400d", i);
        mig_hint(ctx, "%0400d", i);
        mig_detail(ctx, "%0400d", i);
        if (!mig_take_error(ctx, &error))
            return false;
        CHECK(error.code == MIG_E_NOMEM || (error.code == MIG_E_STATE && error.message[398] < '4'));
        mig_raise(ctx, &error);
        mig_take_error(ctx, &copy);
        CHECK(copy.code == MIG_E_NOMEM || strcmp(copy.message, error.message) == 0);
        if (copy.code == MIG_E_NOMEM)
            return mig_raise(ctx, &copy);
    }
    return true;
}

int main(void) {
    codes();
    error_sticks();
    error_is_raised();
    texts_are_clean();
    answer_grows();
    arena_hands_out();
    arena_refuses();
    arena_releases();
    arena_nests();
    host_is_kept();
    CHECK(unit_torture(work_answers, NULL) > 2);
    CHECK(unit_torture(work_fails, NULL) > 2);
    return unit_end("context");
}
