/* pdf_fonts.c - see pdf_fonts.h. Each font is looked at once, however many pages name it. */
#include "extract/pdf_fonts.h"

enum { MAX_FONTS = 64 /* of a page */, MAX_KNOWN = 4096 };

typedef struct font_look {
    pdf_file *file;
    map *known; /* the number of a font: 1 when it is mute */
} font_look;

static bool is_mute(pdf_file *f, const pdf_object *font)
{
    pdf_object kind = pdf_get(f, font, "Subtype"), codes = pdf_get(f, font, "Encoding");
    if (!pdf_is_name(&kind, "Type0") || pdf_entry(font, "ToUnicode").kind != PDF_NULL) return false;
    if (!pdf_is_name(&codes, "Identity-H") && !pdf_is_name(&codes, "Identity-V")) return false;
    pdf_object below = pdf_get(f, font, "DescendantFonts");
    if (below.kind != PDF_ARRAY || below.count == 0) return false;
    pdf_object first = pdf_resolve(f, below.elements);
    pdf_object system = pdf_get(f, &first, "CIDSystemInfo"),
               ordering = pdf_get(f, &system, "Ordering");
    return ordering.kind == PDF_STRING && view_equal(ordering.text, VIEW("Identity"));
}

/* True when the font is mute; what `reference` leads to is kept. */
static bool look(font_look *k, const pdf_object *reference)
{
    uint64_t known = 0;
    view key = {(const char *)&reference->number, sizeof reference->number};
    bool is_shared = reference->kind == PDF_REFERENCE;
    if (is_shared && map_get(k->known, key, &known)) return known;
    pdf_object font = pdf_resolve(k->file, reference);
    known = is_mute(k->file, &font);
    bool is_kept =
        is_shared && map_count(k->known) < MAX_KNOWN && map_put(k->known, key, known) == KITH_OK;
    (void)is_kept; // else it is looked at again
    return known;
}

static bool has_mute_font(font_look *k, const pdf_object *page)
{
    pdf_object resources = pdf_page_resources(k->file, *page);
    pdf_object fonts = pdf_get(k->file, &resources, "Font");
    for (uint32_t i = 0; fonts.kind == PDF_DICTIONARY && i < fonts.count && i < MAX_FONTS; i++)
        if (look(k, &fonts.elements[2 * i + 1])) return true;
    return false;
}

static kith_status tell(extract_job *job, uint32_t first, uint32_t count, kith_error *err)
{
    if (count == 0) return KITH_OK;
    const char *others = count > 1 ? arena_printf(job->memory, " and of %u more", count - 1) : "";
    const char *text = others
                           ? arena_printf(job->memory,
                                          "the text of page %u%s may be wrong: a font of the PDF "
                                          "does not say which letters it shows",
                                          first, others)
                           : NULL;
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    return extract_job_notice(job, text, err);
}

kith_status pdf_fonts_tell(pdf_file *f, const pdf_leaves *leaves, const pdf_layout *l,
                           extract_job *job, kith_error *err)
{
    font_look k = {f, map_new()};
    arena scratch;
    uint32_t first = 0, count = 0;
    if (!k.known) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the fonts of a PDF");
    arena_init(&scratch, 0);
    pdf_objects_begin(f, &scratch);
    for (uint32_t i = 0; i < pdf_leaf_count(leaves) && i < pdf_page_count(l); i++) {
        bool is_mute_page =
            pdf_pages(l)[i].word_count > 0 && has_mute_font(&k, &pdf_leaf_at(leaves, i)->page);
        arena_reset(&scratch);
        if (is_mute_page && count++ == 0) first = i + 1;
    }
    pdf_objects_begin(f, NULL);
    arena_done(&scratch);
    map_free(k.known);
    kith_status status = pdf_file_status(f, err);
    return status == KITH_OK ? tell(job, first, count, err) : status;
}
