/*
 * test_map.c: the hash map.
 */
#include "map.h"

#include "unit.h"

static void adds_and_finds(void) {
    mig_ctx *ctx = unit_ctx();
    mig_map *map = mig_map_new(ctx, 0);
    size_t old = 5;

    CHECK_INT(mig_map_find(NULL, MIG_STR("a")), MIG_NONE);
    CHECK_INT(mig_map_find(map, MIG_STR("a")), MIG_NONE);
    CHECK(mig_map_add(ctx, map, MIG_STR("a"), 0, &old));
    CHECK_INT(old, MIG_NONE);
    CHECK_INT(mig_map_find(map, MIG_STR("a")), 0);
    CHECK(mig_map_add(ctx, map, MIG_STR("a"), 1, &old));
    CHECK_INT(old, 0);
    CHECK(mig_map_add(ctx, map, MIG_STR("a"), 2, NULL));
    CHECK_INT(mig_map_find(map, MIG_STR("a")), 0);
    CHECK_INT(mig_map_find(map, MIG_STR("")), MIG_NONE);
    CHECK(mig_map_add(ctx, map, mig_str_of(NULL), 7, &old));
    CHECK_INT(old, MIG_NONE);
    CHECK_INT(mig_map_find(map, MIG_STR("")), 7);
    CHECK_INT(mig_map_find(map, MIG_STR("A")), MIG_NONE);
    CHECK_INT(mig_map_find(map, MIG_STR("aa")), MIG_NONE);
    unit_free(ctx);
}

static void stops_at_an_error(void) {
    mig_ctx *ctx = unit_ctx();
    mig_map *map = mig_map_new(ctx, 4);
    size_t old;

    mig_fail(ctx, MIG_E_STATE, "before");
    CHECK(mig_map_new(ctx, 4) == NULL);
    CHECK(!mig_map_add(ctx, map, MIG_STR("a"), 0, &old));
    CHECK_ERROR(ctx, MIG_E_STATE, "before");
    CHECK_INT(mig_map_find(map, MIG_STR("a")), MIG_NONE);
    unit_free(ctx);
}

/* Adds n keys to a map made for expected ones, then finds them all and n others not. */
static bool fill(mig_ctx *ctx, size_t n, size_t expected) {
    mig_map *map = mig_map_new(ctx, expected);
    size_t i, found = 0, strangers = 0;

    for (i = 0; i < n; i++)
        if (!mig_map_add(ctx, map, mig_str_format(ctx, "key%d", (int)i), i, NULL))
            return false;
    for (i = 0; i < n; i++) {
        found += mig_map_find(map, mig_str_format(ctx, "key%d", (int)i)) == i;
        strangers += mig_map_find(map, mig_str_format(ctx, "yek%d", (int)i)) != MIG_NONE;
    }
    return mig_ctx_error(ctx) == NULL && CHECK(found == n) && CHECK(strangers == 0);
}

static void holds_many(void) {
    static const size_t sizes[] = {1, 11, 12, 13, 100, 20000};
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(fill(ctx, sizes[i], 0));
        CHECK(fill(ctx, sizes[i], sizes[i]));
        CHECK(fill(ctx, sizes[i], sizes[i] * 2));
    }
    CHECK(mig_map_new(ctx, SIZE_MAX) != NULL);
    unit_free(ctx);
}

static bool work(mig_ctx *ctx, void *arg) {
    (void)arg;
    return fill(ctx, 500, 0);
}

int main(void) {
    adds_and_finds();
    stops_at_an_error();
    holds_many();
    CHECK(unit_torture(work, NULL) > 2);
    return unit_end("map");
}
