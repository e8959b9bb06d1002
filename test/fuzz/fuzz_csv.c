/*
 * fuzz_csv.c: the reader of comma-separated values on arbitrary bytes.
 *
 * A second reader in here goes byte by byte and stops at the first fault: up to there both must say
 * the same, and complain of the same texts. A text without faults must read the same where the
 * reader's buffer ends somewhere inside it.
 */
#include "csv.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

/* Records as text: "line{" and "line:column" with q or u, length and bytes of each field, then "}". */
static void field_print(mig_buf *buf, int line, int column, bool quoted, mig_str text) {
    mig_buf_addf(buf, "%d:%d%c%lu ", line, column, quoted ? 'q' : 'u', (unsigned long)text.n);
    mig_buf_add(buf, text);
}

/* The plain reader. */
typedef struct plain {
    mig_str text;
    size_t at;
    int line, column;
    size_t columns;
    bool fault;
} plain;

static int plain_peek(const plain *p) {
    return p->at < p->text.n ? (unsigned char)p->text.p[p->at] : -1;
}

static int plain_take(plain *p) {
    int c = plain_peek(p);

    p->at++;
    if (c == '\n' || (c == '\r' && plain_peek(p) != '\n')) {
        p->line++;
        p->column = 1;
    } else if (c != '\r' && (c & 0xC0) != 0x80) {
        p->column++;
    }
    return c;
}

static void plain_field(plain *p, mig_ctx *ctx, mig_buf *record, bool *empty) {
    mig_buf text = mig_buf_new(ctx);
    int line = p->line, column = p->column, c;
    bool quoted = plain_peek(p) == '"';

    if (quoted)
        plain_take(p);
    while ((c = plain_peek(p)) >= 0 && (quoted || (c != ',' && c != '\r' && c != '\n'))) {
        p->fault = p->fault || (!quoted && c == '"');
        plain_take(p);
        if (quoted && c == '"' && plain_peek(p) != '"')
            break;
        if (quoted && c == '"')
            plain_take(p);
        mig_buf_add_char(&text, (char)c);
    }
    p->fault = p->fault || (quoted && c != '"');
    c = plain_peek(p);
    p->fault = p->fault || (c >= 0 && c != ',' && c != '\r' && c != '\n');
    *empty = !quoted && text.n == 0;
    field_print(record, line, column, quoted, mig_buf_str(&text));
}

/* The records in front of the first fault. */
static mig_str plain_read(plain *p, mig_ctx *ctx, bool whole) {
    mig_buf buf = mig_buf_new(ctx), record;
    bool empty = false;
    size_t n;

    while (p->at < p->text.n) {
        record = mig_buf_new(ctx);
        mig_buf_addf(&record, "%d{", p->line);
        for (n = 0; n == 0 || (plain_peek(p) == ',' && plain_take(p) == ','); n++)
            plain_field(p, ctx, &record, &empty);
        p->fault = p->fault || n > MIG_MAX_FIELDS || (!whole && p->at == p->text.n);
        if (p->fault)
            break;
        if (plain_peek(p) == '\r')
            plain_take(p);
        if (plain_peek(p) == '\n')
            plain_take(p);
        if (n == 1 && empty && p->columns != 1)
            continue;
        p->columns = p->columns == 0 ? n : p->columns;
        mig_buf_add(&buf, mig_buf_str(&record));
        mig_buf_add_char(&buf, '}');
    }
    return mig_buf_str(&buf);
}

static void complaints_check(const mig_complaints *list) {
    size_t i;

    for (i = 0; i < list->n; i++)
        must(list->items[i].line > 0 && list->items[i].column > 0 && list->items[i].text.n > 0 &&
             list->items[i].hint.n > 0);
}

/* The records of the reader behind the first skip ones, in the memory of another context. */
static mig_str reader_read(mig_ctx *memory, mig_str text, size_t skip, int line_before,
                           mig_complaints *list) {
    mig_buf buf = mig_buf_new(memory);
    mig_ctx *ctx = unit_ctx();
    mig_csv_record record;
    mig_csv *csv;
    size_t i;

    memset(list, 0, sizeof *list);
    csv = mig_csv_open(ctx, MIG_STR("f"), mig_input_text(ctx, text), list);
    while (mig_csv_next(ctx, csv, &record)) {
        must(record.n > 0 && record.n <= MIG_MAX_FIELDS && record.line > 0);
        if (skip > 0 && skip--)
            continue;
        mig_buf_addf(&buf, "%d{", record.line - line_before);
        for (i = 0; i < record.n; i++)
            field_print(&buf, record.fields[i].line - line_before, record.fields[i].column,
                        record.fields[i].quoted, record.fields[i].text);
        mig_buf_add_char(&buf, '}');
    }
    must(mig_ctx_error(ctx) == NULL && mig_csv_broken(csv) <= (list->total > 0));
    complaints_check(list);
    unit_free(ctx);
    return mig_buf_str(&buf);
}

/* The text behind a record of as many columns, with the end of the first chunk in the middle. */
static void check_behind(mig_ctx *memory, mig_str text, size_t columns, mig_str expected) {
    size_t before = MIG_INPUT_CHUNK - text.n / 2;
    mig_complaints list;
    mig_str longer;
    char *p;

    if (text.n == 0 || text.n > MIG_INPUT_CHUNK || text.p[0] == '\n' || text.p[0] == '\r' ||
        mig_str_starts(text, MIG_STR("\xEF\xBB\xBF")))
        return;
    p = malloc(before + text.n);
    must(p != NULL);
    memset(p, 'x', before);
    memset(p, ',', columns - 1);
    p[before - 1] = '\n';
    memcpy(p + before, text.p, text.n);
    longer.p = p;
    longer.n = before + text.n;
    must(mig_str_eq(reader_read(memory, longer, 1, 1, &list), expected) && list.total == 0);
    free(p);
}

static void check_text(mig_ctx *memory, mig_str text) {
    bool mark = mig_str_starts(text, MIG_STR("\xEF\xBB\xBF"));
    mig_str read, expected;
    mig_complaints list;
    plain p;
    size_t good;

    memset(&p, 0, sizeof p);
    p.text = mig_str_sub(text, mark ? 3 : 0, text.n);
    good = mig_utf8_check(p.text);
    p.line = p.column = 1;
    read = reader_read(memory, text, 0, 0, &list);
    if (good < p.text.n) {
        must(list.total > 0);
        p.text.n = good;
        must(mig_str_starts(read, plain_read(&p, memory, false)));
        return;
    }
    expected = plain_read(&p, memory, true);
    must(p.fault == (list.total > 0));
    must(p.fault ? mig_str_starts(read, expected) : mig_str_eq(read, expected));
    if (!p.fault && p.columns > 0)
        check_behind(memory, text, p.columns, expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_ctx *memory = unit_ctx();

    check_text(memory, (mig_str){(const char *)data, size});
    unit_free(memory);
    return 0;
}
