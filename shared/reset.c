/*
 * reset.c: migrate_reset: downgrade to base, upgrade to head and seed, in one unit.
 */
#include "command.h"

#include <string.h>

#include "seeding.h"
#include "value.h"

#define NOTHING_RESET "Nothing was reset"

typedef struct reset {
    mig_str profile, target;
    bool without_seeds;
} reset;

static bool profile_work(mig_ctx *ctx, void *arg) {
    mig_seeding *self = arg;

    if (self->profile.n == 0 && self->seeds.n == 0)
        return mig_answer(ctx, "Nothing to seed: no seed is loaded");
    return mig_seeding_plan(ctx, self) && mig_seeding_check(ctx, self) &&
           mig_seeding_apply(ctx, self);
}

static bool reset_seed(mig_ctx *ctx, const reset *self) {
    mig_seeding seeding;

    memset(&seeding, 0, sizeof seeding);
    seeding.function = "migrate_reset";
    seeding.nothing = NOTHING_RESET;
    seeding.profile = self->profile;
    return mig_seeding_begin(ctx, &seeding) &&
           mig_seeding_run(ctx, &seeding, profile_work, &seeding);
}

static bool reset_work(mig_ctx *ctx, void *arg) {
    const reset *self = arg;

    return mig_upgrade_part(ctx, "migrate_reset", true, MIG_STR("base")) &&
           mig_upgrade_part(ctx, "migrate_reset", false, self->target) &&
           (self->without_seeds || reset_seed(ctx, self));
}

static bool reset_failed(mig_ctx *ctx, mig_error *error) {
    mig_ctx_host(ctx)->unit_abort(ctx);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (error->code == MIG_E_CONTEXT && strstr(error->message, "transaction:false") != NULL)
        error->hint = "A reset is one transaction: call migrate_downgrade, migrate_upgrade and "
                      "migrate_seed one after the other instead.";
    if (error->hint == NULL || strstr(error->hint, NOTHING_RESET) == NULL)
        error->hint =
            mig_str_z(ctx, mig_str_format(ctx, "%s%s" NOTHING_RESET ": the database is as it was.",
                                          error->hint == NULL ? "" : error->hint,
                                          error->hint == NULL ? "" : "\n"));
    return mig_raise(ctx, error);
}

static bool reset_run(mig_ctx *ctx, reset *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;

    memset(&error, 0, sizeof error);
    if (!host->check_writable(ctx, "migrate_reset") || !host->unit_begin(ctx))
        return false;
    if (!host->attempt(ctx, reset_work, self, &error))
        return reset_failed(ctx, &error);
    return mig_session_end(ctx);
}

/* Without consent: what a downgrade to base would cost. */
static bool reset_preview(mig_ctx *ctx) {
    mig_str name = mig_ctx_host(ctx)->database(ctx);
    mig_value base = mig_value_text(MIG_STR("base"));

    return mig_cmd_plan_lines(ctx, &base, 1) &&
           mig_answer(ctx,
                      "Nothing was reset: this is what would be undone, before all is made and "
                      "seeded anew. To do it, give the name of the database, \"%.*s\", as the "
                      "first argument",
                      MIG_FMT(name));
}

MIG_COMMAND(mig_cmd_reset) {
    mig_option options[2];
    mig_str confirm;
    bool consent, seed = true;
    reset self;

    memset(&self, 0, sizeof self);
    memset(options, 0, sizeof options);
    options[0] = (mig_option){"profile", MIG_OPTION_TEXT, &self.profile, false};
    options[1] = (mig_option){"seed", MIG_OPTION_BOOL, &seed, false};
    if (!mig_arg_text(ctx, "migrate_reset", "confirmation", args, n_args, 0, &confirm) ||
        !mig_options_parse(ctx, "migrate_reset", n_args > 1 ? &args[1] : NULL, options, 2) ||
        !mig_consent(ctx, "migrate_reset", mig_str_trim(confirm), &consent))
        return false;
    self.without_seeds = !seed;
    self.target = MIG_STR("heads");
    return consent ? reset_run(ctx, &self) : reset_preview(ctx);
}
