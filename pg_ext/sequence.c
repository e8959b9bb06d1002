/*
 * sequence.c: moves the sequences of a table's columns behind the values that were given, so that the
 * next value they make is free.
 *
 * A sequence belongs to a column that is an identity, that owns it, or whose default calls it; of a
 * partition also where that is said of the table it is part of. Sequences know no transactions: one is
 * read and set under a lock that keeps nextval out, and only for so long, so that it never goes back
 * behind what somebody else has taken meanwhile. One that is ahead already needs no lock.
 */
#include "pgm.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_sequence.h"
#include "compat.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "../shared/relation.h"

typedef struct sequence {
    Oid id;
    int64 increment, least, most;
    int64 last;
    bool called; /* last was handed out */
} sequence;

/* ---- which */

static bool is_sequence(Oid class, Oid id, int32 part) {
    return class == RelationRelationId && part == 0 && get_rel_relkind(id) == RELKIND_SEQUENCE;
}

/* Sequences that depend on the column: serial and identity ones. */
static List *owned_find(List *found, Oid table, AttrNumber column) {
    Relation catalog = table_open(DependRelationId, AccessShareLock);
    Form_pg_depend form;
    ScanKeyData keys[3];
    SysScanDesc scan;
    HeapTuple tuple;

    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(RelationRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(table));
    ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ,
                Int32GetDatum(column));
    scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, 3, keys);
    while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
        form = (Form_pg_depend)GETSTRUCT(tuple);
        if ((form->deptype == DEPENDENCY_AUTO || form->deptype == DEPENDENCY_INTERNAL) &&
            is_sequence(form->classid, form->objid, form->objsubid))
            found = list_append_unique_oid(found, form->objid);
    }
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return found;
}

static Oid default_find(Oid table, AttrNumber column) {
    Relation catalog = table_open(AttrDefaultRelationId, AccessShareLock);
    Oid id = InvalidOid;
    ScanKeyData keys[2];
    SysScanDesc scan;
    HeapTuple tuple;

    ScanKeyInit(&keys[0], Anum_pg_attrdef_adrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(table));
    ScanKeyInit(&keys[1], Anum_pg_attrdef_adnum, BTEqualStrategyNumber, F_INT2EQ,
                Int16GetDatum(column));
    scan = systable_beginscan(catalog, AttrDefaultIndexId, true, NULL, 2, keys);
    tuple = systable_getnext(scan);
    if (HeapTupleIsValid(tuple))
        id = ((Form_pg_attrdef)GETSTRUCT(tuple))->oid;
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return id;
}

/* Sequences that the column's default depends on, several tables may share one. */
static List *used_find(List *found, Oid table, AttrNumber column) {
    Oid expression = default_find(table, column);
    Relation catalog;
    Form_pg_depend form;
    ScanKeyData keys[2];
    SysScanDesc scan;
    HeapTuple tuple;

    if (!OidIsValid(expression))
        return found;
    catalog = table_open(DependRelationId, AccessShareLock);
    ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(AttrDefaultRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(expression));
    scan = systable_beginscan(catalog, DependDependerIndexId, true, NULL, 2, keys);
    while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
        form = (Form_pg_depend)GETSTRUCT(tuple);
        if (is_sequence(form->refclassid, form->refobjid, form->refobjsubid))
            found = list_append_unique_oid(found, form->refobjid);
    }
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return found;
}

static List *sequences_find(Oid table, AttrNumber column) {
    List *tables = get_rel_relispartition(table) ? get_partition_ancestors(table) : NIL;
    const char *name = get_attname(table, column, false);
    List *found = NIL;
    AttrNumber number;
    ListCell *cell;

    foreach (cell, lappend_oid(tables, table)) {
        number = get_attnum(lfirst_oid(cell), name);
        found = owned_find(found, lfirst_oid(cell), number);
        found = used_find(found, lfirst_oid(cell), number);
    }
    return found;
}

/* ---- where it is, where it must be */

/* One row of one statement of ours into Datums; false: a NULL in the first column. */
static bool row_read(const char *sql, int64 *number, bool *flag) {
    int nest_level = pgm_pin_path();
    bool is_null;
    Datum datum;

    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    if (SPI_execute(sql, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "not one row: %s", sql);
    datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    *number = is_null ? 0 : DatumGetInt64(datum);
    if (flag != NULL)
        *flag = DatumGetBool(
            SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &(bool){false}));
    SPI_finish();
    AtEOXact_GUC(false, nest_level);
    return !is_null;
}

static void sequence_read(sequence *s) {
    (void)row_read(psprintf("SELECT last_value, is_called FROM %s", pgm_table_sql(s->id)), &s->last,
                   &s->called);
}

static void sequence_open(Oid id, sequence *s) {
    HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(id));
    Form_pg_sequence form;

    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for sequence %u", id);
    form = (Form_pg_sequence)GETSTRUCT(tuple);
    s->id = id;
    s->increment = form->seqincrement;
    s->least = form->seqmin;
    s->most = form->seqmax;
    ReleaseSysCache(tuple);
}

/* The value in the table that the sequence would reach last; false: it reaches none. */
static bool reach_find(const sequence *s, Oid table, const char *column, int64 *reach) {
    bool up = s->increment > 0;
    const char *sql = psprintf("SELECT CAST(pg_catalog.%s(%s) AS pg_catalog.int8) FROM %s WHERE %s "
                               "OPERATOR(pg_catalog.%s) "
                               "CAST('" INT64_FORMAT "' AS pg_catalog.int8)",
                               up ? "max" : "min", column, pgm_table_sql(table), column,
                               up ? "<=" : ">=", up ? s->most : s->least);

    return row_read(sql, reach, NULL);
}

static bool is_behind(const sequence *s, int64 reach) {
    if (s->last == reach)
        return !s->called;
    return s->increment > 0 ? s->last < reach : s->last > reach;
}

/* ---- moving */

static bool moving_allowed(mig_ctx *ctx, Oid id, AclMode mode, Oid table) {
    const char *sql = pgm_keep(ctx, pgm_table_sql(id));
    const char *role = pgm_keep(ctx, quote_identifier(GetUserNameFromId(GetUserId(), false)));

    if (pg_class_aclcheck(id, GetUserId(), mode) == ACLCHECK_OK)
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE,
             "permission denied to move sequence \"%s\" behind the values given in table \"%s\"",
             pgm_keep(ctx, get_rel_name(id)), pgm_keep(ctx, get_rel_name(table)));
    mig_hint(ctx,
             "GRANT SELECT, UPDATE ON SEQUENCE %s TO %s, or leave the column out of the data set.",
             sql, role);
    return false;
}

static bool sequence_move(mig_ctx *ctx, sequence *s, int64 reach, Oid table) {
    if (!moving_allowed(ctx, s->id, ACL_UPDATE, table))
        return false;
    LockRelationOid(s->id, ShareRowExclusiveLock);
    sequence_read(s);
    if (is_behind(s, reach))
        (void)DirectFunctionCall2(setval_oid, ObjectIdGetDatum(s->id), Int64GetDatum(reach));
    UnlockRelationOid(s->id, ShareRowExclusiveLock);
    return true;
}

static bool column_advance(mig_ctx *ctx, const mig_relation *relation, size_t field) {
    const pgm_relation *own = relation->own;
    AttrNumber number = own->fields[field].number;
    const char *column = quote_identifier(get_attname(own->id, number, false));
    ListCell *cell;
    sequence s;
    int64 reach;

    foreach (cell, sequences_find(own->id, number)) {
        sequence_open(lfirst_oid(cell), &s);
        if (!reach_find(&s, own->id, column, &reach))
            continue;
        if (!moving_allowed(ctx, s.id, ACL_SELECT, own->id))
            return false;
        sequence_read(&s);
        if (is_behind(&s, reach) && !sequence_move(ctx, &s, reach, own->id))
            return false;
    }
    return true;
}

/* Of other columns a sequence makes a part at most: "INV-17". Guarded: planning what we read runs
   functions of constants that stand in the indexes of the table. */
bool pgm_advance(mig_ctx *ctx, const mig_relation *relation, const bool *given) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_guard guard;
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    guard = pgm_guard_open(host);
    for (i = 0; mig_ctx_error(ctx) == NULL && i < relation->n_fields; i++)
        if (given[i] && (relation->fields[i].kind == MIG_FIELD_INTEGER ||
                         relation->fields[i].kind == MIG_FIELD_NUMBER))
            (void)column_advance(ctx, relation, i);
    pgm_guard_close(host, &guard);
    return mig_ctx_error(ctx) == NULL;
}
