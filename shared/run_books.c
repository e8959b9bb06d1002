/*
 * run_books.c: what a run writes down: the rows of applied and log, and the log row of a failure.
 */
#include "run_part.h"

#include <string.h>

#define SHOWN_MAX 1000 /* bytes of a statement in the log */

/* ---- what was done ----------------------------------------------------------------------- */

static mig_str record_time(mig_ctx *ctx, mig_runner *self, int64_t at) {
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

/* The rows of a group of records. */
typedef struct rows {
    mig_applied_row applied[MIG_STORE_GROUP];
    mig_log_row log[MIG_STORE_GROUP];
} rows;

static void rows_fill(mig_ctx *ctx, mig_runner *self, rows *to, size_t i, mig_run_record *r) {
    mig_state *state = &self->session->state;
    const mig_revision *rev = &state->revisions[r->node];
    mig_applied_row *applied = &to->applied[i];
    mig_log_row *log = &to->log[i];

    if (!self->plan->down)
        r->seq = ++state->last_seq;
    applied->revision = log->revision = rev->id;
    applied->at = log->at = mig_str_copy(ctx, record_time(ctx, self, r->at));
    applied->seq = r->seq;
    applied->stamped = false;
    applied->ran = rev->up_checksum;
    log->action = self->plan->down ? "downgrade" : "upgrade";
    log->outcome = "ok";
    log->detail = MIG_STR("");
    log->duration_ms = r->duration / 1000;
}

/* Of the first n rows, at most a group; a full one goes at once. */
static bool rows_write(mig_ctx *ctx, mig_runner *self, const rows *from, size_t n) {
    int64_t *last_log = &self->session->state.last_log;
    bool down = self->plan->down;
    size_t i;

    if (n == MIG_STORE_GROUP)
        return (down || mig_store_applied_add_group(ctx, from->applied)) &&
               mig_store_log_add_group(ctx, from->log, last_log);
    for (i = 0; i < n; i++)
        if ((!down && !mig_store_applied_add(ctx, &from->applied[i])) ||
            !mig_store_log_add(ctx, &from->log[i], last_log))
            return false;
    return true;
}

static bool group_write(mig_ctx *ctx, mig_runner *self, size_t n) {
    mig_run_record *first = &self->records[self->n_written];
    const mig_revision *rev;
    rows group;
    size_t i;

    for (i = 0; i < n; i++) {
        rev = &self->session->state.revisions[first[i].node];
        rows_fill(ctx, self, &group, i, &first[i]);
        if ((self->plan->down && !mig_store_applied_remove(ctx, rev->id)) ||
            !mig_run_partial_forget(ctx, self, rev))
            return false;
    }
    return rows_write(ctx, self, &group, n);
}

bool mig_run_books_write(mig_ctx *ctx, mig_runner *self) {
    mig_mark mark = mig_arena_mark(ctx);
    size_t n;

    for (; self->n_written < self->n_done; self->n_written += n) {
        n = self->n_done - self->n_written;
        if (n > MIG_STORE_GROUP)
            n = MIG_STORE_GROUP;
        if (!group_write(ctx, self, n))
            return false;
        mig_arena_release(ctx, mark);
    }
    return true;
}

bool mig_run_books_commit(mig_ctx *ctx, mig_runner *self) {
    mig_state *state = &self->session->state;
    const mig_run_record *r;

    for (; self->n_committed < self->n_done; self->n_committed++) {
        r = &self->records[self->n_committed];
        mig_applied_step(&state->applied, self->plan->down, r->node, r->seq);
        self->partly = false;
        if (self->session->online)
            mig_answer(ctx, "done in %lld ms", (long long)(r->duration / 1000));
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- what failed ------------------------------------------------------------------------- */

/* The revision that the failure is about: behind the last step, the first one not committed. */
static const mig_revision *failed_revision(const mig_runner *self) {
    if (self->step.revision != NULL || self->n_committed == self->n_done)
        return self->step.revision;
    return &self->session->state.revisions[self->records[self->n_committed].node];
}

/* The beginning of the statement, on one line. */
static mig_str statement_shown(mig_ctx *ctx, const char *statement) {
    mig_buf buf = mig_buf_new(ctx);
    mig_str shown;
    size_t i;

    if (statement == NULL)
        return (mig_str){NULL, 0};
    shown = mig_str_sub(mig_str_of(statement), 0, SHOWN_MAX);
    shown.n = mig_utf8_check(shown);
    for (i = 0; i < shown.n; i++)
        mig_buf_add_char(&buf, (unsigned char)shown.p[i] < 0x20 ? ' ' : shown.p[i]);
    if (statement[shown.n] != '\0')
        mig_buf_add_z(&buf, " ...");
    return mig_buf_str(&buf);
}

/* Its code; SQLite has none for errors of its own. */
static const char *sqlstate_shown(const mig_error *error) {
    if (error->code == MIG_E_HOST && error->host_code != 0)
        return "";
    return error->sqlstate[0] != '\0' ? error->sqlstate : mig_code_sqlstate(error->code);
}

/* canceling statement due to lock timeout, at b.sql:3 */
static mig_str failure_text(mig_ctx *ctx, const mig_runner *self, const mig_revision *rev) {
    const mig_error *error = self->error;

    if (!self->session->online)
        return mig_str_format(ctx, "section at %.*s:%d", MIG_FMT(rev->source),
                              self->step.section != NULL ? self->step.section->line : 1);
    if (error->source == NULL || error->line <= 0)
        return mig_str_format(ctx, "%s", error->message);
    return mig_str_format(ctx, "%s, at %s:%d", error->message, error->source, error->line);
}

static bool failure_log(mig_ctx *ctx, void *arg) {
    mig_runner *self = arg;
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
    return mig_store_log_failure(ctx, &log, sqlstate_shown(self->error),
                                 statement_shown(ctx, self->error->statement), &state->last_log);
}

static bool failure_write(mig_ctx *ctx, mig_runner *self, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->unit_begin(ctx) && !host->attempt(ctx, failure_log, self, error))
        return false;
    return (mig_ctx_error(ctx) == NULL && host->unit_commit(ctx)) || !mig_take_error(ctx, error);
}

const char *mig_run_log_failure(mig_ctx *ctx, mig_runner *self, const mig_error *failure) {
    mig_error error;

    self->error = failure;
    if ((!self->partly && self->n_committed == 0 && !self->session->online) ||
        failed_revision(self) == NULL || failure_write(ctx, self, &error))
        return NULL;
    mig_ctx_host(ctx)->unit_abort(ctx);
    return error.message;
}
