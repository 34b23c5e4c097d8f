/* known_models.h - the models that kith model can fetch: where each comes from and the digest of every
 * file, so that what arrives is what was published. */
#ifndef KITH_CLI_KNOWN_MODELS_H
#define KITH_CLI_KNOWN_MODELS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct known_file {
    const char *name, *sha256; /* 64 lower-case hexadecimal digits */
    uint64_t bytes;
} known_file;

typedef struct known_model {
    const char *name, *what;
    const char *package, *version; /* of the Python package index */
    const char *wheel_sha256;
    const char *folder; /* of the files in the wheel */
    bool
        is_of_cpython_311; /* the wheel is one of many, for CPython 3.11 on x86-64; its files are those
                                of all of them */
    const known_file *files; /* a name of NULL ends */
} known_model;

/* A name of NULL ends. */
extern const known_model known_models[];
/* NULL: none of this name. */
const known_model *known_model_find(const char *name);

/* Looks whether each file is there and has its size, which reads none of it. Errors: as below. */
KITH_CHECKED kith_status known_model_look(const known_model *m, const char *directory,
                                          kith_error *err);
/* Compares each file in `directory` with its digest.
 * Errors: KITH_ERR_NOT_FOUND (a file is missing), KITH_ERR_MODEL (it is another; the message names
 * it), KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status known_model_verify(const known_model *m, const char *directory,
                                            kith_error *err);

#endif
