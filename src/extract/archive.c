/* archive.c - the ZIP directory, checked before anything is inflated.
 *
 * Why not libzip: it does not say where an entry lies, so overlapping entries (Fifield's bombs: 46
 * MB that give 4.5 PB without nesting) could only be found by a second reader of the directory, and
 * two readers can disagree. Here one reader finds, checks and inflates.
 * Invariant: after archive_open every entry lies within the file and no two share a byte.
 * Layout: APPNOTE.TXT 6.3.x, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).
 * ZIP64 is for files larger than kith reads. */
#include "extract/archive.h"

#include "base/size.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    END_BYTES = 22,
    END_COMMENT_MAX = 65535,
    DIRECTORY_ENTRY_BYTES = 46,
    LOCAL_HEADER_BYTES = 30,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    FLAG_ENCRYPTED = 1
};

static uint32_t u16_at(view bytes, size_t offset)
{
    const unsigned char *p = (const unsigned char *)bytes.data + offset;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32_at(view bytes, size_t offset)
{
    return u16_at(bytes, offset) | u16_at(bytes, offset + 2) << 16;
}

/* Offset of the end record: the last one whose comment ends exactly where the file does. */
static bool find_end(view bytes, size_t *out)
{
    if (bytes.size < END_BYTES) return false;
    size_t last = bytes.size - END_BYTES;
    size_t first = last > END_COMMENT_MAX ? last - END_COMMENT_MAX : 0;
    for (size_t at = last + 1; at-- > first;)
        if (u32_at(bytes, at) == 0x06054B50 && u16_at(bytes, at + 20) == last - at) {
            *out = at;
            return true;
        }
    return false;
}

/* Sets start and end. The local header is as long as it says itself: its extra field need not be
 * the directory's. Its sizes are not used: writers that stream leave them 0. */
static kith_status place_entry(view bytes, size_t local, archive_entry *e, kith_error *err)
{
    if (local > bytes.size || bytes.size - local < LOCAL_HEADER_BYTES ||
        u32_at(bytes, local) != 0x04034B50)
        return fail(err, KITH_ERR_FORMAT, "damaged ZIP file: an entry is not where it should be");
    e->start = local;
    uint64_t data = (uint64_t)local + LOCAL_HEADER_BYTES + u16_at(bytes, local + 26) +
                    u16_at(bytes, local + 28);
    e->end = data + e->compressed_bytes;
    if (e->end > bytes.size)
        return fail(err, KITH_ERR_FORMAT, "damaged ZIP file: it ends within an entry");
    return KITH_OK;
}

static kith_status read_entry(view bytes, size_t *at, size_t end, archive_entry *out,
                              kith_error *err)
{
    if (end - *at < DIRECTORY_ENTRY_BYTES || u32_at(bytes, *at) != 0x02014B50)
        return fail(err, KITH_ERR_FORMAT, "damaged ZIP file: its directory is cut");
    size_t name_bytes = u16_at(bytes, *at + 28);
    size_t size =
        DIRECTORY_ENTRY_BYTES + name_bytes + u16_at(bytes, *at + 30) + u16_at(bytes, *at + 32);
    if (end - *at < size)
        return fail(err, KITH_ERR_FORMAT, "damaged ZIP file: its directory is cut");
    archive_entry e = {
        .name = {bytes.data + *at + DIRECTORY_ENTRY_BYTES, name_bytes},
        .flags = (uint16_t)u16_at(bytes, *at + 8),
        .method = (uint16_t)u16_at(bytes, *at + 10),
        .crc32 = u32_at(bytes, *at + 16),
        .compressed_bytes = u32_at(bytes, *at + 20),
        .bytes = u32_at(bytes, *at + 24),
    };
    kith_status status = place_entry(bytes, u32_at(bytes, *at + 42), &e, err);
    if (status != KITH_OK) return status;
    *at += size;
    *out = e;
    return KITH_OK;
}

static int compare_starts(const void *left, const void *right)
{
    const archive_entry *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

static int compare_names(const void *left, const void *right)
{
    const archive_entry *a = left, *b = right;
    int order = view_compare(a->name, b->name);
    return order ? order : compare_starts(a, b);
}

static kith_status check_overlap(archive *z, size_t directory, kith_error *err)
{
    qsort(z->entries, z->count, sizeof *z->entries, compare_starts);
    for (uint32_t i = 0; i < z->count; i++) {
        uint64_t next = i + 1 < z->count ? z->entries[i + 1].start : directory;
        if (z->entries[i].end > next)
            return fail(err, KITH_ERR_FORMAT, "hostile ZIP file: its entries overlap");
    }
    return KITH_OK;
}

kith_status archive_open(view bytes, arena *a, archive *out, kith_error *err)
{
    size_t end = 0;
    if (!find_end(bytes, &end)) return fail(err, KITH_ERR_FORMAT, "not a ZIP file, or cut short");
    uint32_t count = u16_at(bytes, end + 10);
    size_t size = u32_at(bytes, end + 12), start = u32_at(bytes, end + 16);
    if (start > end || size > end - start)
        return fail(err, KITH_ERR_FORMAT, "damaged ZIP file: its directory is out of place");
    if (count > ARCHIVE_MAX_ENTRIES)
        return fail(err, KITH_ERR_LIMIT, "the ZIP file has %u entries, the limit is %d", count,
                    ARCHIVE_MAX_ENTRIES);
    archive z = {.bytes = bytes, .memory = a, .entries = arena_new_array(a, archive_entry, count)};
    if (!z.entries) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a ZIP directory");
    size_t at = start;
    kith_status status = KITH_OK;
    for (; z.count < count && status == KITH_OK; z.count++)
        status = read_entry(bytes, &at, start + size, &z.entries[z.count], err);
    if (status == KITH_OK) status = check_overlap(&z, start, err);
    if (status != KITH_OK) return status;
    qsort(z.entries, z.count, sizeof *z.entries, compare_names);
    *out = z;
    return KITH_OK;
}

static const archive_entry *find(const archive *z, view name)
{
    uint32_t low = 0, high = z->count; // first entry not before name
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view_compare(z->entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < z->count && view_equal(z->entries[low].name, name) ? &z->entries[low] : NULL;
}

bool archive_has(const archive *z, view name)
{
    return find(z, name);
}

/* Limits what the entry claims; inflate_entry then holds the data to the claim. */
static kith_status check_limits(const archive *z, const archive_entry *e, kith_error *err)
{
    if (e->flags & FLAG_ENCRYPTED) return fail(err, KITH_ERR_AUTH, "encrypted");
    if (e->bytes > ARCHIVE_MAX_ENTRY_BYTES)
        return fail(err, KITH_ERR_LIMIT, "'%.*s' has %u bytes unpacked, the limit is %d",
                    VIEW_ARG(e->name), e->bytes, ARCHIVE_MAX_ENTRY_BYTES);
    if (e->bytes > ARCHIVE_RATIO_FREE_BYTES && e->bytes / ARCHIVE_MAX_RATIO > e->compressed_bytes)
        return fail(err, KITH_ERR_LIMIT, "'%.*s' unpacks to more than %d times its size",
                    VIEW_ARG(e->name), ARCHIVE_MAX_RATIO);
    if (e->bytes > ARCHIVE_MAX_TOTAL_BYTES - z->inflated)
        return fail(err, KITH_ERR_LIMIT, "the ZIP file unpacks to more than %d bytes",
                    ARCHIVE_MAX_TOTAL_BYTES);
    if (e->method != METHOD_STORED && e->method != METHOD_DEFLATED)
        return fail(err, KITH_ERR_UNSUPPORTED, "'%.*s' is packed by method %u", VIEW_ARG(e->name),
                    e->method);
    return KITH_OK;
}

/* True when the packed bytes give exactly e->bytes. */
static bool inflate_entry(view packed, const archive_entry *e, char *out)
{
    if (e->method == METHOD_STORED) {
        if (packed.size != e->bytes) return false;
        memcpy(out, packed.data, packed.size);
        return true;
    }
    z_stream stream = {
        .next_in = (Bytef *)(uintptr_t)packed.data, // zlib reads it only
        .avail_in = (uInt)packed.size,
        .next_out = (Bytef *)out,
        .avail_out = e->bytes,
    };
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
    int result = inflate(&stream, Z_FINISH);
    bool whole = result == Z_STREAM_END && stream.total_out == e->bytes;
    inflateEnd(&stream);
    return whole;
}

kith_status archive_read(archive *z, view name, view *out, kith_error *err)
{
    const archive_entry *e = find(z, name);
    if (!e) return fail(err, KITH_ERR_NOT_FOUND, "the file has no '%.*s'", VIEW_ARG(name));
    kith_status status = check_limits(z, e, err);
    if (status != KITH_OK) return status;
    view packed = view_slice(z->bytes, e->end - e->compressed_bytes, e->end);
    char *bytes = arena_new(z->memory, (size_t)e->bytes + 1);
    if (!bytes) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%.*s'", VIEW_ARG(name));
    if (!inflate_entry(packed, e, bytes) ||
        crc32(crc32(0, NULL, 0), (const Bytef *)bytes, e->bytes) != e->crc32)
        return fail(err, KITH_ERR_FORMAT, "'%.*s' is damaged", VIEW_ARG(name));
    z->inflated += e->bytes;
    *out = (view){bytes, e->bytes};
    return KITH_OK;
}
