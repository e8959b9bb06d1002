/*
 * script_check.c: see script_check.h. One complaint a statement, the most telling one.
 */
#include "script_check.h"

#include "script_header.h"

typedef struct checker {
    mig_ctx *ctx;
    mig_engine engine;
    mig_str source;
    bool seed;
    mig_complaints *list;
} checker;

static mig_str shell_word(mig_str text, const mig_statement *statement) {
    mig_str word = mig_str_sub(text, statement->start, statement->length);
    size_t n = 0;

    while (n < word.n && !mig_is_space(word.p[n]))
        n++;
    return mig_text_clip(mig_str_sub(word, 0, n));
}

static void shell_complain(checker *c, mig_str text, const mig_statement *s) {
    mig_str word = shell_word(text, s);
    bool dump = mig_str_is(word, "\\restrict") || mig_str_is(word, "\\unrestrict");

    if (word.n > 0 && word.p[0] != '\\' && word.p[0] != '.') {
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "a backslash outside a literal is no SQL");
        mig_complain_hint(c->ctx, c->list,
                          "Commands of psql such as \\g or \\gset cannot be run; "
                          "end the statement with a semicolon.");
        return;
    }
    mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                 "\"%.*s\" is a command of a shell, not SQL", MIG_FMT(word));
    if (dump)
        mig_complain_hint(c->ctx, c->list,
                          "pg_dump writes the lines \\restrict and \\unrestrict "
                          "for psql; delete them.");
    else if (word.n > 0 && word.p[0] == '.')
        mig_complain_hint(c->ctx, c->list,
                          "Lines that begin with a dot are for the sqlite3 shell; "
                          "a script holds only SQL.");
    else
        mig_complain_hint(
            c->ctx, c->list,
            "Lines that begin with a backslash are for psql; a script holds only SQL.");
}

static void self_complain(checker *c, mig_str text, const mig_statement *s) {
    mig_str action = mig_split_action(c->engine, text, s);

    if (action.n > 0) {
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "a script cannot call %.*s", MIG_FMT(action));
        mig_complain_hint(c->ctx, c->list,
                          "A run cannot start or change another one; call it from "
                          "a session.");
        return;
    }
    mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                 "\"%s EXTENSION migrate\" is not allowed in a script",
                 mig_lower(text.p[s->start]) == 'a' ? "ALTER" : "DROP");
    mig_complain_hint(c->ctx, c->list,
                      "The engine cannot replace itself in a run; do it from a "
                      "session.");
}

static void statement_check(checker *c, const mig_section *section, const mig_statement *s) {
    mig_str title;

    if ((s->traits & MIG_TRAIT_META) != 0) {
        shell_complain(c, section->text, s);
    } else if ((s->traits & MIG_TRAIT_TRANSACTION) != 0) {
        title = mig_text_clip(mig_split_title(c->engine, section->text, s));
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "transaction control is not allowed in a script: \"%.*s\"", MIG_FMT(title));
        mig_complain_hint(
            c->ctx, c->list, "A run is a transaction by itself; delete the statement.%s",
            c->seed ? ""
                    : " What cannot run in a transaction goes into a section of its own, marked "
                      "transaction:false.");
    } else if ((s->traits & MIG_TRAIT_COPY_STDIN) != 0) {
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "COPY from or to the client is not possible in a script");
        mig_complain_hint(c->ctx, c->list,
                          "Write the rows as INSERT (pg_dump --inserts does), or "
                          "COPY from a file of the server.");
    } else if ((s->traits & MIG_TRAIT_SELF) != 0) {
        self_complain(c, section->text, s);
    } else if (c->seed && (s->traits & MIG_TRAIT_OUTSIDE) != 0) {
        title = mig_text_clip(mig_split_title(c->engine, section->text, s));
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "\"%.*s\" cannot run in a transaction, as a seed does", MIG_FMT(title));
        mig_complain_hint(c->ctx, c->list,
                          "Put it into a revision, in a section marked transaction:false.");
    } else if (section->kind == MIG_SECTION_VERIFY && (s->traits & MIG_TRAIT_QUERY) == 0) {
        title = mig_text_clip(mig_split_title(c->engine, section->text, s));
        mig_complain(c->ctx, c->list, MIG_E_SYNTAX, c->source, s->line, s->column,
                     "a verify section holds only queries, not \"%.*s\"", MIG_FMT(title));
        mig_complain_hint(c->ctx, c->list,
                          "Write queries whose first column is true when all is well.");
    }
}

void mig_damage_complain(mig_ctx *ctx, mig_str source, const mig_damage *damage,
                         mig_complaints *list) {
    if (damage->marker.n > 0) {
        mig_complain(ctx, list, MIG_E_SYNTAX, source, damage->marker_line, 1,
                     "marker \"%.*s\" stands inside a %s", MIG_FMT(mig_text_clip(damage->marker)),
                     damage->what);
        mig_complain_hint(ctx, list,
                          "The %s opens at line %d, column %d. Close it before the marker; a line "
                          "that belongs to it and only looks like a marker must be indented.",
                          damage->what, damage->line, damage->column);
        return;
    }
    mig_complain(ctx, list, MIG_E_SYNTAX, source, damage->line, damage->column, "%s is not closed",
                 damage->what);
    mig_complain_hint(ctx, list,
                      "It opens at this place and reaches to the end: the script looks "
                      "half-written.");
}

static void damage_set(mig_damage *damage, const mig_lexer *lexer, const mig_token *token) {
    if (damage->what != NULL)
        return;
    damage->what = mig_token_open(lexer, token);
    damage->line = token->line;
    damage->column = token->column;
}

void mig_section_check(mig_ctx *ctx, mig_engine engine, mig_str source, mig_section *section,
                       const mig_damage *found, bool seed, mig_complaints *list) {
    mig_splitter splitter = mig_splitter_new(engine, section->text, section->line);
    checker c = {ctx, engine, source, seed, list};
    mig_damage damage = *found;
    mig_statement statement;
    mig_split_result result;
    mig_token token;
    bool explained = false;

    while (mig_ctx_error(ctx) == NULL) {
        result = mig_splitter_next(&splitter, &statement, &token);
        if (result == MIG_SPLIT_DAMAGE)
            damage_set(&damage, &splitter.lexer, &token);
        if (result != MIG_SPLIT_STATEMENT)
            break;
        section->n_statements++;
        section->traits |= statement.traits;
        if ((statement.traits & (MIG_TRAIT_COPY_STDIN | MIG_TRAIT_META)) != 0)
            explained = true;
        statement_check(&c, section, &statement);
    }
    section->locks = splitter.locks;
    section->counted = true;
    if (damage.what != NULL && !explained)
        mig_damage_complain(ctx, source, &damage, list);
}

bool mig_section_check_gist(mig_section *section, const mig_gist *gist) {
    const unsigned refused =
        MIG_TRAIT_META | MIG_TRAIT_TRANSACTION | MIG_TRAIT_COPY_STDIN | MIG_TRAIT_SELF;

    if (gist->unsure || (gist->traits & refused) != 0 ||
        (section->kind == MIG_SECTION_VERIFY && !gist->queries))
        return false;
    section->n_statements = gist->n_statements;
    section->traits = gist->traits;
    section->closed = gist->closed;
    section->locks = gist->locks;
    section->counted = true;
    return true;
}
