/*
 * seed_type.h: the types a seed's parameters can have, and the values that fit them. Used by
 * seed_param.c and seed_bind.c only.
 */
#ifndef MIG_SEED_TYPE_H
#define MIG_SEED_TYPE_H

#include "json.h"
#include "seed_script.h"

typedef struct mig_seed_type {
    const char *name;   /* as PostgreSQL calls it */
    const char *wanted; /* behind "must be" */
    mig_param_kind kind;
    bool json;                  /* takes any JSON value */
    int64_t least, most;        /* INTEGER */
    bool (*fits)(mig_str text); /* TEXT and NUMBER: has the text the right form? NULL: any */
} mig_seed_type;

/* Every type by its name, for hints. */
#define MIG_SEED_TYPES                                                                             \
    "text, varchar, smallint, integer (int), bigint, numeric (decimal), real, double precision "   \
    "(float), boolean (bool), date, time, timestamp, timestamptz, uuid, json and jsonb"

/* Takes the type that rest begins with off it, in whichever spelling; NULL: none is known. */
const mig_seed_type *mig_seed_type_take(mig_str *rest);

/* By the name in the table. */
const mig_seed_type *mig_seed_type_get(mig_str name);

/* May a JSON value of this kind be given for it? */
bool mig_seed_type_takes(const mig_seed_type *type, mig_json_kind kind);

/* Reads a value from its text form, in the arena; *fits says whether it has that form. */
bool mig_seed_type_read(mig_ctx *ctx, const mig_seed_type *type, mig_str text, mig_value *value,
                        bool *fits);

/* Adds the value that begins with token to buf (NULL: leaves it out) without blanks; token is then
   its last one, or MIG_JSON_BAD. */
bool mig_seed_json_copy(mig_ctx *ctx, mig_json *json, mig_json_token *token, mig_buf *buf);

#endif
