/*
 * run.h: carries out a plan: consumes its steps, keeps the books, says how it ended.
 */
#ifndef MIG_RUN_H
#define MIG_RUN_H

#include "session.h"

/*
 * Runs the plan inside the unit that mig_session_begin opened, and ends the unit. All or nothing,
 * except where a section says transaction:false: then what was done before it is committed first.
 * Answers a line a step. On failure the error carries the revision, the place, and in its hint the
 * state the database is in now.
 */
bool mig_run(mig_ctx *ctx, mig_session *session, const mig_plan *plan);

/* run_check.c: sets the error when the plan cannot be run here: a revision to be removed has no down
   section; a section that needs to be outside a transaction where the host cannot; what is foreseen
   not to work (foresee.h). */
bool mig_run_check(mig_ctx *ctx, const mig_state *state, const mig_plan *plan);
/* The first part of it, about down sections: what an offline script needs too. */
bool mig_run_check_downs(mig_ctx *ctx, const mig_state *state, const mig_plan *plan);

/* Leaves a downgrade nothing applied, in production? Then it needs the consent of the user. */
bool mig_run_consent(mig_ctx *ctx, const char *function, const mig_state *state,
                     const mig_plan *plan, mig_str confirm);

/* upgrade.c: an upgrade or downgrade as a part of a larger run, in whose unit it stands. */
bool mig_upgrade_part(mig_ctx *ctx, const char *function, bool down, mig_str target);

/* "Now at abc (head)" */
bool mig_answer_state(mig_ctx *ctx, const mig_state *state);
/* "Nothing to do; at abc (head)", and that the catalog is empty where it is. */
bool mig_answer_nothing(mig_ctx *ctx, const mig_state *state);

#endif
