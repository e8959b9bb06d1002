/*
 * tables.c: the core's tables in a SQLite file. The file is input: a stranger may have put a view,
 * a trigger or a table of another shape in their place, so each is compared with the text that we
 * would have made it from, token by token. Our own writes must not run what others made: an index
 * evaluates expressions, and the foreign key of another table may cascade from our DELETE.
 *
 * One look at the schema serves all tables of a call; it is forgotten whenever something of ours
 * may have changed it.
 */
#include "sqm.h"

#include <string.h>

#include "../shared/lex.h"

/* One row of sqlite_schema that has to do with our prefix. Texts lie behind the struct. */
typedef struct sqm_item {
    struct sqm_item *next;
    bool temporary;
    const char *type, *name, *table, *sql;
} sqm_item;

/* The list always has this one at its end, so that "read, and empty" is not NULL. */
static sqm_item the_end;

void sqm_schema_forget(sqm_host *host) {
    sqm_item *item = host->schema, *next;

    for (; item != NULL && item != &the_end; item = next) {
        next = item->next;
        sqlite3_free(item);
    }
    host->schema = NULL;
}

static const char *text_put(char **at, mig_str text) {
    char *p = *at;

    if (text.n > 0)
        memcpy(p, text.p, text.n);
    p[text.n] = '\0';
    *at = p + text.n + 1;
    return p;
}

static bool schema_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols) {
    sqm_host *host = arg;
    size_t size = sizeof(sqm_item), i;
    sqm_item *item;
    char *at;

    for (i = 1; i < n_cols; i++)
        size += cols[i].text.n + 1;
    item = sqlite3_malloc64(size);
    if (item == NULL)
        return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    at = (char *)(item + 1);
    item->temporary = cols[0].integer != 0;
    item->type = text_put(&at, cols[1].text);
    item->name = text_put(&at, cols[2].text);
    item->table = text_put(&at, cols[3].text);
    item->sql = text_put(&at, cols[4].text);
    item->next = host->schema;
    host->schema = item;
    return true;
}

/* '`' is the character behind '_': the range is the prefix, whatever LIKE means here. A foreign key
   is found in the text of its table: an identifier has no other spelling than that of its case. */
static bool schema_read(mig_ctx *ctx) {
    static const char *const sql =
        "SELECT 0, type, name, tbl_name, sql FROM main.sqlite_schema WHERE "
        "(tbl_name COLLATE NOCASE >= 'migrate_' AND tbl_name COLLATE NOCASE < 'migrate`') OR "
        "(name COLLATE NOCASE >= 'migrate_' AND name COLLATE NOCASE < 'migrate`') OR "
        "(type = 'table' AND instr(lower(sql), 'migrate_')) "
        "UNION ALL SELECT 1, type, name, tbl_name, sql FROM temp.sqlite_schema WHERE "
        "(tbl_name COLLATE NOCASE >= 'migrate_' AND tbl_name COLLATE NOCASE < 'migrate`')";
    sqm_host *host = sqm_host_of(ctx);

    if (host->schema != NULL)
        return true;
    host->schema = &the_end;
    if (sqm_query(ctx, sql, NULL, 0, MIG_SNAPSHOT_FRESH, schema_row, host))
        return true;
    sqm_schema_forget(host);
    return false;
}

static bool token_same(const mig_lexer *a, const mig_token *x, const mig_lexer *b,
                       const mig_token *y) {
    return x->kind == y->kind && mig_str_eq(mig_token_text(a, x), mig_token_text(b, y));
}

static bool sql_same(const char *one, const char *other) {
    mig_lexer a = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(one), 1);
    mig_lexer b = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(other), 1);
    mig_token x, y;

    do {
        x = mig_lex_significant(&a);
        y = mig_lex_significant(&b);
        if (!token_same(&a, &x, &b, &y))
            return false;
    } while (x.kind != MIG_TOK_END);
    return true;
}

/* The text SQLite keeps of a CREATE TABLE: without the schema. */
static const char *stored_form(mig_ctx *ctx, const char *ddl, mig_str name) {
    const char *sql = sqm_translate(ctx, ddl);
    mig_buf out = mig_buf_new(ctx);
    const char *paren = sql == NULL ? NULL : strchr(sql, '(');

    if (paren == NULL)
        return NULL;
    mig_buf_addf(&out, "CREATE TABLE %.*s %s", MIG_FMT(name), paren);
    return mig_ctx_error(ctx) != NULL ? NULL : mig_buf_str(&out).p;
}

/* A name as SQLite takes it from a token: bare, or in quotes of any kind. */
static mig_str token_name(const mig_lexer *lexer, const mig_token *token) {
    mig_str text = mig_token_text(lexer, token);

    if ((token->kind == MIG_TOK_QUOTED || token->kind == MIG_TOK_STRING) && text.n >= 2)
        return mig_str_sub(text, 1, text.n - 2);
    return text;
}

/* Has the table a foreign key to the one called name? REFERENCES is reserved: it cannot be a name
   itself, and a name follows. */
static bool item_refers(const sqm_item *item, const char *name) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, mig_str_of(item->sql), 1);
    mig_token token;

    if (item->temporary || strcmp(item->type, "table") != 0)
        return false;
    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        if (!mig_token_is(&lexer, &token, "references"))
            continue;
        token = mig_lex_significant(&lexer);
        if (mig_str_is_nocase(token_name(&lexer, &token), name))
            return true;
    }
    return false;
}

/* What an item makes of the table called name: nothing, good, or a reason against it. */
static const char *item_judge(mig_ctx *ctx, const sqm_item *item, mig_str name, const char *sql,
                              mig_table_state *state) {
    const char *where = item->temporary ? "temp" : "main";
    mig_str why = {NULL, 0};

    if (!mig_str_is_nocase(name, item->table) && !item_refers(item, name.p))
        return NULL;
    if (!mig_str_is_nocase(name, item->table))
        why = mig_str_format(ctx, "The table \"%s\" has a foreign key that refers to it.",
                             item->name);
    else if (strcmp(item->type, "trigger") == 0)
        why = mig_str_format(ctx, "There is a trigger \"%s\" on it.", item->name);
    else if (strcmp(item->type, "index") == 0 && item->sql[0] == '\0')
        return NULL; /* SQLite's own, for the primary key */
    else if (strcmp(item->type, "index") == 0)
        why = mig_str_format(ctx, "There is an index \"%s\" on it.", item->name);
    else if (item->temporary || strcmp(item->type, "table") != 0)
        why = mig_str_format(ctx, "There is a %s %s.%.*s in its place.", item->type, where,
                             MIG_FMT(name));
    else if (!sql_same(item->sql, sql))
        why = mig_str_format(ctx, "The table main.%.*s was not made by migrate, or was changed.",
                             MIG_FMT(name));
    else
        *state = MIG_TABLE_GOOD;
    return why.p;
}

bool sqm_table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                     const char **why) {
    mig_str table = mig_str_of(mig_table_name(MIG_SQLITE, mig_str_of(name)));
    const char *sql = stored_form(ctx, ddl, table), *against;
    const sqm_item *item;

    *state = MIG_TABLE_ABSENT;
    if (sql == NULL || !schema_read(ctx))
        return false;
    for (item = sqm_host_of(ctx)->schema; item != &the_end; item = item->next) {
        against = item_judge(ctx, item, table, sql, state);
        if (against == NULL)
            continue;
        *state = MIG_TABLE_FOREIGN;
        *why = against;
        break;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool sqm_schema_create(mig_ctx *ctx, const char *owner) {
    if (mig_ctx_error(ctx) != NULL || owner == NULL)
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_UNSUPPORTED, "tables of SQLite have no owner");
    mig_hint(ctx, "Call migrate_init() without an argument.");
    return false;
}

bool sqm_table_create(mig_ctx *ctx, const char *name, const char *ddl, const char *owner) {
    const char *sql = sqm_translate(ctx, ddl);
    int rc;

    (void)name;
    (void)owner;
    if (sql == NULL)
        return false;
    sqm_schema_forget(sqm_host_of(ctx));
    rc = sqm_run(sqm_host_of(ctx), sql);
    return rc == SQLITE_OK || sqm_raise(ctx, rc);
}

/* A name, or schema.name, quoted or not, and nothing else: it is put into a statement. *last is the
   name without its schema. */
static bool is_name(mig_str text, mig_str *last) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, text, 1);
    mig_token token;
    int n;

    for (n = 0; n < 2; n++) {
        token = mig_lex_significant(&lexer);
        if (token.kind != MIG_TOK_WORD && token.kind != MIG_TOK_QUOTED)
            return false;
        *last = mig_token_text(&lexer, &token);
        if (token.kind == MIG_TOK_QUOTED)
            *last = mig_str_sub(*last, 1, last->n - 2);
        token = mig_lex_significant(&lexer);
        if (token.kind == MIG_TOK_END)
            return true;
        if (!mig_str_is(mig_token_text(&lexer, &token), "."))
            return false;
    }
    return false;
}

/* Views and virtual tables are code of whoever made the file, and need never end. */
static bool is_code(mig_ctx *ctx, mig_str name) {
    mig_buf sql = mig_buf_new(ctx);

    mig_buf_add_z(&sql, "SELECT count(*) FROM (SELECT name, rootpage FROM main.sqlite_schema UNION "
                        "ALL SELECT name, rootpage FROM temp.sqlite_schema) WHERE rootpage IS 0 "
                        "AND name = ");
    mig_buf_add_literal(&sql, MIG_SQLITE, name);
    mig_buf_add_z(&sql, " COLLATE NOCASE");
    return mig_ctx_error(ctx) != NULL || sqm_integer(sqm_host_of(ctx), mig_buf_str(&sql).p, 1) != 0;
}

bool sqm_count_rows(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows) {
    mig_str sql, last = {NULL, 0};

    *rows = -1;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!is_name(name, &last) || is_code(ctx, last))
        return mig_ctx_error(ctx) == NULL;
    sql = mig_str_format(ctx, "SELECT count(*) FROM (SELECT 1 FROM %.*s LIMIT %lld)", MIG_FMT(name),
                         (long long)limit);
    if (sql.p == NULL)
        return false;
    *rows = sqm_integer(sqm_host_of(ctx), sql.p, -1);
    return true;
}
