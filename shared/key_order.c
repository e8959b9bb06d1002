/*
 * key_order.c: see key_order.h.
 */
#include "key_order.h"

#include <string.h>

#include "cell.h"

#define EXPONENT_MOST 400 /* beyond what a floating point number has */

static bool is_digits(mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0;
}

static bool is_zero(mig_str text) {
    size_t i;

    for (i = 0; i < text.n; i++)
        if (text.p[i] != '0' && text.p[i] != '.')
            return false;
    return true;
}

/* 1.50 is 1.5, and 2.00 is 2. With an exponent the text stays as it is. */
static mig_str fraction_cut(mig_str text) {
    if (text.n == 0 || memchr(text.p, '.', text.n) == NULL || memchr(text.p, 'e', text.n) != NULL ||
        memchr(text.p, 'E', text.n) != NULL)
        return text;
    while (text.n > 1 && text.p[text.n - 1] == '0')
        text.n--;
    if (text.n > 1 && text.p[text.n - 1] == '.')
        text.n--;
    return text;
}

/* The digits with their point moved by exponent, for which there are enough zeros. */
static mig_str point_move(mig_ctx *ctx, mig_str digits, size_t point, int64_t exponent) {
    mig_buf buf = mig_buf_new(ctx);
    int64_t i, n = (int64_t)digits.n, at = (int64_t)point + exponent;

    for (i = at < 1 ? at - 1 : 0; i < (at > n ? at : n); i++) {
        if (i == at)
            mig_buf_add_char(&buf, '.');
        mig_buf_add_char(&buf, i < 0 || i >= n ? '0' : digits.p[i]);
    }
    return mig_buf_str(&buf);
}

/* 1.5e1 is 15. What is no number, or one of very many digits, stays as it is. */
static mig_str exponent_cut(mig_ctx *ctx, mig_str text) {
    mig_str digits = {NULL, 0};
    mig_buf buf = mig_buf_new(ctx);
    int64_t exponent;
    size_t at, point;

    if (!mig_str_find(text, 'e', &at) && !mig_str_find(text, 'E', &at))
        return text;
    if (!mig_str_to_int(mig_str_sub(text, at + 1, text.n), &exponent) || exponent > EXPONENT_MOST ||
        exponent < -EXPONENT_MOST)
        return text;
    digits = mig_str_sub(text, 0, at);
    if (mig_str_find(digits, '.', &point)) {
        mig_buf_add(&buf, mig_str_sub(digits, 0, point));
        mig_buf_add(&buf, mig_str_sub(digits, point + 1, digits.n));
        digits = mig_buf_str(&buf);
    } else {
        point = digits.n;
    }
    return is_digits(digits) ? point_move(ctx, digits, point, exponent) : text;
}

static mig_key_part number_canonical(mig_ctx *ctx, mig_str text) {
    mig_key_part part = {false, mig_str_trim(text)};

    if (is_digits(part.text) && part.text.p[0] != '0')
        return part;
    if (part.text.n > 1 && (part.text.p[0] == '+' || part.text.p[0] == '-')) {
        part.negative = part.text.p[0] == '-';
        part.text = mig_str_sub(part.text, 1, part.text.n);
    }
    part.text = fraction_cut(exponent_cut(ctx, part.text));
    while (part.text.n > 1 && part.text.p[0] == '0' &&
           (mig_is_digit(part.text.p[1]) || part.text.p[1] == '.'))
        part.text = mig_str_sub(part.text, 1, part.text.n);
    if (part.text.n > 0 && is_zero(part.text))
        part = (mig_key_part){false, MIG_STR("0")};
    return part;
}

bool mig_key_canonical(mig_ctx *ctx, const mig_shape *shape, const mig_row *row, size_t i,
                       mig_key_part *part) {
    const mig_host *host = mig_ctx_host(ctx);
    size_t place = shape->key[i];
    const mig_field *field = mig_shape_field(shape, place);
    mig_str text = row->cells[place].text;
    bool value;

    if (host->canonical != NULL &&
        !host->canonical(ctx, &shape->goal->relation, shape->fields[place], text, &text))
        return false;
    *part = (mig_key_part){false, text};
    if (field->kind == MIG_FIELD_INTEGER || field->kind == MIG_FIELD_NUMBER)
        *part = number_canonical(ctx, text);
    else if (field->kind == MIG_FIELD_BOOLEAN && mig_boolean_of(mig_str_trim(text), &value))
        part->text = value ? MIG_STR("true") : MIG_STR("false");
    return mig_ctx_error(ctx) == NULL;
}

/* Digits by their number, else bytewise. */
static bool text_is_above(mig_str key, mig_str last) {
    if (is_digits(key) && is_digits(last) && key.n != last.n)
        return key.n > last.n;
    return is_digits(key) == is_digits(last) && mig_str_compare(key, last) > 0;
}

static bool is_above(mig_key_part key, mig_key_part last) {
    if (key.negative != last.negative)
        return last.negative && is_digits(key.text) && is_digits(last.text);
    return key.negative ? text_is_above(last.text, key.text) : text_is_above(key.text, last.text);
}

bool mig_key_ascends(mig_ctx *ctx, mig_key_order *order, const mig_shape *shape, const mig_row *row,
                     bool *ascends) {
    mig_key_part key, last = {order->negative, {order->last, order->n}};

    *ascends = false;
    if (order->goal != shape->goal) {
        order->goal = shape->goal;
        order->known = false;
    }
    if (shape->n_key != 1)
        return true;
    if (!mig_key_canonical(ctx, shape, row, 0, &key))
        return false;
    if (key.text.n > sizeof order->last || (order->known && !is_above(key, last)))
        return true;
    memcpy(order->last, key.text.p, key.text.n);
    order->n = key.text.n;
    order->negative = key.negative;
    order->known = true;
    *ascends = true;
    return true;
}
