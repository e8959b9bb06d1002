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

#define MIG_CHECKSUM_SIZE 68 /* "m1:" + 64 + NUL */

void mig_checksum(const char *kind, const char *engine, const char *options, mig_str text,
                  char checksum[MIG_CHECKSUM_SIZE]);

/* The plain SHA-256 of some bytes as 64 hex digits and NUL. */
void mig_sha256_hex(mig_str bytes, char hex[65]);

#endif
