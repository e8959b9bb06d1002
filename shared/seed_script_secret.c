/*
 * seed_script_secret.c: finds passwords that stand in the text of an SQL seed: literals that are given to
 * migrate_password_hash and migrate_password_verify, also inside a dollar-quoted body.
 *
 * A guard against carelessness, not against malice: who computes a password from pieces is not caught.
 */
#include "seed_script.h"

typedef struct search {
    mig_ctx *ctx;
    mig_str source;
    mig_complaints *list;
} search;

static void found(const search *self, int line, int column) {
    mig_complain(self->ctx, self->list, MIG_E_DATA, self->source, line, column,
                 "a password cannot stand in a text that is stored");
    mig_complain_hint(self->ctx, self->list,
                      "Make it a parameter of the seed, as in \"-- Param: password text secret "
                      "required\", or load the seed from a directory with migrate_seed_load, which "
                      "stores no text.");
}

static bool is_name(const mig_lexer *lexer, const mig_token *token, const char *name) {
    mig_str text = mig_token_text(lexer, token);

    if (token->kind == MIG_TOK_QUOTED)
        return mig_str_is_nocase(mig_str_sub(text, 1, text.n - 2), name);
    return mig_token_is(lexer, token, name);
}

static bool is_call(const mig_lexer *lexer, const mig_token *token) {
    return is_name(lexer, token, "migrate_password_hash") ||
           is_name(lexer, token, "migrate_password_verify");
}

/* A literal that is not empty. */
static bool is_literal(const mig_lexer *lexer, const mig_token *token) {
    return token->kind == MIG_TOK_STRING && !mig_str_is(mig_token_text(lexer, token), "''");
}

static bool is_operator(const mig_lexer *lexer, const mig_token *token, const char *text) {
    return token->kind == MIG_TOK_OPERATOR && mig_str_is(mig_token_text(lexer, token), text);
}

/* The arguments of a call, to the end of it or to a call within it. The first one is the password, or
   the one of that name; the literals of a query in it are no part of it. */
static void call_search(const search *self, mig_lexer lexer) {
    mig_token token = mig_lex_significant(&lexer), before = token;
    bool password = true;
    size_t depth = 1;

    if (token.kind != MIG_TOK_OPEN)
        return;
    while (depth > 0) {
        token = mig_lex_significant(&lexer);
        if (token.kind == MIG_TOK_END || token.kind == MIG_TOK_SEMICOLON || is_call(&lexer, &token))
            return;
        if (token.kind == MIG_TOK_OPEN || token.kind == MIG_TOK_CLOSE)
            depth = token.kind == MIG_TOK_OPEN ? depth + 1 : depth - 1;
        else if (depth == 1 && is_operator(&lexer, &token, ","))
            password = false;
        else if (depth == 1 &&
                 (is_operator(&lexer, &token, "=>") || is_operator(&lexer, &token, ":")))
            password = is_name(&lexer, &before, "password");
        else if (mig_token_is(&lexer, &token, "select"))
            password = false;
        else if (password && is_literal(&lexer, &token))
            found(self, token.line, token.column);
        before = token;
    }
}

/* bodies: looks into dollar-quoted texts, too. */
static void text_search(const search *self, mig_lexer lexer, bool bodies);

/* What stands between the tags of $tag$...$tag$. */
static void body_search(const search *self, const mig_lexer *lexer, const mig_token *token) {
    mig_str text = mig_token_text(lexer, token);
    size_t tag = 0;
    mig_lexer inner;

    if (token->kind != MIG_TOK_STRING || text.p[0] != '$' ||
        !mig_str_find(mig_str_sub(text, 1, text.n), '$', &tag))
        return;
    tag += 2;
    inner = mig_lexer_new(lexer->mode, mig_str_sub(text, tag, text.n - 2 * tag), token->line);
    inner.column = token->column + (int)tag;
    text_search(self, inner, false);
}

static void text_search(const search *self, mig_lexer lexer, bool bodies) {
    mig_token token;

    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        if (is_call(&lexer, &token))
            call_search(self, lexer);
        else if (bodies)
            body_search(self, &lexer, &token);
    }
}

void mig_seed_script_secrets(mig_ctx *ctx, mig_str source, const mig_seed_script *script,
                             mig_complaints *list) {
    search self = {ctx, source, list};
    const mig_seed_section *section;
    size_t i;

    for (i = 0; i < script->n_sections && mig_ctx_error(ctx) == NULL; i++) {
        section = &script->sections[i];
        text_search(&self,
                    mig_lexer_new(section->engine == MIG_ENGINE_SQLITE ||
                                          (section->engine == MIG_ENGINE_BOTH &&
                                           mig_ctx_host(ctx)->engine == MIG_SQLITE)
                                      ? MIG_LEX_SQLITE
                                      : MIG_LEX_POSTGRESQL,
                                  section->text, section->line),
                    true);
    }
}
