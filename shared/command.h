/*
 * command.h: the commands, one file a chapter, and what their argument lists share.
 *
 * Each function is an entry of the tables in command.c and has the signature of mig_action.run or
 * mig_listing.run.
 */
#ifndef MIG_COMMAND_H
#define MIG_COMMAND_H

#include "options.h"
#include "run.h"

#define MIG_COMMAND(name) bool name(mig_ctx *ctx, const mig_value *args, size_t n_args)

/* load.c */
MIG_COMMAND(mig_cmd_init);
MIG_COMMAND(mig_cmd_load);
MIG_COMMAND(mig_cmd_add);
MIG_COMMAND(mig_cmd_repair);
/* revise.c */
MIG_COMMAND(mig_cmd_revision);
MIG_COMMAND(mig_cmd_merge);
/* upgrade.c */
MIG_COMMAND(mig_cmd_upgrade);
MIG_COMMAND(mig_cmd_downgrade);
MIG_COMMAND(mig_cmd_upgrade_online);
MIG_COMMAND(mig_cmd_downgrade_online);
/* stamp.c */
MIG_COMMAND(mig_cmd_stamp);
/* offline.c */
MIG_COMMAND(mig_cmd_upgrade_sql);
MIG_COMMAND(mig_cmd_downgrade_sql);
/* preview.c */
MIG_COMMAND(mig_cmd_plan);
MIG_COMMAND(mig_cmd_plan_lines);
/* dryrun.c */
MIG_COMMAND(mig_cmd_dryrun);
/* progress_list.c */
MIG_COMMAND(mig_cmd_progress);
/* listing.c */
MIG_COMMAND(mig_cmd_current);
MIG_COMMAND(mig_cmd_heads);
MIG_COMMAND(mig_cmd_branches);
MIG_COMMAND(mig_cmd_history);
MIG_COMMAND(mig_cmd_show);
MIG_COMMAND(mig_cmd_current_lines);
MIG_COMMAND(mig_cmd_heads_lines);
MIG_COMMAND(mig_cmd_branches_lines);
MIG_COMMAND(mig_cmd_history_lines);
MIG_COMMAND(mig_cmd_show_lines);
/* status.c */
MIG_COMMAND(mig_cmd_status);
MIG_COMMAND(mig_cmd_status_lines);
MIG_COMMAND(mig_cmd_log);
MIG_COMMAND(mig_cmd_log_lines);
MIG_COMMAND(mig_cmd_assert_current);

/* setting.c */
MIG_COMMAND(mig_cmd_setting);
/* reset.c */
MIG_COMMAND(mig_cmd_reset);
/* seed_load.c */
MIG_COMMAND(mig_cmd_seed_load);
MIG_COMMAND(mig_cmd_seed_add);
MIG_COMMAND(mig_cmd_seed_remove);
/* seed_run.c */
MIG_COMMAND(mig_cmd_seed);
MIG_COMMAND(mig_cmd_seed_run);
/* seed_clear.c */
MIG_COMMAND(mig_cmd_seed_clear);
/* seed_list.c */
MIG_COMMAND(mig_cmd_seed_list);
MIG_COMMAND(mig_cmd_seed_list_lines);
/* seed_show.c */
MIG_COMMAND(mig_cmd_seed_show);
MIG_COMMAND(mig_cmd_seed_show_lines);

/* Argument i as text; not given, NULL: {NULL, 0}. A number is an error; what names the argument in
   its message. */
bool mig_arg_text(mig_ctx *ctx, const char *function, const char *what, const mig_value *args,
                  size_t n_args, size_t i, mig_str *text);

/* The same for an argument that must be given and not be blank. */
bool mig_arg_required(mig_ctx *ctx, const char *function, const char *what, const mig_value *args,
                      size_t n_args, size_t i, mig_str *text);

/* Argument i as a target: an integer -N is "-N"; a positive one is an error with the form to type. */
bool mig_arg_target(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                    size_t i, mig_str *target);

/* The same for a downgrade, which has no target by itself. */
bool mig_arg_down_target(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                         size_t i, mig_str *target);

/* The options argument of a function that has none (yet): anything in it is an error. */
bool mig_arg_no_options(mig_ctx *ctx, const char *function, const mig_value *args, size_t n_args,
                        size_t i);

#endif
