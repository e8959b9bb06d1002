/*
 * error.c: errors of the server become records of the core (attempt), records of the core become
 * errors of the server (throw).
 *
 * An error of the server that was caught and is raised again by the core is thrown as the server
 * made it, with the detail and hint the core has given it since. This is the only file that
 * catches.
 */
#include "pgm.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* ---- the server's error as a record */

static mig_code code_of(const ErrorData *data) {
    if (data->sqlerrcode == ERRCODE_QUERY_CANCELED)
        return MIG_E_INTERRUPT;
    if (data->sqlerrcode == ERRCODE_ASSERT_FAILURE)
        return MIG_E_VERIFY;
    if (data->sqlerrcode == ERRCODE_OUT_OF_MEMORY && data->detail != NULL && data->hint == NULL)
        return MIG_E_NOMEM;
    return MIG_E_HOST;
}

static void record_place(mig_ctx *ctx, const pgm_host *host, mig_error *error) {
    if (!host->place.known)
        return;
    error->revision = pgm_keep(ctx, host->revision);
    error->source = pgm_keep(ctx, host->source);
    error->line = host->place.line;
    error->column = host->place.column;
    error->statement = pgm_keep(ctx, host->place.statement);
    error->position = host->place.position;
}

static void record_make(mig_ctx *ctx, const ErrorData *data, mig_error *error) {
    memset(error, 0, sizeof *error);
    error->code = code_of(data);
    strlcpy(error->sqlstate, unpack_sql_state(data->sqlerrcode), sizeof error->sqlstate);
    error->message = pgm_keep(ctx, data->message != NULL ? data->message : "missing error text");
    error->detail = pgm_keep(ctx, data->detail);
    error->hint = pgm_keep(ctx, data->hint);
    error->context = pgm_keep(ctx, data->context);
    record_place(ctx, pgm_host_of(ctx), error);
    if (error->message == NULL)
        error->message = "out of memory";
}

/* Takes the error that is being handled, after the jump. */
static void caught_take(mig_ctx *ctx, mig_error *error) {
    pgm_host *host = pgm_host_of(ctx);
    MemoryContext old = MemoryContextSwitchTo(host->memory);
    mig_error lost;

    host->caught.data = CopyErrorData();
    FlushErrorState();
    MemoryContextSwitchTo(old);
    (void)mig_take_error(ctx, &lost);
    record_make(ctx, host->caught.data, error);
    host->caught.error = *error;
}

bool pgm_attempt(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error) {
    MemoryContext old = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    volatile bool jumped = false;
    bool failed;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_host_of(ctx)->place.known = false;
    BeginInternalSubTransaction(NULL);
    MemoryContextSwitchTo(old);
    PG_TRY();
    {
        if (!work(ctx, arg) && mig_ctx_error(ctx) == NULL)
            mig_fail(ctx, MIG_E_HOST, "failed without an error");
        if (mig_ctx_error(ctx) == NULL) {
            ReleaseCurrentSubTransaction();
            MemoryContextSwitchTo(old);
            CurrentResourceOwner = owner;
        }
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(old);
        caught_take(ctx, error);
        jumped = true;
    }
    PG_END_TRY();
    failed = jumped || mig_take_error(ctx, error);
    if (!failed)
        return true;
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(old);
    CurrentResourceOwner = owner;
    return false;
}

/* ---- a record as the server's error */

static bool text_same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static char *text_of(const char *utf8) {
    return utf8 == NULL ? NULL : pgm_to_server((mig_str){utf8, strlen(utf8)});
}

/* revision "b2", file "x.sql", line 3, column 1 */
static char *place_text(const mig_error *error) {
    StringInfoData out;

    initStringInfo(&out);
    if (error->revision != NULL)
        appendStringInfo(&out, "revision \"%s\"", text_of(error->revision));
    if (error->source != NULL)
        appendStringInfo(&out, "%sfile \"%s\"", out.len > 0 ? ", " : "", text_of(error->source));
    if (error->line > 0)
        appendStringInfo(&out, "%sline %d", out.len > 0 ? ", " : "", error->line);
    if (error->line > 0 && error->column > 0)
        appendStringInfo(&out, ", column %d", error->column);
    return out.data;
}

/* Is the record the one that attempt made of the error it keeps? */
static bool is_caught(const pgm_caught *caught, const mig_error *error) {
    return caught->data != NULL && error->code == caught->error.code &&
           strcmp(error->sqlstate, caught->error.sqlstate) == 0 &&
           text_same(error->message, caught->error.message) &&
           text_same(error->context, caught->error.context);
}

static void throw_again(const pgm_caught *caught, const mig_error *error) {
    ErrorData *data = caught->data;

    if (!text_same(error->detail, caught->error.detail))
        data->detail = text_of(error->detail);
    if (!text_same(error->hint, caught->error.hint))
        data->hint = text_of(error->hint);
    ReThrowError(data);
}

static int sqlstate_of(const mig_error *error) {
    const char *s = error->sqlstate[0] != '\0' ? error->sqlstate : mig_code_sqlstate(error->code);

    return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
}

/* The statement with its position is shown as the server shows a query with an error in it; without
   one it stands in the context. */
static int fields_set(const mig_error *error) {
    char *place = place_text(error);

    if (error->detail != NULL)
        errdetail_internal("%s", text_of(error->detail));
    if (error->hint != NULL)
        errhint("%s", text_of(error->hint));
    if (error->statement != NULL && error->position > 0) {
        internalerrquery(text_of(error->statement));
        internalerrposition(error->position);
    } else if (error->statement != NULL && error->context == NULL) {
        set_errcontext_domain(TEXTDOMAIN);
        errcontext_msg("SQL statement \"%s\"", text_of(error->statement));
    }
    if (error->context != NULL || place[0] != '\0') {
        set_errcontext_domain(TEXTDOMAIN);
        errcontext_msg("%s", error->context != NULL ? text_of(error->context) : place);
    }
    return 0;
}

void pgm_throw(mig_ctx *ctx) {
    pgm_host *host = pgm_host_of(ctx);
    const mig_error *error = mig_ctx_error(ctx);

    if (is_caught(&host->caught, error))
        throw_again(&host->caught, error);
    ereport(ERROR, (errcode(sqlstate_of(error)), errmsg_internal("%s", text_of(error->message)),
                    fields_set(error)));
    pg_unreachable();
}
