/* kith_files.c - the state of each file that was ingested: indexed, skipped, failed or duplicate.
 *
 * The store keeps two lists: sources, which have documents, and notes on files that gave none. A
 * path can be in both, when a file that had been indexed could not be read the last time: the note
 * is the later word then, and the source adds how many documents are still there from before. */
#include "db/collection.h"
#include "lib/handle.h"

static const char *copied(arena *a, view text)
{
    return arena_copy(a, text).data;
}

static kith_file indexed_file(const store_source *s, arena *a)
{
    return (kith_file){
        .path = copied(a, s->path),
        .state = KITH_FILE_INDEXED,
        .reason = "",
        .original = "",
        .documents = s->documents,
        .bytes = s->bytes,
        .modified_ns = s->modified_ns,
    };
}

static kith_file noted_file(const store_file *f, const store_source *s, arena *a)
{
    static const kith_file_state states[] = {
        [STORE_FILE_SKIPPED] = KITH_FILE_SKIPPED,
        [STORE_FILE_FAILED] = KITH_FILE_FAILED,
        [STORE_FILE_DUPLICATE] = KITH_FILE_DUPLICATE,
    };
    return (kith_file){
        .path = copied(a, f->path),
        .state = states[f->state],
        .status = f->status,
        .reason = copied(a, f->reason),
        .original = copied(a, f->original),
        .documents = s ? s->documents : 0,
        .bytes = f->bytes,
        .modified_ns = f->modified_ns,
    };
}

/* Merges the two lists, each in order of path, into one; a path in both gives one file, the
 * note's. */
static kith_status merge(const store_source *sources, uint32_t source_count,
                         const store_file *notes, uint32_t note_count, arena *a, kith_files *out,
                         kith_error *err)
{
    kith_file *files = arena_new_array(a, kith_file, (size_t)source_count + note_count);
    uint32_t s = 0, n = 0;
    size_t count = 0;
    while (files && (s < source_count || n < note_count)) {
        int order = s == source_count ? 1
                    : n == note_count ? -1
                                      : view_compare(sources[s].path, notes[n].path);
        files[count++] = order < 0 ? indexed_file(&sources[s], a)
                                   : noted_file(&notes[n], order == 0 ? &sources[s] : NULL, a);
        s += order <= 0;
        n += order >= 0;
    }
    *out = (kith_files){count, files};
    return a->exhausted ? fail(err, KITH_ERR_NO_MEMORY, "out of memory for the list of files")
                        : KITH_OK;
}

kith_status kith_files_list(kith *k, const char *name, kith_files **out, kith_error *err)
{
    arena *memory = NULL;
    kith_files *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    collection *c = NULL;
    store *s = database_store(k->database);
    store_source *sources = NULL;
    store_file *notes = NULL;
    uint32_t source_count = 0, note_count = 0;
    kith_status status = database_acquire_collection(k->database, view_of(name), &c, err);
    if (status == KITH_OK)
        status = store_list_sources(s, collection_id(c), memory, &sources, &source_count, err);
    if (status == KITH_OK)
        status = store_list_files(s, collection_id(c), memory, &notes, &note_count, err);
    if (status == KITH_OK)
        status = merge(sources, source_count, notes, note_count, memory, result, err);
    database_release_collection(c);
    return RESULT_END(status, result, out);
}

void kith_files_free(kith_files *files)
{
    result_free(files);
}
