/*
 * cell.h: how a value of a data set is written down for a column of an engine. Pure.
 */
#ifndef MIG_CELL_H
#define MIG_CELL_H

#include "dataset.h"
#include "relation.h"

/*
 * The value to bind for a cell that needs no look into the database: all kinds but MIG_CELL_REF and
 * MIG_CELL_PASSWORD. Views of the cell or in the arena.
 *
 * PostgreSQL: always a text, which the type of the column reads. SQLite: a text whose affinity the
 * column decides, except booleans (1 and 0) and bytes (a BLOB). Lists and maps are JSON text; a list
 * for an array column of PostgreSQL becomes an array literal.
 */
bool mig_cell_value(mig_ctx *ctx, mig_engine engine, const mig_field *field, const mig_cell *cell,
                    mig_value *value);

/* Reads the words that PostgreSQL's boolean reads; false: it is none of them. */
bool mig_boolean_of(mig_str text, bool *value);

/* A JSON array as an array literal of PostgreSQL: [1, null, "a b"] is {1,NULL,"a b"}. */
mig_str mig_array_literal(mig_ctx *ctx, mig_str json);

#endif
