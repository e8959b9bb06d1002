/*
 * section.c: runs the sections of scripts, statement by statement.
 *
 * The cuts come from the core's splitter; SQLite's own idea of where a statement ends must agree
 * with them, or nothing of that statement is run. A section that comes without cuts is one of whose
 * statements nothing has to be known before they run: SQLite cuts it alone, only their number must
 * agree, and where a statement stands is found out when an error wants to say it.
 *
 * After each statement the transaction must still be the one we are in: ON CONFLICT ROLLBACK and
 * RAISE(ROLLBACK) end it, and what came after would run outside of any.
 */
#include "sqm.h"
#include "compat.h"

#include <string.h>
#include <time.h>

#include "../shared/split.h"

/* A section without cuts, while it runs. */
typedef struct uncut {
    const mig_statement *statements; /* NULL: nobody has asked yet */
    size_t n_statements;
    mig_statement whole; /* stands for the statement that runs until somebody asks */
    size_t index, from;  /* of that statement; where its text begins, blanks and all */
} uncut;

/* One section being run. */
typedef struct section {
    sqm_host *host;
    const mig_section_run *run;
    const char *text;        /* NUL-terminated copy of run->text: SQLite copies what is not */
    mig_str shown;           /* the same as the user wrote it, for messages */
    sqlite3_value **numbers; /* the parameters that are numbers; NULL in place of the others */
    bool outside;            /* in autocommit, each statement by itself */
    uncut *uncut;            /* NULL: run->statements are there */
    mig_list page_setup;     /* PRAGMA statements that VACUUM has to see: page_size, auto_vacuum */
} section;

/* ---- errors ------------------------------------------------------------------------------ */

/* Where the statement really stands; *offset is that of a byte behind its start, or negative. */
static const mig_statement *statement_place(mig_ctx *ctx, const section *self,
                                            const mig_statement *at, int *offset) {
    uncut *cut = self->uncut;

    if (cut == NULL)
        return at;
    if (cut->statements == NULL)
        mig_split_run(ctx, self->run, &cut->statements, &cut->n_statements);
    if (cut->index < cut->n_statements)
        at = &cut->statements[cut->index];
    if (*offset >= 0)
        *offset += (int)((int64_t)cut->from - (int64_t)at->start);
    return at;
}

/* Fills in the place: that of the byte at offset in the statement, or of its first one. */
static bool statement_fail(mig_ctx *ctx, const section *self, const mig_statement *given,
                           int offset, mig_error *error) {
    const mig_statement *at = statement_place(ctx, self, given, &offset);
    mig_str text = mig_str_sub(self->shown, at->start, at->length);
    int line = 1, column = 1;

    error->revision = self->run->revision;
    error->kind = self->run->kind;
    error->source = self->run->source;
    error->statement = mig_str_z(ctx, text);
    error->line = at->line;
    error->column = at->column;
    if (offset > 0 && (size_t)offset < text.n) {
        mig_text_place(text, (size_t)offset, &line, &column);
        error->line = at->line + line - 1;
        error->column = line == 1 ? at->column + column - 1 : column;
        error->position = column;
    }
    return mig_raise(ctx, error);
}

static bool statement_refuse(mig_ctx *ctx, const section *self, const mig_statement *at,
                             mig_code code, const char *message, const char *hint) {
    mig_error error;

    memset(&error, 0, sizeof error);
    error.code = code;
    error.message = message;
    error.hint = hint;
    return statement_fail(ctx, self, at, 0, &error);
}

/* near "?1": syntax error names what the user wrote as :name. */
static const char *placeholder_name(mig_ctx *ctx, const section *self, const mig_statement *at,
                                    int offset, const char *message) {
    mig_lexer lexer;
    mig_token token;
    mig_str found, rest = mig_str_of(message);

    if (self->run->n_params == 0 || offset < 0 || (size_t)offset >= at->length)
        return message;
    lexer = mig_lexer_new(MIG_LEX_SQLITE,
                          mig_str_sub(self->run->text, at->start + (size_t)offset, at->length), 1);
    token = mig_lex_next(&lexer);
    found = mig_str_format(ctx, "near \"%.*s\": ", MIG_FMT(mig_token_text(&lexer, &token)));
    if (token.kind != MIG_TOK_VARIABLE || !mig_str_starts(rest, found))
        return message;
    lexer = mig_lexer_new(MIG_LEX_SQLITE,
                          mig_str_sub(self->shown, at->start + (size_t)offset, at->length), 1);
    token = mig_lex_next(&lexer);
    rest = mig_str_sub(rest, found.n, rest.n - found.n);
    return mig_str_format(ctx, "near \"%.*s\": %.*s", MIG_FMT(mig_token_text(&lexer, &token)),
                          MIG_FMT(rest))
        .p;
}

/* A function of ours, called by the statement, could only say its hint in the one text it has. */
static void hint_cut(mig_ctx *ctx, mig_error *error) {
    static const char mark[] = "\nHINT:  ";
    const char *at = error->message == NULL ? NULL : strstr(error->message, mark);

    if (at == NULL || error->hint != NULL)
        return;
    error->hint = mig_str_z(ctx, mig_str_of(at + sizeof mark - 1));
    error->message = mig_str_z(ctx, (mig_str){error->message, (size_t)(at - error->message)});
}

/* SQLite's own error. Its texts are copied before they are used: other calls change them. */
static bool statement_error(mig_ctx *ctx, const section *self, const mig_statement *at, sqlite3 *db,
                            int rc, bool preparing) {
    sqm_host *host = self->host;
    int offset = preparing && self->run->rewrite == NULL ? sqm_error_offset(db) : -1;
    bool gone = !self->outside && sqlite3_get_autocommit(host->db) != 0;
    mig_error error = sqm_error(host, rc);

    if (error.code == MIG_E_HOST)
        error.message =
            placeholder_name(ctx, self, at, offset, mig_str_z(ctx, mig_str_of(sqlite3_errmsg(db))));
    hint_cut(ctx, &error);
    if (gone && error.code == MIG_E_HOST && !host->unit.savepoint)
        error.detail = "The statement rolled back the whole transaction.";
    if (!self->outside && (at->traits & MIG_TRAIT_OUTSIDE) != 0)
        error.hint =
            "Put the statement into a section of its own that is marked transaction:false.";
    if ((rc & 0xFF) == SQLITE_LOCKED)
        error.hint =
            "Another statement of this connection is still reading; finish it, and call the "
            "function by itself, without FROM.";
    return statement_fail(ctx, self, at, offset, &error);
}

/* ---- one statement ----------------------------------------------------------------------- */

/* Where the statement's tail has to lie: behind its last token, before the next statement. */
static bool tail_agrees(const section *self, size_t i, const char *tail) {
    const mig_statement *at = &self->run->statements[i];
    size_t end = (size_t)(tail - self->text);
    size_t next = i + 1 < self->run->n_statements ? at[1].start : self->run->text.n;

    return end >= at->start + at->length && end <= next;
}

/* Are its parameters those of the section: ?1 to ?n? A number that is skipped has no name. */
static bool parameters_known(const section *self, sqlite3_stmt *stmt) {
    int n = sqlite3_bind_parameter_count(stmt), i;
    const char *name;

    if (n > 0 && (size_t)n > self->run->n_params)
        return false;
    for (i = 1; i <= n; i++) {
        name = sqlite3_bind_parameter_name(stmt, i);
        if (name != NULL && name[0] != '?')
            return false;
    }
    return true;
}

static bool statement_check(mig_ctx *ctx, const section *self, const mig_statement *at,
                            sqlite3_stmt *stmt) {
    if (!parameters_known(self, stmt))
        return statement_refuse(ctx, self, at, MIG_E_SYNTAX,
                                "a script cannot have parameters such as \"?\" or \":name\"",
                                "Put quotes around the text, or write the value itself.");
    if (!self->run->verify)
        return true;
    if (sqlite3_column_count(stmt) > 0 && sqlite3_stmt_readonly(stmt))
        return true;
    return statement_refuse(ctx, self, at, MIG_E_SYNTAX,
                            "a verify section can only have queries that change nothing",
                            "Move the statement to the up section.");
}

/* The statement ready to run; NULL with an error, or where it is a comment. */
static sqlite3_stmt *statement_prepare(mig_ctx *ctx, const section *self, size_t i) {
    const mig_statement *at = &self->run->statements[i];
    const char *sql = self->text + at->start, *tail = NULL;
    /* What lies behind an open end would become a part of the schema's text. */
    int length = i + 1 == self->run->n_statements ? (int)at->length : -1;
    sqlite3_stmt *stmt = NULL;
    mig_str rewritten;
    int rc;

    if (self->run->rewrite != NULL) {
        length = -1;
        rewritten = self->run->rewrite(ctx, self->run->rewrite_arg, at);
        sql = mig_str_z(ctx, rewritten);
        if (sql == NULL)
            return NULL;
    }
    rc = sqlite3_prepare_v2(self->host->db, sql, length, &stmt, &tail);
    if (rc != SQLITE_OK) {
        statement_error(ctx, self, at, self->host->db, sqlite3_extended_errcode(self->host->db),
                        true);
        return NULL;
    }
    if (self->run->rewrite == NULL && !tail_agrees(self, i, tail))
        statement_refuse(ctx, self, at, MIG_E_SYNTAX,
                         "SQLite ends this statement at another place than migrate does",
                         "Nothing of it was run. Write it in another way, and report it.");
    else if (statement_check(ctx, self, at, stmt))
        return stmt;
    sqlite3_finalize(stmt);
    return NULL;
}

static bool parameters_bind(mig_ctx *ctx, const section *self, sqlite3_stmt *stmt) {
    int n = sqlite3_bind_parameter_count(stmt), i, rc = SQLITE_OK;
    sqlite3_value *number;

    for (i = 1; i <= n && rc == SQLITE_OK; i++) {
        number = self->numbers[i - 1];
        rc = number != NULL ? sqlite3_bind_value(stmt, i, number)
                            : sqm_bind_one(stmt, i, &self->run->params[i - 1].value);
    }
    return rc == SQLITE_OK || sqm_raise(ctx, rc);
}

static bool verify_row(mig_ctx *ctx, const section *self, const mig_statement *at,
                       sqlite3_stmt *stmt) {
    if (sqlite3_column_double(stmt, 0) != 0)
        return true;
    return statement_refuse(ctx, self, at, MIG_E_VERIFY,
                            sqlite3_column_type(stmt, 0) == SQLITE_NULL
                                ? "a verify query answered NULL"
                                : "a verify query answered false",
                            NULL);
}

/* A deferred foreign key fails at the end of the revision; the statement to name then is the one
   that violated it first. */
static void suspect_note(mig_ctx *ctx, const section *self, const mig_statement *at) {
    sqm_host *host = self->host;
    sqm_suspect *suspect = &host->suspect;
    int offset = -1;

    if (!sqm_deferred_pending(host->db)) {
        sqm_suspect_clear(host);
        return;
    }
    if (suspect->statement != NULL)
        return;
    at = statement_place(ctx, self, at, &offset);
    suspect->revision = sqlite3_mprintf("%s", self->run->revision);
    suspect->source = sqlite3_mprintf("%s", self->run->source);
    suspect->kind = self->run->kind;
    suspect->statement = sqlite3_mprintf("%.*s", (int)at->length, self->shown.p + at->start);
    suspect->line = at->line;
    suspect->column = at->column;
}

/* ---- what a statement did, for a dry run ------------------------------------------------- */

static int64_t clock_microseconds(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* SQLite counts the rows that were read in full scans, and does not say of which tables; those of DDL
   are rows of the schema. The one lock there is was taken when the run began. */
static bool statement_trace(mig_ctx *ctx, const section *self, const mig_statement *at,
                            sqlite3_stmt *stmt, int64_t microseconds, int64_t answered) {
    mig_trace trace;

    memset(&trace, 0, sizeof trace);
    trace.line = at->line;
    trace.statement = mig_str_sub(self->shown, at->start, at->length);
    trace.microseconds = microseconds;
    trace.rows = -1;
    if (sqm_counts_changes(stmt))
        trace.rows = sqm_changes(sqlite3_db_handle(stmt));
    else if (sqlite3_column_count(stmt) > 0)
        trace.rows = answered;
    if (!sqlite3_stmt_readonly(stmt))
        trace.lock = "RESERVED";
    if (trace.rows >= 0 && sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) > 0)
        trace.scan = MIG_STR("yes");
    return self->run->trace(ctx, self->run->trace_arg, &trace);
}

/* Runs a prepared statement to its end and finalizes it. */
static bool statement_run(mig_ctx *ctx, const section *self, const mig_statement *at,
                          sqlite3_stmt *stmt) {
    sqlite3 *db = sqlite3_db_handle(stmt);
    int64_t began = self->run->trace != NULL ? clock_microseconds() : 0, answered = 0;
    bool ok = true;
    int rc;

    while ((rc = sqm_step(self->host, stmt)) == SQLITE_ROW && ok) {
        answered++;
        if (self->run->verify)
            ok = verify_row(ctx, self, at, stmt);
    }
    if (ok && rc != SQLITE_DONE)
        ok = statement_error(ctx, self, at, db, rc, false);
    if (ok && self->run->changed != NULL && sqm_counts_changes(stmt))
        *self->run->changed += sqm_changes(db);
    if (ok && self->run->trace != NULL)
        ok = statement_trace(ctx, self, at, stmt, clock_microseconds() - began, answered);
    sqlite3_finalize(stmt);
    if (!ok || self->outside)
        return ok;
    suspect_note(ctx, self, at);
    if (sqlite3_get_autocommit(self->host->db) == 0)
        return true;
    return statement_refuse(ctx, self, at, MIG_E_CONTEXT,
                            "the statement ended the transaction that the run is in",
                            "Scripts cannot control the transaction, nor use RAISE(ROLLBACK) or ON "
                            "CONFLICT ROLLBACK.");
}

/* ---- VACUUM ------------------------------------------------------------------------------ */

/* Opens the database's file once more, through the same VFS. */
static sqlite3 *second_open(mig_ctx *ctx, const section *self, const mig_statement *at) {
    const char *file = sqlite3_db_filename(self->host->db, "main");
    sqlite3_vfs *vfs = NULL;
    sqlite3 *db = NULL;
    int rc;

    if (file == NULL || file[0] == '\0') {
        statement_refuse(ctx, self, at, MIG_E_UNSUPPORTED,
                         "VACUUM needs a second connection, and a database in memory has none",
                         "Run it by hand, or leave it out here.");
        return NULL;
    }
    sqlite3_file_control(self->host->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
    rc = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, vfs != NULL ? vfs->zName : NULL);
    if (rc == SQLITE_OK)
        return db;
    if (db != NULL)
        statement_error(ctx, self, at, db, rc, false);
    else
        mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    sqlite3_close(db);
    return NULL;
}

static bool second_run(mig_ctx *ctx, const section *self, const mig_statement *at, sqlite3 *db,
                       const char *sql) {
    sqlite3_stmt *stmt = NULL;
    sqm_wait wait = sqm_wait_start(self->host);
    int rc;

    do {
        rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
        while (rc == SQLITE_OK || rc == SQLITE_ROW)
            rc = sqlite3_step(stmt);
        if (rc != SQLITE_DONE)
            rc = sqlite3_extended_errcode(db);
        sqlite3_finalize(stmt);
        stmt = NULL;
    } while (sqm_is_busy(rc) && sqm_wait_turn(&wait));
    return rc == SQLITE_DONE || statement_error(ctx, self, at, db, rc, false);
}

/* VACUUM is refused by a connection that is running a statement, and ours is: the one that called
   us. */
static bool vacuum_run(mig_ctx *ctx, const section *self, const mig_statement *at) {
    const char *sql = mig_str_z(ctx, mig_str_sub(self->run->text, at->start, at->length));
    sqlite3 *db = sql == NULL ? NULL : second_open(ctx, self, at);
    bool ok = db != NULL;
    size_t i;

    for (i = 0; ok && i < self->page_setup.n; i++)
        ok = second_run(ctx, self, at, db, self->page_setup.items[i].p);
    ok = ok && second_run(ctx, self, at, db, sql);
    sqlite3_close(db);
    return ok;
}

/* ---- sections ---------------------------------------------------------------------------- */

static mig_str first_word(const section *self, const mig_statement *at) {
    mig_str rest = mig_str_sub(self->run->text, at->start, at->length), word = {NULL, 0};

    mig_str_next_word(&rest, &word);
    return word;
}

static bool is_pragma(const section *self, const mig_statement *at) {
    return mig_str_is_nocase(first_word(self, at), "pragma");
}

/* Remembers "PRAGMA page_size = 8192" and the like. */
static bool page_setup_note(mig_ctx *ctx, section *self, const mig_statement *at) {
    mig_str text = mig_str_sub(self->run->text, at->start, at->length);
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, text, 1);
    mig_token name;

    mig_lex_significant(&lexer);
    name = mig_lex_significant(&lexer);
    if (!mig_token_is(&lexer, &name, "page_size") && !mig_token_is(&lexer, &name, "auto_vacuum"))
        return true;
    return mig_list_add(ctx, &self->page_setup, mig_str_copy(ctx, text));
}

static bool section_statement(mig_ctx *ctx, section *self, size_t i) {
    const mig_statement *at = &self->run->statements[i];
    sqlite3_stmt *stmt;
    int rc;

    if ((at->traits & MIG_TRAIT_TRANSACTION) != 0)
        return statement_refuse(ctx, self, at, MIG_E_SYNTAX,
                                "a script cannot control the transaction it runs in",
                                "Leave out BEGIN, COMMIT, ROLLBACK, SAVEPOINT and RELEASE.");
    if (self->outside && (at->traits & MIG_TRAIT_VACUUM) != 0)
        return vacuum_run(ctx, self, at);
    if (self->outside && is_pragma(self, at) && !page_setup_note(ctx, self, at))
        return false;
    if (!self->outside && (rc = sqm_guards_arm(self->host)) != SQLITE_OK)
        return sqm_raise(ctx, rc);
    stmt = statement_prepare(ctx, self, i);
    if (stmt == NULL)
        return false;
    if (parameters_bind(ctx, self, stmt))
        return statement_run(ctx, self, at, stmt);
    sqlite3_finalize(stmt);
    return false;
}

static bool is_only_space(const section *self, const char *sql) {
    mig_str rest = mig_str_sub(mig_str_of(self->text), (size_t)(sql - self->text), SIZE_MAX);
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, rest, 1);
    mig_token token = mig_lex_significant(&lexer);

    while (token.kind == MIG_TOK_SEMICOLON)
        token = mig_lex_significant(&lexer);
    return token.kind == MIG_TOK_END;
}

/* The next statement of a section without cuts; *sql moves behind it. *stmt NULL: a comment. */
static bool uncut_prepare(mig_ctx *ctx, const section *self, const char **sql,
                          sqlite3_stmt **stmt) {
    sqlite3 *db = self->host->db;
    int rc = sqm_guards_arm(self->host);

    if (rc != SQLITE_OK)
        return sqm_raise(ctx, rc);
    self->uncut->from = (size_t)(*sql - self->text);
    rc = sqlite3_prepare_v2(db, *sql, -1, stmt, sql);
    if (rc != SQLITE_OK)
        return statement_error(ctx, self, &self->uncut->whole, db, sqlite3_extended_errcode(db),
                               true);
    if (*stmt == NULL || statement_check(ctx, self, &self->uncut->whole, *stmt))
        return true;
    sqlite3_finalize(*stmt);
    return false;
}

static bool uncut_run(mig_ctx *ctx, const section *self) {
    uncut *cut = self->uncut;
    const char *sql = self->text;
    sqlite3_stmt *stmt = NULL;

    while (cut->index < self->run->n_statements && *sql != '\0') {
        if (!uncut_prepare(ctx, self, &sql, &stmt))
            return false;
        if (stmt == NULL)
            continue;
        if (!statement_run(ctx, self, &cut->whole, stmt))
            return false;
        cut->index++;
    }
    if (cut->index == self->run->n_statements && is_only_space(self, sql))
        return true;
    cut->index -= cut->index > 0;
    return statement_refuse(ctx, self, &cut->whole, MIG_E_SYNTAX,
                            "SQLite ends this statement at another place than migrate does",
                            "Write it in another way, and report it.");
}

/* ---- parameters -------------------------------------------------------------------------- */

/* SQLite turns the text of a number into one as it would in a column. */
static bool number_read(mig_ctx *ctx, const section *self, sqlite3_stmt *stmt, size_t i) {
    int rc = sqm_bind_one(stmt, 1, &self->run->params[i].value);

    if (rc == SQLITE_OK && (rc = sqm_step(self->host, stmt)) == SQLITE_ROW) {
        self->numbers[i] = sqlite3_value_dup(sqlite3_column_value(stmt, 0));
        rc = self->numbers[i] != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_OK || sqm_raise(ctx, rc);
}

static bool numbers_read(mig_ctx *ctx, section *self) {
    const mig_section_param *params = self->run->params;
    sqlite3_stmt *stmt = NULL;
    bool ok = true;
    size_t i;
    int rc;

    if (self->run->n_params == 0)
        return true;
    self->numbers = mig_alloc_zero(ctx, self->run->n_params, sizeof(sqlite3_value *));
    if (self->numbers == NULL)
        return false;
    rc = sqm_prepare(self->host, "SELECT CAST(?1 AS NUMERIC)", &stmt);
    if (rc != SQLITE_OK)
        return sqm_raise(ctx, rc);
    for (i = 0; i < self->run->n_params && ok; i++)
        if (params[i].number && params[i].value.type == MIG_TEXT)
            ok = number_read(ctx, self, stmt, i);
    sqlite3_finalize(stmt);
    return ok;
}

static void numbers_free(section *self) {
    size_t i;

    for (i = 0; self->numbers != NULL && i < self->run->n_params; i++)
        sqlite3_value_free(self->numbers[i]);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void uncut_start(section *self, uncut *cut) {
    if (self->run->statements != NULL || self->run->n_statements == 0)
        return;
    memset(cut, 0, sizeof *cut);
    cut->whole.length = self->run->text.n;
    cut->whole.line = self->run->line;
    cut->whole.column = 1;
    self->uncut = cut;
}

static bool section_statements(mig_ctx *ctx, section *self) {
    size_t i;

    if (self->uncut != NULL)
        return uncut_run(ctx, self);
    for (i = 0; i < self->run->n_statements; i++)
        if (!section_statement(ctx, self, i))
            return false;
    return true;
}

static bool section_run(mig_ctx *ctx, const mig_section_run *run, bool outside) {
    sqm_settings settings;
    mig_mark mark;
    section self;
    uncut cut;
    bool pragmas = false, ok;
    size_t i;
    int rc;

    if (!sqm_unit_usable(ctx))
        return false;
    mark = mig_arena_mark(ctx);
    memset(&self, 0, sizeof self);
    self.host = sqm_host_of(ctx);
    self.run = run;
    self.outside = outside;
    self.shown = run->shown.p != NULL ? run->shown : run->text;
    self.text = mig_str_z(ctx, run->text);
    if (self.text == NULL)
        return false;
    uncut_start(&self, &cut);
    for (i = 0; self.uncut == NULL && i < run->n_statements && !pragmas; i++)
        pragmas = is_pragma(&self, &run->statements[i]);
    sqm_settings_save(self.host, &settings, pragmas);
    ok = numbers_read(ctx, &self) && section_statements(ctx, &self);
    numbers_free(&self);
    sqm_settings_restore(self.host, &settings);
    if (!ok)
        return false;
    mig_arena_release(ctx, mark);
    if (!outside && (rc = sqm_guards_arm(self.host)) != SQLITE_OK)
        return sqm_raise(ctx, rc);
    return true;
}

bool sqm_run_section(mig_ctx *ctx, const mig_section_run *run) {
    return section_run(ctx, run, false);
}

bool sqm_run_outside(mig_ctx *ctx, const mig_section_run *run) {
    return section_run(ctx, run, true);
}
