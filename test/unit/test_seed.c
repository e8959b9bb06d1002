/*
 * test_seed.c: formats, stems, modes, names and columns of seeds.
 */
#include "seed.h"

#include <string.h>

#include "unit.h"

static void formats(void) {
    static const struct {
        const char *name;
        bool known;
        mig_format format;
        const char *stem;
    } cases[] = {
        {"countries.csv", true, MIG_FORMAT_CSV, "countries"},
        {"a/b.c/users.YAML", true, MIG_FORMAT_YAML, "users"},
        {"users.yml", true, MIG_FORMAT_YAML, "users"},
        {"/srv/Seeds/x.y.Json", true, MIG_FORMAT_JSON, "x.y"},
        {"promote.sql", true, MIG_FORMAT_SQL, "promote"},
        {".csv", true, MIG_FORMAT_CSV, ""},
        {"users.yaml/readme", false, MIG_FORMAT_SQL, "readme"},
        {"notes.txt", false, MIG_FORMAT_SQL, "notes"},
        {"csv", false, MIG_FORMAT_SQL, "csv"},
        {"users.yamlx", false, MIG_FORMAT_SQL, "users"},
        {"users.csv.", false, MIG_FORMAT_SQL, "users.csv"},
        {"dir/", false, MIG_FORMAT_SQL, ""},
        {"", false, MIG_FORMAT_SQL, ""},
    };
    mig_format format;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        format = MIG_FORMAT_SQL;
        CHECK(mig_format_of(mig_str_of(cases[i].name), &format) == cases[i].known);
        CHECK_INT(format, cases[i].format);
        CHECK_STR(mig_format_stem(mig_str_of(cases[i].name)), cases[i].stem);
    }
    CHECK_STR(mig_str_of(mig_format_name(MIG_FORMAT_SQL)), "sql");
    CHECK_STR(mig_str_of(mig_format_name(MIG_FORMAT_YAML)), "yaml");
    CHECK_STR(mig_str_of(mig_format_name(MIG_FORMAT_JSON)), "json");
    CHECK_STR(mig_str_of(mig_format_name(MIG_FORMAT_CSV)), "csv");
}

static void modes(void) {
    static const char *const words[] = {"insert", "update", "sync"};
    mig_seed_mode mode = MIG_MODE_SYNC;
    size_t i;

    for (i = 0; i < 3; i++) {
        CHECK(mig_seed_mode_of(mig_str_of(words[i]), &mode));
        CHECK_INT(mode, i);
        CHECK_STR(mig_str_of(mig_seed_mode_name(mode)), words[i]);
    }
    CHECK(!mig_seed_mode_of(MIG_STR("upsert"), &mode));
    CHECK(!mig_seed_mode_of(MIG_STR("Insert"), &mode));
    CHECK(!mig_seed_mode_of(MIG_STR(""), &mode));
    CHECK_INT(mode, MIG_MODE_SYNC);
}

static void names(void) {
    static const char *const good[] = {"a", "countries", "Sample_Trips-2.v1", "2024", "-", "."};
    static const struct {
        const char *name, *why;
    } bad[] = {
        {"", "it is empty"},
        {"*", "it stands for all profiles"},
        {"a b", "only letters A-Z, digits, \"_\", \".\" and \"-\" are allowed"},
        {"a/b", "only letters A-Z, digits, \"_\", \".\" and \"-\" are allowed"},
        {"a*", "only letters A-Z, digits, \"_\", \".\" and \"-\" are allowed"},
        {"pa\xC3\xADs", "only letters A-Z, digits, \"_\", \".\" and \"-\" are allowed"},
    };
    char longest[257];
    const char *why;
    size_t i;

    for (i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(mig_seed_name_check(mig_str_of(good[i]), &why));
        CHECK(why == NULL);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!mig_seed_name_check(mig_str_of(bad[i].name), &why));
        CHECK_STR(mig_str_of(why), bad[i].why);
    }
    memset(longest, 'x', 256);
    longest[256] = '\0';
    CHECK(!mig_seed_name_check(mig_str_of(longest), &why));
    CHECK_STR(mig_str_of(why), "it is longer than 255 bytes");
    CHECK(mig_seed_name_check(mig_str_of(longest + 1), &why));
}

static void columns(void) {
    mig_str id = MIG_STR("id"), code = MIG_STR("code");
    mig_seed_columns items[2] = {{{"", 0}, {NULL, 0, 0}}, {{"users", 5}, {NULL, 0, 0}}};
    mig_seed_column_lists lists = {NULL, 0, 0};

    items[0].columns.items = &id;
    items[0].columns.n = 1;
    items[1].columns.items = &code;
    items[1].columns.n = 1;
    CHECK(mig_seed_columns_for(&lists, MIG_STR("users")) == NULL);
    lists.items = items;
    lists.n = 2;
    CHECK(mig_seed_columns_for(&lists, MIG_STR("users")) == &items[1].columns);
    CHECK(mig_seed_columns_for(&lists, MIG_STR("trips")) == &items[0].columns);
    lists.items = items + 1;
    lists.n = 1;
    CHECK(mig_seed_columns_for(&lists, MIG_STR("users")) == &items[1].columns);
    CHECK(mig_seed_columns_for(&lists, MIG_STR("Users")) == NULL);
}

int main(void) {
    formats();
    modes();
    names();
    columns();
    return unit_end("seed");
}
