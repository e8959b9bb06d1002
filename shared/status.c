/*
 * status.c: migrate_status, migrate_log, migrate_assert_current.
 *
 * The remembered directories are looked at, so that a script that was written and not loaded counts
 * as pending, and an edited one as changed. Nothing is stored.
 */
#include "command.h"

#include <string.h>

#include "value.h"

typedef struct status {
    mig_session session;
    size_t applied, pending, changed, missing;
    mig_str current, heads, last_run;
} status;

static mig_str nodes_text(mig_ctx *ctx, const mig_state *state, const mig_nodes *nodes,
                          const char *separator) {
    mig_list ids;
    size_t i;

    memset(&ids, 0, sizeof ids);
    for (i = 0; i < nodes->n; i++)
        if (!mig_list_add(ctx, &ids, state->revisions[nodes->items[i]].id))
            return (mig_str){NULL, 0};
    return mig_str_join(ctx, ids.items, ids.n, separator);
}

static bool status_count(mig_ctx *ctx, status *self) {
    const mig_state *state = &self->session.state;
    const mig_intake *intake = &self->session.intake;
    mig_nodes current, heads;
    size_t i;

    memset(&current, 0, sizeof current);
    memset(&heads, 0, sizeof heads);
    for (i = 0; i < state->n; i++) {
        if (state->applied.in[i])
            self->applied++;
        else
            self->pending++;
        if (state->revisions[i].missing)
            self->missing++;
    }
    self->changed = intake->edited + mig_intake_count(intake, MIG_CHANGE_UPDATED);
    if (!mig_graph_maximal(ctx, state->graph, state->applied.in, &current) ||
        !mig_graph_heads(ctx, state->graph, false, &heads))
        return false;
    self->current = nodes_text(ctx, state, &current, ",");
    self->heads = nodes_text(ctx, state, &heads, ",");
    return mig_ctx_error(ctx) == NULL;
}

static bool status_read(mig_ctx *ctx, status *self) {
    memset(self, 0, sizeof *self);
    return mig_session_peek(ctx, &self->session, MIG_FILES_LOOK) && status_count(ctx, self) &&
           (!self->session.state.exists || mig_store_last_run(ctx, &self->last_run));
}

MIG_COMMAND(mig_cmd_status) {
    mig_value cols[7];
    status self;

    (void)args;
    (void)n_args;
    if (!status_read(ctx, &self) || !mig_session_notices(ctx, &self.session))
        return false;
    cols[0] = mig_value_text(self.current);
    cols[1] = mig_value_text(self.heads);
    cols[2] = mig_value_int((int64_t)self.applied);
    cols[3] = mig_value_int((int64_t)self.pending);
    cols[4] = mig_value_int((int64_t)self.changed);
    cols[5] = mig_value_int((int64_t)self.missing);
    cols[6] = mig_value_text(self.last_run);
    return mig_ctx_host(ctx)->row(ctx, cols, 7);
}

MIG_COMMAND(mig_cmd_status_lines) {
    status self;

    (void)args;
    (void)n_args;
    if (!status_read(ctx, &self))
        return false;
    mig_session_notes(ctx, &self.session);
    mig_answer(ctx, "Current: %.*s", MIG_FMT(self.current.n > 0 ? self.current : MIG_STR("base")));
    mig_answer(ctx, "Heads: %.*s", MIG_FMT(self.heads));
    mig_answer(ctx, "Applied: %zu, pending: %zu, changed: %zu, missing: %zu", self.applied,
               self.pending, self.changed, self.missing);
    return mig_answer(ctx, "Last run: %.*s",
                      MIG_FMT(self.last_run.n > 0 ? self.last_run : MIG_STR("never")));
}

MIG_COMMAND(mig_cmd_log) {
    (void)args;
    (void)n_args;
    return mig_store_log_list(ctx);
}

MIG_COMMAND(mig_cmd_log_lines) {
    (void)args;
    (void)n_args;
    return mig_store_log_lines(ctx);
}

/* ---- assert_current ---------------------------------------------------------------------- */

static bool not_current(mig_ctx *ctx, const mig_state *state) {
    mig_nodes pending;
    mig_str at = mig_applied_text(ctx, &state->applied, false), names;
    size_t i;

    memset(&pending, 0, sizeof pending);
    for (i = 0; i < state->n; i++)
        if (!state->applied.in[state->graph->order[i]] &&
            !mig_nodes_add(ctx, &pending, state->graph->order[i]))
            return false;
    names = nodes_text(ctx, state, &pending, ", ");
    mig_fail(ctx, MIG_E_NOT_CURRENT, "target database is not up to date: %zu pending", pending.n);
    mig_detail(ctx, "The database is at %.*s. Pending: %.*s.", MIG_FMT(at), MIG_FMT(names));
    mig_hint(ctx, "Run SELECT migrate_upgrade('heads').");
    return false;
}

/* Nothing to be at: the wrong database, or one that nobody has loaded anything into. */
static bool catalog_empty(mig_ctx *ctx) {
    mig_fail(ctx, MIG_E_NOT_CURRENT, "target database is not up to date: its catalog is empty");
    mig_hint(ctx, "Is it the right database? If it is, load the scripts first: SELECT "
                  "migrate_load('directory').");
    return false;
}

MIG_COMMAND(mig_cmd_assert_current) {
    mig_session session;
    mig_str at;

    (void)args;
    (void)n_args;
    if (!mig_session_look(ctx, &session, MIG_SNAPSHOT_CALLER, MIG_FILES_LOOK,
                          "The state is not known"))
        return false;
    if (session.state.n == 0)
        return catalog_empty(ctx);
    if (!mig_applied_at_heads(&session.state.applied))
        return not_current(ctx, &session.state);
    at = mig_applied_text(ctx, &session.state.applied, true);
    return mig_session_notes(ctx, &session) && mig_answer(ctx, "Up to date at %.*s", MIG_FMT(at));
}
