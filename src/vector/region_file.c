/* region_file.c - the elements of a region as one array of bytes. */
#include "base/size.h"
#include "vector/region.h"

#include <string.h>

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
