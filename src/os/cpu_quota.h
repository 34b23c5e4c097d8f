/* cpu_quota.h - how many CPUs the control groups of a process let it use at a time. */
#ifndef KITH_OS_CPU_QUOTA_H
#define KITH_OS_CPU_QUOTA_H

#include <stdint.h>

/* The smallest quota of the process's control group and of all groups around it, in whole CPUs rounded
 * up, >= 1; UINT32_MAX: none has one, or none can be read.
 * membership  the file that lists the process's groups: /proc/self/cgroup
 * root        where control groups are mounted: /sys/fs/cgroup
 * Versions 2 and 1, and both together. A container that is shown its own group as the root, though
 * membership has the path outside it, has the root's quota. Any thread.
 * Source: cgroups(7), "cpu.max" and "cpu.cfs_quota_us" of the kernel's admin-guide. */
uint32_t cpu_quota(const char *membership, const char *root);

#endif
