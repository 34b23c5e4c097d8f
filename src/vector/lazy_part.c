/* lazy_part.c - pages to their places, once each.
 *
 * Pages hold bytes of arrays from first_page to end_page; what lies before and behind them is read by
 * lazy_source_copy() and has no state. A page may hold the end of one array and the begin of the next, and
 * an element may lie on several pages.
 *
 * Reading is done outside of the lock, so that threads that search at once wait for a disk together and
 * not one after the other. `reading` counts them: the source is closed when all is read and none of them
 * is at it any more. */
#include "vector/lazy_part.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = LAZY_PAGE_BYTES, FETCHED = 4 /* pages that lazy_fetch reads at a time */ };

struct lazy_part {
    lazy_source from;
    lazy_damage *damage;
    lazy_array *arrays[LAZY_ARRAYS];
    uint32_t array_count;
    uint64_t first_page, end_page;
    _Atomic(uint8_t) *states; /* [end_page - first_page]: 1 when it was read, or could not be */
    _Atomic(uint64_t) next;   /* page of lazy_part_read_on() */
    pthread_mutex_t lock;     /* guards what follows, the states' changing, and copying */
    uint64_t left;            /* pages whose state is 0 */
    uint32_t reading;         /* threads that use `from` */
    bool is_closed;
};

/* ---- the source alone ---- */

kith_status lazy_source_copy(const lazy_source *from, uint64_t offset, void *to, size_t bytes,
                             kith_error *err)
{
    // Clearing it, as the build does with locals, would cost as much as a page.
    __attribute__((uninitialized)) char pages[8 * PAGE];
    char *next = to;
    if (offset > from->bytes || bytes > from->bytes - offset)
        return fail(err, KITH_ERR_CORRUPT, "a part of an index ends too early");
    for (uint64_t at = offset, end = offset + bytes; at < end;) {
        const uint64_t first = at / PAGE;
        const uint32_t count = (uint32_t)size_min((end - 1) / PAGE - first + 1, 8);
        kith_status status = from->read(from->context, first, count, pages, err);
        if (status != KITH_OK) return status;
        const size_t skipped = (size_t)(at - first * PAGE);
        const size_t step = size_min(count * (size_t)PAGE - skipped, (size_t)(end - at));
        memcpy(next, pages + skipped, step);
        next += step;
        at += step;
    }
    return KITH_OK;
}

kith_status lazy_source_load(const lazy_source *from, uint64_t offset, region *to, uint32_t count,
                             kith_error *err)
{
    size_t bytes;
    kith_status status = KITH_OK;
    DCHECK(to->chunks == 0);
    if (!size_mul(count, to->element_bytes, &bytes) || offset > from->bytes ||
        bytes > from->bytes - offset)
        return fail(err, KITH_ERR_CORRUPT, "an array of %u elements is cut short", count);
    if (!region_reserve(to, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %zu bytes of an index", bytes);
    for (uint32_t i = 0; i < count && status == KITH_OK;) {
        const uint32_t run = region_run(i, count);
        status = lazy_source_copy(from, offset + (uint64_t)i * to->element_bytes, region_at(to, i),
                                  run * to->element_bytes, err);
        i += run;
    }
    return status;
}

/* ---- damage ---- */

void lazy_damage_init(lazy_damage *d)
{
    *d = (lazy_damage){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void lazy_damage_done(lazy_damage *d)
{
    (void)pthread_mutex_destroy(&d->lock);
}

void lazy_damage_note(lazy_damage *d, const kith_error *what)
{
    (void)pthread_mutex_lock(&d->lock);
    if (!lazy_damage_is_found(d)) d->first = *what;
    atomic_store_explicit(&d->is_found, true, memory_order_release);
    (void)pthread_mutex_unlock(&d->lock);
}

kith_status lazy_damage_fail(lazy_damage *d, kith_error *err)
{
    (void)pthread_mutex_lock(&d->lock);
    kith_status status = fail(err, KITH_ERR_CORRUPT, "%s", d->first.message);
    (void)pthread_mutex_unlock(&d->lock);
    return status;
}

/* ---- parts ---- */

lazy_part *lazy_part_new(const lazy_source *from, lazy_damage *damage)
{
    lazy_part *p = heap_new_array(1, sizeof *p);
    if (!p) {
        if (from->close) from->close(from->context);
        return NULL;
    }
    p->from = *from;
    p->damage = damage;
    (void)pthread_mutex_init(&p->lock, NULL);
    return p;
}

/* The caller holds the lock, or is alone. */
static void close_source(lazy_part *p)
{
    if (p->is_closed) return;
    p->is_closed = true;
    if (p->from.close) p->from.close(p->from.context);
}

/* Release: who finds no part any more sees all that was copied. */
static void forget_part(lazy_part *p)
{
    for (uint32_t i = 0; i < p->array_count; i++)
        atomic_store_explicit(&p->arrays[i]->part, NULL, memory_order_release);
}

void lazy_part_free(lazy_part *p)
{
    if (!p) return;
    forget_part(p);
    close_source(p);
    (void)pthread_mutex_destroy(&p->lock);
    free((void *)p->states);
    free(p);
}

const lazy_source *lazy_part_source(const lazy_part *p)
{
    return &p->from;
}

static uint64_t end_of(const lazy_array *a)
{
    return a->offset + (uint64_t)a->count * a->to->element_bytes;
}

bool lazy_part_begin(lazy_part *p, lazy_array *const *arrays, uint32_t array_count)
{
    uint64_t first = UINT64_MAX, end = 0;
    for (uint32_t i = 0; i < array_count; i++) {
        const lazy_array *a = arrays[i];
        DCHECK(end_of(a) <= p->from.bytes && region_capacity(a->to) >= a->count);
        if (a->count == 0) continue;
        if (first == UINT64_MAX) first = a->offset;
        end = end_of(a);
    }
    p->first_page = end ? first / PAGE : 0;
    p->end_page = end ? (end - 1) / PAGE + 1 : 0;
    p->left = p->end_page - p->first_page;
    p->states = heap_new_array((size_t)p->left, sizeof *p->states);
    if (!p->states) return false;
    atomic_store_explicit(&p->next, p->first_page, memory_order_relaxed);
    p->array_count = array_count;
    for (uint32_t i = 0; i < array_count; i++) {
        p->arrays[i] = arrays[i];
        if (p->left) atomic_store_explicit(&arrays[i]->part, p, memory_order_release);
    }
    return true;
}

static bool is_read(const lazy_part *p, uint64_t page)
{
    return atomic_load_explicit(&p->states[page - p->first_page], memory_order_acquire) != 0;
}

/* Bytes begin..end of the part, which `from` has, as far as they are the array's. */
static void copy_to_array(const lazy_array *a, uint64_t begin, uint64_t end, const char *from)
{
    const size_t size = a->to->element_bytes;
    uint64_t at = begin > a->offset ? begin : a->offset;
    const uint64_t stop = end < end_of(a) ? end : end_of(a);
    while (at < stop) {
        const uint32_t element = (uint32_t)((at - a->offset) / size);
        const size_t within = (size_t)((at - a->offset) % size);
        // As far as elements lie in one piece.
        const size_t piece = region_run(element, a->count) * size - within;
        const size_t step = size_min(piece, (size_t)(stop - at));
        memcpy((char *)region_at(a->to, element) + within, from + (at - begin), step);
        at += step;
    }
}

/* What was read of pages first .. first + count, or could not be, becomes known. */
static void publish(lazy_part *p, uint64_t first, uint32_t count, const char *pages, bool is_sound)
{
    for (uint64_t page = first; page < first + count; page++) {
        if (is_read(p, page)) continue; // another thread was faster
        for (uint32_t i = 0; i < p->array_count && is_sound; i++)
            copy_to_array(p->arrays[i], page * PAGE, (page + 1) * PAGE,
                          pages + (page - first) * PAGE);
        atomic_store_explicit(&p->states[page - p->first_page], 1, memory_order_release);
        p->left--;
    }
}

/* Reads pages first .. first + count; room [count][PAGE]. Once damage was found nothing is read any more:
 * all that comes of it is given up. */
static void read_pages(lazy_part *p, uint64_t first, uint32_t count, char *room)
{
    kith_error why = {0};
    (void)pthread_mutex_lock(&p->lock);
    const bool is_needed = p->left > 0 && !lazy_damage_is_found(p->damage);
    p->reading += is_needed;
    (void)pthread_mutex_unlock(&p->lock);
    if (!is_needed) return;
    const kith_status status = p->from.read(p->from.context, first, count, room, &why);
    if (status != KITH_OK) lazy_damage_note(p->damage, &why);
    (void)pthread_mutex_lock(&p->lock);
    publish(p, first, count, room, status == KITH_OK);
    p->reading--;
    if (p->left == 0) forget_part(p);
    if (p->left == 0 && p->reading == 0) close_source(p);
    (void)pthread_mutex_unlock(&p->lock);
}

void lazy_fetch(const lazy_array *a, lazy_part *p, uint32_t i)
{
    if (i >= a->count) return; // it came later
    const uint64_t offset = a->offset + (uint64_t)i * a->to->element_bytes;
    const uint64_t end = (offset + a->to->element_bytes - 1) / PAGE + 1;
    for (uint64_t page = offset / PAGE; page < end; page++) {
        __attribute__((uninitialized)) char room[FETCHED * PAGE];
        if (is_read(p, page)) continue;
        read_pages(p, page, (uint32_t)size_min(end - page, FETCHED), room);
    }
}

/* The elements of an array that begin in the bytes begin..end of the part. */
static void find_elements(const lazy_array *a, uint64_t begin, uint64_t end, uint32_t *first,
                          uint32_t *last)
{
    const size_t size = a->to->element_bytes;
    const uint64_t from = begin > a->offset ? (begin - a->offset + size - 1) / size : 0;
    const uint64_t to = end > a->offset ? (end - a->offset + size - 1) / size : 0;
    *first = (uint32_t)size_min((size_t)from, a->count);
    *last = (uint32_t)size_min((size_t)to, a->count);
}

static void read_run(lazy_part *p, uint64_t first, uint32_t count, char *room)
{
    for (uint32_t i = 0; i < p->array_count; i++) {
        uint32_t element, end;
        find_elements(p->arrays[i], first * PAGE, (first + count) * PAGE, &element, &end);
        if (element < end) region_allow_huge(p->arrays[i]->to, element, end);
    }
    uint64_t last = first + count, page = first;
    while (page < last) {
        uint64_t end = page;
        while (end < last && !is_read(p, end))
            end++;
        if (end > page) read_pages(p, page, (uint32_t)(end - page), room);
        page = end + 1;
    }
    for (uint32_t i = 0; i < p->array_count; i++) {
        uint32_t element, end;
        find_elements(p->arrays[i], first * PAGE, (first + count) * PAGE, &element, &end);
        if (element < end) region_make_huge(p->arrays[i]->to, element, end);
    }
}

bool lazy_part_read_on(lazy_part *p, uint32_t runs)
{
    char *room = heap_new_array(LAZY_RUN, PAGE);
    uint64_t next = p->first_page;
    if (!room) return false; // later, perhaps
    for (uint32_t i = 0; i < runs && !lazy_damage_is_found(p->damage); i++) {
        next = atomic_fetch_add_explicit(&p->next, LAZY_RUN, memory_order_relaxed);
        if (next >= p->end_page) break;
        read_run(p, next, (uint32_t)size_min(p->end_page - next, LAZY_RUN), room);
    }
    // What other threads are still at is read here, too: to wait for them would take as long.
    for (uint64_t page = p->first_page; next >= p->end_page && page < p->end_page; page++)
        if (!is_read(p, page)) read_pages(p, page, 1, room);
    free(room);
    (void)pthread_mutex_lock(&p->lock);
    const bool is_done = p->left == 0 || lazy_damage_is_found(p->damage);
    if (p->left == 0 && p->reading == 0) close_source(p); // it may have had nothing to be read
    (void)pthread_mutex_unlock(&p->lock);
    return is_done;
}
