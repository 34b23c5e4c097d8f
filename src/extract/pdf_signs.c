/* pdf_signs.c - a note begins with its sign, on which a link stands that leads back; a word of the same page ends with the
 * same digits below another link, or has only marks of the sentence behind them. */
#include "extract/pdf_signs.h"

#include "extract/pdf_notes.h"

#include <math.h>

enum {
    MAX_DIGITS = 3,
    MAX_MARKS = 3,
    MAX_SIGNS = 200,                /* of a page */
    MAX_COMPARED = 20 * 1000 * 1000 /* links with words, in all pages */
};

static const float NEAR = 1.0F; /* points, between an edge of a link and that of a word */

typedef struct sign_finder {
    pdf_file *file;
    pdf_layout *layout;
    const pdf_page *page;
    float top;             /* of its media box */
    bool is_behind;        /* looks for those behind words, else before notes */
    view found[MAX_SIGNS]; /* of the notes of this page */
    uint32_t count, compared;
} sign_finder;

static uint8_t digits_before(view text)
{
    uint8_t digits = 0;
    while (digits < text.size && digits <= MAX_DIGITS && is_ascii_digit(text.data[digits]))
        digits++;
    return digits > MAX_DIGITS || digits == text.size ? 0 : digits;
}

static void look_before(sign_finder *s, pdf_word *w, pdf_box box)
{
    view text = pdf_word_text(s->layout, w);
    if (fabsf(box.left - w->box.left) > NEAR || box.right > w->box.right - NEAR) return;
    uint8_t digits = digits_before(text);
    if (digits == 0 || s->count == MAX_SIGNS) return;
    w->sign_before = digits;
    s->found[s->count++] = view_slice(text, 0, digits);
}

/* The marks that a word ends with, up to three. */
static uint8_t marks_behind(view text)
{
    uint8_t marks = 0;
    while (marks < MAX_MARKS && marks < text.size &&
           strchr(".,;:!?)", text.data[text.size - 1 - marks]))
        marks++;
    return marks;
}

static void look_behind(const sign_finder *s, pdf_word *w, pdf_box box)
{
    view text = pdf_word_text(s->layout, w);
    bool is_at_end = fabsf(box.right - w->box.right) <= NEAR;
    uint8_t marks = is_at_end ? 0 : marks_behind(text);
    if ((!is_at_end && (marks == 0 || box.right > w->box.right)) || box.left < w->box.left + NEAR)
        return;
    text.size -= marks;
    for (uint32_t i = 0; i < s->count; i++) {
        size_t size = s->found[i].size;
        if (text.size <= w->sign_before + size ||
            !view_equal(view_slice(text, text.size - size, text.size), s->found[i]))
            continue;
        // Of digits as wide as others the link would be wider.
        float most = (float)size * 0.85F * (box.left - w->box.left) / (float)(text.size - size);
        if (is_ascii_digit(text.data[0]) && box.right - box.left >= most) continue;
        if (size <= w->sign_behind) continue;
        w->sign_behind = (uint8_t)size;
        w->sign_tail = marks;
    }
}

static bool add_link(void *context, const pdf_object *annotation)
{
    sign_finder *s = context;
    pdf_object kind = pdf_get(s->file, annotation, "Subtype");
    pdf_object corners = pdf_get(s->file, annotation, "Rect");
    if (!pdf_is_name(&kind, "Link") || corners.kind != PDF_ARRAY || corners.count != 4) return true;
    const pdf_object *q = corners.elements;
    pdf_box box = {(float)q[0].number, s->top - (float)q[3].number, (float)q[2].number,
                   s->top - (float)q[1].number};
    if (!(box.right - box.left < 3 * (box.bottom - box.top))) return true; // wider than some digits
    for (uint32_t i = 0; i < s->page->word_count && s->compared < MAX_COMPARED;
         i++, s->compared++) {
        pdf_word *w = &pdf_words(s->layout)[s->page->first_word + i];
        float middle = (w->box.top + w->box.bottom) / 2;
        if (middle < box.top || middle > box.bottom) continue;
        if (s->is_behind)
            look_behind(s, w, box);
        else
            look_before(s, w, box);
    }
    return true;
}

kith_status pdf_signs_find(pdf_file *f, const pdf_leaves *leaves, pdf_layout *l, kith_error *err)
{
    sign_finder s = {.file = f, .layout = l};
    for (uint32_t i = 0; i < pdf_leaf_count(leaves) && i < pdf_page_count(l); i++) {
        const pdf_leaf *leaf = pdf_leaf_at(leaves, i);
        s.page = &pdf_pages(l)[i];
        s.top = leaf->top;
        s.count = 0;
        s.is_behind = false;
        pdf_walk_annotations(f, &leaf->page, add_link, &s);
        s.is_behind = true;
        if (s.count) pdf_walk_annotations(f, &leaf->page, add_link, &s);
    }
    return pdf_file_status(f, err);
}
