/* named_documents.c - see named_documents.h. The chunks know their file (their field "source") and
 * their document, so the filter finds the documents. */
#include "cli/named_documents.h"

#include "base/map.h"
#include "cli/narrowing.h"
#include "cli/workspace.h"

static kith_status add_page(const kith_records *page, map *seen, kith_error *err)
{
    for (size_t i = 0; i < page->count; i++) {
        uint64_t ignored = 0;
        const char *id = page->records[i].document;
        if (!id || map_get(seen, view_of(id), &ignored)) continue;
        if (map_put(seen, view_of(id), 0) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    }
    return KITH_OK;
}

kith_status named_documents_where(invocation *run, kith *database, const char *where,
                                  bool allow_unknown, named_documents *out, kith_error *err)
{
    enum { PAGE_CHUNKS = 5000 };
    map *seen = map_new();
    kith_records *page = NULL;
    kith_status status = seen ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    while (status == KITH_OK && (!page || page->next)) {
        kith_records *next = NULL;
        const kith_selection selection = {.size = sizeof selection,
                                          .where = where,
                                          .limit = PAGE_CHUNKS,
                                          .cursor = page ? page->next : NULL,
                                          .allow_unknown_fields = allow_unknown,
                                          .without_content = true,
                                          .without_metadata = true};
        status = kith_get(database, workspace_collection(run), &selection, &next, err);
        kith_records_free(page);
        page = next;
        if (status == KITH_OK) status = add_page(page, seen, err);
    }
    kith_records_free(page);
    *out = (named_documents){0};
    if (status == KITH_OK)
        out->ids = arena_new_array(run->memory, const char *, map_count(seen) + 1);
    if (status == KITH_OK && !out->ids) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    size_t cursor = 0;
    view id = {NULL, 0};
    uint64_t ignored = 0;
    while (status == KITH_OK && map_next(seen, &cursor, &id, &ignored)) {
        out->ids[out->count] = arena_copy(run->memory, id).data;
        if (!out->ids[out->count++]) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    map_free(seen);
    return status;
}

kith_status named_documents_of_path(invocation *run, kith *database, const char *path, bool below,
                                    named_documents *out, kith_error *err)
{
    const char *where = NULL;
    kith_status status = narrowing_path_filter(run, path, below, &where, err);
    if (status == KITH_OK) status = named_documents_where(run, database, where, true, out, err);
    if (status == KITH_OK && out->count == 0)
        status = fail(err, KITH_ERR_NOT_FOUND, "collection '%s' has no document of '%s'",
                      workspace_collection(run), path);
    return status;
}
