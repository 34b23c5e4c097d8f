/* document_name.c - see document_name.h. */
#include "ingest/document_name.h"

#include "base/hash.h"
#include "base/path.h"
#include "base/utf8.h"

#include <limits.h>

/* "docs/a.md" of "/home/ann/docs/a.md"; points into `path`. */
static const char *parent_and_name(const char *path)
{
    const char *name = path_base(path);
    const char *p = name - path > 1 ? name - 2 : path;
    while (p > path && p[-1] != '/')
        p--;
    return p;
}

view name_clean(view raw, arena *a)
{
    enum { NAME_MAX_BYTES = KITH_KEY_MAX_BYTES - 24 }; // room for a chunk's number
    buffer repaired;
    buffer_init(&repaired, 4 * PATH_MAX);
    (void)utf8_append_repaired(&repaired, raw);
    for (size_t i = 0; i < repaired.size; i++)
        if ((unsigned char)repaired.data[i] < 0x20 || repaired.data[i] == 0x7F)
            repaired.data[i] = '_';
    view v = buffer_view(&repaired);
    if (v.size > NAME_MAX_BYTES) {
        // The end of a path identifies a file better than its beginning. Cut at a code point.
        size_t start = v.size - NAME_MAX_BYTES;
        while (start < v.size && ((unsigned char)v.data[start] & 0xC0) == 0x80)
            start++;
        v = view_slice(v, start, v.size);
    }
    view copy = arena_copy(a, v);
    buffer_done(&repaired);
    return copy;
}

/* *is_free: no document has the id, or only one of this very file (of its former path, when it was
 * renamed), which the store removes in the transaction that stores the new one. */
static kith_status id_is_free(const document_namer *namer, view id, const named_file *file,
                              bool *is_free, kith_error *err)
{
    uint64_t ignored;
    *is_free = false;
    if (map_get(namer->assigned, id, &ignored)) return KITH_OK; // assigned in this run
    arena scratch;
    arena_init(&scratch, 0);
    view source = {NULL, 0};
    kith_status status = namer->store ? store_find_document(namer->store, namer->collection, id,
                                                            &scratch, &source, err)
                                      : KITH_ERR_NOT_FOUND;
    bool is_own = status == KITH_OK && source.size &&
                  (view_equal(source, view_of(file->path)) ||
                   (file->former && view_equal(source, view_of(file->former))));
    if (status == KITH_ERR_NOT_FOUND || is_own) {
        *is_free = true;
        status = map_put(namer->assigned, id, 1);
        if (status != KITH_OK) (void)fail(err, status, "out of memory for document ids");
    }
    arena_done(&scratch);
    return status;
}

kith_status name_document(const document_namer *namer, const named_file *file, const document *d,
                          uint32_t record, arena *a, view *out, kith_error *err)
{
    const char *path = file->path;
    view stem = path_stem(path), own = d->id;
    const char *numbered =
        file->has_records ? arena_printf(a, "%.*s-%u", VIEW_ARG(stem), record + 1) : NULL;
    if (own.size == 0) own = numbered ? view_of(numbered) : stem;
    bool only = !file->has_records && d->id.size == 0; // the file as a whole is the document
    char digest[33];
    hash128_hex(hash128_of(view_of(path), 0), digest);
    const char *const candidates[] = {
        arena_printf(a, "%.*s", VIEW_ARG(own)),
        only ? parent_and_name(path)
             : arena_printf(a, "%s#%.*s", parent_and_name(path), VIEW_ARG(own)),
        only ? path : arena_printf(a, "%s#%u", path, record + 1),
        only ? digest : arena_printf(a, "%s#%u", digest, record + 1),
    };
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        view id = candidates[i] ? name_clean(view_of(candidates[i]), a) : (view){NULL, 0};
        if (!id.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a document's id");
        bool is_free = false;
        kith_status status = id_is_free(namer, id, file, &is_free, err);
        if (status != KITH_OK || is_free) {
            *out = id;
            return status;
        }
    }
    return fail(err, KITH_ERR_EXISTS, "every id for '%s' belongs to another document, '%s' too",
                path, candidates[sizeof candidates / sizeof candidates[0] - 1]);
}
