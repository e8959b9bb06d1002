/*
 * format.h: bringing the tables of an older format (store.h) to the one of this engine.
 *
 * Done by the first action that writes, before it has looked at anything, in one unit and under the
 * exclusive lock of the catalog: killed half way, the tables are as they were. Listings and offline
 * scripts read the older format, and leave it as it is. On PostgreSQL only the owner of the tables may
 * change them.
 */
#ifndef MIG_FORMAT_H
#define MIG_FORMAT_H

#include "store.h"

/* Within a unit, under the exclusive lock of the catalog: takes the steps from the format to the
   newest, says so in a line of the answer and in the log. format is that of mig_store_init. */
bool mig_format_bring(mig_ctx *ctx, int format);

/*
 * The same at the beginning of an action, with unit and lock; on PostgreSQL the unit is the transaction
 * in which the action goes on. Nothing must be looked at before: who has read a table of PostgreSQL
 * keeps a lock on it, and two who have, and then wait for each other's end before they change it, would
 * never get on. Where it cannot be done (the role is not the owner, nothing can be written) nothing is
 * done: the action may have nothing to write, and else finds out by itself.
 */
bool mig_format_early(mig_ctx *ctx);

#endif
