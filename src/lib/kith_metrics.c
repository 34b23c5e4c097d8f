/* kith_metrics.c - kith_metrics_get and kith_metrics_save. */
#include "lib/handle.h"

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

/* Appends the recall of those collections of the handle of which searches were sampled. */
static kith_status write_recall(kith *k, const store_collections *list, arena *a, buffer *out,
                                kith_error *err)
{
    static const char searches[] = "kith_recall_searches";
    recall_figures *all = arena_new_array(a, recall_figures, list->count);
    if (!all) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metrics");
    store_counter *counters = NULL;
    uint32_t count = 0;
    kith_status status =
        store_list_counters(database_store(k->database), a, &counters, &count, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < list->count; i++) {
        recall_curve curve;
        all[i] =
            database_describe_recall(k->database, list->collections[i].id, counters, count, &curve);
    }
    for (size_t f = 0; f < sizeof figures_of_recall / sizeof figures_of_recall[0]; f++) {
        const struct figure *figure = &figures_of_recall[f];
        buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", figure->name, figure->help,
                      figure->name);
        for (uint32_t i = 0; i < list->count; i++) {
            if (all[i].searches == 0) continue;
            double value = 0;
            memcpy(&value, (const char *)&all[i] + figure->offset, sizeof value);
            append_sample(out, figure->name, list->collections[i].name);
            buffer_printf(out, "%.6f\n", value);
        }
    }
    buffer_printf(out, "# HELP %s Searches that were compared.\n# TYPE %s gauge\n", searches,
                  searches);
    for (uint32_t i = 0; i < list->count; i++) {
        if (all[i].searches == 0) continue;
        append_sample(out, searches, list->collections[i].name);
        buffer_printf(out, "%llu\n", (unsigned long long)all[i].searches);
    }
    return KITH_OK;
}

/* *text becomes a copy with that behind it. */
static kith_status add_recall(kith *k, arena *a, const char **text, kith_error *err)
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
    if (status == KITH_OK) status = add_recall(k, memory, &result->prometheus, err);
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
