/*
 * worker.c: asks a dynamic background worker, a session of its own, to run something: statements of a
 * section outside a transaction, which are there what a client's own statements would be, or a whole
 * action of the core. The worker's side is service.c.
 *
 * It gets the caller's session user, role and settings in a segment of shared memory, and then one
 * request after the other through a queue; between two of them it has no transaction. What a request
 * SETs holds for those behind it, and ends with the worker. Its lines, notices and errors come back
 * through another queue and are raised here, where they get their place.
 *
 * While it waits the caller has no snapshot and no lock but the advisory ones of the run, so nothing
 * the worker waits for can wait for the caller. Against what else the session may hold (a lock of
 * the application's) a look at who blocks whom helps.
 *
 * Whatever ends the caller detaches it from the segment, and that ends the worker: an error or a
 * cancellation when the worker's memory goes, a FATAL error when the process does.
 */
#include "worker.h"

#include "compat.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define QUEUE_SIZE ((Size)16384)
#define LOOK_EVERY 1000L /* milliseconds: who blocks the worker? is the client still there? */

struct pgm_worker {
    MemoryContextCallback end; /* of its memory */
    dsm_segment *segment;
    BackgroundWorkerHandle *handle; /* NULL: not started, or has ended */
    shm_mq_handle *requests, *replies;
};

/* ---- start */

static Size place_take(Size *used, Size size) {
    Size at = *used;

    *used = add_size(at, MAXALIGN(size));
    return at;
}

static Size segment_plan(pgm_worker_head *h, const char *role, Size settings) {
    Size used = MAXALIGN(sizeof *h);

    memset(h, 0, sizeof *h);
    h->database = MyDatabaseId;
    h->session_user = GetSessionUserId();
    h->role = place_take(&used, strlen(role) + 1);
    h->settings = place_take(&used, settings);
    h->requests = place_take(&used, QUEUE_SIZE);
    h->replies = place_take(&used, QUEUE_SIZE);
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
static char *segment_make(pgm_worker *worker, pgm_host *host, mig_request_kind purpose) {
    Oid runner = purpose == MIG_REQUEST_SECTION ? pgm_runner(host) : InvalidOid;
    bool confined = OidIsValid(runner) && host->confined;
    const char *role =
        confined ? GetUserNameFromId(runner, false) : GetConfigOption("role", false, false);
    Size settings = EstimateGUCStateSpace();
    pgm_worker_head h;
    Size size = segment_plan(&h, role, settings);
    char *base;

    worker->segment = dsm_create(size, 0);
    dsm_pin_mapping(worker->segment);
    on_dsm_detach(worker->segment, segment_detached, PointerGetDatum(worker));
    base = dsm_segment_address(worker->segment);
    h.confined = confined;
    h.watch.on = OidIsValid(runner) && !confined && superuser_arg(runner);
    h.watch.warned = host->watch.warned;
    memcpy(base, &h, sizeof h);
    memcpy(base + h.role, role, strlen(role) + 1);
    SerializeGUCState(settings, base + h.settings);
    return base;
}

static void queues_make(pgm_worker *worker, char *base) {
    const pgm_worker_head *h = (const pgm_worker_head *)base;
    shm_mq *requests = shm_mq_create(base + h->requests, QUEUE_SIZE);
    shm_mq *replies = shm_mq_create(base + h->replies, QUEUE_SIZE);

    shm_mq_set_sender(requests, MyProc);
    shm_mq_set_receiver(replies, MyProc);
    worker->requests = shm_mq_attach(requests, worker->segment, NULL);
    worker->replies = shm_mq_attach(replies, worker->segment, NULL);
}

static void free_refuse(mig_request_kind purpose) {
    bool section = purpose == MIG_REQUEST_SECTION;

    ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                    errmsg("no background worker is free for %s",
                           section ? "a section outside a transaction" : "the run"),
                    errhint("%s was run. Raise \"max_worker_processes\" (parallel queries take "
                            "from it, too), or %s.",
                            section ? "No statement of the section" : "Nothing",
                            section ? "set \"migrate.outside\" to \"inline\""
                                    : "leave out the option \"worker\"")));
}

static void process_start(pgm_worker *worker, mig_request_kind purpose) {
    BackgroundWorker process;

    memset(&process, 0, sizeof process);
    strlcpy(process.bgw_name, "migrate", sizeof process.bgw_name);
    strlcpy(process.bgw_type, PGM_WORKER_TYPE, sizeof process.bgw_type);
    strlcpy(process.bgw_library_name, "migrate", sizeof process.bgw_library_name);
    strlcpy(process.bgw_function_name, "migrate_worker", sizeof process.bgw_function_name);
    process.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    process.bgw_start_time = BgWorkerStart_RecoveryFinished;
    process.bgw_restart_time = BGW_NEVER_RESTART;
    process.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(worker->segment));
    process.bgw_notify_pid = MyProcPid;
    if (RegisterDynamicBackgroundWorker(&process, &worker->handle))
        return;
    worker->handle = NULL;
    free_refuse(purpose);
}

/* As far as the end of memory may go: never waits, never raises an error. */
static void worker_abandon(void *arg) {
    pgm_worker *worker = arg;

    if (worker->segment != NULL)
        dsm_detach(worker->segment);
}

pgm_worker *pgm_worker_start(MemoryContext memory, pgm_host *host, mig_request_kind purpose) {
    pgm_worker *worker = MemoryContextAllocZero(memory, sizeof *worker);
    MemoryContext old = MemoryContextSwitchTo(memory);

    worker->end.func = worker_abandon;
    worker->end.arg = worker;
    MemoryContextRegisterResetCallback(memory, &worker->end);
    queues_make(worker, segment_make(worker, host, purpose));
    process_start(worker, purpose);
    shm_mq_set_handle(worker->requests, worker->handle);
    shm_mq_set_handle(worker->replies, worker->handle);
    MemoryContextSwitchTo(old);
    return worker;
}

/* ---- a request */

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
static StringInfoData reply_wait(const pgm_worker *worker) {
    StringInfoData message;
    shm_mq_result result;
    void *data;
    Size n;
    int woken;

    InvalidateCatalogSnapshot();
    while ((result = shm_mq_receive(worker->replies, &n, &data, true)) == SHM_MQ_WOULD_BLOCK) {
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

/* That somebody has cancelled or ended it says who it was. */
static const char *who_said(const pgm_worker *worker, const mig_reply *reply) {
    pid_t pid;

    if (reply->kind != MIG_REPLY_ERROR || strncmp(reply->error.sqlstate, "57", 2) != 0 ||
        GetBackgroundWorkerPid(worker->handle, &pid) == BGWH_NOT_YET_STARTED)
        return NULL;
    return "background worker of the run";
}

/* Hands on one message; false: it was the last one. */
static bool reply_take(pgm_worker *worker, mig_ctx *ctx, mig_str message, int characters) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_reply reply;
    bool ok = mig_reply_parse(ctx, message, &reply);

    if (!ok)
        pgm_throw(ctx);
    if (reply.kind == MIG_REPLY_LINE)
        ok = mig_answer_line(ctx, reply.line);
    else if (reply.kind != MIG_REPLY_DONE)
        pgm_report_raise(&reply, characters, who_said(worker, &reply));
    mig_arena_release(ctx, mark);
    return ok && reply.kind != MIG_REPLY_DONE;
}

/* Where it has ended, its replies say why. */
static void request_send(pgm_worker *worker, mig_ctx *ctx, const mig_request *request) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_str message = mig_request_emit(ctx, request);

    if (message.p == NULL)
        pgm_throw(ctx);
    (void)pgm_shm_mq_send(worker->requests, message.n, message.p);
    mig_arena_release(ctx, mark);
}

void pgm_worker_ask(pgm_worker *worker, mig_ctx *ctx, const mig_request *request, int characters) {
    StringInfoData message;
    bool more = true;

    request_send(worker, ctx, request);
    while (more) {
        message = reply_wait(worker);
        more = reply_take(worker, ctx, (mig_str){message.data, (size_t)message.len}, characters);
        pfree(message.data);
    }
}

bool pgm_worker_warned(const pgm_worker *worker) {
    return ((const pgm_worker_head *)dsm_segment_address(worker->segment))->watch.warned;
}

/* ---- the end */

void pgm_worker_stop(pgm_worker *worker, mig_ctx *ctx, bool failed) {
    mig_request quit;

    if (worker == NULL)
        return;
    memset(&quit, 0, sizeof quit);
    quit.kind = MIG_REQUEST_QUIT;
    if (worker->handle != NULL) {
        if (failed)
            TerminateBackgroundWorker(worker->handle);
        else
            request_send(worker, ctx, &quit);
        (void)WaitForBackgroundWorkerShutdown(worker->handle);
        worker->handle = NULL;
    }
    if (worker->segment != NULL)
        dsm_detach(worker->segment);
}
