/* metrics.c - the counters, and their names in the store:
 *
 *   since_ms                   when counting began, in Unix milliseconds
 *   questions, searches, ...   a counter (counter_names)
 *   errors.STATUS              failures, by the number of their kith_status
 *   STAGE.sum_ns               the sum of a stage's durations (stage_names)
 *   STAGE.16.BUCKET            the durations in a bucket; 16 is HISTOGRAM_STEPS
 *
 * The steps are part of a bucket's name so that counts on another scale are not taken for counts on
 * this one. Zeros are not stored. A stored name that is not known, as a newer or older version may
 * leave, is ignored.
 *
 * Several processes count in one directory. So a save adds what was counted since the last one to
 * what is stored. `saved` has what of each counter is stored, or on its way: a save moves it on
 * first, and back when it fails. What is read here is what was stored when the directory was opened,
 * and what this process has counted since. */
#include "metrics/metrics.h"

#include "os/clock.h"
#include "store/cached_answers.h"
#include "store/counters.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    STATUS_COUNT = KITH_ERR_INTERNAL + 1,
    NAME_BYTES = 48,
    STAGE_NUMBERS = 1 + HISTOGRAM_BUCKETS, /* the sum, then the buckets */
    /* Counters that can be stored, but for since_ms. */
    NUMBERS = METRICS_COUNTER_COUNT + STATUS_COUNT + METRICS_STAGE_COUNT * STAGE_NUMBERS
};

static const int64_t save_interval_ns = 60LL * 1000 * 1000 * 1000;

struct metrics {
    store *store;
    int64_t since_ms;
    atomic_uint_fast64_t counters[METRICS_COUNTER_COUNT];
    atomic_uint_fast64_t errors[STATUS_COUNT];
    histogram stages[METRICS_STAGE_COUNT];
    /* Whether anything was counted since the last save began. It is set after the counter is
     * changed and cleared before the counters are read, so that a change which a save does not see
     * sets it again. On a processor that reorders the two, such a change may wait for the next one
     * to be saved; it is not lost, since a save stores all that is not saved. */
    atomic_bool unsaved;
    /* By the number of the counter (counter_at). Relaxed: of saves that overlap each takes
     * what it moves it on by. */
    atomic_uint_fast64_t saved[NUMBERS];
    /* Monotonic time of the last save that was due. The thread that moves it on does the saving. */
    atomic_int_fast64_t saved_ns;
};

static const char *const counter_names[METRICS_COUNTER_COUNT] = {
    [METRICS_QUESTIONS] = "questions",         [METRICS_SEARCHES] = "searches",
    [METRICS_CACHE_HITS] = "cache_hits",       [METRICS_CACHE_MISSES] = "cache_misses",
    [METRICS_DOCUMENTS] = "documents",         [METRICS_CHUNKS] = "chunks",
    [METRICS_PROMPT_TOKENS] = "prompt_tokens", [METRICS_COMPLETION_TOKENS] = "completion_tokens",
};

static const char *const stage_names[METRICS_STAGE_COUNT] = {
    [METRICS_EMBED] = "embed",
    [METRICS_SEARCH] = "search",
    [METRICS_ANSWER] = "answer",
    [METRICS_TOTAL] = "total",
};

static uint64_t load(const atomic_uint_fast64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static void add(atomic_uint_fast64_t *number, uint64_t n)
{
    atomic_fetch_add_explicit(number, n, memory_order_relaxed);
}

/* ---- counting ---- */

/* Sets `unsaved`. Tests first, because a write takes the cache line away from all other threads,
 * and nearly always there is nothing to write. */
static void note_change(metrics *m)
{
    if (!atomic_load_explicit(&m->unsaved, memory_order_relaxed))
        atomic_store_explicit(&m->unsaved, true, memory_order_relaxed);
}

void metrics_count(metrics *m, metrics_counter counter, uint64_t n)
{
    if (!m || n == 0) return;
    CHECK(counter < METRICS_COUNTER_COUNT);
    add(&m->counters[counter], n);
    note_change(m);
}

void metrics_time(metrics *m, metrics_stage stage, int64_t ns)
{
    if (!m) return;
    CHECK(stage < METRICS_STAGE_COUNT);
    histogram_record(&m->stages[stage], ns);
    note_change(m);
}

void metrics_error(metrics *m, kith_status status, uint64_t n)
{
    if (!m || n == 0 || status == KITH_OK) return;
    CHECK((uint32_t)status < STATUS_COUNT);
    add(&m->errors[status], n);
    note_change(m);
}

/* ---- in the store ---- */

/* Counter n < NUMBERS; its name is written to `name`, unless that is NULL. */
static const atomic_uint_fast64_t *counter_at(const metrics *m, uint32_t n, char *name)
{
    if (n < METRICS_COUNTER_COUNT) {
        if (name) (void)snprintf(name, NAME_BYTES, "%s", counter_names[n]);
        return &m->counters[n];
    }
    n -= METRICS_COUNTER_COUNT;
    if (n < STATUS_COUNT) {
        if (name) (void)snprintf(name, NAME_BYTES, "errors.%u", n);
        return &m->errors[n];
    }
    n -= STATUS_COUNT;
    const char *stage = stage_names[n / STAGE_NUMBERS];
    const histogram *h = &m->stages[n / STAGE_NUMBERS];
    n %= STAGE_NUMBERS;
    if (n == 0) {
        if (name) (void)snprintf(name, NAME_BYTES, "%s.sum_ns", stage);
        return &h->sum_ns;
    }
    if (name) (void)snprintf(name, NAME_BYTES, "%s.%d.%u", stage, HISTOGRAM_STEPS, n - 1);
    return &h->counts[n - 1];
}

/* What a save takes: of each counter, what is not stored yet. */
typedef struct unsaved_counts {
    metrics *m;
    uint32_t count;
    struct {
        uint32_t number;
        uint64_t value;
        char name[NAME_BYTES];
    } all[NUMBERS];
} unsaved_counts;

/* Takes them: they count as saved. NULL: out of memory, and nothing was taken. */
static unsaved_counts *take_unsaved(metrics *m)
{
    unsaved_counts *taken = malloc(sizeof *taken);
    if (!taken) return NULL;
    taken->m = m;
    taken->count = 0;
    for (uint32_t n = 0; n < NUMBERS; n++) {
        uint64_t now = load(counter_at(m, n, NULL));
        uint_fast64_t before = load(&m->saved[n]);
        while (before < now &&
               !atomic_compare_exchange_weak_explicit(&m->saved[n], &before, now,
                                                      memory_order_relaxed, memory_order_relaxed))
            ;
        if (before >= now) continue; // nothing new, or another save has taken it
        uint32_t at = taken->count++;
        taken->all[at].number = n;
        taken->all[at].value = now - before;
        (void)counter_at(m, n, taken->all[at].name);
    }
    return taken;
}

static void give_back(const unsaved_counts *taken)
{
    for (uint32_t i = 0; i < taken->count; i++)
        (void)atomic_fetch_sub_explicit(&taken->m->saved[taken->all[i].number], taken->all[i].value,
                                        memory_order_relaxed);
    note_change(taken->m);
}

/* As the store adds them, in `a`. NULL: out of memory. */
static store_counter *list_counters(const unsaved_counts *taken, arena *a, uint32_t *count)
{
    store_counter *list = arena_new_array(a, store_counter, (size_t)taken->count + 1);
    if (!list) return NULL;
    list[0] = (store_counter){VIEW("since_ms"), (uint64_t)taken->m->since_ms, true};
    for (uint32_t i = 0; i < taken->count; i++)
        list[i + 1] = (store_counter){view_of(taken->all[i].name), taken->all[i].value, false};
    *count = taken->count + 1;
    return list;
}

kith_status metrics_save(metrics *m, kith_error *err)
{
    // Before the reading: what is counted from here on is unsaved again.
    if (!atomic_exchange_explicit(&m->unsaved, false, memory_order_relaxed)) return KITH_OK;
    arena memory;
    arena_init(&memory, 0);
    uint32_t count = 0;
    unsaved_counts *taken = take_unsaved(m);
    const store_counter *list = taken ? list_counters(taken, &memory, &count) : NULL;
    kith_status status = list ? store_add_counters(m->store, list, count, err)
                              : fail(err, KITH_ERR_NO_MEMORY, "out of memory for counters");
    if (status != KITH_OK && taken) give_back(taken);
    if (status != KITH_OK) note_change(m);
    free(taken);
    arena_done(&memory);
    return status;
}

static void end_posted(void *context, kith_status status)
{
    unsaved_counts *taken = context;
    if (status != KITH_OK) give_back(taken);
    free(taken);
}

void metrics_save_when_due(metrics *m)
{
    int64_t now = clock_monotonic_ns();
    int_fast64_t saved = atomic_load_explicit(&m->saved_ns, memory_order_relaxed);
    if (now - saved < save_interval_ns) return;
    if (!atomic_compare_exchange_strong_explicit(&m->saved_ns, &saved, now, memory_order_relaxed,
                                                 memory_order_relaxed))
        return; // another thread saves
    // The caller may be a search: it does not wait for the disk. What is posted in vain is in the
    // next minute's counters, or in those of the close, all the same.
    if (!atomic_exchange_explicit(&m->unsaved, false, memory_order_relaxed)) return;
    arena memory;
    arena_init(&memory, 0);
    uint32_t count = 0;
    unsaved_counts *taken = take_unsaved(m);
    const store_counter *list = taken ? list_counters(taken, &memory, &count) : NULL;
    if (list) {
        store_post_counters(m->store, list, count, end_posted, taken);
    } else {
        if (taken) give_back(taken);
        note_change(m);
        free(taken);
    }
    arena_done(&memory);
}

/* Parses a name that is `prefix` and a decimal number below `limit`; false when it is not. */
static bool number_after(view name, const char *prefix, uint32_t limit, uint32_t *out)
{
    view start = view_of(prefix);
    uint32_t number = 0;
    if (!view_starts_with(name, start) || name.size == start.size) return false;
    for (size_t i = start.size; i < name.size; i++) {
        if (name.data[i] < '0' || name.data[i] > '9') return false;
        number = number * 10 + (uint32_t)(name.data[i] - '0');
        if (number >= limit) return false;
    }
    *out = number;
    return true;
}

/* Adds a stored counter to the stage whose sum or bucket it is; false when it is neither. */
static bool load_of_stage(metrics *m, metrics_stage stage, const store_counter *from)
{
    char prefix[NAME_BYTES];
    uint32_t bucket = 0;
    (void)snprintf(prefix, sizeof prefix, "%s.%d.", stage_names[stage], HISTOGRAM_STEPS);
    if (number_after(from->name, prefix, HISTOGRAM_BUCKETS, &bucket)) {
        histogram_add(&m->stages[stage], bucket, from->value);
        return true;
    }
    (void)snprintf(prefix, sizeof prefix, "%s.sum_ns", stage_names[stage]);
    if (!view_equal(from->name, view_of(prefix))) return false;
    add(&m->stages[stage].sum_ns, from->value);
    return true;
}

/* Adds a stored counter to the one of its name; a name that is not known is ignored. */
static void load_counter(metrics *m, const store_counter *from)
{
    uint32_t status = 0;
    if (view_equal(from->name, VIEW("since_ms"))) {
        m->since_ms = (int64_t)from->value;
        return;
    }
    for (int i = 0; i < METRICS_COUNTER_COUNT; i++) {
        if (!view_equal(from->name, view_of(counter_names[i]))) continue;
        add(&m->counters[i], from->value);
        return;
    }
    if (number_after(from->name, "errors.", STATUS_COUNT, &status)) {
        add(&m->errors[status], from->value);
        return;
    }
    for (int i = 0; i < METRICS_STAGE_COUNT; i++)
        if (load_of_stage(m, (metrics_stage)i, from)) return;
}

kith_status metrics_new(store *s, metrics **out, kith_error *err)
{
    metrics *m = calloc(1, sizeof *m);
    if (!m) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for counters");
    m->store = s;
    m->since_ms = clock_wall_ms();
    atomic_store_explicit(&m->saved_ns, clock_monotonic_ns(), memory_order_relaxed);
    arena memory;
    arena_init(&memory, 0);
    store_counter *counters = NULL;
    uint32_t count = 0;
    kith_status status = store_list_counters(s, &memory, &counters, &count, err);
    if (status == KITH_ERR_CORRUPT)
        status = KITH_OK; // the data is worth more than its counters: open it
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        load_counter(m, &counters[i]);
    for (uint32_t n = 0; n < NUMBERS; n++)
        atomic_init(&m->saved[n], load(counter_at(m, n, NULL)));
    arena_done(&memory);
    if (status == KITH_OK)
        *out = m;
    else
        metrics_free(m);
    return status;
}

void metrics_free(metrics *m)
{
    free(m);
}

/* ---- reading ---- */

static kith_stage_metrics read_stage(const metrics *m, metrics_stage stage)
{
    const histogram *h = &m->stages[stage];
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count = histogram_read(h, counts);
    return (kith_stage_metrics){
        .name = stage_names[stage],
        .count = count,
        .average_ms = count ? (double)load(&h->sum_ns) / (double)count / 1e6 : 0,
        .p50_ms = histogram_percentile_ns(counts, 0.50) / 1e6,
        .p95_ms = histogram_percentile_ns(counts, 0.95) / 1e6,
        .p99_ms = histogram_percentile_ns(counts, 0.99) / 1e6,
    };
}

kith_status metrics_read(metrics *m, arena *a, kith_metrics *out, kith_error *err)
{
    kith_stage_metrics *stages = arena_new_array(a, kith_stage_metrics, METRICS_STAGE_COUNT);
    kith_error_count *errors = arena_new_array(a, kith_error_count, STATUS_COUNT);
    uint64_t answers = 0, bytes = 0;
    if (!stages || !errors) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for counters");
    kith_status status = store_answer_totals(m->store, &answers, &bytes, err);
    if (status != KITH_OK) return status;
    uint64_t hits = load(&m->counters[METRICS_CACHE_HITS]);
    uint64_t misses = load(&m->counters[METRICS_CACHE_MISSES]);
    kith_metrics read = {
        .since_ms = m->since_ms,
        .questions = load(&m->counters[METRICS_QUESTIONS]),
        .searches = load(&m->counters[METRICS_SEARCHES]),
        .stage_count = METRICS_STAGE_COUNT,
        .stages = stages,
        .cache_hits = hits,
        .cache_misses = misses,
        .cache_ratio = hits + misses ? (double)hits / (double)(hits + misses) : 0,
        .cache_answers = answers,
        .cache_bytes = bytes,
        .documents = load(&m->counters[METRICS_DOCUMENTS]),
        .chunks = load(&m->counters[METRICS_CHUNKS]),
        .errors = errors,
        .prompt_tokens = load(&m->counters[METRICS_PROMPT_TOKENS]),
        .completion_tokens = load(&m->counters[METRICS_COMPLETION_TOKENS]),
    };
    for (int i = 0; i < METRICS_STAGE_COUNT; i++)
        stages[i] = read_stage(m, (metrics_stage)i);
    for (int i = KITH_ERR_INVALID; i < STATUS_COUNT; i++)
        if (load(&m->errors[i]))
            errors[read.error_count++] = (kith_error_count){(kith_status)i, load(&m->errors[i])};
    *out = read;
    return KITH_OK;
}

const histogram *metrics_histogram(const metrics *m, metrics_stage stage)
{
    return &m->stages[stage];
}
