/*
 * worker.h: a background worker of a run, a session of its own that does what it is asked
 * (shared/request.h); what worker.c, service.c, report.c and those who ask share.
 */
#ifndef PGM_WORKER_H
#define PGM_WORKER_H

#include "pgm.h"

#include "../shared/request.h"

#pragma GCC visibility push(hidden)

typedef struct pgm_worker pgm_worker;

/* ---- worker.c: the side that asks. All may leave by ereport. */

/* Starts a worker that ends with the memory at the latest. purpose: what it will be asked; sections it
   runs as the role as which the host runs the user's code, actions as the current one. */
pgm_worker *pgm_worker_start(MemoryContext memory, pgm_host *host, mig_request_kind purpose);
/* Has it, or has the run before it, told the superuser what pgm_watch is for? */
bool pgm_worker_warned(const pgm_worker *worker);
/* Asks, and hands on what comes back until it is done: lines to the answer, notices and the error as
   reports of this session. characters: of the text before the statement, for their positions. */
void pgm_worker_ask(pgm_worker *worker, mig_ctx *ctx, const mig_request *request, int characters);
/* Ends it, and waits until it has ended; NULL is fine. failed: it is in the middle of something. */
void pgm_worker_stop(pgm_worker *worker, mig_ctx *ctx, bool failed);

/* The start of the segment: who is who, and where the rest is. */
typedef struct pgm_worker_head {
    Oid database, session_user;
    bool confined;                          /* to the role */
    pgm_watch watch;                        /* the worker writes */
    Size role, settings, requests, replies; /* offsets */
} pgm_worker_head;

/* ---- report.c: reports of the server (errors, notices) as replies, and back */

/* Says one again, here; who: put behind the context, or NULL. */
void pgm_report_raise(const mig_reply *reply, int characters, const char *who);

/* From here on what the server says to its client goes to the sink, until the queue ends. */
struct dsm_segment;
struct shm_mq_handle;
void pgm_sink_open(struct dsm_segment *segment, struct shm_mq_handle *replies);
void pgm_sink_send(const mig_reply *reply);
/* Errors are those of this host's core from now on. */
void pgm_sink_serve(const pgm_host *host);

#pragma GCC visibility pop

#endif
