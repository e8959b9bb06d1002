/*
 * seed_rows_batch.c: many rows of a large CSV file a statement, where the host cannot copy.
 *
 * Rows are kept until there are enough of them; their texts are copied, because the reader gives its own
 * back. Into an empty table they are inserted by one statement. Else one statement counts those that
 * are in the table just as they are; only where that is not all of them, they go the way of single
 * rows, and so do the next ones, for where one row differs others do. What one row of a batch could
 * change for another (a key that only the database compares, rows that refer to each other) goes row
 * by row from the start. Any failure is that of the whole path: see seed_rows.h.
 */
#include <string.h>

#include "seed_rows_part.h"

#define ROWS_MOST 32
#define PARAMS_MOST 900 /* of a statement; SQLite's own limit was 999 once */
#define TEXT_ROOM ((size_t)256 * 1024)
#define SINGLE_ROWS 512 /* that go row by row behind a batch that was not all the same */

typedef struct mig_batch {
    mig_shape *shape; /* of all its rows; NULL: not known yet */
    size_t most, n;   /* rows; most 0: single rows only */
    mig_row *rows;
    mig_cell *cells; /* shape->n a row */
    mig_value *values;
    char *text;
    size_t text_n;
    size_t single; /* rows to come that go row by row */
    mig_prepared *full;
} mig_batch;

bool mig_batch_open(mig_ctx *ctx, mig_rows *self) {
    mig_batch *batch = mig_alloc_zero(ctx, 1, sizeof *batch);

    self->batch = batch;
    if (batch == NULL)
        return false;
    batch->rows = mig_alloc_zero(ctx, ROWS_MOST, sizeof *batch->rows);
    batch->cells = mig_alloc_zero(ctx, PARAMS_MOST, sizeof *batch->cells);
    batch->values = mig_alloc_zero(ctx, PARAMS_MOST, sizeof *batch->values);
    batch->text = mig_alloc(ctx, TEXT_ROOM);
    return mig_ctx_error(ctx) == NULL;
}

void mig_batch_close(mig_ctx *ctx, mig_rows *self) {
    if (self->batch == NULL)
        return;
    mig_ctx_host(ctx)->unprepare(ctx, self->batch->full);
    self->batch = NULL;
}

/* Within one statement a row may refer to one behind it. */
static bool refers_to_itself(const mig_relation *relation) {
    size_t i;

    for (i = 0; i < relation->n_referrers; i++)
        if (relation->referrers[i].same)
            return true;
    return false;
}

bool mig_batch_fits(const mig_rows *self, mig_shape *shape) {
    mig_batch *batch = self->batch;

    if (batch->shape == NULL) {
        batch->shape = shape;
        if (shape->unique && !shape->vague && self->mode != MIG_MODE_SYNC &&
            !shape->goal->relation.lenient && !refers_to_itself(&shape->goal->relation))
            batch->most = PARAMS_MOST / shape->n;
        if (batch->most > ROWS_MOST)
            batch->most = ROWS_MOST;
    }
    return batch->most > 1 && shape == batch->shape;
}

/* ---- statements -------------------------------------------------------------------------- */

/* (?1, ?2), (?3, ?4), ... */
static void tuples_add(mig_buf *buf, size_t rows, size_t columns) {
    size_t i;

    for (i = 0; i < rows * columns; i++)
        mig_buf_addf(buf, "%s?%zu%s",
                     i == 0             ? "("
                     : i % columns == 0 ? ", ("
                                        : ", ",
                     i + 1, (i + 1) % columns == 0 ? ")" : "");
}

static mig_str insert_sql(mig_ctx *ctx, const mig_shape *shape, size_t rows) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_addf(&buf, "INSERT INTO %.*s (", MIG_FMT(shape->goal->relation.sql));
    for (i = 0; i < shape->n; i++)
        mig_buf_addf(&buf, "%s%.*s", i == 0 ? "" : ", ", MIG_FMT(mig_shape_field(shape, i)->sql));
    mig_buf_add_z(&buf, ") VALUES ");
    tuples_add(&buf, rows, shape->n);
    return mig_buf_str(&buf);
}

static void condition_add(mig_ctx *ctx, mig_buf *buf, const mig_shape *shape, size_t place) {
    const mig_field *field = mig_shape_field(shape, place);
    mig_str stored = mig_str_format(ctx, "t.%.*s", MIG_FMT(field->sql)),
            given = mig_str_format(ctx, "s.c%zu", place + 1);

    if (shape->key_place[place])
        mig_sql_equal(buf, MIG_SQLITE, field, stored, given);
    else if (mig_shape_is_updated(shape, place))
        mig_sql_same(buf, MIG_SQLITE, field, stored, given);
    else
        mig_buf_add_z(buf, "true");
}

/* How many of the rows are in the table as they are. */
static mig_str count_sql(mig_ctx *ctx, const mig_shape *shape, size_t rows) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_add_z(&buf, "WITH s(");
    for (i = 0; i < shape->n; i++)
        mig_buf_addf(&buf, "%sc%zu", i == 0 ? "" : ", ", i + 1);
    mig_buf_add_z(&buf, ") AS (VALUES ");
    tuples_add(&buf, rows, shape->n);
    mig_buf_addf(&buf, ") SELECT count(*) FROM s CROSS JOIN %.*s t WHERE ",
                 MIG_FMT(shape->goal->relation.sql));
    for (i = 0; i < shape->n; i++) {
        mig_buf_add_z(&buf, i == 0 ? "" : " AND ");
        condition_add(ctx, &buf, shape, i);
    }
    return mig_buf_str(&buf);
}

static mig_prepared *statement_of(mig_ctx *ctx, const mig_batch *batch) {
    const mig_shape *shape = batch->shape;

    return mig_ctx_host(ctx)->prepare(ctx,
                                      shape->goal->empty ? insert_sql(ctx, shape, batch->n)
                                                         : count_sql(ctx, shape, batch->n),
                                      batch->n * shape->n);
}

/* ---- writing ----------------------------------------------------------------------------- */

static bool count_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)n;
    *(int64_t *)arg = cols[0].integer;
    return true;
}

static bool batch_run(mig_ctx *ctx, mig_batch *batch, int64_t *same, int64_t *inserted) {
    mig_host *host = mig_ctx_host(ctx);
    const mig_shape *shape = batch->shape;
    mig_prepared *statement;
    bool full = batch->n == batch->most, done;
    size_t i;

    for (i = 0; i < batch->n; i++)
        if (!mig_row_values(ctx, shape, &batch->rows[i], batch->values + i * shape->n))
            return false;
    if (full && batch->full == NULL)
        batch->full = statement_of(ctx, batch);
    statement = full ? batch->full : statement_of(ctx, batch);
    if (statement == NULL)
        return false;
    done = host->run(ctx, statement, batch->values, count_row, same, inserted);
    if (!full)
        host->unprepare(ctx, statement);
    return done;
}

static bool rows_single(mig_ctx *ctx, mig_rows *self, mig_batch *batch) {
    size_t i;

    batch->single = SINGLE_ROWS;
    for (i = 0; i < batch->n; i++)
        if (!mig_row_write(ctx, self, batch->shape, &batch->rows[i]))
            return false;
    return true;
}

bool mig_batch_flush(mig_ctx *ctx, mig_rows *self) {
    mig_batch *batch = self->batch;
    int64_t same = 0, inserted = 0;
    bool done;

    if (batch->n == 0)
        return true;
    self->line = 0;
    done = batch_run(ctx, batch, &same, &inserted);
    if (done && batch->shape->goal->empty)
        self->counts.inserted += inserted;
    else if (done && same == (int64_t)batch->n)
        self->counts.unchanged += same;
    else if (done)
        done = rows_single(ctx, self, batch);
    batch->n = 0;
    batch->text_n = 0;
    return done;
}

static void row_keep(mig_batch *batch, const mig_row *row) {
    mig_cell *cells = batch->cells + batch->n * row->n;
    char *to = batch->text + batch->text_n;
    size_t i;

    memcpy(cells, row->cells, row->n * sizeof *cells);
    for (i = 0; i < row->n; i++) {
        if (cells[i].text.n > 0)
            memcpy(to, cells[i].text.p, cells[i].text.n);
        cells[i].text.p = to;
        to += cells[i].text.n;
    }
    batch->text_n = (size_t)(to - batch->text);
    batch->rows[batch->n] = *row;
    batch->rows[batch->n++].cells = cells;
}

static size_t row_size(const mig_row *row) {
    size_t i, n = 0;

    for (i = 0; i < row->n; i++)
        n += row->cells[i].text.n;
    return n;
}

bool mig_batch_add(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row) {
    mig_batch *batch = self->batch;
    size_t size = row_size(row);

    if (batch->n > 0 && size > TEXT_ROOM - batch->text_n && !mig_batch_flush(ctx, self))
        return false;
    if (size > TEXT_ROOM || batch->single > 0) {
        batch->single -= batch->single > 0;
        return mig_row_write(ctx, self, shape, row);
    }
    row_keep(batch, row);
    return batch->n < batch->most || mig_batch_flush(ctx, self);
}
