/*
 * mig.h: the public header of the migrate core, and its manual.
 *
 * WHAT IT IS
 *   The core turns revision scripts into a graph, a target into a plan, a plan into a stream of
 *   steps, and runs the steps through a host: PostgreSQL or SQLite. Seeds, files of rows or of SQL, it
 *   orders by what they depend on, and brings what they say into tables of the user through the same
 *   host. It includes no host header, does no I/O of its own, has no clock, no randomness, no changing
 *   statics and no thread.
 *
 * THE OBJECTS
 *   mig_host   what the database offers: a struct of function pointers that an adapter fills.
 *   mig_ctx    one SQL call: arena, the first error, complaints, answer lines or rows.
 *   mig_action, mig_listing   the tables of SQL functions; an adapter registers what it finds there.
 *   mig_relation   a table of the user as mig_host.describe sees it: columns, keys, referrers.
 *   mig_prepared, mig_file   a statement and an open file of the adapter: the core only hands them on.
 *
 * A TYPICAL CALL, as an adapter's wrapper does it
 *   1. fill a mig_host (its first member lets it be embedded in the adapter's own struct);
 *   2. ctx = mig_ctx_new(&host);
 *   3. turn the SQL arguments into mig_value and call mig_action_run(ctx, action, ...), or
 *      listing->run(ctx, args, n_args) which calls host->row for each row, or listing->lines;
 *   4. if mig_ctx_error(ctx) is not NULL: report it; else hand back mig_ctx_answer(ctx);
 *   5. mig_ctx_free(ctx).
 *
 * ERRORS
 *   The first error sticks in the context. Every function whose first parameter is the context does
 *   nothing when an error is set and returns false, NULL or 0. An error is set once, where it is
 *   found, and is never overwritten or reworded. Messages: lower case, no full stop, names in double
 *   quotes. Detail and hint: whole sentences.
 *   A callback reports failure in one of two ways: it sets the error and returns false (SQLite), or
 *   it leaves by a jump of the host (PostgreSQL's ereport). The second is safe because the core owns
 *   nothing but arena memory. Below mig_host.attempt neither leaves: both become a flat mig_error.
 *
 * MEMORY
 *   Everything the core hands out lives in the arena of the context, until mig_ctx_free. Nobody
 *   frees single objects. What a loop turn needs is given back with mig_arena_mark and
 *   mig_arena_release: whoever works below such a loop keeps nothing from one turn to the next but
 *   errors and answers, which survive.
 *
 * TEXT
 *   UTF-8. A mig_str is a view: bytes and a length, not NUL-terminated unless said. The core never
 *   looks at the locale.
 */
#ifndef MIG_H
#define MIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error_codes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- limits: exceeding one is MIG_E_LIMIT, with the name of the thing -------------------- */

#define MIG_MAX_SCRIPT ((size_t)256 * 1024 * 1024) /* bytes of one file or text argument */
#define MIG_MAX_REVISIONS ((size_t)1000000)        /* revisions of one catalog */
#define MIG_MAX_ID 255                             /* bytes of an id or a label */
#define MIG_MAX_LINKS 1000                    /* parents, dependencies or labels of one revision */
#define MIG_MAX_COMPLAINTS 200                /* complaints listed; the rest is counted */
#define MIG_MAX_PATH 4096                     /* bytes of a path */
#define MIG_MAX_OPTIONS ((size_t)1024 * 1024) /* bytes of an options text */

/* ---- basic values ------------------------------------------------------------------------ */

typedef struct mig_ctx mig_ctx;

typedef struct mig_str {
    const char *p; /* NULL only where n is 0 and the text is "not given" */
    size_t n;      /* bytes */
} mig_str;

/* BLOB: bytes in text; only in what the core gives to mig_host.run and check_value, and only on
   SQLite. */
typedef enum mig_type { MIG_NULL, MIG_TEXT, MIG_INT, MIG_BLOB } mig_type;

/* An SQL value. Text belongs to whoever made the value and lives as long as documented there. */
typedef struct mig_value {
    mig_type type;
    mig_str text;
    int64_t integer;
} mig_value;

typedef enum mig_engine { MIG_POSTGRESQL, MIG_SQLITE } mig_engine;

typedef enum mig_code {
    MIG_OK = 0,
#define MIG_ERROR_ENUM(name, sqlstate, sqlite) MIG_E_##name,
    MIG_ERROR_CODES(MIG_ERROR_ENUM)
#undef MIG_ERROR_ENUM
} mig_code;

/* The SQLSTATE and the SQLite result code of an error code. */
const char *mig_code_sqlstate(mig_code code);
int mig_code_sqlite(mig_code code);

/*
 * An error record. Flat: it can be copied to and from another process. All texts are
 * NUL-terminated; in the error of a context they live until mig_ctx_free. NULL means "not known".
 */
typedef struct mig_error {
    mig_code code;
    char sqlstate[6];      /* of the engine's own error (MIG_E_HOST), else of the code */
    int host_code;         /* SQLite's extended result code of its own error, else 0 */
    const char *message;   /* one line */
    const char *detail;    /* sentences, may be several lines */
    const char *hint;      /* sentences, may be several lines */
    const char *context;   /* the engine's own context lines (PostgreSQL) */
    const char *revision;  /* id of the revision that was run or read */
    const char *kind;      /* what revision names: NULL is a revision, or "seed"; static */
    const char *source;    /* file or bundle name */
    int line, column;      /* 1-based, in source; 0 unknown */
    const char *statement; /* the one statement that failed */
    int position;          /* 1-based character in statement; 0 unknown */
    bool secret;           /* a secret was taken out: the host has no more to say than this */
} mig_error;

/* ---- the host ---------------------------------------------------------------------------- */

typedef struct mig_host mig_host;

/* Receives one row of a query. cols live until it returns. false stops the query: either an error
   is set in ctx, or the receiver has seen enough. */
typedef bool (*mig_row_fn)(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols);

/* What a listing saw of a file, for the host's own read_file; the core only hands it on. */
typedef struct mig_look {
    uint64_t device, inode;
} mig_look;

/* Receives one file of a directory listing: path below the directory, '/'-separated, and the stamp
   (see mig_host.list_files). All live until it returns. */
typedef bool (*mig_file_fn)(mig_ctx *ctx, void *arg, mig_str path, mig_str stamp,
                            const mig_look *look);

/* Gives the next row of a copy: fills values, one a column, which live until the next call; or sets
   *end. false: an error is set in ctx. */
typedef bool (*mig_next_fn)(mig_ctx *ctx, void *arg, mig_value *values, bool *end);

typedef struct mig_relation mig_relation; /* relation.h */
typedef struct mig_file mig_file;         /* an open file; the adapter's */
typedef struct mig_prepared mig_prepared; /* a prepared statement; the adapter's */

/* Gives the next bytes of a file that is copied: at most room of them; *got 0: the end. false: an error
   is set in ctx. */
typedef bool (*mig_bytes_fn)(mig_ctx *ctx, void *arg, void *buffer, size_t room, size_t *got);

/* Work for mig_host.attempt. */
typedef bool (*mig_work_fn)(mig_ctx *ctx, void *arg);

typedef enum mig_snapshot {
    MIG_SNAPSHOT_CALLER, /* what the caller's statement sees */
    MIG_SNAPSHOT_FRESH   /* what is committed now, and our own changes */
} mig_snapshot;

/* How foreign keys are checked. */
typedef enum mig_guard {
    MIG_GUARD_CONNECTION, /* as the connection has it */
    MIG_GUARD_LATE,       /* by check_deferred: until then a row may wait for its parent */
    MIG_GUARD_STATEMENT   /* by each statement, those that are not deferred */
} mig_guard;

typedef enum mig_lock_level { MIG_LOCK_SHARED, MIG_LOCK_EXCLUSIVE } mig_lock_level;

/* What stands under the name of a relation: nothing; one that was there before this transaction; one
   that no other session can see, because this transaction has made it or it is temporary. */
typedef enum mig_known { MIG_KNOWN_NOT, MIG_KNOWN_OLD, MIG_KNOWN_NEW } mig_known;

/* What a run locks: the catalog of revisions, or the applied set of one target. */
typedef enum mig_lock_what { MIG_LOCK_CATALOG, MIG_LOCK_TARGET } mig_lock_what;

/* The advisory locks of PostgreSQL, pg_advisory_xact_lock(class, key): catalog and target ''. */
#define MIG_LOCK_CLASS 1835624306 /* 'migr' */
#define MIG_LOCK_KEY_CATALOG 0
#define MIG_LOCK_KEY_TARGET 1

typedef enum mig_table_state {
    MIG_TABLE_ABSENT,
    MIG_TABLE_GOOD,
    MIG_TABLE_FOREIGN /* something else stands in its place: view, trigger, foreign owner ... */
} mig_table_state;

/* One statement of a section, as byte span of the section's text (from the splitter). */
typedef struct mig_statement {
    size_t start, length; /* from the first token to the last, without the semicolon */
    int line, column;     /* 1-based, in the file */
    unsigned traits;      /* MIG_TRAIT_..., see split.h */
} mig_statement;

/* The value of placeholder 1 ... of a section. type: as PostgreSQL calls it; number: SQLite turns the
   text into a number. */
typedef struct mig_section_param {
    const char *type;
    bool number;
    mig_value value;
} mig_section_param;

/* How far a run is, for others to see. Counts begin at 1; 0: not known. */
typedef struct mig_progress {
    mig_str action;         /* "upgrade", "seed" ...: lower-case letters and "_" */
    mig_str name;           /* of the revision or seed */
    size_t place, n_places; /* its place among those of the run */
    size_t statement, n_statements;
    size_t rows; /* of a data set that were read */
} mig_progress;

/* What a statement of a section did. Texts live until the callback returns. */
typedef struct mig_trace {
    int line;          /* of its first token, in the file */
    mig_str statement; /* as its author wrote it */
    int64_t microseconds;
    int64_t rows;     /* changed or answered; -1: the statement is not about rows */
    const char *lock; /* the strongest lock that nobody but this statement of the run has taken so
                         far, on what existed before the run; NULL: none. Static */
    mig_str tables;   /* on which, joined */
    mig_str rewrite;  /* tables that were written anew, joined */
    mig_str scan;     /* tables that were read without an index, joined */
    mig_str note;     /* what of it cannot be undone */
} mig_trace;

/* A section of a user script, to be run. */
typedef struct mig_section_run {
    const char *revision; /* id */
    const char *source;   /* file name for messages */
    mig_str text;         /* the section's SQL, not NUL-terminated */
    int line;             /* line of text's first byte in source; columns start at 1 there */
    const mig_statement *statements; /* NULL: not cut yet; see split.h, mig_split_run */
    size_t n_statements;
    bool verify; /* every statement must be a query; see mig_host.run_section */
    bool
        again; /* outside only: an earlier run may have begun the first statement without ending it */

    /* Parameters of a seed. text has a placeholder for each ($1 or ?1 ..., of the same length as what
       the user wrote), shown is what the user wrote; {NULL, 0}: text. */
    const mig_section_param *params;
    size_t n_params;
    mig_str shown;
    const char *kind; /* what the section is of, for messages: NULL is "revision", or "seed" */

    /* Where not NULL: the rows that INSERT, UPDATE, DELETE and MERGE statements changed are added,
       those of triggers and cascades not counted. */
    int64_t *changed;

    /* For progress: statements of the revision before these, and all of it; 0: these are all. */
    size_t n_before, n_all;

    /* Where not NULL: told of each statement that has ended well; neither runs SQL nor writes. */
    bool (*trace)(mig_ctx *ctx, void *arg, const mig_trace *trace);
    void *trace_arg;

    /* The text to run in place of a statement; rewrite NULL: the text as it is. */
    mig_str (*rewrite)(mig_ctx *ctx, void *arg, const mig_statement *statement);
    void *rewrite_arg;
} mig_section_run;

/*
 * What the database offers. An adapter embeds it as the first member of its own struct and fills
 * every slot; a slot that says "may be NULL" is not supported where it is NULL.
 *
 * Unless a slot says otherwise it returns false after it has set the error of ctx, or leaves by the
 * host's own jump. Slots are called from one thread. What a slot calls back may call slots: work any of
 * them, attempt itself too; row, file and next those that neither run SQL nor write.
 */
struct mig_host {
    mig_engine engine;

    /* -- memory: n is never 0. alloc answers NULL when there is none and never jumps. */
    void *(*alloc)(mig_host *host, size_t n);
    void (*release)(mig_host *host, void *p);

    /* -- SQL of the core's own. In the text {revision} stands for the engine's name of that table,
       {=} for the equality operator, {<>} for the inequality operator, $1 ... for parameters. The
       text is a string literal of the core: its address may serve as the key of a plan cache. */
    bool (*exec)(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params);
    bool (*query)(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
                  mig_snapshot snapshot, mig_row_fn row, void *arg);

    /* -- SQL of the user, with the caller's search_path and role. Runs the statements one after
       another; settings the section changes are put back at its end; transaction control is refused.
       On failure the error record carries the statement, line and column. verify: each statement's
       rows are read; a first column that is not true (NULL, false, 0) is MIG_E_VERIFY. */
    bool (*run_section)(mig_ctx *ctx, const mig_section_run *run);

    /* Deferred constraints that the work so far has queued: check them now. Called at the end of
       each revision. */
    bool (*check_deferred)(mig_ctx *ctx);

    /* From here on foreign keys are checked where the connection checks none (SQLite, PRAGMA
       foreign_keys off); MIG_GUARD_CONNECTION ends it, also after an error, and never fails. Rows that
       were there before are not looked at. Nothing where the connection checks them itself. NULL: it
       always does. */
    bool (*guard)(mig_ctx *ctx, mig_guard guard);

    /* Like run_section, each statement by itself outside a transaction (transaction:false). May be
       NULL: this form of call cannot. Called only where may_commit() and outside a unit. An online run
       calls it for one statement at a time: run->statements are then a part of those in run->text. */
    bool (*run_outside)(mig_ctx *ctx, const mig_section_run *run);
    /* What the statement has left of itself with which run_outside has just failed, and which it repairs
       when the statement is run again: "index public.t_a is invalid"; empty: nothing. In the arena. May
       be NULL: a statement that fails leaves nothing. */
    bool (*leftover)(mig_ctx *ctx, mig_str *what);

    /* Runs work(ctx, arg) so that its failure can be undone and looked at: under a savepoint or
       subtransaction where one is possible; where none is (SQLite outside a transaction) nothing is
       undone, and a unit that work has begun is left to the caller to abort. true: it succeeded.
       false: its effects are undone, the error of ctx is cleared and stands in *error; only where
       undoing failed too, an error also stays in ctx. Never jumps, except out of memory for the record
       or when the session itself is ended. What work allocated in the arena stays until the caller
       releases it. */
    bool (*attempt)(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error);

    /* -- the unit of atomicity. begin: the write lock of SQLite (BEGIN IMMEDIATE, or a savepoint in
       the caller's transaction); nothing on PostgreSQL, where the caller's transaction is it.
       abort: undoes what was done since begin; never sets an error, must be safe after a failure,
       an interrupt or an out-of-memory. A unit begun within another joins it: only the outermost
       commit commits, and any abort undoes all. */
    bool (*unit_begin)(mig_ctx *ctx);
    bool (*unit_commit)(mig_ctx *ctx);
    void (*unit_abort)(mig_ctx *ctx);

    /* Is this call inside a transaction of the caller? May the host commit inside this call? */
    bool (*in_transaction)(mig_ctx *ctx);
    bool (*may_commit)(mig_ctx *ctx);

    /* Waits for the lock; released at the end of the transaction. Does nothing on SQLite, where
       unit_begin is the lock. In an online run it is held until the call ends, whatever is committed
       meanwhile; there it may end the unit, and begin another, while nothing has been done in it.
       Asked for again it only makes sure that nobody has taken it away: MIG_E_STATE then. */
    bool (*lock)(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target);

    /* A number for what the last query found in the database: where two answers are equal, nothing
       was changed in it between the queries before them, by whomever. 0: not known now. May be NULL:
       never known. */
    int64_t (*data_version)(mig_ctx *ctx);

    /* -- online runs: each revision a unit of its own. NULL where there are none (SQLite).
       impatient: from here to the end of the unit, or to what undoes it, a statement that waits for a
       lock of another session fails after a while (55P03). *retries: how often the work may be done
       again after that.
       blocker: who was in the way of the statement that has just failed, in the arena ("process 4711
       (active for 12 s: ...)"); empty: not known. Called outside a unit.
       pause: waits, outside a unit. */
    bool (*impatient)(mig_ctx *ctx, int64_t *retries);
    bool (*blocker)(mig_ctx *ctx, mig_str *who);
    bool (*pause)(mig_ctx *ctx, int64_t microseconds);

    /* Runs an action of the core in another session, with the caller's role and settings, and waits
       for it: its lines are added to the answer, its notices said, its error is set. Called before
       anything else was done. NULL: there is no other session, or this is one. */
    bool (*run_apart)(mig_ctx *ctx, const char *action, const mig_value *args, size_t n_args);

    /* Does the caller's isolation level freeze what MIG_SNAPSHOT_CALLER sees for the transaction? */
    bool (*snapshot_fixed)(mig_ctx *ctx);

    /* Sets MIG_E_READ_ONLY when nothing can be written here (standby, read-only transaction or
       file), naming action (an SQL function's name) and the reason. */
    bool (*check_writable)(mig_ctx *ctx, const char *action);

    /* -- the tables of the core. state of one of them (name without prefix: "revision"); where it
       is MIG_TABLE_FOREIGN *why is a sentence. ddl is what table_create would run: CREATE TABLE
       {revision} (...), with the engine's own types and {revision} for its name of the table. */
    bool (*table_state)(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                        const char **why);
    /* Makes the schema (PostgreSQL) for the tables, owned by owner (NULL: the caller). table_create
       also runs what changes a table that is there (ALTER TABLE {revision} ...): name and owner NULL. */
    bool (*schema_create)(mig_ctx *ctx, const char *owner);
    bool (*table_create)(mig_ctx *ctx, const char *name, const char *ddl, const char *owner);

    /* -- SQL that the core composes for tables of the user: a statement with parameters $1 ...
       (SQLite: ?1 ...), n_params of them, of which the text may leave some unused; under PostgreSQL all
       are of type text, and the text casts them. It runs with the caller's role and search_path; every
       name and operator in it is qualified. A prepared statement lives until unprepare (NULL is fine),
       or the end of the call.
       run: once with these values, which outlive it; params may be NULL where n_params is 0. row may be
       NULL; one that stops the query without an error is no failure. *changed (may be NULL) becomes the
       number of rows that the statement changed itself, 0 for a query. Constraint violations: the
       error's detail names constraint and column where the engine knows them. */
    mig_prepared *(*prepare)(mig_ctx *ctx, mig_str sql, size_t n_params);
    bool (*run)(mig_ctx *ctx, mig_prepared *prepared, const mig_value *params, mig_row_fn row,
                void *arg, int64_t *changed);
    void (*unprepare)(mig_ctx *ctx, mig_prepared *prepared);

    /* Looks at a table of the user, named as a statement of the caller would (maybe qualified, maybe
       quoted), and fills *relation anew, in the arena. found false: no such table. What is no table (a
       view ...), and one the caller may not read, is an error. */
    bool (*describe)(mig_ctx *ctx, mig_str name, mig_relation *relation);
    /* Would the value, made by cell.h, fit the field (an index into fields), as if stored there? Else an
       error that says why, as the engine would (MIG_E_HOST or MIG_E_DATA); may jump. NULL and constraints
       are not its business. */
    bool (*check_value)(mig_ctx *ctx, const mig_relation *relation, size_t field,
                        const mig_value *value);
    /* Writes many rows, faster than INSERTs; NULL where INSERT is as fast. table is ready for a
       statement (mig_relation.sql or a temporary table), columns are plain names. next is called until
       it sets *end; *rows becomes how many there were. After a failure some may have been written: the
       caller is below attempt. */
    bool (*copy)(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
                 mig_next_fn next, void *arg, int64_t *rows);
    /* The same for bytes that are plain CSV without the line of names (see mig_csv_is_plain), UTF-8; the
       engine reads them itself. NULL where copy is. */
    bool (*copy_csv)(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
                     mig_bytes_fn next, void *arg, int64_t *rows);
    /* The text of a value that fits the field, as the one spelling of it: that two values are equal is
       that they have one, but for fields that are vague, and for numbers, of which key_order.h knows
       more. A view of the text or in the arena; may jump. NULL: the text itself. */
    bool (*canonical)(mig_ctx *ctx, const mig_relation *relation, size_t field, mig_str text,
                      mig_str *spelling);
    /* Moves the sequences of the fields (given[field]) forward, behind the largest value in the table;
       never back. NULL: not needed. */
    bool (*advance)(mig_ctx *ctx, const mig_relation *relation, const bool *given);

    /* What the user types to consent to a loss: the database's name, or the file's. And what tells
       this database from a copy of it. In the arena. */
    mig_str (*database)(mig_ctx *ctx);
    mig_str (*identity)(mig_ctx *ctx);

    /* How many rows a table of the user has; name as the script spells it, resolved as the script
       would. Stops counting at limit. *rows = -1: no such table. */
    bool (*count_rows)(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows);

    /* What stands under a name, resolved as a statement of the caller would; an index stands for its
       table. *locks: how many locks dropping it takes, at least. Waits for nobody, and needs no
       privilege. NULL where statements do not ask for it (SQLite). */
    bool (*known)(mig_ctx *ctx, mig_str name, mig_known *known, int64_t *locks);

    /* -- files. May the caller read server files at all? PostgreSQL asks the role; *why is set
       (a sentence) when the answer is no. */
    bool (*may_read_files)(mig_ctx *ctx, const char **why);
    /* The absolute form of a directory the user named; MIG_E_FILE with the reason when it does not
       exist, is a file, or is not allowed. */
    bool (*resolve_dir)(mig_ctx *ctx, mig_str dir, mig_str *absolute);
    /* Every regular file below dir whose name ends in suffix, in no particular order. The stamp is
       a text that changes when the file may have changed (size, times, inode); it is "" when the
       file is so young that a later change could go unseen. stamps false: nobody will compare them
       now, so they may be left to read_file ({NULL, 0}). */
    bool (*list_files)(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                       void *arg);
    /* The whole file, in the arena. look: what a listing of this call saw of it; NULL: it was not
       listed. *stamp becomes the file's as it was before it was read, where the listing left it out;
       stamp may be NULL. */
    bool (*read_file)(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                      mig_str *stamp);
    /* A file as a stream. The stamp (may be NULL) is that of list_files. None of the three jumps; what
       the core leaves open is closed when the call ends. read: *got 0 is the end. */
    bool (*file_open)(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp);
    bool (*file_read)(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got);
    void (*file_close)(mig_ctx *ctx, mig_file *file);
    /* Writes a new file, never over an existing one: MIG_E_FILE then. */
    bool (*write_file)(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text);

    /* A second, empty database of the same engine for experiments. May be NULL. */
    bool (*open_scratch)(mig_ctx *ctx, mig_host **scratch);

    /* -- the rest. notice: a line for the user while the call runs. now: microseconds since
       1970-01-01 UTC. random: n bytes good enough for ids that must not collide. interrupted:
       MIG_E_INTERRUPT or a jump when the user cancelled. user: who acts, for the log, in the arena.
       progress: what others can see of the run (progress.h) until the call ends; run_section and
       run_outside go on from there, statement by statement. progress_rows: the same with the rows that
       were read. sessions: gives those that hold the lock of a run or wait for it, as mig_session_column
       of progress.h says. The three may be NULL: others can see nothing. */
    bool (*notice)(mig_ctx *ctx, const char *text);
    int64_t (*now)(mig_ctx *ctx);
    bool (*random)(mig_ctx *ctx, void *bytes, size_t n);
    bool (*interrupted)(mig_ctx *ctx);
    mig_str (*user)(mig_ctx *ctx);
    bool (*progress)(mig_ctx *ctx, const mig_progress *progress);
    bool (*progress_rows)(mig_ctx *ctx, size_t rows);
    bool (*sessions)(mig_ctx *ctx, mig_row_fn row, void *arg);

    /* Receives each line of the answer as it is said; then no line is kept. NULL: they are kept until
       the action has ended. */
    bool (*say)(mig_ctx *ctx, const char *line);

    /* Receives a row of a listing; values live until it returns. */
    bool (*row)(mig_ctx *ctx, const mig_value *cols, size_t n_cols);
};

/* ---- the context ------------------------------------------------------------------------- */

/* A context for one call; host must outlive it. NULL only when there is no memory. */
mig_ctx *mig_ctx_new(mig_host *host);

/* Gives back all memory of the call. NULL is fine. */
void mig_ctx_free(mig_ctx *ctx);

mig_host *mig_ctx_host(mig_ctx *ctx);

/* The error, or NULL. */
const mig_error *mig_ctx_error(const mig_ctx *ctx);

/* The answer: lines[0 .. *n) in the order they were said. */
const mig_str *mig_ctx_answer(const mig_ctx *ctx, size_t *n);

/* Sets the error unless one is set; the printf-like form makes the message. Always returns false,
   so that `return mig_fail(...)` reads well. */
bool mig_fail(mig_ctx *ctx, mig_code code, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Adds a detail or a hint to the error just set by mig_fail or mig_raise, replacing one it has. A
   no-op without an error, and behind a mig_fail that found one set already. */
void mig_detail(mig_ctx *ctx, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void mig_hint(mig_ctx *ctx, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));

/* Sets a whole record as the error unless one is set; its texts are copied. Always returns false. */
bool mig_raise(mig_ctx *ctx, const mig_error *error);

/* Takes the error out of the context: *error is the record, the context works again. false when
   there was none. Out of memory can be taken too. */
bool mig_take_error(mig_ctx *ctx, mig_error *error);

/* Calls fn(arg) when the context is freed, the last registered first; for memory of libraries. arg must
   live as long: mig_alloc_kept. A host that leaves by a jump frees the context all the same. */
bool mig_at_end(mig_ctx *ctx, void (*fn)(void *arg), void *arg);

/* n bytes that no mig_arena_release gives back, 16-byte aligned: for what is collected across loop
   turns, like complaints. */
void *mig_alloc_kept(mig_ctx *ctx, size_t n);

/* Adds a line to the answer of an action. */
bool mig_answer(mig_ctx *ctx, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* The same for a line that is a text already; it is copied. */
bool mig_answer_line(mig_ctx *ctx, mig_str line);

/* ---- arena ------------------------------------------------------------------------------- */

/* n bytes, 16-byte aligned, not cleared; n 0 gives a valid pointer. NULL: out of memory, set. */
void *mig_alloc(mig_ctx *ctx, size_t n);

/* count * size bytes, cleared; the product is checked. */
void *mig_alloc_zero(mig_ctx *ctx, size_t count, size_t size);

/* A point in the arena: everything allocated after it is given back by mig_arena_release. The error
   and the answer survive, wherever they were made. Marks nest: a release also undoes those made
   after its mark. */
typedef struct mig_mark {
    void *block;
    size_t used;
    void *large;
} mig_mark;
mig_mark mig_arena_mark(mig_ctx *ctx);
void mig_arena_release(mig_ctx *ctx, mig_mark mark);

/* Bytes taken from the host now, and the most there were: for tests and bounds. */
size_t mig_arena_bytes(const mig_ctx *ctx);
size_t mig_arena_peak(const mig_ctx *ctx);

/* ---- the SQL surface --------------------------------------------------------------------- */

typedef struct mig_column {
    const char *name;
    mig_type type; /* MIG_TEXT or MIG_INT */
} mig_column;

/*
 * An action: changes or makes something, answers lines. args are the SQL arguments in order; a
 * trailing argument that was not given is absent from n_args or MIG_NULL, which mean the same.
 * An integer argument arrives as MIG_INT (migrate_downgrade(-1)).
 *
 * The functions for password hashes are neither action nor listing, because statements of the user may
 * call them anywhere: an adapter makes them of password.h.
 */
typedef struct mig_action {
    const char *name; /* SQL name */
    size_t min_args, max_args;
    bool (*run)(mig_ctx *ctx, const mig_value *args, size_t n_args);
    bool reads;  /* only looks at the tables and runs nothing from them, as a listing does */
    bool online; /* commits while it works: a procedure of PostgreSQL */
    bool writes; /* to the core's tables, which are brought to the newest format first */
    bool rows;   /* answers rows on PostgreSQL, through mig_host.row, and lines elsewhere */
} mig_action;

/* A listing: a row source. Never writes; works before the tables exist, on a standby and on a
   read-only file. lines, where not NULL, answers the same as lines of text (SQLite's scalar). */
typedef struct mig_listing {
    const char *name;
    size_t max_args;     /* all optional */
    const char *args[2]; /* argument names, for SQLite's hidden columns */
    const mig_column *columns;
    size_t n_columns;
    bool (*run)(mig_ctx *ctx, const mig_value *args, size_t n_args);
    bool (*lines)(mig_ctx *ctx, const mig_value *args, size_t n_args);
} mig_listing;

extern const mig_action mig_actions[];
extern const size_t mig_n_actions;
extern const mig_listing mig_listings[];
extern const size_t mig_n_listings;

/* How an engine calls a table of the core ("log" is migrate.log, migrate_logbook); NULL: no such
   table. Static. */
const char *mig_table_name(mig_engine engine, mig_str name);
/* Is it one of them, in any case? */
bool mig_is_own_table(mig_engine engine, mig_str table);

const mig_action *mig_action_find(const char *name);

/* Runs the action: what an adapter calls. */
bool mig_action_run(mig_ctx *ctx, const mig_action *action, const mig_value *args, size_t n_args);
const mig_listing *mig_listing_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
