/*
 * passwords.c: migrate_password_hash and migrate_password_verify as plain functions: they can stand
 * in any statement, also of a script that an action is running.
 *
 * SQLITE_DIRECTONLY: a view or trigger of a stranger's file cannot make the host hash for minutes.
 */
#include "sqm.h"

#include "password.h"

/* The text of an argument; false, with the result set, when there is none to be had. */
static bool argument(sqlite3_context *sql, sqlite3_value *value, mig_str *text) {
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return false;
    text->p = (const char *)sqlite3_value_text(value);
    text->n = (size_t)sqlite3_value_bytes(value);
    if (text->p == NULL)
        sqlite3_result_error_nomem(sql);
    return text->p != NULL;
}

static void result_failure(sqlite3_context *sql, const sqm_host *host, const mig_error *error) {
    char *text = error->code == MIG_E_NOMEM ? NULL : sqm_error_text(host, error);

    if (text == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    sqlite3_result_error(sql, text, -1);
    sqlite3_result_error_code(sql, sqm_error_code(error));
    sqlite3_free(text);
}

/* SQL: migrate_password_hash(text, [scheme]); NULL of NULL */
static void password_hash(sqlite3_context *sql, int argc, sqlite3_value **argv) {
    mig_str text, scheme = {NULL, 0}, hash;
    sqm_host host;
    mig_ctx *ctx;

    if (!argument(sql, argv[0], &text))
        return;
    if (argc > 1 && sqlite3_value_type(argv[1]) != SQLITE_NULL && !argument(sql, argv[1], &scheme))
        return;
    ctx = sqm_call_begin(&host, sqlite3_user_data(sql), "migrate_password_hash");
    if (ctx == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    hash = mig_password_hash(ctx, text, scheme);
    if (mig_ctx_error(ctx) != NULL)
        result_failure(sql, &host, mig_ctx_error(ctx));
    else
        sqlite3_result_text64(sql, hash.p, hash.n, SQLITE_TRANSIENT, SQLITE_UTF8);
    sqm_call_end(&host, ctx);
}

/* SQL: migrate_password_verify(text, hash); NULL where one of them is NULL */
static void password_verify(sqlite3_context *sql, int argc, sqlite3_value **argv) {
    mig_str text, hash;
    sqm_host host;
    mig_ctx *ctx;
    bool fits;

    (void)argc;
    if (!argument(sql, argv[0], &text) || !argument(sql, argv[1], &hash))
        return;
    ctx = sqm_call_begin(&host, sqlite3_user_data(sql), "migrate_password_verify");
    if (ctx == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    fits = mig_password_verify(ctx, text, hash);
    if (mig_ctx_error(ctx) != NULL)
        result_failure(sql, &host, mig_ctx_error(ctx));
    else
        sqlite3_result_int(sql, fits ? 1 : 0);
    sqm_call_end(&host, ctx);
}

static void module_release(void *module) {
    sqm_module_release(module);
}

/* SQLite calls the destructor also when it fails. */
int sqm_passwords_register(sqm_module *module) {
    static const struct {
        const char *name;
        int n_args;
        void (*call)(sqlite3_context *sql, int argc, sqlite3_value **argv);
    } functions[] = {
        {"migrate_password_hash", 1, password_hash},
        {"migrate_password_hash", 2, password_hash},
        {"migrate_password_verify", 2, password_verify},
    };
    int rc = SQLITE_OK;
    size_t i;

    for (i = 0; i < sizeof functions / sizeof functions[0] && rc == SQLITE_OK; i++) {
        module->refs++;
        rc = sqlite3_create_function_v2(module->db, functions[i].name, functions[i].n_args,
                                        SQLITE_UTF8 | SQLITE_DIRECTONLY, module, functions[i].call,
                                        NULL, NULL, module_release);
    }
    return rc;
}
