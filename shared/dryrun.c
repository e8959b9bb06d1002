/*
 * dryrun.c: migrate_dryrun: runs a plan like an upgrade or downgrade, undoes it, and answers what each
 * statement did.
 *
 * The run is the real one (run.c), books and locks included; it stands in a unit that is always
 * undone. A filter of its steps knows where it is and takes out what cannot be undone: sections
 * outside a transaction. The answer goes out while it runs, since what failed at last is worth little
 * without what came before.
 */
#include "command.h"
#include "foresee.h"
#include "value.h"

#include <string.h>

#define FUNCTION "migrate_dryrun"
#define NOTHING_RUN "Nothing was run"
#define SHOWN_MAX 120 /* bytes of a statement */

typedef struct dryrun {
    mig_tracer tracer; /* first: the filter's next gets it */
    mig_str target, confirm;
    mig_session session;
    mig_plan plan;
    mig_step step; /* the latest; only what outlives it is looked at */
    bool started;  /* there is one */
    bool verify;   /* it is of a verify section */
    bool ended;    /* all that was to be run did */
} dryrun;

enum {
    STEP,
    OPERATION,
    REVISION,
    SOURCE,
    LINE,
    STATEMENT,
    MILLISECONDS,
    LOCK,
    TABLES,
    REWRITE,
    SCAN,
    ROWS,
    OUTCOME,
    NOTE,
    N_COLUMNS
};

/* ---- rows -------------------------------------------------------------------------------- */

/* On one line, and not longer than a row can bear; cut between characters. */
static mig_str one_line(mig_ctx *ctx, mig_str text, size_t most) {
    mig_buf buf = mig_buf_new(ctx);
    bool blank = false;
    size_t i;

    text = mig_str_trim(text);
    for (i = 0; i < text.n && buf.n < most; i++) {
        if ((unsigned char)text.p[i] <= ' ') {
            blank = true;
            continue;
        }
        if (blank)
            mig_buf_add_char(&buf, ' ');
        blank = false;
        mig_buf_add_char(&buf, text.p[i]);
    }
    if (i < text.n) {
        buf.n = mig_utf8_check((mig_str){buf.p, buf.n});
        mig_buf_add_z(&buf, " ...");
    }
    return mig_buf_str(&buf);
}

static mig_value text_or_null(mig_str text) {
    mig_value null = {MIG_NULL, {NULL, 0}, 0};

    return text.n > 0 ? mig_value_text(text) : null;
}

/* What every row has. */
static void row_start(const dryrun *self, mig_value *cols) {
    memset(cols, 0, N_COLUMNS * sizeof *cols);
    cols[STEP] = mig_value_int((int64_t)self->step.place + 1);
    cols[OPERATION] = mig_value_text(self->verify      ? MIG_STR("verify")
                                     : self->step.down ? MIG_STR("downgrade")
                                                       : MIG_STR("upgrade"));
    cols[REVISION] = mig_value_text(self->step.revision->id);
    cols[SOURCE] = mig_value_text(self->step.revision->source);
}

/* Where a function cannot answer rows: as psql -At shows them. */
static bool row_say(mig_ctx *ctx, const mig_value *cols) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < N_COLUMNS; i++) {
        if (i > 0)
            mig_buf_add_char(&buf, '|');
        if (cols[i].type == MIG_INT)
            mig_buf_addf(&buf, "%lld", (long long)cols[i].integer);
        else if (cols[i].type == MIG_TEXT)
            mig_buf_add(&buf, cols[i].text);
    }
    return mig_answer_line(ctx, mig_buf_str(&buf));
}

static bool row_emit(mig_ctx *ctx, const mig_value *cols) {
    mig_host *host = mig_ctx_host(ctx);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    return host->engine == MIG_POSTGRESQL ? host->row(ctx, cols, N_COLUMNS) : row_say(ctx, cols);
}

/* A statement that ran. */
static bool statement_row(mig_ctx *ctx, void *arg, const mig_trace *trace) {
    const dryrun *self = arg;
    mig_mark mark = mig_arena_mark(ctx);
    mig_value cols[N_COLUMNS];

    row_start(self, cols);
    cols[LINE] = mig_value_int(trace->line);
    cols[STATEMENT] = mig_value_text(one_line(ctx, trace->statement, SHOWN_MAX));
    cols[MILLISECONDS] =
        mig_value_text(mig_str_format(ctx, "%lld.%03d", (long long)(trace->microseconds / 1000),
                                      (int)(trace->microseconds % 1000)));
    cols[LOCK] = text_or_null(mig_str_of(trace->lock));
    cols[TABLES] = text_or_null(trace->tables);
    cols[REWRITE] = text_or_null(trace->rewrite);
    cols[SCAN] = text_or_null(trace->scan);
    if (trace->rows >= 0)
        cols[ROWS] = mig_value_int(trace->rows);
    cols[OUTCOME] = mig_value_text(MIG_STR("ok"));
    cols[NOTE] = text_or_null(trace->note);
    if (!row_emit(ctx, cols))
        return false;
    mig_arena_release(ctx, mark);
    return true;
}

/* The statements of a section that could not be undone. */
static bool outside_rows(mig_ctx *ctx, const dryrun *self, const mig_step *step) {
    mig_value cols[N_COLUMNS];
    const mig_statement *s;
    size_t i;

    for (i = 0; i < step->n_statements; i++) {
        s = &step->statements[i];
        row_start(self, cols);
        cols[LINE] = mig_value_int(s->line);
        cols[STATEMENT] = mig_value_text(
            one_line(ctx, mig_str_sub(step->section->text, s->start, s->length), SHOWN_MAX));
        cols[OUTCOME] = mig_value_text(MIG_STR("not run"));
        cols[NOTE] = mig_value_text(MIG_STR("transaction:false: it could not be undone"));
        if (!row_emit(ctx, cols))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static mig_str failure_note(mig_ctx *ctx, const mig_error *error) {
    const char *state =
        error->sqlstate[0] != '\0' ? error->sqlstate : mig_code_sqlstate(error->code);
    mig_buf buf = mig_buf_new(ctx);

    /* SQLite's own errors have no such code. */
    if (mig_ctx_host(ctx)->engine == MIG_POSTGRESQL || error->code != MIG_E_HOST)
        mig_buf_addf(&buf, "%s ", state);
    mig_buf_add_z(&buf, error->message);
    if (error->detail != NULL)
        mig_buf_addf(&buf, "; %s", error->detail);
    if (error->hint != NULL)
        mig_buf_addf(&buf, "; %s", error->hint);
    return one_line(ctx, mig_buf_str(&buf), SIZE_MAX);
}

static bool failure_row(mig_ctx *ctx, const dryrun *self, const mig_error *error) {
    mig_value cols[N_COLUMNS];

    row_start(self, cols);
    if (error->line > 0)
        cols[LINE] = mig_value_int(error->line);
    if (error->statement != NULL)
        cols[STATEMENT] = mig_value_text(one_line(ctx, mig_str_of(error->statement), SHOWN_MAX));
    cols[OUTCOME] = mig_value_text(MIG_STR("failed"));
    cols[NOTE] = mig_value_text(failure_note(ctx, error));
    return row_emit(ctx, cols);
}

/* ---- the filter -------------------------------------------------------------------------- */

static bool filter_next(mig_ctx *ctx, mig_steps *steps, mig_step *step) {
    dryrun *self = (dryrun *)steps;

    while (steps->upstream->next(ctx, steps->upstream, step)) {
        self->step = *step;
        self->started = true;
        self->verify = step->kind == MIG_STEP_SECTION && step->section->kind == MIG_SECTION_VERIFY;
        if (step->kind != MIG_STEP_SECTION || !step->outside)
            return true;
        if (!outside_rows(ctx, self, step))
            return false;
    }
    return false;
}

/* ---- the run ----------------------------------------------------------------------------- */

/* Files matter only on the way up: the stored texts are what a downgrade runs. */
static bool dryrun_look(mig_ctx *ctx, dryrun *self) {
    mig_session *session = &self->session;
    mig_error unknown;

    if (!mig_session_look(ctx, session, MIG_SNAPSHOT_FRESH, MIG_FILES_IGNORE, NOTHING_RUN))
        return false;
    if (mig_plan_either(ctx, &session->state.applied, self->target, &self->plan) && self->plan.down)
        return true;
    if (mig_take_error(ctx, &unknown) && unknown.code == MIG_E_NOMEM)
        return mig_raise(ctx, &unknown);
    memset(session, 0, sizeof *session);
    return mig_session_look(ctx, session, MIG_SNAPSHOT_FRESH, MIG_FILES_LOOK, NOTHING_RUN) &&
           mig_plan_either(ctx, &session->state.applied, self->target, &self->plan);
}

/* Sections outside a transaction are no hindrance here. */
static bool plan_check(mig_ctx *ctx, const dryrun *self) {
    const mig_state *state = &self->session.state;

    return mig_run_check_downs(ctx, state, &self->plan) &&
           mig_foresee_check(ctx, state, &self->plan);
}

static bool dryrun_check(mig_ctx *ctx, dryrun *self) {
    bool down = self->plan.down;

    if (!mig_plan_either(ctx, &self->session.state.applied, self->target, &self->plan) ||
        !mig_session_may_act(ctx, &self->session))
        return false;
    if (self->plan.down == down)
        return plan_check(ctx, self);
    mig_fail(ctx, MIG_E_STALE, "another session migrated this database meanwhile");
    mig_hint(ctx, "Run the command again: it goes on from where the database is now.");
    return false;
}

/* Always fails: what it did is to be undone. */
static bool dryrun_work(mig_ctx *ctx, void *arg) {
    dryrun *self = arg;
    mig_session *session = &self->session;

    if (!mig_session_begin(ctx, session, NOTHING_RUN) || !dryrun_check(ctx, self) ||
        (self->plan.nodes.n > 0 && !mig_run(ctx, session, &self->plan)))
        return false;
    self->ended = true;
    return mig_fail(ctx, MIG_E_STATE, "a dry run is always undone");
}

/* What is not about the script, but about the call, is an error of the call. */
static bool is_of_the_call(const mig_error *error) {
    return error->code == MIG_E_INTERRUPT || error->code == MIG_E_NOMEM ||
           error->code == MIG_E_STALE || strncmp(error->sqlstate, "57", 2) == 0 ||
           strcmp(error->sqlstate, "40001") == 0;
}

static bool dryrun_run(mig_ctx *ctx, dryrun *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;

    if (!host->unit_begin(ctx))
        return false;
    self->tracer.steps.next = filter_next;
    self->tracer.statement = statement_row;
    self->tracer.arg = self;
    self->session.tracer = &self->tracer;
    self->session.within = true;
    memset(&error, 0, sizeof error);
    host->attempt(ctx, dryrun_work, self, &error);
    host->unit_abort(ctx);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (self->ended)
        return self->plan.nodes.n > 0 || host->engine == MIG_POSTGRESQL ||
               mig_answer_nothing(ctx, &self->session.state);
    if (!self->started || is_of_the_call(&error))
        return mig_raise(ctx, &error);
    return failure_row(ctx, self, &error);
}

static bool dryrun_notes(mig_ctx *ctx, const dryrun *self) {
    return mig_ctx_host(ctx)->engine == MIG_POSTGRESQL ? mig_session_notices(ctx, &self->session)
                                                       : mig_session_notes(ctx, &self->session);
}

MIG_COMMAND(mig_cmd_dryrun) {
    mig_host *host = mig_ctx_host(ctx);
    mig_option option;
    dryrun self;

    memset(&self, 0, sizeof self);
    option = (mig_option){"confirm", MIG_OPTION_TEXT, &self.confirm, false};
    if (!mig_arg_target(ctx, FUNCTION, args, n_args, 0, &self.target) ||
        !mig_options_parse(ctx, FUNCTION, n_args > 1 ? &args[1] : NULL, &option, 1) ||
        !dryrun_look(ctx, &self) || !dryrun_notes(ctx, &self) || !plan_check(ctx, &self) ||
        !mig_run_consent(ctx, FUNCTION, &self.session.state, &self.plan, self.confirm))
        return false;
    if (self.plan.nodes.n == 0)
        return host->engine == MIG_POSTGRESQL || mig_answer_nothing(ctx, &self.session.state);
    return host->check_writable(ctx, FUNCTION) && dryrun_run(ctx, &self);
}
