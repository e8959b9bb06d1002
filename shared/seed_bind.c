/*
 * seed_bind.c: the values of a call of a seed, see mig_seed_params_bind in seed_script.h.
 *
 * The object is read to its end whatever is wrong with single parameters, so that one error tells
 * all; only malformed JSON ends the reading. No message holds the value of a secret parameter, nor
 * that of an unknown one, which may be a secret under a mistyped name.
 */
#include "seed_param.h"
#include "seed_type.h"

#include "map.h"

#include <string.h>

typedef struct binder {
    mig_ctx *ctx;
    const char *function;
    mig_str seed;
    const mig_seed_script *script;
    mig_bound *bound;
    bool *given; /* a flag a parameter */
    mig_json *json;

    mig_str first; /* the first fault, and all of them with their places */
    int first_line, first_column;
    mig_buf all;
    size_t n_faults;
} binder;

static void fault_add(binder *b, const mig_json_token *token, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* token NULL: the fault has no place. */
static void fault_add(binder *b, const mig_json_token *token, const char *format, ...) {
    mig_str text;
    va_list args;

    va_start(args, format);
    text = mig_str_vformat(b->ctx, format, args);
    va_end(args);
    if (text.p == NULL)
        return;
    if (b->n_faults++ == 0) {
        b->first = text;
        b->first_line = token == NULL ? 0 : token->line;
        b->first_column = token == NULL ? 0 : token->column;
    } else {
        mig_buf_add_char(&b->all, '\n');
    }
    if (token != NULL)
        mig_buf_addf(&b->all, "line %d, column %d: ", token->line, token->column);
    mig_buf_add(&b->all, text);
}

static bool faults_raise(binder *b) {
    mig_str known = mig_seed_params_known(b->ctx, b->script), all = mig_buf_str(&b->all);

    if (mig_ctx_error(b->ctx) != NULL)
        return false;
    if (b->n_faults == 0)
        return true;
    mig_fail(b->ctx, MIG_E_ARGUMENT, "%.*s", MIG_FMT(b->first));
    if (b->n_faults > 1)
        mig_detail(b->ctx, "%.*s", MIG_FMT(all));
    else if (b->first_line > 0)
        mig_detail(b->ctx, "This is in the parameters, line %d, column %d.", b->first_line,
                   b->first_column);
    mig_hint(b->ctx, "%.*s", MIG_FMT(known));
    return false;
}

/* Malformed JSON. Always false. */
static bool syntax_fail(binder *b, const mig_json_token *token, const char *why) {
    mig_fail(b->ctx, MIG_E_SYNTAX, "invalid parameters for %s: %s", b->function, why);
    mig_detail(b->ctx, "This is in the parameters, line %d, column %d.", token->line,
               token->column);
    mig_hint(b->ctx, "The parameters are a JSON object, like {\"username\": \"john\"}.");
    return false;
}

/* ---- values ------------------------------------------------------------------------------ */

/* A text of the user on one line, in quotes. */
static mig_str text_shown(binder *b, mig_str text) {
    mig_str clipped = mig_text_clip(text);
    mig_buf buf = mig_buf_new(b->ctx);

    mig_buf_add_json(&buf, clipped);
    if (clipped.n < text.n)
        mig_buf_add_z(&buf, " ...");
    return mig_buf_str(&buf);
}

/* What was given, behind "must be ..., not". */
static mig_str token_words(binder *b, const mig_json_token *token) {
    switch (token->kind) {
    case MIG_JSON_STRING:
        return text_shown(b, token->text);
    case MIG_JSON_NUMBER:
        return mig_text_clip(token->text);
    case MIG_JSON_TRUE:
        return MIG_STR("true");
    case MIG_JSON_FALSE:
        return MIG_STR("false");
    case MIG_JSON_OBJECT:
        return MIG_STR("an object");
    case MIG_JSON_ARRAY:
        return MIG_STR("a list");
    case MIG_JSON_NULL:
    case MIG_JSON_END:
    case MIG_JSON_OBJECT_END:
    case MIG_JSON_ARRAY_END:
    case MIG_JSON_KEY:
    case MIG_JSON_BAD:
        break;
    }
    return MIG_STR("null");
}

static void kind_fault(binder *b, const mig_seed_param *param, const mig_seed_type *type,
                       const mig_json_token *token) {
    mig_str words = token_words(b, token);

    if (param->secret)
        fault_add(b, token, "parameter \"%.*s\" of seed \"%.*s\" must be %s", MIG_FMT(param->name),
                  MIG_FMT(b->seed), type->wanted);
    else
        fault_add(b, token, "parameter \"%.*s\" of seed \"%.*s\" must be %s, not %.*s",
                  MIG_FMT(param->name), MIG_FMT(b->seed), type->wanted, MIG_FMT(words));
}

/* Takes the rest of a value that is not wanted, up to its last token. */
static bool value_skip(binder *b, mig_json_token *token) {
    return mig_seed_json_copy(b->ctx, b->json, token, NULL);
}

static bool json_take(binder *b, mig_json_token *token, mig_value *value) {
    mig_buf buf = mig_buf_new(b->ctx);

    if (!mig_seed_json_copy(b->ctx, b->json, token, &buf))
        return false;
    value->type = MIG_TEXT;
    value->text = mig_buf_str(&buf);
    return mig_ctx_error(b->ctx) == NULL;
}

static bool scalar_take(binder *b, const mig_seed_param *param, const mig_seed_type *type,
                        const mig_json_token *token, mig_value *value) {
    mig_str text = token->text;
    bool fits;

    if (token->kind == MIG_JSON_TRUE || token->kind == MIG_JSON_FALSE)
        text = mig_str_of(token->kind == MIG_JSON_TRUE ? "true" : "false");
    if (!mig_seed_type_read(b->ctx, type, text, value, &fits))
        return false;
    if (!fits)
        kind_fault(b, param, type, token);
    return true;
}

/* The value of a parameter, whose first token is token. */
static bool value_take(binder *b, size_t i, mig_json_token *token) {
    const mig_seed_param *param = &b->script->params[i];
    const mig_seed_type *type = mig_seed_type_get(param->type);
    mig_value *value = &b->bound[i].value;

    if (token->kind == MIG_JSON_NULL) {
        if (param->required)
            fault_add(b, token,
                      "parameter \"%.*s\" of seed \"%.*s\" is required and cannot be null",
                      MIG_FMT(param->name), MIG_FMT(b->seed));
        return true;
    }
    if (!mig_seed_type_takes(type, token->kind)) {
        if (token->kind != MIG_JSON_BAD)
            kind_fault(b, param, type, token);
        return value_skip(b, token);
    }
    return type->json ? json_take(b, token, value) : scalar_take(b, param, type, token, value);
}

/* ---- the object -------------------------------------------------------------------------- */

/* key: value; token is the key, then the last of the value. */
static bool member_take(binder *b, mig_json_token *token) {
    size_t i = mig_seed_param_find(b->script, token->text);
    mig_str shown = text_shown(b, token->text);

    if (i == MIG_NONE)
        fault_add(b, token, "unknown parameter %.*s of seed \"%.*s\"", MIG_FMT(shown),
                  MIG_FMT(b->seed));
    else if (b->given[i])
        fault_add(b, token, "parameter \"%.*s\" of seed \"%.*s\" is given twice",
                  MIG_FMT(token->text), MIG_FMT(b->seed));
    if (!mig_json_next(b->ctx, b->json, token))
        return false;
    if (i == MIG_NONE || b->given[i])
        return value_skip(b, token);
    b->given[i] = true;
    return value_take(b, i, token);
}

static bool object_take(binder *b) {
    mig_json_token token;

    if (!mig_json_next(b->ctx, b->json, &token))
        return false;
    if (token.kind != MIG_JSON_OBJECT)
        return syntax_fail(b, &token,
                           token.kind == MIG_JSON_BAD ? token.why : "they are no JSON object");
    while (mig_json_next(b->ctx, b->json, &token) && token.kind == MIG_JSON_KEY)
        if (!member_take(b, &token) || token.kind == MIG_JSON_BAD)
            break;
    if (mig_ctx_error(b->ctx) == NULL && token.kind == MIG_JSON_OBJECT_END)
        mig_json_next(b->ctx, b->json, &token);
    if (mig_ctx_error(b->ctx) != NULL)
        return false;
    return token.kind == MIG_JSON_END || syntax_fail(b, &token, token.why);
}

static bool arg_take(binder *b, const mig_value *arg) {
    if (arg == NULL || arg->type == MIG_NULL)
        return true;
    if (arg->type != MIG_TEXT)
        return mig_fail(b->ctx, MIG_E_ARGUMENT, "the parameters of %s must be a JSON text",
                        b->function);
    if (mig_str_trim(arg->text).n == 0)
        return true;
    b->json = mig_json_open(b->ctx, mig_input_text(b->ctx, arg->text));
    return b->json != NULL && object_take(b);
}

/* What was not given. Defaults were checked when the seed was loaded. */
static bool rest_fill(binder *b, size_t i) {
    const mig_seed_param *param = &b->script->params[i];
    bool fits;

    if (b->given[i])
        return true;
    if (param->required) {
        fault_add(b, NULL, "parameter \"%.*s\" of seed \"%.*s\" is required", MIG_FMT(param->name),
                  MIG_FMT(b->seed));
        return true;
    }
    return !param->has_default || mig_seed_type_read(b->ctx, mig_seed_type_get(param->type),
                                                     param->fallback, &b->bound[i].value, &fits);
}

bool mig_seed_params_bind(mig_ctx *ctx, const char *function, mig_str seed,
                          const mig_seed_script *script, const mig_value *arg, mig_bound *bound) {
    binder b;
    size_t i;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    memset(&b, 0, sizeof b);
    b.ctx = ctx;
    b.function = function;
    b.seed = seed;
    b.script = script;
    b.bound = bound;
    b.all = mig_buf_new(ctx);
    b.given = mig_alloc_zero(ctx, script->n_params + 1, sizeof *b.given);
    if (b.given == NULL)
        return false;
    for (i = 0; i < script->n_params; i++) {
        memset(&bound[i], 0, sizeof bound[i]);
        bound[i].param = &script->params[i];
    }
    if (!arg_take(&b, arg))
        return false;
    for (i = 0; i < script->n_params; i++)
        if (!rest_fill(&b, i))
            return false;
    return faults_raise(&b);
}
