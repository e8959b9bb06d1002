/*
 * statement.c: statements that the core composes for tables of the user.
 *
 * All parameters are texts, which the statement casts. Plans are kept from callback to callback, in
 * memory of the server that no abort gives back: the host's end does (host.c).
 *
 * A statement with parameters is run once for each row of a data set. It gets one plan for all, made
 * at the first run, when the table may still be empty: without telling the planner otherwise it would
 * read the whole table for each row, and go on so while the table grows.
 */
#include "pgm.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "nodes/parsenodes.h"
#include "tcop/pquery.h"
#include "utils/portal.h"

#define WORK_MEM "64MB"
#define WORK_MEM_KB (64 * 1024)

/* ---- prepared statements */

static void prepared_link(pgm_host *host, mig_prepared *prepared) {
    prepared->next = host->prepared;
    prepared->link = &host->prepared;
    if (host->prepared != NULL)
        host->prepared->link = &prepared->next;
    host->prepared = prepared;
}

void pgm_prepared_free(mig_prepared *prepared) {
    *prepared->link = prepared->next;
    if (prepared->next != NULL)
        prepared->next->link = prepared->link;
    SPI_freeplan(prepared->plan);
    pfree(prepared->sql);
    pfree(prepared);
}

static SPIPlanPtr plan_make(const char *sql, int n_params) {
    Oid *types = palloc(Max(n_params, 1) * sizeof *types);
    SPIPlanPtr plan;
    int i;

    for (i = 0; i < n_params; i++)
        types[i] = TEXTOID;
    plan = SPI_prepare_cursor(sql, n_params, types, n_params > 0 ? CURSOR_OPT_GENERIC_PLAN : 0);
    if (plan == NULL)
        elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
    return plan;
}

static mig_prepared *prepared_new(pgm_host *host, mig_str sql, size_t n_params) {
    MemoryContext old = MemoryContextSwitchTo(host->memory);
    mig_prepared *prepared = palloc0(sizeof *prepared);

    prepared->sql = pgm_to_server(sql);
    prepared->n_params = (int)n_params;
    host->composed = prepared->sql;
    MemoryContextSwitchTo(old);
    return prepared;
}

mig_prepared *pgm_prepare(mig_ctx *ctx, mig_str sql, size_t n_params) {
    pgm_host *host = pgm_host_of(ctx);
    mig_prepared *prepared;
    pgm_guard guard;

    if (mig_ctx_error(ctx) != NULL)
        return NULL;
    prepared = prepared_new(host, sql, n_params);
    guard = pgm_guard_open(host);
    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    prepared->plan = plan_make(prepared->sql, prepared->n_params);
    if (SPI_keepplan(prepared->plan) != 0)
        elog(ERROR, "SPI_keepplan failed");
    prepared_link(host, prepared);
    SPI_finish();
    pgm_guard_close(host, &guard);
    host->composed = NULL;
    return prepared;
}

void pgm_unprepare(mig_ctx *ctx, mig_prepared *prepared) {
    if (prepared == NULL)
        return;
    if (pgm_host_of(ctx)->composed == prepared->sql)
        pgm_host_of(ctx)->composed = NULL;
    pgm_prepared_free(prepared);
}

/* ---- running */

static void params_bind(const mig_prepared *prepared, const mig_value *params, Datum **values,
                        char **nulls) {
    bool is_null;
    int i;

    *values = palloc(Max(prepared->n_params, 1) * sizeof **values);
    *nulls = palloc(Max(prepared->n_params, 1));
    for (i = 0; i < prepared->n_params; i++) {
        (*values)[i] = pgm_datum(&params[i], TEXTOID, &is_null);
        (*nulls)[i] = is_null ? 'n' : ' ';
    }
}

static void setting(const char *name, const char *value) {
    (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
}

/* For the run in which the plan is made. A statement with parameters is about one row; one without
   is about all rows of a data set, whose hashes do not fit the default of 4 MB. */
static void planner_advise(mig_prepared *prepared) {
    if (prepared->n_params == 0 && work_mem < WORK_MEM_KB)
        setting("work_mem", WORK_MEM);
    if (!prepared->planned && prepared->n_params > 0)
        setting("enable_seqscan", "off");
    if (!prepared->planned)
        setting("jit", "off");
    prepared->planned = true;
}

/* Rows one by one, without keeping them; a row that changes something is changed before the first is
   handed out. */
static int64_t rows_fetch(mig_ctx *ctx, const mig_prepared *prepared, Datum *values,
                          const char *nulls, mig_row_fn row, void *arg) {
    Portal portal = SPI_cursor_open(NULL, prepared->plan, values, nulls, pgm_host_of(ctx)->listing);
    pgm_receiver receiver;
    int64_t changed;

    if (portal == NULL)
        elog(ERROR, "SPI_cursor_open failed: %s", SPI_result_code_string(SPI_result));
    pgm_receiver_init(&receiver, ctx, row, arg);
    PortalRunFetch(portal, FETCH_FORWARD, FETCH_ALL, &receiver.dest);
    changed = portal->strategy == PORTAL_ONE_RETURNING ? (int64_t)portal->qc.nprocessed : 0;
    SPI_cursor_close(portal);
    return changed;
}

static int64_t statement_execute(mig_ctx *ctx, const mig_prepared *prepared, Datum *values,
                                 const char *nulls) {
    int result = SPI_execute_plan(prepared->plan, values, nulls, pgm_host_of(ctx)->listing, 0);

    if (result < 0)
        elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
    return result == SPI_OK_SELECT || result == SPI_OK_UTILITY ? 0 : (int64_t)SPI_processed;
}

bool pgm_run(mig_ctx *ctx, mig_prepared *prepared, const mig_value *params, mig_row_fn row,
             void *arg, int64_t *changed) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_guard guard;
    Datum *values;
    int64_t n;
    char *nulls;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    host->composed = prepared->sql;
    host->data = true;
    host->kind = "seed";
    host->may_defer = host->may_defer || !host->listing;
    guard = pgm_guard_open(host);
    planner_advise(prepared);
    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    params_bind(prepared, params, &values, &nulls);
    if (row != NULL && SPI_is_cursor_plan(prepared->plan))
        n = rows_fetch(ctx, prepared, values, nulls, row, arg);
    else
        n = statement_execute(ctx, prepared, values, nulls);
    SPI_finish();
    pgm_guard_close(host, &guard);
    host->composed = NULL;
    if (changed != NULL)
        *changed = n;
    return mig_ctx_error(ctx) == NULL;
}
