/* cpu_quota.c - see cpu_quota.h.
 *
 * A line of membership is NUMBER:CONTROLLERS:PATH. Version 2 has one hierarchy, without controllers, at
 * the root, and in each group but the first a file "cpu.max" with quota and period, or "max" and period.
 * Version 1 has a directory for each controller, "cpu" among them, and two files, the quota -1 for none. */
#include "os/cpu_quota.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_PATH_BYTES = 4096 };

/* Reads the quota of the group in this directory, in whole CPUs; UINT32_MAX: none. */
typedef uint32_t (*quota_reader)(const char *group);

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Of `quota` microseconds in each `period`; numbers <= 0 mean no limit. */
static uint32_t whole_cpus(long long quota, long long period)
{
    if (quota <= 0 || period <= 0) return UINT32_MAX;
    long long cpus = (quota - 1) / period + 1;
    return cpus < UINT32_MAX ? (uint32_t)cpus : UINT32_MAX;
}

/* Reads up to two numbers of group/name to out[2]; what is not there stays 0. */
static void read_numbers(const char *group, const char *name, long long out[2])
{
    char path[GROUP_PATH_BYTES + 32];
    (void)snprintf(path, sizeof path, "%s/%s", group, name);
    FILE *file = fopen(path, "re");
    if (!file) return;
    if (fscanf(file, "%lld %lld", &out[0], &out[1]) < 1) out[0] = 0;
    (void)fclose(file);
}

static uint32_t read_second(const char *group)
{
    long long numbers[2] = {0, 0};
    read_numbers(group, "cpu.max", numbers);
    return whole_cpus(numbers[0], numbers[1]);
}

static uint32_t read_first(const char *group)
{
    long long quota[2] = {0, 0}, period[2] = {0, 0};
    read_numbers(group, "cpu.cfs_quota_us", quota);
    read_numbers(group, "cpu.cfs_period_us", period);
    return whole_cpus(quota[0], period[0]);
}

/* The least quota of top/path and of all groups around it, top included. A path that does not lie below
 * top, or is too long, is top's. */
static uint32_t read_upwards(quota_reader read, const char *top, const char *path)
{
    char group[GROUP_PATH_BYTES];
    int length = snprintf(group, sizeof group, "%s%s", top, path);
    if (length < 0 || length >= (int)sizeof group || strstr(path, "/..")) return read(top);
    uint32_t quota = read(group);
    for (char *slash = NULL; (slash = strrchr(group + strlen(top), '/')) != NULL;) {
        *slash = '\0';
        quota = least(quota, read(group));
    }
    return quota;
}

/* Whether "cpu" is one of the names, which commas divide. */
static bool has_cpu(const char *names, size_t size)
{
    for (size_t start = 0; start + 3 <= size; start++)
        if (strncmp(names + start, "cpu", 3) == 0 && (start == 0 || names[start - 1] == ',') &&
            (start + 3 == size || names[start + 3] == ','))
            return true;
    return false;
}

uint32_t cpu_quota(const char *membership, const char *root)
{
    char line[GROUP_PATH_BYTES], cpu[GROUP_PATH_BYTES];
    int length = snprintf(cpu, sizeof cpu, "%s/cpu", root);
    if (length < 0 || length >= (int)sizeof cpu) return UINT32_MAX;
    uint32_t quota = least(read_second(root), read_first(cpu));
    FILE *file = fopen(membership, "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
        if (!path) continue;
        line[strcspn(line, "\n")] = '\0';
        const size_t size = (size_t)(path - names) - 1;
        if (size == 0) quota = least(quota, read_upwards(read_second, root, path + 1));
        if (has_cpu(names + 1, size)) quota = least(quota, read_upwards(read_first, cpu, path + 1));
    }
    if (file) (void)fclose(file);
    return quota;
}
