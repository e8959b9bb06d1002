/*
 * stamp.c: migrate_stamp: says what is applied without running anything.
 *
 * The road is that of an upgrade: look without a lock, then lock, look again, write.
 */
#include "command.h"
#include "setting.h"

#include <string.h>

#include "partial.h"

typedef struct stamp {
    mig_str targets, confirm;
    bool purge;
    mig_session session;
    bool *after;
} stamp;

static bool stamp_plan(mig_ctx *ctx, stamp *self) {
    mig_state *state = &self->session.state;

    self->after = mig_alloc_zero(ctx, state->n, sizeof *self->after);
    return self->after != NULL &&
           mig_plan_stamp(ctx, &state->applied, self->targets, self->purge, self->after);
}

static bool stamp_changes(const stamp *self) {
    const mig_state *state = &self->session.state;

    return state->n > 0 && memcmp(self->after, state->applied.in, state->n * sizeof(bool)) != 0;
}

/* Asked before the lock and under it, as for a downgrade. */
static bool stamp_consent(mig_ctx *ctx, const stamp *self) {
    return !self->purge ||
           mig_consent_production(ctx, "migrate_stamp", "a stamp with purge", self->confirm);
}

static bool stamp_log(mig_ctx *ctx, mig_state *state, size_t node, bool added) {
    mig_log_row log;

    log.action = "stamp";
    log.revision = state->revisions[node].id;
    log.at = mig_time_iso(ctx, mig_ctx_host(ctx)->now(ctx));
    log.outcome = "ok";
    log.detail = added ? MIG_STR("marked as applied") : MIG_STR("marked as not applied");
    log.duration_ms = -1;
    return mig_store_log_add(ctx, &log, &state->last_log);
}

static bool stamp_node(mig_ctx *ctx, mig_state *state, size_t node, bool add) {
    mig_applied_row row;

    if (!add)
        return mig_store_applied_remove(ctx, state->revisions[node].id) &&
               stamp_log(ctx, state, node, false);
    row.revision = state->revisions[node].id;
    row.at = mig_time_iso(ctx, mig_ctx_host(ctx)->now(ctx));
    row.seq = ++state->last_seq;
    row.stamped = true;
    row.ran = MIG_STR("");
    return mig_store_applied_add(ctx, &row) && stamp_log(ctx, state, node, true);
}

/* Removals first, backwards; then additions in plan order. */
static bool stamp_write(mig_ctx *ctx, stamp *self) {
    mig_state *state = &self->session.state;
    const size_t *order = state->graph->order;
    size_t i;

    for (i = state->n; i-- > 0;)
        if (state->applied.in[order[i]] && !self->after[order[i]] &&
            !stamp_node(ctx, state, order[i], false))
            return false;
    for (i = 0; i < state->n; i++)
        if (!state->applied.in[order[i]] && self->after[order[i]] &&
            !stamp_node(ctx, state, order[i], true))
            return false;
    return mig_ctx_host(ctx)->impatient == NULL || mig_partial_clear(ctx);
}

static bool stamp_locked(mig_ctx *ctx, stamp *self) {
    mig_state *state = &self->session.state;
    mig_str before, now;
    bool changes;

    changes = stamp_plan(ctx, self) && stamp_consent(ctx, self) && stamp_changes(self);
    before = mig_applied_text(ctx, &state->applied, false);
    if (changes && mig_session_may_act(ctx, &self->session))
        stamp_write(ctx, self);
    if (!mig_session_end(ctx))
        return false;
    if (!changes)
        return mig_answer_nothing(ctx, state);
    memcpy(state->applied.in, self->after, state->n * sizeof(bool));
    now = mig_applied_text(ctx, &state->applied, false);
    return mig_answer(ctx, "Running stamp_revision %.*s -> %.*s", MIG_FMT(before), MIG_FMT(now)) &&
           mig_answer_state(ctx, state);
}

MIG_COMMAND(mig_cmd_stamp) {
    stamp self;
    mig_option options[2];

    memset(&self, 0, sizeof self);
    options[0] = (mig_option){"purge", MIG_OPTION_BOOL, &self.purge, false};
    options[1] = (mig_option){"confirm", MIG_OPTION_TEXT, &self.confirm, false};
    if (!mig_arg_required(ctx, "migrate_stamp", "list of revisions", args, n_args, 0,
                          &self.targets) ||
        !mig_options_parse(ctx, "migrate_stamp", n_args > 1 ? &args[1] : NULL, options, 2) ||
        !mig_ctx_host(ctx)->check_writable(ctx, "migrate_stamp") || !stamp_consent(ctx, &self) ||
        !mig_session_look(ctx, &self.session, MIG_SNAPSHOT_FRESH, MIG_FILES_LOOK,
                          "Nothing was stamped") ||
        !stamp_plan(ctx, &self) || !mig_session_notes(ctx, &self.session))
        return false;
    if (!stamp_changes(&self) && mig_intake_reported(&self.session.intake) == 0)
        return mig_answer_nothing(ctx, &self.session.state);
    return mig_session_begin(ctx, &self.session, "Nothing was stamped") && stamp_locked(ctx, &self);
}
