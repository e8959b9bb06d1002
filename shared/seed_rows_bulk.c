/*
 * seed_rows_bulk.c: the bulk path of seed_rows.h: a large CSV file through the host's copy.
 *
 * Into an empty table with a unique key: straight. Else into a temporary table, from which a few
 * statements over all rows do what the row path does row by row. Whatever it cannot do (a doubled
 * key, a value that does not fit, a missing privilege for temporary tables) is an error, after which
 * the caller takes the other path.
 */
#include <string.h>

#include "cell.h"
#include "seed_rows_part.h"

#define LARGE_LEAST 1000 /* rows; below it the row path is as fast */
#define PROGRESS_BYTES ((uint64_t)1024 * 1024)
#define STAGE "pg_temp.migrate_rows"
#define WORK "pg_temp.migrate_work"

typedef struct bulk {
    mig_rows *merge;
    mig_goal *goal;
    mig_shape *shape;
    mig_str *columns; /* plain names, by place */
    mig_row row;      /* the first, read before the copy */
    mig_temp stage, work;
    bool first;
    mig_input *input; /* of a plain file */
    uint64_t noted;   /* bytes of it when the progress was told */
} bulk;

bool mig_rows_is_large(const mig_dataset_source *source) {
    return source->seed->format == MIG_FORMAT_CSV && source->seed->rows >= LARGE_LEAST;
}

/* ---- rows -------------------------------------------------------------------------------- */

static bool bulk_read(mig_ctx *ctx, bulk *self, bool *end) {
    mig_item item;

    do {
        if (!mig_dataset_next(ctx, self->merge->dataset, &item, &self->row))
            return false;
    } while (item == MIG_ITEM_TABLE);
    *end = item == MIG_ITEM_END;
    return !*end || mig_complaints_raise(ctx, &self->merge->complaints, "");
}

/* All rows of a CSV file have the shape of the first. */
static bool bulk_next(mig_ctx *ctx, void *arg, mig_value *values, bool *end) {
    bulk *self = arg;
    const mig_shape *shape = self->shape;
    mig_engine engine = mig_ctx_host(ctx)->engine;
    size_t i;

    *end = false;
    if (!self->first && (!bulk_read(ctx, self, end) || *end))
        return mig_ctx_error(ctx) == NULL;
    self->first = false;
    for (i = 0; i < shape->n; i++)
        if (!mig_cell_value(ctx, engine, mig_shape_field(shape, i), &self->row.cells[i],
                            &values[i]))
            return false;
    return ++self->merge->rows % 16384 != 0 || mig_rows_progress(ctx, self->merge);
}

/* How many rows that was is only known of the whole. */
static bool bulk_progress(mig_ctx *ctx, bulk *self) {
    const mig_rows_facts *facts = self->merge->facts;
    uint64_t read = mig_input_count(self->input);

    if (read - self->noted < PROGRESS_BYTES || facts->form.bytes == 0)
        return true;
    self->noted = read;
    self->merge->rows =
        (uint64_t)((double)facts->rows * ((double)read / (double)facts->form.bytes));
    return mig_rows_progress(ctx, self->merge);
}

/* The bytes of a plain file, as they are. */
static bool bulk_bytes(mig_ctx *ctx, void *arg, void *buffer, size_t room, size_t *got) {
    bulk *self = arg;

    return mig_input_read(ctx, self->input, buffer, room, got) && bulk_progress(ctx, self);
}

static bool head_skip(mig_ctx *ctx, bulk *self) {
    uint64_t rest = self->merge->facts->form.head;
    char some[512];
    size_t got = 1;

    for (; rest > 0 && got > 0; rest -= got)
        if (!mig_input_read(ctx, self->input, some, rest < sizeof some ? (size_t)rest : sizeof some,
                            &got))
            return false;
    return true;
}

/* What was checked needs no reading by ourselves, if the database reads CSV as we do. */
static bool copy_plain(mig_ctx *ctx, bulk *self, mig_str table, int64_t *rows) {
    bool done;

    self->input = mig_source_input(ctx, self->merge->source);
    if (self->input == NULL || !head_skip(ctx, self))
        return false;
    done = mig_ctx_host(ctx)->copy_csv(ctx, table, self->columns, self->shape->n, bulk_bytes, self,
                                       rows) &&
           mig_rows_trust(ctx, self->merge, mig_input_sum(self->input));
    mig_input_close(ctx, self->input);
    return done;
}

static bool bulk_copy(mig_ctx *ctx, bulk *self, mig_str table, int64_t *rows) {
    if (self->merge->facts->form.plain)
        return copy_plain(ctx, self, table, rows);
    return mig_ctx_host(ctx)->copy(ctx, table, self->columns, self->shape->n, bulk_next, self,
                                   rows) &&
           mig_rows_trust(ctx, self->merge, mig_dataset_form_of(self->merge->dataset).sum);
}

/* ---- statements over all rows ------------------------------------------------------------ */

static mig_str column_of(mig_ctx *ctx, const char *alias, const mig_field *field) {
    return mig_str_format(ctx, "%s.%.*s", alias, MIG_FMT(field->sql));
}

static void keys_equal(mig_ctx *ctx, const bulk *self, mig_buf *buf) {
    const mig_field *field;
    size_t i;

    for (i = 0; i < self->shape->n_key; i++) {
        field = mig_shape_field(self->shape, self->shape->key[i]);
        mig_buf_add_z(buf, i == 0 ? "" : " AND ");
        mig_sql_equal(buf, MIG_POSTGRESQL, field, column_of(ctx, "t", field),
                      column_of(ctx, "s", field));
    }
}

/* All that is updated is the same. */
static void rows_same(mig_ctx *ctx, const bulk *self, mig_buf *buf) {
    const mig_field *field;
    size_t i, n = 0;

    for (i = 0; i < self->shape->n; i++) {
        if (!mig_shape_is_updated(self->shape, i))
            continue;
        field = mig_shape_field(self->shape, i);
        mig_buf_add_z(buf, n++ == 0 ? "" : " AND ");
        mig_sql_same(buf, MIG_POSTGRESQL, field, column_of(ctx, "t", field),
                     column_of(ctx, "s", field));
    }
    if (n == 0)
        mig_buf_add_z(buf, "true");
}

static void columns_add(const bulk *self, mig_buf *buf, const char *alias) {
    size_t i;

    for (i = 0; i < self->shape->n; i++)
        mig_buf_addf(buf, "%s%s%.*s", i == 0 ? "" : ", ", alias,
                     MIG_FMT(mig_shape_field(self->shape, i)->sql));
}

static bool stage_make(mig_ctx *ctx, bulk *self) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, "CREATE TEMPORARY TABLE migrate_rows ON COMMIT DROP AS SELECT ");
    columns_add(self, &buf, "");
    mig_buf_addf(&buf, " FROM %.*s WITH NO DATA", MIG_FMT(self->goal->relation.sql));
    self->stage.name = MIG_STR(STAGE);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, NULL, NULL, NULL) &&
           mig_temp_made(ctx, &self->stage);
}

static bool stage_drop(mig_ctx *ctx) {
    return mig_sql_once(ctx, MIG_STR("DROP TABLE " STAGE ", " WORK), NULL, 0, NULL, NULL, NULL);
}

typedef struct numbers {
    int64_t items[2];
    bool any;
} numbers;

static bool numbers_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    numbers *to = arg;
    size_t i;

    (void)ctx;
    to->any = true;
    for (i = 0; i < n && i < 2; i++)
        to->items[i] = cols[i].integer;
    return true;
}

static bool keys_doubled(mig_ctx *ctx, const bulk *self, mig_str table) {
    mig_buf buf = mig_buf_new(ctx);
    numbers found;
    size_t i;

    memset(&found, 0, sizeof found);
    mig_buf_addf(&buf, "SELECT 1 FROM %.*s GROUP BY ", MIG_FMT(table));
    for (i = 0; i < self->shape->n_key; i++)
        mig_buf_addf(&buf, "%s%.*s", i == 0 ? "" : ", ",
                     MIG_FMT(mig_shape_field(self->shape, self->shape->key[i])->sql));
    mig_buf_add_z(&buf, " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 LIMIT 1");
    if (!mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, numbers_row, &found, NULL))
        return false;
    return !found.any || mig_fail(ctx, MIG_E_DATA, "a key is doubled");
}

/* The rows that are missing or differ, each with whether it was found. */
static bool work_make(mig_ctx *ctx, bulk *self) {
    mig_buf buf = mig_buf_new(ctx);
    mig_str key = column_of(ctx, "t", mig_shape_field(self->shape, self->shape->key[0]));

    mig_buf_add_z(&buf, "CREATE TEMPORARY TABLE migrate_work ON COMMIT DROP AS SELECT ");
    columns_add(self, &buf, "s.");
    mig_buf_addf(&buf, ", %.*s IS NOT NULL AS migrate_found FROM " STAGE " s LEFT JOIN %.*s t ON ",
                 MIG_FMT(key), MIG_FMT(self->goal->relation.sql));
    keys_equal(ctx, self, &buf);
    mig_buf_addf(&buf, " WHERE %.*s IS NULL OR NOT (", MIG_FMT(key));
    rows_same(ctx, self, &buf);
    mig_buf_add_char(&buf, ')');
    self->work.name = MIG_STR(WORK);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, NULL, NULL, NULL) &&
           mig_temp_made(ctx, &self->work);
}

/* How many rows are missing, and how many differ. */
static bool work_count(mig_ctx *ctx, numbers *count) {
    mig_buf buf = mig_buf_new(ctx);

    memset(count, 0, sizeof *count);
    mig_buf_add_z(&buf, "SELECT pg_catalog.count(*) FILTER (WHERE NOT migrate_found), "
                        "pg_catalog.count(*) FILTER (WHERE migrate_found) FROM " WORK);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, numbers_row, count, NULL);
}

static bool work_update(mig_ctx *ctx, const bulk *self, int64_t *updated) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i, n = 0;

    mig_buf_addf(&buf, "UPDATE %.*s t SET ", MIG_FMT(self->goal->relation.sql));
    for (i = 0; i < self->shape->n; i++)
        if (mig_shape_is_updated(self->shape, i))
            mig_buf_addf(&buf, "%s%.*s = s.%.*s", n++ == 0 ? "" : ", ",
                         MIG_FMT(mig_shape_field(self->shape, i)->sql),
                         MIG_FMT(mig_shape_field(self->shape, i)->sql));
    mig_buf_add_z(&buf, " FROM " WORK " s WHERE s.migrate_found AND ");
    keys_equal(ctx, self, &buf);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, NULL, NULL, updated);
}

static bool work_insert(mig_ctx *ctx, const bulk *self, int64_t *inserted) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_addf(&buf, "INSERT INTO %.*s (", MIG_FMT(self->goal->relation.sql));
    columns_add(self, &buf, "");
    mig_buf_addf(&buf, ")%s SELECT ",
                 mig_shape_is_overriding(self->shape) ? " OVERRIDING SYSTEM VALUE" : "");
    columns_add(self, &buf, "s.");
    mig_buf_add_z(&buf, " FROM " WORK " s WHERE NOT s.migrate_found");
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, NULL, NULL, inserted);
}

/* Neither side may have a key twice: a row would be found several times. */
static bool stage_merge(mig_ctx *ctx, bulk *self, int64_t rows) {
    mig_counts *counts = &self->merge->counts;
    bool updates = self->merge->mode != MIG_MODE_INSERT;
    numbers work;

    if ((self->shape->vague && !keys_doubled(ctx, self, MIG_STR(STAGE))) ||
        (!self->shape->unique && !keys_doubled(ctx, self, self->goal->relation.sql)) ||
        !work_make(ctx, self) || !work_count(ctx, &work))
        return false;
    self->work.rows = work.items[0] + work.items[1];
    counts->differing = updates ? 0 : work.items[1];
    counts->unchanged = rows - work.items[0] - (updates ? work.items[1] : 0);
    return (!updates || work.items[1] == 0 || work_update(ctx, self, &counts->updated)) &&
           (work.items[0] == 0 ||
            (mig_temp_check(ctx, &self->work) && work_insert(ctx, self, &counts->inserted)));
}

/* ---- the data set ------------------------------------------------------------------------ */

static bool bulk_staged(mig_ctx *ctx, bulk *self) {
    mig_rows *merge = self->merge;
    mig_keys keys;

    if (!stage_make(ctx, self) || !bulk_copy(ctx, self, self->stage.name, &self->stage.rows) ||
        !stage_merge(ctx, self, self->stage.rows))
        return false;
    if (merge->mode == MIG_MODE_SYNC && (!mig_keys_open(ctx, &keys, &merge->shapes) ||
                                         !mig_keys_borrow(ctx, &keys, self->shape, &self->stage) ||
                                         !mig_keys_remove_others(ctx, &keys, &merge->counts)))
        return false;
    return stage_drop(ctx);
}

static bool bulk_start(mig_ctx *ctx, bulk *self) {
    mig_rows *merge = self->merge;
    size_t i, most = 0;

    for (i = 0; i < merge->shapes.n_goals; i++)
        most = merge->shapes.goals[i].relation.n_fields;
    self->columns = mig_alloc_zero(ctx, most + 1, sizeof *self->columns);
    merge->dataset =
        self->columns == NULL ? NULL : mig_source_open(ctx, merge->source, &merge->complaints);
    return merge->dataset != NULL;
}

static bool bulk_first(mig_ctx *ctx, bulk *self, bool *end) {
    mig_rows *merge = self->merge;
    size_t i;

    if (!bulk_read(ctx, self, end) || *end)
        return mig_ctx_error(ctx) == NULL;
    self->shape = mig_shape_of(ctx, &merge->shapes, &self->row, &merge->complaints);
    if (self->shape == NULL)
        return mig_complaints_raise(ctx, &merge->complaints, "") &&
               mig_fail(ctx, MIG_E_DATA, "the table is not what it was");
    self->goal = self->shape->goal;
    self->first = true;
    for (i = 0; i < self->shape->n; i++)
        self->columns[i] = mig_shape_field(self->shape, i)->name;
    return true;
}

bool mig_rows_bulk(mig_ctx *ctx, void *arg) {
    mig_host *host = mig_ctx_host(ctx);
    mig_rows *merge = arg;
    bool end = false;
    bulk self;

    memset(&self, 0, sizeof self);
    memset(&merge->counts, 0, sizeof merge->counts);
    self.merge = merge;
    if (!mig_shapes_open(ctx, merge->source->seed, &merge->shapes, NULL) ||
        !bulk_start(ctx, &self) || !bulk_first(ctx, &self, &end))
        return false;
    if (end)
        return mig_fail(ctx, MIG_E_DATA, "no rows");
    if (!mig_goal_look(ctx, self.goal) ||
        !(self.goal->empty && self.shape->unique
              ? bulk_copy(ctx, &self, self.goal->relation.sql, &merge->counts.inserted)
              : bulk_staged(ctx, &self)))
        return false;
    mig_dataset_close(ctx, merge->dataset);
    return (host->advance == NULL || host->advance(ctx, &self.goal->relation, self.goal->given)) &&
           host->check_deferred(ctx);
}
