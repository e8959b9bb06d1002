/*
 * function.c: the SQL functions. Two generic wrappers, one for actions (lines of text), one for
 * listings (rows); both answer a finished tuplestore, so that a LIMIT cannot stop a run half way.
 *
 * An SQL function's name is that of its C symbol and of its entry in mig_actions or mig_listings;
 * overloads share all three.
 */
#include "pgm.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The outermost call. An action called below it is refused: by a statement of a script, a trigger, a
   deferred constraint at the end of a revision. */
static pgm_host *outer_call = NULL;

static Datum function_call(FunctionCallInfo fcinfo, const char *name);

#define PGM_FUNCTION(name)                                                                         \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    Datum name(PG_FUNCTION_ARGS) {                                                                 \
        return function_call(fcinfo, #name);                                                       \
    }

PGM_FUNCTION(migrate_init)
PGM_FUNCTION(migrate_load)
PGM_FUNCTION(migrate_add)
PGM_FUNCTION(migrate_revision)
PGM_FUNCTION(migrate_merge)
PGM_FUNCTION(migrate_repair)
PGM_FUNCTION(migrate_upgrade)
PGM_FUNCTION(migrate_downgrade)
PGM_FUNCTION(migrate_dryrun)
PGM_FUNCTION(migrate_progress)
PGM_FUNCTION(migrate_stamp)
PGM_FUNCTION(migrate_upgrade_sql)
PGM_FUNCTION(migrate_downgrade_sql)
PGM_FUNCTION(migrate_assert_current)
PGM_FUNCTION(migrate_current)
PGM_FUNCTION(migrate_heads)
PGM_FUNCTION(migrate_branches)
PGM_FUNCTION(migrate_history)
PGM_FUNCTION(migrate_show)
PGM_FUNCTION(migrate_plan)
PGM_FUNCTION(migrate_status)
PGM_FUNCTION(migrate_log)
PGM_FUNCTION(migrate_seed_load)
PGM_FUNCTION(migrate_seed_add)
PGM_FUNCTION(migrate_seed_remove)
PGM_FUNCTION(migrate_seed)
PGM_FUNCTION(migrate_seed_run)
PGM_FUNCTION(migrate_seed_clear)
PGM_FUNCTION(migrate_reset)
PGM_FUNCTION(migrate_setting)
PGM_FUNCTION(migrate_seed_list)
PGM_FUNCTION(migrate_seed_show)

/* ---- arguments */

static mig_value argument(FunctionCallInfo fcinfo, int i, Oid type) {
    mig_value value = {MIG_NULL, {NULL, 0}, 0};
    text *packed;

    if (PG_ARGISNULL(i))
        return value;
    if (type == INT8OID) {
        value.type = MIG_INT;
        value.integer = PG_GETARG_INT64(i);
        return value;
    }
    packed = PG_GETARG_TEXT_PP(i);
    value.type = MIG_TEXT;
    value.text = pgm_from_server(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
    return value;
}

size_t pgm_arguments(FunctionCallInfo fcinfo, mig_value *values) {
    Oid *types;
    int i, n;

    (void)get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
    if (n > PGM_ARGS_MAX || n != PG_NARGS())
        elog(ERROR, "function has %d arguments", n);
    for (i = 0; i < n; i++)
        values[i] = argument(fcinfo, i, types[i]);
    return (size_t)n;
}

/* ---- answers */

static TupleDesc answer_desc(FunctionCallInfo fcinfo, const char *name) {
    TupleDesc desc;
    Oid type;

    if (get_call_result_type(fcinfo, &type, &desc) == TYPEFUNC_COMPOSITE)
        return CreateTupleDescCopy(desc);
    if (type != TEXTOID)
        elog(ERROR, "%s() is declared with a wrong result type", name);
    desc = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(desc, 1, name, TEXTOID, -1, 0);
    return desc;
}

/* Opens the tuplestore of the answer, in memory that outlives the call. */
static void answer_open(FunctionCallInfo fcinfo, pgm_host *host) {
    ReturnSetInfo *info = (ReturnSetInfo *)fcinfo->resultinfo;
    MemoryContext old;

    if (info == NULL || !IsA(info, ReturnSetInfo) || (info->allowedModes & SFRM_Materialize) == 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("%s() cannot be called where no set is accepted", host->function)));
    old = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
    host->desc = answer_desc(fcinfo, host->function);
    host->rows =
        tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
    info->returnMode = SFRM_Materialize;
    info->setResult = host->rows;
    info->setDesc = host->desc;
    MemoryContextSwitchTo(old);
}

static void answer_lines(mig_ctx *ctx, pgm_host *host) {
    mig_value line = {MIG_TEXT, {NULL, 0}, 0};
    const mig_str *lines;
    size_t i, n;

    lines = mig_ctx_answer(ctx, &n);
    for (i = 0; i < n; i++) {
        line.text = lines[i];
        host->host.row(ctx, &line, 1);
    }
}

/* ---- the call */

static void core_call(mig_ctx *ctx, const mig_action *action, const mig_listing *listing,
                      const mig_value *args, size_t n_args) {
    if (action != NULL && outer_call != pgm_host_of(ctx)) {
        mig_fail(ctx, MIG_E_CONTEXT, "cannot execute %s() while a %s is run", action->name,
                 outer_call->kind);
        mig_hint(ctx, "%s cannot call the engine; run it from outside.",
                 strcmp(outer_call->kind, "seed") == 0 ? "A seed" : "A revision script");
        return;
    }
    if (action != NULL)
        (void)mig_action_run(ctx, action, args, n_args);
    else
        (void)listing->run(ctx, args, n_args);
}

pgm_host *pgm_running(void) {
    return outer_call;
}

/* Keeps outer_call right however the core is left. */
void pgm_call(mig_ctx *ctx, const mig_action *action, const mig_listing *listing,
              const mig_value *args, size_t n_args) {
    pgm_host *outer = outer_call, *host = pgm_host_of(ctx);

    if (outer == NULL)
        pgm_locks_note(host);
    PG_TRY();
    {
        if (outer == NULL)
            outer_call = host;
        core_call(ctx, action, listing, args, n_args);
    }
    PG_CATCH();
    {
        outer_call = outer;
        pgm_locks_clean(host);
        PG_RE_THROW();
    }
    PG_END_TRY();
    outer_call = outer;
    pgm_locks_clean(host);
}

static Datum function_call(FunctionCallInfo fcinfo, const char *name) {
    const mig_action *action = mig_action_find(name);
    const mig_listing *listing = mig_listing_find(name);
    mig_value args[PGM_ARGS_MAX];
    pgm_host *host;
    mig_ctx *ctx;
    size_t n_args;

    if (action == NULL && listing == NULL)
        elog(ERROR, "the core has no function %s()", name);
    host = pgm_host_new(CurrentMemoryContext, name);
    host->listing = action == NULL || action->reads;
    answer_open(fcinfo, host);
    n_args = pgm_arguments(fcinfo, args);
    ctx = pgm_host_ctx(host);
    pgm_call(ctx, action, listing, args, n_args);
    if (mig_ctx_error(ctx) != NULL)
        pgm_throw(ctx);
    pgm_leave_check(host);
    if (action != NULL && !action->rows)
        answer_lines(ctx, host);
    pgm_host_free(host);
    return (Datum)0;
}
