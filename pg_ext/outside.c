/*
 * outside.c: runs sections outside a transaction (transaction:false), statement by statement, in a
 * background worker or inline.
 *
 * The core calls once or several times for a section, with a part of its statements each time, in
 * order. The whole text is parsed at the first call, so that a syntax error in the last line means
 * that nothing ran. What holds over several statements is kept until the last one: the worker, or
 * what the section has SET. Statements that an earlier run finished are not asked for again; those of
 * them that only SET something are run all the same.
 */
#include "outside.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

int pgm_outside_way = PGM_OUTSIDE_WORKER;

bool pgm_is_self_contained(const Node *node) {
    switch (nodeTag(node)) {
    case T_IndexStmt:
        return ((const IndexStmt *)node)->concurrent;
    case T_DropStmt:
        return ((const DropStmt *)node)->concurrent;
    case T_AlterTableStmt:
        return pgm_is_detach_concurrently(
            linitial_node(AlterTableCmd, ((const AlterTableStmt *)node)->cmds));
    case T_ReindexStmt:
    case T_VacuumStmt:
    case T_ClusterStmt:
    case T_CreatedbStmt:
    case T_DropdbStmt:
    case T_AlterSystemStmt:
        return true;
    default:
        return false;
    }
}

bool pgm_is_confinable(const Node *stmt) {
#ifdef USE_ASSERT_CHECKING
    return !pgm_is_self_contained(stmt);
#else
    return true;
#endif
}

/* ---- a section */

static pgm_outside *section_new(pgm_host *host) {
    MemoryContext memory =
        AllocSetContextCreate(host->memory, "migrate outside", ALLOCSET_DEFAULT_SIZES);
    pgm_outside *self = MemoryContextAllocZero(memory, sizeof *self);

    self->memory = memory;
    self->runner = pgm_runner(host);
    self->confined = host->confined;
    self->inlined = pgm_outside_way == PGM_OUTSIDE_INLINE;
    return self;
}

static void section_parse(pgm_outside *self, pgm_host *host, const mig_section_run *run) {
    MemoryContext old = MemoryContextSwitchTo(self->memory);

    self->revision = pstrdup(run->revision);
    self->line = run->line;
    pgm_piece_open(&self->piece, host, run, run->text, run->line, 1);
    pgm_piece_push(&self->piece);
    self->parsed = pgm_piece_parse(&self->piece);
    pgm_piece_pop(&self->piece);
    MemoryContextSwitchTo(old);
}

static void section_close(pgm_host *host) {
    pgm_outside *self = host->outside;

    host->outside = NULL;
    MemoryContextDelete(self->memory);
}

/* Is it the same text? Without a copy where the encodings are the same: it is asked at each statement. */
static bool text_is(const pgm_outside *self, mig_str text) {
    char *converted;
    bool same;

    if (GetDatabaseEncoding() == PG_UTF8)
        return strlen(self->piece.text) == text.n && memcmp(self->piece.text, text.p, text.n) == 0;
    converted = pgm_to_server(text);
    same = strcmp(self->piece.text, converted) == 0;
    pfree(converted);
    return same;
}

/* Is it the one we are in the middle of? */
static bool section_goes_on(const pgm_outside *self, const mig_section_run *run) {
    return self != NULL && strcmp(self->revision, run->revision) == 0 && self->line == run->line &&
           text_is(self, run->text);
}

/* ---- attempts: errors of each become the core's */

typedef struct turn {
    const mig_section_run *run;
    int statement;
    bool again;
} turn;

static bool open_work(mig_ctx *ctx, void *arg) {
    pgm_host *host = pgm_host_of(ctx);
    const turn *t = arg;

    pgm_section_name(host, t->run);
    if (host->outside != NULL)
        section_close(host);
    host->outside = section_new(host);
    section_parse(host->outside, host, t->run);
    if (host->outside->inlined) {
        pgm_inline_check(host);
        pgm_inline_confine(host->outside);
    }
    return true;
}

/* The statement at which the piece stands, by itself. */
static void worker_run(mig_ctx *ctx, pgm_outside *self, const turn *t) {
    const pgm_piece *piece = &self->piece;
    mig_statement statement;
    mig_request request;

    memset(&statement, 0, sizeof statement);
    memset(&request, 0, sizeof request);
    request.kind = MIG_REQUEST_SECTION;
    request.section = *t->run;
    request.section.text = pgm_from_server(piece->start.at, (size_t)piece->length);
    request.section.statements = &statement;
    request.section.n_statements = 1;
    request.section.again = t->again;
    statement.length = request.section.text.n;
    statement.line = piece->start.line;
    statement.column = piece->start.column;
    if (self->worker == NULL)
        self->worker = pgm_worker_start(self->memory, piece->host, MIG_REQUEST_SECTION);
    pgm_worker_ask(self->worker, ctx, &request, piece->start.characters);
    piece->host->watch.warned = pgm_worker_warned(self->worker);
}

static bool turn_work(mig_ctx *ctx, void *arg) {
    pgm_outside *self = pgm_host_of(ctx)->outside;
    const turn *t = arg;
    RawStmt *raw = list_nth_node(RawStmt, self->parsed, t->statement);
    MemoryContext old = CurrentMemoryContext;
    MemoryContext each =
        AllocSetContextCreate(self->memory, "migrate statement", ALLOCSET_DEFAULT_SIZES);

    MemoryContextSwitchTo(each);
    self->piece.kind = nodeTag(raw->stmt);
    pgm_piece_push(&self->piece);
    pgm_statement_refuse(self->piece.host, raw->stmt);
    if (self->inlined) {
        pgm_inline_enter(self);
        pgm_inline_run(self, raw, t->again);
        pgm_inline_leave(self);
    } else {
        worker_run(ctx, self, t);
    }
    pgm_piece_pop(&self->piece);
    MemoryContextSwitchTo(old);
    MemoryContextDelete(each);
    return true;
}

static bool worker_close_work(mig_ctx *ctx, void *arg) {
    const bool *failed = arg;

    pgm_worker_stop(pgm_host_of(ctx)->outside->worker, ctx, *failed);
    return true;
}

static bool inline_leave_work(mig_ctx *ctx, void *arg) {
    pgm_inline_leave(pgm_host_of(ctx)->outside);
    return true;
}

/* Looked for when the worker has ended. With what the section has SET put back another table may go
   by the name: then nothing is found. */
static bool left_work(mig_ctx *ctx, void *arg) {
    pgm_host *host = pgm_host_of(ctx);
    const pgm_outside *self = host->outside;
    char *left;

    PushActiveSnapshot(GetTransactionSnapshot());
    left = pgm_leftover_text(list_nth_node(RawStmt, self->parsed, self->next - 1)->stmt);
    PopActiveSnapshot();
    if (left != NULL)
        host->leftover = MemoryContextStrdup(host->memory, left);
    return true;
}

static void left_note(mig_ctx *ctx) {
    const pgm_outside *self = pgm_host_of(ctx)->outside;
    mig_error lost;

    if (self->next == 0)
        return;
    if (self->inlined)
        (void)pgm_attempt_alone(ctx, left_work, NULL, &lost);
    else
        (void)pgm_attempt(ctx, left_work, NULL, &lost);
}

bool pgm_leftover(mig_ctx *ctx, mig_str *what) {
    *what = mig_str_of(pgm_keep(ctx, pgm_host_of(ctx)->leftover));
    return mig_ctx_error(ctx) == NULL;
}

static bool outside_close(mig_ctx *ctx, bool failed) {
    pgm_host *host = pgm_host_of(ctx);
    mig_error error;
    bool done;

    if (host->outside == NULL)
        return true;
    done = host->outside->inlined ? pgm_attempt_alone(ctx, inline_leave_work, NULL, &error)
                                  : pgm_attempt(ctx, worker_close_work, &failed, &error);
    if (failed)
        left_note(ctx);
    section_close(host);
    pgm_place_forget(host);
    return done || failed || mig_raise(ctx, &error);
}

/* A failure is raised when nothing of the section goes on behind it; what was caught is the first
   error, whatever happens then. */
static bool turn_failed(mig_ctx *ctx, const mig_error *error) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_kept_error kept = pgm_caught_keep(host);

    (void)outside_close(ctx, true);
    pgm_caught_put(host, &kept);
    return mig_raise(ctx, error);
}

static bool turn_take(mig_ctx *ctx, const mig_section_run *run, int statement, bool again) {
    const pgm_outside *self = pgm_host_of(ctx)->outside;
    turn t = {run, statement, again};
    mig_error error;

    if (self->inlined ? pgm_attempt_alone(ctx, turn_work, &t, &error)
                      : pgm_attempt(ctx, turn_work, &t, &error))
        return true;
    return turn_failed(ctx, &error);
}

/* ---- statements */

/* Only sets something for the session: to be run again by whoever goes on behind it. */
static bool is_setting(const RawStmt *raw) {
    return IsA(raw->stmt, VariableSetStmt);
}

static size_t offset_in_server(const mig_section_run *run, const mig_statement *s) {
    size_t offset = s->start;
    char *converted;

    if (GetDatabaseEncoding() == PG_UTF8)
        return offset;
    converted = pgm_to_server((mig_str){run->text.p, s->start});
    offset = strlen(converted);
    pfree(converted);
    return offset;
}

/* Runs the statement, and before it those left out that only set something. */
static bool statement_run(mig_ctx *ctx, const mig_section_run *run, const mig_statement *s,
                          bool again) {
    pgm_outside *self = pgm_host_of(ctx)->outside;
    size_t offset = offset_in_server(run, s);
    bool here;
    RawStmt *raw;

    while (self->next < list_length(self->parsed)) {
        raw = list_nth_node(RawStmt, self->parsed, self->next);
        pgm_piece_at(&self->piece, raw);
        here = (size_t)(self->piece.start.at - self->piece.text) >= offset;
        self->next++;
        if ((here || is_setting(raw)) && !turn_take(ctx, run, self->next - 1, again && here))
            return false;
        if (here)
            return true;
    }
    return mig_fail(ctx, MIG_E_STATE, "a statement of the section was not found again");
}

bool pgm_run_outside(mig_ctx *ctx, const mig_section_run *run) {
    pgm_host *host = pgm_host_of(ctx);
    turn t = {run, 0, false};
    mig_error error;
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    host->leftover = NULL;
    if (!section_goes_on(host->outside, run) && !pgm_attempt(ctx, open_work, &t, &error))
        return turn_failed(ctx, &error);
    host->outside->piece.run = run;
    for (i = 0; i < run->n_statements; i++) {
        pgm_progress_statement(host, run, i);
        if (!statement_run(ctx, run, &run->statements[i], run->again && i == 0))
            return false;
    }
    if (host->outside->next < list_length(host->outside->parsed))
        return true;
    return outside_close(ctx, false);
}
