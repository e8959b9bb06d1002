/*
 * seed_run.c: migrate_seed and migrate_seed_run.
 */
#include "command.h"

#include <string.h>

#include "seeding.h"

#define NOTHING_SEEDED "Nothing was seeded"

/* ---- migrate_seed ------------------------------------------------------------------------ */

typedef struct seed_call {
    mig_seeding seeding;
    bool clear;
} seed_call;

static bool seed_profile(mig_ctx *ctx, void *arg) {
    seed_call *self = arg;
    mig_seeding *seeding = &self->seeding;

    return mig_seeding_plan(ctx, seeding) && mig_session_may_act(ctx, &seeding->session) &&
           mig_seeding_check(ctx, seeding) && (!self->clear || mig_seeding_clear(ctx, seeding)) &&
           mig_seeding_apply(ctx, seeding);
}

/* To empty needs consent anywhere, to overwrite only in production. */
static bool seed_consent(mig_ctx *ctx, const seed_call *self, mig_str confirm) {
    mig_str option;
    bool given;

    if (!self->clear)
        return !self->seeding.force ? mig_ctx_error(ctx) == NULL
                                    : mig_consent_production(ctx, "migrate_seed", "force", confirm);
    if (!mig_consent(ctx, "migrate_seed", confirm, &given) || given)
        return mig_ctx_error(ctx) == NULL;
    option = mig_consent_option(ctx);
    if (option.p == NULL)
        return false;
    mig_fail(ctx, MIG_E_CONSENT, "migrate_seed: clear removes rows before it seeds them again");
    mig_hint(ctx,
             "Nothing was done. SELECT migrate_seed_clear(profile) says what would be removed. "
             "To consent, give the option %.*s.",
             MIG_FMT(option));
    return false;
}

/* Asked before the lock, so that a refusal waits for nobody, and under it: others may have said that this
   is production meanwhile. */
static bool seed_begin(mig_ctx *ctx, seed_call *self, mig_str confirm) {
    if (!seed_consent(ctx, self, confirm) || !mig_seeding_begin(ctx, &self->seeding))
        return false;
    return seed_consent(ctx, self, confirm) || mig_session_end(ctx);
}

MIG_COMMAND(mig_cmd_seed) {
    mig_str confirm = {NULL, 0};
    seed_call self;
    mig_option options[4];

    memset(&self, 0, sizeof self);
    memset(options, 0, sizeof options);
    self.seeding.function = "migrate_seed";
    self.seeding.nothing = NOTHING_SEEDED;
    options[0] = (mig_option){"force", MIG_OPTION_BOOL, &self.seeding.force, false};
    options[1] = (mig_option){"clear", MIG_OPTION_BOOL, &self.clear, false};
    options[2] = (mig_option){"cascade", MIG_OPTION_BOOL, &self.seeding.cascade, false};
    options[3] = (mig_option){"confirm", MIG_OPTION_TEXT, &confirm, false};
    if (!mig_arg_text(ctx, "migrate_seed", "profile", args, n_args, 0, &self.seeding.profile) ||
        !mig_options_parse(ctx, "migrate_seed", n_args > 1 ? &args[1] : NULL, options, 4))
        return false;
    self.seeding.profile = mig_str_trim(self.seeding.profile);
    return seed_begin(ctx, &self, confirm) &&
           mig_seeding_run(ctx, &self.seeding, seed_profile, &self);
}

/* ---- migrate_seed_run -------------------------------------------------------------------- */

typedef struct run_call {
    mig_seeding seeding;
    mig_str name;
    const mig_value *params;
} run_call;

/* What it depends on runs before it only if it never has: this is one seed's run. */
static bool run_work(mig_ctx *ctx, void *arg) {
    run_call *self = arg;
    mig_seeding *seeding = &self->seeding;
    const mig_seed *seed = mig_seeds_get(ctx, &seeding->seeds, self->name), *other;
    size_t i;

    if (seed == NULL || !mig_seed_check_there(ctx, seed) ||
        !mig_seed_plan_one(ctx, &seeding->seeds, (size_t)(seed - seeding->seeds.items),
                           &seeding->order) ||
        !mig_session_may_act(ctx, &seeding->session) || !mig_seeding_check(ctx, seeding))
        return false;
    for (i = 0; i + 1 < seeding->order.n; i++) {
        other = &seeding->seeds.items[seeding->order.items[i]];
        if (other->ran_checksum.n == 0 && !mig_seeding_apply_one(ctx, seeding, other, NULL))
            return false;
    }
    return mig_seeding_apply_one(ctx, seeding, seed, self->params);
}

MIG_COMMAND(mig_cmd_seed_run) {
    run_call self;

    memset(&self, 0, sizeof self);
    self.seeding.function = "migrate_seed_run";
    self.seeding.nothing = NOTHING_SEEDED;
    self.params = n_args > 1 ? &args[1] : NULL;
    if (!mig_arg_required(ctx, "migrate_seed_run", "name", args, n_args, 0, &self.name))
        return false;
    self.name = mig_str_trim(self.name);
    return mig_seeding_begin(ctx, &self.seeding) &&
           mig_seeding_run(ctx, &self.seeding, run_work, &self);
}
