/*
 * version.c: hosts with an older SQLite, as the module sees them: another version number, and NULL in
 * the table of routines where the version has none (some hosts ship NULL for old routines too).
 *
 * usage: version MODULE (with its .so)
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <dlfcn.h>
#include <sqlite3ext.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* This program calls the library itself; the header has made macros of the names. */
#undef sqlite3_auto_extension
#undef sqlite3_cancel_auto_extension
#undef sqlite3_close
#undef sqlite3_exec
#undef sqlite3_free
#undef sqlite3_open
int sqlite3_auto_extension(void (*entry)(void));
int sqlite3_cancel_auto_extension(void (*entry)(void));
int sqlite3_close(sqlite3 *db);
int sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,
                 char **message);
void sqlite3_free(void *p);
int sqlite3_open(const char *name, sqlite3 **db);

typedef int (*init_fn)(sqlite3 *db, char **message, const sqlite3_api_routines *api);

static sqlite3_api_routines routines;
static int version;
static int n_passed, n_failed;

static int version_number(void) {
    return version;
}

/* SQLite hands its table to every extension. */
static int table_take(sqlite3 *db, char **message, const sqlite3_api_routines *api) {
    (void)db;
    (void)message;
    routines = *api;
    return SQLITE_OK;
}

static void expect(const char *what, bool good, const char *message) {
    if (good) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("failed: %s: %s\n", what, message == NULL ? "no message" : message);
}

static void too_old(init_fn init, sqlite3 *db) {
    char *message = NULL;

    version = 3034001;
    expect("SQLite 3.34 is refused",
           init(db, &message, &routines) == SQLITE_ERROR && message != NULL &&
               strstr(message, "needs SQLite 3.35 or newer") != NULL,
           message);
    sqlite3_free(message);
}

/* A syntax error asks for its offset, a run for expired statements, a seed for changed rows. */
static void old_enough(init_fn init, sqlite3 *db) {
    static const char *const add =
        "SELECT migrate_add('-- One\n-- Revision ID: aaaa1\n-- migrate:up\nCREATE TABLE t (x);\n"
        "CREATE INDEX i ON t (x);\n  CREATE TABEL u (x);\n')";
    static const char *const seed =
        "CREATE TABLE s (x); SELECT migrate_seed_add('-- Expect: 2 rows\nINSERT INTO s VALUES (1), "
        "(2);\n', 's.sql'); SELECT migrate_seed()";
    char *message = NULL;

    version = 3035005;
    routines.error_offset = NULL;
    routines.expired = NULL;
    routines.changes64 = NULL;
    routines.progress_handler = NULL;
    expect("SQLite 3.35 is accepted", init(db, &message, &routines) == SQLITE_OK, message);
    expect("a script is added", sqlite3_exec(db, add, NULL, NULL, &message) == SQLITE_OK, message);
    expect("an error has the place of its statement",
           sqlite3_exec(db, "SELECT migrate_upgrade()", NULL, NULL, &message) != SQLITE_OK &&
               strstr(message, "line 6, column 3") != NULL,
           message);
    sqlite3_free(message);
    message = NULL;
    expect("the rows of a seed are counted",
           sqlite3_exec(db, seed, NULL, NULL, &message) == SQLITE_OK, message);
    sqlite3_free(message);
}

int main(int argc, char **argv) {
    void *module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    init_fn init = NULL;
    sqlite3 *db;
    void *symbol = module == NULL ? NULL : dlsym(module, "sqlite3_migrate_init");

    if (symbol == NULL) {
        printf("version: 0 passed, 1 failed\n");
        return 1;
    }
    memcpy(&init, &symbol, sizeof init);
    sqlite3_auto_extension((void (*)(void))table_take);
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    sqlite3_cancel_auto_extension((void (*)(void))table_take);
    routines.libversion_number = version_number;
    too_old(init, db);
    old_enough(init, db);
    sqlite3_close(db);
    printf("version: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
