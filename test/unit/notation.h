/*
 * notation.h: small graphs as one line of text, for tests.
 *
 *     "a; b<a @left; c<a !b #7; m<b,c"
 *
 * id, "<" parents, "!" dependencies, "@" labels, "#" creation in microseconds. The source of each
 * revision is its id with ".sql", its line is 4.
 */
#ifndef NOTATION_H
#define NOTATION_H

#include "plan.h"
#include "unit.h"

#include <string.h>

static inline void notation_list(mig_ctx *ctx, mig_str text, mig_list *list) {
    mig_str word;

    while (mig_str_next_word(&text, &word))
        mig_list_add(ctx, list, word);
}

static inline void notation_word(mig_ctx *ctx, mig_str word, mig_revision *r) {
    mig_str rest = mig_str_sub(word, 1, word.n);
    size_t at = word.n;

    if (word.p[0] == '!') {
        notation_list(ctx, rest, &r->depends_on);
    } else if (word.p[0] == '@') {
        notation_list(ctx, rest, &r->labels);
    } else if (word.p[0] == '#') {
        if (!mig_str_to_int(rest, &r->created_at))
            mig_fail(ctx, MIG_E_SYNTAX, "not a number of microseconds: %.*s", MIG_FMT(rest));
    } else {
        mig_str_find(word, '<', &at);
        r->id = mig_str_sub(word, 0, at);
        notation_list(ctx, mig_str_sub(word, at + 1, word.n), &r->revises);
    }
}

/* The part of text before the next separator. false at the end. */
static inline bool notation_next(mig_str *text, char separator, mig_str *part) {
    size_t at = text->n;

    if (text->n == 0)
        return false;
    mig_str_find(*text, separator, &at);
    *part = mig_str_sub(*text, 0, at);
    *text = mig_str_sub(*text, at + 1, text->n);
    return true;
}

static inline mig_revision *notation_revisions(mig_ctx *ctx, const char *z, size_t *n) {
    mig_str text = mig_str_of(z), part, word;
    mig_revision *revisions = mig_alloc_zero(ctx, text.n + 1, sizeof *revisions);

    for (*n = 0; mig_ctx_error(ctx) == NULL && notation_next(&text, ';', &part); (*n)++) {
        mig_revision *r = &revisions[*n];

        r->created_at = INT64_MAX;
        r->line = 4;
        for (part = mig_str_trim(part); notation_next(&part, ' ', &word);)
            if (word.n > 0)
                notation_word(ctx, word, r);
        r->source = mig_str_format(ctx, "%.*s.sql", MIG_FMT(r->id));
    }
    return mig_ctx_error(ctx) == NULL ? revisions : NULL;
}

static inline mig_graph *notation_graph(mig_ctx *ctx, const char *z, mig_complaints *list) {
    size_t n;
    mig_revision *revisions = notation_revisions(ctx, z, &n);

    memset(list, 0, sizeof *list);
    return revisions == NULL ? NULL : mig_graph_new(ctx, revisions, n, list);
}

/* The ids of nodes, with blanks between. */
static inline mig_str notation_ids(mig_ctx *ctx, const mig_graph *graph, const size_t *nodes,
                                   size_t n) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < n; i++) {
        if (i > 0)
            mig_buf_add_char(&buf, ' ');
        mig_buf_add(&buf, graph->revisions[nodes[i]].id);
    }
    return mig_buf_str(&buf);
}

/* The ids of a set, by rank. */
static inline mig_str notation_set(mig_ctx *ctx, const mig_graph *graph, const bool *set) {
    mig_nodes nodes = {NULL, 0, 0};
    size_t i;

    for (i = 0; i < graph->n; i++)
        if (set[graph->order[i]])
            mig_nodes_add(ctx, &nodes, graph->order[i]);
    return notation_ids(ctx, graph, nodes.items, nodes.n);
}

static inline bool notation_links_within(const mig_links *links, size_t node, const bool *set) {
    size_t i;

    for (i = links->first[node]; i < links->first[node + 1]; i++)
        if (!set[links->item[i]])
            return false;
    return true;
}

/* Is each parent and dependency of a member a member? */
static inline bool notation_is_closed(const mig_graph *graph, const bool *set) {
    size_t node;

    for (node = 0; node < graph->n; node++)
        if (set[node] && (!notation_links_within(&graph->parents, node, set) ||
                          !notation_links_within(&graph->deps, node, set)))
            return false;
    return true;
}

#endif
