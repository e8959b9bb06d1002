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
    pgm_reserve_parameters("migrate");
}
