/*
 * outside.h: a section outside a transaction (transaction:false), while its statements are run one
 * after the other; what outside.c, inline.c, leftover.c and, for a worker, service.c share.
 */
#ifndef PGM_OUTSIDE_H
#define PGM_OUTSIDE_H

#include "piece.h"
#include "worker.h"

#pragma GCC visibility push(hidden)

/* A parameter that the section has SET in the caller's session. */
typedef struct pgm_setting {
    char *name;
    char *before; /* the caller's value */
    char *now;    /* the section's, while the caller's is in force */
} pgm_setting;

/* Lives from the first statement of the section to the last, over several calls. */
typedef struct pgm_outside {
    MemoryContext memory; /* of this and all below; its end ends the worker */
    pgm_piece piece;
    char *revision;
    int line;           /* of the text in the file */
    List *parsed;       /* the section's RawStmts */
    int next;           /* the first of them that has had no turn yet */
    pgm_worker *worker; /* NULL: none yet, or inline */
    Oid runner;         /* as which role it runs */
    bool confined;      /* it must not leave that role */
    bool inlined;       /* migrate.outside when the section began */
    List *changed;      /* by inline statements: pgm_setting */
} pgm_outside;

/* ---- inline.c */

/* Raises an error where the call is not of a form in which that works. */
void pgm_inline_check(const pgm_host *host);
/* Puts the section's role on, which it must not leave; at its start. */
void pgm_inline_confine(pgm_outside *self);
/* Must be run by pgm_attempt_alone. */
void pgm_inline_run(pgm_outside *self, RawStmt *raw, bool again);
/* Puts what the section has SET out of force, and commits that; in force again. */
void pgm_inline_leave(pgm_outside *self);
void pgm_inline_enter(pgm_outside *self);

/* ---- leftover.c */

/*
 * Before a statement, in a transaction with a snapshot: looks for what the same statement left behind
 * when it failed. *repairs are statements to be run first. true: the statement itself need not be run,
 * it was done. An invalid index that makes IF NOT EXISTS do nothing is an error.
 */
bool pgm_leftover_look(const Node *stmt, bool again, List **repairs);
/* After it has failed, in a transaction with a snapshot: what it has left that the next run repairs
   ("index public.t_a is invalid"), or NULL. Waits for nobody. */
char *pgm_leftover_text(const Node *stmt);

/* ---- outside.c */

/* Does the statement begin and end transactions by itself? The server builds an index with the rights
   of the table's owner, but runs code of the user before that, too: constants of the statement are read
   by the input functions of their types, and what is loaded about a table has its constants folded. */
bool pgm_is_self_contained(const Node *stmt);
/* Can it be confined as a whole? A server built with assertions wants no security context between two
   transactions; in others it does no harm. */
bool pgm_is_confinable(const Node *stmt);

#pragma GCC visibility pop

#endif
