/* collection_stats.c - see collection_stats.h. */
#include "cli/collection_stats.h"

#include "base/json.h"
#include "base/size.h"
#include "os/clock.h"
#include "serve/recall_json.h"

const char *metric_name(kith_metric metric)
{
    switch (metric) {
    case KITH_COSINE:
        return "cosine";
    case KITH_SQUARED_L2:
        return "l2";
    case KITH_INNER_PRODUCT:
        return "ip";
    }
    return "unknown";
}

void append_bytes(buffer *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    enum { LAST = sizeof units / sizeof units[0] - 1 };
    double value = (double)bytes;
    int unit = 0;
    // 1023.95 would be printed as 1024.0.
    for (; value >= 1023.95 && unit < LAST; unit++)
        value /= 1024;
    if (unit == 0)
        buffer_printf(out, "%llu B", (unsigned long long)bytes);
    else
        buffer_printf(out, "%.1f %s", value, units[unit]);
}

/* A stored JSON text on one line; null when there is none. */
static void write_json(json_writer *w, const char *text)
{
    const json_value *value = NULL;
    arena memory;
    arena_init(&memory, 0);
    if (text && json_parse(view_of(text), strlen(text), &memory, &value, NULL) == KITH_OK)
        json_tree(w, value);
    else
        json_null(w);
    arena_done(&memory);
}

static void write_reembedding(json_writer *w, const kith_reembedding *r)
{
    json_key(w, "reembedding");
    if (!r->is_begun) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_member_text(w, "model", r->model);
    json_member_unsigned(w, "chunks", r->chunks);
    json_member_unsigned(w, "waiting", r->waiting);
    json_end_object(w);
}

const char *collection_memory_name(kith_memory memory)
{
    return memory == KITH_MEMORY_COMPACT ? "compact" : "full";
}

void collection_stats_json(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning, const collection_model *model,
                           const kith_index_memory *memory)
{
    char created[21];
    clock_format_utc(stats->created_ms, created);
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "name", stats->name);
    json_member_unsigned(&w, "documents", stats->documents);
    json_member_unsigned(&w, "chunks", stats->chunks);
    json_member_unsigned(&w, "chunks_waiting", meaning->waiting);
    json_member_text(&w, "model", stats->model);
    json_member_text(&w, "model_name", stats->model_name);
    if (model) json_member_text(&w, "precision", model->precision);
    if (model) write_reembedding(&w, &model->reembedding);
    json_member_text(&w, "metric", metric_name(stats->metric));
    json_member_unsigned(&w, "dimension", stats->dimension);
    json_member_unsigned(&w, "bytes_disk", stats->bytes_disk);
    json_member_unsigned(&w, "bytes_memory", stats->bytes_memory);
    json_member_text(&w, "index", stats->index);
    json_member_text(&w, "index_state", stats->index_state);
    json_member_text(&w, "index_reason", stats->index_reason);
    if (model) recall_write(&w, &model->recall);
    if (memory) json_member_unsigned(&w, "index_memory", memory->limit);
    if (memory) json_member_text(&w, "memory", collection_memory_name(memory->memory));
    json_member_text(&w, "id", stats->id);
    json_member_text(&w, "created", created);
    json_key(&w, "metadata");
    write_json(&w, stats->metadata);
    json_key(&w, "configuration");
    write_json(&w, stats->configuration);
    json_end_object(&w);
    console_end_json(c);
}

static void row(console *c, const char *label)
{
    buffer_printf(&c->line, "  %-12s", label);
}

/* "all-MiniLM-L6-v2 (xxh3:1b0cd0b3..., mean norm 256 f32)": eight digits of the digest
 * are enough to distinguish models. */
static void append_model(buffer *out, const kith_collection_stats *stats)
{
    enum { SHOWN = sizeof "xxh3:" - 1 + 8 };
    view name = view_of(stats->model_name), print = view_of(stats->model);
    bool is_remote = view_starts_with(print, VIEW("remote "));
    if (print.size == 0) {
        buffer_append_text(out, "none: vectors come from the caller");
        return;
    }
    if (name.size) terminal_clean(out, name, true);
    if (name.size) buffer_append_text(out, " (");
    if (name.size && is_remote) {
        buffer_append_text(out, "remote");
    } else if (view_starts_with(print, VIEW("xxh3:"))) {
        size_t digits = view_find(print, VIEW(" "));
        terminal_clean(out, view_slice(print, 0, size_min(SHOWN, digits)), true);
        buffer_append_text(out, "...,");
        terminal_clean(out, view_slice(print, digits, print.size), true);
    } else {
        terminal_clean(out, print, true);
    }
    if (name.size) buffer_append_byte(out, ')');
}

/* "0.9712 (0.9650 to 0.9764) in 214 searches since 2026-11-30T05:00:00Z" */
static void append_recall(console *c, const kith_recall *r)
{
    char since[21];
    buffer *out = &c->line;
    row(c, "recall");
    if (r->searches == 0) {
        buffer_append_text(out, "no search was sampled yet\n");
        return;
    }
    clock_format_utc(r->since_ms, since);
    buffer_printf(out, "%.4f (%.4f to %.4f) in %llu searches that were compared, since %s\n",
                  r->recall, r->low, r->high, (unsigned long long)r->searches, since);
}

void collection_stats_text(console *c, const kith_collection_stats *stats,
                           const kith_meaning *meaning, const collection_model *model)
{
    buffer *out = &c->line;
    terminal_style(&c->out_terminal, out, STYLE_BOLD, view_of(stats->name));
    buffer_append_byte(out, '\n');
    row(c, "documents");
    buffer_printf(out, "%llu\n", (unsigned long long)stats->documents);
    row(c, "chunks");
    buffer_printf(out, "%llu", (unsigned long long)stats->chunks);
    if (meaning->waiting)
        buffer_printf(out, ", %llu of them without their meaning yet",
                      (unsigned long long)meaning->waiting);
    buffer_append_byte(out, '\n');
    row(c, "model");
    append_model(out, stats);
    if (model && model->precision) buffer_printf(out, ", runs in %s", model->precision);
    buffer_append_byte(out, '\n');
    if (model && model->reembedding.is_begun) {
        row(c, "new model");
        buffer_printf(out, "%s, %llu of %llu chunks are not embedded yet: kith reembed goes on\n",
                      model->reembedding.model, (unsigned long long)model->reembedding.waiting,
                      (unsigned long long)model->reembedding.chunks);
    }
    row(c, "vectors");
    if (stats->dimension)
        buffer_printf(out, "%u dimensions, %s\n", stats->dimension, metric_name(stats->metric));
    else
        buffer_printf(out, "none yet, %s\n", metric_name(stats->metric));
    if (stats->metadata) {
        row(c, "metadata");
        terminal_clean(out, view_of(stats->metadata), true);
        buffer_append_byte(out, '\n');
    }
    row(c, "index");
    buffer_printf(out, "%s, %s", stats->index, stats->index_state);
    if (stats->index_reason[0]) buffer_append_text(out, ": ");
    terminal_clean(out, view_of(stats->index_reason), true);
    buffer_append_byte(out, '\n');
    if (model) append_recall(c, &model->recall);
    row(c, "on disk");
    append_bytes(out, stats->bytes_disk);
    buffer_append_byte(out, '\n');
    row(c, "in memory");
    append_bytes(out, stats->bytes_memory);
    buffer_append_byte(out, '\n');
    if (model && model->memory.memory == KITH_MEMORY_COMPACT) {
        row(c, "vectors");
        buffer_append_text(out, "on the disk, as soon as there is a graph\n");
    }
    if (model && model->memory.limit) {
        row(c, "limit");
        append_bytes(out, model->memory.limit);
        buffer_append_text(out, " of memory for vectors\n");
    }
    console_flush_line(c);
}
