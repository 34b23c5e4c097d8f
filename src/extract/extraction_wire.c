/* extraction_wire.c - writing appends; reading goes through a cursor that, once anything is wrong,
 * gives zeros and empty strings, so that the functions below check `bad` where a loop or an
 * allocation depends on it, and the caller once at the end. */
#include "extract/extraction_wire.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/extraction_check.h"

enum {
    MAGIC = 0x3358584B, // "KXX3"
    FLAG_TITLE_IS_PREFIX = 1,
    FLAG_TEXT_IS_FILE = 2,
    // The least that an element takes: bounds a count by the bytes that are left.
    DOCUMENT_MIN_BYTES = 37,
    FIELD_MIN_BYTES = 9,
    VALUE_MIN_BYTES = 5,
    HEADING_MIN_BYTES = 12,
    MARK_MIN_BYTES = 21,
    PROBLEM_MIN_BYTES = 16,
    ATTACHMENT_MIN_BYTES = 12
};

/* ---- writing ---- */

static void write_string(buffer *out, view v)
{
    buffer_append_u32(out, (uint32_t)v.size);
    buffer_append(out, v);
}

static void write_value(buffer *out, const metadata_value *value)
{
    uint64_t bits = 0;
    CHECK(value->kind != METADATA_SPARSE_VECTOR); // no reader of a format makes one
    buffer_append_byte(out, (char)value->kind);
    switch (value->kind) {
    case METADATA_STRING:
        write_string(out, value->string);
        return;
    case METADATA_INTEGER:
        bits = (uint64_t)value->integer;
        break;
    case METADATA_DOUBLE:
        memcpy(&bits, &value->number, sizeof bits);
        break;
    case METADATA_BOOL:
        bits = value->boolean;
        break;
    case METADATA_LIST:
        buffer_append_u32(out, value->list.count);
        for (uint32_t i = 0; i < value->list.count; i++)
            write_value(out, &value->list.elements[i]);
        return;
    case METADATA_SPARSE_VECTOR:
        break;
    }
    buffer_append_u64(out, bits);
}

static void write_field(buffer *out, const metadata_entry *e)
{
    write_string(out, e->key);
    write_value(out, &e->value);
}

static void write_document(buffer *out, const document *d)
{
    int flags =
        (d->title_is_prefix ? FLAG_TITLE_IS_PREFIX : 0) | (d->text_is_file ? FLAG_TEXT_IS_FILE : 0);
    write_string(out, d->id);
    write_string(out, d->title);
    write_string(out, d->text);
    buffer_append_byte(out, (char)flags);
    buffer_append_u32(out, d->line_offset);
    buffer_append_u64(out, d->record);
    buffer_append_u32(out, d->fields.count);
    for (uint32_t i = 0; i < d->fields.count; i++)
        write_field(out, &d->fields.entries[i]);
    buffer_append_u32(out, d->heading_count);
    for (uint32_t i = 0; i < d->heading_count; i++) {
        buffer_append_u64(out, d->headings[i].offset);
        write_string(out, d->headings[i].path);
    }
    buffer_append_u32(out, d->mark_count);
    for (uint32_t i = 0; i < d->mark_count; i++) {
        buffer_append_u64(out, d->marks[i].offset);
        buffer_append_u32(out, d->marks[i].kind);
        buffer_append_u32(out, d->marks[i].number);
        buffer_append_byte(out, d->marks[i].by_ocr);
        write_string(out, d->marks[i].name);
    }
}

void extraction_write(const extraction *from, const kith_error *failure, buffer *out)
{
    buffer_append_u32(out, MAGIC);
    buffer_append_u32(out, from ? (uint32_t)KITH_OK : (uint32_t)failure->code);
    if (!from) {
        write_string(out, view_of(failure->message));
        return;
    }
    buffer_append_u64(out, from->replaced);
    buffer_append_u32(out, from->document_count);
    for (uint32_t i = 0; i < from->document_count; i++)
        write_document(out, &from->documents[i]);
    buffer_append_u32(out, from->problem_count);
    for (uint32_t i = 0; i < from->problem_count; i++) {
        buffer_append_u64(out, from->problems[i].record);
        buffer_append_u32(out, from->problems[i].status);
        write_string(out, from->problems[i].reason);
    }
    buffer_append_u32(out, from->attachment_count);
    for (uint32_t i = 0; i < from->attachment_count; i++) {
        write_string(out, from->attachments[i].owner);
        write_string(out, from->attachments[i].name);
        write_string(out, from->attachments[i].bytes);
    }
    buffer_append_u32(out, from->notices.count);
    for (uint32_t i = 0; i < from->notices.count; i++)
        write_string(out, from->notices.texts[i]);
    buffer_append_u32(out, from->notices.omitted);
}

/* ---- reading ---- */

typedef struct cursor {
    view bytes;
    size_t at;
    bool bad;       // the bytes are not an answer
    bool exhausted; // out of memory; `bad` is set too
    arena *memory;
} cursor;

static const char *take(cursor *c, size_t size)
{
    if (c->bad || size > c->bytes.size - c->at) {
        c->bad = true;
        return NULL;
    }
    const char *taken = c->bytes.data + c->at;
    c->at += size;
    return taken;
}

static uint32_t read_u32(cursor *c)
{
    const char *p = take(c, 4);
    return p ? load_u32(p) : 0;
}

static uint64_t read_u64(cursor *c)
{
    const char *p = take(c, 8);
    return p ? load_u64(p) : 0;
}

static view read_bytes(cursor *c)
{
    uint32_t size = read_u32(c);
    const char *p = take(c, size);
    return p ? (view){p, size} : (view){"", 0};
}

static view read_string(cursor *c)
{
    view v = read_bytes(c);
    if (!utf8_is_valid(v)) c->bad = true;
    return c->bad ? (view){"", 0} : v;
}

/* A list's elements, zeroed, in the arena; their number in *count, 0 when something is wrong. */
static void *read_list(cursor *c, size_t element_bytes, size_t min_bytes, uint32_t *count)
{
    uint32_t n = read_u32(c);
    *count = 0;
    if (c->bad || n > (c->bytes.size - c->at) / min_bytes) {
        c->bad = true;
        return NULL;
    }
    void *list = arena_new_bytes_array(c->memory, n, element_bytes);
    if (list)
        *count = n;
    else
        c->exhausted = c->bad = true;
    return list;
}

/* A value that is no list. */
static void read_scalar(cursor *c, metadata_kind kind, metadata_value *value)
{
    value->kind = kind;
    if (kind == METADATA_STRING) {
        value->string = read_string(c);
        return;
    }
    uint64_t bits = read_u64(c);
    if (kind == METADATA_INTEGER)
        value->integer = (int64_t)bits;
    else if (kind == METADATA_DOUBLE)
        memcpy(&value->number, &bits, sizeof bits);
    else
        value->boolean = bits != 0;
}

/* The kind of the next value; `last` is the greatest that may stand here. */
static metadata_kind read_kind(cursor *c, metadata_kind last)
{
    const char *kind = take(c, 1);
    if (kind && (unsigned char)*kind <= last) return (metadata_kind)*kind;
    c->bad = true;
    return METADATA_BOOL;
}

static void read_field(cursor *c, metadata_entry *e)
{
    e->key = read_string(c);
    metadata_kind kind = read_kind(c, METADATA_LIST);
    if (e->key.size == 0) c->bad = true;
    if (c->bad) return;
    if (kind != METADATA_LIST) {
        read_scalar(c, kind, &e->value);
        return;
    }
    e->value.kind = METADATA_LIST;
    e->value.list.elements =
        read_list(c, sizeof *e->value.list.elements, VALUE_MIN_BYTES, &e->value.list.count);
    for (uint32_t i = 0; i < e->value.list.count && !c->bad; i++)
        read_scalar(c, read_kind(c, METADATA_BOOL), &e->value.list.elements[i]);
}

static void read_fields(cursor *c, metadata *fields)
{
    uint32_t count = 0;
    metadata_entry *entries = read_list(c, sizeof *entries, FIELD_MIN_BYTES, &count);
    fields->memory = c->memory;
    for (uint32_t i = 0; i < count && !c->bad; i++) {
        read_field(c, &entries[i]);
        if (c->bad) break;
        // One by one, so that limits and uniqueness hold.
        kith_status status = metadata_set(fields, entries[i].key, entries[i].value, NULL);
        if (status != KITH_OK) c->bad = true;
        if (status == KITH_ERR_NO_MEMORY) c->exhausted = true;
    }
}

static void read_document(cursor *c, document *d)
{
    d->id = read_string(c);
    d->title = read_string(c);
    d->text = read_string(c);
    const char *flags = take(c, 1);
    d->title_is_prefix = flags && (*flags & FLAG_TITLE_IS_PREFIX);
    d->text_is_file = flags && (*flags & FLAG_TEXT_IS_FILE);
    d->line_offset = read_u32(c);
    d->record = read_u64(c);
    read_fields(c, &d->fields);
    heading *headings = read_list(c, sizeof *headings, HEADING_MIN_BYTES, &d->heading_count);
    for (uint32_t i = 0; i < d->heading_count && !c->bad; i++) {
        headings[i].offset = read_u64(c);
        headings[i].path = read_string(c);
    }
    d->headings = headings;
    place_mark *marks = read_list(c, sizeof *marks, MARK_MIN_BYTES, &d->mark_count);
    for (uint32_t i = 0; i < d->mark_count && !c->bad; i++) {
        marks[i].offset = read_u64(c);
        uint32_t kind = read_u32(c);
        if (kind >= PLACE_KINDS) c->bad = true;
        marks[i].kind = (place_kind)(c->bad ? 0 : kind);
        marks[i].number = read_u32(c);
        const char *by_ocr = take(c, 1);
        marks[i].by_ocr = by_ocr && *by_ocr;
        marks[i].name = read_string(c);
    }
    d->marks = marks;
    if (!c->bad && !document_offsets_hold(d)) c->bad = true;
}

static kith_status read_status(cursor *c)
{
    uint32_t status = read_u32(c);
    if (status > KITH_ERR_INTERNAL) c->bad = true;
    return c->bad ? KITH_ERR_FORMAT : (kith_status)status;
}

static void read_notices(cursor *c, notice_list *l)
{
    uint32_t count = read_u32(c);
    if (count > NOTICES_MAX) c->bad = true;
    for (uint32_t i = 0; i < count && !c->bad; i++)
        l->texts[l->count++] = read_string(c);
    l->omitted = read_u32(c);
    if (!c->bad && notices_check(l)) c->bad = true;
}

static void read_lists(cursor *c, extraction *x)
{
    x->replaced = read_u64(c);
    x->documents = read_list(c, sizeof *x->documents, DOCUMENT_MIN_BYTES, &x->document_count);
    for (uint32_t i = 0; i < x->document_count && !c->bad; i++)
        read_document(c, &x->documents[i]);
    x->problems = read_list(c, sizeof *x->problems, PROBLEM_MIN_BYTES, &x->problem_count);
    for (uint32_t i = 0; i < x->problem_count && !c->bad; i++) {
        x->problems[i].record = read_u64(c);
        x->problems[i].status = read_status(c);
        x->problems[i].reason = read_string(c);
    }
    x->attachments =
        read_list(c, sizeof *x->attachments, ATTACHMENT_MIN_BYTES, &x->attachment_count);
    for (uint32_t i = 0; i < x->attachment_count && !c->bad; i++) {
        x->attachments[i].owner = read_string(c);
        x->attachments[i].name = read_string(c);
        x->attachments[i].bytes = read_bytes(c);
    }
    read_notices(c, &x->notices);
}

kith_status extraction_read(view bytes, arena *a, extraction *out, kith_error *err)
{
    cursor c = {.bytes = bytes, .memory = a};
    extraction x = {0};
    if (read_u32(&c) != MAGIC) c.bad = true;
    kith_status status = read_status(&c);
    if (!c.bad && status != KITH_OK) {
        view message = read_string(&c);
        if (!c.bad && c.at == bytes.size) return fail(err, status, "%.*s", VIEW_ARG(message));
    } else if (!c.bad) {
        read_lists(&c, &x);
    }
    if (c.exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an extraction");
    if (c.bad || c.at != bytes.size)
        return fail(err, KITH_ERR_FORMAT, "the parser's answer is damaged");
    *out = x;
    return KITH_OK;
}
