/*
 * script.h: reads revision scripts (their format: docs/file-format.md).
 *
 * A text holds one revision or several (a bundle). Nothing is looked up and nothing is run: the
 * result is what the text says, with places. Everything wrong is a complaint; the parser goes on
 * with the next revision of the text.
 */
#ifndef MIG_SCRIPT_H
#define MIG_SCRIPT_H

#include "checksum.h"
#include "complaint.h"
#include "split.h"
#include "text.h"

typedef enum mig_section_kind {
    MIG_SECTION_UP,
    MIG_SECTION_DOWN,
    MIG_SECTION_VERIFY
} mig_section_kind;

typedef enum mig_section_engine {
    MIG_ENGINE_BOTH,
    MIG_ENGINE_POSTGRESQL,
    MIG_ENGINE_SQLITE
} mig_section_engine;

typedef struct mig_section {
    mig_section_kind kind;
    mig_section_engine engine;
    bool transaction; /* false: transaction:false */
    mig_str text;     /* the SQL between this marker line and the next, a view of the script */
    int line;         /* of text's first byte, in the file */
    char checksum[MIG_CHECKSUM_SIZE];
    bool counted; /* the next three are filled: it was read as a section of this engine */
    size_t n_statements;
    unsigned traits; /* of all its statements, see split.h */
    bool closed;     /* the last of them is known to end with a semicolon */
    mig_locks locks;
} mig_section;

/* One revision script. All texts are views of the input or live in the arena. */
typedef struct mig_script {
    mig_str id;
    mig_str message;     /* the first comment line; may be empty */
    mig_str description; /* the other free comment lines, joined by LF */
    mig_list revises;    /* ids as written; empty: a base */
    mig_list depends_on; /* ids or labels as written */
    mig_list labels;
    mig_str created;    /* ISO 8601 UTC ("2024-02-06T14:30:00Z"), or empty */
    int64_t created_at; /* microseconds since 1970 UTC; INT64_MAX when missing */
    mig_section *sections;
    size_t n_sections;
    mig_str text;   /* the whole revision, from its header to the next revision's, with LF ends */
    mig_str source; /* file or bundle name, for messages */
    int line;       /* of text's first byte in source */
    int id_line;    /* of the Revision ID line */
} mig_script;

/*
 * Reads all revisions of a text. source names it in complaints. For checks that depend on the
 * engine (statements that are refused when loaded) engine says where we are: sections of the other
 * engine are kept but only their markers are checked.
 * Complaints go to list; the answer holds what could be read. false only with an error in ctx.
 * An empty text, or one without any "Revision ID:" line, is a complaint.
 */
bool mig_script_parse(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text,
                      mig_complaints *list, mig_script **scripts, size_t *n);

/* Reads the one revision of a text that mig_script_parse took without complaints before, which its
   hash proves: nothing is checked again. Of the answer only id, text, source, line and the sections
   without their checksums are filled. line is that of the text's first byte in source. */
mig_script *mig_script_parse_known(mig_ctx *ctx, mig_str source, mig_str id, mig_str text,
                                   int line);

/* Does a section that is marked so run on the engine? */
bool mig_engine_takes(mig_engine engine, mig_section_engine section);
bool mig_section_runs(const mig_section *section, mig_engine engine);

const char *mig_section_kind_name(mig_section_kind kind);

/* Is it allowed as an id or as a label (the same alphabet)? *why says what is wrong, as the end of
   a message. Reserved words are refused in any case: head, heads, base, current, and none, which
   Revises reads as base. */
bool mig_id_check(mig_str id, const char **why);

/*
 * The frozen checksum of a script on an engine: the checksums of its up and verify sections that
 * run there, joined by blanks, in file order; "-" when there is none. And of its down sections.
 */
mig_str mig_script_up_checksum(mig_ctx *ctx, const mig_script *script, mig_engine engine);
mig_str mig_script_down_checksum(mig_ctx *ctx, const mig_script *script, mig_engine engine);

/*
 * Facts of a script's up or down sections that run on the engine, for plans that do not read the
 * text. Lines separated by LF, each at most once, in this order; names as the script spells them,
 * fields separated by TAB:
 *
 *   s=3                          statements in all these sections; always there
 *   outside                      one of the sections is transaction:false
 *   blocked CREATE DATABASE      a statement (its first words) that cannot run in a transaction, in
 *                                a section that is not transaction:false
 *   concurrently                 the same for CREATE, DROP INDEX or REINDEX with CONCURRENTLY
 *   enum value                   ALTER TYPE ... ADD VALUE in a section that is not transaction:false
 *   locks 6 8                    entries of the lock table that the sections need, at least and likely
 *                                (mig_locks), where there are any; PostgreSQL only
 *   drop table<TAB>name          what would be lost
 *   drop column<TAB>table<TAB>column
 *   plain 173 120 8              one section is all that runs here, and nothing has to be known of
 *                                its statements before they run: where its text begins in that of the
 *                                script, its bytes, its line from that of the script
 *
 * Empty: no section of the kind runs here. The up facts do not count verify sections.
 */
mig_str mig_script_facts(mig_ctx *ctx, const mig_script *script, mig_section_kind kind,
                         mig_engine engine);

/* The number of statements; 0 for empty facts. */
int64_t mig_facts_statements(mig_str facts);

/* Is there a fact of this name ("outside", "blocked", "concurrently", "enum value", "drop table",
   "drop column")? */
bool mig_facts_has(mig_str facts, const char *name);

/* Adds the fact "locks" to *locks, once for all sections. */
void mig_facts_locks(mig_str facts, mig_locks *locks);

/* The next fact of this name and what stands behind it; false at the end. *rest starts as the facts
   and moves on. */
bool mig_facts_next(mig_str *rest, const char *name, mig_str *value);

/* The section of a "plain" fact, a view of the script's text, whose first line has the number line;
   false: there is none, or the text has no section of the kind there. Only kind, text, line,
   transaction and n_statements are filled. */
bool mig_facts_plain(mig_str facts, mig_str script, int line, mig_section_kind kind,
                     mig_section *section);

/* The next loss; false at the end. *rest as above. */
bool mig_facts_next_loss(mig_str *rest, mig_loss *loss);

/* The text of a new script. Times and ids come from the caller. up and down may be empty: then the
   section is left open for the user to fill in. A text whose message would be read as something
   else (a header line, a marker) is MIG_E_ARGUMENT. */
typedef struct mig_template {
    mig_str message, id, created; /* created as "2024-02-06 14:30:00" */
    mig_list revises, depends_on, labels;
    mig_str up, down;
} mig_template;
mig_str mig_template_text(mig_ctx *ctx, const mig_template *t);
/* "20240206_1430_abc123def456_add_gpx_files_table.sql" */
mig_str mig_template_file_name(mig_ctx *ctx, const mig_template *t);

#endif
