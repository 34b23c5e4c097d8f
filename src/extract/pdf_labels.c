/* pdf_labels.c - the tree of labels has an entry where a way of counting begins: a prefix, a style
 * and the number to begin with, each of which may be absent.
 * Source: ISO 32000-1, 12.4.2. */
#include "extract/pdf_labels.h"

#include "extract/pdf_tree.h"

#include <stdlib.h>

enum { MAX_RANGES = 10000, MAX_ROMAN = 3999, MAX_LETTERS = 26 * PDF_LABEL_MAX_BYTES };

typedef struct range {
    uint32_t page; /* from 0 */
    pdf_object label;
} range;

typedef struct gathering {
    pdf_file *file;
    buffer ranges; /* elements: range */
} gathering;

static bool add_range(void *context, const pdf_object *key, const pdf_object *value)
{
    gathering *g = context;
    range r = {(uint32_t)pdf_whole(key, UINT32_MAX, UINT32_MAX), pdf_resolve(g->file, value)};
    buffer_append(&g->ranges, (view){(const char *)&r, sizeof r});
    return g->ranges.failed == KITH_OK;
}

static void append_roman(uint64_t number, bool is_small, buffer *out)
{
    static const char *const SIGNS[] = {"M",  "CM", "D",  "CD", "C",  "XC", "L",
                                        "XL", "X",  "IX", "V",  "IV", "I"};
    static const uint32_t VALUES[] = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0] && number <= MAX_ROMAN; i++)
        for (; number >= VALUES[i]; number -= VALUES[i])
            for (const char *c = SIGNS[i]; *c; c++)
                buffer_append_byte(out, is_small ? (char)(*c | 0x20) : *c);
}

/* a to z, aa to zz, aaa to zzz, ... */
static void append_letters(uint64_t number, bool is_small, buffer *out)
{
    if (number == 0 || number > MAX_LETTERS) return;
    for (uint64_t i = 0; i <= (number - 1) / 26; i++)
        buffer_append_byte(out, (char)((is_small ? 'a' : 'A') + (char)((number - 1) % 26)));
}

static void append_label(pdf_file *f, const range *r, uint32_t page, buffer *out)
{
    pdf_object prefix = pdf_get(f, &r->label, "P"), style = pdf_get(f, &r->label, "S");
    pdf_object start = pdf_get(f, &r->label, "St");
    uint64_t number = pdf_whole(&start, UINT32_MAX, 1) + (page - r->page);
    pdf_append_text(&prefix, out);
    char kind = style.kind == PDF_NAME && style.text.size == 1 ? style.text.data[0] : '\0';
    if (kind == 'D') buffer_printf(out, "%llu", (unsigned long long)number);
    if (kind == 'R' || kind == 'r') append_roman(number, kind == 'r', out);
    if (kind == 'A' || kind == 'a') append_letters(number, kind == 'a', out);
}

static int by_page(const void *a, const void *b)
{
    const range *x = a, *y = b;
    return (x->page > y->page) - (x->page < y->page);
}

/* g has a range at least. */
static kith_status write_labels(gathering *g, uint32_t pages, view *labels, kith_error *err)
{
    buffer text;
    range *ranges = (range *)(void *)g->ranges.data;
    size_t count = g->ranges.size / sizeof *ranges, next = 0;
    qsort(ranges, count, sizeof *ranges, by_page);
    for (uint32_t i = 0; i < pages; i++) {
        while (next < count && ranges[next].page <= i)
            next++;
        if (next == 0) continue;
        buffer_init(&text, PDF_LABEL_MAX_BYTES);
        append_label(g->file, &ranges[next - 1], i, &text);
        view label = text.failed == KITH_OK ? view_trim(buffer_view(&text)) : VIEW("");
        bool has_line_end = view_find(label, VIEW("\n")) < label.size;
        labels[i] = arena_copy(g->file->memory, has_line_end ? VIEW("") : label);
        buffer_done(&text);
        if (!labels[i].data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a label");
    }
    return pdf_file_status(g->file, err);
}

kith_status pdf_labels_read(pdf_file *f, uint32_t pages, const view **out, kith_error *err)
{
    gathering g = {.file = f};
    pdf_object root = pdf_get(f, &f->catalog, "PageLabels");
    *out = NULL;
    if (root.kind != PDF_DICTIONARY) return pdf_file_status(f, err);
    buffer_init(&g.ranges, MAX_RANGES * sizeof(range));
    pdf_walk_pairs(f, &root, "Nums", add_range, &g);
    kith_status status = g.ranges.failed == KITH_ERR_NO_MEMORY
                             ? buffer_status(&g.ranges, "the labels of pages", err)
                             : pdf_file_status(f, err);
    if (status == KITH_OK && g.ranges.size) {
        view *labels = arena_new_array(f->memory, view, pages);
        if (!labels) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for labels");
        if (status == KITH_OK) status = write_labels(&g, pages, labels, err);
        if (status == KITH_OK) *out = labels;
    }
    buffer_done(&g.ranges);
    return status;
}
