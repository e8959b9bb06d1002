/*
 * unit.c: the unit of atomicity, and how it is undone whatever happens.
 *
 * While the statement that called us is running, an interrupt or an out-of-memory stays set, and
 * every new prepare and step fails: ROLLBACK too. Without more, the connection is left inside half
 * a run, and the user's next COMMIT makes it permanent. Three things stand against that:
 *
 *   1. tripwire, prepared in advance, is a write that changes nothing: stepping a write under an
 *      interrupt or an out-of-memory makes SQLite roll back the whole transaction by itself;
 *   2. undo, prepared in advance, still runs after an out-of-memory. It is there for a savepoint
 *      only, where more than our work would be lost by the first;
 *   3. where that fails, the transaction is poisoned: a commit hook turns COMMIT into a rollback. A
 *      commit hook of the host is lost in this emergency; docs say so.
 *
 * CREATE INDEX, ANALYZE, changed flags and others make SQLite expire prepared statements, and a
 * statement that has to be prepared anew is of no use here, so the guards are looked at before each
 * statement of a script; expired ones are given up only when new ones are there.
 */
#include "sqm.h"
#include "compat.h"

#include <string.h>

#define SAVEPOINT_UNIT "migrate_unit"
#define SAVEPOINT_ATTEMPT "migrate_attempt"
#define SILENT_MS 1000 /* of a wait for the lock */
#define NAMES_LISTED 5 /* rows of foreign_key_check in a message */

/* To SQLite a write, and one that it refuses in a transaction; nothing is prepared faster. It is only
   ever stepped to be stopped by an interrupt or an out-of-memory. Hosts built without it get the
   other: if that one did run, it would be in a transaction that cannot be committed. */
#define TRIPWIRE "VACUUM"
#define TRIPWIRE_ELSE "PRAGMA main.user_version = 0"

/* ---- guards ------------------------------------------------------------------------------ */

static void guard_swap(sqlite3_stmt **kept, sqlite3_stmt **fresh) {
    sqlite3_finalize(*kept);
    *kept = *fresh;
    *fresh = NULL;
}

static bool guards_good(const sqm_unit *unit) {
    return unit->tripwire != NULL && !sqm_expired(unit->tripwire) &&
           (!unit->savepoint || (!sqm_expired(unit->undo) && !sqm_expired(unit->forget)));
}

static int tripwire_prepare(sqm_host *host, sqlite3_stmt **stmt) {
    int rc = sqm_prepare(host, TRIPWIRE, stmt);

    return (rc & 0xFF) == SQLITE_ERROR ? sqm_prepare(host, TRIPWIRE_ELSE, stmt) : rc;
}

int sqm_guards_arm(sqm_host *host) {
    sqm_unit *unit = &host->unit;
    sqlite3_stmt *undo = NULL, *forget = NULL, *tripwire = NULL;
    int rc;

    if (guards_good(unit))
        return SQLITE_OK;
    rc = tripwire_prepare(host, &tripwire);
    if (rc == SQLITE_OK && unit->savepoint)
        rc = sqm_prepare(host, "ROLLBACK TO " SAVEPOINT_UNIT, &undo);
    if (rc == SQLITE_OK && unit->savepoint)
        rc = sqm_prepare(host, "RELEASE " SAVEPOINT_UNIT, &forget);
    if (rc == SQLITE_OK) {
        guard_swap(&unit->undo, &undo);
        guard_swap(&unit->forget, &forget);
        guard_swap(&unit->tripwire, &tripwire);
    }
    sqlite3_finalize(undo);
    sqlite3_finalize(forget);
    sqlite3_finalize(tripwire);
    return rc;
}

static void guards_drop(sqm_unit *unit) {
    sqlite3_finalize(unit->undo);
    sqlite3_finalize(unit->forget);
    sqlite3_finalize(unit->tripwire);
    unit->undo = unit->forget = unit->tripwire = NULL;
}

/* ---- the poisoned transaction ------------------------------------------------------------ */

static int poison_commit(void *arg) {
    (void)arg;
    return 1;
}

static void poison_rollback(void *arg) {
    sqm_module *module = arg;

    module->poisoned = false;
    sqlite3_commit_hook(module->db, NULL, NULL);
    sqlite3_rollback_hook(module->db, NULL, NULL);
    sqm_module_release(module);
}

/* The hooks hold the module: it may be loaded anew, and then the old one goes, before the transaction
   does. */
static void poison(sqm_host *host) {
    if (!host->module->poisoned)
        host->module->refs++;
    host->module->poisoned = true;
    sqlite3_commit_hook(host->db, poison_commit, host->module);
    sqlite3_rollback_hook(host->db, poison_rollback, host->module);
}

/* ---- begin ------------------------------------------------------------------------------- */

/*
 * A savepoint takes no lock. A write does: one without effect on a table of ours, or, before they
 * exist, the user version written as it is. A caller that already reads cannot be waited for long:
 * whoever holds the lock may in turn be waiting for its read lock to go.
 */
static int begin_savepoint(sqm_host *host) {
    const int64_t patience = host->patience_ms;
    char write[64];
    int rc = sqm_run(host, "SAVEPOINT " SAVEPOINT_UNIT);

    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_txn_state(host->db, "main") == SQLITE_TXN_READ && host->patience_ms > 2000)
        host->patience_ms = 2000;
    rc = sqm_run(host, "DELETE FROM main.migrate_meta WHERE 0");
    if ((rc & 0xFF) == SQLITE_ERROR) {
        sqlite3_snprintf(sizeof write, write, "PRAGMA main.user_version = %lld",
                         (long long)sqm_integer(host, "PRAGMA main.user_version", 0));
        rc = sqm_run(host, write);
    }
    host->patience_ms = patience;
    return rc;
}

/* A wait of more than a moment is said. */
static int begin_immediate(mig_ctx *ctx, sqm_host *host) {
    const int64_t patience = host->patience_ms;
    int rc;

    if (host->patience_ms > SILENT_MS)
        host->patience_ms = SILENT_MS;
    rc = sqm_run(host, "BEGIN IMMEDIATE");
    host->patience_ms = patience;
    if (!sqm_is_busy(rc) || patience <= SILENT_MS ||
        !mig_ctx_host(ctx)->notice(ctx, "waiting for the write lock of the database"))
        return rc;
    host->patience_ms = patience - SILENT_MS;
    rc = sqm_run(host, "BEGIN IMMEDIATE");
    host->patience_ms = patience;
    return rc;
}

bool sqm_deferred_pending(sqlite3 *db) {
    int now = 0, highest = 0;

    sqlite3_db_status(db, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &highest, 0);
    return now != 0;
}

/*
 * SQLite changes its number when it finds, at the begin of a read or write, that somebody else has
 * committed, and at each commit of its own: the very test by which it keeps its cache. What is not
 * committed does not count: the open transaction of a caller, and that of another connection in a
 * shared cache where we are allowed to read it.
 */
int64_t sqm_data_version(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    unsigned int version = 0;

    if (host->callers || sqm_integer(host, "PRAGMA main.read_uncommitted", 1) != 0 ||
        sqlite3_file_control(host->db, "main", SQLITE_FCNTL_DATA_VERSION, &version) != SQLITE_OK)
        return 0;
    return (int64_t)version + 1;
}

bool sqm_unit_begin(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    sqm_unit *unit = &host->unit;
    int rc;

    if (unit->open) {
        unit->nested++;
        return sqm_unit_usable(ctx);
    }
    if (!sqm_check_writable(ctx, host->function))
        return false;
    unit->undone = false;
    unit->savepoint = sqlite3_get_autocommit(host->db) == 0;
    unit->deferred_before = sqm_deferred_pending(host->db);
    sqm_schema_forget(host);
    rc = sqm_guards_arm(host);
    if (rc == SQLITE_OK) {
        unit->open = true;
        rc = unit->savepoint ? begin_savepoint(host) : begin_immediate(ctx, host);
    }
    if (rc == SQLITE_OK)
        return true;
    sqm_raise(ctx, rc);
    sqm_unit_abort(ctx);
    return false;
}

/* ---- end --------------------------------------------------------------------------------- */

/* A file that fails under COMMIT may keep what was written to it: SQLite itself finds out when it
   opens the database again. */
static bool commit_fail(mig_ctx *ctx, int rc) {
    const sqm_host *host = sqm_host_of(ctx);
    mig_error error = sqm_error(host, rc);

    if (!host->unit.savepoint && (rc & 0xFF) == SQLITE_IOERR)
        error.detail =
            "The file failed under COMMIT. Open the database again before relying on its "
            "state: the commit may have reached the file.";
    return mig_raise(ctx, &error);
}

bool sqm_unit_commit(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    sqm_unit *unit = &host->unit;
    int rc;

    if (mig_ctx_error(ctx) != NULL || !sqm_unit_usable(ctx) || !sqm_reserve(ctx))
        return false;
    if (unit->nested > 0) {
        unit->nested--;
        return true;
    }
    rc = sqm_run(host, unit->savepoint ? "RELEASE " SAVEPOINT_UNIT : "COMMIT");
    if (rc != SQLITE_OK)
        return commit_fail(ctx, rc);
    unit->open = false;
    guards_drop(unit);
    return true;
}

static bool guard_step(sqlite3_stmt *stmt) {
    int rc = stmt != NULL ? sqlite3_step(stmt) : SQLITE_MISUSE;

    if (stmt != NULL)
        sqlite3_reset(stmt);
    return rc == SQLITE_DONE;
}

/* Undoes the unit, by the guards where nothing else works; false when the transaction still holds
   what it did. */
static bool unit_undo(sqm_host *host) {
    sqm_unit *unit = &host->unit;

    if (unit->savepoint ? guard_step(unit->undo) && guard_step(unit->forget)
                        : sqm_run(host, "ROLLBACK") == SQLITE_OK)
        return true;
    if (sqlite3_get_autocommit(host->db) == 0)
        guard_step(unit->tripwire);
    return sqlite3_get_autocommit(host->db) != 0;
}

void sqm_unit_close(sqm_host *host) {
    sqm_unit *unit = &host->unit;

    if (!unit->open) {
        guards_drop(unit);
        return;
    }
    unit->open = false;
    unit->nested = 0;
    sqm_schema_forget(host);
    if (sqlite3_get_autocommit(host->db) == 0 && !unit_undo(host))
        poison(host);
    if (unit->savepoint && sqlite3_get_autocommit(host->db) != 0)
        unit->lost = true;
    guards_drop(unit);
}

void sqm_unit_abort(mig_ctx *ctx) {
    sqm_unit_close(sqm_host_of(ctx));
}

/* ---- attempt ----------------------------------------------------------------------------- */

bool sqm_unit_usable(mig_ctx *ctx) {
    if (!sqm_host_of(ctx)->unit.undone)
        return mig_ctx_error(ctx) == NULL;
    return mig_fail(ctx, MIG_E_CONTEXT, "the transaction was rolled back");
}

/* Undoes what work did. Under an interrupt and the like a savepoint cannot be rolled back to; then
   the guards undo all of the unit, and nothing more may be written. false: not undone. */
static bool attempt_undo(sqm_host *host) {
    sqm_unit *unit = &host->unit;

    if (sqlite3_get_autocommit(host->db) == 0 &&
        sqm_run(host, "ROLLBACK TO " SAVEPOINT_ATTEMPT) == SQLITE_OK &&
        sqm_run(host, "RELEASE " SAVEPOINT_ATTEMPT) == SQLITE_OK)
        return true;
    unit->undone = true;
    sqm_unit_close(host);
    return !unit->savepoint && sqlite3_get_autocommit(host->db) != 0;
}

/* Outside a transaction there is nothing to undo that would not be committed already. Where more
   was lost than work did, or undoing failed, the error stays in the context. */
bool sqm_attempt(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error) {
    sqm_host *host = sqm_host_of(ctx);
    bool inside = sqlite3_get_autocommit(host->db) == 0;
    bool ok;
    int rc;

    memset(error, 0, sizeof *error);
    rc = inside ? sqm_run(host, "SAVEPOINT " SAVEPOINT_ATTEMPT) : SQLITE_OK;
    if (rc != SQLITE_OK) {
        sqm_raise(ctx, rc);
        return !mig_take_error(ctx, error);
    }
    ok = work(ctx, arg) && mig_ctx_error(ctx) == NULL;
    if (ok && inside && (rc = sqm_run(host, "RELEASE " SAVEPOINT_ATTEMPT)) != SQLITE_OK)
        ok = sqm_raise(ctx, rc);
    if (ok)
        return true;
    mig_take_error(ctx, error);
    sqm_schema_forget(host);
    if (inside && !attempt_undo(host))
        mig_raise(ctx, error);
    return false;
}

void sqm_suspect_clear(sqm_host *host) {
    sqlite3_free(host->suspect.revision);
    sqlite3_free(host->suspect.source);
    sqlite3_free(host->suspect.statement);
    memset(&host->suspect, 0, sizeof host->suspect);
}

/* ---- deferred constraints ---------------------------------------------------------------- */

static bool deferred_list(sqlite3_stmt *stmt, mig_buf *out) {
    int n = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW)
        if (n++ < NAMES_LISTED)
            mig_buf_addf(out, "%stable \"%s\"%s%s refers to table \"%s\"", n > 1 ? ", " : "",
                         (const char *)sqlite3_column_text(stmt, 0),
                         sqlite3_column_type(stmt, 1) == SQLITE_NULL ? "" : " rowid ",
                         sqlite3_column_type(stmt, 1) == SQLITE_NULL
                             ? ""
                             : (const char *)sqlite3_column_text(stmt, 1),
                         (const char *)sqlite3_column_text(stmt, 2));
    if (n > NAMES_LISTED)
        mig_buf_addf(out, ", and %d more", n - NAMES_LISTED);
    return n > 0;
}

/* What stood violated before the unit began is the caller's affair, and hides ours: SQLite counts
   only, it does not say which. */
bool sqm_check_deferred(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    sqlite3_stmt *stmt = NULL;
    mig_buf names;
    mig_error error;
    bool found;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (host->unit.deferred_before || !sqm_deferred_pending(host->db))
        return true;
    names = mig_buf_new(ctx);
    found = sqm_prepare(host, "PRAGMA main.foreign_key_check", &stmt) == SQLITE_OK &&
            deferred_list(stmt, &names);
    sqlite3_finalize(stmt);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    memset(&error, 0, sizeof error);
    error.code = MIG_E_HOST;
    error.host_code = SQLITE_CONSTRAINT_FOREIGNKEY;
    error.message = "FOREIGN KEY constraint failed";
    memcpy(error.sqlstate, SQM_FOREIGN_KEY, sizeof error.sqlstate);
    error.revision = host->suspect.revision;
    error.kind = host->suspect.kind;
    error.source = host->suspect.source;
    error.statement = host->suspect.statement;
    error.line = host->suspect.line;
    error.column = host->suspect.column;
    if (found)
        error.detail = mig_str_z(ctx, mig_str_format(ctx, "Rows whose parent row is missing: %.*s.",
                                                     MIG_FMT(mig_buf_str(&names))));
    return mig_raise(ctx, &error);
}
