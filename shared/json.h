/*
 * json.h: a streaming reader of JSON (RFC 8259), token by token, without recursion.
 *
 * Strict: no comments, no trailing commas, no NaN, escapes checked, surrogates paired, UTF-8
 * checked, \u0000 refused (no database takes it). Numbers stay text. Depth is at most MIG_MAX_DEPTH.
 */
#ifndef MIG_JSON_H
#define MIG_JSON_H

#include "input.h"

#define MIG_MAX_DEPTH 64 /* levels of nesting of a data set or an argument */
#define MIG_MAX_SCALAR ((size_t)64 * 1024 * 1024) /* bytes of one value */

typedef enum mig_json_kind {
    MIG_JSON_END, /* the text is over */
    MIG_JSON_OBJECT,
    MIG_JSON_OBJECT_END,
    MIG_JSON_ARRAY,
    MIG_JSON_ARRAY_END,
    MIG_JSON_KEY, /* of an object; its value follows */
    MIG_JSON_STRING,
    MIG_JSON_NUMBER, /* text: as written */
    MIG_JSON_TRUE,
    MIG_JSON_FALSE,
    MIG_JSON_NULL,
    MIG_JSON_BAD /* a fault; why, line, column say which; the same for ever */
} mig_json_kind;

/* What a fault misses, for callers that say it in words or codes of their own. */
typedef enum mig_json_fault {
    MIG_JSON_FAULT_OTHER,
    MIG_JSON_FAULT_KEY,   /* a key in double quotes */
    MIG_JSON_FAULT_COLON, /* the colon behind a key */
    MIG_JSON_FAULT_VALUE, /* a value: there is none, or a malformed number or word */
    MIG_JSON_FAULT_LIMIT  /* nothing: a bound was exceeded */
} mig_json_fault;

typedef struct mig_json_token {
    mig_json_kind kind;
    mig_str text;     /* KEY, STRING decoded, NUMBER; in the arena */
    int line, column; /* 1-based, column in characters, of its first byte */
    size_t at;        /* byte offset of it in the whole input */
    const char *why;  /* of a fault: "a value is missing" ..., a static text */
    mig_json_fault fault;
} mig_json_token;

typedef struct mig_json mig_json;

/* Reads one value (of any kind) and nothing behind it but white space. */
mig_json *mig_json_open(mig_ctx *ctx, mig_input *input);

/* false only with an error in ctx (memory, the file). Texts of tokens live in the arena; the reader
   keeps nothing there that is younger than mig_json_open, so that a caller may mark and release. */
bool mig_json_next(mig_ctx *ctx, mig_json *json, mig_json_token *token);

/* How many objects and arrays are open now. */
size_t mig_json_depth(const mig_json *json);

/* text as a JSON string with its quotes. */
bool mig_buf_add_json(mig_buf *buf, mig_str text);

/* The token as JSON, with the colon of a key and without commas; nothing for END and BAD. */
bool mig_buf_add_json_token(mig_buf *buf, const mig_json_token *token);

#endif
