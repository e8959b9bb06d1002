/*
 * yaml_scalar.h: what a scalar of YAML is: the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2),
 * its numbers and !!binary. Pure.
 */
#ifndef MIG_YAML_SCALAR_H
#define MIG_YAML_SCALAR_H

#include "yaml.h"

/* Digits behind 0x and 0o. */
#define MIG_MAX_BASED_DIGITS 128

/* What a plain scalar is: NULL, TRUE, FALSE, NUMBER or STRING. */
mig_json_kind mig_yaml_kind(mig_str text);

/*
 * Fills kind, text and binary of the token for a scalar. tag: as libyaml says it, NULL: none; plain:
 * neither quoted nor a block. token->text is text itself or in the arena. false: NULL in *why is an
 * error in ctx, else it is the fault, static or in the arena.
 */
bool mig_yaml_scalar(mig_ctx *ctx, mig_str text, const char *tag, bool plain, mig_yaml_token *token,
                     const char **why);

#endif
