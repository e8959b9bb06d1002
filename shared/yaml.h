/*
 * yaml.h: YAML through libyaml, as the tokens of json.h, so that one reader serves both formats.
 *
 * Scalars follow the core schema of YAML 1.2: null, ~ and nothing are NULL; true and false (True,
 * TRUE ...) booleans; integers in decimal, 0o and 0x, floats, .inf and .nan numbers; everything else
 * is text, and so is all that is quoted or a block scalar: yes, no, on, off, 12:30:00 and 2024-02-06
 * are texts. !!str, !!int, !!float, !!bool, !!null and !!binary are understood, other tags are refused.
 *
 * Keys are scalars without anchor or alias; a merge key (<<) is refused. Doubled keys are for the
 * caller to find, as with JSON. One document; a %YAML directive changes nothing of this.
 *
 * Bounds: MIG_MAX_DEPTH levels, MIG_MAX_SCALAR bytes of a value (or comment), MIG_MAX_YAML of text.
 * Anchors and aliases: an alias repeats the tokens of its anchor, and stands inside no anchor of its
 * own name. At most MIG_MAX_ANCHORS anchors hold at most MIG_MAX_ALIASED tokens in all, and at most
 * MIG_MAX_ALIASED tokens with MIG_MAX_ALIASED_BYTES of text come out of aliases.
 */
#ifndef MIG_YAML_H
#define MIG_YAML_H

#include "json.h"

#define MIG_MAX_YAML ((uint64_t)256 * 1024 * 1024)
#define MIG_MAX_ANCHORS ((size_t)1000)
#define MIG_MAX_ALIASED ((size_t)100000)
#define MIG_MAX_ALIASED_BYTES ((size_t)2 * 1024 * 1024)

/* A token of YAML is one of JSON, and two things more. */
typedef struct mig_yaml_token {
    mig_json_token json; /* a number as written, but 0x and 0o in decimal, and "Infinity",
                            "-Infinity", "NaN"; what comes out of an alias has the alias's place; at
                            counts characters */
    bool binary;         /* a STRING of !!binary: text holds the bytes themselves */
    bool limit;          /* a BAD that exceeds a bound */
} mig_yaml_token;

typedef struct mig_yaml mig_yaml;

mig_yaml *mig_yaml_open(mig_ctx *ctx, mig_input *input);

/* As mig_json_next; END after the one document, at once where there is none. why of a fault lives as
   long as ctx. The parser's own memory is freed by mig_yaml_close or, whatever happens, when the call
   ends. */
bool mig_yaml_next(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token);
void mig_yaml_close(mig_yaml *yaml);

#endif
