/*
 * stream.c: files of the server, read piece by piece.
 *
 * The server's virtual files: unlike what OpenTransientFile gives, they outlive the subtransaction
 * that opened them, are never closed behind our back, and reading one raises no error. The host's end
 * closes what the core has left open.
 */
#include "pgm.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "compat.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "../shared/text.h"

struct mig_file {
    File file; /* negative: closed */
    off_t at;
    char *name; /* UTF-8 */
    mig_file *next;
};

static bool file_check(mig_ctx *ctx, const mig_file *self, const char *name, mig_str *stamp) {
    struct stat found;

    if (fstat(FileGetRawDesc(self->file), &found) != 0)
        return pgm_file_fail(ctx, "read file", name);
    if (!S_ISREG(found.st_mode))
        return mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a regular file", self->name);
    if (stamp != NULL)
        *stamp = mig_str_copy(ctx, mig_str_of(pgm_file_stamp(&found)));
    return mig_ctx_error(ctx) == NULL;
}

/* O_NONBLOCK: opening a pipe somebody has put there must not wait. */
bool pgm_file_open(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp) {
    pgm_host *host = pgm_host_of(ctx);
    char *name = pgm_file_name(ctx, dir, path);
    const char *shown = name == NULL ? NULL : pgm_keep(ctx, name);
    mig_file *self;

    if (shown == NULL)
        return false;
    self = MemoryContextAlloc(host->memory, sizeof *self);
    self->name = MemoryContextStrdup(host->memory, shown);
    self->at = 0;
    self->file = PathNameOpenFile(name, O_RDONLY | O_NONBLOCK | PG_BINARY);
    if (self->file < 0) {
        (void)pgm_file_fail(ctx, "open file", name);
        pfree(self);
        return false;
    }
    self->next = host->files;
    host->files = self;
    *file = self;
    if (file_check(ctx, self, name, stamp))
        return true;
    pgm_file_close(ctx, self);
    return false;
}

bool pgm_file_read(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got) {
    char reason[256];
    int read;

    *got = 0;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    read = FileRead(file->file, buffer, (int)Min(n, (size_t)INT_MAX), file->at, PG_WAIT_EXTENSION);
    if (read < 0) {
        strlcpy(reason, strerror(errno), sizeof reason);
        reason[0] = (char)pg_tolower((unsigned char)reason[0]);
        return mig_fail(ctx, MIG_E_FILE, "could not read file \"%s\": %s", file->name, reason);
    }
    file->at += read;
    *got = (size_t)read;
    return true;
}

void pgm_file_close(mig_ctx *ctx, mig_file *file) {
    if (file == NULL || file->file < 0)
        return;
    FileClose(file->file);
    file->file = -1;
}

void pgm_files_close(pgm_host *host) {
    mig_file *file;

    for (file = host->files; file != NULL; file = file->next)
        pgm_file_close(NULL, file);
}
