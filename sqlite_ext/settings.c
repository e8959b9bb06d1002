/*
 * settings.c: what a script may change in the connection, read before it and put back after it.
 *
 * Flags are read and set by sqlite3_db_config(), which allocates nothing and works inside a
 * transaction, where PRAGMA foreign_keys does nothing. The others cost a statement each, so they
 * are looked at only around scripts that have a PRAGMA. Setting a flag makes SQLite forget prepared
 * statements, so only what differs is set.
 */
#include "sqm.h"

static const int flags[SQM_FLAGS] = {
    SQLITE_DBCONFIG_ENABLE_FKEY,     SQLITE_DBCONFIG_ENABLE_TRIGGER,
    SQLITE_DBCONFIG_ENABLE_VIEW,     SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
    SQLITE_DBCONFIG_WRITABLE_SCHEMA, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    SQLITE_DBCONFIG_DEFENSIVE,
};

static const char *const pragmas[SQM_PRAGMAS] = {
    "recursive_triggers",
    "ignore_check_constraints",
    "query_only",
    "read_uncommitted",
    "reverse_unordered_selects",
    "cell_size_check",
    "automatic_index",
    "busy_timeout",
    "synchronous",
};

static int64_t pragma_read(sqm_host *host, const char *name) {
    char sql[64];

    sqlite3_snprintf(sizeof sql, sql, "PRAGMA %s", name);
    return sqm_integer(host, sql, -1);
}

static void pragma_write(sqm_host *host, const char *name, int64_t value) {
    char sql[96];

    sqlite3_snprintf(sizeof sql, sql, "PRAGMA %s = %lld", name, (long long)value);
    sqm_run(host, sql);
}

void sqm_settings_save(sqm_host *host, sqm_settings *settings, bool with_pragmas) {
    size_t i;

    for (i = 0; i < SQM_FLAGS; i++)
        if (sqlite3_db_config(host->db, flags[i], -1, &settings->flags[i]) != SQLITE_OK)
            settings->flags[i] = -1;
    settings->pragmas_read = with_pragmas;
    for (i = 0; with_pragmas && i < SQM_PRAGMAS; i++)
        settings->pragmas[i] = pragma_read(host, pragmas[i]);
}

void sqm_settings_restore(sqm_host *host, const sqm_settings *settings) {
    int now;
    size_t i;

    for (i = 0; i < SQM_FLAGS; i++)
        if (settings->flags[i] >= 0 &&
            sqlite3_db_config(host->db, flags[i], -1, &now) == SQLITE_OK &&
            now != settings->flags[i])
            sqlite3_db_config(host->db, flags[i], settings->flags[i], &now);
    for (i = 0; settings->pragmas_read && i < SQM_PRAGMAS; i++)
        if (settings->pragmas[i] >= 0 && pragma_read(host, pragmas[i]) != settings->pragmas[i])
            pragma_write(host, pragmas[i], settings->pragmas[i]);
}

/* ---- foreign keys ------------------------------------------------------------------------ */

static bool keys_checked(sqm_host *host) {
    int on = 0;

    return sqlite3_db_config(host->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &on) == SQLITE_OK && on;
}

/* Without a transaction the setting would outlast the call; its end has put it back already. */
void sqm_guard_end(sqm_host *host) {
    if (!host->guard.on)
        return;
    host->guard.on = false;
    sqlite3_db_config(host->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    pragma_write(host, "defer_foreign_keys",
                 host->guard.defer && sqlite3_get_autocommit(host->db) == 0);
}

bool sqm_guard(mig_ctx *ctx, mig_guard guard) {
    sqm_host *host = sqm_host_of(ctx);

    if (guard == MIG_GUARD_CONNECTION) {
        sqm_guard_end(host);
        return mig_ctx_error(ctx) == NULL;
    }
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!host->guard.on) {
        if (keys_checked(host))
            return true;
        host->guard.defer = pragma_read(host, "defer_foreign_keys") == 1;
        sqlite3_db_config(host->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        host->guard.on = true;
    }
    pragma_write(host, "defer_foreign_keys", guard == MIG_GUARD_LATE);
    if (pragma_read(host, "defer_foreign_keys") == (guard == MIG_GUARD_LATE))
        return true;
    return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
}
