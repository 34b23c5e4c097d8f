/* markup_text.c - see markup_text.h. A tag ends at its '>', one within quotes aside. */
#include "extract/markup_text.h"

#include "extract/html_entity.h"
#include "extract/struck.h"

#include <string.h>

enum { NAME_MAX_BYTES = 10, ENTITY_MAX_BYTES = 12, TAG_MAX_BYTES = 4096 };

typedef enum tag_role {
    TAG_UNKNOWN,
    TAG_INLINE,
    TAG_LINE,  /* a line ends */
    TAG_BLOCK, /* a blank line stands before and behind it */
    TAG_ENTRY,
    TAG_CELL,
    TAG_LEFT_OUT /* with its content */
} tag_role;

typedef struct markup_tag {
    view name;
    tag_role role;
    bool is_end;
    size_t end; /* behind its '>' */
} markup_tag;

static tag_role role_of(view name)
{
    static const struct {
        tag_role role;
        const char *names; /* each between spaces */
    } ROLES[] = {
        {TAG_INLINE,
         " a abbr b big cite code del dfn em font i img ins kbd mark q s samp small span "
         "strike strong sub sup tt u var wbr "},
        {TAG_LINE, " br tr dt dd "},
        {TAG_BLOCK,
         " p div h1 h2 h3 h4 h5 h6 ul ol dl table tbody thead tfoot blockquote pre section "
         "article figure figcaption hr header footer main html body "},
        {TAG_ENTRY, " li "},
        {TAG_CELL, " td th "},
        {TAG_LEFT_OUT, " script style head "},
    };
    char key[NAME_MAX_BYTES + 3] = " ";
    if (name.size == 0 || name.size > NAME_MAX_BYTES) return TAG_UNKNOWN;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        key[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
    }
    key[name.size + 1] = ' ';
    for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++)
        if (strstr(ROLES[i].names, key)) return ROLES[i].role;
    return TAG_UNKNOWN;
}

static bool is_name(char c)
{
    return is_ascii_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Reads the tag at `at`, a '<'; false when none begins there. */
static bool read_tag(view text, size_t at, markup_tag *out)
{
    size_t i = at + 1, limit = text.size - at > TAG_MAX_BYTES ? at + TAG_MAX_BYTES : text.size;
    char quote = '\0';
    *out = (markup_tag){.is_end = i < limit && text.data[i] == '/'};
    if (out->is_end) i++;
    size_t start = i;
    while (i < limit && is_name(text.data[i]))
        i++;
    out->name = view_slice(text, start, i);
    if (out->name.size == 0 || is_ascii_digit(out->name.data[0])) return false;
    out->role = role_of(out->name);
    for (; i < limit; i++) {
        char c = text.data[i];
        if (quote && c == quote)
            quote = '\0';
        else if (!quote && (c == '"' || c == '\''))
            quote = c;
        else if (!quote && c == '<')
            return false; // also what keeps this linear
        else if (!quote && c == '>')
            break;
    }
    out->end = i + 1;
    return i < limit;
}

/* "12 m<br>Clean": a text about tags has blanks around them. */
static bool is_between_words(view text, size_t at, size_t end)
{
    return at > 0 && end < text.size && !is_ascii_space(text.data[at - 1]) &&
           text.data[end] != ' ' && text.data[at - 1] != '"' && text.data[at - 1] != '(';
}

bool markup_is_html(view text)
{
    markup_tag t;
    text = view_trim(text);
    if (text.size == 0 || memchr(text.data, '`', text.size)) return false;
    bool begins = text.data[0] == '<' && read_tag(text, 0, &t) && !t.is_end && t.role != TAG_INLINE;
    bool ends = false, breaks = false;
    uint32_t tags = 0;
    for (size_t at = 0; at < text.size;) {
        const char *found = memchr(text.data + at, '<', text.size - at);
        if (!found) break;
        at = (size_t)(found - text.data);
        bool is_tag = read_tag(text, at, &t);
        if (is_tag && t.role == TAG_UNKNOWN) return false;
        if (is_tag) {
            bool is_break = view_equal_nocase(t.name, VIEW("br"));
            tags++;
            ends = (t.is_end || is_break) && t.end == text.size;
            breaks |= is_break && is_between_words(text, at, t.end);
        }
        at = is_tag ? t.end : at + 1;
    }
    return breaks || (tags >= 2 && (begins || ends));
}

/* What waits for the next text. */
typedef struct markup_gap {
    uint32_t lines;
    bool space, mark, cell;
} markup_gap;

/* A struck element that is open, and those within it. */
typedef struct markup_struck {
    struck line;
    uint32_t depth;
    size_t from; /* where its text begins; SIZE_MAX: none yet */
} markup_struck;

static void begin_text(markup_gap *gap, buffer *out, size_t start)
{
    bool is_first = out->size == start;
    for (uint32_t i = 0; i < gap->lines && !is_first; i++)
        buffer_append_byte(out, '\n');
    if (gap->mark)
        buffer_append_text(out, "- ");
    else if (gap->cell && gap->lines == 0 && !is_first)
        buffer_append_text(out, " | ");
    else if (gap->space && gap->lines == 0 && !is_first)
        buffer_append_byte(out, ' ');
    *gap = (markup_gap){0};
}

static void take_tag(const markup_tag *t, markup_gap *gap)
{
    uint32_t lines = t->role == TAG_BLOCK ? 2 : t->role == TAG_LINE || t->role == TAG_ENTRY ? 1 : 0;
    bool is_break = view_equal_nocase(t->name, VIEW("br"));
    if (is_break && gap->lines < 2)
        gap->lines++;
    else if (lines > gap->lines)
        gap->lines = lines;
    if (t->role == TAG_ENTRY) gap->mark = !t->is_end;
    if (t->role == TAG_CELL && !t->is_end) gap->cell = true;
}

/* Ends the struck text at the end of its element, and where a block ends within it. */
static void take_struck(const markup_tag *t, markup_struck *s, buffer *out)
{
    static const char *const NAMES[] = {"del", "s", "strike", NULL};
    bool is_own = view_is_one_of_nocase(t->name, NAMES);
    if (s->depth == 0 && (!is_own || t->is_end)) return;
    bool ends = is_own ? t->is_end && s->depth == 1 : t->role != TAG_INLINE;
    if (is_own) s->depth += t->is_end ? -1U : 1;
    if (!ends || s->from == SIZE_MAX) return;
    struck_end_run(&s->line, out, s->from);
    s->from = SIZE_MAX;
}

/* Bytes of the character reference at `at`, a '&'; 0: there is none. */
static size_t entity_bytes(view html, size_t at)
{
    view rest = view_slice(html, at, html.size);
    size_t end =
        view_find(view_slice(rest, 0, rest.size < ENTITY_MAX_BYTES ? rest.size : ENTITY_MAX_BYTES),
                  VIEW(";"));
    return end < rest.size && end < ENTITY_MAX_BYTES && end > 1 ? end + 1 : 0;
}

/* Behind the end tag of an element whose content is left out. */
static size_t skip_content(view html, const markup_tag *t)
{
    markup_tag end;
    for (size_t at = t->end; at < html.size; at++)
        if (html.data[at] == '<' && read_tag(html, at, &end) && end.is_end &&
            view_equal_nocase(end.name, t->name))
            return end.end;
    return html.size;
}

void markup_append_text(view html, buffer *out)
{
    markup_gap gap = {0};
    markup_struck line = {.from = SIZE_MAX};
    markup_tag t;
    size_t start = out->size;
    for (size_t at = 0; at < html.size;) {
        char c = html.data[at];
        size_t size = 1;
        if (c == '<' && read_tag(html, at, &t)) {
            take_tag(&t, &gap);
            take_struck(&t, &line, out);
            at = t.role == TAG_LEFT_OUT && !t.is_end ? skip_content(html, &t) : t.end;
            continue;
        }
        if (c == '<' && view_starts_with(view_slice(html, at, html.size), VIEW("<!--"))) {
            view rest = view_slice(html, at, html.size);
            size_t end = view_find(rest, VIEW("-->"));
            at = end < rest.size ? at + end + 3 : html.size;
            continue;
        }
        if (is_ascii_space(c)) {
            gap.space = true;
            at++;
            continue;
        }
        begin_text(&gap, out, start);
        if (line.depth > 0 && line.from == SIZE_MAX) line.from = out->size;
        if (c == '&' && entity_bytes(html, at)) {
            size = entity_bytes(html, at);
            html_entity_append(out, view_slice(html, at, at + size));
        } else {
            buffer_append_byte(out, c);
        }
        at += size;
    }
}
