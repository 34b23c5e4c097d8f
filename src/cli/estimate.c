/* estimate.c - kith estimate: what a collection takes, before there is one. Needs no data directory. */
#include "base/json.h"
#include "cli/command.h"

#include <kith/budget.h>
#include <kith/estimate.h>

static const char *index_of(const kith_estimate *e)
{
    if (e->has_lists) return "lists";
    if (e->is_compact) return "compact";
    return e->has_graph ? "graph" : "flat";
}

static void write_json(console *c, const kith_estimate_options *o, const kith_estimate *e)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_unsigned(&w, "vectors", o->vectors);
    json_member_unsigned(&w, "dimension", o->dimension);
    json_member_text(&w, "index", index_of(e));
    json_member_unsigned(&w, "memory_bytes", e->memory_bytes);
    json_member_unsigned(&w, "disk_bytes", e->disk_bytes);
    json_member_unsigned(&w, "vector_bytes", e->vector_bytes);
    json_member_unsigned(&w, "index_memory", o->index_memory);
    json_key(&w, "components");
    json_begin_array(&w);
    for (size_t i = 0; i < e->count; i++) {
        const kith_estimate_component *part = &e->components[i];
        json_begin_object(&w);
        json_member_text(&w, "name", part->name);
        json_member_unsigned(&w, "memory_bytes", part->memory_bytes);
        json_member_unsigned(&w, "disk_bytes", part->disk_bytes);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    console_end_json(c);
}

/* "1.5 GB" */
static void format_bytes(uint64_t bytes, char out[16])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        size /= 1000;
    (void)snprintf(out, 16, size < 10 && unit > 0 ? "%.2f %s" : "%.0f %s", size, units[unit]);
}

static void write_line(console *c, const kith_estimate_component *part, uint64_t vectors)
{
    char memory[16], disk[16];
    format_bytes(part->memory_bytes, memory);
    format_bytes(part->disk_bytes, disk);
    const double each = vectors ? (double)part->memory_bytes / (double)vectors : 0;
    console_printf(c, "%-15s %9s %9s %12.0f  %s\n", part->name, memory, disk, each, part->what);
}

static void write_text(console *c, const kith_estimate_options *o, const kith_estimate *e)
{
    const kith_estimate_component all = {
        "all",
        e->has_lists    ? "searches read lists"
        : e->is_compact ? "searches walk a graph, and read vectors from the disk"
        : e->has_graph  ? "searches walk a graph"
                        : "searches compare every vector",
        e->memory_bytes, e->disk_bytes};
    console_printf(c, "%-15s %9s %9s %12s\n", "", "memory", "disk", "bytes/vector");
    for (size_t i = 0; i < e->count; i++)
        if (e->components[i].memory_bytes > 0 || e->components[i].disk_bytes > 0)
            write_line(c, &e->components[i], o->vectors);
    write_line(c, &all, o->vectors);
}

/* A limit that is none, or cannot be kept, is told. */
static void tell_limit(console *c, const kith_estimate_options *o, const kith_estimate *e)
{
    kith_error err = {0};
    char limit[16], taken[16];
    if (kith_index_memory_check(o->index_memory, o->dimension, &err) != KITH_OK) {
        console_notice(c, "%s", err.message);
    } else if (o->index_memory > 0 && e->vector_bytes > o->index_memory) {
        format_bytes(o->index_memory, limit);
        format_bytes(e->vector_bytes, taken);
        console_notice(c,
                       "a limit of %s cannot be kept: of so many vectors %s stay in memory also "
                       "when they are in lists",
                       limit, taken);
    }
}

static bool read_argument(invocation *run, size_t i, const char *name, uint32_t *out)
{
    const char *text = run->settings->arguments[i];
    if (options_number(text, out)) return true;
    console_notice(run->console, "kith estimate: %s '%s' is not a number from 0 to %u", name, text,
                   UINT32_MAX);
    return false;
}

static exit_status estimate_run(invocation *run)
{
    const settings *s = run->settings;
    uint32_t vectors = 0, dimension = 0;
    kith_estimate *e = NULL;
    kith_error err = {0};
    if (!read_argument(run, 0, "VECTORS", &vectors) ||
        !read_argument(run, 1, "DIMENSION", &dimension))
        return EXIT_USAGE;
    const kith_estimate_options o = {.size = sizeof o,
                                     .vectors = vectors,
                                     .dimension = dimension,
                                     .id_bytes = s->id_bytes,
                                     .text_bytes = s->text_bytes,
                                     .fields = s->fields,
                                     .index_memory = (uint64_t)s->index_memory << 20,
                                     .memory = (kith_memory)s->memory};
    kith_status status = kith_estimate_collection(&o, &e, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    if (run->console->json)
        write_json(run->console, &o, e);
    else
        write_text(run->console, &o, e);
    tell_limit(run->console, &o, e);
    kith_estimate_free(e);
    return EXIT_DONE;
}

const command command_estimate = {
    .name = "estimate",
    .arguments = "VECTORS DIMENSION",
    .summary = "tell what a collection of so many vectors takes",
    .description =
        "Calculates, before anything is built, what a collection takes in memory and on disk, by "
        "component. It is within 5 % of what an index over vectors that were added one after the "
        "other takes; what texts take in words differs from language to language, by a third. Of a "
        "compact index up to 256 dimensions without a limit, codes of 4 bits a dimension are "
        "assumed: where vectors lie in tight clusters it has codes of 8.\n\n"
        "On top of that come the former generation of the index, while a new one is saved, the "
        "store's log (kith.db-wal), and the memory of searches and of a local model.\n\n"
        "As JSON: an object with vectors, dimension, index (flat, graph, compact or lists), "
        "memory_bytes, disk_bytes, vector_bytes (what --index-memory limits, of memory_bytes), "
        "index_memory and components, each with name, memory_bytes and disk_bytes.\n\n"
        "A limit of memory that is not allowed, or cannot be kept, is told on standard error.",
    .examples = "  kith estimate 1000000 384\n"
                "  kith estimate 20000 384 --text-bytes 900 --id-bytes 36 --fields 3\n"
                "  kith estimate 1000000 384 --memory compact\n"
                "  kith estimate 10000000 384 --index-memory 1024\n",
    .options = OPTION_BIT(OPTION_ID_BYTES) | OPTION_BIT(OPTION_TEXT_BYTES) |
               OPTION_BIT(OPTION_FIELDS) | OPTION_BIT(OPTION_INDEX_MEMORY) |
               OPTION_BIT(OPTION_MEMORY),
    .arguments_min = 2,
    .arguments_max = 2,
    .run = estimate_run,
};
