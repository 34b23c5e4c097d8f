/* named_documents.h - the documents of a file, by its path. */
#ifndef KITH_CLI_NAMED_DOCUMENTS_H
#define KITH_CLI_NAMED_DOCUMENTS_H

#include "cli/command.h"

#include <kith/kith.h>

typedef struct named_documents {
    const char **ids; /* [count] each once, in the run's memory */
    size_t count;
} named_documents;

/* The documents whose chunks pass the filter. Errors: those of kith_get. */
KITH_CHECKED kith_status named_documents_where(invocation *run, kith *database, const char *where,
                                               bool allow_unknown, named_documents *out,
                                               kith_error *err);

/* The documents of the file `path`, which may be relative or dotted, and need not be there any
 * more; with `below` also of the files below it. KITH_ERR_NOT_FOUND: none; the others are those of
 * kith_get. */
KITH_CHECKED kith_status named_documents_of_path(invocation *run, kith *database, const char *path,
                                                 bool below, named_documents *out, kith_error *err);

#endif
