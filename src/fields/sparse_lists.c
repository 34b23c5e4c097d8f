/* sparse_lists.c - building inverted lists of sparse vectors, joining and verifying them. */
#include "fields/sparse_lists.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_LISTS = 16, FIRST_POSTINGS = 2, FIRST_ROWS = 4 };

void sparse_lists_done(sparse_lists *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        free(s->lists[i].postings);
    free(s->lists);
    free(s->slots);
    free(s->rows);
    *s = (sparse_lists){0};
}

size_t sparse_lists_bytes(const sparse_lists *s)
{
    size_t bytes = s->row_capacity * sizeof *s->rows + s->capacity * sizeof *s->lists +
                   s->slot_count * sizeof *s->slots;
    for (uint32_t i = 0; i < s->count; i++)
        bytes += s->lists[i].capacity * sizeof *s->lists[i].postings;
    return bytes;
}

/* Where the search for a dimension begins; slot_count is a power of two. */
static uint32_t slot_of(const sparse_lists *s, uint32_t dimension)
{
    return (uint32_t)((dimension * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (s->slot_count - 1);
}

const sparse_list *sparse_lists_find(const sparse_lists *s, uint32_t dimension)
{
    if (s->slot_count == 0) return NULL;
    for (uint32_t at = slot_of(s, dimension); s->slots[at]; at = (at + 1) & (s->slot_count - 1))
        if (s->lists[s->slots[at] - 1].dimension == dimension) return &s->lists[s->slots[at] - 1];
    return NULL;
}

static void enter(sparse_lists *s, uint32_t place)
{
    uint32_t at = slot_of(s, s->lists[place].dimension);
    while (s->slots[at])
        at = (at + 1) & (s->slot_count - 1);
    s->slots[at] = place + 1;
}

/* Room for one more list, with at least half of the slots free. */
static bool reserve_list(sparse_lists *s)
{
    if (s->count < s->capacity) return true;
    const uint32_t capacity = s->capacity ? s->capacity * 2 : FIRST_LISTS;
    if (capacity > UINT32_MAX / 4) return false;
    sparse_list *grown = heap_grow_array(s->lists, capacity, sizeof *grown);
    if (!grown) return false;
    s->lists = grown;
    uint32_t *slots = heap_new_array((size_t)capacity * 2, sizeof *slots);
    if (!slots) return false;
    free(s->slots);
    s->slots = slots;
    s->slot_count = capacity * 2;
    s->capacity = capacity;
    for (uint32_t i = 0; i < s->count; i++)
        enter(s, i);
    return true;
}

/* The list of a dimension, a new one when there is none. NULL: out of memory. */
static sparse_list *list_of(sparse_lists *s, uint32_t dimension)
{
    const sparse_list *found = sparse_lists_find(s, dimension);
    if (found) return &s->lists[found - s->lists];
    if (!reserve_list(s)) return NULL;
    s->lists[s->count] = (sparse_list){.dimension = dimension};
    enter(s, s->count);
    return &s->lists[s->count++];
}

bool sparse_lists_add_posting(sparse_lists *s, uint32_t dimension, sparse_posting posting)
{
    sparse_list *list = list_of(s, dimension);
    if (!list) return false;
    if (list->count == list->capacity) {
        const uint32_t capacity =
            list->capacity ? list->capacity + list->capacity / 2 + 1 : FIRST_POSTINGS;
        sparse_posting *grown = heap_grow_array(list->postings, capacity, sizeof *grown);
        if (!grown) return false;
        list->postings = grown;
        list->capacity = capacity;
    }
    list->postings[list->count++] = posting;
    return true;
}

bool sparse_lists_add_row(sparse_lists *s, uint32_t row)
{
    if (s->row_count == s->row_capacity) {
        const uint32_t capacity =
            s->row_capacity ? s->row_capacity + s->row_capacity / 2 + 1 : FIRST_ROWS;
        uint32_t *grown = heap_grow_array(s->rows, capacity, sizeof *grown);
        if (!grown) return false;
        s->rows = grown;
        s->row_capacity = capacity;
    }
    s->rows[s->row_count++] = row;
    return true;
}

bool sparse_lists_add(sparse_lists *s, uint32_t row, const sparse_vector *v)
{
    DCHECK(s->row_count == 0 || s->rows[s->row_count - 1] < row);
    if (!sparse_lists_add_row(s, row)) return false;
    for (uint32_t i = 0; i < v->count; i++)
        if (!sparse_lists_add_posting(s, v->indices[i], (sparse_posting){row, v->values[i]}))
            return false;
    return true;
}

bool sparse_lists_transfer(const sparse_lists *from, const bitset *live, sparse_lists *to)
{
    for (uint32_t i = 0; i < from->row_count; i++)
        if (bitset_has_within(live, from->rows[i]) && !sparse_lists_add_row(to, from->rows[i]))
            return false;
    for (uint32_t i = 0; i < from->count; i++) {
        const sparse_list *list = &from->lists[i];
        for (uint32_t p = 0; p < list->count; p++)
            if (bitset_has_within(live, list->postings[p].row) &&
                !sparse_lists_add_posting(to, list->dimension, list->postings[p]))
                return false;
    }
    return true;
}

/* ---- verified ---- */

/* Both ascend, so one walk over the rows finds them all. */
static const char *broken_list(const sparse_lists *s, const sparse_list *list)
{
    uint32_t at = 0;
    if (list->count == 0 || list->count > list->capacity) return "a sparse list is empty";
    for (uint32_t i = 0; i < list->count; i++) {
        const sparse_posting *p = &list->postings[i];
        if (i > 0 && p[-1].row >= p->row) return "rows of a sparse list do not ascend";
        if (!isfinite(p->value)) return "a value of a sparse vector is no number";
        while (at < s->row_count && s->rows[at] < p->row)
            at++;
        if (at == s->row_count || s->rows[at] != p->row)
            return "a sparse list names a row without a vector";
    }
    return NULL;
}

const char *sparse_lists_broken(const sparse_lists *s, uint32_t first, uint32_t end)
{
    if (s->row_count > s->row_capacity || s->count > s->capacity)
        return "there are more sparse vectors or lists than room";
    for (uint32_t i = 0; i < s->row_count; i++) {
        if (i > 0 && s->rows[i - 1] >= s->rows[i]) return "rows of sparse vectors do not ascend";
        if (s->rows[i] < first || s->rows[i] >= end)
            return "a row outside the segment has a sparse vector";
    }
    for (uint32_t i = 0; i < s->count; i++) {
        const char *broken = broken_list(s, &s->lists[i]);
        if (broken) return broken;
        if (sparse_lists_find(s, s->lists[i].dimension) != &s->lists[i])
            return "a sparse list is not found by its dimension";
    }
    return NULL;
}
