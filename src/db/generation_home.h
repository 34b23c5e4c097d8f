/* generation_home.h - the directory of a collection's generations: its names, and what belongs.
 *
 *   derived/1/7          generation 7 of collection 1; the highest number is the newest
 *   derived/1/8.tmp      one that is being written, or that a crash left
 *   derived/1/6.damaged  one that failed its checks, for whoever wants to examine it; at most one
 *   derived/1.index      the index as one file, of before format 6
 *
 * For derived_load.c and derived_save.c. All functions: any thread; they change nothing. */
#ifndef KITH_DB_GENERATION_HOME_H
#define KITH_DB_GENERATION_HOME_H

#include "db/derived_file.h"

#include <limits.h>
#include <stdbool.h>

typedef enum entry_form {
    ENTRY_GENERATION,
    ENTRY_TEMPORARY,
    ENTRY_DAMAGED,
    ENTRY_FORMS
} entry_form;

typedef struct entry {
    uint64_t number;
    entry_form form;
} entry;

/* Numbers of more digits are none of kith's. */
enum { ENTRIES_MAX = 64, NUMBER_DIGITS_MAX = 15 };

/* What lies in derived/COLLECTION under names of the forms above; others are passed over. */
typedef struct listing {
    entry entries[ENTRIES_MAX]; /* descending by number; of more, those with the highest */
    uint32_t count;
    uint64_t highest;  /* 0: none */
    bool is_there;     /* derived/COLLECTION is, whatever it is */
    bool is_directory; /* and is a directory, not a link to one */
} listing;

/* derived/COLLECTION, then `suffix`. Errors: KITH_ERR_LIMIT (longer than PATH_MAX). */
KITH_CHECKED kith_status home_path(const derived_home *h, const char *suffix, char out[PATH_MAX],
                                   kith_error *err);
/* Errors: KITH_ERR_LIMIT (longer than PATH_MAX). */
KITH_CHECKED kith_status entry_path(const derived_home *h, const entry *e, char out[PATH_MAX],
                                    kith_error *err);
/* Errors: KITH_ERR_IO (also when the directory may not be read), KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT
 * (the path is too long); *out then says what was found out before. */
KITH_CHECKED kith_status list_home(const derived_home *h, listing *out, kith_error *err);

/* What the store knows of a collection and of the generations that may lie there. */
typedef struct known {
    store_binding expected; /* with the token of the newest */
    store_token former;
} known;

/* Errors: store_read_binding's: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status read_known(const derived_home *h, known *out, kith_error *err);
bool token_is_zero(const store_token *t);
/* False for a token of zero. */
bool token_is_known(const store_token *t, const known *k);
/* Why a sound generation does not belong; NULL when it does. */
const char *find_mismatch(const generation *g, const known *k);

#endif
