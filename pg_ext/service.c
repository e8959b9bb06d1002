/*
 * service.c: the worker's side: a session that runs what it is asked to (worker.c), and sends back what
 * that says (report.c).
 *
 * It knows two kinds of request. A section is statements outside a transaction: each is run at the top
 * level, as a client's own would be. An action of the core is run as CALL would run it, in a portal
 * and with transactions of its own. Either way an error ends the worker.
 */
#include "outside.h"
#include "worker.h"

#include "access/xact.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/ps_status.h"
#include "utils/snapmgr.h"

PGDLLEXPORT void migrate_worker(Datum arg);

typedef struct service {
    bool confined;        /* to the role that is on */
    MemoryContext memory; /* emptied after each request */
    pgm_host *wire;       /* what requests are read with */
} service;

static void statement_show(const char *text) {
    debug_query_string = text;
    pgstat_report_activity(STATE_RUNNING, text);
    set_ps_display("running");
    SetCurrentStatementStartTimestamp();
}

/* ---- statements outside a transaction */

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

/* Below the top level, so that it stays in the transaction in which it is confined, but where it ends
   transactions by itself. Confined to the end: what was deferred runs at the commit. */
static void confined_execute(const char *text, RawStmt *raw) {
    pgm_rights before = pgm_confine_as(GetUserId());

    portal_execute(text, raw, pgm_is_self_contained(raw->stmt));
    CommitTransactionCommand();
    SetUserIdAndSecContext(before.user, before.context);
}

static void plainly_execute(const char *text, RawStmt *raw) {
    portal_execute(text, raw, true);
    CommitTransactionCommand();
}

static void statement_execute(const service *self, const char *text, RawStmt *raw) {
    statement_show(text);
    StartTransactionCommand();
    MemoryContextSwitchTo(self->memory);
    if (self->confined && pgm_is_confinable(raw->stmt))
        confined_execute(text, raw);
    else
        plainly_execute(text, raw);
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

static void statement_serve(const service *self, mig_str text, bool again) {
    char *statement = pgm_to_server(text);
    List *parsed = pg_parse_query(statement);

    if (list_length(parsed) != 1)
        elog(ERROR, "a request has %d statements in the place of one", list_length(parsed));
    if (leftovers_repair(self, linitial_node(RawStmt, parsed)->stmt, again))
        statement_execute(self, statement, linitial_node(RawStmt, parsed));
}

static void section_serve(const service *self, const mig_section_run *run) {
    const mig_statement *s;
    size_t i;

    for (i = 0; i < run->n_statements; i++) {
        s = &run->statements[i];
        statement_serve(self, mig_str_sub(run->text, s->start, s->length), run->again && i == 0);
    }
}

/* ---- actions */

static bool line_send(mig_ctx *ctx, const char *line) {
    mig_reply reply;

    memset(&reply, 0, sizeof reply);
    reply.kind = MIG_REPLY_LINE;
    reply.line = mig_str_of(line);
    pgm_sink_send(&reply);
    return mig_ctx_error(ctx) == NULL;
}

/* What lives as long as the call, over its transactions, lives in a portal that is being run. */
static Portal call_open(void) {
    Portal portal = CreatePortal("", true, true);

    portal->visible = false;
    portal->status = PORTAL_READY;
    MarkPortalActive(portal);
    ActivePortal = portal;
    PortalContext = portal->portalContext;
    MemoryContextSwitchTo(PortalContext);
    EnsurePortalSnapshotExists();
    return portal;
}

static void call_close(Portal portal) {
    if (portal->portalSnapshot != NULL && ActiveSnapshotSet())
        PopActiveSnapshot();
    portal->portalSnapshot = NULL;
    MarkPortalDone(portal);
    ActivePortal = NULL;
    PortalContext = NULL;
    PortalDrop(portal, false);
}

static void action_serve(const service *self, const mig_request *request) {
    const mig_action *action = mig_action_find(request->action);
    pgm_host *host;
    Portal portal;

    if (action == NULL)
        elog(ERROR, "the core has no action %s()", request->action);
    statement_show(psprintf("%s()", action->name));
    StartTransactionCommand();
    portal = call_open();
    host = pgm_host_new(PortalContext, action->name);
    host->listing = action->reads;
    host->nonatomic = action->online;
    host->apart = true;
    host->host.say = line_send;
    host->host.run_apart = NULL;
    pgm_sink_serve(host);
    pgm_call_guarded(host, action, request->args, request->n_args);
    pgm_sink_serve(NULL);
    pgm_host_free(host);
    MemoryContextSwitchTo(self->memory);
    call_close(portal);
    CommitTransactionCommand();
}

/* ---- requests */

static void done_send(void) {
    mig_reply reply;

    memset(&reply, 0, sizeof reply);
    reply.kind = MIG_REPLY_DONE;
    pgm_sink_send(&reply);
}

/* false: there are no more. */
static bool request_serve(const service *self, mig_str message) {
    mig_ctx *ctx = pgm_host_ctx(self->wire);
    mig_mark mark = mig_arena_mark(ctx);
    mig_request request;

    if (!mig_request_parse(ctx, message, &request))
        pgm_throw(ctx);
    if (request.kind == MIG_REQUEST_QUIT)
        return false;
    if (request.kind == MIG_REQUEST_ACTION)
        action_serve(self, &request);
    else
        section_serve(self, &request.section);
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, NULL);
    debug_query_string = NULL;
    mig_arena_release(ctx, mark);
    done_send();
    return true;
}

static void requests_serve(shm_mq_handle *requests, bool confined) {
    service self = {confined, NULL, NULL};
    bool more = true;
    void *data;
    Size n;

    self.memory =
        AllocSetContextCreate(TopMemoryContext, "migrate request", ALLOCSET_DEFAULT_SIZES);
    self.wire = pgm_host_new(TopMemoryContext, "migrate");
    while (more && shm_mq_receive(requests, &n, &data, false) == SHM_MQ_SUCCESS) {
        MemoryContextSwitchTo(self.memory);
        more = request_serve(&self, (mig_str){data, n});
        MemoryContextSwitchTo(TopMemoryContext);
        MemoryContextReset(self.memory);
    }
}

/* ---- start */

/* Reports travel in the database's encoding, whatever the client's is. */
static void settings_restore(char *base, const pgm_worker_head *h) {
    StartTransactionCommand();
    RestoreGUCState(base + h->settings);
    SetClientEncoding(GetDatabaseEncoding());
    if (strcmp(base + h->role, "none") != 0)
        SetConfigOption("role", base + h->role, PGC_USERSET, PGC_S_SESSION);
    CommitTransactionCommand();
    pgm_progress_worker();
}

void migrate_worker(Datum arg) {
    dsm_segment *segment;
    shm_mq *requests, *replies;
    pgm_worker_head *h;
    char *base;

    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    segment = dsm_attach(DatumGetUInt32(arg));
    if (segment == NULL)
        proc_exit(0);
    dsm_pin_mapping(segment);
    base = dsm_segment_address(segment);
    h = (pgm_worker_head *)base;
    requests = (shm_mq *)(base + h->requests);
    replies = (shm_mq *)(base + h->replies);
    shm_mq_set_receiver(requests, MyProc);
    shm_mq_set_sender(replies, MyProc);
    pgm_sink_open(segment, shm_mq_attach(replies, segment, NULL));
    BackgroundWorkerInitializeConnectionByOid(h->database, h->session_user, PGM_WORKER_FLAGS);
    settings_restore(base, h);
    pgm_watch_process(&h->watch);
    requests_serve(shm_mq_attach(requests, segment, NULL), h->confined);
    proc_exit(0);
}
