/*
 * key_order.h: do the keys of a data set come in ascending order? Then none is doubled, and nothing has
 * to be remembered to know it.
 */
#ifndef MIG_KEY_ORDER_H
#define MIG_KEY_ORDER_H

#include "shape.h"

/* Part of a key, in one spelling for what its column holds as one value: 007 and 7, -1.50 and -1.5, 1e1
   and 10, yes and true; for other types as the host spells it. text is without the sign, a view of the
   cell, in the arena or a constant. */
typedef struct mig_key_part {
    bool negative;
    mig_str text;
} mig_key_part;

typedef struct mig_key_order {
    const mig_goal *goal;
    char last[256]; /* the key before */
    size_t n;
    bool negative, known;
} mig_key_order;

/* Part i of the row's key, whose value fits its column. May jump, as mig_host.canonical. */
bool mig_key_canonical(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, size_t i,
                       mig_key_part *part);

/* Is the row's key above that of the row before it in its table? *ascends is false also where that
   cannot be said: a key of several columns, a long one. Starts from a cleared struct. */
bool mig_key_ascends(mig_ctx *ctx, mig_key_order *order, const mig_shape *shape, const mig_row *row,
                     bool *ascends);

#endif
