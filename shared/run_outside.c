/*
 * run_outside.c: sections outside a transaction, and how far a revision is that does not commit at
 * once.
 *
 * An online run knows at every statement of such a section what is committed: before the statement
 * the place is written down (partial.h), so that a run which is killed in it is taken up there.
 */
#include "run_part.h"

#include <string.h>

/* ---- partial progress -------------------------------------------------------------------- */

const mig_partial *mig_run_partial_find(const mig_runner *self, mig_str id) {
    size_t i;

    for (i = 0; i < self->n_partials; i++)
        if (mig_str_eq(self->partials[i].revision, id))
            return &self->partials[i];
    return NULL;
}

bool mig_run_partial_forget(mig_ctx *ctx, const mig_runner *self, const mig_revision *rev) {
    return (!self->kept && mig_run_partial_find(self, rev->id) == NULL) ||
           mig_partial_delete(ctx, rev->id);
}

void mig_run_partial_start(mig_runner *self, const mig_step *step) {
    memset(&self->here, 0, sizeof self->here);
    self->kept = false;
    self->here.revision = step->revision->id;
    self->here.down = step->down;
    self->left = self->session->online ? mig_run_partial_find(self, step->revision->id) : NULL;
    if (self->left != NULL && self->left->down != step->down)
        self->left = NULL;
    self->partly = self->partly ||
                   (self->left != NULL && (self->left->section > 0 || self->left->statement > 0));
}

bool mig_run_partial_done(mig_ctx *ctx, mig_runner *self, bool *done) {
    const mig_partial *left = self->left;

    *done = left != NULL &&
            (self->here.section < left->section ||
             (self->here.section == left->section && self->here.statement < left->statement));
    if (*done || left == NULL)
        return true;
    if (strcmp(left->hash, self->here.hash) == 0 && self->here.section == left->section &&
        self->here.statement == left->statement) {
        self->left = NULL;
        return true;
    }
    mig_fail(ctx, MIG_E_CHECKSUM,
             "the part of revision \"%.*s\" that an earlier run has committed was changed",
             MIG_FMT(left->revision));
    mig_hint(ctx,
             "Put its text back as it was and call again. Or undo by hand what that part did, and "
             "forget it: DELETE FROM %s WHERE key = 'partial %.*s'.",
             mig_table_name(mig_ctx_host(ctx)->engine, MIG_STR("meta")), MIG_FMT(left->revision));
    return false;
}

bool mig_run_partial_note(mig_ctx *ctx, mig_runner *self) {
    if (!self->session->online || !self->more || !self->step.outside || self->left != NULL)
        return true;
    self->kept = true;
    return mig_partial_put(ctx, &self->here);
}

/* Writes down how far the revision is. */
static bool partial_commit(mig_ctx *ctx, mig_runner *self) {
    mig_host *host = mig_ctx_host(ctx);

    self->kept = true;
    return host->unit_begin(ctx) && mig_partial_put(ctx, &self->here) && host->unit_commit(ctx);
}

/* ---- the section ------------------------------------------------------------------------- */

/* Did the error come before the section had any effect? */
static bool at_first_statement(mig_ctx *ctx, const mig_step *step) {
    const mig_error *error = mig_ctx_error(ctx);
    const mig_statement *second = step->n_statements > 1 ? &step->statements[1] : NULL;

    if (error == NULL || error->line == 0)
        return false;
    return second == NULL || error->line < second->line ||
           (error->line == second->line && error->column < second->column);
}

/* Asked at once: what follows uses the host for other things. */
static bool statement_failed(mig_ctx *ctx, mig_runner *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;

    if (host->leftover == NULL || !mig_take_error(ctx, &error))
        return false;
    if (!host->leftover(ctx, &self->left_over))
        self->left_over.n = 0;
    return mig_raise(ctx, &error);
}

/* One statement of the section, unless an earlier run has done it. */
static bool statement_run(mig_ctx *ctx, mig_runner *self, mig_section_run section, size_t i) {
    bool done;

    section.statements += i;
    section.n_statements = 1;
    section.n_before += i;
    section.again = self->left != NULL;
    self->here.statement = i;
    if (!mig_run_partial_done(ctx, self, &done))
        return false;
    if (!done) {
        if (i > 0 && !partial_commit(ctx, self))
            return false;
        if (!mig_ctx_host(ctx)->run_outside(ctx, &section))
            return statement_failed(ctx, self);
        self->partly = true;
    }
    return mig_partial_pass(
        ctx, &self->here,
        mig_str_sub(section.text, section.statements->start, section.statements->length));
}

/* Statement by statement, so that what has run is known whatever happens. */
static bool outside_online(mig_ctx *ctx, mig_runner *self, const mig_section_run *section) {
    mig_mark mark = mig_arena_mark(ctx);
    bool skipped;
    size_t i;

    for (i = 0; i < section->n_statements; i++) {
        if (!statement_run(ctx, self, *section, i))
            return false;
        mig_arena_release(ctx, mark);
    }
    skipped = self->left != NULL;
    self->here.section++;
    self->here.statement = 0;
    return skipped || partial_commit(ctx, self);
}

bool mig_run_outside(mig_ctx *ctx, mig_runner *self) {
    mig_section_run section;

    self->partly = self->partly || self->n_ran > 0;
    section = mig_run_section(ctx, &self->step);
    if (mig_ctx_error(ctx) == NULL && self->session->online)
        return outside_online(ctx, self, &section);
    if (mig_ctx_error(ctx) != NULL || !mig_ctx_host(ctx)->run_outside(ctx, &section)) {
        self->partly = self->partly || !at_first_statement(ctx, &self->step);
        return false;
    }
    self->partly = true;
    return true;
}

/* Between the parts of the run others could get in: what was planned must still hold. */
static bool resume_check(mig_ctx *ctx, const mig_runner *self) {
    mig_session *session = self->session;
    mig_state now;
    size_t i, node;

    if (!mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &now))
        return false;
    for (i = 0; i < session->state.n; i++) {
        node = mig_graph_find(now.graph, session->state.revisions[i].id);
        if (node == MIG_NONE || now.applied.in[node] != session->state.applied.in[i]) {
            mig_fail(ctx, MIG_E_STALE, "another session migrated this database meanwhile");
            mig_hint(ctx, "Run the command again: it goes on from where the database is now.");
            return false;
        }
    }
    session->state.last_seq = now.last_seq;
    session->state.last_log = now.last_log;
    return true;
}

bool mig_run_reopen(mig_ctx *ctx, mig_runner *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_mark mark = mig_arena_mark(ctx);

    if (self->session->online)
        return host->unit_begin(ctx);
    if (!host->unit_begin(ctx) || !mig_run_lock(ctx) || !resume_check(ctx, self))
        return false;
    mig_arena_release(ctx, mark);
    return true;
}
