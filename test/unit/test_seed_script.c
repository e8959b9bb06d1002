/*
 * test_seed_script.c: SQL seeds: headers, markers, what is refused, where parameters can stand.
 */
#include "seed_script.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

typedef struct parsed {
    mig_seed_script script;
    mig_complaints list;
} parsed;

static parsed parse(mig_ctx *ctx, mig_engine engine, mig_str text) {
    parsed p;

    memset(&p, 0, sizeof p);
    CHECK(mig_seed_script_parse(ctx, engine, MIG_STR("f.sql"), text, &p.list, &p.script));
    return p;
}

static void list_print(mig_buf *buf, const char *name, const mig_list *list) {
    size_t i;

    for (i = 0; i < list->n; i++)
        mig_buf_addf(buf, "%s%.*s", i == 0 ? name : ",", MIG_FMT(list->items[i]));
}

static void params_print(mig_buf *buf, const mig_seed_script *s) {
    static const char kinds[] = "tinb";
    const mig_seed_param *param;
    size_t i;

    for (i = 0; i < s->n_params; i++) {
        param = &s->params[i];
        mig_buf_addf(buf, " %.*s:%.*s/%c%s%s", MIG_FMT(param->name), MIG_FMT(param->type),
                     kinds[param->kind], param->required ? "!" : "", param->secret ? "*" : "");
        if (param->has_default)
            mig_buf_addf(buf, "=%.*s", MIG_FMT(param->fallback));
    }
}

/* "name@line(profiles<dependencies#requires param:type/kind ... ?expect part/engine:line[text] ..." */
static mig_str printed(mig_ctx *ctx, const parsed *p) {
    static const char *const parts[] = {"apply", "clear", "verify"};
    static const char engines[] = "bps", expects[] = "*=><";
    const mig_seed_script *s = &p->script;
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_addf(&buf, "%.*s@%d", MIG_FMT(s->header.name), s->header.line);
    list_print(&buf, "(", &s->header.profiles);
    list_print(&buf, "<", &s->header.depends_on);
    list_print(&buf, "#", &s->header.requires);
    params_print(&buf, s);
    if (s->expect != MIG_EXPECT_ANY)
        mig_buf_addf(&buf, " ?%c%d", expects[s->expect], (int)s->expect_rows);
    for (i = 0; i < s->n_sections; i++)
        mig_buf_addf(&buf, " %s/%c:%d[%.*s]", parts[s->sections[i].part],
                     engines[s->sections[i].engine], s->sections[i].line,
                     MIG_FMT(s->sections[i].text));
    return mig_buf_str(&buf);
}

static mig_str complained(mig_ctx *ctx, const mig_complaints *list) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < list->n; i++) {
        CHECK_STR(list->items[i].source, "f.sql");
        mig_buf_addf(&buf, "%s%d:%d: %.*s", i > 0 ? "\n" : "", list->items[i].line,
                     list->items[i].column, MIG_FMT(list->items[i].text));
    }
    return mig_buf_str(&buf);
}

static void check_good_on(mig_engine engine, const char *z, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, engine, mig_str_of(z));

    CHECK_STR(complained(ctx, &p.list), "");
    if (!CHECK_STR(printed(ctx, &p), expected))
        fprintf(stderr, "seed: %s\n", z);
    unit_free(ctx);
}

static void check_good(const char *z, const char *expected) {
    check_good_on(MIG_POSTGRESQL, z, expected);
    check_good_on(MIG_SQLITE, z, expected);
}

static void check_bad_on(mig_engine engine, const char *z, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, engine, mig_str_of(z));

    if (!CHECK_STR(complained(ctx, &p.list), expected))
        fprintf(stderr, "seed: %s\n", z);
    unit_free(ctx);
}

static void check_bad(const char *z, const char *expected) {
    check_bad_on(MIG_POSTGRESQL, z, expected);
    check_bad_on(MIG_SQLITE, z, expected);
}

/* ---- headers ----------------------------------------------------------------------------- */

static void test_header(void) {
    check_good(
        "-- Gives a role.\n--\n-- Ticket: AB-1\n-- Seed: promote\n-- profiles: minimal, full\n"
        "-- Depends On: users roles\n-- Requires: f3a1b2c4d5e6\n"
        "-- Param: username text\n-- Param: role text = admin\n"
        "-- Param: password text secret\n-- Expect: 1 row\n\n"
        "-- seed:apply\nUPDATE u SET r = :role;\n",
        "promote@4(minimal,full<users,roles#f3a1b2c4d5e6 username:text/t role:text/t=admin "
        "password:text/t* ?=1 apply/b:14[UPDATE u SET r = :role;\n]");
    check_good("SELECT 1;", "@0 apply/b:1[SELECT 1;]");
    check_good("-- a remark\n/* b */\n-- Seed: x.y-1\nSELECT 1;\n-- c\n",
               "x.y-1@3 apply/b:1[-- a remark\n/* b */\n-- Seed: x.y-1\nSELECT 1;\n-- c\n]");
    check_good("-- Seed: all\n-- Depends On: a, b, a\n",
               "all@1<a,b apply/b:1[-- Seed: all\n-- Depends On: a, b, a\n]");
    check_good("\xEF\xBB\xBF-- Seed: a\r\n-- seed:apply\r\nSELECT 1;\r\n",
               "a@1 apply/b:3[SELECT 1;\n]");
    check_good(
        "-- See: the docs\n-- Depends On:\n-- Requires:\n-- Note: x\nSELECT 1",
        "@2 apply/b:1[-- See: the docs\n-- Depends On:\n-- Requires:\n-- Note: x\nSELECT 1]");
    check_bad("", "1:1: the seed is empty");
    check_bad(" \n-- just a remark\n", "1:1: the seed is empty");
    check_bad("SELECT 1;\n\xFF", "2:1: the script is not UTF-8 text");
    check_bad("-- Seed: a\n-- Seed: b\nSELECT 1", "2:1: header key \"Seed\" stands twice");
    check_bad(
        "-- Seed: a b\nSELECT 1",
        "1:10: \"a b\" cannot stand in \"Seed\": only letters A-Z, digits, \"_\", \".\" and \"-\" "
        "are allowed");
    check_bad("-- Seed: Apply\nSELECT 1",
              "1:10: \"Apply\" cannot stand in \"Seed\": it is the word of a marker");
    check_bad("-- Seed:\n-- Profiles:\nSELECT 1",
              "1:1: \"Seed\" is empty\n2:1: \"Profiles\" is empty");
    check_bad("-- Profiles: a, *\n-- Requires: x, head\nSELECT 1",
              "1:17: \"*\" cannot stand in \"Profiles\": it stands for all profiles\n2:17: "
              "\"head\" cannot stand in \"Requires\": the word is reserved");
    check_bad("-- Profile: a\n-- Depends: b\n-- Parameter: c text\n-- Params: c text\n"
              "-- Seed name: d\n-- Expected: 1\nSELECT 1",
              "1:1: unknown header key \"Profile\"\n2:1: unknown header key \"Depends\"\n"
              "3:1: unknown header key \"Parameter\"\n4:1: unknown header key \"Params\"\n"
              "5:1: unknown header key \"Seed name\"\n6:1: unknown header key \"Expected\"");
    check_bad("-- Revision ID: abc\n-- migrate:up\nSELECT 1",
              "1:1: this is a revision, not a seed\n2:1: marker \"-- migrate:up\" in a seed");
    check_bad("SELECT 1;\n-- Param: a text\n-- Depends On: x\n -- Param: b text\n",
              "2:1: header line \"Param\" below the header");
}

static void test_expect(void) {
    static const struct {
        const char *value, *shown;
    } good[] = {{"1 row", "=1"},          {"3 rows", "=3"},         {"0", "=0"},
                {"exactly 2 rows", "=2"}, {"At least 1 row", ">1"}, {"at most 5", "<5"}};
    static const char *const bad[] = {
        "",       "one row",  "-1 row",      "at 1",       "1 column",
        "1 row!", "at least", "exactly row", "1 row or 2", "99999999999999999999"};
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof good / sizeof *good; i++)
        check_good(mig_str_format(ctx, "-- Expect: %s\n-- seed:apply\n", good[i].value).p,
                   mig_str_format(ctx, "@1 ?%s apply/b:3[]", good[i].shown).p);
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        check_bad(
            mig_str_format(ctx, "-- Expect: %s\n-- seed:apply\n", bad[i]).p,
            mig_str_format(ctx, "1:1: \"Expect\" does not say how many rows: \"%s\"", bad[i]).p);
    unit_free(ctx);
}

/* ---- markers ----------------------------------------------------------------------------- */

static void test_markers(void) {
    check_good(
        "-- Seed: a\n-- seed:apply\nSELECT 1;\n-- SEED:Apply engine:postgresql\nSELECT 2;\n"
        "--seed:clear engine:sqlite\nDELETE FROM t;\n-- seed:verify -- all is well\nSELECT 1;\n",
        "a@1 apply/b:3[SELECT 1;\n] apply/p:5[SELECT 2;\n] clear/s:7[DELETE FROM t;\n] "
        "verify/b:9[SELECT 1;\n]");
    check_good_on(MIG_POSTGRESQL, "-- seed:apply engine:sqlite\nSELECT [it's];\n-- seed:clear\n",
                  "@0 apply/s:2[SELECT [it's];\n] clear/b:4[]");
    check_good_on(MIG_SQLITE, "-- seed:apply engine:postgresql\nSELECT $$it's$$, :x;\n",
                  "@0 apply/p:2[SELECT $$it's$$, :x;\n]");
    check_bad("-- seed:aply\nSELECT 1", "1:1: unknown marker \"-- seed:aply\"");
    check_bad("-- Seed:countries\nSELECT 1", "1:1: unknown marker \"-- Seed:countries\"");
    check_bad("-- seed:apply transaction:false\nSELECT 1",
              "1:15: unknown word \"transaction:false\" in marker");
    check_bad("-- seed:apply engine:oracle\nSELECT 1",
              "1:15: unknown value \"engine:oracle\" in marker");
    check_bad("-- seed:apply\nSELECT 1; -- seed:clear\nSELECT 2;",
              "2:11: marker \"-- seed:clear\" is not at the start of its line");
    check_bad("  -- seed:apply\nSELECT 1;",
              "1:3: marker \"-- seed:apply\" is not at the start of its line");
    check_bad("SELECT 1;\n-- seed:apply\nSELECT 2;", "1:1: SQL before the first marker");
    check_bad("-- seed:clear\nDELETE FROM t;", "1:1: the seed has no \"-- seed:apply\" section");
    check_bad("-- seed:apply\nSELECT 'a;\n-- seed:clear\nCOMMIT;\n-- it's\n",
              "3:1: marker \"-- seed:clear\" stands inside a string literal\n"
              "4:1: transaction control is not allowed in a script: \"COMMIT\"");
    check_bad("SELECT 'a", "1:8: string literal is not closed");
    check_bad("-- seed:apply\n/*\n-- seed:clear\n*/",
              "3:1: marker \"-- seed:clear\" stands inside a block comment");
    check_bad(
        "SELECT 'a\n-- seed:apply\n'",
        "1:1: SQL before the first marker\n2:1: marker \"-- seed:apply\" stands inside a string "
        "literal\n3:1: string literal is not closed");
}

/* ---- what is refused --------------------------------------------------------------------- */

static void test_refused(void) {
    check_bad("BEGIN;\nSELECT 1;",
              "1:1: transaction control is not allowed in a script: \"BEGIN\"");
    check_bad("VACUUM", "1:1: \"VACUUM\" cannot run in a transaction, as a seed does");
    check_bad_on(MIG_SQLITE, "PRAGMA foreign_keys = OFF;",
                 "1:1: \"PRAGMA foreign_keys\" cannot run in a transaction, as a seed does");
    check_bad_on(MIG_POSTGRESQL, "CREATE INDEX CONCURRENTLY i ON t (a)",
                 "1:1: \"CREATE INDEX CONCURRENTLY\" cannot run in a transaction, as a seed does");
    check_bad_on(MIG_POSTGRESQL, "COPY t FROM STDIN",
                 "1:1: COPY from or to the client is not possible in a script");
    check_bad("\\copy t from x", "1:1: \"\\copy\" is a command of a shell, not SQL");
    check_bad("SELECT migrate_seed('dev')", "1:1: a script cannot call migrate_seed");
    check_bad(
        "SELECT migrate_seed_run('a');SELECT migrate_reset('b');SELECT migrate_setting('c', 'd')",
        "1:1: a script cannot call migrate_seed_run\n1:30: a script cannot call migrate_reset\n"
        "1:56: a script cannot call migrate_setting");
    check_bad("-- seed:apply\n-- seed:verify\nDELETE FROM t",
              "3:1: a verify section holds only queries, not \"DELETE FROM t\"");
    check_good("INSERT INTO t SELECT migrate_password_hash('a')",
               "@0 apply/b:1[INSERT INTO t SELECT migrate_password_hash('a')]");
    check_good("SELECT migrate_password_verify('a', 'b'), 'migrate_seed()'",
               "@0 apply/b:1[SELECT migrate_password_verify('a', 'b'), 'migrate_seed()']");
}

/* ---- declarations ------------------------------------------------------------------------ */

static void test_params(void) {
    check_good("-- Param: a int\n-- Param: b_2  Double  Precision REQUIRED\n"
               "-- Param: c timestamp with time zone\n-- Param: d timestamp without time zone\n"
               "-- Param: e decimal = -1.50\n-- Param: f text required SECRET\n-- seed:apply\n",
               "@1 a:integer/i b_2:double precision/n! c:timestamptz/t d:timestamp/t "
               "e:numeric/n=-1.50 f:text/t!* apply/b:8[]");
    check_good(
        "-- Param: a text =\n-- Param: b json = {\"a\": [1, null]}\n-- Param: c text = a = b\n"
        "-- Param: d uuid = 123E4567-e89b-42d3-a456-426614174000\n-- Param: e time = 14:30\n"
        "-- Param: f bigint = -9223372036854775808\n-- Param: g jsonb = \"x\"\n-- seed:apply\n",
        "@1 a:text/t= b:json/t={\"a\": [1, null]} c:text/t=a = b "
        "d:uuid/t=123E4567-e89b-42d3-a456-426614174000 e:time/t=14:30 "
        "f:bigint/i=-9223372036854775808 g:jsonb/t=\"x\" apply/b:9[]");
    check_bad("-- Param:\n-- Param: a\n-- Param: = b\n-- seed:apply\n",
              "1:1: \"Param\" needs a name and a type\n2:1: \"Param\" needs a name and a type\n"
              "3:1: \"Param\" needs a name and a type");
    check_bad(
        "-- Param: 1a text\n-- Param: a-b text\n-- Param: \xC3\xA9 text\n-- seed:apply\n",
        "1:11: \"1a\" cannot be the name of a parameter\n2:11: \"a-b\" cannot be the name of a "
        "parameter\n3:11: \"\xC3\xA9\" cannot be the name of a parameter");
    check_bad("-- Param: a text\n-- Param: A int\n-- seed:apply\n",
              "2:11: parameter \"A\" is declared twice");
    check_bad(
        "-- Param: a string\n-- Param: b varchar(20)\n-- Param: c double\n-- seed:apply\n"
        "SELECT :a, :b, :c",
        "1:13: unknown type \"string\" of parameter \"a\"\n2:13: unknown type \"varchar(20)\" of "
        "parameter \"b\"\n3:13: unknown type \"double\" of parameter \"c\"");
    check_bad(
        "-- Param: a text needed\n-- Param: b text secret secret\n-- Param: c text required = x\n"
        "-- seed:apply\n",
        "1:18: \"needed\" behind the type of parameter \"a\"\n2:25: \"secret\" behind the type of "
        "parameter \"b\"\n3:1: parameter \"c\" is required and has a default");
    check_bad("-- Param: a text secret = hunter2\n-- seed:apply\n",
              "1:1: parameter \"a\" is secret and has a default");
    check_bad("-- Param: a int secret\n-- seed:apply\n",
              "1:17: parameter \"a\" is secret and not a text");
    check_bad("-- Param: a text = 'admin'\n-- seed:apply\n",
              "1:20: the default of parameter \"a\" stands in quotes");
    check_bad(
        "-- Param: a int = 1.5\n-- Param: b smallint = 40000\n-- Param: c bool = yes\n"
        "-- Param: d date = 2024-02-30\n-- Param: e timestamp = 2024-02-06 14:30Z\n"
        "-- Param: f json = {a: 1}\n-- Param: g uuid = hunter2\n-- Param: h numeric = .5\n"
        "-- seed:apply\n",
        "1:19: the default of parameter \"a\" must be an integer from -2147483648 to 2147483647, "
        "not \"1.5\"\n2:24: the default of parameter \"b\" must be an integer from -32768 to "
        "32767, not \"40000\"\n3:20: the default of parameter \"c\" must be true or false, not "
        "\"yes\"\n4:20: the default of parameter \"d\" must be a date like 2024-02-06, not "
        "\"2024-02-30\"\n5:25: the default of parameter \"e\" must be a date and time like "
        "2024-02-06 14:30:00, without a zone, not \"2024-02-06 14:30Z\"\n6:20: the default of "
        "parameter \"f\" must be JSON, not \"{a: 1}\"\n7:20: the default of parameter \"g\" must "
        "be a UUID like 123e4567-e89b-42d3-a456-426614174000, not \"hunter2\"\n8:23: the default "
        "of parameter "
        "\"h\" must be a number, not \".5\"");
    check_bad("-- Profiles: dev\n-- Param: a text required\n-- seed:apply\n",
              "2:1: a seed with profiles cannot have a required parameter: \"a\"");
}

static void test_param_limits(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    int i;

    for (i = 0; i < 10; i++)
        mig_buf_addf(&buf, "-- Param: %c int\n", 'a' + i);
    mig_buf_add_z(&buf, "-- seed:apply\n");
    check_bad(mig_buf_str(&buf).p, "10:11: more than 9 parameters with names of one letter");
    buf = mig_buf_new(ctx);
    for (i = 0; i < 100; i++)
        mig_buf_addf(&buf, "-- Param: p%d int\n", i);
    mig_buf_add_z(&buf, "-- seed:apply\n");
    check_bad(mig_buf_str(&buf).p, "100:11: more than 99 parameters");
    buf = mig_buf_new(ctx);
    mig_buf_add_z(&buf, "-- Param: ");
    for (i = 0; i < 64; i++)
        mig_buf_add_char(&buf, 'x');
    mig_buf_add_z(&buf, " int\n-- seed:apply\n");
    check_bad(
        mig_buf_str(&buf).p,
        "1:11: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" cannot be "
        "the name of a parameter");
    unit_free(ctx);
}

/* ---- where parameters stand -------------------------------------------------------------- */

#define AB "-- Param: a text\n-- Param: b text\n-- seed:apply\n"

static void check_uses(mig_engine engine, const char *sql, const char *expected) {
    mig_ctx *ctx = unit_ctx();

    check_bad_on(engine, mig_str_format(ctx, AB "%s", sql).p, expected);
    unit_free(ctx);
}

static void check_uses_both(const char *sql, const char *expected) {
    check_uses(MIG_POSTGRESQL, sql, expected);
    check_uses(MIG_SQLITE, sql, expected);
}

static void test_uses(void) {
    check_uses_both("SELECT :a;INSERT INTO t VALUES(:a,:b);update t set x=:a where y=:b;"
                    "DELETE FROM t WHERE x = :a;VALUES (:a);WITH q AS (SELECT :a) SELECT * FROM q;"
                    "REPLACE INTO t VALUES (:a);MERGE INTO t USING (SELECT :a) ON true;(SELECT :a)",
                    "");
    check_uses_both("CREATE VIEW v AS SELECT ':a', \":b\" -- :c\n/* :d */", "");
    check_uses(MIG_POSTGRESQL, "DO $$ BEGIN :x; END $$; SELECT $q$ :x $q$, :a::text, f(x := 1)",
               "");
    check_uses(MIG_POSTGRESQL, "SELECT a[1:2], a[1 : n], '{}'::jsonb ? 'a', @ -1, :a::int", "");
    check_uses(MIG_POSTGRESQL, "PREPARE p AS SELECT $1; EXECUTE p(1)", "");
    check_uses_both("SELECT :c, :A,\n  :b1",
                    "4:8: unknown parameter: \":c\"\n4:12: unknown parameter: "
                    "\":A\"\n5:3: unknown parameter: \":b1\"");
    check_uses_both("CREATE TABLE t (a int DEFAULT :a);\nEXPLAIN SELECT :a, :b",
                    "4:31: \"CREATE TABLE t\" takes no parameters: \":a\"\n"
                    "5:16: \"EXPLAIN SELECT\" takes no parameters: \":a\"");
    check_uses_both("SELECT 1 LIMIT:a",
                    "4:15: a parameter stands directly behind a word or number: "
                    "\":a\"");
    check_uses(
        MIG_POSTGRESQL, "SELECT x[1:n], x[1:a]",
        "4:11: unknown parameter: \":n\"\n4:19: a parameter stands directly behind a word or "
        "number: \":a\"");
    check_uses(MIG_POSTGRESQL, "SELECT $1", "4:8: a parameter without a name: \"$1\"");
    check_uses(
        MIG_SQLITE, "SELECT ?1, ?, @a, $a, :1;\nPRAGMA x = ?",
        "4:8: a parameter without a name: \"?1\"\n4:12: a parameter without a name: \"?\"\n"
        "4:15: a parameter without a name: \"@a\"\n4:19: a parameter without a name: \"$a\"\n"
        "4:23: unknown parameter: \":1\"\n5:12: a parameter without a name: \"?\"");
    check_uses(MIG_SQLITE, "SELECT :a::text", "4:11: \"::\" is no SQL of SQLite: \":text\"");
    check_uses(MIG_SQLITE, "SELECT [a:b], `x:y`", "");
    check_bad("SELECT :a", "1:8: unknown parameter: \":a\"");
}

/* Names of parameters mean nothing else, wherever they stand. */
static void test_keyword_names(void) {
    check_good(
        "-- Param: into text\n-- Param: stdin text\n-- seed:apply\n-- seed:verify\n"
        "SELECT x = :into FROM :stdin\n",
        "@1 into:text/t stdin:text/t apply/b:4[] verify/b:5[SELECT x = :into FROM :stdin\n]");
}

static void test_hints(void) {
    mig_ctx *ctx = unit_ctx();
    parsed p =
        parse(ctx, MIG_POSTGRESQL,
              MIG_STR("-- Param: a text required\n-- Param: b text secret\nSELECT x[1 :c];"));

    CHECK_INT(p.list.n, 1);
    CHECK_STR(
        p.list.items[0].hint,
        "The parameters of the seed are \"a\" (text, required), \"b\" (text, secret). Each is "
        "declared in the header, as in \"-- Param: username text\". The bounds of an array slice "
        "are written with a blank behind the colon, as in [1 : n].");
    unit_free(ctx);
}

static bool parse_work(mig_ctx *ctx, void *arg) {
    const char *z = "-- Seed: a\n-- Profiles: a, b\n-- Params: x\n-- Param: a text required\n"
                    "-- Param: b json = [1]\n-- Expect: x\n-- seed:apply\r\nSELECT :a, :x;\n"
                    "BEGIN;\n-- seed:clear\nSELECT 'a";
    mig_seed_script script;
    mig_complaints list;

    (void)arg;
    memset(&list, 0, sizeof list);
    return mig_seed_script_parse(ctx, MIG_POSTGRESQL, MIG_STR("f.sql"), mig_str_of(z), &list,
                                 &script) &&
           list.n == 6;
}

int main(void) {
    test_header();
    test_expect();
    test_markers();
    test_refused();
    test_params();
    test_param_limits();
    test_uses();
    test_keyword_names();
    test_hints();
    CHECK(unit_torture(parse_work, NULL) > 0);
    return unit_end("seed_script");
}
