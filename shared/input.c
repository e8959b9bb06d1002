/*
 * input.c: see input.h.
 *
 * What is there but not yet handed out is pending: of a text all of it, of a file the first chunk,
 * which is read ahead to look for the byte order mark. Behind it a file is read straight into the
 * caller's buffer by mig_input_read, and into the chunk by mig_input_next. Both are allocated when
 * the input is opened, so reading allocates nothing.
 */
#include "input.h"

#include <nettle/sha2.h>
#include <string.h>

struct mig_input {
    mig_file *file; /* NULL: a text, or closed */
    char *chunk;    /* MIG_INPUT_CHUNK bytes; NULL: a text */
    mig_str pending;
    bool started, ended; /* ended: the file has no more */
    bool hashed;
    uint64_t count;
    uint64_t sum;
    char tail[8]; /* bytes that do not make eight yet, count % 8 of them */
    struct sha256_ctx sha;
};

mig_input *mig_input_text(mig_ctx *ctx, mig_str text) {
    mig_input *input = mig_alloc_zero(ctx, 1, sizeof *input);

    if (input == NULL)
        return NULL;
    input->pending = text;
    input->ended = true;
    return input;
}

mig_input *mig_input_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str *stamp) {
    mig_input *input = mig_alloc_zero(ctx, 1, sizeof *input);

    if (input == NULL)
        return NULL;
    input->chunk = mig_alloc(ctx, MIG_INPUT_CHUNK);
    if (input->chunk == NULL)
        return NULL;
    return mig_ctx_host(ctx)->file_open(ctx, dir, path, &input->file, stamp) ? input : NULL;
}

void mig_input_hash(mig_input *input) {
    input->hashed = true;
    sha256_init(&input->sha);
}

static void input_hash_add(mig_input *input, const void *bytes, size_t n) {
    if (input->hashed && n > 0)
        sha256_update(&input->sha, n, bytes);
}

/* The next bytes of the file, at most n; *got 0: the end. */
static bool file_take(mig_ctx *ctx, mig_input *input, void *buffer, size_t n, size_t *got) {
    *got = 0;
    if (input->ended || input->file == NULL || n == 0)
        return true;
    if (!mig_ctx_host(ctx)->file_read(ctx, input->file, buffer, n, got))
        return false;
    input->ended = *got == 0;
    input_hash_add(input, buffer, *got);
    return true;
}

/* A host may read less than it is asked for: the mark may come in pieces. */
static bool file_start(mig_ctx *ctx, mig_input *input) {
    size_t n = 0, got;

    do {
        if (!file_take(ctx, input, input->chunk + n, MIG_INPUT_CHUNK - n, &got))
            return false;
        n += got;
    } while (got > 0 && n < 3);
    input->pending = (mig_str){input->chunk, n};
    return true;
}

static bool input_start(mig_ctx *ctx, mig_input *input) {
    if (input->started)
        return true;
    if (input->chunk == NULL)
        input_hash_add(input, input->pending.p, input->pending.n);
    else if (!file_start(ctx, input))
        return false;
    input->started = true;
    if (mig_str_starts(input->pending, MIG_STR("\xEF\xBB\xBF")))
        input->pending = mig_str_sub(input->pending, 3, input->pending.n);
    return true;
}

bool mig_input_next(mig_ctx *ctx, mig_input *input, mig_str *bytes) {
    *bytes = MIG_STR("");
    if (mig_ctx_error(ctx) != NULL || !input_start(ctx, input))
        return false;
    if (input->pending.n == 0) {
        input->pending.p = input->chunk;
        if (!file_take(ctx, input, input->chunk, MIG_INPUT_CHUNK, &input->pending.n))
            return false;
    }
    if (input->pending.n > 0)
        *bytes = input->pending;
    input->pending.n = 0;
    input->count += bytes->n;
    return true;
}

static uint64_t sum_add(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
    return sum ^ (sum >> 29);
}

static uint64_t word_at(const char *bytes) {
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Bytes come in any pieces: words are counted from the first byte of all. */
static void input_sum_add(mig_input *input, const char *bytes, size_t n) {
    size_t filled = (size_t)(input->count % 8), i = filled == 0 ? 0 : 8 - filled;

    if (i > n)
        i = n;
    memcpy(input->tail + filled, bytes, i);
    if (i > 0 && filled + i == 8)
        input->sum = sum_add(input->sum, word_at(input->tail));
    for (; n - i >= 8; i += 8)
        input->sum = sum_add(input->sum, word_at(bytes + i));
    if (filled + n >= 8 || filled == 0)
        memcpy(input->tail, bytes + i, n - i);
}

bool mig_input_read(mig_ctx *ctx, mig_input *input, void *buffer, size_t n, size_t *got) {
    *got = 0;
    if (mig_ctx_error(ctx) != NULL || !input_start(ctx, input))
        return false;
    if (input->pending.n == 0) {
        if (!file_take(ctx, input, buffer, n, got))
            return false;
    } else if (n > 0) {
        *got = n < input->pending.n ? n : input->pending.n;
        memcpy(buffer, input->pending.p, *got);
        input->pending = mig_str_sub(input->pending, *got, input->pending.n);
    }
    input_sum_add(input, buffer, *got);
    input->count += *got;
    return true;
}

uint64_t mig_input_sum(const mig_input *input) {
    char tail[8] = {0};

    memcpy(tail, input->tail, (size_t)(input->count % 8));
    return sum_add(sum_add(input->sum, word_at(tail)), input->count);
}

uint64_t mig_input_count(const mig_input *input) {
    return input->count;
}

void mig_input_digest(mig_input *input, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[32];
    struct sha256_ctx sha = input->sha;
    size_t i;

    sha256_digest(&sha, sizeof sum, sum);
    for (i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
}

void mig_input_close(mig_ctx *ctx, mig_input *input) {
    mig_file *file = input == NULL ? NULL : input->file;

    if (file == NULL)
        return;
    input->file = NULL;
    input->ended = true;
    mig_ctx_host(ctx)->file_close(ctx, file);
}
