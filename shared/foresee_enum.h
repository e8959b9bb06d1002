/*
 * foresee_enum.h: finds uses of a value that the same transaction adds to an enum type.
 *
 * Pure: statements come one after another, each is learnt from and looked at. A use is only what the
 * server certainly reads as a value of the type: a literal with a cast to it, or one that stands for
 * a column of the type, by comparison, assignment, default, or place in VALUES. A table or type is
 * known by its name without a schema; the caller sees to it that the name is the only one.
 */
#ifndef MIG_FORESEE_ENUM_H
#define MIG_FORESEE_ENUM_H

#include "foresee_words.h"

typedef struct mig_enum_value {
    mig_str type, value;
    mig_str revision, source; /* where it is added */
    int line;
    bool dead; /* the type is no longer what it was */
} mig_enum_value;

typedef struct mig_enum_column {
    mig_str table, column, type; /* type without schema; empty: an array */
    size_t position;             /* in the table, from 1; 0: not known */
    bool dead;
} mig_enum_column;

/* All in memory that mig_arena_release leaves alone. */
typedef struct mig_enums {
    mig_enum_value *values;
    size_t n_values, values_room;
    mig_enum_column *columns;
    size_t n_columns, columns_room;
} mig_enums;

typedef struct mig_enum_use {
    const mig_enum_value *value;
    mig_str column; /* by which it was recognised; empty: a cast */
} mig_enum_use;

/* ALTER TYPE type ADD VALUE [IF NOT EXISTS] 'value'; false for every other statement. */
bool mig_enum_added(mig_ctx *ctx, const mig_words *words, mig_qname *type, mig_str *value);

bool mig_enum_value_add(mig_ctx *ctx, mig_enums *enums, const mig_enum_value *value);
bool mig_enum_column_add(mig_ctx *ctx, mig_enums *enums, const mig_enum_column *column);

/* What the statement does to tables and types. */
bool mig_enum_learn(mig_ctx *ctx, mig_enums *enums, const mig_words *words);

/* The first certain use in the statement, which was learnt from already. */
bool mig_enum_find(mig_ctx *ctx, const mig_enums *enums, const mig_words *words, mig_enum_use *use);

/* Is a live value's text in the statement at all? For those that need not be read into words. */
bool mig_enum_may_use(const mig_enums *enums, mig_str statement);

void mig_enum_clear(mig_enums *enums);

#endif
