/* chroma_vectors.c - see chroma_vectors.h.
 *
 * Which records there are is not decided here: the table `embeddings` says it. So replaying the
 * queue only has to find the last vector that was written to an id. An add to an id that has a
 * vector was ignored by Chroma, and is here; an update without a vector changes none, and one of a
 * record without a known vector counts until an addition; a deletion forgets it. The index and
 * `max_seq_id` may disagree about how much of the queue the index has. The smaller number is taken:
 * what is replayed twice comes out the same. */
#include "transfer/chroma_vectors.h"

#include "base/buffer.h"
#include "base/map.h"
#include "base/size.h"
#include "transfer/chroma_catalog.h"
#include "transfer/chroma_changes.h"
#include "transfer/chroma_index.h"

#include <stdlib.h>
#include <string.h>

/* Marks, in `queued`, the change of an update to a record that no vector is known of. Was it not
 * there, then Chroma ignored the update, and takes an addition that follows. */
#define IS_UNSURE ((uint64_t)1 << 63)

struct chroma_vectors {
    chroma_index *index; /* NULL: not of use */
    map *queued;         /* record id to the change with its vector; 0: it was deleted */
    sqlite_rows *read;
    uint32_t dimension;
};

static bool has_vector(const chroma_vectors *v, view id)
{
    uint64_t change = 0;
    if (map_get(v->queued, id, &change)) return change != 0;
    return v->index && chroma_index_has(v->index, id);
}

/* How much of the queue the index has. */
static kith_status find_start(const chroma_vectors *v, const chroma_vectors_request *r,
                              uint64_t *out, kith_error *err)
{
    uint64_t noted = 0, own = 0;
    bool is_noted = false;
    *out = 0;
    if (!v->index) return KITH_OK;
    kith_status status = chroma_noted_sequence(r->database, r->segment, &noted, &is_noted, err);
    bool is_own = chroma_index_sequence(v->index, &own);
    *out = is_noted && is_own ? size_min(noted, own) : is_noted ? noted : own;
    return status;
}

static bool is_sure(const chroma_vectors *v, view id)
{
    uint64_t change = 0;
    if (!map_get(v->queued, id, &change)) return has_vector(v, id);
    return change != 0 && !(change & IS_UNSURE);
}

static kith_status replay(chroma_vectors *v, sqlite_rows *rows, kith_error *err)
{
    enum { SEQUENCE, OPERATION, ID, HAS_VECTOR };
    for (;;) {
        bool found = false;
        uint64_t change = 0;
        kith_status status = sqlite_rows_next(rows, &found, err);
        if (status != KITH_OK || !found) return status;
        if (!sqlite_rows_sequence(rows, SEQUENCE, &change)) continue;
        const view id = sqlite_rows_bytes(rows, ID);
        const int64_t operation = sqlite_rows_number(rows, OPERATION);
        bool sets = sqlite_rows_number(rows, HAS_VECTOR) &&
                    (operation == OPERATION_UPDATE || operation == OPERATION_UPSERT ||
                     (operation == OPERATION_ADD && !is_sure(v, id)));
        if (operation == OPERATION_UPDATE && !is_sure(v, id)) change |= IS_UNSURE;
        if (sets || operation == OPERATION_DELETE)
            status = map_put(v->queued, id, sets ? change : 0);
        if (status != KITH_OK) return fail(err, status, "out of memory for ids");
    }
}

static kith_status read_queue(chroma_vectors *v, const chroma_vectors_request *r, kith_error *err)
{
    sqlite_rows *rows = NULL;
    uint64_t start = 0;
    kith_status status = find_start(v, r, &start, err);
    if (status == KITH_OK)
        status = sqlite_rows_open(r->database,
                                  "SELECT seq_id, operation, id, vector IS NOT NULL "
                                  "FROM embeddings_queue "
                                  "WHERE substr(topic, -36) = ?1 AND seq_id > ?2 ORDER BY seq_id",
                                  &rows, err);
    if (status != KITH_OK) return status;
    sqlite_rows_bind_text(rows, 1, r->collection);
    sqlite_rows_bind_number(rows, 2, (int64_t)start);
    status = replay(v, rows, err);
    sqlite_rows_close(rows);
    return status;
}

static void open_index(chroma_vectors *v, const chroma_vectors_request *r, kith_error *trouble)
{
    kith_status status =
        r->folder ? chroma_index_open(r->folder, r->dimension, r->metric, &v->index, trouble)
                  : fail(trouble, KITH_ERR_NOT_FOUND, "there is none");
    if (status == KITH_OK) *trouble = (kith_error){0};
}

kith_status chroma_vectors_open(const chroma_vectors_request *request, chroma_vectors **out,
                                kith_error *folder_trouble, kith_error *err)
{
    chroma_vectors *v = heap_new_array(1, sizeof *v);
    if (!v) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for vectors");
    v->dimension = request->dimension;
    v->queued = map_new();
    kith_status status =
        v->queued ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    open_index(v, request, folder_trouble);
    if (folder_trouble->code == KITH_ERR_NO_MEMORY)
        status = fail(err, KITH_ERR_NO_MEMORY, "%s", folder_trouble->message);
    if (status == KITH_OK) status = read_queue(v, request, err);
    if (status == KITH_OK)
        status = sqlite_rows_open(request->database,
                                  "SELECT vector, encoding FROM embeddings_queue WHERE seq_id = ?1",
                                  &v->read, err);
    if (status == KITH_OK) {
        *out = v;
        v = NULL;
    }
    chroma_vectors_close(v);
    return status;
}

void chroma_vectors_close(chroma_vectors *v)
{
    if (!v) return;
    chroma_index_close(v->index);
    map_free(v->queued);
    sqlite_rows_close(v->read);
    free(v);
}

/* False: not of the dimension, or of an encoding that is not known. */
static bool decode(view bytes, view encoding, uint32_t dimension, float *out)
{
    bool is_integer = view_equal(encoding, VIEW("INT32"));
    if (bytes.size != (size_t)dimension * sizeof(float)) return false;
    if (!is_integer && !view_equal(encoding, VIEW("FLOAT32"))) return false;
    for (uint32_t i = 0; i < dimension; i++) {
        const uint32_t bits = load_u32(bytes.data + i * sizeof bits);
        if (is_integer)
            out[i] = (float)(int32_t)bits;
        else
            memcpy(&out[i], &bits, sizeof bits);
    }
    return true;
}

static kith_status read_queued(chroma_vectors *v, uint64_t change, float *out, bool *found,
                               kith_error *err)
{
    sqlite_rows_reset(v->read);
    sqlite_rows_bind_number(v->read, 1, (int64_t)(change & ~IS_UNSURE));
    kith_status status = sqlite_rows_next(v->read, found, err);
    if (status == KITH_OK && *found)
        *found =
            decode(sqlite_rows_bytes(v->read, 0), sqlite_rows_bytes(v->read, 1), v->dimension, out);
    return status;
}

kith_status chroma_vectors_read(chroma_vectors *v, view id, float *out, bool *found,
                                kith_error *err)
{
    uint64_t change = 0;
    *found = has_vector(v, id);
    if (!*found) return KITH_OK;
    if (map_get(v->queued, id, &change)) return read_queued(v, change, out, found, err);
    return chroma_index_read(v->index, id, out, err);
}
