/*
 * catalog.h: what scripts that were read mean for the catalog: what is new, changed, gone, and what
 * must not change because it is in force.
 *
 * An intake starts from a state, takes in any number of scans, and ends in a new state with its graph
 * checked, all in memory. Whether and when it is stored is the caller's decision: status and plan
 * look at it and store nothing; load, add and upgrade store it under the catalog lock.
 */
#ifndef MIG_CATALOG_H
#define MIG_CATALOG_H

#include "scan.h"

typedef enum mig_change_kind {
    MIG_CHANGE_ADDED,
    MIG_CHANGE_UPDATED,
    MIG_CHANGE_REMOVED,
    MIG_CHANGE_MISSING, /* an applied revision whose file is gone */
    MIG_CHANGE_PLACED   /* the same text at another place or with another stamp; not reported */
} mig_change_kind;

typedef struct mig_change {
    mig_change_kind kind;
    mig_revision *revision; /* as it is to be stored; text is set where it must be written */
    mig_str note;           /* what changed in an applied revision, or empty */
    bool applied;
} mig_change;

typedef struct mig_intake {
    mig_state *state; /* the new state after mig_intake_finish */
    mig_change *changes;
    size_t n, room;
    mig_revision *added; /* those of the changes that are new, one behind another */
    size_t n_added, added_room;
    size_t expected;  /* files that were read, so that room is made once */
    bool partial;     /* a file gave no revision: who is missing cannot be said */
    size_t unchanged; /* revisions whose text is the stored one */
    size_t edited;    /* applied revisions whose frozen part was changed: each is a complaint */
    mig_complaints complaints;
    mig_list directories; /* that could not be looked at, as answer lines */
    mig_str repair;       /* the id whose frozen part may change, or empty */
    mig_map *seen;        /* ids in the scans -> index in seen_at */
    mig_list seen_at;     /* their files, for double ids */
    size_t seen_before;   /* how many of them are of earlier scans */
} mig_intake;

/* state is taken over and changed. */
bool mig_intake_begin(mig_ctx *ctx, mig_intake *intake, mig_state *state);

/* Takes a scan in. take_over: a revision known from another directory moves to this one (an explicit
   load); otherwise it is left to its directory. */
bool mig_intake_scan(mig_ctx *ctx, mig_intake *intake, mig_scan *scan, bool take_over);

/* Takes in only the revision intake->repair of the scan's first file, whose frozen part may change. */
bool mig_intake_repair(mig_ctx *ctx, mig_intake *intake, mig_scan *scan);

/* Looks at every directory the catalog remembers, where the caller may. */
bool mig_intake_remembered(mig_ctx *ctx, mig_intake *intake);

/* Builds the new graph; what does not fit together is a complaint. Nothing to do when there are no
   changes. */
bool mig_intake_finish(mig_ctx *ctx, mig_intake *intake);

/* How many changes would be reported, and how many of one kind. */
size_t mig_intake_reported(const mig_intake *intake);
size_t mig_intake_count(const mig_intake *intake, mig_change_kind kind);

/* Writes the changes. The tables exist, the catalog lock is held, there are no complaints. */
bool mig_intake_store(mig_ctx *ctx, const mig_intake *intake);

/* A line a change and a summary line ("2 added, 12 unchanged"). */
bool mig_intake_answer(mig_ctx *ctx, const mig_intake *intake);

#endif
