/*
 * deferred.c: checks what deferred constraints have queued, at the end of a revision or seed.
 *
 * Left alone, a violation would surface at the commit, without file or line, and an ALTER TABLE of
 * the next revision would fail with "pending trigger events". Constraints are set IMMEDIATE one by
 * one by name and then back to DEFERRED: ALL would also change those the caller means to check at
 * his commit. For the same reason constraints that the caller has queued something for before the
 * run are left to him.
 */
#include "pgm.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "commands/trigger.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A trigger may queue what belongs to a constraint that was looked at already. Which of a table's
   constraints has something pending cannot be seen, so there is no other end to it. */
#define ROUNDS_MAX 5

typedef struct deferrable {
    Oid id, table, referenced, schema_id;
    char *schema, *name;
    bool initially_deferred;
} deferrable;

static bool is_pending(const deferrable *d) {
    return AfterTriggerPendingOnRel(d->table) ||
           (OidIsValid(d->referenced) && AfterTriggerPendingOnRel(d->referenced));
}

static deferrable *deferrable_of(Form_pg_constraint form) {
    deferrable *d;

    if (!OidIsValid(form->conrelid))
        return NULL;
    d = palloc(sizeof *d);
    d->id = form->oid;
    d->table = form->conrelid;
    d->referenced = form->confrelid;
    d->schema_id = form->connamespace;
    d->schema = get_namespace_name(form->connamespace);
    d->name = pstrdup(NameStr(form->conname));
    d->initially_deferred = form->condeferred;
    return d;
}

/* Deferrable constraints of tables with pending triggers; initially deferred ones first, because
   the others are deferred only where somebody said SET CONSTRAINTS. */
static List *pending_find(void) {
    Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
    List *deferred = NIL, *immediate = NIL;
    SysScanDesc scan;
    ScanKeyData key;
    HeapTuple tuple;
    deferrable *d;

    ScanKeyInit(&key, Anum_pg_constraint_condeferrable, BTEqualStrategyNumber, F_BOOLEQ,
                BoolGetDatum(true));
    scan = systable_beginscan(catalog, InvalidOid, false, NULL, 1, &key);
    while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
        d = deferrable_of((Form_pg_constraint)GETSTRUCT(tuple));
        if (d == NULL || !is_pending(d))
            continue;
        if (d->initially_deferred)
            deferred = lappend(deferred, d);
        else
            immediate = lappend(immediate, d);
    }
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return list_concat(deferred, immediate);
}

void pgm_deferred_begin(pgm_host *host) {
    MemoryContext old;
    ListCell *cell;

    if (host->began || !host->in_block) {
        host->began = true;
        return;
    }
    host->began = true;
    old = MemoryContextSwitchTo(host->memory);
    foreach (cell, pending_find())
        host->callers_pending =
            lappend_oid(host->callers_pending, ((const deferrable *)lfirst(cell))->id);
    MemoryContextSwitchTo(old);
}

static void constraint_set(const deferrable *d, bool to_deferred) {
    ConstraintsSetStmt *stmt = makeNode(ConstraintsSetStmt);

    stmt->constraints = list_make1(makeRangeVar(d->schema, d->name, -1));
    stmt->deferred = to_deferred;
    AfterTriggerSetState(stmt);
}

/* Fires what is pending of ours; false: nothing was. */
static bool pending_fire(const pgm_host *host) {
    const deferrable *d;
    bool fired = false;
    ListCell *cell;

    foreach (cell, pending_find()) {
        d = lfirst(cell);
        if (list_member_oid(host->callers_pending, d->id) || !is_pending(d) ||
            pgm_namespace_aclcheck(d->schema_id, ACL_USAGE) != ACLCHECK_OK)
            continue;
        constraint_set(d, false);
        constraint_set(d, true);
        fired = true;
    }
    return fired;
}

const char *pgm_deferred_pending(void) {
    List *pending = pending_find();

    return pending == NIL ? NULL : ((const deferrable *)linitial(pending))->name;
}

void pgm_deferred_all(void) {
    ConstraintsSetStmt *stmt = makeNode(ConstraintsSetStmt);

    AfterTriggerSetState(stmt);
}

static void deferred_context(void *arg) {
    const pgm_host *host = arg;

    if (host->data || host->revision == NULL)
        errcontext("deferred constraints at the end of the data set");
    else
        errcontext("%s \"%s\", file \"%s\", deferred constraints at its end", host->kind,
                   host->revision, host->source);
}

bool pgm_check_deferred(mig_ctx *ctx) {
    pgm_host *host = pgm_host_of(ctx);
    ErrorContextCallback callback;
    pgm_guard guard;
    int rounds = 0;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!host->may_defer)
        return true;
    host->may_defer = false;
    callback.callback = deferred_context;
    callback.arg = host;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    guard = pgm_guard_open(host);
    while (rounds++ < ROUNDS_MAX && pending_fire(host))
        ;
    pgm_guard_close(host, &guard);
    pgm_leave_pending(host);
    error_context_stack = callback.previous;
    return true;
}
