/* metrics_output.c - see metrics_output.h. */
#include "cli/metrics_output.h"

#include "cli/collection_stats.h"
#include "os/clock.h"

static void row(console *c, const char *label)
{
    buffer_printf(&c->line, "  %-12s", label);
}

static void show_stages(console *c, const kith_metrics *m)
{
    for (size_t i = 0; i < m->stage_count; i++) {
        const kith_stage_metrics *stage = &m->stages[i];
        if (stage->count == 0) continue;
        row(c, stage->name);
        buffer_printf(&c->line, "%.1f ms on average; p50 %.1f, p95 %.1f, p99 %.1f (%llu times)\n",
                      stage->average_ms, stage->p50_ms, stage->p95_ms, stage->p99_ms,
                      (unsigned long long)stage->count);
    }
}

static void show_cache(console *c, const kith_metrics *m)
{
    row(c, "cache");
    buffer_printf(&c->line, "%llu hits of %llu (%.0f %%), %llu answers in ",
                  (unsigned long long)m->cache_hits,
                  (unsigned long long)(m->cache_hits + m->cache_misses), 100 * m->cache_ratio,
                  (unsigned long long)m->cache_answers);
    append_bytes(&c->line, m->cache_bytes);
    buffer_append_byte(&c->line, '\n');
}

static void show_errors(console *c, const kith_metrics *m)
{
    row(c, "errors");
    for (size_t i = 0; i < m->error_count; i++)
        buffer_printf(&c->line, "%s%llu %s", i ? ", " : "", (unsigned long long)m->errors[i].count,
                      kith_status_name(m->errors[i].status));
    buffer_append_text(&c->line, m->error_count ? "\n" : "none\n");
}

void metrics_output_text(console *c, const kith_metrics *m)
{
    char since[21], title[64];
    clock_format_utc(m->since_ms, since);
    int length = snprintf(title, sizeof title, "Since %s", since);
    terminal_style(&c->out_terminal, &c->line, STYLE_BOLD, (view){title, (size_t)length});
    buffer_append_byte(&c->line, '\n');
    row(c, "queries");
    buffer_printf(&c->line, "%llu questions, %llu searches\n", (unsigned long long)m->questions,
                  (unsigned long long)m->searches);
    show_stages(c, m);
    show_cache(c, m);
    row(c, "ingested");
    buffer_printf(&c->line, "%llu documents, %llu chunks\n", (unsigned long long)m->documents,
                  (unsigned long long)m->chunks);
    row(c, "tokens");
    buffer_printf(&c->line, "%llu read, %llu written by LLMs\n",
                  (unsigned long long)m->prompt_tokens, (unsigned long long)m->completion_tokens);
    show_errors(c, m);
    console_flush_line(c);
}

void metrics_output_json(console *c, const kith_metrics *m)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_key(&w, "metrics");
    json_raw(&w, view_of(m->json));
    json_end_object(&w);
    console_end_json(c);
}
