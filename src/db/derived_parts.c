/* derived_parts.c - a derived index as bytes, and back. */
#include "db/derived_parts.h"

#include "base/hash.h"
#include "base/size.h"

#include <stdlib.h>

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

void derived_write(const snapshot *s, const store_binding *binding, buffer *out)
{
    buffer part;
    buffer_init(&part, SIZE_MAX);
    buffer_append(out, magic);
    write_binding(binding, s->sequence, out);
    buffer_append_u64(out, s->rows);
    for (uint32_t i = 0; i < s->rows; i++)
        buffer_append_u64(out, derived_point(s->derived, i));
    for (uint32_t i = 0; i < (s->rows + 63) / 64; i++)
        buffer_append_u64(out, s->live.words[i]);
    buffer_append_u64(out, s->damaged_count);
    for (uint32_t i = 0; i < s->damaged_count; i++)
        buffer_append_u64(out, s->damaged[i]);
    if (s->rows) vector_index_write(s->index, &part);
    append_sized(out, &part);
    buffer_append_u64(out, s->segment_count);
    for (uint32_t i = 0; i < s->segment_count; i++) {
        buffer_reset(&part);
        columns_write(s->fields[i], &part);
        append_sized(out, &part);
        buffer_reset(&part);
        bm25_write(s->words[i], &part);
        append_sized(out, &part);
    }
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

/* The digit that ends the magic; 0: these bytes are no derived file of any format. */
static uint32_t format_of(view bytes)
{
    size_t last = magic.size - 1;
    if (bytes.size < magic.size || !view_starts_with(bytes, view_slice(magic, 0, last))) return 0;
    char digit = bytes.data[last];
    return digit >= '1' && digit <= '9' ? (uint32_t)(digit - '0') : 0;
}

/* What is read until it becomes a snapshot. */
typedef struct reading {
    derived *rows;
    bitset live;
    uint64_t *damaged;
    uint32_t damaged_count;
    segment **segments;
    uint32_t segment_count;
} reading;

static void reading_done(reading *r)
{
    for (uint32_t i = 0; i < r->segment_count; i++)
        segment_release(r->segments[i]);
    free(r->segments);
    free(r->live.words);
    free(r->damaged);
    derived_release(r->rows);
}

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
}

static kith_status read_points(view *rest, uint32_t rows, reading *r, kith_error *err)
{
    derived *d = r->rows;
    if (!region_reserve(&d->points, rows)) return fail_memory(err);
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t point = load_u64(rest->data + (size_t)i * 8);
        if (point == 0) return fail_damaged(err, "a row names no point");
        *(uint64_t *)region_at(&d->points, i) = point;
        // In ascending order of rows, so the newest of a point replaces the older ones.
        if (row_map_put(&d->rows, point, i) != KITH_OK) return fail_memory(err);
    }
    *rest = view_slice(*rest, (size_t)rows * 8, rest->size);
    return KITH_OK;
}

static kith_status read_live(view *rest, uint32_t rows, reading *r, kith_error *err)
{
    size_t words = ((size_t)rows + 63) / 64;
    if (rest->size / 8 < words) return fail_damaged(err, "live rows are cut off");
    r->live = (bitset){heap_new_array(words, sizeof(uint64_t)), rows};
    if (!r->live.words) return fail_memory(err);
    for (size_t i = 0; i < words; i++)
        r->live.words[i] = load_u64(rest->data + i * 8);
    *rest = view_slice(*rest, words * 8, rest->size);
    if (bitset_check(&r->live)) return fail_damaged(err, "live rows are out of range");
    return KITH_OK;
}

/* Takes the list of damaged rows, which must ascend, from the front of `rest`. */
static kith_status read_damaged(view *rest, reading *r, kith_error *err)
{
    uint64_t count = rest->size >= 8 ? load_u64(rest->data) : UINT64_MAX, last = 0;
    if (count > rest->size / 8 - (rest->size >= 8) || count > UINT32_MAX / 2)
        return fail_damaged(err, "damaged rows are out of range");
    r->damaged = heap_new_array((size_t)count, sizeof *r->damaged);
    if (!r->damaged) return fail_memory(err);
    r->damaged_count = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t row = load_u64(rest->data + 8 + i * 8);
        if (row <= last) return fail_damaged(err, "damaged rows do not ascend");
        r->damaged[i] = last = row;
    }
    *rest = view_slice(*rest, 8 + (size_t)count * 8, rest->size);
    return KITH_OK;
}

static kith_status read_segment(view *rest, reading *r, kith_error *err)
{
    view column_bytes, word_bytes;
    if (!take_sized(rest, &column_bytes) || !take_sized(rest, &word_bytes))
        return fail_damaged(err, "section sizes do not add up");
    segment *s = calloc(1, sizeof *s);
    if (!s) return fail_memory(err);
    atomic_init(&s->holders, 1);
    r->segments[r->segment_count++] = s;
    kith_status status = columns_read(column_bytes, &s->fields, err);
    if (status == KITH_OK) status = bm25_read(word_bytes, &r->live, &s->words, err);
    if (status != KITH_OK) return status;
    s->first_row = bm25_first_row(s->words);
    s->end_row = bm25_end_row(s->words);
    uint32_t end = r->segment_count > 1 ? r->segments[r->segment_count - 2]->end_row : 0;
    if (s->first_row != end || columns_first_row(s->fields) < s->first_row ||
        columns_end_row(s->fields) > s->end_row)
        return fail_damaged(err, "segments do not follow one another");
    return KITH_OK;
}

static kith_status read_segments(view *rest, reading *r, kith_error *err)
{
    uint64_t count = rest->size >= 8 ? load_u64(rest->data) : UINT64_MAX;
    if (count > rest->size / 16) return fail_damaged(err, "segments are out of range");
    *rest = view_slice(*rest, 8, rest->size);
    r->segments = heap_new_array((size_t)count, sizeof(segment *));
    kith_status status = r->segments ? KITH_OK : fail_memory(err);
    for (uint64_t i = 0; i < count && status == KITH_OK; i++)
        status = read_segment(rest, r, err);
    uint32_t end = r->segment_count ? r->segments[r->segment_count - 1]->end_row : 0;
    if (status == KITH_OK && (end != r->live.count || rest->size != 0))
        return fail_damaged(err, "section sizes do not add up");
    return status;
}

/* Each part checks itself; that they are of the same rows, of the binding's dimension and metric,
 * only shows here. */
static kith_status read_parts(view rest, uint32_t rows, const store_binding *binding, reading *r,
                              kith_error *err)
{
    view index_bytes;
    kith_status status = read_points(&rest, rows, r, err);
    if (status == KITH_OK) status = read_live(&rest, rows, r, err);
    if (status == KITH_OK) status = read_damaged(&rest, r, err);
    if (status != KITH_OK) return status;
    if (!take_sized(&rest, &index_bytes)) return fail_damaged(err, "section sizes do not add up");
    if (index_bytes.size) status = vector_index_read(index_bytes, &r->rows->index, err);
    if (status == KITH_OK) status = read_segments(&rest, r, err);
    if (status != KITH_OK) return status;
    if (derived_rows(r->rows) != rows) return fail_damaged(err, "rows and points differ in number");
    if (!r->rows->index) return KITH_OK;
    const vector_index_options *o = vector_index_describe(r->rows->index);
    if (o->dim != binding->dim || (uint64_t)o->metric != binding->metric)
        return fail_damaged(err, "the vectors are of another dimension or metric");
    return KITH_OK;
}

static kith_status make_snapshot(reading *r, uint64_t sequence, snapshot **out, kith_error *err)
{
    snapshot_parts parts = {.derived = r->rows,
                            .rows = r->live.count,
                            .live_words = r->live.words,
                            .damaged = r->damaged,
                            .damaged_count = r->damaged_count,
                            .segments = r->segments,
                            .segment_count = r->segment_count,
                            .sequence = sequence};
    *out = snapshot_new(&parts);
    if (!*out) return fail_memory(err);
    r->live.words = r->damaged = NULL; // the snapshot owns them now
    return KITH_OK;
}

kith_status derived_read(view bytes, snapshot **out, store_binding *binding, uint32_t *format,
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
    reading r = {.rows = derived_new((kith_metric)read.metric)};
    kith_status status = r.rows ? KITH_OK : fail_memory(err);
    if (status == KITH_OK) status = read_parts(rest, (uint32_t)rows, &read, &r, err);
    if (status == KITH_OK) status = make_snapshot(&r, read.sequence, out, err);
    reading_done(&r);
    if (status == KITH_OK) *binding = read;
    return status;
}
