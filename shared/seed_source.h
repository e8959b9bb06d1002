/*
 * seed_source.h: where the bytes of a data set come from: its file, or the text that the catalog keeps.
 */
#ifndef MIG_SEED_SOURCE_H
#define MIG_SEED_SOURCE_H

#include "dataset.h"
#include "seed_store.h"

/* A data set that is to be read. */
typedef struct mig_dataset_source {
    const mig_seed *seed;
    mig_str text; /* of a seed kept whole; {NULL, 0}: its file is streamed */
    bool as_is;   /* the file is read whether or not it is the one that was loaded */
} mig_dataset_source;

/* Reads the text of a seed that is kept whole; of a file nothing is looked at yet. */
bool mig_dataset_source_of(mig_ctx *ctx, const mig_seed *seed, mig_dataset_source *source);

/* Its bytes. NULL with the error, as of mig_source_open. */
mig_input *mig_source_input(mig_ctx *ctx, const mig_dataset_source *source);

/* What is read now is not what was checked. Always false. */
bool mig_source_changed(mig_ctx *ctx, const mig_dataset_source *source);

/* Opens it for reading, as often as is wanted. NULL with the error where the file cannot be read, or
   is not the one that was loaded. */
mig_dataset *mig_source_open(mig_ctx *ctx, const mig_dataset_source *source, mig_complaints *list);

#endif
