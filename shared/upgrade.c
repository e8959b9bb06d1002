/*
 * upgrade.c: migrate_upgrade and migrate_downgrade, and both as online runs.
 *
 * The road: look without a lock; nothing to do: say so. Else lock, look again unless nothing can have
 * changed, plan again, run.
 */
#include "command.h"

#include <string.h>

#define NOTHING_APPLIED "Nothing was applied"

typedef struct upgrade {
    const char *function;
    bool down;
    mig_str target, confirm;
    mig_session session;
    mig_plan plan;
} upgrade;

static bool upgrade_plan(mig_ctx *ctx, upgrade *self) {
    const mig_applied *applied = &self->session.state.applied;

    memset(&self->plan, 0, sizeof self->plan);
    return self->down ? mig_plan_downgrade(ctx, applied, self->target, &self->plan)
                      : mig_plan_upgrade(ctx, applied, self->target, &self->plan);
}

/* Asked before the lock, so that a refusal waits for nobody, and under it: others may have said that this
   is production meanwhile, or have taken back what stood before the last revision. */
static bool upgrade_consent(mig_ctx *ctx, const upgrade *self) {
    return self->session.within ||
           mig_run_consent(ctx, self->function, &self->session.state, &self->plan, self->confirm);
}

/* Under the lock: somebody else may have done the work meanwhile. */
static bool upgrade_locked(mig_ctx *ctx, upgrade *self) {
    mig_session *session = &self->session;

    if (upgrade_plan(ctx, self) && mig_run_check(ctx, &session->state, &self->plan) &&
        upgrade_consent(ctx, self) && self->plan.nodes.n > 0 && mig_session_may_act(ctx, session))
        return mig_run(ctx, session, &self->plan);
    return mig_session_end(ctx) && mig_answer_nothing(ctx, &session->state);
}

static bool upgrade_run(mig_ctx *ctx, upgrade *self) {
    mig_session *session = &self->session;
    mig_mark mark = mig_arena_mark(ctx);

    if (!mig_session_look(ctx, session, MIG_SNAPSHOT_FRESH,
                          self->down ? MIG_FILES_IGNORE : MIG_FILES_LOOK, NOTHING_APPLIED) ||
        !upgrade_plan(ctx, self) || !mig_session_notes(ctx, session) ||
        !mig_run_check(ctx, &session->state, &self->plan) || !upgrade_consent(ctx, self))
        return false;
    if (self->plan.nodes.n == 0 && mig_intake_reported(&session->intake) == 0)
        return mig_answer_nothing(ctx, &session->state);
    if (!mig_ctx_host(ctx)->check_writable(ctx, self->function))
        return false;
    /* The look has said what it had to say. */
    session->spare = &mark;
    return mig_session_begin(ctx, session, NOTHING_APPLIED) && upgrade_locked(ctx, self);
}

bool mig_upgrade_part(mig_ctx *ctx, const char *function, bool down, mig_str target) {
    upgrade self;

    memset(&self, 0, sizeof self);
    self.function = function;
    self.down = down;
    self.target = target;
    self.session.within = true;
    return upgrade_run(ctx, &self);
}

MIG_COMMAND(mig_cmd_upgrade) {
    upgrade self;

    memset(&self, 0, sizeof self);
    self.function = "migrate_upgrade";
    return mig_arg_target(ctx, self.function, args, n_args, 0, &self.target) &&
           mig_arg_no_options(ctx, self.function, args, n_args, 1) && upgrade_run(ctx, &self);
}

/* The same as a procedure that commits while it works. */
static bool online_begin(mig_ctx *ctx, upgrade *self) {
    mig_host *host = mig_ctx_host(ctx);

    self->session.online = true;
    if (host->impatient != NULL)
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_UNSUPPORTED, "%s is a procedure of PostgreSQL", self->function);
    mig_hint(ctx, "Type SELECT migrate_%s(%s).", self->down ? "downgrade" : "upgrade",
             self->down ? "target" : "");
    return false;
}

/* The whole run in another session, which comes here again. */
static bool is_apart(mig_ctx *ctx, bool worker) {
    return worker && mig_ctx_error(ctx) == NULL && mig_ctx_host(ctx)->run_apart != NULL;
}

MIG_COMMAND(mig_cmd_upgrade_online) {
    mig_option option;
    bool worker = false;
    upgrade self;

    memset(&self, 0, sizeof self);
    self.function = "migrate_upgrade_online";
    option = (mig_option){"worker", MIG_OPTION_BOOL, &worker, false};
    if (!online_begin(ctx, &self) ||
        !mig_arg_target(ctx, self.function, args, n_args, 0, &self.target) ||
        !mig_options_parse(ctx, self.function, n_args > 1 ? &args[1] : NULL, &option, 1))
        return false;
    if (is_apart(ctx, worker))
        return mig_ctx_host(ctx)->run_apart(ctx, self.function, args, n_args);
    return upgrade_run(ctx, &self);
}

static bool downgrade_arguments(mig_ctx *ctx, upgrade *self, const mig_value *args, size_t n_args,
                                bool *worker) {
    mig_option options[2];

    options[0] = (mig_option){"confirm", MIG_OPTION_TEXT, &self->confirm, false};
    options[1] = (mig_option){"worker", MIG_OPTION_BOOL, worker, false};
    self->down = true;
    return mig_arg_down_target(ctx, self->function, args, n_args, 0, &self->target) &&
           mig_options_parse(ctx, self->function, n_args > 1 ? &args[1] : NULL, options,
                             worker == NULL ? 1 : 2);
}

MIG_COMMAND(mig_cmd_downgrade) {
    upgrade self;

    memset(&self, 0, sizeof self);
    self.function = "migrate_downgrade";
    return downgrade_arguments(ctx, &self, args, n_args, NULL) && upgrade_run(ctx, &self);
}

MIG_COMMAND(mig_cmd_downgrade_online) {
    bool worker = false;
    upgrade self;

    memset(&self, 0, sizeof self);
    self.function = "migrate_downgrade_online";
    self.down = true;
    if (!online_begin(ctx, &self) || !downgrade_arguments(ctx, &self, args, n_args, &worker))
        return false;
    if (is_apart(ctx, worker))
        return mig_ctx_host(ctx)->run_apart(ctx, self.function, args, n_args);
    return upgrade_run(ctx, &self);
}
