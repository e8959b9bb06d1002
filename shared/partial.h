/*
 * partial.h: how far a revision is whose sections do not all commit at once.
 *
 * A revision with a transaction:false section that was left half way by an online run keeps a row in
 * meta, "partial ID": direction, section, statement, and a hash of everything before them. A later
 * online run goes on from there, provided that what has run still reads the same. The row goes with
 * the transaction in which the revision is recorded.
 */
#ifndef MIG_PARTIAL_H
#define MIG_PARTIAL_H

#include "text.h"

/* Everything before the place is committed; an outside statement that stands there may have begun. */
typedef struct mig_partial {
    mig_str revision;
    bool down;
    size_t section;   /* 0 ..: of those that are run in this direction */
    size_t statement; /* 0 ..: of an outside section */
    char hash[65];    /* of what comes before; "" at the start */
} mig_partial;

/* All rows there are. */
bool mig_partial_list(mig_ctx *ctx, mig_partial **items, size_t *n);

bool mig_partial_put(mig_ctx *ctx, const mig_partial *partial);
bool mig_partial_delete(mig_ctx *ctx, mig_str revision);
bool mig_partial_clear(mig_ctx *ctx);

/* Adds a text that has run to the hash. */
bool mig_partial_pass(mig_ctx *ctx, mig_partial *partial, mig_str text);

#endif
