/*
 * plan.c: which revisions a command runs, and in which order.
 *
 * Every plan is a set of nodes filtered out of the one ranking of the graph, so it is topological
 * by itself; a downgrade runs the ranking backwards. Only "-N" has an order of its own, the order
 * of application backwards, and checks that it leaves nothing standing on what it removes.
 */
#include "target.h"

#include <string.h>

#define UP (MIG_WALK_CHILDREN | MIG_WALK_DEPENDENTS)
#define DOWN (MIG_WALK_PARENTS | MIG_WALK_DEPS)

static bool *set_new(mig_ctx *ctx, const mig_graph *graph) {
    return mig_alloc_zero(ctx, graph->n, sizeof(bool));
}

static void set_add(bool *set, const mig_nodes *nodes) {
    size_t i;

    for (i = 0; i < nodes->n; i++)
        set[nodes->items[i]] = true;
}

/* The nodes and all they stand on. */
static bool *set_below(mig_ctx *ctx, const mig_graph *graph, const mig_nodes *nodes) {
    bool *set = set_new(ctx, graph);

    if (set == NULL)
        return NULL;
    set_add(set, nodes);
    return mig_graph_spread(ctx, graph, DOWN, set) ? set : NULL;
}

/* The nodes that are in set but not in without, at most limit of them, by rank. */
static bool plan_up(mig_ctx *ctx, const mig_graph *graph, const bool *set, const bool *without,
                    uint64_t limit, mig_plan *plan) {
    size_t i;

    for (i = 0; i < graph->n && plan->nodes.n < limit; i++) {
        size_t node = graph->order[i];

        if (set[node] && !without[node] && !mig_nodes_add(ctx, &plan->nodes, node))
            return false;
    }
    return true;
}

/* The nodes that are in both sets, by rank backwards. */
static bool plan_down(mig_ctx *ctx, const mig_graph *graph, const bool *set, const bool *within,
                      mig_plan *plan) {
    size_t i;

    for (i = graph->n; i > 0; i--) {
        size_t node = graph->order[i - 1];

        if (set[node] && within[node] && !mig_nodes_add(ctx, &plan->nodes, node))
            return false;
    }
    return true;
}

/*
 * What lies on the branch of a node only: the node, what revises it, and each revision below it all
 * of whose descendants are below or above the node. So the part of a line that another branch
 * shares is not in it. One sweep from the heads: a node below is shared when one of its children is
 * neither on the branch nor unshared.
 */
static bool *branch_own(mig_ctx *ctx, const mig_graph *graph, size_t branch) {
    bool *own = set_new(ctx, graph), *below = set_new(ctx, graph);
    size_t i, k;

    if (own == NULL || below == NULL)
        return NULL;
    own[branch] = below[branch] = true;
    if (!mig_graph_spread(ctx, graph, MIG_WALK_CHILDREN, own) ||
        !mig_graph_spread(ctx, graph, MIG_WALK_PARENTS, below))
        return NULL;
    for (i = graph->n; i > 0; i--) {
        size_t node = graph->order[i - 1];

        if (!below[node] || node == branch)
            continue;
        own[node] = true;
        for (k = graph->children.first[node]; k < graph->children.first[node + 1]; k++)
            own[node] = own[node] && own[graph->children.item[k]];
    }
    return own;
}

static bool fail_direction(mig_ctx *ctx, const mig_target *target, const char *command,
                           const char *other) {
    mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" is no target of %s", MIG_FMT(target->text), command);
    if (target->steps == 0)
        mig_hint(ctx, "A number of steps is at least 1.");
    else
        mig_hint(ctx, "Type SELECT %s('%.*s') to go the other way.", other, MIG_FMT(target->text));
    return false;
}

/* The sentence about what is left, for "+N" and "-N". */
static bool fail_fewer(mig_ctx *ctx, const mig_target *target, size_t left, const char *state) {
    int64_t wanted = target->steps < 0 ? -target->steps : target->steps;

    mig_fail(ctx, MIG_E_STATE, "relative revision \"%.*s\" didn't produce %lld migrations",
             MIG_FMT(target->text), (long long)wanted);
    mig_detail(ctx, "%zu %s %s%s.", left, left == 1 ? "revision is" : "revisions are", state,
               target->branch == MIG_NONE ? "" : " on this branch");
    if (left == 0)
        mig_hint(ctx, "There is nothing to do.");
    else
        mig_hint(ctx, "The most that can be done is %c%zu.", target->steps < 0 ? '-' : '+', left);
    return false;
}

/* The next N of the plan to the heads, or to the heads of the branch. */
static bool plan_next(mig_ctx *ctx, const mig_graph *graph, const bool *applied,
                      const mig_target *target, mig_plan *plan) {
    mig_nodes heads = {NULL, 0, 0}, wanted = {NULL, 0, 0};
    bool *needed;
    size_t i;

    if (!mig_graph_heads(ctx, graph, false, &heads))
        return false;
    for (i = 0; i < heads.n; i++)
        if ((target->scope == NULL || target->scope[heads.items[i]]) &&
            !mig_nodes_add(ctx, &wanted, heads.items[i]))
            return false;
    needed = set_below(ctx, graph, &wanted);
    if (needed == NULL || !plan_up(ctx, graph, needed, applied, (uint64_t)target->steps, plan))
        return false;
    return plan->nodes.n == (uint64_t)target->steps ||
           fail_fewer(ctx, target, plan->nodes.n, "pending");
}

static bool upgrade_target(mig_ctx *ctx, const mig_applied *applied, const mig_target *target,
                           mig_plan *plan) {
    bool *needed;

    if (target->symbol == MIG_SYMBOL_NONE) {
        if (target->steps <= 0)
            return fail_direction(ctx, target, "an upgrade", "migrate_downgrade");
        return plan_next(ctx, applied->graph, applied->in, target, plan);
    }
    needed = set_below(ctx, applied->graph, &target->nodes);
    return needed != NULL && plan_up(ctx, applied->graph, needed, applied->in, UINT64_MAX, plan);
}

static void plan_init(mig_plan *plan, bool down) {
    memset(plan, 0, sizeof *plan);
    plan->down = down;
}

/* Later applied first; those without an order by rank backwards. */
static int compare_seq(const void *a, const void *b, void *arg) {
    const mig_applied *applied = *(const mig_applied *const *)arg;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    if (applied->seq[x] != applied->seq[y])
        return applied->seq[x] > applied->seq[y] ? -1 : 1;
    return applied->graph->rank[x] > applied->graph->rank[y] ? -1 : 1;
}

static bool nodes_by_seq(mig_ctx *ctx, const mig_applied *applied, mig_nodes *nodes) {
    return mig_sort(ctx, nodes->items, nodes->n, sizeof *nodes->items, compare_seq, &applied);
}

/* A revision of the set that revises or depends on the node, or MIG_NONE. */
static size_t set_standing(const mig_graph *graph, const bool *set, size_t node) {
    size_t i;

    for (i = graph->children.first[node]; i < graph->children.first[node + 1]; i++)
        if (set[graph->children.item[i]])
            return graph->children.item[i];
    for (i = graph->dependents.first[node]; i < graph->dependents.first[node + 1]; i++)
        if (set[graph->dependents.item[i]])
            return graph->dependents.item[i];
    return MIG_NONE;
}

/* An order of application in which a revision came before what it stands on cannot be undone from
   its end. */
static bool check_order(mig_ctx *ctx, const mig_applied *applied, const mig_target *target,
                        const mig_plan *plan) {
    const mig_graph *graph = applied->graph;
    bool *left = set_new(ctx, graph);
    size_t i, standing = MIG_NONE;

    if (left == NULL)
        return false;
    memcpy(left, applied->in, graph->n * sizeof *left);
    for (i = 0; i < plan->nodes.n; i++) {
        standing = set_standing(graph, left, plan->nodes.items[i]);
        if (standing != MIG_NONE)
            break;
        left[plan->nodes.items[i]] = false;
    }
    if (i == plan->nodes.n)
        return true;
    mig_fail(ctx, MIG_E_STATE, "cannot undo \"%.*s\" in the order of application",
             MIG_FMT(target->text));
    mig_detail(ctx, "Revision \"%.*s\" stands on \"%.*s\", which was applied after it.",
               MIG_FMT(graph->revisions[standing].id),
               MIG_FMT(graph->revisions[plan->nodes.items[i]].id));
    mig_hint(ctx, "Name the revision to go down to.");
    return false;
}

/* The last N applied: of all, or of what lies on the branch only, and then what stands on them. */
static bool undo_last(mig_ctx *ctx, const mig_applied *applied, const mig_target *target,
                      mig_plan *plan) {
    const mig_graph *graph = applied->graph;
    uint64_t wanted = (uint64_t)-target->steps;
    bool *own = NULL, *drop = set_new(ctx, graph);
    mig_nodes last = {NULL, 0, 0};
    size_t i;

    if (target->branch != MIG_NONE)
        own = branch_own(ctx, graph, target->branch);
    for (i = 0; i < graph->n; i++)
        if (applied->in[graph->order[i]] && (own == NULL || own[graph->order[i]]) &&
            !mig_nodes_add(ctx, &last, graph->order[i]))
            return false;
    if (mig_ctx_error(ctx) != NULL || !nodes_by_seq(ctx, applied, &last))
        return false;
    if (last.n < wanted)
        return fail_fewer(ctx, target, last.n, "applied");
    last.n = (size_t)wanted;
    set_add(drop, &last);
    if (own != NULL && !mig_graph_spread(ctx, graph, UP, drop))
        return false;
    return plan_down(ctx, graph, drop, applied->in, plan) &&
           nodes_by_seq(ctx, applied, &plan->nodes) && check_order(ctx, applied, target, plan);
}

static bool fail_not_applied(mig_ctx *ctx, const mig_applied *applied, const mig_target *target,
                             size_t node) {
    mig_str id = applied->graph->revisions[node].id;
    mig_str current = mig_applied_text(ctx, applied, true);

    mig_fail(ctx, MIG_E_STATE, "cannot downgrade to \"%.*s\": revision \"%.*s\" is not applied",
             MIG_FMT(target->text), MIG_FMT(id));
    mig_detail(ctx, "The database is at %.*s.", MIG_FMT(current));
    mig_hint(ctx, "To go up to it, type SELECT migrate_upgrade('%.*s').", MIG_FMT(id));
    return false;
}

static bool fail_branch(mig_ctx *ctx, const mig_graph *graph, const mig_target *target,
                        size_t node) {
    mig_str id = graph->revisions[node].id;

    mig_fail(ctx, MIG_E_ARGUMENT, "not a valid downgrade target: \"%.*s\"", MIG_FMT(target->text));
    mig_detail(ctx, "Several revisions revise \"%.*s\", and none of them leads to \"%.*s\".",
               MIG_FMT(id), MIG_FMT(graph->revisions[target->branch].id));
    mig_hint(ctx, "Name \"%.*s\" without a branch to undo all that stands on it.", MIG_FMT(id));
    return false;
}

/* The revisions that revise the node; of several, with a branch, only those on the way to it. */
static bool downgrade_roots(mig_ctx *ctx, const mig_graph *graph, const mig_target *target,
                            size_t node, bool *roots) {
    size_t first = graph->children.first[node], end = graph->children.first[node + 1], i;
    bool *way = NULL, found = false;

    if (target->branch != MIG_NONE && end - first > 1) {
        way = set_new(ctx, graph);
        if (way == NULL)
            return false;
        way[target->branch] = true;
        if (!mig_graph_spread(ctx, graph, MIG_WALK_PARENTS, way))
            return false;
    }
    for (i = first; i < end; i++) {
        if (way != NULL && !way[graph->children.item[i]])
            continue;
        found = roots[graph->children.item[i]] = true;
    }
    return found || way == NULL || fail_branch(ctx, graph, target, node);
}

/* To base: everything, or what lies on the branch only and what stands on that. */
static bool base_drop(mig_ctx *ctx, const mig_graph *graph, const mig_target *target, bool **drop) {
    if (target->branch != MIG_NONE) {
        *drop = branch_own(ctx, graph, target->branch);
        return *drop != NULL && mig_graph_spread(ctx, graph, UP, *drop);
    }
    *drop = set_new(ctx, graph);
    if (*drop == NULL)
        return false;
    memset(*drop, true, graph->n * sizeof **drop);
    return true;
}

static bool downgrade_target(mig_ctx *ctx, const mig_applied *applied, const mig_target *target,
                             mig_plan *plan) {
    const mig_graph *graph = applied->graph;
    bool *drop;
    size_t node;

    if (target->symbol == MIG_SYMBOL_NONE) {
        if (target->steps >= 0)
            return fail_direction(ctx, target, "a downgrade", "migrate_upgrade");
        return undo_last(ctx, applied, target, plan);
    }
    if (target->base)
        return base_drop(ctx, graph, target, &drop) &&
               plan_down(ctx, graph, drop, applied->in, plan);
    node = mig_target_single(ctx, graph, target);
    if (node == MIG_NONE)
        return mig_ctx_error(ctx) == NULL;
    if (!applied->in[node])
        return fail_not_applied(ctx, applied, target, node);
    drop = set_new(ctx, graph);
    return drop != NULL && downgrade_roots(ctx, graph, target, node, drop) &&
           mig_graph_spread(ctx, graph, UP, drop) && plan_down(ctx, graph, drop, applied->in, plan);
}

/* A stamp by "+N" or "-N" marks what an upgrade or downgrade by it would run. */
static bool stamp_relative(mig_ctx *ctx, const mig_applied *start, const mig_target *target,
                           bool *after) {
    mig_plan plan;
    size_t i;

    plan_init(&plan, target->steps < 0);
    if (target->steps == 0)
        return fail_direction(ctx, target, "a stamp", "migrate_stamp");
    if (!(plan.down ? undo_last(ctx, start, target, &plan)
                    : plan_next(ctx, start->graph, start->in, target, &plan)))
        return false;
    for (i = 0; i < plan.nodes.n; i++)
        after[plan.nodes.items[i]] = !plan.down;
    return true;
}

/* Adds what one target of a stamp takes away and what it puts in. */
static bool stamp_collect(mig_ctx *ctx, const mig_applied *applied, mig_str word, bool *away,
                          bool *in) {
    const mig_graph *graph = applied->graph;
    mig_target target;
    bool *drop;
    size_t i;

    if (!mig_target_read(ctx, applied, word, &target))
        return false;
    if (target.symbol == MIG_SYMBOL_NONE) {
        mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" cannot stand in a list of revisions",
                 MIG_FMT(target.text));
        mig_hint(ctx, "Stamp it alone, or name the revisions.");
        return false;
    }
    set_add(away, &target.nodes);
    set_add(in, &target.nodes);
    if (!target.base)
        return true;
    if (!base_drop(ctx, graph, &target, &drop))
        return false;
    for (i = 0; i < graph->n; i++)
        away[i] = away[i] || drop[i];
    return true;
}

/* start: what is kept unless a target takes it away; names are read against the real state. */
static bool stamp_many(mig_ctx *ctx, const mig_applied *applied, const bool *start, mig_str targets,
                       bool *after) {
    const mig_graph *graph = applied->graph;
    bool *away = set_new(ctx, graph), *in = set_new(ctx, graph);
    mig_str word;
    size_t i;

    while (mig_ctx_error(ctx) == NULL && mig_str_next_word(&targets, &word))
        stamp_collect(ctx, applied, word, away, in);
    if (mig_ctx_error(ctx) != NULL || !mig_graph_spread(ctx, graph, UP, away) ||
        !mig_graph_spread(ctx, graph, DOWN, in))
        return false;
    for (i = 0; i < graph->n; i++)
        after[i] = (start[i] && !away[i]) || in[i];
    return true;
}

bool mig_plan_upgrade(mig_ctx *ctx, const mig_applied *applied, mig_str text, mig_plan *plan) {
    mig_target target;

    plan_init(plan, false);
    return mig_target_read(ctx, applied, text, &target) &&
           upgrade_target(ctx, applied, &target, plan);
}

bool mig_plan_downgrade(mig_ctx *ctx, const mig_applied *applied, mig_str text, mig_plan *plan) {
    mig_target target;

    plan_init(plan, true);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (mig_str_trim(text).n == 0) {
        mig_fail(ctx, MIG_E_ARGUMENT, "a downgrade needs a target");
        mig_hint(ctx, "Name the revision to go down to, -1 for the last one applied, or base.");
        return false;
    }
    return mig_target_read(ctx, applied, text, &target) &&
           downgrade_target(ctx, applied, &target, plan);
}

bool mig_plan_either(mig_ctx *ctx, const mig_applied *applied, mig_str text, mig_plan *plan) {
    mig_target target;
    bool down;

    plan_init(plan, false);
    if (!mig_target_read(ctx, applied, text, &target))
        return false;
    down = target.base || (target.symbol == MIG_SYMBOL_NONE && target.steps < 0) ||
           (target.nodes.n == 1 && applied->in[target.nodes.items[0]]);
    if (!down)
        return upgrade_target(ctx, applied, &target, plan);
    if (!downgrade_target(ctx, applied, &target, plan))
        return false;
    plan->down = plan->nodes.n > 0;
    return true;
}

bool mig_plan_stamp(mig_ctx *ctx, const mig_applied *applied, mig_str targets, bool purge,
                    bool *after) {
    mig_applied start = *applied;
    mig_str rest = targets, word, other;
    mig_target target;

    if (purge)
        start.in = set_new(ctx, applied->graph);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!mig_str_next_word(&rest, &word)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "no revision to stamp");
        mig_hint(ctx, "Name one or several revisions, heads, or base.");
        return false;
    }
    if (mig_str_next_word(&rest, &other))
        return stamp_many(ctx, applied, start.in, targets, after);
    if (!mig_target_read(ctx, applied, word, &target))
        return false;
    if (target.symbol != MIG_SYMBOL_NONE)
        return stamp_many(ctx, applied, start.in, targets, after);
    memcpy(after, start.in, applied->graph->n * sizeof *after);
    return stamp_relative(ctx, &start, &target, after);
}
