/*
 * foresee_words.h: statements of PostgreSQL as words, and the names in them, for foresee.c.
 *
 * Pure. Names are folded as the server folds them, for ASCII; a name that it writes in another way
 * (U&"...") is unknown, and compares with nothing.
 */
#ifndef MIG_FORESEE_WORDS_H
#define MIG_FORESEE_WORDS_H

#include "lex.h"
#include "text.h"

/* A significant token. */
typedef struct mig_word {
    mig_token_kind kind;
    mig_str text;
    mig_str name; /* of a word or a quoted name: folded, without quotes; p NULL: not known */
    size_t depth; /* open parentheses around it */
} mig_word;

typedef struct mig_words {
    mig_word *items;
    size_t n;
} mig_words;

/* At most the first `most` words of a statement, in the arena. */
bool mig_words_read(mig_ctx *ctx, mig_str statement, size_t most, mig_words *words);

/* Is there the unquoted word; is there the operator? false behind the end. */
bool mig_words_is(const mig_words *words, size_t i, const char *word);
bool mig_words_op(const mig_words *words, size_t i, const char *op);
/* Moves behind the word where it is there. */
bool mig_words_skip(const mig_words *words, size_t *i, const char *word);

/* Any of the words, from place i on, outside parentheses or not. */
bool mig_words_have(const mig_words *words, size_t i, const char *word);

typedef struct mig_qname {
    mig_str schema; /* empty: not given */
    mig_str name;
    mig_str spelled; /* the whole, as the script has it */
} mig_qname;

/* The name with its dots at place *i, which moves behind it; false: there is none that is known. */
bool mig_words_name(const mig_words *words, size_t *i, mig_qname *name);

/* What a plain string literal stands for; false for other words, and for those with escapes. */
bool mig_word_literal(mig_ctx *ctx, const mig_word *word, mig_str *value);

/* ---- sets of names: they survive mig_arena_release -------------------------------------------- */

#define MIG_NAME_MADE 1u    /* a relation of that name was made */
#define MIG_NAME_TOUCHED 2u /* may mean something else than before */
#define MIG_NAME_TYPE 4u    /* a type of that name was made */
#define MIG_NAME_ALTERED 8u /* what has it may have other columns than before */

typedef struct mig_name_set {
    struct mig_name_mark *slots;
    size_t n, room;
} mig_name_set;

bool mig_name_put(mig_ctx *ctx, mig_name_set *set, mig_str name, unsigned marks);
unsigned mig_name_marks(const mig_name_set *set, mig_str name);
/* Empties it, and keeps its room. */
void mig_name_clear(mig_name_set *set);

#endif
