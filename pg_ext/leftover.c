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
#include "commands/defrem.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_utilcmd.h"
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

/* The same without waiting; none where somebody is in the way. */
static List *indexes_now(Oid table) {
    return ConditionalLockRelationOid(table, AccessShareLock) ? indexes_of(table, false) : NIL;
}

static Oid toast_of(Oid table) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    Oid toast;

    if (!HeapTupleIsValid(tuple))
        return InvalidOid;
    toast = ((Form_pg_class)GETSTRUCT(tuple))->reltoastrelid;
    ReleaseSysCache(tuple);
    return toast;
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

/* A plain column, and nothing said about it but its order. */
static bool column_same(const IndexElem *elem, Oid table, AttrNumber number) {
    return elem->expr == NULL && number > 0 && elem->name != NULL &&
           get_attnum(table, elem->name) == number;
}

static bool columns_same(List *elems, Oid table, const int16 *numbers) {
    ListCell *cell;
    int i = 0;

    foreach (cell, elems)
        if (!column_same(lfirst_node(IndexElem, cell), table, numbers[i++]))
            return false;
    return true;
}

/* DESC turns the order, and puts nulls first where nothing else is said. */
static int16 option_of(const IndexElem *elem) {
    bool down = elem->ordering == SORTBY_DESC;
    bool first = elem->nulls_ordering == SORTBY_NULLS_FIRST ||
                 (elem->nulls_ordering == SORTBY_NULLS_DEFAULT && down);

    return (int16)((down ? INDOPTION_DESC : 0) | (first ? INDOPTION_NULLS_FIRST : 0));
}

/* An index beside the statement, whose expressions the server has analysed. */
typedef struct {
    Relation index;
    Oid table;
    const IndexStmt *stmt;
    List *exprs; /* of the index; those that have been compared are gone */
} comparison;

static Datum index_datum(Relation index, AttrNumber attribute, bool *is_null) {
    return SysCacheGetAttr(INDEXRELID, index->rd_indextuple, attribute, is_null);
}

/* What the catalog keeps of a tree; NULL: nothing. */
static void *index_tree(Relation index, AttrNumber attribute) {
    bool is_null;
    Datum tree = index_datum(index, attribute, &is_null);

    return is_null ? NULL : stringToNode(TextDatumGetCString(tree));
}

/* As the server does it: the collation is kept elsewhere, and a column in brackets is a column. */
static bool expression_same(comparison *self, Node *expr, AttrNumber number) {
    Node *stored;

    while (IsA(expr, CollateExpr))
        expr = (Node *)((CollateExpr *)expr)->arg;
    if (IsA(expr, Var) && ((Var *)expr)->varattno != InvalidAttrNumber)
        return number == ((Var *)expr)->varattno;
    if (number != InvalidAttrNumber || self->exprs == NIL)
        return false;
    stored = linitial(self->exprs);
    self->exprs = list_delete_first(self->exprs);
    return equal(stored, expr);
}

static bool source_same(comparison *self, const IndexElem *elem, AttrNumber number, Oid *type,
                        Oid *collation) {
    int32 modifier;

    if (elem->expr != NULL) {
        *type = exprType(elem->expr);
        *collation = exprCollation(elem->expr);
        return expression_same(self, elem->expr, number);
    }
    if (!column_same(elem, self->table, number))
        return false;
    get_atttypetypmodcoll(self->table, number, type, &modifier, collation);
    return true;
}

/* Is a column of it kept as the statement says: value, order, collation and operators? */
static bool key_same(comparison *self, const IndexElem *elem, int i) {
    Relation index = self->index;
    Oid type, collation;
    oidvector *classes;
    bool is_null;

    if (!source_same(self, elem, index->rd_index->indkey.values[i], &type, &collation) ||
        index->rd_indoption[i] != option_of(elem) || elem->opclassopts != NIL ||
        get_attoptions(RelationGetRelid(index), (int16)(i + 1)) != (Datum)0)
        return false;
    if (elem->collation != NIL)
        collation = get_collation_oid(elem->collation, false);
    classes = (oidvector *)DatumGetPointer(index_datum(index, Anum_pg_index_indclass, &is_null));
    return index->rd_indcollation[i] == collation &&
           classes->values[i] == ResolveOpClass(elem->opclass, type,
                                                get_am_name(index->rd_rel->relam),
                                                index->rd_rel->relam);
}

static bool keys_same(comparison *self) {
    ListCell *cell;
    int i = 0;

    self->exprs = index_tree(self->index, Anum_pg_index_indexprs);
    foreach (cell, self->stmt->indexParams)
        if (!key_same(self, lfirst_node(IndexElem, cell), i++))
            return false;
    return true;
}

/* The catalog has the arms of an AND in one list. */
static bool condition_same(const comparison *self) {
    Expr *wanted = (Expr *)self->stmt->whereClause;

    if (wanted != NULL)
        wanted = make_ands_explicit(make_ands_implicit(wanted));
    return equal(index_tree(self->index, Anum_pg_index_indpred), wanted);
}

static bool shape_same(const comparison *self) {
    const IndexStmt *stmt = self->stmt;
    const char *method = stmt->accessMethod != NULL ? stmt->accessMethod : DEFAULT_INDEX_TYPE;
    const FormData_pg_index *form = self->index->rd_index;

    return form->indisunique == stmt->unique &&
           form->indnkeyatts == list_length(stmt->indexParams) &&
           form->indnatts - form->indnkeyatts == list_length(stmt->indexIncludingParams) &&
           strcmp(get_am_name(self->index->rd_rel->relam), method) == 0 &&
           columns_same(stmt->indexIncludingParams, self->table,
                        form->indkey.values + form->indnkeyatts) &&
           pgm_nulls_same(stmt, self->index->rd_index);
}

/* Is an index beyond doubt what the statement makes? Expressions and the condition are analysed anew,
   and have to be the very trees that the catalog keeps. Storage parameters are not looked at. */
static bool index_same(Oid id, Oid table, const IndexStmt *stmt) {
    comparison self = {index_open(id, AccessShareLock), table, stmt, NIL};
    bool same = shape_same(&self);

    if (same) {
        self.stmt = transformIndexStmt(table, copyObjectImpl(stmt), NULL);
        same = keys_same(&self) && condition_same(&self);
    }
    index_close(self.index, NoLock);
    return same;
}

/* Of a statement without a name: what it makes, called as the server would have called it? */
static bool index_unnamed(Oid index, Oid table, const IndexStmt *stmt) {
    const char *prefix = get_rel_name(table);

    return strncmp(get_rel_name(index), prefix, Min(strlen(prefix), 16)) == 0 &&
           index_same(index, table, stmt);
}

static void exists_invalid(Oid index) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("index %s exists, but is invalid", qualified_name(index)),
                    errhint("An index that could not be built to its end stands in the way. DROP "
                            "INDEX CONCURRENTLY it, and run again.")));
}

static void exists_other(Oid index) {
    char *definition =
        TextDatumGetCString(DirectFunctionCall1(pg_get_indexdef, ObjectIdGetDatum(index)));

    ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                    errmsg("index %s exists, and may be another than the statement makes",
                           qualified_name(index)),
                    errdetail("An earlier run began the statement. The index is: %s.", definition),
                    errhint("DROP INDEX CONCURRENTLY it, and run again.")));
}

static bool already_there(Oid index) {
    ereport(WARNING, (errmsg("index %s is there, valid and what the statement makes: taken as done",
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
        if (stmt->idxname == NULL && (valid || !again || !index_unnamed(index, table, stmt)))
            continue;
        if (!valid && again)
            repair_drop(repairs, index);
        else if (!valid && stmt->if_not_exists)
            exists_invalid(index);
        else if (valid && again && !index_same(index, table, stmt))
            exists_other(index);
        else if (valid && again)
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

/* Of a table, and of where its long values are kept: that is done with it. */
static List *reindex_left(const ReindexStmt *stmt, bool quiet) {
    Oid table =
        stmt->relation == NULL ? InvalidOid : RangeVarGetRelid(stmt->relation, NoLock, true);
    List *left = NIL, *indexes;
    ListCell *cell;
    Oid toast;

    if (OidIsValid(table) && stmt->kind == REINDEX_OBJECT_INDEX)
        table = IndexGetRelation(table, true);
    if (!is_table(table))
        return NIL;
    indexes = quiet ? indexes_of(table, true) : indexes_now(table);
    toast = toast_of(table);
    if (OidIsValid(toast))
        indexes = list_concat(indexes, indexes_now(toast));
    foreach (cell, indexes)
        if (!index_is_valid(lfirst_oid(cell)) && is_reindex_name(get_rel_name(lfirst_oid(cell))))
            left = lappend_oid(left, lfirst_oid(cell));
    return left;
}

static void reindex_look(const ReindexStmt *stmt, List **repairs) {
    ListCell *cell;

    foreach (cell, reindex_left(stmt, true))
        repair_drop(repairs, lfirst_oid(cell));
}

/* ---- DETACH PARTITION CONCURRENTLY */

/* The partition whose detachment is pending; InvalidOid: none is. */
static Oid detach_left(const AlterTableStmt *stmt) {
    const AlterTableCmd *cmd = linitial_node(AlterTableCmd, stmt->cmds);
    Oid partition;

    if (!pgm_is_detach_concurrently(cmd) ||
        !OidIsValid(RangeVarGetRelid(stmt->relation, NoLock, true)))
        return InvalidOid;
    partition = RangeVarGetRelid(((PartitionCmd *)cmd->def)->name, NoLock, true);
    if (!OidIsValid(partition) || !get_rel_relispartition(partition) ||
        !pgm_has_pending_detach(partition))
        return InvalidOid;
    return partition;
}

static bool detach_look(const AlterTableStmt *stmt, List **repairs) {
    Oid partition = detach_left(stmt);

    if (!OidIsValid(partition))
        return false;
    ereport(NOTICE, (errmsg("partition %s is pending detach, left by an earlier run: the detach is "
                            "finished",
                            qualified_name(partition))));
    *repairs =
        lappend(*repairs, psprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE",
                                   qualified_name(RangeVarGetRelid(stmt->relation, NoLock, false)),
                                   qualified_name(partition)));
    return true;
}

/* ---- after a failure: without waiting for anybody */

static List *index_left(const IndexStmt *stmt) {
    Oid table = RangeVarGetRelid(stmt->relation, NoLock, true), index;
    List *left = NIL;
    ListCell *cell;

    if (!stmt->concurrent || !is_table(table))
        return NIL;
    foreach (cell, indexes_now(table)) {
        index = lfirst_oid(cell);
        if (!index_is_valid(index) &&
            (stmt->idxname != NULL ? strcmp(get_rel_name(index), stmt->idxname) == 0
                                   : index_unnamed(index, table, stmt)))
            left = lappend_oid(left, index);
    }
    return left;
}

static List *drop_left(const DropStmt *stmt) {
    Oid index;

    if (!stmt->concurrent || stmt->removeType != OBJECT_INDEX || list_length(stmt->objects) != 1)
        return NIL;
    index = RangeVarGetRelid(makeRangeVarFromNameList(linitial(stmt->objects)), NoLock, true);
    return OidIsValid(index) && !index_is_valid(index) ? list_make1_oid(index) : NIL;
}

char *pgm_leftover_text(const Node *stmt) {
    List *left = NIL;
    Oid partition;

    if (IsA(stmt, AlterTableStmt)) {
        partition = detach_left((const AlterTableStmt *)stmt);
        return OidIsValid(partition)
                   ? psprintf("partition %s is pending detach", qualified_name(partition))
                   : NULL;
    }
    if (IsA(stmt, IndexStmt))
        left = index_left((const IndexStmt *)stmt);
    else if (IsA(stmt, ReindexStmt))
        left = reindex_left((const ReindexStmt *)stmt, false);
    else if (IsA(stmt, DropStmt))
        left = drop_left((const DropStmt *)stmt);
    return left == NIL ? NULL : psprintf("index %s is invalid", qualified_name(linitial_oid(left)));
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
