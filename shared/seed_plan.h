/*
 * seed_plan.h: which seeds a profile means, and in which order they run. Pure.
 */
#ifndef MIG_SEED_PLAN_H
#define MIG_SEED_PLAN_H

#include "seed_store.h"

typedef struct mig_seed_order {
    size_t *items; /* indexes into seeds, dependencies first, then by name */
    size_t n;
} mig_seed_order;

/*
 * All seeds of the profile and what they depend on. "*" is every seed; a seed without profiles is in
 * every profile; one that only runs by name is in none. A profile that nobody names is MIG_E_UNKNOWN with
 * the known ones in the hint, except that with fallback (nobody asked for it by name) seeds without
 * profiles are enough. Unknown dependencies and cycles in the stored rows are MIG_E_CORRUPT.
 */
bool mig_seed_plan_profile(mig_ctx *ctx, const mig_seeds *seeds, mig_str profile, bool fallback,
                           mig_seed_order *order);
/* Is it one of the profile by itself, not only because others depend on it? */
bool mig_seed_in_profile(const mig_seed *seed, mig_str profile);

/* One seed and what it depends on, itself last. */
bool mig_seed_plan_one(mig_ctx *ctx, const mig_seeds *seeds, size_t seed, mig_seed_order *order);

/* Complaints about the whole set: see mig_seed_intake_finish. */
bool mig_seed_plan_check(mig_ctx *ctx, const mig_seeds *seeds, mig_complaints *list);

/* The names of all profiles, sorted, joined by ", ". */
mig_str mig_seed_profiles(mig_ctx *ctx, const mig_seeds *seeds);

#endif
