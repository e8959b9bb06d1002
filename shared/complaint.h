/*
 * complaint.h: the list of everything wrong with a set of files, raised at once as one error.
 *
 * A loader goes on after a bad file so that the user sees all complaints of all files in one go.
 */
#ifndef MIG_COMPLAINT_H
#define MIG_COMPLAINT_H

#include "mig.h"

typedef struct mig_complaint {
    mig_code code;
    mig_str source;   /* file or bundle name; empty: none */
    int line, column; /* 1-based; 0 unknown */
    mig_str text;     /* message, in the style of an error message */
    mig_str hint;     /* a sentence, or empty */
} mig_complaint;

typedef struct mig_complaints {
    mig_complaint *items; /* at most MIG_MAX_COMPLAINTS */
    size_t n, room;
    size_t total; /* with those beyond the limit */
} mig_complaints;

/* The list is kept memory (mig_alloc_kept); source must live as long as it. */

/* Adds one. Where memory is short the context's error is set. */
bool mig_complain(mig_ctx *ctx, mig_complaints *list, mig_code code, mig_str source, int line,
                  int column, const char *format, ...)
    __attribute__((__format__(__printf__, 7, 8)));

/* Gives the last complaint a hint. */
bool mig_complain_hint(mig_ctx *ctx, mig_complaints *list, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Takes the context's error (if any) as a complaint, so that the work can go on. Out of memory
   and interrupts stay errors. false when an error stays. */
bool mig_complain_error(mig_ctx *ctx, mig_complaints *list, mig_str source);

/* Sets the error when there are complaints, sorted by source, line, column. One complaint: it is the
   error, with source, line, column. Several: the first is the message, and the detail lists them
   all, one a line: "users.sql:3:1: message". summary says what did not happen ("nothing was
   loaded") and goes behind the hint. */
bool mig_complaints_raise(mig_ctx *ctx, const mig_complaints *list, const char *summary);

#endif
