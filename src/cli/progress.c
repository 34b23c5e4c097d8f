/* progress.c - see progress.h. The speed shown is that of now.
 * A folder starts with files that did not change, which give no chunks, and goes on with files that
 * do; an average over the whole run would show neither. So the rate is an exponentially weighted
 * mean over the last quarter of a minute: for a step of dt seconds the old value keeps
 * exp(-dt / tau). It starts from 0, and dividing by 1 - exp(-elapsed / tau) takes that bias out (as
 * Adam does, Kingma & Ba 2015, section 3). */
#include "cli/progress.h"

#include <math.h>

enum { BAR_COLUMNS_MAX = 30, BAR_COLUMNS_MIN = 8 };

static const double tau_seconds = 15.0;

void progress_start(progress *p, int64_t now_ns)
{
    *p = (progress){.start_ns = now_ns, .last_ns = now_ns};
}

static void rate_add(progress_rate *r, uint64_t before, uint64_t now, double seconds)
{
    uint64_t units = now > before ? now - before : 0;
    // Work without time is a burst: its share is the limit of (1 - exp(-dt / tau)) / dt.
    double share = seconds > 0 ? -expm1(-seconds / tau_seconds) / seconds : 1 / tau_seconds;
    r->weighted = r->weighted * exp(-seconds / tau_seconds) + share * (double)units;
}

/* Are all files stored, and chunks being embedded? */
static bool is_embedding(const progress *p)
{
    return p->last.waiting > 0 && p->last.files == p->last.files_total;
}

void progress_update(progress *p, int64_t now_ns, const progress_sample *sample)
{
    double seconds = (double)(now_ns - p->last_ns) / 1e9;
    bool was_embedding = is_embedding(p);
    uint64_t before = p->last.chunks + p->last.waiting, now = sample->chunks + sample->waiting;
    p->last = *sample;
    if (is_embedding(p) && !was_embedding) { // another speed begins
        p->chunks = (progress_rate){0};
        p->start_ns = p->last_ns;
    }
    if (is_embedding(p)) {
        before = was_embedding ? p->embedded : sample->chunks;
        now = p->embedded = sample->chunks;
    }
    rate_add(&p->chunks, before, now, seconds);
    p->last_ns = now_ns;
}

static double rate_value(const progress *p, const progress_rate *r)
{
    double elapsed = (double)(p->last_ns - p->start_ns) / 1e9;
    return elapsed > 0 ? r->weighted / -expm1(-elapsed / tau_seconds) : 0;
}

double progress_chunks_per_second(const progress *p)
{
    return rate_value(p, &p->chunks);
}

void progress_duration(double seconds, buffer *out)
{
    enum { DAYS_SHOWN_MAX = 99 * 24 * 3600 };
    uint64_t s = seconds < DAYS_SHOWN_MAX ? (uint64_t)(seconds + 0.5) : DAYS_SHOWN_MAX;
    unsigned hours = (unsigned)(s / 3600), minutes = (unsigned)(s / 60 % 60),
             rest = (unsigned)(s % 60);
    if (hours)
        buffer_printf(out, "%u:%02u:%02u", hours, minutes, rest);
    else
        buffer_printf(out, "%u:%02u", minutes, rest);
}

/* The share that is done, by bytes, since files differ in size; by files when all are empty. */
static double fraction_done(const progress *p)
{
    const progress_sample *s = &p->last;
    if (is_embedding(p)) return (double)s->chunks / (double)(s->chunks + s->waiting);
    if (s->bytes_total) return fmin(1, (double)s->bytes / (double)s->bytes_total);
    return s->files_total ? fmin(1, (double)s->files / (double)s->files_total) : 0;
}

static void append_bar(const progress *p, uint32_t columns, buffer *out)
{
    uint32_t inside = columns - 2;
    uint32_t filled = (uint32_t)(fraction_done(p) * inside);
    buffer_append_byte(out, '[');
    for (uint32_t i = 0; i < inside; i++)
        buffer_append_byte(out, i < filled ? '=' : i == filled ? '>' : ' ');
    buffer_append_byte(out, ']');
}

void progress_bar(const progress *p, uint32_t width, buffer *out)
{
    buffer text;
    buffer_init(&text, 256);
    size_t ends[3]; // where each part ends
    if (is_embedding(p))
        buffer_printf(&text, "%llu/%llu chunks embedded", (unsigned long long)p->last.chunks,
                      (unsigned long long)(p->last.chunks + p->last.waiting));
    else
        buffer_printf(&text, "%llu/%llu files", (unsigned long long)p->last.files,
                      (unsigned long long)p->last.files_total);
    ends[0] = text.size;
    buffer_printf(&text, "  %.1f chunks/s", progress_chunks_per_second(p));
    ends[1] = text.size;
    double left = p->last.seconds_left;
    if (left >= 0) {
        buffer_append_text(&text, "  ");
        progress_duration(left, &text);
        buffer_append_text(&text, " left");
    }
    ends[2] = text.size;

    int parts = 2;
    while (parts > 0 && ends[parts] > width)
        parts--;
    text.size = ends[parts] < width ? ends[parts] : width;
    uint32_t spare = width - (uint32_t)text.size;
    if (spare >= BAR_COLUMNS_MIN + 2) {
        append_bar(p, spare - 2 < BAR_COLUMNS_MAX ? spare - 2 : BAR_COLUMNS_MAX, out);
        buffer_append_text(out, "  ");
    }
    buffer_append(out, buffer_view(&text));
    buffer_done(&text);
}

void progress_sentence(const progress *p, buffer *out)
{
    if (is_embedding(p))
        buffer_printf(out, "all files are found by their words; %llu of %llu chunks embedded",
                      (unsigned long long)p->last.chunks,
                      (unsigned long long)(p->last.chunks + p->last.waiting));
    else
        buffer_printf(out, "%llu of %llu files, %llu chunks", (unsigned long long)p->last.files,
                      (unsigned long long)p->last.files_total,
                      (unsigned long long)(p->last.chunks + p->last.waiting));
    buffer_printf(out, ", %.1f chunks/s", progress_chunks_per_second(p));
    double left = p->last.seconds_left;
    if (left < 0) return;
    buffer_append_text(out, ", about ");
    progress_duration(left, out);
    buffer_append_text(out, " left");
}
