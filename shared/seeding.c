/*
 * seeding.c: see seeding.h.
 */
#include "seeding.h"

#include <string.h>

#include "map.h"
#include "seed_catalog.h"

/* ---- begin and end ----------------------------------------------------------------------- */

static bool begin_failed(mig_ctx *ctx) {
    mig_ctx_host(ctx)->unit_abort(ctx);
    return false;
}

static bool intake_notes(mig_ctx *ctx, const mig_seed_intake *intake) {
    size_t i, added = mig_seed_intake_count(intake, MIG_SEED_ADDED),
              updated = mig_seed_intake_count(intake, MIG_SEED_UPDATED),
              removed = mig_seed_intake_count(intake, MIG_SEED_REMOVED),
              missing = mig_seed_intake_count(intake, MIG_SEED_MISSING),
              found = mig_seed_intake_count(intake, MIG_SEED_FOUND);

    for (i = 0; i < intake->notes.n; i++)
        mig_answer(ctx, "%.*s", MIG_FMT(intake->notes.items[i]));
    if (added + updated + removed + missing + found > 0)
        mig_answer(ctx, "The seed files changed: %zu added, %zu updated, %zu removed",
                   added + found, updated, removed + missing);
    for (i = 0; i < intake->n; i++)
        if (intake->changes[i].kind == MIG_SEED_MISSING)
            mig_answer(ctx, "%.*s: the file is gone, its rows stay",
                       MIG_FMT(intake->changes[i].seed.name));
    return mig_ctx_error(ctx) == NULL;
}

static bool seeds_take(mig_ctx *ctx, mig_seeding *self) {
    mig_seed_intake *intake = &self->intake;

    return mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &self->seeds) &&
           mig_seed_intake_begin(ctx, intake, &self->seeds) &&
           mig_seed_intake_remembered(ctx, intake) && mig_seed_intake_finish(ctx, intake) &&
           mig_complaints_raise(ctx, &intake->complaints, self->nothing) &&
           intake_notes(ctx, intake) &&
           (intake->n == 0 ||
            (mig_session_may_act(ctx, &self->session) && mig_seed_intake_store(ctx, intake)));
}

bool mig_seeding_begin(mig_ctx *ctx, mig_seeding *self) {
    mig_host *host = mig_ctx_host(ctx);

    if (!host->check_writable(ctx, self->function) ||
        !mig_session_begin_catalog(ctx, &self->session))
        return false;
    if (!host->lock(ctx, MIG_LOCK_TARGET, MIG_LOCK_EXCLUSIVE, "") || !seeds_take(ctx, self))
        return begin_failed(ctx);
    return true;
}

static bool is_word(char c) {
    return mig_is_alpha(c) || mig_is_digit(c) || c == '_';
}

/* Is a secret at text[at]? Part of a word may be one by chance, if it is short. */
static bool secret_at(mig_str text, size_t at, mig_str secret) {
    size_t end = at + secret.n;

    if (secret.n > text.n - at || memcmp(text.p + at, secret.p, secret.n) != 0)
        return false;
    return secret.n >= 4 ||
           ((at == 0 || !is_word(text.p[at - 1])) && (end == text.n || !is_word(text.p[end])));
}

static const char *secret_cut(mig_ctx *ctx, const char *z, mig_str secret) {
    mig_buf buf = mig_buf_new(ctx);
    mig_str text;
    size_t i = 0;

    if (z == NULL)
        return NULL;
    text = mig_str_of(z);
    while (i < text.n) {
        if (secret_at(text, i, secret)) {
            mig_buf_add_z(&buf, "***");
            i += secret.n;
        } else {
            mig_buf_add_char(&buf, text.p[i++]);
        }
    }
    return mig_str_z(ctx, mig_buf_str(&buf));
}

/* Takes the values of secret parameters out of an error of the database. Its detail may show whole
   rows, with values cut short: it goes as it is. */
static void secrets_hide(mig_ctx *ctx, const mig_seeding *self, mig_error *error) {
    const mig_bound *bound;
    mig_str secret;
    size_t i;

    for (i = 0; i < self->n_bound && error->code == MIG_E_HOST; i++) {
        bound = &self->bound[i];
        if (!bound->param->secret || bound->value.type == MIG_NULL)
            continue;
        secret = bound->value.type == MIG_INT
                     ? mig_str_format(ctx, "%lld", (long long)bound->value.integer)
                     : bound->value.text;
        if (secret.n == 0)
            continue;
        error->secret = true;
        error->message = secret_cut(ctx, error->message, secret);
        error->hint = secret_cut(ctx, error->hint, secret);
        error->context = secret_cut(ctx, error->context, secret);
        if (error->detail != NULL)
            error->detail = "What the database says beyond that is not shown: the seed has a "
                            "secret parameter.";
    }
}

bool mig_seeding_fail(mig_ctx *ctx, const mig_seeding *self, mig_error *error) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    secrets_hide(ctx, self, error);
    if (error->hint == NULL || strstr(error->hint, self->nothing) == NULL)
        error->hint =
            mig_str_z(ctx, mig_str_format(ctx, "%s%s%s.", error->hint == NULL ? "" : error->hint,
                                          error->hint == NULL ? "" : "\n", self->nothing));
    return mig_raise(ctx, error);
}

bool mig_seeding_run(mig_ctx *ctx, mig_seeding *self, mig_work_fn work, void *arg) {
    mig_error error;

    memset(&error, 0, sizeof error);
    if (mig_ctx_host(ctx)->attempt(ctx, work, arg, &error))
        return mig_session_end(ctx);
    mig_ctx_host(ctx)->unit_abort(ctx);
    return mig_seeding_fail(ctx, self, &error);
}

bool mig_seeding_plan(mig_ctx *ctx, mig_seeding *self) {
    bool fallback;

    if (self->profile.n == 0 && !mig_setting_get(ctx, "default_profile", &self->profile))
        return false;
    if (self->profile.n == 0)
        self->profile = MIG_STR("default");
    fallback = mig_str_is(self->profile, "default");
    return mig_seed_plan_profile(ctx, &self->seeds, self->profile, fallback, &self->order);
}

/* ---- what must hold before --------------------------------------------------------------- */

static bool requires_check(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed,
                           mig_complaints *list) {
    const mig_state *state = &self->session.state;
    mig_str id;
    size_t i, node;

    for (i = 0; i < seed->header.requires.n; i++) {
        id = seed->header.requires.items[i];
        node = mig_target_one(ctx, &state->applied, id);
        if (node == MIG_NONE && !mig_complain_error(ctx, list, seed->source))
            return false;
        if (node == MIG_NONE || state->applied.in[node])
            continue;
        mig_complain(ctx, list, MIG_E_STATE, seed->source,
                     mig_seed_is_described(seed) ? 0 : seed->header.line, 0,
                     "seed \"%.*s\" requires revision \"%.*s\", which is not applied",
                     MIG_FMT(seed->name), MIG_FMT(state->revisions[node].id));
        mig_complain_hint(ctx, list, "Run SELECT migrate_upgrade('%.*s') first.",
                          MIG_FMT(state->revisions[node].id));
    }
    return mig_ctx_error(ctx) == NULL;
}

static mig_rows_facts *facts_of(const mig_seeding *self, const mig_seed *seed) {
    return &self->facts[seed - self->seeds.items];
}

static bool data_check(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed,
                       mig_complaints *list) {
    mig_dataset_source source;

    if (seed->format == MIG_FORMAT_SQL)
        return true;
    if (!mig_dataset_source_of(ctx, seed, &source))
        return mig_complain_error(ctx, list, seed->source);
    return mig_rows_check(ctx, &source, list, facts_of(self, seed));
}

/* Before anything is read: whoever lacks a privilege hears of that and of nothing else. */
static bool sync_allowed(mig_ctx *ctx, const mig_seeding *self) {
    const mig_seed *seed;
    size_t i;

    for (i = 0; i < self->order.n; i++) {
        seed = &self->seeds.items[self->order.items[i]];
        if (seed->format != MIG_FORMAT_SQL && seed->header.mode == MIG_MODE_SYNC)
            return mig_temp_allowed(
                ctx, mig_str_format(ctx, "seed \"%.*s\" is in mode sync", MIG_FMT(seed->name)));
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_seeding_check(mig_ctx *ctx, mig_seeding *self) {
    mig_complaints list;
    size_t i;

    memset(&list, 0, sizeof list);
    for (i = 0; i < self->order.n; i++)
        if (!requires_check(ctx, self, &self->seeds.items[self->order.items[i]], &list))
            return false;
    if (!mig_complaints_raise(ctx, &list, self->nothing) || !sync_allowed(ctx, self))
        return false;
    self->facts = mig_alloc_zero(ctx, self->seeds.n + 1, sizeof *self->facts);
    for (i = 0; self->facts != NULL && i < self->order.n; i++)
        if (!data_check(ctx, self, &self->seeds.items[self->order.items[i]], &list))
            return false;
    return mig_complaints_raise(ctx, &list, self->nothing);
}

/* ---- books ------------------------------------------------------------------------------- */

static bool seed_log(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed, const char *action,
                     int64_t started, mig_str detail) {
    mig_host *host = mig_ctx_host(ctx);
    int64_t now = host->now(ctx);
    mig_log_row row;

    memset(&row, 0, sizeof row);
    row.action = action;
    row.revision = seed->name;
    row.detail = detail;
    row.at = mig_time_iso(ctx, now);
    row.outcome = "ok";
    row.duration_ms = (now - started) / 1000;
    return mig_store_log_add(ctx, &row, &self->session.state.last_log);
}

/* ---- data sets --------------------------------------------------------------------------- */

static mig_str counts_text(mig_ctx *ctx, const mig_counts *counts) {
    mig_str differ = {"", 0};

    if (counts->differing > 0)
        differ = mig_str_format(ctx, " (%lld differ%s)", (long long)counts->differing,
                                counts->differing == 1 ? "s" : "");
    return mig_str_format(ctx, "%lld inserted, %lld updated, %lld unchanged%.*s, %lld removed",
                          (long long)counts->inserted, (long long)counts->updated,
                          (long long)counts->unchanged, MIG_FMT(differ),
                          (long long)counts->removed);
}

static bool data_apply(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed, mig_str *said) {
    mig_seed_mode mode = seed->header.mode;
    mig_dataset_source source;
    mig_counts counts;

    if (self->force && mode == MIG_MODE_INSERT)
        mode = MIG_MODE_UPDATE;
    if (!mig_dataset_source_of(ctx, seed, &source) ||
        !mig_rows_write(ctx, &source, facts_of(self, seed), mode, &counts))
        return false;
    *said = counts_text(ctx, &counts);
    return said->p != NULL;
}

/* ---- apply ------------------------------------------------------------------------------- */

static bool params_refuse(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed,
                          const mig_value *params) {
    if (params == NULL || params->type == MIG_NULL || mig_str_trim(params->text).n == 0)
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "%s: seed \"%.*s\" is a data set: it has no parameters",
             self->function, MIG_FMT(seed->name));
    mig_hint(ctx, "Call it without the second argument.");
    return false;
}

/* A seed leaves no row behind whose parent is missing, whatever the connection checks. */
static bool guard_begin(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    return host->guard == NULL || host->guard(ctx, MIG_GUARD_LATE);
}

static void guard_end(mig_ctx *ctx) {
    mig_host *host = mig_ctx_host(ctx);

    if (host->guard != NULL)
        (void)host->guard(ctx, MIG_GUARD_CONNECTION);
}

static bool seed_apply(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                       const mig_value *params, mig_str *said) {
    bool ok;

    if (!guard_begin(ctx))
        return false;
    ok = seed->format == MIG_FORMAT_SQL
             ? mig_seed_sql_apply(ctx, self, seed, params, said)
             : params_refuse(ctx, self, seed, params) && data_apply(ctx, self, seed, said);
    guard_end(ctx);
    return ok;
}

/* What others see of the run. */
static bool seed_show(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed,
                      const char *action) {
    mig_host *host = mig_ctx_host(ctx);
    mig_progress progress;
    size_t i;

    if (host->progress == NULL)
        return mig_ctx_error(ctx) == NULL;
    memset(&progress, 0, sizeof progress);
    progress.action = mig_str_of(action);
    progress.name = seed->name;
    for (i = 0; i < self->order.n; i++)
        if (seed == &self->seeds.items[self->order.items[i]])
            progress.place = i + 1;
    progress.n_places = self->order.n;
    return host->progress(ctx, &progress);
}

bool mig_seeding_apply_one(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                           const mig_value *params) {
    mig_host *host = mig_ctx_host(ctx);
    int64_t started = host->now(ctx);
    mig_mark mark = mig_arena_mark(ctx);
    mig_str said;

    if (!host->interrupted(ctx) || !seed_show(ctx, self, seed, "seed"))
        return false;
    if (!seed_apply(ctx, self, seed, params, &said) ||
        !mig_answer(ctx, "%.*s: %.*s", MIG_FMT(seed->name), MIG_FMT(said)) ||
        !mig_seed_ran(ctx, seed, mig_time_iso(ctx, started)) ||
        !seed_log(ctx, self, seed, "seed", started, said))
        return false;
    self->bound = NULL;
    self->n_bound = 0;
    mig_arena_release(ctx, mark);
    return true;
}

bool mig_seeding_apply(mig_ctx *ctx, mig_seeding *self) {
    size_t i;

    if (self->order.n == 0)
        return mig_answer(ctx, "Nothing to do; profile \"%.*s\" has no seeds",
                          MIG_FMT(self->profile));
    for (i = 0; i < self->order.n; i++)
        if (!mig_seeding_apply_one(ctx, self, &self->seeds.items[self->order.items[i]], NULL))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- clear ------------------------------------------------------------------------------- */

static bool data_clear(mig_ctx *ctx, const mig_seeding *self, const mig_seed *seed, mig_str *said) {
    mig_dataset_source source;
    mig_counts counts;

    if (!mig_dataset_source_of(ctx, seed, &source) ||
        !mig_rows_clear(ctx, &source, self->cascade, &counts))
        return false;
    *said = mig_str_format(ctx, "%lld row%s removed", (long long)counts.removed,
                           counts.removed == 1 ? "" : "s");
    return said->p != NULL;
}

static bool seed_clear(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed, mig_str *said) {
    bool ok;

    if (!guard_begin(ctx))
        return false;
    ok = seed->format == MIG_FORMAT_SQL ? mig_seed_sql_clear(ctx, self, seed, said)
                                        : data_clear(ctx, self, seed, said);
    guard_end(ctx);
    return ok;
}

static bool clear_one(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed) {
    int64_t started = mig_ctx_host(ctx)->now(ctx);
    mig_mark mark = mig_arena_mark(ctx);
    mig_str said;

    if (seed->ran_checksum.n == 0)
        return mig_answer(ctx, "%.*s: not applied", MIG_FMT(seed->name));
    if (!mig_ctx_host(ctx)->interrupted(ctx) || !seed_show(ctx, self, seed, "seed_clear") ||
        !seed_clear(ctx, self, seed, &said) ||
        !mig_answer(ctx, "%.*s: %.*s", MIG_FMT(seed->name), MIG_FMT(said)) ||
        !mig_seed_ran(ctx, seed, MIG_STR("")) ||
        !seed_log(ctx, self, seed, "seed_clear", started, said))
        return false;
    self->n_cleared++;
    self->bound = NULL;
    self->n_bound = 0;
    mig_arena_release(ctx, mark);
    return true;
}

static bool is_cleared(const mig_seeding *self, const mig_seed *seed) {
    return mig_seed_in_profile(seed, self->profile) && seed->ran_checksum.n > 0;
}

static bool clear_allowed(mig_ctx *ctx, const mig_seeding *self) {
    const mig_seed *seed;
    size_t i;

    for (i = 0; i < self->order.n; i++) {
        seed = &self->seeds.items[self->order.items[i]];
        if (seed->format != MIG_FORMAT_SQL && is_cleared(self, seed))
            return mig_temp_allowed(
                ctx,
                mig_str_format(ctx, "to take back the rows of seed \"%.*s\"", MIG_FMT(seed->name)));
    }
    return mig_ctx_error(ctx) == NULL;
}

/* Rows that nothing can take back any more are not passed over in silence. *some: there are such. */
static bool missing_tell(mig_ctx *ctx, const mig_seeding *self, bool *some) {
    const mig_seed *seed;
    size_t i;

    for (i = self->seeds.n; i > 0; i--) {
        seed = &self->seeds.items[i - 1];
        if (!mig_seed_is_missing(seed) || !mig_seed_in_profile(seed, self->profile))
            continue;
        *some = true;
        if (!mig_answer(
                ctx,
                "%.*s: left as it is, its file \"%.*s\" is gone: put it back, or delete the "
                "rows by hand and SELECT migrate_seed_remove('%.*s')",
                MIG_FMT(seed->name), MIG_FMT(seed->source), MIG_FMT(seed->name)))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* What the profile only needs stays: others may need it too. */
bool mig_seeding_clear(mig_ctx *ctx, mig_seeding *self) {
    const mig_seed *seed;
    bool some = false;
    size_t i;

    if (!clear_allowed(ctx, self) || !missing_tell(ctx, self, &some))
        return false;
    if (self->order.n == 0 && !some)
        return mig_answer(ctx, "Nothing to do; profile \"%.*s\" has no seeds",
                          MIG_FMT(self->profile));
    for (i = self->order.n; i > 0; i--) {
        seed = &self->seeds.items[self->order.items[i - 1]];
        if (mig_seed_in_profile(seed, self->profile) && !clear_one(ctx, self, seed))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}
