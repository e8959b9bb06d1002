/*
 * compat.h: PostgreSQL 13 to 18 as one. The only file that looks at PG_VERSION_NUM.
 *
 * Everything else uses what exists unchanged in all of them. Include after postgres.h.
 */
#ifndef PGM_COMPAT_H
#define PGM_COMPAT_H

#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_namespace.h"
#include "commands/copy.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 130000
#error "migrate needs PostgreSQL 13 or newer"
#endif

/* 14: what a session shows, and what it waits for, got headers of their own */
#if PG_VERSION_NUM >= 140000
#include "utils/backend_status.h"
#include "utils/wait_event.h"
#else
#include "pgstat.h"
#endif

/* 18: without the argument that says a plan is run only once */
#if PG_VERSION_NUM >= 180000
#define pgm_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0)
#else
#define pgm_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0, true)
#endif

/* 14: an argument that says whether the tree may be scribbled on */
#if PG_VERSION_NUM >= 140000
#define pgm_process_utility(stmt, sql, params, dest, done)                                         \
    ProcessUtility(stmt, sql, false, PROCESS_UTILITY_QUERY, params, NULL, dest, done)
#else
#define pgm_process_utility(stmt, sql, params, dest, done)                                         \
    ProcessUtility(stmt, sql, PROCESS_UTILITY_QUERY, params, NULL, dest, done)
#endif

/* 17: may ask for stronger modes too */
#if PG_VERSION_NUM >= 170000
#define pgm_lock_is_held(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define pgm_lock_is_held(tag, mode) LockHeldByMe(tag, mode)
#endif

/* 15: new name; new argument */
#if PG_VERSION_NUM >= 150000
#define pgm_analyze_and_rewrite(raw, sql, types, n)                                                \
    pg_analyze_and_rewrite_fixedparams(raw, sql, types, n, NULL)
#define pgm_analyze_varparams(raw, sql, types, n) parse_analyze_varparams(raw, sql, types, n, NULL)
#else
#define pgm_analyze_and_rewrite(raw, sql, types, n) pg_analyze_and_rewrite(raw, sql, types, n, NULL)
#define pgm_analyze_varparams(raw, sql, types, n) parse_analyze_varparams(raw, sql, types, n)
#endif

/* 15: parameters of a prefix can be reserved; before, unknown ones were only warned about */
#if PG_VERSION_NUM >= 150000
#define pgm_reserve_parameters(prefix) MarkGUCPrefixReserved(prefix)
#else
#define pgm_reserve_parameters(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* 16: one function for all catalogs */
#if PG_VERSION_NUM >= 160000
#define pgm_database_aclcheck(oid, mode) object_aclcheck(DatabaseRelationId, oid, GetUserId(), mode)
#define pgm_namespace_aclcheck(oid, mode)                                                          \
    object_aclcheck(NamespaceRelationId, oid, GetUserId(), mode)
#else
#define pgm_database_aclcheck(oid, mode) pg_database_aclcheck(oid, GetUserId(), mode)
#define pgm_namespace_aclcheck(oid, mode) pg_namespace_aclcheck(oid, GetUserId(), mode)
#endif

/* 16: errors can be caught softly instead of a type that is missing being no error */
#if PG_VERSION_NUM >= 160000
#define pgm_parse_type(text, type, modifier) parseTypeString(text, type, modifier, NULL)
#else
#define pgm_parse_type(text, type, modifier) parseTypeString(text, type, modifier, false)
#endif

/* 14: a condition on the rows; and another name for the state */
#if PG_VERSION_NUM >= 140000
typedef CopyFromState pgm_copy_state;
#define pgm_begin_copy_from(pstate, table, source, columns, options)                               \
    BeginCopyFrom(pstate, table, NULL, NULL, false, source, columns, options)
#else
typedef CopyState pgm_copy_state;
#define pgm_begin_copy_from(pstate, table, source, columns, options)                               \
    BeginCopyFrom(pstate, table, NULL, false, source, columns, options)
#endif

/* 16: what a statement needs of a table no longer stands in its range table. Raises the server's
   error where the current role may not insert into the columns. */
static inline void pgm_check_insert(ParseState *pstate, ParseNamespaceItem *item,
                                    Bitmapset *columns) {
#if PG_VERSION_NUM >= 160000
    item->p_perminfo->requiredPerms = ACL_INSERT;
    item->p_perminfo->insertedCols = columns;
    (void)ExecCheckPermissions(pstate->p_rtable, list_make1(item->p_perminfo), true);
#else
    item->p_rte->requiredPerms = ACL_INSERT;
    item->p_rte->insertedCols = columns;
    (void)ExecCheckRTPerms(pstate->p_rtable, true);
#endif
}

/* 14: what other sessions show, read once in a transaction, apart from what was counted */
#if PG_VERSION_NUM >= 140000
#define pgm_forget_activity() pgstat_clear_backend_activity_snapshot()
#else
#define pgm_forget_activity() pgstat_clear_snapshot()
#endif

/* 14: the predefined roles got their names of today */
#if PG_VERSION_NUM >= 140000
#define PGM_ROLE_READ_SERVER_FILES ROLE_PG_READ_SERVER_FILES
#define PGM_ROLE_WRITE_SERVER_FILES ROLE_PG_WRITE_SERVER_FILES
#else
#define PGM_ROLE_READ_SERVER_FILES DEFAULT_ROLE_READ_SERVER_FILES
#define PGM_ROLE_WRITE_SERVER_FILES DEFAULT_ROLE_WRITE_SERVER_FILES
#endif

/* 14: DETACH PARTITION ... CONCURRENTLY */
#if PG_VERSION_NUM >= 140000
#define pgm_is_detach_concurrently(cmd)                                                            \
    ((cmd)->subtype == AT_DetachPartition && ((PartitionCmd *)(cmd)->def)->concurrent)
#define pgm_has_pending_detach(partition) PartitionHasPendingDetach(partition)
#else
#define pgm_is_detach_concurrently(cmd) (false && (cmd) != NULL)
#define pgm_has_pending_detach(partition) (false && OidIsValid(partition))
#endif

/* 14: the same without CONCURRENTLY; options of REINDEX are a list */
#if PG_VERSION_NUM >= 140000
#define pgm_detach_wait(cmd) (((PartitionCmd *)(cmd)->def)->concurrent = false)
static inline DefElem *pgm_reindex_option(const ReindexStmt *stmt) {
    ListCell *cell;

    foreach (cell, stmt->params)
        if (strcmp(lfirst_node(DefElem, cell)->defname, "concurrently") == 0)
            return lfirst_node(DefElem, cell);
    return NULL;
}
#define pgm_reindex_is_concurrent(stmt)                                                            \
    (pgm_reindex_option(stmt) != NULL && defGetBoolean(pgm_reindex_option(stmt)))
#define pgm_reindex_wait(stmt)                                                                     \
    ((stmt)->params = list_delete_ptr((stmt)->params, pgm_reindex_option(stmt)))
#else
#define pgm_detach_wait(cmd) ((void)(cmd))
#define pgm_reindex_is_concurrent(stmt) ((stmt)->concurrent)
#define pgm_reindex_wait(stmt) ((stmt)->concurrent = false)
#endif

/* 15: unique indexes in which two nulls are the same */
#if PG_VERSION_NUM >= 150000
#define pgm_nulls_same(stmt, form) ((form)->indnullsnotdistinct == (stmt)->nulls_not_distinct)
#else
#define pgm_nulls_same(stmt, form) true
#endif

/* 15 and 14: arguments; a statement as the client's own */
#if PG_VERSION_NUM >= 140000
#define pgm_process_toplevel(stmt, sql)                                                            \
    ProcessUtility(stmt, sql, false, PROCESS_UTILITY_TOPLEVEL, NULL, NULL, None_Receiver, NULL)
#else
#define pgm_process_toplevel(stmt, sql)                                                            \
    ProcessUtility(stmt, sql, PROCESS_UTILITY_TOPLEVEL, NULL, NULL, None_Receiver, NULL)
#endif

/* 18: a plan is run only once */
#if PG_VERSION_NUM >= 180000
#define pgm_portal_run(portal, top_level)                                                          \
    PortalRun(portal, FETCH_ALL, top_level, None_Receiver, None_Receiver, NULL)
#else
#define pgm_portal_run(portal, top_level)                                                          \
    PortalRun(portal, FETCH_ALL, top_level, true, None_Receiver, None_Receiver, NULL)
#endif

/* 17: a worker can act for a role that may not log in (SET SESSION AUTHORIZATION) */
#if PG_VERSION_NUM >= 170000
#define PGM_WORKER_FLAGS BGWORKER_BYPASS_ROLELOGINCHECK
#else
#define PGM_WORKER_FLAGS 0
#endif

/* 15: whether more is to come */
#if PG_VERSION_NUM >= 150000
#define pgm_shm_mq_send(queue, n, data) shm_mq_send(queue, n, data, false, true)
#else
#define pgm_shm_mq_send(queue, n, data) shm_mq_send(queue, n, data, false)
#endif

/* 16: what a statement needs of a table no longer stands in its range table */
#if PG_VERSION_NUM >= 160000
static inline AclMode pgm_required_rights(const PlannedStmt *stmt, const RangeTblEntry *entry) {
    return entry->perminfoindex == 0
               ? 0
               : getRTEPermissionInfo(stmt->permInfos, (RangeTblEntry *)entry)->requiredPerms;
}
#else
#define pgm_required_rights(stmt, entry) ((entry)->requiredPerms)
#endif

/* 16: being a member does not always allow SET ROLE */
#if PG_VERSION_NUM >= 160000
#define pgm_may_set_role(member, role) member_can_set_role(member, role)
#else
#define pgm_may_set_role(member, role) is_member_of_role(member, role)
#endif

/* 14: whether the tree may be scribbled on; what a hook on utility statements gets and hands on */
#if PG_VERSION_NUM >= 140000
#define PGM_UTILITY_PARAMETERS                                                                     \
    PlannedStmt *pstmt, const char *sql, bool read_only, ProcessUtilityContext context,            \
        ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,                   \
        QueryCompletion *completion
#define PGM_UTILITY_ARGUMENTS pstmt, sql, read_only, context, params, environment, dest, completion
#else
#define PGM_UTILITY_PARAMETERS                                                                     \
    PlannedStmt *pstmt, const char *sql, ProcessUtilityContext context, ParamListInfo params,      \
        QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion
#define PGM_UTILITY_ARGUMENTS pstmt, sql, context, params, environment, dest, completion
#endif

/* 14: is the client still there? Declared here because the server's own header of it wants those of
   Kerberos. 15: not on every system. */
#if PG_VERSION_NUM >= 150000
extern bool pq_check_connection(void);
#define pgm_client_is_gone() (WaitEventSetCanReportClosed() && !pq_check_connection())
#elif PG_VERSION_NUM >= 140000
extern bool pq_check_connection(void);
#define pgm_client_is_gone() (!pq_check_connection())
#else
#define pgm_client_is_gone() false
#endif

#endif
