/* late_library.h - a shared object that the program loads when it first needs it.
 * Linking it would load it, and all that it depends on, at the start of every command. */
#ifndef KITH_OS_LATE_LIBRARY_H
#define KITH_OS_LATE_LIBRARY_H

#include "base/status.h"

/* What is expected of a shared object. */
typedef struct late_library {
    const char *need;           /* "requests need libcurl": how messages begin */
    const char *const *symbols; /* names of functions; NULL ends */
} late_library;

/* Loads the shared object `name` for the rest of the process and finds every function of `l` in it;
 * its symbols stay out of the program's own name space (RTLD_LOCAL).
 * addresses  one for each of l->symbols, in their order; meaningless on failure. ISO C has no cast
 *            from an object's pointer to a function's; POSIX says that they look alike, so the
 *            caller copies the bytes
 * Any thread. Errors: KITH_ERR_IO when it cannot be loaded or lacks a function; the message names
 * both; a library that lacks one is unloaded. */
KITH_CHECKED kith_status late_library_open(const late_library *l, const char *name,
                                           void **addresses, kith_error *err);

#endif
