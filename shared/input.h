/*
 * input.h: bytes to read, from a text or from a file that is streamed, in bounded memory.
 *
 * A byte order mark at the beginning is left out. Nothing is decoded. What was read can be hashed on
 * the way. Reading never jumps, so that it may stand below a library's parser.
 */
#ifndef MIG_INPUT_H
#define MIG_INPUT_H

#include "text.h"

#define MIG_INPUT_CHUNK ((size_t)64 * 1024)

typedef struct mig_input mig_input;

mig_input *mig_input_text(mig_ctx *ctx, mig_str text);

/* Opens a file below dir through the host. stamp (may be NULL) is that of mig_host.list_files. */
mig_input *mig_input_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str *stamp);

/* From now on everything read is hashed (SHA-256 of the file's bytes, byte order mark included). To be
   called before the first read. */
void mig_input_hash(mig_input *input);

/* The next bytes, at least one, valid until the next call; n 0: the end. A text comes at once. */
bool mig_input_next(mig_ctx *ctx, mig_input *input, mig_str *bytes);

/* Copies at most n bytes into buffer; *got 0: the end. For parsers that own their buffer. */
bool mig_input_read(mig_ctx *ctx, mig_input *input, void *buffer, size_t n, size_t *got);

/* A sum over what mig_input_read has handed out, in whatever pieces: where those of two readings are
   equal, they read the same. Not made to withstand who wants two files of one sum. */
uint64_t mig_input_sum(const mig_input *input);

/* Bytes handed out so far. */
uint64_t mig_input_count(const mig_input *input);

/* The hash as 64 hex digits and NUL; only after the end was read. */
void mig_input_digest(mig_input *input, char hex[65]);

/* Closes the file; no-op for a text. What is left open is closed when the call ends. */
void mig_input_close(mig_ctx *ctx, mig_input *input);

#endif
