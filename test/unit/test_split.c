/*
 * test_split.c: where statements end, what they are, what they lose, on both engines.
 */
#include "split.h"
#include "unit.h"

#include <string.h>

/* The statements, each in brackets; damage as "!" and what is open. */
static mig_str cut(mig_ctx *ctx, mig_engine engine, const char *z) {
    mig_splitter splitter = mig_splitter_new(engine, mig_str_of(z), 1);
    mig_buf buf = mig_buf_new(ctx);
    mig_split_result result;
    mig_statement s;
    mig_token damage;

    while ((result = mig_splitter_next(&splitter, &s, &damage)) == MIG_SPLIT_STATEMENT)
        mig_buf_addf(&buf, "[%.*s]", (int)s.length, z + s.start);
    if (result == MIG_SPLIT_DAMAGE)
        mig_buf_addf(&buf, "!%s", mig_token_open(&splitter.lexer, &damage));
    return mig_buf_str(&buf);
}

static void check_cut(mig_engine engine, const char *z, const char *expected) {
    mig_ctx *ctx = unit_ctx();

    CHECK_STR(cut(ctx, engine, z), expected);
    unit_free(ctx);
}

static void check_both(const char *z, const char *expected) {
    check_cut(MIG_POSTGRESQL, z, expected);
    check_cut(MIG_SQLITE, z, expected);
}

static void test_cuts(void) {
    check_both("", "");
    check_both(" ;; -- a\n ; /* b; */", "");
    check_both("a; b ;c", "[a][b][c]");
    check_both("-- x\n a 'b;c' \"d;e\" /* f; */ g ; -- h", "[a 'b;c' \"d;e\" /* f; */ g]");
    check_both("a /* x */ ; b", "[a][b]");
    check_both("a; 'b", "[a]!string literal");
    check_both("a; b /* c", "[a]!block comment");
    check_cut(MIG_POSTGRESQL, "DO $$ BEGIN; END $$; a $x$ ; $$ ; $x$; b",
              "[DO $$ BEGIN; END $$][a $x$ ; $$ ; $x$][b]");
    check_cut(MIG_POSTGRESQL, "CREATE RULE r AS ON INSERT TO t DO (a; b); c",
              "[CREATE RULE r AS ON INSERT TO t DO (a; b)][c]");
    check_cut(MIG_POSTGRESQL,
              "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT "
              "1; END; c",
              "[CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT "
              "1; END][c]");
    check_cut(
        MIG_POSTGRESQL,
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT a[1:CASE WHEN b THEN 1 END]; END; c",
        "[CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT a[1:CASE WHEN b THEN 1 END]; END]"
        "[c]");
    check_cut(MIG_POSTGRESQL, "create or replace procedure p() begin atomic end; c",
              "[create or replace procedure p() begin atomic end][c]");
    check_cut(MIG_POSTGRESQL, "CREATE TABLE atomic (begin int, atomic int); c",
              "[CREATE TABLE atomic (begin int, atomic int)][c]");
    check_cut(MIG_POSTGRESQL, "SELECT begin atomic; c", "[SELECT begin atomic][c]");
    check_cut(MIG_POSTGRESQL, "/* a /* ; */ ; */ b", "[b]");
    check_cut(MIG_SQLITE, "CREATE TRIGGER t BEGIN a; b; END; c",
              "[CREATE TRIGGER t BEGIN a; b; END][c]");
    check_cut(MIG_SQLITE, "create temp trigger t begin select case when 1 then 2 end; end; c",
              "[create temp trigger t begin select case when 1 then 2 end; end][c]");
    check_cut(MIG_SQLITE, "EXPLAIN CREATE TRIGGER t BEGIN a; END; c",
              "[EXPLAIN CREATE TRIGGER t BEGIN a; END][c]");
    check_cut(MIG_SQLITE, "CREATE TRIGGER t BEGIN a; \"end\"; END",
              "[CREATE TRIGGER t BEGIN a; \"end\"; END]");
    check_cut(MIG_SQLITE, "CREATE TABLE trigger (a); b", "[CREATE TABLE trigger (a)][b]");
    check_cut(MIG_SQLITE, "a [b;c] `d;e`; f", "[a [b;c] `d;e`][f]");
    check_cut(MIG_SQLITE, ".tables\na;\n .read x;y\nb", "[.tables][a][.read x;y][b]");
    check_both("\\d 'x\nselect 1;", "[\\d 'x][select 1]");
}

typedef struct trait_case {
    const char *text;
    unsigned pg, sqlite;
} trait_case;

#define O MIG_TRAIT_OUTSIDE
#define T MIG_TRAIT_TRANSACTION
#define C MIG_TRAIT_COPY_STDIN
#define S MIG_TRAIT_SELF
#define DT MIG_TRAIT_DROP_TABLE
#define DC MIG_TRAIT_DROP_COLUMN
#define M MIG_TRAIT_META
#define Q MIG_TRAIT_QUERY
#define OC (MIG_TRAIT_OUTSIDE | MIG_TRAIT_CONCURRENTLY)
#define OV (MIG_TRAIT_OUTSIDE | MIG_TRAIT_VACUUM)

static const trait_case trait_cases[] = {
    {"BEGIN", T, T},
    {"begin immediate", T, T},
    {"Commit", T, T},
    {"END", T, T},
    {"ROLLBACK TO x", T, T},
    {"SAVEPOINT x", T, T},
    {"RELEASE x", T, T},
    {"ABORT", T, 0},
    {"START TRANSACTION READ ONLY", T, 0},
    {"PREPARE TRANSACTION 'x'", T, 0},
    {"PREPARE x AS SELECT 1", 0, 0},
    {"COMMIT PREPARED 'x'", T, T},
    {"SET TRANSACTION READ ONLY", 0, 0},
    {"\"begin\"", 0, 0},
    {"VACUUM FULL t", OV, OV},
    {"vacuum into 'x'", OV, OV},
    {"CREATE INDEX CONCURRENTLY i ON t (a)", OC, 0},
    {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", OC, 0},
    {"CREATE INDEX i ON t (a)", 0, 0},
    {"DROP INDEX CONCURRENTLY i", OC, 0},
    {"REINDEX INDEX CONCURRENTLY i", OC, 0},
    {"REINDEX (CONCURRENTLY) TABLE t", OC, 0},
    {"REINDEX (VERBOSE) DATABASE d", O, 0},
    {"REINDEX SCHEMA s", O, 0},
    {"REINDEX TABLE t", 0, 0},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY v", 0, 0},
    {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", O, 0},
    {"ALTER TABLE t DETACH PARTITION p", 0, 0},
    {"CREATE DATABASE d", O, 0},
    {"DROP DATABASE IF EXISTS d", O, 0},
    {"ALTER DATABASE d SET TABLESPACE x", O, 0},
    {"ALTER DATABASE d SET work_mem = 1", 0, 0},
    {"CREATE TABLESPACE x LOCATION 'y'", O, 0},
    {"DROP TABLESPACE x", O, 0},
    {"ALTER SYSTEM SET a = b", O, 0},
    {"DISCARD ALL", O, 0},
    {"DISCARD PLANS", 0, 0},
    {"CLUSTER", O, 0},
    {"CLUSTER (VERBOSE)", O, 0},
    {"CLUSTER VERBOSE", O, 0},
    {"CLUSTER t USING i", 0, 0},
    {"CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p", O, 0},
    {"CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (create_slot = false)", 0, 0},
    {"ALTER SUBSCRIPTION s REFRESH PUBLICATION", O, 0},
    {"ALTER SUBSCRIPTION s DISABLE", 0, 0},
    {"DROP SUBSCRIPTION s", O, 0},
    {"PRAGMA foreign_keys = OFF", 0, O | MIG_TRAIT_PRAGMA},
    {"PRAGMA main.journal_mode(wal)", 0, O | MIG_TRAIT_PRAGMA},
    {"PRAGMA foreign_keys", 0, MIG_TRAIT_PRAGMA},
    {"PRAGMA synchronous=0", 0, O | MIG_TRAIT_PRAGMA},
    {"PRAGMA temp_store = 2", 0, O | MIG_TRAIT_PRAGMA},
    {"PRAGMA wal_checkpoint", 0, O | MIG_TRAIT_PRAGMA},
    {"PRAGMA user_version = 3", 0, MIG_TRAIT_PRAGMA},
    {"DETACH x", 0, O},
    {"ATTACH 'a' AS x", 0, 0},
    {"COPY t FROM STDIN", C, 0},
    {"COPY t (a, b) FROM stdin WITH (FORMAT csv)", C, 0},
    {"COPY (SELECT 1) TO STDOUT", C, 0},
    {"COPY t FROM '/srv/stdin'", 0, 0},
    {"DROP EXTENSION migrate", S, 0},
    {"DROP EXTENSION IF EXISTS a, \"migrate\" CASCADE", S, 0},
    {"DROP EXTENSION other", 0, 0},
    {"ALTER EXTENSION migrate UPDATE", S, 0},
    {"ALTER EXTENSION other SET SCHEMA migrate", 0, 0},
    {"SELECT migrate_upgrade('head')", S | Q, S | Q},
    {"SELECT * FROM public.\"migrate_downgrade\" /* x */ (-1)", S | Q, S | Q},
    {"SELECT MIGRATE_STAMP ('a')", S | Q, S | Q},
    {"INSERT INTO t SELECT migrate_load('x')", S, S},
    {"SELECT a[1:migrate_seed_run('a')]", S | Q, Q},
    {"SELECT migrate_seed_list(), migrate_password_hash('a')", Q, Q},
    {"SELECT :into", Q, Q},
    {"SELECT migrate_current()", Q, Q},
    {"SELECT 'migrate_upgrade(1)'", Q, Q},
    {"SELECT migrate_upgrade FROM t", Q, Q},
    {"GRANT EXECUTE ON FUNCTION migrate_upgrade(text, text) TO x", 0, 0},
    {"DROP TABLE IF EXISTS a, b.c CASCADE", DT, DT},
    {"DROP VIEW v", 0, 0},
    {"ALTER TABLE t DROP COLUMN a", DC, DC},
    {"ALTER TABLE ONLY t ADD b int, DROP IF EXISTS a", DC, DC},
    {"ALTER TABLE t ALTER a DROP DEFAULT, DROP CONSTRAINT c", 0, 0},
    {"ALTER TABLE t ADD CHECK (f(a, drop))", 0, 0},
    {"SELECT 1 \\gset", M | Q, M | Q},
    {"VALUES (1)", Q, Q},
    {"TABLE t", Q, Q},
    {"(SELECT 1) UNION SELECT 2", Q, Q},
    {"WITH a AS (SELECT 1) SELECT * FROM a", Q, Q},
    {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", 0, 0},
    {"WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", 0, 0},
    {"WITH a AS MATERIALIZED (DELETE FROM t RETURNING *) SELECT * FROM a", 0, 0},
    {"SELECT * INTO t FROM u", 0, 0},
    {"EXPLAIN SELECT 1", 0, 0},
    {"UPDATE t SET a = 1", 0, 0},
};

static void test_traits(void) {
    size_t i;
    mig_statement s;
    mig_splitter splitter;

    for (i = 0; i < sizeof trait_cases / sizeof *trait_cases; i++) {
        splitter = mig_splitter_new(MIG_POSTGRESQL, mig_str_of(trait_cases[i].text), 1);
        CHECK_INT(mig_splitter_next(&splitter, &s, NULL), MIG_SPLIT_STATEMENT);
        unit_check_int(s.traits, trait_cases[i].pg, trait_cases[i].text, "postgresql", (int)i);
        splitter = mig_splitter_new(MIG_SQLITE, mig_str_of(trait_cases[i].text), 1);
        CHECK_INT(mig_splitter_next(&splitter, &s, NULL), MIG_SPLIT_STATEMENT);
        unit_check_int(s.traits, trait_cases[i].sqlite, trait_cases[i].text, "sqlite", (int)i);
    }
}

/* "table" or "table.column", each in brackets. */
static mig_str losses_of(mig_ctx *ctx, const char *z) {
    mig_buf buf = mig_buf_new(ctx);
    mig_statement *statements;
    mig_loss *losses;
    size_t n, i;

    mig_split(ctx, MIG_POSTGRESQL, MIG_STR("f.sql"), mig_str_of(z), 1, &statements, &n);
    mig_split_losses(ctx, MIG_POSTGRESQL, mig_str_of(z), statements, &losses, &n);
    for (i = 0; i < n; i++)
        mig_buf_addf(&buf, losses[i].column.n > 0 ? "[%.*s|%.*s]" : "[%.*s%.*s]",
                     MIG_FMT(losses[i].table), MIG_FMT(losses[i].column));
    return mig_buf_str(&buf);
}

static void test_losses(void) {
    mig_ctx *ctx = unit_ctx();

    CHECK_STR(losses_of(ctx, "DROP TABLE users"), "[users]");
    CHECK_STR(losses_of(ctx, "DROP TABLE IF EXISTS a, \"b c\".\"d\" , e CASCADE"),
              "[a][\"b c\".\"d\"][e]");
    CHECK_STR(losses_of(ctx, "ALTER TABLE IF EXISTS ONLY s.t * DROP COLUMN IF EXISTS a CASCADE, "
                             "ADD b numeric(1, 2), DROP \"c d\", ALTER e DROP NOT NULL"),
              "[s.t|a][s.t|\"c d\"]");
    CHECK_STR(losses_of(ctx, "ALTER TABLE t ADD a int"), "");
    CHECK_STR(losses_of(ctx, "SELECT 1"), "");
    CHECK_STR(losses_of(ctx, "DROP TABLE"), "");
    unit_free(ctx);
}

static void test_places(void) {
    const char *z = " -- c\n  a;\n\xC3\xA9\xC3\xA9; b\n";
    mig_ctx *ctx = unit_ctx();
    mig_statement *s;
    size_t n;

    CHECK(mig_split(ctx, MIG_SQLITE, MIG_STR("f.sql"), mig_str_of(z), 10, &s, &n));
    CHECK_INT(n, 3);
    CHECK_INT(s[0].line, 11);
    CHECK_INT(s[0].column, 3);
    CHECK_INT(s[1].line, 12);
    CHECK_INT(s[1].column, 1);
    CHECK_INT(s[2].line, 12);
    CHECK_INT(s[2].column, 5);
    unit_free(ctx);
}

static void test_error(void) {
    mig_ctx *ctx = unit_ctx();
    const mig_error *error;
    mig_statement *s;
    size_t n;

    CHECK(!mig_split(ctx, MIG_POSTGRESQL, MIG_STR("f.sql"), MIG_STR("a;\n b $x$ c"), 5, &s, &n));
    error = mig_ctx_error(ctx);
    CHECK(error != NULL && error->line == 6 && error->column == 4 &&
          strcmp(error->source, "f.sql") == 0 && error->hint != NULL);
    CHECK_ERROR(ctx, MIG_E_SYNTAX, "dollar-quoted string is not closed");
    unit_free(ctx);
}

static mig_str action_of(const char *z) {
    mig_statement s = {0, 0, 1, 1, 0};

    s.length = strlen(z);
    return mig_split_action(MIG_POSTGRESQL, mig_str_of(z), &s);
}

static mig_str title_of(const char *z) {
    mig_statement s = {0, 0, 1, 1, 0};

    s.length = strlen(z);
    return mig_split_title(MIG_POSTGRESQL, mig_str_of(z), &s);
}

static void test_names(void) {
    CHECK_STR(action_of("SELECT migrate_init, \"migrate_add\" ('x')"), "migrate_add");
    CHECK_STR(action_of("SELECT f(migrate_init)"), "");
    CHECK_STR(title_of("CREATE INDEX CONCURRENTLY i"), "CREATE INDEX CONCURRENTLY");
    CHECK_STR(title_of("VACUUM"), "VACUUM");
    CHECK_STR(title_of("DROP\n TABLE x"), "DROP");
    CHECK_STR(title_of("COPY (x)"), "COPY");
    CHECK_STR(title_of("'x' y"), "'x'");
}

/* The splitter's own list of actions is that of the commands; listings may be called. */
static void test_actions(void) {
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < mig_n_actions; i++)
        CHECK_STR(
            action_of(mig_str_z(ctx, mig_str_format(ctx, "SELECT %s()", mig_actions[i].name))),
            mig_actions[i].name);
    for (i = 0; i < mig_n_listings; i++)
        CHECK_STR(
            action_of(mig_str_z(ctx, mig_str_format(ctx, "SELECT %s()", mig_listings[i].name))),
            "");
    CHECK_STR(action_of("SELECT migrate_addition()"), "");
    unit_free(ctx);
}

static bool split_work(mig_ctx *ctx, void *arg) {
    mig_str text = MIG_STR("a; DROP TABLE a, b, c, d, e, f, g, h, i, j; c; d; e; f; g; h; i; j; k");
    mig_statement *s;
    mig_loss *losses;
    size_t n;

    (void)arg;
    return mig_split(ctx, MIG_SQLITE, MIG_STR("f"), text, 1, &s, &n) &&
           mig_split_losses(ctx, MIG_SQLITE, text, &s[1], &losses, &n) && n == 10;
}

int main(void) {
    test_cuts();
    test_traits();
    test_losses();
    test_places();
    test_error();
    test_names();
    test_actions();
    CHECK(unit_torture(split_work, NULL) > 0);
    return unit_end("split");
}
