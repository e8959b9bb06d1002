/*
 * offline.c: migrate_upgrade_sql and migrate_downgrade_sql: a run as a script for psql or the
 * sqlite3 shell, for databases where the engine is not installed.
 *
 * The same steps as a run go through an emitter. The script takes the same lock, makes the tables
 * if need be, asserts the state it was made for, and keeps the same books; it stops at the first
 * error, and everything is in one transaction except transaction:false sections.
 */
#include "command.h"

#include <string.h>

#include "steps.h"

typedef struct offline {
    const char *function;
    mig_engine engine;
    bool down;
    mig_session session;
    mig_applied from; /* the state the script starts at */
    mig_plan plan;
    bool writes, outside; /* of the revision being written: has it SQL, was it outside */
} offline;

/* ---- small pieces ------------------------------------------------------------------------ */

/* Text that may hold line ends, as answer lines. */
static bool emit(mig_ctx *ctx, mig_str text) {
    mig_str line;

    while (mig_str_next_line(&text, &line))
        if (!mig_answer(ctx, "%.*s", MIG_FMT(line)))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

static bool emit_buf(mig_ctx *ctx, const mig_buf *buf) {
    return mig_ctx_error(ctx) == NULL && emit(ctx, mig_buf_str(buf));
}

/* What stands for a word in braces: a table, or an operator or function that a search_path of
   PostgreSQL must not be able to put another in the place of. */
static const char *word_sql(const offline *self, mig_str word) {
    static const struct {
        const char *word, *postgresql;
    } names[] = {{"=", "OPERATOR(pg_catalog.=)"},
                 {"+", "OPERATOR(pg_catalog.+)"},
                 {"count", "pg_catalog.count"},
                 {"max", "pg_catalog.max"}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (mig_str_is(word, names[i].word))
            return self->engine == MIG_POSTGRESQL ? names[i].postgresql : names[i].word;
    return mig_table_name(self->engine, word);
}

/* Replaces {word} as above, and $n by the n-th SQL text. */
static mig_str translate(mig_ctx *ctx, const offline *self, const char *sql,
                         const mig_str *values) {
    mig_buf buf = mig_buf_new(ctx);
    const char *end;
    size_t n;

    for (; *sql != '\0'; sql++) {
        if (*sql == '{' && (end = strchr(sql, '}')) != NULL) {
            mig_buf_add_z(&buf, word_sql(self, (mig_str){sql + 1, (size_t)(end - sql - 1)}));
            sql = end;
        } else if (*sql == '$') {
            for (n = 0; mig_is_digit(sql[1]); sql++)
                n = n * 10 + (size_t)(sql[1] - '0');
            mig_buf_add(&buf, values[n - 1]);
        } else {
            mig_buf_add_char(&buf, *sql);
        }
    }
    return mig_buf_str(&buf);
}

static bool emit_sql(mig_ctx *ctx, const offline *self, const char *sql, const mig_str *values) {
    mig_str text = translate(ctx, self, sql, values);

    return mig_ctx_error(ctx) == NULL && emit(ctx, mig_str_format(ctx, "%.*s;", MIG_FMT(text)));
}

static mig_str literal(mig_ctx *ctx, const offline *self, mig_str text) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_literal(&buf, self->engine, text);
    return mig_buf_str(&buf);
}

static mig_str value_sql(mig_ctx *ctx, const offline *self, const mig_value *value) {
    if (value->type == MIG_NULL)
        return MIG_STR("NULL");
    if (value->type == MIG_INT)
        return mig_str_format(ctx, "%lld", (long long)value->integer);
    return literal(ctx, self, value->text);
}

static mig_str now_sql(const offline *self) {
    if (self->engine == MIG_POSTGRESQL)
        return MIG_STR(
            "pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), "
            "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
    return MIG_STR("strftime('%Y-%m-%dT%H:%M:%SZ', 'now')");
}

/* ---- assertions -------------------------------------------------------------------------- */

static bool text_has(mig_str text, mig_str part) {
    size_t at;

    for (; mig_str_find(text, part.p[0], &at); text = mig_str_sub(text, at + 1, text.n))
        if (mig_str_starts(mig_str_sub(text, at, text.n), part))
            return true;
    return false;
}

/* The body as a block of PL/pgSQL, between dollar quotes that do not stand in it. */
static bool emit_block(mig_ctx *ctx, mig_str body) {
    mig_str tag = MIG_STR("$migrate$");
    int n = 0;

    while (mig_ctx_error(ctx) == NULL && text_has(body, tag))
        tag = mig_str_format(ctx, "$migrate%d$", ++n);
    return emit(ctx,
                mig_str_format(ctx, "DO %.*s%.*s%.*s;", MIG_FMT(tag), MIG_FMT(body), MIG_FMT(tag)));
}

/* Emits SQL that fails with the message unless the condition holds. SQLite has no RAISE outside
   triggers: there a CHECK of a temporary table says no, and its name is the message. */
static bool emit_assert(mig_ctx *ctx, const offline *self, mig_str condition, mig_str message) {
    mig_buf buf = mig_buf_new(ctx);

    if (self->engine == MIG_POSTGRESQL) {
        mig_buf_addf(&buf,
                     "BEGIN\nIF (%.*s) IS NOT TRUE THEN\n  RAISE EXCEPTION USING MESSAGE = "
                     "%.*s;\nEND IF;\nEND",
                     MIG_FMT(condition), MIG_FMT(literal(ctx, self, message)));
        return emit_block(ctx, mig_buf_str(&buf));
    }
    mig_buf_add_z(&buf, "CREATE TEMP TABLE migrate_assert (ok CONSTRAINT ");
    mig_buf_add_identifier(&buf, message);
    mig_buf_addf(&buf,
                 " CHECK (ok IS NOT NULL AND ok));\nINSERT INTO temp.migrate_assert SELECT "
                 "%.*s;\nDROP TABLE temp.migrate_assert;",
                 MIG_FMT(condition));
    return emit_buf(ctx, &buf);
}

/* The applied set is exactly the one the script was made for. */
static bool emit_assert_state(mig_ctx *ctx, const offline *self, const mig_applied *applied) {
    mig_str at = mig_applied_text(ctx, applied, false), values[2];
    mig_buf condition = mig_buf_new(ctx), ids = mig_buf_new(ctx);
    size_t i, n = 0;

    for (i = 0; i < applied->graph->n; i++)
        if (applied->in[i])
            mig_buf_addf(&ids, "%s'%.*s'", n++ > 0 ? ", " : "",
                         MIG_FMT(applied->graph->revisions[i].id));
    values[0] = mig_str_format(ctx, "%zu", n);
    values[1] = mig_buf_str(&ids);
    mig_buf_add(&condition,
                translate(ctx, self,
                          "(SELECT {count}(*) FROM {applied} WHERE target {=} '') {=} $1", values));
    if (n > 0)
        mig_buf_add(
            &condition,
            translate(ctx, self,
                      self->engine == MIG_POSTGRESQL
                          ? " AND (SELECT {count}(*) FROM {applied} WHERE target {=} '' AND "
                            "revision {=} ANY (ARRAY[$2])) {=} $1"
                          : " AND (SELECT count(*) FROM {applied} WHERE target = '' AND "
                            "revision IN ($2)) = $1",
                      values));
    return emit_assert(
        ctx, self, mig_buf_str(&condition),
        mig_str_format(ctx, "this script starts at %.*s, the database is elsewhere", MIG_FMT(at)));
}

/* ---- head and tail ----------------------------------------------------------------------- */

static bool emit_begin(mig_ctx *ctx, const offline *self, bool shared) {
    if (self->engine == MIG_SQLITE)
        return mig_answer(ctx, "BEGIN IMMEDIATE;");
    return mig_answer(ctx, "BEGIN;") &&
           mig_answer(ctx,
                      "DO $migrate$BEGIN PERFORM pg_catalog.pg_advisory_xact_lock%s(%d, %d), "
                      "pg_catalog.pg_advisory_xact_lock(%d, %d); END$migrate$;",
                      shared ? "_shared" : "", MIG_LOCK_CLASS, MIG_LOCK_KEY_CATALOG, MIG_LOCK_CLASS,
                      MIG_LOCK_KEY_TARGET);
}

static bool emit_create(mig_ctx *ctx, const offline *self, const char *create) {
    static const char plain[] = "CREATE TABLE ";
    const char *ddl, *name;
    mig_str sql;
    size_t i;

    for (i = 0; (ddl = mig_store_ddl(ctx, i, MIG_STORE_FORMAT, &name)) != NULL; i++) {
        sql = mig_str_format(ctx, "%s%s", create, ddl + sizeof plain - 1);
        if (sql.p == NULL || !emit_sql(ctx, self, sql.p, NULL))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* Tables of a format that has all the script writes are left in it. */
static bool emit_assert_format(mig_ctx *ctx, const offline *self) {
    mig_buf condition = mig_buf_new(ctx);
    mig_str format;
    int i;

    for (i = MIG_STORE_OFFLINE; i <= MIG_STORE_FORMAT; i++) {
        format = mig_str_format(ctx, "'%d'", i);
        mig_buf_add_z(&condition, i > MIG_STORE_OFFLINE ? " OR " : "");
        mig_buf_add(&condition,
                    translate(ctx, self, "(SELECT value FROM {meta} WHERE key {=} 'format') {=} $1",
                              &format));
    }
    return emit_assert(ctx, self, mig_buf_str(&condition),
                       mig_str_format(ctx,
                                      "the tables of migrate have another format than %d to %d",
                                      MIG_STORE_OFFLINE, MIG_STORE_FORMAT));
}

/* In PostgreSQL within a block: IF NOT EXISTS would tell the user of each table that is there. */
static bool emit_tables(mig_ctx *ctx, const offline *self) {
    mig_str format = mig_str_format(ctx, "'%d'", MIG_STORE_FORMAT);
    bool block = self->engine == MIG_POSTGRESQL;

    if (block)
        emit(ctx,
             MIG_STR("DO $migrate$BEGIN\nIF pg_catalog.to_regclass('migrate.meta') IS NULL THEN\n"
                     "IF pg_catalog.to_regnamespace('migrate') IS NULL THEN\nCREATE SCHEMA "
                     "migrate;\nEND IF;"));
    if (!emit_create(ctx, self, block ? "CREATE TABLE " : "CREATE TABLE IF NOT EXISTS "))
        return false;
    if (block)
        emit(ctx, MIG_STR("END IF;\nEND$migrate$;"));
    return emit_sql(
               ctx, self,
               "INSERT INTO {meta} (key, value) SELECT 'format', $1 WHERE NOT EXISTS (SELECT 1 "
               "FROM {meta} WHERE key {=} 'format')",
               &format) &&
           emit_assert_format(ctx, self);
}

static bool emit_head(mig_ctx *ctx, offline *self) {
    mig_state *state = &self->session.state;
    mig_applied after = self->from;
    mig_str from = mig_applied_text(ctx, &self->from, false), to;
    size_t i;

    after.in = mig_alloc(ctx, state->n);
    after.seq = mig_alloc_zero(ctx, state->n, sizeof *after.seq);
    after.stamped = mig_alloc_zero(ctx, state->n, sizeof *after.stamped);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    memcpy(after.in, self->from.in, state->n * sizeof *after.in);
    for (i = 0; i < self->plan.nodes.n; i++)
        mig_applied_step(&after, self->down, self->plan.nodes.items[i], 1);
    to = mig_applied_text(ctx, &after, false);
    mig_answer(ctx, "-- migrate: %s %.*s -> %.*s", self->down ? "downgrade" : "upgrade",
               MIG_FMT(from), MIG_FMT(to));
    if (self->engine == MIG_POSTGRESQL)
        mig_answer(ctx, "-- For psql; it stops at the first error.");
    else
        mig_answer(ctx, "-- For the sqlite3 shell; it stops at the first error.");
    mig_answer(ctx, self->engine == MIG_POSTGRESQL ? "\\set ON_ERROR_STOP on" : ".bail on");
    return emit_begin(ctx, self, false) && emit_tables(ctx, self) &&
           emit_assert_state(ctx, self, &self->from);
}

/* ---- sections ---------------------------------------------------------------------------- */

/* A name such as app."User" without its quotes, from token on. */
static mig_str name_read(mig_ctx *ctx, mig_lexer *lexer, mig_token token) {
    mig_buf name = mig_buf_new(ctx);
    mig_str text;

    for (; token.kind == MIG_TOK_WORD || token.kind == MIG_TOK_QUOTED;
         token = mig_lex_significant(lexer)) {
        text = mig_token_text(lexer, &token);
        if (token.kind == MIG_TOK_QUOTED)
            text = mig_str_sub(text, 1, text.n - 2);
        mig_buf_add(&name, text);
        token = mig_lex_significant(lexer);
        if (!mig_str_is(mig_token_text(lexer, &token), "."))
            break;
        mig_buf_add_char(&name, '.');
    }
    return mig_buf_str(&name);
}

/* The first argument of set_config(), which dumps call at their beginning, if it is a plain
   literal. */
static mig_str setting_called(mig_lexer *lexer) {
    mig_token token = mig_lex_significant(lexer);
    mig_str text;
    size_t at;

    while (token.kind != MIG_TOK_END && !mig_token_is(lexer, &token, "set_config"))
        token = mig_lex_significant(lexer);
    token = mig_lex_significant(lexer);
    if (token.kind == MIG_TOK_OPEN)
        token = mig_lex_significant(lexer);
    if (token.kind != MIG_TOK_STRING)
        return (mig_str){NULL, 0};
    text = mig_token_text(lexer, &token);
    if (text.n < 2 || text.p[0] != '\'' ||
        mig_str_find(mig_str_sub(text, 1, text.n - 2), '\'', &at))
        return (mig_str){NULL, 0};
    return mig_str_sub(text, 1, text.n - 2);
}

/* The setting a statement of PostgreSQL changes; empty: none, or one that ends by itself. */
static mig_str setting_of(mig_ctx *ctx, const mig_section *section,
                          const mig_statement *statement) {
    mig_str text = mig_str_sub(section->text, statement->start, statement->length);
    mig_lexer lexer = mig_lexer_new(MIG_LEX_POSTGRESQL, text, 1);
    mig_token token = mig_lex_significant(&lexer), next;

    if (mig_token_is(&lexer, &token, "select"))
        return setting_called(&lexer);
    if (!mig_token_is(&lexer, &token, "set") && !mig_token_is(&lexer, &token, "reset"))
        return (mig_str){NULL, 0};
    token = mig_lex_significant(&lexer);
    if (mig_token_is(&lexer, &token, "session") || mig_token_is(&lexer, &token, "local")) {
        next = mig_lex_significant(&lexer);
        if (mig_token_is(&lexer, &next, "authorization"))
            return MIG_STR("session_authorization");
        token = next;
    }
    if (mig_token_is(&lexer, &token, "time"))
        return MIG_STR("TimeZone");
    if (mig_token_is(&lexer, &token, "schema"))
        return MIG_STR("search_path");
    if (mig_token_is(&lexer, &token, "names"))
        return MIG_STR("client_encoding");
    if (mig_token_is(&lexer, &token, "xml"))
        return MIG_STR("xmloption");
    if (mig_token_is(&lexer, &token, "constraints") ||
        mig_token_is(&lexer, &token, "transaction") ||
        mig_token_is(&lexer, &token, "characteristics") || mig_token_is(&lexer, &token, "seed") ||
        mig_token_is(&lexer, &token, "all"))
        return (mig_str){NULL, 0};
    return name_read(ctx, &lexer, token);
}

/* What the section sets has to end with it, as in a run. */
static bool settings_find(mig_ctx *ctx, const offline *self, const mig_step *step,
                          mig_list *settings) {
    mig_str name;
    size_t i;

    for (i = 0; self->engine == MIG_POSTGRESQL && i < step->n_statements; i++) {
        name = setting_of(ctx, step->section, &step->statements[i]);
        if (name.n > 0 && !mig_list_has(settings, name) && !mig_list_add(ctx, settings, name))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool emit_verify(mig_ctx *ctx, const offline *self, const mig_step *step) {
    const mig_revision *rev = step->revision;
    mig_str text, condition, message;
    size_t i;

    for (i = 0; i < step->n_statements; i++) {
        text =
            mig_str_sub(step->section->text, step->statements[i].start, step->statements[i].length);
        condition =
            mig_str_format(ctx,
                           self->engine == MIG_POSTGRESQL
                               ? "NOT EXISTS (SELECT 1 FROM (%.*s\n) AS q(ok) WHERE ok IS NOT "
                                 "TRUE)"
                               : "NOT EXISTS (WITH q(ok) AS (%.*s\n) SELECT 1 FROM q WHERE ok "
                                 "IS NULL OR NOT ok)",
                           MIG_FMT(text));
        message = mig_str_format(ctx, "verify section of revision %.*s failed at %.*s:%d",
                                 MIG_FMT(rev->id), MIG_FMT(rev->source), step->statements[i].line);
        if (mig_ctx_error(ctx) != NULL || !emit_assert(ctx, self, condition, message))
            return false;
    }
    return true;
}

/* The statements with everything between them, so that comments stay; the last one closed. */
static bool emit_statements(mig_ctx *ctx, const mig_step *step) {
    const mig_statement *last;
    size_t end;
    mig_str body;

    if (step->n_statements == 0)
        return true;
    last = &step->statements[step->n_statements - 1];
    end = last->start + last->length;
    body = mig_str_trim(mig_str_sub(step->section->text, 0, end));
    return emit(ctx, mig_str_format(ctx, "%.*s;", MIG_FMT(body)));
}

static bool emit_outside_end(mig_ctx *ctx, const offline *self, const mig_applied *now) {
    return emit_begin(ctx, self, true) && emit_assert_state(ctx, self, now);
}

static bool emit_section(mig_ctx *ctx, const offline *self, const mig_step *step,
                         const mig_applied *now) {
    mig_list settings;
    size_t i;

    memset(&settings, 0, sizeof settings);
    if (step->section->kind == MIG_SECTION_VERIFY)
        return emit_verify(ctx, self, step);
    if (!settings_find(ctx, self, step, &settings))
        return false;
    if (step->outside)
        mig_answer(ctx, "COMMIT;");
    for (i = 0; i < settings.n; i++)
        mig_answer(ctx,
                   "SELECT COALESCE(pg_catalog.current_setting(%.*s, true), '') AS "
                   "migrate_setting_%zu \\gset",
                   MIG_FMT(literal(ctx, self, settings.items[i])), i);
    if (!emit_statements(ctx, step))
        return false;
    for (i = 0; i < settings.n; i++)
        mig_answer(ctx,
                   "SELECT pg_catalog.set_config(%.*s, :'migrate_setting_%zu', false) AS "
                   "migrate_setting_%zu \\gset",
                   MIG_FMT(literal(ctx, self, settings.items[i])), i, i);
    return !step->outside || emit_outside_end(ctx, self, now);
}

/* ---- the books --------------------------------------------------------------------------- */

static bool emit_catalog(mig_ctx *ctx, const offline *self, const mig_step *step) {
    mig_value values[MIG_REVISION_COLUMNS];
    mig_str texts[MIG_REVISION_COLUMNS];
    mig_revision rev = *step->revision;
    size_t i;

    if (rev.text.p == NULL && !mig_store_description(ctx, rev.id, &rev.description))
        return false;
    mig_revision_values(ctx, &rev, values);
    for (i = 0; i < MIG_REVISION_COLUMNS; i++)
        texts[i] = value_sql(ctx, self, &values[i]);
    if (mig_ctx_error(ctx) != NULL || !emit_sql(ctx, self, mig_revision_delete, texts) ||
        !emit_sql(ctx, self, mig_revision_insert, texts))
        return false;
    texts[1] = literal(ctx, self, step->script->text);
    return emit_sql(ctx, self, mig_script_delete, texts) &&
           emit_sql(ctx, self, mig_script_insert, texts);
}

static mig_str who_sql(mig_ctx *ctx, const offline *self) {
    if (self->engine == MIG_POSTGRESQL)
        return MIG_STR("session_user");
    return literal(ctx, self, mig_ctx_host(ctx)->user(ctx));
}

static bool emit_books(mig_ctx *ctx, const offline *self, const mig_step *step) {
    mig_str values[8];

    values[0] = literal(ctx, self, step->revision->id);
    values[1] = translate(
        ctx, self, "(SELECT COALESCE({max}(seq), 0) {+} 1 FROM {applied} WHERE target {=} '')",
        NULL);
    values[2] = now_sql(self);
    values[3] = MIG_STR("0");
    values[4] = literal(ctx, self, step->revision->up_checksum);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (self->down
            ? !emit_sql(ctx, self, mig_applied_delete, values)
            : !emit_catalog(ctx, self, step) || !emit_sql(ctx, self, mig_applied_insert, values))
        return false;
    values[4] = values[0];
    values[0] = translate(
        ctx, self, "(SELECT COALESCE({max}(id), 0) {+} 1 FROM {log} WHERE target {=} '')", NULL);
    values[1] = now_sql(self);
    values[2] = who_sql(ctx, self);
    values[3] = self->down ? MIG_STR("'downgrade'") : MIG_STR("'upgrade'");
    values[5] = MIG_STR("NULL");
    values[6] = MIG_STR("'ok'");
    values[7] = MIG_STR("''");
    return mig_ctx_error(ctx) == NULL && emit_sql(ctx, self, mig_log_insert, values);
}

/* Deferred constraints that hold work are checked at the end of each revision, as in a run: one by
   one by name, because SET CONSTRAINTS ALL would also defer what is immediate by itself. */
static bool emit_deferred(mig_ctx *ctx, const offline *self) {
    static const char text[] =
        "DO $migrate$DECLARE c record; BEGIN\n"
        "FOR c IN SELECT n.nspname, k.conname FROM pg_catalog.pg_constraint k JOIN "
        "pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) k.connamespace WHERE "
        "k.condeferred "
        "LOOP\n"
        "  EXECUTE pg_catalog.format('SET CONSTRAINTS %I.%I IMMEDIATE', c.nspname, c.conname);\n"
        "  EXECUTE pg_catalog.format('SET CONSTRAINTS %I.%I DEFERRED', c.nspname, c.conname);\n"
        "END LOOP;\nEND$migrate$;";

    return self->engine == MIG_SQLITE || emit(ctx, MIG_STR(text));
}

/* ---- the script -------------------------------------------------------------------------- */

/* What ran outside a transaction stays: its revision must not go with the failure of a later one. */
static bool emit_finish(mig_ctx *ctx, const offline *self, const mig_step *step, mig_applied *now) {
    if (self->writes && !emit_deferred(ctx, self))
        return false;
    mig_applied_step(now, step->down, step->node, 1);
    if (!emit_books(ctx, self, step))
        return false;
    if (!self->outside || step->place + 1 == step->n_places)
        return true;
    return mig_answer(ctx, "COMMIT;") && emit_outside_end(ctx, self, now);
}

static bool emit_step(mig_ctx *ctx, offline *self, const mig_step *step, mig_applied *now) {
    mig_str line;

    switch (step->kind) {
    case MIG_STEP_START:
        self->writes = self->outside = false;
        line = mig_step_line(ctx, self->session.state.graph, step->node, step->down);
        return mig_answer(ctx, "%s", "") && mig_answer(ctx, "-- %.*s", MIG_FMT(line));
    case MIG_STEP_SECTION:
        self->writes = self->writes || step->n_statements > 0;
        self->outside = self->outside || step->outside;
        return emit_section(ctx, self, step, now);
    case MIG_STEP_FINISH:
        break;
    }
    return emit_finish(ctx, self, step, now);
}

static bool emit_script(mig_ctx *ctx, offline *self) {
    mig_steps *steps;
    mig_step step;
    mig_mark mark;

    if (!emit_head(ctx, self))
        return false;
    steps = mig_steps_open(ctx, &self->session.state, &self->plan, true);
    while (steps != NULL && steps->next(ctx, steps, &step)) {
        mark = mig_arena_mark(ctx);
        if (!emit_step(ctx, self, &step, &self->from))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL && mig_answer(ctx, "%s", "") && mig_answer(ctx, "COMMIT;");
}

/* A range that runs the other way belongs to the other function. A relative end cannot do so, and an
   end that cannot be located has its error from the plan. */
static bool range_direction(mig_ctx *ctx, const offline *self, mig_str range, mig_str to) {
    const mig_graph *graph = self->session.state.graph;
    bool above = false, below = false;
    mig_applied end;
    mig_error error;
    size_t i;

    if (to.p[0] == '+' || to.p[0] == '-')
        return true;
    if (!mig_applied_at(ctx, graph, to, &end))
        return mig_take_error(ctx, &error) && (error.code != MIG_E_NOMEM || mig_raise(ctx, &error));
    for (i = 0; i < graph->n; i++) {
        above = above || (end.in[i] && !self->from.in[i]);
        below = below || (self->from.in[i] && !end.in[i]);
    }
    if (self->down ? !above : above || !below)
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "%s: the range \"%.*s\" goes %s", self->function, MIG_FMT(range),
             self->down ? "up" : "down");
    mig_hint(ctx, "Use migrate_%s_sql for it.", self->down ? "upgrade" : "downgrade");
    return false;
}

static bool offline_plan(mig_ctx *ctx, offline *self, mig_str range) {
    mig_state *state = &self->session.state;
    mig_str from, to = range;

    self->from = state->applied;
    if (mig_target_range(range, &from, &to)) {
        if (mig_str_trim(from).n == 0 || mig_str_trim(to).n == 0) {
            mig_fail(ctx, MIG_E_ARGUMENT, "%s: \"%.*s\" is not a range", self->function,
                     MIG_FMT(range));
            mig_hint(ctx, "Write both sides, as in 'base:head', or one target to start from the "
                          "state of this database.");
            return false;
        }
        if (!mig_applied_at(ctx, state->graph, mig_str_trim(from), &self->from) ||
            !range_direction(ctx, self, range, mig_str_trim(to)))
            return false;
    }
    to = mig_str_trim(to);
    return self->down ? mig_plan_downgrade(ctx, &self->from, to, &self->plan)
                      : mig_plan_upgrade(ctx, &self->from, to, &self->plan);
}

static bool offline_run(mig_ctx *ctx, offline *self, mig_str range) {
    mig_str at;

    self->engine = mig_ctx_host(ctx)->engine;
    if (!mig_session_look(ctx, &self->session, MIG_SNAPSHOT_CALLER,
                          self->down ? MIG_FILES_IGNORE : MIG_FILES_LOOK, "Nothing was written") ||
        !offline_plan(ctx, self, range) ||
        !mig_run_check_downs(ctx, &self->session.state, &self->plan))
        return false;
    if (self->plan.nodes.n > 0)
        return emit_script(ctx, self);
    at = mig_applied_text(ctx, &self->from, true);
    return mig_answer(ctx, "-- migrate: nothing to do; at %.*s", MIG_FMT(at));
}

MIG_COMMAND(mig_cmd_upgrade_sql) {
    offline self;
    mig_str range;

    memset(&self, 0, sizeof self);
    self.function = "migrate_upgrade_sql";
    return mig_arg_target(ctx, self.function, args, n_args, 0, &range) &&
           offline_run(ctx, &self, range);
}

MIG_COMMAND(mig_cmd_downgrade_sql) {
    offline self;
    mig_str range;

    memset(&self, 0, sizeof self);
    self.function = "migrate_downgrade_sql";
    self.down = true;
    return mig_arg_down_target(ctx, self.function, args, n_args, 0, &range) &&
           offline_run(ctx, &self, range);
}
