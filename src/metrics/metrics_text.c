/* metrics_text.c - the figures as text: JSON for programs, and the format that Prometheus scrapes.
 *
 * In Prometheus's format the durations are histograms, not percentiles: counts in buckets can be
 * added over several instances and subtracted between two points in time, and percentiles cannot.
 * The bounds of its buckets are octaves. Each is also a bound of a bucket in histogram.h, so that
 * every count is exact.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/, text version 0.0.4. */
#include "metrics/metrics.h"

#include "base/buffer.h"
#include "base/json.h"
#include "os/clock.h"

enum {
    TEXT_MAX_BYTES = 1 << 20,
    FIRST_BOUND = 17, /* the first bucket ends at 2^17 ns: 0.13 ms */
    LAST_BOUND = 37   /* the last but +Inf ends at 2^37 ns: 137 s */
};

/* Copies the finished text to `a` and frees the buffer, on failure too. Errors: KITH_ERR_NO_MEMORY,
 * KITH_ERR_LIMIT. */
static kith_status hand_out(buffer *text, arena *a, const char **out, kith_error *err)
{
    kith_status status = buffer_status(text, "metrics", err);
    const char *copy = status == KITH_OK ? arena_copy(a, buffer_view(text)).data : NULL;
    buffer_done(text);
    if (status != KITH_OK) return status;
    if (!copy) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metrics");
    *out = copy;
    return KITH_OK;
}

/* ---- JSON ---- */

static void write_stages(json_writer *w, const kith_metrics *m)
{
    json_key(w, "stages");
    json_begin_object(w);
    for (size_t i = 0; i < m->stage_count; i++) {
        const kith_stage_metrics *stage = &m->stages[i];
        json_key(w, stage->name);
        json_begin_object(w);
        json_member_unsigned(w, "count", stage->count);
        json_member_double(w, "average_ms", stage->average_ms);
        json_member_double(w, "p50_ms", stage->p50_ms);
        json_member_double(w, "p95_ms", stage->p95_ms);
        json_member_double(w, "p99_ms", stage->p99_ms);
        json_end_object(w);
    }
    json_end_object(w);
}

static void write_cache(json_writer *w, const kith_metrics *m)
{
    json_key(w, "cache");
    json_begin_object(w);
    json_member_unsigned(w, "hits", m->cache_hits);
    json_member_unsigned(w, "misses", m->cache_misses);
    json_member_double(w, "ratio", m->cache_ratio);
    json_member_unsigned(w, "answers", m->cache_answers);
    json_member_unsigned(w, "bytes", m->cache_bytes);
    json_end_object(w);
}

kith_status metrics_json(const kith_metrics *m, arena *a, const char **out, kith_error *err)
{
    buffer text;
    buffer_init(&text, TEXT_MAX_BYTES);
    json_writer w = {.out = &text};
    char since[21];
    clock_format_utc(m->since_ms, since);
    json_begin_object(&w);
    json_member_text(&w, "since", since);
    json_member_unsigned(&w, "questions", m->questions);
    json_member_unsigned(&w, "searches", m->searches);
    write_stages(&w, m);
    write_cache(&w, m);
    json_member_unsigned(&w, "documents", m->documents);
    json_member_unsigned(&w, "chunks", m->chunks);
    json_key(&w, "errors");
    json_begin_object(&w);
    for (size_t i = 0; i < m->error_count; i++)
        json_member_unsigned(&w, kith_status_name(m->errors[i].status), m->errors[i].count);
    json_end_object(&w);
    json_key(&w, "tokens");
    json_begin_object(&w);
    json_member_unsigned(&w, "prompt", m->prompt_tokens);
    json_member_unsigned(&w, "completion", m->completion_tokens);
    json_end_object(&w);
    json_end_object(&w);
    return hand_out(&text, a, out, err);
}

/* ---- Prometheus ---- */

/* Writes the two lines that come before a metric's samples. */
static void describe(buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Writes a metric that is a single number. */
static void sample(buffer *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    describe(out, name, type, help);
    buffer_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* Writes a stage's cumulative buckets, sum and count. All counts come from one copy; the sum is
 * read after it and may include durations that the counts do not. */
static void write_histogram(buffer *out, const histogram *h, const char *stage)
{
    uint64_t counts[HISTOGRAM_BUCKETS];
    unsigned long long total = histogram_read(h, counts), below = 0;
    uint32_t bucket = 0;
    for (int octave = FIRST_BOUND; octave <= LAST_BOUND; octave++) {
        uint64_t bound_ns = (uint64_t)1 << octave;
        for (uint32_t end = histogram_bucket(bound_ns); bucket < end; bucket++)
            below += counts[bucket];
        buffer_printf(out, "kith_stage_seconds_bucket{stage=\"%s\",le=\"%.9g\"} %llu\n", stage,
                      (double)bound_ns / 1e9, below);
    }
    buffer_printf(out, "kith_stage_seconds_bucket{stage=\"%s\",le=\"+Inf\"} %llu\n", stage, total);
    buffer_printf(out, "kith_stage_seconds_sum{stage=\"%s\"} %.9f\n", stage,
                  (double)atomic_load_explicit(&h->sum_ns, memory_order_relaxed) / 1e9);
    buffer_printf(out, "kith_stage_seconds_count{stage=\"%s\"} %llu\n", stage, total);
}

kith_status metrics_prometheus(const metrics *m, const kith_metrics *figures, arena *a,
                               const char **out, kith_error *err)
{
    buffer text;
    buffer_init(&text, TEXT_MAX_BYTES);
    sample(&text, "kith_questions_total", "counter", "Questions asked.", figures->questions);
    sample(&text, "kith_searches_total", "counter", "Searches run.", figures->searches);
    sample(&text, "kith_cache_hits_total", "counter", "Questions answered from the cache.",
           figures->cache_hits);
    sample(&text, "kith_cache_misses_total", "counter", "Questions that the cache did not know.",
           figures->cache_misses);
    sample(&text, "kith_cache_answers", "gauge", "Answers in the cache.", figures->cache_answers);
    sample(&text, "kith_cache_bytes", "gauge", "Bytes of the answers in the cache.",
           figures->cache_bytes);
    sample(&text, "kith_documents_total", "counter", "Documents stored, added or updated.",
           figures->documents);
    sample(&text, "kith_chunks_total", "counter", "Chunks embedded and stored.", figures->chunks);
    sample(&text, "kith_prompt_tokens_total", "counter", "Tokens that LLMs read.",
           figures->prompt_tokens);
    sample(&text, "kith_completion_tokens_total", "counter", "Tokens that LLMs wrote.",
           figures->completion_tokens);
    describe(&text, "kith_errors_total", "counter", "Calls and documents that failed, by kind.");
    for (size_t i = 0; i < figures->error_count; i++)
        buffer_printf(&text, "kith_errors_total{kind=\"%s\"} %llu\n",
                      kith_status_name(figures->errors[i].status),
                      (unsigned long long)figures->errors[i].count);
    describe(&text, "kith_stage_seconds", "histogram", "How long each stage of a question took.");
    for (int i = 0; i < METRICS_STAGE_COUNT; i++)
        write_histogram(&text, metrics_histogram(m, (metrics_stage)i), figures->stages[i].name);
    return hand_out(&text, a, out, err);
}
