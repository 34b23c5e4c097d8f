/* coded_graph.c - the linker's side of coded_graph.h: writing rows, publishing them, and using again
 * the places of those that no search can read any more. */
#include "vector/coded_graph.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t HALF_INFINITY = 0x7c00;

/* Rows written between two looks at what may be used again, which takes two of them. */
enum { RECLAIM_EVERY = CODED_SPARE_ROWS / 2 };

bool coded_graph_init(coded_graph *g, const row_codes *codes, uint32_t neighbors)
{
    *g = (coded_graph){.codes = codes, .dim = codes->dim};
    g->readers = aligned_alloc(_Alignof(readers), sizeof *g->readers);
    if (!g->readers) return false;
    memset(g->readers, 0, sizeof *g->readers);
    if (g->dim == 0) return true;
    g->blocks = (neighbors + CODES_BLOCK - 1) / CODES_BLOCK;
    g->row_bytes = (g->blocks * coded_block_bytes(g) + 63) / 64 * 64;
    region_init(&g->nodes, sizeof(coded_place));
    region_init(&g->rows, g->row_bytes);
    region_init(&g->unused, sizeof(uint32_t));
    region_init(&g->retired, sizeof(uint32_t));
    return true;
}

void coded_graph_done(coded_graph *g)
{
    free(g->readers);
    if (g->dim == 0) return;
    region_done(&g->nodes);
    region_done(&g->rows);
    region_done(&g->unused);
    region_done(&g->retired);
}

void coded_graph_drop(coded_graph *g)
{
    atomic_store(&g->count, 0);
    atomic_store(&g->places, 0);
    g->placed = g->filled = g->target = 0;
    if (g->dim == 0) return;
    region_done(&g->nodes);
    region_done(&g->rows);
    region_done(&g->unused);
    region_done(&g->retired);
}

size_t coded_graph_bytes(const coded_graph *g)
{
    size_t places = atomic_load_explicit(&g->places, memory_order_relaxed);
    return places * g->row_bytes + coded_graph_count(g) * sizeof(coded_place);
}

/* ---- places ---- */

static uint32_t *retired_at(const coded_graph *g, uint32_t i)
{
    return region_at(&g->retired, i);
}

/* Gives the retired places that no search can be reading back to `unused`, as far as that is known.
 * All lists have room for all places. */
static void reclaim(coded_graph *g)
{
    if (!readers_are_gone(g->readers, g->was_zero)) return;
    for (uint32_t i = 0; i < g->waiting; i++)
        *(uint32_t *)region_at(&g->unused, g->unused_count++) = *retired_at(g, i);
    g->retired_count -= g->waiting;
    for (uint32_t i = 0; i < g->retired_count; i++)
        *retired_at(g, i) = *retired_at(g, g->waiting + i);
    g->waiting = g->retired_count;
    g->was_zero[0] = g->was_zero[1] = false;
}

/* A place for a row to be written to; its bytes mean nothing. False: out of memory. */
static bool take_place(coded_graph *g, uint32_t *place)
{
    if (g->unused_count > 0) {
        *place = *(uint32_t *)region_at(&g->unused, --g->unused_count);
        return true;
    }
    const uint32_t given = atomic_load_explicit(&g->places, memory_order_relaxed);
    if (!region_reserve(&g->rows, given + 1) || !region_reserve(&g->unused, given + 1) ||
        !region_reserve(&g->retired, given + 1))
        return false;
    *place = given;
    atomic_store_explicit(&g->places, given + 1, memory_order_relaxed);
    return true;
}

/* Of a row that searches may still be reading. */
static void retire(coded_graph *g, uint32_t place)
{
    *retired_at(g, g->retired_count++) = place;
}

static uint8_t *row_at(const coded_graph *g, uint32_t place)
{
    return region_at(&g->rows, place);
}

static uint32_t place_of(const coded_graph *g, uint32_t node)
{
    return atomic_load_explicit(coded_place_of(g, node), memory_order_relaxed);
}

/* ---- a block ---- */

static void clear_slot(const coded_graph *g, uint8_t *block, uint32_t slot)
{
    ((uint16_t *)(uintptr_t)coded_add(g, block))[slot] = HALF_INFINITY;
    ((uint16_t *)(uintptr_t)coded_rescale(g, block))[slot] = 0;
    ((uint32_t *)(uintptr_t)coded_ids(g, block))[slot] = GRAPH_NONE;
}

static void clear_block(const coded_graph *g, uint8_t *block)
{
    memset(block, 0, (size_t)CODES_GROUP * g->dim);
    for (uint32_t slot = 0; slot < CODES_BLOCK; slot++)
        clear_slot(g, block, slot);
}

/* What a vector and its code are, for its neighbors' rows. */
typedef struct coded_vector {
    const int8_t *code;
    code_size size;
} coded_vector;

static coded_vector vector_at(const coded_graph *g, uint32_t node)
{
    return (coded_vector){row_codes_at(g->codes, node), row_codes_size(g->codes, node)};
}

/* Puts `child`, a node, into the slot of a block of the parent's row. */
static void put_child(const coded_graph *g, coded_vector parent, uint32_t child, uint8_t *block,
                      uint32_t slot)
{
    uint16_t bits[(KITH_DIMENSION_MAX + CODES_STEP) / 16];
    coded_vector o = vector_at(g, child);
    codes_residual r =
        simd()->codes->residual(parent.code, parent.size.step, o.code, o.size.step, g->dim, bits);
    // <r, r> / <r, x> is 2 square / length, and <p, x> is along / 2: the formulas of the header.
    float ratio = r.length > 0 ? 2 * r.square / r.length : 0, add, rescale;
    if (g->codes->coder->metric == KITH_INNER_PRODUCT) {
        add = ratio * r.along / 2 - (o.size.square - parent.size.square - r.square) / 2;
        rescale = -ratio;
    } else {
        float part = g->codes->coder->metric == KITH_COSINE ? 0.5F : 1;
        add = part * (r.square + ratio * r.along);
        rescale = part * -2 * ratio;
    }
    const float parts = CODED_UNIT_PARTS / g->unit,
                length_parts = CODED_UNIT_PARTS / sqrtf(g->unit);
    codes_put_signs(block, slot, bits, g->dim);
    ((uint16_t *)(uintptr_t)coded_add(g, block))[slot] = half_of_float(add * parts);
    ((uint16_t *)(uintptr_t)coded_rescale(g, block))[slot] = half_of_float(rescale * length_parts);
    ((uint32_t *)(uintptr_t)coded_ids(g, block))[slot] = child;
}

/* ---- a row ---- */

static bool *changed_at(const graph *from, uint32_t node)
{
    return region_at(&from->changed, node);
}

static bool has_id(const uint32_t *ids, uint32_t count, uint32_t id)
{
    bool found = false;
    for (uint32_t i = 0; i < count; i++)
        found |= ids[i] == id;
    return found;
}

/* The neighbors of the node below `end` that have places; *all: there are no others. */
static uint32_t read_links(const coded_graph *g, const graph *from, uint32_t node, uint32_t end,
                           uint32_t *ids, bool *all)
{
    const graph_slot *links = graph_links(from, node, 0);
    uint32_t count = 0;
    *all = true;
    for (uint32_t i = 0; i < from->base_degree && link_load(&links[i]) != GRAPH_NONE; i++) {
        uint32_t id = link_row(link_load(&links[i]));
        if (id < end && place_of(g, id) != CODED_NO_PLACE)
            ids[count++] = id;
        else
            *all = false;
    }
    return count;
}

/* Makes the neighbors of `row`, which is that of `node` and which no search reads, those that the
 * graph has and that have codes. Those that stay keep their slots. False: some have no codes. */
static bool fill_row(const coded_graph *g, const graph *from, uint32_t node, uint8_t *row)
{
    uint32_t wanted[SCRATCH_BATCH], missing[SCRATCH_BATCH], missing_count = 0;
    bool all;
    uint32_t count = read_links(g, from, node, g->target, wanted, &all);
    const coded_vector own = vector_at(g, node);
    for (uint32_t i = 0; i < count; i++) {
        bool is_there = false;
        for (uint32_t b = 0; b < g->blocks; b++)
            is_there |= has_id(coded_ids(g, coded_block(g, row, b)), CODES_BLOCK, wanted[i]);
        if (!is_there) missing[missing_count++] = wanted[i];
    }
    for (uint32_t b = 0; b < g->blocks; b++) {
        uint8_t *block = (uint8_t *)(uintptr_t)coded_block(g, row, b);
        const uint32_t *ids = coded_ids(g, block);
        for (uint32_t slot = 0; slot < CODES_BLOCK; slot++) {
            if (ids[slot] != GRAPH_NONE && has_id(wanted, count, ids[slot])) continue;
            if (missing_count > 0)
                put_child(g, own, missing[--missing_count], block, slot);
            else if (ids[slot] != GRAPH_NONE)
                clear_slot(g, block, slot);
        }
    }
    DCHECK(missing_count == 0);
    return all;
}

/* Gives the node, which has none yet, a row without neighbors. */
static bool add_row(coded_graph *g, uint32_t node)
{
    uint32_t place;
    if (!take_place(g, &place)) return false;
    for (uint32_t b = 0; b < g->blocks; b++)
        clear_block(g, (uint8_t *)(uintptr_t)coded_block(g, row_at(g, place), b));
    atomic_store_explicit(coded_place_of(g, node), place, memory_order_relaxed);
    return true;
}

/* Another row for a node that searches know. */
static bool replace_row(coded_graph *g, const graph *from, uint32_t node)
{
    uint32_t place, former = place_of(g, node);
    if (!take_place(g, &place)) return false;
    memcpy(row_at(g, place), row_at(g, former), g->row_bytes);
    *changed_at(from, node) = !fill_row(g, from, node, row_at(g, place));
    atomic_store(coded_place_of(g, node), place);
    retire(g, former);
    return true;
}

/* ---- where searches begin ---- */

/* The lowest level above 0 that has at most CODED_ENTRIES_MAX nodes of 0..count, and how many: at
 * least one, since the highest level has nodes. Of a graph without upper levels it is level 0, of
 * whose nodes the first CODED_ENTRIES_MAX are entries. */
static uint32_t count_entries(const graph *from, uint32_t count, uint32_t *level)
{
    uint32_t counts[GRAPH_MAX_LEVEL + 1] = {0};
    for (uint32_t node = 0; node < count; node++)
        if (graph_has_node(from, node)) counts[graph_level(from, node)]++;
    uint32_t above = 0, highest = GRAPH_MAX_LEVEL;
    while (highest > 0 && counts[highest] == 0)
        highest--;
    if (highest == 0) {
        *level = 0;
        return (uint32_t)size_min(counts[0], CODED_ENTRIES_MAX);
    }
    for (*level = highest; *level > 0; --*level) {
        if (above > 0 && above + counts[*level] > CODED_ENTRIES_MAX) break;
        above += counts[*level];
    }
    ++*level;
    return above;
}

/* Writes the blocks of entries, and the row that has their number and their places. */
static bool write_entries(coded_graph *g, const graph *from, uint32_t count, uint32_t *directory)
{
    static const int8_t centre[KITH_DIMENSION_MAX + CODES_STEP];
    uint32_t *list = NULL, written = 0, place;
    if (!take_place(g, directory)) return false;
    list = (uint32_t *)(void *)row_at(g, *directory);
    list[0] = 0;
    uint8_t *block = NULL;
    for (uint32_t node = 0; node < count && written < CODED_ENTRIES_MAX; node++) {
        if (!graph_has_node(from, node) || graph_level(from, node) < g->entry_level ||
            place_of(g, node) == CODED_NO_PLACE)
            continue;
        if (written % CODES_BLOCK == 0) {
            if (!take_place(g, &place)) return false;
            block = row_at(g, place);
            clear_block(g, block);
            list[++list[0]] = place;
        }
        put_child(g, (coded_vector){.code = centre}, node, block, written++ % CODES_BLOCK);
    }
    return true;
}

static void retire_entries(coded_graph *g, uint32_t directory)
{
    const uint32_t *list = (const uint32_t *)(const void *)row_at(g, directory);
    for (uint32_t i = 1; i <= list[0]; i++)
        retire(g, list[i]);
    retire(g, directory);
}

/* Entries among nodes 0..count, all of which have codes. */
static bool update_entries(coded_graph *g, const graph *from, uint32_t count, bool are_first)
{
    uint32_t level, directory, entries = count_entries(from, count, &level);
    if (!are_first && level == g->entry_level && entries == g->entry_count && !g->entries_changed)
        return true;
    const uint32_t former_level = g->entry_level, former = atomic_load(&g->entries);
    g->entry_level = level;
    if (!write_entries(g, from, count, &directory)) {
        // What was taken for it is lost until the graph is freed: a row or two.
        g->entry_level = former_level;
        return false;
    }
    g->entry_count = entries;
    g->entries_changed = false;
    atomic_store(&g->entries, directory);
    if (!are_first) retire_entries(g, former);
    return true;
}

/* ---- all of it ---- */

static bool replace_changed(coded_graph *g, graph *from, uint32_t count)
{
    uint32_t written = 0;
    for (uint32_t node = 0; node < count; node++) {
        if (!*changed_at(from, node) || !graph_has_node(from, node)) continue;
        if (!replace_row(g, from, node)) return false;
        if (++written % RECLAIM_EVERY == 0) reclaim(g);
    }
    reclaim(g);
    return true;
}

static void set_no_place(coded_graph *g, uint32_t node)
{
    atomic_store(coded_place_of(g, node), CODED_NO_PLACE);
    g->forgotten++;
}

/* Gives rows to the nodes in slots that had others before. */
static bool place_again(coded_graph *g, const graph *from, uint32_t count)
{
    for (uint32_t node = 0; node < count && g->forgotten > 0; node++) {
        if (!graph_has_node(from, node) || place_of(g, node) != CODED_NO_PLACE) continue;
        if (!add_row(g, node)) return false;
        g->forgotten--;
        *changed_at(from, node) = true;
        if (graph_level(from, node) >= g->entry_level) g->entries_changed = true;
    }
    return true;
}

/* Gives rows to the nodes count..target, then fills their rows, which no search reads yet, `*budget` steps at
 * most. False: out of memory. What is done stays done for the next time. */
static bool prepare_rows(coded_graph *g, graph *from, uint32_t *budget)
{
    if (!region_reserve(&g->nodes, g->target)) return false;
    for (; g->placed<g->target && * budget> 0; g->placed++, --*budget) {
        if (!graph_has_node(from, g->placed))
            set_no_place(g, g->placed);
        else if (!add_row(g, g->placed))
            return false;
    }
    if (g->placed < g->target) return true;
    for (; g->filled<g->target && * budget> 0; g->filled++, --*budget)
        if (place_of(g, g->filled) != CODED_NO_PLACE)
            *changed_at(from, g->filled) =
                !fill_row(g, from, g->filled, row_at(g, place_of(g, g->filled)));
    return true;
}

static bool update(coded_graph *g, graph *from, uint32_t budget)
{
    const uint32_t before = coded_graph_count(g);
    if (g->target == before) {
        g->target = graph_count(from);
        g->placed = g->filled = before;
    }
    if (!place_again(g, from, g->placed) || !prepare_rows(g, from, &budget)) return false;
    if (g->filled < g->target) return true;
    if (!update_entries(g, from, g->target, before == 0)) return false;
    atomic_store_explicit(&g->count, g->target, memory_order_release);
    return replace_changed(g, from, g->target);
}

kith_status coded_graph_update(coded_graph *g, graph *from, uint32_t budget, kith_error *err)
{
    if (g->dim == 0 || graph_linked(from) == 0) return KITH_OK;
    CHECK(row_codes_count(g->codes) >= graph_count(from));
    if (g->unit == 0) g->unit = row_codes_mean_square(g->codes, graph_count(from));
    if (update(g, from, budget)) return KITH_OK;
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the codes of %u vectors",
                graph_count(from));
}

void coded_graph_note_leaving(coded_graph *g, const graph *from, const uint32_t *nodes,
                              uint32_t count)
{
    for (uint32_t i = 0; i < count && g->target > 0; i++)
        if (graph_level(from, nodes[i]) >= g->entry_level) g->entries_changed = true;
}

void coded_graph_forget(coded_graph *g, const uint32_t *slots, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slots[i] >= g->placed || place_of(g, slots[i]) == CODED_NO_PLACE) continue;
        *(uint32_t *)region_at(&g->unused, g->unused_count++) = place_of(g, slots[i]);
        set_no_place(g, slots[i]);
    }
}

void coded_graph_check(const coded_graph *g, const graph *from)
{
    for (uint32_t node = 0; node < coded_graph_count(g); node++) {
        bool all;
        uint32_t wanted[SCRATCH_BATCH], found = 0;
        CHECK(place_of(g, node) == CODED_NO_PLACE || *graph_state_at(from, node) != GRAPH_VACANT);
        if (place_of(g, node) == CODED_NO_PLACE || !graph_has_node(from, node)) continue;
        uint32_t count = read_links(g, from, node, coded_graph_count(g), wanted, &all);
        const uint8_t *row = row_at(g, place_of(g, node));
        for (uint32_t b = 0; b < g->blocks; b++)
            for (uint32_t slot = 0; slot < CODES_BLOCK; slot++) {
                uint32_t id = coded_ids(g, coded_block(g, row, b))[slot];
                if (id == GRAPH_NONE) continue;
                CHECK(has_id(wanted, count, id) || *changed_at(from, node));
                found++;
            }
        CHECK(found == count || *changed_at(from, node));
    }
}
