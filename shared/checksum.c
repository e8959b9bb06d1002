/*
 * checksum.c: see checksum.h.
 *
 * What is hashed, byte for byte: kind, engine, options, then the word "tokens" and every
 * significant token, or the word "bytes" and the whole text. Each of these is preceded by its
 * length in LEB128 (seven bits a byte, least significant first), so that no two different lists
 * give the same bytes. Line ends count as LF everywhere, and a byte order mark at the start of the
 * text does not count.
 *
 * Blanks count where SQLite would read them as part of a [name]. A text that the lexer cannot read,
 * or that the two engines read differently, is hashed as bytes, without blanks at its ends.
 */
#include "checksum.h"

#include "lex.h"
#include "text.h"

#include <sha2.h>
#include <string.h>

/* A hash with a small buffer before it, because tokens are short. */
typedef struct hasher {
    SHA2_CTX sha;
    unsigned char bytes[512];
    size_t n;
} hasher;

static void hasher_flush(hasher *h) {
    SHA256Update(&h->sha, h->bytes, h->n);
    h->n = 0;
}

static void hasher_add(hasher *h, const char *p, size_t n) {
    if (n > sizeof h->bytes - h->n)
        hasher_flush(h);
    if (n > sizeof h->bytes) {
        SHA256Update(&h->sha, (const unsigned char *)p, n);
    } else if (n > 0) {
        memcpy(h->bytes + h->n, p, n);
        h->n += n;
    }
}

static void hasher_add_length(hasher *h, size_t n) {
    char byte;

    do {
        byte = (char)((n & 0x7F) | (n > 0x7F ? 0x80 : 0));
        hasher_add(h, &byte, 1);
        n >>= 7;
    } while (n > 0);
}

/* A length and the bytes, with every CRLF and CR as LF. */
static void hasher_add_field(hasher *h, mig_str s) {
    size_t at, pairs = 0, from = 0;
    bool any = s.n > 0 && memchr(s.p, '\r', s.n) != NULL;

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

static void hasher_finish(hasher *h, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[SHA256_DIGEST_LENGTH];
    size_t i;

    hasher_flush(h);
    SHA256Final(sum, &h->sha);
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
static bool hash_tokens(hasher *h, mig_str text) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_CHECKSUM, text, 1);
    mig_token token;

    hasher_add_field(h, MIG_STR("tokens"));
    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        if (token.kind == MIG_TOK_BAD || lexer.ambiguous)
            return false;
        if (!is_insignificant(&lexer, &token))
            hasher_add_field(h, mig_token_text(&lexer, &token));
    }
    return true;
}

void mig_checksum(const char *kind, const char *engine, const char *options, mig_str text,
                  char checksum[MIG_CHECKSUM_SIZE]) {
    hasher start, h;

    if (mig_str_starts(text, MIG_STR("\xEF\xBB\xBF")))
        text = mig_str_sub(text, 3, SIZE_MAX);
    memset(&start, 0, sizeof start);
    SHA256Init(&start.sha);
    hasher_add_field(&start, mig_str_of(kind));
    hasher_add_field(&start, mig_str_of(engine));
    hasher_add_field(&start, mig_str_of(options));
    h = start;
    if (!hash_tokens(&h, text)) {
        h = start;
        hasher_add_field(&h, MIG_STR("bytes"));
        hasher_add_field(&h, mig_str_trim(text));
    }
    memcpy(checksum, "m1:", 3);
    hasher_finish(&h, checksum + 3);
}

void mig_sha256_hex(mig_str bytes, char hex[65]) {
    hasher h;

    h.n = 0;
    SHA256Init(&h.sha);
    if (bytes.n > 0)
        SHA256Update(&h.sha, (const unsigned char *)bytes.p, bytes.n);
    hasher_finish(&h, hex);
}
