/*
 * early.c: an allocation before all others in the process, for a server under AddressSanitizer.
 *
 * The sanitizer starts at the first allocation. In a server that is linked with libsystemd, as
 * Debian's is, the first comes from the constructor of libgpg-error, within bindtextdomain and under
 * its lock; starting, the sanitizer asks for a text and waits for that lock for ever. A library that
 * is initialised first (-z initfirst) allocates before that.
 */
#include <stdlib.h>

static void *volatile first;

__attribute__((constructor)) static void early(void) {
    first = malloc(1);
    free((void *)first);
}
