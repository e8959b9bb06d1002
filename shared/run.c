/*
 * run.c: see run.h.
 *
 * Book-keeping rows are collected and written at the end of a segment, in the same transaction as
 * the work: on SQLite each change of the schema makes prepared statements start anew, so that rows
 * written between the sections would cost as much as a small migration. A segment is the part of a
 * run that commits as one: the whole run, unless a section wants to be outside a transaction; then
 * the rest of its revision commits before the next revision begins.
 *
 * Nothing is kept in the arena from one step to the next (the stream gives it back with its batch,
 * see steps.h); the records are allocated before the stream is opened.
 */
#include "run.h"

#include <string.h>

#include "steps.h"

typedef struct record {
    size_t node;
    int64_t at, duration; /* microseconds */
    int64_t seq;          /* that was written; 0: a downgrade */
} record;

typedef struct run {
    mig_session *session;
    const mig_plan *plan;
    mig_steps *steps;
    mig_step step; /* the step that ended the segment */
    bool more;     /* segments come behind it */
    record *records;
    size_t n_done, n_written;
    size_t n_committed; /* revisions that are safe whatever happens next */
    size_t n_ran;       /* sections of the current revision that ran */
    bool at_commit;     /* it was a COMMIT that failed */
    bool partly;        /* something of a revision is committed, and its row is not */
    int64_t started;    /* of the current revision */
    int64_t second;     /* the one that iso says: thousands of rows may share it */
    char iso[32];
} run;

/* ---- before the run ---------------------------------------------------------------------- */

bool mig_run_check_downs(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    mig_list without;
    mig_str names;
    size_t i;

    memset(&without, 0, sizeof without);
    for (i = 0; plan->down && i < plan->nodes.n; i++)
        if (state->revisions[plan->nodes.items[i]].down_facts.n == 0 &&
            !mig_list_add(ctx, &without, state->revisions[plan->nodes.items[i]].id))
            return false;
    if (without.n == 0)
        return mig_ctx_error(ctx) == NULL;
    names = mig_str_join(ctx, without.items, without.n, ", ");
    mig_fail(ctx, MIG_E_STATE, "%s without a down section cannot be removed: %.*s",
             without.n == 1 ? "a revision" : "revisions", MIG_FMT(names));
    mig_hint(ctx,
             "Nothing was run. Write the down sections and load them, or use migrate_stamp when "
             "the database has been changed back by hand.");
    return false;
}

static bool check_outside(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    size_t node = mig_plan_outside(state, plan);
    const char *verb = plan->down ? "downgrade" : "upgrade";

    if (node == MIG_NONE || (host->run_outside != NULL && host->may_commit(ctx)))
        return true;
    mig_fail(ctx, MIG_E_CONTEXT,
             "revision \"%.*s\" has a transaction:false section, which cannot run inside a "
             "transaction",
             MIG_FMT(state->revisions[node].id));
    if (host->engine == MIG_POSTGRESQL)
        mig_hint(ctx,
                 "Nothing was run. SELECT migrate_%s runs in one transaction: write the run with "
                 "migrate_%s_sql and give it to psql.",
                 verb, verb);
    else
        mig_hint(ctx,
                 "Nothing was run. Commit or roll back the open transaction, then call "
                 "migrate_%s again.",
                 verb);
    return false;
}

bool mig_run_check(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    return mig_ctx_error(ctx) == NULL && mig_run_check_downs(ctx, state, plan) &&
           check_outside(ctx, state, plan);
}

/* ---- the books --------------------------------------------------------------------------- */

static mig_str record_time(mig_ctx *ctx, run *self, int64_t at) {
    mig_str text;

    if (self->iso[0] == '\0' || at / 1000000 != self->second) {
        text = mig_time_iso(ctx, at);
        if (text.n >= sizeof self->iso)
            return text;
        memcpy(self->iso, text.p, text.n);
        self->iso[text.n] = '\0';
        self->second = at / 1000000;
    }
    return mig_str_of(self->iso);
}

static bool record_write(mig_ctx *ctx, run *self, record *r) {
    mig_state *state = &self->session->state;
    const mig_revision *rev = &state->revisions[r->node];
    mig_applied_row applied;
    mig_log_row log;
    bool ok;

    applied.revision = rev->id;
    applied.at = record_time(ctx, self, r->at);
    applied.seq = state->last_seq + 1;
    applied.stamped = false;
    applied.ran = rev->up_checksum;
    log.action = self->plan->down ? "downgrade" : "upgrade";
    log.revision = rev->id;
    log.at = applied.at;
    log.outcome = "ok";
    log.detail = MIG_STR("");
    log.duration_ms = r->duration / 1000;
    ok = self->plan->down ? mig_store_applied_remove(ctx, rev->id)
                          : mig_store_applied_add(ctx, &applied);
    if (!self->plan->down)
        r->seq = ++state->last_seq;
    return ok && mig_store_log_add(ctx, &log, &state->last_log);
}

static bool records_write(mig_ctx *ctx, run *self) {
    mig_mark mark = mig_arena_mark(ctx);

    for (; self->n_written < self->n_done; self->n_written++) {
        if (!record_write(ctx, self, &self->records[self->n_written]))
            return false;
        mig_arena_release(ctx, mark);
    }
    return true;
}

/* ---- steps ------------------------------------------------------------------------------- */

static mig_section_run section_of(mig_ctx *ctx, const mig_step *step) {
    mig_section_run section;

    memset(&section, 0, sizeof section);
    section.revision = mig_str_z(ctx, step->revision->id);
    section.source = mig_str_z(ctx, step->revision->source);
    section.text = step->section->text;
    section.line = step->section->line;
    section.statements = step->statements;
    section.n_statements = step->n_statements;
    section.verify = step->section->kind == MIG_SECTION_VERIFY;
    return section;
}

static bool step_start(mig_ctx *ctx, run *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    const mig_graph *graph = self->session->state.graph;
    mig_str line = mig_step_line(ctx, graph, step->node, step->down);

    self->started = host->now(ctx);
    if (host->progress != NULL &&
        !host->progress(ctx, mig_str_z(ctx, mig_str_format(ctx, "migrate: %.*s (%zu/%zu)",
                                                           MIG_FMT(step->revision->id),
                                                           step->place + 1, step->n_places))))
        return false;
    return host->interrupted(ctx) && mig_answer(ctx, "%.*s", MIG_FMT(line));
}

static bool step_finish(mig_ctx *ctx, run *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    record *r = &self->records[self->n_done];

    if (!host->check_deferred(ctx))
        return false;
    r->node = step->node;
    r->at = host->now(ctx);
    r->duration = r->at - self->started;
    self->n_done++;
    self->n_ran = 0;
    return true;
}

static bool step_run(mig_ctx *ctx, run *self, const mig_step *step) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_section_run section;
    bool ok = false;

    switch (step->kind) {
    case MIG_STEP_START:
        ok = step_start(ctx, self, step);
        break;
    case MIG_STEP_SECTION:
        section = section_of(ctx, step);
        ok = mig_ctx_error(ctx) == NULL && mig_ctx_host(ctx)->run_section(ctx, &section);
        self->n_ran++;
        break;
    case MIG_STEP_FINISH:
        ok = step_finish(ctx, self, step);
        break;
    }
    if (ok)
        mig_arena_release(ctx, mark);
    return ok;
}

/* Runs steps up to the end, to a section for run_outside, or to the revision behind one that has
   such a section: what the next one does must not undo its row. Then writes the books. */
static bool segment_work(mig_ctx *ctx, void *arg) {
    run *self = arg;

    self->more = false;
    while (!self->more && self->steps->next(ctx, self->steps, &self->step)) {
        self->more = self->step.outside || (self->step.kind == MIG_STEP_START && self->partly);
        if (!self->step.outside && !step_run(ctx, self, &self->step))
            return false;
    }
    return mig_ctx_error(ctx) == NULL && records_write(ctx, self);
}

/* ---- how it ended ------------------------------------------------------------------------ */

static bool already_exists(const mig_error *error) {
    return error->code == MIG_E_HOST &&
           (strcmp(error->sqlstate, "42P07") == 0 || strcmp(error->sqlstate, "42710") == 0 ||
            strcmp(error->sqlstate, "42701") == 0 ||
            strstr(error->message, " already exists") != NULL);
}

#define PART_RAN ", and a part of the next revision ran: undo that part by hand before you go on"

/* Does the database say of the revision what it was to say after the commit? */
static bool record_kept(const run *self, const mig_state *now) {
    size_t node;

    if (self->n_committed == self->n_done)
        return false;
    node = mig_graph_find(now->graph,
                          self->session->state.revisions[self->records[self->n_committed].node].id);
    return node != MIG_NONE && now->applied.in[node] != self->plan->down;
}

/* A COMMIT that failed may have been kept all the same (a disk that is gone): only the database
   knows. */
static mig_str commit_outcome(mig_ctx *ctx, const run *self) {
    mig_state now;
    mig_error error;

    if (mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &now))
        return mig_str_format(ctx, "The commit failed; the database is at %.*s%s.",
                              MIG_FMT(mig_applied_text(ctx, &now.applied, false)),
                              self->partly && !record_kept(self, &now) ? PART_RAN : "");
    mig_take_error(ctx, &error);
    return MIG_STR("The commit failed and the state cannot be read; look with migrate_current().");
}

/* The state after a failure: what was committed counts, the rest did not happen. */
static mig_str state_after(mig_ctx *ctx, const run *self) {
    mig_state *state = &self->session->state;
    mig_str at = mig_applied_text(ctx, &state->applied, false);

    if (self->at_commit)
        return commit_outcome(ctx, self);
    if (self->n_committed == 0 && !self->partly)
        return mig_str_format(ctx, "Nothing was %s; the database is still at %.*s.",
                              self->plan->down ? "removed" : "applied", MIG_FMT(at));
    return mig_str_format(ctx, "%zu of %zu revisions were committed; the database is at %.*s%s.",
                          self->n_committed, self->plan->nodes.n, MIG_FMT(at),
                          self->partly ? PART_RAN : "");
}

/* Something is there already: made outside of migrate, or by a part of the revision that an earlier
   run committed. Marking the latter as applied would make a half revision a whole one. */
static void exists_advise(mig_ctx *ctx, mig_buf *buf, const char *revision) {
    bool failed = false;

    if (!mig_store_failed_last(ctx, mig_str_of(revision), &failed))
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

static bool run_failed(mig_ctx *ctx, const run *self, mig_error *error, const char *unlogged) {
    mig_str state = state_after(ctx, self);
    mig_buf buf = mig_buf_new(ctx);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (self->session->within)
        return mig_raise(ctx, error);
    if (error->hint != NULL)
        mig_buf_addf(&buf, "%s\n", error->hint);
    mig_buf_add(&buf, state);
    if (!self->plan->down && already_exists(error) && error->revision != NULL)
        exists_advise(ctx, &buf, error->revision);
    else if (!self->plan->down && self->n_committed == 0 && !self->partly && !self->at_commit)
        mig_buf_add_z(&buf, " No downgrade is needed: it would remove a good revision.");
    if (unlogged != NULL)
        mig_buf_addf(&buf, "\nThe failure could not be logged: %s.", unlogged);
    error->hint = mig_buf_str(&buf).p;
    return mig_raise(ctx, error);
}

/* ---- outside a transaction --------------------------------------------------------------- */

/* Between the parts of the run others could get in: what was planned must still hold. */
static bool resume_check(mig_ctx *ctx, const run *self) {
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

static bool unit_reopen(mig_ctx *ctx, run *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_mark mark = mig_arena_mark(ctx);

    if (!host->unit_begin(ctx) || !host->lock(ctx, MIG_LOCK_CATALOG, MIG_LOCK_SHARED, "") ||
        !host->lock(ctx, MIG_LOCK_TARGET, MIG_LOCK_EXCLUSIVE, "") || !resume_check(ctx, self))
        return false;
    mig_arena_release(ctx, mark);
    return true;
}

static void books_commit(run *self) {
    mig_state *state = &self->session->state;
    const record *r;

    for (; self->n_committed < self->n_done; self->n_committed++) {
        r = &self->records[self->n_committed];
        mig_applied_step(&state->applied, self->plan->down, r->node, r->seq);
        self->partly = false;
    }
}

static bool segment_commit(mig_ctx *ctx, run *self) {
    self->at_commit = !mig_ctx_host(ctx)->unit_commit(ctx);
    if (!self->at_commit)
        books_commit(self);
    return !self->at_commit;
}

/* Did the error come before the section had any effect? */
static bool at_first_statement(mig_ctx *ctx, const mig_step *step) {
    const mig_error *error = mig_ctx_error(ctx);
    const mig_statement *second = step->n_statements > 1 ? &step->statements[1] : NULL;

    if (error == NULL || error->line == 0)
        return false;
    return second == NULL || error->line < second->line ||
           (error->line == second->line && error->column < second->column);
}

static bool outside_run(mig_ctx *ctx, run *self) {
    mig_section_run section;

    self->partly = self->partly || self->n_ran > 0;
    section = section_of(ctx, &self->step);
    if (mig_ctx_error(ctx) != NULL || !mig_ctx_host(ctx)->run_outside(ctx, &section)) {
        self->partly = self->partly || !at_first_statement(ctx, &self->step);
        return false;
    }
    self->partly = true;
    return true;
}

/* What stands between two segments. */
static bool segment_next(mig_ctx *ctx, run *self) {
    return (!self->step.outside || outside_run(ctx, self)) && unit_reopen(ctx, self);
}

/* The revision that the failure is about: behind the last step, the first one not committed. */
static const mig_revision *failed_revision(const run *self) {
    if (self->step.revision != NULL || self->n_committed == self->n_done)
        return self->step.revision;
    return &self->session->state.revisions[self->records[self->n_committed].node];
}

/* A failure after a commit is logged, since nothing rolls back what was there before it. */
static bool failure_log(mig_ctx *ctx, void *arg) {
    run *self = arg;
    mig_state *state = &self->session->state;
    mig_host *host = mig_ctx_host(ctx);
    const mig_revision *rev = failed_revision(self);
    mig_log_row log;

    log.action = self->plan->down ? "downgrade" : "upgrade";
    log.revision = rev->id;
    log.at = mig_time_iso(ctx, host->now(ctx));
    log.outcome = "failed";
    log.detail = mig_str_format(ctx, "section at %.*s:%d", MIG_FMT(rev->source),
                                self->step.section != NULL ? self->step.section->line : 1);
    log.duration_ms = -1;
    return host->unit_begin(ctx) && mig_store_log_add(ctx, &log, &state->last_log) &&
           host->unit_commit(ctx);
}

/* ---- the run ----------------------------------------------------------------------------- */

static bool run_work(mig_ctx *ctx, run *self, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);

    for (;;) {
        if (!host->attempt(ctx, segment_work, self, error))
            return false;
        if (!segment_commit(ctx, self) || (self->more && !segment_next(ctx, self)))
            return !mig_take_error(ctx, error);
        if (!self->more)
            return true;
    }
}

/* What was committed before the failure gets a log row; the rest leaves none. Answers why that
   could not be done, or NULL. */
static const char *failure_record(mig_ctx *ctx, run *self) {
    mig_error error;

    if ((!self->partly && self->n_committed == 0) || failed_revision(self) == NULL ||
        mig_ctx_host(ctx)->attempt(ctx, failure_log, self, &error))
        return NULL;
    mig_ctx_host(ctx)->unit_abort(ctx);
    return error.message;
}

bool mig_run(mig_ctx *ctx, mig_session *session, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;
    run self;

    memset(&self, 0, sizeof self);
    memset(&error, 0, sizeof error);
    self.session = session;
    self.plan = plan;
    self.records = mig_alloc_zero(ctx, plan->nodes.n, sizeof *self.records);
    self.steps = mig_steps_open(ctx, &session->state, plan);
    if (self.steps == NULL || self.records == NULL) {
        host->unit_abort(ctx);
        return false;
    }
    if (run_work(ctx, &self, &error))
        return mig_answer_state(ctx, &session->state);
    host->unit_abort(ctx);
    return run_failed(ctx, &self, &error, failure_record(ctx, &self));
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
