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
 */
#include "pgm.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/inval.h"

#define LOCK_CLASS 1835624306u
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

static void lock_wait(const LOCKTAG *tag, LOCKMODE mode) {
    ErrorContextCallback callback;
    int holder = lock_holder(tag, mode);

    if (holder != 0)
        ereport(NOTICE, (errmsg("waiting for the migration lock held by process %d", holder)));
    callback.callback = waiting_context;
    callback.arg = NULL;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    (void)LockAcquire(tag, mode, false, false);
    error_context_stack = callback.previous;
}

/* Unlike a lock on a table, this one does not make the server look at what others have changed in
   the catalogs meanwhile: without asking for that, a schema made by the session we waited for would
   still be unknown. */
bool pgm_lock(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target) {
    LOCKMODE mode = level == MIG_LOCK_SHARED ? ShareLock : ExclusiveLock;
    LOCKTAG tag;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    memset(&tag, 0, sizeof tag);
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, LOCK_CLASS, lock_key(what, target), TWO_INTEGERS);
    if (LockAcquire(&tag, mode, false, true) == LOCKACQUIRE_NOT_AVAIL)
        lock_wait(&tag, mode);
    AcceptInvalidationMessages();
    return true;
}
