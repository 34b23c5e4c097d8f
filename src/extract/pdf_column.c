/* pdf_column.c - what stands on the two sides of a step or of a gap is text, with lines of several words, nearly as
 * wide as their column, and the marks of sentences; or a list of many short lines alike; or it is a table.
 *
 * Text that is written row by row over several columns is told from a table by its lines, most of which begin within
 * a sentence. */
#include "extract/pdf_column.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>

enum {
    WORDS_OF_TEXT = 4, /* in a line */
    LEAST_LINES = 5,   /* of a column */
    LIST_LINES = 10    /* of a column of short lines, or of text beside a table */
};

static const float GUTTER =
    0.5F; /* times the height: between columns that are written row by row */

/* What stands on one side of a step up the page. */
typedef struct side {
    uint32_t lines, text,
        marks, /* text, marks: of them that fill the column, and have a comma or a full stop */
        words, /* lines that begin with a letter */
        small, /* lines that go on with a sentence */
        wide;  /* gaps above lines that are wider than in a text */
    float left, right;
} side;

static view word_at(const pdf_layout *l, uint32_t word)
{
    return pdf_word_text(l, &pdf_words(l)[word]);
}

static bool begins_with_letter(view word)
{
    unsigned char head = (unsigned char)word.data[0];
    return head >= 0x80 || ((head | 0x20) >= 'a' && (head | 0x20) <= 'z');
}

static bool begins_small(view word)
{
    return word.data[0] >= 'a' && word.data[0] <= 'z';
}

/* True when the word ends as words of sentences do. */
static bool has_mark(view word)
{
    static const char *const MARKS[] = {"\xe3\x80\x81", "\xe3\x80\x82", "\xef\xbc\x8c", NULL};
    if (word.size > 2 && strchr(".,;:?!", word.data[word.size - 1])) return true;
    for (const char *const *m = MARKS; *m; m++)
        if (view_find(word, view_of(*m)) < word.size) return true;
    return false;
}

/* Counts the line of the runs [first, end). */
static void count_line(const pdf_run_list *o, uint32_t first, uint32_t end, side *s)
{
    const pdf_run *list = o->runs;
    uint32_t words = 0;
    bool is_marked = false;
    view head = word_at(o->layout, list[first].first);
    float left = list[first].box.left, right = list[first].box.right;
    for (uint32_t i = first; i < end; i++) {
        for (uint32_t w = list[i].first; w < list[i].first + list[i].count; w++) {
            view word = word_at(o->layout, w);
            words += begins_with_letter(word);
            is_marked |= has_mark(word);
        }
        left = fminf(left, list[i].box.left);
        right = fmaxf(right, list[i].box.right);
    }
    // Scripts without blanks have few words; a line of few goes on with a sentence when it begins small.
    bool is_long_word = head.size >= 24 && (unsigned char)head.data[0] >= 0xE3;
    bool is_filled = right - left > 0.6F * (s->right - s->left);
    s->lines++;
    s->text +=
        is_filled && (words >= WORDS_OF_TEXT || is_long_word || (words > 1 && begins_small(head)));
    s->marks += is_marked;
    s->words += begins_with_letter(head);
    s->small += begins_small(head) || is_long_word;
}

static side look_at(pdf_run_list *o, uint32_t first, uint32_t end)
{
    const pdf_run *list = o->runs;
    side s = {.left = 1e6F, .right = -1e6F};
    for (uint32_t i = first; i < end; i++) {
        o->looked += list[i].count;
        s.left = fminf(s.left, list[i].box.left);
        s.right = fmaxf(s.right, list[i].box.right);
    }
    for (uint32_t i = first, next; i < end; i = next) {
        next = i + 1;
        while (next < end && pdf_is_same_row(list[i].box, list[next].box))
            next++;
        count_line(o, i, next, &s);
        s.wide +=
            i > first && list[i].box.top - list[i - 1].box.bottom > 0.6F * pdf_height(list[i].box);
    }
    return s;
}

/* True for a side that holds so many lines of text, or is text and has so many. */
static bool has_text(const side *s, uint32_t lines)
{
    bool is_long = s->text >= lines || (s->lines >= lines && s->text * 2 >= s->lines);
    return is_long && s->marks * 8 >= s->text;
}

/* True for columns of many short lines, as an index has. */
static bool are_lists(const side *a, const side *b)
{
    if (a->lines < LIST_LINES || b->lines < LIST_LINES) return false;
    if (a->words * 10 < a->lines * 8 || b->words * 10 < b->lines * 8) return false;
    if (a->wide * 4 > a->lines || b->wide * 4 > b->lines) return false;
    float x = a->right - a->left, y = b->right - b->left;
    return x < 1.5F * y && y < 1.5F * x;
}

static bool ends_sentence(const pdf_run_list *o, const pdf_run *run)
{
    view last = word_at(o->layout, run->first + run->count - 1);
    return strchr(".?!:;", last.data[last.size - 1]) != NULL;
}

/* True when the last word before the step and the first one behind it are of one sentence. */
static bool goes_on(const pdf_run_list *o, uint32_t next)
{
    return begins_small(word_at(o->layout, o->runs[next].first)) &&
           !ends_sentence(o, &o->runs[next - 1]);
}

/* Judges what stands beside each other on both sides of the step up to run `next`.
 * first  no run before it is looked at
 * step   the length of the steps up that end a side, in points */
static bool are_columns(pdf_run_list *o, uint32_t first, uint32_t next, float step)
{
    const pdf_run *list = o->runs;
    uint32_t start = next - 1, end = next + 1;
    float top = list[next].box.top, bottom = list[next - 1].box.bottom;
    while (start > first && pdf_step_up(&list[start - 1], &list[start]) <= step &&
           pdf_middle(list[start - 1].box) > top)
        start--;
    while (end < o->count && pdf_step_up(&list[end - 1], &list[end]) <= step &&
           pdf_middle(list[end].box) < bottom)
        end++;
    side before = look_at(o, start, next), after = look_at(o, next, end);
    if (are_lists(&before, &after)) return true;
    bool is_short = after.lines < LEAST_LINES && after.text * 2 >= after.lines;
    if (has_text(&before, LEAST_LINES) && (is_short || has_text(&after, LEAST_LINES))) return true;
    // Text beside a table.
    if (before.lines >= LEAST_LINES && after.lines >= LEAST_LINES &&
        (has_text(&before, LIST_LINES) || has_text(&after, LIST_LINES)))
        return true;
    return before.text > 1 && after.text > 1 && goes_on(o, next);
}

/* True when what stands beside the step up to `next` begins with a label that all its other lines stand right of: cells
 * of one row of a table. */
static bool is_labelled(pdf_run_list *o, uint32_t first, uint32_t next)
{
    const pdf_run *list = o->runs;
    uint32_t start = next - 1;
    while (start > first && pdf_middle(list[start - 1].box) > list[next].box.top)
        start--;
    o->looked += next - start;
    const pdf_run *label = &list[start], *text = label + 1;
    if (next - start < 3 || label->count > WORDS_OF_TEXT ||
        !pdf_is_same_row(label->box, text->box) || text->box.left < label->box.right)
        return false;
    for (uint32_t i = start + 1; i < next; i++)
        if (list[i].box.left < label->box.right) return false;
    return true;
}

bool pdf_is_to_column(pdf_run_list *o, uint32_t first, uint32_t next)
{
    if (is_labelled(o, first, next)) return false;
    return are_columns(o, first, next, 0) ||
           are_columns(o, first, next, LEAST_LINES * pdf_height(o->runs[next].box));
}

bool pdf_may_follow(const pdf_run_list *o, const pdf_run *run, const pdf_run *next)
{
    return begins_small(word_at(o->layout, next->first)) || ends_sentence(o, run);
}

bool pdf_is_text(pdf_run_list *o, uint32_t first, uint32_t end)
{
    side s = look_at(o, first, end);
    return s.text * 2 >= s.lines;
}

/* ---- text that is written row by row ---- */

static uint32_t row_end(const pdf_run_list *o, uint32_t first, uint32_t all)
{
    uint32_t end = first + 1;
    while (end < all && pdf_is_same_row(o->runs[first].box, o->runs[end].box))
        end++;
    return end;
}

/* Makes the strip as narrow as the runs of a row leave it; false when they close it. */
static bool narrow(const pdf_run_list *o, uint32_t first, uint32_t end, float strip[2])
{
    for (uint32_t i = first; i < end; i++) {
        pdf_box box = o->runs[i].box;
        if (box.left < strip[0] && box.right > strip[0])
            strip[0] = box.right;
        else if (box.left < strip[1] && box.right > strip[1])
            strip[1] = box.left;
        else if (box.left >= strip[0] && box.right <= strip[1])
            return false;
    }
    return strip[1] - strip[0] > GUTTER * pdf_height(o->runs[first].box);
}

/* The end of the rows from run `first` on that leave open a strip behind that run; `both` counts those of them that
 * have runs on both sides. */
static uint32_t strip_end(pdf_run_list *o, uint32_t first, uint32_t all, float strip[2],
                          uint32_t *both)
{
    const pdf_run *list = o->runs;
    uint32_t at = first;
    strip[0] = list[first].box.right;
    strip[1] = list[first + 1].box.left;
    for (uint32_t end; at < all; at = end) {
        float kept[2] = {strip[0], strip[1]};
        end = row_end(o, at, all);
        if ((at > first && pdf_step_up(&list[at - 1], &list[at]) > 0) ||
            !narrow(o, at, end, strip)) {
            strip[0] = kept[0];
            strip[1] = kept[1];
            break;
        }
        *both += list[at].box.left < strip[0] && list[end - 1].box.right > strip[1];
    }
    o->looked += at - first;
    return at;
}

/* Puts the runs of [first, end) that stand left of x, or right of it when they are read from right to left, before the
 * others; returns where those begin. */
static uint32_t part(pdf_run_list *o, uint32_t first, uint32_t end, float x, pdf_run *spare)
{
    pdf_run *list = o->runs;
    uint32_t turned = 0, kept = first, others = 0;
    for (uint32_t i = first; i < end; i++)
        turned += list[i].is_right_to_left;
    bool right_first = turned * 2 > end - first;
    for (uint32_t i = first; i < end; i++) {
        if ((list[i].box.left > x) == right_first)
            list[kept++] = list[i];
        else
            spare[others++] = list[i];
    }
    memcpy(&list[kept], spare, others * sizeof *list);
    return kept;
}

static bool is_within_sentences(const side *s)
{
    return has_text(s, LEAST_LINES) && s->small * 3 >= s->lines;
}

/* Puts columns that are written row by row from run `first` on behind each other; returns where to look next. */
static uint32_t split_at(pdf_run_list *o, uint32_t first, uint32_t all, pdf_run *spare)
{
    float strip[2];
    uint32_t both = 0, end = strip_end(o, first, all, strip, &both);
    if (both < LEAST_LINES) return first + 1;
    size_t size = (end - first) * sizeof *spare;
    pdf_run *before = &spare[o->count]; // as they were
    memcpy(before, &o->runs[first], size);
    uint32_t second = part(o, first, end, (strip[0] + strip[1]) / 2, spare);
    side a = look_at(o, first, second), b = look_at(o, second, end);
    if (is_within_sentences(&a) && b.small * 3 >= b.lines) return second; // which may be several
    memcpy(&o->runs[first], before, size);
    return first + 1;
}

bool pdf_split_rows(pdf_run_list *o)
{
    pdf_run *spare = NULL;
    for (uint32_t i = 0; i + 1 < o->count;) {
        bool is_row = pdf_is_same_row(o->runs[i].box, o->runs[i + 1].box) &&
                      o->runs[i + 1].box.left > o->runs[i].box.right;
        if (is_row && !spare) spare = heap_new_array(2 * (size_t)o->count, sizeof *spare);
        if (is_row && !spare) return false;
        i = is_row ? split_at(o, i, o->count, spare) : i + 1;
    }
    free(spare);
    return true;
}
