/*
 * foresee.h: what of a plan cannot work in the transactions it would run in, known before it starts.
 *
 * PostgreSQL only. Four things: more locks than the server has room for; CONCURRENTLY on a table
 * that was there before; a statement that never runs in a transaction; a new value of an enum type
 * used by the transaction that adds it. What is not certain is left to the server: a false refusal
 * would be worse than none.
 *
 * The facts of the scripts say whether there is anything to look at. Only then are their texts read.
 */
#ifndef MIG_FORESEE_H
#define MIG_FORESEE_H

#include "state.h"

/* One thing foreseen. Its texts survive mig_arena_release. */
typedef struct mig_foreseen {
    size_t node;     /* the revision */
    bool fatal;      /* it cannot work; else it is only worth knowing */
    mig_str note;    /* for migrate_plan; empty: the revision has one of the kind */
    mig_error error; /* where it is fatal */
} mig_foreseen;

typedef struct mig_foresight {
    mig_foreseen *items;
    size_t n, room;
} mig_foresight;

/* online: each revision commits by itself. Nothing is an error that is foreseen. */
bool mig_foresee(mig_ctx *ctx, const mig_state *state, const mig_plan *plan, bool online,
                 mig_foresight *sight);

/* Sets the error where the plan cannot work in the call that is running. */
bool mig_foresee_check(mig_ctx *ctx, const mig_state *state, const mig_plan *plan);

#endif
