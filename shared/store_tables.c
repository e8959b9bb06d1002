/*
 * store_tables.c: the tables of store.h themselves: their columns in each format, whether they are
 * there and ours, making them.
 */
#include "store.h"

#include <string.h>

#include "value.h"

/* ---- the tables -------------------------------------------------------------------------- */

/* {text} is the type of a text column: under PostgreSQL it is collated "C", so that no change of
   the system's collations can damage an index. The log has another name in SQLite, where a table
   called migrate_log would hide the table-valued function of that name. */
static const struct table {
    const char *name, *postgresql, *sqlite;
    bool narrow; /* short rows: in SQLite one b-tree serves as table and index */
    const char *columns;
} tables[] = {
    {"meta", "migrate.meta", "migrate_meta", true,
     "key {text} NOT NULL PRIMARY KEY, value {text} NOT NULL"},
    {"revision", "migrate.revision", "migrate_revision", false,
     "revision {text} NOT NULL PRIMARY KEY, revises {text} NOT NULL, depends_on {text} NOT NULL, "
     "labels {text} NOT NULL, message {text} NOT NULL, description {text} NOT NULL, "
     "created {text} NOT NULL, source {text} NOT NULL, directory {text} NOT NULL, "
     "file_stamp {text} NOT NULL, up_checksum {text} NOT NULL, down_checksum {text} NOT NULL, "
     "script_hash {text} NOT NULL, up_facts {text} NOT NULL, down_facts {text} NOT NULL, "
     "size bigint NOT NULL, first_line bigint NOT NULL, missing bigint NOT NULL"},
    {"script", "migrate.script", "migrate_script", false,
     "revision {text} NOT NULL PRIMARY KEY, script {text} NOT NULL"},
    {"applied", "migrate.applied", "migrate_applied", true,
     "target {text} NOT NULL DEFAULT '', revision {text} NOT NULL, seq bigint NOT NULL, "
     "applied_at {text} NOT NULL, stamped bigint NOT NULL, ran_checksum {text} NOT NULL, "
     "PRIMARY KEY (target, revision)"},
    {"log", "migrate.log", "migrate_logbook", true,
     "target {text} NOT NULL DEFAULT '', id bigint NOT NULL, at {text} NOT NULL, "
     "who {text} NOT NULL, action {text} NOT NULL, revision {text} NOT NULL, "
     "duration_ms bigint, outcome {text} NOT NULL, detail {text} NOT NULL, "
     "sqlstate {text} NOT NULL DEFAULT '', statement {text} NOT NULL DEFAULT '', "
     "PRIMARY KEY (target, id)"},
    {"seed", "migrate.seed", "migrate_seed", false,
     "target {text} NOT NULL DEFAULT '', name {text} NOT NULL, format {text} NOT NULL, "
     "header {text} NOT NULL, by_name bigint NOT NULL, tables {text} NOT NULL, rows bigint, "
     "source {text} NOT NULL, directory {text} NOT NULL, file_stamp {text} NOT NULL, "
     "header_stamp {text} NOT NULL, checksum {text} NOT NULL, ran_checksum {text} NOT NULL, "
     "ran_at {text} NOT NULL, body {text} NOT NULL, PRIMARY KEY (target, name)"},
};

#define N_TABLES (sizeof tables / sizeof tables[0])

/* What the tables were up to a format; never changed again. meta is the same in all formats: it tells
   which one it is. */
static const struct past {
    const char *name;
    int format;
    const char *columns;
} pasts[] = {
    {"log", 1,
     "target {text} NOT NULL DEFAULT '', id bigint NOT NULL, at {text} NOT NULL, "
     "who {text} NOT NULL, action {text} NOT NULL, revision {text} NOT NULL, "
     "duration_ms bigint, outcome {text} NOT NULL, detail {text} NOT NULL, "
     "PRIMARY KEY (target, id)"},
};

const char *mig_table_name(mig_engine engine, mig_str name) {
    size_t i;

    for (i = 0; i < N_TABLES; i++)
        if (mig_str_is(name, tables[i].name))
            return engine == MIG_POSTGRESQL ? tables[i].postgresql : tables[i].sqlite;
    return NULL;
}

bool mig_is_own_table(mig_engine engine, mig_str table) {
    size_t i;

    for (i = 0; i < N_TABLES; i++)
        if (mig_str_is_nocase(table,
                              engine == MIG_POSTGRESQL ? tables[i].postgresql : tables[i].sqlite))
            return true;
    return false;
}

const char *mig_store_typed(mig_ctx *ctx, const char *sql) {
    bool postgresql = mig_ctx_host(ctx)->engine == MIG_POSTGRESQL;
    const char *type = postgresql ? "text COLLATE \"C\"" : "text";
    mig_buf buf = mig_buf_new(ctx);
    const char *from, *mark;

    for (from = sql; (mark = strstr(from, "{text}")) != NULL; from = mark + 6) {
        mig_buf_add(&buf, (mig_str){from, (size_t)(mark - from)});
        mig_buf_add_z(&buf, type);
    }
    mig_buf_add_z(&buf, from);
    return mig_ctx_error(ctx) != NULL ? NULL : mig_buf_str(&buf).p;
}

static const char *columns_of(const struct table *table, int format) {
    const char *columns = table->columns;
    size_t i;

    for (i = sizeof pasts / sizeof pasts[0]; i-- > 0;)
        if (format <= pasts[i].format && strcmp(pasts[i].name, table->name) == 0)
            columns = pasts[i].columns;
    return columns;
}

const char *mig_store_ddl(mig_ctx *ctx, size_t i, int format, const char **name) {
    bool sqlite = mig_ctx_host(ctx)->engine == MIG_SQLITE;
    mig_str sql;

    if (i >= N_TABLES)
        return NULL;
    *name = tables[i].name;
    sql = mig_str_format(ctx, "CREATE TABLE {%s} (%s)%s", tables[i].name,
                         columns_of(&tables[i], format),
                         tables[i].narrow && sqlite ? " WITHOUT ROWID" : "");
    return sql.p == NULL ? NULL : mig_store_typed(ctx, sql.p);
}

static bool format_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(mig_str *)arg = mig_str_copy(ctx, cols[0].text);
    return true;
}

static bool format_unknown(mig_ctx *ctx) {
    mig_fail(ctx, MIG_E_CORRUPT, "the table meta of migrate has no valid row \"format\"");
    mig_hint(ctx, "Restore the row: its value is the format number of the tables, now %d.",
             MIG_STORE_FORMAT);
    return false;
}

static bool format_newer(mig_ctx *ctx, int64_t format) {
    mig_fail(ctx, MIG_E_STATE, "the tables of migrate have format %lld, newer than this engine",
             (long long)format);
    mig_hint(ctx, "This engine reads formats up to %d. Install a newer version of migrate.",
             MIG_STORE_FORMAT);
    return false;
}

static bool format_read(mig_ctx *ctx, int *format) {
    mig_str text = {NULL, 0};
    int64_t number = 0;

    if (!mig_ctx_host(ctx)->query(ctx, "SELECT value FROM {meta} WHERE key {=} 'format'", NULL, 0,
                                  MIG_SNAPSHOT_FRESH, format_row, &text))
        return false;
    if (text.p == NULL || !mig_str_to_int(text, &number) || number < 1)
        return format_unknown(ctx);
    if (number > MIG_STORE_FORMAT)
        return format_newer(ctx, number);
    *format = (int)number;
    return true;
}

static bool table_foreign(mig_ctx *ctx, const char *name, const char *why) {
    mig_fail(ctx, MIG_E_STATE, "the table \"%s\" of migrate cannot be trusted", name);
    mig_detail(ctx, "%s", why != NULL ? why : "It is not the table this engine made.");
    mig_hint(ctx, "Find out who made or changed it. If it is the engine's own, undo the "
                  "change: it holds the history. If it is not, rename it.");
    return false;
}

/* Table i as it has to be in a format; *name becomes NULL past the last one. */
static bool table_look(mig_ctx *ctx, size_t i, int format, const char **name,
                       mig_table_state *state) {
    const char *why = NULL, *ddl;

    *name = NULL;
    ddl = mig_store_ddl(ctx, i, format, name);
    if (ddl == NULL)
        return mig_ctx_error(ctx) == NULL;
    if (!mig_ctx_host(ctx)->table_state(ctx, *name, ddl, state, &why))
        return false;
    return *state != MIG_TABLE_FOREIGN || table_foreign(ctx, *name, why);
}

bool mig_store_format(mig_ctx *ctx, int *format) {
    mig_table_state state = MIG_TABLE_ABSENT;
    const char *name;

    *format = 0;
    if (!table_look(ctx, 0, MIG_STORE_FORMAT, &name, &state))
        return false;
    return state == MIG_TABLE_ABSENT || format_read(ctx, format);
}

bool mig_store_exists(mig_ctx *ctx, int *format) {
    const char *name, *missing = NULL;
    mig_table_state state;
    size_t i, n_good;

    if (!mig_store_format(ctx, format))
        return false;
    if (*format == 0)
        missing = tables[0].name;
    n_good = missing == NULL;
    for (i = 1; i < N_TABLES; i++) {
        if (!table_look(ctx, i, *format == 0 ? MIG_STORE_FORMAT : *format, &name, &state))
            return false;
        if (state == MIG_TABLE_GOOD)
            n_good++;
        else if (missing == NULL)
            missing = name;
    }
    if (n_good != 0 && n_good != N_TABLES) {
        mig_fail(ctx, MIG_E_CORRUPT, "the table \"%s\" of migrate is missing", missing);
        mig_hint(ctx, "Other tables of migrate are there: restore this one from a backup.");
        return false;
    }
    return true;
}

bool mig_store_init(mig_ctx *ctx, const char *owner, bool *made, int *format) {
    mig_host *host = mig_ctx_host(ctx);
    const char *name, *ddl;
    mig_value value;
    size_t i;

    *made = false;
    if (!mig_store_exists(ctx, format) || *format > 0)
        return mig_ctx_error(ctx) == NULL;
    if (!host->schema_create(ctx, owner))
        return false;
    for (i = 0; (ddl = mig_store_ddl(ctx, i, MIG_STORE_FORMAT, &name)) != NULL; i++)
        if (!host->table_create(ctx, name, ddl, owner))
            return false;
    *format = MIG_STORE_FORMAT;
    value = mig_value_text(mig_str_format(ctx, "%d", MIG_STORE_FORMAT));
    *made = host->exec(ctx, "INSERT INTO {meta} (key, value) VALUES ('format', $1)", &value, 1);
    return *made;
}
