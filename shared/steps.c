/*
 * steps.c: see steps.h.
 *
 * Memory: each batch of scripts is held in the arena between two marks, at most BATCH_BYTES of text
 * (or one script, if it is larger) at a time.
 */
#include "steps.h"

#include <string.h>

#define BATCH_BYTES ((int64_t)1024 * 1024)

typedef struct plan_steps {
    mig_steps base;
    const mig_state *state;
    const mig_plan *plan;
    mig_mark mark; /* of the batch */
    size_t batch_from, batch_n;
    mig_str texts[MIG_STORE_BATCH];
    size_t place;           /* revision in the plan */
    size_t section;         /* next section of its script */
    size_t n_before, n_all; /* statements of the revision: given out, and all */
    bool started;
    const mig_script *script; /* NULL: only is all that runs of it */
    mig_section only;
    bool cut;
} plan_steps;

static const mig_revision *step_revision(const plan_steps *self, size_t place) {
    return &self->state->revisions[self->plan->nodes.items[place]];
}

/* Reads the next batch of texts. What the call has read itself is not asked for again. */
static bool batch_read(mig_ctx *ctx, plan_steps *self) {
    mig_str ids[MIG_STORE_BATCH], texts[MIG_STORE_BATCH];
    size_t at[MIG_STORE_BATCH], n = 0, i;
    int64_t bytes = 0;
    const mig_revision *rev;

    mig_arena_release(ctx, self->mark);
    self->mark = mig_arena_mark(ctx);
    self->batch_from = self->place;
    self->batch_n = 0;
    for (i = self->place; i < self->plan->nodes.n && self->batch_n < MIG_STORE_BATCH; i++) {
        rev = step_revision(self, i);
        if (self->batch_n > 0 && bytes + rev->size > BATCH_BYTES)
            break;
        bytes += rev->size;
        self->texts[self->batch_n] = rev->text;
        if (rev->text.p == NULL) {
            ids[n] = rev->id;
            at[n++] = self->batch_n;
        }
        self->batch_n++;
    }
    if (n > 0 && !mig_store_scripts(ctx, ids, n, texts))
        return false;
    for (i = 0; i < n; i++)
        self->texts[at[i]] = texts[i];
    return true;
}

/* What the facts say of the script is enough for most: then its text is not parsed. */
static bool script_plain(plan_steps *self, const mig_revision *rev, mig_str text) {
    bool down = self->plan->down;

    self->script = NULL;
    return !self->cut &&
           mig_facts_plain(down ? rev->down_facts : rev->up_facts, text, rev->first_line,
                           down ? MIG_SECTION_DOWN : MIG_SECTION_UP, &self->only);
}

static bool section_wanted(const plan_steps *self, mig_engine engine, const mig_section *section) {
    return mig_section_runs(section, engine) &&
           (section->kind == MIG_SECTION_DOWN) == self->plan->down;
}

static size_t section_count(mig_engine engine, const mig_section *section) {
    mig_splitter splitter;
    mig_statement statement;
    size_t n = 0;

    if (section->counted)
        return section->n_statements;
    splitter = mig_splitter_new(engine, section->text, section->line);
    while (mig_splitter_next(&splitter, &statement, NULL) == MIG_SPLIT_STATEMENT)
        n++;
    return n;
}

static size_t script_count(const plan_steps *self, mig_engine engine) {
    const mig_script *script = self->script;
    size_t n = 0, i;

    if (script == NULL)
        return self->only.n_statements;
    for (i = 0; i < script->n_sections; i++)
        if (section_wanted(self, engine, &script->sections[i]))
            n += section_count(engine, &script->sections[i]);
    return n;
}

static bool revision_start(mig_ctx *ctx, plan_steps *self) {
    const mig_revision *rev = step_revision(self, self->place);
    mig_str text;

    if (self->place >= self->batch_from + self->batch_n && !batch_read(ctx, self))
        return false;
    text = self->texts[self->place - self->batch_from];
    if (!mig_store_script_check(ctx, rev, text))
        return false;
    if (!script_plain(self, rev, text))
        self->script = mig_script_parse_known(ctx, rev->source, rev->id, text, rev->first_line);
    self->section = 0;
    self->started = mig_ctx_error(ctx) == NULL;
    self->n_before = 0;
    self->n_all = self->started ? script_count(self, mig_ctx_host(ctx)->engine) : 0;
    return self->started;
}

static bool section_fill(mig_ctx *ctx, plan_steps *self, const mig_section *section,
                         mig_step *step) {
    step->kind = MIG_STEP_SECTION;
    step->section = section;
    step->outside = !section->transaction;
    step->n_statements = section->n_statements;
    if (self->script != NULL &&
        !mig_split(ctx, mig_ctx_host(ctx)->engine, self->script->source, section->text,
                   section->line, &step->statements, &step->n_statements))
        return false;
    step->n_before = self->n_before;
    self->n_before += step->n_statements;
    return true;
}

/* Up: the up sections in file order, then the verify sections. */
static const mig_section *section_next(plan_steps *self, mig_engine engine) {
    const mig_section *section;
    size_t n, i;

    if (self->script == NULL)
        return self->section++ == 0 ? &self->only : NULL;
    n = self->script->n_sections;
    for (; self->section < 2 * n; self->section++) {
        i = self->section % n;
        section = &self->script->sections[i];
        if (!section_wanted(self, engine, section) ||
            (section->kind == MIG_SECTION_VERIFY) != (self->section >= n))
            continue;
        self->section++;
        return section;
    }
    return NULL;
}

static bool plan_steps_next(mig_ctx *ctx, mig_steps *steps, mig_step *step) {
    plan_steps *self = (plan_steps *)steps;
    const mig_section *section;

    memset(step, 0, sizeof *step);
    if (mig_ctx_error(ctx) != NULL || self->place >= self->plan->nodes.n)
        return false;
    step->down = self->plan->down;
    step->place = self->place;
    step->n_places = self->plan->nodes.n;
    step->node = self->plan->nodes.items[self->place];
    step->revision = step_revision(self, self->place);
    if (!self->started) {
        if (!revision_start(ctx, self))
            return false;
        step->kind = MIG_STEP_START;
        step->script = self->script;
        step->n_all = self->n_all;
        return true;
    }
    step->script = self->script;
    step->n_all = self->n_all;
    section = section_next(self, mig_ctx_host(ctx)->engine);
    if (section != NULL)
        return section_fill(ctx, self, section, step);
    step->kind = MIG_STEP_FINISH;
    self->started = false;
    self->place++;
    return true;
}

mig_steps *mig_steps_open(mig_ctx *ctx, const mig_state *state, const mig_plan *plan, bool cut) {
    plan_steps *self = mig_alloc_zero(ctx, 1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->base.next = plan_steps_next;
    self->state = state;
    self->plan = plan;
    self->cut = cut;
    self->mark = mig_arena_mark(ctx);
    return &self->base;
}

/* Of the stream below all filters. */
static const plan_steps *steps_bottom(const mig_steps *steps) {
    while (steps->upstream != NULL)
        steps = steps->upstream;
    return (const plan_steps *)steps;
}

mig_steps_place mig_steps_here(const mig_steps *steps) {
    const plan_steps *self = steps_bottom(steps);

    return (mig_steps_place){self->place, self->section, self->n_before, self->started};
}

/* At the start of a revision its batch is read again, which gives back what the first try took. */
void mig_steps_back(mig_steps *steps, mig_steps_place place) {
    plan_steps *self;

    while (steps->upstream != NULL)
        steps = steps->upstream;
    self = (plan_steps *)steps;
    self->place = place.place;
    self->section = place.section;
    self->n_before = place.n_before;
    self->started = place.started;
    if (!place.started) {
        self->batch_from = place.place;
        self->batch_n = 0;
    }
}

size_t mig_plan_outside(const mig_state *state, const mig_plan *plan) {
    const mig_revision *rev;
    size_t i;

    for (i = 0; i < plan->nodes.n; i++) {
        rev = &state->revisions[plan->nodes.items[i]];
        if (mig_facts_has(plan->down ? rev->down_facts : rev->up_facts, "outside"))
            return plan->nodes.items[i];
    }
    return MIG_NONE;
}

mig_str mig_step_line(mig_ctx *ctx, const mig_graph *graph, size_t node, bool down) {
    const mig_revision *rev = &graph->revisions[node];
    mig_str parents = mig_str_join(ctx, rev->revises.items, rev->revises.n, ", ");
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, down ? "Running downgrade " : "Running upgrade ");
    mig_buf_add(&buf, down ? rev->id : parents);
    mig_buf_add_z(&buf, " -> ");
    mig_buf_add(&buf, down ? parents : rev->id);
    if (rev->message.n > 0) {
        mig_buf_add_z(&buf, ", ");
        mig_buf_add(&buf, rev->message);
    }
    return mig_buf_str(&buf);
}
