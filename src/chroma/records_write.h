/* records_write.h - what every write of records does beside writing them. */
#ifndef KITH_CHROMA_RECORDS_WRITE_H
#define KITH_CHROMA_RECORDS_WRITE_H

#include "chroma/record_batch.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

/* Have the vectors the collection's dimension, if it has one? False: refused. */
bool records_check_dimension(serve_call *call, const kith_collection_info *info,
                             const record_batch *batch);
/* After the write: notes in the collection's schema which keys were seen. False: refused. */
bool records_note_keys(serve_call *call, const scope *s, settings *kept, const record_batch *batch);

#endif
