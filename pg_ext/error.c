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
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/portal.h"
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
    error->kind = host->kind;
    error->source = pgm_keep(ctx, host->source);
    error->line = host->place.line;
    error->column = host->place.column;
    error->statement = pgm_keep(ctx, host->place.statement);
    error->position = host->place.position;
}

static bool text_has(const char *text, const char *name) {
    return text != NULL && strstr(text, name) != NULL;
}

/* Most messages name constraint and column; where one does not, the detail does. */
static const char *detail_name(const ErrorData *data, const char *detail, const char *what,
                               const char *name) {
    if (name == NULL || text_has(data->message, name) || text_has(detail, name))
        return detail;
    return psprintf("%s%sThe %s is \"%s\".", detail != NULL ? detail : "",
                    detail != NULL ? "\n" : "", what, name);
}

static const char *detail_text(const ErrorData *data) {
    const char *detail = data->detail;

    if (ERRCODE_TO_CATEGORY(data->sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
        return detail;
    detail = detail_name(data, detail, "constraint", data->constraint_name);
    return detail_name(data, detail, "column", data->column_name);
}

/* Takes the lines from one place of the context to another out of it. */
static void context_cut(ErrorData *data, char *at, size_t length) {
    char *from = at, *to = at + length;

    while (from > data->context && from[-1] != '\n')
        from--;
    to += strcspn(to, "\n");
    if (*to == '\n')
        to++;
    else if (from > data->context)
        from--;
    memmove(from, to, strlen(to) + 1);
    if (data->context[0] == '\0')
        data->context = NULL;
}

/* A statement that the core has composed means nothing to the user, and the lines of a copy are not
   those of his file. */
static void context_clean(ErrorData *data, const pgm_host *host) {
    char *copy = host->copied == NULL ? NULL : psprintf("COPY %s, ", host->copied);
    char *at;

    if (host->composed != NULL && data->internalquery != NULL &&
        strcmp(data->internalquery, host->composed) == 0) {
        data->internalquery = NULL;
        data->internalpos = 0;
    }
    if (host->composed != NULL && data->context != NULL &&
        (at = strstr(data->context, host->composed)) != NULL)
        context_cut(data, at, strlen(host->composed));
    if (copy != NULL && data->context != NULL && (at = strstr(data->context, copy)) != NULL &&
        (at == data->context || at[-1] == '\n'))
        context_cut(data, at, strlen(copy));
}

void pgm_error_read(mig_ctx *ctx, const ErrorData *data, mig_error *error) {
    memset(error, 0, sizeof *error);
    error->code = code_of(data);
    strlcpy(error->sqlstate, unpack_sql_state(data->sqlerrcode), sizeof error->sqlstate);
    error->message = pgm_keep(ctx, data->message != NULL ? data->message : "missing error text");
    error->detail = pgm_keep(ctx, data->detail);
    error->hint = pgm_keep(ctx, data->hint);
    error->context = pgm_keep(ctx, data->context);
}

static void record_make(mig_ctx *ctx, const ErrorData *data, mig_error *error) {
    pgm_error_read(ctx, data, error);
    error->detail = pgm_keep(ctx, detail_text(data));
    record_place(ctx, pgm_host_of(ctx), error);
    if (error->message == NULL)
        error->message = "out of memory";
}

static const char *text_again(const char *text) {
    return text == NULL ? NULL : pstrdup(text);
}

/* What is_caught compares with later, when the arena may have taken the record's own texts back. */
static void caught_note(pgm_caught *caught, const mig_error *error) {
    caught->error = *error;
    caught->error.message = text_again(error->message);
    caught->error.detail = text_again(error->detail);
    caught->error.hint = text_again(error->hint);
    caught->error.context = text_again(error->context);
    caught->error.source = text_again(error->source);
    caught->error.revision = caught->error.statement = NULL;
}

/* Takes the error that is being handled, after the jump. The one before it is forgotten. */
static void caught_take(mig_ctx *ctx, mig_error *error) {
    pgm_host *host = pgm_host_of(ctx);
    MemoryContext old = MemoryContextSwitchTo(host->caught_memory);
    mig_error lost;

    host->caught.data = NULL;
    MemoryContextReset(host->caught_memory);
    host->caught.data = CopyErrorData();
    FlushErrorState();
    context_clean(host->caught.data, host);
    pgm_hint_transaction(host, host->caught.data);
    host->composed = host->copied = NULL;
    (void)mig_take_error(ctx, &lost);
    record_make(ctx, host->caught.data, error);
    caught_note(&host->caught, error);
    MemoryContextSwitchTo(old);
}

pgm_kept_error pgm_caught_keep(pgm_host *host) {
    pgm_kept_error kept = {host->caught, host->caught_memory};

    host->caught_memory =
        AllocSetContextCreate(host->memory, "migrate error", ALLOCSET_DEFAULT_SIZES);
    return kept;
}

void pgm_caught_put(pgm_host *host, const pgm_kept_error *kept) {
    MemoryContextDelete(host->caught_memory);
    host->caught_memory = kept->memory;
    host->caught = kept->caught;
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

/* As SPI_rollback, but for portals that are pinned: those are of what has failed. The abort forgets the
   snapshot that the CALL's own portal may have been given. A statement that ends transactions by itself
   may have been confined over several of them. */
static void transaction_undo(MemoryContext memory) {
    Oid user;
    int context;

    if (ActivePortal != NULL)
        ActivePortal->portalSnapshot = NULL;
    AbortCurrentTransaction();
    GetUserIdAndSecContext(&user, &context);
    SetUserIdAndSecContext(user, 0);
    StartTransactionCommand();
    MemoryContextSwitchTo(memory);
}

bool pgm_attempt_alone(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error) {
    MemoryContext old = CurrentMemoryContext;
    volatile bool jumped = false;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_host_of(ctx)->place.known = false;
    PG_TRY();
    { (void)work(ctx, arg); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(old);
        caught_take(ctx, error);
        jumped = true;
    }
    PG_END_TRY();
    if (jumped)
        transaction_undo(old);
    return !jumped && !mig_take_error(ctx, error);
}

bool pgm_catch(mig_ctx *ctx, void (*work)(void)) {
    MemoryContext old = CurrentMemoryContext;
    volatile bool jumped = false;
    mig_error error;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_host_of(ctx)->place.known = false;
    PG_TRY();
    { work(); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(old);
        caught_take(ctx, &error);
        jumped = true;
    }
    PG_END_TRY();
    return !jumped || mig_raise(ctx, &error);
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
        appendStringInfo(&out, "%s \"%s\"", error->kind != NULL ? error->kind : "revision",
                         text_of(error->revision));
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
    if (error->line != caught->error.line || !text_same(error->source, caught->error.source))
        data->context = data->context == NULL
                            ? place_text(error)
                            : psprintf("%s\n%s", data->context, place_text(error));
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

/* An error that the core has worded anew keeps the fields by which programs know it. */
static int names_set(const pgm_caught *caught, const mig_error *error) {
    const ErrorData *data = caught->data;

    if (data == NULL || strcmp(error->sqlstate, caught->error.sqlstate) != 0)
        return 0;
    if (data->schema_name != NULL)
        err_generic_string(PG_DIAG_SCHEMA_NAME, data->schema_name);
    if (data->table_name != NULL)
        err_generic_string(PG_DIAG_TABLE_NAME, data->table_name);
    if (data->column_name != NULL)
        err_generic_string(PG_DIAG_COLUMN_NAME, data->column_name);
    if (data->datatype_name != NULL)
        err_generic_string(PG_DIAG_DATATYPE_NAME, data->datatype_name);
    if (data->constraint_name != NULL)
        err_generic_string(PG_DIAG_CONSTRAINT_NAME, data->constraint_name);
    return 0;
}

void pgm_throw(mig_ctx *ctx) {
    pgm_host *host = pgm_host_of(ctx);
    const mig_error *error = mig_ctx_error(ctx);

    if (!error->secret && is_caught(&host->caught, error))
        throw_again(&host->caught, error);
    ereport(ERROR, (errcode(sqlstate_of(error)), errmsg_internal("%s", text_of(error->message)),
                    fields_set(error), names_set(&host->caught, error)));
    pg_unreachable();
}
