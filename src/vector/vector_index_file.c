/* vector_index_file.c - the index as bytes. Little-endian.
 *
 *   offset  bytes               what
 *        0  8                   "VXINDEX1"
 *        8  4                   u32 metric            kith_metric
 *       12  4                   u32 dim
 *       16  4                   u32 flat_below        never 0; nor are the next two
 *       20  4                   u32 neighbors
 *       24  4                   u32 ef_construction
 *       28  8                   u64 seed
 *       36  4                   u32 rows
 *       40  4                   u32 has_graph         1 exactly when rows > flat_below, else 0
 *       44  4 * dim * rows      f32 vectors[rows][dim]
 *        -  8 * ceil(rows/64)   u64 live, bit i of word w: row 64 * w + i; bits past the last row 0
 *        -  any                 the graph, when has_graph is 1: layout in graph.c
 *        -  8                   u64 XXH3-64 of all bytes before
 *
 * Nothing that is read is believed. The checksum finds damage, not malice: anyone can compute it.
 * So every size is held against the bytes that are there before memory is taken for it, floats must
 * be finite, and the graph is verified link by link before it is used. What is not verified is that
 * vectors have length 1 under cosine: a wrong length gives wrong distances and harms nothing else.
 *
 * Padding of rows and the run offsets of the graph are not stored; reading computes them. */
#include "base/hash.h"
#include "base/size.h"
#include "vector/vector_index_private.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are stored as they lie in memory: gigabytes are not converted word by word");

static const uint64_t MAGIC = UINT64_C(0x315845444e495856); // "VXINDEX1"

enum { HEADER_BYTES = 44, CHECKSUM_BYTES = 8 }; // of the table above

static size_t live_word_count(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

static void write_header(const vector_index *ix, buffer *out)
{
    const vector_index_options *o = &ix->options;
    buffer_append_u64(out, MAGIC);
    buffer_append_u32(out, (uint32_t)o->metric);
    buffer_append_u32(out, o->dim);
    buffer_append_u32(out, o->flat_below);
    buffer_append_u32(out, o->neighbors);
    buffer_append_u32(out, o->ef_construction);
    buffer_append_u64(out, o->seed);
    buffer_append_u32(out, ix->rows.count);
    buffer_append_u32(out, ix->has_graph);
}

void vector_index_write(const vector_index *ix, buffer *out)
{
    size_t row_bytes = ix->rows.dim * sizeof(float);
    buffer_begin_checksum(out);
    write_header(ix, out);
    for (uint32_t row = 0; row < ix->rows.count; row++)
        buffer_append(out, (view){(const char *)vector_rows_at(&ix->rows, row), row_bytes});
    buffer_append(out, (view){(const char *)ix->live.words,
                              live_word_count(ix->rows.count) * sizeof(uint64_t)});
    if (ix->has_graph) graph_write(&ix->graph, out);
    buffer_end_checksum(out);
}

/* Neither infinity nor NaN: no exponent has all bits set. Without a branch per float. */
static bool all_finite(const float *row, size_t dim)
{
    const uint32_t exponent = UINT32_C(0x7f800000);
    uint32_t bad = 0;
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;
        memcpy(&bits, &row[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

static kith_status read_rows(vector_index *ix, uint32_t count, view *bytes, kith_error *err)
{
    size_t row_bytes = ix->rows.dim * sizeof(float), size;
    if (!size_mul(row_bytes, count, &size) || size > bytes->size)
        return fail(err, KITH_ERR_CORRUPT, "vector index is cut short");
    kith_status status = vector_rows_reserve(&ix->rows, count, err);
    if (status != KITH_OK) return status;
    for (uint32_t row = 0; row < count; row++) {
        float *to = vector_rows_at(&ix->rows, row);
        memcpy(to, bytes->data + row * row_bytes, row_bytes);
        if (!all_finite(to, ix->rows.dim))
            return fail(err, KITH_ERR_CORRUPT, "vector %u is not finite", row);
    }
    ix->rows.count = count;
    *bytes = view_slice(*bytes, size, bytes->size);
    return KITH_OK;
}

static kith_status read_live(vector_index *ix, view *bytes, kith_error *err)
{
    uint32_t count = ix->rows.count;
    size_t size = live_word_count(count) * sizeof(uint64_t);
    if (size > bytes->size) return fail(err, KITH_ERR_CORRUPT, "vector index is cut short");
    if (!vector_index_reserve_live(ix, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", count);
    if (size) memcpy(ix->live.words, bytes->data, size);
    if (count % 64 && ix->live.words[count / 64] >> (count % 64))
        return fail(err, KITH_ERR_CORRUPT, "a row past the last is marked live");
    ix->live.count = count;
    ix->live_count = count ? bitset_popcount(&ix->live) : 0;
    *bytes = view_slice(*bytes, size, bytes->size);
    return KITH_OK;
}

/* Reads everything between header and checksum into a new index. */
static kith_status read_body(vector_index *ix, uint32_t rows, bool has_graph, view bytes,
                             kith_error *err)
{
    kith_status status = read_rows(ix, rows, &bytes, err);
    if (status == KITH_OK) status = read_live(ix, &bytes, err);
    if (status == KITH_OK && has_graph) status = graph_read(&ix->graph, rows, &bytes, err);
    if (status == KITH_OK && bytes.size != 0)
        status = fail(err, KITH_ERR_CORRUPT, "vector index has bytes past its end");
    ix->has_graph = has_graph;
    return status;
}

static kith_status check_frame(view bytes, kith_error *err)
{
    if (bytes.size < HEADER_BYTES + CHECKSUM_BYTES || load_u64(bytes.data) != MAGIC)
        return fail(err, KITH_ERR_CORRUPT, "this is not a vector index");
    size_t end = bytes.size - CHECKSUM_BYTES;
    if (hash64(view_slice(bytes, 0, end), 0) != load_u64(bytes.data + end))
        return fail(err, KITH_ERR_CORRUPT, "vector index fails its checksum");
    return KITH_OK;
}

kith_status vector_index_read(view bytes, vector_index **out, kith_error *err)
{
    kith_status status = check_frame(bytes, err);
    if (status != KITH_OK) return status;
    const char *p = bytes.data + sizeof MAGIC; // offsets below are those of the table less 8
    vector_index_options options = {.metric = (kith_metric)load_u32(p),
                                    .dim = load_u32(p + 4),
                                    .flat_below = load_u32(p + 8),
                                    .neighbors = load_u32(p + 12),
                                    .ef_construction = load_u32(p + 16),
                                    .seed = load_u64(p + 20)};
    uint32_t rows = load_u32(p + 28), has_graph = load_u32(p + 32);
    if (options.flat_below == 0 || options.neighbors == 0 || options.ef_construction == 0 ||
        has_graph != (rows > options.flat_below) || rows > VECTOR_ROWS_MAX)
        return fail(err, KITH_ERR_CORRUPT, "vector index has a bad header");
    vector_index *ix = NULL;
    status = vector_index_new(&options, &ix, err);
    if (status == KITH_ERR_INVALID)
        status = fail(err, KITH_ERR_CORRUPT, "vector index has options out of range");
    if (status != KITH_OK) goto done;
    view body = view_slice(bytes, HEADER_BYTES, bytes.size - CHECKSUM_BYTES);
    status = read_body(ix, rows, has_graph != 0, body, err);
    if (status != KITH_OK) goto done;
    *out = ix;
    ix = NULL; // the caller owns it now
done:
    vector_index_free(ix);
    return status;
}
