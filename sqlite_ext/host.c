/*
 * host.c: makes the host of one call, and the slots that need no file of their own.
 */
#include "sqm.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS ((int64_t)60000)
#define PATIENCE_VARIABLE "MIGRATE_LOCK_TIMEOUT" /* milliseconds */
#define RESERVE_BYTES ((size_t)64 * 1024)
#define INTERRUPT_US 10000 /* how often an interrupt is asked for at most */
#define NOTICE_FUNCTION "migrate_notice"
#define NAMELESS "memory" /* how a database without a file is called */

sqm_host *sqm_host_of(mig_ctx *ctx) {
    return (sqm_host *)mig_ctx_host(ctx);
}

/* ---- memory ------------------------------------------------------------------------------ */

static void *reserve_cut(sqm_host *host, size_t n) {
    size_t rounded = (n + 15) / 16 * 16;
    char *p;

    if (host->reserve == NULL || rounded < n || rounded > host->reserve_size - host->reserve_used)
        return NULL;
    p = (char *)host->reserve + host->reserve_used;
    host->reserve_used += rounded;
    return p;
}

static void *host_alloc(mig_host *base, size_t n) {
    void *p = sqlite3_malloc64(n);

    return p != NULL ? p : reserve_cut((sqm_host *)base, n);
}

static void host_release(mig_host *base, void *p) {
    const sqm_host *host = (const sqm_host *)base;
    uintptr_t at = (uintptr_t)p, reserve = (uintptr_t)host->reserve;

    if (host->reserve == NULL || at < reserve || at >= reserve + host->reserve_size)
        sqlite3_free(p);
}

static size_t answer_bytes(const mig_ctx *ctx) {
    const mig_str *lines;
    size_t n, i, size = 0;

    lines = mig_ctx_answer(ctx, &n);
    for (i = 0; i < n; i++)
        size += lines[i].n + 1;
    return size;
}

bool sqm_reserve(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);

    if (host->reserve == NULL) {
        host->reserve = sqlite3_malloc64(RESERVE_BYTES);
        host->reserve_size = RESERVE_BYTES;
    }
    sqlite3_free(host->answer_reserve);
    host->answer_size = answer_bytes(ctx) + RESERVE_BYTES;
    host->answer_reserve = sqlite3_malloc64(host->answer_size);
    if (host->reserve != NULL && host->answer_reserve != NULL)
        return true;
    return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
}

char *sqm_answer_room(sqm_host *host, size_t size) {
    char *room = host->answer_reserve;

    if (room == NULL || size > host->answer_size)
        return sqlite3_malloc64(size);
    host->answer_reserve = NULL;
    return room;
}

/* ---- the slots --------------------------------------------------------------------------- */

static bool host_in_transaction(mig_ctx *ctx) {
    return sqm_host_of(ctx)->callers;
}

static bool host_may_commit(mig_ctx *ctx) {
    return !sqm_host_of(ctx)->callers && sqm_host_of(ctx)->unit.nested == 0;
}

/* unit_begin takes the one write lock there is. */
static bool host_lock(mig_ctx *ctx, mig_lock_what what, mig_lock_level level, const char *target) {
    (void)what;
    (void)level;
    (void)target;
    return mig_ctx_error(ctx) == NULL;
}

/* A snapshot of the caller that is too old keeps unit_begin from getting the lock. */
static bool host_snapshot_fixed(mig_ctx *ctx) {
    (void)ctx;
    return false;
}

static int64_t host_now(mig_ctx *ctx) {
    struct timespec now;

    (void)ctx;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool host_random(mig_ctx *ctx, void *bytes, size_t n) {
    if (mig_ctx_error(ctx) != NULL)
        return false;
    sqlite3_randomness((int)n, bytes);
    return true;
}

/* While the statement that called us runs, an interrupt makes every step fail: so a step of the
   cheapest statement asks for it, on every version. Other statements notice it too, so that not
   every question needs one of its own. */
static bool host_interrupted(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    int64_t now = host_now(ctx);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (now - host->asked_at < INTERRUPT_US && now >= host->asked_at)
        return true;
    host->asked_at = now;
    return sqm_exec(ctx, "SELECT 1", NULL, 0);
}

/* SQLite has no users: the account of the operating system. */
static mig_str host_user(mig_ctx *ctx) {
    sqm_host *host = sqm_host_of(ctx);
    struct passwd entry, *found = NULL;
    char buffer[2048];

    if (host->user[0] == '\0') {
        if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
            snprintf(host->user, sizeof host->user, "%s", entry.pw_name);
        if (host->user[0] == '\0')
            snprintf(host->user, sizeof host->user, "uid %lu", (unsigned long)geteuid());
    }
    return mig_str_of(host->user);
}

/* Calling a function that is not there would put an error into the host's log each time. */
static bool notice_wanted(sqm_host *host) {
    if (host->notice < 0)
        host->notice = (int)sqm_integer(
            host, "SELECT 1 FROM pragma_function_list WHERE name = '" NOTICE_FUNCTION "' LIMIT 1",
            0);
    return host->notice > 0;
}

static bool host_notice(mig_ctx *ctx, const char *text) {
    sqm_host *host = sqm_host_of(ctx);
    mig_value value;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    sqlite3_log(SQLITE_NOTICE, "migrate: %s", text);
    if (!notice_wanted(host))
        return true;
    value.type = MIG_TEXT;
    value.text = mig_str_of(text);
    value.integer = 0;
    return sqm_exec(ctx, "SELECT " NOTICE_FUNCTION "($1)", &value, 1);
}

static bool host_row(mig_ctx *ctx, const mig_value *cols, size_t n_cols) {
    sqm_host *host = sqm_host_of(ctx);

    return mig_ctx_error(ctx) == NULL && host->row(ctx, host->row_arg, cols, n_cols);
}

/* The main file, absolute as SQLite has opened it; NULL: there is none. */
static const char *main_file(const sqm_host *host) {
    const char *file = sqlite3_db_filename(host->db, "main");

    return file != NULL && file[0] != '\0' ? file : NULL;
}

static mig_str host_database(mig_ctx *ctx) {
    const char *file = main_file(sqm_host_of(ctx)), *name;

    if (file == NULL)
        return MIG_STR(NAMELESS);
    name = strrchr(file, '/');
    return mig_str_copy(ctx, mig_str_of(name != NULL ? name + 1 : file));
}

static mig_str host_identity(mig_ctx *ctx) {
    const char *file = main_file(sqm_host_of(ctx));

    return file != NULL ? mig_str_copy(ctx, mig_str_of(file)) : MIG_STR(NAMELESS);
}

static int64_t patience(void) {
    int64_t value;

    if (mig_str_to_int(mig_str_of(getenv(PATIENCE_VARIABLE)), &value) && value >= 0 &&
        value <= 24 * 3600 * (int64_t)1000)
        return value;
    return PATIENCE_MS;
}

static void slots_fill(mig_host *base) {
    base->engine = MIG_SQLITE;
    base->alloc = host_alloc;
    base->release = host_release;
    base->exec = sqm_exec;
    base->query = sqm_query;
    base->run_section = sqm_run_section;
    base->check_deferred = sqm_check_deferred;
    base->guard = sqm_guard;
    base->run_outside = sqm_run_outside;
    base->attempt = sqm_attempt;
    base->unit_begin = sqm_unit_begin;
    base->unit_commit = sqm_unit_commit;
    base->unit_abort = sqm_unit_abort;
    base->in_transaction = host_in_transaction;
    base->may_commit = host_may_commit;
    base->lock = host_lock;
    base->data_version = sqm_data_version;
    base->snapshot_fixed = host_snapshot_fixed;
    base->check_writable = sqm_check_writable;
    base->table_state = sqm_table_state;
    base->schema_create = sqm_schema_create;
    base->table_create = sqm_table_create;
    base->prepare = sqm_statement_prepare;
    base->run = sqm_statement_run;
    base->unprepare = sqm_statement_unprepare;
    base->describe = sqm_describe;
    base->check_value = sqm_check_value;
    base->database = host_database;
    base->identity = host_identity;
    base->count_rows = sqm_count_rows;
    base->may_read_files = sqm_may_read_files;
    base->resolve_dir = sqm_resolve_dir;
    base->list_files = sqm_list_files;
    base->read_file = sqm_read_file;
    base->file_open = sqm_file_open;
    base->file_read = sqm_file_read;
    base->file_close = sqm_file_close;
    base->write_file = sqm_write_file;
    base->notice = host_notice;
    base->now = host_now;
    base->random = host_random;
    base->interrupted = host_interrupted;
    base->user = host_user;
    base->row = host_row;
}

mig_ctx *sqm_call_begin(sqm_host *host, sqm_module *module, const char *function) {
    memset(host, 0, sizeof *host);
    slots_fill(&host->base);
    host->db = module->db;
    host->module = module;
    host->function = function;
    host->callers = sqlite3_get_autocommit(module->db) == 0;
    host->patience_ms = patience();
    host->notice = -1;
    host->root = -1;
    return mig_ctx_new(&host->base);
}

void sqm_call_end(sqm_host *host, mig_ctx *ctx) {
    sqm_unit_close(host);
    sqm_guard_end(host);
    sqm_statements_drop(host);
    sqm_plans_drop(host);
    sqm_schema_forget(host);
    sqm_suspect_clear(host);
    sqm_root_close(host);
    mig_ctx_free(ctx);
    sqm_files_close(host);
    sqlite3_free(host->answer_reserve);
    sqlite3_free(host->reserve);
}

bool sqm_value(mig_ctx *ctx, sqlite3_value *from, mig_value *to) {
    memset(to, 0, sizeof *to);
    switch (sqlite3_value_type(from)) {
    case SQLITE_NULL:
        return true;
    case SQLITE_INTEGER:
        to->type = MIG_INT;
        to->integer = sqlite3_value_int64(from);
        return true;
    default:
        to->type = MIG_TEXT;
        to->text.p = (const char *)sqlite3_value_text(from);
        to->text.n = (size_t)sqlite3_value_bytes(from);
        if (to->text.p != NULL)
            return true;
        to->text = MIG_STR("");
        if (sqlite3_value_type(from) == SQLITE_BLOB)
            return true;
        return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    }
}
