/*
 * seed_catalog.c: see seed_catalog.h.
 *
 * Several directories are listed before any seed is taken in: a seed whose file has moved from one of
 * them to another is found in its new place before it is missed in the old one.
 */
#include "seed_catalog.h"

#include <string.h>

#include "seed_plan.h"
#include "seed_scan.h"

bool mig_seed_intake_begin(mig_ctx *ctx, mig_seed_intake *intake, mig_seeds *seeds) {
    memset(intake, 0, sizeof *intake);
    intake->seeds = seeds;
    intake->seen = mig_map_new(ctx, seeds->n + 16);
    return intake->seen != NULL;
}

static bool change_add(mig_ctx *ctx, mig_seed_intake *intake, mig_seed_change_kind kind,
                       const mig_seed *seed) {
    mig_seed_change *changes =
        mig_grow(ctx, intake->changes, intake->n, &intake->room, sizeof *changes);

    if (changes == NULL)
        return false;
    intake->changes = changes;
    changes += intake->n++;
    changes->kind = kind;
    changes->seed = *seed;
    return true;
}

/* ---- taking in --------------------------------------------------------------------------- */

/* Where a seed comes from, for people. */
static mig_str place_of(mig_ctx *ctx, const mig_seed *seed) {
    if (seed->directory.n == 0)
        return seed->source;
    return mig_str_format(ctx, "%.*s/%.*s", MIG_FMT(seed->directory), MIG_FMT(seed->source));
}

static bool twice_complain(mig_ctx *ctx, mig_seed_intake *intake, const mig_seed *seed,
                           mig_str other, const char *hint) {
    mig_complain(ctx, &intake->complaints, MIG_E_GRAPH, seed->source, seed->header.line, 0,
                 "seed \"%.*s\" is there twice, also in \"%.*s\"", MIG_FMT(seed->name),
                 MIG_FMT(other));
    return mig_complain_hint(ctx, &intake->complaints, "%s", hint);
}

/* Notes that the seed stands in its file. *taken: it is there already; a second place is a complaint,
   a file below two directories is one place. */
static bool seen_note(mig_ctx *ctx, mig_seed_intake *intake, const mig_seed *seed, bool *taken) {
    mig_str place = place_of(ctx, seed);
    size_t old;

    *taken = false;
    if (!mig_map_add(ctx, intake->seen, seed->name, intake->seen_at.n, &old))
        return false;
    if (old == MIG_NONE)
        return mig_list_add(ctx, &intake->seen_at, place);
    *taken = true;
    if (mig_str_eq(intake->seen_at.items[old], place))
        return mig_ctx_error(ctx) == NULL;
    return twice_complain(ctx, intake, seed, intake->seen_at.items[old],
                          "Give one of them another name: \"-- Seed: ...\" in SQL, name in _seed, "
                          "or the name of the file.");
}

/* Does the stored seed live where this intake does not look? */
static bool lives_elsewhere(const mig_seed_intake *intake, const mig_seed *seed) {
    return !mig_seed_is_missing(seed) && !mig_list_has(&intake->directories, seed->directory);
}

static bool same_content(const mig_seed *old, const mig_seed *now) {
    size_t i;

    if (old->format != now->format || old->tables.n != now->tables.n ||
        !mig_str_eq(old->checksum, now->checksum))
        return false;
    for (i = 0; i < old->tables.n; i++)
        if (!mig_str_eq(old->tables.items[i], now->tables.items[i]))
            return false;
    return true;
}

static bool same_place(const mig_seed *old, const mig_seed *now) {
    return mig_str_eq(old->directory, now->directory) && mig_str_eq(old->source, now->source) &&
           mig_str_eq(old->file_stamp, now->file_stamp) &&
           mig_str_eq(old->header_stamp, now->header_stamp);
}

static bool intake_seed(mig_ctx *ctx, mig_seed_intake *intake, mig_seed *now, bool take_over) {
    size_t at = mig_seeds_find(intake->seeds, now->name);
    const mig_seed *old = at == MIG_NONE ? NULL : &intake->seeds->items[at];
    bool taken;

    if (!seen_note(ctx, intake, now, &taken) || taken)
        return mig_ctx_error(ctx) == NULL;
    if (old == NULL)
        return change_add(ctx, intake, MIG_SEED_ADDED, now);
    if (!take_over && lives_elsewhere(intake, old))
        return twice_complain(ctx, intake, now, place_of(ctx, old),
                              "Give one of them another name, or load the right one again, which "
                              "makes it the seed of this name.");
    now->ran_checksum = old->ran_checksum;
    now->ran_at = old->ran_at;
    if (!same_content(old, now))
        return change_add(ctx, intake, MIG_SEED_UPDATED, now);
    if (mig_seed_is_missing(old))
        return change_add(ctx, intake, MIG_SEED_FOUND, now);
    intake->unchanged++;
    return same_place(old, now) || change_add(ctx, intake, MIG_SEED_PLACED, now);
}

static bool intake_known(mig_ctx *ctx, mig_seed_intake *intake, const mig_seed *seed) {
    bool taken;

    if (!seen_note(ctx, intake, seed, &taken))
        return false;
    intake->unchanged += !taken;
    return true;
}

static bool intake_scan(mig_ctx *ctx, mig_seed_intake *intake, mig_seed_scan *scan,
                        bool take_over) {
    mig_seed_found *file;
    size_t i;

    if (!mig_seed_scan_read(ctx, scan, intake->seeds, &intake->complaints))
        return false;
    intake->partial = intake->partial || scan->partial;
    for (i = 0; i < scan->n; i++) {
        file = &scan->files[i];
        if (file->file == MIG_SEED_FILE_KNOWN &&
            !intake_known(ctx, intake, &intake->seeds->items[file->known]))
            return false;
        if (file->file == MIG_SEED_FILE_READ && !intake_seed(ctx, intake, &file->seed, take_over))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* What has left rows behind is not forgotten. */
static bool gone_take(mig_ctx *ctx, mig_seed_intake *intake, const mig_seed *seed) {
    if (seed->ran_checksum.n == 0)
        return change_add(ctx, intake, MIG_SEED_REMOVED, seed);
    return mig_seed_is_missing(seed) || change_add(ctx, intake, MIG_SEED_MISSING, seed);
}

/* Seeds of the directories that no file has any more. A file with a fault is not one that is gone. */
static bool intake_gone(mig_ctx *ctx, mig_seed_intake *intake) {
    const mig_seed *seed;
    size_t i;

    if (intake->complaints.n > 0)
        return true;
    for (i = 0; i < intake->seeds->n; i++) {
        seed = &intake->seeds->items[i];
        if (seed->directory.n > 0 && mig_list_has(&intake->directories, seed->directory) &&
            mig_map_find(intake->seen, seed->name) == MIG_NONE && !gone_take(ctx, intake, seed))
            return false;
    }
    return true;
}

bool mig_seed_intake_directory(mig_ctx *ctx, mig_seed_intake *intake, mig_str directory,
                               bool take_over, size_t *n_files) {
    mig_seed_scan scan;

    *n_files = 0;
    if (mig_ctx_error(ctx) != NULL || !mig_seed_scan_list(ctx, directory, &scan))
        return false;
    *n_files = scan.n;
    if (scan.n == 0)
        return true;
    return mig_list_add(ctx, &intake->directories, directory) &&
           intake_scan(ctx, intake, &scan, take_over) && intake_gone(ctx, intake);
}

/* A text under the name of a seed whose file is still there would be one of two at the next look at
   the directory. false: complained. */
static bool file_stands(mig_ctx *ctx, mig_seed_intake *intake, const mig_seed *now) {
    size_t at = mig_seeds_find(intake->seeds, now->name);
    const mig_seed *old = at == MIG_NONE ? NULL : &intake->seeds->items[at];
    mig_host *host = mig_ctx_host(ctx);
    mig_file *file = NULL;
    mig_error error;

    if (old == NULL || old->directory.n == 0)
        return true;
    if (!host->file_open(ctx, old->directory, old->source, &file, NULL))
        return mig_take_error(ctx, &error) && (error.code != MIG_E_NOMEM || mig_raise(ctx, &error));
    host->file_close(ctx, file);
    mig_complain(ctx, &intake->complaints, MIG_E_ARGUMENT, now->source, 0, 0,
                 "seed \"%.*s\" is loaded from the file \"%.*s\"", MIG_FMT(now->name),
                 MIG_FMT(old->source));
    mig_complain_hint(ctx, &intake->complaints,
                      "Change the file, or give the text another name. The directory is \"%.*s\".",
                      MIG_FMT(old->directory));
    return false;
}

bool mig_seed_intake_text(mig_ctx *ctx, mig_seed_intake *intake, mig_format format, mig_str name,
                          mig_str text) {
    mig_seed seed;
    bool good;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!mig_seed_scan_text(ctx, format, name, text, &intake->complaints, &seed, &good))
        return false;
    intake->partial = intake->partial || !good;
    if (!good || !file_stands(ctx, intake, &seed))
        return mig_ctx_error(ctx) == NULL;
    return intake_seed(ctx, intake, &seed, true);
}

/* ---- remembered directories -------------------------------------------------------------- */

static bool unreadable(mig_ctx *ctx, mig_seed_intake *intake, mig_str directory, const char *why) {
    mig_str line =
        mig_str_format(ctx, "Directory \"%.*s\" was not read, the seeds are used as stored: %s",
                       MIG_FMT(directory), why);

    return line.p != NULL && mig_list_add(ctx, &intake->notes, line);
}

/* A directory that is empty now is treated as one that cannot be read: an empty mount must not look
   like one whose seeds were all removed. *listed: it was read. */
static bool remembered_list(mig_ctx *ctx, mig_seed_intake *intake, mig_str directory,
                            mig_seed_scan *scan, bool *listed) {
    const mig_error *standing;
    mig_str absolute;
    mig_error error;

    *listed = false;
    if (mig_ctx_host(ctx)->resolve_dir(ctx, directory, &absolute) &&
        mig_seed_scan_list(ctx, directory, scan)) {
        *listed = scan->n > 0;
        return *listed ? mig_list_add(ctx, &intake->directories, directory)
                       : unreadable(ctx, intake, directory, "it has no seed");
    }
    standing = mig_ctx_error(ctx);
    if (standing == NULL || (standing->code != MIG_E_FILE && standing->code != MIG_E_PRIVILEGE))
        return false;
    mig_take_error(ctx, &error);
    return unreadable(ctx, intake, directory, error.message);
}

static int deepest_first(const void *a, const void *b, void *arg) {
    (void)arg;
    return -mig_str_compare(*(const mig_str *)a, *(const mig_str *)b);
}

/* So that a new file below two of them belongs to the nearer one. */
static bool remembered_directories(mig_ctx *ctx, const mig_seeds *seeds, mig_list *directories) {
    mig_map *known = mig_map_new(ctx, 8);
    size_t i, old;

    for (i = 0; known != NULL && i < seeds->n; i++) {
        mig_str directory = seeds->items[i].directory;

        if (directory.n == 0)
            continue;
        if (!mig_map_add(ctx, known, directory, i, &old) ||
            (old == MIG_NONE && !mig_list_add(ctx, directories, directory)))
            return false;
    }
    return known != NULL && mig_sort(ctx, directories->items, directories->n,
                                     sizeof *directories->items, deepest_first, NULL);
}

bool mig_seed_intake_remembered(mig_ctx *ctx, mig_seed_intake *intake) {
    mig_seed_scan *scans;
    mig_list directories;
    const char *why = NULL;
    size_t i, n = 0;
    bool may, listed;

    memset(&directories, 0, sizeof directories);
    if (mig_ctx_error(ctx) != NULL || !remembered_directories(ctx, intake->seeds, &directories))
        return false;
    scans = mig_alloc_zero(ctx, directories.n, sizeof *scans);
    may = directories.n > 0 && mig_ctx_host(ctx)->may_read_files(ctx, &why);
    for (i = 0; i < directories.n && mig_ctx_error(ctx) == NULL; i++) {
        if (!may) {
            unreadable(ctx, intake, directories.items[i],
                       why != NULL ? why : "the caller may not read files");
            continue;
        }
        if (!remembered_list(ctx, intake, directories.items[i], &scans[n], &listed))
            return false;
        n += listed;
    }
    for (i = 0; i < n; i++)
        if (!intake_scan(ctx, intake, &scans[i], false))
            return false;
    return mig_ctx_error(ctx) == NULL && intake_gone(ctx, intake);
}

/* ---- the new set ------------------------------------------------------------------------- */

size_t mig_seed_intake_count(const mig_seed_intake *intake, mig_seed_change_kind kind) {
    size_t i, n = 0;

    for (i = 0; i < intake->n; i++)
        n += intake->changes[i].kind == kind;
    return n;
}

/* Names -> changes. */
static mig_map *changes_index(mig_ctx *ctx, const mig_seed_intake *intake) {
    mig_map *map = mig_map_new(ctx, intake->n);
    size_t i;

    for (i = 0; map != NULL && i < intake->n; i++)
        mig_map_add(ctx, map, intake->changes[i].seed.name, i, NULL);
    return mig_ctx_error(ctx) == NULL ? map : NULL;
}

/* A seed whose file has a fault says what it did before. */
static bool seeds_apply(mig_ctx *ctx, mig_seed_intake *intake) {
    mig_seeds *seeds = intake->seeds;
    mig_map *map = changes_index(ctx, intake);
    mig_seed *items = mig_alloc_zero(ctx, seeds->n + intake->n, sizeof *items);
    size_t i, at, n = 0;

    if (map == NULL || items == NULL)
        return false;
    for (i = 0; i < seeds->n; i++) {
        at = mig_map_find(map, seeds->items[i].name);
        if (at == MIG_NONE)
            items[n++] = seeds->items[i];
        else if (intake->changes[at].kind != MIG_SEED_REMOVED)
            items[n++] = intake->changes[at].seed;
        if (at != MIG_NONE && intake->changes[at].kind == MIG_SEED_MISSING)
            mig_seed_mark_missing(&items[n - 1]);
    }
    for (i = 0; i < intake->n; i++)
        if (intake->changes[i].kind == MIG_SEED_ADDED)
            items[n++] = intake->changes[i].seed;
    seeds->items = items;
    seeds->n = seeds->room = n;
    return mig_seeds_sort(ctx, seeds);
}

bool mig_seed_intake_finish(mig_ctx *ctx, mig_seed_intake *intake) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (intake->n == 0 && intake->complaints.n == 0)
        return true;
    if (!seeds_apply(ctx, intake))
        return false;
    /* Where a seed is not known, what is missing cannot be said. */
    return intake->partial || mig_seed_plan_check(ctx, intake->seeds, &intake->complaints);
}

/* ---- storing and answering --------------------------------------------------------------- */

static bool change_store(mig_ctx *ctx, const mig_seed_change *change) {
    if (change->kind == MIG_SEED_REMOVED)
        return mig_seed_delete(ctx, change->seed.name);
    if (change->kind == MIG_SEED_MISSING)
        return mig_seed_miss(ctx, change->seed.name);
    return mig_seed_put(ctx, &change->seed);
}

bool mig_seed_intake_store(mig_ctx *ctx, const mig_seed_intake *intake) {
    const mig_seed_change *change;
    mig_mark mark;
    size_t i;

    for (i = 0; i < intake->n; i++) {
        change = &intake->changes[i];
        mark = mig_arena_mark(ctx);
        if (!change_store(ctx, change) || !mig_ctx_host(ctx)->interrupted(ctx))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_seed_intake_answer(mig_ctx *ctx, const mig_seed_intake *intake) {
    static const char *const words[] = {"added", "updated", "removed", "missing", "found again"};
    mig_buf buf = mig_buf_new(ctx);
    const mig_seed_change *change;
    size_t i, n;

    for (i = 0; i < intake->n; i++) {
        change = &intake->changes[i];
        if (change->kind != MIG_SEED_PLACED)
            mig_answer(ctx, "%.*s: %s%s", MIG_FMT(change->seed.name), words[change->kind],
                       change->kind == MIG_SEED_MISSING ? " (its file is gone, its rows stay)"
                                                        : "");
    }
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        n = mig_seed_intake_count(intake, (mig_seed_change_kind)i);
        if (n > 0)
            mig_buf_addf(&buf, "%s%zu %s", buf.n > 0 ? ", " : "", n, words[i]);
    }
    mig_buf_addf(&buf, "%s%zu unchanged", buf.n > 0 ? ", " : "", intake->unchanged);
    return mig_answer(ctx, "%.*s", MIG_FMT(mig_buf_str(&buf)));
}
