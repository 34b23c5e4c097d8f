/* pdf_run.c - see pdf_run.h. A run ends where the next word stands elsewhere: on another line, farther away than
 * words of a text do, or before it. Letters that are set apart, as in titles, are one word. */
#include "extract/pdf_run.h"

#include "extract/visual_order.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static const float WORD_GAP = 0.7F, /* times the height: more than between words */
    BACK = 0.3F,                    /* times the height: words that are kerned overlap so far */
    SPACED = 0.4F,       /* times the height: between letters that are set apart, at most */
    SAME_PLACE = 0.15F,  /* times the height: between a word and its double */
    SMALLER = 0.85F,     /* times the height: type that may be raised or lowered */
    LEAST_SHARED = 0.2F, /* of its height, with the line */
    TOUCHING = 0.15F;    /* times the height: between it and its word */

static bool is_turned(view text)
{
    return pdf_may_be_right_to_left(text) && visual_kind_of(text) == VISUAL_RIGHT;
}

/* True when the word is set in smaller type right behind the last one, above or below the line: "CO2". */
static bool is_raised_or_lowered(const pdf_word *base, const pdf_word *last, const pdf_word *word)
{
    float height = pdf_height(base->box), own = pdf_height(word->box);
    if (own >= SMALLER * height || fabsf(word->box.left - last->box.right) >= TOUCHING * height)
        return false;
    float shared = fminf(base->box.bottom, word->box.bottom) - fmaxf(base->box.top, word->box.top);
    return shared > LEAST_SHARED * own;
}

/* True for the lower half of a fraction that is built up within the line: [0] is a word of the line, [1] the upper half,
 * apart from it, [2] the word. */
static bool is_lower_half(const pdf_word *words)
{
    pdf_box line = words[0].box, upper = words[1].box;
    float height = pdf_height(line), gap = upper.left - line.right;
    return pdf_height(upper) < SMALLER * height && gap > TOUCHING * height &&
           gap < WORD_GAP * height && upper.bottom > line.top && words[2].box.top < line.bottom &&
           pdf_is_stacked(upper, words[2].box);
}

/* True when the word stands right behind the last one of the run; of a script that is read from right to left,
 * at either end of the run or within it. */
static bool continues(const pdf_run *run, const pdf_word *base, const pdf_word *last,
                      const pdf_word *word, bool is_right)
{
    float height = fmaxf(pdf_height(base->box), pdf_height(word->box));
    if (!pdf_is_same_row(base->box, word->box)) return false;
    if (is_right || run->is_right_to_left)
        return word->box.left < run->box.right + WORD_GAP * height &&
               word->box.right > run->box.left - WORD_GAP * height;
    float gap = word->box.left - last->box.right;
    return gap > -BACK * height && gap <= WORD_GAP * height;
}

static int by_left(const void *a, const void *b)
{
    const pdf_word *x = a, *y = b;
    return x->box.left != y->box.left ? (x->box.left > y->box.left) - (x->box.left < y->box.left)
                                      : (x->at > y->at) - (x->at < y->at);
}

/* ---- letters that are set apart ---- */

/* The least gap between the words of a run, all of one letter; 0 when they touch or some have more. */
static float letter_gap(const pdf_layout *l, const pdf_run *run)
{
    const pdf_word *words = &pdf_words(l)[run->first];
    float least = 1e6F;
    for (uint32_t i = 0; i < run->count; i++) {
        if (utf8_count(pdf_word_text(l, &words[i])) > 1) return 0;
        if (i) least = fminf(least, words[i].box.left - words[i - 1].box.right);
    }
    return run->count > 2 && least > 0 ? least : 0;
}

/* Joins the letters of a run whose gaps are alike; a wider gap is one between words. The texts of the words
 * follow each other, as the listing has them. */
static void join_letters(const pdf_layout *l, pdf_run *run)
{
    float gap = letter_gap(l, run);
    pdf_word *words = &pdf_words(l)[run->first];
    if (gap <= 0 || gap > SPACED * pdf_height(run->box)) return;
    uint32_t kept = 0;
    for (uint32_t i = 1; i < run->count; i++) {
        bool is_one = words[i].box.left - words[kept].box.right < 1.3F * gap &&
                      words[kept].at + words[kept].size == words[i].at;
        if (!is_one) {
            words[++kept] = words[i];
            continue;
        }
        words[kept].box = pdf_box_around(words[kept].box, words[i].box);
        words[kept].size += words[i].size;
    }
    run->count = kept + 1;
}

/* ---- words that are written twice ---- */

static bool is_double(const pdf_layout *l, const pdf_word *a, const pdf_word *b)
{
    float near = SAME_PLACE * pdf_height(a->box);
    return fabsf(a->box.left - b->box.left) < near && fabsf(a->box.top - b->box.top) < near &&
           view_equal(pdf_word_text(l, a), pdf_word_text(l, b));
}

/* Takes those words out of the run that stand in one of the runs [0, count) too. */
static void drop_doubles(const pdf_layout *l, const pdf_run *runs, size_t count, pdf_run *run)
{
    pdf_word *words = pdf_words(l);
    for (size_t i = 0; i < count; i++) {
        const pdf_run *other = &runs[i];
        if (other->box.left > run->box.right || other->box.right < run->box.left ||
            other->box.top > run->box.bottom || other->box.bottom < run->box.top)
            continue;
        uint32_t kept = 0;
        for (uint32_t w = 0; w < run->count; w++) {
            bool is_known = false;
            for (uint32_t k = 0; k < other->count && !is_known; k++)
                is_known = is_double(l, &words[other->first + k], &words[run->first + w]);
            if (!is_known) words[run->first + kept++] = words[run->first + w];
        }
        run->count = kept;
    }
}

/* Raised and lowered words do not make a line higher: its box is as high as the words that are level with the widest
 * one. */
static void level(const pdf_layout *l, pdf_run *run)
{
    const pdf_word *words = &pdf_words(l)[run->first], *widest = words;
    if (pdf_height(run->box) < 1.1F * pdf_height(words->box)) return;
    for (uint32_t i = 1; i < run->count; i++)
        if (words[i].box.right - words[i].box.left > widest->box.right - widest->box.left)
            widest = &words[i];
    float shift = 0.1F * pdf_height(widest->box);
    run->box.top = widest->box.top;
    run->box.bottom = widest->box.bottom;
    for (uint32_t i = 0; i < run->count; i++) {
        float above = widest->box.top - words[i].box.top,
              below = words[i].box.bottom - widest->box.bottom;
        if ((above > shift && below < -shift) || (above < -shift && below > shift)) continue;
        run->box.top = fminf(run->box.top, words[i].box.top);
        run->box.bottom = fmaxf(run->box.bottom, words[i].box.bottom);
    }
}

/* True for one word without letters and digits that touches the left edge of `last`. */
static bool is_sign_at_its_left(const pdf_layout *l, const pdf_run *last, const pdf_run *run)
{
    return run->count == 1 &&
           visual_kind_of(pdf_word_text(l, &pdf_words(l)[run->first])) == VISUAL_NEUTRAL &&
           fabsf(last->box.left - run->box.right) < TOUCHING * pdf_height(last->box);
}

/* True when the run, which is written behind `last`, stands at its left and is of its line, which is read from right
 * to left: the parts between changes of direction or font come from the right, the words of each from the left. Of a
 * line of numbers alone only the stop says so. */
static bool goes_on_leftwards(const pdf_layout *l, const pdf_run *last, const pdf_run *run)
{
    float reach = WORD_GAP * fmaxf(pdf_height(last->box), pdf_height(run->box));
    if (last->first + last->count != run->first || !pdf_is_same_row(last->box, run->box) ||
        run->box.left >= last->box.left || run->box.right <= last->box.left - reach)
        return false;
    return last->is_right_to_left || run->is_right_to_left || is_sign_at_its_left(l, last, run);
}

/* Appends the run, or joins it to the last one. */
static void end_run(const pdf_layout *l, pdf_run *run, buffer *runs)
{
    if (run->count == 0) return;
    pdf_run *list = (pdf_run *)(void *)runs->data;
    size_t count = runs->size / sizeof *list;
    if (!run->is_right_to_left) join_letters(l, run);
    if (count < PDF_MAX_RUNS) drop_doubles(l, list, count, run);
    if (run->count == 0) return;
    level(l, run);
    pdf_run *last = count ? &list[count - 1] : NULL;
    if (!last || !goes_on_leftwards(l, last, run)) {
        run->is_unsorted = run->is_right_to_left;
        buffer_append(runs, (view){(const char *)run, sizeof *run});
        return;
    }
    last->box = pdf_box_around(last->box, run->box);
    last->count += run->count;
    last->is_right_to_left |= run->is_right_to_left;
    last->is_unsorted = true;
}

/* Once a run, however many parts were joined to it. */
static void sort_words(const pdf_layout *l, buffer *runs)
{
    pdf_run *list = (pdf_run *)(void *)runs->data;
    for (size_t i = 0; i < runs->size / sizeof *list; i++) {
        if (!list[i].is_unsorted) continue;
        qsort(&pdf_words(l)[list[i].first], list[i].count, sizeof(pdf_word), by_left);
        list[i].is_unsorted = false;
    }
}

void pdf_find_runs(const pdf_layout *l, const pdf_page *page, buffer *runs)
{
    const pdf_word *words = pdf_words(l), *base = NULL; // the last word on the line itself
    pdf_run open = {0};
    for (uint32_t i = page->first_word; i < page->first_word + page->word_count; i++) {
        bool is_right = is_turned(pdf_word_text(l, &words[i]));
        bool is_apart = base && (is_raised_or_lowered(base, &words[i - 1], &words[i]) ||
                                 (open.count > 1 && is_lower_half(&words[i - 2])));
        if (!base || (!is_apart && !continues(&open, base, &words[i - 1], &words[i], is_right))) {
            end_run(l, &open, runs);
            open = (pdf_run){.box = words[i].box, .first = i};
        }
        if (!is_apart) base = &words[i];
        open.box = pdf_box_around(open.box, words[i].box);
        open.is_right_to_left |= is_right;
        open.count++;
    }
    end_run(l, &open, runs);
    sort_words(l, runs);
}
