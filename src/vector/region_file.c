/* region_file.c - the elements of a region as one array of bytes, in memory or in a file.
 *
 * Loading. The array in the file has no gaps, and each chunk takes its part of it: chunk c begins
 * at offset + start(c) * element_bytes. A part that begins at a multiple of the page size is mapped
 * over the chunk's own pages with MAP_FIXED, as far as it fills whole pages; the rest of the part
 * is read into the pages behind, which stay anonymous, since elements are appended there. With
 * elements of a multiple of 64 bytes every chunk begins at a multiple of 64 KB, so that all of an
 * array whose own offset is page-aligned is mapped, except less than a page at its end. */
#include "base/size.h"
#include "os/file.h"
#include "vector/region.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10 };

void region_write(const region *r, uint32_t count, buffer *out)
{
    uint32_t most = (uint32_t)size_max(1, PIECE_BYTES / r->element_bytes);
    for (uint32_t i = 0; i < count && out->failed == KITH_OK;) {
        uint32_t run = (uint32_t)size_min(region_run(i, count), most);
        buffer_append(out, (view){region_at(r, i), run * r->element_bytes});
        i += run;
    }
}

kith_status region_read(region *r, uint32_t count, view *bytes, kith_error *err)
{
    size_t size;
    DCHECK(r->chunks == 0);
    if (!size_mul(count, r->element_bytes, &size) || size > bytes->size)
        return fail(err, KITH_ERR_CORRUPT, "an array of %u elements is cut short", count);
    if (!region_reserve(r, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu bytes of an index", size);
    for (uint32_t i = 0; i < count;) {
        uint32_t run = region_run(i, count);
        memcpy(region_at(r, i), bytes->data + i * r->element_bytes, run * r->element_bytes);
        i += run;
    }
    *bytes = view_slice(*bytes, size, bytes->size);
    return KITH_OK;
}

/* `bytes` of the file from `offset` on to `to`, the start of a chunk. */
static kith_status load_part(const region_source *from, uint64_t offset, char *to, size_t bytes,
                             kith_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = from->fd < 0 || offset % page != 0 ? 0 : bytes / page * page;
    if (mapped > 0 && mmap(to, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, from->fd,
                           (off_t)offset) == MAP_FAILED)
        return fail(err, status_of_errno(errno), "cannot map vectors: %s", strerror(errno));
    if (mapped == bytes) return KITH_OK;
    return from->read(from->context, offset + mapped, to + mapped, bytes - mapped, err);
}

/* Are there so many bytes from `offset` on? Reading a mapping past the end of its file would raise
 * SIGBUS. */
static kith_status check_size(const region_source *from, size_t bytes, kith_error *err)
{
    struct stat st;
    if (fstat(from->fd, &st) != 0)
        return fail(err, status_of_errno(errno), "cannot map vectors: %s", strerror(errno));
    uint64_t size = (uint64_t)st.st_size;
    if (from->offset > size || bytes > size - from->offset)
        return fail(err, KITH_ERR_CORRUPT, "a file of %llu bytes cannot hold %u vectors",
                    (unsigned long long)size, from->count);
    return KITH_OK;
}

kith_status region_load(region *r, const region_source *from, kith_error *err)
{
    size_t bytes;
    DCHECK(r->chunks == 0);
    if (from->count == 0) return KITH_OK;
    if (!size_mul(from->count, r->element_bytes, &bytes))
        return fail(err, KITH_ERR_CORRUPT, "%u vectors are too many", from->count);
    kith_status status = from->fd < 0 ? KITH_OK : check_size(from, bytes, err);
    if (status != KITH_OK) return status;
    if (!region_reserve(r, from->count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", from->count);
    for (uint32_t i = 0; i < from->count && status == KITH_OK;) {
        uint32_t run = region_run(i, from->count);
        status = load_part(from, from->offset + i * r->element_bytes, region_at(r, i),
                           run * r->element_bytes, err);
        i += run;
    }
    return status;
}
