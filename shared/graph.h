/*
 * graph.h: the revision graph: parents, dependencies, children, labels, heads, rank.
 *
 * Nodes are indexes 0 .. n-1 in the order given. Links are stored as compressed rows (CSR). Built
 * once a call in O(n log n + links); nothing recurses. Sets of nodes are bool arrays of n.
 */
#ifndef MIG_GRAPH_H
#define MIG_GRAPH_H

#include "complaint.h"
#include "map.h"
#include "text.h"

/* A revision as the catalog knows it, without its text. */
typedef struct mig_revision {
    mig_str id, message, description;
    mig_list revises, depends_on, labels; /* depends_on: ids or labels, as written */
    mig_str created;                      /* ISO 8601 UTC or empty */
    int64_t created_at;                   /* microseconds since 1970 UTC; INT64_MAX when missing */
    mig_str source;     /* file below directory, or the name of the text it came from */
    mig_str directory;  /* absolute; empty: added as text */
    mig_str file_stamp; /* of the file when it was read, see mig_host.list_files */
    mig_str up_checksum, down_checksum; /* mig_script_up_checksum ... */
    mig_str text_hash;                  /* SHA-256 of the whole text, hex */
    mig_str up_facts, down_facts;
    int first_line; /* of its text in source, 1-based */
    int64_t size;   /* bytes of its text */
    bool missing;   /* its file is gone */
    mig_str text;   /* its whole script, where this call has just read it; else {NULL, 0} */
    int line;       /* of its Revision ID line, for complaints; 0 unknown */
} mig_revision;

typedef struct mig_links {
    size_t *first; /* n + 1 */
    size_t *item;
} mig_links;

typedef struct mig_graph {
    size_t n;
    const mig_revision *revisions;
    mig_links parents;  /* Revises, declared order, doubles removed */
    mig_links deps;     /* Depends On, resolved, declared order, doubles removed */
    mig_links children; /* the other way round, oldest first, then by id */
    mig_links dependents;
    size_t *rank;  /* rank[node]: its place in the whole order */
    size_t *order; /* order[place] = node: parents and dependencies first, then oldest, then id */
    size_t *by_id; /* nodes sorted bytewise by id, for prefixes */
    mig_map *ids;
    mig_map *labels; /* label -> node that carries it */
} mig_graph;

/*
 * Builds and validates. Every fault of every revision is a complaint with its source and line:
 * double ids, ids or labels that are not allowed, labels equal to an id or to another label, unknown
 * parents and dependencies (with the nearest known id), self references, cycles (the members named
 * in order; also those between a base and a head). NULL when there are complaints or an error.
 */
mig_graph *mig_graph_new(mig_ctx *ctx, const mig_revision *revisions, size_t n,
                         mig_complaints *list);

size_t mig_graph_find(const mig_graph *graph, mig_str id); /* exact id; MIG_NONE */

/* The first place in by_id whose id is not before id bytewise; n where there is none. */
size_t mig_graph_lower_bound(const mig_graph *graph, mig_str id);

bool mig_graph_is_head(const mig_graph *graph, size_t node);           /* nobody revises it */
bool mig_graph_is_effective_head(const mig_graph *graph, size_t node); /* nor depends on it */
bool mig_graph_is_base(const mig_graph *graph, size_t node);           /* revises nothing */

/* Nodes in an arena array, sorted by rank. */
typedef struct mig_nodes {
    size_t *items;
    size_t n, room;
} mig_nodes;
bool mig_nodes_add(mig_ctx *ctx, mig_nodes *nodes, size_t node);

bool mig_graph_heads(mig_ctx *ctx, const mig_graph *graph, bool effective, mig_nodes *heads);

typedef enum mig_walk {
    MIG_WALK_PARENTS = 1,  /* towards the base along Revises */
    MIG_WALK_DEPS = 2,     /* and along Depends On */
    MIG_WALK_CHILDREN = 4, /* towards the heads */
    MIG_WALK_DEPENDENTS = 8
} mig_walk;

/* Marks in set (n bools) every node reached from the nodes already marked, themselves included. */
bool mig_graph_spread(mig_ctx *ctx, const mig_graph *graph, unsigned walk, bool *set);

/* The maximal members of an applied set: those that no other member stands on (through parents or
   dependencies). By rank. */
bool mig_graph_maximal(mig_ctx *ctx, const mig_graph *graph, const bool *set, mig_nodes *maximal);

/* The members of the branch of a label or id: the node, its ancestors and descendants along Revises. */
bool mig_graph_related(mig_ctx *ctx, const mig_graph *graph, size_t node, bool *set);

#endif
