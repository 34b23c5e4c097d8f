/* pdf_order.c - programs write a page in the order in which it is read, nearly always: a column from top to bottom,
 * then the next one. What stands where only shows where they did not.
 *
 * The runs of a page (pdf_run.h) are parted into stretches, each of which goes down the page; the next one begins
 * higher up. Two stretches disagree when a run of the later one stands above one of the earlier, in the same column.
 * Of those the longer one is trusted, and the runs of the other are put where they stand: beside the run that they go
 * on with, or above the first one below them. So are short texts that come late and stand beside others, as the
 * values of a form do.
 *
 * A step up the page is one to the next column when what stands beside each other on both sides of it is text:
 * lines of several words, nearly as wide as their column, with the marks of sentences; or lists of many short lines
 * alike. Other steps lead from cell to cell of a table. */
#include "extract/pdf_order.h"

#include "extract/pdf_column.h"
#include "extract/pdf_run.h"

#include "base/size.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

enum {
    LEAST_LINES = 5, /* higher up: a column, or what comes late */
    MAX_LOOKED =
        50 * 1000 * 1000 /* runs with runs, in all pages: the rest stay in the order of the file */
};

static const float LINE_GAP = 2.0F, /* times the height: within a line */
    MARK_GAP = 2.0F,                /* times the height: between a mark and what it marks */
    KERNED = 0.4F,     /* times the height, by which words overlap, as letters of LaTeX's name do */
    EVEN_GAPS = 0.15F, /* of a gap: the difference from another one */
    SAME_TYPE = 0.15F, /* of a height: the difference from that of type as large */
    OVERLAP = 2.0F;    /* points, by which what stands above each other overlaps */

typedef struct orderer {
    pdf_layout *layout;
    const pdf_page *page;
    pdf_run_list list;   /* in the order of the file, then in that of reading */
    buffer runs;         /* elements: pdf_run, those of the list */
    buffer spare;        /* the same */
    buffer stretches;    /* elements: stretch */
    buffer words, lines; /* of all pages */
    uint32_t blocks;
} orderer;

typedef struct stretch {
    uint32_t first, end; /* runs */
    bool is_trusted, is_late;
} stretch;

static bool overlap(pdf_box a, pdf_box b)
{
    return fminf(a.right, b.right) - fmaxf(a.left, b.left) > OVERLAP;
}

/* ---- stretches that disagree ---- */

static stretch *stretches_of(const orderer *o)
{
    return (stretch *)(void *)o->stretches.data;
}

static void find_stretches(orderer *o)
{
    pdf_run *list = o->list.runs;
    uint32_t count = o->list.count;
    buffer_reset(&o->stretches);
    stretch open = {.is_trusted = true};
    for (uint32_t i = 0; i < count; i++) {
        if (i && pdf_step_up(&list[i - 1], &list[i]) > 0) {
            open.end = i;
            buffer_append(&o->stretches, (view){(const char *)&open, sizeof open});
            open.first = i;
        }
        list[i].stretch = (uint32_t)(o->stretches.size / sizeof open);
    }
    open.end = count;
    buffer_append(&o->stretches, (view){(const char *)&open, sizeof open});
}

/* True when a run of `later` stands above one of `earlier`. */
static bool disagree(orderer *o, const stretch *earlier, const stretch *later)
{
    const pdf_run *list = o->list.runs;
    for (uint32_t i = earlier->first; i < earlier->end; i++)
        for (uint32_t k = later->first; k < later->end; k++, o->list.looked++)
            if (pdf_middle(list[k].box) < list[i].box.top && list[k].box.top < list[i].box.top &&
                overlap(list[i].box, list[k].box))
                return true;
    return false;
}

/* True when most runs of the stretch stand right of one that is written before it. */
static bool stands_beside(orderer *o, const stretch *s)
{
    const pdf_run *list = o->list.runs;
    uint32_t beside = 0;
    for (uint32_t i = s->first; i < s->end; i++) {
        bool is_found = false;
        for (uint32_t k = 0; k < s->first && !is_found; k++, o->list.looked++)
            is_found =
                list[k].box.right < list[i].box.left && pdf_is_same_row(list[k].box, list[i].box);
        beside += is_found;
    }
    return beside * 3 > (s->end - s->first) * 2;
}

/* True for short texts that the file writes behind others which they stand beside, line by line. */
static bool is_late(orderer *o, const stretch *s)
{
    const pdf_run *list = o->list.runs;
    float far = LEAST_LINES * pdf_height(list[s->first].box);
    return pdf_step_up(&list[s->first - 1], &list[s->first]) > far &&
           !pdf_is_text(&o->list, s->first, s->end) && !pdf_is_to_column(&o->list, 0, s->first) &&
           stands_beside(o, s);
}

typedef struct ranked {
    uint32_t runs, number; /* of a stretch */
} ranked;

static int by_size(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->runs != y->runs ? (x->runs < y->runs) - (x->runs > y->runs)
                              : (x->number > y->number) - (x->number < y->number);
}

/* Says which stretches are trusted. Returns how many runs others have; *late: of them, those of late ones. */
static uint32_t judge_stretches(orderer *o, uint32_t *late)
{
    stretch *list = stretches_of(o);
    uint32_t count = (uint32_t)(o->stretches.size / sizeof *list), others = 0;
    ranked *sorted = heap_new_array(count, sizeof *sorted);
    if (!sorted) {
        o->stretches.failed = KITH_ERR_NO_MEMORY;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (ranked){list[i].end - list[i].first, i};
    qsort(sorted, count, sizeof *sorted, by_size);
    for (uint32_t i = 1; i < count; i++) {
        stretch *s = &list[sorted[i].number];
        for (uint32_t k = 0; k < i && s->is_trusted && o->list.looked < MAX_LOOKED; k++) {
            const stretch *other = &list[sorted[k].number];
            if (!other->is_trusted) continue;
            bool is_earlier = other->first < s->first;
            s->is_trusted = !disagree(o, is_earlier ? other : s, is_earlier ? s : other);
        }
    }
    for (uint32_t i = 0; i < count && o->list.looked < MAX_LOOKED; i++) {
        if (i && list[i].is_trusted) list[i].is_late = is_late(o, &list[i]);
        uint32_t own = list[i].end - list[i].first;
        if (list[i].is_late) *late += own;
        if (list[i].is_late || !list[i].is_trusted) others += own;
    }
    free(sorted);
    return others;
}

/* The run that `run` stands right of, in its row; UINT32_MAX: there is none.
 * reach  the widest gap */
static uint32_t left_of(const pdf_run *list, uint32_t count, const pdf_run *run, float reach)
{
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        float gap = run->box.left - list[i].box.right;
        if (gap < -OVERLAP || gap > reach || !pdf_is_same_row(list[i].box, run->box)) continue;
        reach = gap;
        found = i;
    }
    return found;
}

/* Where `run` belongs in the list, 0 to count. */
static uint32_t place_of(const pdf_run *list, uint32_t count, const pdf_run *run, float reach)
{
    uint32_t beside = left_of(list, count, run, reach), first_below = UINT32_MAX, last_above = 0;
    if (beside != UINT32_MAX) return beside + 1;
    bool is_highest = true, is_lowest = true;
    for (uint32_t i = 0; i < count; i++) {
        bool is_below = pdf_middle(list[i].box) > run->box.bottom,
             is_above = pdf_middle(list[i].box) < run->box.top;
        is_highest &= is_below;
        is_lowest &= is_above;
        if (!overlap(list[i].box, run->box)) continue;
        if (is_below && first_below == UINT32_MAX) first_below = i;
        if (is_above) last_above = i + 1;
    }
    if (is_highest || is_lowest) return is_highest ? 0 : count;
    if (first_below != UINT32_MAX) return first_below;
    return last_above ? last_above : count;
}

/* Puts the runs of the stretches that are not trusted where they stand. */
static void place_others(orderer *o)
{
    pdf_run *list = o->list.runs;
    const stretch *stretches = stretches_of(o);
    uint32_t count = o->list.count, kept = 0;
    buffer_reset(&o->spare);
    for (uint32_t i = 0; i < count; i++) {
        const stretch *s = &stretches[list[i].stretch];
        if (s->is_trusted && !s->is_late)
            list[kept++] = list[i];
        else
            buffer_append(&o->spare, (view){(const char *)&list[i], sizeof *list});
    }
    const pdf_run *others = (const pdf_run *)(const void *)o->spare.data;
    for (uint32_t i = 0; i < o->spare.size / sizeof *others; i++) {
        float reach =
            stretches[others[i].stretch].is_late ? o->page->width : pdf_height(others[i].box) / 2;
        uint32_t at = place_of(list, kept, &others[i], reach);
        memmove(&list[at + 1], &list[at], (kept - at) * sizeof *list);
        list[at] = others[i];
        kept++;
        o->list.looked += kept;
    }
}

/* ---- pages in no order ---- */

static int by_height(const void *a, const void *b)
{
    const pdf_run *x = a, *y = b;
    float p = pdf_middle(x->box), q = pdf_middle(y->box);
    return p != q ? (p > q) - (p < q) : (x->first > y->first) - (x->first < y->first);
}

static int by_left(const void *a, const void *b)
{
    const pdf_run *x = a, *y = b;
    return x->box.left != y->box.left ? (x->box.left > y->box.left) - (x->box.left < y->box.left)
                                      : (x->first > y->first) - (x->first < y->first);
}

/* Sorts the runs into rows from top to bottom, each from left to right. */
static void sort_by_rows(pdf_run_list *o)
{
    qsort(o->runs, o->count, sizeof *o->runs, by_height);
    for (uint32_t first = 0, end; first < o->count; first = end) {
        pdf_box box = o->runs[first].box;
        end = first + 1;
        while (end < o->count &&
               pdf_middle(o->runs[end].box) <= box.bottom - 0.2F * pdf_height(box))
            end++;
        qsort(&o->runs[first], end - first, sizeof *o->runs, by_left);
    }
}

/* ---- columns from right to left ---- */

/* True when no wide gap parts the lines of both. */
static bool are_close(const pdf_run *above, const pdf_run *below)
{
    return below->box.top - above->box.bottom < 2 * pdf_height(above->box);
}

/* What stands beside the step up to `next`: [*start, next) before it, [next, *end) behind it. True when that behind it
 * is a column of text that stands left of the other one, as high as it. */
static bool is_to_left(orderer *o, uint32_t next, uint32_t *start, uint32_t *end)
{
    const pdf_run *list = o->list.runs;
    float height = pdf_height(list[next].box), top = list[next].box.top, left = 1e6F, right = -1e6F,
          far = LEAST_LINES * height;
    if (pdf_step_up(&list[next - 1], &list[next]) < far || list[next].is_right_to_left ||
        list[next].box.left > list[next - 1].box.left)
        return false;
    for (*start = next; *start > 0; --*start) {
        const pdf_run *run = &list[*start - 1];
        bool is_of_other = *start < next && pdf_step_up(run, run + 1) > far;
        bool is_above = pdf_middle(run->box) < top - height;
        if (is_of_other || (is_above && !are_close(run, run + 1))) break;
        left = fminf(left, run->box.left);
    }
    for (*end = next; *end < o->list.count; ++*end) {
        const pdf_run *run = &list[*end];
        bool is_of_other = *end > next && pdf_step_up(run - 1, run) > far;
        bool is_below = pdf_middle(run->box) > list[next - 1].box.bottom + height;
        if (is_of_other || (is_below && !are_close(run - 1, run))) break;
        right = fmaxf(right, list[*end].box.right);
    }
    o->list.looked += *end - *start;
    return right < left && fabsf(list[*start].box.top - top) < far &&
           pdf_is_to_column(&o->list, 0, next);
}

/* Puts the columns that begin at edges[0], ..., edges[count - 1], the last of which ends at edges[count], into the
 * opposite order, unless that parts a sentence. */
static void turn(orderer *o, const uint32_t *edges, uint32_t count)
{
    pdf_run *list = o->list.runs;
    buffer_reset(&o->spare);
    for (uint32_t k = count; k-- > 0;) {
        if (k > 0 && !pdf_may_follow(&o->list, &list[edges[k + 1] - 1], &list[edges[k - 1]]))
            return;
        buffer_append(&o->spare, (view){(const char *)&list[edges[k]],
                                        (edges[k + 1] - edges[k]) * sizeof *list});
    }
    if (o->spare.failed == KITH_OK) memcpy(&list[edges[0]], o->spare.data, o->spare.size);
}

/* Puts columns into their order that the file writes from right to left, though they are not read so. */
static void turn_columns(orderer *o)
{
    enum { MAX_COLUMNS = 8 };
    uint32_t edges[MAX_COLUMNS + 1], start, end;
    for (uint32_t i = 1; i < o->list.count && o->list.looked < MAX_LOOKED; i++) {
        if (!is_to_left(o, i, &edges[0], &end)) continue;
        uint32_t count = 1;
        for (edges[count] = i; count < MAX_COLUMNS; edges[++count] = end)
            if (edges[count] == o->list.count || !is_to_left(o, edges[count], &start, &end) ||
                start != edges[count - 1])
                break;
        turn(o, edges, count);
        i = edges[count] - 1;
    }
}

/* ---- marks of lists ---- */

static view word_at(const orderer *o, uint32_t word)
{
    return pdf_word_text(o->layout, &pdf_words(o->layout)[word]);
}

/* A bullet, "a)", "12.". */
static bool is_mark(const orderer *o, const pdf_run *run)
{
    enum { MAX_BYTES = 4 };
    view text = word_at(o, run->first);
    if (run->count > 1 || text.size > MAX_BYTES) return false;
    char head = text.data[0], last = text.data[text.size - 1];
    if ((unsigned char)head >= 0xE2) return utf8_count(text) == 1;
    if (text.size == 1) return strchr("*-+", head) != NULL;
    return (last == '.' || last == ')') && (text.size == 2 || is_ascii_digit(head));
}

/* The run that stands right of the mark; UINT32_MAX: there is none near. */
static uint32_t right_of(const pdf_run *list, uint32_t count, const pdf_run *mark)
{
    float reach = MARK_GAP * pdf_height(mark->box);
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        float gap = list[i].box.left - mark->box.right;
        if (gap < 0 || gap > reach || !pdf_is_same_row(list[i].box, mark->box)) continue;
        reach = gap;
        found = i;
    }
    return found;
}

/* Puts marks before what they mark: some programs write all marks of a list first. */
static void place_marks(orderer *o)
{
    pdf_run *list = o->list.runs;
    uint32_t count = o->list.count;
    for (uint32_t i = 0; i < count && o->list.looked < MAX_LOOKED;) {
        const pdf_run mark = list[i];
        bool is_apart =
            is_mark(o, &mark) && (i + 1 == count || !pdf_is_same_row(mark.box, list[i + 1].box));
        uint32_t to = is_apart ? right_of(list, count, &mark) : UINT32_MAX;
        o->list.looked += is_apart ? count : 0;
        i++;
        if (to == UINT32_MAX) continue;
        if (to >= i) {
            memmove(&list[i - 1], &list[i], (to - i) * sizeof *list);
            list[to - 1] = mark;
            i--; // what follows took its place
        } else {
            memmove(&list[to + 1], &list[to], (i - 1 - to) * sizeof *list);
            list[to] = mark;
        }
    }
}

/* ---- lines ---- */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* True when most gaps between the words of the runs are alike. */
static bool has_even_gaps(const orderer *o, uint32_t first, uint32_t end)
{
    enum { MAX_GAPS = 64 };
    float gaps[MAX_GAPS] = {0}, before = 0;
    uint32_t count = 0, even = 0;
    for (uint32_t i = first; i < end; i++) {
        const pdf_run *run = &o->list.runs[i];
        const pdf_word *words = &pdf_words(o->layout)[run->first];
        for (uint32_t w = 0; w < run->count; w++) {
            if ((i > first || w) && count < MAX_GAPS) gaps[count++] = words[w].box.left - before;
            before = words[w].box.right;
        }
    }
    qsort(gaps, count, sizeof *gaps, by_value);
    for (uint32_t i = 0; i < count; i++)
        even += fabsf(gaps[i] - gaps[count / 2]) < EVEN_GAPS * gaps[count / 2];
    return even * 10 >= count * 7;
}

static bool is_right_of(const pdf_run *run, const pdf_run *next)
{
    float height = fmaxf(pdf_height(run->box), pdf_height(next->box));
    return !next->is_right_to_left && pdf_is_same_row(run->box, next->box) &&
           next->box.left > run->box.right - KERNED * height;
}

/* True when the runs, which stand beside each other, are one line of justified text: a line of a few words nearby, in
 * type of that size, begins and ends where they do. */
static bool is_stretched(orderer *o, uint32_t first, uint32_t end)
{
    enum { REACH = 40, WORDS = 3 };
    const pdf_run *list = o->list.runs;
    float height = pdf_height(list[first].box);
    uint32_t start = first > REACH ? first - REACH : 0, last = end + REACH;
    if (last > o->list.count) last = o->list.count;
    if (o->list.looked >= MAX_LOOKED) return false;
    o->list.looked += last - start;
    for (uint32_t i = start; i < last; i++) {
        if ((i >= first && i < end) || list[i].count < WORDS ||
            fabsf(list[i].box.left - list[first].box.left) > OVERLAP ||
            fabsf(list[i].box.right - list[end - 1].box.right) > OVERLAP ||
            fabsf(pdf_height(list[i].box) - height) > SAME_TYPE * height)
            continue;
        return has_even_gaps(o, first, end);
    }
    return false;
}

static float gap_before(const orderer *o, uint32_t run)
{
    const pdf_run *list = o->list.runs;
    return list[run].box.left - list[run - 1].box.right;
}

/* The end of the line that begins with run `first`: runs that stand behind each other, unless the gap is too wide
 * for a line. */
static uint32_t line_end(orderer *o, uint32_t first, bool *stretched)
{
    const pdf_run *list = o->list.runs;
    uint32_t row_end = first + 1, end = first + 1;
    while (row_end < o->list.count && is_right_of(&list[row_end - 1], &list[row_end]))
        row_end++;
    float widest = 0;
    for (uint32_t i = first + 1; i < row_end; i++) {
        widest = fmaxf(widest, gap_before(o, i));
        bool is_end = i + 1 == row_end || gap_before(o, i + 1) > (1 + EVEN_GAPS) * widest;
        if (is_end && is_stretched(o, first, i + 1)) end = i + 1;
    }
    *stretched = end > first + 1;
    while (!*stretched && end < row_end &&
           gap_before(o, end) < LINE_GAP * pdf_height(list[end].box))
        end++;
    return end;
}

/* Appends the runs [first, end) as one line. */
static void add_line(orderer *o, uint32_t zone, uint32_t first, uint32_t end, bool stretched)
{
    const pdf_run *list = o->list.runs;
    pdf_line line = {.box = list[first].box,
                     .first = (uint32_t)(o->words.size / sizeof(pdf_word)),
                     .zone = zone,
                     .is_stretched = stretched};
    for (uint32_t i = first; i < end; i++) {
        line.box.right = fmaxf(line.box.right, list[i].box.right);
        line.box.top = fminf(line.box.top, list[i].box.top);
        line.box.bottom = fmaxf(line.box.bottom, list[i].box.bottom);
        line.count += list[i].count;
        buffer_append(&o->words, (view){(const char *)&pdf_words(o->layout)[list[i].first],
                                        list[i].count * sizeof(pdf_word)});
    }
    buffer_append(&o->lines, (view){(const char *)&line, sizeof line});
}

/* The gap between the line and the one below it; a wide one when that is none of its text. */
static float gap_below(const pdf_line *line, const pdf_line *next)
{
    static const float WIDE = 1e6F;
    float height = pdf_height(line->box), other = pdf_height(next->box),
          gap = next->box.top - line->box.bottom;
    bool is_alike = height < 1.15F * other && other < 1.15F * height;
    if (line->zone != next->zone || !is_alike || gap < -0.5F * height || gap > height ||
        !overlap(line->box, next->box))
        return WIDE;
    return gap;
}

/* Numbers the blocks of the lines [first, end): lines that are no farther from each other than those around. */
static void find_blocks(orderer *o, pdf_line *lines, uint32_t count)
{
    float above = 1e6F, own = 1e6F;
    for (uint32_t i = 0; i < count; i++) {
        float below = i + 1 < count ? gap_below(&lines[i], &lines[i + 1]) : 1e6F;
        float least = fminf(above, below) + 0.25F * pdf_height(lines[i].box);
        bool is_row = i && lines[i].zone == lines[i - 1].zone &&
                      pdf_is_same_row(lines[i].box, lines[i - 1].box);
        if (i == 0 || (!is_row && own > least) || own >= 1e6F) o->blocks++;
        lines[i].block = o->blocks;
        above = own;
        own = below;
    }
}

/* Puts the runs of the page into the order in which they are read. */
static void order_runs(orderer *o)
{
    find_stretches(o);
    if (o->stretches.failed != KITH_OK) return;
    uint32_t late = 0, others = judge_stretches(o, &late);
    if ((others - late) * 3 > o->list.count)
        sort_by_rows(&o->list);
    else if (others)
        place_others(o);
    if (!pdf_split_rows(&o->list)) o->spare.failed = KITH_ERR_NO_MEMORY;
    turn_columns(o);
    place_marks(o);
}

static void order_page(orderer *o, pdf_page *page)
{
    uint32_t start = (uint32_t)(o->lines.size / sizeof(pdf_line)), zone = 0;
    uint32_t first_word = (uint32_t)(o->words.size / sizeof(pdf_word));
    buffer_reset(&o->runs);
    o->page = page;
    pdf_find_runs(o->layout, page, &o->runs);
    o->list.runs = (pdf_run *)(void *)o->runs.data;
    o->list.count = (uint32_t)(o->runs.size / sizeof(pdf_run));
    bool is_wanted = o->list.count <= PDF_MAX_RUNS && o->list.looked < MAX_LOOKED;
    if (is_wanted) order_runs(o);
    for (uint32_t i = 0, first = 0, end; i < o->list.count; i = end) {
        bool stretched = false;
        end = is_wanted ? line_end(o, i, &stretched) : i + 1;
        if (i && is_wanted && pdf_step_up(&o->list.runs[i - 1], &o->list.runs[i]) > 0 &&
            pdf_is_to_column(&o->list, first, i)) {
            zone++;
            first = i;
        }
        add_line(o, zone, i, end, stretched);
    }
    page->first = start;
    page->count = (uint32_t)(o->lines.size / sizeof(pdf_line)) - start;
    page->first_word = first_word;
    page->word_count = (uint32_t)(o->words.size / sizeof(pdf_word)) - first_word;
    if (o->lines.failed == KITH_OK && page->count)
        find_blocks(o, (pdf_line *)(void *)o->lines.data + start, page->count);
}

static void swap(buffer *a, buffer *b)
{
    buffer kept = *a;
    *a = *b;
    *b = kept;
}

kith_status pdf_order_lines(pdf_layout *l, kith_error *err)
{
    orderer o = {.layout = l, .list = {.layout = l}};
    buffer *all[] = {&o.runs, &o.spare, &o.stretches, &o.words, &o.lines};
    kith_status status = KITH_OK;
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_init(all[i], UINT32_MAX);
    for (uint32_t i = 0; i < pdf_page_count(l) && o.lines.failed == KITH_OK; i++)
        order_page(&o, &pdf_pages(l)[i]);
    for (size_t i = 0; i < sizeof all / sizeof(buffer *) && status == KITH_OK; i++)
        status = buffer_status(all[i], "the lines of a page", err);
    if (status == KITH_OK) {
        swap(&l->words, &o.words);
        swap(&l->lines, &o.lines);
    }
    for (size_t i = 0; i < sizeof all / sizeof(buffer *); i++)
        buffer_done(all[i]);
    return status;
}
