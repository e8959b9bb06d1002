/*
 * test_seed_store.c: the rows of the table seed: what is written is read again, and what nobody wrote is
 * refused with the name of its column.
 *
 * The host is a table of one row in memory: its exec takes the values of mig_seed_put, its query hands
 * them out again, changed where a case says so.
 */
#include "seed_store.h"
#include "unit.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The columns in the order of the query. */
enum {
    NAME,
    FORMAT,
    HEADER,
    TABLES,
    SOURCE,
    DIRECTORY,
    STAMP,
    HEADER_STAMP,
    CHECKSUM,
    RAN,
    RAN_AT
};
enum { BY_NAME = 11, ROWS = 12, N_COLUMNS = 13 };

static mig_value row[N_COLUMNS];

static mig_value text_value(const char *text) {
    return mig_value_text(mig_str_of(text));
}

static bool table_good(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                       const char **why) {
    (void)ctx;
    (void)name;
    (void)ddl;
    (void)why;
    *state = MIG_TABLE_GOOD;
    return true;
}

static bool row_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
                      mig_snapshot snapshot, mig_row_fn take, void *arg) {
    mig_value format = text_value("1");

    (void)params;
    (void)n_params;
    (void)snapshot;
    if (strstr(sql, "{meta}") != NULL)
        return take(ctx, arg, &format, 1);
    return take(ctx, arg, row, N_COLUMNS);
}

/* The values of mig_seed_put, in the order of the query. */
static bool row_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params) {
    static const int places[] = {NAME,   FORMAT,    HEADER, BY_NAME,      TABLES,  ROWS,
                                 SOURCE, DIRECTORY, STAMP,  HEADER_STAMP, CHECKSUM};
    size_t i;

    (void)ctx;
    if (!CHECK(strncmp(sql, "INSERT INTO {seed}", 18) == 0) || !CHECK_INT(n_params, 12))
        return false;
    for (i = 0; i < sizeof places / sizeof places[0]; i++)
        row[places[i]] = params[i];
    row[RAN] = row[RAN_AT] = text_value("");
    return true;
}

static mig_ctx *table_ctx(void) {
    mig_ctx *ctx = unit_ctx();
    mig_host *host = mig_ctx_host(ctx);

    host->table_state = table_good;
    host->query = row_query;
    host->exec = row_exec;
    return ctx;
}

static void list_fill(mig_ctx *ctx, mig_list *list, const char *first, const char *second) {
    mig_list_add(ctx, list, mig_str_of(first));
    if (second != NULL)
        mig_list_add(ctx, list, mig_str_of(second));
}

static void columns_fill(mig_ctx *ctx, mig_seed_column_lists *lists, const char *table,
                         const char *first, const char *second) {
    mig_seed_columns *items =
        mig_grow(ctx, lists->items, lists->n, &lists->room, sizeof *lists->items);

    if (items == NULL)
        return;
    lists->items = items;
    memset(&items[lists->n], 0, sizeof *items);
    items[lists->n].table = mig_str_of(table);
    list_fill(ctx, &items[lists->n++].columns, first, second);
}

/* A seed that says everything a seed can say, in words that need care. */
static mig_seed full_seed(mig_ctx *ctx) {
    mig_seed seed;

    memset(&seed, 0, sizeof seed);
    seed.name = MIG_STR("countries");
    seed.format = MIG_FORMAT_CSV;
    seed.header.given = true;
    seed.header.mode = MIG_MODE_SYNC;
    seed.header.table = MIG_STR("my\ttable");
    seed.header.line = 7;
    list_fill(ctx, &seed.header.profiles, "minimal", "full");
    list_fill(ctx, &seed.header.depends_on, "users", NULL);
    list_fill(ctx, &seed.header.requires, "27c6a30d7c24", "abc1");
    columns_fill(ctx, &seed.header.key, "", "code", "a\\b");
    columns_fill(ctx, &seed.header.insert_only, "my\ttable", "line\nend", "r\r");
    columns_fill(ctx, &seed.header.insert_only, "caf\xc3\xa9", "", NULL);
    list_fill(ctx, &seed.tables, "my\ttable", NULL);
    seed.rows = 51;
    seed.source = MIG_STR("base/countries.csv");
    seed.directory = MIG_STR("/srv");
    seed.file_stamp = MIG_STR("1.2.3");
    seed.header_stamp = MIG_STR("4.5.6");
    seed.checksum = MIG_STR(HASH ":" HASH);
    return seed;
}

static void check_full(const mig_seed *seed) {
    const mig_seed_header *header = &seed->header;

    CHECK_STR(seed->name, "countries");
    CHECK_STR(header->name, "countries");
    CHECK(header->given && header->mode == MIG_MODE_SYNC);
    CHECK_STR(header->table, "my\ttable");
    CHECK_INT(header->line, 7);
    if (CHECK_INT(header->profiles.n, 2))
        CHECK_STR(header->profiles.items[1], "full");
    CHECK(mig_list_has(&header->depends_on, MIG_STR("users")) && header->depends_on.n == 1);
    CHECK(mig_list_has(&header->requires, MIG_STR("abc1")) && header->requires.n == 2);
    if (CHECK_INT(header->key.n, 1) && CHECK_INT(header->key.items[0].columns.n, 2)) {
        CHECK_INT(header->key.items[0].table.n, 0);
        CHECK_STR(header->key.items[0].columns.items[1], "a\\b");
    }
    if (CHECK_INT(header->insert_only.n, 2)) {
        CHECK_STR(header->insert_only.items[0].table, "my\ttable");
        CHECK_STR(header->insert_only.items[0].columns.items[0], "line\nend");
        CHECK_STR(header->insert_only.items[0].columns.items[1], "r\r");
        CHECK_STR(header->insert_only.items[1].table, "caf\xc3\xa9");
        CHECK_INT(header->insert_only.items[1].columns.items[0].n, 0);
    }
    if (CHECK_INT(seed->tables.n, 1))
        CHECK_STR(seed->tables.items[0], "my\ttable");
    CHECK_INT(seed->rows, 51);
    CHECK(mig_seed_is_described(seed));
}

static void test_round_trip(void) {
    mig_ctx *ctx = table_ctx();
    mig_seed seed = full_seed(ctx);
    mig_seeds seeds;

    CHECK(mig_seed_put(ctx, &seed));
    if (CHECK(mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds)) && CHECK_INT(seeds.n, 1)) {
        check_full(&seeds.items[0]);
        CHECK_STR(seeds.items[0].source, "base/countries.csv");
        CHECK_STR(seeds.items[0].header_stamp, "4.5.6");
        CHECK_STR(mig_str_of(mig_seed_state(&seeds.items[0])), "new");
    }
    row[RAN] = text_value(HASH);
    row[RAN_AT] = text_value("2024-02-06T14:30:00Z");
    if (CHECK(mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds)))
        CHECK_STR(mig_str_of(mig_seed_state(&seeds.items[0])), "changed");
    row[RAN] = row[CHECKSUM];
    if (CHECK(mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds)))
        CHECK_STR(mig_str_of(mig_seed_state(&seeds.items[0])), "applied");
    unit_free(ctx);
}

/* An SQL seed without a header. */
static void test_plain(void) {
    mig_ctx *ctx = table_ctx();
    mig_seeds seeds;
    mig_seed seed;

    memset(&seed, 0, sizeof seed);
    seed.name = MIG_STR("admin");
    seed.rows = -1;
    seed.by_name = true;
    seed.checksum = MIG_STR(HASH);
    CHECK(mig_seed_put(ctx, &seed));
    CHECK_STR(row[HEADER].text, "");
    CHECK(row[ROWS].type == MIG_NULL);
    if (CHECK(mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds)) && CHECK_INT(seeds.n, 1)) {
        CHECK(seeds.items[0].by_name && seeds.items[0].format == MIG_FORMAT_SQL);
        CHECK_INT(seeds.items[0].rows, -1);
        CHECK_INT(seeds.items[0].tables.n, 0);
        CHECK(!mig_seed_is_described(&seeds.items[0]));
    }
    unit_free(ctx);
}

/* What is kept does not need what was behind the mark. */
static void test_keep(void) {
    mig_ctx *ctx = table_ctx();
    mig_mark mark = mig_arena_mark(ctx);
    mig_seed seed = full_seed(ctx);
    char *over;

    seed.name = mig_str_copy(ctx, seed.name);
    seed.checksum = mig_str_copy(ctx, seed.checksum);
    if (CHECK(mig_seed_keep(ctx, &seed, mark))) {
        over = mig_alloc(ctx, 4000);
        memset(over, 'x', 4000);
        check_full(&seed);
    }
    unit_free(ctx);
}

/* A row with one value changed is refused, or read where expected is NULL. */
static void invalid(int column, const char *text, const char *expected) {
    mig_ctx *ctx = table_ctx();
    mig_seed seed = full_seed(ctx);
    mig_seeds seeds;
    char message[200];

    CHECK(mig_seed_put(ctx, &seed));
    row[column] = column < BY_NAME ? text_value(text) : mig_value_int(-1);
    CHECK(mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds) == (expected == NULL));
    if (expected != NULL) {
        snprintf(message, sizeof message,
                 "the table seed of migrate has an invalid value in column %s, of seed \"%s\"",
                 expected, column == NAME ? text : "countries");
        CHECK_ERROR(ctx, MIG_E_CORRUPT, message);
    }
    unit_free(ctx);
}

static void test_invalid(void) {
    static const char *const headers[] = {
        "profiles",
        "profiles\tin valid",
        "profiles\t*",
        "depends_on\t",
        "unknown\tx",
        "key\tt",
        "key",
        "insert_only\tt",
        "given\tyes",
        "mode\tupsert",
        "mode\tsync\tx",
        "line\t0",
        "line\tx",
        "line\t1\t2",
        "table\ta\tb",
        "table",
        "key\tt\ta\\x",
        "key\tt\ta\\",
        "requires",
        "\tx",
        "profile\tx",
        "line\t99999999999",
        " ",
        "given\nmode\t",
    };
    size_t i;

    for (i = 0; i < sizeof headers / sizeof headers[0]; i++)
        invalid(HEADER, headers[i], "header");
    invalid(HEADER, "", NULL);
    invalid(HEADER, "profiles\ta\n\nmode\tinsert\n", "header");
    invalid(NAME, "", "name");
    invalid(NAME, "no name", "name");
    invalid(NAME, "*", "name");
    invalid(FORMAT, "xml", "format");
    invalid(FORMAT, "", "format");
    invalid(FORMAT, "sql", "tables");
    invalid(TABLES, "", "tables");
    invalid(TABLES, "a\\", "tables");
    invalid(TABLES, "a\tb", NULL);
    invalid(ROWS, NULL, "rows");
    invalid(SOURCE, "", "source");
    invalid(SOURCE, "/etc/passwd", "source");
    invalid(SOURCE, "..", "source");
    invalid(SOURCE, "../../etc/passwd", "source");
    invalid(SOURCE, "base/../../x.csv", "source");
    invalid(SOURCE, "base/..", "source");
    invalid(SOURCE, "..base/x..csv", NULL);
    invalid(DIRECTORY, "srv", "source");
    invalid(DIRECTORY, "", NULL);
    invalid(CHECKSUM, "", "checksum");
    invalid(CHECKSUM, "abc", "checksum");
    invalid(CHECKSUM, HASH "0", "checksum");
    invalid(CHECKSUM, HASH ":", "checksum");
    invalid(CHECKSUM, HASH ":" HASH "0", "checksum");
    invalid(CHECKSUM, "X123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "checksum");
    invalid(CHECKSUM, HASH, NULL);
    invalid(RAN, "1", "ran_checksum");
    invalid(RAN, HASH, "ran_at");
    invalid(RAN_AT, "2024-02-06T14:30:00Z", "ran_at");
}

static void test_find(void) {
    static const char *const names[] = {"b", "a.1", "countries", "B", "users"};
    mig_ctx *ctx = unit_ctx();
    mig_seed items[5];
    mig_seeds seeds = {true, items, 5, 5};
    size_t i;

    memset(items, 0, sizeof items);
    for (i = 0; i < 5; i++)
        items[i].name = mig_str_of(names[i]);
    CHECK(mig_seeds_sort(ctx, &seeds));
    CHECK_STR(items[0].name, "B");
    for (i = 0; i < 5; i++)
        if (CHECK(mig_seeds_find(&seeds, mig_str_of(names[i])) != MIG_NONE))
            CHECK_STR(mig_seeds_get(ctx, &seeds, mig_str_of(names[i]))->name, names[i]);
    CHECK(mig_seeds_find(&seeds, MIG_STR("c")) == MIG_NONE);
    CHECK(mig_seeds_get(ctx, &seeds, MIG_STR("countrys")) == NULL);
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "Perhaps \"countries\" is meant.");
    CHECK_ERROR(ctx, MIG_E_UNKNOWN, "can't locate seed \"countrys\"");
    CHECK(mig_seeds_get(ctx, &seeds, MIG_STR("zzz")) == NULL);
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint),
              "migrate_seed_list() names the seeds there are.");
    CHECK_ERROR(ctx, MIG_E_UNKNOWN, "can't locate seed \"zzz\"");
    unit_free(ctx);
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_seed seed = full_seed(ctx);
    mig_host *host = mig_ctx_host(ctx);
    mig_seeds seeds;

    (void)arg;
    host->table_state = table_good;
    host->query = row_query;
    host->exec = row_exec;
    return mig_ctx_error(ctx) == NULL && mig_seed_keep(ctx, &seed, mark) &&
           mig_seed_put(ctx, &seed) && mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds) &&
           seeds.n == 1;
}

int main(void) {
    test_round_trip();
    test_plain();
    test_keep();
    test_invalid();
    test_find();
    CHECK(unit_torture(torture_work, NULL) > 0);
    return unit_end("seed_store");
}
