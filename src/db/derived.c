/* derived.c - keeping the derived structures in step with the store's changes.
 * Invariant: points[row] names the store row of every index row; rows[points[row]] == row for the
 * newest row of a point, which is live unless the point is deleted; older rows of the point are
 * tombstones without metadata. */
#include "db/derived.h"

#include "base/hash.h"
#include "base/size.h"

#include <stdlib.h>

enum { HEADER_BYTES = 8 + 8 + 8 + 8, FIRST_POINTS = 256, WORN_MINIMUM = 1024 };
static const view magic = {"KITHDRV4", 8};
_Static_assert(DERIVED_FORMAT == 4, "the magic's last byte is the format as a digit");

kith_status derived_init(derived *d, kith_error *err)
{
    *d = (derived){.columns = columns_new(), .words = bm25_new()};
    if (d->columns && d->words) return KITH_OK;
    derived_done(d);
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
}

void derived_done(derived *d)
{
    vector_index_free(d->index);
    columns_free(d->columns);
    bm25_free(d->words);
    free(d->points);
    row_map_done(&d->rows);
    *d = (derived){0};
}

size_t derived_bytes(const derived *d)
{
    size_t bytes = d->point_capacity * sizeof *d->points +
                   d->rows.slots * (sizeof(uint64_t) + sizeof(uint32_t));
    if (d->columns) bytes += columns_bytes(d->columns);
    if (d->words) bytes += bm25_bytes(d->words);
    if (d->index) bytes += vector_index_bytes(d->index);
    return bytes;
}

bool derived_is_worn(const derived *d)
{
    if (!d->index) return false;
    uint32_t rows = vector_index_rows(d->index), dead = rows - vector_index_live(d->index);
    return dead > WORN_MINIMUM && dead > rows / 3;
}

static void remove_point(derived *d, uint64_t point)
{
    uint32_t row = 0;
    if (!row_map_get(&d->rows, point, &row) || !vector_index_is_live(d->index, row)) return;
    vector_index_remove(d->index, row);
    columns_clear(d->columns, row);
}

static kith_status reserve_point(derived *d, uint32_t row)
{
    if (row < d->point_capacity) return KITH_OK;
    uint32_t capacity = d->point_capacity ? d->point_capacity * 2 : FIRST_POINTS;
    uint64_t *grown = heap_grow_array(d->points, capacity, sizeof *grown);
    if (!grown) return KITH_ERR_NO_MEMORY;
    d->points = grown;
    d->point_capacity = capacity;
    return KITH_OK;
}

static view text_field(const metadata *fields, view name)
{
    const metadata_value *value = metadata_get(fields, name);
    return value && value->kind == METADATA_STRING ? value->string : VIEW("");
}

/* "Super_Bowl_50" of "/articles/Super_Bowl_50.txt". */
static view file_stem(view path)
{
    size_t start = path.size, end = path.size;
    while (start > 0 && path.data[start - 1] != '/')
        start--;
    for (size_t i = start; i < path.size; i++)
        if (path.data[i] == '.' && i > start) end = i;
    return view_slice(path, start, end);
}

/* Title and heading path take part, like in the embedding; a path that begins with the title has it
 * already. A text without either goes by the name of its file, if it came in one. */
static kith_status index_words(derived *d, const store_change *change, const metadata *fields,
                               arena *a, kith_error *err)
{
    view title = text_field(fields, VIEW("title")), path = text_field(fields, VIEW("heading"));
    if (title.size == 0 && path.size == 0) title = file_stem(text_field(fields, VIEW("source")));
    if (view_starts_with(path, title)) title = VIEW("");
    const char *text = arena_printf(a, "%.*s\n%.*s\n%.*s", VIEW_ARG(title), VIEW_ARG(path),
                                    VIEW_ARG(change->content));
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
    size_t head_size = title.size + path.size + 2;
    return bm25_append(d->words, view_of(text), head_size, err);
}

static kith_status insert_point(derived *d, const store_change *change, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    metadata fields = {.memory = &memory};
    uint32_t row = vector_index_rows(d->index);
    kith_status status = reserve_point(d, row);
    if (status == KITH_OK && change->metadata.size)
        status = metadata_parse(change->metadata, &fields, err);
    if (status == KITH_OK) status = vector_index_insert(d->index, change->vector, &row, err);
    if (status == KITH_OK) {
        d->points[row] = change->row;
        status = row_map_put(&d->rows, change->row, row);
    }
    if (status == KITH_OK) status = columns_set(d->columns, row, &fields, err);
    if (status == KITH_OK) status = index_words(d, change, &fields, &memory, err);
    arena_done(&memory);
    return status;
}

kith_status derived_apply(derived *d, kith_metric metric, uint32_t dim, const store_change *change,
                          kith_error *err)
{
    if (!d->index && !change->deleted) {
        kith_status status =
            vector_index_new(&(vector_index_options){.metric = metric, .dim = dim}, &d->index, err);
        if (status != KITH_OK) return status;
    }
    if (d->index) remove_point(d, change->row);
    return change->deleted ? KITH_OK : insert_point(d, change, err);
}

static void append_sized(buffer *out, const buffer *part)
{
    buffer_append_u64(out, part->size);
    buffer_append(out, buffer_view(part));
    if (part->failed != KITH_OK) out->failed = part->failed;
}

void derived_write(const derived *d, uint64_t collection, buffer *out)
{
    buffer part;
    buffer_init(&part, SIZE_MAX);
    uint64_t rows = d->index ? vector_index_rows(d->index) : 0;
    buffer_append(out, magic);
    buffer_append_u64(out, collection);
    buffer_append_u64(out, d->sequence);
    buffer_append_u64(out, rows);
    for (uint64_t i = 0; i < rows; i++)
        buffer_append_u64(out, d->points[i]);
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
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t point = load_u64(bytes.data + i * 8);
        if (point == 0) return KITH_ERR_CORRUPT;
        if (reserve_point(d, (uint32_t)i) != KITH_OK) return KITH_ERR_NO_MEMORY;
        d->points[i] = point;
        // Rows ascend, so the newest of a point stays.
        if (row_map_put(&d->rows, point, (uint32_t)i) != KITH_OK) return KITH_ERR_NO_MEMORY;
    }
    return KITH_OK;
}

/* 0: these bytes are no derived file of any format. */
static uint32_t format_of(view bytes)
{
    size_t last = magic.size - 1;
    if (bytes.size < magic.size || !view_starts_with(bytes, view_slice(magic, 0, last))) return 0;
    char digit = bytes.data[last];
    return digit >= '1' && digit <= '9' ? (uint32_t)(digit - '0') : 0;
}

kith_status derived_read(view bytes, uint64_t collection, derived *out, uint32_t *format,
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
    if (load_u64(body.data + 8) != collection)
        return fail_damaged(err, "belongs to another collection");
    uint64_t rows = load_u64(body.data + 24);
    view rest = view_slice(body, HEADER_BYTES, body.size), index_bytes, column_bytes, word_bytes;
    if (rows > rest.size / 8 || rows >= UINT32_MAX)
        return fail_damaged(err, "row count is out of range");
    view point_bytes = view_slice(rest, 0, (size_t)rows * 8);
    rest = view_slice(rest, (size_t)rows * 8, rest.size);
    if (!take_sized(&rest, &index_bytes) || !take_sized(&rest, &column_bytes) ||
        !take_sized(&rest, &word_bytes) || rest.size != 0)
        return fail_damaged(err, "section sizes do not add up");

    derived d = {.sequence = load_u64(body.data + 16)};
    kith_status status = columns_read(column_bytes, &d.columns, err);
    if (status == KITH_OK) status = bm25_read(word_bytes, &d.words, err);
    if (status == KITH_OK && index_bytes.size)
        status = vector_index_read(index_bytes, &d.index, err);
    uint64_t indexed = d.index ? vector_index_rows(d.index) : 0;
    if (status == KITH_OK && (indexed != rows || bm25_rows(d.words) != rows))
        status = fail_damaged(err, "rows and points differ in number");
    if (status == KITH_OK) {
        status = read_points(point_bytes, rows, &d);
        if (status != KITH_OK) (void)fail(err, status, "derived index: points cannot be read");
    }
    if (status != KITH_OK) {
        derived_done(&d);
        return status;
    }
    *out = d;
    return KITH_OK;
}
