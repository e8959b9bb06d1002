/*
 * seed_rows_value.c: the values of a row for its statements. References are looked up here; passwords are
 * hashed when it is known that they are needed, by who writes them.
 */
#include <string.h>

#include "cell.h"
#include "seed_rows_part.h"

/* ---- references -------------------------------------------------------------------------- */

typedef struct found {
    size_t n;
    mig_value value;
} found;

static bool found_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    found *f = arg;

    (void)n;
    if (f->n++ == 0) {
        f->value = cols[0];
        f->value.text = mig_str_copy(ctx, cols[0].text);
    }
    return mig_ctx_error(ctx) == NULL && f->n < 2;
}

static mig_str ref_text(mig_ctx *ctx, const mig_ref *ref) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_addf(&buf, "%.*s with ", MIG_FMT(ref->table));
    for (i = 0; i < ref->n_where; i++)
        mig_buf_addf(&buf, "%s%.*s=%.*s", i == 0 ? "" : ", ", MIG_FMT(ref->where[i].column),
                     MIG_FMT(mig_str_sub(ref->where[i].text, 0, 60)));
    return mig_buf_str(&buf);
}

static bool ref_condition(mig_ctx *ctx, mig_engine engine, const mig_field *field, size_t place,
                          bool is_null, mig_buf *buf) {
    mig_buf value = mig_buf_new(ctx);

    mig_buf_add_z(buf, place == 0 ? " WHERE " : " AND ");
    if (is_null) {
        mig_buf_addf(buf, "%.*s IS NULL", MIG_FMT(field->sql));
        return true;
    }
    mig_sql_param(&value, engine, place + 1, field->type);
    mig_sql_equal(buf, engine, field, field->sql, mig_buf_str(&value));
    return mig_ctx_error(ctx) == NULL;
}

/* SELECT column FROM table WHERE ...; values are the parameters. */
static mig_str ref_sql(mig_ctx *ctx, const mig_ref *ref, mig_value *values) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    mig_buf buf = mig_buf_new(ctx);
    mig_relation relation;
    size_t i, at;

    memset(&relation, 0, sizeof relation);
    if (!mig_ctx_host(ctx)->describe(ctx, ref->table, &relation))
        return (mig_str){NULL, 0};
    if (!relation.found) {
        mig_fail(ctx, MIG_E_DATA, "the table \"%.*s\" of a reference does not exist",
                 MIG_FMT(ref->table));
        return (mig_str){NULL, 0};
    }
    at = mig_field_find(engine, &relation, ref->column);
    for (i = 0; i <= ref->n_where; i++) {
        if (at == MIG_NONE) {
            mig_fail(ctx, MIG_E_DATA, "table \"%.*s\" has no column \"%.*s\"", MIG_FMT(ref->table),
                     MIG_FMT(i == 0 ? ref->column : ref->where[i - 1].column));
            return (mig_str){NULL, 0};
        }
        if (i == 0)
            mig_buf_addf(&buf, "SELECT %s%.*s%s FROM %.*s", engine == MIG_POSTGRESQL ? "CAST(" : "",
                         MIG_FMT(relation.fields[at].sql),
                         engine == MIG_POSTGRESQL ? " AS pg_catalog.text)" : "",
                         MIG_FMT(relation.sql));
        else if (!mig_cell_value(ctx, engine, &relation.fields[at], &ref->where[i - 1],
                                 &values[i - 1]) ||
                 !ref_condition(ctx, engine, &relation.fields[at], i - 1,
                                ref->where[i - 1].kind == MIG_CELL_NULL, &buf))
            return (mig_str){NULL, 0};
        if (i < ref->n_where)
            at = mig_field_find(engine, &relation, ref->where[i].column);
    }
    mig_buf_add_z(&buf, " LIMIT 2");
    return mig_buf_str(&buf);
}

/* Its statement is prepared each time: a data set has few of them. */
static bool ref_look(mig_ctx *ctx, const mig_ref *ref, found *f) {
    mig_value *params = mig_alloc_zero(ctx, ref->n_where + 1, sizeof *params);
    mig_str sql;

    memset(f, 0, sizeof *f);
    if (params == NULL)
        return false;
    sql = ref_sql(ctx, ref, params);
    return mig_sql_once(ctx, sql, params, ref->n_where, found_row, f, NULL);
}

static bool ref_value(mig_ctx *ctx, const mig_ref *ref, mig_value *value) {
    found f;

    if (!ref_look(ctx, ref, &f))
        return false;
    *value = f.value;
    if (f.n == 1)
        return true;
    mig_fail(ctx, MIG_E_DATA,
             f.n == 0 ? "a reference finds no row: %.*s" : "a reference finds several rows: %.*s",
             MIG_FMT(ref_text(ctx, ref)));
    mig_hint(ctx, "A reference must find one row that is there before this one is written: of the "
                  "database, of a seed this one depends on, or further up in the file.");
    return false;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool value_of(mig_ctx *ctx, const mig_field *field, const mig_cell *cell, mig_value *value) {
    memset(value, 0, sizeof *value);
    if (cell->kind == MIG_CELL_REF)
        return ref_value(ctx, cell->ref, value);
    if (cell->kind == MIG_CELL_PASSWORD)
        return true; /* made when it is known to be needed */
    return mig_cell_value(ctx, mig_ctx_host(ctx)->engine, field, cell, value);
}

bool mig_row_value(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, size_t place,
                   mig_value *value) {
    return value_of(ctx, mig_shape_field(shape, place), &row->cells[place], value);
}

bool mig_row_key_values(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, mig_value *values,
                        bool *known) {
    const mig_cell *cell;
    size_t i, at;
    found f;

    *known = true;
    for (i = 0; i < shape->n_key; i++) {
        at = shape->key[i];
        cell = &row->cells[at];
        if (cell->kind == MIG_CELL_REF && !ref_look(ctx, cell->ref, &f))
            return false;
        if (cell->kind == MIG_CELL_REF && f.n == 0)
            *known = false;
        else if (!value_of(ctx, mig_shape_field(shape, at), cell, &values[at]))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_row_values(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, mig_value *values) {
    size_t i;

    for (i = 0; i < row->n; i++)
        if (!value_of(ctx, mig_shape_field(shape, i), &row->cells[i], &values[i]))
            return false;
    return mig_ctx_error(ctx) == NULL;
}
