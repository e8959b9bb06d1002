/*
 * target.h: reads one target. Private to the planner.
 *
 *     target = [branch "@"] symbol [("+" | "-") number]  |  [branch "@"] ("+" | "-") number
 *
 * where branch is a label, an id or a prefix of one, and symbol is one of these or head, heads,
 * base, current. A target with a symbol names nodes; one without is relative to the applied set,
 * and what that means is up to the command.
 */
#ifndef MIG_TARGET_H
#define MIG_TARGET_H

#include "plan.h"

typedef enum mig_symbol {
    MIG_SYMBOL_NONE, /* +N, -N, label@+N, label@-N */
    MIG_SYMBOL_NAME,
    MIG_SYMBOL_HEAD,
    MIG_SYMBOL_HEADS,
    MIG_SYMBOL_BASE,
    MIG_SYMBOL_CURRENT
} mig_symbol;

typedef struct mig_target {
    mig_str text;
    mig_symbol symbol;
    mig_str name;       /* MIG_SYMBOL_NAME: as written */
    mig_str steps_text; /* "+2"; empty: not relative */
    int64_t steps;
    size_t branch;   /* the node of the branch, or MIG_NONE */
    bool *scope;     /* what is related to the branch; NULL without a branch */
    bool base;       /* the target is base; nodes is empty */
    mig_nodes nodes; /* what it names */
} mig_target;

/* Reads and resolves. An error where nothing, or not enough, is named. heads of a branch are its
   version heads; heads alone are the effective heads. */
bool mig_target_read(mig_ctx *ctx, const mig_applied *applied, mig_str text, mig_target *target);

/* The one node of a target with a symbol; MIG_NONE with an error where it names several, and
   without one where it names none (base; current of an empty set; head of an empty catalog). */
size_t mig_target_single(mig_ctx *ctx, const mig_graph *graph, const mig_target *target);

#endif
