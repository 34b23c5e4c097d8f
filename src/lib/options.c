/* options.c - see options.h. */
#include "lib/options.h"

#include "base/size.h"

#include <string.h>

kith_status options_adopt(const options_shape *shape, const void *given, void *out, kith_error *err)
{
    size_t size = 0;
    if (given) memcpy(&size, given, sizeof size);
    if (size == 0) size = shape->first_bytes;
    if (size < shape->first_bytes)
        return fail(err, KITH_ERR_INVALID, "%s: size is %zu, it has at least %zu bytes",
                    shape->name, size, shape->first_bytes);
    const unsigned char *bytes = given;
    for (size_t i = shape->bytes; given && i < size; i++)
        if (bytes[i] != 0)
            return fail(err, KITH_ERR_UNSUPPORTED,
                        "%s: byte %zu is set, and this kith knows the first %zu", shape->name, i,
                        shape->bytes);
    memset(out, 0, shape->bytes);
    if (given) memcpy(out, given, size_min(size, shape->bytes));
    return KITH_OK;
}
