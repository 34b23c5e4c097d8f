/* line_driver.c - see line_driver.h. */
#include "line_driver.h"

#include "db/database.h"

#include <stdio.h>
#include <stdlib.h>

static kith_status answer_lines(const line_driver *driver, collection *c, embedder *e,
                                kith_error *err)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    kith_status status = KITH_OK;
    arena a;
    buffer out;
    arena_init(&a, 0);
    buffer_init(&out, MAX_LINE_BYTES);
    while (status == KITH_OK && (length = getline(&line, &capacity, stdin)) > 0) {
        status = driver->answer(c, e, (view){line, (size_t)length}, &a, &out, err);
        if (status == KITH_OK) status = buffer_status(&out, "an answer", err);
        if (fwrite(out.data, 1, out.size, stdout) != out.size) break;
        arena_reset(&a);
        buffer_reset(&out);
    }
    free(line);
    buffer_done(&out);
    arena_done(&a);
    return status;
}

int line_driver_run(const line_driver *driver, int argc, char **argv)
{
    database *d = NULL;
    collection *c = NULL;
    embedder *e = NULL;
    kith_error err = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: %s MODEL DATA COLLECTION\n", driver->name);
        return 2;
    }
    kith_status status =
        embedder_open(&(kith_embedder_options){.directory = argv[1], .threads = 1}, &e, &err);
    if (status == KITH_OK)
        status = database_open(argv[2], &(database_options){.must_exist = true}, &d, &err);
    if (status == KITH_OK) status = database_acquire_collection(d, view_of(argv[3]), &c, &err);
    if (status == KITH_OK) status = answer_lines(driver, c, e, &err);
    if (status != KITH_OK) fprintf(stderr, "%s: %s\n", driver->name, err.message);
    database_release_collection(c);
    if (database_close(d, NULL) != KITH_OK && status == KITH_OK) status = KITH_ERR_IO;
    embedder_free(e);
    return status == KITH_OK ? 0 : 1;
}
