/* serve_metrics.c - see serve_metrics.h. */
#include "serve/serve_metrics.h"

#include "base/size.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Upper bounds of the histogram's buckets; the last one, without a bound, follows them. */
static const double bounds_s[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};
enum {
    BOUNDS = sizeof bounds_s / sizeof bounds_s[0],
    CLASSES = 6 /* 2xx is class 2; those without an answer are class 0 */
};

typedef struct route_counts {
    atomic_uint_fast64_t ended[CLASSES];
    atomic_uint_fast64_t buckets[BOUNDS + 1]; /* not cumulative */
    atomic_uint_fast64_t sum_ns;
} route_counts;

struct serve_metrics {
    const router *routes;
    uint32_t count;       /* of routes */
    route_counts *counts; /* [count + 1]; the last one: of no route */
    atomic_uint_fast64_t begun, taken, ended, ended_untaken;
    atomic_uint_fast64_t bytes_in, bytes_out;
};

static void add(atomic_uint_fast64_t *to, uint64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

kith_status serve_metrics_new(const router *routes, serve_metrics **out, kith_error *err)
{
    serve_metrics *m = calloc(1, sizeof *m);
    uint32_t count = router_count(routes);
    route_counts *counts = heap_new_array((size_t)count + 1, sizeof *counts);
    if (!m || !counts) {
        free(m);
        free(counts);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    }
    m->routes = routes;
    m->count = count;
    m->counts = counts;
    *out = m;
    return KITH_OK;
}

void serve_metrics_free(serve_metrics *m)
{
    if (!m) return;
    free(m->counts);
    free(m);
}

void serve_metrics_begin(serve_metrics *m)
{
    add(&m->begun, 1);
}

void serve_metrics_take(serve_metrics *m)
{
    add(&m->taken, 1);
}

void serve_metrics_end(serve_metrics *m, const request_end *end)
{
    route_counts *c = &m->counts[end->route < m->count ? end->route : m->count];
    int class = end->status / 100;
    add(&c->ended[class >= 0 && class < CLASSES ? class : 0], 1);
    uint64_t ns = end->ns > 0 ? (uint64_t)end->ns : 0;
    size_t bucket = 0;
    while (bucket < BOUNDS && (double)ns > bounds_s[bucket] * 1e9)
        bucket++;
    add(&c->buckets[bucket], 1);
    add(&c->sum_ns, ns);
    add(&m->bytes_in, end->bytes_in);
    add(&m->bytes_out, end->bytes_out);
    add(&m->ended, 1);
    if (!end->was_taken) add(&m->ended_untaken, 1);
}

/* ---- text ---- */

static void head(buffer *out, const char *name, const char *kind, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* `method="GET",route="/api/v2/..."`; nothing in a route's path needs to be escaped. */
static void labels(const serve_metrics *m, uint32_t number, buffer *out)
{
    const route *r = number < m->count ? router_route(m->routes, number) : NULL;
    buffer_printf(out, "method=\"%s\",route=\"%s\"", r ? r->method : "", r ? r->path : "");
}

static bool had_requests(const route_counts *c)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (get(&c->ended[i])) return true;
    return false;
}

static void write_totals(const serve_metrics *m, buffer *out)
{
    head(out, "kith_http_requests_total", "counter",
         "Requests that ended, by route and first digit of the status; 0: not answered.");
    for (uint32_t i = 0; i <= m->count; i++) {
        for (uint32_t class = 0; class < CLASSES; class ++) {
            uint64_t n = get(&m->counts[i].ended[class]);
            if (n == 0) continue;
            buffer_append_text(out, "kith_http_requests_total{");
            labels(m, i, out);
            buffer_printf(out, ",status=\"%u%s\"} %" PRIu64 "\n", class, class ? "xx" : "", n);
        }
    }
}

static void write_durations(const serve_metrics *m, buffer *out)
{
    static const char name[] = "kith_http_request_duration_seconds";
    head(out, name, "histogram", "From a request's head to the last byte of its answer, by route.");
    for (uint32_t i = 0; i <= m->count; i++) {
        const route_counts *c = &m->counts[i];
        if (!had_requests(c)) continue;
        uint64_t below = 0;
        for (size_t b = 0; b <= BOUNDS; b++) {
            below += get(&c->buckets[b]);
            buffer_printf(out, "%s_bucket{", name);
            labels(m, i, out);
            if (b < BOUNDS)
                buffer_printf(out, ",le=\"%g\"} %" PRIu64 "\n", bounds_s[b], below);
            else
                buffer_printf(out, ",le=\"+Inf\"} %" PRIu64 "\n", below);
        }
        buffer_printf(out, "%s_sum{", name);
        labels(m, i, out);
        buffer_printf(out, "} %.9f\n%s_count{", (double)get(&c->sum_ns) / 1e9, name);
        labels(m, i, out);
        buffer_printf(out, "} %" PRIu64 "\n", below);
    }
}

static uint64_t difference(uint64_t more, uint64_t less)
{
    return more > less ? more - less : 0;
}

void serve_metrics_write(const serve_metrics *m, buffer *out)
{
    write_totals(m, out);
    write_durations(m, out);
    uint64_t ended = get(&m->ended), untaken = get(&m->ended_untaken), taken = get(&m->taken);
    uint64_t begun = get(&m->begun);
    head(out, "kith_http_requests_in_progress", "gauge", "Requests between head and last byte.");
    buffer_printf(out, "kith_http_requests_in_progress %" PRIu64 "\n", difference(begun, ended));
    head(out, "kith_http_requests_waiting", "gauge",
         "Of these, those whose body is read or that wait for a worker.");
    buffer_printf(out, "kith_http_requests_waiting %" PRIu64 "\n",
                  difference(begun, taken + untaken));
    head(out, "kith_http_received_bytes_total", "counter", "Bytes of request bodies.");
    buffer_printf(out, "kith_http_received_bytes_total %" PRIu64 "\n", get(&m->bytes_in));
    head(out, "kith_http_sent_bytes_total", "counter", "Bytes of answers' bodies.");
    buffer_printf(out, "kith_http_sent_bytes_total %" PRIu64 "\n", get(&m->bytes_out));
}

void serve_metrics_connections(uint32_t count, buffer *out)
{
    head(out, "kith_http_connections_open", "gauge",
         "Connections of clients, idle ones among them.");
    buffer_printf(out, "kith_http_connections_open %" PRIu32 "\n", count);
}
