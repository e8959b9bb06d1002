/*
 * dataset.c: see dataset.h. Tables and rows of YAML and JSON, and CSV.
 *
 * All that an item needs lies behind a mark that the next item releases. What lasts longer (the names
 * of the tables, the header) is allocated at the beginning of a table, when nothing else is alive, and
 * the mark is moved behind it. A CSV file's columns are kept memory: its reader has a mark of its own.
 */
#include "dataset_part.h"

#include <string.h>

#include "script_header.h"

#define FEW_NAMES 16
#define ROWS_BETWEEN_LOOKS 4096

/* ---- names ------------------------------------------------------------------------------- */

/* Moves the names into a map: from now on they are many. */
static bool names_map(mig_ctx *ctx, mig_names *names) {
    size_t i;

    names->map = mig_map_new(ctx, 2 * FEW_NAMES);
    for (i = 0; names->map != NULL && i < names->list.n; i++)
        mig_map_add(ctx, names->map, names->list.items[i], i, NULL);
    return mig_ctx_error(ctx) == NULL;
}

bool mig_names_add(mig_ctx *ctx, mig_names *names, mig_str name, bool *doubled) {
    size_t old = MIG_NONE;

    *doubled = false;
    if (names->map == NULL && names->list.n == FEW_NAMES && !names_map(ctx, names))
        return false;
    if (names->map == NULL)
        *doubled = mig_list_has(&names->list, name);
    else if (!mig_map_add(ctx, names->map, name, names->list.n, &old))
        return false;
    if (old != MIG_NONE)
        *doubled = true;
    return !*doubled && mig_list_add(ctx, &names->list, name);
}

/* C0, DEL and C1. */
static bool has_control(mig_str s) {
    size_t i;

    for (i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if (c < 0x20 || c == 0x7F || (c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0))
            return true;
    }
    return false;
}

const char *mig_dataset_name_fault(mig_str name) {
    if (name.n == 0)
        return "is empty";
    return has_control(name) ? "holds a control character" : NULL;
}

/* ---- complaints and tokens --------------------------------------------------------------- */

/* A complaint is one line, whatever the names in it hold. */
static void line_flatten(mig_buf *buf) {
    size_t i;

    for (i = 0; i < buf->n; i++)
        if ((unsigned char)buf->p[i] < 0x20)
            buf->p[i] = '?';
}

/* 'table "users", row 3, column "id": ', as far as it is known. */
static void place_add(const mig_dataset *dataset, mig_buf *buf) {
    if (dataset->state != MIG_DATASET_ROWS)
        return;
    mig_buf_addf(buf, "table \"%.*s\"", MIG_FMT(mig_text_clip(dataset->table)));
    if (dataset->number > 0)
        mig_buf_addf(buf, ", row %lu", (unsigned long)dataset->number);
    if (dataset->column.n > 0)
        mig_buf_addf(buf, ", column \"%.*s\"", MIG_FMT(mig_text_clip(dataset->column)));
    mig_buf_add_z(buf, ": ");
}

bool mig_dataset_complain(mig_ctx *ctx, mig_dataset *dataset, mig_code code, const char *format,
                          ...) {
    mig_buf buf = mig_buf_new(ctx);
    mig_str what, text;
    va_list args;

    dataset->faulty = true;
    va_start(args, format);
    what = mig_str_vformat(ctx, format, args);
    va_end(args);
    place_add(dataset, &buf);
    mig_buf_add(&buf, what);
    line_flatten(&buf);
    text = mig_buf_str(&buf);
    return text.p != NULL &&
           mig_complain(ctx, dataset->list, code, dataset->source, dataset->token.json.line,
                        dataset->token.json.column, "%.*s", MIG_FMT(text));
}

/* The format is broken here. Always false. */
static bool token_bad(mig_ctx *ctx, mig_dataset *dataset) {
    const mig_dataset_state state = dataset->state;

    dataset->state = MIG_DATASET_OVER;
    mig_dataset_complain(ctx, dataset, dataset->token.limit ? MIG_E_LIMIT : MIG_E_SYNTAX,
                         "cannot be read as %s: %s", dataset->yaml != NULL ? "YAML" : "JSON",
                         dataset->token.json.why);
    dataset->state = state;
    dataset->broken = true;
    return false;
}

bool mig_dataset_token(mig_ctx *ctx, mig_dataset *dataset) {
    mig_yaml_token *token = &dataset->token;

    if (dataset->broken)
        return false;
    token->binary = token->limit = false;
    if (dataset->yaml != NULL ? !mig_yaml_next(ctx, dataset->yaml, token)
                              : !mig_json_next(ctx, dataset->json, &token->json))
        return false;
    if (token->json.kind == MIG_JSON_BAD)
        return token_bad(ctx, dataset);
    if (token->json.kind == MIG_JSON_OBJECT || token->json.kind == MIG_JSON_ARRAY)
        dataset->depth++;
    else if (token->json.kind == MIG_JSON_OBJECT_END || token->json.kind == MIG_JSON_ARRAY_END)
        dataset->depth--;
    return true;
}

bool mig_dataset_skip(mig_ctx *ctx, mig_dataset *dataset, size_t depth) {
    mig_mark mark = mig_arena_mark(ctx);

    while (dataset->depth > depth) {
        if (!mig_dataset_token(ctx, dataset))
            return false;
        mig_arena_release(ctx, mark);
    }
    return true;
}

size_t mig_dataset_around(const mig_dataset *dataset) {
    const mig_json_kind kind = dataset->token.json.kind;

    return dataset->depth - (kind == MIG_JSON_OBJECT || kind == MIG_JSON_ARRAY ? 1 : 0);
}

/* ---- rows of YAML and JSON --------------------------------------------------------------- */

static mig_cell *cell_new(mig_ctx *ctx, mig_dataset *dataset) {
    mig_cell *cells =
        mig_grow(ctx, dataset->cells, dataset->n_cells, &dataset->cells_room, sizeof *cells);

    if (cells == NULL)
        return NULL;
    dataset->cells = cells;
    cells += dataset->n_cells++;
    memset(cells, 0, sizeof *cells);
    return cells;
}

/* The token is the name of a column. */
static bool column_check(mig_ctx *ctx, mig_dataset *dataset, mig_names *names) {
    mig_str name = dataset->token.json.text;
    const char *fault = mig_dataset_name_fault(name);
    bool doubled;

    dataset->column = MIG_STR("");
    if (fault != NULL)
        return mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the name of a column %s", fault);
    if (mig_names_add(ctx, names, name, &doubled))
        return true;
    return doubled &&
           mig_dataset_complain(ctx, dataset, MIG_E_DATA, "column \"%.*s\" is given twice",
                                MIG_FMT(mig_text_clip(name)));
}

static bool column_read(mig_ctx *ctx, mig_dataset *dataset, mig_names *names) {
    mig_cell *cell;

    if (!column_check(ctx, dataset, names))
        return false;
    cell = cell_new(ctx, dataset);
    if (cell == NULL)
        return false;
    cell->column = dataset->token.json.text;
    if (mig_dataset_name_fault(cell->column) == NULL)
        dataset->column = cell->column;
    return mig_dataset_token(ctx, dataset) && mig_dataset_value(ctx, dataset, cell);
}

static bool row_long(mig_ctx *ctx, mig_dataset *dataset, size_t around) {
    dataset->column = MIG_STR("");
    return mig_dataset_complain(ctx, dataset, MIG_E_LIMIT, "more than %d columns",
                                MIG_MAX_FIELDS) &&
           mig_dataset_skip(ctx, dataset, around);
}

/* The token is the { of the row. */
static bool row_read(mig_ctx *ctx, mig_dataset *dataset) {
    const size_t around = mig_dataset_around(dataset);
    const mig_yaml_token start = dataset->token;
    mig_names *names = &dataset->keys[around];

    memset(names, 0, sizeof *names);
    while (mig_dataset_token(ctx, dataset) && dataset->depth > around) {
        if (dataset->n_cells == MIG_MAX_FIELDS)
            return row_long(ctx, dataset, around);
        if (!column_read(ctx, dataset, names))
            return false;
    }
    if (mig_ctx_error(ctx) != NULL || dataset->broken)
        return false;
    dataset->column = MIG_STR("");
    if (dataset->n_cells > 0 || dataset->faulty)
        return true;
    dataset->token = start;
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the row is empty");
    return mig_complain_hint(ctx, dataset->list, "Give it columns, or take it out.");
}

/* The next row without a complaint into *row; false where the table is over, or reading is. */
static bool row_next(mig_ctx *ctx, mig_dataset *dataset, mig_row *row) {
    for (;;) {
        mig_arena_release(ctx, dataset->mark);
        dataset->column = MIG_STR("");
        dataset->cells = NULL;
        dataset->n_cells = dataset->cells_room = dataset->row_bytes = 0;
        dataset->faulty = false;
        if (!mig_dataset_token(ctx, dataset) || dataset->token.json.kind == MIG_JSON_ARRAY_END)
            return false;
        dataset->number++;
        row->line = dataset->token.json.line;
        if (dataset->token.json.kind == MIG_JSON_OBJECT) {
            if (!row_read(ctx, dataset))
                return false;
        } else if (!mig_dataset_complain(ctx, dataset, MIG_E_DATA,
                                         "the row is not a map of columns") ||
                   !mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset))) {
            return false;
        }
        if (!dataset->faulty)
            break;
    }
    row->table = dataset->table;
    row->number = dataset->number;
    row->cells = dataset->cells;
    row->n = dataset->n_cells;
    return true;
}

/* ---- tables of YAML and JSON ------------------------------------------------------------- */

static bool is_seed_key(mig_str key) {
    return mig_str_is(key, "_seed");
}

/* false, where reading can go on after a complaint, too: *good says which. */
static bool table_check(mig_ctx *ctx, mig_dataset *dataset, mig_str name, bool *good) {
    const char *fault = mig_dataset_name_fault(name);
    bool doubled = false;

    *good = false;
    if (fault != NULL)
        return mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the name of a table %s", fault);
    if (mig_names_add(ctx, &dataset->tables, name, &doubled)) {
        *good = true;
        return true;
    }
    if (!doubled)
        return false;
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "table \"%.*s\" is given twice",
                         MIG_FMT(mig_text_clip(name)));
    return mig_complain_hint(ctx, dataset->list, "Put its rows into one list.");
}

/* The token is the name of a table. *begun: its rows come. */
static bool table_read(mig_ctx *ctx, mig_dataset *dataset, mig_row *row, bool *begun) {
    mig_str name = dataset->token.json.text;

    row->line = dataset->token.json.line;
    if (!table_check(ctx, dataset, name, begun) || !mig_dataset_token(ctx, dataset))
        return false;
    if (dataset->token.json.kind != MIG_JSON_ARRAY && *begun) {
        *begun = false;
        mig_dataset_complain(ctx, dataset, MIG_E_DATA, "table \"%.*s\" is not a list of rows",
                             MIG_FMT(mig_text_clip(name)));
        if (!mig_complain_hint(ctx, dataset->list,
                               "Each row begins with \"- \"; a table without rows is []."))
            return false;
    }
    dataset->mark = mig_arena_mark(ctx);
    if (!*begun)
        return mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
    dataset->state = MIG_DATASET_ROWS;
    dataset->table = row->table = name;
    dataset->number = 0;
    return true;
}

static bool seed_read(mig_ctx *ctx, mig_dataset *dataset) {
    bool ok;

    if (dataset->header == NULL)
        return mig_dataset_token(ctx, dataset) &&
               mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
    ok = mig_dataset_header(ctx, dataset);
    dataset->mark = mig_arena_mark(ctx);
    return ok;
}

/* The outer map begins. */
static bool start_read(mig_ctx *ctx, mig_dataset *dataset) {
    if (!mig_dataset_token(ctx, dataset))
        return false;
    dataset->state = MIG_DATASET_TABLES;
    if (dataset->token.json.kind == MIG_JSON_OBJECT)
        return true;
    if (dataset->token.json.kind == MIG_JSON_END)
        mig_complain(ctx, dataset->list, MIG_E_SYNTAX, dataset->source, 0, 0, "the file is empty");
    else
        mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "the file is not a map of tables");
    mig_complain_hint(ctx, dataset->list, "%s",
                      dataset->yaml != NULL ? "Write: table: [ {column: value}, ... ]."
                                            : "Write: {\"table\": [ {\"column\": value}, ... ]}.");
    dataset->broken = true;
    return false;
}

/* The next table; false at the end, or where reading is over. */
static bool table_next(mig_ctx *ctx, mig_dataset *dataset, mig_row *row) {
    bool begun = false;

    if (dataset->state == MIG_DATASET_START && !start_read(ctx, dataset))
        return false;
    while (!begun) {
        mig_arena_release(ctx, dataset->mark);
        if (!mig_dataset_token(ctx, dataset))
            return false;
        if (dataset->token.json.kind == MIG_JSON_OBJECT_END) {
            dataset->state = MIG_DATASET_OVER;
            mig_dataset_token(ctx, dataset);
            return false;
        }
        if (is_seed_key(dataset->token.json.text) ? !seed_read(ctx, dataset)
                                                  : !table_read(ctx, dataset, row, &begun))
            return false;
    }
    return true;
}

static bool structured_next(mig_ctx *ctx, mig_dataset *dataset, mig_item *item, mig_row *row) {
    if (dataset->state == MIG_DATASET_ROWS) {
        if (row_next(ctx, dataset, row)) {
            *item = MIG_ITEM_ROW;
            return true;
        }
        dataset->state = MIG_DATASET_TABLES;
    }
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!dataset->broken && dataset->state != MIG_DATASET_OVER && table_next(ctx, dataset, row))
        *item = MIG_ITEM_TABLE;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- CSV --------------------------------------------------------------------------------- */

/* A complaint about the name of a column, if there is one to make. */
static bool header_field_check(mig_ctx *ctx, mig_dataset *dataset, const mig_csv_field *field,
                               size_t number, mig_names *names) {
    const char *fault = mig_dataset_name_fault(field->text);
    bool doubled = false;

    if (fault == NULL && mig_names_add(ctx, names, field->text, &doubled))
        return true;
    if (fault == NULL && !doubled)
        return false;
    dataset->broken = true;
    if (doubled)
        return mig_complain(ctx, dataset->list, MIG_E_DATA, dataset->source, field->line,
                            field->column, "column \"%.*s\" is given twice",
                            MIG_FMT(mig_text_clip(field->text)));
    mig_complain(ctx, dataset->list, MIG_E_DATA, dataset->source, field->line, field->column,
                 "the name of column %lu %s", (unsigned long)number, fault);
    return mig_complain_hint(ctx, dataset->list,
                             "The first record of a CSV file names its columns.");
}

/* The cells of all rows, with the names of the columns. */
static bool columns_keep(mig_ctx *ctx, mig_dataset *dataset, const mig_csv_record *record) {
    mig_cell *cells = mig_alloc_kept(ctx, record->n * sizeof *cells);
    size_t i;

    if (cells == NULL)
        return false;
    memset(cells, 0, record->n * sizeof *cells);
    for (i = 0; i < record->n; i++) {
        const mig_csv_field *field = &record->fields[i];
        char *name = mig_alloc_kept(ctx, field->text.n + 1);

        if (name == NULL)
            return false;
        memcpy(name, field->text.p, field->text.n);
        name[field->text.n] = '\0';
        cells[i].column = (mig_str){name, field->text.n};
        cells[i].line = field->line;
        cells[i].place = field->column;
    }
    dataset->cells = cells;
    dataset->n_cells = record->n;
    return true;
}

/* Reads the record that names the columns. */
static bool csv_start(mig_ctx *ctx, mig_dataset *dataset, mig_item *item, mig_row *row) {
    mig_csv_record record;
    mig_names names;
    size_t i;

    memset(&names, 0, sizeof names);
    dataset->state = MIG_DATASET_ROWS;
    dataset->table = row->table;
    if (!mig_csv_next(ctx, dataset->csv, &record)) {
        dataset->broken = true;
        if (mig_ctx_error(ctx) != NULL || mig_csv_broken(dataset->csv))
            return mig_ctx_error(ctx) == NULL;
        mig_complain(ctx, dataset->list, MIG_E_SYNTAX, dataset->source, 0, 0, "the file is empty");
        return mig_complain_hint(ctx, dataset->list,
                                 "The first record of a CSV file names its columns.");
    }
    for (i = 0; i < record.n; i++)
        if (!header_field_check(ctx, dataset, &record.fields[i], i + 1, &names))
            return false;
    if (dataset->broken)
        return true;
    if (!columns_keep(ctx, dataset, &record))
        return false;
    *item = MIG_ITEM_TABLE;
    row->line = record.line;
    row->cells = dataset->cells;
    row->n = dataset->n_cells;
    return true;
}

static bool csv_ragged(mig_ctx *ctx, mig_dataset *dataset, const mig_csv_record *record) {
    return mig_complain(ctx, dataset->list, MIG_E_DATA, dataset->source, record->line, 1,
                        "row %lu: expected %lu field%s, found %lu", (unsigned long)dataset->number,
                        (unsigned long)dataset->n_cells, dataset->n_cells == 1 ? "" : "s",
                        (unsigned long)record->n);
}

static bool csv_next(mig_ctx *ctx, mig_dataset *dataset, mig_item *item, mig_row *row) {
    mig_cell *cells = dataset->cells;
    mig_csv_record record;
    size_t i;

    do {
        if (!mig_csv_next(ctx, dataset->csv, &record)) {
            dataset->state = MIG_DATASET_OVER;
            dataset->broken = mig_csv_broken(dataset->csv);
            return mig_ctx_error(ctx) == NULL;
        }
        dataset->number++;
    } while (record.n != dataset->n_cells && csv_ragged(ctx, dataset, &record));
    if (record.n != dataset->n_cells)
        return false;
    for (i = 0; i < record.n; i++) {
        const mig_csv_field *field = &record.fields[i];

        cells[i].kind = field->text.n == 0 && !field->quoted ? MIG_CELL_NULL : MIG_CELL_TEXT;
        cells[i].text = field->text;
        cells[i].line = field->line;
        cells[i].place = field->column;
    }
    *item = MIG_ITEM_ROW;
    row->number = dataset->number;
    row->line = record.line;
    row->cells = cells;
    row->n = record.n;
    return true;
}

/* ---- all formats ------------------------------------------------------------------------- */

static bool reader_open(mig_ctx *ctx, mig_dataset *dataset, mig_input *input) {
    switch (dataset->format) {
    case MIG_FORMAT_CSV:
        dataset->csv = mig_csv_open(ctx, dataset->source, input, dataset->list);
        return dataset->csv != NULL;
    case MIG_FORMAT_JSON:
        dataset->json = mig_json_open(ctx, input);
        return dataset->json != NULL;
    case MIG_FORMAT_YAML:
        dataset->yaml = mig_yaml_open(ctx, input);
        return dataset->yaml != NULL;
    case MIG_FORMAT_SQL:
        break;
    }
    return mig_fail(ctx, MIG_E_ARGUMENT, "an SQL seed is not a data set");
}

mig_dataset *mig_dataset_open(mig_ctx *ctx, mig_format format, mig_str source, mig_input *input,
                              mig_str table, mig_complaints *list) {
    mig_dataset *dataset = input == NULL ? NULL : mig_alloc_zero(ctx, 1, sizeof *dataset);

    if (dataset == NULL)
        return NULL;
    dataset->format = format;
    dataset->input = input;
    dataset->source = source;
    dataset->list = list;
    dataset->table = table;
    dataset->column = MIG_STR("");
    if (!reader_open(ctx, dataset, input))
        return NULL;
    dataset->mark = mig_arena_mark(ctx);
    return dataset;
}

bool mig_dataset_next(mig_ctx *ctx, mig_dataset *dataset, mig_item *item, mig_row *row) {
    *item = MIG_ITEM_END;
    memset(row, 0, sizeof *row);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    row->table = dataset->table;
    if (dataset->broken || dataset->state == MIG_DATASET_OVER)
        return true;
    if (dataset->csv == NULL)
        return structured_next(ctx, dataset, item, row);
    if (dataset->state == MIG_DATASET_START)
        return csv_start(ctx, dataset, item, row);
    return csv_next(ctx, dataset, item, row);
}

mig_dataset_form mig_dataset_form_of(const mig_dataset *dataset) {
    mig_dataset_form form;

    memset(&form, 0, sizeof form);
    if (dataset->csv == NULL)
        return form;
    form.plain = mig_csv_is_plain(dataset->csv);
    form.head = mig_csv_head(dataset->csv);
    form.bytes = mig_input_count(dataset->input);
    form.sum = mig_input_sum(dataset->input);
    return form;
}

bool mig_dataset_broken(const mig_dataset *dataset) {
    return dataset->broken;
}

void mig_dataset_close(mig_ctx *ctx, mig_dataset *dataset) {
    if (dataset == NULL)
        return;
    mig_yaml_close(dataset->yaml);
    mig_input_close(ctx, dataset->input);
}

/* ---- survey ------------------------------------------------------------------------------ */

/* Lets a long read be cancelled. */
static bool still_wanted(mig_ctx *ctx, int64_t rows) {
    const mig_host *host = mig_ctx_host(ctx);

    return rows % ROWS_BETWEEN_LOOKS != 0 || host->interrupted == NULL || host->interrupted(ctx);
}

static bool rows_count(mig_ctx *ctx, mig_dataset *dataset, int64_t *rows) {
    mig_item item = MIG_ITEM_TABLE;
    mig_row row;

    while (item != MIG_ITEM_END) {
        if (!mig_dataset_next(ctx, dataset, &item, &row))
            return false;
        *rows += item == MIG_ITEM_ROW;
        if (item == MIG_ITEM_ROW && !still_wanted(ctx, *rows))
            return false;
    }
    return true;
}

bool mig_dataset_survey(mig_ctx *ctx, mig_format format, mig_str source, mig_input *input,
                        mig_str table, bool stored, mig_seed_header *header, mig_list *tables,
                        int64_t *rows, mig_complaints *list) {
    mig_dataset *dataset;
    bool ok;

    *rows = 0;
    memset(tables, 0, sizeof *tables);
    if (format == MIG_FORMAT_CSV && !mig_list_add(ctx, tables, table))
        return false;
    dataset = mig_dataset_open(ctx, format, source, input, table, list);
    if (dataset == NULL)
        return false;
    dataset->header = header;
    dataset->stored = stored;
    ok = rows_count(ctx, dataset, rows);
    if (format != MIG_FORMAT_CSV) {
        *tables = dataset->tables.list;
        ok = ok && mig_dataset_header_finish(ctx, dataset);
    }
    mig_yaml_close(dataset->yaml);
    return ok && mig_ctx_error(ctx) == NULL;
}
