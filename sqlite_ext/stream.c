/*
 * stream.c: a file read piece by piece, for data sets that are larger than memory.
 *
 * The file is looked at as files.c does before it is opened, so that a database of this connection
 * is never opened here. Open files hang on the host of the call, which closes what was left open.
 */
#include "sqm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mig_file {
    struct mig_file *next, **link; /* link: what points here */
    int fd;
    char name[]; /* for messages */
};

static mig_file *file_new(mig_ctx *ctx, const char *name) {
    sqm_host *host = sqm_host_of(ctx);
    size_t n = strlen(name) + 1;
    mig_file *self = sqlite3_malloc64(sizeof *self + n);

    if (self == NULL) {
        mig_fail(ctx, MIG_E_NOMEM, "out of memory");
        return NULL;
    }
    memcpy(self->name, name, n);
    self->fd = -1;
    self->next = host->streams;
    self->link = &host->streams;
    if (self->next != NULL)
        self->next->link = &self->next;
    host->streams = self;
    return self;
}

static void file_free(mig_file *self) {
    *self->link = self->next;
    if (self->next != NULL)
        self->next->link = self->link;
    if (self->fd >= 0)
        close(self->fd);
    sqlite3_free(self);
}

/* The stamp is that of what was opened: another file may have taken the name since it was looked
   at. */
static bool file_begin(mig_ctx *ctx, mig_file *self, mig_str *stamp) {
    struct stat found;

    if (stat(self->name, &found) != 0)
        return sqm_file_fail(ctx, "open file", self->name, errno);
    if (!sqm_file_check(ctx, self->name, &found))
        return false;
    self->fd = open(self->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (self->fd < 0)
        return sqm_file_fail(ctx, "open file", self->name, errno);
    if (fstat(self->fd, &found) != 0)
        return sqm_file_fail(ctx, "read file", self->name, errno);
    if (!S_ISREG(found.st_mode))
        return mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a regular file", self->name);
    if (!sqm_file_check(ctx, self->name, &found)) {
        /* A database of this connection got there meanwhile: closing it would drop its locks. */
        self->fd = -1;
        return false;
    }
    if (stamp != NULL)
        *stamp = sqm_file_stamp(ctx, &found);
    return mig_ctx_error(ctx) == NULL;
}

bool sqm_file_open(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp) {
    const char *name = sqm_file_path(ctx, dir, path);

    *file = NULL;
    if (name == NULL)
        return false;
    *file = file_new(ctx, name);
    if (*file == NULL)
        return false;
    if (file_begin(ctx, *file, stamp))
        return true;
    file_free(*file);
    *file = NULL;
    return false;
}

bool sqm_file_read(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got) {
    ssize_t found;

    *got = 0;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    do
        found = read(file->fd, buffer, n);
    while (found < 0 && errno == EINTR);
    if (found < 0)
        return sqm_file_fail(ctx, "read file", file->name, errno);
    *got = (size_t)found;
    return true;
}

void sqm_file_close(mig_ctx *ctx, mig_file *file) {
    (void)ctx;
    if (file != NULL)
        file_free(file);
}

void sqm_files_close(sqm_host *host) {
    while (host->streams != NULL)
        file_free(host->streams);
}
