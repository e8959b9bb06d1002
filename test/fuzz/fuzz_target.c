/*
 * fuzz_target.c: graphs and targets from arbitrary bytes.
 *
 * An input is lines: a graph in the notation of test/unit/notation.h, the applied revisions, and
 * then a command letter with its target a line: u upgrade, d downgrade, e either, s stamp, p stamp
 * with purge, 1 one, m many, h history. The program ends itself where a plan is not the way from
 * one closed set to another, or a refusal has no message.
 */
#include "notation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

/* Takes the error of a refusal. */
static void must_be_refused(mig_ctx *ctx) {
    mig_error error;

    must(mig_take_error(ctx, &error));
    must(error.code != MIG_E_NOMEM && error.message != NULL && error.message[0] != '\0');
}

static void run_plan(mig_applied *applied, const mig_plan *plan, int64_t *seq) {
    size_t i;

    for (i = 0; i < plan->nodes.n; i++) {
        must(applied->in[plan->nodes.items[i]] == plan->down);
        mig_applied_step(applied, plan->down, plan->nodes.items[i], ++*seq);
        must(notation_is_closed(applied->graph, applied->in));
    }
}

static void run_stamp(mig_ctx *ctx, mig_applied *applied, mig_str targets, bool purge) {
    bool *after = mig_alloc_zero(ctx, applied->graph->n, sizeof *after);

    if (mig_plan_stamp(ctx, applied, targets, purge, after))
        must(notation_is_closed(applied->graph, after));
    else
        must_be_refused(ctx);
}

static void run_names(mig_ctx *ctx, const mig_applied *applied, char command, mig_str text) {
    mig_nodes nodes = {NULL, 0, 0};
    bool ok = command == '1'   ? mig_target_one(ctx, applied, text) < applied->graph->n
              : command == 'm' ? mig_target_many(ctx, applied, text, &nodes)
                               : mig_plan_history(ctx, applied, text, &nodes);

    if (!ok)
        must_be_refused(ctx);
    must(nodes.n <= applied->graph->n);
}

static void run_command(mig_ctx *ctx, mig_applied *applied, mig_str line, int64_t *seq) {
    char command = line.n > 0 ? line.p[0] : 'u';
    mig_str target = mig_str_trim(mig_str_sub(line, 1, line.n));
    mig_plan plan;
    bool ok;

    if (command == 's' || command == 'p') {
        run_stamp(ctx, applied, target, command == 'p');
        return;
    }
    if (command == '1' || command == 'm' || command == 'h') {
        run_names(ctx, applied, command, target);
        return;
    }
    ok = command == 'd'   ? mig_plan_downgrade(ctx, applied, target, &plan)
         : command == 'e' ? mig_plan_either(ctx, applied, target, &plan)
                          : mig_plan_upgrade(ctx, applied, target, &plan);
    if (ok)
        run_plan(applied, &plan, seq);
    else
        must_be_refused(ctx);
}

static void run_input(mig_ctx *ctx, mig_str rest) {
    mig_complaints list;
    mig_str line = {"", 0};
    mig_applied applied;
    mig_graph *graph;
    int64_t seq;

    mig_str_next_line(&rest, &line);
    graph = notation_graph(ctx, mig_str_z(ctx, line), &list);
    if (graph == NULL) {
        must(list.total > 0 || mig_ctx_error(ctx) != NULL);
        return;
    }
    line = MIG_STR("");
    mig_str_next_line(&rest, &line);
    if (!mig_applied_at(ctx, graph, line, &applied))
        return;
    must(notation_is_closed(graph, applied.in));
    for (seq = (int64_t)graph->n; mig_str_next_line(&rest, &line);)
        run_command(ctx, &applied, line, &seq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_ctx *ctx = unit_ctx();

    run_input(ctx, (mig_str){(const char *)data, size});
    unit_free(ctx);
    return 0;
}
