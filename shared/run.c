/*
 * run.c: see run.h.
 *
 * Book-keeping rows are collected and written at the end of a segment, in the same transaction as
 * the work: on SQLite each change of the schema makes prepared statements start anew, so that rows
 * written between the sections would cost as much as a small migration. A segment is the part of a
 * run that commits as one: the whole run, unless a section wants to be outside a transaction; then
 * the rest of its revision commits before the next revision begins. In an online run each revision is
 * a segment.
 *
 * Nothing is kept in the arena from one step to the next (the stream gives it back with its batch,
 * see steps.h); the records are allocated before the stream is opened.
 */
#include "run_part.h"

#include <string.h>

/* ---- steps ------------------------------------------------------------------------------- */

bool mig_run_lock(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    return host->lock(ctx, MIG_LOCK_CATALOG, MIG_LOCK_SHARED, "") &&
           host->lock(ctx, MIG_LOCK_TARGET, MIG_LOCK_EXCLUSIVE, "");
}

mig_section_run mig_run_section(mig_ctx *ctx, const mig_step *step) {
    mig_section_run section;

    memset(&section, 0, sizeof section);
    section.revision = mig_str_z(ctx, step->revision->id);
    section.source = mig_str_z(ctx, step->revision->source);
    section.text = step->section->text;
    section.line = step->section->line;
    section.statements = step->statements;
    section.n_statements = step->n_statements;
    section.verify = step->section->kind == MIG_SECTION_VERIFY;
    section.n_before = step->n_before;
    section.n_all = step->n_all;
    return section;
}

static bool section_run(mig_ctx *ctx, mig_runner *self, const mig_step *step) {
    mig_section_run section;
    bool done = false;

    if (!mig_run_partial_done(ctx, self, &done))
        return false;
    section = mig_run_section(ctx, step);
    if (self->session->tracer != NULL) {
        section.trace = self->session->tracer->statement;
        section.trace_arg = self->session->tracer->arg;
    }
    if (!done) {
        self->n_ran++;
        if (mig_ctx_error(ctx) != NULL || !mig_ctx_host(ctx)->run_section(ctx, &section))
            return false;
    }
    if (!self->session->online)
        return true;
    self->here.section++;
    return mig_partial_pass(ctx, &self->here, step->section->text);
}

/* What others see of the run. */
static bool step_show(mig_ctx *ctx, const mig_runner *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    mig_progress progress;

    if (host->progress == NULL)
        return mig_ctx_error(ctx) == NULL;
    memset(&progress, 0, sizeof progress);
    progress.action = self->session->tracer != NULL ? MIG_STR("dryrun")
                      : step->down                  ? MIG_STR("downgrade")
                                                    : MIG_STR("upgrade");
    progress.name = step->revision->id;
    progress.place = step->place + 1;
    progress.n_places = step->n_places;
    return host->progress(ctx, &progress);
}

static bool step_start(mig_ctx *ctx, mig_runner *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    const mig_graph *graph = self->session->state.graph;
    mig_str line = mig_step_line(ctx, graph, step->node, step->down);

    self->started = host->now(ctx);
    mig_run_partial_start(self, step);
    if (!step_show(ctx, self, step) || !host->interrupted(ctx))
        return false;
    if (self->session->tracer != NULL)
        return true;
    if (self->session->online)
        line =
            mig_str_format(ctx, "%.*s (%zu/%zu)", MIG_FMT(line), step->place + 1, step->n_places);
    return mig_answer(ctx, "%.*s", MIG_FMT(line));
}

static bool step_finish(mig_ctx *ctx, mig_runner *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    mig_run_record *r = &self->records[self->n_done];

    if (!host->check_deferred(ctx))
        return false;
    r->node = step->node;
    r->at = host->now(ctx);
    r->duration = r->at - self->started;
    self->n_done++;
    self->n_ran = 0;
    return true;
}

static bool step_run(mig_ctx *ctx, mig_runner *self, const mig_step *step) {
    mig_mark mark = mig_arena_mark(ctx);
    bool ok = false;

    switch (step->kind) {
    case MIG_STEP_START:
        ok = step_start(ctx, self, step);
        break;
    case MIG_STEP_SECTION:
        ok = section_run(ctx, self, step);
        break;
    case MIG_STEP_FINISH:
        ok = step_finish(ctx, self, step);
        break;
    }
    if (ok)
        mig_arena_release(ctx, mark);
    return ok;
}

/* ---- segments ---------------------------------------------------------------------------- */

/* Does the segment end before the step (or, where the step is no section, with it)? */
static bool segment_ends(const mig_runner *self) {
    const mig_step *step = &self->step;

    if (self->session->online && step->kind == MIG_STEP_FINISH)
        return step->place + 1 < step->n_places;
    return step->outside ||
           (step->kind == MIG_STEP_START && self->partly && !self->session->online);
}

/* Runs steps up to the end, to a section for run_outside, or to the revision behind one that has
   such a section: what the next one does must not undo its row. Then writes the books. */
static bool segment_work(mig_ctx *ctx, void *arg) {
    mig_host *host = mig_ctx_host(ctx);
    mig_runner *self = arg;

    self->more = false;
    if (self->session->online && !host->impatient(ctx, &self->retries))
        return false;
    while (!self->more && self->steps->next(ctx, self->steps, &self->step)) {
        self->more = segment_ends(self);
        if (!self->step.outside && !step_run(ctx, self, &self->step))
            return false;
    }
    return mig_ctx_error(ctx) == NULL && (!self->session->online || mig_run_lock(ctx)) &&
           mig_run_books_write(ctx, self) && mig_run_partial_note(ctx, self);
}

static bool segment_commit(mig_ctx *ctx, mig_runner *self) {
    self->at_commit = !mig_ctx_host(ctx)->unit_commit(ctx);
    return !self->at_commit && mig_run_books_commit(ctx, self);
}

/* What stands between two segments. */
static bool segment_next(mig_ctx *ctx, mig_runner *self) {
    return (!self->step.outside || mig_run_outside(ctx, self)) && mig_run_reopen(ctx, self);
}

/* ---- the run ----------------------------------------------------------------------------- */

static bool segment_try(mig_ctx *ctx, mig_runner *self, mig_error *error) {
    if (!mig_ctx_host(ctx)->attempt(ctx, segment_work, self, error))
        return false;
    return segment_commit(ctx, self) || !mig_take_error(ctx, error);
}

static bool segment_run(mig_ctx *ctx, mig_runner *self, mig_error *error) {
    const mig_run_start start = mig_run_keep(self);
    int64_t tries;

    for (tries = 0; !segment_try(ctx, self, error); tries++) {
        if (!mig_run_wait(ctx, self, tries, error))
            return false;
        mig_run_back(self, &start);
    }
    return true;
}

static bool run_work(mig_ctx *ctx, mig_runner *self, mig_error *error) {
    while (segment_run(ctx, self, error)) {
        if (!self->more)
            return true;
        if (!segment_next(ctx, self))
            return !mig_take_error(ctx, error);
    }
    return false;
}

/* What was done so far (the tables, what the directories say) is not to go with the first revision. */
static bool run_open(mig_ctx *ctx, mig_runner *self) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->impatient != NULL && !mig_partial_list(ctx, &self->partials, &self->n_partials))
        return false;
    if (self->session->online && !(host->unit_commit(ctx) && host->unit_begin(ctx)))
        return false;
    self->records = mig_alloc_zero(ctx, self->plan->nodes.n, sizeof *self->records);
    self->steps =
        mig_steps_open(ctx, &self->session->state, self->plan, self->session->tracer != NULL);
    if (self->steps != NULL && self->session->tracer != NULL)
        self->steps = mig_tracer_open(self->session->tracer, self->steps);
    return self->steps != NULL && self->records != NULL;
}

bool mig_run(mig_ctx *ctx, mig_session *session, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;
    mig_runner self;

    memset(&self, 0, sizeof self);
    memset(&error, 0, sizeof error);
    self.session = session;
    self.plan = plan;
    if (!run_open(ctx, &self)) {
        host->unit_abort(ctx);
        return false;
    }
    if (run_work(ctx, &self, &error))
        return session->tracer != NULL || mig_answer_state(ctx, &session->state);
    /* A part leaves it to the whole, which has begun the unit. */
    if (!session->within)
        host->unit_abort(ctx);
    return mig_run_failed(ctx, &self, &error, mig_run_log_failure(ctx, &self, &error));
}

bool mig_answer_state(mig_ctx *ctx, const mig_state *state) {
    mig_str at = mig_applied_text(ctx, &state->applied, true);

    return mig_answer(ctx, "Now at %.*s", MIG_FMT(at));
}

bool mig_answer_nothing(mig_ctx *ctx, const mig_state *state) {
    mig_str at = mig_applied_text(ctx, &state->applied, true);

    if (state->n == 0)
        mig_answer(ctx, "The catalog is empty; SELECT migrate_load('directory') fills it");
    return mig_answer(ctx, "Nothing to do; at %.*s", MIG_FMT(at));
}
