/*
 * test_split_sqlite.c: the splitter against SQLite itself: random scripts of valid statements are
 * cut by sqlite3_prepare_v2 and by the splitter; every statement must begin and end at the same
 * bytes.
 *
 * Each statement is run before the next is prepared, since it may depend on it.
 */
#include "split.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define N_SCRIPTS 400
#define MAX_STATEMENTS 12

static uint32_t random_state = 7;

static uint32_t random_below(uint32_t n) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

static const char *const statements[] = {
    "CREATE TABLE IF NOT EXISTS t (a, b TEXT DEFAULT 'x;y', \"end\", [c;d], `e;f`)",
    "INSERT INTO t (a) VALUES ('it''s; ok')",
    "SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END ELSE 3 END FROM t",
    "CREATE TRIGGER IF NOT EXISTS r AFTER INSERT ON t BEGIN UPDATE t SET b = 1; DELETE FROM t "
    "WHERE "
    "a = CASE WHEN new.a THEN 'x' END; END",
    "create temp trigger if not exists r2 after delete on t begin select ';', \"end\" from t; end",
    "CREATE TEMPORARY TRIGGER IF NOT EXISTS r3 AFTER UPDATE ON t WHEN new.a > 1 BEGIN INSERT INTO "
    "t "
    "(\"end\") VALUES (1); SELECT CASE WHEN 1 THEN RAISE(IGNORE) END; END",
    "EXPLAIN CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END",
    "EXPLAIN QUERY PLAN SELECT 1",
    "UPDATE t SET a = x'00ff', b = 1.5e-3, \"end\" = 0x1f WHERE a->>'$.x' <> b || ';'",
    "CREATE VIEW IF NOT EXISTS v AS SELECT a AS \"trigger\", b AS [begin] FROM t",
    "WITH w(a) AS (VALUES (1), (2)) SELECT * FROM w WHERE a <= 2 AND a != 3",
    "PRAGMA user_version = 3",
    "SELECT /* ; ' */ 1 -- ; '\n + 2",
    "SELECT 1.5, .5, -1, - -1, 'a' || \"b\", ~1, 1<<2",
    "SELECT \xC3\xA9 FROM (SELECT 1 AS \xC3\xA9)",
    "DROP TRIGGER IF EXISTS r",
    "SELECT 1 AS create_trigger, 2 AS begin_",
};

static const char *const gaps[] = {
    "",       " ",    "\n",   "-- comment; with 'quote\n", "/* block; \" */", ";", " ; ",
    "\t\r\n", "--\n", "/**/",
};

/* Leading blanks, comments and semicolons, which belong to no statement. */
static size_t statement_start(mig_str text, size_t at) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_sub(text, at, SIZE_MAX), 1);
    mig_token token;

    do {
        token = mig_lex_significant(&lexer);
    } while (token.kind == MIG_TOK_SEMICOLON);
    return at + token.start;
}

/* Where the last token before the tail ends, the semicolon not counted. */
static size_t statement_end(mig_str text, size_t start, size_t tail) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_sub(text, start, tail - start), 1);
    size_t end = 0, before = 0;
    mig_token token;

    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        before = end;
        end = token.start + token.length;
        if (token.kind != MIG_TOK_SEMICOLON)
            before = end;
    }
    return start + before;
}

static mig_str script_make(mig_ctx *ctx) {
    mig_buf buf = mig_buf_new(ctx);
    size_t n = 1 + random_below(MAX_STATEMENTS), i;

    for (i = 0; i < n; i++) {
        mig_buf_add_z(&buf, gaps[random_below(sizeof gaps / sizeof *gaps)]);
        mig_buf_add_z(&buf, statements[random_below(sizeof statements / sizeof *statements)]);
        mig_buf_add_z(&buf, random_below(2) == 0 ? "" : " /* ; */ ");
        if (i + 1 < n || random_below(2) == 0)
            mig_buf_add_char(&buf, ';');
    }
    mig_buf_add_z(&buf, gaps[random_below(sizeof gaps / sizeof *gaps)]);
    return mig_buf_str(&buf);
}

static bool statement_same(sqlite3 *db, mig_str text, const mig_statement *s, size_t *at) {
    size_t start = statement_start(text, *at);
    sqlite3_stmt *stmt;
    const char *tail;
    int code = sqlite3_prepare_v2(db, text.p + *at, -1, &stmt, &tail);
    size_t end;

    while (code == SQLITE_OK && stmt == NULL && *tail != '\0')
        code = sqlite3_prepare_v2(db, tail, -1, &stmt, &tail);
    if (code != SQLITE_OK || stmt == NULL) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        return false;
    }
    sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    *at = (size_t)(tail - text.p);
    end = statement_end(text, start, *at);
    return s->start == start && s->start + s->length == end;
}

static void script_check(mig_ctx *ctx) {
    mig_str text = script_make(ctx);
    mig_statement *s;
    sqlite3 *db;
    size_t n, i, at = 0;

    CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
    sqlite3_exec(db, statements[0], NULL, NULL, NULL);
    CHECK(mig_split(ctx, MIG_SQLITE, MIG_STR("random"), text, 1, &s, &n));
    for (i = 0; i < n; i++)
        if (!CHECK(statement_same(db, text, &s[i], &at))) {
            fprintf(stderr, "statement %zu of:\n%.*s\n", i, MIG_FMT(text));
            break;
        }
    CHECK_INT(statement_start(text, at), text.n);
    sqlite3_close(db);
}

int main(void) {
    size_t i;

    for (i = 0; i < N_SCRIPTS; i++) {
        mig_ctx *ctx = unit_ctx();

        script_check(ctx);
        unit_free(ctx);
    }
    return unit_end("split_sqlite");
}
