/*
 * error_codes.h: the one list of error codes.
 *
 * X(name, SQLSTATE, SQLite result code). A code exists only where a caller would branch on it.
 * MIG_E_HOST is an error of the database engine itself: the record carries its own SQLSTATE or
 * SQLite code. SQLite codes are numbers here because the core includes no host header
 * (https://www.sqlite.org/rescode.html).
 */
#ifndef MIG_ERROR_CODES_H
#define MIG_ERROR_CODES_H

#define MIG_ERROR_CODES(X)                                                                         \
    X(NOMEM, "53200", 7)       /* out of memory */                                                 \
    X(HOST, "XX000", 1)        /* the engine said so; see sqlstate, host_code */                   \
    X(ARGUMENT, "22023", 1)    /* a bad argument, option or target */                              \
    X(SYNTAX, "42601", 1)      /* a script or an options text that cannot be read */               \
    X(GRAPH, "22023", 1)       /* scripts that do not fit together: missing parent, cycle ... */   \
    X(UNKNOWN, "42704", 1)     /* no such revision, label, target */                               \
    X(AMBIGUOUS, "42725", 1)   /* several revisions fit; several heads */                          \
    X(STATE, "55000", 1)       /* not possible in the state the database is in */                  \
    X(NOT_CURRENT, "55000", 1) /* migrate_assert_current: the database is behind */                \
    X(CHECKSUM, "55000", 1)    /* an applied revision was edited; stored text was tampered with */ \
    X(FILE, "58P01", 1)        /* a file or directory cannot be read or written */                 \
    X(PRIVILEGE, "42501", 3)   /* the caller may not */                                            \
    X(READ_ONLY, "25006", 8)   /* read-only transaction, file or standby */                        \
    X(CONTEXT, "25001", 1)     /* not from here: inside a transaction, trigger, FROM ... */        \
    X(BUSY, "55P03", 5)        /* somebody else holds the lock */                                  \
    X(STALE, "40001", 517)     /* the caller's snapshot is older than the state: retry */          \
    X(LIMIT, "54000", 18)      /* a documented bound was exceeded */                               \
    X(CORRUPT, "XX001", 1)     /* our own tables are not as we wrote them */                       \
    X(UNSUPPORTED, "0A000", 1) /* this engine cannot do that */                                    \
    X(DATA, "22000", 1)        /* a row or value of a data set that cannot be written */           \
    X(CONSENT, "55000", 1)     /* it would destroy something, and nobody has consented */          \
    X(VERIFY, "P0004", 1)      /* a verify section said no */                                      \
    X(INTERRUPT, "57014", 9)   /* cancelled by the user */

#endif
