/*
 * host.c: a program that has the engine linked in (libmigrate.a, -DSQLITE_CORE) and loads no
 * extension: every connection it opens has the functions. Also what no function reaches: a section
 * whose statements are rewritten while it runs.
 */
#include "../../sqlite_ext/sqm.h"

#include <stdio.h>
#include <string.h>

int sqlite3_migrate_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

static int n_passed, n_failed;

/* The first column of the first row, or the error, must be the expected text. */
static void expect(sqlite3 *db, const char *sql, const char *expected) {
    sqlite3_stmt *stmt = NULL;
    const char *actual;

    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (stmt != NULL && sqlite3_step(stmt) == SQLITE_ROW)
        actual = (const char *)sqlite3_column_text(stmt, 0);
    else
        actual = sqlite3_errmsg(db);
    if (actual != NULL && strcmp(actual, expected) == 0) {
        n_passed++;
    } else {
        n_failed++;
        fprintf(stderr, "%s\nexpected [%s]\n but got [%s]\n", sql, expected,
                actual == NULL ? "NULL" : actual);
    }
    sqlite3_finalize(stmt);
}

/* The statement with its name x replaced by the text in arg. */
static mig_str name_put(mig_ctx *ctx, void *arg, const mig_statement *statement) {
    const char *name = arg;

    return statement->line == 1 ? mig_str_format(ctx, "CREATE TABLE %s (i)", name)
                                : mig_str_format(ctx, "INSERT INTO %s VALUES (7)", name);
}

/* Runs "CREATE TABLE x ..." and "INSERT ..." under another name; the message of the error, if any,
   goes to message. */
static void rewrite_run(sqlite3 *db, char *name, char *message, size_t size) {
    static const char text[] = "CREATE TABLE x (i);\nINSERT INTO x VALUES (7);";
    mig_statement statements[2];
    mig_section_run run;
    sqm_module module;
    sqm_host host;
    mig_ctx *ctx;

    memset(&module, 0, sizeof module);
    memset(&run, 0, sizeof run);
    memset(statements, 0, sizeof statements);
    statements[0].length = 18;
    statements[0].line = statements[0].column = statements[1].column = 1;
    statements[1].start = 20;
    statements[1].length = 23;
    statements[1].line = 2;
    run.revision = "aaaa1111";
    run.source = "x.sql";
    run.text = mig_str_of(text);
    run.line = 1;
    run.statements = statements;
    run.n_statements = 2;
    run.rewrite = name_put;
    run.rewrite_arg = name;
    module.db = db;
    ctx = sqm_call_begin(&host, &module, "rewrite");
    if (host.base.unit_begin(ctx) && host.base.run_section(ctx, &run))
        host.base.unit_commit(ctx);
    message[0] = '\0';
    if (mig_ctx_error(ctx) != NULL)
        snprintf(message, size, "%s, line %d, column %d, of %s", mig_ctx_error(ctx)->message,
                 mig_ctx_error(ctx)->line, mig_ctx_error(ctx)->column,
                 mig_ctx_error(ctx)->statement);
    sqm_call_end(&host, ctx);
}

static void expect_text(const char *what, const char *actual, const char *expected) {
    if (strcmp(actual, expected) == 0) {
        n_passed++;
        return;
    }
    n_failed++;
    fprintf(stderr, "%s\nexpected [%s]\n but got [%s]\n", what, expected, actual);
}

static void rewrite_check(sqlite3 *db) {
    char message[256], name[] = "renamed", bad[] = "no name";

    rewrite_run(db, name, message, sizeof message);
    expect_text("a section rewritten", message, "");
    expect(db, "SELECT i FROM renamed", "7");
    expect(db, "SELECT i FROM x", "no such table: x");
    /* The place is that of the script's own statement. */
    rewrite_run(db, bad, message, sizeof message);
    expect_text("a section rewritten badly", message,
                "near \"name\": syntax error, line 1, column 1, of CREATE TABLE x (i)");
    expect(db, "SELECT count(*) FROM renamed", "1");
}

int main(void) {
    sqlite3 *db = NULL;
    int i;

    sqlite3_auto_extension((void (*)(void))sqlite3_migrate_init);
    for (i = 0; i < 2; i++) {
        if (sqlite3_open(":memory:", &db) != SQLITE_OK) {
            fprintf(stderr, "%s\n", sqlite3_errmsg(db));
            return 1;
        }
        expect(db,
               "SELECT migrate_add('-- Add t\n-- Revision ID: aaaa1111\n\n-- migrate:up\n"
               "CREATE TABLE t (id integer PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE t;\n')"
               " IS NOT NULL",
               "1");
        expect(db, "SELECT migrate_upgrade('head')",
               "Running upgrade  -> aaaa1111, Add t\nNow at aaaa1111 (head)");
        expect(db, "SELECT count(*) FROM t", "0");
        expect(db, "SELECT revision FROM migrate_current", "aaaa1111");
        expect(db, "SELECT migrate_downgrade(-1)",
               "Running downgrade aaaa1111 -> , Add t\nNow at base");
        expect(db, "SELECT count(*) FROM t", "no such table: t");
        rewrite_check(db);
        sqlite3_close(db);
    }
    printf("static: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
