/*
 * store.h: the core's own tables: what they are, making them, reading and writing their rows.
 *
 * The tables are ordinary tables of the user's database (PostgreSQL: schema migrate; SQLite: prefix
 * migrate_), made at the first action, so that dumps, restores and DROP EXTENSION keep the history.
 * They are untrusted input: anybody who may write them can put anything there, so everything read
 * is checked again. Columns: docs/tables.md.
 *
 * Nothing here locks; the command does (session.h).
 */
#ifndef MIG_STORE_H
#define MIG_STORE_H

#include "graph.h"
#include "script.h"

/* The format of the tables, meta row "format": what they are, and what their columns mean. Older ones
   are read as they are, and brought to this one by the first action that writes (format.h). */
#define MIG_STORE_FORMAT 2
/* The oldest format whose tables have all that an offline script writes. */
#define MIG_STORE_OFFLINE 1

/* A row of applied. */
typedef struct mig_applied_row {
    mig_str revision, at, ran;
    int64_t seq;
    bool stamped;
} mig_applied_row;

/* One row of log, to be written. Times as ISO text. */
typedef struct mig_log_row {
    const char *action;
    mig_str revision, detail, at;
    const char *outcome;
    int64_t duration_ms; /* -1: not measured */
} mig_log_row;

/* The statement that makes table i (0 ..) in a format, with {name} for the table; its plain name in
   *name; NULL past the last one. In the arena. */
const char *mig_store_ddl(mig_ctx *ctx, size_t i, int format, const char **name);
/* The text with the engine's type of a text column for each {text}. In the arena. */
const char *mig_store_typed(mig_ctx *ctx, const char *sql);

/* Are the tables there and ours? *format becomes theirs, 0: they are not there. An impostor, a part of
   them, or a newer format is an error. */
bool mig_store_exists(mig_ctx *ctx, int *format);
/* The same, of which only the table meta is looked at. */
bool mig_store_format(mig_ctx *ctx, int *format);

/* Makes the tables where they are missing; owner NULL: the caller. *made says whether it did. Those that
   are there stay in their *format. */
bool mig_store_init(mig_ctx *ctx, const char *owner, bool *made, int *format);

/* The texts of some revisions (at most MIG_STORE_BATCH), from script; texts[i].p NULL: not there. */
#define MIG_STORE_BATCH 64
bool mig_store_scripts(mig_ctx *ctx, const mig_str *ids, size_t n, mig_str *texts);

/* Catalog writes. put writes row and text; exists: over those that are there. place changes only
   source, directory, file_stamp and missing. */
bool mig_store_revision_put(mig_ctx *ctx, const mig_revision *revision, mig_str text, bool exists);
bool mig_store_revision_place(mig_ctx *ctx, const mig_revision *revision);
bool mig_store_revision_delete(mig_ctx *ctx, mig_str id);

/* The description of a revision, which no state holds; untouched where the row is not there. */
bool mig_store_description(mig_ctx *ctx, mig_str id, mig_str *description);

/* Applied set and log writes. Ids of log rows follow *last_log. A group of rows costs much less than
   as many single ones. A failure has the SQLSTATE and the statement too; both may be empty. */
#define MIG_STORE_GROUP 8
bool mig_store_applied_add(mig_ctx *ctx, const mig_applied_row *row);
bool mig_store_applied_add_group(mig_ctx *ctx, const mig_applied_row *rows);
bool mig_store_applied_remove(mig_ctx *ctx, mig_str revision);
bool mig_store_applied_rerun(mig_ctx *ctx, mig_str revision, mig_str ran);
bool mig_store_log_add(mig_ctx *ctx, const mig_log_row *row, int64_t *last_log);
bool mig_store_log_failure(mig_ctx *ctx, const mig_log_row *row, const char *sqlstate,
                           mig_str statement, int64_t *last_log);
bool mig_store_log_add_group(mig_ctx *ctx, const mig_log_row *rows, int64_t *last_log);

/* Sends the log rows to host->row, oldest first. */
bool mig_store_log_list(mig_ctx *ctx);
/* The same as answer lines. */
bool mig_store_log_lines(mig_ctx *ctx);
/* The newest log row of a run (upgrade, downgrade, stamp) as one text, or empty. */
bool mig_store_last_run(mig_ctx *ctx, mig_str *text);
/* Is the newest log row of the revision a failure? Then a part of it ran and was committed. */
bool mig_store_failed_last(mig_ctx *ctx, mig_str revision, bool *failed);

/* A revision row from a parsed script. */
mig_revision mig_revision_of(mig_ctx *ctx, const mig_script *script);

/* Is text (p NULL: there is none) what the hash of the revision says? Else an error; that for text
   that was changed behind our back is MIG_E_CHECKSUM. */
bool mig_store_script_check(mig_ctx *ctx, const mig_revision *revision, mig_str text);

/* Comma-joined, as in the tables and listings. */
mig_str mig_links_text(mig_ctx *ctx, const mig_list *list);

/* The statements of the writes above and the values of a revision row in their order, for offline
   scripts too. */
#define MIG_REVISION_COLUMNS 18
extern const char *const mig_revision_insert; /* "INSERT INTO {revision} (...) VALUES ($1, ...)" */
extern const char *const mig_revision_delete;
extern const char *const mig_script_insert;
extern const char *const mig_script_delete;
extern const char *const mig_applied_insert;
extern const char *const mig_applied_delete;
extern const char *const mig_log_insert;
void mig_revision_values(mig_ctx *ctx, const mig_revision *revision, mig_value *values);

#endif
