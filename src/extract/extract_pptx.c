/* extract_pptx.c - PowerPoint: the slides, each with its text, tables and notes. A slide's title is
 * its heading; its number, from 1, is its place. Dates, footers and slide numbers are left out.
 * Trap of the format: the order of the show is that of sldIdLst in the presentation, not that of
 * the parts' names. Source: ECMA-376 part 1, sections 19 and 21. */
#include "extract/extract_job.h"
#include "extract/office_package.h"
#include "extract/office_text.h"

enum { SLIDES_MAX = 10000 };

typedef struct slide_reading {
    office_text text;
    bool is_notes;
    bool is_title; // the open shape
} slide_reading;

typedef struct slide_list {
    const relationships *related;
    buffer parts; // elements: view, names of slides in the order of the show
} slide_list;

static kith_status on_presentation(void *context, view name, xml_attributes attributes,
                                   kith_error *err)
{
    slide_list *list = context;
    if (!view_equal(name, VIEW("sldId"))) return KITH_OK;
    view part = relationship_by_id(list->related, xml_prefixed_attribute(attributes, "id"));
    buffer_append(&list->parts, (view){(const char *)&part, sizeof part});
    return buffer_status(&list->parts, "the list of slides", err);
}

static void begin_shape(slide_reading *s)
{
    s->is_title = false;
    s->text.muted = false;
    s->text.gap = "\n\n";
}

static void note_placeholder(slide_reading *s, view type)
{
    static const char *const FURNITURE[] = {"dt", "ftr", "sldNum", "hdr", "sldImg"};
    s->is_title = view_equal(type, VIEW("title")) || view_equal(type, VIEW("ctrTitle"));
    // On a notes page only the body placeholder holds notes, and a text box has no placeholder.
    if (s->is_notes) s->text.muted = !view_equal(type, VIEW("body"));
    for (size_t i = 0; i < sizeof FURNITURE / sizeof FURNITURE[0]; i++)
        if (view_equal(type, view_of(FURNITURE[i]))) s->text.muted = true;
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    slide_reading *s = context;
    bool skipped = false;
    kith_status status = office_text_start(&s->text, name, &skipped, err);
    if (status != KITH_OK || skipped) return status;
    if (view_equal(name, VIEW("sp")) || view_equal(name, VIEW("graphicFrame")))
        begin_shape(s);
    else if (view_equal(name, VIEW("ph")))
        note_placeholder(s, xml_attribute(attributes, "type"));
    return KITH_OK;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    slide_reading *s = context;
    bool is_paragraph = view_equal(name, VIEW("p"));
    bool has_text = s->text.paragraph.size > 0;
    if (is_paragraph) s->text.level = s->is_title && !s->is_notes;
    kith_status status = office_text_end(&s->text, name, err);
    if (is_paragraph && has_text) s->text.gap = "\n"; // until the next shape
    return status;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    slide_reading *s = context;
    return office_text_append(&s->text, text, err);
}

static kith_status read_text(archive *z, view part, bool is_notes, manuscript *m, kith_error *err)
{
    slide_reading s = {.is_notes = is_notes};
    view xml;
    xml_events events = {&s, on_start, on_end, on_text};
    office_text_init(&s.text, m, "\n\n");
    if (is_notes) s.text.prefix = "Notes: ";
    kith_status status = archive_read(z, part, &xml, err);
    if (status == KITH_OK) status = xml_read(xml, part, &events, err);
    office_text_done(&s.text);
    return status;
}

static kith_status read_slide(archive *z, view part, uint32_t number, manuscript *m,
                              kith_error *err)
{
    relationships related;
    kith_status status = manuscript_place(m, PLACE_SLIDE, number, VIEW(""), err);
    if (status == KITH_OK) status = manuscript_end_headings(m, err);
    if (status == KITH_OK && archive_has(z, part)) status = read_text(z, part, false, m, err);
    if (status == KITH_OK) status = package_relationships(z, part, &related, err);
    if (status != KITH_OK) return status;
    view notes = relationship_by_kind(&related, "notesSlide");
    return notes.size && archive_has(z, notes) ? read_text(z, notes, true, m, err) : KITH_OK;
}

static kith_status read_slides(archive *z, view main_part, manuscript *m, kith_error *err)
{
    relationships related;
    slide_list list = {.related = &related};
    view xml;
    xml_events events = {.context = &list, .start = on_presentation};
    buffer_init(&list.parts, SLIDES_MAX * sizeof(view));
    kith_status status = package_relationships(z, main_part, &related, err);
    if (status == KITH_OK) status = archive_read(z, main_part, &xml, err);
    if (status == KITH_OK) status = xml_read(xml, main_part, &events, err);
    uint32_t count = (uint32_t)(list.parts.size / sizeof(view));
    const view *parts = (const view *)list.parts.data;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = read_slide(z, parts[i], i + 1, m, err);
    buffer_done(&list.parts);
    return status;
}

kith_status extract_pptx(extract_job *job, kith_error *err)
{
    document d;
    archive z;
    view main_part;
    manuscript m;
    manuscript_init(&m, job);
    kith_status status = extract_job_begin(job, "pptx", &d, err);
    if (status == KITH_OK) status = package_open(job->bytes, job->memory, &z, &main_part, err);
    if (status == KITH_OK) status = package_properties(&z, &d, err);
    if (status == KITH_OK) status = read_slides(&z, main_part, &m, err);
    if (status == KITH_OK) {
        d.id = job->stem;
        status = manuscript_finish(&m, &d, err);
    }
    manuscript_done(&m);
    return status;
}
