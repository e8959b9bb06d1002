/*
 * sql.c: the core's own SQL: translation, prepared statements kept for the call, waiting for locks.
 *
 * Every statement is reset before its function returns: an open read statement would keep DROP
 * TABLE from working and hold a lock.
 *
 * Waiting is done here and not by sqlite3_busy_timeout(): that would replace the host's own
 * handler, which cannot be read back.
 */
#include "sqm.h"

#include <string.h>
#include <time.h>

#define MAX_COLUMNS 32
#define DELAY_FIRST_MS 1
#define DELAY_MOST_MS 50

/* ---- waiting ----------------------------------------------------------------------------- */

static int64_t clock_ms(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

sqm_wait sqm_wait_start(const sqm_host *host) {
    sqm_wait wait;

    wait.until_ms = clock_ms() + host->patience_ms;
    wait.delay_ms = DELAY_FIRST_MS;
    return wait;
}

bool sqm_wait_turn(sqm_wait *wait) {
    struct timespec delay;
    int64_t left = wait->until_ms - clock_ms();

    if (left <= 0)
        return false;
    if (left > wait->delay_ms)
        left = wait->delay_ms;
    delay.tv_sec = 0;
    delay.tv_nsec = (long)left * 1000000;
    nanosleep(&delay, NULL);
    wait->delay_ms *= 2;
    if (wait->delay_ms > DELAY_MOST_MS)
        wait->delay_ms = DELAY_MOST_MS;
    return true;
}

/* A snapshot that is too old does not get younger by waiting. */
bool sqm_is_busy(int rc) {
    return (rc & 0xFF) == SQLITE_BUSY && rc != SQLITE_BUSY_SNAPSHOT;
}

int sqm_prepare(sqm_host *host, const char *sql, sqlite3_stmt **stmt) {
    sqm_wait wait = sqm_wait_start(host);
    int rc;

    do {
        rc = sqlite3_prepare_v2(host->db, sql, -1, stmt, NULL);
        if (rc != SQLITE_OK)
            rc = sqlite3_extended_errcode(host->db);
    } while (sqm_is_busy(rc) && sqm_wait_turn(&wait));
    return rc;
}

/* Hosts have extended codes switched on or not; we need them always. */
static int step_extended(sqlite3_stmt *stmt) {
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return rc;
    return sqlite3_extended_errcode(sqlite3_db_handle(stmt));
}

int sqm_step(sqm_host *host, sqlite3_stmt *stmt) {
    int rc = step_extended(stmt);
    sqm_wait wait;

    if (!sqm_is_busy(rc))
        return rc;
    wait = sqm_wait_start(host);
    while (sqm_is_busy(rc) && sqm_wait_turn(&wait)) {
        sqlite3_reset(stmt);
        rc = step_extended(stmt);
    }
    return rc;
}

int sqm_run(sqm_host *host, const char *sql) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqm_prepare(host, sql, &stmt);

    if (rc == SQLITE_OK)
        do
            rc = sqm_step(host, stmt);
        while (rc == SQLITE_ROW);
    if (rc == SQLITE_DONE)
        rc = SQLITE_OK;
    sqlite3_finalize(stmt);
    return rc;
}

int64_t sqm_integer(sqm_host *host, const char *sql, int64_t other) {
    sqlite3_stmt *stmt = NULL;

    if (sqm_prepare(host, sql, &stmt) == SQLITE_OK && sqm_step(host, stmt) == SQLITE_ROW)
        other = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return other;
}

/* ---- errors ------------------------------------------------------------------------------ */

static mig_code code_of(int rc) {
    if (rc == SQLITE_BUSY_SNAPSHOT)
        return MIG_E_STALE;
    switch (rc & 0xFF) {
    case SQLITE_NOMEM:
        return MIG_E_NOMEM;
    case SQLITE_INTERRUPT:
        return MIG_E_INTERRUPT;
    case SQLITE_BUSY:
        return MIG_E_BUSY;
    case SQLITE_READONLY:
        return MIG_E_READ_ONLY;
    default:
        return MIG_E_HOST;
    }
}

mig_error sqm_error(const sqm_host *host, int rc) {
    mig_error error;

    memset(&error, 0, sizeof error);
    error.code = code_of(rc);
    error.host_code = rc;
    error.message = sqlite3_errmsg(host->db);
    if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
        memcpy(error.sqlstate, SQM_FOREIGN_KEY, sizeof error.sqlstate);
    if (error.code == MIG_E_STALE) {
        error.message = "another connection has changed the database since this transaction began";
        error.hint = "ROLLBACK, and start the transaction again.";
    } else if (error.code == MIG_E_INTERRUPT) {
        error.message = "interrupted";
    } else if (error.code == MIG_E_BUSY) {
        error.message = "database is locked";
        error.hint = "Another connection holds a lock on it; try again when that is done.";
    } else if (error.code == MIG_E_READ_ONLY) {
        error.hint = "See to the permissions of the file and of its directory, where SQLite makes "
                     "a journal.";
    } else if ((rc & 0xFF) == SQLITE_FULL) {
        error.hint = "Make room on the volume of the database, or raise its max_page_count.";
    }
    return error;
}

bool sqm_raise(mig_ctx *ctx, int rc) {
    const sqm_host *host = sqm_host_of(ctx);
    mig_error error = sqm_error(host, rc);
    const char *file = sqlite3_db_filename(host->db, "main");

    if (((rc & 0xFF) == SQLITE_FULL || (rc & 0xFF) == SQLITE_NOTADB ||
         (rc & 0xFF) == SQLITE_READONLY || (rc & 0xFF) == SQLITE_BUSY) &&
        file != NULL && file[0] != '\0')
        error.detail = mig_str_z(ctx, mig_str_format(ctx, "The file is \"%s\".", file));
    return mig_raise(ctx, &error);
}

/* ---- translation ------------------------------------------------------------------------- */

static void word_add(mig_buf *out, mig_str word) {
    if (mig_str_is(word, "=") || mig_str_is(word, "<>")) {
        mig_buf_add(out, word);
        return;
    }
    mig_buf_add_z(out, "main.");
    mig_buf_add_z(out, mig_table_name(MIG_SQLITE, word));
}

const char *sqm_translate(mig_ctx *ctx, const char *sql) {
    mig_buf out = mig_buf_new(ctx);
    mig_str rest = mig_str_of(sql);
    size_t i, end;

    for (i = 0; i < rest.n; i++) {
        if (rest.p[i] == '$' && i + 1 < rest.n && mig_is_digit(rest.p[i + 1])) {
            mig_buf_add_char(&out, '?');
            continue;
        }
        if (rest.p[i] != '{') {
            mig_buf_add_char(&out, rest.p[i]);
            continue;
        }
        if (!mig_str_find(mig_str_sub(rest, i, rest.n - i), '}', &end))
            return mig_fail(ctx, MIG_E_CORRUPT, "open brace in statement \"%s\"", sql), NULL;
        word_add(&out, mig_str_sub(rest, i + 1, end - 1));
        i += end;
    }
    return mig_ctx_error(ctx) != NULL ? NULL : mig_buf_str(&out).p;
}

/* ---- kept statements --------------------------------------------------------------------- */

/* The place of the text in the table; NULL when the table is full. */
static sqm_plan *plan_find(sqm_host *host, const char *sql) {
    size_t at = ((uintptr_t)sql >> 3) % SQM_PLANS, i;
    sqm_plan *plan;

    for (i = 0; i < SQM_PLANS; i++) {
        plan = &host->plans[(at + i) % SQM_PLANS];
        if (plan->key == NULL || plan->key == sql)
            return plan;
    }
    return NULL;
}

static sqlite3_stmt *plan_prepare(mig_ctx *ctx, const char *sql) {
    mig_mark mark = mig_arena_mark(ctx);
    const char *text = sqm_translate(ctx, sql);
    sqlite3_stmt *stmt = NULL;
    int rc;

    if (text == NULL)
        return NULL;
    rc = sqm_prepare(sqm_host_of(ctx), text, &stmt);
    if (rc != SQLITE_OK)
        sqm_raise(ctx, rc);
    mig_arena_release(ctx, mark);
    return stmt;
}

/* A statement for sql that nobody uses now. *plan is its place, or NULL when it is not kept. */
static sqlite3_stmt *plan_take(mig_ctx *ctx, const char *sql, sqm_plan **plan) {
    sqm_plan *found = plan_find(sqm_host_of(ctx), sql);
    sqlite3_stmt *stmt;

    *plan = NULL;
    if (!sqm_unit_usable(ctx))
        return NULL;
    if (found == NULL || found->busy)
        return plan_prepare(ctx, sql);
    if (found->stmt == NULL) {
        stmt = plan_prepare(ctx, sql);
        if (stmt == NULL)
            return NULL;
        found->key = sql;
        found->stmt = stmt;
    }
    found->busy = true;
    *plan = found;
    return found->stmt;
}

static void plan_give(sqm_plan *plan, sqlite3_stmt *stmt) {
    if (plan == NULL) {
        sqlite3_finalize(stmt);
        return;
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    plan->busy = false;
}

void sqm_plans_drop(sqm_host *host) {
    size_t i;

    for (i = 0; i < SQM_PLANS; i++) {
        sqlite3_finalize(host->plans[i].stmt);
        host->plans[i].stmt = NULL;
        host->plans[i].key = NULL;
    }
}

/* Texts outlive the statement's run, so they are not copied. */
int sqm_bind_one(sqlite3_stmt *stmt, int i, const mig_value *value) {
    const char *bytes = value->text.p == NULL ? "" : value->text.p;

    switch (value->type) {
    case MIG_NULL:
        break;
    case MIG_INT:
        return sqlite3_bind_int64(stmt, i, value->integer);
    case MIG_TEXT:
        return sqlite3_bind_text64(stmt, i, bytes, value->text.n, SQLITE_STATIC, SQLITE_UTF8);
    case MIG_BLOB:
        return sqlite3_bind_blob64(stmt, i, bytes, value->text.n, SQLITE_STATIC);
    }
    return sqlite3_bind_null(stmt, i);
}

bool sqm_bind(mig_ctx *ctx, sqlite3_stmt *stmt, const mig_value *params, size_t n) {
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < n && rc == SQLITE_OK; i++)
        rc = sqm_bind_one(stmt, (int)i + 1, &params[i]);
    return rc == SQLITE_OK || sqm_raise(ctx, rc);
}

/* Is text kept as UTF-8 in this database? Read once a call: it cannot change while it has tables. */
static bool is_utf8(sqm_host *host) {
    sqlite3_stmt *stmt = NULL;

    if (host->encoding == SQM_ENCODING_UNKNOWN &&
        sqm_prepare(host, "PRAGMA main.encoding", &stmt) == SQLITE_OK &&
        sqm_step(host, stmt) == SQLITE_ROW)
        host->encoding = sqlite3_stricmp((const char *)sqlite3_column_text(stmt, 0), "UTF-8") == 0
                             ? SQM_ENCODING_UTF8
                             : SQM_ENCODING_UTF16;
    sqlite3_finalize(stmt);
    return host->encoding == SQM_ENCODING_UTF8;
}

/* The text where SQLite has it: sqlite3_value_text() would copy it to put a NUL behind it. */
static const char *text_bytes(sqm_host *host, sqlite3_value *value) {
    return is_utf8(host) ? sqlite3_value_blob(value) : (const void *)sqlite3_value_text(value);
}

/* Each sqlite3_column_...() takes the mutex of the connection; sqlite3_value_...() wants it held, as
   it is while the statement runs that called us. */
bool sqm_column(mig_ctx *ctx, sqlite3_stmt *stmt, int i, mig_value *to) {
    sqlite3_value *value = sqlite3_column_value(stmt, i);

    memset(to, 0, sizeof *to);
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        return true;
    case SQLITE_INTEGER:
        to->type = MIG_INT;
        to->integer = sqlite3_value_int64(value);
        return true;
    default:
        to->type = MIG_TEXT;
        to->text.p = text_bytes(sqm_host_of(ctx), value);
        to->text.n = (size_t)sqlite3_value_bytes(value);
        if (to->text.p == NULL && sqlite3_errcode(sqlite3_db_handle(stmt)) == SQLITE_NOMEM)
            return sqm_raise(ctx, SQLITE_NOMEM);
        if (to->text.p == NULL)
            to->text = MIG_STR("");
        return true;
    }
}

static bool rows_read(mig_ctx *ctx, sqlite3_stmt *stmt, mig_row_fn row, void *arg) {
    mig_value cols[MAX_COLUMNS];
    int n = sqlite3_column_count(stmt), i, rc;

    if (n > MAX_COLUMNS)
        return mig_fail(ctx, MIG_E_LIMIT, "a query has more than %d columns", MAX_COLUMNS);
    while ((rc = sqm_step(sqm_host_of(ctx), stmt)) == SQLITE_ROW) {
        for (i = 0; i < n; i++)
            if (!sqm_column(ctx, stmt, i, &cols[i]))
                return false;
        if (row != NULL && !row(ctx, arg, cols, (size_t)n))
            return mig_ctx_error(ctx) == NULL;
    }
    return rc == SQLITE_DONE || sqm_raise(ctx, rc);
}

bool sqm_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
               mig_snapshot snapshot, mig_row_fn row, void *arg) {
    sqm_plan *plan;
    sqlite3_stmt *stmt = plan_take(ctx, sql, &plan);
    bool ok;

    (void)snapshot;
    if (stmt == NULL)
        return false;
    ok = sqm_bind(ctx, stmt, params, n_params) && rows_read(ctx, stmt, row, arg);
    plan_give(plan, stmt);
    return ok;
}

bool sqm_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params) {
    return sqm_query(ctx, sql, params, n_params, MIG_SNAPSHOT_FRESH, NULL, NULL);
}
