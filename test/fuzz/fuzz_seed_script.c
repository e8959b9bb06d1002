/*
 * fuzz_seed_script.c: the reader of SQL seeds, and the values of its parameters, on arbitrary bytes.
 *
 * The first line of the input is the parameters of a call where it begins with "{"; the rest is the
 * seed. Bad seeds have complaints with a place and a message. In a good one every placeholder has its
 * parameter, stands where a name stood, and cutting into statements comes to the same with names as
 * with placeholders. No message of a call holds a secret.
 */
#include "seed_script.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define SECRET "hush" /* wherever the input has it as a value, it must not come out again */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

static void complaints_check(const mig_complaints *list, mig_str text) {
    size_t i;

    for (i = 0; i < list->n; i++) {
        must(list->items[i].text.n > 0 && list->items[i].line > 0 && list->items[i].column > 0);
        must((size_t)list->items[i].line <= text.n + 1);
        must(mig_utf8_check(list->items[i].text) == list->items[i].text.n);
    }
}

static void params_check(const mig_seed_script *script) {
    bool used[MIG_MAX_PARAMS + 1] = {false};
    size_t i, number;

    must(script->n_params <= MIG_MAX_PARAMS);
    for (i = 0; i < script->n_params; i++) {
        number = mig_seed_param_number(script, i);
        must(number >= 1 && number <= script->n_params && !used[number]);
        must(number < 10 || script->params[i].name.n > 1);
        must(script->params[i].type.n > 0 && script->params[i].name.n <= 63);
        must(!script->params[i].required || script->header.profiles.n == 0);
        used[number] = true;
    }
}

/* Names and placeholders cut the same statements, of the same kinds. */
static void section_check(mig_ctx *ctx, mig_engine engine, const mig_seed_script *script,
                          const mig_seed_section *section) {
    mig_str text = mig_seed_placeholders(ctx, engine, script, section->text);
    mig_statement *before, *after;
    size_t n_before, n_after, i;

    must(text.p != NULL && text.n == section->text.n);
    must(mig_split(ctx, engine, MIG_STR("f"), section->text, section->line, &before, &n_before));
    must(mig_split(ctx, engine, MIG_STR("f"), text, section->line, &after, &n_after));
    must(n_before == n_after);
    for (i = 0; i < n_before; i++)
        must(before[i].start == after[i].start && before[i].length >= after[i].length &&
             before[i].line == after[i].line && before[i].column == after[i].column &&
             before[i].traits == after[i].traits);
}

static bool runs(const mig_seed_section *section, mig_engine engine) {
    return section->engine == MIG_ENGINE_BOTH ||
           (section->engine == MIG_ENGINE_POSTGRESQL) == (engine == MIG_POSTGRESQL);
}

static bool holds(const char *z) {
    return z != NULL && strstr(z, SECRET) != NULL;
}

/* A message may hold the secret only where a name is it, of a parameter or of what the call takes for
   one. */
static void bind_check(mig_ctx *ctx, const mig_seed_script *script, mig_str json) {
    mig_bound bound[MIG_MAX_PARAMS];
    mig_value arg = {MIG_TEXT, {NULL, 0}, 0};
    mig_error error;
    size_t i;

    arg.text = json;
    if (mig_seed_params_bind(ctx, "f", MIG_STR("s"), script, &arg, bound)) {
        for (i = 0; i < script->n_params; i++) {
            must(bound[i].param == &script->params[i]);
            must(bound[i].value.type != MIG_NULL || !script->params[i].required);
        }
        return;
    }
    must(mig_take_error(ctx, &error));
    must(error.code == MIG_E_ARGUMENT || error.code == MIG_E_SYNTAX || error.code == MIG_E_LIMIT);
    for (i = 0; i < script->n_params; i++)
        if (!script->params[i].secret || script->params[i].name.n >= sizeof SECRET - 1)
            return;
    must(!holds(error.message) || strncmp(error.message, "unknown parameter ", 18) == 0);
}

static void run_input(mig_ctx *ctx, mig_engine engine, mig_str json, mig_str text) {
    mig_seed_script script;
    mig_complaints list;
    size_t i;

    memset(&list, 0, sizeof list);
    must(mig_seed_script_parse(ctx, engine, MIG_STR("f"), text, &list, &script));
    complaints_check(&list, text);
    if (list.total > 0)
        return;
    must(script.n_sections > 0);
    params_check(&script);
    for (i = 0; i < script.n_sections; i++)
        if (runs(&script.sections[i], engine))
            section_check(ctx, engine, &script, &script.sections[i]);
    bind_check(ctx, &script, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_str text = {(const char *)data, size}, json = {"", 0};
    mig_engine engine;
    mig_ctx *ctx;

    if (size > 0 && data[0] == '{')
        mig_str_next_line(&text, &json);
    for (engine = MIG_POSTGRESQL; engine <= MIG_SQLITE; engine++) {
        ctx = unit_ctx();
        run_input(ctx, engine, json, text);
        unit_free(ctx);
    }
    return 0;
}
