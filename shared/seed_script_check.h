/*
 * seed_script_check.h: where parameters stand in the sections of a seed, used by seed_script.c only.
 */
#ifndef MIG_SEED_SCRIPT_CHECK_H
#define MIG_SEED_SCRIPT_CHECK_H

#include "seed_script.h"

/* Complains about every variable in the section that is no parameter of the script, or that stands
   where none can. The section runs on the engine. */
void mig_seed_section_check(mig_ctx *ctx, mig_engine engine, mig_str source,
                            const mig_seed_script *script, const mig_seed_section *section,
                            mig_complaints *list);

#endif
