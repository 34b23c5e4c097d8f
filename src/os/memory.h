/* memory.h - how much memory there is. */
#ifndef KITH_OS_MEMORY_H
#define KITH_OS_MEMORY_H

#include <stdint.h>

/* Bytes of the machine's physical memory; 4 GiB where the system does not say. A limit that was set
 * for this process alone, of a container say, is not known here. Any thread. */
uint64_t memory_of_machine(void);

#endif
