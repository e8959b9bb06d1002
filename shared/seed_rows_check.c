/*
 * seed_rows_check.c: reads a data set and complains about everything that can be seen before writing.
 *
 * Rows are read, and their values and keys looked at, below mig_host.attempt: a value that does not fit
 * may leave by a jump, and the work goes on behind it.
 *
 * Doubled keys: as long as keys come in ascending order nothing has to be remembered. Else their
 * hashes are, 128 bits each, at most SEEN_MOST of them at a time; a larger data set is read several
 * times, each time for a part of the hashes. So memory is bounded whatever the size of the file.
 */
#include "seed_rows.h"

#include <string.h>

#include "cell.h"
#include "key_order.h"
#include "seed_rows_part.h"

#define SEEN_MOST (((size_t)1 << 20) - 16) /* keys remembered at a time: 48 MB */

typedef struct seen {
    uint64_t a, b; /* 0, 0: free */
    int64_t line;
} seen;

typedef struct check {
    const mig_dataset_source *source;
    mig_complaints *list;
    mig_shapes shapes;
    mig_dataset *dataset;
    bool values; /* the first reading: values are checked; later ones look at keys only */

    seen *slots; /* NULL: keys have come in ascending order so far */
    size_t n_slots;
    size_t part, n_parts;
    mig_key_order order;
    bool unsorted;

    uint64_t n_rows; /* read so far, in all readings */
    enum {
        AT_READING,
        AT_CELLS,
        AT_KEY
    } at; /* where the work stands, for going on behind a jump */
    mig_row row;
    size_t cell;
    bool shapeless; /* a CSV file whose first row is none of the table: so are the others */
    bool keyless;   /* a value of the row's key does not fit */
    mig_shape *shape;
    mig_rows_facts *facts;
} check;

/* ---- keys -------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h) {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
}

static uint64_t bytes_hash(uint64_t h, mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * 0x100000001b3ULL;
    return mix(h ^ text.n);
}

static bool key_doubled(mig_ctx *ctx, check *self, int64_t line) {
    mig_str text = mig_shape_key_text(ctx, self->shape, &self->row);

    return mig_complain(ctx, self->list, MIG_E_DATA, self->source->seed->source, self->row.line, 0,
                        "row %zu of table \"%.*s\" has the key %.*s, as line %lld has",
                        self->row.number, MIG_FMT(self->row.table), MIG_FMT(text), (long long)line);
}

static bool key_remember(mig_ctx *ctx, check *self) {
    uint64_t a = bytes_hash(0xcbf29ce484222325ULL, self->row.table), b = mix(a);
    mig_key_part part;
    size_t i, at;
    seen *s;

    for (i = 0; i < self->shape->n_key; i++) {
        if (!mig_key_canonical(ctx, self->shape, &self->row, i, &part))
            return false;
        a = bytes_hash(part.negative ? mix(a + 1) : a, part.text);
        b = bytes_hash(b ^ (part.negative ? 0xbf58476d1ce4e5b9ULL : 0x9e3779b97f4a7c15ULL),
                       part.text);
    }
    a |= 1;
    if ((size_t)((b >> 32) % self->n_parts) != self->part)
        return true;
    for (at = (size_t)a & (self->n_slots - 1);; at = (at + 1) & (self->n_slots - 1)) {
        s = &self->slots[at];
        if (s->a == a && s->b == b)
            return key_doubled(ctx, self, s->line);
        if (s->a == 0)
            break;
    }
    s->a = a;
    s->b = b;
    s->line = self->row.line;
    return true;
}

/* A key whose value is not known before writing: a reference. Then the database tells. */
static bool key_is_open(const check *self) {
    size_t i;

    for (i = 0; i < self->shape->n_key; i++)
        if (self->row.cells[self->shape->key[i]].kind == MIG_CELL_REF)
            return true;
    return false;
}

static bool key_null(mig_ctx *ctx, check *self) {
    const mig_cell *cell;
    bool found = false;
    size_t i;

    for (i = 0; i < self->shape->n_key; i++) {
        cell = &self->row.cells[self->shape->key[i]];
        if (cell->kind != MIG_CELL_NULL)
            continue;
        found = true;
        if (self->values)
            mig_complain(ctx, self->list, MIG_E_DATA, self->source->seed->source, cell->line,
                         cell->place, "row %zu of table \"%.*s\" has no value for its key \"%.*s\"",
                         self->row.number, MIG_FMT(self->row.table), MIG_FMT(cell->column));
    }
    return found;
}

static bool key_check(mig_ctx *ctx, check *self) {
    bool ascends;

    if (key_null(ctx, self) || key_is_open(self))
        return mig_ctx_error(ctx) == NULL;
    if (self->slots != NULL)
        return key_remember(ctx, self);
    if (self->unsorted)
        return true;
    if (!mig_key_ascends(ctx, &self->order, self->shape, &self->row, &ascends))
        return false;
    self->unsorted = !ascends;
    return true;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool null_check(mig_ctx *ctx, check *self, const mig_field *field, const mig_cell *cell) {
    if (!field->not_null || self->shape->key_place[self->cell])
        return true;
    return mig_complain(ctx, self->list, MIG_E_DATA, self->source->seed->source, cell->line,
                        cell->place, "column \"%.*s\" of table \"%.*s\" takes no NULL",
                        MIG_FMT(cell->column), MIG_FMT(self->row.table));
}

static bool cell_check(mig_ctx *ctx, check *self) {
    const mig_shape *shape = self->shape;
    const mig_cell *cell = &self->row.cells[self->cell];
    size_t at = shape->fields[self->cell];
    const mig_field *field = &shape->goal->relation.fields[at];
    mig_value value;

    if (cell->kind == MIG_CELL_NULL)
        return null_check(ctx, self, field, cell);
    if (cell->kind == MIG_CELL_REF || cell->kind == MIG_CELL_PASSWORD)
        return true;
    return mig_cell_value(ctx, mig_ctx_host(ctx)->engine, field, cell, &value) &&
           mig_ctx_host(ctx)->check_value(ctx, &shape->goal->relation, at, &value);
}

/* The values first: only of one that fits the database knows the spelling. */
static bool row_check(mig_ctx *ctx, check *self) {
    for (; self->at == AT_CELLS && self->values && self->cell < self->row.n; self->cell++)
        if (!cell_check(ctx, self))
            return false;
    if (self->at == AT_CELLS && !self->keyless) {
        self->at = AT_KEY;
        if (!key_check(ctx, self))
            return false;
    }
    self->at = AT_READING;
    return true;
}

/* ---- reading ----------------------------------------------------------------------------- */

static bool row_begin(mig_ctx *ctx, check *self) {
    mig_complaints ignored, *list = self->list;
    size_t before;

    if (self->shapeless)
        return true;
    memset(&ignored, 0, sizeof ignored);
    before = list->total;
    self->shape = mig_shape_of(ctx, &self->shapes, &self->row, self->values ? list : &ignored);
    if (self->shape == NULL && self->values && list->total == before && list->total == 0)
        mig_complain(ctx, list, MIG_E_DATA, self->source->seed->source, self->row.line, 0,
                     "table \"%.*s\" is not what it was when the seed was read",
                     MIG_FMT(self->row.table));
    self->shapeless = self->shape == NULL && self->shapes.uniform;
    if (self->shape == NULL || mig_ctx_error(ctx) != NULL)
        return mig_ctx_error(ctx) == NULL;
    self->shape->goal->rows++;
    self->at = AT_CELLS;
    self->cell = 0;
    self->keyless = false;
    return row_check(ctx, self);
}

/* What others see of the check. */
static bool check_show(mig_ctx *ctx, const check *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_progress progress;

    if (host->progress == NULL)
        return true;
    memset(&progress, 0, sizeof progress);
    progress.action = MIG_STR("seed_check");
    progress.name = self->source->seed->name;
    progress.rows = (size_t)self->n_rows;
    return host->progress(ctx, &progress);
}

/* Cancel and progress, every so often. */
static bool row_breathe(mig_ctx *ctx, check *self) {
    if (++self->n_rows % 1024 != 0)
        return true;
    if (!mig_ctx_host(ctx)->interrupted(ctx))
        return false;
    return self->n_rows % 16384 != 0 || check_show(ctx, self);
}

static bool check_work(mig_ctx *ctx, void *arg) {
    check *self = arg;
    mig_item item = MIG_ITEM_END;

    if (!row_check(ctx, self))
        return false;
    for (;;) {
        if (!mig_dataset_next(ctx, self->dataset, &item, &self->row))
            return false;
        if (item == MIG_ITEM_END || self->list->total > MIG_MAX_COMPLAINTS)
            return true;
        if (item == MIG_ITEM_ROW && (!row_begin(ctx, self) || !row_breathe(ctx, self)))
            return false;
    }
}

/* A value that does not fit: a complaint at its place; the work goes on behind it. */
static bool value_complain(mig_ctx *ctx, check *self, mig_error *error) {
    const mig_cell *cell;
    bool at_key = self->at == AT_KEY;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (self->at == AT_READING || error->code == MIG_E_NOMEM || error->code == MIG_E_INTERRUPT ||
        (error->code == MIG_E_HOST && strncmp(error->sqlstate, "22", 2) != 0 &&
         strncmp(error->sqlstate, "23", 2) != 0))
        return mig_raise(ctx, error);
    self->at = at_key ? AT_READING : AT_CELLS;
    if (at_key) /* there is a complaint already */
        return true;
    cell = &self->row.cells[self->cell];
    self->keyless = self->keyless || self->shape->key_place[self->cell];
    self->cell++;
    mig_complain(ctx, self->list, MIG_E_DATA, self->source->seed->source, cell->line, cell->place,
                 "column \"%.*s\" of table \"%.*s\", row %zu: %s", MIG_FMT(cell->column),
                 MIG_FMT(self->row.table), self->row.number, error->message);
    return error->hint == NULL || mig_complain_hint(ctx, self->list, "%s", error->hint);
}

/* Behind a reading; one that has found something wrong may have ended early. */
static void facts_take(mig_ctx *ctx, check *self) {
    mig_dataset_form form = mig_dataset_form_of(self->dataset);

    if (self->values) {
        self->facts->form = form;
        self->facts->rows = self->n_rows;
    } else if (self->list->total == 0 && self->facts->form.sum != form.sum) {
        mig_source_changed(ctx, self->source);
    }
}

static bool check_read(mig_ctx *ctx, check *self) {
    mig_complaints ignored;
    mig_error error;
    bool done = false;

    memset(&ignored, 0, sizeof ignored);
    self->at = AT_READING;
    self->dataset = mig_source_open(ctx, self->source, self->values ? self->list : &ignored);
    while (self->dataset != NULL && !done) {
        memset(&error, 0, sizeof error);
        done = mig_ctx_host(ctx)->attempt(ctx, check_work, self, &error);
        if (!done && !value_complain(ctx, self, &error))
            return false;
    }
    if (self->dataset != NULL)
        facts_take(ctx, self);
    mig_dataset_close(ctx, self->dataset);
    mig_shapes_close(ctx, &self->shapes);
    return mig_ctx_error(ctx) == NULL;
}

/* The keys again, with their hashes. */
static bool keys_read(mig_ctx *ctx, check *self) {
    size_t i, rows = 0;

    for (i = 0; i < self->shapes.n_goals; i++)
        rows += self->shapes.goals[i].rows;
    self->n_parts = rows / SEEN_MOST + 1;
    self->n_slots = 16;
    while (self->n_slots < 2 * (rows / self->n_parts + 8))
        self->n_slots *= 2;
    self->slots = mig_alloc(ctx, self->n_slots * sizeof *self->slots);
    self->values = false;
    for (self->part = 0; self->slots != NULL && self->part < self->n_parts; self->part++) {
        memset(self->slots, 0, self->n_slots * sizeof *self->slots);
        if (!check_read(ctx, self))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_rows_check(mig_ctx *ctx, const mig_dataset_source *source, mig_complaints *list,
                    mig_rows_facts *facts) {
    mig_mark mark = mig_arena_mark(ctx);
    size_t before = list->total;
    check self;

    memset(&self, 0, sizeof self);
    self.source = source;
    self.list = list;
    self.facts = facts;
    self.values = true;
    if (!mig_shapes_open(ctx, source->seed, &self.shapes, list))
        return false;
    if (list->total == before && !check_read(ctx, &self))
        return false;
    if (self.unsorted && !keys_read(ctx, &self))
        return false;
    mig_arena_release(ctx, mark);
    return true;
}
