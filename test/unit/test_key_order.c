/*
 * test_key_order.c: one spelling for one value, and when keys are known to ascend.
 */
#include "key_order.h"
#include "unit.h"

#include <string.h>

static const mig_field_kind integer = MIG_FIELD_INTEGER, number = MIG_FIELD_NUMBER,
                            other = MIG_FIELD_OTHER, boolean = MIG_FIELD_BOOLEAN;

typedef struct table {
    mig_field field;
    mig_goal goal;
    mig_shape shape;
    size_t fields[1], key[1];
    mig_cell cell;
    mig_row row;
} table;

static void table_make(table *t, mig_field_kind kind) {
    memset(t, 0, sizeof *t);
    t->field.kind = kind;
    t->goal.relation.fields = &t->field;
    t->goal.relation.n_fields = 1;
    t->shape.goal = &t->goal;
    t->shape.n = t->shape.n_key = 1;
    t->shape.fields = t->fields;
    t->shape.key = t->key;
    t->row.cells = &t->cell;
    t->row.n = 1;
}

/* The spelling with its sign in front. */
static mig_str spelled(mig_ctx *ctx, mig_field_kind kind, const char *text) {
    mig_key_part part;
    table t;

    table_make(&t, kind);
    t.cell.text = mig_str_of(text);
    CHECK(mig_key_canonical(ctx, &t.shape, &t.row, 0, &part));
    return mig_str_format(ctx, "%s%.*s", part.negative ? "-" : "", MIG_FMT(part.text));
}

static void spellings(mig_ctx *ctx) {
    static const struct {
        mig_field_kind kind;
        const char *text, *wanted;
    } cases[] = {
        {MIG_FIELD_INTEGER, "7", "7"},         {MIG_FIELD_INTEGER, "007", "7"},
        {MIG_FIELD_INTEGER, "+7", "7"},        {MIG_FIELD_INTEGER, " 7 ", "7"},
        {MIG_FIELD_INTEGER, "-7", "-7"},       {MIG_FIELD_INTEGER, "-007", "-7"},
        {MIG_FIELD_INTEGER, "0", "0"},         {MIG_FIELD_INTEGER, "-0", "0"},
        {MIG_FIELD_INTEGER, "000", "0"},       {MIG_FIELD_INTEGER, "", ""},
        {MIG_FIELD_INTEGER, "-", "-"},         {MIG_FIELD_INTEGER, "70", "70"},
        {MIG_FIELD_NUMBER, "1.50", "1.5"},     {MIG_FIELD_NUMBER, "01.5", "1.5"},
        {MIG_FIELD_NUMBER, "-1.500", "-1.5"},  {MIG_FIELD_NUMBER, "0.5", ".5"},
        {MIG_FIELD_NUMBER, ".50", ".5"},       {MIG_FIELD_NUMBER, "2.", "2"},
        {MIG_FIELD_NUMBER, "2.00", "2"},       {MIG_FIELD_NUMBER, "-0.0", "0"},
        {MIG_FIELD_NUMBER, "100", "100"},      {MIG_FIELD_NUMBER, "1.50e3", "1500"},
        {MIG_FIELD_NUMBER, "1e1", "10"},       {MIG_FIELD_NUMBER, "1E+1", "10"},
        {MIG_FIELD_NUMBER, "-15e-3", "-.015"}, {MIG_FIELD_NUMBER, "100e-2", "1"},
        {MIG_FIELD_NUMBER, ".5e1", "5"},       {MIG_FIELD_NUMBER, "0e7", "0"},
        {MIG_FIELD_NUMBER, "1.25e1", "12.5"},  {MIG_FIELD_NUMBER, "1e9999", "1e9999"},
        {MIG_FIELD_NUMBER, "e5", "e5"},        {MIG_FIELD_NUMBER, "NaN", "NaN"},
        {MIG_FIELD_BOOLEAN, "yes", "true"},    {MIG_FIELD_BOOLEAN, " T ", "true"},
        {MIG_FIELD_BOOLEAN, "0", "false"},     {MIG_FIELD_BOOLEAN, "maybe", "maybe"},
        {MIG_FIELD_OTHER, "007", "007"},       {MIG_FIELD_OTHER, " a", " a"},
        {MIG_FIELD_OTHER, "-0", "-0"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_STR(spelled(ctx, cases[i].kind, cases[i].text), cases[i].wanted);
}

/* How many of the keys, separated by blanks, ascend before the first that does not. */
static size_t ascending(mig_ctx *ctx, mig_field_kind kind, const char *keys) {
    mig_str rest = mig_str_of(keys), word;
    mig_key_order order;
    bool ascends;
    size_t n = 0;
    table t;

    memset(&order, 0, sizeof order);
    table_make(&t, kind);
    while (mig_str_next_word(&rest, &word)) {
        t.cell.text = word;
        CHECK(mig_key_ascends(ctx, &order, &t.shape, &t.row, &ascends));
        if (!ascends)
            return n;
        n++;
    }
    return n;
}

static void orders(mig_ctx *ctx) {
    CHECK_INT(ascending(ctx, integer, "1 2 3 10 11 100 1000"), 7);
    CHECK_INT(ascending(ctx, integer, "-100 -20 -3 0 5"), 5);
    CHECK_INT(ascending(ctx, integer, "1 2 2"), 2);
    CHECK_INT(ascending(ctx, integer, "1 2 02"), 2);
    CHECK_INT(ascending(ctx, integer, "1 2 +2"), 2);
    CHECK_INT(ascending(ctx, integer, "-2 -02"), 1);
    CHECK_INT(ascending(ctx, integer, "-3 -20"), 1);
    CHECK_INT(ascending(ctx, integer, "0 -0"), 1);
    CHECK_INT(ascending(ctx, integer, "5 -5"), 1);
    CHECK_INT(ascending(ctx, number, "1.5 1.50"), 1);
    CHECK_INT(ascending(ctx, number, "10 1e1"), 1);
    CHECK_INT(ascending(ctx, number, "1e-1 .1"), 1);
    CHECK_INT(ascending(ctx, boolean, "true yes"), 1);
    CHECK_INT(ascending(ctx, other, "a aa ab b é"), 5);
    CHECK_INT(ascending(ctx, other, "7 07"), 2);
    CHECK_INT(ascending(ctx, other, "b a"), 1);
}

static bool ascends_now(mig_ctx *ctx, mig_key_order *order, const table *t) {
    bool ascends;

    CHECK(mig_key_ascends(ctx, order, &t->shape, &t->row, &ascends));
    return ascends;
}

/* A key of two columns, and one too long to be kept, are not known to ascend; another table starts
   anew. */
static void limits(mig_ctx *ctx) {
    char *text = mig_alloc(ctx, 300);
    mig_key_order order;
    table t, u;

    memset(&order, 0, sizeof order);
    table_make(&t, MIG_FIELD_OTHER);
    table_make(&u, MIG_FIELD_OTHER);
    memset(text, 'x', 300);
    t.cell.text = (mig_str){text, 256};
    CHECK(ascends_now(ctx, &order, &t));
    u.cell.text = MIG_STR("a");
    CHECK(ascends_now(ctx, &order, &u));
    t.cell.text = (mig_str){text, 257};
    CHECK(!ascends_now(ctx, &order, &t));
    t.cell.text = MIG_STR("a");
    t.shape.n_key = 2;
    CHECK(!ascends_now(ctx, &order, &t));
}

int main(void) {
    mig_ctx *ctx = unit_ctx();

    spellings(ctx);
    orders(ctx);
    limits(ctx);
    unit_free(ctx);
    return unit_end("key_order");
}
