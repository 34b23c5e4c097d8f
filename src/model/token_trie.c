/* token_trie.c - a double array: all nodes lie in one array of cells, and a child is found by
 * arithmetic instead of a search.
 *
 *   cell   base (23 bits) | label (9 bits) | value (32 bits)
 *
 * The child of a node by byte c lies in cell (base of the node) ^ c, if that cell's label is c.
 * Because c is less than BLOCK_CELLS, all children of a node lie in the block of its base, and a
 * base inside the array can lead to no cell outside it: matching needs no check of bounds.
 *
 * Invariants:
 *   1. No two nodes have the same base. A cell i with label c is therefore the child of the one
 *      node whose base is i ^ c, and comparing the label suffices to know that a cell found by
 *      arithmetic is a child of this node and not of another. The classic structure keeps a "check"
 *      word for that.
 *   2. Base 0 means that a node has no children. A step from such a node looks into the first
 *      block, where no child ever lies: it holds only the root, in cell 0, whose label is
 *      LABEL_NONE, as all free cells'. No byte equals it, so the step fails as it should.
 *   3. A node with the value TRIE_NO_VALUE is only the beginning of longer keys.
 *
 * A match walks down byte by byte, remembers the last node that had a value, and stops at the first
 * step that fails: greedy longest match in one pass, with no going back.
 *
 * Limits: a base has 23 bits, so a trie has at most MAX_CELLS = 2^23 cells. A cell is 8 bytes, so a
 * step is one load. The 30,522 tokens of BERT are 65,016 nodes in 70,912 cells, built in 5 ms.
 *
 * The builder places nodes depth first, so that the cells of a word lie close, and tries at most
 * MAX_TRIES free cells for each node before it appends a new block, in which any base fits. The
 * time is therefore linear in the bytes whatever the keys are; the price is cells that stay empty,
 * 42 % with the worst keys that were tried (random bytes).
 *
 * Source: Aoe 1989, "An efficient digital search algorithm by using a double-array structure"; the
 * exclusive or in place of a sum is Yata's (darts-clone). */
#include "model/token_trie.h"

#include "base/bitset.h"
#include "base/size.h"

#include <stdlib.h>

enum {
    BLOCK_CELLS = 256,
    FIRST_CELLS = 64 * BLOCK_CELLS,
    LABEL_BITS = 9,
    LABEL_NONE = 256, /* of a free cell, and of the root */
    LABEL_MASK = (1 << LABEL_BITS) - 1,
    MAX_CELLS = 1 << (32 - LABEL_BITS),
    /* Free cells tried for a node: with 32 BERT's trie is 5 % larger, with 256 1 % smaller. */
    MAX_TRIES = 64,
};

typedef struct cell {
    uint32_t base_and_label; /* base << LABEL_BITS | label */
    uint32_t value;
} cell;

struct token_trie {
    cell *cells;
    uint32_t count; /* a multiple of BLOCK_CELLS */
};

/* Work still to do: entries [begin, end), sorted, share their first `depth` bytes, whose node is
 * cell `node`; the node's children are not placed yet. */
typedef struct subtree {
    uint32_t begin, end;
    size_t depth;
    uint32_t node;
} subtree;

/* A cell while the trie is built. The free cells that are still tried form a doubly linked ring
 * through slot 0, the root, which is its head; every other slot is a ring of itself alone. */
typedef struct slot {
    cell cell;
    uint32_t next, previous;
    bool is_base; /* some node has this cell's number as its base */
} slot;

typedef struct builder {
    const trie_entry *entries;
    slot *slots;
    uint32_t count, capacity;
    /* [entries + 1], a stack. The ranges on it are disjoint and none is empty, so it never holds
     * more than there are entries. */
    subtree *pending;
    uint32_t pending_count;
} builder;

static uint32_t cell_base(cell c)
{
    return c.base_and_label >> LABEL_BITS;
}

static uint32_t cell_label(cell c)
{
    return c.base_and_label & LABEL_MASK;
}

static int compare_entries(const void *a, const void *b)
{
    return view_compare(((const trie_entry *)a)->key, ((const trie_entry *)b)->key);
}

/* Makes room for one more block. Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
static kith_status reserve_block(builder *b, kith_error *err)
{
    if (b->count + BLOCK_CELLS <= b->capacity) return KITH_OK;
    if (b->count + BLOCK_CELLS > MAX_CELLS)
        return fail(err, KITH_ERR_LIMIT, "the tokens need more than %d trie cells", MAX_CELLS);
    uint32_t capacity = b->capacity * 2;
    slot *grown = heap_grow_array(b->slots, capacity, sizeof *grown);
    if (grown == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the trie of tokens");
    b->slots = grown;
    b->capacity = capacity;
    return KITH_OK;
}

/* Makes the first block, which holds the root and no free cell. */
static void append_root(builder *b)
{
    for (uint32_t i = 0; i < BLOCK_CELLS; i++)
        b->slots[i] = (slot){.cell = {LABEL_NONE, TRIE_NO_VALUE}, .next = i, .previous = i};
    b->count = BLOCK_CELLS;
}

/* Appends a block of free cells, and those to the end of the ring. Errors: KITH_ERR_LIMIT,
 * KITH_ERR_NO_MEMORY. */
static kith_status append_block(builder *b, kith_error *err)
{
    kith_status status = reserve_block(b, err);
    if (status != KITH_OK) return status;
    slot *slots = b->slots;
    for (uint32_t i = b->count; i < b->count + BLOCK_CELLS; i++) {
        uint32_t last = slots[TRIE_ROOT].previous;
        slots[i] = (slot){.cell = {LABEL_NONE, TRIE_NO_VALUE}, .next = TRIE_ROOT, .previous = last};
        slots[last].next = i;
        slots[TRIE_ROOT].previous = i;
    }
    b->count += BLOCK_CELLS;
    return KITH_OK;
}

/* Takes a slot out of the ring; one that is a ring of itself stays so. */
static void unlink_slot(builder *b, uint32_t index)
{
    slot *s = &b->slots[index];
    b->slots[s->previous].next = s->next;
    b->slots[s->next].previous = s->previous;
    s->next = s->previous = index;
}

/* Whether no node has this base yet and the cells of all these children are free. */
static bool base_fits(const builder *b, uint32_t base, const uint8_t *labels, uint32_t label_count)
{
    if (b->slots[base].is_base) return false;
    for (uint32_t i = 0; i < label_count; i++) {
        if (cell_label(b->slots[base ^ labels[i]].cell) != LABEL_NONE) return false;
    }
    return true;
}

/* Chooses a base for a node with children by labels[label_count]. Tries the first free cells of the
 * ring as the place of the first child. When none will do, a new block is appended, and the cells
 * that were tried leave the ring, so that no later node tries them again: they are the few left
 * over in nearly full blocks, and their bases are mostly taken. They stay free, and a later node
 * may still use them for children other than its first.
 * Errors: KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
static kith_status choose_base(builder *b, const uint8_t *labels, uint32_t label_count,
                               uint32_t *base, kith_error *err)
{
    CHECK(label_count > 0);
    uint32_t i = b->slots[TRIE_ROOT].next;
    for (uint32_t tries = 0; i != TRIE_ROOT && tries < MAX_TRIES; tries++) {
        *base = i ^ labels[0];
        if (base_fits(b, *base, labels, label_count)) return KITH_OK;
        i = b->slots[i].next;
    }
    while (b->slots[TRIE_ROOT].next != i)
        unlink_slot(b, b->slots[TRIE_ROOT].next);
    *base = b->count;
    return append_block(b, err);
}

/* Sets the value of `s.node`, places its children, and pushes them on the stack. Errors:
 * KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
static kith_status place_children(builder *b, subtree s, kith_error *err)
{
    const trie_entry *entries = b->entries;
    // The shortest of the sorted entries comes first: only it can be the node's own key.
    if (entries[s.begin].key.size == s.depth) {
        CHECK(entries[s.begin].value != TRIE_NO_VALUE);
        b->slots[s.node].cell.value = entries[s.begin++].value;
    }
    if (s.begin == s.end) return KITH_OK;

    uint8_t labels[256];
    uint32_t label_count = 0;
    uint32_t starts[257];
    for (uint32_t i = s.begin; i < s.end; i++) {
        uint8_t label = (uint8_t)entries[i].key.data[s.depth];
        if (label_count > 0 && labels[label_count - 1] == label) continue;
        starts[label_count] = i;
        labels[label_count++] = label;
    }
    starts[label_count] = s.end;

    uint32_t base = 0;
    kith_status status = choose_base(b, labels, label_count, &base, err);
    if (status != KITH_OK) return status;
    b->slots[base].is_base = true;
    b->slots[s.node].cell.base_and_label |= base << LABEL_BITS; // was 0
    for (uint32_t i = label_count; i-- > 0;) { // backwards: the stack pops the first child first
        uint32_t child = base ^ labels[i];
        unlink_slot(b, child);
        b->slots[child].cell.base_and_label = labels[i];
        b->pending[b->pending_count++] = (subtree){starts[i], starts[i + 1], s.depth + 1, child};
    }
    return KITH_OK;
}

static kith_status find_duplicate(const trie_entry *sorted, uint32_t count, kith_error *err)
{
    for (uint32_t i = 1; i < count; i++) {
        if (view_equal(sorted[i - 1].key, sorted[i].key))
            return fail(err, KITH_ERR_EXISTS, "the token '%.*s' is there twice",
                        VIEW_ARG(sorted[i].key));
    }
    return KITH_OK;
}

/* Copies the finished cells, without what only the builder needs; NULL when out of memory. */
static token_trie *pack(const builder *b)
{
    token_trie *trie = malloc(sizeof *trie);
    cell *cells = heap_new_array(b->count, sizeof *cells);
    if (trie == NULL || cells == NULL) {
        free(cells);
        free(trie);
        return NULL;
    }
    for (uint32_t i = 0; i < b->count; i++)
        cells[i] = b->slots[i].cell;
    *trie = (token_trie){.cells = cells, .count = b->count};
    return trie;
}

kith_status token_trie_new(trie_entry *entries, uint32_t count, token_trie **out, kith_error *err)
{
    token_trie *trie = NULL;
    builder b = {.entries = entries, .capacity = FIRST_CELLS};
    b.slots = heap_new_array(b.capacity, sizeof *b.slots);
    b.pending = heap_new_array((size_t)count + 1, sizeof *b.pending);
    kith_status status = KITH_OK;
    if (b.slots == NULL || b.pending == NULL) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the trie of tokens");
        goto done;
    }
    if (count > 0) qsort(entries, count, sizeof *entries, compare_entries);
    status = find_duplicate(entries, count, err);
    if (status != KITH_OK) goto done;
    append_root(&b);
    if (count > 0) b.pending[b.pending_count++] = (subtree){0, count, 0, TRIE_ROOT};
    while (b.pending_count > 0) {
        status = place_children(&b, b.pending[--b.pending_count], err);
        if (status != KITH_OK) goto done;
    }
    trie = pack(&b);
    if (trie == NULL) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the trie of tokens");
        goto done;
    }
    *out = trie;
done:
    free(b.slots);
    free(b.pending);
    return status;
}

void token_trie_free(token_trie *trie)
{
    if (trie == NULL) return;
    free(trie->cells);
    free(trie);
}

bool token_trie_descend(const token_trie *trie, trie_node *node, view text)
{
    uint32_t at = *node;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        at = cell_base(trie->cells[at]) ^ byte;
        if (cell_label(trie->cells[at]) != byte) return false;
    }
    *node = at;
    return true;
}

bool token_trie_step(const token_trie *trie, trie_node *node, unsigned char byte, uint32_t *value)
{
    const uint32_t at = cell_base(trie->cells[*node]) ^ byte;
    if (cell_label(trie->cells[at]) != byte) return false;
    *node = at;
    *value = trie->cells[at].value;
    return true;
}

size_t token_trie_match(const token_trie *trie, trie_node node, view text, uint32_t *value)
{
    const cell *cells = trie->cells;
    size_t longest = 0;
    uint32_t base = cell_base(cells[node]);
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        cell next = cells[base ^ byte];
        if (cell_label(next) != byte) break;
        if (next.value != TRIE_NO_VALUE) {
            *value = next.value;
            longest = i + 1;
        }
        base = cell_base(next);
    }
    return longest;
}

bool token_trie_find(const token_trie *trie, view key, uint32_t *value)
{
    trie_node node = TRIE_ROOT;
    if (!token_trie_descend(trie, &node, key)) return false;
    if (trie->cells[node].value == TRIE_NO_VALUE) return false;
    *value = trie->cells[node].value;
    return true;
}

bool token_trie_check(const token_trie *trie)
{
    bitset *seen = bitset_new(trie->count); // the cells that are some node's base
    if (seen == NULL) return false;
    bool sound = trie->count % BLOCK_CELLS == 0 && cell_label(trie->cells[TRIE_ROOT]) == LABEL_NONE;
    for (uint32_t i = 0; i < trie->count && sound; i++) {
        cell c = trie->cells[i];
        if (i != TRIE_ROOT && cell_label(c) == LABEL_NONE) {
            sound = cell_base(c) == 0 && c.value == TRIE_NO_VALUE;
        } else if (cell_base(c) != 0) {
            sound = cell_base(c) >= BLOCK_CELLS && cell_base(c) < trie->count &&
                    !bitset_has(seen, cell_base(c));
            if (sound) bitset_set(seen, cell_base(c));
        }
    }
    for (uint32_t i = 0; i < trie->count && sound; i++) {
        uint32_t label = cell_label(trie->cells[i]);
        if (label != LABEL_NONE) sound = bitset_has(seen, i ^ label);
    }
    bitset_free(seen);
    return sound;
}
