/*
 * listings.c: the core's listings as table-valued functions, and what an action in FROM answers.
 *
 * Eponymous virtual tables: columns of the listing, then its arguments as hidden columns. The rows
 * are made at once and kept in the cursor, so that the cursor holds no statement open between rows.
 */
#include "sqm.h"

#include <string.h>

typedef struct table {
    sqlite3_vtab base;
    const sqm_function *function;
} table;

/* A value of a row; texts lie in cursor.bytes at offset. */
typedef struct cell {
    mig_type type;
    int64_t integer;
    size_t offset, n;
} cell;

typedef struct cursor {
    sqlite3_vtab_cursor base;
    cell *cells; /* row by row, n_columns each */
    size_t n_cells, cells_room;
    char *bytes;
    size_t n_bytes, bytes_room;
    size_t row;
    sqlite3_value *args[2]; /* what the hidden columns answer; NULL: not given */
} cursor;

/* ---- rows -------------------------------------------------------------------------------- */

/* Room for need more units of size bytes; NULL when there is no memory. */
static void *room_for(void *items, size_t n, size_t need, size_t *room, size_t size) {
    size_t more = *room * 2 > n + need ? *room * 2 : n + need;
    void *grown;

    if (items != NULL && n + need <= *room)
        return items;
    if (more < 64)
        more = 64;
    grown = sqlite3_realloc64(items, more * size);
    if (grown != NULL)
        *room = more;
    return grown;
}

static bool cell_add(cursor *self, const mig_value *value) {
    size_t n = value->type == MIG_TEXT ? value->text.n : 0;
    void *grown = room_for(self->cells, self->n_cells, 1, &self->cells_room, sizeof *self->cells);
    cell *to;

    if (grown == NULL)
        return false;
    self->cells = grown;
    grown = room_for(self->bytes, self->n_bytes, n, &self->bytes_room, 1);
    if (grown == NULL)
        return false;
    self->bytes = grown;
    to = &self->cells[self->n_cells++];
    to->type = value->type;
    to->integer = value->integer;
    to->offset = self->n_bytes;
    to->n = n;
    if (n > 0)
        memcpy(self->bytes + self->n_bytes, value->text.p, n);
    self->n_bytes += n;
    return true;
}

static bool row_take(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n_cols) {
    size_t i;

    for (i = 0; i < n_cols; i++)
        if (!cell_add(arg, &cols[i]))
            return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    return true;
}

static void rows_drop(cursor *self) {
    size_t i;

    self->n_cells = 0;
    self->n_bytes = 0;
    self->row = 0;
    for (i = 0; i < 2; i++) {
        sqlite3_value_free(self->args[i]);
        self->args[i] = NULL;
    }
}

/* ---- the virtual table ------------------------------------------------------------------- */

static char *declaration(const mig_listing *listing) {
    sqlite3_str *out = sqlite3_str_new(NULL);
    size_t i;

    sqlite3_str_appendall(out, "CREATE TABLE x(");
    for (i = 0; i < listing->n_columns; i++)
        sqlite3_str_appendf(out, "%s\"%w\" %s", i > 0 ? ", " : "", listing->columns[i].name,
                            listing->columns[i].type == MIG_INT ? "INTEGER" : "TEXT");
    for (i = 0; i < listing->max_args; i++)
        sqlite3_str_appendf(out, ", \"%w\" HIDDEN", listing->args[i]);
    sqlite3_str_appendall(out, ")");
    return sqlite3_str_finish(out);
}

static int listing_connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
                           sqlite3_vtab **made, char **message) {
    const sqm_function *function = arg;
    char *sql = declaration(function->listing);
    table *self;
    int rc;

    (void)argc;
    (void)argv;
    (void)message;
    if (sql == NULL)
        return SQLITE_NOMEM;
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    rc = sqlite3_declare_vtab(db, sql);
    sqlite3_free(sql);
    if (rc != SQLITE_OK)
        return rc;
    self = sqlite3_malloc64(sizeof *self);
    if (self == NULL)
        return SQLITE_NOMEM;
    memset(self, 0, sizeof *self);
    self->function = function;
    *made = &self->base;
    return SQLITE_OK;
}

static int listing_disconnect(sqlite3_vtab *vtab) {
    sqlite3_free(vtab);
    return SQLITE_OK;
}

/*
 * idxNum has a bit for each argument that is given; their values arrive in order of the arguments.
 * An argument that depends on a table later in the join cannot be served by this plan.
 */
static int listing_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
    const mig_listing *listing = ((const table *)vtab)->function->listing;
    int at[2] = {-1, -1}, i, argument, n = 0;

    for (i = 0; i < info->nConstraint; i++) {
        argument = info->aConstraint[i].iColumn - (int)listing->n_columns;
        if (argument < 0 || argument > 1 || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!info->aConstraint[i].usable)
            return SQLITE_CONSTRAINT;
        at[argument] = i;
    }
    for (argument = 0; argument < 2; argument++) {
        if (at[argument] < 0)
            continue;
        info->aConstraintUsage[at[argument]].argvIndex = ++n;
        info->aConstraintUsage[at[argument]].omit = 1;
        info->idxNum |= 1 << argument;
    }
    info->estimatedCost = 1000.0;
    info->estimatedRows = 100;
    return SQLITE_OK;
}

static int listing_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **made) {
    cursor *self = sqlite3_malloc64(sizeof *self);

    (void)vtab;
    if (self == NULL)
        return SQLITE_NOMEM;
    memset(self, 0, sizeof *self);
    *made = &self->base;
    return SQLITE_OK;
}

static int listing_close(sqlite3_vtab_cursor *base) {
    cursor *self = (cursor *)base;

    rows_drop(self);
    sqlite3_free(self->cells);
    sqlite3_free(self->bytes);
    sqlite3_free(self);
    return SQLITE_OK;
}

static bool args_take(mig_ctx *ctx, cursor *self, int given, sqlite3_value **argv,
                      mig_value *args) {
    int argument, n = 0;

    memset(args, 0, 2 * sizeof *args);
    for (argument = 0; argument < 2; argument++) {
        if ((given & (1 << argument)) == 0)
            continue;
        self->args[argument] = sqlite3_value_dup(argv[n]);
        if (self->args[argument] == NULL)
            return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
        if (!sqm_value(ctx, argv[n++], &args[argument]))
            return false;
    }
    return true;
}

/* The error as the message of the virtual table. */
static int listing_fail(sqlite3_vtab *vtab, const sqm_host *host, const mig_error *error) {
    if (error->code == MIG_E_NOMEM)
        return SQLITE_NOMEM;
    sqlite3_free(vtab->zErrMsg);
    vtab->zErrMsg = sqm_error_text(host, error);
    return vtab->zErrMsg == NULL ? SQLITE_NOMEM : sqm_error_code(error);
}

static int listing_filter(sqlite3_vtab_cursor *base, int given, const char *text, int argc,
                          sqlite3_value **argv) {
    cursor *self = (cursor *)base;
    const sqm_function *function = ((const table *)base->pVtab)->function;
    const mig_listing *listing = function->listing;
    mig_value args[2];
    sqm_host host;
    mig_ctx *ctx = sqm_call_begin(&host, function->module, listing->name);
    int rc = SQLITE_OK;

    (void)text;
    (void)argc;
    rows_drop(self);
    if (ctx == NULL)
        return SQLITE_NOMEM;
    host.row = row_take;
    host.row_arg = self;
    if (args_take(ctx, self, given, argv, args))
        listing->run(ctx, args, listing->max_args);
    if (mig_ctx_error(ctx) != NULL)
        rc = listing_fail(base->pVtab, &host, mig_ctx_error(ctx));
    sqm_call_end(&host, ctx);
    return rc;
}

static int listing_next(sqlite3_vtab_cursor *base) {
    ((cursor *)base)->row++;
    return SQLITE_OK;
}

static size_t columns_of(const sqlite3_vtab_cursor *base) {
    return ((const table *)base->pVtab)->function->listing->n_columns;
}

static int listing_eof(sqlite3_vtab_cursor *base) {
    const cursor *self = (const cursor *)base;

    return self->row >= self->n_cells / columns_of(base);
}

static int listing_column(sqlite3_vtab_cursor *base, sqlite3_context *sql, int i) {
    const cursor *self = (const cursor *)base;
    size_t n = columns_of(base), column = (size_t)i;
    const cell *from;

    if (column >= n) {
        if (column - n < 2 && self->args[column - n] != NULL)
            sqlite3_result_value(sql, self->args[column - n]);
        return SQLITE_OK;
    }
    from = &self->cells[self->row * n + column];
    if (from->type == MIG_INT)
        sqlite3_result_int64(sql, from->integer);
    else if (from->type == MIG_TEXT)
        sqlite3_result_text64(sql, self->bytes + from->offset, from->n, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    return SQLITE_OK;
}

static int listing_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
    *rowid = (sqlite3_int64)((const cursor *)base)->row + 1;
    return SQLITE_OK;
}

/* An action in FROM: virtual tables cannot drop tables, and may be run twice or half. */
static int action_connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
                          sqlite3_vtab **made, char **message) {
    const sqm_function *function = arg;

    (void)db;
    (void)argc;
    (void)argv;
    (void)made;
    *message = sqlite3_mprintf("%s is a function, not a table\nHINT:  Type SELECT %s(...); without "
                               "FROM.",
                               function->action->name, function->action->name);
    return *message == NULL ? SQLITE_NOMEM : SQLITE_ERROR;
}

static const sqlite3_module listing_methods = {
    .iVersion = 0,
    .xConnect = listing_connect,
    .xBestIndex = listing_best_index,
    .xDisconnect = listing_disconnect,
    .xOpen = listing_open,
    .xClose = listing_close,
    .xFilter = listing_filter,
    .xNext = listing_next,
    .xEof = listing_eof,
    .xColumn = listing_column,
    .xRowid = listing_rowid,
};

/* Nothing else of it is ever called: no table comes of it. */
static const sqlite3_module action_methods = {
    .iVersion = 0,
    .xConnect = action_connect,
};

/* SQLite calls the destructor also when it fails. */
int sqm_listings_register(sqm_module *module) {
    size_t n = mig_n_actions + mig_n_listings, i;
    sqm_function *function;
    bool action;
    int rc = SQLITE_OK;

    for (i = 0; i < n && rc == SQLITE_OK; i++) {
        function = &module->functions[i];
        action = function->action != NULL;
        module->refs++;
        rc = sqlite3_create_module_v2(
            module->db, action ? function->action->name : function->listing->name,
            action ? &action_methods : &listing_methods, function, sqm_function_release);
    }
    return rc;
}
