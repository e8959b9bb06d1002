/*
 * sql.c: the core's own SQL on its own tables.
 *
 * A caller's search_path may hold operators and functions of the same name, so the texts are
 * written with qualified names, and besides run under search_path = pg_catalog, pg_temp.
 *
 * Plans are kept for the life of the session, found by the address of the text (a literal of the
 * core) and checked against its content. Parameter types are those the server infers, so that a
 * NULL needs no type. At most PLANS_MAX are kept.
 */
#include "pgm.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "tcop/pquery.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#define PLANS_MAX 256

typedef struct kept_plan {
    const char *key; /* address of the text; must be first */
    char *text;
    SPIPlanPtr plan;
} kept_plan;

static HTAB *plans = NULL;

/* What one callback opens. */
typedef struct frame {
    int nest_level;
    pgm_rights rights;
    ErrorContextCallback callback;
} frame;

/* {revision} is migrate.revision, {=} is OPERATOR(pg_catalog.=). */
static char *names_replaced(const char *sql) {
    StringInfoData out;
    const char *from = sql, *open, *close;

    initStringInfo(&out);
    while ((open = strchr(from, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
        appendBinaryStringInfo(&out, from, open - from);
        if (open[1] >= 'a' && open[1] <= 'z')
            appendStringInfo(&out, PGM_SCHEMA ".%.*s", (int)(close - open - 1), open + 1);
        else
            appendStringInfo(&out, "OPERATOR(pg_catalog.%.*s)", (int)(close - open - 1), open + 1);
        from = close + 1;
    }
    appendStringInfoString(&out, from);
    return out.data;
}

/* The server's text for a missing privilege names no way out. And a position in our text must not be
   shown in the caller's. */
static void frame_error(void *arg) {
    if (geterrposition() > 0)
        errposition(0);
    if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
        errhint("The tables of the engine are in schema \"%s\"; their owner can grant the "
                "privilege, or SET ROLE to him.",
                PGM_SCHEMA);
}

int pgm_pin_path(void) {
    int nest_level = NewGUCNestLevel();

    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_SAVE, true, 0, false);
    return nest_level;
}

static void frame_open(frame *f, const char *sql) {
    f->rights = pgm_act_as_owner(sql);
    f->nest_level = pgm_pin_path();
    f->callback.callback = frame_error;
    f->callback.arg = NULL;
    f->callback.previous = error_context_stack;
    error_context_stack = &f->callback;
    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
}

static void frame_close(frame *f) {
    if (SPI_finish() != SPI_OK_FINISH)
        elog(ERROR, "SPI_finish failed");
    error_context_stack = f->callback.previous;
    AtEOXact_GUC(false, f->nest_level);
    pgm_act_as_before(f->rights);
}

static SPIPlanPtr plan_make(const char *sql) {
    char *text = names_replaced(sql);
    List *raw = pg_parse_query(text);
    Oid *types = NULL;
    int n_types = 0;
    SPIPlanPtr plan;

    if (list_length(raw) != 1)
        elog(ERROR, "not one statement: %s", text);
    (void)pgm_analyze_varparams(linitial_node(RawStmt, raw), text, &types, &n_types);
    plan = SPI_prepare(text, n_types, types);
    if (plan == NULL)
        elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
    return plan;
}

static void plans_open(void) {
    HASHCTL control;

    memset(&control, 0, sizeof control);
    control.keysize = sizeof(const char *);
    control.entrysize = sizeof(kept_plan);
    plans = hash_create("migrate plans", 64, &control, HASH_ELEM | HASH_BLOBS);
}

/* The plan of a text; called within a frame. */
static SPIPlanPtr plan_get(const char *sql) {
    kept_plan *kept;
    SPIPlanPtr plan;
    char *text;

    if (plans == NULL)
        plans_open();
    kept = hash_search(plans, &sql, HASH_FIND, NULL);
    if (kept != NULL && strcmp(kept->text, sql) == 0)
        return kept->plan;
    plan = plan_make(sql);
    if (kept != NULL || hash_get_num_entries(plans) >= PLANS_MAX)
        return plan;
    text = MemoryContextStrdup(TopMemoryContext, sql);
    if (SPI_keepplan(plan) != 0)
        elog(ERROR, "SPI_keepplan failed");
    kept = hash_search(plans, &sql, HASH_ENTER, NULL);
    kept->text = text;
    kept->plan = plan;
    return plan;
}

/* Parameters of a plan in the current memory context. */
static void params_bind(SPIPlanPtr plan, const mig_value *params, size_t n_params, Datum **values,
                        char **nulls) {
    int n_args = SPI_getargcount(plan);
    bool is_null;
    int i;

    if (n_args > n_params)
        elog(ERROR, "statement wants %d parameters, got %zu", n_args, n_params);
    *values = palloc(Max(n_args, 1) * sizeof **values);
    *nulls = palloc(Max(n_args, 1));
    for (i = 0; i < n_args; i++) {
        (*values)[i] = pgm_datum(&params[i], SPI_getargtypeid(plan, i), &is_null);
        (*nulls)[i] = is_null ? 'n' : ' ';
    }
}

bool pgm_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params) {
    SPIPlanPtr plan;
    Datum *values;
    char *nulls;
    frame f;
    int result;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    frame_open(&f, sql);
    plan = plan_get(sql);
    params_bind(plan, params, n_params, &values, &nulls);
    result = SPI_execute_plan(plan, values, nulls, false, 0);
    if (result < 0)
        elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
    frame_close(&f);
    return true;
}

/* A fresh snapshot sees what is committed now and, thanks to the command counter, our own work. A
   listing sees what the statement it stands in sees. */
bool pgm_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
               mig_snapshot snapshot, mig_row_fn row, void *arg) {
    bool fresh = snapshot == MIG_SNAPSHOT_FRESH;
    pgm_receiver receiver;
    SPIPlanPtr plan;
    Portal portal;
    Datum *values;
    char *nulls;
    frame f;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    frame_open(&f, sql);
    plan = plan_get(sql);
    params_bind(plan, params, n_params, &values, &nulls);
    if (fresh) {
        CommandCounterIncrement();
        PushActiveSnapshot(GetLatestSnapshot());
    }
    portal = SPI_cursor_open(NULL, plan, values, nulls, fresh || pgm_host_of(ctx)->listing);
    if (portal == NULL)
        elog(ERROR, "SPI_cursor_open failed: %s", SPI_result_code_string(SPI_result));
    pgm_receiver_init(&receiver, ctx, row, arg);
    PortalRunFetch(portal, FETCH_FORWARD, FETCH_ALL, &receiver.dest);
    SPI_cursor_close(portal);
    if (fresh)
        PopActiveSnapshot();
    frame_close(&f);
    return mig_ctx_error(ctx) == NULL;
}

void pgm_run_named(const char *sql) {
    pgm_run_once(names_replaced(sql));
}

void pgm_run_once(const char *sql) {
    frame f;
    int result;

    frame_open(&f, "");
    result = SPI_execute(sql, false, 0);
    if (result < 0)
        elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
    frame_close(&f);
}
