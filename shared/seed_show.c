/*
 * seed_show.c: migrate_seed_show: the rows of a data set beside their state in the database.
 */
#include "command.h"

#include <string.h>

#include "seed_rows_part.h"
#include "password.h"
#include "value.h"

typedef struct show {
    mig_dataset_source source;
    mig_shapes shapes;
    mig_complaints complaints;
    bool lines; /* answer lines instead of rows */
} show;

typedef struct verdict {
    const mig_shape *shape;
    const mig_row *row;
    size_t n;
    mig_buf differs;
} verdict;

static void differs_add(verdict *v, size_t place) {
    if (v->differs.n > 0)
        mig_buf_add_z(&v->differs, ", ");
    mig_buf_add(&v->differs, v->row->cells[place].column);
}

/* A flag a place, then the hashes of passwords. */
static bool verdict_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    verdict *v = arg;
    const mig_shape *shape = v->shape;
    size_t i, k = shape->n;

    if (v->n++ > 0)
        return false;
    for (i = 0; i < shape->n; i++) {
        if (!shape->secret[i] && cols[i].integer == 0)
            differs_add(v, i);
        if (!shape->secret[i] || k >= n)
            continue;
        if (!shape->goal->frozen[shape->fields[i]] &&
            !mig_password_verify(ctx, v->row->cells[i].text, cols[k].text))
            differs_add(v, i);
        k++;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool row_answer(mig_ctx *ctx, const show *self, const verdict *v) {
    mig_value cols[6];
    mig_str key = mig_shape_key_text(ctx, v->shape, v->row), differs = mig_buf_str(&v->differs);
    const char *state = v->n == 0 ? "missing" : differs.n > 0 ? "differs" : "same";

    if (self->lines)
        return mig_answer(ctx, "%.*s (%.*s): %s%s%.*s", MIG_FMT(v->row->table), MIG_FMT(key), state,
                          differs.n > 0 ? ": " : "", MIG_FMT(differs));
    cols[0] = mig_value_text(v->row->table);
    cols[1] = mig_value_int((int64_t)v->row->number);
    cols[2] = mig_value_int(v->row->line);
    cols[3] = mig_value_text(key);
    cols[4] = mig_value_text(mig_str_of(state));
    cols[5] = mig_value_text(differs);
    return mig_ctx_host(ctx)->row(ctx, cols, 6);
}

/* The values; a reference that finds nothing is no value: *known is false where it is in the key. */
static bool values_look(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, mig_value *values,
                        bool *known) {
    mig_error error;
    size_t i;

    *known = true;
    for (i = 0; i < row->n; i++) {
        if (mig_row_value(ctx, shape, row, i, &values[i]))
            continue;
        if (mig_ctx_error(ctx)->code != MIG_E_DATA)
            return false;
        mig_take_error(ctx, &error);
        values[i] = (mig_value){MIG_NULL, {NULL, 0}, 0};
        *known = *known && !shape->key_place[i];
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool row_show(mig_ctx *ctx, show *self, const mig_row *row) {
    mig_host *host = mig_ctx_host(ctx);
    mig_value *values = mig_alloc_zero(ctx, row->n + 1, sizeof *values);
    mig_shape *shape = mig_shape_of(ctx, &self->shapes, row, &self->complaints);
    bool known;
    verdict v;

    if (values == NULL || shape == NULL)
        return mig_complaints_raise(ctx, &self->complaints, "") && shape == NULL;
    memset(&v, 0, sizeof v);
    v.shape = shape;
    v.row = row;
    v.differs = mig_buf_new(ctx);
    if (shape->find == NULL)
        shape->find = host->prepare(ctx, mig_shape_find_sql(ctx, shape, true), row->n);
    if (shape->find == NULL || !values_look(ctx, shape, row, values, &known) ||
        (known && !host->run(ctx, shape->find, values, verdict_row, &v, NULL)))
        return false;
    return mig_ctx_error(ctx) == NULL && row_answer(ctx, self, &v) && host->interrupted(ctx);
}

static bool rows_show(mig_ctx *ctx, show *self) {
    mig_dataset *dataset;
    mig_item item;
    mig_row row;

    if (!mig_shapes_open(ctx, self->source.seed, &self->shapes, NULL))
        return false;
    dataset = mig_source_open(ctx, &self->source, &self->complaints);
    if (dataset == NULL)
        return false;
    while (mig_dataset_next(ctx, dataset, &item, &row) && item != MIG_ITEM_END)
        if (item == MIG_ITEM_ROW && !row_show(ctx, self, &row))
            return false;
    mig_dataset_close(ctx, dataset);
    mig_shapes_close(ctx, &self->shapes);
    return mig_complaints_raise(ctx, &self->complaints, "");
}

static bool seed_show(mig_ctx *ctx, const mig_value *args, size_t n_args, bool lines) {
    const mig_seed *seed;
    mig_seeds seeds;
    mig_str name;
    show self;

    memset(&self, 0, sizeof self);
    self.lines = lines;
    if (!mig_arg_required(ctx, "migrate_seed_show", "name", args, n_args, 0, &name) ||
        !mig_seeds_read(ctx, MIG_SNAPSHOT_CALLER, &seeds))
        return false;
    seed = mig_seeds_get(ctx, &seeds, mig_str_trim(name));
    if (seed == NULL || !mig_seed_check_there(ctx, seed))
        return false;
    if (seed->format == MIG_FORMAT_SQL) {
        mig_fail(ctx, MIG_E_ARGUMENT, "seed \"%.*s\" is SQL: it has no rows to show",
                 MIG_FMT(seed->name));
        mig_hint(ctx, "SELECT * FROM migrate_seed_list() says of each seed what it is.");
        return false;
    }
    if (!mig_dataset_source_of(ctx, seed, &self.source))
        return false;
    self.source.as_is = true;
    return rows_show(ctx, &self);
}

MIG_COMMAND(mig_cmd_seed_show) {
    return seed_show(ctx, args, n_args, false);
}

MIG_COMMAND(mig_cmd_seed_show_lines) {
    return seed_show(ctx, args, n_args, true);
}
