/*
 * leave.c: what confined code (rights.c) must not leave behind in the session: somebody with more
 * rights would run it, or run into it, when nothing confines it any more.
 *
 *   deferred triggers     fire at the commit: none may be pending at the end, and none before the
 *                         run, to which the code could add
 *   temporary objects     are found before all others under their name: they are dropped
 *   open cursors          could stand under the name of a portal of the client's: they are closed
 *   prepared statements   could take the place of one of the client's, also when the run fails,
 *   cursors WITH HOLD     are run at the commit; these, and what else a session keeps over a
 *   LISTEN, DISCARD       rollback, are refused by a hook, however deep they are nested
 *
 * Nor may it read on in a cursor of the caller's: a run in a session that has one open is refused.
 *
 * Parameters are put back by whoever confined the code. Advisory locks of the session stay; they
 * run nothing. Those of a run do not (lock.c).
 */
#include "pgm.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_depend.h"
#include "compat.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

/* ---- refused */

static const char *refused_name(const Node *node) {
    switch (nodeTag(node)) {
    case T_PrepareStmt:
        return "PREPARE";
    case T_DeallocateStmt:
        return "DEALLOCATE";
    case T_DiscardStmt:
        return "DISCARD";
    case T_ListenStmt:
        return "LISTEN";
    case T_UnlistenStmt:
        return "UNLISTEN";
    case T_LoadStmt:
        return "LOAD";
    case T_DeclareCursorStmt:
        return (((const DeclareCursorStmt *)node)->options & CURSOR_OPT_HOLD) != 0
                   ? "DECLARE CURSOR WITH HOLD"
                   : NULL;
    default:
        return NULL;
    }
}

void pgm_leave_refuse(const Node *node) {
    const char *name = pgm_in_confinement() ? refused_name(node) : NULL;

    if (name == NULL)
        return;
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
             errmsg("%s is not allowed in a script that cannot leave role \"%s\"", name,
                    GetUserNameFromId(GetUserId(), false)),
             errhint("It would stay with the session. Remove it, or connect as the role and run "
                     "without \"migrate.run_as\" and SET ROLE.")));
}

/* ---- temporary objects */

static bool address_is_in(List *addresses, const ObjectAddress *address) {
    const ObjectAddress *other;
    ListCell *cell;

    foreach (cell, addresses) {
        other = lfirst(cell);
        if (other->classId == address->classId && other->objectId == address->objectId)
            return true;
    }
    return false;
}

/* All that lies in the session's schema of temporary objects, of whatever kind: everything depends on
   the schema it is in. */
static List *temporary_find(void) {
    Relation catalog;
    Form_pg_depend form;
    ObjectAddress *address;
    Oid schema, toast;
    SysScanDesc scan;
    HeapTuple tuple;
    ScanKeyData keys[2];
    List *found = NIL;

    GetTempNamespaceState(&schema, &toast);
    if (!OidIsValid(schema))
        return NIL;
    catalog = table_open(DependRelationId, AccessShareLock);
    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(NamespaceRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(schema));
    scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, 2, keys);
    while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
        form = (Form_pg_depend)GETSTRUCT(tuple);
        address = palloc(sizeof *address);
        ObjectAddressSet(*address, form->classid, form->objid);
        found = lappend(found, address);
    }
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return found;
}

static void temporary_drop(const pgm_host *host) {
    ObjectAddresses *addresses = new_object_addresses();
    ListCell *cell;
    bool any = false;

    foreach (cell, temporary_find()) {
        if (address_is_in(host->temporary, lfirst(cell)))
            continue;
        add_exact_object_address(lfirst(cell), addresses);
        any = true;
    }
    if (any)
        performMultipleDeletions(addresses, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    free_object_addresses(addresses);
}

/* ---- cursors */

/* Names of those that were opened in the statement that the client has sent. */
static List *cursors_find(MemoryContext memory) {
    int nest_level = pgm_pin_path();
    MemoryContext old;
    List *names = NIL;
    uint64 i;

    PushActiveSnapshot(GetTransactionSnapshot());
    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    if (SPI_execute("SELECT name FROM pg_catalog.pg_cursors WHERE creation_time "
                    "OPERATOR(pg_catalog.=) pg_catalog.statement_timestamp()",
                    true, 0) != SPI_OK_SELECT)
        elog(ERROR, "could not look at the cursors");
    old = MemoryContextSwitchTo(memory);
    for (i = 0; i < SPI_processed; i++)
        names = lappend(names,
                        makeString(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1)));
    MemoryContextSwitchTo(old);
    SPI_finish();
    PopActiveSnapshot();
    AtEOXact_GUC(false, nest_level);
    return names;
}

static void cursors_close(const pgm_host *host) {
    Portal portal;
    ListCell *cell;

    foreach (cell, cursors_find(CurrentMemoryContext)) {
        portal = GetPortalByName(strVal(lfirst(cell)));
        if (!list_member(host->cursors, lfirst(cell)) && PortalIsValid(portal) &&
            portal->status != PORTAL_ACTIVE && portal->portalPinned == false)
            PortalDrop(portal, false);
    }
}

/* ---- a run */

static void pending_refuse(const char *what, const char *hint) {
    const char *name = pgm_deferred_pending();

    if (name != NULL)
        ereport(ERROR,
                (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg(what, name), errhint("%s", hint)));
}

/* Whoever knows its name can read on in a cursor, whose query was allowed to somebody else. A loop of
   PL/pgSQL has one too; it cannot be closed. */
static void cursors_refuse(void) {
    int nest_level = pgm_pin_path();
    Portal portal = NULL;
    uint64 i;

    PushActiveSnapshot(GetTransactionSnapshot());
    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    if (SPI_execute("SELECT name FROM pg_catalog.pg_cursors", true, 0) != SPI_OK_SELECT)
        elog(ERROR, "could not look at the cursors");
    for (i = 0; i < SPI_processed; i++) {
        portal = GetPortalByName(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
        if (PortalIsValid(portal) && portal->status == PORTAL_READY && !portal->portalPinned)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                            errmsg("cursor \"%s\" is open in this session", portal->name),
                            errdetail("A script that runs as another role could read on in it."),
                            errhint("CLOSE it first.")));
    }
    SPI_finish();
    PopActiveSnapshot();
    AtEOXact_GUC(false, nest_level);
}

void pgm_leave_begin(pgm_host *host) {
    MemoryContext old;

    host->unchecked = true;
    if (host->noted)
        return;
    if (host->in_block && !host->listing)
        pending_refuse("deferred constraint \"%s\" is pending in this transaction",
                       "What is checked at the commit has the rights of the session by then, and "
                       "scripts could add to it. COMMIT first, or SET CONSTRAINTS ALL IMMEDIATE.");
    if (!host->listing)
        cursors_refuse();
    old = MemoryContextSwitchTo(host->memory);
    host->temporary = temporary_find();
    host->cursors = cursors_find(host->memory);
    host->noted = true;
    MemoryContextSwitchTo(old);
}

void pgm_leave_pending(const pgm_host *host) {
    if (host->unchecked)
        pending_refuse(
            "deferred constraint \"%s\" is still pending at the end",
            "It would be checked at the commit, with the rights of the session. A trigger "
            "must not defer what it sets off again and again.");
}

void pgm_leave_check(pgm_host *host) {
    if (!host->unchecked)
        return;
    if (!host->listing)
        pgm_leave_pending(host);
    cursors_close(host);
    temporary_drop(host);
    CommandCounterIncrement();
    host->unchecked = false;
}
