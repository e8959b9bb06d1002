/*
 * dataset_header.c: _seed, the map in which a data set says what it is and how its rows are written.
 *
 * Everything wrong with it is a complaint, and the rest of it is still read.
 */
#include "dataset_part.h"

#include "nearest.h"
#include "script_header.h"

#define MAX_NEAREST 20 /* looks for a near name in one survey: each looks at all tables */

enum { NAME, PROFILES, DEPENDS_ON, REQUIRES, KEY, MODE, INSERT_ONLY, TABLE, N_FIELDS };

static const mig_str fields[N_FIELDS] = {
    [NAME] = {"name", 4},
    [PROFILES] = {"profiles", 8},
    [DEPENDS_ON] = {"depends_on", 10},
    [REQUIRES] = {"requires", 8},
    [KEY] = {"key", 3},
    [MODE] = {"mode", 4},
    [INSERT_ONLY] = {"insert_only", 11},
    [TABLE] = {"table", 5},
};

static bool is_text(const mig_dataset *dataset) {
    const mig_json_kind kind = dataset->token.json.kind;

    return (kind == MIG_JSON_STRING && !dataset->token.binary) || kind == MIG_JSON_NUMBER;
}

/* A value of the wrong kind. */
static bool kind_fault(mig_ctx *ctx, mig_dataset *dataset, mig_str field, const char *wanted) {
    mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: \"%.*s\" is not %s", MIG_FMT(field),
                         wanted);
    return mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
}

/* ---- texts ------------------------------------------------------------------------------- */

/* A text, or nothing where the value is null. */
static bool text_read(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_str *text) {
    if (dataset->token.json.kind == MIG_JSON_NULL)
        return true;
    if (!is_text(dataset))
        return kind_fault(ctx, dataset, field, "a text");
    *text = dataset->token.json.text;
    return true;
}

static bool value_fault(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_str value,
                        const char *why) {
    return mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX,
                                "_seed: \"%.*s\" cannot stand in \"%.*s\": %s",
                                MIG_FMT(mig_text_clip(value)), MIG_FMT(field), why);
}

static bool name_read(mig_ctx *ctx, mig_dataset *dataset, mig_seed_header *header) {
    mig_str name = {NULL, 0};
    const char *why;

    if (!text_read(ctx, dataset, fields[NAME], &name))
        return false;
    if (name.p == NULL)
        return true;
    if (!mig_seed_name_check(name, &why))
        return value_fault(ctx, dataset, fields[NAME], name, why);
    header->name = name;
    return true;
}

static bool table_read(mig_ctx *ctx, mig_dataset *dataset, mig_seed_header *header) {
    mig_str table = {NULL, 0};
    const char *fault;

    if (!text_read(ctx, dataset, fields[TABLE], &table))
        return false;
    fault = table.p == NULL ? NULL : mig_dataset_name_fault(table);
    if (fault != NULL)
        return mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: \"table\" %s", fault);
    header->table = table;
    return true;
}

static bool mode_read(mig_ctx *ctx, mig_dataset *dataset, mig_seed_header *header) {
    mig_str word = {NULL, 0};

    if (!text_read(ctx, dataset, fields[MODE], &word))
        return false;
    if (word.p == NULL || mig_seed_mode_of(word, &header->mode))
        return true;
    return value_fault(ctx, dataset, fields[MODE], word, "it is insert, update or sync");
}

/* ---- lists ------------------------------------------------------------------------------- */

/* Adds one item, or complains about it. Names of seeds and profiles are checked, revisions and columns
   are for those who know them. */
static bool item_add(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_str item,
                     mig_list *list) {
    const bool is_name =
        mig_str_eq(field, fields[PROFILES]) || mig_str_eq(field, fields[DEPENDS_ON]);
    const char *why = mig_dataset_name_fault(item);

    if (why != NULL)
        return mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: a name in \"%.*s\" %s",
                                    MIG_FMT(field), why);
    if (is_name && !mig_seed_name_check(item, &why))
        return value_fault(ctx, dataset, field, item, why);
    if (list->n == MIG_MAX_LINKS)
        return value_fault(ctx, dataset, field, item, "there are 1000 already");
    return mig_list_has(list, item) || mig_list_add(ctx, list, item);
}

/* Columns are separated by commas alone: their names may hold blanks. */
static bool words_add(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_list *list) {
    const bool columns = mig_str_eq(field, fields[KEY]) || mig_str_eq(field, fields[INSERT_ONLY]);
    mig_str rest = dataset->token.json.text, word;
    size_t at;

    while (!columns && mig_str_next_word(&rest, &word))
        if (!item_add(ctx, dataset, field, word, list))
            return false;
    while (columns && rest.n > 0) {
        at = rest.n;
        mig_str_find(rest, ',', &at);
        word = mig_str_trim(mig_str_sub(rest, 0, at));
        rest = mig_str_sub(rest, at + 1, rest.n);
        if (!item_add(ctx, dataset, field, word, list))
            return false;
    }
    return true;
}

static bool items_read(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_list *list) {
    const size_t around = mig_dataset_around(dataset);

    while (mig_dataset_token(ctx, dataset) && dataset->depth > around) {
        if (is_text(dataset) ? !item_add(ctx, dataset, field, dataset->token.json.text, list)
                             : !kind_fault(ctx, dataset, field, "a list of texts"))
            return false;
    }
    return mig_ctx_error(ctx) == NULL && !dataset->broken;
}

/* A list of texts, or a text with commas. */
static bool list_read(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_list *list) {
    if (dataset->token.json.kind == MIG_JSON_NULL)
        return true;
    if (dataset->token.json.kind == MIG_JSON_ARRAY)
        return items_read(ctx, dataset, field, list);
    if (is_text(dataset))
        return words_add(ctx, dataset, field, list);
    return kind_fault(ctx, dataset, field, "a text or a list of texts");
}

static bool columns_read_for(mig_ctx *ctx, mig_dataset *dataset, mig_str field, mig_str table,
                             mig_seed_column_lists *lists) {
    mig_seed_columns columns = {{NULL, 0}, {NULL, 0, 0}}, *items;

    columns.table = table;
    if (!list_read(ctx, dataset, field, &columns.columns))
        return false;
    if (columns.columns.n == 0)
        return true;
    items = mig_grow(ctx, lists->items, lists->n, &lists->room, sizeof *items);
    if (items == NULL)
        return false;
    lists->items = items;
    lists->items[lists->n++] = columns;
    return true;
}

/* Columns for every table, or a map of tables to columns. */
static bool columns_read(mig_ctx *ctx, mig_dataset *dataset, mig_str field,
                         mig_seed_column_lists *lists) {
    const size_t around = mig_dataset_around(dataset);
    mig_names names = {{NULL, 0, 0}, NULL};
    mig_str table;
    bool doubled;

    if (dataset->token.json.kind != MIG_JSON_OBJECT)
        return columns_read_for(ctx, dataset, field, MIG_STR(""), lists);
    while (mig_dataset_token(ctx, dataset) && dataset->depth > around) {
        table = dataset->token.json.text;
        if (!mig_names_add(ctx, &names, table, &doubled) && doubled)
            value_fault(ctx, dataset, field, table, "it is there twice");
        else if (table.n == 0)
            mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: a table in \"%.*s\" is empty",
                                 MIG_FMT(field));
        if (!mig_dataset_token(ctx, dataset) ||
            !columns_read_for(ctx, dataset, field, table, lists))
            return false;
    }
    return mig_ctx_error(ctx) == NULL && !dataset->broken;
}

/* ---- the map ----------------------------------------------------------------------------- */

static bool key_unknown(mig_ctx *ctx, mig_dataset *dataset, mig_str key) {
    const size_t near = mig_name_nearest(fields, N_FIELDS, key);

    mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: unknown key \"%.*s\"",
                         MIG_FMT(mig_text_clip(key)));
    if (near != MIG_NONE)
        mig_complain_hint(ctx, dataset->list, "Perhaps \"%.*s\" is meant.", MIG_FMT(fields[near]));
    else
        mig_complain_hint(ctx, dataset->list,
                          "The keys of _seed are name, profiles, depends_on, requires, key, mode, "
                          "insert_only and table.");
    return mig_dataset_token(ctx, dataset) &&
           mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
}

static bool field_read(mig_ctx *ctx, mig_dataset *dataset, size_t field, mig_seed_header *header) {
    switch (field) {
    case NAME:
        return name_read(ctx, dataset, header);
    case PROFILES:
        return list_read(ctx, dataset, fields[field], &header->profiles);
    case DEPENDS_ON:
        return list_read(ctx, dataset, fields[field], &header->depends_on);
    case REQUIRES:
        return list_read(ctx, dataset, fields[field], &header->requires);
    case KEY:
        return columns_read(ctx, dataset, fields[field], &header->key);
    case MODE:
        return mode_read(ctx, dataset, header);
    case INSERT_ONLY:
        return columns_read(ctx, dataset, fields[field], &header->insert_only);
    default:
        return table_read(ctx, dataset, header);
    }
}

/* The token is a key. *seen has a bit a field. */
static bool entry_read(mig_ctx *ctx, mig_dataset *dataset, unsigned *seen) {
    mig_str key = dataset->token.json.text;
    size_t field = 0;

    while (field < N_FIELDS && !mig_str_eq(key, fields[field]))
        field++;
    if (field == N_FIELDS)
        return key_unknown(ctx, dataset, key);
    if ((*seen & 1U << field) != 0) {
        mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed: the key \"%.*s\" is given twice",
                             MIG_FMT(key));
        return mig_dataset_token(ctx, dataset) &&
               mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
    }
    *seen |= 1U << field;
    return mig_dataset_token(ctx, dataset) && field_read(ctx, dataset, field, dataset->header);
}

/* The token is the key "_seed". */
bool mig_dataset_header(mig_ctx *ctx, mig_dataset *dataset) {
    unsigned seen = 0;
    size_t around;

    if (dataset->header_seen) {
        mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed is given twice");
        return mig_dataset_token(ctx, dataset) &&
               mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
    }
    dataset->header_seen = true;
    dataset->header->line = dataset->token.json.line;
    if (!mig_dataset_token(ctx, dataset))
        return false;
    around = mig_dataset_around(dataset);
    if (dataset->token.json.kind != MIG_JSON_OBJECT) {
        mig_dataset_complain(ctx, dataset, MIG_E_SYNTAX, "_seed is not a map");
        return mig_dataset_skip(ctx, dataset, around);
    }
    dataset->header->given = true;
    while (mig_dataset_token(ctx, dataset) && dataset->depth > around)
        if (!entry_read(ctx, dataset, &seen))
            return false;
    return mig_ctx_error(ctx) == NULL && !dataset->broken;
}

/* ---- with all tables known --------------------------------------------------------------- */

static bool finish_complain(mig_ctx *ctx, mig_dataset *dataset, const char *what, mig_str name) {
    return mig_complain(ctx, dataset->list, MIG_E_SYNTAX, dataset->source, dataset->header->line, 1,
                        "_seed: \"%s\" names table \"%.*s\", which is not in the file", what,
                        MIG_FMT(mig_text_clip(name)));
}

static bool has_table(const mig_names *tables, mig_str name) {
    if (tables->map != NULL)
        return mig_map_find(tables->map, name) != MIG_NONE;
    return mig_list_has(&tables->list, name);
}

/* Does each list of columns stand for a table that the file has? */
static bool lists_check(mig_ctx *ctx, mig_dataset *dataset, const char *what,
                        const mig_seed_column_lists *lists) {
    const mig_list *tables = &dataset->tables.list;
    size_t i, near, n_near = 0;

    for (i = 0; i < lists->n; i++) {
        mig_str table = lists->items[i].table;

        if (table.n == 0 || has_table(&dataset->tables, table))
            continue;
        if (!finish_complain(ctx, dataset, what, table))
            return false;
        near =
            n_near++ < MAX_NEAREST ? mig_name_nearest(tables->items, tables->n, table) : MIG_NONE;
        if (near != MIG_NONE)
            mig_complain_hint(ctx, dataset->list, "Perhaps \"%.*s\" is meant.",
                              MIG_FMT(tables->items[near]));
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_dataset_header_finish(mig_ctx *ctx, mig_dataset *dataset) {
    const mig_seed_header *header = dataset->header;

    if (dataset->broken)
        return true;
    if (dataset->tables.list.n == 0) {
        if (dataset->header_seen || dataset->faulty)
            return true;
        return mig_complain(ctx, dataset->list, MIG_E_SYNTAX, dataset->source, 0, 0,
                            "the file has neither tables nor _seed");
    }
    if (header->table.n > 0) {
        mig_complain(ctx, dataset->list, MIG_E_SYNTAX, dataset->source, header->line, 1,
                     "_seed: \"table\" is for a file that describes a CSV file");
        mig_complain_hint(ctx, dataset->list,
                          "Take it out: the tables of this file are the keys beside _seed.");
    }
    return lists_check(ctx, dataset, "key", &header->key) &&
           lists_check(ctx, dataset, "insert_only", &header->insert_only);
}
