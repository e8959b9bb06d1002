/*
 * checksum.c: see checksum.h.
 *
 * What is hashed, byte for byte: kind, engine, options, then the word "tokens" and every
 * significant token, or the word "bytes" and the whole text. Each of these is preceded by its
 * length in LEB128 (seven bits a byte, least significant first), so that no two different lists
 * give the same bytes. Line ends count as LF everywhere, and a byte order mark at the start of the
 * text does not count.
 *
 * SHA-256 is nettle's: it uses the processor's instructions for it, where there are some, and hashing
 * is much of what loading costs.
 *
 * Blanks count where SQLite would read them as part of a [name]. A text that the lexer cannot read,
 * or that the two engines read differently, is hashed as bytes, without blanks at its ends.
 */
#include "checksum.h"

#include "lex.h"
#include "text.h"

#include <string.h>

static void hasher_flush(mig_hasher *h) {
    sha256_update(&h->sha, h->n, h->bytes);
    h->n = 0;
}

static void hasher_add(mig_hasher *h, const char *p, size_t n) {
    if (n > sizeof h->bytes - h->n)
        hasher_flush(h);
    if (n > sizeof h->bytes) {
        sha256_update(&h->sha, n, (const unsigned char *)p);
    } else if (n > 0) {
        memcpy(h->bytes + h->n, p, n);
        h->n += n;
    }
}

static void hasher_add_length(mig_hasher *h, size_t n) {
    char byte;

    do {
        byte = (char)((n & 0x7F) | (n > 0x7F ? 0x80 : 0));
        hasher_add(h, &byte, 1);
        n >>= 7;
    } while (n > 0);
}

/* A length and the bytes, with every CRLF and CR as LF. */
static void hasher_add_field(mig_hasher *h, mig_str s) {
    size_t at, pairs = 0, from = 0;
    bool any = s.n > 0 && memchr(s.p, '\r', s.n) != NULL;

    if (!any && s.n < 0x80 && s.n < sizeof h->bytes - h->n) {
        h->bytes[h->n] = (unsigned char)s.n;
        if (s.n > 0)
            memcpy(h->bytes + h->n + 1, s.p, s.n);
        h->n += s.n + 1;
        return;
    }
    for (at = 0; any && at + 1 < s.n; at++)
        pairs += s.p[at] == '\r' && s.p[at + 1] == '\n';
    hasher_add_length(h, s.n - pairs);
    for (at = 0; any && at < s.n; at++) {
        if (s.p[at] != '\r')
            continue;
        hasher_add(h, s.p + from, at - from);
        hasher_add(h, "\n", 1);
        at += at + 1 < s.n && s.p[at + 1] == '\n';
        from = at + 1;
    }
    if (s.n > from)
        hasher_add(h, s.p + from, s.n - from);
}

static void hasher_finish(mig_hasher *h, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[SHA256_DIGEST_SIZE];
    size_t i;

    hasher_flush(h);
    sha256_digest(&h->sha, sizeof sum, sum);
    for (i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
}

static bool is_insignificant(const mig_lexer *lexer, const mig_token *token) {
    if (token->kind != MIG_TOK_BLANK && token->kind != MIG_TOK_LINE_COMMENT &&
        token->kind != MIG_TOK_BLOCK_COMMENT)
        return false;
    return token->start >= lexer->bracket;
}

/* false: the tokens are not to be trusted. */
static bool hash_tokens(mig_hasher *h, mig_str text) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_CHECKSUM, text, 1);
    mig_token token;

    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        if (token.kind == MIG_TOK_BAD || lexer.ambiguous)
            return false;
        if (!is_insignificant(&lexer, &token))
            hasher_add_field(h, mig_token_text(&lexer, &token));
    }
    return true;
}

static void hasher_start(mig_hasher *h, const char *kind, const char *engine, const char *options) {
    h->n = 0;
    sha256_init(&h->sha);
    hasher_add_field(h, mig_str_of(kind));
    hasher_add_field(h, mig_str_of(engine));
    hasher_add_field(h, mig_str_of(options));
}

void mig_hasher_begin(mig_hasher *h, const char *kind, const char *engine, const char *options) {
    hasher_start(h, kind, engine, options);
    hasher_add_field(h, MIG_STR("tokens"));
}

void mig_hasher_token(mig_hasher *h, mig_str token) {
    hasher_add_field(h, token);
}

void mig_hasher_end(mig_hasher *h, char checksum[MIG_CHECKSUM_SIZE]) {
    memcpy(checksum, "m1:", 3);
    hasher_finish(h, checksum + 3);
}

void mig_checksum(const char *kind, const char *engine, const char *options, mig_str text,
                  char checksum[MIG_CHECKSUM_SIZE]) {
    mig_hasher h;

    if (mig_str_starts(text, MIG_STR("\xEF\xBB\xBF")))
        text = mig_str_sub(text, 3, SIZE_MAX);
    mig_hasher_begin(&h, kind, engine, options);
    if (!hash_tokens(&h, text)) {
        hasher_start(&h, kind, engine, options);
        hasher_add_field(&h, MIG_STR("bytes"));
        hasher_add_field(&h, mig_str_trim(text));
    }
    mig_hasher_end(&h, checksum);
}

void mig_sha256_hex(mig_str bytes, char hex[65]) {
    mig_hasher h;

    h.n = 0;
    sha256_init(&h.sha);
    if (bytes.n > 0)
        sha256_update(&h.sha, bytes.n, (const unsigned char *)bytes.p);
    hasher_finish(&h, hex);
}
