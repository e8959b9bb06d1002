/*
 * progress.c: what others see of a run.
 *
 * In the place of application_name in pg_stat_activity, which everybody can see at once, whatever
 * becomes of the transaction; the parameter itself stays as it is. Written for each statement: no
 * parameter is set and nothing is allocated for it.
 *
 * The worker of a section outside a transaction says whose it is, so that what it waits for is told of
 * its caller.
 */
#include "pgm.h"

#include "compat.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"

#include "../shared/progress.h"

#define WORKER_LINE "migrate: for process "
#define LOCK_CLASS CppAsString2(MIG_LOCK_CLASS)

static void line_show(pgm_host *host) {
    char line[MIG_PROGRESS_ROOM];

    mig_progress_write(&host->progress, host->host.now(host->ctx), line);
    pgstat_report_appname(line);
    host->shown = true;
}

bool pgm_progress(mig_ctx *ctx, const mig_progress *progress) {
    pgm_host *host = pgm_host_of(ctx);
    size_t n = Min(progress->name.n, sizeof host->progress_name);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    host->progress = *progress;
    if (n > 0)
        memcpy(host->progress_name, progress->name.p, n);
    host->progress.name = (mig_str){host->progress_name, n};
    line_show(host);
    return true;
}

bool pgm_progress_rows(mig_ctx *ctx, size_t rows) {
    pgm_host *host = pgm_host_of(ctx);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    host->progress.rows = rows;
    line_show(host);
    return true;
}

void pgm_progress_statement(pgm_host *host, const mig_section_run *run, size_t i) {
    if (host->progress.action.n == 0)
        return;
    host->progress.statement = run->n_before + i + 1;
    host->progress.n_statements =
        Max(run->n_all > 0 ? run->n_all : run->n_statements, host->progress.statement);
    line_show(host);
}

/* migrate_upgrade_online is an upgrade. */
static mig_str action_of(const char *function) {
    mig_str action = mig_str_of(function);
    mig_str prefix = MIG_STR("migrate_"), suffix = MIG_STR("_online");

    if (mig_str_starts(action, prefix))
        action = mig_str_sub(action, prefix.n, SIZE_MAX);
    if (action.n > suffix.n &&
        mig_str_eq(mig_str_sub(action, action.n - suffix.n, SIZE_MAX), suffix))
        action.n -= suffix.n;
    return action;
}

void pgm_progress_begin(pgm_host *host) {
    if (host->progress.action.n > 0)
        return;
    host->progress.action = action_of(host->function);
    line_show(host);
    host->progress.action.n = 0;
}

void pgm_progress_end(pgm_host *host) {
    if (host->shown)
        pgstat_report_appname(application_name != NULL ? application_name : "");
    host->shown = false;
}

void pgm_progress_worker(void) {
    char line[NAMEDATALEN];

    snprintf(line, sizeof line, WORKER_LINE "%d", (int)MyBgworkerEntry->bgw_notify_pid);
    pgstat_report_appname(line);
}

/* Of the locks of a run the target's tells who runs, and both who waits. A session that has logged in
   with the same role could pass for a worker, as it could end the caller. */
bool pgm_sessions(mig_ctx *ctx, mig_row_fn row, void *arg) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_forget_activity();
    return pgm_query(
        ctx,
        "WITH held AS MATERIALIZED (SELECT * FROM pg_catalog.pg_locks), "
        "ours AS (SELECT h.pid, bool_or(h.granted) AS holds FROM held AS h "
        "WHERE h.locktype {=} 'advisory' AND h.classid {=} " LOCK_CLASS " AND h.objsubid {=} 2 "
        "AND h.database {=} (SELECT d.oid FROM pg_catalog.pg_database AS d "
        "WHERE d.datname {=} pg_catalog.current_database()) "
        "AND (h.objid {=} 1 OR h.objid {=} 0 AND NOT h.granted) GROUP BY h.pid) "
        "SELECT a.pid, a.usename, a.application_name, CASE WHEN o.holds THEN 1 ELSE 0 END, "
        "CASE WHEN w.waits THEN 1 ELSE 0 END, "
        "CASE WHEN w.waits THEN (SELECT string_agg(DISTINCT b::text, ', ') "
        "FROM unnest(pg_blocking_pids(coalesce(f.pid, a.pid))) AS b) END, "
        "to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
        "nullif(coalesce(f.query, a.query), '<insufficient privilege>') "
        "FROM ours AS o JOIN pg_catalog.pg_stat_activity AS a ON a.pid {=} o.pid "
        "LEFT JOIN pg_catalog.pg_stat_activity AS f "
        "ON f.application_name {=} format('" WORKER_LINE "%s', a.pid) "
        "AND f.usesysid {=} a.usesysid AND f.datid {=} a.datid "
        "CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM held AS h WHERE NOT h.granted "
        "AND (h.pid {=} a.pid OR h.pid {=} f.pid)) AS waits) AS w "
        "ORDER BY o.holds DESC, a.pid",
        NULL, 0, MIG_SNAPSHOT_CALLER, row, arg);
}
