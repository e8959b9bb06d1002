/*
 * test_partial.c: how far a revision is, as rows of meta: written, read back, forgotten, and bad ones.
 *
 * The host is the table meta in memory; it knows the core's statements by their first words.
 */
#include "partial.h"

#include <string.h>

#include "unit.h"

#define ROWS 8
#define TEXT 400

static struct { char key[TEXT], value[TEXT]; } meta[ROWS];
static size_t n_meta;

static void text_put(char *out, mig_str text) {
    size_t n = text.n < TEXT - 1 ? text.n : TEXT - 1;

    memcpy(out, text.p, n);
    out[n] = '\0';
}

static void row_put(const char *key, const char *value) {
    text_put(meta[n_meta].key, mig_str_of(key));
    text_put(meta[n_meta++].value, mig_str_of(value));
}

static bool is_partial(size_t row) {
    return strncmp(meta[row].key, "partial ", 8) == 0;
}

/* key {NULL, 0}: every partial. */
static void rows_delete(mig_str key) {
    size_t i, kept = 0;

    for (i = 0; i < n_meta; i++)
        if (key.p == NULL ? !is_partial(i) : !mig_str_is(key, meta[i].key))
            meta[kept++] = meta[i];
    n_meta = kept;
}

static bool meta_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (strncmp(sql, "INSERT", 6) == 0) {
        CHECK_INT(n_params, 2);
        text_put(meta[n_meta].key, params[0].text);
        text_put(meta[n_meta++].value, params[1].text);
    } else {
        CHECK(strncmp(sql, "DELETE", 6) == 0);
        rows_delete(n_params == 1 ? params[0].text : (mig_str){NULL, 0});
    }
    return true;
}

static bool meta_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
                       mig_snapshot snapshot, mig_row_fn row, void *arg) {
    mig_value cols[2];
    size_t i;

    (void)sql;
    (void)params;
    (void)n_params;
    CHECK_INT(snapshot, MIG_SNAPSHOT_FRESH);
    memset(cols, 0, sizeof cols);
    cols[0].type = cols[1].type = MIG_TEXT;
    for (i = 0; i < n_meta; i++) {
        cols[0].text = mig_str_of(meta[i].key);
        cols[1].text = mig_str_of(meta[i].value);
        if (is_partial(i) && !row(ctx, arg, cols, 2))
            return mig_ctx_error(ctx) == NULL;
    }
    return true;
}

static mig_ctx *meta_ctx(void) {
    mig_ctx *ctx = unit_ctx();

    mig_ctx_host(ctx)->exec = meta_exec;
    mig_ctx_host(ctx)->query = meta_query;
    n_meta = 0;
    row_put("format", "1");
    return ctx;
}

static mig_partial partial_at(const char *revision, bool down, size_t section, size_t statement) {
    mig_partial partial;

    memset(&partial, 0, sizeof partial);
    partial.revision = mig_str_of(revision);
    partial.down = down;
    partial.section = section;
    partial.statement = statement;
    return partial;
}

static void test_round(void) {
    mig_ctx *ctx = meta_ctx();
    mig_partial a = partial_at("a1b2", false, 0, 0), b = partial_at("x y'z", true, 3, 17);
    mig_partial *items = NULL;
    size_t n = 9;

    CHECK(mig_partial_list(ctx, &items, &n));
    CHECK_INT(n, 0);
    CHECK(mig_partial_pass(ctx, &b, MIG_STR("VACUUM t")));
    CHECK(mig_partial_put(ctx, &a) && mig_partial_put(ctx, &b));
    CHECK_STR(mig_str_of(meta[1].key), "partial a1b2");
    CHECK_STR(mig_str_of(meta[1].value), "up 0 0 ");
    CHECK(mig_partial_list(ctx, &items, &n));
    CHECK_INT(n, 2);
    CHECK_STR(items[0].revision, "a1b2");
    CHECK(!items[0].down && items[0].hash[0] == '\0');
    CHECK_STR(items[1].revision, "x y'z");
    CHECK(items[1].down);
    CHECK_INT(items[1].section, 3);
    CHECK_INT(items[1].statement, 17);
    CHECK_STR(mig_str_of(items[1].hash), b.hash);
    unit_free(ctx);
}

static void test_again(void) {
    mig_ctx *ctx = meta_ctx();
    mig_partial a = partial_at("a", false, 1, 0), b = partial_at("b", false, 1, 0);
    mig_partial *items = NULL;
    size_t n = 0;

    CHECK(mig_partial_put(ctx, &a) && mig_partial_put(ctx, &b));
    a.statement = 2;
    CHECK(mig_partial_put(ctx, &a));
    CHECK_INT(n_meta, 3);
    CHECK(mig_partial_delete(ctx, MIG_STR("b")));
    CHECK(mig_partial_delete(ctx, MIG_STR("never there")));
    CHECK(mig_partial_list(ctx, &items, &n));
    CHECK_INT(n, 1);
    CHECK_INT(items[0].statement, 2);
    CHECK(mig_partial_clear(ctx));
    CHECK_INT(n_meta, 1);
    CHECK_STR(mig_str_of(meta[0].key), "format");
    unit_free(ctx);
}

/* The hash is of all that was passed, in its order, wherever it was cut. */
static void test_pass(void) {
    mig_ctx *ctx = meta_ctx();
    mig_partial a = partial_at("a", false, 0, 0), b = a, c = a;

    CHECK(mig_partial_pass(ctx, &a, MIG_STR("")));
    CHECK_STR(mig_str_of(a.hash),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(mig_partial_pass(ctx, &b, MIG_STR("one")) && mig_partial_pass(ctx, &b, MIG_STR("two")));
    CHECK(mig_partial_pass(ctx, &c, MIG_STR("two")) && mig_partial_pass(ctx, &c, MIG_STR("one")));
    CHECK(strcmp(b.hash, c.hash) != 0);
    c = partial_at("a", false, 0, 0);
    CHECK(mig_partial_pass(ctx, &c, MIG_STR("onetwo")));
    CHECK(strcmp(b.hash, c.hash) != 0);
    unit_free(ctx);
}

/* The table is anybody's who owns it: what is no row of ours is said to be none. */
static void test_bad(void) {
    static const char *const bad[] = {
        "",
        "up",
        "up 1",
        "up x 0 ",
        "up 0 x ",
        "up -1 0 ",
        "up 0 -1 ",
        "up 99999999999999999999 0 ",
        "sideways 0 0 ",
        "up  0 0 ",
        "up 0 0 0123456789012345678901234567890123456789012345678901234567890123456789",
    };
    mig_partial *items;
    mig_ctx *ctx;
    size_t i, n;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ctx = meta_ctx();
        row_put("partial a\"b", bad[i]);
        CHECK(!mig_partial_list(ctx, &items, &n));
        CHECK_ERROR(ctx, MIG_E_CORRUPT, "the table meta of migrate has a bad row \"partial a\"b\"");
        unit_free(ctx);
    }
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_partial a = partial_at("a", true, 1, 2);
    mig_partial *items = NULL;
    size_t n = 0;

    (void)arg;
    mig_ctx_host(ctx)->exec = meta_exec;
    mig_ctx_host(ctx)->query = meta_query;
    n_meta = 0;
    return mig_partial_pass(ctx, &a, MIG_STR("SELECT 1")) && mig_partial_put(ctx, &a) &&
           mig_partial_list(ctx, &items, &n) && n == 1;
}

static void test_memory(void) {
    CHECK(unit_torture(torture_work, NULL) > 0);
}

int main(void) {
    test_round();
    test_again();
    test_pass();
    test_bad();
    test_memory();
    return unit_end("partial");
}
