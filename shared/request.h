/*
 * request.h: what a session asks of a worker, and what the worker sends back, as flat bytes.
 *
 * A message is: how many bytes follow (4), a version (1), a kind (1), and the fields of the kind one
 * after the other. Numbers have a fixed size, the least byte first. A text is its length (4) and its
 * bytes, with a NUL behind them, so that what was read is used where it stands; a text that is not
 * given has the length 2^32 - 1. A count says how many items follow it.
 *
 * The reader believes nothing: a length or count that the message has no room for, a kind, type or
 * truth value that there is none of, a statement outside its text, a missing name, a version of another
 * library, and bytes that are left over are MIG_E_CORRUPT. What it allocates is bounded by the
 * length of the message.
 */
#ifndef MIG_REQUEST_H
#define MIG_REQUEST_H

#include "text.h"

#define MIG_REQUEST_VERSION 1

typedef enum mig_request_kind {
    MIG_REQUEST_ACTION = 1, /* run an action of the core */
    MIG_REQUEST_SECTION,    /* run the statements outside a transaction */
    MIG_REQUEST_QUIT        /* there is nothing more to do */
} mig_request_kind;

typedef struct mig_request {
    mig_request_kind kind;
    const char *action; /* ACTION: its SQL name */
    const mig_value *args;
    size_t n_args;
    mig_section_run section; /* SECTION: without changed and rewrite, which are no data */
} mig_request;

typedef enum mig_reply_kind {
    MIG_REPLY_LINE = 1, /* of the answer of an action */
    MIG_REPLY_NOTICE,   /* something for the user; more comes */
    MIG_REPLY_ERROR,    /* the end of the request */
    MIG_REPLY_DONE      /* the end of the request: it succeeded */
} mig_reply_kind;

typedef struct mig_reply {
    mig_reply_kind kind;
    mig_str line;         /* LINE */
    int level;            /* NOTICE: how grave, as the engine counts */
    mig_error error;      /* NOTICE, ERROR */
    const mig_value *own; /* NOTICE, ERROR: what else the engine's report says; the adapter's */
    size_t n_own;
} mig_reply;

/* The message, in the arena; {NULL, 0} after an error. */
mig_str mig_request_emit(mig_ctx *ctx, const mig_request *request);
mig_str mig_reply_emit(mig_ctx *ctx, const mig_reply *reply);

/* Reads one whole message. Texts point into it, arrays are in the arena. */
bool mig_request_parse(mig_ctx *ctx, mig_str message, mig_request *request);
bool mig_reply_parse(mig_ctx *ctx, mig_str message, mig_reply *reply);

#endif
