/*
 * migrate.c: the PostgreSQL module: magic block and parameters.
 *
 * Needs no preloading. A parameter that an ordinary user set before the library was loaded is
 * ignored by the server, because it is a superuser's.
 */
#include "pgm.h"

#include "compat.h"

PG_MODULE_MAGIC;

void _PG_init(void);

int pgm_lock_timeout = 2000;
int pgm_lock_retries = 10;

static const struct config_enum_entry outside_ways[] = {
    {"worker", PGM_OUTSIDE_WORKER, false},
    {"inline", PGM_OUTSIDE_INLINE, false},
    {NULL, 0, false},
};

static bool directory_check(char **value, void **extra, GucSource source) {
    if (*value == NULL || **value == '\0' || is_absolute_path(*value))
        return true;
    GUC_check_errdetail("\"migrate.directory\" must be an absolute path.");
    return false;
}

void _PG_init(void) {
    DefineCustomStringVariable("migrate.directory",
                               "Directory below which relative paths of migrations are looked up.",
                               "Empty: only absolute paths can be named.", &pgm_directory, "",
                               PGC_SUSET, 0, directory_check, NULL, NULL);
    DefineCustomEnumVariable(
        "migrate.outside", "Where statements run that cannot run in a transaction.",
        "In a background worker, or inline: in the session that calls.", &pgm_outside_way,
        PGM_OUTSIDE_WORKER, outside_ways, PGC_SUSET, 0, NULL, NULL, NULL);
    DefineCustomIntVariable("migrate.lock_timeout",
                            "How long a statement of an online run waits for a lock.",
                            "0: as long as lock_timeout says.", &pgm_lock_timeout, 2000, 0, INT_MAX,
                            PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
    DefineCustomIntVariable("migrate.lock_retries",
                            "How often a revision of an online run is tried again.", NULL,
                            &pgm_lock_retries, 10, 0, 1000, PGC_SUSET, 0, NULL, NULL, NULL);
    DefineCustomStringVariable("migrate.run_as", "Role as which scripts and seeds run.",
                               "Empty: as the current role.", &pgm_run_as, "", PGC_SUSET, 0, NULL,
                               NULL, NULL);
    pgm_reserve_parameters("migrate");
    pgm_hooks_install();
}
