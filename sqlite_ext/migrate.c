/*
 * migrate.c: the SQLite module: entry point and registration.
 *
 * Loadable: `.load ./migrate` finds sqlite3_migrate_init by the name of the file. Static
 * (-DSQLITE_CORE): the host calls the same function, or hands it to sqlite3_auto_extension().
 */
#define SQM_ENTRY_POINT
#include "sqm.h"
SQLITE_EXTENSION_INIT1
#include "compat.h"

#define SQM_EXPORT __attribute__((__visibility__("default")))

SQM_EXPORT int sqlite3_migrate_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

void sqm_module_release(sqm_module *module) {
    if (--module->refs > 0)
        return;
    sqlite3_free(module->functions);
    sqlite3_free(module);
}

void sqm_function_release(void *function) {
    sqm_module_release(((sqm_function *)function)->module);
}

static sqm_module *module_new(sqlite3 *db) {
    sqm_module *module = sqlite3_malloc64(sizeof *module);
    size_t n = mig_n_actions + mig_n_listings, i;

    if (module == NULL)
        return NULL;
    module->functions = sqlite3_malloc64(n * sizeof *module->functions);
    if (module->functions == NULL) {
        sqlite3_free(module);
        return NULL;
    }
    module->db = db;
    module->refs = 1;
    module->running = false;
    module->poisoned = false;
    for (i = 0; i < n; i++) {
        module->functions[i].module = module;
        module->functions[i].action = i < mig_n_actions ? &mig_actions[i] : NULL;
        module->functions[i].listing = i < mig_n_actions ? NULL : &mig_listings[i - mig_n_actions];
    }
    return module;
}

SQM_EXPORT int sqlite3_migrate_init(sqlite3 *db, char **message, const sqlite3_api_routines *api) {
    sqm_module *module;
    int rc;

    SQLITE_EXTENSION_INIT2(api);
    (void)api;
    if (sqlite3_libversion_number() < SQM_OLDEST) {
        if (message != NULL)
            *message = sqlite3_mprintf("migrate needs SQLite %s or newer; this is SQLite %s",
                                       SQM_OLDEST_TEXT, sqlite3_libversion());
        return SQLITE_ERROR;
    }
    module = module_new(db);
    if (module == NULL)
        return SQLITE_NOMEM;
    rc = sqm_functions_register(module);
    if (rc == SQLITE_OK)
        rc = sqm_listings_register(module);
    if (rc == SQLITE_OK)
        rc = sqm_passwords_register(module);
    if (rc != SQLITE_OK && message != NULL)
        *message =
            sqlite3_mprintf("migrate could not register its functions: %s", sqlite3_errmsg(db));
    sqm_module_release(module);
    return rc;
}
