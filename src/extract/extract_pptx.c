/* extract_pptx.c - PowerPoint: the slides, each with its text in the order in which it is seen, its
 * tables, diagrams and charts, its notes and comments. A slide's title is its heading; its number,
 * from 1, is its place. Dates, footers and slide numbers are left out. A slide that is hidden in the
 * show is read, and a notice says that it is. Trap of the format: the order of the show is that of
 * sldIdLst in the presentation, not that of the parts' names, and a placeholder without a position
 * has that of the slide's layout, or of the layout's master.
 * Source: ECMA-376 part 1, sections 19 and 21. */
#include "extract/extract_job.h"
#include "extract/manuscript.h"
#include "extract/office_package.h"
#include "extract/slide_comments.h"
#include "extract/slide_reader.h"

#include <kith/types.h>

enum { SLIDES_MAX = 10000, LAYOUTS_MAX = 1000 };

/* The placeholders of a layout, or of a master; kept, since slides share few of them. */
typedef struct slide_layout {
    view part;
    slide_reader shapes;
} slide_layout;

typedef struct show {
    extract_job *job;
    manuscript *m;
    archive *parts;
    relationships related; // of the presentation; since read_slides
    buffer slides;         // elements: view, names of slides in the order of the show
    buffer layouts;        // elements: slide_layout *
    slide_reader slide;
    buffer line;
    const char *prefix; // goes before the next block ("Notes: "); NULL: none
} show;

static kith_status on_presentation(void *context, view name, xml_attributes attributes,
                                   kith_error *err)
{
    show *s = context;
    if (!view_equal(name, VIEW("sldId"))) return KITH_OK;
    view part = relationship_by_id(&s->related, xml_prefixed_attribute(attributes, "id"));
    buffer_append(&s->slides, (view){(const char *)&part, sizeof part});
    return buffer_status(&s->slides, "the list of slides", err);
}

static kith_status on_block(void *context, const office_block *block, kith_error *err)
{
    show *s = context;
    view text = block->text;
    bool joins = block->kind == OFFICE_ROW || (block->kind == OFFICE_PARAGRAPH && block->is_entry);
    buffer_reset(&s->line);
    if (s->prefix || block->label.size) {
        if (s->prefix) buffer_append_text(&s->line, s->prefix);
        if (block->label.size) buffer_printf(&s->line, "%.*s ", VIEW_ARG(block->label));
        buffer_append(&s->line, text);
        text = buffer_view(&s->line);
    }
    s->prefix = NULL;
    kith_status status = buffer_status(&s->line, "a paragraph", err);
    if (status == KITH_OK && block->level && !joins)
        status = manuscript_heading(s->m, block->level, text, err);
    return status == KITH_OK ? manuscript_block(s->m, joins ? "\n" : "\n\n", text, err) : status;
}

/* ---- layouts ---- */

static kith_status read_layout(show *s, view part, const slide_reader *above, slide_layout *out,
                               kith_error *err)
{
    static const relationships none = {0};
    slide_reader_init(&out->shapes, s->job, s->parts);
    out->part = part;
    kith_status status = slide_reader_read(&out->shapes, part, &none, err);
    if (status == KITH_OK && above) slide_reader_place(&out->shapes, above);
    return status;
}

/* The layout, read the first time; *out is NULL when the file has none of this name. A layout takes
 * what it does not say from its master, which has none above it. */
static kith_status find_layout(show *s, view part, bool is_master, const slide_reader **out,
                               kith_error *err)
{
    slide_layout **known = (slide_layout **)s->layouts.data;
    size_t count = s->layouts.size / sizeof(slide_layout *);
    relationships related;
    const slide_reader *master = NULL;
    *out = NULL;
    if (part.size == 0 || !archive_has(s->parts, part)) return KITH_OK;
    for (size_t i = 0; i < count; i++)
        if (view_equal(known[i]->part, part)) *out = &known[i]->shapes;
    if (*out || count == LAYOUTS_MAX) return KITH_OK;
    kith_status status = KITH_OK;
    if (!is_master) {
        status = package_relationships(s->parts, part, &related, err);
        if (status == KITH_OK)
            status =
                find_layout(s, relationship_by_kind(&related, "slideMaster"), true, &master, err);
    }
    slide_layout *layout = arena_new_array(s->job->memory, slide_layout, 1);
    if (status == KITH_OK && !layout)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a layout");
    if (status != KITH_OK) return status;
    buffer_append(&s->layouts, (view){(const char *)&layout, sizeof(slide_layout *)});
    status = buffer_status(&s->layouts, "the list of layouts", err);
    if (status == KITH_OK) status = read_layout(s, part, master, layout, err);
    if (status == KITH_OK) *out = &layout->shapes;
    return status;
}

/* ---- slides ---- */

static kith_status read_notes(show *s, view part, kith_error *err)
{
    relationships related;
    if (part.size == 0 || !archive_has(s->parts, part)) return KITH_OK;
    kith_status status = package_relationships(s->parts, part, &related, err);
    s->slide.is_notes = true;
    s->prefix = "Notes: ";
    if (status == KITH_OK) status = slide_reader_read(&s->slide, part, &related, err);
    if (status == KITH_OK) status = slide_reader_write(&s->slide, (office_sink){s, on_block}, err);
    s->slide.is_notes = false;
    s->prefix = NULL;
    return status;
}

static kith_status read_comments(show *s, const relationships *related, kith_error *err)
{
    buffer_reset(&s->line);
    buffer_append_text(&s->line, "Comments: ");
    size_t before = s->line.size;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < related->count; i++)
        if (view_equal(related->entries[i].kind, VIEW("comments")))
            status = slide_comments_read(s->parts, related->entries[i].target, &s->line, err);
    if (status != KITH_OK || s->line.size == before) return status;
    return manuscript_block(s->m, "\n\n", buffer_view(&s->line), err);
}

static kith_status note_hidden(show *s, uint32_t number, kith_error *err)
{
    const char *what =
        arena_printf(s->job->memory, "slide %u is hidden in the show; its text is read", number);
    return what ? extract_job_notice(s->job, what, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

static kith_status read_slide(show *s, view part, uint32_t number, kith_error *err)
{
    relationships related;
    const slide_reader *layout = NULL;
    kith_status status = manuscript_place(s->m, PLACE_SLIDE, number, VIEW(""), err);
    if (status == KITH_OK) status = manuscript_end_headings(s->m, err);
    if (status == KITH_OK) status = package_relationships(s->parts, part, &related, err);
    if (status == KITH_OK)
        status = find_layout(s, relationship_by_kind(&related, "slideLayout"), false, &layout, err);
    s->slide.slide = number;
    if (status == KITH_OK) status = slide_reader_read(&s->slide, part, &related, err);
    if (status == KITH_OK && layout) slide_reader_place(&s->slide, layout);
    if (status == KITH_OK && s->slide.is_hidden) status = note_hidden(s, number, err);
    if (status == KITH_OK) status = slide_reader_write(&s->slide, (office_sink){s, on_block}, err);
    if (status == KITH_OK)
        status = read_notes(s, relationship_by_kind(&related, "notesSlide"), err);
    return status == KITH_OK ? read_comments(s, &related, err) : status;
}

static kith_status read_slides(show *s, view main_part, kith_error *err)
{
    view xml;
    xml_events events = {.context = s, .start = on_presentation};
    kith_status status = package_relationships(s->parts, main_part, &s->related, err);
    if (status == KITH_OK) status = archive_read(s->parts, main_part, &xml, err);
    if (status == KITH_OK) status = xml_read(xml, main_part, &events, err);
    uint32_t count = (uint32_t)(s->slides.size / sizeof(view));
    const view *slides = (const view *)s->slides.data;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = read_slide(s, slides[i], i + 1, err);
    return status;
}

static void show_done(show *s)
{
    slide_layout **layouts = (slide_layout **)s->layouts.data;
    for (size_t i = 0; i < s->layouts.size / sizeof(slide_layout *); i++)
        slide_reader_done(&layouts[i]->shapes);
    slide_reader_done(&s->slide);
    buffer_done(&s->slides);
    buffer_done(&s->layouts);
    buffer_done(&s->line);
}

kith_status extract_pptx(extract_job *job, kith_error *err)
{
    document d;
    archive z;
    view main_part;
    manuscript m;
    show s = {.job = job, .m = &m, .parts = &z};
    manuscript_init(&m, job);
    slide_reader_init(&s.slide, job, &z);
    buffer_init(&s.slides, SLIDES_MAX * sizeof(view));
    buffer_init(&s.layouts, LAYOUTS_MAX * sizeof(slide_layout *));
    buffer_init(&s.line, KITH_DOCUMENT_MAX_BYTES);
    kith_status status = extract_job_begin(job, "pptx", &d, err);
    if (status == KITH_OK) status = package_open(job->bytes, job->memory, &z, &main_part, err);
    if (status == KITH_OK) status = package_properties(&z, &d, err);
    if (status == KITH_OK) status = read_slides(&s, main_part, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&m, &d, err);
    }
    show_done(&s);
    manuscript_done(&m);
    return status;
}
