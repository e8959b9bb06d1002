/*
 * dataset_part.h: what the files of the data set reader share: dataset.c (tables and rows),
 * dataset_value.c (cells) and dataset_header.c (_seed).
 *
 * A function that reads takes the token that is there (dataset->token) as the first of what it reads,
 * and leaves the last one there. It answers false only where reading cannot go on: an error in ctx, or
 * a fault of the format, which is a complaint already. Any other complaint sets faulty.
 */
#ifndef MIG_DATASET_PART_H
#define MIG_DATASET_PART_H

#include "csv.h"
#include "dataset.h"
#include "map.h"
#include "yaml.h"

/* Names that may come only once. */
typedef struct mig_names {
    mig_list list;
    mig_map *map; /* NULL while they are few */
} mig_names;

/* false with *doubled: the name is there already; else only with an error. */
bool mig_names_add(mig_ctx *ctx, mig_names *names, mig_str name, bool *doubled);

typedef enum mig_dataset_state {
    MIG_DATASET_START,
    MIG_DATASET_TABLES, /* inside the outer map */
    MIG_DATASET_ROWS,   /* inside the list of a table */
    MIG_DATASET_OVER
} mig_dataset_state;

struct mig_dataset {
    mig_format format;
    mig_str source;
    mig_complaints *list;
    mig_input *input;
    mig_csv *csv; /* one of the three is there */
    mig_json *json;
    mig_yaml *yaml;

    mig_dataset_state state;
    bool broken;
    mig_mark mark; /* the next item releases all behind it */
    mig_names tables;
    mig_str table;
    size_t number; /* of the row */

    mig_yaml_token token;
    size_t depth;    /* open maps and lists behind the token */
    bool faulty;     /* there is a complaint about the row */
    mig_str column;  /* of the cell that is read, for complaints; empty: none */
    mig_cell *cells; /* of the row; of a CSV file kept memory, with the names */
    size_t n_cells, cells_room;
    size_t row_bytes;
    mig_names keys[MIG_MAX_DEPTH]; /* of the maps that are open */

    mig_seed_header *header; /* where _seed goes; NULL: it is skipped */
    bool header_seen;
    bool stored; /* the text is going to be in a table: a password in it is a fault */
};

/* A complaint at the token, with table, row and column in front. Like mig_complain. */
bool mig_dataset_complain(mig_ctx *ctx, mig_dataset *dataset, mig_code code, const char *format,
                          ...) __attribute__((__format__(__printf__, 4, 5)));

bool mig_dataset_token(mig_ctx *ctx, mig_dataset *dataset);

/* Reads on until no more than depth maps and lists are open. */
bool mig_dataset_skip(mig_ctx *ctx, mig_dataset *dataset, size_t depth);

/* How many maps and lists are open around the value that begins with the token. */
size_t mig_dataset_around(const mig_dataset *dataset);

/* NULL, or why no table or column can have this name. */
const char *mig_dataset_name_fault(mig_str name);

/* A cell's kind, text, ref and place. */
bool mig_dataset_value(mig_ctx *ctx, mig_dataset *dataset, mig_cell *cell);

/* The value of _seed. */
bool mig_dataset_header(mig_ctx *ctx, mig_dataset *dataset);

/* What can only be said of the header when all tables are known. */
bool mig_dataset_header_finish(mig_ctx *ctx, mig_dataset *dataset);

#endif
