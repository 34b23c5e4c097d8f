/* options.c - see options.h. */
#include "lib/options.h"

#include "base/size.h"

#include <string.h>

kith_status options_read(void *out, size_t bytes, const void *in, size_t first, const char *what,
                         kith_error *err)
{
    size_t size = 0;
    CHECK(first >= sizeof size && first <= bytes);
    memset(out, 0, bytes);
    if (!in) return KITH_OK;
    memcpy(&size, in, sizeof size);
    if (size == 0) size = first;
    if (size < first)
        return fail(err, KITH_ERR_INVALID, "%s.size is %zu, the least is %zu", what, size, first);
    for (size_t i = bytes; i < size; i++)
        if (((const unsigned char *)in)[i] != 0)
            return fail(err, KITH_ERR_INVALID,
                        "%s asks at byte %zu for what this version of kith does not have", what, i);
    memcpy(out, in, size_min(size, bytes));
    return KITH_OK;
}
