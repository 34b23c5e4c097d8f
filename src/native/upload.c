/* upload.c - see upload.h. */
#include "native/upload.h"

#include "base/map.h"
#include "os/directory.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>

static kith_status write_file(const char *path, view content, kith_error *err)
{
    file_writer w = {0};
    kith_status status = file_writer_open(&file_ops_posix, path, &w, err);
    if (status != KITH_OK) return status;
    status = file_writer_write(&w, content, err);
    file_writer_abandon(&w); // without a sync: a crash may lose it, as it loses the request
    return status;
}

static kith_status add_file(upload *u, const multipart_part *part, map *names, arena *a,
                            kith_error *err)
{
    const char *name = NULL;
    uint64_t ignored;
    kith_status status = multipart_file_name(part->filename, a, &name, err);
    if (status != KITH_OK) return status;
    if (map_get(names, view_of(name), &ignored))
        return fail(err, KITH_ERR_INVALID, "two files are called '%.200s'", name);
    status = map_put(names, view_of(name), 1);
    const char *path = arena_printf(a, "%s/%s", u->directory, name);
    if (status != KITH_OK || !path)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a file");
    u->paths[u->count++] = path;
    return write_file(path, part->content, err);
}

kith_status upload_write(const multipart_form *form, const char *base, arena *a, upload *out,
                         kith_error *err)
{
    *out = (upload){0};
    char *directory = arena_printf(a, "%s/kith-upload-XXXXXX", base);
    const char **paths = arena_new_bytes_array(a, form->count, sizeof *paths);
    if (!directory || !paths) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for files");
    if (!mkdtemp(directory))
        return fail(err, status_of_errno(errno), "cannot make a directory in '%s': %s", base,
                    strerror(errno));
    *out = (upload){.directory = directory, .paths = paths};
    map *names = map_new();
    if (!names) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for files");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < form->count && status == KITH_OK; i++)
        if (form->parts[i].filename.data) status = add_file(out, &form->parts[i], names, a, err);
    map_free(names);
    return status;
}

void upload_remove(upload *u)
{
    if (!u->directory) return;
    kith_status status = directory_remove(&file_ops_posix, u->directory, NULL);
    (void)status; // said in the contract
    u->directory = NULL;
}
