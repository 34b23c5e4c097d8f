/* vector_index_open.c - an index over saved parts, of which most is read when it is wanted, or later.
 *
 * At opening are read: the levels of the nodes and the rows of the slots, which every search needs or trusts,
 * and what the codes are made by. Together 5 bytes a row; vectors, links and codes are 780 at 128 dimensions
 * (docs/decisions/084).
 *
 * What is read later is verified in two steps. Each page's checksum when it is read: that finds damage. That
 * links go both ways, that none is there twice, and the like, finds what kith wrote wrongly; it takes all
 * links, matters to the linker alone, and is done when all is read. Until then a search trusts no link to be
 * in range or on its level (graph_search.c).
 *
 * A partial index is searched and appended to, and neither linked nor removed from nor written. So nothing
 * that is read later is ever changed before. */
#include "vector/vector_index_private.h"

#include "base/size.h"

#include <stdlib.h>

static kith_status fail_memory(const vector_index_parts *from, kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", from->slots);
}

/* Takes over all sources, or closes them. */
static kith_status take_parts(vector_index *ix, const vector_index_parts *from, kith_error *err)
{
    const lazy_source *sources[VECTOR_INDEX_PARTS] = {&from->vectors, &from->graph, &from->codes};
    bool is_there = true;
    for (uint32_t i = 0; i < VECTOR_INDEX_PARTS; i++) {
        if (sources[i]->bytes == 0 && !sources[i]->read) continue;
        ix->parts[i] = lazy_part_new(sources[i], ix->damage);
        is_there = is_there && ix->parts[i];
    }
    return is_there ? KITH_OK : fail_memory(from, err);
}

static kith_status open_vectors(vector_index *ix, const vector_index_parts *from, kith_error *err)
{
    vector_rows *v = &ix->rows;
    if (from->cold) return vector_index_open_cold(ix, from->cold, from->slots, err);
    if (from->vectors.bytes / vector_index_row_bytes(ix) < from->slots)
        return fail(err, KITH_ERR_CORRUPT, "there are fewer than %u vectors", from->slots);
    v->lazy.count = from->slots;
    if (!region_reserve_small(&v->memory, from->slots) ||
        !lazy_part_begin(ix->parts[0], (lazy_array *const[]){&v->lazy}, 1))
        return fail_memory(from, err);
    atomic_store_explicit(&v->count, from->slots, memory_order_relaxed);
    return KITH_OK;
}

static kith_status fail_size(kith_error *err)
{
    return fail(err, KITH_ERR_CORRUPT, "vector index is cut short, or has bytes past its end");
}

/* Slots and older rows of them stand at `at`, up to the end. */
static kith_status open_older(vector_index *ix, uint64_t at, const char *counts, kith_error *err)
{
    const lazy_source *from = lazy_part_source(ix->parts[1]);
    const size_t bytes = (size_t)(from->bytes - at);
    uint32_t *older = heap_new_array(bytes, 1);
    if (!older) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu bytes", bytes);
    kith_status status = lazy_source_copy(from, at, (char *)older, bytes, err);
    if (status == KITH_OK) status = vector_index_take_rows(ix, counts, older, err);
    free(older);
    return status;
}

static kith_status open_graph(vector_index *ix, uint32_t slots, kith_error *err)
{
    char counts[VECTOR_INDEX_COUNTS_BYTES];
    uint64_t end = 0;
    const lazy_source *from = lazy_part_source(ix->parts[1]);
    kith_status status = graph_open(&ix->graph, slots, ix->parts[1], &end, err);
    if (status != KITH_OK) return status;
    if (from->bytes - end < sizeof counts) return fail_size(err);
    status = lazy_source_copy(from, end, counts, sizeof counts, err);
    if (status != KITH_OK) return status;
    end += sizeof counts;
    if (from->bytes - end != vector_index_rows_bytes(slots, vector_index_older_rows(counts)))
        return fail_size(err);
    status = lazy_source_load(from, end, &ix->slots.rows_of, slots, err);
    end += slots * sizeof(uint32_t);
    return status == KITH_OK ? open_older(ix, end, counts, err) : status;
}

static kith_status open_parts(const vector_index_options *options, const vector_index_parts *from,
                              vector_index **out, kith_error *err)
{
    vector_index *ix = NULL;
    kith_status status = vector_index_new(options, &ix, err);
    if (status != KITH_OK) {
        const lazy_source *sources[] = {&from->vectors, &from->graph, &from->codes};
        for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
            if (sources[i]->close) sources[i]->close(sources[i]->context);
        return status;
    }
    status = take_parts(ix, from, err);
    if (status == KITH_OK && from->slots > VECTOR_ROWS_MAX)
        status = fail(err, KITH_ERR_LIMIT, "an index holds at most %d vectors", VECTOR_ROWS_MAX);
    if (status == KITH_OK) status = open_vectors(ix, from, err);
    if (status == KITH_OK) status = open_graph(ix, from->slots, err);
    if (status == KITH_OK && ix->parts[2])
        status = row_codes_open(&ix->codes, ix->parts[2], from->slots, err);
    if (status != KITH_OK) goto done;
    if (row_codes_count(&ix->codes) == 0) {
        lazy_part_free(ix->parts[2]);
        ix->parts[2] = NULL;
    }
    atomic_store_explicit(&ix->is_partial, true, memory_order_relaxed);
    *out = ix;
    ix = NULL; // the caller owns it now
done:
    vector_index_free(ix);
    return status;
}

kith_status vector_index_open(const vector_index_options *options, const vector_index_parts *from,
                              vector_index **out, kith_error *err)
{
    kith_status status = open_parts(options, from, out, err);
    paged_file_release(from->cold); // the index holds it, too
    return status;
}

/* All is read: the second step. What it finds is damage, too. */
static kith_status verify(vector_index *ix, const atomic_bool *stop, kith_error *err)
{
    kith_error why = {0};
    kith_status status = row_codes_verify(&ix->codes, &why);
    if (status == KITH_OK) status = graph_verify_unless(&ix->graph, stop, &why);
    if (status == KITH_ERR_CORRUPT) {
        lazy_damage_note(ix->damage, &why);
        return vector_index_damage(ix, err);
    }
    if (status != KITH_OK) return fail(err, status, "%s", why.message);
    atomic_store_explicit(&ix->graph.is_unverified, false, memory_order_relaxed);
    return KITH_OK;
}

kith_status vector_index_read_on(vector_index *ix, size_t bytes, const atomic_bool *stop,
                                 bool *is_done, kith_error *err)
{
    enum { RUN_BYTES = LAZY_RUN * LAZY_PAGE_BYTES };
    const uint32_t runs = (uint32_t)size_min(bytes / RUN_BYTES + 1, UINT32_MAX);
    bool is_read = true;
    *is_done = !vector_index_is_partial(ix);
    if (*is_done) return KITH_OK;
    for (uint32_t i = 0; i < VECTOR_INDEX_PARTS && is_read; i++)
        if (ix->parts[i]) is_read = lazy_part_read_on(ix->parts[i], runs);
    if (vector_index_is_damaged(ix)) return vector_index_damage(ix, err);
    if (!is_read) return KITH_OK;
    kith_status status = verify(ix, stop, err);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&ix->is_partial, false, memory_order_release);
    *is_done = true;
    return KITH_OK;
}
