/*
 * compat.h: API routines of SQLite that the oldest supported version (3.35) does not have.
 *
 * A loadable module calls SQLite through a table of pointers whose length the host decides: reading
 * an entry that the host's table does not have is undefined, and some hosts ship NULL for routines
 * they left out. So version and pointer are both tested here, and nowhere else.
 */
#ifndef SQM_COMPAT_H
#define SQM_COMPAT_H

#include "sqm.h"

#define SQM_OLDEST 3035000
#define SQM_OLDEST_TEXT "3.35"

/* Byte offset of the error in the text last prepared; -1 where it is not known (before 3.38 never).
 */
static inline int sqm_error_offset(sqlite3 *db) {
#if SQLITE_VERSION_NUMBER >= 3038000
    if (sqlite3_libversion_number() < 3038000)
        return -1;
#if !defined(SQLITE_CORE)
    if (sqlite3_api->error_offset == NULL)
        return -1;
#endif
    return sqlite3_error_offset(db);
#else
    (void)db;
    return -1;
#endif
}

/* Would the statement have to be prepared anew before it can run? Where the host cannot tell: yes.
 */
static inline bool sqm_expired(sqlite3_stmt *stmt) {
#if defined(SQLITE_OMIT_DEPRECATED)
    (void)stmt;
    return true;
#else
#if !defined(SQLITE_CORE)
    if (sqlite3_api->expired == NULL)
        return true;
#endif
    return sqlite3_expired(stmt) != 0;
#endif
}

/* Can the host tell? */
static inline bool sqm_expiry_known(void) {
#if defined(SQLITE_OMIT_DEPRECATED)
    return false;
#elif defined(SQLITE_CORE)
    return true;
#else
    return sqlite3_api->expired != NULL;
#endif
}

/* How many rows the last INSERT, UPDATE or DELETE changed itself. */
static inline int64_t sqm_changes(sqlite3 *db) {
#if SQLITE_VERSION_NUMBER < 3037000
    return sqlite3_changes(db);
#elif defined(SQLITE_CORE)
    return sqlite3_changes64(db);
#else
    if (sqlite3_libversion_number() < 3037000 || sqlite3_api->changes64 == NULL)
        return sqlite3_changes(db);
    return sqlite3_changes64(db);
#endif
}

#endif
