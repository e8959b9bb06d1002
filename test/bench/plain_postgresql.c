/*
 * plain_postgresql.c: reads, hashes and inserts the files of a directory in one transaction; what
 * migrate_load is measured against. Usage: plain_postgresql DATABASE DIRECTORY
 */
#include <libpq-fe.h>

#include "plain_files.h"

static PGconn *connection;

static void run(const char *sql) {
    PGresult *result = PQexec(connection, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(connection));
        exit(1);
    }
    PQclear(result);
}

static void insert(const char *name, const char *hash, const char *text, size_t n) {
    const char *values[] = {name, hash, text};
    PGresult *result = PQexecPrepared(connection, "insert", 3, values, NULL, NULL, 0);

    (void)n;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(connection));
        exit(1);
    }
    PQclear(result);
}

int main(int argc, char **argv) {
    char info[200];

    if (argc != 3)
        return 1;
    snprintf(info, sizeof info, "dbname=%s", argv[1]);
    connection = PQconnectdb(info);
    run("BEGIN");
    run("CREATE TABLE file (name text PRIMARY KEY, hash text, text text)");
    PQclear(PQprepare(connection, "insert", "INSERT INTO file VALUES ($1, $2, $3)", 3, NULL));
    files_insert(argv[2]);
    run("COMMIT");
    PQfinish(connection);
    return 0;
}
