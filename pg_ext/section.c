/*
 * section.c: runs a section of a script the way CREATE EXTENSION runs its script: the
 * server's parser on the whole text first, so that a syntax error in the last line means that
 * nothing ran; then each statement is analyzed, planned and executed by itself, so that it sees
 * what the ones before it made.
 *
 * Statements run with the caller's role and search_path, below the top level, so that the server
 * itself refuses what cannot run in a transaction. What a section sets (any parameter, the role)
 * ends with the section.
 *
 * Places: the server counts characters in the whole text. Line and column of the statement being
 * run are carried along from statement to statement, never counted from the start again.
 *
 * Parameters are bound, never written into the text. Messages show the text as its author wrote it,
 * which has the same length.
 */
#include "pgm.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* A longer statement is cut where it is shown. */
#define SHOWN_MAX 16000

/* A point in the text that is run. */
typedef struct point {
    const char *at;
    int characters; /* from the start of the text */
    int line, column;
} point;

/* A text that is run: a whole section, or one statement of it that was rewritten. */
typedef struct piece {
    pgm_host *host;
    const mig_section_run *run;
    const char *text;  /* server encoding */
    const char *shown; /* the text as messages show it: character for character at the same place */
    ParamListInfo params;
    Oid *types;   /* of the parameters */
    point start;  /* of the statement that is run; at is NULL while the text is parsed */
    int length;   /* its bytes */
    NodeTag kind; /* what it is */
} piece;

/* ---- places */

static void point_move(point *p, const char *to) {
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

/* Puts the piece at a statement. */
static void piece_at(piece *p, const RawStmt *raw) {
    const char *from = p->text + Max(raw->stmt_location, 0);
    const char *end = raw->stmt_len > 0 ? from + raw->stmt_len : from + strlen(from);

    from = blanks_skip(from);
    point_move(&p->start, from);
    p->length = length_trimmed(p->shown + (from - p->text), (int)(end - from));
}

/* ---- errors */

/* Notes the statement that is shown, a part of the text. Called for every notice of a script, too. */
static void place_show(piece *p, const char *from, int length) {
    const char *shown = p->shown + (from - p->text);
    int clipped = pg_mbcliplen(shown, length, Min(length, SHOWN_MAX));
    char *copy = MemoryContextAllocExtended(p->host->memory, (Size)clipped + 1, MCXT_ALLOC_NO_OOM);

    if (copy != NULL) {
        memcpy(copy, shown, (Size)clipped);
        copy[clipped] = '\0';
    }
    p->host->place.statement = copy;
}

static void place_forget(pgm_host *host) {
    if (host->place.statement != NULL)
        pfree(host->place.statement);
    memset(&host->place, 0, sizeof host->place);
}

/* While the whole text is parsed no statement is known yet: finds the one around a byte of the
   section by the spans the core gave. */
static bool statement_find(const mig_section_run *run, size_t byte, mig_str *statement) {
    const mig_statement *s;
    size_t i;

    for (i = run->n_statements; i > 0; i--) {
        s = &run->statements[i - 1];
        if (s->start > byte)
            continue;
        statement->p = run->text.p + s->start;
        statement->n = Min(s->length, SHOWN_MAX);
        return byte <= s->start + s->length;
    }
    return false;
}

/* Where the parser stopped: line, column, and the statement around it. */
static void parse_error_place(piece *p, int position, pgm_place *place) {
    point at = p->start;
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
    if (!statement_find(p->run, byte, &statement))
        return;
    i = (int)(at.at - (p->text + (statement.p - p->run->text.p)));
    if (i > (int)statement.n)
        return;
    place_show(p, p->text + (statement.p - p->run->text.p), (int)statement.n);
    place->position = pg_mbstrlen_with_len(statement.p, i) + 1;
}

/* The place of an error in the statement that is run; position 0: the whole statement. */
static void run_error_place(piece *p, int position, pgm_place *place) {
    point at = p->start;
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

/* May a statement of this kind fail because it cannot run in a transaction? */
static bool is_outside_kind(NodeTag kind) {
    return kind == T_IndexStmt || kind == T_DropStmt || kind == T_ReindexStmt ||
           kind == T_VacuumStmt || kind == T_AlterTableStmt || kind == T_ClusterStmt ||
           kind == T_CreatedbStmt || kind == T_DropdbStmt || kind == T_AlterSystemStmt;
}

/* The way out of what happens to everybody, where the server names none. */
static void piece_hint(const piece *p) {
    if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE && p->kind == T_VariableSetStmt &&
        InLocalUserIdChange())
        errhint("The script runs with the privileges of the current role, and cannot leave the "
                "role that a superuser has changed to: grant it what is missing.");
    else if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
        errhint("The script runs with the privileges of the current role: grant it what is missing "
                "(to create in a schema: GRANT CREATE ON SCHEMA), or SET ROLE to one that has it.");
    else if (geterrcode() == ERRCODE_ACTIVE_SQL_TRANSACTION && p->start.at != NULL &&
             is_outside_kind(p->kind))
        errhint("A statement that cannot run in a transaction belongs into a section of its own, "
                "marked transaction:false.");
    else if (geterrcode() == ERRCODE_READ_ONLY_SQL_TRANSACTION && p->run->verify)
        errhint("A verify section can only have queries that change nothing.");
}

/* The parser quotes the placeholder that it did not expect; its author wrote something else. */
static void placeholder_error(const piece *p, int position) {
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
    piece *p = arg;
    pgm_place *place = &p->host->place;
    int position = geterrposition();

    place_forget(p->host);
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

static bool is_seed(const pgm_host *host) {
    return strcmp(host->kind, "seed") == 0;
}

const char *pgm_script_noun(const pgm_host *host) {
    return is_seed(host) ? "a seed" : "a revision script";
}

/* ---- verify */

typedef struct verdict {
    bool bad, null;
} verdict;

static bool number_is_zero(mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        if (text.p[i] >= '1' && text.p[i] <= '9')
            return false;
    return true;
}

/* Integers and booleans arrive as numbers, other types as text: true is what is a number that is
   not zero, or the word true. */
static bool verify_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols) {
    verdict *v = arg;

    v->null = n_cols == 0 || cols[0].type == MIG_NULL;
    if (v->null)
        v->bad = true;
    else if (cols[0].type == MIG_INT)
        v->bad = cols[0].integer == 0;
    else if (cols[0].text.n == 4 && memcmp(cols[0].text.p, "true", 4) == 0)
        v->bad = false;
    else
        v->bad = number_is_zero(cols[0].text);
    return !v->bad;
}

static void verify_refuse(const piece *p, const PlannedStmt *stmt) {
    if (stmt->commandType == CMD_SELECT && !stmt->hasModifyingCTE)
        return;
    ereport(ERROR,
            (errcode(ERRCODE_SYNTAX_ERROR),
             errmsg("a verify section can only have queries that change nothing"),
             errhint("Move the statement to the %s section.", is_seed(p->host) ? "apply" : "up")));
}

/* What a query calls can still want to change something: the server refuses it then. */
static void verify_begin(void) {
    (void)set_config_option("transaction_read_only", "on", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_SAVE, true, 0, false);
}

static void verify_judge(const verdict *v) {
    if (v->bad)
        ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE),
                        errmsg(v->null ? "a verify query answered NULL"
                                       : "a verify query answered false")));
}

/* ---- running */

static void statement_refuse(const pgm_host *host, const Node *node) {
    if (IsA(node, TransactionStmt))
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("transaction control is not allowed in %s", pgm_script_noun(host)),
                        errhint("The run is one transaction: remove the statement.")));
    if (IsA(node, CopyStmt) && ((const CopyStmt *)node)->filename == NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("COPY with the client is not allowed in %s", pgm_script_noun(host)),
                        errhint("Use INSERT, or COPY with a file of the server.")));
}

/* DDL of these kinds does not queue deferred triggers. */
static bool is_plain_ddl(const Node *node) {
    switch (nodeTag(node)) {
    case T_CreateStmt:
    case T_IndexStmt:
    case T_DropStmt:
    case T_CommentStmt:
    case T_RenameStmt:
    case T_ViewStmt:
    case T_CreateEnumStmt:
    case T_CompositeTypeStmt:
    case T_CreateSeqStmt:
    case T_GrantStmt:
    case T_CreateFunctionStmt:
    case T_CreateTrigStmt:
        return true;
    default:
        return false;
    }
}

/* INSERT, UPDATE, DELETE and MERGE; not what rules of a table add to one. */
static bool is_change(const PlannedStmt *stmt) {
    return stmt->canSetTag && stmt->commandType != CMD_SELECT && stmt->commandType != CMD_UTILITY &&
           stmt->commandType != CMD_NOTHING;
}

static void plan_execute(const piece *p, PlannedStmt *stmt, DestReceiver *dest) {
    QueryDesc *desc;

    if (stmt->utilityStmt != NULL) {
        pgm_process_utility(stmt, p->text, p->params, dest);
        return;
    }
    desc = CreateQueryDesc(stmt, p->text, GetActiveSnapshot(), NULL, dest, p->params, NULL, 0);
    ExecutorStart(desc, 0);
    pgm_executor_run(desc);
    ExecutorFinish(desc);
    if (p->run->changed != NULL && is_change(stmt))
        *p->run->changed += (int64_t)desc->estate->es_processed;
    ExecutorEnd(desc);
    FreeQueryDesc(desc);
}

static void plan_run(mig_ctx *ctx, const piece *p, PlannedStmt *stmt) {
    pgm_receiver receiver;
    verdict v = {false};

    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    if (p->run->verify) {
        verify_refuse(p, stmt);
        pgm_receiver_init(&receiver, ctx, verify_row, &v);
        plan_execute(p, stmt, &receiver.dest);
    } else {
        plan_execute(p, stmt, None_Receiver);
    }
    PopActiveSnapshot();
    verify_judge(&v);
}

static List *statement_plan(const piece *p, RawStmt *raw) {
    List *queries, *plans;
    bool snapshot = analyze_requires_snapshot(raw);

    CommandCounterIncrement();
    if (snapshot)
        PushActiveSnapshot(GetTransactionSnapshot());
    queries = pgm_analyze_and_rewrite(raw, p->text, p->types, (int)p->run->n_params);
    plans = pg_plan_queries(queries, p->text, 0, p->params);
    if (snapshot)
        PopActiveSnapshot();
    return plans;
}

static void statement_run(mig_ctx *ctx, piece *p, RawStmt *raw) {
    ListCell *cell;

    CHECK_FOR_INTERRUPTS();
    p->kind = nodeTag(raw->stmt);
    statement_refuse(p->host, raw->stmt);
    if (!is_plain_ddl(raw->stmt))
        p->host->may_defer = true;
    foreach (cell, statement_plan(p, raw))
        plan_run(ctx, p, lfirst_node(PlannedStmt, cell));
    CommandCounterIncrement();
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

static void params_bind(piece *p) {
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

/* ---- a section */

/* Runs a text whose first byte is at (line, column) of the file. */
static void piece_run(mig_ctx *ctx, const mig_section_run *run, mig_str text, int line,
                      int column) {
    MemoryContext caller = CurrentMemoryContext;
    MemoryContext context =
        AllocSetContextCreate(caller, "migrate section", ALLOCSET_DEFAULT_SIZES);
    MemoryContext each =
        AllocSetContextCreate(context, "migrate statement", ALLOCSET_DEFAULT_SIZES);
    ErrorContextCallback callback;
    ListCell *cell;
    List *parsed;
    piece p;

    MemoryContextSwitchTo(context);
    p.host = pgm_host_of(ctx);
    p.run = run;
    p.text = pgm_to_server(text);
    p.shown = shown_of(run, p.text);
    params_bind(&p);
    p.start = (point){NULL, 0, line, column};
    p.length = 0;
    p.kind = T_Invalid;
    callback.callback = piece_error;
    callback.arg = &p;
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    parsed = pg_parse_query(p.text);
    p.start.at = p.text;
    MemoryContextSwitchTo(each);
    foreach (cell, parsed) {
        piece_at(&p, lfirst_node(RawStmt, cell));
        statement_run(ctx, &p, lfirst_node(RawStmt, cell));
        MemoryContextReset(each);
    }
    error_context_stack = callback.previous;
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
}

/* With a rewrite each statement comes by itself, with its own place. */
static bool pieces_run(mig_ctx *ctx, const mig_section_run *run) {
    const mig_statement *s;
    mig_str text;
    size_t i;

    if (run->rewrite == NULL) {
        piece_run(ctx, run, run->text, run->line, 1);
        return true;
    }
    for (i = 0; i < run->n_statements; i++) {
        s = &run->statements[i];
        text = run->rewrite(ctx, run->rewrite_arg, s);
        if (mig_ctx_error(ctx) != NULL)
            return false;
        piece_run(ctx, run, text, s->line, s->column);
    }
    return true;
}

/* The core takes back its own texts when the section is done; errors found later need them. */
static void section_name(pgm_host *host, const mig_section_run *run) {
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

bool pgm_run_section(mig_ctx *ctx, const mig_section_run *run) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_rights rights;
    int nest_level;
    bool done;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_deferred_begin(host);
    section_name(host, run);
    nest_level = NewGUCNestLevel();
    if (run->verify)
        verify_begin();
    rights = pgm_confine();
    done = pieces_run(ctx, run);
    pgm_unconfine(rights);
    AtEOXact_GUC(false, nest_level);
    place_forget(host);
    return done;
}
