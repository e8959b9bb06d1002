/*
 * worker.c: runs the statements of a section in a dynamic background worker, a session of its own
 * in which they are what a client's own statements would be.
 *
 * One worker runs a whole section, so that what a statement SETs holds for those behind it and ends
 * with the section. It gets the section's text and the caller's session user, role and settings in a
 * segment of shared memory, and then one command after the other; between two of them it has no
 * transaction. Its errors and notices come back through a queue as messages of the wire protocol
 * and are raised here, where they get their place.
 *
 * While it waits the caller has no snapshot and no lock but the advisory ones of the run, so nothing
 * the worker waits for can wait for the caller. Against what else the session may hold (a lock of
 * the application's) a look at who blocks whom helps.
 *
 * Whatever ends the caller detaches it from the segment, and that ends the worker: an error or a
 * cancellation when the section's memory goes, a FATAL error when the process does.
 */
#include "outside.h"

#include "access/xact.h"
#include "compat.h"
#include "libpq/pqformat.h"
#include "libpq/pqmq.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/ps_status.h"
#include "utils/snapmgr.h"

#define QUEUE_SIZE ((Size)16384)
#define LOOK_EVERY 1000L /* milliseconds: who blocks the worker? is the client still there? */
#define MESSAGE_DONE 'Z'

/* The start of the segment: who is who, and where the rest is. */
typedef struct header {
    Oid database, session_user;
    bool borrowed;                                /* see pgm_outside */
    Size text, role, settings, commands, answers; /* offsets */
} header;

typedef struct command {
    bool quit;
    bool again; /* an earlier run may have begun the statement */
    int statement;
} command;

struct pgm_worker {
    dsm_segment *segment;
    BackgroundWorkerHandle *handle; /* NULL: not started, or has ended */
    shm_mq_handle *commands, *answers;
};

PGDLLEXPORT void migrate_outside_worker(Datum arg);

/* ---- the caller's side: start */

static Size place_take(Size *used, Size size) {
    Size at = *used;

    *used = add_size(at, MAXALIGN(size));
    return at;
}

static Size segment_plan(header *h, const char *text, const char *role, Size settings) {
    Size used = MAXALIGN(sizeof *h);

    memset(h, 0, sizeof *h);
    h->database = MyDatabaseId;
    h->session_user = GetSessionUserId();
    h->text = place_take(&used, strlen(text) + 1);
    h->role = place_take(&used, strlen(role) + 1);
    h->settings = place_take(&used, settings);
    h->commands = place_take(&used, QUEUE_SIZE);
    h->answers = place_take(&used, QUEUE_SIZE);
    return used;
}

/* Also in the exit of the process. */
static void segment_detached(dsm_segment *segment, Datum arg) {
    pgm_worker *worker = (pgm_worker *)DatumGetPointer(arg);

    if (worker->handle != NULL)
        TerminateBackgroundWorker(worker->handle);
    worker->handle = NULL;
    worker->segment = NULL;
}

/* The mapping outlives the transactions of the caller. */
static char *segment_make(pgm_worker *worker, const char *text, bool borrowed) {
    const char *role = GetConfigOption("role", false, false);
    Size settings = EstimateGUCStateSpace();
    header h;
    Size size = segment_plan(&h, text, role, settings);
    char *base;

    worker->segment = dsm_create(size, 0);
    dsm_pin_mapping(worker->segment);
    on_dsm_detach(worker->segment, segment_detached, PointerGetDatum(worker));
    base = dsm_segment_address(worker->segment);
    h.borrowed = borrowed;
    memcpy(base, &h, sizeof h);
    memcpy(base + h.text, text, strlen(text) + 1);
    memcpy(base + h.role, role, strlen(role) + 1);
    SerializeGUCState(settings, base + h.settings);
    return base;
}

static void queues_make(pgm_worker *worker, char *base) {
    const header *h = (const header *)base;
    shm_mq *commands = shm_mq_create(base + h->commands, QUEUE_SIZE);
    shm_mq *answers = shm_mq_create(base + h->answers, QUEUE_SIZE);

    shm_mq_set_sender(commands, MyProc);
    shm_mq_set_receiver(answers, MyProc);
    worker->commands = shm_mq_attach(commands, worker->segment, NULL);
    worker->answers = shm_mq_attach(answers, worker->segment, NULL);
}

static void process_start(pgm_worker *worker) {
    BackgroundWorker process;

    memset(&process, 0, sizeof process);
    strlcpy(process.bgw_name, "migrate outside a transaction", sizeof process.bgw_name);
    strlcpy(process.bgw_type, PGM_WORKER_TYPE, sizeof process.bgw_type);
    strlcpy(process.bgw_library_name, "migrate", sizeof process.bgw_library_name);
    strlcpy(process.bgw_function_name, "migrate_outside_worker", sizeof process.bgw_function_name);
    process.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    process.bgw_start_time = BgWorkerStart_RecoveryFinished;
    process.bgw_restart_time = BGW_NEVER_RESTART;
    process.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(worker->segment));
    process.bgw_notify_pid = MyProcPid;
    if (RegisterDynamicBackgroundWorker(&process, &worker->handle))
        return;
    worker->handle = NULL;
    ereport(
        ERROR,
        (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
         errmsg("no background worker is free for a section outside a transaction"),
         errhint("No statement of the section was run. Raise \"max_worker_processes\" (parallel "
                 "queries take from it, too), or set \"migrate.outside\" to \"inline\".")));
}

void pgm_worker_start(pgm_outside *self) {
    pgm_worker *worker = MemoryContextAllocZero(self->memory, sizeof *worker);
    MemoryContext old = MemoryContextSwitchTo(self->memory);

    self->worker = worker;
    queues_make(worker, segment_make(worker, self->piece.text, self->borrowed));
    process_start(worker);
    shm_mq_set_handle(worker->commands, worker->handle);
    shm_mq_set_handle(worker->answers, worker->handle);
    MemoryContextSwitchTo(old);
}

/* ---- the caller's side: a statement */

static bool is_blocked_by_us(int pid) {
    ArrayType *blockers =
        DatumGetArrayTypeP(DirectFunctionCall1(pg_blocking_pids, Int32GetDatum(pid)));
    int n = ArrayGetNItems(ARR_NDIM(blockers), ARR_DIMS(blockers)), i;
    const int32 *pids = (const int32 *)ARR_DATA_PTR(blockers);
    bool found = false;

    for (i = 0; i < n; i++)
        found = found || pids[i] == MyProcPid;
    pfree(blockers);
    return found;
}

/* What nobody would tell us: nothing can detect that the worker waits for us. */
static void wait_look(const pgm_worker *worker) {
    pid_t pid;

    if (MyProcPort != NULL && pgm_client_is_gone()) {
        ClientConnectionLost = true;
        InterruptPending = true;
        CHECK_FOR_INTERRUPTS();
    }
    if (GetBackgroundWorkerPid(worker->handle, &pid) != BGWH_STARTED || !is_blocked_by_us(pid))
        return;
    ereport(ERROR, (errcode(ERRCODE_T_R_DEADLOCK_DETECTED),
                    errmsg("the statement waits for a lock that this session itself holds"),
                    errhint("It runs outside a transaction, in a session of its own. Release what "
                            "this session holds (LOCK, advisory locks), and run again.")));
}

static void lost_raise(void) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("lost connection to the background worker"),
                    errhint("The server's log says more.")));
}

/* The next message of the worker. */
static StringInfoData answer_wait(const pgm_worker *worker) {
    StringInfoData message;
    shm_mq_result result;
    void *data;
    Size n;
    int woken;

    InvalidateCatalogSnapshot();
    while ((result = shm_mq_receive(worker->answers, &n, &data, true)) == SHM_MQ_WOULD_BLOCK) {
        woken = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_EVERY,
                          PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
        if ((woken & WL_TIMEOUT) != 0)
            wait_look(worker);
    }
    if (result != SHM_MQ_SUCCESS)
        lost_raise();
    initStringInfo(&message);
    appendBinaryStringInfo(&message, data, (int)n);
    return message;
}

/* Raises an error or a notice of the worker. That somebody has cancelled or ended it says who it was. */
static void report_raise(const pgm_worker *worker, StringInfo message) {
    ErrorData report;
    char *who;
    pid_t pid;

    pq_parse_errornotice(message, &report);
    report.elevel = Min(report.elevel, ERROR);
    if (report.elevel == ERROR &&
        ERRCODE_TO_CATEGORY(report.sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION &&
        GetBackgroundWorkerPid(worker->handle, &pid) != BGWH_NOT_YET_STARTED) {
        who = "background worker of the run";
        report.context = report.context == NULL ? who : psprintf("%s\n%s", report.context, who);
    }
    ThrowErrorData(&report);
}

void pgm_worker_run(pgm_outside *self, int i, bool again) {
    pgm_worker *worker = self->worker;
    command what = {false, again, i};
    StringInfoData message;
    bool done = false;
    char type;

    /* Where it has ended, its answers say why. */
    (void)pgm_shm_mq_send(worker->commands, sizeof what, &what);
    while (!done) {
        message = answer_wait(worker);
        type = (char)pq_getmsgbyte(&message);
        if (type == 'E' || type == 'N')
            report_raise(worker, &message);
        done = type == MESSAGE_DONE;
        pfree(message.data);
    }
}

/* ---- the caller's side: end */

void pgm_worker_abandon(pgm_outside *self) {
    if (self->worker != NULL && self->worker->segment != NULL)
        dsm_detach(self->worker->segment);
    self->worker = NULL;
}

void pgm_worker_stop(pgm_outside *self, bool failed) {
    pgm_worker *worker = self->worker;
    command quit = {true, false, 0};

    if (worker == NULL)
        return;
    if (worker->handle != NULL) {
        if (failed)
            TerminateBackgroundWorker(worker->handle);
        else
            (void)pgm_shm_mq_send(worker->commands, sizeof quit, &quit);
        (void)WaitForBackgroundWorkerShutdown(worker->handle);
        worker->handle = NULL;
    }
    pgm_worker_abandon(self);
}

/* ---- the worker's side */

/* The section that is served. */
typedef struct service {
    const char *text;
    List *parsed;
    bool borrowed;
    MemoryContext memory; /* emptied after each command */
} service;

static void statement_show(const char *text, const RawStmt *raw, MemoryContext memory) {
    const char *from = text + Max(raw->stmt_location, 0);
    size_t length = raw->stmt_len > 0 ? (size_t)raw->stmt_len : strlen(from);
    char *statement = MemoryContextAllocZero(memory, length + 1);

    memcpy(statement, from, length);
    debug_query_string = statement;
    pgstat_report_activity(STATE_RUNNING, statement);
    set_ps_display("running");
}

/* In a portal, like a statement of a client: what works in several transactions keeps its memory
   there. */
static void portal_execute(const char *text, RawStmt *raw, bool top_level) {
    CommandTag tag = CreateCommandTag(raw->stmt);
    bool snapshot = analyze_requires_snapshot(raw);
    Portal portal = CreatePortal("", true, true);
    List *plans;

    portal->visible = false;
    if (snapshot)
        PushActiveSnapshot(GetTransactionSnapshot());
    plans = pg_plan_queries(pgm_analyze_and_rewrite(raw, text, NULL, 0), text,
                            CURSOR_OPT_PARALLEL_OK, NULL);
    if (snapshot)
        PopActiveSnapshot();
    PortalDefineQuery(portal, NULL, text, tag, plans, NULL);
    PortalStart(portal, NULL, 0, InvalidSnapshot);
    (void)pgm_portal_run(portal, top_level);
    PortalDrop(portal, false);
}

/* Below the top level, so that it stays in the transaction in which it is confined. */
static void confined_execute(const char *text, RawStmt *raw) {
    pgm_rights rights = pgm_confine();

    portal_execute(text, raw, false);
    PushActiveSnapshot(GetTransactionSnapshot());
    pgm_unconfine(rights);
    PopActiveSnapshot();
}

static void statement_execute(const service *self, const char *text, RawStmt *raw) {
    statement_show(text, raw, self->memory);
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    MemoryContextSwitchTo(self->memory);
    if (self->borrowed && !pgm_is_self_contained(raw->stmt))
        confined_execute(text, raw);
    else
        portal_execute(text, raw, true);
    CommitTransactionCommand();
    MemoryContextSwitchTo(self->memory);
}

/* What an earlier run left is taken away; false: the statement itself is done, too. */
static bool leftovers_repair(const service *self, const Node *stmt, bool again) {
    List *repairs;
    ListCell *cell;
    bool done;

    StartTransactionCommand();
    PushActiveSnapshot(GetTransactionSnapshot());
    MemoryContextSwitchTo(self->memory);
    done = pgm_leftover_look(stmt, again, &repairs);
    PopActiveSnapshot();
    CommitTransactionCommand();
    MemoryContextSwitchTo(self->memory);
    foreach (cell, repairs)
        statement_execute(self, lfirst(cell), linitial_node(RawStmt, pg_parse_query(lfirst(cell))));
    return !done;
}

static void command_execute(const service *self, const command *what) {
    RawStmt *raw = list_nth_node(RawStmt, self->parsed, what->statement);
    StringInfoData done;

    if (leftovers_repair(self, raw->stmt, what->again))
        statement_execute(self, self->text, raw);
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, NULL);
    debug_query_string = NULL;
    pq_beginmessage(&done, MESSAGE_DONE);
    pq_endmessage(&done);
    MemoryContextReset(self->memory);
}

/* Messages travel in the database's encoding, whatever the client's is. */
static void settings_restore(char *base, const header *h) {
    StartTransactionCommand();
    RestoreGUCState(base + h->settings);
    SetClientEncoding(GetDatabaseEncoding());
    if (strcmp(base + h->role, "none") != 0)
        SetConfigOption("role", base + h->role, PGC_USERSET, PGC_S_SESSION);
    CommitTransactionCommand();
}

static void commands_serve(shm_mq_handle *commands, const char *text, bool borrowed) {
    MemoryContext kept =
        AllocSetContextCreate(TopMemoryContext, "migrate section", ALLOCSET_DEFAULT_SIZES);
    service self = {text, NIL, borrowed, NULL};
    void *data;
    Size n;

    self.memory = AllocSetContextCreate(kept, "migrate statement", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(kept);
    self.parsed = pg_parse_query(text);
    while (shm_mq_receive(commands, &n, &data, false) == SHM_MQ_SUCCESS &&
           !((const command *)data)->quit) {
        command_execute(&self, (const command *)data);
        MemoryContextSwitchTo(kept);
    }
}

void migrate_outside_worker(Datum arg) {
    dsm_segment *segment;
    shm_mq_handle *commands, *answers;
    const header *h;
    char *base;

    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    segment = dsm_attach(DatumGetUInt32(arg));
    if (segment == NULL)
        proc_exit(0);
    dsm_pin_mapping(segment);
    base = dsm_segment_address(segment);
    h = (const header *)base;
    shm_mq_set_receiver((shm_mq *)(base + h->commands), MyProc);
    shm_mq_set_sender((shm_mq *)(base + h->answers), MyProc);
    commands = shm_mq_attach((shm_mq *)(base + h->commands), segment, NULL);
    answers = shm_mq_attach((shm_mq *)(base + h->answers), segment, NULL);
    pq_redirect_to_shm_mq(segment, answers);
    BackgroundWorkerInitializeConnectionByOid(h->database, h->session_user, PGM_WORKER_FLAGS);
    settings_restore(base, h);
    commands_serve(commands, base + h->text, h->borrowed);
    proc_exit(0);
}
