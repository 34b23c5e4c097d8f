/* descriptor_limit.c - see descriptor_limit.h. */
#include "os/descriptor_limit.h"

#include <sys/resource.h>

static uint32_t narrow(rlim_t limit)
{
    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

uint32_t descriptor_limit_raise(uint32_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur >= wanted) return narrow(limit.rlim_cur);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    return narrow(setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before);
}
