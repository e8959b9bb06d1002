/*
 * foresee_words.c: see foresee_words.h. A set is an open hash table of at most half its slots.
 */
#include "foresee_words.h"

#include <string.h>

/* ---- words ------------------------------------------------------------------------------- */

static mig_str name_folded(mig_ctx *ctx, mig_str word) {
    char *p;
    size_t i;

    for (i = 0; i < word.n && mig_lower(word.p[i]) == word.p[i]; i++)
        ;
    if (i == word.n)
        return word;
    p = mig_alloc(ctx, word.n);
    if (p == NULL)
        return (mig_str){NULL, 0};
    for (i = 0; i < word.n; i++)
        p[i] = mig_lower(word.p[i]);
    return (mig_str){p, word.n};
}

/* What stands between the quotes, with doubled ones as one. */
static mig_str quoted_inside(mig_ctx *ctx, mig_str text, char quote) {
    mig_str inside = mig_str_sub(text, 1, text.n - 2);
    size_t i, n = 0, at;
    char *p;

    if (!mig_str_find(inside, quote, &at))
        return inside;
    p = mig_alloc(ctx, inside.n);
    if (p == NULL)
        return (mig_str){NULL, 0};
    for (i = 0; i < inside.n; i++) {
        p[n++] = inside.p[i];
        i += inside.p[i] == quote;
    }
    return (mig_str){p, n};
}

static mig_str word_name(mig_ctx *ctx, mig_token_kind kind, mig_str text) {
    if (kind == MIG_TOK_WORD)
        return name_folded(ctx, text);
    if (kind == MIG_TOK_QUOTED && text.n >= 2 && text.p[0] == '"')
        return quoted_inside(ctx, text, '"');
    return (mig_str){NULL, 0};
}

bool mig_words_read(mig_ctx *ctx, mig_str statement, size_t most, mig_words *words) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_POSTGRESQL, statement, 1);
    size_t room = 0, depth = 0;
    mig_token token;
    mig_word *word;

    memset(words, 0, sizeof *words);
    while (words->n < most && (token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        words->items = mig_grow(ctx, words->items, words->n, &room, sizeof *words->items);
        if (words->items == NULL) {
            words->n = 0;
            return false;
        }
        word = &words->items[words->n++];
        word->kind = token.kind;
        word->text = mig_token_text(&lexer, &token);
        word->name = word_name(ctx, token.kind, word->text);
        if (token.kind == MIG_TOK_CLOSE && depth > 0)
            depth--;
        word->depth = depth;
        if (token.kind == MIG_TOK_OPEN)
            depth++;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_words_is(const mig_words *words, size_t i, const char *word) {
    return i < words->n && words->items[i].kind == MIG_TOK_WORD &&
           mig_str_is(words->items[i].name, word);
}

bool mig_words_op(const mig_words *words, size_t i, const char *op) {
    return i < words->n && words->items[i].kind != MIG_TOK_WORD &&
           words->items[i].kind != MIG_TOK_QUOTED && mig_str_is(words->items[i].text, op);
}

bool mig_words_skip(const mig_words *words, size_t *i, const char *word) {
    if (!mig_words_is(words, *i, word))
        return false;
    (*i)++;
    return true;
}

bool mig_words_have(const mig_words *words, size_t i, const char *word) {
    for (; i < words->n; i++)
        if (mig_words_is(words, i, word))
            return true;
    return false;
}

bool mig_words_name(const mig_words *words, size_t *i, mig_qname *name) {
    const mig_word *first = &words->items[*i], *last = first;
    size_t parts = 0;

    memset(name, 0, sizeof *name);
    for (; *i < words->n && words->items[*i].name.p != NULL; (*i)++) {
        last = &words->items[*i];
        name->schema = name->name;
        name->name = last->name;
        parts++;
        if (!mig_words_op(words, *i + 1, ".")) {
            (*i)++;
            break;
        }
        (*i)++;
    }
    if (parts == 0 || parts > 2)
        return false;
    name->spelled.p = first->text.p;
    name->spelled.n = (size_t)(last->text.p + last->text.n - first->text.p);
    return true;
}

bool mig_word_literal(mig_ctx *ctx, const mig_word *word, mig_str *value) {
    size_t at;

    if (word->kind != MIG_TOK_STRING || word->text.n < 2 || word->text.p[0] != '\'' ||
        mig_str_find(word->text, '\\', &at))
        return false;
    *value = quoted_inside(ctx, word->text, '\'');
    return value->p != NULL;
}

/* ---- sets of names ------------------------------------------------------------------------- */

struct mig_name_mark {
    mig_str name; /* p NULL: a free slot */
    unsigned marks;
};

/* FNV-1a */
static size_t name_hash(mig_str name) {
    uint32_t hash = 2166136261u;
    size_t i;

    for (i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)name.p[i]) * 16777619u;
    return hash;
}

static struct mig_name_mark *slot_find(const mig_name_set *set, mig_str name) {
    size_t i = name_hash(name) & (set->room - 1);

    while (set->slots[i].name.p != NULL && !mig_str_eq(set->slots[i].name, name))
        i = (i + 1) & (set->room - 1);
    return &set->slots[i];
}

static bool set_widen(mig_ctx *ctx, mig_name_set *set) {
    mig_name_set wide;
    size_t i;

    wide.room = set->room == 0 ? 64 : set->room * 4;
    wide.n = set->n;
    wide.slots = mig_alloc_kept(ctx, wide.room * sizeof *wide.slots);
    if (wide.slots == NULL)
        return false;
    memset(wide.slots, 0, wide.room * sizeof *wide.slots);
    for (i = 0; i < set->room; i++)
        if (set->slots[i].name.p != NULL)
            *slot_find(&wide, set->slots[i].name) = set->slots[i];
    *set = wide;
    return true;
}

bool mig_name_put(mig_ctx *ctx, mig_name_set *set, mig_str name, unsigned marks) {
    struct mig_name_mark *slot;

    if (mig_ctx_error(ctx) != NULL || (set->n >= set->room / 2 && !set_widen(ctx, set)))
        return false;
    slot = slot_find(set, name);
    if (slot->name.p == NULL) {
        name = mig_str_keep(ctx, name);
        if (name.p == NULL)
            return false;
        slot->name = name;
        set->n++;
    }
    slot->marks |= marks;
    return true;
}

unsigned mig_name_marks(const mig_name_set *set, mig_str name) {
    return set->room == 0 ? 0 : slot_find(set, name)->marks;
}

void mig_name_clear(mig_name_set *set) {
    if (set->room > 0)
        memset(set->slots, 0, set->room * sizeof *set->slots);
    set->n = 0;
}
