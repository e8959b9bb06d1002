/*
 * files.c: files of the server, for callers who may: superusers, members of pg_read_server_files
 * and pg_write_server_files.
 *
 * Ordinary trouble with a file is an error of the core's context, not a jump: a loader lists all
 * complaints of all files. A file's stamp is empty while the file is younger than YOUNG_NS: a
 * second change within the grain of file times would not be seen in it.
 */
#include "pgm.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "../shared/text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"

#define YOUNG_NS ((int64)100 * 1000 * 1000)
#define FOLDERS_MAX 10000
#define FILE_MODE_NEW (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)

char *pgm_directory = NULL;

/* ---- who may, where */

bool pgm_may_read_files(mig_ctx *ctx, const char **why) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (superuser() || has_privs_of_role(GetUserId(), PGM_ROLE_READ_SERVER_FILES))
        return true;
    *why = "Reading files of the server needs the privileges of role pg_read_server_files.";
    return false;
}

static bool reading_allowed(mig_ctx *ctx) {
    const char *why;

    if (mig_ctx_error(ctx) != NULL || pgm_may_read_files(ctx, &why))
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied to read files of the server");
    mig_hint(ctx,
             "GRANT pg_read_server_files to the current role, or send the scripts as text with "
             "migrate_add().");
    return false;
}

static bool writing_allowed(mig_ctx *ctx) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (superuser() || has_privs_of_role(GetUserId(), PGM_ROLE_WRITE_SERVER_FILES))
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied to write files of the server");
    mig_hint(ctx,
             "GRANT pg_write_server_files to the current role, or leave the directory out: the "
             "answer is then the text of the file.");
    return false;
}

/* directory and path below it; NULL with an error when that is too long. */
static char *name_join(mig_ctx *ctx, const char *directory, const char *path) {
    char *name = *path == '\0' ? pstrdup(directory) : psprintf("%s/%s", directory, path);

    if (strlen(name) < Min(MIG_MAX_PATH, MAXPGPATH))
        return name;
    mig_fail(ctx, MIG_E_LIMIT, "a path is longer than %d bytes", Min(MIG_MAX_PATH, MAXPGPATH) - 1);
    return NULL;
}

static char *path_join(mig_ctx *ctx, const char *directory, mig_str path) {
    return name_join(ctx, directory, pgm_to_server(path));
}

/* The reason in the style of our messages: they do not begin with a capital. */
bool pgm_file_fail(mig_ctx *ctx, const char *what, const char *name) {
    char *reason = pstrdup(strerror(errno));

    reason[0] = (char)pg_tolower((unsigned char)reason[0]);
    return mig_fail(ctx, MIG_E_FILE, "could not %s \"%s\": %s", what, pgm_keep(ctx, name),
                    pgm_keep(ctx, reason));
}

/* The name from the root on in *name. */
static bool directory_name(mig_ctx *ctx, mig_str dir, char **name) {
    char *spelled = pgm_to_server(dir);

    if (dir.p == NULL)
        return mig_fail(ctx, MIG_E_ARGUMENT, "the directory is missing");
    if (strlen(spelled) == 0)
        return mig_fail(ctx, MIG_E_ARGUMENT, "invalid directory name \"%s\"", spelled);
    if (is_absolute_path(spelled)) {
        *name = spelled;
        return true;
    }
    if (pgm_directory != NULL && *pgm_directory != '\0') {
        *name = path_join(ctx, pgm_directory, dir);
        return *name != NULL;
    }
    mig_fail(ctx, MIG_E_FILE, "directory \"%s\" is not an absolute path", pgm_keep(ctx, spelled));
    mig_hint(ctx, "Name it from the root of the server's file system on, or let a superuser set "
                  "migrate.directory, below which relative paths are looked up.");
    return false;
}

bool pgm_resolve_dir(mig_ctx *ctx, mig_str dir, mig_str *absolute) {
    char path[PATH_MAX];
    char *name = NULL;
    struct stat found;

    if (!reading_allowed(ctx) || !directory_name(ctx, dir, &name))
        return false;
    if (realpath(name, path) == NULL)
        return errno == ENOENT ? mig_fail(ctx, MIG_E_FILE, "directory \"%s\" does not exist",
                                          pgm_keep(ctx, name))
                               : pgm_file_fail(ctx, "open directory", name);
    if (stat(path, &found) != 0)
        return pgm_file_fail(ctx, "open directory", name);
    if (!S_ISDIR(found.st_mode)) {
        mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a directory", pgm_keep(ctx, name));
        mig_hint(ctx, "Name the directory that the scripts are in, or give the text of one file to "
                      "migrate_add.");
        return false;
    }
    absolute->p = pgm_keep(ctx, path);
    absolute->n = absolute->p == NULL ? 0 : strlen(absolute->p);
    return absolute->p != NULL;
}

/* ---- listing */

typedef struct folder {
    const char *path; /* below the root; "" is the root */
    dev_t device;
    ino_t inode;
} folder;

/* Folders are read one after the other, those met on the way behind the others; a link to one that
   was met already leads nowhere. */
typedef struct walk {
    mig_ctx *ctx;
    char *root;
    const char *suffix;
    mig_file_fn file;
    void *arg;
    folder *folders;
    int n, room;
} walk;

static int64 nanoseconds(const struct timespec *t) {
    return (int64)t->tv_sec * 1000000000 + t->tv_nsec;
}

char *pgm_file_stamp(const struct stat *st) {
    int64 modified = nanoseconds(&st->st_mtim), changed = nanoseconds(&st->st_ctim);
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        nanoseconds(&now) - Max(modified, changed) < YOUNG_NS)
        return "";
    return psprintf("%lld." INT64_FORMAT "." INT64_FORMAT ".%llu", (long long)st->st_size, modified,
                    changed, (unsigned long long)st->st_ino);
}

static bool has_suffix(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);

    return n > m && strcmp(name + n - m, suffix) == 0;
}

static bool folder_add(walk *w, const char *path, const struct stat *found) {
    folder *f;
    int i;

    for (i = 0; i < w->n; i++)
        if (w->folders[i].inode == found->st_ino && w->folders[i].device == found->st_dev)
            return true;
    if (w->n >= FOLDERS_MAX)
        return mig_fail(w->ctx, MIG_E_LIMIT, "more than %d directories below \"%s\"", FOLDERS_MAX,
                        pgm_keep(w->ctx, w->root));
    if (w->n == w->room) {
        w->room = w->room == 0 ? 16 : w->room * 2;
        w->folders = w->folders == NULL ? palloc(w->room * sizeof *f)
                                        : repalloc(w->folders, w->room * sizeof *f);
    }
    f = &w->folders[w->n++];
    f->path = path;
    f->device = found->st_dev;
    f->inode = found->st_ino;
    return true;
}

static mig_str view(const char *server_text) {
    return pgm_from_server(server_text, strlen(server_text));
}

/* File systems take any bytes for a name. */
static bool name_check(walk *w, const char *path) {
    if (pg_verifymbstr(path, (int)strlen(path), true))
        return true;
    mig_fail(w->ctx, MIG_E_FILE, "the file name \"%s\" is no text in the encoding of the database",
             path);
    mig_hint(w->ctx, "Nothing was loaded. Rename the file or directory.");
    return false;
}

static bool entry_fail(walk *w, const char *path, int number) {
    char *name = name_join(w->ctx, w->root, path);

    errno = number;
    return name != NULL && pgm_file_fail(w->ctx, "read file", name);
}

/* One entry of the directory that fd has open, looked up there: the way from the root is long. A file
   that went away meanwhile, or a link to nothing, is none. */
static bool entry_visit(walk *w, int fd, const char *entry, const char *path) {
    struct stat found;

    if (fstatat(fd, entry, &found, 0) != 0)
        return !has_suffix(path, w->suffix) || errno == ENOENT || entry_fail(w, path, errno);
    if (S_ISDIR(found.st_mode))
        return name_check(w, path) && folder_add(w, path, &found);
    if (!S_ISREG(found.st_mode) || !has_suffix(path, w->suffix))
        return true;
    return name_check(w, path) &&
           w->file(w->ctx, w->arg, view(path), mig_str_of(pgm_file_stamp(&found)), NULL);
}

/* Hidden entries are left out: what lies in .git is no script. */
static bool folder_visit(walk *w, const char *path) {
    char *name = name_join(w->ctx, w->root, path);
    struct dirent *entry;
    bool going = true;
    DIR *dir;

    if (name == NULL)
        return false;
    dir = AllocateDir(name);
    if (dir == NULL)
        return pgm_file_fail(w->ctx, "open directory", name);
    while (going && (errno = 0, entry = ReadDirExtended(dir, name, LOG)) != NULL) {
        CHECK_FOR_INTERRUPTS();
        if (entry->d_name[0] != '.')
            going = entry_visit(w, dirfd(dir), entry->d_name,
                                *path == '\0' ? pstrdup(entry->d_name)
                                              : psprintf("%s/%s", path, entry->d_name));
    }
    if (going && errno != 0)
        going = pgm_file_fail(w->ctx, "read directory", name);
    FreeDir(dir);
    return going;
}

bool pgm_list_files(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                    void *arg) {
    walk w = {ctx, NULL, suffix, file, arg, NULL, 0, 0};
    struct stat found;
    int i;

    (void)stamps;
    if (!reading_allowed(ctx))
        return false;
    w.root = pgm_to_server(dir);
    if (stat(w.root, &found) != 0)
        return pgm_file_fail(ctx, "open directory", w.root);
    (void)folder_add(&w, "", &found);
    for (i = 0; i < w.n; i++)
        if (!folder_visit(&w, w.folders[i].path))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- reading and writing */

/* Everything of an open file; size is what fstat said, and one more byte shows whether it grew. */
static bool bytes_read(mig_ctx *ctx, int fd, const char *name, size_t size, mig_str *text) {
    char *bytes = mig_alloc(ctx, size + 1);
    size_t n = 0;
    ssize_t got = 1;

    while (bytes != NULL && got > 0 && n <= size) {
        got = read(fd, bytes + n, size + 1 - n);
        if (got < 0 && errno != EINTR)
            return pgm_file_fail(ctx, "read file", name);
        n += got > 0 ? (size_t)got : 0;
        got = got < 0 ? 1 : got;
    }
    if (bytes != NULL && n > size)
        return mig_fail(ctx, MIG_E_FILE, "file \"%s\" was changed while it was read",
                        pgm_keep(ctx, name));
    text->p = bytes;
    text->n = n;
    return bytes != NULL;
}

static bool open_file_read(mig_ctx *ctx, int fd, const char *name, mig_str *text) {
    struct stat st;

    if (fstat(fd, &st) != 0)
        return pgm_file_fail(ctx, "read file", name);
    if (!S_ISREG(st.st_mode))
        return mig_fail(ctx, MIG_E_FILE, "\"%s\" is not a regular file", pgm_keep(ctx, name));
    if ((unsigned long long)st.st_size > MIG_MAX_SCRIPT)
        return mig_fail(ctx, MIG_E_LIMIT, "file \"%s\" is larger than %zu bytes",
                        pgm_keep(ctx, name), MIG_MAX_SCRIPT);
    return bytes_read(ctx, fd, name, (size_t)st.st_size, text);
}

char *pgm_file_name(mig_ctx *ctx, mig_str dir, mig_str path) {
    return reading_allowed(ctx) ? path_join(ctx, pgm_to_server(dir), path) : NULL;
}

/* O_NONBLOCK: opening a pipe somebody has put there must not wait. */
bool pgm_read_file(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                   mig_str *stamp) {
    char *name = pgm_file_name(ctx, dir, path);
    bool done;
    int fd;

    (void)look;
    (void)stamp;
    if (name == NULL)
        return false;
    fd = OpenTransientFile(name, O_RDONLY | O_NONBLOCK | PG_BINARY);
    if (fd < 0)
        return pgm_file_fail(ctx, "open file", name);
    done = open_file_read(ctx, fd, name, text);
    CloseTransientFile(fd);
    return done;
}

static bool bytes_write(mig_ctx *ctx, int fd, const char *name, mig_str text) {
    size_t n = 0;
    ssize_t put;

    while (n < text.n) {
        errno = 0;
        put = write(fd, text.p + n, text.n - n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            errno = errno != 0 ? errno : ENOSPC;
            return pgm_file_fail(ctx, "write file", name);
        }
        n += (size_t)put;
    }
    return pg_fsync(fd) == 0 || pgm_file_fail(ctx, "write file", name);
}

/* The server's umask would make the file its own secret; it is meant for people and their tools. */
static int file_create(const char *name) {
    mode_t mask = umask(S_IWGRP | S_IWOTH);
    int fd = OpenTransientFilePerm(name, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY, FILE_MODE_NEW);
    int error = errno;

    umask(mask);
    errno = error;
    return fd;
}

bool pgm_write_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text) {
    char *name;
    bool done;
    int fd;

    if (!writing_allowed(ctx) || (name = path_join(ctx, pgm_to_server(dir), path)) == NULL)
        return false;
    fd = file_create(name);
    if (fd < 0 && errno == EEXIST)
        return mig_fail(ctx, MIG_E_FILE, "file \"%s\" already exists", pgm_keep(ctx, name));
    if (fd < 0)
        return pgm_file_fail(ctx, "create file", name);
    done = bytes_write(ctx, fd, name, text);
    if (CloseTransientFile(fd) != 0 && done)
        done = pgm_file_fail(ctx, "write file", name);
    if (!done)
        (void)unlink(name);
    return done;
}
