/*
 * caller.c: where an action may be called from: a bare SELECT, in autocommit or in a transaction.
 *
 * Anything else can see half a run or keep it from being undone: a writing statement around the
 * call (INSERT ... SELECT, CREATE TABLE AS, RETURNING, a TEMP trigger, a CHECK constraint) forbids
 * COMMIT and ROLLBACK; a reading one forbids DROP TABLE, and dies of a rollback. SQLITE_DIRECTONLY
 * keeps out views and triggers, but not TEMP ones and not CHECK constraints on every version.
 */
#include "sqm.h"

#include "../shared/lex.h"

#define SQL_SHOWN ((size_t)200) /* bytes of another statement in a message */

typedef struct busy {
    int n, n_reading;
    sqlite3_stmt *writing, *reading; /* one of each, or NULL */
} busy;

/* Does the text say FROM? Then its statement reads, as far as can be seen from outside. */
static bool says_from(const char *sql) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(sql), 1);
    mig_token token = mig_lex_significant(&lexer);

    for (; token.kind != MIG_TOK_END; token = mig_lex_significant(&lexer))
        if (mig_token_is(&lexer, &token, "from"))
            return true;
    return false;
}

static busy busy_statements(sqlite3 *db) {
    busy found = {0, 0, NULL, NULL};
    sqlite3_stmt *stmt = NULL;

    while ((stmt = sqlite3_next_stmt(db, stmt)) != NULL) {
        if (!sqlite3_stmt_busy(stmt))
            continue;
        found.n++;
        if (!sqlite3_stmt_readonly(stmt))
            found.writing = stmt;
        if (!says_from(sqlite3_sql(stmt)))
            continue;
        found.n_reading++;
        found.reading = stmt;
    }
    return found;
}

/* A statement that calls one of these can hold a password. */
static bool may_show(const char *sql) {
    static const char *const secret[] = {"%migrate!_seed!_run%", "%migrate!_seed!_add%",
                                         "%migrate!_password%"};
    size_t i;

    for (i = 0; i < sizeof secret / sizeof secret[0]; i++)
        if (sqlite3_strlike(secret[i], sql, '!') == 0)
            return false;
    return true;
}

static bool refuse(mig_ctx *ctx, sqlite3_stmt *culprit, const char *what) {
    sqm_host *host = sqm_host_of(ctx);

    mig_fail(ctx, MIG_E_CONTEXT, "%s cannot be called %s", host->function, what);
    if (culprit != NULL && may_show(sqlite3_sql(culprit)))
        mig_detail(ctx, "The statement is: %.*s", (int)sqm_clip(sqlite3_sql(culprit), SQL_SHOWN),
                   sqlite3_sql(culprit));
    mig_hint(ctx, "Call it by itself: SELECT %s(...);", host->function);
    return false;
}

static bool refuse_nested(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);

    mig_fail(ctx, MIG_E_CONTEXT, "%s cannot be called while another migrate action is running",
             host->function);
    mig_hint(ctx, "Take the call out of the script.");
    return false;
}

static bool refuse_poisoned(mig_ctx *ctx) {
    mig_fail(ctx, MIG_E_CONTEXT,
             "the open transaction holds an unfinished run and can only be rolled back");
    mig_hint(ctx, "ROLLBACK, then call %s again.", sqm_host_of(ctx)->function);
    return false;
}

bool sqm_caller_check(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    busy found;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (host->module->running)
        return refuse_nested(ctx);
    if (host->module->poisoned && host->callers)
        return refuse_poisoned(ctx);
    found = busy_statements(host->db);
    if (found.writing != NULL)
        return refuse(ctx, found.writing, "from a statement that writes, or beside one");
    if (!host->callers && sqlite3_txn_state(host->db, "main") != SQLITE_TXN_NONE)
        return refuse(ctx, found.reading, "from a statement that reads a table, or beside one");
    if (host->callers && found.n > 1 && found.n_reading > 0)
        return refuse(ctx, found.reading, "while another statement of the connection is reading");
    return true;
}

bool sqm_check_writable(mig_ctx *ctx, const char *action) {
    sqm_host *host = sqm_host_of(ctx);
    const char *file;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (sqlite3_db_readonly(host->db, "main") == 1) {
        file = sqlite3_db_filename(host->db, "main");
        mig_fail(ctx, MIG_E_READ_ONLY, "cannot execute %s in a read-only database", action);
        mig_detail(ctx, "The file \"%s\" is open for reading only.", file != NULL ? file : "");
        mig_hint(ctx, "Open it for writing, and see to the permissions of the file.");
        return false;
    }
    if (sqm_integer(host, "PRAGMA query_only", 0) == 0)
        return true;
    mig_fail(ctx, MIG_E_READ_ONLY, "cannot execute %s in a read-only connection", action);
    mig_hint(ctx, "PRAGMA query_only = OFF allows writing.");
    return false;
}
