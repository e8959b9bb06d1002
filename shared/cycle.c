/*
 * cycle.c: see cycle.h.
 *
 * What a topological sort could not place is the cycles, what stands on them and what lies between
 * them. Nodes with nothing alive below or nothing alive above are peeled off until every node left
 * has both; from any of those a walk towards the base must come back to itself. That cycle is
 * named, taken out, and the peeling goes on. Links are Revises and Depends On alike, so a cycle is
 * found wherever it lies, also between a base and a head.
 */
#include "cycle.h"

#define MAX_NAMED 20

typedef struct peeling {
    const mig_graph *graph;
    bool *alive;
    size_t *below; /* alive parents and dependencies */
    size_t *above; /* alive children and dependents */
    size_t *queue; /* taken out, neighbours not yet told */
    size_t n_queue;
    size_t *path;  /* of the walk */
    size_t *place; /* place on the path + 1; 0: not on it */
} peeling;

static bool peeling_init(mig_ctx *ctx, peeling *p, const mig_graph *graph) {
    p->graph = graph;
    p->n_queue = 0;
    p->alive = mig_alloc_zero(ctx, graph->n, sizeof *p->alive);
    p->below = mig_alloc_zero(ctx, graph->n, sizeof *p->below);
    p->above = mig_alloc_zero(ctx, graph->n, sizeof *p->above);
    p->queue = mig_alloc_zero(ctx, graph->n, sizeof *p->queue);
    p->path = mig_alloc_zero(ctx, graph->n, sizeof *p->path);
    p->place = mig_alloc_zero(ctx, graph->n, sizeof *p->place);
    return mig_ctx_error(ctx) == NULL;
}

static size_t links_alive(const peeling *p, const mig_links *links, size_t node) {
    size_t n = 0, i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        n += p->alive[links->item[i]];
    return n;
}

static void peeling_take(peeling *p, size_t node) {
    p->alive[node] = false;
    p->queue[p->n_queue++] = node;
}

static void links_tell(peeling *p, const mig_links *links, size_t node, size_t *counts) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++) {
        size_t other = links->item[i];

        if (p->alive[other] && --counts[other] == 0)
            peeling_take(p, other);
    }
}

static void peeling_drain(peeling *p) {
    while (p->n_queue > 0) {
        size_t node = p->queue[--p->n_queue];

        links_tell(p, &p->graph->parents, node, p->above);
        links_tell(p, &p->graph->deps, node, p->above);
        links_tell(p, &p->graph->children, node, p->below);
        links_tell(p, &p->graph->dependents, node, p->below);
    }
}

static void peeling_start(peeling *p) {
    const mig_graph *graph = p->graph;
    size_t node;

    for (node = 0; node < graph->n; node++)
        p->alive[node] = graph->rank[node] == MIG_NONE;
    for (node = 0; node < graph->n; node++) {
        if (!p->alive[node])
            continue;
        p->below[node] = links_alive(p, &graph->parents, node) + links_alive(p, &graph->deps, node);
        p->above[node] =
            links_alive(p, &graph->children, node) + links_alive(p, &graph->dependents, node);
    }
    for (node = 0; node < graph->n; node++)
        if (p->alive[node] && (p->below[node] == 0 || p->above[node] == 0))
            peeling_take(p, node);
    peeling_drain(p);
}

static size_t links_first_alive(const peeling *p, const mig_links *links, size_t node) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        if (p->alive[links->item[i]])
            return links->item[i];
    return MIG_NONE;
}

/* Walks from an alive node until it meets itself. The cycle is path[*start .. answer). */
static size_t cycle_walk(peeling *p, size_t node, size_t *start) {
    size_t n = 0, i;

    while (node != MIG_NONE && p->place[node] == 0) {
        size_t next = links_first_alive(p, &p->graph->parents, node);

        p->path[n++] = node;
        p->place[node] = n;
        node = next != MIG_NONE ? next : links_first_alive(p, &p->graph->deps, node);
    }
    *start = node != MIG_NONE ? p->place[node] - 1 : n;
    for (i = 0; i < n; i++)
        p->place[p->path[i]] = 0;
    return n;
}

static bool links_has(const mig_links *links, size_t node, size_t other) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        if (links->item[i] == other)
            return true;
    return false;
}

/* The member with the smallest id comes first, so that the answer does not depend on file order. */
static size_t cycle_first(const mig_graph *graph, const size_t *cycle, size_t n) {
    size_t best = 0, i;

    for (i = 1; i < n; i++)
        if (mig_str_compare(graph->revisions[cycle[i]].id, graph->revisions[cycle[best]].id) < 0)
            best = i;
    return best;
}

static bool cycle_complain(mig_ctx *ctx, const mig_graph *graph, mig_complaints *list,
                           const size_t *cycle, size_t n) {
    mig_buf names = mig_buf_new(ctx), links = mig_buf_new(ctx);
    size_t first = cycle_first(graph, cycle, n), i;
    const mig_revision *revision = &graph->revisions[cycle[first]];
    bool dependency = false;

    for (i = 0; i < n; i++) {
        size_t node = cycle[(first + i) % n], next = cycle[(first + i + 1) % n];
        bool revises = links_has(&graph->parents, node, next);

        dependency = dependency || !revises;
        if (i >= MAX_NAMED)
            continue;
        mig_buf_addf(&names, "%s\"%.*s\"", i > 0 ? ", " : "", MIG_FMT(graph->revisions[node].id));
        mig_buf_addf(&links, "%s %s \"%.*s\"", i > 0 ? ", which" : "",
                     revises ? "revises" : "depends on", MIG_FMT(graph->revisions[next].id));
    }
    if (n > MAX_NAMED)
        mig_buf_addf(&names, " and %zu more", n - MAX_NAMED);
    mig_complain(ctx, list, MIG_E_GRAPH, revision->source, revision->line, 0,
                 "%s is detected in revisions %.*s", dependency ? "dependency cycle" : "cycle",
                 MIG_FMT(mig_buf_str(&names)));
    return mig_complain_hint(ctx, list, "\"%.*s\"%.*s%s. Remove one of these links.",
                             MIG_FMT(revision->id), MIG_FMT(mig_buf_str(&links)),
                             n > MAX_NAMED ? " and so on" : "");
}

bool mig_cycles_complain(mig_ctx *ctx, const mig_graph *graph, mig_complaints *list) {
    peeling p;
    size_t node, start, end, i, n_cycles = 0;

    if (!peeling_init(ctx, &p, graph))
        return false;
    peeling_start(&p);
    for (node = 0; node < graph->n; node++) {
        while (p.alive[node] && n_cycles < MIG_MAX_COMPLAINTS) {
            end = cycle_walk(&p, node, &start);
            if (!cycle_complain(ctx, graph, list, p.path + start, end - start))
                return false;
            n_cycles++;
            for (i = start; i < end; i++)
                peeling_take(&p, p.path[i]);
            peeling_drain(&p);
        }
    }
    return true;
}
