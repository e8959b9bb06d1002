/*
 * seed_rows.h: brings the rows of a data set into its tables.
 *
 * The row path is the meaning: row by row, look the row up by its key, insert, update or leave it. The
 * faster ones for large CSV files (the bulk path, where the host can copy; many rows a statement, where
 * it cannot) must come to the same result or be undone; then the row path runs and finds the row that
 * is at fault.
 *
 * A data set is read twice: once to check it, before anything is written, and once to write it. The
 * second reading trusts the first, so both must have read the same: a CSV file for which that is not
 * so, by a sum over its bytes, is MIG_E_STALE.
 */
#ifndef MIG_SEED_ROWS_H
#define MIG_SEED_ROWS_H

#include "seed_source.h"

typedef struct mig_counts {
    int64_t inserted, updated, unchanged, removed;
    int64_t differing; /* among unchanged: rows that differ and were left by the mode insert */
} mig_counts;

/* What the check has learnt. */
typedef struct mig_rows_facts {
    mig_dataset_form form; /* of a CSV file */
    uint64_t rows;
} mig_rows_facts;

/* Reads everything and complains about what can be seen before writing: tables and columns that are not
   there, ragged rows, rows without key, doubled keys, values that do not fit. */
bool mig_rows_check(mig_ctx *ctx, const mig_dataset_source *source, mig_complaints *list,
                    mig_rows_facts *facts);

/* Writes what was checked. Inside the caller's unit. An error carries file, line, row and column. */
bool mig_rows_write(mig_ctx *ctx, const mig_dataset_source *source, const mig_rows_facts *facts,
                    mig_seed_mode mode, mig_counts *counts);

/* MIG_E_PRIVILEGE where the role may not make temporary tables, which sync and clear need; why begins the
   message. */
bool mig_temp_allowed(mig_ctx *ctx, mig_str why);

/* Removes the rows by their keys, of the last table first. What hangs on them (rows that refer to them)
   is MIG_E_STATE with the tables and counts, unless cascade: then it is removed too, with an answer line
   a table. Inside the caller's unit. */
bool mig_rows_clear(mig_ctx *ctx, const mig_dataset_source *source, bool cascade,
                    mig_counts *counts);

#endif
