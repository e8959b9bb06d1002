/*
 * script_check.h: what is refused in the sections of a script, used by script.c and seed_script.c.
 */
#ifndef MIG_SCRIPT_CHECK_H
#define MIG_SCRIPT_CHECK_H

#include "script.h"

/* A literal or comment that spoils its section. */
typedef struct mig_damage {
    const char *what; /* "string literal" ..., see mig_token_open; NULL: none */
    int line, column; /* where it opens */
    mig_str marker;   /* the marker inside it; empty: it never closes */
    int marker_line;
} mig_damage;

/*
 * Complains about every statement of the section that cannot be in a script, and about damage: that
 * which the caller found, else what is found here. Where statements before it explain the damage
 * (data of a COPY, a shell's line) only those are told. seed: the section is one of a seed, which
 * always runs in a transaction.
 */
void mig_section_check(mig_ctx *ctx, mig_engine engine, mig_str source, mig_section *section,
                       const mig_damage *found, bool seed, mig_complaints *list);

/* The same from the gist of a section without damage; false where that does not tell enough, and
   the section has to be read. */
bool mig_section_check_gist(mig_section *section, const mig_gist *gist);

void mig_damage_complain(mig_ctx *ctx, mig_str source, const mig_damage *damage,
                         mig_complaints *list);

#endif
