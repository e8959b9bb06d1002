/*
 * foresee.c: see foresee.h.
 *
 * A scope is what one transaction does: the plan, or in an online run the revision, up to a section
 * outside. Statements are looked at in order, with what is known of the names that those before them
 * in the scope made or changed; what is known of the database is what is there now. A name that a
 * statement before it could have given another meaning is not judged.
 */
#include "foresee_part.h"

#include "steps.h"
#include "value.h"

#include <string.h>

#define HEAD_WORDS 64                  /* of a statement, where its beginning tells enough */
#define LOOK_MAX ((size_t)1024 * 1024) /* bytes of a statement that is read as a whole */
#define DETAILS_MAX 5                  /* places that an error lists */
#define ENUM_SCOPED 170000             /* from here on values of a type just made can be used */

mig_str mig_foreseer_facts(const mig_foreseer *self, size_t node) {
    const mig_revision *rev = &self->state->revisions[node];

    return self->plan->down ? rev->down_facts : rev->up_facts;
}

const char *mig_foreseer_call(const mig_foreseer *self) {
    return self->plan->down ? "CALL migrate_downgrade_online(target)"
                            : "CALL migrate_upgrade_online()";
}

mig_foreseen *mig_foreseer_add(mig_foreseer *self, size_t node) {
    mig_foresight *sight = self->sight;
    size_t room = sight->room == 0 ? 8 : sight->room * 2;
    mig_foreseen *items = sight->items;

    if (mig_ctx_error(self->ctx) != NULL)
        return NULL;
    if (sight->n == sight->room) {
        items = mig_alloc_kept(self->ctx, room * sizeof *items);
        if (items == NULL)
            return NULL;
        if (sight->n > 0)
            memcpy(items, sight->items, sight->n * sizeof *items);
        sight->items = items;
        sight->room = room;
    }
    memset(&items[sight->n], 0, sizeof *items);
    items[sight->n].node = node;
    return &items[sight->n++];
}

const char *mig_foreseer_keep(mig_foreseer *self, mig_str text) {
    return mig_str_keep(self->ctx, text).p;
}

static void error_place(mig_foreseer *self, mig_foreseen *item, const mig_step *step,
                        const mig_statement *statement) {
    mig_str text = mig_str_sub(step->section->text, statement->start, statement->length);
    mig_error *error = &item->error;

    item->fatal = true;
    error->code = MIG_E_CONTEXT;
    error->revision = mig_foreseer_keep(self, step->revision->id);
    error->source = mig_foreseer_keep(self, step->revision->source);
    error->line = statement->line;
    error->column = statement->column;
    error->statement = mig_foreseer_keep(self, text);
}

/* Has something fatal been said of the revision already? One note is enough. */
static bool sight_has(const mig_foreseer *self, size_t node) {
    size_t i;

    for (i = 0; i < self->sight->n; i++)
        if (self->sight->items[i].fatal && self->sight->items[i].node == node)
            return true;
    return false;
}

/* ---- what names mean ----------------------------------------------------------------------- */

static bool name_mark(mig_foreseer *self, const mig_words *words, size_t i, unsigned marks) {
    mig_qname name;

    if (i >= words->n || !mig_words_name(words, &i, &name))
        return true;
    return mig_name_put(self->ctx, &self->names, name.name, marks);
}

/* Every name in the statement may mean something else from here on. */
static bool names_touch(mig_foreseer *self, const mig_words *words, unsigned marks) {
    size_t i;

    for (i = 0; i < words->n; i++)
        if (words->items[i].name.p != NULL &&
            !mig_name_put(self->ctx, &self->names, words->items[i].name, marks))
            return false;
    return true;
}

static bool is_word_byte(char c) {
    return mig_is_alpha(c) || mig_is_digit(c) || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* What code does is only known by the words in it, whatever they are. */
static bool code_touch(mig_foreseer *self, mig_str text) {
    size_t i = 0, from;
    char folded[64];

    if (text.n > LOOK_MAX) {
        self->blurred = true;
        return true;
    }
    while (i < text.n) {
        for (from = i; i < text.n && is_word_byte(text.p[i]); i++)
            if (i - from < sizeof folded)
                folded[i - from] = mig_lower(text.p[i]);
        if (i == from || i - from > sizeof folded) {
            i += i == from;
            continue;
        }
        if (!mig_name_put(self->ctx, &self->names, (mig_str){folded, i - from}, MIG_NAME_TOUCHED) ||
            !mig_name_put(self->ctx, &self->names, mig_str_sub(text, from, i - from),
                          MIG_NAME_TOUCHED))
            return false;
    }
    self->moved = self->moved ||
                  (mig_name_marks(&self->names, MIG_STR("search_path")) & MIG_NAME_TOUCHED) != 0;
    return true;
}

static bool create_take(mig_foreseer *self, const mig_words *words, size_t i) {
    static const char *const options[] = {"or",     "replace", "temp",         "temporary", "local",
                                          "global", "unique",  "materialized", "unlogged"};
    unsigned marks = MIG_NAME_MADE;
    bool index;
    size_t k;

    for (k = 0; k < sizeof options / sizeof *options; k++)
        if (mig_words_skip(words, &i, options[k]))
            k = (size_t)-1;
    if (mig_words_skip(words, &i, "type"))
        return name_mark(self, words, i, MIG_NAME_TYPE);
    index = mig_words_is(words, i, "index");
    if (!index && !mig_words_is(words, i, "table") && !mig_words_is(words, i, "view"))
        return true;
    i++;
    mig_words_skip(words, &i, "concurrently");
    if (mig_words_skip(words, &i, "if")) {
        i += 2;
        marks = MIG_NAME_TOUCHED;
    }
    return (index && mig_words_is(words, i, "on")) || name_mark(self, words, i, marks);
}

static bool alter_take(mig_foreseer *self, const mig_words *words) {
    if (mig_words_is(words, 1, "schema"))
        self->blurred = true;
    if (mig_words_have(words, 1, "rename") || mig_words_have(words, 1, "schema"))
        return names_touch(self, words, MIG_NAME_TOUCHED);
    if (mig_words_have(words, 1, "type") || mig_words_have(words, 1, "drop") ||
        mig_words_have(words, 1, "inherit"))
        return names_touch(self, words, MIG_NAME_ALTERED);
    return true;
}

static bool is_code(const mig_words *words) {
    static const char *const starts[] = {"do", "call", "execute", "select", "with", "values"};
    size_t i;

    for (i = 0; i < sizeof starts / sizeof *starts; i++)
        if (mig_words_is(words, 0, starts[i]))
            return true;
    return mig_words_op(words, 0, "(");
}

static bool names_take(mig_foreseer *self, const mig_words *words, mig_str text) {
    if (mig_words_is(words, 0, "create"))
        return create_take(self, words, 1);
    if (mig_words_is(words, 0, "alter"))
        return alter_take(self, words);
    if (mig_words_is(words, 0, "set") || mig_words_is(words, 0, "reset") ||
        mig_words_is(words, 0, "discard"))
        self->moved = true;
    if (is_code(words))
        return code_touch(self, text);
    if (mig_words_is(words, 0, "import"))
        self->blurred = true;
    if (!mig_words_is(words, 0, "drop"))
        return true;
    self->blurred = self->blurred || mig_words_is(words, 1, "schema") ||
                    mig_words_is(words, 1, "owned") || mig_words_is(words, 1, "extension");
    return names_touch(self, words, MIG_NAME_TOUCHED);
}

/* ---- CONCURRENTLY -------------------------------------------------------------------------- */

/* What a statement with CONCURRENTLY is about. */
typedef struct concurrent {
    const char *verb;
    const char *noun; /* what name is of */
    mig_qname name;
} concurrent;

static bool concurrent_read(const mig_words *words, concurrent *c) {
    size_t i = 1;

    c->noun = "table";
    if (mig_words_is(words, 0, "create")) {
        c->verb = "CREATE INDEX CONCURRENTLY";
        for (; i < words->n && !mig_words_is(words, i, "on"); i++)
            ;
        i++;
        mig_words_skip(words, &i, "only");
    } else if (mig_words_is(words, 0, "drop")) {
        c->verb = "DROP INDEX CONCURRENTLY";
        c->noun = "index";
        i = 3;
        if (mig_words_skip(words, &i, "if"))
            i++;
    } else if (mig_words_is(words, 0, "reindex")) {
        c->verb = "REINDEX CONCURRENTLY";
        for (; i < words->n && words->items[i].depth + (words->items[i].kind == MIG_TOK_OPEN) +
                                       (words->items[i].kind == MIG_TOK_CLOSE) >
                                   0;
             i++)
            ;
        if (mig_words_is(words, i, "index"))
            c->noun = "index";
        else if (!mig_words_is(words, i, "table"))
            return false;
        i++;
        mig_words_skip(words, &i, "concurrently");
    } else {
        return false;
    }
    return i < words->n && mig_words_name(words, &i, &c->name);
}

static bool concurrent_note(mig_foreseer *self, const mig_step *step, const concurrent *c) {
    mig_foreseen *item = mig_foreseer_add(self, step->node);

    if (item == NULL)
        return false;
    item->note = mig_str_keep(
        self->ctx,
        mig_str_format(self->ctx, "%s runs without CONCURRENTLY: %s %.*s is made in the same run",
                       c->verb, c->noun, MIG_FMT(c->name.spelled)));
    return mig_ctx_error(self->ctx) == NULL;
}

/* What helps: a section outside of a transaction, in a run that allows it. */
static mig_str outside_hint(const mig_foreseer *self, const concurrent *c) {
    const char *kind = self->plan->down ? "down" : "up";
    const char *else_hint = c->noun == NULL ? "" : " Or leave out CONCURRENTLY.";

    if (self->online)
        return mig_str_format(self->ctx,
                              "Nothing was run. Put it into a section of its own, \"-- migrate:%s "
                              "transaction:false\".%s",
                              kind, else_hint);
    return mig_str_format(self->ctx,
                          "Nothing was run. Put it into a section of its own, \"-- migrate:%s "
                          "transaction:false\", and type %s, which runs that outside of a "
                          "transaction.%s",
                          kind, mig_foreseer_call(self), else_hint);
}

/* c->noun NULL: the verb says it all. */
static bool outside_refuse(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                           const concurrent *c) {
    bool said = sight_has(self, step->node);
    mig_foreseen *item = mig_foreseer_add(self, step->node);
    mig_error *error;
    mig_str note;

    if (item == NULL)
        return false;
    error_place(self, item, step, statement);
    error = &item->error;
    error->message = mig_foreseer_keep(
        self, mig_str_format(self->ctx, "%s cannot run inside a transaction", c->verb));
    if (c->noun != NULL)
        error->detail = mig_foreseer_keep(
            self, mig_str_format(self->ctx, "The %s %.*s was there before the %s.", c->noun,
                                 MIG_FMT(c->name.spelled), self->online ? "revision" : "run"));
    error->hint = mig_foreseer_keep(self, outside_hint(self, c));
    if (said)
        return mig_ctx_error(self->ctx) == NULL;
    note = mig_str_format(self->ctx,
                          "refused: %s on line %d needs a section with transaction:false and %s",
                          c->verb, statement->line, mig_foreseer_call(self));
    item->note = mig_str_keep(self->ctx, note);
    return mig_ctx_error(self->ctx) == NULL;
}

static bool concurrent_judge(mig_foreseer *self, const mig_step *step,
                             const mig_statement *statement, const mig_words *words) {
    mig_known known;
    unsigned marks;
    int64_t locks;
    concurrent c;

    if (!concurrent_read(words, &c))
        return true;
    marks = mig_name_marks(&self->names, c.name.name);
    if ((marks & MIG_NAME_TOUCHED) != 0 || self->blurred || (self->moved && c.name.schema.n == 0))
        return true;
    if ((marks & MIG_NAME_MADE) != 0)
        return concurrent_note(self, step, &c);
    if (!mig_ctx_host(self->ctx)->known(self->ctx, c.name.spelled, &known, &locks))
        return false;
    return known != MIG_KNOWN_OLD || outside_refuse(self, step, statement, &c);
}

/* ---- what never runs in a transaction ------------------------------------------------------ */

/* Of the statements that need to be outside of one, those that have no other form. */
static bool is_never_inside(const mig_words *words) {
    static const char *const pairs[][2] = {
        {"create", "database"}, {"drop", "database"},  {"create", "tablespace"},
        {"drop", "tablespace"}, {"alter", "system"},   {"reindex", "database"},
        {"reindex", "system"},  {"reindex", "schema"}, {"discard", "all"}};
    size_t i;

    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (mig_words_is(words, 0, pairs[i][0]) && mig_words_is(words, 1, pairs[i][1]))
            return true;
    return mig_words_is(words, 0, "vacuum");
}

static bool never_judge(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                        const mig_words *words) {
    mig_str title;
    concurrent c;

    if (!is_never_inside(words))
        return true;
    memset(&c, 0, sizeof c);
    title = mig_words_is(words, 0, "vacuum")
                ? MIG_STR("VACUUM")
                : mig_str_sub(words->items[0].text, 0,
                              (size_t)(words->items[1].text.p + words->items[1].text.n -
                                       words->items[0].text.p));
    c.verb = mig_str_z(self->ctx, title);
    return mig_ctx_error(self->ctx) == NULL && outside_refuse(self, step, statement, &c);
}

/* ---- new values of enum types -------------------------------------------------------------- */

/* What the database has of a type. */
typedef struct enum_look {
    mig_foreseer *self;
    mig_str type;
    int64_t version, n_types, n_with_value;
} enum_look;

static bool enum_type_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    enum_look *look = arg;

    (void)ctx;
    (void)n;
    look->version = cols[0].integer;
    look->n_types = cols[1].integer;
    look->n_with_value = cols[2].integer;
    return true;
}

/* A column whose table has a name of its own, and which the run has left as it was. */
static bool enum_column_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    const enum_look *look = arg;
    mig_foreseer *self = look->self;
    mig_enum_column column;

    (void)n;
    if (mig_name_marks(&self->names, cols[0].text) != 0 || cols[3].integer != 1)
        return true;
    memset(&column, 0, sizeof column);
    column.table = cols[0].text;
    column.column = cols[1].text;
    column.type = look->type;
    column.position = cols[2].integer > 0 ? (size_t)cols[2].integer : 0;
    return mig_enum_column_add(ctx, &self->enums, &column);
}

static bool enum_columns_read(mig_foreseer *self, enum_look *look) {
    mig_value type = mig_value_text(look->type);

    return mig_ctx_host(self->ctx)->query(
        self->ctx,
        "SELECT c.relname::text, a.attname::text, (SELECT count(*) FROM pg_attribute AS b "
        "WHERE b.attrelid {=} a.attrelid AND b.attnum BETWEEN 1 AND a.attnum "
        "AND NOT b.attisdropped), (SELECT count(*) FROM pg_class AS d WHERE d.relname {=} "
        "c.relname AND d.relkind IN ('r', 'p', 'v', 'm', 'f')) FROM pg_type AS t "
        "JOIN pg_attribute AS a ON a.atttypid {=} t.oid JOIN pg_class AS c ON c.oid {=} a.attrelid "
        "WHERE t.typtype {=} 'e' AND t.typname {=} $1 AND a.attnum {<>} 0 "
        "AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        &type, 1, MIG_SNAPSHOT_CALLER, enum_column_row, look);
}

/* Is the value new to the only type of that name, and does the server refuse its use? */
static bool enum_is_new(mig_foreseer *self, enum_look *look, mig_str value, bool made,
                        bool *is_new) {
    mig_host *host = mig_ctx_host(self->ctx);
    mig_value args[2];

    args[0] = mig_value_text(look->type);
    args[1] = mig_value_text(value);
    if (!host->query(self->ctx,
                     "SELECT current_setting('server_version_num')::bigint, count(*), "
                     "count(*) FILTER (WHERE EXISTS (SELECT FROM pg_enum AS e WHERE e.enumtypid "
                     "{=} t.oid AND e.enumlabel {=} $2)) FROM pg_type AS t "
                     "WHERE t.typtype {=} 'e' AND t.typname {=} $1",
                     args, 2, MIG_SNAPSHOT_CALLER, enum_type_row, look))
        return false;
    if (made)
        *is_new = look->n_types == 0 && look->version < ENUM_SCOPED;
    else
        *is_new = look->n_types == 1 && look->n_with_value == 0 &&
                  (look->version < ENUM_SCOPED || !host->in_transaction(self->ctx));
    return true;
}

static bool enum_add(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                     mig_str type, mig_str label) {
    unsigned marks = mig_name_marks(&self->names, type);
    bool is_new = false, known = false, made = (marks & MIG_NAME_TYPE) != 0;
    mig_enum_value value;
    enum_look look;
    size_t i;

    memset(&value, 0, sizeof value);
    memset(&look, 0, sizeof look);
    look.self = self;
    look.type = value.type = type;
    value.value = label;
    value.revision = step->revision->id;
    value.source = step->revision->source;
    value.line = statement->line;
    if ((marks & MIG_NAME_TOUCHED) != 0 || self->blurred)
        return true;
    if (!enum_is_new(self, &look, label, made, &is_new))
        return false;
    for (i = 0; i < self->enums.n_values; i++)
        known = known || mig_str_eq(self->enums.values[i].type, type);
    return !is_new || ((made || known || enum_columns_read(self, &look)) &&
                       mig_enum_value_add(self->ctx, &self->enums, &value));
}

/* Another relation in the statement may have a column of that name. */
typedef struct clash {
    const mig_words *words;
    bool found;
} clash;

static bool clash_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    clash *self = arg;
    size_t i;

    (void)ctx;
    (void)n;
    for (i = 0; i < self->words->n; i++)
        if (self->words->items[i].name.p != NULL &&
            mig_str_eq(self->words->items[i].name, cols[0].text))
            self->found = true;
    return !self->found;
}

static bool enum_clash(mig_foreseer *self, const mig_words *words, const mig_enum_use *use,
                       bool *clashes) {
    clash c = {words, false};
    mig_value args[2];

    *clashes = false;
    if (use->column.p == NULL)
        return true;
    args[0] = mig_value_text(use->column);
    args[1] = mig_value_text(use->value->type);
    if (!mig_ctx_host(self->ctx)->query(
            self->ctx,
            "SELECT DISTINCT c.relname::text FROM pg_attribute AS a JOIN pg_class AS c ON c.oid "
            "{=} a.attrelid WHERE a.attname {=} $1 AND NOT a.attisdropped AND c.relkind IN "
            "('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid {=} "
            "a.atttypid AND t.typtype {=} 'e' AND t.typname {=} $2)",
            args, 2, MIG_SNAPSHOT_CALLER, clash_row, &c))
        return false;
    *clashes = c.found;
    return true;
}

static mig_str enum_hint(const mig_foreseer *self, bool same) {
    if (self->online)
        return MIG_STR("Nothing was run. Add the value in a revision of its own: each revision is "
                       "a transaction.");
    return mig_str_format(self->ctx,
                          "Nothing was run. %s %s, which commits each revision by itself.",
                          same ? "Add the value in a revision of its own, and then type" : "Type",
                          mig_foreseer_call(self));
}

static bool enum_refuse(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                        const mig_enum_value *value) {
    bool same = mig_str_eq(value->revision, step->revision->id);
    bool said = sight_has(self, step->node);
    mig_foreseen *item = mig_foreseer_add(self, step->node);
    mig_str message, detail, note;

    if (item == NULL)
        return false;
    error_place(self, item, step, statement);
    message = mig_str_format(self->ctx,
                             "new value \"%.*s\" of enum type %.*s cannot be used by the "
                             "transaction that adds it",
                             MIG_FMT(value->value), MIG_FMT(value->type));
    detail =
        mig_str_format(self->ctx, "It is added at %.*s:%d (revision \"%.*s\") and used at %s:%d.",
                       MIG_FMT(value->source), value->line, MIG_FMT(value->revision),
                       item->error.source, statement->line);
    item->error.code = MIG_E_HOST;
    memcpy(item->error.sqlstate, "55P04", 6);
    item->error.message = mig_foreseer_keep(self, message);
    item->error.detail = mig_foreseer_keep(self, detail);
    item->error.hint = mig_foreseer_keep(self, enum_hint(self, same));
    if (said)
        return mig_ctx_error(self->ctx) == NULL;
    note = mig_str_format(self->ctx,
                          "refused: line %d uses \"%.*s\", a new value of %.*s, in the "
                          "transaction that adds it: %s%s",
                          statement->line, MIG_FMT(value->value), MIG_FMT(value->type),
                          same ? "two revisions and " : "", mig_foreseer_call(self));
    item->note = mig_str_keep(self->ctx, note);
    return mig_ctx_error(self->ctx) == NULL;
}

static bool enum_use_look(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                          const mig_words *words) {
    mig_enum_use use;
    bool clashes;

    if (!mig_enum_find(self->ctx, &self->enums, words, &use))
        return mig_ctx_error(self->ctx) == NULL;
    return enum_clash(self, words, &use, &clashes) &&
           (clashes || enum_refuse(self, step, statement, use.value));
}

static bool enums_take(mig_foreseer *self, const mig_step *step, const mig_statement *statement,
                       const mig_words *head, mig_str text) {
    bool defines = mig_words_is(head, 0, "create") || mig_words_is(head, 0, "alter") ||
                   mig_words_is(head, 0, "drop");
    bool may_use = mig_enum_may_use(&self->enums, text);
    mig_words words;
    mig_qname type;
    mig_str label;

    if (text.n > LOOK_MAX) {
        if (defines)
            mig_enum_clear(&self->enums);
        return true;
    }
    if (!defines && !may_use)
        return true;
    if (!mig_words_read(self->ctx, text, SIZE_MAX, &words))
        return false;
    if (mig_enum_added(self->ctx, &words, &type, &label))
        return enum_add(self, step, statement, type.name, label);
    return mig_enum_learn(self->ctx, &self->enums, &words) &&
           (!may_use || enum_use_look(self, step, statement, &words));
}

/* ---- statements ---------------------------------------------------------------------------- */

static void scope_begin(mig_foreseer *self) {
    self->blurred = self->moved = false;
    mig_name_clear(&self->names);
    mig_enum_clear(&self->enums);
}

static bool statement_look(mig_foreseer *self, const mig_step *step,
                           const mig_statement *statement) {
    mig_str text = mig_str_sub(step->section->text, statement->start, statement->length);
    mig_mark mark = mig_arena_mark(self->ctx);
    mig_words head;
    bool ok;

    ok = mig_words_read(self->ctx, text, HEAD_WORDS, &head) &&
         ((statement->traits & MIG_TRAIT_CONCURRENTLY) == 0 ||
          concurrent_judge(self, step, statement, &head)) &&
         ((statement->traits & MIG_TRAIT_OUTSIDE) == 0 ||
          never_judge(self, step, statement, &head)) &&
         (!self->enums_wanted || enums_take(self, step, statement, &head, text)) &&
         names_take(self, &head, text);
    mig_arena_release(self->ctx, mark);
    return ok;
}

static bool step_look(mig_foreseer *self, const mig_step *step) {
    size_t i;

    if ((step->kind == MIG_STEP_START && self->online) || step->outside)
        scope_begin(self);
    if (step->kind != MIG_STEP_SECTION || step->outside)
        return true;
    for (i = 0; i < step->n_statements; i++)
        if (!statement_look(self, step, &step->statements[i]))
            return false;
    self->moved = false;
    return mig_ctx_host(self->ctx)->interrupted(self->ctx);
}

static bool is_wanted(mig_foreseer *self, size_t node) {
    mig_str facts = mig_foreseer_facts(self, node);
    bool enums = mig_facts_has(facts, "enum value");

    self->enums_wanted = self->enums_wanted || enums;
    return enums || mig_facts_has(facts, "concurrently") || mig_facts_has(facts, "blocked");
}

/* The revisions whose texts are to be read: all, where one makes it worth while; in an online run
   that one only. */
static bool texts_foresee(mig_foreseer *self) {
    mig_plan part = *self->plan;
    mig_steps *steps;
    mig_step step;
    size_t i;

    part.nodes.n = 0;
    part.nodes.items = mig_alloc(self->ctx, self->plan->nodes.n * sizeof *part.nodes.items);
    for (i = 0; part.nodes.items != NULL && i < self->plan->nodes.n; i++)
        if (is_wanted(self, self->plan->nodes.items[i]))
            part.nodes.items[part.nodes.n++] = self->plan->nodes.items[i];
    if (part.nodes.n == 0)
        return mig_ctx_error(self->ctx) == NULL;
    steps = mig_steps_open(self->ctx, self->state, self->online ? &part : self->plan, true);
    while (steps != NULL && steps->next(self->ctx, steps, &step))
        if (!step_look(self, &step))
            return false;
    return mig_ctx_error(self->ctx) == NULL;
}

/* ---- the public part ----------------------------------------------------------------------- */

bool mig_foresee(mig_ctx *ctx, const mig_state *state, const mig_plan *plan, bool online,
                 mig_foresight *sight) {
    mig_foreseer self;

    memset(sight, 0, sizeof *sight);
    memset(&self, 0, sizeof self);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (mig_ctx_host(ctx)->known == NULL || plan->nodes.n == 0)
        return true;
    self.ctx = ctx;
    self.state = state;
    self.plan = plan;
    self.online = online;
    self.sight = sight;
    return mig_foresee_locks(&self) && texts_foresee(&self);
}

/* The detail of the first, and where else the plan cannot work; NULL: nothing of either. */
static const char *detail_others(mig_ctx *ctx, const mig_foresight *sight, size_t first) {
    const mig_error *error = &sight->items[first].error;
    mig_buf buf = mig_buf_new(ctx);
    size_t i, n = 0;

    if (error->detail != NULL)
        mig_buf_add_z(&buf, error->detail);
    for (i = first + 1; i < sight->n; i++) {
        error = &sight->items[i].error;
        if (!sight->items[i].fatal || error->source == NULL || n++ >= DETAILS_MAX)
            continue;
        mig_buf_addf(&buf, "%sAlso at %s:%d: %s.", buf.n > 0 ? "\n" : "", error->source,
                     error->line, error->message);
    }
    if (n > DETAILS_MAX)
        mig_buf_addf(&buf, "\nAnd at %zu more places.", n - DETAILS_MAX);
    return buf.n == 0 ? NULL : mig_buf_str(&buf).p;
}

bool mig_foresee_check(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    mig_foresight sight;
    mig_error error;
    size_t i;

    if (mig_ctx_error(ctx) != NULL || !mig_foresee(ctx, state, plan, host->may_commit(ctx), &sight))
        return false;
    for (i = 0; i < sight.n && !sight.items[i].fatal; i++)
        ;
    if (i == sight.n)
        return true;
    error = sight.items[i].error;
    error.detail = detail_others(ctx, &sight, i);
    return mig_raise(ctx, &error);
}
