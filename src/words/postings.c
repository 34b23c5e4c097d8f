/* postings.c - appending, walking and serialising one term's rows.
 *
 * Invariants, which postings_check verifies:
 *   1. every block but the last holds POSTINGS_BLOCK postings; there is a block exactly when there
 *      is a posting in it;
 *   2. the ends of blocks ascend in both streams, and the last ends are the streams' sizes;
 *   3. rows ascend through all blocks, positions within each posting;
 *   4. a block's last_row, max_count and min_length are exactly those of its postings. A cursor
 *      never reads past the end of its block: `next` is held against the block's rows_end before
 *      each posting, so that the trusted varint_get needs no bounds.
 *
 * Serialised, little-endian:
 *
 *   offset  bytes            what
 *        0  4                u32 count, of postings
 *        4  4                u32 rows_size
 *        8  4                u32 positions_size
 *       12  rows_size        the rows stream
 *        -  positions_size   the positions stream
 *
 * Blocks are not stored: they are computed from the streams, which are decoded once on reading, and
 * from the lengths of the rows. */
#include "words/postings.h"

#include "base/size.h"
#include "words/varint.h"

#include <stdatomic.h>
#include <stdlib.h>

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

/* ---- appending ---- */

/* Makes room for `needed` bytes in all. False: out of memory or more than 4 GiB, nothing changed.
 */
static bool reserve(uint8_t **bytes, uint32_t *capacity, size_t needed)
{
    if (needed <= *capacity) return true;
    enum { FIRST_BYTES = 24 }; // the least that an allocation takes
    if (needed > UINT32_MAX) return false;
    size_t grown_by_half = size_max((size_t)*capacity + *capacity / 2, FIRST_BYTES);
    size_t wanted = size_min(size_max(needed, grown_by_half), UINT32_MAX);
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

/* Room for one more posting with that many bytes of positions, in the streams and in a block, which
 * is begun when the last one is full. KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
static kith_status begin_posting(postings *p, size_t positions_max)
{
    bool new_block = p->count % POSTINGS_BLOCK == 0;
    size_t rows_needed = (size_t)p->rows_size + 2 * VARINT_MAX_BYTES;
    if (rows_needed > UINT32_MAX || p->positions_size + positions_max > UINT32_MAX)
        return KITH_ERR_LIMIT;
    if (!reserve(&p->rows, &p->rows_capacity, rows_needed) ||
        !reserve(&p->positions, &p->positions_capacity, p->positions_size + positions_max) ||
        (new_block && !reserve_block(p)))
        return KITH_ERR_NO_MEMORY;
    return KITH_OK;
}

/* Adds the posting whose positions stand at the end of their stream already. */
static void end_posting(postings *p, uint32_t row, uint32_t length, uint32_t count)
{
    uint32_t before = p->count ? p->blocks[p->block_count - 1].last_row : 0;
    DCHECK(count >= 1);
    DCHECK(p->count == 0 || row > before);
    if (p->count % POSTINGS_BLOCK == 0)
        p->blocks[p->block_count++] = (postings_block){.min_length = UINT32_MAX};
    postings_block *b = &p->blocks[p->block_count - 1];
    p->rows_size += varint_put(p->rows + p->rows_size, row - before);
    p->rows_size += varint_put(p->rows + p->rows_size, count);
    b->last_row = row;
    b->rows_end = p->rows_size;
    b->positions_end = p->positions_size;
    if (count > b->max_count) b->max_count = count;
    if (length < b->min_length) b->min_length = length;
    p->count++;
}

kith_status postings_append(postings *p, uint32_t row, uint32_t length, const uint32_t *positions,
                            uint32_t count)
{
    kith_status status = begin_posting(p, (size_t)count * VARINT_MAX_BYTES);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++) {
        DCHECK(i == 0 || positions[i] > positions[i - 1]);
        p->positions_size += varint_put(p->positions + p->positions_size,
                                        i ? positions[i] - positions[i - 1] : positions[i]);
    }
    end_posting(p, row, length, count);
    return KITH_OK;
}

/* Positions are copied as they are encoded; only rows are encoded anew, since a row that is left
 * out changes the difference of the one after it. */
kith_status postings_append_list(postings *p, uint32_t first_row, const postings_part *part,
                                 const uint32_t *lengths)
{
    const uint8_t *at = part->list->rows, *positions = part->list->positions;
    uint32_t row = part->first_row;
    for (uint32_t i = 0; i < part->list->count; i++) {
        uint32_t difference, count;
        const uint8_t *start = positions;
        at = varint_get(varint_get(at, &difference), &count);
        row += difference;
        for (uint32_t n = 0; n < count; n++)
            while (*positions++ >= 0x80) {
            }
        if (!bitset_has(part->live, row)) continue;
        size_t bytes = (size_t)(positions - start);
        kith_status status = begin_posting(p, bytes);
        if (status != KITH_OK) return status;
        memcpy(p->positions + p->positions_size, start, bytes);
        p->positions_size += (uint32_t)bytes;
        end_posting(p, row - first_row, lengths[row - first_row], count);
    }
    return KITH_OK;
}

bool postings_has_live(const postings_part *part)
{
    for (postings_cursor c = postings_begin(part->list); c.row != CURSOR_END; postings_next(&c))
        if (bitset_has(part->live, part->first_row + c.row)) return true;
    return false;
}

bool postings_has(const postings *p, uint32_t row)
{
    postings_cursor c = postings_begin(p);
    postings_seek(&c, row);
    return c.row == row;
}

/* Gives back what `size` of the *capacity elements leave over; keeps the memory when that fails. */
static void *trim(void *array, size_t size, uint32_t *capacity, size_t element_bytes)
{
    if (size == *capacity || size == 0) return array;
    void *trimmed = heap_grow_array(array, size, element_bytes);
    if (!trimmed) return array;
    *capacity = (uint32_t)size;
    return trimmed;
}

void postings_trim(postings *p)
{
    p->rows = trim(p->rows, p->rows_size, &p->rows_capacity, 1);
    p->positions = trim(p->positions, p->positions_size, &p->positions_capacity, 1);
    p->blocks = trim(p->blocks, p->block_count, &p->block_capacity, sizeof *p->blocks);
}

/* ---- walking ---- */

static uint32_t block_start(const postings *p, uint32_t block)
{
    return block ? p->blocks[block - 1].rows_end : 0;
}

/* Moves the cursor to the first posting of `block`; to CURSOR_END when there is no such block. */
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
    DCHECK(c->next < c->list->blocks[c->block].rows_end);
    uint32_t difference;
    const uint8_t *at = varint_get(c->list->rows + c->next, &difference);
    c->row += difference;
    c->next = (uint32_t)(varint_get(at, &c->count) - c->list->rows);
    c->taken++;
}

/* The first block at or after the cursor's whose last row is >= row; block_count when there is
 * none. Steps double while they stay before `row` and begin at one again when they do not, because
 * most seeks go a block or two. */
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

/* The positions stream has no offsets within a block: the counts of the block's postings before the
 * current one say how many positions come before its own. Where the last call stopped is
 * remembered, so calls for ascending rows decode each position of a block once. */
void postings_positions(postings_cursor *c, uint32_t *out)
{
    const postings *p = c->list;
    if (c->position_block != c->block || c->skipped >= c->taken) {
        c->position_block = c->block;
        c->position = c->block ? p->blocks[c->block - 1].positions_end : 0;
        c->skipped = 0;
    }
    const uint8_t *at = p->rows + block_start(p, c->block);
    const uint8_t *position = p->positions + c->position;
    for (uint32_t i = 0; i + 1 < c->taken; i++) {
        uint32_t difference, count, ignored;
        at = varint_get(varint_get(at, &difference), &count);
        if (i < c->skipped) continue;
        for (uint32_t n = 0; n < count; n++)
            position = varint_get(position, &ignored);
        c->skipped++;
    }
    c->position = (uint32_t)(position - p->positions);
    for (uint32_t i = 0; i < c->count; i++) {
        position = varint_get(position, &out[i]);
        if (i) out[i] += out[i - 1];
    }
}

/* ---- serialised ---- */

void postings_write(const postings *p, buffer *out)
{
    buffer_append_u32(out, p->count);
    buffer_append_u32(out, p->rows_size);
    buffer_append_u32(out, p->positions_size);
    buffer_append(out, (view){(const char *)p->rows, p->rows_size});
    buffer_append(out, (view){(const char *)p->positions, p->positions_size});
}

static bool is_removed(const postings_rows *rows, uint64_t row)
{
    return atomic_load_explicit(&rows->removed[row / 64], memory_order_relaxed) >> (row % 64) & 1;
}

/* Moves *at past `count` positions of an untrusted stream. False when one is cut off, does not
 * ascend or is above 32 bits. */
static bool read_positions(const uint8_t *bytes, uint32_t size, uint32_t count, uint32_t *at)
{
    uint64_t place = 0;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t step = 0;
        if (!varint_read(bytes, size, at, &step)) return false;
        place += step;
        if ((n > 0 && step == 0) || place > UINT32_MAX) return false;
    }
    return true;
}

/* Decodes both streams once, verifies them, counts the rows that are not removed, and writes all
 * blocks. False when a number is cut off, does not ascend, is out of range, or bytes are left over,
 * or when a row is in another language. Works in locals, which stay in registers: reading a file is
 * mostly this loop. */
static bool rebuild_blocks(postings *p, const postings_rows *rows, uint8_t language,
                           uint32_t *holders)
{
    const uint8_t *row_bytes = p->rows, *position_bytes = p->positions;
    const uint32_t rows_size = p->rows_size, positions_size = p->positions_size;
    const postings_rows r = *rows;
    postings_block block = {0};
    uint32_t at = 0, position = 0, kept = 0;
    uint64_t row = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t delta = 0, count = 0;
        if (!varint_read(row_bytes, rows_size, &at, &delta) ||
            !varint_read(row_bytes, rows_size, &at, &count))
            return false;
        row += delta;
        if ((i > 0 && delta == 0) || row >= r.count || count == 0) return false;
        if (r.languages[row] != language) return false;
        if (!read_positions(position_bytes, positions_size, count, &position)) return false;
        kept += !is_removed(&r, row);
        if (i % POSTINGS_BLOCK == 0) block = (postings_block){.min_length = UINT32_MAX};
        if (count > block.max_count) block.max_count = count;
        if (r.lengths[row] < block.min_length) block.min_length = r.lengths[row];
        if ((i + 1) % POSTINGS_BLOCK != 0 && i + 1 < p->count) continue;
        block.last_row = (uint32_t)row;
        block.rows_end = at;
        block.positions_end = position;
        p->blocks[i / POSTINGS_BLOCK] = block;
    }
    *holders = kept;
    return at == rows_size && position == positions_size;
}

/* A copy of the first `size` bytes of *rest, which moves past them; NULL: out of memory. */
static uint8_t *take_bytes(view *rest, uint32_t size)
{
    uint8_t *copy = malloc(size_max(size, 1));
    if (copy && size) memcpy(copy, rest->data, size);
    if (copy) *rest = view_slice(*rest, size, rest->size);
    return copy;
}

static uint32_t block_count_of(uint32_t count)
{
    return count / POSTINGS_BLOCK + (count % POSTINGS_BLOCK != 0);
}

kith_status postings_read(view *rest, const postings_rows *rows, uint8_t language, postings *out,
                          uint32_t *holders)
{
    enum { HEADER_BYTES = 12 };
    if (rest->size < HEADER_BYTES) return KITH_ERR_CORRUPT;
    postings p = {.count = load_u32(rest->data)};
    uint32_t rows_size = load_u32(rest->data + 4), positions_size = load_u32(rest->data + 8);
    uint64_t needed = HEADER_BYTES + (uint64_t)rows_size + positions_size;
    // A posting takes two bytes of the rows stream at least, which bounds the memory of blocks.
    if (needed > rest->size || p.count == 0 || p.count > rows_size / 2) return KITH_ERR_CORRUPT;
    *rest = view_slice(*rest, HEADER_BYTES, rest->size);
    p.block_count = p.block_capacity = block_count_of(p.count);
    p.blocks = heap_new_array(p.block_count, sizeof *p.blocks);
    p.rows = take_bytes(rest, rows_size);
    p.rows_size = p.rows_capacity = rows_size;
    if (p.rows) p.positions = take_bytes(rest, positions_size);
    p.positions_size = p.positions_capacity = positions_size;
    kith_status status = p.blocks && p.rows && p.positions ? KITH_OK : KITH_ERR_NO_MEMORY;
    uint32_t counted = 0;
    if (status == KITH_OK && !rebuild_blocks(&p, rows, language, &counted))
        status = KITH_ERR_CORRUPT;
    if (status != KITH_OK) {
        postings_done(&p);
        return status;
    }
    *out = p;
    *holders = counted;
    return KITH_OK;
}

/* ---- verified ---- */

static kith_status fail_broken(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "postings: %s", what);
}

/* The blocks that were computed anew from the streams are those that the list has. */
static kith_status compare_blocks(const postings *p, const postings *computed, kith_error *err)
{
    for (uint32_t i = 0; i < p->block_count; i++) {
        const postings_block *has = &p->blocks[i], *is = &computed->blocks[i];
        if (has->last_row != is->last_row || has->max_count != is->max_count)
            return fail_broken(err, "a block does not describe its postings");
        if (has->min_length != is->min_length)
            return fail_broken(err, "a block's smallest length is not that of its rows");
        if (has->rows_end != is->rows_end || has->positions_end != is->positions_end)
            return fail_broken(err, "a block does not end where its postings do");
    }
    return KITH_OK;
}

kith_status postings_check(const postings *p, const postings_rows *rows, uint8_t language,
                           uint32_t holders, kith_error *err)
{
    uint32_t blocks = block_count_of(p->count), counted = 0;
    if (p->block_count != blocks || p->block_count > p->block_capacity)
        return fail_broken(err, "there are too many or too few blocks");
    if (p->rows_size > p->rows_capacity || p->positions_size > p->positions_capacity)
        return fail_broken(err, "a stream is larger than its memory");
    postings computed = *p;
    computed.blocks = heap_new_array(blocks, sizeof *computed.blocks);
    if (!computed.blocks) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a check");
    kith_status status = rebuild_blocks(&computed, rows, language, &counted)
                             ? compare_blocks(p, &computed, err)
                             : fail_broken(err, "a stream does not decode to its postings");
    free(computed.blocks);
    if (status == KITH_OK && counted != holders)
        return fail_broken(err, "the rows that are not removed are not as many as counted");
    return status;
}
