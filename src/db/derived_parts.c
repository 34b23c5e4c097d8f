/* derived_parts.c - a derived index as the parts of a generation, and back.
 * A part is read whole, verified page by page, parsed into memory of its own and freed before the
 * next is read. Each part checks itself; that they are of the same rows only shows here. */
#include "db/derived_parts.h"

#include "base/size.h"

#include <stdlib.h>

enum { ROWS_HEAD_BYTES = 16, POINT_BYTES = 8 };

static uint32_t row_count(const derived *d)
{
    return d->index ? vector_index_rows(d->index) : 0;
}

/* ---- writing ---- */

static void write_rows(const void *context, buffer *out)
{
    const derived *d = context;
    uint32_t rows = row_count(d);
    CHECK(bm25_rows(d->words) == rows);
    buffer_append_u64(out, rows);
    buffer_append_u64(out, d->damaged_count);
    for (uint32_t i = 0; i < rows; i++)
        buffer_append_u64(out, d->points[i]);
    for (uint32_t i = 0; i < d->damaged_count; i++)
        buffer_append_u64(out, d->damaged[i]);
}

static void write_vectors(const void *context, buffer *out)
{
    vector_index_write(context, out);
}

static void write_fields(const void *context, buffer *out)
{
    columns_write(context, out);
}

static void write_words(const void *context, buffer *out)
{
    bm25_write(context, out);
}

uint32_t derived_list_parts(const derived *d, part_source out[DERIVED_PARTS_MAX])
{
    uint32_t count = 0;
    out[count++] = (part_source){.kind = PART_ROWS, .write = write_rows, .context = d};
    if (d->index)
        out[count++] =
            (part_source){.kind = PART_VECTORS, .write = write_vectors, .context = d->index};
    out[count++] = (part_source){.kind = PART_FIELDS, .write = write_fields, .context = d->columns};
    out[count++] = (part_source){.kind = PART_WORDS, .write = write_words, .context = d->words};
    return count;
}

/* ---- reading ---- */

/* Parses one part's bytes into `d`. */
typedef kith_status (*part_parser)(view bytes, derived *d, kith_error *err);

static kith_status fail_rows(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "%s", what);
}

static kith_status parse_points(const char *bytes, uint32_t rows, derived *d, kith_error *err)
{
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t point = load_u64(bytes + (size_t)i * POINT_BYTES);
        if (point == 0) return fail_rows(err, "a row names no point");
        d->points[i] = point;
        // In ascending order of rows, so the newest of a point replaces the older ones.
        kith_status status = row_map_put(&d->rows, point, i);
        if (status != KITH_OK) return fail(err, status, "out of memory for an index");
    }
    return KITH_OK;
}

static kith_status parse_damaged(const char *bytes, uint32_t count, derived *d, kith_error *err)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t row = load_u64(bytes + (size_t)i * POINT_BYTES);
        if (row <= last) return fail_rows(err, "damaged rows do not ascend");
        d->damaged[i] = last = row;
    }
    return KITH_OK;
}

static kith_status parse_rows(view bytes, derived *d, kith_error *err)
{
    if (bytes.size < ROWS_HEAD_BYTES) return fail_rows(err, "cut short");
    uint64_t rows = load_u64(bytes.data), damaged = load_u64(bytes.data + 8);
    if (rows > UINT32_MAX / 2 || damaged > UINT32_MAX / 2 ||
        (rows + damaged) * POINT_BYTES != bytes.size - ROWS_HEAD_BYTES)
        return fail_rows(err, "the number of rows is out of range");
    d->points = heap_new_array((size_t)rows, POINT_BYTES);
    d->damaged = heap_new_array((size_t)damaged, POINT_BYTES);
    if (!d->points || !d->damaged)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    d->point_capacity = (uint32_t)rows;
    d->damaged_count = d->damaged_capacity = (uint32_t)damaged;
    const char *points = bytes.data + ROWS_HEAD_BYTES;
    kith_status status = parse_points(points, (uint32_t)rows, d, err);
    if (status != KITH_OK) return status;
    return parse_damaged(points + rows * POINT_BYTES, (uint32_t)damaged, d, err);
}

static kith_status parse_vectors(view bytes, derived *d, kith_error *err)
{
    return vector_index_read(bytes, &d->index, err);
}

static kith_status parse_fields(view bytes, derived *d, kith_error *err)
{
    return columns_read(bytes, &d->columns, err);
}

static kith_status parse_words(view bytes, derived *d, kith_error *err)
{
    return bm25_read(bytes, &d->words, err);
}

static const part_parser parsers[PART_KINDS] = {
    [PART_ROWS] = parse_rows,
    [PART_VECTORS] = parse_vectors,
    [PART_FIELDS] = parse_fields,
    [PART_WORDS] = parse_words,
};

static kith_status read_part(const generation *g, const generation_part *part, derived *d,
                             kith_error *err)
{
    char *bytes = NULL;
    kith_error why = {0};
    kith_status status = generation_read_part(g, part, &bytes, err);
    if (status != KITH_OK) return status;
    status = parsers[part->kind]((view){bytes, (size_t)part->bytes}, d, &why);
    free(bytes);
    return status == KITH_OK ? status
                             : fail(err, status, "part %s.%u: %s", part_kind_name(part->kind),
                                    part->index, why.message);
}

/* The number of rows of fields is not compared: rows without metadata at the end are not in them. */
static kith_status compare_parts(const derived *d, uint32_t rows, const store_binding *binding,
                                 kith_error *err)
{
    if (row_count(d) != rows || bm25_rows(d->words) != rows)
        return fail(err, KITH_ERR_CORRUPT, "parts differ in their number of rows");
    if (!d->index) return KITH_OK;
    const vector_index_options *o = vector_index_describe(d->index);
    if (o->dim != binding->dim || (uint64_t)o->metric != binding->metric)
        return fail(err, KITH_ERR_CORRUPT, "the vectors are of another dimension or metric");
    return KITH_OK;
}

kith_status derived_read(const generation *g, derived *out, kith_error *err)
{
    derived d = {.sequence = g->binding.sequence};
    kith_status status = KITH_OK;
    for (part_kind kind = 0; kind < PART_KINDS && status == KITH_OK; kind++) {
        const generation_part *part = generation_find(g, kind, 0);
        if (generation_find(g, kind, 1))
            status = fail(err, KITH_ERR_CORRUPT, "more parts than an index has");
        else if (part)
            status = read_part(g, part, &d, err);
        else if (kind != PART_VECTORS)
            status = fail(err, KITH_ERR_CORRUPT, "part %s.0: the manifest has none",
                          part_kind_name(kind));
    }
    if (status == KITH_OK) status = compare_parts(&d, d.point_capacity, &g->binding, err);
    if (status != KITH_OK) {
        derived_done(&d);
        return status;
    }
    *out = d;
    return KITH_OK;
}
