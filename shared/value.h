/*
 * value.h: makes SQL values.
 */
#ifndef MIG_VALUE_H
#define MIG_VALUE_H

#include "text.h"

/* A text that is not given becomes the empty one: NULL is for who means it. */
static inline mig_value mig_value_text(mig_str text) {
    return (mig_value){MIG_TEXT, text.p != NULL ? text : MIG_STR(""), 0};
}

static inline mig_value mig_value_int(int64_t integer) {
    return (mig_value){MIG_INT, {NULL, 0}, integer};
}

#endif
