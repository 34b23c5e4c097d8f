/* derived_parts.c - a derived index as bytes, and back. */
#include "db/derived_parts.h"

#include "base/hash.h"
#include "base/size.h"

enum { BINDING_BYTES = 9 * 8, HEADER_BYTES = 8 + BINDING_BYTES + 8 };
static const view magic = {"KITHDRV5", 8};
_Static_assert(DERIVED_FORMAT == 5, "the magic's last byte is the format as a digit");

static void append_sized(buffer *out, const buffer *part)
{
    buffer_append_u64(out, part->size);
    buffer_append(out, buffer_view(part));
    if (part->failed != KITH_OK) out->failed = part->failed;
}

static void write_binding(const store_binding *b, uint64_t sequence, buffer *out)
{
    const uint64_t words[] = {b->token.part[0], b->token.part[1], b->store.part[0],
                              b->store.part[1], b->collection,    b->metric,
                              b->dim,           b->model,         sequence};
    _Static_assert(sizeof words == BINDING_BYTES, "as read_binding reads it");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        buffer_append_u64(out, words[i]);
}

static store_binding read_binding(view bytes)
{
    uint64_t words[BINDING_BYTES / 8];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = load_u64(bytes.data + i * 8);
    return (store_binding){.token = {{words[0], words[1]}},
                           .store = {{words[2], words[3]}},
                           .collection = words[4],
                           .metric = words[5],
                           .dim = words[6],
                           .model = words[7],
                           .sequence = words[8]};
}

bool derived_read_binding(view bytes, store_binding *out)
{
    if (bytes.size < HEADER_BYTES || !view_starts_with(bytes, magic)) return false;
    *out = read_binding(view_slice(bytes, magic.size, HEADER_BYTES));
    return true;
}

void derived_write(const derived *d, const store_binding *binding, buffer *out)
{
    buffer part;
    buffer_init(&part, SIZE_MAX);
    uint32_t rows = d->index ? vector_index_rows(d->index) : 0;
    CHECK(bm25_rows(d->words) == rows);
    buffer_append(out, magic);
    write_binding(binding, d->sequence, out);
    buffer_append_u64(out, rows);
    for (uint32_t i = 0; i < rows; i++)
        buffer_append_u64(out, d->points[i]);
    buffer_append_u64(out, d->damaged_count);
    for (uint32_t i = 0; i < d->damaged_count; i++)
        buffer_append_u64(out, d->damaged[i]);
    if (d->index) vector_index_write(d->index, &part);
    append_sized(out, &part);
    buffer_reset(&part);
    columns_write(d->columns, &part);
    append_sized(out, &part);
    buffer_reset(&part);
    bm25_write(d->words, &part);
    append_sized(out, &part);
    buffer_append_u64(out, hash64(buffer_view(out), 0));
    buffer_done(&part);
}

static kith_status fail_damaged(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "derived index: %s", what);
}

/* Takes a u64 size and that many bytes from the front of `rest`. */
static bool take_sized(view *rest, view *part)
{
    if (rest->size < 8) return false;
    uint64_t size = load_u64(rest->data);
    if (size > rest->size - 8) return false;
    *part = view_slice(*rest, 8, 8 + (size_t)size);
    *rest = view_slice(*rest, 8 + (size_t)size, rest->size);
    return true;
}

static kith_status read_points(view bytes, uint64_t rows, derived *d)
{
    d->points = heap_new_array((size_t)rows, sizeof *d->points);
    if (!d->points) return KITH_ERR_NO_MEMORY;
    d->point_capacity = (uint32_t)rows;
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t point = load_u64(bytes.data + i * 8);
        if (point == 0) return KITH_ERR_CORRUPT;
        d->points[i] = point;
        // In ascending order of rows, so the newest of a point replaces the older ones.
        if (row_map_put(&d->rows, point, (uint32_t)i) != KITH_OK) return KITH_ERR_NO_MEMORY;
    }
    return KITH_OK;
}

/* The digit that ends the magic; 0: these bytes are no derived file of any format. */
static uint32_t format_of(view bytes)
{
    size_t last = magic.size - 1;
    if (bytes.size < magic.size || !view_starts_with(bytes, view_slice(magic, 0, last))) return 0;
    char digit = bytes.data[last];
    return digit >= '1' && digit <= '9' ? (uint32_t)(digit - '0') : 0;
}

/* Takes the list of damaged rows, which must ascend, from the front of `rest`. */
static kith_status read_damaged(view *rest, derived *d, kith_error *err)
{
    uint64_t count = rest->size >= 8 ? load_u64(rest->data) : UINT64_MAX, last = 0;
    if (count > rest->size / 8 - (rest->size >= 8) || count > UINT32_MAX / 2)
        return fail_damaged(err, "damaged rows are out of range");
    d->damaged = heap_new_array((size_t)count, sizeof *d->damaged);
    if (!d->damaged) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    d->damaged_count = d->damaged_capacity = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t row = load_u64(rest->data + 8 + i * 8);
        if (row <= last) return fail_damaged(err, "damaged rows do not ascend");
        d->damaged[i] = last = row;
    }
    *rest = view_slice(*rest, 8 + (size_t)count * 8, rest->size);
    return KITH_OK;
}

/* Each part checks itself; that they are of the same rows, of the binding's dimension and metric,
 * only shows here. The number of columns' rows is not compared: rows without metadata at the end
 * are not in them. */
static kith_status read_parts(view rest, uint64_t rows, const store_binding *binding, derived *d,
                              kith_error *err)
{
    view index_bytes, column_bytes, word_bytes;
    kith_status status = read_damaged(&rest, d, err);
    if (status != KITH_OK) return status;
    if (!take_sized(&rest, &index_bytes) || !take_sized(&rest, &column_bytes) ||
        !take_sized(&rest, &word_bytes) || rest.size != 0)
        return fail_damaged(err, "section sizes do not add up");
    status = columns_read(column_bytes, &d->columns, err);
    if (status == KITH_OK) status = bm25_read(word_bytes, &d->words, err);
    if (status == KITH_OK && index_bytes.size)
        status = vector_index_read(index_bytes, &d->index, err);
    if (status != KITH_OK) return status;
    if ((d->index ? vector_index_rows(d->index) : 0) != rows || bm25_rows(d->words) != rows)
        return fail_damaged(err, "rows and points differ in number");
    if (!d->index) return KITH_OK;
    const vector_index_options *o = vector_index_describe(d->index);
    if (o->dim != binding->dim || (uint64_t)o->metric != binding->metric)
        return fail_damaged(err, "the vectors are of another dimension or metric");
    return KITH_OK;
}

kith_status derived_read(view bytes, derived *out, store_binding *binding, uint32_t *format,
                         kith_error *err)
{
    *format = format_of(bytes);
    if (*format != 0 && *format != DERIVED_FORMAT)
        return fail(err, KITH_ERR_UNSUPPORTED, "derived index: format %u, not %d", *format,
                    DERIVED_FORMAT);
    if (bytes.size < HEADER_BYTES + 8 || !view_starts_with(bytes, magic))
        return fail_damaged(err, "not a derived file");
    view body = view_slice(bytes, 0, bytes.size - 8);
    if (hash64(body, 0) != load_u64(bytes.data + body.size))
        return fail_damaged(err, "checksum does not match");
    store_binding read = read_binding(view_slice(body, magic.size, HEADER_BYTES));
    uint64_t rows = load_u64(body.data + HEADER_BYTES - 8);
    view rest = view_slice(body, HEADER_BYTES, body.size);
    if (rows > rest.size / 8 || rows >= UINT32_MAX)
        return fail_damaged(err, "row count is out of range");
    view point_bytes = view_slice(rest, 0, (size_t)rows * 8);
    derived d = {.sequence = read.sequence};
    kith_status status =
        read_parts(view_slice(rest, point_bytes.size, rest.size), rows, &read, &d, err);
    if (status == KITH_OK) {
        status = read_points(point_bytes, rows, &d);
        if (status != KITH_OK) (void)fail(err, status, "derived index: points cannot be read");
    }
    if (status != KITH_OK) {
        derived_done(&d);
        return status;
    }
    *out = d;
    *binding = read;
    return KITH_OK;
}
