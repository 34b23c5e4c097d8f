/* extract_docx.c - Word: the body's paragraphs and tables, headings by their style, then the notes.
 * A docx file holds no pages (they are made when it is shown), so chunks get no page numbers.
 * Tracked deletions, field codes, headers and footers are left out. Trap of the format: a heading's
 * level is not in its paragraph but in its style, whose id is localised ("berschrift1") while its
 * name is not ("heading 1"). Source: ECMA-376 part 1, section 17. */
#include "extract/extract_job.h"
#include "extract/office_package.h"
#include "extract/office_text.h"

#include "base/map.h"

/* The level of a paragraph in a style; headings are 1..6. */
enum { LEVEL_TITLE = 100, LEVEL_LIST };

typedef struct word_document {
    office_text text;
    map *levels; // style id to level
    view title;
    arena *memory;
    // of styles.xml
    view style;
} word_document;

/* "heading 3" gives 3; 0 when it is no heading. */
static uint32_t heading_level(view name)
{
    view prefix = VIEW("heading ");
    if (view_equal_nocase(name, VIEW("title"))) return LEVEL_TITLE;
    if (name.size != prefix.size + 1 ||
        !view_equal_nocase(view_slice(name, 0, prefix.size), prefix))
        return 0;
    char digit = name.data[prefix.size];
    return digit < '1' || digit > '9' ? 0 : digit > '6' ? OUTLINE_LEVELS : (uint32_t)(digit - '0');
}

/* "0" is level 1; 9 is body text. */
static uint32_t outline_level(view value)
{
    if (value.size != 1 || value.data[0] < '0' || value.data[0] > '8') return 0;
    return value.data[0] > '5' ? OUTLINE_LEVELS : (uint32_t)(value.data[0] - '0') + 1;
}

/* Numbering 0 removes the numbering that the style gives (17.9.18). */
static bool is_numbered(xml_attributes of_num_id)
{
    return !view_equal(xml_attribute(of_num_id, "val"), VIEW("0"));
}

/* The first one found decides; a numbered heading is not a list entry. */
static kith_status keep_level(word_document *w, uint32_t level, kith_error *err)
{
    uint64_t known = 0;
    if (level == 0 || w->style.size == 0) return KITH_OK;
    if (map_get(w->levels, w->style, &known) && known != LEVEL_LIST) return KITH_OK;
    kith_status status = map_put(w->levels, w->style, level);
    return status == KITH_OK ? status : fail(err, status, "out of memory for styles");
}

static kith_status on_style(void *context, view name, xml_attributes attributes, kith_error *err)
{
    word_document *w = context;
    if (view_equal(name, VIEW("style"))) {
        w->style = arena_copy(w->memory, xml_attribute(attributes, "styleId"));
        if (!w->style.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
    } else if (view_equal(name, VIEW("name"))) {
        return keep_level(w, heading_level(xml_attribute(attributes, "val")), err);
    } else if (view_equal(name, VIEW("outlineLvl"))) {
        return keep_level(w, outline_level(xml_attribute(attributes, "val")), err);
    } else if (view_equal(name, VIEW("numId"))) {
        return keep_level(w, is_numbered(attributes) ? LEVEL_LIST : 0, err);
    }
    return KITH_OK;
}

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    word_document *w = context;
    bool skipped = false;
    kith_status status = office_text_start(&w->text, name, &skipped, err);
    if (status != KITH_OK || skipped || !w->text.properties_depth) return status;
    if (view_equal(name, VIEW("pStyle"))) {
        uint64_t level = 0;
        (void)map_get(w->levels, xml_attribute(attributes, "val"), &level);
        w->text.is_entry = level == LEVEL_LIST;
        w->text.level = level == LEVEL_LIST ? 0 : (uint32_t)level;
    } else if (view_equal(name, VIEW("outlineLvl"))) {
        w->text.level = outline_level(xml_attribute(attributes, "val"));
    } else if (view_equal(name, VIEW("numId"))) {
        w->text.is_entry = is_numbered(attributes);
    }
    return KITH_OK;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    word_document *w = context;
    office_text *t = &w->text;
    if (!t->skip_depth && view_equal(name, VIEW("p"))) {
        if (t->level == LEVEL_TITLE) {
            t->level = 0;
            if (w->title.size == 0)
                w->title = arena_copy(w->memory, view_trim(buffer_view(&t->paragraph)));
            if (!w->title.data && w->title.size)
                return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the title");
        }
        if (t->level) t->is_entry = false; // a numbered heading is not a list entry
    }
    return office_text_end(t, name, err);
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    word_document *w = context;
    return office_text_append(&w->text, text, err);
}

static kith_status read_part(archive *z, view part, const xml_events *events, kith_error *err)
{
    view xml;
    if (part.size == 0 || !archive_has(z, part)) return KITH_OK;
    kith_status status = archive_read(z, part, &xml, err);
    return status == KITH_OK ? xml_read(xml, part, events, err) : status;
}

static kith_status read_parts(word_document *w, archive *z, view body, kith_error *err)
{
    relationships related;
    xml_events styles = {.context = w, .start = on_style};
    xml_events text = {w, on_start, on_end, on_text};
    if (!archive_has(z, body))
        return fail(err, KITH_ERR_FORMAT, "the file has no '%.*s'", VIEW_ARG(body));
    kith_status status = package_relationships(z, body, &related, err);
    if (status == KITH_OK)
        status = read_part(z, relationship_by_kind(&related, "styles"), &styles, err);
    if (status == KITH_OK) status = read_part(z, body, &text, err);
    // Notes stand behind the last chapter but do not belong to it.
    if (status == KITH_OK) status = manuscript_end_headings(w->text.m, err);
    if (status == KITH_OK)
        status = read_part(z, relationship_by_kind(&related, "footnotes"), &text, err);
    if (status == KITH_OK)
        status = read_part(z, relationship_by_kind(&related, "endnotes"), &text, err);
    return status;
}

kith_status extract_docx(extract_job *job, kith_error *err)
{
    document d;
    archive z;
    view body;
    manuscript m;
    word_document w = {.memory = job->memory, .levels = map_new()};
    manuscript_init(&m, job);
    office_text_init(&w.text, &m, "\n\n");
    kith_status status =
        w.levels ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
    if (status == KITH_OK) status = extract_job_begin(job, "docx", &d, err);
    if (status == KITH_OK) status = package_open(job->bytes, job->memory, &z, &body, err);
    if (status == KITH_OK) status = package_properties(&z, &d, err);
    if (status == KITH_OK) status = read_parts(&w, &z, body, err);
    if (status != KITH_OK) goto done;
    d.id = job->stem;
    if (w.title.size) d.title = w.title;
    status = manuscript_finish(&m, &d, err);
done:
    office_text_done(&w.text);
    manuscript_done(&m);
    map_free(w.levels);
    return status;
}
