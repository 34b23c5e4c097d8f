/* pdf_running.c - running lines are found by chains: a line in the upper or lower margin is linked
 * to the one of the page before it, or of the page before that one (left and right pages differ),
 * that has the same text at the same place; each number in it is the same or has gone up by as many
 * as pages lie between. A chain of three lines is running, in a PDF of two pages one of two. So is a
 * line there that says what the file calls the page, and nothing else.
 *
 * Four things keep text of the page itself: every line between a running one and the edge of the
 * page is running too; a gap parts it from what follows; it is no header of a table, which a writer
 * repeats on each page (pdf_heads_table); and a line that counts from page to page is a heading when
 * it is larger than the page's text, or is a number with a word for parts of a text ("Lesson 2"). */
#include "extract/pdf_running.h"

#include "base/hash.h"
#include "extract/pdf_table.h"

#include <math.h>
#include <stdlib.h>

enum { MARGIN_LINES = 8, MAX_NUMBERS = 4, OWN_LETTERS = 12, MAX_KINDS = 256 };

static const float ZONE = 0.15F, SAME_PLACE = 4.0F, LARGER = 1.15F;

typedef struct candidate {
    uint32_t line, chain;
    uint64_t text; /* hash, without its numbers */
    float x[2], y; /* y from the upper or the lower edge */
    uint32_t numbers[MAX_NUMBERS], number_count, letters;
    bool is_lower, is_folio, is_part; /* is_part: a number and a word for parts of a text */
    bool counts, stays; /* the next or the last of its chain has another number; the same */
} candidate;

typedef struct margin {
    candidate lines[2 * MARGIN_LINES];
    uint32_t count;
} margin;

typedef struct finder {
    pdf_layout *layout;
    buffer margins; /* elements: margin, by page */
    buffer chains;  /* elements: uint32_t, the length of each */
    buffer scratch;
    pdf_tables tables; /* for pdf_heads_table */
} finder;

static margin *margins(const finder *f)
{
    return (margin *)(void *)f->margins.data;
}

static uint32_t *chains(const finder *f)
{
    return (uint32_t *)(void *)f->chains.data;
}

/* The value of a lower-case Roman number; 0 when it is none. */
static uint32_t roman(view v)
{
    static const char DIGITS[] = "ivxlc";
    static const uint32_t VALUES[] = {1, 5, 10, 50, 100};
    uint32_t sum = 0, last = 0;
    for (size_t i = v.size; i-- > 0;) {
        const char *digit = v.data[i] ? strchr(DIGITS, v.data[i]) : NULL;
        if (!digit || v.size > 8) return 0;
        uint32_t value = VALUES[digit - DIGITS];
        sum = value < last ? sum - value : sum + value;
        last = value;
    }
    return sum;
}

/* True for what is left of "Chapter 2", "2. Kapitel", when its numbers are '#'. */
static bool is_part_of_text(view text)
{
    static const char *const NOUNS[] = {"chapter",
                                        "kapitel",
                                        "chapitre",
                                        "cap\xc3\xadtulo",
                                        "capitolo",
                                        "hoofdstuk",
                                        "rozdzia\xc5\x82",
                                        "part",
                                        "teil",
                                        "partie",
                                        "parte",
                                        "section",
                                        "abschnitt",
                                        "secci\xc3\xb3n",
                                        "sezione",
                                        "unit",
                                        "lesson",
                                        "lektion",
                                        "le\xc3\xa7on",
                                        "lecci\xc3\xb3n",
                                        "lezione",
                                        "lecture",
                                        "appendix",
                                        "annex",
                                        "annexe",
                                        "anhang",
                                        "article",
                                        "artikel",
                                        "exercise",
                                        "aufgabe",
                                        "question",
                                        "frage",
                                        "problem",
                                        "step",
                                        "schritt",
                                        "week",
                                        "woche",
                                        "day",
                                        "tag",
                                        "figure",
                                        "abbildung",
                                        "plate",
                                        "tafel",
                                        "table",
                                        "tabelle",
                                        "\xe7\xac\xac\xe7\xab\xa0",
                                        "\xe7\xac\xac\xe8\xaf\xbe",
                                        "\xe7\xac\xac\xe8\xaa\xb2",
                                        "\xe7\xac\xac\xe9\x83\xa8",
                                        NULL};
    char noun[24];
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("#.:) ", text.data[i])) continue;
        if (size == sizeof noun) return false;
        noun[size++] = text.data[i];
    }
    for (size_t i = 0; NOUNS[i]; i++)
        if (view_equal_nocase((view){noun, size}, view_of(NOUNS[i]))) return true;
    return false;
}

/* Takes the numbers out of the text and hashes the rest. */
static void describe(finder *f, candidate *c)
{
    buffer_reset(&f->scratch);
    const pdf_line *line = &pdf_lines(f->layout)[c->line];
    const pdf_word *words = pdf_words(f->layout) + line->first;
    for (uint32_t i = 0; i < line->count; i++) {
        view word = pdf_word_text(f->layout, &words[i]);
        uint32_t value = roman(word);
        if (value && c->number_count < MAX_NUMBERS) {
            c->numbers[c->number_count++] = value;
            word = VIEW("#");
        }
        for (size_t k = 0; k < word.size;) {
            uint32_t number = 0;
            size_t end = k;
            for (; end < word.size && end < k + 9 && is_ascii_digit(word.data[end]); end++)
                number = 10 * number + (uint32_t)(word.data[end] - '0');
            bool is_number = end > k && c->number_count < MAX_NUMBERS;
            if (is_number) c->numbers[c->number_count++] = number;
            buffer_append_byte(&f->scratch, is_number ? '#' : word.data[k]);
            unsigned char byte = (unsigned char)(word.data[k] | 0x20);
            c->letters += (byte >= 'a' && byte <= 'z') || byte >= 0xc0;
            k = is_number ? end : k + 1;
        }
        buffer_append_byte(&f->scratch, ' ');
    }
    c->text = hash64(buffer_view(&f->scratch), 0);
    c->is_part = c->number_count == 1 && is_part_of_text(buffer_view(&f->scratch));
}

static bool same_place(const candidate *a, const candidate *b)
{
    return a->is_lower == b->is_lower && fabsf(a->y - b->y) < SAME_PLACE &&
           (fabsf(a->x[0] - b->x[0]) < SAME_PLACE || fabsf(a->x[1] - b->x[1]) < SAME_PLACE ||
            fabsf(a->x[0] + a->x[1] - b->x[0] - b->x[1]) < 2 * SAME_PLACE);
}

/* True when `later` is `c`, `pages` pages on; *counts tells that a number went up. */
static bool follows(const candidate *c, const candidate *later, uint32_t pages, bool *counts)
{
    *counts = false;
    if (c->text != later->text || c->number_count != later->number_count || !same_place(c, later))
        return false;
    for (uint32_t i = 0; i < c->number_count; i++) {
        if (c->numbers[i] == later->numbers[i]) continue;
        if (later->numbers[i] - c->numbers[i] != pages) return false;
        *counts = true;
    }
    return true;
}

static void link_back(finder *f, uint32_t page, candidate *c)
{
    for (uint32_t back = 1; back <= 2 && back <= page; back++) {
        margin *m = &margins(f)[page - back];
        for (uint32_t i = 0; i < m->count; i++) {
            bool counts;
            if (!follows(&m->lines[i], c, back, &counts)) continue;
            c->chain = m->lines[i].chain;
            c->counts = counts;
            c->stays = !counts;
            m->lines[i].counts |= counts;
            m->lines[i].stays |= !counts;
            chains(f)[c->chain]++;
            return;
        }
    }
    c->chain = (uint32_t)(f->chains.size / sizeof(uint32_t));
    buffer_append_u32(&f->chains, 1);
}

/* Puts the line among those of its side, the nearest to the edge alone. */
static void keep_nearest(margin *m, uint32_t *per_side, const candidate *c)
{
    if (*per_side < MARGIN_LINES) {
        ++*per_side;
        m->lines[m->count++] = *c;
        return;
    }
    candidate *farthest = NULL;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->lines[i].is_lower == c->is_lower && (!farthest || m->lines[i].y > farthest->y))
            farthest = &m->lines[i];
    if (farthest && farthest->y > c->y) *farthest = *c;
}

/* Fills the page's margin with the lines nearest to the edges. */
static void gather(finder *f, uint32_t number)
{
    const pdf_page *page = &pdf_pages(f->layout)[number];
    margin m = {0};
    uint32_t per_side[2] = {0};
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        const pdf_line *line = &pdf_lines(f->layout)[i];
        bool is_upper = line->box.bottom < ZONE * page->height;
        bool is_lower = line->box.top > (1 - ZONE) * page->height;
        if (!is_upper && !is_lower) continue;
        keep_nearest(&m, &per_side[is_lower],
                     &(candidate){
                         .line = i,
                         .is_lower = is_lower,
                         .x = {line->box.left, line->box.right},
                         .y = is_lower ? page->height - line->box.bottom : line->box.top,
                     });
    }
    for (uint32_t i = 0; i < m.count; i++) {
        describe(f, &m.lines[i]);
        link_back(f, number, &m.lines[i]);
    }
    buffer_append(&f->margins, (view){(const char *)&m, sizeof m});
}

/* Takes back lines of the page that have text of its own outside of them, or right behind them. */
static void keep_text_of_page(const finder *f, uint32_t number)
{
    const pdf_page *page = &pdf_pages(f->layout)[number];
    pdf_line *lines = pdf_lines(f->layout);
    const margin *m = &margins(f)[number];
    for (uint32_t round = 0; round < 2 * MARGIN_LINES; round++) {
        bool is_changed = false;
        for (uint32_t i = 0; i < m->count; i++) {
            const candidate *c = &m->lines[i];
            pdf_line *line = &lines[c->line];
            if (!line->is_running) continue;
            float room = (c->is_folio ? 0.25F : 0.5F) * pdf_height(line->box);
            for (uint32_t k = page->first; k < page->first + page->count; k++) {
                if (lines[k].is_running) continue;
                pdf_box other = lines[k].box;
                if (c->is_lower ? other.bottom > line->box.top - room
                                : other.top < line->box.bottom + room)
                    line->is_running = false;
            }
            is_changed |= !line->is_running;
        }
        if (!is_changed) return;
    }
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The height of the page's middle line by size; 0 for a page without lines. */
static float usual_height(finder *f, const pdf_page *page)
{
    buffer_reset(&f->scratch);
    for (uint32_t i = page->first; i < page->first + page->count; i++) {
        float height = pdf_height(pdf_lines(f->layout)[i].box);
        buffer_append(&f->scratch, (view){(const char *)&height, sizeof height});
    }
    size_t count = f->scratch.size / sizeof(float);
    if (count == 0) return 0;
    float *heights = (float *)(void *)f->scratch.data;
    qsort(heights, count, sizeof *heights, compare_floats);
    return heights[count / 2];
}

/* Without what stands around a printed page number: dashes, brackets, bars. */
static view without_ornaments(view text)
{
    static const char *const ORNAMENTS[] = {
        "-", "[", "]", "(", ")", "|", ".", " ", "\xe2\x80\x93", "\xe2\x80\x94", "\xc2\xb7", NULL};
    for (size_t i = 0; ORNAMENTS[i]; i++) {
        view sign = view_of(ORNAMENTS[i]);
        bool is_before = view_starts_with(text, sign);
        if (!is_before && !view_ends_with_nocase(text, sign)) continue;
        text = view_slice(text, is_before ? sign.size : 0, text.size - (is_before ? 0 : sign.size));
        i = (size_t)-1; // once more from the first
    }
    return text;
}

/* True for a line that says what the file calls the page, and nothing else: "- iii -", "Page 7". */
static bool is_folio(finder *f, const pdf_line *line, view label)
{
    static const char *const NOUNS[] = {"page",   "p.",     "seite", "s.",   "p\xc3\xa1gina",
                                        "pagina", "strona", "side",  "sida", NULL};
    if (label.size == 0) return false;
    buffer_reset(&f->scratch);
    pdf_append_words(f->layout, line->first, line->count, &f->scratch);
    view text = without_ornaments(buffer_view(&f->scratch));
    for (size_t i = 0; NOUNS[i]; i++) {
        size_t size = strlen(NOUNS[i]);
        if (text.size <= size || !view_starts_with_nocase(text, view_of(NOUNS[i]))) continue;
        view rest = view_slice(text, size, text.size);
        if (view_equal_nocase(without_ornaments(rest), label)) return true;
    }
    return view_equal_nocase(text, label);
}

/* True for the header of a table; a row with a number that counts pages is none. */
static bool heads_table(finder *f, const pdf_page *page, const margin *m, const candidate *c)
{
    const pdf_line *lines = pdf_lines(f->layout);
    pdf_box box = lines[c->line].box;
    if (c->is_lower) return false;
    for (uint32_t i = 0; i < m->count; i++) {
        pdf_box other = lines[m->lines[i].line].box;
        if (m->lines[i].counts && other.top < box.bottom && other.bottom > box.top) return false;
    }
    return pdf_heads_table(f->layout, page, c->line, &f->tables);
}

/* True for a line that is text of the page although it follows others of its kind. */
static bool is_text(finder *f, const pdf_page *page, const margin *m, const candidate *c)
{
    const pdf_line *line = &pdf_lines(f->layout)[c->line];
    if (line->is_heading) return true;
    if (c->counts && !c->is_lower && !c->stays &&
        (c->is_part || pdf_height(line->box) > LARGER * usual_height(f, page)))
        return true;
    return heads_table(f, page, m, c);
}

static void judge(finder *f, uint32_t number, buffer *first_of_chain, buffer *kept)
{
    const pdf_page *page = &pdf_pages(f->layout)[number];
    margin *m = &margins(f)[number];
    uint32_t needed = pdf_page_count(f->layout) == 2 ? 2 : 3;
    for (uint32_t i = 0; i < m->count; i++) {
        candidate *c = &m->lines[i];
        pdf_line *line = &pdf_lines(f->layout)[c->line];
        c->is_folio = is_folio(f, line, page->label);
        line->is_running =
            c->is_folio || (chains(f)[c->chain] >= needed && !is_text(f, page, m, c));
    }
    keep_text_of_page(f, number);
    for (uint32_t i = 0; i < m->count; i++) {
        const candidate *c = &m->lines[i];
        if (!pdf_lines(f->layout)[c->line].is_running || c->is_folio) continue;
        bool is_number = c->number_count && (c->counts || c->number_count == 1);
        if (is_number && c->letters < OWN_LETTERS) continue;
        bool is_known = false; // by another chain too, which chapters part
        const uint64_t *texts = (const uint64_t *)(const void *)first_of_chain->data;
        for (size_t k = 0; k < first_of_chain->size / sizeof *texts && k < MAX_KINDS && !is_known;
             k++)
            is_known = texts[k] == c->text;
        if (is_known) continue;
        buffer_append(first_of_chain, (view){(const char *)&c->text, sizeof c->text});
        buffer_append_u32(kept, c->line);
    }
}

kith_status pdf_find_running(pdf_layout *l, buffer *kept, kith_error *err)
{
    finder f = {.layout = l};
    buffer texts;
    buffer_init(&texts, UINT32_MAX);
    buffer_init(&f.margins, UINT32_MAX);
    buffer_init(&f.chains, UINT32_MAX);
    buffer_init(&f.scratch, UINT32_MAX);
    pdf_tables_init(&f.tables);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < pdf_page_count(l) && status == KITH_OK; i++) {
        gather(&f, i);
        status = buffer_status(&f.margins, "the margins of pages", err);
        if (status == KITH_OK) status = buffer_status(&f.chains, "the running lines", err);
        if (status == KITH_OK) status = buffer_status(&f.scratch, "a line", err);
    }
    for (uint32_t i = 0; i < pdf_page_count(l) && status == KITH_OK; i++) {
        judge(&f, i, &texts, kept);
        status = buffer_status(&f.scratch, "the lines of a page", err);
        if (status == KITH_OK) status = pdf_tables_status(&f.tables, err);
    }
    if (status == KITH_OK) status = buffer_status(&texts, "the running lines", err);
    if (status == KITH_OK) status = buffer_status(kept, "the running lines", err);
    buffer_done(&texts);
    buffer_done(&f.margins);
    buffer_done(&f.chains);
    buffer_done(&f.scratch);
    pdf_tables_done(&f.tables);
    return status;
}
