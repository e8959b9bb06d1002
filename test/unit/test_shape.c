/*
 * test_shape.c: which columns a row gives, the key it is matched by, and how long its shape is kept.
 */
#include "shape.h"

#include <string.h>

#include "map.h"
#include "unit_relation.h"

static const char *const tables[] = {
    "trips id:integer! code:text name:text made:text= | *id | code",
    "seats hall:text seat:integer note:text | hall,seat | hall,note",
    "plain a:integer b:text",
    "again a:text b:text | a,a,a,a,a,a,a,a",
    "ident id:integer* v:text | *id",
};

typedef struct world {
    mig_ctx *ctx;
    mig_seed seed;
    mig_shapes shapes;
    mig_complaints list;
} world;

/* All tables; key (may be NULL) and insert_only name columns for every one of them. */
static void world_open(world *w, mig_engine engine, const char *key, const char *frozen) {
    mig_seed_columns *columns;
    mig_str text, word;
    size_t i;

    memset(w, 0, sizeof *w);
    w->ctx = unit_ctx();
    unit_relations_set(w->ctx, engine, tables, sizeof tables / sizeof tables[0]);
    w->seed.source = MIG_STR("s.yaml");
    w->seed.format = MIG_FORMAT_YAML;
    w->seed.header.line = 1;
    for (i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        text = mig_str_of(tables[i]);
        mig_str_next_word(&text, &word);
        mig_list_add(w->ctx, &w->seed.tables, word);
    }
    columns = mig_alloc_zero(w->ctx, 2, sizeof *columns);
    for (text = mig_str_of(key); mig_str_next_word(&text, &word);)
        mig_list_add(w->ctx, &columns[0].columns, word);
    for (text = mig_str_of(frozen); mig_str_next_word(&text, &word);)
        mig_list_add(w->ctx, &columns[1].columns, word);
    w->seed.header.key = (mig_seed_column_lists){&columns[0], columns[0].columns.n > 0, 1};
    w->seed.header.insert_only = (mig_seed_column_lists){&columns[1], columns[1].columns.n > 0, 1};
    CHECK(mig_shapes_open(w->ctx, &w->seed, &w->shapes, &w->list));
}

static void world_close(world *w) {
    mig_shapes_close(w->ctx, &w->shapes);
    unit_free(w->ctx);
}

static mig_shape *shape_of(world *w, const char *table, const char *cells) {
    mig_row row = unit_row(w->ctx, table, cells);

    return mig_shape_of(w->ctx, &w->shapes, &row, &w->list);
}

/* The key a row is matched by, or the complaint about it. */
static void key_check(const char *header_key, const char *table, const char *cells,
                      const char *expected) {
    mig_row row;
    mig_shape *shape;
    world w;

    world_open(&w, MIG_POSTGRESQL, header_key, NULL);
    w.list.n = 0;
    row = unit_row(w.ctx, table, cells);
    shape = mig_shape_of(w.ctx, &w.shapes, &row, &w.list);
    if (shape != NULL)
        CHECK_STR(mig_shape_key_text(w.ctx, shape, &row), expected);
    else if (CHECK_INT(w.list.n, 1))
        CHECK_STR(w.list.items[0].text, expected);
    world_close(&w);
}

static void keys(void) {
    key_check(NULL, "trips", "code=NO id=1", "id=1");
    key_check(NULL, "trips", "code=NO name=x", "code=NO");
    key_check(NULL, "trips", "name=x", "the rows of table \"trips\" have no key to be matched by");
    key_check(NULL, "plain", "a=1 b=2", "the rows of table \"plain\" have no key to be matched by");
    key_check(NULL, "seats", "seat=2 hall=a", "hall=a, seat=2");
    key_check(NULL, "seats", "seat=2 hall=a note=n",
              "the rows of table \"seats\" could be matched by several keys");
    key_check(NULL, "trips", "id=#secret",
              "the password in column \"id\" of table \"trips\" cannot be part of a key");
    key_check(NULL, "trips", "id=&", "id=(ref)");
    /* A column counts once, however often an index or the header names it. */
    key_check(NULL, "again", "a=1", "a=1");
    key_check("a a a a a a", "again", "b=2 a=1", "a=1");
    key_check("b a b", "plain", "a=1 b=2", "b=2, a=1");
    key_check("b", "plain", "a=1", "row 1 of table \"plain\" lacks the key column \"b\"");
}

static void uniqueness(void) {
    mig_shape *shape;
    world w;

    world_open(&w, MIG_POSTGRESQL, "a b", NULL);
    shape = shape_of(&w, "again", "a=1 b=2");
    CHECK(shape != NULL && shape->unique);
    shape = shape_of(&w, "plain", "a=1 b=2");
    CHECK(shape != NULL && !shape->unique);
    CHECK(shape != NULL && shape->key_place[0] && shape->key_place[1]);
    world_close(&w);
}

static void refusals(void) {
    static const char *const expected[] = {
        "table \"trips\" has no column \"nope\"",
        "column \"made\" of table \"trips\" is generated: it takes no value",
        "column \"id\" of table \"trips\" is given twice",
    };
    size_t i, before;
    world w;

    world_open(&w, MIG_POSTGRESQL, NULL, NULL);
    before = w.list.n;
    CHECK(shape_of(&w, "trips", "id=1 nope=2 made=3 id=4") == NULL);
    if (CHECK_INT(w.list.n - before, 3))
        for (i = 0; i < 3; i++)
            CHECK_STR(w.list.items[before + i].text, expected[i]);
    /* More cells than columns. */
    CHECK(shape_of(&w, "plain", "a=1 a=1 a=1 a=1 a=1 a=1") == NULL);
    before = w.list.n;
    CHECK(shape_of(&w, "stranger", "a=1") == NULL);
    CHECK_INT(w.list.n, before);
    world_close(&w);
}

static void headers(void) {
    mig_complaints list;
    world w;

    world_open(&w, MIG_POSTGRESQL, "id", "nope");
    CHECK(w.list.n > 0);
    CHECK_STR(w.list.items[0].text,
              "column \"nope\" in insert_only is not a column of table \"trips\"");
    CHECK_INT(w.list.items[0].line, 1);
    memset(&list, 0, sizeof list);
    mig_list_add(w.ctx, &w.seed.tables, MIG_STR("missing"));
    memset(&w.seed.header.key, 0, sizeof w.seed.header.key);
    memset(&w.seed.header.insert_only, 0, sizeof w.seed.header.insert_only);
    CHECK(mig_shapes_open(w.ctx, &w.seed, &w.shapes, &list));
    CHECK_INT(list.n, 1);
    CHECK_STR(list.items[0].text, "table \"missing\" does not exist");
    CHECK(mig_goal_find(&w.shapes, MIG_STR("missing")) == NULL);
    CHECK(!mig_shapes_open(w.ctx, &w.seed, &w.shapes, NULL));
    CHECK_ERROR(w.ctx, MIG_E_DATA, "table \"missing\" does not exist");
    world_close(&w);
}

static void places(void) {
    mig_shape *shape;
    world w;

    world_open(&w, MIG_POSTGRESQL, NULL, "name");
    shape = shape_of(&w, "trips", "name=x code=NO id=1");
    if (CHECK(shape != NULL)) {
        CHECK(!mig_shape_is_updated(shape, 0));
        CHECK(mig_shape_is_updated(shape, 1));
        CHECK(!mig_shape_is_updated(shape, 2));
        CHECK_STR(mig_shape_field(shape, 1)->name, "code");
        CHECK(!mig_shape_is_overriding(shape));
        CHECK(shape->goal->given[0] && shape->goal->given[2] && !shape->goal->given[3]);
    }
    shape = shape_of(&w, "ident", "v=x id=1");
    CHECK(shape != NULL && mig_shape_is_overriding(shape));
    world_close(&w);
}

/* The same place again for rows alike, a new one for others, the oldest given up where all are taken. */
static void keeping(void) {
    static const char *const others[] = {"id=1 name=x",        "name=x id=1", "code=x id=1",
                                         "id=1 code=#x",       "id=1 code=x", "code=x name=x",
                                         "code=x name=x id=1", "code=#x id=1"};
    mig_shape *first, *shape;
    size_t i;
    world w;

    world_open(&w, MIG_POSTGRESQL, NULL, NULL);
    first = shape_of(&w, "trips", "id=1");
    if (!CHECK(first != NULL))
        return;
    first->find = (mig_prepared *)(void *)&w;
    CHECK(shape_of(&w, "trips", "id=2") == first);
    for (i = 0; i + 1 < sizeof others / sizeof others[0]; i++) {
        shape = shape_of(&w, "trips", others[i]);
        CHECK(shape != NULL && shape != first && shape->find == NULL);
    }
    CHECK_INT(unit_unprepared(), 0);
    CHECK(shape_of(&w, "trips", others[i]) == first);
    CHECK_INT(unit_unprepared(), 1);
    CHECK(first->find == NULL && first->secret[0]);
    world_close(&w);
}

static void names(void) {
    mig_ctx *ctx = unit_ctx();
    mig_relation relation = unit_relation(ctx, "t Id:integer id:text name:text");

    CHECK_INT(mig_field_find(MIG_POSTGRESQL, &relation, MIG_STR("id")), 1);
    CHECK_INT(mig_field_find(MIG_POSTGRESQL, &relation, MIG_STR("ID")), MIG_NONE);
    CHECK_INT(mig_field_find(MIG_SQLITE, &relation, MIG_STR("NAME")), 2);
    CHECK_INT(mig_field_find(MIG_SQLITE, &relation, MIG_STR("nam")), MIG_NONE);
    unit_free(ctx);
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_complaints list;
    mig_shapes shapes;
    mig_shape *shape;
    mig_seed seed;
    mig_row row;

    (void)arg;
    memset(&seed, 0, sizeof seed);
    memset(&list, 0, sizeof list);
    unit_relations_set(ctx, MIG_SQLITE, tables, 1);
    if (!mig_list_add(ctx, &seed.tables, MIG_STR("trips")) ||
        !mig_shapes_open(ctx, &seed, &shapes, &list))
        return false;
    row = unit_row(ctx, "trips", "id=1 code=NO");
    shape = mig_shape_of(ctx, &shapes, &row, &list);
    return shape != NULL && mig_shape_key_text(ctx, shape, &row).p != NULL &&
           mig_ctx_error(ctx) == NULL;
}

int main(void) {
    keys();
    uniqueness();
    refusals();
    headers();
    places();
    keeping();
    names();
    CHECK(unit_torture(torture_work, NULL) > 0);
    return unit_end("shape");
}
