/*
 * fuzz_dataset.c: the data set reader on arbitrary bytes. The first byte chooses the format.
 *
 * Every row is checked: names and texts are UTF-8, lists and maps are JSON of the right kind, refs are
 * complete, places lie in the text. A survey counts the same rows and tables, and has a complaint for
 * whatever the reader has one for.
 */
#include "dataset.h"
#include "json.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

static void must_utf8(mig_str s) {
    must(mig_utf8_check(s) == s.n);
}

/* text is one value of JSON, of this kind. */
static void must_json(mig_ctx *ctx, mig_str text, mig_json_kind kind) {
    mig_json *json = mig_json_open(ctx, mig_input_text(ctx, text));
    mig_json_token token;
    bool first = true;

    do {
        must(mig_json_next(ctx, json, &token) && token.kind != MIG_JSON_BAD);
        must(!first || token.kind == kind);
        first = false;
    } while (token.kind != MIG_JSON_END);
}

static void cell_check(mig_ctx *ctx, const mig_cell *cell, size_t lines) {
    size_t i;

    must(cell->column.n > 0 && cell->line > 0 && cell->place > 0 && (size_t)cell->line <= lines);
    must_utf8(cell->column);
    if (cell->kind != MIG_CELL_BINARY)
        must_utf8(cell->text);
    if (cell->kind == MIG_CELL_NULL || cell->kind == MIG_CELL_REF)
        must(cell->text.n == 0);
    if (cell->kind == MIG_CELL_NUMBER || cell->kind == MIG_CELL_PASSWORD)
        must(cell->text.n > 0);
    if (cell->kind == MIG_CELL_BOOLEAN)
        must(mig_str_is(cell->text, "true") || mig_str_is(cell->text, "false"));
    if (cell->kind == MIG_CELL_LIST || cell->kind == MIG_CELL_MAP)
        must_json(ctx, cell->text, cell->kind == MIG_CELL_LIST ? MIG_JSON_ARRAY : MIG_JSON_OBJECT);
    must((cell->kind == MIG_CELL_REF) == (cell->ref != NULL));
    if (cell->ref == NULL)
        return;
    must(cell->ref->table.n > 0 && cell->ref->column.n > 0 && cell->ref->n_where > 0);
    for (i = 0; i < cell->ref->n_where; i++) {
        must(cell->ref->where[i].kind <= MIG_CELL_TEXT && cell->ref->where[i].ref == NULL);
        cell_check(ctx, &cell->ref->where[i], lines);
    }
}

/* A quote inside a text has a backslash in front, so this is a key. */
static void password_check(const mig_cell *cell) {
    static const char key[] = "\"password\":";
    const size_t n = sizeof key - 1;
    size_t i;

    if (cell->kind != MIG_CELL_LIST && cell->kind != MIG_CELL_MAP)
        return;
    for (i = 0; i + n <= cell->text.n; i++)
        must(memcmp(cell->text.p + i, key, n) != 0);
}

static void row_check(mig_ctx *ctx, const mig_row *row, size_t lines) {
    size_t i;

    must(row->n > 0 && row->number > 0 && row->line > 0 && (size_t)row->line <= lines);
    for (i = 0; i < row->n; i++) {
        cell_check(ctx, &row->cells[i], lines);
        password_check(&row->cells[i]);
    }
    for (i = 1; i < row->n; i++)
        must(!mig_str_eq(row->cells[i].column, row->cells[0].column));
}

static void complaints_check(const mig_complaints *list, size_t lines) {
    size_t i;

    for (i = 0; i < list->n; i++) {
        must(list->items[i].text.n > 0);
        must_utf8(list->items[i].text);
        must(list->items[i].line >= 0 && (size_t)list->items[i].line <= lines);
    }
}

/* YAML ends lines at NEL, LS and PS too: at most one a byte. */
static void read_rows(mig_ctx *ctx, mig_format format, mig_str text, mig_complaints *list,
                      int64_t *rows, size_t *tables) {
    mig_dataset *dataset =
        mig_dataset_open(ctx, format, MIG_STR("f"), mig_input_text(ctx, text), MIG_STR("t"), list);
    mig_item item;
    mig_row row;

    must(dataset != NULL);
    for (;;) {
        must(mig_dataset_next(ctx, dataset, &item, &row));
        if (item == MIG_ITEM_END)
            break;
        must(row.table.n > 0);
        must_utf8(row.table);
        if (item == MIG_ITEM_ROW)
            row_check(ctx, &row, text.n + 1);
        *rows += item == MIG_ITEM_ROW;
        *tables += item == MIG_ITEM_TABLE;
    }
    must(!mig_dataset_broken(dataset) || list->total > 0);
    mig_dataset_close(ctx, dataset);
}

static void run_input(mig_format format, mig_str text) {
    mig_complaints list = {NULL, 0, 0, 0}, again = {NULL, 0, 0, 0};
    mig_ctx *ctx = unit_ctx();
    int64_t rows = 0, counted;
    mig_seed_header header;
    size_t n_tables = 0;
    mig_list tables;

    read_rows(ctx, format, text, &list, &rows, &n_tables);
    complaints_check(&list, text.n + 1);
    memset(&header, 0, sizeof header);
    must(mig_dataset_survey(ctx, format, MIG_STR("f"), mig_input_text(ctx, text), MIG_STR("t"),
                            false, &header, &tables, &counted, &again));
    complaints_check(&again, text.n + 1);
    must(counted == rows && tables.n >= n_tables && again.total >= list.total);
    unit_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const mig_format formats[] = {MIG_FORMAT_YAML, MIG_FORMAT_JSON, MIG_FORMAT_CSV};

    if (size > 0)
        run_input(formats[data[0] % 3], (mig_str){(const char *)data + 1, size - 1});
    return 0;
}
