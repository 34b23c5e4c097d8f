/* columns_strings.c - a condition that looks into strings (dates, prefixes, patterns), over a
 * column. Equal strings have equal numbers, and a string is looked into once, however many rows
 * have it: a byte for each string of the segment keeps what it gave. */
#include "fields/columns_private.h"
#include "fields/filter_private.h"

#include "base/size.h"

#include <stdlib.h>

enum { TEXT_UNKNOWN, TEXT_REFUSED, TEXT_ACCEPTED };

typedef struct string_test {
    const columns *from;
    const filter *condition;
    unsigned char *known; /* [from->texts.count + 1] */
} string_test;

static bool accepts(string_test *t, uint32_t text)
{
    if (t->known[text] == TEXT_UNKNOWN)
        t->known[text] = filter_accepts_string(t->condition, interned_text(&t->from->texts, text))
                             ? TEXT_ACCEPTED
                             : TEXT_REFUSED;
    return t->known[text] == TEXT_ACCEPTED;
}

static void test_blocks(string_test *t, const column *col, bitset *out)
{
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        if ((uint64_t)b->word * BLOCK_ROWS >= out->count) return;
        for (uint64_t bits = b->strings; bits; bits &= bits - 1)
            if (accepts(t, b->texts[__builtin_ctzll(bits)])) out->words[b->word] |= bits & -bits;
    }
}

static void test_lists(string_test *t, const column *col, bitset *out)
{
    for (uint32_t i = 0; i < col->list_count; i++) {
        const column_list *list = &col->lists[i];
        if (list->row >= out->count) return;
        if (list->type != LIST_OF_STRINGS) continue;
        for (uint64_t at = column_list_start(col, i); at < list->end; at++)
            if (accepts(t, (uint32_t)col->elements[at])) bitset_set(out, list->row);
    }
}

kith_status columns_match_strings(const columns *c, const column *col, const filter *f, bitset *out,
                                  kith_error *err)
{
    string_test t = {.from = c, .condition = f};
    t.known = heap_new_array((size_t)c->texts.count + 1, sizeof *t.known);
    if (!t.known)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter over %u texts",
                    c->texts.count);
    test_blocks(&t, col, out);
    if (filter_looks_into_lists(f)) test_lists(&t, col, out);
    free(t.known);
    return KITH_OK;
}
