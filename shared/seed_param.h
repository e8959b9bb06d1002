/*
 * seed_param.h: parameters as a script declares and uses them. For seed_script.c and its checks.
 */
#ifndef MIG_SEED_PARAM_H
#define MIG_SEED_PARAM_H

#include "script_header.h"
#include "seed_script.h"

/* Reads a line "-- Param: role text = admin" and adds the parameter to the script. Everything wrong
   is a complaint. false only with an error in ctx. */
bool mig_seed_param_add(mig_ctx *ctx, mig_str source, const mig_header_line *line,
                        mig_complaints *list, mig_seed_script *script);

/* The index of a parameter, or MIG_NONE. */
size_t mig_seed_param_find(const mig_seed_script *script, mig_str name);

/* A sentence that says which parameters there are ("The parameters are ..."). */
mig_str mig_seed_params_known(mig_ctx *ctx, const mig_seed_script *script);

#endif
