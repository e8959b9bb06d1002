/*
 * functions.c: the core's actions, and the listings as lines of text, as scalar functions.
 *
 * Every function is SQLITE_DIRECTONLY: a view or trigger of a stranger's file cannot call it.
 */
#include "sqm.h"

#include <limits.h>
#include <string.h>

#define MAX_ARGUMENTS 8

static void result_error(sqlite3_context *sql, const sqm_host *host, const mig_error *error) {
    char *text = sqm_error_text(host, error);

    if (text == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    /* In this order: the text sets the code to SQLITE_ERROR. */
    sqlite3_result_error(sql, text, -1);
    sqlite3_result_error_code(sql, sqm_error_code(error));
    sqlite3_free(text);
}

/* The lines of the answer as one text. It ends in a NUL that is not part of it, so that SQLite need
   not make it larger. */
static void result_lines(sqlite3_context *sql, sqm_host *host, const mig_ctx *ctx) {
    const mig_str *lines;
    size_t n, i, size = 0;
    char *text, *at;

    lines = mig_ctx_answer(ctx, &n);
    for (i = 0; i < n; i++)
        size += lines[i].n + 1;
    text = sqm_answer_room(host, size + 1);
    if (text == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    for (i = 0, at = text; i < n; i++) {
        if (i > 0)
            *at++ = '\n';
        memcpy(at, lines[i].p, lines[i].n);
        at += lines[i].n;
    }
    *at = '\0';
    if (at - text < INT_MAX)
        sqlite3_result_text(sql, text, -1, sqlite3_free);
    else
        sqlite3_result_text64(sql, text, (sqlite3_uint64)(at - text), sqlite3_free, SQLITE_UTF8);
}

static bool values_of(mig_ctx *ctx, int argc, sqlite3_value **argv, mig_value *args) {
    int i;

    for (i = 0; i < argc; i++)
        if (!sqm_value(ctx, argv[i], &args[i]))
            return false;
    return true;
}

static void action_run(sqm_host *host, mig_ctx *ctx, const mig_action *action, int argc,
                       sqlite3_value **argv) {
    mig_value args[MAX_ARGUMENTS];

    if (!values_of(ctx, argc, argv, args) || !sqm_caller_check(ctx))
        return;
    host->module->running = true;
    mig_action_run(ctx, action, args, (size_t)argc);
    if (host->unit.open && mig_ctx_error(ctx) == NULL)
        mig_fail(ctx, MIG_E_STATE, "%s did not end its transaction; it was rolled back",
                 host->function);
    sqm_unit_close(host);
    host->module->running = false;
}

/* In autocommit each query of a listing would see a state of its own; an open read statement holds
   one for all. */
static void listing_run(sqm_host *host, mig_ctx *ctx, const mig_listing *listing, int argc,
                        sqlite3_value **argv) {
    mig_value args[MAX_ARGUMENTS];
    sqlite3_stmt *snapshot = NULL;
    int rc;

    if (!values_of(ctx, argc, argv, args))
        return;
    rc = sqm_prepare(host, "SELECT (SELECT 1 FROM main.sqlite_schema LIMIT 1)", &snapshot);
    if (rc == SQLITE_OK)
        rc = sqm_step(host, snapshot);
    if (rc == SQLITE_ROW)
        listing->lines(ctx, args, (size_t)argc);
    else
        sqm_raise(ctx, rc);
    sqlite3_finalize(snapshot);
}

static void function_call(sqlite3_context *sql, int argc, sqlite3_value **argv) {
    const sqm_function *function = sqlite3_user_data(sql);
    const char *name = function->action != NULL ? function->action->name : function->listing->name;
    sqm_host host;
    mig_ctx *ctx = sqm_call_begin(&host, function->module, name);

    if (ctx == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    if (function->action != NULL)
        action_run(&host, ctx, function->action, argc, argv);
    else
        listing_run(&host, ctx, function->listing, argc, argv);
    if (mig_ctx_error(ctx) != NULL)
        result_error(sql, &host, mig_ctx_error(ctx));
    else
        result_lines(sql, &host, ctx);
    sqm_call_end(&host, ctx);
}

/* One registration for each number of arguments, so that SQLite refuses the others. SQLite calls
   the destructor also when it fails. */
static int function_register(sqm_function *function, const char *name, size_t least, size_t most) {
    sqm_module *module = function->module;
    int rc = most <= MAX_ARGUMENTS ? SQLITE_OK : SQLITE_MISUSE;
    size_t n;

    for (n = least; n <= most && rc == SQLITE_OK; n++) {
        module->refs++;
        rc = sqlite3_create_function_v2(module->db, name, (int)n, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                        function, function_call, NULL, NULL, sqm_function_release);
    }
    return rc;
}

int sqm_functions_register(sqm_module *module) {
    sqm_function *function = module->functions;
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < mig_n_actions && rc == SQLITE_OK; i++, function++)
        rc = function_register(function, mig_actions[i].name, mig_actions[i].min_args,
                               mig_actions[i].max_args);
    for (i = 0; i < mig_n_listings && rc == SQLITE_OK; i++, function++)
        if (mig_listings[i].lines != NULL)
            rc = function_register(function, mig_listings[i].name, 0, mig_listings[i].max_args);
    return rc;
}
