/* test_foresee.c: words, names and uses of new enum values; foresee.c itself needs a database. */
#include "foresee_enum.h"
#include "unit.h"

#include <string.h>

static mig_words words_of(mig_ctx *ctx, const char *statement) {
    mig_words words;

    CHECK(mig_words_read(ctx, mig_str_of(statement), SIZE_MAX, &words));
    return words;
}

static void test_words(void) {
    mig_ctx *ctx = unit_ctx();
    mig_words words =
        words_of(ctx, "CREATE /* a */ Table \"A\"\"b\" (c Text, 'x''y' /* ( */ (d)) -- e");

    CHECK_INT(words.n, 12);
    CHECK(mig_words_is(&words, 0, "create"));
    CHECK(mig_words_is(&words, 1, "table"));
    CHECK(!mig_words_is(&words, 2, "a\"b"));
    CHECK_STR(words.items[2].name, "A\"b");
    CHECK_INT(words.items[3].depth, 0);
    CHECK_INT(words.items[4].depth, 1);
    CHECK_INT(words.items[9].depth, 2);
    CHECK_INT(words.items[11].depth, 0);
    CHECK(mig_words_op(&words, 6, ","));
    CHECK(!mig_words_is(&words, 12, "e"));
    CHECK(!mig_words_op(&words, 12, ","));
    CHECK(mig_words_have(&words, 2, "text"));
    CHECK(!mig_words_have(&words, 2, "create"));
    CHECK(mig_words_read(ctx, MIG_STR("a b c d"), 2, &words));
    CHECK_INT(words.n, 2);
    CHECK_INT(words_of(ctx, " -- nothing").n, 0);
    CHECK_INT(words_of(ctx, ")))").items[2].depth, 0);
    unit_free(ctx);
}

static void check_name(const char *statement, const char *schema, const char *name,
                       const char *spelled) {
    mig_ctx *ctx = unit_ctx();
    mig_words words = words_of(ctx, statement);
    mig_qname found;
    size_t i = 0;

    CHECK(mig_words_name(&words, &i, &found) == (name != NULL));
    if (name != NULL) {
        CHECK_STR(found.schema, schema);
        CHECK_STR(found.name, name);
        CHECK_STR(found.spelled, spelled);
        CHECK(i == words.n || !mig_words_op(&words, i, "."));
    }
    unit_free(ctx);
}

static void test_names(void) {
    check_name("Trips (id)", "", "trips", "Trips");
    check_name("Public . \"Trips\" USING", "public", "Trips", "Public . \"Trips\"");
    check_name("\"a.b\".c", "a.b", "c", "\"a.b\".c");
    check_name("a.b.c", NULL, NULL, NULL);
    check_name("(a)", NULL, NULL, NULL);
    check_name("U&\"\\0061\"", NULL, NULL, NULL);
    check_name("a.", "", "a", "a");
}

static void check_literal(const char *text, const char *value) {
    mig_ctx *ctx = unit_ctx();
    mig_words words = words_of(ctx, text);
    mig_str found;

    CHECK(mig_word_literal(ctx, &words.items[0], &found) == (value != NULL));
    if (value != NULL)
        CHECK_STR(found, value);
    unit_free(ctx);
}

static void test_literals(void) {
    check_literal("'a'", "a");
    check_literal("''", "");
    check_literal("''''", "'");
    check_literal("'it''s'", "it's");
    check_literal("E'a'", NULL);
    check_literal("$$a$$", NULL);
    check_literal("'a\\b'", NULL);
    check_literal("\"a\"", NULL);
    check_literal("a", NULL);
}

static void test_set(void) {
    mig_ctx *ctx = unit_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    mig_name_set set = {NULL, 0, 0};
    bool all = true;
    size_t i;

    CHECK_INT(mig_name_marks(&set, MIG_STR("a")), 0);
    for (i = 0; i < 1000; i++) {
        all = all && mig_name_put(ctx, &set, mig_str_format(ctx, "n%zu", i), MIG_NAME_MADE);
        mig_arena_release(ctx, mark);
    }
    CHECK(all);
    CHECK_INT(set.n, 1000);
    CHECK(mig_name_put(ctx, &set, MIG_STR("n7"), MIG_NAME_TOUCHED));
    CHECK_INT(set.n, 1000);
    CHECK_INT(mig_name_marks(&set, MIG_STR("n7")), MIG_NAME_MADE | MIG_NAME_TOUCHED);
    CHECK_INT(mig_name_marks(&set, MIG_STR("n999")), MIG_NAME_MADE);
    CHECK_INT(mig_name_marks(&set, MIG_STR("n1000")), 0);
    mig_name_clear(&set);
    CHECK_INT(mig_name_marks(&set, MIG_STR("n7")), 0);
    CHECK(mig_name_put(ctx, &set, MIG_STR(""), MIG_NAME_MADE));
    CHECK_INT(mig_name_marks(&set, MIG_STR("")), MIG_NAME_MADE);
    unit_free(ctx);
}

static void check_added(const char *statement, const char *type, const char *value) {
    mig_ctx *ctx = unit_ctx();
    mig_words words = words_of(ctx, statement);
    mig_qname name;
    mig_str found;

    CHECK(mig_enum_added(ctx, &words, &name, &found) == (type != NULL));
    if (type != NULL) {
        CHECK_STR(name.name, type);
        CHECK_STR(found, value);
    }
    unit_free(ctx);
}

static void test_added(void) {
    check_added("ALTER TYPE mood ADD VALUE 'happy'", "mood", "happy");
    check_added("alter type \"S\".\"Mood\" add value if not exists 'a''b' before 'sad'", "Mood",
                "a'b");
    check_added("ALTER TYPE mood RENAME VALUE 'sad' TO 'happy'", NULL, NULL);
    check_added("ALTER TYPE mood ADD ATTRIBUTE value text", NULL, NULL);
    check_added("ALTER TYPE mood ADD VALUE E'\\x61'", NULL, NULL);
    check_added("ALTER TYPE mood ADD VALUE", NULL, NULL);
    check_added("ALTER TYPE", NULL, NULL);
    check_added("", NULL, NULL);
}

/* Statements separated by "; ": person (id, mood mood, note text) is known, 'happy' is new. */
static bool is_found(mig_ctx *ctx, const char *statements, mig_str *column) {
    static const mig_enum_value value = {{"mood", 4}, {"happy", 5}, {"r", 1}, {"f", 1}, 1, false};
    mig_str rest = mig_str_of(statements), one;
    mig_enum_use use;
    mig_enums enums;
    mig_words words;
    size_t end;
    bool found = false;

    memset(&enums, 0, sizeof enums);
    if (!mig_words_read(ctx, MIG_STR("CREATE TABLE person (id int, mood mood, note text)"),
                        SIZE_MAX, &words) ||
        !mig_enum_learn(ctx, &enums, &words) || !mig_enum_value_add(ctx, &enums, &value))
        return false;
    while (rest.n > 0) {
        end = rest.n;
        mig_str_find(rest, ';', &end);
        one = mig_str_sub(rest, 0, end);
        rest = mig_str_sub(rest, end + 1, SIZE_MAX);
        if (!mig_words_read(ctx, one, SIZE_MAX, &words) || !mig_enum_learn(ctx, &enums, &words))
            return false;
        if (mig_enum_may_use(&enums, one) && mig_enum_find(ctx, &enums, &words, &use)) {
            *column = use.column;
            found = true;
        }
    }
    return found;
}

static void check_use(const char *statements, const char *column) {
    mig_ctx *ctx = unit_ctx();
    mig_str by = {NULL, 0};
    bool found = is_found(ctx, statements, &by);

    CHECK(mig_ctx_error(ctx) == NULL);
    if (!unit_check(found == (column != NULL), statements, __FILE__, __LINE__))
        return;
    if (column != NULL)
        CHECK_STR(by, column);
    unit_free(ctx);
}

static void test_uses(void) {
    check_use("SELECT 'happy'::mood", "");
    check_use("SELECT CAST('happy' AS a.mood)", "");
    check_use("SELECT mood 'happy'", "");
    check_use("UPDATE person SET mood = 'happy'", "mood");
    check_use("UPDATE person SET note = '', mood = 'happy', id = 1", "mood");
    check_use("SELECT FROM person p WHERE p.mood IN ('sad', 'happy')", "mood");
    check_use("SELECT FROM person AS p WHERE p.mood NOT IN ('happy')", "mood");
    check_use("DELETE FROM person WHERE person.mood IS DISTINCT FROM 'happy'", "mood");
    check_use("INSERT INTO person VALUES (1, 'sad'), (f(2, 3), 'happy')", "mood");
    check_use("INSERT INTO person (note, mood) VALUES ('happy', 'happy')", "mood");
    check_use("CREATE TABLE x (a int, m mood NOT NULL DEFAULT 'happy')", "");
    check_use("ALTER TABLE x ADD a int, ADD COLUMN m s.mood DEFAULT 'happy'", "");
    check_use("ALTER TABLE x ADD m mood; UPDATE x SET m = 'happy'", "m");
    check_use("ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'happy'", "mood");
    check_use("CREATE TEMP TABLE x (m mood); INSERT INTO x VALUES ('happy')", "m");
}

static void test_near_misses(void) {
    check_use("SELECT 'happy'", NULL);
    check_use("SELECT 'happy'::text, mood FROM person", NULL);
    check_use("SELECT 'happy'::mood[]", NULL);
    check_use("SELECT 'unhappy'::mood, 'happy '::mood, 'Happy'::mood", NULL);
    check_use("UPDATE person SET note = 'happy'", NULL);
    check_use("UPDATE person SET note = mood || 'happy'", NULL);
    check_use("UPDATE person SET note = 'x' WHERE mood::text = 'happy'", NULL);
    check_use("UPDATE person SET note = 'x' WHERE lower(mood) = 'happy'", NULL);
    check_use("UPDATE person SET mood = 'happy' || 'er'", NULL);
    check_use("UPDATE pet SET mood = 'happy'", NULL);
    check_use("UPDATE person SET id = 1 FROM q WHERE q.mood = 'happy'", NULL);
    check_use("WITH person AS (SELECT) SELECT FROM person WHERE mood = 'happy'", NULL);
    check_use("SELECT FROM person, (SELECT 'x' AS mood) q WHERE mood = 'happy'", NULL);
    check_use("INSERT INTO person VALUES (1, 'sad', 'happy')", NULL);
    check_use("INSERT INTO person VALUES (1, lower('happy'))", NULL);
    check_use("INSERT INTO person (id, note) VALUES (1, 'happy')", NULL);
    check_use("INSERT INTO person SELECT 1, 'happy'", NULL);
    check_use("COMMENT ON TYPE mood IS 'happy'", NULL);
    check_use("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 'happy'::mood; END", NULL);
    check_use("CREATE TABLE x (a text DEFAULT 'happy', m mood)", NULL);
    check_use("CREATE TABLE x (m mood[]); INSERT INTO x VALUES ('happy')", NULL);
    check_use("CREATE TABLE x (LIKE y, m mood); INSERT INTO x VALUES ('happy')", NULL);
    check_use("CREATE TABLE x (m mood) INHERITS (y); INSERT INTO x VALUES ('happy')", NULL);
    check_use("CREATE TABLE IF NOT EXISTS x (m mood); INSERT INTO x VALUES ('happy')", NULL);
    check_use("CREATE TABLE x (mood text); UPDATE x SET mood = 'happy' FROM person", NULL);
    check_use("ALTER TABLE person ALTER mood TYPE text; UPDATE person SET mood = 'happy'", NULL);
    check_use("ALTER TABLE person RENAME TO x; UPDATE person SET mood = 'happy'", NULL);
    check_use("DROP TABLE person; UPDATE person SET mood = 'happy'", NULL);
    check_use("DROP TYPE mood; SELECT 'happy'::mood", NULL);
    check_use("ALTER TYPE mood RENAME TO x; SELECT 'happy'::mood", NULL);
    check_use("ALTER TYPE mood RENAME VALUE 'x' TO 'happy'", NULL);
}

/* Half statements and stray marks are no reason to read where nothing stands. */
static void test_fragments(void) {
    static const char *const texts[] = {"CREATE",
                                        "CREATE TABLE",
                                        "CREATE TABLE x",
                                        "CREATE TABLE x (",
                                        "CREATE TABLE x (m",
                                        "CREATE TABLE x (m mood DEFAULT 'happy'",
                                        "ALTER TABLE",
                                        "ALTER TABLE x ADD",
                                        "DROP",
                                        "INSERT INTO person VALUES ('happy'",
                                        "INSERT INTO person ('happy'",
                                        "'happy'",
                                        "= 'happy'",
                                        "('happy')",
                                        "IN ('happy')",
                                        ", 'happy')",
                                        "'happy'::",
                                        "CAST('happy' AS",
                                        ". = 'happy'",
                                        "DISTINCT FROM 'happy'",
                                        "NOT DISTINCT FROM 'happy'",
                                        "SET DEFAULT 'happy'",
                                        "ALTER TABLE DEFAULT 'happy'",
                                        "VALUES ('happy')",
                                        "person ) 'happy' ( mood"};
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        check_use(texts[i], strstr(texts[i], "m mood DEFAULT") != NULL ? "" : NULL);
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_str column;

    (void)arg;
    (void)is_found(ctx, "ALTER TABLE X ADD \"M\"\"\" mood; UPDATE x SET \"M\"\"\" = 'happy'",
                   &column);
    return mig_ctx_error(ctx) == NULL;
}

int main(void) {
    test_words();
    test_names();
    test_literals();
    test_set();
    test_added();
    test_uses();
    test_near_misses();
    test_fragments();
    CHECK(unit_torture(torture_work, NULL) > 0);
    return unit_end("foresee");
}
