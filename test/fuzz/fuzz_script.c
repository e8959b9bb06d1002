/*
 * fuzz_script.c: the script parser on arbitrary bytes.
 *
 * A text without complaints must read back the same, revision by revision: the stored text of each,
 * read alone, is one revision with equal header, sections and checksums, on either engine. Bad
 * texts have complaints with a place and a message. The checksum and the counts of a section are those
 * of its text alone.
 */
#include "script_check.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

static void lists_equal(const mig_list *a, const mig_list *b) {
    size_t i;

    must(a->n == b->n);
    for (i = 0; i < a->n; i++)
        must(mig_str_eq(a->items[i], b->items[i]));
}

static void scripts_equal(const mig_script *a, const mig_script *b) {
    size_t i;

    must(mig_str_eq(a->id, b->id) && mig_str_eq(a->message, b->message) &&
         mig_str_eq(a->description, b->description) && mig_str_eq(a->created, b->created) &&
         mig_str_eq(a->text, b->text) && a->created_at == b->created_at);
    lists_equal(&a->revises, &b->revises);
    lists_equal(&a->depends_on, &b->depends_on);
    lists_equal(&a->labels, &b->labels);
    must(a->n_sections == b->n_sections);
    for (i = 0; i < a->n_sections; i++) {
        must(a->sections[i].kind == b->sections[i].kind &&
             a->sections[i].engine == b->sections[i].engine &&
             a->sections[i].transaction == b->sections[i].transaction &&
             a->sections[i].line - a->line == b->sections[i].line - b->line &&
             mig_str_eq(a->sections[i].text, b->sections[i].text) &&
             strcmp(a->sections[i].checksum, b->sections[i].checksum) == 0);
    }
}

static void facts_check(mig_ctx *ctx, const mig_script *script, mig_engine engine) {
    mig_str facts = mig_script_facts(ctx, script, MIG_SECTION_UP, engine);
    mig_loss loss;

    must(mig_ctx_error(ctx) == NULL && mig_facts_statements(facts) >= 0);
    while (mig_facts_next_loss(&facts, &loss))
        must(loss.table.n > 0 || loss.column.n > 0);
    must(mig_script_up_checksum(ctx, script, engine).n >= 1);
}

static void complaints_check(const mig_complaints *list, mig_str text) {
    size_t i;

    for (i = 0; i < list->n; i++) {
        must(list->items[i].text.n > 0 && list->items[i].line > 0 && list->items[i].column > 0);
        must((size_t)list->items[i].line <= text.n + 1);
        must(mig_utf8_check(list->items[i].text) == list->items[i].text.n);
    }
}

static void known_equal(mig_ctx *ctx, const mig_script *script) {
    mig_script *known =
        mig_script_parse_known(ctx, script->source, script->id, script->text, script->line);
    size_t i;

    must(known != NULL && known->n_sections == script->n_sections);
    for (i = 0; i < known->n_sections; i++)
        must(known->sections[i].kind == script->sections[i].kind &&
             known->sections[i].engine == script->sections[i].engine &&
             known->sections[i].transaction == script->sections[i].transaction &&
             known->sections[i].line == script->sections[i].line &&
             mig_str_eq(known->sections[i].text, script->sections[i].text));
}

/* The parser hands its tokens to checksum and check; each for itself finds the same. */
static void section_equal(mig_ctx *ctx, mig_engine engine, const mig_section *section, bool good) {
    static const char *const engines[] = {"", "postgresql", "sqlite"};
    char checksum[MIG_CHECKSUM_SIZE];
    mig_section copy = *section;
    mig_complaints list;
    mig_damage none;

    memset(&list, 0, sizeof list);
    memset(&none, 0, sizeof none);
    mig_checksum(mig_section_kind_name(section->kind), engines[section->engine],
                 section->transaction ? "" : "transaction:false", section->text, checksum);
    must(strcmp(checksum, section->checksum) == 0);
    must(section->counted == mig_section_runs(section, engine));
    if (!section->counted)
        return;
    copy.n_statements = 0;
    copy.traits = 0;
    mig_section_check(ctx, engine, MIG_STR("f"), &copy, &none, false, &list);
    must(copy.n_statements == section->n_statements && copy.traits == section->traits);
    must(!good || list.total == 0);
}

/* The facts without the one that is about what was counted. */
static mig_str facts_common(mig_str facts) {
    static const char plain[] = "\nplain ";
    size_t n = sizeof plain - 1, at;

    for (at = facts.n; at-- > 0;)
        if (facts.n - at > n && memcmp(facts.p + at, plain, n) == 0)
            return mig_str_sub(facts, 0, at);
    return facts;
}

/* What a "plain" fact says is the one section that the parser found. */
static void plain_equal(const mig_script *script, mig_engine engine, mig_section_kind kind,
                        mig_str facts) {
    const mig_section *only = NULL;
    mig_section plain;
    size_t i;

    if (!mig_facts_plain(facts, script->text, script->line, kind, &plain))
        return;
    for (i = 0; i < script->n_sections; i++)
        if (mig_section_runs(&script->sections[i], engine) &&
            (script->sections[i].kind == MIG_SECTION_DOWN) == (kind == MIG_SECTION_DOWN)) {
            must(only == NULL);
            only = &script->sections[i];
        }
    must(only != NULL && only->kind == plain.kind && only->text.p == plain.text.p &&
         only->text.n == plain.text.n);
    must(only->line == plain.line && only->transaction && only->n_statements == plain.n_statements);
}

/* Facts from what was counted are those of the text. */
static void facts_equal(mig_ctx *ctx, mig_engine engine, const mig_script *script) {
    mig_script copy = *script;
    mig_section_kind kind;
    mig_str facts;
    size_t i;

    copy.sections = mig_alloc(ctx, script->n_sections * sizeof *copy.sections);
    for (i = 0; i < script->n_sections; i++) {
        copy.sections[i] = script->sections[i];
        copy.sections[i].counted = false;
    }
    for (kind = MIG_SECTION_UP; kind <= MIG_SECTION_DOWN; kind++) {
        facts = mig_script_facts(ctx, script, kind, engine);
        must(mig_str_eq(mig_script_facts(ctx, &copy, kind, engine), facts_common(facts)));
        plain_equal(script, engine, kind, facts);
    }
}

static void sections_equal(mig_ctx *ctx, mig_engine engine, const mig_script *script, bool good) {
    size_t i;

    for (i = 0; i < script->n_sections; i++)
        section_equal(ctx, engine, &script->sections[i], good);
}

static void read_again(mig_ctx *ctx, mig_engine engine, const mig_script *script) {
    mig_complaints list;
    mig_script *scripts;
    size_t n;

    memset(&list, 0, sizeof list);
    must(mig_script_parse(ctx, engine, MIG_STR("f"), script->text, &list, &scripts, &n));
    must(list.total == 0 && n == 1);
    scripts_equal(script, &scripts[0]);
    facts_check(ctx, script, engine);
    facts_equal(ctx, engine, script);
    known_equal(ctx, script);
}

static void run_input(mig_ctx *ctx, mig_engine engine, mig_str text) {
    mig_complaints list;
    mig_script *scripts;
    size_t n, i;

    memset(&list, 0, sizeof list);
    must(mig_script_parse(ctx, engine, MIG_STR("f"), text, &list, &scripts, &n));
    complaints_check(&list, text);
    must(list.total > 0 || n > 0);
    for (i = 0; i < n; i++) {
        must(scripts[i].id.n > 0);
        sections_equal(ctx, engine, &scripts[i], list.total == 0);
    }
    for (i = 0; i < n && list.total == 0; i++)
        read_again(ctx, engine, &scripts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_engine engine;
    mig_ctx *ctx;

    for (engine = MIG_POSTGRESQL; engine <= MIG_SQLITE; engine++) {
        ctx = unit_ctx();
        run_input(ctx, engine, (mig_str){(const char *)data, size});
        unit_free(ctx);
    }
    return 0;
}
