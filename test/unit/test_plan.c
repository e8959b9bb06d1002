/*
 * test_plan.c: targets, plans, stamps and history ranges: tables of cases on small graphs, and
 * properties on random ones.
 */
#include "notation.h"

#include <stdio.h>
#include <stdlib.h>

typedef bool (*plan_fn)(mig_ctx *ctx, const mig_applied *applied, mig_str target, mig_plan *plan);

/* A graph and the applied set that holds the given revisions and what they stand on. */
typedef struct scene {
    mig_ctx *ctx;
    mig_graph *graph;
    mig_applied applied;
} scene;

static void scene_open(scene *s, const char *graph, const char *applied) {
    mig_complaints list;

    s->ctx = unit_ctx();
    s->graph = notation_graph(s->ctx, graph, &list);
    if (!CHECK(s->graph != NULL) ||
        !CHECK(mig_applied_at(s->ctx, s->graph, mig_str_of(applied), &s->applied)))
        exit(1);
}

static void scene_close(scene *s) {
    unit_free(s->ctx);
}

static const char chain[] = "a; b<a; c<b";
static const char forked[] = "a; b1<a @left; b2<a @right; c1<b1; c2<b2";
static const char merged[] = "a; b1<a @left; b2<a @right; c1<b1; c2<b2; m<c1,c2";
static const char depend[] = "a1; a2<a1; a3<a2; n1 @net; n2<n1 !a2";

static void check_plan(plan_fn make, const char *graph, const char *applied, const char *target,
                       const char *expected) {
    scene s;
    mig_plan plan;

    scene_open(&s, graph, applied);
    if (CHECK(make(s.ctx, &s.applied, mig_str_of(target), &plan)))
        CHECK_STR(notation_ids(s.ctx, s.graph, plan.nodes.items, plan.nodes.n), expected);
    else
        fprintf(stderr, "%s at {%s} to %s: %s\n", graph, applied, target,
                mig_ctx_error(s.ctx)->message);
    scene_close(&s);
}

static void up(const char *graph, const char *applied, const char *target, const char *expected) {
    check_plan(mig_plan_upgrade, graph, applied, target, expected);
}

static void down(const char *graph, const char *applied, const char *target, const char *expected) {
    check_plan(mig_plan_downgrade, graph, applied, target, expected);
}

static void test_upgrade(void) {
    up(chain, "", "head", "a b c");
    up(chain, "", "", "a b c");
    up(chain, "", " heads ", "a b c");
    up(chain, "c", "a", "");
    up(chain, "a", "c", "b c");
    up(chain, "b", "base", "");
    up(chain, "b", "current", "");
    up(forked, "", "heads", "a b1 b2 c1 c2");
    up(forked, "c1", "right", "b2");
    up(forked, "c1", "right@head", "b2 c2");
    up(forked, "", "left@heads", "a b1 c1");
    up(forked, "", "left@c1", "a b1 c1");
    up(forked, "c2", "left@base", "");
    up(merged, "b1,b2", "head", "c1 c2 m");
    up(merged, "c1", "head", "b2 c2 m");
    up(depend, "", "net@head", "a1 a2 n1 n2");
    up(depend, "a3,n1", "n2", "n2");
    up(depend, "n2", "a3", "a3");
    up("", "", "head", "");
    up("", "", "heads", "");
    up("a; b1<a; b2<a !b1; c2<b2", "", "heads", "a b1 b2 c2");
}

static void test_upgrade_steps(void) {
    up(chain, "", "+1", "a");
    up(chain, "a", "+2", "b c");
    up(forked, "a", "+1", "b1");
    up(forked, "a", "+3", "b1 b2 c1");
    up(forked, "c1", "right@+1", "b2");
    up(forked, "", "right@+1", "a");
    up(forked, "", "right@+2", "a b2");
    up(depend, "", "net@+3", "a1 a2 n1");
    up(chain, "", "a+1", "a b");
    up(chain, "", "head-1", "a b");
    up(chain, "", "base+2", "a b");
    up(chain, "a", "current+1", "b");
    up(chain, "", "current+1", "a");
    up(forked, "", "left@a+1", "a b1");
    up(forked, "", "left+1", "a b1 c1");
    up(forked, "", "left@base+2", "a b1");
    up(chain, "", "b-0", "a b");
    up("v1.2; v1.3<v1.2", "", "v1.2+1", "v1.2 v1.3");
}

static void test_downgrade(void) {
    down(chain, "c", "a", "c b");
    down(chain, "c", "base", "c b a");
    down(chain, "c", "c", "");
    down(chain, "c", "head", "");
    down(chain, "", "base", "");
    down(chain, "", "current", "");
    down(forked, "c1,c2", "left@a", "c1 b1");
    down(forked, "c1,c2", "a", "c2 c1 b2 b1");
    down(forked, "c1,c2", "b1", "c1");
    down(forked, "c1,c2", "left@base", "c1 b1");
    down(forked, "c1", "left@base", "c1 b1");
    down("a; b<a @l; c<b", "c", "l@base", "c b a");
    down(merged, "m", "c1", "m");
    down(merged, "m", "b1", "m c1");
    down(merged, "m", "left@base", "m c1 b1");
    down(depend, "n2", "net@base", "n2 n1");
    down(depend, "a3,n2", "a2", "a3");
    down(depend, "a3,n2", "a1", "n2 a3 a2");
    down(depend, "n2", "a2", "");
    down(depend, "n2", "n1", "n2");
    down(forked, "c2,b1", "left@head-1", "");
    down(forked, "c1,c2", "right@head", "");
}

static void test_downgrade_steps(void) {
    down(chain, "c", "-1", "c");
    down(chain, "c", "-3", "c b a");
    down(merged, "m", "-1", "m");
    down(merged, "m", "-2", "m c2");
    down(forked, "c1,c2", "left@-2", "c1 b1");
    down(forked, "c1,c2", "left@-1", "c1");
    down(merged, "m", "left@-2", "m c1");
    down(depend, "a3,n2", "a3@-1", "a3");
    down(depend, "a3,n2", "a3@-2", "n2 a3 a2");
    down(chain, "c", "c-1", "c");
    down(chain, "c", "c-3", "c b a");
    down(chain, "c", "base+1", "c b");
    down(chain, "c", "a+1", "c");
}

/* The last applied is the last by seq, whatever the ranking says. */
static void test_undo_order(void) {
    scene s;
    mig_plan plan;

    scene_open(&s, forked, "c1,c2");
    s.applied.seq[mig_graph_find(s.graph, MIG_STR("b1"))] = 11;
    s.applied.seq[mig_graph_find(s.graph, MIG_STR("c1"))] = 12;
    CHECK(mig_plan_downgrade(s.ctx, &s.applied, MIG_STR("-3"), &plan));
    CHECK_STR(notation_ids(s.ctx, s.graph, plan.nodes.items, plan.nodes.n), "c1 b1 c2");
    s.applied.seq[mig_graph_find(s.graph, MIG_STR("a"))] = 13;
    CHECK(!mig_plan_downgrade(s.ctx, &s.applied, MIG_STR("-1"), &plan));
    CHECK_STR(mig_str_of(mig_ctx_error(s.ctx)->detail),
              "Revision \"b1\" stands on \"a\", which was applied after it.");
    CHECK_ERROR(s.ctx, MIG_E_STATE, "cannot undo \"-1\" in the order of application");
    scene_close(&s);
}

static void check_refused(plan_fn make, const char *graph, const char *applied, const char *target,
                          mig_code code, const char *message, const char *detail,
                          const char *hint) {
    scene s;
    mig_plan plan;
    const mig_error *error;

    scene_open(&s, graph, applied);
    CHECK(!make(s.ctx, &s.applied, mig_str_of(target), &plan));
    error = mig_ctx_error(s.ctx);
    if (CHECK(error != NULL)) {
        CHECK_STR(mig_str_of(error->detail), detail);
        CHECK_STR(mig_str_of(error->hint), hint);
    }
    CHECK_ERROR(s.ctx, code, message);
    scene_close(&s);
}

static const char name_one_hint[] = "Name one of them, use heads for all or label@head for one "
                                    "branch, or join them: SELECT migrate_merge('heads').";
static const char form_hint[] =
    "A target is an id or the first 4 or more characters of one, a branch label, head, heads, "
    "base, "
    "current, +N or -N, any of these with a number of steps (ID+N, ID-N), or one of them behind a "
    "label (label@head).";
static const char labels_detail[] = "Branch labels are \"left\", \"right\".";

static void test_unknown(void) {
    check_refused(mig_plan_upgrade, chain, "", "abc123", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"abc123\"", "",
                  "SELECT * FROM migrate_history() lists the revisions. If it is new, load its "
                  "script first.");
    check_refused(mig_plan_upgrade, forked, "", "lefty", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"lefty\"", labels_detail,
                  "SELECT * FROM migrate_history() lists the revisions. If it is new, load its "
                  "script first.");
    check_refused(mig_plan_downgrade, "27c6a30d7c24", "", "27c6a30d7c42", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"27c6a30d7c42\"", "",
                  "Perhaps \"27c6a30d7c24\" is meant.");
    check_refused(mig_plan_upgrade, "27c6a30d7c24", "", "27c", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"27c\"", "",
                  "An id can be shortened to its first 4 or more characters. SELECT * FROM "
                  "migrate_history() lists the revisions.");
    check_refused(mig_plan_upgrade, forked, "", "middle@head", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"middle\"", labels_detail,
                  "SELECT * FROM migrate_history() lists the revisions. If it is new, load its "
                  "script first.");
    check_refused(mig_plan_upgrade, forked, "", "left@b2", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"left@b2\"",
                  "Revision \"b2\" is not a member of the branch of \"b1\".",
                  "Name it without the branch: \"b2\".");
    check_refused(mig_plan_upgrade, "", "", "a", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"a\"", "",
                  "The catalog is empty. Load the scripts first: SELECT "
                  "migrate_load('directory').");
}

static void test_numbers(void) {
    check_refused(mig_plan_upgrade, chain, "", "1", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"1\"", "",
                  "To move by a number of steps, type it with its sign, as text: '+1' or '-1'.");
    check_refused(mig_plan_downgrade, chain, "c", "12345", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"12345\"", "",
                  "To move by a number of steps, type it with its sign, as text: '+12345' or "
                  "'-12345'.");
    check_refused(mig_plan_upgrade, "20240101; 20240102<20240101", "", "20240103", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"20240103\"", "",
                  "Perhaps \"20240101\" is meant.");
    up("1; 2<1", "", "1", "1");
}

static void test_ambiguous(void) {
    check_refused(mig_plan_upgrade, "abcd1; abcd2; abce3", "", "abcd", MIG_E_AMBIGUOUS,
                  "ambiguous revision identifier \"abcd\"", "It fits \"abcd1\" and \"abcd2\".",
                  "Type more characters of the one that is meant.");
    up("abcd1; abcd2; abce3", "", "abce", "abce3");
    up("abcd; abcde; abcdef", "", "abcd", "abcd");
    up("abcd1 @x; abcd2 @y", "", "x@abcd", "abcd1");
    up("abcd1 @abcdx; z", "", "abcd", "abcd1");
    check_refused(mig_plan_upgrade, forked, "", "head", MIG_E_AMBIGUOUS,
                  "multiple head revisions are present", "The heads are \"c1\" and \"c2\".",
                  name_one_hint);
    check_refused(mig_plan_upgrade, "a; b<a @l; c1<b; c2<b; d", "", "l@head", MIG_E_AMBIGUOUS,
                  "multiple head revisions are present", "The heads are \"c1\" and \"c2\".",
                  name_one_hint);
    check_refused(mig_plan_downgrade, forked, "c1,c2", "heads", MIG_E_AMBIGUOUS,
                  "multiple head revisions are present", "The heads are \"c1\" and \"c2\".",
                  name_one_hint);
    check_refused(mig_plan_downgrade, forked, "c1,c2", "current", MIG_E_AMBIGUOUS,
                  "ambiguous target \"current\": several revisions are current",
                  "The current revisions are \"c1\" and \"c2\".", "Name one of them.");
    check_refused(mig_plan_upgrade, forked, "", "a+1", MIG_E_AMBIGUOUS, "ambiguous walk in \"a+1\"",
                  "Revision \"a\" is revised by \"b1\" and \"b2\".",
                  "Name one of them, or put a branch label before the target: label@ID+N.");
    check_refused(mig_plan_downgrade, merged, "m", "m-1", MIG_E_AMBIGUOUS,
                  "ambiguous walk in \"m-1\"", "Revision \"m\" revises \"c1\" and \"c2\".",
                  "Name one of them.");
    check_refused(mig_plan_upgrade, "a; b", "", "base+1", MIG_E_AMBIGUOUS,
                  "ambiguous walk in \"base+1\"", "There are several bases: \"a\" and \"b\".",
                  "Name one of them, or put a branch label before the target: label@ID+N.");
}

static void test_fewer(void) {
    check_refused(mig_plan_upgrade, chain, "a", "+5", MIG_E_STATE,
                  "relative revision \"+5\" didn't produce 5 migrations",
                  "2 revisions are pending.", "The most that can be done is +2.");
    check_refused(mig_plan_upgrade, chain, "c", "+1", MIG_E_STATE,
                  "relative revision \"+1\" didn't produce 1 migrations",
                  "0 revisions are pending.", "There is nothing to do.");
    check_refused(mig_plan_upgrade, forked, "c2", "left@+3", MIG_E_STATE,
                  "relative revision \"left@+3\" didn't produce 3 migrations",
                  "2 revisions are pending on this branch.", "The most that can be done is +2.");
    check_refused(mig_plan_downgrade, chain, "a", "-2", MIG_E_STATE,
                  "relative revision \"-2\" didn't produce 2 migrations", "1 revision is applied.",
                  "The most that can be done is -1.");
    check_refused(mig_plan_downgrade, forked, "c1,c2", "left@-3", MIG_E_STATE,
                  "relative revision \"left@-3\" didn't produce 3 migrations",
                  "2 revisions are applied on this branch.", "The most that can be done is -2.");
    check_refused(mig_plan_upgrade, chain, "", "head+1", MIG_E_ARGUMENT,
                  "relative revision \"head+1\" didn't produce 1 migrations",
                  "Nothing is above it.", "Take fewer steps, or use head.");
    check_refused(mig_plan_downgrade, chain, "c", "a-2", MIG_E_ARGUMENT,
                  "relative revision \"a-2\" didn't produce 2 migrations",
                  "There is only 1 below it.", "Take fewer steps, or use base.");
    check_refused(mig_plan_upgrade, chain, "", "+9223372036854775807", MIG_E_STATE,
                  "relative revision \"+9223372036854775807\" didn't produce 9223372036854775807 "
                  "migrations",
                  "3 revisions are pending.", "The most that can be done is +3.");
}

static void test_direction(void) {
    check_refused(mig_plan_upgrade, chain, "c", "-1", MIG_E_ARGUMENT,
                  "\"-1\" is no target of an upgrade", "",
                  "Type SELECT migrate_downgrade('-1') to go the other way.");
    check_refused(mig_plan_downgrade, chain, "a", "+1", MIG_E_ARGUMENT,
                  "\"+1\" is no target of a downgrade", "",
                  "Type SELECT migrate_upgrade('+1') to go the other way.");
    check_refused(mig_plan_upgrade, chain, "c", "+0", MIG_E_ARGUMENT,
                  "\"+0\" is no target of an upgrade", "", "A number of steps is at least 1.");
    check_refused(mig_plan_downgrade, chain, "a", "c", MIG_E_STATE,
                  "cannot downgrade to \"c\": revision \"c\" is not applied",
                  "The database is at a.", "To go up to it, type SELECT migrate_upgrade('c').");
    check_refused(mig_plan_downgrade, forked, "c1", "right", MIG_E_STATE,
                  "cannot downgrade to \"right\": revision \"b2\" is not applied",
                  "The database is at c1 (head).",
                  "To go up to it, type SELECT migrate_upgrade('b2').");
    check_refused(mig_plan_downgrade, chain, "c", "", MIG_E_ARGUMENT, "a downgrade needs a target",
                  "", "Name the revision to go down to, -1 for the last one applied, or base.");
    check_refused(mig_plan_downgrade, "a; b<a @l; c1<b; c2<b", "c1,c2", "l@b", MIG_E_ARGUMENT,
                  "not a valid downgrade target: \"l@b\"",
                  "Several revisions revise \"b\", and none of them leads to \"b\".",
                  "Name \"b\" without a branch to undo all that stands on it.");
}

static void test_forms(void) {
    static const char *const bad[] = {"@a",
                                      "left@",
                                      "a+",
                                      "a-b",
                                      "a+1+1",
                                      "a b",
                                      "+",
                                      "-",
                                      "a@b@c",
                                      "left@head@",
                                      "head@a",
                                      "base@a",
                                      "current@a",
                                      "+1x",
                                      "a'b",
                                      "\xc3\xa9",
                                      "+99999999999999999999",
                                      "a,b",
                                      "--1"};
    char message[80];
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(message, sizeof message, "\"%s\" is not a target", bad[i]);
        check_refused(mig_plan_upgrade, chain, "", bad[i], MIG_E_ARGUMENT, message, "", form_hint);
    }
    check_refused(mig_plan_upgrade, chain, "", "a:b", MIG_E_ARGUMENT,
                  "range \"a:b\" is not allowed here", "",
                  "Name the one target. Ranges are for migrate_upgrade_sql, migrate_downgrade_sql "
                  "and migrate_history.");
}

static void test_long_target(void) {
    scene s;
    mig_plan plan;
    static char text[4000];

    memset(text, 'x', sizeof text - 1);
    scene_open(&s, chain, "");
    CHECK(!mig_plan_upgrade(s.ctx, &s.applied, mig_str_of(text), &plan));
    CHECK_ERROR(s.ctx, MIG_E_ARGUMENT, "target is longer than 542 bytes");
    scene_close(&s);
}

/* Lists in messages are cut. */
static void test_many_heads(void) {
    check_refused(mig_plan_upgrade, "a; b; c; d; e; f; g; h; i; j; k; l", "", "head",
                  MIG_E_AMBIGUOUS, "multiple head revisions are present",
                  "The heads are \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", "
                  "\"j\" and 2 more.",
                  name_one_hint);
}

static void check_either(const char *graph, const char *applied, const char *target, bool goes_down,
                         const char *expected) {
    scene s;
    mig_plan plan;

    scene_open(&s, graph, applied);
    CHECK(mig_plan_either(s.ctx, &s.applied, mig_str_of(target), &plan));
    CHECK_INT(plan.down, goes_down);
    CHECK_STR(notation_ids(s.ctx, s.graph, plan.nodes.items, plan.nodes.n), expected);
    scene_close(&s);
}

static void test_either(void) {
    check_either(chain, "a", "", false, "b c");
    check_either(chain, "a", "+1", false, "b");
    check_either(chain, "c", "-1", true, "c");
    check_either(chain, "c", "a", true, "c b");
    check_either(chain, "c", "base", true, "c b a");
    check_either(chain, "c", "head", false, "");
    check_either(chain, "", "base", false, "");
    check_either(chain, "c", "head-1", true, "c");
    check_either(forked, "c1,c2", "left@base", true, "c1 b1");
    check_either(forked, "c1,c2", "left@a", true, "c1 b1");
    check_either(forked, "c1", "left@-1", true, "c1");
    check_either(forked, "c1", "right", false, "b2");
    check_either(depend, "n2", "a2", false, "");
    check_refused(mig_plan_either, forked, "c1", "head", MIG_E_AMBIGUOUS,
                  "multiple head revisions are present", "The heads are \"c1\" and \"c2\".",
                  name_one_hint);
}

static void check_stamp(const char *graph, const char *applied, const char *targets, bool purge,
                        const char *expected) {
    scene s;
    bool *after;

    scene_open(&s, graph, applied);
    after = mig_alloc_zero(s.ctx, s.graph->n, sizeof *after);
    if (CHECK(mig_plan_stamp(s.ctx, &s.applied, mig_str_of(targets), purge, after)))
        CHECK_STR(notation_set(s.ctx, s.graph, after), expected);
    else
        fprintf(stderr, "stamp %s: %s\n", targets, mig_ctx_error(s.ctx)->message);
    scene_close(&s);
}

static void stamp_refused(const char *graph, const char *applied, const char *targets,
                          mig_code code, const char *message) {
    scene s;
    bool after[16];

    scene_open(&s, graph, applied);
    CHECK(!mig_plan_stamp(s.ctx, &s.applied, mig_str_of(targets), false, after));
    CHECK_ERROR(s.ctx, code, message);
    scene_close(&s);
}

static void test_stamp(void) {
    check_stamp(merged, "b1,b2", "m", false, "a b1 b2 c1 c2 m");
    check_stamp(merged, "m", "a", false, "a");
    check_stamp(merged, "c1,c2", "b1", false, "a b1 b2 c2");
    check_stamp(merged, "m", "b1", false, "a b1 b2 c2");
    check_stamp(merged, "m", "b1, c2", false, "a b1 b2 c2");
    check_stamp(merged, "c1", "b2", false, "a b1 b2 c1");
    check_stamp(merged, "c1,c2", "base", false, "");
    check_stamp(forked, "c1,c2", "left@base", false, "a b2 c2");
    check_stamp(forked, "c1", "heads", false, "a b1 b2 c1 c2");
    check_stamp(forked, "c1", "c2", true, "a b2 c2");
    check_stamp(forked, "c1", "current", true, "a b1 c1");
    check_stamp(forked, "c1", "base b2", false, "a b2");
    check_stamp(chain, "", "b c", false, "a b c");
    check_stamp(chain, "c", "c b", false, "a b c");
    check_stamp(depend, "n2", "n1", false, "a1 a2 n1");
    check_stamp(depend, "n2", "net@base", false, "a1 a2");
    check_stamp(chain, "a", "+1", false, "a b");
    check_stamp(chain, "c", "-2", false, "a");
    check_stamp(chain, "c", "+1", true, "a");
    check_stamp(chain, "", "head-1", false, "a b");
    stamp_refused(chain, "c", "", MIG_E_ARGUMENT, "no revision to stamp");
    stamp_refused(chain, "c", " , ", MIG_E_ARGUMENT, "no revision to stamp");
    stamp_refused(chain, "c", "a -1", MIG_E_ARGUMENT, "\"-1\" cannot stand in a list of revisions");
    stamp_refused(chain, "c", "+0", MIG_E_ARGUMENT, "\"+0\" is no target of a stamp");
    stamp_refused(chain, "c", "a zzzz", MIG_E_UNKNOWN,
                  "can't locate revision identified by \"zzzz\"");
    stamp_refused(forked, "c1", "head", MIG_E_AMBIGUOUS, "multiple head revisions are present");
}

static void check_one(const char *graph, const char *applied, const char *target,
                      const char *expected) {
    scene s;
    size_t node;

    scene_open(&s, graph, applied);
    node = mig_target_one(s.ctx, &s.applied, mig_str_of(target));
    if (CHECK(node != MIG_NONE))
        CHECK_STR(s.graph->revisions[node].id, expected);
    scene_close(&s);
}

static void one_refused(const char *graph, const char *applied, const char *target, mig_code code,
                        const char *message) {
    scene s;

    scene_open(&s, graph, applied);
    CHECK(mig_target_one(s.ctx, &s.applied, mig_str_of(target)) == MIG_NONE);
    CHECK_ERROR(s.ctx, code, message);
    scene_close(&s);
}

static void test_one(void) {
    check_one(chain, "b", "c", "c");
    check_one(chain, "b", "head", "c");
    check_one(chain, "b", "current", "b");
    check_one(chain, "b", "current-1", "a");
    check_one(forked, "", "left@head", "c1");
    check_one(forked, "", "left", "b1");
    one_refused(chain, "", "base", MIG_E_UNKNOWN, "\"base\" names no revision");
    one_refused(chain, "", "current", MIG_E_UNKNOWN, "\"current\" names no revision");
    one_refused(chain, "b", "-1", MIG_E_ARGUMENT, "\"-1\" names no revision");
    one_refused("", "", "head", MIG_E_UNKNOWN, "\"head\" names no revision");
    one_refused(forked, "", "heads", MIG_E_AMBIGUOUS, "multiple head revisions are present");
    one_refused(forked, "c1,c2", "current", MIG_E_AMBIGUOUS,
                "ambiguous target \"current\": several revisions are current");
}

static void check_many(const char *graph, const char *applied, const char *targets,
                       const char *expected) {
    scene s;
    mig_nodes nodes = {NULL, 0, 0};

    scene_open(&s, graph, applied);
    CHECK(mig_target_many(s.ctx, &s.applied, mig_str_of(targets), &nodes));
    CHECK_STR(notation_ids(s.ctx, s.graph, nodes.items, nodes.n), expected);
    scene_close(&s);
}

static void test_many(void) {
    scene s;
    mig_nodes nodes = {NULL, 0, 0};

    check_many(forked, "b1", "c2, c1 b1 c2", "c2 c1 b1");
    check_many(forked, "b1", "heads", "c1 c2");
    check_many(forked, "b1", "left@heads,current,base", "c1 b1");
    check_many(forked, "b1", "", "");
    check_many("a; b1<a; b2<a !b1; c2<b2", "", "heads", "b1 c2");
    scene_open(&s, forked, "");
    CHECK(!mig_target_many(s.ctx, &s.applied, MIG_STR("c1 +1"), &nodes));
    CHECK_ERROR(s.ctx, MIG_E_ARGUMENT, "\"+1\" names no revision");
    scene_close(&s);
}

static void test_states(void) {
    scene s;

    scene_open(&s, depend, "n2,a3");
    CHECK_STR(notation_set(s.ctx, s.graph, s.applied.in), "a1 a2 a3 n1 n2");
    CHECK_INT(s.applied.seq[mig_graph_find(s.graph, MIG_STR("n2"))], 5);
    CHECK_STR(mig_applied_text(s.ctx, &s.applied, true), "a3 (head), n2 (head)");
    CHECK(mig_applied_at_heads(&s.applied));
    mig_applied_step(&s.applied, true, mig_graph_find(s.graph, MIG_STR("n2")), 0);
    CHECK_STR(mig_applied_text(s.ctx, &s.applied, true), "a3 (head), n1");
    CHECK_STR(mig_applied_text(s.ctx, &s.applied, false), "a3, n1");
    CHECK(!mig_applied_at_heads(&s.applied));
    mig_applied_step(&s.applied, false, mig_graph_find(s.graph, MIG_STR("n2")), 9);
    CHECK_INT(s.applied.seq[mig_graph_find(s.graph, MIG_STR("n2"))], 9);
    CHECK(mig_applied_at_heads(&s.applied));
    scene_close(&s);
    scene_open(&s, chain, "base");
    CHECK_STR(mig_applied_text(s.ctx, &s.applied, true), "base");
    scene_close(&s);
    scene_open(&s, "", "");
    CHECK(mig_applied_at_heads(&s.applied));
    scene_close(&s);
}

static void check_history(const char *graph, const char *applied, const char *range,
                          const char *expected) {
    scene s;
    mig_nodes nodes;

    scene_open(&s, graph, applied);
    if (CHECK(mig_plan_history(s.ctx, &s.applied, mig_str_of(range), &nodes)))
        CHECK_STR(notation_ids(s.ctx, s.graph, nodes.items, nodes.n), expected);
    else
        fprintf(stderr, "history %s: %s\n", range, mig_ctx_error(s.ctx)->message);
    scene_close(&s);
}

static void history_refused(const char *graph, const char *range, mig_code code,
                            const char *message) {
    scene s;
    mig_nodes nodes;

    scene_open(&s, graph, "");
    CHECK(!mig_plan_history(s.ctx, &s.applied, mig_str_of(range), &nodes));
    CHECK_ERROR(s.ctx, code, message);
    scene_close(&s);
}

static void test_history(void) {
    static const char line[] = "a; b<a; c<b; d<c; e<d; f<e";

    check_history(line, "d", "", "f e d c b a");
    check_history(line, "d", "b:e", "e d c b");
    check_history(line, "d", "c:", "f e d c");
    check_history(line, "d", " : c ", "c b a");
    check_history(line, "d", ":", "f e d c b a");
    check_history(line, "d", "current:", "f e d");
    check_history(line, "d", ":current", "d c b a");
    check_history(line, "d", "-3:current", "d c b a");
    check_history(line, "d", "-1:", "f e");
    check_history(line, "d", "-9:b", "b a");
    check_history(line, "d", "current:+1", "e d");
    check_history(line, "d", ":-2", "d c b a");
    check_history(line, "d", "base:b", "b a");
    check_history(line, "d", "current:current", "d");
    check_history(line, "d", "pending", "f e");
    check_history(line, "", ":current", "");
    check_history(line, "", "current:", "f e d c b a");
    check_history(merged, "", "b1:", "m c1 b1");
    check_history(merged, "", "a:c1", "c1 b1 a");
    check_history(merged, "", "-1:", "m c2 c1");
    check_history(merged, "", "a:+1", "b2 b1 a");
    check_history("q; r; p<r; m<p,q", "", "-2:m", "m p r q");
    check_history(forked, "", "left@base:", "c1 b1 a");
    check_history(forked, "", "left@-1:", "c1 b1");
    check_history(depend, "", "a1:n2", "a2 a1");
    check_history("", "", "", "");
    check_history("", "", "base:heads", "");
}

static void test_history_refused(void) {
    history_refused(chain, "b", MIG_E_ARGUMENT,
                    "history range requires [start]:[end], [start]:, or :[end]");
    history_refused(chain, "a:b:c", MIG_E_ARGUMENT, "range \"b:c\" is not allowed here");
    history_refused(chain, "c:a", MIG_E_ARGUMENT,
                    "requested range \"c:a\" does not refer to ancestor and descendant revisions");
    history_refused(forked, "c1:c2", MIG_E_ARGUMENT,
                    "requested range \"c1:c2\" does not refer to ancestor and descendant "
                    "revisions");
    history_refused(chain, "+1:", MIG_E_ARGUMENT,
                    "history range \"+1:\" has no start to count from");
    history_refused(chain, "-1:-1", MIG_E_ARGUMENT,
                    "history range \"-1:-1\" has no start to count from");
    history_refused(chain, ":+1", MIG_E_ARGUMENT,
                    "history range \":+1\" has no start to count from");
    history_refused(chain, "zzzz:", MIG_E_UNKNOWN, "can't locate revision identified by \"zzzz\"");
}

static void test_range(void) {
    mig_str from, to;

    CHECK(!mig_target_range(MIG_STR("head"), &from, &to));
    CHECK(mig_target_range(MIG_STR(" a : b "), &from, &to));
    CHECK_STR(from, "a");
    CHECK_STR(to, "b");
    CHECK(mig_target_range(MIG_STR(":b"), &from, &to));
    CHECK_STR(from, "");
    CHECK_STR(to, "b");
}

/* An error that is set already: nothing happens. */
static void test_sticky(void) {
    scene s;
    mig_plan plan;
    mig_nodes nodes = {NULL, 0, 0};
    bool after[3];

    scene_open(&s, chain, "");
    mig_fail(s.ctx, MIG_E_BUSY, "first");
    CHECK(!mig_plan_upgrade(s.ctx, &s.applied, MIG_STR("head"), &plan));
    CHECK(!mig_plan_downgrade(s.ctx, &s.applied, MIG_STR(""), &plan));
    CHECK(!mig_plan_either(s.ctx, &s.applied, MIG_STR("head"), &plan));
    CHECK(!mig_plan_stamp(s.ctx, &s.applied, MIG_STR(""), true, after));
    CHECK(!mig_plan_history(s.ctx, &s.applied, MIG_STR("x"), &nodes));
    CHECK(mig_target_one(s.ctx, &s.applied, MIG_STR("zzzz")) == MIG_NONE);
    CHECK(!mig_target_many(s.ctx, &s.applied, MIG_STR("zzzz"), &nodes));
    CHECK_ERROR(s.ctx, MIG_E_BUSY, "first");
    scene_close(&s);
}

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % n);
}

/* Parents and dependencies among earlier revisions, in an input order that is not theirs. */
static void random_open(scene *s, size_t n) {
    mig_revision *r, *shuffled;
    mig_complaints list = {NULL, 0, 0, 0};
    size_t i, k;

    s->ctx = unit_ctx();
    r = mig_alloc_zero(s->ctx, n, sizeof *r);
    shuffled = mig_alloc_zero(s->ctx, n, sizeof *r);
    for (i = 0; i < n; i++) {
        r[i].id = mig_str_format(s->ctx, "%04zx%03zu", random_below(65536), i);
        r[i].created_at = random_below(4) == 0 ? INT64_MAX : (int64_t)random_below(50);
        for (k = random_below(i < 3 ? 2 : 4); i > 0 && k > 0; k--)
            mig_list_add(s->ctx, &r[i].revises, r[random_below(i)].id);
        for (k = random_below(6); i > 0 && k > 4; k--)
            mig_list_add(s->ctx, &r[i].depends_on, r[random_below(i)].id);
        if (random_below(5) == 0)
            mig_list_add(s->ctx, &r[i].labels, mig_str_format(s->ctx, "label%zu", i));
    }
    for (i = n; i > 0; i--) {
        k = random_below(i);
        shuffled[i - 1] = r[k];
        r[k] = r[i - 1];
    }
    s->graph = mig_graph_new(s->ctx, shuffled, n, &list);
    if (!CHECK(s->graph != NULL) ||
        !CHECK(mig_applied_at(s->ctx, s->graph, MIG_STR("base"), &s->applied)))
        exit(1);
}

/* Runs a plan step by step: each changes the set and leaves it closed. */
static bool plan_run(scene *s, const mig_plan *plan, int64_t *seq) {
    size_t i;

    for (i = 0; i < plan->nodes.n; i++) {
        size_t node = plan->nodes.items[i];

        if (s->applied.in[node] != plan->down)
            return false;
        mig_applied_step(&s->applied, plan->down, node, ++*seq);
        if (!notation_is_closed(s->graph, s->applied.in))
            return false;
    }
    return true;
}

static mig_str random_target(scene *s, bool goes_down) {
    size_t node = random_below(s->graph->n), steps = random_below(4) + 1;
    mig_str id = s->graph->revisions[node].id;
    mig_list labels = s->graph->revisions[node].labels;

    switch (random_below(8)) {
    case 0:
        return goes_down ? MIG_STR("base") : MIG_STR("heads");
    case 1:
        return mig_str_format(s->ctx, "%c%zu", goes_down ? '-' : '+', steps);
    case 2:
        return mig_str_format(s->ctx, "%.*s%c%zu", MIG_FMT(id), goes_down ? '-' : '+', steps);
    case 3:
        return mig_str_format(s->ctx, "%.*s@%c%zu", MIG_FMT(id), goes_down ? '-' : '+', steps);
    case 4:
        return mig_str_format(s->ctx, "%.*s@%s", MIG_FMT(id), goes_down ? "base" : "heads");
    case 5:
        return labels.n > 0 ? labels.items[0] : id;
    case 6:
        return mig_str_sub(id, 0, 5);
    default:
        return id;
    }
}

/* No current revision stands on another, and together they carry the whole set. */
static bool current_is_right(scene *s) {
    mig_nodes nodes = {NULL, 0, 0};
    bool *below = mig_alloc_zero(s->ctx, s->graph->n, sizeof *below);
    size_t i;

    if (!mig_graph_maximal(s->ctx, s->graph, s->applied.in, &nodes))
        return false;
    for (i = 0; i < nodes.n; i++) {
        bool *above = mig_alloc_zero(s->ctx, s->graph->n, sizeof *above);
        size_t k;

        above[nodes.items[i]] = below[nodes.items[i]] = true;
        mig_graph_spread(s->ctx, s->graph, MIG_WALK_CHILDREN | MIG_WALK_DEPENDENTS, above);
        for (k = 0; k < nodes.n; k++)
            if (k != i && above[nodes.items[k]])
                return false;
    }
    mig_graph_spread(s->ctx, s->graph, MIG_WALK_PARENTS | MIG_WALK_DEPS, below);
    return memcmp(below, s->applied.in, s->graph->n * sizeof *below) == 0;
}

/* "-N" takes exactly the N highest seqs, highest first. */
static bool undo_is_right(scene *s) {
    mig_plan plan;
    size_t i, k, n_applied = 0;
    mig_str text;

    for (i = 0; i < s->graph->n; i++)
        n_applied += s->applied.in[i];
    if (n_applied == 0)
        return true;
    text = mig_str_format(s->ctx, "-%zu", random_below(n_applied) + 1);
    if (!mig_plan_downgrade(s->ctx, &s->applied, text, &plan))
        return false;
    for (i = 0; i < plan.nodes.n; i++) {
        size_t higher = 0;

        for (k = 0; k < s->graph->n; k++)
            higher += s->applied.in[k] && s->applied.seq[k] > s->applied.seq[plan.nodes.items[i]];
        if (higher != i)
            return false;
    }
    return mig_str_eq(text, mig_str_format(s->ctx, "-%zu", plan.nodes.n));
}

static bool stamp_is_right(scene *s, int64_t *seq) {
    bool *after = mig_alloc_zero(s->ctx, s->graph->n, sizeof *after);
    mig_error error;
    size_t i;

    if (!mig_plan_stamp(s->ctx, &s->applied, random_target(s, random_below(2) == 0),
                        random_below(4) == 0, after))
        return mig_take_error(s->ctx, &error) && error.code != MIG_E_NOMEM;
    if (!notation_is_closed(s->graph, after))
        return false;
    for (i = 0; i < s->graph->n; i++) {
        size_t node = s->graph->order[i];

        if (after[node] != s->applied.in[node])
            mig_applied_step(&s->applied, !after[node], node, ++*seq);
    }
    return true;
}

static void random_walk(scene *s, int64_t *seq) {
    bool goes_down = random_below(2) == 0;
    mig_str target = random_target(s, goes_down);
    mig_plan plan;
    mig_error error;

    if (random_below(5) == 0)
        CHECK(stamp_is_right(s, seq));
    else if ((goes_down ? mig_plan_downgrade : mig_plan_upgrade)(s->ctx, &s->applied, target,
                                                                 &plan))
        CHECK(plan.down == goes_down && plan_run(s, &plan, seq));
    else
        CHECK(mig_take_error(s->ctx, &error) && error.hint != NULL);
    CHECK(current_is_right(s));
    CHECK(undo_is_right(s));
}

/* To the heads and back to base: everything, then nothing. */
static void test_all_the_way(scene *s, int64_t *seq) {
    mig_plan plan;
    size_t i, left = 0;

    CHECK(mig_plan_upgrade(s->ctx, &s->applied, MIG_STR("heads"), &plan));
    CHECK(plan_run(s, &plan, seq) && mig_applied_at_heads(&s->applied));
    for (i = 0; i < s->graph->n; i++)
        left += !s->applied.in[i];
    CHECK_INT(left, 0);
    CHECK(mig_plan_downgrade(s->ctx, &s->applied, MIG_STR("base"), &plan));
    CHECK(plan_run(s, &plan, seq));
    CHECK_INT(plan.nodes.n, s->graph->n);
    for (i = 0; i < s->graph->n; i++)
        left += s->applied.in[i];
    CHECK_INT(left, 0);
}

static void test_properties(void) {
    size_t round, k;

    for (round = 0; round < 150; round++) {
        int64_t seq = 0;
        scene s;

        random_open(&s, 1 + random_below(24));
        for (k = 0; k < 12; k++)
            random_walk(&s, &seq);
        test_all_the_way(&s, &seq);
        scene_close(&s);
    }
}

/* An error of the target is as good as a plan here; only memory matters. */
static bool torture_one(mig_ctx *ctx, const mig_applied *applied, const char *text) {
    mig_str target = mig_str_of(text);
    mig_plan plan;
    mig_nodes nodes = {NULL, 0, 0};
    bool after[8];
    mig_error error;
    size_t i;

    for (i = 0; i < 7; i++) {
        bool ok = i == 0   ? mig_plan_upgrade(ctx, applied, target, &plan)
                  : i == 1 ? mig_plan_downgrade(ctx, applied, target, &plan)
                  : i == 2 ? mig_plan_either(ctx, applied, target, &plan)
                  : i == 3 ? mig_plan_stamp(ctx, applied, target, i % 2 == 0, after)
                  : i == 4 ? mig_target_one(ctx, applied, target) != MIG_NONE
                  : i == 5 ? mig_target_many(ctx, applied, target, &nodes)
                           : mig_plan_history(ctx, applied, target, &nodes);

        if (!ok && mig_ctx_error(ctx)->code == MIG_E_NOMEM)
            return false;
        if (!ok)
            mig_take_error(ctx, &error);
    }
    return true;
}

static bool torture_plans(mig_ctx *ctx, void *arg) {
    mig_complaints list;
    mig_graph *graph = notation_graph(ctx, merged, &list);
    mig_applied applied;

    return graph != NULL && mig_applied_at(ctx, graph, MIG_STR("c1,b2"), &applied) &&
           mig_applied_text(ctx, &applied, true).p != NULL && torture_one(ctx, &applied, arg);
}

static void test_torture(void) {
    static char texts[][16] = {"heads", "left@base", "-1",   "+1",      "a+1",   "left@-1", "a",
                               "zzzz",  "head-1",    "a:c1", "-2:head", "c1 b2", "current", "m"};
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(unit_torture(torture_plans, texts[i]) > 0);
}

int main(void) {
    test_upgrade();
    test_upgrade_steps();
    test_downgrade();
    test_downgrade_steps();
    test_undo_order();
    test_unknown();
    test_numbers();
    test_ambiguous();
    test_fewer();
    test_direction();
    test_forms();
    test_long_target();
    test_many_heads();
    test_either();
    test_stamp();
    test_one();
    test_many();
    test_states();
    test_history();
    test_history_refused();
    test_range();
    test_sticky();
    test_properties();
    test_torture();
    return unit_end("plan");
}
