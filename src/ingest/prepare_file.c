/* prepare_file.c - one file as it would be prepared, for looking at its chunks. */
#include "base/path.h"
#include "ingest/document_name.h"
#include "ingest/prepare.h"
#include "os/file.h"

kith_status prepare_file(const char *path, const extract_options *how,
                         const prepare_options *options, arena *a, extraction *extracted,
                         prepared_document **out, kith_error *err)
{
    buffer content;
    buffer_init(&content, (size_t)KITH_DOCUMENT_MAX_BYTES + 1);
    prepared_document *documents = NULL;
    view stem = path_stem(path);
    kith_status status = file_read(&file_ops_posix, path, KITH_DOCUMENT_MAX_BYTES, &content, err);
    if (status == KITH_OK) {
        view bytes = arena_copy(a, buffer_view(&content));
        status = bytes.data ? extract_file(view_of(path_base(path)), bytes, how, a, extracted, err)
                            : fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
        if (status != KITH_OK) status = fail_context(err, status, "'%s'", path);
    }
    if (status == KITH_OK) {
        documents = arena_new_array(a, prepared_document, extracted->document_count);
        if (!documents) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", path);
    }
    for (uint32_t i = 0; status == KITH_OK && i < extracted->document_count; i++) {
        const document *d = &extracted->documents[i];
        view id = d->id.size ? d->id
                  : extracted->document_count == 1
                      ? stem
                      : view_of(arena_printf(a, "%.*s-%u", VIEW_ARG(stem), i + 1));
        status = prepare_document(d, name_clean(id, a), options, a, &documents[i], err);
    }
    if (status == KITH_OK) *out = documents;
    buffer_done(&content);
    return status;
}
