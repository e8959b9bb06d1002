/*
 * seed_rows_temp.c: the temporary tables of a merge: may the role make them, and are they still what was
 * made?
 *
 * Triggers and functions of the user run while rows are written, in the same session, and can reach
 * whatever has a name in it. Rows are removed because a temporary table does not have their keys, so
 * before each such statement the table must be the one that was made and have all the rows that it got.
 */
#include <string.h>

#include "seed_rows_part.h"

/* ---- the privilege ----------------------------------------------------------------------- */

typedef struct leave {
    bool given;
    mig_str role, database, grant;
} leave;

static bool leave_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    leave *self = arg;

    (void)n;
    self->given = cols[0].integer == 1;
    self->role = mig_str_copy(ctx, cols[1].text);
    self->database = mig_str_copy(ctx, cols[2].text);
    self->grant = mig_str_copy(ctx, cols[3].text);
    return mig_ctx_error(ctx) == NULL;
}

bool mig_temp_allowed(mig_ctx *ctx, mig_str why) {
    leave self;

    memset(&self, 0, sizeof self);
    if (mig_ctx_host(ctx)->engine != MIG_POSTGRESQL)
        return mig_ctx_error(ctx) == NULL;
    if (!mig_sql_once(
            ctx,
            MIG_STR("SELECT CAST(CAST(pg_catalog.has_database_privilege("
                    "pg_catalog.current_database(), 'TEMPORARY') AS pg_catalog.int4) AS "
                    "pg_catalog.int8), CAST(current_user AS pg_catalog.text), "
                    "CAST(pg_catalog.current_database() AS pg_catalog.text), pg_catalog.format("
                    "'GRANT TEMPORARY ON DATABASE %I TO %I', pg_catalog.current_database(), "
                    "current_user)"),
            NULL, 0, leave_row, &self, NULL))
        return false;
    if (self.given)
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE,
             "%.*s: role \"%.*s\" needs the privilege TEMPORARY on database \"%.*s\"", MIG_FMT(why),
             MIG_FMT(self.role), MIG_FMT(self.database));
    mig_hint(ctx, "The owner of the database gives it: %.*s.", MIG_FMT(self.grant));
    return false;
}

/* ---- the tables -------------------------------------------------------------------------- */

static bool number_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)n;
    *(int64_t *)arg = cols[0].type == MIG_INT ? cols[0].integer : 0;
    return true;
}

/* What tells it from another of its name; 0: there is none. */
static bool temp_id(mig_ctx *ctx, const mig_temp *temp, int64_t *id) {
    *id = 0;
    return mig_ctx_host(ctx)->engine != MIG_POSTGRESQL ||
           mig_sql_once(
               ctx,
               mig_str_format(ctx, "SELECT CAST(pg_catalog.to_regclass('%.*s') AS pg_catalog.int8)",
                              MIG_FMT(temp->name)),
               NULL, 0, number_row, id, NULL);
}

bool mig_temp_made(mig_ctx *ctx, mig_temp *temp) {
    temp->rows = 0;
    return temp_id(ctx, temp, &temp->id);
}

bool mig_temp_check(mig_ctx *ctx, const mig_temp *temp) {
    bool postgresql = mig_ctx_host(ctx)->engine == MIG_POSTGRESQL;
    int64_t id, rows = 0;

    if (!temp_id(ctx, temp, &id))
        return false;
    if (id == temp->id && !mig_sql_once(ctx,
                                        mig_str_format(ctx, "SELECT %s(*) FROM %.*s",
                                                       postgresql ? "pg_catalog.count" : "count",
                                                       MIG_FMT(temp->name)),
                                        NULL, 0, number_row, &rows, NULL))
        return false;
    if (id == temp->id && rows == temp->rows)
        return true;
    mig_fail(ctx, MIG_E_STATE, "temporary table \"%.*s\" was changed by something else",
             MIG_FMT(temp->name));
    mig_hint(ctx, "It belongs to the engine while a seed runs: do triggers or functions of the "
                  "tables in the seed touch it?");
    return false;
}
