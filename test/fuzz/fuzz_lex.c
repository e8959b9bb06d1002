/*
 * fuzz_lex.c: lexer, splitter and checksum on arbitrary bytes.
 *
 * The program ends itself where the spans of the tokens do not give the input back, a place differs
 * from a count from the start, statements overlap or reach out of the text, or a checksum changes
 * with the line ends.
 */
#include "checksum.h"
#include "split.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

static void check_place(mig_str text, const mig_token *token, size_t *n_places) {
    size_t line = 1, at;

    if ((*n_places)++ > 20)
        return;
    for (at = 0; at < token->start; at++)
        line += text.p[at] == '\n';
    must((size_t)token->line == line && token->column > 0);
}

static void check_tokens(mig_lex_mode mode, mig_str text) {
    mig_lexer lexer = mig_lexer_new(mode, text, 1);
    size_t at = 0, n_places = 0;
    mig_token token;

    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        must(token.start == at && token.length > 0 && token.length <= text.n - at);
        at += token.length;
        check_place(text, &token, &n_places);
        must(mig_token_open(&lexer, &token) == NULL || at == text.n);
        must(mig_token_text(&lexer, &token).n == token.length);
    }
    must(at == text.n && mig_lex_next(&lexer).kind == MIG_TOK_END);
}

static void check_statement(mig_ctx *ctx, mig_engine engine, mig_str text, const mig_statement *s) {
    mig_loss *losses;
    mig_str part;
    size_t n, i;

    must(s->length > 0 && s->start < text.n && s->length <= text.n - s->start);
    must(s->line > 0 && s->column > 0);
    must(mig_split_losses(ctx, engine, text, s, &losses, &n));
    must((n > 0) >= ((s->traits & MIG_TRAIT_DROP_COLUMN) != 0));
    for (i = 0; i < n; i++)
        must(losses[i].table.n > 0 || losses[i].column.n > 0);
    part = mig_split_title(engine, text, s);
    must(part.n <= s->length);
    part = mig_split_action(engine, text, s);
    must(part.n <= s->length);
}

static void check_split(mig_engine engine, mig_str text) {
    mig_ctx *ctx = unit_ctx();
    mig_statement *s;
    size_t n, i, end = 0;
    mig_error error;

    if (!mig_split(ctx, engine, MIG_STR("f"), text, 1, &s, &n))
        must(mig_take_error(ctx, &error) && error.code == MIG_E_SYNTAX && error.line > 0);
    for (i = 0; i < n; i++) {
        must(s[i].start >= end);
        check_statement(ctx, engine, text, &s[i]);
        end = s[i].start + s[i].length;
    }
    unit_free(ctx);
}

/* The text with CRLF for every LF; nothing where it has CR already. */
static void check_checksum(mig_str text) {
    char plain[MIG_CHECKSUM_SIZE], crlf[MIG_CHECKSUM_SIZE];
    char *p = malloc(2 * text.n + 1);
    size_t i, n = 0;

    must(p != NULL);
    for (i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            p[n++] = '\r';
        p[n++] = text.p[i];
    }
    mig_checksum("up", "", "", text, plain);
    mig_checksum("up", "", "", (mig_str){p, n}, crlf);
    must(strlen(plain) == MIG_CHECKSUM_SIZE - 1);
    must(memchr(p, '\r', n) == NULL || (text.n > 0 && memchr(text.p, '\r', text.n) != NULL) ||
         strcmp(plain, crlf) == 0);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_str text;

    text.p = (const char *)data;
    text.n = size;
    check_tokens(MIG_LEX_POSTGRESQL, text);
    check_tokens(MIG_LEX_SQLITE, text);
    check_tokens(MIG_LEX_CHECKSUM, text);
    check_split(MIG_POSTGRESQL, text);
    check_split(MIG_SQLITE, text);
    check_checksum(text);
    return 0;
}
