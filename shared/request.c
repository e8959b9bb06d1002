/*
 * request.c: see request.h.
 */
#include "request.h"

#include <limits.h>
#include <string.h>

#define NO_TEXT UINT32_MAX
#define HEAD ((size_t)6) /* bytes before the fields */

/* The least bytes of an item: what a count is held against. */
#define VALUE_LEAST ((size_t)1)
#define STATEMENT_LEAST ((size_t)28)
#define PARAM_LEAST ((size_t)6)

/* ---- writing ----------------------------------------------------------------------------- */

static void put_bits(mig_buf *out, uint64_t number, size_t bytes) {
    for (; bytes > 0; bytes--, number >>= 8)
        mig_buf_add_char(out, (char)(unsigned char)(number & 0xff));
}

static void put_byte(mig_buf *out, unsigned number) {
    put_bits(out, number, 1);
}

static void put_count(mig_buf *out, size_t n) {
    if (n >= NO_TEXT)
        mig_fail(out->ctx, MIG_E_LIMIT, "a request is too large");
    put_bits(out, n, 4);
}

static void put_int(mig_buf *out, int number) {
    put_bits(out, (uint64_t)(int64_t)number, 4);
}

static void put_text(mig_buf *out, mig_str text) {
    if (text.p == NULL) {
        put_bits(out, NO_TEXT, 4);
        return;
    }
    put_count(out, text.n);
    mig_buf_add(out, text);
    put_byte(out, 0);
}

static void put_z(mig_buf *out, const char *text) {
    put_text(out, mig_str_of(text));
}

static void put_value(mig_buf *out, const mig_value *value) {
    put_byte(out, (unsigned)value->type);
    if (value->type == MIG_INT)
        put_bits(out, (uint64_t)value->integer, 8);
    else if (value->type != MIG_NULL)
        put_text(out, value->text.p == NULL ? MIG_STR("") : value->text);
}

static void put_values(mig_buf *out, const mig_value *values, size_t n) {
    size_t i;

    put_count(out, n);
    for (i = 0; i < n; i++)
        put_value(out, &values[i]);
}

static void put_statement(mig_buf *out, const mig_statement *s) {
    put_bits(out, s->start, 8);
    put_bits(out, s->length, 8);
    put_int(out, s->line);
    put_int(out, s->column);
    put_bits(out, s->traits, 4);
}

static void put_param(mig_buf *out, const mig_section_param *param) {
    put_z(out, param->type);
    put_byte(out, param->number);
    put_value(out, &param->value);
}

static void put_section(mig_buf *out, const mig_section_run *run) {
    size_t i;

    put_z(out, run->revision);
    put_z(out, run->source);
    put_z(out, run->kind);
    put_text(out, run->text);
    put_text(out, run->shown);
    put_int(out, run->line);
    put_byte(out, run->verify);
    put_byte(out, run->again);
    put_count(out, run->n_statements);
    for (i = 0; i < run->n_statements; i++)
        put_statement(out, &run->statements[i]);
    put_count(out, run->n_params);
    for (i = 0; i < run->n_params; i++)
        put_param(out, &run->params[i]);
}

static void put_sqlstate(mig_buf *out, const char *sqlstate) {
    size_t i, n = strlen(sqlstate);

    for (i = 0; i < 5; i++)
        mig_buf_add_char(out, n == 5 ? sqlstate[i] : '\0');
}

static void put_error(mig_buf *out, const mig_error *error) {
    put_int(out, (int)error->code);
    put_sqlstate(out, error->sqlstate);
    put_int(out, error->host_code);
    put_z(out, error->message);
    put_z(out, error->detail);
    put_z(out, error->hint);
    put_z(out, error->context);
    put_z(out, error->revision);
    put_z(out, error->kind);
    put_z(out, error->source);
    put_int(out, error->line);
    put_int(out, error->column);
    put_z(out, error->statement);
    put_int(out, error->position);
    put_byte(out, error->secret);
}

static mig_buf message_begin(mig_ctx *ctx, unsigned kind) {
    mig_buf out = mig_buf_new(ctx);

    put_bits(&out, 0, 4);
    put_byte(&out, MIG_REQUEST_VERSION);
    put_byte(&out, kind);
    return out;
}

/* Only now the length is known. */
static mig_str message_end(mig_buf *out) {
    mig_str none = {NULL, 0};
    size_t n = out->n - (out->n < 4 ? out->n : 4), i;

    if (n >= NO_TEXT)
        mig_fail(out->ctx, MIG_E_LIMIT, "a request is too large");
    if (mig_ctx_error(out->ctx) != NULL)
        return none;
    for (i = 0; i < 4; i++)
        out->p[i] = (char)(unsigned char)((n >> (8 * i)) & 0xff);
    return mig_buf_str(out);
}

mig_str mig_request_emit(mig_ctx *ctx, const mig_request *request) {
    mig_buf out = message_begin(ctx, (unsigned)request->kind);

    switch (request->kind) {
    case MIG_REQUEST_ACTION:
        put_z(&out, request->action);
        put_values(&out, request->args, request->n_args);
        break;
    case MIG_REQUEST_SECTION:
        put_section(&out, &request->section);
        break;
    case MIG_REQUEST_QUIT:
        break;
    }
    return message_end(&out);
}

mig_str mig_reply_emit(mig_ctx *ctx, const mig_reply *reply) {
    mig_buf out = message_begin(ctx, (unsigned)reply->kind);

    switch (reply->kind) {
    case MIG_REPLY_LINE:
        put_text(&out, reply->line.p == NULL ? MIG_STR("") : reply->line);
        break;
    case MIG_REPLY_NOTICE:
    case MIG_REPLY_ERROR:
        put_int(&out, reply->level);
        put_error(&out, &reply->error);
        put_values(&out, reply->own, reply->n_own);
        break;
    case MIG_REPLY_DONE:
        break;
    }
    return message_end(&out);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* A place in a message. Behind an error every field reads as nothing. */
typedef struct reader {
    mig_ctx *ctx;
    mig_str rest;
} reader;

static bool bad(reader *in, const char *what) {
    in->rest.n = 0;
    return mig_fail(in->ctx, MIG_E_CORRUPT, "a message between sessions cannot be read: %s", what);
}

static uint64_t get_bits(reader *in, size_t bytes) {
    uint64_t number = 0;
    size_t i;

    if (in->rest.n < bytes) {
        bad(in, "it is cut off");
        return 0;
    }
    for (i = 0; i < bytes; i++)
        number |= (uint64_t)(unsigned char)in->rest.p[i] << (8 * i);
    in->rest = mig_str_sub(in->rest, bytes, in->rest.n);
    return number;
}

static bool get_bool(reader *in) {
    uint64_t number = get_bits(in, 1);

    if (number > 1)
        bad(in, "a truth value is none");
    return number == 1;
}

static int get_int(reader *in) {
    return (int)(int32_t)(uint32_t)get_bits(in, 4);
}

/* A line, column or position. */
static int get_place(reader *in) {
    int number = get_int(in);

    if (number < 0)
        bad(in, "a place is negative");
    return number < 0 ? 0 : number;
}

static size_t get_count(reader *in, size_t least) {
    size_t n = (size_t)get_bits(in, 4);

    if (n <= in->rest.n / least)
        return n;
    bad(in, "a count is too large");
    return 0;
}

static mig_str get_text(reader *in) {
    uint64_t n = get_bits(in, 4);
    mig_str text = {NULL, 0};

    if (n == NO_TEXT || mig_ctx_error(in->ctx) != NULL)
        return text;
    if (n >= in->rest.n || in->rest.p[n] != '\0') {
        bad(in, "a text has no end");
        return text;
    }
    text = mig_str_sub(in->rest, 0, (size_t)n);
    in->rest = mig_str_sub(in->rest, (size_t)n + 1, in->rest.n);
    return text;
}

/* One that is used as a C string. */
static const char *get_z(reader *in) {
    mig_str text = get_text(in);

    if (text.p != NULL && strlen(text.p) != text.n)
        bad(in, "a name has a NUL in it");
    return text.p;
}

static const char *get_name(reader *in) {
    const char *name = get_z(in);

    if (name == NULL)
        bad(in, "a name is missing");
    return name;
}

static mig_value get_value(reader *in) {
    mig_value value = {MIG_NULL, {NULL, 0}, 0};
    uint64_t type = get_bits(in, 1);

    if (type > MIG_BLOB)
        bad(in, "a value has no type");
    else
        value.type = (mig_type)type;
    if (value.type == MIG_INT)
        value.integer = (int64_t)get_bits(in, 8);
    else if (value.type != MIG_NULL)
        value.text = get_text(in);
    if (value.type != MIG_NULL && value.type != MIG_INT && value.text.p == NULL)
        bad(in, "a value is missing");
    return value;
}

static const mig_value *get_values(reader *in, size_t *n) {
    mig_value *values;
    size_t i;

    *n = get_count(in, VALUE_LEAST);
    values = mig_alloc_zero(in->ctx, *n, sizeof *values);
    for (i = 0; values != NULL && i < *n; i++)
        values[i] = get_value(in);
    return values;
}

static mig_statement get_statement(reader *in, mig_str text) {
    uint64_t start = get_bits(in, 8), length = get_bits(in, 8);
    mig_statement s;

    memset(&s, 0, sizeof s);
    s.line = get_place(in);
    s.column = get_place(in);
    s.traits = (unsigned)get_bits(in, 4);
    if (start > text.n || length > text.n - start) {
        bad(in, "a statement is outside its text");
        return s;
    }
    s.start = (size_t)start;
    s.length = (size_t)length;
    return s;
}

static const mig_statement *get_statements(reader *in, mig_str text, size_t *n) {
    mig_statement *statements;
    size_t i;

    *n = get_count(in, STATEMENT_LEAST);
    statements = mig_alloc_zero(in->ctx, *n, sizeof *statements);
    for (i = 0; statements != NULL && i < *n; i++)
        statements[i] = get_statement(in, text);
    return statements;
}

static const mig_section_param *get_params(reader *in, size_t *n) {
    mig_section_param *params;
    size_t i;

    *n = get_count(in, PARAM_LEAST);
    params = mig_alloc_zero(in->ctx, *n, sizeof *params);
    for (i = 0; params != NULL && i < *n; i++) {
        params[i].type = get_name(in);
        params[i].number = get_bool(in);
        params[i].value = get_value(in);
    }
    return params;
}

static void get_section(reader *in, mig_section_run *run) {
    run->revision = get_name(in);
    run->source = get_name(in);
    run->kind = get_z(in);
    run->text = get_text(in);
    run->shown = get_text(in);
    run->line = get_place(in);
    run->verify = get_bool(in);
    run->again = get_bool(in);
    run->statements = get_statements(in, run->text, &run->n_statements);
    run->params = get_params(in, &run->n_params);
    if (run->text.p == NULL)
        bad(in, "a section has no text");
}

/* Five letters and digits, or five NULs. */
static void get_sqlstate(reader *in, char *sqlstate) {
    static const char none[6] = "";
    bool good = true;
    size_t i;

    for (i = 0; i < 5; i++) {
        sqlstate[i] = (char)(unsigned char)get_bits(in, 1);
        good = good && (mig_is_digit(sqlstate[i]) || (sqlstate[i] >= 'A' && sqlstate[i] <= 'Z'));
    }
    sqlstate[5] = '\0';
    if (!good && memcmp(sqlstate, none, sizeof none) != 0)
        bad(in, "an SQLSTATE is none");
}

/* What is kept of an error outlives the message. */
static const char *kind_of(reader *in) {
    const char *kind = get_z(in);

    if (kind == NULL)
        return NULL;
    if (strcmp(kind, "seed") != 0 && strcmp(kind, "revision") != 0)
        bad(in, "an error is of nothing known");
    return strcmp(kind, "seed") == 0 ? "seed" : "revision";
}

static void get_error(reader *in, mig_error *error) {
    int code = get_int(in);

    if (code <= MIG_OK || code > MIG_E_INTERRUPT)
        bad(in, "an error has no code");
    else
        error->code = (mig_code)code;
    get_sqlstate(in, error->sqlstate);
    error->host_code = get_int(in);
    error->message = get_name(in);
    error->detail = get_z(in);
    error->hint = get_z(in);
    error->context = get_z(in);
    error->revision = get_z(in);
    error->kind = kind_of(in);
    error->source = get_z(in);
    error->line = get_place(in);
    error->column = get_place(in);
    error->statement = get_z(in);
    error->position = get_place(in);
    error->secret = get_bool(in);
}

/* The kind; 0 with the error. */
static unsigned message_open(reader *in, mig_ctx *ctx, mig_str message) {
    uint64_t length;

    in->ctx = ctx;
    in->rest = message;
    if (mig_ctx_error(ctx) != NULL)
        return 0;
    if (message.n < HEAD)
        bad(in, "it is cut off");
    length = get_bits(in, 4);
    if (mig_ctx_error(ctx) == NULL && length != in->rest.n)
        bad(in, "it has another length than it says");
    if (get_bits(in, 1) != MIG_REQUEST_VERSION)
        bad(in, "it comes from another version of the library");
    return (unsigned)get_bits(in, 1);
}

static bool message_close(reader *in) {
    if (in->rest.n > 0)
        bad(in, "there is more than it should have");
    return mig_ctx_error(in->ctx) == NULL;
}

bool mig_request_parse(mig_ctx *ctx, mig_str message, mig_request *request) {
    reader in;
    unsigned kind = message_open(&in, ctx, message);

    memset(request, 0, sizeof *request);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    request->kind = (mig_request_kind)kind;
    switch (kind) {
    case MIG_REQUEST_ACTION:
        request->action = get_name(&in);
        request->args = get_values(&in, &request->n_args);
        break;
    case MIG_REQUEST_SECTION:
        get_section(&in, &request->section);
        break;
    case MIG_REQUEST_QUIT:
        break;
    default:
        return bad(&in, "it asks for nothing known");
    }
    return message_close(&in);
}

bool mig_reply_parse(mig_ctx *ctx, mig_str message, mig_reply *reply) {
    reader in;
    unsigned kind = message_open(&in, ctx, message);

    memset(reply, 0, sizeof *reply);
    if (mig_ctx_error(ctx) != NULL)
        return false;
    reply->kind = (mig_reply_kind)kind;
    switch (kind) {
    case MIG_REPLY_LINE:
        reply->line = get_text(&in);
        if (reply->line.p == NULL)
            return bad(&in, "a line is missing");
        break;
    case MIG_REPLY_NOTICE:
    case MIG_REPLY_ERROR:
        reply->level = get_int(&in);
        get_error(&in, &reply->error);
        reply->own = get_values(&in, &reply->n_own);
        break;
    case MIG_REPLY_DONE:
        break;
    default:
        return bad(&in, "it says nothing known");
    }
    return message_close(&in);
}
