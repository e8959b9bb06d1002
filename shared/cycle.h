/*
 * cycle.h: finds and names the cycles of a graph that could not be ranked.
 */
#ifndef MIG_CYCLE_H
#define MIG_CYCLE_H

#include "graph.h"

/* Adds a complaint for each of a set of cycles that share no member; cutting them may show others.
   Needs the links of the graph, both ways, and rank with MIG_NONE for each node that could not be
   placed. O(nodes + links) a cycle. */
bool mig_cycles_complain(mig_ctx *ctx, const mig_graph *graph, mig_complaints *list);

#endif
