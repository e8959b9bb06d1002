/*
 * seed_store.h: the table seed: what the catalog knows of each seed, and when it ran last.
 *
 * A seed from a directory keeps path, checksum and header here, not its data; one that was added as
 * text is kept whole. Like all tables of ours it is untrusted input: what is read is checked.
 */
#ifndef MIG_SEED_STORE_H
#define MIG_SEED_STORE_H

#include "seed.h"
#include "store.h"

#define MIG_MAX_SEEDS ((size_t)100000) /* seeds of one catalog */

typedef struct mig_seed {
    mig_str name;
    mig_format format;
    mig_seed_header header;
    bool by_name;      /* it has a required parameter: only migrate_seed_run can run it */
    mig_list tables;   /* of a data set, in the order of the file */
    int64_t rows;      /* of a data set; -1: an SQL seed */
    mig_str source;    /* file below directory, or the name it was added under */
    mig_str directory; /* absolute; empty: added as text */
    mig_str file_stamp,
        header_stamp; /* header_stamp: of the file beside a CSV that describes it, or empty */
    mig_str checksum; /* SHA-256 of its bytes, 64 hex digits; a CSV that a file beside it describes:
                         ":" and the SHA-256 of that file behind them */
    mig_str ran_checksum, ran_at; /* of the last run, empty: never */
    mig_str body; /* not read by mig_seeds_read; {NULL, 0}, or the text that is to be stored */
} mig_seed;

/* All seeds, by name, bytewise. */
typedef struct mig_seeds {
    bool exists; /* the tables are there */
    mig_seed *items;
    size_t n, room;
} mig_seeds;

bool mig_seeds_read(mig_ctx *ctx, mig_snapshot snapshot, mig_seeds *seeds);
size_t mig_seeds_find(const mig_seeds *seeds, mig_str name); /* MIG_NONE */
/* A name like it, as an index, or MIG_NONE. */
size_t mig_seeds_nearest(mig_ctx *ctx, const mig_seeds *seeds, mig_str name);
/* By name; to be called when seeds were added. */
bool mig_seeds_sort(mig_ctx *ctx, mig_seeds *seeds);
/* The seed, or the error that names the nearest one. */
const mig_seed *mig_seeds_get(mig_ctx *ctx, const mig_seeds *seeds, mig_str name);

/* Does a file beside the CSV describe it? */
bool mig_seed_is_described(const mig_seed *seed);

/* It has run, and then its file was not there any more: it is kept, so that its rows have a name, and
   is not run or taken back. */
bool mig_seed_is_missing(const mig_seed *seed);
void mig_seed_mark_missing(mig_seed *seed);
/* The error about a seed that is missing; true: it is not. */
bool mig_seed_check_there(mig_ctx *ctx, const mig_seed *seed);

/* "new", "applied" (it ran as it is now), "changed" (it has changed since) or "missing". */
const char *mig_seed_state(const mig_seed *seed);

/* The text of a seed that was added as text, checked against its checksum (MIG_E_CHECKSUM). */
bool mig_seed_body(mig_ctx *ctx, const mig_seed *seed, mig_str *text);

/* Moves name, checksum, header and tables of a seed that was just read out of the way of a release of
   mark, and releases it. The other texts must be older than the mark. */
bool mig_seed_keep(mig_ctx *ctx, mig_seed *seed, mig_mark mark);

/* Row writes. put: over the row of the same name, ran_... kept. */
bool mig_seed_put(mig_ctx *ctx, const mig_seed *seed);
bool mig_seed_delete(mig_ctx *ctx, mig_str name);
bool mig_seed_miss(mig_ctx *ctx, mig_str name);
/* It ran as it is now, at; at empty: it was taken back and counts as never run. */
bool mig_seed_ran(mig_ctx *ctx, const mig_seed *seed, mig_str at);

#endif
