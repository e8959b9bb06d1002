/*
 * state.h: the state of a database as the commands see it: catalog, graph, applied set.
 *
 * A reader without a lock sees committed rows, but one snapshot a query is not one snapshot a call;
 * so an action reads again under its lock (session.h). What is read is checked: an applied revision
 * is in the catalog, and what it stands on is applied.
 */
#ifndef MIG_STATE_H
#define MIG_STATE_H

#include "plan.h"
#include "store.h"

/* The state of one target: catalog, graph, applied set. Arrays run parallel to graph nodes. */
typedef struct mig_state {
    bool exists; /* the tables are there */
    int format;  /* theirs; 0: they are not */
    mig_revision *revisions;
    size_t n;
    mig_graph *graph;
    mig_applied applied;
    mig_str *applied_at; /* ISO time, or empty */
    mig_str *ran;        /* frozen checksum of what was run here; empty: stamped or not applied */
    int64_t last_seq;    /* highest seq of the target, 0: none */
    int64_t last_log;    /* highest log id of the target, 0: none */
    int64_t version;     /* mig_host.data_version of what was read */
} mig_state;

/* Reads everything that commands need except the scripts. Works before the tables exist. */
bool mig_state_read(mig_ctx *ctx, mig_snapshot snapshot, mig_state *state);

/* mig_host.data_version, 0 where the host has none. */
int64_t mig_state_version(mig_ctx *ctx);

/* Builds graph and applied set of the state anew after its revisions changed. Complaints go to list
   when it is given, else they are MIG_E_CORRUPT. */
bool mig_state_build(mig_ctx *ctx, mig_state *state, mig_complaints *list);

#endif
