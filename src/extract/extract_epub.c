/* extract_epub.c - EPUB 2 and 3: the files of the spine in reading order, each read as HTML.
 * A file is a chapter when it has a heading, or a title that is not the book's; the chapter's name
 * is the place of its text. The table of contents is left out, whether the package marks it (EPUB 3's
 * navigation, the guide of EPUB 2) or not, and a title page: they repeat headings and fields. What is
 * marked may still be the first chapter (Sphinx), so its text is looked at too. Traps of the
 * format: paths are relative to the package file and percent-encoded, and encryption.xml lists
 * scrambled fonts too, which are not rights management: a book is refused as encrypted only when a
 * file of its spine is listed. Source: EPUB 3.3, OCF 3.3. */
#include "extract/css_classes.h"
#include "extract/extract_job.h"
#include "extract/html_look.h"
#include "extract/keywords.h"
#include "extract/manuscript.h"
#include "extract/office_package.h"
#include "extract/xml.h"

#include "base/hex.h"
#include "base/map.h"

enum { FILES_MAX = 10000, SHEETS_MAX = 64, METADATA_VALUE_MAX_BYTES = 1024 };

typedef struct book_file {
    view path;
    bool is_page;       // XHTML
    bool is_navigation; // as the manifest says
    bool is_sheet;      // CSS
} book_file;

typedef struct book {
    archive parts;
    arena *memory;
    view package; // name of the .opf
    view title, author, language, date;
    view subject, subjects; // the one that is read, and all, joined by "; "
    view contents;          // the part that the guide calls the table of contents
    view *value;            // where the open element's text goes; NULL: it is not kept
    buffer text;
    map *by_id;   // manifest id to index in files
    buffer files; // elements: book_file
    buffer spine; // elements: uint32_t, indexes into files
    map *locked;  // names that encryption.xml lists
    css_classes classes;
} book;

static kith_status read_part(book *b, view part, const xml_events *events, kith_error *err)
{
    view xml;
    kith_status status = archive_read(&b->parts, part, &xml, err);
    return status == KITH_OK ? xml_read(xml, part, events, err) : status;
}

/* ---- container.xml, encryption.xml ---- */

static kith_status on_container(void *context, view name, xml_attributes attributes,
                                kith_error *err)
{
    book *b = context;
    if (!view_equal(name, VIEW("rootfile")) || b->package.size) return KITH_OK;
    b->package = arena_copy(b->memory, xml_attribute(attributes, "full-path"));
    return b->package.data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a book");
}

/* The name of the part that a reference within the book means: without fragment, %XX decoded. */
static view decode_reference(arena *a, view base, view reference)
{
    char *decoded = arena_new(a, reference.size + 1);
    size_t size = 0;
    if (!decoded) return (view){NULL, 0};
    for (size_t i = 0; i < reference.size && reference.data[i] != '#'; i++) {
        int high = -1, low = -1;
        if (reference.data[i] == '%' && i + 2 < reference.size) {
            high = hex_digit(reference.data[i + 1]);
            low = hex_digit(reference.data[i + 2]);
        }
        char byte = reference.data[i];
        if (high >= 0 && low >= 0) {
            byte = (char)(high << 4 | low);
            i += 2;
        }
        decoded[size++] = byte;
    }
    return package_resolve(a, base, (view){decoded, size});
}

static kith_status on_encryption(void *context, view name, xml_attributes attributes,
                                 kith_error *err)
{
    book *b = context;
    if (!view_equal(name, VIEW("CipherReference"))) return KITH_OK;
    view part = decode_reference(b->memory, VIEW(""), xml_attribute(attributes, "URI"));
    kith_status status = part.data ? map_put(b->locked, part, 1) : KITH_ERR_NO_MEMORY;
    return status == KITH_OK ? status : fail(err, status, "out of memory for a book");
}

/* ---- the package: metadata, manifest, spine ---- */

static kith_status on_manifest_entry(book *b, xml_attributes attributes, kith_error *err)
{
    view type = xml_attribute(attributes, "media-type");
    book_file file = {
        .path = decode_reference(b->memory, b->package, xml_attribute(attributes, "href")),
        .is_page = view_equal(type, VIEW("application/xhtml+xml")) ||
                   view_equal(type, VIEW("text/html")) ||
                   view_equal(type, VIEW("text/x-oeb1-document")),
    };
    view properties = xml_attribute(attributes, "properties");
    file.is_sheet = view_equal(type, VIEW("text/css"));
    file.is_navigation = view_find(properties, VIEW("nav")) < properties.size;
    uint64_t index = b->files.size / sizeof file;
    kith_status status = file.path.data ? map_put(b->by_id, xml_attribute(attributes, "id"), index)
                                        : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) return fail(err, status, "out of memory for a book");
    buffer_append(&b->files, (view){(const char *)&file, sizeof file});
    return buffer_status(&b->files, "the list of the book's files", err);
}

/* EPUB 2 says of each date what it is of. */
static bool is_publication(view name, xml_attributes attributes)
{
    view event = xml_attribute(attributes, "event");
    return view_equal(name, VIEW("date")) &&
           (event.size == 0 || view_equal(event, VIEW("publication")));
}

static kith_status on_package(void *context, view name, xml_attributes attributes, kith_error *err)
{
    book *b = context;
    uint64_t index = 0;
    buffer_reset(&b->text);
    b->value = view_equal(name, VIEW("title"))      ? &b->title
               : view_equal(name, VIEW("creator"))  ? &b->author
               : view_equal(name, VIEW("language")) ? &b->language
               : view_equal(name, VIEW("subject"))  ? &b->subject
               : is_publication(name, attributes)   ? &b->date
                                                    : NULL;
    if (b->value && b->value->size && b->value != &b->subject)
        b->value = NULL; // the first one is kept
    if (view_equal(name, VIEW("item"))) return on_manifest_entry(b, attributes, err);
    if (view_equal(name, VIEW("reference")) &&
        view_equal(xml_attribute(attributes, "type"), VIEW("toc"))) {
        b->contents = decode_reference(b->memory, b->package, xml_attribute(attributes, "href"));
        return b->contents.data ? KITH_OK
                                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a book");
    }
    if (!view_equal(name, VIEW("itemref")) ||
        !map_get(b->by_id, xml_attribute(attributes, "idref"), &index))
        return KITH_OK;
    uint32_t entry = (uint32_t)index;
    buffer_append(&b->spine, (view){(const char *)&entry, sizeof entry});
    return buffer_status(&b->spine, "the spine", err);
}

static kith_status on_package_text(void *context, view text, kith_error *err)
{
    (void)err;
    book *b = context;
    if (b->value) buffer_append(&b->text, text); // a value that is too long is left out
    return KITH_OK;
}

static kith_status on_package_end(void *context, view name, kith_error *err)
{
    (void)name;
    book *b = context;
    if (!b->value) return KITH_OK;
    *b->value = arena_copy(b->memory, view_trim(buffer_view(&b->text)));
    if (!b->value->data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a book");
    bool is_subject = b->value == &b->subject && b->subject.size > 0;
    b->value = NULL;
    return is_subject ? keywords_add(b->memory, &b->subjects, b->subject, err) : KITH_OK;
}

/* ---- chapters ---- */

static view chapter_name(const book *b, const document *page)
{
    for (uint32_t i = 0; i < page->heading_count; i++)
        if (page->headings[i].path.size) return page->headings[i].path;
    return view_equal(page->title, b->title) ? VIEW("") : page->title;
}

/* Each line of the page is the book's title or its author. */
static bool is_title_page(const book *b, view text)
{
    for (size_t i = 0, end; i < text.size; i = end + 1) {
        end = i + view_find(view_slice(text, i, text.size), VIEW("\n"));
        view line = view_trim(view_slice(text, i, end));
        if (line.size > 0 && !view_equal_nocase(line, b->title) &&
            !view_equal_nocase(line, b->author))
            return false;
    }
    return true;
}

static kith_status add_chapter(book *b, const document *page, manuscript *m, kith_error *err)
{
    view name = chapter_name(b, page);
    if (is_title_page(b, page->text)) return KITH_OK;
    kith_status status = manuscript_place(m, name.size ? PLACE_CHAPTER : PLACE_NONE, 0, name, err);
    if (status == KITH_OK) status = manuscript_end_headings(m, err);
    return status == KITH_OK ? manuscript_append(m, page, err) : status;
}

static kith_status add_notices(extract_job *job, const notice_list *from, view file,
                               kith_error *err)
{
    if (from->count + from->omitted == 0) return KITH_OK;
    const char *place = arena_printf(job->memory, "%.*s: ", VIEW_ARG(file));
    if (!place) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return notices_add_all(&job->notices, from, place, job->memory, err);
}

static kith_status read_chapter(book *b, const book_file *file, manuscript *m, kith_error *err)
{
    uint64_t ignored;
    bool is_contents =
        file->is_navigation || (b->contents.size > 0 && view_equal(file->path, b->contents));
    if (!file->is_page || !archive_has(&b->parts, file->path)) return KITH_OK;
    if (map_get(b->locked, file->path, &ignored)) return fail(err, KITH_ERR_AUTH, "encrypted");
    extract_job part = {.memory = b->memory, .stem = VIEW(""), .classes = &b->classes};
    view html;
    buffer_init(&part.documents, sizeof(document));
    buffer_init(&part.problems, 1);
    kith_status status = archive_read(&b->parts, file->path, &html, err);
    if (status == KITH_OK) status = extract_job_decode(&part, html, err);
    bool is_read = status == KITH_OK && (is_contents ? html_page_is_more_than_links(part.text)
                                                     : !html_is_contents(part.text));
    if (is_read) status = extract_html(&part, err);
    if (is_read && status == KITH_OK)
        status = add_chapter(b, (const document *)part.documents.data, m, err);
    if (status == KITH_OK) status = add_notices(m->job, &part.notices, file->path, err);
    m->job->replaced += part.replaced;
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    return status;
}

/* What the book's style sheets say of classes; one that cannot be read says nothing. */
static void read_sheets(book *b)
{
    const book_file *files = (const book_file *)b->files.data;
    size_t count = b->files.size / sizeof *files;
    uint64_t ignored;
    for (size_t i = 0, sheets = 0; i < count && sheets < SHEETS_MAX; i++) {
        view sheet;
        kith_error err;
        if (!files[i].is_sheet || map_get(b->locked, files[i].path, &ignored)) continue;
        sheets++;
        if (archive_read(&b->parts, files[i].path, &sheet, &err) == KITH_OK)
            css_classes_read(&b->classes, sheet);
    }
}

static kith_status read_book(book *b, view bytes, manuscript *m, kith_error *err)
{
    xml_events container = {.context = b, .start = on_container};
    xml_events encryption = {.context = b, .start = on_encryption};
    xml_events package = {b, on_package, on_package_end, on_package_text};
    kith_status status = archive_open(bytes, b->memory, &b->parts, err);
    if (status == KITH_OK) status = read_part(b, VIEW("META-INF/container.xml"), &container, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_FORMAT, "the archive is no EPUB book");
    if (status == KITH_OK && archive_has(&b->parts, VIEW("META-INF/encryption.xml")))
        status = read_part(b, VIEW("META-INF/encryption.xml"), &encryption, err);
    if (status == KITH_OK) status = read_part(b, b->package, &package, err);
    if (status == KITH_ERR_NOT_FOUND)
        return fail(err, KITH_ERR_FORMAT, "the book has no '%.*s'", VIEW_ARG(b->package));
    if (status == KITH_OK) read_sheets(b);
    const book_file *files = (const book_file *)b->files.data;
    const uint32_t *spine = (const uint32_t *)b->spine.data;
    for (size_t i = 0; status == KITH_OK && i < b->spine.size / sizeof *spine; i++)
        status = read_chapter(b, &files[spine[i]], m, err);
    return status;
}

/* Titles that LibreOffice and calibre fill in when the author gave none. */
static bool is_stop_gap(view value)
{
    return view_equal(value, VIEW("Unknown Title")) || view_equal(value, VIEW("Unknown Author")) ||
           view_equal(value, VIEW("Unknown"));
}

static kith_status describe_book(const book *b, document *d, kith_error *err)
{
    if (!is_stop_gap(b->title)) d->title = b->title;
    kith_status status = KITH_OK;
    if (b->author.size && !is_stop_gap(b->author))
        status = metadata_set_string(&d->fields, "author", b->author, err);
    if (status == KITH_OK && b->language.size)
        status = metadata_set_string(&d->fields, "language", b->language, err);
    if (status == KITH_OK && b->date.size)
        status = metadata_set_string(&d->fields, "date", b->date, err);
    return status == KITH_OK ? keywords_set(&d->fields, b->subjects, err) : status;
}

kith_status extract_epub(extract_job *job, kith_error *err)
{
    document d;
    manuscript m;
    book b = {.memory = job->memory, .by_id = map_new(), .locked = map_new()};
    buffer_init(&b.text, METADATA_VALUE_MAX_BYTES);
    buffer_init(&b.files, FILES_MAX * sizeof(book_file));
    buffer_init(&b.spine, FILES_MAX * sizeof(uint32_t));
    manuscript_init(&m, job);
    kith_status status =
        b.by_id && b.locked ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a book");
    if (status == KITH_OK) status = extract_job_begin(job, "epub", &d, err);
    if (status == KITH_OK) status = read_book(&b, job->bytes, &m, err);
    if (status == KITH_OK) status = describe_book(&b, &d, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&m, &d, err);
    }
    manuscript_done(&m);
    map_free(b.by_id);
    map_free(b.locked);
    buffer_done(&b.text);
    buffer_done(&b.files);
    buffer_done(&b.spine);
    return status;
}
