/*
 * seed_source.c: see seed_source.h.
 */
#include "seed_source.h"

#include <string.h>

bool mig_dataset_source_of(mig_ctx *ctx, const mig_seed *seed, mig_dataset_source *source) {
    memset(source, 0, sizeof *source);
    source->seed = seed;
    return seed->directory.n > 0 ? mig_ctx_error(ctx) == NULL
                                 : mig_seed_body(ctx, seed, &source->text);
}

static mig_str table_of(const mig_seed *seed) {
    return seed->tables.n > 0 ? seed->tables.items[0] : MIG_STR("");
}

static bool file_allowed(mig_ctx *ctx, const mig_seed *seed) {
    const char *why = NULL;

    if (mig_ctx_host(ctx)->may_read_files(ctx, &why))
        return true;
    mig_fail(ctx, MIG_E_PRIVILEGE, "permission denied to read the file of seed \"%.*s\"",
             MIG_FMT(seed->name));
    if (why != NULL)
        mig_detail(ctx, "%s", why);
    mig_hint(ctx, "SELECT migrate_seed_add(text, name) keeps a seed whole in the database.");
    return false;
}

bool mig_source_changed(mig_ctx *ctx, const mig_dataset_source *source) {
    mig_fail(ctx, MIG_E_STALE, "the file \"%.*s\" was changed while it was read",
             MIG_FMT(source->seed->source));
    mig_hint(ctx, "Run the command again.");
    return false;
}

/* The file is the one that was loaded if its stamp is: the catalog has looked a moment ago. */
static mig_input *file_open(mig_ctx *ctx, const mig_dataset_source *source) {
    const mig_seed *seed = source->seed;
    mig_input *input;
    mig_str stamp;

    if (!file_allowed(ctx, seed))
        return NULL;
    input = mig_input_file(ctx, seed->directory, seed->source, &stamp);
    if (input == NULL || source->as_is || mig_str_eq(stamp, seed->file_stamp) ||
        seed->file_stamp.n == 0 || stamp.n == 0)
        return input;
    mig_source_changed(ctx, source);
    return NULL;
}

mig_input *mig_source_input(mig_ctx *ctx, const mig_dataset_source *source) {
    return source->seed->directory.n > 0 ? file_open(ctx, source)
                                         : mig_input_text(ctx, source->text);
}

mig_dataset *mig_source_open(mig_ctx *ctx, const mig_dataset_source *source, mig_complaints *list) {
    const mig_seed *seed = source->seed;
    mig_input *input = mig_source_input(ctx, source);

    if (input == NULL)
        return NULL;
    return mig_dataset_open(ctx, seed->format, seed->source, input, table_of(seed), list);
}
