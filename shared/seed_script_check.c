/*
 * seed_script_check.c: see seed_script_check.h.
 *
 * Each statement is read once more, token by token. Whether it takes parameters is said by its first
 * word; a variable in another one is told once, because one remedy serves all of them.
 */
#include "seed_script_check.h"

#include "map.h"
#include "seed_param.h"

typedef struct checker {
    mig_ctx *ctx;
    mig_engine engine;
    mig_str source;
    const mig_seed_script *script;
    mig_complaints *list;
} checker;

/* One statement while it is read. */
typedef struct place {
    mig_lexer lexer;
    mig_str text;                   /* of the section */
    const mig_statement *statement; /* the lexer's text is its text */
    bool takes;                     /* parameters */
    size_t brackets;                /* open ones, PostgreSQL */
} place;

static int column_of(const place *p, const mig_token *token) {
    return token->line == p->statement->line ? token->column + p->statement->column - 1
                                             : token->column;
}

static void complain(checker *c, const place *p, const mig_token *token, const char *message) {
    mig_str name = mig_text_clip(mig_token_text(&p->lexer, token));

    mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, token->line, column_of(p, token),
                 "%s: \"%.*s\"", message, MIG_FMT(name));
}

/* Inside brackets the colon may be that of an array slice. */
static void hint(checker *c, const place *p, mig_str sentence) {
    mig_complain_hint(c->ctx, c->list, "%.*s%s", MIG_FMT(sentence),
                      p->brackets == 0 ? ""
                                       : " The bounds of an array slice are written with a blank "
                                         "behind the colon, as in [1 : n].");
}

static bool first_is_parameterised(const mig_lexer *lexer, const mig_token *token) {
    static const char *const words[] = {"select", "insert", "update", "delete", "merge",
                                        "values", "with",   "table",  "replace"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (mig_token_is(lexer, token, words[i]))
            return true;
    return token->kind == MIG_TOK_OPEN;
}

/* Complains about a variable in a statement that takes none. */
static void misplaced_tell(checker *c, const place *p, const mig_token *token) {
    mig_str title = mig_text_clip(mig_split_title(c->engine, p->text, p->statement));
    mig_str name = mig_text_clip(mig_token_text(&p->lexer, token));

    mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, token->line, column_of(p, token),
                 "\"%.*s\" takes no parameters: \"%.*s\"", MIG_FMT(title), MIG_FMT(name));
    hint(c, p,
         MIG_STR("Parameters can stand in SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, WITH, "
                 "TABLE and REPLACE."));
}

static void unknown_tell(checker *c, const place *p, const mig_token *token) {
    mig_str known = mig_seed_params_known(c->ctx, c->script);

    complain(c, p, token, "unknown parameter");
    hint(c, p,
         mig_str_format(c->ctx,
                        "%.*s Each is declared in the header, as in \"-- Param: username text\".",
                        MIG_FMT(known)));
}

/* A byte that would make one word with the "$1" behind it. */
static bool is_word_byte(char c) {
    return mig_is_alpha(c) || mig_is_digit(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* ":name" in a statement that takes parameters. */
static void parameter_check(checker *c, const place *p, const mig_token *token) {
    mig_str name = mig_str_sub(mig_token_text(&p->lexer, token), 1, SIZE_MAX);
    char before = token->start == 0 ? ' ' : p->lexer.text.p[token->start - 1];

    if (before == ':') {
        complain(c, p, token, "\"::\" is no SQL of SQLite");
        hint(c, p,
             MIG_STR("Write CAST(... AS ...), or give each engine a section of its own with "
                     "engine:postgresql and engine:sqlite in the marker."));
    } else if (mig_seed_param_find(c->script, name) == MIG_NONE) {
        unknown_tell(c, p, token);
    } else if (is_word_byte(before)) {
        complain(c, p, token, "a parameter stands directly behind a word or number");
        hint(c, p, MIG_STR("Put a blank before the colon."));
    }
}

/* ?1, ?, $1, @x, #x: what the engine would take as a parameter and nobody gives a value. PostgreSQL's $1
   has a meaning in statements that take none of ours, such as PREPARE. */
static bool is_foreign(const checker *c, const place *p, const mig_token *token) {
    char first = p->lexer.text.p[token->start];

    if (token->kind == MIG_TOK_VARIABLE)
        return first != ':' && (p->takes || c->engine == MIG_SQLITE);
    return token->kind == MIG_TOK_OPERATOR && first == '?' && c->engine == MIG_SQLITE;
}

/* false: enough was said about this statement. */
static bool token_check(checker *c, place *p, const mig_token *token) {
    char first = token->length == 0 ? ' ' : p->lexer.text.p[token->start];

    if (token->kind == MIG_TOK_OPERATOR && first == '[')
        p->brackets++;
    if (token->kind == MIG_TOK_OPERATOR && first == ']' && p->brackets > 0)
        p->brackets--;
    if (is_foreign(c, p, token)) {
        complain(c, p, token, "a parameter without a name");
        hint(c, p,
             MIG_STR("Write it as :name, and declare it in the header, as in \"-- Param: name "
                     "text\"."));
        return true;
    }
    if (token->kind != MIG_TOK_VARIABLE || first != ':')
        return true;
    if (p->takes)
        parameter_check(c, p, token);
    else
        misplaced_tell(c, p, token);
    return p->takes;
}

static void statement_check(checker *c, mig_str text, const mig_statement *statement) {
    mig_token token;
    place p;

    p.lexer =
        mig_lexer_new(mig_lex_mode_of(c->engine),
                      mig_str_sub(text, statement->start, statement->length), statement->line);
    p.text = text;
    p.statement = statement;
    p.brackets = 0;
    token = mig_lex_significant(&p.lexer);
    p.takes = first_is_parameterised(&p.lexer, &token);
    while (token.kind != MIG_TOK_END && token_check(c, &p, &token))
        token = mig_lex_significant(&p.lexer);
}

void mig_seed_section_check(mig_ctx *ctx, mig_engine engine, mig_str source,
                            const mig_seed_script *script, const mig_seed_section *section,
                            mig_complaints *list) {
    mig_splitter splitter = mig_splitter_new(engine, section->text, section->line);
    checker c = {ctx, engine, source, script, list};
    mig_statement statement;

    while (mig_ctx_error(ctx) == NULL &&
           mig_splitter_next(&splitter, &statement, NULL) == MIG_SPLIT_STATEMENT)
        if ((statement.traits & MIG_TRAIT_META) == 0)
            statement_check(&c, section->text, &statement);
}
