/*
 * rights.c: with which rights the user's code runs: scripts, and the triggers, checks and casts that
 * statements of ours set off.
 *
 * It runs as the role of migrate.run_as, else as the current one. Where that is somebody else than
 * the session (run_as; a superuser who has SET ROLE) it is confined: the server itself refuses to
 * change the role as within a SECURITY DEFINER function, and leave.c sees to what the code could
 * leave behind for others to run into. A bit of our own in the security context says so: the server
 * hands it on to functions, subtransactions and parallel workers, and takes it back when a transaction
 * ends in an error.
 *
 * What the engine itself does, its books above all, is done as the caller. Where its tables are
 * another role's it acts as that role, without a moment at which something planted in them could
 * run with more.
 */
#include "pgm.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* None of the server's. */
#define CONFINED 0x40000000

char *pgm_run_as = NULL;

/* ---- as whom */

bool pgm_is_run_as(void) {
    Oid role =
        pgm_run_as == NULL || *pgm_run_as == '\0' ? InvalidOid : get_role_oid(pgm_run_as, true);

    return pgm_run_as != NULL && *pgm_run_as != '\0' && !(OidIsValid(role) && superuser_arg(role));
}

static Oid run_as_role(void) {
    Oid role = get_role_oid(pgm_run_as, true);

    if (!OidIsValid(role))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("role \"%s\" of \"migrate.run_as\" does not exist", pgm_run_as),
                        errhint("Create the role, or set \"migrate.run_as\" to another one, or to "
                                "nothing.")));
    if (!pgm_may_set_role(GetUserId(), role))
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("permission denied to run scripts as role \"%s\"", pgm_run_as),
                 errdetail("\"migrate.run_as\" names it, and the current role \"%s\" may not SET "
                           "ROLE to it.",
                           GetUserNameFromId(GetUserId(), false)),
                 errhint("GRANT %s TO %s, or connect as a role that is a member.",
                         quote_identifier(pgm_run_as),
                         quote_identifier(GetUserNameFromId(GetUserId(), false)))));
    return role;
}

/* A listing must not fail where an action would. */
static bool run_as_applies(const pgm_host *host) {
    Oid role;

    if (!pgm_is_run_as())
        return false;
    role = get_role_oid(pgm_run_as, true);
    return !host->listing || (OidIsValid(role) && pgm_may_set_role(GetUserId(), role));
}

/* Has a superuser put on the role of somebody else? */
static bool is_borrowed(Oid role) {
    return !superuser_arg(role) && superuser_arg(GetAuthenticatedUserId());
}

Oid pgm_runner(pgm_host *host) {
    bool run_as;

    if (OidIsValid(host->runner))
        return host->runner;
    run_as = run_as_applies(host);
    host->runner = run_as ? run_as_role() : GetUserId();
    host->confined = run_as || is_borrowed(host->runner);
    return host->runner;
}

/* ---- the user's code */

pgm_rights pgm_confine_as(Oid role) {
    pgm_rights before;

    GetUserIdAndSecContext(&before.user, &before.context);
    before.watched = false;
    SetUserIdAndSecContext(role, before.context | SECURITY_LOCAL_USERID_CHANGE | CONFINED);
    return before;
}

bool pgm_in_confinement(void) {
    Oid user;
    int context;

    GetUserIdAndSecContext(&user, &context);
    return (context & CONFINED) != 0;
}

pgm_rights pgm_confine(pgm_host *host) {
    Oid role = pgm_runner(host);
    pgm_rights before;

    if (host->confined) {
        pgm_leave_begin(host);
        return pgm_confine_as(role);
    }
    GetUserIdAndSecContext(&before.user, &before.context);
    before.watched = host->watch.on;
    host->watch.on = !host->listing && superuser_arg(role);
    return before;
}

void pgm_unconfine(pgm_host *host, pgm_rights before) {
    SetUserIdAndSecContext(before.user, before.context);
    host->watch.on = before.watched;
}

pgm_guard pgm_guard_open(pgm_host *host) {
    pgm_guard guard;

    if (!host->listing)
        pgm_deferred_begin(host);
    guard.nest_level = NewGUCNestLevel();
    guard.before = pgm_confine(host);
    return guard;
}

void pgm_guard_close(pgm_host *host, const pgm_guard *guard) {
    pgm_unconfine(host, guard->before);
    AtEOXact_GUC(false, guard->nest_level);
}

/* ---- the engine's own statements */

static Oid table_owner(Oid table) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    Oid owner = InvalidOid;

    if (HeapTupleIsValid(tuple)) {
        owner = ((Form_pg_class)GETSTRUCT(tuple))->relowner;
        ReleaseSysCache(tuple);
    }
    return owner;
}

/* The role that has the rights of both: the tables may belong to a role and to members of it. */
static Oid role_either(Oid a, Oid b) {
    if (!OidIsValid(a) || is_member_of_role_nosuper(b, a))
        return b;
    return a;
}

/* The owner, no superuser, of the tables of ours that a text names as {name}; none: superusers. */
static Oid tables_owner(const char *sql) {
    Oid schema = get_namespace_oid(PGM_SCHEMA, true), found = InvalidOid, owner;
    const char *open, *close = sql;
    char name[NAMEDATALEN];

    while (OidIsValid(schema) && (open = strchr(close, '{')) != NULL &&
           (close = strchr(open, '}')) != NULL) {
        if (open[1] < 'a' || open[1] > 'z')
            continue;
        strlcpy(name, open + 1, Min((size_t)(close - open), sizeof name));
        owner = table_owner(get_relname_relid(name, schema));
        if (OidIsValid(owner) && !superuser_arg(owner))
            found = role_either(found, owner);
    }
    return found;
}

/* A member of the owner can become him, and trusts him; a superuser is everybody's member. One who has
   put on a role stays in it: a script of the same run could have planted something in its tables. */
pgm_rights pgm_act_as_owner(const char *sql) {
    bool borrowed = is_borrowed(GetUserId());
    Oid owner = superuser() || borrowed || pgm_is_run_as() ? tables_owner(sql) : InvalidOid;
    pgm_rights before;

    GetUserIdAndSecContext(&before.user, &before.context);
    before.watched = false;
    if (!OidIsValid(owner) || !pgm_may_set_role(before.user, owner))
        owner = before.user;
    if (borrowed || owner != before.user)
        SetUserIdAndSecContext(owner, before.context | SECURITY_LOCAL_USERID_CHANGE |
                                          SECURITY_RESTRICTED_OPERATION);
    return before;
}

pgm_rights pgm_act_as_owner_of(Oid table) {
    Oid owner = superuser() ? table_owner(table) : InvalidOid;
    pgm_rights before;

    GetUserIdAndSecContext(&before.user, &before.context);
    before.watched = false;
    if (OidIsValid(owner) && !superuser_arg(owner))
        SetUserIdAndSecContext(owner, before.context | SECURITY_LOCAL_USERID_CHANGE |
                                          SECURITY_RESTRICTED_OPERATION);
    return before;
}

void pgm_act_as_before(pgm_rights before) {
    SetUserIdAndSecContext(before.user, before.context);
}
