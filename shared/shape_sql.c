/*
 * shape_sql.c: the statements of a shape: see shape.h.
 *
 * Parameter i + 1 ($1 under PostgreSQL, ?1 in SQLite) is the value at place i of the row. Under
 * PostgreSQL every parameter is a text: it is cast to the full type of its column where it is compared
 * (so that 1.234 for a numeric(5,2) is the 1.23 that was stored), and to the type without modifiers
 * where it is stored (so that what does not fit is refused, not cut).
 */
#include "shape.h"

void mig_sql_param(mig_buf *buf, mig_engine engine, size_t number, mig_str type) {
    if (engine == MIG_POSTGRESQL)
        mig_buf_addf(buf, "CAST($%zu AS %.*s)", number, MIG_FMT(type));
    else
        mig_buf_addf(buf, "?%zu", number);
}

void mig_sql_equal(mig_buf *buf, mig_engine engine, const mig_field *field, mig_str a, mig_str b) {
    if (engine == MIG_POSTGRESQL && field->equal.n == 0)
        mig_buf_addf(buf,
                     "CAST(%.*s AS pg_catalog.text) OPERATOR(pg_catalog.=) CAST(%.*s AS "
                     "pg_catalog.text)",
                     MIG_FMT(a), MIG_FMT(b));
    else if (engine == MIG_POSTGRESQL)
        mig_buf_addf(buf, "%.*s %.*s %.*s", MIG_FMT(a), MIG_FMT(field->equal), MIG_FMT(b));
    else
        mig_buf_addf(buf, "%.*s = %.*s", MIG_FMT(a), MIG_FMT(b));
}

/* A change of case is a change, whatever the collation of the column. */
void mig_sql_same(mig_buf *buf, mig_engine engine, const mig_field *field, mig_str a, mig_str b) {
    if (engine == MIG_SQLITE) {
        mig_buf_addf(buf, "(%.*s IS %.*s COLLATE BINARY)", MIG_FMT(a), MIG_FMT(b));
        return;
    }
    mig_buf_add_z(buf, "(COALESCE(");
    if (field->loose)
        mig_buf_addf(buf,
                     "CAST(%.*s AS pg_catalog.text) COLLATE pg_catalog.\"C\" "
                     "OPERATOR(pg_catalog.=) CAST(%.*s AS pg_catalog.text)",
                     MIG_FMT(a), MIG_FMT(b));
    else
        mig_sql_equal(buf, engine, field, a, b);
    mig_buf_addf(buf, ", false) OR (%.*s IS NULL AND %.*s IS NULL))", MIG_FMT(a), MIG_FMT(b));
}

static void where_key(mig_ctx *ctx, mig_buf *buf, const mig_shape *shape) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    const mig_field *field;
    mig_buf value;
    size_t i;

    for (i = 0; i < shape->n_key; i++) {
        field = mig_shape_field(shape, shape->key[i]);
        value = mig_buf_new(ctx);
        mig_sql_param(&value, engine, shape->key[i] + 1, field->type);
        mig_buf_add_z(buf, i == 0 ? " WHERE " : " AND ");
        mig_sql_equal(buf, engine, field, field->sql, mig_buf_str(&value));
    }
}

static void same_add(mig_ctx *ctx, mig_buf *buf, const mig_shape *shape, size_t place) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    const mig_field *field = mig_shape_field(shape, place);
    mig_buf value = mig_buf_new(ctx);

    mig_sql_param(&value, engine, place + 1, field->type);
    mig_sql_same(buf, engine, field, field->sql, mig_buf_str(&value));
}

/* Is the value at the place compared to tell whether a row differs? Not what is never updated. */
static bool is_compared(const mig_shape *shape, size_t place) {
    return mig_shape_is_updated(shape, place) && !shape->secret[place];
}

static void flags_add(mig_ctx *ctx, mig_buf *buf, const mig_shape *shape) {
    size_t i;

    for (i = 0; i < shape->n; i++) {
        mig_buf_add_z(buf, i == 0 ? "" : ", ");
        if (!is_compared(shape, i)) {
            mig_buf_add_char(buf, '1');
            continue;
        }
        mig_buf_add_z(buf, "CASE WHEN ");
        same_add(ctx, buf, shape, i);
        mig_buf_add_z(buf, " THEN 1 ELSE 0 END");
    }
}

static void verdict_add(mig_ctx *ctx, mig_buf *buf, const mig_shape *shape) {
    size_t i, n = 0;

    mig_buf_add_z(buf, "CASE WHEN ");
    for (i = 0; i < shape->n; i++) {
        if (!is_compared(shape, i))
            continue;
        mig_buf_add_z(buf, n++ == 0 ? "" : " AND ");
        same_add(ctx, buf, shape, i);
    }
    mig_buf_add_z(buf, n == 0 ? "true THEN 1 ELSE 0 END" : " THEN 1 ELSE 0 END");
}

mig_str mig_shape_find_sql(mig_ctx *ctx, const mig_shape *shape, bool flags) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_add_z(&buf, "SELECT ");
    if (flags)
        flags_add(ctx, &buf, shape);
    else
        verdict_add(ctx, &buf, shape);
    for (i = 0; i < shape->n; i++)
        if (shape->secret[i])
            mig_buf_addf(&buf, ", CAST(%.*s AS %s)", MIG_FMT(mig_shape_field(shape, i)->sql),
                         mig_ctx_host(ctx)->engine == MIG_POSTGRESQL ? "pg_catalog.text" : "text");
    mig_buf_addf(&buf, " FROM %.*s", MIG_FMT(shape->goal->relation.sql));
    where_key(ctx, &buf, shape);
    mig_buf_add_z(&buf, " LIMIT 2");
    return mig_buf_str(&buf);
}

/* Said only where it must be: it goes for the statements of triggers as well. */
static const char *conflict_policy(const mig_shape *shape) {
    return shape->goal->relation.lenient ? " OR ABORT" : "";
}

mig_str mig_shape_insert_sql(mig_ctx *ctx, const mig_shape *shape) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_addf(&buf, "INSERT%s INTO %.*s (", conflict_policy(shape),
                 MIG_FMT(shape->goal->relation.sql));
    for (i = 0; i < shape->n; i++)
        mig_buf_addf(&buf, "%s%.*s", i == 0 ? "" : ", ", MIG_FMT(mig_shape_field(shape, i)->sql));
    mig_buf_add_z(&buf, mig_shape_is_overriding(shape) ? ") OVERRIDING SYSTEM VALUE VALUES ("
                                                       : ") VALUES (");
    for (i = 0; i < shape->n; i++) {
        mig_buf_add_z(&buf, i == 0 ? "" : ", ");
        mig_sql_param(&buf, engine, i + 1, mig_shape_field(shape, i)->storage);
    }
    mig_buf_add_char(&buf, ')');
    return mig_buf_str(&buf);
}

mig_str mig_shape_update_sql(mig_ctx *ctx, const mig_shape *shape) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    mig_buf buf = mig_buf_new(ctx);
    size_t i, n = 0;

    mig_buf_addf(&buf, "UPDATE%s %.*s", conflict_policy(shape), MIG_FMT(shape->goal->relation.sql));
    for (i = 0; i < shape->n; i++) {
        if (!mig_shape_is_updated(shape, i))
            continue;
        mig_buf_addf(&buf, "%s%.*s = ", n++ == 0 ? " SET " : ", ",
                     MIG_FMT(mig_shape_field(shape, i)->sql));
        mig_sql_param(&buf, engine, i + 1, mig_shape_field(shape, i)->storage);
    }
    if (n == 0)
        return (mig_str){"", 0};
    where_key(ctx, &buf, shape);
    return mig_buf_str(&buf);
}
