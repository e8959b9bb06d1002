/*
 * seed_sql.c: runs SQL seeds: parameters bound, sections of this engine in the order of the file, what
 * Expect and verify say. See seeding.h.
 */
#include <string.h>

#include "seed_script.h"
#include "seeding.h"

static bool script_read(mig_ctx *ctx, const mig_seed *seed, mig_str *text,
                        mig_seed_script *script) {
    mig_host *host = mig_ctx_host(ctx);
    mig_complaints list;

    memset(&list, 0, sizeof list);
    memset(script, 0, sizeof *script);
    if (!(seed->directory.n > 0
              ? host->read_file(ctx, seed->directory, seed->source, NULL, text, NULL)
              : mig_seed_body(ctx, seed, text)))
        return false;
    return mig_seed_script_parse(ctx, host->engine, seed->source, *text, &list, script) &&
           mig_complaints_raise(ctx, &list, "");
}

/* The values in the order of their placeholders. */
static mig_section_param *section_params(mig_ctx *ctx, const mig_seed_script *script,
                                         const mig_bound *bound) {
    mig_section_param *params = mig_alloc_zero(ctx, script->n_params + 1, sizeof *params);
    size_t i, at;

    for (i = 0; params != NULL && i < script->n_params; i++) {
        at = mig_seed_param_number(script, i) - 1;
        params[at].type = mig_str_z(ctx, script->params[i].type);
        params[at].number = script->params[i].kind == MIG_PARAM_NUMBER;
        params[at].value = bound[i].value;
    }
    return params;
}

static bool section_run(mig_ctx *ctx, const mig_seed *seed, const mig_seed_script *script,
                        const mig_seed_section *section, const mig_bound *bound, int64_t *changed) {
    mig_host *host = mig_ctx_host(ctx);
    mig_statement *statements;
    mig_section_run run;

    memset(&run, 0, sizeof run);
    run.kind = "seed";
    run.revision = mig_str_z(ctx, seed->name);
    run.source = mig_str_z(ctx, seed->source);
    run.shown = section->text;
    run.text = mig_seed_placeholders(ctx, host->engine, script, section->text);
    run.line = section->line;
    run.verify = section->part == MIG_SEED_VERIFY;
    run.params = section_params(ctx, script, bound);
    run.n_params = script->n_params;
    run.changed = changed;
    if (mig_ctx_error(ctx) != NULL || !mig_split(ctx, host->engine, seed->source, section->text,
                                                 section->line, &statements, &run.n_statements))
        return false;
    run.statements = statements;
    return host->run_section(ctx, &run);
}

static bool part_run(mig_ctx *ctx, const mig_seed *seed, const mig_seed_script *script,
                     mig_seed_part part, const mig_bound *bound, int64_t *changed) {
    size_t i;

    for (i = 0; i < script->n_sections; i++)
        if (script->sections[i].part == part &&
            mig_engine_takes(mig_ctx_host(ctx)->engine, script->sections[i].engine) &&
            !section_run(ctx, seed, script, &script->sections[i], bound, changed))
            return false;
    return mig_ctx_error(ctx) == NULL;
}

static bool part_is_there(mig_ctx *ctx, const mig_seed_script *script, mig_seed_part part) {
    size_t i;

    for (i = 0; i < script->n_sections; i++)
        if (script->sections[i].part == part &&
            mig_engine_takes(mig_ctx_host(ctx)->engine, script->sections[i].engine))
            return true;
    return false;
}

static bool expect_check(mig_ctx *ctx, const mig_seed *seed, const mig_seed_script *script,
                         int64_t changed) {
    static const char *const words[] = {"", "", "at least ", "at most "};
    int64_t wanted = script->expect_rows;
    mig_error error;

    if (script->expect == MIG_EXPECT_ANY ||
        (script->expect == MIG_EXPECT_EXACTLY && changed == wanted) ||
        (script->expect == MIG_EXPECT_LEAST && changed >= wanted) ||
        (script->expect == MIG_EXPECT_MOST && changed <= wanted))
        return true;
    mig_fail(ctx, MIG_E_DATA, "seed \"%.*s\" expects %s%lld row%s and changed %lld",
             MIG_FMT(seed->name), words[script->expect], (long long)wanted, wanted == 1 ? "" : "s",
             (long long)changed);
    if (mig_take_error(ctx, &error)) {
        error.source = mig_str_z(ctx, seed->source);
        error.hint = "Its Expect line says so. Do the parameters name rows that are there?";
        mig_raise(ctx, &error);
    }
    return false;
}

static mig_bound *script_bind(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                              const mig_seed_script *script, const mig_value *params) {
    mig_bound *bound = mig_alloc_zero(ctx, script->n_params + 1, sizeof *bound);

    if (bound == NULL ||
        !mig_seed_params_bind(ctx, self->function, seed->name, script, params, bound))
        return NULL;
    self->bound = bound;
    self->n_bound = script->n_params;
    return bound;
}

bool mig_seed_sql_apply(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed,
                        const mig_value *params, mig_str *said) {
    mig_seed_script script;
    mig_bound *bound;
    int64_t changed = 0;
    mig_str text;

    if (!script_read(ctx, seed, &text, &script))
        return false;
    bound = script_bind(ctx, self, seed, &script, params);
    if (bound == NULL || !part_run(ctx, seed, &script, MIG_SEED_APPLY, bound, &changed) ||
        !expect_check(ctx, seed, &script, changed) ||
        !part_run(ctx, seed, &script, MIG_SEED_VERIFY, bound, NULL) ||
        !mig_ctx_host(ctx)->check_deferred(ctx))
        return false;
    *said = mig_str_format(ctx, "%lld row%s changed", (long long)changed, changed == 1 ? "" : "s");
    return said->p != NULL;
}

bool mig_seed_sql_clear(mig_ctx *ctx, mig_seeding *self, const mig_seed *seed, mig_str *said) {
    mig_seed_script script;
    mig_bound *bound;
    int64_t changed = 0;
    mig_str text;

    if (!script_read(ctx, seed, &text, &script))
        return false;
    if (!part_is_there(ctx, &script, MIG_SEED_CLEAR)) {
        *said = MIG_STR("left as it is (it has no clear section)");
        return true;
    }
    bound = script_bind(ctx, self, seed, &script, NULL);
    if (bound == NULL || !part_run(ctx, seed, &script, MIG_SEED_CLEAR, bound, &changed) ||
        !mig_ctx_host(ctx)->check_deferred(ctx))
        return false;
    *said = mig_str_format(ctx, "%lld row%s removed", (long long)changed, changed == 1 ? "" : "s");
    return said->p != NULL;
}
