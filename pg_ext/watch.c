/*
 * watch.c: tells a superuser, once a run, that what he runs sets off code of another role: with his
 * rights, which that role could take. And the hooks through which that is seen, and through which
 * leave.c refuses.
 *
 * What changes rows passes the executor or is a COPY or TRUNCATE, also where a DO block, a function or
 * a seed does it. Triggers and rules are looked at. That a default, a check or an index can call
 * functions of its owner too is not.
 */
#include "pgm.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "compat.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static ExecutorStart_hook_type next_executor = NULL;
static ProcessUtility_hook_type next_utility = NULL;
static pgm_watch *process_watch = NULL;

/* ---- what belongs to another role */

static bool is_foreign(Oid role) {
    return !superuser_arg(role);
}

/* Does the trigger run code that another role has written or chosen, with our rights? */
static bool trigger_is_foreign(const Trigger *trigger, Oid owner) {
    HeapTuple tuple;
    Form_pg_proc form;
    bool foreign;

    if (trigger->tgisinternal || trigger->tgenabled == TRIGGER_DISABLED)
        return false;
    tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(trigger->tgfoid));
    if (!HeapTupleIsValid(tuple))
        return false;
    form = (Form_pg_proc)GETSTRUCT(tuple);
    foreign = !form->prosecdef && (is_foreign(owner) || is_foreign(form->proowner));
    ReleaseSysCache(tuple);
    return foreign;
}

/* Rules have no owner of their own: theirs is the table's. */
static void relation_look(Relation relation, StringInfo names) {
    Oid owner = relation->rd_rel->relowner;
    bool rules = false;
    int i;

    for (i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
        if (trigger_is_foreign(&relation->trigdesc->triggers[i], owner))
            appendStringInfo(names, "%strigger \"%s\"", names->len > 0 ? ", " : "",
                             relation->trigdesc->triggers[i].tgname);
    for (i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
        if (relation->rd_rules->rules[i]->event != CMD_SELECT && is_foreign(owner))
            rules = true;
    if (rules)
        appendStringInfo(names, "%sa rule", names->len > 0 ? ", " : "");
}

static void warn(pgm_watch *watch, Relation relation, const char *names) {
    watch->warned = true;
    ereport(
        WARNING,
        (errmsg("a superuser's run sets off code of another role: table %s of role \"%s\" has %s",
                pgm_table_sql(RelationGetRelid(relation)),
                GetUserNameFromId(relation->rd_rel->relowner, false), names),
         errdetail("It runs with the rights of the current role, and can take them."),
         errhint("Set \"migrate.run_as\" to a role that is no superuser, or look at what the "
                 "code does.")));
}

/* The table and, where the statement goes there, what is below it: as rows of a partitioned table do. */
static void tree_look(pgm_watch *watch, Oid root, bool below) {
    StringInfoData names;
    Relation relation;
    ListCell *cell;

    LockRelationOid(root, AccessShareLock);
    below = below || get_rel_relkind(root) == RELKIND_PARTITIONED_TABLE;
    foreach (cell,
             below ? find_all_inheritors(root, AccessShareLock, NULL) : list_make1_oid(root)) {
        if (watch->warned)
            return;
        relation = relation_open(lfirst_oid(cell), NoLock);
        initStringInfo(&names);
        relation_look(relation, &names);
        if (names.len > 0)
            warn(watch, relation, names.data);
        pfree(names.data);
        relation_close(relation, NoLock);
    }
}

/* ---- the hooks */

/* NULL: nothing to look at. */
static pgm_watch *watch_get(void) {
    pgm_watch *watch = pgm_running() != NULL ? &pgm_running()->watch : process_watch;

    return watch != NULL && watch->on && !watch->warned && superuser() ? watch : NULL;
}

/* A rule can make a SELECT of a change; what it adds does not count as the statement itself. */
static void plan_look(pgm_watch *watch, const PlannedStmt *stmt) {
    const AclMode changing = ACL_INSERT | ACL_UPDATE | ACL_DELETE;
    const RangeTblEntry *entry;
    ListCell *cell;

    if (stmt->commandType == CMD_UTILITY ||
        (stmt->commandType == CMD_SELECT && !stmt->hasModifyingCTE && stmt->canSetTag))
        return;
    foreach (cell, stmt->rtable) {
        entry = lfirst_node(RangeTblEntry, cell);
        if (OidIsValid(entry->relid) && (pgm_required_rights(stmt, entry) & changing) != 0)
            tree_look(watch, entry->relid, entry->inh);
    }
}

static void range_look(pgm_watch *watch, const RangeVar *range) {
    Oid id = RangeVarGetRelid(range, AccessShareLock, true);

    if (OidIsValid(id))
        tree_look(watch, id, range->inh);
}

static void utility_look(pgm_watch *watch, const Node *node) {
    ListCell *cell;

    if (IsA(node, CopyStmt) && ((const CopyStmt *)node)->is_from &&
        ((const CopyStmt *)node)->relation != NULL)
        range_look(watch, ((const CopyStmt *)node)->relation);
    if (IsA(node, TruncateStmt))
        foreach (cell, ((const TruncateStmt *)node)->relations)
            range_look(watch, lfirst_node(RangeVar, cell));
}

void pgm_watch_table(Oid table) {
    pgm_watch *watch = watch_get();

    if (watch != NULL)
        tree_look(watch, table, false);
}

void pgm_watch_process(pgm_watch *watch) {
    process_watch = watch;
}

static void executor_start(QueryDesc *desc, int flags) {
    pgm_watch *watch = watch_get();

    if (watch != NULL && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
        plan_look(watch, desc->plannedstmt);
    if (next_executor != NULL)
        next_executor(desc, flags);
    else
        standard_ExecutorStart(desc, flags);
}

static void utility_run(PGM_UTILITY_PARAMETERS) {
    pgm_watch *watch = watch_get();

    pgm_leave_refuse(pstmt->utilityStmt);
    if (watch != NULL)
        utility_look(watch, pstmt->utilityStmt);
    if (next_utility != NULL)
        next_utility(PGM_UTILITY_ARGUMENTS);
    else
        standard_ProcessUtility(PGM_UTILITY_ARGUMENTS);
}

void pgm_hooks_install(void) {
    next_executor = ExecutorStart_hook;
    ExecutorStart_hook = executor_start;
    next_utility = ProcessUtility_hook;
    ProcessUtility_hook = utility_run;
}
