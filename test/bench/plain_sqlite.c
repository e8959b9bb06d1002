/*
 * plain_sqlite.c: reads, hashes and inserts the files of a directory in one transaction; what
 * migrate_load is measured against. Usage: plain_sqlite DATABASE DIRECTORY
 */
#include <sqlite3.h>

#include "plain_files.h"

static sqlite3_stmt *stmt;

static void insert(const char *name, const char *hash, const char *text, size_t n) {
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, hash, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, text, (int)n, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        exit(1);
    sqlite3_reset(stmt);
}

int main(int argc, char **argv) {
    sqlite3 *db;

    if (argc != 3 || sqlite3_open(argv[1], &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN; CREATE TABLE file (name text PRIMARY KEY, hash text, text text)",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO file VALUES (?, ?, ?)", -1, &stmt, NULL) != SQLITE_OK)
        return 1;
    files_insert(argv[2]);
    sqlite3_finalize(stmt);
    return sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK ||
           sqlite3_close(db) != SQLITE_OK;
}
