/*
 * run_failed.c: how a run ended that did not end well: the error, and in its hint the state that the
 * database is in now.
 */
#include "run_part.h"

#include <string.h>

static bool already_exists(const mig_error *error) {
    return error->code == MIG_E_HOST &&
           (strcmp(error->sqlstate, "42P07") == 0 || strcmp(error->sqlstate, "42710") == 0 ||
            strcmp(error->sqlstate, "42701") == 0 ||
            strstr(error->message, " already exists") != NULL);
}

#define PART_RAN ", and a part of the next revision ran: undo that part by hand before you go on"
#define PART_KEPT                                                                                  \
    ", and a part of the next revision is committed: the next online run goes on behind it"

static const char *part_text(const mig_runner *self) {
    if (!self->partly)
        return "";
    return self->session->online ? PART_KEPT : PART_RAN;
}

/* Does the database say of the revision what it was to say after the commit? */
static bool record_kept(const mig_runner *self, const mig_state *now) {
    size_t node;

    if (self->n_committed == self->n_done)
        return false;
    node = mig_graph_find(now->graph,
                          self->session->state.revisions[self->records[self->n_committed].node].id);
    return node != MIG_NONE && now->applied.in[node] != self->plan->down;
}

/* A COMMIT that failed may have been kept all the same (a disk that is gone): only the database
   knows. */
static mig_str commit_outcome(mig_ctx *ctx, const mig_runner *self) {
    mig_state now;
    mig_error error;

    if (mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &now))
        return mig_str_format(ctx, "The commit failed; the database is at %.*s%s.",
                              MIG_FMT(mig_applied_text(ctx, &now.applied, false)),
                              record_kept(self, &now) ? "" : part_text(self));
    mig_take_error(ctx, &error);
    return MIG_STR("The commit failed and the state cannot be read; look with migrate_current().");
}

/* "Nothing was applied" would hide it. */
static mig_str left_text(mig_ctx *ctx, const mig_runner *self) {
    if (self->left_over.n == 0)
        return MIG_STR("");
    return mig_str_format(ctx,
                          " The statement that failed left something behind: %.*s. The next "
                          "online run repairs that first.",
                          MIG_FMT(self->left_over));
}

/* The state after a failure: what was committed counts, the rest did not happen. */
static mig_str state_after(mig_ctx *ctx, const mig_runner *self) {
    mig_state *state = &self->session->state;
    mig_str at = mig_applied_text(ctx, &state->applied, false);

    if (self->at_commit)
        return commit_outcome(ctx, self);
    if (self->n_committed == 0 && !self->partly)
        return mig_str_format(ctx, "%s was %s; the database is still at %.*s.",
                              self->left_over.n > 0 ? "No revision" : "Nothing",
                              self->plan->down ? "removed" : "applied", MIG_FMT(at));
    return mig_str_format(ctx, "%zu of %zu revisions were committed; the database is at %.*s%s.",
                          self->n_committed, self->plan->nodes.n, MIG_FMT(at), part_text(self));
}

/* Something is there already: made outside of migrate, or by a part of the revision that an earlier
   run committed. Marking the latter as applied would make a half revision a whole one. */
static void exists_advise(mig_ctx *ctx, const mig_runner *self, mig_buf *buf,
                          const char *revision) {
    bool failed = false;

    /* Of an online run that failed nothing stays but what it kept a record of. */
    if (mig_ctx_host(ctx)->impatient != NULL)
        failed = mig_run_partial_find(self, mig_str_of(revision)) != NULL;
    else if (!mig_store_failed_last(ctx, mig_str_of(revision), &failed))
        return;
    if (self->session->online && (failed || self->partly))
        return;
    if (failed)
        mig_buf_addf(
            buf,
            "\nAn earlier run of revision %s failed: undo by hand what it left behind, then "
            "upgrade again.",
            revision);
    else
        mig_buf_addf(buf,
                     "\nIf the database already has what revision %s makes, mark it as applied: "
                     "SELECT migrate_stamp('%s').",
                     revision, revision);
}

bool mig_run_failed(mig_ctx *ctx, const mig_runner *self, mig_error *error, const char *unlogged) {
    mig_str state = state_after(ctx, self), left = left_text(ctx, self);
    mig_buf buf = mig_buf_new(ctx);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (self->session->within)
        return mig_raise(ctx, error);
    if (error->hint != NULL)
        mig_buf_addf(&buf, "%s\n", error->hint);
    mig_buf_add(&buf, state);
    mig_buf_add(&buf, left);
    if (!self->plan->down && already_exists(error) && error->revision != NULL)
        exists_advise(ctx, self, &buf, error->revision);
    else if (!self->plan->down && self->n_committed == 0 && !self->partly && !self->at_commit)
        mig_buf_add_z(&buf, " No downgrade is needed: it would remove a good revision.");
    if (unlogged != NULL)
        mig_buf_addf(&buf, "\nThe failure could not be logged: %s.", unlogged);
    error->hint = mig_buf_str(&buf).p;
    return mig_raise(ctx, error);
}
