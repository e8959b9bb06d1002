/*
 * session.h: how an action gets at the state: first a look without a lock, then, if there is
 * something to do, the lock, a fresh look, and the work in one unit.
 *
 * The order matters: a state that was read before the lock was granted is stale. Under a
 * transaction-wide snapshot (REPEATABLE READ) even a later ordinary read is stale; then the two
 * readings are compared and a difference is MIG_E_STALE (40001: retry the transaction). Where the
 * host can prove that nothing was changed since the look, the look is as good as a second one.
 */
#ifndef MIG_SESSION_H
#define MIG_SESSION_H

#include "catalog.h"
#include "tracer.h"

typedef enum mig_files { MIG_FILES_IGNORE, MIG_FILES_LOOK } mig_files;

typedef struct mig_session {
    mig_state state;
    mig_intake intake; /* what the remembered directories say */
    mig_files files;
    bool within;        /* a part of a larger run, which says how it ended */
    bool online;        /* each revision commits by itself, under locks that are kept */
    mig_tracer *tracer; /* the run is only looked at; NULL: none does */
    bool stale; /* the caller's transaction does not see the state that was read under the lock */
    const mig_mark *spare; /* what was allocated since may be given back before the state is read
                              afresh; NULL: keep it */
} mig_session;

/* Reads the state without a lock; with MIG_FILES_LOOK the remembered directories are taken into it
   in memory. Complaints of the files are raised, with nothing ("Nothing was applied") behind. */
bool mig_session_look(mig_ctx *ctx, mig_session *session, mig_snapshot snapshot, mig_files files,
                      const char *nothing);

/* As look, but complaints stay in session->intake.complaints, and then the state is the stored one. */
bool mig_session_peek(mig_ctx *ctx, mig_session *session, mig_files files);

/*
 * Begins the unit, makes the tables, takes the locks, sees to it that the state is fresh, and stores
 * what the directories say. After it the session's state is the locked one. On failure the unit is
 * aborted.
 */
bool mig_session_begin(mig_ctx *ctx, mig_session *session, const char *nothing);

/* Locks for a change of the catalog only (load, add, repair): exclusive; reads the state. */
bool mig_session_begin_catalog(mig_ctx *ctx, mig_session *session);

/* To be called under the lock before anything is changed: a caller whose snapshot is stale would go on
   in its transaction with what it cannot see. MIG_E_STALE then. */
bool mig_session_may_act(mig_ctx *ctx, const mig_session *session);

/* Commits, or aborts when an error is set; answers whether all is well. */
bool mig_session_end(mig_ctx *ctx);

/* The lines about directories: changed, or not readable. */
bool mig_session_notes(mig_ctx *ctx, const mig_session *session);

/* The same as notices, for a listing, whose answer is rows. */
bool mig_session_notices(mig_ctx *ctx, const mig_session *session);

#endif
