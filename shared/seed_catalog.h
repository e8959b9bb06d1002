/*
 * seed_catalog.h: how seeds enter the catalog: a directory or a text is read and checked as a whole,
 * compared with what is stored, and stored in one unit or not at all.
 *
 * A YAML or JSON file that holds nothing but _seed describes the CSV file of the same name beside it.
 */
#ifndef MIG_SEED_CATALOG_H
#define MIG_SEED_CATALOG_H

#include "seed_store.h"

typedef enum mig_seed_change_kind {
    MIG_SEED_ADDED,
    MIG_SEED_UPDATED,
    MIG_SEED_REMOVED,
    MIG_SEED_MISSING, /* it has run, and its file is gone */
    MIG_SEED_FOUND,   /* its file was gone, and is there again as it was */
    MIG_SEED_PLACED
} mig_seed_change_kind;

typedef struct mig_seed_change {
    mig_seed_change_kind
        kind; /* PLACED: the same content with another stamp or place; not reported */
    mig_seed seed;
} mig_seed_change;

typedef struct mig_seed_intake {
    mig_seeds *seeds; /* as they were; after finish as they will be */
    mig_seed_change *changes;
    size_t n, room, unchanged;
    mig_complaints complaints;
    mig_list notes;       /* directories that could not be looked at, as answer lines */
    bool partial;         /* a file gave no seed: who is missing cannot be said */
    mig_list directories; /* that were looked at */
    mig_map *seen;        /* names of seeds that were found -> index in seen_at */
    mig_list seen_at;     /* their files */
} mig_seed_intake;

bool mig_seed_intake_begin(mig_ctx *ctx, mig_seed_intake *intake, mig_seeds *seeds);

/* Takes in all seeds below directory (absolute). A file whose stamp is the stored one is not opened. A
   seed of that directory whose file is gone is removed, or missing if it has run. take_over: a seed
   known from elsewhere moves here (an explicit load), otherwise a second one of its name is a
   complaint. *n_files: how many it found. */
bool mig_seed_intake_directory(mig_ctx *ctx, mig_seed_intake *intake, mig_str directory,
                               bool take_over, size_t *n_files);
/* Takes in one text. */
bool mig_seed_intake_text(mig_ctx *ctx, mig_seed_intake *intake, mig_format format, mig_str name,
                          mig_str text);
/* Looks at every directory the catalog remembers, where the caller may. */
bool mig_seed_intake_remembered(mig_ctx *ctx, mig_seed_intake *intake);

/* How many changes of one kind there are. */
size_t mig_seed_intake_count(const mig_seed_intake *intake, mig_seed_change_kind kind);

/* The whole set: unknown dependencies (with the nearest name), cycles, dependencies on a seed that only
   runs by name. Complaints. */
bool mig_seed_intake_finish(mig_ctx *ctx, mig_seed_intake *intake);
/* Writes the changes; tables exist, lock is held, no complaints. */
bool mig_seed_intake_store(mig_ctx *ctx, const mig_seed_intake *intake);
/* "countries: added", ..., "2 added, 12 unchanged" */
bool mig_seed_intake_answer(mig_ctx *ctx, const mig_seed_intake *intake);

#endif
