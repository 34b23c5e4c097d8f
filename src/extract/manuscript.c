/* manuscript.c - where a heading or a place begins is known only when the next block is written:
 * whether a gap goes before the block depends on the block, and a blank block is not written at
 * all. So a mark is first put at the end of the text, and the block that follows moves every mark
 * there past its gap. Blocks are trimmed, so a mark is at the first character of a block and never
 * within a gap; and at most one place is at the end of the text, because a second replaces it. */
#include "extract/manuscript.h"

#include "extract/extraction_check.h"

#include <kith/types.h>

void manuscript_init(manuscript *m, extract_job *job)
{
    *m = (manuscript){.job = job};
    buffer_init(&m->text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&m->marks, EXTRACT_MAX_MARKS * sizeof(place_mark));
    outline_init(&m->found, job->memory);
}

void manuscript_done(manuscript *m)
{
    buffer_done(&m->text);
    buffer_done(&m->marks);
    outline_done(&m->found);
}

kith_status manuscript_place(manuscript *m, place_kind kind, uint32_t number, view name,
                             kith_error *err)
{
    place_mark mark = {.offset = m->text.size, .kind = kind, .number = number, .name = name};
    size_t count = m->marks.size / sizeof mark;
    place_mark *last = count ? (place_mark *)m->marks.data + count - 1 : NULL;
    if (last && last->offset == mark.offset) {
        *last = mark;
        return KITH_OK;
    }
    buffer_append(&m->marks, (view){(const char *)&mark, sizeof mark});
    if (m->marks.failed == KITH_ERR_LIMIT)
        return fail(err, KITH_ERR_LIMIT, "the document has more than %d pages or rows",
                    EXTRACT_MAX_MARKS);
    return buffer_status(&m->marks, "the list of places", err);
}

void manuscript_place_is_by_ocr(manuscript *m)
{
    size_t count = m->marks.size / sizeof(place_mark);
    if (count) ((place_mark *)m->marks.data)[count - 1].by_ocr = true;
}

kith_status manuscript_heading(manuscript *m, uint32_t level, view title, kith_error *err)
{
    return outline_add(&m->found, level, title, m->text.size, err);
}

kith_status manuscript_end_headings(manuscript *m, kith_error *err)
{
    return outline_close(&m->found, m->text.size, err);
}

/* Moves the marks and headings at the end of the text past the gap that was appended there. */
static void move_marks(manuscript *m, size_t from, size_t to)
{
    place_mark *marks = (place_mark *)m->marks.data;
    heading *headings = (heading *)m->found.headings.data;
    for (size_t i = m->marks.size / sizeof *marks; i-- > 0 && marks[i].offset == from;)
        marks[i].offset = to;
    for (size_t i = m->found.headings.size / sizeof *headings;
         i-- > 0 && headings[i].offset == from;)
        headings[i].offset = to;
}

kith_status manuscript_block(manuscript *m, const char *gap, view text, kith_error *err)
{
    view block = view_trim(text);
    if (block.size == 0) return KITH_OK;
    if (m->text.size) {
        size_t end = m->text.size;
        buffer_append_text(&m->text, gap);
        move_marks(m, end, m->text.size);
    }
    size_t start = m->text.size;
    buffer_append(&m->text, block);
    for (size_t i = start; i < m->text.size; i++) { // XML may hold a carriage return as &#13;
        char *c = &m->text.data[i];
        *c = *c == '\r' ? '\n' : *c == '\0' ? ' ' : *c;
    }
    return buffer_status(&m->text, "the text of the document", err);
}

kith_status manuscript_append(manuscript *m, const document *part, kith_error *err)
{
    view text = view_trim(part->text);
    if (text.size == 0) return KITH_OK;
    size_t cut = (size_t)(text.data - part->text.data);
    kith_status status = manuscript_block(m, "\n\n", text, err);
    size_t base = m->text.size - text.size;
    for (uint32_t i = 0; i < part->heading_count && status == KITH_OK; i++) {
        heading h = part->headings[i];
        h.offset = base + (h.offset > cut ? h.offset - cut : 0);
        buffer_append(&m->found.headings, (view){(const char *)&h, sizeof h});
        status = buffer_status(&m->found.headings, "the list of headings", err);
    }
    return status;
}

/* The file's own metadata may hold carriage returns and NUL as its text may. */
static kith_status clean_fields(extract_job *job, document *d, kith_error *err)
{
    kith_status status = extract_job_clean(job, d->title, &d->title, err);
    for (uint32_t i = 0; i < d->fields.count && status == KITH_OK; i++)
        status = extract_job_clean_value(job, &d->fields.entries[i].value, err);
    return status;
}

const char *manuscript_check(const manuscript *m)
{
    const place_mark *marks = (const place_mark *)m->marks.data;
    document d = {
        .text = buffer_view(&m->text),
        .headings = (const heading *)m->found.headings.data,
        .heading_count = (uint32_t)(m->found.headings.size / sizeof(heading)),
        .marks = marks,
        .mark_count = (uint32_t)(m->marks.size / sizeof *marks),
    };
    const char *broken = outline_check(&m->found);
    if (broken) return broken;
    if (!document_offsets_hold(&d))
        return "an offset is out of the text, of order, or in a character";
    for (uint32_t i = 1; i < d.mark_count; i++)
        if (marks[i].offset == marks[i - 1].offset) return "two places are at one offset";
    return NULL;
}

/* Drops headings and places behind the last block: they have no text. */
static void drop_trailing(manuscript *m)
{
    const place_mark *marks = (const place_mark *)m->marks.data;
    const heading *headings = (const heading *)m->found.headings.data;
    while (m->marks.size && marks[m->marks.size / sizeof *marks - 1].offset >= m->text.size)
        m->marks.size -= sizeof *marks;
    while (m->found.headings.size &&
           headings[m->found.headings.size / sizeof *headings - 1].offset >= m->text.size)
        m->found.headings.size -= sizeof *headings;
}

kith_status manuscript_finish(manuscript *m, document *d, kith_error *err)
{
    DCHECK(!manuscript_check(m));
    drop_trailing(m);
    d->text = arena_copy(m->job->memory, buffer_view(&m->text));
    place_mark *marks = arena_new(m->job->memory, m->marks.size);
    if (!d->text.data || !marks)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the text of the document");
    if (m->marks.size) memcpy(marks, m->marks.data, m->marks.size);
    d->marks = marks;
    d->mark_count = (uint32_t)(m->marks.size / sizeof *marks);
    kith_status status = outline_finish(&m->found, d, err);
    if (status == KITH_OK && d->title.size && !metadata_get(&d->fields, VIEW("title")))
        status = metadata_set_string(&d->fields, "title", d->title, err);
    if (status == KITH_OK) status = clean_fields(m->job, d, err);
    return status == KITH_OK ? extract_job_add(m->job, d, err) : status;
}
