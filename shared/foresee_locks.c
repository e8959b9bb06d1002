/*
 * foresee_locks.c: more locks than the server has room for; see foresee.h.
 *
 * The facts of the scripts say how many their statements take (split.h, mig_locks), so that no text is
 * read. Only what could never fit is refused: where the table ends is not known exactly.
 */
#include "foresee_part.h"

#include <string.h>

#define LOCKS_FEW 200 /* no server has so little room */

/* The lock table of the server. */
typedef struct lock_room {
    int64_t setting; /* max_locks_per_transaction */
    int64_t times;   /* what it is multiplied by */
    int64_t used;
} lock_room;

static bool room_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    lock_room *room = arg;

    (void)ctx;
    if (n == 3 && cols[0].type == MIG_INT && cols[1].type == MIG_INT && cols[2].type == MIG_INT) {
        room->setting = cols[0].integer;
        room->times = cols[1].integer;
        room->used = cols[2].integer;
    }
    return true;
}

/* Backends as the server counts them: connections, workers of autovacuum and its launcher, other
   workers, senders; and prepared transactions. */
static bool room_read(mig_ctx *ctx, lock_room *room) {
    memset(room, 0, sizeof *room);
    return mig_ctx_host(ctx)->query(
        ctx,
        "SELECT current_setting('max_locks_per_transaction')::bigint, "
        "current_setting('max_connections')::bigint + "
        "coalesce(current_setting('autovacuum_worker_slots', true), "
        "current_setting('autovacuum_max_workers'))::bigint + 1 + "
        "current_setting('max_worker_processes')::bigint + "
        "current_setting('max_wal_senders')::bigint + "
        "current_setting('max_prepared_transactions')::bigint, "
        "(SELECT count(*) FROM (SELECT DISTINCT locktype, database, relation, page, tuple, "
        "virtualxid, transactionid::text, classid, objid, objsubid FROM pg_locks "
        "WHERE NOT fastpath) AS entries)",
        NULL, 0, MIG_SNAPSHOT_CALLER, room_row, room);
}

static int64_t room_whole(const lock_room *room) {
    return room->setting * room->times;
}

/* More than this never fits: beside its own part the table can take what the server's shared memory
   has to spare. Measured 1.65 times the whole with the defaults, 1.6 times with the least. */
static int64_t room_most(const lock_room *room) {
    return 2 * room_whole(room) + 500;
}

/* The setting with which so many fit, with some room for others. */
static int64_t setting_needed(const lock_room *room, int64_t locks) {
    int64_t needed = (locks + locks / 10 + room->used) / room->times + 1;

    return (needed + 31) / 32 * 32;
}

/* What the tables that are there and are dropped hold, each counted once. */
static bool drops_count(mig_foreseer *self, mig_name_set *seen, size_t node, int64_t *locks) {
    mig_host *host = mig_ctx_host(self->ctx);
    mig_str facts = mig_foreseer_facts(self, node);
    mig_known known;
    mig_loss loss;
    int64_t n;

    while (mig_facts_next_loss(&facts, &loss)) {
        if (loss.column.n > 0 || mig_name_marks(seen, loss.table) != 0)
            continue;
        if (!mig_name_put(self->ctx, seen, loss.table, MIG_NAME_TOUCHED) ||
            !host->known(self->ctx, loss.table, &known, &n))
            return false;
        *locks += known == MIG_KNOWN_OLD ? n : 0;
    }
    return true;
}

static bool locks_refuse(mig_foreseer *self, size_t node, const lock_room *room, int64_t least,
                         int64_t likely) {
    int64_t needed = setting_needed(room, likely > least ? likely : least);
    const mig_revision *rev = &self->state->revisions[node];
    mig_foreseen *item = mig_foreseer_add(self, node);
    mig_str message, detail, hint, who;

    if (item == NULL)
        return false;
    who = self->online ? mig_str_format(self->ctx, "revision \"%.*s\"", MIG_FMT(rev->id))
                       : MIG_STR("the run");
    message = mig_str_format(self->ctx,
                             "%.*s needs at least %lld locks at once, more than the server has "
                             "room for",
                             MIG_FMT(who), (long long)least);
    detail = mig_str_format(self->ctx,
                            "A transaction keeps its locks to its end. max_locks_per_transaction "
                            "= %lld makes room for %lld locks of all sessions; %lld are in use.",
                            (long long)room->setting, (long long)room_whole(room),
                            (long long)room->used);
    hint = self->online
               ? mig_str_format(self->ctx,
                                "Nothing was run. Make several revisions of it, or set "
                                "max_locks_per_transaction to %lld and restart the server.",
                                (long long)needed)
               : mig_str_format(self->ctx,
                                "Nothing was run. %s commits each revision by itself: use it, or "
                                "set max_locks_per_transaction to %lld and restart the server.",
                                mig_foreseer_call(self), (long long)needed);
    item->fatal = true;
    item->error.code = MIG_E_HOST;
    memcpy(item->error.sqlstate, "53200", 6);
    item->error.message = mig_foreseer_keep(self, message);
    item->error.detail = mig_foreseer_keep(self, detail);
    item->error.hint = mig_foreseer_keep(self, hint);
    item->note = mig_str_keep(
        self->ctx, mig_str_format(self->ctx, "refused in one transaction, for too many locks: %s",
                                  mig_foreseer_call(self)));
    return mig_ctx_error(self->ctx) == NULL;
}

static bool locks_note(mig_foreseer *self, size_t node, const lock_room *room) {
    mig_foreseen *item = mig_foreseer_add(self, node);
    mig_str note;

    if (item == NULL)
        return false;
    note = mig_str_format(self->ctx,
                          "in one transaction, from here on more than half of the %lld locks that "
                          "the server has room for: %s",
                          (long long)room_whole(room), mig_foreseer_call(self));
    item->note = mig_str_keep(self->ctx, note);
    return mig_ctx_error(self->ctx) == NULL;
}

/* Of the revisions from place on, n of them, which run in one transaction. */
static bool locks_look(mig_foreseer *self, size_t place, size_t n) {
    const size_t *nodes = self->plan->nodes.items + place;
    mig_locks sum = {0, 0};
    mig_name_set seen = {NULL, 0, 0};
    size_t half = 0, i;
    lock_room room;
    int64_t least;

    for (i = 0; i < n; i++)
        mig_facts_locks(mig_foreseer_facts(self, nodes[i]), &sum);
    if (sum.likely <= LOCKS_FEW)
        return true;
    if (!room_read(self->ctx, &room))
        return false;
    if (room.times <= 0 || (int64_t)sum.likely <= room_whole(&room) / 2)
        return true;
    least = (int64_t)sum.least;
    for (i = 0; i < n; i++)
        if (!drops_count(self, &seen, nodes[i], &least))
            return false;
    if (least + room.used > room_most(&room))
        return locks_refuse(self, nodes[0], &room, least, (int64_t)sum.likely);
    memset(&sum, 0, sizeof sum);
    for (half = 0; half < n && (int64_t)sum.likely <= room_whole(&room) / 2; half++)
        mig_facts_locks(mig_foreseer_facts(self, nodes[half]), &sum);
    return locks_note(self, nodes[half - 1], &room);
}

bool mig_foresee_locks(mig_foreseer *self) {
    size_t i;

    if (!self->online)
        return locks_look(self, 0, self->plan->nodes.n);
    for (i = 0; i < self->plan->nodes.n; i++)
        if (!locks_look(self, i, 1))
            return false;
    return true;
}
