/*
 * yaml.c: see yaml.h. Turns the events of libyaml into tokens.
 *
 * Each level of nesting knows whether it is a map that waits for a key, so that events, which do not
 * tell keys from values, become keys and values. What stands under an anchor is recorded as it passes,
 * all anchors into one array, so that an anchor is a span of it, and nested anchors cost nothing; an
 * alias plays its span back through the same levels, and back into the record where it stands inside
 * an anchor itself.
 *
 * libyaml allocates by itself. What it owns lives in kept memory behind mig_at_end, so that a host
 * that leaves by a jump, and a caller that releases the arena, leak and dangle nothing. So does the
 * record, which must survive the caller's releases.
 *
 * libyaml compares each %TAG directive with all before it: their number is bounded before it sees
 * them. It looks no further ahead than 1,024 characters of a line for the end of a key, so that the
 * bound on the depth is met soon.
 */
#include "yaml.h"

#include <limits.h>
#include <string.h>
#include <yaml.h>

#include "map.h"
#include "script_header.h"
#include "yaml_scalar.h"

#define MAX_DIRECTIVES 1000

/* What libyaml owns. */
typedef struct library {
    yaml_parser_t parser;
    yaml_event_t event;
    bool parser_open, event_open;
} library;

typedef struct level {
    bool map;
    bool want_value; /* a map: its key was read */
} level;

typedef struct anchor {
    uint64_t hash;
    mig_str name;
    size_t start, end; /* its span of the record; end MIG_NONE: it is still open */
    size_t bytes;      /* of text in the span */
    size_t depth;      /* levels open around it */
} anchor;

typedef struct recorded {
    mig_str text;
    mig_json_kind kind;
    bool binary;
} recorded;

struct mig_yaml {
    mig_ctx *ctx; /* of the call that is under way, for the read handler */
    mig_input *input;
    library *own;
    const char *refusal; /* why the read handler gave up */
    uint64_t since;      /* bytes read since the last event */
    size_t directives;
    bool in_line; /* the last byte read is not the end of a line */
    bool in_document, done;

    level levels[MIG_MAX_DEPTH];
    size_t depth;

    anchor *anchors; /* kept, as is the record */
    size_t n_anchors, anchors_room;
    size_t open[MIG_MAX_DEPTH + 1]; /* the anchors that are recorded now, the outermost first */
    size_t n_open;
    recorded *record;
    size_t n_record, record_room;

    size_t play, play_end; /* what an alias still has to give */
    yaml_mark_t play_mark;
    size_t aliased, aliased_bytes;

    bool bad;
    mig_yaml_token fault;
};

/* ---- faults ------------------------------------------------------------------------------ */

static int place_int(size_t n) {
    return n >= INT_MAX ? INT_MAX : (int)n + 1;
}

static void token_place(mig_yaml_token *token, yaml_mark_t mark) {
    token->json.line = place_int(mark.line);
    token->json.column = place_int(mark.column);
    token->json.at = mark.index;
}

/* From now on there is only this fault. false only with an error. */
static bool fault_set(mig_ctx *ctx, mig_yaml *yaml, yaml_mark_t mark, const char *why, bool limit) {
    memset(&yaml->fault, 0, sizeof yaml->fault);
    token_place(&yaml->fault, mark);
    yaml->fault.json.kind = MIG_JSON_BAD;
    yaml->fault.json.text = MIG_STR("");
    yaml->fault.json.why = why == NULL ? NULL : mig_str_keep(ctx, mig_str_of(why)).p;
    yaml->fault.limit = limit;
    yaml->bad = true;
    return mig_ctx_error(ctx) == NULL;
}

/* A fault about an alias. */
static bool fault_alias(mig_ctx *ctx, mig_yaml *yaml, yaml_mark_t mark, mig_str name,
                        const char *what) {
    mig_str why = mig_str_format(ctx, "the alias \"%.*s\" %s", MIG_FMT(mig_text_clip(name)), what);

    return fault_set(ctx, yaml, mark, why.p, false);
}

/* ---- libyaml ----------------------------------------------------------------------------- */

static void library_free(void *arg) {
    library *own = arg;

    if (own->event_open)
        yaml_event_delete(&own->event);
    if (own->parser_open)
        yaml_parser_delete(&own->parser);
    own->event_open = own->parser_open = false;
}

/* Lines that begin with % before the document. */
static void directives_count(mig_yaml *yaml, const unsigned char *bytes, size_t n) {
    size_t i;

    for (i = 0; i < n; i++) {
        if (!yaml->in_line && bytes[i] == '%')
            yaml->directives++;
        yaml->in_line = bytes[i] != '\n' && bytes[i] != '\r';
    }
}

static const char *bound_exceeded(const mig_yaml *yaml) {
    if (mig_input_count(yaml->input) > MIG_MAX_YAML)
        return "the text is longer than 256 MiB";
    if (yaml->since > MIG_MAX_SCALAR)
        return "a value or comment of more than 64 MiB";
    if (!yaml->in_document && yaml->directives > MAX_DIRECTIVES)
        return "more than 1000 directives";
    return NULL;
}

/* libyaml's read handler. The count of directives lags one read behind, in which there is no room for
   many: what a read brings may be the document already. */
static int input_read(void *data, unsigned char *buffer, size_t size, size_t *size_read) {
    mig_yaml *yaml = data;

    *size_read = 0;
    if (yaml->refusal == NULL)
        yaml->refusal = bound_exceeded(yaml);
    if (yaml->refusal != NULL || !mig_input_read(yaml->ctx, yaml->input, buffer, size, size_read))
        return 0;
    yaml->since += *size_read;
    if (!yaml->in_document)
        directives_count(yaml, buffer, *size_read);
    return 1;
}

mig_yaml *mig_yaml_open(mig_ctx *ctx, mig_input *input) {
    mig_yaml *yaml = input == NULL ? NULL : mig_alloc_zero(ctx, 1, sizeof *yaml);
    library *own = yaml == NULL ? NULL : mig_alloc_kept(ctx, sizeof *own);

    if (own == NULL)
        return NULL;
    memset(own, 0, sizeof *own);
    yaml->own = own;
    yaml->input = input;
    if (!mig_at_end(ctx, library_free, own))
        return NULL;
    if (!yaml_parser_initialize(&own->parser)) {
        mig_fail(ctx, MIG_E_NOMEM, "out of memory");
        return NULL;
    }
    own->parser_open = true;
    yaml_parser_set_encoding(&own->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&own->parser, input_read, yaml);
    return yaml;
}

void mig_yaml_close(mig_yaml *yaml) {
    if (yaml != NULL)
        library_free(yaml->own);
}

/* Where the reader of libyaml stopped: behind all that it has decoded and the scanner not yet seen. */
static yaml_mark_t reader_mark(const yaml_parser_t *parser) {
    yaml_mark_t mark = parser->mark;
    const unsigned char *p;

    for (p = parser->buffer.pointer; p != NULL && p < parser->buffer.last; p++) {
        if ((*p & 0xC0) == 0x80)
            continue;
        mark.index++;
        mark.column++;
        if (*p == '\n' || (*p == '\r' && (p + 1 == parser->buffer.last || p[1] != '\n'))) {
            mark.line++;
            mark.column = 0;
        }
    }
    return mark;
}

static bool reader_fault(mig_ctx *ctx, mig_yaml *yaml) {
    const yaml_parser_t *parser = &yaml->own->parser;
    const bool control = strncmp(parser->problem, "control", 7) == 0;

    return fault_set(ctx, yaml, reader_mark(parser),
                     control ? "a control character must be escaped in a text in double quotes"
                             : "not UTF-8",
                     false);
}

/* Is the scanner at a tab where it found what cannot be there? People stumble over that. */
static bool at_tab(const yaml_parser_t *parser, yaml_mark_t mark) {
    const unsigned char *next = parser->buffer.pointer;

    return next != NULL && next < parser->buffer.last && *next == '\t' &&
           parser->mark.index == mark.index && strstr(parser->problem, "tab") == NULL;
}

/* "did not find expected key while parsing a block mapping that begins in line 3" */
static bool syntax_fault(mig_ctx *ctx, mig_yaml *yaml) {
    const yaml_parser_t *parser = &yaml->own->parser;
    const yaml_mark_t mark = parser->problem_mark;
    mig_buf buf = mig_buf_new(ctx);

    mig_buf_add_z(&buf, parser->problem);
    if (at_tab(parser, mark)) {
        mig_buf_add_z(&buf, ": a tab cannot indent, blanks can");
    } else if (parser->context != NULL) {
        mig_buf_addf(&buf, " %s", parser->context);
        if (parser->context_mark.line < mark.line)
            mig_buf_addf(&buf, " that begins in line %d", place_int(parser->context_mark.line));
    }
    return fault_set(ctx, yaml, mark, mig_buf_str(&buf).p, false);
}

static bool library_fault(mig_ctx *ctx, mig_yaml *yaml) {
    const yaml_parser_t *parser = &yaml->own->parser;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (parser->error == YAML_MEMORY_ERROR)
        return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    if (yaml->refusal != NULL)
        return fault_set(ctx, yaml, parser->mark, yaml->refusal, true);
    if (parser->problem == NULL)
        return fault_set(ctx, yaml, parser->mark, "not YAML", false);
    return parser->error == YAML_READER_ERROR ? reader_fault(ctx, yaml) : syntax_fault(ctx, yaml);
}

/* The next event into own->event. false: a fault or an error. */
static bool event_next(mig_ctx *ctx, mig_yaml *yaml) {
    library *own = yaml->own;

    if (own->event_open)
        yaml_event_delete(&own->event);
    own->event_open = false;
    if (!own->parser_open)
        return mig_fail(ctx, MIG_E_SYNTAX, "the reader is closed");
    yaml->ctx = ctx;
    if (!yaml_parser_parse(&own->parser, &own->event)) {
        library_fault(ctx, yaml);
        return false;
    }
    own->event_open = true;
    yaml->since = 0;
    return true;
}

/* ---- anchors ----------------------------------------------------------------------------- */

/* mig_grow in kept memory, which nobody releases. */
static void *kept_grow(mig_ctx *ctx, void *items, size_t n, size_t *room, size_t size) {
    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *p;

    if (n < *room)
        return items;
    p = mig_alloc_kept(ctx, wanted * size);
    if (p == NULL)
        return NULL;
    if (n > 0)
        memcpy(p, items, n * size);
    *room = wanted;
    return p;
}

/* FNV-1a. Names that collide cost a comparison. */
static uint64_t name_hash(mig_str name) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* The latest of its name, or NULL. */
static const anchor *anchor_find(const mig_yaml *yaml, mig_str name) {
    uint64_t hash = name_hash(name);
    size_t i;

    for (i = yaml->n_anchors; i > 0; i--)
        if (yaml->anchors[i - 1].hash == hash && mig_str_eq(yaml->anchors[i - 1].name, name))
            return &yaml->anchors[i - 1];
    return NULL;
}

/* Opens the anchor of the node that comes next, if it has one. false: a fault or an error. */
static bool anchor_open(mig_ctx *ctx, mig_yaml *yaml, const yaml_char_t *name, yaml_mark_t mark) {
    mig_str text = mig_str_of((const char *)name);
    anchor *anchors;

    if (name == NULL)
        return true;
    if (yaml->n_anchors == MIG_MAX_ANCHORS) {
        fault_set(ctx, yaml, mark, "more than 1000 anchors", true);
        return false;
    }
    anchors = kept_grow(ctx, yaml->anchors, yaml->n_anchors, &yaml->anchors_room, sizeof *anchors);
    if (anchors == NULL)
        return false;
    yaml->anchors = anchors;
    anchors += yaml->n_anchors;
    memset(anchors, 0, sizeof *anchors);
    anchors->hash = name_hash(text);
    anchors->name = mig_str_keep(ctx, text);
    anchors->start = yaml->n_record;
    anchors->end = MIG_NONE;
    anchors->depth = yaml->depth;
    yaml->open[yaml->n_open++] = yaml->n_anchors++;
    return anchors->name.p != NULL;
}

/* Closes the innermost anchor where its node has just ended. */
static void anchor_close(mig_yaml *yaml) {
    anchor *last;

    if (yaml->n_open == 0)
        return;
    last = &yaml->anchors[yaml->open[yaml->n_open - 1]];
    if (last->depth != yaml->depth)
        return;
    last->end = yaml->n_record;
    yaml->n_open--;
}

/* Keeps a token that passes under an anchor. What comes out of an alias is kept already. */
static bool record_add(mig_ctx *ctx, mig_yaml *yaml, const mig_yaml_token *token, yaml_mark_t mark,
                       bool played) {
    mig_str text = token->json.text;
    recorded *record;
    size_t i;

    if (yaml->n_open == 0)
        return true;
    if (yaml->n_record == MIG_MAX_ALIASED) {
        fault_set(ctx, yaml, mark, "more than 100000 values under anchors", true);
        return false;
    }
    record = kept_grow(ctx, yaml->record, yaml->n_record, &yaml->record_room, sizeof *record);
    if (record == NULL)
        return false;
    yaml->record = record;
    if (!played)
        text = mig_str_keep(ctx, text);
    for (i = 0; i < yaml->n_open; i++)
        yaml->anchors[yaml->open[i]].bytes += text.n;
    record += yaml->n_record++;
    record->text = text;
    record->kind = token->json.kind;
    record->binary = token->binary;
    return mig_ctx_error(ctx) == NULL;
}

/* ---- levels ------------------------------------------------------------------------------ */

static bool wants_key(const mig_yaml *yaml) {
    return yaml->depth > 0 && yaml->levels[yaml->depth - 1].map &&
           !yaml->levels[yaml->depth - 1].want_value;
}

/* A value, or the end of one, has passed. */
static void value_done(mig_yaml *yaml) {
    anchor_close(yaml);
    if (yaml->depth > 0)
        yaml->levels[yaml->depth - 1].want_value = false;
}

static bool level_push(mig_ctx *ctx, mig_yaml *yaml, yaml_mark_t mark, bool map) {
    if (yaml->depth == MIG_MAX_DEPTH)
        return fault_set(ctx, yaml, mark, "nested more than 64 levels deep", true);
    yaml->levels[yaml->depth].map = map;
    yaml->levels[yaml->depth].want_value = false;
    yaml->depth++;
    return true;
}

static const char key_wanted[] = "a key must be a plain or quoted text on its own";

/* Lets a token pass: notes what it does to the levels and the record. */
static bool token_pass(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token, yaml_mark_t mark,
                       bool played) {
    const mig_json_kind kind = token->json.kind;
    const bool opens = kind == MIG_JSON_OBJECT || kind == MIG_JSON_ARRAY;

    token_place(token, mark);
    if (opens && wants_key(yaml))
        return fault_set(ctx, yaml, mark, key_wanted, false);
    if (!record_add(ctx, yaml, token, mark, played))
        return mig_ctx_error(ctx) == NULL;
    if (opens)
        return level_push(ctx, yaml, mark, kind == MIG_JSON_OBJECT);
    if (kind == MIG_JSON_KEY) {
        yaml->levels[yaml->depth - 1].want_value = true;
        return true;
    }
    if (kind == MIG_JSON_OBJECT_END || kind == MIG_JSON_ARRAY_END)
        yaml->depth--;
    value_done(yaml);
    return true;
}

static bool play_next(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token) {
    const recorded *from = &yaml->record[yaml->play++];

    token->json.kind = from->kind;
    token->json.text = from->text;
    token->binary = from->binary;
    return token_pass(ctx, yaml, token, yaml->play_mark, true);
}

/* ---- events ------------------------------------------------------------------------------ */

static bool alias_event(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token) {
    const yaml_event_t *event = &yaml->own->event;
    mig_str name = mig_str_of((const char *)event->data.alias.anchor);
    const anchor *found = anchor_find(yaml, name);
    size_t n;

    if (wants_key(yaml))
        return fault_set(ctx, yaml, event->start_mark, key_wanted, false);
    if (found == NULL)
        return fault_alias(ctx, yaml, event->start_mark, name, "has no anchor before it");
    if (found->end == MIG_NONE)
        return fault_alias(ctx, yaml, event->start_mark, name, "stands inside its own anchor");
    n = found->end - found->start;
    if (n > MIG_MAX_ALIASED - yaml->aliased)
        return fault_set(ctx, yaml, event->start_mark,
                         "more than 100000 values come out of aliases", true);
    if (found->bytes > MIG_MAX_ALIASED_BYTES - yaml->aliased_bytes)
        return fault_set(ctx, yaml, event->start_mark, "more than 2 MiB of text out of aliases",
                         true);
    yaml->aliased += n;
    yaml->aliased_bytes += found->bytes;
    yaml->play = found->start;
    yaml->play_end = found->end;
    yaml->play_mark = event->start_mark;
    return play_next(ctx, yaml, token);
}

static bool key_event(mig_ctx *ctx, mig_yaml *yaml, mig_str text, mig_yaml_token *token) {
    const yaml_event_t *event = &yaml->own->event;
    const char *tag = (const char *)event->data.scalar.tag;

    if (event->data.scalar.anchor != NULL ||
        (tag != NULL && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, "!") != 0))
        return fault_set(ctx, yaml, event->start_mark, key_wanted, false);
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && mig_str_is(text, "<<"))
        return fault_set(ctx, yaml, event->start_mark,
                         "a merge key (<<) is not understood; repeat the columns", false);
    token->json.kind = MIG_JSON_KEY;
    token->json.text = mig_str_copy(ctx, text);
    return token_pass(ctx, yaml, token, event->start_mark, false);
}

static bool scalar_event(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token) {
    const yaml_event_t *event = &yaml->own->event;
    mig_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *why;

    if (memchr(text.p, '\0', text.n) != NULL)
        return fault_set(ctx, yaml, event->start_mark, "\\0 cannot be part of a text", false);
    if (wants_key(yaml))
        return key_event(ctx, yaml, text, token);
    text = mig_str_copy(ctx, text);
    if (!mig_yaml_scalar(ctx, text, (const char *)event->data.scalar.tag, plain, token, &why))
        return mig_ctx_error(ctx) == NULL && fault_set(ctx, yaml, event->start_mark, why, false);
    if (!anchor_open(ctx, yaml, event->data.scalar.anchor, event->start_mark))
        return mig_ctx_error(ctx) == NULL;
    return token_pass(ctx, yaml, token, event->start_mark, false);
}

static bool open_event(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token, bool map) {
    const yaml_event_t *event = &yaml->own->event;
    const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *name =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;

    if (tag != NULL && strcmp((const char *)tag, "!") != 0 &&
        strcmp((const char *)tag, map ? YAML_MAP_TAG : YAML_SEQ_TAG) != 0)
        return fault_set(ctx, yaml, event->start_mark,
                         map ? "a map has no tag but !!map" : "a list has no tag but !!seq", false);
    if (wants_key(yaml))
        return fault_set(ctx, yaml, event->start_mark, key_wanted, false);
    if (yaml->depth == MIG_MAX_DEPTH)
        return level_push(ctx, yaml, event->start_mark, map);
    if (!anchor_open(ctx, yaml, name, event->start_mark))
        return mig_ctx_error(ctx) == NULL;
    token->json.kind = map ? MIG_JSON_OBJECT : MIG_JSON_ARRAY;
    return token_pass(ctx, yaml, token, event->start_mark, false);
}

/* The token of the event, if it is one. false only with an error. */
static bool event_token(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token, bool *given) {
    const yaml_event_t *event = &yaml->own->event;

    *given = true;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return alias_event(ctx, yaml, token);
    case YAML_SCALAR_EVENT:
        return scalar_event(ctx, yaml, token);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return open_event(ctx, yaml, token, event->type == YAML_MAPPING_START_EVENT);
    case YAML_SEQUENCE_END_EVENT:
        token->json.kind = MIG_JSON_ARRAY_END;
        return token_pass(ctx, yaml, token, event->start_mark, false);
    case YAML_MAPPING_END_EVENT:
        token->json.kind = MIG_JSON_OBJECT_END;
        return token_pass(ctx, yaml, token, event->start_mark, false);
    case YAML_DOCUMENT_START_EVENT:
        if (yaml->in_document)
            return fault_set(ctx, yaml, event->start_mark, "a second document; one is read", false);
        yaml->in_document = true;
        break;
    case YAML_STREAM_END_EVENT:
    case YAML_NO_EVENT:
        token_place(token, event->start_mark);
        yaml->done = true;
        return true;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    *given = false;
    return true;
}

static bool token_next(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token) {
    bool given = false;

    if (yaml->play < yaml->play_end)
        return play_next(ctx, yaml, token);
    while (!given && !yaml->bad && !yaml->done) {
        if (!event_next(ctx, yaml))
            return mig_ctx_error(ctx) == NULL;
        if (!event_token(ctx, yaml, token, &given))
            return false;
    }
    return true;
}

bool mig_yaml_next(mig_ctx *ctx, mig_yaml *yaml, mig_yaml_token *token) {
    memset(token, 0, sizeof *token);
    token->json.text = MIG_STR("");
    if (mig_ctx_error(ctx) != NULL || (!yaml->bad && !token_next(ctx, yaml, token)))
        return false;
    if (yaml->bad)
        *token = yaml->fault;
    return mig_ctx_error(ctx) == NULL;
}
