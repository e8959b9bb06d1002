/*
 * report.c: what the server reports (errors, notices) as flat records and back, and the sink of a
 * worker: every report that a session would send to its client becomes a reply in a queue.
 *
 * The server hands a report to its client in one place only, as a message of the wire protocol; so a
 * worker gets other functions to send with. That is the only way to see all of them: those of a
 * process that is being ended (FATAL), too, and those that no log would have.
 */
/* Libraries the server was built with need not be there; of what stands behind them nothing is used. */
#include "worker.h"
#undef ENABLE_GSS
#undef USE_OPENSSL
#undef USE_SSL

#include "compat.h"
#include "libpq/libpq.h"
#include "libpq/pqformat.h"
#include "libpq/pqmq.h"
#include "storage/dsm.h"
#include "storage/shm_mq.h"
#include "utils/memutils.h"

/* ---- a report as a record */

/* The fields that no mig_error has. */
enum own {
    OWN_CURSOR,
    OWN_INTERNAL_POSITION,
    OWN_INTERNAL_QUERY,
    OWN_SCHEMA,
    OWN_TABLE,
    OWN_COLUMN,
    OWN_DATATYPE,
    OWN_CONSTRAINT,
    OWN_FILE,
    OWN_LINE,
    OWN_FUNCTION,
    OWN_FIELDS
};

static mig_value own_text(mig_ctx *ctx, const char *text) {
    mig_value value = {MIG_NULL, {NULL, 0}, 0};

    value.text = mig_str_of(pgm_keep(ctx, text));
    value.type = value.text.p == NULL ? MIG_NULL : MIG_TEXT;
    return value;
}

static mig_value own_number(int number) {
    return (mig_value){MIG_INT, {NULL, 0}, number};
}

static void own_read(mig_ctx *ctx, const ErrorData *data, mig_value *own) {
    own[OWN_CURSOR] = own_number(data->cursorpos);
    own[OWN_INTERNAL_POSITION] = own_number(data->internalpos);
    own[OWN_INTERNAL_QUERY] = own_text(ctx, data->internalquery);
    own[OWN_SCHEMA] = own_text(ctx, data->schema_name);
    own[OWN_TABLE] = own_text(ctx, data->table_name);
    own[OWN_COLUMN] = own_text(ctx, data->column_name);
    own[OWN_DATATYPE] = own_text(ctx, data->datatype_name);
    own[OWN_CONSTRAINT] = own_text(ctx, data->constraint_name);
    own[OWN_FILE] = own_text(ctx, data->filename);
    own[OWN_LINE] = own_number(data->lineno);
    own[OWN_FUNCTION] = own_text(ctx, data->funcname);
}

/* What the core knew of its error. */
static void failure_read(const mig_error *failure, mig_error *error) {
    error->code = failure->code;
    error->host_code = failure->host_code;
    error->revision = failure->revision;
    error->kind = failure->kind;
    error->source = failure->source;
    error->line = failure->line;
    error->column = failure->column;
    error->statement = failure->statement;
    error->position = failure->position;
    error->secret = failure->secret;
}

/* What the server has said. own lives as long as the reply; failure: the core's error that it was made
   of, or NULL. */
static mig_reply report_read(mig_ctx *ctx, const ErrorData *data, const mig_error *failure,
                             mig_value own[OWN_FIELDS]) {
    mig_reply reply;

    memset(&reply, 0, sizeof reply);
    reply.kind = data->elevel >= ERROR ? MIG_REPLY_ERROR : MIG_REPLY_NOTICE;
    reply.level = data->elevel;
    pgm_error_read(ctx, data, &reply.error);
    reply.error.position = data->cursorpos;
    if (failure != NULL && reply.kind == MIG_REPLY_ERROR)
        failure_read(failure, &reply.error);
    own_read(ctx, data, own);
    reply.own = own;
    reply.n_own = OWN_FIELDS;
    return reply;
}

/* ---- a record as a report */

static char *text_of(const char *utf8) {
    return utf8 == NULL ? NULL : pgm_to_server(mig_str_of(utf8));
}

static char *own_server(const mig_reply *reply, enum own field) {
    const mig_value *value = &reply->own[field];

    return value->type == MIG_TEXT ? pgm_to_server(value->text) : NULL;
}

static int own_int(const mig_reply *reply, enum own field) {
    const mig_value *value = &reply->own[field];

    return value->type == MIG_INT ? (int)value->integer : 0;
}

static void own_write(const mig_reply *reply, int characters, ErrorData *data) {
    if (reply->n_own != OWN_FIELDS)
        return;
    data->cursorpos = own_int(reply, OWN_CURSOR);
    if (data->cursorpos > 0)
        data->cursorpos += characters;
    data->internalpos = own_int(reply, OWN_INTERNAL_POSITION);
    data->internalquery = own_server(reply, OWN_INTERNAL_QUERY);
    data->schema_name = own_server(reply, OWN_SCHEMA);
    data->table_name = own_server(reply, OWN_TABLE);
    data->column_name = own_server(reply, OWN_COLUMN);
    data->datatype_name = own_server(reply, OWN_DATATYPE);
    data->constraint_name = own_server(reply, OWN_CONSTRAINT);
    data->filename = own_server(reply, OWN_FILE);
    data->lineno = own_int(reply, OWN_LINE);
    data->funcname = own_server(reply, OWN_FUNCTION);
}

/* What ends a worker ends no session of ours. */
static int level_of(const mig_reply *reply) {
    if (reply->kind == MIG_REPLY_ERROR)
        return ERROR;
    return reply->level >= DEBUG5 && reply->level < ERROR ? reply->level : NOTICE;
}

void pgm_report_raise(const mig_reply *reply, int characters, const char *who) {
    const mig_error *error = &reply->error;
    const char *s = error->sqlstate[0] != '\0' ? error->sqlstate : mig_code_sqlstate(error->code);
    ErrorData data;

    memset(&data, 0, sizeof data);
    data.elevel = level_of(reply);
    data.sqlerrcode = MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
    data.message = text_of(error->message);
    data.detail = text_of(error->detail);
    data.hint = text_of(error->hint);
    data.context = text_of(error->context);
    if (who != NULL)
        data.context = data.context == NULL ? pstrdup(who) : psprintf("%s\n%s", data.context, who);
    own_write(reply, characters, &data);
    data.assoc_context = CurrentMemoryContext;
    ThrowErrorData(&data);
}

/* ---- the sink */

static struct {
    shm_mq_handle *replies; /* NULL: nobody listens */
    pgm_host *host;         /* memory for the messages */
    const pgm_host *served; /* whose error is being reported; NULL: nobody's */
    MemoryContext memory;   /* emptied after each message */
    bool busy;
} sink;

/* Nobody can say that something cannot be said. */
static void sink_close(void) {
    if (sink.replies != NULL)
        shm_mq_detach(sink.replies);
    sink.replies = NULL;
    whereToSendOutput = DestNone;
}

static void message_send(const mig_reply *reply) {
    mig_ctx *ctx = pgm_host_ctx(sink.host);
    mig_mark mark = mig_arena_mark(ctx);
    mig_str message = mig_reply_emit(ctx, reply);
    mig_error lost;

    if (message.p == NULL || pgm_shm_mq_send(sink.replies, message.n, message.p) != SHM_MQ_SUCCESS)
        sink_close();
    mig_arena_release(ctx, mark);
    (void)mig_take_error(ctx, &lost);
}

void pgm_sink_send(const mig_reply *reply) {
    if (sink.replies == NULL || sink.busy)
        return;
    sink.busy = true;
    message_send(reply);
    sink.busy = false;
}

static void text_from_client(char **text) {
    if (*text != NULL)
        *text = pg_client_to_server(*text, (int)strlen(*text));
}

/* A statement may have SET client_encoding: then the server has converted what it says. */
static void report_from_client(ErrorData *data) {
    if (pg_get_client_encoding() == GetDatabaseEncoding())
        return;
    text_from_client(&data->message);
    text_from_client(&data->detail);
    text_from_client(&data->hint);
    text_from_client(&data->context);
    text_from_client(&data->schema_name);
    text_from_client(&data->table_name);
    text_from_client(&data->column_name);
    text_from_client(&data->datatype_name);
    text_from_client(&data->constraint_name);
    text_from_client(&data->internalquery);
}

static void report_send(char type, const char *bytes, size_t n) {
    mig_ctx *ctx = pgm_host_ctx(sink.host);
    mig_mark mark = mig_arena_mark(ctx);
    const mig_error *failure = NULL;
    mig_value own[OWN_FIELDS];
    StringInfoData message;
    mig_reply reply;
    ErrorData data;

    initStringInfo(&message);
    appendBinaryStringInfo(&message, bytes, (int)n);
    pq_parse_errornotice(&message, &data);
    report_from_client(&data);
    if (type == 'E' && sink.served != NULL && sink.served->ctx != NULL)
        failure = mig_ctx_error(sink.served->ctx);
    reply = report_read(ctx, &data, failure, own);
    message_send(&reply);
    mig_arena_release(ctx, mark);
}

/* In the middle of another message: that one was left by an error, and cannot be ended any more. */
static int sink_put(char type, const char *bytes, size_t n) {
    MemoryContext old;

    if (sink.busy)
        sink_close();
    if (sink.replies == NULL)
        return EOF;
    if (type != 'E' && type != 'N')
        return 0;
    sink.busy = true;
    old = MemoryContextSwitchTo(sink.memory);
    report_send(type, bytes, n);
    MemoryContextSwitchTo(old);
    MemoryContextReset(sink.memory);
    sink.busy = false;
    return 0;
}

static void sink_nothing(void) {
}

static int sink_flush(void) {
    return 0;
}

static bool sink_is_pending(void) {
    return false;
}

static void sink_put_noblock(char type, const char *bytes, size_t n) {
    (void)sink_put(type, bytes, n);
}

static const PQcommMethods sink_methods = {
    .comm_reset = sink_nothing,
    .flush = sink_flush,
    .flush_if_writable = sink_flush,
    .is_send_pending = sink_is_pending,
    .putmessage = sink_put,
    .putmessage_noblock = sink_put_noblock,
};

static void sink_detached(dsm_segment *segment, Datum arg) {
    sink.replies = NULL;
    whereToSendOutput = DestNone;
}

void pgm_sink_open(dsm_segment *segment, shm_mq_handle *replies) {
    sink.host = pgm_host_new(TopMemoryContext, "migrate");
    sink.memory = AllocSetContextCreate(TopMemoryContext, "migrate report", ALLOCSET_DEFAULT_SIZES);
    sink.replies = replies;
    on_dsm_detach(segment, sink_detached, (Datum)0);
    PqCommMethods = &sink_methods;
    whereToSendOutput = DestRemote;
    FrontendProtocol = PG_PROTOCOL_LATEST;
}

void pgm_sink_serve(const pgm_host *host) {
    sink.served = host;
}
