/*
 * seed_plan.c: see seed_plan.h.
 *
 * The seeds are sorted by name, so that an index is also a rank: the queue of what is ready is a heap
 * of indexes, and among several ready seeds the one with the smallest name comes first. Everything is
 * O((seeds + links) log seeds), and nothing recurses.
 *
 * What Kahn's algorithm could not place has a dependency that could not be placed either. Following
 * one such dependency from each leads into cycles that share no member; each of them is named. Cutting
 * them may show others.
 */
#include "seed_plan.h"

#include <string.h>

#define MAX_NAMED 20
#define MAX_NEAREST 20 /* hints that look for the nearest name: each looks at every name */

/* Dependencies of each seed as indexes (compressed rows); those that are not there are left out. */
typedef struct links {
    size_t n;
    size_t *first; /* n + 1 */
    size_t *item;
} links;

static bool links_build(mig_ctx *ctx, const mig_seeds *seeds, links *deps) {
    size_t i, k, at, total = 0;

    for (i = 0; i < seeds->n; i++)
        total += seeds->items[i].header.depends_on.n;
    deps->n = seeds->n;
    deps->first = mig_alloc_zero(ctx, seeds->n + 1, sizeof *deps->first);
    deps->item = mig_alloc_zero(ctx, total, sizeof *deps->item);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    for (i = 0, total = 0; i < seeds->n; i++) {
        for (k = 0; k < seeds->items[i].header.depends_on.n; k++) {
            at = mig_seeds_find(seeds, seeds->items[i].header.depends_on.items[k]);
            if (at != MIG_NONE)
                deps->item[total++] = at;
        }
        deps->first[i + 1] = total;
    }
    return true;
}

/* The same links the other way round: who depends on a seed. */
static bool links_turn(mig_ctx *ctx, const links *deps, links *users) {
    size_t total = deps->first[deps->n], i, k;
    size_t *next = mig_alloc_zero(ctx, deps->n + 1, sizeof *next);

    users->n = deps->n;
    users->first = mig_alloc_zero(ctx, deps->n + 1, sizeof *users->first);
    users->item = mig_alloc_zero(ctx, total, sizeof *users->item);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    for (k = 0; k < total; k++)
        users->first[deps->item[k] + 1]++;
    for (i = 0; i < deps->n; i++)
        users->first[i + 1] += users->first[i];
    memcpy(next, users->first, (deps->n + 1) * sizeof *next);
    for (i = 0; i < deps->n; i++)
        for (k = deps->first[i]; k < deps->first[i + 1]; k++)
            users->item[next[deps->item[k]]++] = i;
    return true;
}

/* ---- the order --------------------------------------------------------------------------- */

/* A binary heap, the smallest index on top. */
typedef struct heap {
    size_t *items;
    size_t n;
} heap;

static void heap_push(heap *h, size_t item) {
    size_t at = h->n++, above;

    for (; at > 0 && h->items[(at - 1) / 2] > item; at = above) {
        above = (at - 1) / 2;
        h->items[at] = h->items[above];
    }
    h->items[at] = item;
}

static size_t heap_pop(heap *h) {
    size_t top = h->items[0], last = h->items[--h->n], at = 0, child;

    while ((child = 2 * at + 1) < h->n) {
        if (child + 1 < h->n && h->items[child + 1] < h->items[child])
            child++;
        if (h->items[child] >= last)
            break;
        h->items[at] = h->items[child];
        at = child;
    }
    h->items[at] = last;
    return top;
}

/* Kahn's algorithm over the wanted seeds (NULL: all). What stands in or on a cycle is left out. */
static bool order_build(mig_ctx *ctx, const links *deps, const bool *wanted,
                        mig_seed_order *order) {
    size_t *missing = mig_alloc_zero(ctx, deps->n, sizeof *missing);
    size_t i, k, seed;
    links users;
    heap ready;

    order->n = ready.n = 0;
    order->items = mig_alloc_zero(ctx, deps->n, sizeof *order->items);
    ready.items = mig_alloc_zero(ctx, deps->n, sizeof *ready.items);
    if (mig_ctx_error(ctx) != NULL || !links_turn(ctx, deps, &users))
        return false;
    for (i = 0; i < deps->n; i++) {
        missing[i] = deps->first[i + 1] - deps->first[i];
        if (missing[i] == 0 && (wanted == NULL || wanted[i]))
            heap_push(&ready, i);
    }
    while (ready.n > 0) {
        seed = heap_pop(&ready);
        order->items[order->n++] = seed;
        for (k = users.first[seed]; k < users.first[seed + 1]; k++) {
            i = users.item[k];
            if (--missing[i] == 0 && (wanted == NULL || wanted[i]))
                heap_push(&ready, i);
        }
    }
    return true;
}

/* Marks everything that the marked seeds depend on. */
static bool wanted_close(mig_ctx *ctx, const links *deps, bool *wanted) {
    size_t *queue = mig_alloc_zero(ctx, deps->n, sizeof *queue);
    size_t i, k, n = 0;

    for (i = 0; queue != NULL && i < deps->n; i++)
        if (wanted[i])
            queue[n++] = i;
    while (n > 0) {
        i = queue[--n];
        for (k = deps->first[i]; k < deps->first[i + 1]; k++) {
            if (wanted[deps->item[k]])
                continue;
            wanted[deps->item[k]] = true;
            queue[n++] = deps->item[k];
        }
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- what is wrong with the whole set ---------------------------------------------------- */

typedef struct checking {
    const mig_seeds *seeds;
    const links *deps;
    mig_complaints *list;
    mig_code code;
    size_t n_nearest;
} checking;

static bool unknown_complain(mig_ctx *ctx, checking *self, const mig_seed *seed, mig_str name) {
    size_t near = MIG_NONE;

    mig_complain(ctx, self->list, self->code, seed->source, seed->header.line, 0,
                 "seed \"%.*s\" depends on seed \"%.*s\", which is not there", MIG_FMT(seed->name),
                 MIG_FMT(name));
    if (self->n_nearest++ < MAX_NEAREST)
        near = mig_seeds_nearest(ctx, self->seeds, name);
    if (near != MIG_NONE)
        return mig_complain_hint(ctx, self->list,
                                 "Perhaps \"%.*s\" is meant. Else load that seed too.",
                                 MIG_FMT(self->seeds->items[near].name));
    return mig_complain_hint(ctx, self->list, "Load that seed too, or remove the dependency.");
}

static bool missing_complain(mig_ctx *ctx, checking *self, const mig_seed *seed,
                             const mig_seed *other) {
    mig_complain(ctx, self->list, self->code, seed->source, seed->header.line, 0,
                 "seed \"%.*s\" depends on seed \"%.*s\", whose file \"%.*s\" is gone",
                 MIG_FMT(seed->name), MIG_FMT(other->name), MIG_FMT(other->source));
    return mig_complain_hint(ctx, self->list, "Put the file back, or remove the dependency.");
}

static bool by_name_complain(mig_ctx *ctx, checking *self, const mig_seed *seed, mig_str name) {
    mig_complain(ctx, self->list, self->code, seed->source, seed->header.line, 0,
                 "seed \"%.*s\" depends on seed \"%.*s\", which only runs by name",
                 MIG_FMT(seed->name), MIG_FMT(name));
    return mig_complain_hint(ctx, self->list,
                             "\"%.*s\" has a required parameter. Give the parameter a default, or "
                             "remove the dependency.",
                             MIG_FMT(name));
}

static bool name_check(mig_ctx *ctx, checking *self, const mig_seed *seed, mig_str name) {
    size_t at = mig_seeds_find(self->seeds, name);
    const mig_seed *other = at == MIG_NONE ? NULL : &self->seeds->items[at];

    if (other == NULL)
        return unknown_complain(ctx, self, seed, name);
    if (mig_seed_is_missing(other))
        return missing_complain(ctx, self, seed, other);
    return !other->by_name || by_name_complain(ctx, self, seed, name);
}

static bool names_check(mig_ctx *ctx, checking *self) {
    const mig_seed *seed;
    const mig_list *names;
    size_t i, k;

    for (i = 0; i < self->seeds->n; i++) {
        seed = &self->seeds->items[i];
        names = &seed->header.depends_on;
        for (k = 0; k < names->n; k++)
            if (!name_check(ctx, self, seed, names->items[k]))
                return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* The cycle that next leads through, from start; start is its smallest name. */
static bool cycle_complain(mig_ctx *ctx, checking *self, const size_t *next, size_t start) {
    const mig_seed *seeds = self->seeds->items;
    const mig_seed *seed = &seeds[start];
    mig_buf names = mig_buf_new(ctx), chain = mig_buf_new(ctx);
    size_t at = start, n = 0;

    if (next[start] == start) {
        mig_complain(ctx, self->list, self->code, seed->source, seed->header.line, 0,
                     "seed \"%.*s\" depends on itself", MIG_FMT(seed->name));
        return mig_complain_hint(ctx, self->list, "Remove it from its own dependencies.");
    }
    do {
        if (n < MAX_NAMED) {
            mig_buf_addf(&names, "%s\"%.*s\"", n > 0 ? ", " : "", MIG_FMT(seeds[at].name));
            mig_buf_addf(&chain, "%s depends on \"%.*s\"", n > 0 ? ", which" : "",
                         MIG_FMT(seeds[next[at]].name));
        }
        n++;
        at = next[at];
    } while (at != start);
    if (n > MAX_NAMED)
        mig_buf_addf(&names, " and %zu more", n - MAX_NAMED);
    mig_complain(ctx, self->list, self->code, seed->source, seed->header.line, 0,
                 "dependency cycle is detected in seeds %.*s", MIG_FMT(mig_buf_str(&names)));
    return mig_complain_hint(ctx, self->list, "\"%.*s\"%.*s%s. Remove one of these dependencies.",
                             MIG_FMT(seed->name), MIG_FMT(mig_buf_str(&chain)),
                             n > MAX_NAMED ? " and so on" : "");
}

/* For each seed that was not placed, a dependency that was not placed either; else MIG_NONE. */
static size_t *next_build(mig_ctx *ctx, const links *deps, const mig_seed_order *order) {
    bool *placed = mig_alloc_zero(ctx, deps->n, sizeof *placed);
    size_t *next = mig_alloc_zero(ctx, deps->n, sizeof *next);
    size_t i, k;

    if (placed == NULL || next == NULL)
        return NULL;
    for (i = 0; i < order->n; i++)
        placed[order->items[i]] = true;
    for (i = 0; i < deps->n; i++) {
        next[i] = MIG_NONE;
        for (k = deps->first[i]; !placed[i] && next[i] == MIG_NONE && k < deps->first[i + 1]; k++)
            if (!placed[deps->item[k]])
                next[i] = deps->item[k];
    }
    return next;
}

/* Walks of next that are told apart by number: one that meets itself has found a cycle, one that meets
   an older one has found nothing new. The member with the smallest name comes first. */
static bool cycles_check(mig_ctx *ctx, checking *self, const mig_seed_order *order) {
    size_t *next = next_build(ctx, self->deps, order);
    size_t *walk = mig_alloc_zero(ctx, self->deps->n, sizeof *walk);
    size_t i, at, from, start;

    if (next == NULL || walk == NULL)
        return false;
    for (i = 0; i < self->deps->n; i++) {
        for (at = i; next[at] != MIG_NONE && walk[at] == 0; at = next[at])
            walk[at] = i + 1;
        if (next[at] == MIG_NONE || walk[at] != i + 1)
            continue;
        for (from = start = at, at = next[at]; at != from; at = next[at])
            start = at < start ? at : start;
        if (!cycle_complain(ctx, self, next, start))
            return false;
    }
    return true;
}

static bool set_check(mig_ctx *ctx, const mig_seeds *seeds, const links *deps, mig_code code,
                      mig_complaints *list) {
    mig_seed_order order;
    checking self;

    memset(&self, 0, sizeof self);
    self.seeds = seeds;
    self.deps = deps;
    self.list = list;
    self.code = code;
    if (!names_check(ctx, &self) || !order_build(ctx, deps, NULL, &order))
        return false;
    return order.n == deps->n || cycles_check(ctx, &self, &order);
}

bool mig_seed_plan_check(mig_ctx *ctx, const mig_seeds *seeds, mig_complaints *list) {
    links deps;

    return mig_ctx_error(ctx) == NULL && links_build(ctx, seeds, &deps) &&
           set_check(ctx, seeds, &deps, MIG_E_GRAPH, list);
}

/* ---- plans ------------------------------------------------------------------------------- */

/* The links of stored rows: what a load would have refused was put there by hand. */
static bool stored_links(mig_ctx *ctx, const mig_seeds *seeds, links *deps) {
    mig_complaints list;

    memset(&list, 0, sizeof list);
    return links_build(ctx, seeds, deps) && set_check(ctx, seeds, deps, MIG_E_CORRUPT, &list) &&
           mig_complaints_raise(ctx, &list, "The catalog in the tables of migrate is damaged");
}

static int text_compare(const void *a, const void *b, void *arg) {
    (void)arg;
    return mig_str_compare(*(const mig_str *)a, *(const mig_str *)b);
}

mig_str mig_seed_profiles(mig_ctx *ctx, const mig_seeds *seeds) {
    mig_list all;
    size_t i, k, n = 0;

    memset(&all, 0, sizeof all);
    for (i = 0; i < seeds->n; i++)
        for (k = 0; k < seeds->items[i].header.profiles.n; k++)
            mig_list_add(ctx, &all, seeds->items[i].header.profiles.items[k]);
    if (mig_ctx_error(ctx) != NULL ||
        !mig_sort(ctx, all.items, all.n, sizeof *all.items, text_compare, NULL))
        return (mig_str){NULL, 0};
    for (i = 0; i < all.n; i++)
        if (n == 0 || !mig_str_eq(all.items[n - 1], all.items[i]))
            all.items[n++] = all.items[i];
    return mig_str_join(ctx, all.items, n, ", ");
}

static bool profile_unknown(mig_ctx *ctx, const mig_seeds *seeds, mig_str profile) {
    mig_str known = mig_seed_profiles(ctx, seeds);

    mig_fail(ctx, MIG_E_UNKNOWN, "unknown profile \"%.*s\"", MIG_FMT(profile));
    if (seeds->n == 0)
        mig_hint(ctx, "No seed is loaded: load them with migrate_seed_load or migrate_seed_add.");
    else if (known.n == 0)
        mig_hint(ctx, "No seed names a profile; '*' means all of them.");
    else
        mig_hint(ctx, "The seeds name these profiles: %.*s; '*' means all of them.",
                 MIG_FMT(known));
    return false;
}

bool mig_seed_in_profile(const mig_seed *seed, mig_str profile) {
    return !seed->by_name && (mig_str_is(profile, "*") || seed->header.profiles.n == 0 ||
                              mig_list_has(&seed->header.profiles, profile));
}

/* Marks the seeds of the profile; *named: some seed names it, *n: how many there are. */
static void profile_mark(const mig_seeds *seeds, mig_str profile, bool *wanted, bool *named,
                         size_t *n) {
    const mig_seed *seed;
    size_t i;

    *named = mig_str_is(profile, "*");
    *n = 0;
    for (i = 0; i < seeds->n; i++) {
        seed = &seeds->items[i];
        *named = *named || mig_list_has(&seed->header.profiles, profile);
        wanted[i] = mig_seed_in_profile(seed, profile) && !mig_seed_is_missing(seed);
        *n += wanted[i];
    }
}

bool mig_seed_plan_profile(mig_ctx *ctx, const mig_seeds *seeds, mig_str profile, bool fallback,
                           mig_seed_order *order) {
    bool *wanted, named;
    links deps;
    size_t n;

    if (mig_ctx_error(ctx) != NULL || !stored_links(ctx, seeds, &deps))
        return false;
    wanted = mig_alloc_zero(ctx, seeds->n, sizeof *wanted);
    if (wanted == NULL)
        return false;
    profile_mark(seeds, profile, wanted, &named, &n);
    if (!named && !(fallback && n > 0))
        return profile_unknown(ctx, seeds, profile);
    return wanted_close(ctx, &deps, wanted) && order_build(ctx, &deps, wanted, order);
}

bool mig_seed_plan_one(mig_ctx *ctx, const mig_seeds *seeds, size_t seed, mig_seed_order *order) {
    bool *wanted;
    links deps;

    if (mig_ctx_error(ctx) != NULL || !stored_links(ctx, seeds, &deps))
        return false;
    wanted = mig_alloc_zero(ctx, seeds->n, sizeof *wanted);
    if (wanted == NULL)
        return false;
    wanted[seed] = true;
    return wanted_close(ctx, &deps, wanted) && order_build(ctx, &deps, wanted, order);
}
