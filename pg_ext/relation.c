/*
 * relation.c: describes a table of the user for the core.
 *
 * Every name and type is written qualified, whatever the caller's search_path: the core's statements
 * run with that path. The table is locked (ACCESS SHARE) until the end of the transaction, so that it
 * stays what it was described as.
 *
 * Types, domains and operators are the user's code, which statements about the table run: so the
 * catalog that names the table must be one that the caller would run, in a listing too.
 */
#include "pgm.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "../shared/relation.h"

static mig_str keep(mig_ctx *ctx, const char *server_text) {
    return mig_str_of(pgm_keep(ctx, server_text));
}

/* ---- what cannot be seeded */

static const char *kind_name(char kind) {
    switch (kind) {
    case RELKIND_VIEW:
        return "a view";
    case RELKIND_MATVIEW:
        return "a materialized view";
    case RELKIND_SEQUENCE:
        return "a sequence";
    case RELKIND_FOREIGN_TABLE:
        return "a foreign table";
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        return "an index";
    case RELKIND_COMPOSITE_TYPE:
        return "a composite type";
    default:
        return "no ordinary table";
    }
}

static bool is_table(char kind) {
    return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

/* Rows that a policy hides would look as if they were missing. */
static bool policies_refuse(mig_ctx *ctx, const char *name) {
    const char *role = pgm_keep(ctx, GetUserNameFromId(GetUserId(), false));

    mig_fail(ctx, MIG_E_PRIVILEGE,
             "row level security of table \"%s\" is active for the current role", name);
    mig_detail(ctx, "Rows that its policies hide from role \"%s\" would be taken for missing ones.",
               role);
    mig_hint(ctx, "Run it as the table's owner (whose rows FORCE ROW LEVEL SECURITY hides too), or "
                  "as a role with BYPASSRLS.");
    return false;
}

static bool table_allowed(mig_ctx *ctx, Oid id, char kind) {
    const char *name = pgm_keep(ctx, get_rel_name(id));

    if (name == NULL)
        return false;
    if (!is_table(kind)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "\"%s\" is %s, not a table", name, kind_name(kind));
        mig_hint(ctx, "Data sets fill tables.");
        return false;
    }
    if (get_rel_namespace(id) == get_namespace_oid(PGM_SCHEMA, true)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "\"%s\" is a table of the engine", name);
        mig_hint(ctx, "Data sets fill tables outside of schema \"%s\".", PGM_SCHEMA);
        return false;
    }
    if (IsCatalogRelationOid(id)) {
        mig_fail(ctx, MIG_E_ARGUMENT, "\"%s\" is a system catalog", name);
        mig_hint(ctx, "Data sets fill tables of yours.");
        return false;
    }
    if (pg_class_aclcheck(id, GetUserId(), ACL_SELECT) != ACLCHECK_OK) {
        mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied for table \"%s\"", name);
        mig_hint(ctx,
                 "The rows of a data set are compared with those of the table: GRANT SELECT on "
                 "it to the current role.");
        return false;
    }
    return check_enable_rls(id, InvalidOid, true) != RLS_ENABLED || policies_refuse(ctx, name);
}

/* ---- fields */

static mig_field_kind field_kind(Oid type) {
    switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
        return MIG_FIELD_INTEGER;
    case NUMERICOID:
    case FLOAT4OID:
    case FLOAT8OID:
        return MIG_FIELD_NUMBER;
    case BOOLOID:
        return MIG_FIELD_BOOLEAN;
    case BYTEAOID:
        return MIG_FIELD_BINARY;
    case JSONOID:
    case JSONBOID:
        return MIG_FIELD_JSON;
    default:
        return OidIsValid(get_element_type(type)) ? MIG_FIELD_ARRAY : MIG_FIELD_OTHER;
    }
}

static char *type_text(Oid type, int32 modifier) {
    return format_type_extended(type, modifier,
                                FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

static char *operator_text(Oid id) {
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(id));
    Form_pg_operator form;
    char *text;

    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for operator %u", id);
    form = (Form_pg_operator)GETSTRUCT(tuple);
    text = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
                    NameStr(form->oprname));
    ReleaseSysCache(tuple);
    return text;
}

static mig_str field_equal(mig_ctx *ctx, Oid base) {
    Oid equal = lookup_type_cache(base, TYPECACHE_EQ_OPR)->eq_opr;

    return OidIsValid(equal) ? keep(ctx, operator_text(equal)) : (mig_str){"", 0};
}

/* The other types of texts compare byte for byte, char(n) but for blanks at the end. */
static bool field_is_loose(Oid base, Oid collation) {
    char category;
    bool preferred;

    get_type_category_preferred(base, &category, &preferred);
    if (category != TYPCATEGORY_STRING)
        return false;
    return (base != TEXTOID && base != VARCHAROID && base != BPCHAROID) ||
           (OidIsValid(collation) && !get_collation_isdeterministic(collation));
}

static bool domain_has(Oid type, bool *not_null) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    Form_pg_type form;
    bool has_default;

    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for type %u", type);
    form = (Form_pg_type)GETSTRUCT(tuple);
    *not_null = *not_null || form->typnotnull;
    ReleaseSysCache(tuple);
    has_default = get_typdefault(type) != NULL;
    return has_default;
}

/* The type without modifiers is for domains the one they stand on: a cast to the domain would cut a
   text that is too long as well. */
static void field_fill(mig_ctx *ctx, Form_pg_attribute column, mig_field *field, pgm_field *own) {
    Oid base = getBaseType(column->atttypid);

    own->number = column->attnum;
    own->type = column->atttypid;
    own->modifier = column->atttypmod;
    field->name = keep(ctx, NameStr(column->attname));
    field->sql = keep(ctx, quote_identifier(NameStr(column->attname)));
    field->kind = field_kind(base);
    field->type = keep(ctx, type_text(column->atttypid, column->atttypmod));
    field->storage = keep(ctx, type_text(base, -1));
    field->equal = field_equal(ctx, base);
    field->loose = field_is_loose(base, column->attcollation);
    field->vague = field->loose || pgm_is_vague(base);
    field->not_null = column->attnotnull;
    field->generated = column->attgenerated != '\0';
    field->always_identity = column->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
    field->has_default = (column->atthasdef && !field->generated) || column->attidentity != '\0' ||
                         domain_has(column->atttypid, &field->not_null);
}

static bool fields_fill(mig_ctx *ctx, Relation table, mig_relation *relation) {
    TupleDesc desc = RelationGetDescr(table);
    pgm_relation *own = mig_alloc_zero(ctx, 1, sizeof *own);
    int i;

    relation->fields = mig_alloc_zero(ctx, (size_t)desc->natts + 1, sizeof *relation->fields);
    if (own == NULL || relation->fields == NULL)
        return false;
    own->id = RelationGetRelid(table);
    own->fields = mig_alloc_zero(ctx, (size_t)desc->natts + 1, sizeof *own->fields);
    if (own->fields == NULL)
        return false;
    relation->own = own;
    for (i = 0; i < desc->natts; i++) {
        if (TupleDescAttr(desc, i)->attisdropped)
            continue;
        field_fill(ctx, TupleDescAttr(desc, i), &relation->fields[relation->n_fields],
                   &own->fields[relation->n_fields]);
        relation->n_fields++;
    }
    return mig_ctx_error(ctx) == NULL;
}

static size_t field_of(const mig_relation *relation, AttrNumber number) {
    const pgm_relation *own = relation->own;
    size_t i;

    for (i = 0; i < relation->n_fields && own->fields[i].number != number; i++)
        ;
    return i;
}

/* ---- keys */

typedef struct unique {
    char *name;
    mig_unique key;
} unique;

/* Over plain columns, of all rows, with nothing excluded but equal ones. The predicate is not asked of
   the relation cache, which runs functions of constants in it. */
static bool index_is_key(Relation index) {
    int i;

    if (!index->rd_index->indisunique || !index->rd_index->indisvalid ||
        index->rd_index->indisexclusion ||
        !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
        return false;
    for (i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
        if (index->rd_index->indkey.values[i] <= 0)
            return false;
    return true;
}

static unique *unique_of(mig_ctx *ctx, const mig_relation *relation, Relation index) {
    int i, n = IndexRelationGetNumberOfKeyAttributes(index);
    unique *u = palloc(sizeof *u);

    u->name = pstrdup(RelationGetRelationName(index));
    u->key.primary = index->rd_index->indisprimary;
    u->key.n = (size_t)n;
    u->key.fields = mig_alloc(ctx, (size_t)n * sizeof *u->key.fields);
    for (i = 0; u->key.fields != NULL && i < n; i++)
        u->key.fields[i] = field_of(relation, index->rd_index->indkey.values[i]);
    return u;
}

static int unique_compare(const ListCell *a, const ListCell *b) {
    const unique *x = lfirst(a), *y = lfirst(b);

    if (x->key.primary != y->key.primary)
        return x->key.primary ? -1 : 1;
    return strcmp(x->name, y->name);
}

static bool key_has(const mig_unique *key, size_t field) {
    size_t i;

    for (i = 0; i < key->n; i++)
        if (key->fields[i] == field)
            return true;
    return false;
}

/* Is there one over the same columns? */
static bool keys_have(const mig_relation *relation, const mig_unique *key) {
    size_t i, j;

    for (i = 0; i < relation->n_keys; i++) {
        for (j = 0; j < key->n && key_has(&relation->keys[i], key->fields[j]); j++)
            ;
        if (j == key->n && relation->keys[i].n == key->n)
            return true;
    }
    return false;
}

static List *uniques_find(mig_ctx *ctx, Relation table, const mig_relation *relation) {
    List *uniques = NIL;
    Relation index;
    ListCell *cell;

    foreach (cell, RelationGetIndexList(table)) {
        index = index_open(lfirst_oid(cell), AccessShareLock);
        if (index_is_key(index))
            uniques = lappend(uniques, unique_of(ctx, relation, index));
        index_close(index, NoLock);
    }
    list_sort(uniques, unique_compare);
    return uniques;
}

static bool keys_fill(mig_ctx *ctx, Relation table, mig_relation *relation) {
    List *uniques = uniques_find(ctx, table, relation);
    ListCell *cell;

    relation->keys = mig_alloc(ctx, ((size_t)list_length(uniques) + 1) * sizeof *relation->keys);
    if (relation->keys == NULL)
        return false;
    foreach (cell, uniques)
        if (!keys_have(relation, &((const unique *)lfirst(cell))->key))
            relation->keys[relation->n_keys++] = ((const unique *)lfirst(cell))->key;
    return true;
}

/* ---- who refers to it */

typedef struct reference {
    char *table, *name;
    Oid id, referred;
    ArrayType *columns, *referred_columns;
} reference;

static ArrayType *numbers_of(Relation catalog, HeapTuple tuple, int attribute) {
    bool is_null;
    Datum datum = heap_getattr(tuple, attribute, RelationGetDescr(catalog), &is_null);

    if (is_null)
        elog(ERROR, "a foreign key without columns");
    return DatumGetArrayTypePCopy(datum);
}

static reference *reference_of(Relation catalog, HeapTuple tuple) {
    Form_pg_constraint form = (Form_pg_constraint)GETSTRUCT(tuple);
    reference *r = palloc(sizeof *r);

    r->table = pgm_table_sql(form->conrelid);
    r->name = pstrdup(NameStr(form->conname));
    r->id = form->conrelid;
    r->referred = form->confrelid;
    r->columns = numbers_of(catalog, tuple, Anum_pg_constraint_conkey);
    r->referred_columns = numbers_of(catalog, tuple, Anum_pg_constraint_confkey);
    return r;
}

static int reference_compare(const ListCell *a, const ListCell *b) {
    const reference *x = lfirst(a), *y = lfirst(b);
    int order = strcmp(x->table, y->table);

    return order != 0 ? order : strcmp(x->name, y->name);
}

/* Foreign keys that refer to one of the tables. Those the server has made for single partitions of
   either side say the same once more. */
static List *references_find(List *tables) {
    Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
    List *references = NIL;
    Form_pg_constraint form;
    SysScanDesc scan;
    ScanKeyData key;
    HeapTuple tuple;

    ScanKeyInit(&key, Anum_pg_constraint_contype, BTEqualStrategyNumber, F_CHAREQ,
                CharGetDatum(CONSTRAINT_FOREIGN));
    scan = systable_beginscan(catalog, InvalidOid, false, NULL, 1, &key);
    while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
        form = (Form_pg_constraint)GETSTRUCT(tuple);
        if (!OidIsValid(form->conparentid) && list_member_oid(tables, form->confrelid))
            references = lappend(references, reference_of(catalog, tuple));
    }
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    list_sort(references, reference_compare);
    return references;
}

static bool columns_add(mig_ctx *ctx, mig_list *list, Oid table, ArrayType *numbers) {
    const int16 *number = (const int16 *)ARR_DATA_PTR(numbers);
    int i;

    for (i = 0; i < ARR_DIMS(numbers)[0]; i++)
        if (!mig_list_add(ctx, list, keep(ctx, get_attname(table, number[i], false))))
            return false;
    return true;
}

/* What refers to a partitioned table refers to the rows of its partitions. */
static bool referrers_fill(mig_ctx *ctx, Relation table, mig_relation *relation) {
    Oid id = RelationGetRelid(table);
    List *tables = table->rd_rel->relispartition ? get_partition_ancestors(id) : NIL;
    List *references = references_find(lappend_oid(tables, id));
    mig_referrer *referrer;
    const reference *r;
    ListCell *cell;

    relation->referrers =
        mig_alloc_zero(ctx, (size_t)list_length(references) + 1, sizeof *relation->referrers);
    if (relation->referrers == NULL)
        return false;
    foreach (cell, references) {
        r = lfirst(cell);
        referrer = &relation->referrers[relation->n_referrers++];
        referrer->table = referrer->table_sql = keep(ctx, r->table);
        referrer->same = r->id == id;
        if (!columns_add(ctx, &referrer->columns, r->id, r->columns) ||
            !columns_add(ctx, &referrer->referred, r->referred, r->referred_columns))
            return false;
    }
    return true;
}

/* ---- the slots */

static bool relation_fill(mig_ctx *ctx, Oid id, mig_relation *relation) {
    Relation table = relation_open(id, NoLock);
    bool done;

    done = table_allowed(ctx, id, table->rd_rel->relkind) && fields_fill(ctx, table, relation) &&
           keys_fill(ctx, table, relation) && referrers_fill(ctx, table, relation);
    if (done)
        relation->sql = keep(ctx, pgm_table_sql(id));
    relation->found = done;
    relation_close(table, NoLock);
    return done && mig_ctx_error(ctx) == NULL;
}

/* The server would raise an error, which is more than what is wrong with one of several tables. */
static bool schema_allowed(mig_ctx *ctx, const RangeVar *range) {
    Oid schema;

    if (range == NULL || range->schemaname == NULL)
        return true;
    schema = get_namespace_oid(range->schemaname, true);
    if (!OidIsValid(schema) || pgm_namespace_aclcheck(schema, ACL_USAGE) == ACLCHECK_OK)
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied for schema \"%s\"",
             pgm_keep(ctx, range->schemaname));
    mig_hint(ctx, "GRANT USAGE on it to the current role.");
    return false;
}

static bool table_describe(mig_ctx *ctx, mig_str name, mig_relation *relation) {
    RangeVar *range = pgm_range_of(name);
    Oid id;

    if (!schema_allowed(ctx, range))
        return false;
    id = range == NULL ? InvalidOid : RangeVarGetRelid(range, AccessShareLock, true);
    return !OidIsValid(id) || relation_fill(ctx, id, relation);
}

bool pgm_describe(mig_ctx *ctx, mig_str name, mig_relation *relation) {
    MemoryContext caller = CurrentMemoryContext, context;
    pgm_host *host = pgm_host_of(ctx);
    pgm_rights rights;
    bool done;

    memset(relation, 0, sizeof *relation);
    if (mig_ctx_error(ctx) != NULL || (host->listing && !pgm_catalog_trusted(ctx, "seed")))
        return false;
    relation->name = mig_str_copy(ctx, name);
    context = AllocSetContextCreate(caller, "migrate relation", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(context);
    rights = pgm_confine(host);
    done = table_describe(ctx, name, relation);
    pgm_unconfine(host, rights);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    return done;
}
