/*
 * fuzz_json.c: the reader of JSON on arbitrary bytes.
 *
 * The tokens must be the same, place by place, however small the pieces are that the text comes in;
 * they must nest, and begin where they say. A text without fault is written down again from its
 * tokens, compact, and must read the same.
 */
#include "json.h"
#include "unit_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

typedef struct tokens {
    mig_json_token *items;
    size_t n, room;
} tokens;

static void depth_check(const mig_json *json, const mig_json_token *token, size_t *depth) {
    if (token->kind == MIG_JSON_OBJECT || token->kind == MIG_JSON_ARRAY)
        (*depth)++;
    if (token->kind == MIG_JSON_OBJECT_END || token->kind == MIG_JSON_ARRAY_END)
        (*depth)--;
    must(token->kind == MIG_JSON_BAD || mig_json_depth(json) == *depth);
    must(*depth <= MIG_MAX_DEPTH && (token->kind != MIG_JSON_END || *depth == 0));
}

static tokens read_all(mig_ctx *ctx, mig_input *input) {
    tokens all = {NULL, 0, 0};
    mig_json *json = mig_json_open(ctx, input);
    mig_json_token token;
    size_t depth = 0, at = 0;

    do {
        must(mig_json_next(ctx, json, &token) && token.line > 0 && token.column > 0);
        must(mig_utf8_check(token.text) == token.text.n && token.text.p != NULL);
        must((token.kind == MIG_JSON_BAD) == (token.why != NULL));
        must(token.kind == MIG_JSON_BAD || all.n == 0 || token.at > at);
        at = token.at;
        depth_check(json, &token, &depth);
        all.items = mig_grow(ctx, all.items, all.n, &all.room, sizeof *all.items);
        all.items[all.n++] = token;
    } while (token.kind != MIG_JSON_END && token.kind != MIG_JSON_BAD);
    return all;
}

static void tokens_equal(const tokens *a, const tokens *b, bool places) {
    size_t i;

    must(a->n == b->n);
    for (i = 0; i < a->n; i++) {
        must(a->items[i].kind == b->items[i].kind && a->items[i].why == b->items[i].why &&
             mig_str_eq(a->items[i].text, b->items[i].text));
        must(!places || (a->items[i].line == b->items[i].line && a->items[i].at == b->items[i].at &&
                         a->items[i].column == b->items[i].column));
    }
}

/* Does the text have at the token's place what the token begins with? */
static void places_check(mig_str text, const tokens *all) {
    static const char first[] = "\0{}[]\"\"\0tfn";
    const mig_json_token *token;
    size_t i;
    char c;

    for (i = 0; i < all->n; i++) {
        token = &all->items[i];
        must(token->at <= text.n);
        if (token->kind == MIG_JSON_BAD || token->kind == MIG_JSON_END)
            continue;
        must(token->at < text.n);
        c = token->kind == MIG_JSON_NUMBER ? token->text.p[0] : first[token->kind];
        must(text.p[token->at] == c);
    }
}

static void token_write(mig_buf *buf, const mig_json_token *token) {
    switch (token->kind) {
    case MIG_JSON_OBJECT:
        mig_buf_add_char(buf, '{');
        break;
    case MIG_JSON_ARRAY:
        mig_buf_add_char(buf, '[');
        break;
    case MIG_JSON_OBJECT_END:
        mig_buf_add_char(buf, '}');
        break;
    case MIG_JSON_ARRAY_END:
        mig_buf_add_char(buf, ']');
        break;
    case MIG_JSON_KEY:
    case MIG_JSON_STRING:
        mig_buf_add_json(buf, token->text);
        break;
    case MIG_JSON_NUMBER:
        mig_buf_add(buf, token->text);
        break;
    case MIG_JSON_TRUE:
    case MIG_JSON_FALSE:
    case MIG_JSON_NULL:
        mig_buf_add_z(buf, token->kind == MIG_JSON_TRUE    ? "true"
                           : token->kind == MIG_JSON_FALSE ? "false"
                                                           : "null");
        break;
    case MIG_JSON_END:
    case MIG_JSON_BAD:
        break;
    }
}

static mig_str written(mig_ctx *ctx, const tokens *all) {
    mig_buf buf = mig_buf_new(ctx);
    bool comma = false;
    size_t i;

    for (i = 0; i < all->n; i++) {
        mig_json_kind kind = all->items[i].kind;

        if (comma && kind != MIG_JSON_OBJECT_END && kind != MIG_JSON_ARRAY_END &&
            kind != MIG_JSON_END)
            mig_buf_add_char(&buf, ',');
        token_write(&buf, &all->items[i]);
        if (kind == MIG_JSON_KEY)
            mig_buf_add_char(&buf, ':');
        comma = kind != MIG_JSON_KEY && kind != MIG_JSON_OBJECT && kind != MIG_JSON_ARRAY;
    }
    return mig_buf_str(&buf);
}

static void check_text(mig_ctx *ctx, mig_str text) {
    bool mark = mig_str_starts(text, MIG_STR("\xEF\xBB\xBF"));
    tokens all = read_all(ctx, mig_input_text(ctx, text)), again;
    size_t piece;

    places_check(mig_str_sub(text, mark ? 3 : 0, text.n), &all);
    for (piece = 1; piece <= 4; piece += 3) {
        unit_file_set(ctx, text, piece);
        again = read_all(ctx, mig_input_file(ctx, MIG_STR("/d"), MIG_STR("f"), NULL));
        tokens_equal(&all, &again, true);
    }
    if (all.items[all.n - 1].kind == MIG_JSON_BAD)
        return;
    again = read_all(ctx, mig_input_text(ctx, written(ctx, &all)));
    tokens_equal(&all, &again, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_ctx *ctx = unit_ctx();

    check_text(ctx, (mig_str){(const char *)data, size});
    unit_free(ctx);
    return 0;
}
