/* columns_segments.c - what is asked of live rows: which fields they have; and segments joined into
 * one that holds live rows alone.
 *
 * Joining goes through the segments in the order of their rows, so that blocks of each column come
 * in ascending order and are only ever added at its end. Where one segment ends and the next begins
 * within one word, the block of that word gets the values of both. Strings are numbered anew, those
 * that a live row has; so a join is what drops the others. */
#include "fields/columns_private.h"
#include "fields/filter_private.h"

#include "base/size.h"

#include <stdlib.h>

/* Has a live row a value in the column? */
static bool is_live_column(const column *col, const bitset *live)
{
    for (uint32_t i = 0; i < col->count; i++)
        if (block_present(&col->blocks[i]) & word_or_zero(live, col->blocks[i].word)) return true;
    for (uint32_t i = 0; i < col->list_count; i++)
        if (bitset_has_within(live, col->lists[i].row)) return true;
    for (uint32_t i = 0; i < col->sparse.row_count; i++)
        if (bitset_has_within(live, col->sparse.rows[i])) return true;
    return false;
}

static bool segment_has_field(const columns *c, const bitset *live, view field)
{
    const column *col = columns_find_field(c, field);
    return col && is_live_column(col, live);
}

bool columns_has_field(const column_segments *list, const bitset *live, view field)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (segment_has_field(list->segments[i], live, field)) return true;
    return false;
}

bool columns_next_field(const column_segments *list, const bitset *live, column_cursor *cursor,
                        view *field)
{
    for (; cursor->segment < list->count; cursor->segment++, cursor->field = 0) {
        const columns *c = list->segments[cursor->segment];
        const column_segments before = {list->segments, cursor->segment};
        while (cursor->field < c->fields.count) {
            const column *col = &c->columns[cursor->field++];
            view name = interned_text(&c->fields, cursor->field);
            if (!is_live_column(col, live) || columns_has_field(&before, live, name)) continue;
            *field = name;
            return true;
        }
    }
    return false;
}

bool columns_lack_field(const column_segments *list, const bitset *live, const filter *f,
                        view *field)
{
    bool is_group = f->kind == FILTER_ALL || f->kind == FILTER_ANY;
    for (uint32_t i = 0; is_group && i < f->count; i++)
        if (columns_lack_field(list, live, f->children[i], field)) return true;
    if (!filter_is_of_field(f) || columns_has_field(list, live, f->field)) return false;
    *field = f->field;
    return true;
}

/* ---- joining ---- */

/* One segment on its way into another. */
typedef struct transfer {
    const columns *from;
    columns *to;
    const bitset *live;
    uint32_t
        *texts; /* [from->texts.count + 1] their numbers in `to`; INTERNED_NONE: not there yet */
} transfer;

/* The number in `to` of a text of `from`. INTERNED_NONE: out of memory. */
static uint32_t transfer_text(transfer *t, uint32_t text)
{
    if (t->texts[text] == INTERNED_NONE)
        t->texts[text] = interned_add(&t->to->texts, interned_text(&t->from->texts, text));
    return t->texts[text];
}

/* Adds the values of the rows in `rows`, which `into` has none of. False: out of memory. */
static bool transfer_block(transfer *t, const column_block *b, uint64_t rows, column_block *into)
{
    uint64_t strings = b->strings & rows, numbers = (b->integers | b->doubles) & rows;
    DCHECK(!(block_present(into) & rows));
    if (strings && !column_block_add_texts(into)) return false;
    if (numbers && !column_block_add_numbers(into)) return false;
    for (uint64_t bits = strings; bits; bits &= bits - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(bits);
        into->texts[slot] = transfer_text(t, b->texts[slot]);
        if (into->texts[slot] == INTERNED_NONE) return false;
    }
    for (uint64_t bits = numbers; bits; bits &= bits - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(bits);
        into->numbers[slot] = b->numbers[slot];
    }
    into->strings |= strings;
    into->integers |= b->integers & rows;
    into->doubles |= b->doubles & rows;
    into->bools |= b->bools & rows;
    into->truths |= b->truths & rows;
    return true;
}

static bool transfer_list(transfer *t, const column *col, uint32_t i, column *into)
{
    uint64_t start = column_list_start(col, i);
    const column_list *from = &col->lists[i];
    list_value list = {.type = from->type, .doubles = from->doubles};
    list.count = (uint32_t)(from->end - start);
    memcpy(list.elements, &col->elements[start], list.count * sizeof *list.elements);
    for (uint32_t e = 0; list.type == LIST_OF_STRINGS && e < list.count; e++) {
        list.elements[e] = transfer_text(t, (uint32_t)list.elements[e]);
        if (list.elements[e] == INTERNED_NONE) return false;
    }
    return column_add_list(into, from->row, &list);
}

static bool transfer_column(transfer *t, uint32_t field)
{
    const column *col = &t->from->columns[field];
    if (!is_live_column(col, t->live)) return true;
    column *into = columns_add_field(t->to, interned_text(&t->from->fields, field + 1));
    for (uint32_t i = 0; into && i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        uint64_t rows = block_present(b) & word_or_zero(t->live, b->word);
        column_block *to = rows ? column_add_block(into, b->word) : NULL;
        if (rows && (!to || !transfer_block(t, b, rows, to))) return false;
    }
    for (uint32_t i = 0; into && i < col->list_count; i++)
        if (bitset_has_within(t->live, col->lists[i].row) && !transfer_list(t, col, i, into))
            return false;
    return into && sparse_lists_transfer(&col->sparse, t->live, &into->sparse);
}

/* Adds the live values of a segment to one that ends where it begins, or before. False: out of
 * memory. */
static bool transfer_segment(const columns *from, const bitset *live, columns *to)
{
    transfer t = {.from = from, .to = to, .live = live};
    t.texts = heap_new_array((size_t)from->texts.count + 1, sizeof *t.texts);
    bool done = t.texts != NULL;
    CHECK(to->end <= from->first);
    for (uint32_t i = 0; done && i < from->fields.count; i++)
        done = transfer_column(&t, i);
    to->end = from->end;
    free(t.texts);
    return done;
}

/* Lists the values of the fields whose values were listed before. Without memory they wait until they are due again. */
static void list_values_again(const column_segments *from, const columns *joined)
{
    for (uint32_t field = 0; field < joined->fields.count; field++) {
        const view name = interned_text(&joined->fields, field + 1);
        bool was_listed = false;
        for (uint32_t i = 0; !was_listed && i < from->count; i++) {
            const column *col = columns_find_field(from->segments[i], name);
            was_listed = col && column_has_values(col);
        }
        if (was_listed) (void)column_values_make(&joined->columns[field]);
    }
}

kith_status columns_concat(const column_segments *list, const bitset *live, columns **out,
                           kith_error *err)
{
    CHECK(list->count > 0);
    columns *joined = columns_new(list->segments[0]->first);
    bool done = joined != NULL;
    for (uint32_t i = 0; done && i < list->count; i++)
        done = transfer_segment(list->segments[i], live, joined);
    if (!done) {
        columns_free(joined);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for columns");
    }
    list_values_again(list, joined);
    *out = joined;
    return KITH_OK;
}
