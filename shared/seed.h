/*
 * seed.h: what a seed says of itself, whatever its format.
 */
#ifndef MIG_SEED_H
#define MIG_SEED_H

#include "complaint.h"
#include "text.h"

typedef enum mig_format {
    MIG_FORMAT_SQL,
    MIG_FORMAT_YAML,
    MIG_FORMAT_JSON,
    MIG_FORMAT_CSV
} mig_format;

/* By the ending of a name (.sql .yaml .yml .json .csv, any case); false: none of them. */
bool mig_format_of(mig_str name, mig_format *format);
const char *mig_format_name(mig_format format); /* "sql", "yaml", "json", "csv" */
/* The name of a file without its folders and its ending. */
mig_str mig_format_stem(mig_str path);

typedef enum mig_seed_mode {
    MIG_MODE_INSERT, /* add what is missing, leave the rest */
    MIG_MODE_UPDATE, /* and update what differs */
    MIG_MODE_SYNC    /* and remove what the file does not have */
} mig_seed_mode;

bool mig_seed_mode_of(mig_str word, mig_seed_mode *mode);
const char *mig_seed_mode_name(mig_seed_mode mode);

/* Columns of one table, or of every table where table is empty. */
typedef struct mig_seed_columns {
    mig_str table;
    mig_list columns;
} mig_seed_columns;

typedef struct mig_seed_column_lists {
    mig_seed_columns *items;
    size_t n, room;
} mig_seed_column_lists;

/* The columns for a table: those that name it, else those for every table, else NULL. */
const mig_list *mig_seed_columns_for(const mig_seed_column_lists *lists, mig_str table);

/* The header of a seed: "_seed" of a data set, the comment lines of an SQL seed. */
typedef struct mig_seed_header {
    bool given;   /* a data set: it has a _seed map */
    mig_str name; /* empty: not given, the file's stem is it */
    mig_list profiles, depends_on, requires;
    mig_str table; /* CSV described by a file beside it: the table */
    mig_seed_mode mode;
    mig_seed_column_lists key, insert_only; /* data sets */
    int line;                               /* of the header in its file; 0 */
} mig_seed_header;

/* Names of seeds and profiles: [A-Za-z0-9_.-], 1 to 255 characters, not "*". *why ends a message. */
bool mig_seed_name_check(mig_str name, const char **why);

#endif
