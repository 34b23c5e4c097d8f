/* pdf_bbox.c - reads the listing of pdftotext -raw -bbox: elements <page width height> and <word xMin yMin xMax yMax>,
 * whose texts have the five entities of XML. It is searched for these two alone, so that it has no depth. */
#include "extract/pdf_bbox.h"

#include "base/utf8.h"

enum { CORNERS = 4 };

static const float RAISED_TYPE = 0.85F, /* at most, of the height of the type beside it */
    TOUCHES = 0.6F;                     /* points */

typedef struct bbox_reader {
    view listing;
    size_t at;
} bbox_reader;

/* Passes over `text`; false, and nothing passed, when it does not stand here. */
static bool take(bbox_reader *r, view text)
{
    if (!view_starts_with(view_slice(r->listing, r->at, r->listing.size), text)) return false;
    r->at += text.size;
    return true;
}

/* A number, and the quotation mark behind it. */
static float take_number(bbox_reader *r)
{
    size_t start = r->at;
    while (r->at < r->listing.size && r->listing.data[r->at] != '"')
        r->at++;
    float value = pdf_number(view_slice(r->listing, start, r->at));
    (void)take(r, VIEW("\""));
    return value;
}

/* The numbers of these attributes, which stand one behind the other. False when one is missing. */
static bool take_numbers(bbox_reader *r, const view *names, uint32_t count, float *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!take(r, names[i])) return false;
        out[i] = take_number(r);
    }
    return true;
}

static const char LIGATURE[] = "\xEF\xAC"; /* U+FB00 to U+FB06 begin so, and U+FB3F */

/* The sign of a code below the blank: fonts of TeX that are pictures say nothing else of it. Codes of the encoding T1
 * and, where that has signs that hardly occur, of OT1. */
static const char *sign_of_code(unsigned char code)
{
    static const struct {
        unsigned char code;
        const char *sign;
    } SIGNS[] = {{0x0E, "ffi"}, {0x0F, "ffl"}, {0x10, "“"},   {0x11, "”"},  {0x12, "„"},
                 {0x13, "«"},   {0x14, "»"},   {0x15, "–"},   {0x16, "—"},  {0x1B, "ff"},
                 {0x1C, "fi"},  {0x1D, "fl"},  {0x1E, "ffi"}, {0x1F, "ffl"}};
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
        if (SIGNS[i].code == code) return SIGNS[i].sign;
    return " ";
}

static bool is_letter(char c)
{
    return is_ascii_capital((char)(c & ~0x20));
}

static bool is_word_byte(const char *text, size_t i, size_t size)
{
    return i < size && (is_ascii_digit(text[i]) || is_ascii_capital(text[i]) ||
                        (text[i] >= 'a' && text[i] <= 'z') || (unsigned char)text[i] >= 0x80);
}

/* The letter that Ghostscript 10.00 writes, of a ligature's letters, with its bytes swapped: U+6600 for "f"; 0 for any
 * other sign. */
static char swapped_letter(const char *text, size_t size)
{
    if (size < 3 || ((unsigned char)text[0] & 0xF0) != 0xE0) return 0;
    unsigned code = (unsigned)(text[0] & 0x0F) << 12 | (unsigned)(text[1] & 0x3F) << 6 |
                    (unsigned)(text[2] & 0x3F);
    char letter = (char)(code >> 8);
    return (code & 0xFF) == 0 && strchr("Tfhilt", letter) ? letter : 0;
}

/* Letters with swapped bytes in the text, two or more of them, beside another letter of a word of ours: a word of
 * Chinese or Japanese has none of those. Replaces them in place. */
static void swap_letters(buffer *out, size_t start)
{
    size_t to = start;
    for (size_t i = start, run = 0; i < out->size; i += run) {
        char letters[4] = {0};
        run = 0;
        size_t count = 0;
        while (count < 3 &&
               (letters[count] = swapped_letter(out->data + i + run, out->size - i - run))) {
            run += 3;
            count++;
        }
        bool has_before = to > start && is_letter(out->data[to - 1]),
             has_behind = i + run < out->size && is_letter(out->data[i + run]);
        if (count < 2 || !(has_before || has_behind)) {
            run = count ? 3 : 1;
            memmove(out->data + to, out->data + i, run);
            to += run;
        } else {
            memcpy(out->data + to, letters, count);
            to += count;
        }
    }
    out->size = to;
}

/* Writes ligatures from `from` on, in the word that begins at `word`, as their letters, and codes as the signs that are meant. */
static void spell_signs(buffer *out, size_t word, size_t from, buffer *scratch)
{
    static const char *const LETTERS[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    buffer_reset(scratch);
    buffer_append(scratch, view_slice(buffer_view(out), from, out->size));
    view text = buffer_view(scratch);
    out->size = from;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_ligature = view_starts_with(view_slice(text, i, text.size), view_of(LIGATURE)) &&
                           i + 2 < text.size && (unsigned char)text.data[i + 2] <= 0x86;
        if (is_ligature) {
            buffer_append_text(out, LETTERS[(unsigned char)text.data[i + 2] - 0x80]);
            i += 2;
        } else if (c < ' ') {
            // Between letters it is an accent of OT1, and no quote.
            bool is_within = is_word_byte(text.data, i + 1, text.size) && out->size > word &&
                             is_word_byte(out->data, out->size - 1, out->size);
            buffer_append_text(out, is_within && c >= 0x10 && c <= 0x14 ? " " : sign_of_code(c));
        } else {
            buffer_append_byte(out, text.data[i]);
        }
    }
}

/* Appends the text with its entities replaced. */
static void append_text(view raw, buffer *scratch, buffer *out)
{
    static const char *const NAMES[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    static const char SIGNS[] = "&<>\"'";
    if (memchr(raw.data, '&', raw.size)) {
        buffer_reset(scratch);
        for (size_t i = 0; i < raw.size;) {
            char sign = raw.data[i];
            size_t size = 1;
            for (size_t k = 0; sign == '&' && k < sizeof NAMES / sizeof(char *); k++) {
                if (!view_starts_with(view_slice(raw, i, raw.size), view_of(NAMES[k]))) continue;
                sign = SIGNS[k];
                size = strlen(NAMES[k]);
                break;
            }
            buffer_append_byte(scratch, sign);
            i += size;
        }
        raw = buffer_view(scratch);
    }
    size_t start = out->size;
    (void)utf8_append_repaired(out, raw);
    bool has_swapped = false;
    for (size_t i = start; i < out->size; i++) {
        unsigned char c = (unsigned char)out->data[i];
        has_swapped |= c >= 0xE5 && c <= 0xE7 && swapped_letter(out->data + i, out->size - i);
        if (c >= ' ' && out->data[i] != LIGATURE[0]) continue;
        spell_signs(out, start, i, scratch);
        break;
    }
    if (has_swapped) swap_letters(out, start);
}

/* A sign of another font comes behind what it stands before: "10", "3", and then the raised "−" between them
 * (LibreOffice). */
static void order_raised(pdf_layout *l, uint32_t first)
{
    uint32_t count = (uint32_t)(l->words.size / sizeof(pdf_word));
    if (count - first < 3) return;
    pdf_word *last = pdf_words(l) + count - 1, next = last[-1];
    float height = RAISED_TYPE * pdf_height(last[-2].box);
    bool is_between = last->box.left > last[-2].box.right - TOUCHES &&
                      last->box.right < next.box.left + TOUCHES && last->box.top < next.box.bottom;
    if (!is_between || pdf_height(next.box) > height || pdf_height(last->box) > height ||
        next.box.left - last[-2].box.right > pdf_height(last[-2].box))
        return;
    last[-1] = *last;
    *last = next;
}

static void add_word(pdf_layout *l, bbox_reader *r, buffer *scratch, buffer *text)
{
    const view NAMES[] = {VIEW("xMin=\""), VIEW(" yMin=\""), VIEW(" xMax=\""), VIEW(" yMax=\"")};
    float corners[CORNERS];
    if (!take_numbers(r, NAMES, CORNERS, corners) || !take(r, VIEW(">")) || l->pages.size == 0)
        return;
    const char *end = memchr(r->listing.data + r->at, '<', r->listing.size - r->at);
    size_t next = end ? (size_t)(end - r->listing.data) : r->listing.size, start = text->size;
    append_text(view_slice(r->listing, r->at, next), scratch, text);
    r->at = next;
    pdf_word w = {{corners[0], corners[1], corners[2], corners[3]},
                  (uint32_t)start,
                  (uint32_t)(text->size - start)};
    if (view_trim(view_slice(buffer_view(text), start, text->size)).size == 0) return;
    buffer_append(&l->words, (view){(const char *)&w, sizeof w});
    if (l->words.failed != KITH_OK) return;
    pdf_page *page = &pdf_pages(l)[pdf_page_count(l) - 1];
    page->word_count++;
    order_raised(l, page->first_word);
}

kith_status pdf_bbox_read(pdf_layout *l, view listing, uint32_t max_pages, buffer *text,
                          kith_error *err)
{
    const view NAMES[] = {VIEW("width=\""), VIEW(" height=\"")};
    bbox_reader r = {listing,
                     view_find(listing, VIEW("<doc>"))}; // behind what the file says of itself
    kith_status status = KITH_OK;
    buffer scratch;
    buffer_init(&scratch, UINT32_MAX);
    while (r.at < listing.size && status == KITH_OK) {
        const char *start = memchr(listing.data + r.at, '<', listing.size - r.at);
        if (!start) break;
        r.at = (size_t)(start - listing.data) + 1;
        float size[2];
        if (take(&r, VIEW("word "))) {
            add_word(l, &r, &scratch, text);
        } else if (take(&r, VIEW("page ")) && take_numbers(&r, NAMES, 2, size)) {
            pdf_page page = {.width = size[0],
                             .height = size[1],
                             .first_word = (uint32_t)(l->words.size / sizeof(pdf_word))};
            if (pdf_page_count(l) == max_pages)
                status = fail(err, KITH_ERR_LIMIT, "the PDF has more than %u pages", max_pages);
            buffer_append(&l->pages, (view){(const char *)&page, sizeof page});
        }
    }
    if (status == KITH_OK) status = buffer_status(&scratch, "a word of the PDF", err);
    buffer_done(&scratch);
    if (status == KITH_OK) status = buffer_status(text, "the text of the PDF", err);
    if (status == KITH_OK) status = buffer_status(&l->words, "the list of words", err);
    l->text = buffer_view(text);
    return status == KITH_OK ? buffer_status(&l->pages, "the list of pages", err) : status;
}
