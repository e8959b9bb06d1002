/*
 * statement.c: the statements that the core composes for tables of the user: prepared once, run for
 * each row.
 *
 * A run is bind, step, reset and nothing else: a million rows come this way. The guards of the unit
 * are armed when a statement is prepared, and again where SQLite has forgotten prepared statements
 * since, which shows by ours. What changes the schema itself (a temporary table) arms them behind
 * it.
 *
 * The statements hang on the host of the call, so that none outlives it; their memory is SQLite's,
 * not the arena's.
 */
#include "sqm.h"
#include "compat.h"

#include <string.h>

#include "../shared/lex.h"

struct mig_prepared {
    struct mig_prepared *next, **link; /* link: what points here */
    sqlite3_stmt *stmt;
    size_t n_params;
    bool counts;      /* INSERT, UPDATE, DELETE: SQLite counts the rows it changed */
    bool steady;      /* it leaves the schema as it is */
    size_t n;         /* columns of its rows */
    mig_value cols[]; /* one row */
};

/* ---- what a statement is ----------------------------------------------------------------- */

static bool word_among(const mig_lexer *lexer, const mig_token *token, const char *const *words) {
    for (; *words != NULL; words++)
        if (mig_token_is(lexer, token, *words))
            return true;
    return false;
}

/* sqlite3_changes() is what the last statement of these kinds left; others leave it as it was. */
bool sqm_counts_changes(sqlite3_stmt *stmt) {
    static const char *const words[] = {"insert", "update", "delete", "replace", "with", NULL};
    const char *sql = sqlite3_sql(stmt);
    mig_lexer lexer;
    mig_token token;

    if (sql == NULL || sqlite3_stmt_readonly(stmt))
        return false;
    lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(sql), 1);
    token = mig_lex_significant(&lexer);
    return word_among(&lexer, &token, words);
}

/* "$1" is a name to SQLite, numbered by its first place; "?1" is the number. */
static const char *placeholders_turn(mig_ctx *ctx, mig_str sql) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, sql, 1);
    mig_buf out = mig_buf_new(ctx);
    mig_token token;
    mig_str text;

    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        text = mig_token_text(&lexer, &token);
        if (token.kind == MIG_TOK_VARIABLE && text.n > 1 && text.p[0] == '$') {
            mig_buf_add_char(&out, '?');
            text = mig_str_sub(text, 1, text.n - 1);
        }
        mig_buf_add(&out, text);
    }
    return mig_ctx_error(ctx) != NULL ? NULL : mig_str_z(ctx, mig_buf_str(&out));
}

/* ---- errors ------------------------------------------------------------------------------ */

/* "UNIQUE constraint failed: users.a, users.b": what stands behind the colon. */
static mig_str failed_part(mig_str message) {
    size_t at;

    if (!mig_str_find(message, ':', &at))
        return (mig_str){NULL, 0};
    return mig_str_trim(mig_str_sub(message, at + 1, message.n - at - 1));
}

/* "users.a, users.b" as "a, b". */
static mig_str columns_plain(mig_ctx *ctx, mig_str columns) {
    mig_buf out = mig_buf_new(ctx);
    mig_str word = {NULL, 0};
    size_t dot;

    while (mig_str_next_word(&columns, &word)) {
        if (mig_str_find(word, '.', &dot))
            word = mig_str_sub(word, dot + 1, word.n - dot - 1);
        if (out.n > 0)
            mig_buf_add_z(&out, ", ");
        mig_buf_add(&out, word);
    }
    return mig_buf_str(&out);
}

/* The table a statement of the core writes: INSERT INTO, UPDATE, DELETE FROM and its name. */
static mig_str table_written(const char *sql) {
    static const char *const verbs[] = {"insert", "update", "delete", "replace",
                                        "into",   "from",   NULL};
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(sql), 1);
    mig_token token = mig_lex_significant(&lexer);
    size_t start, end;

    while (word_among(&lexer, &token, verbs))
        token = mig_lex_significant(&lexer);
    start = token.start;
    end = start + token.length;
    token = mig_lex_significant(&lexer);
    if (token.length == 1 && lexer.text.p[token.start] == '.') {
        token = mig_lex_significant(&lexer);
        end = token.start + token.length;
    }
    return mig_str_sub(lexer.text, start, end - start);
}

/* SQLite's text says table and column; the sentence says what kind of constraint it was. */
static const char *constraint_detail(mig_ctx *ctx, int rc, mig_str message, const char *sql) {
    mig_str part = failed_part(message), detail = {NULL, 0};

    switch (rc) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        part = columns_plain(ctx, part);
        detail = mig_str_format(ctx, "There is another row with this primary key (%.*s).",
                                MIG_FMT(part));
        break;
    case SQLITE_CONSTRAINT_UNIQUE:
        if (mig_str_starts(part, MIG_STR("index ")))
            return NULL;
        part = columns_plain(ctx, part);
        detail = mig_str_format(ctx, "There is another row with this (%.*s), which is unique.",
                                MIG_FMT(part));
        break;
    case SQLITE_CONSTRAINT_NOTNULL:
        part = columns_plain(ctx, part);
        detail = mig_str_format(ctx, "The column \"%.*s\" is NOT NULL.", MIG_FMT(part));
        break;
    case SQLITE_CONSTRAINT_CHECK:
        detail = mig_str_format(ctx, "The check constraint is \"%.*s\".", MIG_FMT(part));
        break;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        detail = sqlite3_strnicmp(sql, "delete", 6) == 0
                     ? MIG_STR("Other rows refer to the row.")
                     : sqm_foreign_keys(ctx, table_written(sql));
        break;
    default:
        break;
    }
    return detail.n > 0 ? detail.p : NULL;
}

static bool prepared_fail(mig_ctx *ctx, const mig_prepared *self, int rc) {
    const sqm_host *host = sqm_host_of(ctx);
    bool gone = host->unit.open && sqlite3_get_autocommit(host->db) != 0;
    mig_error error = sqm_error(host, rc);

    /* Other calls of SQLite change its text. */
    error.message = mig_str_z(ctx, mig_str_of(error.message));
    sqlite3_reset(self->stmt);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (gone && !host->unit.savepoint && error.code == MIG_E_HOST)
        error.detail = "The statement rolled back the whole transaction.";
    else if ((rc & 0xFF) == SQLITE_CONSTRAINT)
        error.detail =
            constraint_detail(ctx, rc, mig_str_of(error.message), sqlite3_sql(self->stmt));
    else if ((rc & 0xFF) == SQLITE_MISMATCH)
        error.detail = "An INTEGER PRIMARY KEY takes whole numbers only.";
    return mig_raise(ctx, &error);
}

/* ---- the slots --------------------------------------------------------------------------- */

/* Where the transaction of the unit is gone, a statement would commit by itself. */
static bool unit_there(mig_ctx *ctx) {
    const sqm_host *host = sqm_host_of(ctx);

    if (!sqm_unit_usable(ctx))
        return false;
    if (!host->unit.open || sqlite3_get_autocommit(host->db) == 0)
        return true;
    return mig_fail(ctx, MIG_E_CONTEXT, "the transaction was rolled back");
}

static bool guards_arm(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    int rc = host->unit.open ? sqm_guards_arm(host) : SQLITE_OK;

    return rc == SQLITE_OK || sqm_raise(ctx, rc);
}

/* Takes the statement over, also where it fails. */
static mig_prepared *prepared_new(mig_ctx *ctx, sqlite3_stmt *stmt, size_t n_params) {
    sqm_host *host = sqm_host_of(ctx);
    size_t n = (size_t)sqlite3_column_count(stmt);
    size_t n_used = (size_t)sqlite3_bind_parameter_count(stmt);
    mig_prepared *self = sqlite3_malloc64(sizeof *self + n * sizeof self->cols[0]);

    if (self == NULL) {
        sqlite3_finalize(stmt);
        mig_fail(ctx, MIG_E_NOMEM, "out of memory");
        return NULL;
    }
    self->stmt = stmt;
    self->n_params = n_params < n_used ? n_params : n_used; /* the last ones may be unused */
    self->n = n;
    self->counts = sqm_counts_changes(stmt);
    self->steady = self->counts || sqlite3_stmt_readonly(stmt);
    self->next = host->prepared;
    self->link = &host->prepared;
    if (self->next != NULL)
        self->next->link = &self->next;
    host->prepared = self;
    return self;
}

mig_prepared *sqm_statement_prepare(mig_ctx *ctx, mig_str sql, size_t n_params) {
    sqlite3_stmt *stmt = NULL;
    const char *text;
    mig_mark mark;
    int rc;

    if (!unit_there(ctx) || !guards_arm(ctx))
        return NULL;
    mark = mig_arena_mark(ctx);
    text = placeholders_turn(ctx, sql);
    if (text == NULL)
        return NULL;
    rc = sqm_prepare(sqm_host_of(ctx), text, &stmt);
    if (rc != SQLITE_OK)
        sqm_raise(ctx, rc);
    mig_arena_release(ctx, mark);
    return rc != SQLITE_OK ? NULL : prepared_new(ctx, stmt, n_params);
}

static int rows_read(mig_ctx *ctx, mig_prepared *self, mig_row_fn row, void *arg) {
    sqm_host *host = sqm_host_of(ctx);
    int rc;
    size_t i;

    while ((rc = sqm_step(host, self->stmt)) == SQLITE_ROW) {
        if (row == NULL)
            continue;
        for (i = 0; i < self->n; i++)
            if (!sqm_column(ctx, self->stmt, (int)i, &self->cols[i]))
                return SQLITE_NOMEM;
        if (!row(ctx, arg, self->cols, self->n))
            return SQLITE_DONE;
    }
    return rc;
}

bool sqm_statement_run(mig_ctx *ctx, mig_prepared *self, const mig_value *params, mig_row_fn row,
                       void *arg, int64_t *changed) {
    sqm_host *host = sqm_host_of(ctx);
    int rc;

    if (!unit_there(ctx) || !sqm_bind(ctx, self->stmt, params, self->n_params))
        return false;
    if (sqm_expiry_known() && sqm_expired(self->stmt) && !guards_arm(ctx))
        return false;
    rc = rows_read(ctx, self, row, arg);
    if (rc != SQLITE_DONE)
        return prepared_fail(ctx, self, rc);
    if (changed != NULL)
        *changed = self->counts ? sqm_changes(host->db) : 0;
    sqlite3_reset(self->stmt);
    return mig_ctx_error(ctx) == NULL && (self->steady || guards_arm(ctx));
}

static void prepared_free(mig_prepared *self) {
    *self->link = self->next;
    if (self->next != NULL)
        self->next->link = self->link;
    sqlite3_finalize(self->stmt);
    sqlite3_free(self);
}

void sqm_statement_unprepare(mig_ctx *ctx, mig_prepared *prepared) {
    (void)ctx;
    if (prepared != NULL)
        prepared_free(prepared);
}

void sqm_statements_drop(sqm_host *host) {
    while (host->prepared != NULL)
        prepared_free(host->prepared);
}
