/*
 * lex.h: the one SQL lexer. Table-driven; three modes; byte spans; no allocation.
 *
 * A token is a span of the input. Every byte of the input belongs to exactly one token (blanks and
 * comments are tokens too), so that the spans in order give the input back. The lexer never fails:
 * what it cannot read (an open literal or comment, a stray byte) is one token of kind MIG_TOK_BAD
 * whose span reaches as far as the damage (for open literals and comments: to the end).
 */
#ifndef MIG_LEX_H
#define MIG_LEX_H

#include "mig.h"

typedef enum mig_lex_mode {
    MIG_LEX_POSTGRESQL, /* nested comments, $tag$, E'', U&"", :: and other operators; :name */
    MIG_LEX_SQLITE,     /* [name], `name`, x'', no nesting, $name and :name variables */
    MIG_LEX_CHECKSUM /* what both agree on, and where they differ the reading that keeps more bytes
                           significant; frozen: a change invalidates stored checksums */
} mig_lex_mode;

typedef enum mig_token_kind {
    MIG_TOK_END,
    MIG_TOK_BLANK,
    MIG_TOK_LINE_COMMENT, /* -- to the end of the line, without the line end */
    MIG_TOK_BLOCK_COMMENT,
    MIG_TOK_WORD,   /* identifier or keyword, unquoted */
    MIG_TOK_QUOTED, /* quoted identifier, with its quotes */
    MIG_TOK_STRING, /* any string literal, with its prefix and quotes */
    MIG_TOK_NUMBER,
    MIG_TOK_VARIABLE, /* ?1 :name @name $name $1 */
    MIG_TOK_SEMICOLON,
    MIG_TOK_OPEN,     /* ( */
    MIG_TOK_CLOSE,    /* ) */
    MIG_TOK_OPERATOR, /* everything else: operators, commas, dots, brackets */
    MIG_TOK_BAD
} mig_token_kind;

typedef struct mig_token {
    mig_token_kind kind;
    size_t start, length; /* bytes in the input */
    int line, column;     /* 1-based, column in characters, of the first byte */
} mig_token;

typedef struct mig_lexer {
    mig_lex_mode mode;
    mig_str text;
    size_t at;
    int line, column; /* of at */
    bool plain;       /* the token just read is ASCII without a line end; not said of every one */

    /* Checksum mode only. ambiguous: the engines read what was seen so far differently, so that its
       tokens are a guess. bracket: the first ] behind the last [; up to there SQLite reads a quoted
       identifier, in which blanks count. flat: a nested comment never closed; from here on comments
       do not nest. */
    bool ambiguous, flat;
    size_t bracket;
} mig_lexer;

/* Reads text, whose first byte is at (line, 1). */
mig_lexer mig_lexer_new(mig_lex_mode mode, mig_str text, int line);

/* The next token; MIG_TOK_END for ever at the end. mig_lex_significant skips blanks and comments. */
mig_token mig_lex_next(mig_lexer *lexer);
mig_token mig_lex_significant(mig_lexer *lexer);

/* Moves on to byte offset to (not backwards), without reading what lies between. */
void mig_lexer_skip(mig_lexer *lexer, size_t to);

/* What a MIG_TOK_BAD token opened and never closed ("string literal", "quoted identifier", "block
   comment", "dollar-quoted string"); NULL for a stray byte and for every other token. */
const char *mig_token_open(const mig_lexer *lexer, const mig_token *token);

/* The bytes of a token. */
static inline mig_str mig_token_text(const mig_lexer *lexer, const mig_token *token) {
    mig_str text;

    text.p = lexer->text.p == NULL ? NULL : lexer->text.p + token->start;
    text.n = token->length;
    return text;
}

/* Is it the unquoted word (ASCII case ignored)? */
bool mig_token_is(const mig_lexer *lexer, const mig_token *token, const char *word);

mig_lex_mode mig_lex_mode_of(mig_engine engine);

#endif
