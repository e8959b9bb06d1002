/*
 * procedure.c: the SQL procedures: runs that commit while they work (CALL).
 *
 * What the core keeps lives in a child of the portal's context, which survives commits; SPI is opened
 * for each commit and closed behind it. A unit is a transaction: pgm_unit_begin gives it the snapshot
 * that code of the server expects to be there, pgm_unit_commit takes it away, so that between two
 * units nobody has to wait for us. The declarations have no SET clause: a procedure with one cannot
 * commit.
 *
 * Who blocks us is known only while we wait, and nothing of ours runs then. But the server says it in
 * the log (log_lock_waits) once it has looked for a deadlock: it is made to look before the time-out
 * and to say so, and a hook on the log takes the process ids out. Parameters that an ordinary user
 * may not set are set for him here, to the end of the unit.
 */
#include "worker.h"

#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../shared/text.h"

/* Processes that are named; the rest is counted. */
#define BLOCKERS_MAX 3

static Datum procedure_call(FunctionCallInfo fcinfo, const char *name);

#define PGM_PROCEDURE(name)                                                                        \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    Datum name(PG_FUNCTION_ARGS) {                                                                 \
        return procedure_call(fcinfo, #name);                                                      \
    }

PGM_PROCEDURE(migrate_upgrade_online)
PGM_PROCEDURE(migrate_downgrade_online)

/* ---- units */

bool pgm_unit_begin(mig_ctx *ctx) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (pgm_host_of(ctx)->nonatomic)
        EnsurePortalSnapshotExists();
    return true;
}

static void commit(void) {
    if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    SPI_commit();
    SPI_finish();
}

static bool leave_work(mig_ctx *ctx, void *arg) {
    pgm_leave_check(pgm_host_of(ctx));
    return true;
}

/* A commit that failed has begun a new transaction, and has left SPI open. */
bool pgm_unit_commit(mig_ctx *ctx) {
    mig_error error;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (pgm_host_of(ctx)->nonatomic && pgm_host_of(ctx)->unchecked &&
        !pgm_attempt(ctx, leave_work, NULL, &error))
        return mig_raise(ctx, &error);
    if (!pgm_host_of(ctx)->nonatomic || pgm_catch(ctx, commit))
        return true;
    SPI_finish();
    return false;
}

/* ---- waiting for others */

/* What the hook found; of the latest wait. */
static struct {
    bool watching; /* our parameters are in force */
    bool logged;   /* without us the server would have logged it too */
    int pids[BLOCKERS_MAX];
    int n; /* may be more than there is room for */
} blockers;

static emit_log_hook_type next_log_hook = NULL;

/* "Process holding the lock: 123, 456. Wait queue: 789." in whatever language: the first list of
   numbers. */
static void blockers_read(const char *text) {
    int pid;

    blockers.n = 0;
    text += strcspn(text, "0123456789");
    while (*text >= '0' && *text <= '9') {
        for (pid = 0; *text >= '0' && *text <= '9'; text++)
            pid = pid * 10 + (*text - '0');
        if (blockers.n < BLOCKERS_MAX)
            blockers.pids[blockers.n] = pid;
        blockers.n++;
        if (text[0] == ',' && text[1] == ' ')
            text += 2;
    }
}

static void log_hook(ErrorData *data) {
    if (blockers.watching && data->elevel == LOG && data->funcname != NULL &&
        strcmp(data->funcname, "ProcSleep") == 0) {
        if (data->detail_log != NULL)
            blockers_read(data->detail_log);
        data->output_to_server = data->output_to_server && blockers.logged;
    }
    if (next_log_hook != NULL)
        next_log_hook(data);
}

static void hook_install(void) {
    static bool installed = false;

    if (installed)
        return;
    installed = true;
    next_log_hook = emit_log_hook;
    emit_log_hook = log_hook;
}

static void setting_local(const char *name, const char *value, GucContext context) {
    (void)set_config_option(name, value, context, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

bool pgm_impatient(mig_ctx *ctx, int64_t *retries) {
    int half = Max(pgm_lock_timeout / 2, 1);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    *retries = pgm_lock_retries;
    blockers.n = 0;
    if (pgm_lock_timeout == 0)
        return true;
    hook_install();
    blockers.logged = log_lock_waits;
    blockers.watching = true;
    setting_local("lock_timeout", psprintf("%d", pgm_lock_timeout), PGC_USERSET);
    setting_local("deadlock_timeout", psprintf("%d", Min(DeadlockTimeout, half)), PGC_SUSET);
    setting_local("log_lock_waits", "on", PGC_SUSET);
    return true;
}

static bool blocker_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols) {
    mig_buf_add(arg, cols[0].text);
    return mig_ctx_error(ctx) == NULL;
}

/* A role sees of another's session only that it is there. */
static bool blocker_add(mig_ctx *ctx, mig_buf *out, int pid) {
    mig_value param = {MIG_INT, {NULL, 0}, pid};
    size_t before = out->n;

    if (!pgm_query(ctx,
                   "SELECT format('process %s (%s for %s s: %s)', pid, "
                   "coalesce(state, backend_type), round(date_part('epoch', "
                   "clock_timestamp() {-} coalesce(xact_start, state_change, backend_start))), "
                   "\"left\"(regexp_replace(query, '[[:space:]]+', ' ', 'g'), 100)) "
                   "FROM pg_catalog.pg_stat_activity WHERE pid {=} $1",
                   &param, 1, MIG_SNAPSHOT_FRESH, blocker_row, out))
        return false;
    if (out->n == before)
        mig_buf_addf(out, "process %d (gone by now)", pid);
    return mig_ctx_error(ctx) == NULL;
}

bool pgm_blocker(mig_ctx *ctx, mig_str *who) {
    mig_buf out = mig_buf_new(ctx);
    int i;

    *who = (mig_str){"", 0};
    for (i = 0; i < Min(blockers.n, BLOCKERS_MAX); i++) {
        if (i > 0)
            mig_buf_add_z(&out, ", ");
        if (!blocker_add(ctx, &out, blockers.pids[i]))
            return false;
    }
    if (blockers.n > BLOCKERS_MAX)
        mig_buf_addf(&out, " and %d more", blockers.n - BLOCKERS_MAX);
    *who = mig_buf_str(&out);
    return mig_ctx_error(ctx) == NULL;
}

bool pgm_pause(mig_ctx *ctx, int64_t microseconds) {
    TimestampTz end = GetCurrentTimestamp() + microseconds;
    TimestampTz now;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    InvalidateCatalogSnapshot();
    while ((now = GetCurrentTimestamp()) < end) {
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                        (long)((end - now) / 1000 + 1), PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
    return true;
}

/* ---- in a worker */

typedef struct apart {
    MemoryContext memory;
    mig_request request;
    pgm_worker *worker;
    bool failed;
} apart;

static bool apart_work(mig_ctx *ctx, void *arg) {
    apart *self = arg;

    self->worker = pgm_worker_start(self->memory, pgm_host_of(ctx), MIG_REQUEST_ACTION);
    pgm_worker_ask(self->worker, ctx, &self->request, 0);
    return mig_ctx_error(ctx) == NULL;
}

static bool apart_stop_work(mig_ctx *ctx, void *arg) {
    const apart *self = arg;

    pgm_worker_stop(self->worker, ctx, self->failed);
    return true;
}

/* The error is raised when the worker is gone. */
static bool apart_run(mig_ctx *ctx, apart *self) {
    pgm_host *host = pgm_host_of(ctx);
    mig_error error, lost;
    pgm_kept_error kept;

    if (pgm_attempt(ctx, apart_work, self, &error))
        return pgm_attempt(ctx, apart_stop_work, self, &error) || mig_raise(ctx, &error);
    self->failed = true;
    kept = pgm_caught_keep(host);
    (void)pgm_attempt(ctx, apart_stop_work, self, &lost);
    pgm_caught_put(host, &kept);
    return mig_raise(ctx, &error);
}

bool pgm_run_apart(mig_ctx *ctx, const char *action, const mig_value *args, size_t n_args) {
    apart self;
    bool done;

    if (!pgm_unit_commit(ctx))
        return false;
    memset(&self, 0, sizeof self);
    self.memory =
        AllocSetContextCreate(pgm_host_of(ctx)->memory, "migrate worker", ALLOCSET_DEFAULT_SIZES);
    self.request.kind = MIG_REQUEST_ACTION;
    self.request.action = action;
    self.request.args = args;
    self.request.n_args = n_args;
    done = apart_run(ctx, &self);
    MemoryContextDelete(self.memory);
    return done;
}

/* ---- the call */

static bool is_nonatomic(FunctionCallInfo fcinfo) {
    const Node *context = (const Node *)fcinfo->context;

    return context != NULL && IsA(context, CallContext) &&
           !((const CallContext *)context)->atomic && !IsSubTransaction();
}

static const char *atomic_reason(void) {
    if (IsSubTransaction())
        return "The call comes from a block with an EXCEPTION clause, or behind a savepoint.";
    if (IsTransactionBlock())
        return "The call stands in a transaction block, or in one string with other statements.";
    return "The call comes from a function, or from a procedure with a SET clause or SECURITY "
           "DEFINER.";
}

static void atomic_refuse(const mig_action *action) {
    bool down = strcmp(action->name, "migrate_downgrade_online") == 0;

    ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                    errmsg("cannot execute %s() inside a transaction", action->name),
                    errdetail("%s", atomic_reason()),
                    errhint("It commits each revision by itself: send CALL %s(%s) alone, with "
                            "autocommit on. SELECT %s(%s) runs in the transaction.",
                            action->name, down ? "target" : "",
                            down ? "migrate_downgrade" : "migrate_upgrade", down ? "target" : "")));
}

static bool line_say(mig_ctx *ctx, const char *line) {
    char *text = pgm_to_server(mig_str_of(line));

    ereport(INFO, (errmsg_internal("%s", text)));
    pfree(text);
    return true;
}

static void call_end(pgm_host *host) {
    blockers.watching = false;
    pgm_locks_release(host);
    pgm_locks_clean(host);
}

void pgm_call_guarded(pgm_host *host, const mig_action *action, const mig_value *args,
                      size_t n_args) {
    mig_ctx *ctx = pgm_host_ctx(host);

    PG_TRY();
    {
        pgm_call(ctx, action, NULL, args, n_args);
        if (mig_ctx_error(ctx) != NULL)
            pgm_throw(ctx);
        pgm_leave_check(host);
    }
    PG_CATCH();
    {
        call_end(host);
        PG_RE_THROW();
    }
    PG_END_TRY();
    call_end(host);
}

/* The arguments must outlive the transaction in which they came. */
static void arguments_keep(mig_value *args, size_t n_args) {
    size_t i;

    for (i = 0; i < n_args; i++)
        if (args[i].type == MIG_TEXT)
            args[i].text.p = pnstrdup(args[i].text.p, args[i].text.n);
}

static Datum procedure_call(FunctionCallInfo fcinfo, const char *name) {
    const mig_action *action = mig_action_find(name);
    mig_value args[PGM_ARGS_MAX];
    pgm_host *host;
    MemoryContext old;
    size_t n_args;

    if (action == NULL)
        elog(ERROR, "the core has no procedure %s()", name);
    host = pgm_host_new(PortalContext, name);
    host->nonatomic = is_nonatomic(fcinfo);
    host->host.say = line_say;
    if (!host->nonatomic && pgm_running() == NULL)
        atomic_refuse(action);
    old = MemoryContextSwitchTo(host->memory);
    n_args = pgm_arguments(fcinfo, args);
    arguments_keep(args, n_args);
    pgm_call_guarded(host, action, args, n_args);
    MemoryContextSwitchTo(old);
    pgm_host_free(host);
    return (Datum)0;
}
