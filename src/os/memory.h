/* memory.h - how much memory there is, and giving back what is not needed. */
#ifndef KITH_OS_MEMORY_H
#define KITH_OS_MEMORY_H

#include <stdint.h>

/* Bytes of the machine's physical memory; 4 GiB where the system does not say. A limit that was set
 * for this process alone, of a container say, is not known here. Any thread. */
uint64_t memory_of_machine(void);

/* Gives memory that was freed and that the allocator keeps for later back to the system: after work
 * that took much and does not come again at once. It takes some milliseconds. Any thread. */
void memory_give_back(void);

#endif
