/*
 * test_dataset.c: rows of YAML, JSON and CSV, the header, and every complaint.
 *
 * A data set is shown as text: "users(...)" begins a table, with its columns for CSV; then a line a
 * row, "2@5: name=text(x)", the number, the line, and each cell with its kind. Complaints follow,
 * "! line:column text | hint".
 */
#include "dataset.h"

#include <string.h>

#include "csv.h"
#include "unit.h"

static void cell_show(mig_buf *buf, const mig_cell *cell) {
    static const char *const kinds[] = {"null", "bool", "number", "text",    "binary",
                                        "list", "map",  "ref",    "password"};
    size_t i;

    mig_buf_addf(buf, " %.*s=%s", MIG_FMT(cell->column), kinds[cell->kind]);
    if (cell->kind != MIG_CELL_NULL && cell->kind != MIG_CELL_REF)
        mig_buf_addf(buf, "(%.*s)", MIG_FMT(cell->text));
    if (cell->kind != MIG_CELL_REF)
        return;
    mig_buf_addf(buf, "(%.*s.%.*s:", MIG_FMT(cell->ref->table), MIG_FMT(cell->ref->column));
    for (i = 0; i < cell->ref->n_where; i++)
        cell_show(buf, &cell->ref->where[i]);
    mig_buf_add_char(buf, ')');
}

static void item_show(mig_buf *buf, mig_item item, const mig_row *row) {
    size_t i;

    if (item == MIG_ITEM_TABLE)
        mig_buf_addf(buf, "%.*s@%d", MIG_FMT(row->table), row->line);
    else
        mig_buf_addf(buf, "%d@%d:", (int)row->number, row->line);
    for (i = 0; i < row->n && item == MIG_ITEM_TABLE; i++)
        mig_buf_addf(buf, " %.*s", MIG_FMT(row->cells[i].column));
    for (i = 0; i < row->n && item == MIG_ITEM_ROW; i++)
        cell_show(buf, &row->cells[i]);
    mig_buf_add_char(buf, '\n');
}

static void complaints_show(mig_buf *buf, const mig_complaints *list) {
    size_t i;

    for (i = 0; i < list->n; i++) {
        const mig_complaint *complaint = &list->items[i];

        mig_buf_addf(buf, "! %d:%d %.*s", complaint->line, complaint->column,
                     MIG_FMT(complaint->text));
        if (complaint->hint.n > 0)
            mig_buf_addf(buf, " | %.*s", MIG_FMT(complaint->hint));
        mig_buf_add_char(buf, '\n');
    }
}

#define SHOWN 8192

/* The data set as text, in memory that was there before it was opened. */
static mig_str dataset_show(mig_ctx *ctx, mig_format format, mig_str text) {
    char *shown = mig_alloc(ctx, SHOWN);
    mig_complaints list = {NULL, 0, 0, 0};
    mig_item item = MIG_ITEM_END;
    mig_dataset *dataset =
        mig_dataset_open(ctx, format, MIG_STR("f"), mig_input_text(ctx, text), MIG_STR("t"), &list);
    size_t n = 0;
    mig_buf buf;
    mig_row row;

    if (dataset == NULL || shown == NULL)
        return (mig_str){NULL, 0};
    do {
        if (!mig_dataset_next(ctx, dataset, &item, &row))
            return (mig_str){NULL, 0};
        buf = mig_buf_new(ctx);
        if (item != MIG_ITEM_END)
            item_show(&buf, item, &row);
        else
            complaints_show(&buf, &list);
        if (mig_ctx_error(ctx) != NULL || buf.n > SHOWN - n)
            return (mig_str){NULL, 0};
        if (buf.n > 0)
            memcpy(shown + n, buf.p, buf.n);
        n += buf.n;
    } while (item != MIG_ITEM_END);
    CHECK(mig_dataset_next(ctx, dataset, &item, &row) && item == MIG_ITEM_END);
    CHECK(!mig_dataset_broken(dataset) || list.n > 0);
    mig_dataset_close(ctx, dataset);
    return (mig_str){shown, n};
}

typedef struct golden {
    const char *text, *shown;
} golden;

static void golden_check(mig_format format, const golden *cases, size_t n) {
    size_t i;

    for (i = 0; i < n; i++) {
        mig_ctx *ctx = unit_ctx();

        CHECK_STR(dataset_show(ctx, format, mig_str_of(cases[i].text)), cases[i].shown);
        unit_free(ctx);
    }
}

#define GOLDEN(format, cases) golden_check((format), (cases), sizeof(cases) / sizeof *(cases))

#define REF_HINT " | Write {ref: {table: users, where: {username: admin}, column: id}}.\n"
#define STRAY_HINT                                                                                 \
    " | A password that is to be hashed is a map with this one key, directly as the value of a "   \
    "column: {password: \"...\"}. JSON with such a key, to be stored as it is, is written as one " \
    "text in quotes.\n"
#define PASSWORD_HINT " | Write {password: \"...\"}.\n"

/* ---- cells ------------------------------------------------------------------------------- */

static void scalars(void) {
    static const golden cases[] = {
        {"t:\n- {a: NO, b: yes, c: true, d: 0005, e: ~, f: , g: '', h: 2024-02-06, i: 12:30:00}\n",
         "t@1\n1@2: a=text(NO) b=text(yes) c=bool(true) d=number(0005) e=null f=null g=text() "
         "h=text(2024-02-06) i=text(12:30:00)\n"},
        {"t:\n- a: 9007199254740993\n  b: 9223372036854775808\n  c: 0.1000\n  d: 1e3\n  e: 0x10\n"
         "  f: 0o7\n  g: .inf\n  h: -.inf\n  i: .nan\n",
         "t@1\n1@2: a=number(9007199254740993) b=number(9223372036854775808) c=number(0.1000) "
         "d=number(1e3) e=number(16) f=number(7) g=number(Infinity) h=number(-Infinity) "
         "i=number(NaN)\n"},
        {"t:\n- a: |\n    one\n    two\n  b: !!binary aGk=\n  c: false\n",
         "t@1\n1@2: a=text(one\ntwo\n) b=binary(hi) c=bool(false)\n"},
        {"t: []\nu: [{a: 1}, {b: 2}]\n", "t@1\nu@2\n1@2: a=number(1)\n2@2: b=number(2)\n"},
        {"_seed: {name: x, what: [1, {a: b}]}\nt: [{a: 1}]\n_seed: 5\n", "t@2\n1@2: a=number(1)\n"},
        {"t:\n- &r {a: 1}\n- *r\n- a: &l [1, 2]\n  b: *l\n",
         "t@1\n1@2: a=number(1)\n2@3: a=number(1)\n3@4: a=list([1,2]) b=list([1,2])\n"},
        {"_seed: {name: only}\n", ""},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

static void lists_and_maps(void) {
    static const golden cases[] = {
        {"t:\n- a: []\n  b: {}\n  c: [[], {}, [[1]]]\n",
         "t@1\n1@2: a=list([]) b=map({}) c=list([[],{},[[1]]])\n"},
        {"t:\n- a: [1, +2, 007, -0.50, .5, -.5, 1., 1.e3, 0, 00, 0x1F, .inf, .nan, "
         "12345678901234567890]\n",
         "t@1\n1@2: a=list([1,2,7,-0.50,0.5,-0.5,1,1e3,0,0,31,\"Infinity\",\"NaN\","
         "12345678901234567890])\n"},
        {"t:\n- a: [true, false, ~, NO, \"q\\\"\\\\\\n\\x01\", 'é']\n",
         "t@1\n1@2: a=list([true,false,null,\"NO\",\"q\\\"\\\\\\n\\u0001\",\"é\"])\n"},
        {"t:\n- a: {k: v, 'x y': [1, {z: ~}], ref: {table: t}}\n",
         "t@1\n1@2: a=map({\"k\":\"v\",\"x y\":[1,{\"z\":null}],\"ref\":{\"table\":\"t\"}})\n"},
        {"t:\n- a: [{ref: {table: t}}]\n  b: {ref: x, other: 1}\n",
         "t@1\n1@2: a=list([{\"ref\":{\"table\":\"t\"}}]) b=map({\"ref\":\"x\",\"other\":1})\n"},
        {"t:\n- a: [password, {passwords: x}]\n  b: {field: password}\n  c: '{\"password\": "
         "\"x\"}'\n",
         "t@1\n1@2: a=list([\"password\",{\"passwords\":\"x\"}]) b=map({\"field\":\"password\"}) "
         "c=text({\"password\": \"x\"})\n"},
        {"t:\n- a: {k: 1, k: 2}\n- a: {k: {l: 1}, l: {l: 2}}\n- a: [{m: 1, m: 2}]\n- a: [!!binary "
         "aGk=]\n",
         "t@1\n2@3: a=map({\"k\":{\"l\":1},\"l\":{\"l\":2}})\n"
         "! 2:13 table \"t\", row 1, column \"a\": the key \"k\" is given twice\n"
         "! 4:14 table \"t\", row 3, column \"a\": the key \"m\" is given twice\n"
         "! 5:7 table \"t\", row 4, column \"a\": !!binary cannot stand inside a list or map\n"},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

static void refs(void) {
    static const golden cases[] = {
        {"t:\n- a: {ref: {table: users, where: {name: x, n: 5, b: true, z: ~}, column: id}}\n  b: "
         "1\n",
         "t@1\n1@2: a=ref(users.id: name=text(x) n=number(5) b=bool(true) z=null) b=number(1)\n"},
        {"t:\n- a:\n    ref:\n      column: id\n      where:\n        code: NO\n      table: "
         "app.countries\n",
         "t@1\n1@2: a=ref(app.countries.id: code=text(NO))\n"},
        {"t:\n- a: {ref: users}\n- a: {ref: [1]}\n- a: {ref: ~}\n- {b: 1}\n",
         "t@1\n4@5: b=number(1)\n"
         "! 2:6 table \"t\", row 1, column \"a\": the ref is not a map" REF_HINT
         "! 3:6 table \"t\", row 2, column \"a\": the ref is not a map" REF_HINT
         "! 4:6 table \"t\", row 3, column \"a\": the ref is not a map" REF_HINT},
        {"t:\n- a: {ref: {}}\n- a: {ref: {table: u}}\n- a: {ref: {table: u, where: {x: 1}}}\n"
         "- a: {ref: {table: u, where: {}, column: id}}\n",
         "t@1\n"
         "! 2:6 table \"t\", row 1, column \"a\": the ref has no \"table\"" REF_HINT
         "! 3:6 table \"t\", row 2, column \"a\": the ref has no \"where\"" REF_HINT
         "! 4:6 table \"t\", row 3, column \"a\": the ref has no \"column\"" REF_HINT
         "! 5:31 table \"t\", row 4, column \"a\": \"where\" in the ref names no column" REF_HINT},
        {"t:\n- a: {ref: {table: [u], where: x, column: ''}}\n  b: {ref: {tabel: u, colum: {x: "
         "[1]}}}\n",
         "t@1\n"
         "! 2:20 table \"t\", row 1, column \"a\": \"table\" in the ref is not a name" REF_HINT
         "! 2:32 table \"t\", row 1, column \"a\": \"where\" in the ref is not a map of "
         "columns" REF_HINT
         "! 2:43 table \"t\", row 1, column \"a\": \"column\" in the ref is not a name" REF_HINT
         "! 3:13 table \"t\", row 1, column \"b\": a ref has no \"tabel\"" REF_HINT
         "! 3:23 table \"t\", row 1, column \"b\": a ref has no \"colum\"" REF_HINT},
        {"t:\n- a: {ref: {table: u, where: {x: [1], y: {z: 1}, y: 2, '': 3}, table: v, column: "
         "id}, more: 1}\n",
         "t@1\n"
         "! 2:34 table \"t\", row 1, column \"a\": a value of \"where\" in the ref is not a text, "
         "number, "
         "boolean or null" REF_HINT "! 2:42 table \"t\", row 1, column \"a\": a value of \"where\" "
         "in the ref is not a text, number, "
         "boolean or null" REF_HINT "! 2:50 table \"t\", row 1, column \"a\": a column of "
         "\"where\" in the ref is given twice" REF_HINT
         "! 2:56 table \"t\", row 1, column \"a\": a column of \"where\" in the ref has no proper "
         "name" REF_HINT
         "! 2:64 table \"t\", row 1, column \"a\": the key \"table\" is given twice\n"
         "! 2:87 table \"t\", row 1, column \"a\": a map with a ref has no other key" REF_HINT},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

static void passwords(void) {
    static const golden cases[] = {
        {"t:\n- pw: {password: 's3cret'}\n  b: 1\n- pw: {password: \"0005\"}\n",
         "t@1\n1@2: pw=password(s3cret) b=number(1)\n2@4: pw=password(0005)\n"},
        {"t:\n- pw: {password: 12345}\n- pw: {password: ''}\n- pw: {password: [hidden]}\n"
         "- pw: {password: ~}\n- pw: {password: !!binary aGlkZGVu}\n",
         "t@1\n"
         "! 2:7 table \"t\", row 1, column \"pw\": the password is not a text" PASSWORD_HINT
         "! 3:7 table \"t\", row 2, column \"pw\": the password is empty" PASSWORD_HINT
         "! 4:7 table \"t\", row 3, column \"pw\": the password is not a text" PASSWORD_HINT
         "! 5:7 table \"t\", row 4, column \"pw\": the password is not a text" PASSWORD_HINT
         "! 6:18 table \"t\", row 5, column \"pw\": !!binary cannot stand inside a list or map\n"
         "! 6:7 table \"t\", row 5, column \"pw\": the password is not a text" PASSWORD_HINT},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

/* Where a password would be stored as it is. */
static void passwords_astray(void) {
    static const golden cases[] = {
        {"t:\n- a: {password: x, scheme: y}\n- a: {scheme: y, password: x}\n- a: {Password: x}\n",
         "t@1\n"
         "! 2:20 table \"t\", row 1, column \"a\": the key \"password\" stands beside another "
         "key" STRAY_HINT "! 3:18 table \"t\", row 2, column \"a\": the key \"password\" stands "
         "beside another key" STRAY_HINT
         "! 4:7 table \"t\", row 3, column \"a\": the key \"Password\" must be written in small "
         "letters" STRAY_HINT},
        {"t:\n- a: [{password: x}]\n- a: {b: {password: x}}\n- a: {password: {password: x}}\n"
         "- a: [1, [{b: {PASSWORD: [x]}}]]\n- a: {password: x}\n",
         "t@1\n5@6: a=password(x)\n"
         "! 2:8 table \"t\", row 1, column \"a\": the key \"password\" stands inside a list or "
         "map" STRAY_HINT "! 3:11 table \"t\", row 2, column \"a\": the key \"password\" stands "
         "inside a list or map" STRAY_HINT
         "! 4:18 table \"t\", row 3, column \"a\": the key \"password\" stands inside a list or "
         "map" STRAY_HINT
         "! 4:6 table \"t\", row 3, column \"a\": the password is not a text" PASSWORD_HINT
         "! 5:16 table \"t\", row 4, column \"a\": the key \"PASSWORD\" stands inside a list or "
         "map" STRAY_HINT},
        {"t:\n- a: &p {password: x}\n- a: *p\n- a: [*p]\n",
         "t@1\n1@2: a=password(x)\n2@3: a=password(x)\n"
         "! 4:7 table \"t\", row 3, column \"a\": the key \"password\" stands inside a list or "
         "map" STRAY_HINT},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

/* A text that is kept in a table holds no password. */
static void passwords_stored(void) {
    const mig_str text = MIG_STR("{\"t\": [{\"a\": 1},\n {\"p\": {\"password\": \"hidden\"}}]}");
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = {NULL, 0, 0, 0};
    mig_buf buf = mig_buf_new(ctx);
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    CHECK(mig_dataset_survey(ctx, MIG_FORMAT_JSON, MIG_STR("f"), mig_input_text(ctx, text),
                             MIG_STR("t"), true, &header, &tables, &n, &list));
    complaints_show(&buf, &list);
    CHECK_STR(
        mig_buf_str(&buf),
        "! 2:8 table \"t\", row 2, column \"p\": a password cannot stand in a text that is "
        "stored | Load the seed from a directory with migrate_seed_load, which stores no data, "
        "or make it an SQL seed with a secret parameter.\n");
    unit_free(ctx);
}

/* ---- tables and rows --------------------------------------------------------------------- */

static void rows(void) {
    static const golden cases[] = {
        {"t:\n- {a: 1, a: 2, b: 3}\n- {}\n- 5\n- [1, [2]]\n- ~\n- {'': 1}\n- {\"x\\ny\": 1}\n- {a: "
         "1}\n",
         "t@1\n8@9: a=number(1)\n"
         "! 2:10 table \"t\", row 1: column \"a\" is given twice\n"
         "! 3:3 table \"t\", row 2: the row is empty | Give it columns, or take it out.\n"
         "! 4:3 table \"t\", row 3: the row is not a map of columns\n"
         "! 5:3 table \"t\", row 4: the row is not a map of columns\n"
         "! 6:3 table \"t\", row 5: the row is not a map of columns\n"
         "! 7:4 table \"t\", row 6: the name of a column is empty\n"
         "! 8:4 table \"t\", row 7: the name of a column holds a control character\n"},
        {"t: [{a: 1}]\nu: {a: 1}\nv:\nw: x\nt: [{a: 2}]\n\"x\\ty\": [{a: 3}]\n'': []\nz: [{a: "
         "4}]\n",
         "t@1\n1@1: a=number(1)\nz@8\n1@8: a=number(4)\n"
         "! 2:4 table \"u\" is not a list of rows | Each row begins with \"- \"; a table without "
         "rows is "
         "[].\n"
         "! 3:3 table \"v\" is not a list of rows | Each row begins with \"- \"; a table without "
         "rows is "
         "[].\n"
         "! 4:4 table \"w\" is not a list of rows | Each row begins with \"- \"; a table without "
         "rows is "
         "[].\n"
         "! 5:1 table \"t\" is given twice | Put its rows into one list.\n"
         "! 6:1 the name of a table holds a control character\n"
         "! 7:1 the name of a table is empty\n"},
        {"t:\n- {a: 1}\n- {a: [}\n",
         "t@1\n1@2: a=number(1)\n! 3:8 cannot be read as YAML: did not find expected node content "
         "while parsing a flow node\n"},
        {"t: [{a: *x}]\n",
         "t@1\n! 1:9 cannot be read as YAML: the alias \"x\" has no anchor before it\n"},
        {"t: []\n--- \n", "t@1\n! 2:1 cannot be read as YAML: a second document; one is read\n"},
        {"", "! 0:0 the file is empty | Write: table: [ {column: value}, ... ].\n"},
        {"# remark\n", "! 0:0 the file is empty | Write: table: [ {column: value}, ... ].\n"},
        {"---\n",
         "! 2:1 the file is not a map of tables | Write: table: [ {column: value}, ... ].\n"},
        {"- a\n",
         "! 1:1 the file is not a map of tables | Write: table: [ {column: value}, ... ].\n"},
        {"text\n",
         "! 1:1 the file is not a map of tables | Write: table: [ {column: value}, ... ].\n"},
    };

    GOLDEN(MIG_FORMAT_YAML, cases);
}

static void json(void) {
    static const golden cases[] = {
        {"{\"t\": [{\"a\": 1.50, \"b\": \"x\", \"c\": null, \"d\": true, \"e\": [1, {\"f\": "
         "\"\\u00e9\"}],\n"
         " \"r\": {\"ref\": {\"table\": \"u\", \"where\": {\"n\": 1}, \"column\": \"id\"}},\n"
         " \"p\": {\"password\": \"x\"}}], \"_seed\": {\"name\": [1]}, \"u\": []}",
         "t@1\n1@1: a=number(1.50) b=text(x) c=null d=bool(true) e=list([1,{\"f\":\"é\"}]) "
         "r=ref(u.id: n=number(1)) p=password(x)\nu@3\n"},
        {"{\"t\": [{\"a\": 1, \"a\": 2}, {\"b\": {\"x\": 1, \"x\": 2}}, {\"c\": 3}]}",
         "t@1\n3@1: c=number(3)\n"
         "! 1:17 table \"t\", row 1: column \"a\" is given twice\n"
         "! 1:41 table \"t\", row 2, column \"b\": the key \"x\" is given twice\n"},
        {"{\"t\": [{\"a\": 1},]}",
         "t@1\n1@1: a=number(1)\n! 1:17 cannot be read as JSON: a value is missing\n"},
        {"{\"t\": []} x", "t@1\n! 1:11 cannot be read as JSON: something follows the value\n"},
        {"[]",
         "! 1:1 the file is not a map of tables | Write: {\"table\": [ {\"column\": value}, ... "
         "]}.\n"},
        {"{}", ""},
    };

    GOLDEN(MIG_FORMAT_JSON, cases);
}

static void csv(void) {
    static const golden cases[] = {
        {"id,name,\"no,te\"\n1,NO,\n2,\"\",\"a\nb\"\n3, x ,0005\n",
         "t@1 id name no,te\n1@2: id=text(1) name=text(NO) no,te=null\n"
         "2@3: id=text(2) name=text() no,te=text(a\nb)\n3@5: id=text(3) name=text( x ) "
         "no,te=text(0005)\n"},
        {"id,name\n", "t@1 id name\n"},
        {"a\n1\n\n\"\"\n2", "t@1 a\n1@2: a=text(1)\n2@3: a=null\n3@4: a=text()\n4@5: a=text(2)\n"},
        {"a,b\n1\n1,2\n1,2,3\n", "t@1 a b\n2@3: a=text(1) b=text(2)\n"
                                 "! 2:1 row 1: expected 2 fields, found 1\n"
                                 "! 4:1 row 3: expected 2 fields, found 3\n"},
        {"a\n1,2\n", "t@1 a\n! 2:1 row 1: expected 1 field, found 2\n"},
        {"id,id,,\"x\ty\"\n1,2,3,4\n",
         "! 1:4 column \"id\" is given twice\n"
         "! 1:7 the name of column 3 is empty | The first record of a CSV file names its columns.\n"
         "! 1:8 the name of column 4 holds a control character | The first record of a CSV file "
         "names "
         "its columns.\n"},
        {"", "! 0:0 the file is empty | The first record of a CSV file names its columns.\n"},
        {"\xEF\xBB\xBFid\n1\n", "t@1 id\n1@2: id=text(1)\n"},
    };
    mig_ctx *ctx = unit_ctx();

    GOLDEN(MIG_FORMAT_CSV, cases);
    CHECK(mig_str_starts(dataset_show(ctx, MIG_FORMAT_CSV, MIG_STR("a,b\n1,2\n3,\"4\n")),
                         MIG_STR("t@1 a b\n1@2: a=text(1) b=text(2)\n! 3:3 ")));
    CHECK(mig_dataset_open(ctx, MIG_FORMAT_SQL, MIG_STR("f"), mig_input_text(ctx, MIG_STR("")),
                           MIG_STR("t"), NULL) == NULL);
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "an SQL seed is not a data set");
    unit_free(ctx);
}

/* ---- the header -------------------------------------------------------------------------- */

static void list_show(mig_buf *buf, const char *name, const mig_list *list) {
    size_t i;

    if (list->n > 0)
        mig_buf_addf(buf, " %s", name);
    for (i = 0; i < list->n; i++)
        mig_buf_addf(buf, "%s%.*s", i == 0 ? "=" : ",", MIG_FMT(list->items[i]));
}

static void columns_show(mig_buf *buf, const char *name, const mig_seed_column_lists *lists) {
    size_t i;

    for (i = 0; i < lists->n; i++) {
        mig_buf_addf(buf, " %s(%.*s)", name, MIG_FMT(lists->items[i].table));
        mig_buf_add_char(buf, '=');
        mig_buf_add(buf, mig_str_join(buf->ctx, lists->items[i].columns.items,
                                      lists->items[i].columns.n, ","));
    }
}

static mig_str survey_show(mig_ctx *ctx, mig_format format, mig_str text) {
    mig_buf buf = mig_buf_new(ctx);
    mig_complaints list = {NULL, 0, 0, 0};
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    if (!mig_dataset_survey(ctx, format, MIG_STR("f"), mig_input_text(ctx, text), MIG_STR("t"),
                            false, &header, &tables, &n, &list))
        return (mig_str){NULL, 0};
    mig_buf_addf(&buf, "%d rows", (int)n);
    list_show(&buf, "tables", &tables);
    if (header.given)
        mig_buf_addf(&buf, " @%d %s", header.line, mig_seed_mode_name(header.mode));
    if (header.name.n > 0)
        mig_buf_addf(&buf, " name=%.*s", MIG_FMT(header.name));
    if (header.table.n > 0)
        mig_buf_addf(&buf, " table=%.*s", MIG_FMT(header.table));
    list_show(&buf, "profiles", &header.profiles);
    list_show(&buf, "depends_on", &header.depends_on);
    list_show(&buf, "requires", &header.requires);
    columns_show(&buf, "key", &header.key);
    columns_show(&buf, "insert_only", &header.insert_only);
    mig_buf_add_char(&buf, '\n');
    complaints_show(&buf, &list);
    return mig_buf_str(&buf);
}

static void survey_check(mig_format format, const golden *cases, size_t n) {
    size_t i;

    for (i = 0; i < n; i++) {
        mig_ctx *ctx = unit_ctx();

        CHECK_STR(survey_show(ctx, format, mig_str_of(cases[i].text)), cases[i].shown);
        unit_free(ctx);
    }
}

#define SURVEY(format, cases) survey_check((format), (cases), sizeof(cases) / sizeof *(cases))

static void headers(void) {
    static const golden cases[] = {
        {"_seed:\n  name: users\n  profiles: [dev, full]\n  depends_on: countries, cities\n"
         "  requires: 27c6a30d7c24\n  key: email\n  mode: update\n  insert_only: [hash, 'first "
         "name']\n"
         "users: [{a: 1}, {a: 2}]\ntrips: [{a: 1}]\nnone: []\n",
         "3 rows tables=users,trips,none @1 update name=users profiles=dev,full "
         "depends_on=countries,cities requires=27c6a30d7c24 key()=email insert_only()=hash,first "
         "name\n"},
        {"t: [{a: 1}]\n_seed:\n  key: {t: 'id, first name', u: [a]}\n  insert_only:\n    u: x\n  "
         "mode: sync\n"
         "  requires: [123456789012, b2]\nu: []\n",
         "1 rows tables=t,u @2 sync requires=123456789012,b2 key(t)=id,first name key(u)=a "
         "insert_only(u)=x\n"},
        {"_seed: {table: app.countries, key: code, profiles: 'a a,b'}\n",
         "0 rows @1 insert table=app.countries profiles=a,b key()=code\n"},
        {"_seed: {name: , profiles: , key: ~, mode: ~, table: ~, insert_only: []}\nt: []\n",
         "0 rows tables=t @1 insert\n"},
        {"_seed: {}\n", "0 rows @1 insert\n"},
        {"t: [{a: 1}, {a: 1, a: 2}, 5]\n",
         "1 rows tables=t\n! 1:20 table \"t\", row 2: column \"a\" is given twice\n"
         "! 1:27 table \"t\", row 3: the row is not a map of columns\n"},
    };

    SURVEY(MIG_FORMAT_YAML, cases);
}

static void header_faults(void) {
    static const golden cases[] = {
        {"_seed: {profils: a, Mode: sync, dependson: x, colour: {a: [1]}, name: good}\nt: []\n",
         "0 rows tables=t @1 insert name=good\n"
         "! 1:9 _seed: unknown key \"profils\" | Perhaps \"profiles\" is meant.\n"
         "! 1:21 _seed: unknown key \"Mode\" | Perhaps \"mode\" is meant.\n"
         "! 1:33 _seed: unknown key \"dependson\" | Perhaps \"depends_on\" is meant.\n"
         "! 1:47 _seed: unknown key \"colour\" | The keys of _seed are name, profiles, depends_on, "
         "requires, key, mode, insert_only and table.\n"},
        {"_seed: {name: [a], profiles: {a: 1}, depends_on: [b, [c], {d: 1}, ~], mode: true, key: "
         "1.5,\n"
         " insert_only: {t: {a: 1}, u: x}, table: {}}\nt: []\n",
         "0 rows tables=t @1 insert depends_on=b key()=1.5 insert_only(u)=x\n"
         "! 1:15 _seed: \"name\" is not a text\n"
         "! 1:30 _seed: \"profiles\" is not a text or a list of texts\n"
         "! 1:54 _seed: \"depends_on\" is not a list of texts\n"
         "! 1:59 _seed: \"depends_on\" is not a list of texts\n"
         "! 1:67 _seed: \"depends_on\" is not a list of texts\n"
         "! 1:77 _seed: \"mode\" is not a text\n"
         "! 2:19 _seed: \"insert_only\" is not a text or a list of texts\n"
         "! 2:41 _seed: \"table\" is not a text\n"
         "! 1:1 _seed: \"insert_only\" names table \"u\", which is not in the file\n"},
        {"_seed: {name: 'a b', profiles: ['*', ''], depends_on: 'x/y z', mode: upsert, key: "
         "'a,,b',\n"
         " table: \"x\\ny\"}\nt: []\n",
         "0 rows tables=t @1 insert depends_on=z key()=a,b\n"
         "! 1:15 _seed: \"a b\" cannot stand in \"name\": only letters A-Z, digits, \"_\", \".\" "
         "and \"-\" "
         "are allowed\n"
         "! 1:33 _seed: \"*\" cannot stand in \"profiles\": it stands for all profiles\n"
         "! 1:38 _seed: a name in \"profiles\" is empty\n"
         "! 1:55 _seed: \"x/y\" cannot stand in \"depends_on\": only letters A-Z, digits, \"_\", "
         "\".\" "
         "and \"-\" are allowed\n"
         "! 1:70 _seed: \"upsert\" cannot stand in \"mode\": it is insert, update or sync\n"
         "! 1:83 _seed: a name in \"key\" is empty\n"
         "! 2:9 _seed: \"table\" holds a control character\n"},
        {"_seed: {name: a, name: [b]}\n_seed: {name: c}\nt: []\n",
         "0 rows tables=t @1 insert name=a\n"
         "! 1:18 _seed: the key \"name\" is given twice\n"
         "! 2:1 _seed is given twice\n"},
        {"_seed: [a]\nt: [{a: 1}]\n", "1 rows tables=t\n! 1:8 _seed is not a map\n"},
        {"_seed: {key: {user: a, users: b, '': c, users: d}, table: x}\nusers: []\n",
         "0 rows tables=users @1 insert table=x key(user)=a key(users)=b key()=c key(users)=d\n"
         "! 1:34 _seed: a table in \"key\" is empty\n"
         "! 1:41 _seed: \"users\" cannot stand in \"key\": it is there twice\n"
         "! 1:1 _seed: \"table\" is for a file that describes a CSV file | Take it out: the tables "
         "of "
         "this file are the keys beside _seed.\n"
         "! 1:1 _seed: \"key\" names table \"user\", which is not in the file | Perhaps \"users\" "
         "is "
         "meant.\n"},
        {"{}\n", "0 rows\n! 0:0 the file has neither tables nor _seed\n"},
        {"_seed: {name: a, key: [\n",
         "0 rows @1 insert name=a\n! 2:1 cannot be read as YAML: did not find "
         "expected node content while parsing a flow node\n"},
    };

    SURVEY(MIG_FORMAT_YAML, cases);
}

static void other_surveys(void) {
    static const golden csv_cases[] = {
        {"a,b\n1,2\n3,4\n", "2 rows tables=t\n"},
        {"a,b\n1,2\n3\n", "1 rows tables=t\n! 3:1 row 2: expected 2 fields, found 1\n"},
        {"", "0 rows tables=t\n! 0:0 the file is empty | The first record of a CSV file names its "
             "columns.\n"},
    };
    static const golden json_cases[] = {
        {"{\"_seed\": {\"name\": \"a\", \"key\": {\"t\": [\"x\"]}}, \"t\": [{\"x\": 1}]}",
         "1 rows tables=t @1 insert name=a key(t)=x\n"},
    };

    SURVEY(MIG_FORMAT_CSV, csv_cases);
    SURVEY(MIG_FORMAT_JSON, json_cases);
}

/* ---- bounds and memory ------------------------------------------------------------------- */

static mig_str numbered(mig_ctx *ctx, const char *before, const char *item, int n,
                        const char *behind) {
    mig_buf buf = mig_buf_new(ctx);
    int i;

    mig_buf_add_z(&buf, before);
    for (i = 0; i < n; i++)
        mig_buf_addf(&buf, "%s%d%s", item, i, behind);
    return mig_buf_str(&buf);
}

/* The first complaint of a survey; its code too. */
static void bound_check(mig_ctx *ctx, mig_format format, mig_str text, mig_code code,
                        const char *complaint) {
    mig_complaints list = {NULL, 0, 0, 0};
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    CHECK(mig_dataset_survey(ctx, format, MIG_STR("f"), mig_input_text(ctx, text), MIG_STR("t"),
                             false, &header, &tables, &n, &list));
    if (!CHECK(list.n > 0))
        return;
    CHECK_INT(list.items[0].code, code);
    CHECK_STR(list.items[0].text, complaint);
}

static void bounds(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str text = numbered(ctx, "t:\n- {", "c", MIG_MAX_FIELDS, ": 1, ");
    mig_str shown;

    shown = survey_show(ctx, MIG_FORMAT_YAML, numbered(ctx, text.p, "}\nu", 1, ": []\n"));
    CHECK_STR(shown, "1 rows tables=t,u0\n");
    bound_check(ctx, MIG_FORMAT_YAML, numbered(ctx, text.p, "x", 1, ": 1}\n"), MIG_E_LIMIT,
                "table \"t\", row 1: more than 1600 columns");
    bound_check(ctx, MIG_FORMAT_YAML,
                numbered(ctx, "t:\n- {a: {ref: {where: {", "c", MIG_MAX_FIELDS + 1, ": 1, "),
                MIG_E_LIMIT, "table \"t\", row 1, column \"a\": a ref of more than 1600 columns");
    bound_check(ctx, MIG_FORMAT_YAML, numbered(ctx, "_seed: {profiles: [", "p", 1001, ","),
                MIG_E_SYNTAX,
                "_seed: \"p1000\" cannot stand in \"profiles\": there are 1000 already");
    bound_check(ctx, MIG_FORMAT_YAML, numbered(ctx, "t: [{a: ", "[", 70, ","), MIG_E_LIMIT,
                "cannot be read as YAML: nested more than 64 levels deep");
    bound_check(ctx, MIG_FORMAT_JSON, numbered(ctx, "{\"t\": [{\"a\": [", "", 3, ",["),
                MIG_E_SYNTAX, "cannot be read as JSON: a value is missing");
    unit_free(ctx);
}

/* However many rows and tables there are, what is alive is one row, and the names of the tables. */
static void streaming(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str yaml = numbered(ctx, "t:\n", "- {a: ", 20000, ", b: [1, {c: text}]}\n");
    mig_str csv_text = numbered(ctx, "a,b\n", "", 20000, ",x\n");
    mig_str many = numbered(ctx, "", "t", 1000, ": [{a: 1}]\n");
    mig_complaints list = {NULL, 0, 0, 0};
    size_t before = mig_arena_bytes(ctx);
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    CHECK(mig_dataset_survey(ctx, MIG_FORMAT_YAML, MIG_STR("f"), mig_input_text(ctx, yaml),
                             MIG_STR(""), false, &header, &tables, &n, &list));
    CHECK_INT(n, 20000);
    CHECK(mig_arena_bytes(ctx) - before < 100 * 1024);
    CHECK(mig_dataset_survey(ctx, MIG_FORMAT_CSV, MIG_STR("f"), mig_input_text(ctx, csv_text),
                             MIG_STR("t"), false, &header, &tables, &n, &list));
    CHECK_INT(n, 20000);
    CHECK(mig_arena_bytes(ctx) - before < 400 * 1024);
    CHECK(mig_dataset_survey(ctx, MIG_FORMAT_YAML, MIG_STR("f"), mig_input_text(ctx, many),
                             MIG_STR(""), false, &header, &tables, &n, &list));
    CHECK_INT(n, 1000);
    CHECK_INT(tables.n, 1000);
    CHECK_STR(tables.items[999], "t999");
    CHECK_INT(list.total, 0);
    unit_free(ctx);
}

/* What is allocated between two items is given back; what was there before stays. */
static void released(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str early = mig_str_copy(ctx, MIG_STR("early")), name;
    mig_complaints list = {NULL, 0, 0, 0};
    mig_dataset *dataset = mig_dataset_open(
        ctx, MIG_FORMAT_YAML, MIG_STR("f"),
        mig_input_text(ctx, MIG_STR("t: [{a: 1}, {a: 2, a: 3}, {b: 4}]")), MIG_STR(""), &list);
    size_t bytes = 0;
    mig_item item;
    mig_row row;
    int i;

    CHECK(mig_dataset_next(ctx, dataset, &item, &row) && item == MIG_ITEM_TABLE);
    name = row.table;
    for (i = 0; i < 2; i++) {
        CHECK(mig_dataset_next(ctx, dataset, &item, &row) && item == MIG_ITEM_ROW);
        CHECK(i == 0 || mig_arena_bytes(ctx) < bytes + 100000);
        bytes = mig_arena_bytes(ctx);
        CHECK(mig_alloc_zero(ctx, 1, 100000) != NULL);
    }
    CHECK_STR(row.cells[0].column, "b");
    CHECK_STR(name, "t");
    CHECK_STR(early, "early");
    CHECK_STR(list.items[0].text, "table \"t\", row 2: column \"a\" is given twice");
    mig_dataset_close(ctx, dataset);
    mig_dataset_close(ctx, NULL);
    unit_free(ctx);
}

static bool cancel(mig_ctx *ctx) {
    return mig_fail(ctx, MIG_E_INTERRUPT, "cancelled");
}

/* A survey looks now and then whether it is still wanted. */
static void cancelled(void) {
    mig_ctx *ctx = unit_ctx();
    mig_str csv_text = numbered(ctx, "a,b\n", "", 10000, ",x\n");
    mig_complaints list = {NULL, 0, 0, 0};
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    mig_ctx_host(ctx)->interrupted = cancel;
    CHECK(!mig_dataset_survey(ctx, MIG_FORMAT_CSV, MIG_STR("f"), mig_input_text(ctx, csv_text),
                              MIG_STR("t"), false, &header, &tables, &n, &list));
    CHECK(n > 0 && n < 10000);
    CHECK_ERROR(ctx, MIG_E_INTERRUPT, "cancelled");
    unit_free(ctx);
}

typedef struct work {
    mig_format format;
    const char *text;
} work;

static bool survey_work(mig_ctx *ctx, void *arg) {
    const work *w = arg;
    mig_complaints list = {NULL, 0, 0, 0};
    mig_seed_header header;
    mig_list tables;
    int64_t n;

    memset(&header, 0, sizeof header);
    return mig_dataset_survey(ctx, w->format, MIG_STR("f"),
                              mig_input_text(ctx, mig_str_of(w->text)), MIG_STR("t"), false,
                              &header, &tables, &n, &list);
}

static void torture(void) {
    static work cases[] = {
        {MIG_FORMAT_YAML,
         "_seed: {name: a, key: {t: [x, y]}, profils: b}\nt:\n- &r {a: [1, {b: c}], c: 0x10}\n"
         "- *r\n- {p: {password: x}, r: {ref: {table: t, where: {a: 1}, column: c}}}\n- {}\n"},
        {MIG_FORMAT_JSON,
         "{\"t\": [{\"a\": [1, {\"b\": \"c\"}]}, {\"a\": 1, \"a\": 2}], \"u\": 5}"},
        {MIG_FORMAT_CSV, "a,b\n1,2\n3\n4,5\n"},
        {MIG_FORMAT_CSV, "a,a,\n1,2\n"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(unit_torture(survey_work, &cases[i]) > 2);
}

int main(void) {
    scalars();
    lists_and_maps();
    refs();
    passwords();
    passwords_astray();
    passwords_stored();
    rows();
    json();
    csv();
    headers();
    header_faults();
    other_surveys();
    bounds();
    streaming();
    released();
    cancelled();
    torture();
    return unit_end("dataset");
}
