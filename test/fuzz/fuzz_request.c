/*
 * fuzz_request.c: requests and replies from arbitrary bytes.
 *
 * What is read must lie inside the bytes, and written down again it must be the same message.
 */
#include "request.h"
#include "unit_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok)
        abort();
}

static void must_be_refused(mig_ctx *ctx) {
    mig_error error;

    must(mig_take_error(ctx, &error));
    must(error.code == MIG_E_CORRUPT && error.message != NULL);
}

static void must_be_inside(mig_str message, mig_str text) {
    must(text.p == NULL || (text.p >= message.p && text.p + text.n < message.p + message.n &&
                            text.p[text.n] == '\0'));
}

static void request_run(mig_ctx *ctx, mig_str message) {
    mig_request request;
    size_t i;

    if (!mig_request_parse(ctx, message, &request)) {
        must_be_refused(ctx);
        return;
    }
    for (i = 0; i < request.n_args; i++)
        must_be_inside(message, request.args[i].text);
    must_be_inside(message, request.section.text);
    for (i = 0; i < request.section.n_statements; i++)
        must(request.section.statements[i].start + request.section.statements[i].length <=
             request.section.text.n);
    must(mig_str_eq(mig_request_emit(ctx, &request), message));
}

static void reply_run(mig_ctx *ctx, mig_str message) {
    mig_reply reply;
    size_t i;

    if (!mig_reply_parse(ctx, message, &reply)) {
        must_be_refused(ctx);
        return;
    }
    must_be_inside(message, reply.line);
    must_be_inside(message, mig_str_of(reply.error.message));
    for (i = 0; i < reply.n_own; i++)
        must_be_inside(message, reply.own[i].text);
    must(mig_str_eq(mig_reply_emit(ctx, &reply), message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mig_ctx *ctx = unit_ctx();
    mig_str message = {(const char *)data, size};

    request_run(ctx, message);
    reply_run(ctx, message);
    unit_free(ctx);
    return 0;
}
