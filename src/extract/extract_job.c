/* extract_job.c - one file: its text decoded for a reader, the lists that the reader fills.
 * The text of most files is UTF-8 with \n already; it is used where it lies and never copied.
 * Stands below the readers: it calls none of them. */
#include "extract/extract_job.h"

#include "base/utf8.h"
#include "extract/encoding.h"
#include "extract/extraction_check.h"

#include <kith/types.h>

#include <stdlib.h>

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

kith_status extract_job_begin_text(extract_job *job, const char *type, document *out,
                                   kith_error *err)
{
    kith_status status = extract_job_begin(job, type, out, err);
    if (status != KITH_OK) return status;
    out->id = job->stem;
    out->text = job->text;
    out->text_is_file = true;
    return KITH_OK;
}

kith_status extract_job_line(extract_job *job, uint64_t line, document *d, kith_error *err)
{
    if (line == 0 || line > UINT32_MAX || view_trim(d->text).size == 0 ||
        metadata_get(&d->fields, VIEW("place")))
        return KITH_OK;
    place_mark *mark = arena_new_array(job->memory, place_mark, 1);
    if (!mark) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a place");
    *mark = (place_mark){.kind = PLACE_LINE, .number = (uint32_t)line};
    d->marks = mark;
    d->mark_count = 1;
    return KITH_OK;
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

kith_status extract_job_notice(extract_job *job, const char *what, kith_error *err)
{
    return notices_add(&job->notices, view_of(what), job->memory, err);
}

kith_status extract_job_add_as_text(extract_job *job, const char *type, const char *why,
                                    kith_error *err)
{
    document d;
    const char *notice = arena_printf(job->memory, "read as plain text: %s", why);
    if (!notice) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    kith_status status = extract_job_begin_text(job, type, &d, err);
    if (status == KITH_OK) status = extract_job_notice(job, notice, err);
    return status == KITH_OK ? extract_job_add(job, &d, err) : status;
}

/* \r\n and \r to \n, in place; returns the new size. */
static size_t normalize_line_ends(char *text, size_t size)
{
    size_t to = 0;
    for (size_t from = 0; from < size;) {
        const char *found = memchr(text + from, '\r', size - from);
        size_t end = found ? (size_t)(found - text) : size;
        if (to != from) memmove(text + to, text + from, end - from);
        to += end - from;
        from = end;
        if (from == size) break;
        text[to++] = '\n';
        from += from + 1 < size && text[from + 1] == '\n' ? 2 : 1;
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

kith_status extract_job_clean_value(extract_job *job, metadata_value *value, kith_error *err)
{
    kith_status status = KITH_OK;
    if (value->kind == METADATA_STRING)
        return extract_job_clean(job, value->string, &value->string, err);
    for (uint32_t i = 0; value->kind == METADATA_LIST && i < value->list.count; i++)
        if (status == KITH_OK) status = extract_job_clean_value(job, &value->list.elements[i], err);
    return status;
}

/* A text in an encoding that nothing vouches for is the first thing to look at when it reads
 * wrong. */
static kith_status tell_encoding(extract_job *job, const text_decoding *how, kith_error *err)
{
    const char *why = how->belies     ? "its text is not in the encoding that it declares"
                      : how->is_guess ? "nothing says which encoding its text is in"
                                      : NULL;
    if (!why) return KITH_OK;
    const char *what = arena_printf(job->memory, "%s; %s was taken", why, how->encoding);
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, what, err);
}

kith_status extract_job_decode(extract_job *job, view bytes, kith_error *err)
{
    if (bytes.size == 0 || (!memchr(bytes.data, '\r', bytes.size) && encoding_is_plain(bytes))) {
        job->text = bytes;
        return KITH_OK;
    }
    buffer decoded;
    text_decoding how;
    buffer_init(&decoded, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = text_decode(bytes, job->declared_encoding, &decoded, &how, err);
    if (status != KITH_OK) goto done;
    decoded.size = decoded.size ? normalize_line_ends(decoded.data, decoded.size) : 0;
    if (decoded.data && !arena_on_end(job->memory, free, decoded.data)) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the decoded text");
        goto done;
    }
    job->text = decoded.data ? buffer_view(&decoded) : VIEW("");
    decoded.data = NULL; // the arena frees it
    job->replaced += how.replaced;
    if (strcmp(how.encoding, "utf-8") != 0) job->encoding = how.encoding;
    status = tell_encoding(job, &how, err);
done:
    buffer_done(&decoded);
    return status;
}

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
        .left_out = job->left_out,
        .notices = job->notices,
    };
    if (!found.documents || !found.problems || !found.attachments)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the documents");
    if (found.document_count == 0 && found.problem_count > 0)
        return fail(err, KITH_ERR_FORMAT, "no record can be read; the first, %llu: %.*s",
                    (unsigned long long)found.problems[0].record,
                    VIEW_ARG(found.problems[0].reason));
    DCHECK(!extraction_check(&found));
    *out = found;
    return KITH_OK;
}

static kith_status refuse(file_format format, kith_error *err)
{
    if (format.kind == FILE_UNSUPPORTED) return fail(err, KITH_ERR_UNSUPPORTED, "%s", format.name);
    return fail(err, KITH_ERR_UNSUPPORTED, "binary file");
}

kith_status extract_job_run(const extract_input *input, format_reader read, arena *a,
                            extraction *out, kith_error *err)
{
    view name = input->name, bytes = input->bytes;
    extract_job job = {.memory = a, .bytes = bytes, .ocr_languages = input->ocr_languages};
    buffer_init(&job.documents, EXTRACT_MAX_DOCUMENTS * sizeof(document));
    buffer_init(&job.problems, EXTRACT_MAX_DOCUMENTS * sizeof(extract_problem));
    buffer_init(&job.attachments, EXTRACT_MAX_DOCUMENTS * sizeof(attachment));
    kith_status status = KITH_OK;
    file_format format = format_detect(name, bytes);
    if (format.kind == FILE_UNSUPPORTED || format.kind == FILE_BINARY) {
        status = refuse(format, err); // without looking at the text
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
    bool is_blank = format_is_text(format.kind) && view_trim(job.text).size == 0;
    status = is_blank ? KITH_OK : read(&job, format, err);
    if (status != KITH_OK) goto done;
    status = finish(&job, out, err);
done:
    buffer_done(&job.documents);
    buffer_done(&job.problems);
    buffer_done(&job.attachments);
    return status;
}
