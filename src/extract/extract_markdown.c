/* extract_markdown.c - the document's text is the Markdown file itself, so that its offsets and
 * line numbers are the file's; md4c finds the headings.
 *
 * Two passes, because md4c 0.4.8 is quadratic in hostile link syntax (800 kB of "[a]: <b" lines:
 * 6 s; 64 MB would take hours) and linear in the rest (57,000 random patterns of block and span
 * marks without '[' gave no counter-example):
 * 1. Over a copy in which each '[' is a '(': without links, but with the same blocks, and therefore
 *    with the same headings in the same places.
 * 2. Over each heading's own lines, at most a kilobyte, for its text without marks.
 * md4c calls back with pointers into its input, from which offsets are computed; its constants (for
 * line breaks and NUL) lie elsewhere in memory and are recognised by that. */
#include "extract/extract_job.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/front_matter.h"
#include "extract/html_entity.h"
#include "extract/markdown.h"

#include <md4c.h>
#include <stdlib.h>

enum { HEADING_MAX_BYTES = 1024 };

/* ---- pass 2: a heading's text ---- */

static int ignore_block(MD_BLOCKTYPE type, void *detail, void *context)
{
    (void)type, (void)detail, (void)context;
    return 0;
}

static int ignore_span(MD_SPANTYPE type, void *detail, void *context)
{
    (void)type, (void)detail, (void)context;
    return 0;
}

static int append_title(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
    buffer *title = context;
    view piece = {text, size};
    switch (type) {
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        buffer_append_byte(title, ' ');
        break;
    case MD_TEXT_ENTITY:
        html_entity_append(title, piece);
        break;
    case MD_TEXT_HTML:
    case MD_TEXT_NULLCHAR:
        break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH:
        buffer_append(title, piece);
        break;
    }
    return 0;
}

static kith_status read_title(view source, buffer *title, kith_error *err)
{
    static const MD_PARSER parser = {0,           MD_FLAG_STRIKETHROUGH, ignore_block, ignore_block,
                                     ignore_span, ignore_span,           append_title, NULL,
                                     NULL};
    buffer_reset(title);
    view bounded = view_slice(source, 0, utf8_floor(source, HEADING_MAX_BYTES));
    if (md_parse(bounded.data, (MD_SIZE)bounded.size, &parser, title) != 0)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a heading");
    return buffer_status(title, "a heading", err);
}

/* ---- pass 1: where the headings are ---- */

typedef struct scan {
    view masked;       /* what md4c reads */
    view source;       /* the same bytes of the file */
    size_t base;       /* offset of both in the document's text */
    uint32_t quotes;   /* "> " that are open: what is quoted has headings of another text */
    uint32_t level;    /* of the heading that is open; 0 outside */
    size_t start, end; /* of its text, offsets into `masked`; start > end until it has some */
    outline *found;
    buffer title;
    kith_status status;
    kith_error *err;
} scan;

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
    scan *s = context;
    s->quotes += type == MD_BLOCK_QUOTE;
    if (type != MD_BLOCK_H || s->quotes > 0) return 0;
    s->level = ((const MD_BLOCK_H_DETAIL *)detail)->level;
    s->start = SIZE_MAX;
    s->end = 0;
    return 0;
}

static int note_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
    (void)type;
    scan *s = context;
    // A line break is passed as a constant, which does not lie in the text.
    uintptr_t first = (uintptr_t)s->masked.data, at = (uintptr_t)text;
    if (s->level == 0 || at < first || at - first > s->masked.size) return 0;
    s->start = size_min(s->start, at - first);
    s->end = size_max(s->end, at - first + size);
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context)
{
    (void)detail;
    scan *s = context;
    s->quotes -= type == MD_BLOCK_QUOTE;
    if (type != MD_BLOCK_H || s->quotes > 0) return 0;
    uint32_t level = s->level;
    s->level = 0;
    if (s->start > s->end) return 0; // a heading without text
    size_t start = s->start, end = s->end;
    while (start > 0 && s->source.data[start - 1] != '\n')
        start--;
    while (end < s->source.size && s->source.data[end] != '\n')
        end++;
    s->status = read_title(view_slice(s->source, start, end), &s->title, s->err);
    if (s->status == KITH_OK)
        s->status = outline_add(s->found, level, buffer_view(&s->title), s->base + start, s->err);
    return s->status != KITH_OK;
}

/* A copy with '(' for each '[', NUL-terminated, on the heap; NULL when out of memory. */
static char *mask_links(view source)
{
    char *masked = malloc(source.size + 1);
    if (!masked) return NULL;
    for (size_t i = 0; i < source.size; i++)
        masked[i] = source.data[i] == '[' ? '(' : source.data[i];
    masked[source.size] = '\0'; // md4c looks for line ends with strcspn
    return masked;
}

kith_status markdown_headings(view text, size_t base, outline *found, kith_error *err)
{
    static const MD_PARSER parser = {0,           0,         enter_block, leave_block, ignore_span,
                                     ignore_span, note_text, NULL,        NULL};
    scan s = {
        .source = view_slice(text, base, text.size), .base = base, .found = found, .err = err};
    buffer_init(&s.title, 4 * HEADING_MAX_BYTES);
    char *masked = mask_links(s.source);
    if (!masked) {
        s.status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for Markdown");
        goto done;
    }
    s.masked = (view){masked, s.source.size};
    int stopped = md_parse(masked, (MD_SIZE)s.masked.size, &parser, &s);
    if (stopped != 0 && s.status == KITH_OK)
        s.status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for Markdown");
done:
    free(masked);
    buffer_done(&s.title);
    return s.status;
}

kith_status extract_markdown(extract_job *job, kith_error *err)
{
    document d;
    kith_status status = extract_job_begin_text(job, "markdown", &d, err);
    if (status != KITH_OK) return status;
    size_t body = 0;
    outline found;
    outline_init(&found, job->memory);
    status = front_matter_read(job, &d, &body, err);
    if (status == KITH_OK) status = markdown_headings(d.text, body, &found, err);
    if (status == KITH_OK) status = outline_finish(&found, &d, err);
    if (status == KITH_OK && d.title.size > 0 && !metadata_get(&d.fields, VIEW("title")))
        status = metadata_set_string(&d.fields, "title", d.title, err);
    outline_done(&found);
    return status == KITH_OK ? extract_job_add(job, &d, err) : status;
}
