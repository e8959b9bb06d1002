/*
 * tables.c: the tables of the core: may they be trusted, making them; and counting rows of others.
 *
 * The tables are ordinary ones that anybody who may create a schema "migrate" could have made
 * before us, so that our own INSERT or SELECT runs what he hid in them: a view, a rule, a trigger,
 * a row security policy, an expression with a function of his. They are looked at before use, in
 * the catalogs, without touching the table, and compared with the text that we would have made them
 * from. And what they hold are scripts that the caller will run: an action wants an owner that it
 * trusts as much as the caller.
 */
#include "pgm.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "../shared/lex.h"
#include "../shared/text.h"

/* ---- whose is it */

static Oid database_owner(void) {
    HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
    Oid owner = InvalidOid;

    if (HeapTupleIsValid(tuple)) {
        owner = ((Form_pg_database)GETSTRUCT(tuple))->datdba;
        ReleaseSysCache(tuple);
    }
    return owner;
}

/* May what a role could have written be run as another one? As that of a role it is a member of, or
   that could become it anyway. A superuser is a member of every role; what counts for him is who else
   could have written it. */
static bool is_trusted(Oid role, Oid runner) {
    if (role == GetUserId() || role == runner || superuser_arg(role))
        return true;
    if (superuser_arg(runner))
        return false;
    return is_member_of_role_nosuper(runner, role) || is_member_of_role_nosuper(role, runner) ||
           role == database_owner();
}

static const char *role_name(Oid role) {
    return role == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(role, true);
}

static const char *owner_why(const char *what, Oid owner, Oid runner) {
    const char *name = role_name(owner);

    if (name == NULL)
        name = "unknown";
    if (superuser_arg(runner))
        return psprintf("The %s belongs to role \"%s\", and a superuser does not run what another "
                        "role could have written: connect as \"%s\", or set \"migrate.run_as\" to "
                        "it, or SET ROLE to it.",
                        what, name, name);
    return psprintf("The %s belongs to role \"%s\", which the %s role \"%s\" is no member of.",
                    what, name, runner == GetUserId() ? "current" : "script's",
                    GetUserNameFromId(runner, false));
}

/* A role in the privileges of a table or column that may write there and is no superuser. With
   REFERENCES it could make our DELETE run a trigger of its own. */
static const char *acl_why(Datum privileges) {
    const AclMode writing =
        ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_TRIGGER | ACL_REFERENCES;
    Acl *acl = DatumGetAclP(privileges);
    const AclItem *item;
    int i;

    for (i = 0; i < ACL_NUM(acl); i++) {
        item = &ACL_DAT(acl)[i];
        if ((ACLITEM_GET_PRIVS(*item) & writing) != 0 &&
            (item->ai_grantee == ACL_ID_PUBLIC || !superuser_arg(item->ai_grantee)))
            return psprintf("Role \"%s\" may write it, and a superuser does not run what another "
                            "role could have written: revoke that, or set \"migrate.run_as\" to a "
                            "role that is no superuser, or SET ROLE to one.",
                            role_name(item->ai_grantee));
    }
    return NULL;
}

static const char *column_writer_why(Oid table, AttrNumber column) {
    HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(column));
    const char *why = NULL;
    bool is_null;
    Datum datum;

    if (!HeapTupleIsValid(tuple))
        return NULL;
    datum = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attacl, &is_null);
    if (!is_null)
        why = acl_why(datum);
    ReleaseSysCache(tuple);
    return why;
}

/* Who may write the table, or a column of it; checked where a superuser is going to run what it
   holds. NULL: superusers only. */
static const char *writer_why(Relation table) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(table)));
    const char *why = NULL;
    bool is_null;
    Datum datum;
    int i;

    if (!HeapTupleIsValid(tuple))
        return NULL;
    datum = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &is_null);
    if (!is_null)
        why = acl_why(datum);
    ReleaseSysCache(tuple);
    for (i = 1; why == NULL && i <= RelationGetDescr(table)->natts; i++)
        why = column_writer_why(RelationGetRelid(table), (AttrNumber)i);
    return why;
}

/* ---- what hides in it */

/* Functions of the server itself have numbers below the first that users can make. */
static bool function_is_foreign(Oid function, void *context) {
    return function >= FirstNormalObjectId;
}

static bool expression_is_foreign(Node *node, void *context) {
    if (node == NULL)
        return false;
    if (IsA(node, CoerceToDomain) &&
        ((const CoerceToDomain *)node)->resulttype >= FirstNormalObjectId)
        return true;
    if (check_functions_in_node(node, function_is_foreign, context))
        return true;
    return expression_tree_walker(node, expression_is_foreign, context);
}

static bool text_is_foreign(const char *expression) {
    return expression != NULL && expression_is_foreign(stringToNode(expression), NULL);
}

static const char *columns_why(Relation table) {
    TupleDesc desc = RelationGetDescr(table);
    int i;

    for (i = 0; i < desc->natts; i++)
        if (!TupleDescAttr(desc, i)->attisdropped &&
            TupleDescAttr(desc, i)->atttypid >= FirstNormalObjectId)
            return "It has a column of a type that is not the server's own.";
    for (i = 0; desc->constr != NULL && i < desc->constr->num_defval; i++)
        if (text_is_foreign(desc->constr->defval[i].adbin))
            return "It has a column whose default calls a function that is not the server's own.";
    for (i = 0; desc->constr != NULL && i < desc->constr->num_check; i++)
        if (text_is_foreign(desc->constr->check[i].ccbin))
            return "It has a check that calls a function that is not the server's own.";
    return NULL;
}

/* An attribute of the index in the catalogs; not what the relation cache makes of it, which runs
   functions of constants. */
static bool index_text_is_foreign(Relation index, AttrNumber attribute) {
    bool is_null;
    Datum tree = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, attribute, &is_null);

    return !is_null && text_is_foreign(TextDatumGetCString(tree));
}

static bool index_is_foreign(Oid index_id) {
    Relation index = index_open(index_id, AccessShareLock);
    bool foreign = index_text_is_foreign(index, Anum_pg_index_indexprs) ||
                   index_text_is_foreign(index, Anum_pg_index_indpred);
    int i;

    for (i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
        foreign = foreign || index->rd_opfamily[i] >= FirstNormalObjectId;
    index_close(index, AccessShareLock);
    return foreign;
}

static const char *indexes_why(Relation table) {
    ListCell *cell;

    foreach (cell, RelationGetIndexList(table))
        if (index_is_foreign(lfirst_oid(cell)))
            return "It has an index that calls functions that are not the server's own.";
    return NULL;
}

/* A foreign key stands in the catalogs as triggers of the server's own on both its tables; where it
   cascades, our DELETE runs the triggers of the other table. */
static const char *triggers_why(Relation table) {
    int i;

    for (i = 0; table->trigdesc != NULL && i < table->trigdesc->numtriggers; i++)
        if (!table->trigdesc->triggers[i].tgisinternal)
            return "It has a trigger.";
    return i > 0 ? "It has a foreign key, or one refers to it." : NULL;
}

static const char *shape_why(Relation table) {
    if (table->rd_rel->relkind != RELKIND_RELATION)
        return "It is no ordinary table.";
    if (table->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
        return "It is not permanent: an unlogged table is empty after a crash.";
    if (table->rd_rules != NULL)
        return "It has a rule.";
    if (table->rd_rel->relrowsecurity)
        return "It has row level security.";
    if (table->rd_rel->relispartition || has_superclass(RelationGetRelid(table)) ||
        has_subclass(RelationGetRelid(table)))
        return "It is part of an inheritance tree.";
    if (RelationGetStatExtList(table) != NIL)
        return "It has extended statistics: their expressions run when a query is planned.";
    return triggers_why(table);
}

/* ---- is it the one we would make */

#define WANTED_COLUMNS 32
#define WANTED_KEY 4

typedef struct wanted_column {
    mig_str name;
    Oid type;
    bool not_null;
} wanted_column;

/* What a text of the core says of a table: CREATE TABLE {name} (column type ... [NOT NULL] ...
   [PRIMARY KEY], ..., [PRIMARY KEY (column, ...)]). Names are views of the text. */
typedef struct wanted_table {
    wanted_column columns[WANTED_COLUMNS];
    mig_str key[WANTED_KEY];
    int n_columns, n_key;
} wanted_table;

static void wanted_key_add(wanted_table *wanted, mig_str name) {
    if (wanted->n_key == WANTED_KEY)
        elog(ERROR, "too many columns in a primary key");
    wanted->key[wanted->n_key++] = name;
}

/* Reads KEY (column, ...) behind PRIMARY. */
static void wanted_key_read(wanted_table *wanted, mig_lexer *lexer) {
    mig_token token = mig_lex_significant(lexer);

    do {
        token = mig_lex_significant(lexer);
        if (token.kind == MIG_TOK_WORD)
            wanted_key_add(wanted, mig_token_text(lexer, &token));
    } while (token.kind != MIG_TOK_CLOSE && token.kind != MIG_TOK_END);
}

/* Reads a column, whose name was read, and the comma or parenthesis behind it. */
static void wanted_column_read(wanted_table *wanted, mig_lexer *lexer, mig_str name) {
    mig_token token = mig_lex_significant(lexer);
    wanted_column *column;

    if (wanted->n_columns == WANTED_COLUMNS)
        elog(ERROR, "too many columns in a table");
    column = &wanted->columns[wanted->n_columns++];
    column->name = name;
    column->type = mig_token_is(lexer, &token, "bigint") ? INT8OID : TEXTOID;
    column->not_null = false;
    do {
        token = mig_lex_significant(lexer);
        if (mig_token_is(lexer, &token, "not"))
            column->not_null = true;
        else if (mig_token_is(lexer, &token, "primary"))
            wanted_key_add(wanted, name);
    } while (token.kind != MIG_TOK_CLOSE && token.kind != MIG_TOK_END &&
             !mig_str_is(mig_token_text(lexer, &token), ","));
}

static void wanted_read(wanted_table *wanted, const char *ddl) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_POSTGRESQL, mig_str_of(strchr(ddl, '(') + 1), 1);
    mig_token token;

    wanted->n_columns = wanted->n_key = 0;
    while ((token = mig_lex_significant(&lexer)).kind == MIG_TOK_WORD)
        if (mig_token_is(&lexer, &token, "primary"))
            wanted_key_read(wanted, &lexer);
        else
            wanted_column_read(wanted, &lexer, mig_token_text(&lexer, &token));
}

static const wanted_column *wanted_find(const wanted_table *wanted, const char *name) {
    int i;

    for (i = 0; i < wanted->n_columns; i++)
        if (mig_str_is(wanted->columns[i].name, name))
            return &wanted->columns[i];
    return NULL;
}

static const char *column_why(Form_pg_attribute is, const wanted_column *wanted) {
    const char *name = NameStr(is->attname);

    if (wanted == NULL)
        return psprintf("It has a column \"%s\" that is not migrate's.", name);
    if (is->atttypid != wanted->type)
        return psprintf("Its column \"%s\" is of type %s, not %s.", name,
                        format_type_be(is->atttypid), format_type_be(wanted->type));
    if (is->attgenerated != '\0' || is->attidentity != '\0')
        return psprintf("Its column \"%s\" is generated.", name);
    if (wanted->not_null && !is->attnotnull)
        return psprintf("Its column \"%s\" may be null.", name);
    if (!wanted->not_null && is->attnotnull)
        return psprintf("Its column \"%s\" may not be null.", name);
    return NULL;
}

static bool has_column(Relation table, mig_str name) {
    TupleDesc desc = RelationGetDescr(table);
    int i;

    for (i = 0; i < desc->natts; i++)
        if (!TupleDescAttr(desc, i)->attisdropped &&
            mig_str_is(name, NameStr(TupleDescAttr(desc, i)->attname)))
            return true;
    return false;
}

static bool key_is(Relation table, Oid index_id, const wanted_table *wanted) {
    Relation index = index_open(index_id, AccessShareLock);
    bool same = IndexRelationGetNumberOfKeyAttributes(index) == wanted->n_key;
    TupleDesc desc = RelationGetDescr(table);
    Form_pg_attribute column;
    int i;

    for (i = 0; same && i < wanted->n_key; i++) {
        column = TupleDescAttr(desc, index->rd_index->indkey.values[i] - 1);
        same = mig_str_is(wanted->key[i], NameStr(column->attname));
    }
    index_close(index, AccessShareLock);
    return same;
}

static const char *key_why(Relation table, const wanted_table *wanted) {
    StringInfoData names;
    int i;

    list_free(RelationGetIndexList(table)); /* makes rd_pkindex valid */
    if (OidIsValid(table->rd_pkindex) && key_is(table, table->rd_pkindex, wanted))
        return NULL;
    initStringInfo(&names);
    for (i = 0; i < wanted->n_key; i++)
        appendStringInfo(&names, "%s%.*s", i > 0 ? ", " : "", MIG_FMT(wanted->key[i]));
    return psprintf("Its primary key is not (%s).", names.data);
}

/* Where the columns stand does not matter: our statements name them. */
static const char *made_why(Relation table, const char *ddl) {
    TupleDesc desc = RelationGetDescr(table);
    const char *why = NULL;
    wanted_table wanted;
    int i;

    wanted_read(&wanted, ddl);
    for (i = 0; i < wanted.n_columns; i++)
        if (!has_column(table, wanted.columns[i].name))
            return psprintf("It has no column \"%.*s\".", MIG_FMT(wanted.columns[i].name));
    for (i = 0; why == NULL && i < desc->natts; i++)
        if (!TupleDescAttr(desc, i)->attisdropped)
            why = column_why(TupleDescAttr(desc, i),
                             wanted_find(&wanted, NameStr(TupleDescAttr(desc, i)->attname)));
    return why != NULL ? why : key_why(table, &wanted);
}

/* ---- the slots */

static const char *writers_why(Relation table, Oid runner) {
    if (!is_trusted(table->rd_rel->relowner, runner))
        return owner_why("table", table->rd_rel->relowner, runner);
    return superuser_arg(runner) ? writer_why(table) : NULL;
}

/* runner: as whom what it holds is going to be run; InvalidOid: it is not. */
static const char *table_why(Relation table, const char *ddl, Oid runner) {
    const char *why = shape_why(table);

    if (why == NULL)
        why = columns_why(table);
    if (why == NULL)
        why = indexes_why(table);
    if (why == NULL)
        why = made_why(table, ddl);
    return why != NULL || !OidIsValid(runner) ? why : writers_why(table, runner);
}

static Oid schema_owner(Oid schema) {
    HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
    Oid owner = InvalidOid;

    if (HeapTupleIsValid(tuple)) {
        owner = ((Form_pg_namespace)GETSTRUCT(tuple))->nspowner;
        ReleaseSysCache(tuple);
    }
    return owner;
}

static const char *schema_why(Oid schema, Oid runner) {
    Oid owner = schema_owner(schema);

    if (!OidIsValid(owner))
        return NULL;
    return is_trusted(owner, runner) ? NULL : owner_why("schema \"" PGM_SCHEMA "\"", owner, runner);
}

static bool foreign(mig_ctx *ctx, const char *reason, mig_table_state *state, const char **why) {
    *state = MIG_TABLE_FOREIGN;
    *why = pgm_keep(ctx, reason);
    return *why != NULL;
}

bool pgm_table_state(mig_ctx *ctx, const char *name, const char *ddl, mig_table_state *state,
                     const char **why) {
    Oid schema = get_namespace_oid(PGM_SCHEMA, true), runner, id;
    const char *reason;
    Relation table;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    runner = pgm_host_of(ctx)->listing ? InvalidOid : pgm_runner(pgm_host_of(ctx));
    *state = MIG_TABLE_ABSENT;
    if (!OidIsValid(schema))
        return true;
    reason = OidIsValid(runner) ? schema_why(schema, runner) : NULL;
    if (reason != NULL)
        return foreign(ctx, reason, state, why);
    id = get_relname_relid(name, schema);
    table = OidIsValid(id) ? try_relation_open(id, AccessShareLock) : NULL;
    if (table == NULL)
        return true;
    reason = table_why(table, ddl, runner);
    relation_close(table, NoLock);
    if (reason != NULL)
        return foreign(ctx, reason, state, why);
    *state = MIG_TABLE_GOOD;
    return true;
}

/* Why an action would not trust the table of the core, which exists. */
static const char *catalog_why(const char *name, Oid runner) {
    Oid schema = get_namespace_oid(PGM_SCHEMA, false);
    const char *why = schema_why(schema, runner);
    Relation table;

    if (why != NULL)
        return why;
    table = relation_open(get_relname_relid(name, schema), AccessShareLock);
    why = writers_why(table, runner);
    relation_close(table, NoLock);
    return why;
}

bool pgm_catalog_trusted(mig_ctx *ctx, const char *name) {
    const char *why;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    why = catalog_why(name, pgm_runner(pgm_host_of(ctx)));
    if (why == NULL)
        return true;
    why = pgm_keep(ctx, why);
    mig_fail(ctx, MIG_E_STATE, "the table \"%s\" of migrate cannot be trusted", name);
    mig_detail(ctx, "%s", why);
    mig_hint(ctx,
             "What its rows name is compared by types and operators that their author may have "
             "chosen, which run code with the rights of the current role.");
    return false;
}

static bool role_exists(mig_ctx *ctx, const char *owner) {
    if (OidIsValid(get_role_oid(pgm_to_server((mig_str){owner, strlen(owner)}), true)))
        return true;
    mig_fail(ctx, MIG_E_UNKNOWN, "role \"%s\" does not exist", owner);
    mig_hint(ctx, "Create the role, or leave the owner out: then it is the current role.");
    return false;
}

bool pgm_schema_create(mig_ctx *ctx, const char *owner) {
    const char *role;

    if (mig_ctx_error(ctx) != NULL || (owner != NULL && !role_exists(ctx, owner)))
        return false;
    if (OidIsValid(get_namespace_oid(PGM_SCHEMA, true)))
        return true;
    if (pgm_database_aclcheck(MyDatabaseId, ACL_CREATE) != ACLCHECK_OK) {
        role = pgm_keep(ctx, GetUserNameFromId(GetUserId(), false));
        mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied to create the schema \"%s\"", PGM_SCHEMA);
        mig_hint(
            ctx,
            "Let the owner of the database run SELECT migrate_init('%s') once, or GRANT CREATE "
            "ON DATABASE to the current role.",
            role);
        return false;
    }
    if (owner == NULL)
        pgm_run_once("CREATE SCHEMA " PGM_SCHEMA);
    else
        pgm_run_once(psprintf("CREATE SCHEMA " PGM_SCHEMA " AUTHORIZATION %s",
                              quote_identifier(pgm_to_server((mig_str){owner, strlen(owner)}))));
    return true;
}

/* What a superuser makes in the schema of another role belongs to that role, as the rest does. */
static const char *table_owner_wanted(const char *owner) {
    Oid role;

    if (owner != NULL)
        return pgm_to_server((mig_str){owner, strlen(owner)});
    role = superuser() ? schema_owner(get_namespace_oid(PGM_SCHEMA, false)) : InvalidOid;
    return OidIsValid(role) && !superuser_arg(role) ? GetUserNameFromId(role, false) : NULL;
}

bool pgm_table_create(mig_ctx *ctx, const char *name, const char *ddl, const char *owner) {
    const char *wanted;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    pgm_run_named(ddl);
    wanted = name == NULL ? NULL : table_owner_wanted(owner);
    if (wanted != NULL)
        pgm_run_once(psprintf("ALTER TABLE " PGM_SCHEMA ".%s OWNER TO %s", quote_identifier(name),
                              quote_identifier(wanted)));
    return true;
}

/* ---- counting rows of a user's table */

RangeVar *pgm_range_of(mig_str name) {
    char *spelled = pgm_to_server(name);
    List *names;

    if (!SplitIdentifierString(spelled, '.', &names) || list_length(names) > 2 || names == NIL)
        return NULL;
    return list_length(names) == 2 ? makeRangeVar(linitial(names), lsecond(names), -1)
                                   : makeRangeVar(NULL, linitial(names), -1);
}

char *pgm_table_sql(Oid table) {
    return pstrdup(quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
                                              get_rel_name(table)));
}

/* The table a script means by a name; none when it does not exist, may not be read, is not a table,
   or somebody has it locked: a plan does not wait. */
static Oid table_find(mig_str name) {
    RangeVar *range = pgm_range_of(name);
    Oid schema, table;

    if (range == NULL)
        return InvalidOid;
    if (range->schemaname != NULL) {
        schema = get_namespace_oid(range->schemaname, true);
        if (!OidIsValid(schema) || pgm_namespace_aclcheck(schema, ACL_USAGE) != ACLCHECK_OK)
            return InvalidOid;
    }
    table = RangeVarGetRelid(range, NoLock, true);
    if (!OidIsValid(table) ||
        (get_rel_relkind(table) != RELKIND_RELATION &&
         get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE) ||
        pg_class_aclcheck(table, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
        check_enable_rls(table, InvalidOid, true) == RLS_ENABLED ||
        !ConditionalLockRelationOid(table, AccessShareLock))
        return InvalidOid;
    return table;
}

static int64_t rows_count(const pgm_host *host, Oid table, int64_t limit) {
    char *sql =
        psprintf("SELECT pg_catalog.count(*) FROM (SELECT FROM %s LIMIT " INT64_FORMAT ") AS few",
                 pgm_table_sql(table), (int64)limit);
    pgm_rights before = pgm_act_as_owner_of(table);
    bool is_null;
    int64_t rows;

    if (SPI_connect() != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed");
    if (SPI_execute(sql, host->listing, 1) != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "could not count the rows of a table");
    rows = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
    SPI_finish();
    pgm_act_as_before(before);
    return rows;
}

/* Nothing of a catalog that is not trusted, and nothing as a superuser of a table that is not his:
   planning a query runs functions of constants that stand in the indexes of a table. */
bool pgm_count_rows(mig_ctx *ctx, mig_str name, int64_t limit, int64_t *rows) {
    pgm_host *host = pgm_host_of(ctx);
    pgm_guard guard;
    Oid table;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    *rows = -1;
    if (host->listing && catalog_why("script", pgm_runner(host)) != NULL)
        return true;
    guard = pgm_guard_open(host);
    table = table_find(name);
    if (OidIsValid(table) && get_rel_name(table) != NULL)
        *rows = rows_count(host, table, limit);
    pgm_guard_close(host, &guard);
    return true;
}
