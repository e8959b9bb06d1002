/*
 * rights.c: with which rights the user's code runs: scripts, and the triggers, checks and casts that
 * statements of ours set off.
 */
#include "pgm.h"

#include "compat.h"
#include "executor/spi.h"

static bool is_borrowed(Oid role) {
    return !superuser_arg(role) && superuser_arg(GetAuthenticatedUserId());
}

bool pgm_is_borrowed(void) {
    return is_borrowed(GetUserId());
}

pgm_rights pgm_confine(void) {
    pgm_rights before;

    GetUserIdAndSecContext(&before.user, &before.context);
    if (is_borrowed(before.user))
        SetUserIdAndSecContext(before.user, before.context | SECURITY_LOCAL_USERID_CHANGE);
    return before;
}

/* The query of a cursor WITH HOLD runs on at the commit, when nothing confines it any more. */
static void cursors_refuse(void) {
    int nest_level = pgm_pin_path();
    bool left;

    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    left = SPI_execute("SELECT FROM pg_catalog.pg_cursors WHERE is_holdable AND creation_time "
                       "OPERATOR(pg_catalog.=) pg_catalog.statement_timestamp()",
                       true, 1) == SPI_OK_SELECT &&
           SPI_processed > 0;
    SPI_finish();
    AtEOXact_GUC(false, nest_level);
    if (left)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("a script cannot leave a cursor WITH HOLD to a superuser"),
                        errhint("Close the cursor, or connect as the role instead of SET ROLE.")));
}

void pgm_unconfine(pgm_rights before) {
    SetUserIdAndSecContext(before.user, before.context);
    if (is_borrowed(before.user))
        cursors_refuse();
}

pgm_guard pgm_guard_open(pgm_host *host) {
    pgm_guard guard;

    if (!host->listing)
        pgm_deferred_begin(host);
    guard.nest_level = NewGUCNestLevel();
    guard.before = pgm_confine();
    host->borrowed = host->borrowed || is_borrowed(guard.before.user);
    return guard;
}

void pgm_guard_close(const pgm_guard *guard) {
    SetUserIdAndSecContext(guard->before.user, guard->before.context);
    AtEOXact_GUC(false, guard->nest_level);
}

/* Not at each row: a look at the cursors costs more than most of them. */
void pgm_guard_check(const pgm_host *host) {
    if (host->borrowed)
        cursors_refuse();
}
