/*
 * test_complaint.c: lists of complaints and the one error they become.
 */
#include "complaint.h"

#include <string.h>

#include "unit.h"

static const mig_complaints none = {NULL, 0, 0, 0};

static void nothing_to_say(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = none;

    CHECK(mig_complaints_raise(ctx, &list, "nothing was loaded"));
    CHECK(mig_complain_error(ctx, &list, MIG_STR("a.sql")));
    CHECK(mig_complain_hint(ctx, &list, "A hint for nobody."));
    CHECK_INT(list.n, 0);
    CHECK(mig_ctx_error(ctx) == NULL);
    unit_free(ctx);
}

static void one_is_the_error(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = none;
    const mig_error *error;

    CHECK(mig_complain(ctx, &list, MIG_E_SYNTAX, MIG_STR("a.sql"), 3, 7, "bad \"%s\"", "x"));
    CHECK(mig_complain_hint(ctx, &list, "Write %s.", "y"));
    CHECK(!mig_complaints_raise(ctx, &list, "nothing was loaded"));
    error = mig_ctx_error(ctx);
    CHECK_INT(error->line, 3);
    CHECK_INT(error->column, 7);
    CHECK(error->detail == NULL);
    CHECK_STR(mig_str_of(error->source), "a.sql");
    CHECK_STR(mig_str_of(error->hint), "Write y. Nothing was loaded.");
    CHECK_ERROR(ctx, MIG_E_SYNTAX, "bad \"x\"");

    list = none;
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR(""), 0, 0, "no place");
    mig_complaints_raise(ctx, &list, NULL);
    error = mig_ctx_error(ctx);
    CHECK(error->source == NULL && error->hint == NULL && error->line == 0);
    CHECK_ERROR(ctx, MIG_E_GRAPH, "no place");

    list = none;
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR(""), 0, 0, "no place");
    mig_complaints_raise(ctx, &list, "nothing was loaded");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "Nothing was loaded.");
    unit_free(ctx);
}

static void several_are_sorted(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = none;

    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("b.sql"), 2, 1, "fourth");
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("a.sql"), 10, 0, "third");
    mig_complain(ctx, &list, MIG_E_SYNTAX, MIG_STR("a.sql"), 9, 2, "second");
    mig_complain_hint(ctx, &list, "The second hint.");
    mig_complain(ctx, &list, MIG_E_LIMIT, MIG_STR("a.sql"), 9, 1, "first");
    mig_complain_hint(ctx, &list, "The first hint.");
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("b.sql"), 2, 1, "fifth");
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("c.sql"), 0, 0, "sixth");
    CHECK(!mig_complaints_raise(ctx, &list, "nothing was loaded"));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail), "a.sql:9:1: first\n"
                                                      "a.sql:9:2: second\n"
                                                      "a.sql:10: third\n"
                                                      "b.sql:2:1: fourth\n"
                                                      "b.sql:2:1: fifth\n"
                                                      "c.sql: sixth");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint), "The first hint. Nothing was loaded.");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->source), "a.sql");
    CHECK_ERROR(ctx, MIG_E_LIMIT, "first");
    CHECK_STR(list.items[0].text, "fourth");

    list = none;
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR(""), 4, 2, "nameless");
    mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR(""), 0, 0, "placeless");
    mig_complaints_raise(ctx, &list, NULL);
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail), "placeless\nline 4:2: nameless");
    unit_free(ctx);
}

static void many_are_counted(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = none;
    const char *detail;
    int i;

    for (i = 1; i <= MIG_MAX_COMPLAINTS; i++)
        mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("a.sql"), i, 0, "number %d", i);
    mig_complain_hint(ctx, &list, "The last hint.");
    for (; i <= MIG_MAX_COMPLAINTS + 57; i++) {
        CHECK(mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("a.sql"), i, 0, "number %d", i));
        CHECK(mig_complain_hint(ctx, &list, "A hint of one that is not listed."));
    }
    mig_fail(ctx, MIG_E_FILE, "one more");
    CHECK(mig_complain_error(ctx, &list, MIG_STR("b.sql")));
    CHECK_INT(list.n, MIG_MAX_COMPLAINTS);
    CHECK_INT(list.total, MIG_MAX_COMPLAINTS + 58);
    CHECK_STR(list.items[list.n - 1].hint, "The last hint.");
    mig_complaints_raise(ctx, &list, "nothing was loaded");
    detail = mig_ctx_error(ctx)->detail;
    CHECK(strncmp(detail, "a.sql:1: number 1\na.sql:2: number 2\n", 36) == 0);
    CHECK(strstr(detail, "a.sql:200: number 200\nand 58 more") != NULL);
    CHECK(strstr(detail, "number 201") == NULL);
    CHECK_ERROR(ctx, MIG_E_GRAPH, "number 1");
    unit_free(ctx);
}

static void errors_become_complaints(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list = none;
    mig_error error;

    mig_fail(ctx, MIG_E_FILE, "cannot read it");
    CHECK(mig_complain_error(ctx, &list, MIG_STR("a.sql")));
    mig_fail(ctx, MIG_E_FILE, "nor this");
    mig_detail(ctx, "A detail.");
    mig_hint(ctx, "A hint.");
    CHECK(mig_complain_error(ctx, &list, MIG_STR("b.sql")));
    memset(&error, 0, sizeof error);
    error.code = MIG_E_SYNTAX;
    error.message = "open literal";
    error.source = "c.sql";
    error.line = 2;
    error.column = 5;
    mig_raise(ctx, &error);
    CHECK(mig_complain_error(ctx, &list, MIG_STR("d.sql")));
    CHECK_INT(list.n, 3);
    CHECK_STR(list.items[0].source, "a.sql");
    CHECK_STR(list.items[0].hint, "");
    CHECK_STR(list.items[1].hint, "A detail. A hint.");
    CHECK_STR(list.items[2].source, "c.sql");
    CHECK_STR(list.items[2].text, "open literal");
    CHECK_INT(list.items[2].line * 10 + list.items[2].column, 25);

    mig_fail(ctx, MIG_E_INTERRUPT, "cancelled");
    CHECK(!mig_complain_error(ctx, &list, MIG_STR("a.sql")));
    CHECK(!mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR(""), 0, 0, "while an error stands"));
    CHECK(!mig_complain_hint(ctx, &list, "The same."));
    CHECK(!mig_complaints_raise(ctx, &list, "nothing was loaded"));
    CHECK_ERROR(ctx, MIG_E_INTERRUPT, "cancelled");
    mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    CHECK(!mig_complain_error(ctx, &list, MIG_STR("a.sql")));
    CHECK_ERROR(ctx, MIG_E_NOMEM, "out of memory");
    CHECK_INT(list.total, 3);
    unit_free(ctx);
}

/* Either the error that the complaints make, or out of memory. */
static bool work(mig_ctx *ctx, void *arg) {
    mig_complaints list = none;
    mig_error error;
    int i;

    (void)arg;
    for (i = 0; i < 60; i++) {
        mig_complain(ctx, &list, MIG_E_GRAPH, MIG_STR("a.sql"), 100 - i, 1, "%0200d", i);
        mig_complain_hint(ctx, &list, "%0200d.", i);
    }
    mig_fail(ctx, MIG_E_FILE, "cannot read it");
    mig_detail(ctx, "A detail.");
    if (!mig_complain_error(ctx, &list, MIG_STR("b.sql")))
        return false;
    mig_complaints_raise(ctx, &list, "nothing was loaded");
    if (mig_ctx_error(ctx)->code == MIG_E_NOMEM)
        return false;
    mig_take_error(ctx, &error);
    return CHECK(list.total == 61) && CHECK(error.code == MIG_E_GRAPH);
}

int main(void) {
    nothing_to_say();
    one_is_the_error();
    several_are_sorted();
    many_are_counted();
    errors_become_complaints();
    CHECK(unit_torture(work, NULL) > 2);
    return unit_end("complaint");
}
