/*
 * unit_relation.c: see unit_relation.h.
 */
#include "unit_relation.h"

#include <string.h>

#include "map.h"

static const char *const *relations;
static size_t n_relations, n_unprepared;

/* Cuts the text at c: what is before it, and behind it. */
static mig_str cut(mig_str text, char c, mig_str *behind) {
    size_t at = text.n;

    mig_str_find(text, c, &at);
    *behind = mig_str_sub(text, at + 1, text.n);
    return mig_str_sub(text, 0, at);
}

static mig_field_kind kind_of(mig_str type) {
    static const struct {
        const char *name;
        mig_field_kind kind;
    } kinds[] = {
        {"integer", MIG_FIELD_INTEGER}, {"number", MIG_FIELD_NUMBER},
        {"boolean", MIG_FIELD_BOOLEAN}, {"binary", MIG_FIELD_BINARY},
        {"json", MIG_FIELD_JSON},       {"array", MIG_FIELD_ARRAY},
    };
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (mig_str_is(type, kinds[i].name))
            return kinds[i].kind;
    return MIG_FIELD_OTHER;
}

static bool mark_take(mig_str *text, char mark) {
    if (text->n == 0 || text->p[text->n - 1] != mark)
        return false;
    text->n--;
    return true;
}

static mig_field field_of(mig_ctx *ctx, mig_str text) {
    mig_field field;
    mig_str none;

    memset(&field, 0, sizeof field);
    field.name = cut(text, ':', &field.type);
    field.generated = mark_take(&field.type, '=');
    field.loose = mark_take(&field.type, '~');
    field.always_identity = mark_take(&field.type, '*');
    field.not_null = mark_take(&field.type, '!');
    field.kind = kind_of(field.type);
    field.storage = cut(field.type, '(', &none);
    field.sql = mig_str_format(ctx, "\"%.*s\"", MIG_FMT(field.name));
    if (field.kind != MIG_FIELD_JSON)
        field.equal = MIG_STR("OPERATOR(pg_catalog.=)");
    return field;
}

static size_t field_find(const mig_relation *relation, mig_str name) {
    size_t i;

    for (i = 0; i < relation->n_fields; i++)
        if (mig_str_eq(relation->fields[i].name, name))
            return i;
    return MIG_NONE;
}

static mig_unique key_of(mig_ctx *ctx, const mig_relation *relation, mig_str text) {
    mig_unique key;
    mig_str word;

    memset(&key, 0, sizeof key);
    text = mig_str_trim(text);
    key.primary = text.p[0] == '*';
    text = mig_str_sub(text, key.primary, text.n);
    key.fields = mig_alloc_zero(ctx, text.n, sizeof *key.fields);
    while (key.fields != NULL && mig_str_next_word(&text, &word))
        key.fields[key.n++] = field_find(relation, word);
    return key;
}

mig_relation unit_relation(mig_ctx *ctx, const char *table) {
    mig_str text = mig_str_of(table), keys, columns, word;
    mig_relation relation;

    memset(&relation, 0, sizeof relation);
    relation.found = true;
    relation.name = cut(cut(text, '|', &keys), ' ', &columns);
    relation.sql = mig_str_format(ctx, "public.\"%.*s\"", MIG_FMT(relation.name));
    relation.fields = mig_alloc_zero(ctx, text.n, sizeof *relation.fields);
    relation.keys = mig_alloc_zero(ctx, text.n, sizeof *relation.keys);
    if (relation.fields == NULL || relation.keys == NULL)
        return relation;
    while (mig_str_next_word(&columns, &word))
        relation.fields[relation.n_fields++] = field_of(ctx, word);
    while (keys.n > 0)
        relation.keys[relation.n_keys++] = key_of(ctx, &relation, cut(keys, '|', &keys));
    return relation;
}

static mig_cell cell_of(mig_str text) {
    mig_cell cell;

    memset(&cell, 0, sizeof cell);
    cell.column = cut(text, '=', &cell.text);
    cell.kind = MIG_CELL_TEXT;
    cell.line = 2;
    cell.place = 3;
    if (mig_str_is(cell.text, "~"))
        cell.kind = MIG_CELL_NULL;
    else if (mig_str_is(cell.text, "&"))
        cell.kind = MIG_CELL_REF;
    else if (mig_str_starts(cell.text, MIG_STR("#")))
        cell.kind = MIG_CELL_PASSWORD;
    if (cell.kind == MIG_CELL_PASSWORD)
        cell.text = mig_str_sub(cell.text, 1, cell.text.n);
    return cell;
}

mig_row unit_row(mig_ctx *ctx, const char *table, const char *cells) {
    mig_str text = mig_str_of(cells), word;
    mig_row row;

    memset(&row, 0, sizeof row);
    row.table = mig_str_of(table);
    row.number = 1;
    row.line = 2;
    row.cells = mig_alloc_zero(ctx, text.n + 1, sizeof *row.cells);
    while (row.cells != NULL && mig_str_next_word(&text, &word))
        row.cells[row.n++] = cell_of(word);
    return row;
}

static bool describe(mig_ctx *ctx, mig_str name, mig_relation *relation) {
    mig_str rest;
    size_t i;

    memset(relation, 0, sizeof *relation);
    relation->name = name;
    for (i = 0; i < n_relations; i++)
        if (mig_str_eq(cut(mig_str_of(relations[i]), ' ', &rest), name))
            *relation = unit_relation(ctx, relations[i]);
    return mig_ctx_error(ctx) == NULL;
}

static void unprepare(mig_ctx *ctx, mig_prepared *prepared) {
    (void)ctx;
    n_unprepared += prepared != NULL;
}

void unit_relations_set(mig_ctx *ctx, mig_engine engine, const char *const *tables, size_t n) {
    mig_host *host = mig_ctx_host(ctx);

    relations = tables;
    n_relations = n;
    n_unprepared = 0;
    host->engine = engine;
    host->describe = describe;
    host->unprepare = unprepare;
}

size_t unit_unprepared(void) {
    return n_unprepared;
}
