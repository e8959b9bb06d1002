/*
 * format.c: see format.h.
 *
 * A step is what one format has and the one before has not: statements for both engines, and work that
 * SQL cannot do. Steps are never changed once they are released; what the tables were before them is
 * in store_tables.c. On PostgreSQL a column with a constant default is added without writing the table
 * anew. In SQLite it comes behind the last column and before the key, which is where the text of a new
 * table has it: the engine compares the two.
 */
#include "format.h"

#include <limits.h>
#include <string.h>

#include "value.h"

/* ---- the facts, from the stored texts ---------------------------------------------------- */

typedef struct stored {
    mig_revision *items;
    size_t n, room;
} stored;

static bool stored_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    stored *self = arg;
    mig_revision *rev;

    (void)n;
    self->items = mig_grow(ctx, self->items, self->n, &self->room, sizeof *self->items);
    if (self->items == NULL)
        return false;
    rev = &self->items[self->n++];
    memset(rev, 0, sizeof *rev);
    rev->id = mig_str_copy(ctx, cols[0].text);
    rev->source = mig_str_copy(ctx, cols[1].text);
    rev->text_hash = mig_str_copy(ctx, cols[2].text);
    rev->first_line = cols[3].integer > 0 && cols[3].integer < INT_MAX ? (int)cols[3].integer : 1;
    return mig_ctx_error(ctx) == NULL;
}

static bool facts_put(mig_ctx *ctx, mig_str id, const mig_script *script) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    mig_value values[3];

    values[0] = mig_value_text(id);
    values[1] = mig_value_text(mig_script_facts(ctx, script, MIG_SECTION_UP, engine));
    values[2] = mig_value_text(mig_script_facts(ctx, script, MIG_SECTION_DOWN, engine));
    return mig_ctx_error(ctx) == NULL &&
           mig_ctx_host(ctx)->exec(ctx,
                                   "UPDATE {revision} SET up_facts = $2, down_facts = $3 WHERE "
                                   "revision {=} $1 AND (up_facts {<>} $2 OR down_facts {<>} $3)",
                                   values, 3);
}

/* A text that is lost, was changed by hand, or is not read any more keeps the facts it has: a run of it
   says what is wrong. */
static bool facts_of_text(mig_ctx *ctx, const mig_revision *revision, mig_str text) {
    mig_script *script = NULL;
    mig_error error;

    if (mig_store_script_check(ctx, revision, text))
        script =
            mig_script_parse_known(ctx, revision->source, revision->id, text, revision->first_line);
    if (script != NULL)
        return facts_put(ctx, revision->id, script);
    if (!mig_take_error(ctx, &error) || error.code != MIG_E_NOMEM)
        return mig_ctx_error(ctx) == NULL;
    return mig_raise(ctx, &error);
}

static bool facts_batch(mig_ctx *ctx, const mig_revision *revisions, size_t n) {
    mig_str ids[MIG_STORE_BATCH], texts[MIG_STORE_BATCH];
    size_t i;

    for (i = 0; i < n; i++)
        ids[i] = revisions[i].id;
    if (!mig_ctx_host(ctx)->interrupted(ctx) || !mig_store_scripts(ctx, ids, n, texts))
        return false;
    for (i = 0; i < n; i++)
        if (!facts_of_text(ctx, &revisions[i], texts[i]))
            return false;
    return true;
}

static bool facts_renew(mig_ctx *ctx) {
    stored all = {NULL, 0, 0};
    size_t i, n;
    mig_mark mark;

    if (!mig_ctx_host(ctx)->query(
            ctx,
            "SELECT revision, source, script_hash, first_line FROM {revision} ORDER BY "
            "revision",
            NULL, 0, MIG_SNAPSHOT_FRESH, stored_row, &all))
        return false;
    for (i = 0; i < all.n; i += n) {
        n = all.n - i < MIG_STORE_BATCH ? all.n - i : MIG_STORE_BATCH;
        mark = mig_arena_mark(ctx);
        if (!facts_batch(ctx, &all.items[i], n))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- the steps --------------------------------------------------------------------------- */

typedef struct step {
    int to;
    const char *sql[4]; /* up to a NULL; {text} as in store_tables.c */
    bool (*work)(mig_ctx *ctx);
} step;

static const step steps[] = {
    {2,
     {"ALTER TABLE {log} ADD COLUMN sqlstate {text} NOT NULL DEFAULT ''",
      "ALTER TABLE {log} ADD COLUMN statement {text} NOT NULL DEFAULT ''", NULL},
     facts_renew},
};

static bool step_take(mig_ctx *ctx, const step *self) {
    mig_value to = mig_value_text(mig_str_format(ctx, "%d", self->to));
    const char *sql;
    size_t i;

    for (i = 0; self->sql[i] != NULL; i++) {
        sql = mig_store_typed(ctx, self->sql[i]);
        if (sql == NULL || !mig_ctx_host(ctx)->table_create(ctx, NULL, sql, NULL))
            return false;
    }
    return (self->work == NULL || self->work(ctx)) &&
           mig_ctx_host(ctx)->exec(ctx, "UPDATE {meta} SET value = $1 WHERE key {=} 'format'", &to,
                                   1);
}

static bool log_id_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)n;
    *(int64_t *)arg = cols[0].integer;
    return true;
}

static bool format_log(mig_ctx *ctx, int from) {
    int64_t last = 0;
    mig_log_row row;

    memset(&row, 0, sizeof row);
    row.action = "format";
    row.revision = MIG_STR("");
    row.detail = mig_str_format(ctx, "from %d to %d", from, MIG_STORE_FORMAT);
    row.at = mig_time_iso(ctx, mig_ctx_host(ctx)->now(ctx));
    row.outcome = "ok";
    row.duration_ms = -1;
    return mig_ctx_host(ctx)->query(
               ctx, "SELECT id FROM {log} WHERE target {=} '' ORDER BY id DESC LIMIT 1", NULL, 0,
               MIG_SNAPSHOT_FRESH, log_id_row, &last) &&
           mig_store_log_add(ctx, &row, &last);
}

/* ---- who may ----------------------------------------------------------------------------- */

typedef struct stranger {
    mig_str table, owner;
} stranger;

static bool stranger_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    stranger *self = arg;

    (void)n;
    self->table = mig_str_copy(ctx, cols[0].text);
    self->owner = mig_str_copy(ctx, cols[1].text);
    return mig_ctx_error(ctx) == NULL;
}

/* A table that the role may not change, of PostgreSQL; table.p NULL: there is none. */
static bool stranger_find(mig_ctx *ctx, stranger *self) {
    memset(self, 0, sizeof *self);
    if (mig_ctx_host(ctx)->engine == MIG_SQLITE)
        return mig_ctx_error(ctx) == NULL;
    return mig_ctx_host(ctx)->query(
        ctx,
        "SELECT t.tablename::pg_catalog.text, t.tableowner::pg_catalog.text FROM "
        "pg_catalog.pg_tables AS t WHERE t.schemaname {=} 'migrate' AND t.tablename IN ('meta', "
        "'revision', 'script', 'applied', 'log', 'seed') AND NOT "
        "pg_catalog.pg_has_role(t.tableowner, 'USAGE') ORDER BY t.tablename LIMIT 1",
        NULL, 0, MIG_SNAPSHOT_FRESH, stranger_row, self);
}

static bool stranger_refuse(mig_ctx *ctx, const stranger *self, int format) {
    mig_fail(ctx, MIG_E_PRIVILEGE,
             "the tables of migrate have format %d, and the current role may not bring them to %d",
             format, MIG_STORE_FORMAT);
    mig_detail(ctx, "The table \"%.*s\" belongs to role \"%.*s\".", MIG_FMT(self->table),
               MIG_FMT(self->owner));
    mig_hint(ctx, "Let role \"%.*s\" run SELECT migrate_init() once. Listings work meanwhile.",
             MIG_FMT(self->owner));
    return false;
}

/* ---- the public functions ---------------------------------------------------------------- */

bool mig_format_bring(mig_ctx *ctx, int format) {
    stranger other;
    size_t i;

    if (!stranger_find(ctx, &other))
        return false;
    if (other.table.p != NULL)
        return stranger_refuse(ctx, &other, format);
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].to > format && !step_take(ctx, &steps[i]))
            return false;
    return format_log(ctx, format) &&
           mig_answer(ctx, "The tables of migrate were brought from format %d to %d", format,
                      MIG_STORE_FORMAT);
}

static bool may_write(mig_ctx *ctx) {
    mig_error error;

    if (mig_ctx_host(ctx)->check_writable(ctx, "migrate_init"))
        return true;
    if (mig_take_error(ctx, &error) && error.code != MIG_E_READ_ONLY)
        mig_raise(ctx, &error);
    return false;
}

static bool bring_locked(mig_ctx *ctx) {
    int format;

    if (!mig_ctx_host(ctx)->lock(ctx, MIG_LOCK_CATALOG, MIG_LOCK_EXCLUSIVE, "") ||
        !mig_store_exists(ctx, &format))
        return false;
    return format == 0 || format == MIG_STORE_FORMAT || mig_format_bring(ctx, format);
}

static bool bring_unit(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    if (!host->unit_begin(ctx))
        return false;
    if (bring_locked(ctx) && (host->engine == MIG_POSTGRESQL || host->unit_commit(ctx)))
        return true;
    host->unit_abort(ctx);
    return false;
}

static bool format_peek(mig_ctx *ctx, void *arg) {
    return mig_store_format(ctx, arg);
}

/* What the action will say better, when it gets there, and behind what is wrong with its arguments. */
static bool is_for_later(const mig_error *error) {
    return error->code == MIG_E_STATE || error->code == MIG_E_CORRUPT ||
           strcmp(error->sqlstate, "42501") == 0;
}

bool mig_format_early(mig_ctx *ctx) {
    stranger other;
    mig_error error;
    int format;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!mig_ctx_host(ctx)->attempt(ctx, format_peek, &format, &error))
        return mig_ctx_error(ctx) == NULL && (is_for_later(&error) || mig_raise(ctx, &error));
    if (format == 0 || format == MIG_STORE_FORMAT || !may_write(ctx))
        return mig_ctx_error(ctx) == NULL;
    if (!stranger_find(ctx, &other))
        return false;
    return other.table.p != NULL || bring_unit(ctx);
}
