/*
 * script_header.c: see script_header.h. Header lines are comments of the form "-- Key: value"; the
 * known keys are read in any case and order, their near misses are refused, and everything else is
 * the message or the description.
 */
#include "script_header.h"

#include "script_text.h"

#include <string.h>

#define MAX_NAME 32 /* bytes of what can be a key */

static const struct {
    const char *name;
    const char *letters; /* folded, without blanks */
} keys[] = {
    [MIG_KEY_NONE] = {"", ""},
    [MIG_KEY_REVISION_ID] = {"Revision ID", "revisionid"},
    [MIG_KEY_REVISES] = {"Revises", "revises"},
    [MIG_KEY_CREATE_DATE] = {"Create Date", "createdate"},
    [MIG_KEY_DEPENDS_ON] = {"Depends On", "dependson"},
    [MIG_KEY_BRANCH_LABELS] = {"Branch Labels", "branchlabels"},
};

/* Names that people write for a key although they are further away than a typing error. */
static const struct {
    const char *letters;
    mig_key key;
} other_names[] = {
    {"revision", MIG_KEY_REVISION_ID},
    {"downrevision", MIG_KEY_REVISES},
    {"depends", MIG_KEY_DEPENDS_ON},
};

#define FIRST_KEY MIG_KEY_REVISION_ID
#define LAST_KEY MIG_KEY_BRANCH_LABELS

mig_str mig_text_clip(mig_str text) {
    size_t n = 80;

    if (text.n <= n)
        return text;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0U) == 0x80U)
        n--;
    return mig_str_sub(text, 0, n);
}

const char *mig_key_name(mig_key key) {
    return keys[key].name;
}

/* ---- one line ---------------------------------------------------------------------------- */

/* Could it be a key: letters, with single marks between them? */
static bool is_name(mig_str s) {
    size_t i;

    if (s.n == 0 || s.n > MAX_NAME || !mig_is_alpha(s.p[0]))
        return false;
    for (i = 0; i < s.n; i++)
        if (!mig_is_alpha(s.p[i]) && !mig_is_space(s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
            return false;
    return true;
}

/* The letters of a name, folded; how many. */
static size_t name_letters(mig_str name, char letters[MAX_NAME + 1]) {
    size_t i, n = 0;

    for (i = 0; i < name.n; i++)
        if (mig_is_alpha(name.p[i]))
            letters[n++] = mig_lower(name.p[i]);
    letters[n] = '\0';
    return n;
}

bool mig_header_name_is(mig_str name, const char *key) {
    size_t i = 0;

    for (; *key != '\0'; key++) {
        if (i == name.n)
            return false;
        if (*key == ' ') {
            if (!mig_is_space(name.p[i]))
                return false;
            while (i < name.n && mig_is_space(name.p[i]))
                i++;
        } else if (mig_lower(name.p[i++]) != mig_lower(*key)) {
            return false;
        }
    }
    return i == name.n;
}

static mig_key key_find(mig_str name) {
    mig_key key;

    for (key = FIRST_KEY; key <= LAST_KEY; key++)
        if (mig_header_name_is(name, keys[key].name))
            return key;
    return MIG_KEY_NONE;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of two neighbours) from a to b; both at most MAX_NAME. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b) {
    size_t rows[3][MAX_NAME + 1], i, j;
    size_t *above = rows[0], *far = rows[1], *row = rows[2], *spare;

    memset(rows, 0, sizeof rows);
    for (j = 0; j <= n_b; j++)
        above[j] = j;
    for (i = 1; i <= n_a; i++) {
        row[0] = i;
        for (j = 1; j <= n_b; j++) {
            row[j] = smaller(above[j], row[j - 1]) + 1;
            row[j] = smaller(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], far[j - 2] + 1);
        }
        spare = far;
        far = above;
        above = row;
        row = spare;
    }
    return above[n_b];
}

bool mig_header_name_near(mig_str name, const char *letters, size_t edits) {
    char folded[MAX_NAME + 1];
    size_t n, n_key = strlen(letters);

    if (!is_name(name))
        return false;
    n = name_letters(name, folded);
    return n <= n_key + 2 && n_key <= n + 2 && edit_distance(folded, n, letters, n_key) <= edits;
}

const char *mig_key_near(mig_str name) {
    size_t i;
    mig_key key;

    for (i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (mig_header_name_near(name, other_names[i].letters, 0))
            return keys[other_names[i].key].name;
    for (key = FIRST_KEY; key <= LAST_KEY; key++)
        if (mig_header_name_near(name, keys[key].letters, strlen(keys[key].letters) > 8 ? 2U : 1U))
            return keys[key].name;
    return NULL;
}

/* A line of - = * and the like only structures the text. */
static bool is_ruler(mig_str body) {
    size_t i;

    for (i = 0; i < body.n; i++)
        if (memchr("-=*#_~+ \t", body.p[i], 9) == NULL)
            return false;
    return true;
}

mig_header_line mig_header_line_read(mig_str comment, int line, int column) {
    mig_header_line read;
    mig_str name;
    size_t colon;

    memset(&read, 0, sizeof read);
    read.comment = comment;
    read.line = line;
    read.column = column;
    read.body = mig_str_trim(mig_str_sub(comment, 2, SIZE_MAX));
    if (is_ruler(read.body))
        read.body.n = 0;
    if (!mig_str_find(mig_str_sub(read.body, 0, MAX_NAME + 16), ':', &colon))
        return read;
    name = mig_str_trim(mig_str_sub(read.body, 0, colon));
    if (!is_name(name))
        return read;
    read.name = name;
    read.value = mig_str_trim(mig_str_sub(read.body, colon + 1, SIZE_MAX));
    read.key = key_find(name);
    return read;
}

bool mig_header_line_is_free(const mig_header_line *line) {
    return line->key == MIG_KEY_NONE && line->body.n > 0;
}

/* ---- ids --------------------------------------------------------------------------------- */

bool mig_id_check(mig_str id, const char **why) {
    static const char *const reserved[] = {"head", "heads", "base", "current", "none"};
    size_t i;

    *why = NULL;
    if (id.n == 0)
        *why = "it is empty";
    else if (id.n > MIG_MAX_ID)
        *why = "it is longer than 255 bytes";
    for (i = 0; *why == NULL && i < id.n; i++)
        if (!mig_is_alpha(id.p[i]) && !mig_is_digit(id.p[i]) && id.p[i] != '_' && id.p[i] != '.')
            *why = "only letters A-Z, digits, \"_\" and \".\" are allowed";
    for (i = 0; *why == NULL && i < sizeof reserved / sizeof *reserved; i++)
        if (mig_str_is_nocase(id, reserved[i]))
            *why = "the word is reserved";
    return *why == NULL;
}

/* ---- values ------------------------------------------------------------------------------ */

/* The column of a place in the line. */
static int column_of(const mig_header_line *line, const char *p) {
    return mig_comment_column(line->comment, line->column, p);
}

/* Complains about one word of the line unless it is a good id or label. */
static bool word_check(mig_ctx *ctx, mig_header *header, const mig_header_line *line,
                       mig_str word) {
    const char *why;

    if (mig_id_check(word, &why))
        return true;
    mig_complain(ctx, header->list, MIG_E_SYNTAX, header->script->source, line->line,
                 column_of(line, word.p), "\"%.*s\" cannot stand in \"%s\": %s",
                 MIG_FMT(mig_text_clip(word)), keys[line->key].name, why);
    return false;
}

static void id_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line) {
    mig_str rest = line->value, word, more;

    header->script->id_line = line->line;
    if (!mig_str_next_word(&rest, &word)) {
        mig_complain(ctx, header->list, MIG_E_SYNTAX, header->script->source, line->line,
                     line->column, "\"Revision ID\" is empty");
    } else if (mig_str_next_word(&rest, &more)) {
        mig_complain(ctx, header->list, MIG_E_SYNTAX, header->script->source, line->line,
                     column_of(line, more.p), "\"Revision ID\" names more than one id");
    } else if (word_check(ctx, header, line, word)) {
        header->script->id = word;
    }
}

/* base and None, as generated scripts spell "no parent". */
static bool is_nothing(mig_key key, mig_str word) {
    return mig_str_is_nocase(word, "none") ||
           (key == MIG_KEY_REVISES && mig_str_is_nocase(word, "base"));
}

static void words_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line,
                      mig_list *words) {
    mig_str rest = line->value, word;

    if (is_nothing(line->key, line->value))
        return;
    while (mig_ctx_error(ctx) == NULL && mig_str_next_word(&rest, &word)) {
        if (words->n == MIG_MAX_LINKS) {
            mig_complain(ctx, header->list, MIG_E_LIMIT, header->script->source, line->line,
                         column_of(line, word.p), "\"%s\" names more than %d revisions or labels",
                         keys[line->key].name, MIG_MAX_LINKS);
            return;
        }
        if (!word_check(ctx, header, line, word))
            return;
        mig_list_add(ctx, words, word);
    }
}

static void date_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line) {
    mig_script *script = header->script;
    int64_t microseconds;

    if (line->value.n == 0)
        return;
    if (mig_time_parse(line->value, &microseconds)) {
        script->created_at = microseconds;
        script->created = mig_time_iso(ctx, microseconds);
        return;
    }
    mig_complain(ctx, header->list, MIG_E_SYNTAX, script->source, line->line,
                 column_of(line, line->value.p), "\"%.*s\" is not a date",
                 MIG_FMT(mig_text_clip(line->value)));
    mig_complain_hint(ctx, header->list,
                      "Write it as \"-- Create Date: 2024-02-06 14:30:00\" (UTC, or with a zone "
                      "such as +01:00).");
}

static void key_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line) {
    mig_script *script = header->script;

    switch (line->key) {
    case MIG_KEY_REVISION_ID:
        id_add(ctx, header, line);
        break;
    case MIG_KEY_REVISES:
        words_add(ctx, header, line, &script->revises);
        break;
    case MIG_KEY_CREATE_DATE:
        date_add(ctx, header, line);
        break;
    case MIG_KEY_DEPENDS_ON:
        words_add(ctx, header, line, &script->depends_on);
        break;
    case MIG_KEY_BRANCH_LABELS:
        words_add(ctx, header, line, &script->labels);
        break;
    case MIG_KEY_NONE:
        break;
    }
}

static void free_line_add(mig_header *header, const mig_header_line *line) {
    if (header->script->message.n == 0) {
        header->script->message = line->body;
        return;
    }
    if (header->description.n > 0)
        mig_buf_add_char(&header->description, '\n');
    mig_buf_add(&header->description, line->body);
}

bool mig_header_add(mig_ctx *ctx, mig_header *header, const mig_header_line *line) {
    unsigned bit = 1U << line->key;
    const char *near;

    if (mig_header_line_is_free(line)) {
        near = mig_key_near(line->name);
        free_line_add(header, line);
        if (near == NULL)
            return mig_ctx_error(ctx) == NULL;
        mig_complain(ctx, header->list, MIG_E_SYNTAX, header->script->source, line->line,
                     line->column, "unknown header key \"%.*s\"", MIG_FMT(line->name));
        return mig_complain_hint(ctx, header->list, "The key is spelled \"%s\".", near);
    }
    if (line->key == MIG_KEY_NONE)
        return true;
    if ((header->seen & bit) != 0)
        return mig_complain(ctx, header->list, MIG_E_SYNTAX, header->script->source, line->line,
                            line->column, "header key \"%s\" stands twice", keys[line->key].name);
    header->seen |= bit;
    key_add(ctx, header, line);
    return mig_ctx_error(ctx) == NULL;
}
