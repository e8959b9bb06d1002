/*
 * copy.c: many rows into a table by the server's own COPY, with all that DoCopy checks before it
 * copies.
 *
 * Rows are written in the text format into a buffer from which the server reads; a plain CSV file it
 * reads as it is. Its callback takes no argument: what it reads from is a static, which is set for the
 * time of one copy. A source that fails ends the data; the error is found behind the copy, and who
 * catches it undoes what was copied.
 */
#include "pgm.h"

#include "access/table.h"
#include "access/xact.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

typedef struct copying {
    mig_ctx *ctx;
    mig_next_fn next;   /* rows */
    mig_bytes_fn bytes; /* or CSV */
    void *arg;
    mig_value *values;
    size_t n;
    StringInfoData row; /* encoded; read up to its cursor */
    bool ended;
} copying;

static copying *current = NULL;

/* ---- the text format */

static void text_add(StringInfo row, mig_str text) {
    const char *from = text.p, *end = text.p + text.n, *at;
    char c;

    for (at = from; at < end; at++) {
        c = *at;
        if (c != '\\' && c != '\t' && c != '\n' && c != '\r')
            continue;
        appendBinaryStringInfo(row, from, (int)(at - from));
        appendStringInfoChar(row, '\\');
        appendStringInfoChar(row, c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c);
        from = at + 1;
    }
    if (end > from)
        appendBinaryStringInfo(row, from, (int)(end - from));
}

static void value_add(StringInfo row, const mig_value *value) {
    char *text;

    switch (value->type) {
    case MIG_NULL:
        appendBinaryStringInfo(row, "\\N", 2);
        break;
    case MIG_TEXT:
        text_add(row, value->text);
        break;
    case MIG_INT:
        appendStringInfo(row, INT64_FORMAT, (int64)value->integer);
        break;
    case MIG_BLOB:
        text = pgm_value_text(value);
        text_add(row, (mig_str){text, strlen(text)});
        pfree(text);
        break;
    }
}

/* false: there are no more. */
static bool row_next(copying *self) {
    size_t i;

    if (self->ended || !self->next(self->ctx, self->arg, self->values, &self->ended) ||
        self->ended) {
        self->ended = true;
        return false;
    }
    resetStringInfo(&self->row);
    for (i = 0; i < self->n; i++) {
        if (i > 0)
            appendStringInfoChar(&self->row, '\t');
        value_add(&self->row, &self->values[i]);
    }
    appendStringInfoChar(&self->row, '\n');
    return true;
}

static int bytes_read(void *buffer, int least, int most) {
    copying *self = current;
    size_t got = 0;

    if (!self->bytes(self->ctx, self->arg, buffer, (size_t)most, &got))
        return 0;
    return (int)got;
}

static int data_read(void *buffer, int least, int most) {
    copying *self = current;
    int n = 0, part;

    while (n < most && (self->row.cursor < self->row.len || row_next(self))) {
        part = Min(most - n, self->row.len - self->row.cursor);
        memcpy((char *)buffer + n, self->row.data + self->row.cursor, (size_t)part);
        self->row.cursor += part;
        n += part;
    }
    return n;
}

/* ---- the table */

static Relation target_open(mig_str name) {
    RangeVar *range = pgm_range_of(name);
    Relation table;

    if (range == NULL)
        elog(ERROR, "no name of a table: %.*s", (int)name.n, name.p);
    table = table_openrv(range, RowExclusiveLock);
    if (check_enable_rls(RelationGetRelid(table), InvalidOid, false) == RLS_ENABLED)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("row level security of table \"%s\" is active for the current role",
                               RelationGetRelationName(table))));
    if (XactReadOnly && !table->rd_islocaltemp)
        PreventCommandIfReadOnly("COPY FROM");
    return table;
}

static List *columns_list(const mig_str *columns, size_t n) {
    List *list = NIL;
    size_t i;

    for (i = 0; i < n; i++)
        list = lappend(list, makeString(pgm_to_server(columns[i])));
    return list;
}

static Bitmapset *columns_set(Relation table, List *names) {
    Bitmapset *set = NULL;
    AttrNumber number;
    ListCell *cell;

    foreach (cell, names) {
        number = get_attnum(RelationGetRelid(table), strVal(lfirst(cell)));
        if (number > 0)
            set = bms_add_member(set, number - FirstLowInvalidHeapAttributeNumber);
    }
    return set;
}

/* The encoding is named: without it, it would be the client's. */
static pgm_copy_state copy_open(const copying *self, ParseState *pstate, Relation table,
                                List *columns) {
    List *options = list_make1(makeDefElem("encoding", (Node *)makeString("UTF8"), -1));
    ParseNamespaceItem *item =
        addRangeTableEntryForRelation(pstate, table, RowExclusiveLock, NULL, false, false);

    if (self->bytes != NULL)
        options = lappend(options, makeDefElem("format", (Node *)makeString("csv"), -1));
    pgm_check_insert(pstate, item, columns_set(table, columns));
    return pgm_begin_copy_from(pstate, table, self->bytes != NULL ? bytes_read : data_read, columns,
                               options);
}

static int64_t table_fill(const copying *self, mig_str name, List *columns) {
    pgm_host *host = pgm_host_of(self->ctx);
    ParseState *pstate = make_parsestate(NULL);
    Relation table = target_open(name);
    pgm_copy_state state = copy_open(self, pstate, table, columns);
    int64_t rows;

    pgm_watch_table(RelationGetRelid(table));
    host->copied = MemoryContextStrdup(host->memory, RelationGetRelationName(table));
    rows = (int64_t)CopyFrom(state);
    EndCopyFrom(state);
    free_parsestate(pstate);
    table_close(table, NoLock);
    return rows;
}

static int64_t copy_guarded(copying *self, mig_str table, const mig_str *columns) {
    copying *outer = current;
    volatile int64_t rows = 0;

    PG_TRY();
    {
        current = self;
        rows = table_fill(self, table, columns_list(columns, self->n));
    }
    PG_FINALLY();
    { current = outer; }
    PG_END_TRY();
    return rows;
}

static bool copy_run(copying *self, mig_str table, const mig_str *columns, int64_t *rows) {
    pgm_host *host = pgm_host_of(self->ctx);
    pgm_guard guard;

    host->data = true;
    host->kind = "seed";
    host->may_defer = true;
    guard = pgm_guard_open(host);
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    *rows = copy_guarded(self, table, columns);
    PopActiveSnapshot();
    CommandCounterIncrement();
    pgm_guard_close(host, &guard);
    host->copied = NULL;
    return mig_ctx_error(self->ctx) == NULL;
}

bool pgm_copy(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
              mig_next_fn next, void *arg, int64_t *rows) {
    copying self;
    bool done;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    memset(&self, 0, sizeof self);
    self.ctx = ctx;
    self.next = next;
    self.arg = arg;
    self.n = n_columns;
    self.values = palloc0(Max(n_columns, 1) * sizeof *self.values);
    initStringInfo(&self.row);
    done = copy_run(&self, table, columns, rows);
    pfree(self.row.data);
    pfree(self.values);
    return done;
}

bool pgm_copy_csv(mig_ctx *ctx, mig_str table, const mig_str *columns, size_t n_columns,
                  mig_bytes_fn next, void *arg, int64_t *rows) {
    copying self;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    memset(&self, 0, sizeof self);
    self.ctx = ctx;
    self.bytes = next;
    self.arg = arg;
    self.n = n_columns;
    return copy_run(&self, table, columns, rows);
}
