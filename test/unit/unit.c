/*
 * unit.c: see unit.h.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n_passed, n_failed;

typedef struct test_host {
    mig_host base;
    size_t live;    /* blocks not yet given back */
    size_t calls;   /* allocations asked for */
    size_t fail_at; /* 1-based; 0: never */
    bool sticky;    /* every later one fails too */
} test_host;

static void *host_alloc(mig_host *host, size_t n) {
    test_host *self = (test_host *)host;
    void *p;

    self->calls++;
    if (self->fail_at != 0 &&
        (self->calls == self->fail_at || (self->sticky && self->calls > self->fail_at)))
        return NULL;
    p = malloc(n);
    if (p != NULL)
        self->live++;
    return p;
}

static void host_release(mig_host *host, void *p) {
    test_host *self = (test_host *)host;

    if (p != NULL)
        self->live--;
    free(p);
}

bool unit_check(bool ok, const char *what, const char *file, int line) {
    if (ok) {
        n_passed++;
    } else {
        n_failed++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return ok;
}

bool unit_check_str(mig_str actual, const char *expected, const char *what, const char *file,
                    int line) {
    bool ok = mig_str_is(actual, expected);

    if (!ok)
        fprintf(stderr, "expected [%s]\n but got [%.*s]\n", expected, MIG_FMT(actual));
    return unit_check(ok, what, file, line);
}

bool unit_check_int(int64_t actual, int64_t expected, const char *what, const char *file,
                    int line) {
    if (actual != expected)
        fprintf(stderr, "expected %lld but got %lld\n", (long long)expected, (long long)actual);
    return unit_check(actual == expected, what, file, line);
}

bool unit_check_error(mig_ctx *ctx, mig_code code, const char *message, const char *file,
                      int line) {
    mig_error error;

    if (!mig_take_error(ctx, &error))
        return unit_check(false, "an error was expected", file, line);
    if (error.code != code)
        fprintf(stderr, "expected code %d but got %d\n", (int)code, (int)error.code);
    if (strcmp(error.message, message) != 0)
        fprintf(stderr, "expected [%s]\n but got [%s]\n", message, error.message);
    return unit_check(error.code == code && strcmp(error.message, message) == 0, message, file,
                      line);
}

static test_host *test_host_new(size_t fail_at, bool sticky) {
    test_host *self = calloc(1, sizeof *self);

    if (self == NULL)
        abort();
    self->base.alloc = host_alloc;
    self->base.release = host_release;
    self->fail_at = fail_at;
    self->sticky = sticky;
    return self;
}

mig_ctx *unit_ctx(void) {
    test_host *self = test_host_new(0, false);
    mig_ctx *ctx = mig_ctx_new(&self->base);

    if (ctx == NULL)
        abort();
    return ctx;
}

void unit_free(mig_ctx *ctx) {
    test_host *self = (test_host *)mig_ctx_host(ctx);

    mig_ctx_free(ctx);
    unit_check(self->live == 0, "every block came back", __FILE__, __LINE__);
    free(self);
}

/* One run with a failing allocation; answers whether the failure was reached. */
static bool torture_once(bool (*work)(mig_ctx *, void *), void *arg, size_t fail_at, bool sticky,
                         size_t *calls) {
    test_host *self = test_host_new(fail_at, sticky);
    mig_ctx *ctx = mig_ctx_new(&self->base);
    const mig_error *error;
    bool reached, ok;

    if (ctx != NULL) {
        ok = work(ctx, arg);
        error = mig_ctx_error(ctx);
        unit_check(ok ? error == NULL : error != NULL && error->code == MIG_E_NOMEM,
                   "success or out of memory", __FILE__, __LINE__);
    }
    mig_ctx_free(ctx);
    reached = fail_at != 0 && self->calls >= fail_at;
    *calls = self->calls;
    unit_check(self->live == 0, "every block came back", __FILE__, __LINE__);
    free(self);
    return reached;
}

size_t unit_torture(bool (*work)(mig_ctx *ctx, void *arg), void *arg) {
    size_t calls = 0, total, k;

    torture_once(work, arg, 0, false, &total);
    for (k = 1; torture_once(work, arg, k, false, &calls); k++)
        continue;
    for (k = 1; torture_once(work, arg, k, true, &calls); k++)
        continue;
    return total;
}

mig_str unit_read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t room = 65536, n = 0, got;
    char *p = malloc(room);

    if (file == NULL || p == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    while ((got = fread(p + n, 1, room - n, file)) > 0) {
        n += got;
        if (n == room)
            p = realloc(p, room *= 2);
        if (p == NULL)
            abort();
    }
    fclose(file);
    return (mig_str){p, n};
}

int unit_end(const char *name) {
    printf("%s: %d passed, %d failed\n", name, n_passed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
