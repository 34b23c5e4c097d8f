/* interned.h - each distinct string once, under a small number.
 * Columns hold millions of strings of which few differ; a number is compared instead. */
#ifndef KITH_FIELDS_INTERNED_H
#define KITH_FIELDS_INTERNED_H

#include "base/view.h"

#include <stdint.h>

enum { INTERNED_NONE = 0 };

/* Zero-initialise. Numbers run from 1 to count, in order of arrival. Not thread safe for writing.
 */
typedef struct interned {
    char *bytes; /* all strings, one after the other */
    size_t bytes_capacity;
    uint64_t *ends; /* [capacity + 1] string i lies in ends[i - 1]..ends[i]; ends[0] is 0 */
    uint32_t count, capacity;
    uint32_t *slots; /* [slot_count] a power of two; INTERNED_NONE or a number */
    uint32_t slot_count;
} interned;

void interned_done(interned *t);
size_t interned_bytes(const interned *t);
view interned_text(const interned *t, uint32_t number);
/* INTERNED_NONE: not there. */
uint32_t interned_find(const interned *t, view text);
/* The number of `text`, new or old; INTERNED_NONE: out of memory, nothing changed. */
uint32_t interned_add(interned *t, view text);

#endif
