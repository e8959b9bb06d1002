/*
 * command.c: the tables of SQL functions, and the reading of their arguments.
 */
#include "command.h"

#include <string.h>

#include "format.h"

const mig_action mig_actions[] = {
    {"migrate_init", 0, 1, mig_cmd_init, false, false, true, false},
    {"migrate_load", 1, 2, mig_cmd_load, false, false, true, false},
    {"migrate_add", 1, 2, mig_cmd_add, false, false, true, false},
    {"migrate_repair", 1, 2, mig_cmd_repair, false, false, true, false},
    {"migrate_revision", 1, 2, mig_cmd_revision, false, false, true, false},
    {"migrate_merge", 1, 3, mig_cmd_merge, false, false, true, false},
    {"migrate_upgrade", 0, 2, mig_cmd_upgrade, false, false, true, false},
    {"migrate_downgrade", 1, 2, mig_cmd_downgrade, false, false, true, false},
    {"migrate_upgrade_online", 0, 2, mig_cmd_upgrade_online, false, true, true, false},
    {"migrate_downgrade_online", 1, 2, mig_cmd_downgrade_online, false, true, true, false},
    {"migrate_dryrun", 0, 2, mig_cmd_dryrun, false, false, false, true},
    {"migrate_stamp", 1, 2, mig_cmd_stamp, false, false, true, false},
    {"migrate_upgrade_sql", 0, 1, mig_cmd_upgrade_sql, false, false, false, false},
    {"migrate_downgrade_sql", 1, 1, mig_cmd_downgrade_sql, false, false, false, false},
    {"migrate_assert_current", 0, 0, mig_cmd_assert_current, true, false, false, false},
    {"migrate_setting", 1, 2, mig_cmd_setting, false, false, true, false},
    {"migrate_reset", 0, 2, mig_cmd_reset, false, false, true, false},
    {"migrate_seed_load", 1, 1, mig_cmd_seed_load, false, false, true, false},
    {"migrate_seed_add", 2, 2, mig_cmd_seed_add, false, false, true, false},
    {"migrate_seed_remove", 1, 1, mig_cmd_seed_remove, false, false, true, false},
    {"migrate_seed", 0, 2, mig_cmd_seed, false, false, true, false},
    {"migrate_seed_run", 1, 2, mig_cmd_seed_run, false, false, true, false},
    {"migrate_seed_clear", 1, 2, mig_cmd_seed_clear, false, false, true, false},
};
const size_t mig_n_actions = sizeof mig_actions / sizeof mig_actions[0];

#define REVISION_COLUMNS                                                                           \
    {"revision", MIG_TEXT}, {"revises", MIG_TEXT}, {"depends_on", MIG_TEXT}, {"labels", MIG_TEXT}, \
        {"state", MIG_TEXT}, {"flags", MIG_TEXT}, {"message", MIG_TEXT}, {"created", MIG_TEXT},    \
        {"applied_at", MIG_TEXT}, {                                                                \
        "source", MIG_TEXT                                                                         \
    }

static const mig_column revision_columns[] = {REVISION_COLUMNS};
static const mig_column show_columns[] = {
    REVISION_COLUMNS, {"description", MIG_TEXT}, {"script", MIG_TEXT}};
static const mig_column plan_columns[] = {
    {"step", MIG_INT},     {"operation", MIG_TEXT}, {"revision", MIG_TEXT},
    {"message", MIG_TEXT}, {"statements", MIG_INT}, {"transaction", MIG_TEXT},
    {"note", MIG_TEXT},
};
static const mig_column status_columns[] = {
    {"current", MIG_TEXT}, {"heads", MIG_TEXT},  {"applied", MIG_INT},   {"pending", MIG_INT},
    {"changed", MIG_INT},  {"missing", MIG_INT}, {"last_run", MIG_TEXT},
};
static const mig_column log_columns[] = {
    {"id", MIG_INT},      {"at", MIG_TEXT},       {"who", MIG_TEXT},        {"action", MIG_TEXT},
    {"target", MIG_TEXT}, {"revision", MIG_TEXT}, {"duration_ms", MIG_INT}, {"outcome", MIG_TEXT},
    {"detail", MIG_TEXT}, {"sqlstate", MIG_TEXT}, {"statement", MIG_TEXT},
};

static const mig_column progress_columns[] = {
    {"pid", MIG_INT},        {"who", MIG_TEXT},   {"action", MIG_TEXT},   {"revision", MIG_TEXT},
    {"step", MIG_INT},       {"steps", MIG_INT},  {"remaining", MIG_INT}, {"statement", MIG_INT},
    {"statements", MIG_INT}, {"rows", MIG_INT},   {"state", MIG_TEXT},    {"blocked_by", MIG_TEXT},
    {"started", MIG_TEXT},   {"since", MIG_TEXT}, {"query", MIG_TEXT},
};

static const mig_column seed_columns[] = {
    {"name", MIG_TEXT},     {"profiles", MIG_TEXT}, {"depends_on", MIG_TEXT},
    {"requires", MIG_TEXT}, {"kind", MIG_TEXT},     {"tables", MIG_TEXT},
    {"rows", MIG_INT},      {"state", MIG_TEXT},    {"last_run", MIG_TEXT},
};
static const mig_column seed_row_columns[] = {
    {"table_name", MIG_TEXT}, {"row_number", MIG_INT}, {"line", MIG_INT},
    {"key", MIG_TEXT},        {"state", MIG_TEXT},     {"differs", MIG_TEXT},
};

#define COLUMNS(c) c, sizeof c / sizeof c[0]

const mig_listing mig_listings[] = {
    {"migrate_current",
     0,
     {NULL, NULL},
     COLUMNS(revision_columns),
     mig_cmd_current,
     mig_cmd_current_lines},
    {"migrate_heads",
     0,
     {NULL, NULL},
     COLUMNS(revision_columns),
     mig_cmd_heads,
     mig_cmd_heads_lines},
    {"migrate_branches",
     0,
     {NULL, NULL},
     COLUMNS(revision_columns),
     mig_cmd_branches,
     mig_cmd_branches_lines},
    {"migrate_history",
     1,
     {"range", NULL},
     COLUMNS(revision_columns),
     mig_cmd_history,
     mig_cmd_history_lines},
    {"migrate_show", 1, {"id", NULL}, COLUMNS(show_columns), mig_cmd_show, mig_cmd_show_lines},
    {"migrate_plan", 1, {"target", NULL}, COLUMNS(plan_columns), mig_cmd_plan, mig_cmd_plan_lines},
    {"migrate_status",
     0,
     {NULL, NULL},
     COLUMNS(status_columns),
     mig_cmd_status,
     mig_cmd_status_lines},
    {"migrate_log", 0, {NULL, NULL}, COLUMNS(log_columns), mig_cmd_log, mig_cmd_log_lines},
    {"migrate_progress",
     0,
     {NULL, NULL},
     COLUMNS(progress_columns),
     mig_cmd_progress,
     mig_cmd_progress},
    {"migrate_seed_list",
     0,
     {NULL, NULL},
     COLUMNS(seed_columns),
     mig_cmd_seed_list,
     mig_cmd_seed_list_lines},
    {"migrate_seed_show",
     1,
     {"name", NULL},
     COLUMNS(seed_row_columns),
     mig_cmd_seed_show,
     mig_cmd_seed_show_lines},
};
const size_t mig_n_listings = sizeof mig_listings / sizeof mig_listings[0];

const mig_action *mig_action_find(const char *name) {
    size_t i;

    for (i = 0; i < mig_n_actions; i++)
        if (strcmp(mig_actions[i].name, name) == 0)
            return &mig_actions[i];
    return NULL;
}

bool mig_action_run(mig_ctx *ctx, const mig_action *action, const mig_value *args, size_t n_args) {
    return (!action->writes || mig_format_early(ctx)) && action->run(ctx, args, n_args);
}

const mig_listing *mig_listing_find(const char *name) {
    size_t i;

    for (i = 0; i < mig_n_listings; i++)
        if (strcmp(mig_listings[i].name, name) == 0)
            return &mig_listings[i];
    return NULL;
}

bool mig_arg_text(mig_ctx *ctx, const char *function, const char *what, const mig_value *args,
                  size_t n_args, size_t i, mig_str *text) {
    *text = (mig_str){NULL, 0};
    if (i < n_args && args[i].type == MIG_INT)
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the %s must be text, not a number", function,
                        what);
    if (i < n_args && args[i].type == MIG_TEXT)
        *text = args[i].text;
    return mig_ctx_error(ctx) == NULL;
}

bool mig_arg_required(mig_ctx *ctx, const char *function, const char *what, const mig_value *args,
                      size_t n_args, size_t i, mig_str *text) {
    if (!mig_arg_text(ctx, function, what, args, n_args, i, text))
        return false;
    if (mig_str_trim(*text).n == 0)
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the %s is missing", function, what);
    if (mig_utf8_check(*text) != text->n)
        return mig_fail(ctx, MIG_E_ARGUMENT, "%s: the %s is not valid UTF-8", function, what);
    return true;
}

bool mig_arg_target(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                    size_t i, mig_str *target) {
    long long number;

    if (i >= n_args || args[i].type != MIG_INT) {
        if (!mig_arg_text(ctx, function, "target", args, n_args, i, target))
            return false;
        *target = mig_str_trim(*target);
        return true;
    }
    number = (long long)args[i].integer;
    if (number < 0) {
        *target = mig_str_format(ctx, "%lld", number);
        return target->p != NULL;
    }
    mig_fail(ctx, MIG_E_ARGUMENT, "%s: the number %lld is no target", function, number);
    if (number > 0)
        mig_hint(ctx,
                 "Write a relative target as text: '+%lld' for the next %lld, '-%lld' for the last "
                 "%lld. A revision id made of digits is text too: '%lld'.",
                 number, number, number, number, number);
    else
        mig_hint(ctx, "A revision id made of digits is written as text: '%lld'.", number);
    return false;
}

bool mig_arg_down_target(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                         size_t i, mig_str *target) {
    if (!mig_arg_target(ctx, function, args, n_args, i, target))
        return false;
    if (target->n > 0)
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT, "%s: the target is missing", function);
    mig_hint(ctx, "Name it: '-1' for the last revision, 'base' for all, or a revision to keep.");
    return false;
}

bool mig_arg_no_options(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                        size_t i) {
    return mig_options_parse(ctx, function, i < n_args ? &args[i] : NULL, NULL, 0);
}
