/* document_name.h - the ids of documents that come from files.
 *
 * An id is what people see in answers and pass to kith_document_get, so it is short when it can be
 * and does not change when it need not:
 *   1. the file's stem ("notes" of "/home/ann/notes.md"); for a file of several records the
 *      record's own id, else "STEM-N" with N from 1
 *   2. when another source has that id: "PARENT/NAME.EXT"; for a record "PARENT/NAME.EXT#ID"
 *   3. when that is taken too: the absolute path; for a record "PATH#N"
 *   4. when even that is taken: 128 bits of the path's hash, as hex; for a record "HEX#N"
 * An absolute path is one file's, but an id is a cleaned name: two long paths with the same end, or
 * two that differ in bytes that no id may have, give the same third. The fourth tells them apart,
 * and is taken only if a program has put a document under that very id.
 *
 * Why ids stay. A file that is unchanged is not named again. A changed file is named anew by the
 * same rules, and the ids that it has in the store count as free for it, since the transaction that
 * stores its new documents removes the old ones; so it gets its former id again, unless a shorter
 * one has become free. The same holds for a renamed file and the ids of its former path. Within one
 * run an id is assigned once (`assigned`): the documents that took it may still wait in their
 * group, where the store does not see them. */
#ifndef KITH_INGEST_DOCUMENT_NAME_H
#define KITH_INGEST_DOCUMENT_NAME_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/view.h"
#include "extract/extract.h"
#include "store/documents.h"
#include "store/store.h"

#include <stdbool.h>

/* One thread at a time. */
typedef struct document_namer {
    store *store; /* NULL: the collection does not exist (a dry run), and every id is free */
    uint64_t collection;
    map *assigned; /* ids assigned in this run; the values say nothing */
} document_namer;

typedef struct named_file {
    const char *path;   /* absolute */
    const char *former; /* the path that the file had before a rename; NULL: none */
    bool has_records;   /* more than one document */
} named_file;

/* The id of the file's document number `record`, counted from 0; *out lives in `a`. The id counts
 * as assigned from then on, whether or not the document is stored.
 * Errors, *out untouched: KITH_ERR_EXISTS (all four belong to other documents),
 * KITH_ERR_NO_MEMORY; and of asking the store who has an id: KITH_ERR_IO, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT. */
KITH_CHECKED kith_status name_document(const document_namer *namer, const named_file *file,
                                       const document *d, uint32_t record, arena *a, view *out,
                                       kith_error *err);

/* `raw` as a valid id: UTF-8 with invalid bytes replaced, control characters turned into '_', and
 * cut at the front so that a chunk's number fits behind it. In `a`; data is NULL when memory ran
 * out. */
view name_clean(view raw, arena *a);

#endif
