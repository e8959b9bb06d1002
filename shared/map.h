/*
 * map.h: a hash map from text to index, in the arena. Keys are views and must outlive it.
 * Open addressing, seeded by nothing: FNV-1a with a finalizer; hostile keys cost at most a probe
 * chain bounded by the number of keys, and the number of keys is bounded by MIG_MAX_REVISIONS.
 */
#ifndef MIG_MAP_H
#define MIG_MAP_H

#include "mig.h"

#define MIG_NONE ((size_t)-1)

typedef struct mig_map mig_map;

mig_map *mig_map_new(mig_ctx *ctx, size_t expected);
/* Adds key -> value; where the key is there already nothing changes and *old is its value (else
   MIG_NONE). old may be NULL. */
bool mig_map_add(mig_ctx *ctx, mig_map *map, mig_str key, size_t value, size_t *old);
/* The value of key or MIG_NONE. map may be NULL. */
size_t mig_map_find(const mig_map *map, mig_str key);

#endif
