/* postings.c - appending, walking and serialising one term's rows.
 * Invariant: blocks but the last hold POSTINGS_BLOCK postings; block ends ascend in both streams;
 * rows ascend through all blocks. */
#include "words/postings.h"

#include "base/size.h"

#include <stdlib.h>

enum { VARINT_MAX_BYTES = 5 };

void postings_done(postings *p)
{
    free(p->rows);
    free(p->positions);
    free(p->blocks);
    *p = (postings){0};
}

size_t postings_bytes(const postings *p)
{
    return (size_t)p->rows_capacity + p->positions_capacity + p->block_capacity * sizeof *p->blocks;
}

/* ---- varints ---- */

static uint32_t put_varint(uint8_t *out, uint32_t value)
{
    uint32_t size = 0;
    for (; value >= 0x80; value >>= 7)
        out[size++] = (uint8_t)(value | 0x80);
    out[size++] = (uint8_t)value;
    return size;
}

/* Trusted streams only: those that postings_append wrote or postings_read checked. */
static uint32_t get_varint(const uint8_t *bytes, uint32_t *at)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
}

/* ---- appending ---- */

static bool reserve(uint8_t **bytes, uint32_t *capacity, size_t needed)
{
    if (needed <= *capacity) return true;
    if (needed > UINT32_MAX) return false;
    size_t wanted = size_min(size_max(needed, (size_t)*capacity + *capacity / 2), UINT32_MAX);
    uint8_t *grown = heap_grow_array(*bytes, wanted, 1);
    if (!grown) return false;
    *bytes = grown;
    *capacity = (uint32_t)wanted;
    return true;
}

static bool reserve_block(postings *p)
{
    if (p->block_count < p->block_capacity) return true;
    uint32_t capacity = p->block_capacity ? p->block_capacity * 2 : 1;
    postings_block *grown = heap_grow_array(p->blocks, capacity, sizeof *grown);
    if (!grown) return false;
    p->blocks = grown;
    p->block_capacity = capacity;
    return true;
}

kith_status postings_append(postings *p, uint32_t row, uint32_t length, const uint32_t *positions,
                            uint32_t count)
{
    size_t positions_max = (size_t)count * VARINT_MAX_BYTES;
    bool new_block = p->count % POSTINGS_BLOCK == 0;
    if ((size_t)p->rows_size + 2 * VARINT_MAX_BYTES > UINT32_MAX ||
        p->positions_size + positions_max > UINT32_MAX)
        return KITH_ERR_LIMIT;
    if (!reserve(&p->rows, &p->rows_capacity, (size_t)p->rows_size + 2 * VARINT_MAX_BYTES) ||
        !reserve(&p->positions, &p->positions_capacity, p->positions_size + positions_max) ||
        (new_block && !reserve_block(p)))
        return KITH_ERR_NO_MEMORY;

    uint32_t before = p->count ? p->blocks[p->block_count - 1].last_row : 0;
    DCHECK(p->count == 0 || row > before);
    if (new_block) p->blocks[p->block_count++] = (postings_block){.min_length = UINT32_MAX};
    postings_block *b = &p->blocks[p->block_count - 1];
    p->rows_size += put_varint(p->rows + p->rows_size, row - before);
    p->rows_size += put_varint(p->rows + p->rows_size, count);
    for (uint32_t i = 0; i < count; i++)
        p->positions_size += put_varint(p->positions + p->positions_size,
                                        i ? positions[i] - positions[i - 1] : positions[i]);
    b->last_row = row;
    b->rows_end = p->rows_size;
    b->positions_end = p->positions_size;
    if (count > b->max_count) b->max_count = count;
    if (length < b->min_length) b->min_length = length;
    p->count++;
    return KITH_OK;
}

/* ---- walking ---- */

static uint32_t block_start(const postings *p, uint32_t block)
{
    return block ? p->blocks[block - 1].rows_end : 0;
}

static void enter_block(postings_cursor *c, uint32_t block)
{
    c->block = block;
    c->taken = 0;
    if (block == c->list->block_count) {
        c->row = CURSOR_END;
        return;
    }
    c->next = block_start(c->list, block);
    c->row = block ? c->list->blocks[block - 1].last_row : 0;
    postings_next(c);
}

postings_cursor postings_begin(const postings *p)
{
    postings_cursor c = {.list = p, .position_block = UINT32_MAX};
    enter_block(&c, 0);
    return c;
}

void postings_next(postings_cursor *c)
{
    if (c->row == CURSOR_END) return;
    if (c->next == c->list->blocks[c->block].rows_end) {
        enter_block(c, c->block + 1);
        return;
    }
    c->row += get_varint(c->list->rows, &c->next);
    c->count = get_varint(c->list->rows, &c->next);
    c->taken++;
}

/* The first block at or after the cursor's whose last row is >= row: galloping, for most seeks are
 * short. */
static uint32_t find_block(const postings_cursor *c, uint32_t row)
{
    const postings *p = c->list;
    uint32_t low = c->block, step = 1;
    while (low < p->block_count && p->blocks[low].last_row < row) {
        uint32_t probe = low + step;
        if (probe < p->block_count && p->blocks[probe].last_row < row) {
            low = probe;
            step *= 2;
        } else {
            low++;
            step = 1;
        }
    }
    return low;
}

void postings_seek(postings_cursor *c, uint32_t row)
{
    if (c->row == CURSOR_END || c->row >= row) return;
    uint32_t block = find_block(c, row);
    if (block != c->block) enter_block(c, block);
    while (c->row < row)
        postings_next(c);
}

const postings_block *postings_block_of(const postings_cursor *c, uint32_t row)
{
    if (c->row == CURSOR_END) return NULL;
    uint32_t block = find_block(c, row);
    return block == c->list->block_count ? NULL : &c->list->blocks[block];
}

/* Counts of the postings before the current one tell how many positions to pass over. */
void postings_positions(postings_cursor *c, uint32_t *out)
{
    const postings *p = c->list;
    if (c->position_block != c->block || c->skipped >= c->taken) {
        c->position_block = c->block;
        c->position = c->block ? p->blocks[c->block - 1].positions_end : 0;
        c->skipped = 0;
    }
    uint32_t at = block_start(p, c->block);
    for (uint32_t i = 0; i + 1 < c->taken; i++) {
        (void)get_varint(p->rows, &at);
        uint32_t count = get_varint(p->rows, &at);
        if (i < c->skipped) continue;
        for (uint32_t n = 0; n < count; n++)
            (void)get_varint(p->positions, &c->position);
        c->skipped++;
    }
    uint32_t at_position = c->position;
    for (uint32_t i = 0; i < c->count; i++)
        out[i] = get_varint(p->positions, &at_position) + (i ? out[i - 1] : 0);
}

/* ---- serialised: u32 count | u32 rows_size | u32 positions_size | rows | positions ; blocks are
 * recomputed but for min_length, u32 a block ---- */

void postings_write(const postings *p, buffer *out)
{
    buffer_append_u32(out, p->count);
    buffer_append_u32(out, p->rows_size);
    buffer_append_u32(out, p->positions_size);
    for (uint32_t i = 0; i < p->block_count; i++)
        buffer_append_u32(out, p->blocks[i].min_length);
    buffer_append(out, (view){(const char *)p->rows, p->rows_size});
    buffer_append(out, (view){(const char *)p->positions, p->positions_size});
}

/* A checked varint; false past the end or above 32 bits. */
static bool read_varint(const uint8_t *bytes, uint32_t size, uint32_t *at, uint32_t *value)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*at == size) return false;
        uint8_t byte = bytes[(*at)++];
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte >= 0x80) continue;
        *value = (uint32_t)v;
        return v <= UINT32_MAX;
    }
    return false;
}

/* Walks both streams once, checking and filling the blocks. */
static bool rebuild_blocks(postings *p, uint32_t row_limit)
{
    uint32_t at = 0, position = 0;
    uint64_t row = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t delta = 0, count = 0;
        if (!read_varint(p->rows, p->rows_size, &at, &delta) ||
            !read_varint(p->rows, p->rows_size, &at, &count))
            return false;
        row += delta;
        if ((i > 0 && delta == 0) || row >= row_limit || count == 0) return false;
        uint64_t place = 0;
        for (uint32_t n = 0; n < count; n++) {
            uint32_t step = 0;
            if (!read_varint(p->positions, p->positions_size, &position, &step)) return false;
            place += step;
            if ((n > 0 && step == 0) || place > UINT32_MAX) return false;
        }
        postings_block *b = &p->blocks[i / POSTINGS_BLOCK];
        b->last_row = (uint32_t)row;
        b->rows_end = at;
        b->positions_end = position;
        if (count > b->max_count) b->max_count = count;
    }
    return at == p->rows_size && position == p->positions_size;
}

static uint8_t *take_bytes(view *rest, uint32_t size)
{
    uint8_t *copy = malloc(size_max(size, 1));
    if (copy && size) memcpy(copy, rest->data, size);
    if (copy) *rest = view_slice(*rest, size, rest->size);
    return copy;
}

bool postings_read(view *rest, uint32_t row_limit, postings *out)
{
    enum { HEADER_BYTES = 12 };
    if (rest->size < HEADER_BYTES) return false;
    postings p = {.count = load_u32(rest->data)};
    uint32_t rows_size = load_u32(rest->data + 4), positions_size = load_u32(rest->data + 8);
    uint32_t blocks = p.count / POSTINGS_BLOCK + (p.count % POSTINGS_BLOCK != 0);
    uint64_t needed = HEADER_BYTES + (uint64_t)blocks * 4 + rows_size + positions_size;
    if (needed > rest->size) return false;
    p.blocks = heap_new_array(blocks, sizeof *p.blocks);
    for (uint32_t i = 0; p.blocks && i < blocks; i++)
        p.blocks[i].min_length = load_u32(rest->data + HEADER_BYTES + (size_t)i * 4);
    *rest = view_slice(*rest, HEADER_BYTES + (size_t)blocks * 4, rest->size);
    p.block_count = p.block_capacity = blocks;
    p.rows = take_bytes(rest, rows_size);
    p.rows_size = p.rows_capacity = rows_size;
    if (p.rows) p.positions = take_bytes(rest, positions_size);
    p.positions_size = p.positions_capacity = positions_size;
    if (p.blocks && p.rows && p.positions && rebuild_blocks(&p, row_limit)) {
        *out = p;
        return true;
    }
    postings_done(&p);
    return false;
}
