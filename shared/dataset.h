/*
 * dataset.h: the rows of a data set file, one by one, whatever its format.
 *
 * YAML and JSON: a map (object) of table: [ {column: value}, ... ], tables and rows in the order of
 * the file, and optionally _seed: a map that says how (seed.h). An empty list is a table without rows.
 * CSV: one table, the first record names the columns.
 *
 * The reader knows no database: which tables and columns there are is asked by who uses the rows.
 */
#ifndef MIG_DATASET_H
#define MIG_DATASET_H

#include "complaint.h"
#include "input.h"
#include "seed.h"

typedef enum mig_cell_kind {
    MIG_CELL_NULL,
    MIG_CELL_BOOLEAN, /* text: "true" or "false" */
    MIG_CELL_NUMBER,  /* text: the digits as written */
    MIG_CELL_TEXT,
    MIG_CELL_BINARY,  /* text: the bytes */
    MIG_CELL_LIST,    /* text: compact JSON */
    MIG_CELL_MAP,     /* text: compact JSON */
    MIG_CELL_REF,     /* ref: {ref: {table: users, where: {username: admin}, column: id}} */
    MIG_CELL_PASSWORD /* {password: text}; text: the clear text */
} mig_cell_kind;

typedef struct mig_ref mig_ref;

typedef struct mig_cell {
    mig_str column;
    mig_cell_kind kind;
    mig_str text;
    const mig_ref *ref;
    int line, place; /* 1-based, place the column in characters of the value's first character */
} mig_cell;

struct mig_ref {
    mig_str table, column;
    mig_cell *where; /* at least one; NULL, BOOLEAN, NUMBER or TEXT */
    size_t n_where;
};

typedef struct mig_row {
    mig_str table;
    size_t number; /* 1-based, in its table */
    int line;      /* of its first character */
    mig_cell *cells;
    size_t n;
} mig_row;

typedef enum mig_item {
    MIG_ITEM_END, /* the end, or a fault that cannot be read past: see mig_dataset_broken */
    MIG_ITEM_TABLE, /* a table begins: row->table, row->line; CSV: row->cells are the columns' names */
    MIG_ITEM_ROW
} mig_item;

typedef struct mig_dataset mig_dataset;

/*
 * table: for CSV the table's name, for the others not used. source names the file in complaints.
 * Faults of single rows (a column given twice, a ragged CSV record, a value of no kind, a ref or
 * password of a wrong form) are complaints, the row is left out, and reading goes on.
 */
mig_dataset *mig_dataset_open(mig_ctx *ctx, mig_format format, mig_str source, mig_input *input,
                              mig_str table, mig_complaints *list);

/*
 * The next item. It lives until the next call, which gives back everything that was allocated in the
 * arena since the call before it: what is needed longer is allocated before mig_dataset_open or is a
 * complaint, an answer or an error, which survive. false only with an error in ctx.
 */
bool mig_dataset_next(mig_ctx *ctx, mig_dataset *dataset, mig_item *item, mig_row *row);
bool mig_dataset_broken(const mig_dataset *dataset);

/* What a whole reading of a CSV file has seen of it. */
typedef struct mig_dataset_form {
    bool plain;     /* see mig_csv_is_plain */
    uint64_t head;  /* bytes of the line with the names */
    uint64_t bytes; /* of all; a byte order mark is not counted */
    uint64_t sum;   /* see mig_input_sum */
} mig_dataset_form;
mig_dataset_form mig_dataset_form_of(const mig_dataset *dataset);

/* Closes the input, too. NULL is fine. */
void mig_dataset_close(mig_ctx *ctx, mig_dataset *dataset);

/*
 * Reads a whole data set for its header: the _seed map into *header (which the caller has cleared),
 * the tables in order into *tables, the number of rows into *rows. What is wrong is a complaint. The
 * results survive releases that come behind the caller's own marks only if those were set after it.
 * stored: the text is going to stand in a table as it is, so that a password in it is wrong.
 */
bool mig_dataset_survey(mig_ctx *ctx, mig_format format, mig_str source, mig_input *input,
                        mig_str table, bool stored, mig_seed_header *header, mig_list *tables,
                        int64_t *rows, mig_complaints *list);

#endif
