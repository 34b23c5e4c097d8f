/* kith_meaning.c - chunks that wait for their vectors: counted, and embedded. */
#include "db/collection.h"
#include "lib/ingestion.h"
#include "lib/options.h"

#include <kith/meaning.h>

kith_status kith_collection_meaning(kith *k, const char *name, kith_meaning *out, kith_error *err)
{
    arena memory;
    collection *c = NULL;
    store_collection description = {0};
    static const options_shape shape = OPTIONS_SHAPE(kith_meaning);
    kith_meaning made = {0};
    size_t size = 0;
    arena_init(&memory, 0);
    kith_status status = options_room(&shape, out, &size, err);
    if (status == KITH_OK)
        status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK) status = collection_describe(c, &memory, &description, err);
    if (status == KITH_OK)
        status =
            store_count_waiting(database_store(k->database), collection_id(c), &made.waiting, err);
    made.chunks = description.points;
    if (status == KITH_OK) options_give(&shape, &made, size, out);
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    arena_done(&memory);
    return count_call(k, status);
}

kith_status kith_embed_waiting(kith *k, const char *name, const kith_ingest_options *options,
                               uint64_t *embedded, kith_error *err)
{
    kith_ingest_options wanted;
    kith_chunk_options chunking;
    call_limit room;
    const call_limit *limit = NULL;
    collection *c = NULL;
    ingest_run in = {0};
    uint64_t count = 0;
    if (embedded) *embedded = 0;
    kith_status status = options_adopt_ingest(options, &wanted, &chunking, err);
    if (status == KITH_OK) status = options_begin_call(wanted.call, &room, &limit, err);
    embedder *e = NULL;
    if (status == KITH_OK) status = acquire_with_embedder(k, view_of(name), &c, &e, err);
    if (status == KITH_OK) status = embedder_identify(e, limit, err);
    bool again = status == KITH_OK;
    while (again) {
        count = 0;
        in = (ingest_run){0};
        status = ingest_init(&in, c, e, &wanted, err);
        if (status == KITH_OK) {
            in.limit = limit;
            status = ingestion_embed_waiting(c, &in, &count, err);
            if (embedded) *embedded += count;
            ingest_done(&in);
        }
        // Another collection, of another model, may have taken the place of this one meanwhile.
        again = acquire_successor(k, name, status, &c);
        if (again) status = choose_embedder(k, c, &e, err);
        again = again && status == KITH_OK;
    }
    status = collection_explain_missing(c, status, err);
    database_release_collection(c);
    return count_call(k, status);
}
