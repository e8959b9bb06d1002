/*
 * shape.h: the tables of a data set as the database has them, and the shapes of its rows: which
 * columns a row gives, the key it is matched by, the statements that look it up and write it.
 *
 * All tables are described before the first row is read, so that nothing has to be kept from one row
 * to the next but prepared statements, which are the host's.
 */
#ifndef MIG_SHAPE_H
#define MIG_SHAPE_H

#include "dataset.h"
#include "relation.h"
#include "seed_store.h"

/* A table of a data set. */
typedef struct mig_goal {
    mig_relation relation;
    const mig_list *key;         /* the header's key for it, or NULL */
    const mig_list *insert_only; /* or NULL */
    bool *frozen;                /* by field: never updated */
    bool *given;                 /* by field: some row gave a value */
    bool empty;                  /* the table held nothing when its rows began */
    size_t rows;                 /* read so far */
} mig_goal;

/* Rows of one table that give the same columns in the same order, and passwords in the same. */
typedef struct mig_shape {
    mig_goal *goal; /* NULL: a free place */
    size_t n;
    size_t *fields; /* by place in the row: the relation's field */
    mig_str *names; /* by place: as the row spelled it */
    size_t n_key;
    size_t *key;     /* places in the row */
    bool unique;     /* the key is one of the relation's */
    bool vague;      /* only the database knows whether two keys are one: a field of it is vague */
    bool *key_place; /* by place: is it in the key? */
    bool *secret;    /* by place: is it a password? */
    mig_prepared *find, *insert, *update;
    uint64_t used;
} mig_shape;

#define MIG_SHAPES 8 /* kept at a time */

typedef struct mig_shapes {
    const mig_seed *seed;
    mig_goal *goals;
    size_t n_goals;
    mig_shape shapes[MIG_SHAPES];
    mig_shape *last;
    bool uniform; /* a CSV file: all rows have the shape of the first */
    uint64_t clock;
} mig_shapes;

/* Describes the seed's tables. One that is not there is a complaint (list NULL: an error). */
bool mig_shapes_open(mig_ctx *ctx, const mig_seed *seed, mig_shapes *shapes, mig_complaints *list);

/* The goal of a table; NULL: not in the catalog's list, or not in the database. */
mig_goal *mig_goal_find(mig_shapes *shapes, mig_str table);

/*
 * The shape of a row. NULL with complaints in list: columns that are not there or that cannot be
 * given, no key that fits.
 */
mig_shape *mig_shape_of(mig_ctx *ctx, mig_shapes *shapes, const mig_row *row, mig_complaints *list);

/* Gives back the statements. */
void mig_shapes_close(mig_ctx *ctx, mig_shapes *shapes);

/* The column of a place. */
const mig_field *mig_shape_field(const mig_shape *shape, size_t place);

/* Does an update set the place? Not the key, and not what is frozen. */
bool mig_shape_is_updated(const mig_shape *shape, size_t place);

/* Does an insert give a value to a GENERATED ALWAYS identity? */
bool mig_shape_is_overriding(const mig_shape *shape);

/* "code=NO", "trip_id=3, n=1": the key of a row, for messages. */
mig_str mig_shape_key_text(mig_ctx *ctx, const mig_shape *shape, const mig_row *row);

/* Finds the relation's field of a name; MIG_NONE. */
size_t mig_field_find(mig_engine engine, const mig_relation *relation, mig_str name);

/* ---- statements: shape_sql.c; texts in the arena ---- */

/* Parameter number (from 1), under PostgreSQL cast to the type. */
void mig_sql_param(mig_buf *buf, mig_engine engine, size_t number, mig_str type);

/* column = value, both NULL or equal; never NULL itself: for a WHERE or a CASE. a and b are SQL, typed. */
void mig_sql_same(mig_buf *buf, mig_engine engine, const mig_field *field, mig_str a, mig_str b);

/* a = b by the equality of the column; NULL where one of them is. */
void mig_sql_equal(mig_buf *buf, mig_engine engine, const mig_field *field, mig_str a, mig_str b);

/* SELECT whether the row is the same, and the stored hashes of passwords (as text), by key. flags:
   instead, a column for each place that says whether it is the same. */
mig_str mig_shape_find_sql(mig_ctx *ctx, const mig_shape *shape, bool flags);
mig_str mig_shape_insert_sql(mig_ctx *ctx, const mig_shape *shape);
/* Empty: nothing can be updated. */
mig_str mig_shape_update_sql(mig_ctx *ctx, const mig_shape *shape);

#endif
