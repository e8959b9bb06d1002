/*
 * script_header.h: the header lines of a revision script, for those that read and write scripts:
 * script.c, script_check.c, template.c; seed_script.c has keys of its own.
 */
#ifndef MIG_SCRIPT_HEADER_H
#define MIG_SCRIPT_HEADER_H

#include "script.h"

typedef enum mig_key {
    MIG_KEY_NONE,
    MIG_KEY_REVISION_ID,
    MIG_KEY_REVISES,
    MIG_KEY_CREATE_DATE,
    MIG_KEY_DEPENDS_ON,
    MIG_KEY_BRANCH_LABELS
} mig_key;

/* One comment line, taken apart. All texts are views of it. */
typedef struct mig_header_line {
    mig_str comment;  /* from its -- on */
    int line, column; /* of the -- */
    mig_str body;     /* behind the --, without blanks at its ends; empty for a ruler of ---- too */
    mig_key key;
    mig_str name;  /* what stands before the colon where that could be a key, else empty */
    mig_str value; /* behind the colon */
} mig_header_line;

mig_header_line mig_header_line_read(mig_str comment, int line, int column);

/* Is it free text: a line that can be the message or a part of the description? */
bool mig_header_line_is_free(const mig_header_line *line);

/* The known key that name is a near miss of, or NULL. */
const char *mig_key_near(mig_str name);
const char *mig_key_name(mig_key key);

/* Is a name this key, but for case and the number of blanks between the words? Is it that key with at
   most so many edits, when only its letters count? letters: folded, without blanks. */
bool mig_header_name_is(mig_str name, const char *key);
bool mig_header_name_near(mig_str name, const char *letters, size_t edits);

/* At most 80 bytes of a text, whole characters, for messages. */
mig_str mig_text_clip(mig_str text);

/* What is being collected for one script. */
typedef struct mig_header {
    mig_script *script;
    mig_complaints *list;
    unsigned seen;       /* a bit a key */
    mig_buf description; /* lines joined by LF */
} mig_header;

/* Adds one line to the header. Everything wrong with it is a complaint. */
bool mig_header_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line);

#endif
