/*
 * template.c: the text and the file name of a new revision script, see script.h.
 *
 * The text reads back as what was given: what the parser would take for something else is refused.
 */
#include "script_header.h"

#include <string.h>

#define MAX_SLUG 40 /* bytes of the message in a file name */

/* Each line of the message as it would be read from the script. */
static bool message_check(mig_ctx *ctx, mig_str message) {
    mig_str line, comment;
    mig_header_line read;

    while (mig_str_next_line(&message, &line)) {
        comment = mig_str_format(ctx, "-- %.*s", MIG_FMT(line));
        if (comment.p == NULL)
            return false;
        read = mig_header_line_read(comment, 1, 1);
        if (read.key == MIG_KEY_NONE && mig_key_near(read.name) == NULL &&
            !mig_str_is_nocase(mig_str_sub(read.body, 0, 8), "migrate:"))
            continue;
        mig_fail(ctx, MIG_E_ARGUMENT, "message \"%.*s\" would be read as a part of the header",
                 MIG_FMT(mig_text_clip(line)));
        mig_hint(ctx, "Begin it with another word.");
        return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static void lines_add(mig_buf *buf, mig_str text) {
    mig_str line;

    while (mig_str_next_line(&text, &line)) {
        line = mig_str_trim(line);
        mig_buf_addf(buf, line.n > 0 ? "-- %.*s\n" : "--\n%.*s", MIG_FMT(line));
    }
}

static void list_add(mig_buf *buf, const char *key, const mig_list *list) {
    size_t i;

    if (list->n == 0)
        return;
    mig_buf_addf(buf, "-- %s: ", key);
    for (i = 0; i < list->n; i++) {
        mig_buf_add_z(buf, i > 0 ? ", " : "");
        mig_buf_add(buf, list->items[i]);
    }
    mig_buf_add_char(buf, '\n');
}

static void section_add(mig_buf *buf, const char *kind, mig_str text) {
    mig_buf_addf(buf, "\n-- migrate:%s\n", kind);
    mig_buf_add(buf, text);
    if (text.n > 0 && text.p[text.n - 1] != '\n')
        mig_buf_add_char(buf, '\n');
}

mig_str mig_template_text(mig_ctx *ctx, const mig_template *t) {
    mig_str message = mig_str_trim(t->message);
    mig_buf buf = mig_buf_new(ctx);

    if (!message_check(ctx, message))
        return (mig_str){NULL, 0};
    if (message.n > 0) {
        lines_add(&buf, message);
        mig_buf_add_z(&buf, "--\n");
    }
    mig_buf_addf(&buf, "-- %s: %.*s\n", mig_key_name(MIG_KEY_REVISION_ID), MIG_FMT(t->id));
    if (t->revises.n == 0)
        mig_buf_addf(&buf, "-- %s: base\n", mig_key_name(MIG_KEY_REVISES));
    list_add(&buf, mig_key_name(MIG_KEY_REVISES), &t->revises);
    if (t->created.n > 0)
        mig_buf_addf(&buf, "-- %s: %.*s\n", mig_key_name(MIG_KEY_CREATE_DATE), MIG_FMT(t->created));
    list_add(&buf, mig_key_name(MIG_KEY_DEPENDS_ON), &t->depends_on);
    list_add(&buf, mig_key_name(MIG_KEY_BRANCH_LABELS), &t->labels);
    section_add(&buf, "up", t->up);
    section_add(&buf, "down", t->down);
    return mig_buf_str(&buf);
}

/* "20240206_1430_" from the digits of the date; without the time where there is none. */
static void date_add(mig_buf *buf, mig_str created) {
    size_t i, digits = 0;

    for (i = 0; i < created.n && digits < 12; i++) {
        if (!mig_is_digit(created.p[i]))
            continue;
        if (digits++ == 8)
            mig_buf_add_char(buf, '_');
        mig_buf_add_char(buf, created.p[i]);
    }
    if (digits > 0)
        mig_buf_add_char(buf, '_');
}

/* "_add_gpx_files_table": letters and digits of the first line, cut at a word. */
static void slug_add(mig_buf *buf, mig_str message) {
    mig_str line = {"", 0};
    char slug[MAX_SLUG + 1];
    size_t i, n = 0, word = 0;

    mig_str_next_line(&message, &line);
    for (i = 0; i < line.n && n < MAX_SLUG; i++) {
        if (mig_is_alpha(line.p[i]) || mig_is_digit(line.p[i])) {
            slug[n++] = mig_lower(line.p[i]);
        } else if (n > 0 && slug[n - 1] != '_') {
            word = n;
            slug[n++] = '_';
        }
    }
    if (i < line.n && word > 0 && (mig_is_alpha(line.p[i]) || mig_is_digit(line.p[i])))
        n = word;
    while (n > 0 && slug[n - 1] == '_')
        n--;
    if (n == 0)
        return;
    mig_buf_add_char(buf, '_');
    mig_buf_add(buf, (mig_str){slug, n});
}

mig_str mig_template_file_name(mig_ctx *ctx, const mig_template *t) {
    mig_buf buf = mig_buf_new(ctx);

    date_add(&buf, t->created);
    mig_buf_add(&buf, t->id);
    slug_add(&buf, mig_str_trim(t->message));
    mig_buf_add_z(&buf, ".sql");
    return mig_buf_str(&buf);
}
