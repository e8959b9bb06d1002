/*
 * target.c: what the words of a target mean.
 *
 * Ids, labels and symbols hold no "@", "+", "-" or ":", so a target is cut at these without looking
 * anything up. Texts for details are made before the error is set: nothing is allocated afterwards.
 */
#include "target.h"

#include "nearest.h"

#define MIN_PREFIX 4
#define MAX_NAMED 10
#define MAX_TEXT (2 * MIG_MAX_ID + 32) /* branch, symbol, number */

/* The labels in use, oldest first, as a sentence; empty when there are none. */
static mig_str labels_text(mig_ctx *ctx, const mig_graph *graph) {
    mig_buf buf = mig_buf_new(ctx);
    size_t n = 0, i, k;

    for (i = 0; i < graph->n; i++) {
        const mig_list *labels = &graph->revisions[graph->order[i]].labels;

        for (k = 0; k < labels->n; k++, n++)
            if (n < MAX_NAMED)
                mig_buf_addf(&buf, "%s\"%.*s\"", n == 0 ? "Branch labels are " : ", ",
                             MIG_FMT(labels->items[k]));
    }
    if (n > MAX_NAMED)
        mig_buf_addf(&buf, " and %zu more", n - MAX_NAMED);
    if (n > 0)
        mig_buf_add_char(&buf, '.');
    return mig_buf_str(&buf);
}

static bool text_is_number(mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        if (!mig_is_digit(text.p[i]))
            return false;
    return text.n > 0;
}

static bool fail_form(mig_ctx *ctx, mig_str text) {
    mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" is not a target", MIG_FMT(text));
    mig_hint(ctx,
             "A target is an id or the first %d or more characters of one, a branch label, head, "
             "heads, base, current, +N or -N, any of these with a number of steps (ID+N, ID-N), "
             "or one of them behind a label (label@head).",
             MIN_PREFIX);
    return false;
}

static bool fail_range(mig_ctx *ctx, mig_str text) {
    mig_fail(ctx, MIG_E_ARGUMENT, "range \"%.*s\" is not allowed here", MIG_FMT(text));
    mig_hint(ctx, "Name the one target. Ranges are for migrate_upgrade_sql, migrate_downgrade_sql "
                  "and migrate_history.");
    return false;
}

static size_t fail_unknown(mig_ctx *ctx, const mig_graph *graph, mig_str name) {
    size_t near = mig_graph_nearest(graph, name);
    mig_str labels = labels_text(ctx, graph);

    mig_fail(ctx, MIG_E_UNKNOWN, "can't locate revision identified by \"%.*s\"", MIG_FMT(name));
    if (graph->n == 0)
        mig_hint(ctx, "The catalog is empty. Load the scripts first: SELECT "
                      "migrate_load('directory').");
    else if (text_is_number(name) && (near == MIG_NONE || name.n < MIN_PREFIX))
        mig_hint(
            ctx,
            "To move by a number of steps, type it with its sign, as text: '+%.*s' or '-%.*s'.",
            MIG_FMT(name), MIG_FMT(name));
    else if (near != MIG_NONE)
        mig_hint(ctx, "Perhaps \"%.*s\" is meant.", MIG_FMT(graph->revisions[near].id));
    else if (name.n < MIN_PREFIX)
        mig_hint(ctx,
                 "An id can be shortened to its first %d or more characters. SELECT * FROM "
                 "migrate_history() lists the revisions.",
                 MIN_PREFIX);
    else
        mig_hint(ctx, "SELECT * FROM migrate_history() lists the revisions. If it is new, load its "
                      "script first.");
    if (labels.n > 0)
        mig_detail(ctx, "%.*s", MIG_FMT(labels));
    return MIG_NONE;
}

static size_t fail_foreign(mig_ctx *ctx, const mig_graph *graph, const mig_target *target,
                           mig_str name) {
    mig_str branch = graph->revisions[target->branch].id;

    mig_fail(ctx, MIG_E_UNKNOWN, "can't locate revision identified by \"%.*s\"",
             MIG_FMT(target->text));
    mig_detail(ctx, "Revision \"%.*s\" is not a member of the branch of \"%.*s\".", MIG_FMT(name),
               MIG_FMT(branch));
    mig_hint(ctx, "Name it without the branch: \"%.*s\".", MIG_FMT(name));
    return MIG_NONE;
}

/* `"a", "b" and "c"`, long lists cut. */
static mig_str names_text(mig_ctx *ctx, const mig_graph *graph, const mig_nodes *nodes) {
    mig_buf buf = mig_buf_new(ctx);
    size_t n = nodes->n > MAX_NAMED ? MAX_NAMED : nodes->n, i;

    for (i = 0; i < n; i++) {
        if (i > 0)
            mig_buf_add_z(&buf, i + 1 == nodes->n ? " and " : ", ");
        mig_buf_addf(&buf, "\"%.*s\"", MIG_FMT(graph->revisions[nodes->items[i]].id));
    }
    if (nodes->n > n)
        mig_buf_addf(&buf, " and %zu more", nodes->n - n);
    return mig_buf_str(&buf);
}

static size_t fail_prefix(mig_ctx *ctx, const mig_graph *graph, mig_str name,
                          const mig_nodes *matches) {
    mig_str names = names_text(ctx, graph, matches);

    mig_fail(ctx, MIG_E_AMBIGUOUS, "ambiguous revision identifier \"%.*s\"", MIG_FMT(name));
    mig_detail(ctx, "It fits %.*s.", MIG_FMT(names));
    mig_hint(ctx, "Type more characters of the one that is meant.");
    return MIG_NONE;
}

static bool fail_heads(mig_ctx *ctx, const mig_graph *graph, const mig_nodes *heads) {
    mig_str names = names_text(ctx, graph, heads);

    mig_fail(ctx, MIG_E_AMBIGUOUS, "multiple head revisions are present");
    mig_detail(ctx, "The heads are %.*s.", MIG_FMT(names));
    mig_hint(ctx, "Name one of them, use heads for all or label@head for one branch, or join them: "
                  "SELECT migrate_merge('heads').");
    return false;
}

static size_t fail_currents(mig_ctx *ctx, const mig_graph *graph, const mig_nodes *nodes) {
    mig_str names = names_text(ctx, graph, nodes);

    mig_fail(ctx, MIG_E_AMBIGUOUS, "ambiguous target \"current\": several revisions are current");
    mig_detail(ctx, "The current revisions are %.*s.", MIG_FMT(names));
    mig_hint(ctx, "Name one of them.");
    return MIG_NONE;
}

static bool fail_walk(mig_ctx *ctx, const mig_graph *graph, const mig_target *target, size_t from,
                      const mig_nodes *next) {
    mig_str names = names_text(ctx, graph, next);
    bool up = target->steps > 0;

    mig_fail(ctx, MIG_E_AMBIGUOUS, "ambiguous walk in \"%.*s\"", MIG_FMT(target->text));
    if (from == MIG_NONE)
        mig_detail(ctx, "There are several bases: %.*s.", MIG_FMT(names));
    else if (up)
        mig_detail(ctx, "Revision \"%.*s\" is revised by %.*s.", MIG_FMT(graph->revisions[from].id),
                   MIG_FMT(names));
    else
        mig_detail(ctx, "Revision \"%.*s\" revises %.*s.", MIG_FMT(graph->revisions[from].id),
                   MIG_FMT(names));
    mig_hint(ctx, "%s",
             up ? "Name one of them, or put a branch label before the target: label@ID+N."
                : "Name one of them.");
    return false;
}

static bool fail_far(mig_ctx *ctx, const mig_target *target, int64_t walked) {
    int64_t wanted = target->steps < 0 ? -target->steps : target->steps;

    mig_fail(ctx, MIG_E_ARGUMENT, "relative revision \"%.*s\" didn't produce %lld migrations",
             MIG_FMT(target->text), (long long)wanted);
    if (walked == 0)
        mig_detail(ctx, "Nothing is %s it.", target->steps < 0 ? "below" : "above");
    else
        mig_detail(ctx, "There %s only %lld %s it.", walked == 1 ? "is" : "are", (long long)walked,
                   target->steps < 0 ? "below" : "above");
    mig_hint(ctx, "Take fewer steps, or use %s.", target->steps < 0 ? "base" : "head");
    return false;
}

static mig_symbol symbol_read(mig_str word) {
    if (word.n == 0)
        return MIG_SYMBOL_NONE;
    if (mig_str_is(word, "head"))
        return MIG_SYMBOL_HEAD;
    if (mig_str_is(word, "heads"))
        return MIG_SYMBOL_HEADS;
    if (mig_str_is(word, "base"))
        return MIG_SYMBOL_BASE;
    if (mig_str_is(word, "current"))
        return MIG_SYMBOL_CURRENT;
    return MIG_SYMBOL_NAME;
}

/* Where the number of steps begins, or word.n. */
static size_t steps_start(mig_str word) {
    size_t i;

    for (i = 0; i < word.n; i++)
        if (word.p[i] == '+' || word.p[i] == '-')
            return i;
    return word.n;
}

static bool word_is_clean(mig_str word) {
    size_t i;

    for (i = 0; i < word.n; i++)
        if (!mig_is_alpha(word.p[i]) && !mig_is_digit(word.p[i]) && word.p[i] != '_' &&
            word.p[i] != '.')
            return false;
    return true;
}

/* Cuts the text into its parts. *branch is empty where there is none. */
static bool target_cut(mig_ctx *ctx, mig_target *target, mig_str *branch) {
    mig_str rest = target->text;
    size_t at, start;

    *branch = mig_str_sub(rest, 0, 0);
    if (rest.n > MAX_TEXT)
        return mig_fail(ctx, MIG_E_ARGUMENT, "target is longer than %d bytes", MAX_TEXT);
    if (mig_str_find(rest, ':', &at))
        return fail_range(ctx, target->text);
    if (mig_str_find(rest, '@', &at)) {
        *branch = mig_str_sub(rest, 0, at);
        rest = mig_str_sub(rest, at + 1, rest.n);
        if (branch->n == 0)
            return fail_form(ctx, target->text);
    }
    start = steps_start(rest);
    target->name = mig_str_sub(rest, 0, start);
    target->steps_text = mig_str_sub(rest, start, rest.n);
    target->symbol = symbol_read(target->name);
    if (!word_is_clean(*branch) || !word_is_clean(target->name) || rest.n == 0)
        return fail_form(ctx, target->text);
    if (target->steps_text.n == 0)
        return true;
    if (!mig_str_to_int(target->steps_text, &target->steps) || target->steps == INT64_MIN)
        return fail_form(ctx, target->text);
    return true;
}

static size_t prefix_find(mig_ctx *ctx, const mig_graph *graph, const bool *scope, mig_str name) {
    mig_nodes matches = {NULL, 0, 0};
    size_t i;

    if (name.n < MIN_PREFIX)
        return fail_unknown(ctx, graph, name);
    for (i = mig_graph_lower_bound(graph, name); i < graph->n; i++) {
        size_t node = graph->by_id[i];

        if (!mig_str_starts(graph->revisions[node].id, name))
            break;
        if ((scope == NULL || scope[node]) && !mig_nodes_add(ctx, &matches, node))
            return MIG_NONE;
    }
    if (matches.n == 0)
        return fail_unknown(ctx, graph, name);
    return matches.n == 1 ? matches.items[0] : fail_prefix(ctx, graph, name, &matches);
}

/* Exact id, exact label, prefix of an id: in this order. MIG_NONE with an error. */
static size_t name_find(mig_ctx *ctx, const mig_graph *graph, const mig_target *target,
                        mig_str name) {
    size_t node = mig_map_find(graph->ids, name);

    if (node == MIG_NONE)
        node = mig_map_find(graph->labels, name);
    if (node == MIG_NONE)
        return prefix_find(ctx, graph, target->scope, name);
    if (target->scope != NULL && !target->scope[node])
        return fail_foreign(ctx, graph, target, name);
    return node;
}

static bool target_scope(mig_ctx *ctx, const mig_graph *graph, mig_target *target, mig_str branch) {
    bool *scope;

    target->branch = MIG_NONE;
    if (branch.n == 0)
        return true;
    if (symbol_read(branch) != MIG_SYMBOL_NAME)
        return fail_form(ctx, target->text);
    target->branch = name_find(ctx, graph, target, branch);
    if (target->branch == MIG_NONE)
        return false;
    scope = mig_alloc_zero(ctx, graph->n, sizeof *scope);
    if (scope == NULL || !mig_graph_related(ctx, graph, target->branch, scope))
        return false;
    target->scope = scope;
    return true;
}

/* Adds those of the nodes that are in scope. */
static bool nodes_scoped(mig_ctx *ctx, const mig_nodes *nodes, const bool *scope, mig_nodes *to) {
    size_t i;

    for (i = 0; i < nodes->n; i++)
        if ((scope == NULL || scope[nodes->items[i]]) && !mig_nodes_add(ctx, to, nodes->items[i]))
            return false;
    return true;
}

static bool symbol_resolve(mig_ctx *ctx, const mig_applied *applied, mig_target *target) {
    const mig_graph *graph = applied->graph;
    mig_nodes found = {NULL, 0, 0};
    size_t node;

    switch (target->symbol) {
    case MIG_SYMBOL_NONE:
        return true;
    case MIG_SYMBOL_BASE:
        target->base = true;
        return true;
    case MIG_SYMBOL_NAME:
        node = name_find(ctx, graph, target, target->name);
        return node != MIG_NONE && mig_nodes_add(ctx, &target->nodes, node);
    case MIG_SYMBOL_CURRENT:
        return mig_graph_maximal(ctx, graph, applied->in, &found) &&
               nodes_scoped(ctx, &found, target->scope, &target->nodes);
    case MIG_SYMBOL_HEADS:
        return mig_graph_heads(ctx, graph, target->scope == NULL, &found) &&
               nodes_scoped(ctx, &found, target->scope, &target->nodes);
    case MIG_SYMBOL_HEAD:
        if (!mig_graph_heads(ctx, graph, false, &found) ||
            !nodes_scoped(ctx, &found, target->scope, &target->nodes))
            return false;
        return target->nodes.n <= 1 || fail_heads(ctx, graph, &target->nodes);
    }
    return false;
}

/* The nodes one step from node (MIG_NONE: from below every base), in scope on the way up. */
static bool step_candidates(mig_ctx *ctx, const mig_graph *graph, const mig_target *target,
                            size_t node, mig_nodes *next) {
    const mig_links *links = target->steps > 0 ? &graph->children : &graph->parents;
    const bool *scope = target->steps > 0 ? target->scope : NULL;
    size_t i;

    next->n = 0;
    if (node != MIG_NONE) {
        for (i = links->first[node]; i < links->first[node + 1]; i++)
            if ((scope == NULL || scope[links->item[i]]) &&
                !mig_nodes_add(ctx, next, links->item[i]))
                return false;
        return true;
    }
    for (i = 0; i < graph->n; i++)
        if (mig_graph_is_base(graph, graph->order[i]) &&
            (scope == NULL || scope[graph->order[i]]) && !mig_nodes_add(ctx, next, graph->order[i]))
            return false;
    return true;
}

/* Walks target->steps from node along Revises; below a base lies base, and nothing below that. */
static bool target_walk(mig_ctx *ctx, const mig_graph *graph, mig_target *target, size_t node) {
    int64_t wanted = target->steps < 0 ? -target->steps : target->steps, walked;
    mig_nodes next = {NULL, 0, 0};

    for (walked = 0; walked < wanted; walked++) {
        if (node == MIG_NONE && target->steps < 0)
            return fail_far(ctx, target, walked);
        if (!step_candidates(ctx, graph, target, node, &next))
            return false;
        if (next.n > 1)
            return fail_walk(ctx, graph, target, node, &next);
        if (next.n == 0 && target->steps > 0)
            return fail_far(ctx, target, walked);
        node = next.n == 0 ? MIG_NONE : next.items[0];
    }
    target->nodes.n = 0;
    target->base = node == MIG_NONE;
    return target->base || mig_nodes_add(ctx, &target->nodes, node);
}

static bool fail_relative(mig_ctx *ctx, const mig_target *target) {
    mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" names no revision", MIG_FMT(target->text));
    mig_hint(ctx, "A number of steps needs a start here, as in head-1 or ID+1.");
    return false;
}

/* The nodes of one word of a list, without those that are there already. */
static bool many_add(mig_ctx *ctx, const mig_applied *applied, mig_str word, bool *seen,
                     mig_nodes *nodes) {
    mig_target target;
    size_t i;

    if (!mig_target_read(ctx, applied, word, &target))
        return false;
    if (target.symbol == MIG_SYMBOL_NONE)
        return fail_relative(ctx, &target);
    if (target.symbol == MIG_SYMBOL_HEADS && target.steps == 0) {
        target.nodes.n = 0;
        if (!mig_graph_heads(ctx, applied->graph, false, &target.nodes))
            return false;
    }
    for (i = 0; i < target.nodes.n; i++) {
        size_t node = target.nodes.items[i];

        if ((target.scope != NULL && !target.scope[node]) || seen[node])
            continue;
        seen[node] = true;
        if (!mig_nodes_add(ctx, nodes, node))
            return false;
    }
    return true;
}

bool mig_target_read(mig_ctx *ctx, const mig_applied *applied, mig_str text, mig_target *target) {
    mig_target empty = {{NULL, 0}, MIG_SYMBOL_NONE, {NULL, 0},   {NULL, 0}, 0, MIG_NONE,
                        NULL,      false,           {NULL, 0, 0}};
    mig_str branch;
    size_t node;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    *target = empty;
    target->text = mig_str_trim(text);
    if (target->text.n == 0)
        target->text = MIG_STR("head");
    if (!target_cut(ctx, target, &branch) || !target_scope(ctx, applied->graph, target, branch) ||
        !symbol_resolve(ctx, applied, target))
        return false;
    if (target->symbol == MIG_SYMBOL_NONE || target->steps == 0)
        return true;
    node = mig_target_single(ctx, applied->graph, target);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    return target_walk(ctx, applied->graph, target, node);
}

size_t mig_target_single(mig_ctx *ctx, const mig_graph *graph, const mig_target *target) {
    if (target->nodes.n == 0)
        return MIG_NONE;
    if (target->nodes.n == 1)
        return target->nodes.items[0];
    if (target->symbol == MIG_SYMBOL_CURRENT)
        return fail_currents(ctx, graph, &target->nodes);
    fail_heads(ctx, graph, &target->nodes);
    return MIG_NONE;
}

size_t mig_target_one(mig_ctx *ctx, const mig_applied *applied, mig_str text) {
    mig_target target;
    size_t node;

    if (!mig_target_read(ctx, applied, text, &target))
        return MIG_NONE;
    if (target.symbol == MIG_SYMBOL_NONE) {
        fail_relative(ctx, &target);
        return MIG_NONE;
    }
    node = mig_target_single(ctx, applied->graph, &target);
    if (node != MIG_NONE || mig_ctx_error(ctx) != NULL)
        return node;
    mig_fail(ctx, MIG_E_UNKNOWN, "\"%.*s\" names no revision", MIG_FMT(target.text));
    if (applied->graph->n == 0)
        mig_hint(ctx, "The catalog is empty. Load the scripts first: SELECT "
                      "migrate_load('directory').");
    else
        mig_hint(ctx, "%s",
                 target.base ? "Base is the state before the first revision. Name an id."
                             : "No revision is applied. Name an id.");
    return MIG_NONE;
}

bool mig_target_many(mig_ctx *ctx, const mig_applied *applied, mig_str targets, mig_nodes *nodes) {
    bool *seen = mig_alloc_zero(ctx, applied->graph->n, sizeof *seen);
    mig_str word;

    if (seen == NULL)
        return false;
    while (mig_str_next_word(&targets, &word))
        if (!many_add(ctx, applied, word, seen, nodes))
            return false;
    return true;
}

bool mig_target_range(mig_str text, mig_str *from, mig_str *to) {
    size_t at;

    if (!mig_str_find(text, ':', &at))
        return false;
    *from = mig_str_trim(mig_str_sub(text, 0, at));
    *to = mig_str_trim(mig_str_sub(text, at + 1, text.n));
    return true;
}
