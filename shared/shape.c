/*
 * shape.c: see shape.h.
 */
#include "shape.h"

#include <string.h>

#include "map.h"

/* ---- goals ------------------------------------------------------------------------------- */

static bool goal_freeze(mig_ctx *ctx, mig_goal *goal) {
    const mig_relation *relation = &goal->relation;
    size_t i, at;

    goal->frozen = mig_alloc_zero(ctx, relation->n_fields + 1, sizeof *goal->frozen);
    goal->given = mig_alloc_zero(ctx, relation->n_fields + 1, sizeof *goal->given);
    if (goal->given == NULL)
        return false;
    for (i = 0; i < relation->n_fields; i++)
        goal->frozen[i] = relation->fields[i].always_identity;
    for (i = 0; goal->insert_only != NULL && i < goal->insert_only->n; i++) {
        at = mig_field_find(mig_ctx_host(ctx)->engine, relation, goal->insert_only->items[i]);
        if (at != MIG_NONE)
            goal->frozen[at] = true;
    }
    return true;
}

static bool columns_known(mig_ctx *ctx, const mig_goal *goal, const mig_list *columns,
                          const char *what, const mig_seed *seed, mig_complaints *list) {
    const mig_relation *relation = &goal->relation;
    size_t i;

    for (i = 0; columns != NULL && i < columns->n; i++)
        if (mig_field_find(mig_ctx_host(ctx)->engine, relation, columns->items[i]) == MIG_NONE &&
            !mig_complain(ctx, list, MIG_E_DATA, seed->source, seed->header.line, 0,
                          "column \"%.*s\" in %s is not a column of table \"%.*s\"",
                          MIG_FMT(columns->items[i]), what, MIG_FMT(relation->name)))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

static bool goal_open(mig_ctx *ctx, const mig_seed *seed, mig_str table, mig_goal *goal,
                      mig_complaints *list) {
    memset(goal, 0, sizeof *goal);
    if (!mig_ctx_host(ctx)->describe(ctx, table, &goal->relation))
        return mig_complain_error(ctx, list, seed->source);
    goal->relation.name = table;
    if (!goal->relation.found) {
        mig_complain(ctx, list, MIG_E_DATA, seed->source, 0, 0, "table \"%.*s\" does not exist",
                     MIG_FMT(table));
        return mig_complain_hint(ctx, list,
                                 "Upgrade first; a seed can name the revision it needs: requires.");
    }
    goal->key = mig_seed_columns_for(&seed->header.key, table);
    goal->insert_only = mig_seed_columns_for(&seed->header.insert_only, table);
    return columns_known(ctx, goal, goal->key, "key", seed, list) &&
           columns_known(ctx, goal, goal->insert_only, "insert_only", seed, list) &&
           goal_freeze(ctx, goal);
}

static bool shapes_room(mig_ctx *ctx, mig_shapes *shapes) {
    size_t i, most = 1;
    mig_shape *shape;

    for (i = 0; i < shapes->n_goals; i++)
        if (shapes->goals[i].relation.n_fields > most)
            most = shapes->goals[i].relation.n_fields;
    for (i = 0; i < MIG_SHAPES; i++) {
        shape = &shapes->shapes[i];
        shape->fields = mig_alloc_zero(ctx, most, sizeof *shape->fields);
        shape->key = mig_alloc_zero(ctx, most, sizeof *shape->key);
        shape->key_place = mig_alloc_zero(ctx, most, sizeof *shape->key_place);
        shape->secret = mig_alloc_zero(ctx, most, sizeof *shape->secret);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* One table under two names would be two tables to sync, each with the rows of the other to remove. */
static bool goal_is_new(mig_ctx *ctx, const mig_shapes *shapes, size_t i, mig_complaints *list) {
    const mig_goal *goal = &shapes->goals[i], *other;
    size_t k;

    for (k = 0; k < i && goal->relation.found; k++) {
        other = &shapes->goals[k];
        if (other->relation.found && mig_str_eq(other->relation.sql, goal->relation.sql))
            mig_complain(ctx, list, MIG_E_DATA, shapes->seed->source, 0, 0,
                         "tables \"%.*s\" and \"%.*s\" are the same table",
                         MIG_FMT(other->relation.name), MIG_FMT(goal->relation.name));
    }
    return mig_ctx_error(ctx) == NULL;
}

bool mig_shapes_open(mig_ctx *ctx, const mig_seed *seed, mig_shapes *shapes, mig_complaints *list) {
    mig_complaints own;
    size_t i;

    memset(shapes, 0, sizeof *shapes);
    memset(&own, 0, sizeof own);
    if (list == NULL)
        list = &own;
    shapes->seed = seed;
    shapes->uniform = seed->format == MIG_FORMAT_CSV;
    shapes->n_goals = seed->tables.n;
    shapes->goals = mig_alloc_zero(ctx, seed->tables.n + 1, sizeof *shapes->goals);
    if (shapes->goals == NULL)
        return false;
    for (i = 0; i < seed->tables.n; i++)
        if (!goal_open(ctx, seed, seed->tables.items[i], &shapes->goals[i], list) ||
            !goal_is_new(ctx, shapes, i, list))
            return false;
    return shapes_room(ctx, shapes) && mig_complaints_raise(ctx, &own, "");
}

mig_goal *mig_goal_find(mig_shapes *shapes, mig_str table) {
    size_t i;

    if (shapes->last != NULL && mig_str_eq(shapes->last->goal->relation.name, table))
        return shapes->last->goal;
    for (i = 0; i < shapes->n_goals; i++)
        if (mig_str_eq(shapes->goals[i].relation.name, table))
            return shapes->goals[i].relation.found ? &shapes->goals[i] : NULL;
    return NULL;
}

/* SQLite's names of columns have no case. */
size_t mig_field_find(mig_engine engine, const mig_relation *relation, mig_str name) {
    size_t i, k;

    for (i = 0; i < relation->n_fields; i++) {
        if (mig_str_eq(relation->fields[i].name, name))
            return i;
        if (engine == MIG_POSTGRESQL || relation->fields[i].name.n != name.n)
            continue;
        for (k = 0; k < name.n; k++)
            if (mig_lower(relation->fields[i].name.p[k]) != mig_lower(name.p[k]))
                break;
        if (k == name.n)
            return i;
    }
    return MIG_NONE;
}

/* ---- the fields of a row ----------------------------------------------------------------- */

static bool field_refuse(mig_ctx *ctx, const mig_shapes *shapes, const mig_goal *goal,
                         const mig_row *row, const mig_cell *cell, size_t at,
                         mig_complaints *list) {
    int line = cell->line > 0 ? cell->line : row->line;
    mig_str source = shapes->seed->source;

    if (at == MIG_NONE)
        mig_complain(ctx, list, MIG_E_DATA, source, line, cell->place,
                     "table \"%.*s\" has no column \"%.*s\"", MIG_FMT(goal->relation.name),
                     MIG_FMT(cell->column));
    else if (goal->relation.fields[at].generated)
        mig_complain(ctx, list, MIG_E_DATA, source, line, cell->place,
                     "column \"%.*s\" of table \"%.*s\" is generated: it takes no value",
                     MIG_FMT(cell->column), MIG_FMT(goal->relation.name));
    else
        mig_complain(ctx, list, MIG_E_DATA, source, line, cell->place,
                     "column \"%.*s\" of table \"%.*s\" is given twice", MIG_FMT(cell->column),
                     MIG_FMT(goal->relation.name));
    return false;
}

static bool shape_fields(mig_ctx *ctx, const mig_shapes *shapes, mig_shape *shape,
                         const mig_row *row, mig_complaints *list) {
    const mig_relation *relation = &shape->goal->relation;
    mig_engine engine = mig_ctx_host(ctx)->engine;
    bool ok = true;
    size_t i, k, at;

    for (i = 0; i < row->n; i++) {
        at = mig_field_find(engine, relation, row->cells[i].column);
        for (k = 0; at != MIG_NONE && k < i && k < relation->n_fields; k++)
            if (shape->fields[k] == at)
                break;
        if (at == MIG_NONE || relation->fields[at].generated || k < i) {
            ok = field_refuse(ctx, shapes, shape->goal, row, &row->cells[i], at, list);
            if (i >= relation->n_fields)
                return false;
        }
        shape->fields[i] = at;
        shape->secret[i] = row->cells[i].kind == MIG_CELL_PASSWORD;
    }
    shape->n = row->n;
    return ok && mig_ctx_error(ctx) == NULL;
}

/* ---- the key ----------------------------------------------------------------------------- */

static size_t place_of(const mig_shape *shape, size_t field) {
    size_t i;

    for (i = 0; i < shape->n; i++)
        if (shape->fields[i] == field)
            return i;
    return MIG_NONE;
}

static bool unique_given(const mig_shape *shape, const mig_unique *unique) {
    size_t i;

    for (i = 0; i < unique->n; i++)
        if (place_of(shape, unique->fields[i]) == MIG_NONE)
            return false;
    return unique->n > 0;
}

/* A column that is named several times (in _seed, in an index) counts once. */
static void key_take(mig_shape *shape, const size_t *fields, size_t n) {
    size_t i, place;

    shape->n_key = 0;
    shape->vague = false;
    for (i = 0; i < shape->n; i++)
        shape->key_place[i] = false;
    for (i = 0; i < n; i++) {
        place = place_of(shape, fields[i]);
        if (shape->key_place[place])
            continue;
        shape->key[shape->n_key++] = place;
        shape->key_place[place] = true;
        shape->vague = shape->vague || shape->goal->relation.fields[fields[i]].vague;
    }
}

/* Is the key, as a set, one of the relation's? Then no two rows can have the same. */
static bool key_is_unique(const mig_shape *shape) {
    const mig_relation *relation = &shape->goal->relation;
    size_t i, k, found;

    for (i = 0; i < relation->n_keys; i++) {
        found = 0;
        for (k = 0; k < relation->keys[i].n; k++)
            if (place_of(shape, relation->keys[i].fields[k]) != MIG_NONE &&
                shape->key_place[place_of(shape, relation->keys[i].fields[k])])
                found++;
        if (found == relation->keys[i].n)
            return true;
    }
    return false;
}

static bool key_wanted(mig_ctx *ctx, const mig_shapes *shapes, mig_shape *shape, const mig_row *row,
                       mig_complaints *list) {
    const mig_goal *goal = shape->goal;
    size_t *fields = mig_alloc_zero(ctx, goal->key->n + 1, sizeof *fields);
    size_t i;

    for (i = 0; fields != NULL && i < goal->key->n; i++) {
        fields[i] = mig_field_find(mig_ctx_host(ctx)->engine, &goal->relation, goal->key->items[i]);
        if (fields[i] == MIG_NONE || place_of(shape, fields[i]) == MIG_NONE) {
            mig_complain(ctx, list, MIG_E_DATA, shapes->seed->source, row->line, 0,
                         "row %zu of table \"%.*s\" lacks the key column \"%.*s\"", row->number,
                         MIG_FMT(goal->relation.name), MIG_FMT(goal->key->items[i]));
            return false;
        }
    }
    if (fields != NULL)
        key_take(shape, fields, goal->key->n);
    return fields != NULL;
}

static mig_str keys_text(mig_ctx *ctx, const mig_relation *relation) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i, k;

    for (i = 0; i < relation->n_keys; i++) {
        mig_buf_add_z(&buf, i == 0 ? "(" : ", (");
        for (k = 0; k < relation->keys[i].n; k++) {
            mig_buf_add_z(&buf, k == 0 ? "" : ", ");
            mig_buf_add(&buf, relation->fields[relation->keys[i].fields[k]].name);
        }
        mig_buf_add_char(&buf, ')');
    }
    return mig_buf_str(&buf);
}

static bool key_none(mig_ctx *ctx, const mig_shapes *shapes, const mig_shape *shape,
                     const mig_row *row, size_t n_fitting, mig_complaints *list) {
    const mig_relation *relation = &shape->goal->relation;

    mig_complain(ctx, list, MIG_E_DATA, shapes->seed->source, row->line, 0,
                 n_fitting == 0 ? "the rows of table \"%.*s\" have no key to be matched by"
                                : "the rows of table \"%.*s\" could be matched by several keys",
                 MIG_FMT(relation->name));
    if (relation->n_keys == 0)
        mig_complain_hint(ctx, list,
                          "The table has neither a primary key nor a unique constraint; name the "
                          "columns that tell rows apart: key in _seed.");
    else
        mig_complain_hint(
            ctx, list,
            "Give all columns of one key of the table, %.*s, or name the columns that "
            "tell rows apart: key in _seed.",
            MIG_FMT(keys_text(ctx, relation)));
    return false;
}

static bool shape_key(mig_ctx *ctx, const mig_shapes *shapes, mig_shape *shape, const mig_row *row,
                      mig_complaints *list) {
    const mig_relation *relation = &shape->goal->relation;
    const mig_unique *found = NULL;
    size_t i, n = 0;

    if (shape->goal->key != NULL && shape->goal->key->n > 0) {
        if (!key_wanted(ctx, shapes, shape, row, list))
            return false;
        shape->unique = key_is_unique(shape);
        return true;
    }
    for (i = 0; i < relation->n_keys; i++) {
        if (!unique_given(shape, &relation->keys[i]))
            continue;
        found = &relation->keys[i];
        n++;
        if (found->primary)
            break;
    }
    if (found == NULL || (n > 1 && !found->primary))
        return key_none(ctx, shapes, shape, row, n, list);
    key_take(shape, found->fields, found->n);
    shape->unique = true;
    return true;
}

/* Its hash comes out different each time: no row would ever be found by it. */
static bool key_is_open(mig_ctx *ctx, const mig_shapes *shapes, const mig_shape *shape,
                        const mig_row *row, mig_complaints *list) {
    const mig_cell *cell;
    size_t i;

    for (i = 0; i < shape->n_key; i++) {
        cell = &row->cells[shape->key[i]];
        if (cell->kind != MIG_CELL_PASSWORD)
            continue;
        mig_complain(ctx, list, MIG_E_DATA, shapes->seed->source, cell->line, cell->place,
                     "the password in column \"%.*s\" of table \"%.*s\" cannot be part of a key",
                     MIG_FMT(cell->column), MIG_FMT(shape->goal->relation.name));
        return false;
    }
    return mig_ctx_error(ctx) == NULL;
}

/* ---- shapes ------------------------------------------------------------------------------ */

static bool shape_fits(const mig_shape *shape, const mig_goal *goal, const mig_row *row) {
    size_t i;

    if (shape->goal != goal || shape->n != row->n)
        return false;
    for (i = 0; i < row->n; i++)
        if (shape->secret[i] != (row->cells[i].kind == MIG_CELL_PASSWORD) ||
            !mig_str_eq(row->cells[i].column, goal->relation.fields[shape->fields[i]].name))
            return false;
    return true;
}

static void shape_drop(mig_ctx *ctx, mig_shape *shape) {
    mig_host *host = mig_ctx_host(ctx);

    host->unprepare(ctx, shape->find);
    host->unprepare(ctx, shape->insert);
    host->unprepare(ctx, shape->update);
    shape->find = shape->insert = shape->update = NULL;
    shape->goal = NULL;
}

static mig_shape *shape_place(mig_ctx *ctx, mig_shapes *shapes) {
    mig_shape *oldest = &shapes->shapes[0];
    size_t i;

    for (i = 0; i < MIG_SHAPES; i++)
        if (shapes->shapes[i].used < oldest->used)
            oldest = &shapes->shapes[i];
    shape_drop(ctx, oldest);
    if (shapes->last == oldest)
        shapes->last = NULL;
    return oldest;
}

static mig_shape *shape_new(mig_ctx *ctx, mig_shapes *shapes, mig_goal *goal, const mig_row *row,
                            mig_complaints *list) {
    mig_shape *shape = shape_place(ctx, shapes);
    size_t i;

    shape->goal = goal;
    shape->n = 0;
    if (!shape_fields(ctx, shapes, shape, row, list) || !shape_key(ctx, shapes, shape, row, list) ||
        !key_is_open(ctx, shapes, shape, row, list)) {
        shape->goal = NULL;
        return NULL;
    }
    for (i = 0; i < shape->n; i++)
        goal->given[shape->fields[i]] = true;
    return shape;
}

mig_shape *mig_shape_of(mig_ctx *ctx, mig_shapes *shapes, const mig_row *row,
                        mig_complaints *list) {
    mig_goal *goal = mig_goal_find(shapes, row->table);
    mig_shape *shape = shapes->last;
    size_t i;

    if (goal == NULL)
        return NULL;
    if (shapes->uniform && shape != NULL)
        return shape;
    for (i = 0; (shape == NULL || !shape_fits(shape, goal, row)) && i < MIG_SHAPES; i++)
        shape = &shapes->shapes[i];
    if (shape == NULL || !shape_fits(shape, goal, row))
        shape = shape_new(ctx, shapes, goal, row, list);
    if (shape == NULL)
        return NULL;
    shape->used = ++shapes->clock;
    shapes->last = shape;
    return shape;
}

void mig_shapes_close(mig_ctx *ctx, mig_shapes *shapes) {
    size_t i;

    for (i = 0; i < MIG_SHAPES; i++)
        shape_drop(ctx, &shapes->shapes[i]);
    shapes->last = NULL;
}

const mig_field *mig_shape_field(const mig_shape *shape, size_t place) {
    return &shape->goal->relation.fields[shape->fields[place]];
}

bool mig_shape_is_updated(const mig_shape *shape, size_t place) {
    return !shape->key_place[place] && !shape->goal->frozen[shape->fields[place]];
}

bool mig_shape_is_overriding(const mig_shape *shape) {
    size_t i;

    for (i = 0; i < shape->n; i++)
        if (mig_shape_field(shape, i)->always_identity)
            return true;
    return false;
}

mig_str mig_shape_key_text(mig_ctx *ctx, const mig_shape *shape, const mig_row *row) {
    mig_buf buf = mig_buf_new(ctx);
    const mig_cell *cell;
    size_t i;

    for (i = 0; i < shape->n_key; i++) {
        cell = &row->cells[shape->key[i]];
        mig_buf_add_z(&buf, i == 0 ? "" : ", ");
        mig_buf_add(&buf, cell->column);
        mig_buf_add_char(&buf, '=');
        if (cell->kind == MIG_CELL_PASSWORD)
            mig_buf_add_z(&buf, "***");
        else if (cell->kind == MIG_CELL_REF)
            mig_buf_add_z(&buf, "(ref)");
        else
            mig_buf_add(&buf, mig_str_sub(cell->text, 0, 60));
    }
    return mig_buf_str(&buf);
}
