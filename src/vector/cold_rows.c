/* cold_rows.c - see cold_rows.h.
 *
 * Sums. Pages have checksums, so a vector is verified with all of the pages that it lies on. A long one has another sum of
 * its own, 32 bits of a hash, from when its pages were verified first: from then on it is read by itself, which is half the
 * bytes. The sum stays with the slot when the vector moves from the spill to a generation, and goes with it. */
#include "vector/cold_rows.h"

#include "base/hash.h"
#include "base/size.h"
#include "os/unnamed_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = PAGED_FILE_PAGE, SPILLS = 2, TAILS = 2 };

/* What stands in the top bits of a place. */
typedef enum cold_kind {
    COLD_BASE,
    COLD_SPILL_A,
    COLD_SPILL_B,
    COLD_TAIL_A,
    COLD_TAIL_B
} cold_kind;
enum { KIND_SHIFT = 29 };
static const uint32_t INDEX_MASK = (UINT32_C(1) << KIND_SHIFT) - 1;

typedef struct cold_tail {
    region rows;             /* row_bytes each */
    region slots;            /* u32: of each */
    _Atomic(uint32_t) count; /* the appender's; others ask how much memory it is */
    bool is_left;            /* its vectors are in the spill; freed when nobody can be reading it */
    bool was_zero[2];        /* of readers_are_gone */
} cold_tail;

struct cold_rows {
    cold_options options;
    readers *readers;        /* NULL: the appender is alone */
    uint32_t full_tail;      /* vectors that make a tail full: a multiple of what fills pages */
    region places;           /* _Atomic(u32) a slot */
    region sums;             /* _Atomic(u32) a slot, where vectors are long; see "Sums" */
    _Atomic(uint32_t) slots; /* that have had a place */
    _Atomic(paged_file *) base;
    _Atomic(paged_file *) spills[SPILLS];
    /* The appender's. */
    cold_tail tails[TAILS];
    uint32_t
        flush_at; /* vectors at which it writes the tail: full_tail, or more after that has failed */
    /* Held while a tail is written, or a generation adopted; guards what follows, and the tail that was left. */
    pthread_mutex_t change;
    uint32_t tail;  /* that is appended to: the appender's to change */
    uint32_t spill; /* that is written to */
    bool is_left
        [SPILLS]; /* no place leads there any more: closed when nobody can be reading it, as is ... */
    paged_file *left_base; /* ... what `base` was */
    bool was_zero[2];      /* the linker's, of readers_are_gone */
};

static _Atomic(uint32_t) *place_of(const cold_rows *c, uint32_t slot)
{
    return region_at(&c->places, slot);
}

static uint32_t make_place(cold_kind kind, uint32_t index)
{
    return (uint32_t)kind << KIND_SHIFT | index;
}

static cold_kind kind_of(uint32_t place)
{
    return (cold_kind)(place >> KIND_SHIFT);
}

enum { SUM_FROM = 512 /* bytes of a vector that has a sum */ };

static bool has_sums(const cold_rows *c)
{
    return c->options.row_bytes >= SUM_FROM;
}

static _Atomic(uint32_t) *sum_of(const cold_rows *c, uint32_t slot)
{
    return region_at(&c->sums, slot);
}

/* Never 0, which stands for none. */
static uint32_t make_sum(const cold_rows *c, const void *row)
{
    return (uint32_t)hash64((view){row, c->options.row_bytes}, 0) | 1;
}

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for vectors on the disk");
}

static void tail_init(cold_tail *t, size_t row_bytes)
{
    *t = (cold_tail){0};
    region_init(&t->rows, row_bytes);
    region_init(&t->slots, sizeof(uint32_t));
}

static void tail_clear(cold_tail *t)
{
    region_done(&t->rows);
    region_done(&t->slots);
    atomic_store_explicit(&t->count, 0, memory_order_relaxed);
    t->is_left = false;
}

cold_rows *cold_rows_new(const cold_options *options)
{
    enum {
        ALIKE = PAGE / 64 /* so many vectors fill pages, whatever multiple of 64 bytes they have */
    };
    cold_rows *c = heap_new_array(1, sizeof *c);
    if (!c) return NULL;
    CHECK(options->row_bytes <= COLD_ROW_MAX && options->row_bytes % 64 == 0);
    c->options = *options;
    const size_t full = options->tail_bytes / options->row_bytes / ALIKE * ALIKE;
    c->full_tail = (uint32_t)size_min(size_max(full, ALIKE), INDEX_MASK / 2);
    c->flush_at = c->full_tail;
    CHECK(pthread_mutex_init(&c->change, NULL) == 0);
    region_init(&c->places, sizeof(_Atomic(uint32_t)));
    region_init(&c->sums, sizeof(_Atomic(uint32_t)));
    for (uint32_t i = 0; i < TAILS; i++)
        tail_init(&c->tails[i], options->row_bytes);
    return c;
}

void cold_rows_free(cold_rows *c)
{
    if (!c) return;
    paged_file_release(atomic_load(&c->base));
    for (uint32_t i = 0; i < SPILLS; i++)
        paged_file_release(atomic_load(&c->spills[i]));
    paged_file_release(c->left_base);
    for (uint32_t i = 0; i < TAILS; i++)
        tail_clear(&c->tails[i]);
    region_done(&c->places);
    region_done(&c->sums);
    CHECK(pthread_mutex_destroy(&c->change) == 0);
    free(c);
}

void cold_rows_share(cold_rows *c, readers *with)
{
    c->readers = with;
}

static void lock(const cold_rows *c)
{
    (void)pthread_mutex_lock((pthread_mutex_t *)(uintptr_t)&c->change);
}

static void unlock(const cold_rows *c)
{
    (void)pthread_mutex_unlock((pthread_mutex_t *)(uintptr_t)&c->change);
}

size_t cold_rows_slot_bytes(size_t row_bytes)
{
    return row_bytes >= SUM_FROM ? 2 * sizeof(uint32_t) : sizeof(uint32_t);
}

size_t cold_rows_bytes(const cold_rows *c)
{
    const size_t row = c->options.row_bytes + sizeof(uint32_t);
    size_t bytes = sizeof *c + atomic_load_explicit(&c->slots, memory_order_relaxed) *
                                   cold_rows_slot_bytes(c->options.row_bytes);
    lock(c);
    const paged_file *files[] = {atomic_load(&c->base), atomic_load(&c->spills[0]),
                                 atomic_load(&c->spills[1]), c->left_base};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i]) bytes += paged_file_bytes(files[i]);
    unlock(c);
    for (uint32_t i = 0; i < TAILS; i++)
        bytes += atomic_load_explicit(&c->tails[i].count, memory_order_relaxed) * row;
    return bytes;
}

uint64_t cold_rows_spilled(const cold_rows *c)
{
    uint64_t pages = 0;
    lock(c);
    for (uint32_t i = 0; i < SPILLS; i++) {
        const paged_file *f = atomic_load(&c->spills[i]);
        if (f) pages += f->pages;
    }
    unlock(c);
    return pages * PAGE;
}

static void note_slots(cold_rows *c, uint32_t count)
{
    if (count > atomic_load_explicit(&c->slots, memory_order_relaxed))
        atomic_store_explicit(&c->slots, count, memory_order_relaxed);
}

static bool reserve_slots(cold_rows *c, uint32_t count)
{
    return region_reserve(&c->places, count) && (!has_sums(c) || region_reserve(&c->sums, count));
}

kith_status cold_rows_begin(cold_rows *c, paged_file *base, uint32_t count, kith_error *err)
{
    // New elements of a region are zero, which is the place COLD_BASE.
    if (!reserve_slots(c, count)) return fail_memory(err);
    note_slots(c, count);
    atomic_store(&c->base, base);
    return KITH_OK;
}

/* ---- appending ---- */

kith_status cold_rows_reserve(cold_rows *c, uint32_t count, kith_error *err)
{
    cold_tail *t = &c->tails[c->tail];
    const uint32_t used = atomic_load_explicit(&t->count, memory_order_relaxed);
    if (used >= c->flush_at) {
        kith_status flushed = cold_rows_flush(c, NULL);
        (void)flushed; // the tail then takes more
        t = &c->tails[c->tail];
    }
    const uint32_t next = atomic_load_explicit(&t->count, memory_order_relaxed) + 1;
    if (next > INDEX_MASK)
        return fail(err, KITH_ERR_LIMIT, "vectors cannot be written to '%s', and %u are in memory",
                    c->options.directory, next);
    if (!reserve_slots(c, count) || !region_reserve(&t->rows, next) ||
        !region_reserve(&t->slots, next))
        return fail_memory(err);
    return KITH_OK;
}

float *cold_rows_put(cold_rows *c, uint32_t slot)
{
    cold_tail *t = &c->tails[c->tail];
    const uint32_t at = atomic_load_explicit(&t->count, memory_order_relaxed);
    *(uint32_t *)region_at(&t->slots, at) = slot;
    atomic_store_explicit(&t->count, at + 1, memory_order_relaxed);
    const cold_kind kind = c->tail == 0 ? COLD_TAIL_A : COLD_TAIL_B;
    if (has_sums(c)) atomic_store_explicit(sum_of(c, slot), 0, memory_order_relaxed);
    // Who may read the vector learns of it from its publication.
    atomic_store_explicit(place_of(c, slot), make_place(kind, at), memory_order_release);
    note_slots(c, slot + 1);
    return region_at(&t->rows, at);
}

/* Frees the tail that is not appended to, when nobody can be reading it. False: somebody can. The caller holds the lock. */
static bool free_left_tail(cold_rows *c)
{
    cold_tail *other = &c->tails[!c->tail];
    if (!other->is_left) return true;
    if (c->readers && !readers_are_gone(c->readers, other->was_zero)) return false;
    tail_clear(other);
    return true;
}

/* The spill that is to be written to; it may have to be made. */
static kith_status open_spill(cold_rows *c, kith_error *err)
{
    if (c->is_left[c->spill]) c->spill = !c->spill;
    if (c->is_left[c->spill])
        return fail(err, KITH_ERR_BUSY, "searches still read the vectors that were replaced");
    if (atomic_load(&c->spills[c->spill])) return KITH_OK;
    int fd = -1;
    paged_file *made = NULL;
    kith_status status = unnamed_file_open(c->options.ops, c->options.directory, &fd, err);
    if (status == KITH_OK)
        status = paged_file_new(c->options.ops, fd, "vectors on the disk", &made, err);
    if (status == KITH_OK) atomic_store(&c->spills[c->spill], made);
    return status;
}

/* Writes the tail behind what the spill has; *first: which of its vectors the first one is. */
static kith_status write_tail(const cold_rows *c, cold_tail *t, uint32_t count, uint32_t *first,
                              kith_error *err)
{
    paged_file *to = atomic_load(&c->spills[c->spill]);
    const size_t row_bytes = c->options.row_bytes;
    paged_writer w;
    const uint64_t before = to->pages;
    // Each tail is of whole pages but the one that was flushed early: then the next begins behind its last page.
    const uint64_t at = (before * PAGE + row_bytes - 1) / row_bytes;
    if (at + count > INDEX_MASK)
        return fail(err, KITH_ERR_LIMIT, "a file has more than %u vectors", INDEX_MASK);
    kith_status status = paged_writer_begin(&w, to, err);
    static const char zeros[COLD_ROW_MAX];
    if (status == KITH_OK)
        status = paged_writer_put(&w, (view){zeros, (size_t)(at * row_bytes - before * PAGE)}, err);
    for (uint32_t i = 0; i < count && status == KITH_OK;) {
        const uint32_t run = region_run(i, count);
        status = paged_writer_put(&w, (view){region_at(&t->rows, i), run * row_bytes}, err);
        i += run;
    }
    if (status == KITH_OK) status = paged_writer_end(&w, err);
    paged_writer_done(&w);
    *first = (uint32_t)at;
    return status;
}

/* The vectors of the tail are read where they were written. */
static void leave_tail(cold_rows *c, cold_tail *t, uint32_t count, uint32_t first)
{
    const cold_kind from = c->tail == 0 ? COLD_TAIL_A : COLD_TAIL_B;
    const cold_kind to = c->spill == 0 ? COLD_SPILL_A : COLD_SPILL_B;
    for (uint32_t i = 0; i < count; i++) {
        // A slot that was given back and taken again has another place by now.
        uint32_t place = make_place(from, i);
        (void)atomic_compare_exchange_strong(place_of(c, *(uint32_t *)region_at(&t->slots, i)),
                                             &place, make_place(to, first + i));
    }
    t->is_left = true;
    t->was_zero[0] = t->was_zero[1] = false;
    c->tail = !c->tail;
    c->flush_at = c->full_tail;
}

kith_status cold_rows_flush(cold_rows *c, kith_error *err)
{
    enum { RETRY_SHARE = 8 /* what failed is tried again with an eighth more vectors */ };
    cold_tail *t = &c->tails[c->tail];
    const uint32_t count = atomic_load_explicit(&t->count, memory_order_relaxed);
    uint32_t first = 0;
    if (count == 0) return KITH_OK;
    lock(c);
    if (!free_left_tail(c)) {
        unlock(c);
        return KITH_OK; // it is tried again with the next vector
    }
    kith_status status = open_spill(c, err);
    if (status == KITH_OK) status = write_tail(c, t, count, &first, err);
    if (status == KITH_OK)
        leave_tail(c, t, count, first);
    else
        c->flush_at = count + c->full_tail / RETRY_SHARE + 1;
    unlock(c);
    return status;
}

/* ---- reading ---- */

/* Where the vector of a slot is: in memory, or in a file. */
typedef struct cold_spot {
    const float *row;       /* NULL: in the file */
    const paged_file *file; /* NULL: nowhere */
    uint64_t at;            /* offset in the file */
} cold_spot;

static cold_spot find_spot(const cold_rows *c, uint32_t slot)
{
    const uint32_t place = atomic_load_explicit(place_of(c, slot), memory_order_acquire);
    const uint32_t index = place & INDEX_MASK;
    const cold_kind kind = kind_of(place);
    switch (kind) {
    case COLD_TAIL_A:
    case COLD_TAIL_B:
        return (cold_spot){.row = region_at(&c->tails[kind - COLD_TAIL_A].rows, index)};
    case COLD_SPILL_A:
    case COLD_SPILL_B:
        return (cold_spot){.file = atomic_load(&c->spills[kind - COLD_SPILL_A]),
                           .at = (uint64_t)index * c->options.row_bytes};
    default:
        return (cold_spot){.file = atomic_load(&c->base),
                           .at = (uint64_t)slot * c->options.row_bytes};
    }
}

/* Reads pages first..end of the file; false, zeros and a note, when they cannot be. */
static bool read_pages(const cold_rows *c, const paged_file *file, uint64_t first, uint64_t end,
                       char *to)
{
    kith_error why = {0};
    kith_status status = KITH_ERR_CORRUPT;
    if (file)
        status = paged_file_read_pages(file, first, (uint32_t)(end - first), to, &why);
    else
        (void)fail(&why, status, "a vector has no place on the disk");
    if (status == KITH_OK) return true;
    lazy_damage_note(c->options.damage, &why);
    memset(to, 0, (size_t)(end - first) * PAGE);
    return false;
}

/* Reads the vector alone, to the place in the room that it has with its pages. False: it has no sum yet, or the file is not
 * what it was; then its pages are to be read. */
static bool read_alone(const cold_rows *c, uint32_t slot, const cold_spot *spot, float *to)
{
    const uint32_t sum =
        has_sums(c) ? atomic_load_explicit(sum_of(c, slot), memory_order_relaxed) : 0;
    return sum && spot->file &&
           paged_file_read_unverified(spot->file, spot->at, c->options.row_bytes, to, NULL) ==
               KITH_OK &&
           make_sum(c, to) == sum;
}

/* The last byte of a vector lies on the page before it. */
static uint64_t end_page(const cold_rows *c, uint64_t at)
{
    return (at + c->options.row_bytes + PAGE - 1) / PAGE;
}

/* What lies at an offset of the file whose pages from `first` on are read to `to`. */
static float *in_room(char *to, uint64_t first, uint64_t at)
{
    return (float *)(void *)(to + (at - first * PAGE));
}

void cold_rows_prefetch(const cold_rows *c, uint32_t slot)
{
    __builtin_prefetch(place_of(c, slot));
    if (has_sums(c)) __builtin_prefetch(sum_of(c, slot));
}

size_t cold_rows_read(const cold_rows *c, const uint32_t *slots, size_t count, void *room,
                      const float **rows)
{
    enum { GAP_PAGES = 2 /* read over, for what lies behind them */ };
    char *free_room = room;
    size_t pages_left = COLD_ROOM_PAGES, i = 0;
    while (i < count) {
        const cold_spot first = find_spot(c, slots[i]);
        if (first.row) {
            rows[i++] = first.row;
            continue;
        }
        const uint64_t begin = first.at / PAGE;
        uint64_t end = end_page(c, first.at);
        if (end - begin > pages_left) break;
        size_t run = 0;
        rows[i + run++] = in_room(free_room, begin, first.at);
        for (; i + run < count; run++) {
            const cold_spot next = find_spot(c, slots[i + run]);
            const uint64_t to = end_page(c, next.at);
            if (next.row || next.file != first.file || next.at / PAGE < begin ||
                next.at / PAGE > end + GAP_PAGES || (to > end && to - begin > pages_left))
                break;
            if (to > end) end = to;
            rows[i + run] = in_room(free_room, begin, next.at);
        }
        // Of those that are read together each page is verified anyway.
        if (run > 1 || !read_alone(c, slots[i], &first, in_room(free_room, begin, first.at)))
            if (read_pages(c, first.file, begin, end, free_room) && run == 1 && has_sums(c))
                atomic_store_explicit(sum_of(c, slots[i]), make_sum(c, rows[i]),
                                      memory_order_relaxed);
        free_room += (end - begin) * PAGE;
        pages_left -= (size_t)(end - begin);
        i += run;
    }
    return i;
}

/* ---- generations ---- */

void cold_rows_note_saving(cold_rows *c)
{
    lock(c);
    if (!atomic_load(&c->spills[!c->spill])) c->spill = !c->spill;
    unlock(c);
}

void cold_rows_adopt(cold_rows *c, paged_file *base, uint32_t count,
                     cold_claim (*claim)(const void *context, uint32_t slot), const void *context)
{
    const uint32_t slots = atomic_load_explicit(&c->slots, memory_order_relaxed);
    bool is_wanted[SPILLS] = {false, false};
    lock(c);
    DCHECK(!c->left_base);
    c->left_base = atomic_exchange(&c->base, base);
    for (uint32_t slot = 0; slot < slots; slot++) {
        uint32_t place = atomic_load(place_of(c, slot));
        const cold_kind kind = kind_of(place);
        if (kind != COLD_SPILL_A && kind != COLD_SPILL_B) continue;
        const cold_claim found = claim(context, slot);
        if (found == COLD_IN_BASE && slot < count)
            (void)atomic_compare_exchange_strong(place_of(c, slot), &place,
                                                 make_place(COLD_BASE, 0));
        else if (found != COLD_UNUSED)
            is_wanted[kind - COLD_SPILL_A] = true;
    }
    for (uint32_t i = 0; i < SPILLS; i++)
        c->is_left[i] = atomic_load(&c->spills[i]) && !is_wanted[i];
    c->was_zero[0] = c->was_zero[1] = false;
    unlock(c);
}

bool cold_rows_reclaim(cold_rows *c)
{
    lock(c);
    const bool is_tail_free = free_left_tail(c);
    bool is_left = c->left_base || c->is_left[0] || c->is_left[1];
    if (is_left && readers_are_gone(c->readers, c->was_zero)) {
        paged_file_release(c->left_base);
        c->left_base = NULL;
        for (uint32_t i = 0; i < SPILLS; i++)
            if (c->is_left[i]) {
                paged_file_release(atomic_exchange(&c->spills[i], NULL));
                c->is_left[i] = false;
            }
        is_left = false;
    }
    unlock(c);
    return is_tail_free && !is_left;
}
