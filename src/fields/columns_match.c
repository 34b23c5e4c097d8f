/* columns_match.c - a filter over all rows at once, as algebra of bitmaps.
 *
 * A condition becomes a bitmap with the bit of every row that it holds for, 64 rows a step: each
 * block of the column yields one word, and words without a block stay 0, which is what a missing
 * value means for $eq, $in, $contains and the orderings. $ne, $nin and $not_contains are the
 * complement of that bitmap, so they hold where the value is missing (filter.h: two values, no
 * third). $and and $or are the and and or of their children's bitmaps. Bits past the last row are
 * cleared before a complement sets them, and bitset_not keeps them clear.
 *
 * Within a block no value is looked at in a way that depends on its neighbors: a string condition
 * is one interned number, compared with 64 numbers; a number condition is a closed interval of
 * integers and one of doubles, worked out once (columns_condition.c). Comparisons run over all 64 slots,
 * and the mask of the type then drops those that have no such value, so the loops have no branches.
 *
 * $contains, and $eq and $in where a field has lists, walk the lists of the column, whose elements
 * have a form in which equal values have equal bits (columns_private.h), and look for those of the
 * value. What looks into strings is in columns_strings.c. Where the values of a column are listed, since it was
 * looked through often enough, its rows are not: columns_lookup.c.
 */
#include "fields/columns_private.h"
#include "fields/filter_private.h"

/* Bit i of the result: flags[i], which is 0 or 1. Eight bytes at once: the product moves the lowest bit
 * of byte j to bit 56 + j. */
static uint64_t pack_flags(const uint8_t flags[BLOCK_ROWS])
{
    uint64_t packed = 0;
    for (uint32_t i = 0; i < BLOCK_ROWS / 8; i++)
        packed |=
            (load_u64((const char *)flags + i * 8) * UINT64_C(0x0102040810204080)) >> 56 << i * 8;
    return packed;
}

/* The rows of a block whose number is in the range. The loops have neither branches nor a value that
 * is carried on, so that compilers compare several rows at once. */
static uint64_t match_range(const column_block *b, const number_range *r)
{
    uint8_t flags[BLOCK_ROWS];
    uint64_t matching = 0;
    if (b->integers) {
        const uint64_t span = (uint64_t)r->high - (uint64_t)r->low;
        for (uint32_t i = 0; i < BLOCK_ROWS; i++)
            flags[i] = (uint64_t)b->numbers[i].integer - (uint64_t)r->low <= span;
        if (r->low <= r->high) matching = pack_flags(flags) & b->integers;
    }
    if (b->doubles) {
        for (uint32_t i = 0; i < BLOCK_ROWS; i++)
            flags[i] = (uint8_t)((b->numbers[i].number >= r->low_double) &
                                 (b->numbers[i].number <= r->high_double));
        matching |= pack_flags(flags) & b->doubles;
    }
    return matching;
}

/* The rows of a block whose string is that with the number `text`; none for INTERNED_NONE. */
static uint64_t match_text(const column_block *b, uint32_t text)
{
    uint8_t flags[BLOCK_ROWS];
    if (!b->strings || text == INTERNED_NONE) return 0;
    for (uint32_t i = 0; i < BLOCK_ROWS; i++)
        flags[i] = b->texts[i] == text;
    return pack_flags(flags) & b->strings;
}

/* Adds to `out` the rows that match value number `value` of the condition; blocks past the last row
 * are left out. */
static void match_value(const columns *c, const column *col, const filter *f, uint32_t value,
                        bitset *out)
{
    const metadata_value *v = &f->values[value];
    bool is_number = value_is_number(v), is_text = v->kind == METADATA_STRING;
    number_range range = {0};
    if (is_number) range = columns_range_of(f, v);
    uint32_t text = is_text ? interned_find(&c->texts, v->string) : INTERNED_NONE;
    if (v->kind == METADATA_BOOL) {
        columns_match_bool(col, v->boolean, out);
        return;
    }
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        if ((uint64_t)b->word * BLOCK_ROWS >= out->count) return;
        if (is_number)
            out->words[b->word] |= match_range(b, &range);
        else
            out->words[b->word] |= match_text(b, text);
    }
}

static metadata_value block_value(const columns *c, const column_block *b, uint32_t slot)
{
    uint64_t bit = UINT64_C(1) << slot;
    if (b->strings & bit)
        return (metadata_value){METADATA_STRING,
                                .string = interned_text(&c->texts, b->texts[slot])};
    if (b->integers & bit)
        return (metadata_value){METADATA_INTEGER, .integer = b->numbers[slot].integer};
    if (b->doubles & bit)
        return (metadata_value){METADATA_DOUBLE, .number = b->numbers[slot].number};
    return (metadata_value){METADATA_BOOL, .boolean = (b->truths & bit) != 0};
}

/* Adds to `out` the rows whose value is among those of a FILTER_ONE_OF: a look-up for each row. */
static void match_any_value(const columns *c, const column *col, const filter *f, bitset *out)
{
    for (uint32_t i = 0; i < col->count; i++) {
        const column_block *b = &col->blocks[i];
        if ((uint64_t)b->word * BLOCK_ROWS >= out->count) return;
        for (uint64_t bits = block_present(b); bits; bits &= bits - 1) {
            metadata_value value = block_value(c, b, (uint32_t)__builtin_ctzll(bits));
            if (filter_has_value(f, &value)) out->words[b->word] |= bits & -bits;
        }
    }
}

/* With this many values or more, a look-up for each row is cheaper than a pass for each value. */
enum { LOOK_UP_FROM_VALUES = 16 };

/* Adds to `out` the rows with a list that contains the value. */
static void match_lists(const columns *c, const column *col, const metadata_value *v, bitset *out)
{
    wanted_element wanted;
    if (!columns_find_wanted(c, v, &wanted)) return;
    for (uint32_t i = 0; i < col->list_count; i++) {
        const column_list *list = &col->lists[i];
        uint64_t at = column_list_start(col, i), end = list->end, found = 0;
        if (list->row >= out->count) return;
        if (list->type != wanted.type) continue;
        if (wanted.is_double)
            at = end - list->doubles;
        else
            end -= list->doubles;
        for (; at < end; at++)
            found |= col->elements[at] == wanted.element;
        out->words[list->row / BLOCK_ROWS] |= found << list->row % BLOCK_ROWS;
    }
}

/* Element number `at` of a list, as a value. */
static metadata_value element_value(const columns *c, const column *col, const column_list *list,
                                    uint64_t at)
{
    uint64_t element = col->elements[at];
    metadata_value value = {METADATA_BOOL, .boolean = element != 0};
    if (list->type == LIST_OF_STRINGS)
        value = (metadata_value){METADATA_STRING,
                                 .string = interned_text(&c->texts, (uint32_t)element)};
    else if (list->type == LIST_OF_NUMBERS && at < list->end - list->doubles)
        value = (metadata_value){METADATA_INTEGER, .integer = (int64_t)element};
    else if (list->type == LIST_OF_NUMBERS) {
        value.kind = METADATA_DOUBLE;
        memcpy(&value.number, &element, sizeof value.number);
    }
    return value;
}

/* Adds to `out` the rows with a list of which one value is among those of a FILTER_ONE_OF. */
static void match_any_element(const columns *c, const column *col, const filter *f, bitset *out)
{
    for (uint32_t i = 0; i < col->list_count; i++) {
        const column_list *list = &col->lists[i];
        if (list->row >= out->count) return;
        for (uint64_t at = column_list_start(col, i); at < list->end; at++) {
            metadata_value value = element_value(c, col, list, at);
            if (!filter_has_value(f, &value)) continue;
            bitset_set(out, list->row);
            break;
        }
    }
}

/* A FILTER_ONE_OF, apart from its negation: scalars, and lists unless it is strict. */
static void match_one_of(const columns *c, const column *col, const filter *f, bitset *out)
{
    bool has_lists = !f->is_strict && col->list_count > 0;
    if (f->count >= LOOK_UP_FROM_VALUES) {
        match_any_value(c, col, f, out);
        if (has_lists) match_any_element(c, col, f, out);
        return;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        match_value(c, col, f, i, out);
        if (has_lists) match_lists(c, col, &f->values[i], out);
    }
}

/* Adds to `out` the rows of one segment that satisfy a condition, apart from its negation. */
static kith_status match_segment(const columns *c, const filter *f, bitset *out, kith_error *err)
{
    const column *col = columns_find_field(c, f->field);
    if (!col) return KITH_OK;
    const column_values *values = column_values_of(col);
    if (filter_is_of_string(f)) {
        if (!values) return columns_match_strings(c, col, f, out, err);
        columns_match_listed_strings(c, values, f, out);
    } else if (values)
        columns_match_listed(c, col, values, f, out);
    else if (f->kind == FILTER_HOLDS)
        match_lists(c, col, &f->values[0], out);
    else if (f->kind == FILTER_ONE_OF)
        match_one_of(c, col, f, out);
    else
        match_value(c, col, f, 0, out);
    return KITH_OK;
}

/* Sets `out` to the rows that satisfy a condition on one field. */
static kith_status match_leaf(const column_segments *list, const filter *f, bitset *out,
                              kith_error *err)
{
    kith_status status = KITH_OK;
    bitset_fill(out, false);
    for (uint32_t i = 0; i < list->count && status == KITH_OK; i++)
        status = match_segment(list->segments[i], f, out, err);
    if (out->count % 64) out->words[out->count / 64] &= (UINT64_C(1) << out->count % 64) - 1;
    if (f->negated) bitset_not(out);
    return status;
}

/* Sets `out` to the rows of a bitmap that was made for as many. */
static void match_rows(const filter *f, bitset *out)
{
    CHECK(f->rows->count == out->count);
    bitset_fill(out, false);
    bitset_or(out, f->rows);
}

/* Sets `out` to the rows that satisfy an $and or $or: each child in turn, in one further bitmap.
 * The recursion is as deep as the filter, FILTER_MAX_LEVELS at most. */
static kith_status match_group(const column_segments *list, const filter *f, bitset *out,
                               kith_error *err)
{
    bitset *child = bitset_new(out->count);
    if (!child)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a filter over %u rows", out->count);
    bitset_fill(out, f->kind == FILTER_ALL);
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < f->count && status == KITH_OK; i++) {
        status = columns_match(list, f->children[i], child, err);
        if (f->kind == FILTER_ALL)
            bitset_and(out, child);
        else
            bitset_or(out, child);
    }
    bitset_free(child);
    return status;
}

kith_status columns_match(const column_segments *list, const filter *f, bitset *out,
                          kith_error *err)
{
    CHECK(f->reads == 0);
    if (f->kind == FILTER_ALL || f->kind == FILTER_ANY) return match_group(list, f, out, err);
    if (f->kind != FILTER_ROWS) return match_leaf(list, f, out, err);
    match_rows(f, out);
    return KITH_OK;
}
