/*
 * test_graph.c: building, validating, ranking and walking the revision graph.
 */
#include "notation.h"

#include <stdlib.h>

#include "nearest.h"

static mig_graph *graph_of(mig_ctx *ctx, const char *z) {
    mig_complaints list;
    mig_graph *graph = notation_graph(ctx, z, &list);

    if (!CHECK(graph != NULL && list.total == 0))
        exit(1);
    return graph;
}

static size_t node_of(const mig_graph *graph, const char *id) {
    return mig_graph_find(graph, mig_str_of(id));
}

static mig_str links_of(mig_ctx *ctx, const mig_graph *graph, const mig_links *links,
                        const char *id) {
    size_t node = node_of(graph, id);

    return notation_ids(ctx, graph, links->item + links->first[node],
                        links->first[node + 1] - links->first[node]);
}

static void test_links(void) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "m<c,b,c !left,a; c<a; b<a @left,west; a; z !west,a");

    CHECK_STR(links_of(ctx, g, &g->parents, "m"), "c b");
    CHECK_STR(links_of(ctx, g, &g->deps, "m"), "b a");
    CHECK_STR(links_of(ctx, g, &g->children, "a"), "b c");
    CHECK_STR(links_of(ctx, g, &g->dependents, "a"), "m z");
    CHECK_STR(links_of(ctx, g, &g->dependents, "b"), "m z");
    CHECK_STR(links_of(ctx, g, &g->parents, "a"), "");
    CHECK_INT(node_of(g, "nothing"), MIG_NONE);
    CHECK_INT(node_of(g, "left"), MIG_NONE);
    CHECK_INT(mig_map_find(g->labels, MIG_STR("west")), node_of(g, "b"));
    unit_free(ctx);
}

static mig_str heads_of(mig_ctx *ctx, const mig_graph *graph, bool effective) {
    mig_nodes heads = {NULL, 0, 0};

    CHECK(mig_graph_heads(ctx, graph, effective, &heads));
    return notation_ids(ctx, graph, heads.items, heads.n);
}

static void test_heads(void) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "a; b1<a; b2<a !b1; c2<b2");

    CHECK_STR(heads_of(ctx, g, false), "b1 c2");
    CHECK_STR(heads_of(ctx, g, true), "c2");
    CHECK(mig_graph_is_head(g, node_of(g, "b1")));
    CHECK(!mig_graph_is_effective_head(g, node_of(g, "b1")));
    CHECK(mig_graph_is_effective_head(g, node_of(g, "c2")));
    CHECK(mig_graph_is_base(g, node_of(g, "a")));
    CHECK(!mig_graph_is_base(g, node_of(g, "b2")));
    unit_free(ctx);
}

static void check_order(const char *z, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, z);
    size_t i;

    CHECK_STR(notation_ids(ctx, g, g->order, g->n), expected);
    for (i = 0; i < g->n; i++)
        CHECK_INT(g->rank[g->order[i]], i);
    unit_free(ctx);
}

static void test_rank(void) {
    check_order("", "");
    check_order("c<b; b<a; a", "a b c");
    check_order("b; a; B; _", "B _ a b");
    check_order("a #9; b #8; c; d #7", "d b a c");
    check_order("a #9; b<a #1; c #5; d #20", "c a b d");
    check_order("a #-5; b #0; c #-9", "c a b");
    check_order("a !z; z #3; y #4", "z y a");
    check_order("y #4; z #3; a !z", "z y a");
    check_order("a; b<a; c<a; m<b,c; d<b", "a b c d m");
}

static void test_empty(void) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "");

    CHECK_INT(g->n, 0);
    CHECK_STR(heads_of(ctx, g, true), "");
    CHECK_INT(node_of(g, "a"), MIG_NONE);
    CHECK_INT(mig_graph_nearest(g, MIG_STR("abcdef")), MIG_NONE);
    unit_free(ctx);
}

static void check_spread(const char *from, unsigned walk, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "a1; a2<a1; a3<a2; n1; n2<n1 !a2; m<a3,n2; x<a1");
    bool *set = mig_alloc_zero(ctx, g->n, sizeof *set);

    set[node_of(g, from)] = true;
    CHECK(mig_graph_spread(ctx, g, walk, set));
    CHECK_STR(notation_set(ctx, g, set), expected);
    unit_free(ctx);
}

static void test_spread(void) {
    check_spread("n2", MIG_WALK_PARENTS, "n1 n2");
    check_spread("n2", MIG_WALK_DEPS, "a2 n2");
    check_spread("n2", MIG_WALK_PARENTS | MIG_WALK_DEPS, "a1 a2 n1 n2");
    check_spread("a2", MIG_WALK_CHILDREN, "a2 a3 m");
    check_spread("a2", MIG_WALK_CHILDREN | MIG_WALK_DEPENDENTS, "a2 a3 n2 m");
    check_spread("m", MIG_WALK_PARENTS, "a1 a2 a3 n1 n2 m");
    check_spread("x", MIG_WALK_DEPENDENTS, "x");
}

static void test_maximal(void) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "a1; a2<a1; n1; n2<n1 !a2");
    mig_nodes nodes = {NULL, 0, 0};
    bool set[4] = {true, true, true, true};

    CHECK(mig_graph_maximal(ctx, g, set, &nodes));
    CHECK_STR(notation_ids(ctx, g, nodes.items, nodes.n), "n2");
    nodes.n = 0;
    set[node_of(g, "n2")] = false;
    CHECK(mig_graph_maximal(ctx, g, set, &nodes));
    CHECK_STR(notation_ids(ctx, g, nodes.items, nodes.n), "a2 n1");
    nodes.n = 0;
    memset(set, 0, sizeof set);
    CHECK(mig_graph_maximal(ctx, g, set, &nodes));
    CHECK_INT(nodes.n, 0);
    unit_free(ctx);
}

static void test_related(void) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "a; l<a; r<a; l2<l; m<l2,r; x !l");
    bool *set = mig_alloc_zero(ctx, g->n, sizeof *set);

    CHECK(mig_graph_related(ctx, g, node_of(g, "l"), set));
    CHECK_STR(notation_set(ctx, g, set), "a l l2 m");
    CHECK(mig_graph_related(ctx, g, node_of(g, "x"), set));
    CHECK_STR(notation_set(ctx, g, set), "x");
    unit_free(ctx);
}

/* The graph is refused with one complaint. */
static void check_fault(const char *z, const char *source, const char *text, const char *hint) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;

    CHECK(notation_graph(ctx, z, &list) == NULL);
    CHECK(mig_ctx_error(ctx) == NULL);
    CHECK_INT(list.total, 1);
    if (list.n > 0) {
        CHECK_INT(list.items[0].code, MIG_E_GRAPH);
        CHECK_STR(list.items[0].source, source);
        CHECK_INT(list.items[0].line, 4);
        CHECK_STR(list.items[0].text, text);
        CHECK_STR(list.items[0].hint, hint);
    }
    unit_free(ctx);
}

static void test_unknown(void) {
    check_fault("a; b<zz", "b.sql", "revision \"b\" revises \"zz\", which is not present",
                "Load the script of \"zz\" too, or correct the Revises line.");
    check_fault("a; b<a !zz", "b.sql", "revision \"b\" depends on \"zz\", which is not present",
                "Load the script of \"zz\" too, or correct the Depends On line.");
    check_fault("27c6a30d7c24; b<27c6a30d7c42", "b.sql",
                "revision \"b\" revises \"27c6a30d7c42\", which is not present",
                "Perhaps \"27c6a30d7c24\" is meant. Else load the script of \"27c6a30d7c42\" too.");
    check_fault("a @left; b<left", "b.sql", "revision \"b\" revises \"left\", which is not present",
                "\"left\" is a branch label of revision \"a\"; Revises takes ids.");
    check_fault("abcd12345; b<abcd", "b.sql",
                "revision \"b\" revises \"abcd\", which is not present",
                "Perhaps \"abcd12345\" is meant. Else load the script of \"abcd\" too.");
}

static void test_names(void) {
    check_fault("a; b; a", "a.sql", "revision \"a\" is present more than once",
                "It is in \"a.sql\" too. Give one of them another Revision ID.");
    check_fault("a; b<b", "b.sql", "revision \"b\" revises itself",
                "Name another revision, or leave the line empty.");
    check_fault("a; b<a !b", "b.sql", "revision \"b\" depends on itself",
                "Name another revision, or leave the line empty.");
    check_fault("a; b @a", "b.sql", "branch label \"a\" of revision \"b\" is the id of a revision",
                "Choose another label.");
    check_fault("a @x; b @x", "b.sql",
                "branch label \"x\" of revision \"b\" is already used by revision \"a\"",
                "Label only the first revision of a branch; those that revise it belong to it.");
    check_fault("a @x,x", "a.sql", "revision \"a\" has the branch label \"x\" twice", "");
}

/* What is wrong with an id is said by mig_id_check; here only that it is asked. */
static void test_refused_names(void) {
    static const char *const bad[] = {"a; he-ad<a", "a; heads<a", "a @base", "a; b<a @x+y"};
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(notation_graph(ctx, bad[i], &list) == NULL);
        CHECK_INT(list.total, 1);
        CHECK(list.n == 1 &&
              mig_str_starts(list.items[0].text,
                             i < 2 ? MIG_STR("revision id \"he") : MIG_STR("branch label \"")));
    }
    unit_free(ctx);
}

static void test_cycles(void) {
    check_fault("b<a; a<b", "a.sql", "cycle is detected in revisions \"a\", \"b\"",
                "\"a\" revises \"b\", which revises \"a\". Remove one of these links.");
    check_fault("a; b<a,c; c<b; d<c", "b.sql", "cycle is detected in revisions \"b\", \"c\"",
                "\"b\" revises \"c\", which revises \"b\". Remove one of these links.");
    check_fault("a; b<a !d; c<b; d<c; e<d", "b.sql",
                "dependency cycle is detected in revisions \"b\", \"d\", \"c\"",
                "\"b\" depends on \"d\", which revises \"c\", which revises \"b\". Remove one of "
                "these links.");
    check_fault("a !l; b<a @l", "a.sql", "dependency cycle is detected in revisions \"a\", \"b\"",
                "\"a\" depends on \"b\", which revises \"a\". Remove one of these links.");
}

static void test_several_cycles(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;

    CHECK(notation_graph(ctx, "a<b; b<a; c<b,e; d<c; e<d; f<e; g", &list) == NULL);
    CHECK_INT(list.total, 2);
    CHECK_STR(list.items[0].text, "cycle is detected in revisions \"a\", \"b\"");
    CHECK_STR(list.items[1].text, "cycle is detected in revisions \"c\", \"e\", \"d\"");
    unit_free(ctx);
}

/* A ring of 1000 is named by its first 20. */
static void test_long_cycle(void) {
    mig_ctx *ctx = unit_ctx();
    mig_buf text = mig_buf_new(ctx);
    mig_complaints list;
    int i;

    for (i = 0; i < 1000; i++)
        mig_buf_addf(&text, "%sr%04d<r%04d", i > 0 ? "; " : "", i, (i + 1) % 1000);
    CHECK(notation_graph(ctx, mig_buf_str(&text).p, &list) == NULL);
    CHECK_INT(list.total, 1);
    CHECK(list.n == 1 && mig_str_starts(list.items[0].text,
                                        MIG_STR("cycle is detected in revisions \"r0000\", ")));
    CHECK(list.n == 1 && list.items[0].text.n < 300);
    unit_free(ctx);
}

/* All faults of all revisions at once. */
static void test_all_faults(void) {
    mig_ctx *ctx = unit_ctx();
    mig_complaints list;

    CHECK(notation_graph(ctx, "a<gone; b<b; c<a !lost; d<e; e<d; c; f @a", &list) == NULL);
    CHECK_INT(list.total, 6);
    CHECK(!mig_complaints_raise(ctx, &list, "nothing was loaded"));
    CHECK_ERROR(ctx, MIG_E_GRAPH, "revision \"a\" revises \"gone\", which is not present");
    unit_free(ctx);
}

static void check_nearest(const char *id, const char *expected) {
    mig_ctx *ctx = unit_ctx();
    mig_graph *g = graph_of(ctx, "27c6a30d7c24; abc123def456; add_users; add_users_2; ab; v1.10");
    size_t node = mig_graph_nearest(g, mig_str_of(id));

    CHECK_STR(node == MIG_NONE ? MIG_STR("") : g->revisions[node].id, expected);
    unit_free(ctx);
}

static void test_nearest(void) {
    check_nearest("27c6a30d7c2", "27c6a30d7c24");
    check_nearest("27c6a30d7c42", "27c6a30d7c24");
    check_nearest("27C6A30D7C24", "27c6a30d7c24");
    check_nearest("x27c6a30d7c24x", "27c6a30d7c24");
    check_nearest("abc123", "abc123def456");
    check_nearest("abc123eeeeee", "abc123def456");
    check_nearest("add_user", "add_users");
    check_nearest("add_users_3", "add_users_2");
    check_nearest("v1.1", "v1.10");
    check_nearest("cd", "");
    check_nearest("zzzzzzzzzzzz", "");
    check_nearest("", "");
}

/* The same revisions in another order: the same ranking. */
static void test_input_order(void) {
    check_order("m<b,c #1; c<a #4; d<b #2; b<a #3; a #5", "a b d c m");
    check_order("a #5; b<a #3; d<b #2; m<b,c #1; c<a #4", "a b d c m");
    check_order("d<b #2; m<c,b #1; a #5; c<a #4; b<a #3", "a b d c m");
}

/* Depth and width without recursion and without a quadratic step: a chain of 200,000 whose order of
   ids is against it, and a base with 199,999 children. */
static void test_large(void) {
    size_t n = 200000, i, shape;

    for (shape = 0; shape < 2; shape++) {
        mig_ctx *ctx = unit_ctx();
        mig_revision *r = mig_alloc_zero(ctx, n, sizeof *r);
        mig_complaints list = {NULL, 0, 0, 0};
        mig_graph *g;
        bool *set = mig_alloc_zero(ctx, n, sizeof *set);

        for (i = 0; i < n; i++)
            r[i].id = mig_str_format(ctx, "%06zu", n - i);
        for (i = 1; i < n; i++)
            mig_list_add(ctx, &r[i].revises, r[shape == 0 ? i - 1 : 0].id);
        g = mig_graph_new(ctx, r, n, &list);
        CHECK(g != NULL && g->order[0] == 0 && g->order[n - 1] == (shape == 0 ? n - 1 : 1));
        set[0] = true;
        CHECK(g != NULL && mig_graph_spread(ctx, g, MIG_WALK_CHILDREN, set) && set[n - 1]);
        unit_free(ctx);
    }
}

static bool torture_build(mig_ctx *ctx, void *arg) {
    mig_complaints list;
    mig_graph *graph = notation_graph(ctx, arg, &list);
    mig_nodes nodes = {NULL, 0, 0};
    bool set[16] = {true};

    if (graph == NULL)
        return mig_ctx_error(ctx) == NULL;
    return mig_graph_heads(ctx, graph, true, &nodes) && mig_graph_related(ctx, graph, 1, set) &&
           mig_graph_spread(ctx, graph, MIG_WALK_CHILDREN, set) &&
           mig_graph_maximal(ctx, graph, set, &nodes);
}

static void test_torture(void) {
    static char sound[] = "a; b<a @left; c<a !b; m<b,c; d; e<d !left; f<e";
    static char faulty[] = "a<b; b<a; c<gone; d<d; e @x; f @x; f; abcdefg; h !abcdefh";

    CHECK(unit_torture(torture_build, sound) > 0);
    CHECK(unit_torture(torture_build, faulty) > 0);
}

int main(void) {
    test_links();
    test_heads();
    test_rank();
    test_input_order();
    test_empty();
    test_spread();
    test_maximal();
    test_related();
    test_unknown();
    test_names();
    test_refused_names();
    test_cycles();
    test_several_cycles();
    test_long_cycle();
    test_all_faults();
    test_nearest();
    test_large();
    test_torture();
    return unit_end("graph");
}
