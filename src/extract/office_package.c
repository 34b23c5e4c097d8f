/* office_package.c - relationships and properties of an Office file. A part's name says nothing
 * about its content (the document need not be word/document.xml): every part is found by following
 * relationships from the package's own, _rels/.rels. */
#include "extract/office_package.h"

#include "extract/keywords.h"

#include "base/buffer.h"

enum {
    RELATIONSHIPS_MAX = 20000, // of one part
    NAME_MAX_BYTES = 1024,     // of a part
    PROPERTY_MAX_BYTES = 1024
};

// An Office file with a password, or from before 2007, is an OLE file and not an archive.
#define OLE_SIGNATURE VIEW("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
// "EncryptedPackage" as its directory writes it, in UTF-16.
#define OLE_ENCRYPTED VIEW("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0")

/* Appends the segments of `path` to the name; ".." removes the last one. */
static void append_segments(buffer *name, view path)
{
    for (size_t at = 0; at < path.size;) {
        size_t end = at;
        while (end < path.size && path.data[end] != '/')
            end++;
        view segment = view_slice(path, at, end);
        at = end + 1;
        if (segment.size == 0 || view_equal(segment, VIEW("."))) continue;
        if (view_equal(segment, VIEW(".."))) {
            while (name->size && name->data[--name->size] != '/')
                continue;
            continue;
        }
        if (name->size) buffer_append_byte(name, '/');
        buffer_append(name, segment);
    }
}

view package_resolve(arena *a, view base, view reference)
{
    buffer name;
    buffer_init(&name, NAME_MAX_BYTES);
    size_t directory = base.size;
    while (directory > 0 && base.data[directory - 1] != '/')
        directory--;
    if (!view_starts_with(reference, VIEW("/")))
        append_segments(&name, view_slice(base, 0, directory));
    append_segments(&name, reference);
    // No part has a name that long: the empty name is not found.
    view resolved = arena_copy(a, name.failed == KITH_OK ? buffer_view(&name) : VIEW(""));
    buffer_done(&name);
    return resolved;
}

/* ---- relationships ---- */

typedef struct relation_reading {
    arena *memory;
    view part;
    buffer found; // of relationship
} relation_reading;

static kith_status on_relationship(void *context, view name, xml_attributes attributes,
                                   kith_error *err)
{
    relation_reading *r = context;
    if (!view_equal(name, VIEW("Relationship")) ||
        view_equal(xml_attribute(attributes, "TargetMode"), VIEW("External")))
        return KITH_OK;
    view type = xml_attribute(attributes, "Type");
    size_t slash = type.size;
    while (slash > 0 && type.data[slash - 1] != '/')
        slash--;
    relationship found = {
        .id = arena_copy(r->memory, xml_attribute(attributes, "Id")),
        .kind = arena_copy(r->memory, view_slice(type, slash, type.size)),
        .target = package_resolve(r->memory, r->part, xml_attribute(attributes, "Target")),
    };
    if (!found.id.data || !found.kind.data || !found.target.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for relationships");
    buffer_append(&r->found, (view){(const char *)&found, sizeof found});
    return buffer_status(&r->found, "the list of relationships", err);
}

/* The relationships of "ppt/slides/slide1.xml" are in "ppt/slides/_rels/slide1.xml.rels". */
static view relationships_part(arena *a, view part)
{
    size_t slash = part.size;
    while (slash > 0 && part.data[slash - 1] != '/')
        slash--;
    const char *name = arena_printf(a, "%.*s_rels/%.*s.rels", VIEW_ARG(view_slice(part, 0, slash)),
                                    VIEW_ARG(view_slice(part, slash, part.size)));
    return view_of(name);
}

kith_status package_read_part(archive *z, view part, const xml_events *events, kith_error *err)
{
    view xml;
    if (part.size == 0 || !archive_has(z, part)) return KITH_OK;
    kith_status status = archive_read(z, part, &xml, err);
    return status == KITH_OK ? xml_read(xml, part, events, err) : status;
}

kith_status package_relationships(archive *z, view part, relationships *out, kith_error *err)
{
    view name = relationships_part(z->memory, part);
    if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for relationships");
    *out = (relationships){0};
    if (!archive_has(z, name)) return KITH_OK;
    relation_reading r = {.memory = z->memory, .part = part};
    buffer_init(&r.found, RELATIONSHIPS_MAX * sizeof(relationship));
    xml_events events = {.context = &r, .start = on_relationship};
    kith_status status = package_read_part(z, name, &events, err);
    if (status == KITH_OK) {
        out->entries = arena_new(z->memory, r.found.size);
        out->count = (uint32_t)(r.found.size / sizeof(relationship));
        if (!out->entries)
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for relationships");
        else if (r.found.size)
            memcpy(out->entries, r.found.data, r.found.size);
    }
    buffer_done(&r.found);
    return status;
}

view relationship_by_id(const relationships *all, view id)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (view_equal(all->entries[i].id, id)) return all->entries[i].target;
    return (view){"", 0};
}

view relationship_by_kind(const relationships *all, const char *kind)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (view_equal(all->entries[i].kind, view_of(kind))) return all->entries[i].target;
    return (view){"", 0};
}

kith_status package_open(view bytes, arena *a, archive *out, view *main_part, kith_error *err)
{
    if (view_starts_with(bytes, OLE_SIGNATURE)) {
        if (view_find(bytes, OLE_ENCRYPTED) < bytes.size)
            return fail(err, KITH_ERR_AUTH, "encrypted");
        return fail(err, KITH_ERR_UNSUPPORTED, "an Office format of before 2007");
    }
    relationships all = {0};
    kith_status status = archive_open(bytes, a, out, err);
    if (status == KITH_OK) status = package_relationships(out, VIEW(""), &all, err);
    if (status != KITH_OK) return status;
    *main_part = relationship_by_kind(&all, "officeDocument");
    if (main_part->size == 0)
        return fail(err, KITH_ERR_FORMAT, "the archive is no Office document");
    return KITH_OK;
}

/* ---- properties ---- */

typedef struct property_reading {
    buffer text; // of the open property
    view title, author, keywords;
    arena *memory;
    bool inside;
} property_reading;

static kith_status on_property(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)attributes, (void)err;
    property_reading *r = context;
    buffer_reset(&r->text);
    r->inside = view_equal(name, VIEW("title")) || view_equal(name, VIEW("creator")) ||
                view_equal(name, VIEW("keywords"));
    return KITH_OK;
}

static kith_status on_property_text(void *context, view text, kith_error *err)
{
    (void)err;
    property_reading *r = context;
    if (r->inside) buffer_append(&r->text, text); // a value that is too long is left out
    return KITH_OK;
}

static kith_status on_property_end(void *context, view name, kith_error *err)
{
    property_reading *r = context;
    if (!r->inside) return KITH_OK;
    r->inside = false;
    view text = arena_copy(r->memory, view_trim(buffer_view(&r->text)));
    if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for properties");
    if (r->text.failed != KITH_OK) return KITH_OK;
    if (view_equal(name, VIEW("title")))
        r->title = text;
    else if (view_equal(name, VIEW("keywords")))
        r->keywords = text;
    else
        r->author = text;
    return KITH_OK;
}

/* Titles that programs fill in when the author gave none. */
static bool is_placeholder(view title)
{
    return view_equal_nocase(title, VIEW("PowerPoint Presentation")) ||
           view_equal_nocase(title, VIEW("Word Document")) ||
           view_equal_nocase(title, VIEW("Untitled"));
}

kith_status package_properties(archive *z, document *d, kith_error *err)
{
    property_reading r = {.memory = z->memory};
    buffer_init(&r.text, PROPERTY_MAX_BYTES);
    xml_events events = {&r, on_property, on_property_end, on_property_text};
    kith_status status = package_read_part(z, VIEW("docProps/core.xml"), &events, err);
    buffer_done(&r.text);
    // What is said of a file is no reason to refuse it: damaged, it is left out.
    if (status == KITH_ERR_FORMAT || status == KITH_ERR_LIMIT) return KITH_OK;
    if (status == KITH_OK) status = keywords_set(&d->fields, r.keywords, err);
    if (status == KITH_OK && r.title.size && !is_placeholder(r.title)) d->title = r.title;
    if (status == KITH_OK && r.author.size)
        status = metadata_set_string(&d->fields, "author", r.author, err);
    return status;
}
