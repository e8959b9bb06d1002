/*
 * seed.c: see seed.h. Names of formats and modes, and the lists of columns of a header.
 */
#include "seed.h"

static const struct {
    const char *ending;
    mig_format format;
} endings[] = {
    {"sql", MIG_FORMAT_SQL},   {"yaml", MIG_FORMAT_YAML}, {"yml", MIG_FORMAT_YAML},
    {"json", MIG_FORMAT_JSON}, {"csv", MIG_FORMAT_CSV},
};

static const char *const format_names[] = {
    [MIG_FORMAT_SQL] = "sql",
    [MIG_FORMAT_YAML] = "yaml",
    [MIG_FORMAT_JSON] = "json",
    [MIG_FORMAT_CSV] = "csv",
};

static const char *const mode_names[] = {
    [MIG_MODE_INSERT] = "insert",
    [MIG_MODE_UPDATE] = "update",
    [MIG_MODE_SYNC] = "sync",
};

/* What stands behind the last c, or all where there is none; *before is what stands in front. */
static mig_str behind_last(mig_str s, char c, mig_str *before) {
    size_t i = s.n;

    while (i > 0 && s.p[i - 1] != c)
        i--;
    *before = mig_str_sub(s, 0, i > 0 ? i - 1 : 0);
    return mig_str_sub(s, i, s.n - i);
}

static bool has(mig_str s, char c) {
    size_t at;

    return mig_str_find(s, c, &at);
}

bool mig_format_of(mig_str name, mig_format *format) {
    mig_str before, file = behind_last(name, '/', &before), ending;
    size_t i;

    if (!has(file, '.'))
        return false;
    ending = behind_last(file, '.', &before);
    for (i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (mig_str_is_nocase(ending, endings[i].ending)) {
            *format = endings[i].format;
            return true;
        }
    }
    return false;
}

const char *mig_format_name(mig_format format) {
    return format_names[format];
}

mig_str mig_format_stem(mig_str path) {
    mig_str before, file = behind_last(path, '/', &before);

    if (!has(file, '.'))
        return file;
    behind_last(file, '.', &before);
    return before;
}

bool mig_seed_mode_of(mig_str word, mig_seed_mode *mode) {
    size_t i;

    for (i = 0; i < sizeof mode_names / sizeof *mode_names; i++) {
        if (mig_str_is(word, mode_names[i])) {
            *mode = (mig_seed_mode)i;
            return true;
        }
    }
    return false;
}

const char *mig_seed_mode_name(mig_seed_mode mode) {
    return mode_names[mode];
}

const mig_list *mig_seed_columns_for(const mig_seed_column_lists *lists, mig_str table) {
    const mig_list *found = NULL;
    size_t i;

    for (i = 0; i < lists->n; i++) {
        if (lists->items[i].table.n == 0)
            found = &lists->items[i].columns;
        else if (mig_str_eq(lists->items[i].table, table))
            return &lists->items[i].columns;
    }
    return found;
}

bool mig_seed_name_check(mig_str name, const char **why) {
    size_t i;

    *why = NULL;
    if (name.n == 0)
        *why = "it is empty";
    else if (name.n > MIG_MAX_ID)
        *why = "it is longer than 255 bytes";
    else if (mig_str_is(name, "*"))
        *why = "it stands for all profiles";
    for (i = 0; *why == NULL && i < name.n; i++)
        if (!mig_is_alpha(name.p[i]) && !mig_is_digit(name.p[i]) && name.p[i] != '_' &&
            name.p[i] != '.' && name.p[i] != '-')
            *why = "only letters A-Z, digits, \"_\", \".\" and \"-\" are allowed";
    return *why == NULL;
}
