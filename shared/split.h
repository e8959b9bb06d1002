/*
 * split.h: cuts the text of a section into statements and says what each one is.
 *
 * The cuts agree with sqlite3_prepare_v2's tail in SQLite mode (CREATE TRIGGER ends at "; END") and
 * with PostgreSQL's grammar in PostgreSQL mode ($$ bodies, BEGIN ATOMIC ... END). Empty statements
 * are left out. A line that begins with a backslash, or with a dot where a statement could begin, is
 * a statement by itself: a command of a shell.
 */
#ifndef MIG_SPLIT_H
#define MIG_SPLIT_H

#include "lex.h"

/* What a statement is, from its leading words. */
#define MIG_TRAIT_OUTSIDE 0x001u     /* cannot run in a transaction block of this engine */
#define MIG_TRAIT_TRANSACTION 0x002u /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT ...: refused */
#define MIG_TRAIT_COPY_STDIN 0x004u  /* COPY ... FROM STDIN / TO STDOUT: refused */
#define MIG_TRAIT_SELF 0x008u        /* DROP/ALTER EXTENSION migrate, or calls an action of ours */
#define MIG_TRAIT_DROP_TABLE 0x010u  /* one or more names in mig_split_losses */
#define MIG_TRAIT_DROP_COLUMN 0x020u
#define MIG_TRAIT_META 0x040u         /* a psql or sqlite3 shell command (\d, .tables): refused */
#define MIG_TRAIT_QUERY 0x080u        /* SELECT, VALUES, WITH, TABLE that changes nothing */
#define MIG_TRAIT_CONCURRENTLY 0x100u /* an index statement with CONCURRENTLY (PostgreSQL) */
#define MIG_TRAIT_VACUUM 0x200u       /* VACUUM (SQLite: needs a second connection) */
#define MIG_TRAIT_ADD_VALUE 0x400u    /* ALTER TYPE ... ADD VALUE (PostgreSQL) */
#define MIG_TRAIT_PRAGMA 0x8000u      /* PRAGMA (SQLite) */

/*
 * Entries of PostgreSQL's lock table that statements hold to the end of their transaction, as far as
 * their words tell. least: by what they make, which cannot be there yet. likely: also by what they
 * drop, change, or make where it is not there.
 */
typedef struct mig_locks {
    size_t least, likely;
} mig_locks;

/* Reads one statement after another, without allocating. */
typedef struct mig_splitter {
    mig_lexer lexer;
    mig_engine engine;
    mig_locks locks; /* of the statements read so far */
} mig_splitter;

typedef enum mig_split_result {
    MIG_SPLIT_END,
    MIG_SPLIT_STATEMENT,
    MIG_SPLIT_DAMAGE /* an open literal or comment, see mig_token_open; nothing comes behind it */
} mig_split_result;

/* What is known of the statement that is being read; split.c knows what the numbers mean. */
#define MIG_N_LEAD 5
typedef struct mig_reading {
    mig_engine engine;
    size_t n_tokens;
    bool open_first;
    unsigned lead[MIG_N_LEAD], verb, last, before;
    size_t n_lead;
    bool last_is_action;
    unsigned marks;
    size_t depth, brackets, atomic;
    unsigned trigger;
    size_t n_keys, n_sequences, n_commas;
    bool long_values, last_is_name;
} mig_reading;

/*
 * What the statements of a section amount to, for somebody who reads its tokens anyway, in the mode
 * of the engine or in checksum mode. Where those read a token differently, or where only the
 * splitter can say what a statement is, the gist is unsure, and nothing of it holds.
 */
typedef struct mig_gist {
    mig_reading reading;
    size_t n_statements;
    unsigned traits; /* of all statements */
    mig_locks locks;
    bool queries; /* each of them is one */
    bool closed;  /* the last of them ends with a semicolon */
    bool unsure;
} mig_gist;
void mig_gist_begin(mig_gist *gist, mig_engine engine);
void mig_gist_token(mig_gist *gist, const mig_lexer *lexer, const mig_token *token);
void mig_gist_end(mig_gist *gist);

mig_splitter mig_splitter_new(mig_engine engine, mig_str text, int line);

/* Fills statement or, for damage, the token. Either may be NULL. */
mig_split_result mig_splitter_next(mig_splitter *splitter, mig_statement *statement,
                                   mig_token *damage);

/*
 * All statements of text, in order, in the arena. line is that of text's first byte. Damage (an open
 * literal or comment) is MIG_E_SYNTAX with its place; source names the file in the message.
 */
bool mig_split(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text, int line,
               mig_statement **statements, size_t *n);

/* The statements of a section that is run; cut now where nobody has done that yet. */
bool mig_split_run(mig_ctx *ctx, const mig_section_run *run, const mig_statement **statements,
                   size_t *n);

/* What a statement would destroy, with the names as the script spells them. */
typedef struct mig_loss {
    mig_str table;  /* maybe qualified and quoted */
    mig_str column; /* empty: the whole table */
} mig_loss;
bool mig_split_losses(mig_ctx *ctx, mig_engine engine, mig_str text, const mig_statement *statement,
                      mig_loss **losses, size_t *n);

/* The name of the engine's own action that the statement calls, as spelled; empty where none. */
mig_str mig_split_action(mig_engine engine, mig_str text, const mig_statement *statement);

/* The first one to three words of a statement ("CREATE INDEX CONCURRENTLY"), as spelled: its name in
   messages. */
mig_str mig_split_title(mig_engine engine, mig_str text, const mig_statement *statement);

#endif
