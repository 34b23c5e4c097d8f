/* call_limit.c - see call_limit.h. */
#include "os/call_limit.h"

#include "os/clock.h"

#include <inttypes.h>

kith_status call_limit_check(const call_limit *l, kith_error *err)
{
    if (l && l->is_cancelled && l->is_cancelled(l->context) != 0)
        return fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
    if (l && l->deadline_ns != 0 && clock_monotonic_ns() >= l->deadline_ns)
        return fail(err, KITH_ERR_TIMEOUT, "not done within timeout_ms, %u ms", l->timeout_ms);
    return KITH_OK;
}

kith_status call_limit_check_bytes(const call_limit *l, uint64_t bytes, kith_error *err)
{
    if (!l || l->max_bytes == 0 || bytes <= l->max_bytes) return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "the result has more than max_bytes, %" PRIu64, l->max_bytes);
}
