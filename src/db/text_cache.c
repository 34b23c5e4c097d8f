/* text_cache.c - see text_cache.h.
 *
 * In the log a row is 8 bytes of XXH3 of what follows, with its row as the seed; 4 bytes, the size of the metadata and
 * which of the two there are; the metadata; the text. The place of a row is (where that begins) * 2^24 + (bytes behind
 * the sum) + 1, and all ones in the low 24 bits for a point with neither, of which the log has nothing. The log never
 * gives a place twice, so a place that is read while it changes leads to what that row has, or to nothing.
 *
 * Texts that were added one after the other are read with one call, with what lies between them while
 * that is less than what a call of its own would cost. */
#include "db/text_cache.h"

#include "base/hash.h"
#include "base/reserve.h"
#include "base/size.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_BITS = 24, GAP_MAX_BYTES = 4096, SUM_BYTES = 8, HEAD_BYTES = 4 };
/* In the head of a row. */
static const uint32_t HAS_TEXT = UINT32_C(1) << 31, HAS_METADATA = UINT32_C(1) << 30;
static const uint64_t NOTHING = (UINT64_C(1) << SIZE_BITS) - 1;
static const uint64_t PLACE_END = UINT64_C(1) << (64 - SIZE_BITS);
_Static_assert(TEXT_CACHE_TEXT_MAX_BYTES + HEAD_BYTES + 1 < (1 << SIZE_BITS) - 1, "the size fits");

/* What is to be known of a row once the gathered bytes are written. */
struct gathered {
    uint32_t row;
    uint32_t at;  /* of its record in them, when it has one */
    uint32_t low; /* bits of its place: 0, it is not kept; NOTHING; bytes behind the sum + 1 */
};

static _Atomic(uint64_t) *place_of(const text_cache *c, uint32_t row)
{
    return region_at(&c->places, row);
}

static uint64_t load_place(const text_cache *c, uint32_t row)
{
    // Relaxed: what it leads to is in a file, and a checksum tells whether it is there.
    return atomic_load_explicit(place_of(c, row), memory_order_relaxed);
}

static bool has_record(uint64_t place)
{
    return (place & NOTHING) != NOTHING;
}

static uint64_t start_of(uint64_t place)
{
    return place >> SIZE_BITS;
}

static uint32_t size_of(uint64_t place)
{
    return (uint32_t)(place & NOTHING) - 1;
}

static uint64_t end_of(uint64_t place)
{
    return start_of(place) + SUM_BYTES + size_of(place);
}

void text_cache_init(text_cache *c)
{
    *c = (text_cache){0};
    region_init(&c->places, sizeof(uint64_t));
}

void text_cache_use(text_cache *c, text_log *log, uint32_t rows)
{
    c->log = log;
    if (!text_cache_reserve(c, rows)) c->log = NULL;
}

/* Any thread's, of a row that there is room for. */
static void forget(text_cache *c, uint32_t row)
{
    const uint64_t place = atomic_exchange_explicit(place_of(c, row), 0, memory_order_relaxed);
    if (place && has_record(place))
        text_log_forget(c->log, start_of(place), SUM_BYTES + (size_t)size_of(place));
}

/* Texts that lie one behind the other, as those of rows that came together do, are forgotten together. */
void text_cache_done(text_cache *c)
{
    uint64_t start = 0, end = 0;
    for (uint32_t row = 0; row < c->rows; row++) {
        const uint64_t place = load_place(c, row);
        if (!place || !has_record(place)) continue;
        if (start_of(place) != end) {
            if (end > start) text_log_forget(c->log, start, end - start);
            start = start_of(place);
        }
        end = end_of(place);
    }
    if (end > start) text_log_forget(c->log, start, end - start);
    region_done(&c->places);
}

size_t text_cache_bytes(const text_cache *c)
{
    return (size_t)region_capacity(&c->places) * sizeof(uint64_t);
}

bool text_cache_reserve(text_cache *c, uint32_t rows)
{
    if (!c->log || rows <= c->rows) return true;
    if (!region_reserve(&c->places, rows)) return false;
    c->rows = rows;
    return true;
}

void text_cache_forget(text_cache *c, uint32_t row)
{
    if (row < c->rows) forget(c, row);
}

/* ---- adding ---- */

/* Writes what was gathered. */
static void write_out(text_gathering *t)
{
    uint64_t start = 0;
    const bool is_kept =
        t->size > 0 && text_log_append(t->cache->log, (view){t->bytes, t->size}, &start);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct gathered *g = &t->texts[i];
        uint64_t place = g->low;
        forget(t->cache, g->row);
        if (place && has_record(place))
            place = is_kept && start + g->at < PLACE_END ? (start + g->at) << SIZE_BITS | place : 0;
        atomic_store_explicit(place_of(t->cache, g->row), place, memory_order_relaxed);
    }
    t->size = t->count = 0;
}

/* Room for one more row, and so many bytes. */
static bool reserve(text_gathering *t, uint32_t bytes)
{
    struct gathered *texts =
        heap_reserve(t->texts, &t->texts_capacity, t->count + 1, sizeof *texts);
    if (!texts) return false;
    t->texts = texts;
    if (bytes == 0) return true;
    char *grown = heap_reserve(t->bytes, &t->capacity, t->size + bytes, 1);
    if (!grown) return false;
    t->bytes = grown;
    return true;
}

static void append_view(text_gathering *t, view bytes)
{
    if (bytes.size) memcpy(t->bytes + t->size, bytes.data, bytes.size);
    t->size += (uint32_t)bytes.size;
}

/* There is room for it. */
static void append_record(text_gathering *t, uint32_t row, const kept_text *what)
{
    const uint32_t head = (uint32_t)what->metadata.size | (what->text.data ? HAS_TEXT : 0) |
                          (what->metadata.data ? HAS_METADATA : 0);
    const uint32_t behind_sum = t->size + SUM_BYTES;
    t->size = behind_sum;
    append_view(t, (view){(const char *)&head, HEAD_BYTES});
    append_view(t, what->metadata);
    append_view(t, what->text);
    const uint64_t sum = hash64((view){t->bytes + behind_sum, t->size - behind_sum}, row);
    memcpy(t->bytes + behind_sum - SUM_BYTES, &sum, SUM_BYTES);
}

void text_gathering_add(text_gathering *t, uint32_t row, const kept_text *what)
{
    struct gathered g = {.row = row};
    uint32_t bytes = 0;
    const bool has_any = what->text.data || what->metadata.data;
    if (!t->cache->log) return;
    if (!has_any) {
        g.low = (uint32_t)NOTHING;
    } else if (what->text.size <= TEXT_CACHE_TEXT_MAX_BYTES &&
               what->metadata.size <= TEXT_CACHE_TEXT_MAX_BYTES - what->text.size) {
        g.low = HEAD_BYTES + (uint32_t)(what->metadata.size + what->text.size) + 1;
        bytes = SUM_BYTES + g.low - 1;
    }
    if (t->size + bytes > TEXT_CACHE_READ_BYTES || t->count == TEXT_CACHE_ROWS) write_out(t);
    if (!reserve(t, bytes)) {
        write_out(t); // what was gathered of the row before, too
        forget(t->cache, row);
        return;
    }
    g.at = t->size;
    if (bytes) append_record(t, row, what);
    t->texts[t->count++] = g;
}

void text_gathering_end(text_gathering *t)
{
    write_out(t);
    text_gathering_done(t);
}

void text_gathering_done(text_gathering *t)
{
    free(t->bytes);
    free(t->texts);
    *t = (text_gathering){.cache = t->cache};
}

/* ---- reading ---- */

/* A piece of the log in memory. */
typedef struct piece {
    text_cache *cache;
    char *bytes; /* [capacity] */
    uint32_t capacity;
    uint64_t *places; /* of the rows that are asked for, TEXT_CACHE_ROWS at most */
} piece;

/* How many of places[count], from the first on, which has a text, are read with one call; those without
 * a text are passed over. *end is where the last of them ends. */
static uint32_t run_of(const uint64_t *places, uint32_t count, uint64_t *end)
{
    const uint64_t start = start_of(places[0]);
    uint32_t taken = 1;
    *end = end_of(places[0]);
    for (; taken < count; taken++) {
        const uint64_t place = places[taken];
        if (!place || !has_record(place)) continue;
        const bool is_near = start_of(place) >= *end && start_of(place) - *end <= GAP_MAX_BYTES;
        if (!is_near || end_of(place) - start > TEXT_CACHE_READ_BYTES) break;
        *end = end_of(place);
    }
    return taken;
}

/* Reads what is behind the sum of a record. False: no record has these bytes. */
static bool parse_record(view bytes, kept_text *out)
{
    static const char EMPTY[] = "";
    uint32_t head = 0;
    if (bytes.size < HEAD_BYTES) return false;
    memcpy(&head, bytes.data, HEAD_BYTES);
    const view both = {bytes.data + HEAD_BYTES, bytes.size - HEAD_BYTES};
    const uint32_t size = head & ~(HAS_TEXT | HAS_METADATA);
    if (size > both.size) return false;
    *out = (kept_text){{NULL, 0}, {NULL, 0}};
    if (head & HAS_METADATA) out->metadata = (view){size ? both.data : EMPTY, size};
    if (head & HAS_TEXT) out->text = view_slice(both, size, both.size);
    return true;
}

/* Shows the rows first..end, which are in the piece that begins at `start`. False: no more are wanted. */
static bool show(const piece *p, const text_reading *r, uint32_t first, uint32_t end,
                 uint64_t start)
{
    for (uint32_t i = first; i < end; i++) {
        const uint64_t place = p->places[i % TEXT_CACHE_ROWS];
        kept_text what;
        if (!place || !has_record(place)) continue;
        const char *at = p->bytes + (start_of(place) - start);
        const view bytes = {at + SUM_BYTES, size_of(place)};
        const uint64_t sum = hash64(bytes, r->rows[i]);
        r->found[i] = memcmp(at, &sum, SUM_BYTES) == 0 && parse_record(bytes, &what);
        if (r->found[i] && !r->visit(r->context, i, &what)) return false;
    }
    return true;
}

/* Reads rows first..end, at most TEXT_CACHE_ROWS. False: no more are wanted, or there is no memory. */
static bool read_rows(piece *p, const text_reading *r, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const uint64_t place = load_place(p->cache, r->rows[i]);
        p->places[i % TEXT_CACHE_ROWS] = place;
        if (!place || has_record(place)) continue;
        r->found[i] = true;
        if (!r->visit(r->context, i, &(kept_text){{NULL, 0}, {NULL, 0}})) return false;
    }
    for (uint32_t i = first; i < end;) {
        const uint64_t *places = &p->places[i % TEXT_CACHE_ROWS];
        uint64_t stop = 0, start = start_of(*places);
        if (!*places || !has_record(*places)) {
            i++;
            continue;
        }
        const uint32_t taken = run_of(places, end - i, &stop);
        const uint32_t bytes = (uint32_t)(stop - start);
        char *room = heap_reserve(p->bytes, &p->capacity, bytes, 1);
        if (!room) return false;
        p->bytes = room;
        if (text_log_read(p->cache->log, start, room, bytes) && !show(p, r, i, i + taken, start))
            return false;
        i += taken;
    }
    return true;
}

void text_cache_read(text_cache *c, const text_reading *r)
{
    if (r->count) memset(r->found, 0, r->count * sizeof *r->found);
    if (!c->log) return;
    const size_t at_once = size_min(r->count, TEXT_CACHE_ROWS);
    piece p = {.cache = c, .places = heap_new_array(at_once, sizeof *p.places)};
    for (uint32_t first = 0; p.places && first < r->count; first += TEXT_CACHE_ROWS) {
        const uint32_t end = (uint32_t)size_min(r->count, (size_t)first + TEXT_CACHE_ROWS);
        if (!read_rows(&p, r, first, end)) break;
    }
    free(p.places);
    free(p.bytes);
}
