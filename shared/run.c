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
#include "run.h"

#include <string.h>

#include "partial.h"
#include "steps.h"

/* Between two tries of an online run: the first wait, doubled each time up to the longest. */
#define WAIT_LEAST ((int64_t)100000)
#define WAIT_MOST ((int64_t)10000000)

#define SHOWN_MAX 200 /* bytes of a statement in the log */

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
    size_t n_committed;      /* revisions that are safe whatever happens next */
    size_t n_ran;            /* sections of the current revision that ran */
    bool at_commit;          /* it was a COMMIT that failed */
    bool partly;             /* something of a revision is committed, and its row is not */
    mig_partial here;        /* online: how far the current revision is */
    bool kept;               /* and the tables say so */
    const mig_partial *left; /* up to where an earlier run came with it; NULL: here is there */
    mig_partial *partials;   /* of all revisions, as earlier runs left them */
    size_t n_partials;
    int64_t retries;        /* online: how often a segment may be tried again */
    int64_t started;        /* of the current revision */
    const mig_error *error; /* that ended it */
    int64_t second;         /* the one that iso says: thousands of rows may share it */
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
    if (host->engine == MIG_POSTGRESQL && host->may_commit(ctx))
        mig_hint(ctx, "Nothing was run. Write the run with migrate_%s_sql and give it to psql.",
                 verb);
    else if (host->engine == MIG_POSTGRESQL)
        mig_hint(ctx,
                 "Nothing was run. SELECT migrate_%s runs in one transaction; CALL "
                 "migrate_%s_online(%s) runs such a section outside of one.",
                 verb, verb, plan->down ? "target" : "");
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

static const mig_partial *partial_find(const run *self, mig_str id) {
    size_t i;

    for (i = 0; i < self->n_partials; i++)
        if (mig_str_eq(self->partials[i].revision, id))
            return &self->partials[i];
    return NULL;
}

/* With its row in the books a revision is no longer a part of one. */
static bool partial_forget(mig_ctx *ctx, const run *self, const mig_revision *rev) {
    return (!self->kept && partial_find(self, rev->id) == NULL) || mig_partial_delete(ctx, rev->id);
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
    return ok && mig_store_log_add(ctx, &log, &state->last_log) && partial_forget(ctx, self, rev);
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

/* ---- the locks --------------------------------------------------------------------------- */

/* The locks of a run. Again in an online run: has a script given them away? */
static bool locks_take(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    return host->lock(ctx, MIG_LOCK_CATALOG, MIG_LOCK_SHARED, "") &&
           host->lock(ctx, MIG_LOCK_TARGET, MIG_LOCK_EXCLUSIVE, "");
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

/* Where an earlier run has left a part of the revision, this one goes on behind it. */
static void partial_start(run *self, const mig_step *step) {
    memset(&self->here, 0, sizeof self->here);
    self->kept = false;
    self->here.revision = step->revision->id;
    self->here.down = step->down;
    self->left = self->session->online ? partial_find(self, step->revision->id) : NULL;
    if (self->left != NULL && self->left->down != step->down)
        self->left = NULL;
    self->partly = self->partly || self->left != NULL;
}

/* Is what comes next something that an earlier run has done? Where that run ended, what came before
   must read as it did then. */
static bool partial_done(mig_ctx *ctx, run *self, bool *done) {
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

static bool section_run(mig_ctx *ctx, run *self, const mig_step *step) {
    mig_section_run section;
    bool done = false;

    if (!partial_done(ctx, self, &done))
        return false;
    section = section_of(ctx, step);
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

static bool step_start(mig_ctx *ctx, run *self, const mig_step *step) {
    mig_host *host = mig_ctx_host(ctx);
    const mig_graph *graph = self->session->state.graph;
    mig_str line = mig_step_line(ctx, graph, step->node, step->down);

    self->started = host->now(ctx);
    partial_start(self, step);
    if (host->progress != NULL &&
        !host->progress(ctx, mig_str_z(ctx, mig_str_format(ctx, "migrate: %.*s (%zu/%zu)",
                                                           MIG_FMT(step->revision->id),
                                                           step->place + 1, step->n_places))))
        return false;
    if (self->session->online)
        line =
            mig_str_format(ctx, "%.*s (%zu/%zu)", MIG_FMT(line), step->place + 1, step->n_places);
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

/* Does the segment end before the step (or, where the step is no section, with it)? */
static bool segment_ends(const run *self) {
    const mig_step *step = &self->step;

    if (self->session->online && step->kind == MIG_STEP_FINISH)
        return step->place + 1 < step->n_places;
    return step->outside ||
           (step->kind == MIG_STEP_START && self->partly && !self->session->online);
}

/* Before an outside section: what the segment did of the revision is committed with the place. */
static bool partial_note(mig_ctx *ctx, run *self) {
    if (!self->session->online || !self->more || !self->step.outside || self->left != NULL)
        return true;
    self->kept = true;
    return mig_partial_put(ctx, &self->here);
}

/* Runs steps up to the end, to a section for run_outside, or to the revision behind one that has
   such a section: what the next one does must not undo its row. Then writes the books. */
static bool segment_work(mig_ctx *ctx, void *arg) {
    mig_host *host = mig_ctx_host(ctx);
    run *self = arg;

    self->more = false;
    if (self->session->online && !host->impatient(ctx, &self->retries))
        return false;
    while (!self->more && self->steps->next(ctx, self->steps, &self->step)) {
        self->more = segment_ends(self);
        if (!self->step.outside && !step_run(ctx, self, &self->step))
            return false;
    }
    return mig_ctx_error(ctx) == NULL && (!self->session->online || locks_take(ctx)) &&
           records_write(ctx, self) && partial_note(ctx, self);
}

/* ---- how it ended ------------------------------------------------------------------------ */

static bool already_exists(const mig_error *error) {
    return error->code == MIG_E_HOST &&
           (strcmp(error->sqlstate, "42P07") == 0 || strcmp(error->sqlstate, "42710") == 0 ||
            strcmp(error->sqlstate, "42701") == 0 ||
            strstr(error->message, " already exists") != NULL);
}

#define PART_RAN ", and a part of the next revision ran: undo that part by hand before you go on"
#define PART_KEPT                                                                                  \
    ", and a part of the next revision is committed: the next online run goes on behind it"

static const char *part_text(const run *self) {
    if (!self->partly)
        return "";
    return self->session->online ? PART_KEPT : PART_RAN;
}

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
                              record_kept(self, &now) ? "" : part_text(self));
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
                          self->n_committed, self->plan->nodes.n, MIG_FMT(at), part_text(self));
}

/* Something is there already: made outside of migrate, or by a part of the revision that an earlier
   run committed. Marking the latter as applied would make a half revision a whole one. */
static void exists_advise(mig_ctx *ctx, const run *self, mig_buf *buf, const char *revision) {
    bool failed = false;

    /* Of an online run that failed nothing stays but what it kept a record of. */
    if (mig_ctx_host(ctx)->impatient != NULL)
        failed = partial_find(self, mig_str_of(revision)) != NULL;
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
        exists_advise(ctx, self, &buf, error->revision);
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

    if (self->session->online)
        return host->unit_begin(ctx);
    if (!host->unit_begin(ctx) || !locks_take(ctx) || !resume_check(ctx, self))
        return false;
    mig_arena_release(ctx, mark);
    return true;
}

static bool books_commit(mig_ctx *ctx, run *self) {
    mig_state *state = &self->session->state;
    const record *r;

    for (; self->n_committed < self->n_done; self->n_committed++) {
        r = &self->records[self->n_committed];
        mig_applied_step(&state->applied, self->plan->down, r->node, r->seq);
        self->partly = false;
        if (self->session->online)
            mig_answer(ctx, "done in %lld ms", (long long)(r->duration / 1000));
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool segment_commit(mig_ctx *ctx, run *self) {
    self->at_commit = !mig_ctx_host(ctx)->unit_commit(ctx);
    return !self->at_commit && books_commit(ctx, self);
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

/* Writes down how far the revision is. */
static bool partial_commit(mig_ctx *ctx, run *self) {
    mig_host *host = mig_ctx_host(ctx);

    self->kept = true;
    return host->unit_begin(ctx) && mig_partial_put(ctx, &self->here) && host->unit_commit(ctx);
}

/* One statement of the section, unless an earlier run has done it. */
static bool statement_run(mig_ctx *ctx, run *self, mig_section_run section, size_t i) {
    bool done;

    section.statements += i;
    section.n_statements = 1;
    section.again = self->left != NULL;
    self->here.statement = i;
    if (!partial_done(ctx, self, &done))
        return false;
    if (!done) {
        if ((i > 0 && !partial_commit(ctx, self)) || !mig_ctx_host(ctx)->run_outside(ctx, &section))
            return false;
        self->partly = true;
    }
    return mig_partial_pass(
        ctx, &self->here,
        mig_str_sub(section.text, section.statements->start, section.statements->length));
}

/* Statement by statement, so that what has run is known whatever happens. */
static bool outside_online(mig_ctx *ctx, run *self, const mig_section_run *section) {
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

static bool outside_run(mig_ctx *ctx, run *self) {
    mig_section_run section;

    self->partly = self->partly || self->n_ran > 0;
    section = section_of(ctx, &self->step);
    if (mig_ctx_error(ctx) == NULL && self->session->online)
        return outside_online(ctx, self, &section);
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

/* The beginning of a statement, on one line. */
static mig_str statement_shown(mig_ctx *ctx, const char *statement) {
    mig_str shown = mig_str_sub(mig_str_of(statement), 0, SHOWN_MAX);
    char *text;
    size_t i;

    shown.n = mig_utf8_check(shown);
    text = mig_alloc(ctx, shown.n + 1);
    for (i = 0; text != NULL && i < shown.n; i++)
        text[i] = (unsigned char)shown.p[i] < 0x20 ? ' ' : shown.p[i];
    return (mig_str){text, text == NULL ? 0 : shown.n};
}

/* 55P03 canceling statement due to lock timeout, at b.sql:3: ALTER TABLE t ... */
static mig_str failure_text(mig_ctx *ctx, const run *self, const mig_revision *rev) {
    const mig_error *error = self->error;
    mig_buf buf = mig_buf_new(ctx);
    mig_str shown;

    if (!self->session->online)
        return mig_str_format(ctx, "section at %.*s:%d", MIG_FMT(rev->source),
                              self->step.section != NULL ? self->step.section->line : 1);
    mig_buf_addf(&buf, "%s %s",
                 error->sqlstate[0] != '\0' ? error->sqlstate : mig_code_sqlstate(error->code),
                 error->message);
    if (error->source != NULL && error->line > 0)
        mig_buf_addf(&buf, ", at %s:%d", error->source, error->line);
    if (error->statement != NULL) {
        shown = statement_shown(ctx, error->statement);
        mig_buf_addf(&buf, ": %.*s%s", MIG_FMT(shown),
                     error->statement[shown.n] != '\0' ? " ..." : "");
    }
    return mig_buf_str(&buf);
}

static bool failure_log(mig_ctx *ctx, void *arg) {
    run *self = arg;
    mig_state *state = &self->session->state;
    int64_t now = mig_ctx_host(ctx)->now(ctx);
    const mig_revision *rev = failed_revision(self);
    mig_log_row log;

    log.action = self->plan->down ? "downgrade" : "upgrade";
    log.revision = rev->id;
    log.at = mig_time_iso(ctx, now);
    log.outcome = "failed";
    log.detail = failure_text(ctx, self, rev);
    log.duration_ms = self->session->online ? (now - self->started) / 1000 : -1;
    return mig_store_log_add(ctx, &log, &state->last_log);
}

static bool failure_write(mig_ctx *ctx, run *self, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->unit_begin(ctx) && !host->attempt(ctx, failure_log, self, error))
        return false;
    return (mig_ctx_error(ctx) == NULL && host->unit_commit(ctx)) || !mig_take_error(ctx, error);
}

/* What was committed before the failure gets a log row, since nothing rolls that back, and so does
   every failure of an online run; the rest leaves none. Answers why that could not be done, or NULL. */
static const char *failure_record(mig_ctx *ctx, run *self, const mig_error *failure) {
    mig_error error;

    self->error = failure;
    if ((!self->partly && self->n_committed == 0 && !self->session->online) ||
        failed_revision(self) == NULL || failure_write(ctx, self, &error))
        return NULL;
    mig_ctx_host(ctx)->unit_abort(ctx);
    return error.message;
}

/* ---- trying again ------------------------------------------------------------------------ */

/* What is put back when a segment was undone. */
typedef struct segment_start {
    size_t n_done, n_written, n_ran;
    int64_t last_seq, last_log;
    bool partly;
    mig_partial here;
    const mig_partial *left;
    mig_steps_place place;
} segment_start;

static segment_start segment_keep(const run *self) {
    segment_start start;

    memset(&start, 0, sizeof start);
    start.n_done = self->n_done;
    start.n_written = self->n_written;
    start.n_ran = self->n_ran;
    start.last_seq = self->session->state.last_seq;
    start.last_log = self->session->state.last_log;
    start.partly = self->partly;
    start.here = self->here;
    start.left = self->left;
    start.place = mig_steps_here(self->steps);
    return start;
}

static void segment_back(run *self, const segment_start *start) {
    self->n_done = start->n_done;
    self->n_written = start->n_written;
    self->n_ran = start->n_ran;
    self->session->state.last_seq = start->last_seq;
    self->session->state.last_log = start->last_log;
    self->partly = start->partly;
    self->here = start->here;
    self->left = start->left;
    self->at_commit = false;
    mig_steps_back(self->steps, start->place);
}

/* What another session did is the cause, and it may be gone in a moment. */
static bool is_passing(const mig_error *error) {
    return strcmp(error->sqlstate, "55P03") == 0 || strcmp(error->sqlstate, "40P01") == 0 ||
           strcmp(error->sqlstate, "40001") == 0;
}

/* Twice as long each time, less up to a half of it by chance, so that two that stand in each other's
   way part. */
static int64_t wait_length(mig_ctx *ctx, int64_t tries) {
    int64_t length = WAIT_LEAST;
    uint32_t chance = 0;

    for (; tries > 0 && length < WAIT_MOST; tries--)
        length *= 2;
    if (length > WAIT_MOST)
        length = WAIT_MOST;
    mig_ctx_host(ctx)->random(ctx, &chance, sizeof chance);
    return length - (int64_t)((double)(length / 2) * (chance / 4294967296.0));
}

typedef struct waiting {
    const mig_error *error;
    int64_t tries, retries;
    const char *blocker; /* said */
} waiting;

static bool wait_work(mig_ctx *ctx, void *arg) {
    mig_host *host = mig_ctx_host(ctx);
    waiting *self = arg;
    int64_t length = wait_length(ctx, self->tries);
    mig_str who = {"", 0};

    if (strcmp(self->error->sqlstate, "55P03") == 0 && !host->blocker(ctx, &who))
        return false;
    self->blocker = mig_str_z(ctx, who);
    if (self->tries >= self->retries)
        return mig_ctx_error(ctx) == NULL;
    return mig_answer(ctx, "%s%s%.*s; attempt %lld of %lld in %lld ms", self->error->message,
                      who.n > 0 ? ", blocked by " : "", MIG_FMT(who), (long long)self->tries + 2,
                      (long long)self->retries + 1, (long long)length / 1000) &&
           host->pause(ctx, length);
}

/* Lets go of everything but the locks of the run, and waits. false: there is no other try; the error
   says why. */
static bool wait_again(mig_ctx *ctx, run *self, int64_t tries, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);
    waiting wait = {NULL, 0, 0, NULL};
    mig_error failed = *error;

    if (!self->session->online || !is_passing(error))
        return false;
    wait.error = &failed;
    wait.tries = tries;
    wait.retries = self->retries;
    if (!host->unit_commit(ctx))
        return !mig_take_error(ctx, error);
    if (!host->attempt(ctx, wait_work, &wait, error))
        return false;
    if (tries >= wait.retries && wait.blocker != NULL && wait.blocker[0] != '\0')
        error->detail = mig_str_z(ctx, mig_str_format(ctx, "Blocked by %s; tried %lld times.",
                                                      wait.blocker, (long long)tries + 1));
    return tries < wait.retries && (host->unit_begin(ctx) || !mig_take_error(ctx, error));
}

/* ---- the run ----------------------------------------------------------------------------- */

static bool segment_try(mig_ctx *ctx, run *self, mig_error *error) {
    if (!mig_ctx_host(ctx)->attempt(ctx, segment_work, self, error))
        return false;
    return segment_commit(ctx, self) || !mig_take_error(ctx, error);
}

static bool segment_run(mig_ctx *ctx, run *self, mig_error *error) {
    const segment_start start = segment_keep(self);
    int64_t tries;

    for (tries = 0; !segment_try(ctx, self, error); tries++) {
        if (!wait_again(ctx, self, tries, error))
            return false;
        segment_back(self, &start);
    }
    return true;
}

static bool run_work(mig_ctx *ctx, run *self, mig_error *error) {
    while (segment_run(ctx, self, error)) {
        if (!self->more)
            return true;
        if (!segment_next(ctx, self))
            return !mig_take_error(ctx, error);
    }
    return false;
}

/* What was done so far (the tables, what the directories say) is not to go with the first revision. */
static bool run_open(mig_ctx *ctx, run *self) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->impatient != NULL && !mig_partial_list(ctx, &self->partials, &self->n_partials))
        return false;
    if (self->session->online && !(host->unit_commit(ctx) && host->unit_begin(ctx)))
        return false;
    self->records = mig_alloc_zero(ctx, self->plan->nodes.n, sizeof *self->records);
    self->steps = mig_steps_open(ctx, &self->session->state, self->plan);
    return self->steps != NULL && self->records != NULL;
}

bool mig_run(mig_ctx *ctx, mig_session *session, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;
    run self;

    memset(&self, 0, sizeof self);
    memset(&error, 0, sizeof error);
    self.session = session;
    self.plan = plan;
    if (!run_open(ctx, &self)) {
        host->unit_abort(ctx);
        return false;
    }
    if (run_work(ctx, &self, &error))
        return mig_answer_state(ctx, &session->state);
    host->unit_abort(ctx);
    return run_failed(ctx, &self, &error, failure_record(ctx, &self, &error));
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
