/*
 * context.c: the context of one call: arena, first error, answer lines, error code tables.
 *
 * There are two pools of memory. work is the arena of mig_alloc; marks and releases concern it
 * alone. kept holds the texts of errors and answers, and what mig_alloc_kept gives, so that these
 * survive every release; nothing is given back from it before mig_ctx_free. A pool has a stack of blocks that small requests are
 * cut from, and a stack of large blocks with one request each; a mark is a height of both stacks.
 *
 * Hosts promise no more than 8-byte alignment (palloc, sqlite3_malloc), so a block keeps the
 * address of its first aligned byte.
 *
 * Where there is no memory for the text of an error, the error becomes MIG_E_NOMEM with a static
 * text; a detail or hint that finds no memory is left out.
 *
 * Built with MIG_ARENA_EXACT every request is a large block: a test build, in which each request
 * can fail and an address checker sees the bounds of each.
 */
#include "mig.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define ALIGNMENT ((size_t)16)
#define BLOCK_LEAST ((size_t)8 * 1024)
/* Below what allocators map and unmap by itself: a page that was used once costs less. */
#define BLOCK_MOST ((size_t)64 * 1024)

typedef struct block {
    struct block *below;
    char *data;   /* the first aligned byte */
    size_t room;  /* usable bytes from data */
    size_t used;  /* a multiple of ALIGNMENT */
    size_t total; /* bytes taken from the host */
} block;

typedef struct pool {
    block *blocks;
    block *large;
} pool;

struct mig_ctx {
    mig_host *host;
    pool work, kept;
    size_t bytes, peak;
    bool failed;
    bool amendable; /* the error is that of the latest mig_fail or mig_raise: it may get a hint */
    mig_error error;
    mig_str *lines; /* the answer */
    size_t n_lines, lines_room;
    struct at_end *ends; /* the last registered first */
};

struct at_end {
    void (*fn)(void *arg);
    void *arg;
    struct at_end *next;
};

static block *block_new(mig_ctx *ctx, block *below, size_t total) {
    block *b = ctx->host->alloc(ctx->host, total);
    size_t head;

    if (b == NULL)
        return NULL;
    head = sizeof *b;
    head += (ALIGNMENT - ((uintptr_t)b + head) % ALIGNMENT) % ALIGNMENT;
    b->below = below;
    b->data = (char *)b + head;
    b->room = total - head;
    b->used = 0;
    b->total = total;
    ctx->bytes += total;
    if (ctx->bytes > ctx->peak)
        ctx->peak = ctx->bytes;
    return b;
}

/* Gives back the blocks above floor; answers the new top. */
static block *block_pop(mig_ctx *ctx, block *top, const block *floor) {
    block *below;

    while (top != NULL && top != floor) {
        below = top->below;
        ctx->bytes -= top->total;
        ctx->host->release(ctx->host, top);
        top = below;
    }
    return top;
}

static void *block_cut(block *b, size_t n) {
    char *p = b->data + b->used;

    b->used += n;
    return p;
}

/* How large the next block of small requests is. */
static size_t pool_block_size(const pool *from) {
#ifdef MIG_ARENA_EXACT
    (void)from;
    return 0;
#else
    if (from->blocks == NULL)
        return BLOCK_LEAST;
    return from->blocks->total >= BLOCK_MOST ? BLOCK_MOST : from->blocks->total * 2;
#endif
}

/* A request for a quarter of a block or more gets its own, so that little of the current one is
   wasted. Works whether or not an error is set; sets none. */
static void *pool_alloc(mig_ctx *ctx, pool *from, size_t n) {
    const size_t overhead = sizeof(block) + ALIGNMENT;
    size_t size;
    block *b;

    if (n > SIZE_MAX - overhead - ALIGNMENT)
        return NULL;
#ifndef MIG_ARENA_EXACT
    n = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
#endif
    if (from->blocks != NULL && n <= from->blocks->room - from->blocks->used)
        return block_cut(from->blocks, n);
    size = pool_block_size(from);
    if (n >= size / 4) {
        b = block_new(ctx, from->large, n + overhead);
        if (b == NULL)
            return NULL;
        from->large = b;
        return block_cut(b, n);
    }
    b = block_new(ctx, from->blocks, size);
    if (b == NULL)
        return NULL;
    from->blocks = b;
    return block_cut(b, n);
}

static void pool_free(mig_ctx *ctx, pool *from) {
    from->blocks = block_pop(ctx, from->blocks, NULL);
    from->large = block_pop(ctx, from->large, NULL);
}

/* printf into the kept pool; NULL when there is no memory. *length may be NULL. */
static char *kept_vformat(mig_ctx *ctx, size_t *length, const char *format, va_list args)
    __attribute__((__format__(__printf__, 3, 0)));

static char *kept_vformat(mig_ctx *ctx, size_t *length, const char *format, va_list args) {
    char few[256], *p;
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(few, sizeof few, format, again);
    va_end(again);
    if (n < 0)
        return NULL;
    p = pool_alloc(ctx, &ctx->kept, (size_t)n + 1);
    if (p == NULL)
        return NULL;
    if ((size_t)n < sizeof few)
        memcpy(p, few, (size_t)n + 1);
    else
        vsnprintf(p, (size_t)n + 1, format, args);
    if (length != NULL)
        *length = (size_t)n;
    return p;
}

/* Names of files and texts of damaged tables may hold anything; what is shown to people, and has to
   be a text of the server, may not: no terminal control, no broken UTF-8. */
static void text_clean(char *text) {
    size_t length = strlen(text), at = 0, good;

    for (; at < length; at++) {
        good = at + mig_utf8_check((mig_str){text + at, length - at});
        for (; at < good; at++)
            if (((unsigned char)text[at] < 0x20 && text[at] != '\n' && text[at] != '\t') ||
                text[at] == 0x7F)
                text[at] = '?';
        if (at < length)
            text[at] = '?';
    }
}

/* A message, and a line of an answer, is one line, whatever the names in it hold: behind a comment
   of an offline script a line end would begin a statement. */
static void line_flatten(char *line) {
    for (; *line != '\0'; line++)
        if (*line == '\n' || *line == '\r')
            *line = ' ';
}

/* Copies a text of an error record, cleaned unless it is the server's own. NULL stays NULL and is no
   failure. */
static bool kept_copy(mig_ctx *ctx, const char **text, bool clean) {
    size_t size;
    char *p;

    if (*text == NULL)
        return true;
    size = strlen(*text) + 1;
    p = pool_alloc(ctx, &ctx->kept, size);
    if (p == NULL)
        return false;
    memcpy(p, *text, size);
    if (clean)
        text_clean(p);
    *text = p;
    return true;
}

/* Out of memory as the error; needs none. Always returns false. */
static bool error_set_nomem(mig_ctx *ctx) {
    if (ctx->failed)
        return false;
    memset(&ctx->error, 0, sizeof ctx->error);
    ctx->error.code = MIG_E_NOMEM;
    memcpy(ctx->error.sqlstate, mig_code_sqlstate(MIG_E_NOMEM), sizeof ctx->error.sqlstate);
    ctx->error.message = "out of memory";
    ctx->failed = true;
    ctx->amendable = false;
    return false;
}

const char *mig_code_sqlstate(mig_code code) {
    switch (code) {
    case MIG_OK:
        return "00000";
#define CODE_SQLSTATE(name, sqlstate, sqlite)                                                      \
    case MIG_E_##name:                                                                             \
        return sqlstate;
        MIG_ERROR_CODES(CODE_SQLSTATE)
#undef CODE_SQLSTATE
    }
    return "XX000";
}

int mig_code_sqlite(mig_code code) {
    switch (code) {
    case MIG_OK:
        return 0;
#define CODE_SQLITE(name, sqlstate, sqlite)                                                        \
    case MIG_E_##name:                                                                             \
        return sqlite;
        MIG_ERROR_CODES(CODE_SQLITE)
#undef CODE_SQLITE
    }
    return 1;
}

mig_ctx *mig_ctx_new(mig_host *host) {
    mig_ctx *ctx = host->alloc(host, sizeof *ctx);

    if (ctx == NULL)
        return NULL;
    memset(ctx, 0, sizeof *ctx);
    ctx->host = host;
    ctx->bytes = ctx->peak = sizeof *ctx;
    return ctx;
}

void mig_ctx_free(mig_ctx *ctx) {
    struct at_end *end;

    if (ctx == NULL)
        return;
    for (end = ctx->ends; end != NULL; end = end->next)
        end->fn(end->arg);
    pool_free(ctx, &ctx->work);
    pool_free(ctx, &ctx->kept);
    ctx->host->release(ctx->host, ctx);
}

bool mig_at_end(mig_ctx *ctx, void (*fn)(void *arg), void *arg) {
    struct at_end *end = mig_alloc_kept(ctx, sizeof *end);

    if (end == NULL)
        return false;
    end->fn = fn;
    end->arg = arg;
    end->next = ctx->ends;
    ctx->ends = end;
    return true;
}

mig_host *mig_ctx_host(mig_ctx *ctx) {
    return ctx->host;
}

const mig_error *mig_ctx_error(const mig_ctx *ctx) {
    return ctx->failed ? &ctx->error : NULL;
}

const mig_str *mig_ctx_answer(const mig_ctx *ctx, size_t *n) {
    *n = ctx->n_lines;
    return ctx->lines;
}

bool mig_fail(mig_ctx *ctx, mig_code code, const char *format, ...) {
    char *message;
    va_list args;

    if (ctx->failed) {
        ctx->amendable = false;
        return false;
    }
    va_start(args, format);
    message = kept_vformat(ctx, NULL, format, args);
    va_end(args);
    if (message == NULL)
        return error_set_nomem(ctx);
    line_flatten(message);
    text_clean(message);
    memset(&ctx->error, 0, sizeof ctx->error);
    ctx->error.code = code;
    memcpy(ctx->error.sqlstate, mig_code_sqlstate(code), sizeof ctx->error.sqlstate);
    ctx->error.message = message;
    ctx->failed = true;
    ctx->amendable = true;
    return false;
}

static void error_amend(mig_ctx *ctx, const char **text, const char *format, va_list args)
    __attribute__((__format__(__printf__, 3, 0)));

/* A later mig_fail that was a no-op must not hang its hint on the error that stands. */
static void error_amend(mig_ctx *ctx, const char **text, const char *format, va_list args) {
    char *made;

    if (!ctx->failed || !ctx->amendable)
        return;
    made = kept_vformat(ctx, NULL, format, args);
    if (made == NULL)
        return;
    text_clean(made);
    *text = made;
}

void mig_detail(mig_ctx *ctx, const char *format, ...) {
    va_list args;

    va_start(args, format);
    error_amend(ctx, &ctx->error.detail, format, args);
    va_end(args);
}

void mig_hint(mig_ctx *ctx, const char *format, ...) {
    va_list args;

    va_start(args, format);
    error_amend(ctx, &ctx->error.hint, format, args);
    va_end(args);
}

bool mig_raise(mig_ctx *ctx, const mig_error *error) {
    mig_error own = *error;
    bool clean = own.sqlstate[0] == '\0';

    if (ctx->failed) {
        ctx->amendable = false;
        return false;
    }
    if (own.message == NULL)
        own.message = "unknown error";
    if (own.sqlstate[0] == '\0')
        memcpy(own.sqlstate, mig_code_sqlstate(own.code), sizeof own.sqlstate);
    if (!kept_copy(ctx, &own.message, clean) || !kept_copy(ctx, &own.detail, clean) ||
        !kept_copy(ctx, &own.hint, clean) || !kept_copy(ctx, &own.context, clean) ||
        !kept_copy(ctx, &own.revision, clean) || !kept_copy(ctx, &own.source, clean) ||
        !kept_copy(ctx, &own.statement, clean))
        return error_set_nomem(ctx);
    ctx->error = own;
    ctx->failed = true;
    ctx->amendable = true;
    return false;
}

bool mig_take_error(mig_ctx *ctx, mig_error *error) {
    if (!ctx->failed)
        return false;
    *error = ctx->error;
    ctx->failed = false;
    ctx->amendable = false;
    return true;
}

/* Hands a line on at once, where the host wants that; else keeps it, for which there is room. */
static bool answer_give(mig_ctx *ctx, char *text, size_t n) {
    line_flatten(text);
    if (ctx->host->say != NULL)
        return ctx->host->say(ctx, text);
    ctx->lines[ctx->n_lines++] = (mig_str){text, n};
    return true;
}

/* Makes room for one more answer line. */
static bool answer_grow(mig_ctx *ctx) {
    size_t room = ctx->lines_room == 0 ? 16 : ctx->lines_room * 2;
    mig_str *lines;

    if (ctx->n_lines < ctx->lines_room)
        return true;
    if (room > SIZE_MAX / sizeof *lines)
        return error_set_nomem(ctx);
    lines = pool_alloc(ctx, &ctx->kept, room * sizeof *lines);
    if (lines == NULL)
        return error_set_nomem(ctx);
    if (ctx->n_lines != 0)
        memcpy(lines, ctx->lines, ctx->n_lines * sizeof *lines);
    ctx->lines = lines;
    ctx->lines_room = room;
    return true;
}

bool mig_answer(mig_ctx *ctx, const char *format, ...) {
    mig_str line = {NULL, 0};
    va_list args;
    char *text;

    if (ctx->failed || !answer_grow(ctx))
        return false;
    va_start(args, format);
    text = kept_vformat(ctx, &line.n, format, args);
    va_end(args);
    if (text == NULL)
        return error_set_nomem(ctx);
    return answer_give(ctx, text, line.n);
}

bool mig_answer_line(mig_ctx *ctx, mig_str line) {
    char *text;

    if (ctx->failed || !answer_grow(ctx))
        return false;
    text = pool_alloc(ctx, &ctx->kept, line.n + 1);
    if (text == NULL)
        return error_set_nomem(ctx);
    if (line.n > 0)
        memcpy(text, line.p, line.n);
    text[line.n] = '\0';
    return answer_give(ctx, text, line.n);
}

void *mig_alloc(mig_ctx *ctx, size_t n) {
    void *p;

    if (ctx->failed)
        return NULL;
    p = pool_alloc(ctx, &ctx->work, n);
    if (p == NULL)
        error_set_nomem(ctx);
    return p;
}

void *mig_alloc_kept(mig_ctx *ctx, size_t n) {
    void *p;

    if (ctx->failed)
        return NULL;
    p = pool_alloc(ctx, &ctx->kept, n);
    if (p == NULL)
        error_set_nomem(ctx);
    return p;
}

void *mig_alloc_zero(mig_ctx *ctx, size_t count, size_t size) {
    void *p;

    if (ctx->failed)
        return NULL;
    if (size != 0 && count > SIZE_MAX / size) {
        error_set_nomem(ctx);
        return NULL;
    }
    p = mig_alloc(ctx, count * size);
    if (p != NULL)
        memset(p, 0, count * size);
    return p;
}

mig_mark mig_arena_mark(mig_ctx *ctx) {
    mig_mark mark;

    mark.block = ctx->work.blocks;
    mark.used = ctx->work.blocks == NULL ? 0 : ctx->work.blocks->used;
    mark.large = ctx->work.large;
    return mark;
}

void mig_arena_release(mig_ctx *ctx, mig_mark mark) {
    ctx->work.blocks = block_pop(ctx, ctx->work.blocks, mark.block);
    ctx->work.large = block_pop(ctx, ctx->work.large, mark.large);
    if (ctx->work.blocks != NULL)
        ctx->work.blocks->used = mark.used;
}

size_t mig_arena_bytes(const mig_ctx *ctx) {
    return ctx->bytes;
}

size_t mig_arena_peak(const mig_ctx *ctx) {
    return ctx->peak;
}
