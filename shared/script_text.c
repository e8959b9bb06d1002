/*
 * script_text.c: see script_text.h.
 */
#include "script_text.h"

#include "script_header.h"

#include <string.h>

/* ---- the text ---------------------------------------------------------------------------- */

bool mig_script_text_check(mig_ctx *ctx, mig_str source, mig_str text, mig_complaints *list) {
    size_t bad;
    int line, column;

    if (text.n > MIG_MAX_SCRIPT) {
        mig_complain(ctx, list, MIG_E_LIMIT, source, 0, 0, "the script is larger than %zu bytes",
                     MIG_MAX_SCRIPT);
        return false;
    }
    bad = mig_utf8_check(text);
    if (bad == text.n)
        return true;
    mig_text_place(text, bad, &line, &column);
    if (text.p[bad] == '\0')
        mig_complain(ctx, list, MIG_E_SYNTAX, source, line, column, "the script holds a NUL byte");
    else
        mig_complain(ctx, list, MIG_E_SYNTAX, source, line, column, "the script is not UTF-8 text");
    mig_complain_hint(ctx, list, "Save it as UTF-8.");
    return false;
}

mig_str mig_script_text_normal(mig_ctx *ctx, mig_str text) {
    size_t i, n = 0;
    char *p;

    if (mig_str_starts(text, MIG_STR(MIG_BOM)))
        text = mig_str_sub(text, 3, SIZE_MAX);
    if (!mig_str_find(text, '\r', &i))
        return text;
    p = mig_alloc(ctx, text.n);
    if (p == NULL)
        return (mig_str){"", 0};
    for (i = 0; i < text.n; i++) {
        p[n++] = text.p[i] == '\r' ? '\n' : text.p[i];
        if (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
            i++;
    }
    return (mig_str){p, n};
}

size_t mig_next_line_at(mig_str text, size_t at) {
    size_t end;

    return mig_str_find(mig_str_sub(text, at, SIZE_MAX), '\n', &end) ? at + end + 1 : text.n;
}

int mig_comment_column(mig_str comment, int column, const char *at) {
    int unused, inside;

    mig_text_place(comment, (size_t)(at - comment.p), &unused, &inside);
    return column + inside - 1;
}

mig_comment_place mig_comment_place_of(mig_str text, size_t start) {
    size_t at = start;

    while (at > 0 && (text.p[at - 1] == ' ' || text.p[at - 1] == '\t'))
        at--;
    if (at == 0 || text.p[at - 1] == '\n')
        return at == start ? MIG_AT_LINE_START : MIG_INDENTED;
    return at == start ? MIG_GLUED : MIG_TRAILING;
}

/* ---- markers ----------------------------------------------------------------------------- */

static const char *const revision_kinds[] = {
    [MIG_SECTION_UP] = "up", [MIG_SECTION_DOWN] = "down", [MIG_SECTION_VERIFY] = "verify"};

const mig_marker_form mig_revision_markers = {
    "migrate:",
    revision_kinds,
    3,
    true,
    "Markers are -- migrate:up, -- migrate:down and -- migrate:verify.",
    "A marker may say engine:postgresql or engine:sqlite, and transaction:false."};

size_t mig_marker_word_at(const mig_marker_form *form, mig_str comment) {
    size_t at = 2, n = strlen(form->prefix);

    if (comment.n < 2 || comment.p[0] != '-' || comment.p[1] != '-')
        return 0;
    while (at < comment.n && (comment.p[at] == ' ' || comment.p[at] == '\t'))
        at++;
    return mig_str_is_nocase(mig_str_sub(comment, at, n), form->prefix) ? at + n : 0;
}

/* Takes the word that says the kind off the front of *rest. */
static bool kind_take(const mig_marker_form *form, mig_str *rest, size_t *kind) {
    mig_str word;

    if (rest->n == 0 || mig_is_space(rest->p[0]) || !mig_str_next_word(rest, &word))
        return false;
    for (*kind = 0; *kind < form->n_kinds; (*kind)++)
        if (mig_str_is_nocase(word, form->kinds[*kind]))
            return true;
    return false;
}

bool mig_marker_is(const mig_marker_form *form, mig_str comment) {
    size_t at = mig_marker_word_at(form, comment), kind;
    mig_str rest = mig_str_sub(comment, at, SIZE_MAX);

    return at > 0 && kind_take(form, &rest, &kind);
}

mig_str mig_marker_only(mig_str comment) {
    size_t at;

    for (at = 2; at + 1 < comment.n; at++)
        if (comment.p[at] == '-' && comment.p[at + 1] == '-')
            return mig_str_sub(comment, 0, at);
    return comment;
}

/* What is said about one word of a marker. */
typedef struct marker_reader {
    mig_ctx *ctx;
    const mig_marker_form *form;
    mig_str source, comment;
    int line, column;
    mig_complaints *list;
} marker_reader;

/* Always false. */
static bool option_complain(const marker_reader *r, mig_str word, const char *what) {
    mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, r->line,
                 mig_comment_column(r->comment, r->column, word.p), "%s \"%.*s\" in marker", what,
                 MIG_FMT(mig_text_clip(word)));
    mig_complain_hint(r->ctx, r->list, "%s", r->form->options_hint);
    return false;
}

static bool option_set(mig_marker *marker, mig_str key, mig_str value) {
    if (mig_str_is_nocase(key, "engine") && mig_str_is_nocase(value, "postgresql"))
        marker->engine = MIG_ENGINE_POSTGRESQL;
    else if (mig_str_is_nocase(key, "engine") && mig_str_is_nocase(value, "sqlite"))
        marker->engine = MIG_ENGINE_SQLITE;
    else if (mig_str_is_nocase(key, "transaction") && mig_str_is_nocase(value, "false"))
        marker->transaction = false;
    else
        return mig_str_is_nocase(key, "transaction") && mig_str_is_nocase(value, "true");
    return true;
}

/* One key:value word; seen has a bit a key. false after a complaint. */
static bool option_read(const marker_reader *r, mig_str word, mig_marker *marker, unsigned *seen) {
    size_t colon = word.n;
    mig_str key, value;
    unsigned bit = 0;

    mig_str_find(word, ':', &colon);
    key = mig_str_sub(word, 0, colon);
    value = mig_str_sub(word, colon + 1, SIZE_MAX);
    if (mig_str_is_nocase(key, "engine"))
        bit = 1U;
    else if (r->form->transaction && mig_str_is_nocase(key, "transaction"))
        bit = 2U;
    if (bit == 0 || colon == word.n)
        return option_complain(r, word, "unknown word");
    if ((*seen & bit) != 0)
        return option_complain(r, word, "doubled key");
    *seen |= bit;
    return option_set(marker, key, value) || option_complain(r, word, "unknown value");
}

bool mig_marker_read(mig_ctx *ctx, const mig_marker_form *form, mig_str source, mig_str comment,
                     int line, int column, mig_complaints *list, mig_marker *marker) {
    mig_str rest = mig_str_sub(comment, mig_marker_word_at(form, comment), SIZE_MAX), word;
    marker_reader r = {ctx, form, source, comment, line, column, list};
    unsigned seen = 0;

    marker->engine = MIG_ENGINE_BOTH;
    marker->transaction = true;
    if (!kind_take(form, &rest, &marker->kind)) {
        mig_complain(ctx, list, MIG_E_SYNTAX, source, line, column, "unknown marker \"%.*s\"",
                     MIG_FMT(mig_str_trim(mig_text_clip(comment))));
        mig_complain_hint(ctx, list, "%s", form->kinds_hint);
        return false;
    }
    while (mig_str_next_word(&rest, &word) && option_read(&r, word, marker, &seen))
        continue;
    return true;
}

void mig_marker_misplaced(mig_ctx *ctx, mig_str source, mig_str marker, int line, int column,
                          mig_complaints *list) {
    mig_complain(ctx, list, MIG_E_SYNTAX, source, line, column,
                 "marker \"%.*s\" is not at the start of its line",
                 MIG_FMT(mig_str_trim(mig_text_clip(marker))));
    mig_complain_hint(ctx, list, "Put it on a line of its own, without blanks before it.");
}

mig_lex_mode mig_section_lex_mode(mig_section_engine engine) {
    switch (engine) {
    case MIG_ENGINE_POSTGRESQL:
        return MIG_LEX_POSTGRESQL;
    case MIG_ENGINE_SQLITE:
        return MIG_LEX_SQLITE;
    case MIG_ENGINE_BOTH:
        break;
    }
    return MIG_LEX_CHECKSUM;
}
