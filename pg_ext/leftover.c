/*
 * leftover.c: what a statement leaves behind that works in several transactions, when it fails in
 * the middle: an index that is not valid, a partition whose detachment is pending.
 *
 * Only what the very statement has left is touched, and only where an earlier run is known to have
 * begun it. What that run may have finished without being able to say so is taken as done only where
 * it is there, and what the statement makes: that something is not there any more proves nothing.
 *
 * An index that another session is just building is not valid either: before we look we
 * wait for the lock that such a session holds on the table.
 */
#include "outside.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "compat.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Schema and name as a statement spells them. */
static char *qualified_name(Oid relation) {
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
                                      get_rel_name(relation));
}

static bool index_is_valid(Oid index) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    bool valid = false;

    if (!HeapTupleIsValid(tuple))
        return false;
    valid = ((Form_pg_index)GETSTRUCT(tuple))->indisvalid;
    ReleaseSysCache(tuple);
    return valid;
}

/* The indexes of a table; with quiet nobody is building one. */
static List *indexes_of(Oid table, bool quiet) {
    Relation relation;
    List *indexes;

    if (quiet)
        LockRelationOid(table, ShareUpdateExclusiveLock);
    relation = table_open(table, AccessShareLock);
    indexes = list_copy(RelationGetIndexList(relation));
    table_close(relation, NoLock);
    return indexes;
}

static bool is_table(Oid relation) {
    char kind = OidIsValid(relation) ? get_rel_relkind(relation) : '\0';

    return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW;
}

static void repair_drop(List **repairs, Oid index) {
    char *name = qualified_name(index);

    ereport(NOTICE,
            (errmsg("index %s is invalid, left by an earlier run: it is dropped first", name)));
    *repairs = lappend(*repairs, psprintf("DROP INDEX CONCURRENTLY %s", name));
}

/* ---- CREATE INDEX CONCURRENTLY */

static bool column_same(const IndexElem *elem, Oid table, AttrNumber number) {
    return elem->expr == NULL && number > 0 && elem->name != NULL &&
           get_attnum(table, elem->name) == number;
}

/* Is it on the columns the statement names and, where that gives no name, called as the server would
   have called it? */
static bool index_alike(Oid index, Oid table, const IndexStmt *stmt) {
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    const char *prefix = get_rel_name(table);
    Form_pg_index form;
    ListCell *cell;
    bool alike;
    int i = 0;

    if (!HeapTupleIsValid(tuple))
        return false;
    form = (Form_pg_index)GETSTRUCT(tuple);
    alike = stmt->whereClause == NULL && form->indisunique == stmt->unique &&
            form->indnkeyatts == list_length(stmt->indexParams) &&
            (stmt->idxname != NULL ||
             strncmp(get_rel_name(index), prefix, Min(strlen(prefix), 16)) == 0);
    foreach (cell, stmt->indexParams) {
        alike = alike && column_same(lfirst_node(IndexElem, cell), table, form->indkey.values[i]);
        i++;
    }
    ReleaseSysCache(tuple);
    return alike;
}

static void exists_invalid(Oid index) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("index %s exists, but is invalid", qualified_name(index)),
                    errhint("An index that could not be built to its end stands in the way. DROP "
                            "INDEX CONCURRENTLY it, and run again.")));
}

static bool already_there(Oid index) {
    ereport(WARNING, (errmsg("index %s is there and valid: taken as built by an earlier run",
                             qualified_name(index))));
    return true;
}

static bool index_look(const IndexStmt *stmt, bool again, List **repairs) {
    Oid table = RangeVarGetRelid(stmt->relation, NoLock, true), index;
    bool valid, done = false;
    ListCell *cell;

    if (!stmt->concurrent || !is_table(table))
        return false;
    foreach (cell, indexes_of(table, again)) {
        index = lfirst_oid(cell);
        valid = index_is_valid(index);
        if (stmt->idxname != NULL && strcmp(get_rel_name(index), stmt->idxname) != 0)
            continue;
        if (stmt->idxname == NULL && (valid || !again || !index_alike(index, table, stmt)))
            continue;
        if (!valid && again)
            repair_drop(repairs, index);
        else if (!valid && stmt->if_not_exists)
            exists_invalid(index);
        else if (valid && again && index_alike(index, table, stmt))
            done = already_there(index);
    }
    return done;
}

/* ---- REINDEX CONCURRENTLY */

/* What it calls the index it builds, and the old one, until they have changed places. */
static bool is_reindex_name(const char *name) {
    size_t n = strlen(name);

    while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
        n--;
    return n > 6 &&
           (strncmp(name + n - 6, "_ccnew", 6) == 0 || strncmp(name + n - 6, "_ccold", 6) == 0);
}

static void reindex_look(const ReindexStmt *stmt, List **repairs) {
    Oid table =
        stmt->relation == NULL ? InvalidOid : RangeVarGetRelid(stmt->relation, NoLock, true);
    ListCell *cell;

    if (OidIsValid(table) && stmt->kind == REINDEX_OBJECT_INDEX)
        table = IndexGetRelation(table, true);
    if (!is_table(table))
        return;
    foreach (cell, indexes_of(table, true))
        if (!index_is_valid(lfirst_oid(cell)) && is_reindex_name(get_rel_name(lfirst_oid(cell))))
            repair_drop(repairs, lfirst_oid(cell));
}

/* ---- DETACH PARTITION CONCURRENTLY */

static bool detach_look(const AlterTableStmt *stmt, List **repairs) {
    const AlterTableCmd *cmd = linitial_node(AlterTableCmd, stmt->cmds);
    Oid parent, partition;

    if (!pgm_is_detach_concurrently(cmd))
        return false;
    parent = RangeVarGetRelid(stmt->relation, NoLock, true);
    partition = RangeVarGetRelid(((PartitionCmd *)cmd->def)->name, NoLock, true);
    if (!OidIsValid(parent) || !OidIsValid(partition))
        return false;
    if (!get_rel_relispartition(partition) || !pgm_has_pending_detach(partition))
        return false;
    ereport(NOTICE, (errmsg("partition %s is pending detach, left by an earlier run: the detach is "
                            "finished",
                            qualified_name(partition))));
    *repairs = lappend(*repairs, psprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE",
                                          qualified_name(parent), qualified_name(partition)));
    return true;
}

bool pgm_leftover_look(const Node *stmt, bool again, List **repairs) {
    *repairs = NIL;
    if (IsA(stmt, IndexStmt))
        return index_look((const IndexStmt *)stmt, again, repairs);
    if (!again)
        return false;
    if (IsA(stmt, ReindexStmt))
        reindex_look((const ReindexStmt *)stmt, repairs);
    if (IsA(stmt, AlterTableStmt))
        return detach_look((const AlterTableStmt *)stmt, repairs);
    return false;
}
