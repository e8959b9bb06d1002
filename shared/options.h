/*
 * options.h: the last argument of most functions: a flat JSON object (RFC 8259).
 *
 * Values: text, true/false, integers, and lists of texts. An unknown or doubled key, a value of the
 * wrong kind and malformed text are errors that name the option, list the known ones, and give the
 * place ("options, line 1, column 14").
 */
#ifndef MIG_OPTIONS_H
#define MIG_OPTIONS_H

#include "text.h"

typedef enum mig_option_kind {
    MIG_OPTION_TEXT,
    MIG_OPTION_BOOL,
    MIG_OPTION_INT,
    MIG_OPTION_LIST
} mig_option_kind;

/* One known option. The caller points value at where it wants it: mig_str (TEXT; {NULL,0} when not
   given), bool, int64_t or mig_list (LIST also takes one text with items separated by commas). */
typedef struct mig_option {
    const char *name;
    mig_option_kind kind;
    void *value;
    bool given; /* filled by the parser */
} mig_option;

/* arg NULL or MIG_NULL or an empty text: no options. function is the SQL name, for messages. */
bool mig_options_parse(mig_ctx *ctx, const char *function, const mig_value *arg,
                       mig_option *options, size_t n);

#endif
