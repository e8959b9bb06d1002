/*
 * test_cell.c: values of a data set as they are bound for a column of either engine.
 */
#include "cell.h"

#include <string.h>

#include "unit.h"

static mig_field field_of(mig_field_kind kind, const char *type) {
    mig_field field;

    memset(&field, 0, sizeof field);
    field.kind = kind;
    field.type = mig_str_of(type);
    return field;
}

/* The value as text: i:7, t:text, b:bytes, null. */
static mig_str shown(mig_ctx *ctx, mig_engine engine, mig_field field, mig_cell_kind kind,
                     mig_str text) {
    mig_value value;
    mig_cell cell;

    memset(&cell, 0, sizeof cell);
    memset(&value, 0xff, sizeof value);
    cell.kind = kind;
    cell.text = text;
    if (!CHECK(mig_cell_value(ctx, engine, &field, &cell, &value)))
        return MIG_STR("failed");
    if (value.type == MIG_INT)
        return mig_str_format(ctx, "i:%lld", (long long)value.integer);
    if (value.type == MIG_NULL)
        return MIG_STR("null");
    return mig_str_format(ctx, "%s:%.*s", value.type == MIG_TEXT ? "t" : "b", MIG_FMT(value.text));
}

typedef struct value_case {
    mig_field_kind field;
    const char *type;
    mig_cell_kind cell;
    const char *text, *expected;
} value_case;

static void values_check(mig_engine engine, const value_case *cases, size_t n) {
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < n; i++)
        CHECK_STR(shown(ctx, engine, field_of(cases[i].field, cases[i].type), cases[i].cell,
                        mig_str_of(cases[i].text)),
                  cases[i].expected);
    unit_free(ctx);
}

static void sqlite_values(void) {
    static const value_case cases[] = {
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_NULL, "", "null"},
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_TEXT, NULL, "t:"},
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_NUMBER, "007", "t:007"},
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_BOOLEAN, "true", "t:true"},
        {MIG_FIELD_INTEGER, "INTEGER", MIG_CELL_TEXT, "007", "i:7"},
        {MIG_FIELD_INTEGER, "INTEGER", MIG_CELL_NUMBER, "-9223372036854775808",
         "i:-9223372036854775808"},
        {MIG_FIELD_INTEGER, "INTEGER", MIG_CELL_NUMBER, "9223372036854775808",
         "t:9223372036854775808"},
        {MIG_FIELD_INTEGER, "INTEGER", MIG_CELL_TEXT, "seven", "t:seven"},
        {MIG_FIELD_INTEGER, "INTEGER", MIG_CELL_BOOLEAN, "false", "i:0"},
        {MIG_FIELD_NUMBER, "NUMERIC", MIG_CELL_NUMBER, "1.50", "t:1.50"},
        {MIG_FIELD_NUMBER, "NUMERIC", MIG_CELL_NUMBER, "7", "t:7"},
        {MIG_FIELD_BOOLEAN, "BOOLEAN", MIG_CELL_BOOLEAN, "true", "i:1"},
        {MIG_FIELD_BOOLEAN, "BOOLEAN", MIG_CELL_TEXT, "Off", "i:0"},
        {MIG_FIELD_BOOLEAN, "BOOLEAN", MIG_CELL_TEXT, "maybe", "t:maybe"},
        {MIG_FIELD_OTHER, "", MIG_CELL_NUMBER, "7", "i:7"},
        {MIG_FIELD_OTHER, "Any", MIG_CELL_NUMBER, "7", "i:7"},
        {MIG_FIELD_OTHER, "", MIG_CELL_TEXT, "7", "t:7"},
        {MIG_FIELD_OTHER, "", MIG_CELL_BOOLEAN, "true", "i:1"},
        {MIG_FIELD_BINARY, "BLOB", MIG_CELL_BINARY, "ab", "b:ab"},
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_LIST, "[1,2]", "t:[1,2]"},
        {MIG_FIELD_OTHER, "TEXT", MIG_CELL_MAP, "{}", "t:{}"},
    };

    values_check(MIG_SQLITE, cases, sizeof cases / sizeof cases[0]);
}

static void postgresql_values(void) {
    static const value_case cases[] = {
        {MIG_FIELD_OTHER, "text", MIG_CELL_NULL, "", "null"},
        {MIG_FIELD_OTHER, "text", MIG_CELL_TEXT, NULL, "t:"},
        {MIG_FIELD_INTEGER, "bigint", MIG_CELL_NUMBER, "007", "t:007"},
        {MIG_FIELD_BOOLEAN, "boolean", MIG_CELL_BOOLEAN, "true", "t:true"},
        {MIG_FIELD_BOOLEAN, "boolean", MIG_CELL_TEXT, "maybe", "t:maybe"},
        {MIG_FIELD_BINARY, "bytea", MIG_CELL_BINARY, "a\xff\n", "t:\\x61ff0a"},
        {MIG_FIELD_BINARY, "bytea", MIG_CELL_BINARY, NULL, "t:\\x"},
        {MIG_FIELD_JSON, "jsonb", MIG_CELL_LIST, "[1,\"a\"]", "t:[1,\"a\"]"},
        {MIG_FIELD_OTHER, "text", MIG_CELL_LIST, "[1]", "t:[1]"},
        {MIG_FIELD_ARRAY, "text[]", MIG_CELL_LIST, "[1,null,\"a b\"]", "t:{1,NULL,\"a b\"}"},
        {MIG_FIELD_ARRAY, "text[]", MIG_CELL_TEXT, "{1,2}", "t:{1,2}"},
        {MIG_FIELD_ARRAY, "jsonb[]", MIG_CELL_MAP, "{\"a\":1}", "t:{\"a\":1}"},
    };

    values_check(MIG_POSTGRESQL, cases, sizeof cases / sizeof cases[0]);
}

static void arrays(void) {
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {"[]", "{}"},
        {"[[]]", "{{}}"},
        {"[1, -2.50, 1e9]", "{1,-2.50,1e9}"},
        {"[true, false, null]", "{true,false,NULL}"},
        {"[\"\", \"null\", \"NULL\"]", "{\"\",\"null\",\"NULL\"}"},
        {"[\"a,b\", \"{c}\", \" d \"]", "{\"a,b\",\"{c}\",\" d \"}"},
        {"[\"\\\"\\\\\"]", "{\"\\\"\\\\\"}"},
        {"[[1, 2], [3, 4]]", "{{1,2},{3,4}}"},
        {"[[\"a\"], [null]]", "{{\"a\"},{NULL}}"},
        {"[{\"a\": [1, {}]}, 2]", "{\"{\\\"a\\\": [1, {}]}\",2}"},
        {"[{}, {\"b\":\"}\"}]", "{\"{}\",\"{\\\"b\\\":\\\"}\\\"}\"}"},
    };
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(mig_array_literal(ctx, mig_str_of(cases[i].json)), cases[i].expected);
    CHECK(mig_array_literal(ctx, MIG_STR("[1,")).p == NULL);
    CHECK_ERROR(ctx, MIG_E_DATA, "the list cannot be written as an array");
    unit_free(ctx);
}

static void booleans(void) {
    static const char *const yes[] = {"true", "T", "yes", "Y", "ON", "1"};
    static const char *const no[] = {"false", "f", "No", "n", "off", "0"};
    static const char *const none[] = {"", "tru", "2", "true ", "null"};
    bool value = false;
    size_t i;

    for (i = 0; i < 6; i++) {
        CHECK(mig_boolean_of(mig_str_of(yes[i]), &value) && value);
        CHECK(mig_boolean_of(mig_str_of(no[i]), &value) && !value);
    }
    for (i = 0; i < sizeof none / sizeof none[0]; i++)
        CHECK(!mig_boolean_of(mig_str_of(none[i]), &value));
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_field array = field_of(MIG_FIELD_ARRAY, "text[]"),
              bytes = field_of(MIG_FIELD_BINARY, "bytea");
    mig_value value;
    mig_cell cell;

    (void)arg;
    memset(&cell, 0, sizeof cell);
    cell.kind = MIG_CELL_BINARY;
    cell.text = MIG_STR("bytes");
    if (!mig_cell_value(ctx, MIG_POSTGRESQL, &bytes, &cell, &value))
        return false;
    cell.kind = MIG_CELL_LIST;
    cell.text = MIG_STR("[\"a\", {\"b\": [1]}, [null]]");
    return mig_cell_value(ctx, MIG_POSTGRESQL, &array, &cell, &value);
}

int main(void) {
    sqlite_values();
    postgresql_values();
    arrays();
    booleans();
    CHECK(unit_torture(torture_work, NULL) > 0);
    return unit_end("cell");
}
