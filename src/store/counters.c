/* counters.c - the rows of counters, numbers by name. Several processes count, so what is written is
 * what a process has counted since it last wrote, added to what is there. All of it is written at
 * once, so that no set of counters is half of one count and half of another.
 *
 * A damaged row costs its own count and nothing else: whoever reads counters gets the others, and whoever adds
 * to counters drops it. Counters that belong to a collection (store_counter_prefix) go with it, and those of a
 * former index of it go when the newer one is counted for the first time. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t checksum_of(const store_counter *counter)
{
    return row_checksum(ROW_COUNTER, &counter->value, 1, &counter->name, 1);
}

typedef struct addition {
    const store_counter *counters;
    uint32_t count;
    uint64_t collection; /* that they are of; 0: of none */
    view index; /* of those of the collection, names before this one are of former indexes */
} addition;

static kith_status put(writing *w, const store_counter *counter, kith_error *err)
{
    query q = query_begin(w->connection, COUNTER_PUT);
    query_bind_text(&q, counter->name);
    query_bind_u64(&q, counter->value);
    query_bind_u64(&q, checksum_of(counter));
    return query_run(&q, err);
}

static const store_counter *find(const store_counter *counters, uint32_t count, view name)
{
    for (uint32_t i = 0; i < count; i++)
        if (view_equal(counters[i].name, name)) return &counters[i];
    return NULL;
}

static kith_status add(writing *w, const store_counter *counter, const store_counter *before,
                       kith_error *err)
{
    store_counter sum = *counter;
    if (before && counter->is_fixed) return KITH_OK;
    if (before) sum.value += before->value;
    return put(w, &sum, err);
}

/* Deletes the counters whose names are in [first, end). */
static kith_status delete_range(writing *w, view first, view end, kith_error *err)
{
    query q = query_begin(w->connection, COUNTER_DELETE_RANGE);
    query_bind_text(&q, first);
    query_bind_text(&q, end);
    return query_run(&q, err);
}

void store_counter_prefix(uint64_t collection, char out[STORE_COUNTER_PREFIX_BYTES])
{
    int n = snprintf(out, STORE_COUNTER_PREFIX_BYTES, "recall.%" PRIu64 ".", collection);
    CHECK(n > 0 && n < STORE_COUNTER_PREFIX_BYTES);
}

kith_status counters_delete_of_collection(writing *w, uint64_t collection, kith_error *err)
{
    char first[STORE_COUNTER_PREFIX_BYTES], end[STORE_COUNTER_PREFIX_BYTES];
    store_counter_prefix(collection, first);
    memcpy(end, first, sizeof end);
    end[strlen(end) - 1]++; // all that begin with `first`, which ends with a dot, are before it
    return delete_range(w, view_of(first), view_of(end), err);
}

/* Reads what is stored; what is damaged is deleted. */
static kith_status read_intact(writing *w, store_counter **stored, uint32_t *count, kith_error *err)
{
    view damaged = {NULL, 0};
    kith_status status = counters_list(w->connection, &w->arena, stored, count, &damaged, NULL);
    if (status != KITH_OK && status != KITH_ERR_CORRUPT)
        return fail(err, status, "the counters cannot be read");
    if (status == KITH_ERR_CORRUPT) *count = 0;
    if (status == KITH_OK && !damaged.data) return KITH_OK;
    // A damaged row's name may be damaged too: it cannot be deleted by it.
    status = connection_execute(w->connection, COUNTER_DELETE_ALL, err);
    for (uint32_t i = 0; status == KITH_OK && i < *count; i++)
        status = put(w, &(*stored)[i], err);
    return status;
}

/* *exists is false for a collection that was deleted: it is counted for no more. */
static kith_status begin_collection(writing *w, const addition *job, bool *exists, kith_error *err)
{
    char first[STORE_COUNTER_PREFIX_BYTES];
    store_collection c = {0};
    kith_status status = collection_read(w->connection, job->collection, &w->arena, &c, NULL);
    *exists = status != KITH_ERR_NOT_FOUND;
    if (status == KITH_ERR_NOT_FOUND) return KITH_OK;
    if (status != KITH_OK) return fail(err, status, "the collection cannot be read");
    store_counter_prefix(job->collection, first);
    return delete_range(w, view_of(first), job->index, err);
}

static kith_status add_work(writing *w, void *context, kith_error *err)
{
    const addition *job = context;
    store_counter *stored = NULL;
    uint32_t count = 0;
    bool exists = true;
    kith_status status = read_intact(w, &stored, &count, err);
    if (status == KITH_OK && job->collection) status = begin_collection(w, job, &exists, err);
    for (uint32_t i = 0; status == KITH_OK && exists && i < job->count; i++)
        status = add(w, &job->counters[i], find(stored, count, job->counters[i].name), err);
    return status;
}

kith_status store_add_counters(store *s, const store_counter *counters, uint32_t count,
                               kith_error *err)
{
    addition job = {.counters = counters, .count = count};
    return writer_try(s->writer, add_work, &job, err);
}

/* The job with copies of its own, for when nobody waits for it. */
typedef struct posted_counters {
    addition job;
    arena memory;
    void (*on_end)(void *context, kith_status status);
    void *context;
} posted_counters;

static kith_status add_posted(writing *w, void *context, kith_error *err)
{
    return add_work(w, &((posted_counters *)context)->job, err);
}

static void end_posted(void *context, kith_status status)
{
    posted_counters *posted = context;
    if (posted->on_end) posted->on_end(posted->context, status);
    arena_done(&posted->memory);
    free(posted);
}

static void post(store *s, const addition *job, void (*on_end)(void *context, kith_status status),
                 void *context)
{
    posted_counters *posted = malloc(sizeof *posted);
    if (!posted) {
        if (on_end) on_end(context, KITH_ERR_NO_MEMORY);
        return;
    }
    *posted = (posted_counters){.job = *job, .on_end = on_end, .context = context};
    arena_init(&posted->memory, 0);
    store_counter *copies = arena_new_array(&posted->memory, store_counter, job->count);
    bool fits = copies != NULL && copy_view(&posted->memory, job->index, &posted->job.index);
    for (uint32_t i = 0; fits && i < job->count; i++) {
        copies[i] = job->counters[i];
        fits = copy_view(&posted->memory, job->counters[i].name, &copies[i].name);
    }
    posted->job.counters = copies;
    if (fits)
        writer_post(s->writer, add_posted, posted, end_posted);
    else
        end_posted(posted, KITH_ERR_NO_MEMORY);
}

void store_post_counters(store *s, const store_counter *counters, uint32_t count,
                         void (*on_end)(void *context, kith_status status), void *context)
{
    post(s, &(addition){.counters = counters, .count = count}, on_end, context);
}

void store_post_collection_counters(store *s, uint64_t collection, view index,
                                    const store_counter *counters, uint32_t count)
{
    post(s, &(addition){counters, count, collection, index}, NULL, NULL);
}

kith_status counters_list(connection *c, arena *a, store_counter **out, uint32_t *out_count,
                          view *damaged, kith_error *err)
{
    uint64_t count = 0;
    uint32_t read = 0;
    view first_damaged = {NULL, 0};
    kith_status status = connection_number(c, COUNTER_COUNT, &count, err);
    if (status != KITH_OK) return status;
    store_counter *list = arena_new_array(a, store_counter, count);
    if (!list) return fail_no_room(err);
    query q = query_begin(c, COUNTER_ALL);
    while (status == KITH_OK && read < count && query_next(&q)) {
        enum { NAME, VALUE, CHECKSUM }; /* what COUNTER_ALL selects */
        store_counter *counter = &list[read];
        counter->value = query_u64(&q, VALUE);
        if (!copy_view(a, query_view(&q, NAME), &counter->name))
            status = fail_no_room(err);
        else if (checksum_of(counter) == query_u64(&q, CHECKSUM))
            read++;
        else if (!first_damaged.data)
            first_damaged = counter->name;
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = list;
    *out_count = read;
    *damaged = first_damaged;
    return KITH_OK;
}

kith_status store_list_counters(store *s, arena *a, store_counter **out, uint32_t *out_count,
                                kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    view damaged;
    status = counters_list(c, a, out, out_count, &damaged, err);
    readers_release(s->readers, c);
    return status;
}
