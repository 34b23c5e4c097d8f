/* memory.c - see memory.h. */
#include "os/memory.h"

#include <unistd.h>

uint64_t memory_of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || bytes <= 0) return (uint64_t)4 << 30;
    return (uint64_t)pages * (uint64_t)bytes;
}
