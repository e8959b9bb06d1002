/*
 * test_shape_sql.c: the statements of a shape, word by word, for both engines.
 */
#include "shape.h"

#include <string.h>

#include "unit_relation.h"

static const char *const tables[] = {
    "trips id:integer! code:varchar(3) name:text note:json pass:text | *id",
    "ident id:integer* v:text | *id | v",
    "keys a:integer b:text | *a,b",
    "words id:integer word:citext~ | *id",
};

typedef struct world {
    mig_ctx *ctx;
    mig_seed seed;
    mig_shapes shapes;
    mig_shape *shape;
} world;

static void world_open(world *w, mig_engine engine, const char *table, const char *cells) {
    static mig_seed_columns frozen;
    mig_complaints list;
    mig_row row;

    memset(w, 0, sizeof *w);
    memset(&list, 0, sizeof list);
    memset(&frozen, 0, sizeof frozen);
    w->ctx = unit_ctx();
    unit_relations_set(w->ctx, engine, tables, sizeof tables / sizeof tables[0]);
    mig_list_add(w->ctx, &w->seed.tables, mig_str_of(table));
    frozen.table = MIG_STR("trips");
    mig_list_add(w->ctx, &frozen.columns, MIG_STR("name"));
    w->seed.header.insert_only = (mig_seed_column_lists){&frozen, 1, 1};
    row = unit_row(w->ctx, table, cells);
    if (CHECK(mig_shapes_open(w->ctx, &w->seed, &w->shapes, &list)))
        w->shape = mig_shape_of(w->ctx, &w->shapes, &row, &list);
    CHECK(w->shape != NULL);
}

static void world_close(world *w) {
    mig_shapes_close(w->ctx, &w->shapes);
    unit_free(w->ctx);
}

/* NULL: not looked at. */
static void statements(mig_engine engine, const char *table, const char *cells, const char *find,
                       const char *insert, const char *update) {
    world w;

    world_open(&w, engine, table, cells);
    if (w.shape != NULL) {
        if (find != NULL)
            CHECK_STR(mig_shape_find_sql(w.ctx, w.shape, false), find);
        if (insert != NULL)
            CHECK_STR(mig_shape_insert_sql(w.ctx, w.shape), insert);
        CHECK_STR(mig_shape_update_sql(w.ctx, w.shape), update);
    }
    world_close(&w);
}

static void sqlite_statements(void) {
    statements(MIG_SQLITE, "trips", "code=NO id=1 name=x",
               "SELECT CASE WHEN (\"code\" IS ?1 COLLATE BINARY) THEN 1 ELSE 0 END "
               "FROM public.\"trips\" WHERE \"id\" = ?2 LIMIT 2",
               "INSERT INTO public.\"trips\" (\"code\", \"id\", \"name\") VALUES (?1, ?2, ?3)",
               "UPDATE public.\"trips\" SET \"code\" = ?1 WHERE \"id\" = ?2");
    statements(MIG_SQLITE, "trips", "id=1 pass=#x",
               "SELECT CASE WHEN true THEN 1 ELSE 0 END, CAST(\"pass\" AS text) "
               "FROM public.\"trips\" WHERE \"id\" = ?1 LIMIT 2",
               NULL, "UPDATE public.\"trips\" SET \"pass\" = ?2 WHERE \"id\" = ?1");
    /* Nothing but the key, and what is never updated. */
    statements(MIG_SQLITE, "trips", "id=1 name=x", NULL, NULL, "");
    statements(MIG_SQLITE, "keys", "b=x a=1",
               "SELECT CASE WHEN true THEN 1 ELSE 0 END FROM public.\"keys\" "
               "WHERE \"a\" = ?2 AND \"b\" = ?1 LIMIT 2",
               NULL, "");
}

static void postgresql_statements(void) {
    /* Compared as the full type, stored as the one without modifiers. */
    statements(
        MIG_POSTGRESQL, "trips", "id=1 code=NO",
        "SELECT CASE WHEN (COALESCE(\"code\" OPERATOR(pg_catalog.=) CAST($2 AS varchar(3)), false) "
        "OR (\"code\" IS NULL AND CAST($2 AS varchar(3)) IS NULL)) THEN 1 ELSE 0 END "
        "FROM public.\"trips\" WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer) LIMIT 2",
        "INSERT INTO public.\"trips\" (\"id\", \"code\") "
        "VALUES (CAST($1 AS integer), CAST($2 AS varchar))",
        "UPDATE public.\"trips\" SET \"code\" = CAST($2 AS varchar) "
        "WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer)");
    /* A type without equality is compared as text. */
    statements(
        MIG_POSTGRESQL, "trips", "id=1 note=x",
        "SELECT CASE WHEN (COALESCE(CAST(\"note\" AS pg_catalog.text) OPERATOR(pg_catalog.=) "
        "CAST(CAST($2 AS json) AS pg_catalog.text), false) "
        "OR (\"note\" IS NULL AND CAST($2 AS json) IS NULL)) THEN 1 ELSE 0 END "
        "FROM public.\"trips\" WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer) LIMIT 2",
        NULL,
        "UPDATE public.\"trips\" SET \"note\" = CAST($2 AS json) "
        "WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer)");
    /* One whose equality passes over differences: so that they are told, as text, bytewise. */
    statements(
        MIG_POSTGRESQL, "words", "id=1 word=x",
        "SELECT CASE WHEN (COALESCE(CAST(\"word\" AS pg_catalog.text) COLLATE pg_catalog.\"C\" "
        "OPERATOR(pg_catalog.=) CAST(CAST($2 AS citext) AS pg_catalog.text), false) "
        "OR (\"word\" IS NULL AND CAST($2 AS citext) IS NULL)) THEN 1 ELSE 0 END "
        "FROM public.\"words\" WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer) LIMIT 2",
        NULL,
        "UPDATE public.\"words\" SET \"word\" = CAST($2 AS citext) "
        "WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer)");
    /* An identity that is always generated: given with the row, never updated. */
    statements(MIG_POSTGRESQL, "ident", "id=1 v=x", NULL,
               "INSERT INTO public.\"ident\" (\"id\", \"v\") OVERRIDING SYSTEM VALUE "
               "VALUES (CAST($1 AS integer), CAST($2 AS text))",
               "UPDATE public.\"ident\" SET \"v\" = CAST($2 AS text) "
               "WHERE \"id\" OPERATOR(pg_catalog.=) CAST($1 AS integer)");
}

/* A flag for each place, in its order; then the hashes. */
static void flags(void) {
    world w;

    world_open(&w, MIG_SQLITE, "trips", "id=1 pass=#x code=NO name=y");
    if (w.shape != NULL)
        CHECK_STR(mig_shape_find_sql(w.ctx, w.shape, true),
                  "SELECT 1, 1, CASE WHEN (\"code\" IS ?3 COLLATE BINARY) THEN 1 ELSE 0 END, 1, "
                  "CAST(\"pass\" AS text) FROM public.\"trips\" WHERE \"id\" = ?1 LIMIT 2");
    world_close(&w);
}

int main(void) {
    sqlite_statements();
    postgresql_statements();
    flags();
    return unit_end("shape_sql");
}
