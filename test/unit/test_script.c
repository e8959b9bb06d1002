/*
 * test_script.c: revision scripts: headers, bundles, markers, what is refused, facts, the template.
 */
#include "script.h"
#include "unit.h"

#include <stdio.h>
#include <limits.h>
#include <string.h>

#define HEAD "-- Revision ID: a1\n"
#define UP HEAD "-- migrate:up\n"

typedef struct parsed {
    mig_script *scripts;
    size_t n;
    mig_complaints list;
} parsed;

static parsed parse(mig_ctx *ctx, mig_engine engine, mig_str text) {
    parsed p;

    memset(&p, 0, sizeof p);
    CHECK(mig_script_parse(ctx, engine, MIG_STR("f.sql"), text, &p.list, &p.scripts, &p.n));
    return p;
}

static void list_print(mig_buf *buf, const char *name, const mig_list *list) {
    size_t i;

    for (i = 0; i < list->n; i++)
        mig_buf_addf(buf, "%s%.*s", i == 0 ? name : ",", MIG_FMT(list->items[i]));
}

/* "id(message)<parents!dependencies#labels@line up/engine:line[text] ..." one line a script. */
static mig_str printed(mig_ctx *ctx, const parsed *p) {
    static const char engines[] = "bps";
    mig_buf buf = mig_buf_new(ctx);
    size_t i, j;

    for (i = 0; i < p->n; i++) {
        const mig_script *s = &p->scripts[i];

        mig_buf_addf(&buf, "%s%.*s(%.*s)", i > 0 ? "\n" : "", MIG_FMT(s->id), MIG_FMT(s->message));
        list_print(&buf, "<", &s->revises);
        list_print(&buf, "!", &s->depends_on);
        list_print(&buf, "#", &s->labels);
        mig_buf_addf(&buf, "@%d,%d", s->line, s->id_line);
        for (j = 0; j < s->n_sections; j++)
            mig_buf_addf(&buf, " %s/%c%s:%d[%.*s]", mig_section_kind_name(s->sections[j].kind),
                         engines[s->sections[j].engine], s->sections[j].transaction ? "" : "!",
                         s->sections[j].line, MIG_FMT(s->sections[j].text));
    }
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

static void check_good(const char *z, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, MIG_POSTGRESQL, mig_str_of(z));

    CHECK_STR(complained(ctx, &p.list), "");
    if (!CHECK_STR(printed(ctx, &p), expected))
        fprintf(stderr, "script: %s\n", z);
    unit_free(ctx);
}

static void check_bad_on(mig_engine engine, mig_str text, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, engine, text);

    if (!CHECK_STR(complained(ctx, &p.list), expected))
        fprintf(stderr, "script: %.*s\n", MIG_FMT(text));
    unit_free(ctx);
}

static void check_bad(const char *z, const char *expected) {
    check_bad_on(MIG_POSTGRESQL, mig_str_of(z), expected);
    check_bad_on(MIG_SQLITE, mig_str_of(z), expected);
}

/* ---- headers ----------------------------------------------------------------------------- */

static void test_example(void) {
    const char *z = "-- Add gpx_files table\n--\n-- Ticket: AB-1\n-- more\n"
                    "-- Revision ID: abc123def456\n-- Revises: 27c6a30d7c24\n"
                    "-- Create Date: 2024-02-06 14:30:00\n-- Depends On: users, b_1\n"
                    "-- Branch Labels: gpx\n\n-- migrate:up\nCREATE TABLE g (a int);\n\n"
                    "-- migrate:up engine:postgresql\nSELECT 1;\n"
                    "-- migrate:up engine:sqlite transaction:false\nVACUUM;\n"
                    "-- migrate:verify\nSELECT true;\n-- migrate:down\nDROP TABLE g;\n";
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, MIG_POSTGRESQL, mig_str_of(z));

    CHECK_INT(p.list.total, 0);
    CHECK_STR(printed(ctx, &p),
              "abc123def456(Add gpx_files table)<27c6a30d7c24!users,b_1#gpx@1,5 "
              "up/b:12[CREATE TABLE g (a int);\n\n] up/p:15[SELECT 1;\n] up/s!:17[VACUUM;\n] "
              "verify/b:19[SELECT true;\n] down/b:21[DROP TABLE g;\n]");
    CHECK_STR(p.scripts[0].description, "Ticket: AB-1\nmore");
    CHECK_STR(p.scripts[0].created, "2024-02-06T14:30:00Z");
    CHECK(p.scripts[0].created_at == INT64_C(1707229800000000));
    CHECK_STR(p.scripts[0].text, z);
    unit_free(ctx);
}

static void test_headers(void) {
    check_good(UP, "a1()@1,1 up/b:3[]");
    check_good("--REVISION id:a1\n--revises:   None\n--migrate:up", "a1()@1,1 up/b:4[]");
    check_good("-- Revises: base\n-- Depends On:\n-- Branch Labels: none\n-- Revision ID: a1\n"
               "-- m\n-- d\n-- migrate:up\n",
               "a1(m)@1,4 up/b:8[]");
    check_good("-- Revision ID: a1\n-- Revises: x y,z ,\n-- migrate:up\n",
               "a1()<x,y,z@1,1 up/b:4[]");
    check_good(
        "/* licence */\n-- licence\n\n-- Add\n-- Revision ID: a1\n\n-- Revises: b\n-- more\n\n"
        "-- migrate:up\n",
        "a1(Add)<b@1,5 up/b:11[]");
    check_good("-- Add\n\n-- Revision ID: a1\n-- migrate:up\n", "a1(Add)@1,3 up/b:5[]");
    check_good("\xEF\xBB\xBF-- Add\r\n-- Revision ID: a1\r\n-- migrate:up\r\nA\r\n",
               "a1(Add)@1,2 up/b:4[A\n]");
    check_good("-- Add\r-- Revision ID: a1\r-- migrate:up\rA", "a1(Add)@1,2 up/b:4[A]");
    check_good("-- =====\n-- Add: a thing\n-- -----\n  -- Revision ID: a1\n-- migrate:up\n",
               "a1(Add: a thing)@1,4 up/b:6[]");
    check_good("-- Revision ID: a1\n-- Reviewed: by Bob\n-- Ticket: AB-1\n-- migrate:up\n",
               "a1(Reviewed: by Bob)@1,1 up/b:5[]");
}

static void test_bad_headers(void) {
    static const char *const near_misses[][2] = {
        {"Revise", "Revises"},          {"Depend On", "Depends On"},
        {"Revisions", "Revision ID"},   {"depends_on", "Depends On"},
        {"Create-Date", "Create Date"}, {"Branch Label", "Branch Labels"},
        {"down_revision", "Revises"},   {"Revision", "Revision ID"},
        {"Reviess", "Revises"},         {"Created Date", "Create Date"},
        {"Depends", "Depends On"},
    };
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof near_misses / sizeof *near_misses; i++) {
        mig_str text = mig_str_format(ctx, HEAD "-- %s: x\n-- migrate:up\n", near_misses[i][0]);
        parsed p = parse(ctx, MIG_SQLITE, text);

        CHECK_INT(p.list.total, 1);
        if (p.list.n == 0)
            continue;
        CHECK_STR(p.list.items[0].text,
                  mig_str_format(ctx, "unknown header key \"%s\"", near_misses[i][0]).p);
        CHECK_STR(p.list.items[0].hint,
                  mig_str_format(ctx, "The key is spelled \"%s\".", near_misses[i][1]).p);
        CHECK_INT(p.list.items[0].line, 2);
    }
    unit_free(ctx);
    check_bad("-- Revision ID: a1\n-- Revises: x\n-- revises: y\n-- migrate:up\n",
              "3:1: header key \"Revises\" stands twice");
    check_bad("-- Revision ID:\n-- migrate:up\n", "1:1: \"Revision ID\" is empty");
    check_bad("-- Revision ID: a b\n-- migrate:up\n",
              "1:19: \"Revision ID\" names more than one id");
    check_bad("-- Revision ID: a-b\n-- migrate:up\n",
              "1:17: \"a-b\" cannot stand in \"Revision ID\": only letters A-Z, digits, \"_\" and "
              "\".\" are allowed");
    check_bad("-- Revision ID: Head\n-- migrate:up\n",
              "1:17: \"Head\" cannot stand in \"Revision ID\": the word is reserved");
    check_bad(HEAD "-- Revises: x, ('y')\n-- migrate:up\n",
              "2:16: \"('y')\" cannot stand in \"Revises\": only letters A-Z, digits, \"_\" and "
              "\".\" are allowed");
    check_bad(HEAD "-- Revises: x, base\n-- migrate:up\n",
              "2:16: \"base\" cannot stand in \"Revises\": the word is reserved");
    check_bad(HEAD "-- Branch Labels: current\n-- migrate:up\n",
              "2:19: \"current\" cannot stand in \"Branch Labels\": the word is reserved");
    check_bad(HEAD "-- Create Date: yesterday\n-- migrate:up\n",
              "2:17: \"yesterday\" is not a date");
}

static void test_no_header(void) {
    check_bad("", "1:1: the script is empty");
    check_bad(" \n\n", "1:1: the script is empty");
    check_bad("SELECT 1;", "1:1: the script has no \"-- Revision ID:\" line");
    check_bad("-- migrate:up\nSELECT 1;\n-- migrate:down\n",
              "1:1: the script has no \"-- Revision ID:\" line");
    check_bad("-- Revison ID: a1\n-- migrate:up\n", "1:1: unknown header key \"Revison ID\"");
    check_bad("-- Add\n-- Revises: a1\n-- migrate:up\n",
              "2:1: header line \"Revises\" without a \"Revision ID\" line");
    check_bad("SELECT 1;\n" UP, "1:1: SQL before the first \"Revision ID\" line");
    check_bad("-- migrate:up\n\n" UP, "1:1: a marker before the first \"Revision ID\" line");
    check_bad("-- Revises: x\n\n" UP,
              "1:1: header line \"Revises\" without a \"Revision ID\" line");
    check_bad(HEAD "SELECT 1;\n-- migrate:up\n", "2:1: SQL before the first marker");
    check_bad(HEAD, "1:1: revision \"a1\" has no \"-- migrate:up\" section");
    check_bad("-- m\n" HEAD "-- migrate:down\n",
              "2:1: revision \"a1\" has no \"-- migrate:up\" section");
    check_bad_on(MIG_SQLITE, (mig_str){"-- a\n-- \xFF", 9}, "2:4: the script is not UTF-8 text");
    check_bad_on(MIG_SQLITE, (mig_str){"-- a\n\0", 6}, "2:1: the script holds a NUL byte");
    check_bad_on(MIG_SQLITE, (mig_str){"\xFF\xFE-\0", 4}, "1:1: the script is not UTF-8 text");
}

/* ---- bundles ----------------------------------------------------------------------------- */

static void test_bundles(void) {
    check_good("-- A\n" UP "a;\n-- B\n-- Revision ID: b2\n-- Revises: a1\n-- migrate:up\nb;\n",
               "a1(A)@1,2 up/b:4[a;\n]\nb2(B)<a1@5,6 up/b:9[b;\n]");
    check_good(UP "a;-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;]\nb2(B)@3,4 up/b:6[]");
    check_good(UP "a;-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;]\nb2()@3,3 up/b:5[]");
    check_good(UP "a; -- Revision ID: of a row\n",
               "a1()@1,1 up/b:3[a; -- Revision ID: of a row\n]");
    check_good(UP "f(a,-- Revision ID: of a row\n b);\n",
               "a1()@1,1 up/b:3[f(a,-- Revision ID: of a row\n b);\n]");
    check_good(UP "a;\n-- migrate:down-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;\n] down/b:5[]\nb2(B)@4,5 up/b:7[]");
    check_good(UP "a;\n-- migrate:down\n-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;\n] down/b:5[]\nb2(B)@5,6 up/b:8[]");
    check_good(UP "a;\xEF\xBB\xBF-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;]\nb2(B)@3,4 up/b:6[]");
    check_good(UP "a;\n\xEF\xBB\xBF-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;\n]\nb2(B)@4,5 up/b:7[]");
    check_good(UP "a;\n-- the end of a\n\n-- B\n-- Revision ID: b2\n-- migrate:up\n",
               "a1()@1,1 up/b:3[a;\n-- the end of a\n\n]\nb2(B)@6,7 up/b:9[]");
    check_good(UP
               "'\n-- Revision ID: b2\n'; $$\n-- Revision ID: b3\n$$; /*\n-- Revision ID: b4\n*/",
               "a1()@1,1 up/b:3['\n-- Revision ID: b2\n'; $$\n-- Revision ID: b3\n$$; "
               "/*\n-- Revision ID: b4\n*/]");
    check_good(UP "a;\n-- Depends on: the trigger below\nb;\n",
               "a1()@1,1 up/b:3[a;\n-- Depends on: the trigger below\nb;\n]");
    check_bad(UP "a;\n-- B\n-- Revison ID: b2\n-- Revises: a1\n-- migrate:up\nb;\n",
              "5:1: unknown header key \"Revison ID\"");
    check_bad(UP "a;\n-- B\n-- Revises: a1\n-- migrate:up\nb;\n",
              "5:1: header line \"Revises\" without a \"Revision ID\" line");
    check_bad("-- Revision ID: a-\n-- migrate:up\nBEGIN;\n-- Revision ID: b\n",
              "1:17: \"a-\" cannot stand in \"Revision ID\": only letters A-Z, digits, \"_\" and "
              "\".\" are allowed\n"
              "3:1: transaction control is not allowed in a script: \"BEGIN\"\n"
              "4:1: revision \"b\" has no \"-- migrate:up\" section");
}

/* A revision of a bundle read alone gives the same revision. */
static void test_bundle_parts(void) {
    const char *z = "-- A\n" UP "a;\n-- c\n\n-- B\n-- x: y\n-- Revision ID: b2\n-- Revises: a1\n"
                    "-- migrate:up\nb $$ '\n$$;\n-- migrate:down\nd;-- C\n\n-- Revision ID: c3\n"
                    "-- Create Date: 2024-01-01\n-- migrate:up";
    mig_ctx *ctx = unit_ctx();
    parsed whole = parse(ctx, MIG_POSTGRESQL, mig_str_of(z)), part;
    size_t i, n = 0;

    CHECK_INT(whole.list.total, 0);
    CHECK_INT(whole.n, 3);
    for (i = 0; i < whole.n; i++) {
        part = parse(ctx, MIG_POSTGRESQL, whole.scripts[i].text);
        CHECK_INT(part.list.total, 0);
        CHECK_INT(part.n, 1);
        CHECK_STR(part.scripts[0].message, mig_str_z(ctx, whole.scripts[i].message));
        CHECK_STR(part.scripts[0].description, mig_str_z(ctx, whole.scripts[i].description));
        CHECK_STR(mig_script_up_checksum(ctx, &part.scripts[0], MIG_SQLITE),
                  mig_script_up_checksum(ctx, &whole.scripts[i], MIG_SQLITE).p);
        n += whole.scripts[i].text.n;
    }
    CHECK_INT(n, strlen(z));
    unit_free(ctx);
}

/* ---- markers ----------------------------------------------------------------------------- */

static void test_markers(void) {
    check_good(HEAD "--  MIGRATE:Up  Engine:SQLite Transaction:TRUE -- why\na;\n--migrate:down\n",
               "a1()@1,1 up/s:3[a;\n] down/b:5[]");
    check_good(UP "a; -- migrate: this later\n", "a1()@1,1 up/b:3[a; -- migrate: this later\n]");
    check_good(UP "$$\n -- migrate:up\n$$;\n", "a1()@1,1 up/b:3[$$\n -- migrate:up\n$$;\n]");
    check_bad(HEAD "-- migrate:upp\na;\n", "2:1: unknown marker \"-- migrate:upp\"");
    check_bad(UP "-- migrate: down\n", "3:1: unknown marker \"-- migrate: down\"");
    check_bad(UP "-- migrate:\n", "3:1: unknown marker \"-- migrate:\"");
    check_bad(UP "-- migrate:down now\n", "3:17: unknown word \"now\" in marker");
    check_bad(UP "-- migrate:down engine:oracle\n",
              "3:17: unknown value \"engine:oracle\" in marker");
    check_bad(UP "-- migrate:down speed:1\n", "3:17: unknown word \"speed:1\" in marker");
    check_bad(UP "-- migrate:down engine:sqlite engine:sqlite\n",
              "3:31: doubled key \"engine:sqlite\" in marker");
    check_bad(UP "-- migrate:down transaction:no\n",
              "3:17: unknown value \"transaction:no\" in marker");
    check_bad(UP "-- migrate:verify transaction:false\n",
              "3:1: a verify section cannot be transaction:false");
    check_bad(UP " -- migrate:down\n",
              "3:2: marker \"-- migrate:down\" is not at the start of its line");
    check_bad(UP "a; -- migrate:down\n",
              "3:4: marker \"-- migrate:down\" is not at the start of its line");
}

static void test_damage(void) {
    check_bad(UP "a 'b\n", "3:3: string literal is not closed");
    check_bad(UP "a /* b\n", "3:3: block comment is not closed");
    check_bad(UP "a \"b\n", "3:3: quoted identifier is not closed");
    check_bad(UP "a 'b\n-- migrate:down\nc;\n", "3:3: string literal is not closed");
    check_bad(UP "a 'b\n-- migrate:down\nc 'd';\n",
              "4:1: marker \"-- migrate:down\" stands inside a string literal");
    check_bad(UP "/*\n-- migrate:down\n*/\nc;\n",
              "4:1: marker \"-- migrate:down\" stands inside a block comment");
    check_bad(UP "$$\n-- migrate:down\n$$;\nc;\n",
              "4:1: marker \"-- migrate:down\" stands inside a dollar-quoted string");
    check_bad("/* a\n" UP, "1:1: block comment is not closed");
    check_bad(UP "a 'b\n-- B\n-- Revision ID: b2\n-- migrate:up\nBEGIN;\n-- it's\n",
              "6:1: marker \"-- migrate:up\" stands inside a string literal\n"
              "7:1: transaction control is not allowed in a script: \"BEGIN\"");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(HEAD "-- migrate:up engine:postgresql\n$x$ a\n"),
                 "3:1: dollar-quoted string is not closed");
    check_bad_on(MIG_SQLITE, MIG_STR(HEAD "-- migrate:up engine:postgresql\n$x$ a\n"),
                 "3:1: dollar-quoted string is not closed");
    check_bad_on(MIG_SQLITE, MIG_STR(UP "$x$ it's $x$\n"), "3:7: string literal is not closed");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(UP "$x$ it's $x$\n"), "");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(HEAD "-- migrate:up engine:sqlite\na [it's];\n"), "");
}

/* ---- what is refused --------------------------------------------------------------------- */

static void test_refused(void) {
    check_bad(UP "\\d users\na;\n", "3:1: \"\\d\" is a command of a shell, not SQL");
    check_bad(UP "a;\n\\restrict it's\nb;\n",
              "4:1: \"\\restrict\" is a command of a shell, not SQL");
    check_bad(UP ".read x\n", "3:1: \".read\" is a command of a shell, not SQL");
    check_bad(UP "SELECT 1 \\gset\n", "3:1: a backslash outside a literal is no SQL");
    check_bad(UP "a;\n  COMMIT ;\n",
              "4:3: transaction control is not allowed in a script: \"COMMIT\"");
    check_bad(UP "SELECT migrate_upgrade('head');\n", "3:1: a script cannot call migrate_upgrade");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(UP "COPY t FROM stdin;\n1\tit's\n\\.\n"),
                 "3:1: COPY from or to the client is not possible in a script");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(UP "alter extension migrate update;\n"),
                 "3:1: \"ALTER EXTENSION migrate\" is not allowed in a script");
    check_bad(UP "-- migrate:verify\nSELECT 1; DELETE FROM t;\n",
              "4:11: a verify section holds only queries, not \"DELETE FROM t\"");
    check_bad_on(MIG_SQLITE, MIG_STR(HEAD "-- migrate:up engine:postgresql\nBEGIN;\n"), "");
    check_bad_on(MIG_POSTGRESQL, MIG_STR(HEAD "-- migrate:up engine:postgresql\nBEGIN;\n"),
                 "3:1: transaction control is not allowed in a script: \"BEGIN\"");
}

/* A text that was taken before is not checked again. */
/* What was taken before is cut at its markers and not looked at again; lines count from the file. */
static void test_known(void) {
    static const char text[] = "-- Revision ID: a1\n-- migrate:up engine:sqlite\nBEGIN;\n"
                               "-- migrate:down transaction:false\nSELECT '\n-- no marker';\n";
    mig_ctx *ctx = unit_ctx();
    mig_script *script =
        mig_script_parse_known(ctx, MIG_STR("f"), MIG_STR("a1"), MIG_STR(text), 11);

    CHECK(script != NULL);
    CHECK_INT(script->n_sections, 2);
    CHECK_STR(script->sections[0].text, "BEGIN;\n");
    CHECK_INT(script->sections[0].engine, MIG_ENGINE_SQLITE);
    CHECK_INT(script->sections[0].line, 13);
    CHECK_STR(script->sections[1].text, "SELECT '\n-- no marker';\n");
    CHECK_INT(script->sections[1].kind, MIG_SECTION_DOWN);
    CHECK(!script->sections[1].transaction);
    CHECK_INT(script->sections[1].line, 15);
    CHECK_INT(script->sections[1].checksum[0], 0);
    unit_free(ctx);
}

static void test_ids(void) {
    char id[257];
    const char *why;

    memset(id, 'a', sizeof id);
    CHECK(mig_id_check((mig_str){id, 255}, &why) && why == NULL);
    CHECK(!mig_id_check((mig_str){id, 256}, &why));
    CHECK_STR(mig_str_of(why), "it is longer than 255 bytes");
    CHECK(!mig_id_check(MIG_STR(""), &why));
    CHECK_STR(mig_str_of(why), "it is empty");
    CHECK(mig_id_check(MIG_STR("A.z_09"), &why));
    CHECK(!mig_id_check(MIG_STR("a@b"), &why));
    CHECK(!mig_id_check(MIG_STR("HEADS"), &why));
    CHECK(!mig_id_check(MIG_STR("None"), &why));
}

/* ---- checksums and facts ----------------------------------------------------------------- */

static void test_checksums(void) {
    mig_ctx *ctx = unit_ctx();
    parsed p =
        parse(ctx, MIG_SQLITE,
              MIG_STR(UP "a;\n-- migrate:up engine:sqlite\nb;\n-- migrate:verify\nSELECT 1;\n"));
    mig_str sum = mig_script_up_checksum(ctx, &p.scripts[0], MIG_SQLITE);
    char first[MIG_CHECKSUM_SIZE];

    mig_checksum("up", "", "", MIG_STR("a;"), first);
    CHECK_STR(mig_str_of(p.scripts[0].sections[0].checksum), first);
    CHECK_INT(sum.n, 3 * 67 + 2);
    CHECK_INT(mig_script_up_checksum(ctx, &p.scripts[0], MIG_POSTGRESQL).n, 2 * 67 + 1);
    CHECK_STR(mig_script_down_checksum(ctx, &p.scripts[0], MIG_SQLITE), "-");
    unit_free(ctx);
}

static void check_facts(mig_engine engine, const char *z, const char *up, const char *down) {
    mig_ctx *ctx = unit_ctx();
    parsed p = parse(ctx, engine, mig_str_of(z));

    CHECK_STR(mig_script_facts(ctx, &p.scripts[0], MIG_SECTION_UP, engine), up);
    CHECK_STR(mig_script_facts(ctx, &p.scripts[0], MIG_SECTION_DOWN, engine), down);
    unit_free(ctx);
}

static void test_facts(void) {
    check_facts(MIG_SQLITE, UP "a; b;\n-- migrate:up engine:postgresql\nc;\n", "s=2\nplain 33 6 2",
                "");
    check_facts(MIG_POSTGRESQL, UP "a; b;\n-- migrate:up engine:postgresql\nc;\n-- migrate:down\n",
                "s=3", "s=0");
    check_facts(MIG_POSTGRESQL,
                UP "CREATE INDEX CONCURRENTLY i ON t (a); VACUUM; DROP TABLE a, b; DROP TABLE a; "
                   "CREATE DATABASE x; VACUUM\n-- migrate:down transaction:false\n"
                   "VACUUM; DROP INDEX CONCURRENTLY i; ALTER TABLE \"a\tb\" DROP \"c\n\";\n",
                "s=6\nblocked VACUUM\nblocked CREATE DATABASE x\nconcurrently\nlocks 1 19\n"
                "drop table\ta\ndrop table\tb",
                "s=3\noutside\ndrop column\t\"a b\"\t\"c \"");
}

/* HEAD and the marker are two lines, 33 bytes. */
static void test_facts_plain(void) {
    check_facts(MIG_SQLITE, UP " a;\n-- c;\n", "s=1\nplain 33 10 2", "");
    check_facts(MIG_SQLITE, UP "a; b -- c;\n", "s=2", "");
    check_facts(MIG_SQLITE, UP "-- nothing\n", "s=0", "");
    check_facts(MIG_SQLITE, UP "PRAGMA user_version = 1;\n", "s=1", "");
    check_facts(MIG_POSTGRESQL, UP "VACUUM;\n", "s=1\nblocked VACUUM", "");
    check_facts(MIG_SQLITE, UP "a;\n-- migrate:up\nb;\n", "s=2", "");
    check_facts(MIG_SQLITE, UP "a;\n-- migrate:verify\nSELECT 1;\n", "s=1", "");
    check_facts(MIG_SQLITE, UP "a;\n-- migrate:verify engine:postgresql\nSELECT 1;\n",
                "s=1\nplain 33 3 2", "");
    check_facts(MIG_SQLITE, UP "a;\n-- migrate:down\nb; c;\n", "s=1\nplain 33 3 2",
                "s=2\nplain 52 6 4");
    check_facts(MIG_SQLITE, HEAD "-- migrate:up transaction:false\na;\n", "s=1\noutside", "");
}

/* The up section has 11 bytes from 32 on, the down section 5 from 59 on. */
static void test_facts_plain_reader(void) {
    static const char text[] = "-- Revision ID: a\n-- migrate:up\na;\n-- c\nb;\n"
                               "-- migrate:down\nc;\nd\n";
    static const char *const bad[] = {
        "s=1",
        "s=1\nplain",
        "s=1\nplain 32 11",
        "s=1\nplain a b c",
        "s=1\nplain 0 99 0",
        "s=1\nplain -1 2 0",
        "s=1\nplain 99 0 0",
        "s=1\nplain 32 11 9223372036854775807",
        "s=1\nplain 0 18 0",  /* behind no marker */
        "s=1\nplain 31 12 2", /* on its line */
        "s=1\nplain 33 10 2", /* in the section */
        "s=1\nplain 32 10 2", /* ends in a line */
        "s=1\nplain 32 3 2",  /* ends before its end */
        "s=1\nplain 32 32 2", /* over the next marker */
        "s=1\nplain 59 5 6",  /* a section of the other kind */
    };
    mig_section section;
    size_t i;

    CHECK(
        mig_facts_plain(MIG_STR("s=2\nplain 32 11 2"), MIG_STR(text), 7, MIG_SECTION_UP, &section));
    CHECK_STR(section.text, "a;\n-- c\nb;\n");
    CHECK_INT(section.line, 9);
    CHECK_INT(section.n_statements, 2);
    CHECK(section.transaction);
    CHECK(mig_facts_plain(MIG_STR("s=2\nplain 59 5 6"), MIG_STR(text), 7, MIG_SECTION_DOWN,
                          &section));
    CHECK_STR(section.text, "c;\nd\n");
    CHECK_INT(section.kind, MIG_SECTION_DOWN);
    CHECK(!mig_facts_plain(MIG_STR("s=2\nplain 32 11 2"), MIG_STR(text), INT_MAX - 1,
                           MIG_SECTION_UP, &section));
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!mig_facts_plain(mig_str_of(bad[i]), MIG_STR(text), 1, MIG_SECTION_UP, &section));
}

static void test_facts_reader(void) {
    mig_str facts = MIG_STR("s=12\noutside\nblocked VACUUM\ndrop table\ta\ndrop column\tb\tc d"),
            rest;
    mig_loss loss;
    mig_str value;

    CHECK_INT(mig_facts_statements(facts), 12);
    CHECK_INT(mig_facts_statements(MIG_STR("")), 0);
    CHECK(mig_facts_has(facts, "outside"));
    CHECK(mig_facts_has(facts, "blocked"));
    CHECK(mig_facts_has(facts, "drop column"));
    CHECK(!mig_facts_has(facts, "out"));
    CHECK(!mig_facts_has(facts, "concurrently"));
    CHECK(!mig_facts_has(MIG_STR(""), "outside"));
    rest = facts;
    CHECK(mig_facts_next(&rest, "blocked", &value));
    CHECK_STR(value, "VACUUM");
    CHECK(!mig_facts_next(&rest, "blocked", &value));
    rest = facts;
    CHECK(mig_facts_next_loss(&rest, &loss));
    CHECK_STR(loss.table, "a");
    CHECK_INT(loss.column.n, 0);
    CHECK(mig_facts_next_loss(&rest, &loss));
    CHECK_STR(loss.table, "b");
    CHECK_STR(loss.column, "c d");
    CHECK(!mig_facts_next_loss(&rest, &loss));
}

/* ---- the template ------------------------------------------------------------------------ */

static mig_template template_of(const char *message) {
    mig_template t;

    memset(&t, 0, sizeof t);
    t.message = mig_str_of(message);
    t.id = MIG_STR("abc123def456");
    t.created = MIG_STR("2024-02-06 14:30:00");
    return t;
}

static void test_template(void) {
    mig_ctx *ctx = unit_ctx();
    mig_template t = template_of("Add gpx_files table");
    mig_str text;
    parsed p;

    CHECK_STR(mig_template_text(ctx, &t),
              "-- Add gpx_files table\n--\n-- Revision ID: abc123def456\n-- Revises: base\n"
              "-- Create Date: 2024-02-06 14:30:00\n\n-- migrate:up\n\n-- migrate:down\n");
    mig_list_add(ctx, &t.revises, MIG_STR("x"));
    mig_list_add(ctx, &t.revises, MIG_STR("y"));
    mig_list_add(ctx, &t.depends_on, MIG_STR("z"));
    mig_list_add(ctx, &t.labels, MIG_STR("l"));
    t.message = MIG_STR("Add\n\nTicket: AB-1");
    t.up = MIG_STR("a;");
    t.down = MIG_STR("b;\n");
    text = mig_template_text(ctx, &t);
    CHECK_STR(text,
              "-- Add\n--\n-- Ticket: AB-1\n--\n-- Revision ID: abc123def456\n-- Revises: x, y\n"
              "-- Create Date: 2024-02-06 14:30:00\n-- Depends On: z\n-- Branch Labels: l\n\n"
              "-- migrate:up\na;\n\n-- migrate:down\nb;\n");
    p = parse(ctx, MIG_SQLITE, text);
    CHECK_STR(printed(ctx, &p), "abc123def456(Add)<x,y!z#l@1,5 up/b:12[a;\n\n] down/b:15[b;\n]");
    unit_free(ctx);
}

static void test_template_refused(void) {
    static const char *const messages[] = {"Revises: x", "Revise: x", "migrate:up",
                                           "ok\nRevision ID: b"};
    mig_ctx *ctx = unit_ctx();
    mig_template t;
    size_t i;

    for (i = 0; i < sizeof messages / sizeof *messages; i++) {
        t = template_of(messages[i]);
        CHECK(mig_template_text(ctx, &t).p == NULL);
        CHECK(mig_ctx_error(ctx) != NULL && mig_ctx_error(ctx)->code == MIG_E_ARGUMENT);
        mig_take_error(ctx, &(mig_error){.code = MIG_OK});
    }
    unit_free(ctx);
}

static void check_file_name(const char *message, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_template t = template_of(message);

    CHECK_STR(mig_template_file_name(ctx, &t), expected);
    unit_free(ctx);
}

static void test_file_names(void) {
    check_file_name("Add gpx_files table", "20240206_1430_abc123def456_add_gpx_files_table.sql");
    check_file_name("", "20240206_1430_abc123def456.sql");
    check_file_name(" ../Caf\xC3\xA9: \"x\" & y!\nsecond line",
                    "20240206_1430_abc123def456_caf_x_y.sql");
    check_file_name("one two three four five six seven eight nine",
                    "20240206_1430_abc123def456_one_two_three_four_five_six_seven_eight.sql");
    check_file_name("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "20240206_1430_abc123def456_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.sql");
}

/* ---- memory ------------------------------------------------------------------------------ */

static bool parse_work(mig_ctx *ctx, void *arg) {
    mig_complaints list;
    mig_script *scripts;
    mig_str *text = arg;
    size_t n, i;

    memset(&list, 0, sizeof list);
    if (!mig_script_parse(ctx, MIG_POSTGRESQL, MIG_STR("f"), *text, &list, &scripts, &n))
        return false;
    for (i = 0; i < n; i++) {
        mig_script_up_checksum(ctx, &scripts[i], MIG_POSTGRESQL);
        mig_script_facts(ctx, &scripts[i], MIG_SECTION_UP, MIG_POSTGRESQL);
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool template_work(mig_ctx *ctx, void *arg) {
    mig_template t = template_of("Add a thing");

    (void)arg;
    mig_template_text(ctx, &t);
    mig_template_file_name(ctx, &t);
    return mig_ctx_error(ctx) == NULL;
}

/* A long text, so that the arena takes many blocks. */
static void test_memory(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    mig_str text;
    size_t i;

    for (i = 0; i < 400; i++)
        mig_buf_addf(&buf,
                     "-- M%zu\n-- d\r\n-- e\n-- Revision ID: r%zu\n-- Revises: a, b, c\n"
                     "-- Create Date: 2024-01-01\n-- migrate:up\nDROP TABLE t%zu; VACUUM; BEGIN;\n"
                     "-- migrate:down x\n",
                     i, i, i);
    text = mig_buf_str(&buf);
    CHECK(unit_torture(parse_work, &text) > 0);
    CHECK(unit_torture(template_work, NULL) > 0);
    unit_free(ctx);
}

/* A script with 100,000 revisions, and one with a huge section: linear, or this would not end. */
static void test_large(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    parsed p;
    size_t i;

    for (i = 0; i < 20000; i++)
        mig_buf_addf(&buf, "-- Revision ID: r%zu\n-- migrate:up\na;\n", i);
    p = parse(ctx, MIG_SQLITE, mig_buf_str(&buf));
    CHECK_INT(p.n, 20000);
    CHECK_INT(p.list.total, 0);
    for (i = 0; i < 200000; i++)
        mig_buf_add_z(&buf, "-- \n'\n-- migrate:up x\n");
    p = parse(ctx, MIG_SQLITE, mig_buf_str(&buf));
    CHECK(p.list.total > 1000);
    CHECK_INT(p.list.n, MIG_MAX_COMPLAINTS);
    unit_free(ctx);
}

int main(void) {
    test_example();
    test_headers();
    test_bad_headers();
    test_no_header();
    test_bundles();
    test_bundle_parts();
    test_markers();
    test_damage();
    test_refused();
    test_known();
    test_ids();
    test_checksums();
    test_facts();
    test_facts_plain();
    test_facts_plain_reader();
    test_facts_reader();
    test_template();
    test_template_refused();
    test_file_names();
    test_memory();
    test_large();
    return unit_end("script");
}
