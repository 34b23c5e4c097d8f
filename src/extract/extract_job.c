/* extract_job.c - the text that readers work on, and the lists that they fill.
 * The text of most files is UTF-8 with \n already; it is used where it lies and never copied.
 * Stands below the readers: it calls none of them. */
#include "extract/extract_job.h"

#include "base/utf8.h"
#include "extract/encoding.h"

#include <kith/types.h>

enum { TEXT_MAX_BYTES = 4 * KITH_DOCUMENT_MAX_BYTES }; // of all documents of a file

kith_status extract_job_begin(extract_job *job, const char *type, document *out, kith_error *err)
{
    document d = {.fields = {.memory = job->memory}};
    kith_status status = metadata_set_string(&d.fields, "type", view_of(type), err);
    if (status == KITH_OK && job->encoding)
        status = metadata_set_string(&d.fields, "encoding", view_of(job->encoding), err);
    if (status == KITH_OK) *out = d;
    return status;
}

kith_status extract_job_add(extract_job *job, const document *d, kith_error *err)
{
    if (d->text.size > TEXT_MAX_BYTES - job->text_bytes)
        return fail(err, KITH_ERR_LIMIT, "the file's documents have more than %d bytes of text",
                    TEXT_MAX_BYTES);
    job->text_bytes += d->text.size;
    buffer_append(&job->documents, (view){(const char *)d, sizeof *d});
    if (job->documents.failed == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_LIMIT, "the file has more than %d documents",
                    EXTRACT_MAX_DOCUMENTS);
    return buffer_status(&job->documents, "the list of documents", err);
}

kith_status extract_job_report(extract_job *job, uint64_t record, kith_status why,
                               const char *reason, kith_error *err)
{
    extract_problem p = {record, why, arena_copy(job->memory, view_of(reason))};
    if (!p.reason.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a problem");
    buffer_append(&job->problems, (view){(const char *)&p, sizeof p});
    if (job->problems.failed == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_LIMIT, "the file has more than %d unreadable records",
                    EXTRACT_MAX_DOCUMENTS);
    return buffer_status(&job->problems, "the list of problems", err);
}

/* \r\n and \r to \n, in place; returns the new size. */
static size_t normalize_line_ends(char *text, size_t size)
{
    char *first = memchr(text, '\r', size);
    if (!first) return size;
    size_t to = (size_t)(first - text);
    for (size_t from = to; from < size; from++) {
        char c = text[from];
        if (c == '\r') {
            c = '\n';
            if (from + 1 < size && text[from + 1] == '\n') from++;
        }
        text[to++] = c;
    }
    return to;
}

kith_status extract_job_clean(extract_job *job, view text, view *out, kith_error *err)
{
    *out = text;
    if (text.size == 0) return KITH_OK;
    bool has_nul = memchr(text.data, 0, text.size);
    if (!has_nul && !memchr(text.data, '\r', text.size)) return KITH_OK;
    char *cleaned = arena_new(job->memory, text.size);
    if (!cleaned) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a string");
    for (size_t i = 0; i < text.size; i++)
        cleaned[i] = text.data[i] ? text.data[i] : ' ';
    *out = (view){cleaned, normalize_line_ends(cleaned, text.size)};
    return KITH_OK;
}

static bool is_clean(view bytes)
{
    return bytes.size == 0 ||
           (!memchr(bytes.data, '\r', bytes.size) && !memchr(bytes.data, 0, bytes.size) &&
            utf8_is_valid(bytes) && !view_starts_with(bytes, VIEW("\xEF\xBB\xBF")) &&
            text_encoding_detect(bytes) == ENCODING_UTF8);
}

kith_status extract_job_decode(extract_job *job, view bytes, kith_error *err)
{
    if (is_clean(bytes)) {
        job->text = bytes;
        return KITH_OK;
    }
    size_t replaced = 0;
    buffer decoded;
    buffer_init(&decoded, KITH_DOCUMENT_MAX_BYTES);
    text_encoding encoding = ENCODING_UTF8;
    kith_status status = text_decode(bytes, &decoded, &encoding, &replaced, err);
    if (status != KITH_OK) goto done;
    decoded.size = decoded.size ? normalize_line_ends(decoded.data, decoded.size) : 0;
    job->text = arena_copy(job->memory, buffer_view(&decoded));
    if (!job->text.data) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the decoded text");
        goto done;
    }
    job->replaced += replaced;
    if (encoding != ENCODING_UTF8) job->encoding = text_encoding_name(encoding);
done:
    buffer_done(&decoded);
    return status;
}
