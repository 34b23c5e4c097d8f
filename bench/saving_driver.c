/* saving_driver.c - memory in use before and while an index is saved, over the public API of
 * whichever libkith it was compiled with; saving.py compiles it for each and reads what it prints.
 *
 * saving_driver DIRECTORY
 *     POINTS points of DIM numbers are put, and SETTLE_MS are left for whatever the library does
 *     beside. Then LATE points more are put, too few for the index to be saved for them at once.
 *     The bytes of memory that the index takes are printed, and a byte of standard input is waited
 *     for. Then the directory is closed, which saves the index; "closed" is printed, and a second
 *     byte is waited for: saving.py looks at the process meanwhile.
 * Vectors are random, with a fixed seed. The numbers are given when this is compiled. */
#include "driver.h"

#include <kith/kith.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef POINTS
#define POINTS    17000
#define LATE      500
#define DIM       384
#define SETTLE_MS 8000
#endif

enum { BATCH = 500 };

static const char collection[] = "saving";

/* Says what went wrong, if anything. */
static bool succeeded(kith_status status, const kith_error *err)
{
    if (status != KITH_OK) fprintf(stderr, "saving_driver: %s\n", err->message);
    return status == KITH_OK;
}

static bool put_range(kith *k, uint32_t first, uint32_t count)
{
    static char ids[BATCH][16];
    static float vectors[BATCH][DIM];
    static kith_point points[BATCH];
    kith_error err = {0};
    for (uint32_t done = 0, step; done < count; done += step) {
        step = count - done < BATCH ? count - done : BATCH;
        for (uint32_t i = 0; i < step; i++) {
            uint32_t n = first + done + i;
            snprintf(ids[i], sizeof ids[i], "p%u", n);
            make_vector(n, vectors[i], DIM);
            points[i] = (kith_point){.id = ids[i],
                                     .content = "the red fox hunts mice at dusk",
                                     .vector = vectors[i],
                                     .dimension = DIM};
        }
        if (!succeeded(kith_put(k, collection, KITH_ADD, points, step, &err), &err)) return false;
    }
    return true;
}

static bool print_index_bytes(kith *k)
{
    kith_error err = {0};
    kith_collection_list *list = NULL;
    if (!succeeded(kith_collections(k, collection, &list, &err), &err)) return false;
    printf("%llu\n", list->count ? (unsigned long long)list->collections[0].bytes_memory : 0);
    kith_collection_list_free(list);
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    kith_error err = {0};
    kith *k = NULL;
    if (argc != 2) return 2;
    bool done = succeeded(kith_open(argv[1], NULL, &k, &err), &err) &&
                succeeded(kith_collection_create(k, collection, NULL, &err), &err) &&
                put_range(k, 0, POINTS);
    if (done) wait_ms(SETTLE_MS);
    done = done && put_range(k, POINTS, LATE);
    if (done) wait_ms(SETTLE_MS);
    done = done && print_index_bytes(k) && getchar() != EOF;
    done = succeeded(kith_close(k, &err), &err) && done;
    if (done) puts("closed");
    done = done && fflush(stdout) == 0 && getchar() != EOF;
    return done ? 0 : 1;
}
