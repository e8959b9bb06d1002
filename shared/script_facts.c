/*
 * script_facts.c: what a script's sections are and do, for those who do not read the text: names,
 * frozen checksums, facts. The form of the facts is in script.h; it is stored, so that a change
 * needs old forms to stay readable.
 */
#include "script.h"

#include "map.h"
#include "script_text.h"

#include <limits.h>
#include <string.h>

#define FEW_FACTS 8

const char *mig_section_kind_name(mig_section_kind kind) {
    return mig_revision_markers.kinds[kind];
}

bool mig_engine_takes(mig_engine engine, mig_section_engine section) {
    switch (section) {
    case MIG_ENGINE_POSTGRESQL:
        return engine == MIG_POSTGRESQL;
    case MIG_ENGINE_SQLITE:
        return engine == MIG_SQLITE;
    case MIG_ENGINE_BOTH:
        break;
    }
    return true;
}

bool mig_section_runs(const mig_section *section, mig_engine engine) {
    return mig_engine_takes(engine, section->engine);
}

/* ---- checksums --------------------------------------------------------------------------- */

/* Most scripts have one section of a kind: its checksum is answered where it stands. */
static mig_str checksums_join(mig_ctx *ctx, const mig_script *script, mig_engine engine,
                              bool down) {
    mig_buf buf = mig_buf_new(ctx);
    mig_str one = {NULL, 0};
    size_t i;

    for (i = 0; i < script->n_sections; i++) {
        const mig_section *section = &script->sections[i];

        if ((section->kind == MIG_SECTION_DOWN) != down || !mig_section_runs(section, engine))
            continue;
        if (one.p == NULL) {
            one = mig_str_of(section->checksum);
            continue;
        }
        if (buf.n == 0)
            mig_buf_add(&buf, one);
        mig_buf_add_char(&buf, ' ');
        mig_buf_add_z(&buf, section->checksum);
    }
    if (buf.n > 0)
        return mig_buf_str(&buf);
    return one.p != NULL ? one : MIG_STR("-");
}

mig_str mig_script_up_checksum(mig_ctx *ctx, const mig_script *script, mig_engine engine) {
    return checksums_join(ctx, script, engine, false);
}

mig_str mig_script_down_checksum(mig_ctx *ctx, const mig_script *script, mig_engine engine) {
    return checksums_join(ctx, script, engine, true);
}

/* ---- collecting facts -------------------------------------------------------------------- */

typedef struct collector {
    mig_ctx *ctx;
    mig_engine engine;
    size_t n_sections, n_statements;
    bool outside, concurrently, enum_value;
    mig_locks locks;
    mig_list blocked, losses;
    mig_map *seen;
} collector;

/* TAB and line ends, which a quoted name can hold, would break the form. */
static mig_str name_flat(mig_ctx *ctx, mig_str name) {
    size_t i, n = 0;
    char *p;

    for (i = 0; i < name.n; i++)
        n += name.p[i] != ' ' && mig_is_space(name.p[i]);
    if (n == 0)
        return name;
    p = mig_alloc(ctx, name.n);
    if (p == NULL)
        return name;
    for (i = 0; i < name.n; i++)
        p[i] = mig_is_space(name.p[i]) ? ' ' : name.p[i];
    name.p = p;
    return name;
}

/* Adds a fact once. A few are compared one by one. */
static void fact_add(collector *c, mig_list *list, mig_str fact) {
    size_t i, old;

    if (list->n < FEW_FACTS) {
        if (!mig_list_has(list, fact))
            mig_list_add(c->ctx, list, fact);
        return;
    }
    if (c->seen == NULL)
        c->seen = mig_map_new(c->ctx, 4 * FEW_FACTS);
    for (i = 0; list->n == FEW_FACTS && i < list->n; i++)
        mig_map_add(c->ctx, c->seen, list->items[i], 1, NULL);
    if (mig_map_add(c->ctx, c->seen, fact, 1, &old) && old == MIG_NONE)
        mig_list_add(c->ctx, list, fact);
}

static mig_str loss_fact(mig_ctx *ctx, mig_str table, mig_str column) {
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, column.n == 0 ? "drop table\t" : "drop column\t");
    mig_buf_add(&buf, table);
    if (column.n > 0) {
        mig_buf_add_char(&buf, '\t');
        mig_buf_add(&buf, column);
    }
    return mig_buf_str(&buf);
}

static void losses_add(collector *c, mig_str text, const mig_statement *statement) {
    mig_str table, column;
    mig_loss *losses;
    size_t n, i;

    if ((statement->traits & (MIG_TRAIT_DROP_TABLE | MIG_TRAIT_DROP_COLUMN)) == 0 ||
        !mig_split_losses(c->ctx, c->engine, text, statement, &losses, &n))
        return;
    for (i = 0; i < n; i++) {
        table = name_flat(c->ctx, losses[i].table);
        column = name_flat(c->ctx, losses[i].column);
        fact_add(c, &c->losses, loss_fact(c->ctx, table, column));
    }
}

static void statement_collect(collector *c, const mig_section *section,
                              const mig_statement *statement) {
    mig_str title;

    c->n_statements++;
    losses_add(c, section->text, statement);
    if (section->transaction && (statement->traits & MIG_TRAIT_ADD_VALUE) != 0)
        c->enum_value = true;
    if (!section->transaction || (statement->traits & MIG_TRAIT_OUTSIDE) == 0)
        return;
    if ((statement->traits & MIG_TRAIT_CONCURRENTLY) != 0) {
        c->concurrently = true;
        return;
    }
    title = mig_split_title(c->engine, section->text, statement);
    fact_add(c, &c->blocked, mig_str_format(c->ctx, "blocked %.*s", MIG_FMT(title)));
}

/* The one statement of a section, from its first token on. */
static mig_statement statement_only(mig_engine engine, const mig_section *section) {
    mig_lexer lexer = mig_lexer_new(mig_lex_mode_of(engine), section->text, section->line);
    mig_token token = mig_lex_significant(&lexer);
    mig_statement statement;

    while (token.kind == MIG_TOK_SEMICOLON)
        token = mig_lex_significant(&lexer);
    statement.start = token.start;
    statement.length = section->text.n - token.start;
    statement.line = token.line;
    statement.column = token.column;
    statement.traits = section->traits;
    return statement;
}

static void section_locks(collector *c, const mig_section *section, mig_locks locks) {
    if (!section->transaction)
        return;
    c->locks.least += locks.least;
    c->locks.likely += locks.likely;
}

/* A section none of whose statements tells more than that it is one is not read again, and one that
   has but one statement is not split. */
static void section_collect(collector *c, const mig_section *section) {
    const unsigned telling =
        MIG_TRAIT_OUTSIDE | MIG_TRAIT_DROP_TABLE | MIG_TRAIT_DROP_COLUMN | MIG_TRAIT_ADD_VALUE;
    mig_splitter splitter = mig_splitter_new(c->engine, section->text, section->line);
    mig_statement statement;

    c->n_sections++;
    c->outside = c->outside || !section->transaction;
    if (section->counted && (section->traits & telling) == 0) {
        c->n_statements += section->n_statements;
        section_locks(c, section, section->locks);
        return;
    }
    if (section->counted && section->n_statements == 1) {
        statement = statement_only(c->engine, section);
        statement_collect(c, section, &statement);
        section_locks(c, section, section->locks);
        return;
    }
    while (mig_ctx_error(c->ctx) == NULL &&
           mig_splitter_next(&splitter, &statement, NULL) == MIG_SPLIT_STATEMENT)
        statement_collect(c, section, &statement);
    section_locks(c, section, splitter.locks);
}

/* The only section that runs here with the others of its kind (verify sections run with up), if it is
   plain. */
static const mig_section *section_plain(const mig_script *script, mig_section_kind kind,
                                        mig_engine engine) {
    const unsigned harmless = MIG_TRAIT_QUERY | MIG_TRAIT_DROP_TABLE | MIG_TRAIT_DROP_COLUMN;
    const mig_section *only = NULL;
    size_t i;

    for (i = 0; i < script->n_sections; i++) {
        if (!mig_section_runs(&script->sections[i], engine) ||
            (script->sections[i].kind == MIG_SECTION_DOWN) != (kind == MIG_SECTION_DOWN))
            continue;
        if (only != NULL)
            return NULL;
        only = &script->sections[i];
    }
    return only != NULL && only->kind == kind && only->engine == MIG_ENGINE_BOTH &&
                   only->transaction && only->counted && only->closed && only->n_statements > 0 &&
                   (only->traits & ~harmless) == 0
               ? only
               : NULL;
}

static void plain_print(mig_buf *buf, const mig_script *script, const mig_section *section) {
    if (section == NULL)
        return;
    mig_buf_add_z(buf, "\nplain ");
    mig_buf_add_number(buf, (uint64_t)(section->text.p - script->text.p));
    mig_buf_add_char(buf, ' ');
    mig_buf_add_number(buf, section->text.n);
    mig_buf_add_char(buf, ' ');
    mig_buf_add_number(buf, (uint64_t)(section->line - script->line));
}

static void facts_print(mig_buf *buf, const mig_list *facts) {
    size_t i;

    for (i = 0; i < facts->n; i++) {
        mig_buf_add_char(buf, '\n');
        mig_buf_add(buf, facts->items[i]);
    }
}

mig_str mig_script_facts(mig_ctx *ctx, const mig_script *script, mig_section_kind kind,
                         mig_engine engine) {
    mig_buf buf = mig_buf_new(ctx);
    collector c;
    size_t i;

    memset(&c, 0, sizeof c);
    c.ctx = ctx;
    c.engine = engine;
    for (i = 0; i < script->n_sections; i++)
        if (script->sections[i].kind == kind && mig_section_runs(&script->sections[i], engine))
            section_collect(&c, &script->sections[i]);
    if (c.n_sections == 0)
        return mig_buf_str(&buf);
    mig_buf_add_z(&buf, "s=");
    mig_buf_add_number(&buf, c.n_statements);
    if (c.outside)
        mig_buf_add_z(&buf, "\noutside");
    facts_print(&buf, &c.blocked);
    if (c.concurrently)
        mig_buf_add_z(&buf, "\nconcurrently");
    if (c.enum_value)
        mig_buf_add_z(&buf, "\nenum value");
    if (engine == MIG_POSTGRESQL && c.locks.likely > 0)
        mig_buf_addf(&buf, "\nlocks %zu %zu", c.locks.least, c.locks.likely);
    facts_print(&buf, &c.losses);
    plain_print(&buf, script, section_plain(script, kind, engine));
    return mig_buf_str(&buf);
}

/* ---- reading facts ----------------------------------------------------------------------- */

int64_t mig_facts_statements(mig_str facts) {
    mig_str line;
    int64_t n;

    while (mig_str_next_line(&facts, &line))
        if (mig_str_starts(line, MIG_STR("s=")) &&
            mig_str_to_int(mig_str_sub(line, 2, SIZE_MAX), &n))
            return n;
    return 0;
}

bool mig_facts_next(mig_str *rest, const char *name, mig_str *value) {
    mig_str line, prefix = mig_str_of(name);

    while (mig_str_next_line(rest, &line)) {
        if (!mig_str_starts(line, prefix))
            continue;
        *value = mig_str_sub(line, prefix.n, SIZE_MAX);
        if (value->n == 0)
            return true;
        if (value->p[0] == ' ' || value->p[0] == '\t') {
            *value = mig_str_sub(*value, 1, SIZE_MAX);
            return true;
        }
    }
    *value = (mig_str){NULL, 0};
    return false;
}

void mig_facts_locks(mig_str facts, mig_locks *locks) {
    int64_t least, likely;
    mig_str value;
    size_t blank;

    if (!mig_facts_next(&facts, "locks", &value) || !mig_str_find(value, ' ', &blank) ||
        !mig_str_to_int(mig_str_sub(value, 0, blank), &least) ||
        !mig_str_to_int(mig_str_sub(value, blank + 1, SIZE_MAX), &likely))
        return;
    if (least < 0 || likely < least || likely > INT32_MAX)
        return;
    locks->least += (size_t)least;
    locks->likely += (size_t)likely;
}

bool mig_facts_has(mig_str facts, const char *name) {
    mig_str value;

    return mig_facts_next(&facts, name, &value);
}

static bool number_next(mig_str *rest, int64_t most, int64_t *number) {
    mig_str word;

    return mig_str_next_word(rest, &word) && mig_str_to_int(word, number) && *number >= 0 &&
           *number <= most;
}

/* Is the line the marker of a section of the kind, and says nothing more? */
static bool is_bare_marker(mig_str line, mig_section_kind kind) {
    size_t at = mig_marker_word_at(&mig_revision_markers, mig_marker_only(line));

    return at > 0 && at < line.n &&
           mig_str_is(mig_str_sub(line, at, SIZE_MAX), mig_section_kind_name(kind));
}

static bool is_marker_at(mig_str script, size_t at) {
    mig_str line, rest = mig_str_sub(script, at, SIZE_MAX);

    return rest.n > 0 && rest.p[0] == '-' && mig_str_next_line(&rest, &line) &&
           mig_marker_is(&mig_revision_markers, mig_marker_only(line));
}

/* Does a section of the kind begin and end there, and no other between? */
static bool is_section(mig_str script, size_t start, size_t length, mig_section_kind kind) {
    size_t before = start - 1, at, step;

    if (start == 0 || script.p[before] != '\n')
        return false;
    while (before > 0 && script.p[before - 1] != '\n')
        before--;
    if (!is_bare_marker(mig_str_sub(script, before, start - 1 - before), kind))
        return false;
    for (at = start; at < start + length; at += step + 1) {
        if (is_marker_at(script, at))
            return false;
        if (!mig_str_find(mig_str_sub(script, at, start + length - at), '\n', &step))
            break;
    }
    return start + length == script.n || is_marker_at(script, start + length);
}

bool mig_facts_plain(mig_str facts, mig_str script, int line, mig_section_kind kind,
                     mig_section *section) {
    int64_t start, length, lines, most = (int64_t)script.n;
    mig_str value, rest = facts;

    if (!mig_facts_next(&rest, "plain", &value) || !number_next(&value, most, &start) ||
        !number_next(&value, most - start, &length) || !number_next(&value, most, &lines) ||
        line > INT_MAX - (int)lines || !is_section(script, (size_t)start, (size_t)length, kind))
        return false;
    memset(section, 0, sizeof *section);
    section->kind = kind;
    section->text = mig_str_sub(script, (size_t)start, (size_t)length);
    section->line = line + (int)lines;
    section->transaction = true;
    section->n_statements = (size_t)mig_facts_statements(facts);
    return true;
}

bool mig_facts_next_loss(mig_str *rest, mig_loss *loss) {
    mig_str line;
    size_t tab;

    while (mig_str_next_line(rest, &line)) {
        if (mig_str_starts(line, MIG_STR("drop table\t"))) {
            loss->table = mig_str_sub(line, 11, SIZE_MAX);
            loss->column = (mig_str){"", 0};
            return true;
        }
        if (!mig_str_starts(line, MIG_STR("drop column\t")))
            continue;
        line = mig_str_sub(line, 12, SIZE_MAX);
        if (!mig_str_find(line, '\t', &tab))
            continue;
        loss->table = mig_str_sub(line, 0, tab);
        loss->column = mig_str_sub(line, tab + 1, SIZE_MAX);
        return true;
    }
    return false;
}
