/* patience.h - how long a test waits before it gives up: what is generous on a good machine, times
 * what this one has shown itself to be slower (KITH_TEST_SLOWNESS, measured by tests/run.py). */
#ifndef KITH_PATIENCE_H
#define KITH_PATIENCE_H

#include <stdint.h>
#include <stdlib.h>

/* `ms` are plenty on a good idle machine. */
static inline uint32_t patience_ms(uint32_t ms)
{
    const char *text = getenv("KITH_TEST_SLOWNESS");
    double slowness = text ? strtod(text, NULL) : 1;
    return (uint32_t)(ms * (slowness > 1 ? slowness : 1));
}

#endif
