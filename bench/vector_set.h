/* vector_set.h - what drivers of benchmarks of the vector index share: files of float32 vectors, and an
 * index of them. */
#ifndef KITH_BENCH_VECTOR_SET_H
#define KITH_BENCH_VECTOR_SET_H

#include "base/status.h"
#include "vector/vector_index.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct vectors {
    float *rows; /* [count][dim] */
    uint32_t count;
} vectors;

__attribute__((noreturn)) static inline void stop(const char *what, const kith_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err ? err->message : "failed");
    exit(1); // allow exit: a program of its own
}

static inline FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "rb"); // allow fopen: a program of its own
    if (!file) stop(path, NULL);
    return file;
}

static inline void read_into(FILE *file, void *to, size_t bytes, const char *path)
{
    if (fread(to, 1, bytes, file) != bytes) stop(path, NULL);
}

static inline vectors read_vectors(const char *path, uint32_t dim)
{
    vectors v = {0};
    FILE *file = open_file(path);
    if (fseek(file, 0, SEEK_END) != 0) stop(path, NULL);
    size_t bytes = (size_t)ftell(file);
    v.count = (uint32_t)(bytes / (dim * sizeof(float)));
    v.rows = malloc(bytes);
    rewind(file);
    if (!v.rows) stop(path, NULL);
    read_into(file, v.rows, bytes, path);
    fclose(file);
    return v;
}

/* With all of them linked and coded. */
static inline vector_index *build_index_within(const vectors *base, kith_metric metric,
                                               uint32_t dim, const vector_budget *budget)
{
    kith_error err = {0};
    vector_index *index = NULL;
    const vector_index_options options = {
        .metric = metric, .dim = dim, .seed = 1, .budget = *budget};
    if (vector_index_new(&options, &index, &err) != KITH_OK) stop("index", &err);
    for (uint32_t i = 0, row; i < base->count; i++)
        if (vector_index_append(index, base->rows + (size_t)i * dim, &row, &err) != KITH_OK)
            stop("append", &err);
    while (vector_index_unlinked(index, base->count) > 0)
        if (vector_index_link(index, base->count, 256, NULL, NULL, &err) != KITH_OK)
            stop("link", &err);
    (void)vector_index_reclaim(index);
    return index;
}

static inline vector_index *build_index(const vectors *base, kith_metric metric, uint32_t dim)
{
    return build_index_within(base, metric, dim, &(vector_budget){0});
}

#endif
