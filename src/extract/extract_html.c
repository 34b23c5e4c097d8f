/* extract_html.c - the text that a reader of the page sees, with its block structure.
 * libxml2's parser repairs the markup and decodes entities; its events (SAX, no tree) are written
 * as text: a blank line between paragraphs, "- " before list entries, table rows as "a | b",
 * preformatted text as it is. Navigation, scripts and controls are left out; when the page marks
 * its main part, only that is taken. Nothing is loaded: no network, no DTD.
 *
 * White space is collapsed as a browser does it, with one rule: no line end, space, separator or
 * bullet is written before it is known that text follows. Elements only add to what is pending
 * (`breaks`, `space`, `separators`, `bullet`), more demanding breaks replacing weaker ones, and
 * flush_pending writes it in front of the next text. So empty elements, however many and however
 * nested, leave nothing in the text. */
#include "extract/extract_job.h"

#include "base/size.h"
#include "base/utf8.h"
#include "extract/html_element.h"
#include "extract/html_scrub.h"
#include "extract/outline.h"

#include <kith/types.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>

enum { PAGE_TITLE_MAX_BYTES = 1024 };

typedef struct page {
    xmlParserCtxtPtr parser;
    buffer text;
    buffer title;
    outline found;
    uint32_t depth;      /* open elements */
    uint32_t skip_depth; /* depth of the element that is being left out; 0: none */
    uint32_t pre_depth;  /* open <pre> */
    uint32_t list_depth; /* open lists */
    uint32_t row_cells;  /* cells begun in the row */
    bool row_has_text;
    uint32_t separators; /* " | " pending before the next text */
    uint32_t breaks;     /* line ends pending: 0, 1 or 2 */
    bool space;          /* a space is pending */
    bool bullet;         /* "- " is pending */
    bool in_title;
    uint32_t heading_level;      /* of the open heading; 0: none */
    size_t heading_start;        /* of its text; SIZE_MAX until it has some */
    size_t main_start, main_end; /* of the first <main> with text; 0, 0: none */
    bool in_main;
    kith_status status;
    kith_error *err;
} page;

static element_kind kind_of(const xmlChar *name)
{
    return html_element_kind(view_of((const char *)name));
}

static void stop(page *p, kith_status status)
{
    if (p->status == KITH_OK) p->status = status;
    xmlStopParser(p->parser);
}

static void add_breaks(page *p, uint32_t count)
{
    if (p->breaks < count) p->breaks = count;
    p->space = false;
}

/* Writes pending line ends, space, cell separators and bullet in front of text. The first text of a
 * page gets no line ends and no space. */
static void flush_pending(page *p)
{
    bool at_start = p->text.size == 0;
    if (p->separators > 0 && p->row_has_text)
        p->breaks = 0; // a cell's blocks do not end its row's line
    if (p->breaks > 0 && !at_start)
        buffer_append(&p->text, p->breaks > 1 ? VIEW("\n\n") : VIEW("\n"));
    else if (p->space && p->separators == 0 && !at_start)
        buffer_append_byte(&p->text, ' ');
    if (p->separators > 0 && (p->breaks > 0 || at_start)) {
        buffer_append(&p->text, VIEW("| ")); // the row begins with an empty cell
        p->separators--;
    }
    for (; p->separators > 0; p->separators--)
        buffer_append(&p->text, VIEW(" | "));
    if (p->bullet) buffer_append(&p->text, VIEW("- "));
    p->breaks = 0;
    p->space = p->bullet = false;
    p->row_has_text = true;
    if (p->heading_level > 0 && p->heading_start == SIZE_MAX) p->heading_start = p->text.size;
}

static void append_collapsed(page *p, view text)
{
    for (size_t i = 0; i < text.size;) {
        char c = text.data[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            p->space = p->breaks == 0;
            i++;
            continue;
        }
        size_t start = i;
        while (i < text.size && text.data[i] != ' ' &&
               !(text.data[i] >= '\t' && text.data[i] <= '\r'))
            i++;
        flush_pending(p);
        buffer_append(&p->text, view_slice(text, start, i));
    }
}

/* Line ends at the start of preformatted text are dropped where a line end is pending already. */
static void append_preformatted(page *p, view text)
{
    while (p->breaks > 0 && text.size > 0 && text.data[0] == '\n')
        text = view_slice(text, 1, text.size);
    if (text.size == 0) return;
    flush_pending(p);
    buffer_append(&p->text, text);
}

static void on_text(void *context, const xmlChar *bytes, int size)
{
    page *p = context;
    view text = {(const char *)bytes, (size_t)size};
    if (p->skip_depth > 0) return;
    if (p->in_title) {
        if (p->title.size < PAGE_TITLE_MAX_BYTES) buffer_append(&p->title, text);
    } else if (p->pre_depth > 0) {
        append_preformatted(p, text);
    } else {
        append_collapsed(p, text);
    }
    if (p->text.failed != KITH_OK) stop(p, p->text.failed);
}

static void begin_cell(page *p)
{
    if (p->row_cells++ == 0) return;
    p->separators++;
    p->space = false;
}

/* A heading within a heading is the page's mistake: the outer one ends where the inner begins. */
static void end_heading(page *p)
{
    uint32_t level = p->heading_level;
    p->heading_level = 0;
    add_breaks(p, 2);
    if (level == 0 || p->heading_start == SIZE_MAX) return;
    view title = view_slice(buffer_view(&p->text), p->heading_start, p->text.size);
    kith_status status = outline_add(&p->found, level, title, p->heading_start, p->err);
    if (status != KITH_OK) stop(p, status);
}

static void begin_heading(page *p, const xmlChar *name)
{
    end_heading(p);
    p->heading_level = (uint32_t)(name[1] - '0');
    p->heading_start = SIZE_MAX;
}

static void begin_element(page *p, element_kind kind, const xmlChar *name)
{
    switch (kind) {
    case ELEMENT_INLINE:
        break;
    case ELEMENT_OPAQUE:
    case ELEMENT_SKIPPED:
        p->skip_depth = p->depth;
        break;
    case ELEMENT_TITLE:
        p->in_title = p->title.size == 0;
        if (!p->in_title) p->skip_depth = p->depth;
        break;
    case ELEMENT_BREAK:
        add_breaks(p, p->breaks == 0 ? 1 : 2);
        break;
    case ELEMENT_LINE:
        add_breaks(p, 1);
        break;
    case ELEMENT_ENTRY:
        add_breaks(p, 1);
        p->bullet = true;
        break;
    case ELEMENT_LIST:
        add_breaks(p, p->list_depth++ > 0 ? 1 : 2);
        break;
    case ELEMENT_ROW:
        add_breaks(p, 1);
        p->row_cells = p->separators = 0;
        p->row_has_text = false;
        break;
    case ELEMENT_CELL:
        begin_cell(p);
        break;
    case ELEMENT_MAIN:
        add_breaks(p, 2);
        if (p->main_end == 0 && !p->in_main) {
            p->main_start = p->text.size;
            p->in_main = true;
        }
        break;
    case ELEMENT_PREFORMATTED:
        add_breaks(p, 2);
        p->pre_depth++;
        break;
    case ELEMENT_HEADING:
        begin_heading(p, name);
        break;
    case ELEMENT_PARAGRAPH:
        add_breaks(p, 2);
        break;
    }
}

static void end_main(page *p)
{
    if (p->in_main && p->text.size > p->main_start) p->main_end = p->text.size;
    p->in_main = false;
    add_breaks(p, 2);
}

static void end_element(page *p, element_kind kind)
{
    switch (kind) {
    case ELEMENT_INLINE:
    case ELEMENT_OPAQUE:
    case ELEMENT_SKIPPED:
    case ELEMENT_BREAK:
        break;
    case ELEMENT_CELL:
        if (p->row_has_text) p->breaks = 0;
        p->space = true;
        break;
    case ELEMENT_TITLE:
        p->in_title = false;
        break;
    case ELEMENT_LINE:
    case ELEMENT_ENTRY:
    case ELEMENT_ROW:
        p->bullet = false;
        p->separators = 0;
        add_breaks(p, 1);
        break;
    case ELEMENT_LIST:
        if (p->list_depth > 0) p->list_depth--;
        add_breaks(p, p->list_depth > 0 ? 1 : 2);
        break;
    case ELEMENT_MAIN:
        end_main(p);
        break;
    case ELEMENT_PREFORMATTED:
        if (p->pre_depth > 0) p->pre_depth--;
        add_breaks(p, 2);
        break;
    case ELEMENT_HEADING:
        end_heading(p);
        break;
    case ELEMENT_PARAGRAPH:
        add_breaks(p, 2);
        break;
    }
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
    (void)attributes;
    page *p = context;
    if (p->depth == EXTRACT_MAX_DEPTH) {
        stop(p, fail(p->err, KITH_ERR_LIMIT, "HTML elements are nested more than %d deep",
                     EXTRACT_MAX_DEPTH));
        return;
    }
    p->depth++;
    if (p->skip_depth == 0) begin_element(p, kind_of(name), name);
}

static void on_end(void *context, const xmlChar *name)
{
    page *p = context;
    if (p->skip_depth == 0)
        end_element(p, kind_of(name));
    else if (p->skip_depth == p->depth)
        p->skip_depth = 0;
    if (p->depth > 0) p->depth--;
}

static void initialize_parser(void)
{
    xmlInitParser();
}

static kith_status parse(page *p, view html, kith_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; // xmlInitParser is not thread-safe
    pthread_once(&once, initialize_parser);
    p->err = err;
    p->parser = htmlNewParserCtxt();
    if (!p->parser) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for HTML");
    *p->parser->sax = (xmlSAXHandler){.startElement = on_start,
                                      .endElement = on_end,
                                      .characters = on_text,
                                      .ignorableWhitespace = on_text,
                                      .cdataBlock = on_text};
    p->parser->userData = p;
    int options = HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                  HTML_PARSE_IGNORE_ENC | HTML_PARSE_NODEFDTD;
    htmlDocPtr tree =
        htmlCtxtReadMemory(p->parser, html.data, (int)html.size, NULL, "UTF-8", options);
    xmlFreeDoc(tree);
    bool exhausted = p->parser->errNo == XML_ERR_NO_MEMORY;
    htmlFreeParserCtxt(p->parser);
    if (p->status == KITH_ERR_LIMIT || p->status == KITH_ERR_NO_MEMORY) return p->status;
    if (exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for HTML");
    return buffer_status(&p->text, "the text of the page", err);
}

/* The page's main part, to which the headings are cut as well; the whole text when it has none. */
static view keep_main(page *p)
{
    view text = buffer_view(&p->text);
    if (p->main_end == 0) return text;
    size_t start = p->main_start;
    while (start < p->main_end && text.data[start] == '\n')
        start++;
    heading *headings = (heading *)p->found.headings.data;
    size_t count = p->found.headings.size / sizeof(heading), kept = 0;
    for (size_t i = 0; i < count; i++) {
        heading h = headings[i];
        if (h.offset < start || h.offset >= p->main_end) continue;
        headings[kept++] = (heading){h.offset - start, h.path};
    }
    p->found.headings.size = kept * sizeof(heading);
    return view_slice(text, start, p->main_end);
}

static kith_status finish_page(extract_job *job, page *p, document *d, kith_error *err)
{
    d->id = job->stem;
    d->text = arena_copy(job->memory, keep_main(p));
    view title = view_trim(buffer_view(&p->title));
    d->title =
        arena_copy(job->memory, view_slice(title, 0, utf8_floor(title, PAGE_TITLE_MAX_BYTES)));
    if (!d->text.data || !d->title.data)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the text of the page");
    kith_status status = outline_finish(&p->found, d, err);
    if (status == KITH_OK && d->title.size > 0)
        status = metadata_set_string(&d->fields, "title", d->title, err);
    return status == KITH_OK ? extract_job_add(job, d, err) : status;
}

kith_status extract_html(extract_job *job, kith_error *err)
{
    document d;
    page p = {0};
    buffer scrubbed;
    buffer_init(&scrubbed, 2 * KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&p.text, KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&p.title, KITH_DOCUMENT_MAX_BYTES);
    outline_init(&p.found, job->memory);
    kith_status status = extract_job_begin(job, "html", &d, err);
    if (status != KITH_OK) goto done;
    html_scrub(job->text, &scrubbed);
    status = buffer_status(&scrubbed, "the HTML without scripts", err);
    if (status != KITH_OK) goto done;
    if (scrubbed.size > 0) status = parse(&p, buffer_view(&scrubbed), err);
    if (status != KITH_OK) goto done;
    status = finish_page(job, &p, &d, err);
done:
    outline_done(&p.found);
    buffer_done(&p.title);
    buffer_done(&p.text);
    buffer_done(&scrubbed);
    return status;
}
