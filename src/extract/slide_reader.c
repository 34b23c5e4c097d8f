/* slide_reader.c - blocks wait in `blocks` until the slide has been read, one record each:
 *   u8 kind | u32 bytes of the label | u32 bytes of the text | label | text
 * A shape has the records from `start` to `end`; shapes do not nest but in groups, which have none. */
#include "extract/slide_reader.h"

#include "extract/office_drawing.h"
#include "extract/word_styles.h"

#include <kith/types.h>

enum {
    RECORD_HEAD_BYTES = 9,
    TITLE_MAX_BYTES = 160, /* of a text that is a title by its look */
    TITLE_MIN_SIZE = 2000, /* hundredths of a point */
    USUAL_SIZE = 1800      /* of letters of which nothing is said */
};

static kith_status on_block(void *context, const office_block *block, kith_error *err)
{
    slide_reader *s = context;
    buffer_append_byte(&s->blocks, (char)block->kind);
    buffer_append_u32(&s->blocks, (uint32_t)block->label.size);
    buffer_append_u32(&s->blocks, (uint32_t)block->text.size);
    buffer_append(&s->blocks, block->label);
    buffer_append(&s->blocks, block->text);
    return buffer_status(&s->blocks, "the text of a slide", err);
}

void slide_reader_init(slide_reader *s, extract_job *job, archive *parts)
{
    *s = (slide_reader){.job = job, .parts = parts};
    office_text_init(&s->text, (office_sink){s, on_block}, job->memory);
    buffer_init(&s->shapes, SLIDE_MAX_SHAPES * sizeof(slide_shape));
    buffer_init(&s->blocks, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&s->line, KITH_DOCUMENT_MAX_BYTES);
}

void slide_reader_done(slide_reader *s)
{
    office_text_done(&s->text);
    buffer_done(&s->shapes);
    buffer_done(&s->blocks);
    buffer_done(&s->line);
}

static uint32_t shape_count(const slide_reader *s)
{
    return (uint32_t)(s->shapes.size / sizeof(slide_shape));
}

static slide_shape *shape_at(const slide_reader *s, uint32_t i)
{
    return (slide_shape *)s->shapes.data + i;
}

static slide_shape *open_shape(const slide_reader *s)
{
    return s->open_count && !s->beyond ? shape_at(s, s->open[s->open_count - 1]) : NULL;
}

static kith_status keep(slide_reader *s, view value, view *out, kith_error *err)
{
    *out = arena_copy(s->job->memory, value);
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a slide");
}

static kith_status notice(slide_reader *s, const char *what, kith_error *err)
{
    if (s->slide == 0) return KITH_OK; // of a layout
    const char *text = arena_printf(s->job->memory, "slide %u: %s", s->slide, what);
    return text ? extract_job_notice(s->job, text, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

/* ---- shapes ---- */

static bool is_shape(view name)
{
    static const char *const SHAPES[] = {"sp", "pic", "graphicFrame", "grpSp", "cxnSp"};
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++)
        if (view_equal(name, view_of(SHAPES[i]))) return true;
    return false;
}

static kith_status begin_shape(slide_reader *s, view name, kith_error *err)
{
    if (s->open_count == SLIDE_MAX_DEPTH) {
        s->beyond++; // its text is that of the group
        return KITH_OK;
    }
    slide_shape fresh = {
        .box = {.index = shape_count(s)},
        .parent = s->open_count ? s->open[s->open_count - 1] : UINT32_MAX,
        .start = s->blocks.size,
        .end = s->blocks.size,
        .is_picture = !view_equal(name, VIEW("sp")),
        .is_hidden = s->open_count && shape_at(s, s->open[s->open_count - 1])->is_hidden,
    };
    if (fresh.parent != UINT32_MAX) shape_at(s, fresh.parent)->has_children = true;
    buffer_append(&s->shapes, (view){(const char *)&fresh, sizeof fresh});
    s->open[s->open_count++] = fresh.box.index;
    memset(s->counters, 0, sizeof s->counters);
    s->text.muted = fresh.is_hidden;
    return buffer_status(&s->shapes, "the list of shapes", err);
}

/* Only what has no text is told by its description. */
static kith_status end_shape(slide_reader *s, view name, kith_error *err)
{
    if (s->beyond) {
        s->beyond--;
        return KITH_OK;
    }
    slide_shape *shape = open_shape(s);
    if (!shape) return KITH_OK;
    kith_status status = KITH_OK;
    bool is_group = view_equal(name, VIEW("grpSp"));
    bool is_told = shape->is_picture || s->blocks.size == shape->start;
    if (!is_group && is_told && !shape->is_hidden)
        status = office_text_aside(&s->text, "Picture: ", shape->description, err);
    shape->end = is_group ? shape->start : s->blocks.size;
    s->open_count--;
    s->text.muted = s->open_count && open_shape(s)->is_hidden;
    return status;
}

static int64_t coordinate(view digits)
{
    bool is_negative = digits.size && digits.data[0] == '-';
    int64_t number = word_number(view_slice(digits, is_negative, digits.size), 0);
    return is_negative ? -number : number;
}

static kith_status note_placeholder(slide_reader *s, slide_shape *shape, xml_attributes attributes,
                                    kith_error *err)
{
    static const char *const FURNITURE[] = {"dt", "ftr", "sldNum", "hdr", "sldImg", NULL};
    view kind = xml_attribute(attributes, "type");
    shape->is_placeholder = true;
    // On a notes page only the body placeholder holds notes, and a text box has no placeholder.
    if ((s->is_notes && !view_equal(kind, VIEW("body"))) || view_is_one_of_nocase(kind, FURNITURE))
        s->text.muted = true;
    kith_status status = keep(s, kind, &shape->kind, err);
    return status == KITH_OK ? keep(s, xml_attribute(attributes, "idx"), &shape->number, err)
                             : status;
}

static kith_status note_properties(slide_reader *s, slide_shape *shape, xml_attributes attributes,
                                   kith_error *err)
{
    view text = drawing_description(xml_attribute(attributes, "descr"));
    if (view_equal(xml_attribute(attributes, "hidden"), VIEW("1"))) {
        shape->is_hidden = true;
        s->text.muted = true;
    }
    return keep(s, text, &shape->description, err);
}

static kith_status note_shape(slide_reader *s, view name, xml_attributes attributes,
                              kith_error *err)
{
    slide_shape *shape = open_shape(s);
    if (!shape) return KITH_OK;
    if (view_equal(name, VIEW("cNvPr"))) return note_properties(s, shape, attributes, err);
    if (view_equal(name, VIEW("ph"))) return note_placeholder(s, shape, attributes, err);
    if (view_equal(name, VIEW("off")) && !shape->has_box) {
        shape->box.left = coordinate(xml_attribute(attributes, "x"));
        shape->box.top = coordinate(xml_attribute(attributes, "y"));
        shape->has_box = true;
    } else if (view_equal(name, VIEW("ext")) && !shape->box.width && !shape->box.height) {
        shape->box.width = word_number(xml_attribute(attributes, "cx"), 0);
        shape->box.height = word_number(xml_attribute(attributes, "cy"), 0);
    }
    return KITH_OK;
}

/* ---- what a frame holds ---- */

static kith_status add_drawing(slide_reader *s, view name, xml_attributes attributes,
                               kith_error *err)
{
    const char *unread;
    if (s->text.muted) return KITH_OK;
    buffer_reset(&s->line);
    kith_status status =
        drawing_read(s->parts, s->related, name, attributes, &s->line, &unread, err);
    if (status != KITH_OK) return status;
    if (unread) return notice(s, unread, err);
    return office_text_aside(&s->text, "", buffer_view(&s->line), err);
}

static kith_status note_object(slide_reader *s, xml_attributes attributes, kith_error *err)
{
    view name = xml_attribute(attributes, "name"), program = xml_attribute(attributes, "progId");
    const char *what = arena_printf(s->job->memory, "an embedded file (%.*s) is not read",
                                    VIEW_ARG(program.size ? program
                                             : name.size  ? name
                                                          : VIEW("of unknown kind")));
    return what ? notice(s, what, err)
                : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
}

/* ---- automatic numbers ---- */

/* "arabicParenR" and the like: the kind of number, and what stands around it. */
static void append_number(buffer *out, view kind, uint32_t number)
{
    static const struct {
        const char *prefix;
        numeral_kind kind;
    } KINDS[] = {{"alphaLc", NUMERAL_LOWER_LETTER},
                 {"alphaUc", NUMERAL_UPPER_LETTER},
                 {"romanLc", NUMERAL_LOWER_ROMAN},
                 {"romanUc", NUMERAL_UPPER_ROMAN},
                 {"ea1", NUMERAL_CHINESE}};
    numeral_kind as = NUMERAL_DECIMAL;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (view_starts_with(kind, view_of(KINDS[i].prefix))) as = KINDS[i].kind;
    if (view_find(kind, VIEW("ParenBoth")) < kind.size) buffer_append_byte(out, '(');
    numeral_append(out, as, number);
    if (view_find(kind, VIEW("Paren")) < kind.size)
        buffer_append_byte(out, ')');
    else if (view_find(kind, VIEW("Period")) < kind.size)
        buffer_append_byte(out, '.');
}

/* A paragraph of the same level without a number ends the list; one without text is passed over. */
static void count_paragraph(slide_reader *s)
{
    uint32_t level = s->list_level < SLIDE_LIST_LEVELS ? s->list_level : SLIDE_LIST_LEVELS - 1;
    const office_frame *frame = office_text_paragraph(&s->text);
    if (s->text.text.size == frame->start || s->text.muted) return;
    if (s->list_kind.size == 0)
        s->counters[level].kind = VIEW("");
    else if (view_equal(s->counters[level].kind, s->list_kind))
        s->counters[level].number++;
    else
        s->counters[level].number = s->list_start;
    s->counters[level].kind = s->list_kind;
    for (uint32_t below = level + 1; below < SLIDE_LIST_LEVELS; below++)
        s->counters[below].kind = VIEW("");
    if (s->list_kind.size) append_number(&s->text.label, s->list_kind, s->counters[level].number);
}

static kith_status note_list(slide_reader *s, view name, xml_attributes attributes, kith_error *err)
{
    if (view_equal(name, VIEW("pPr"))) {
        s->list_level = word_number(xml_attribute(attributes, "lvl"), 0);
    } else if (view_equal(name, VIEW("buAutoNum"))) {
        s->list_start = word_number(xml_attribute(attributes, "startAt"), 1);
        return keep(s, xml_attribute(attributes, "type"), &s->list_kind, err);
    }
    return KITH_OK;
}

/* ---- events ---- */

static kith_status on_start(void *context, view name, xml_attributes attributes, kith_error *err)
{
    slide_reader *s = context;
    bool skipped = false;
    kith_status status = office_text_start(&s->text, name, attributes, &skipped, err);
    if (status != KITH_OK || skipped) return status;
    if (view_equal(name, VIEW("sld")))
        s->is_hidden = view_equal(xml_attribute(attributes, "show"), VIEW("0"));
    if (is_shape(name)) return begin_shape(s, name, err);
    if (view_equal(name, VIEW("p"))) {
        s->list_kind = VIEW("");
        s->list_level = 0;
    } else if (view_equal(name, VIEW("rPr")) && s->text.properties_depth == 0) {
        slide_shape *shape = open_shape(s);
        uint32_t size = word_number(xml_attribute(attributes, "sz"), 0);
        if (shape && size > shape->size) shape->size = size;
        view rise = xml_attribute(attributes, "baseline");
        s->text.align = coordinate(rise) > 0   ? OFFICE_RAISED
                        : coordinate(rise) < 0 ? OFFICE_LOWERED
                                               : OFFICE_BASELINE;
        view line = xml_attribute(attributes, "strike");
        s->text.is_struck = line.size > 0 && !view_equal(line, VIEW("noStrike"));
    } else if (view_equal(name, VIEW("chart")) || view_equal(name, VIEW("relIds"))) {
        return add_drawing(s, name, attributes, err);
    } else if (view_equal(name, VIEW("oleObj"))) {
        return note_object(s, attributes, err);
    }
    status = note_list(s, name, attributes, err);
    return status == KITH_OK ? note_shape(s, name, attributes, err) : status;
}

static kith_status on_end(void *context, view name, kith_error *err)
{
    slide_reader *s = context;
    bool is_skipped = s->text.skip_depth > 0;
    if (!is_skipped && view_equal(name, VIEW("p")) && s->text.frame_count == 1) count_paragraph(s);
    kith_status status = office_text_end(&s->text, name, err);
    return status == KITH_OK && !is_skipped && is_shape(name) ? end_shape(s, name, err) : status;
}

static kith_status on_text(void *context, view text, kith_error *err)
{
    slide_reader *s = context;
    return office_text_append(&s->text, text, err);
}

kith_status slide_reader_read(slide_reader *s, view part, const relationships *related,
                              kith_error *err)
{
    xml_events events = {s, on_start, on_end, on_text};
    s->related = related;
    s->open_count = s->beyond = 0;
    s->is_hidden = false;
    s->text.muted = false;
    buffer_reset(&s->shapes);
    buffer_reset(&s->blocks);
    return package_read_part(s->parts, part, &events, err);
}

/* ---- order ---- */

static bool is_title(const slide_shape *shape)
{
    return view_equal(shape->kind, VIEW("title")) || view_equal(shape->kind, VIEW("ctrTitle"));
}

bool slide_reader_box(const slide_reader *s, view kind, view number, slide_box *out)
{
    const slide_shape *found = NULL;
    for (uint32_t i = 0; i < shape_count(s); i++) {
        const slide_shape *shape = shape_at(s, i);
        if (!shape->is_placeholder || !shape->has_box) continue;
        if (number.size && view_equal(shape->number, number)) {
            found = shape;
            break;
        }
        if (!found && view_equal(shape->kind, kind)) found = shape;
    }
    if (!found) return false;
    *out = found->box;
    return true;
}

void slide_reader_place(slide_reader *s, const slide_reader *layout)
{
    for (uint32_t i = 0; i < shape_count(s); i++) {
        slide_shape *shape = shape_at(s, i);
        uint32_t index = shape->box.index;
        if (shape->has_box || !shape->is_placeholder) continue;
        shape->has_box = slide_reader_box(layout, shape->kind, shape->number, &shape->box);
        shape->box.index = index;
    }
}

/* The text of a shape that holds nothing but one paragraph, else empty. */
static view only_line(const slide_reader *s, const slide_shape *shape)
{
    if (shape->end - shape->start < RECORD_HEAD_BYTES) return VIEW("");
    const char *data = s->blocks.data + shape->start;
    size_t label = load_u32(data + 1), text = load_u32(data + 5);
    bool is_only = shape->start + RECORD_HEAD_BYTES + label + text == shape->end;
    if (!is_only || data[0] != OFFICE_PARAGRAPH || label > 0) return VIEW("");
    return (view){data + RECORD_HEAD_BYTES, text};
}

/* The index of the shape that is the title by its look; UINT32_MAX: there is a title, or none is. */
static uint32_t find_title(const slide_reader *s)
{
    const slide_shape *found = NULL;
    uint32_t others = 0;
    if (s->is_notes) return UINT32_MAX;
    for (uint32_t i = 0; i < shape_count(s); i++) {
        const slide_shape *shape = shape_at(s, i);
        if (shape->end == shape->start) continue;
        if (is_title(shape)) return UINT32_MAX;
        if (shape->is_picture || shape->parent != UINT32_MAX || !shape->has_box) continue;
        if (!found || shape->box.top < found->box.top) found = shape;
    }
    if (!found || found->size < TITLE_MIN_SIZE) return UINT32_MAX;
    view line = only_line(s, found);
    if (line.size == 0 || line.size > TITLE_MAX_BYTES) return UINT32_MAX;
    for (uint32_t i = 0; i < shape_count(s); i++) {
        const slide_shape *shape = shape_at(s, i);
        if (shape == found || shape->end == shape->start) continue;
        uint32_t size = shape->size ? shape->size : USUAL_SIZE;
        if (found->size * 4 < size * 5 || (shape->has_box && shape->box.top < found->box.top))
            return UINT32_MAX;
        others++;
    }
    return others ? found->box.index : UINT32_MAX;
}

typedef struct writing {
    slide_reader *from;
    office_sink sink;
    uint32_t title;   // a shape that is one by its look; UINT32_MAX: none
    slide_box *boxes; // [shape_count] of the siblings at hand, one level behind the other
    uint32_t used;
} writing;

static kith_status write_blocks(writing *w, const slide_shape *shape, kith_error *err)
{
    kith_status status = KITH_OK;
    const char *data = w->from->blocks.data;
    for (size_t at = shape->start; status == KITH_OK && at < shape->end;) {
        size_t label = load_u32(data + at + 1), text = load_u32(data + at + 5);
        office_block block = {
            .kind = (office_block_kind)data[at],
            .label = {data + at + RECORD_HEAD_BYTES, label},
            .text = {data + at + RECORD_HEAD_BYTES + label, text},
            .level = (is_title(shape) && !w->from->is_notes) || shape->box.index == w->title,
            .is_entry = at > shape->start, // of the shape that the block before is of
        };
        status = w->sink.block(w->sink.context, &block, err);
        at += RECORD_HEAD_BYTES + label + text;
    }
    return status;
}

/* The shapes of a group, or of the slide; a shape without a box stands where the one before does. */
static kith_status write_group(writing *w, uint32_t group, kith_error *err)
{
    slide_reader *s = w->from;
    uint32_t first = w->used, count = 0;
    slide_box before = {0};
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < shape_count(s); i++) {
        const slide_shape *shape = shape_at(s, i);
        if (shape->parent != group) continue;
        if ((is_title(shape) && !s->is_notes) || i == w->title) continue; // written first
        slide_box box = shape->has_box ? shape->box : before;
        box.index = i;
        w->boxes[first + count++] = before = box;
    }
    w->used += count;
    slide_order(w->boxes + first, count);
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        uint32_t index = w->boxes[first + i].index;
        status = write_blocks(w, shape_at(s, index), err);
        if (status == KITH_OK && shape_at(s, index)->has_children)
            status = write_group(w, index, err);
    }
    return status;
}

kith_status slide_reader_write(slide_reader *s, office_sink sink, kith_error *err)
{
    writing w = {.from = s, .sink = sink, .title = find_title(s)};
    w.boxes = arena_new_array(s->job->memory, slide_box, shape_count(s) + 1);
    if (!w.boxes) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a slide");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < shape_count(s) && !s->is_notes; i++)
        if (is_title(shape_at(s, i)) || i == w.title)
            status = write_blocks(&w, shape_at(s, i), err);
    return status == KITH_OK ? write_group(&w, UINT32_MAX, err) : status;
}
