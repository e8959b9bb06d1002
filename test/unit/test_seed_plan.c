/*
 * test_seed_plan.c: which seeds a profile means and in which order they run: tables of cases, and
 * properties on random sets.
 *
 * A set is one line of text: "a; b !a,c @full; c^". A name, "!" what it depends on, "@" its profiles,
 * "^" it runs by name only. The source of each seed is its name with ".sql", its line is 2.
 */
#include "seed_plan.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sets -------------------------------------------------------------------------------- */

static void list_parse(mig_ctx *ctx, mig_str text, mig_list *list) {
    mig_str word;

    while (mig_str_next_word(&text, &word))
        mig_list_add(ctx, list, word);
}

static void seed_parse(mig_ctx *ctx, mig_str text, mig_seed *seed) {
    mig_str word, rest;
    size_t end;

    for (text = mig_str_trim(text); text.n > 0; text = mig_str_trim(text)) {
        if (!mig_str_find(text, ' ', &end))
            end = text.n;
        word = mig_str_sub(text, 0, end);
        rest = mig_str_sub(word, 1, word.n);
        text = mig_str_sub(text, end, text.n);
        if (word.p[0] == '!')
            list_parse(ctx, rest, &seed->header.depends_on);
        else if (word.p[0] == '@')
            list_parse(ctx, rest, &seed->header.profiles);
        else
            seed->name = word;
    }
    seed->by_name = seed->name.n > 0 && seed->name.p[seed->name.n - 1] == '^';
    seed->name.n -= seed->by_name;
    seed->header.line = 2;
    seed->source = mig_str_format(ctx, "%.*s.sql", MIG_FMT(seed->name));
}

static mig_seeds seeds_parse(mig_ctx *ctx, const char *z) {
    mig_str text = mig_str_of(z);
    mig_seeds seeds;
    size_t end;

    memset(&seeds, 0, sizeof seeds);
    seeds.exists = true;
    seeds.items = mig_alloc_zero(ctx, text.n + 1, sizeof *seeds.items);
    while (seeds.items != NULL && text.n > 0) {
        if (!mig_str_find(text, ';', &end))
            end = text.n;
        seed_parse(ctx, mig_str_sub(text, 0, end), &seeds.items[seeds.n++]);
        text = mig_str_sub(text, end + 1, text.n);
    }
    mig_seeds_sort(ctx, &seeds);
    return seeds;
}

static mig_str order_names(mig_ctx *ctx, const mig_seeds *seeds, const mig_seed_order *order) {
    mig_list names;
    size_t i;

    memset(&names, 0, sizeof names);
    for (i = 0; i < order->n; i++)
        mig_list_add(ctx, &names, seeds->items[order->items[i]].name);
    return mig_str_join(ctx, names.items, names.n, " ");
}

/* ---- plans ------------------------------------------------------------------------------- */

static void profile(const char *set, const char *name, bool fallback, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_seeds seeds = seeds_parse(ctx, set);
    mig_seed_order order;

    if (CHECK(mig_seed_plan_profile(ctx, &seeds, mig_str_of(name), fallback, &order)))
        CHECK_STR(order_names(ctx, &seeds, &order), expected);
    unit_free(ctx);
}

static void refused(const char *set, const char *name, bool fallback, mig_code code,
                    const char *message, const char *hint) {
    mig_ctx *ctx = unit_ctx();
    mig_seeds seeds = seeds_parse(ctx, set);
    mig_seed_order order;
    const char *said;

    CHECK(!mig_seed_plan_profile(ctx, &seeds, mig_str_of(name), fallback, &order));
    said = mig_ctx_error(ctx) == NULL ? NULL : mig_ctx_error(ctx)->hint;
    CHECK_STR(mig_str_of(said), hint);
    CHECK_ERROR(ctx, code, message);
    unit_free(ctx);
}

static void one(const char *set, const char *name, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_seeds seeds = seeds_parse(ctx, set);
    size_t seed = mig_seeds_find(&seeds, mig_str_of(name));
    mig_seed_order order;

    if (CHECK(seed != MIG_NONE) && CHECK(mig_seed_plan_one(ctx, &seeds, seed, &order)))
        CHECK_STR(order_names(ctx, &seeds, &order), expected);
    unit_free(ctx);
}

static void test_orders(void) {
    profile("", "*", false, "");
    profile("c; b; a", "*", false, "a b c");
    profile("a !z; z", "*", false, "z a");
    profile("a !c; b; c", "*", false, "b c a");
    profile("d !b,c; b !a; c !a; a", "*", false, "a b c d");
    profile("a !b !c; b !c; c !d; d", "*", false, "d c b a");
    profile("a !b,b,b; b", "*", false, "b a");
    profile("a; b^; c", "*", false, "a c");
    profile("b-2; b.1; B; _", "*", false, "B _ b-2 b.1");
}

static void test_profiles(void) {
    static const char set[] = "a; b @full; c @dev,full; d !b @dev; e @prod; f^";

    profile(set, "full", false, "a b c");
    profile(set, "dev", false, "a b c d");
    profile(set, "prod", false, "a e");
    profile(set, "prod", true, "a e");
    profile(set, "*", false, "a b c d e");
    profile(set, "default", true, "a");
    profile("a !b; b @full", "default", true, "b a");
    refused(set, "nothing", false, MIG_E_UNKNOWN, "unknown profile \"nothing\"",
            "The seeds name these profiles: dev, full, prod; '*' means all of them.");
    refused("b @full", "default", true, MIG_E_UNKNOWN, "unknown profile \"default\"",
            "The seeds name these profiles: full; '*' means all of them.");
    refused("a", "full", false, MIG_E_UNKNOWN, "unknown profile \"full\"",
            "No seed names a profile; '*' means all of them.");
    refused("", "default", true, MIG_E_UNKNOWN, "unknown profile \"default\"",
            "No seed is loaded: load them with migrate_seed_load or migrate_seed_add.");
}

static void test_one(void) {
    one("a", "a", "a");
    one("a^", "a", "a");
    one("a^ !c,b @x; b !d; c; d; e", "a", "c d b a");
    one("a !b; b !c; c", "b", "c b");
}

static void test_known_profiles(void) {
    mig_ctx *ctx = unit_ctx();
    mig_seeds seeds = seeds_parse(ctx, "a @z,b; b @b; c; d @a,z");

    CHECK_STR(mig_seed_profiles(ctx, &seeds), "a, b, z");
    seeds = seeds_parse(ctx, "a; b");
    CHECK_STR(mig_seed_profiles(ctx, &seeds), "");
    unit_free(ctx);
}

/* ---- what does not fit together ---------------------------------------------------------- */

/* Every complaint as "source:line: text", each on a line. */
static void complaints(const char *set, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_seeds seeds = seeds_parse(ctx, set);
    mig_buf buf = mig_buf_new(ctx);
    mig_complaints list;
    size_t i;

    memset(&list, 0, sizeof list);
    CHECK(mig_seed_plan_check(ctx, &seeds, &list));
    for (i = 0; i < list.n; i++)
        mig_buf_addf(&buf, "%s%.*s:%d: %.*s (%.*s)", i > 0 ? "\n" : "",
                     MIG_FMT(list.items[i].source), list.items[i].line, MIG_FMT(list.items[i].text),
                     MIG_FMT(list.items[i].hint));
    CHECK_STR(mig_buf_str(&buf), expected);
    unit_free(ctx);
}

static void test_complaints(void) {
    complaints("", "");
    complaints("a !b; b", "");
    complaints(
        "users !countrys; countries",
        "users.sql:2: seed \"users\" depends on seed \"countrys\", which is not there (Perhaps "
        "\"countries\" is meant. Else load that seed too.)");
    complaints("a !b", "a.sql:2: seed \"a\" depends on seed \"b\", which is not there (Load that "
                       "seed too, or remove the dependency.)");
    complaints("a !b; b^",
               "a.sql:2: seed \"a\" depends on seed \"b\", which only runs by name (\"b\" has a "
               "required parameter. Give the parameter a default, or remove the dependency.)");
    complaints("a !a", "a.sql:2: seed \"a\" depends on itself (Remove it from its own "
                       "dependencies.)");
    complaints(
        "b !c; c !a; a !b; d !a; e; f !e",
        "a.sql:2: dependency cycle is detected in seeds \"a\", \"b\", \"c\" (\"a\" depends on "
        "\"b\", which depends on \"c\", which depends on \"a\". Remove one of these "
        "dependencies.)");
    complaints(
        "a !b; b !a; c !d,a; d !c",
        "a.sql:2: dependency cycle is detected in seeds \"a\", \"b\" (\"a\" depends on \"b\", "
        "which depends on \"a\". Remove one of these dependencies.)\n"
        "c.sql:2: dependency cycle is detected in seeds \"c\", \"d\" (\"c\" depends on \"d\", "
        "which depends on \"c\". Remove one of these dependencies.)");
}

/* A long one is cut short. */
static void test_long_cycle(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_seeds seeds;
    size_t i;

    memset(&seeds, 0, sizeof seeds);
    memset(&list, 0, sizeof list);
    seeds.n = 25;
    seeds.items = mig_alloc_zero(ctx, seeds.n, sizeof *seeds.items);
    for (i = 0; i < seeds.n; i++)
        seeds.items[i].name = mig_str_format(ctx, "s%02zu", i);
    for (i = 0; i < seeds.n; i++)
        mig_list_add(ctx, &seeds.items[i].header.depends_on, seeds.items[(i + 1) % seeds.n].name);
    CHECK(mig_seed_plan_check(ctx, &seeds, &list));
    if (CHECK_INT(list.n, 1)) {
        mig_str text = list.items[0].text, hint = list.items[0].hint;

        CHECK_STR(mig_str_sub(text, 0, 43), "dependency cycle is detected in seeds \"s00\"");
        CHECK_STR(mig_str_sub(text, text.n - 16, 16), "\"s19\" and 5 more");
        CHECK_STR(mig_str_sub(hint, hint.n - 50, 50),
                  "\"s20\" and so on. Remove one of these dependencies.");
    }
    unit_free(ctx);
}

/* Rows that a load would have refused. */
static void test_corrupt(void) {
    refused("a !b", "*", false, MIG_E_CORRUPT,
            "seed \"a\" depends on seed \"b\", which is not there",
            "Load that seed too, or remove the dependency. The catalog in the tables of migrate is "
            "damaged.");
    refused("a !b; b !a", "*", false, MIG_E_CORRUPT,
            "dependency cycle is detected in seeds \"a\", \"b\"",
            "\"a\" depends on \"b\", which depends on \"a\". Remove one of these dependencies. The "
            "catalog in the tables of migrate is damaged.");
}

/* ---- random sets ------------------------------------------------------------------------- */

static unsigned random_next(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* n seeds; each depends on some of those with a smaller number in a shuffled order, and with cyclic
   the first on the last. */
static mig_seeds random_seeds(mig_ctx *ctx, unsigned *state, size_t n, bool cyclic) {
    size_t *shuffled = mig_alloc_zero(ctx, n, sizeof *shuffled), i, k, other, swap;
    mig_seeds seeds;

    memset(&seeds, 0, sizeof seeds);
    seeds.n = n;
    seeds.items = mig_alloc_zero(ctx, n, sizeof *seeds.items);
    for (i = 0; i < n; i++) {
        seeds.items[i].name = mig_str_format(ctx, "s%03zu", i);
        shuffled[i] = i;
    }
    for (i = n; i-- > 1;) {
        other = random_next(state) % (i + 1);
        swap = shuffled[i];
        shuffled[i] = shuffled[other];
        shuffled[other] = swap;
    }
    for (i = 1; i < n; i++)
        for (k = random_next(state) % 4; k > 0; k--) {
            other = cyclic && k == 1 ? i - 1 : random_next(state) % i;
            mig_list_add(ctx, &seeds.items[shuffled[i]].header.depends_on,
                         seeds.items[shuffled[other]].name);
        }
    if (cyclic) {
        mig_list_add(ctx, &seeds.items[shuffled[n - 1]].header.depends_on,
                     seeds.items[shuffled[0]].name);
        mig_list_add(ctx, &seeds.items[shuffled[0]].header.depends_on,
                     seeds.items[shuffled[n - 1]].name);
    }
    return seeds;
}

/* Is each item behind what it depends on, and is none that could have come sooner greater than it? */
static bool order_is_right(mig_ctx *ctx, const mig_seeds *seeds, const mig_seed_order *order) {
    bool *done = mig_alloc_zero(ctx, seeds->n, sizeof *done);
    size_t at, i, k;

    for (at = 0; at < order->n; at++) {
        for (i = 0; i <= order->items[at]; i++) {
            const mig_list *deps = &seeds->items[i].header.depends_on;

            for (k = 0; k < deps->n && done[mig_seeds_find(seeds, deps->items[k])]; k++)
                continue;
            if (!done[i] && (k == deps->n) != (i == order->items[at]))
                return false;
        }
        if (done[order->items[at]])
            return false;
        done[order->items[at]] = true;
    }
    return order->n == seeds->n;
}

static void test_random(void) {
    mig_seed_order order;
    mig_complaints list;
    unsigned state = 1;
    mig_seeds seeds;
    mig_ctx *ctx;
    int turn;

    for (turn = 0; turn < 200; turn++) {
        ctx = unit_ctx();
        memset(&list, 0, sizeof list);
        seeds = random_seeds(ctx, &state, 2 + random_next(&state) % 40, turn % 4 == 3);
        CHECK(mig_seed_plan_check(ctx, &seeds, &list));
        CHECK((list.n > 0) == (turn % 4 == 3));
        if (list.n == 0 && CHECK(mig_seed_plan_profile(ctx, &seeds, MIG_STR("*"), false, &order)))
            CHECK(order_is_right(ctx, &seeds, &order));
        unit_free(ctx);
    }
}

/* A chain as long as a catalog may be is no work for the stack, and a star none for the clock. */
static void test_large(void) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_order order;
    mig_seeds seeds;
    size_t i;

    memset(&seeds, 0, sizeof seeds);
    seeds.n = MIG_MAX_SEEDS;
    seeds.items = mig_alloc_zero(ctx, seeds.n, sizeof *seeds.items);
    for (i = 0; i < seeds.n; i++)
        seeds.items[i].name = mig_str_format(ctx, "s%06zu", i);
    for (i = 0; i + 1 < seeds.n; i++)
        mig_list_add(ctx, &seeds.items[i].header.depends_on, seeds.items[i + 1].name);
    if (CHECK(mig_seed_plan_one(ctx, &seeds, 0, &order)) && CHECK_INT(order.n, seeds.n)) {
        CHECK_INT(order.items[0], seeds.n - 1);
        CHECK_INT(order.items[seeds.n - 1], 0);
    }
    for (i = 0; i + 1 < seeds.n; i++)
        seeds.items[i].header.depends_on.items[0] = seeds.items[seeds.n - 1].name;
    if (CHECK(mig_seed_plan_profile(ctx, &seeds, MIG_STR("*"), false, &order)) &&
        CHECK_INT(order.n, seeds.n)) {
        CHECK_INT(order.items[0], seeds.n - 1);
        CHECK_INT(order.items[1], 0);
    }
    unit_free(ctx);
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_seeds seeds = seeds_parse(ctx, "a !b,c @full; b !d; c; d; e^");
    mig_seed_order order;

    (void)arg;
    return mig_ctx_error(ctx) == NULL &&
           mig_seed_plan_profile(ctx, &seeds, MIG_STR("full"), false, &order) && order.n == 4;
}

static bool torture_complaints(mig_ctx *ctx, void *arg) {
    mig_seeds seeds = seeds_parse(ctx, "a !b; b !a; c !x; d !e; e^");
    mig_complaints list;

    (void)arg;
    memset(&list, 0, sizeof list);
    return mig_ctx_error(ctx) == NULL && mig_seed_plan_check(ctx, &seeds, &list) && list.n == 3;
}

int main(void) {
    test_orders();
    test_profiles();
    test_one();
    test_known_profiles();
    test_complaints();
    test_long_cycle();
    test_corrupt();
    test_random();
    test_large();
    CHECK(unit_torture(torture_work, NULL) > 0);
    CHECK(unit_torture(torture_complaints, NULL) > 0);
    return unit_end("seed_plan");
}
