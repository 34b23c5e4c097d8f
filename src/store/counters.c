/* counters.c - the rows of counters, numbers by name. They are always written all at once, so that
 * no set of them is half of one count and half of another; but only rows that change are touched,
 * which are few. */
#include "store/checksum.h"
#include "store/store_internal.h"

#include <stdlib.h>

static uint64_t checksum_of(const store_counter *counter)
{
    return row_checksum(ROW_COUNTER, &counter->value, 1, &counter->name, 1);
}

typedef struct replace_job {
    const store_counter *counters;
    uint32_t count;
} replace_job;

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

static kith_status replace_work(writing *w, void *context, kith_error *err)
{
    const replace_job *job = context;
    store_counter *stored = NULL;
    uint32_t count = 0;
    kith_status status = counters_list(w->connection, &w->arena, &stored, &count, NULL);
    if (status == KITH_ERR_CORRUPT) {
        count = 0;
        status = connection_execute(w->connection, COUNTER_DELETE_ALL, err);
    } else if (status != KITH_OK) {
        return fail(err, status, "the counters cannot be read");
    }
    for (uint32_t i = 0; status == KITH_OK && i < count; i++) {
        if (find(job->counters, job->count, stored[i].name)) continue;
        query q = query_begin(w->connection, COUNTER_DELETE);
        query_bind_text(&q, stored[i].name);
        status = query_run(&q, err);
    }
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++) {
        const store_counter *before = find(stored, count, job->counters[i].name);
        if (!before || before->value != job->counters[i].value)
            status = put(w, &job->counters[i], err);
    }
    return status;
}

kith_status store_replace_counters(store *s, const store_counter *counters, uint32_t count,
                                   kith_error *err)
{
    replace_job job = {counters, count};
    return writer_try(s->writer, replace_work, &job, err);
}

/* The job with copies of its own, for when nobody waits for it. */
typedef struct posted_counters {
    replace_job job;
    arena memory;
} posted_counters;

static kith_status replace_posted(writing *w, void *context, kith_error *err)
{
    return replace_work(w, &((posted_counters *)context)->job, err);
}

static void release_posted(void *context)
{
    arena_done(&((posted_counters *)context)->memory);
    free(context);
}

void store_post_counters(store *s, const store_counter *counters, uint32_t count)
{
    posted_counters *posted = malloc(sizeof *posted);
    if (!posted) return;
    arena_init(&posted->memory, 0);
    store_counter *copies = arena_new_array(&posted->memory, store_counter, count);
    bool fits = copies != NULL;
    for (uint32_t i = 0; fits && i < count; i++) {
        copies[i].value = counters[i].value;
        fits = copy_view(&posted->memory, counters[i].name, &copies[i].name);
    }
    posted->job = (replace_job){copies, count};
    if (fits)
        writer_post(s->writer, replace_posted, posted, release_posted);
    else
        release_posted(posted);
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
