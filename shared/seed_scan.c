/*
 * seed_scan.c: see seed_scan.h.
 *
 * YAML and JSON files come first: one that holds nothing but _seed says how the CSV file beside it is
 * to be read. What is kept of a file is moved out of the arena (mig_seed_keep) before its buffers are
 * given back, so that a thousand files need no more than one.
 */
#include "seed_scan.h"

#include <string.h>

#include "checksum.h"
#include "dataset.h"
#include "scan.h"
#include "seed_script.h"

/* ---- listing ----------------------------------------------------------------------------- */

static bool found_add(mig_ctx *ctx, void *arg, mig_str path, mig_str stamp, const mig_look *look) {
    mig_seed_scan *scan = arg;
    mig_seed_found *files = mig_grow(ctx, scan->files, scan->n, &scan->room, sizeof *files);

    (void)look;
    if (files == NULL)
        return false;
    scan->files = files;
    files += scan->n++;
    memset(files, 0, sizeof *files);
    files->path = mig_str_copy(ctx, path);
    files->stamp = mig_str_copy(ctx, stamp);
    files->known = files->beside = MIG_NONE;
    mig_format_of(path, &files->format);
    return mig_ctx_error(ctx) == NULL;
}

static int found_compare(const void *a, const void *b, void *arg) {
    (void)arg;
    return mig_str_compare(((const mig_seed_found *)a)->path, ((const mig_seed_found *)b)->path);
}

bool mig_seed_scan_list(mig_ctx *ctx, mig_str directory, mig_seed_scan *scan) {
    static const char *const endings[] = {".sql", ".yaml", ".yml", ".json", ".csv"};
    mig_host *host = mig_ctx_host(ctx);
    size_t i;

    memset(scan, 0, sizeof *scan);
    scan->directory = directory;
    for (i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (!host->list_files(ctx, directory, endings[i], true, found_add, scan))
            return false;
    if (scan->n > MIG_MAX_SEEDS)
        return mig_fail(ctx, MIG_E_LIMIT, "directory \"%.*s\" has more than %zu seeds",
                        MIG_FMT(directory), MIG_MAX_SEEDS);
    return mig_sort(ctx, scan->files, scan->n, sizeof *scan->files, found_compare, NULL);
}

/* ---- one seed, whatever its format ------------------------------------------------------- */

/* Where the bytes of a seed are: a text, or a file of a directory. */
typedef struct origin {
    mig_str directory;
    mig_str source; /* path or name, for complaints too */
    mig_str text;   /* {NULL, 0}: the file */
} origin;

/* The whole text of an SQL seed. */
static bool script_read(mig_ctx *ctx, const origin *from, mig_complaints *list, mig_seed *seed) {
    mig_str text = from->text;
    mig_seed_script script;
    char hash[65];
    size_t i;

    if (text.p == NULL &&
        !mig_ctx_host(ctx)->read_file(ctx, from->directory, from->source, NULL, &text, NULL))
        return false;
    memset(&script, 0, sizeof script);
    if (!mig_seed_script_parse(ctx, mig_ctx_host(ctx)->engine, from->source, text, list, &script))
        return false;
    if (from->text.p != NULL)
        mig_seed_script_secrets(ctx, from->source, &script, list);
    mig_sha256_hex(text, hash);
    seed->header = script.header;
    seed->rows = -1;
    seed->checksum = mig_str_copy(ctx, (mig_str){hash, 64});
    for (i = 0; i < script.n_params; i++)
        seed->by_name = seed->by_name || script.params[i].required;
    return mig_ctx_error(ctx) == NULL;
}

/* Reads to the end: behind a fault a reader may have stopped, and the hash is that of the whole file. */
static bool input_finish(mig_ctx *ctx, mig_input *input, mig_seed *seed) {
    mig_str bytes;
    char hash[65];

    do {
        if (!mig_input_next(ctx, input, &bytes))
            return false;
    } while (bytes.n > 0);
    mig_input_digest(input, hash);
    seed->checksum = mig_str_copy(ctx, (mig_str){hash, 64});
    return seed->checksum.p != NULL;
}

/* A data set; the header of a CSV is there already. */
static bool dataset_read(mig_ctx *ctx, const origin *from, mig_complaints *list, mig_seed *seed) {
    mig_str table = seed->header.table.n > 0 ? seed->header.table : mig_format_stem(from->source);
    size_t before = list->total;
    mig_seed_header none, *header = seed->format == MIG_FORMAT_CSV ? &none : &seed->header;
    mig_input *input;
    bool done;

    memset(&none, 0, sizeof none);
    input = from->text.p != NULL ? mig_input_text(ctx, from->text)
                                 : mig_input_file(ctx, from->directory, from->source, NULL);
    if (input == NULL)
        return false;
    mig_input_hash(input);
    done = mig_dataset_survey(ctx, seed->format, from->source, input, table, from->text.p != NULL,
                              header, &seed->tables, &seed->rows, list) &&
           (list->total > before || input_finish(ctx, input, seed));
    mig_input_close(ctx, input);
    return done;
}

static bool name_complain(mig_ctx *ctx, const origin *from, mig_complaints *list, int line,
                          mig_str name, const char *why) {
    mig_complain(ctx, list, MIG_E_SYNTAX, from->source, line, 0,
                 "the name \"%.*s\" is no name of a seed: %s", MIG_FMT(name), why);
    return mig_complain_hint(ctx, list,
                             "Rename it, or give the seed a name of its own: \"-- Seed: ...\" in "
                             "SQL, name in _seed.");
}

/* Gives the seed its name. *good false: it has none that could be one. */
static bool seed_name(mig_ctx *ctx, const origin *from, mig_complaints *list, bool quiet,
                      mig_seed *seed, bool *good) {
    const char *why;

    seed->name = seed->header.name.n > 0 ? seed->header.name : mig_format_stem(from->source);
    *good = mig_seed_name_check(seed->name, &why);
    if (*good || (quiet && seed->header.name.n > 0))
        return true;
    return name_complain(ctx, from, list, seed->header.name.n > 0 ? seed->header.line : 0,
                         seed->name, why);
}

static bool columns_check(mig_ctx *ctx, const mig_seed *seed, mig_complaints *list,
                          const mig_seed_column_lists *lists, const char *what) {
    size_t i;

    for (i = 0; i < lists->n; i++)
        if (lists->items[i].table.n > 0 && !mig_list_has(&seed->tables, lists->items[i].table) &&
            !mig_complain(ctx, list, MIG_E_SYNTAX, seed->source, 0, 0,
                          "the file that describes it names table \"%.*s\" in \"%s\", and its "
                          "table is \"%.*s\"",
                          MIG_FMT(lists->items[i].table), what, MIG_FMT(seed->tables.items[0])))
            return false;
    return true;
}

static bool is_structured(mig_format format) {
    return format == MIG_FORMAT_YAML || format == MIG_FORMAT_JSON;
}

/* Does it hold nothing but _seed? */
static bool is_description(const mig_seed *seed) {
    return is_structured(seed->format) && seed->tables.n == 0 && seed->header.given;
}

/* ---- a text ------------------------------------------------------------------------------ */

static bool description_alone(mig_ctx *ctx, const mig_seed *seed, mig_complaints *list, bool text) {
    mig_complain(ctx, list, MIG_E_DATA, seed->source, seed->header.line, 0,
                 text ? "the text holds only _seed, which describes a CSV file beside it, and a "
                        "text has no file beside it"
                      : "the file holds only _seed, and there is no CSV file of the same name "
                        "beside it to be described");
    return mig_complain_hint(ctx, list,
                             text ? "Put the rows into the same text, or load the directory that "
                                    "holds both files with migrate_seed_load."
                                  : "Put the rows into the file, or name it like the CSV file.");
}

bool mig_seed_scan_text(mig_ctx *ctx, mig_format format, mig_str name, mig_str text,
                        mig_complaints *list, mig_seed *seed, bool *good) {
    origin from = {{NULL, 0}, name, text};
    size_t before = list->total;

    *good = false;
    memset(seed, 0, sizeof *seed);
    seed->format = format;
    seed->source = name;
    seed->body = from.text = text.p != NULL ? text : MIG_STR("");
    if (format == MIG_FORMAT_SQL ? !script_read(ctx, &from, list, seed)
                                 : !dataset_read(ctx, &from, list, seed))
        return mig_complain_error(ctx, list, name);
    if (is_description(seed))
        return list->total > before || description_alone(ctx, seed, list, true);
    return seed_name(ctx, &from, list, list->total > before, seed, good);
}

/* ---- files ------------------------------------------------------------------------------- */

typedef struct reading {
    mig_seed_scan *scan;
    const mig_seeds *stored;
    mig_complaints *list;
    mig_map *by_path; /* path -> file of the scan */
    mig_map *sources; /* path -> stored seed of the directory */
} reading;

static bool reading_init(mig_ctx *ctx, reading *r) {
    const mig_seed *seed;
    size_t i;

    r->by_path = mig_map_new(ctx, r->scan->n);
    r->sources = mig_map_new(ctx, r->stored->n);
    for (i = 0; r->by_path != NULL && i < r->scan->n; i++)
        mig_map_add(ctx, r->by_path, r->scan->files[i].path, i, NULL);
    for (i = 0; r->sources != NULL && i < r->stored->n; i++) {
        seed = &r->stored->items[i];
        if (mig_str_eq(seed->directory, r->scan->directory))
            mig_map_add(ctx, r->sources, seed->source, i, NULL);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* The stored seed of a file whose own stamp has not changed, or NULL. */
static const mig_seed *stored_same(const reading *r, const mig_seed_found *file) {
    size_t at = mig_map_find(r->sources, file->path);
    const mig_seed *seed = at == MIG_NONE ? NULL : &r->stored->items[at];

    if (seed == NULL || file->stamp.n == 0 || !mig_str_eq(seed->file_stamp, file->stamp))
        return NULL;
    return seed;
}

static void file_know(const reading *r, mig_seed_found *file, const mig_seed *seed) {
    file->file = MIG_SEED_FILE_KNOWN;
    file->known = (size_t)(seed - r->stored->items);
}

/* Takes the error, if there is one, as a complaint. */
static bool file_bad(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    file->file = MIG_SEED_FILE_BAD;
    r->scan->partial = true;
    return mig_complain_error(ctx, r->list, file->path);
}

/* The CSV file of the same name beside it, or NULL. */
static mig_seed_found *csv_beside(mig_ctx *ctx, const reading *r, const mig_seed_found *file) {
    size_t end = file->path.n, at;
    mig_str path;

    while (file->path.p[end - 1] != '.')
        end--;
    path = mig_str_format(ctx, "%.*scsv", (int)end, file->path.p);
    at = mig_map_find(r->by_path, path);
    return at == MIG_NONE ? NULL : &r->scan->files[at];
}

/* A CSV file and the file that describes it, both as they were. */
static bool pair_same(const reading *r, const mig_seed_found *csv, const mig_seed_found *file) {
    const mig_seed *seed = csv == NULL ? NULL : stored_same(r, csv);

    return seed != NULL && mig_seed_is_described(seed) && file->stamp.n > 0 &&
           mig_str_eq(seed->header_stamp, file->stamp);
}

static bool describe(mig_ctx *ctx, reading *r, mig_seed_found *csv, mig_seed_found *file) {
    const mig_seed_found *other;

    if (csv == NULL)
        return description_alone(ctx, &file->seed, r->list, false) && file_bad(ctx, r, file);
    file->file = MIG_SEED_FILE_DESCRIBES;
    if (csv->beside == MIG_NONE) {
        csv->beside = (size_t)(file - r->scan->files);
        return true;
    }
    other = &r->scan->files[csv->beside];
    mig_complain(ctx, r->list, MIG_E_DATA, file->path, file->seed.header.line, 0,
                 "\"%.*s\" is described twice, also by \"%.*s\"", MIG_FMT(csv->path),
                 MIG_FMT(other->path));
    return mig_complain_hint(ctx, r->list, "Remove one of the two files.");
}

/* A _seed that could not be read may have named the seed. */
static bool header_lost(const mig_seed *seed, bool complained) {
    return complained && is_structured(seed->format) && !seed->header.given;
}

/* Checks what was read and names the seed. *good false: what seed it is cannot be said. */
static bool seed_check(mig_ctx *ctx, reading *r, const origin *from, bool complained,
                       mig_seed *seed, bool *good) {
    *good = !header_lost(seed, complained);
    if (is_description(seed)) {
        seed->name = seed->header.name;
        return true;
    }
    if (!*good)
        return true;
    if (seed->format == MIG_FORMAT_CSV &&
        (!columns_check(ctx, seed, r->list, &seed->header.key, "key") ||
         !columns_check(ctx, seed, r->list, &seed->header.insert_only, "insert_only")))
        return false;
    return seed_name(ctx, from, r->list, complained, seed, good);
}

static bool file_read(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    origin from = {r->scan->directory, file->path, {NULL, 0}};
    mig_mark mark = mig_arena_mark(ctx);
    mig_seed *seed = &file->seed;
    size_t before = r->list->total;
    bool good = false, done;

    seed->format = file->format;
    seed->source = file->path;
    seed->directory = r->scan->directory;
    seed->file_stamp = file->stamp;
    done = file->format == MIG_FORMAT_SQL ? script_read(ctx, &from, r->list, seed)
                                          : dataset_read(ctx, &from, r->list, seed);
    if (done)
        done = seed_check(ctx, r, &from, r->list->total > before, seed, &good);
    if (!done || !good) {
        if (!file_bad(ctx, r, file))
            return false;
        mig_arena_release(ctx, mark);
        return true;
    }
    file->file = MIG_SEED_FILE_READ;
    return mig_seed_keep(ctx, seed, mark) && mig_ctx_host(ctx)->interrupted(ctx);
}

static bool structured_read(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    mig_seed_found *csv = csv_beside(ctx, r, file);
    const mig_seed *same = stored_same(r, file);

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (same != NULL) {
        file_know(r, file, same);
        return true;
    }
    if (pair_same(r, csv, file) && csv->beside == MIG_NONE) {
        file->file = MIG_SEED_FILE_DESCRIBES;
        csv->beside = (size_t)(file - r->scan->files);
        return true;
    }
    if (!file_read(ctx, r, file))
        return false;
    if (file->file == MIG_SEED_FILE_READ && is_description(&file->seed))
        return describe(ctx, r, csv, file);
    return true;
}

static bool csv_read(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    const mig_seed_found *beside = file->beside == MIG_NONE ? NULL : &r->scan->files[file->beside];
    const mig_seed *same = stored_same(r, file);
    mig_str checksum = {NULL, 0};

    if (same != NULL &&
        (beside == NULL ? !mig_seed_is_described(same) : pair_same(r, file, beside))) {
        file_know(r, file, same);
        return true;
    }
    if (beside != NULL) {
        file->seed.header = beside->seed.header;
        file->seed.header_stamp = beside->stamp;
        checksum = beside->seed.checksum;
    }
    if (!file_read(ctx, r, file))
        return false;
    if (beside != NULL && file->file == MIG_SEED_FILE_READ)
        file->seed.checksum =
            mig_str_format(ctx, "%.*s:%.*s", MIG_FMT(file->seed.checksum), MIG_FMT(checksum));
    return mig_ctx_error(ctx) == NULL;
}

/* A CSV file or an SQL seed. */
static bool plain_read(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    const mig_seed *same;

    if (file->format == MIG_FORMAT_CSV)
        return csv_read(ctx, r, file);
    same = stored_same(r, file);
    if (same == NULL)
        return file_read(ctx, r, file);
    file_know(r, file, same);
    return true;
}

static bool name_bad(mig_ctx *ctx, reading *r, mig_seed_found *file) {
    mig_complain(ctx, r->list, MIG_E_FILE, file->path, 0, 0,
                 "the name of the file is not UTF-8 text, or holds a control character");
    mig_complain_hint(ctx, r->list, "Rename the file.");
    return file_bad(ctx, r, file);
}

bool mig_seed_scan_read(mig_ctx *ctx, mig_seed_scan *scan, const mig_seeds *stored,
                        mig_complaints *list) {
    mig_seed_found *file;
    reading r;
    size_t i;

    memset(&r, 0, sizeof r);
    r.scan = scan;
    r.stored = stored;
    r.list = list;
    if (mig_ctx_error(ctx) != NULL || !reading_init(ctx, &r))
        return false;
    for (i = 0; i < scan->n; i++) {
        file = &scan->files[i];
        if (!mig_scan_name_check(file->path) && !name_bad(ctx, &r, file))
            return false;
    }
    for (i = 0; i < scan->n; i++) {
        file = &scan->files[i];
        if (file->file == MIG_SEED_FILE_UNREAD && is_structured(file->format) &&
            !structured_read(ctx, &r, file))
            return false;
    }
    for (i = 0; i < scan->n; i++) {
        file = &scan->files[i];
        if (file->file == MIG_SEED_FILE_UNREAD && !plain_read(ctx, &r, file))
            return false;
    }
    return mig_ctx_error(ctx) == NULL;
}
