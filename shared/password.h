/*
 * password.h: password hashes through libxcrypt's crypt (5).
 *
 * The clear text is wiped from every buffer that is ours; it is in no message.
 */
#ifndef MIG_PASSWORD_H
#define MIG_PASSWORD_H

#include "text.h"

/*
 * Hashes with a scheme: NULL or empty: "bcrypt"; "bcrypt:12" gives a cost; others of crypt (5) by their
 * names: "yescrypt", "scrypt", "sha512", "sha256". bcrypt: $2b$, cost 12 by default, 4 to 16; a text
 * longer than 72 bytes is refused, because the rest would not count. An empty text, and one with a NUL,
 * is refused. Randomness comes from the host.
 */
mig_str mig_password_hash(mig_ctx *ctx, mig_str text, mig_str scheme);

/* Does the hash fit the text: of these schemes, or one of crypt's without a cost? false also for what is
   no hash, and for one that asks for more work than mig_password_hash would do. */
bool mig_password_verify(mig_ctx *ctx, mig_str text, mig_str hash);

#endif
