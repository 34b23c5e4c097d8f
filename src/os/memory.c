/* memory.c - see memory.h. */
#include "os/memory.h"

#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

uint64_t memory_of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || bytes <= 0) return (uint64_t)4 << 30;
    return (uint64_t)pages * (uint64_t)bytes;
}

void memory_give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
