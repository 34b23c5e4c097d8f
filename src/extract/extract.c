/* extract.c - decodes a file and hands it to the reader of its format. */
#include "extract/extract.h"

#include "base/utf8.h"
#include "extract/extract_job.h"
#include "extract/format.h"

#include <kith/types.h>

/* Names come from the file system, which does not promise UTF-8. */
static kith_status set_stem(extract_job *job, view name, kith_error *err)
{
    view stem = format_stem(name);
    if (utf8_is_valid(stem)) {
        job->stem = stem;
        return KITH_OK;
    }
    buffer repaired;
    buffer_init(&repaired, KITH_DOCUMENT_MAX_BYTES);
    utf8_append_repaired(&repaired, stem);
    kith_status status = buffer_status(&repaired, "the file's name", err);
    if (status == KITH_OK) {
        job->stem = arena_copy(job->memory, buffer_view(&repaired));
        if (!job->stem.data) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a name");
    }
    buffer_done(&repaired);
    return status;
}

static kith_status read_format(extract_job *job, file_format format, kith_error *err)
{
    switch (format.kind) {
    case FILE_TEXT:
        return extract_plain(job, err);
    case FILE_MARKDOWN:
        return extract_markdown(job, err);
    case FILE_HTML:
        return extract_html(job, err);
    case FILE_JSON:
        return extract_json(job, err);
    case FILE_JSON_LINES:
        return extract_json_lines(job, err);
    case FILE_CSV:
        return extract_csv(job, 0, err);
    case FILE_TSV:
        return extract_csv(job, '\t', err);
    case FILE_CODE:
        return extract_code(job, format.name, err);
    case FILE_NOTEBOOK:
        return extract_notebook(job, err);
    case FILE_PDF:
        return extract_pdf(job, err);
    case FILE_MAIL:
        return extract_mail(job, err);
    case FILE_MAILBOX:
        return extract_mailbox(job, err);
    case FILE_DOCX:
        return extract_docx(job, err);
    case FILE_PPTX:
        return extract_pptx(job, err);
    case FILE_XLSX:
        return extract_xlsx(job, err);
    case FILE_EPUB:
        return extract_epub(job, err);
    case FILE_UNSUPPORTED:
        return fail(err, KITH_ERR_UNSUPPORTED, "%s is not supported yet", format.name);
    case FILE_BINARY:
        break;
    }
    return fail(err, KITH_ERR_UNSUPPORTED, "binary file");
}

/* The lists grew in buffers, which have a maximum; the caller gets them in the arena. */
static void *keep_list(extract_job *job, const buffer *list)
{
    void *kept = arena_new(job->memory, list->size);
    if (kept && list->size) memcpy(kept, list->data, list->size);
    return kept;
}

static kith_status finish(extract_job *job, extraction *out, kith_error *err)
{
    extraction found = {
        .documents = keep_list(job, &job->documents),
        .document_count = (uint32_t)(job->documents.size / sizeof(document)),
        .problems = keep_list(job, &job->problems),
        .problem_count = (uint32_t)(job->problems.size / sizeof(extract_problem)),
        .attachments = keep_list(job, &job->attachments),
        .attachment_count = (uint32_t)(job->attachments.size / sizeof(attachment)),
        .replaced = job->replaced,
    };
    if (!found.documents || !found.problems || !found.attachments)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the documents");
    if (found.document_count == 0 && found.problem_count > 0)
        return fail(err, KITH_ERR_FORMAT, "no record can be read; the first, %llu: %.*s",
                    (unsigned long long)found.problems[0].record,
                    VIEW_ARG(found.problems[0].reason));
    *out = found;
    return KITH_OK;
}

kith_status extract(view name, view bytes, arena *a, extraction *out, kith_error *err)
{
    extract_job job = {.memory = a, .bytes = bytes};
    buffer_init(&job.documents, EXTRACT_MAX_DOCUMENTS * sizeof(document));
    buffer_init(&job.problems, EXTRACT_MAX_DOCUMENTS * sizeof(extract_problem));
    buffer_init(&job.attachments, EXTRACT_MAX_DOCUMENTS * sizeof(attachment));
    kith_status status = KITH_OK;
    file_format format = format_detect(name, bytes);
    if (format.kind == FILE_UNSUPPORTED || format.kind == FILE_BINARY) {
        status = read_format(&job, format, err); // refuses without looking at the text
        goto done;
    }
    if (bytes.size > KITH_DOCUMENT_MAX_BYTES) {
        status = fail(err, KITH_ERR_LIMIT, "the file has %zu bytes, the limit is %d", bytes.size,
                      KITH_DOCUMENT_MAX_BYTES);
        goto done;
    }
    status = set_stem(&job, name, err);
    if (status != KITH_OK) goto done;
    if (format_is_text(format.kind)) status = extract_job_decode(&job, bytes, err);
    if (status != KITH_OK) goto done;
    status = read_format(&job, format, err);
    if (status != KITH_OK) goto done;
    status = finish(&job, out, err);
done:
    buffer_done(&job.documents);
    buffer_done(&job.problems);
    buffer_done(&job.attachments);
    return status;
}
