/* counters.c - the rows of counters, numbers by name. They are always written all at once, so that
 * no set of them is half of one count and half of another. */
#include "store/checksum.h"
#include "store/store_internal.h"

static uint64_t checksum_of(const store_counter *counter)
{
    return row_checksum(ROW_COUNTER, &counter->value, 1, &counter->name, 1);
}

typedef struct replace_job {
    const store_counter *counters;
    uint32_t count;
} replace_job;

static kith_status replace_work(writing *w, void *context, kith_error *err)
{
    const replace_job *job = context;
    kith_status status = connection_execute(w->connection, COUNTER_DELETE_ALL, err);
    for (uint32_t i = 0; status == KITH_OK && i < job->count; i++) {
        query q = query_begin(w->connection, COUNTER_INSERT);
        query_bind_text(&q, job->counters[i].name);
        query_bind_u64(&q, job->counters[i].value);
        query_bind_u64(&q, checksum_of(&job->counters[i]));
        status = query_run(&q, err);
    }
    return status;
}

kith_status store_replace_counters(store *s, const store_counter *counters, uint32_t count,
                                   kith_error *err)
{
    replace_job job = {counters, count};
    return writer_try(s->writer, replace_work, &job, err);
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
