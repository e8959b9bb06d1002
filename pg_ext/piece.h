/*
 * piece.h: a text of the user that is run, and the places of errors in it.
 *
 * While the piece is pushed every error and notice of the server gets its place: position, line and
 * column in the file, and the one statement. Messages show the text as its author wrote it, which
 * has the same length as the one that is run.
 */
#ifndef PGM_PIECE_H
#define PGM_PIECE_H

#include "pgm.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

#pragma GCC visibility push(hidden)

/* A point in the text that is run. */
typedef struct pgm_point {
    const char *at;
    int characters; /* from the start of the text */
    int line, column;
} pgm_point;

/* A whole section, or one statement of it that was rewritten. */
typedef struct pgm_piece {
    pgm_host *host;
    const mig_section_run *run;
    const char *text;  /* server encoding */
    const char *shown; /* the text as messages show it: character for character at the same place */
    ParamListInfo params;
    Oid *types;      /* of the parameters */
    pgm_point start; /* of the statement that is run; at is NULL while the text is parsed */
    int length;      /* its bytes */
    NodeTag kind;    /* what it is */
    ErrorContextCallback callback;
} pgm_piece;

/* A text whose first byte is at (line, column) of the file; its texts are in the current memory context. */
void pgm_piece_open(pgm_piece *p, pgm_host *host, const mig_section_run *run, mig_str text,
                    int line, int column);
/* Its RawStmts. */
List *pgm_piece_parse(pgm_piece *p);
/* Puts the piece at a statement; forwards only. */
void pgm_piece_at(pgm_piece *p, const RawStmt *raw);
/* Errors get their place between these two. */
void pgm_piece_push(pgm_piece *p);
void pgm_piece_pop(pgm_piece *p);

/* May a statement of this kind fail because it cannot run in a transaction? */
bool pgm_is_outside_kind(NodeTag kind);

/* ---- trace.c: around a statement whose run wants to be told; node is what it is */
typedef struct pgm_trace pgm_trace;
void pgm_trace_begin(pgm_host *host);
bool pgm_trace_end(mig_ctx *ctx, const pgm_piece *p, const Node *node, int64 rows);

/* Keeps what messages call the section: the core takes back its own texts when the section is done;
   errors found later need them. */
void pgm_section_name(pgm_host *host, const mig_section_run *run);
void pgm_place_forget(pgm_host *host);

#pragma GCC visibility pop

#endif
