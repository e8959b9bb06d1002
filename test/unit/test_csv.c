/*
 * test_csv.c: the reader of comma-separated values: records and places, faults, bounds, the borders of
 * the buffer, memory.
 */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit_file.h"

/* A record as "line:fields;" with fields joined by '|': 'text' where quoted, <> where not given. */
static void record_print(mig_buf *buf, const mig_csv_record *record, int line_before) {
    const mig_csv_field *field;
    size_t i;

    mig_buf_addf(buf, "%d:", record->line - line_before);
    for (i = 0; i < record->n; i++) {
        field = &record->fields[i];
        mig_buf_add_z(buf, i == 0 ? "" : "|");
        if (field->quoted)
            mig_buf_addf(buf, "'%.*s'", MIG_FMT(field->text));
        else if (field->text.n == 0)
            mig_buf_add_z(buf, "<>");
        else
            mig_buf_add(buf, field->text);
    }
    mig_buf_add_char(buf, ';');
}

static void complaints_print(mig_buf *buf, const mig_complaints *list, int line_before) {
    size_t i;

    for (i = 0; i < list->n; i++) {
        CHECK_STR(list->items[i].source, "f.csv");
        CHECK(list->items[i].hint.n > 0);
        mig_buf_addf(buf, "%d:%d %.*s;", list->items[i].line - line_before, list->items[i].column,
                     MIG_FMT(list->items[i].text));
    }
}

/* The records behind the first skip ones, and the complaints. The reader releases the arena, so the
   text grows in memory of the test. */
static mig_str read_all(mig_ctx *ctx, mig_input *input, size_t skip, int line_before) {
    mig_ctx *own = unit_ctx();
    mig_buf buf = mig_buf_new(own);
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;
    mig_str all;

    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f.csv"), input, &list);
    while (mig_csv_next(ctx, csv, &record))
        if (skip > 0)
            skip--;
        else
            record_print(&buf, &record, line_before);
    CHECK(!mig_csv_next(ctx, csv, &record));
    CHECK(list.total > 0 || !mig_csv_broken(csv));
    complaints_print(&buf, &list, line_before);
    all = mig_str_copy(ctx, mig_buf_str(&buf));
    unit_free(own);
    return all;
}

/* The text behind so many bytes of other records, in which the buffer ends at every place of it. */
static void check_borders(mig_str text, const char *expected) {
    const char first[] = "a,b\n1,2\n3,\"";
    char *bytes = malloc(MIG_INPUT_CHUNK + text.n + 1);
    mig_ctx *ctx = unit_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    size_t before, tail;

    for (tail = 0; bytes != NULL && tail <= text.n; tail++) {
        before = MIG_INPUT_CHUNK - tail;
        memset(bytes, 'x', before);
        memcpy(bytes, first, sizeof first - 1);
        memcpy(bytes + before - 2, "\"\n", 2);
        memcpy(bytes + before, text.p, text.n);
        if (!CHECK_STR(read_all(ctx, mig_input_text(ctx, (mig_str){bytes, before + text.n}), 3, 3),
                       expected))
            fprintf(stderr, "%zu bytes of it in the first chunk\n", tail);
        mig_arena_release(ctx, mark);
    }
    free(bytes);
    unit_free(ctx);
}

static void check_str(mig_str text, const char *expected) {
    mig_ctx *ctx = unit_ctx();

    if (!CHECK_STR(read_all(ctx, mig_input_text(ctx, text), 0, 0), expected))
        fprintf(stderr, "text: %.*s\n", MIG_FMT(text));
    unit_file_set(ctx, text, 2);
    CHECK_STR(read_all(ctx, mig_input_file(ctx, MIG_STR("/d"), MIG_STR("f"), NULL), 0, 0),
              expected);
    unit_free(ctx);
}

static void check(const char *text, const char *expected) {
    check_str(mig_str_of(text), expected);
}

/* A text whose first record is no header in any way: it may stand behind others. */
static void check_anywhere(const char *text, const char *expected) {
    check(text, expected);
    check_borders(mig_str_of(text), expected);
}

static void records(void) {
    check("", "");
    check("\n\r\n\r", "");
    check("\xEF\xBB\xBF", "");
    check("\xEF\xBB\xBF"
          "a,b\n",
          "1:a|b;");
    check_anywhere("a,b", "1:a|b;");
    check_anywhere("a,b\n1,2\r\n3,4\r5,6", "1:a|b;2:1|2;3:3|4;4:5|6;");
    check_anywhere("a,b\n\n\r\n1,2\n\n", "1:a|b;4:1|2;");
    check_anywhere("a,b\r\r\n\n\r1,2", "1:a|b;5:1|2;");
    check_anywhere(",\n,,\n , \n", "1:<>|<>;2:<>|<>|<>;3: | ;");
    check_anywhere("a,b\n1\n1,2,3\n", "1:a|b;2:1;3:1|2|3;");
    check_anywhere("a,b,\n", "1:a|b|<>;");
    check_anywhere("\t,'x';#", "1:\t|'x';#;");
    check_anywhere("\x01\x7F,\xC2\x80\n", "1:\x01\x7F|\xC2\x80;");
}

static void quotes(void) {
    check_anywhere("\"\",\"a\"\n", "1:''|'a';");
    check_anywhere("\"\",\"\"", "1:''|'';");
    check_anywhere("\"a,b\",\"c\nd\"\n1,2", "1:'a,b'|'c\nd';3:1|2;");
    check_anywhere("\"\"\"\",\"a\"\"b\",\"\"\"\"\"\"\n", "1:'\"'|'a\"b'|'\"\"';");
    check_anywhere("\"\"\"a\"\",\"\"b\"\"\"\r1,2", "1:'\"a\",\"b\"';2:1|2;");
    check_anywhere("\"\n\r\n\r\r\",x\nz,\"\r\n\"\ny,y", "1:'\n\r\n\r\r'|x;6:z|'\r\n';8:y|y;");
    check_anywhere("\" a \", \r\n", "1:' a '| ;");
    check_anywhere("\"\xC3\xA4\",\"\xE2\x82\xAC\"\"\"\n\xF0\x9F\x98\x80,z",
                   "1:'\xC3\xA4'|'\xE2\x82\xAC\"';2:\xF0\x9F\x98\x80|z;");
}

/* Where there is one column, an empty line is a value that is not given. */
static void one_column(void) {
    check("a\n\n1\n\n", "1:a;2:<>;3:1;4:<>;");
    check("\n\na\r\n\r\nb", "3:a;4:<>;5:b;");
    check("a\n\"\"\n\n", "1:a;2:'';3:<>;");
    check("\"\"\n\n", "1:'';2:<>;");
    check("\"\n\"\n\n1,2", "1:'\n';3:<>;4:1|2;");
}

static void faults(void) {
    check("a,b\"\n1,2\n", "1:4 a quote inside an unquoted field;");
    check_anywhere("a,b\n1,2\"\n3,\"4\"\n", "1:a|b;3:3|'4';2:4 a quote inside an unquoted field;");
    check_anywhere("a,b\n1,\xC3\xA4\"\"\n \"2\",\"3\"\n5\",6\"",
                   "1:a|b;2:4 a quote inside an unquoted field;3:2 a quote inside an unquoted "
                   "field;4:2 a quote inside an unquoted field;");
    check_anywhere("a,b\n1,\"2\" \n3,4\n", "1:a|b;2:6 text behind a closing quote;");
    check_anywhere("a,b\n\"\xC3\xA4\nb\"c,2\n3,4", "1:a|b;3:3 text behind a closing quote;");
    check_anywhere("a,b\n1,\"2\n3,4\n", "1:a|b;2:3 a quoted field is never closed;");
    check_anywhere("a,b\n\"", "1:a|b;2:1 a quoted field is never closed;");
    check_anywhere("a,b\n\"\"\"", "1:a|b;2:1 a quoted field is never closed;");
    check_anywhere("a,b\n\"1\n2\",\"\"\"\"\"", "1:a|b;3:4 a quoted field is never closed;");
}

static void hints(void) {
    static const char *const texts[][2] = {
        {"a,b\n1, \"2\"\n", "A quoted field begins right behind the comma, without blanks."},
        {"a,b\n\t\"1\",2\n", "A quoted field begins right behind the comma, without blanks."},
        {"a,b\n\xC3\xA4 \"\",2\n",
         "Put the whole field into double quotes, and write each quote inside it twice."},
        {"a,b\n1,\"2",
         "A quoted field ends with a quote, and a quote inside it is written twice."}};
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        memset(&list, 0, sizeof list);
        csv = mig_csv_open(ctx, MIG_STR("f"), mig_input_text(ctx, mig_str_of(texts[i][0])), &list);
        while (mig_csv_next(ctx, csv, &record))
            CHECK_STR(record.fields[0].text, "a");
        if (CHECK_INT(list.n, 1))
            CHECK_STR(list.items[0].hint, texts[i][1]);
    }
    unit_free(ctx);
}

static void bad_bytes(void) {
    static const char *const bad[] = {"\x80",         "\xC3",     "\xC3,b",   "\xC0\x80",
                                      "\xED\xA0\x80", "\xE2\x82", "\xF0\x9F", "\xFF\xFE"};
    mig_ctx *ctx = unit_ctx();
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_anywhere(mig_str_format(ctx, "a,b\n1,\xC3\xA4%s", bad[i]).p, "1:a|b;2:4 not UTF-8;");
        check_anywhere(mig_str_format(ctx, "a,b\n1,\"\xC3\xA4\n%s", bad[i]).p,
                       "1:a|b;3:1 not UTF-8;");
        check_anywhere(mig_str_format(ctx, "a,b\r%s\n1,2\n", bad[i]).p, "1:a|b;2:1 not UTF-8;");
    }
    check_str((mig_str){"a\n1\0\n", 5}, "1:a;2:2 a NUL byte;");
    check_borders((mig_str){"a,b\n1,\"\0\"\n", 10}, "1:a|b;2:4 a NUL byte;");
    check("\xFF\xFE"
          "a",
          "1:1 not UTF-8;");
    unit_free(ctx);
}

static void check_place(const mig_csv_field *field, int line, int column) {
    CHECK_INT(field->line, line);
    CHECK_INT(field->column, column);
}

static void places_of_fields(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;

    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f"),
                       mig_input_text(ctx, MIG_STR("\xEF\xBB\xBF\xC3\xA4,,\"b\"\n\n"
                                                   "\"\xE2\x82\xAC\r\n\xC3\xA4\",c,\"d\n\n\",e")),
                       &list);
    CHECK(mig_csv_next(ctx, csv, &record) && record.line == 1 && record.n == 3);
    check_place(&record.fields[0], 1, 1);
    check_place(&record.fields[1], 1, 3);
    check_place(&record.fields[2], 1, 4);
    CHECK(mig_csv_next(ctx, csv, &record) && record.line == 3 && record.n == 4);
    check_place(&record.fields[0], 3, 1);
    check_place(&record.fields[1], 4, 4);
    check_place(&record.fields[2], 4, 6);
    check_place(&record.fields[3], 6, 3);
    CHECK(!mig_csv_next(ctx, csv, &record) && !mig_csv_broken(csv));
    unit_free(ctx);
}

/* Bombs: fields without end, a record without end. */
static void bounds(void) {
    static char commas[MIG_MAX_FIELDS + 1];
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;

    memset(commas, ',', sizeof commas);
    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f.csv"),
                       mig_input_text(ctx, (mig_str){commas, MIG_MAX_FIELDS - 1}), &list);
    CHECK(mig_csv_next(ctx, csv, &record) && record.n == MIG_MAX_FIELDS);
    check_str((mig_str){commas, MIG_MAX_FIELDS}, "1:1601 a record of more than 1600 fields;");
    unit_free(ctx);
}

static void records_are_bounded(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;
    char *big = mig_alloc(ctx, MIG_MAX_RECORD + 4);

    memset(big, 'x', MIG_MAX_RECORD + 4);
    memcpy(big, "a,b\n\"", 5);
    big[MIG_MAX_RECORD] = '"';
    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f.csv"),
                       mig_input_text(ctx, (mig_str){big, MIG_MAX_RECORD + 1}), &list);
    CHECK(mig_csv_next(ctx, csv, &record) && record.n == 2);
    CHECK(mig_csv_next(ctx, csv, &record) && record.n == 1);
    CHECK_INT(record.fields[0].text.n, MIG_MAX_RECORD - 5);
    CHECK(!mig_csv_next(ctx, csv, &record) && !mig_csv_broken(csv));
    CHECK(mig_arena_peak(ctx) < 4 * MIG_MAX_RECORD);

    big[MIG_MAX_RECORD] = 'x';
    csv = mig_csv_open(ctx, MIG_STR("f.csv"),
                       mig_input_text(ctx, (mig_str){big, MIG_MAX_RECORD + 4}), &list);
    CHECK(mig_csv_next(ctx, csv, &record) && record.n == 2);
    CHECK(!mig_csv_next(ctx, csv, &record) && mig_csv_broken(csv));
    if (CHECK_INT(list.total, 1)) {
        CHECK_STR(list.items[0].text, "a record of more than 64 MiB");
        CHECK_INT(list.items[0].code, MIG_E_LIMIT);
        CHECK_INT(list.items[0].line, 2);
    }
    unit_free(ctx);
}

/* The reader takes no memory a record, gives back what others took, and keeps a record that grew its
   buffer. */
static void memory(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf text = mig_buf_new(ctx);
    mig_complaints list;
    mig_csv_record record;
    size_t i, before, n = 0;
    mig_csv *csv;

    for (i = 0; i < 3000; i++)
        mig_buf_addf(&text, "%0*u,\"a\"\"b\"\n", i % 1000 == 999 ? 200000 : 20, (unsigned)i);
    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f.csv"), mig_input_text(ctx, mig_buf_str(&text)), &list);
    before = mig_arena_bytes(ctx);
    for (i = 0; mig_csv_next(ctx, csv, &record); i++) {
        if (i == 998)
            CHECK_INT(mig_arena_bytes(ctx), before);
        n +=
            record.n == 2 && record.fields[0].text.n == (i % 1000 == 999 ? 200000u : 20u) &&
            (size_t)strtoul(record.fields[0].text.p + record.fields[0].text.n - 5, NULL, 10) == i &&
            mig_str_is(record.fields[1].text, "a\"b");
        memset(mig_alloc(ctx, 100000), '?', 100000);
    }
    CHECK_INT(n, 3000);
    CHECK(mig_arena_bytes(ctx) < before + 1024 * 1024);
    unit_free(ctx);
}

static void files_fail(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    size_t reads;
    mig_csv *csv;

    memset(&list, 0, sizeof list);
    for (reads = 0; reads < 3; reads++) {
        unit_file_set(ctx, MIG_STR("a,b\n1,2\n"), 4);
        unit_file_fail_behind(reads);
        csv = mig_csv_open(ctx, MIG_STR("f"),
                           mig_input_file(ctx, MIG_STR("/d"), MIG_STR("f"), NULL), &list);
        CHECK(!mig_csv_next(ctx, csv, &record) && !mig_csv_broken(csv));
        CHECK_ERROR(ctx, MIG_E_FILE, "the disk is gone");
    }
    CHECK_INT(list.total, 0);
    unit_free(ctx);
}

static void check_plain(const char *text, bool plain, uint64_t head) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    mig_csv_record record;
    mig_csv *csv;

    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f"), mig_input_text(ctx, mig_str_of(text)), &list);
    while (mig_csv_next(ctx, csv, &record))
        ;
    CHECK_STR(mig_str_of(text), mig_csv_is_plain(csv) == plain ? text : "not as expected");
    if (plain)
        CHECK_INT(mig_csv_head(csv), head);
    unit_free(ctx);
}

/* What another reader of CSV would take for the same records. */
static void plain_ones(void) {
    check_plain("a,b\n1,2\n", true, 4);
    check_plain("a,b\n1,2", true, 4);
    check_plain("a,b\r\n1,2\r\n", true, 5);
    check_plain("a,b\r1,2\r", true, 4);
    check_plain("\"a\nc\",b\n\"\r\",\"\r\n\n\"\n", true, 8);
    check_plain("a,b\n,\n\"\",1\n1,\\.\n", true, 4);
    check_plain("\xEF\xBB\xBF"
                "a,b\n1,2\n",
                true, 4);
    check_plain("a\n\"\"\n", true, 2);
    check_plain("a,b\n1,2\r\n", false, 0);
    check_plain("a,b\n1,2\r3,4\n", false, 0);
    check_plain("a,b\r\n1,2\r", false, 0);
    check_plain("\na,b\n1,2\n", false, 0);
    check_plain("a,b\n\n1,2\n", false, 0);
    check_plain("a,b\n1,2\n\n", false, 0);
    check_plain("a\n\n1\n", false, 0);
    check_plain("a,b\n\\.,2\n", false, 0);
    check_plain("a\n\\.\n1\n", false, 0);
    check_plain("a,b\n1\",2\n1,2\n", false, 0);
    check_plain("a,b", false, 0);
    check_plain("", false, 0);
}

static bool work(mig_ctx *ctx, void *arg) {
    mig_complaints list;
    mig_csv_record record;
    size_t n = 0;
    mig_csv *csv;

    memset(&list, 0, sizeof list);
    csv = mig_csv_open(ctx, MIG_STR("f"), mig_input_text(ctx, *(mig_str *)arg), &list);
    if (csv == NULL)
        return false;
    while (mig_csv_next(ctx, csv, &record))
        n += record.n;
    return mig_ctx_error(ctx) == NULL && CHECK_INT(n, 5) && CHECK_INT(list.total, 2);
}

int main(void) {
    static char bytes[3 * MIG_INPUT_CHUNK];
    mig_str text = {bytes, sizeof bytes};

    records();
    quotes();
    one_column();
    faults();
    hints();
    bad_bytes();
    places_of_fields();
    plain_ones();
    bounds();
    records_are_bounded();
    memory();
    files_fail();
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "a,b\n1\",2\n1,2,", 13);
    memcpy(bytes + sizeof bytes - 4, "\n\"a\"", 4);
    bytes[sizeof bytes - 1] = 'b';
    CHECK(unit_torture(work, &text) > 3);
    return unit_end("csv");
}
