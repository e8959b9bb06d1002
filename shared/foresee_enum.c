/*
 * foresee_enum.c: see foresee_enum.h.
 *
 * What a statement could do to a column that is not understood (a name that changes, a type that
 * changes) makes the table forgotten.
 */
#include "foresee_enum.h"

#include <string.h>

/* ---- what is known ------------------------------------------------------------------------- */

/* Room for one more, in memory that is kept. */
static void *kept_grow(mig_ctx *ctx, void *items, size_t n, size_t *room, size_t size) {
    size_t wider = *room == 0 ? 16 : *room * 2;
    void *grown;

    if (n < *room)
        return items;
    grown = mig_alloc_kept(ctx, wider * size);
    if (grown == NULL)
        return NULL;
    if (n > 0)
        memcpy(grown, items, n * size);
    *room = wider;
    return grown;
}

bool mig_enum_value_add(mig_ctx *ctx, mig_enums *enums, const mig_enum_value *value) {
    mig_enum_value *items =
        kept_grow(ctx, enums->values, enums->n_values, &enums->values_room, sizeof *items);
    mig_enum_value *added;

    if (items == NULL)
        return false;
    enums->values = items;
    added = &items[enums->n_values];
    *added = *value;
    added->type = mig_str_keep(ctx, value->type);
    added->value = mig_str_keep(ctx, value->value);
    added->revision = mig_str_keep(ctx, value->revision);
    added->source = mig_str_keep(ctx, value->source);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    enums->n_values++;
    return true;
}

bool mig_enum_column_add(mig_ctx *ctx, mig_enums *enums, const mig_enum_column *column) {
    mig_enum_column *items =
        kept_grow(ctx, enums->columns, enums->n_columns, &enums->columns_room, sizeof *items);
    mig_enum_column *added;

    if (items == NULL)
        return false;
    enums->columns = items;
    added = &items[enums->n_columns];
    *added = *column;
    added->table = mig_str_keep(ctx, column->table);
    added->column = mig_str_keep(ctx, column->column);
    added->type = mig_str_keep(ctx, column->type);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    enums->n_columns++;
    return true;
}

void mig_enum_clear(mig_enums *enums) {
    enums->n_values = enums->n_columns = 0;
}

static void table_forget(mig_enums *enums, mig_str table) {
    size_t i;

    for (i = 0; i < enums->n_columns; i++)
        if (mig_str_eq(enums->columns[i].table, table))
            enums->columns[i].dead = true;
}

static void type_forget(mig_enums *enums, mig_str type) {
    size_t i;

    for (i = 0; i < enums->n_values; i++)
        if (mig_str_eq(enums->values[i].type, type))
            enums->values[i].dead = true;
}

/* ---- learning ------------------------------------------------------------------------------ */

/* IF NOT EXISTS, IF EXISTS */
static bool skip_if(const mig_words *words, size_t *i) {
    if (!mig_words_skip(words, i, "if"))
        return false;
    mig_words_skip(words, i, "not");
    mig_words_skip(words, i, "exists");
    return true;
}

static bool is_constraint(const mig_words *words, size_t i) {
    static const char *const words_of_it[] = {"constraint", "primary", "unique", "check",
                                              "foreign",    "exclude", "like"};
    size_t k;

    for (k = 0; k < sizeof words_of_it / sizeof *words_of_it; k++)
        if (mig_words_is(words, i, words_of_it[k]))
            return true;
    return false;
}

/* A column's name and type at place i. */
static bool definition_read(const mig_words *words, size_t i, mig_enum_column *column) {
    mig_qname type;

    memset(column, 0, sizeof *column);
    if (i >= words->n || is_constraint(words, i) || words->items[i].name.p == NULL)
        return false;
    column->column = words->items[i++].name;
    if (i >= words->n || !mig_words_name(words, &i, &type))
        return false;
    column->type = type.name;
    if (mig_words_op(words, i, "[") || mig_words_is(words, i, "array"))
        column->type = MIG_STR("");
    return true;
}

/* The place behind the next comma of this depth, or behind the end of the list. */
static size_t item_next(const mig_words *words, size_t i, size_t depth) {
    for (; i < words->n && words->items[i].depth >= depth; i++)
        if (words->items[i].depth == depth && mig_words_op(words, i, ","))
            return i + 1;
    return words->n;
}

/* An inherited column, and those of LIKE, stand in places that are not known. */
static bool table_learn(mig_ctx *ctx, mig_enums *enums, const mig_words *words, size_t i) {
    bool maybe = skip_if(words, &i), counted = !mig_words_have(words, 0, "inherits");
    mig_enum_column column;
    mig_qname table;
    size_t position = 0;

    if (i >= words->n || !mig_words_name(words, &i, &table))
        return true;
    table_forget(enums, table.name);
    if (maybe || i >= words->n || words->items[i].kind != MIG_TOK_OPEN)
        return true;
    for (i++; i < words->n; i = item_next(words, i, 1)) {
        counted = counted && !mig_words_is(words, i, "like");
        if (!definition_read(words, i, &column))
            continue;
        column.table = table.name;
        column.position = counted ? ++position : 0;
        if (!mig_enum_column_add(ctx, enums, &column))
            return false;
    }
    return true;
}

static bool table_alter(mig_ctx *ctx, mig_enums *enums, const mig_words *words, size_t i) {
    mig_enum_column column;
    mig_qname table;

    skip_if(words, &i);
    mig_words_skip(words, &i, "only");
    if (i >= words->n || !mig_words_name(words, &i, &table))
        return true;
    if (mig_words_have(words, i, "rename") || mig_words_have(words, i, "drop") ||
        mig_words_have(words, i, "type") || mig_words_have(words, i, "schema") ||
        mig_words_have(words, i, "inherit"))
        table_forget(enums, table.name);
    for (; i < words->n; i = item_next(words, i, 0)) {
        if (!mig_words_skip(words, &i, "add"))
            continue;
        mig_words_skip(words, &i, "column");
        if (skip_if(words, &i) || !definition_read(words, i, &column))
            continue;
        column.table = table.name;
        if (!mig_enum_column_add(ctx, enums, &column))
            return false;
    }
    return true;
}

static void names_forget(mig_enums *enums, const mig_words *words, size_t i) {
    for (; i < words->n; i++) {
        if (words->items[i].name.p == NULL)
            continue;
        table_forget(enums, words->items[i].name);
        type_forget(enums, words->items[i].name);
    }
}

bool mig_enum_learn(mig_ctx *ctx, mig_enums *enums, const mig_words *words) {
    size_t i = 0;

    if (mig_words_skip(words, &i, "create")) {
        while (mig_words_is(words, i, "temp") || mig_words_is(words, i, "temporary") ||
               mig_words_is(words, i, "unlogged") || mig_words_is(words, i, "local") ||
               mig_words_is(words, i, "global"))
            i++;
        return !mig_words_skip(words, &i, "table") || table_learn(ctx, enums, words, i);
    }
    if (mig_words_skip(words, &i, "drop")) {
        names_forget(enums, words, i);
        return true;
    }
    if (!mig_words_skip(words, &i, "alter"))
        return true;
    if (mig_words_skip(words, &i, "table"))
        return table_alter(ctx, enums, words, i);
    if (mig_words_have(words, i, "rename") || mig_words_have(words, i, "schema"))
        names_forget(enums, words, i);
    return true;
}

bool mig_enum_added(mig_ctx *ctx, const mig_words *words, mig_qname *type, mig_str *value) {
    size_t i = 0;

    if (!mig_words_skip(words, &i, "alter") || !mig_words_skip(words, &i, "type") ||
        i >= words->n || !mig_words_name(words, &i, type) || !mig_words_skip(words, &i, "add") ||
        !mig_words_skip(words, &i, "value"))
        return false;
    skip_if(words, &i);
    return i < words->n && mig_word_literal(ctx, &words->items[i], value);
}

/* ---- looking ------------------------------------------------------------------------------- */

bool mig_enum_may_use(const mig_enums *enums, mig_str statement) {
    mig_str rest, value;
    size_t i, at;

    for (i = 0; i < enums->n_values; i++) {
        value = enums->values[i].value;
        if (enums->values[i].dead)
            continue;
        if (mig_str_find(value, '\'', &at))
            value.n = at; /* the statement has it twice */
        if (value.n == 0)
            return true;
        for (rest = statement; mig_str_find(rest, value.p[0], &at);
             rest = mig_str_sub(rest, at + 1, SIZE_MAX))
            if (mig_str_starts(mig_str_sub(rest, at, SIZE_MAX), value))
                return true;
    }
    return false;
}

static bool is_mentioned(const mig_words *words, mig_str name) {
    size_t i;

    for (i = 0; i < words->n; i++)
        if (words->items[i].name.p != NULL && mig_str_eq(words->items[i].name, name))
            return true;
    return false;
}

static bool is_type_at(const mig_words *words, size_t i, mig_str type) {
    mig_qname name;

    return i < words->n && mig_words_name(words, &i, &name) && mig_str_eq(name.name, type) &&
           !mig_words_op(words, i, "[") && !mig_words_is(words, i, "array");
}

/* 'v'::type, CAST('v' AS type), type 'v' */
static bool is_cast(const mig_words *words, size_t i, mig_str type) {
    if (mig_words_op(words, i + 1, "::"))
        return is_type_at(words, i + 2, type);
    if (i >= 2 && mig_words_is(words, i + 1, "as") && words->items[i - 1].kind == MIG_TOK_OPEN &&
        mig_words_is(words, i - 2, "cast"))
        return is_type_at(words, i + 2, type);
    return i >= 1 && words->items[i - 1].name.p != NULL &&
           mig_str_eq(words->items[i - 1].name, type);
}

/* Is there a table whose column of this name is of the type, and none where it is of another? */
static bool column_fits(const mig_enums *enums, const mig_words *words, mig_str column,
                        mig_str type) {
    const mig_enum_column *c;
    bool fits = false;
    size_t i;

    for (i = 0; i < enums->n_columns; i++) {
        c = &enums->columns[i];
        if (c->dead || !mig_str_eq(c->column, column) || !is_mentioned(words, c->table))
            continue;
        if (!mig_str_eq(c->type, type))
            return false;
        fits = true;
    }
    return fits;
}

/* Does a qualifier mean a table that has the column: its name, or its alias? */
static bool qualifier_fits(const mig_enums *enums, const mig_words *words, mig_str qualifier,
                           mig_str column) {
    const mig_enum_column *c;
    size_t i, k, next;

    for (i = 0; i < enums->n_columns; i++) {
        c = &enums->columns[i];
        if (c->dead || !mig_str_eq(c->column, column))
            continue;
        if (mig_str_eq(c->table, qualifier))
            return true;
        for (k = 0; k + 1 < words->n; k++) {
            next = k + 1 + mig_words_is(words, k + 1, "as");
            if (words->items[k].name.p != NULL && mig_str_eq(words->items[k].name, c->table) &&
                next < words->n && words->items[next].name.p != NULL &&
                mig_str_eq(words->items[next].name, qualifier))
                return true;
        }
    }
    return false;
}

/* With a query inside, a name need not be that of a column of a table. */
static bool has_subquery(const mig_words *words) {
    size_t i;

    if (mig_words_is(words, 0, "with"))
        return true;
    for (i = 1; i < words->n; i++)
        if (words->items[i].depth > 0 &&
            (mig_words_is(words, i, "select") || mig_words_is(words, i, "with") ||
             mig_words_is(words, i, "values")))
            return true;
    return false;
}

/* The place behind the name that the literal at i is compared with or assigned to; 0: none. */
static size_t compared_end(const mig_words *words, size_t i) {
    static const char *const ops[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
    size_t depth = words->items[i].depth, k;

    for (k = 0; i > 0 && k < sizeof ops / sizeof *ops; k++)
        if (mig_words_op(words, i - 1, ops[k]))
            return i - 1;
    if (i >= 3 && mig_words_is(words, i - 1, "from") && mig_words_is(words, i - 2, "distinct")) {
        i -= 3 + mig_words_is(words, i - 3, "not");
        return mig_words_is(words, i, "is") ? i : 0;
    }
    if (i >= 2 && mig_words_is(words, i - 1, "default") && mig_words_is(words, i - 2, "set"))
        return i - 2;
    while (i > 0 && depth > 0 &&
           (words->items[i].kind == MIG_TOK_STRING || mig_words_op(words, i, ",")))
        i--;
    if (i == 0 || words->items[i].kind != MIG_TOK_OPEN || !mig_words_is(words, i - 1, "in"))
        return 0;
    i--;
    return i > 0 && mig_words_is(words, i - 1, "not") ? i - 1 : i;
}

static bool is_end_behind(const mig_words *words, size_t i) {
    return i + 1 >= words->n || words->items[i + 1].kind == MIG_TOK_WORD ||
           words->items[i + 1].kind == MIG_TOK_CLOSE || mig_words_op(words, i + 1, ",");
}

static bool by_comparison(const mig_enums *enums, const mig_words *words, size_t i, mig_str type,
                          mig_str *column) {
    size_t end = compared_end(words, i), at;

    if (end == 0 || !is_end_behind(words, i) || words->items[end - 1].name.p == NULL)
        return false;
    at = end - 1;
    *column = words->items[at].name;
    if (at >= 1 && (mig_words_op(words, at - 1, "::") || mig_words_is(words, at - 1, "as")))
        return false;
    if (at >= 2 && mig_words_op(words, at - 1, "."))
        return words->items[at - 2].name.p != NULL &&
               qualifier_fits(enums, words, words->items[at - 2].name, *column) &&
               column_fits(enums, words, *column, type);
    return !has_subquery(words) && column_fits(enums, words, *column, type);
}

/* column type ... DEFAULT 'v', in a list of definitions or behind ADD */
static bool by_default(const mig_words *words, size_t i, mig_str type) {
    size_t depth = words->items[i].depth;
    mig_enum_column column;

    if (i == 0 || !mig_words_is(words, i - 1, "default") || !is_end_behind(words, i) ||
        !mig_words_have(words, 0, "table"))
        return false;
    for (i--; i > 0; i--)
        if (words->items[i - 1].depth < depth ||
            (words->items[i - 1].depth == depth &&
             (mig_words_op(words, i - 1, ",") || mig_words_is(words, i - 1, "add"))))
            break;
    mig_words_skip(words, &i, "add");
    mig_words_skip(words, &i, "column");
    skip_if(words, &i);
    return definition_read(words, i, &column) && mig_str_eq(column.type, type);
}

/* Which value of its row the literal at i is, from 1; 0: it is no value by itself. *row: the place
   of the row's parenthesis. */
static size_t row_position(const mig_words *words, size_t i, size_t *row) {
    size_t position = 1;

    if (i < 2 || words->items[i].depth != 1 || i + 1 >= words->n)
        return 0;
    if (words->items[i - 1].kind != MIG_TOK_OPEN && !mig_words_op(words, i - 1, ","))
        return 0;
    if (words->items[i + 1].kind != MIG_TOK_CLOSE && !mig_words_op(words, i + 1, ","))
        return 0;
    for (i--; i > 0 && words->items[i].depth > 0; i--)
        position += words->items[i].depth == 1 && mig_words_op(words, i, ",");
    *row = i;
    return position;
}

/* Is the parenthesis that of a row of VALUES? */
static bool is_row(const mig_words *words, size_t row) {
    for (; row > 0; row--) {
        if (mig_words_is(words, row - 1, "values"))
            return true;
        if (words->items[row - 1].depth == 0 && words->items[row - 1].kind != MIG_TOK_OPEN &&
            words->items[row - 1].kind != MIG_TOK_CLOSE && !mig_words_op(words, row - 1, ","))
            return false;
    }
    return false;
}

/* The name at a position of the list of columns that opens at i. */
static mig_str listed(const mig_words *words, size_t i, size_t position) {
    for (i++; i < words->n && position > 1; i++)
        position -= mig_words_op(words, i, ",");
    return position == 1 && i < words->n ? words->items[i].name : (mig_str){NULL, 0};
}

static bool by_row(const mig_enums *enums, const mig_words *words, size_t i, mig_str type,
                   mig_str *column) {
    size_t row = 0, position = row_position(words, i, &row), at = 2, k;
    const mig_enum_column *c;
    mig_str name = {NULL, 0};
    mig_qname table;

    if (position == 0 || !mig_words_is(words, 0, "insert") || !mig_words_is(words, 1, "into") ||
        !is_row(words, row) || !mig_words_name(words, &at, &table))
        return false;
    if (mig_words_skip(words, &at, "as"))
        at++;
    if (at < row && words->items[at].kind == MIG_TOK_OPEN) {
        name = listed(words, at, position);
        if (name.p == NULL)
            return false;
    }
    for (k = 0; k < enums->n_columns; k++) {
        c = &enums->columns[k];
        if (c->dead || !mig_str_eq(c->table, table.name) || !mig_str_eq(c->type, type) ||
            (name.p != NULL ? !mig_str_eq(c->column, name) : c->position != position))
            continue;
        *column = c->column;
        return true;
    }
    return false;
}

/* Bodies of routines are not run; comments are no values. */
static bool is_looked_at(const mig_words *words) {
    return !mig_words_is(words, 0, "comment") && !mig_words_is(words, 0, "do") &&
           !(mig_words_is(words, 0, "alter") && mig_words_is(words, 1, "type")) &&
           !(mig_words_is(words, 0, "create") &&
             (mig_words_have(words, 1, "function") || mig_words_have(words, 1, "procedure")));
}

static bool is_use(const mig_enums *enums, const mig_words *words, size_t i,
                   const mig_enum_value *value, mig_str *column) {
    *column = (mig_str){NULL, 0};
    if (is_cast(words, i, value->type) || by_default(words, i, value->type))
        return true;
    return by_comparison(enums, words, i, value->type, column) ||
           by_row(enums, words, i, value->type, column);
}

bool mig_enum_find(mig_ctx *ctx, const mig_enums *enums, const mig_words *words,
                   mig_enum_use *use) {
    mig_str literal;
    size_t i, k;

    if (!is_looked_at(words))
        return false;
    for (i = 0; i < words->n; i++) {
        if (!mig_word_literal(ctx, &words->items[i], &literal))
            continue;
        for (k = 0; k < enums->n_values; k++) {
            use->value = &enums->values[k];
            if (!use->value->dead && mig_str_eq(use->value->value, literal) &&
                is_use(enums, words, i, use->value, &use->column))
                return true;
        }
    }
    return false;
}
