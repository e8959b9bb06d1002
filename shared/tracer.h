/*
 * tracer.h: somebody who looks at a run statement by statement: a filter of its steps, and a
 * receiver of what each statement did. The run says nothing, and what it did is undone by whoever
 * has begun the unit (dryrun.c).
 */
#ifndef MIG_TRACER_H
#define MIG_TRACER_H

#include "steps.h"

typedef struct mig_tracer {
    mig_steps steps; /* first: the filter. Its next lets no step of a section outside through */
    bool (*statement)(mig_ctx *ctx, void *arg, const mig_trace *trace);
    void *arg;
} mig_tracer;

static inline mig_steps *mig_tracer_open(mig_tracer *tracer, mig_steps *upstream) {
    tracer->steps.upstream = upstream;
    return &tracer->steps;
}

#endif
