/*
 * history.c: the revisions of a history range. See plan.h.
 *
 * A range "a:b" is what lies between: b with all it stands on, of which only a and what revises a.
 * Without a it begins at the base, without b it ends at the heads. The result is a listing, so
 * where a number of steps meets a fork or a merge every way is taken instead of asking which.
 */
#include "target.h"

#include <string.h>

#define DOWN (MIG_WALK_PARENTS | MIG_WALK_DEPS)

/* One end of a range. Where it is a bare number of steps nodes is filled in from the other end. */
typedef struct range_end {
    mig_target target;
    bool given;
    bool relative;
} range_end;

/* The nodes that are a number of links away from the nodes, counted along the shortest way; or the
   end of a way that is shorter. Only nodes in scope (NULL: all) are begun from; each is visited
   once. */
static bool nodes_away(mig_ctx *ctx, const mig_graph *graph, const mig_links *links, int64_t steps,
                       const mig_nodes *from, const bool *scope, mig_nodes *to) {
    bool *seen = mig_alloc_zero(ctx, graph->n, sizeof *seen);
    size_t *queue = mig_alloc_zero(ctx, graph->n, sizeof *queue);
    size_t n = 0, at = 0, end, i;

    if (seen == NULL || queue == NULL)
        return false;
    for (i = 0; i < from->n; i++) {
        if (scope != NULL && !scope[from->items[i]])
            continue;
        seen[from->items[i]] = true;
        queue[n++] = from->items[i];
    }
    for (; steps > 0 && at < n; steps--) {
        for (end = n; at < end; at++) {
            size_t node = queue[at];

            if (links->first[node] == links->first[node + 1] && !mig_nodes_add(ctx, to, node))
                return false;
            for (i = links->first[node]; i < links->first[node + 1]; i++) {
                if (seen[links->item[i]])
                    continue;
                seen[links->item[i]] = true;
                queue[n++] = links->item[i];
            }
        }
    }
    for (; at < n; at++)
        if (!mig_nodes_add(ctx, to, queue[at]))
            return false;
    return true;
}

static bool end_read(mig_ctx *ctx, const mig_applied *applied, mig_str text, range_end *end) {
    memset(end, 0, sizeof *end);
    end->given = text.n > 0;
    if (!mig_target_read(ctx, applied, end->given ? text : MIG_STR("heads"), &end->target))
        return false;
    end->relative = end->target.symbol == MIG_SYMBOL_NONE;
    return true;
}

static bool fail_steps(mig_ctx *ctx, mig_str range) {
    mig_fail(ctx, MIG_E_ARGUMENT, "history range \"%.*s\" has no start to count from",
             MIG_FMT(range));
    mig_hint(ctx,
             "Count down from the end (-3:current), up from the start (ID:+2), or from an id.");
    return false;
}

/* "-3:b": three steps below b. "a:+2": two above a. ":-2": two below the heads. */
static bool ends_resolve(mig_ctx *ctx, const mig_graph *graph, mig_str range, range_end *from,
                         range_end *to) {
    mig_nodes heads = {NULL, 0, 0};
    const mig_target *steps = &to->target;

    if (from->relative && (to->relative || from->target.steps >= 0))
        return fail_steps(ctx, range);
    if (from->relative)
        return nodes_away(ctx, graph, &graph->parents, -from->target.steps, &to->target.nodes,
                          from->target.scope, &from->target.nodes);
    if (!to->relative)
        return true;
    if (steps->steps > 0 && from->given && from->target.nodes.n > 0)
        return nodes_away(ctx, graph, &graph->children, steps->steps, &from->target.nodes,
                          steps->scope, &to->target.nodes);
    if (steps->steps >= 0)
        return fail_steps(ctx, range);
    return mig_graph_heads(ctx, graph, false, &heads) &&
           nodes_away(ctx, graph, &graph->parents, -steps->steps, &heads, steps->scope,
                      &to->target.nodes);
}

static bool *set_of(mig_ctx *ctx, const mig_graph *graph, unsigned walk, const mig_nodes *nodes) {
    bool *set = mig_alloc_zero(ctx, graph->n, sizeof *set);
    size_t i;

    if (set == NULL)
        return NULL;
    for (i = 0; i < nodes->n; i++)
        set[nodes->items[i]] = true;
    return mig_graph_spread(ctx, graph, walk, set) ? set : NULL;
}

/* Adds what is in a and b (NULL: everything) but not in without (NULL: nothing), newest first. */
static bool nodes_within(mig_ctx *ctx, const mig_graph *graph, const bool *a, const bool *b,
                         const bool *without, mig_nodes *nodes) {
    size_t i;

    for (i = graph->n; i > 0; i--) {
        size_t node = graph->order[i - 1];

        if ((a != NULL && !a[node]) || (b != NULL && !b[node]) ||
            (without != NULL && without[node]))
            continue;
        if (!mig_nodes_add(ctx, nodes, node))
            return false;
    }
    return true;
}

static bool fail_apart(mig_ctx *ctx, mig_str range) {
    mig_fail(ctx, MIG_E_ARGUMENT,
             "requested range \"%.*s\" does not refer to ancestor and descendant revisions",
             MIG_FMT(range));
    mig_hint(ctx, "The start must lie below the end. Perhaps the two are the wrong way round.");
    return false;
}

static bool range_nodes(mig_ctx *ctx, const mig_applied *applied, mig_str range, range_end *from,
                        range_end *to, mig_nodes *nodes) {
    const mig_graph *graph = applied->graph;
    bool *below, *above = NULL, start;

    if (!ends_resolve(ctx, graph, range, from, to))
        return false;
    start = from->given && from->target.nodes.n > 0;
    below = set_of(ctx, graph, DOWN, &to->target.nodes);
    if (start)
        above = set_of(ctx, graph, MIG_WALK_CHILDREN, &from->target.nodes);
    else if (from->given)
        above = from->target.scope;
    if (mig_ctx_error(ctx) != NULL || !nodes_within(ctx, graph, below, above, NULL, nodes))
        return false;
    return nodes->n > 0 || !start || to->target.nodes.n == 0 || fail_apart(ctx, range);
}

bool mig_plan_history(mig_ctx *ctx, const mig_applied *applied, mig_str range, mig_nodes *nodes) {
    mig_str text = mig_str_trim(range), from_text, to_text;
    range_end from, to;

    memset(nodes, 0, sizeof *nodes);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (text.n == 0)
        return nodes_within(ctx, applied->graph, NULL, NULL, NULL, nodes);
    if (mig_str_is(text, "pending"))
        return nodes_within(ctx, applied->graph, NULL, NULL, applied->in, nodes);
    if (!mig_target_range(text, &from_text, &to_text)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "history range requires [start]:[end], [start]:, or :[end]");
        mig_hint(ctx,
                 "For example 'ID:head', 'current:', ':ID', '-3:current', or the word pending. "
                 "One revision is shown by migrate_show('%.*s').",
                 MIG_FMT(mig_str_sub(text, 0, MIG_MAX_ID)));
        return false;
    }
    return end_read(ctx, applied, from_text, &from) && end_read(ctx, applied, to_text, &to) &&
           range_nodes(ctx, applied, text, &from, &to, nodes);
}
