/*
 * relation.c: looks at a table of the user: columns, keys, and the foreign keys that refer to it.
 *
 * Everything is asked by PRAGMA and from sqlite_schema of the one database the table is in. The
 * table-valued forms (pragma_table_info) are not used: a table of that name in a stranger's file
 * would take their place.
 *
 * A foreign key refers within its own database, so only that one is searched for referrers.
 */
#include "sqm.h"
#include "relation.h"

#include <string.h>

#include "../shared/lex.h"

/* Where a name was found. */
typedef struct place {
    mig_str schema, name, sql; /* name as it was written when the table was made */
    bool view, rootless;
    bool found;
} place;

/* ---- questions --------------------------------------------------------------------------- */

static bool ask(mig_ctx *ctx, mig_str sql, const mig_value *params, size_t n, mig_row_fn row,
                void *arg) {
    mig_prepared *prepared = sqm_statement_prepare(ctx, sql, n);
    bool ok = prepared != NULL && sqm_statement_run(ctx, prepared, params, row, arg, NULL);

    sqm_statement_unprepare(ctx, prepared);
    return ok;
}

/* PRAGMA "schema".what("name") */
static bool ask_pragma(mig_ctx *ctx, mig_str schema, const char *what, mig_str name, mig_row_fn row,
                       void *arg) {
    mig_buf sql = mig_buf_new(ctx);

    mig_buf_add_z(&sql, "PRAGMA ");
    mig_buf_add_identifier(&sql, schema);
    mig_buf_addf(&sql, ".%s(", what);
    mig_buf_add_identifier(&sql, name);
    mig_buf_add_z(&sql, ")");
    return ask(ctx, mig_buf_str(&sql), NULL, 0, row, arg);
}

static bool same_name(mig_str a, mig_str b) {
    return a.n == b.n && sqlite3_strnicmp(a.p, b.p, (int)a.n) == 0;
}

static bool name_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    return mig_list_add(ctx, arg, mig_str_copy(ctx, cols[0].text));
}

/* ---- names ------------------------------------------------------------------------------- */

/* A token as a name: quoted in any of SQLite's ways, its doubled quotes made single. */
static bool token_name(mig_ctx *ctx, const mig_lexer *lexer, const mig_token *token,
                       mig_str *name) {
    mig_buf out = mig_buf_new(ctx);
    char quote;
    size_t i;

    *name = mig_token_text(lexer, token);
    if (token->kind == MIG_TOK_WORD)
        return true;
    if (token->kind != MIG_TOK_QUOTED || name->n < 2)
        return false;
    quote = name->p[name->n - 1];
    for (i = 1; i + 1 < name->n; i++) {
        mig_buf_add_char(&out, name->p[i]);
        if (name->p[i] == quote && name->p[i + 1] == quote && i + 2 < name->n)
            i++;
    }
    *name = mig_buf_str(&out);
    return name->n > 0;
}

/* "table" or "schema.table", and nothing else. schema {NULL, 0}: not given. */
static bool name_read(mig_ctx *ctx, mig_str text, mig_str *schema, mig_str *name) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, text, 1);
    mig_token token = mig_lex_significant(&lexer);

    *schema = (mig_str){NULL, 0};
    if (!token_name(ctx, &lexer, &token, name))
        return false;
    token = mig_lex_significant(&lexer);
    if (token.kind == MIG_TOK_END)
        return true;
    if (!mig_str_is(mig_token_text(&lexer, &token), "."))
        return false;
    *schema = *name;
    token = mig_lex_significant(&lexer);
    return token_name(ctx, &lexer, &token, name) && mig_lex_significant(&lexer).kind == MIG_TOK_END;
}

static bool is_plain(mig_str name) {
    size_t i;

    for (i = 0; i < name.n; i++)
        if (!mig_is_alpha(name.p[i]) && name.p[i] != '_' && (i == 0 || !mig_is_digit(name.p[i])))
            return false;
    return name.n > 0;
}

static bool name_add(mig_buf *out, mig_str name) {
    return is_plain(name) ? mig_buf_add(out, name) : mig_buf_add_identifier(out, name);
}

/* As describe takes it; a schema only where it is not main. */
static mig_str name_said(mig_ctx *ctx, mig_str schema, mig_str name, bool hidden) {
    mig_buf out = mig_buf_new(ctx);

    if (hidden || !mig_str_is_nocase(schema, "main")) {
        name_add(&out, schema);
        mig_buf_add_char(&out, '.');
    }
    name_add(&out, name);
    return mig_buf_str(&out);
}

static mig_str name_quoted(mig_ctx *ctx, mig_str schema, mig_str name) {
    mig_buf out = mig_buf_new(ctx);

    mig_buf_add_identifier(&out, schema);
    mig_buf_add_char(&out, '.');
    mig_buf_add_identifier(&out, name);
    return mig_buf_str(&out);
}

/* ---- where it is ------------------------------------------------------------------------- */

static bool place_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    place *self = arg;

    (void)n;
    self->found = true;
    self->view = mig_str_is(cols[0].text, "view");
    self->rootless = cols[1].integer == 0;
    self->name = mig_str_copy(ctx, cols[2].text);
    self->sql = mig_str_copy(ctx, cols[3].text);
    return mig_ctx_error(ctx) == NULL;
}

static bool place_look(mig_ctx *ctx, mig_str schema, mig_str name, place *self) {
    mig_buf sql = mig_buf_new(ctx);
    mig_value param = {MIG_TEXT, name, 0};

    self->schema = schema;
    mig_buf_add_z(&sql, "SELECT type, rootpage, name, sql FROM ");
    mig_buf_add_identifier(&sql, schema);
    mig_buf_add_z(&sql, ".sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE "
                        "NOCASE");
    return ask(ctx, mig_buf_str(&sql), &param, 1, place_row, self);
}

static bool database_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    mig_list *names = arg;

    (void)n;
    if (mig_str_is(cols[1].text, "main") || mig_str_is(cols[1].text, "temp"))
        return true;
    return mig_list_add(ctx, names, mig_str_copy(ctx, cols[1].text));
}

/* SQLite's own order: temp, main, then as they were attached. */
static bool databases_list(mig_ctx *ctx, mig_list *names) {
    return mig_list_add(ctx, names, MIG_STR("temp")) && mig_list_add(ctx, names, MIG_STR("main")) &&
           ask(ctx, MIG_STR("PRAGMA database_list"), NULL, 0, database_row, names);
}

static bool place_find(mig_ctx *ctx, mig_str name, place *self) {
    mig_list databases = {NULL, 0, 0};
    mig_str schema, table;
    size_t i;

    memset(self, 0, sizeof *self);
    if (!name_read(ctx, name, &schema, &table) || !databases_list(ctx, &databases))
        return mig_ctx_error(ctx) == NULL;
    for (i = 0; i < databases.n && !self->found; i++)
        if ((schema.p == NULL || same_name(schema, databases.items[i])) &&
            !place_look(ctx, databases.items[i], table, self))
            return false;
    return true;
}

static bool place_check(mig_ctx *ctx, const place *self) {
    if (mig_is_own_table(MIG_SQLITE, self->name)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" is a table of the engine", MIG_FMT(self->name));
        mig_hint(ctx, "Data sets fill tables of yours.");
        return false;
    }
    if (!self->view && !self->rootless)
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_ARGUMENT, "\"%.*s\" is a %s", MIG_FMT(self->name),
             self->view ? "view, not a table" : "virtual table, not an ordinary one");
    mig_hint(ctx, "Data sets fill tables.");
    return false;
}

/* ---- columns ----------------------------------------------------------------------------- */

static bool word_is(mig_str word, const char *const *words) {
    for (; *words != NULL; words++)
        if (mig_str_is_nocase(word, *words))
            return true;
    return false;
}

/* A type with the word in it, in any case. */
static bool type_has(mig_str type, const char *part) {
    size_t n = strlen(part), i;

    for (i = 0; i + n <= type.n; i++)
        if (sqlite3_strnicmp(type.p + i, part, (int)n) == 0)
            return true;
    return false;
}

/* Whole words: INTERVAL and POINT have INT in them, and hold no integers. */
static bool type_is_integer(mig_str type) {
    static const char *const words[] = {"int",    "integer", "tinyint", "smallint", "mediumint",
                                        "bigint", "int2",    "int4",    "int8",     NULL};
    mig_str word = {NULL, 0};
    size_t paren;

    if (mig_str_find(type, '(', &paren))
        type = mig_str_sub(type, 0, paren);
    while (mig_str_next_word(&type, &word))
        if (word_is(word, words))
            return true;
    return false;
}

static mig_field_kind kind_of(mig_str type) {
    if (type_is_integer(type))
        return MIG_FIELD_INTEGER;
    if (type_has(type, "bool"))
        return MIG_FIELD_BOOLEAN;
    if (type_has(type, "char") || type_has(type, "clob") || type_has(type, "text"))
        return MIG_FIELD_OTHER;
    if (type_has(type, "blob") || type_has(type, "bytea"))
        return MIG_FIELD_BINARY;
    if (type_has(type, "real") || type_has(type, "floa") || type_has(type, "doub") ||
        type_has(type, "numeric") || type_has(type, "decimal"))
        return MIG_FIELD_NUMBER;
    return MIG_FIELD_OTHER;
}

/* Columns as they come, and which of them make the primary key. */
typedef struct columns {
    mig_relation *relation;
    size_t room;
    int64_t *ranks; /* of each field in the primary key, from 1; 0: not in it */
    size_t ranks_room;
} columns;

/* cid, name, type, notnull, dflt_value, pk, hidden */
static bool column_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    columns *self = arg;
    mig_relation *to = self->relation;
    mig_buf quoted = mig_buf_new(ctx);
    mig_field *field;

    (void)n;
    to->fields = mig_grow(ctx, to->fields, to->n_fields, &self->room, sizeof *to->fields);
    self->ranks = mig_grow(ctx, self->ranks, to->n_fields, &self->ranks_room, sizeof *self->ranks);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    field = &to->fields[to->n_fields];
    self->ranks[to->n_fields++] = cols[5].integer;
    memset(field, 0, sizeof *field);
    field->name = mig_str_copy(ctx, cols[1].text);
    field->type = mig_str_copy(ctx, cols[2].text);
    field->storage = field->type;
    field->kind = kind_of(field->type);
    mig_buf_add_identifier(&quoted, field->name);
    field->sql = mig_buf_str(&quoted);
    field->equal = MIG_STR("=");
    field->not_null = cols[3].integer != 0;
    field->has_default = cols[4].type != MIG_NULL;
    field->generated = cols[6].integer >= 2;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- keys -------------------------------------------------------------------------------- */

static mig_unique *key_add(mig_ctx *ctx, mig_relation *to, size_t *room, size_t n) {
    mig_unique *key;

    to->keys = mig_grow(ctx, to->keys, to->n_keys, room, sizeof *to->keys);
    if (to->keys == NULL)
        return NULL;
    key = &to->keys[to->n_keys];
    memset(key, 0, sizeof *key);
    key->fields = mig_alloc_zero(ctx, n, sizeof *key->fields);
    if (key->fields == NULL)
        return NULL;
    to->n_keys++;
    return key;
}

static bool primary_add(mig_ctx *ctx, const columns *self, size_t *room) {
    mig_relation *to = self->relation;
    mig_unique *key;
    size_t n = 0, i;

    for (i = 0; i < to->n_fields; i++)
        n += self->ranks[i] > 0;
    if (n == 0)
        return true;
    key = key_add(ctx, to, room, n);
    if (key == NULL)
        return false;
    key->primary = true;
    key->n = n;
    for (i = 0; i < to->n_fields; i++)
        if (self->ranks[i] > 0 && (size_t)self->ranks[i] <= n)
            key->fields[self->ranks[i] - 1] = i;
    return true;
}

/* The indexes of a table. own_primary: SQLite made one for the primary key, so that this is not the
   rowid. */
typedef struct indexes {
    mig_list unique;
    bool own_primary;
} indexes;

/* seq, name, unique, origin, partial */
static bool index_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    indexes *self = arg;

    (void)n;
    if (mig_str_is(cols[3].text, "pk"))
        self->own_primary = true;
    else if (cols[2].integer != 0 && cols[4].integer == 0)
        return mig_list_add(ctx, &self->unique, mig_str_copy(ctx, cols[1].text));
    return true;
}

typedef struct index_columns {
    const place *table;
    const mig_relation *relation;
    size_t *fields;
    size_t n, room;
    bool usable;
} index_columns;

/* The collation of a column; NULL where it cannot be said. */
static const char *collation_of(mig_ctx *ctx, const place *table, mig_str column) {
    sqlite3 *db = sqm_host_of(ctx)->db;
    const char *schema = mig_str_z(ctx, table->schema), *name = mig_str_z(ctx, table->name);
    const char *plain = mig_str_z(ctx, column), *collation = NULL;

    if (schema == NULL || name == NULL || plain == NULL ||
        sqlite3_table_column_metadata(db, schema, name, plain, NULL, &collation, NULL, NULL,
                                      NULL) != SQLITE_OK)
        return NULL;
    return collation;
}

static void collations_read(mig_ctx *ctx, const place *table, mig_relation *relation) {
    const char *collation;
    size_t i;

    for (i = 0; i < relation->n_fields; i++) {
        collation = collation_of(ctx, table, relation->fields[i].name);
        if (collation == NULL || mig_str_is_nocase(mig_str_of(collation), "BINARY"))
            continue;
        relation->fields[i].collation = mig_str_copy(ctx, mig_str_of(collation));
        relation->fields[i].loose = relation->fields[i].vague = true;
    }
}

/* An index of another collation than its column's would let two rows through that the column takes
   for equal; one over a column that compares bytes only lets through less. */
static bool collation_fits(mig_ctx *ctx, const index_columns *self, mig_str column,
                           mig_str collation) {
    const char *of_column = collation_of(ctx, self->table, column);

    if (of_column == NULL)
        return false;
    return mig_str_is_nocase(collation, of_column) ||
           mig_str_is_nocase(mig_str_of(of_column), "BINARY");
}

/* seqno, cid, name, desc, coll, key */
static bool index_column_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    index_columns *self = arg;
    size_t field = (size_t)cols[1].integer;

    (void)n;
    if (cols[5].integer == 0)
        return true;
    if (cols[1].integer < 0 || field >= self->relation->n_fields ||
        !collation_fits(ctx, self, self->relation->fields[field].name, cols[4].text)) {
        self->usable = false;
        return mig_ctx_error(ctx) == NULL;
    }
    self->fields = mig_grow(ctx, self->fields, self->n, &self->room, sizeof *self->fields);
    if (self->fields == NULL)
        return false;
    self->fields[self->n++] = field;
    return true;
}

static bool unique_add(mig_ctx *ctx, const place *table, mig_relation *to, size_t *room,
                       mig_str name) {
    index_columns found;
    mig_unique *key;

    memset(&found, 0, sizeof found);
    found.table = table;
    found.relation = to;
    found.usable = true;
    if (!ask_pragma(ctx, table->schema, "index_xinfo", name, index_column_row, &found))
        return false;
    if (!found.usable || found.n == 0)
        return true;
    key = key_add(ctx, to, room, found.n);
    if (key == NULL)
        return false;
    key->n = found.n;
    memcpy(key->fields, found.fields, found.n * sizeof *found.fields);
    return true;
}

static int name_compare(const void *a, const void *b, void *arg) {
    (void)arg;
    return mig_str_compare(*(const mig_str *)a, *(const mig_str *)b);
}

static bool keys_read(mig_ctx *ctx, const place *table, const columns *self) {
    mig_relation *to = self->relation;
    indexes found;
    size_t room = 0, i;

    memset(&found, 0, sizeof found);
    if (!primary_add(ctx, self, &room) ||
        !ask_pragma(ctx, table->schema, "index_list", table->name, index_row, &found))
        return false;
    /* Left out, the rowid is the next one. */
    if (to->n_keys > 0 && !found.own_primary)
        to->fields[to->keys[0].fields[0]].has_default = true;
    if (found.unique.n > 0 && !mig_sort(ctx, found.unique.items, found.unique.n,
                                        sizeof *found.unique.items, name_compare, NULL))
        return false;
    for (i = 0; i < found.unique.n; i++)
        if (!unique_add(ctx, table, to, &room, found.unique.items[i]))
            return false;
    return true;
}

/* ---- referrers --------------------------------------------------------------------------- */

typedef struct children {
    const place *table;
    mig_relation *relation;
    mig_str child;
    size_t room;
    int64_t id;  /* of the foreign key being read; -1: none */
    bool broken; /* it names no column, and there are not as many in the primary key */
} children;

static bool referrer_begin(mig_ctx *ctx, children *self) {
    mig_relation *to = self->relation;
    mig_referrer *made;

    to->referrers =
        mig_grow(ctx, to->referrers, to->n_referrers, &self->room, sizeof *to->referrers);
    if (to->referrers == NULL)
        return false;
    made = &to->referrers[to->n_referrers++];
    memset(made, 0, sizeof *made);
    made->table = name_said(ctx, self->table->schema, self->child, false);
    made->table_sql = name_quoted(ctx, self->table->schema, self->child);
    made->same = same_name(self->child, self->table->name);
    return mig_ctx_error(ctx) == NULL;
}

/* The column a foreign key refers to: without a name, that of the primary key in its place. */
static mig_str referred_column(const mig_relation *relation, const mig_value *name, size_t at) {
    if (name->type != MIG_NULL)
        return name->text;
    if (relation->n_keys == 0 || !relation->keys[0].primary || at >= relation->keys[0].n)
        return (mig_str){NULL, 0};
    return relation->fields[relation->keys[0].fields[at]].name;
}

/* id, seq, table, from, to ...; a key's columns one after another. */
static bool child_key_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    children *self = arg;
    mig_relation *to = self->relation;
    mig_referrer *last;
    mig_str referred;

    (void)n;
    if (!same_name(cols[2].text, self->table->name))
        return true;
    if (cols[0].integer != self->id && !referrer_begin(ctx, self))
        return false;
    self->id = cols[0].integer;
    last = &to->referrers[to->n_referrers - 1];
    referred = referred_column(to, &cols[4], (size_t)cols[1].integer);
    if (referred.p == NULL)
        return true;
    return mig_list_add(ctx, &last->columns, mig_str_copy(ctx, cols[3].text)) &&
           mig_list_add(ctx, &last->referred, mig_str_copy(ctx, referred));
}

static bool referrers_read(mig_ctx *ctx, const place *table, mig_relation *to) {
    mig_list tables = {NULL, 0, 0};
    mig_buf sql = mig_buf_new(ctx);
    children self;
    size_t i;

    mig_buf_add_z(&sql, "SELECT name FROM ");
    mig_buf_add_identifier(&sql, table->schema);
    mig_buf_add_z(&sql, ".sqlite_schema WHERE type = 'table' AND rootpage <> 0 AND "
                        "instr(lower(sql), 'references') > 0 ORDER BY name");
    if (!ask(ctx, mig_buf_str(&sql), NULL, 0, name_row, &tables))
        return false;
    memset(&self, 0, sizeof self);
    self.table = table;
    self.relation = to;
    for (i = 0; i < tables.n; i++) {
        self.child = tables.items[i];
        self.id = -1;
        if (!ask_pragma(ctx, table->schema, "foreign_key_list", self.child, child_key_row, &self))
            return false;
    }
    return true;
}

/* ---- the slot ---------------------------------------------------------------------------- */

/* Options stand behind the last parenthesis. */
static bool is_strict(mig_str sql) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, sql, 1);
    mig_token token;
    bool strict = false;

    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END)
        strict = token.kind != MIG_TOK_CLOSE && (strict || mig_token_is(&lexer, &token, "strict"));
    return strict;
}

/* Does a constraint of the table have ON CONFLICT? */
static bool is_lenient(mig_str sql) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_SQLITE, sql, 1);
    mig_token token;
    bool on = false, lenient = false;

    while (!lenient && (token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        lenient = on && mig_token_is(&lexer, &token, "conflict");
        on = mig_token_is(&lexer, &token, "on");
    }
    return lenient;
}

bool sqm_describe(mig_ctx *ctx, mig_str name, mig_relation *relation) {
    sqm_relation *own;
    columns self;
    place table;

    memset(relation, 0, sizeof *relation);
    if (mig_ctx_error(ctx) != NULL || !place_find(ctx, name, &table))
        return false;
    if (!table.found)
        return true;
    if (!place_check(ctx, &table))
        return false;
    own = mig_alloc_zero(ctx, 1, sizeof *own);
    if (own == NULL)
        return false;
    own->strict = is_strict(table.sql);
    relation->lenient = is_lenient(table.sql);
    relation->own = own;
    relation->name = mig_str_copy(ctx, name);
    relation->sql = name_quoted(ctx, table.schema, table.name);
    memset(&self, 0, sizeof self);
    self.relation = relation;
    if (!ask_pragma(ctx, table.schema, "table_xinfo", table.name, column_row, &self) ||
        !keys_read(ctx, &table, &self) || !referrers_read(ctx, &table, relation))
        return false;
    collations_read(ctx, &table, relation);
    relation->found = true;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- a sentence about foreign keys ------------------------------------------------------- */

typedef struct sentence {
    mig_buf text;
    int64_t id;
    int n;
    mig_buf to; /* "users (id" of the key being written; "users": it names no column */
    bool named;
} sentence;

static void key_end(sentence *self) {
    if (self->n == 0)
        return;
    mig_buf_addf(&self->text, ") REFERENCES %.*s%s", MIG_FMT(mig_buf_str(&self->to)),
                 self->named ? ")" : "");
}

/* id, seq, table, from, to ... */
static bool own_key_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    sentence *self = arg;
    bool first = self->n == 0 || cols[0].integer != self->id;

    (void)n;
    if (first) {
        key_end(self);
        self->named = cols[4].type != MIG_NULL;
        self->id = cols[0].integer;
        self->to = mig_buf_new(ctx);
        mig_buf_addf(&self->to, self->named ? "%.*s (" : "%.*s", MIG_FMT(cols[2].text));
        mig_buf_add_z(&self->text, self->n++ > 0 ? ", (" : "(");
    } else {
        mig_buf_add_z(&self->text, ", ");
        mig_buf_add_z(&self->to, self->named ? ", " : "");
    }
    mig_buf_add(&self->text, cols[3].text);
    mig_buf_add(&self->to, cols[4].text);
    return mig_ctx_error(ctx) == NULL;
}

mig_str sqm_foreign_keys(mig_ctx *ctx, mig_str name) {
    const mig_str none = {NULL, 0};
    sentence self;
    place table;

    if (!place_find(ctx, name, &table) || !table.found)
        return none;
    memset(&self, 0, sizeof self);
    self.text = mig_buf_new(ctx);
    if (!ask_pragma(ctx, table.schema, "foreign_key_list", table.name, own_key_row, &self) ||
        self.n == 0)
        return none;
    key_end(&self);
    return self.n == 1 ? mig_str_format(ctx, "The foreign key of \"%.*s\" is %.*s.",
                                        MIG_FMT(table.name), MIG_FMT(mig_buf_str(&self.text)))
                       : mig_str_format(ctx, "The foreign keys of \"%.*s\" are %.*s.",
                                        MIG_FMT(table.name), MIG_FMT(mig_buf_str(&self.text)));
}
