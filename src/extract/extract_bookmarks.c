/* extract_bookmarks.c - the bookmarks that browsers export as a page (Netscape's format): folders are
 * headings, and each bookmark is a line, with its address, which a page's reader leaves out, and its
 * description. Addresses that are no place (javascript:, place:, data:) are left out.
 * The format knows no end tags of its entries; a folder is the H3 before a DL. */
#include "extract/extract_bookmarks.h"

#include "extract/html_tag.h"
#include "extract/manuscript.h"
#include "extract/markup_text.h"

#include <kith/types.h>

typedef struct bookmarks {
    extract_job *job;
    manuscript m;
    buffer line;                  // the open entry
    buffer text;                  // of the element at hand
    view address;                 // of the open link
    size_t start;                 // of the text of the open element
    uint32_t depth;               // of lists
    view folders[OUTLINE_LEVELS]; // their names, by the depth of the list that they stand in
    view title;
    const char *gap;
} bookmarks;

bool bookmarks_are(view html)
{
    static const view MARK = {"<!DOCTYPE NETSCAPE-Bookmark-file", 32};
    return view_starts_with_nocase(view_trim(html), MARK);
}

static bool is_place(view address)
{
    static const char *const NONE[] = {"javascript:", "place:", "data:", "about:", NULL};
    for (size_t i = 0; NONE[i]; i++)
        if (view_starts_with_nocase(address, view_of(NONE[i]))) return false;
    return address.size > 0;
}

/* The text of HTML on one line, good until the next call. */
static view text_of(bookmarks *b, view html)
{
    size_t kept = 0;
    buffer_reset(&b->text);
    markup_append_text(html, &b->text);
    for (size_t i = 0; i < b->text.size; i++) {
        bool is_space = is_ascii_space(b->text.data[i]);
        if (is_space && (kept == 0 || b->text.data[kept - 1] == ' ')) continue;
        b->text.data[kept++] = is_space ? ' ' : b->text.data[i];
    }
    b->text.size = kept;
    return view_trim(buffer_view(&b->text));
}

static kith_status end_entry(bookmarks *b, kith_error *err)
{
    kith_status status = buffer_status(&b->line, "a bookmark", err);
    if (status == KITH_OK) status = buffer_status(&b->text, "a bookmark", err);
    if (status != KITH_OK || b->line.size == 0) return status;
    status = manuscript_block(&b->m, b->gap, buffer_view(&b->line), err);
    b->gap = "\n";
    buffer_reset(&b->line);
    return status;
}

/* The text that follows stands in this folder, the innermost but of `level` - 1 others. */
static kith_status enter(bookmarks *b, uint32_t level, kith_error *err)
{
    b->gap = "\n\n";
    return manuscript_heading(&b->m, level, b->folders[level - 1], err);
}

static kith_status begin_folder(bookmarks *b, view html, bool is_title, kith_error *err)
{
    uint32_t level = is_title ? 1 : b->depth + 1;
    view name = arena_copy(b->job->memory, text_of(b, html));
    if (!name.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a folder");
    if (name.size == 0) return KITH_OK;
    if (is_title) b->title = name;
    if (level > OUTLINE_LEVELS) level = OUTLINE_LEVELS;
    b->folders[level - 1] = name;
    kith_status status = enter(b, level, err);
    return status == KITH_OK ? manuscript_block(&b->m, "\n\n", name, err) : status;
}

/* What follows belongs to the folder around. */
static kith_status end_list(bookmarks *b, kith_error *err)
{
    if (b->depth > 0) b->depth--;
    b->gap = "\n\n";
    uint32_t level = b->depth < OUTLINE_LEVELS ? b->depth : OUTLINE_LEVELS;
    if (level > 0 && b->folders[level - 1].size > 0) return enter(b, level, err);
    return manuscript_end_headings(&b->m, err);
}

static void end_link(bookmarks *b, view html)
{
    view title = text_of(b, html), address;
    buffer_append(&b->line, title);
    address = b->address;
    b->address = VIEW("");
    if (!is_place(address)) return;
    size_t end = b->line.size;
    address = text_of(b, address);
    if (view_equal(address, buffer_view(&b->line))) return;
    buffer_printf(&b->line, end ? " (%.*s)" : "%.*s", VIEW_ARG(address));
}

/* `html` is what stands before the tag since the last one that began a text. */
static kith_status read_tag(bookmarks *b, const html_tag *t, view html, kith_error *err)
{
    view name = html_tag_name(t);
    bool is_link = view_equal(name, VIEW("a")), is_title = view_equal(name, VIEW("h1"));
    bool is_folder = is_title || view_equal(name, VIEW("h3"));
    bool is_list = view_equal(name, VIEW("dl")), is_entry = view_equal(name, VIEW("dt"));
    bool is_description = view_equal(name, VIEW("dd"));
    if (!is_link && !is_folder && !is_list && !is_entry && !is_description) return KITH_OK;
    kith_status status = KITH_OK;
    if (t->is_end && is_link) {
        end_link(b, html);
    } else if (t->is_end && is_folder) {
        status = begin_folder(b, html, is_title, err);
    } else if (!is_link && !is_description) {
        status = end_entry(b, err);
    }
    if (status == KITH_OK && is_list && t->is_end) status = end_list(b, err);
    if (is_list && !t->is_end) b->depth++;
    if (is_link && !t->is_end) b->address = html_tag_attribute(t, "href");
    return status;
}

/* The description that the text since a DD is: it has no end tag. */
static void add_description(bookmarks *b, view html)
{
    view text = text_of(b, html);
    if (text.size == 0) return;
    buffer_printf(&b->line, b->line.size ? ": %.*s" : "%.*s", VIEW_ARG(text));
}

static kith_status read_tags(bookmarks *b, kith_error *err)
{
    view html = b->job->text;
    html_tag t;
    bool in_description = false;
    kith_status status = KITH_OK;
    for (size_t i = 0; i < html.size && status == KITH_OK;) {
        i += view_find(view_slice(html, i, html.size), VIEW("<"));
        view before = view_slice(html, b->start, i);
        bool is_tag = i < html.size && html_tag_read(html, i, &t);
        bool is_other = is_tag && (view_equal(html_tag_name(&t), VIEW("p")) ||
                                   view_equal(html_tag_name(&t), VIEW("br")));
        bool is_end = i == html.size || (is_tag && !is_other);
        if (is_end && in_description) add_description(b, before);
        if (is_end) in_description = false;
        if (i == html.size) break;
        if (!is_tag) {
            i++;
            continue;
        }
        status = read_tag(b, &t, before, err);
        i = t.end;
        if (is_other) continue;
        b->start = t.end;
        in_description = !t.is_end && view_equal(html_tag_name(&t), VIEW("dd"));
    }
    return status == KITH_OK ? end_entry(b, err) : status;
}

kith_status extract_bookmarks(extract_job *job, kith_error *err)
{
    document d;
    bookmarks b = {.job = job, .gap = "\n\n"};
    buffer_init(&b.line, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&b.text, KITH_DOCUMENT_MAX_BYTES);
    manuscript_init(&b.m, job);
    kith_status status = extract_job_begin(job, "html", &d, err);
    if (status == KITH_OK) status = read_tags(&b, err);
    d.id = job->stem;
    d.title = b.title;
    if (status == KITH_OK && d.title.size > 0)
        status = metadata_set_string(&d.fields, "title", d.title, err);
    if (status == KITH_OK) status = manuscript_finish(&b.m, &d, err);
    manuscript_done(&b.m);
    buffer_done(&b.line);
    buffer_done(&b.text);
    return status;
}
