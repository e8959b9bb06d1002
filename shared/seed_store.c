/*
 * seed_store.c: see seed_store.h.
 *
 * The header of a seed is one text: a line for each list it has, the words of a line separated by
 * TABs, the first word its kind. Backslash, TAB and line ends inside a word are written \\ \t \n \r.
 * A file stamp that no file has (NO_FILE) says that the file is gone.
 *
 * A checksum is the SHA-256 of the file, and for a CSV that a file beside it describes ":" and the
 * SHA-256 of that file behind it, so that the first 64 digits can be compared with what is streamed.
 */
#include "seed_store.h"

#include <limits.h>
#include <string.h>

#include "checksum.h"
#include "nearest.h"
#include "value.h"

#define HASH_SIZE 64
#define NO_FILE "missing"

/* ---- words ------------------------------------------------------------------------------- */

static void word_write(mig_buf *buf, mig_str word) {
    static const char plain[] = "\\\t\n\r", escaped[] = "\\tnr";
    const char *found;
    size_t i;

    for (i = 0; i < word.n; i++) {
        found = word.p[i] == '\0' ? NULL : strchr(plain, word.p[i]);
        if (found == NULL) {
            mig_buf_add_char(buf, word.p[i]);
            continue;
        }
        mig_buf_add_char(buf, '\\');
        mig_buf_add_char(buf, escaped[found - plain]);
    }
}

static void words_write(mig_buf *buf, const mig_list *words) {
    size_t i;

    for (i = 0; i < words->n; i++) {
        mig_buf_add_char(buf, '\t');
        word_write(buf, words->items[i]);
    }
}

/* One word without its escapes; false where there is a wrong one. */
static bool word_read(mig_ctx *ctx, mig_str raw, mig_str *word) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    for (i = 0; i < raw.n; i++) {
        char c = raw.p[i];

        if (c == '\\') {
            c = ++i < raw.n ? raw.p[i] : ' ';
            if (c != '\\' && c != 't' && c != 'n' && c != 'r')
                return false;
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : '\\');
        }
        mig_buf_add_char(&buf, c);
    }
    *word = mig_buf_str(&buf);
    return mig_ctx_error(ctx) == NULL;
}

/* The words of a line from its first TAB on; an empty text has none. */
static bool words_read(mig_ctx *ctx, mig_str line, mig_list *words) {
    mig_str word;
    size_t end;

    while (line.n > 0) {
        line = mig_str_sub(line, 1, line.n);
        if (!mig_str_find(line, '\t', &end))
            end = line.n;
        if (!word_read(ctx, mig_str_sub(line, 0, end), &word) || !mig_list_add(ctx, words, word))
            return false;
        line = mig_str_sub(line, end, line.n);
    }
    return true;
}

/* ---- the header as text ------------------------------------------------------------------ */

static void list_write(mig_buf *buf, const char *kind, const mig_list *words) {
    if (words->n == 0)
        return;
    mig_buf_add_z(buf, kind);
    words_write(buf, words);
    mig_buf_add_char(buf, '\n');
}

static void columns_write(mig_buf *buf, const char *kind, const mig_seed_column_lists *lists) {
    size_t i;

    for (i = 0; i < lists->n; i++) {
        mig_buf_addf(buf, "%s\t", kind);
        word_write(buf, lists->items[i].table);
        words_write(buf, &lists->items[i].columns);
        mig_buf_add_char(buf, '\n');
    }
}

static mig_str header_write(mig_ctx *ctx, const mig_seed_header *header) {
    mig_buf buf = mig_buf_new(ctx);

    list_write(&buf, "profiles", &header->profiles);
    list_write(&buf, "depends_on", &header->depends_on);
    list_write(&buf, "requires", &header->requires);
    columns_write(&buf, "key", &header->key);
    columns_write(&buf, "insert_only", &header->insert_only);
    if (header->table.n > 0) {
        mig_buf_add_z(&buf, "table\t");
        word_write(&buf, header->table);
        mig_buf_add_char(&buf, '\n');
    }
    if (header->mode != MIG_MODE_INSERT)
        mig_buf_addf(&buf, "mode\t%s\n", mig_seed_mode_name(header->mode));
    if (header->given)
        mig_buf_add_z(&buf, "given\n");
    if (header->line > 0)
        mig_buf_addf(&buf, "line\t%d\n", header->line);
    return mig_buf_str(&buf);
}

static bool columns_read(mig_ctx *ctx, const mig_list *words, mig_seed_column_lists *lists) {
    mig_seed_columns *items;

    if (words->n < 2)
        return false;
    items = mig_grow(ctx, lists->items, lists->n, &lists->room, sizeof *items);
    if (items == NULL)
        return false;
    lists->items = items;
    items += lists->n++;
    items->table = words->items[0];
    items->columns = *words;
    items->columns.items++;
    items->columns.n--;
    items->columns.room = 0;
    return true;
}

/* Names of seeds and profiles. */
static bool names_read(const mig_list *words, mig_list *names) {
    const char *why;
    size_t i;

    for (i = 0; i < words->n; i++)
        if (!mig_seed_name_check(words->items[i], &why))
            return false;
    *names = *words;
    return true;
}

static bool number_read(const mig_list *words, int *line) {
    int64_t number;

    if (words->n != 1 || !mig_str_to_int(words->items[0], &number) || number < 1 ||
        number > INT_MAX)
        return false;
    *line = (int)number;
    return true;
}

/* false: a line that no version of the engine wrote. */
static bool header_line_read(mig_ctx *ctx, mig_str line, mig_seed_header *header) {
    mig_str kind = line;
    mig_list words;
    size_t end;

    memset(&words, 0, sizeof words);
    if (mig_str_find(line, '\t', &end))
        kind = mig_str_sub(line, 0, end);
    if (!words_read(ctx, mig_str_sub(line, kind.n, line.n), &words))
        return false;
    if (mig_str_is(kind, "given"))
        return header->given = words.n == 0;
    if (words.n == 0)
        return false;
    if (mig_str_is(kind, "profiles"))
        return names_read(&words, &header->profiles);
    if (mig_str_is(kind, "depends_on"))
        return names_read(&words, &header->depends_on);
    if (mig_str_is(kind, "key"))
        return columns_read(ctx, &words, &header->key);
    if (mig_str_is(kind, "insert_only"))
        return columns_read(ctx, &words, &header->insert_only);
    if (mig_str_is(kind, "line"))
        return number_read(&words, &header->line);
    if (mig_str_is(kind, "requires"))
    header->requires = words;
    else if (mig_str_is(kind, "table") && words.n == 1) header->table = words.items[0];
    else return mig_str_is(kind, "mode") && words.n == 1 &&
        mig_seed_mode_of(words.items[0], &header->mode);
    return true;
}

static bool header_read(mig_ctx *ctx, mig_str text, mig_seed_header *header) {
    mig_str line;

    while (mig_str_next_line(&text, &line))
        if (!header_line_read(ctx, line, header))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- keeping ----------------------------------------------------------------------------- */

static mig_str tables_write(mig_ctx *ctx, const mig_list *tables) {
    mig_buf buf = mig_buf_new(ctx);

    words_write(&buf, tables);
    return mig_str_sub(mig_buf_str(&buf), 1, buf.n);
}

static bool tables_read(mig_ctx *ctx, mig_str text, mig_list *tables) {
    if (text.n == 0)
        return true;
    return words_read(ctx, mig_str_format(ctx, "\t%.*s", MIG_FMT(text)), tables);
}

bool mig_seed_keep(mig_ctx *ctx, mig_seed *seed, mig_mark mark) {
    mig_str header, tables;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    header = mig_str_keep(ctx, header_write(ctx, &seed->header));
    tables = mig_str_keep(ctx, tables_write(ctx, &seed->tables));
    seed->name = mig_str_keep(ctx, seed->name);
    seed->checksum = mig_str_keep(ctx, seed->checksum);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    mig_arena_release(ctx, mark);
    memset(&seed->header, 0, sizeof seed->header);
    memset(&seed->tables, 0, sizeof seed->tables);
    seed->header.name = seed->name;
    return header_read(ctx, header, &seed->header) && tables_read(ctx, tables, &seed->tables);
}

/* ---- reading ----------------------------------------------------------------------------- */

static bool hash_check(mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        if (!mig_is_digit(text.p[i]) && (text.p[i] < 'a' || text.p[i] > 'f'))
            return false;
    return text.n == HASH_SIZE;
}

static bool checksum_check(mig_str text) {
    return hash_check(mig_str_sub(text, 0, HASH_SIZE)) &&
           (text.n == HASH_SIZE ||
            (text.p[HASH_SIZE] == ':' && hash_check(mig_str_sub(text, HASH_SIZE + 1, text.n))));
}

static bool format_read(mig_str word, mig_format *format) {
    static const mig_format formats[] = {MIG_FORMAT_SQL, MIG_FORMAT_YAML, MIG_FORMAT_JSON,
                                         MIG_FORMAT_CSV};
    size_t i;

    for (i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (mig_str_is(word, mig_format_name(formats[i]))) {
            *format = formats[i];
            return true;
        }
    return false;
}

static bool seed_invalid(mig_ctx *ctx, mig_str name, const char *column) {
    const char *table = mig_table_name(mig_ctx_host(ctx)->engine, MIG_STR("seed"));

    mig_fail(ctx, MIG_E_CORRUPT,
             "the table seed of migrate has an invalid value in column %s, of seed \"%.*s\"",
             column, MIG_FMT(name));
    mig_hint(ctx, "The table was changed by hand: delete the row from %s and load the seed again.",
             table);
    return false;
}

/* A file of a directory is one below it. */
static bool path_check(mig_str path) {
    size_t end;

    if (path.n == 0 || path.p[0] == '/')
        return false;
    for (;;) {
        if (!mig_str_find(path, '/', &end))
            end = path.n;
        if (mig_str_is(mig_str_sub(path, 0, end), ".."))
            return false;
        if (end == path.n)
            return true;
        path = mig_str_sub(path, end + 1, path.n);
    }
}

/* The first column whose value cannot be one that was written, or NULL. */
static const char *seed_fault(mig_ctx *ctx, mig_seed *seed, mig_str format, mig_str header,
                              mig_str tables) {
    const char *why;
    int64_t at;

    if (!mig_seed_name_check(seed->name, &why))
        return "name";
    if (!format_read(format, &seed->format))
        return "format";
    if (!header_read(ctx, header, &seed->header))
        return "header";
    if (!tables_read(ctx, tables, &seed->tables) ||
        (seed->tables.n > 0) == (seed->format == MIG_FORMAT_SQL))
        return "tables";
    if (seed->rows < (seed->format == MIG_FORMAT_SQL ? -1 : 0))
        return "rows";
    if (seed->directory.n > 0 && (seed->directory.p[0] != '/' || !path_check(seed->source)))
        return "source";
    if (!checksum_check(seed->checksum))
        return "checksum";
    if (seed->ran_checksum.n > 0 && !checksum_check(seed->ran_checksum))
        return "ran_checksum";
    if ((seed->ran_at.n > 0) != (seed->ran_checksum.n > 0) ||
        (seed->ran_at.n > 0 && !mig_time_parse(seed->ran_at, &at)))
        return "ran_at";
    return NULL;
}

static const char seed_columns[] =
    "SELECT name, format, header, tables, source, directory, file_stamp, header_stamp, checksum, "
    "ran_checksum, ran_at, by_name, rows FROM {seed} WHERE target {=} ''";

static bool seed_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    mig_seeds *seeds = arg;
    mig_str text[11];
    const char *fault;
    mig_seed *seed;
    size_t i;

    (void)n;
    if (seeds->n >= MIG_MAX_SEEDS)
        return mig_fail(ctx, MIG_E_LIMIT, "the catalog has more than %zu seeds", MIG_MAX_SEEDS);
    seed = mig_grow(ctx, seeds->items, seeds->n, &seeds->room, sizeof *seed);
    if (seed == NULL)
        return false;
    seeds->items = seed;
    seed += seeds->n++;
    memset(seed, 0, sizeof *seed);
    for (i = 0; i < sizeof text / sizeof text[0]; i++)
        text[i] = mig_str_copy(ctx, cols[i].text);
    seed->name = seed->header.name = text[0];
    seed->source = text[4];
    seed->directory = text[5];
    seed->file_stamp = text[6];
    seed->header_stamp = text[7];
    seed->checksum = text[8];
    seed->ran_checksum = text[9];
    seed->ran_at = text[10];
    seed->by_name = cols[11].integer != 0;
    seed->rows = cols[12].type == MIG_INT ? cols[12].integer : -1;
    fault = mig_ctx_error(ctx) != NULL ? NULL : seed_fault(ctx, seed, text[1], text[2], text[3]);
    return fault == NULL ? mig_ctx_error(ctx) == NULL : seed_invalid(ctx, seed->name, fault);
}

static int seed_compare(const void *a, const void *b, void *arg) {
    (void)arg;
    return mig_str_compare(((const mig_seed *)a)->name, ((const mig_seed *)b)->name);
}

bool mig_seeds_sort(mig_ctx *ctx, mig_seeds *seeds) {
    return mig_sort(ctx, seeds->items, seeds->n, sizeof *seeds->items, seed_compare, NULL);
}

bool mig_seeds_read(mig_ctx *ctx, mig_snapshot snapshot, mig_seeds *seeds) {
    int format;

    memset(seeds, 0, sizeof *seeds);
    if (!mig_store_exists(ctx, &format))
        return false;
    seeds->exists = format > 0;
    if (!seeds->exists)
        return true;
    return mig_ctx_host(ctx)->query(ctx, seed_columns, NULL, 0, snapshot, seed_row, seeds) &&
           mig_ctx_error(ctx) == NULL && mig_seeds_sort(ctx, seeds);
}

size_t mig_seeds_find(const mig_seeds *seeds, mig_str name) {
    size_t low = 0, high = seeds->n, middle;
    int order;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = mig_str_compare(seeds->items[middle].name, name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return MIG_NONE;
}

size_t mig_seeds_nearest(mig_ctx *ctx, const mig_seeds *seeds, mig_str name) {
    mig_str *names = mig_alloc_zero(ctx, seeds->n, sizeof *names);
    size_t i;

    for (i = 0; names != NULL && i < seeds->n; i++)
        names[i] = seeds->items[i].name;
    return names == NULL ? MIG_NONE : mig_name_nearest(names, seeds->n, name);
}

const mig_seed *mig_seeds_get(mig_ctx *ctx, const mig_seeds *seeds, mig_str name) {
    size_t at = mig_seeds_find(seeds, name), near;

    if (mig_ctx_error(ctx) != NULL)
        return NULL;
    if (at != MIG_NONE)
        return &seeds->items[at];
    near = mig_seeds_nearest(ctx, seeds, name);
    mig_fail(ctx, MIG_E_UNKNOWN, "can't locate seed \"%.*s\"", MIG_FMT(name));
    if (near != MIG_NONE)
        mig_hint(ctx, "Perhaps \"%.*s\" is meant.", MIG_FMT(seeds->items[near].name));
    else if (seeds->n == 0)
        mig_hint(ctx, "No seed is loaded: load them with migrate_seed_load or migrate_seed_add.");
    else
        mig_hint(ctx, "migrate_seed_list() names the seeds there are.");
    return NULL;
}

bool mig_seed_is_described(const mig_seed *seed) {
    return seed->checksum.n > HASH_SIZE;
}

bool mig_seed_is_missing(const mig_seed *seed) {
    return seed->directory.n > 0 && mig_str_is(seed->file_stamp, NO_FILE);
}

void mig_seed_mark_missing(mig_seed *seed) {
    seed->file_stamp = MIG_STR(NO_FILE);
}

bool mig_seed_check_there(mig_ctx *ctx, const mig_seed *seed) {
    if (!mig_seed_is_missing(seed))
        return mig_ctx_error(ctx) == NULL;
    mig_fail(ctx, MIG_E_FILE, "the file \"%.*s\" of seed \"%.*s\" is gone", MIG_FMT(seed->source),
             MIG_FMT(seed->name));
    mig_detail(ctx, "It was in directory \"%.*s\".", MIG_FMT(seed->directory));
    mig_hint(ctx,
             "Put it back and load the directory again, or forget the seed with SELECT "
             "migrate_seed_remove('%.*s'), which leaves its rows.",
             MIG_FMT(seed->name));
    return false;
}

const char *mig_seed_state(const mig_seed *seed) {
    if (mig_seed_is_missing(seed))
        return "missing";
    if (seed->ran_at.n == 0)
        return "new";
    return mig_str_eq(seed->ran_checksum, seed->checksum) ? "applied" : "changed";
}

/* ---- the text of a seed ------------------------------------------------------------------ */

static bool body_row(mig_ctx *ctx, void *arg, const mig_value *cols, size_t n) {
    (void)n;
    *(mig_str *)arg = mig_str_copy(ctx, cols[0].text);
    return mig_ctx_error(ctx) == NULL;
}

bool mig_seed_body(mig_ctx *ctx, const mig_seed *seed, mig_str *text) {
    mig_value name = mig_value_text(seed->name);
    char hash[HASH_SIZE + 1];

    *text = (mig_str){NULL, 0};
    if (mig_ctx_error(ctx) != NULL ||
        !mig_ctx_host(ctx)->query(ctx,
                                  "SELECT body FROM {seed} WHERE target {=} '' AND name {=} $1",
                                  &name, 1, MIG_SNAPSHOT_FRESH, body_row, text))
        return false;
    mig_sha256_hex(*text, hash);
    if (text->p != NULL && mig_str_is(seed->checksum, hash))
        return true;
    mig_fail(ctx, MIG_E_CHECKSUM, "the stored text of seed \"%.*s\" does not match its checksum",
             MIG_FMT(seed->name));
    mig_detail(ctx, "It was changed in the table seed, not by migrate_seed_add.");
    mig_hint(ctx,
             "The stored text is not run. Delete the row from %s and add the seed again with "
             "migrate_seed_add.",
             mig_table_name(mig_ctx_host(ctx)->engine, MIG_STR("seed")));
    return false;
}

/* ---- writing ----------------------------------------------------------------------------- */

bool mig_seed_put(mig_ctx *ctx, const mig_seed *seed) {
    mig_value values[12];

    values[0] = mig_value_text(seed->name);
    values[1] = mig_value_text(mig_str_of(mig_format_name(seed->format)));
    values[2] = mig_value_text(header_write(ctx, &seed->header));
    values[3] = mig_value_int(seed->by_name ? 1 : 0);
    values[4] = mig_value_text(tables_write(ctx, &seed->tables));
    values[5] = seed->rows < 0 ? (mig_value){MIG_NULL, {NULL, 0}, 0} : mig_value_int(seed->rows);
    values[6] = mig_value_text(seed->source);
    values[7] = mig_value_text(seed->directory);
    values[8] = mig_value_text(seed->file_stamp);
    values[9] = mig_value_text(seed->header_stamp);
    values[10] = mig_value_text(seed->checksum);
    values[11] = mig_value_text(seed->body);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    return mig_ctx_host(ctx)->exec(
        ctx,
        "INSERT INTO {seed} (target, name, format, header, by_name, tables, rows, source, "
        "directory, file_stamp, header_stamp, checksum, ran_checksum, ran_at, body) VALUES ('', "
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12) ON CONFLICT (target, name) DO "
        "UPDATE SET format = excluded.format, header = excluded.header, by_name = "
        "excluded.by_name, tables = excluded.tables, rows = excluded.rows, source = "
        "excluded.source, directory = excluded.directory, file_stamp = excluded.file_stamp, "
        "header_stamp = excluded.header_stamp, checksum = excluded.checksum, body = excluded.body",
        values, 12);
}

bool mig_seed_delete(mig_ctx *ctx, mig_str name) {
    mig_value value = mig_value_text(name);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    return mig_ctx_host(ctx)->exec(ctx, "DELETE FROM {seed} WHERE target {=} '' AND name {=} $1",
                                   &value, 1);
}

bool mig_seed_miss(mig_ctx *ctx, mig_str name) {
    mig_value values[2];

    values[0] = mig_value_text(name);
    values[1] = mig_value_text(MIG_STR(NO_FILE));
    if (mig_ctx_error(ctx) != NULL)
        return false;
    return mig_ctx_host(ctx)->exec(
        ctx, "UPDATE {seed} SET file_stamp = $2 WHERE target {=} '' AND name {=} $1", values, 2);
}

bool mig_seed_ran(mig_ctx *ctx, const mig_seed *seed, mig_str at) {
    mig_value values[3];

    if (mig_ctx_error(ctx) != NULL)
        return false;
    values[0] = mig_value_text(seed->name);
    values[1] = mig_value_text(at.n > 0 ? seed->checksum : MIG_STR(""));
    values[2] = mig_value_text(at);
    return mig_ctx_host(ctx)->exec(ctx,
                                   "UPDATE {seed} SET ran_checksum = $2, ran_at = $3 WHERE target "
                                   "{=} '' AND name {=} $1",
                                   values, 3);
}
