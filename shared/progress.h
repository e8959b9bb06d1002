/*
 * progress.h: what others see of a run: a line in the place where their engine shows what a session
 * is (PostgreSQL: application_name in pg_stat_activity), for people and for migrate_progress.
 *
 *     migrate: upgrade abc123def456 (3/20) 2/7 11-21 14:03:22Z
 *     migrate: seed countries (2/5) row 16384 11-21 14:03:22Z
 *
 * Action; revision or seed; its place in the run; statement of it, or row; since when, in UTC. The year
 * is left out for want of room. Everybody can see such a line, and a role can write one of its own:
 * whoever reads it looks first whether the session holds the lock of a run.
 */
#ifndef MIG_PROGRESS_H
#define MIG_PROGRESS_H

#include "text.h"

/* Bytes of a line, with a NUL: as much as PostgreSQL shows. */
#define MIG_PROGRESS_ROOM 64

/* The line, as ASCII: other bytes of a name become '?', a name that is too long ends in '~'. */
void mig_progress_write(const mig_progress *progress, int64_t now, char line[MIG_PROGRESS_ROOM]);

/* Reads a line; its texts are views into it. *since becomes the latest such moment that is not after
   now, give or take a day. false: it is none. */
bool mig_progress_read(mig_str line, int64_t now, mig_progress *progress, int64_t *since);

/* The columns that mig_host.sessions gives. */
typedef enum mig_session_column {
    MIG_SESSION_PID,      /* MIG_INT */
    MIG_SESSION_WHO,      /* its role */
    MIG_SESSION_LINE,     /* what it shows */
    MIG_SESSION_HOLDS,    /* 1: it has the lock of a run; 0: it waits for it */
    MIG_SESSION_WAITS,    /* 1: it waits for a lock */
    MIG_SESSION_BLOCKERS, /* who has that: process ids, joined; NULL: not known */
    MIG_SESSION_STARTED,  /* its statement, as mig_time_iso; NULL: the caller may not see it */
    MIG_SESSION_QUERY,    /* the same */
    MIG_SESSION_COLUMNS
} mig_session_column;

#endif
