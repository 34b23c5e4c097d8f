/* call_limit.c - see call_limit.h. */
#include "os/call_limit.h"

#include "os/clock.h"

#include <inttypes.h>

enum { NS_PER_MS = 1000 * 1000 };

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

uint32_t call_limit_left_ms(const call_limit *l, uint32_t most)
{
    if (!l || l->deadline_ns == 0) return most;
    int64_t left = (l->deadline_ns - clock_monotonic_ns()) / NS_PER_MS;
    if (left < 1) return 1;
    return left < (int64_t)most ? (uint32_t)left : most;
}
