/* chunk_place.c - marks of a document to the metadata of its chunks, and back to a place. */
#include "extract/chunk_place.h"

#include "base/size.h"
#include "base/utf8.h"

enum { PLACE_MARKS_MAX_BYTES = 8 * 1024, HEADING_MAX_BYTES = 200 };

typedef struct place_words {
    place_kind kind;
    const char *one, *many; // "page", "pages"; NULL: named, not counted
    const char *name_key;   // metadata key of the name; NULL: none
    const char *first_key, *last_key;
} place_words;

static const place_words WORDS[] = {
    {PLACE_PAGE, "page", "pages", NULL, "page_start", "page_end"},
    {PLACE_SLIDE, "slide", "slides", NULL, "slide", NULL},
    {PLACE_ROW, "row", "rows", "sheet", "row_start", "row_end"},
    {PLACE_CHAPTER, NULL, NULL, "chapter", NULL, NULL},
    {PLACE_CELL, "cell", "cells", NULL, "cell_start", "cell_end"},
    {PLACE_MESSAGE, "message", "messages", NULL, "message", NULL},
    {PLACE_PARAGRAPH, "paragraph", "paragraphs", NULL, "paragraph_start", "paragraph_end"},
    {PLACE_TIME, "time", "times", NULL, "time_start", "time_end"},
    {PLACE_LINE, "line", "lines", NULL, NULL, NULL}, // a column may be called so
};

enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

/* The first heading begins here, and more than the document's title stands before it: that text is
 * of no chapter, and a chunk with some of both would be under no heading. */
static bool ends_preface(const document *d, const place_mark *mark)
{
    if (d->heading_count == 0 || mark->offset != d->headings[0].offset) return false;
    view before = view_trim(view_slice(d->text, 0, mark->offset));
    return before.size && !view_equal(before, d->title);
}

bool place_separates(const document *d, uint32_t i)
{
    const place_mark *mark = &d->marks[i];
    if (mark->kind == PLACE_ANCHOR) return false; // sections flow, whatever has an id
    if (i == 0 || mark->kind != d->marks[i - 1].kind) return true;
    bool flows = mark->kind == PLACE_PAGE || mark->kind == PLACE_ROW || mark->kind == PLACE_CELL ||
                 mark->kind == PLACE_PARAGRAPH || mark->kind == PLACE_TIME ||
                 mark->kind == PLACE_LINE;
    if (mark->kind == PLACE_POINTER) return false;
    if (mark->kind == PLACE_PARAGRAPH && ends_preface(d, mark)) return true;
    return !flows || (mark->kind == PLACE_ROW && !view_equal(mark->name, d->marks[i - 1].name));
}

static const place_words *words_of(place_kind kind)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (WORDS[i].kind == kind) return &WORDS[i];
    return NULL;
}

/* "0:01:23", or "0:01:23-0:02:10". */
static const char *label_time(uint64_t first, uint64_t last, arena *a)
{
    const char *to = "";
    if (first != last) to = label_time(last, last, a);
    if (!to) return NULL;
    return arena_printf(a, "%llu:%02llu:%02llu%s%s", (unsigned long long)first / 3600,
                        (unsigned long long)first / 60 % 60, (unsigned long long)first % 60,
                        *to ? "-" : "", to);
}

/* What the file calls its pages: "iii", "iii-1"; "" when it calls them by their numbers. NULL when
 * out of memory. */
static const char *page_label(const place_mark *first, const place_mark *last, arena *a)
{
    if (first->name.size == 0 && last->name.size == 0) return "";
    const place_mark *ends[] = {first, last};
    const char *names[2];
    for (int i = 0; i < 2; i++)
        names[i] = ends[i]->name.size ? arena_printf(a, "%.*s", VIEW_ARG(ends[i]->name))
                                      : arena_printf(a, "%u", ends[i]->number);
    if (!names[0] || !names[1] || first->number == last->number) return names[0];
    return arena_printf(a, "%s-%s", names[0], names[1]);
}

/* "page 7", "page 7 (iii)", "sheet Prices, rows 3-9", "chapter The Storm"; NULL when out of memory.
 * from, to  of one kind; they may be the same. Some of the text between was read by OCR when one of
 *           them says so, all of it when both do */
static const char *label(const place_words *w, const place_mark *from, const place_mark *to,
                         arena *a)
{
    const char *range = "", *called = "";
    uint64_t first = from->number, last = to->number;
    view name = from->name;
    if (w->kind == PLACE_TIME) return label_time(first, last, a);
    if (w->kind == PLACE_PAGE) called = page_label(from, to, a);
    if (!called) return NULL;
    if (w->one && first == last)
        range = arena_printf(a, "%s %llu", w->one, (unsigned long long)first);
    else if (w->one)
        range = arena_printf(a, "%s %llu-%llu", w->many, (unsigned long long)first,
                             (unsigned long long)last);
    if (*called && range) range = arena_printf(a, "%s (%s)", range, called);
    if (range && (from->by_ocr || to->by_ocr))
        range = arena_printf(a, "%s, %sread by OCR", range,
                             from->by_ocr && to->by_ocr ? "" : "in part ");
    if (!w->name_key || !range) return range;
    bool says_so = view_starts_with_nocase(name, view_of(w->name_key));
    return arena_printf(a, "%s%s%.*s%s%s", says_so ? "" : w->name_key, says_so ? "" : " ",
                        VIEW_ARG(name), *range ? ", " : "", range);
}

/* The heading that the whole chunk stands under, or the innermost of a long path; empty when it
 * reaches over several. A paragraph's number alone is hard to find in a text without pages. */
static view covering_heading(const document *d, const chunk *c)
{
    view path = VIEW("");
    for (uint32_t i = 0; i < d->heading_count && d->headings[i].offset < c->end; i++) {
        if (d->headings[i].offset > c->start) return VIEW("");
        path = d->headings[i].path;
    }
    size_t from = 0;
    for (size_t i = 0; path.size > HEADING_MAX_BYTES && i + 3 <= path.size; i++)
        if (memcmp(path.data + i, " > ", 3) == 0) from = i + 3;
    return view_slice(path, from, path.size);
}

/* "Guide > Install, paragraph 3". NULL when out of memory. */
static const char *behind_heading(view path, const char *place, arena *a)
{
    if (!place || path.size == 0) return place;
    return arena_printf(a, "%.*s, %s", VIEW_ARG(path), place);
}

/* Index of the last mark at or before `offset`; UINT32_MAX when there is none. */
static uint32_t mark_at(const document *d, size_t offset)
{
    uint32_t low = 0, high = d->mark_count; // first mark after offset
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->marks[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : UINT32_MAX;
}

/* ---- place_marks ---- */

/* A chunk, and the marks that it covers. */
typedef struct covered {
    const document *d;
    const chunk *c;
    uint32_t first, last;
} covered;

static void append_escaped(buffer *text, view name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (c == ' ' || c == '%')
            buffer_append_text(text, c == ' ' ? "%20" : "%25");
        else
            buffer_append_byte(text, c);
    }
}

/* What stands behind a mark's offset. An id holds no white space in HTML; of one that does the rest
 * is cut.
 * kind    of the chunk's place
 * around  the chunk's own pointer, which that of the mark follows */
static void append_mark(const place_mark *mark, place_kind kind, view around, buffer *text)
{
    view name = mark->name;
    if (kind == PLACE_ANCHOR) {
        buffer_append_byte(text, '#');
        buffer_append(text, view_slice(name, 0, view_find(name, VIEW(" "))));
    } else if (kind != PLACE_POINTER) {
        buffer_printf(text, "%u%s", mark->number, mark->by_ocr ? "*" : "");
        if (kind == PLACE_PAGE && name.size) {
            buffer_append_byte(text, ':');
            append_escaped(text, name);
        }
    } else if (mark->kind == PLACE_POINTER && name.size >= around.size) {
        append_escaped(text, view_slice(name, around.size, name.size));
    }
}

/* Sets "0:7 512:8", "0:7:iii 512:8:iv", "0:/test 40:/build" or "0:#q1 40:#q2"; nothing when it would be longer than
 * PLACE_MARKS_MAX_BYTES: sentences then get the place of their chunk. */
static kith_status add_marks(const covered *s, place_kind kind, view around, arena *a, metadata *m,
                             kith_error *err)
{
    buffer text;
    view marks = VIEW("");
    buffer_init(&text, PLACE_MARKS_MAX_BYTES);
    size_t offset = s->c->start, characters = 0;
    for (uint32_t i = s->first; i <= s->last; i++) {
        const place_mark *mark = &s->d->marks[i];
        size_t from = size_max(mark->offset, s->c->start);
        characters += utf8_count(view_slice(s->d->text, offset, from));
        offset = from;
        buffer_printf(&text, "%s%zu:", i == s->first ? "" : " ", characters);
        append_mark(mark, kind, around, &text);
    }
    kith_status status = KITH_OK;
    if (text.failed == KITH_ERR_NO_MEMORY)
        status = buffer_status(&text, "the places of a chunk", err);
    else if (text.failed == KITH_OK)
        marks = arena_copy(a, buffer_view(&text));
    buffer_done(&text);
    if (status == KITH_OK && !marks.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the places of a chunk");
    return status == KITH_OK && marks.size ? metadata_set_string(m, "place_marks", marks, err)
                                           : status;
}

/* ---- the fields of each form ---- */

/* The pointer of the value around both: of equal ones themselves. */
static view common_pointer(view a, view b)
{
    size_t end = 0;
    for (size_t i = 0;; i++) {
        bool a_ends = i == a.size || a.data[i] == '/', b_ends = i == b.size || b.data[i] == '/';
        if (a_ends && b_ends) end = i;
        if (i == a.size || i == b.size || a.data[i] != b.data[i]) break;
    }
    return view_slice(a, 0, end);
}

/* Marks ascend through a tree, so the pointer around the first and the last is around all. */
static kith_status add_pointer(const covered *s, arena *a, metadata *m, kith_error *err)
{
    const place_mark *marks = s->d->marks;
    view around = common_pointer(marks[s->first].name, marks[s->last].name);
    kith_status status = metadata_set_string(m, "pointer", around, err);
    if (status == KITH_OK && around.size) status = metadata_set_string(m, "place", around, err);
    if (status != KITH_OK || s->first == s->last) return status;
    return add_marks(s, PLACE_POINTER, around, a, m, err);
}

/* s->first is UINT32_MAX when the chunk begins before the first anchor. */
static kith_status add_anchor(const covered *s, arena *a, metadata *m, kith_error *err)
{
    covered known = *s;
    view name = s->first == UINT32_MAX ? VIEW("") : s->d->marks[s->first].name;
    const char *place = name.size ? arena_printf(a, "#%.*s", VIEW_ARG(name)) : "";
    if (!place) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the place of a chunk");
    kith_status status = metadata_set_string(m, "anchor", name, err);
    if (status == KITH_OK && *place) status = metadata_set_string(m, "place", view_of(place), err);
    if (status != KITH_OK || s->first == s->last) return status;
    if (s->first == UINT32_MAX) known.first = 0;
    return add_marks(&known, PLACE_ANCHOR, VIEW(""), a, m, err);
}

static kith_status add_numbers(const place_words *w, const place_mark *first,
                               const place_mark *last, metadata *m, kith_error *err)
{
    kith_status status = KITH_OK;
    if (w->name_key) status = metadata_set_string(m, w->name_key, first->name, err);
    if (status == KITH_OK && w->first_key)
        status = metadata_set_integer(m, w->first_key, first->number, err);
    if (status == KITH_OK && w->last_key)
        status = metadata_set_integer(m, w->last_key, last->number, err);
    return status;
}

static kith_status add_page_label(const place_mark *first, const place_mark *last, arena *a,
                                  metadata *m, kith_error *err)
{
    const char *called = page_label(first, last, a);
    if (!called) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the label of a page");
    return *called ? metadata_set_string(m, "page_label", view_of(called), err) : KITH_OK;
}

static kith_status add_counted(const covered *s, arena *a, metadata *m, kith_error *err)
{
    const place_words *w = s->first == UINT32_MAX ? NULL : words_of(s->d->marks[s->first].kind);
    if (!w) return KITH_OK;
    place_mark from = s->d->marks[s->first], to = s->d->marks[s->last];
    for (uint32_t i = s->first; i <= s->last; i++) {
        from.by_ocr |= s->d->marks[i].by_ocr;
        to.by_ocr &= s->d->marks[i].by_ocr;
    }
    const char *text = label(w, &from, &to, a);
    if (from.kind == PLACE_PARAGRAPH) text = behind_heading(covering_heading(s->d, s->c), text, a);
    if (!text) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the place of a chunk");
    kith_status status = metadata_set_string(m, "place", view_of(text), err);
    if (status == KITH_OK) status = add_numbers(w, &from, &to, m, err);
    if (status == KITH_OK && w->kind == PLACE_PAGE) status = add_page_label(&from, &to, a, m, err);
    if (status == KITH_OK && from.by_ocr)
        status = metadata_set(m, VIEW("ocr"),
                              (metadata_value){.kind = METADATA_BOOL, .boolean = true}, err);
    if (status != KITH_OK || s->first == s->last) return status;
    return add_marks(s, from.kind, VIEW(""), a, m, err);
}

kith_status place_add_fields(const document *d, const chunk *c, arena *a, metadata *m,
                             kith_error *err)
{
    covered s = {d, c, mark_at(d, c->start), mark_at(d, c->end ? c->end - 1 : 0)};
    if (s.last != UINT32_MAX && d->marks[s.last].kind == PLACE_ANCHOR)
        return add_anchor(&s, a, m, err);
    if (s.first != UINT32_MAX && d->marks[s.first].kind == PLACE_POINTER)
        return add_pointer(&s, a, m, err);
    return add_counted(&s, a, m, err);
}

/* ---- from metadata back to a place ---- */

static view string_of(const metadata *m, const char *key)
{
    const metadata_value *value = key ? metadata_get(m, view_of(key)) : NULL;
    return value && value->kind == METADATA_STRING ? value->string : VIEW("");
}

/* A decimal number at *at; false when there is none. */
static bool read_number(view text, size_t *at, uint64_t *out)
{
    size_t start = *at;
    uint64_t value = 0;
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at)
        if (value < UINT64_MAX / 100) value = value * 10 + (uint64_t)(text.data[*at] - '0');
    *out = value;
    return *at > start;
}

/* The number, and what stands behind it, that "0:7 512:8*:iv" gives for a position; false when the text
 * is not of that kind. */
static bool number_at(view marks, uint64_t characters, place_mark *out)
{
    bool found = false;
    uint64_t offset = 0, number = 0;
    for (size_t at = 0; at < marks.size; at++) { // over the blank between two
        if (!read_number(marks, &at, &offset) || at == marks.size || marks.data[at++] != ':' ||
            !read_number(marks, &at, &number) || number > UINT32_MAX)
            return false;
        bool by_ocr = at < marks.size && marks.data[at] == '*';
        at += by_ocr;
        size_t name = at < marks.size && marks.data[at] == ':' ? at + 1 : at;
        at += view_find(view_slice(marks, at, marks.size), VIEW(" "));
        if (offset > characters) break;
        out->number = (uint32_t)number;
        out->by_ocr = by_ocr;
        out->name = view_slice(marks, name, at);
        found = true;
    }
    return found;
}

/* The name that "0:/test 40:/build" gives for a position; `before` for one before the first. */
static view name_at(view marks, uint64_t characters, view before)
{
    view found = before;
    uint64_t offset = 0;
    for (size_t at = 0; at < marks.size; at++) { // over the blank between two
        if (!read_number(marks, &at, &offset) || at == marks.size || marks.data[at++] != ':') break;
        size_t start = at;
        while (at < marks.size && marks.data[at] != ' ')
            at++;
        if (offset > characters) break;
        found = view_slice(marks, start, at);
    }
    return found;
}

/* Appends what append_escaped wrote. */
static size_t unescape(view name, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        view rest = view_slice(name, i, name.size);
        bool is_blank = view_starts_with(rest, VIEW("%20"));
        bool is_escape = is_blank || view_starts_with(rest, VIEW("%25"));
        out[size++] = is_blank ? ' ' : rest.data[0];
        i += is_escape ? 2 : 0;
    }
    return size;
}

/* The pointer of a position, which follows that of the chunk; NULL when out of memory. */
static const char *pointer_at(view around, view marks, uint64_t characters, arena *a)
{
    view found = name_at(marks, characters, VIEW(""));
    char *out = arena_new(a, around.size + found.size + 1);
    if (!out) return NULL;
    if (around.size) memcpy(out, around.data, around.size);
    out[around.size + unescape(found, out + around.size)] = '\0';
    return out;
}

/* The kind of place whose keys the metadata has. */
static const place_words *words_in(const metadata *fields)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        const char *key = WORDS[i].first_key ? WORDS[i].first_key : WORDS[i].name_key;
        if (key && metadata_get(fields, view_of(key))) return &WORDS[i];
    }
    return NULL;
}

const char *place_at(const metadata *fields, uint64_t characters, arena *a)
{
    view whole = string_of(fields, "place"), marks = string_of(fields, "place_marks");
    const place_words *w = marks.size ? words_in(fields) : NULL;
    place_mark mark = {0};
    if (marks.size && metadata_get(fields, VIEW("anchor")))
        return arena_copy(a, name_at(marks, characters, whole)).data;
    if (marks.size && metadata_get(fields, VIEW("pointer")))
        return pointer_at(string_of(fields, "pointer"), marks, characters, a);
    if (w && number_at(marks, characters, &mark)) {
        char *name = arena_new(a, mark.name.size + 1);
        if (!name) return NULL;
        mark.name = (view){name, unescape(mark.name, name)};
        if (w->kind != PLACE_PAGE) mark.name = string_of(fields, w->name_key);
        const char *place = label(w, &mark, &mark, a);
        // What stands before "paragraphs 3-9" stands before each of them.
        size_t comma = view_find(whole, VIEW(", paragraphs "));
        bool has_heading = w->kind == PLACE_PARAGRAPH && comma < whole.size;
        return behind_heading(has_heading ? view_slice(whole, 0, comma) : VIEW(""), place, a);
    }
    return arena_copy(a, whole).data;
}
