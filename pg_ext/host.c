/*
 * host.c: makes a mig_host for one call: memory, texts, values, clock, randomness, user, rows.
 *
 * The core speaks UTF-8, the server its database's encoding; every text is converted here, which
 * costs nothing where they are the same.
 */
#include "pgm.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "../shared/text.h"

/* ---- texts and values */

char *pgm_to_server(mig_str text) {
    char *converted;

    if (text.n == 0)
        return pstrdup("");
    converted = pg_any_to_server(text.p, (int)text.n, PG_UTF8);
    return converted == text.p ? pnstrdup(text.p, text.n) : converted;
}

mig_str pgm_from_server(const char *text, size_t length) {
    const char *converted = pg_server_to_any(text, (int)length, PG_UTF8);
    mig_str view;

    view.p = converted;
    view.n = converted == text ? length : strlen(converted);
    return view;
}

const char *pgm_keep(mig_ctx *ctx, const char *server_text) {
    mig_str text;
    char *copy;

    if (server_text == NULL)
        return NULL;
    text = pgm_from_server(server_text, strlen(server_text));
    copy = mig_alloc(ctx, text.n + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

/* A text as text datum, without the detour through a C string. */
static Datum text_datum(mig_str text) {
    char *converted = text.n == 0 ? "" : pg_any_to_server(text.p, (int)text.n, PG_UTF8);

    return PointerGetDatum(cstring_to_text_with_len(
        converted, (int)(converted == text.p ? text.n : strlen(converted))));
}

char *pgm_value_text(const mig_value *value) {
    char *hex;

    if (value->type == MIG_INT)
        return psprintf(INT64_FORMAT, (int64)value->integer);
    if (value->type != MIG_BLOB)
        return pgm_to_server(value->text);
    hex = palloc(value->text.n * 2 + 3);
    memcpy(hex, "\\x", 2);
    hex[2 + hex_encode(value->text.p, value->text.n, hex + 2)] = '\0';
    return hex;
}

Datum pgm_datum(const mig_value *value, Oid type, bool *is_null) {
    Oid input, io_param;

    *is_null = value->type == MIG_NULL;
    if (*is_null)
        return (Datum)0;
    if (type == TEXTOID)
        return value->type == MIG_TEXT ? text_datum(value->text)
                                       : CStringGetTextDatum(pgm_value_text(value));
    if (type == INT8OID && value->type == MIG_INT)
        return Int64GetDatum(value->integer);
    getTypeInputInfo(type, &input, &io_param);
    return OidInputFunctionCall(input, pgm_value_text(value), io_param, -1);
}

/* ---- memory: never jumps */

static void *host_alloc(mig_host *host, size_t n) {
    if (n > MaxAllocHugeSize)
        return NULL;
    return MemoryContextAllocExtended(((pgm_host *)host)->memory, n,
                                      MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

static void host_release(mig_host *host, void *p) {
    if (p != NULL)
        pfree(p);
}

/* ---- the transaction: it is the caller's, and a function cannot end it; see procedure.c. What is
   to be undone was done under attempt, or ends with the error that is about to leave. */

static void unit_abort(mig_ctx *ctx) {
}

static bool in_transaction(mig_ctx *ctx) {
    return pgm_host_of(ctx)->in_block;
}

static bool may_commit(mig_ctx *ctx) {
    return pgm_host_of(ctx)->nonatomic;
}

static bool snapshot_fixed(mig_ctx *ctx) {
    return IsolationUsesXactSnapshot();
}

static bool check_writable(mig_ctx *ctx, const char *action) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (RecoveryInProgress()) {
        mig_fail(ctx, MIG_E_READ_ONLY, "cannot execute %s() on this server: it is a standby",
                 action);
        mig_hint(ctx, "Connect to the primary server.");
        return false;
    }
    if (XactReadOnly) {
        mig_fail(ctx, MIG_E_READ_ONLY, "cannot execute %s() in a read-only transaction", action);
        mig_hint(ctx, "Begin the transaction with READ WRITE, and see whether "
                      "default_transaction_read_only is on.");
        return false;
    }
    return true;
}

/* ---- the rest */

static bool notice(mig_ctx *ctx, const char *text) {
    char *converted;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    converted = pgm_to_server((mig_str){text, strlen(text)});
    ereport(NOTICE, (errmsg_internal("%s", converted)));
    pfree(converted);
    return true;
}

static int64_t clock_now(mig_ctx *ctx) {
    return GetCurrentTimestamp() +
           (int64_t)(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

static bool random_bytes(mig_ctx *ctx, void *bytes, size_t n) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!pg_strong_random(bytes, n))
        return mig_fail(ctx, MIG_E_STATE, "could not generate random values");
    return true;
}

static bool interrupted(mig_ctx *ctx) {
    CHECK_FOR_INTERRUPTS();
    return mig_ctx_error(ctx) == NULL;
}

/* The role that logged in; where SET ROLE or a SECURITY DEFINER function stands between, both. */
static mig_str user(mig_ctx *ctx) {
    const char *session = GetUserNameFromId(GetSessionUserId(), false);
    const char *who = session;
    mig_str text = {NULL, 0};

    if (GetUserId() != GetSessionUserId())
        who = psprintf("%s as %s", session, GetUserNameFromId(GetUserId(), false));
    text.p = pgm_keep(ctx, who);
    text.n = text.p == NULL ? 0 : strlen(text.p);
    return text;
}

static mig_str database(mig_ctx *ctx) {
    return mig_str_of(pgm_keep(ctx, get_database_name(MyDatabaseId)));
}

/* A physical copy has both in common with its origin; a dump that was restored has not. */
static mig_str identity(mig_ctx *ctx) {
    return mig_str_of(pgm_keep(ctx, psprintf(UINT64_FORMAT "/%s", GetSystemIdentifier(),
                                             get_database_name(MyDatabaseId))));
}

/* A row of a listing into the tuplestore of the answer. The extension may be older than the library:
   the columns it does not know yet are the last ones. */
static bool answer_row(mig_ctx *ctx, const mig_value *cols, size_t n_cols) {
    pgm_host *host = pgm_host_of(ctx);
    MemoryContext old;
    Datum *values;
    bool *nulls;
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (host->rows == NULL || n_cols < (size_t)host->desc->natts)
        elog(ERROR, "%s() answered %zu columns", host->function, n_cols);
    n_cols = (size_t)host->desc->natts;
    old = MemoryContextSwitchTo(host->row_memory);
    values = palloc(n_cols * sizeof *values);
    nulls = palloc(n_cols * sizeof *nulls);
    for (i = 0; i < n_cols; i++)
        values[i] = pgm_datum(&cols[i], TupleDescAttr(host->desc, (int)i)->atttypid, &nulls[i]);
    tuplestore_putvalues(host->rows, host->desc, values, nulls);
    MemoryContextSwitchTo(old);
    MemoryContextReset(host->row_memory);
    return true;
}

/* Runs when the memory goes, also in the abort of a transaction: nothing here may raise an error. The
   core first: its own ends may still use the slots. */
static void host_end(void *arg) {
    pgm_host *host = arg;

    mig_ctx_free(host->ctx);
    pgm_files_close(host);
    while (host->prepared != NULL)
        pgm_prepared_free(host->prepared);
    pgm_progress_end(host);
}

static const mig_host slots = {
    .engine = MIG_POSTGRESQL,
    .alloc = host_alloc,
    .release = host_release,
    .exec = pgm_exec,
    .query = pgm_query,
    .run_section = pgm_run_section,
    .check_deferred = pgm_check_deferred,
    .run_outside = pgm_run_outside,
    .leftover = pgm_leftover,
    .attempt = pgm_attempt,
    .unit_begin = pgm_unit_begin,
    .unit_commit = pgm_unit_commit,
    .unit_abort = unit_abort,
    .in_transaction = in_transaction,
    .may_commit = may_commit,
    .lock = pgm_lock,
    .impatient = pgm_impatient,
    .blocker = pgm_blocker,
    .pause = pgm_pause,
    .run_apart = pgm_run_apart,
    .snapshot_fixed = snapshot_fixed,
    .check_writable = check_writable,
    .table_state = pgm_table_state,
    .schema_create = pgm_schema_create,
    .table_create = pgm_table_create,
    .prepare = pgm_prepare,
    .run = pgm_run,
    .unprepare = pgm_unprepare,
    .describe = pgm_describe,
    .check_value = pgm_check_value,
    .canonical = pgm_canonical,
    .copy = pgm_copy,
    .copy_csv = pgm_copy_csv,
    .advance = pgm_advance,
    .database = database,
    .identity = identity,
    .count_rows = pgm_count_rows,
    .known = pgm_known,
    .may_read_files = pgm_may_read_files,
    .resolve_dir = pgm_resolve_dir,
    .list_files = pgm_list_files,
    .read_file = pgm_read_file,
    .file_open = pgm_file_open,
    .file_read = pgm_file_read,
    .file_close = pgm_file_close,
    .write_file = pgm_write_file,
    .notice = notice,
    .now = clock_now,
    .random = random_bytes,
    .interrupted = interrupted,
    .user = user,
    .progress = pgm_progress,
    .progress_rows = pgm_progress_rows,
    .sessions = pgm_sessions,
    .row = answer_row,
};

pgm_host *pgm_host_new(MemoryContext parent, const char *function) {
    MemoryContext memory = AllocSetContextCreate(parent, "migrate", ALLOCSET_DEFAULT_SIZES);
    pgm_host *host = MemoryContextAllocZero(memory, sizeof *host);

    host->host = slots;
    host->function = function;
    host->kind = "revision";
    host->in_block = IsTransactionBlock();
    host->memory = memory;
    host->row_memory = AllocSetContextCreate(memory, "migrate row", ALLOCSET_DEFAULT_SIZES);
    host->caught_memory = AllocSetContextCreate(memory, "migrate error", ALLOCSET_DEFAULT_SIZES);
    host->end.func = host_end;
    host->end.arg = host;
    MemoryContextRegisterResetCallback(memory, &host->end);
    return host;
}

void pgm_host_free(pgm_host *host) {
    MemoryContextDelete(host->memory);
}

mig_ctx *pgm_host_ctx(pgm_host *host) {
    if (host->ctx == NULL)
        host->ctx = mig_ctx_new(&host->host);
    if (host->ctx == NULL)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    return host->ctx;
}
