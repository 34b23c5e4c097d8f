/* pdf_slant.c - of text on the slant pdftotext makes each letter a word, with a box as for upright text, or for text on
 * its side where the slant is steep. So the boxes of the letters follow each other closely on one axis, and the same
 * corner of each lies on one line. Letters of a text at one height, or under each other, do so on one axis alone. */
#include "extract/pdf_slant.h"

#include "base/utf8.h"

#include <math.h>

enum { LEAST_LETTERS = 4 };

static const float LEAST_SLOPE = 0.15F, /* of a step: its share on the lesser axis */
    OFF_LINE = 0.06F,                   /* times the size of a letter */
    BLANK = 0.12F,                      /* times that: a gap between letters that parts words */
    MOST_GAP = 0.7F,                    /* times that: within a line */
    LINE_HEIGHT = 10, LETTER_WIDTH = 5; /* points, of what is put below the page */

typedef struct point {
    float x, y;
} point;

/* Which corner of a letter's box lies on the line: that where the letter begins. */
typedef enum corner { CORNER_LOWER, CORNER_UPPER } corner;

static point start_of(const pdf_word *w, corner at)
{
    return (point){w->box.left, at == CORNER_LOWER ? w->box.bottom : w->box.top};
}

static float size_of(const pdf_word *w)
{
    return fmaxf(w->box.right - w->box.left, pdf_height(w->box));
}

/* The gap between the boxes of two letters on the axis on which they follow each other closely. */
static float gap_between(const pdf_word *a, const pdf_word *b)
{
    float across = b->box.left - a->box.right, up = a->box.top - b->box.bottom,
          down = b->box.top - a->box.bottom;
    float along = fmaxf(up, down);
    return fabsf(across) < fabsf(along) ? across : along;
}

/* True when the letter b may follow a on a slant. */
static bool follows(const pdf_word *a, const pdf_word *b, corner at)
{
    point p = start_of(a, at), q = start_of(b, at);
    float x = q.x - p.x, y = q.y - p.y, size = size_of(a), gap = gap_between(a, b);
    float length = sqrtf(x * x + y * y);
    return x > LEAST_SLOPE * length && fabsf(y) > LEAST_SLOPE * length && gap > -BLANK * size &&
           gap < MOST_GAP * size;
}

/* True when the letter lies on the line through the first one and the second one. */
static bool is_on_line(const pdf_word *first, const pdf_word *second, const pdf_word *w, corner at)
{
    point p = start_of(first, at), q = start_of(second, at), r = start_of(w, at);
    float x = q.x - p.x, y = q.y - p.y, length = sqrtf(x * x + y * y);
    float off = (x * (r.y - p.y) - y * (r.x - p.x)) / length;
    return fabsf(off) < OFF_LINE * size_of(first);
}

static bool is_letter(const pdf_layout *l, const pdf_word *w)
{
    enum { MOST_BYTES = 4 };
    return w->size <= MOST_BYTES && utf8_count(pdf_word_text(l, w)) == 1;
}

/* The letters from the first word on that stand on one slant; 1 when the second does not. */
static uint32_t letters_on_slant(const pdf_layout *l, const pdf_word *words, uint32_t count,
                                 corner at)
{
    uint32_t n = 1;
    while (n < count && is_letter(l, &words[n]) && follows(&words[n - 1], &words[n], at) &&
           is_on_line(words, &words[1], &words[n], at))
        n++;
    return n;
}

static uint32_t slant_at(const pdf_layout *l, const pdf_word *words, uint32_t count)
{
    if (count < LEAST_LETTERS || !is_letter(l, words)) return 0;
    uint32_t lower = letters_on_slant(l, words, count, CORNER_LOWER);
    uint32_t upper = letters_on_slant(l, words, count, CORNER_UPPER);
    uint32_t n = lower > upper ? lower : upper;
    return n < LEAST_LETTERS ? 0 : n;
}

/* Makes words of the letters, which lie on a line of their own below the page. Returns how many. */
static uint32_t join(pdf_word *letters, uint32_t count, float top)
{
    uint32_t kept = 0;
    float left = 0;
    pdf_word before = letters[0];
    for (uint32_t i = 0; i < count; i++) {
        pdf_word letter = letters[i];
        bool is_next = i && gap_between(&before, &letter) < BLANK * size_of(&letter) &&
                       before.at + before.size == letter.at;
        before = letter;
        if (is_next) {
            letters[kept - 1].size += letter.size;
        } else {
            if (kept) left += LETTER_WIDTH / 2;
            letter.box = (pdf_box){left, top, left, top + LINE_HEIGHT};
            letters[kept++] = letter;
        }
        left += LETTER_WIDTH;
        letters[kept - 1].box.right = left;
    }
    return kept;
}

/* Takes the letters on a slant out of the page's words, which move to words[to], and puts what they make behind these.
 * Returns where the words of the next page go. */
static uint32_t join_on_page(pdf_layout *l, pdf_page *page, uint32_t to, buffer *slanted)
{
    pdf_word *words = pdf_words(l);
    uint32_t end = page->first_word + page->word_count, first = to, lines = 0;
    buffer_reset(slanted);
    for (uint32_t i = page->first_word; i < end;) {
        uint32_t count = lines < PDF_MAX_SLANTED ? slant_at(l, &words[i], end - i) : 0;
        if (count == 0) {
            words[to++] = words[i++];
            continue;
        }
        uint32_t joined = join(&words[i], count, page->height + LINE_HEIGHT * (float)lines++);
        buffer_append(slanted, (view){(const char *)&words[i], joined * sizeof *words});
        i += count;
    }
    if (slanted->failed == KITH_OK && slanted->size)
        memcpy(&words[to], slanted->data, slanted->size);
    to += (uint32_t)(slanted->size / sizeof *words);
    page->first_word = first;
    page->word_count = to - first;
    return to;
}

kith_status pdf_join_slanted(pdf_layout *l, kith_error *err)
{
    buffer slanted;
    uint32_t to = 0;
    buffer_init(&slanted, l->words.size);
    for (uint32_t i = 0; i < pdf_page_count(l) && slanted.failed == KITH_OK; i++)
        to = join_on_page(l, &pdf_pages(l)[i], to, &slanted);
    if (slanted.failed == KITH_OK) l->words.size = to * sizeof(pdf_word);
    kith_status status = buffer_status(&slanted, "the words on the slant", err);
    buffer_done(&slanted);
    return status;
}
