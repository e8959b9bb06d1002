/*
 * seed_script.h: reads SQL seeds (their format: docs/seeds.md).
 *
 *   -- Seed: promote                          (else the file's stem)
 *   -- Profiles: minimal, full
 *   -- Depends On: users
 *   -- Requires: f3a1b2c4d5e6
 *   -- Param: username text required
 *   -- Param: role text = admin
 *   -- Param: password text secret required
 *   -- Expect: 1 row
 *   -- any other line: a remark
 *
 *   -- seed:apply [engine:postgresql | engine:sqlite]
 *   -- seed:clear [engine:...]
 *   -- seed:verify [engine:...]
 *
 * A text without any seed: marker is all apply. Pure: nothing is looked up, nothing is run.
 */
#ifndef MIG_SEED_SCRIPT_H
#define MIG_SEED_SCRIPT_H

#include "script.h"
#include "seed.h"

#define MIG_MAX_PARAMS 99

typedef enum mig_param_kind {
    MIG_PARAM_TEXT, /* and every type that is written as text: date, uuid, json ... */
    MIG_PARAM_INTEGER,
    MIG_PARAM_NUMBER,
    MIG_PARAM_BOOLEAN
} mig_param_kind;

typedef struct mig_seed_param {
    mig_str name; /* [A-Za-z_][A-Za-z0-9_]*, at most 63 */
    mig_str type; /* as PostgreSQL calls it: text, integer, bigint, numeric, boolean, date, time,
                     timestamp, timestamptz, uuid, json, jsonb, double precision ... */
    mig_param_kind kind;
    bool required, secret;
    bool has_default; /* fallback is it; a parameter neither required nor with a default is NULL */
    mig_str fallback;
    int line;
} mig_seed_param;

typedef enum mig_expect_kind {
    MIG_EXPECT_ANY,
    MIG_EXPECT_EXACTLY,
    MIG_EXPECT_LEAST,
    MIG_EXPECT_MOST
} mig_expect_kind;

typedef enum mig_seed_part { MIG_SEED_APPLY, MIG_SEED_CLEAR, MIG_SEED_VERIFY } mig_seed_part;

typedef struct mig_seed_section {
    mig_seed_part part;
    mig_section_engine engine;
    mig_str text; /* a view of the input */
    int line;     /* of text's first byte in the file */
} mig_seed_section;

typedef struct mig_seed_script {
    mig_seed_header header;
    mig_seed_param *params; /* in the order of the file */
    size_t n_params, params_room;
    mig_expect_kind expect; /* rows that all apply sections together change */
    int64_t expect_rows;
    mig_seed_section *sections;
    size_t n_sections, sections_room;
} mig_seed_script;

/*
 * Reads and checks: unknown or doubled header keys that look like known ones, parameters, unknown :names in
 * statements, :names in statements that take no parameters, what no script may hold (as in
 * script_check.h: transaction control, shell commands, COPY with the client, calls of the engine's
 * actions; migrate_password_hash and migrate_password_verify are allowed), a required parameter in a
 * seed that names profiles. Everything wrong is a complaint. false only with an error in ctx.
 */
bool mig_seed_script_parse(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text,
                           mig_complaints *list, mig_seed_script *script);

/* Complains about passwords that stand in the text, of sections of both engines: for a text that is
   stored. */
void mig_seed_script_secrets(mig_ctx *ctx, mig_str source, const mig_seed_script *script,
                             mig_complaints *list);

/* ---- parameters: seed_param.c, seed_bind.c */

/* A value for a parameter, ready to be bound. */
typedef struct mig_bound {
    const mig_seed_param *param;
    mig_value value; /* MIG_NULL, MIG_TEXT, or MIG_INT for INTEGER and BOOLEAN (1, 0) */
} mig_bound;

/*
 * The values of a call: arg is a JSON object {"username": "john"}; MIG_NULL or "" is none. Missing
 * required, unknown and wrongly typed parameters are errors, all of them in one, that list the known
 * ones. No message holds the value of a secret parameter. bound has script->n_params entries.
 */
bool mig_seed_params_bind(mig_ctx *ctx, const char *function, mig_str seed,
                          const mig_seed_script *script, const mig_value *arg, mig_bound *bound);

/* "$3" and "?3" are never longer than the ":name" they stand for: short names have small numbers. */
size_t mig_seed_param_number(const mig_seed_script *script, size_t param);

/*
 * text with every :name replaced by the engine's placeholder of its number, padded with blanks to the
 * length of the name, so that all positions stay. In the arena.
 */
mig_str mig_seed_placeholders(mig_ctx *ctx, mig_engine engine, const mig_seed_script *script,
                              mig_str text);

#endif
