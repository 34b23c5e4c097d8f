/* extract_json.c - a JSON document, a list of them, or one on each line.
 * A document is an object with its text as "content" (or "text", "body"), and perhaps "title",
 * "id", "metadata"; its other members, and those of "metadata", become metadata if metadata can
 * hold them (metadata.h). A bare string is a document too. Strings are views into the parsed tree,
 * whose memory is the job's. Trap of the format: many files called .json hold JSON Lines. */
#include "extract/extract_job.h"

#include "base/json.h"
#include "extract/record_roles.h"

#include <kith/types.h>

enum { JSON_FILE_MAX_BYTES = KITH_DOCUMENT_MAX_BYTES };

/* True for failures of this record alone, after which the next is read. */
static bool is_of_record(kith_status status)
{
    return status == KITH_ERR_FORMAT || status == KITH_ERR_INVALID || status == KITH_ERR_LIMIT;
}

/* An id may be a number: {"id": 7}. */
static kith_status read_id(extract_job *job, const json_value *value, view *id, kith_error *err)
{
    if (value->kind == JSON_STRING) return extract_job_clean(job, value->string, id, err);
    if (value->kind == JSON_NULL) return KITH_OK;
    if (value->kind != JSON_INTEGER)
        return fail(err, KITH_ERR_FORMAT, "\"id\" is neither a string nor a whole number");
    char *digits = arena_printf(job->memory, "%lld", (long long)value->integer);
    if (!digits) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an id");
    *id = view_of(digits);
    return KITH_OK;
}

/* What metadata cannot hold is left out and counted: a file that somebody else wrote is not refused
 * for a member that may not matter. */
static kith_status add_field(extract_job *job, const json_member *m, metadata *fields,
                             kith_error *err)
{
    metadata one = {.memory = job->memory};
    bool is_nested = m->value->kind == JSON_OBJECT || m->value->kind == JSON_ARRAY;
    kith_status status = metadata_set_json(&one, m->key, m->value, err);
    if (is_nested && (status == KITH_ERR_INVALID || status == KITH_ERR_LIMIT)) {
        job->left_out++;
        return KITH_OK;
    }
    if (status != KITH_OK || one.count == 0) return status;
    status = extract_job_clean_value(job, &one.entries[0].value, err);
    return status == KITH_OK ? metadata_set(fields, m->key, one.entries[0].value, err) : status;
}

static kith_status add_fields(extract_job *job, const json_value *object, metadata *fields,
                              kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < object->count && status == KITH_OK; i++)
        status = add_field(job, &object->members[i], fields, err);
    return status;
}

/* The first content member of the object; NULL when it has none. */
static const json_member *find_content(const json_value *object)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (record_role_of(object->members[i].key) == RECORD_CONTENT) return &object->members[i];
    return NULL;
}

static kith_status read_content(extract_job *job, const json_value *value, document *d,
                                kith_error *err)
{
    if (value->kind != JSON_STRING)
        return fail(err, KITH_ERR_FORMAT, "its content is not a string");
    if (view_trim(value->string).size == 0)
        return fail(err, KITH_ERR_FORMAT, "its content is empty");
    return extract_job_clean(job, value->string, &d->text, err);
}

static kith_status read_member(extract_job *job, const json_member *m, document *d, kith_error *err)
{
    switch (record_role_of(m->key)) {
    case RECORD_ID:
        return read_id(job, m->value, &d->id, err);
    case RECORD_TITLE:
        if (m->value->kind != JSON_STRING || view_trim(m->value->string).size == 0) return KITH_OK;
        kith_status status = extract_job_clean(job, m->value->string, &d->title, err);
        d->title_is_prefix = true;
        return status == KITH_OK ? metadata_set_string(&d->fields, "title", d->title, err) : status;
    case RECORD_METADATA:
        if (m->value->kind == JSON_OBJECT) return add_fields(job, m->value, &d->fields, err);
        break;
    case RECORD_CONTENT: // a second one
    case RECORD_FIELD:
        break;
    }
    return add_field(job, m, &d->fields, err);
}

static kith_status read_object(extract_job *job, const json_value *object, document *d,
                               kith_error *err)
{
    const json_member *content = find_content(object);
    if (!content) return fail(err, KITH_ERR_FORMAT, "it has no \"content\"");
    kith_status status = read_content(job, content->value, d, err);
    for (uint32_t i = 0; i < object->count && status == KITH_OK; i++)
        if (&object->members[i] != content) status = read_member(job, &object->members[i], d, err);
    return status;
}

/* record  0 for the one document of a file, whose id is the file's unless it has its own */
static kith_status read_record(extract_job *job, const json_value *value, uint64_t record,
                               kith_error *err)
{
    document d;
    kith_error reason = {0};
    kith_status status = extract_job_begin(job, "json", &d, err);
    if (status != KITH_OK) return status;
    d.record = record;
    if (record == 0) d.id = job->stem;
    if (value->kind == JSON_OBJECT)
        status = read_object(job, value, &d, &reason);
    else if (value->kind == JSON_STRING)
        status = read_content(job, value, &d, &reason);
    else
        status = fail(&reason, KITH_ERR_FORMAT, "it is neither an object nor a string");
    if (status == KITH_OK) return extract_job_add(job, &d, err);
    if (is_of_record(status))
        return extract_job_report(job, record ? record : 1, status, reason.message, err);
    return fail(err, status, "%s", reason.message);
}

static view next_line(view text, size_t *offset)
{
    size_t start = *offset;
    const char *newline = memchr(text.data + start, '\n', text.size - start);
    size_t end = newline ? (size_t)(newline - text.data) : text.size;
    *offset = newline ? end + 1 : end;
    return view_trim(view_slice(text, start, end));
}

kith_status extract_json_lines(extract_job *job, kith_error *err)
{
    kith_status status = KITH_OK;
    size_t offset = 0;
    for (uint64_t line = 1; offset < job->text.size && status == KITH_OK; line++) {
        view text = next_line(job->text, &offset);
        if (text.size == 0) continue;
        const json_value *value = NULL;
        kith_error reason = {0};
        status = json_parse(text, JSON_FILE_MAX_BYTES, job->memory, &value, &reason);
        if (status == KITH_OK)
            status = read_record(job, value, line, err);
        else if (is_of_record(status))
            status = extract_job_report(job, line, status, reason.message, err);
        else
            status = fail(err, status, "line %llu: %s", (unsigned long long)line, reason.message);
    }
    return status;
}

/* Many files called .json have an object on each line. */
static bool is_json_lines(extract_job *job)
{
    size_t offset = 0;
    view line = {0};
    while (line.size == 0 && offset < job->text.size)
        line = next_line(job->text, &offset);
    const json_value *value = NULL;
    return view_trim(view_slice(job->text, offset, job->text.size)).size > 0 &&
           json_parse(line, JSON_FILE_MAX_BYTES, job->memory, &value, NULL) == KITH_OK &&
           value->kind == JSON_OBJECT;
}

kith_status extract_json(extract_job *job, kith_error *err)
{
    const json_value *value = NULL;
    kith_status status = json_parse(job->text, JSON_FILE_MAX_BYTES, job->memory, &value, err);
    if (status == KITH_ERR_FORMAT && is_json_lines(job)) return extract_json_lines(job, err);
    if (status != KITH_OK) return status;
    if (value->kind != JSON_ARRAY) return read_record(job, value, 0, err);
    for (uint32_t i = 0; i < value->count && status == KITH_OK; i++)
        status = read_record(job, value->elements[i], (uint64_t)i + 1, err);
    return status;
}
