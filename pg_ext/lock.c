/*
 * lock.c: the locks of a run: advisory locks of the transaction, in the two-integer key space, so
 * that plain SQL (an offline script) can take the same ones:
 *
 *   catalog          pg_advisory_xact_lock(1835624306, 0)
 *   target ''        pg_advisory_xact_lock(1835624306, 1)
 *   another target   pg_advisory_xact_lock(1835624306, hashtext(target))
 *
 * 1835624306 is 'migr' as four bytes. The server releases them with the transaction; they exist
 * before our tables do, and no reader of the tables waits for them.
 *
 * A procedure takes the same locks for the session, and gives them back when it ends. It waits
 * without a snapshot: the run it waits for may have to wait for all who hold one. And it reads
 * nothing through a snapshot that is older than the lock.
 */
#include "pgm.h"

#include "common/hashfn.h"
#include "compat.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

/* Milliseconds: how long a function waits before it looks around. */
#define TURN_LEAST 2000

#define KEY_CATALOG 0u
#define KEY_TARGET 1u

/* The second field of a lock tag with two integers, as pg_advisory_xact_lock(int, int) fills it. */
#define TWO_INTEGERS 2

static uint32 lock_key(mig_lock_what what, const char *target) {
    if (what == MIG_LOCK_CATALOG)
        return KEY_CATALOG;
    if (target == NULL || *target == '\0')
        return KEY_TARGET;
    return hash_bytes((const unsigned char *)target, (int)strlen(target));
}

static bool tag_same(const LOCKTAG *a, const LOCKTAG *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

/* A process that holds the lock in a way that keeps us out; 0: none any more. */
static int lock_holder(const LOCKTAG *tag, LOCKMODE mode) {
    LockData *locks = GetLockStatusData();
    LockInstanceData *l;
    LOCKMODE held;
    int i;

    for (i = 0; i < locks->nelements; i++) {
        l = &locks->locks[i];
        if (l->pid == MyProcPid || !tag_same(&l->locktag, tag))
            continue;
        for (held = 1; held <= MaxLockMode; held++)
            if ((l->holdMask & LOCKBIT_ON(held)) != 0 && DoLockModesConflict(held, mode))
                return l->pid;
    }
    return 0;
}

static void waiting_context(void *arg) {
    errcontext("waiting for the migration lock");
}

static void lock_wait(const LOCKTAG *tag, LOCKMODE mode, bool session) {
    ErrorContextCallback callback;

    callback.callback = waiting_context;
    callback.arg = NULL;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    (void)LockAcquire(tag, mode, session, false);
    error_context_stack = callback.previous;
}

/* false: somebody else has it; says who. */
static bool lock_try(const LOCKTAG *tag, LOCKMODE mode, bool session) {
    int holder;

    if (LockAcquire(tag, mode, session, true) != LOCKACQUIRE_NOT_AVAIL)
        return true;
    holder = lock_holder(tag, mode);
    if (holder != 0)
        ereport(NOTICE, (errmsg("waiting for the migration lock held by process %d", holder)));
    return false;
}

/* ---- a function waits: with the snapshot of the statement it stands in */

/* Does a statement outside a transaction wait for us to end, while we wait for its run? Nothing can
   detect that: the run waits for its worker, not for a lock. */
static bool is_waited_for(void) {
    LockData *locks = GetLockStatusData();
    const char *type;
    VirtualTransactionId id;
    LOCKTAG own;
    int i;

    memset(&own, 0, sizeof own);
    GET_VXID_FROM_PGPROC(id, *MyProc);
    SET_LOCKTAG_VIRTUALTRANSACTION(own, id);
    for (i = 0; i < locks->nelements; i++) {
        if (locks->locks[i].waitLockMode == NoLock || !tag_same(&locks->locks[i].locktag, &own))
            continue;
        type = GetBackgroundWorkerTypeByPid(locks->locks[i].pid);
        if (type != NULL && strcmp(type, PGM_WORKER_TYPE) == 0)
            return true;
    }
    return false;
}

typedef struct turn {
    const LOCKTAG *tag;
    LOCKMODE mode;
    int length; /* milliseconds */
} turn;

static bool turn_wait(mig_ctx *ctx, void *arg) {
    const turn *self = arg;
    int nest_level = NewGUCNestLevel();

    (void)set_config_option("lock_timeout", psprintf("%d", self->length), PGC_USERSET,
                            PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    lock_wait(self->tag, self->mode, false);
    AtEOXact_GUC(false, nest_level);
    return true;
}

/* Waits in turns, between which it looks whether it keeps the run from ending. */
static bool lock_wait_turns(mig_ctx *ctx, const LOCKTAG *tag, LOCKMODE mode) {
    int left = LockTimeout > 0 ? LockTimeout : INT_MAX;
    turn t = {tag, mode, 0};
    mig_error error;

    for (;;) {
        t.length = Min(left, Max(TURN_LEAST, Min(DeadlockTimeout, INT_MAX / 2) * 2));
        left -= LockTimeout > 0 ? t.length : 0;
        if (pgm_attempt(ctx, turn_wait, &t, &error))
            return true;
        if (strcmp(error.sqlstate, "55P03") != 0 || left == 0)
            return mig_raise(ctx, &error);
        if (is_waited_for())
            break;
    }
    mig_fail(ctx, MIG_E_BUSY, "an online run is under way, and waits for this transaction to end");
    mig_hint(ctx, "It runs a statement outside a transaction, which waits for all who have a "
                  "snapshot. Try again when it has ended.");
    return false;
}

/* Anybody can release all advisory locks of his session, so can a script. */
static bool kept_check(mig_ctx *ctx, const pgm_kept_lock *lock) {
    if (pgm_lock_is_held(&lock->tag, lock->mode))
        return true;
    mig_fail(ctx, MIG_E_STATE, "the migration lock was released while the run was under way");
    mig_hint(ctx, "A script cannot call pg_advisory_unlock_all() or DISCARD ALL.");
    return false;
}

static bool lock_keep(mig_ctx *ctx, pgm_kept_lock *lock, const LOCKTAG *tag, LOCKMODE mode) {
    if (lock->mode != NoLock)
        return kept_check(ctx, lock);
    if (!pgm_unit_commit(ctx))
        return false;
    InvalidateCatalogSnapshot();
    if (!lock_try(tag, mode, true))
        lock_wait(tag, mode, true);
    lock->tag = *tag;
    lock->mode = mode;
    return pgm_unit_commit(ctx) && pgm_unit_begin(ctx);
}

void pgm_locks_check(const pgm_host *host) {
    int i;

    for (i = 0; i < (int)lengthof(host->locks); i++)
        if (host->locks[i].mode != NoLock)
            (void)kept_check(host->ctx, &host->locks[i]);
}

/* ---- what scripts have taken for the session: it would keep everybody out, in a pool for long */

static const uint32 own_keys[] = {KEY_CATALOG, KEY_TARGET};
static const LOCKMODE own_modes[] = {ShareLock, ExclusiveLock};

#define OWN_LOCKS (lengthof(own_keys) * lengthof(own_modes))

StaticAssertDecl(OWN_LOCKS <= PGM_OWN_LOCKS, "pgm_host has no room for them");

static LOCKTAG own_tag(size_t i) {
    LOCKTAG tag;

    memset(&tag, 0, sizeof tag);
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, MIG_LOCK_CLASS, own_keys[i / lengthof(own_modes)],
                         TWO_INTEGERS);
    return tag;
}

/* Without the warning for a lock that the session does not have. */
static bool session_release(const LOCKTAG *tag, LOCKMODE mode) {
    int client = client_min_messages, server = log_min_messages;
    bool had;

    client_min_messages = log_min_messages = ERROR;
    had = LockRelease(tag, mode, true);
    client_min_messages = client;
    log_min_messages = server;
    return had;
}

/* Only by giving it back it shows whose a lock is, the session's or the transaction's: meanwhile it is
   the transaction's too. */
static bool session_has(const LOCKTAG *tag, LOCKMODE mode) {
    bool had;

    if (!pgm_lock_is_held(tag, mode))
        return false;
    (void)LockAcquire(tag, mode, false, true);
    had = session_release(tag, mode);
    if (had)
        (void)LockAcquire(tag, mode, true, true);
    (void)LockRelease(tag, mode, false);
    return had;
}

void pgm_locks_note(pgm_host *host) {
    LOCKTAG tag;
    size_t i;

    for (i = 0; i < OWN_LOCKS; i++) {
        tag = own_tag(i);
        host->callers_locks[i] = session_has(&tag, own_modes[i % lengthof(own_modes)]);
    }
    host->locks_noted = true;
}

void pgm_locks_clean(const pgm_host *host) {
    LOCKMODE mode;
    LOCKTAG tag;
    size_t i;

    for (i = 0; i < lengthof(host->locks); i++)
        if (host->locks[i].mode != NoLock)
            return;
    for (i = 0; host->locks_noted && i < OWN_LOCKS; i++) {
        tag = own_tag(i);
        mode = own_modes[i % lengthof(own_modes)];
        while (!host->callers_locks[i] && pgm_lock_is_held(&tag, mode) &&
               session_release(&tag, mode))
            ;
    }
}

void pgm_locks_release(pgm_host *host) {
    pgm_kept_lock *lock;
    int i;

    for (i = lengthof(host->locks); i-- > 0;) {
        lock = &host->locks[i];
        if (lock->mode != NoLock && pgm_lock_is_held(&lock->tag, lock->mode))
            (void)LockRelease(&lock->tag, lock->mode, true);
        lock->mode = NoLock;
    }
}

/* Unlike a lock on a table, this one does not make the server look at what others have changed in
   the catalogs meanwhile: without asking for that, a schema made by the session we waited for would
   still be unknown. */
bool pgm_lock(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target) {
    LOCKMODE mode = level == MIG_LOCK_SHARED ? ShareLock : ExclusiveLock;
    LOCKTAG tag;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_progress_begin(pgm_host_of(ctx));
    memset(&tag, 0, sizeof tag);
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, MIG_LOCK_CLASS, lock_key(what, target), TWO_INTEGERS);
    if (pgm_host_of(ctx)->nonatomic)
        return lock_keep(ctx, &pgm_host_of(ctx)->locks[what], &tag, mode);
    if (!lock_try(&tag, mode, false) && !lock_wait_turns(ctx, &tag, mode))
        return false;
    AcceptInvalidationMessages();
    return true;
}
