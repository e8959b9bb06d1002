/*
 * test_options.c: the JSON options, good and hostile.
 */
#include "options.h"

#include <string.h>

#include "unit.h"

typedef struct wanted {
    mig_str text, other;
    bool flag;
    int64_t number;
    mig_list list;
    mig_option options[5];
} wanted;

static void wanted_init(wanted *w) {
    static const char *const names[] = {"text", "flag", "number", "list", "other"};
    static const mig_option_kind kinds[] = {MIG_OPTION_TEXT, MIG_OPTION_BOOL, MIG_OPTION_INT,
                                            MIG_OPTION_LIST, MIG_OPTION_TEXT};
    size_t i;

    memset(w, 0, sizeof *w);
    for (i = 0; i < 5; i++) {
        w->options[i].name = names[i];
        w->options[i].kind = kinds[i];
        w->options[i].given = true;
    }
    w->options[0].value = &w->text;
    w->options[1].value = &w->flag;
    w->options[2].value = &w->number;
    w->options[3].value = &w->list;
    w->options[4].value = &w->other;
}

static bool parse_str(mig_ctx *ctx, wanted *w, mig_str json) {
    mig_value value = {MIG_TEXT, {NULL, 0}, 0};

    value.text = json;
    wanted_init(w);
    return mig_options_parse(ctx, "migrate_test", &value, w->options, 5);
}

static bool parse(mig_ctx *ctx, wanted *w, const char *json) {
    return parse_str(ctx, w, mig_str_of(json));
}

static void none_given(void) {
    static const char *const empty[] = {"", "  \n\t", "{}", " { } "};
    mig_ctx *ctx = unit_ctx();
    mig_value null = {MIG_NULL, {NULL, 0}, 0}, integer = {MIG_INT, {NULL, 0}, 3};
    wanted w;
    size_t i;

    for (i = 0; i < sizeof empty / sizeof *empty; i++) {
        CHECK(parse(ctx, &w, empty[i]));
        CHECK(!w.options[0].given && !w.options[1].given && !w.options[4].given);
        CHECK(w.text.p == NULL);
    }
    wanted_init(&w);
    w.text = MIG_STR("old");
    w.number = 17;
    CHECK(mig_options_parse(ctx, "migrate_test", NULL, w.options, 5));
    CHECK(w.text.p == NULL && w.number == 17 && !w.options[0].given);
    CHECK(mig_options_parse(ctx, "migrate_test", &null, w.options, 5));
    CHECK(mig_options_parse(ctx, "migrate_test", NULL, NULL, 0));
    CHECK(!mig_options_parse(ctx, "migrate_test", &integer, w.options, 5));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the options of migrate_test must be a JSON text");
    unit_free(ctx);
}

static void all_kinds(void) {
    mig_ctx *ctx = unit_ctx();
    wanted w;

    CHECK(parse(ctx, &w,
                "{\"text\" : \"a b\",\n \"flag\":true, \"number\": -42 ,"
                "\"list\": [ \"a,b\" , \"c\"], \"other\": \"\"}"));
    CHECK_STR(w.text, "a b");
    CHECK(w.text.p[3] == '\0');
    CHECK(w.flag);
    CHECK_INT(w.number, -42);
    CHECK_INT(w.list.n, 2);
    CHECK_STR(w.list.items[0], "a,b");
    CHECK_STR(w.list.items[1], "c");
    CHECK(w.other.p != NULL && w.other.n == 0);
    CHECK(w.options[0].given && w.options[3].given && w.options[4].given);

    CHECK(parse(ctx, &w, "{\"list\":\"a1, b2 c3\",\"flag\":false,\"number\":0}"));
    CHECK_INT(w.list.n, 3);
    CHECK_STR(w.list.items[2], "c3");
    CHECK(!w.flag && w.options[1].given && !w.options[0].given);
    CHECK(parse(ctx, &w, "{\"list\":[]}"));
    CHECK(w.list.n == 0 && w.options[3].given);
    CHECK(parse(ctx, &w, "{\"list\":\"\"}"));
    CHECK(w.list.n == 0 && w.options[3].given);
    CHECK(parse(ctx, &w, "{\"number\":9223372036854775807}"));
    CHECK_INT(w.number, INT64_MAX);
    CHECK(parse(ctx, &w, "{\"number\":-9223372036854775808}"));
    CHECK_INT(w.number, INT64_MIN);
    unit_free(ctx);
}

static void escapes(void) {
    mig_ctx *ctx = unit_ctx();
    wanted w;

    CHECK(parse(ctx, &w, "{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"));
    CHECK_STR(w.text, "\"\\/\b\f\n\r\t");
    CHECK(parse(ctx, &w, "{\"text\":\"x\\u0041\\u00e4\\u20AC\\uD83d\\uDE00y\"}"));
    CHECK_STR(w.text, "xA\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80y");
    CHECK(parse(ctx, &w, "{\"text\":\"\\uffff\\u07ff\\u0800\\udbff\\udfff\\u0001\\u007f\"}"));
    CHECK_STR(w.text, "\xEF\xBF\xBF\xDF\xBF\xE0\xA0\x80\xF4\x8F\xBF\xBF\x01\x7F");
    CHECK(parse(ctx, &w, "{\"te\\u0078t\":\"\xC3\xA4\"}"));
    CHECK_STR(w.text, "\xC3\xA4");
    unit_free(ctx);
}

typedef struct fault {
    const char *json;
    const char *message; /* behind "invalid options for migrate_test: " */
    int line, column;
} fault;

static void syntax_faults(void) {
    static const fault faults[] = {
        {"x", "expected \"{\"", 1, 1},
        {"[]", "expected \"{\"", 1, 1},
        {"\"text\"", "expected \"{\"", 1, 1},
        {"\xEF\xBB\xBF{}", "expected \"{\"", 1, 1},
        {"{", "expected the name of an option in double quotes", 1, 2},
        {"{,}", "expected the name of an option in double quotes", 1, 2},
        {"{text:1}", "expected the name of an option in double quotes", 1, 2},
        {"{'text':1}", "expected the name of an option in double quotes", 1, 2},
        {"{\"flag\":true,}", "expected the name of an option in double quotes", 1, 14},
        {"{\"flag\"}", "expected \":\" behind the name of an option", 1, 8},
        {"{\"flag\" true}", "expected \":\" behind the name of an option", 1, 9},
        {"{\"flag\":", "a value is missing", 1, 9},
        {"{\"flag\":true", "expected \",\" or \"}\"", 1, 13},
        {"{\"flag\":true \"text\":\"\"}", "expected \",\" or \"}\"", 1, 14},
        {"{\"flag\":true]", "expected \",\" or \"}\"", 1, 13},
        {"{\"flag\":true} {}", "something follows the closing \"}\"", 1, 15},
        {"{}\n\n x", "something follows the closing \"}\"", 3, 2},
        {"{\"list\":[\"a\"", "expected \",\" or \"]\"", 1, 13},
        {"{\"list\":[\"a\" \"b\"]}", "expected \",\" or \"]\"", 1, 14},
        {"{\"text\":\"abc", "a text is not closed", 1, 9},
        {"{\"text", "a text is not closed", 1, 2},
        {"{\"text\":\"abc\\", "a text is not closed", 1, 13},
        {"{\"text\":\"abc\\\"", "a text is not closed", 1, 9},
        {"{\"text\":\n\"\xC3\xA4\n\"}", "a control character inside a text must be escaped", 2, 3},
        {"{\"text\":\"\t\"}", "a control character inside a text must be escaped", 1, 10},
        {"{\"text\":\"\\x\"}", "unknown escape sequence", 1, 10},
        {"{\"text\":\"\\u12\"}", "\\u needs four hexadecimal digits", 1, 10},
        {"{\"text\":\"\\u12g4\"}", "\\u needs four hexadecimal digits", 1, 10},
        {"{\"text\":\"\\u", "\\u needs four hexadecimal digits", 1, 10},
        {"{\"text\":\"\\u0000\"}", "\\u0000 cannot be part of a text", 1, 10},
        {"{\"text\":\"\\ud83d\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ud83dx\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ud83d\\n\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ud83d\\u0041\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ud83d\\ud83d\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ude00\\ud83d\"}", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"\\ud83d\\u", "half of a surrogate pair", 1, 10},
        {"{\"text\":\"ab\xFF\"}", "not UTF-8", 1, 12},
        {"{\"text\":\"\xED\xA0\x80\"}", "not UTF-8", 1, 10}};
    mig_ctx *ctx = unit_ctx();
    mig_str message, detail;
    mig_error error;
    wanted w;
    size_t i;

    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        message = mig_str_format(ctx, "invalid options for migrate_test: %s", faults[i].message);
        detail = mig_str_format(ctx, "This is in the options, line %d, column %d.", faults[i].line,
                                faults[i].column);
        CHECK(!parse(ctx, &w, faults[i].json));
        if (!CHECK(mig_take_error(ctx, &error)))
            continue;
        CHECK_INT(error.code, MIG_E_SYNTAX);
        CHECK_STR(mig_str_of(error.message), message.p);
        CHECK_STR(mig_str_of(error.detail), detail.p);
        CHECK_STR(mig_str_of(error.hint),
                  "The options are a JSON object, like {\"directory\": \"migrations\"}.");
    }
    CHECK(!parse_str(ctx, &w, (mig_str){"{}\0{}", 5}));
    CHECK_ERROR(ctx, MIG_E_SYNTAX, "invalid options for migrate_test: a NUL byte");
    unit_free(ctx);
}

static void kind_faults(void) {
    static const char *const faults[][2] = {
        {"{\"text\":1}", "option \"text\" of migrate_test must be a text"},
        {"{\"text\":null}", "option \"text\" of migrate_test must be a text"},
        {"{\"text\":true}", "option \"text\" of migrate_test must be a text"},
        {"{\"text\":[\"a\"]}", "option \"text\" of migrate_test must be a text"},
        {"{\"text\":{\"a\":1}}", "option \"text\" of migrate_test must be a text"},
        {"{\"text\":}", "option \"text\" of migrate_test must be a text"},
        {"{\"flag\":1}", "option \"flag\" of migrate_test must be true or false"},
        {"{\"flag\":\"true\"}", "option \"flag\" of migrate_test must be true or false"},
        {"{\"flag\":TRUE}", "option \"flag\" of migrate_test must be true or false"},
        {"{\"flag\":truest}", "option \"flag\" of migrate_test must be true or false"},
        {"{\"number\":\"1\"}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":1.0}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":1e3}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":+1}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":01}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":-}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":-01}", "option \"number\" of migrate_test must be an integer"},
        {"{\"number\":9223372036854775808}",
         "option \"number\" of migrate_test must be an integer"},
        {"{\"list\":1}", "option \"list\" of migrate_test must be a list of texts"},
        {"{\"list\":[1]}", "option \"list\" of migrate_test must be a list of texts"},
        {"{\"list\":[\"a\",]}", "option \"list\" of migrate_test must be a list of texts"},
        {"{\"list\":[[\"a\"]]}", "option \"list\" of migrate_test must be a list of texts"},
        {"{\"list\":[", "option \"list\" of migrate_test must be a list of texts"}};
    mig_ctx *ctx = unit_ctx();
    wanted w;
    size_t i;

    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        CHECK(!parse(ctx, &w, faults[i][0]));
        CHECK_ERROR(ctx, MIG_E_ARGUMENT, faults[i][1]);
    }
    CHECK(!parse(ctx, &w, "{\"flag\":true,\n  \"text\": 5}"));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail), "This is in the options, line 2, column 11.");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint),
              "Write {\"text\": \"...\"}, or leave the option out.");
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "option \"text\" of migrate_test must be a text");
    unit_free(ctx);
}

static void names_are_checked(void) {
    mig_ctx *ctx = unit_ctx();
    mig_value value = {MIG_TEXT, MIG_STR("{\"a\":1}"), 0};
    wanted w;

    CHECK(!parse(ctx, &w, "{\"flag\":true, \"txt\":\"a\"}"));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail), "This is in the options, line 1, column 15.");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint),
              "The options of migrate_test are \"text\", \"flag\", \"number\", \"list\", "
              "\"other\".");
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown option \"txt\" for migrate_test");
    CHECK(!parse(ctx, &w, "{\"Text\":\"a\"}"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown option \"Text\" for migrate_test");
    CHECK(!parse(ctx, &w, "{\"\":\"a\"}"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown option \"\" for migrate_test");
    CHECK(!parse(ctx, &w, "{\"a\\nb\":\"a\"}"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown option \"a b\" for migrate_test");
    CHECK(!parse(ctx, &w, "{\"text\":\"a\", \"text\":\"a\"}"));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail),
              "This is in the options, line 1, column 14. Leave one of the two out.");
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "option \"text\" of migrate_test is given twice");

    CHECK(!mig_options_parse(ctx, "migrate_none", &value, NULL, 0));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "migrate_none takes no options.");
    CHECK(!parse(ctx, &w, "{}"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown option \"a\" for migrate_none");
    unit_free(ctx);
}

static void size_is_bounded(void) {
    mig_ctx *ctx = unit_ctx();
    char *big = mig_alloc(ctx, MIG_MAX_OPTIONS + 1);
    wanted w;

    memset(big, '[', MIG_MAX_OPTIONS + 1);
    CHECK(!parse_str(ctx, &w, (mig_str){big, MIG_MAX_OPTIONS + 1}));
    CHECK_ERROR(ctx, MIG_E_LIMIT, "options for migrate_test are longer than 1048576 bytes");
    CHECK(!parse_str(ctx, &w, (mig_str){big, MIG_MAX_OPTIONS}));
    CHECK_ERROR(ctx, MIG_E_SYNTAX, "invalid options for migrate_test: expected \"{\"");
    memset(big, 'x', MIG_MAX_OPTIONS);
    memcpy(big, "{\"text\":\"", 9);
    memcpy(big + MIG_MAX_OPTIONS - 2, "\"}", 2);
    CHECK(parse_str(ctx, &w, (mig_str){big, MIG_MAX_OPTIONS}));
    CHECK_INT(w.text.n, MIG_MAX_OPTIONS - 11);
    unit_free(ctx);
}

/* Every beginning of a good text is a fault, and every byte of it may be any other byte. */
static void mutants(void) {
    static const char good[] = "{\"text\":\"a\\u20ac\\n\xC3\xA4\",\"flag\":true,\"number\":-12,"
                               "\"list\":[\"a\",\"b\"],\"other\":\"\\ud83d\\ude00\"}";
    static const char bytes[] = "\"\\{}[],:\n\x01\x7F\xC3\x80\xFFu0-t ";
    mig_ctx *ctx = unit_ctx();
    char text[sizeof good];
    mig_error error;
    size_t i, k, wrong = 0;
    wanted w;

    CHECK(parse(ctx, &w, good));
    for (i = 1; i < sizeof good - 1; i++)
        if (parse_str(ctx, &w, (mig_str){good, i}) || !mig_take_error(ctx, &error))
            wrong++;
    CHECK_INT(wrong, 0);
    for (i = 0; i < sizeof good - 1; i++)
        for (k = 0; k < sizeof bytes; k++) {
            memcpy(text, good, sizeof good);
            text[i] = bytes[k];
            if (parse_str(ctx, &w, (mig_str){text, sizeof good - 1}))
                wrong += mig_ctx_error(ctx) != NULL || mig_utf8_check(w.text) != w.text.n;
            else
                wrong += !mig_take_error(ctx, &error) ||
                         (error.code != MIG_E_SYNTAX && error.code != MIG_E_ARGUMENT);
        }
    CHECK_INT(wrong, 0);
    unit_free(ctx);
}

static bool work_good(mig_ctx *ctx, void *arg) {
    wanted w;

    (void)arg;
    return parse(ctx, &w,
                 "{\"text\":\"a\\nb\",\"list\":[\"a\",\"b\"],\"number\":1,\"other\":\"c d\"}") &&
           CHECK_INT(w.list.n, 2);
}

/* The fault itself, or out of memory. */
static bool work_bad(mig_ctx *ctx, void *arg) {
    mig_error error;
    wanted w;

    if (parse(ctx, &w, arg))
        return CHECK(false);
    if (mig_ctx_error(ctx)->code == MIG_E_NOMEM)
        return false;
    return mig_take_error(ctx, &error) && CHECK(strstr(error.message, "migrate_test") != NULL);
}

int main(void) {
    char unknown[] = "{\"text\":\"a\",\"what\":1}", open[] = "{\"text\":\"a\\n";

    none_given();
    all_kinds();
    escapes();
    syntax_faults();
    kind_faults();
    names_are_checked();
    size_is_bounded();
    mutants();
    CHECK(unit_torture(work_good, NULL) > 1);
    CHECK(unit_torture(work_bad, unknown) > 1);
    CHECK(unit_torture(work_bad, open) > 1);
    return unit_end("options");
}
