/*
 * trace.c: what each statement of a section did, for a dry run: time, rows, locks, tables written anew
 * or read in full, what cannot be undone.
 *
 * Before the first statement all relations of the user are noted, with their names (a statement may
 * drop them), files, locks and scans so far. What a statement did is then the difference: locks from
 * the lock table, which keeps what a transaction has taken until it ends; scans from the counters of
 * the statistics, in which also those of ALTER TABLE, CREATE INDEX and a new constraint are counted; a
 * new file means a table written anew, except where TRUNCATE made an empty one (and read that). Only
 * relations that were there before the run count, since nobody else can be waiting for a new one, and
 * neither the server's catalogs nor our tables.
 *
 * A lock is told of the first statement that takes it: those behind it find it taken.
 */
#include "piece.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "../shared/text.h"

typedef struct known {
    Oid id; /* first: the key */
    char *name;
    char kind;
    Oid file;
    LOCKMASK locks; /* that were taken so far */
    int64 scans;
    bool touched; /* it is in the trace's list */
} known;

struct pgm_trace {
    MemoryContext memory;
    HTAB *relations; /* known */
    List *touched;   /* those of them that are locked */
    instr_time began;
    LOCKMODE strongest; /* of the latest statement; NoLock: none */
    List *tables;       /* char *: on which */
    List *sequences;    /* char *: that it moved */
};

static const char *const lock_names[] = {
    NULL,    "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
    "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};

/* ---- what there is before the run */

static int64 scans_of(Oid id) {
    return DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_numscans, ObjectIdGetDatum(id)));
}

static bool is_of_user(const FormData_pg_class *form) {
    const char *schema;

    if (form->oid < FirstNormalObjectId || form->relkind == RELKIND_TOASTVALUE ||
        form->relkind == RELKIND_COMPOSITE_TYPE || IsToastNamespace(form->relnamespace))
        return false;
    schema = get_namespace_name(form->relnamespace);
    return schema != NULL && strcmp(schema, PGM_SCHEMA) != 0;
}

static void relation_note(pgm_trace *self, const FormData_pg_class *form) {
    known *relation;

    if (!is_of_user(form))
        return;
    relation = hash_search(self->relations, &form->oid, HASH_ENTER, NULL);
    relation->name =
        quote_qualified_identifier(get_namespace_name(form->relnamespace), NameStr(form->relname));
    relation->kind = form->relkind;
    relation->file = form->relfilenode;
    relation->locks = 0;
    relation->scans = scans_of(form->oid);
    relation->touched = false;
}

static void relations_note(pgm_trace *self) {
    Relation catalog = table_open(RelationRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
    HeapTuple tuple;

    while (HeapTupleIsValid(tuple = systable_getnext(scan)))
        relation_note(self, (const FormData_pg_class *)GETSTRUCT(tuple));
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
}

/* ---- locks */

static bool is_table(const known *relation) {
    return relation->kind == RELKIND_RELATION || relation->kind == RELKIND_PARTITIONED_TABLE ||
           relation->kind == RELKIND_MATVIEW || relation->kind == RELKIND_FOREIGN_TABLE ||
           relation->kind == RELKIND_VIEW;
}

static LOCKMODE strongest_of(LOCKMASK locks) {
    LOCKMODE mode;

    for (mode = MaxLockMode; mode > NoLock; mode--)
        if ((locks & LOCKBIT_ON(mode)) != 0)
            return mode;
    return NoLock;
}

/* That of an index counts only where its table is locked less: whoever reads the table would wait for
   it (REINDEX). */
static bool is_hidden_index(const pgm_trace *self, const known *relation, LOCKMODE mode) {
    Oid table;
    const known *of;

    if (relation->kind != RELKIND_INDEX && relation->kind != RELKIND_PARTITIONED_INDEX)
        return false;
    table = IndexGetRelation(relation->id, true);
    of = OidIsValid(table) ? hash_search(self->relations, &table, HASH_FIND, NULL) : NULL;
    return of == NULL || strongest_of(of->locks) >= mode;
}

static void lock_tell(pgm_trace *self, const known *relation, LOCKMODE mode) {
    if (relation->kind == RELKIND_SEQUENCE || mode < self->strongest ||
        (!is_table(relation) && is_hidden_index(self, relation, mode)))
        return;
    if (mode > self->strongest)
        self->tables = NIL;
    self->strongest = mode;
    self->tables = lappend(self->tables, relation->name);
}

static known *lock_relation(const pgm_trace *self, const LockInstanceData *lock) {
    Oid id = lock->locktag.locktag_field2;

    if (lock->pid != MyProcPid || lock->locktag.locktag_type != LOCKTAG_RELATION ||
        lock->locktag.locktag_field1 != MyDatabaseId || lock->holdMask == 0)
        return NULL;
    return hash_search(self->relations, &id, HASH_FIND, NULL);
}

static void relation_touch(pgm_trace *self, known *relation) {
    MemoryContext old;

    if (relation->touched)
        return;
    old = MemoryContextSwitchTo(self->memory);
    self->touched = lappend(self->touched, relation);
    relation->touched = true;
    MemoryContextSwitchTo(old);
}

/* Notes what is held now. fresh: which of it was not held before, one mask for each lock. */
static void locks_take(pgm_trace *self, const LockData *locks, LOCKMASK *fresh) {
    known *relation;
    LOCKMASK held;
    int i;

    for (i = 0; i < locks->nelements; i++) {
        relation = lock_relation(self, &locks->locks[i]);
        fresh[i] = 0;
        if (relation == NULL)
            continue;
        held = locks->locks[i].holdMask;
        if (strongest_of(held) > strongest_of(relation->locks))
            fresh[i] = held & ~relation->locks;
        relation->locks |= held;
        relation_touch(self, relation);
    }
}

/* The value of a sequence is not given back, and whoever takes one locks it so. */
static void sequence_tell(pgm_trace *self, const known *relation, LOCKMASK fresh) {
    if (relation->kind == RELKIND_SEQUENCE && strongest_of(fresh) == RowExclusiveLock)
        self->sequences = lappend(self->sequences, relation->name);
}

static void locks_look(pgm_trace *self) {
    const LockData *locks = GetLockStatusData();
    LOCKMASK *fresh = palloc0(Max(locks->nelements, 1) * sizeof *fresh);
    const known *relation;
    int i;

    locks_take(self, locks, fresh);
    self->strongest = NoLock;
    self->tables = self->sequences = NIL;
    for (i = 0; i < locks->nelements; i++) {
        if (fresh[i] == 0)
            continue;
        relation = lock_relation(self, &locks->locks[i]);
        lock_tell(self, relation, strongest_of(fresh[i]));
        sequence_tell(self, relation, fresh[i]);
    }
}

/* ---- files and scans */

static bool is_written_anew(known *relation) {
    HeapTuple tuple;
    bool anew;
    Oid file;

    if ((relation->locks & LOCKBIT_ON(AccessExclusiveLock)) == 0 ||
        (relation->kind != RELKIND_RELATION && relation->kind != RELKIND_MATVIEW))
        return false;
    tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation->id));
    if (!HeapTupleIsValid(tuple))
        return false;
    file = ((const FormData_pg_class *)GETSTRUCT(tuple))->relfilenode;
    ReleaseSysCache(tuple);
    anew = file != relation->file;
    relation->file = file;
    return anew;
}

static bool is_scanned(known *relation) {
    int64 scans;
    bool more;

    if (relation->kind != RELKIND_RELATION && relation->kind != RELKIND_MATVIEW)
        return false;
    scans = scans_of(relation->id);
    more = scans > relation->scans;
    relation->scans = scans;
    return more;
}

static List *touched_find(const pgm_trace *self, bool (*is)(known *relation)) {
    List *found = NIL;
    ListCell *cell;

    foreach (cell, self->touched) {
        known *relation = lfirst(cell);

        if (is(relation))
            found = lappend(found, relation->name);
    }
    return found;
}

/* ---- texts */

static int names_compare(const ListCell *a, const ListCell *b) {
    return strcmp(lfirst(a), lfirst(b));
}

static char *names_join(List *names) {
    StringInfoData out;
    ListCell *cell;

    initStringInfo(&out);
    list_sort(names, names_compare);
    foreach (cell, names)
        appendStringInfo(&out, "%s%s", out.len > 0 ? ", " : "", (const char *)lfirst(cell));
    return out.data;
}

static mig_str names_text(List *names) {
    const char *text = names_join(names);

    return pgm_from_server(text, strlen(text));
}

static void note_add(StringInfo out, const char *note) {
    appendStringInfo(out, "%s%s", out->len > 0 ? "; " : "", note);
}

static mig_str note_of(const pgm_trace *self, const pgm_piece *p, const Node *node) {
    StringInfoData out;

    initStringInfo(&out);
    if (self->sequences != NIL)
        note_add(&out, psprintf("stays moved: %s", names_join(self->sequences)));
    if (IsA(node, NotifyStmt))
        note_add(&out, "the notification is not sent");
    if (IsA(node, CopyStmt) && !((const CopyStmt *)node)->is_from)
        note_add(&out, "what it wrote outside the database stays");
    return pgm_from_server(out.data, (size_t)out.len);
}

/* ---- the trace of a call */

static pgm_trace *trace_new(pgm_host *host) {
    MemoryContext memory =
        AllocSetContextCreate(host->memory, "migrate trace", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(memory);
    pgm_trace *self = palloc0(sizeof *self);
    HASHCTL info;

    memset(&info, 0, sizeof info);
    info.keysize = sizeof(Oid);
    info.entrysize = sizeof(known);
    info.hcxt = memory;
    self->memory = memory;
    self->relations =
        hash_create("migrate trace", 1024, &info, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    relations_note(self);
    MemoryContextSwitchTo(old);
    locks_look(self);
    return self;
}

void pgm_trace_begin(pgm_host *host) {
    if (host->trace == NULL)
        host->trace = trace_new(host);
    INSTR_TIME_SET_CURRENT(host->trace->began);
}

bool pgm_trace_end(mig_ctx *ctx, const pgm_piece *p, const Node *node, int64 rows) {
    pgm_trace *self = p->host->trace;
    bool emptied = IsA(node, TruncateStmt);
    List *rewritten, *scanned;
    mig_trace trace;
    instr_time now;

    INSTR_TIME_SET_CURRENT(now);
    INSTR_TIME_SUBTRACT(now, self->began);
    memset(&trace, 0, sizeof trace);
    trace.microseconds = (int64_t)INSTR_TIME_GET_MICROSEC(now);
    locks_look(self);
    rewritten = touched_find(self, is_written_anew);
    scanned = touched_find(self, is_scanned);
    trace.line = p->start.line;
    trace.statement = pgm_from_server(p->shown + (p->start.at - p->text), (size_t)p->length);
    trace.rows = rows;
    trace.lock = lock_names[self->strongest];
    trace.tables = names_text(self->tables);
    trace.rewrite = names_text(emptied ? NIL : rewritten);
    trace.scan = pgstat_track_counts ? names_text(emptied ? NIL : scanned)
                                     : MIG_STR("not known: track_counts is off");
    trace.note = note_of(self, p, node);
    return p->run->trace(ctx, p->run->trace_arg, &trace);
}
