/*
 * key_order.c: see key_order.h.
 */
#include "key_order.h"

#include <string.h>

#include "cell.h"

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

static mig_key_part number_canonical(mig_str text) {
    mig_key_part part = {false, mig_str_trim(text)};

    if (part.text.n > 1 && (part.text.p[0] == '+' || part.text.p[0] == '-')) {
        part.negative = part.text.p[0] == '-';
        part.text = mig_str_sub(part.text, 1, part.text.n);
    }
    part.text = fraction_cut(part.text);
    while (part.text.n > 1 && part.text.p[0] == '0' &&
           (mig_is_digit(part.text.p[1]) || part.text.p[1] == '.'))
        part.text = mig_str_sub(part.text, 1, part.text.n);
    if (is_zero(part.text))
        part.negative = false;
    return part;
}

static mig_key_part canonical(const mig_field *field, mig_str text) {
    mig_key_part part = {false, text};
    bool value;

    if (field->kind == MIG_FIELD_INTEGER || field->kind == MIG_FIELD_NUMBER)
        return number_canonical(text);
    if (field->kind == MIG_FIELD_BOOLEAN && mig_boolean_of(mig_str_trim(text), &value))
        part.text = value ? MIG_STR("true") : MIG_STR("false");
    return part;
}

mig_key_part mig_key_canonical(const mig_shape *shape, const mig_row *row, size_t i) {
    size_t place = shape->key[i];

    return canonical(mig_shape_field(shape, place), row->cells[place].text);
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

bool mig_key_ascends(mig_key_order *order, const mig_shape *shape, const mig_row *row) {
    mig_key_part key, last = {order->negative, {order->last, order->n}};

    if (order->goal != shape->goal) {
        order->goal = shape->goal;
        order->known = false;
    }
    if (shape->n_key != 1)
        return false;
    key = mig_key_canonical(shape, row, 0);
    if (key.text.n > sizeof order->last || (order->known && !is_above(key, last)))
        return false;
    memcpy(order->last, key.text.p, key.text.n);
    order->n = key.text.n;
    order->negative = key.negative;
    order->known = true;
    return true;
}
