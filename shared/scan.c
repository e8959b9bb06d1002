/*
 * scan.c: see scan.h.
 */
#include "scan.h"

#include <string.h>

#define SCRIPT_SUFFIX ".sql"

static bool found_add(mig_ctx *ctx, void *arg, mig_str path, mig_str stamp, const mig_look *look) {
    mig_scan *scan = arg;
    mig_found *files = mig_grow(ctx, scan->files, scan->n, &scan->room, sizeof *files);

    if (files == NULL)
        return false;
    scan->files = files;
    memset(&files[scan->n], 0, sizeof *files);
    files[scan->n].path = mig_str_copy(ctx, path);
    files[scan->n].file_stamp = mig_str_copy(ctx, stamp);
    if (look != NULL)
        files[scan->n].look = *look;
    scan->n++;
    return mig_ctx_error(ctx) == NULL;
}

static int found_compare(const void *a, const void *b, void *arg) {
    (void)arg;
    return mig_str_compare(((const mig_found *)a)->path, ((const mig_found *)b)->path);
}

/* path -> stored stamp, of the revisions of the directory. */
static mig_map *stamps_known(mig_ctx *ctx, mig_str directory, const mig_state *state, bool *any) {
    mig_map *map = mig_map_new(ctx, state->n);
    const mig_revision *rev;
    size_t i;

    for (i = 0; map != NULL && i < state->n; i++) {
        rev = &state->revisions[i];
        if (!mig_str_eq(rev->directory, directory) || rev->file_stamp.n == 0 || rev->missing)
            continue;
        mig_map_add(ctx, map, rev->source, i, NULL);
        *any = true;
    }
    return map;
}

static bool found_read(mig_ctx *ctx, const mig_scan *scan, mig_found *file, mig_complaints *list) {
    if (mig_ctx_host(ctx)->read_file(ctx, scan->directory, file->path, &file->look, &file->text,
                                     &file->file_stamp))
        return true;
    file->bad = true;
    return mig_complain_error(ctx, list, file->path);
}

bool mig_scan_name_check(mig_str name) {
    size_t i;

    for (i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F)
            return false;
    return mig_utf8_check(name) == name.n;
}

static bool found_complain_name(mig_ctx *ctx, mig_found *file, mig_complaints *list) {
    file->bad = true;
    mig_complain(ctx, list, MIG_E_FILE, file->path, 0, 0,
                 "the name of the file is not UTF-8 text, or holds a control character");
    return mig_complain_hint(ctx, list, "Rename the file.");
}

bool mig_scan_allowed(mig_ctx *ctx, const char *hint) {
    const char *why = NULL;

    if (mig_ctx_host(ctx)->may_read_files(ctx, &why))
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied to read files of the server");
    if (why != NULL)
        mig_detail(ctx, "%s", why);
    mig_hint(ctx, "%s", hint);
    return false;
}

bool mig_scan_directory(mig_ctx *ctx, mig_str directory, const mig_state *state, mig_scan *scan,
                        mig_complaints *list) {
    mig_host *host = mig_ctx_host(ctx);
    mig_map *known;
    bool stamps = false;
    size_t i, at;

    memset(scan, 0, sizeof *scan);
    scan->directory = directory;
    known = stamps_known(ctx, directory, state, &stamps);
    if (known == NULL ||
        !host->list_files(ctx, directory, SCRIPT_SUFFIX, stamps, found_add, scan) ||
        !mig_sort(ctx, scan->files, scan->n, sizeof *scan->files, found_compare, NULL))
        return false;
    for (i = 0; i < scan->n; i++) {
        if (!mig_scan_name_check(scan->files[i].path)) {
            if (!found_complain_name(ctx, &scan->files[i], list))
                return false;
            continue;
        }
        at = mig_map_find(known, scan->files[i].path);
        if (at != MIG_NONE &&
            mig_str_eq(state->revisions[at].file_stamp, scan->files[i].file_stamp))
            continue;
        if (!found_read(ctx, scan, &scan->files[i], list))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_scan_text(mig_ctx *ctx, mig_str name, mig_str text, mig_scan *scan) {
    memset(scan, 0, sizeof *scan);
    if (!found_add(ctx, scan, name, MIG_STR(""), NULL))
        return false;
    scan->files[0].text = text;
    return true;
}

bool mig_scan_parse(mig_ctx *ctx, mig_scan *scan, mig_found *file, mig_complaints *list) {
    if (file->scripts != NULL || file->bad)
        return true;
    if (file->text.p == NULL && !found_read(ctx, scan, file, list))
        return false;
    if (file->text.p == NULL)
        return true;
    return mig_script_parse(ctx, mig_ctx_host(ctx)->engine, file->path, file->text, list,
                            &file->scripts, &file->n_scripts);
}

bool mig_scan_is_known(const mig_scan *scan, const mig_state *state) {
    size_t i, n = 0;

    for (i = 0; i < scan->n; i++)
        if (scan->files[i].text.p != NULL || scan->files[i].bad)
            return false;
    for (i = 0; i < state->n; i++)
        if (mig_str_eq(state->revisions[i].directory, scan->directory) &&
            !(state->revisions[i].missing && state->applied.in[i]))
            n++;
    return n == scan->n;
}
