/*
 * run_part.h: what the files of a run share: run.c (steps and segments), run_check.c, run_books.c,
 * run_outside.c, run_retry.c, run_failed.c.
 */
#ifndef MIG_RUN_PART_H
#define MIG_RUN_PART_H

#include "partial.h"
#include "run.h"
#include "steps.h"

/* A revision that was done in this run. */
typedef struct mig_run_record {
    size_t node;
    int64_t at, duration; /* microseconds */
    int64_t seq;          /* that was written; 0: a downgrade */
} mig_run_record;

typedef struct mig_runner {
    mig_session *session;
    const mig_plan *plan;
    mig_steps *steps;
    mig_step step; /* the step that ended the segment */
    bool more;     /* segments come behind it */
    mig_run_record *records;
    size_t n_done, n_written;
    size_t n_committed;      /* revisions that are safe whatever happens next */
    size_t n_ran;            /* sections of the current revision that ran */
    bool at_commit;          /* it was a COMMIT that failed */
    bool partly;             /* something of a revision is committed, and its row is not */
    mig_partial here;        /* online: how far the current revision is */
    bool kept;               /* and the tables say so */
    const mig_partial *left; /* up to where an earlier run came with it; NULL: here is there */
    mig_partial *partials;   /* of all revisions, as earlier runs left them */
    size_t n_partials;
    mig_str left_over;      /* what an outside statement that failed has left; empty: nothing */
    int64_t retries;        /* online: how often a segment may be tried again */
    int64_t started;        /* of the current revision */
    const mig_error *error; /* that ended it */
    int64_t second;         /* the one that iso says: thousands of rows may share it */
    char iso[32];
} mig_runner;

/* ---- run.c ---- */

/* The locks of a run. Again in an online run: has a script given them away? */
bool mig_run_lock(mig_ctx *ctx);
mig_section_run mig_run_section(mig_ctx *ctx, const mig_step *step);

/* ---- run_books.c ---- */

/* Writes the rows of what was done since the last time. */
bool mig_run_books_write(mig_ctx *ctx, mig_runner *self);
/* What is written is committed. */
bool mig_run_books_commit(mig_ctx *ctx, mig_runner *self);
/* What was committed before the failure gets a log row, since nothing rolls that back, and so does
   every failure of an online run; the rest leaves none. Answers why that could not be done, or NULL. */
const char *mig_run_log_failure(mig_ctx *ctx, mig_runner *self, const mig_error *failure);

/* ---- run_outside.c ---- */

/* What earlier runs left of a revision; NULL: nothing. */
const mig_partial *mig_run_partial_find(const mig_runner *self, mig_str id);
/* Where an earlier run has left a part of the revision, this one goes on behind it. */
void mig_run_partial_start(mig_runner *self, const mig_step *step);
/* Is what comes next something that an earlier run has done? Where that run ended, what came before
   must read as it did then. */
bool mig_run_partial_done(mig_ctx *ctx, mig_runner *self, bool *done);
/* Before an outside section: what the segment did of the revision is committed with the place. */
bool mig_run_partial_note(mig_ctx *ctx, mig_runner *self);
/* With its row in the books a revision is no longer a part of one. */
bool mig_run_partial_forget(mig_ctx *ctx, const mig_runner *self, const mig_revision *rev);

/* Runs the section that ended the segment. */
bool mig_run_outside(mig_ctx *ctx, mig_runner *self);
/* Begins the unit behind it: others could get in, so that what was planned must still hold. */
bool mig_run_reopen(mig_ctx *ctx, mig_runner *self);

/* ---- run_retry.c ---- */

/* What is put back when a segment was undone. */
typedef struct mig_run_start {
    size_t n_done, n_written, n_ran;
    int64_t last_seq, last_log;
    bool partly;
    mig_partial here;
    const mig_partial *left;
    mig_steps_place place;
} mig_run_start;

mig_run_start mig_run_keep(const mig_runner *self);
void mig_run_back(mig_runner *self, const mig_run_start *start);

/* Lets go of everything but the locks of the run, and waits. false: there is no other try; the error
   says why. */
bool mig_run_wait(mig_ctx *ctx, mig_runner *self, int64_t tries, mig_error *error);

/* ---- run_failed.c ---- */

/* Raises the error with the state after it in its hint; unlogged: of mig_run_log_failure. */
bool mig_run_failed(mig_ctx *ctx, const mig_runner *self, mig_error *error, const char *unlogged);

#endif
