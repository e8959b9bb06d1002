/*
 * catalog.c: see catalog.h.
 *
 * Frozen for an applied revision are its parents, its dependencies, and the up and verify sections
 * that this engine ran (applied.ran_checksum). Everything else of it may change at any time.
 */
#include "catalog.h"

#include <string.h>

#include "complaint.h"

bool mig_intake_begin(mig_ctx *ctx, mig_intake *intake, mig_state *state) {
    memset(intake, 0, sizeof *intake);
    intake->state = state;
    intake->seen = mig_map_new(ctx, state->n + 16);
    return intake->seen != NULL;
}

/* Room for one more where there is none; the first time for all files that were read. */
static void *intake_grow(mig_ctx *ctx, const mig_intake *intake, void *items, size_t n,
                         size_t *room, size_t size) {
    if (*room > 0 || intake->expected == 0)
        return mig_grow(ctx, items, n, room, size);
    *room = intake->expected;
    return mig_alloc(ctx, intake->expected * size);
}

/* Where the revision of a change stands. */
static mig_revision *change_revision(mig_ctx *ctx, mig_intake *intake, mig_change_kind kind) {
    mig_revision *added;

    if (kind != MIG_CHANGE_ADDED)
        return mig_alloc(ctx, sizeof(mig_revision));
    added = intake_grow(ctx, intake, intake->added, intake->n_added, &intake->added_room,
                        sizeof *added);
    if (added == NULL)
        return NULL;
    intake->added = added;
    return &added[intake->n_added++];
}

static mig_change *change_add(mig_ctx *ctx, mig_intake *intake, mig_change_kind kind,
                              const mig_revision *revision, bool applied) {
    mig_revision *own = change_revision(ctx, intake, kind);
    mig_change *changes =
        intake_grow(ctx, intake, intake->changes, intake->n, &intake->room, sizeof *changes);

    if (own == NULL || changes == NULL)
        return NULL;
    *own = *revision;
    intake->changes = changes;
    changes += intake->n++;
    memset(changes, 0, sizeof *changes);
    changes->kind = kind;
    changes->revision = own;
    changes->applied = applied;
    return changes;
}

/* ---- the frozen part --------------------------------------------------------------------- */

/* The same ids, in whatever order. */
static bool links_same(const mig_list *a, const mig_list *b) {
    size_t i;

    for (i = 0; i < a->n; i++)
        if (!mig_list_has(b, a->items[i]))
            return false;
    for (i = 0; i < b->n; i++)
        if (!mig_list_has(a, b->items[i]))
            return false;
    return true;
}

/* What of the frozen part changed, or NULL. */
static const char *frozen_change(const mig_state *state, size_t node, const mig_revision *now) {
    const mig_revision *old = &state->revisions[node];

    if (!links_same(&old->revises, &now->revises))
        return "its parents were changed";
    if (!links_same(&old->depends_on, &now->depends_on))
        return "its dependencies were changed";
    if (state->ran[node].n > 0 && !mig_str_eq(state->ran[node], now->up_checksum))
        return "its up or verify sections were changed";
    return NULL;
}

static bool frozen_complain(mig_ctx *ctx, mig_intake *intake, const mig_script *script,
                            const char *change) {
    intake->edited++;
    mig_complain(ctx, &intake->complaints, MIG_E_CHECKSUM, script->source, script->id_line, 1,
                 "revision \"%.*s\" is applied, but %s", MIG_FMT(script->id), change);
    return mig_complain_hint(
        ctx, &intake->complaints,
        "While it is still being written: undo the edit, downgrade below it, edit again, upgrade. "
        "If the database already is as the new text says: SELECT migrate_repair('%.*s'). Otherwise "
        "undo the edit and write a new revision.",
        MIG_FMT(script->id));
}

/* What an applied revision is made to stand on must be applied too. */
static bool repair_check(mig_ctx *ctx, mig_intake *intake, const mig_script *script) {
    const mig_state *state = intake->state;
    const mig_list *links[2];
    size_t k, i, node;

    links[0] = &script->revises;
    links[1] = &script->depends_on;
    for (k = 0; k < 2; k++)
        for (i = 0; i < links[k]->n; i++) {
            node = mig_graph_find(state->graph, links[k]->items[i]);
            if (node == MIG_NONE)
                node = mig_map_find(state->graph->labels, links[k]->items[i]);
            if (node == MIG_NONE || state->applied.in[node])
                continue;
            mig_complain(ctx, &intake->complaints, MIG_E_STATE, script->source, script->id_line, 1,
                         "revision \"%.*s\" is applied, but its new %s \"%.*s\" is not",
                         MIG_FMT(script->id), k == 0 ? "parent" : "dependency",
                         MIG_FMT(links[k]->items[i]));
            mig_complain_hint(ctx, &intake->complaints,
                              "Upgrade to it first, or mark it as applied with migrate_stamp.");
        }
    return mig_ctx_error(ctx) == NULL;
}

/* What changed in an applied revision that may change. */
static mig_str allowed_change(mig_ctx *ctx, const mig_revision *old, const mig_revision *now) {
    mig_list parts;

    memset(&parts, 0, sizeof parts);
    if (!mig_str_eq(old->down_checksum, now->down_checksum))
        mig_list_add(ctx, &parts, MIG_STR("down section"));
    if (!mig_str_eq(old->up_checksum, now->up_checksum))
        mig_list_add(ctx, &parts, MIG_STR("up or verify sections"));
    if (!links_same(&old->revises, &now->revises))
        mig_list_add(ctx, &parts, MIG_STR("parents"));
    if (!links_same(&old->depends_on, &now->depends_on))
        mig_list_add(ctx, &parts, MIG_STR("dependencies"));
    if (!links_same(&old->labels, &now->labels))
        mig_list_add(ctx, &parts, MIG_STR("labels"));
    if (!mig_str_eq(old->message, now->message))
        mig_list_add(ctx, &parts, MIG_STR("message"));
    if (parts.n == 0)
        mig_list_add(ctx, &parts, MIG_STR("text"));
    return mig_str_join(ctx, parts.items, parts.n, ", ");
}

/* ---- taking in scans --------------------------------------------------------------------- */

static mig_str full_path(mig_ctx *ctx, const mig_scan *scan, mig_str path) {
    mig_str parts[2];

    if (scan->directory.n == 0)
        return path;
    parts[0] = scan->directory;
    parts[1] = path;
    return mig_str_join(ctx, parts, 2, "/");
}

/* Notes that the id stands in the file; a second place is a complaint. A file below two remembered
   directories is one place. */
static bool seen_note(mig_ctx *ctx, mig_intake *intake, const mig_scan *scan,
                      const mig_script *script, bool *twice) {
    mig_str path = full_path(ctx, scan, script->source);
    size_t old;

    *twice = false;
    if (!mig_map_add(ctx, intake->seen, script->id, intake->seen_at.n, &old))
        return false;
    if (old == MIG_NONE)
        return mig_list_add(ctx, &intake->seen_at, path);
    *twice = true;
    if (old < intake->seen_before && mig_str_eq(intake->seen_at.items[old], path))
        return true;
    mig_complain(ctx, &intake->complaints, MIG_E_GRAPH, script->source, script->id_line, 1,
                 "revision \"%.*s\" is there twice, also in \"%.*s\"", MIG_FMT(script->id),
                 MIG_FMT(intake->seen_at.items[old]));
    return mig_complain_hint(ctx, &intake->complaints, "Give one of them another id.");
}

static bool intake_unchanged(mig_ctx *ctx, mig_intake *intake, mig_revision *old,
                             const mig_revision *now) {
    intake->unchanged++;
    if (mig_str_eq(old->directory, now->directory) && mig_str_eq(old->source, now->source) &&
        mig_str_eq(old->file_stamp, now->file_stamp) && !old->missing)
        return true;
    old->directory = now->directory;
    old->source = now->source;
    old->file_stamp = now->file_stamp;
    old->missing = false;
    return change_add(ctx, intake, MIG_CHANGE_PLACED, old, false) != NULL;
}

static bool intake_changed(mig_ctx *ctx, mig_intake *intake, size_t node, const mig_script *script,
                           const mig_revision *now) {
    mig_state *state = intake->state;
    bool applied = state->applied.in[node];
    bool repair = mig_str_eq(intake->repair, now->id);
    const char *frozen = applied && !repair ? frozen_change(state, node, now) : NULL;
    mig_change *change;

    if (frozen != NULL)
        return frozen_complain(ctx, intake, script, frozen);
    if (applied && repair && !repair_check(ctx, intake, script))
        return false;
    change = change_add(ctx, intake, MIG_CHANGE_UPDATED, now, applied);
    if (change == NULL)
        return false;
    if (applied)
        change->note = allowed_change(ctx, &state->revisions[node], now);
    if (repair && state->ran[node].n > 0)
        state->ran[node] = now->up_checksum;
    state->revisions[node] = *now;
    return mig_ctx_error(ctx) == NULL;
}

static bool intake_script(mig_ctx *ctx, mig_intake *intake, const mig_scan *scan,
                          const mig_found *file, const mig_script *script, bool take_over) {
    mig_state *state = intake->state;
    mig_revision now = mig_revision_of(ctx, script);
    mig_revision *old;
    size_t node;
    bool twice;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    now.source = file->path;
    now.directory = scan->directory;
    now.file_stamp = file->file_stamp;
    now.text = script->text;
    node = mig_graph_find(state->graph, now.id);
    old = node == MIG_NONE ? NULL : &state->revisions[node];
    if (old != NULL && !take_over && !mig_str_eq(old->directory, now.directory))
        return true;
    if (!seen_note(ctx, intake, scan, script, &twice) || twice)
        return mig_ctx_error(ctx) == NULL;
    if (old == NULL)
        return change_add(ctx, intake, MIG_CHANGE_ADDED, &now, false) != NULL;
    if (mig_str_eq(old->text_hash, now.text_hash))
        return intake_unchanged(ctx, intake, old, &now);
    return intake_changed(ctx, intake, node, script, &now);
}

/* A file that was not read: its revisions are as stored. */
static bool intake_known_file(mig_ctx *ctx, mig_intake *intake, const mig_scan *scan,
                              const mig_map *by_path, const size_t *next, const mig_found *file) {
    const mig_revision *rev;
    size_t node;

    for (node = mig_map_find(by_path, file->path); node != MIG_NONE; node = next[node]) {
        rev = &intake->state->revisions[node];
        if (!mig_str_eq(rev->directory, scan->directory))
            continue;
        if (!mig_map_add(ctx, intake->seen, rev->id, intake->seen_at.n, NULL) ||
            !mig_list_add(ctx, &intake->seen_at, full_path(ctx, scan, rev->source)))
            return false;
        intake->unchanged++;
    }
    return true;
}

/* Revisions of the directory that no file has any more, by rank: rows come in no order. */
static bool intake_gone(mig_ctx *ctx, mig_intake *intake, const mig_scan *scan) {
    mig_state *state = intake->state;
    mig_revision *rev;
    size_t node, i;

    for (i = 0; i < state->n; i++) {
        node = state->graph->order[i];
        rev = &state->revisions[node];
        if (!mig_str_eq(rev->directory, scan->directory) ||
            mig_map_find(intake->seen, rev->id) != MIG_NONE ||
            (rev->missing && state->applied.in[node]))
            continue;
        rev->missing = state->applied.in[node];
        if (change_add(ctx, intake, rev->missing ? MIG_CHANGE_MISSING : MIG_CHANGE_REMOVED, rev,
                       rev->missing) == NULL)
            return false;
    }
    return true;
}

/* path -> node; further revisions of one file are chained through next. */
static mig_map *paths_index(mig_ctx *ctx, const mig_state *state, size_t *next) {
    mig_map *map = mig_map_new(ctx, state->n);
    size_t i, old;
    size_t *last = mig_alloc_zero(ctx, state->n, sizeof *last);

    if (map == NULL || next == NULL || last == NULL)
        return NULL;
    for (i = 0; i < state->n; i++) {
        next[i] = MIG_NONE;
        last[i] = i;
        if (!mig_map_add(ctx, map, state->revisions[i].source, i, &old))
            return NULL;
        if (old == MIG_NONE)
            continue;
        next[last[old]] = i;
        last[old] = i;
    }
    return map;
}

/* A file that could not be read or parsed leaves its revisions as they are: otherwise one bad file
   would also be reported as many missing ones. */
static bool intake_file(mig_ctx *ctx, mig_intake *intake, mig_scan *scan, mig_found *file,
                        bool take_over) {
    size_t i;

    if (!mig_scan_parse(ctx, scan, file, &intake->complaints))
        return mig_ctx_error(ctx) == NULL;
    for (i = 0; i < file->n_scripts; i++)
        if (!intake_script(ctx, intake, scan, file, &file->scripts[i], take_over))
            return false;
    intake->partial = intake->partial || file->n_scripts == 0;
    return true;
}

bool mig_intake_scan(mig_ctx *ctx, mig_intake *intake, mig_scan *scan, bool take_over) {
    size_t *next = mig_alloc_zero(ctx, intake->state->n, sizeof *next);
    mig_map *by_path = paths_index(ctx, intake->state, next);
    const mig_revision *rev;
    mig_found *file;
    size_t node, i;

    if (by_path == NULL)
        return false;
    intake->seen_before = intake->seen_at.n;
    for (i = 0; i < scan->n; i++)
        intake->expected += scan->files[i].text.p != NULL;
    for (i = 0; i < scan->n; i++) {
        file = &scan->files[i];
        node = file->text.p == NULL ? mig_map_find(by_path, file->path) : MIG_NONE;
        rev = NULL;
        for (; node != MIG_NONE && rev == NULL; node = next[node])
            if (mig_str_eq(intake->state->revisions[node].directory, scan->directory) &&
                mig_str_eq(intake->state->revisions[node].file_stamp, file->file_stamp))
                rev = &intake->state->revisions[node];
        if (rev != NULL ? !intake_known_file(ctx, intake, scan, by_path, next, file)
                        : !intake_file(ctx, intake, scan, file, take_over))
            return false;
    }
    if (scan->directory.n == 0 || intake->complaints.n > 0)
        return true;
    return intake_gone(ctx, intake, scan);
}

bool mig_intake_repair(mig_ctx *ctx, mig_intake *intake, mig_scan *scan) {
    mig_found *file = &scan->files[0];
    size_t i;

    if (!mig_scan_parse(ctx, scan, file, &intake->complaints))
        return false;
    for (i = 0; i < file->n_scripts; i++)
        if (mig_str_eq(file->scripts[i].id, intake->repair))
            return intake_script(ctx, intake, scan, file, &file->scripts[i], true) &&
                   (intake->complaints.n > 0 || mig_intake_finish(ctx, intake));
    if (intake->complaints.n > 0)
        return true;
    mig_fail(ctx, MIG_E_UNKNOWN, "\"%.*s\" does not hold revision \"%.*s\"", MIG_FMT(file->path),
             MIG_FMT(intake->repair));
    if (scan->directory.n > 0)
        mig_hint(ctx, "Load the directory first, so that the catalog knows its file.");
    else
        mig_hint(ctx, "Give the script whose Revision ID is \"%.*s\".", MIG_FMT(intake->repair));
    return false;
}

/* ---- remembered directories -------------------------------------------------------------- */

static bool unreadable(mig_ctx *ctx, mig_intake *intake, mig_str directory, const char *why) {
    mig_str line =
        mig_str_format(ctx, "Directory \"%.*s\" was not read, the catalog is used as stored: %s",
                       MIG_FMT(directory), why);

    return line.p != NULL && mig_list_add(ctx, &intake->directories, line);
}

/* Is every revision of the directory known to be missing? After a directory was renamed and loaded
   by its new name, what is left of the old one would be reported for ever. */
static bool directory_gone(const mig_state *state, mig_str directory) {
    size_t i;

    for (i = 0; i < state->n; i++)
        if (mig_str_eq(state->revisions[i].directory, directory) && !state->revisions[i].missing)
            return false;
    return true;
}

/* A directory that is empty now is treated as one that cannot be read: an empty mount must not look
   like an empty history. */
static bool intake_directory(mig_ctx *ctx, mig_intake *intake, mig_str directory) {
    mig_host *host = mig_ctx_host(ctx);
    mig_scan scan;
    mig_str absolute;
    mig_error error;

    if (!host->resolve_dir(ctx, directory, &absolute) ||
        !mig_scan_directory(ctx, directory, intake->state, &scan, &intake->complaints)) {
        if (mig_ctx_error(ctx) == NULL ||
            (mig_ctx_error(ctx)->code != MIG_E_FILE && mig_ctx_error(ctx)->code != MIG_E_PRIVILEGE))
            return mig_ctx_error(ctx) == NULL;
        mig_take_error(ctx, &error);
        if (error.code == MIG_E_FILE && directory_gone(intake->state, directory))
            return true;
        return unreadable(ctx, intake, directory, error.message);
    }
    if (scan.n == 0)
        return unreadable(ctx, intake, directory, "it has no script");
    if (mig_scan_is_known(&scan, intake->state)) {
        intake->unchanged += scan.n;
        return true;
    }
    return mig_intake_scan(ctx, intake, &scan, false);
}

/* So that a new file below two of them belongs to the nearer one. */
static int deepest_first(const void *a, const void *b, void *arg) {
    (void)arg;
    return -mig_str_compare(*(const mig_str *)a, *(const mig_str *)b);
}

bool mig_intake_remembered(mig_ctx *ctx, mig_intake *intake) {
    mig_host *host = mig_ctx_host(ctx);
    mig_map *known = mig_map_new(ctx, 8);
    mig_list directories;
    const char *why = NULL;
    size_t i, old;
    bool may;

    memset(&directories, 0, sizeof directories);
    for (i = 0; known != NULL && i < intake->state->n; i++) {
        mig_str directory = intake->state->revisions[i].directory;

        if (directory.n == 0)
            continue;
        if (!mig_map_add(ctx, known, directory, i, &old) ||
            (old == MIG_NONE && !mig_list_add(ctx, &directories, directory)))
            return false;
    }
    if (!mig_sort(ctx, directories.items, directories.n, sizeof *directories.items, deepest_first,
                  NULL))
        return false;
    may = directories.n > 0 && host->may_read_files(ctx, &why);
    for (i = 0; i < directories.n && mig_ctx_error(ctx) == NULL; i++)
        if (may ? !intake_directory(ctx, intake, directories.items[i])
                : !unreadable(ctx, intake, directories.items[i],
                              why != NULL ? why : "the caller may not read files"))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- the new state ----------------------------------------------------------------------- */

bool mig_intake_finish(mig_ctx *ctx, mig_intake *intake) {
    mig_state *state = intake->state;
    mig_map *removed = mig_map_new(ctx, 16);
    mig_revision *revisions;
    size_t i, n = 0;

    if (removed == NULL || intake->partial ||
        (intake->complaints.n == 0 && mig_intake_reported(intake) == 0))
        return mig_ctx_error(ctx) == NULL;
    for (i = 0; i < intake->n; i++)
        if (intake->changes[i].kind == MIG_CHANGE_REMOVED &&
            !mig_map_add(ctx, removed, intake->changes[i].revision->id, i, NULL))
            return false;
    revisions = state->n == 0 ? intake->added
                              : mig_alloc_zero(ctx, state->n + intake->n_added, sizeof *revisions);
    if (revisions == NULL && mig_ctx_error(ctx) != NULL)
        return false;
    for (i = 0; i < state->n; i++)
        if (mig_map_find(removed, state->revisions[i].id) == MIG_NONE)
            revisions[n++] = state->revisions[i];
    if (state->n > 0 && intake->n_added > 0)
        memcpy(revisions + n, intake->added, intake->n_added * sizeof *revisions);
    n += intake->n_added;
    state->revisions = revisions;
    state->n = n;
    return mig_state_build(ctx, state, &intake->complaints) || mig_ctx_error(ctx) == NULL;
}

size_t mig_intake_count(const mig_intake *intake, mig_change_kind kind) {
    size_t i, n = 0;

    for (i = 0; i < intake->n; i++)
        if (intake->changes[i].kind == kind)
            n++;
    return n;
}

size_t mig_intake_reported(const mig_intake *intake) {
    return intake->n - mig_intake_count(intake, MIG_CHANGE_PLACED);
}

/* ---- storing and answering --------------------------------------------------------------- */

static bool change_log(mig_ctx *ctx, const mig_intake *intake, const mig_change *change) {
    bool repaired = mig_str_eq(intake->repair, change->revision->id);
    mig_log_row row;

    row.action = repaired ? "repair" : "load";
    row.revision = change->revision->id;
    row.detail = mig_str_format(ctx, "changed while applied: %.*s", MIG_FMT(change->note));
    row.at = mig_time_iso(ctx, mig_ctx_host(ctx)->now(ctx));
    row.outcome = "ok";
    row.duration_ms = -1;
    return mig_store_log_add(ctx, &row, &intake->state->last_log);
}

static bool change_store(mig_ctx *ctx, const mig_intake *intake, const mig_change *change) {
    const mig_revision *rev = change->revision;
    size_t node;

    switch (change->kind) {
    case MIG_CHANGE_ADDED:
        return mig_store_revision_put(ctx, rev, rev->text, false);
    case MIG_CHANGE_REMOVED:
        return mig_store_revision_delete(ctx, rev->id);
    case MIG_CHANGE_MISSING:
    case MIG_CHANGE_PLACED:
        return mig_store_revision_place(ctx, rev);
    case MIG_CHANGE_UPDATED:
        break;
    }
    if (!mig_store_revision_put(ctx, rev, rev->text, true))
        return false;
    if (!change->applied)
        return true;
    node = mig_graph_find(intake->state->graph, rev->id);
    if (mig_str_eq(intake->repair, rev->id) && intake->state->ran[node].n > 0 &&
        !mig_store_applied_rerun(ctx, rev->id, rev->up_checksum))
        return false;
    return change_log(ctx, intake, change);
}

bool mig_intake_store(mig_ctx *ctx, const mig_intake *intake) {
    mig_mark mark;
    size_t i;

    for (i = 0; i < intake->n; i++) {
        mark = mig_arena_mark(ctx);
        if (!change_store(ctx, intake, &intake->changes[i]) || !mig_ctx_host(ctx)->interrupted(ctx))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool count_add(mig_buf *buf, size_t n, const char *word) {
    if (n == 0)
        return true;
    return mig_buf_addf(buf, "%s%zu %s", buf->n > 0 ? ", " : "", n, word);
}

static bool change_answer(mig_ctx *ctx, const char *word, const mig_change *change) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_buf line = mig_buf_new(ctx);

    mig_buf_add_z(&line, word);
    mig_buf_add_char(&line, ' ');
    mig_buf_add(&line, change->revision->id);
    mig_buf_add_z(&line, " (");
    mig_buf_add(&line, change->revision->source);
    mig_buf_add_char(&line, ')');
    if (change->note.n > 0) {
        mig_buf_add_z(&line, ", applied, changed: ");
        mig_buf_add(&line, change->note);
    }
    mig_answer_line(ctx, mig_buf_str(&line));
    mig_arena_release(ctx, mark);
    return mig_ctx_error(ctx) == NULL;
}

bool mig_intake_answer(mig_ctx *ctx, const mig_intake *intake) {
    static const char *const words[] = {"added", "updated", "removed", "missing"};
    mig_buf buf = mig_buf_new(ctx);
    const mig_change *change;
    size_t i;

    for (i = 0; i < intake->n; i++) {
        change = &intake->changes[i];
        if (change->kind == MIG_CHANGE_PLACED)
            continue;
        change_answer(ctx, words[change->kind], change);
    }
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        count_add(&buf, mig_intake_count(intake, (mig_change_kind)i), words[i]);
    mig_buf_addf(&buf, "%s%zu unchanged", buf.n > 0 ? ", " : "", intake->unchanged);
    return mig_answer(ctx, "%.*s", MIG_FMT(mig_buf_str(&buf)));
}
