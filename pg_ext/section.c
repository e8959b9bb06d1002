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
 * Parameters are bound, never written into the text.
 */
#include "piece.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

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

static void verify_refuse(const pgm_piece *p, const PlannedStmt *stmt) {
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

void pgm_statement_refuse(const pgm_host *host, const Node *node) {
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

/* Answers how many rows it changed or answered; -1: it is not about rows. */
static int64 utility_execute(const pgm_piece *p, PlannedStmt *stmt, DestReceiver *dest) {
    QueryCompletion done;

    InitializeQueryCompletion(&done);
    pgm_process_utility(stmt, p->text, p->params, dest, &done);
    return command_tag_display_rowcount(done.commandTag) ? (int64)done.nprocessed : -1;
}

static int64 plan_execute(const pgm_piece *p, PlannedStmt *stmt, DestReceiver *dest) {
    QueryDesc *desc;
    int64 rows;

    if (stmt->utilityStmt != NULL)
        return utility_execute(p, stmt, dest);
    desc = CreateQueryDesc(stmt, p->text, GetActiveSnapshot(), NULL, dest, p->params, NULL, 0);
    ExecutorStart(desc, 0);
    pgm_executor_run(desc);
    ExecutorFinish(desc);
    if (p->run->changed != NULL && is_change(stmt))
        *p->run->changed += (int64_t)desc->estate->es_processed;
    rows = (int64)desc->estate->es_processed;
    ExecutorEnd(desc);
    FreeQueryDesc(desc);
    return rows;
}

static int64 plan_run(mig_ctx *ctx, const pgm_piece *p, PlannedStmt *stmt) {
    pgm_receiver receiver;
    verdict v = {false};
    int64 rows;

    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    if (p->run->verify) {
        verify_refuse(p, stmt);
        pgm_receiver_init(&receiver, ctx, verify_row, &v);
        rows = plan_execute(p, stmt, &receiver.dest);
    } else {
        rows = plan_execute(p, stmt, None_Receiver);
    }
    PopActiveSnapshot();
    verify_judge(&v);
    return rows;
}

static List *statement_plan(const pgm_piece *p, RawStmt *raw) {
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

/* The rows of a statement are those of the query its author wrote, not of what rules add to it. */
static int64 plans_run(mig_ctx *ctx, const pgm_piece *p, List *plans) {
    int64 rows = -1, n;
    ListCell *cell;

    foreach (cell, plans) {
        n = plan_run(ctx, p, lfirst_node(PlannedStmt, cell));
        if (lfirst_node(PlannedStmt, cell)->canSetTag)
            rows = n;
    }
    return rows;
}

static bool statement_run(mig_ctx *ctx, pgm_piece *p, RawStmt *raw) {
    int64 rows;

    CHECK_FOR_INTERRUPTS();
    p->kind = nodeTag(raw->stmt);
    pgm_statement_refuse(p->host, raw->stmt);
    pgm_concurrently_relax(raw->stmt);
    if (!is_plain_ddl(raw->stmt))
        p->host->may_defer = true;
    if (p->run->trace != NULL)
        pgm_trace_begin(p->host);
    rows = plans_run(ctx, p, statement_plan(p, raw));
    CommandCounterIncrement();
    return p->run->trace == NULL || pgm_trace_end(ctx, p, raw->stmt, rows);
}

/* ---- a section */

/* Runs a text whose first byte is at (line, column) of the file; its statements are those from the nth
   on. */
static bool piece_run(mig_ctx *ctx, const mig_section_run *run, mig_str text, int line, int column,
                      size_t nth) {
    MemoryContext caller = CurrentMemoryContext;
    MemoryContext context =
        AllocSetContextCreate(caller, "migrate section", ALLOCSET_DEFAULT_SIZES);
    MemoryContext each =
        AllocSetContextCreate(context, "migrate statement", ALLOCSET_DEFAULT_SIZES);
    bool done = true;
    ListCell *cell;
    List *parsed;
    pgm_piece p;

    MemoryContextSwitchTo(context);
    pgm_piece_open(&p, pgm_host_of(ctx), run, text, line, column);
    pgm_piece_push(&p);
    parsed = pgm_piece_parse(&p);
    MemoryContextSwitchTo(each);
    foreach (cell, parsed) {
        pgm_piece_at(&p, lfirst_node(RawStmt, cell));
        pgm_progress_statement(p.host, run, nth++);
        done = statement_run(ctx, &p, lfirst_node(RawStmt, cell));
        MemoryContextReset(each);
        if (!done)
            break;
    }
    pgm_piece_pop(&p);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    return done;
}

/* With a rewrite each statement comes by itself, with its own place. */
static bool pieces_run(mig_ctx *ctx, const mig_section_run *run) {
    const mig_statement *s;
    mig_str text;
    size_t i;

    if (run->rewrite == NULL)
        return piece_run(ctx, run, run->text, run->line, 1, 0);
    for (i = 0; i < run->n_statements; i++) {
        s = &run->statements[i];
        text = run->rewrite(ctx, run->rewrite_arg, s);
        if (mig_ctx_error(ctx) != NULL || !piece_run(ctx, run, text, s->line, s->column, i))
            return false;
    }
    return true;
}

bool pgm_run_section(mig_ctx *ctx, const mig_section_run *run) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_rights rights;
    int nest_level;
    bool done;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_deferred_begin(host);
    pgm_section_name(host, run);
    nest_level = NewGUCNestLevel();
    if (run->verify)
        verify_begin();
    rights = pgm_confine(host);
    done = pieces_run(ctx, run);
    pgm_unconfine(host, rights);
    AtEOXact_GUC(false, nest_level);
    pgm_locks_check(host);
    pgm_place_forget(host);
    return done && mig_ctx_error(ctx) == NULL;
}
