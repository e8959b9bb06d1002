/*
 * seed_scan.h: finds the seed files of a directory and reads those that may have changed.
 *
 * A file whose stamp (see mig_host.list_files) is the stored one is not opened. Data sets are
 * streamed: only what the catalog keeps of them stays in memory.
 */
#ifndef MIG_SEED_SCAN_H
#define MIG_SEED_SCAN_H

#include "seed_store.h"

#define MIG_SEED_ENDINGS ".sql, .yaml, .yml, .json or .csv"

typedef enum mig_seed_file {
    MIG_SEED_FILE_UNREAD,
    MIG_SEED_FILE_KNOWN,     /* not opened: its stamps are those of the stored seed */
    MIG_SEED_FILE_READ,      /* seed is what it says */
    MIG_SEED_FILE_DESCRIBES, /* it describes the CSV file beside it */
    MIG_SEED_FILE_BAD        /* a complaint says why */
} mig_seed_file;

typedef struct mig_seed_found {
    mig_str path, stamp; /* path below the directory */
    mig_format format;
    mig_seed_file file;
    size_t known;  /* KNOWN: the stored seed */
    size_t beside; /* CSV: the file that describes it, or MIG_NONE */
    mig_seed seed; /* READ; DESCRIBES: header, checksum */
} mig_seed_found;

typedef struct mig_seed_scan {
    mig_str directory;     /* absolute */
    mig_seed_found *files; /* by path, bytewise */
    size_t n, room;
    bool partial; /* a file is there whose seed could not be told */
} mig_seed_scan;

/* Lists directory (absolute); opens nothing. */
bool mig_seed_scan_list(mig_ctx *ctx, mig_str directory, mig_seed_scan *scan);

/* Reads what stored does not know by its stamp. What is wrong with a file is a complaint. */
bool mig_seed_scan_read(mig_ctx *ctx, mig_seed_scan *scan, const mig_seeds *stored,
                        mig_complaints *list);

/* Reads one text. *good false: a complaint says why no seed can be told from it. */
bool mig_seed_scan_text(mig_ctx *ctx, mig_format format, mig_str name, mig_str text,
                        mig_complaints *list, mig_seed *seed, bool *good);

#endif
