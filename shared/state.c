/*
 * state.c: see state.h.
 *
 * Three queries collect rows; then the graph is built, and the applied rows find their nodes in it.
 * Rows come in no order: sorting is the graph's, bytewise, because collations differ.
 */
#include "state.h"

#include <limits.h>
#include <string.h>

/* ---- rows -------------------------------------------------------------------------------- */

/* What mig_state_read collects before the graph exists. */
typedef struct reading {
    mig_state *state;
    size_t room;
    mig_applied_row *rows;
    size_t n_rows, rows_room;
} reading;

/* Numbers that are counted on from. The limit leaves room for every run there will ever be. */
static bool number_check(mig_ctx *ctx, const mig_value *value, const char *table,
                         const char *column) {
    if (value->type == MIG_INT && value->integer > 0 && value->integer < INT64_MAX / 2)
        return true;
    mig_fail(ctx, MIG_E_CORRUPT, "the table %s of migrate has an invalid number in column %s",
             table, column);
    mig_hint(ctx, "The table was changed by hand: give its rows the numbers 1, 2, 3 ... again, in "
                  "their order.");
    return false;
}

static int64_t size_clamped(int64_t size) {
    if (size < 0)
        return 0;
    return size < (int64_t)MIG_MAX_SCRIPT ? size : (int64_t)MIG_MAX_SCRIPT;
}

static bool list_of_text(mig_ctx *ctx, mig_str text, mig_list *list) {
    mig_str word;

    while (mig_str_next_word(&text, &word))
        if (!mig_list_add(ctx, list, word))
            return false;
    return true;
}

/* Copies the texts of a row into one piece of memory. */
static bool texts_copy(mig_ctx *ctx, const mig_value *cols, mig_str *texts, size_t n) {
    size_t size = 0, i;
    char *p;

    for (i = 0; i < n; i++)
        size += cols[i].text.n + 1;
    p = mig_alloc(ctx, size);
    if (p == NULL)
        return false;
    for (i = 0; i < n; i++) {
        texts[i] = (mig_str){p, cols[i].text.n};
        if (texts[i].n > 0)
            memcpy(p, cols[i].text.p, texts[i].n);
        p[texts[i].n] = '\0';
        p += texts[i].n + 1;
    }
    return true;
}

/* The revisions get their room at once: what mig_grow leaves behind would be as much again. */
static mig_revision *revision_add(mig_ctx *ctx, reading *r, int64_t n_all) {
    mig_state *state = r->state;

    if (n_all > (int64_t)MIG_MAX_REVISIONS || state->n >= MIG_MAX_REVISIONS) {
        mig_fail(ctx, MIG_E_LIMIT, "the catalog has more than %zu revisions", MIG_MAX_REVISIONS);
        return NULL;
    }
    if (state->n == 0 && n_all > 0) {
        state->revisions = mig_alloc(ctx, (size_t)n_all * sizeof *state->revisions);
        r->room = (size_t)n_all;
    }
    state->revisions =
        mig_grow(ctx, state->revisions, state->n, &r->room, sizeof *state->revisions);
    return state->revisions == NULL ? NULL : &state->revisions[state->n];
}

static bool revision_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    reading *r = arg;
    mig_revision *rev = revision_add(ctx, r, cols[17].integer);
    mig_str text[14];

    (void)n;
    if (rev == NULL || !texts_copy(ctx, cols, text, 14))
        return false;
    memset(rev, 0, sizeof *rev);
    rev->id = text[0];
    rev->message = text[4];
    rev->created = text[5];
    rev->source = text[6];
    rev->directory = text[7];
    rev->file_stamp = text[8];
    rev->up_checksum = text[9];
    rev->down_checksum = text[10];
    rev->text_hash = text[11];
    rev->up_facts = text[12];
    rev->down_facts = text[13];
    rev->size = size_clamped(cols[14].integer);
    rev->first_line =
        cols[15].integer > 0 && cols[15].integer < INT_MAX ? (int)cols[15].integer : 1;
    rev->missing = cols[16].integer != 0;
    if (!mig_time_parse(rev->created, &rev->created_at))
        rev->created_at = INT64_MAX;
    r->state->n++;
    return list_of_text(ctx, text[1], &rev->revises) &&
           list_of_text(ctx, text[2], &rev->depends_on) &&
           list_of_text(ctx, text[3], &rev->labels) && mig_ctx_error(ctx) == NULL;
}

static bool applied_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    reading *r = arg;
    mig_applied_row *rows = mig_grow(ctx, r->rows, r->n_rows, &r->rows_room, sizeof *rows);

    (void)n;
    if (rows == NULL || !number_check(ctx, &cols[1], "applied", "seq"))
        return false;
    r->rows = rows;
    rows += r->n_rows++;
    rows->revision = mig_str_copy(ctx, cols[0].text);
    rows->seq = cols[1].integer;
    rows->at = mig_str_copy(ctx, cols[2].text);
    rows->stamped = cols[3].integer != 0;
    rows->ran = mig_str_copy(ctx, cols[4].text);
    return mig_ctx_error(ctx) == NULL;
}

static bool log_id_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(int64_t *)arg = cols[0].integer;
    return number_check(ctx, &cols[0], "log", "id");
}

/* ---- the graph and the applied set ------------------------------------------------------- */

/* Gives the node arrays of state their room. */
static bool state_arrays(mig_ctx *ctx, mig_state *state) {
    state->applied.graph = state->graph;
    state->applied.in = mig_alloc_zero(ctx, state->n, sizeof(bool));
    state->applied.seq = mig_alloc_zero(ctx, state->n, sizeof(int64_t));
    state->applied.stamped = mig_alloc_zero(ctx, state->n, sizeof(bool));
    state->applied_at = mig_alloc_zero(ctx, state->n, sizeof(mig_str));
    state->ran = mig_alloc_zero(ctx, state->n, sizeof(mig_str));
    return mig_ctx_error(ctx) == NULL;
}

static bool applied_unknown(mig_ctx *ctx, mig_str id) {
    mig_fail(ctx, MIG_E_CORRUPT, "can't locate revision identified by \"%.*s\"", MIG_FMT(id));
    mig_detail(ctx, "The revision is applied, but the catalog does not have it.");
    mig_hint(ctx, "Load the directory that holds it, or restore the row of the table revision.");
    return false;
}

static bool applied_open(mig_ctx *ctx, const mig_state *state, size_t node, size_t below) {
    mig_fail(ctx, MIG_E_CORRUPT, "revision \"%.*s\" is applied, but \"%.*s\" below it is not",
             MIG_FMT(state->revisions[node].id), MIG_FMT(state->revisions[below].id));
    mig_hint(ctx, "The table applied was changed by hand; put it right with migrate_stamp after "
                  "restoring the missing row.");
    return false;
}

/* Every parent and dependency of an applied revision is applied. */
static bool applied_closed(mig_ctx *ctx, const mig_state *state) {
    const mig_links *links[2];
    size_t node, k, i;

    links[0] = &state->graph->parents;
    links[1] = &state->graph->deps;
    for (node = 0; node < state->n; node++)
        for (k = 0; state->applied.in[node] && k < 2; k++)
            for (i = links[k]->first[node]; i < links[k]->first[node + 1]; i++)
                if (!state->applied.in[links[k]->item[i]])
                    return applied_open(ctx, state, node, links[k]->item[i]);
    return true;
}

static bool state_place_rows(mig_ctx *ctx, mig_state *state, const reading *r) {
    size_t i, node;

    for (i = 0; i < r->n_rows; i++) {
        node = mig_graph_find(state->graph, r->rows[i].revision);
        if (node == MIG_NONE)
            return applied_unknown(ctx, r->rows[i].revision);
        mig_applied_step(&state->applied, false, node, r->rows[i].seq);
        state->applied.stamped[node] = r->rows[i].stamped;
        state->applied_at[node] = r->rows[i].at;
        state->ran[node] = r->rows[i].ran;
        if (r->rows[i].seq > state->last_seq)
            state->last_seq = r->rows[i].seq;
    }
    return applied_closed(ctx, state);
}

/* The applied rows of a state, so that they can be placed in another graph. */
static bool state_rows(mig_ctx *ctx, const mig_state *state, reading *r) {
    mig_applied_row *row;
    size_t node;

    r->rows = mig_alloc_zero(ctx, state->graph->n, sizeof *r->rows);
    for (node = 0; r->rows != NULL && node < state->graph->n; node++) {
        if (!state->applied.in[node])
            continue;
        row = &r->rows[r->n_rows++];
        row->revision = state->graph->revisions[node].id;
        row->seq = state->applied.seq[node];
        row->at = state->applied_at[node];
        row->stamped = state->applied.stamped[node];
        row->ran = state->ran[node];
    }
    return r->rows != NULL;
}

static bool state_graph(mig_ctx *ctx, mig_state *state, mig_complaints *list) {
    mig_complaints own;
    mig_complaints *to = list != NULL ? list : &own;

    memset(&own, 0, sizeof own);
    state->graph = mig_graph_new(ctx, state->revisions, state->n, to);
    if (state->graph == NULL && list == NULL)
        mig_complaints_raise(ctx, &own, "The catalog in the tables of migrate is damaged");
    return state->graph != NULL;
}

bool mig_state_build(mig_ctx *ctx, mig_state *state, mig_complaints *list) {
    reading r;

    memset(&r, 0, sizeof r);
    if (!state_rows(ctx, state, &r) || !state_graph(ctx, state, list))
        return false;
    return state_arrays(ctx, state) && state_place_rows(ctx, state, &r);
}

int64_t mig_state_version(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    return mig_ctx_error(ctx) == NULL && host->data_version != NULL ? host->data_version(ctx) : 0;
}

/* The version is that of the first query: whoever writes between it and a later one changes it. */
bool mig_state_read(mig_ctx *ctx, mig_snapshot snapshot, mig_state *state) {
    mig_host *host = mig_ctx_host(ctx);
    reading r;

    memset(state, 0, sizeof *state);
    memset(&r, 0, sizeof r);
    r.state = state;
    if (!mig_store_exists(ctx, &state->format))
        return false;
    state->exists = state->format > 0;
    state->version = mig_state_version(ctx);
    if (state->exists &&
        (!host->query(ctx,
                      "SELECT revision, revises, depends_on, labels, message, created, source, "
                      "directory, file_stamp, up_checksum, down_checksum, script_hash, up_facts, "
                      "down_facts, size, first_line, missing, (SELECT count(*) FROM {revision}) "
                      "FROM {revision}",
                      NULL, 0, snapshot, revision_row, &r) ||
         !host->query(
             ctx,
             "SELECT revision, seq, applied_at, stamped, ran_checksum FROM {applied} WHERE "
             "target {=} ''",
             NULL, 0, snapshot, applied_row, &r) ||
         !host->query(ctx, "SELECT id FROM {log} WHERE target {=} '' ORDER BY id DESC LIMIT 1",
                      NULL, 0, snapshot, log_id_row, &state->last_log)))
        return false;
    return state_graph(ctx, state, NULL) && state_arrays(ctx, state) &&
           state_place_rows(ctx, state, &r);
}
