/* extract_driver.c - the CPU time that reading a file takes, with the tree that this was compiled
 * against; extract.py compiles it for each tree and reads what it prints. It sees the library's
 * inside, since no call of the public API reads a file without cutting it into chunks as well.
 *
 * extract_driver WORKER NAME
 *     The file NAME on standard input is read as `kith add` reads it, with WORKER for kith-extract, until that took LEAST_MS of
 *     CPU time and READS_MIN reads at least. Printed are the nanoseconds of CPU time of one read,
 *     those of the processes it starts among them, and the bytes of text that it gave. */
#if __has_include("extract/extract_file.h")
#include "extract/extract_file.h"
#else
#include "text/extract_file.h" // where it was until the formats got a room of their own
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifndef LEAST_MS
#define LEAST_MS 150
#endif

enum { READS_MIN = 3, FILE_MAX = 64 << 20 };

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

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    view name = view_of(argv[2]), bytes = {0};
    extract_options options = {.worker = argv[1]};
    int64_t least_ns = (int64_t)LEAST_MS * 1000000;
    char *content = NULL;
    if (!load_input(&content, &bytes.size)) {
        free(content);
        return 1;
    }
    bytes.data = content;
    arena memory;
    arena_init(&memory, 0);
    size_t text = 0;
    bool done = read_once(name, bytes, &options, &memory, &text); // what is done once a process
    int64_t began = cpu_ns(), took = 0, reads = 0;
    while (done && (reads < READS_MIN || took < least_ns)) {
        arena_reset(&memory);
        done = read_once(name, bytes, &options, &memory, &text);
        reads++;
        took = cpu_ns() - began;
    }
    if (done) printf("%lld %zu\n", (long long)(took / reads), text);
    arena_done(&memory);
    free(content);
    return done ? 0 : 1;
}
