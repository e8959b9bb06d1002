/*
 * seed_param.c: see seed_param.h and seed_script.h. Declarations, names and placeholders; the values
 * of a call are in seed_bind.c.
 */
#include "seed_param.h"

#include "map.h"
#include "script_text.h"
#include "seed_type.h"

#include <string.h>

#define MAX_NAME 63 /* bytes; PostgreSQL's names are no longer */
#define MAX_SHORT 9 /* names of one letter: only so many numbers have one digit */

/* ---- declarations ------------------------------------------------------------------------ */

/* One line that is being read. */
typedef struct declaration {
    mig_ctx *ctx;
    mig_str source;
    const mig_header_line *line;
    mig_complaints *list;
    mig_seed_script *script;
    mig_seed_param param;
    const mig_seed_type *type;
} declaration;

static int column_of(const declaration *d, mig_str part) {
    return mig_comment_column(d->line->comment, d->line->column, part.p);
}

static bool is_name_byte(char c) {
    return mig_is_alpha(c) || c == '_' || mig_is_digit(c);
}

static bool is_name(mig_str name) {
    size_t i;

    if (name.n == 0 || name.n > MAX_NAME || mig_is_digit(name.p[0]))
        return false;
    for (i = 0; i < name.n; i++)
        if (!is_name_byte(name.p[i]))
            return false;
    return true;
}

/* Takes the bytes before the next blank off the front of *rest. */
static mig_str blank_word_take(mig_str *rest) {
    mig_str word;
    size_t n = 0;

    while (n < rest->n && !mig_is_space(rest->p[n]))
        n++;
    word = mig_str_sub(*rest, 0, n);
    *rest = mig_str_trim(mig_str_sub(*rest, n, SIZE_MAX));
    return word;
}

/* Always false, as the others that complain. */
static bool form_complain(const declaration *d) {
    mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, d->line->column,
                 "\"Param\" needs a name and a type");
    mig_complain_hint(d->ctx, d->list,
                      "Write it as \"-- Param: username text required\" or \"-- Param: role text = "
                      "admin\"; \"secret\" may stand behind the type.");
    return false;
}

static bool twice_complain(const declaration *d, mig_str name) {
    mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, column_of(d, name),
                 "parameter \"%.*s\" is declared twice", MIG_FMT(name));
    mig_complain_hint(d->ctx, d->list,
                      "Names that differ only in letter case count as the same here.");
    return false;
}

static size_t short_names(const mig_seed_script *script, size_t end) {
    size_t i, n = 0;

    for (i = 0; i < end; i++)
        n += script->params[i].name.n == 1;
    return n;
}

static bool limit_complain(const declaration *d, mig_str name, const char *what, int most) {
    mig_complain(d->ctx, d->list, MIG_E_LIMIT, d->source, d->line->line, column_of(d, name),
                 "more than %d parameters%s", most, what);
    return false;
}

static bool name_read(declaration *d, mig_str name) {
    const mig_seed_script *script = d->script;
    size_t i;

    d->param.name = name;
    if (!is_name(name)) {
        mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, column_of(d, name),
                     "\"%.*s\" cannot be the name of a parameter", MIG_FMT(mig_text_clip(name)));
        mig_complain_hint(d->ctx, d->list,
                          "A name is made of letters, digits and \"_\", begins with no digit, and "
                          "has at most %d bytes.",
                          MAX_NAME);
        return false;
    }
    for (i = 0; i < script->n_params; i++)
        if (mig_str_is_nocase(name, mig_str_z(d->ctx, script->params[i].name)))
            return twice_complain(d, name);
    if (script->n_params == MIG_MAX_PARAMS)
        return limit_complain(d, name, "", MIG_MAX_PARAMS);
    if (name.n == 1 && short_names(script, script->n_params) == MAX_SHORT)
        return limit_complain(d, name, " with names of one letter", MAX_SHORT);
    return true;
}

static bool type_read(declaration *d, mig_str *rest) {
    mig_str at = *rest, word;

    if (rest->n == 0)
        return form_complain(d);
    d->type = mig_seed_type_take(rest);
    if (d->type == NULL) {
        word = blank_word_take(&at);
        mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, column_of(d, word),
                     "unknown type \"%.*s\" of parameter \"%.*s\"", MIG_FMT(mig_text_clip(word)),
                     MIG_FMT(d->param.name));
        mig_complain_hint(d->ctx, d->list, "The types are %s.", MIG_SEED_TYPES);
        return false;
    }
    d->param.type = mig_str_of(d->type->name);
    d->param.kind = d->type->kind;
    return true;
}

/* secret and required, in any order. */
static bool flags_read(declaration *d, mig_str rest) {
    mig_str word, secret = rest;

    while (rest.n > 0) {
        word = blank_word_take(&rest);
        if (mig_str_is_nocase(word, "secret") && !d->param.secret) {
            secret = word;
            d->param.secret = true;
        } else if (mig_str_is_nocase(word, "required") && !d->param.required) {
            d->param.required = true;
        } else {
            mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line,
                         column_of(d, word), "\"%.*s\" behind the type of parameter \"%.*s\"",
                         MIG_FMT(mig_text_clip(word)), MIG_FMT(d->param.name));
            mig_complain_hint(d->ctx, d->list,
                              "Behind the type may stand \"required\" and \"secret\", each once, "
                              "and \"= default\" at the end.");
            return false;
        }
    }
    if (!d->param.secret || mig_str_is(d->param.type, "text"))
        return true;
    mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, column_of(d, secret),
                 "parameter \"%.*s\" is secret and not a text", MIG_FMT(d->param.name));
    mig_complain_hint(
        d->ctx, d->list,
        "Only a text can be secret: the message about a value that does not fit another "
        "type would show it.");
    return false;
}

/* In a header 'admin' would be a text of seven characters, which nobody means. */
static bool is_quoted(mig_str text) {
    return text.n >= 2 && (text.p[0] == '\'' || text.p[0] == '"') &&
           text.p[text.n - 1] == text.p[0];
}

static bool fallback_complain(const declaration *d, mig_str text) {
    mig_str clipped = mig_text_clip(text);

    mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line,
                 text.n == 0 ? d->line->column : column_of(d, text),
                 "the default of parameter \"%.*s\" must be %s, not \"%.*s\"",
                 MIG_FMT(d->param.name), d->type->wanted, MIG_FMT(clipped));
    return false;
}

static bool fallback_read(declaration *d, mig_str text) {
    mig_value unused;
    bool fits = true;

    if (d->param.required) {
        mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, d->line->column,
                     "parameter \"%.*s\" is required and has a default", MIG_FMT(d->param.name));
        mig_complain_hint(d->ctx, d->list, "Leave one of the two out.");
        return false;
    }
    if (d->param.secret) {
        mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, d->line->column,
                     "parameter \"%.*s\" is secret and has a default", MIG_FMT(d->param.name));
        mig_complain_hint(d->ctx, d->list,
                          "A default stands in the script for everybody to read: leave it out and "
                          "give the value to migrate_seed_run.");
        return false;
    }
    if (is_quoted(text) && !d->type->json) {
        mig_complain(d->ctx, d->list, MIG_E_SYNTAX, d->source, d->line->line, column_of(d, text),
                     "the default of parameter \"%.*s\" stands in quotes", MIG_FMT(d->param.name));
        mig_complain_hint(d->ctx, d->list, "Write it without them, as in \"= admin\".");
        return false;
    }
    if (!mig_seed_type_read(d->ctx, d->type, text, &unused, &fits))
        return false;
    d->param.has_default = true;
    d->param.fallback = text;
    return fits || fallback_complain(d, text);
}

/* Once the name is known the parameter counts: statements that use it are no further faults. */
static bool declaration_read(declaration *d) {
    mig_str value = d->line->value, rest, name;
    size_t equals = value.n;

    if (!mig_str_find(value, '=', &equals))
        equals = value.n;
    rest = mig_str_trim(mig_str_sub(value, 0, equals));
    name = blank_word_take(&rest);
    if (name.n == 0)
        return form_complain(d);
    if (!name_read(d, name))
        return false;
    if (type_read(d, &rest) && flags_read(d, rest) && equals < value.n)
        fallback_read(d, mig_str_trim(mig_str_sub(value, equals + 1, SIZE_MAX)));
    return true;
}

bool mig_seed_param_add(mig_ctx *ctx, mig_str source, const mig_header_line *line,
                        mig_complaints *list, mig_seed_script *script) {
    mig_seed_param *params;
    declaration d;

    memset(&d, 0, sizeof d);
    d.ctx = ctx;
    d.source = source;
    d.line = line;
    d.list = list;
    d.script = script;
    d.param.line = line->line;
    d.param.type = MIG_STR("text");
    if (!declaration_read(&d))
        return mig_ctx_error(ctx) == NULL;
    params = mig_grow(ctx, script->params, script->n_params, &script->params_room, sizeof *params);
    if (params == NULL)
        return false;
    script->params = params;
    params[script->n_params++] = d.param;
    return true;
}

/* ---- names ------------------------------------------------------------------------------- */

size_t mig_seed_param_find(const mig_seed_script *script, mig_str name) {
    size_t i;

    for (i = 0; i < script->n_params; i++)
        if (mig_str_eq(script->params[i].name, name))
            return i;
    return MIG_NONE;
}

mig_str mig_seed_params_known(mig_ctx *ctx, const mig_seed_script *script) {
    mig_buf buf = mig_buf_new(ctx);
    const mig_seed_param *param;
    size_t i;

    for (i = 0; i < script->n_params; i++) {
        param = &script->params[i];
        mig_buf_addf(&buf, "%s\"%.*s\" (%.*s%s%s)",
                     i == 0 ? "The parameters of the seed are " : ", ", MIG_FMT(param->name),
                     MIG_FMT(param->type), param->required ? ", required" : "",
                     param->secret ? ", secret" : "");
    }
    mig_buf_add_z(&buf, i == 0 ? "The seed has no parameters." : ".");
    return mig_buf_str(&buf);
}

/* ---- placeholders ------------------------------------------------------------------------ */

size_t mig_seed_param_number(const mig_seed_script *script, size_t param) {
    size_t n_short = short_names(script, script->n_params);
    size_t n_before = short_names(script, param);

    if (script->params[param].name.n == 1)
        return n_before + 1;
    return n_short + (param - n_before) + 1;
}

/* The parameter that a token names, or MIG_NONE. */
static size_t token_param(const mig_seed_script *script, const mig_lexer *lexer,
                          const mig_token *token) {
    mig_str text = mig_token_text(lexer, token);

    if (token->kind != MIG_TOK_VARIABLE || text.p[0] != ':')
        return MIG_NONE;
    return mig_seed_param_find(script, mig_str_sub(text, 1, SIZE_MAX));
}

/* Writes "$3" over ":name" and blanks over the rest of it. */
static void placeholder_put(char *at, size_t room, mig_engine engine, size_t number) {
    char digits[2] = {(char)('0' + number / 10), (char)('0' + number % 10)};
    size_t n = number < 10 ? 1 : 2;

    memset(at, ' ', room);
    at[0] = engine == MIG_POSTGRESQL ? '$' : '?';
    memcpy(at + 1, digits + 2 - n, n);
}

mig_str mig_seed_placeholders(mig_ctx *ctx, mig_engine engine, const mig_seed_script *script,
                              mig_str text) {
    mig_lexer lexer = mig_lexer_new(mig_lex_mode_of(engine), text, 1);
    mig_token token;
    size_t param;
    char *p;

    if (mig_ctx_error(ctx) != NULL)
        return (mig_str){NULL, 0};
    p = mig_alloc(ctx, text.n + 1);
    if (p == NULL)
        return (mig_str){NULL, 0};
    if (text.n > 0)
        memcpy(p, text.p, text.n);
    p[text.n] = '\0';
    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        param = token_param(script, &lexer, &token);
        if (param != MIG_NONE)
            placeholder_put(p + token.start, token.length, engine,
                            mig_seed_param_number(script, param));
    }
    return (mig_str){p, text.n};
}
