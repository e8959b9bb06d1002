/*
 * fault_sqlite.c: every allocation, every file call, and an interrupt at every allocation, for each
 * action: the database is as before or as after the action, never between, also after the COMMIT of
 * a caller who did not look.
 *
 * For each scenario (action, caller, journal mode, kind of fault) the same call is made again and
 * again on a copy of the same file, with fault number 1, 2, 3 ... until none was reached. After
 * each:
 *
 *   1. the caller says COMMIT if a transaction is open;
 *   2. the connection is closed, and no memory may be left;
 *   3. the file is opened again through the clean VFS: integrity_check, and what it holds must
 * equal the state before or the state after; the one after, if the call answered without an error;
 *      the one before, if it answered with an error. One exception is SQLite's: where the disk goes
 *      away for good under COMMIT, what was written may count; then the error has to say so.
 *
 * Then the answers to faults that a script itself sets off, word for word, and what the file holds.
 *
 * File calls are those of SQLite, by a VFS around its own, and those of the process (open, read, stat
 * ...), which the module makes itself.
 *
 * Arguments: a directory for files, and optionally the stride between faults (1: all of them).
 * Libraries that allocate by malloc (YAML, crypt) are made to fail where the C library lets us.
 * SQLite's own memory comes through SQLITE_CONFIG_MALLOC, and so does all memory of the module.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int sqlite3_migrate_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

/* ---- the fault --------------------------------------------------------------------------- */

typedef enum fault_kind {
    FAULT_MEMORY,        /* one allocation fails */
    FAULT_MEMORY_STICKY, /* it and all later ones */
    FAULT_INTERRUPT,     /* sqlite3_interrupt() at an allocation */
    FAULT_FILE,          /* one file call fails */
    FAULT_FILE_STICKY,   /* it and all later ones: a disk that is gone, or full */
    FAULT_CALL,          /* one call of the process for a file fails */
    FAULT_PROCESS        /* one allocation of the process, also of a library */
} fault_kind;

static const char *const fault_names[] = {"memory once", "memory gone", "interrupt", "file once",
                                          "file gone",   "call once",   "any memory"};

static struct fault {
    bool armed;
    bool at_sync; /* file calls count from the next sync on: the COMMIT */
    fault_kind kind;
    long at;      /* the call that fails, from 1 */
    long count;   /* calls so far */
    bool reached; /* the fault has happened */
    sqlite3 *db;
} fault;

static void fault_arm(sqlite3 *db, fault_kind kind, long at) {
    fault.db = db;
    fault.kind = kind;
    fault.at = at;
    fault.count = 0;
    fault.reached = false;
    fault.at_sync = false;
    fault.armed = true;
}

static bool fault_counts(bool sticky) {
    fault.count++;
    if (fault.count < fault.at || (fault.count > fault.at && !sticky))
        return false;
    fault.reached = true;
    return true;
}

static bool memory_fails(void) {
    if (!fault.armed || fault.kind > FAULT_INTERRUPT)
        return false;
    if (!fault_counts(fault.kind == FAULT_MEMORY_STICKY))
        return false;
    if (fault.kind != FAULT_INTERRUPT)
        return true;
    sqlite3_interrupt(fault.db);
    return false;
}

static bool file_fails(void) {
    return fault.armed && (fault.kind == FAULT_FILE || fault.kind == FAULT_FILE_STICKY) &&
           !fault.at_sync && fault_counts(fault.kind == FAULT_FILE_STICKY);
}

static bool call_fails(void) {
    if (!fault.armed || fault.kind != FAULT_CALL || !fault_counts(false))
        return false;
    errno = EIO;
    return true;
}

/* ---- memory ------------------------------------------------------------------------------ */

static sqlite3_mem_methods clean_memory;

static void *memory_alloc(int n) {
    return memory_fails() ? NULL : clean_memory.xMalloc(n);
}

static void *memory_realloc(void *p, int n) {
    return memory_fails() ? NULL : clean_memory.xRealloc(p, n);
}

static void memory_install(void) {
    sqlite3_mem_methods methods;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &clean_memory);
    methods = clean_memory;
    methods.xMalloc = memory_alloc;
    methods.xRealloc = memory_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

/* ---- calls of the process ---------------------------------------------------------------- */

#ifdef __GLIBC__
static bool process_memory_fails(void) {
    if (!fault.armed || fault.kind != FAULT_PROCESS || !fault_counts(false))
        return false;
    errno = ENOMEM;
    return true;
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

/* Seen by the libraries too, unlike the other functions here. */
#define EVERYBODYS __attribute__((__visibility__("default")))

EVERYBODYS void *malloc(size_t n) {
    return process_memory_fails() ? NULL : __libc_malloc(n);
}

EVERYBODYS void *calloc(size_t n, size_t size) {
    return process_memory_fails() ? NULL : __libc_calloc(n, size);
}

EVERYBODYS void *realloc(void *p, size_t n) {
    return process_memory_fails() ? NULL : __libc_realloc(p, n);
}
#endif

/* The next definition of a function that this program defines itself. */
#define NEXT(function, name)                                                                       \
    do {                                                                                           \
        void *symbol = dlsym(RTLD_NEXT, name);                                                     \
        memcpy(&(function), &symbol, sizeof symbol);                                               \
    } while (0)

int open(const char *path, int flags, ...) {
    static int (*next)(const char *, int, ...);
    mode_t mode = 0;
    va_list args;

    if (next == NULL)
        NEXT(next, "open");
    if ((flags & O_CREAT) != 0) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return call_fails() ? -1 : next(path, flags, mode);
}

ssize_t read(int fd, void *to, size_t n) {
    static ssize_t (*next)(int, void *, size_t);

    if (next == NULL)
        NEXT(next, "read");
    return call_fails() ? -1 : next(fd, to, n);
}

int stat(const char *path, struct stat *found) {
    static int (*next)(const char *, struct stat *);

    if (next == NULL)
        NEXT(next, "stat");
    return call_fails() ? -1 : next(path, found);
}

int fstat(int fd, struct stat *found) {
    static int (*next)(int, struct stat *);

    if (next == NULL)
        NEXT(next, "fstat");
    return call_fails() ? -1 : next(fd, found);
}

int fstatat(int fd, const char *path, struct stat *found, int flags) {
    static int (*next)(int, const char *, struct stat *, int);

    if (next == NULL)
        NEXT(next, "fstatat");
    return call_fails() ? -1 : next(fd, path, found, flags);
}

DIR *opendir(const char *path) {
    static DIR *(*next)(const char *);

    if (next == NULL)
        NEXT(next, "opendir");
    return call_fails() ? NULL : next(path);
}

struct dirent *readdir(DIR *dir) {
    static struct dirent *(*next)(DIR *);

    if (next == NULL)
        NEXT(next, "readdir");
    return call_fails() ? NULL : next(dir);
}

/* ---- files ------------------------------------------------------------------------------- */

typedef struct file {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
} file;

static sqlite3_vfs *clean_vfs;

static sqlite3_file *real_of(sqlite3_file *base) {
    return ((file *)base)->real;
}

static int file_close(sqlite3_file *base) {
    return real_of(base)->pMethods->xClose(real_of(base));
}

static int file_read(sqlite3_file *base, void *to, int n, sqlite3_int64 at) {
    if (file_fails())
        return SQLITE_IOERR_READ;
    return real_of(base)->pMethods->xRead(real_of(base), to, n, at);
}

/* A write that fails has written half. */
static int file_write(sqlite3_file *base, const void *from, int n, sqlite3_int64 at) {
    bool fails = file_fails();
    int rc;

    rc = real_of(base)->pMethods->xWrite(real_of(base), from, fails ? n / 2 : n, at);
    return fails ? SQLITE_FULL : rc;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    return file_fails() ? SQLITE_IOERR_TRUNCATE
                        : real_of(base)->pMethods->xTruncate(real_of(base), size);
}

/* Nothing here pulls the plug, so nothing waits for the disk. */
static int file_sync(sqlite3_file *base, int flags) {
    (void)base;
    (void)flags;
    fault.at_sync = false;
    return file_fails() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    return file_fails() ? SQLITE_IOERR_FSTAT
                        : real_of(base)->pMethods->xFileSize(real_of(base), size);
}

static int file_lock(sqlite3_file *base, int level) {
    return file_fails() ? SQLITE_IOERR_LOCK : real_of(base)->pMethods->xLock(real_of(base), level);
}

static int file_unlock(sqlite3_file *base, int level) {
    return real_of(base)->pMethods->xUnlock(real_of(base), level);
}

static int file_check_lock(sqlite3_file *base, int *found) {
    return file_fails() ? SQLITE_IOERR_CHECKRESERVEDLOCK
                        : real_of(base)->pMethods->xCheckReservedLock(real_of(base), found);
}

static int file_control(sqlite3_file *base, int op, void *arg) {
    return real_of(base)->pMethods->xFileControl(real_of(base), op, arg);
}

static int file_sector(sqlite3_file *base) {
    return real_of(base)->pMethods->xSectorSize(real_of(base));
}

static int file_traits(sqlite3_file *base) {
    return real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));
}

static int file_shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **at) {
    return file_fails() ? SQLITE_IOERR_SHMMAP
                        : real_of(base)->pMethods->xShmMap(real_of(base), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *base, int offset, int n, int flags) {
    if ((flags & SQLITE_SHM_LOCK) != 0 && file_fails())
        return SQLITE_IOERR_SHMLOCK;
    return real_of(base)->pMethods->xShmLock(real_of(base), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *base) {
    real_of(base)->pMethods->xShmBarrier(real_of(base));
}

static int file_shm_unmap(sqlite3_file *base, int remove) {
    return real_of(base)->pMethods->xShmUnmap(real_of(base), remove);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out) {
    file *self = (file *)base;
    int rc;

    (void)vfs;
    self->base.pMethods = NULL;
    if (file_fails())
        return SQLITE_CANTOPEN;
    self->real = (sqlite3_file *)(self + 1);
    rc = clean_vfs->xOpen(clean_vfs, name, self->real, flags, out);
    if (self->real->pMethods != NULL)
        self->base.pMethods = &file_methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    (void)vfs;
    return file_fails() ? SQLITE_IOERR_DELETE : clean_vfs->xDelete(clean_vfs, name, sync);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *found) {
    (void)vfs;
    return file_fails() ? SQLITE_IOERR_ACCESS : clean_vfs->xAccess(clean_vfs, name, flags, found);
}

static void vfs_install(void) {
    static sqlite3_vfs vfs;

    clean_vfs = sqlite3_vfs_find(NULL);
    vfs = *clean_vfs;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(file) + clean_vfs->szOsFile;
    vfs.pNext = NULL;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    sqlite3_vfs_register(&vfs, 0);
}

/* ---- states ------------------------------------------------------------------------------ */

static char directory[1024];

static const char *path_of(const char *name) {
    static char path[4][2048];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
    return path[turn];
}

static void fail(const char *what) {
    fprintf(stderr, "fault_sqlite: %s\n", what);
    exit(2);
}

static sqlite3 *database_open(const char *name, bool faulty) {
    sqlite3 *db;

    if (sqlite3_open_v2(path_of(name), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        faulty ? "faulty" : NULL) != SQLITE_OK ||
        sqlite3_migrate_init(db, NULL, NULL) != SQLITE_OK)
        fail("a database cannot be opened");
    return db;
}

static void must(sqlite3 *db, const char *sql) {
    char *message;

    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "%s\n%s\n", sql, message);
        fail("a statement of the preparation failed");
    }
}

static void text_write(const char *name, const char *text) {
    FILE *out = fopen(path_of(name), "w");

    if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
        fail("a file cannot be written");
}

static void file_copy(const char *from, const char *to) {
    char buffer[65536];
    FILE *in = fopen(path_of(from), "rb"), *out = fopen(path_of(to), "wb");
    size_t n;

    if (in == NULL || out == NULL)
        fail("a file cannot be copied");
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
        if (fwrite(buffer, 1, n, out) != n)
            fail("a file cannot be copied");
    if (fclose(in) != 0 || fclose(out) != 0)
        fail("a file cannot be copied");
}

/* The database of one call, as a copy of the scenario's start. */
static void work_reset(const char *start) {
    unlink(path_of("work.db-journal"));
    unlink(path_of("work.db-wal"));
    unlink(path_of("work.db-shm"));
    file_copy(start, "work.db");
}

typedef struct state {
    char text[8192];
} state;

static void state_add(sqlite3 *db, state *to, const char *sql) {
    sqlite3_stmt *stmt;
    size_t n;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        n = strlen(to->text);
        snprintf(to->text + n, sizeof to->text - n, "%s;",
                 (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
}

/* Everything but times. Tables of the module that are there and empty count as absent ones. */
static state state_of(const char *name) {
    sqlite3 *db;
    state found;

    memset(&found, 0, sizeof found);
    if (sqlite3_open(path_of(name), &db) != SQLITE_OK)
        fail("a database cannot be opened again");
    state_add(db, &found, "PRAGMA integrity_check");
    state_add(db, &found,
              "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'migrate%' AND sql IS "
              "NOT NULL ORDER BY name");
    state_add(db, &found, "SELECT 'users ' || id || name FROM users ORDER BY id");
    state_add(db, &found, "SELECT 'trips ' || id || user_id FROM trips ORDER BY id");
    state_add(db, &found, "SELECT 'mine ' || x FROM mine ORDER BY x");
    state_add(db, &found,
              "SELECT 'revision ' || revision || message || missing FROM "
              "migrate_revision ORDER BY revision");
    state_add(db, &found,
              "SELECT 'script ' || revision || length(script) FROM migrate_script ORDER "
              "BY revision");
    state_add(db, &found,
              "SELECT 'applied ' || revision || seq || stamped FROM migrate_applied "
              "ORDER BY revision");
    state_add(db, &found,
              "SELECT 'log ' || id || action || revision || outcome FROM "
              "migrate_logbook ORDER BY id");
    state_add(db, &found, "SELECT 'country ' || code || name FROM countries ORDER BY code");
    state_add(db, &found,
              "SELECT 'person ' || id || name || role || country FROM people ORDER BY id");
    state_add(db, &found, "SELECT 'mark ' || x FROM marks ORDER BY x");
    state_add(db, &found,
              "SELECT 'seed ' || name || substr(checksum, 1, 8) || substr(ran_checksum, 1, 8) "
              "FROM migrate_seed ORDER BY name");
    sqlite3_close(db);
    return found;
}

static bool state_same(const state *a, const state *b) {
    return strcmp(a->text, b->text) == 0;
}

/* ---- scenarios --------------------------------------------------------------------------- */

typedef struct scenario {
    const char *name;
    const char *start; /* file */
    const char *call;
    bool callers; /* inside a transaction of the caller, after a change of its own */
} scenario;

static const scenario scenarios[] = {
    {"load", "empty.db", "SELECT migrate_load('scripts')", false},
    {"load again", "base.db", "SELECT migrate_load('changed')", false},
    {"upgrade", "base.db", "SELECT migrate_upgrade('head')", false},
    {"downgrade", "head.db", "SELECT migrate_downgrade('base')", false},
    {"stamp", "base.db", "SELECT migrate_stamp('head')", false},
    {"load in a transaction", "empty.db", "SELECT migrate_load('scripts')", true},
    {"upgrade in a transaction", "base.db", "SELECT migrate_upgrade('head')", true},
    {"downgrade in a transaction", "head.db", "SELECT migrate_downgrade('base')", true},
    {"stamp in a transaction", "base.db", "SELECT migrate_stamp('head')", true},
    {"seed load", "plain.db", "SELECT migrate_seed_load('seeds')", false},
    {"seed load again", "catalog.db", "SELECT migrate_seed_load('changed_seeds')", false},
    {"seed", "catalog.db", "SELECT migrate_seed('*')", false},
    {"seed by force", "stale.db", "SELECT migrate_seed('*', '{\"force\": true}')", false},
    {"seed run", "filled.db", "SELECT migrate_seed_run('promote', '{\"name\": \"ann\"}')", false},
    {"seed clear", "filled.db", "SELECT migrate_seed_clear('*', '{\"confirm\": \"work.db\"}')",
     false},
    {"seed load in a transaction", "plain.db", "SELECT migrate_seed_load('seeds')", true},
    {"seed in a transaction", "catalog.db", "SELECT migrate_seed('*')", true},
    {"seed run in a transaction", "filled.db",
     "SELECT migrate_seed_run('promote', '{\"name\": \"ann\"}')", true},
    {"seed clear in a transaction", "filled.db",
     "SELECT migrate_seed_clear('*', '{\"confirm\": \"work.db\"}')", true},
};

static const char *const journals[] = {"delete", "wal"};

typedef struct tally {
    long points, open, late, wrong, leaks;
} tally;

/* The three states a file may be found in. */
typedef struct expected {
    state before; /* nothing happened, also not what the caller did before */
    state caller; /* only what the caller did */
    state after;
} expected;

#define CALLERS_CHANGE "BEGIN; INSERT INTO mine VALUES (1)"

/* The code of the first step: an interrupt behind the answer changes nothing about the answer.
 *unsure: the error says that the commit may have reached the file. */
static int call_run(sqlite3 *db, const scenario *s, bool *unsure) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, s->call, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    *unsure = strstr(sqlite3_errmsg(db), "the commit may have reached the file") != NULL;
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static expected expected_of(const scenario *s) {
    expected states;
    sqlite3 *db;

    work_reset(s->start);
    states.before = state_of("work.db");
    db = database_open("work.db", false);
    if (s->callers)
        must(db, CALLERS_CHANGE "; COMMIT");
    sqlite3_close(db);
    states.caller = state_of("work.db");
    work_reset(s->start);
    db = database_open("work.db", false);
    if (s->callers)
        must(db, CALLERS_CHANGE);
    must(db, s->call);
    if (s->callers)
        must(db, "COMMIT");
    sqlite3_close(db);
    states.after = state_of("work.db");
    if (state_same(&states.before, &states.after) || state_same(&states.caller, &states.after))
        fail("a scenario changes nothing");
    return states;
}

static void report(const scenario *s, const char *journal, const char *what, long at, int rc,
                   const state *found) {
    printf("    %s, %s, %s at %ld: the call answered %d, found:\n    %s\n", s->name, journal, what,
           at, rc, found->text);
}

/* One call with fault number at; false when the fault was not reached. */
static bool point_run(const scenario *s, const char *journal, fault_kind kind, long at,
                      const expected *states, sqlite3_int64 memory, tally *t) {
    state found;
    sqlite3 *db;
    bool reached, unsure;
    int rc, committed = SQLITE_OK;

    work_reset(s->start);
    db = database_open("work.db", true);
    if (strcmp(journal, "wal") == 0)
        must(db, "PRAGMA journal_mode = wal");
    if (s->callers)
        must(db, CALLERS_CHANGE);
    fault_arm(db, kind, at);
    rc = call_run(db, s, &unsure);
    reached = fault.reached;
    if (kind != FAULT_FILE_STICKY)
        fault.armed = false;
    if (rc != SQLITE_OK && !s->callers && sqlite3_get_autocommit(db) == 0)
        t->open++;
    if (sqlite3_get_autocommit(db) == 0)
        committed = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (sqlite3_close(db) != SQLITE_OK)
        fail("a connection cannot be closed");
    fault.armed = false;
    if (sqlite3_memory_used() != memory) {
        t->leaks++;
        printf("    %s, %s, %s at %ld: %lld bytes left\n", s->name, journal, fault_names[kind], at,
               (long long)(sqlite3_memory_used() - memory));
    }
    found = state_of("work.db");
    t->points++;
    if (state_same(&found, &states->after)) {
        if (rc == SQLITE_OK || (unsure && kind == FAULT_FILE_STICKY))
            return reached;
        t->late++;
    } else if ((rc != SQLITE_OK || committed != SQLITE_OK) &&
               (state_same(&found, &states->before) || state_same(&found, &states->caller))) {
        return reached;
    } else {
        t->wrong++;
    }
    report(s, journal, fault_names[kind], at, rc, &found);
    return reached;
}

static bool scenario_run(const scenario *s, const char *journal, fault_kind kind, long stride,
                         const expected *states) {
    sqlite3_int64 memory = sqlite3_memory_used();
    tally t;
    long at;
    bool ok;

    memset(&t, 0, sizeof t);
    /* The first points one by one: they are the ones that differ most. */
    for (at = 1; point_run(s, journal, kind, at, states, memory, &t); at += at < 20 ? 1 : stride)
        ;
    ok = t.late == 0 && t.wrong == 0 && t.leaks == 0;
    printf("%s %s, %s, %s: %ld points, %ld left open, %ld late, %ld wrong, %ld leaks\n",
           ok ? "ok    " : "FAILED", s->name, journal, fault_names[kind], t.points, t.open, t.late,
           t.wrong, t.leaks);
    fflush(stdout);
    return ok;
}

/* ---- preparation ------------------------------------------------------------------------- */

static void scripts_write(const char *to, const char *message) {
    char text[2048], name[64];

    mkdir(path_of(to), 0777);
    snprintf(name, sizeof name, "%s/1.sql", to);
    text_write(name, "-- Users\n--\n-- Revision ID: aaaa1\n-- Revises:\n"
                     "-- migrate:up\nCREATE TABLE users (id integer PRIMARY KEY, name text);\n"
                     "INSERT INTO users VALUES (1, 'a'), (2, 'b');\nCREATE INDEX users_name ON "
                     "users (name);\n-- migrate:down\nDROP TABLE users;\n");
    snprintf(name, sizeof name, "%s/2.sql", to);
    text_write(name, "-- Trips\n--\n-- Revision ID: bbbb2\n-- Revises: aaaa1\n"
                     "-- migrate:up\nCREATE TABLE trips (id integer PRIMARY KEY, user_id integer "
                     "REFERENCES users);\nINSERT INTO trips SELECT id, id FROM users;\nALTER TABLE "
                     "users ADD COLUMN mail text;\n-- migrate:verify\nSELECT count(*) = 2 FROM "
                     "trips;\n-- migrate:down\nDROP TABLE trips;\nALTER TABLE users DROP COLUMN "
                     "mail;\n");
    snprintf(name, sizeof name, "%s/3.sql", to);
    snprintf(text, sizeof text,
             "-- %s\n--\n-- Revision ID: cccc3\n-- Revises: bbbb2\n"
             "-- migrate:up\nCREATE INDEX trips_user ON trips (user_id);\nUPDATE users SET name = "
             "name || 'x';\nANALYZE;\n-- migrate:down\nDROP INDEX trips_user;\nUPDATE users SET "
             "name = substr(name, 1, 1);\nDROP TABLE sqlite_stat1;\n",
             message);
    text_write(name, text);
}

static void seeds_write(const char *to, const char *third) {
    char text[2048], name[64];

    mkdir(path_of(to), 0777);
    snprintf(name, sizeof name, "%s/countries.csv", to);
    snprintf(text, sizeof text, "code,name\nES,Spain\nNO,Norway\n%s", third);
    text_write(name, text);
    snprintf(name, sizeof name, "%s/people.yaml", to);
    text_write(name, "_seed: {depends_on: countries, mode: sync}\npeople:\n  - {id: 1, name: ann, "
                     "role: user, country: {ref: {table: countries, where: {name: Norway}, column: "
                     "code}}}\n  - {id: 2, name: \"b\\xF6b\", role: user, country: ES}\n");
    snprintf(name, sizeof name, "%s/marks.sql", to);
    text_write(name,
               "-- Depends On: people\n-- Param: x integer = 7\n-- seed:apply\nCREATE TABLE IF "
               "NOT EXISTS marks (x);\nINSERT INTO marks SELECT id + :x FROM people WHERE NOT "
               "EXISTS (SELECT 1 FROM marks);\nCREATE INDEX IF NOT EXISTS marks_x ON marks "
               "(x);\n-- seed:clear\nDROP TABLE marks;\n-- seed:verify\nSELECT count(*) = 2 "
               "FROM marks;\n");
    snprintf(name, sizeof name, "%s/promote.sql", to);
    text_write(name, "-- Param: name text required\n-- Expect: 1 row\n-- seed:apply\nUPDATE people "
                     "SET role = 'admin' WHERE name = :name;\n");
}

/* plain.db: tables to be filled. catalog.db: seeds loaded. filled.db: they have run. stale.db: and the
   rows were changed since. */
static void seed_databases_make(void) {
    sqlite3 *db;

    seeds_write("seeds", "PT,Portugal\n");
    seeds_write("changed_seeds", "\"FR\",\"France\"\n");
    file_copy("empty.db", "plain.db");
    db = database_open("plain.db", false);
    must(db, "CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL UNIQUE);"
             "CREATE TABLE people (id integer PRIMARY KEY, name text, role text, country text "
             "REFERENCES countries)");
    sqlite3_close(db);
    file_copy("plain.db", "catalog.db");
    db = database_open("catalog.db", false);
    must(db, "SELECT migrate_seed_load('seeds')");
    sqlite3_close(db);
    file_copy("catalog.db", "filled.db");
    db = database_open("filled.db", false);
    must(db, "SELECT migrate_seed('*')");
    sqlite3_close(db);
    file_copy("filled.db", "stale.db");
    db = database_open("stale.db", false);
    must(db,
         "UPDATE countries SET name = name || '?'; DELETE FROM people WHERE id = 2; INSERT INTO "
         "people VALUES (3, 'eve', 'user', 'ES')");
    sqlite3_close(db);
}

/* empty.db: no tables of the module. base.db: loaded. head.db: upgraded. All hold a table mine. */
static void databases_make(void) {
    sqlite3 *db;

    unlink(path_of("empty.db"));
    scripts_write("scripts", "Index");
    scripts_write("changed", "Index of trips");
    db = database_open("empty.db", false);
    must(db, "CREATE TABLE mine (x integer)");
    sqlite3_close(db);
    file_copy("empty.db", "base.db");
    db = database_open("base.db", false);
    must(db, "SELECT migrate_load('scripts')");
    sqlite3_close(db);
    file_copy("base.db", "head.db");
    db = database_open("head.db", false);
    must(db, "SELECT migrate_upgrade('head')");
    sqlite3_close(db);
}

/* Registration itself: each allocation fails once. */
static bool init_run(void) {
    sqlite3_int64 memory = sqlite3_memory_used();
    long at, leaks = 0;
    char *message;
    sqlite3 *db;
    int rc;

    for (at = 1;; at++) {
        message = NULL;
        if (sqlite3_open(":memory:", &db) != SQLITE_OK)
            fail("a database in memory cannot be opened");
        fault_arm(db, FAULT_MEMORY, at);
        rc = sqlite3_migrate_init(db, &message, NULL);
        fault.armed = false;
        sqlite3_free(message);
        sqlite3_close(db);
        if (sqlite3_memory_used() != memory)
            leaks++;
        if (!fault.reached)
            break;
        if (rc == SQLITE_OK)
            printf("    registration, memory once at %ld: no error\n", at);
    }
    printf("%s registration, memory once: %ld points, %ld leaks\n",
           leaks == 0 ? "ok    " : "FAILED", at - 1, leaks);
    return leaks == 0;
}

/* ---- answers ----------------------------------------------------------------------------- */

typedef struct answer {
    const char *name, *journal;
    const char *first, *second; /* scripts behind their headers; second NULL: none */
    int calls;                  /* of migrate_upgrade; the last one gives the text */
    const char *text;
    const char *held; /* by the file, opened again: see ANSWER_HELD */
} answer;

#define COMMIT_DETAIL                                                                              \
    "disk I/O error\nDETAIL:  The file failed under COMMIT. Open the database again before "       \
    "relying on its state: the commit may have reached the file.\n"
#define BUSY_HINT                                                                                  \
    "database is locked\nHINT:  Another connection holds a lock on it; try again when that is "    \
    "done.\n"
#define PART_RAN ", and a part of the next revision ran: undo that part by hand before you go on."

/* Tables of the scripts, applied revisions, rows of the log. */
#define ANSWER_HELD                                                                                \
    "SELECT 'made ' || name FROM sqlite_schema WHERE name IN ('a', 'b') UNION ALL SELECT "         \
    "'applied ' || revision FROM migrate_applied UNION ALL SELECT outcome || ' ' || revision || "  \
    "' ' || detail FROM migrate_logbook ORDER BY 1"

static const answer answers[] = {
    {"commit fails once", "delete",
     "-- migrate:up\nCREATE TABLE a (x);\nSELECT break_files('once at sync');\n", NULL, 1,
     COMMIT_DETAIL "HINT:  The commit failed; the database is at base.", ""},
    {"commit fails once", "wal",
     "-- migrate:up\nCREATE TABLE a (x);\nSELECT break_files('once at sync');\n", NULL, 1,
     COMMIT_DETAIL "HINT:  The commit failed; the database is at base.", ""},
    {"commit fails, file gone", "delete",
     "-- migrate:up\nCREATE TABLE a (x);\nSELECT break_files('gone at sync');\n", NULL, 1,
     COMMIT_DETAIL "HINT:  The commit failed and the state cannot be read; look with "
                   "migrate_current().",
     ""},
    {"commit finds a reader", "delete",
     "-- migrate:up\nCREATE TABLE a (x);\nSELECT read_beside();\n", NULL, 1,
     BUSY_HINT "The commit failed; the database is at base.", ""},
    {"commit before the section outside finds a reader", "delete",
     "-- migrate:up\nCREATE TABLE a (x);\nSELECT read_beside();\n",
     "-- migrate:up transaction:false\nCREATE TABLE b (x);\n", 1,
     BUSY_HINT "The commit failed; the database is at base.", ""},
    {"commit fails behind a section outside", "delete",
     "-- migrate:up transaction:false\nCREATE TABLE a (x);\nSELECT break_files('once at sync');\n",
     NULL, 1, COMMIT_DETAIL "HINT:  The commit failed; the database is at base" PART_RAN,
     "failed aaaa1 section at 1.sql:1;made a;"},
    {"commit behind a section outside finds a reader", "delete",
     "-- migrate:up transaction:false\nCREATE TABLE a (x);\nSELECT read_beside();\n", NULL, 1,
     BUSY_HINT "The commit failed; the database is at base" PART_RAN
               "\nThe failure could not be logged: database is locked.",
     "made a;"},
    {"file gone in a section outside", "delete",
     "-- migrate:up transaction:false\nCREATE TABLE a (x);\nSELECT break_files('gone');\nINSERT "
     "INTO a VALUES (1);\n",
     NULL, 1,
     "disk I/O error\nHINT:  0 of 1 revisions were committed; the database is at base" PART_RAN
     "\nThe failure could not be logged: disk I/O error.\nCONTEXT:  SQL statement "
     "\"INSERT INTO a VALUES (1)\"\nrevision \"aaaa1\", file \"1.sql\", line 7, column 1",
     "made a;"},
    {"a revision outside, then one that fails", "delete",
     "-- migrate:up transaction:false\nCREATE TABLE a (x);\n",
     "-- migrate:up\nCREATE TABLE b (x);\nINSERT INTO nowhere VALUES (1);\n", 1,
     "no such table: nowhere\nHINT:  1 of 2 revisions were committed; the database is at aaaa1.\n"
     "CONTEXT:  SQL statement \"INSERT INTO nowhere VALUES (1)\"\nrevision \"bbbb2\", file "
     "\"2.sql\", line 6, column 1",
     "applied aaaa1;failed bbbb2 section at 2.sql:5;made a;ok aaaa1 ;"},
    {"the same again after a failure outside", "delete",
     "-- migrate:up transaction:false\nCREATE TABLE a (x);\nINSERT INTO nowhere VALUES (1);\n",
     NULL, 2,
     "table a already exists\nHINT:  Nothing was applied; the database is still at base.\nAn "
     "earlier run of revision aaaa1 failed: undo by hand what it left behind, then upgrade "
     "again.\nQUERY:  CREATE TABLE a (x)\nCONTEXT:  revision \"aaaa1\", file \"1.sql\", line 5, "
     "column 14",
     "failed aaaa1 section at 1.sql:5;made a;"},
};

static sqlite3 *reader;

/* SQL: break_files('once' or 'gone', with ' at sync' behind it) */
static void break_files(sqlite3_context *sql, int n, sqlite3_value **args) {
    const char *how = (const char *)sqlite3_value_text(args[0]);

    (void)n;
    fault_arm(sqlite3_context_db_handle(sql),
              strncmp(how, "gone", 4) == 0 ? FAULT_FILE_STICKY : FAULT_FILE, 1);
    fault.at_sync = strstr(how, "at sync") != NULL;
}

/* SQL: another connection begins to read, and does not end. A COMMIT has to wait for it. */
static void read_beside(sqlite3_context *sql, int n, sqlite3_value **args) {
    (void)sql;
    (void)n;
    (void)args;
    reader = database_open("work.db", false);
    must(reader, "BEGIN; SELECT count(*) FROM mine");
}

static void script_add(sqlite3 *db, const char *header, const char *sections, const char *source) {
    char *sql = sqlite3_mprintf("SELECT migrate_add(%Q || %Q, %Q)", header, sections, source);

    must(db, sql);
    sqlite3_free(sql);
}

static bool answer_is(const answer *a, const char *what, const char *wanted, const char *found) {
    if (strcmp(wanted, found) == 0)
        return true;
    printf("    %s, %s: %s expected\n%s\n    found\n%s\n", a->name, a->journal, what, wanted,
           found);
    return false;
}

static bool answer_run(const answer *a) {
    state text, held;
    sqlite3 *db;
    bool ok;
    int i;

    work_reset("empty.db");
    memset(&held, 0, sizeof held);
    db = database_open("work.db", true);
    must(db, strcmp(a->journal, "wal") == 0 ? "PRAGMA journal_mode = wal" : "SELECT 1");
    sqlite3_create_function(db, "break_files", 1, SQLITE_UTF8, NULL, break_files, NULL, NULL);
    sqlite3_create_function(db, "read_beside", 0, SQLITE_UTF8, NULL, read_beside, NULL, NULL);
    script_add(db, "-- A\n-- Revision ID: aaaa1\n-- Revises:\n", a->first, "1.sql");
    if (a->second != NULL)
        script_add(db, "-- B\n-- Revision ID: bbbb2\n-- Revises: aaaa1\n", a->second, "2.sql");
    must(db, "DELETE FROM migrate_logbook");
    for (i = 0; i < a->calls; i++)
        sqlite3_exec(db, "SELECT migrate_upgrade('head')", NULL, NULL, NULL);
    snprintf(text.text, sizeof text.text, "%s", sqlite3_errmsg(db));
    ok = sqlite3_get_autocommit(db) != 0;
    sqlite3_close(db);
    sqlite3_close(reader);
    reader = NULL;
    fault.armed = false;
    db = database_open("work.db", false);
    state_add(db, &held, ANSWER_HELD);
    sqlite3_close(db);
    ok = answer_is(a, "text", a->text, text.text) && ok;
    ok = answer_is(a, "file", a->held, held.text) && ok;
    printf("%s answer, %s, %s\n", ok ? "ok    " : "FAILED", a->name, a->journal);
    return ok;
}

int main(int argc, char **argv) {
    long stride = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    const size_t n = sizeof scenarios / sizeof scenarios[0];
    int passed = 0, failed = 0;
    size_t i, journal;
    fault_kind kind;
    expected states;

    if (argc < 2 || stride < 1 || chdir(argv[1]) != 0 ||
        getcwd(directory, sizeof directory) == NULL)
        fail("usage: fault_sqlite DIRECTORY [STRIDE]");
    memory_install();
    sqlite3_initialize();
    vfs_install();
    databases_make();
    seed_databases_make();
    init_run() ? passed++ : failed++;
    setenv("MIGRATE_LOCK_TIMEOUT", "100", 1);
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++)
        answer_run(&answers[i]) ? passed++ : failed++;
    unsetenv("MIGRATE_LOCK_TIMEOUT");
    for (i = 0; i < n; i++) {
        states = expected_of(&scenarios[i]);
        for (journal = 0; journal < 2; journal++)
            for (kind = FAULT_MEMORY; kind <= FAULT_PROCESS; kind++)
                scenario_run(&scenarios[i], journals[journal], kind,
                             kind >= FAULT_FILE && kind <= FAULT_CALL ? 1 + stride / 8 : stride,
                             &states)
                    ? passed++
                    : failed++;
    }
    printf("fault: %d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
