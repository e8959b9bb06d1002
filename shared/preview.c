/*
 * preview.c: migrate_plan: what an upgrade or downgrade would do, and what it would cost.
 *
 * Reads the facts that were noted when the scripts were loaded, never the scripts, so that a plan of
 * a hundred thousand revisions stays cheap. Rows are counted only for tables that a step would drop
 * something of, and only up to a limit.
 */
#include "command.h"
#include "foresee.h"
#include "steps.h"

#include <string.h>

#include "value.h"

#define COUNT_LIMIT 1000000
#define N_COLUMNS 7

typedef struct preview {
    mig_session session;
    mig_plan plan;
    mig_foresight sight;
} preview;

static bool sight_work(mig_ctx *ctx, void *arg) {
    preview *self = arg;

    return mig_foresee(ctx, &self->session.state, &self->plan, false, &self->sight);
}

/* A plan that cannot be looked through, because a script's text may not be read say, is one all the
   same. */
static bool preview_foresee(mig_ctx *ctx, preview *self) {
    mig_error error;

    if (mig_ctx_host(ctx)->known == NULL || self->plan.nodes.n == 0)
        return mig_ctx_error(ctx) == NULL;
    if (mig_ctx_host(ctx)->attempt(ctx, sight_work, self, &error))
        return true;
    self->sight.n = 0;
    return mig_ctx_error(ctx) == NULL && (error.code != MIG_E_INTERRUPT || mig_raise(ctx, &error));
}

static bool preview_read(mig_ctx *ctx, const mig_value *args, size_t n_args, preview *self) {
    mig_session *session = &self->session;
    mig_str target;

    memset(self, 0, sizeof *self);
    if (!mig_arg_target(ctx, "migrate_plan", args, n_args, 0, &target) ||
        !mig_session_peek(ctx, session, MIG_FILES_LOOK) ||
        !mig_plan_either(ctx, &session->state.applied, target, &self->plan))
        return false;
    if (!preview_foresee(ctx, self))
        return false;
    if (self->plan.down)
        return true;
    return mig_complaints_raise(ctx, &session->intake.complaints, "An upgrade would be refused");
}

/* ---- notes ------------------------------------------------------------------------------- */

static bool note_loss(mig_ctx *ctx, const mig_loss *loss, mig_list *notes) {
    int64_t rows = -1;
    mig_str what, count;

    if (!mig_ctx_host(ctx)->count_rows(ctx, loss->table, COUNT_LIMIT, &rows))
        return false;
    what = loss->column.n > 0 ? mig_str_format(ctx, "drops column %.*s of %.*s",
                                               MIG_FMT(loss->column), MIG_FMT(loss->table))
                              : mig_str_format(ctx, "drops table %.*s", MIG_FMT(loss->table));
    if (rows < 0)
        return mig_list_add(ctx, notes, what);
    count = rows >= COUNT_LIMIT ? mig_str_format(ctx, "%d rows or more", COUNT_LIMIT)
            : rows == 1         ? MIG_STR("1 row")
                                : mig_str_format(ctx, "%lld rows", (long long)rows);
    return mig_list_add(ctx, notes,
                        mig_str_format(ctx, "%.*s (%.*s)", MIG_FMT(what), MIG_FMT(count)));
}

/* Adds the notes of what was foreseen of a revision. *refused: one of them says that it cannot work. */
static bool note_foreseen(mig_ctx *ctx, const preview *self, size_t node, mig_list *notes,
                          bool *refused) {
    const mig_foreseen *item;
    size_t i;

    *refused = false;
    for (i = 0; i < self->sight.n; i++) {
        item = &self->sight.items[i];
        if (item->node != node)
            continue;
        *refused = *refused || item->fatal;
        if (item->note.n > 0 && !mig_list_add(ctx, notes, item->note))
            return false;
    }
    return true;
}

/* What was foreseen says more than the facts. */
static bool note_outside(mig_ctx *ctx, const preview *self, size_t node, mig_str facts,
                         mig_list *notes) {
    bool postgresql = mig_ctx_host(ctx)->engine == MIG_POSTGRESQL, refused;
    mig_list foreseen;
    size_t i;

    memset(&foreseen, 0, sizeof foreseen);
    if (!note_foreseen(ctx, self, node, &foreseen, &refused))
        return false;
    if (mig_facts_has(facts, "outside"))
        mig_list_add(ctx, notes,
                     postgresql ? MIG_STR("needs the online form: a section is transaction:false")
                                : MIG_STR("a section runs outside the transaction"));
    else if (!refused && (mig_facts_has(facts, "blocked") ||
                          (mig_facts_has(facts, "concurrently") && foreseen.n == 0)))
        mig_list_add(ctx, notes, MIG_STR("has a statement that cannot run in a transaction"));
    for (i = 0; i < foreseen.n; i++)
        mig_list_add(ctx, notes, foreseen.items[i]);
    return mig_ctx_error(ctx) == NULL;
}

static bool preview_notes(mig_ctx *ctx, const preview *self, size_t node, mig_str *note) {
    const mig_state *state = &self->session.state;
    const mig_revision *rev = &state->revisions[node];
    mig_str facts = self->plan.down ? rev->down_facts : rev->up_facts;
    mig_list notes;
    mig_loss loss;

    memset(&notes, 0, sizeof notes);
    if (self->plan.down && facts.n == 0)
        mig_list_add(ctx, &notes, MIG_STR("no down section: the downgrade would be refused"));
    if (state->applied.stamped[node])
        mig_list_add(ctx, &notes, MIG_STR("stamped, never run here"));
    if (!note_outside(ctx, self, node, facts, &notes))
        return false;
    while (mig_facts_next_loss(&facts, &loss))
        if (!note_loss(ctx, &loss, &notes))
            return false;
    *note = mig_str_join(ctx, notes.items, notes.n, "; ");
    return mig_ctx_error(ctx) == NULL;
}

/* ---- rows and lines ---------------------------------------------------------------------- */

static bool preview_row(mig_ctx *ctx, const preview *self, size_t i, mig_value *cols) {
    size_t node = self->plan.nodes.items[i];
    const mig_revision *rev = &self->session.state.revisions[node];
    mig_str facts = self->plan.down ? rev->down_facts : rev->up_facts;
    mig_str note;

    if (!preview_notes(ctx, self, node, &note))
        return false;
    cols[0] = mig_value_int((int64_t)i + 1);
    cols[1] = mig_value_text(self->plan.down ? MIG_STR("downgrade") : MIG_STR("upgrade"));
    cols[2] = mig_value_text(rev->id);
    cols[3] = mig_value_text(rev->message);
    cols[4] = mig_value_int(mig_facts_statements(facts));
    cols[5] = mig_value_text(mig_facts_has(facts, "outside") ? MIG_STR("outside") : MIG_STR("one"));
    cols[6] = mig_value_text(note);
    return true;
}

static bool row_emit(mig_ctx *ctx, const preview *self, const mig_value *cols) {
    (void)self;
    return mig_ctx_host(ctx)->row(ctx, cols, N_COLUMNS);
}

static bool line_emit(mig_ctx *ctx, const preview *self, const mig_value *cols) {
    size_t node = self->plan.nodes.items[cols[0].integer - 1];
    mig_str line = mig_step_line(ctx, self->session.state.graph, node, self->plan.down);

    return mig_answer(ctx, "%.*s%s%.*s%s", MIG_FMT(line), cols[6].text.n > 0 ? " (" : "",
                      MIG_FMT(cols[6].text), cols[6].text.n > 0 ? ")" : "");
}

static bool preview_emit(mig_ctx *ctx, const preview *self,
                         bool (*to)(mig_ctx *, const preview *, const mig_value *)) {
    mig_value cols[N_COLUMNS];
    mig_mark mark;
    size_t i;

    for (i = 0; i < self->plan.nodes.n; i++) {
        mark = mig_arena_mark(ctx);
        if (!preview_row(ctx, self, i, cols) || !to(ctx, self, cols))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

MIG_COMMAND(mig_cmd_plan) {
    preview self;

    return preview_read(ctx, args, n_args, &self) && mig_session_notices(ctx, &self.session) &&
           preview_emit(ctx, &self, row_emit);
}

MIG_COMMAND(mig_cmd_plan_lines) {
    preview self;

    if (!preview_read(ctx, args, n_args, &self) || !mig_session_notes(ctx, &self.session) ||
        !preview_emit(ctx, &self, line_emit))
        return false;
    return self.plan.nodes.n > 0 || mig_answer(ctx, "Nothing to do");
}
