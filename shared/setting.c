/*
 * setting.c: see setting.h; and the action migrate_setting.
 */
#include "setting.h"

#include <string.h>

#include "command.h"
#include "json.h"
#include "seed.h"
#include "value.h"

#define IDENTITY_KEY "environment_of" /* the database that environment was said of */

static const struct setting {
    const char *name, *about;
} settings[] = {
    {"environment", "what this database is: production, staging, test ..."},
    {"default_profile", "the profile of migrate_seed() without an argument"},
};

#define N_SETTINGS (sizeof settings / sizeof settings[0])

static bool value_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(mig_str *)arg = mig_str_copy(ctx, cols[0].text);
    return mig_ctx_error(ctx) == NULL;
}

static bool meta_get(mig_ctx *ctx, const char *key, mig_str *value) {
    mig_value param = {MIG_TEXT, mig_str_of(key), 0};

    *value = (mig_str){NULL, 0};
    return mig_ctx_host(ctx)->query(ctx, "SELECT value FROM {meta} WHERE key {=} $1", &param, 1,
                                    MIG_SNAPSHOT_FRESH, value_row, value);
}

static bool meta_put(mig_ctx *ctx, const char *key, mig_str value) {
    mig_host *host = mig_ctx_host(ctx);
    mig_value params[2];

    params[0] = mig_value_text(mig_str_of(key));
    params[1] = mig_value_text(value);
    return host->exec(ctx, "DELETE FROM {meta} WHERE key {=} $1", params, 1) &&
           (value.n == 0 ||
            host->exec(ctx, "INSERT INTO {meta} (key, value) VALUES ($1, $2)", params, 2));
}

bool mig_setting_get(mig_ctx *ctx, const char *name, mig_str *value) {
    mig_str of, identity;
    int format;

    *value = (mig_str){NULL, 0};
    if (!mig_store_exists(ctx, &format) || format == 0 || !meta_get(ctx, name, value))
        return mig_ctx_error(ctx) == NULL;
    if (value->p == NULL || strcmp(name, "environment") != 0)
        return true;
    identity = mig_ctx_host(ctx)->identity(ctx);
    if (mig_ctx_error(ctx) != NULL || !meta_get(ctx, IDENTITY_KEY, &of))
        return false;
    if (!mig_str_eq(of, identity))
        *value = MIG_STR("unknown");
    return true;
}

bool mig_setting_is_production(mig_ctx *ctx, bool *yes) {
    mig_str value;

    *yes = false;
    if (!mig_setting_get(ctx, "environment", &value))
        return false;
    *yes = mig_str_is_nocase(value, "production") || mig_str_is(value, "unknown");
    return true;
}

/* ---- consent ----------------------------------------------------------------------------- */

static bool consent_wrong(mig_ctx *ctx, const char *function, mig_str confirm, mig_str name) {
    mig_fail(ctx, MIG_E_CONSENT, "%s: \"%.*s\" is not the name of this database", function,
             MIG_FMT(confirm));
    mig_hint(ctx,
             "Nothing was done. This database is called \"%.*s\": see whether it is the one you "
             "mean.",
             MIG_FMT(name));
    return false;
}

bool mig_consent(mig_ctx *ctx, const char *function, mig_str confirm, bool *given) {
    mig_str name;

    *given = false;
    if (confirm.n == 0)
        return mig_ctx_error(ctx) == NULL;
    name = mig_ctx_host(ctx)->database(ctx);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    *given = mig_str_eq(confirm, name);
    return *given || consent_wrong(ctx, function, confirm, name);
}

mig_str mig_consent_option(mig_ctx *ctx) {
    mig_str name = mig_ctx_host(ctx)->database(ctx);
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, "\"confirm\": ");
    mig_buf_add_json(&buf, name);
    return mig_buf_str(&buf);
}

bool mig_consent_production(mig_ctx *ctx, const char *function, const char *what, mig_str confirm) {
    bool production, given;
    mig_str option, value;

    if (!mig_consent(ctx, function, confirm, &given) || given ||
        !mig_setting_is_production(ctx, &production) || !production)
        return mig_ctx_error(ctx) == NULL;
    option = mig_consent_option(ctx);
    if (option.p == NULL || !mig_setting_get(ctx, "environment", &value))
        return false;
    mig_fail(ctx, MIG_E_CONSENT,
             "%s: %s needs consent here: the environment of this database is %.*s", function, what,
             MIG_FMT(value));
    if (mig_str_is(value, "unknown"))
        mig_detail(ctx, "It was set in another database, of which this one is a copy.");
    mig_hint(ctx, "Nothing was done. To consent, give the option %.*s.", MIG_FMT(option));
    return false;
}

/* ---- migrate_setting --------------------------------------------------------------------- */

static const struct setting *setting_find(mig_ctx *ctx, mig_str name) {
    size_t i;

    for (i = 0; i < N_SETTINGS; i++)
        if (mig_str_is(name, settings[i].name))
            return &settings[i];
    mig_fail(ctx, MIG_E_UNKNOWN, "unknown setting \"%.*s\"", MIG_FMT(name));
    mig_hint(ctx, "The settings are %s (%s) and %s (%s).", settings[0].name, settings[0].about,
             settings[1].name, settings[1].about);
    return NULL;
}

static bool setting_check(mig_ctx *ctx, const struct setting *setting, mig_str value) {
    const char *why;

    if (value.n == 0 || mig_seed_name_check(value, &why))
        return true;
    return mig_fail(ctx, MIG_E_ARGUMENT, "migrate_setting: \"%.*s\" cannot be the %s: %s",
                    MIG_FMT(value), setting->name, why);
}

static bool setting_store(mig_ctx *ctx, const struct setting *setting, mig_str value) {
    mig_host *host = mig_ctx_host(ctx);
    mig_session session;
    mig_str identity = {NULL, 0};

    memset(&session, 0, sizeof session);
    if (!host->check_writable(ctx, "migrate_setting"))
        return false;
    if (strcmp(setting->name, "environment") == 0)
        identity = host->identity(ctx);
    if (!mig_session_begin_catalog(ctx, &session))
        return false;
    if (meta_put(ctx, setting->name, value) && identity.p != NULL)
        meta_put(ctx, IDENTITY_KEY, value.n > 0 ? identity : value);
    return mig_session_end(ctx);
}

MIG_COMMAND(mig_cmd_setting) {
    const struct setting *setting;
    mig_str name, value;

    if (!mig_arg_required(ctx, "migrate_setting", "name", args, n_args, 0, &name) ||
        !mig_arg_text(ctx, "migrate_setting", "value", args, n_args, 1, &value))
        return false;
    setting = setting_find(ctx, mig_str_trim(name));
    if (setting == NULL)
        return false;
    if (value.p != NULL) {
        value = mig_str_trim(value);
        if (!setting_check(ctx, setting, value) || !setting_store(ctx, setting, value))
            return false;
    }
    if (!mig_setting_get(ctx, setting->name, &value))
        return false;
    return mig_answer(ctx, "%s: %.*s", setting->name,
                      MIG_FMT(value.p != NULL ? value : MIG_STR("not set")));
}
