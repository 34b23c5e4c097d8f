/* vector_index_carry.c - an index that is built anew takes the graph of the one before (docs/decisions/099).
 *
 * The rows of both are of the same points. Where the vector of a row is, byte by byte, what the former row has, the
 * node of that becomes the row's, with its links. What has no former row is linked as ever; nodes that no row comes for
 * are left out. Codes are made again: they take a small part of the time that linking takes.
 *
 * Rows whose former rows are copies, in one slot, are put into one slot here. Each has been appended with a slot of its own by
 * then, so the slots that become unused are closed up: their vectors are most of what an index with many copies would take
 * more than it needs, and only rows that come later would use them. */
#include "base/size.h"
#include "vector/vector_index_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEFT_SHARE =
        4, /* of the nodes: where more than one of so many is left out, a graph is better made anew */
    UNUSED_SHARE = 32 /* of the slots: so many unused ones, and those in use close up */
};

static bool is_in_memory(const vector_index *ix)
{
    return !vector_index_has_lists(ix) && !vector_rows_cold(&ix->rows) &&
           !vector_index_is_partial(ix) && !vector_index_is_damaged(ix);
}

static bool can_carry(const vector_index *ix, const vector_index *from)
{
    const vector_index_options *a = &ix->options, *b = &from->options;
    return is_in_memory(ix) && is_in_memory(from) && graph_linked(&from->graph) > 0 &&
           vector_index_rows(ix) > a->flat_below && graph_count(&ix->graph) == 0 &&
           a->metric == b->metric && a->dim == b->dim && a->neighbors == b->neighbors &&
           a->ef_construction == b->ef_construction;
}

/* The slot in `from` of the node that the row may take; SLOT_NONE: it is to be linked. */
static uint32_t node_for(const vector_index *ix, const vector_index *from, uint32_t slot,
                         uint32_t former)
{
    const uint32_t node = former == SLOT_NONE ? SLOT_NONE : slot_of_row(&from->slots, former);
    if (slot == SLOT_NONE || node == SLOT_NONE || !vector_index_has_node(from, node))
        return SLOT_NONE;
    const bool is_same = memcmp(vector_rows_at(&ix->rows, slot), vector_rows_at(&from->rows, node),
                                vector_index_row_bytes(ix)) == 0;
    return is_same ? node : SLOT_NONE;
}

/* What goes where. */
typedef struct carrying {
    uint32_t *slots; /* [nodes of from] the slot that a node comes to; GRAPH_NONE: it is left out */
    uint32_t *copies; /* [2 * copy_count] rows' own slots, and those of the nodes that they share */
    bitset *taken;    /* slots that nodes come to, or that are given up for another one's */
    uint32_t count, copy_count; /* nodes that come to a slot; rows that share one */
} carrying;

static void carrying_done(carrying *c)
{
    free(c->slots);
    free(c->copies);
    bitset_free(c->taken);
}

static kith_status carrying_init(carrying *c, const vector_index *ix, const vector_index *from,
                                 kith_error *err)
{
    const uint32_t nodes = graph_count(&from->graph), rows = vector_index_rows(ix);
    *c = (carrying){.slots = heap_new_array(nodes, sizeof *c->slots),
                    .copies = heap_new_array(2 * (size_t)rows, sizeof *c->copies),
                    .taken = bitset_new(vector_rows_count(&ix->rows))};
    if (!c->slots || !c->copies || !c->taken) {
        carrying_done(c);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a graph of %u vectors", nodes);
    }
    for (uint32_t node = 0; node < nodes; node++)
        c->slots[node] = GRAPH_NONE;
    return KITH_OK;
}

static void assign(carrying *c, const vector_index *ix, const vector_index *from,
                   const uint32_t *former)
{
    for (uint32_t row = 0; row < vector_index_rows(ix); row++) {
        const uint32_t slot = slot_of_row(&ix->slots, row);
        const uint32_t node = node_for(ix, from, slot, former[row]);
        if (node == SLOT_NONE || bitset_has(c->taken, slot)) continue;
        bitset_set(c->taken, slot);
        if (c->slots[node] == GRAPH_NONE) {
            c->slots[node] = slot;
            c->count++;
        } else {
            c->copies[2 * c->copy_count] = slot;
            c->copies[2 * c->copy_count++ + 1] = c->slots[node];
        }
    }
}

/* Rows with one vector are in one slot, as they would be once they were linked. Nobody reads what they leave. */
static void merge_copies(vector_index *ix, const carrying *c)
{
    for (uint32_t i = 0; i < c->copy_count; i++) {
        vector_slots_merge(&ix->slots, c->copies[2 * i], c->copies[2 * i + 1]);
        vector_slots_give_back(&ix->slots, c->copies[2 * i]);
    }
}

/* moved [slots]: where the slot goes; SLOT_NONE: no row has it. Returns how many go somewhere. */
static uint32_t plan_moves(const vector_index *ix, uint32_t *moved)
{
    const uint32_t slots = vector_rows_count(&ix->rows);
    uint32_t used = 0;
    for (uint32_t slot = 0; slot < slots; slot++)
        moved[slot] = row_of_slot(&ix->slots, slot) == SLOT_NONE ? SLOT_NONE : used++;
    return used;
}

/* Has the slots that rows are in follow one another, where many are unused, before there is a graph over them. Without memory for
 * that they stay as they are. */
static void close_up(vector_index *ix, const vector_index *from, const carrying *c)
{
    const uint32_t slots = vector_rows_count(&ix->rows);
    if (vector_slots_unused(&ix->slots) <= slots / UNUSED_SHARE) return;
    uint32_t *moved = heap_new_array(slots, sizeof *moved);
    if (!moved) return;
    const uint32_t used = plan_moves(ix, moved);
    if (vector_rows_pack(&ix->rows, moved, used, NULL) == KITH_OK) {
        vector_slots_renumber(&ix->slots, moved, used);
        for (uint32_t node = 0; node < graph_count(&from->graph); node++)
            if (c->slots[node] != GRAPH_NONE) c->slots[node] = moved[c->slots[node]];
    }
    free(moved);
}

/* The rows before the first that is to be linked. */
static uint32_t count_linked(const vector_index *ix)
{
    uint32_t row = 0;
    for (; row < vector_index_rows(ix); row++) {
        const uint32_t slot = slot_of_row(&ix->slots, row);
        if (slot != SLOT_NONE && !vector_index_has_node(ix, slot)) break;
    }
    return row;
}

static kith_status take_graph(vector_index *ix, const vector_index *from, const carrying *c,
                              kith_error *err)
{
    search_scratch *s = NULL;
    kith_status status =
        vector_index_scratch(from, vector_rows_count(&from->rows), SCRATCH_BATCH, 0, &s, err);
    if (status != KITH_OK) return status;
    // Whether the graph comes or not: a row that shares a slot is linked there with the other.
    merge_copies(ix, c);
    close_up(ix, from, c);
    status = graph_carry(&ix->graph, &from->graph, &from->rows, c->slots, s, err);
    search_scratch_release(from->scratches, s);
    if (status != KITH_OK) return status;
    atomic_store_explicit(&ix->linked, count_linked(ix), memory_order_release);
    return KITH_OK;
}

kith_status vector_index_carry(vector_index *ix, const vector_index *from, const uint32_t *former,
                               bool *is_carried, kith_error *err)
{
    carrying c;
    *is_carried = false;
    if (!can_carry(ix, from)) return KITH_OK;
    kith_status status = carrying_init(&c, ix, from, err);
    if (status != KITH_OK) return status;
    assign(&c, ix, from, former);
    const uint32_t nodes = graph_linked(&from->graph);
    if (nodes - c.count <= nodes / LEFT_SHARE) {
        status = take_graph(ix, from, &c, err);
        *is_carried = status == KITH_OK;
    }
    carrying_done(&c);
    return status;
}
