/*
 * seed_load.c: how seeds enter the catalog, and leave it: migrate_seed_load, migrate_seed_add,
 * migrate_seed_remove.
 *
 * Files are read before the lock is taken. Under the lock the catalog is read again, and only where
 * somebody else has changed it meanwhile are the files compared with it once more.
 */
#include "command.h"

#include <string.h>

#include "seed_catalog.h"
#include "seed_scan.h"

#define NOTHING_LOADED "Nothing was loaded"
#define USE_TEXT                                                                                   \
    "Use SELECT migrate_seed_add(text, name), which takes the text of a seed from the client."

/* What is taken in: a directory, or a text with a name. */
typedef struct loading {
    mig_str directory; /* absolute; empty: the text */
    mig_str name, text;
    mig_format format; /* of the text */
    mig_seeds stored;  /* as the intake was compared with it */
    mig_seeds seeds;   /* as they will be */
    mig_seed_intake intake;
    size_t n_files;
} loading;

static bool loading_intake(mig_ctx *ctx, loading *self) {
    mig_seed_intake *intake = &self->intake;

    self->seeds = self->stored;
    if (!mig_seed_intake_begin(ctx, intake, &self->seeds))
        return false;
    if (self->directory.n > 0
            ? !mig_seed_intake_directory(ctx, intake, self->directory, true, &self->n_files)
            : !mig_seed_intake_text(ctx, intake, self->format, self->name, self->text))
        return false;
    return mig_seed_intake_finish(ctx, intake) &&
           mig_complaints_raise(ctx, &intake->complaints, NOTHING_LOADED);
}

static bool seeds_same(const mig_seeds *a, const mig_seeds *b) {
    const mig_seed *x, *y;
    size_t i;

    if (a->n != b->n)
        return false;
    for (i = 0; i < a->n; i++) {
        x = &a->items[i];
        y = &b->items[i];
        if (!mig_str_eq(x->name, y->name) || !mig_str_eq(x->checksum, y->checksum) ||
            !mig_str_eq(x->directory, y->directory) || !mig_str_eq(x->source, y->source) ||
            !mig_str_eq(x->file_stamp, y->file_stamp) ||
            !mig_str_eq(x->header_stamp, y->header_stamp))
            return false;
    }
    return true;
}

static bool loading_store(mig_ctx *ctx, loading *self) {
    mig_session session;
    mig_seeds now;

    memset(&session, 0, sizeof session);
    if (!mig_session_begin_catalog(ctx, &session))
        return false;
    if (mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &now) && !seeds_same(&self->stored, &now)) {
        self->stored = now;
        loading_intake(ctx, self);
    }
    if (mig_ctx_error(ctx) == NULL)
        mig_seed_intake_store(ctx, &self->intake);
    return mig_session_end(ctx);
}

/* Nothing changed: no unit, no lock. */
static bool loading_finish(mig_ctx *ctx, loading *self) {
    if (self->intake.n > 0 && !loading_store(ctx, self))
        return false;
    return mig_seed_intake_answer(ctx, &self->intake);
}

/* ---- load -------------------------------------------------------------------------------- */

static bool load_empty(mig_ctx *ctx, mig_str directory) {
    mig_fail(ctx, MIG_E_FILE, "directory \"%.*s\" has no seed", MIG_FMT(directory));
    mig_detail(ctx, "No file below it has a name that ends in " MIG_SEED_ENDINGS ".");
    mig_hint(ctx, NOTHING_LOADED ". Check the path.");
    return false;
}

MIG_COMMAND(mig_cmd_seed_load) {
    mig_host *host = mig_ctx_host(ctx);
    mig_str dir;
    loading self;

    memset(&self, 0, sizeof self);
    if (!mig_arg_required(ctx, "migrate_seed_load", "directory", args, n_args, 0, &dir) ||
        !mig_arg_no_options(ctx, "migrate_seed_load", args, n_args, 1) ||
        !mig_scan_allowed(ctx, USE_TEXT) || !host->check_writable(ctx, "migrate_seed_load") ||
        !host->resolve_dir(ctx, dir, &self.directory) ||
        !mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &self.stored) || !loading_intake(ctx, &self))
        return false;
    if (self.n_files == 0)
        return load_empty(ctx, self.directory);
    return loading_finish(ctx, &self);
}

/* ---- add --------------------------------------------------------------------------------- */

static bool add_check(mig_ctx *ctx, mig_str text, mig_str name, mig_format *format) {
    if (text.p == NULL)
        return mig_fail(ctx, MIG_E_ARGUMENT, "migrate_seed_add: the text is missing");
    if (text.n > MIG_MAX_SCRIPT)
        return mig_fail(ctx, MIG_E_LIMIT, "migrate_seed_add: the text is larger than %zu bytes",
                        MIG_MAX_SCRIPT);
    if (!mig_scan_name_check(name))
        return mig_fail(ctx, MIG_E_ARGUMENT,
                        "migrate_seed_add: the name holds a control character");
    if (mig_format_of(name, format))
        return true;
    mig_fail(ctx, MIG_E_ARGUMENT,
             "migrate_seed_add: the name \"%.*s\" does not say the format of the seed",
             MIG_FMT(name));
    mig_hint(ctx, "It must end in " MIG_SEED_ENDINGS ".");
    return false;
}

MIG_COMMAND(mig_cmd_seed_add) {
    loading self;

    memset(&self, 0, sizeof self);
    if (!mig_arg_text(ctx, "migrate_seed_add", "text", args, n_args, 0, &self.text) ||
        !mig_arg_required(ctx, "migrate_seed_add", "name", args, n_args, 1, &self.name))
        return false;
    self.name = mig_str_trim(self.name);
    return add_check(ctx, self.text, self.name, &self.format) &&
           mig_ctx_host(ctx)->check_writable(ctx, "migrate_seed_add") &&
           mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &self.stored) && loading_intake(ctx, &self) &&
           loading_finish(ctx, &self);
}

/* ---- remove ------------------------------------------------------------------------------ */

static bool remove_check(mig_ctx *ctx, const mig_seeds *seeds, const mig_seed *seed) {
    mig_list needing;
    mig_str names;
    size_t i;

    memset(&needing, 0, sizeof needing);
    for (i = 0; i < seeds->n; i++)
        if (&seeds->items[i] != seed &&
            mig_list_has(&seeds->items[i].header.depends_on, seed->name) &&
            !mig_list_add(ctx, &needing, seeds->items[i].name))
            return false;
    if (needing.n == 0)
        return mig_ctx_error(ctx) == NULL;
    names = mig_str_join(ctx, needing.items, needing.n, ", ");
    mig_fail(ctx, MIG_E_STATE, "seed \"%.*s\" cannot be removed: others depend on it",
             MIG_FMT(seed->name));
    mig_detail(ctx, "These do: %.*s.", MIG_FMT(names));
    mig_hint(ctx, "Nothing was removed. Remove those first, or their dependency.");
    return false;
}

static bool remove_log(mig_ctx *ctx, mig_session *session, mig_str name) {
    mig_log_row row;

    memset(&row, 0, sizeof row);
    row.action = "seed_remove";
    row.revision = name;
    row.at = mig_time_iso(ctx, mig_ctx_host(ctx)->now(ctx));
    row.outcome = "ok";
    return mig_store_log_add(ctx, &row, &session->state.last_log);
}

static bool remove_answer(mig_ctx *ctx, const mig_seed *seed) {
    const char *rows = seed->ran_checksum.n > 0 ? ", its rows stay" : "";

    if (seed->directory.n == 0 || mig_seed_is_missing(seed))
        return mig_answer(ctx, "%.*s: removed%s", MIG_FMT(seed->name), rows);
    return mig_answer(ctx, "%.*s: removed%s; it comes back as long as there is its file \"%.*s\"",
                      MIG_FMT(seed->name), rows, MIG_FMT(seed->source));
}

MIG_COMMAND(mig_cmd_seed_remove) {
    const mig_seed *seed;
    mig_session session;
    mig_seeds seeds;
    mig_str name;

    memset(&session, 0, sizeof session);
    if (!mig_arg_required(ctx, "migrate_seed_remove", "name", args, n_args, 0, &name) ||
        !mig_ctx_host(ctx)->check_writable(ctx, "migrate_seed_remove") ||
        !mig_session_begin_catalog(ctx, &session))
        return false;
    if (mig_seeds_read(ctx, MIG_SNAPSHOT_FRESH, &seeds) &&
        (seed = mig_seeds_get(ctx, &seeds, mig_str_trim(name))) != NULL &&
        remove_check(ctx, &seeds, seed) && mig_session_may_act(ctx, &session) &&
        mig_seed_delete(ctx, seed->name) && remove_log(ctx, &session, seed->name))
        (void)remove_answer(ctx, seed);
    return mig_session_end(ctx);
}
