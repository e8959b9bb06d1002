/*
 * complaint.c: see complaint.h. The list and its texts are kept memory: a loop that releases the
 * arena turn by turn can collect complaints.
 */
#include "complaint.h"

#include <string.h>

#include "text.h"

static const mig_str no_text = {"", 0};

/* mig_grow in kept memory. */
static mig_complaint *items_grow(mig_ctx *ctx, mig_complaints *list) {
    size_t room = list->room == 0 ? 4 : list->room * 2;
    mig_complaint *items;

    if (list->n < list->room)
        return list->items;
    items = mig_alloc_kept(ctx, room * sizeof *items);
    if (items == NULL)
        return NULL;
    if (list->n > 0)
        memcpy(items, list->items, list->n * sizeof *items);
    list->room = room;
    return items;
}

static mig_str text_kept(mig_ctx *ctx, const char *format, va_list args)
    __attribute__((__format__(__printf__, 2, 0)));

/* printf into kept memory; p NULL after an error. */
static mig_str text_kept(mig_ctx *ctx, const char *format, va_list args) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_str text = mig_str_vformat(ctx, format, args);

    if (text.p != NULL)
        text = mig_str_keep(ctx, text);
    mig_arena_release(ctx, mark);
    return text;
}

/* Adds a complaint with everything but its texts; NULL beyond the limit and on error. */
static mig_complaint *list_add(mig_ctx *ctx, mig_complaints *list) {
    mig_complaint *items;

    if (mig_ctx_error(ctx) != NULL)
        return NULL;
    if (list->n == MIG_MAX_COMPLAINTS) {
        list->total++;
        return NULL;
    }
    items = items_grow(ctx, list);
    if (items == NULL)
        return NULL;
    list->items = items;
    list->total++;
    memset(&items[list->n], 0, sizeof *items);
    items[list->n].hint = no_text;
    return &items[list->n++];
}

bool mig_complain(mig_ctx *ctx, mig_complaints *list, mig_code code, mig_str source, int line,
                  int column, const char *format, ...) {
    mig_complaint *complaint = list_add(ctx, list);
    va_list args;

    if (complaint == NULL)
        return mig_ctx_error(ctx) == NULL;
    complaint->code = code;
    complaint->source = source;
    complaint->line = line;
    complaint->column = column;
    va_start(args, format);
    complaint->text = text_kept(ctx, format, args);
    va_end(args);
    return complaint->text.p != NULL;
}

/* Beyond the limit the last complaint is not in the list, and its hint is dropped with it. */
bool mig_complain_hint(mig_ctx *ctx, mig_complaints *list, const char *format, ...) {
    va_list args;
    mig_str hint;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (list->n == 0 || list->total > list->n)
        return true;
    va_start(args, format);
    hint = text_kept(ctx, format, args);
    va_end(args);
    if (hint.p == NULL)
        return false;
    list->items[list->n - 1].hint = hint;
    return true;
}

/* Two texts of sentences as one, or whichever is there. */
static mig_str sentences_join(mig_ctx *ctx, mig_str first, mig_str second) {
    if (first.n == 0)
        return second;
    if (second.n == 0)
        return first;
    return mig_str_format(ctx, "%.*s %.*s", MIG_FMT(first), MIG_FMT(second));
}

static mig_str sentences_kept(mig_ctx *ctx, mig_str first, mig_str second) {
    mig_str joined = sentences_join(ctx, first, second);
    char *kept;

    if (first.n == 0 || second.n == 0 || joined.p == NULL)
        return joined;
    kept = mig_alloc_kept(ctx, joined.n);
    if (kept == NULL)
        return no_text;
    memcpy(kept, joined.p, joined.n);
    return (mig_str){kept, joined.n};
}

bool mig_complain_error(mig_ctx *ctx, mig_complaints *list, mig_str source) {
    const mig_error *standing = mig_ctx_error(ctx);
    mig_complaint *complaint;
    mig_error error;

    if (standing == NULL)
        return true;
    if (standing->code == MIG_E_NOMEM || standing->code == MIG_E_INTERRUPT)
        return false;
    mig_take_error(ctx, &error);
    complaint = list_add(ctx, list);
    if (complaint == NULL)
        return mig_ctx_error(ctx) == NULL;
    complaint->code = error.code;
    complaint->source = error.source == NULL ? source : mig_str_of(error.source);
    complaint->line = error.line;
    complaint->column = error.column;
    complaint->text = mig_str_of(error.message);
    complaint->hint = sentences_kept(ctx, mig_str_of(error.detail), mig_str_of(error.hint));
    return mig_ctx_error(ctx) == NULL;
}

static int complaint_compare(const void *a, const void *b, void *arg) {
    const mig_complaint *x = a, *y = b;
    int order = mig_str_compare(x->source, y->source);

    (void)arg;
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    if (order == 0)
        order = (x->column > y->column) - (x->column < y->column);
    return order;
}

/* "users.sql:3:1: message", as far as the place is known. */
static void complaint_print(mig_buf *buf, const mig_complaint *complaint) {
    const char *between = complaint->source.n == 0 ? "line " : ":";

    mig_buf_add(buf, complaint->source);
    if (complaint->line > 0)
        mig_buf_addf(buf, "%s%d", between, complaint->line);
    if (complaint->line > 0 && complaint->column > 0)
        mig_buf_addf(buf, ":%d", complaint->column);
    if (complaint->source.n != 0 || complaint->line > 0)
        mig_buf_add_z(buf, ": ");
    mig_buf_add(buf, complaint->text);
}

static const char *complaints_detail(mig_ctx *ctx, const mig_complaint *sorted,
                                     const mig_complaints *list) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < list->n; i++) {
        if (i != 0)
            mig_buf_add_char(&buf, '\n');
        complaint_print(&buf, &sorted[i]);
    }
    if (list->total > list->n)
        mig_buf_addf(&buf, "\nand %lu more", (unsigned long)(list->total - list->n));
    return mig_buf_str(&buf).p;
}

/* The hint with the summary ("nothing was loaded") behind it as a sentence. */
static const char *complaints_hint(mig_ctx *ctx, mig_str hint, const char *summary) {
    mig_str sentence = {NULL, 0};
    char first;

    if (summary != NULL && summary[0] != '\0') {
        first = summary[0];
        if (first >= 'a' && first <= 'z')
            first = (char)(first - 'a' + 'A');
        sentence = mig_str_format(ctx, "%c%s.", first, summary + 1);
    }
    sentence = sentences_join(ctx, hint, sentence);
    return sentence.n == 0 ? NULL : mig_str_z(ctx, sentence);
}

bool mig_complaints_raise(mig_ctx *ctx, const mig_complaints *list, const char *summary) {
    const size_t size = sizeof(mig_complaint);
    mig_complaint *sorted;
    mig_error error;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (list->n == 0)
        return true;
    sorted = mig_alloc(ctx, list->n * size);
    if (sorted == NULL)
        return false;
    memcpy(sorted, list->items, list->n * size);
    if (!mig_sort(ctx, sorted, list->n, size, complaint_compare, NULL))
        return false;
    memset(&error, 0, sizeof error);
    error.code = sorted[0].code;
    error.message = mig_str_z(ctx, sorted[0].text);
    if (sorted[0].source.n != 0)
        error.source = mig_str_z(ctx, sorted[0].source);
    error.line = sorted[0].line;
    error.column = sorted[0].column;
    if (list->total > 1)
        error.detail = complaints_detail(ctx, sorted, list);
    error.hint = complaints_hint(ctx, sorted[0].hint, summary);
    return mig_raise(ctx, &error);
}
