/*
 * test_checksum.c: what counts in a checksum and what does not, and the frozen values of
 * test/data/checksum/m1.txt (another folder: first argument).
 */
#include "checksum.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mig_str sum_of(const char *kind, const char *engine, const char *options, mig_str text) {
    static char sums[8][MIG_CHECKSUM_SIZE];
    static size_t next;
    char *sum = sums[next++ % 8];

    mig_checksum(kind, engine, options, text, sum);
    return mig_str_of(sum);
}

static mig_str sum(const char *z) {
    return sum_of("up", "", "", mig_str_of(z));
}

static void test_same(void) {
    static const char *const pairs[][2] = {
        {"SELECT 1;", "SELECT\t1 ; -- x"},
        {"a b", "a/**/b"},
        {"a b", "-- x\r\na\r\nb\r\n"},
        {"a b", "a\rb"},
        {"", " \n-- x\n/* y */"},
        {"'a\nb'", "'a\r\nb'"},
        {"'a\nb'", "'a\rb'"},
        {"$$a\nb$$;", "$$a\r\nb$$ ;"},
        {"(a,b)", "( a , b )"},
        {"\xEF\xBB\xBF a", "a"},
        {"x=-1", "x = - 1"},
        {"E'a\\'b'", "\n\nE'a\\'b'\r\n"},
    };
    size_t i;

    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        unit_check(mig_str_eq(sum(pairs[i][0]), sum(pairs[i][1])), pairs[i][1], "same", (int)i);
}

static void test_different(void) {
    static const char *const pairs[][2] = {
        {"a b", "ab"},
        {"a b", "b a"},
        {"a", "A"},
        {"'a'", "'a '"},
        {"'a  b'", "'a b'"},
        {"'-- a'", "'-- b'"},
        {"a", "a;"},
        {"", ";"},
        {"a < = b", "a <= b"},
        {"[a b]", "[a  b]"},
        {"[it's] 'a  b'", "[it's] 'a b'"},
        {"array['a]', 'b  c']", "array['a]', 'b c']"},
        {"E'\\'' 'a  b'", "E'\\'' 'a b'"},
        {"/* /* */ */ 'a'", "/* /* */ */ 'b'"},
        {"/* /* */ 'a  b'", "/* /* */ 'a b'"},
        {"$$a -- b\n$$", "$$a -- c\n$$"},
        {"`a  b`", "`a b`"},
        {"'open  x", "'open x"},
        {"1 .5", "1.5"},
        {"@a", "@ a"},
        {"$ $", "$$"},
        {"a\n\nb \\", "a\nb \\"},
    };
    size_t i;

    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        unit_check(!mig_str_eq(sum(pairs[i][0]), sum(pairs[i][1])), pairs[i][1], "different",
                   (int)i);
}

static void test_fields(void) {
    mig_str text = MIG_STR("a");

    CHECK(!mig_str_eq(sum_of("up", "", "", text), sum_of("down", "", "", text)));
    CHECK(!mig_str_eq(sum_of("up", "", "", text), sum_of("up", "sqlite", "", text)));
    CHECK(!mig_str_eq(sum_of("up", "", "", text), sum_of("up", "", "transaction:false", text)));
    CHECK(!mig_str_eq(sum_of("up", "a", "", text), sum_of("up", "", "a", text)));
}

/* Values made by another implementation of SHA-256. */
static void test_known(void) {
    char hex[65], long_text[1000];

    mig_sha256_hex(MIG_STR("abc"), hex);
    CHECK_STR(mig_str_of(hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    mig_sha256_hex((mig_str){NULL, 0}, hex);
    CHECK_STR(mig_str_of(hex), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_STR(sum("SELECT 1;"),
              "m1:bc0213ab9fe416ae190bb9e15bca0537df5c49e0149c9c961829d46733f501c5");
    memset(long_text, 'x', sizeof long_text);
    long_text[0] = '\'';
    long_text[500] = '\r';
    long_text[999] = '\'';
    CHECK_STR(sum_of("down", "sqlite", "transaction:false", (mig_str){long_text, 1000}),
              "m1:1fc3ce65417f6698c1364f73eff8e369dde2e657a3b6b8f2b92f1515fcef3298");
    CHECK_STR(sum(" 'open\r\n"),
              "m1:36dac5d78d284ef5347d41d600c234a2cbb304328a6247e6c33374edd1e4e7b9");
}

static void check_file(const char *path, const char *kind, const char *engine, const char *options,
                       const char *expected) {
    mig_str text = unit_read_file(path);

    if (!CHECK_STR(sum_of(kind, engine, options, text), expected))
        fprintf(stderr, "%s\n", path);
    free((void *)(uintptr_t)text.p);
}

static const char *given(const char *field) {
    return strcmp(field, "-") == 0 ? "" : field;
}

static void test_golden(const char *folder) {
    char path[512], sum_text[80], kind[16], engine[16], options[32], name[64];
    size_t n = 0;
    FILE *list;

    snprintf(path, sizeof path, "%s/m1.txt", folder);
    list = fopen(path, "r");
    if (!CHECK(list != NULL))
        return;
    while (fscanf(list, "%79s %15s %15s %31s %63s", sum_text, kind, engine, options, name) == 5) {
        snprintf(path, sizeof path, "%s/%s", folder, name);
        n++;
        check_file(path, kind, given(engine), given(options), sum_text);
    }
    fclose(list);
    CHECK_INT(n, 13);
}

int main(int argc, char **argv) {
    test_same();
    test_different();
    test_fields();
    test_known();
    test_golden(argc > 1 ? argv[1] : "test/data/checksum");
    return unit_end("checksum");
}
