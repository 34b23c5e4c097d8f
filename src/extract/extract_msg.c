/* extract_msg.c - Outlook's message in a file of its own (msg): an OLE2 file whose storages are the
 * message, its recipients and its attachments; a value of fixed size stands in a stream of all of
 * these, any other in a stream that is named by its number. A message that is attached is a storage
 * too, read here as a document of its own; attached files are handed on.
 * Source: [MS-OXMSG]. */
#include "extract/extract_job.h"
#include "extract/ole_file.h"
#include "extract/outlook.h"

enum {
    HEADER_OF_FILE = 32, /* bytes before the first value of fixed size */
    HEADER_OF_MESSAGE = 24,
    HEADER_OF_PART = 8,
    VALUE_BYTES = 16,
    FIRST_NAMED = 0x8000, /* numbers from here on stand for names */
    IS_MULTIPLE = 0x1000, /* in a type */
    NAME_BYTES = 8,
    GUID_BYTES = 16,
    NAMES_MAX = 64, /* that are kept */
    MESSAGES_DEEP = 8,
    ATTACHMENTS_MAX = 2000,
    RECIPIENTS_MAX = 2000
};

typedef struct named_property {
    uint32_t id, known; /* in this file; as mapi_named has it */
} named_property;

typedef struct msg_reading {
    extract_job *job;
    ole_file file;
    named_property named[NAMES_MAX];
    uint32_t named_count;
    uint32_t attachments;
} msg_reading;

/* ---- properties ---- */

/* "__substg1.0_0037001F" gives the number 0x0037 and the type 0x1F, and so does one of several values,
 * "__substg1.0_8000101F-00000001"; what gives only their sizes is none. */
static bool parse_name(view name, uint32_t *id, uint32_t *type)
{
    static const char PREFIX[] = "__substg1.0_";
    size_t end = sizeof PREFIX - 1 + 8;
    uint32_t tag = 0;
    bool is_one_of = name.size == end + 9 && name.data[end] == '-';
    if ((name.size != end && !is_one_of) || !view_starts_with_nocase(name, view_of(PREFIX)))
        return false;
    for (size_t i = sizeof PREFIX - 1; i < end; i++) {
        char c = name.data[i];
        uint32_t digit = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a') + 10
                                                              : 16;
        if (digit > 15) return false;
        tag = tag << 4 | digit;
    }
    *id = tag >> 16;
    *type = tag & 0xFFFF & ~(uint32_t)IS_MULTIPLE;
    return is_one_of == ((tag & IS_MULTIPLE) != 0);
}

/* The text of a name, which stands in the stream of texts behind its size; empty when it does not. */
static view text_at(view texts, uint32_t at)
{
    if (at > texts.size || texts.size - at < 4) return VIEW("");
    uint32_t size = load_u32(texts.data + at);
    return size <= texts.size - at - 4 ? view_slice(texts, at + 4, at + 4 + size) : VIEW("");
}

/* Which numbers stand for which names in this file: a list of GUIDs, and one of names, each with the
 * number of its GUID's place from 3 (two need no place), and of its own. */
static kith_status read_names(msg_reading *r, kith_error *err)
{
    enum { PUBLIC_SET = 2, SET_IN_LIST = 3 };
    view sets = VIEW(""), names = VIEW(""), texts = VIEW("");
    uint32_t storage = ole_find(&r->file, OLE_ROOT, "__nameid_version1.0");
    if (storage == OLE_NONE) return KITH_OK;
    uint32_t list = ole_find(&r->file, storage, "__substg1.0_00020102");
    kith_status status = ole_read(&r->file, list, &sets, err);
    list = ole_find(&r->file, storage, "__substg1.0_00030102");
    if (status == KITH_OK) status = ole_read(&r->file, list, &names, err);
    list = ole_find(&r->file, storage, "__substg1.0_00040102");
    if (status == KITH_OK) status = ole_read(&r->file, list, &texts, err);
    if (status != KITH_OK) return status;
    for (size_t at = 0; at + NAME_BYTES <= names.size && r->named_count < NAMES_MAX;
         at += NAME_BYTES) {
        uint32_t name = load_u32(names.data + at), rest = load_u32(names.data + at + 4);
        uint32_t set = (rest & 0xFFFF) >> 1, number = rest >> 16;
        bool is_text = rest & 1;
        size_t from = set < SET_IN_LIST ? 0 : (size_t)(set - SET_IN_LIST) * GUID_BYTES;
        view guid = set >= SET_IN_LIST && from + GUID_BYTES <= sets.size
                        ? view_slice(sets, from, from + GUID_BYTES)
                        : VIEW("");
        bool is_public = set == PUBLIC_SET || mapi_is_public_set(guid);
        uint32_t known = 0;
        if (!is_text && guid.size) known = mapi_named(guid, name);
        if (is_text && is_public) known = mapi_named_text(text_at(texts, name));
        if (known) r->named[r->named_count++] = (named_property){FIRST_NAMED + number, known};
    }
    return KITH_OK;
}

static uint32_t known_id(const msg_reading *r, uint32_t id)
{
    if (id < FIRST_NAMED) return id;
    for (uint32_t i = 0; i < r->named_count; i++)
        if (r->named[i].id == id) return r->named[i].known;
    return 0;
}

static void put_fixed(const msg_reading *r, view stream, size_t header, mapi_properties *p)
{
    for (size_t at = header; at + VALUE_BYTES <= stream.size; at += VALUE_BYTES) {
        uint32_t tag = load_u32(stream.data + at), type = tag & 0xFFFF;
        bool is_fixed = type == 0x02 || type == 0x03 || type == 0x0B || type == 0x40;
        if (is_fixed)
            mapi_put(p, known_id(r, tag >> 16), type, view_slice(stream, at + 8, at + VALUE_BYTES));
    }
}

static kith_status read_properties(msg_reading *r, uint32_t storage, size_t header,
                                   mapi_properties *p, kith_error *err)
{
    ole_file *f = &r->file;
    view stream;
    uint32_t fixed = ole_find(f, storage, "__properties_version1.0");
    kith_status status = ole_read(f, fixed, &stream, err);
    if (status == KITH_OK) put_fixed(r, stream, header, p);
    for (uint32_t i = 0; status == KITH_OK && i < f->count; i++) {
        uint32_t id, type;
        if (f->entries[i].parent != storage || f->entries[i].is_storage) continue;
        if (!parse_name(f->entries[i].name, &id, &type)) continue;
        id = known_id(r, id);
        if (!mapi_is_wanted(id)) continue;
        status = ole_read(f, i, &stream, err);
        if (status == KITH_OK) mapi_put(p, id, type, stream);
    }
    return status;
}

/* ---- people ---- */

static kith_status read_people(msg_reading *r, uint32_t storage, outlook_message *o,
                               kith_error *err)
{
    enum { TO = 1, CC = 2 };
    const ole_file *f = &r->file;
    uint32_t count = 0;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < f->count && count < RECIPIENTS_MAX; i++) {
        mapi_properties person = {.code_page = (uint32_t)mapi_number(&o->own, MAPI_CODE_PAGE)};
        if (f->entries[i].parent != storage ||
            !view_starts_with_nocase(f->entries[i].name, VIEW("__recip_version1.0_")))
            continue;
        count++;
        status = read_properties(r, i, HEADER_OF_PART, &person, err);
        uint64_t kind = mapi_number(&person, MAPI_RECIPIENT_KIND);
        view *list = kind == TO ? &o->to : kind == CC ? &o->cc : NULL;
        if (status == KITH_OK && list)
            status = outlook_add_person(&person, r->job->memory, list, err);
    }
    return status;
}

/* ---- messages ---- */

static kith_status add_message(msg_reading *r, uint32_t storage, view id, uint32_t depth,
                               kith_error *err);

static kith_status add_inner(msg_reading *r, uint32_t storage, view owner, view name,
                             uint32_t depth, kith_error *err)
{
    const char *id = arena_printf(r->job->memory, "%.*s/%.*s.msg", VIEW_ARG(owner), VIEW_ARG(name));
    if (!id) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an id");
    if (depth >= MESSAGES_DEEP)
        return extract_job_notice(r->job, "a message is attached too deep to be read", err);
    return add_message(r, storage, view_of(id), depth + 1, err);
}

static kith_status add_attachment(msg_reading *r, uint32_t storage, view owner, uint32_t code_page,
                                  uint32_t depth, kith_error *err)
{
    mapi_properties p = {.code_page = code_page};
    view name;
    uint32_t inner = ole_find(&r->file, storage, "__substg1.0_3701000D");
    kith_status status = read_properties(r, storage, HEADER_OF_PART, &p, err);
    if (status == KITH_OK) status = outlook_file_name(&p, r->job->memory, &name, err);
    if (status != KITH_OK) return status;
    bool is_message =
        inner != OLE_NONE && ole_find(&r->file, inner, "__properties_version1.0") != OLE_NONE;
    if (is_message) return add_inner(r, inner, owner, name, depth, err);
    if (inner == OLE_NONE && p.values[MAPI_DATA].type)
        return outlook_hand_on(r->job, owner, name, p.values[MAPI_DATA].raw, err);
    if (inner == OLE_NONE) return outlook_note_link(r->job, name, err);
    const char *what =
        arena_printf(r->job->memory, "an embedded object is not read: '%.*s'", VIEW_ARG(name));
    if (!what) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(r->job, what, err);
}

static kith_status add_attachments(msg_reading *r, uint32_t storage, view owner, uint32_t code_page,
                                   uint32_t depth, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < r->file.count; i++) {
        if (r->file.entries[i].parent != storage ||
            !view_starts_with_nocase(r->file.entries[i].name, VIEW("__attach_version1.0_")))
            continue;
        if (++r->attachments > ATTACHMENTS_MAX)
            return fail(err, KITH_ERR_LIMIT, "it has more than %d attachments", ATTACHMENTS_MAX);
        status = add_attachment(r, i, owner, code_page, depth, err);
    }
    return status;
}

/* S/MIME and rights management leave a shell whose attachment is the message. */
static kith_status check_shell(extract_job *job, const outlook_message *o, bool has_body,
                               kith_error *err)
{
    view class;
    kith_status status = mapi_line(&o->own, MAPI_CLASS, job->memory, &class, err);
    bool is_signed = view_equal_nocase(class, VIEW("IPM.Note.SMIME.MultipartSigned"));
    if (status != KITH_OK || has_body) return status;
    if (is_signed)
        return extract_job_notice(job, "its text is within a signature (S/MIME), which is not read",
                                  err);
    return view_equal_nocase(class, VIEW("IPM.Note.SMIME")) ? fail(err, KITH_ERR_AUTH, "encrypted")
                                                            : KITH_OK;
}

static kith_status add_message(msg_reading *r, uint32_t storage, view id, uint32_t depth,
                               kith_error *err)
{
    outlook_message o = {0};
    document d;
    manuscript m;
    bool has_body = false;
    size_t header = storage == OLE_ROOT ? HEADER_OF_FILE : HEADER_OF_MESSAGE;
    manuscript_init(&m, r->job);
    kith_status status = extract_job_begin(r->job, "mail", &d, err);
    if (status == KITH_OK) status = read_properties(r, storage, header, &o.own, err);
    if (status == KITH_OK) status = read_people(r, storage, &o, err);
    if (status == KITH_OK) status = outlook_add_headers(&o, &m, &d, err);
    if (status == KITH_OK) status = outlook_add_body(&o, &m, &has_body, err);
    if (status == KITH_OK) status = check_shell(r->job, &o, has_body, err);
    d.id = id;
    if (status == KITH_OK && depth > 0)
        status = metadata_set_string(&d.fields, "attachment", d.title, err);
    if (status == KITH_OK) status = manuscript_finish(&m, &d, err);
    manuscript_done(&m);
    uint32_t code_page = (uint32_t)mapi_number(&o.own, MAPI_CODE_PAGE);
    return status == KITH_OK ? add_attachments(r, storage, id, code_page, depth, err) : status;
}

kith_status extract_msg(extract_job *job, kith_error *err)
{
    msg_reading r = {.job = job};
    kith_status status = ole_open(job->bytes, job->memory, &r.file, err);
    if (status != KITH_OK) return status;
    if (ole_find(&r.file, OLE_ROOT, "__properties_version1.0") == OLE_NONE)
        return fail(err, KITH_ERR_FORMAT, "no message of Outlook in it");
    status = read_names(&r, err);
    return status == KITH_OK ? add_message(&r, OLE_ROOT, job->stem, 0, err) : status;
}
