/*
 * unit_file.c: see unit_file.h.
 */
#include "unit_file.h"

#include <string.h>

static struct mig_file {
    mig_str rest;
    size_t piece;
    size_t good_reads;
    bool open;
} the_file;

static bool file_open(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp) {
    (void)dir;
    if (mig_str_is(path, "absent"))
        return mig_fail(ctx, MIG_E_FILE, "no file \"%.*s\"", MIG_FMT(path));
    CHECK(!the_file.open);
    the_file.open = true;
    *file = &the_file;
    if (stamp != NULL)
        *stamp = MIG_STR(UNIT_FILE_STAMP);
    return true;
}

static bool file_read(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got) {
    mig_str piece = mig_str_sub(file->rest, 0, n < file->piece ? n : file->piece);

    if (file != &the_file || !file->open)
        return mig_fail(ctx, MIG_E_STATE, "the file is not open");
    if (file->good_reads-- == 0)
        return mig_fail(ctx, MIG_E_FILE, "the disk is gone");
    if (piece.n > 0)
        memcpy(buffer, piece.p, piece.n);
    file->rest = mig_str_sub(file->rest, piece.n, file->rest.n);
    *got = piece.n;
    return true;
}

static void file_close(mig_ctx *ctx, mig_file *file) {
    (void)ctx;
    CHECK(file == &the_file && file->open);
    file->open = false;
}

void unit_file_set(mig_ctx *ctx, mig_str bytes, size_t piece) {
    mig_host *host = mig_ctx_host(ctx);

    host->file_open = file_open;
    host->file_read = file_read;
    host->file_close = file_close;
    the_file.rest = bytes;
    the_file.piece = piece;
    the_file.good_reads = SIZE_MAX;
    the_file.open = false;
}

void unit_file_fail_behind(size_t reads) {
    the_file.good_reads = reads;
}

bool unit_file_is_open(void) {
    return the_file.open;
}
