/*
 * run_retry.c: a segment that another session stood in the way of: what is put back, and the wait
 * before it is tried again. Only in online runs.
 */
#include "run_part.h"

#include <string.h>

/* The first wait, doubled each time up to the longest. */
#define WAIT_LEAST ((int64_t)100000)
#define WAIT_MOST ((int64_t)10000000)

mig_run_start mig_run_keep(const mig_runner *self) {
    mig_run_start start;

    memset(&start, 0, sizeof start);
    start.n_done = self->n_done;
    start.n_written = self->n_written;
    start.n_ran = self->n_ran;
    start.last_seq = self->session->state.last_seq;
    start.last_log = self->session->state.last_log;
    start.partly = self->partly;
    start.here = self->here;
    start.left = self->left;
    start.place = mig_steps_here(self->steps);
    return start;
}

void mig_run_back(mig_runner *self, const mig_run_start *start) {
    self->n_done = start->n_done;
    self->n_written = start->n_written;
    self->n_ran = start->n_ran;
    self->session->state.last_seq = start->last_seq;
    self->session->state.last_log = start->last_log;
    self->partly = start->partly;
    self->here = start->here;
    self->left = start->left;
    self->at_commit = false;
    mig_steps_back(self->steps, start->place);
}

/* What another session did is the cause, and it may be gone in a moment. */
static bool is_passing(const mig_error *error) {
    return strcmp(error->sqlstate, "55P03") == 0 || strcmp(error->sqlstate, "40P01") == 0 ||
           strcmp(error->sqlstate, "40001") == 0;
}

/* Twice as long each time, less up to a half of it by chance, so that two that stand in each other's
   way part. */
static int64_t wait_length(mig_ctx *ctx, int64_t tries) {
    int64_t length = WAIT_LEAST;
    uint32_t chance = 0;

    for (; tries > 0 && length < WAIT_MOST; tries--)
        length *= 2;
    if (length > WAIT_MOST)
        length = WAIT_MOST;
    mig_ctx_host(ctx)->random(ctx, &chance, sizeof chance);
    return length - (int64_t)((double)(length / 2) * (chance / 4294967296.0));
}

typedef struct waiting {
    const mig_error *error;
    int64_t tries, retries;
    const char *blocker; /* said */
} waiting;

static bool wait_work(mig_ctx *ctx, void *arg) {
    mig_host *host = mig_ctx_host(ctx);
    waiting *self = arg;
    int64_t length = wait_length(ctx, self->tries);
    mig_str who = {"", 0};

    if (strcmp(self->error->sqlstate, "55P03") == 0 && !host->blocker(ctx, &who))
        return false;
    self->blocker = mig_str_z(ctx, who);
    if (self->tries >= self->retries)
        return mig_ctx_error(ctx) == NULL;
    return mig_answer(ctx, "%s%s%.*s; attempt %lld of %lld in %lld ms", self->error->message,
                      who.n > 0 ? ", blocked by " : "", MIG_FMT(who), (long long)self->tries + 2,
                      (long long)self->retries + 1, (long long)length / 1000) &&
           host->pause(ctx, length);
}

bool mig_run_wait(mig_ctx *ctx, mig_runner *self, int64_t tries, mig_error *error) {
    mig_host *host = mig_ctx_host(ctx);
    waiting wait = {NULL, 0, 0, NULL};
    mig_error failed = *error;

    if (!self->session->online || !is_passing(error))
        return false;
    wait.error = &failed;
    wait.tries = tries;
    wait.retries = self->retries;
    if (!host->unit_commit(ctx))
        return !mig_take_error(ctx, error);
    if (!host->attempt(ctx, wait_work, &wait, error))
        return false;
    if (tries >= wait.retries && wait.blocker != NULL && wait.blocker[0] != '\0')
        error->detail = mig_str_z(ctx, mig_str_format(ctx, "Blocked by %s; tried %lld times.",
                                                      wait.blocker, (long long)tries + 1));
    return tries < wait.retries && (host->unit_begin(ctx) || !mig_take_error(ctx, error));
}
