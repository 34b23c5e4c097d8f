/* admission.c - see admission.h. A key has a slot from its first request on; there are at most as
 * many as a directory has keys, and those of keys that were removed meanwhile. When memory for a
 * slot is missing the request is let in: a limit is no reason to refuse everybody. */
#include "serve/admission.h"

#include "base/map.h"
#include "base/size.h"
#include "base/view.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct slot {
    double tokens;
    int64_t filled_ns; /* when `tokens` was right */
    uint32_t running;
} slot;

struct admission {
    uint32_t rate, concurrent;
    pthread_mutex_t lock; /* of what follows */
    map *by_key;          /* name: index in slots */
    slot *slots;          /* [count], room for `capacity` */
    uint32_t count, capacity;
};

kith_status admission_new(uint32_t rate_per_second, uint32_t concurrent, admission **out,
                          kith_error *err)
{
    admission *a = calloc(1, sizeof *a);
    map *by_key = map_new();
    if (!a || !by_key) {
        map_free(by_key);
        free(a);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    *a = (admission){.rate = rate_per_second, .concurrent = concurrent, .by_key = by_key};
    CHECK(pthread_mutex_init(&a->lock, NULL) == 0);
    *out = a;
    return KITH_OK;
}

void admission_free(admission *a)
{
    if (!a) return;
    CHECK(pthread_mutex_destroy(&a->lock) == 0);
    map_free(a->by_key);
    free(a->slots);
    free(a);
}

static slot *new_slot_locked(admission *a, view key, int64_t now_ns)
{
    if (a->count == a->capacity) {
        uint32_t capacity = a->capacity ? a->capacity * 2 : 16;
        slot *grown = heap_grow_array(a->slots, capacity, sizeof *grown);
        if (!grown) return NULL;
        a->slots = grown;
        a->capacity = capacity;
    }
    if (map_put(a->by_key, key, a->count) != KITH_OK) return NULL;
    slot *made = &a->slots[a->count++];
    *made = (slot){.tokens = a->rate, .filled_ns = now_ns};
    return made;
}

static slot *find_slot_locked(admission *a, const char *key)
{
    uint64_t index;
    return map_get(a->by_key, view_of(key), &index) ? &a->slots[index] : NULL;
}

static admission_verdict enter_locked(const admission *a, slot *s, int64_t now_ns)
{
    if (a->concurrent && s->running >= a->concurrent) return REFUSED_CONCURRENT;
    if (a->rate) {
        s->tokens += (double)(now_ns - s->filled_ns) / 1e9 * a->rate;
        if (s->tokens > a->rate) s->tokens = a->rate;
        s->filled_ns = now_ns;
        if (s->tokens < 1) return REFUSED_RATE;
        s->tokens -= 1;
    }
    s->running++;
    return ADMITTED;
}

admission_verdict admission_enter(admission *a, const char *key, int64_t now_ns)
{
    if (!a->rate && !a->concurrent) return ADMITTED;
    CHECK(pthread_mutex_lock(&a->lock) == 0);
    slot *s = find_slot_locked(a, key);
    if (!s) s = new_slot_locked(a, view_of(key), now_ns);
    admission_verdict verdict = s ? enter_locked(a, s, now_ns) : ADMITTED;
    CHECK(pthread_mutex_unlock(&a->lock) == 0);
    return verdict;
}

void admission_leave(admission *a, const char *key)
{
    if (!a->rate && !a->concurrent) return;
    CHECK(pthread_mutex_lock(&a->lock) == 0);
    slot *s = find_slot_locked(a, key);
    if (s && s->running > 0) s->running--;
    CHECK(pthread_mutex_unlock(&a->lock) == 0);
}
