/*
 * seed_clear.c: migrate_seed_clear: takes seeds back.
 *
 * Without consent it does the same and undoes it: what it says would be removed is what was.
 */
#include "command.h"

#include <string.h>

#include "seeding.h"

#define NOTHING_REMOVED "Nothing was removed"
#define PREVIEW "preview"

typedef struct clear_call {
    mig_seeding seeding;
    bool consent;
} clear_call;

static bool clear_work(mig_ctx *ctx, void *arg) {
    clear_call *self = arg;
    mig_seeding *seeding = &self->seeding;

    return mig_seeding_plan(ctx, seeding) && mig_session_may_act(ctx, &seeding->session) &&
           mig_seeding_clear(ctx, seeding) &&
           (seeding->n_cleared > 0 || seeding->order.n == 0 || mig_answer(ctx, "Nothing to clear"));
}

/* An error is what undoes it. */
static bool preview_work(mig_ctx *ctx, void *arg) {
    return clear_work(ctx, arg) && mig_fail(ctx, MIG_E_CONSENT, PREVIEW);
}

static bool preview_answer(mig_ctx *ctx) {
    mig_str option = mig_consent_option(ctx);

    return option.p != NULL &&
           mig_answer(ctx,
                      "Nothing was removed: this is what would be. To do it, give the option "
                      "%.*s",
                      MIG_FMT(option));
}

static bool clear_preview(mig_ctx *ctx, clear_call *self) {
    mig_host *host = mig_ctx_host(ctx);
    mig_error error;

    memset(&error, 0, sizeof error);
    (void)host->attempt(ctx, preview_work, self, &error);
    if (mig_ctx_error(ctx) == NULL &&
        (error.code != MIG_E_CONSENT || strcmp(error.message, PREVIEW) != 0))
        mig_seeding_fail(ctx, &self->seeding, &error);
    if (mig_ctx_error(ctx) != NULL) {
        host->unit_abort(ctx);
        return false;
    }
    return mig_session_end(ctx) && (self->seeding.n_cleared == 0 || preview_answer(ctx));
}

MIG_COMMAND(mig_cmd_seed_clear) {
    mig_str confirm = {NULL, 0};
    mig_option options[2];
    clear_call self;

    memset(&self, 0, sizeof self);
    memset(options, 0, sizeof options);
    self.seeding.function = "migrate_seed_clear";
    self.seeding.nothing = NOTHING_REMOVED;
    options[0] = (mig_option){"cascade", MIG_OPTION_BOOL, &self.seeding.cascade, false};
    options[1] = (mig_option){"confirm", MIG_OPTION_TEXT, &confirm, false};
    if (!mig_arg_required(ctx, "migrate_seed_clear", "profile", args, n_args, 0,
                          &self.seeding.profile) ||
        !mig_options_parse(ctx, "migrate_seed_clear", n_args > 1 ? &args[1] : NULL, options, 2) ||
        !mig_consent(ctx, "migrate_seed_clear", confirm, &self.consent))
        return false;
    self.seeding.profile = mig_str_trim(self.seeding.profile);
    if (!mig_seeding_begin(ctx, &self.seeding))
        return false;
    return self.consent ? mig_seeding_run(ctx, &self.seeding, clear_work, &self)
                        : clear_preview(ctx, &self);
}
