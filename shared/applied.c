/*
 * applied.c: the applied set as a value: made for an offline range, changed step by step, put into
 * words. See plan.h.
 */
#include "plan.h"

bool mig_applied_at(mig_ctx *ctx, const mig_graph *graph, mig_str targets, mig_applied *applied) {
    mig_nodes nodes = {NULL, 0, 0};
    int64_t seq = 0;
    size_t i;

    applied->graph = graph;
    applied->in = mig_alloc_zero(ctx, graph->n, sizeof *applied->in);
    applied->seq = mig_alloc_zero(ctx, graph->n, sizeof *applied->seq);
    applied->stamped = mig_alloc_zero(ctx, graph->n, sizeof *applied->stamped);
    if (mig_ctx_error(ctx) != NULL || !mig_target_many(ctx, applied, targets, &nodes))
        return false;
    for (i = 0; i < nodes.n; i++)
        applied->in[nodes.items[i]] = true;
    if (!mig_graph_spread(ctx, graph, MIG_WALK_PARENTS | MIG_WALK_DEPS, applied->in))
        return false;
    for (i = 0; i < graph->n; i++)
        if (applied->in[graph->order[i]])
            applied->seq[graph->order[i]] = ++seq;
    return true;
}

void mig_applied_step(mig_applied *applied, bool down, size_t node, int64_t seq) {
    applied->in[node] = !down;
    applied->seq[node] = down ? 0 : seq;
    if (down)
        applied->stamped[node] = false;
}

mig_str mig_applied_text(mig_ctx *ctx, const mig_applied *applied, bool mark_heads) {
    mig_nodes nodes = {NULL, 0, 0};
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    if (!mig_graph_maximal(ctx, applied->graph, applied->in, &nodes))
        return mig_buf_str(&buf);
    if (nodes.n == 0)
        mig_buf_add_z(&buf, "base");
    for (i = 0; i < nodes.n; i++) {
        if (i > 0)
            mig_buf_add_z(&buf, ", ");
        mig_buf_add(&buf, applied->graph->revisions[nodes.items[i]].id);
        if (mark_heads && mig_graph_is_head(applied->graph, nodes.items[i]))
            mig_buf_add_z(&buf, " (head)");
    }
    return mig_buf_str(&buf);
}

bool mig_applied_at_heads(const mig_applied *applied) {
    size_t node;

    for (node = 0; node < applied->graph->n; node++)
        if (!applied->in[node] && mig_graph_is_effective_head(applied->graph, node))
            return false;
    return true;
}
