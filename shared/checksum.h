/*
 * checksum.h: the checksum of a section, "m1:" and 64 hex digits.
 *
 * SHA-256 over: kind, engine, options, each length-prefixed, then every significant token of the
 * text (checksum mode) length-prefixed; line ends inside literals as LF. Comments and blanks do not
 * count. Where the lexer meets damage, or a place that the engines read differently, the normalised
 * raw bytes are hashed instead. Frozen: golden files in test/data/checksum hold it; a change needs a
 * new prefix.
 */
#ifndef MIG_CHECKSUM_H
#define MIG_CHECKSUM_H

#include "mig.h"

#include <nettle/sha2.h>

#define MIG_CHECKSUM_SIZE 68 /* "m1:" + 64 + NUL */

void mig_checksum(const char *kind, const char *engine, const char *options, mig_str text,
                  char checksum[MIG_CHECKSUM_SIZE]);

/*
 * The same for somebody who reads the tokens anyway: each significant token of a text that has no
 * byte order mark at its start, no bracket, and nothing damaged or ambiguous (see lex.h).
 */
typedef struct mig_hasher {
    struct sha256_ctx sha;
    unsigned char bytes[512]; /* still to be hashed: tokens are short */
    size_t n;
} mig_hasher;
void mig_hasher_begin(mig_hasher *h, const char *kind, const char *engine, const char *options);
void mig_hasher_token(mig_hasher *h, mig_str token);
void mig_hasher_end(mig_hasher *h, char checksum[MIG_CHECKSUM_SIZE]);

/* The plain SHA-256 of some bytes as 64 hex digits and NUL. */
void mig_sha256_hex(mig_str bytes, char hex[65]);

#endif
