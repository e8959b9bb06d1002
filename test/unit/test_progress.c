/*
 * test_progress.c: the line that others see of a run, written and read again.
 */
#include "progress.h"
#include "unit.h"

#define NOW INT64_C(1795269802000000) /* 2026-11-21 14:03:22Z */

static mig_progress of(const char *action, const char *name) {
    mig_progress p;

    memset(&p, 0, sizeof p);
    p.action = mig_str_of(action);
    p.name = mig_str_of(name);
    return p;
}

static const char *written(const mig_progress *p) {
    static char line[MIG_PROGRESS_ROOM];

    mig_progress_write(p, NOW, line);
    return line;
}

static void lines(void) {
    mig_progress p = of("upgrade", "abc123def456");

    CHECK_STR(mig_str_of(written(&p)), "migrate: upgrade abc123def456 11-21 14:03:22Z");
    p.place = 3;
    p.n_places = 20;
    CHECK_STR(mig_str_of(written(&p)), "migrate: upgrade abc123def456 (3/20) 11-21 14:03:22Z");
    p.statement = 2;
    p.n_statements = 7;
    CHECK_STR(mig_str_of(written(&p)), "migrate: upgrade abc123def456 (3/20) 2/7 11-21 14:03:22Z");
    p = of("seed", "countries");
    p.rows = 16384;
    CHECK_STR(mig_str_of(written(&p)), "migrate: seed countries row 16384 11-21 14:03:22Z");
    p = of("upgrade", "");
    CHECK_STR(mig_str_of(written(&p)), "migrate: upgrade 11-21 14:03:22Z");
}

static void long_names(void) {
    mig_progress p = of("downgrade", "a_rather_long_identifier_of_a_revision_0001");

    p.place = 100;
    p.n_places = 200;
    CHECK_STR(mig_str_of(written(&p)),
              "migrate: downgrade a_rather_long_ide~ (100/200) 11-21 14:03:22Z");
    p.statement = p.n_statements = 1000;
    CHECK_INT(strlen(written(&p)), 63);
    p.place = p.n_places = SIZE_MAX;
    p.statement = p.n_statements = SIZE_MAX;
    CHECK_STR(mig_str_of(written(&p)),
              "migrate: downgrade a_rather_long_identifier_of~ 11-21 14:03:22Z");
}

static void foreign_names(void) {
    mig_progress p = of("seed", "l\xC3\xA4nder\n(2/3)");

    CHECK_STR(mig_str_of(written(&p)), "migrate: seed l?nder?(2/3) 11-21 14:03:22Z");
    p = of("seed",
           "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
           "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
           "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
           "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
           "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
    CHECK_STR(mig_str_of(written(&p)),
              "migrate: seed ????????????????????????????????~ 11-21 14:03:22Z");
}

static void read_again(const char *action, const char *name, size_t place, size_t statement,
                       size_t rows) {
    mig_progress p = of(action, name), q;
    int64_t since = 0;

    p.place = place;
    p.n_places = place == 0 ? 0 : place + 5;
    p.statement = statement;
    p.n_statements = statement == 0 ? 0 : statement + 7;
    p.rows = rows;
    CHECK(mig_progress_read(mig_str_of(written(&p)), NOW + 1000000, &q, &since));
    CHECK_STR(q.action, action);
    CHECK_STR(q.name, name);
    CHECK_INT(q.place, p.place);
    CHECK_INT(q.n_places, p.n_places);
    CHECK_INT(q.statement, p.statement);
    CHECK_INT(q.n_statements, p.n_statements);
    CHECK_INT(q.rows, rows);
    CHECK_INT(since, NOW);
}

static void reading(void) {
    read_again("upgrade", "abc123def456", 0, 0, 0);
    read_again("upgrade", "abc123def456", 3, 0, 0);
    read_again("downgrade", "abc", 3, 2, 0);
    read_again("seed", "two words", 1, 0, 16384);
    read_again("seed", "(1/2)x", 1, 2, 0);
    read_again("dryrun", "", 0, 0, 0);
}

/* The year is that of the latest such moment. */
static void years(void) {
    mig_progress q;
    int64_t since, then;

    CHECK(mig_time_parse(MIG_STR("2027-01-01 00:00:05Z"), &then));
    CHECK(mig_progress_read(MIG_STR("migrate: upgrade a 12-31 23:59:58Z"), then, &q, &since));
    CHECK_INT(since, then - 7000000);
    CHECK(mig_time_parse(MIG_STR("2030-01-01 00:00:05Z"), &then));
    CHECK(mig_progress_read(MIG_STR("migrate: upgrade a 12-31 23:59:58Z"), then, &q, &since));
    CHECK_INT(since, then - 7000000);
    /* A clock that is a little behind. */
    CHECK(mig_progress_read(MIG_STR("migrate: upgrade a 01-01 00:00:09Z"), then, &q, &since));
    CHECK_INT(since, then + 4000000);
}

static void refused(void) {
    static const char *const lines[] = {
        "",
        "psql",
        "migrate: ",
        "migrate: upgrade",
        "migrate: upgrade abc (3/20)",
        "migrate: Rob abc (3/20) 11-21 14:03:22Z",
        "migrate: upgrade abc 13-21 14:03:22Z",
        "migrate: upgrade abc 11-21 14:03:22",
        "migrate: 11-21 14:03:22Z",
        "migrate: upgrade-11-21 14:03:22Z",
        "Migrate: upgrade abc 11-21 14:03:22Z",
    };
    mig_progress q;
    int64_t since;
    size_t i;

    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        CHECK(!mig_progress_read(mig_str_of(lines[i]), NOW, &q, &since));
    CHECK(mig_progress_read(MIG_STR("migrate: upgrade (x/1) 5/ /6 row x 11-21 14:03:22Z"), NOW, &q,
                            &since));
    CHECK_STR(q.name, "(x/1) 5/ /6 row x");
    CHECK_INT(q.place + q.statement + q.rows, 0);
}

int main(void) {
    lines();
    long_names();
    foreign_names();
    reading();
    years();
    refused();
    return unit_end("progress");
}
