/*
 * session.c: see session.h.
 */
#include "session.h"

#include <string.h>

#include "format.h"

/* Where the files are as the catalog has them, what was read of them is of no use any more. */
static bool intake_files(mig_ctx *ctx, mig_session *session, mig_files files) {
    mig_intake *intake = &session->intake;
    mig_mark mark = mig_arena_mark(ctx);

    session->files = files;
    if (!mig_intake_begin(ctx, intake, &session->state))
        return false;
    if (files == MIG_FILES_IGNORE || session->state.n == 0)
        return true;
    if (!mig_intake_remembered(ctx, intake) || !mig_intake_finish(ctx, intake))
        return false;
    if (intake->n > 0 || intake->complaints.n > 0 || intake->directories.n > 0)
        return true;
    mig_arena_release(ctx, mark);
    return mig_intake_begin(ctx, intake, &session->state);
}

bool mig_session_look(mig_ctx *ctx, mig_session *session, mig_snapshot snapshot, mig_files files,
                      const char *nothing) {
    return mig_state_read(ctx, snapshot, &session->state) && intake_files(ctx, session, files) &&
           mig_complaints_raise(ctx, &session->intake.complaints, nothing);
}

bool mig_session_peek(mig_ctx *ctx, mig_session *session, mig_files files) {
    mig_intake intake;

    if (!mig_state_read(ctx, MIG_SNAPSHOT_CALLER, &session->state) ||
        !intake_files(ctx, session, files))
        return false;
    if (session->intake.complaints.n == 0)
        return true;
    intake = session->intake;
    intake.state = &session->state;
    if (!mig_state_read(ctx, MIG_SNAPSHOT_CALLER, &session->state))
        return false;
    session->intake = intake;
    return true;
}

/* ---- the stale snapshot ------------------------------------------------------------------ */

static bool states_same(const mig_state *a, const mig_state *b) {
    size_t i, node;

    if (a->n != b->n || a->last_log != b->last_log)
        return false;
    for (i = 0; i < a->n; i++) {
        node = mig_graph_find(b->graph, a->revisions[i].id);
        if (node == MIG_NONE || a->applied.in[i] != b->applied.in[node] ||
            a->applied.seq[i] != b->applied.seq[node] ||
            !mig_str_eq(a->revisions[i].text_hash, b->revisions[node].text_hash))
            return false;
    }
    return true;
}

static bool snapshot_compare(mig_ctx *ctx, mig_session *session) {
    mig_state seen;

    session->stale = false;
    if (!mig_ctx_host(ctx)->snapshot_fixed(ctx))
        return true;
    if (!mig_state_read(ctx, MIG_SNAPSHOT_CALLER, &seen))
        return false;
    session->stale = !states_same(&session->state, &seen);
    return true;
}

bool mig_session_may_act(mig_ctx *ctx, const mig_session *session) {
    if (mig_ctx_error(ctx) != NULL || !session->stale)
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_STALE,
             "could not serialize access: another session migrated this database meanwhile");
    mig_hint(ctx, "Retry the transaction.");
    return false;
}

/* ---- begin and end ----------------------------------------------------------------------- */

/* Is what the look read still so? To be asked under the lock. A look that found other files has
   taken them into its state. */
static bool look_holds(mig_ctx *ctx, const mig_session *session) {
    const mig_state *state = &session->state;

    return state->exists && state->version != 0 && session->intake.n == 0 &&
           state->version == mig_state_version(ctx);
}

/* The tables, in the format of this engine. *changed: what a look has seen of them is past. */
static bool locked_tables(mig_ctx *ctx, mig_lock_level catalog, bool *changed) {
    int format;
    bool made;

    if (!mig_store_init(ctx, NULL, &made, &format))
        return false;
    *changed = format != MIG_STORE_FORMAT;
    if (!*changed || catalog == MIG_LOCK_EXCLUSIVE)
        return !*changed || mig_format_bring(ctx, format);
    mig_fail(ctx, MIG_E_STALE, "the tables of migrate were replaced while the run began");
    mig_hint(ctx, "Call it again.");
    return false;
}

static bool locked_read(mig_ctx *ctx, mig_session *session, mig_lock_level catalog, bool target) {
    mig_host *host = mig_ctx_host(ctx);
    bool changed;

    if (!host->unit_begin(ctx) || !host->lock(ctx, MIG_LOCK_CATALOG, catalog, "") ||
        (target && !host->lock(ctx, MIG_LOCK_TARGET, MIG_LOCK_EXCLUSIVE, "")))
        return false;
    if (!locked_tables(ctx, catalog, &changed))
        return false;
    if (!changed && look_holds(ctx, session))
        return true;
    if (session->spare != NULL)
        mig_arena_release(ctx, *session->spare);
    return mig_state_read(ctx, MIG_SNAPSHOT_FRESH, &session->state) &&
           snapshot_compare(ctx, session);
}

static bool begin_failed(mig_ctx *ctx) {
    mig_ctx_host(ctx)->unit_abort(ctx);
    return false;
}

bool mig_session_begin(mig_ctx *ctx, mig_session *session, const char *nothing) {
    mig_files files = session->files;
    bool load = session->intake.n > 0 || session->state.format != MIG_STORE_FORMAT;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!locked_read(ctx, session, load ? MIG_LOCK_EXCLUSIVE : MIG_LOCK_SHARED, true))
        return begin_failed(ctx);
    /* Without the exclusive lock the catalog stays as somebody else has just left it. */
    if (!intake_files(ctx, session, load ? files : MIG_FILES_IGNORE) ||
        !mig_complaints_raise(ctx, &session->intake.complaints, nothing) ||
        (session->intake.n > 0 &&
         (!mig_session_may_act(ctx, session) || !mig_intake_store(ctx, &session->intake))))
        return begin_failed(ctx);
    return true;
}

bool mig_session_begin_catalog(mig_ctx *ctx, mig_session *session) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!locked_read(ctx, session, MIG_LOCK_EXCLUSIVE, false) ||
        !intake_files(ctx, session, MIG_FILES_IGNORE))
        return begin_failed(ctx);
    return true;
}

bool mig_session_end(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    if (mig_ctx_error(ctx) == NULL && host->unit_commit(ctx))
        return true;
    host->unit_abort(ctx);
    return false;
}

static mig_str changes_note(mig_ctx *ctx, const mig_intake *intake) {
    return mig_str_format(
        ctx, "The files changed: %zu added, %zu updated, %zu removed, %zu missing",
        mig_intake_count(intake, MIG_CHANGE_ADDED), mig_intake_count(intake, MIG_CHANGE_UPDATED),
        mig_intake_count(intake, MIG_CHANGE_REMOVED), mig_intake_count(intake, MIG_CHANGE_MISSING));
}

bool mig_session_notes(mig_ctx *ctx, const mig_session *session) {
    const mig_intake *intake = &session->intake;
    size_t i;

    for (i = 0; i < intake->directories.n; i++)
        mig_answer(ctx, "%.*s", MIG_FMT(intake->directories.items[i]));
    if (mig_intake_reported(intake) == 0)
        return mig_ctx_error(ctx) == NULL;
    return mig_answer(ctx, "%.*s", MIG_FMT(changes_note(ctx, intake)));
}

bool mig_session_notices(mig_ctx *ctx, const mig_session *session) {
    const mig_intake *intake = &session->intake;
    mig_host *host = mig_ctx_host(ctx);
    const char *text;
    size_t i;

    for (i = 0; i < intake->directories.n; i++) {
        text = mig_str_z(ctx, intake->directories.items[i]);
        if (text == NULL || !host->notice(ctx, text))
            return false;
    }
    if (mig_intake_reported(intake) == 0)
        return mig_ctx_error(ctx) == NULL;
    text = mig_str_z(ctx, changes_note(ctx, intake));
    return text != NULL && host->notice(ctx, text);
}
