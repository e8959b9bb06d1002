/*
 * store.c: the rows of store.h: the INSERTs and all that reads or writes single rows. The tables are
 * made in store_tables.c, the queries that read a whole state stand in state.c.
 *
 * SQL is written once for both engines. Equality is written {=}: PostgreSQL gets a qualified operator,
 * because a caller's search_path may hold an operator of the same name.
 */
#include "store.h"

#include <string.h>

#include "checksum.h"
#include "value.h"

/* ---- statements ------------------------------------------------------------------------- */

const char *const mig_revision_insert =
    "INSERT INTO {revision} (revision, revises, depends_on, labels, message, description, created, "
    "source, directory, file_stamp, up_checksum, down_checksum, script_hash, up_facts, down_facts, "
    "size, first_line, missing) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
    "$14, $15, $16, $17, $18)";
const char *const mig_revision_delete = "DELETE FROM {revision} WHERE revision {=} $1";
const char *const mig_script_insert = "INSERT INTO {script} (revision, script) VALUES ($1, $2)";
const char *const mig_script_delete = "DELETE FROM {script} WHERE revision {=} $1";
const char *const mig_applied_insert =
    "INSERT INTO {applied} (target, revision, seq, applied_at, stamped, ran_checksum) VALUES ('', "
    "$1, $2, $3, $4, $5)";
const char *const mig_applied_delete =
    "DELETE FROM {applied} WHERE target {=} '' AND revision {=} $1";
const char *const mig_log_insert = "INSERT INTO {log} (target, id, at, who, action, revision, "
                                   "duration_ms, outcome, detail) VALUES "
                                   "('', $1, $2, $3, $4, $5, $6, $7, $8)";
static const char *const log_failure_insert =
    "INSERT INTO {log} (target, id, at, who, action, revision, duration_ms, outcome, detail, "
    "sqlstate, statement) VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/* The same for MIG_STORE_GROUP rows. */
static const char applied_group_insert[] =
    "INSERT INTO {applied} (target, revision, seq, applied_at, stamped, ran_checksum) VALUES "
    "('', $1, $2, $3, $4, $5), ('', $6, $7, $8, $9, $10), ('', $11, $12, $13, $14, $15), "
    "('', $16, $17, $18, $19, $20), ('', $21, $22, $23, $24, $25), "
    "('', $26, $27, $28, $29, $30), ('', $31, $32, $33, $34, $35), "
    "('', $36, $37, $38, $39, $40)";
static const char log_group_insert[] =
    "INSERT INTO {log} (target, id, at, who, action, revision, duration_ms, outcome, detail) "
    "VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8), ('', $9, $10, $11, $12, $13, $14, $15, $16), "
    "('', $17, $18, $19, $20, $21, $22, $23, $24), ('', $25, $26, $27, $28, $29, $30, $31, $32), "
    "('', $33, $34, $35, $36, $37, $38, $39, $40), ('', $41, $42, $43, $44, $45, $46, $47, $48), "
    "('', $49, $50, $51, $52, $53, $54, $55, $56), ('', $57, $58, $59, $60, $61, $62, $63, $64)";

#define APPLIED_VALUES 5 /* of a row */
#define LOG_VALUES 8

/* ---- scripts ----------------------------------------------------------------------------- */

typedef struct script_rows {
    const mig_str *ids;
    mig_str *texts;
    size_t n;
    size_t next; /* behind the place of the last row: rows mostly come in the order of ids */
} script_rows;

static bool script_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    script_rows *rows = arg;
    size_t i, at;

    (void)n;
    for (i = 0; i < rows->n; i++) {
        at = (rows->next + i) % rows->n;
        if (!mig_str_eq(rows->ids[at], cols[0].text))
            continue;
        rows->texts[at] = mig_str_copy(ctx, cols[1].text);
        rows->next = at + 1;
        break;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool script_read(mig_ctx *ctx, const mig_str *id, mig_str *text) {
    mig_value param = mig_value_text(*id);
    script_rows rows = {id, text, 1, 0};

    return mig_ctx_host(ctx)->query(ctx,
                                    "SELECT revision, script FROM {script} WHERE revision {=} $1",
                                    &param, 1, MIG_SNAPSHOT_FRESH, script_row, &rows);
}

/* SQLite is asked for one after another: for a list it would make a table of its own each time. */
bool mig_store_scripts(mig_ctx *ctx, const mig_str *ids, size_t n, mig_str *texts) {
    mig_value params[MIG_STORE_BATCH];
    script_rows rows = {ids, texts, n, 0};
    size_t i;

    memset(texts, 0, n * sizeof *texts);
    if (n == 1 || mig_ctx_host(ctx)->engine == MIG_SQLITE) {
        for (i = 0; i < n; i++)
            if (!script_read(ctx, &ids[i], &texts[i]))
                return false;
        return true;
    }
    for (i = 0; i < MIG_STORE_BATCH; i++)
        params[i] = i < n ? mig_value_text(ids[i]) : (mig_value){MIG_NULL, {NULL, 0}, 0};
    return mig_ctx_host(ctx)->query(
        ctx,
        "SELECT revision, script FROM {script} WHERE revision IN ($1, $2, $3, $4, $5, "
        "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, "
        "$22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, "
        "$38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, "
        "$54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)",
        params, MIG_STORE_BATCH, MIG_SNAPSHOT_FRESH, script_row, &rows);
}

static bool text_tampered(mig_ctx *ctx, const mig_revision *revision) {
    mig_fail(ctx, MIG_E_CHECKSUM,
             "the stored script of revision \"%.*s\" does not match its checksum",
             MIG_FMT(revision->id));
    mig_detail(ctx, "It was changed in the table script, not by a load.");
    mig_hint(ctx,
             "The stored text is not run. To take the text of the file again: UPDATE %s SET "
             "script_hash = '', file_stamp = '' WHERE revision = '%.*s', then load it.",
             mig_table_name(mig_ctx_host(ctx)->engine, MIG_STR("revision")), MIG_FMT(revision->id));
    return false;
}

bool mig_store_script_check(mig_ctx *ctx, const mig_revision *revision, mig_str text) {
    char hash[65];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (text.p == NULL) {
        mig_fail(ctx, MIG_E_CORRUPT, "the script of revision \"%.*s\" is not in the catalog",
                 MIG_FMT(revision->id));
        mig_hint(ctx, "Load the directory that holds it.");
        return false;
    }
    mig_sha256_hex(text, hash);
    return mig_str_is(revision->text_hash, hash) || text_tampered(ctx, revision);
}

mig_revision mig_revision_of(mig_ctx *ctx, const mig_script *script) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    mig_revision revision;
    char hash[65];

    memset(&revision, 0, sizeof revision);
    mig_sha256_hex(script->text, hash);
    revision.id = script->id;
    revision.message = script->message;
    revision.description = script->description;
    revision.revises = script->revises;
    revision.depends_on = script->depends_on;
    revision.labels = script->labels;
    revision.created = script->created;
    revision.created_at = script->created_at;
    revision.source = script->source;
    revision.text_hash = mig_str_copy(ctx, (mig_str){hash, 64});
    revision.up_checksum = mig_script_up_checksum(ctx, script, engine);
    revision.down_checksum = mig_script_down_checksum(ctx, script, engine);
    revision.up_facts = mig_script_facts(ctx, script, MIG_SECTION_UP, engine);
    revision.down_facts = mig_script_facts(ctx, script, MIG_SECTION_DOWN, engine);
    revision.size = (int64_t)script->text.n;
    revision.first_line = script->line;
    revision.line = script->id_line;
    return revision;
}

mig_str mig_links_text(mig_ctx *ctx, const mig_list *list) {
    return mig_str_join(ctx, list->items, list->n, ",");
}

/* ---- writing ----------------------------------------------------------------------------- */

void mig_revision_values(mig_ctx *ctx, const mig_revision *revision, mig_value *values) {
    values[0] = mig_value_text(revision->id);
    values[1] = mig_value_text(mig_links_text(ctx, &revision->revises));
    values[2] = mig_value_text(mig_links_text(ctx, &revision->depends_on));
    values[3] = mig_value_text(mig_links_text(ctx, &revision->labels));
    values[4] = mig_value_text(revision->message);
    values[5] = mig_value_text(revision->description);
    values[6] = mig_value_text(revision->created);
    values[7] = mig_value_text(revision->source);
    values[8] = mig_value_text(revision->directory);
    values[9] = mig_value_text(revision->file_stamp);
    values[10] = mig_value_text(revision->up_checksum);
    values[11] = mig_value_text(revision->down_checksum);
    values[12] = mig_value_text(revision->text_hash);
    values[13] = mig_value_text(revision->up_facts);
    values[14] = mig_value_text(revision->down_facts);
    values[15] = mig_value_int(revision->size);
    values[16] = mig_value_int(revision->first_line);
    values[17] = mig_value_int(revision->missing ? 1 : 0);
}

bool mig_store_revision_put(mig_ctx *ctx, const mig_revision *revision, mig_str text, bool exists) {
    mig_host *host = mig_ctx_host(ctx);
    mig_value values[MIG_REVISION_COLUMNS], script[2];

    if (exists && !mig_store_revision_delete(ctx, revision->id))
        return false;
    mig_revision_values(ctx, revision, values);
    script[0] = mig_value_text(revision->id);
    script[1] = mig_value_text(text);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    return host->exec(ctx, mig_revision_insert, values, MIG_REVISION_COLUMNS) &&
           host->exec(ctx, mig_script_insert, script, 2);
}

bool mig_store_revision_place(mig_ctx *ctx, const mig_revision *revision) {
    mig_value values[5];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    values[0] = mig_value_text(revision->id);
    values[1] = mig_value_text(revision->source);
    values[2] = mig_value_text(revision->directory);
    values[3] = mig_value_text(revision->file_stamp);
    values[4] = mig_value_int(revision->missing ? 1 : 0);
    return mig_ctx_host(ctx)->exec(
        ctx,
        "UPDATE {revision} SET source = $2, directory = $3, file_stamp = "
        "$4, missing = $5 WHERE revision {=} $1",
        values, 5);
}

bool mig_store_revision_delete(mig_ctx *ctx, mig_str id) {
    mig_host *host = mig_ctx_host(ctx);
    mig_value value = mig_value_text(id);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    return host->exec(ctx, mig_revision_delete, &value, 1) &&
           host->exec(ctx, mig_script_delete, &value, 1);
}

static bool description_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(mig_str *)arg = mig_str_copy(ctx, cols[0].text);
    return true;
}

bool mig_store_description(mig_ctx *ctx, mig_str id, mig_str *description) {
    mig_value value = mig_value_text(id);

    return mig_ctx_host(ctx)->query(ctx, "SELECT description FROM {revision} WHERE revision {=} $1",
                                    &value, 1, MIG_SNAPSHOT_CALLER, description_row, description);
}

static void applied_values(mig_value *values, const mig_applied_row *row) {
    values[0] = mig_value_text(row->revision);
    values[1] = mig_value_int(row->seq);
    values[2] = mig_value_text(row->at);
    values[3] = mig_value_int(row->stamped ? 1 : 0);
    values[4] = mig_value_text(row->ran);
}

bool mig_store_applied_add(mig_ctx *ctx, const mig_applied_row *row) {
    mig_value values[APPLIED_VALUES];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    applied_values(values, row);
    return mig_ctx_host(ctx)->exec(ctx, mig_applied_insert, values, APPLIED_VALUES);
}

bool mig_store_applied_add_group(mig_ctx *ctx, const mig_applied_row *rows) {
    mig_value values[MIG_STORE_GROUP * APPLIED_VALUES];
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    for (i = 0; i < MIG_STORE_GROUP; i++)
        applied_values(values + i * APPLIED_VALUES, &rows[i]);
    return mig_ctx_host(ctx)->exec(ctx, applied_group_insert, values,
                                   MIG_STORE_GROUP * APPLIED_VALUES);
}

bool mig_store_applied_remove(mig_ctx *ctx, mig_str revision) {
    mig_value value = mig_value_text(revision);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    return mig_ctx_host(ctx)->exec(ctx, mig_applied_delete, &value, 1);
}

bool mig_store_applied_rerun(mig_ctx *ctx, mig_str revision, mig_str ran) {
    mig_value values[2];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    values[0] = mig_value_text(revision);
    values[1] = mig_value_text(ran);
    return mig_ctx_host(ctx)->exec(
        ctx, "UPDATE {applied} SET ran_checksum = $2 WHERE target {=} '' AND revision {=} $1",
        values, 2);
}

/* The values of log_insert, the first of those of log_failure_insert. */
static void log_values(mig_ctx *ctx, mig_value *values, const mig_log_row *row, int64_t id) {
    values[0] = mig_value_int(id);
    values[1] = mig_value_text(row->at);
    values[2] = mig_value_text(mig_ctx_host(ctx)->user(ctx));
    values[3] = mig_value_text(mig_str_of(row->action));
    values[4] = mig_value_text(row->revision);
    values[5] = row->duration_ms < 0 ? (mig_value){MIG_NULL, {NULL, 0}, 0}
                                     : mig_value_int(row->duration_ms);
    values[6] = mig_value_text(mig_str_of(row->outcome));
    values[7] = mig_value_text(row->detail);
}

bool mig_store_log_add(mig_ctx *ctx, const mig_log_row *row, int64_t *last_log) {
    mig_value values[LOG_VALUES];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    log_values(ctx, values, row, *last_log + 1);
    if (mig_ctx_error(ctx) != NULL ||
        !mig_ctx_host(ctx)->exec(ctx, mig_log_insert, values, LOG_VALUES))
        return false;
    ++*last_log;
    return true;
}

bool mig_store_log_failure(mig_ctx *ctx, const mig_log_row *row, const char *sqlstate,
                           mig_str statement, int64_t *last_log) {
    mig_value values[LOG_VALUES + 2];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    log_values(ctx, values, row, *last_log + 1);
    values[LOG_VALUES] = mig_value_text(mig_str_of(sqlstate));
    values[LOG_VALUES + 1] = mig_value_text(statement);
    if (mig_ctx_error(ctx) != NULL ||
        !mig_ctx_host(ctx)->exec(ctx, log_failure_insert, values, LOG_VALUES + 2))
        return false;
    ++*last_log;
    return true;
}

bool mig_store_log_add_group(mig_ctx *ctx, const mig_log_row *rows, int64_t *last_log) {
    mig_value values[MIG_STORE_GROUP * LOG_VALUES];
    size_t i;

    for (i = 0; i < MIG_STORE_GROUP && mig_ctx_error(ctx) == NULL; i++)
        log_values(ctx, values + i * LOG_VALUES, &rows[i], *last_log + 1 + (int64_t)i);
    if (mig_ctx_error(ctx) != NULL ||
        !mig_ctx_host(ctx)->exec(ctx, log_group_insert, values, MIG_STORE_GROUP * LOG_VALUES))
        return false;
    *last_log += MIG_STORE_GROUP;
    return true;
}

/* ---- the log ----------------------------------------------------------------------------- */

static bool log_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)arg;
    return mig_ctx_host(ctx)->row(ctx, cols, n);
}

static void part_add(mig_buf *line, const char *between, mig_str text) {
    if (text.n == 0)
        return;
    mig_buf_add_z(line, between);
    mig_buf_add(line, text);
}

static bool log_line(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    mig_buf line = mig_buf_new(ctx);

    (void)arg;
    (void)n;
    mig_buf_addf(&line, "%.*s %.*s %.*s %.*s %.*s", MIG_FMT(cols[1].text), MIG_FMT(cols[2].text),
                 MIG_FMT(cols[3].text), MIG_FMT(cols[5].text), MIG_FMT(cols[7].text));
    part_add(&line, " ", cols[9].text);
    part_add(&line, ": ", cols[8].text);
    part_add(&line, ": ", cols[10].text);
    return mig_ctx_error(ctx) == NULL && mig_answer_line(ctx, mig_buf_str(&line));
}

static bool log_read(mig_ctx *ctx, mig_row_fn row) {
    int format;

    if (!mig_store_exists(ctx, &format) || format == 0)
        return mig_ctx_error(ctx) == NULL;
    return mig_ctx_host(ctx)->query(
        ctx,
        format == 1 ? "SELECT id, at, who, action, target, revision, duration_ms, outcome, detail, "
                      "'', '' FROM {log} WHERE target {=} '' ORDER BY id"
                    : "SELECT id, at, who, action, target, revision, duration_ms, outcome, detail, "
                      "sqlstate, statement FROM {log} WHERE target {=} '' ORDER BY id",
        NULL, 0, MIG_SNAPSHOT_CALLER, row, NULL);
}

bool mig_store_log_list(mig_ctx *ctx) {
    return log_read(ctx, log_row);
}

bool mig_store_log_lines(mig_ctx *ctx) {
    return log_read(ctx, log_line);
}

static bool last_run_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(mig_str *)arg =
        mig_str_format(ctx, "%.*s %.*s %.*s %.*s", MIG_FMT(cols[0].text), MIG_FMT(cols[1].text),
                       MIG_FMT(cols[2].text), MIG_FMT(cols[3].text));
    return mig_ctx_error(ctx) == NULL;
}

static bool failed_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)n;
    *(bool *)arg = mig_str_is(cols[0].text, "failed");
    return true;
}

bool mig_store_failed_last(mig_ctx *ctx, mig_str revision, bool *failed) {
    mig_value value = mig_value_text(revision);

    *failed = false;
    return mig_ctx_host(ctx)->query(
        ctx,
        "SELECT outcome FROM {log} WHERE target {=} '' AND revision {=} "
        "$1 ORDER BY id DESC LIMIT 1",
        &value, 1, MIG_SNAPSHOT_FRESH, failed_row, failed);
}

bool mig_store_last_run(mig_ctx *ctx, mig_str *text) {
    return mig_ctx_host(ctx)->query(
        ctx,
        "SELECT at, action, revision, outcome FROM {log} WHERE target {=} '' AND action IN "
        "('upgrade', 'downgrade', 'stamp') ORDER BY id DESC LIMIT 1",
        NULL, 0, MIG_SNAPSHOT_CALLER, last_run_row, text);
}
