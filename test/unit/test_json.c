/*
 * test_json.c: the reader of JSON: tokens and places, faults, bounds, pieces; the writer.
 */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "unit_file.h"

static const char *const kinds[] = {"end", "{",   "}",    "[",     "]",    "key",
                                    "str", "num", "true", "false", "null", "bad"};

/* One token: kind, text in brackets, "@line:column". */
static void token_print(mig_buf *buf, const mig_json_token *token) {
    mig_buf_addf(buf, "%s%s", buf->n == 0 ? "" : " ", kinds[token->kind]);
    if (token->kind == MIG_JSON_KEY || token->kind == MIG_JSON_STRING ||
        token->kind == MIG_JSON_NUMBER)
        mig_buf_addf(buf, "[%.*s]", MIG_FMT(token->text));
    if (token->kind == MIG_JSON_BAD)
        mig_buf_addf(buf, "[%s]", token->why);
    mig_buf_addf(buf, "@%d:%d", token->line, token->column);
}

/* All tokens up to the end or a fault; p NULL with an error. */
static mig_str tokens(mig_ctx *ctx, mig_input *input) {
    mig_json *json = mig_json_open(ctx, input);
    mig_buf buf = mig_buf_new(ctx);
    mig_json_token token, again;

    if (json == NULL)
        return (mig_str){NULL, 0};
    do {
        if (!mig_json_next(ctx, json, &token))
            return (mig_str){NULL, 0};
        token_print(&buf, &token);
    } while (token.kind != MIG_JSON_END && token.kind != MIG_JSON_BAD);
    if (mig_ctx_error(ctx) == NULL)
        CHECK(mig_json_next(ctx, json, &again) && again.kind == token.kind &&
              again.line == token.line && again.column == token.column && again.why == token.why);
    return mig_buf_str(&buf);
}

/* The same from a text and from a file in small pieces. */
static void check_str(mig_str text, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    size_t piece;

    if (!CHECK_STR(tokens(ctx, mig_input_text(ctx, text)), expected))
        fprintf(stderr, "text: %.*s\n", MIG_FMT(text));
    for (piece = 1; piece < 5; piece++) {
        unit_file_set(ctx, text, piece);
        CHECK_STR(tokens(ctx, mig_input_file(ctx, MIG_STR("/d"), MIG_STR("a.json"), NULL)),
                  expected);
    }
    unit_free(ctx);
}

static void check(const char *text, const char *expected) {
    check_str(mig_str_of(text), expected);
}

/* A text that is one fault behind good tokens. */
static void check_bad(const char *text, const char *why, int line, int column) {
    mig_ctx *ctx = unit_ctx();
    mig_str all = tokens(ctx, mig_input_text(ctx, mig_str_of(text)));
    const char *found = all.p == NULL ? NULL : strstr(all.p, "bad[");

    if (!CHECK_STR(mig_str_of(found), mig_str_format(ctx, "bad[%s]@%d:%d", why, line, column).p))
        fprintf(stderr, "text: %s\n", text);
    unit_free(ctx);
}

static void structure(void) {
    check("1", "num[1]@1:1 end@1:2");
    check(" \n\"a\" ", "str[a]@2:1 end@2:5");
    check("null", "null@1:1 end@1:5");
    check("{}", "{@1:1 }@1:2 end@1:3");
    check("[]", "[@1:1 ]@1:2 end@1:3");
    check("\xEF\xBB\xBF[true]", "[@1:1 true@1:2 ]@1:6 end@1:7");
    check("[1,[ ], {\"a\" : {\"b\":[null,false]},\"c\":\"\"} ]",
          "[@1:1 num[1]@1:2 [@1:4 ]@1:6 {@1:9 key[a]@1:10 {@1:16 key[b]@1:17 [@1:21 null@1:22 "
          "false@1:27 ]@1:32 }@1:33 key[c]@1:35 str[]@1:39 }@1:41 ]@1:43 end@1:44");
    check("[1,\n2,\r\n3,\r4,\n\r5,\r\r\n6]", "[@1:1 num[1]@1:2 num[2]@2:1 num[3]@3:1 num[4]@4:1 "
                                             "num[5]@6:1 num[6]@8:1 ]@8:2 end@8:3");
    check("[\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\", 1]",
          "[@1:1 str[\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80]@1:2 num[1]@1:9 ]@1:10 end@1:11");
    check("{\"a\":1,\"a\":2}",
          "{@1:1 key[a]@1:2 num[1]@1:6 key[a]@1:8 num[2]@1:12 }@1:13 end@1:14");
}

static void structure_faults(void) {
    check_bad("", "a value is missing", 1, 1);
    check_bad(" \n ", "a value is missing", 2, 2);
    check_bad("[", "a value is missing", 1, 2);
    check_bad("[1,]", "a value is missing", 1, 4);
    check_bad("[,1]", "a value is missing", 1, 2);
    check_bad("[1}", "expected \",\" or \"]\"", 1, 3);
    check_bad("[1 2]", "expected \",\" or \"]\"", 1, 4);
    check_bad("[1", "expected \",\" or \"]\"", 1, 3);
    check_bad("]", "a value is missing", 1, 1);
    check_bad("{", "expected a key in double quotes", 1, 2);
    check_bad("{a:1}", "expected a key in double quotes", 1, 2);
    check_bad("{\"a\":1,}", "expected a key in double quotes", 1, 8);
    check_bad("{]", "expected a key in double quotes", 1, 2);
    check_bad("{\"a\"}", "expected \":\" behind a key", 1, 5);
    check_bad("{\"a\",1}", "expected \":\" behind a key", 1, 5);
    check_bad("{\"a\":}", "a value is missing", 1, 6);
    check_bad("{\"a\":1 \"b\":2}", "expected \",\" or \"}\"", 1, 8);
    check_bad("{\"a\":1:", "expected \",\" or \"}\"", 1, 7);
    check_bad("{} {}", "something follows the value", 1, 4);
    check_bad("1,", "something follows the value", 1, 2);
    check_bad("\"a\"\xC3", "something follows the value", 1, 4);
    check_bad("// a\n1", "a value is missing", 1, 1);
    check_bad("[1, /* a */ 2]", "a value is missing", 1, 5);
    check_bad("['a']", "a text stands in double quotes", 1, 2);
    check_bad("[\xC3\xA4]", "a value is missing", 1, 2);
}

static void words_and_numbers(void) {
    static const char *const good[] = {
        "0",        "-0",  "7",
        "-12",      "0.0", "1.50",
        "-0.001",   "1e3", "1E+3",
        "12.5e-10", "0e0", "123456789012345678901234567890.000000000000000000000000000001"};
    static const char *const bad[][2] = {
        {"01", "a number has no leading zeros"},
        {"-01", "a number has no leading zeros"},
        {"00", "a number has no leading zeros"},
        {"+1", "a number begins with a digit or a minus and a digit"},
        {"-", "a number begins with a digit or a minus and a digit"},
        {".5", "a number begins with a digit or a minus and a digit"},
        {"--1", "a number begins with a digit or a minus and a digit"},
        {"-Infinity", "a number begins with a digit or a minus and a digit"},
        {"1.", "a digit must follow the decimal point"},
        {"1.e3", "a digit must follow the decimal point"},
        {"1e", "an exponent needs a digit"},
        {"1e+", "an exponent needs a digit"},
        {"1e5.0", "not a number; a text stands in double quotes"},
        {"0x10", "not a number; a text stands in double quotes"},
        {"2024-02-06", "not a number; a text stands in double quotes"},
        {"1_000", "not a number; a text stands in double quotes"},
        {"True", "not true, false or null; a text stands in double quotes"},
        {"nul", "not true, false or null; a text stands in double quotes"},
        {"nulls", "not true, false or null; a text stands in double quotes"},
        {"NaN", "not true, false or null; a text stands in double quotes"},
        {"NO", "not true, false or null; a text stands in double quotes"}};
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof good / sizeof *good; i++)
        check(mig_str_format(ctx, "[%s]", good[i]).p,
              mig_str_format(ctx, "[@1:1 num[%s]@1:2 ]@1:%d end@1:%d", good[i],
                             (int)strlen(good[i]) + 2, (int)strlen(good[i]) + 3)
                  .p);
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        check_bad(mig_str_format(ctx, "[ %s]", bad[i][0]).p, bad[i][1], 1, 3);
    unit_free(ctx);
}

static void texts(void) {
    check("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "str[\"\\/\b\f\n\r\t]@1:1 end@1:19");
    check("[\"x\\u0041\\u00e4\\u20AC\\uD83d\\uDE00y\",1]",
          "[@1:1 str[xA\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80y]@1:2 num[1]@1:37 ]@1:38 end@1:39");
    check("\"\\uffff\\u07ff\\u0800\\u007f\\u0080\\udbff\\udfff\\ud800\\udc00\"",
          "str[\xEF\xBF\xBF\xDF\xBF\xE0\xA0\x80\x7F\xC2\x80\xF4\x8F\xBF\xBF\xF0\x90\x80\x80]@1:1 "
          "end@1:57");
    check("\"0123456789abcdef 0123456789abcdef\x7F\"",
          "str[0123456789abcdef 0123456789abcdef\x7F]@1:1 end@1:37");
    check("{\"\":\"\"}", "{@1:1 key[]@1:2 str[]@1:5 }@1:7 end@1:8");
}

static void text_faults(void) {
    static const char *const bad_bytes[] = {"\x80",     "\xC3",         "\xC3(",     "\xC0\x80",
                                            "\xE2\x82", "\xED\xA0\x80", "\xE0\x80x", "\xF5\x80",
                                            "\xFF",     "\xF0\x9F\x98"};
    mig_ctx *ctx = unit_ctx();
    size_t i;

    check_bad("[\"abc", "a text is not closed", 1, 2);
    check_bad("[\"abc\\", "a text is not closed", 1, 6);
    check_bad("[\"abc\\\"", "a text is not closed", 1, 2);
    check_bad("{\"a", "a text is not closed", 1, 2);
    check_bad("\"a\tb\"", "a control character inside a text must be escaped", 1, 3);
    check_bad("\"0123456789\n\"", "a control character inside a text must be escaped", 1, 12);
    check_bad("\"\xC3\xA4\\x\"", "unknown escape sequence", 1, 3);
    check_bad("\"\\U0041\"", "unknown escape sequence", 1, 2);
    check_bad("\"\\u12g4\"", "\\u needs four hexadecimal digits", 1, 2);
    check_bad("\"\\u12", "\\u needs four hexadecimal digits", 1, 2);
    check_bad("\"\\u0000\"", "\\u0000 cannot be part of a text", 1, 2);
    check_bad("\"\\ud83d\"", "half of a surrogate pair", 1, 2);
    check_bad("\"\\ud83d\\n\"", "half of a surrogate pair", 1, 2);
    check_bad("\"\\ud83d\\u0041\"", "half of a surrogate pair", 1, 2);
    check_bad("\"\\ud83d\\u\"", "half of a surrogate pair", 1, 2);
    check_bad("\"\\ude00\\ud83d\"", "half of a surrogate pair", 1, 2);
    for (i = 0; i < sizeof bad_bytes / sizeof *bad_bytes; i++)
        check_bad(mig_str_format(ctx, "\"\xC3\xA4%s\"", bad_bytes[i]).p, "not UTF-8", 1, 3);
    check_str((mig_str){"\"a\0\"", 4},
              "bad[a control character inside a text must be escaped]@1:3");
    check_str((mig_str){"1\0", 2}, "num[1]@1:1 bad[something follows the value]@1:2");
    unit_free(ctx);
}

/* at is an offset behind the byte order mark; texts are NUL-terminated and outlive chunks. */
static void offsets_and_depth(void) {
    static const size_t at[] = {0, 1, 7, 8, 15, 17, 18, 20};
    static const size_t depth[] = {1, 1, 2, 2, 2, 1, 0, 0};
    static const char text[] = "\xEF\xBB\xBF{\"\xC3\xA4\": [\"b\\n\", 12]} ";
    mig_ctx *ctx = unit_ctx();
    mig_json_token token[8];
    mig_json *json;
    size_t i;

    unit_file_set(ctx, mig_str_of(text), 4);
    json = mig_json_open(ctx, mig_input_file(ctx, MIG_STR("/d"), MIG_STR("a.json"), NULL));
    CHECK_INT(mig_json_depth(json), 0);
    for (i = 0; i < 8; i++) {
        CHECK(mig_json_next(ctx, json, &token[i]));
        CHECK_INT(token[i].at, at[i]);
        CHECK_INT(mig_json_depth(json), depth[i]);
    }
    CHECK_STR(token[1].text, "\xC3\xA4");
    CHECK_STR(mig_str_of(token[3].text.p), "b\n");
    CHECK_STR(mig_str_of(token[4].text.p), "12");
    CHECK(token[7].kind == MIG_JSON_END);
    unit_free(ctx);
}

static mig_json_token last_token(mig_ctx *ctx, mig_str text) {
    mig_json *json = mig_json_open(ctx, mig_input_text(ctx, text));
    mig_json_token token;
    mig_mark mark = mig_arena_mark(ctx);

    do {
        mig_arena_release(ctx, mark);
        if (!CHECK(mig_json_next(ctx, json, &token)))
            break;
    } while (token.kind != MIG_JSON_END && token.kind != MIG_JSON_BAD);
    return token;
}

static void faults_say_what_is_missing(void) {
    static const struct {
        const char *text;
        mig_json_fault fault;
    } faults[] = {{"{\"a\":1,}", MIG_JSON_FAULT_KEY},     {"{", MIG_JSON_FAULT_KEY},
                  {"{\"a\" 1}", MIG_JSON_FAULT_COLON},    {"{\"a\"", MIG_JSON_FAULT_COLON},
                  {"{\"a\":", MIG_JSON_FAULT_VALUE},      {"[01]", MIG_JSON_FAULT_VALUE},
                  {"[yes]", MIG_JSON_FAULT_VALUE},        {"['a']", MIG_JSON_FAULT_VALUE},
                  {"[\"a]", MIG_JSON_FAULT_OTHER},        {"[1 2]", MIG_JSON_FAULT_OTHER},
                  {"[\"\\u000\"]", MIG_JSON_FAULT_OTHER}, {"1 2", MIG_JSON_FAULT_OTHER}};
    mig_ctx *ctx = unit_ctx();
    mig_json_token token;
    size_t i;

    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        token = last_token(ctx, mig_str_of(faults[i].text));
        CHECK_INT(token.kind, MIG_JSON_BAD);
        CHECK_INT(token.fault, faults[i].fault);
    }
    unit_free(ctx);
}

/* Bombs: neither depth nor length takes more than it may. */
static void bounds(void) {
    static char deep[100000], levels[2 * MIG_MAX_DEPTH + 1];
    mig_ctx *ctx = unit_ctx();
    size_t before = mig_arena_bytes(ctx);
    mig_json_token token;

    memset(deep, '[', sizeof deep);
    token = last_token(ctx, (mig_str){deep, sizeof deep});
    CHECK_STR(mig_str_of(token.why), "nested more than 64 levels deep");
    CHECK_INT(token.fault, MIG_JSON_FAULT_LIMIT);
    CHECK_INT(token.column, MIG_MAX_DEPTH + 1);
    memset(levels, '[', MIG_MAX_DEPTH);
    memset(levels + MIG_MAX_DEPTH, ']', MIG_MAX_DEPTH);
    token = last_token(ctx, (mig_str){levels, sizeof levels - 1});
    CHECK_INT(token.kind, MIG_JSON_END);
    CHECK(mig_arena_peak(ctx) < before + 32768);
    unit_free(ctx);
}

static void scalars_are_bounded(void) {
    mig_ctx *ctx = unit_ctx();
    char *big = mig_alloc(ctx, MIG_MAX_SCALAR + 3);
    mig_json_token token;

    memset(big, '1', MIG_MAX_SCALAR + 3);
    token = last_token(ctx, (mig_str){big, MIG_MAX_SCALAR + 1});
    CHECK_STR(mig_str_of(token.why), "a value of more than 64 MiB");
    big[0] = big[MIG_MAX_SCALAR + 2] = '"';
    token = last_token(ctx, (mig_str){big, MIG_MAX_SCALAR + 3});
    CHECK_STR(mig_str_of(token.why), "a value of more than 64 MiB");
    CHECK_INT(token.fault, MIG_JSON_FAULT_LIMIT);
    CHECK_INT(token.column, 1);
    big[MIG_MAX_SCALAR + 1] = '"';
    token = last_token(ctx, (mig_str){big, MIG_MAX_SCALAR + 2});
    CHECK_INT(token.kind, MIG_JSON_END);
    CHECK_INT(token.column, MIG_MAX_SCALAR + 3);
    unit_free(ctx);
}

static void files_fail(void) {
    mig_ctx *ctx = unit_ctx();
    mig_json_token token;
    mig_json *json;
    size_t reads;

    for (reads = 0; reads < 4; reads++) {
        unit_file_set(ctx, MIG_STR("[\"abcdefgh\"]"), 3);
        unit_file_fail_behind(reads);
        json = mig_json_open(ctx, mig_input_file(ctx, MIG_STR("/d"), MIG_STR("a"), NULL));
        while (mig_json_next(ctx, json, &token))
            CHECK(token.kind != MIG_JSON_BAD && token.kind != MIG_JSON_END);
        CHECK(!mig_json_next(ctx, json, &token));
        CHECK_ERROR(ctx, MIG_E_FILE, "the disk is gone");
    }
    unit_free(ctx);
}

static void check_written(mig_str text, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_buf buf = mig_buf_new(ctx);
    mig_json_token token;
    mig_json *json;

    CHECK(mig_buf_add_json(&buf, text));
    CHECK_STR(mig_buf_str(&buf), expected);
    json = mig_json_open(ctx, mig_input_text(ctx, mig_buf_str(&buf)));
    CHECK(mig_json_next(ctx, json, &token) && token.kind == MIG_JSON_STRING);
    CHECK(mig_str_eq(token.text, text));
    CHECK(mig_json_next(ctx, json, &token) && token.kind == MIG_JSON_END);
    unit_free(ctx);
}

static void writing(void) {
    check_written((mig_str){NULL, 0}, "\"\"");
    check_written(MIG_STR("a b/'"), "\"a b/'\"");
    check_written(MIG_STR("\"a\\\"\"\\"), "\"\\\"a\\\\\\\"\\\"\\\\\"");
    check_written(MIG_STR("\b\f\n\r\t\x01\x1F\x7F"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
    check_written(MIG_STR("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"");
}

static bool work(mig_ctx *ctx, void *arg) {
    mig_input *input = mig_input_text(ctx, mig_str_of(arg));
    mig_buf buf = mig_buf_new(ctx);
    mig_str all;

    if (input == NULL)
        return false;
    all = tokens(ctx, input);
    return all.p != NULL && mig_buf_add_json(&buf, all);
}

int main(void) {
    char good[] = "{\"a\":[\"b\\n\",12,true],\"\":{\"0123456789012345678901234567890123456789"
                  "0123456789012345678901234567890123456789\":\"\"}}",
         bad[] = "[1,\"a\\u12\"]";

    structure();
    structure_faults();
    words_and_numbers();
    texts();
    text_faults();
    offsets_and_depth();
    faults_say_what_is_missing();
    bounds();
    scalars_are_bounded();
    files_fail();
    writing();
    CHECK(unit_torture(work, good) > 1);
    CHECK(unit_torture(work, bad) > 1);
    return unit_end("json");
}
