/* amx.h - whether this process may use AMX, the tile registers of Intel's CPUs since Sapphire Rapids.
 *
 * Their state is 8 KiB a thread, so Linux lets a process use them only when it asked (since 5.16). The
 * permission is the process's, and its children's until they start another program; nothing takes it back. Once it
 * is given, an alternate signal stack must have room for that state: the kernel then refuses smaller ones
 * than getauxval(AT_MINSIGSTKSZ) says, and refuses the permission while some thread has one. */
#ifndef KITH_SIMD_AMX_H
#define KITH_SIMD_AMX_H

#include <stdbool.h>

/* Asks the kernel once; every later call gives the same answer. False without a word where CPU, kernel,
 * emulator or a filter of system calls say no. Any thread. */
bool amx_is_usable(void);

#endif
