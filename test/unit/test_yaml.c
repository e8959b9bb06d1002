/*
 * test_yaml.c: what YAML means, token by token; bounds, faults with their places, and memory.
 *
 * Tokens are shown as one line: {} and [] as they are, keys as "name:", texts in quotes, bytes as
 * <hex>, numbers, true, false and null bare, a fault as "! line:column why".
 */
#include "yaml.h"

#include <string.h>
#include <time.h>

#include "unit.h"
#include "yaml_scalar.h"

static void hex_add(mig_buf *buf, mig_str bytes) {
    size_t i;

    mig_buf_add_char(buf, '<');
    for (i = 0; i < bytes.n; i++)
        mig_buf_addf(buf, "%02x", (unsigned)(unsigned char)bytes.p[i]);
    mig_buf_add_char(buf, '>');
}

static void token_show(mig_buf *buf, const mig_yaml_token *token) {
    static const char *const words[] = {
        [MIG_JSON_OBJECT] = "{",  [MIG_JSON_OBJECT_END] = "}", [MIG_JSON_ARRAY] = "[",
        [MIG_JSON_TRUE] = "true", [MIG_JSON_ARRAY_END] = "]",  [MIG_JSON_FALSE] = "false",
        [MIG_JSON_NULL] = "null", [MIG_JSON_BAD] = NULL,
    };

    if (buf->n > 0)
        mig_buf_add_char(buf, ' ');
    if (token->json.kind == MIG_JSON_BAD)
        mig_buf_addf(buf, "! %d:%d %s%s", token->json.line, token->json.column, token->json.why,
                     token->limit ? " (limit)" : "");
    else if (token->json.kind == MIG_JSON_KEY)
        mig_buf_addf(buf, "%.*s:", MIG_FMT(token->json.text));
    else if (token->binary)
        hex_add(buf, token->json.text);
    else if (token->json.kind == MIG_JSON_STRING)
        mig_buf_add_json(buf, token->json.text);
    else if (token->json.kind == MIG_JSON_NUMBER)
        mig_buf_add(buf, token->json.text);
    else
        mig_buf_add_z(buf, words[token->json.kind]);
}

/* The tokens of a text; what each leaves in the arena is released before the next is read. */
static mig_str tokens(mig_ctx *ctx, mig_str text) {
    mig_input *input = mig_input_text(ctx, text);
    mig_yaml *yaml = mig_yaml_open(ctx, input);
    char *shown = mig_alloc(ctx, 4096);
    mig_yaml_token token;
    size_t n = 0;
    mig_mark mark;

    if (yaml == NULL || shown == NULL)
        return (mig_str){NULL, 0};
    mark = mig_arena_mark(ctx);
    while (mig_yaml_next(ctx, yaml, &token) && token.json.kind != MIG_JSON_END) {
        mig_buf buf = mig_buf_new(ctx);

        token_show(&buf, &token);
        if (mig_ctx_error(ctx) != NULL || n + buf.n + 2 > 4096)
            break;
        if (n > 0)
            shown[n++] = ' ';
        memcpy(shown + n, buf.p, buf.n);
        n += buf.n;
        mig_arena_release(ctx, mark);
        if (token.json.kind == MIG_JSON_BAD)
            break;
    }
    mig_yaml_close(yaml);
    return mig_ctx_error(ctx) == NULL ? (mig_str){shown, n} : (mig_str){NULL, 0};
}

typedef struct golden {
    const char *text, *tokens;
} golden;

static void golden_check(const golden *cases, size_t n) {
    size_t i;

    for (i = 0; i < n; i++) {
        mig_ctx *ctx = unit_ctx();

        CHECK_STR(tokens(ctx, mig_str_of(cases[i].text)), cases[i].tokens);
        unit_free(ctx);
    }
}

#define GOLDEN(cases) golden_check((cases), sizeof(cases) / sizeof *(cases))

static void schema(void) {
    static const golden cases[] = {
        {"NO", "\"NO\""},
        {"no", "\"no\""},
        {"yes", "\"yes\""},
        {"on", "\"on\""},
        {"Off", "\"Off\""},
        {"y", "\"y\""},
        {"true", "true"},
        {"True", "true"},
        {"TRUE", "true"},
        {"tRUE", "\"tRUE\""},
        {"false", "false"},
        {"FALSE", "false"},
        {"null", "null"},
        {"Null", "null"},
        {"NULL", "null"},
        {"nULL", "\"nULL\""},
        {"~", "null"},
        {"a:", "{ a: null }"},
        {"a: ''", "{ a: \"\" }"},
        {"a: \"\"", "{ a: \"\" }"},
        {"'null'", "\"null\""},
        {"\"12\"", "\"12\""},
        {"0", "0"},
        {"-0", "-0"},
        {"+12", "+12"},
        {"0005", "0005"},
        {"1_000", "\"1_000\""},
        {"1,5", "\"1,5\""},
        {"1e3", "1e3"},
        {"1E+3", "1E+3"},
        {"1e", "\"1e\""},
        {"1.", "1."},
        {".5", ".5"},
        {".", "\".\""},
        {"-.5e-7", "-.5e-7"},
        {"1.2.3", "\"1.2.3\""},
        {"1 2", "\"1 2\""},
        {"0x10", "16"},
        {"0xDeadBeef", "3735928559"},
        {"0x", "\"0x\""},
        {"0xg", "\"0xg\""},
        {"-0x10", "\"-0x10\""},
        {"0X10", "\"0X10\""},
        {"0o7", "7"},
        {"0o8", "\"0o8\""},
        {"0b11", "\"0b11\""},
        {"9223372036854775808", "9223372036854775808"},
        {"9007199254740993", "9007199254740993"},
        {"3.14159265358979323846264338327950288", "3.14159265358979323846264338327950288"},
        {"0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "340282366920938463463374607431768211455"},
        {"0x3B9ACA00", "1000000000"},
        {"0o1777777777777777777777", "18446744073709551615"},
        {".inf", "Infinity"},
        {"+.Inf", "Infinity"},
        {"-.INF", "-Infinity"},
        {".iNF", "\".iNF\""},
        {".nan", "NaN"},
        {".NaN", "NaN"},
        {"-.nan", "\"-.nan\""},
        {"nan", "\"nan\""},
        {"inf", "\"inf\""},
        {"Infinity", "\"Infinity\""},
        {"2024-02-06", "\"2024-02-06\""},
        {"2024-02-06 14:30:00Z", "\"2024-02-06 14:30:00Z\""},
        {"12:30:00", "\"12:30:00\""},
        {"190:20:30", "\"190:20:30\""},
        {"=", "\"=\""},
        {"%YAML 1.1\n---\n[yes, 0777, 12:30:00, 1_0]", "[ \"yes\" 0777 \"12:30:00\" \"1_0\" ]"},
    };

    GOLDEN(cases);
}

static void styles(void) {
    static const golden cases[] = {
        {"a: |\n  one\n  two\nb: >\n  one\n  two\n\n  three\n",
         "{ a: \"one\\ntwo\\n\" b: \"one two\\nthree\\n\" }"},
        {"a: |-\n  12\nb: |+\n  x\n\nc: 1", "{ a: \"12\" b: \"x\\n\\n\" c: 1 }"},
        {"a: |2\n    indented\n", "{ a: \"  indented\\n\" }"},
        {"a: one\n  two\n\n  three", "{ a: \"one two\\nthree\" }"},
        {"\"a\\tb\\u00e9\\x41\\\n  c\"", "\"a\\tb\xC3\xA9"
                                         "Ac\""},
        {"'it''s'", "\"it's\""},
        {"{a: [1, {b: }], 'c': \"d\"}", "{ a: [ 1 { b: null } ] c: \"d\" }"},
        {"- a\n- - b\n  - c\n-\n", "[ \"a\" [ \"b\" \"c\" ] null ]"},
        {"? a\n: b\n? c\n", "{ a: \"b\" c: null }"},
        {"1: a\ntrue: b\n~: c\n\"\": d\n0x10: e",
         "{ 1: \"a\" true: \"b\" ~: \"c\" : \"d\" 0x10: \"e\" }"},
        {"[a: 1, b]", "[ { a: 1 } \"b\" ]"},
        {"{a, b: 2}", "{ a: null b: 2 }"},
        {"# nothing\n", ""},
        {"", ""},
        {"---\n", "null"},
        {"--- a\n...\n# end\n", "\"a\""},
        {"a: b # c\n", "{ a: \"b\" }"},
        {"a: b#c\n", "{ a: \"b#c\" }"},
        {"a: x\r\nb: y\r\n", "{ a: \"x\" b: \"y\" }"},
        {"\xEF\xBB\xBF"
         "a: 1",
         "{ a: 1 }"},
        {"{a: 1, a: 2}", "{ a: 1 a: 2 }"},
        {"'<<': x", "{ <<: \"x\" }"},
        {"a: <<", "{ a: \"<<\" }"},
    };

    GOLDEN(cases);
}

static void tags(void) {
    static const golden cases[] = {
        {"!!str 12", "\"12\""},
        {"! 12", "\"12\""},
        {"!!str", "\"\""},
        {"!!int \"12\"", "12"},
        {"!!int 0x1F", "31"},
        {"!!int 1.5", "! 1:1 the value is no !!int"},
        {"!!int x", "! 1:1 the value is no !!int"},
        {"!!float 5", "5"},
        {"!!float .inf", "Infinity"},
        {"!!bool 'true'", "true"},
        {"!!bool yes", "! 1:1 the value is no !!bool"},
        {"!!null ''", "null"},
        {"!!null 0", "! 1:1 the value is no !!null"},
        {"!!map {a: !!seq [1]}", "{ a: [ 1 ] }"},
        {"!!binary aGVsbG8=", "<68656c6c6f>"},
        {"!!binary |\n  aGVs\n  bG8=\n", "<68656c6c6f>"},
        {"!!binary \"AP8B/w==\"", "<00ff01ff>"},
        {"!!binary ''", "<>"},
        {"!!binary aGVsbG8", "! 1:1 the value of !!binary is not base64"},
        {"!!binary aGVsbG9=", "! 1:1 the value of !!binary is not base64"},
        {"!!binary a===", "! 1:1 the value of !!binary is not base64"},
        {"!!binary ====", "! 1:1 the value of !!binary is not base64"},
        {"!!binary aG=s", "! 1:1 the value of !!binary is not base64"},
        {"!!binary aGV-", "! 1:1 the value of !!binary is not base64"},
        {"a: !!set {b}", "{ a: ! 1:4 a map has no tag but !!map"},
        {"!!omap [a: 1]", "! 1:1 a list has no tag but !!seq"},
        {"!!timestamp 2024-02-06", "! 1:1 the tag !!timestamp is not understood"},
        {"!mine x", "! 1:1 the tag !mine is not understood"},
        {"!<tag:example.org,2024:x> y", "! 1:1 the tag tag:example.org,2024:x is not understood"},
        {"!!str a: 1", "{ a: 1 }"},
        {"!!int 1: 1", "{ ! 1:1 a key must be a plain or quoted text on its own"},
    };

    GOLDEN(cases);
}

static void aliases(void) {
    static const golden cases[] = {
        {"[&a 1, *a, &a x, *a]", "[ 1 1 \"x\" \"x\" ]"},
        {"a: &m {x: 1, y: [~, {z: 0x10}]}\nb: *m\nc: 2",
         "{ a: { x: 1 y: [ null { z: 16 } ] } b: { x: 1 y: [ null { z: 16 } ] } c: 2 }"},
        {"[&a [&b 1, *b], *b, &c [*a, *a], *c]",
         "[ [ 1 1 ] 1 [ [ 1 1 ] [ 1 1 ] ] [ [ 1 1 ] [ 1 1 ] ] ]"},
        {"- &a !!binary AQI=\n- *a", "[ <0102> <0102> ]"},
        {"[&a , *a]", "[ null null ]"},
        {"[*a, &a 1]", "[ ! 1:2 the alias \"a\" has no anchor before it"},
        {"&a [*a]", "[ ! 1:5 the alias \"a\" stands inside its own anchor"},
        {"[&a 1, &a [*a]]", "[ 1 [ ! 1:12 the alias \"a\" stands inside its own anchor"},
        {"&a {b: {c: *a}}", "{ b: { c: ! 1:12 the alias \"a\" stands inside its own anchor"},
        {"- &a x\n- *a : 1", "[ \"x\" { ! 2:3 a key must be a plain or quoted text on its own"},
        {"&a b: 1", "{ ! 1:1 a key must be a plain or quoted text on its own"},
        {"? [a]\n: b", "{ ! 1:3 a key must be a plain or quoted text on its own"},
        {"? {a: b}\n: c", "{ ! 1:3 a key must be a plain or quoted text on its own"},
        {"a: &x {k: 1}\nb:\n  <<: *x\n",
         "{ a: { k: 1 } b: { ! 3:3 a merge key (<<) is not understood; repeat the columns"},
    };

    GOLDEN(cases);
}

static void faults(void) {
    static const golden cases[] = {
        {"a: 1\n---\nb: 2", "{ a: 1 } ! 2:1 a second document; one is read"},
        {"a: [1, 2\nb: 3",
         "{ a: [ 1 \"2 b\" ! 2:2 did not find expected ',' or ']' while parsing a flow sequence "
         "that begins in line 1"},
        {"a: \"x\n",
         "{ a: ! 2:1 found unexpected end of stream while scanning a quoted scalar that "
         "begins in line 1"},
        {"a:\n\t- x",
         "{ a: ! 2:1 found character that cannot start any token: a tab cannot indent, "
         "blanks can"},
        {"a: @x", "{ a: ! 1:4 found character that cannot start any token while scanning for the "
                  "next token"},
        {"a: b: c", "{ a: \"b\" ! 1:5 mapping values are not allowed in this context"},
        {"a: 1\nb: \"x\x01\"", "! 2:6 a control character must be escaped in a text in double "
                               "quotes"},
        {"a: \xC3\xA9\nb: x\xFFy", "! 2:5 not UTF-8"},
        {"a: \xED\xA0\x80", "! 1:4 not UTF-8"},
        {"a: \"\\0\"", "{ a: ! 1:4 \\0 cannot be part of a text"},
        {"\"\\x00\": 1", "{ ! 1:1 \\0 cannot be part of a text"},
        {"%YAML 2.0\n--- a", "! 1:1 found incompatible YAML document"},
        {"!x!y z", "! 1:1 found undefined tag handle while parsing a node"},
        {"0x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"
         "89a"
         "bcdef0123456789abcdef0123456789abcdef123456789",
         "! 1:1 a hexadecimal or octal number of more than 128 digits"},
    };

    GOLDEN(cases);
}

static void places(void) {
    static const struct {
        mig_json_kind kind;
        int line, column;
    } expected[] = {
        {MIG_JSON_OBJECT, 2, 1}, {MIG_JSON_KEY, 2, 1},       {MIG_JSON_STRING, 2, 5},
        {MIG_JSON_KEY, 3, 1},    {MIG_JSON_ARRAY, 4, 3},     {MIG_JSON_NUMBER, 4, 5},
        {MIG_JSON_NUMBER, 5, 5}, {MIG_JSON_ARRAY_END, 6, 1}, {MIG_JSON_OBJECT_END, 6, 1},
        {MIG_JSON_END, 6, 1},
    };
    mig_ctx *ctx = unit_ctx();
    mig_yaml *yaml = mig_yaml_open(
        ctx, mig_input_text(ctx, MIG_STR("# c\n\xC3\xA9\xC3\xA9: &a x\nb:\n  - 1\n  - 2\n")));
    mig_yaml_token token;
    size_t i;

    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        CHECK(mig_yaml_next(ctx, yaml, &token));
        CHECK_INT(token.json.kind, expected[i].kind);
        CHECK_INT(token.json.line, expected[i].line);
        CHECK_INT(token.json.column, expected[i].column);
    }
    for (i = 0; i < 3; i++)
        CHECK(mig_yaml_next(ctx, yaml, &token) && token.json.kind == MIG_JSON_END);
    mig_yaml_close(yaml);
    unit_free(ctx);
}

/* ---- bounds ------------------------------------------------------------------------------ */

static mig_str repeated(mig_ctx *ctx, const char *before, const char *again, size_t n,
                        const char *behind) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, before);
    while (n-- > 0)
        mig_buf_add_z(&buf, again);
    mig_buf_add_z(&buf, behind);
    return mig_buf_str(&buf);
}

/* Refused with these words, within 16 MiB beside the text, and at once: the bound is that of the
   slowest build these tests run in, under valgrind. */
static void bomb_check(mig_ctx *ctx, mig_str text, const char *why) {
    const clock_t start = clock();
    const size_t before = mig_arena_peak(ctx);
    mig_yaml *yaml = mig_yaml_open(ctx, mig_input_text(ctx, text));
    mig_mark mark = mig_arena_mark(ctx);
    mig_yaml_token token;

    do {
        mig_arena_release(ctx, mark);
        if (!mig_yaml_next(ctx, yaml, &token))
            break;
    } while (token.json.kind != MIG_JSON_BAD && token.json.kind != MIG_JSON_END);
    CHECK(mig_ctx_error(ctx) == NULL && token.json.kind == MIG_JSON_BAD && token.limit);
    if (token.json.kind == MIG_JSON_BAD)
        CHECK_STR(mig_str_of(token.json.why), why);
    CHECK(mig_arena_peak(ctx) - before < 16 * 1024 * 1024);
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 3.0);
    mig_yaml_close(yaml);
}

/* Ten aliases a list, each of the list before: a billion values in 300 bytes. */
static mig_str laughs(mig_ctx *ctx) {
    mig_buf buf = mig_buf_new(ctx);
    int i, k;

    mig_buf_add_z(&buf, "a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (i = 1; i < 9; i++) {
        mig_buf_addf(&buf, "%c: &%c [", 'a' + i, 'a' + i);
        for (k = 0; k < 10; k++)
            mig_buf_addf(&buf, "%s*%c", k == 0 ? "" : ", ", 'a' + i - 1);
        mig_buf_add_z(&buf, "]\n");
    }
    return mig_buf_str(&buf);
}

static mig_str numbered(mig_ctx *ctx, const char *before, int n, const char *behind) {
    mig_buf buf = mig_buf_new(ctx);
    int i;

    for (i = 0; i < n; i++)
        mig_buf_addf(&buf, "%s%d%s", before, i, behind);
    return mig_buf_str(&buf);
}

static void bombs(void) {
    static const struct {
        const char *before, *again, *why;
        size_t n;
    } cases[] = {
        {"", "[", "nested more than 64 levels deep", 20000},
        {"", "[\n", "nested more than 64 levels deep", 20000},
        {"", "{a: ", "nested more than 64 levels deep", 20000},
        {"", "- ", "nested more than 64 levels deep", 20000},
        {"[&a x", ", *a", "more than 100000 values come out of aliases", 150000},
        {"[&a [x, x, x, x, x, x, x]", ", *a", "more than 100000 values come out of aliases", 20000},
        {"&a [x", ", x", "more than 100000 values under anchors", 110000},
    };
    mig_ctx *ctx = unit_ctx();
    mig_str text;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        bomb_check(ctx, repeated(ctx, cases[i].before, cases[i].again, cases[i].n, ""),
                   cases[i].why);
    bomb_check(ctx, laughs(ctx), "more than 100000 values come out of aliases");
    text = repeated(ctx, "[&a ", "xxxxxxxxxxxxxxxx", 8192, "");
    text = repeated(ctx, text.p, ", *a", 20000, "]");
    bomb_check(ctx, text, "more than 2 MiB of text out of aliases");
    bomb_check(ctx, numbered(ctx, "- &a", 2000, " x\n"), "more than 1000 anchors");
    bomb_check(ctx, numbered(ctx, "%TAG !a", 20000, "! x\n"), "more than 1000 directives");
    unit_free(ctx);
}

static void at_the_bounds(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str text = repeated(ctx, "", "[", MIG_MAX_DEPTH, "");
    mig_yaml_token token;
    mig_yaml *yaml;
    size_t n = 0;

    CHECK_STR(
        tokens(ctx, repeated(ctx, text.p, "]", MIG_MAX_DEPTH, "")),
        repeated(ctx, "[", " [", MIG_MAX_DEPTH - 1, repeated(ctx, "", " ]", MIG_MAX_DEPTH, "").p)
            .p);
    text = repeated(ctx, "[&a x", ", *a", MIG_MAX_ALIASED, "]");
    yaml = mig_yaml_open(ctx, mig_input_text(ctx, text));
    while (mig_yaml_next(ctx, yaml, &token) &&
           token.json.kind == (n == 0 ? MIG_JSON_ARRAY : MIG_JSON_STRING))
        n++;
    CHECK(token.json.kind == MIG_JSON_ARRAY_END);
    CHECK_INT(n, MIG_MAX_ALIASED + 2);
    mig_yaml_close(yaml);
    CHECK_STR(tokens(ctx, repeated(ctx, "0x", "0", MIG_MAX_BASED_DIGITS - 1, "1")), "1");
    unit_free(ctx);
}

/* ---- memory ------------------------------------------------------------------------------ */

/* Left in the middle, as by a host that jumps: the end of the call frees what libyaml holds. */
static void left_open(void) {
    mig_ctx *ctx = unit_ctx();
    mig_yaml *yaml = mig_yaml_open(ctx, mig_input_text(ctx, MIG_STR("a: &x [1, {b: \"text\"}]")));
    mig_yaml_token token;
    int i;

    for (i = 0; i < 6; i++)
        CHECK(mig_yaml_next(ctx, yaml, &token));
    unit_free(ctx);
    ctx = unit_ctx();
    yaml = mig_yaml_open(ctx, mig_input_text(ctx, MIG_STR("a")));
    mig_yaml_close(yaml);
    mig_yaml_close(yaml);
    CHECK(!mig_yaml_next(ctx, yaml, &token));
    CHECK_ERROR(ctx, MIG_E_SYNTAX, "the reader is closed");
    mig_yaml_close(NULL);
    unit_free(ctx);
}

/* A fault stays, whatever is released. */
static void fault_stays(void) {
    mig_ctx *ctx = unit_ctx();
    mig_yaml *yaml = mig_yaml_open(ctx, mig_input_text(ctx, MIG_STR("[*nobody]")));
    mig_mark mark = mig_arena_mark(ctx);
    mig_yaml_token token;
    int i;

    CHECK(mig_yaml_next(ctx, yaml, &token) && token.json.kind == MIG_JSON_ARRAY);
    for (i = 0; i < 3; i++) {
        CHECK(mig_yaml_next(ctx, yaml, &token) && token.json.kind == MIG_JSON_BAD);
        CHECK_STR(mig_str_of(token.json.why), "the alias \"nobody\" has no anchor before it");
        mig_arena_release(ctx, mark);
        CHECK(mig_alloc_zero(ctx, 1, 4000) != NULL);
    }
    mig_yaml_close(yaml);
    unit_free(ctx);
}

static bool read_all(mig_ctx *ctx, void *arg) {
    mig_yaml *yaml = mig_yaml_open(ctx, mig_input_text(ctx, mig_str_of(arg)));
    mig_yaml_token token;

    if (yaml == NULL)
        return false;
    do {
        if (!mig_yaml_next(ctx, yaml, &token))
            return false;
    } while (token.json.kind != MIG_JSON_END && token.json.kind != MIG_JSON_BAD);
    mig_yaml_close(yaml);
    return true;
}

static void torture(void) {
    static char good[] = "a: &x [1, 0x20, !!binary AQI=, {b: text}]\nb: [*x, *x]\n";
    static char bad[] = "a: &x [1, *nobody]\n", broken[] = "a: [\"x\n";

    CHECK(unit_torture(read_all, good) > 2);
    CHECK(unit_torture(read_all, bad) > 2);
    CHECK(unit_torture(read_all, broken) > 2);
}

int main(void) {
    schema();
    styles();
    tags();
    aliases();
    faults();
    places();
    bombs();
    at_the_bounds();
    left_open();
    fault_stays();
    torture();
    return unit_end("yaml");
}
