/*
 * foresee.c: CONCURRENTLY where nobody else can be kept waiting, and hints for what was not foreseen.
 *
 * On a table that this transaction has made, or a temporary one, CONCURRENTLY has nothing to be
 * careful of, and its price (transactions of its own) cannot be paid: the statement runs without it.
 * So it does where there is no such table or index, which is then an error, or nothing to do, in
 * either form.
 */
#include "pgm.h"

#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "../shared/text.h"

/* ---- relations */

/* As a statement would find it, but without an error and without a lock. */
static Oid relation_find(const RangeVar *range) {
    Oid schema;

    if (range->schemaname == NULL)
        return RelnameGetRelid(range->relname);
    schema = LookupNamespaceNoError(range->schemaname);
    return OidIsValid(schema) ? get_relname_relid(range->relname, schema) : InvalidOid;
}

/* The table of an index; any other relation itself. */
static Oid table_of(Oid relation) {
    char kind = get_rel_relkind(relation);

    if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX)
        return IndexGetRelation(relation, true);
    return relation;
}

static bool relation_is_ours(Relation relation) {
    return relation->rd_createSubid != InvalidSubTransactionId ||
           relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
}

/* Dropping takes an entry for the table, its type, each index, and the two relations of what is stored
   out of line. */
static int64_t locks_of(Relation relation) {
    bool has_toast = OidIsValid(relation->rd_rel->reltoastrelid);

    if (relation->rd_rel->relkind != RELKIND_RELATION)
        return 1;
    return 2 + list_length(RelationGetIndexList(relation)) + (has_toast ? 2 : 0);
}

bool pgm_known(mig_ctx *ctx, mig_str name, mig_known *known, int64_t *locks) {
    RangeVar *range;
    Relation relation;
    Oid table;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    *known = MIG_KNOWN_NOT;
    *locks = 0;
    range = pgm_range_of(name);
    table = range == NULL ? InvalidOid : relation_find(range);
    if (OidIsValid(table))
        table = table_of(table);
    relation = OidIsValid(table) ? RelationIdGetRelation(table) : NULL;
    if (relation == NULL)
        return true;
    *known = relation_is_ours(relation) ? MIG_KNOWN_NEW : MIG_KNOWN_OLD;
    *locks = locks_of(relation);
    RelationClose(relation);
    return true;
}

/* ---- without CONCURRENTLY */

/* May a statement about it do without? name: the table's, where it is one of this transaction. */
static bool may_do_without(const RangeVar *range, char **name) {
    Oid relation = relation_find(range), table;
    Relation opened;
    bool ours;

    *name = NULL;
    table = OidIsValid(relation) ? table_of(relation) : InvalidOid;
    opened = OidIsValid(table) ? RelationIdGetRelation(table) : NULL;
    if (opened == NULL)
        return !OidIsValid(relation);
    ours = relation_is_ours(opened);
    if (ours)
        *name = pstrdup(RelationGetRelationName(opened));
    RelationClose(opened);
    return ours;
}

static bool drop_may_do_without(const DropStmt *stmt, char **name) {
    ListCell *cell;

    foreach (cell, stmt->objects)
        if (!may_do_without(makeRangeVarFromNameList((List *)lfirst(cell)), name))
            return false;
    return true;
}

static bool detach_is_concurrent(const AlterTableStmt *stmt) {
    return list_length(stmt->cmds) == 1 &&
           pgm_is_detach_concurrently(linitial_node(AlterTableCmd, stmt->cmds));
}

/* Takes CONCURRENTLY out of the statement; NULL: it has none, or needs it. */
static const char *concurrently_remove(Node *node, char **name) {
    if (IsA(node, IndexStmt)) {
        IndexStmt *stmt = (IndexStmt *)node;

        if (!stmt->concurrent || !may_do_without(stmt->relation, name))
            return NULL;
        stmt->concurrent = false;
        return "CREATE INDEX CONCURRENTLY";
    }
    if (IsA(node, DropStmt)) {
        DropStmt *stmt = (DropStmt *)node;

        if (!stmt->concurrent || !drop_may_do_without(stmt, name))
            return NULL;
        stmt->concurrent = false;
        return "DROP INDEX CONCURRENTLY";
    }
    if (IsA(node, ReindexStmt)) {
        ReindexStmt *stmt = (ReindexStmt *)node;

        if (stmt->relation == NULL || !pgm_reindex_is_concurrent(stmt) ||
            !may_do_without(stmt->relation, name))
            return NULL;
        pgm_reindex_wait(stmt);
        return "REINDEX CONCURRENTLY";
    }
    if (IsA(node, AlterTableStmt) && detach_is_concurrent((AlterTableStmt *)node)) {
        AlterTableStmt *stmt = (AlterTableStmt *)node;

        if (!may_do_without(stmt->relation, name))
            return NULL;
        pgm_detach_wait(linitial_node(AlterTableCmd, stmt->cmds));
        return "DETACH PARTITION CONCURRENTLY";
    }
    return NULL;
}

void pgm_concurrently_relax(Node *node) {
    char *name = NULL;
    const char *what = concurrently_remove(node, &name);

    if (what != NULL && name != NULL)
        ereport(NOTICE, (errmsg("%s runs without CONCURRENTLY: no other session can see table "
                                "\"%s\" yet",
                                what, name)));
}

/* ---- hints for what was not foreseen */

static bool text_has(const char *text, const char *part) {
    return text != NULL && strstr(text, part) != NULL;
}

const char *pgm_call_online(const pgm_host *host) {
    if (host->nonatomic || strcmp(host->kind, "revision") != 0)
        return NULL;
    return text_has(host->function, "downgrade") ? "CALL migrate_downgrade_online(target)"
                                                 : "CALL migrate_upgrade_online()";
}

static char *locks_hint(const char *call) {
    if (call == NULL)
        return psprintf("Raise max_locks_per_transaction (now %d) and restart the server, or make "
                        "several revisions of this one.",
                        max_locks_per_xact);
    return psprintf(
        "All locks of a run are kept to its end. %s commits each revision by itself; or "
        "raise max_locks_per_transaction (now %d) and restart the server.",
        call, max_locks_per_xact);
}

static char *enum_hint(const char *call) {
    return psprintf("New enum values must be committed before they can be used: add the value in a "
                    "revision of its own%s%s%s.",
                    call == NULL ? "" : ", and type ", call == NULL ? "" : call,
                    call == NULL ? "" : ", which commits each revision by itself");
}

void pgm_hint_transaction(const pgm_host *host, ErrorData *data) {
    const char *call = pgm_call_online(host);

    if (strcmp(host->kind, "revision") != 0 || host->revision == NULL)
        return;
    if (data->sqlerrcode == ERRCODE_OUT_OF_MEMORY &&
        text_has(data->hint, "max_locks_per_transaction"))
        data->hint = locks_hint(call);
    else if (data->sqlerrcode == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE)
        data->hint = enum_hint(call);
}
