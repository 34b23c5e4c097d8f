/* narrowing.h - what a person knows of a document, as a filter: the folder that it lies in (--in),
 * its type (--type), its date (--since, --until); and paths as sources are called. */
#ifndef KITH_CLI_NARROWING_H
#define KITH_CLI_NARROWING_H

#include "cli/command.h"

#define OPTIONS_NARROW                                                                             \
    (OPTION_BIT(OPTION_WHERE) | OPTION_BIT(OPTION_IN) | OPTION_BIT(OPTION_TYPE) |                  \
     OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_UNTIL))

/* Whether --in, --type, --since or --until is given. */
bool narrowing_is_asked(const settings *s);

/* The filter that --where, --in, --type, --since and --until say together, in the run's memory;
 * *out is NULL when none of them is given. With *allow_unknown a field that no point has is no
 * mistake: a person who names a folder names no field. KITH_ERR_INVALID: --where is no JSON object
 * (its own faults are found by the library), or --since or --until begins with no year;
 * KITH_ERR_IO: there is no working directory;
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status narrowing_filter(invocation *run, const char **out, bool *allow_unknown,
                                          kith_error *err);

/* The filter that the chunks of the file `path` pass, with `below` also those of the files below
 * it. KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status narrowing_path_filter(invocation *run, const char *path, bool below,
                                               const char **out, kith_error *err);

/* `path` from the root, without ".", ".." and "//", and without links as far as it exists: what the
 * source of a file is called, also when the file is gone. In the run's memory; NULL: out of memory,
 * or there is no working directory. */
const char *narrowing_source(invocation *run, const char *path);

#endif
