/* descriptor_limit.h - how many files a process may have open at a time.
 * Systems start a process with a soft limit of 1,024, for the sake of programs that use select(2),
 * and let it raise that to a hard limit of hundreds of thousands. */
#ifndef KITH_OS_DESCRIPTOR_LIMIT_H
#define KITH_OS_DESCRIPTOR_LIMIT_H

#include <stdint.h>

/* Raises the soft limit to `wanted`, or as far as the hard limit allows; never lowers it. Returns
 * the limit that holds now, UINT32_MAX when there is none, 0 when the system does not say. Concerns
 * the whole process; any thread. */
uint32_t descriptor_limit_raise(uint32_t wanted);

#endif
