/*
 * password.c: migrate_password_hash and migrate_password_verify, ordinary functions that scripts and
 * statements may call anywhere.
 *
 * The clear text is hashed as UTF-8, so that the hash is the same whatever the database's encoding. A
 * copy that was made to convert it is wiped.
 */
#include "pgm.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "../shared/password.h"

PG_FUNCTION_INFO_V1(migrate_password_hash);
PG_FUNCTION_INFO_V1(migrate_password_verify);

static mig_str text_view(const text *packed) {
    return pgm_from_server(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
}

static void secret_wipe(const text *packed, mig_str view) {
    if (view.p != VARDATA_ANY(packed))
        explicit_bzero(unconstify(char *, view.p), view.n);
}

static void check(mig_ctx *ctx) {
    if (mig_ctx_error(ctx) != NULL)
        pgm_throw(ctx);
}

Datum migrate_password_hash(PG_FUNCTION_ARGS) {
    mig_str clear, scheme = {NULL, 0}, hash;
    text *packed;
    pgm_host *host;
    mig_ctx *ctx;
    char *answer;

    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    packed = PG_GETARG_TEXT_PP(0);
    clear = text_view(packed);
    if (!PG_ARGISNULL(1))
        scheme = text_view(PG_GETARG_TEXT_PP(1));
    host = pgm_host_new(CurrentMemoryContext, "migrate_password_hash");
    ctx = pgm_host_ctx(host);
    hash = mig_password_hash(ctx, clear, scheme);
    secret_wipe(packed, clear);
    check(ctx);
    answer = pgm_to_server(hash);
    pgm_host_free(host);
    PG_RETURN_TEXT_P(cstring_to_text(answer));
}

Datum migrate_password_verify(PG_FUNCTION_ARGS) {
    text *packed = PG_GETARG_TEXT_PP(0);
    mig_str clear = text_view(packed), hash = text_view(PG_GETARG_TEXT_PP(1));
    pgm_host *host = pgm_host_new(CurrentMemoryContext, "migrate_password_verify");
    mig_ctx *ctx = pgm_host_ctx(host);
    bool fits = mig_password_verify(ctx, clear, hash);

    secret_wipe(packed, clear);
    check(ctx);
    pgm_host_free(host);
    PG_RETURN_BOOL(fits);
}
