/*
 * dataset_value.c: the cells of YAML and JSON rows: scalars, lists and maps as compact JSON, refs and
 * passwords.
 *
 * A map is a ref or a password where its only key is "ref" or "password". The second key tells, and
 * by then the first is written down as JSON, so nothing is read twice. A map inside a map or list is
 * always plain.
 *
 * The key "password" anywhere else is a complaint: who wrote it may have meant a hash, and a plain map
 * would put the clear text into the table.
 *
 * Tokens of a list or map are released as soon as they are written, unless the text has just moved
 * behind them or they are keys, which are needed to find doubled ones.
 */
#include "dataset_part.h"

#include <string.h>

#include "script_header.h"

#define CELL_DEPTH 4 /* of a map that is a cell: the map of tables, the list, the row, itself */

static const char ref_form[] = "Write {ref: {table: users, where: {username: admin}, column: id}}.";
static const char password_form[] = "Write {password: \"...\"}.";
static const char password_place[] =
    "A password that is to be hashed is a map with this one key, directly as the value of a "
    "column: "
    "{password: \"...\"}. JSON with such a key, to be stored as it is, is written as one text in "
    "quotes.";

/* ---- scalars ----------------------------------------------------------------------------- */

static bool is_scalar(const mig_yaml_token *token) {
    return token->json.kind == MIG_JSON_STRING || token->json.kind == MIG_JSON_NUMBER ||
           token->json.kind == MIG_JSON_TRUE || token->json.kind == MIG_JSON_FALSE ||
           token->json.kind == MIG_JSON_NULL;
}

static void scalar_cell(const mig_yaml_token *token, mig_cell *cell) {
    const mig_json_kind kind = token->json.kind;

    cell->text = token->json.text;
    cell->kind = token->binary ? MIG_CELL_BINARY : MIG_CELL_TEXT;
    if (kind == MIG_JSON_NULL) {
        cell->kind = MIG_CELL_NULL;
        cell->text = MIG_STR("");
    } else if (kind == MIG_JSON_TRUE || kind == MIG_JSON_FALSE) {
        cell->kind = MIG_CELL_BOOLEAN;
        cell->text = kind == MIG_JSON_TRUE ? MIG_STR("true") : MIG_STR("false");
    } else if (kind == MIG_JSON_NUMBER) {
        cell->kind = MIG_CELL_NUMBER;
    }
}

static void cell_place(const mig_yaml_token *token, mig_cell *cell) {
    cell->line = token->json.line;
    cell->place = token->json.column;
}

/* ---- compact JSON ------------------------------------------------------------------------ */

/* YAML's +5, 0005, .5 and 1. as JSON writes them; what JSON has no number for is a text. */
static bool number_add(mig_buf *buf, mig_str text) {
    size_t whole;

    if (text.n == 0 || mig_is_alpha(text.p[text.n - 1]))
        return mig_buf_add_json(buf, text);
    if (text.p[0] == '-')
        mig_buf_add_char(buf, '-');
    if (text.p[0] == '-' || text.p[0] == '+')
        text = mig_str_sub(text, 1, text.n);
    while (text.n > 1 && text.p[0] == '0' && mig_is_digit(text.p[1]))
        text = mig_str_sub(text, 1, text.n);
    for (whole = 0; whole < text.n && mig_is_digit(text.p[whole]);)
        whole++;
    mig_buf_add(buf, whole == 0 ? MIG_STR("0") : mig_str_sub(text, 0, whole));
    text = mig_str_sub(text, whole, text.n);
    if (text.n > 0 && text.p[0] == '.' && (text.n == 1 || !mig_is_digit(text.p[1])))
        text = mig_str_sub(text, 1, text.n);
    return mig_buf_add(buf, text);
}

static bool comma_add(mig_buf *buf) {
    const char last = buf->n == 0 ? '[' : buf->p[buf->n - 1];

    return last == '[' || last == '{' || last == ':' || mig_buf_add_char(buf, ',');
}

static bool password_stray(mig_ctx *ctx, mig_dataset *dataset, mig_str key, const char *how) {
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the key \"%.*s\" %s", MIG_FMT(key), how);
    return mig_complain_hint(ctx, dataset->list, "%s", password_place);
}

/* The token is a key that is not written down yet. Whether the first one stays alone is seen later. */
static bool password_watch(mig_ctx *ctx, mig_dataset *dataset, const mig_buf *buf) {
    mig_str key = dataset->token.json.text;
    const bool direct = dataset->depth == CELL_DEPTH && buf->p[0] == '{';

    if (!mig_str_is_nocase(key, "password"))
        return true;
    if (!direct)
        return password_stray(ctx, dataset, key, "stands inside a list or map");
    if (buf->n > 1)
        return password_stray(ctx, dataset, key, "stands beside another key");
    return mig_str_is(key, "password") ||
           password_stray(ctx, dataset, key, "must be written in small letters");
}

static bool key_add(mig_ctx *ctx, mig_dataset *dataset, mig_buf *buf) {
    mig_str key = dataset->token.json.text;
    bool doubled;

    if (!password_watch(ctx, dataset, buf))
        return false;
    if (!mig_names_add(ctx, &dataset->keys[dataset->depth - 1], key, &doubled)) {
        if (!doubled)
            return false;
        mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the key \"%.*s\" is given twice",
                             MIG_FMT(mig_text_clip(key)));
    }
    mig_buf_add_json(buf, key);
    return mig_buf_add_char(buf, ':');
}

static bool string_add(mig_ctx *ctx, mig_dataset *dataset, mig_buf *buf) {
    if (!dataset->token.binary)
        return mig_buf_add_json(buf, dataset->token.json.text);
    return mig_dataset_complain(ctx, dataset, MIG_E_DATA,
                                "!!binary cannot stand inside a list or map");
}

static void keys_reset(mig_dataset *dataset) {
    memset(&dataset->keys[dataset->depth - 1], 0, sizeof dataset->keys[0]);
}

/* Writes the token down. */
static bool token_add(mig_ctx *ctx, mig_dataset *dataset, mig_buf *buf) {
    const mig_json_kind kind = dataset->token.json.kind;

    if (kind != MIG_JSON_OBJECT_END && kind != MIG_JSON_ARRAY_END)
        comma_add(buf);
    if (kind == MIG_JSON_KEY)
        return key_add(ctx, dataset, buf);
    if (kind == MIG_JSON_STRING)
        return string_add(ctx, dataset, buf);
    if (kind == MIG_JSON_NUMBER)
        return number_add(buf, dataset->token.json.text);
    if (kind == MIG_JSON_OBJECT)
        keys_reset(dataset);
    return mig_buf_add_json_token(buf, &dataset->token.json);
}

static bool bound_check(mig_ctx *ctx, mig_dataset *dataset, size_t n) {
    if (n <= MIG_MAX_RECORD - dataset->row_bytes)
        return true;
    mig_dataset_complain(ctx, dataset, MIG_E_LIMIT, "a row of more than 64 MiB");
    dataset->broken = true;
    return false;
}

/* Writes down what comes until no more than depth maps and lists are open. */
static bool json_rest(mig_ctx *ctx, mig_dataset *dataset, size_t depth, mig_buf *buf) {
    mig_mark mark;
    const char *p;

    while (dataset->depth > depth) {
        mark = mig_arena_mark(ctx);
        p = buf->p;
        if (!mig_dataset_token(ctx, dataset) || !token_add(ctx, dataset, buf) ||
            !bound_check(ctx, dataset, buf->n))
            return false;
        if (buf->p == p && dataset->token.json.kind != MIG_JSON_KEY)
            mig_arena_release(ctx, mark);
    }
    return true;
}

static bool list_read(mig_ctx *ctx, mig_dataset *dataset, mig_cell *cell) {
    const size_t around = mig_dataset_around(dataset);
    mig_buf buf = mig_buf_new(ctx);

    cell->kind = MIG_CELL_LIST;
    if (!token_add(ctx, dataset, &buf) || !json_rest(ctx, dataset, around, &buf))
        return false;
    cell->text = mig_buf_str(&buf);
    return true;
}

/* ---- refs -------------------------------------------------------------------------------- */

static bool ref_fault(mig_ctx *ctx, mig_dataset *dataset, const char *what) {
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "%s", what);
    return mig_complain_hint(ctx, dataset->list, "%s", ref_form);
}

/* One column of where. */
static bool where_cell(mig_ctx *ctx, mig_dataset *dataset, mig_ref *ref, size_t *room) {
    const size_t depth = dataset->depth;
    mig_str name = dataset->token.json.text;
    mig_cell *cells;

    if (mig_dataset_name_fault(name) != NULL)
        ref_fault(ctx, dataset, "a column of \"where\" in the ref has no proper name");
    if (!mig_dataset_token(ctx, dataset))
        return false;
    if (!is_scalar(&dataset->token) || dataset->token.binary) {
        ref_fault(ctx, dataset,
                  "a value of \"where\" in the ref is not a text, number, boolean or null");
        return mig_dataset_skip(ctx, dataset, depth);
    }
    cells = mig_grow(ctx, ref->where, ref->n_where, room, sizeof *cells);
    if (cells == NULL)
        return false;
    ref->where = cells;
    cells += ref->n_where++;
    memset(cells, 0, sizeof *cells);
    cells->column = name;
    cell_place(&dataset->token, cells);
    scalar_cell(&dataset->token, cells);
    return true;
}

static bool where_read(mig_ctx *ctx, mig_dataset *dataset, mig_ref *ref) {
    const size_t around = mig_dataset_around(dataset), total = dataset->list->total;
    mig_names *names;
    size_t room = 0;
    bool doubled;

    if (dataset->token.json.kind != MIG_JSON_OBJECT) {
        ref_fault(ctx, dataset, "\"where\" in the ref is not a map of columns");
        return mig_dataset_skip(ctx, dataset, around);
    }
    keys_reset(dataset);
    names = &dataset->keys[dataset->depth - 1];
    while (mig_dataset_token(ctx, dataset) && dataset->token.json.kind == MIG_JSON_KEY) {
        if (!mig_names_add(ctx, names, dataset->token.json.text, &doubled) && doubled)
            ref_fault(ctx, dataset, "a column of \"where\" in the ref is given twice");
        if (ref->n_where == MIG_MAX_FIELDS) {
            mig_dataset_complain(ctx, dataset, MIG_E_LIMIT, "a ref of more than 1600 columns");
            return mig_dataset_skip(ctx, dataset, around);
        }
        if (!where_cell(ctx, dataset, ref, &room))
            return false;
    }
    if (mig_ctx_error(ctx) != NULL || dataset->broken)
        return false;
    return ref->n_where > 0 || dataset->list->total > total ||
           ref_fault(ctx, dataset, "\"where\" in the ref names no column");
}

/* The name of the table or the column. */
static bool ref_name(mig_ctx *ctx, mig_dataset *dataset, const char *what, mig_str *name) {
    const size_t around = mig_dataset_around(dataset);
    const mig_json_kind kind = dataset->token.json.kind;

    if ((kind == MIG_JSON_STRING || kind == MIG_JSON_NUMBER) && !dataset->token.binary &&
        mig_dataset_name_fault(dataset->token.json.text) == NULL) {
        *name = dataset->token.json.text;
        return true;
    }
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "\"%s\" in the ref is not a name", what);
    mig_complain_hint(ctx, dataset->list, "%s", ref_form);
    *name = MIG_STR("?");
    return mig_dataset_skip(ctx, dataset, around);
}

static bool ref_unknown(mig_ctx *ctx, mig_dataset *dataset, mig_str key) {
    mig_dataset_complain(ctx, dataset, MIG_E_DATA, "a ref has no \"%.*s\"",
                         MIG_FMT(mig_text_clip(key)));
    mig_complain_hint(ctx, dataset->list, "%s", ref_form);
    return mig_dataset_token(ctx, dataset) &&
           mig_dataset_skip(ctx, dataset, mig_dataset_around(dataset));
}

/* The token is a key of the ref. */
static bool ref_part(mig_ctx *ctx, mig_dataset *dataset, mig_ref *ref) {
    mig_str key = dataset->token.json.text;

    if (!mig_str_is(key, "table") && !mig_str_is(key, "where") && !mig_str_is(key, "column"))
        return ref_unknown(ctx, dataset, key);
    if ((mig_str_is(key, "table") && ref->table.n > 0) || (key.p[0] == 'w' && ref->n_where > 0) ||
        (key.p[0] == 'c' && ref->column.n > 0))
        mig_dataset_complain(ctx, dataset, MIG_E_DATA, "the key \"%.*s\" is given twice",
                             MIG_FMT(key));
    if (!mig_dataset_token(ctx, dataset))
        return false;
    if (key.p[0] == 'w') {
        ref->where = NULL;
        ref->n_where = 0;
        return where_read(ctx, dataset, ref);
    }
    if (key.p[0] == 't')
        return ref_name(ctx, dataset, "table", &ref->table);
    return ref_name(ctx, dataset, "column", &ref->column);
}

/* What is missing is said of the beginning: a map of YAML ends where the next thing begins. */
static void place_back(mig_dataset *dataset, const mig_cell *cell) {
    dataset->token.json.line = cell->line;
    dataset->token.json.column = cell->place;
}

static bool ref_complete(mig_ctx *ctx, mig_dataset *dataset, const mig_cell *cell) {
    const mig_ref *ref = cell->ref;

    place_back(dataset, cell);
    if (ref->table.n == 0)
        return ref_fault(ctx, dataset, "the ref has no \"table\"");
    if (ref->n_where == 0)
        return ref_fault(ctx, dataset, "the ref has no \"where\"");
    if (ref->column.n == 0)
        return ref_fault(ctx, dataset, "the ref has no \"column\"");
    return true;
}

/* The token is the inner { of {ref: {...}}; around is outside of the outer one. */
static bool ref_read(mig_ctx *ctx, mig_dataset *dataset, size_t around, mig_cell *cell) {
    mig_ref *ref = mig_alloc_zero(ctx, 1, sizeof *ref);
    const size_t total = dataset->list->total;

    if (ref == NULL)
        return false;
    cell->kind = MIG_CELL_REF;
    cell->text = MIG_STR("");
    cell->ref = ref;
    while (mig_dataset_token(ctx, dataset) && dataset->token.json.kind == MIG_JSON_KEY)
        if (!ref_part(ctx, dataset, ref))
            return false;
    if (mig_ctx_error(ctx) != NULL || dataset->broken)
        return false;
    if (dataset->list->total == total && !ref_complete(ctx, dataset, cell))
        return false;
    if (!mig_dataset_token(ctx, dataset))
        return false;
    if (dataset->depth == around)
        return true;
    ref_fault(ctx, dataset, "a map with a ref has no other key");
    return mig_dataset_skip(ctx, dataset, around);
}

/* ---- maps and passwords ------------------------------------------------------------------ */

static bool password_stored(mig_ctx *ctx, mig_dataset *dataset) {
    mig_dataset_complain(ctx, dataset, MIG_E_DATA,
                         "a password cannot stand in a text that is stored");
    return mig_complain_hint(ctx, dataset->list,
                             "Load the seed from a directory with migrate_seed_load, which stores "
                             "no data, or make it an SQL seed with a secret parameter.");
}

/* The map has one key, which says that it should be something else. */
static bool map_special(mig_ctx *ctx, mig_dataset *dataset, mig_str key, mig_str secret,
                        mig_cell *cell) {
    place_back(dataset, cell);
    if (mig_str_is(key, "ref"))
        return ref_fault(ctx, dataset, "the ref is not a map");
    if (!mig_str_is(key, "password"))
        return true;
    if (secret.n > 0) {
        cell->kind = MIG_CELL_PASSWORD;
        cell->text = secret;
        return !dataset->stored || password_stored(ctx, dataset);
    }
    mig_dataset_complain(ctx, dataset, MIG_E_DATA,
                         secret.p != NULL ? "the password is empty" : "the password is not a text");
    return mig_complain_hint(ctx, dataset->list, "%s", password_form);
}

/* The token is the first key of the map. */
static bool map_keys(mig_ctx *ctx, mig_dataset *dataset, size_t around, mig_cell *cell,
                     mig_buf *buf) {
    mig_str key = dataset->token.json.text, secret = {NULL, 0};

    if (!token_add(ctx, dataset, buf) || !mig_dataset_token(ctx, dataset))
        return false;
    if (mig_str_is(key, "ref") && dataset->token.json.kind == MIG_JSON_OBJECT)
        return ref_read(ctx, dataset, around, cell);
    if (dataset->token.json.kind == MIG_JSON_STRING && !dataset->token.binary)
        secret = dataset->token.json.text;
    if (!token_add(ctx, dataset, buf) || !json_rest(ctx, dataset, around + 1, buf) ||
        !mig_dataset_token(ctx, dataset) || !token_add(ctx, dataset, buf))
        return false;
    cell->text = mig_buf_str(buf);
    if (dataset->depth == around)
        return map_special(ctx, dataset, key, secret, cell);
    if (mig_str_is(key, "password") &&
        !password_stray(ctx, dataset, key, "stands beside another key"))
        return false;
    if (!json_rest(ctx, dataset, around, buf))
        return false;
    cell->text = mig_buf_str(buf);
    return true;
}

static bool map_read(mig_ctx *ctx, mig_dataset *dataset, mig_cell *cell) {
    const size_t around = mig_dataset_around(dataset);
    mig_buf buf = mig_buf_new(ctx);

    cell->kind = MIG_CELL_MAP;
    if (!token_add(ctx, dataset, &buf) || !mig_dataset_token(ctx, dataset))
        return false;
    if (dataset->depth == around) {
        cell->text = MIG_STR("{}");
        return true;
    }
    return map_keys(ctx, dataset, around, cell, &buf);
}

bool mig_dataset_value(mig_ctx *ctx, mig_dataset *dataset, mig_cell *cell) {
    cell_place(&dataset->token, cell);
    cell->ref = NULL;
    if (dataset->token.json.kind == MIG_JSON_ARRAY) {
        if (!list_read(ctx, dataset, cell))
            return false;
    } else if (dataset->token.json.kind == MIG_JSON_OBJECT) {
        if (!map_read(ctx, dataset, cell))
            return false;
    } else {
        scalar_cell(&dataset->token, cell);
    }
    if (!bound_check(ctx, dataset, cell->text.n))
        return false;
    dataset->row_bytes += cell->text.n;
    return mig_ctx_error(ctx) == NULL;
}
