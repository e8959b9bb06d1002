/*
 * seed_script.c: see seed_script.h.
 *
 * One pass over the text with the lexer, as in script.c: the comments before the first statement or
 * marker are the header, a marker opens a section, and everything else has to be skipped in the right
 * way, in the mode of the section's engine, or in checksum mode where the section runs on both. A
 * literal that holds a marker was most likely never closed: reading goes on at the marker.
 */
#include "seed_script.h"

#include "script_check.h"
#include "script_header.h"
#include "script_text.h"
#include "seed_param.h"
#include "seed_script_check.h"

#include <string.h>

#define MAX_REPAIRS 20

typedef enum seed_key {
    KEY_NONE,
    KEY_SEED,
    KEY_PROFILES,
    KEY_DEPENDS_ON,
    KEY_REQUIRES,
    KEY_PARAM,
    KEY_EXPECT,
    N_KEYS
} seed_key;

/* letters and edits: see mig_header_name_near. One edit from "Seed" are words of any text, like See.
 */
static const struct {
    const char *name, *letters;
    size_t edits;
} keys[N_KEYS] = {
    [KEY_NONE] = {"", "", 0},
    [KEY_SEED] = {"Seed", "seed", 0},
    [KEY_PROFILES] = {"Profiles", "profiles", 1},
    [KEY_DEPENDS_ON] = {"Depends On", "dependson", 2},
    [KEY_REQUIRES] = {"Requires", "requires", 1},
    [KEY_PARAM] = {"Param", "param", 1},
    [KEY_EXPECT] = {"Expect", "expect", 1},
};

/* Names that people write for a key although they are further away than a typing error. */
static const struct {
    const char *letters;
    seed_key key;
} other_names[] = {
    {"seeds", KEY_SEED},      {"seedname", KEY_SEED},    {"depends", KEY_DEPENDS_ON},
    {"parameter", KEY_PARAM}, {"parameters", KEY_PARAM}, {"expected", KEY_EXPECT},
};

static const char *const marker_kinds[] = {
    [MIG_SEED_APPLY] = "apply", [MIG_SEED_CLEAR] = "clear", [MIG_SEED_VERIFY] = "verify"};

static const mig_marker_form seed_markers = {
    "seed:",
    marker_kinds,
    3,
    false,
    "Markers are -- seed:apply, -- seed:clear and -- seed:verify; the header line that names the "
    "seed has a blank behind its colon.",
    "A marker may say engine:postgresql or engine:sqlite."};

typedef struct reader {
    mig_ctx *ctx;
    mig_engine engine;
    mig_str source, text;
    mig_complaints *list;
    mig_seed_script *script;
    mig_lexer lexer;
    size_t n_repairs;

    bool in_header;           /* nothing but comments so far */
    unsigned seen;            /* a bit a key */
    bool marked;              /* there was a marker */
    bool unknown_marker;      /* one of them could not be read */
    int sql_line, sql_column; /* of the first SQL before any marker; 0: none */
    bool in_section;          /* the last section is being read */
    size_t section_start;
    mig_damage damage; /* in the section, or before the first marker */
} reader;

static bool failed(const reader *r) {
    return mig_ctx_error(r->ctx) != NULL;
}

/* ---- the header -------------------------------------------------------------------------- */

static seed_key key_find(mig_str name) {
    seed_key key;

    for (key = KEY_SEED; key < N_KEYS; key++)
        if (mig_header_name_is(name, keys[key].name))
            return key;
    return KEY_NONE;
}

static seed_key key_near(mig_str name) {
    seed_key key;
    size_t i;

    for (i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (mig_header_name_near(name, other_names[i].letters, 0))
            return other_names[i].key;
    for (key = KEY_SEED; key < N_KEYS; key++)
        if (mig_header_name_near(name, keys[key].letters, keys[key].edits))
            return key;
    return KEY_NONE;
}

static int column_of(const mig_header_line *line, mig_str part) {
    return mig_comment_column(line->comment, line->column, part.p);
}

/* Complains about one word of the line. */
static void word_complain(reader *r, const mig_header_line *line, seed_key key, mig_str word,
                          const char *why) {
    mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, column_of(line, word),
                 "\"%.*s\" cannot stand in \"%s\": %s", MIG_FMT(mig_text_clip(word)),
                 keys[key].name, why);
}

static bool is_marker_kind(mig_str word) {
    size_t i;

    for (i = 0; i < seed_markers.n_kinds; i++)
        if (mig_str_is_nocase(word, marker_kinds[i]))
            return true;
    return false;
}

/* "-- Seed: apply" is a marker with a blank too many. */
static void name_add(reader *r, const mig_header_line *line) {
    const char *why;

    if (is_marker_kind(line->value)) {
        word_complain(r, line, KEY_SEED, line->value, "it is the word of a marker");
        mig_complain_hint(r->ctx, r->list,
                          "A marker has no blank behind its colon: \"-- seed:%s\".",
                          mig_str_z(r->ctx, line->value));
    } else if (!mig_seed_name_check(line->value, &why)) {
        word_complain(r, line, KEY_SEED, line->value, why);
    } else {
        r->script->header.name = line->value;
    }
}

static void words_add(reader *r, const mig_header_line *line, seed_key key, mig_list *words) {
    mig_str rest = line->value, word;
    const char *why;
    bool good;

    while (!failed(r) && mig_str_next_word(&rest, &word)) {
        good = key == KEY_REQUIRES ? mig_id_check(word, &why) : mig_seed_name_check(word, &why);
        if (!good) {
            word_complain(r, line, key, word, why);
        } else if (words->n == MIG_MAX_LINKS) {
            mig_complain(r->ctx, r->list, MIG_E_LIMIT, r->source, line->line, column_of(line, word),
                         "\"%s\" has more than %d names", keys[key].name, MIG_MAX_LINKS);
            return;
        } else if (!mig_list_has(words, word)) {
            mig_list_add(r->ctx, words, word);
        }
    }
}

/* [exactly | at least | at most] N [row | rows] */
static bool expect_read(mig_seed_script *script, mig_str value) {
    mig_str rest = value, word;

    script->expect = MIG_EXPECT_EXACTLY;
    if (!mig_str_next_word(&rest, &word))
        return false;
    if (mig_str_is_nocase(word, "at")) {
        if (!mig_str_next_word(&rest, &word))
            return false;
        script->expect = mig_str_is_nocase(word, "least") ? MIG_EXPECT_LEAST : MIG_EXPECT_MOST;
        if (script->expect == MIG_EXPECT_MOST && !mig_str_is_nocase(word, "most"))
            return false;
        mig_str_next_word(&rest, &word);
    } else if (mig_str_is_nocase(word, "exactly")) {
        mig_str_next_word(&rest, &word);
    }
    if (word.n == 0 || !mig_is_digit(word.p[0]) || !mig_str_to_int(word, &script->expect_rows))
        return false;
    if (!mig_str_next_word(&rest, &word))
        return true;
    return (mig_str_is_nocase(word, "row") || mig_str_is_nocase(word, "rows")) &&
           !mig_str_next_word(&rest, &word);
}

static void expect_add(reader *r, const mig_header_line *line) {
    if (expect_read(r->script, line->value))
        return;
    r->script->expect = MIG_EXPECT_ANY;
    mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                 "\"Expect\" does not say how many rows: \"%.*s\"",
                 MIG_FMT(mig_text_clip(line->value)));
    mig_complain_hint(r->ctx, r->list,
                      "Write it as \"-- Expect: 1 row\", \"-- Expect: at least 1 row\" or \"-- "
                      "Expect: at most 5 rows\".");
}

static void key_add(reader *r, seed_key key, const mig_header_line *line) {
    mig_seed_header *header = &r->script->header;

    switch (key) {
    case KEY_SEED:
        name_add(r, line);
        break;
    case KEY_PROFILES:
        words_add(r, line, key, &header->profiles);
        break;
    case KEY_DEPENDS_ON:
        words_add(r, line, key, &header->depends_on);
        break;
    case KEY_REQUIRES:
        words_add(r, line, key, &header->requires);
        break;
    case KEY_PARAM:
        mig_seed_param_add(r->ctx, r->source, line, r->list, r->script);
        break;
    case KEY_EXPECT:
        expect_add(r, line);
        break;
    case KEY_NONE:
    case N_KEYS:
        break;
    }
}

/* A line that is no key of a seed: a remark, unless it is meant as one. */
static void remark_add(reader *r, const mig_header_line *line) {
    seed_key near = key_near(line->name);

    if (line->key == MIG_KEY_REVISION_ID) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                     "this is a revision, not a seed");
        mig_complain_hint(r->ctx, r->list,
                          "It has a \"Revision ID\" line; migrate_load reads revisions.");
    } else if (near != KEY_NONE) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                     "unknown header key \"%.*s\"", MIG_FMT(line->name));
        mig_complain_hint(r->ctx, r->list, "The key is spelled \"%s\".", keys[near].name);
    }
}

static void header_add(reader *r, const mig_header_line *line) {
    seed_key key = key_find(line->name);
    unsigned bit = 1U << key;

    if (key == KEY_NONE) {
        remark_add(r, line);
        return;
    }
    if (r->script->header.line == 0)
        r->script->header.line = line->line;
    if (key != KEY_PARAM && (r->seen & bit) != 0) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                     "header key \"%s\" stands twice", keys[key].name);
        return;
    }
    r->seen |= bit;
    if (line->value.n == 0 && (key == KEY_SEED || key == KEY_PROFILES))
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                     "\"%s\" is empty", keys[key].name);
    else
        key_add(r, key, line);
}

/* A header line behind the header would silently not count. What is needed and required may well be
   a remark. */
static void late_line_tell(reader *r, const mig_header_line *line) {
    seed_key key = key_find(line->name);

    if (key == KEY_NONE || key == KEY_DEPENDS_ON || key == KEY_REQUIRES)
        return;
    mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, line->line, line->column,
                 "header line \"%s\" below the header", keys[key].name);
    mig_complain_hint(r->ctx, r->list,
                      "Header lines stand above the first marker and the first statement.");
}

/* ---- sections ---------------------------------------------------------------------------- */

static void section_close(reader *r, size_t end) {
    mig_seed_section *section = &r->script->sections[r->script->n_sections - 1];
    mig_section as_script;

    if (end < r->section_start)
        end = r->section_start;
    section->text = mig_str_sub(r->text, r->section_start, end - r->section_start);
    r->in_section = false;
    if (mig_engine_takes(r->engine, section->engine)) {
        memset(&as_script, 0, sizeof as_script);
        as_script.kind = section->part == MIG_SEED_VERIFY ? MIG_SECTION_VERIFY : MIG_SECTION_UP;
        as_script.text = section->text;
        as_script.line = section->line;
        mig_section_check(r->ctx, r->engine, r->source, &as_script, &r->damage, true, r->list);
        mig_seed_section_check(r->ctx, r->engine, r->source, r->script, section, r->list);
    } else if (r->damage.what != NULL) {
        mig_damage_complain(r->ctx, r->source, &r->damage, r->list);
    }
    r->damage.what = NULL;
}

static bool section_open(reader *r, const mig_marker *marker, size_t start, int line) {
    mig_seed_script *script = r->script;
    mig_seed_section *sections = mig_grow(r->ctx, script->sections, script->n_sections,
                                          &script->sections_room, sizeof *sections);

    if (sections == NULL)
        return false;
    script->sections = sections;
    sections += script->n_sections++;
    memset(sections, 0, sizeof *sections);
    sections->part = (mig_seed_part)marker->kind;
    sections->engine = marker->engine;
    sections->line = line;
    r->in_section = true;
    r->section_start = start;
    return true;
}

/* Ends what stands before a marker. */
static void before_marker_close(reader *r, size_t end) {
    if (r->in_section) {
        section_close(r, end);
        return;
    }
    if (r->sql_line > 0 && !r->marked) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, r->sql_line, r->sql_column,
                     "SQL before the first marker");
        mig_complain_hint(r->ctx, r->list, "Put the line \"-- seed:apply\" above it.");
    }
    if (r->damage.what != NULL)
        mig_damage_complain(r->ctx, r->source, &r->damage, r->list);
    r->damage.what = NULL;
}

static void lexer_turn(reader *r, mig_lex_mode mode) {
    mig_lexer fresh = mig_lexer_new(mode, r->text, r->lexer.line);

    fresh.at = r->lexer.at;
    fresh.column = r->lexer.column;
    r->lexer = fresh;
}

static void marker_take(reader *r, const mig_token *token, mig_str comment,
                        mig_comment_place place) {
    mig_str only = mig_marker_only(comment);
    mig_marker marker;

    if (place != MIG_AT_LINE_START)
        mig_marker_misplaced(r->ctx, r->source, only, token->line, token->column, r->list);
    before_marker_close(r, token->start);
    r->in_header = false;
    r->marked = true;
    if (!mig_marker_read(r->ctx, &seed_markers, r->source, only, token->line, token->column,
                         r->list, &marker)) {
        r->unknown_marker = true;
        return;
    }
    if (section_open(r, &marker, mig_next_line_at(r->text, token->start), token->line + 1))
        lexer_turn(r, mig_section_lex_mode(marker.engine));
}

/* ---- tokens ------------------------------------------------------------------------------ */

/* "-- seed:word"; with a blank behind the colon it is a header line. */
static bool is_meant_as_marker(mig_str comment) {
    size_t at = mig_marker_word_at(&seed_markers, comment);

    return at > 0 && at < comment.n && !mig_is_space(comment.p[at]);
}

static void comment_take(reader *r, const mig_token *token) {
    mig_str comment = mig_token_text(&r->lexer, token);
    mig_comment_place place = mig_comment_place_of(r->text, token->start);
    bool own_line = place == MIG_AT_LINE_START || place == MIG_INDENTED;
    mig_header_line line;

    if (own_line ? is_meant_as_marker(comment) : mig_marker_is(&seed_markers, comment)) {
        marker_take(r, token, comment, place);
        return;
    }
    if (own_line && mig_marker_is(&mig_revision_markers, comment)) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, token->line, token->column,
                     "marker \"%.*s\" in a seed", MIG_FMT(mig_str_trim(mig_text_clip(comment))));
        mig_complain_hint(r->ctx, r->list, "%s", seed_markers.kinds_hint);
        return;
    }
    line = mig_header_line_read(comment, token->line, token->column);
    if (r->in_header)
        header_add(r, &line);
    else if (place == MIG_AT_LINE_START)
        late_line_tell(r, &line);
}

/* The first marker on a line of the literal; empty: none. *at is its offset in the text. */
static mig_str marker_inside(const reader *r, const mig_token *token, int *number, size_t *at) {
    mig_str rest = mig_token_text(&r->lexer, token), line;

    *number = token->line;
    mig_str_next_line(&rest, &line);
    while (mig_str_next_line(&rest, &line)) {
        ++*number;
        if (!mig_str_starts(line, MIG_STR("--")) ||
            !mig_marker_is(&seed_markers, mig_marker_only(line)))
            continue;
        *at = (size_t)(line.p - r->text.p);
        return mig_str_trim(mig_marker_only(line));
    }
    return (mig_str){NULL, 0};
}

/* An open literal, or one that holds a marker. before is the lexer as it was before the token. A
   block comment, a dollar-quoted string or a bracketed name that is closed was meant to hold it. */
static void literal_take(reader *r, const mig_lexer *before, const mig_token *token) {
    bool closed = token->kind != MIG_TOK_BAD;
    char first = r->text.p[token->start];
    mig_token as_bad = *token;
    size_t resume = 0;
    int number;
    mig_str marker = marker_inside(r, token, &number, &resume);

    if (closed && marker.n == 0)
        return;
    as_bad.kind = MIG_TOK_BAD;
    if (r->damage.what == NULL) {
        r->damage.what = mig_token_open(&r->lexer, &as_bad);
        r->damage.line = token->line;
        r->damage.column = token->column;
        r->damage.marker = closed ? marker : (mig_str){NULL, 0};
        r->damage.marker_line = number;
    }
    if (marker.n == 0 || (closed && (first == '/' || first == '$' || first == '[')) ||
        r->n_repairs++ >= MAX_REPAIRS)
        return;
    r->lexer = *before;
    mig_lexer_skip(&r->lexer, resume);
}

/* Anything but a blank or a line comment. */
static void other_take(reader *r, const mig_lexer *before, const mig_token *token) {
    bool open = mig_token_open(&r->lexer, token) != NULL;

    if (r->in_header && token->kind != MIG_TOK_BLOCK_COMMENT) {
        r->in_header = false;
        r->sql_line = token->line;
        r->sql_column = token->column;
    }
    if (open || r->lexer.line > token->line)
        literal_take(r, before, token);
}

static void text_read(reader *r) {
    mig_lexer before;
    mig_token token;

    do {
        before = r->lexer;
        token = mig_lex_next(&r->lexer);
        if (token.kind == MIG_TOK_LINE_COMMENT)
            comment_take(r, &token);
        else if (token.kind != MIG_TOK_BLANK && token.kind != MIG_TOK_END)
            other_take(r, &before, &token);
    } while (token.kind != MIG_TOK_END && !failed(r));
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A seed whose parameter must be given cannot run with others, where nobody gives it. */
static void profiles_check(reader *r) {
    const mig_seed_script *script = r->script;
    size_t i;

    if (script->header.profiles.n == 0)
        return;
    for (i = 0; i < script->n_params; i++) {
        if (!script->params[i].required)
            continue;
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, script->params[i].line, 1,
                     "a seed with profiles cannot have a required parameter: \"%.*s\"",
                     MIG_FMT(script->params[i].name));
        mig_complain_hint(r->ctx, r->list,
                          "Give the parameter a default, or leave out \"Profiles\" and run the "
                          "seed by its name with migrate_seed_run.");
        return;
    }
}

static bool has_apply(const mig_seed_script *script) {
    size_t i;

    for (i = 0; i < script->n_sections; i++)
        if (script->sections[i].part == MIG_SEED_APPLY)
            return true;
    return false;
}

static void text_end(reader *r) {
    const mig_marker apply = {MIG_SEED_APPLY, MIG_ENGINE_BOTH, true};

    if (!r->marked && (r->sql_line > 0 || r->seen != 0))
        section_open(r, &apply, 0, 1);
    if (r->in_section && !failed(r))
        section_close(r, r->text.n);
    else if (r->damage.what != NULL)
        mig_damage_complain(r->ctx, r->source, &r->damage, r->list);
    if (!r->marked && r->script->n_sections == 0 && !failed(r)) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, 1, 1, "the seed is empty");
        mig_complain_hint(r->ctx, r->list, "A seed has SQL, or at least a header.");
    }
    if (r->marked && !r->unknown_marker && !has_apply(r->script)) {
        mig_complain(r->ctx, r->list, MIG_E_SYNTAX, r->source, 1, 1,
                     "the seed has no \"-- seed:apply\" section");
        mig_complain_hint(r->ctx, r->list, "Write the marker above its SQL.");
    }
    profiles_check(r);
}

bool mig_seed_script_parse(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text,
                           mig_complaints *list, mig_seed_script *script) {
    reader r;

    memset(script, 0, sizeof *script);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!mig_script_text_check(ctx, source, text, list))
        return mig_ctx_error(ctx) == NULL;
    memset(&r, 0, sizeof r);
    r.ctx = ctx;
    r.engine = engine;
    r.source = source;
    r.list = list;
    r.script = script;
    r.in_header = true;
    r.text = mig_script_text_normal(ctx, text);
    r.lexer = mig_lexer_new(MIG_LEX_CHECKSUM, r.text, 1);
    text_read(&r);
    text_end(&r);
    return mig_ctx_error(ctx) == NULL;
}
