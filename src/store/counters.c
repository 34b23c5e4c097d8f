/* counters.c - the rows of counters, numbers by name. Several processes count, so what is written is
 * what a process has counted since it last wrote, added to what is there. All of it is written at
 * once, so that no set of counters is half of one count and half of another. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <stdlib.h>

static uint64_t checksum_of(const store_counter *counter)
{
    return row_checksum(ROW_COUNTER, &counter->value, 1, &counter->name, 1);
}

typedef struct addition {
    const store_counter *counters;
    uint32_t count;
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

static kith_status add_work(writing *w, void *context, kith_error *err)
{
    const addition *job = context;
    store_counter *stored = NULL;
    uint32_t count = 0;
    kith_status status = counters_list(w->connection, &w->arena, &stored, &count, NULL);
    if (status == KITH_ERR_CORRUPT) {
        count = 0;
        status = connection_execute(w->connection, COUNTER_DELETE_ALL, err);
    } else if (status != KITH_OK) {
        return fail(err, status, "the counters cannot be read");
    }
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++)
        status = add(w, &job->counters[i], find(stored, count, job->counters[i].name), err);
    return status;
}

kith_status store_add_counters(store *s, const store_counter *counters, uint32_t count,
                               kith_error *err)
{
    addition job = {counters, count};
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

void store_post_counters(store *s, const store_counter *counters, uint32_t count,
                         void (*on_end)(void *context, kith_status status), void *context)
{
    posted_counters *posted = malloc(sizeof *posted);
    if (!posted) {
        if (on_end) on_end(context, KITH_ERR_NO_MEMORY);
        return;
    }
    *posted = (posted_counters){.on_end = on_end, .context = context};
    arena_init(&posted->memory, 0);
    store_counter *copies = arena_new_array(&posted->memory, store_counter, count);
    bool fits = copies != NULL;
    for (uint32_t i = 0; fits && i < count; i++) {
        copies[i] = counters[i];
        fits = copy_view(&posted->memory, counters[i].name, &copies[i].name);
    }
    posted->job = (addition){copies, count};
    if (fits)
        writer_post(s->writer, add_posted, posted, end_posted);
    else
        end_posted(posted, KITH_ERR_NO_MEMORY);
}

kith_status counters_list(connection *c, arena *a, store_counter **out, uint32_t *out_count,
                          kith_error *err)
{
    uint64_t count = 0;
    uint32_t read = 0;
    kith_status status = connection_number(c, COUNTER_COUNT, &count, err);
    if (status != KITH_OK) return status;
    store_counter *list = arena_new_array(a, store_counter, count);
    if (!list) return fail_no_room(err);
    query q = query_begin(c, COUNTER_ALL);
    while (status == KITH_OK && read < count && query_next(&q)) {
        enum { NAME, VALUE, CHECKSUM }; /* what COUNTER_ALL selects */
        store_counter *counter = &list[read++];
        counter->value = query_u64(&q, VALUE);
        if (!copy_view(a, query_view(&q, NAME), &counter->name))
            status = fail_no_room(err);
        else if (checksum_of(counter) != query_u64(&q, CHECKSUM))
            status = fail(err, KITH_ERR_CORRUPT, "kith.db: counters: row '%.*s' fails its checksum",
                          VIEW_ARG(counter->name));
    }
    status = query_end(&q, status, err);
    if (status != KITH_OK) return status;
    *out = list;
    *out_count = read;
    return KITH_OK;
}

kith_status store_list_counters(store *s, arena *a, store_counter **out, uint32_t *out_count,
                                kith_error *err)
{
    connection *c = NULL;
    kith_status status = readers_acquire(s->readers, &c, err);
    if (status != KITH_OK) return status;
    status = counters_list(c, a, out, out_count, err);
    readers_release(s->readers, c);
    return status;
}
