/* html_meta.c - one pass over the tags of the head. Names come from five families, of which a page has
 * often several; what they say twice is kept once. */
#include "extract/html_meta.h"

#include "extract/html_element.h"
#include "extract/html_parser.h"
#include "extract/html_tag.h"
#include "extract/keywords.h"

#include "fields/date.h"

enum { HEAD_MAX_BYTES = 256 << 10, VALUE_MAX_BYTES = 1024, AUTHORS_MAX = 64 };

typedef struct html_meta {
    metadata *fields;
    view authors[AUTHORS_MAX];
    uint32_t author_count;
    view keywords;
    view date;
    uint32_t date_rank; // of DATES, of the date so far
    kith_error *err;
} html_meta;

static const char *const AUTHORS[] = {"author",          "dc.creator", "dcterms.creator",
                                      "citation_author", "dc:creator", NULL};
static const char *const KEYWORDS[] = {
    "keywords",          "dc.subject",  "dcterms.subject", "dc:subject",
    "citation_keywords", "article:tag", "news_keywords",   NULL};
/* The best one first. */
static const char *const DATES[] = {"date",
                                    "article:published_time",
                                    "datepublished",
                                    "dcterms.issued",
                                    "dc.date.issued",
                                    "dcterms.date",
                                    "dc.date",
                                    "dc:date",
                                    "citation_publication_date",
                                    "citation_date",
                                    "dcterms.created",
                                    "dc.date.created",
                                    "pubdate",
                                    "publish-date",
                                    "created",
                                    "article:modified_time",
                                    "datemodified",
                                    "dcterms.modified",
                                    "last-modified",
                                    "revised",
                                    "changed",
                                    NULL};

static uint32_t rank_of(view name, const char *const *names)
{
    uint32_t i = 0;
    while (names[i] && !view_equal_nocase(name, view_of(names[i])))
        i++;
    return i;
}

static bool is_among(view name, const char *const *names)
{
    return names[rank_of(name, names)] != NULL;
}

/* The value decoded, on one line; empty when it is too long. data NULL: out of memory. */
static view decode(html_meta *m, view value, size_t max)
{
    if (value.size > 2 * max) return VIEW("");
    char *text = arena_new(m->fields->memory, 2 * value.size + 1);
    if (!text) return (view){NULL, 0};
    size_t size = html_decode(value, text, 2 * value.size);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ') text[i] = ' ';
    view decoded = view_trim((view){text, size});
    return decoded.size <= max ? decoded : VIEW("");
}

/* "2024/05/03" (Google Scholar) and "20240503" are days as well. */
static view iso_of(html_meta *m, view text)
{
    date_period ignored;
    char day[11];
    size_t digits = 0;
    for (size_t i = 0; i < text.size && digits < 8; i++) {
        if (is_ascii_digit(text.data[i]))
            day[digits + (digits >= 4) + (digits >= 6)] = text.data[i], digits++;
        else if (text.data[i] != '/')
            digits = 9;
    }
    if (date_parse(text, &ignored)) return text;
    if (digits != 8 || text.size > 10) return VIEW("");
    day[4] = day[7] = '-';
    view iso = {day, 10};
    return date_parse(iso, &ignored) ? arena_copy(m->fields->memory, iso) : VIEW("");
}

static void add_author(html_meta *m, view author)
{
    for (uint32_t i = 0; i < m->author_count; i++)
        if (view_equal(m->authors[i], author)) return;
    if (m->author_count < AUTHORS_MAX) m->authors[m->author_count++] = author;
}

/* One name may be several of a family: <meta name="author" property="article:author">. */
static kith_status take(html_meta *m, view name, view content)
{
    bool is_keywords = is_among(name, KEYWORDS), is_author = is_among(name, AUTHORS);
    uint32_t rank = rank_of(name, DATES);
    if (!is_keywords && !is_author && (!DATES[rank] || rank >= m->date_rank)) return KITH_OK;
    view value = decode(m, content, is_keywords ? KEYWORDS_MAX_BYTES : VALUE_MAX_BYTES);
    if (!value.data) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (value.size == 0) return KITH_OK;
    if (is_keywords) return keywords_add(m->fields->memory, &m->keywords, value, m->err);
    if (is_author) {
        add_author(m, value);
        return KITH_OK;
    }
    view date = iso_of(m, value);
    if (!date.data) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    if (date.size) m->date = date, m->date_rank = rank;
    return KITH_OK;
}

static kith_status take_tag(html_meta *m, const html_tag *t)
{
    static const char *const KEYS[] = {"name", "property", "itemprop", "http-equiv"};
    view content = html_tag_attribute(t, "content");
    kith_status status = KITH_OK;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS && content.size; i++) {
        view name = html_tag_attribute(t, KEYS[i]);
        if (name.size && status == KITH_OK) status = take(m, view_trim(name), content);
    }
    return status;
}

static kith_status read_head(html_meta *m, view head)
{
    html_tag t;
    kith_status status = KITH_OK;
    for (size_t i = 0; status == KITH_OK && i < head.size;) {
        const char *found = memchr(head.data + i, '<', head.size - i);
        if (!found) break;
        i = (size_t)(found - head.data);
        if (i + 1 < head.size && (head.data[i + 1] == '!' || head.data[i + 1] == '?')) {
            i = html_skip_declaration(head, i);
            continue;
        }
        if (!html_tag_read(head, i, &t)) {
            i++;
            continue;
        }
        view name = html_tag_name(&t);
        bool ends_head =
            view_equal(name, VIEW("body")) || (t.is_end && view_equal(name, VIEW("head")));
        if (!t.is_whole || ends_head) break;
        bool is_opaque = html_element_kind(name) == ELEMENT_OPAQUE && !t.is_end && !t.self_closing;
        i = is_opaque ? html_find_end(head, t.end, name) : t.end;
        if (!t.is_end && view_equal(name, VIEW("meta"))) status = take_tag(m, &t);
    }
    return status;
}

static kith_status set_author(const html_meta *m)
{
    view all = m->author_count ? m->authors[0] : VIEW("");
    for (uint32_t i = 1; i < m->author_count && all.data; i++) {
        const view both[] = {all, VIEW("; "), m->authors[i]};
        if (all.size > VALUE_MAX_BYTES) break;
        all = arena_join(m->fields->memory, both, 3);
    }
    if (!all.data) return fail(m->err, KITH_ERR_NO_MEMORY, "out of memory for an author");
    return all.size ? metadata_set_string(m->fields, "author", all, m->err) : KITH_OK;
}

kith_status html_meta_set(metadata *fields, view html, kith_error *err)
{
    html_meta m = {.fields = fields, .date_rank = UINT32_MAX, .err = err};
    if (html.size > HEAD_MAX_BYTES) html = view_slice(html, 0, HEAD_MAX_BYTES);
    kith_status status = read_head(&m, html);
    if (status == KITH_OK) status = set_author(&m);
    if (status == KITH_OK) status = keywords_set(fields, m.keywords, err);
    if (status == KITH_OK && m.date.size) status = metadata_set_string(fields, "date", m.date, err);
    return status;
}
