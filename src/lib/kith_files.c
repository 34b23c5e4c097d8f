/* kith_files.c - the state of each file that was ingested: indexed, skipped, failed or duplicate.
 *
 * The store keeps two lists: sources, which have documents, and notes on files that gave none. A
 * path can be in both, when a file that had been indexed could not be read the last time: the note
 * is the later word then, and the source adds how many documents are still there from before. */
#include "base/size.h"
#include "extract/notices.h"
#include "lib/page.h"
#include "store/documents.h"
#include "store/unindexed_files.h"

static kith_file indexed_file(const store_source *s)
{
    return (kith_file){
        .path = s->path.data,
        .state = KITH_FILE_INDEXED,
        .reason = "",
        .original = "",
        .documents = s->documents,
        .bytes = s->bytes,
        .modified_ns = s->modified_ns,
    };
}

static kith_file noted_file(const store_file *f, const store_source *s)
{
    static const kith_file_state states[] = {
        [STORE_FILE_SKIPPED] = KITH_FILE_SKIPPED,
        [STORE_FILE_FAILED] = KITH_FILE_FAILED,
        [STORE_FILE_DUPLICATE] = KITH_FILE_DUPLICATE,
    };
    return (kith_file){
        .path = f->path.data,
        .state = states[f->state],
        .status = f->status,
        .reason = f->reason.data,
        .original = f->original.data,
        .documents = s ? s->documents : 0,
        .bytes = f->bytes,
        .modified_ns = f->modified_ns,
    };
}

/* False when memory ran out. */
static bool split_notices(const store_source *s, arena *a, kith_notices *out)
{
    out->texts = notices_split(s->notices, a, &out->count);
    return out->texts != NULL;
}

/* The two lists, each in order of path, and each from the same place on. */
typedef struct two_lists {
    store_source *sources;
    store_file *notes;
    uint32_t source_count, note_count;
} two_lists;

/* Merges the lists into one of at most `limit` files, and notes whether more follow; a path in both
 * gives one file, the note's. Both lists have more than `limit` entries, or all that there are: so
 * the first `limit` paths of the two together are among them. */
static kith_status merge(const two_lists *from, uint32_t limit, arena *a, kith_files *out,
                         bool *has_more, kith_error *err)
{
    size_t most = size_min((size_t)from->source_count + from->note_count, limit);
    kith_file *files = arena_new_array(a, kith_file, most);
    kith_notices *notices = arena_new_array(a, kith_notices, most);
    if (!files || !notices)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
    uint32_t s = 0, n = 0;
    size_t count = 0;
    while (count < limit && (s < from->source_count || n < from->note_count)) {
        const store_source *source = s < from->source_count ? &from->sources[s] : NULL;
        const store_file *note = n < from->note_count ? &from->notes[n] : NULL;
        int order = !source ? 1 : !note ? -1 : view_compare(source->path, note->path);
        files[count] =
            order < 0 ? indexed_file(source) : noted_file(note, order == 0 ? source : NULL);
        if (order <= 0 && !split_notices(source, a, &notices[count]))
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the list of files");
        count++;
        s += order <= 0;
        n += order >= 0;
    }
    *has_more = s < from->source_count || n < from->note_count;
    *out = (kith_files){.count = count, .files = files, .notices = notices};
    return KITH_OK;
}

static kith_status list_files(const page_request *page, kith_files *out, kith_error *err)
{
    two_lists lists = {0};
    bool has_more = false;
    arena *a = page->memory;
    size_t before = a->used;
    uint64_t id = collection_id(page->collection);
    store *s = database_store(collection_database(page->collection));
    kith_status status =
        store_list_sources(s, id, &page->rows, a, &lists.sources, &lists.source_count, err);
    if (status == KITH_OK)
        status = store_list_files(s, id, &page->rows, a, &lists.notes, &lists.note_count, err);
    if (status == KITH_OK) status = merge(&lists, page->limit, a, out, &has_more, err);
    if (status == KITH_OK && has_more)
        status = page_end(page, view_of(out->files[out->count - 1].path), &out->next, err);
    return status == KITH_OK ? call_limit_check_bytes(page->rows.call, a->used - before, err)
                             : status;
}

kith_status kith_files_list(kith *k, const char *name, const kith_page *page, kith_files **out,
                            kith_error *err)
{
    page_request request = {.kind = CURSOR_FILES};
    kith_files *result = result_new(sizeof *result, &request.memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    kith_status status = page_open(&request, k, name, page, err);
    if (status == KITH_OK) status = list_files(&request, result, err);
    status = page_close(&request, status, err);
    return RESULT_END(status, result, out);
}

void kith_files_free(kith_files *files)
{
    result_free(files);
}
