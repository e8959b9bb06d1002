/*
 * partial.c: see partial.h.
 */
#include "partial.h"

#include <string.h>

#include "checksum.h"
#include "store.h"
#include "value.h"

#define KEY "partial "

typedef struct partial_rows {
    mig_partial *items;
    size_t n, room;
} partial_rows;

/* The next word of a text, behind which the text goes on. */
static mig_str word_take(mig_str *text) {
    mig_str word = *text;
    size_t i = 0;

    while (i < text->n && text->p[i] != ' ')
        i++;
    word.n = i;
    *text = mig_str_sub(*text, i < text->n ? i + 1 : i, text->n);
    return word;
}

static bool number_take(mig_str *text, size_t *number) {
    int64_t value = -1;
    bool ok = mig_str_to_int(word_take(text), &value) && value >= 0;

    *number = ok ? (size_t)value : 0;
    return ok;
}

/* "up 2 0 HASH" */
static bool value_read(mig_str value, mig_partial *item) {
    mig_str word = word_take(&value);

    item->down = mig_str_is(word, "down");
    if ((!item->down && !mig_str_is(word, "up")) || !number_take(&value, &item->section) ||
        !number_take(&value, &item->statement) || value.n >= sizeof item->hash)
        return false;
    if (value.n > 0)
        memcpy(item->hash, value.p, value.n);
    return true;
}

static bool partial_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    partial_rows *rows = arg;
    mig_partial *item;

    (void)n;
    rows->items = mig_grow(ctx, rows->items, rows->n, &rows->room, sizeof *rows->items);
    if (rows->items == NULL)
        return false;
    item = &rows->items[rows->n++];
    memset(item, 0, sizeof *item);
    item->revision = mig_str_copy(
        ctx, mig_str_sub(cols[0].text, sizeof KEY - 1, cols[0].text.n - (sizeof KEY - 1)));
    if (!value_read(cols[1].text, item))
        return mig_fail(ctx, MIG_E_CORRUPT, "the table meta of migrate has a bad row \"%.*s\"",
                        MIG_FMT(cols[0].text));
    return mig_ctx_error(ctx) == NULL;
}

bool mig_partial_list(mig_ctx *ctx, mig_partial **items, size_t *n) {
    partial_rows rows;

    memset(&rows, 0, sizeof rows);
    if (!mig_ctx_host(ctx)->query(
            ctx, "SELECT key, value FROM {meta} WHERE substr(key, 1, 8) {=} 'partial '", NULL, 0,
            MIG_SNAPSHOT_FRESH, partial_row, &rows))
        return false;
    *items = rows.items;
    *n = rows.n;
    return true;
}

static mig_value key_of(mig_ctx *ctx, mig_str revision) {
    return mig_value_text(mig_str_format(ctx, KEY "%.*s", MIG_FMT(revision)));
}

bool mig_partial_delete(mig_ctx *ctx, mig_str revision) {
    mig_value key = key_of(ctx, revision);

    return mig_ctx_host(ctx)->exec(ctx, "DELETE FROM {meta} WHERE key {=} $1", &key, 1);
}

bool mig_partial_put(mig_ctx *ctx, const mig_partial *partial) {
    mig_value params[2];

    params[0] = key_of(ctx, partial->revision);
    params[1] = mig_value_text(mig_str_format(ctx, "%s %zu %zu %s", partial->down ? "down" : "up",
                                              partial->section, partial->statement, partial->hash));
    return mig_partial_delete(ctx, partial->revision) &&
           mig_ctx_host(ctx)->exec(ctx, "INSERT INTO {meta} (key, value) VALUES ($1, $2)", params,
                                   2);
}

bool mig_partial_clear(mig_ctx *ctx) {
    return mig_ctx_host(ctx)->exec(ctx, "DELETE FROM {meta} WHERE substr(key, 1, 8) {=} 'partial '",
                                   NULL, 0);
}

bool mig_partial_pass(mig_ctx *ctx, mig_partial *partial, mig_str text) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, partial->hash);
    mig_buf_add(&buf, text);
    mig_sha256_hex(mig_buf_str(&buf), partial->hash);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    mig_arena_release(ctx, mark);
    return true;
}
