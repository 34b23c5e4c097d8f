/* line_driver.h - what grounding_driver.c, reader_driver.c and refusals_driver.c share: a model, a
 * collection, and a JSON line out for each JSON line in. */
#ifndef KITH_BENCH_LINE_DRIVER_H
#define KITH_BENCH_LINE_DRIVER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "db/collection.h"
#include "embed/embedder.h"

enum { MAX_LINE_BYTES = 16 << 20 };

typedef struct line_driver {
    const char *name; /* of the program, for messages */
    /* Appends the answer of `line` and a line feed to *out. What it allocates of `a` lives until it
     * returns. */
    kith_status (*answer)(collection *c, embedder *e, view line, arena *a, buffer *out,
                          kith_error *err);
} line_driver;

/* PROGRAM MODEL DATA COLLECTION < lines > lines: the whole of main(). Ends at the first failure, and
 * tells it on standard error.
 * Returns the exit status. */
int line_driver_run(const line_driver *driver, int argc, char **argv);

#endif
