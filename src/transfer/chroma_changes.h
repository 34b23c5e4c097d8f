/* chroma_changes.h - the changes of a collection that are in Chroma's queue, but not in its tables:
 * what Chroma would apply at its next start. */
#ifndef KITH_TRANSFER_CHROMA_CHANGES_H
#define KITH_TRANSFER_CHROMA_CHANGES_H

#include "base/buffer.h"
#include "transfer/chroma_catalog.h"

typedef struct chroma_changes chroma_changes;

enum { OPERATION_ADD = 0, OPERATION_UPDATE = 1, OPERATION_UPSERT = 2, OPERATION_DELETE = 3 };

/* Reads which records they change; what they say of metadata is read when it is asked for. `of` has
 * records. Both are borrowed until the end.
 * Errors: those of sqlite_rows_next; KITH_ERR_LIMIT: more than 2^32 - 2 changes. */
KITH_CHECKED kith_status chroma_changes_open(sqlite_reader *r, const chroma_collection *of,
                                             chroma_changes **out, kith_error *err);
/* Accepts NULL. */
void chroma_changes_close(chroma_changes *c);

/* Is a record of the tables gone? One that was made anew after that is one of those that were
 * made. */
bool chroma_changes_removes(const chroma_changes *c, view id);
/* The next record that they made, in their order; start with *at = 0. False at the end. */
bool chroma_changes_next_made(const chroma_changes *c, size_t *at, view *id);
/* Applies what they say of a record to its metadata, a JSON object, and its document.
 * Errors: those of sqlite_rows_next; KITH_ERR_FORMAT: a change's metadata is no object;
 * KITH_ERR_LIMIT: it, or a buffer, is full. */
KITH_CHECKED kith_status chroma_changes_merge(chroma_changes *c, view id, buffer *json,
                                              buffer *document, bool *has_document,
                                              kith_error *err);
/* How many of them name no record, or an operation that is unknown. */
uint64_t chroma_changes_left_out(const chroma_changes *c);

#endif
