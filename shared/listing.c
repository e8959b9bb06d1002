/*
 * listing.c: current, heads, branches, history, show: what the catalog holds and what is in force.
 *
 * Each listing is a choice of nodes and two ways to say them: rows, and Alembic's lines. Nothing
 * here writes, looks at files, or needs the tables to exist.
 */
#include "command.h"

#include <string.h>

#include "value.h"

#define N_COLUMNS 10

static const mig_str no_arg = {NULL, 0};

/* ---- one revision as a row --------------------------------------------------------------- */

static mig_str flags_text(mig_ctx *ctx, const mig_state *state, size_t node) {
    const mig_graph *graph = state->graph;
    mig_list flags;

    memset(&flags, 0, sizeof flags);
    if (mig_graph_is_head(graph, node))
        mig_list_add(ctx, &flags, MIG_STR("head"));
    if (mig_graph_is_effective_head(graph, node))
        mig_list_add(ctx, &flags, MIG_STR("effective_head"));
    if (graph->children.first[node + 1] - graph->children.first[node] > 1)
        mig_list_add(ctx, &flags, MIG_STR("branchpoint"));
    if (graph->parents.first[node + 1] - graph->parents.first[node] > 1)
        mig_list_add(ctx, &flags, MIG_STR("mergepoint"));
    if (state->revisions[node].missing)
        mig_list_add(ctx, &flags, MIG_STR("missing"));
    if (state->applied.stamped[node])
        mig_list_add(ctx, &flags, MIG_STR("stamped"));
    return mig_str_join(ctx, flags.items, flags.n, ",");
}

static void row_fill(mig_ctx *ctx, const mig_state *state, size_t node, mig_value *cols) {
    const mig_revision *rev = &state->revisions[node];

    cols[0] = mig_value_text(rev->id);
    cols[1] = mig_value_text(mig_links_text(ctx, &rev->revises));
    cols[2] = mig_value_text(mig_links_text(ctx, &rev->depends_on));
    cols[3] = mig_value_text(mig_links_text(ctx, &rev->labels));
    cols[4] = mig_value_text(state->applied.in[node] ? MIG_STR("applied") : MIG_STR("pending"));
    cols[5] = mig_value_text(flags_text(ctx, state, node));
    cols[6] = mig_value_text(rev->message);
    cols[7] = mig_value_text(rev->created);
    cols[8] = mig_value_text(state->applied_at[node]);
    cols[9] = mig_value_text(rev->source);
}

static bool rows_emit(mig_ctx *ctx, const mig_state *state, const mig_nodes *nodes) {
    mig_value cols[N_COLUMNS];
    mig_mark mark = mig_arena_mark(ctx);
    size_t i;

    for (i = 0; i < nodes->n; i++) {
        row_fill(ctx, state, nodes->items[i], cols);
        if (mig_ctx_error(ctx) != NULL || !mig_ctx_host(ctx)->row(ctx, cols, N_COLUMNS))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- one revision as a line -------------------------------------------------------------- */

/* "parents -> id (labels) (head), message". Nearly every head is an effective one: in a line that is no news. */
static void line_words(mig_buf *buf, mig_str list) {
    mig_str word;

    while (mig_str_next_word(&list, &word))
        if (!mig_str_is(word, "effective_head"))
            mig_buf_addf(buf, " (%.*s)", MIG_FMT(word));
}

static void line_id(mig_ctx *ctx, mig_buf *buf, const mig_state *state, size_t node) {
    const mig_revision *rev = &state->revisions[node];

    mig_buf_add(buf, rev->id);
    if (rev->labels.n > 0)
        mig_buf_addf(buf, " (%.*s)",
                     MIG_FMT(mig_str_join(ctx, rev->labels.items, rev->labels.n, ", ")));
    line_words(buf, flags_text(ctx, state, node));
}

static void line_parents(mig_ctx *ctx, mig_buf *buf, const mig_revision *rev) {
    if (rev->revises.n == 0)
        mig_buf_add_z(buf, "<base>");
    else
        mig_buf_add(buf, mig_str_join(ctx, rev->revises.items, rev->revises.n, ", "));
    if (rev->depends_on.n > 0)
        mig_buf_addf(buf, " (%.*s)",
                     MIG_FMT(mig_str_join(ctx, rev->depends_on.items, rev->depends_on.n, ", ")));
    mig_buf_add_z(buf, " -> ");
}

static bool lines_emit(mig_ctx *ctx, const mig_state *state, const mig_nodes *nodes, bool history) {
    mig_mark mark = mig_arena_mark(ctx);
    const mig_revision *rev;
    mig_buf buf;
    size_t i;

    for (i = 0; i < nodes->n; i++) {
        rev = &state->revisions[nodes->items[i]];
        buf = mig_buf_new(ctx);
        if (history)
            line_parents(ctx, &buf, rev);
        line_id(ctx, &buf, state, nodes->items[i]);
        if (history && state->applied.in[nodes->items[i]])
            mig_buf_add_z(&buf, " (applied)");
        if (rev->message.n > 0)
            mig_buf_addf(&buf, ", %.*s", MIG_FMT(rev->message));
        if (!mig_answer(ctx, "%.*s", MIG_FMT(mig_buf_str(&buf))))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- the choices ------------------------------------------------------------------------- */

typedef bool (*choose_fn)(mig_ctx *ctx, const mig_state *state, mig_str arg, mig_nodes *nodes);

static bool choose_current(mig_ctx *ctx, const mig_state *state, mig_str arg, mig_nodes *nodes) {
    (void)arg;
    return mig_graph_maximal(ctx, state->graph, state->applied.in, nodes);
}

static bool choose_heads(mig_ctx *ctx, const mig_state *state, mig_str arg, mig_nodes *nodes) {
    (void)arg;
    return mig_graph_heads(ctx, state->graph, false, nodes);
}

static bool choose_branches(mig_ctx *ctx, const mig_state *state, mig_str arg, mig_nodes *nodes) {
    const mig_links *children = &state->graph->children;
    size_t i, node;

    (void)arg;
    for (i = 0; i < state->n; i++) {
        node = state->graph->order[i];
        if (children->first[node + 1] - children->first[node] > 1 &&
            !mig_nodes_add(ctx, nodes, node))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool choose_history(mig_ctx *ctx, const mig_state *state, mig_str arg, mig_nodes *nodes) {
    return mig_plan_history(ctx, &state->applied, arg, nodes);
}

static bool list_open(mig_ctx *ctx, mig_str arg, choose_fn choose, mig_state *state,
                      mig_nodes *nodes) {
    memset(nodes, 0, sizeof *nodes);
    return mig_state_read(ctx, MIG_SNAPSHOT_CALLER, state) &&
           choose(ctx, state, mig_str_trim(arg), nodes);
}

static bool list_rows(mig_ctx *ctx, mig_str arg, choose_fn choose) {
    mig_state state;
    mig_nodes nodes;

    return list_open(ctx, arg, choose, &state, &nodes) && rows_emit(ctx, &state, &nodes);
}

static bool list_lines(mig_ctx *ctx, mig_str arg, choose_fn choose, bool history) {
    mig_state state;
    mig_nodes nodes;

    return list_open(ctx, arg, choose, &state, &nodes) && lines_emit(ctx, &state, &nodes, history);
}

MIG_COMMAND(mig_cmd_current) {
    (void)args;
    (void)n_args;
    return list_rows(ctx, no_arg, choose_current);
}

MIG_COMMAND(mig_cmd_heads) {
    (void)args;
    (void)n_args;
    return list_rows(ctx, no_arg, choose_heads);
}

MIG_COMMAND(mig_cmd_branches) {
    (void)args;
    (void)n_args;
    return list_rows(ctx, no_arg, choose_branches);
}

MIG_COMMAND(mig_cmd_history) {
    mig_str range;

    return mig_arg_text(ctx, "migrate_history", "range", args, n_args, 0, &range) &&
           list_rows(ctx, range, choose_history);
}

MIG_COMMAND(mig_cmd_current_lines) {
    (void)args;
    (void)n_args;
    return list_lines(ctx, no_arg, choose_current, false);
}

MIG_COMMAND(mig_cmd_heads_lines) {
    (void)args;
    (void)n_args;
    return list_lines(ctx, no_arg, choose_heads, false);
}

MIG_COMMAND(mig_cmd_history_lines) {
    mig_str range;

    return mig_arg_text(ctx, "migrate_history", "range", args, n_args, 0, &range) &&
           list_lines(ctx, range, choose_history, true);
}

/* A branch point, then "  -> child" for each child. */
MIG_COMMAND(mig_cmd_branches_lines) {
    mig_state state;
    mig_nodes nodes, one;
    const mig_links *children;
    size_t i, c;

    (void)args;
    (void)n_args;
    if (!list_open(ctx, no_arg, choose_branches, &state, &nodes))
        return false;
    children = &state.graph->children;
    for (i = 0; i < nodes.n; i++) {
        one.items = &nodes.items[i];
        one.n = 1;
        if (!lines_emit(ctx, &state, &one, false))
            return false;
        for (c = children->first[nodes.items[i]]; c < children->first[nodes.items[i] + 1]; c++)
            mig_answer(ctx, "  -> %.*s", MIG_FMT(state.revisions[children->item[c]].id));
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- show -------------------------------------------------------------------------------- */

/* No argument: the current revisions. */
static bool show_nodes(mig_ctx *ctx, const mig_state *state, mig_str id, mig_nodes *nodes) {
    if (id.n == 0)
        id = MIG_STR("current");
    return mig_target_many(ctx, &state->applied, id, nodes);
}

/* Takes one revision of a show: its columns, description and script. */
typedef bool (*show_fn)(mig_ctx *ctx, mig_value *cols, mig_str description, mig_str script);

static bool show_each(mig_ctx *ctx, const mig_value *args, size_t n_args, show_fn show) {
    mig_value cols[N_COLUMNS + 2];
    mig_str id, description, script;
    mig_state state;
    mig_nodes nodes;
    size_t i;

    if (!mig_arg_text(ctx, "migrate_show", "revision", args, n_args, 0, &id) ||
        !list_open(ctx, id, show_nodes, &state, &nodes))
        return false;
    for (i = 0; i < nodes.n; i++) {
        row_fill(ctx, &state, nodes.items[i], cols);
        description = (mig_str){NULL, 0};
        if (!mig_store_description(ctx, cols[0].text, &description) ||
            !mig_store_scripts(ctx, &cols[0].text, 1, &script) ||
            !show(ctx, cols, description, script))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool show_row(mig_ctx *ctx, mig_value *cols, mig_str description, mig_str script) {
    cols[N_COLUMNS] = mig_value_text(description);
    cols[N_COLUMNS + 1] = mig_value_text(script);
    return mig_ctx_host(ctx)->row(ctx, cols, N_COLUMNS + 2);
}

/* The script holds the description. */
static bool show_lines(mig_ctx *ctx, mig_value *cols, mig_str description, mig_str script) {
    static const char *const names[] = {"Revision", "Revises", "Depends On", "Branch Labels",
                                        "State",    "Flags",   "Message",    "Create Date",
                                        "Applied",  "Source"};
    mig_str line;
    size_t c;

    (void)description;
    for (c = 0; c < N_COLUMNS; c++)
        if (cols[c].text.n > 0)
            mig_answer(ctx, "%s: %.*s", names[c], MIG_FMT(cols[c].text));
    mig_answer(ctx, "%s", "");
    while (mig_str_next_line(&script, &line))
        mig_answer(ctx, "%.*s", MIG_FMT(line));
    return mig_ctx_error(ctx) == NULL;
}

MIG_COMMAND(mig_cmd_show) {
    return show_each(ctx, args, n_args, show_row);
}

MIG_COMMAND(mig_cmd_show_lines) {
    return show_each(ctx, args, n_args, show_lines);
}
