/*
 * piece.c: see piece.h.
 *
 * The server counts characters in the whole text. Line and column of the statement being run are
 * carried along from statement to statement, never counted from the start again.
 */
#include "piece.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "../shared/split.h"

/* A longer statement is cut where it is shown. */
#define SHOWN_MAX 16000

/* ---- places */

static void point_move(pgm_point *p, const char *to) {
    int width;

    while (p->at < to) {
        width = pg_mblen(p->at);
        p->characters++;
        p->column++;
        if (*p->at == '\n') {
            p->line++;
            p->column = 1;
        }
        p->at += width;
    }
}

static const char *characters_skip(const char *from, int characters) {
    while (characters-- > 0 && *from != '\0')
        from += pg_mblen(from);
    return from;
}

/* Behind a block comment (they nest) or a line comment that begins at s; s where none begins. */
static const char *comment_skip(const char *s) {
    int depth = 1;

    if (s[0] == '-' && s[1] == '-')
        return s + strcspn(s, "\r\n");
    if (s[0] != '/' || s[1] != '*')
        return s;
    for (s += 2; *s != '\0' && depth > 0; s++) {
        if (s[0] == '/' && s[1] == '*') {
            depth++;
            s++;
        } else if (s[0] == '*' && s[1] == '/') {
            depth--;
            s++;
        }
    }
    return s;
}

/* The first token: before 18 a statement's location includes blanks and comments before it. */
static const char *blanks_skip(const char *s) {
    const char *from;

    do {
        from = s;
        s += strspn(s, " \t\r\n\f\v");
        s = comment_skip(s);
    } while (s != from);
    return s;
}

static int length_trimmed(const char *from, int length) {
    while (length > 0 && strchr(" \t\r\n\f\v;", from[length - 1]) != NULL)
        length--;
    return length;
}

void pgm_piece_at(pgm_piece *p, const RawStmt *raw) {
    const char *from = p->text + Max(raw->stmt_location, 0);
    const char *end = raw->stmt_len > 0 ? from + raw->stmt_len : from + strlen(from);

    from = blanks_skip(from);
    point_move(&p->start, from);
    p->length = length_trimmed(p->shown + (from - p->text), (int)(end - from));
}

/* ---- errors */

/* Notes the statement that is shown, a part of the text. Called for every notice of a script, too. */
static void place_show(pgm_piece *p, const char *from, int length) {
    const char *shown = p->shown + (from - p->text);
    int clipped = pg_mbcliplen(shown, length, Min(length, SHOWN_MAX));
    char *copy = MemoryContextAllocExtended(p->host->memory, (Size)clipped + 1, MCXT_ALLOC_NO_OOM);

    if (copy != NULL) {
        memcpy(copy, shown, (Size)clipped);
        copy[clipped] = '\0';
    }
    p->host->place.statement = copy;
}

void pgm_place_forget(pgm_host *host) {
    if (host->place.statement != NULL)
        pfree(host->place.statement);
    memset(&host->place, 0, sizeof host->place);
}

/* While the whole text is parsed no statement is known yet: finds the one around a byte of the
   section by the cuts of the core. */
static bool statement_find(const pgm_piece *p, size_t byte, mig_str *statement) {
    const mig_section_run *run = p->run;
    const mig_statement *s, *all;
    size_t i;

    if (!mig_split_run(pgm_host_ctx(p->host), run, &all, &i))
        return false;
    for (; i > 0; i--) {
        s = &all[i - 1];
        if (s->start > byte)
            continue;
        statement->p = run->text.p + s->start;
        statement->n = Min(s->length, SHOWN_MAX);
        return byte <= s->start + s->length;
    }
    return false;
}

/* Where the parser stopped: line, column, and the statement around it. */
static void parse_error_place(pgm_piece *p, int position, pgm_place *place) {
    pgm_point at = p->start;
    size_t byte = 0;
    mig_str statement;
    int i;

    at.at = p->text;
    point_move(&at, characters_skip(p->text, position - 1));
    place->line = at.line;
    place->column = at.column;
    if (GetDatabaseEncoding() != PG_UTF8 || p->run->rewrite != NULL)
        return;
    byte = (size_t)(at.at - p->text);
    if (!statement_find(p, byte, &statement))
        return;
    i = (int)(at.at - (p->text + (statement.p - p->run->text.p)));
    if (i > (int)statement.n)
        return;
    place_show(p, p->text + (statement.p - p->run->text.p), (int)statement.n);
    place->position = pg_mbstrlen_with_len(statement.p, i) + 1;
}

/* The place of an error in the statement that is run; position 0: the whole statement. */
static void run_error_place(pgm_piece *p, int position, pgm_place *place) {
    pgm_point at = p->start;
    int inside = position - p->start.characters;

    place_show(p, p->start.at, p->length);
    if (position > p->start.characters && place->statement != NULL &&
        inside <= pg_mbstrlen(place->statement) + 1) {
        place->position = inside;
        point_move(&at, characters_skip(at.at, inside - 1));
    }
    place->line = at.line;
    place->column = at.column;
}

bool pgm_is_outside_kind(NodeTag kind) {
    return kind == T_IndexStmt || kind == T_DropStmt || kind == T_ReindexStmt ||
           kind == T_VacuumStmt || kind == T_AlterTableStmt || kind == T_ClusterStmt ||
           kind == T_CreatedbStmt || kind == T_DropdbStmt || kind == T_AlterSystemStmt;
}

/* The way out of what happens to everybody, where the server names none. */
static void piece_hint(const pgm_piece *p) {
    const char *call = pgm_call_online(p->host);

    if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE && p->host->confined)
        errhint("The script runs as role \"%s\", which it cannot leave: grant that role what is "
                "missing (to create in a schema: GRANT CREATE ON SCHEMA).",
                GetUserNameFromId(p->host->runner, true));
    else if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
        errhint("The script runs with the privileges of the current role: grant it what is missing "
                "(to create in a schema: GRANT CREATE ON SCHEMA), or SET ROLE to one that has it.");
    else if (geterrcode() == ERRCODE_ACTIVE_SQL_TRANSACTION && p->start.at != NULL &&
             pgm_is_outside_kind(p->kind))
        errhint("A statement that cannot run in a transaction belongs into a section of its own, "
                "marked transaction:false%s%s.",
                call == NULL ? "" : ", and the revision into a run by ", call == NULL ? "" : call);
    else if (geterrcode() == ERRCODE_READ_ONLY_SQL_TRANSACTION && p->run->verify)
        errhint("A verify section can only have queries that change nothing.");
}

/* The parser quotes the placeholder that it did not expect; its author wrote something else. */
static void placeholder_error(const pgm_piece *p, int position) {
    const char *at = characters_skip(p->text, position - 1);
    const char *shown = p->shown + (at - p->text);

    if (p->shown != p->text && *at == '$' && geterrcode() == ERRCODE_SYNTAX_ERROR)
        errmsg(
            "syntax error at or near \"%.*s\"",
            (int)strspn(shown, ":abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"),
            shown);
}

/* A position that stands here belongs to our text: functions called from it have turned theirs into
   internal ones. */
static void piece_error(void *arg) {
    pgm_piece *p = arg;
    pgm_place *place = &p->host->place;
    int position = geterrposition();

    pgm_place_forget(p->host);
    place->known = true;
    if (position > 0)
        placeholder_error(p, position);
    if (p->start.at == NULL)
        parse_error_place(p, position, place);
    else
        run_error_place(p, position, place);
    errposition(0);
    piece_hint(p);
    if (place->statement != NULL && place->position > 0) {
        internalerrquery(place->statement);
        internalerrposition(place->position);
    } else if (place->statement != NULL) {
        errcontext("SQL statement \"%s\"", place->statement);
    }
    errcontext("%s \"%s\", file \"%s\", line %d, column %d", p->host->kind, p->host->revision,
               p->host->source, place->line, place->column);
}

/* ---- parameters */

static void params_error(void *arg) {
    const pgm_host *host = arg;

    errcontext("%s \"%s\", file \"%s\"", host->kind, host->revision, host->source);
}

/* A type's name means what the server calls so, whatever else the caller's search_path has. */
static Oid param_type(const char *name) {
    int nest_level = pgm_pin_path();
    int32 modifier;
    Oid type;

    pgm_parse_type(name, &type, &modifier);
    AtEOXact_GUC(false, nest_level);
    return type;
}

static void params_bind(pgm_piece *p) {
    ErrorContextCallback callback;
    ParamExternData *param;
    size_t i;

    p->params = NULL;
    p->types = NULL;
    if (p->run->n_params == 0)
        return;
    callback.callback = params_error;
    callback.arg = p->host;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    p->params = makeParamList((int)p->run->n_params);
    p->types = palloc(p->run->n_params * sizeof *p->types);
    for (i = 0; i < p->run->n_params; i++) {
        param = &p->params->params[i];
        param->ptype = p->types[i] = param_type(p->run->params[i].type);
        param->pflags = PARAM_FLAG_CONST;
        param->value = pgm_datum(&p->run->params[i].value, param->ptype, &param->isnull);
    }
    error_context_stack = callback.previous;
}

/* What messages show in the place of the text. */
static const char *shown_of(const mig_section_run *run, const char *text) {
    const char *shown;

    if (run->shown.p == NULL || run->rewrite != NULL)
        return text;
    shown = pgm_to_server(run->shown);
    return strlen(shown) == strlen(text) ? shown : text;
}

/* ---- a pgm_piece */

void pgm_piece_open(pgm_piece *p, pgm_host *host, const mig_section_run *run, mig_str text,
                    int line, int column) {
    p->host = host;
    p->run = run;
    p->text = pgm_to_server(text);
    p->shown = shown_of(run, p->text);
    params_bind(p);
    p->start = (pgm_point){NULL, 0, line, column};
    p->length = 0;
    p->kind = T_Invalid;
}

List *pgm_piece_parse(pgm_piece *p) {
    List *parsed = pg_parse_query(p->text);

    p->start.at = p->text;
    return parsed;
}

void pgm_piece_push(pgm_piece *p) {
    p->callback.callback = piece_error;
    p->callback.arg = p;
    p->callback.previous = error_context_stack;
    error_context_stack = &p->callback;
}

void pgm_piece_pop(pgm_piece *p) {
    error_context_stack = p->callback.previous;
}

void pgm_section_name(pgm_host *host, const mig_section_run *run) {
    MemoryContext old = MemoryContextSwitchTo(host->memory);

    if (host->revision != NULL) {
        pfree(host->revision);
        pfree(host->source);
    }
    host->kind = run->kind != NULL && strcmp(run->kind, "seed") == 0 ? "seed" : "revision";
    host->data = false;
    host->source = pgm_to_server((mig_str){run->source, strlen(run->source)});
    host->revision = pgm_to_server((mig_str){run->revision, strlen(run->revision)});
    MemoryContextSwitchTo(old);
}
