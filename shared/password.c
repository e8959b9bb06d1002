/*
 * password.c: see password.h.
 *
 * The clear text is in one place of ours: the work area of crypt, which has a field for it and comes
 * from the arena. It is overwritten before it goes back there, on every path; nothing in between can
 * jump, because the host is asked for randomness before. Messages hold no argument: with the two
 * swapped the scheme would be the clear text.
 */
#include "password.h"

#include <crypt.h>
#include <string.h>

#define MAX_TEXT (CRYPT_MAX_PASSPHRASE_SIZE - 1) /* bytes that crypt takes */
#define MAX_BCRYPT 72                            /* bytes that bcrypt looks at */
#define N_RANDOM 16

typedef struct scheme {
    const char *name;
    const char *prefix;
    unsigned long cost; /* where none is given; 0: crypt's own */
    int64_t least, most;
    size_t max_text;
} scheme;

/* Each step of a cost doubles the work of the first three. Nothing can interrupt crypt, so the highest
   costs are those of a few seconds and a few hundred MB. */
static const scheme schemes[] = {
    {"bcrypt", "$2b$", 12, 4, 16, MAX_BCRYPT},     {"yescrypt", "$y$", 0, 1, 8, MAX_TEXT},
    {"scrypt", "$7$", 0, 6, 10, MAX_TEXT},         {"sha512", "$6$", 0, 1000, 5000000, MAX_TEXT},
    {"sha256", "$5$", 0, 1000, 5000000, MAX_TEXT},
};

/* A compiler must not leave out the writes, although nobody reads what they write. */
static void wipe(void *p, size_t n) {
    volatile unsigned char *bytes = p;

    while (n > 0)
        bytes[--n] = 0;
}

/* ---- arguments --------------------------------------------------------------------------- */

/* Always NULL. */
static const scheme *scheme_fail(mig_ctx *ctx) {
    mig_fail(ctx, MIG_E_ARGUMENT, "unknown password scheme");
    mig_hint(ctx,
             "The schemes are bcrypt, yescrypt, scrypt, sha512 and sha256; a cost may follow, as "
             "in bcrypt:12. The text to hash is the first argument, the scheme the second.");
    return NULL;
}

static const scheme *cost_fail(mig_ctx *ctx, const scheme *wanted) {
    mig_fail(ctx, MIG_E_ARGUMENT, "the cost of %s is a number from %ld to %ld", wanted->name,
             (long)wanted->least, (long)wanted->most);
    mig_hint(ctx, "Write it behind a colon, as in %s:%ld.", wanted->name,
             (long)(wanted->cost == 0 ? wanted->least : (int64_t)wanted->cost));
    return NULL;
}

/* Reads "bcrypt" or "bcrypt:12". */
static const scheme *scheme_read(mig_ctx *ctx, mig_str text, unsigned long *cost) {
    const scheme *wanted = NULL;
    size_t colon = text.n, i;
    int64_t number;

    if (text.n == 0)
        text = MIG_STR("bcrypt");
    if (!mig_str_find(text, ':', &colon))
        colon = text.n;
    for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (mig_str_is_nocase(mig_str_sub(text, 0, colon), schemes[i].name))
            wanted = &schemes[i];
    if (wanted == NULL)
        return scheme_fail(ctx);
    *cost = wanted->cost;
    if (colon == text.n)
        return wanted;
    if (!mig_str_to_int(mig_str_sub(text, colon + 1, SIZE_MAX), &number) ||
        number < wanted->least || number > wanted->most)
        return cost_fail(ctx, wanted);
    *cost = (unsigned long)number;
    return wanted;
}

static bool text_check(mig_ctx *ctx, mig_str text, const scheme *wanted) {
    if (text.n == 0) {
        mig_fail(ctx, MIG_E_ARGUMENT, "the password is empty");
        mig_hint(ctx, "An empty password lets everybody in; use NULL for an account without one.");
        return false;
    }
    if (memchr(text.p, '\0', text.n) != NULL)
        return mig_fail(ctx, MIG_E_ARGUMENT, "the password holds a NUL byte");
    if (text.n <= wanted->max_text)
        return true;
    mig_fail(ctx, MIG_E_LIMIT, "the password is longer than %lu bytes",
             (unsigned long)wanted->max_text);
    if (wanted->max_text == MAX_BCRYPT)
        mig_hint(ctx,
                 "bcrypt would not look at the rest; a longer one can be hashed with yescrypt, "
                 "scrypt, sha512 or sha256.");
    return false;
}

/* ---- crypt ------------------------------------------------------------------------------- */

/* The hash of text under a setting, into output (CRYPT_OUTPUT_SIZE bytes); false: crypt does not take
   the setting, or there is no memory (then the error is set). text holds no NUL. */
static bool text_crypt(mig_ctx *ctx, mig_str text, const char *setting, char *output) {
    mig_mark mark = mig_arena_mark(ctx);
    struct crypt_data *data = mig_alloc_zero(ctx, 1, sizeof *data);
    const char *hash;

    if (data == NULL)
        return false;
    if (text.n > 0)
        memcpy(data->input, text.p, text.n);
    hash = crypt_rn(data->input, setting, data, (int)sizeof *data);
    output[0] = '\0';
    if (hash != NULL && hash[0] != '*' && strlen(hash) < CRYPT_OUTPUT_SIZE)
        memcpy(output, hash, strlen(hash) + 1);
    wipe(data, sizeof *data);
    mig_arena_release(ctx, mark);
    return output[0] != '\0';
}

mig_str mig_password_hash(mig_ctx *ctx, mig_str text, mig_str scheme_text) {
    char salt[N_RANDOM], setting[CRYPT_GENSALT_OUTPUT_SIZE], output[CRYPT_OUTPUT_SIZE];
    const mig_str none = {NULL, 0};
    const scheme *wanted;
    unsigned long cost;

    if (mig_ctx_error(ctx) != NULL)
        return none;
    wanted = scheme_read(ctx, scheme_text, &cost);
    if (wanted == NULL || !text_check(ctx, text, wanted) ||
        !mig_ctx_host(ctx)->random(ctx, salt, sizeof salt))
        return none;
    if (crypt_gensalt_rn(wanted->prefix, cost, salt, (int)sizeof salt, setting,
                         (int)sizeof setting) == NULL ||
        !text_crypt(ctx, text, setting, output)) {
        mig_fail(ctx, MIG_E_UNSUPPORTED, "the crypt library of this system cannot make a %s hash",
                 wanted->name);
        mig_hint(ctx, "Choose another scheme: bcrypt, yescrypt, scrypt, sha512 or sha256.");
        return none;
    }
    return mig_str_copy(ctx, mig_str_of(output));
}

/* ---- the work a hash asks for ------------------------------------------------------------ */

/* The value of a digit of crypt's base 64; 64: it is none. */
static unsigned digit_value(char c) {
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? 64 : (unsigned)(found - digits);
}

static bool has_prefix(mig_str hash, const char *prefix) {
    return mig_str_starts(hash, mig_str_of(prefix));
}

/* "$2b$12$..." */
static bool bcrypt_is_bounded(mig_str hash) {
    int64_t cost;

    return hash.n > 7 && hash.p[3] == '$' && hash.p[6] == '$' &&
           mig_str_to_int(mig_str_sub(hash, 4, 2), &cost) && cost <= schemes[0].most;
}

/* "$6$rounds=5000$...", or without a number: 5000 */
static bool sha_is_bounded(mig_str hash) {
    const mig_str word = MIG_STR("rounds=");
    mig_str rest = mig_str_sub(hash, 3, hash.n);
    int64_t rounds;
    size_t end;

    if (!mig_str_starts(rest, word))
        return true;
    rest = mig_str_sub(rest, word.n, rest.n);
    return mig_str_find(rest, '$', &end) && mig_str_to_int(mig_str_sub(rest, 0, end), &rounds) &&
           rounds <= schemes[3].most;
}

/* "$7$", the logarithm of N, then five digits each of r and p, the lowest first. What the bound allows
   is 512 MB. */
static bool scrypt_is_bounded(mig_str hash) {
    uint64_t factors[2] = {0, 0};
    size_t i;

    if (hash.n < 14 || digit_value(hash.p[3]) > 22)
        return false;
    for (i = 0; i < 10; i++) {
        if (digit_value(hash.p[4 + i]) > 63)
            return false;
        factors[i / 5] |= (uint64_t)digit_value(hash.p[4 + i]) << (6 * (i % 5));
    }
    return factors[0] <= 64 && factors[1] <= 64 &&
           (factors[0] * factors[1]) << digit_value(hash.p[3]) <= (uint64_t)32 << 17;
}

/* "$y$" or "$gy$", and a digit each for flavour, N and r: what takes more than one, or further
   parameters, is more than crypt makes by itself. N goes up to that of cost 8. */
static bool yescrypt_is_bounded(mig_str hash) {
    size_t at = hash.p[1] == 'g' ? 4 : 3;

    return hash.n > at + 3 && digit_value(hash.p[at]) < 48 && digit_value(hash.p[at + 1]) <= 14 &&
           digit_value(hash.p[at + 2]) < 48 && hash.p[at + 3] == '$';
}

/* A hash says itself how much work it takes to check it, and whoever may write one could keep us busy
   for days, or without memory. */
static bool is_bounded(mig_str hash) {
    if (has_prefix(hash, "$2"))
        return bcrypt_is_bounded(hash);
    if (has_prefix(hash, "$5$") || has_prefix(hash, "$6$"))
        return sha_is_bounded(hash);
    if (has_prefix(hash, "$7$"))
        return scrypt_is_bounded(hash);
    if (has_prefix(hash, "$y$") || has_prefix(hash, "$gy$"))
        return yescrypt_is_bounded(hash);
    return has_prefix(hash, "$1$") || (hash.p[0] != '$' && hash.p[0] != '_');
}

/* ---- verify ------------------------------------------------------------------------------ */

/* Takes as long wherever the two differ. */
static bool equal_in_constant_time(const char *a, const char *b, size_t n) {
    unsigned difference = 0;
    size_t i;

    for (i = 0; i < n; i++)
        difference |= (unsigned)((unsigned char)a[i] ^ (unsigned char)b[i]);
    return difference == 0;
}

bool mig_password_verify(mig_ctx *ctx, mig_str text, mig_str hash) {
    char setting[CRYPT_OUTPUT_SIZE], output[CRYPT_OUTPUT_SIZE];

    if (mig_ctx_error(ctx) != NULL || text.n > MAX_TEXT || hash.n == 0 ||
        hash.n >= sizeof setting || memchr(hash.p, '\0', hash.n) != NULL ||
        (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) || !is_bounded(hash))
        return false;
    memcpy(setting, hash.p, hash.n);
    setting[hash.n] = '\0';
    return text_crypt(ctx, text, setting, output) && strlen(output) == hash.n &&
           equal_in_constant_time(output, setting, hash.n);
}
