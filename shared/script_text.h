/*
 * script_text.h: what all readers of scripts do with a text: check its encoding, even its line ends,
 * find its markers ("-- migrate:up", "-- seed:apply") and read them.
 */
#ifndef MIG_SCRIPT_TEXT_H
#define MIG_SCRIPT_TEXT_H

#include "script.h"

#define MIG_BOM "\xEF\xBB\xBF"

/* Complains about a text that is too large, not UTF-8, or holds a NUL; true when it is none of it. */
bool mig_script_text_check(mig_ctx *ctx, mig_str source, mig_str text, mig_complaints *list);

/* A view without a byte order mark, with LF for every line end. */
mig_str mig_script_text_normal(mig_ctx *ctx, mig_str text);

/* The offset behind the line that at is in. */
size_t mig_next_line_at(mig_str text, size_t at);

/* The column of a place in a comment that begins in column. */
int mig_comment_column(mig_str comment, int column, const char *at);

/* Where a comment stands in its line. */
typedef enum mig_comment_place {
    MIG_AT_LINE_START,
    MIG_INDENTED,
    MIG_GLUED,   /* directly behind something, as where a file lacks its last line end */
    MIG_TRAILING /* behind something and a blank */
} mig_comment_place;
mig_comment_place mig_comment_place_of(mig_str text, size_t start);

/* ---- markers */

/* What the markers of one kind of script look like. */
typedef struct mig_marker_form {
    const char *prefix;       /* "migrate:" */
    const char *const *kinds; /* the words that may follow, by their numbers */
    size_t n_kinds;
    bool transaction; /* transaction:false may follow */
    const char *kinds_hint, *options_hint;
} mig_marker_form;

extern const mig_marker_form mig_revision_markers; /* kinds: mig_section_kind */

typedef struct mig_marker {
    size_t kind;
    mig_section_engine engine;
    bool transaction;
} mig_marker;

/* Behind "--", blanks and the prefix, or 0. */
size_t mig_marker_word_at(const mig_marker_form *form, mig_str comment);

/* A marker with a known word: what nobody writes by chance. */
bool mig_marker_is(const mig_marker_form *form, mig_str comment);

/* The marker alone: a comment may follow it, or the first line of the next file where this one
   lacks its last line end. */
mig_str mig_marker_only(mig_str comment);

/* Reads the words of a marker that stands at line and column; false, after a complaint, where it
   names no section. */
bool mig_marker_read(mig_ctx *ctx, const mig_marker_form *form, mig_str source, mig_str comment,
                     int line, int column, mig_complaints *list, mig_marker *marker);

/* The complaint about a marker behind something else. */
void mig_marker_misplaced(mig_ctx *ctx, mig_str source, mig_str marker, int line, int column,
                          mig_complaints *list);

/* The mode that cuts a section at the same places on either engine. */
mig_lex_mode mig_section_lex_mode(mig_section_engine engine);

#endif
