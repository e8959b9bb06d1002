/*
 * unit_relation.h: tables and rows for the tests of what seeding makes of them, written as text.
 *
 * A table: "trips id:integer* code:varchar(3)! n:number at:text= | *id | code,n". A column is a name and
 * a type (integer, number, boolean, binary, json; any other is of no kind), and marks behind them: ! not
 * null, * always an identity, = generated, ~ loose. Behind each bar stands a key, a primary one with a star.
 *
 * A row: "id=1 code=NO pass=#secret of=& note=~". # is a password, & a reference, ~ NULL; all else is text.
 */
#ifndef UNIT_RELATION_H
#define UNIT_RELATION_H

#include "dataset.h"
#include "relation.h"
#include "unit.h"

/* From now on the context's host describes these tables, n of them, which must live as long, and counts
   the statements it was given back. Names and types are quoted as ready SQL: "id", storage without
   what stands in brackets. */
void unit_relations_set(mig_ctx *ctx, mig_engine engine, const char *const *tables, size_t n);
size_t unit_unprepared(void);

mig_relation unit_relation(mig_ctx *ctx, const char *table);
mig_row unit_row(mig_ctx *ctx, const char *table, const char *cells);

#endif
