/* kith_metrics.c - kith_metrics_get and kith_metrics_save. */
#include "lib/handle.h"

#include <stdlib.h>

static const struct figure {
    const char *name, *help;
    size_t offset;
} figures_of_recall[] = {
    {"kith_recall", "Share of the nearest that sampled searches by vector found, on average.",
     offsetof(recall_figures, recall)},
    {"kith_recall_low", "It lies above, at 95 of 100.", offsetof(recall_figures, low)},
    {"kith_recall_high", "It lies below, at 95 of 100.", offsetof(recall_figures, high)},
};

/* A collection's name as the value of a label. */
static void append_label(buffer *out, view name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\') buffer_append_byte(out, '\\');
        buffer_append_byte(out, name.data[i] == '\n' ? ' ' : name.data[i]);
    }
}

static void append_sample(buffer *out, const char *figure, view name)
{
    buffer_printf(out, "%s{collection=\"", figure);
    append_label(out, name);
    buffer_append_text(out, "\"} ");
}

/* Series of one figure, at most: each name is one that a scraper keeps for good. */
enum { COLLECTIONS_MAX = 200 };

typedef struct sized {
    view name;
    index_size size;
} sized;

static int compare_sizes(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    if (x->size.bytes != y->size.bytes) return x->size.bytes < y->size.bytes ? 1 : -1;
    return view_compare(x->name, y->name);
}

static void write_gauge(buffer *out, const char *name, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Appends memory and rows of the indexes that are in memory, the largest COLLECTIONS_MAX of the handle's database. */
static kith_status write_sizes(kith *k, const store_collections *list, arena *a, buffer *out,
                               kith_error *err)
{
    static const char *const names[] = {"kith_index_bytes", "kith_index_rows",
                                        "kith_index_live_rows"};
    static const char *const help[] = {"Memory of the collection's index.",
                                       "Rows of it, dead ones too.", "Live rows of it."};
    sized *all = arena_new_array(a, sized, list->count);
    if (!all) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metrics");
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const index_size size = database_index_size(k->database, list->collections[i].id);
        if (size.bytes > 0) all[count++] = (sized){list->collections[i].name, size};
    }
    if (count > 0) qsort(all, count, sizeof *all, compare_sizes);
    const uint32_t shown = count < COLLECTIONS_MAX ? count : COLLECTIONS_MAX;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        write_gauge(out, names[n], help[n]);
        for (uint32_t i = 0; i < shown; i++) {
            const index_size *size = &all[i].size;
            const uint64_t values[] = {size->bytes, size->rows, size->live};
            append_sample(out, names[n], all[i].name);
            buffer_printf(out, "%llu\n", (unsigned long long)values[n]);
        }
    }
    write_gauge(out, "kith_index_series_left_out", "Smaller indexes that are not listed.");
    buffer_printf(out, "kith_index_series_left_out %u\n", count - shown);
    return KITH_OK;
}

/* Appends the recall of those collections of the handle of which searches were sampled, the first COLLECTIONS_MAX. */
static kith_status write_recall(kith *k, const store_collections *list, arena *a, buffer *out,
                                kith_error *err)
{
    static const char searches[] = "kith_recall_searches";
    recall_figures all[COLLECTIONS_MAX];
    view names[COLLECTIONS_MAX];
    uint32_t shown = 0;
    store_counter *counters = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_counters(database_store(k->database), a, &counters, &count, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < list->count && shown < COLLECTIONS_MAX; i++) {
        recall_curve curve;
        all[shown] =
            database_describe_recall(k->database, list->collections[i].id, counters, count, &curve);
        if (all[shown].searches > 0) names[shown++] = list->collections[i].name;
    }
    for (size_t f = 0; f < sizeof figures_of_recall / sizeof figures_of_recall[0]; f++) {
        const struct figure *figure = &figures_of_recall[f];
        write_gauge(out, figure->name, figure->help);
        for (uint32_t i = 0; i < shown; i++) {
            double value = 0;
            memcpy(&value, (const char *)&all[i] + figure->offset, sizeof value);
            append_sample(out, figure->name, names[i]);
            buffer_printf(out, "%.6f\n", value);
        }
    }
    write_gauge(out, searches, "Searches that were compared.");
    for (uint32_t i = 0; i < shown; i++) {
        append_sample(out, searches, names[i]);
        buffer_printf(out, "%llu\n", (unsigned long long)all[i].searches);
    }
    return KITH_OK;
}

/* *text becomes a copy with what is known of collections behind it. */
static kith_status add_collections(kith *k, arena *a, const char **text, kith_error *err)
{
    enum { TEXT_MAX_BYTES = 16 << 20 };
    static const store_page whole = {0, 0};
    arena memory;
    buffer out;
    store_collections list = {0};
    arena_init(&memory, 0);
    buffer_init(&out, TEXT_MAX_BYTES);
    buffer_append_text(&out, *text);
    kith_status status = store_collection_list(
        database_store(k->database), database_scope(k->database), &whole, &memory, &list, err);
    if (status == KITH_OK) status = write_sizes(k, &list, &memory, &out, err);
    if (status == KITH_OK) status = write_recall(k, &list, &memory, &out, err);
    if (status == KITH_OK) status = buffer_status(&out, "metrics", err);
    const char *copy = status == KITH_OK ? arena_copy(a, buffer_view(&out)).data : NULL;
    if (status == KITH_OK && !copy)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for metrics");
    if (status == KITH_OK) *text = copy;
    buffer_done(&out);
    arena_done(&memory);
    return status;
}

kith_status kith_metrics_get(kith *k, kith_metrics **out, kith_error *err)
{
    arena *memory = NULL;
    kith_metrics *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    kith_status status = metrics_read(k->metrics, memory, result, err);
    if (status == KITH_OK) status = metrics_json(result, memory, &result->json, err);
    if (status == KITH_OK)
        status = metrics_prometheus(k->metrics, result, memory, &result->prometheus, err);
    if (status == KITH_OK) status = add_collections(k, memory, &result->prometheus, err);
    return RESULT_END(status, result, out);
}

void kith_metrics_free(kith_metrics *figures)
{
    result_free(figures);
}

kith_status kith_metrics_save(kith *k, kith_error *err)
{
    database_save_recall(k->database);
    return metrics_save(k->metrics, err);
}
