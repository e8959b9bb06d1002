/*
 * graph.c: builds the revision graph and walks it.
 *
 * Building: ids and labels into maps, links resolved into compressed rows and turned round, then
 * one topological sort over all links with a heap of what is ready. Its key is a number, the place
 * by (Create Date, id), so that no text is compared in it. What the sort cannot place lies on a
 * cycle or stands on one (cycle.c). O(n log n + links); the faults of all revisions are collected,
 * and only looking for near ids costs more, so only the first of them get that help.
 */
#include "cycle.h"
#include "nearest.h"
#include "script.h"

#include <string.h>

#define MAX_NEAREST 10

typedef struct building {
    mig_ctx *ctx;
    mig_graph *graph;
    mig_complaints *list;
    size_t n_nearest; /* unknown ids that were given a near one */
} building;

static bool revision_complain_id(building *b, size_t node) {
    const mig_revision *revision = &b->graph->revisions[node];
    const char *why = NULL;

    if (mig_id_check(revision->id, &why))
        return true;
    return mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                        "revision id \"%.*s\" is not allowed: %s", MIG_FMT(revision->id), why);
}

static bool revision_complain_double(building *b, size_t node, size_t other) {
    const mig_revision *revision = &b->graph->revisions[node];
    const mig_revision *known = &b->graph->revisions[other];

    mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                 "revision \"%.*s\" is present more than once", MIG_FMT(revision->id));
    if (known->source.n == 0)
        return mig_complain_hint(b->ctx, b->list, "Give one of them another Revision ID.");
    return mig_complain_hint(b->ctx, b->list,
                             "It is in \"%.*s\" too. Give one of them another Revision ID.",
                             MIG_FMT(known->source));
}

static bool graph_map_ids(building *b) {
    mig_graph *graph = b->graph;
    size_t node, other;

    graph->ids = mig_map_new(b->ctx, graph->n);
    for (node = 0; node < graph->n; node++) {
        if (!mig_map_add(b->ctx, graph->ids, graph->revisions[node].id, node, &other))
            return false;
        if (!revision_complain_id(b, node))
            return false;
        if (other != MIG_NONE && !revision_complain_double(b, node, other))
            return false;
    }
    return mig_ctx_error(b->ctx) == NULL;
}

static bool label_complain(building *b, const mig_revision *revision, mig_str label) {
    const char *why = NULL;

    if (!mig_id_check(label, &why))
        return mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                            "branch label \"%.*s\" of revision \"%.*s\" is not allowed: %s",
                            MIG_FMT(label), MIG_FMT(revision->id), why);
    if (mig_map_find(b->graph->ids, label) == MIG_NONE)
        return true;
    mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                 "branch label \"%.*s\" of revision \"%.*s\" is the id of a revision",
                 MIG_FMT(label), MIG_FMT(revision->id));
    return mig_complain_hint(b->ctx, b->list, "Choose another label.");
}

static bool label_add(building *b, size_t node, mig_str label) {
    const mig_revision *revision = &b->graph->revisions[node];
    size_t other;

    if (!label_complain(b, revision, label) ||
        !mig_map_add(b->ctx, b->graph->labels, label, node, &other))
        return false;
    if (other == MIG_NONE)
        return true;
    if (other == node)
        return mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                            "revision \"%.*s\" has the branch label \"%.*s\" twice",
                            MIG_FMT(revision->id), MIG_FMT(label));
    mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                 "branch label \"%.*s\" of revision \"%.*s\" is already used by revision \"%.*s\"",
                 MIG_FMT(label), MIG_FMT(revision->id), MIG_FMT(b->graph->revisions[other].id));
    return mig_complain_hint(b->ctx, b->list,
                             "Label only the first revision of a branch; those that revise it "
                             "belong to it.");
}

static bool graph_map_labels(building *b) {
    mig_graph *graph = b->graph;
    size_t node, i, n_labels = 0;

    for (node = 0; node < graph->n; node++)
        n_labels += graph->revisions[node].labels.n;
    graph->labels = mig_map_new(b->ctx, n_labels);
    for (node = 0; node < graph->n; node++)
        for (i = 0; i < graph->revisions[node].labels.n; i++)
            if (!label_add(b, node, graph->revisions[node].labels.items[i]))
                return false;
    return mig_ctx_error(b->ctx) == NULL;
}

/* What a node is sorted by, in one place: revisions lie far apart in memory. */
typedef struct sort_key {
    uint64_t start; /* the first eight bytes of the id, as they compare */
    int64_t created_at;
    size_t node;
} sort_key;

static uint64_t id_start(mig_str id) {
    uint64_t start = 0;
    size_t i;

    for (i = 0; i < 8; i++)
        start = start << 8 | (i < id.n ? (unsigned char)id.p[i] : 0u);
    return start;
}

static int compare_ids(const void *a, const void *b, void *arg) {
    const sort_key *x = a, *y = b;
    const mig_revision *revisions = ((const mig_graph *)arg)->revisions;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return mig_str_compare(revisions[x->node].id, revisions[y->node].id);
}

static int compare_dates(const void *a, const void *b, void *arg) {
    const sort_key *x = a, *y = b;

    (void)arg;
    return x->created_at < y->created_at ? -1 : x->created_at > y->created_at;
}

/* by_id; and in by_age the same by (Create Date, id). */
static bool graph_sort(building *b, size_t *by_age) {
    mig_graph *graph = b->graph;
    sort_key *keys;
    mig_mark mark;
    size_t i;

    graph->by_id = mig_alloc_zero(b->ctx, graph->n, sizeof *graph->by_id);
    mark = mig_arena_mark(b->ctx);
    keys = mig_alloc_zero(b->ctx, graph->n, sizeof *keys);
    if (keys == NULL || by_age == NULL)
        return false;
    for (i = 0; i < graph->n; i++) {
        keys[i].start = id_start(graph->revisions[i].id);
        keys[i].created_at = graph->revisions[i].created_at;
        keys[i].node = i;
    }
    if (!mig_sort(b->ctx, keys, graph->n, sizeof *keys, compare_ids, graph))
        return false;
    for (i = 0; i < graph->n; i++)
        graph->by_id[i] = keys[i].node;
    if (!mig_sort(b->ctx, keys, graph->n, sizeof *keys, compare_dates, graph))
        return false;
    for (i = 0; i < graph->n; i++)
        by_age[i] = keys[i].node;
    mig_arena_release(b->ctx, mark);
    return true;
}

static bool unknown_hint(building *b, const char *header, mig_str word) {
    size_t near = MIG_NONE, label = mig_map_find(b->graph->labels, word);
    const mig_revision *revisions = b->graph->revisions;

    if (label != MIG_NONE)
        return mig_complain_hint(b->ctx, b->list,
                                 "\"%.*s\" is a branch label of revision \"%.*s\"; %s takes ids.",
                                 MIG_FMT(word), MIG_FMT(revisions[label].id), header);
    if (b->n_nearest < MAX_NEAREST) {
        b->n_nearest++;
        near = mig_graph_nearest(b->graph, word);
    }
    if (near != MIG_NONE)
        return mig_complain_hint(b->ctx, b->list,
                                 "Perhaps \"%.*s\" is meant. Else load the script of \"%.*s\" too.",
                                 MIG_FMT(revisions[near].id), MIG_FMT(word));
    return mig_complain_hint(b->ctx, b->list,
                             "Load the script of \"%.*s\" too, or correct the %s line.",
                             MIG_FMT(word), header);
}

/* The node that a word of Revises or Depends On names; MIG_NONE after a complaint. */
static size_t link_resolve(building *b, size_t node, mig_str word, bool deps) {
    const mig_revision *revision = &b->graph->revisions[node];
    const char *verb = deps ? "depends on" : "revises";
    size_t other = mig_map_find(b->graph->ids, word);

    if (other == MIG_NONE && deps)
        other = mig_map_find(b->graph->labels, word);
    if (other == MIG_NONE) {
        mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                     "revision \"%.*s\" %s \"%.*s\", which is not present", MIG_FMT(revision->id),
                     verb, MIG_FMT(word));
        unknown_hint(b, deps ? "Depends On" : "Revises", word);
        return MIG_NONE;
    }
    if (other != node)
        return other;
    mig_complain(b->ctx, b->list, MIG_E_GRAPH, revision->source, revision->line, 0,
                 "revision \"%.*s\" %s itself", MIG_FMT(revision->id), verb);
    mig_complain_hint(b->ctx, b->list, "Name another revision, or leave the line empty.");
    return MIG_NONE;
}

static bool links_alloc(mig_ctx *ctx, mig_links *links, size_t n, size_t n_items) {
    links->first = mig_alloc_zero(ctx, n + 1, sizeof *links->first);
    links->item = mig_alloc_zero(ctx, n_items, sizeof *links->item);
    return mig_ctx_error(ctx) == NULL;
}

/* seen[other] == node + 1 once node has a link to other: doubles are left out. */
static bool links_resolve(building *b, mig_links *links, bool deps, size_t *seen) {
    const mig_revision *revisions = b->graph->revisions;
    size_t n = b->graph->n, n_items = 0, node, i;

    for (node = 0; node < n; node++)
        n_items += deps ? revisions[node].depends_on.n : revisions[node].revises.n;
    if (seen == NULL || !links_alloc(b->ctx, links, n, n_items))
        return false;
    memset(seen, 0, n * sizeof *seen);
    n_items = 0;
    for (node = 0; node < n; node++) {
        const mig_list *words = deps ? &revisions[node].depends_on : &revisions[node].revises;

        for (i = 0; i < words->n; i++) {
            size_t other = link_resolve(b, node, words->items[i], deps);

            if (other == MIG_NONE || seen[other] == node + 1)
                continue;
            seen[other] = node + 1;
            links->item[n_items++] = other;
        }
        links->first[node + 1] = n_items;
    }
    return mig_ctx_error(b->ctx) == NULL;
}

/* Counting sort by the other end; each row keeps the order of the nodes in by_age. While rows are
   filled, first[i + 1] is where row i goes on. */
static bool links_reverse(mig_ctx *ctx, size_t n, const size_t *by_age, const mig_links *from,
                          mig_links *to) {
    size_t node, i, k, sum = 0;

    if (!links_alloc(ctx, to, n, from->first[n]))
        return false;
    for (i = 0; i < from->first[n]; i++)
        to->first[from->item[i] + 1]++;
    for (node = 0; node < n; node++) {
        size_t count = to->first[node + 1];

        to->first[node + 1] = sum;
        sum += count;
    }
    for (k = 0; k < n; k++) {
        node = by_age[k];
        for (i = from->first[node]; i < from->first[node + 1]; i++)
            to->item[to->first[from->item[i] + 1]++] = node;
    }
    return true;
}

/* A heap of numbers, the smallest on top. */
typedef struct heap {
    size_t *items;
    size_t n;
} heap;

static void heap_push(heap *h, size_t value) {
    size_t at = h->n++;

    while (at > 0 && h->items[(at - 1) / 2] > value) {
        h->items[at] = h->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    h->items[at] = value;
}

static size_t heap_pop(heap *h) {
    size_t top = h->items[0], value = h->items[--h->n], at = 0, child;

    while ((child = 2 * at + 1) < h->n) {
        if (child + 1 < h->n && h->items[child + 1] < h->items[child])
            child++;
        if (h->items[child] >= value)
            break;
        h->items[at] = h->items[child];
        at = child;
    }
    h->items[at] = value;
    return top;
}

typedef struct ranking {
    mig_graph *graph;
    const size_t *by_age;
    size_t *age;     /* place in by_age */
    size_t *waiting; /* parents and dependencies not yet placed */
    heap ready;      /* ages */
    size_t n_placed;
} ranking;

static void ranking_tell(ranking *r, const mig_links *links, size_t node) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        if (--r->waiting[links->item[i]] == 0)
            heap_push(&r->ready, r->age[links->item[i]]);
}

static bool ranking_init(mig_ctx *ctx, ranking *r, mig_graph *graph, const size_t *by_age) {
    r->graph = graph;
    r->by_age = by_age;
    r->age = mig_alloc_zero(ctx, graph->n, sizeof *r->age);
    r->waiting = mig_alloc_zero(ctx, graph->n, sizeof *r->waiting);
    r->ready.items = mig_alloc_zero(ctx, graph->n, sizeof *r->ready.items);
    r->ready.n = 0;
    r->n_placed = 0;
    return mig_ctx_error(ctx) == NULL;
}

static void ranking_run(ranking *r) {
    mig_graph *graph = r->graph;
    size_t node, i;

    for (i = 0; i < graph->n; i++) {
        node = r->by_age[i];
        graph->rank[node] = MIG_NONE;
        r->age[node] = i;
        r->waiting[node] = graph->parents.first[node + 1] - graph->parents.first[node] +
                           graph->deps.first[node + 1] - graph->deps.first[node];
        if (r->waiting[node] == 0)
            heap_push(&r->ready, i);
    }
    while (r->ready.n > 0) {
        node = r->by_age[heap_pop(&r->ready)];
        graph->rank[node] = r->n_placed;
        graph->order[r->n_placed++] = node;
        ranking_tell(r, &graph->children, node);
        ranking_tell(r, &graph->dependents, node);
    }
}

static bool graph_rank(building *b, const size_t *by_age) {
    mig_graph *graph = b->graph;
    mig_mark mark;
    ranking r;

    graph->rank = mig_alloc_zero(b->ctx, graph->n, sizeof *graph->rank);
    graph->order = mig_alloc_zero(b->ctx, graph->n, sizeof *graph->order);
    mark = mig_arena_mark(b->ctx);
    if (!ranking_init(b->ctx, &r, graph, by_age))
        return false;
    ranking_run(&r);
    mig_arena_release(b->ctx, mark);
    return r.n_placed == graph->n || mig_cycles_complain(b->ctx, graph, b->list);
}

static bool graph_build(building *b) {
    mig_graph *graph = b->graph;
    size_t *by_age, *seen;

    if (!graph_map_ids(b) || !graph_map_labels(b))
        return false;
    by_age = mig_alloc_zero(b->ctx, graph->n, sizeof *by_age);
    seen = mig_alloc_zero(b->ctx, graph->n, sizeof *seen);
    return graph_sort(b, by_age) && links_resolve(b, &graph->parents, false, seen) &&
           links_resolve(b, &graph->deps, true, seen) &&
           links_reverse(b->ctx, graph->n, by_age, &graph->parents, &graph->children) &&
           links_reverse(b->ctx, graph->n, by_age, &graph->deps, &graph->dependents) &&
           graph_rank(b, by_age);
}

static bool links_none(const mig_links *links, size_t node) {
    return links->first[node] == links->first[node + 1];
}

/* A node enters the stack when it is marked, so each at most once. */
typedef struct spreading {
    bool *set;
    size_t *stack;
    size_t n;
} spreading;

static void spreading_follow(spreading *s, const mig_links *links, size_t node) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++) {
        size_t other = links->item[i];

        if (s->set[other])
            continue;
        s->set[other] = true;
        s->stack[s->n++] = other;
    }
}

static bool links_meet(const mig_links *links, size_t node, const bool *set) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        if (set[links->item[i]])
            return true;
    return false;
}

mig_graph *mig_graph_new(mig_ctx *ctx, const mig_revision *revisions, size_t n,
                         mig_complaints *list) {
    size_t before = list->total;
    building b = {ctx, NULL, list, 0};

    if (n > MIG_MAX_REVISIONS) {
        mig_fail(ctx, MIG_E_LIMIT, "more than %zu revisions", MIG_MAX_REVISIONS);
        return NULL;
    }
    b.graph = mig_alloc_zero(ctx, 1, sizeof *b.graph);
    if (b.graph == NULL)
        return NULL;
    b.graph->n = n;
    b.graph->revisions = revisions;
    if (!graph_build(&b) || list->total > before)
        return NULL;
    return b.graph;
}

size_t mig_graph_lower_bound(const mig_graph *graph, mig_str id) {
    size_t low = 0, high = graph->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mig_str_compare(graph->revisions[graph->by_id[middle]].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t mig_graph_find(const mig_graph *graph, mig_str id) {
    return mig_map_find(graph->ids, id);
}

bool mig_graph_is_head(const mig_graph *graph, size_t node) {
    return links_none(&graph->children, node);
}

bool mig_graph_is_effective_head(const mig_graph *graph, size_t node) {
    return links_none(&graph->children, node) && links_none(&graph->dependents, node);
}

bool mig_graph_is_base(const mig_graph *graph, size_t node) {
    return links_none(&graph->parents, node);
}

bool mig_nodes_add(mig_ctx *ctx, mig_nodes *nodes, size_t node) {
    size_t *items = mig_grow(ctx, nodes->items, nodes->n, &nodes->room, sizeof *items);

    if (items == NULL)
        return false;
    nodes->items = items;
    nodes->items[nodes->n++] = node;
    return true;
}

bool mig_graph_heads(mig_ctx *ctx, const mig_graph *graph, bool effective, mig_nodes *heads) {
    size_t i;

    for (i = 0; i < graph->n; i++) {
        size_t node = graph->order[i];

        if (!mig_graph_is_head(graph, node) || (effective && !links_none(&graph->dependents, node)))
            continue;
        if (!mig_nodes_add(ctx, heads, node))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_graph_spread(mig_ctx *ctx, const mig_graph *graph, unsigned walk, bool *set) {
    mig_mark mark = mig_arena_mark(ctx);
    spreading s = {set, mig_alloc(ctx, graph->n * sizeof *s.stack), 0};
    size_t node;

    if (s.stack == NULL)
        return false;
    for (node = 0; node < graph->n; node++)
        if (set[node])
            s.stack[s.n++] = node;
    while (s.n > 0) {
        node = s.stack[--s.n];
        if (walk & MIG_WALK_PARENTS)
            spreading_follow(&s, &graph->parents, node);
        if (walk & MIG_WALK_DEPS)
            spreading_follow(&s, &graph->deps, node);
        if (walk & MIG_WALK_CHILDREN)
            spreading_follow(&s, &graph->children, node);
        if (walk & MIG_WALK_DEPENDENTS)
            spreading_follow(&s, &graph->dependents, node);
    }
    mig_arena_release(ctx, mark);
    return true;
}

bool mig_graph_maximal(mig_ctx *ctx, const mig_graph *graph, const bool *set, mig_nodes *maximal) {
    size_t i;

    for (i = 0; i < graph->n; i++) {
        size_t node = graph->order[i];

        if (!set[node] || links_meet(&graph->children, node, set) ||
            links_meet(&graph->dependents, node, set))
            continue;
        if (!mig_nodes_add(ctx, maximal, node))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_graph_related(mig_ctx *ctx, const mig_graph *graph, size_t node, bool *set) {
    mig_mark mark = mig_arena_mark(ctx);
    bool *above = mig_alloc_zero(ctx, graph->n, sizeof *above);
    size_t i;

    if (above == NULL)
        return false;
    memset(set, 0, graph->n * sizeof *set);
    set[node] = above[node] = true;
    if (!mig_graph_spread(ctx, graph, MIG_WALK_PARENTS, set) ||
        !mig_graph_spread(ctx, graph, MIG_WALK_CHILDREN, above))
        return false;
    for (i = 0; i < graph->n; i++)
        set[i] = set[i] || above[i];
    mig_arena_release(ctx, mark);
    return true;
}
