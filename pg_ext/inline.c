/*
 * inline.c: runs the statements of a section in the caller's own backend (migrate.outside =
 * 'inline'), for servers that have no background worker to spare.
 *
 * Between two transactions of a CALL the server allows a statement at the top level as if the client
 * had sent it: it begins and ends transactions as it likes, and role, settings, cancellation and
 * time-outs are those of the session. That holds only where the client itself has sent the CALL: a
 * DO block or another procedure around it has state that the end of a transaction would take away.
 * Modules that count how deep statements are nested (pgaudit) do not expect it.
 *
 * What the section SETs is put back, parameter by parameter, since no transaction spans it: at its end,
 * and whenever the core has the word in the middle of it, which must not do so in the section's role.
 */
#include "outside.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/tablecmds.h"
#include "compat.h"
#include "executor/spi.h"
#include "parser/parse_utilcmd.h"
#include "tcop/pquery.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

/* ---- may it be done here? */

/* Is the statement the client has sent the call of ours, and nothing else? */
static bool is_own_call(const pgm_host *host) {
    const PlannedStmt *stmt;
    const char *called;

    if (ActivePortal == NULL || list_length(ActivePortal->stmts) != 1 ||
        SPI_inside_nonatomic_context())
        return false;
    stmt = linitial_node(PlannedStmt, ActivePortal->stmts);
    if (stmt->utilityStmt == NULL || !IsA(stmt->utilityStmt, CallStmt))
        return false;
    called = get_func_name(((const CallStmt *)stmt->utilityStmt)->funcexpr->funcid);
    return called != NULL && strcmp(called, host->function) == 0;
}

void pgm_inline_check(const pgm_host *host) {
    if (host->apart || is_own_call(host))
        return;
    ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                    errmsg("a section outside a transaction cannot be run inline from here"),
                    errhint("Send CALL %s() as a statement of its own, not from a DO block or a "
                            "procedure, or set \"migrate.outside\" to \"worker\".",
                            host->function)));
}

/* ---- what the section SETs */

static bool setting_is_kept(const pgm_outside *self, const char *name) {
    ListCell *cell;

    foreach (cell, self->changed)
        if (pg_strcasecmp(((const pgm_setting *)lfirst(cell))->name, name) == 0)
            return true;
    return false;
}

static char *setting_value(const char *name) {
    const char *value = GetConfigOptionByName(name, NULL, true);

    return value == NULL ? NULL : pstrdup(value);
}

static void setting_keep(pgm_outside *self, const char *name) {
    MemoryContext old = MemoryContextSwitchTo(self->memory);
    pgm_setting *setting = palloc0(sizeof *setting);

    setting->name = pstrdup(name);
    setting->before = setting_value(name);
    self->changed = lappend(self->changed, setting);
    MemoryContextSwitchTo(old);
}

static void set_refuse(const char *what) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("%s cannot be undone at the end of a section that runs inline", what),
                    errhint("SET the parameters that the section needs one by one, or set "
                            "\"migrate.outside\" to \"worker\".")));
}

/* Does it set one parameter for the rest of the section? */
static bool is_noted(const Node *node) {
    const VariableSetStmt *stmt = (const VariableSetStmt *)node;

    return IsA(node, VariableSetStmt) && stmt->kind != VAR_SET_MULTI && !stmt->is_local &&
           stmt->name != NULL;
}

static void settings_note(pgm_outside *self, const Node *node) {
    const VariableSetStmt *stmt = (const VariableSetStmt *)node;

    if (IsA(node, DiscardStmt))
        set_refuse("DISCARD");
    if (IsA(node, VariableSetStmt) && stmt->kind == VAR_RESET_ALL)
        set_refuse("RESET ALL");
    if (is_noted(node) && !setting_is_kept(self, stmt->name))
        setting_keep(self, stmt->name);
}

void pgm_inline_confine(pgm_outside *self) {
    pgm_setting *setting;

    if (!self->confined)
        return;
    setting_keep(self, "role");
    setting = linitial(self->changed);
    setting->now = MemoryContextStrdup(self->memory, GetUserNameFromId(self->runner, false));
}

/* ---- running */

/* SPI_commit does the first two of these before it ends a transaction. */
static void transaction_renew(MemoryContext memory) {
    HoldPinnedPortals();
    ForgetPortalSnapshots();
    CommitTransactionCommand();
    StartTransactionCommand();
    MemoryContextSwitchTo(memory);
}

static void query_execute(PlannedStmt *stmt, const char *text) {
    QueryDesc *desc =
        CreateQueryDesc(stmt, text, GetActiveSnapshot(), NULL, None_Receiver, NULL, NULL, 0);

    ExecutorStart(desc, 0);
    pgm_executor_run(desc);
    ExecutorFinish(desc);
    ExecutorEnd(desc);
    FreeQueryDesc(desc);
}

/* The portal owns the snapshot, so that a procedure which commits can give it up. */
static void utility_execute(PlannedStmt *stmt, const char *text, bool top_level) {
    if (PlannedStmtRequiresSnapshot(stmt))
        EnsurePortalSnapshotExists();
    if (top_level)
        pgm_process_toplevel(stmt, text);
    else
        pgm_process_utility(stmt, text, NULL, None_Receiver, NULL);
    if (ActivePortal->portalSnapshot != NULL && ActiveSnapshotSet())
        PopActiveSnapshot();
    ActivePortal->portalSnapshot = NULL;
}

static void plan_execute(PlannedStmt *stmt, const char *text, bool top_level) {
    if (stmt->utilityStmt != NULL) {
        utility_execute(stmt, text, top_level);
        return;
    }
    PushActiveSnapshot(GetTransactionSnapshot());
    query_execute(stmt, text);
    PopActiveSnapshot();
}

static void plans_execute(const char *text, RawStmt *raw, bool top_level) {
    bool snapshot = analyze_requires_snapshot(raw);
    ListCell *cell;
    List *plans;

    if (snapshot)
        PushActiveSnapshot(GetTransactionSnapshot());
    plans = pg_plan_queries(pgm_analyze_and_rewrite(raw, text, NULL, 0), text,
                            CURSOR_OPT_PARALLEL_OK, NULL);
    if (snapshot)
        PopActiveSnapshot();
    foreach (cell, plans) {
        plan_execute(lfirst_node(PlannedStmt, cell), text, top_level);
        CommandCounterIncrement();
    }
}

/* Nothing is left for the commit. What the statement sets, in other ways than by a SET that was noted,
   ends with it. */
static void confined_execute(const pgm_outside *self, const char *text, RawStmt *raw) {
    pgm_host *host = self->piece.host;
    int nest_level = is_noted(raw->stmt) ? 0 : NewGUCNestLevel();
    pgm_rights before = pgm_confine(host);

    plans_execute(text, raw, false);
    pgm_deferred_all();
    if (nest_level > 0)
        AtEOXact_GUC(false, nest_level);
    pgm_unconfine(host, before);
    pgm_leave_check(host);
}

static void plainly_execute(const pgm_outside *self, const char *text, RawStmt *raw) {
    pgm_host *host = self->piece.host;

    host->watch.on = !self->confined && superuser_arg(self->runner);
    plans_execute(text, raw, true);
    host->watch.on = false;
}

/* CREATE INDEX CONCURRENTLY is analyzed here, confined in one transaction: what the user's code sets
   ends with that, and what it leaves is taken away. */
static void index_analyze(const pgm_outside *self, const char *text, RawStmt *raw) {
    IndexStmt *stmt = (IndexStmt *)raw->stmt;
    pgm_host *host = self->piece.host;
    int nest_level = NewGUCNestLevel();
    pgm_rights before = pgm_confine(host);
    Oid table = RangeVarGetRelidExtended(stmt->relation, ShareUpdateExclusiveLock, 0,
                                         RangeVarCallbackOwnsRelation, NULL);

    PushActiveSnapshot(GetTransactionSnapshot());
    raw->stmt = (Node *)transformIndexStmt(table, stmt, text);
    PopActiveSnapshot();
    pgm_deferred_all();
    AtEOXact_GUC(false, nest_level);
    pgm_unconfine(host, before);
    pgm_leave_check(host);
}

/* Begins and ends transactions by itself, over which parameters cannot be put back. */
static void self_contained_execute(const pgm_outside *self, const char *text, RawStmt *raw) {
    pgm_rights before;

    if (IsA(raw->stmt, AlterTableStmt))
        ereport(
            ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
             errmsg("DETACH PARTITION CONCURRENTLY cannot be run inline in a script that cannot "
                    "leave role \"%s\"",
                    GetUserNameFromId(self->runner, false)),
             errhint("Set \"migrate.outside\" to \"worker\", or DETACH it in a section with a "
                     "transaction.")));
    if (IsA(raw->stmt, IndexStmt))
        index_analyze(self, text, raw);
    if (!pgm_is_confinable(raw->stmt)) {
        plans_execute(text, raw, true);
        return;
    }
    before = pgm_confine_as(GetUserId());
    plans_execute(text, raw, true);
    SetUserIdAndSecContext(before.user, before.context);
}

static void statement_execute(const pgm_outside *self, const char *text, RawStmt *raw,
                              MemoryContext memory) {
    MemoryContextSwitchTo(memory);
    if (!self->confined)
        plainly_execute(self, text, raw);
    else if (pgm_is_self_contained(raw->stmt))
        self_contained_execute(self, text, raw);
    else
        confined_execute(self, text, raw);
    transaction_renew(memory);
}

void pgm_inline_run(pgm_outside *self, RawStmt *raw, bool again) {
    MemoryContext memory = CurrentMemoryContext;
    List *repairs;
    ListCell *cell;
    bool done;

    settings_note(self, raw->stmt);
    PushActiveSnapshot(GetTransactionSnapshot());
    done = pgm_leftover_look(raw->stmt, again, &repairs);
    PopActiveSnapshot();
    transaction_renew(memory);
    foreach (cell, repairs)
        statement_execute(self, lfirst(cell), linitial_node(RawStmt, pg_parse_query(lfirst(cell))),
                          memory);
    if (!done)
        statement_execute(self, self->piece.text, raw, memory);
}

static void setting_put(const char *name, const char *value) {
    SetConfigOption(name, value, PGC_SUSET, PGC_S_SESSION);
}

/* The latest first, so that a role that was put on is taken off before what stood before it. */
void pgm_inline_leave(pgm_outside *self) {
    MemoryContext caller = CurrentMemoryContext;
    pgm_setting *setting;
    int i;

    if (self->changed == NIL)
        return;
    MemoryContextSwitchTo(self->memory);
    for (i = list_length(self->changed) - 1; i >= 0; i--) {
        setting = list_nth(self->changed, i);
        setting->now = setting_value(setting->name);
        setting_put(setting->name, setting->before);
    }
    transaction_renew(caller);
}

void pgm_inline_enter(pgm_outside *self) {
    const pgm_setting *setting;
    ListCell *cell;

    foreach (cell, self->changed) {
        setting = lfirst(cell);
        setting_put(setting->name, setting->now);
    }
}
