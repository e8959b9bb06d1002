/*
 * load_sqlite.c: a program that calls migrate_load, for the load benchmark: started like the plain
 * program it is measured against, without a shell around it. Usage: load_sqlite DATABASE DIRECTORY
 */
#include <sqlite3.h>
#include <stdio.h>

int sqlite3_migrate_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

int main(int argc, char **argv) {
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int rc;

    if (argc != 3 || sqlite3_auto_extension((void (*)(void))sqlite3_migrate_init) != SQLITE_OK ||
        sqlite3_open(argv[1], &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT migrate_load(?)", -1, &stmt, NULL) != SQLITE_OK)
        return 1;
    sqlite3_bind_text(stmt, 1, argv[2], -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    sqlite3_finalize(stmt);
    return sqlite3_close(db) != SQLITE_OK || rc != SQLITE_ROW;
}
