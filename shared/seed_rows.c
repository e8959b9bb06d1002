/*
 * seed_rows.c: the row path of seed_rows.h: row by row, look up by key, insert, update or leave. And clear.
 *
 * What a row needs is given back by the reader before the next one (dataset.h); statements belong to
 * the host (shape.h). The row that is being written is noted, so that an error of the database, which
 * may leave by a jump, can be given its place by who catches it.
 */
#include "seed_rows.h"

#include <string.h>

#include "seed_rows_part.h"
#include "password.h"

/* ---- looking a row up -------------------------------------------------------------------- */

typedef struct look {
    size_t n;
    bool same;
    const mig_row *row;
    mig_str *hashes; /* by place */
} look;

static bool look_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    look *l = arg;
    size_t i, k = 1;

    if (l->n++ > 0)
        return false;
    l->same = cols[0].type == MIG_INT && cols[0].integer == 1;
    for (i = 0; i < l->row->n && k < n; i++)
        if (l->row->cells[i].kind == MIG_CELL_PASSWORD)
            l->hashes[i] = mig_str_copy(ctx, cols[k++].text);
    return mig_ctx_error(ctx) == NULL;
}

static bool row_look(mig_ctx *ctx, mig_shape *shape, const mig_row *row, const mig_value *values,
                     look *l) {
    mig_host *host = mig_ctx_host(ctx);

    memset(l, 0, sizeof *l);
    l->row = row;
    l->hashes = mig_alloc_zero(ctx, row->n, sizeof *l->hashes);
    if (shape->find == NULL)
        shape->find = host->prepare(ctx, mig_shape_find_sql(ctx, shape, false), row->n);
    if (l->hashes == NULL || shape->find == NULL ||
        !host->run(ctx, shape->find, values, look_row, l, NULL))
        return false;
    if (l->n < 2)
        return true;
    mig_fail(ctx, MIG_E_DATA, "several rows of table \"%.*s\" have the key %.*s",
             MIG_FMT(shape->goal->relation.name), MIG_FMT(mig_shape_key_text(ctx, shape, row)));
    mig_hint(ctx, "The key of a data set must tell the rows of the table apart.");
    return false;
}

/* Which passwords do not fit their stored hash any more? Those that do keep it. */
static bool passwords_differ(mig_ctx *ctx, const mig_shape *shape, const mig_row *row,
                             const look *l, mig_value *values) {
    bool differ = false;
    size_t i;

    for (i = 0; i < row->n; i++) {
        if (row->cells[i].kind != MIG_CELL_PASSWORD)
            continue;
        if (!shape->goal->frozen[shape->fields[i]] &&
            !mig_password_verify(ctx, row->cells[i].text, l->hashes[i]))
            differ = true;
        else
            values[i] = (mig_value){MIG_TEXT, l->hashes[i], 0};
    }
    return differ;
}

/* ---- writing a row ----------------------------------------------------------------------- */

static bool passwords_hash(mig_ctx *ctx, const mig_row *row, mig_value *values) {
    size_t i;

    for (i = 0; i < row->n; i++) {
        if (row->cells[i].kind != MIG_CELL_PASSWORD || values[i].type == MIG_TEXT)
            continue;
        values[i].type = MIG_TEXT;
        values[i].text = mig_password_hash(ctx, row->cells[i].text, MIG_STR(""));
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool row_insert(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row,
                       mig_value *values) {
    mig_host *host = mig_ctx_host(ctx);
    int64_t changed = 0;

    if (shape->insert == NULL)
        shape->insert = host->prepare(ctx, mig_shape_insert_sql(ctx, shape), row->n);
    if (shape->insert == NULL || !passwords_hash(ctx, row, values) ||
        !host->run(ctx, shape->insert, values, NULL, NULL, &changed))
        return false;
    self->counts.inserted += changed; /* a trigger may keep a row out */
    return true;
}

static bool row_update(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row,
                       mig_value *values) {
    mig_host *host = mig_ctx_host(ctx);
    int64_t changed = 0;
    mig_str sql;

    if (shape->update == NULL) {
        sql = mig_shape_update_sql(ctx, shape);
        shape->update = sql.n == 0 ? NULL : host->prepare(ctx, sql, row->n);
    }
    if (shape->update == NULL || !passwords_hash(ctx, row, values) ||
        !host->run(ctx, shape->update, values, NULL, NULL, &changed))
        return false;
    self->counts.updated += changed;
    return true;
}

static bool row_existing(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row,
                         const look *l, mig_value *values) {
    bool same = l->same;

    if (self->mode != MIG_MODE_INSERT && passwords_differ(ctx, shape, row, l, values))
        same = false;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!same && self->mode != MIG_MODE_INSERT)
        return row_update(ctx, self, shape, row, values);
    self->counts.unchanged++;
    if (!same)
        self->counts.differing++;
    return true;
}

/* Could the file have the key twice without anybody having seen it? In an empty table a unique key
   tells. */
static bool key_is_doubtful(const mig_rows *self, const mig_shape *shape) {
    return shape->vague && !(shape->goal->empty && shape->unique) &&
           mig_keys_fit(self->keys, shape);
}

static void place_note(mig_rows *self, const mig_row *row) {
    self->line = row->line;
    self->number = row->number;
    self->table = row->table;
}

bool mig_row_write(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row) {
    mig_value *values = mig_alloc(ctx, (row->n + 1) * sizeof *values);
    look l;

    place_note(self, row);
    if (values == NULL || !mig_row_values(ctx, shape, row, values))
        return false;
    if ((self->mode == MIG_MODE_SYNC || key_is_doubtful(self, shape)) &&
        !mig_keys_add(ctx, self->keys, shape, values))
        return false;
    if (shape->goal->empty && shape->unique)
        return row_insert(ctx, self, shape, row, values);
    if (!row_look(ctx, shape, row, values, &l))
        return false;
    return l.n == 0 ? row_insert(ctx, self, shape, row, values)
                    : row_existing(ctx, self, shape, row, &l, values);
}

/* ---- what all paths do ------------------------------------------------------------------- */

bool mig_sql_once(mig_ctx *ctx, mig_str sql, const mig_value *params, size_t n_params,
                  mig_row_fn row, void *arg, int64_t *changed) {
    mig_host *host = mig_ctx_host(ctx);
    mig_prepared *prepared;
    bool ok;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    prepared = host->prepare(ctx, sql, n_params);
    if (prepared == NULL)
        return false;
    ok = host->run(ctx, prepared, params, row, arg, changed);
    host->unprepare(ctx, prepared);
    return ok;
}

static bool some_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)cols;
    (void)n;
    *(bool *)arg = false;
    return true;
}

bool mig_goal_look(mig_ctx *ctx, mig_goal *goal) {
    goal->empty = true;
    return mig_sql_once(
        ctx, mig_str_format(ctx, "SELECT 1 FROM %.*s LIMIT 1", MIG_FMT(goal->relation.sql)), NULL,
        0, some_row, &goal->empty, NULL);
}

bool mig_rows_progress(mig_ctx *ctx, const mig_rows *self) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->progress_rows == NULL)
        return true;
    return host->progress_rows(ctx, (size_t)self->rows);
}

bool mig_rows_trust(mig_ctx *ctx, const mig_rows *self, uint64_t sum) {
    return sum == self->facts->form.sum || mig_source_changed(ctx, self->source);
}

/* ---- the data set ------------------------------------------------------------------------ */

/* Cancel and progress, every so often. */
static bool row_breathe(mig_ctx *ctx, mig_rows *self) {
    if (++self->rows % 256 != 0)
        return true;
    if (!mig_ctx_host(ctx)->interrupted(ctx))
        return false;
    return self->rows % 16384 != 0 || mig_rows_progress(ctx, self);
}

static bool row_take(mig_ctx *ctx, mig_rows *self, const mig_row *row) {
    mig_complaints list;
    mig_shape *shape;

    memset(&list, 0, sizeof list);
    place_note(self, row);
    shape = mig_shape_of(ctx, &self->shapes, row, &list);
    if (shape == NULL)
        return mig_complaints_raise(ctx, &list, "") &&
               mig_fail(ctx, MIG_E_DATA, "table \"%.*s\" is not what it was when the seed was read",
                        MIG_FMT(row->table));
    return (self->batched && mig_batch_fits(self, shape) ? mig_batch_add(ctx, self, shape, row)
                                                         : mig_row_write(ctx, self, shape, row)) &&
           row_breathe(ctx, self);
}

static bool rows_write(mig_ctx *ctx, mig_rows *self) {
    mig_item item;
    mig_row row;
    mig_goal *goal;

    while (mig_dataset_next(ctx, self->dataset, &item, &row) && item != MIG_ITEM_END) {
        if (item == MIG_ITEM_ROW) {
            if (!row_take(ctx, self, &row))
                return false;
            continue;
        }
        goal = mig_goal_find(&self->shapes, row.table);
        if (goal != NULL && !mig_goal_look(ctx, goal))
            return false;
    }
    if (mig_ctx_error(ctx) != NULL || (self->batched && !mig_batch_flush(ctx, self)))
        return false;
    self->line = 0;
    return mig_complaints_raise(ctx, &self->complaints, "") &&
           mig_rows_trust(ctx, self, mig_dataset_form_of(self->dataset).sum);
}

/* Sequences moved past explicit ids. */
static bool goals_advance(mig_ctx *ctx, const mig_shapes *shapes) {
    mig_host *host = mig_ctx_host(ctx);
    size_t i;

    for (i = 0; host->advance != NULL && i < shapes->n_goals; i++)
        if (!host->advance(ctx, &shapes->goals[i].relation, shapes->goals[i].given))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

static bool row_path(mig_ctx *ctx, void *arg) {
    mig_rows *self = arg;
    mig_keys keys;
    bool ok;

    memset(&self->counts, 0, sizeof self->counts);
    if (!mig_shapes_open(ctx, self->source->seed, &self->shapes, NULL))
        return false;
    if (!mig_keys_open(ctx, &keys, &self->shapes) || (self->batched && !mig_batch_open(ctx, self)))
        return false;
    self->keys = &keys;
    self->dataset = mig_source_open(ctx, self->source, &self->complaints);
    ok = self->dataset != NULL && rows_write(ctx, self);
    mig_dataset_close(ctx, self->dataset);
    if (self->batched)
        mig_batch_close(ctx, self);
    mig_shapes_close(ctx, &self->shapes);
    ok = ok && mig_keys_check(ctx, &keys) &&
         (self->mode != MIG_MODE_SYNC || mig_keys_remove_others(ctx, &keys, &self->counts)) &&
         mig_keys_close(ctx, &keys);
    self->keys = NULL;
    return ok && goals_advance(ctx, &self->shapes) && mig_ctx_host(ctx)->check_deferred(ctx);
}

/* The error of the row that was being written, with its place. */
static bool row_failed(mig_ctx *ctx, const mig_rows *self, mig_error *error) {
    mig_str detail = mig_str_of(error->detail);

    /* Where undoing failed too, the error has stayed: it gets its place all the same. */
    mig_take_error(ctx, error);
    if (self->line > 0 && error->line == 0) {
        error->source = mig_str_z(ctx, self->source->seed->source);
        error->line = self->line;
        error->detail = mig_str_z(
            ctx, mig_str_format(ctx, "%.*s%sThis is row %zu of its table in the data set.",
                                MIG_FMT(detail), detail.n > 0 ? "\n" : "", self->number));
    } else if (error->source == NULL) {
        error->source = mig_str_z(ctx, self->source->seed->source);
    }
    return mig_raise(ctx, error);
}

static bool path_run(mig_ctx *ctx, mig_rows *self, mig_work_fn path, mig_error *error) {
    self->line = 0;
    self->rows = 0;
    memset(&self->complaints, 0, sizeof self->complaints);
    return mig_ctx_host(ctx)->attempt(ctx, path, self, error);
}

/* May the same be tried by the other path? Not what comes from outside the data: a cancel, a lock,
   memory, a lost connection. An error of SQLite itself does not tell; there all its errors may. */
static bool is_about_data(const mig_error *error) {
    return error->code == MIG_E_DATA || error->code == MIG_E_SYNTAX ||
           (error->code == MIG_E_HOST &&
            (error->host_code != 0 || strncmp(error->sqlstate, "22", 2) == 0 ||
             strncmp(error->sqlstate, "23", 2) == 0 || strncmp(error->sqlstate, "42", 2) == 0 ||
             strcmp(error->sqlstate, "P0001") == 0));
}

/* A large file: the bulk path where the host can copy, else many rows a statement. Where it fails over
   the data, *done is false: the row path finds out where. */
static bool large_write(mig_ctx *ctx, mig_rows *self, bool *done) {
    mig_error error;

    memset(&error, 0, sizeof error);
    self->batched = mig_ctx_host(ctx)->copy == NULL;
    *done = path_run(ctx, self, self->batched ? row_path : mig_rows_bulk, &error);
    self->batched = false;
    return *done ||
           (mig_ctx_error(ctx) == NULL && (is_about_data(&error) || row_failed(ctx, self, &error)));
}

/* Can a row of the goal find its parent in a row that is written behind it? */
static bool parent_may_follow(const mig_shapes *shapes, const mig_goal *goal) {
    const mig_goal *parent;
    size_t k;

    for (parent = goal; parent < shapes->goals + shapes->n_goals; parent++)
        for (k = 0; k < parent->relation.n_referrers; k++)
            if (mig_str_eq(parent->relation.referrers[k].table_sql, goal->relation.sql))
                return true;
    return false;
}

/* The end of the data set has found rows without their parent, and not said which. Written once more,
   each row checked at once, the first of them stops it: *error becomes its error. Not where a parent
   may follow its row, because that would stop it, too. */
static bool orphan_find(mig_ctx *ctx, mig_rows *self, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);
    const mig_goal *goal;
    mig_error at;

    if (mig_ctx_error(ctx) != NULL || host->guard == NULL || self->line > 0 ||
        strcmp(error->sqlstate, "23503") != 0)
        return true;
    memset(&at, 0, sizeof at);
    if (!host->guard(ctx, MIG_GUARD_STATEMENT) || path_run(ctx, self, row_path, &at) ||
        self->line == 0 || strcmp(at.sqlstate, "23503") != 0)
        return true;
    goal = self->table.p == NULL ? NULL : mig_goal_find(&self->shapes, self->table);
    if (goal != NULL && !parent_may_follow(&self->shapes, goal))
        *error = at;
    else
        self->line = 0;
    return true;
}

bool mig_rows_write(mig_ctx *ctx, const mig_dataset_source *source, const mig_rows_facts *facts,
                    mig_seed_mode mode, mig_counts *counts) {
    bool done = false;
    mig_error error;
    mig_rows self;

    memset(&self, 0, sizeof self);
    memset(&error, 0, sizeof error);
    self.source = source;
    self.facts = facts;
    self.mode = mode;
    if (mig_rows_is_large(source) && !large_write(ctx, &self, &done))
        return false;
    if (!done && !path_run(ctx, &self, row_path, &error))
        return orphan_find(ctx, &self, &error) && row_failed(ctx, &self, &error);
    *counts = self.counts;
    return true;
}

/* ---- clear ------------------------------------------------------------------------------- */

typedef struct clearing {
    mig_rows merge;
    bool cascade;
} clearing;

static bool clear_row(mig_ctx *ctx, mig_rows *self, const mig_row *row) {
    mig_value *values = mig_alloc(ctx, (row->n + 1) * sizeof *values);
    mig_complaints list;
    mig_shape *shape;
    bool known;

    memset(&list, 0, sizeof list);
    place_note(self, row);
    shape = mig_shape_of(ctx, &self->shapes, row, &list);
    if (shape == NULL)
        return mig_complaints_raise(ctx, &list, "");
    return values != NULL && mig_row_key_values(ctx, shape, row, values, &known) &&
           (!known || mig_keys_add(ctx, self->keys, shape, values)) && row_breathe(ctx, self);
}

static bool clear_work(mig_ctx *ctx, void *arg) {
    clearing *self = arg;
    mig_rows *merge = &self->merge;
    mig_complaints ignored;
    mig_item item;
    mig_keys keys;
    mig_row row;

    memset(&ignored, 0, sizeof ignored);
    if (!mig_shapes_open(ctx, merge->source->seed, &merge->shapes, &ignored) ||
        !mig_keys_open(ctx, &keys, &merge->shapes))
        return false;
    merge->keys = &keys;
    merge->dataset = mig_source_open(ctx, merge->source, &merge->complaints);
    if (merge->dataset == NULL)
        return false;
    while (mig_dataset_next(ctx, merge->dataset, &item, &row) && item != MIG_ITEM_END)
        if (item == MIG_ITEM_ROW && mig_goal_find(&merge->shapes, row.table) != NULL &&
            !clear_row(ctx, merge, &row))
            return false;
    merge->line = 0;
    if (mig_ctx_error(ctx) != NULL || !mig_complaints_raise(ctx, &merge->complaints, ""))
        return false;
    mig_dataset_close(ctx, merge->dataset);
    mig_shapes_close(ctx, &merge->shapes);
    return mig_keys_remove(ctx, &keys, self->cascade, &merge->counts) &&
           mig_keys_close(ctx, &keys) && mig_ctx_host(ctx)->check_deferred(ctx);
}

bool mig_rows_clear(mig_ctx *ctx, const mig_dataset_source *source, bool cascade,
                    mig_counts *counts) {
    mig_error error;
    clearing self;

    memset(&self, 0, sizeof self);
    memset(&error, 0, sizeof error);
    self.merge.source = source;
    self.cascade = cascade;
    if (!path_run(ctx, &self.merge, clear_work, &error))
        return row_failed(ctx, &self.merge, &error);
    *counts = self.merge.counts;
    return true;
}
