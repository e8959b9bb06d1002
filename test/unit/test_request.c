/*
 * test_request.c: requests and replies as bytes: there and back, and bytes that are none.
 *
 * Every message of the tests is also read with each byte changed and cut at each length: it must be
 * read or refused, and what is read must stay inside the message.
 */
#include "request.h"

#include <limits.h>
#include <string.h>

#include "unit.h"

static const mig_statement two_statements[] = {{0, 8, 7, 1, 0}, {9, 8, 7, 10, 5}};

static mig_request action_request(const mig_value *args, size_t n) {
    mig_request request;

    memset(&request, 0, sizeof request);
    request.kind = MIG_REQUEST_ACTION;
    request.action = "migrate_upgrade_online";
    request.args = args;
    request.n_args = n;
    return request;
}

static mig_request section_request(void) {
    mig_request request;

    memset(&request, 0, sizeof request);
    request.kind = MIG_REQUEST_SECTION;
    request.section.revision = "b2";
    request.section.source = "x.sql";
    request.section.text = MIG_STR("VACUUM a;VACUUM b");
    request.section.line = 7;
    request.section.statements = two_statements;
    request.section.n_statements = 2;
    request.section.again = true;
    return request;
}

static mig_reply error_reply(const mig_value *own, size_t n) {
    static const mig_error error = {MIG_E_HOST,
                                    "23505",
                                    2067,
                                    "could not create unique index \"a\"",
                                    "Key (a)=(1).",
                                    "Hint.",
                                    "SQL statement",
                                    "b2",
                                    "seed",
                                    "x.sql",
                                    3,
                                    4,
                                    "CREATE INDEX",
                                    INT_MAX,
                                    true};
    mig_reply reply;

    memset(&reply, 0, sizeof reply);
    reply.kind = MIG_REPLY_ERROR;
    reply.level = -21;
    reply.error = error;
    reply.own = own;
    reply.n_own = n;
    return reply;
}

static void test_action(void) {
    mig_value args[4] = {{MIG_TEXT, {"h\0d", 3}, 0},
                         {MIG_NULL, {NULL, 0}, 0},
                         {MIG_INT, {NULL, 0}, INT64_MIN},
                         {MIG_TEXT, {"", 0}, 0}};
    mig_ctx *ctx = unit_ctx();
    mig_request in = action_request(args, 4), out;

    CHECK(mig_request_parse(ctx, mig_request_emit(ctx, &in), &out));
    CHECK_INT(out.kind, MIG_REQUEST_ACTION);
    CHECK_STR(mig_str_of(out.action), "migrate_upgrade_online");
    CHECK_INT(out.n_args, 4);
    CHECK(mig_str_eq(out.args[0].text, args[0].text) && out.args[0].type == MIG_TEXT);
    CHECK_INT(out.args[1].type, MIG_NULL);
    CHECK(out.args[2].type == MIG_INT && out.args[2].integer == INT64_MIN);
    CHECK(out.args[3].type == MIG_TEXT && out.args[3].text.n == 0 && out.args[3].text.p != NULL);
    unit_free(ctx);
}

static void test_section(void) {
    mig_section_param params[2] = {{"integer", true, {MIG_INT, {NULL, 0}, 42}},
                                   {"text", false, {MIG_NULL, {NULL, 0}, 0}}};
    mig_ctx *ctx = unit_ctx();
    mig_request in = section_request(), out;
    const mig_section_run *run = &out.section;

    CHECK(mig_request_parse(ctx, mig_request_emit(ctx, &in), &out));
    CHECK_INT(out.kind, MIG_REQUEST_SECTION);
    CHECK_STR(run->text, "VACUUM a;VACUUM b");
    CHECK(run->text.p[run->text.n] == '\0');
    CHECK(run->shown.p == NULL && run->kind == NULL && run->again && !run->verify);
    CHECK_INT(run->line, 7);
    CHECK_INT(run->n_statements, 2);
    CHECK_INT(run->statements[1].start, 9);
    CHECK_INT(run->statements[1].length, 8);
    CHECK_INT(run->statements[1].column, 10);
    CHECK_INT(run->statements[1].traits, 5);
    CHECK_INT(run->n_params, 0);

    in.section.params = params;
    in.section.n_params = 2;
    in.section.shown = MIG_STR("VACUUM :a;VACUUMb");
    in.section.kind = "seed";
    CHECK(mig_request_parse(ctx, mig_request_emit(ctx, &in), &out));
    CHECK_INT(run->n_params, 2);
    CHECK_STR(mig_str_of(run->params[0].type), "integer");
    CHECK(run->params[0].number && run->params[0].value.integer == 42);
    CHECK_INT(run->params[1].value.type, MIG_NULL);
    CHECK_STR(run->shown, "VACUUM :a;VACUUMb");
    CHECK_STR(mig_str_of(run->kind), "seed");
    unit_free(ctx);
}

static void test_error(void) {
    mig_value own[2] = {{MIG_INT, {NULL, 0}, 3}, {MIG_TEXT, {"a_key", 5}, 0}};
    mig_ctx *ctx = unit_ctx();
    mig_reply in = error_reply(own, 2), out;

    CHECK(mig_reply_parse(ctx, mig_reply_emit(ctx, &in), &out));
    CHECK_INT(out.kind, MIG_REPLY_ERROR);
    CHECK_INT(out.level, -21);
    CHECK_INT(out.error.code, MIG_E_HOST);
    CHECK_STR(mig_str_of(out.error.sqlstate), "23505");
    CHECK_INT(out.error.host_code, 2067);
    CHECK_STR(mig_str_of(out.error.message), "could not create unique index \"a\"");
    CHECK_STR(mig_str_of(out.error.detail), "Key (a)=(1).");
    CHECK_STR(mig_str_of(out.error.hint), "Hint.");
    CHECK_STR(mig_str_of(out.error.context), "SQL statement");
    CHECK_STR(mig_str_of(out.error.revision), "b2");
    CHECK_STR(mig_str_of(out.error.kind), "seed");
    CHECK_STR(mig_str_of(out.error.source), "x.sql");
    CHECK(out.error.line == 3 && out.error.column == 4 && out.error.position == INT_MAX);
    CHECK_STR(mig_str_of(out.error.statement), "CREATE INDEX");
    CHECK(out.error.secret);
    CHECK_INT(out.n_own, 2);
    CHECK_STR(out.own[1].text, "a_key");

    memset(&in.error, 0, sizeof in.error);
    in.kind = MIG_REPLY_NOTICE;
    in.error.code = MIG_E_INTERRUPT;
    in.error.message = "only this";
    CHECK(mig_reply_parse(ctx, mig_reply_emit(ctx, &in), &out));
    CHECK(out.kind == MIG_REPLY_NOTICE && out.error.sqlstate[0] == '\0');
    CHECK(out.error.detail == NULL && out.error.kind == NULL && out.error.statement == NULL);
    unit_free(ctx);
}

static void test_short(void) {
    mig_ctx *ctx = unit_ctx();
    mig_reply reply, out;
    mig_request request, asked;

    memset(&reply, 0, sizeof reply);
    memset(&request, 0, sizeof request);
    reply.kind = MIG_REPLY_LINE;
    reply.line = MIG_STR("Now at b2 (head)");
    CHECK(mig_reply_parse(ctx, mig_reply_emit(ctx, &reply), &out));
    CHECK_STR(out.line, "Now at b2 (head)");
    reply.kind = MIG_REPLY_DONE;
    CHECK(mig_reply_parse(ctx, mig_reply_emit(ctx, &reply), &out) && out.kind == MIG_REPLY_DONE);
    CHECK_INT(mig_reply_emit(ctx, &reply).n, 6);
    request.kind = MIG_REQUEST_QUIT;
    CHECK(mig_request_parse(ctx, mig_request_emit(ctx, &request), &asked));
    CHECK_INT(asked.kind, MIG_REQUEST_QUIT);
    unit_free(ctx);
}

/* ---- bytes that are no message ------------------------------------------------------------ */

#define REFUSED "a message between sessions cannot be read: "

static mig_ctx *refusing;

/* Reads as a request what says to be one. */
static void refuse(const char *bytes, size_t n, const char *message) {
    mig_request request;

    CHECK(!mig_request_parse(refusing, (mig_str){bytes, n}, &request));
    CHECK_ERROR(refusing, MIG_E_CORRUPT, message);
}

#define REFUSE(literal, why) refuse((literal), sizeof(literal) - 1, REFUSED why)

static void test_refused(void) {
    refusing = unit_ctx();
    REFUSE("", "it is cut off");
    REFUSE("\2\0\0\0\1", "it is cut off");
    REFUSE("\3\0\0\0\1\3", "it has another length than it says");
    REFUSE("\2\0\0\0\2\3", "it comes from another version of the library");
    REFUSE("\2\0\0\0\1\0", "it asks for nothing known");
    REFUSE("\2\0\0\0\1\4", "it asks for nothing known");
    REFUSE("\3\0\0\0\1\3x", "there is more than it should have");
    REFUSE("\2\0\0\0\1\1", "it is cut off");
    REFUSE("\12\0\0\0\1\1\377\377\377\377\0\0\0\0", "a name is missing");
    REFUSE("\13\0\0\0\1\1\1\0\0\0a\0\0\0\0", "it is cut off");
    REFUSE("\13\0\0\0\1\1\2\0\0\0a\0\0\0\0", "a name has a NUL in it");
    REFUSE("\14\0\0\0\1\1\1\0\0\0ax\0\0\0\0", "a text has no end");
    REFUSE("\14\0\0\0\1\1\376\377\377\377a\0\0\0\0\0", "a text has no end");
    REFUSE("\14\0\0\0\1\1\1\0\0\0a\0\1\0\0\0", "a count is too large");
    REFUSE("\14\0\0\0\1\1\1\0\0\0a\0\377\377\377\377", "a count is too large");
    REFUSE("\15\0\0\0\1\1\1\0\0\0a\0\1\0\0\0\4", "a value has no type");
    REFUSE("\15\0\0\0\1\1\1\0\0\0a\0\1\0\0\0\2", "it is cut off");
    REFUSE("\21\0\0\0\1\1\1\0\0\0a\0\1\0\0\0\1\377\377\377\377", "a value is missing");
    unit_free(refusing);
}

/* Reads it either way; all that is read is looked at, so that a view outside would be found. */
static size_t message_touch(mig_ctx *ctx, mig_str message) {
    mig_mark mark = mig_arena_mark(ctx);
    mig_request request;
    mig_reply reply;
    mig_error error;
    size_t sum = 0, i;

    if (mig_request_parse(ctx, message, &request)) {
        sum += request.action != NULL ? strlen(request.action) : 0;
        for (i = 0; i < request.n_args; i++)
            sum += request.args[i].text.n;
        for (i = 0; i < request.section.n_statements; i++)
            sum += mig_utf8_check(mig_str_sub(request.section.text,
                                              request.section.statements[i].start,
                                              request.section.statements[i].length));
    }
    (void)mig_take_error(ctx, &error);
    if (mig_reply_parse(ctx, message, &reply))
        sum += reply.line.n + (reply.error.message != NULL ? strlen(reply.error.message) : 0);
    (void)mig_take_error(ctx, &error);
    mig_arena_release(ctx, mark);
    return sum;
}

/* A copy of exactly that size, so that the sanitizer sees a step beyond it. */
static size_t cut_touch(mig_ctx *ctx, mig_str message, size_t n) {
    mig_str cut = mig_str_copy(ctx, mig_str_sub(message, 0, n));

    return message_touch(ctx, cut);
}

static void hostile(mig_ctx *ctx, mig_str message) {
    static const unsigned char with[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    mig_request request;
    mig_reply reply;
    mig_error error;
    size_t i, k;
    char *copy;

    for (i = 0; i < message.n; i++) {
        copy = mig_alloc(ctx, message.n);
        memcpy(copy, message.p, message.n);
        for (k = 0; k < sizeof with; k++) {
            copy[i] = (char)with[k];
            (void)message_touch(ctx, (mig_str){copy, message.n});
        }
        (void)cut_touch(ctx, message, i);
        CHECK(!mig_request_parse(ctx, mig_str_sub(message, 0, i), &request));
        CHECK(mig_take_error(ctx, &error) && error.code == MIG_E_CORRUPT);
        CHECK(!mig_reply_parse(ctx, mig_str_sub(message, 0, i), &reply));
        CHECK(mig_take_error(ctx, &error) && error.code == MIG_E_CORRUPT);
    }
}

static void test_hostile(void) {
    mig_value values[2] = {{MIG_TEXT, {"head", 4}, 0}, {MIG_INT, {NULL, 0}, -1}};
    mig_ctx *ctx = unit_ctx();
    mig_request action = action_request(values, 2), section = section_request();
    mig_reply reply = error_reply(values, 2);

    hostile(ctx, mig_request_emit(ctx, &action));
    hostile(ctx, mig_request_emit(ctx, &section));
    hostile(ctx, mig_reply_emit(ctx, &reply));
    unit_free(ctx);
}

static bool torture_work(mig_ctx *ctx, void *arg) {
    mig_value values[2] = {{MIG_TEXT, {"head", 4}, 0}, {MIG_INT, {NULL, 0}, -1}};
    mig_request action = action_request(values, 2), section = section_request(), request;
    mig_reply error = error_reply(values, 2), reply;

    (void)arg;
    return mig_request_parse(ctx, mig_request_emit(ctx, &action), &request) &&
           mig_request_parse(ctx, mig_request_emit(ctx, &section), &request) &&
           mig_reply_parse(ctx, mig_reply_emit(ctx, &error), &reply) && reply.n_own == 2;
}

static void test_memory(void) {
    CHECK(unit_torture(torture_work, NULL) > 0);
}

int main(void) {
    test_action();
    test_section();
    test_error();
    test_short();
    test_refused();
    test_hostile();
    test_memory();
    return unit_end("request");
}
