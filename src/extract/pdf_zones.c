/* pdf_zones.c - a page is cut where a strip without words, a gutter, runs down between lines that are
 * columns of text, and what such a cut makes is cut again.
 *
 * The pieces of a page (pdf_eye.h) that overlap in height are a band, and bands are parted by gaps from
 * side to side. A gutter is looked for through as many bands, from one with pieces on both sides on, as
 * leave one open. The two sides are columns when both hold lines of text: of several words, nearly as wide
 * as their column, with the marks of sentences. Rows of a table are none: bands below a wide gap whose sides
 * hold no text end the gutter, and gaps from side to side that come every few lines speak against columns
 * altogether. So do lines of pdftotext that reach over the gutter, as in loosely justified text, and bands
 * with one side alone. In doubt a page is not cut, and pdftotext's order stands.
 *
 * Where the text on the left goes on below the gutter over the whole width, what stands on the right is
 * a box that the text flows around: it is read first, so that the sentence stays whole.
 *
 * Source: recursive X-Y cut, Nagy & Seth 1984, with gutters that need not reach from end to end. */
#include "extract/pdf_zones.h"

#include "extract/pdf_eye.h"
#include "extract/visual_order.h"

#include "base/size.h"

#include <stdlib.h>

enum {
    MAX_PIECES = 4000, /* of a page; one with more is not cut */
    MAX_TRIES = 20000, /* bands that are looked at for gutters of one page */
    MAX_DEPTH = 6,     /* columns within columns */
    BINS = 512,        /* across the page */
    BITS = 64,
    MAX_COLUMNS = 8,   /* beside each other */
    WORDS_OF_TEXT = 4, /* in a line */
    LEAST_LINES = 5,   /* of a column */
    SURE_LINES = 20,   /* of a column whose gaps may come as they will */
    LINES_OF_A_ROW = 6 /* of a table, at most, as a rule */
};

static const float GUTTER = 0.7F, /* times the height of a line */
    CORE = 0.2F,         /* of a line's height, above and below, that may overlap the next */
    WIDE_GAP = 0.9F,     /* times the height: more than between the lines of a paragraph */
    SAME_HEIGHT = 0.18F; /* times the height, within which words are on one line */

typedef struct band {
    float top, bottom;
    uint32_t first, count;      /* pieces */
    uint64_t used[BINS / BITS]; /* a bit for each bin that a piece covers */
} band;

typedef struct cutter {
    pdf_layout *layout;
    const pdf_page *page;
    buffer pieces, spare; /* elements: piece; `row` is the zone */
    buffer bands; /* elements: band, of the piece lists that are cut, one behind the other */
    buffer lines; /* elements: pdf_line, of all pages */
    float height; /* of most lines */
    uint32_t zones, tries;
} cutter;

/* One side of a gutter. */
typedef struct side {
    uint32_t lines, text,
        marks; /* text, marks: of them that fill the column, and have a comma or a full stop */
} side;

typedef struct gutter {
    uint32_t first, end; /* bands */
    float at;
    uint32_t column_count; /* that strips part */
    float columns[MAX_COLUMNS][2];
} gutter;

static piece *pieces_of(const cutter *c)
{
    return (piece *)(void *)c->pieces.data;
}

static band *bands_of(const cutter *c)
{
    return (band *)(void *)c->bands.data;
}

static int by_top(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->box.top != y->box.top) return x->box.top < y->box.top ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* ---- bands ---- */

static uint32_t bin_of(const cutter *c, float x)
{
    float share = c->page->width > 0 ? x / c->page->width : 0;
    if (share <= 0) return 0;
    return share >= 1 ? BINS - 1 : (uint32_t)(share * (BINS - 1));
}

static void cover(const cutter *c, band *b, pdf_box box)
{
    uint32_t end = bin_of(c, box.right);
    for (uint32_t x = bin_of(c, box.left), next; x <= end; x = next) {
        next = (x / BITS + 1) * BITS;
        uint32_t last = end < next ? end % BITS : BITS - 1; // of this word
        b->used[x / BITS] |= ~(uint64_t)0 >> (BITS - 1 - last) & ~(uint64_t)0 << x % BITS;
    }
}

/* Appends the bands of the pieces [first, end), which it sorts. */
static void find_bands(cutter *c, uint32_t first, uint32_t end)
{
    piece *list = pieces_of(c);
    qsort(list + first, end - first, sizeof *list, by_top);
    band open = {0};
    for (uint32_t i = first; i < end; i++) {
        pdf_box box = list[i].box;
        float core = CORE * pdf_height(box);
        if (open.count && box.top + core >= open.bottom) {
            buffer_append(&c->bands, (view){(const char *)&open, sizeof open});
            open.count = 0;
        }
        if (open.count == 0) open = (band){.top = box.top, .bottom = box.bottom - core, .first = i};
        open.count++;
        if (box.bottom - core > open.bottom) open.bottom = box.bottom - core;
        cover(c, &open, box);
    }
    if (open.count) buffer_append(&c->bands, (view){(const char *)&open, sizeof open});
}

/* ---- gutters ---- */

/* The first bin from `from` on that is used, or is not; BINS when there is none. */
static uint32_t next_bin(const uint64_t *used, uint32_t from, bool is_used)
{
    for (; from < BINS; from = (from / BITS + 1) * BITS) {
        uint64_t word = used[from / BITS];
        word = (is_used ? word : ~word) >> from % BITS;
        if (word) return from + (uint32_t)__builtin_ctzll(word);
    }
    return BINS;
}

/* The middle of the widest strip that is used on both sides of it; < 0: none is wide enough. */
static float widest_strip(const cutter *c, const uint64_t *used)
{
    float bin = c->page->width / (BINS - 1), found = -1, widest = GUTTER * c->height;
    uint32_t open = next_bin(used, next_bin(used, 0, true), false);
    for (uint32_t x; (x = next_bin(used, open, true)) < BINS; open = next_bin(used, x, false)) {
        float width = (float)(x - open) * bin;
        if (width <= widest) continue;
        widest = width;
        found = ((float)open + (float)x) / 2 * bin;
    }
    return found;
}

/* Finds the columns that all wide strips part. */
static void find_columns(const cutter *c, const uint64_t *used, gutter *g)
{
    float bin = c->page->width / (BINS - 1);
    g->column_count = 0;
    for (uint32_t x = 0, end; (x = next_bin(used, x, true)) < BINS; x = end) {
        end = next_bin(used, x, false);
        float left = (float)x * bin, right = (float)end * bin;
        float(*last)[2] = g->column_count ? &g->columns[g->column_count - 1] : NULL;
        if (last && (left - (*last)[1] <= GUTTER * c->height || g->column_count == MAX_COLUMNS)) {
            (*last)[1] = right;
            continue;
        }
        g->columns[g->column_count][0] = left;
        g->columns[g->column_count++][1] = right;
    }
}

static uint32_t column_of(const gutter *g, pdf_box box)
{
    uint32_t i = 0;
    while (i + 1 < g->column_count && box.left > g->columns[i][1])
        i++;
    return i;
}

/* Words that begin with a letter. */
static uint32_t words_in(const cutter *c, const piece *p)
{
    uint32_t count = 0;
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        unsigned char head = (unsigned char)c->layout->text.data[pdf_words(c->layout)[i].at];
        count += head >= 0x80 || ((head | 0x20) >= 'a' && (head | 0x20) <= 'z');
    }
    return count;
}

/* The words and the ends of the line that the piece begins, within its column; false for a piece that
 * another one of the line stands before in the band. */
static bool read_line(const cutter *c, const gutter *g, const band *b, uint32_t number,
                      uint32_t *words, pdf_box *box)
{
    const piece *list = pieces_of(c), *p = &list[number];
    uint32_t column = column_of(g, p->box);
    *words = 0;
    *box = p->box;
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
        const piece *other = &list[i];
        float middle = other->box.top + other->box.bottom - p->box.top - p->box.bottom;
        if (fabsf(middle) > SAME_HEIGHT * 2 * pdf_height(p->box) ||
            column_of(g, other->box) != column)
            continue;
        if (i < number) return false;
        *words += words_in(c, other);
        if (other->box.left < box->left) box->left = other->box.left;
        if (other->box.right > box->right) box->right = other->box.right;
    }
    return true;
}

/* True when a line of these words fills its column as text does: a line of few words does when it goes
 * on with a sentence. Scripts without blanks have few words. */
static bool is_text(const cutter *c, const gutter *g, const piece *p, uint32_t words, pdf_box box)
{
    view text = pdf_word_text(c->layout, &pdf_words(c->layout)[p->first]);
    const float *column = g->columns[column_of(g, p->box)];
    bool is_long_word = text.size >= 24 && (unsigned char)text.data[0] >= 0xE3;
    bool is_small = text.size && text.data[0] >= 'a' && text.data[0] <= 'z';
    return (words >= WORDS_OF_TEXT || is_long_word || (words > 1 && is_small)) &&
           box.right - box.left > 0.6F * (column[1] - column[0]);
}

/* True when one of the words ends as words of sentences do. */
static bool has_mark(const cutter *c, const piece *p)
{
    static const char *const MARKS[] = {"\xe3\x80\x81", "\xe3\x80\x82", "\xef\xbc\x8c", NULL};
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        view text = pdf_word_text(c->layout, &pdf_words(c->layout)[i]);
        if (text.size > 2 && strchr(".,;:?!", text.data[text.size - 1])) return true;
        for (const char *const *m = MARKS; *m; m++)
            if (view_find(text, view_of(*m)) < text.size) return true;
    }
    return false;
}

static void count_lines(const cutter *c, const gutter *g, const band *b, side sides[2])
{
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
        pdf_box box;
        uint32_t words;
        const piece *p = &pieces_of(c)[i];
        side *s = &sides[p->box.left > g->at];
        if (!read_line(c, g, b, i, &words, &box)) continue;
        s->lines++;
        s->text += is_text(c, g, p, words, box);
        s->marks += has_mark(c, p);
    }
}

/* True when a line of the page has words on both sides. */
static bool has_line_across(const cutter *c, const band *b, float at)
{
    const piece *list = pieces_of(c);
    for (uint32_t i = b->first; i < b->first + b->count; i++)
        for (uint32_t k = i + 1; k < b->first + b->count; k++)
            if (list[i].line == list[k].line && (list[i].box.left > at) != (list[k].box.left > at))
                return true;
    return false;
}

/* What the bands [first, end) of a gutter hold. */
typedef struct evidence {
    side sides[2];
    uint32_t both;   /* bands with both sides */
    uint32_t across; /* of them, with lines across the gutter */
    uint32_t gaps;   /* wide ones with both sides below them */
    uint32_t
        alone; /* bands of one side between those of both, but for as many of the other side: of
                       columns whose lines stand at different heights */
} evidence;

static evidence weigh(const cutter *c, const gutter *g, uint32_t first, uint32_t end)
{
    evidence e = {0};
    uint32_t open[2] = {0, 0}; // bands of one side since the last of both
    const band *list = bands_of(c);
    for (uint32_t i = first; i < end; i++) {
        uint32_t before[2] = {e.sides[0].lines, e.sides[1].lines};
        count_lines(c, g, &list[i], e.sides);
        uint32_t left = e.sides[0].lines - before[0], right = e.sides[1].lines - before[1];
        if (left == 0 || right == 0) {
            open[left == 0] += e.both > 0;
            continue;
        }
        e.alone += open[0] > open[1] ? open[0] - open[1] : open[1] - open[0];
        open[0] = open[1] = 0;
        e.both++;
        e.across += has_line_across(c, &list[i], g->at);
        e.gaps += i > first && list[i].top - list[i - 1].bottom > WIDE_GAP * c->height;
    }
    return e;
}

static bool is_side_text(const side *s)
{
    return s->text * 2 >= s->lines && s->marks * 8 >= s->lines;
}

static bool are_columns(const evidence *e)
{
    uint32_t left = e->sides[0].lines, right = e->sides[1].lines,
             most = left > right ? left : right;
    if (left < LEAST_LINES || right < LEAST_LINES) return false;
    if (e->across * 3 > e->both || e->alone * 3 > e->both) return false;
    if (!is_side_text(&e->sides[0]) || !is_side_text(&e->sides[1])) return false;
    bool is_long = left >= SURE_LINES && right >= SURE_LINES;
    return is_long || e->gaps < 2 || e->gaps * LINES_OF_A_ROW < most;
}

/* True when the bands, which a wide gap parts from what is above, are rows of a table. */
static bool are_rows(const evidence *e)
{
    uint32_t text = e->sides[0].text + e->sides[1].text;
    return e->both > 1 && text * 2 < e->sides[0].lines + e->sides[1].lines;
}

static uint32_t segment_end(const cutter *c, uint32_t first, uint32_t end)
{
    const band *list = bands_of(c);
    uint32_t i = first + 1;
    while (i < end && list[i].top - list[i - 1].bottom <= WIDE_GAP * c->height)
        i++;
    return i;
}

/* The end of the columns among the bands of *g: what stands below a wide gap may be a table, or the title
 * of what follows. */
static uint32_t columns_end(const cutter *c, const gutter *g)
{
    uint32_t kept = g->first;
    for (uint32_t i = g->first, next; i < g->end; i = next) {
        next = segment_end(c, i, g->end);
        evidence e = weigh(c, g, i, next);
        if (i > g->first && are_rows(&e)) break;
        uint32_t lines = e.sides[0].lines + e.sides[1].lines;
        bool is_text = (e.sides[0].text + e.sides[1].text) * 2 >= lines;
        if (e.both || is_text) kept = next;
    }
    return kept;
}

/* The bands from `start` on that leave a strip open. */
static void follow_strip(cutter *c, uint32_t start, uint32_t all, gutter *g)
{
    uint64_t used[BINS / BITS] = {0};
    g->first = g->end = start;
    for (; g->end < all && c->tries < MAX_TRIES; g->end++, c->tries++) {
        uint64_t more[BINS / BITS];
        for (size_t k = 0; k < BINS / BITS; k++)
            more[k] = used[k] | bands_of(c)[g->end].used[k];
        float found = widest_strip(c, more);
        if (found < 0) break;
        g->at = found;
        memcpy(used, more, sizeof used);
    }
    if (g->end > start) find_columns(c, used, g);
}

/* The first gutter of the bands [first, all) between columns; false: there is none. */
static bool find_gutter(cutter *c, uint32_t first, uint32_t all, gutter *g)
{
    for (uint32_t start = first; start < all && c->tries < MAX_TRIES; start++) {
        if (bands_of(c)[start].count < 2) continue; // a piece leaves no strip open
        c->tries++;
        follow_strip(c, start, all, g);
        if (g->end == start) continue;
        g->end = columns_end(c, g);
        evidence e = weigh(c, g, start, g->end);
        if (g->end > start && are_columns(&e)) return true;
    }
    return false;
}

/* ---- zones ---- */

/* The first line, by height, of the bands from `number` on, and the last one on the left of those
 * before, in pieces. */
static bool flows_around(const cutter *c, const gutter *g, uint32_t all)
{
    const band *list = bands_of(c);
    if (g->end >= all) return false;
    const piece *below = NULL, *above = NULL;
    for (uint32_t i = 0; i < list[g->end].count; i++) {
        const piece *p = &pieces_of(c)[list[g->end].first + i];
        if (!below || p->box.left < below->box.left) below = p;
    }
    for (uint32_t b = g->first; b < g->end; b++)
        for (uint32_t i = 0; i < list[b].count; i++) {
            const piece *p = &pieces_of(c)[list[b].first + i];
            if (p->box.left < g->at && (!above || p->box.bottom > above->box.bottom)) above = p;
        }
    if (!above) return false;
    float height = pdf_height(above->box);
    return fabsf(pdf_height(below->box) - height) < 0.1F * height &&
           below->box.top - above->box.bottom < 0.5F * height && below->box.right > g->at;
}

static bool is_right_to_left(const cutter *c, uint32_t first, uint32_t end)
{
    uint32_t right = 0, left = 0;
    for (uint32_t i = first; i < end; i++) {
        view text = pdf_word_text(c->layout, &pdf_words(c->layout)[pieces_of(c)[i].first]);
        visual_kind kind = visual_kind_of(text);
        right += kind == VISUAL_RIGHT;
        left += kind == VISUAL_LEFT;
    }
    return right > left;
}

/* Puts the pieces of [first, end) on the one side of x before those on the other; returns where the
 * second ones begin. Their order stays. */
static uint32_t part(cutter *c, uint32_t first, uint32_t end, float x, bool right_first)
{
    piece *list = pieces_of(c);
    buffer_reset(&c->spare);
    uint32_t kept = first;
    for (uint32_t i = first; i < end; i++) {
        if ((list[i].box.left > x) == right_first)
            list[kept++] = list[i];
        else
            buffer_append(&c->spare, (view){(const char *)&list[i], sizeof *list});
    }
    if (c->spare.failed == KITH_OK && c->spare.size)
        memcpy(list + kept, c->spare.data, c->spare.size);
    return kept;
}

static void cut(cutter *c, uint32_t first, uint32_t end, uint32_t depth);

static void make_zone(cutter *c, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        pieces_of(c)[i].row = c->zones;
    c->zones += end > first;
}

/* Cuts the pieces [first, end) into zones. */
static void cut(cutter *c, uint32_t first, uint32_t end, uint32_t depth)
{
    size_t mark = c->bands.size;
    uint32_t base = (uint32_t)(mark / sizeof(band));
    gutter g;
    if (end > first) find_bands(c, first, end);
    uint32_t all = (uint32_t)(c->bands.size / sizeof(band));
    if (c->bands.failed != KITH_OK || depth == 0 || !find_gutter(c, base, all, &g)) {
        c->bands.size = mark;
        make_zone(c, first, end);
        return;
    }
    const band *list = bands_of(c);
    uint32_t from = list[g.first].first, to = list[g.end - 1].first + list[g.end - 1].count;
    bool is_turned = is_right_to_left(c, from, to) != flows_around(c, &g, all);
    c->bands.size = mark;
    uint32_t second = part(c, from, to, g.at, is_turned);
    make_zone(c, first, from);
    cut(c, from, second, depth - 1);
    cut(c, second, to, depth - 1);
    cut(c, to, end, depth);
}

/* ---- pages ---- */

/* Appends the lines of one zone: of each line the words that are part of it. */
static void append_zone(cutter *c, uint32_t zone)
{
    const piece *list = pieces_of(c);
    size_t count = c->pieces.size / sizeof *list;
    const pdf_line *lines = pdf_lines(c->layout);
    pdf_line open = {0};
    for (size_t i = 0; i < count; i++) {
        if (list[i].row != zone) continue;
        bool goes_on = open.count && open.first + open.count == list[i].first &&
                       list[i].first > lines[list[i].line].first;
        if (!goes_on) {
            if (open.count) buffer_append(&c->lines, (view){(const char *)&open, sizeof open});
            open = lines[list[i].line];
            open.first = list[i].first;
            open.count = 0;
            open.zone = zone;
        }
        open.count += list[i].count;
        open.box = eye_box(c->layout, open.first, open.first + open.count);
    }
    if (open.count) buffer_append(&c->lines, (view){(const char *)&open, sizeof open});
}

static int by_word(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* The height of the middle one of the page's lines. */
static float usual_height(cutter *c)
{
    buffer_reset(&c->spare);
    for (uint32_t i = c->page->first; i < c->page->first + c->page->count; i++) {
        float height = pdf_height(pdf_lines(c->layout)[i].box);
        buffer_append(&c->spare, (view){(const char *)&height, sizeof height});
    }
    if (c->spare.failed != KITH_OK || c->spare.size == 0) return 0;
    float *heights = (float *)(void *)c->spare.data;
    size_t count = c->spare.size / sizeof *heights;
    qsort(heights, count, sizeof *heights, by_value);
    return heights[count / 2];
}

/* Appends the lines of the page in their order. */
static void cut_page(cutter *c, pdf_page *page)
{
    const pdf_line *lines = pdf_lines(c->layout) + page->first;
    uint32_t start = (uint32_t)(c->lines.size / sizeof *lines);
    buffer_reset(&c->pieces);
    buffer_reset(&c->bands);
    c->page = page;
    c->zones = c->tries = 0;
    for (uint32_t i = page->first; i < page->first + page->count; i++)
        eye_add_pieces(c->layout, i, &c->pieces);
    size_t count = c->pieces.size / sizeof(piece);
    c->height = count ? usual_height(c) : 0;
    if (c->pieces.failed == KITH_OK && count <= MAX_PIECES && c->height > 0)
        cut(c, 0, (uint32_t)count, MAX_DEPTH);
    if (c->zones > 1 && c->spare.failed == KITH_OK) {
        qsort(pieces_of(c), count, sizeof(piece), by_word);
        for (uint32_t zone = 0; zone < c->zones; zone++)
            append_zone(c, zone);
    } else {
        buffer_append(&c->lines, (view){(const char *)lines, page->count * sizeof *lines});
    }
    page->first = start;
    page->count = (uint32_t)(c->lines.size / sizeof *lines) - start;
}

kith_status pdf_find_zones(pdf_layout *l, kith_error *err)
{
    cutter c = {.layout = l};
    buffer *all[] = {&c.pieces, &c.spare, &c.bands, &c.lines};
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_init(all[i], UINT32_MAX);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < pdf_page_count(l) && c.lines.failed == KITH_OK; i++)
        cut_page(&c, &pdf_pages(l)[i]);
    for (size_t i = 0; i < sizeof all / sizeof(buffer *) && status == KITH_OK; i++)
        status = buffer_status(all[i], "the columns of a page", err);
    if (status == KITH_OK) {
        buffer lines = l->lines;
        l->lines = c.lines;
        c.lines = lines;
    }
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_done(all[i]);
    return status;
}
