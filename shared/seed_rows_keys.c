/*
 * seed_rows_keys.c: sets of keys in temporary tables, to tell which rows of a table a data set has: for
 * sync, which removes the others, and for clear, which removes them.
 *
 * What hangs on the rows that are to go (rows of any table that refer to them) is counted before. A
 * foreign key that would take such rows along by itself (ON DELETE CASCADE) counts as well.
 */
#include <string.h>

#include "map.h"
#include "seed_rows_part.h"

#define CASCADE_MOST 8 /* tables deep: deeper conditions overflow the stack of SQLite's parser */

bool mig_keys_open(mig_ctx *ctx, mig_keys *keys, mig_shapes *shapes) {
    mig_key_set *set;
    size_t i;

    memset(keys, 0, sizeof *keys);
    keys->shapes = shapes;
    keys->sets = mig_alloc_zero(ctx, shapes->n_goals + 1, sizeof *keys->sets);
    for (i = 0; keys->sets != NULL && i < shapes->n_goals; i++) {
        set = &keys->sets[i];
        set->goal = &shapes->goals[i];
        set->fields = mig_alloc_zero(ctx, set->goal->relation.n_fields + 1, sizeof *set->fields);
        set->temp.name =
            mig_str_format(ctx, "%s.migrate_keys_%zu",
                           mig_ctx_host(ctx)->engine == MIG_POSTGRESQL ? "pg_temp" : "temp", i + 1);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- filling a set ----------------------------------------------------------------------- */

static const mig_field *key_field(const mig_key_set *set, size_t i) {
    return &set->goal->relation.fields[set->fields[i]];
}

static mig_str key_columns(mig_ctx *ctx, const mig_key_set *set) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < set->n; i++)
        mig_buf_addf(&buf, "%s%.*s", i == 0 ? "" : ", ", MIG_FMT(key_field(set, i)->sql));
    return mig_buf_str(&buf);
}

static bool set_make(mig_ctx *ctx, mig_key_set *set) {
    bool postgresql = mig_ctx_host(ctx)->engine == MIG_POSTGRESQL;
    size_t dot = 0;

    mig_str_find(set->temp.name, '.', &dot);
    if (!mig_temp_allowed(ctx,
                          mig_str_format(ctx, "the database compares the keys of table \"%.*s\"",
                                         MIG_FMT(set->goal->relation.name))))
        return false;
    return mig_sql_once(
               ctx,
               mig_str_format(ctx, "CREATE TEMPORARY TABLE %.*s%s AS SELECT %.*s FROM %.*s%s",
                              MIG_FMT(mig_str_sub(set->temp.name, dot + 1, set->temp.name.n)),
                              postgresql ? " ON COMMIT DROP" : "", MIG_FMT(key_columns(ctx, set)),
                              MIG_FMT(set->goal->relation.sql),
                              postgresql ? " WITH NO DATA" : " WHERE false"),
               NULL, 0, NULL, NULL, NULL) &&
           mig_temp_made(ctx, &set->temp);
}

static mig_str add_sql(mig_ctx *ctx, const mig_key_set *set) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    mig_buf_addf(&buf, "INSERT INTO %.*s VALUES (", MIG_FMT(set->temp.name));
    for (i = 0; i < set->n; i++) {
        mig_buf_add_z(&buf, i == 0 ? "" : ", ");
        mig_sql_param(&buf, mig_ctx_host(ctx)->engine, i + 1, key_field(set, i)->type);
    }
    mig_buf_add_char(&buf, ')');
    return mig_buf_str(&buf);
}

static mig_key_set *set_of(mig_keys *keys, const mig_shape *shape) {
    return &keys->sets[shape->goal - keys->shapes->goals];
}

static void set_key(mig_key_set *set, const mig_shape *shape) {
    size_t i;

    set->n = shape->n_key;
    for (i = 0; i < shape->n_key; i++)
        set->fields[i] = shape->fields[shape->key[i]];
}

static bool set_start(mig_ctx *ctx, mig_key_set *set, const mig_shape *shape) {
    set_key(set, shape);
    if (!set_make(ctx, set))
        return false;
    set->add = mig_ctx_host(ctx)->prepare(ctx, add_sql(ctx, set), set->n);
    return set->add != NULL;
}

/* The rows of one table must have one key to be told from those that are not in the file. */
static bool key_changes(mig_ctx *ctx, const mig_key_set *set) {
    mig_fail(ctx, MIG_E_DATA, "the rows of table \"%.*s\" are matched by different keys",
             MIG_FMT(set->goal->relation.name));
    mig_hint(ctx, "Name the columns that tell rows apart: key in _seed.");
    return false;
}

bool mig_keys_add(mig_ctx *ctx, mig_keys *keys, const mig_shape *shape, const mig_value *values) {
    mig_key_set *set = set_of(keys, shape);
    mig_value *params;
    size_t i;

    if (set->add == NULL && !set_start(ctx, set, shape))
        return false;
    params = mig_alloc(ctx, (set->n + 1) * sizeof *params);
    if (params == NULL)
        return false;
    if (set->n != shape->n_key)
        return key_changes(ctx, set);
    for (i = 0; i < set->n; i++) {
        if (set->fields[i] != shape->fields[shape->key[i]])
            return key_changes(ctx, set);
        params[i] = values[shape->key[i]];
    }
    set->temp.rows++;
    return mig_ctx_host(ctx)->run(ctx, set->add, params, NULL, NULL, NULL);
}

bool mig_keys_fit(mig_keys *keys, const mig_shape *shape) {
    const mig_key_set *set = set_of(keys, shape);
    size_t i;

    for (i = 0; set->add != NULL && i < set->n; i++)
        if (set->n != shape->n_key || set->fields[i] != shape->fields[shape->key[i]])
            return false;
    return true;
}

/* A column of a temporary table has lost its collation in SQLite. */
static void key_column_add(mig_buf *buf, const mig_field *field) {
    mig_buf_add(buf, field->sql);
    if (field->collation.n == 0)
        return;
    mig_buf_add_z(buf, " COLLATE ");
    mig_buf_add_identifier(buf, field->collation);
}

static bool double_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    mig_str *key = arg;

    (void)n;
    *key = mig_str_format(ctx, "%.*s", MIG_FMT(mig_str_sub(cols[0].text, 0, 60)));
    return key->p != NULL;
}

static bool set_check(mig_ctx *ctx, const mig_key_set *set) {
    bool postgresql = mig_ctx_host(ctx)->engine == MIG_POSTGRESQL;
    mig_str key = {NULL, 0};
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    if (!mig_temp_check(ctx, &set->temp))
        return false;
    mig_buf_addf(&buf,
                 postgresql
                     ? "SELECT pg_catalog.min(CAST(%.*s AS pg_catalog.text)) FROM %.*s GROUP BY "
                     : "SELECT min(CAST(%.*s AS text)) FROM %.*s GROUP BY ",
                 MIG_FMT(key_field(set, 0)->sql), MIG_FMT(set->temp.name));
    for (i = 0; i < set->n; i++) {
        mig_buf_add_z(&buf, i == 0 ? "" : ", ");
        key_column_add(&buf, key_field(set, i));
    }
    mig_buf_add_z(&buf, postgresql ? " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 LIMIT 1"
                                   : " HAVING count(*) > 1 LIMIT 1");
    if (!mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, double_row, &key, NULL))
        return false;
    if (key.p == NULL)
        return true;
    mig_fail(ctx, MIG_E_DATA, "two rows of table \"%.*s\" have the key %.*s=%.*s to the database",
             MIG_FMT(set->goal->relation.name), MIG_FMT(key_field(set, 0)->name), MIG_FMT(key));
    mig_hint(ctx,
             "The column takes values that are spelled differently for equal: leave one of the "
             "rows out.");
    return false;
}

bool mig_keys_check(mig_ctx *ctx, const mig_keys *keys) {
    size_t i, k;
    bool vague;

    for (i = 0; i < keys->shapes->n_goals; i++) {
        vague = false;
        for (k = 0; keys->sets[i].add != NULL && k < keys->sets[i].n; k++)
            vague = vague || key_field(&keys->sets[i], k)->vague;
        if (vague && !set_check(ctx, &keys->sets[i]))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_keys_borrow(mig_ctx *ctx, mig_keys *keys, const mig_shape *shape, const mig_temp *temp) {
    mig_key_set *set = set_of(keys, shape);

    set_key(set, shape);
    set->temp = *temp;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- conditions -------------------------------------------------------------------------- */

/* Rows that go: those of the data set's table that a set tells, or those of another table that refer
   to rows that go. d<depth> is the name of a row of it in the statements. */
typedef struct doomed {
    const struct doomed *above; /* what it refers to; NULL: the data set's table */
    const mig_referrer *link;   /* how */
    const mig_relation *relation;
    size_t depth;
} doomed;

typedef struct removal {
    const mig_key_set *set;
    bool others; /* the rows that the set does not have */
    bool cascade;
    mig_buf hanging; /* what stops it */
} removal;

static mig_str column_of(mig_ctx *ctx, size_t depth, mig_str name) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_addf(&buf, "d%zu.", depth);
    mig_buf_add_identifier(&buf, name);
    return mig_buf_str(&buf);
}

/* Is the row one that the set has (others: has not)? */
static void set_condition(mig_ctx *ctx, mig_buf *buf, const removal *self, size_t depth) {
    const mig_key_set *set = self->set;
    const mig_field *field;
    size_t i;

    if (set->n == 0) {
        mig_buf_add_z(buf, self->others ? "true" : "false");
        return;
    }
    mig_buf_addf(buf, "%sEXISTS (SELECT 1 FROM %.*s s WHERE ", self->others ? "NOT " : "",
                 MIG_FMT(set->temp.name));
    for (i = 0; i < set->n; i++) {
        field = key_field(set, i);
        mig_buf_add_z(buf, i == 0 ? "" : " AND ");
        mig_sql_equal(buf, mig_ctx_host(ctx)->engine, field, column_of(ctx, depth, field->name),
                      mig_str_format(ctx, "s.%.*s", MIG_FMT(field->sql)));
    }
    mig_buf_add_char(buf, ')');
}

static void link_condition(mig_ctx *ctx, mig_buf *buf, const doomed *d) {
    mig_engine engine = mig_ctx_host(ctx)->engine;
    const mig_relation *above = d->above->relation;
    size_t i, at;

    for (i = 0; i < d->link->columns.n; i++) {
        at = mig_field_find(engine, above, d->link->referred.items[i]);
        mig_buf_add_z(buf, i == 0 ? "" : " AND ");
        if (at == MIG_NONE)
            mig_buf_add_z(buf, "false");
        else
            mig_sql_equal(buf, engine, &above->fields[at],
                          column_of(ctx, d->above->depth, above->fields[at].name),
                          column_of(ctx, d->depth, d->link->columns.items[i]));
    }
}

/* The condition for a row of d: EXISTS within EXISTS, up to the table of the data set, whose own rows
   that go are no others that hang on them. */
static void condition_add(mig_ctx *ctx, mig_buf *buf, const removal *self, const doomed *d) {
    size_t open = 0;

    if (d->above != NULL && mig_str_eq(d->relation->sql, self->set->goal->relation.sql)) {
        mig_buf_add_z(buf, "NOT (");
        set_condition(ctx, buf, self, d->depth);
        mig_buf_add_z(buf, ") AND ");
    }
    for (; d->above != NULL; d = d->above) {
        mig_buf_addf(buf, "EXISTS (SELECT 1 FROM %.*s d%zu WHERE ",
                     MIG_FMT(d->above->relation->sql), d->above->depth);
        link_condition(ctx, buf, d);
        mig_buf_add_z(buf, " AND ");
        open++;
    }
    set_condition(ctx, buf, self, 0);
    while (open-- > 0)
        mig_buf_add_char(buf, ')');
}

/* ---- counting and removing --------------------------------------------------------------- */

static bool count_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)ctx;
    (void)n;
    *(int64_t *)arg = cols[0].integer;
    return true;
}

static bool rows_count(mig_ctx *ctx, const removal *self, const doomed *d, int64_t *n) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_addf(&buf, "SELECT %s(*) FROM %.*s d%zu WHERE ",
                 mig_ctx_host(ctx)->engine == MIG_POSTGRESQL ? "pg_catalog.count" : "count",
                 MIG_FMT(d->relation->sql), d->depth);
    condition_add(ctx, &buf, self, d);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, count_row, n, NULL);
}

static bool rows_delete(mig_ctx *ctx, const removal *self, const doomed *d, int64_t *n) {
    mig_buf buf = mig_buf_new(ctx);

    if (self->set->n > 0 && !mig_temp_check(ctx, &self->set->temp))
        return false;
    mig_buf_addf(&buf, "DELETE FROM %.*s AS d%zu WHERE ", MIG_FMT(d->relation->sql), d->depth);
    condition_add(ctx, &buf, self, d);
    return mig_sql_once(ctx, mig_buf_str(&buf), NULL, 0, NULL, NULL, n);
}

/* The table without its schema, where that is the schema of the data set's table. */
static mig_str shown_table(mig_ctx *ctx, const removal *self, const doomed *d) {
    mig_str base = self->set->goal->relation.sql, name = d->link->table;
    size_t n = base.n;

    if (mig_ctx_host(ctx)->engine == MIG_SQLITE)
        return name;
    while (n > 0 && base.p[n - 1] != '.')
        n--;
    return n > 0 && mig_str_starts(name, mig_str_sub(base, 0, n)) ? mig_str_sub(name, n, name.n)
                                                                  : name;
}

static bool hanging_note(mig_ctx *ctx, removal *self, const doomed *d, int64_t n) {
    return mig_buf_addf(
        &self->hanging, "%s%lld row%s of table \"%.*s\" (%.*s)", self->hanging.n == 0 ? "" : ", ",
        (long long)n, n == 1 ? "" : "s", MIG_FMT(shown_table(ctx, self, d)),
        MIG_FMT(mig_str_join(ctx, d->link->columns.items, d->link->columns.n, ", ")));
}

static bool too_deep(mig_ctx *ctx, const removal *self) {
    mig_fail(ctx, MIG_E_LIMIT, "foreign keys on table \"%.*s\" are more than %d tables deep",
             MIG_FMT(self->set->goal->relation.name), CASCADE_MOST);
    mig_hint(ctx, "Do rows refer to each other in a circle? Remove some of them by hand.");
    return false;
}

static bool hanging_take(mig_ctx *ctx, removal *self, const doomed *d);

/* What hangs on the rows of d: noted, or removed. As deep as CASCADE_MOST. */
static bool hanging_all(mig_ctx *ctx, removal *self, const doomed *d) {
    doomed below;
    size_t i;

    for (i = 0; i < d->relation->n_referrers; i++) {
        below.above = d;
        below.link = &d->relation->referrers[i];
        below.depth = d->depth + 1;
        if (!hanging_take(ctx, self, &below))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

static bool hanging_take(mig_ctx *ctx, removal *self, const doomed *d) {
    mig_relation relation;
    doomed own = *d;
    int64_t n = 0;

    memset(&relation, 0, sizeof relation);
    if (!mig_ctx_host(ctx)->describe(ctx, d->link->table, &relation))
        return false;
    own.relation = &relation;
    if (!relation.found || !rows_count(ctx, self, &own, &n) || n == 0)
        return mig_ctx_error(ctx) == NULL;
    if (!self->cascade)
        return hanging_note(ctx, self, &own, n);
    if (own.depth == CASCADE_MOST)
        return too_deep(ctx, self);
    if (!hanging_all(ctx, self, &own) || !rows_delete(ctx, self, &own, &n) || n == 0)
        return mig_ctx_error(ctx) == NULL;
    return mig_answer(ctx, "%.*s: %lld row%s removed that hung on rows of %.*s",
                      MIG_FMT(shown_table(ctx, self, &own)), (long long)n, n == 1 ? "" : "s",
                      MIG_FMT(self->set->goal->relation.name));
}

static bool hanging_stop(mig_ctx *ctx, const removal *self) {
    mig_str hanging = mig_buf_str(&self->hanging);

    mig_fail(ctx, MIG_E_STATE, "rows of table \"%.*s\" cannot be removed: other rows hang on them",
             MIG_FMT(self->set->goal->relation.name));
    mig_detail(ctx, "They are referred to by %.*s.", MIG_FMT(hanging));
    mig_hint(ctx, "Remove those first, or give the option \"cascade\": true to remove them too.");
    return false;
}

static bool set_remove(mig_ctx *ctx, const mig_key_set *set, bool others, bool cascade,
                       mig_counts *counts) {
    doomed base = {NULL, NULL, &set->goal->relation, 0};
    removal self = {set, others, cascade, mig_buf_new(ctx)};
    int64_t n = 0;

    if (!set->goal->relation.found || (set->n == 0 && !others))
        return mig_ctx_error(ctx) == NULL;
    if (!hanging_all(ctx, &self, &base))
        return false;
    if (self.hanging.n > 0)
        return hanging_stop(ctx, &self);
    if (!rows_delete(ctx, &self, &base, &n))
        return false;
    counts->removed += n;
    return true;
}

/* PostgreSQL hashes; SQLite would read the set from the start for each row. */
static bool set_index(mig_ctx *ctx, const mig_key_set *set) {
    size_t dot = 0;

    if (set->add == NULL || mig_ctx_host(ctx)->engine == MIG_POSTGRESQL)
        return mig_ctx_error(ctx) == NULL;
    mig_str_find(set->temp.name, '.', &dot);
    return mig_sql_once(
        ctx,
        mig_str_format(ctx, "CREATE INDEX %.*s_key ON %.*s (%.*s)", MIG_FMT(set->temp.name),
                       MIG_FMT(mig_str_sub(set->temp.name, dot + 1, set->temp.name.n)),
                       MIG_FMT(key_columns(ctx, set))),
        NULL, 0, NULL, NULL, NULL);
}

static bool keys_remove(mig_ctx *ctx, mig_keys *keys, bool others, bool cascade,
                        mig_counts *counts) {
    size_t i;

    for (i = keys->shapes->n_goals; i > 0; i--)
        if (!set_index(ctx, &keys->sets[i - 1]) ||
            !set_remove(ctx, &keys->sets[i - 1], others, cascade, counts))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

bool mig_keys_remove_others(mig_ctx *ctx, mig_keys *keys, mig_counts *counts) {
    return keys_remove(ctx, keys, true, false, counts);
}

bool mig_keys_remove(mig_ctx *ctx, mig_keys *keys, bool cascade, mig_counts *counts) {
    return keys_remove(ctx, keys, false, cascade, counts);
}

bool mig_keys_close(mig_ctx *ctx, mig_keys *keys) {
    mig_host *host = mig_ctx_host(ctx);
    mig_key_set *set;
    size_t i;

    for (i = 0; i < keys->shapes->n_goals; i++) {
        set = &keys->sets[i];
        if (set->add == NULL)
            continue;
        host->unprepare(ctx, set->add);
        set->add = NULL;
        if (!mig_sql_once(ctx, mig_str_format(ctx, "DROP TABLE %.*s", MIG_FMT(set->temp.name)),
                          NULL, 0, NULL, NULL, NULL))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}
