/*
 * seed_rows_part.h: what the files of a merge share: seed_rows.c (the row path, and clear), seed_rows_value.c,
 * seed_rows_check.c, seed_rows_bulk.c, seed_rows_batch.c, seed_rows_keys.c, seed_rows_temp.c.
 */
#ifndef MIG_SEED_ROWS_PART_H
#define MIG_SEED_ROWS_PART_H

#include "seed_rows.h"
#include "key_order.h"
#include "shape.h"

typedef struct mig_keys mig_keys;

typedef struct mig_rows {
    const mig_dataset_source *source;
    const mig_rows_facts *facts;
    mig_seed_mode mode;
    mig_shapes shapes;
    mig_dataset *dataset;
    mig_keys *keys; /* of the file: for sync, and where only the database can compare them */
    mig_complaints complaints;
    mig_counts counts;
    bool batched; /* many rows a statement, where that comes to the same */
    struct mig_batch *batch;
    uint64_t rows; /* read so far */
    int line;      /* of the row that is being written; 0: none */
    size_t number;
    mig_str table;
} mig_rows;

/* ---- seed_rows.c ---- */

/* Prepares a statement, runs it and gives it back; see mig_host.run. */
bool mig_sql_once(mig_ctx *ctx, mig_str sql, const mig_value *params, size_t n_params,
                  mig_row_fn row, void *arg, int64_t *changed);

/* Does the table hold nothing? Into goal->empty: then rows need no looking up. */
bool mig_goal_look(mig_ctx *ctx, mig_goal *goal);

/* Tells how far it is. */
bool mig_rows_progress(mig_ctx *ctx, const mig_rows *self);

/* Has the reading that ends here read what was checked? */
bool mig_rows_trust(mig_ctx *ctx, const mig_rows *self, uint64_t sum);

/* Writes one row, as the row path does. */
bool mig_row_write(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row);

/* ---- seed_rows_value.c ---- */

/* The values of a row, references looked up; those of passwords stay MIG_NULL. */
bool mig_row_values(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, mig_value *values);
/* One of them. */
bool mig_row_value(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, size_t place,
                   mig_value *value);
/* Of its key only. *known is false where a reference of it finds no row: then no row has the key. */
bool mig_row_key_values(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, mig_value *values,
                        bool *known);

/* ---- seed_rows_bulk.c ---- */

bool mig_rows_bulk(mig_ctx *ctx, void *merge);
/* Is it a large file (CSV), for which the faster paths are worth their statements? */
bool mig_rows_is_large(const mig_dataset_source *source);

/* ---- seed_rows_batch.c: many rows a statement ---- */

/* Into self->batch, before the data set is opened. */
bool mig_batch_open(mig_ctx *ctx, mig_rows *self);
/* Can rows of the shape be written so? */
bool mig_batch_fits(const mig_rows *self, mig_shape *shape);
/* Takes the row, and writes those it has when they are enough. */
bool mig_batch_add(mig_ctx *ctx, mig_rows *self, mig_shape *shape, const mig_row *row);
/* Writes what it still has. */
bool mig_batch_flush(mig_ctx *ctx, mig_rows *self);
void mig_batch_close(mig_ctx *ctx, mig_rows *self);

/* ---- seed_rows_temp.c: temporary tables ---- */

typedef struct mig_temp {
    mig_str name; /* ready for a statement */
    int64_t id, rows;
} mig_temp;

/* To be called when the table has been made. Whoever adds rows counts them in rows. */
bool mig_temp_made(mig_ctx *ctx, mig_temp *temp);
/* MIG_E_STATE where the table is another now, or has not as many rows. */
bool mig_temp_check(mig_ctx *ctx, const mig_temp *temp);

/* ---- seed_rows_keys.c: sets of keys, in temporary tables ---- */

typedef struct mig_key_set {
    mig_goal *goal;
    size_t n; /* fields of the key; 0: the data set has no row of the table */
    size_t *fields;
    mig_temp temp;
    mig_prepared *add;
} mig_key_set;

struct mig_keys {
    mig_shapes *shapes;
    mig_key_set *sets; /* by goal */
};

bool mig_keys_open(mig_ctx *ctx, mig_keys *keys, mig_shapes *shapes);
bool mig_keys_add(mig_ctx *ctx, mig_keys *keys, const mig_shape *shape, const mig_value *values);
/* Is the shape's key that of the set, if the set has one yet? */
bool mig_keys_fit(mig_keys *keys, const mig_shape *shape);
/* MIG_E_DATA where a set has a key twice, as the database compares. */
bool mig_keys_check(mig_ctx *ctx, const mig_keys *keys);
/* The set of the shape's table is the rows of a table that is there already. */
bool mig_keys_borrow(mig_ctx *ctx, mig_keys *keys, const mig_shape *shape, const mig_temp *temp);
/* Removes the rows that have none of the keys, of the last table first. */
bool mig_keys_remove_others(mig_ctx *ctx, mig_keys *keys, mig_counts *counts);
/* Removes the rows that have one, of the last table first. */
bool mig_keys_remove(mig_ctx *ctx, mig_keys *keys, bool cascade, mig_counts *counts);
bool mig_keys_close(mig_ctx *ctx, mig_keys *keys);

#endif
