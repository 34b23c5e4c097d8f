/* pdf_turn.c - a word of several letters is longer than high; in which way lines run the steps from a word to
 * the next one tell. */
#include "extract/pdf_turn.h"

#include "extract/visual_order.h"

#include <math.h>

enum { LEAST_WORDS = 3 }; /* that say how a page lies */

static const float LONG = 1.2F, /* times its height: a word that says so */
    SAME_LINE = 0.3F;           /* times its height: between the tops of words of one line */

typedef enum way { WAY_UPRIGHT, WAY_UP, WAY_DOWN, WAY_OVER } way;

/* Letters that stand beside each other in a word, of whatever script that is written in lines. */
static bool is_spelled(view text)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0xE2) return false; // U+2000 and above
        letters += (byte & 0xC0) != 0x80;
    }
    return letters >= 3;
}

static bool has_letter(view text)
{
    for (size_t i = 0; i < text.size; i++)
        if (is_ascii_capital((char)(text.data[i] & ~0x20)) || (unsigned char)text.data[i] >= 0xC3)
            return true;
    return false;
}

/* True for dots and dashes that lead to a page's number, which some write from the right (weasyprint). */
static bool is_leader(view text)
{
    static const char *const OTHERS[] = {"…", "·", "․", NULL};
    for (size_t i = 0; i < text.size; i++)
        if (!strchr(".-_", text.data[i])) return view_is_one_of_nocase(text, OTHERS);
    return true;
}

/* What the words of a page, and the steps between them, say. */
typedef struct votes {
    uint32_t flat, tall;            /* words */
    uint32_t up, down, right, left; /* steps from a word to the next one */
    uint32_t sure_right, sure_left; /* of them, those within a line between words with letters */
    bool has_right_to_left; /* some words: numbers and stops beside them come from the right */
} votes;

static way way_by(const votes *v)
{
    if (v->tall >= LEAST_WORDS && v->tall > 2 * v->flat) return v->down > v->up ? WAY_DOWN : WAY_UP;
    uint32_t left = v->has_right_to_left ? v->sure_left : v->left,
             right = v->has_right_to_left ? v->sure_right : v->right;
    return v->flat >= LEAST_WORDS && left >= LEAST_WORDS && left > 2 * right ? WAY_OVER
                                                                             : WAY_UPRIGHT;
}

static void count_step(votes *v, const pdf_layout *l, const pdf_word *before, const pdf_word *w)
{
    float width = w->box.right - w->box.left, height = pdf_height(w->box),
          x = w->box.left + w->box.right - before->box.left - before->box.right,
          y = w->box.top + w->box.bottom - before->box.top - before->box.bottom;
    bool is_right = x > width / 2, is_left = x < -width / 2;
    bool is_sure = fabsf(y) <= height && has_letter(pdf_word_text(l, w)) &&
                   has_letter(pdf_word_text(l, before));
    v->up += y < -height;
    v->down += y > height;
    v->right += is_right;
    v->left += is_left;
    v->sure_right += is_right && is_sure;
    v->sure_left += is_left && is_sure;
}

static way way_of(const pdf_layout *l, const pdf_page *page)
{
    votes v = {0};
    bool was_foreign = false;
    const pdf_word *words = pdf_words(l);
    for (uint32_t i = page->first_word; i < page->first_word + page->word_count; i++) {
        view text = pdf_word_text(l, &words[i]);
        float width = words[i].box.right - words[i].box.left, height = pdf_height(words[i].box);
        if (is_spelled(text)) {
            v.flat += width > LONG * height;
            v.tall += height > LONG * width;
        }
        bool is_foreign = pdf_may_be_right_to_left(text);
        if (is_foreign && !v.has_right_to_left)
            v.has_right_to_left = visual_kind_of(text) == VISUAL_RIGHT;
        if (!is_foreign && i > page->first_word && !is_leader(text) &&
            !(was_foreign && v.has_right_to_left))
            count_step(&v, l, &words[i - 1], &words[i]);
        was_foreign = is_foreign;
    }
    return way_by(&v);
}

static pdf_box turn_box(pdf_box b, way to, const pdf_page *page)
{
    switch (to) {
    case WAY_UP: // its beginning is below
        return (pdf_box){page->height - b.bottom, b.left, page->height - b.top, b.right};
    case WAY_DOWN:
        return (pdf_box){b.top, page->width - b.right, b.bottom, page->width - b.left};
    case WAY_OVER:
        return (pdf_box){page->width - b.right, page->height - b.bottom, page->width - b.left,
                         page->height - b.top};
    case WAY_UPRIGHT:
        break;
    }
    return b;
}

/* True for a leader's dot that stands before the one written before it, in its line: the dots of the next line may
 * overlap it in height. */
static bool is_before(const pdf_layout *l, const pdf_word *w)
{
    return w->box.left < w[-1].box.left && w->box.right < w[-1].box.right &&
           fabsf(w->box.top - w[-1].box.top) < SAME_LINE * pdf_height(w->box) &&
           is_leader(pdf_word_text(l, w)) && is_leader(pdf_word_text(l, &w[-1]));
}

/* Puts dots that are written from the right into the order in which they stand. */
static void order_leaders(const pdf_layout *l, const pdf_page *page)
{
    pdf_word *words = pdf_words(l);
    uint32_t last = page->first_word + page->word_count;
    for (uint32_t i = page->first_word, end; i < last; i = end) {
        for (end = i + 1; end < last && is_before(l, &words[end]);)
            end++;
        for (uint32_t a = i, b = end - 1; a < b; a++, b--) {
            pdf_word swapped = words[a];
            words[a] = words[b];
            words[b] = swapped;
        }
    }
}

void pdf_turn_pages(pdf_layout *l)
{
    for (uint32_t i = 0; i < pdf_page_count(l); i++) {
        pdf_page *page = &pdf_pages(l)[i];
        way to = way_of(l, page);
        if (to == WAY_UPRIGHT) {
            order_leaders(l, page);
            continue;
        }
        for (uint32_t k = page->first_word; k < page->first_word + page->word_count; k++)
            pdf_words(l)[k].box = turn_box(pdf_words(l)[k].box, to, page);
        if (to == WAY_OVER) continue;
        float width = page->width;
        page->width = page->height;
        page->height = width;
    }
}
