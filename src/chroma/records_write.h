/* records_write.h - what every write of records does beside writing them. */
#ifndef KITH_CHROMA_RECORDS_WRITE_H
#define KITH_CHROMA_RECORDS_WRITE_H

#include "chroma/record_batch.h"
#include "chroma/scope.h"
#include "chroma/settings.h"

/* What a write is to. */
typedef struct records_target {
    const kith_collection_info *info;
    const settings *kept;
    kith_write_mode mode;
} records_target;

/* Reads and checks the body.
 * embeds  out: are there texts that kith_put and kith_commit would not embed?
 * False: refused; nothing has been written. */
bool records_read(serve_call *call, const records_target *to, record_batch *batch, bool *embeds);
/* Gives vectors to the points of batches[count] that have a text and none, by one run of the model, as
 * kith_put would: for those that records_read has said it of; NULL: none.
 * vectors  free with kith_embeddings_free after the write
 * False: refused; nothing has been written. */
bool records_embed(serve_call *call, record_batch *const *batches, uint32_t count,
                   kith_embeddings **vectors);
/* How many of the texts that records_embed embedded are longer than the model reads; NULL: none. */
uint64_t records_truncated(const kith_embeddings *vectors);
/* After the write: notes in the collection's schema which keys were seen. False: refused. */
bool records_note_keys(serve_call *call, const scope *s, settings *kept, const record_batch *batch);

#endif
