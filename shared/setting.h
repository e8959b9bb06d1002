/*
 * setting.h: settings kept in the database (table meta), and the consent that destruction needs.
 *
 *   environment      production, staging, ... any word; stored with the identity of this database
 *                    (mig_host.identity): in a copy or a restored dump it is "unknown"
 *   default_profile  what migrate_seed() without an argument means
 */
#ifndef MIG_SETTING_H
#define MIG_SETTING_H

#include "text.h"

/* The value; {NULL, 0}: not set (or the tables are not there). environment answers "unknown" in a copy. */
bool mig_setting_get(mig_ctx *ctx, const char *name, mig_str *value);

/* Is this a database whose data must not be lost by accident: environment is production, or unknown? */
bool mig_setting_is_production(mig_ctx *ctx, bool *yes);

/*
 * Has the user consented? confirm is what was given; it must be mig_host.database. Not given, *given is
 * false and nothing is wrong: the caller answers what would be lost, and what to type. Given and
 * wrong is MIG_E_CONSENT.
 */
bool mig_consent(mig_ctx *ctx, const char *function, mig_str confirm, bool *given);

/* "confirm": "name", as it stands in an options text: what to type. In the arena. */
mig_str mig_consent_option(mig_ctx *ctx);

/* For what needs consent in production only (downgrade to base, stamp with purge, force): MIG_E_CONSENT
   without it. what: "a downgrade to base". */
bool mig_consent_production(mig_ctx *ctx, const char *function, const char *what, mig_str confirm);

#endif
