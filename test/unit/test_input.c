/*
 * test_input.c: texts and files as streams: the byte order mark, pieces, the hash, failures.
 */
#include "input.h"

#include <string.h>

#include "checksum.h"
#include "unit_file.h"

#define MARK "\xEF\xBB\xBF"

static mig_input *file_new(mig_ctx *ctx) {
    return mig_input_file(ctx, MIG_STR("/seeds"), MIG_STR("a.csv"), NULL);
}

/* Everything the input has, by mig_input_next, or by mig_input_read with n bytes at a time. */
static mig_str drained(mig_ctx *ctx, mig_input *input, size_t n) {
    mig_buf buf = mig_buf_new(ctx);
    char bytes[16];
    mig_str part = {bytes, 0};

    for (;;) {
        if (n == 0 ? !mig_input_next(ctx, input, &part)
                   : !mig_input_read(ctx, input, bytes, n, &part.n))
            return MIG_STR("an error");
        if (part.n == 0)
            break;
        CHECK(n == 0 || part.n <= n);
        mig_buf_add(&buf, part);
    }
    CHECK_INT(mig_input_count(input), buf.n);
    CHECK(n == 0 ? mig_input_next(ctx, input, &part) && part.n == 0
                 : mig_input_read(ctx, input, bytes, n, &part.n) && part.n == 0);
    return mig_buf_str(&buf);
}

static void check_text(const char *text, const char *expected) {
    static const size_t sizes[] = {0, 1, 2, 3, 7, 16};
    mig_ctx *ctx = unit_ctx();
    char hex[65], whole[65];
    mig_input *input;
    size_t i;

    mig_sha256_hex(mig_str_of(text), whole);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        input = mig_input_text(ctx, mig_str_of(text));
        mig_input_hash(input);
        CHECK_STR(drained(ctx, input, sizes[i]), expected);
        mig_input_digest(input, hex);
        CHECK_STR(mig_str_of(hex), whole);
        mig_input_close(ctx, input);
    }
    unit_free(ctx);
}

static void check_file(const char *text, const char *expected, size_t piece) {
    static const size_t sizes[] = {0, 1, 2, 3, 7, 16};
    mig_ctx *ctx = unit_ctx();
    char hex[65], whole[65];
    mig_input *input;
    size_t i;

    mig_sha256_hex(mig_str_of(text), whole);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unit_file_set(ctx, mig_str_of(text), piece);
        input = file_new(ctx);
        mig_input_hash(input);
        CHECK_STR(drained(ctx, input, sizes[i]), expected);
        mig_input_digest(input, hex);
        CHECK_STR(mig_str_of(hex), whole);
        CHECK(unit_file_is_open());
        mig_input_close(ctx, input);
        CHECK(!unit_file_is_open());
        mig_input_close(ctx, input);
    }
    unit_free(ctx);
}

static void marks_are_left_out(void) {
    static const char *const texts[][2] = {{"", ""},
                                           {"a", "a"},
                                           {"ab", "ab"},
                                           {"abc,d\n", "abc,d\n"},
                                           {MARK, ""},
                                           {MARK "a", "a"},
                                           {MARK "ab,cdefghijk\n", "ab,cdefghijk\n"},
                                           {MARK MARK "a", MARK "a"},
                                           {"a" MARK, "a" MARK},
                                           {"\xEF\xBB", "\xEF\xBB"},
                                           {"\xEF\xBB\xBE", "\xEF\xBB\xBE"},
                                           {"\xEF\xBBz", "\xEF\xBBz"}};
    size_t i, piece;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_text(texts[i][0], texts[i][1]);
        for (piece = 1; piece < 6; piece++)
            check_file(texts[i][0], texts[i][1], piece);
    }
}

static void nothing_is_nothing(void) {
    mig_ctx *ctx = unit_ctx();
    mig_input *input = mig_input_text(ctx, (mig_str){NULL, 0});
    mig_str bytes;

    CHECK(mig_input_next(ctx, input, &bytes) && bytes.n == 0 && bytes.p != NULL);
    CHECK_INT(mig_input_count(input), 0);
    mig_input_close(ctx, NULL);
    unit_free(ctx);
}

/* A text is not copied, and a file in chunks, whatever the caller mixes. */
static void large_ones(void) {
    static char bytes[3 * MIG_INPUT_CHUNK + 17], buffer[2 * MIG_INPUT_CHUNK];
    mig_ctx *ctx = unit_ctx();
    mig_str text = {bytes, sizeof bytes}, part;
    mig_input *input;
    size_t i, got, before;

    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('a' + i % 23);
    input = mig_input_text(ctx, text);
    CHECK(mig_input_next(ctx, input, &part) && part.p == bytes && part.n == sizeof bytes);

    unit_file_set(ctx, text, SIZE_MAX);
    input = file_new(ctx);
    before = mig_arena_bytes(ctx);
    CHECK(mig_input_read(ctx, input, buffer, 10, &got) && got == 10);
    CHECK(mig_input_next(ctx, input, &part) && part.n == MIG_INPUT_CHUNK - 10);
    CHECK(memcmp(part.p, bytes + 10, part.n) == 0);
    CHECK(mig_input_read(ctx, input, buffer, sizeof buffer, &got) && got == sizeof buffer);
    CHECK(memcmp(buffer, bytes + MIG_INPUT_CHUNK, got) == 0);
    CHECK(mig_input_next(ctx, input, &part) && part.n == 17);
    CHECK(memcmp(part.p, bytes + sizeof bytes - 17, 17) == 0);
    CHECK_INT(mig_input_count(input), sizeof bytes);
    CHECK_INT(mig_arena_bytes(ctx), before);
    mig_input_close(ctx, input);
    CHECK(mig_input_next(ctx, input, &part) && part.n == 0);
    unit_free(ctx);
}

static void failures(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str stamp = {NULL, 0}, part;
    mig_input *input;
    char byte;
    size_t got, reads;

    unit_file_set(ctx, MIG_STR("abcdefgh"), 3);
    CHECK(mig_input_file(ctx, MIG_STR("/seeds"), MIG_STR("absent"), &stamp) == NULL);
    CHECK_ERROR(ctx, MIG_E_FILE, "no file \"absent\"");
    for (reads = 0; reads < 3; reads++) {
        unit_file_set(ctx, MIG_STR("abcdefgh"), 3);
        unit_file_fail_behind(reads);
        input = mig_input_file(ctx, MIG_STR("/seeds"), MIG_STR("a.csv"), &stamp);
        CHECK_STR(stamp, UNIT_FILE_STAMP);
        while (mig_input_next(ctx, input, &part))
            CHECK_INT(part.n, 3);
        CHECK_INT(mig_input_count(input), 3 * reads);
        CHECK(!mig_input_read(ctx, input, &byte, 1, &got) && got == 0);
        mig_input_close(ctx, input);
        CHECK(!unit_file_is_open());
        CHECK_ERROR(ctx, MIG_E_FILE, "the disk is gone");
    }
    unit_free(ctx);
}

static bool work(mig_ctx *ctx, void *arg) {
    mig_input *text, *file;
    mig_str part;

    (void)arg;
    unit_file_set(ctx, MIG_STR(MARK "abc"), 2);
    text = mig_input_text(ctx, MIG_STR("abc"));
    if (text == NULL || !mig_input_next(ctx, text, &part) || !CHECK_STR(part, "abc"))
        return false;
    file = file_new(ctx);
    if (file == NULL)
        return false;
    while (mig_input_next(ctx, file, &part) && part.n > 0)
        continue;
    mig_input_close(ctx, file);
    return mig_ctx_error(ctx) == NULL;
}

static uint64_t sum_of(mig_str text, size_t piece) {
    mig_ctx *ctx = unit_ctx();
    mig_input *input = mig_input_text(ctx, text);
    char buffer[64];
    uint64_t sum;
    size_t got;

    do
        CHECK(mig_input_read(ctx, input, buffer, piece, &got));
    while (got > 0);
    sum = mig_input_sum(input);
    unit_free(ctx);
    return sum;
}

/* The same in whatever pieces, and another one where a byte is: 0 as the last one, too. */
static void sums(void) {
    static char text[100];
    uint64_t sum, other;
    size_t n, piece, i;

    for (i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (n = 0; n < sizeof text; n += 3) {
        sum = sum_of((mig_str){text, n}, 64);
        for (piece = 1; piece < 20; piece++)
            CHECK(sum_of((mig_str){text, n}, piece) == sum);
        CHECK(sum_of((mig_str){text, n + 1}, 64) != sum);
        for (i = 0; i < n; i++) {
            text[i] = (char)(text[i] ^ 1);
            other = sum_of((mig_str){text, n}, 64);
            text[i] = (char)(text[i] ^ 1);
            CHECK(other != sum);
        }
    }
    CHECK(sum_of(MIG_STR("a"), 64) != sum_of(MIG_STR("a\0"), 64));
}

int main(void) {
    sums();
    marks_are_left_out();
    nothing_is_nothing();
    large_ones();
    failures();
    CHECK(unit_torture(work, NULL) > 2);
    return unit_end("input");
}
