/*
 * files.c: directories and files of scripts and seeds, by POSIX calls.
 *
 * The file of the open database must never be opened here: closing it would drop the locks that
 * SQLite holds on it, since POSIX locks belong to the process. So a file is looked at by stat
 * first.
 *
 * Names that begin with a dot are passed over (editors' locks, version control, the hidden half of
 * a mounted configuration map); symbolic links are followed. A directory is entered once, however
 * many links lead to it.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* for DT_REG */
#endif
#include "sqm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_DIRECTORIES ((size_t)10000)
#ifdef PATH_MAX
#define PATH_ROOM PATH_MAX
#else
#define PATH_ROOM 4096
#endif
#define READ_CHUNK ((size_t)64 * 1024)
#define STAMP_ROOM (4 * 17)
#define YOUNG_NS                                                                                   \
    ((int64_t)100 * 1000 * 1000) /* below the resolution of file times, with a margin */

/* strerror depends on the locale. */
static const char *reason(int number) {
    switch (number) {
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENOENT:
        return "no such file or directory";
    case ENOTDIR:
        return "not a directory";
    case EISDIR:
        return "is a directory";
    case EEXIST:
        return "the file exists";
    case ELOOP:
        return "too many levels of symbolic links";
    case ENAMETOOLONG:
        return "file name too long";
    case ENOSPC:
        return "no space left on device";
    case EROFS:
        return "read-only file system";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ENOMEM:
        return "out of memory";
    case EIO:
        return "input/output error";
    default:
        return "the system call failed";
    }
}

bool sqm_file_fail(mig_ctx *ctx, const char *what, const char *path, int number) {
    return mig_fail(ctx, MIG_E_FILE, "could not %s \"%s\": %s", what, path, reason(number));
}

bool sqm_may_read_files(mig_ctx *ctx, const char **why) {
    *why = NULL;
    return mig_ctx_error(ctx) == NULL;
}

bool sqm_resolve_dir(mig_ctx *ctx, mig_str dir, mig_str *absolute) {
    char path[PATH_ROOM];
    const char *name = mig_str_z(ctx, dir);
    struct stat found;

    if (name == NULL)
        return mig_ctx_error(ctx) == NULL &&
               mig_fail(ctx, MIG_E_ARGUMENT, "the directory is missing");
    if (strlen(name) != dir.n || dir.n == 0)
        return mig_fail(ctx, MIG_E_ARGUMENT, "invalid directory name \"%s\"", name);
    if (realpath(name, path) == NULL) {
        if (errno != ENOENT)
            return sqm_file_fail(ctx, "open directory", name, errno);
        mig_fail(ctx, MIG_E_FILE, "directory \"%s\" does not exist", name);
        if (name[0] != '/' && getcwd(path, sizeof path) != NULL)
            mig_detail(ctx, "The current directory is \"%s\".", path);
        return false;
    }
    if (stat(path, &found) != 0)
        return sqm_file_fail(ctx, "open directory", name, errno);
    if (!S_ISDIR(found.st_mode)) {
        mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a directory", name);
        mig_hint(ctx, "Name the directory that the scripts are in, or give the text of one file to "
                      "migrate_add.");
        return false;
    }
    *absolute = mig_str_copy(ctx, mig_str_of(path));
    return mig_ctx_error(ctx) == NULL;
}

/* ---- listing ----------------------------------------------------------------------------- */

typedef struct directory {
    mig_str path; /* below the root; empty: the root */
    dev_t device;
    ino_t inode;
} directory;

typedef struct walk {
    mig_str root;
    mig_str suffix;
    mig_file_fn file;
    void *arg;
    directory *dirs; /* all that were met; those from next on are still to be read */
    size_t n, room, next;
    bool stamps;
    int64_t now_ns;
    char path[MIG_MAX_PATH]; /* of the entry that is looked at */
} walk;

static int64_t stamp_ns(const struct timespec *t) {
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* By hand: each look at a directory makes one for every file. */
static char *number_put(char *to, uint64_t number) {
    char digits[16];
    int n = 0;

    do
        digits[n++] = "0123456789abcdef"[number & 15];
    while ((number >>= 4) > 0);
    while (n > 0)
        *to++ = digits[--n];
    *to++ = '.';
    return to;
}

/* 0, which makes every file young, where there is no clock. */
static int64_t clock_ns(void) {
    struct timespec now;

    return clock_gettime(CLOCK_REALTIME, &now) == 0 ? stamp_ns(&now) : 0;
}

/* text is where the stamp may be written. */
static mig_str stamp_put(char text[STAMP_ROOM], int64_t now_ns, const struct stat *file) {
    char *to = text;
    int64_t modified = stamp_ns(&file->st_mtim), changed = stamp_ns(&file->st_ctim);

    if (now_ns - modified < YOUNG_NS || now_ns - changed < YOUNG_NS)
        return MIG_STR("");
    to = number_put(to, (uint64_t)file->st_size);
    to = number_put(to, (uint64_t)modified);
    to = number_put(to, (uint64_t)changed);
    to = number_put(to, (uint64_t)file->st_ino);
    return (mig_str){text, (size_t)(to - text)};
}

/* The path of an entry below the root, in self->path. */
static bool path_put(mig_ctx *ctx, walk *self, mig_str dir, mig_str name, mig_str *path) {
    size_t n = 0;

    if (self->root.n + dir.n + name.n + 3 > MIG_MAX_PATH)
        return mig_fail(ctx, MIG_E_LIMIT, "a path below \"%.*s\" is longer than %d bytes",
                        MIG_FMT(self->root), MIG_MAX_PATH);
    if (dir.n > 0) {
        memcpy(self->path, dir.p, dir.n);
        self->path[dir.n] = '/';
        n = dir.n + 1;
    }
    memcpy(self->path + n, name.p, name.n + 1);
    *path = (mig_str){self->path, n + name.n};
    return true;
}

mig_str sqm_file_stamp(mig_ctx *ctx, const struct stat *file) {
    char text[STAMP_ROOM];

    return mig_str_copy(ctx, stamp_put(text, clock_ns(), file));
}

static mig_look look_of(const struct stat *file) {
    return (mig_look){(uint64_t)file->st_dev, (uint64_t)file->st_ino};
}

static bool directory_add(mig_ctx *ctx, walk *self, mig_str path, const struct stat *found) {
    directory *dirs;
    size_t i;

    for (i = 0; i < self->n; i++)
        if (self->dirs[i].inode == found->st_ino && self->dirs[i].device == found->st_dev)
            return true;
    if (self->n >= MAX_DIRECTORIES)
        return mig_fail(ctx, MIG_E_LIMIT, "more than %zu directories below \"%.*s\"",
                        MAX_DIRECTORIES, MIG_FMT(self->root));
    dirs = mig_grow(ctx, self->dirs, self->n, &self->room, sizeof *dirs);
    if (dirs == NULL)
        return false;
    self->dirs = dirs;
    dirs += self->n++;
    dirs->path = mig_str_copy(ctx, path);
    dirs->device = found->st_dev;
    dirs->inode = found->st_ino;
    return mig_ctx_error(ctx) == NULL;
}

/* What the directory itself says of an entry, where that is enough: that it is a regular file. */
static bool entry_is_file(const struct dirent *entry) {
#ifdef DT_REG
    return entry->d_type == DT_REG;
#else
    (void)entry;
    return false;
#endif
}

static bool entry_take(mig_ctx *ctx, walk *self, const directory *dir, int fd,
                       const struct dirent *entry) {
    char stamp[STAMP_ROOM];
    struct stat found;
    mig_look look;
    mig_str path;
    bool wanted;

    if (!path_put(ctx, self, dir->path, mig_str_of(entry->d_name), &path))
        return false;
    wanted = path.n >= self->suffix.n &&
             mig_str_eq(mig_str_sub(path, path.n - self->suffix.n, self->suffix.n), self->suffix);
    if (!self->stamps && entry_is_file(entry)) {
        look = (mig_look){(uint64_t)dir->device, (uint64_t)entry->d_ino};
        return !wanted || self->file(ctx, self->arg, path, (mig_str){NULL, 0}, &look);
    }
    if (fstatat(fd, entry->d_name, &found, 0) != 0)
        return !wanted || errno == ENOENT || sqm_file_fail(ctx, "read file", path.p, errno);
    if (S_ISDIR(found.st_mode))
        return directory_add(ctx, self, path, &found);
    if (!wanted || !S_ISREG(found.st_mode))
        return true;
    look = look_of(&found);
    return self->file(ctx, self->arg, path, stamp_put(stamp, self->now_ns, &found), &look);
}

static bool directory_read(mig_ctx *ctx, walk *self, directory dir) {
    mig_str path = dir.path.n == 0
                       ? self->root
                       : mig_str_format(ctx, "%.*s/%.*s", MIG_FMT(self->root), MIG_FMT(dir.path));
    const char *name = mig_str_z(ctx, path);
    const struct dirent *entry;
    DIR *stream;
    bool ok = true;

    if (name == NULL)
        return false;
    stream = opendir(name);
    if (stream == NULL)
        return sqm_file_fail(ctx, "open directory", name, errno);
    while (ok && (errno = 0, entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.')
            ok = entry_take(ctx, self, &dir, dirfd(stream), entry);
    if (ok && errno != 0)
        ok = sqm_file_fail(ctx, "read directory", name, errno);
    closedir(stream);
    return ok;
}

bool sqm_list_files(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                    void *arg) {
    const char *name = mig_str_z(ctx, dir);
    struct stat found;
    walk self;

    if (name == NULL)
        return false;
    memset(&self, 0, sizeof self);
    self.root = dir;
    self.suffix = mig_str_of(suffix);
    self.file = file;
    self.arg = arg;
    self.stamps = stamps;
    self.now_ns = clock_ns();
    sqm_host_of(ctx)->listed_ns = self.now_ns;
    if (stat(name, &found) != 0)
        return sqm_file_fail(ctx, "open directory", name, errno);
    if (!directory_add(ctx, &self, MIG_STR(""), &found))
        return false;
    for (; self.next < self.n; self.next++)
        if (!directory_read(ctx, &self, self.dirs[self.next]) ||
            !mig_ctx_host(ctx)->interrupted(ctx))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- one file ---------------------------------------------------------------------------- */

const char *sqm_file_path(mig_ctx *ctx, mig_str dir, mig_str path) {
    return mig_str_format(ctx, "%.*s/%.*s", MIG_FMT(dir), MIG_FMT(path)).p;
}

static bool path_of(mig_ctx *ctx, mig_str dir, mig_str path, char name[MIG_MAX_PATH]) {
    if (dir.n >= MIG_MAX_PATH || path.n >= MIG_MAX_PATH - dir.n - 1)
        return mig_fail(ctx, MIG_E_LIMIT, "a path below \"%.*s\" is longer than %d bytes",
                        MIG_FMT(dir), MIG_MAX_PATH);
    memcpy(name, dir.p, dir.n);
    name[dir.n] = '/';
    memcpy(name + dir.n + 1, path.p, path.n);
    name[dir.n + 1 + path.n] = '\0';
    return true;
}

static bool database_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    sqm_host *host = arg;
    const char *name = cols[2].type == MIG_TEXT ? mig_str_z(ctx, cols[2].text) : NULL;
    struct stat found;

    (void)n;
    if (name == NULL || name[0] == '\0' || stat(name, &found) != 0)
        return mig_ctx_error(ctx) == NULL;
    if (host->n_files == SQM_FILES)
        return mig_fail(ctx, MIG_E_LIMIT, "more than %d databases are attached", SQM_FILES);
    host->files[host->n_files].device = (uint64_t)found.st_dev;
    host->files[host->n_files++].inode = (uint64_t)found.st_ino;
    return true;
}

/* Is it a database that this connection has open? Closing another descriptor of its file would drop
   SQLite's locks on it. Attached ones count; they do not change while files are read. */
static bool is_database(mig_ctx *ctx, const mig_look *look, bool *is) {
    sqm_host *host = sqm_host_of(ctx);
    size_t i;

    *is = false;
    if (!host->files_known &&
        !sqm_query(ctx, "PRAGMA database_list", NULL, 0, MIG_SNAPSHOT_CALLER, database_row, host))
        return false;
    host->files_known = true;
    for (i = 0; i < host->n_files; i++)
        if (host->files[i].device == look->device && host->files[i].inode == look->inode)
            *is = true;
    return true;
}

static bool look_check(mig_ctx *ctx, const char *name, const mig_look *look) {
    bool database;

    if (!is_database(ctx, look, &database))
        return false;
    return !database || mig_fail(ctx, MIG_E_FILE, "\"%s\" is a database that is open here", name);
}

bool sqm_file_check(mig_ctx *ctx, const char *name, const struct stat *file) {
    const mig_look look = look_of(file);

    if (!S_ISREG(file->st_mode))
        return mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a regular file", name);
    return look_check(ctx, name, &look);
}

static bool file_check(mig_ctx *ctx, const char *name, const struct stat *file) {
    if (!S_ISREG(file->st_mode))
        return mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a regular file", name);
    if (file->st_size < 0 || (uint64_t)file->st_size > MIG_MAX_SCRIPT)
        return mig_fail(ctx, MIG_E_LIMIT, "file \"%s\" is larger than %zu bytes", name,
                        MIG_MAX_SCRIPT);
    return true;
}

/* Reads to the end: the file may have grown since it was looked at. There is always room for one
   byte more than expected, so that a read that stops there has seen the end. */
static bool descriptor_read(mig_ctx *ctx, int fd, const char *name, size_t expected,
                            mig_str *text) {
    size_t room = expected + 1, n = 0;
    char *p = mig_alloc(ctx, room), *larger;
    ssize_t got;

    for (;;) {
        if (p == NULL)
            return false;
        got = read(fd, p + n, room - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sqm_file_fail(ctx, "read file", name, errno);
        if (got == 0)
            break;
        n += (size_t)got;
        if (n == expected)
            break;
        if (n > MIG_MAX_SCRIPT)
            return mig_fail(ctx, MIG_E_LIMIT, "file \"%s\" is larger than %zu bytes", name,
                            MIG_MAX_SCRIPT);
        if (n < room)
            continue;
        larger = mig_alloc(ctx, room * 2 + READ_CHUNK);
        if (larger != NULL)
            memcpy(larger, p, n);
        room = room * 2 + READ_CHUNK;
        p = larger;
    }
    text->p = p;
    text->n = n;
    return true;
}

void sqm_root_close(sqm_host *host) {
    if (host->root >= 0)
        close(host->root);
    host->root = -1;
    sqlite3_free(host->root_name);
    host->root_name = NULL;
}

/* Listed files are opened below a descriptor of their directory, kept for the call: the way there
   from the root is long. Without one, whole paths do as well. */
static int file_open(sqm_host *host, const char *name, size_t dir_n) {
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    mig_str dir = {name, dir_n};

    if (host->root_name == NULL || !mig_str_is(dir, host->root_name)) {
        sqm_root_close(host);
        host->root_name = sqlite3_mprintf("%.*s", (int)dir_n, name);
        if (host->root_name != NULL)
            host->root = open(host->root_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return host->root >= 0 ? openat(host->root, name + dir_n + 1, flags) : open(name, flags);
}

/* The file may have been replaced since it was looked at, so the look counts again behind open(). A
   database that got there stays open: closing it would drop its locks. */
static bool descriptor_take(mig_ctx *ctx, int fd, const char *name, mig_str *text, mig_str *stamp) {
    char room[STAMP_ROOM];
    struct stat found;
    mig_look look;
    bool ok;

    if (fstat(fd, &found) != 0) {
        ok = sqm_file_fail(ctx, "read file", name, errno);
        close(fd);
        return ok;
    }
    look = look_of(&found);
    if (!look_check(ctx, name, &look))
        return false;
    ok = file_check(ctx, name, &found) &&
         descriptor_read(ctx, fd, name, (size_t)found.st_size, text);
    close(fd);
    if (ok && stamp != NULL && stamp->p == NULL)
        *stamp = mig_str_copy(ctx, stamp_put(room, sqm_host_of(ctx)->listed_ns, &found));
    return ok && mig_ctx_error(ctx) == NULL;
}

bool sqm_read_file(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                   mig_str *stamp) {
    char name[MIG_MAX_PATH];
    struct stat found;
    mig_look own;
    int fd;

    if (!path_of(ctx, dir, path, name))
        return false;
    if (look == NULL) {
        if (stat(name, &found) != 0)
            return sqm_file_fail(ctx, "open file", name, errno);
        if (!file_check(ctx, name, &found))
            return false;
        own = look_of(&found);
        look = &own;
    }
    if (!look_check(ctx, name, look))
        return false;
    fd = file_open(sqm_host_of(ctx), name, dir.n);
    if (fd < 0)
        return sqm_file_fail(ctx, "open file", name, errno);
    return descriptor_take(ctx, fd, name, text, stamp);
}

static bool descriptor_write(int fd, mig_str text) {
    size_t done = 0;
    ssize_t n;

    while (done < text.n) {
        n = write(fd, text.p + done, text.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Never over an existing file, and nothing half written is left. */
bool sqm_write_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text) {
    char name[MIG_MAX_PATH];
    bool ok;
    int fd, number;

    if (!path_of(ctx, dir, path, name))
        return false;
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        return mig_fail(ctx, MIG_E_FILE, "file \"%s\" already exists", name);
    if (fd < 0)
        return sqm_file_fail(ctx, "create file", name, errno);
    ok = descriptor_write(fd, text);
    number = errno;
    if (close(fd) != 0 && ok) {
        number = errno;
        ok = false;
    }
    if (ok)
        return true;
    unlink(name);
    return sqm_file_fail(ctx, "write file", name, number);
}
