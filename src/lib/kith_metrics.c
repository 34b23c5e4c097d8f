/* kith_metrics.c - kith_metrics_get and kith_metrics_save. */
#include "lib/handle.h"

kith_status kith_metrics_get(kith *k, kith_metrics **out, kith_error *err)
{
    arena *memory = NULL;
    kith_metrics *result = result_new(sizeof *result, &memory, err);
    if (!result) return KITH_ERR_NO_MEMORY;
    kith_status status = metrics_read(k->metrics, memory, result, err);
    if (status == KITH_OK) status = metrics_json(result, memory, &result->json, err);
    if (status == KITH_OK)
        status = metrics_prometheus(k->metrics, result, memory, &result->prometheus, err);
    return RESULT_END(status, result, out);
}

void kith_metrics_free(kith_metrics *figures)
{
    result_free(figures);
}

kith_status kith_metrics_save(kith *k, kith_error *err)
{
    return metrics_save(k->metrics, err);
}
