/*
 * test_seed_param.c: parameters of seeds: the values of a call, numbers and placeholders.
 */
#include "seed_script.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static mig_seed_script script_of(mig_ctx *ctx, const char *z) {
    mig_seed_script script;
    mig_complaints list;

    memset(&list, 0, sizeof list);
    CHECK(mig_seed_script_parse(ctx, MIG_POSTGRESQL, MIG_STR("f.sql"), mig_str_of(z), &list,
                                &script));
    CHECK_INT(list.n, 0);
    return script;
}

static bool bind_json(mig_ctx *ctx, const mig_seed_script *script, const char *json,
                      mig_bound *bound) {
    mig_value arg = {MIG_TEXT, {NULL, 0}, 0};

    arg.text = mig_str_of(json);
    return mig_seed_params_bind(ctx, "migrate_seed_run", MIG_STR("promote"), script, &arg, bound);
}

/* "name=value", text in brackets. */
static mig_str printed(mig_ctx *ctx, const mig_seed_script *script, const mig_bound *bound) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < script->n_params; i++) {
        CHECK(bound[i].param == &script->params[i]);
        mig_buf_addf(&buf, "%s%.*s=", i > 0 ? " " : "", MIG_FMT(bound[i].param->name));
        if (bound[i].value.type == MIG_TEXT)
            mig_buf_addf(&buf, "[%.*s]", MIG_FMT(bound[i].value.text));
        else if (bound[i].value.type == MIG_INT)
            mig_buf_addf(&buf, "%lld", (long long)bound[i].value.integer);
        else
            mig_buf_add_z(&buf, "null");
    }
    return mig_buf_str(&buf);
}

static void check_bound(const char *header, const char *json, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script = script_of(ctx, mig_str_format(ctx, "%s-- seed:apply\n", header).p);
    mig_bound bound[MIG_MAX_PARAMS];

    if (!CHECK(bind_json(ctx, &script, json, bound)))
        fprintf(stderr, "params: %s\n%s\n", json, mig_ctx_error(ctx)->message);
    else
        CHECK_STR(printed(ctx, &script, bound), expected);
    unit_free(ctx);
}

/* detail "": there must be none. */
static void check_fault(const char *header, const char *json, mig_code code, const char *message,
                        const char *detail) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script = script_of(ctx, mig_str_format(ctx, "%s-- seed:apply\n", header).p);
    mig_bound bound[MIG_MAX_PARAMS];
    const mig_error *error;

    CHECK(!bind_json(ctx, &script, json, bound));
    error = mig_ctx_error(ctx);
    if (error != NULL)
        CHECK_STR(mig_str_of(error->detail == NULL ? "" : error->detail), detail);
    CHECK_ERROR(ctx, code, message);
    unit_free(ctx);
}

static void test_values(void) {
    const char *all = "-- Param: t text\n-- Param: v varchar\n-- Param: s smallint\n"
                      "-- Param: i int\n-- Param: b bigint\n-- Param: n numeric\n"
                      "-- Param: re real\n-- Param: db double precision\n-- Param: bo boolean\n";
    const char *forms = "-- Param: d date\n-- Param: t time\n-- Param: ts timestamp\n"
                        "-- Param: tz timestamptz\n-- Param: u uuid\n-- Param: j json\n"
                        "-- Param: k jsonb\n";

    check_bound(all, "", "t=null v=null s=null i=null b=null n=null re=null db=null bo=null");
    check_bound(all, " \n", "t=null v=null s=null i=null b=null n=null re=null db=null bo=null");
    check_bound(all, "{}", "t=null v=null s=null i=null b=null n=null re=null db=null bo=null");
    check_bound(
        all,
        "{\"t\": \"it's \\\"x\\\" \\u00e9\", \"v\": \"\", \"s\": -32768, \"i\": 2147483647, "
        "\"b\": -9223372036854775808, \"n\": 12345678901234567890.123456789, "
        "\"re\": 1e-3, \"db\": -0.5E+10, \"bo\": true}",
        "t=[it's \"x\" \xC3\xA9] v=[] s=-32768 i=2147483647 b=-9223372036854775808 "
        "n=[12345678901234567890.123456789] re=[1e-3] db=[-0.5E+10] bo=1");
    check_bound(all, "{\"bo\": false, \"t\": null, \"i\": null}",
                "t=null v=null s=null i=null b=null n=null re=null db=null bo=0");
    check_bound(
        forms,
        "{\"d\": \"2024-02-29\", \"t\": \"14:30\", \"ts\": \"2024-02-06T14:30:00.5\", \"tz\": "
        "\"2024-02-06 14:30:00+01:00\", \"u\": \"123E4567-E89B-42d3-a456-426614174000\", "
        "\"j\": {\"a\" : [1, 2.50, {\"b\": null}, [], {}], \"c\": \"x\\ny\"}, \"k\": false}",
        "d=[2024-02-29] t=[14:30] ts=[2024-02-06T14:30:00.5] tz=[2024-02-06 14:30:00+01:00] "
        "u=[123E4567-E89B-42d3-a456-426614174000] "
        "j=[{\"a\":[1,2.50,{\"b\":null},[],{}],\"c\":\"x\\ny\"}] k=[false]");
    check_bound(forms,
                "{\"j\": \"text\", \"k\": 1, \"ts\": \"2024-02-06\", \"tz\": \"2024-02-06 14:30\"}",
                "d=null t=null ts=[2024-02-06] tz=[2024-02-06 14:30] u=null j=[\"text\"] k=[1]");
}

static void test_defaults(void) {
    const char *header = "-- Param: who text required\n-- Param: role text = admin\n"
                         "-- Param: n int = -5\n-- Param: b bool = TRUE\n-- Param: e text =\n"
                         "-- Param: j json = [1, {\"a\": 2}]\n";

    check_bound(header, "{\"who\": \"john\"}",
                "who=[john] role=[admin] n=-5 b=1 e=[] j=[[1,{\"a\":2}]]");
    check_bound(header, "{\"who\": \"\", \"role\": null, \"n\": 0, \"b\": false, \"j\": null}",
                "who=[] role=null n=0 b=0 e=[] j=null");
}

#define REQUIRED                                                                                   \
    "-- Param: who text required\n-- Param: pass text secret required\n-- Param: age int\n"

static void test_faults(void) {
    check_fault(REQUIRED, "{\"who\": \"a\", \"pass\": \"b\", \"age\": \"12\"}", MIG_E_ARGUMENT,
                "parameter \"age\" of seed \"promote\" must be an integer from -2147483648 to "
                "2147483647, not \"12\"",
                "This is in the parameters, line 1, column 34.");
    check_fault(REQUIRED, "{\"who\": \"a\"}", MIG_E_ARGUMENT,
                "parameter \"pass\" of seed \"promote\" is required", "");
    check_fault(REQUIRED, "", MIG_E_ARGUMENT, "parameter \"who\" of seed \"promote\" is required",
                "parameter \"who\" of seed \"promote\" is required\n"
                "parameter \"pass\" of seed \"promote\" is required");
    check_fault(
        REQUIRED,
        "{\"who\": null, \"age\": [1, {\"a\": 2}],\n \"pas\\ns\": \"hunter2\", \"age\": 3, "
        "\"pass\": 12345}",
        MIG_E_ARGUMENT, "parameter \"who\" of seed \"promote\" is required and cannot be null",
        "line 1, column 9: parameter \"who\" of seed \"promote\" is required and cannot be "
        "null\nline 1, column 22: parameter \"age\" of seed \"promote\" must be an integer from "
        "-2147483648 to 2147483647, not a list\nline 2, column 2: unknown parameter "
        "\"pas\\ns\" of seed \"promote\"\nline 2, column 23: parameter \"age\" of seed "
        "\"promote\" is given twice\nline 2, column 41: parameter \"pass\" of seed \"promote\" "
        "must be a text");
    check_fault("", "{\"a\": {\"b\": [1]}}", MIG_E_ARGUMENT,
                "unknown parameter \"a\" of seed \"promote\"",
                "This is in the parameters, line 1, column 2.");
}

static void test_malformed(void) {
    check_fault(REQUIRED, "[]", MIG_E_SYNTAX,
                "invalid parameters for migrate_seed_run: they are no JSON object",
                "This is in the parameters, line 1, column 1.");
    check_fault(
        REQUIRED, "who=a", MIG_E_SYNTAX,
        "invalid parameters for migrate_seed_run: not true, false or null; a text stands in "
        "double quotes",
        "This is in the parameters, line 1, column 1.");
}

static void check_malformed(const char *json) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script = script_of(ctx, REQUIRED "-- Param: j json\n-- seed:apply\n");
    mig_bound bound[MIG_MAX_PARAMS];
    mig_error error;

    CHECK(!bind_json(ctx, &script, json, bound));
    CHECK(mig_take_error(ctx, &error) && error.code == MIG_E_SYNTAX && error.hint != NULL &&
          error.detail != NULL);
    CHECK(strstr(error.message, "hunter2") == NULL && strstr(error.detail, "hunter2") == NULL);
    unit_free(ctx);
}

static void test_malformed_anywhere(void) {
    check_malformed("{\"who\": \"a\", \"pass\": \"hunter2}");
    check_malformed("{\"pass\": \"hunter2\"} x");
    check_malformed("{\"pass\": \"hunter2\",}");
    check_malformed("{\"pass\": hunter2}");
    check_malformed("{\"pass\" \"hunter2\"}");
    check_malformed("{\"unknown\": [1, ]}");
    check_malformed("{\"j\": {\"a\": ]}");
    check_malformed("{\"j\":");
    check_malformed("{\"pass\": \"hunter2");
    check_malformed("{'pass': 'hunter2'}");
    check_malformed("{\"pass\": \"hunter2\\u0000\"}");
}

/* One value a type that does not fit. */
static void test_wrong_types(void) {
    static const struct {
        const char *type, *value;
    } cases[] = {
        {"text", "1"},
        {"text", "true"},
        {"varchar", "{}"},
        {"smallint", "32768"},
        {"smallint", "-32769"},
        {"int", "1.0"},
        {"int", "1e3"},
        {"int", "2147483648"},
        {"int", "true"},
        {"bigint", "9223372036854775808"},
        {"numeric", "\"1\""},
        {"real", "false"},
        {"float", "[]"},
        {"bool", "1"},
        {"bool", "\"true\""},
        {"date", "\"2023-02-29\""},
        {"date", "\"06.02.2024\""},
        {"date", "\"2024-02-06 14:30\""},
        {"date", "20240206"},
        {"time", "\"24:00\""},
        {"time", "\"14:30Z\""},
        {"time", "\"\""},
        {"time", "\"14:30:00.0000000000000000000000000000000000000000\""},
        {"timestamp", "\"2024-02-06T14:30:00+01:00\""},
        {"timestamp", "\"now\""},
        {"timestamptz", "\"2024-02-06 14\""},
        {"uuid", "\"123e4567e89b42d3a456426614174000\""},
        {"uuid", "\"123e4567-e89b-42d3-a456-42661417400g\""},
    };
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script;
    mig_bound bound[1];
    mig_error error;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        script =
            script_of(ctx, mig_str_format(ctx, "-- Param: p %s\n-- seed:apply\n", cases[i].type).p);
        unit_check(
            !bind_json(ctx, &script, mig_str_format(ctx, "{\"p\": %s}", cases[i].value).p, bound),
            cases[i].type, cases[i].value, (int)i);
        CHECK(mig_take_error(ctx, &error) && error.code == MIG_E_ARGUMENT &&
              strstr(error.message, "must be") != NULL);
    }
    unit_free(ctx);
}

static void test_argument(void) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script = script_of(ctx, "-- Param: a text = x\nSELECT :a");
    mig_value arg = {MIG_NULL, {NULL, 0}, 0};
    mig_bound bound[1];

    CHECK(mig_seed_params_bind(ctx, "f", MIG_STR("s"), &script, NULL, bound));
    CHECK_STR(bound[0].value.text, "x");
    CHECK(mig_seed_params_bind(ctx, "f", MIG_STR("s"), &script, &arg, bound));
    CHECK_STR(bound[0].value.text, "x");
    arg.type = MIG_INT;
    CHECK(!mig_seed_params_bind(ctx, "f", MIG_STR("s"), &script, &arg, bound));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the parameters of f must be a JSON text");
    CHECK(!bind_json(ctx, &script, "{\"b\": 1}", bound));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "The parameters of the seed are \"a\" (text).");
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown parameter \"b\" of seed \"promote\"");
    unit_free(ctx);
}

/* ---- placeholders ------------------------------------------------------------------------ */

static void test_placeholders(void) {
    mig_ctx *ctx = unit_ctx();
    mig_seed_script script = script_of(ctx, "-- Param: role text\n-- Param: a text\n"
                                            "-- Param: b2 int\n-- Param: c int\n-- seed:apply\n");
    mig_str text = MIG_STR("SELECT :a, ':a', \":role\", :role::text, :b2+:c -- :a\n/* :a */ :x");

    CHECK_INT(mig_seed_param_number(&script, 0), 3);
    CHECK_INT(mig_seed_param_number(&script, 1), 1);
    CHECK_INT(mig_seed_param_number(&script, 2), 4);
    CHECK_INT(mig_seed_param_number(&script, 3), 2);
    CHECK_STR(mig_seed_placeholders(ctx, MIG_POSTGRESQL, &script, text),
              "SELECT $1, ':a', \":role\", $3   ::text, $4 +$2 -- :a\n/* :a */ :x");
    CHECK_STR(mig_seed_placeholders(ctx, MIG_SQLITE, &script, text),
              "SELECT ?1, ':a', \":role\", ?3   ::text, ?4 +?2 -- :a\n/* :a */ :x");
    CHECK_STR(mig_seed_placeholders(ctx, MIG_POSTGRESQL, &script,
                                    MIG_STR("$$ :a $$ E'\\':a' x[1 :a] ::a := :a")),
              "$$ :a $$ E'\\':a' x[1 $1] ::a := $1");
    CHECK_STR(mig_seed_placeholders(ctx, MIG_SQLITE, &script, MIG_STR("[:a] `:a` :ab :a")),
              "[:a] `:a` :ab ?1");
    CHECK_STR(mig_seed_placeholders(ctx, MIG_SQLITE, &script, (mig_str){NULL, 0}), "");
    unit_free(ctx);
}

/* With as many parameters as there can be, numbers are each used once and none is too long. */
static void test_numbers(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    bool used[MIG_MAX_PARAMS + 1] = {false};
    mig_seed_script script;
    size_t i, number;

    for (i = 0; i < MIG_MAX_PARAMS - 9; i++)
        mig_buf_addf(&buf, "-- Param: p%d int\n", (int)i);
    for (i = 0; i < 9; i++)
        mig_buf_addf(&buf, "-- Param: %c int\n", 'a' + (int)i);
    mig_buf_add_z(&buf, "-- seed:apply\n");
    script = script_of(ctx, mig_buf_str(&buf).p);
    CHECK_INT(script.n_params, MIG_MAX_PARAMS);
    for (i = 0; i < script.n_params; i++) {
        number = mig_seed_param_number(&script, i);
        CHECK(number >= 1 && number <= MIG_MAX_PARAMS && !used[number]);
        CHECK(number < 10 || script.params[i].name.n > 1);
        used[number] = true;
    }
    CHECK_STR(mig_seed_placeholders(ctx, MIG_POSTGRESQL, &script, MIG_STR(":p89 :i")), "$99  $9");
    unit_free(ctx);
}

static bool bind_work(mig_ctx *ctx, void *arg) {
    const char *json = "{\"a\": \"x\", \"j\": {\"b\": [1, \"two\"]}, \"n\": 1.5, \"i\": 3}";
    const char *z = "-- Param: a text required\n-- Param: j json\n-- Param: n numeric\n"
                    "-- Param: i int\n-- Param: d date = 2024-02-06\n-- seed:apply\nSELECT :a";
    mig_seed_script script;
    mig_complaints list;
    mig_bound bound[8];

    (void)arg;
    memset(&list, 0, sizeof list);
    return mig_seed_script_parse(ctx, MIG_SQLITE, MIG_STR("f"), mig_str_of(z), &list, &script) &&
           bind_json(ctx, &script, json, bound) &&
           mig_seed_placeholders(ctx, MIG_SQLITE, &script, script.sections[0].text).p != NULL;
}

/* The faults of a call, told or out of memory. */
static bool fault_work(mig_ctx *ctx, void *arg) {
    const char *z = "-- Param: a text required\n-- Param: n numeric\n-- seed:apply\n";
    mig_seed_script script;
    mig_complaints list;
    mig_bound bound[8];
    mig_error error;

    (void)arg;
    memset(&list, 0, sizeof list);
    if (!mig_seed_script_parse(ctx, MIG_SQLITE, MIG_STR("f"), mig_str_of(z), &list, &script))
        return false;
    if (bind_json(ctx, &script, "{\"n\": \"x\", \"m\": 1}", bound))
        return false;
    if (mig_ctx_error(ctx)->code == MIG_E_NOMEM)
        return false;
    return mig_take_error(ctx, &error) && error.code == MIG_E_ARGUMENT;
}

int main(void) {
    test_values();
    test_defaults();
    test_faults();
    test_malformed();
    test_malformed_anywhere();
    test_wrong_types();
    test_argument();
    test_placeholders();
    test_numbers();
    CHECK(unit_torture(bind_work, NULL) > 0);
    CHECK(unit_torture(fault_work, NULL) > 0);
    return unit_end("seed_param");
}
