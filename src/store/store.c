/* store.c - opening and closing the catalog.
 * Opening goes from the file to the connection that writes, to the schema, to the writer's thread.
 * Closing goes the other way, readers first: the last connection to close removes the log, and that
 * must be the writer's, which knows whether everything in the log was moved into the database. */
#include "store/store.h"

#include "os/file.h"
#include "store/schema.h"
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Private to the user. SQLite would create the file with the umask's mode, which is readable for
 * all as a rule; the log and the shared memory get the mode of the database. */
static kith_status create_file(const char *path, kith_error *err)
{
    const file_ops *ops = &file_ops_posix;
    int fd = ops->open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) return KITH_OK;
    if (fd < 0 || ops->close(fd) != 0)
        return fail(err, errno == ENOSPC ? KITH_ERR_FULL : KITH_ERR_IO, "cannot create '%s': %s",
                    path, strerror(errno));
    return KITH_OK;
}

/* Absolute, since readers are opened later, when the process may have another working directory;
 * and since a relative "file:x" could be taken for a URI. */
static kith_status database_path(const char *directory, char **out, kith_error *err)
{
    char *absolute = realpath(directory, NULL);
    char *path = NULL;
    kith_status status = KITH_OK;
    if (!absolute)
        status =
            fail(err, KITH_ERR_IO, "cannot open directory '%s': %s", directory, strerror(errno));
    else if (asprintf(&path, "%s/kith.db", absolute) < 0)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a path");
    else
        *out = path;
    free(absolute);
    return status;
}

kith_status store_open(const char *directory, store **out, kith_error *err)
{
    connection *writing_connection = NULL;
    kith_status status = KITH_OK;
    store *s = calloc(1, sizeof *s);
    if (!s) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the store");
    status = database_path(directory, &s->path, err);
    if (status == KITH_OK) status = create_file(s->path, err);
    if (status != KITH_OK) goto done;
    status = connection_open(s->path, CONNECTION_WRITER, &writing_connection, err);
    if (status == KITH_OK) status = schema_prepare(writing_connection, err);
    if (status == KITH_OK) status = readers_new(s->path, &s->readers, err);
    if (status == KITH_OK) status = writer_start(writing_connection, &s->writer, err);
    if (status != KITH_OK) goto done;
    dropped_finish(s);
    *out = s;
    return KITH_OK;
done:
    connection_close(writing_connection, false);
    readers_free(s->readers);
    free(s->path);
    free(s);
    return status;
}

kith_status store_close(store *s, kith_error *err)
{
    if (!s) return KITH_OK;
    readers_free(s->readers);
    kith_status status = writer_stop(s->writer, err);
    free(s->path);
    free(s);
    return status;
}

uint64_t store_bytes(const store *s)
{
    static const char *const suffixes[] = {"", "-wal"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[PATH_MAX];
        file_info info = {0};
        int length = snprintf(path, sizeof path, "%s%s", s->path, suffixes[i]);
        if (length < 0 || (size_t)length >= sizeof path) continue;
        if (file_stat(path, &info, NULL) == KITH_OK) bytes += info.bytes;
    }
    return bytes;
}
