/*
 * relation.h: a table of the user as seeding sees it: columns, keys, and who refers to it.
 *
 * Filled by mig_host.describe. All texts live in the arena. Texts called "sql" are ready to stand in
 * a statement: quoted, and qualified so that no search_path can lead them astray.
 */
#ifndef MIG_RELATION_H
#define MIG_RELATION_H

#include "text.h"

/* What a column holds, as far as it matters for how a value is written down for it. */
typedef enum mig_field_kind {
    MIG_FIELD_OTHER,   /* text, dates, uuid ...: the text as it is */
    MIG_FIELD_INTEGER, /* SQLite: declared with INT; PostgreSQL: int2, int4, int8 */
    MIG_FIELD_NUMBER, /* SQLite: declared REAL, FLOA, DOUB, NUMERIC, DECIMAL; numeric, float4, float8 */
    MIG_FIELD_BOOLEAN,
    MIG_FIELD_BINARY, /* bytea, BLOB */
    MIG_FIELD_JSON,   /* json, jsonb (PostgreSQL only) */
    MIG_FIELD_ARRAY   /* PostgreSQL only */
} mig_field_kind;

typedef struct mig_field {
    mig_str name;
    mig_field_kind kind;
    mig_str sql;  /* the quoted name */
    mig_str type; /* PostgreSQL: the full type, for CAST($1 AS ...); SQLite: as declared */
    mig_str
        storage;   /* PostgreSQL: the type without modifiers, for a value on its way into the table
                        (an explicit cast to varchar(3) would cut it silently) */
    mig_str equal; /* the operator of equality, "OPERATOR(pg_catalog.=)" or "="; empty: the type
                        has none, its text is compared */
    bool not_null, has_default;
    bool generated;       /* computed: no value can be given */
    bool always_identity; /* GENERATED ALWAYS AS IDENTITY */
    bool loose;           /* texts that differ may be equal: citext, a nondeterministic collation */
    bool vague;           /* values may be equal that mig_host.canonical spells differently: loose,
                             or an interval, a floating point number, an array ... */
    mig_str collation;    /* SQLite: the column's, where it is not BINARY; then it is loose too */
} mig_field;

/* A primary key, or a unique constraint or index over plain columns without a WHERE. */
typedef struct mig_unique {
    size_t *fields; /* indexes into the relation's fields */
    size_t n;
    bool primary;
} mig_unique;

/* A foreign key of another table (or the same) that refers to the relation. */
typedef struct mig_referrer {
    mig_str table;     /* as describe takes it, schema-qualified where there are schemas */
    mig_str table_sql; /* ready for a statement */
    mig_list columns;  /* its columns, plain names */
    mig_list referred; /* the relation's columns they refer to, in the same order */
    bool same;         /* the relation itself */
} mig_referrer;

struct mig_relation {
    bool found;
    mig_str name; /* as it was asked for */
    mig_str sql;
    mig_field *fields; /* in the order of the table */
    size_t n_fields;
    mig_unique *keys; /* the primary key first, the others in the order of their names */
    size_t n_keys;
    bool
        lenient; /* SQLite: a constraint has ON CONFLICT: a row in conflict would vanish in silence */
    mig_referrer *referrers;
    size_t n_referrers;
    void *own; /* the adapter's */
};

#endif
