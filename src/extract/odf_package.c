/* odf_package.c - finds the parts of an OpenDocument file and what they say of it as a whole. An
 * encrypted file is a ZIP file like any other whose manifest says which parts are ciphered. */
#include "extract/odf_package.h"

#include "extract/keywords.h"

enum { PROPERTY_MAX_BYTES = 64 * 1024 };

/* ---- metadata ---- */

typedef struct meta_reading {
    buffer text; // of the open property
    view title, creator, first_creator, keywords;
    arena *memory;
    uint32_t meta_depth; // open elements within office:meta; 0: outside
    bool inside;
} meta_reading;

static kith_status on_meta(void *context, view name, xml_attributes attributes, kith_error *err)
{
    (void)attributes, (void)err;
    meta_reading *r = context;
    if (r->meta_depth || view_equal(name, VIEW("meta"))) r->meta_depth++;
    buffer_reset(&r->text);
    r->inside = r->meta_depth == 2 &&
                (view_equal(name, VIEW("title")) || view_equal(name, VIEW("creator")) ||
                 view_equal(name, VIEW("initial-creator")) || view_equal(name, VIEW("keyword")));
    return KITH_OK;
}

static kith_status on_meta_text(void *context, view text, kith_error *err)
{
    (void)err;
    meta_reading *r = context;
    if (r->inside) buffer_append(&r->text, text); // a value that is too long is left out
    return KITH_OK;
}

static kith_status on_meta_end(void *context, view name, kith_error *err)
{
    meta_reading *r = context;
    if (r->meta_depth) r->meta_depth--;
    if (!r->inside) return KITH_OK;
    r->inside = false;
    view text = arena_copy(r->memory, view_trim(buffer_view(&r->text)));
    if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for properties");
    if (r->text.failed != KITH_OK || text.size == 0) return KITH_OK;
    if (view_equal(name, VIEW("title")))
        r->title = text;
    else if (view_equal(name, VIEW("creator")))
        r->creator = text;
    else if (view_equal(name, VIEW("keyword")))
        return keywords_add(r->memory, &r->keywords, text, err); // each has an element of its own
    else
        r->first_creator = text;
    return KITH_OK;
}

static kith_status read_meta(view xml, arena *memory, document *d, kith_error *err)
{
    meta_reading r = {.memory = memory};
    xml_events events = {&r, on_meta, on_meta_end, on_meta_text};
    buffer_init(&r.text, PROPERTY_MAX_BYTES);
    kith_status status = xml_read(xml, VIEW("meta.xml"), &events, err);
    buffer_done(&r.text);
    if (status != KITH_OK) return status;
    if (r.title.size) d->title = r.title;
    status = keywords_set(&d->fields, r.keywords, err);
    if (status != KITH_OK) return status;
    view author = r.first_creator.size ? r.first_creator : r.creator;
    return author.size ? metadata_set_string(&d->fields, "author", author, err) : KITH_OK;
}

/* ---- parts ---- */

static kith_status read_part(archive *z, const char *name, view *out, kith_error *err)
{
    *out = VIEW("");
    return archive_has(z, view_of(name)) ? archive_read(z, view_of(name), out, err) : KITH_OK;
}

static kith_status open_archive(extract_job *job, odf_package *out, view *meta, kith_error *err)
{
    archive *z = &out->parts;
    view manifest;
    kith_status status = archive_open(job->bytes, job->memory, z, err);
    out->is_archive = true;
    if (status == KITH_OK) status = read_part(z, "META-INF/manifest.xml", &manifest, err);
    if (status != KITH_OK) return status;
    if (view_find(manifest, VIEW("encryption-data")) < manifest.size ||
        archive_has(z, VIEW("encrypted-package")))
        return fail(err, KITH_ERR_AUTH, "encrypted");
    if (!archive_has(z, VIEW("content.xml")))
        return fail(err, KITH_ERR_FORMAT, "the archive is no OpenDocument file: no 'content.xml'");
    status = read_part(z, "content.xml", &out->content, err);
    if (status == KITH_OK) status = read_part(z, "styles.xml", &out->styles, err);
    return status == KITH_OK ? read_part(z, "meta.xml", meta, err) : status;
}

kith_status odf_package_open(extract_job *job, odf_package *out, document *d, kith_error *err)
{
    odf_package found = {.content = job->bytes, .styles = job->bytes};
    view meta = job->bytes;
    kith_status status = KITH_OK;
    if (view_starts_with(job->bytes, VIEW("PK"))) status = open_archive(job, &found, &meta, err);
    if (status == KITH_OK && meta.size) status = read_meta(meta, job->memory, d, err);
    if (status == KITH_OK) *out = found;
    return status;
}

static kith_status on_style(void *context, view name, xml_attributes attributes, kith_error *err)
{
    return odf_styles_start(context, name, attributes, err);
}

static kith_status on_style_end(void *context, view name, kith_error *err)
{
    (void)err;
    odf_styles_end(context, name);
    return KITH_OK;
}

kith_status odf_package_styles(const odf_package *p, odf_styles *s, kith_error *err)
{
    xml_events events = {.context = s, .start = on_style, .end = on_style_end};
    if (p->styles.size == 0) return KITH_OK;
    return xml_read(p->styles, VIEW("styles.xml"), &events, err);
}
