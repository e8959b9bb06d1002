/*
 * steps.h: a plan as a stream of steps: for each revision a start, its sections, a finish.
 *
 * Running, writing an offline script and (later) rewriting or tracing are consumers or filters of
 * this one stream, so that they cannot disagree about what a run does. The scripts are read in
 * batches bounded in bytes; a step lives until the next call.
 */
#ifndef MIG_STEPS_H
#define MIG_STEPS_H

#include "state.h"

typedef enum mig_step_kind {
    MIG_STEP_START,   /* the revision begins */
    MIG_STEP_SECTION, /* run one section */
    MIG_STEP_FINISH   /* all sections done: the revision counts as applied (or not any more) */
} mig_step_kind;

typedef struct mig_step {
    mig_step_kind kind;
    bool down;
    size_t node, place, n_places; /* place: 0 .. n_places - 1 in the plan */
    const mig_revision *revision;
    const mig_script *script;   /* NULL: it was not parsed (see mig_steps_open) */
    const mig_section *section; /* of a SECTION step */
    mig_statement *statements;  /* of a SECTION step; NULL: it was not cut */
    size_t n_statements;
    size_t n_before; /* statements of the revision before the section */
    size_t n_all;    /* statements of the revision that are run in this direction */
    bool outside;    /* the section says transaction:false */
} mig_step;

typedef struct mig_steps mig_steps;

struct mig_steps {
    /* The next step; false at the end or on error. A filter puts its own function and keeps the
       stream below it in upstream. */
    bool (*next)(mig_ctx *ctx, mig_steps *steps, mig_step *step);
    mig_steps *upstream;
};

/* A stream over the plan. Scripts that the call has just read (revision.text) are used as they are,
   others come from the tables. Everything allocated in the arena after this call is given back when
   the stream reads its next batch of scripts: what is needed longer is allocated before it.
   cut: every script is parsed, and its sections are cut into statements. Else that is left out where
   the facts say enough of it ("plain", script.h). */
mig_steps *mig_steps_open(mig_ctx *ctx, const mig_state *state, const mig_plan *plan, bool cut);

/* Where a stream stands, and back to there: the steps behind it come again. The place is one of the
   revision whose steps are being read, or its start. */
typedef struct mig_steps_place {
    size_t place, section, n_before;
    bool started;
} mig_steps_place;
mig_steps_place mig_steps_here(const mig_steps *steps);
void mig_steps_back(mig_steps *steps, mig_steps_place place);

/* Does any revision of the plan have a transaction:false section (from its facts)? MIG_NONE: no, else
   the node. */
size_t mig_plan_outside(const mig_state *state, const mig_plan *plan);

/* "Running upgrade a -> b, message" */
mig_str mig_step_line(mig_ctx *ctx, const mig_graph *graph, size_t node, bool down);

#endif
