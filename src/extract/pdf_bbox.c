/* pdf_bbox.c - reads the listing of pdftotext -raw -bbox: elements <page width height> and <word xMin yMin xMax yMax>,
 * whose texts have the five entities of XML. It is searched for these two alone, so that it has no depth. */
#include "extract/pdf_bbox.h"

#include "base/utf8.h"

enum { CORNERS = 4 };

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
    for (size_t i = start; i < out->size; i++) // which some fonts yield for ligatures
        if ((unsigned char)out->data[i] < ' ') out->data[i] = ' ';
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
    if (l->words.failed == KITH_OK) pdf_pages(l)[pdf_page_count(l) - 1].word_count++;
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
