/* ignore.h - the rules of .gitignore and .kithignore files, with git's meaning.
 *
 * The rules of one directory give a verdict on a path below it: excluded, included again, or none.
 * The caller (tree.c) asks the rules of the path's own directory first, then those of the
 * directories above it, and takes the first verdict. What lies below an excluded directory is
 * excluded whatever other rules say, so a walk does not enter such a directory.
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
    uint32_t plain; /* bytes of the pattern before its first special character */
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
 * longer than IGNORE_PATTERN_MAX_BYTES is dropped.
 * Errors: KITH_ERR_NO_MEMORY; the rules before the one that did not fit are there. */
KITH_CHECKED kith_status ignore_parse(view text, arena *a, ignore_rules *rules, kith_error *err);

/* The verdict of the last rule that matches. Any thread.
 * path          relative to the directory of the rules, without a slash at either end
 * is_directory  rules that end in a slash match nothing else
 * Costs at most pattern bytes times path bytes for each rule. */
ignore_verdict ignore_match(const ignore_rules *rules, view path, bool is_directory);

/* For tests and the fuzzer: NULL, or what is inconsistent within the rules. */
const char *ignore_check(const ignore_rules *rules);

#endif
