/*
 * bench_plan.c: how long the pure planner takes, and how much memory.
 *
 *     bench_plan N SHAPE
 *
 * builds a catalog of N revisions in a shape, then the graph and the plans on it, and prints
 * milliseconds for each part and the peak of the arena. Shapes: line; ladder (two strands, a merge
 * every third revision); comb (a head on each revision of a line); fan (one base, one merge of all
 * but as many parents as a script may have); deps (20 bases, every tenth revision depends on the 20
 * before it); strands (two lines, each revision depends on the other line); all runs every one.
 */
#include "plan.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct catalog {
    mig_revision *revisions;
    size_t n;
} catalog;

typedef void (*shape_fn)(mig_ctx *ctx, catalog *c, size_t i);

static double now_ms(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void revises(mig_ctx *ctx, catalog *c, size_t i, size_t parent) {
    mig_list_add(ctx, &c->revisions[i].revises, c->revisions[parent].id);
}

static void depends(mig_ctx *ctx, catalog *c, size_t i, size_t other) {
    mig_list_add(ctx, &c->revisions[i].depends_on, c->revisions[other].id);
}

static void shape_line(mig_ctx *ctx, catalog *c, size_t i) {
    if (i > 0)
        revises(ctx, c, i, i - 1);
}

static void shape_ladder(mig_ctx *ctx, catalog *c, size_t i) {
    if (i == 0)
        return;
    if (i % 3 == 0)
        revises(ctx, c, i, i - 2);
    revises(ctx, c, i, i % 3 == 2 ? i - 2 : i - 1);
}

static void shape_comb(mig_ctx *ctx, catalog *c, size_t i) {
    if (i > 0)
        revises(ctx, c, i, i % 2 == 0 ? i - 2 : i - 1);
}

static void shape_fan(mig_ctx *ctx, catalog *c, size_t i) {
    size_t k;

    if (i > 0 && i % 1000 != 0)
        revises(ctx, c, i, i - i % 1000);
    for (k = 1; i > 0 && i % 1000 == 0 && k < 1000; k++)
        revises(ctx, c, i, i - k);
}

static void shape_deps(mig_ctx *ctx, catalog *c, size_t i) {
    size_t k;

    if (i < 20)
        return;
    revises(ctx, c, i, i - 20);
    for (k = 1; i % 10 == 0 && k < 20; k++)
        depends(ctx, c, i, i - k);
}

static void shape_strands(mig_ctx *ctx, catalog *c, size_t i) {
    if (i >= 2)
        revises(ctx, c, i, i - 2);
    if (i >= 1)
        depends(ctx, c, i, i - 1);
}

static const struct {
    const char *name;
    shape_fn make;
} shapes[] = {{"line", shape_line}, {"ladder", shape_ladder}, {"comb", shape_comb},
              {"fan", shape_fan},   {"deps", shape_deps},     {"strands", shape_strands}};

/* Ids look random and the catalog is not in order of creation, as after a load from files. */
static void catalog_make(mig_ctx *ctx, catalog *c, size_t n, shape_fn make) {
    size_t i, k;

    c->n = n;
    c->revisions = mig_alloc_zero(ctx, n, sizeof *c->revisions);
    for (i = 0; i < n; i++) {
        uint64_t mixed = (uint64_t)(i + 1) * UINT64_C(0x9e3779b97f4a7c15);

        c->revisions[i].id = mig_str_format(ctx, "%012llx", (unsigned long long)(mixed >> 16));
        c->revisions[i].created_at = (int64_t)(i / 3) * 1000000;
    }
    for (i = 0; i < n; i++)
        make(ctx, c, i);
    for (i = 0, k = n / 2; i + 1 < k; i += 2, k--) {
        mig_revision swap = c->revisions[i];

        c->revisions[i] = c->revisions[k];
        c->revisions[k] = swap;
    }
}

static void must(mig_ctx *ctx, bool ok) {
    if (ok)
        return;
    fprintf(stderr, "%s\n", mig_ctx_error(ctx) ? mig_ctx_error(ctx)->message : "graph refused");
    exit(1);
}

static void plan_run(mig_applied *applied, const mig_plan *plan) {
    size_t i;

    for (i = 0; i < plan->nodes.n; i++)
        mig_applied_step(applied, plan->down, plan->nodes.items[i], (int64_t)i + 1);
}

static void shape_measure(const char *name, size_t n, shape_fn make) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = {NULL, 0, 0, 0};
    mig_applied applied = {NULL, NULL, NULL, NULL};
    mig_graph *graph;
    mig_plan plan;
    mig_nodes nodes;
    catalog c;
    double t[7];
    size_t before;

    catalog_make(ctx, &c, n, make);
    before = mig_arena_bytes(ctx);
    t[0] = now_ms();
    graph = mig_graph_new(ctx, c.revisions, n, &list);
    must(ctx, graph != NULL);
    must(ctx, mig_applied_at(ctx, graph, MIG_STR(""), &applied));
    t[1] = now_ms();
    must(ctx, mig_plan_upgrade(ctx, &applied, MIG_STR("heads"), &plan) && plan.nodes.n == n);
    t[2] = now_ms();
    plan_run(&applied, &plan);
    must(ctx, mig_plan_upgrade(ctx, &applied, MIG_STR("heads"), &plan) && plan.nodes.n == 0);
    t[3] = now_ms();
    must(ctx, mig_plan_downgrade(ctx, &applied, MIG_STR("base"), &plan) && plan.nodes.n == n);
    t[4] = now_ms();
    must(ctx, mig_plan_downgrade(ctx, &applied, MIG_STR("-1"), &plan));
    t[5] = now_ms();
    must(ctx, mig_plan_history(ctx, &applied, MIG_STR("-3:current"), &nodes));
    t[6] = now_ms();
    printf("%-8s %7zu  graph %6.1f  up %5.1f  at heads %4.1f  down %4.1f  -1 %5.1f  history %4.1f  "
           "graph+up %6.1f ms  %10zu bytes\n",
           name, n, t[1] - t[0], t[2] - t[1], t[3] - t[2], t[4] - t[3], t[5] - t[4], t[6] - t[5],
           t[2] - t[0], mig_arena_peak(ctx) - before);
    unit_free(ctx);
}

int main(int argc, char **argv) {
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100000, i, n_run = 0;
    const char *shape = argc > 2 ? argv[2] : "all";

    for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shape, "all") != 0 && strcmp(shape, shapes[i].name) != 0)
            continue;
        shape_measure(shapes[i].name, n, shapes[i].make);
        n_run++;
    }
    if (n == 0 || n_run == 0) {
        fprintf(stderr, "usage: bench_plan N line|ladder|comb|fan|deps|strands|all\n");
        return 2;
    }
    return 0;
}
