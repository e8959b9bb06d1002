/*
 * foresee_part.h: what the files that look through a plan share: foresee.c (statements), foresee_locks.c.
 */
#ifndef MIG_FORESEE_PART_H
#define MIG_FORESEE_PART_H

#include "foresee.h"
#include "foresee_enum.h"

typedef struct mig_foreseer {
    mig_ctx *ctx;
    const mig_state *state;
    const mig_plan *plan;
    mig_foresight *sight;
    bool online, enums_wanted;
    bool blurred; /* names may mean anything from here on */
    bool moved;   /* the section has changed its search_path */
    mig_name_set names;
    mig_enums enums;
} mig_foreseer;

/* ---- foresee.c ---- */

/* The facts of a revision in the direction of the plan. */
mig_str mig_foreseer_facts(const mig_foreseer *self, size_t node);
/* "CALL migrate_upgrade_online()" */
const char *mig_foreseer_call(const mig_foreseer *self);
/* Room for one more; its texts are given by the caller, who keeps them. */
mig_foreseen *mig_foreseer_add(mig_foreseer *self, size_t node);
const char *mig_foreseer_keep(mig_foreseer *self, mig_str text);

/* ---- foresee_locks.c ---- */

/* By the facts alone: does the plan, or in an online run each revision, fit into the lock table? */
bool mig_foresee_locks(mig_foreseer *self);

#endif
