/* interned.h - interned strings: each distinct string stored once, under a small number.
 * Columns hold millions of strings of which few differ; comparing two of them is then comparing two
 * numbers. Strings are never taken out; reading a file anew is what drops unused ones.
 *
 * Threads: interned_add and interned_done are exclusive; the others may run in any number of
 * threads at once, none of them beside an exclusive one. */
#ifndef KITH_FIELDS_INTERNED_H
#define KITH_FIELDS_INTERNED_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { INTERNED_NONE = 0 /* the number of no string */ };

/* Zero-initialised is empty. Numbers run from 1 to count, in the order of arrival. */
typedef struct interned {
    char *bytes; /* all strings, one after the other */
    size_t bytes_capacity;
    uint64_t *ends; /* [capacity + 1] string i is bytes ends[i - 1]..ends[i]; ends[0] is 0 */
    uint32_t count, capacity; /* strings */
    uint32_t *slots;          /* [slot_count] hash table: a string's number or INTERNED_NONE */
    uint32_t slot_count;      /* 2 * capacity, a power of two */
} interned;

/* Frees the memory and leaves an empty table, which may be used again. */
void interned_done(interned *t);
size_t interned_bytes(const interned *t); /* memory held */
/* The string with that number, 1..count. Borrowed until the next interned_add. */
view interned_text(const interned *t, uint32_t number);
/* The number of `text`; INTERNED_NONE when it is not there. */
uint32_t interned_find(const interned *t, view text);
/* The number of `text`, which is copied when it is new. INTERNED_NONE: out of memory, or 2^32 / 8
 * strings; nothing that can be seen has changed. */
uint32_t interned_add(interned *t, view text);

/* Verifies that strings follow one another and that each is found under its number.
 * KITH_ERR_CORRUPT names what is broken. */
KITH_CHECKED kith_status interned_check(const interned *t, kith_error *err);

#endif
