/*
 * test_oracle.c: the planner against frozen answers.
 *
 *     test_oracle [FILE...]      without a file: those of test/data/oracle
 *
 * The files hold random catalogs, commands and answers, as facts; test/oracle/compare.py has the
 * format and the meaning of the marks. Most answers are also Alembic's; where not, the mark says
 * why. Each answer is compared as a whole: the applied set, the current revisions, or the kind of
 * error. Besides, every plan must be the difference of the two sets in an order that keeps the set
 * closed.
 */
#include "notation.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_MARKS 32

typedef struct mark_count {
    char mark[24];
    size_t n;
} mark_count;

typedef struct one_case {
    mig_ctx *ctx;
    mig_str name;
    mig_revision revisions[64];
    size_t n;
    mig_str rows;
    mig_graph *graph;
    mig_applied applied;
    int64_t seq;
    mig_str command, args; /* of the last do */
    bool ok;               /* what it answered */
    mig_code code;
    const char *message;
    bool *listed; /* history, heads */
    bool plan_sound;
} one_case;

static mark_count marks[MAX_MARKS];
static size_t n_marks, n_cases;

static mig_str field_next(mig_str *rest) {
    size_t at = rest->n;
    mig_str field;

    mig_str_find(*rest, ' ', &at);
    field = mig_str_sub(*rest, 0, at);
    *rest = mig_str_sub(*rest, at + 1, rest->n);
    return field;
}

static void list_read(mig_ctx *ctx, mig_str text, mig_list *list) {
    mig_str word;

    while (!mig_str_is(text, "-") && mig_str_next_word(&text, &word))
        mig_list_add(ctx, list, word);
}

static void revision_read(one_case *c, mig_str rest) {
    mig_revision *r = &c->revisions[c->n++];

    memset(r, 0, sizeof *r);
    r->id = field_next(&rest);
    r->created_at = INT64_MAX;
    list_read(c->ctx, field_next(&rest), &r->revises);
    list_read(c->ctx, field_next(&rest), &r->depends_on);
    list_read(c->ctx, field_next(&rest), &r->labels);
}

/* Runs a plan; is the set closed after each step, and does each step change it? */
static void plan_run(one_case *c, const mig_plan *plan) {
    size_t i;

    for (i = 0; i < plan->nodes.n; i++) {
        size_t node = plan->nodes.items[i];

        c->plan_sound = c->plan_sound && c->applied.in[node] == plan->down;
        mig_applied_step(&c->applied, plan->down, node, ++c->seq);
        c->plan_sound = c->plan_sound && notation_is_closed(c->graph, c->applied.in);
    }
}

static bool stamp_run(one_case *c, bool purge) {
    bool *after = mig_alloc_zero(c->ctx, c->graph->n, sizeof *after);
    size_t i;

    if (!mig_plan_stamp(c->ctx, &c->applied, c->args, purge, after))
        return false;
    for (i = 0; i < c->graph->n; i++) {
        size_t node = c->graph->order[i];

        if (after[node] != c->applied.in[node])
            mig_applied_step(&c->applied, !after[node], node, ++c->seq);
    }
    return true;
}

static bool nodes_list(one_case *c, bool ok, const mig_nodes *nodes) {
    size_t i;

    for (i = 0; ok && i < nodes->n; i++)
        c->listed[nodes->items[i]] = true;
    return ok;
}

/* The first command of a case loads the graph. */
static bool case_load(one_case *c) {
    mig_complaints list = {NULL, 0, 0, 0};

    if (c->graph != NULL)
        return true;
    c->graph = mig_graph_new(c->ctx, c->revisions, c->n, &list);
    if (c->graph == NULL)
        return mig_complaints_raise(c->ctx, &list, "nothing was loaded");
    return mig_applied_at(c->ctx, c->graph, mig_str_is(c->rows, "-") ? MIG_STR("") : c->rows,
                          &c->applied);
}

static bool command_run(one_case *c) {
    mig_nodes nodes = {NULL, 0, 0};
    mig_plan plan;
    bool down = mig_str_is(c->command, "downgrade");
    size_t i;

    if (!case_load(c))
        return false;
    for (i = 0; i < c->graph->n; i++)
        if (c->applied.seq[i] > c->seq)
            c->seq = c->applied.seq[i];
    c->listed = mig_alloc_zero(c->ctx, c->graph->n, sizeof *c->listed);
    if (mig_str_is(c->command, "heads"))
        return nodes_list(c, mig_graph_heads(c->ctx, c->graph, false, &nodes), &nodes);
    if (mig_str_is(c->command, "history"))
        return nodes_list(c, mig_plan_history(c->ctx, &c->applied, c->args, &nodes), &nodes);
    if (mig_str_is(c->command, "stamp") || mig_str_is(c->command, "purge"))
        return stamp_run(c, mig_str_is(c->command, "purge"));
    if (!down && !mig_str_is(c->command, "upgrade"))
        return mig_fail(c->ctx, MIG_E_CORRUPT, "no such command");
    if (!(down ? mig_plan_downgrade(c->ctx, &c->applied, c->args, &plan)
               : mig_plan_upgrade(c->ctx, &c->applied, c->args, &plan)))
        return false;
    plan_run(c, &plan);
    return plan.down == down;
}

static void do_read(one_case *c, mig_str rest) {
    mig_error error;

    c->command = field_next(&rest);
    c->args = rest;
    c->code = MIG_OK;
    c->message = "";
    c->plan_sound = true;
    c->ok = command_run(c);
    if (mig_take_error(c->ctx, &error)) {
        c->code = error.code;
        c->message = error.message;
    }
}

static bool set_is(const one_case *c, const bool *set, mig_str bits) {
    size_t i;

    if (bits.n != c->n)
        return false;
    for (i = 0; i < c->n; i++)
        if (set[i] != (bits.p[i] == '1'))
            return false;
    return true;
}

/* The current revisions are as expected, which also says that none stands on another. */
static bool current_is(const one_case *c, mig_str bits) {
    mig_nodes nodes = {NULL, 0, 0};
    bool *set = mig_alloc_zero(c->ctx, c->n, sizeof *set);
    size_t i;

    if (!mig_graph_maximal(c->ctx, c->graph, c->applied.in, &nodes))
        return false;
    for (i = 0; i < nodes.n; i++)
        set[nodes.items[i]] = true;
    return set_is(c, set, bits);
}

static bool answer_is(const one_case *c, mig_str first, mig_str second) {
    if (!c->ok || !c->plan_sound)
        return false;
    if (mig_str_is(second, "-"))
        return set_is(c, c->listed, first);
    return set_is(c, c->applied.in, first) && current_is(c, second) &&
           notation_is_closed(c->graph, c->applied.in);
}

static bool error_is(const one_case *c, mig_str kind) {
    static const struct {
        const char *kind;
        mig_code code;
    } kinds[] = {{"unknown", MIG_E_UNKNOWN},
                 {"ambiguous", MIG_E_AMBIGUOUS},
                 {"argument", MIG_E_ARGUMENT},
                 {"state", MIG_E_STATE},
                 {"graph", MIG_E_GRAPH}};
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (mig_str_is(kind, kinds[i].kind))
            return !c->ok && c->code == kinds[i].code && c->message[0] != '\0';
    return false;
}

static void mark_add(mig_str mark) {
    size_t i;

    for (i = 0; i < n_marks; i++)
        if (mig_str_is(mark, marks[i].mark))
            break;
    if (!CHECK(i < MAX_MARKS && mark.n > 0 && mark.n < sizeof marks[i].mark))
        return;
    if (i == n_marks)
        memcpy(marks[n_marks++].mark, mark.p, mark.n);
    marks[i].n++;
}

static void answer_read(one_case *c, bool error, mig_str rest, mig_str line) {
    mig_str first = field_next(&rest);
    mig_str second = error ? first : field_next(&rest);

    if (!CHECK(error ? error_is(c, first) : answer_is(c, first, second)))
        fprintf(stderr, "case %.*s: %.*s %.*s: expected %.*s, got %s code %d %s\n",
                MIG_FMT(c->name), MIG_FMT(c->command), MIG_FMT(c->args), MIG_FMT(line),
                c->ok ? "an answer" : "an error", (int)c->code, c->message);
    mark_add(field_next(&rest));
}

static void case_begin(one_case *c, mig_str name) {
    if (c->ctx != NULL)
        unit_free(c->ctx);
    memset(c, 0, sizeof *c);
    c->ctx = unit_ctx();
    c->name = name;
    n_cases++;
}

static void file_run(const char *path) {
    static one_case c;
    mig_str text = unit_read_file(path), rest = text, line;

    memset(&c, 0, sizeof c);
    while (mig_str_next_line(&rest, &line)) {
        mig_str fields = line, word = field_next(&fields);

        if (mig_str_is(word, "case"))
            case_begin(&c, fields);
        else if (mig_str_is(word, "r") && c.n < sizeof c.revisions / sizeof *c.revisions)
            revision_read(&c, fields);
        else if (mig_str_is(word, "rows"))
            c.rows = fields;
        else if (mig_str_is(word, "do"))
            do_read(&c, fields);
        else if (mig_str_is(word, "=") || mig_str_is(word, "!"))
            answer_read(&c, mig_str_is(word, "!"), fields, line);
        else
            CHECK(word.n == 0);
    }
    if (c.ctx != NULL)
        unit_free(c.ctx);
    free((void *)(uintptr_t)text.p);
}

static void directory_run(const char *directory) {
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    char path[512];

    if (!CHECK(dir != NULL))
        return;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        file_run(path);
    }
    closedir(dir);
}

int main(int argc, char **argv) {
    int i;
    size_t k;

    for (i = 1; i < argc; i++)
        file_run(argv[i]);
    if (argc == 1)
        directory_run("test/data/oracle");
    CHECK(n_cases > 0);
    printf("%zu cases\n", n_cases);
    for (k = 0; k < n_marks; k++)
        printf("%6zu %s\n", marks[k].n, marks[k].mark);
    return unit_end("oracle");
}
