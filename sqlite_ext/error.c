/*
 * error.c: an error record as one text, since SQLite has room for one text and one code.
 *
 * The first line can stand alone; the others carry the words psql prints in front of the same
 * fields.
 */
#include "sqm.h"

#include <string.h>

#define STATEMENT_SHOWN 2000 /* bytes of a statement in a message */

int sqm_error_code(const mig_error *error) {
    if (error->code == MIG_E_HOST && error->host_code != 0)
        return error->host_code;
    return mig_code_sqlite(error->code);
}

size_t sqm_clip(const char *text, size_t most) {
    size_t n = strlen(text);

    if (n <= most)
        return n;
    for (n = most; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
        ;
    return n;
}

static void statement_add(sqlite3_str *out, const char *statement) {
    size_t n = sqm_clip(statement, STATEMENT_SHOWN);

    sqlite3_str_append(out, statement, (int)n);
    if (statement[n] != '\0')
        sqlite3_str_appendall(out, " ...");
}

/* revision "b2", file "x.sql", line 3, column 1 */
static void place_add(sqlite3_str *out, const mig_error *error) {
    const char *before = "";

    if (error->revision != NULL) {
        sqlite3_str_appendf(out, "%s \"%s\"", error->kind != NULL ? error->kind : "revision",
                            error->revision);
        before = ", ";
    }
    if (error->source != NULL && error->source[0] != '\0') {
        sqlite3_str_appendf(out, "%sfile \"%s\"", before, error->source);
        before = ", ";
    }
    if (error->line > 0) {
        sqlite3_str_appendf(out, "%sline %d", before, error->line);
        if (error->column > 0)
            sqlite3_str_appendf(out, ", column %d", error->column);
    }
}

/* As PostgreSQL does: where the place in the statement is known, the statement has a field of its
   own; else it opens the context. */
static void context_add(sqlite3_str *out, const mig_error *error) {
    const char *before = "\nCONTEXT:  ";

    if (error->statement != NULL && error->position > 0) {
        sqlite3_str_appendall(out, "\nQUERY:  ");
        statement_add(out, error->statement);
    } else if (error->statement != NULL) {
        sqlite3_str_appendf(out, "%sSQL statement \"", before);
        statement_add(out, error->statement);
        sqlite3_str_appendall(out, "\"");
        before = "\n";
    }
    if (error->revision == NULL && error->line == 0 &&
        (error->source == NULL || error->source[0] == '\0'))
        return;
    sqlite3_str_appendall(out, before);
    place_add(out, error);
}

static void field_add(sqlite3_str *out, const char *name, const char *text) {
    if (text != NULL && text[0] != '\0')
        sqlite3_str_appendf(out, "\n%s:  %s", name, text);
}

char *sqm_error_text(const sqm_host *host, const mig_error *error) {
    sqlite3_str *out = sqlite3_str_new(NULL);

    sqlite3_str_appendall(out, error->message != NULL ? error->message : "unknown error");
    field_add(out, "DETAIL", error->detail);
    if (host->unit.lost)
        field_add(out, "DETAIL",
                  "The whole transaction was rolled back, also what stood in it before this call.");
    field_add(out, "HINT", error->hint);
    if (host->module->poisoned)
        field_add(
            out, "HINT",
            "The connection is still inside the unfinished run and cannot commit it: ROLLBACK, "
            "or close the connection.");
    context_add(out, error);
    return sqlite3_str_finish(out);
}
