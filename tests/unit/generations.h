/* generations.h - the saved generations of a collection, as tests find and change them: by their
 * names alone, without the code under test. */
#ifndef KITH_TEST_GENERATIONS_H
#define KITH_TEST_GENERATIONS_H

#include "scratch.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

enum { GENERATION_PATH_BYTES = 1024 };

/* The path of the generation with the highest number below `directory`, the data directory; false
 * when there is none. */
static inline bool find_generation(const char *directory, unsigned long long id,
                                   char out[GENERATION_PATH_BYTES])
{
    char home[GENERATION_PATH_BYTES - 32];
    (void)snprintf(home, sizeof home, "%s/derived/%llu", directory, id);
    DIR *entries = opendir(home);
    long highest = 0;
    const struct dirent *e = NULL;
    while (entries && (e = readdir(entries))) {
        char *end = NULL;
        long number = strtol(e->d_name, &end, 10);
        if (*end == '\0' && number > highest) highest = number;
    }
    if (entries) (void)closedir(entries);
    (void)snprintf(out, GENERATION_PATH_BYTES, "%s/%ld", home, highest);
    return highest > 0;
}

/* How many names there are in derived/ID. */
static inline uint32_t count_generations(const char *directory, unsigned long long id)
{
    char home[GENERATION_PATH_BYTES];
    (void)snprintf(home, sizeof home, "%s/derived/%llu", directory, id);
    DIR *entries = opendir(home);
    uint32_t count = 0;
    const struct dirent *e = NULL;
    while (entries && (e = readdir(entries)))
        count += e->d_name[0] != '.';
    if (entries) (void)closedir(entries);
    return count;
}

static inline void remove_tree(const char *path)
{
    (void)nftw(path, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void copy_file_to(const char *from, const char *to)
{
    char bytes[4096];
    size_t size = 0;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

/* Copies a directory of files to one that is made, or whose files are replaced. */
static inline void copy_generation(const char *from, const char *to)
{
    (void)mkdir(to, 0700);
    DIR *entries = opendir(from);
    assert_non_null(entries);
    const struct dirent *e = NULL;
    while ((e = readdir(entries))) {
        char in[GENERATION_PATH_BYTES * 2], out[GENERATION_PATH_BYTES * 2];
        if (e->d_name[0] == '.') continue;
        (void)snprintf(in, sizeof in, "%s/%s", from, e->d_name);
        (void)snprintf(out, sizeof out, "%s/%s", to, e->d_name);
        copy_file_to(in, out);
    }
    (void)closedir(entries);
}

/* Changes one byte of a file to another value. */
static inline void flip_byte(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_true(byte != EOF);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 0x10, file), byte ^ 0x10);
    assert_int_equal(fclose(file), 0);
}

#endif
