/*
 * seeding.h: carries out seeds inside the unit of an action: what migrate_seed, migrate_seed_run,
 * migrate_seed_clear and migrate_reset share.
 */
#ifndef MIG_SEEDING_H
#define MIG_SEEDING_H

#include "seed_rows.h"
#include "seed_catalog.h"
#include "seed_plan.h"
#include "seed_script.h"
#include "session.h"
#include "setting.h"

typedef struct mig_seeding {
    const char *function;
    const char *nothing; /* "Nothing was seeded" */
    mig_str profile;     /* empty: the default */
    bool force, cascade;
    mig_session session;
    mig_seeds seeds;
    mig_seed_intake intake;
    mig_seed_order order;
    mig_rows_facts *facts;  /* by seed: what the check has learnt of those of the order */
    const mig_bound *bound; /* of the SQL seed that is running; NULL: none */
    size_t n_bound;
    size_t n_cleared; /* seeds that were taken back */
} mig_seeding;

/* Begins the unit, takes the locks, reads state and seeds, takes in what the remembered directories
   say, and answers a line where that changed something. On failure the unit is aborted. */
bool mig_seeding_begin(mig_ctx *ctx, mig_seeding *self);

/* Calls work(ctx, arg) and ends the unit; an error is raised without secrets, and with nothing ("Nothing
   was seeded") behind its hint. */
bool mig_seeding_run(mig_ctx *ctx, mig_seeding *self, mig_work_fn work, void *arg);

/* Raises an error with "Nothing was seeded." behind its hint. */
bool mig_seeding_fail(mig_ctx *ctx, const mig_seeding *self, mig_error *error);

/* The seeds of the profile, into order. */
bool mig_seeding_plan(mig_ctx *ctx, mig_seeding *self);

/* Are the revisions that the seeds require applied, and can all data sets be written? All that is
   wrong, as one error. */
bool mig_seeding_check(mig_ctx *ctx, mig_seeding *self);

/* Applies every seed of the order. An answer line and a log row each. */
bool mig_seeding_apply(mig_ctx *ctx, mig_seeding *self);

/* Applies one seed; params as of migrate_seed_run, or NULL. */
bool mig_seeding_apply_one(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                           const mig_value *params);

/* Takes the seeds of the profile back, the last one first; what they depend on stays, unless it is of
   the profile too. */
bool mig_seeding_clear(mig_ctx *ctx, mig_seeding *self);

/* ---- seed_sql.c: one SQL seed, applied or taken back; *said is what the answer says of it ---- */
bool mig_seed_sql_apply(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                        const mig_value *params, mig_str *said);
bool mig_seed_sql_clear(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed, mig_str *said);

#endif
