/*
 * pgm.h: the PostgreSQL adapter: what its files share.
 *
 *   migrate.c   the library: magic, parameters
 *   function.c  the SQL functions: arguments in, lines or rows out
 *   host.c      makes a mig_host: memory, clock, randomness, user, texts, transaction
 *   sql.c       the core's own SQL: pinned search_path, kept plans, snapshots
 *   receiver.c  rows of a query, one by one, as the core's values
 *   section.c   the user's SQL: sections of revision scripts
 *   deferred.c  deferred constraints at the end of a revision
 *   error.c     errors of the server and errors of the core, each into the other; attempt
 *   lock.c      advisory locks
 *   tables.c    the tables of the core: may they be trusted? making them
 *   files.c     server files
 *
 * A callback leaves by ereport wherever the server does; the core owns nothing but memory of
 * pgm_host.memory, which goes with the context the SQL function was called in. SPI and settings
 * are opened and closed inside one callback.
 */
#ifndef PGM_H
#define PGM_H

#include "postgres.h"

#include "fmgr.h"
#include "tcop/dest.h"
#include "utils/elog.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

#include "../shared/mig.h"

/* The library exports the SQL functions and nothing else. */
#pragma GCC visibility push(hidden)

/* The tables' schema. */
#define PGM_SCHEMA "migrate"

/* Where in the latest section an error happened; filled by the section's error context callback. */
typedef struct pgm_place {
    bool known;
    int line, column;
    char *statement; /* server encoding, in pgm_host.memory; NULL unknown */
    int position;    /* 1-based character in statement; 0 unknown */
} pgm_place;

/* An error of the server that attempt has turned into a mig_error, kept whole: when the core raises
   that error after all, nothing of it is lost. */
typedef struct pgm_caught {
    ErrorData *data; /* NULL: none */
    mig_error error; /* what the core was given */
} pgm_caught;

typedef struct pgm_host {
    mig_host host; /* first, so that a mig_host is a pgm_host */
    MemoryContext memory;
    const char *function; /* SQL name of the function that was called */
    bool listing;
    bool in_block; /* the caller has a transaction block or is in a function's subtransaction */
    Tuplestorestate *rows;
    TupleDesc desc;
    MemoryContext row_memory;
    char *revision, *source; /* of the latest section, in memory; NULL: none was run yet */
    bool may_defer; /* a statement since the last check may have queued deferred triggers */
    struct List *callers_pending; /* constraints that had something queued before the run */
    pgm_place place;
    pgm_caught caught;
} pgm_host;

static inline pgm_host *pgm_host_of(mig_ctx *ctx) {
    return (pgm_host *)mig_ctx_host(ctx);
}

/* ---- host.c */

/* Fills every slot; the arena is a child of parent. */
void pgm_host_init(pgm_host *host, MemoryContext parent, const char *function);

/* A NUL-terminated copy in the server's encoding, in the current memory context; and the other way
   round, a view of the same bytes where the encodings are the same. */
char *pgm_to_server(mig_str text);
mig_str pgm_from_server(const char *text, size_t length);

/* The same into the arena, NUL-terminated; NULL for NULL. */
const char *pgm_keep(mig_ctx *ctx, const char *server_text);

/* ---- values: host.c */
Datum pgm_datum(const mig_value *value, Oid type, bool *is_null);

/* ---- sql.c */
bool pgm_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params);
bool pgm_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
               mig_snapshot snapshot, mig_row_fn row, void *arg);
/* Runs one statement of ours that is not worth a plan: {names} are replaced, nothing else. */
void pgm_run_once(const char *sql);
/* A NewGUCNestLevel with search_path = pg_catalog, pg_temp; give it to AtEOXact_GUC(false, level).
 */
int pgm_pin_path(void);

/* ---- receiver.c */

/* A DestReceiver that hands rows to a mig_row_fn, one after the other, without keeping them. */
typedef struct pgm_receiver {
    DestReceiver dest; /* first */
    mig_ctx *ctx;
    mig_row_fn row;
    void *arg;
    MemoryContext memory; /* emptied after each row */
    mig_value *values;
    FmgrInfo *output; /* how a column of another type becomes text */
    bool stopped;     /* row answered false */
} pgm_receiver;

void pgm_receiver_init(pgm_receiver *receiver, mig_ctx *ctx, mig_row_fn row, void *arg);

/* ---- section.c */
bool pgm_run_section(mig_ctx *ctx, const mig_section_run *run);

/* The security context before pgm_confine, to be set again after what it confined. */
typedef struct pgm_rights {
    Oid user;
    int context;
} pgm_rights;

/* Scripts, and triggers they made, run with the rights of the current role. Where a superuser has
   put on the role of somebody else, they must not take it off again: until pgm_unconfine the server
   refuses to change the role. An error undoes it with the subtransaction. */
pgm_rights pgm_confine(void);
void pgm_unconfine(pgm_rights before);

/* ---- deferred.c */
bool pgm_check_deferred(mig_ctx *ctx);
void pgm_deferred_begin(pgm_host *host);

/* ---- error.c */
bool pgm_attempt(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error);
/* Throws the context's error. */
void pgm_throw(mig_ctx *ctx) __attribute__((__noreturn__));

/* ---- lock.c */
bool pgm_lock(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target);

/* ---- tables.c */
bool pgm_table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                     const char **why);
bool pgm_schema_create(mig_ctx *ctx, const char *owner);
bool pgm_table_create(mig_ctx *ctx, const char *name, const char *ddl, const char *owner);
bool pgm_count_rows(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows);

/* ---- files.c */
extern char *pgm_directory; /* migrate.directory */
bool pgm_may_read_files(mig_ctx *ctx, const char **why);
bool pgm_resolve_dir(mig_ctx *ctx, mig_str dir, mig_str *absolute);
bool pgm_list_files(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                    void *arg);
bool pgm_read_file(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                   mig_str *stamp);
bool pgm_write_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text);

#pragma GCC visibility pop

#endif
