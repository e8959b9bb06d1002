/*
 * progress_list.c: migrate_progress: which runs are under way, how far they are, who waits.
 *
 * What a session shows is believed only of those that hold the lock of a run, or wait for it. The
 * tables are read only to complete an id that found no room, and only where the caller may.
 */
#include "command.h"
#include "progress.h"
#include "value.h"

#include <string.h>

enum {
    PID,
    WHO,
    ACTION,
    REVISION,
    STEP,
    STEPS,
    REMAINING,
    STATEMENT,
    STATEMENTS,
    ROWS,
    STATE,
    BLOCKED_BY,
    STARTED,
    SINCE,
    QUERY,
    N_COLUMNS
};

typedef struct completion {
    mig_str clipped, found;
} completion;

/* The only id that begins so. */
static bool complete_work(mig_ctx *ctx, void *arg) {
    completion *self = arg;
    mig_state state;
    size_t i, n = 0;

    if (!mig_state_read(ctx, MIG_SNAPSHOT_CALLER, &state))
        return false;
    for (i = 0; i < state.n; i++)
        if (mig_str_starts(state.revisions[i].id, self->clipped) && n++ == 0)
            self->found = state.revisions[i].id;
    if (n != 1)
        self->found = (mig_str){NULL, 0};
    return mig_ctx_error(ctx) == NULL;
}

static mig_str name_complete(mig_ctx *ctx, const mig_progress *p) {
    completion work = {{NULL, 0}, {NULL, 0}};
    mig_error error;

    if (p->name.n < 2 || p->name.p[p->name.n - 1] != '~' || p->statement + p->place == 0)
        return p->name;
    work.clipped = mig_str_sub(p->name, 0, p->name.n - 1);
    if (!mig_ctx_host(ctx)->attempt(ctx, complete_work, &work, &error) || work.found.p == NULL)
        return p->name;
    return work.found;
}

static mig_value count_or_null(size_t count, bool known) {
    mig_value null = {MIG_NULL, {NULL, 0}, 0};

    return known ? mig_value_int((int64_t)count) : null;
}

static void progress_fill(mig_ctx *ctx, const mig_progress *p, int64_t since, mig_value *cols) {
    cols[ACTION] = mig_value_text(p->action);
    if (p->name.n > 0)
        cols[REVISION] = mig_value_text(name_complete(ctx, p));
    cols[STEP] = count_or_null(p->place, p->n_places > 0);
    cols[STEPS] = count_or_null(p->n_places, p->n_places > 0);
    cols[REMAINING] =
        count_or_null(p->n_places - p->place, p->n_places >= p->place && p->n_places > 0);
    cols[STATEMENT] = count_or_null(p->statement, p->statement > 0);
    cols[STATEMENTS] = count_or_null(p->n_statements, p->statement > 0);
    cols[ROWS] = count_or_null(p->rows, p->rows > 0);
    cols[SINCE] = mig_value_text(mig_time_iso(ctx, since));
}

static mig_str state_of(const mig_value *session, bool runs) {
    if (session[MIG_SESSION_HOLDS].integer == 0)
        return MIG_STR("waiting for the migration lock");
    if (session[MIG_SESSION_WAITS].integer != 0)
        return MIG_STR("waiting for a lock");
    return runs ? MIG_STR("running") : MIG_STR("holding the migration lock");
}

static mig_value value_copy(mig_ctx *ctx, const mig_value *from) {
    mig_value value = *from;

    if (value.type == MIG_TEXT)
        value.text = mig_str_copy(ctx, value.text);
    return value;
}

typedef struct session_list {
    mig_value *rows; /* MIG_SESSION_COLUMNS each */
    size_t n, room;
} session_list;

static bool session_take(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols) {
    session_list *list = arg;
    mig_value(*rows)[MIG_SESSION_COLUMNS] =
        mig_grow(ctx, list->rows, list->n, &list->room, sizeof *rows);
    size_t i;

    if (rows == NULL || n_cols != MIG_SESSION_COLUMNS)
        return false;
    for (i = 0; i < n_cols; i++)
        rows[list->n][i] = value_copy(ctx, &cols[i]);
    list->rows = rows[0];
    list->n++;
    return mig_ctx_error(ctx) == NULL;
}

static bool session_emit(mig_ctx *ctx, const mig_value *session) {
    mig_value cols[N_COLUMNS];
    mig_progress progress;
    int64_t since;
    bool runs;

    memset(cols, 0, sizeof cols);
    runs = mig_progress_read(session[MIG_SESSION_LINE].text, mig_ctx_host(ctx)->now(ctx), &progress,
                             &since);
    if (runs)
        progress_fill(ctx, &progress, since, cols);
    cols[PID] = session[MIG_SESSION_PID];
    cols[WHO] = session[MIG_SESSION_WHO];
    cols[STATE] = mig_value_text(state_of(session, runs));
    cols[BLOCKED_BY] = session[MIG_SESSION_BLOCKERS];
    cols[STARTED] = session[MIG_SESSION_STARTED];
    cols[QUERY] = session[MIG_SESSION_QUERY];
    return mig_ctx_error(ctx) == NULL && mig_ctx_host(ctx)->row(ctx, cols, N_COLUMNS);
}

MIG_COMMAND(mig_cmd_progress) {
    mig_host *host = mig_ctx_host(ctx);
    session_list list = {NULL, 0, 0};
    size_t i;

    (void)args;
    (void)n_args;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (host->sessions == NULL) {
        mig_fail(ctx, MIG_E_UNSUPPORTED,
                 "migrate_progress: SQLite shows nobody what another "
                 "connection is doing");
        mig_hint(ctx,
                 "A run holds the write lock of the file: others see the database as it was until "
                 "it commits, and then in migrate_log() what was done.");
        return false;
    }
    if (!host->sessions(ctx, session_take, &list))
        return false;
    for (i = 0; i < list.n; i++)
        if (!session_emit(ctx, list.rows + i * MIG_SESSION_COLUMNS))
            return false;
    return true;
}
