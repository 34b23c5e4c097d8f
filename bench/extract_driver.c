/* extract_driver.c - the CPU time that reading a file takes, with the tree that this was compiled
 * against; extract.py compiles it for each tree and reads what it prints. It sees the library's
 * inside, since no call of the public API reads a file without cutting it into chunks as well.
 *
 * extract_driver WORKER NAME
 *     The file NAME on standard input is read as `kith add` reads it, with WORKER for kith-extract, READS times in one run, which
 *     has its fork servers where the tree has some, and once in another one. Printed are the nanoseconds of CPU time of one read,
 *     those of the processes it starts among them: what the first run takes more than the second, by read; then what the
 *     first read of a run takes; and the bytes of text that a read gives. The CPU time of a process counts when it has ended, which
 *     is why runs are compared. READS is doubled until the first run takes LEAST_MS. */
#if __has_include("extract/extract_file.h")
#include "extract/extract_file.h"
#else
#include "text/extract_file.h" // where it was until the formats got a room of their own
#endif

#if __has_include("os/fork_server.h")
#include "os/fork_server.h"
#define HAS_SERVERS
#endif

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifndef LEAST_MS
#define LEAST_MS 150
#endif

enum { READS_MIN = 4, FILE_MAX = 64 << 20 };

static int64_t used_ns(int who)
{
    struct rusage u;
    if (getrusage(who, &u) != 0) return 0;
    int64_t seconds = (int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec;
    return (seconds * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

static int64_t cpu_ns(void)
{
    return used_ns(RUSAGE_SELF) + used_ns(RUSAGE_CHILDREN);
}

static bool load_input(char **out, size_t *size)
{
    char *bytes = malloc(FILE_MAX);
    if (bytes) *size = fread(bytes, 1, FILE_MAX, stdin);
    *out = bytes;
    return bytes && feof(stdin);
}

static bool read_once(view name, view bytes, const extract_options *o, arena *a, size_t *text)
{
    kith_error err = {0};
    extraction x = {0};
    if (extract_file(name, bytes, o, a, &x, &err) != KITH_OK) {
        fprintf(stderr, "extract_driver: %.*s: %s\n", (int)name.size, name.data, err.message);
        return false;
    }
    *text = 0;
    for (uint32_t i = 0; i < x.document_count; i++)
        *text += x.documents[i].text.size;
    return true;
}

typedef struct reading {
    view name, bytes;
    const char *worker;
    arena memory;
    size_t text; /* bytes that a read gives */
} reading;

/* A run of so many reads; its CPU time, or -1. */
static int64_t read_often(reading *r, int64_t reads)
{
    int64_t began = cpu_ns();
    bool done = true;
    extract_options options = {.worker = r->worker};
#ifdef HAS_SERVERS
    options.servers = fork_servers_new();
#endif
    for (int64_t i = 0; done && i < reads; i++) {
        arena_reset(&r->memory);
        done = read_once(r->name, r->bytes, &options, &r->memory, &r->text);
    }
#ifdef HAS_SERVERS
    fork_servers_free(options.servers);
#endif
    return done ? cpu_ns() - began : -1;
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    reading r = {.name = view_of(argv[2]), .worker = argv[1]};
    int64_t least_ns = (int64_t)LEAST_MS * 1000000, reads = READS_MIN, many = 0, one = 0;
    char *content = NULL;
    if (!load_input(&content, &r.bytes.size)) {
        free(content);
        return 1;
    }
    r.bytes.data = content;
    // What is given back to the system and taken again between two reads would be chance.
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    arena_init(&r.memory, 0);
    one = read_often(&r, 1); // what is done once a process
    for (; one >= 0 && many >= 0; reads *= 2) {
        many = read_often(&r, reads);
        if (many >= least_ns) break;
    }
    if (one >= 0 && many >= 0) one = read_often(&r, 1);
    if (one >= 0 && many >= 0)
        printf("%lld %lld %zu\n", (long long)((many - one) / (reads - 1)), (long long)one, r.text);
    arena_done(&r.memory);
    free(content);
    return one >= 0 && many >= 0 ? 0 : 1;
}
