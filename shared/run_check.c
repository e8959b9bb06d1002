/*
 * run_check.c: can a plan be run here at all? Asked before anything is locked or changed.
 */
#include "run.h"

#include <string.h>

#include "foresee.h"
#include "setting.h"
#include "steps.h"

bool mig_run_check_downs(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    mig_list without;
    mig_str names;
    size_t i;

    memset(&without, 0, sizeof without);
    for (i = 0; plan->down && i < plan->nodes.n; i++)
        if (state->revisions[plan->nodes.items[i]].down_facts.n == 0 &&
            !mig_list_add(ctx, &without, state->revisions[plan->nodes.items[i]].id))
            return false;
    if (without.n == 0)
        return mig_ctx_error(ctx) == NULL;
    names = mig_str_join(ctx, without.items, without.n, ", ");
    mig_fail(ctx, MIG_E_STATE, "%s without a down section cannot be removed: %.*s",
             without.n == 1 ? "a revision" : "revisions", MIG_FMT(names));
    mig_hint(ctx,
             "Nothing was run. Write the down sections and load them, or use migrate_stamp when "
             "the database has been changed back by hand.");
    return false;
}

static bool check_outside(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    mig_host *host = mig_ctx_host(ctx);
    size_t node = mig_plan_outside(state, plan);
    const char *verb = plan->down ? "downgrade" : "upgrade";

    if (node == MIG_NONE || (host->run_outside != NULL && host->may_commit(ctx)))
        return true;
    mig_fail(ctx, MIG_E_CONTEXT,
             "revision \"%.*s\" has a transaction:false section, which cannot run inside a "
             "transaction",
             MIG_FMT(state->revisions[node].id));
    if (host->engine == MIG_POSTGRESQL && host->may_commit(ctx))
        mig_hint(ctx, "Nothing was run. Write the run with migrate_%s_sql and give it to psql.",
                 verb);
    else if (host->engine == MIG_POSTGRESQL)
        mig_hint(ctx,
                 "Nothing was run. SELECT migrate_%s runs in one transaction; CALL "
                 "migrate_%s_online(%s) runs such a section outside of one.",
                 verb, verb, plan->down ? "target" : "");
    else
        mig_hint(ctx,
                 "Nothing was run. Commit or roll back the open transaction, then call "
                 "migrate_%s again.",
                 verb);
    return false;
}

bool mig_run_check(mig_ctx *ctx, const mig_state *state, const mig_plan *plan) {
    return mig_ctx_error(ctx) == NULL && mig_run_check_downs(ctx, state, plan) &&
           check_outside(ctx, state, plan) && mig_foresee_check(ctx, state, plan);
}

/* To leave nothing applied is to lose everything, whatever the target's words. */
bool mig_run_consent(mig_ctx *ctx, const char *function, const mig_state *state,
                     const mig_plan *plan, mig_str confirm) {
    size_t i, n = 0;

    for (i = 0; i < state->n; i++)
        n += state->applied.in[i];
    if (!plan->down || n == 0 || plan->nodes.n < n)
        return mig_ctx_error(ctx) == NULL;
    return mig_consent_production(ctx, function, "a downgrade to base", confirm);
}
