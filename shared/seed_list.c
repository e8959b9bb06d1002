/*
 * seed_list.c: migrate_seed_list: the seeds of the catalog and when they ran last. It looks at no file.
 */
#include "command.h"

#include "seed_store.h"
#include "value.h"

#define N_COLUMNS 9

static void row_fill(mig_ctx *ctx, const mig_seed *seed, mig_value *cols) {
    cols[0] = mig_value_text(seed->name);
    cols[1] = mig_value_text(mig_links_text(ctx, &seed->header.profiles));
    cols[2] = mig_value_text(mig_links_text(ctx, &seed->header.depends_on));
    cols[3] = mig_value_text(mig_links_text(ctx, &seed->header.requires));
    cols[4] = mig_value_text(mig_str_of(mig_format_name(seed->format)));
    cols[5] = mig_value_text(mig_links_text(ctx, &seed->tables));
    cols[6] = seed->rows < 0 ? (mig_value){MIG_NULL, {NULL, 0}, 0} : mig_value_int(seed->rows);
    cols[7] = mig_value_text(mig_str_of(mig_seed_state(seed)));
    cols[8] = mig_value_text(seed->ran_at);
}

MIG_COMMAND(mig_cmd_seed_list) {
    mig_value cols[N_COLUMNS];
    mig_seeds seeds;
    mig_mark mark;
    size_t i;

    (void)args;
    (void)n_args;
    if (!mig_seeds_read(ctx, MIG_SNAPSHOT_CALLER, &seeds))
        return false;
    mark = mig_arena_mark(ctx);
    for (i = 0; i < seeds.n; i++) {
        row_fill(ctx, &seeds.items[i], cols);
        if (mig_ctx_error(ctx) != NULL || !mig_ctx_host(ctx)->row(ctx, cols, N_COLUMNS))
            return false;
        mig_arena_release(ctx, mark);
    }
    return mig_ctx_error(ctx) == NULL;
}

/* "countries (minimal, full): csv, 51 rows, applied 2024-02-06T14:30:00Z" */
static bool line_emit(mig_ctx *ctx, const mig_seed *seed) {
    const mig_list *profiles = &seed->header.profiles;
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add(&buf, seed->name);
    if (profiles->n > 0)
        mig_buf_addf(&buf, " (%.*s)",
                     MIG_FMT(mig_str_join(ctx, profiles->items, profiles->n, ", ")));
    mig_buf_addf(&buf, ": %s", mig_format_name(seed->format));
    if (seed->by_name)
        mig_buf_add_z(&buf, ", runs by name");
    if (seed->rows >= 0)
        mig_buf_addf(&buf, ", %lld row%s", (long long)seed->rows, seed->rows == 1 ? "" : "s");
    mig_buf_addf(&buf, ", %s", mig_seed_state(seed));
    if (seed->ran_at.n > 0)
        mig_buf_addf(&buf, " %.*s", MIG_FMT(seed->ran_at));
    return mig_answer(ctx, "%.*s", MIG_FMT(mig_buf_str(&buf)));
}

MIG_COMMAND(mig_cmd_seed_list_lines) {
    mig_seeds seeds;
    size_t i;

    (void)args;
    (void)n_args;
    if (!mig_seeds_read(ctx, MIG_SNAPSHOT_CALLER, &seeds))
        return false;
    for (i = 0; i < seeds.n; i++)
        if (!line_emit(ctx, &seeds.items[i]))
            return false;
    return mig_ctx_error(ctx) == NULL;
}
