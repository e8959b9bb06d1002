/*
 * nearest.h: the known id that a mistyped one probably meant, for hints.
 */
#ifndef MIG_NEAREST_H
#define MIG_NEAREST_H

#include "graph.h"

/* A node whose id differs from id in case, or by at most two single-character edits, else one that
   shares its first characters; MIG_NONE when nothing is near. Needs by_id of the graph. O(n). */
size_t mig_graph_nearest(const mig_graph *graph, mig_str id);

/* The same among any names: an index or MIG_NONE. O(n). */
size_t mig_name_nearest(const mig_str *names, size_t n, mig_str name);

#endif
