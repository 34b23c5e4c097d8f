/* pdf_bookmarks.c - a bookmark leads to a page, and mostly to a height on it, at or a little above
 * the heading. The heading's line is the one that holds the title, which print may number and wrap;
 * where no line does, the first line below that height stands for it.
 *
 * Not every outline is the table of contents: it may list figures, or begin with the index. What is
 * kept is the longest sequence of bookmarks that ascend through the text.
 * Source: ISO 32000-1, 12.3.2, 12.3.3. */
#include "extract/pdf_bookmarks.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/outline.h"

#include <math.h>
#include <stdlib.h>

enum {
    MAX_DEPTH = 32,
    MAX_VISITED = 200000,
    MAX_COMPARED = 4000000, /* lines with titles; then titles are not looked for any more */
    TITLE_MAX_BYTES = 2000,
    LEAST_PART_BYTES = 4,  /* of a title, by which a part of it is known */
    FROM_NEXT = 0xffffffff /* a page that the next bookmark says */
};

/* ---- reading ---- */

typedef struct reading {
    pdf_file *file;
    const pdf_leaves *leaves;
    buffer *out;
    buffer scratch;
    map *
        names; /* of destinations: their indices in `targets`; NULL before the first is asked for */
    buffer targets;
    uint32_t visited;
} reading;

static bool add_target(void *context, const pdf_object *key, const pdf_object *value)
{
    reading *r = context;
    if (key->kind != PDF_STRING) return true;
    kith_status status = map_put(r->names, key->text, r->targets.size / sizeof *value);
    buffer_append(&r->targets, (view){(const char *)value, sizeof *value});
    if (status != KITH_OK) r->targets.failed = status;
    return r->targets.failed == KITH_OK;
}

/* What a name means; PDF_NULL for a name that is not there. */
static pdf_object named_target(reading *r, const pdf_object *name)
{
    uint64_t index;
    pdf_object found = {0};
    if (name->kind == PDF_NAME) {
        pdf_object known = pdf_get(r->file, &r->file->catalog, "Dests");
        for (uint32_t i = 0; known.kind == PDF_DICTIONARY && i < known.count; i++)
            if (view_equal(known.elements[2 * i].text, name->text))
                return pdf_resolve(r->file, &known.elements[2 * i + 1]);
        return found;
    }
    if (!r->names) {
        pdf_object trees = pdf_get(r->file, &r->file->catalog, "Names");
        pdf_object root = pdf_get(r->file, &trees, "Dests");
        r->names = map_new();
        if (!r->names) r->targets.failed = KITH_ERR_NO_MEMORY;
        if (r->names) pdf_walk_pairs(r->file, &root, "Names", add_target, r);
    }
    if (!r->names || !map_get(r->names, name->text, &index)) return found;
    return pdf_resolve(r->file, (pdf_object *)(void *)r->targets.data + index);
}

/* Where the destination leads: [page /XYZ left top zoom], [page /FitH top] and so on. */
static bool find_target(reading *r, const pdf_object *entry, pdf_bookmark *b)
{
    pdf_object target = pdf_get(r->file, entry, "Dest");
    if (target.kind == PDF_NULL) {
        pdf_object action = pdf_get(r->file, entry, "A"), kind = pdf_get(r->file, &action, "S");
        if (pdf_is_name(&kind, "GoTo")) target = pdf_get(r->file, &action, "D");
    }
    if (target.kind == PDF_NAME || target.kind == PDF_STRING) target = named_target(r, &target);
    if (target.kind == PDF_DICTIONARY) target = pdf_get(r->file, &target, "D");
    if (target.kind != PDF_ARRAY || target.count == 0) return false;
    if (!pdf_leaf_find(r->leaves, &target.elements[0], &b->page)) return false;
    const pdf_object *fit = target.count > 1 ? &target.elements[1] : &target.elements[0];
    uint32_t at = pdf_is_name(fit, "XYZ")                                 ? 3
                  : pdf_is_name(fit, "FitH") || pdf_is_name(fit, "FitBH") ? 2
                  : pdf_is_name(fit, "FitR")                              ? 5
                                                                          : UINT32_MAX;
    b->y = -1;
    if (at >= target.count) return true;
    pdf_object top = pdf_resolve(r->file, &target.elements[at]);
    if (top.kind == PDF_NUMBER) b->y = pdf_leaf_at(r->leaves, b->page)->top - (float)top.number;
    return true;
}

/* "Page 12", as scanners name bookmarks, says nothing that the place does not. */
static bool is_page_number(view title)
{
    if (view_starts_with_nocase(title, VIEW("page"))) title = view_slice(title, 4, title.size);
    for (size_t i = 0; i < title.size; i++)
        if (!is_ascii_digit(title.data[i]) && !is_ascii_space(title.data[i])) return false;
    return true;
}

static void add_bookmark(reading *r, const pdf_object *entry, uint32_t level)
{
    pdf_bookmark b = {.level = level < OUTLINE_LEVELS ? level : OUTLINE_LEVELS};
    pdf_object title = pdf_get(r->file, entry, "Title");
    buffer_reset(&r->scratch);
    pdf_append_text(&title, &r->scratch);
    view text = view_trim(buffer_view(&r->scratch));
    if (r->scratch.failed != KITH_OK || is_page_number(text)) return;
    if (!find_target(r, entry, &b)) {
        pdf_object first = pdf_get(r->file, entry, "First");
        if (first.kind != PDF_DICTIONARY) return;
        b.page = FROM_NEXT; // a part's name above its chapters
    }
    b.title = arena_copy(r->file->memory, text);
    if (b.title.data) buffer_append(r->out, (view){(const char *)&b, sizeof b});
}

static void read_entries(reading *r, const pdf_object *parent, uint32_t level)
{
    pdf_object link = pdf_entry(parent, "First");
    while (level <= MAX_DEPTH && r->visited++ < MAX_VISITED && r->out->failed == KITH_OK) {
        pdf_object entry = pdf_resolve(r->file, &link);
        if (entry.kind != PDF_DICTIONARY) return;
        add_bookmark(r, &entry, level);
        read_entries(r, &entry, level + 1);
        link = pdf_entry(&entry, "Next");
    }
}

/* Gives those without a page that of the first one below them, and drops the rest. */
static void fill_pages(buffer *bookmarks)
{
    pdf_bookmark *list = (pdf_bookmark *)(void *)bookmarks->data;
    size_t count = bookmarks->size / sizeof *list, kept = 0;
    for (size_t i = count; i-- > 0;) {
        if (list[i].page != FROM_NEXT || i + 1 == count || list[i + 1].level <= list[i].level)
            continue;
        list[i].page = list[i + 1].page;
        list[i].y = list[i + 1].y;
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].page != FROM_NEXT) list[kept++] = list[i];
    bookmarks->size = kept * sizeof *list;
}

kith_status pdf_bookmarks_read(pdf_file *f, const pdf_leaves *leaves, buffer *out, kith_error *err)
{
    reading r = {.file = f, .leaves = leaves, .out = out};
    pdf_object root = pdf_get(f, &f->catalog, "Outlines");
    buffer_init(&r.scratch, TITLE_MAX_BYTES);
    buffer_init(&r.targets, UINT32_MAX);
    read_entries(&r, &root, 1);
    if (out->failed == KITH_ERR_LIMIT) out->failed = KITH_OK; // the first ones are kept
    fill_pages(out);
    kith_status status = buffer_status(out, "the bookmarks of a PDF", err);
    if (status == KITH_OK) status = buffer_status(&r.targets, "the targets of bookmarks", err);
    buffer_done(&r.scratch);
    buffer_done(&r.targets);
    map_free(r.names);
    return status == KITH_OK ? pdf_file_status(f, err) : status;
}

/* ---- placing ---- */

typedef struct placing {
    pdf_layout *layout;
    buffer title, line;
    uint32_t compared; /* lines with titles */
} placing;

/* Letters and digits alone, ASCII in lower case. */
static void append_bare(view text, buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (is_ascii_capital(c)) c = (char)(c | 0x20);
        if (is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80)
            buffer_append_byte(out, c);
    }
}

static bool ends_with(view text, view end)
{
    return text.size >= end.size &&
           memcmp(text.data + text.size - end.size, end.data, end.size) == 0;
}

/* 2: the line is the title; 1: one is the beginning or the end of the other; 0: neither. */
static int likeness(placing *p, uint32_t number)
{
    const pdf_line *line = &pdf_lines(p->layout)[number];
    p->compared++;
    buffer_reset(&p->line);
    for (uint32_t i = line->first; i < line->first + line->count; i++)
        append_bare(pdf_word_text(p->layout, &pdf_words(p->layout)[i]), &p->line);
    view a = buffer_view(&p->title), b = buffer_view(&p->line);
    if (a.size == 0 || b.size == 0) return 0;
    if (view_equal(a, b)) return 2;
    if (a.size < LEAST_PART_BYTES || b.size < LEAST_PART_BYTES) return 0;
    bool is_longer = b.size > a.size; // a line of text may begin with the words of a title
    if (is_longer && b.size > 2 * a.size) return 0;
    view whole = is_longer ? b : a, part = is_longer ? a : b;
    return view_starts_with(whole, part) || ends_with(whole, part);
}

static float distance(const pdf_line *line, float y)
{
    return y < 0 ? -pdf_height(line->box) : fabsf(line->box.top - y);
}

/* The line that holds the title; false when none on the page does. Of several the nearest to where
 * the bookmark leads, or else the largest, is meant. */
static bool find_title(placing *p, const pdf_bookmark *b, uint32_t *found)
{
    const pdf_page *page = &pdf_pages(p->layout)[b->page];
    const pdf_line *lines = pdf_lines(p->layout);
    int best = 0;
    buffer_reset(&p->title);
    append_bare(b->title, &p->title);
    for (uint32_t i = page->first; i < page->first + page->count && p->compared < MAX_COMPARED;
         i++) {
        int like = likeness(p, i);
        bool is_nearer =
            like && like == best && distance(&lines[i], b->y) < distance(&lines[*found], b->y);
        if (like <= best && !is_nearer) continue;
        best = like;
        *found = i;
    }
    return best > 0;
}

/* The first line, in reading order, below the place that the bookmark leads to. */
static uint32_t line_below(const placing *p, const pdf_bookmark *b)
{
    const pdf_page *page = &pdf_pages(p->layout)[b->page];
    const pdf_line *lines = pdf_lines(p->layout);
    uint32_t i = page->first, end = page->first + page->count;
    while (i < end && b->y >= 0 && (lines[i].box.top + lines[i].box.bottom) / 2 < b->y)
        i++;
    return i;
}

/* Keeps the longest sequence that does not descend, of those the one whose ends are lowest.
 * ends, before  scratch of [count] each */
static size_t keep_ascending(pdf_bookmark *list, uint32_t count, uint32_t *ends, uint32_t *before)
{
    uint32_t length = 0, kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = 0, high = length; // the first end that is above this line
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (list[ends[middle]].line <= list[i].line)
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low ? ends[low - 1] : UINT32_MAX;
        ends[low] = i;
        if (low == length) length++;
    }
    for (uint32_t i = length ? ends[length - 1] : UINT32_MAX, to = length; to-- > 0; i = before[i])
        ends[to] = i;
    for (; kept < length; kept++)
        list[kept] = list[ends[kept]];
    return length;
}

kith_status pdf_bookmarks_place(pdf_layout *l, buffer *bookmarks, kith_error *err)
{
    pdf_bookmark *list = (pdf_bookmark *)(void *)bookmarks->data;
    uint32_t count = 0, all = (uint32_t)(bookmarks->size / sizeof *list);
    placing p = {.layout = l};
    buffer_init(&p.title, TITLE_MAX_BYTES);
    buffer_init(&p.line, UINT32_MAX);
    uint32_t *scratch = heap_new_array(2 * (size_t)all, sizeof *scratch);
    if (!scratch) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for bookmarks");
    for (uint32_t i = 0; i < all; i++) {
        pdf_bookmark b = list[i];
        if (b.page >= pdf_page_count(l)) continue;
        bool has_title = find_title(&p, &b, &b.line);
        if (has_title) pdf_lines(l)[b.line].is_heading = true;
        if (!has_title) b.line = line_below(&p, &b);
        list[count++] = b;
    }
    count = (uint32_t)keep_ascending(list, count, scratch, scratch + all);
    bookmarks->size = count * sizeof *list;
    kith_status status = buffer_status(&p.line, "a line of the PDF", err);
    buffer_done(&p.title);
    buffer_done(&p.line);
    free(scratch);
    return status;
}
