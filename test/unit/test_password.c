/*
 * test_password.c: hashes of crypt (5): vectors of public test suites, our own hashes, what is refused,
 * and that no clear text stays behind.
 */
#include "password.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned char next_random;

/* Counts up, so that every salt is another one and every run the same. */
static bool random_count(mig_ctx *ctx, void *bytes, size_t n) {
    unsigned char *p = bytes;

    (void)ctx;
    while (n-- > 0)
        *p++ = next_random++;
    return true;
}

static bool random_fail(mig_ctx *ctx, void *bytes, size_t n) {
    memset(bytes, 0, n);
    return mig_fail(ctx, MIG_E_HOST, "no randomness");
}

static mig_ctx *password_ctx(void) {
    mig_ctx *ctx = unit_ctx();

    mig_ctx_host(ctx)->random = random_count;
    return ctx;
}

/* Vectors of the test programs of crypt_blowfish and jBCrypt, and of the SHA-crypt paper. */
static const struct {
    const char *text, *hash;
} vectors[] = {
    {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
    {"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
    {"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
    {"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
    {"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
    {"\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
    {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are "
     "ignored",
     "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
    {"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
    {"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
    {"Hello world!",
     "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoE"
     "OfaS35inz1"},
    {"Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
};

static void test_vectors(void) {
    mig_ctx *ctx = password_ctx();
    mig_str hash;
    size_t i;

    for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        hash = mig_str_of(vectors[i].hash);
        CHECK(mig_password_verify(ctx, mig_str_of(vectors[i].text), hash));
        CHECK(!mig_password_verify(ctx, MIG_STR("another"), hash));
        CHECK(!mig_password_verify(ctx, mig_str_of(vectors[i].text),
                                   mig_str_sub(hash, 0, hash.n - 1)));
    }
    CHECK(mig_ctx_error(ctx) == NULL);
    unit_free(ctx);
}

static void test_no_hash(void) {
    static const char *const bad[] = {
        "",  "x",      "secret", "$2b$",         "$2b$99$CCCCCCCCCCCCCCCCCCCCC.", "*0", "*1",
        "$", "$9$a$b", "\n",     "!$2a$05$CCCC", "$2b$05$CCCCCCCCCCCCCCCCCCCCC."};
    mig_ctx *ctx = password_ctx();
    char big[1000];
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!mig_password_verify(ctx, MIG_STR("secret"), mig_str_of(bad[i])));
        CHECK(!mig_password_verify(ctx, MIG_STR(""), mig_str_of(bad[i])));
    }
    memset(big, 'a', sizeof big);
    CHECK(!mig_password_verify(ctx, MIG_STR("secret"), (mig_str){big, sizeof big}));
    CHECK(!mig_password_verify(ctx, (mig_str){big, sizeof big}, mig_str_of(vectors[0].hash)));
    CHECK(!mig_password_verify(ctx, MIG_STR("U*U\0x"), mig_str_of(vectors[0].hash)));
    CHECK(!mig_password_verify(ctx, MIG_STR("U*U"), MIG_STR("$2a$\0")));
    CHECK(!mig_password_verify(ctx, (mig_str){NULL, 0}, (mig_str){NULL, 0}));
    CHECK(mig_ctx_error(ctx) == NULL);
    unit_free(ctx);
}

/* Hashes that would take minutes to days, or gigabytes: a hash of the right form is enough to ask for
   it. They are refused at once. */
static void test_too_much_work(void) {
    static const char *const greedy[] = {
        "$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/",
        "$5$rounds=5000001$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
        "$6$rounds=99999999999999999999$saltstring$svn8",
        "$7$LU..../....5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$7$G/...........zzzzz5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$7$5zzzzz/....5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$y$jLT$5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$y$j9kT.$5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$gy$jLT$5Qk/5Qk/5Qk/5Qk/5Qk/5.$x",
        "$sha1$4294967295$5Qk/5Qk/$x",
        "$md5,rounds=4294967295$5Qk/5Qk/$x",
        "_zzzz5Qk/5Qk/5Qk/5Q"};
    mig_ctx *ctx = password_ctx();
    clock_t started = clock();
    size_t i;

    for (i = 0; i < sizeof greedy / sizeof *greedy; i++)
        CHECK(!mig_password_verify(ctx, MIG_STR("U*U"), mig_str_of(greedy[i])));
    CHECK(clock() - started < CLOCKS_PER_SEC / 10);
    CHECK(mig_ctx_error(ctx) == NULL);
    unit_free(ctx);
}

/* What is fast, or costs what ours may, is checked whoever made it. */
static void test_others_hashes(void) {
    static const struct {
        const char *text, *hash;
    } others[] = {
        {"secret", "$y$j75$5Qk/5Qk/5Qk/5Qk/5Qk/5.$Je2w.qAwvbf8kK59.gZxpiytRe4MOrGnwquYN98mxL/"},
        {"secret", "$y$j9T$5Qk/5Qk/5Qk/5Qk/5Qk/5.$9rR10FPKSrCRbrmZKDJuH1yR1vhIigIObWy9gGTKKKB"},
        {"secret", "$gy$j75$5Qk/5Qk/5Qk/5Qk/5Qk/5.$oqPIKOIVcQBtnI9c7Mct4g8XzxgBZaWmOGlpDgRjPN8"},
        {"secret",
         "$7$BU..../....5Qk/5Qk/5Qk/5Qk/5Qk/5.$/eKHLvL.ajICRszpWvYzOsLmiVo48SzMMADTGBPcnw3"},
        {"secret", "$1$5Qk/5Qk/$Ml14z/C4./BIVD0atrgQq."},
        {"secret",
         "$6$rounds=10000$5Qk/5Qk/5Qk/5Qk/"
         "$dsOFD82.oSnQbZtpsgSwA04vE6E34C5SS8gPANOsFBXfAmRiiJGMkfw4lkd4z2y92Oz5waUyca2mmhtExXEvM/"},
        {"secret", "55FdO2XF20Kd."},
        {"secret", "$7$B6....1....saltsalt$Mx/FFWqsJH6mc2QoO7Z/kfLaxDNo8oj.Jm19rPn8lc2"},
    };
    mig_ctx *ctx = password_ctx();
    size_t i;

    for (i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK(mig_password_verify(ctx, mig_str_of(others[i].text), mig_str_of(others[i].hash)));
        CHECK(!mig_password_verify(ctx, MIG_STR("other"), mig_str_of(others[i].hash)));
    }
    unit_free(ctx);
}

static void check_scheme(mig_ctx *ctx, const char *scheme, const char *prefix) {
    mig_str text = MIG_STR("hunter2 \xC3\xA9"), first, second;

    first = mig_password_hash(ctx, text, mig_str_of(scheme));
    second = mig_password_hash(ctx, text, mig_str_of(scheme));
    CHECK(mig_ctx_error(ctx) == NULL);
    CHECK(mig_str_starts(first, mig_str_of(prefix)));
    CHECK(!mig_str_eq(first, second));
    CHECK(mig_password_verify(ctx, text, first) && mig_password_verify(ctx, text, second));
    CHECK(!mig_password_verify(ctx, MIG_STR("hunter2"), first));
}

static void test_schemes(void) {
    mig_ctx *ctx = password_ctx();
    mig_str hash;

    check_scheme(ctx, "bcrypt:4", "$2b$04$");
    check_scheme(ctx, "BCRYPT:05", "$2b$05$");
    check_scheme(ctx, "sha512:1000", "$6$rounds=1000$");
    check_scheme(ctx, "sha256", "$5$");
    check_scheme(ctx, "yescrypt:1", "$y$");
    check_scheme(ctx, "scrypt:6", "$7$");
    hash = mig_password_hash(ctx, MIG_STR("x"), (mig_str){NULL, 0});
    CHECK(mig_str_starts(hash, MIG_STR("$2b$12$")));
    CHECK_INT(hash.n, 60);
    unit_free(ctx);
}

static void test_refused(void) {
    mig_ctx *ctx = password_ctx();
    char big[600];
    const mig_error *error;

    memset(big, 'a', sizeof big);
    CHECK(mig_password_hash(ctx, MIG_STR(""), MIG_STR("bcrypt:4")).p == NULL);
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the password is empty");
    mig_password_hash(ctx, MIG_STR("a\0b"), MIG_STR("bcrypt:4"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the password holds a NUL byte");
    CHECK(mig_password_hash(ctx, (mig_str){big, 72}, MIG_STR("bcrypt:4")).n == 60);
    mig_password_hash(ctx, (mig_str){big, 73}, MIG_STR("bcrypt:4"));
    CHECK_ERROR(ctx, MIG_E_LIMIT, "the password is longer than 72 bytes");
    CHECK(mig_password_hash(ctx, (mig_str){big, 73}, MIG_STR("sha256:1000")).n > 0);
    mig_password_hash(ctx, (mig_str){big, 512}, MIG_STR("sha256:1000"));
    CHECK_ERROR(ctx, MIG_E_LIMIT, "the password is longer than 511 bytes");
    mig_password_hash(ctx, MIG_STR("bcrypt"), MIG_STR("hunter2"));
    error = mig_ctx_error(ctx);
    CHECK(error != NULL && strstr(error->message, "hunter2") == NULL && error->detail == NULL &&
          strstr(error->hint, "hunter2") == NULL);
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "unknown password scheme");
    mig_password_hash(ctx, MIG_STR("x"), MIG_STR("bcrypt:3"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the cost of bcrypt is a number from 4 to 16");
    mig_password_hash(ctx, MIG_STR("x"), MIG_STR("bcrypt:"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the cost of bcrypt is a number from 4 to 16");
    mig_password_hash(ctx, MIG_STR("x"), MIG_STR("sha512:12"));
    CHECK_ERROR(ctx, MIG_E_ARGUMENT, "the cost of sha512 is a number from 1000 to 5000000");
    mig_ctx_host(ctx)->random = random_fail;
    mig_password_hash(ctx, MIG_STR("x"), MIG_STR("bcrypt:4"));
    CHECK(!mig_password_verify(ctx, MIG_STR("U*U"), mig_str_of(vectors[0].hash)));
    CHECK_ERROR(ctx, MIG_E_HOST, "no randomness");
    unit_free(ctx);
}

/* ---- nothing stays behind ---------------------------------------------------------------- */

#define SECRET "c1ear-text-of-a-password"

static size_t n_found, n_released;
static void (*release_below)(mig_host *host, void *p);
static void *(*alloc_below)(mig_host *host, size_t n);
static struct {
    void *p;
    size_t n;
} blocks[64];

static void *alloc_noted(mig_host *host, size_t n) {
    void *p = alloc_below(host, n);
    size_t i;

    for (i = 0; i < 64 && p != NULL; i++) {
        if (blocks[i].p != NULL)
            continue;
        blocks[i].p = p;
        blocks[i].n = n;
        memset(p, 0, n);
        break;
    }
    return p;
}

static bool holds_secret(const char *p, size_t n) {
    size_t i;

    for (i = 0; i + sizeof SECRET - 1 <= n; i++)
        if (memcmp(p + i, SECRET, sizeof SECRET - 1) == 0)
            return true;
    return false;
}

static void release_searched(mig_host *host, void *p) {
    size_t i;

    for (i = 0; i < 64 && p != NULL; i++) {
        if (blocks[i].p != p)
            continue;
        n_found += holds_secret(p, blocks[i].n);
        n_released++;
        blocks[i].p = NULL;
    }
    release_below(host, p);
}

static void test_wiped(void) {
    mig_ctx *ctx = password_ctx();
    mig_host *host = mig_ctx_host(ctx);

    alloc_below = host->alloc;
    release_below = host->release;
    host->alloc = alloc_noted;
    host->release = release_searched;
    mig_password_hash(ctx, MIG_STR(SECRET), MIG_STR("bcrypt:4"));
    mig_password_hash(ctx, MIG_STR(SECRET), MIG_STR("sha256:1000"));
    mig_password_verify(ctx, MIG_STR(SECRET), mig_str_of(vectors[0].hash));
    mig_password_verify(ctx, MIG_STR(SECRET), MIG_STR("no hash"));
    mig_str_copy(ctx, MIG_STR("something"));
    CHECK(mig_ctx_error(ctx) == NULL);
    host->release = release_searched;
    unit_free(ctx);
    CHECK(n_released > 0);
    CHECK_INT(n_found, 0);
}

static bool hash_work(mig_ctx *ctx, void *arg) {
    mig_str hash;

    (void)arg;
    mig_ctx_host(ctx)->random = random_count;
    hash = mig_password_hash(ctx, MIG_STR("x"), MIG_STR("bcrypt:4"));
    return hash.p != NULL && mig_password_verify(ctx, MIG_STR("x"), hash);
}

int main(void) {
    test_vectors();
    test_no_hash();
    test_too_much_work();
    test_others_hashes();
    test_schemes();
    test_refused();
    test_wiped();
    CHECK(unit_torture(hash_work, NULL) > 0);
    return unit_end("password");
}
