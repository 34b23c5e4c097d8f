/* tnef.c - a stream of attributes: a byte that says whether it is of the message or of the newest
 * attachment, number, length, bytes, checksum (not looked at: what is damaged is found as damage).
 * Two of the attributes are lists of properties; the others repeat some of these in an older form,
 * which is used where there is no newer one.
 * Traps: lengths may be anything, and values are filled up to four bytes each. */
#include "extract/tnef.h"

#include "base/size.h"

#include <kith/types.h>

enum {
    SIGNATURE_BYTES = 6, /* and the key */
    ATTRIBUTE_BYTES = 9,
    CHECKSUM_BYTES = 2,
    OF_MESSAGE = 1,
    OF_ATTACHMENT = 2,
    NAMED_PROPERTY = 0x8000,
    IS_MULTIPLE = 0x1000,
    INTERFACE_BYTES = 16, /* before the bytes of an object */
    TYPE_TEXT = 0x1E,
    TYPE_WIDE_TEXT = 0x1F,
    TYPE_OBJECT = 0x0D,
    TYPE_BYTES = 0x102
};

typedef enum attribute {
    ATTRIBUTE_SUBJECT = 0x8004,
    ATTRIBUTE_BODY = 0x800C,
    ATTRIBUTE_FILE = 0x800F,
    ATTRIBUTE_FILE_TITLE = 0x8010,
    ATTRIBUTE_FILE_BEGINS = 0x9002,
    ATTRIBUTE_PROPERTIES = 0x9003,
    ATTRIBUTE_FILE_PROPERTIES = 0x9005,
    ATTRIBUTE_CODE_PAGE = 0x9007
} attribute;

/* ---- properties ---- */

/* A list of properties being read. */
typedef struct property_list {
    view bytes;
    size_t at;
    bool is_cut; /* something lay beyond the end */
} property_list;

static uint32_t take_u32(property_list *l)
{
    if (l->bytes.size - l->at < 4) {
        l->is_cut = true;
        return 0;
    }
    l->at += 4;
    return load_u32(l->bytes.data + l->at - 4);
}

static view take_bytes(property_list *l, size_t size)
{
    size_t padded = (size + 3) & ~(size_t)3, rest = l->bytes.size - l->at;
    if (size > rest) l->is_cut = true;
    if (l->is_cut) return VIEW("");
    view taken = view_slice(l->bytes, l->at, l->at + size);
    l->at += size_min(padded, rest);
    return taken;
}

/* Bytes of a value of fixed size; 0: its size stands before it. */
static size_t fixed_bytes(uint32_t type)
{
    switch (type) {
    case 0x02:
    case 0x03:
    case 0x04:
    case 0x0A:
    case 0x0B:
        return 4; // filled up
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x14:
    case 0x40:
        return 8;
    case 0x48:
        return 16;
    default:
        return 0;
    }
}

/* The number of the named property whose name is next; 0: none that is kept. */
static uint32_t take_name(property_list *l)
{
    view set = take_bytes(l, 16);
    bool is_text = take_u32(l) != 0;
    uint32_t name = take_u32(l); // or the bytes of its text
    view text = is_text ? take_bytes(l, name) : VIEW("");
    if (l->is_cut) return 0;
    if (!is_text) return mapi_named(set, name);
    bool has_end = view_equal(
        view_slice(text, text.size - (text.size < 2 ? text.size : 2), text.size), VIEW("\0\0"));
    return mapi_is_public_set(set)
               ? mapi_named_text(view_slice(text, 0, text.size - (has_end ? 2 : 0)))
               : 0;
}

/* A property of one value is kept, and categories; the bytes of an object stand behind the number of its interface. */
static void take_property(property_list *l, mapi_properties *p)
{
    uint32_t tag = take_u32(l), id = tag >> 16, type = tag & 0xFFFF;
    bool is_multiple = type & IS_MULTIPLE;
    if (id >= NAMED_PROPERTY) id = take_name(l);
    size_t fixed = fixed_bytes(type & ~(uint32_t)IS_MULTIPLE);
    uint32_t count = fixed == 0 || is_multiple ? take_u32(l) : 1;
    for (uint32_t i = 0; i < count && !l->is_cut; i++) {
        view value = take_bytes(l, fixed ? fixed : take_u32(l));
        if (type == TYPE_OBJECT)
            value = view_slice(value, size_min(INTERFACE_BYTES, value.size), value.size);
        bool is_one = !is_multiple && i == 0;
        if (!l->is_cut && (is_one || mapi_is_list(id)))
            mapi_put(p, id, type & ~(uint32_t)IS_MULTIPLE, value);
    }
}

static void take_properties(view bytes, mapi_properties *p)
{
    property_list l = {.bytes = bytes};
    uint32_t count = take_u32(&l);
    for (uint32_t i = 0; i < count && i < TNEF_MAX_PROPERTIES && !l.is_cut; i++)
        take_property(&l, p);
}

/* ---- attributes ---- */

static mapi_properties *newest(tnef_file *f)
{
    size_t count = f->attachments.size / sizeof(mapi_properties);
    return count ? (mapi_properties *)(void *)f->attachments.data + (count - 1) : NULL;
}

/* The message's older attributes, which wait: of one number the first is kept, and that is to be the
 * property. */
typedef struct older_form {
    view subject, body;
} older_form;

static void take_of_message(tnef_file *f, uint32_t id, view value, older_form *older)
{
    if (id == ATTRIBUTE_PROPERTIES)
        take_properties(value, &f->message.own);
    else if (id == ATTRIBUTE_CODE_PAGE && value.size >= 4)
        f->message.own.code_page = load_u32(value.data);
    else if (id == ATTRIBUTE_SUBJECT)
        older->subject = value;
    else if (id == ATTRIBUTE_BODY)
        older->body = value;
}

static void take_of_attachment(tnef_file *f, uint32_t id, view value)
{
    if (id == ATTRIBUTE_FILE_BEGINS) {
        mapi_properties p = {.code_page = f->message.own.code_page};
        buffer_append(&f->attachments, (view){(const char *)&p, sizeof p});
    }
    mapi_properties *p = newest(f);
    if (!p || f->attachments.failed != KITH_OK) return;
    if (id == ATTRIBUTE_FILE_PROPERTIES)
        take_properties(value, p);
    else if (id == ATTRIBUTE_FILE)
        mapi_put(p, 0x3701, TYPE_BYTES, value);
    else if (id == ATTRIBUTE_FILE_TITLE)
        mapi_put(p, 0x3704, TYPE_TEXT, value);
}

kith_status tnef_read(view bytes, tnef_file *out, kith_error *err)
{
    older_form older = {0};
    uint32_t attributes = 0;
    *out = (tnef_file){0};
    buffer_init(&out->attachments, TNEF_MAX_ATTACHMENTS * sizeof(mapi_properties));
    if (!view_starts_with(bytes, VIEW("\x78\x9F\x3E\x22")))
        return fail(err, KITH_ERR_FORMAT, "no TNEF, or damaged");
    for (size_t at = SIGNATURE_BYTES; at + ATTRIBUTE_BYTES <= bytes.size; attributes++) {
        char level = bytes.data[at];
        uint32_t id = load_u32(bytes.data + at + 1) & 0xFFFF, size = load_u32(bytes.data + at + 5);
        at += ATTRIBUTE_BYTES;
        if (size > bytes.size - at) break; // cut off
        view value = view_slice(bytes, at, at + size);
        at += size_min((size_t)size + CHECKSUM_BYTES, bytes.size - at);
        if (level == OF_MESSAGE)
            take_of_message(out, id, value, &older);
        else if (level == OF_ATTACHMENT)
            take_of_attachment(out, id, value);
        else
            break; // damaged
    }
    if (attributes == 0 && bytes.size > SIGNATURE_BYTES)
        return fail(err, KITH_ERR_FORMAT, "damaged TNEF, or cut short");
    if (older.subject.size) mapi_put(&out->message.own, 0x0037, TYPE_TEXT, older.subject);
    if (older.body.size) mapi_put(&out->message.own, 0x1000, TYPE_TEXT, older.body);
    return buffer_status(&out->attachments, "the list of attachments", err);
}

void tnef_done(tnef_file *f)
{
    buffer_done(&f->attachments);
}

kith_status tnef_hand_on(const tnef_file *f, extract_job *job, view owner, kith_error *err)
{
    const mapi_properties *files = (const mapi_properties *)(const void *)f->attachments.data;
    size_t count = f->attachments.size / sizeof *files;
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < count; i++) {
        view name, bytes = files[i].values[MAPI_DATA].raw;
        status = outlook_file_name(&files[i], job->memory, &name, err);
        if (status == KITH_OK && files[i].values[MAPI_DATA].type == 0)
            status = outlook_note_link(job, name, err);
        if (status != KITH_OK || bytes.size == 0) continue;
        view kept = arena_copy(job->memory, bytes);
        if (status == KITH_OK && !kept.data)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an attachment");
        if (status == KITH_OK) status = outlook_hand_on(job, owner, name, kept, err);
    }
    return status;
}

/* A winmail.dat that somebody saved. */
kith_status extract_tnef(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    tnef_file f;
    bool has_body = false;
    manuscript_init(&m, job);
    kith_status status = tnef_read(job->bytes, &f, err);
    if (status == KITH_OK) status = extract_job_begin(job, "mail", &d, err);
    if (status == KITH_OK) status = outlook_add_headers(&f.message, &m, &d, err);
    if (status == KITH_OK) status = outlook_add_body(&f.message, &m, &has_body, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&m, &d, err);
    }
    if (status == KITH_OK) status = tnef_hand_on(&f, job, job->stem, err);
    manuscript_done(&m);
    tnef_done(&f);
    return status;
}
