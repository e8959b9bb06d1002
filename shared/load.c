/*
 * load.c: how scripts enter the catalog: init, load, add, repair.
 *
 * All files are read and checked before anything is stored, and everything is stored in one unit.
 */
#include "command.h"

#include <string.h>

#include "format.h"

#define NOTHING_LOADED "Nothing was loaded"
#define USE_TEXT                                                                                   \
    "Use SELECT migrate_add(script), which takes the text of the scripts from the client."

/* ---- init -------------------------------------------------------------------------------- */

static bool init_owner_check(mig_ctx *ctx, mig_str owner) {
    if (owner.n == 0 || mig_ctx_host(ctx)->engine == MIG_POSTGRESQL)
        return true;
    mig_fail(ctx, MIG_E_UNSUPPORTED, "migrate_init: SQLite has no owners");
    mig_hint(ctx, "Call it without an argument: SELECT migrate_init().");
    return false;
}

static bool init_work(mig_ctx *ctx, mig_str owner) {
    mig_host *host = mig_ctx_host(ctx);
    const char *role = owner.n > 0 ? mig_str_z(ctx, owner) : NULL;
    bool made = false;
    int format;

    if (host->lock(ctx, MIG_LOCK_CATALOG, MIG_LOCK_EXCLUSIVE, "") &&
        mig_store_init(ctx, role, &made, &format) && format != MIG_STORE_FORMAT)
        mig_format_bring(ctx, format);
    if (!mig_session_end(ctx))
        return false;
    return mig_answer(ctx,
                      made ? "The tables of migrate were made" : "The tables of migrate are there");
}

MIG_COMMAND(mig_cmd_init) {
    mig_host *host = mig_ctx_host(ctx);
    mig_str owner;
    int format;

    if (!mig_arg_text(ctx, "migrate_init", "owner", args, n_args, 0, &owner))
        return false;
    owner = mig_str_trim(owner);
    if (!init_owner_check(ctx, owner) || !mig_store_exists(ctx, &format))
        return false;
    if (format == MIG_STORE_FORMAT)
        return mig_answer(ctx, "The tables of migrate are there");
    return host->check_writable(ctx, "migrate_init") && host->unit_begin(ctx) &&
           init_work(ctx, owner);
}

/* ---- storing a scan ---------------------------------------------------------------------- */

/* The common end of load and add: under the lock, take the scan in and store it. */
static bool scan_store(mig_ctx *ctx, mig_scan *scan, const mig_complaints *complaints,
                       mig_session *session) {
    mig_intake *intake = &session->intake;

    if (!mig_session_begin_catalog(ctx, session))
        return false;
    intake->complaints = *complaints;
    if (mig_intake_scan(ctx, intake, scan, true) && mig_intake_finish(ctx, intake) &&
        mig_complaints_raise(ctx, &intake->complaints, NOTHING_LOADED) &&
        (intake->n == 0 || mig_session_may_act(ctx, session)))
        mig_intake_store(ctx, intake);
    return mig_session_end(ctx);
}

/* ---- load -------------------------------------------------------------------------------- */

static bool load_empty(mig_ctx *ctx, mig_str directory) {
    mig_fail(ctx, MIG_E_FILE, "directory \"%.*s\" has no script", MIG_FMT(directory));
    mig_detail(ctx, "No file below it has a name that ends in .sql.");
    mig_hint(ctx, NOTHING_LOADED ". Check the path; SELECT migrate_revision(message, "
                                 "'{\"directory\": ...}') makes a first script.");
    return false;
}

MIG_COMMAND(mig_cmd_load) {
    mig_host *host = mig_ctx_host(ctx);
    mig_str dir, directory;
    mig_complaints complaints;
    mig_session session;
    mig_scan scan;

    memset(&complaints, 0, sizeof complaints);
    memset(&session, 0, sizeof session);
    if (!mig_arg_required(ctx, "migrate_load", "directory", args, n_args, 0, &dir) ||
        !mig_arg_no_options(ctx, "migrate_load", args, n_args, 1) ||
        !mig_scan_allowed(ctx, USE_TEXT) || !host->check_writable(ctx, "migrate_load") ||
        !host->resolve_dir(ctx, dir, &directory) ||
        !mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &session.state) ||
        !mig_scan_directory(ctx, directory, &session.state, &scan, &complaints))
        return false;
    if (scan.n == 0)
        return load_empty(ctx, directory);
    if (session.state.exists && mig_scan_is_known(&scan, &session.state))
        return mig_answer(ctx, "%zu unchanged", scan.n);
    return scan_store(ctx, &scan, &complaints, &session) && mig_intake_answer(ctx, &session.intake);
}

/* ---- add --------------------------------------------------------------------------------- */

MIG_COMMAND(mig_cmd_add) {
    mig_str text, name;
    mig_complaints complaints;
    mig_session session;
    mig_scan scan;

    memset(&complaints, 0, sizeof complaints);
    memset(&session, 0, sizeof session);
    if (!mig_arg_text(ctx, "migrate_add", "script", args, n_args, 0, &text) ||
        !mig_arg_text(ctx, "migrate_add", "name", args, n_args, 1, &name))
        return false;
    if (text.p == NULL)
        return mig_fail(ctx, MIG_E_ARGUMENT, "migrate_add: the script is missing");
    if (text.n > MIG_MAX_SCRIPT)
        return mig_fail(ctx, MIG_E_LIMIT, "migrate_add: the script is larger than %zu bytes",
                        MIG_MAX_SCRIPT);
    name = mig_str_trim(name);
    if (!mig_scan_name_check(name))
        return mig_fail(ctx, MIG_E_ARGUMENT,
                        "migrate_add: the name is not UTF-8 text, or holds a control character");
    if (name.n == 0)
        name = MIG_STR("text");
    return mig_ctx_host(ctx)->check_writable(ctx, "migrate_add") &&
           mig_scan_text(ctx, name, text, &scan) && scan_store(ctx, &scan, &complaints, &session) &&
           mig_intake_answer(ctx, &session.intake);
}

/* ---- repair ------------------------------------------------------------------------------ */

static bool repair_impossible(mig_ctx *ctx, mig_str id, const char *why, const char *hint) {
    mig_fail(ctx, MIG_E_STATE, "revision \"%.*s\" cannot be repaired: %s", MIG_FMT(id), why);
    mig_hint(ctx, "%s", hint);
    return false;
}

/* Asked before the lock and under it: others may have taken it back meanwhile. */
static bool repair_is_applied(mig_ctx *ctx, const mig_state *state, mig_str id) {
    size_t node = mig_graph_find(state->graph, id);

    return (node != MIG_NONE && state->applied.in[node]) ||
           repair_impossible(ctx, id, "it is not applied",
                             "A revision that is not applied takes a new text by loading it.");
}

/* The new text: the given one, else that of the revision's file. */
static bool repair_scan(mig_ctx *ctx, const mig_revision *rev, mig_str script, mig_scan *scan) {
    mig_host *host = mig_ctx_host(ctx);
    mig_str directory;

    if (script.p == NULL &&
        (!mig_scan_allowed(ctx, USE_TEXT) || !host->resolve_dir(ctx, rev->directory, &directory) ||
         !host->read_file(ctx, directory, rev->source, NULL, &script, NULL))) {
        mig_hint(ctx, "Nothing was repaired. The new text can also be given: SELECT "
                      "migrate_repair(id, script).");
        return false;
    }
    if (!mig_scan_text(ctx, rev->source, script, scan))
        return false;
    scan->directory = rev->directory;
    return true;
}

static bool repair_store(mig_ctx *ctx, mig_str id, mig_scan *scan, mig_session *session) {
    mig_intake *intake = &session->intake;

    if (!mig_session_begin_catalog(ctx, session))
        return false;
    intake->repair = id;
    if (repair_is_applied(ctx, &session->state, id) && mig_intake_repair(ctx, intake, scan) &&
        mig_complaints_raise(ctx, &intake->complaints, "Nothing was repaired") &&
        mig_session_may_act(ctx, session))
        mig_intake_store(ctx, intake);
    return mig_session_end(ctx);
}

MIG_COMMAND(mig_cmd_repair) {
    mig_session session;
    mig_revision *rev;
    mig_scan scan;
    mig_str id, script;
    size_t node;

    memset(&session, 0, sizeof session);
    if (!mig_arg_required(ctx, "migrate_repair", "revision", args, n_args, 0, &id) ||
        !mig_arg_text(ctx, "migrate_repair", "script", args, n_args, 1, &script) ||
        !mig_ctx_host(ctx)->check_writable(ctx, "migrate_repair") ||
        !mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &session.state))
        return false;
    node = mig_target_one(ctx, &session.state.applied, id);
    if (node == MIG_NONE)
        return false;
    rev = &session.state.revisions[node];
    if (!repair_is_applied(ctx, &session.state, rev->id))
        return false;
    if (rev->directory.n == 0 && script.p == NULL)
        return repair_impossible(ctx, rev->id, "it came from a text, not from a file",
                                 "Give the new text: SELECT migrate_repair(id, script).");
    if (!repair_scan(ctx, rev, script, &scan) || !repair_store(ctx, rev->id, &scan, &session))
        return false;
    if (mig_intake_reported(&session.intake) == 0)
        return mig_answer(ctx, "Revision %.*s is unchanged", MIG_FMT(rev->id));
    return mig_answer(ctx, "Repaired %.*s, changed: %.*s", MIG_FMT(rev->id),
                      MIG_FMT(session.intake.changes[0].note));
}
