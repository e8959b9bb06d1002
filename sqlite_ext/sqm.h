/*
 * sqm.h: the SQLite adapter: what its files share.
 *
 * The road of a call: functions.c or listings.c takes the SQL arguments, makes an sqm_host, runs
 * the core's action or listing, and hands back text, rows or an error (error.c). The core talks
 * back through the slots of mig_host, which are spread over the other files: sql.c (its own
 * statements), statement.c, relation.c, fit.c (those for tables of the user), section.c (the user's),
 * unit.c (transactions and how they are undone), caller.c (where may it be called), tables.c,
 * files.c, stream.c, host.c (the rest).
 *
 * Lifetimes: an sqm_module lives as long as the functions of a connection are registered; an
 * sqm_host, its statements and its mig_ctx live for one call. No statement outlives a call:
 * sqlite3_close() would fail otherwise.
 */
#ifndef SQM_H
#define SQM_H

/* POSIX beside C99; before any system header. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <sqlite3ext.h>

#ifndef SQM_ENTRY_POINT
SQLITE_EXTENSION_INIT3
#endif

#include "../shared/text.h"

/* ---- of a connection --------------------------------------------------------------------- */

typedef struct sqm_module sqm_module;

/* One registered function: exactly one of action and listing is set. */
typedef struct sqm_function {
    sqm_module *module;
    const mig_action *action;
    const mig_listing *listing;
} sqm_function;

struct sqm_module {
    sqlite3 *db;
    size_t refs;             /* registrations that point here */
    bool running;            /* an action is running: no second one may start below it */
    bool poisoned;           /* the open transaction holds half a run and must not be committed */
    sqm_function *functions; /* actions, then listings */
};

/* Drops one reference; the last one frees. The second is the destructor of registrations. */
void sqm_module_release(sqm_module *module);
void sqm_function_release(void *function);

int sqm_functions_register(sqm_module *module);
int sqm_listings_register(sqm_module *module);
int sqm_passwords_register(sqm_module *module); /* passwords.c */

/* ---- of a call --------------------------------------------------------------------------- */

/* The SQLSTATE of SQLITE_CONSTRAINT_FOREIGNKEY, by which the core knows it. */
#define SQM_FOREIGN_KEY "23503"

#define SQM_PLANS 128 /* prepared statements kept for a call; a power of two */

typedef struct sqm_plan {
    const char *key; /* address of the core's SQL text; NULL: free */
    sqlite3_stmt *stmt;
    bool busy;
} sqm_plan;

/* The unit of atomicity and the statements that undo it whatever happens; see unit.c. */
typedef struct sqm_unit {
    bool open;
    int nested;             /* units begun within it: they join it */
    bool savepoint;         /* inside a transaction of the caller */
    bool deferred_before;   /* foreign keys were violated when it began */
    bool lost;              /* a transaction of the caller was rolled back as a whole */
    bool undone;            /* undone before its end: nothing more may be written */
    sqlite3_stmt *undo;     /* ROLLBACK TO our savepoint; NULL without one */
    sqlite3_stmt *forget;   /* RELEASE our savepoint; NULL without one */
    sqlite3_stmt *tripwire; /* a write: stopped by a fault, it makes SQLite roll back by itself */
} sqm_unit;

/* Takes the rows of a listing. */
typedef bool (*sqm_row_fn)(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols);

/* Where a deferred foreign key was first violated. Texts by sqlite3_mprintf. */
typedef struct sqm_suspect {
    char *revision, *source, *statement;
    const char *kind; /* see mig_error */
    int line, column;
} sqm_suspect;

/* Databases a connection can have: SQLite's own limit is 125 attached, main and temp. */
#define SQM_FILES 127

typedef enum sqm_encoding {
    SQM_ENCODING_UNKNOWN, /* not looked at yet */
    SQM_ENCODING_UTF8,
    SQM_ENCODING_UTF16
} sqm_encoding;

typedef struct sqm_host {
    mig_host base;
    sqlite3 *db;
    sqm_module *module;
    const char *function;  /* SQL name of what was called */
    bool callers;          /* the call began inside a transaction of the caller */
    int64_t patience_ms;   /* how long to wait for locks */
    sqm_encoding encoding; /* of the database */
    sqm_plan plans[SQM_PLANS];
    sqm_unit unit;
    struct sqm_item *schema; /* what stands under our names, see tables.c; NULL: not read */
    sqm_row_fn row;
    void *row_arg;
    int64_t asked_at; /* when an interrupt was last asked for, in microseconds */
    sqm_suspect suspect;
    struct {
        bool on;    /* foreign keys are checked although the connection does not */
        bool defer; /* PRAGMA defer_foreign_keys as it was */
    } guard;
    mig_prepared *prepared; /* statements of the core for tables of the user; see statement.c */
    mig_file *streams;      /* open files; see stream.c */
    void *reserve;          /* memory for what follows a COMMIT; see host.c */
    size_t reserve_size, reserve_used;
    char *answer_reserve; /* the same for the text of the answer */
    size_t answer_size;
    int notice; /* does the host have a function migrate_notice? -1: not yet asked */
    char user[72];
    int root; /* descriptor of the directory that files are read from; -1: none, see files.c */
    char *root_name;   /* by sqlite3_mprintf */
    int64_t listed_ns; /* when files were last listed: stamps tell whether they are young */
    bool files_known;  /* the files of the open databases were looked up; see files.c */
    size_t n_files;
    struct {
        uint64_t device, inode;
    } files[SQM_FILES];
} sqm_host;

/* host.c */
sqm_host *sqm_host_of(mig_ctx *ctx);

/* The whole of a call: makes host and context, and what undoes them. NULL: no memory. end undoes
   a unit that was left open, so that no path out of a call leaves a transaction behind. */
mig_ctx *sqm_call_begin(sqm_host *host, sqm_module *module, const char *function);
void sqm_call_end(sqm_host *host, mig_ctx *ctx);

/* Takes memory in advance of a COMMIT for what comes behind it, so that a run that was committed is
   not reported as a failure for want of memory. */
bool sqm_reserve(mig_ctx *ctx);
/* size bytes for the text of an answer: to be given to SQLite with sqlite3_free. */
char *sqm_answer_room(sqm_host *host, size_t size);

/* An SQL argument as a value of the core. The text lives as long as the argument. */
bool sqm_value(mig_ctx *ctx, sqlite3_value *from, mig_value *to);

/* sql.c */
typedef struct sqm_wait {
    int64_t until_ms; /* monotonic */
    int delay_ms;
} sqm_wait;
sqm_wait sqm_wait_start(const sqm_host *host);
/* Sleeps a little; false when the patience is over. */
bool sqm_wait_turn(sqm_wait *wait);
bool sqm_is_busy(int rc);

/* sqlite3_prepare_v2 of a NUL-terminated text and sqlite3_step, waiting for locks. */
int sqm_prepare(sqm_host *host, const char *sql, sqlite3_stmt **stmt);
int sqm_step(sqm_host *host, sqlite3_stmt *stmt);

/* Prepares, runs to the end and finalizes; for statements of the adapter without parameters. */
int sqm_run(sqm_host *host, const char *sql);

/* The first column of the first row as an integer, or other where there is none. */
int64_t sqm_integer(sqm_host *host, const char *sql, int64_t other);

/* Sets the error from SQLite's last one. rc: the result code. */
bool sqm_raise(mig_ctx *ctx, int rc);
/* The same as a record, to be amended and given to mig_raise. Texts live until the next call of
   SQLite. */
mig_error sqm_error(const sqm_host *host, int rc);

/* The core's SQL in SQLite's words: {table}, {=}, {<>}, $1. NULL with an error. */
const char *sqm_translate(mig_ctx *ctx, const char *sql);

bool sqm_exec(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params);
bool sqm_query(mig_ctx *ctx, const char *sql, const mig_value *params, size_t n_params,
               mig_snapshot snapshot, mig_row_fn row, void *arg);
void sqm_plans_drop(sqm_host *host);

/* Binds ?1 ... Texts outlive the statement's run: they are not copied. */
bool sqm_bind(mig_ctx *ctx, sqlite3_stmt *stmt, const mig_value *params, size_t n);
int sqm_bind_one(sqlite3_stmt *stmt, int i, const mig_value *value);

/* A column of the current row as a value of the core. */
bool sqm_column(mig_ctx *ctx, sqlite3_stmt *stmt, int i, mig_value *to);

/* statement.c */
mig_prepared *sqm_statement_prepare(mig_ctx *ctx, mig_str sql, size_t n_params);
bool sqm_statement_run(mig_ctx *ctx, mig_prepared *prepared, const mig_value *params,
                       mig_row_fn row, void *arg, int64_t *changed);
void sqm_statement_unprepare(mig_ctx *ctx, mig_prepared *prepared);
void sqm_statements_drop(sqm_host *host);
/* Is it of the kinds whose changed rows sqm_changes (compat.h) counts? */
bool sqm_counts_changes(sqlite3_stmt *stmt);

/* relation.c, fit.c. sqm_relation: mig_relation.own. */
typedef struct sqm_relation {
    bool strict; /* a STRICT table */
} sqm_relation;
bool sqm_describe(mig_ctx *ctx, mig_str name, mig_relation *relation);
bool sqm_check_value(mig_ctx *ctx, const mig_relation *relation, size_t field,
                     const mig_value *value);
/* A sentence that names the foreign keys a failed write to the table may have violated, or an empty
   text. */
mig_str sqm_foreign_keys(mig_ctx *ctx, mig_str name);

/* section.c, settings.c */
bool sqm_run_section(mig_ctx *ctx, const mig_section_run *run);
bool sqm_run_outside(mig_ctx *ctx, const mig_section_run *run);

#define SQM_FLAGS 7
#define SQM_PRAGMAS 9
typedef struct sqm_settings {
    int flags[SQM_FLAGS];
    bool pragmas_read;
    int64_t pragmas[SQM_PRAGMAS];
} sqm_settings;
/* What a script may change in the connection: read before it, put back after it. pragmas: also
   those that cost a statement each. */
void sqm_settings_save(sqm_host *host, sqm_settings *settings, bool pragmas);
void sqm_settings_restore(sqm_host *host, const sqm_settings *settings);

/* The slot guard. end: what sqm_call_end does, whatever happened. */
bool sqm_guard(mig_ctx *ctx, mig_guard guard);
void sqm_guard_end(sqm_host *host);

/* unit.c */
bool sqm_unit_begin(mig_ctx *ctx);
bool sqm_unit_commit(mig_ctx *ctx);
void sqm_unit_abort(mig_ctx *ctx);
void sqm_unit_close(sqm_host *host);
int64_t sqm_data_version(mig_ctx *ctx);
bool sqm_attempt(mig_ctx *ctx, mig_work_fn work, void *arg, mig_error *error);
bool sqm_check_deferred(mig_ctx *ctx);
/* Do deferred foreign keys stand violated? */
bool sqm_deferred_pending(sqlite3 *db);
/* Sets an error when the unit was undone before its end. */
bool sqm_unit_usable(mig_ctx *ctx);
void sqm_suspect_clear(sqm_host *host);
/* Makes the statements of sqm_unit, anew where SQLite would have to prepare them again. */
int sqm_guards_arm(sqm_host *host);

/* caller.c */
bool sqm_caller_check(mig_ctx *ctx);
bool sqm_check_writable(mig_ctx *ctx, const char *action);

/* tables.c */
void sqm_schema_forget(sqm_host *host);
bool sqm_table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                     const char **why);
bool sqm_schema_create(mig_ctx *ctx, const char *owner);
bool sqm_table_create(mig_ctx *ctx, const char *name, const char *ddl, const char *owner);
bool sqm_count_rows(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows);

/* files.c */
void sqm_root_close(sqm_host *host);
bool sqm_may_read_files(mig_ctx *ctx, const char **why);
bool sqm_resolve_dir(mig_ctx *ctx, mig_str dir, mig_str *absolute);
bool sqm_list_files(mig_ctx *ctx, mig_str dir, const char *suffix, bool stamps, mig_file_fn file,
                    void *arg);
bool sqm_read_file(mig_ctx *ctx, mig_str dir, mig_str path, const mig_look *look, mig_str *text,
                   mig_str *stamp);
bool sqm_write_file(mig_ctx *ctx, mig_str dir, mig_str path, mig_str text);
/* "could not WHAT "PATH": reason" */
bool sqm_file_fail(mig_ctx *ctx, const char *what, const char *path, int number);
const char *sqm_file_path(mig_ctx *ctx, mig_str dir, mig_str path);
/* Sets an error for what is no regular file, or is a database of this connection. */
struct stat;
bool sqm_file_check(mig_ctx *ctx, const char *name, const struct stat *file);
mig_str sqm_file_stamp(mig_ctx *ctx, const struct stat *file);

/* stream.c */
bool sqm_file_open(mig_ctx *ctx, mig_str dir, mig_str path, mig_file **file, mig_str *stamp);
bool sqm_file_read(mig_ctx *ctx, mig_file *file, void *buffer, size_t n, size_t *got);
void sqm_file_close(mig_ctx *ctx, mig_file *file);
void sqm_files_close(sqm_host *host);

/* error.c */
/* The error of ctx as the text SQLite's clients print, made by sqlite3_malloc; NULL: no memory. */
char *sqm_error_text(const sqm_host *host, const mig_error *error);
/* The result code that goes with it. */
int sqm_error_code(const mig_error *error);
/* How many bytes of text to show, at most so many, cut between characters. */
size_t sqm_clip(const char *text, size_t most);

#endif
