/*
 * pgm.h: the PostgreSQL adapter: what its files share.
 *
 *   migrate.c   the library: magic, parameters
 *   function.c  the SQL functions: arguments in, lines or rows out
 *   procedure.c the SQL procedures: runs that commit while they work
 *   host.c      makes a mig_host: memory, clock, randomness, user, texts, transaction
 *   sql.c       the core's own SQL: pinned search_path, kept plans, snapshots
 *   receiver.c  rows of a query, one by one, as the core's values
 *   section.c   the user's SQL: sections of scripts
 *   trace.c     what each statement of a section did, for a dry run
 *   progress.c  what others see of a run
 *   piece.c     a text of the user that is run, and the places of errors in it
 *   outside.c   sections outside a transaction: statement by statement
 *   worker.c    ... in a background worker: its caller's side
 *   service.c   ... and its own: statements and whole actions
 *   report.c    ... and what it says: reports of the server as flat records
 *   inline.c    ... in the own backend
 *   leftover.c  ... what a statement that failed left behind
 *   statement.c statements that the core composes for the user's tables
 *   rights.c    with which rights the user's code runs
 *   leave.c     what it must not leave behind in the session
 *   watch.c     whose code a superuser's run sets off; the hooks
 *   relation.c  describes a table of the user
 *   fit.c       would a value fit a column, and how is it spelled as a key?
 *   copy.c      many rows into a table
 *   sequence.c  sequences moved behind the ids that were given
 *   deferred.c  deferred constraints at the end of a revision or seed
 *   error.c     errors of the server and errors of the core, each into the other; attempt
 *   lock.c      advisory locks
 *   tables.c    the tables of the core: may they be trusted? making them
 *   foresee.c   CONCURRENTLY on what nobody else can see; hints for what was not foreseen
 *   files.c     server files
 *   stream.c    server files, piece by piece
 *   password.c  the functions for password hashes
 *
 * A callback leaves by ereport wherever the server does; the core owns nothing but memory of
 * pgm_host.memory, which goes with the context the SQL function was called in. SPI and settings
 * are opened and closed inside one callback. What lives longer than a callback and is no memory
 * (kept plans, open files, what pg_stat_activity shows) is given back when that memory goes: see
 * pgm_host_new.
 */
#ifndef PGM_H
#define PGM_H

#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "storage/lock.h"
#include "tcop/dest.h"
#include "utils/elog.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

#include "../shared/mig.h"

/* The library exports the SQL functions and nothing else. */
#pragma GCC visibility push(hidden)

/* What pg_stat_activity calls a worker of ours: backend_type. */
#define PGM_WORKER_TYPE "migrate"

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

/* A kept plan: mig_prepared. */
struct mig_prepared {
    SPIPlanPtr plan;
    char *sql; /* server encoding */
    int n_params;
    bool planned; /* it ran once */
    mig_prepared *next, **link;
};

/* Is a superuser's code run without confinement? Then he is told once whose code it sets off. */
typedef struct pgm_watch {
    bool on, warned;
} pgm_watch;

/* The locks of a run, each in two modes. */
#define PGM_OWN_LOCKS 4

/* A lock that a procedure keeps over its commits. */
typedef struct pgm_kept_lock {
    LOCKTAG tag;
    LOCKMODE mode; /* NoLock: not held */
} pgm_kept_lock;

typedef struct pgm_host {
    mig_host host; /* first, so that a mig_host is a pgm_host */
    MemoryContext memory;
    const char *function; /* SQL name of the function that was called */
    bool listing;
    bool nonatomic;                    /* a procedure that may commit */
    bool apart;                        /* in a worker, whose only statement it is */
    pgm_kept_lock locks[2];            /* of a procedure, by mig_lock_what */
    bool locks_noted;                  /* the next one is known */
    bool callers_locks[PGM_OWN_LOCKS]; /* which of a run's the session had before the call */
    bool in_block; /* the caller has a transaction block or is in a function's subtransaction */
    Tuplestorestate *rows;
    TupleDesc desc;
    MemoryContext row_memory;
    MemoryContext caught_memory; /* of the latest error that was caught */
    MemoryContextCallback end;   /* see pgm_host_new */
    mig_ctx *ctx;                /* freed at the end; NULL: not made yet */
    mig_file *files;             /* all that were opened */
    mig_prepared *prepared;
    mig_progress progress;   /* what pg_stat_activity shows; action: none yet */
    char progress_name[256]; /* its name, as much of it as can be shown */
    bool shown;              /* it shows a line of ours */
    struct pgm_trace *trace; /* of a dry run; NULL: none, or not begun */
    bool began;              /* the user's code ran */
    Oid runner;              /* as which role the user's code runs; InvalidOid: not asked yet */
    bool confined;           /* it must not leave that role */
    bool noted;              /* what was there before it: the next two */
    List *temporary;         /* the session's temporary objects */
    List *cursors;           /* names of those the current statement has opened */
    bool unchecked;          /* it ran, and what it left behind was not looked at */
    pgm_watch watch;
    char *revision, *source; /* of the latest section, in memory; NULL: none was run yet */
    const char *kind;        /* of what it is: "revision" or "seed" */
    bool data;               /* a statement of the core's came behind it */
    const char *composed;    /* the latest such statement; server encoding */
    const char *copied;      /* the table that the latest copy filled; server encoding */
    bool may_defer;          /* something since the last check may have queued deferred triggers */
    List *callers_pending;   /* constraints that had something queued before the run */
    struct pgm_outside *outside; /* a section outside that is not at its end; NULL: none */
    char *leftover; /* by an outside statement that failed; server encoding; NULL: nothing */
    pgm_place place;
    pgm_caught caught;
} pgm_host;

static inline pgm_host *pgm_host_of(mig_ctx *ctx) {
    return (pgm_host *)mig_ctx_host(ctx);
}

/* ---- host.c */

/* A host in a child of parent, whose end, by pgm_host_free or by the abort of the transaction, ends
   everything the call has opened, and frees its mig_ctx. */
pgm_host *pgm_host_new(MemoryContext parent, const char *function);
void pgm_host_free(pgm_host *host);
/* The context of the call. */
mig_ctx *pgm_host_ctx(pgm_host *host);

/* A NUL-terminated copy in the server's encoding, in the current memory context; and the other way
   round, a view of the same bytes where the encodings are the same. */
char *pgm_to_server(mig_str text);
mig_str pgm_from_server(const char *text, size_t length);

/* The same into the arena, NUL-terminated; NULL for NULL. */
const char *pgm_keep(mig_ctx *ctx, const char *server_text);

/* ---- migrate.c: parameters */
extern char *pgm_run_as;     /* migrate.run_as; rights.c */
extern int pgm_lock_timeout; /* migrate.lock_timeout, milliseconds; 0: the caller's own */
extern int pgm_lock_retries; /* migrate.lock_retries */

/* ---- function.c */

#define PGM_ARGS_MAX 8

/* The SQL arguments of a function or procedure; answers how many there are. */
size_t pgm_arguments(FunctionCallInfo fcinfo, mig_value *values);
/* Runs an action or a listing of the core; refuses an action below another one. */
void pgm_call(mig_ctx *ctx, const mig_action *action, const mig_listing *listing,
              const mig_value *args, size_t n_args);
/* The outermost call that is being run; NULL: none. */
pgm_host *pgm_running(void);

/* ---- procedure.c */
bool pgm_unit_begin(mig_ctx *ctx);
bool pgm_unit_commit(mig_ctx *ctx);
bool pgm_impatient(mig_ctx *ctx, int64_t *retries);
bool pgm_blocker(mig_ctx *ctx, mig_str *who);
bool pgm_pause(mig_ctx *ctx, int64_t microseconds);
bool pgm_run_apart(mig_ctx *ctx, const char *action, const mig_value *args, size_t n_args);
/* Runs an action that may commit; whatever way it is left, no lock stays with the session. */
void pgm_call_guarded(pgm_host *host, const mig_action *action, const mig_value *args,
                      size_t n_args);

/* ---- values: host.c */
Datum pgm_datum(const mig_value *value, Oid type, bool *is_null);
/* Not MIG_NULL, as the input function of its type takes it; server encoding. */
char *pgm_value_text(const mig_value *value);

/* ---- sql.c */
bool pgm_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params);
bool pgm_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
               mig_snapshot snapshot, mig_row_fn row, void *arg);
/* Runs one statement of ours that is not worth a plan, as it is; the same with {names} replaced: not
   where a name of the user stands in it. */
void pgm_run_once(const char *sql);
void pgm_run_named(const char *sql);
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
/* Raises an error for what no script may do: transaction control, COPY with the client. */
void pgm_statement_refuse(const pgm_host *host, const struct Node *node);

/* What a script of the latest section's kind is called: "a revision script", "a seed". */
const char *pgm_script_noun(const pgm_host *host);

/* ---- progress.c */
bool pgm_progress(mig_ctx *ctx, const mig_progress *progress);
bool pgm_progress_rows(mig_ctx *ctx, size_t rows);
bool pgm_sessions(mig_ctx *ctx, mig_row_fn row, void *arg);
/* What the call is about, before the core says more. */
void pgm_progress_begin(pgm_host *host);
/* Statement i of the run begins. */
void pgm_progress_statement(pgm_host *host, const mig_section_run *run, size_t i);
/* Never raises an error. */
void pgm_progress_end(pgm_host *host);
/* In a worker: whose it is. */
void pgm_progress_worker(void);

/* ---- outside.c */
typedef enum pgm_outside_ways { PGM_OUTSIDE_WORKER, PGM_OUTSIDE_INLINE } pgm_outside_ways;
extern int pgm_outside_way; /* migrate.outside */
bool pgm_run_outside(mig_ctx *ctx, const mig_section_run *run);
bool pgm_leftover(mig_ctx *ctx, mig_str *what);

/* ---- rights.c */

/* Is migrate.run_as in force? Where it names a superuser it counts as empty. */
bool pgm_is_run_as(void);
/* The role as which the user's code of the call runs. Raises an error where that is not possible. */
Oid pgm_runner(pgm_host *host);

/* What was in force before, to be set again. */
typedef struct pgm_rights {
    Oid user;
    int context;
    bool watched;
} pgm_rights;

/* Around code of the user, in one transaction: it runs as pgm_runner, which it cannot leave where that
   matters. An error undoes it with the subtransaction. */
pgm_rights pgm_confine(pgm_host *host);
void pgm_unconfine(pgm_host *host, pgm_rights before);
/* The same without a host, for a role that is to be confined; undone by SetUserIdAndSecContext. */
pgm_rights pgm_confine_as(Oid role);
bool pgm_in_confinement(void);

/* The same around a statement of ours that runs the user's code (triggers, checks, casts): what that
   code sets ends with it. */
typedef struct pgm_guard {
    pgm_rights before;
    int nest_level;
} pgm_guard;
pgm_guard pgm_guard_open(pgm_host *host);
void pgm_guard_close(pgm_host *host, const pgm_guard *guard);

/* Around a statement of ours on the tables that it names as {name}: where they belong to a role with
   fewer rights it is done as that role, and nothing hidden in them gets more. */
pgm_rights pgm_act_as_owner(const char *sql);
/* Around what we read of the user's table as a superuser: done as the table's owner. */
pgm_rights pgm_act_as_owner_of(Oid table);
void pgm_act_as_before(pgm_rights before);

/* ---- leave.c */

/* Notes what is there before the first confined code of the call. */
void pgm_leave_begin(pgm_host *host);
/* Raises an error if something is left that would be run at the commit. */
void pgm_leave_pending(const pgm_host *host);
/* Takes away what confined code has left; at the end of the call, and before each commit. */
void pgm_leave_check(pgm_host *host);
/* Raises an error for a statement that confined code may not run. */
void pgm_leave_refuse(const struct Node *node);

/* ---- watch.c */

/* For a statement that passes no hook: rows are going to be put into the table. */
void pgm_watch_table(Oid table);
/* In a process without a host; NULL: no more. */
void pgm_watch_process(pgm_watch *watch);
void pgm_hooks_install(void);

/* ---- statement.c */
mig_prepared *pgm_prepare(mig_ctx *ctx, mig_str sql, size_t n_params);
bool pgm_run(mig_ctx *ctx, mig_prepared *prepared, const mig_value *params, mig_row_fn row,
             void *arg, int64_t *changed);
void pgm_unprepare(mig_ctx *ctx, mig_prepared *prepared);
void pgm_prepared_free(mig_prepared *prepared);

/* ---- relation.c */

/* What the adapter knows of a field: mig_relation.own. */
typedef struct pgm_field {
    AttrNumber number;
    Oid type;
    int32 modifier;
    FmgrInfo input, output; /* input.fn_oid is 0 until they are needed */
    Oid io_param;
} pgm_field;

typedef struct pgm_relation {
    Oid id;
    pgm_field *fields; /* as those of the mig_relation */
} pgm_relation;

bool pgm_describe(mig_ctx *ctx, mig_str name, mig_relation *relation);

/* ---- fit.c */
bool pgm_check_value(mig_ctx *ctx, const mig_relation *relation, size_t field,
                     const mig_value *value);
bool pgm_canonical(mig_ctx *ctx, const mig_relation *relation, size_t field, mig_str text,
                   mig_str *spelling);
/* Can values of the type, which is no domain, be equal that pgm_canonical spells differently? */
bool pgm_is_vague(Oid type);

/* ---- copy.c */
bool pgm_copy(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
              mig_next_fn next, void *arg, int64_t *rows);
bool pgm_copy_csv(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
                  mig_bytes_fn next, void *arg, int64_t *rows);

/* ---- sequence.c */
bool pgm_advance(mig_ctx *ctx, const mig_relation *relation, const bool *given);

/* ---- deferred.c */
bool pgm_check_deferred(mig_ctx *ctx);
/* Called before code of the user runs: what is pending before the first of it is the caller's. */
void pgm_deferred_begin(pgm_host *host);
/* The name of a constraint that has something pending; NULL: none. */
const char *pgm_deferred_pending(void);
/* Runs all that is pending, in a transaction in which nobody else has deferred anything. */
void pgm_deferred_all(void);

/* ---- error.c */
bool pgm_attempt(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error);
/* The same for work that ends transactions, in a CALL and below no SPI: where it fails the whole
   transaction is undone, and another begun. */
bool pgm_attempt_alone(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error);
/* Runs work; an error of the server becomes that of the context. Undoes nothing. */
bool pgm_catch(mig_ctx *ctx, void (*work)(void));
/* A report of the server as a record, in the arena, without a place. */
void pgm_error_read(mig_ctx *ctx, const ErrorData *data, mig_error *error);
/* Between the two what is caught does not take the place of the latest error. */
typedef struct pgm_kept_error {
    pgm_caught caught;
    MemoryContext memory;
} pgm_kept_error;
pgm_kept_error pgm_caught_keep(pgm_host *host);
void pgm_caught_put(pgm_host *host, const pgm_kept_error *kept);
/* Throws the context's error. */
void pgm_throw(mig_ctx *ctx) __attribute__((__noreturn__));

/* ---- lock.c */
bool pgm_lock(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target);
/* Raises an error if a script has released them. */
void pgm_locks_check(const pgm_host *host);
/* Before a call: which of them has the session by itself? */
void pgm_locks_note(pgm_host *host);
/* Behind it, and behind pgm_locks_release: takes away from the session those that scripts have left
   it; raises nothing. */
void pgm_locks_clean(const pgm_host *host);
/* Gives back the locks that a procedure has kept. */
void pgm_locks_release(pgm_host *host);

/* ---- tables.c */
bool pgm_table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                     const char **why);
/* Is a table of the core, which exists, trusted as an action trusts it? Else an error. */
bool pgm_catalog_trusted(mig_ctx *ctx, const char *name);
bool pgm_schema_create(mig_ctx *ctx, const char *owner);
bool pgm_table_create(mig_ctx *ctx, const char *name, const char *ddl, const char *owner);
bool pgm_count_rows(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows);
/* A table's name as a statement spells it; NULL: it can be none. */
struct RangeVar *pgm_range_of(mig_str name);
/* "schema"."table", quoted where needed, in the current memory context. */
char *pgm_table_sql(Oid table);

/* ---- foresee.c */
bool pgm_known(mig_ctx *ctx, mig_str name, mig_known *known, int64_t *locks);
/* Takes CONCURRENTLY out of a statement about what no other session can see. */
void pgm_concurrently_relax(struct Node *node);
/* The call that commits each revision by itself, "CALL ..."; NULL: it is this one, or there is none. */
const char *pgm_call_online(const pgm_host *host);
/* The hint of an error that a run in smaller transactions would not have met names that way out. */
void pgm_hint_transaction(const pgm_host *host, ErrorData *data);

/* ---- files.c */
extern char *pgm_directory; /* migrate.directory */
bool pgm_may_read_files(mig_ctx *ctx, const char **why);
bool pgm_resolve_dir(mig_ctx *ctx, mig_str dir, mig_str *absolute);
bool pgm_list_files(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                    void *arg);
bool pgm_read_file(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                   mig_str *stamp);
bool pgm_write_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text);
/* The name of a file that the caller may read; NULL with the error. */
char *pgm_file_name(mig_ctx *ctx, mig_str dir, mig_str path);
/* MIG_E_FILE: could not `what` "name", with the reason in errno. */
bool pgm_file_fail(mig_ctx *ctx, const char *what, const char *name);
struct stat;
char *pgm_file_stamp(const struct stat *st);

/* ---- stream.c */
bool pgm_file_open(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp);
bool pgm_file_read(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got);
void pgm_file_close(mig_ctx *ctx, mig_file *file);
void pgm_files_close(pgm_host *host);

#pragma GCC visibility pop

#endif
