/* ignore.h - the rules of .gitignore and .kithignore files, as git has them.
 * The rules of one directory say of a path below it: excluded, included again, or nothing. Who asks
 * goes from the path's own directory upwards and takes the first verdict; what is below an excluded
 * directory is excluded whatever rules say, so a walk does not enter it.
 * Source: gitignore(5), and git check-ignore as the oracle of the tests. */
#ifndef KITH_INGEST_IGNORE_H
#define KITH_INGEST_IGNORE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { IGNORE_PATTERN_MAX_BYTES = 4096, IGNORE_FILE_MAX_BYTES = 1 << 20 };

typedef struct ignore_rule {
    view pattern;   /* without '!', and without the slash at either end */
    bool includes;  /* "!pattern" */
    bool directory; /* "pattern/": directories only */
    bool is_name;   /* no slash within: compared with the last name of a path, at any depth */
    uint32_t plain; /* bytes at the start of the pattern without a special character */
} ignore_rule;

typedef struct ignore_rules {
    ignore_rule *rules; /* [count] in the order of the file; later ones win */
    uint32_t count, capacity;
} ignore_rules;

typedef enum ignore_verdict {
    IGNORE_SAYS_NOTHING,
    IGNORE_EXCLUDES,
    IGNORE_INCLUDES
} ignore_verdict;

/* Appends the rules of a file's text. They, and copies of their patterns, live in `a`. A pattern
 * longer than IGNORE_PATTERN_MAX_BYTES matches nothing and is passed over. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ignore_parse(view text, arena *a, ignore_rules *rules, kith_error *err);

/* `path` is relative to the directory of the rules, without a slash at either end. */
ignore_verdict ignore_match(const ignore_rules *rules, view path, bool is_directory);

#endif
