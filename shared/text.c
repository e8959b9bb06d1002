/*
 * text.c: see text.h. Views, copies, conversions, UTF-8; the builder, lists, growing and sorting.
 *
 * A view may have a NULL pointer, which neither memcpy nor pointer arithmetic may see; where that
 * matters the length is looked at first.
 */
#include "text.h"

#include <stdio.h>
#include <string.h>

bool mig_str_is_nocase(mig_str a, const char *z) {
    size_t i;

    for (i = 0; i < a.n; i++)
        if (z[i] == '\0' || mig_lower(a.p[i]) != mig_lower(z[i]))
            return false;
    return z[i] == '\0';
}

bool mig_str_starts(mig_str a, mig_str prefix) {
    return a.n >= prefix.n && mig_str_eq(mig_str_sub(a, 0, prefix.n), prefix);
}

int mig_str_compare(mig_str a, mig_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

mig_str mig_str_trim(mig_str s) {
    size_t start = 0;

    while (start < s.n && mig_is_space(s.p[start]))
        start++;
    while (s.n > start && mig_is_space(s.p[s.n - 1]))
        s.n--;
    return mig_str_sub(s, start, s.n - start);
}

bool mig_str_find(mig_str s, char c, size_t *at) {
    const char *p = s.n == 0 ? NULL : memchr(s.p, c, s.n);

    if (p == NULL)
        return false;
    *at = (size_t)(p - s.p);
    return true;
}

mig_str mig_str_copy(mig_ctx *ctx, mig_str s) {
    mig_str copy = {NULL, 0};
    char *p;

    if (s.p == NULL)
        return copy;
    p = s.n == SIZE_MAX ? NULL : mig_alloc(ctx, s.n + 1);
    if (p == NULL)
        return copy;
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    copy.p = p;
    copy.n = s.n;
    return copy;
}

mig_str mig_str_keep(mig_ctx *ctx, mig_str s) {
    char *p = s.n == SIZE_MAX ? NULL : mig_alloc_kept(ctx, s.n + 1);

    if (p == NULL)
        return (mig_str){NULL, 0};
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (mig_str){p, s.n};
}

const char *mig_str_z(mig_ctx *ctx, mig_str s) {
    return s.p == NULL ? mig_str_copy(ctx, MIG_STR("")).p : mig_str_copy(ctx, s).p;
}

mig_str mig_str_vformat(mig_ctx *ctx, const char *format, va_list args) {
    mig_str text = {NULL, 0};
    char few[256], *p;
    va_list again;
    int n;

    if (mig_ctx_error(ctx) != NULL)
        return text;
    va_copy(again, args);
    n = vsnprintf(few, sizeof few, format, again);
    va_end(again);
    if (n < 0) {
        mig_fail(ctx, MIG_E_LIMIT, "a text of more than 2 GiB cannot be made");
        return text;
    }
    p = mig_alloc(ctx, (size_t)n + 1);
    if (p == NULL)
        return text;
    if ((size_t)n < sizeof few)
        memcpy(p, few, (size_t)n + 1);
    else
        vsnprintf(p, (size_t)n + 1, format, args);
    text.p = p;
    text.n = (size_t)n;
    return text;
}

mig_str mig_str_format(mig_ctx *ctx, const char *format, ...) {
    mig_str text;
    va_list args;

    va_start(args, format);
    text = mig_str_vformat(ctx, format, args);
    va_end(args);
    return text;
}

static bool is_separator(char c) {
    return c == ',' || mig_is_space(c);
}

bool mig_str_next_word(mig_str *rest, mig_str *word) {
    size_t start = 0, end;

    while (start < rest->n && is_separator(rest->p[start]))
        start++;
    for (end = start; end < rest->n && !is_separator(rest->p[end]);)
        end++;
    *word = mig_str_sub(*rest, start, end - start);
    *rest = mig_str_sub(*rest, end, rest->n - end);
    return word->n != 0;
}

bool mig_str_next_line(mig_str *rest, mig_str *line) {
    const char *p = rest->p, *stop = p + rest->n;
    size_t end, next;

    if (rest->n == 0)
        return false;
    while (p < stop && ((unsigned char)*p > '\r' || (*p != '\n' && *p != '\r')))
        p++;
    end = (size_t)(p - rest->p);
    next = end;
    if (next < rest->n && rest->p[next++] == '\r' && next < rest->n && rest->p[next] == '\n')
        next++;
    *line = mig_str_sub(*rest, 0, end);
    *rest = mig_str_sub(*rest, next, rest->n - next);
    return true;
}

bool mig_str_to_int(mig_str s, int64_t *value) {
    bool minus = s.n != 0 && s.p[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + (minus ? 1 : 0), sum = 0;
    size_t i = minus || (s.n != 0 && s.p[0] == '+') ? 1 : 0;
    unsigned digit;

    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        if (!mig_is_digit(s.p[i]))
            return false;
        digit = (unsigned)(s.p[i] - '0');
        if (sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (!minus)
        *value = (int64_t)sum;
    else
        *value = sum > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)sum;
    return true;
}

/* The length of the valid character at p, or 0. The ranges are those of Unicode's table 3-7
   (well-formed UTF-8 byte sequences); NUL is refused. */
static size_t utf8_char(const unsigned char *p, size_t n) {
    unsigned char low = 0x80, high = 0xBF;
    size_t length, i;

    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    length = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (length > n || p[1] < low || p[1] > high)
        return 0;
    for (i = 2; i < length; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return length;
}

/* Are the next 8 bytes ASCII and not NUL? May say no where they are. */
static bool ascii_eight(const char *p) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t eight;

    memcpy(&eight, p, sizeof eight);
    return ((eight | (eight - ones)) & highs) == 0;
}

size_t mig_utf8_check(mig_str s) {
    size_t at = 0, length;

    while (at < s.n) {
        if (s.n - at >= 8 && ascii_eight(s.p + at)) {
            at += 8;
            continue;
        }
        length = utf8_char((const unsigned char *)s.p + at, s.n - at);
        if (length == 0)
            return at;
        at += length;
    }
    return at;
}

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

void mig_text_place(mig_str text, size_t at, int *line, int *column) {
    size_t i;

    *line = 1;
    *column = 1;
    if (at > text.n)
        at = text.n;
    while (at > 0 && at < text.n && is_continuation(text.p[at]))
        at--;
    for (i = 0; i < at; i++) {
        if (text.p[i] == '\n' ||
            (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'))) {
            (*line)++;
            *column = 1;
        } else if (!is_continuation(text.p[i])) {
            (*column)++;
        }
    }
}

mig_buf mig_buf_new(mig_ctx *ctx) {
    mig_buf buf = {NULL, NULL, 0, 0};

    buf.ctx = ctx;
    return buf;
}

/* Room for n more bytes and a NUL. Old bytes stay where they were: views of them stay valid. */
static bool buf_reserve(mig_buf *buf, size_t n) {
    size_t room = buf->room < 32 ? 32 : buf->room;
    char *p;

    if (mig_ctx_error(buf->ctx) != NULL)
        return false;
    if (n < buf->room - buf->n)
        return true;
    if (n > SIZE_MAX / 4 - buf->n)
        return mig_fail(buf->ctx, MIG_E_NOMEM, "out of memory");
    while (room - buf->n <= n)
        room *= 2;
    p = mig_alloc(buf->ctx, room);
    if (p == NULL)
        return false;
    if (buf->n != 0)
        memcpy(p, buf->p, buf->n);
    buf->p = p;
    buf->room = room;
    return true;
}

bool mig_buf_add(mig_buf *buf, mig_str s) {
    if (!buf_reserve(buf, s.n))
        return false;
    if (s.n != 0)
        memcpy(buf->p + buf->n, s.p, s.n);
    buf->n += s.n;
    buf->p[buf->n] = '\0';
    return true;
}

bool mig_buf_add_z(mig_buf *buf, const char *z) {
    return mig_buf_add(buf, mig_str_of(z));
}

bool mig_buf_add_char(mig_buf *buf, char c) {
    if (!buf_reserve(buf, 1))
        return false;
    buf->p[buf->n++] = c;
    buf->p[buf->n] = '\0';
    return true;
}

bool mig_buf_add_number(mig_buf *buf, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return mig_buf_add(buf, (mig_str){digits + at, sizeof digits - at});
}

bool mig_buf_addf(mig_buf *buf, const char *format, ...) {
    va_list args;
    int n;

    if (!buf_reserve(buf, 64))
        return false;
    va_start(args, format);
    n = vsnprintf(buf->p + buf->n, buf->room - buf->n, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n >= buf->room - buf->n) {
        buf->p[buf->n] = '\0';
        if (!buf_reserve(buf, (size_t)n))
            return false;
        va_start(args, format);
        n = vsnprintf(buf->p + buf->n, buf->room - buf->n, format, args);
        va_end(args);
    }
    if (n < 0) {
        buf->p[buf->n] = '\0';
        return mig_fail(buf->ctx, MIG_E_LIMIT, "a text of more than 2 GiB cannot be made");
    }
    buf->n += (size_t)n;
    return true;
}

mig_str mig_buf_str(const mig_buf *buf) {
    mig_str s = {"", 0};

    if (mig_ctx_error(buf->ctx) != NULL) {
        s.p = NULL;
    } else if (buf->p != NULL) {
        s.p = buf->p;
        s.n = buf->n;
    }
    return s;
}

/* Adds s with every quote doubled, and every backslash too if asked for. */
static bool buf_add_doubled(mig_buf *buf, mig_str s, char quote, bool backslashes) {
    size_t i, from = 0;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] != quote && !(backslashes && s.p[i] == '\\'))
            continue;
        mig_buf_add(buf, mig_str_sub(s, from, i + 1 - from));
        from = i;
    }
    return mig_buf_add(buf, mig_str_sub(s, from, s.n - from));
}

/* E'' reads the same under both settings of PostgreSQL's standard_conforming_strings; a plain
   literal does only where it holds no backslash. */
bool mig_buf_add_literal(mig_buf *buf, mig_engine engine, mig_str text) {
    size_t at;
    bool escape = engine == MIG_POSTGRESQL && mig_str_find(text, '\\', &at);

    mig_buf_add_z(buf, escape ? "E'" : "'");
    buf_add_doubled(buf, text, '\'', escape);
    return mig_buf_add_char(buf, '\'');
}

bool mig_buf_add_identifier(mig_buf *buf, mig_str name) {
    mig_buf_add_char(buf, '"');
    buf_add_doubled(buf, name, '"', false);
    return mig_buf_add_char(buf, '"');
}

mig_str mig_str_join(mig_ctx *ctx, const mig_str *items, size_t n, const char *separator) {
    mig_buf buf = mig_buf_new(ctx);
    size_t i;

    if (n == 1 && items[0].p != NULL && mig_ctx_error(ctx) == NULL)
        return items[0];
    for (i = 0; i < n; i++) {
        if (i != 0)
            mig_buf_add_z(&buf, separator);
        mig_buf_add(&buf, items[i]);
    }
    return mig_buf_str(&buf);
}

void *mig_grow(mig_ctx *ctx, void *items, size_t n, size_t *room, size_t size) {
    size_t least = size > 16 ? 1 : size > 8 ? 2 : 4;
    size_t wanted = *room < least ? least : *room;
    void *p;

    if (mig_ctx_error(ctx) != NULL)
        return NULL;
    if (n < *room)
        return items;
    if (wanted > SIZE_MAX / 2 / size) {
        mig_fail(ctx, MIG_E_NOMEM, "out of memory");
        return NULL;
    }
    if (wanted == *room)
        wanted *= 2;
    p = mig_alloc(ctx, wanted * size);
    if (p == NULL)
        return NULL;
    if (n != 0)
        memcpy(p, items, n * size);
    *room = wanted;
    return p;
}

bool mig_list_add(mig_ctx *ctx, mig_list *list, mig_str item) {
    mig_str *items = mig_grow(ctx, list->items, list->n, &list->room, sizeof *items);

    if (items == NULL)
        return false;
    list->items = items;
    list->items[list->n++] = item;
    return true;
}

bool mig_list_has(const mig_list *list, mig_str item) {
    size_t i;

    for (i = 0; i < list->n; i++)
        if (mig_str_eq(list->items[i], item))
            return true;
    return false;
}

/* What the merge of two runs works on. */
typedef struct sort {
    size_t size;
    mig_compare_fn compare;
    void *arg;
} sort;

/* Merges from[left, middle) and from[middle, right) into to[left, right). Equal elements come from
   the left run first, which is what makes the sort stable. */
static void sort_merge(const sort *s, const char *from, char *to, size_t left, size_t middle,
                       size_t right) {
    const char *a = from + left * s->size, *a_end = from + middle * s->size;
    const char *b = a_end, *b_end = from + right * s->size;

    to += left * s->size;
    if (a == a_end || b == b_end || s->compare(a_end - s->size, b, s->arg) <= 0) {
        memcpy(to, a, (right - left) * s->size);
        return;
    }
    while (a < a_end && b < b_end) {
        if (s->compare(a, b, s->arg) <= 0) {
            memcpy(to, a, s->size);
            a += s->size;
        } else {
            memcpy(to, b, s->size);
            b += s->size;
        }
        to += s->size;
    }
    memcpy(to, a, (size_t)(a_end - a));
    memcpy(to + (a_end - a), b, (size_t)(b_end - b));
}

bool mig_sort(mig_ctx *ctx, void *items, size_t n, size_t size, mig_compare_fn compare, void *arg) {
    mig_mark mark = mig_arena_mark(ctx);
    char *from = items, *to, *swap;
    sort s = {0, NULL, NULL};
    size_t width, left, middle, right;

    if (mig_ctx_error(ctx) != NULL)
        return false;
    if (n < 2)
        return true;
    s.size = size;
    s.compare = compare;
    s.arg = arg;
    to = n > SIZE_MAX / size ? NULL : mig_alloc(ctx, n * size);
    if (to == NULL)
        return mig_fail(ctx, MIG_E_NOMEM, "out of memory");
    for (width = 1; width<n; width = width> n / 2 ? n : width * 2) {
        for (left = 0; left < n; left = right) {
            middle = n - left < width ? n : left + width;
            right = n - middle < width ? n : middle + width;
            sort_merge(&s, from, to, left, middle, right);
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != (char *)items)
        memcpy(items, from, n * size);
    mig_arena_release(ctx, mark);
    return true;
}
