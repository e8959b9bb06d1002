/*
 * map.c: see map.h. Linear probing over a power-of-two table that is at most 3/4 full. A slot is
 * empty where its value is MIG_NONE, so that the empty key is a key like any other.
 */
#include "map.h"

#include <string.h>

#include "text.h"

typedef struct map_slot {
    mig_str key;
    size_t value; /* MIG_NONE: empty */
} map_slot;

struct mig_map {
    map_slot *slots;
    size_t mask; /* number of slots - 1 */
    size_t n;
};

/* FNV-1a spreads badly into the low bits that the mask takes; the finalizer mixes them. */
static size_t key_hash(mig_str key) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (size_t)(h ^ (h >> 33));
}

/* The slot of the key, or the empty slot where it belongs. */
static map_slot *slot_find(const mig_map *map, mig_str key) {
    size_t at = key_hash(key) & map->mask;

    while (map->slots[at].value != MIG_NONE && !mig_str_eq(map->slots[at].key, key))
        at = (at + 1) & map->mask;
    return &map->slots[at];
}

static map_slot *slots_new(mig_ctx *ctx, size_t n) {
    map_slot *slots = mig_alloc_zero(ctx, n, sizeof *slots);
    size_t i;

    for (i = 0; slots != NULL && i < n; i++)
        slots[i].value = MIG_NONE;
    return slots;
}

static bool map_grow(mig_ctx *ctx, mig_map *map) {
    size_t i, n = map->mask + 1;
    map_slot *old = map->slots, *slots;

    if (map->n < n - n / 4)
        return true;
    slots = slots_new(ctx, n * 2);
    if (slots == NULL)
        return false;
    map->slots = slots;
    map->mask = n * 2 - 1;
    for (i = 0; i < n; i++)
        if (old[i].value != MIG_NONE)
            *slot_find(map, old[i].key) = old[i];
    return true;
}

mig_map *mig_map_new(mig_ctx *ctx, size_t expected) {
    mig_map *map = mig_alloc_zero(ctx, 1, sizeof *map);
    size_t n = 16;

    if (map == NULL)
        return NULL;
    if (expected > MIG_MAX_REVISIONS)
        expected = MIG_MAX_REVISIONS;
    while (n - n / 4 <= expected)
        n *= 2;
    map->slots = slots_new(ctx, n);
    map->mask = n - 1;
    return map->slots == NULL ? NULL : map;
}

bool mig_map_add(mig_ctx *ctx, mig_map *map, mig_str key, size_t value, size_t *old) {
    map_slot *slot;

    if (old != NULL)
        *old = MIG_NONE;
    if (mig_ctx_error(ctx) != NULL || map == NULL || !map_grow(ctx, map))
        return false;
    slot = slot_find(map, key);
    if (slot->value != MIG_NONE) {
        if (old != NULL)
            *old = slot->value;
        return true;
    }
    slot->key = key;
    slot->value = value;
    map->n++;
    return true;
}

size_t mig_map_find(const mig_map *map, mig_str key) {
    return map == NULL ? MIG_NONE : slot_find(map, key)->value;
}
