/*
 * script.c: see script.h.
 *
 * One pass over the text with the lexer. Comment lines that follow each other without a blank line
 * are a block; a block with a "Revision ID" line opens a revision, a marker line opens a section,
 * and everything else only has to be skipped in the right way: that is what the lexer is for, in
 * the mode of the section's engine, or in checksum mode where the section runs on both, so that a
 * text is cut at the same places on either engine.
 *
 * When a literal turns out to hold a marker it was most likely never closed. Reading then goes on
 * at the marker, so that one open quote does not hide the rest of a bundle; this happens a bounded
 * number of times, because each costs a look at the text up to its end.
 */
#include "script_check.h"
#include "script_header.h"
#include "script_text.h"

#include <string.h>

#define MAX_REPAIRS 20
#define FEW_SECTIONS 4
#define FEW_LINES 8

/* Comment lines without a blank line between them: bytes start .. end of the text. */
typedef struct block {
    size_t start, end; /* end 0: none */
    int line, column;
    bool opens;            /* has a Revision ID line */
    bool has_free;         /* has a line for the message */
    unsigned keys;         /* bits of the other known keys */
    mig_header_line first; /* the first line with one of these */
} block;

/* The lines of the open block that were read already. */
typedef struct block_cache {
    mig_header_line lines[FEW_LINES];
    size_t n;     /* of the whole block: beyond FEW_LINES they have to be read again */
    size_t start; /* of the block */
} block_cache;

typedef struct parser {
    mig_ctx *ctx;
    mig_engine engine;
    mig_str source, text;
    mig_complaints *list;
    mig_lexer lexer;
    size_t n_repairs;

    mig_script *scripts;
    size_t n, room;
    bool any;         /* a revision was opened */
    bool in_revision; /* scripts[n - 1] is being read */
    bool in_header;   /* before its first marker */
    size_t revision_start;
    size_t n_before; /* complaints when it was opened */
    mig_header header;

    mig_section *sections; /* of the revision; copied when it ends */
    size_t n_sections, sections_room;
    mig_section first[FEW_SECTIONS]; /* where sections begins */
    bool in_section;                 /* sections[n_sections - 1] is being read */
    size_t section_start;
    mig_damage damage; /* in the section */

    /* What the section's tokens give while it is read; see section_token. */
    mig_gist gist;
    mig_hasher hasher;
    bool hashing;     /* what the hasher holds is good */
    size_t token_end; /* of the last token that they took */

    block_cache cache;
    block open, previous; /* the block that may grow; the one above it behind a blank line */
    mig_lexer behind;     /* as it was behind the open block */
    bool header_told;     /* a complaint says why there is no header */
    int stray_line, stray_column; /* of what stands before the first header; 0: nothing */
    const char *stray;
} parser;

static bool failed(const parser *p) {
    return mig_ctx_error(p->ctx) != NULL;
}

/* ---- markers ----------------------------------------------------------------------------- */

static bool is_marker(mig_str comment) {
    return mig_marker_is(&mig_revision_markers, comment);
}

/* Reads the words of a marker; false where it names no section. */
static bool marker_read(parser *p, const mig_token *token, mig_str comment, mig_section *section) {
    mig_marker marker;

    if (!mig_marker_read(p->ctx, &mig_revision_markers, p->source, comment, token->line,
                         token->column, p->list, &marker))
        return false;
    section->kind = (mig_section_kind)marker.kind;
    section->engine = marker.engine;
    section->transaction = marker.transaction;
    if (section->kind == MIG_SECTION_VERIFY && !section->transaction)
        mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, token->line, token->column,
                     "a verify section cannot be transaction:false");
    return true;
}

/* Goes on behind at in another mode. */
static void lexer_turn(parser *p, mig_lex_mode mode) {
    mig_lexer fresh = mig_lexer_new(mode, p->text, p->lexer.line);

    fresh.at = p->lexer.at;
    fresh.column = p->lexer.column;
    p->lexer = fresh;
}

/* ---- sections ---------------------------------------------------------------------------- */

static const char *engine_word(mig_section_engine engine) {
    switch (engine) {
    case MIG_ENGINE_POSTGRESQL:
        return "postgresql";
    case MIG_ENGINE_SQLITE:
        return "sqlite";
    case MIG_ENGINE_BOTH:
        break;
    }
    return "";
}

static const char *option_word(const mig_section *section) {
    return section->transaction ? "" : "transaction:false";
}

/*
 * Checksum and check read the same bytes as the parser, so they take the tokens from it where they
 * would read the same ones: the checksum in checksum mode, the check where gist is sure. Damage, a
 * bracket, a literal that is given up, a byte order mark in the text: then each reads for itself.
 */
static void section_tokens_begin(parser *p, const mig_section *section) {
    mig_str text = mig_str_sub(p->text, p->section_start, SIZE_MAX);

    mig_gist_begin(&p->gist, p->engine);
    p->gist.unsure = !mig_section_runs(section, p->engine);
    p->hashing = section->engine == MIG_ENGINE_BOTH && !mig_str_starts(text, MIG_STR(MIG_BOM));
    if (p->hashing)
        mig_hasher_begin(&p->hasher, mig_section_kind_name(section->kind), "",
                         option_word(section));
    p->token_end = p->section_start;
}

static void section_token(parser *p, const mig_token *token) {
    p->token_end = token->start + token->length;
    mig_gist_token(&p->gist, &p->lexer, token);
    if (token->start < p->section_start || token->kind == MIG_TOK_BAD)
        p->hashing = false;
    if (p->hashing && token->kind != MIG_TOK_BLOCK_COMMENT)
        mig_hasher_token(&p->hasher, mig_token_text(&p->lexer, token));
}

static void section_tokens_end(parser *p, size_t end) {
    bool good = p->token_end <= end && p->damage.what == NULL && p->lexer.bracket == 0 &&
                !p->lexer.ambiguous;

    mig_gist_end(&p->gist);
    p->gist.unsure = p->gist.unsure || !good;
    p->hashing = p->hashing && good;
}

static void section_close(parser *p, size_t end) {
    mig_section *section = &p->sections[p->n_sections - 1];

    if (end < p->section_start)
        end = p->section_start;
    section->text = mig_str_sub(p->text, p->section_start, end - p->section_start);
    p->in_section = false;
    section_tokens_end(p, end);
    if (!mig_section_runs(section, p->engine)) {
        if (p->damage.what != NULL)
            mig_damage_complain(p->ctx, p->source, &p->damage, p->list);
    } else if (!mig_section_check_gist(section, &p->gist)) {
        mig_section_check(p->ctx, p->engine, p->source, section, &p->damage, false, p->list);
    }
    if (p->hashing)
        mig_hasher_end(&p->hasher, section->checksum);
    else
        mig_checksum(mig_section_kind_name(section->kind), engine_word(section->engine),
                     option_word(section), section->text, section->checksum);
    p->damage.what = NULL;
}

static bool section_add(parser *p, const mig_section *section) {
    mig_section *items =
        mig_grow(p->ctx, p->sections, p->n_sections, &p->sections_room, sizeof *items);

    if (items == NULL)
        return false;
    p->sections = items;
    items[p->n_sections++] = *section;
    return true;
}

/* Remembers the first thing that stands before the first header. */
static void stray_note(parser *p, const mig_token *token, const char *what) {
    if (p->stray_line != 0)
        return;
    p->stray = what;
    p->stray_line = token->line;
    p->stray_column = token->column;
}

/* Told when a header comes: a text without any has a complaint of its own. */
static void stray_tell(parser *p) {
    if (p->any || p->stray_line == 0)
        return;
    mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, p->stray_line, p->stray_column,
                 "%s before the first \"Revision ID\" line", p->stray);
    mig_complain_hint(p->ctx, p->list, "A script begins with its header.");
}

/* A marker ends the section before it and opens one. comment is the marker alone. */
static void marker_open(parser *p, const mig_token *token, mig_str comment) {
    mig_section section;

    if (p->in_section)
        section_close(p, token->start);
    memset(&section, 0, sizeof section);
    p->in_header = false;
    if (!p->in_revision) {
        stray_note(p, token, "a marker");
        return;
    }
    section.line = token->line + 1;
    if (!marker_read(p, token, comment, &section) || !section_add(p, &section))
        return;
    p->in_section = true;
    p->section_start = mig_next_line_at(p->text, token->start);
    lexer_turn(p, mig_section_lex_mode(section.engine));
    section_tokens_begin(p, &section);
}

/* ---- revisions --------------------------------------------------------------------------- */

static bool sections_have_up(const parser *p) {
    size_t i;

    for (i = 0; i < p->n_sections; i++)
        if (p->sections[i].kind == MIG_SECTION_UP)
            return true;
    return false;
}

static void sections_keep(parser *p, mig_script *script) {
    if (p->n_sections == 0)
        return;
    script->sections = mig_alloc_zero(p->ctx, p->n_sections, sizeof *script->sections);
    if (script->sections == NULL)
        return;
    memcpy(script->sections, p->sections, p->n_sections * sizeof *script->sections);
    script->n_sections = p->n_sections;
}

/* Ends the revision before end. One without a good id is left out of the answer. */
static void revision_close(parser *p, size_t end) {
    mig_script *script = p->header.script;

    if (p->in_section)
        section_close(p, end);
    p->in_revision = false;
    script->text = mig_str_sub(p->text, p->revision_start, end - p->revision_start);
    script->description = mig_buf_str(&p->header.description);
    sections_keep(p, script);
    if (script->id.n == 0) {
        p->n--;
        return;
    }
    /* A marker or a key that was not understood may be the reason. */
    if (sections_have_up(p) || p->list->total > p->n_before)
        return;
    mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, script->id_line, 1,
                 "revision \"%.*s\" has no \"-- migrate:up\" section", MIG_FMT(script->id));
    mig_complain_hint(p->ctx, p->list,
                      "Write the marker above its SQL; where nothing is to be done, "
                      "as in a merge, the marker stands alone.");
}

static void revision_open(parser *p, size_t start, int line) {
    mig_script *script = mig_grow(p->ctx, p->scripts, p->n, &p->room, sizeof *script);

    if (script == NULL)
        return;
    p->scripts = script;
    script += p->n++;
    memset(script, 0, sizeof *script);
    script->source = p->source;
    script->line = line;
    script->created_at = INT64_MAX;
    script->created = script->message = MIG_STR("");
    p->any = p->in_revision = p->in_header = true;
    p->n_sections = 0;
    p->revision_start = start;
    p->n_before = p->list->total;
    p->header.script = script;
    p->header.list = p->list;
    p->header.seen = 0;
    p->header.description = mig_buf_new(p->ctx);
}

/* ---- header blocks ----------------------------------------------------------------------- */

/* Reads the lines of a block one after another. */
typedef struct block_lines {
    mig_str rest;
    int line, column;
} block_lines;

static block_lines block_lines_of(const parser *p, const block *b) {
    block_lines lines;

    lines.rest = mig_str_sub(p->text, b->start, b->end - b->start);
    lines.line = b->line;
    lines.column = b->column;
    return lines;
}

static bool block_line_next(block_lines *lines, mig_header_line *read) {
    size_t indent = 0;
    mig_str line;

    if (!mig_str_next_line(&lines->rest, &line))
        return false;
    mig_str_find(line, '-', &indent);
    *read = mig_header_line_read(mig_str_sub(line, indent, SIZE_MAX), lines->line,
                                 lines->column + (int)indent);
    lines->line++;
    lines->column = 1;
    return true;
}

static void block_apply(parser *p, const block *b) {
    block_lines lines = block_lines_of(p, b);
    mig_header_line line;
    size_t i;

    if (p->cache.n <= FEW_LINES && p->cache.n > 0 && p->cache.start == b->start) {
        for (i = 0; i < p->cache.n && !failed(p); i++)
            mig_header_add(p->ctx, &p->header, &p->cache.lines[i]);
        return;
    }
    while (!failed(p) && block_line_next(&lines, &line))
        mig_header_add(p->ctx, &p->header, &line);
}

static size_t before_bom(const parser *p, size_t start) {
    return start >= 3 && memcmp(p->text.p + start - 3, MIG_BOM, 3) == 0 ? start - 3 : start;
}

/* A block with a Revision ID line opens a revision; the block above it can be its message. */
static void block_open(parser *p, const block *b) {
    const block *above = &p->previous;
    bool joins = above->end > 0 && above->has_free && above->keys == 0 && !b->has_free;
    size_t start = joins ? above->start : b->start;
    int line = joins ? above->line : b->line;

    if (p->n == MIG_MAX_REVISIONS) {
        mig_fail(p->ctx, MIG_E_LIMIT, "\"%.*s\" holds more than %zu revisions", MIG_FMT(p->source),
                 MIG_MAX_REVISIONS);
        return;
    }
    if (p->in_revision)
        revision_close(p, before_bom(p, start));
    if (!p->any && p->stray_line == 0) {
        start = 0;
        line = 1;
    }
    stray_tell(p);
    revision_open(p, start, line);
    if (joins)
        block_apply(p, above);
    block_apply(p, b);
}

/* A near miss of Revision ID, where a header is meant, would give what follows to another revision.
 */
static bool near_id_tell(parser *p, const block *b) {
    block_lines lines = block_lines_of(p, b);
    mig_header_line line;
    const char *near;

    while (block_line_next(&lines, &line)) {
        near = line.key == MIG_KEY_NONE ? mig_key_near(line.name) : NULL;
        if (near != mig_key_name(MIG_KEY_REVISION_ID))
            continue;
        mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, line.line, line.column,
                     "unknown header key \"%.*s\"", MIG_FMT(line.name));
        mig_complain_hint(p->ctx, p->list, "The key is spelled \"%s\".", near);
        return true;
    }
    return false;
}

/* Complains about a block that is meant as a header and is none. Comments of a section may well say
   "Depends on: ..."; "Revises:" or two keys are no chance. */
static void block_suspect(parser *p, const block *b) {
    bool several = (b->keys & (b->keys - 1)) != 0;

    if ((b->keys != 0 || !p->in_revision) && near_id_tell(p, b)) {
        p->header_told = true;
        return;
    }
    if ((b->keys & (1U << MIG_KEY_REVISES)) == 0 && !several)
        return;
    p->header_told = true;
    mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, b->first.line, b->first.column,
                 "header line \"%s\" without a \"Revision ID\" line", mig_key_name(b->first.key));
    mig_complain_hint(p->ctx, p->list,
                      "A header is one run of comment lines, without a blank line, one of them "
                      "\"-- Revision ID: ...\".");
}

/* Ends the open block. true: it opened a revision, and reading goes on behind it. */
static bool block_close(parser *p) {
    block b;

    if (p->open.end == 0)
        return false;
    b = p->open;
    p->open.end = 0;
    if (b.opens) {
        block_open(p, &b);
        p->previous.end = 0;
        p->lexer = p->behind;
        lexer_turn(p, MIG_LEX_CHECKSUM);
        return true;
    }
    if (p->in_header) {
        block_apply(p, &b);
        return false;
    }
    block_suspect(p, &b);
    p->previous = b;
    return false;
}

static void block_add(parser *p, const mig_header_line *line) {
    block *b = &p->open;
    size_t start = (size_t)(line->comment.p - p->text.p);

    if (b->end == 0) {
        memset(b, 0, sizeof *b);
        b->start = start;
        b->line = line->line;
        b->column = line->column;
        p->cache.n = 0;
        p->cache.start = start;
    }
    if (p->cache.n < FEW_LINES)
        p->cache.lines[p->cache.n] = *line;
    p->cache.n++;
    b->end = start + line->comment.n;
    p->behind = p->lexer;
    if (mig_header_line_is_free(line))
        b->has_free = true;
    if (line->key == MIG_KEY_REVISION_ID)
        b->opens = true;
    else if (line->key != MIG_KEY_NONE && b->keys == 0)
        b->first = *line;
    if (line->key != MIG_KEY_NONE && line->key != MIG_KEY_REVISION_ID)
        b->keys |= 1U << line->key;
}

/* ---- tokens ------------------------------------------------------------------------------ */

/* A comment can belong to a header unless it stands behind SQL; directly behind it only the first
   line of a next file does, and then its id is no remark about a column. */
static bool can_be_header(const parser *p, const mig_header_line *line, mig_comment_place place) {
    size_t start = (size_t)(line->comment.p - p->text.p);

    if (place == MIG_AT_LINE_START || place == MIG_INDENTED)
        return true;
    return place == MIG_GLUED && (line->key != MIG_KEY_REVISION_ID || p->text.p[start - 1] == ';' ||
                                  before_bom(p, start) < start);
}

static void marker_take(parser *p, const mig_token *token, mig_str comment,
                        mig_comment_place place) {
    mig_str marker = mig_marker_only(comment);
    mig_header_line rest;

    if (place != MIG_AT_LINE_START)
        mig_marker_misplaced(p->ctx, p->source, marker, token->line, token->column, p->list);
    marker_open(p, token, marker);
    p->previous.end = 0;
    if (marker.n == comment.n)
        return;
    rest = mig_header_line_read(mig_str_sub(comment, marker.n, SIZE_MAX), token->line,
                                mig_comment_column(comment, token->column, comment.p + marker.n));
    block_add(p, &rest);
}

static void comment_take(parser *p, const mig_token *token) {
    mig_str comment = mig_token_text(&p->lexer, token);
    mig_comment_place place = mig_comment_place_of(p->text, token->start);
    mig_header_line line;

    if (place == MIG_AT_LINE_START || place == MIG_INDENTED
            ? mig_marker_word_at(&mig_revision_markers, comment) > 0
            : is_marker(comment)) {
        if (!block_close(p))
            marker_take(p, token, comment, place);
        return;
    }
    line = mig_header_line_read(comment, token->line, token->column);
    if (can_be_header(p, &line, place))
        block_add(p, &line);
}

/* What a literal, whose lines should be the user's own, holds of ours. */
typedef struct found_marker {
    mig_str marker; /* empty: none */
    int line;
    size_t resume; /* where to read on: the marker, or a header before it; 0: nowhere */
} found_marker;

static found_marker marker_inside(const parser *p, const mig_token *token) {
    mig_str rest = mig_token_text(&p->lexer, token), line;
    found_marker found = {{NULL, 0}, token->line, 0};
    size_t at, run = 0;

    mig_str_next_line(&rest, &line);
    while (mig_str_next_line(&rest, &line)) {
        at = (size_t)(line.p - p->text.p);
        found.line++;
        if (!mig_str_starts(line, MIG_STR("--"))) {
            run = 0;
            continue;
        }
        run = run == 0 ? at : run;
        if (found.resume == 0 && mig_header_line_read(line, 1, 1).key == MIG_KEY_REVISION_ID)
            found.resume = run;
        if (!is_marker(mig_marker_only(line)))
            continue;
        found.marker = mig_str_trim(mig_marker_only(line));
        if (found.resume == 0)
            found.resume = at;
        break;
    }
    return found;
}

/* An open literal, or one that holds a marker. before is the lexer as it was before the token. */
static void literal_take(parser *p, const mig_lexer *before, const mig_token *token) {
    found_marker found = marker_inside(p, token);
    bool closed = token->kind != MIG_TOK_BAD;
    mig_token as_bad = *token;
    char first = p->text.p[token->start];

    if (closed && found.marker.n == 0)
        return;
    p->gist.unsure = true;
    p->hashing = false;
    as_bad.kind = MIG_TOK_BAD;
    if (p->damage.what == NULL) {
        p->damage.what = mig_token_open(&p->lexer, &as_bad);
        p->damage.line = token->line;
        p->damage.column = token->column;
        p->damage.marker = closed ? found.marker : (mig_str){NULL, 0};
        p->damage.marker_line = found.line;
    }
    if (!p->in_section) {
        mig_damage_complain(p->ctx, p->source, &p->damage, p->list);
        p->damage.what = NULL;
    }
    if (found.resume == 0 || (closed && (first == '/' || first == '$' || first == '[')) ||
        p->n_repairs++ >= MAX_REPAIRS)
        return;
    p->lexer = *before;
    mig_lexer_skip(&p->lexer, found.resume);
}

/* Anything but a blank or a line comment. */
static void other_take(parser *p, const mig_lexer *before, const mig_token *token) {
    bool bom = mig_str_is(mig_token_text(&p->lexer, token), MIG_BOM);
    bool open = mig_token_open(&p->lexer, token) != NULL;

    p->previous.end = 0;
    if (token->kind != MIG_TOK_BLOCK_COMMENT && !bom && !open) {
        if (p->in_header) {
            mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, token->line, token->column,
                         "SQL before the first marker");
            mig_complain_hint(p->ctx, p->list, "Put the line \"-- migrate:up\" above it.");
            p->in_header = false;
        } else if (!p->in_revision) {
            stray_note(p, token, "SQL");
        }
    }
    if (p->in_section)
        section_token(p, token);
    if (p->lexer.line > token->line || open)
        literal_take(p, before, token);
}

static void text_read(parser *p) {
    mig_lexer before;
    mig_token token;

    while (!failed(p)) {
        before = p->lexer;
        token = mig_lex_next(&p->lexer);
        switch (token.kind) {
        case MIG_TOK_LINE_COMMENT:
            comment_take(p, &token);
            break;
        case MIG_TOK_BLANK:
            if (p->lexer.line > token.line + 1)
                block_close(p);
            break;
        case MIG_TOK_END:
            if (!block_close(p))
                return;
            break;
        case MIG_TOK_BLOCK_COMMENT:
        case MIG_TOK_WORD:
        case MIG_TOK_QUOTED:
        case MIG_TOK_STRING:
        case MIG_TOK_NUMBER:
        case MIG_TOK_VARIABLE:
        case MIG_TOK_SEMICOLON:
        case MIG_TOK_OPEN:
        case MIG_TOK_CLOSE:
        case MIG_TOK_OPERATOR:
        case MIG_TOK_BAD:
            if (!block_close(p))
                other_take(p, &before, &token);
            break;
        }
    }
}

/* ---- the whole text ---------------------------------------------------------------------- */

static void no_header_tell(parser *p) {
    if (p->header_told || failed(p))
        return;
    if (mig_str_trim(p->text).n == 0) {
        mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, 1, 1, "the script is empty");
        return;
    }
    mig_complain(p->ctx, p->list, MIG_E_SYNTAX, p->source, 1, 1,
                 "the script has no \"-- Revision ID:\" line");
    mig_complain_hint(
        p->ctx, p->list,
        "A script begins with comment lines such as \"-- Revision ID: 27c6a30d7c24\" and "
        "\"-- Revises: ...\"; migrate_revision writes them.");
}

bool mig_script_parse(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text,
                      mig_complaints *list, mig_script **scripts, size_t *n) {
    parser p;

    *scripts = NULL;
    *n = 0;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (!mig_script_text_check(ctx, source, text, list))
        return mig_ctx_error(ctx) == NULL;
    memset(&p, 0, sizeof p);
    p.ctx = ctx;
    p.sections = p.first;
    p.sections_room = FEW_SECTIONS;
    p.engine = engine;
    p.source = source;
    p.list = list;
    p.text = mig_script_text_normal(ctx, text);
    p.lexer = mig_lexer_new(MIG_LEX_CHECKSUM, p.text, 1);
    text_read(&p);
    if (p.in_revision && !failed(&p))
        revision_close(&p, p.text.n);
    if (!p.any)
        no_header_tell(&p);
    if (failed(&p))
        return false;
    *scripts = p.scripts;
    *n = p.n;
    return true;
}

/* ---- a text that is known ------------------------------------------------------------------ */

static void known_section_end(parser *p, size_t end) {
    mig_section *section;

    if (p->n_sections == 0)
        return;
    section = &p->sections[p->n_sections - 1];
    section->text = mig_str_sub(p->text, p->section_start, end - p->section_start);
}

static bool known_marker(parser *p, mig_str line, int number) {
    mig_token token = {MIG_TOK_LINE_COMMENT, (size_t)(line.p - p->text.p), line.n, number, 1};
    mig_section section;

    known_section_end(p, token.start);
    memset(&section, 0, sizeof section);
    section.line = number + 1;
    p->section_start = mig_next_line_at(p->text, token.start);
    return marker_read(p, &token, mig_marker_only(line), &section) && section_add(p, &section);
}

/* A text that was taken without complaints has no marker within a literal or comment: every line
   that looks like one is one. */
mig_script *mig_script_parse_known(mig_ctx *ctx, mig_str source, mig_str id, mig_str text,
                                   int line) {
    mig_script *script = mig_alloc_zero(ctx, 1, sizeof *script);
    mig_complaints none;
    mig_str rest = text, one;
    parser p;

    if (script == NULL)
        return NULL;
    memset(&none, 0, sizeof none);
    memset(&p, 0, sizeof p);
    p.ctx = ctx;
    p.sections = p.first;
    p.sections_room = FEW_SECTIONS;
    p.source = script->source = source;
    p.text = script->text = text;
    p.list = &none;
    script->id = id;
    script->line = line;
    for (; mig_str_next_line(&rest, &one); line++)
        if (one.n > 2 && one.p[0] == '-' && is_marker(mig_marker_only(one)) &&
            !known_marker(&p, one, line))
            return NULL;
    known_section_end(&p, text.n);
    sections_keep(&p, script);
    return mig_ctx_error(ctx) == NULL ? script : NULL;
}
