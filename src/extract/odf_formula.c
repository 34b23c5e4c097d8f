/* odf_formula.c - a formula's file is a page whose only element is MathML, and read as one. */
#include "extract/odf_formula.h"

#include "base/utf8.h"
#include "extract/extract_job.h"

enum { ROOT_MAX_BYTES = 4096 }; // within which the root element begins

/* True for MathML, whose root may have a prefix, that is text as extract_html() asks for it. */
static bool is_formula(view xml)
{
    view head = view_slice(xml, 0, xml.size < ROOT_MAX_BYTES ? xml.size : ROOT_MAX_BYTES);
    bool has_math =
        view_find(head, VIEW("<math")) < head.size || view_find(head, VIEW(":math ")) < head.size;
    return has_math && view_find(head, VIEW("document-content")) == head.size &&
           utf8_is_valid(xml) && !memchr(xml.data, 0, xml.size);
}

static kith_status read_page(view xml, arena *a, view *out, kith_error *err)
{
    extract_job part = {.memory = a, .stem = VIEW(""), .text = xml, .bytes = xml};
    buffer_init(&part.documents, sizeof(document));
    buffer_init(&part.problems, 1);
    kith_status status = extract_html(&part, err);
    if (status == KITH_OK && part.documents.size)
        *out = view_trim(((const document *)(const void *)part.documents.data)->text);
    buffer_done(&part.documents);
    buffer_done(&part.problems);
    return status;
}

kith_status odf_formula_read(archive *z, view href, arena *a, view *out, kith_error *err)
{
    view xml = VIEW("");
    *out = VIEW("");
    if (view_starts_with(href, VIEW("./"))) href = view_slice(href, 2, href.size);
    while (href.size && href.data[href.size - 1] == '/')
        href.size--;
    const char *name = arena_printf(a, "%.*s/content.xml", VIEW_ARG(href));
    if (!name) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a formula");
    if (href.size == 0 || !archive_has(z, view_of(name))) return KITH_OK;
    kith_error why = {0};
    kith_status status = archive_read(z, view_of(name), &xml, &why);
    if (status == KITH_OK && is_formula(xml)) status = read_page(xml, a, out, &why);
    if (status == KITH_ERR_NO_MEMORY || status == KITH_ERR_LIMIT)
        return fail(err, status, "%s", why.message);
    return KITH_OK; // a damaged one is told as an object that is not read
}
