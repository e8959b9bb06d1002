/*
 * revise.c: migrate_revision and migrate_merge: new scripts from the template.
 *
 * With a directory the text becomes a file; with an up section it enters the catalog at once; with
 * neither it is only shown. The file is written last, so that a refused revision leaves no file.
 */
#include "command.h"

#include <string.h>

typedef struct revise {
    const char *function;
    mig_template script;
    mig_str head, branch_label, rev_id, directory;
    bool splice, has_up;
    mig_session session;
    mig_str text, file_name;
} revise;

/* ---- ids --------------------------------------------------------------------------------- */

/* 12 hex digits with at least one letter, so that an id is never taken for a number. */
static bool id_generate(mig_ctx *ctx, const mig_graph *graph, mig_str *id) {
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[6];
    char hex[12];
    bool letter;
    size_t i;

    do {
        if (!mig_ctx_host(ctx)->random(ctx, bytes, sizeof bytes))
            return false;
        letter = false;
        for (i = 0; i < 12; i++) {
            hex[i] = digits[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15];
            letter = letter || hex[i] >= 'a';
        }
    } while (!letter || mig_graph_find(graph, (mig_str){hex, 12}) != MIG_NONE);
    *id = mig_str_copy(ctx, (mig_str){hex, 12});
    return id->p != NULL;
}

static bool id_choose(mig_ctx *ctx, revise *self) {
    const mig_graph *graph = self->session.state.graph;
    const char *why;

    self->script.id = self->rev_id;
    if (self->rev_id.p == NULL)
        return id_generate(ctx, graph, &self->script.id);
    if (!mig_id_check(self->rev_id, &why))
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: \"%.*s\" cannot be a revision id: %s",
                        self->function, MIG_FMT(self->rev_id), why);
    if (mig_graph_find(graph, self->rev_id) != MIG_NONE)
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: revision \"%.*s\" is there already",
                        self->function, MIG_FMT(self->rev_id));
    return true;
}

static bool label_choose(mig_ctx *ctx, revise *self) {
    const mig_graph *graph = self->session.state.graph;
    const char *why;
    mig_str word, rest = self->branch_label;

    while (mig_str_next_word(&rest, &word)) {
        if (!mig_id_check(word, &why))
            return mig_fail(ctx, MIG_E_ARGUMENT, "%s: \"%.*s\" cannot be a branch label: %s",
                            self->function, MIG_FMT(word), why);
        if (mig_graph_find(graph, word) != MIG_NONE ||
            mig_map_find(graph->labels, word) != MIG_NONE)
            return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the label \"%.*s\" is in use", self->function,
                            MIG_FMT(word));
        if (!mig_list_add(ctx, &self->script.labels, word))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* Dependencies: labels stay labels, everything else becomes a full id. */
static bool depends_choose(mig_ctx *ctx, revise *self) {
    mig_list wanted = self->script.depends_on;
    mig_state *state = &self->session.state;
    size_t i, node;

    memset(&self->script.depends_on, 0, sizeof self->script.depends_on);
    for (i = 0; i < wanted.n; i++) {
        if (mig_map_find(state->graph->labels, wanted.items[i]) != MIG_NONE) {
            mig_list_add(ctx, &self->script.depends_on, wanted.items[i]);
            continue;
        }
        node = mig_target_one(ctx, &state->applied, wanted.items[i]);
        if (node == MIG_NONE ||
            !mig_list_add(ctx, &self->script.depends_on, state->revisions[node].id))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- parents ----------------------------------------------------------------------------- */

/* Without the option: the only head, or nothing in an empty catalog. */
static bool parent_default(mig_ctx *ctx, revise *self) {
    mig_state *state = &self->session.state;
    size_t node;

    if (state->n == 0)
        return true;
    node = mig_target_one(ctx, &state->applied, MIG_STR("head"));
    return node != MIG_NONE && mig_list_add(ctx, &self->script.revises, state->revisions[node].id);
}

static bool head_check(mig_ctx *ctx, const revise *self, size_t node) {
    const mig_state *state = &self->session.state;

    if (self->splice || mig_graph_is_head(state->graph, node))
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "revision \"%.*s\" is not a head revision",
             MIG_FMT(state->revisions[node].id));
    mig_hint(ctx, "Give the option \"splice\": true to begin a new branch there.");
    return false;
}

static bool parent_choose(mig_ctx *ctx, revise *self) {
    mig_state *state = &self->session.state;
    size_t node;

    if (self->head.p == NULL)
        return parent_default(ctx, self);
    if (mig_str_is(self->head, "base"))
        return true;
    node = mig_target_one(ctx, &state->applied, self->head);
    if (node == MIG_NONE)
        return false;
    return head_check(ctx, self, node) &&
           mig_list_add(ctx, &self->script.revises, state->revisions[node].id);
}

static bool parents_merge(mig_ctx *ctx, revise *self, mig_str revisions) {
    mig_state *state = &self->session.state;
    mig_nodes nodes;
    bool heads = mig_str_is_nocase(mig_str_trim(revisions), "heads");
    size_t i;

    memset(&nodes, 0, sizeof nodes);
    if (heads ? !mig_graph_heads(ctx, state->graph, false, &nodes)
              : !mig_target_many(ctx, &state->applied, revisions, &nodes))
        return false;
    for (i = 0; i < nodes.n; i++)
        if (!mig_list_has(&self->script.revises, state->revisions[nodes.items[i]].id) &&
            !mig_list_add(ctx, &self->script.revises, state->revisions[nodes.items[i]].id))
            return false;
    for (i = 0; self->script.revises.n >= 2 && i < nodes.n; i++)
        if (!head_check(ctx, self, nodes.items[i]))
            return false;
    if (self->script.revises.n >= 2)
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "there is nothing to merge: \"%.*s\" names %s",
             MIG_FMT(mig_str_trim(revisions)),
             self->script.revises.n == 0 ? "no revision" : "only one revision");
    mig_hint(ctx, "Name two revisions or more, or 'heads' where there are several heads.");
    return false;
}

/* ---- the text and where it goes ---------------------------------------------------------- */

static bool message_check(mig_ctx *ctx, const revise *self) {
    size_t at;

    if (mig_str_find(self->script.message, '\n', &at) ||
        mig_str_find(self->script.message, '\r', &at))
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the message must be one line", self->function);
    return true;
}

static bool text_make(mig_ctx *ctx, revise *self) {
    self->script.created = mig_time_date(ctx, mig_ctx_host(ctx)->now(ctx));
    self->text = mig_template_text(ctx, &self->script);
    self->file_name = mig_template_file_name(ctx, &self->script);
    return mig_ctx_error(ctx) == NULL;
}

/* The text must read back as what was meant: an up text with a marker in it would not. */
static bool text_scan(mig_ctx *ctx, revise *self, mig_scan *scan, mig_complaints *complaints) {
    if (!mig_scan_text(ctx, self->file_name, self->text, scan) ||
        !mig_scan_parse(ctx, scan, &scan->files[0], complaints) ||
        !mig_complaints_raise(ctx, complaints, "Nothing was made"))
        return false;
    if (scan->files[0].n_scripts == 1 && mig_str_eq(scan->files[0].scripts[0].id, self->script.id))
        return true;
    return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the text of the sections must hold no other revision",
                    self->function);
}

static bool file_write(mig_ctx *ctx, const revise *self) {
    return self->directory.p == NULL ||
           mig_ctx_host(ctx)->write_file(ctx, self->directory, self->file_name, self->text);
}

/* What the remembered directories hold is stored along, since the new revision may stand on it. */
static bool catalog_store(mig_ctx *ctx, revise *self, mig_scan *scan) {
    mig_intake intake;

    if (!mig_session_begin(ctx, &self->session, "Nothing was made"))
        return false;
    if (mig_intake_begin(ctx, &intake, &self->session.state) &&
        mig_intake_scan(ctx, &intake, scan, true) && mig_intake_finish(ctx, &intake) &&
        mig_complaints_raise(ctx, &intake.complaints, "Nothing was made") && intake.n == 1 &&
        mig_session_may_act(ctx, &self->session)) {
        intake.changes[0].revision->directory = self->directory;
        mig_intake_store(ctx, &intake);
        file_write(ctx, self);
    }
    return mig_session_end(ctx);
}

static bool revise_answer(mig_ctx *ctx, const revise *self) {
    mig_str rest = self->text, line;

    if (self->directory.p != NULL)
        mig_answer(ctx, "Wrote %.*s/%.*s", MIG_FMT(self->directory), MIG_FMT(self->file_name));
    if (self->has_up)
        mig_answer(ctx, "Added %.*s to the catalog", MIG_FMT(self->script.id));
    if (self->directory.p == NULL && !self->has_up)
        mig_answer(ctx, "Nothing is stored; suggested file name: %.*s", MIG_FMT(self->file_name));
    mig_answer(ctx, "%s", "");
    while (mig_str_next_line(&rest, &line))
        mig_answer(ctx, "%.*s", MIG_FMT(line));
    return mig_ctx_error(ctx) == NULL;
}

static bool revise_make(mig_ctx *ctx, revise *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_complaints complaints;
    mig_scan scan;
    mig_str absolute;

    memset(&complaints, 0, sizeof complaints);
    if (self->directory.p != NULL) {
        if (!host->resolve_dir(ctx, self->directory, &absolute))
            return false;
        self->directory = absolute;
    }
    if (!message_check(ctx, self) || !id_choose(ctx, self) || !label_choose(ctx, self) ||
        !depends_choose(ctx, self) || !text_make(ctx, self) ||
        !text_scan(ctx, self, &scan, &complaints))
        return false;
    if (self->has_up
            ? !host->check_writable(ctx, self->function) || !catalog_store(ctx, self, &scan)
            : !file_write(ctx, self))
        return false;
    return revise_answer(ctx, self);
}

/* ---- the two functions ------------------------------------------------------------------- */

static bool options_read(mig_ctx *ctx, revise *self, const mig_value *arg, bool with_head) {
    mig_option options[] = {
        {"branch_label", MIG_OPTION_TEXT, &self->branch_label, false},
        {"rev_id", MIG_OPTION_TEXT, &self->rev_id, false},
        {"depends_on", MIG_OPTION_LIST, &self->script.depends_on, false},
        {"directory", MIG_OPTION_TEXT, &self->directory, false},
        {"up", MIG_OPTION_TEXT, &self->script.up, false},
        {"down", MIG_OPTION_TEXT, &self->script.down, false},
        {"splice", MIG_OPTION_BOOL, &self->splice, false},
        {"head", MIG_OPTION_TEXT, &self->head, false},
    };
    size_t n = sizeof options / sizeof options[0];

    if (!mig_options_parse(ctx, self->function, arg, options, with_head ? n : n - 1))
        return false;
    self->has_up = self->script.up.p != NULL;
    if (self->script.down.p == NULL || self->has_up)
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "%s: the option \"down\" needs the option \"up\"",
             self->function);
    return false;
}

/* The remembered directories are read too, so that a script that was written but not loaded yet is
   seen as the head it is. */
static bool revise_look(mig_ctx *ctx, revise *self) {
    return mig_session_look(ctx, &self->session, MIG_SNAPSHOT_CALLER, MIG_FILES_LOOK,
                            "Nothing was made");
}

MIG_COMMAND(mig_cmd_revision) {
    revise self;

    memset(&self, 0, sizeof self);
    self.function = "migrate_revision";
    return mig_arg_required(ctx, self.function, "message", args, n_args, 0, &self.script.message) &&
           options_read(ctx, &self, n_args > 1 ? &args[1] : NULL, true) &&
           revise_look(ctx, &self) && parent_choose(ctx, &self) && revise_make(ctx, &self);
}

MIG_COMMAND(mig_cmd_merge) {
    revise self;
    mig_str revisions;

    memset(&self, 0, sizeof self);
    self.function = "migrate_merge";
    if (!mig_arg_required(ctx, self.function, "list of revisions", args, n_args, 0, &revisions) ||
        !mig_arg_text(ctx, self.function, "message", args, n_args, 1, &self.script.message) ||
        !options_read(ctx, &self, n_args > 2 ? &args[2] : NULL, false) ||
        !revise_look(ctx, &self) || !parents_merge(ctx, &self, revisions))
        return false;
    if (mig_str_trim(self.script.message).n == 0)
        self.script.message = mig_str_format(
            ctx, "Merge %.*s",
            MIG_FMT(mig_str_join(ctx, self.script.revises.items, self.script.revises.n, ", ")));
    return revise_make(ctx, &self);
}
