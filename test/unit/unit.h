/*
 * unit.h: the unit test frame of the core: checks, a test host, and the allocation torture.
 *
 * A test program is: functions that call CHECK..., a main that calls them and ends with
 * `return unit_end("graph");`, which prints "graph: N passed, N failed".
 */
#ifndef UNIT_H
#define UNIT_H

#include "mig.h"
#include "text.h"

#define CHECK(condition) unit_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_STR(actual, expected)                                                                \
    unit_check_str((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_INT(actual, expected)                                                                \
    unit_check_int((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
/* The context has an error whose message is exactly this; the error is taken out. */
#define CHECK_ERROR(ctx, code, message)                                                            \
    unit_check_error((ctx), (code), (message), __FILE__, __LINE__)

bool unit_check(bool ok, const char *what, const char *file, int line);
bool unit_check_str(mig_str actual, const char *expected, const char *what, const char *file,
                    int line);
bool unit_check_int(int64_t actual, int64_t expected, const char *what, const char *file, int line);
bool unit_check_error(mig_ctx *ctx, mig_code code, const char *message, const char *file, int line);

/* A context over a host that has memory and nothing else. unit_free also checks that every block
   came back. */
mig_ctx *unit_ctx(void);
void unit_free(mig_ctx *ctx);

/*
 * Runs work once for every allocation it makes, with that allocation failing: first only that one,
 * then that one and all after it. Each run must either succeed or leave MIG_E_NOMEM in the context,
 * and every block must come back. work answers whether it succeeded. Counts as one check a run;
 * answers how many allocations there were.
 */
size_t unit_torture(bool (*work)(mig_ctx *ctx, void *arg), void *arg);

/* Reads a whole file (malloc; ends the program when it cannot). */
mig_str unit_read_file(const char *path);

int unit_end(const char *name);

#endif
