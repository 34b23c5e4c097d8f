/* extract_json.c - records, or any other JSON as text.
 *
 * A record is an object with its text as "content" (or "text", "body"), and perhaps "title", "id",
 * "metadata"; its other members, and those of "metadata", become metadata if metadata can hold them
 * (metadata.h), and the other members are also searched, as lines "key: value" behind the text. A
 * bare string is a record too. Records are
 *   - the object that the file is, when it has a content;
 *   - the elements of a list, when one of them has a content or is a string. One without a content is
 *     then a problem. A list of objects none of which has one are records all of whose members are
 *     their text, as the rows of a table are;
 *   - the elements of a list within an object ({"total": 2, "items": [...]}), by the same rules,
 *     where it is certain that this is what the file is: find_wrapped() says when;
 *   - the values of JSON Lines.
 * Any other JSON (a configuration, a chat, nested lists) is one document, a line for each value with
 * the keys that lead to it (json_text.h).
 *
 * One bad record does not stop the others: what is not JSON as a whole is repaired (json_repair.h),
 * then read value by value. Strings are views into the parsed trees, whose memory is the job's. */
#include "extract/extract_job.h"

#include "base/json.h"
#include "extract/json_prose.h"
#include "extract/json_repair.h"
#include "extract/json_text.h"
#include "extract/markup_text.h"
#include "extract/record_roles.h"

#include <kith/types.h>

enum {
    WRAPPER_MAX_DEPTH = 3,       // of objects around a list of records
    WRAPPER_TEXT_MAX_BYTES = 40, // of a string beside such a list
    ROW_MIN_BYTES = 16,          // of an element of a list of any name, with its keys
    FIELD_MAX_BYTES = 256 // of a member of a record without a content; a longer one is text only
};

/* The values that become records. */
typedef struct record_list {
    const json_value *const *values; // [count]; NULL: not read, which is reported
    const uint64_t *numbers;         // [count] of lines; NULL: 1, 2, ...
    uint32_t count;
    bool has_content; // some have a content, or are strings; else members are the text
    view pointer;     // of the list; data NULL: of JSON Lines, which have none
} record_list;

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

static bool has_text(const json_value *value)
{
    return value->kind == JSON_STRING ? view_trim(value->string).size > 0 : json_prose_is(value);
}

/* Some member that is no content says something. */
static bool has_words(const json_value *object)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (record_role_of(object->members[i].key) == RECORD_FIELD &&
            has_text(object->members[i].value))
            return true;
    return false;
}

/* The first content member of the object that holds a text, else the first; NULL when it has none.
 * An object or a list without a text for readers is none ("content": {"width": 5}), nor is nothing
 * or an empty text beside other words (the message of a chat that only says who joined): *is_named is
 * true then, and the other members are the text. */
static const json_member *find_content(const json_value *object, bool *is_named)
{
    const json_member *first = NULL;
    *is_named = false;
    for (uint32_t i = 0; i < object->count; i++) {
        const json_member *m = &object->members[i];
        if (record_role_of(m->key) != RECORD_CONTENT) continue;
        *is_named = true;
        if (has_text(m->value)) return m;
        if (!first && m->value->kind != JSON_OBJECT && m->value->kind != JSON_ARRAY) first = m;
    }
    bool is_nothing =
        first && (first->value->kind == JSON_NULL || first->value->kind == JSON_STRING);
    return is_nothing && has_words(object) ? NULL : first;
}

/* A text that is not as it stands in the file: of HTML, or of pieces (json_prose.h). */
static kith_status read_made_text(extract_job *job, const json_value *value, view *out,
                                  kith_error *err)
{
    buffer text;
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    if (value->kind == JSON_STRING)
        markup_append_text(*out, &text);
    else
        json_prose_append(value, &text);
    kith_status status = buffer_status(&text, "the text of a record", err);
    view kept = status == KITH_OK ? arena_copy(job->memory, buffer_view(&text)) : VIEW("");
    buffer_done(&text);
    if (status == KITH_OK && !kept.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the text of a record");
    if (status != KITH_OK || kept.size == 0) return status;
    return extract_job_clean(job, kept, out, err);
}

static kith_status read_content(extract_job *job, const json_value *value, document *d,
                                kith_error *err)
{
    if (json_prose_is(value)) {
        kith_status status = read_made_text(job, value, &d->text, err);
        bool is_empty = status == KITH_OK && d->text.size == 0; // "<p></p>"
        return is_empty ? fail(err, KITH_ERR_FORMAT, "its content is empty") : status;
    }
    if (value->kind != JSON_STRING)
        return fail(err, KITH_ERR_FORMAT, "its content is not a string");
    if (view_trim(value->string).size == 0)
        return fail(err, KITH_ERR_FORMAT, "its content is empty");
    kith_status status = extract_job_clean(job, value->string, &d->text, err);
    if (status != KITH_OK || !markup_is_html(d->text)) return status;
    return read_made_text(job, value, &d->text, err);
}

static kith_status read_title(extract_job *job, const json_value *value, bool is_prefix,
                              document *d, kith_error *err)
{
    if (value->kind != JSON_STRING || view_trim(value->string).size == 0) return KITH_OK;
    kith_status status = extract_job_clean(job, value->string, &d->title, err);
    d->title_is_prefix = is_prefix;
    return status == KITH_OK ? metadata_set_string(&d->fields, "title", d->title, err) : status;
}

/* Are the members of this one metadata? GeoJSON keeps what is said of a place in "properties". */
static bool holds_fields(const json_value *object, const json_member *m)
{
    view type = {0};
    if (m->value->kind != JSON_OBJECT) return false;
    if (record_role_of(m->key) == RECORD_METADATA) return true;
    return view_equal(m->key, VIEW("properties")) && json_get_string(object, "type", &type) &&
           view_equal(type, VIEW("Feature"));
}

/* content  of the record; NULL: it has none */
static kith_status read_member(extract_job *job, const json_value *object, const json_member *m,
                               const json_member *content, document *d, kith_error *err)
{
    record_role role = record_role_of(m->key);
    if (role == RECORD_ID) return read_id(job, m->value, &d->id, err);
    if (role == RECORD_TITLE) return read_title(job, m->value, content != NULL, d, err);
    if (holds_fields(object, m)) return add_fields(job, m->value, &d->fields, err);
    bool is_text =
        !content && m->value->kind == JSON_STRING && m->value->string.size > FIELD_MAX_BYTES;
    return is_text ? KITH_OK : add_field(job, m, &d->fields, err);
}

/* Does the member stand in the lines behind the text? Without a content all but the id do. */
static bool is_line(const json_member *m, const json_member *content)
{
    record_role role = record_role_of(m->key);
    if (m == content || role == RECORD_ID) return false;
    return !content || (role != RECORD_TITLE && role != RECORD_METADATA);
}

/* Puts the lines of the members that are searched behind the text. */
static kith_status add_lines(extract_job *job, const json_value *object, const json_member *content,
                             document *d, kith_error *err)
{
    buffer lines;
    view clean = {0};
    buffer_init(&lines, KITH_DOCUMENT_MAX_BYTES);
    for (uint32_t i = 0; i < object->count; i++)
        if (is_line(&object->members[i], content) &&
            !(content && json_prose_repeats(object->members[i].value, d->text)))
            json_text_member(&object->members[i], &lines);
    kith_status status = buffer_status(&lines, "the lines of a record", err);
    view text = view_trim(buffer_view(&lines));
    if (status == KITH_OK) status = extract_job_clean(job, text, &clean, err);
    if (status == KITH_OK && content)
        status = record_join(d->text, clean, job->memory, &d->text, err);
    else if (status == KITH_OK)
        d->text = clean.data == text.data ? arena_copy(job->memory, clean) : clean;
    buffer_done(&lines);
    if (status == KITH_OK && !d->text.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a record");
    return status;
}

static kith_status read_object(extract_job *job, const json_value *object, bool needs_content,
                               document *d, kith_error *err)
{
    bool is_named = false;
    const json_member *content = find_content(object, &is_named);
    if (!content && needs_content && !is_named)
        return fail(err, KITH_ERR_FORMAT, "it has no \"content\"");
    kith_status status = content ? read_content(job, content->value, d, err) : KITH_OK;
    for (uint32_t i = 0; i < object->count && status == KITH_OK; i++)
        if (&object->members[i] != content)
            status = read_member(job, object, &object->members[i], content, d, err);
    if (status == KITH_OK) status = add_lines(job, object, content, d, err);
    if (status == KITH_OK && d->text.size == 0) return fail(err, KITH_ERR_FORMAT, "it has no text");
    return status;
}

/* A record's place is its pointer; not of one that says itself where it belongs. */
static kith_status add_place(extract_job *job, view list, uint64_t record, document *d,
                             kith_error *err)
{
    if (!list.data || metadata_get(&d->fields, VIEW("place")) ||
        metadata_get(&d->fields, VIEW("pointer")) || view_trim(d->text).size == 0)
        return KITH_OK;
    place_mark *mark = arena_new_array(job->memory, place_mark, 1);
    const char *pointer =
        arena_printf(job->memory, "%.*s/%llu", VIEW_ARG(list), (unsigned long long)(record - 1));
    if (!mark || !pointer) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a place");
    *mark = (place_mark){.kind = PLACE_POINTER, .name = view_of(pointer)};
    d->marks = mark;
    d->mark_count = 1;
    return KITH_OK;
}

/* record  0 for the one document of a file, whose id is the file's unless it has its own */
static kith_status read_record(extract_job *job, const json_value *value, uint64_t record,
                               const record_list *list, kith_error *err)
{
    document d;
    kith_error reason = {0};
    kith_status status = extract_job_begin(job, "json", &d, err);
    if (status != KITH_OK) return status;
    d.record = record;
    if (record == 0) d.id = job->stem;
    if (value->kind == JSON_OBJECT)
        status = read_object(job, value, list->has_content, &d, &reason);
    else if (value->kind == JSON_STRING)
        status = read_content(job, value, &d, &reason);
    else
        status = fail(&reason, KITH_ERR_FORMAT, "it is neither an object nor a string");
    if (status == KITH_OK && list->numbers) status = extract_job_line(job, record, &d, &reason);
    if (status == KITH_OK && record) status = add_place(job, list->pointer, record, &d, &reason);
    if (status == KITH_OK) return extract_job_add(job, &d, err);
    if (is_of_record(status))
        return extract_job_report(job, record ? record : 1, status, reason.message, err);
    return fail(err, status, "%s", reason.message);
}

static kith_status read_list(extract_job *job, const record_list *list, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < list->count && status == KITH_OK; i++)
        if (list->values[i])
            status = read_record(job, list->values[i],
                                 list->numbers ? list->numbers[i] : (uint64_t)i + 1, list, err);
    return status;
}

/* ---- any other JSON ---- */

static kith_status read_tree(extract_job *job, const json_value *value, kith_error *err)
{
    document d;
    manuscript m;
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "json", &d, err);
    if (status == KITH_OK) status = json_text_write(&m, value, VIEW(""), err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&m, &d, err);
    }
    manuscript_done(&m);
    return status;
}

/* ---- what the records are ---- */

static bool has_content(const json_value *value)
{
    if (value->kind == JSON_STRING) return true;
    bool is_named = false;
    return value->kind == JSON_OBJECT && find_content(value, &is_named) != NULL;
}

/* Are the values records? Sets list->has_content. */
static bool are_records(record_list *list)
{
    uint32_t objects = 0, count = 0;
    list->has_content = false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!list->values[i]) continue;
        count++;
        objects += list->values[i]->kind == JSON_OBJECT;
        list->has_content = list->has_content || has_content(list->values[i]);
    }
    return list->has_content || (objects > 0 && objects == count);
}

/* What was found in a wrapper. */
typedef struct wrapped {
    const json_value *list;
    view pointer;
    uint32_t lists; /* of objects, with or without content */
    bool has_prose; /* something beside the list is text for readers */
    bool is_named;  /* the list's name says that it is one of records */
    bool has_more;  /* something beside the list is said of what it holds: a customer, a year */
} wrapped;

static bool is_list_of_objects(const json_value *v)
{
    if (v->kind != JSON_ARRAY || v->count == 0) return false;
    for (uint32_t i = 0; i < v->count; i++)
        if (v->elements[i]->kind != JSON_OBJECT) return false;
    return true;
}

static bool is_wrapper_name(view key)
{
    static const char *const NAMES[] = {"items",    "results",  "data",  "records", "rows",
                                        "entries",  "docs",     "nodes", "hits",    "documents",
                                        "value",    "features", "list",  "objects", "@graph",
                                        "articles", NULL};
    return view_is_one_of_nocase(key, NAMES);
}

static bool is_prose(view text)
{
    return text.size > WRAPPER_TEXT_MAX_BYTES && memchr(text.data, ' ', text.size);
}

/* What says nothing but how much there is, where the rest is, and that all went well. */
static bool is_paging(view key)
{
    static const char *const NAMES[] = {
        "total",     "count",       "total_count", "totalcount", "size",      "length",
        "page",      "pages",       "per_page",    "pagesize",   "page_size", "limit",
        "offset",    "start",       "skip",        "next",       "previous",  "prev",
        "cursor",    "has_more",    "hasmore",     "self",       "href",      "url",
        "links",     "status",      "success",     "ok",         "error",     "errors",
        "code",      "version",     "kind",        "object",     "type",      "$schema",
        "took",      "timestamp",   "nextcursor",  "totalpages", "meta",      "total_pages",
        "next_page", "next_cursor", NULL};
    return view_is_one_of_nocase(key, NAMES);
}

static bool is_empty(const json_value *value)
{
    return value->kind == JSON_NULL ||
           (value->kind == JSON_STRING && !view_trim(value->string).size) ||
           ((value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) && value->count == 0);
}

/* Is the object a row of a table: some members, among them a text, and enough of it for a document? */
static bool is_row(const json_value *object)
{
    size_t bytes = 0;
    bool has_text = false;
    for (uint32_t i = 0; i < object->count; i++) {
        const json_value *value = object->members[i].value;
        bool is_text = value->kind == JSON_STRING && view_trim(value->string).size > 0;
        bool is_number = value->kind == JSON_INTEGER || value->kind == JSON_DOUBLE;
        has_text = has_text || is_text;
        if (is_text) bytes += object->members[i].key.size + value->string.size;
        if (is_number) bytes += object->members[i].key.size + 1;
    }
    return object->count >= 2 && has_text && bytes >= ROW_MIN_BYTES;
}

static bool are_rows(const json_value *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!is_row(list->elements[i])) return false;
    return list->count > 0;
}

static void look_into(const json_value *object, view pointer, uint32_t depth, arena *a, wrapped *w)
{
    for (uint32_t i = 0; i < object->count; i++) {
        const json_member *m = &object->members[i];
        view below = view_of(arena_printf(a, "%.*s/%.*s", VIEW_ARG(pointer), VIEW_ARG(m->key)));
        bool is_list = is_list_of_objects(m->value);
        bool is_object = m->value->kind == JSON_OBJECT && m->value->count > 0;
        if (!is_list && !is_object && !is_empty(m->value) && !is_paging(m->key)) w->has_more = true;
        if (is_list) {
            w->lists++;
            w->list = m->value;
            w->pointer = below;
            w->is_named = is_wrapper_name(m->key);
        } else if (m->value->kind == JSON_OBJECT && depth < WRAPPER_MAX_DEPTH) {
            look_into(m->value, below, depth + 1, a, w);
        } else if (m->value->kind == JSON_STRING) {
            w->has_prose = w->has_prose || is_prose(m->value->string);
        } else if (m->value->kind == JSON_OBJECT ||
                   (m->value->kind == JSON_ARRAY && m->value->count > 0)) {
            w->has_prose = true; // not looked into
        }
    }
}

/* The list of records that the object wraps: the only list of objects in it, beside which nothing is
 * text for readers, and whose elements have a content, or whose name is such as "items", or whose
 * elements are rows beside which nothing is said of them. Messages of a chat, which have a role, are
 * read in their order, as one text. */
static bool find_wrapped(extract_job *job, const json_value *object, record_list *out)
{
    wrapped w = {0};
    look_into(object, VIEW(""), 1, job->memory, &w);
    if (w.lists != 1 || w.has_prose || !w.pointer.data) return false;
    *out = (record_list){.values = w.list->elements, .count = w.list->count, .pointer = w.pointer};
    if (!are_records(out) || json_get(w.list->elements[0], "role")) return false;
    return out->has_content || w.is_named || (!w.has_more && are_rows(w.list));
}

static kith_status read_value(extract_job *job, const json_value *value, kith_error *err)
{
    record_list list = {.pointer = VIEW(""), .has_content = true};
    if (value->kind == JSON_STRING || (value->kind == JSON_OBJECT && has_content(value)))
        return read_record(job, value, 0, &list, err);
    if (value->kind == JSON_OBJECT && find_wrapped(job, value, &list))
        return read_list(job, &list, err);
    if (value->kind == JSON_ARRAY) {
        list.values = value->elements;
        list.count = value->count;
        if (are_records(&list)) return read_list(job, &list, err);
    }
    return value->count == 0 && (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
               ? KITH_OK
               : read_tree(job, value, err);
}

/* ---- parsing ---- */

static kith_status note_repairs(extract_job *job, const json_repairs *found, kith_error *err)
{
    job->replaced += found->lone_surrogates;
    if (found->not_numbers == 0) return KITH_OK;
    return extract_job_notice(job, "NaN and Infinity are no JSON, and read as null", err);
}

static kith_status parse(extract_job *job, view text, const json_value **out, kith_error *err)
{
    json_repairs found;
    kith_status status = json_parse_repaired(text, job->memory, out, &found, err);
    return status == KITH_OK ? note_repairs(job, &found, err) : status;
}

/* Appends a value, or NULL for one that cannot be read, which it reports. */
static kith_status add_piece(extract_job *job, view piece, uint64_t number, buffer *values,
                             kith_error *err)
{
    const json_value *value = NULL;
    kith_error reason = {0};
    kith_status status = parse(job, piece, &value, &reason);
    if (is_of_record(status))
        status = extract_job_report(job, number, status, reason.message, err);
    else if (status != KITH_OK)
        return fail(err, status, "record %llu: %s", (unsigned long long)number, reason.message);
    if (status != KITH_OK) return status;
    buffer_append(values, (view){(const char *)&value, sizeof(const json_value *)});
    return buffer_status(values, "the list of records", err);
}

/* The values of a text that is no JSON as a whole. */
static kith_status read_pieces(extract_job *job, kith_error *err)
{
    buffer values;
    view piece;
    uint64_t number = 0;
    kith_status status = KITH_OK;
    json_pieces pieces = json_pieces_of(job->text);
    buffer_init(&values, EXTRACT_MAX_DOCUMENTS * sizeof(json_value *));
    while (status == KITH_OK && json_pieces_next(&pieces, &piece))
        status = add_piece(job, piece, ++number, &values, err);
    record_list list = {.values = (const json_value *const *)values.data,
                        .count = (uint32_t)(values.size / sizeof(json_value *)),
                        .pointer = pieces.in_list ? VIEW("") : (view){0}};
    if (status == KITH_OK && are_records(&list)) status = read_list(job, &list, err);
    buffer_done(&values);
    return status;
}

kith_status extract_json_lines(extract_job *job, kith_error *err)
{
    buffer values, numbers;
    kith_status status = KITH_OK;
    size_t offset = 0;
    buffer_init(&values, EXTRACT_MAX_DOCUMENTS * sizeof(json_value *));
    buffer_init(&numbers, EXTRACT_MAX_DOCUMENTS * sizeof(uint64_t));
    for (uint64_t line = 1; offset < job->text.size && status == KITH_OK; line++) {
        view text = view_trim(view_next_line(job->text, &offset));
        if (text.size == 0) continue;
        buffer_append_u64(&numbers, line);
        status = add_piece(job, text, line, &values, err);
    }
    record_list list = {.values = (const json_value *const *)values.data,
                        .numbers = (const uint64_t *)numbers.data,
                        .count = (uint32_t)(values.size / sizeof(json_value *))};
    if (status == KITH_OK) status = buffer_status(&numbers, "the list of lines", err);
    if (status == KITH_OK) {
        (void)are_records(&list);
        status = read_list(job, &list, err);
    }
    buffer_done(&values);
    buffer_done(&numbers);
    return status;
}

/* Many files called .json have an object on each line. */
static bool is_json_lines(extract_job *job)
{
    size_t offset = 0;
    view line = {0};
    while (line.size == 0 && offset < job->text.size)
        line = view_trim(view_next_line(job->text, &offset));
    const json_value *value = NULL;
    return view_trim(view_slice(job->text, offset, job->text.size)).size > 0 &&
           json_parse_repaired(line, job->memory, &value, NULL, NULL) == KITH_OK &&
           value->kind == JSON_OBJECT;
}

kith_status extract_json(extract_job *job, kith_error *err)
{
    const json_value *value = NULL;
    kith_error reason = {0};
    kith_status status = parse(job, job->text, &value, &reason);
    if (status == KITH_OK) return read_value(job, value, err);
    if (status == KITH_ERR_FORMAT && is_json_lines(job)) return extract_json_lines(job, err);
    if (status == KITH_ERR_FORMAT)
        status = read_pieces(job, err);
    else if (status != KITH_ERR_LIMIT)
        return fail(err, status, "%s", reason.message);
    if (status != KITH_OK && status != KITH_ERR_LIMIT) return status;
    if (job->documents.size > 0) return KITH_OK;
    if (json_is_balanced(job->text)) {
        // This reader cannot hold it (keys that occur twice, too many levels): text as it is.
        job->problems.size = 0; // of the pieces, which are no records
        return extract_job_add_as_text(job, "json", reason.message, err);
    }
    return fail(err, KITH_ERR_FORMAT, "%s", reason.message);
}
