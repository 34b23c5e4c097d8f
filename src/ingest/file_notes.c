/* file_notes.c - see file_notes.h. */
#include "ingest/file_notes.h"

void file_notes_init(file_notes *n, store *s, uint64_t collection, uint32_t group)
{
    CHECK(group >= 1 && group <= FILE_NOTES_GROUP);
    *n = (file_notes){.store = s, .collection = collection, .group = group};
    arena_init(&n->memory, 0);
}

void file_notes_done(file_notes *n)
{
    arena_done(&n->memory);
}

static bool is_same(const store_file *a, const store_file *b)
{
    return a->state == b->state && a->status == b->status && view_equal(a->reason, b->reason) &&
           view_equal(a->original, b->original) && view_equal(a->hash, b->hash) &&
           a->bytes == b->bytes && a->modified_ns == b->modified_ns;
}

kith_status file_notes_has(const file_notes *n, const store_file *file, bool *out, kith_error *err)
{
    *out = false;
    if (!n->store) return KITH_OK;
    arena scratch;
    arena_init(&scratch, 0);
    store_file stored = {0};
    kith_status status =
        store_get_file(n->store, n->collection, file->path, &scratch, &stored, err);
    *out = status == KITH_OK ? is_same(file, &stored) : file->state == STORE_FILE_FORGOTTEN;
    arena_done(&scratch);
    return status == KITH_ERR_NOT_FOUND ? KITH_OK : status;
}

kith_status file_notes_add(file_notes *n, const store_file *file, kith_error *err)
{
    bool stored = false;
    if (!n->store) return KITH_OK;
    // Waiting notes are not consulted: of two for one path the store keeps the later.
    kith_status status = file_notes_has(n, file, &stored, err);
    if (status != KITH_OK || stored) return status;
    CHECK(n->count < n->group);
    store_file kept = *file;
    kept.path = arena_copy(&n->memory, file->path);
    kept.reason = arena_copy(&n->memory, file->reason);
    kept.original = arena_copy(&n->memory, file->original);
    kept.hash = arena_copy(&n->memory, file->hash);
    if (n->memory.exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a note");
    n->files[n->count++] = kept;
    return n->count == n->group ? file_notes_flush(n, err) : KITH_OK;
}

kith_status file_notes_flush(file_notes *n, kith_error *err)
{
    if (n->count == 0) return KITH_OK;
    kith_status status = store_note_files(n->store, n->collection, n->files, n->count, err);
    n->count = 0;
    arena_reset(&n->memory);
    return status;
}
