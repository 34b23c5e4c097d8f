/* types.h - small types that kith's API and its modules share. */
#ifndef KITH_TYPES_H
#define KITH_TYPES_H

#include <stddef.h>

/* How near two vectors are. The distance is always smaller for nearer vectors. */
typedef enum kith_metric {
    KITH_COSINE = 0,       /* 1 - cosine; vectors of zero length are refused */
    KITH_SQUARED_L2 = 1,   /* sum of squared differences */
    KITH_INNER_PRODUCT = 2 /* 1 - dot product */
} kith_metric;

/* What of a collection's vectors is in memory (budget.h). */
typedef enum kith_memory {
    KITH_MEMORY_FULL = 0,   /* all of it, unless there is a limit that it does not fit in */
    KITH_MEMORY_COMPACT = 1 /* graph and codes, once there are some; vectors are on the disk */
} kith_memory;

/* What a reader tells of a file that it read: parts that carry text and were passed over, and what
 * it could only guess, in plain words with the place: "slide 3: a diagram is not read". */
typedef struct kith_notices {
    size_t count;
    const char *const *texts; /* [count] */
} kith_notices;

enum {
    KITH_DIMENSION_MAX = 65536,
    KITH_NAME_MAX_BYTES = 512,               /* of a collection, a database, a tenant */
    KITH_KEY_MAX_BYTES = 1024,               /* ids of points and documents */
    KITH_CONFIGURATION_MAX_BYTES = 64 << 10, /* of a collection's configuration */
    KITH_DOCUMENT_MAX_BYTES = 64 << 20,      /* of one document's text, and of one file read */
    KITH_BATCH_MAX_POINTS = 10000,
    KITH_K_MAX = 10000
};

#endif
