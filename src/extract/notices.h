/* notices.h - what a reader tells the user about a file that it read: parts that carry text and were
 * passed over, and what it could only guess. A person who misses something looks there first
 * (`kith files`), so each notice is plain words with the place: "slide 3: a diagram is not read". */
#ifndef KITH_EXTRACT_NOTICES_H
#define KITH_EXTRACT_NOTICES_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { NOTICES_MAX = 32, NOTICE_MAX_BYTES = 400 };

/* Zero-initialised: no notice. */
typedef struct notice_list {
    view texts[NOTICES_MAX]; /* different, of 1..NOTICE_MAX_BYTES bytes of UTF-8 without control
                                characters */
    uint32_t count;
    uint32_t omitted; /* further ones, for which there was no room */
} notice_list;

/* Adds a copy, in `a`, unless the list has the same text. Control characters become
 * spaces, invalid bytes U+FFFD; a longer text is cut. A blank one is ignored. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status notices_add(notice_list *l, view what, arena *a, kith_error *err);
/* Adds those of `from`, each behind `prefix`. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status notices_add_all(notice_list *l, const notice_list *from,
                                         const char *prefix, arena *a, kith_error *err);
/* The list as lines joined by \n, the last of which counts those without room: "and 7 more". In
 * `a`; "" for none, NULL when out of memory. */
const char *notices_lines(const notice_list *l, arena *a);
/* The lines that notices_lines joined, each ended by a NUL, in `a`.
 * *out_count  their number, 0 for an empty text; the result is NULL only when out of memory */
const char *const *notices_split(view lines, arena *a, size_t *out_count);
/* NULL when the list keeps what notice_list says, else what is broken, in static storage. */
const char *notices_check(const notice_list *l);

#endif
