/*
 * test_setting.c: settings, what environment says in a copy of the database, and consent.
 *
 * The host is the table meta in memory and a database whose name and identity a test can change.
 */
#include "setting.h"

#include <string.h>

#include "unit.h"

static struct { const char *key, *value; } meta[4];
static const char *identity, *database;
static bool exists;

static bool table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                        const char **why) {
    (void)ctx;
    (void)name;
    (void)ddl;
    (void)why;
    *state = exists ? MIG_TABLE_GOOD : MIG_TABLE_ABSENT;
    return true;
}

static bool meta_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
                       mig_snapshot snapshot, mig_row_fn row, void *arg) {
    mig_value value = {MIG_TEXT, {"1", 1}, 0};
    size_t i;

    (void)sql;
    (void)snapshot;
    if (n_params == 0 || mig_str_is(params[0].text, "format"))
        return row(ctx, arg, &value, 1);
    for (i = 0; i < sizeof meta / sizeof meta[0] && meta[i].key != NULL; i++) {
        value.text = mig_str_of(meta[i].value);
        if (mig_str_is(params[0].text, meta[i].key))
            return row(ctx, arg, &value, 1);
    }
    return true;
}

static mig_str host_database(mig_ctx *ctx) {
    (void)ctx;
    return mig_str_of(database);
}

static mig_str host_identity(mig_ctx *ctx) {
    (void)ctx;
    return mig_str_of(identity);
}

/* environment NULL: not set. It was said of the database "first", which this is. */
static mig_ctx *database_ctx(const char *environment) {
    mig_ctx *ctx = unit_ctx();
    mig_host *host = mig_ctx_host(ctx);

    host->table_state = table_state;
    host->query = meta_query;
    host->database = host_database;
    host->identity = host_identity;
    memset(meta, 0, sizeof meta);
    if (environment != NULL) {
        meta[0].key = "environment";
        meta[0].value = environment;
        meta[1].key = "environment_of";
        meta[1].value = "first";
    }
    identity = "first";
    database = "shop";
    exists = true;
    return ctx;
}

static void settings(void) {
    mig_ctx *ctx = database_ctx("staging");
    mig_str value;

    CHECK(mig_setting_get(ctx, "environment", &value));
    CHECK_STR(value, "staging");
    CHECK(mig_setting_get(ctx, "default_profile", &value) && value.p == NULL);
    meta[2].key = "default_profile";
    meta[2].value = "dev";
    identity = "second";
    CHECK(mig_setting_get(ctx, "environment", &value));
    CHECK_STR(value, "unknown");
    CHECK(mig_setting_get(ctx, "default_profile", &value));
    CHECK_STR(value, "dev");
    meta[1].key = NULL;
    CHECK(mig_setting_get(ctx, "environment", &value));
    CHECK_STR(value, "unknown");
    exists = false;
    CHECK(mig_setting_get(ctx, "environment", &value) && value.p == NULL);
    unit_free(ctx);
}

static void production(void) {
    static const struct {
        const char *environment;
        bool copy, expected;
    } cases[] = {
        {NULL, false, false},        {NULL, true, false},           {"production", false, true},
        {"Production", false, true}, {"productions", false, false}, {"staging", false, false},
        {"staging", true, true},     {"unknown", false, true},
    };
    mig_ctx *ctx;
    bool yes;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ctx = database_ctx(cases[i].environment);
        if (cases[i].copy)
            identity = "second";
        CHECK(mig_setting_is_production(ctx, &yes) && yes == cases[i].expected);
        unit_free(ctx);
    }
}

static void consent(void) {
    mig_ctx *ctx = database_ctx(NULL);
    bool given = true;

    CHECK(mig_consent(ctx, "migrate_x", MIG_STR(""), &given) && !given);
    CHECK(mig_consent(ctx, "migrate_x", MIG_STR("shop"), &given) && given);
    CHECK(!mig_consent(ctx, "migrate_x", MIG_STR("Shop"), &given) && !given);
    CHECK_ERROR(ctx, MIG_E_CONSENT, "migrate_x: \"Shop\" is not the name of this database");
    database = "a \"b\"";
    CHECK_STR(mig_consent_option(ctx), "\"confirm\": \"a \\\"b\\\"\"");
    unit_free(ctx);
}

static void consent_in_production(void) {
    mig_ctx *ctx = database_ctx("staging");

    CHECK(mig_consent_production(ctx, "migrate_x", "force", MIG_STR("")));
    CHECK(!mig_consent_production(ctx, "migrate_x", "force", MIG_STR("other")));
    CHECK_ERROR(ctx, MIG_E_CONSENT, "migrate_x: \"other\" is not the name of this database");
    identity = "second";
    CHECK(!mig_consent_production(ctx, "migrate_x", "force", MIG_STR("")));
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->hint),
              "Nothing was done. To consent, give the option \"confirm\": \"shop\".");
    CHECK_STR(mig_str_of(mig_ctx_error(ctx)->detail),
              "It was set in another database, of which this one is a copy.");
    CHECK_ERROR(ctx, MIG_E_CONSENT,
                "migrate_x: force needs consent here: the environment of this database is unknown");
    CHECK(mig_consent_production(ctx, "migrate_x", "force", MIG_STR("shop")));
    unit_free(ctx);
}

int main(void) {
    settings();
    production();
    consent();
    consent_in_production();
    return unit_end("setting");
}
