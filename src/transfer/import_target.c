/* import_target.c - see import_target.h. */
#include "transfer/import_target.h"

#include <kith/budget.h>
#include <kith/catalog.h>
#include <string.h>

kith_status import_database(kith *k, const char *tenant, const char *database, kith **out,
                            kith_error *err)
{
    kith_status status = kith_tenant_find(k, tenant, err);
    if (status == KITH_ERR_NOT_FOUND) {
        status = kith_tenant_create(k, tenant, err);
        if (status == KITH_ERR_EXISTS) status = KITH_OK; // another process was quicker
    }
    if (status != KITH_OK) return status;
    status = kith_use_database(k, tenant, database, out, err);
    if (status != KITH_ERR_NOT_FOUND) return status;
    status = kith_database_create(k, tenant, database, err);
    if (status == KITH_ERR_EXISTS) status = KITH_OK;
    return status == KITH_OK ? kith_use_database(k, tenant, database, out, err) : status;
}

/* Texts that are both missing, or the same. */
static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A limit that is older than the dimension of the vectors may be less than these ask for: it is that much then. */
static uint64_t limit_of(const import_collection *wanted)
{
    const uint64_t least = (uint64_t)wanted->model.dimension * KITH_INDEX_MEMORY_OF_DIMENSION;
    return wanted->index_memory > 0 && wanted->index_memory < least ? least : wanted->index_memory;
}

static bool has_other_memory(const kith_collection_info *info, const import_collection *wanted)
{
    return (wanted->index_memory > 0 && info->index_memory != wanted->index_memory &&
            info->index_memory != limit_of(wanted)) ||
           (wanted->memory != KITH_MEMORY_FULL && info->memory != wanted->memory);
}

kith_status import_obtain(kith *k, const import_collection *wanted, transfer_collection *to,
                          kith_error *err)
{
    kith_collection_info *info = NULL;
    const kith_collection_options options = {.size = sizeof options,
                                             .metric = wanted->metric,
                                             .dimension = wanted->model.dimension,
                                             .metadata = wanted->metadata,
                                             .configuration = wanted->configuration,
                                             .index_memory = limit_of(wanted),
                                             .memory = wanted->memory};
    kith_status status = kith_index_memory_check(wanted->index_memory, 0, err);
    if (status == KITH_OK)
        status = kith_collection_ensure(k, wanted->name, &options, &to->is_new, &info, err);
    if (status == KITH_OK && info->metric != wanted->metric)
        status = fail(err, KITH_ERR_INVALID,
                      "collection '%s' is there with the metric %s, what is imported has %s",
                      wanted->name, transfer_metric_name(info->metric),
                      transfer_metric_name(wanted->metric));
    if (status == KITH_OK) status = kith_collection_model_set(k, wanted->name, &wanted->model, err);
    if (status == KITH_OK)
        to->differs = !is_same(info->metadata, wanted->metadata) ||
                      !is_same(info->configuration, wanted->configuration) ||
                      has_other_memory(info, wanted);
    kith_collection_info_free(info);
    return status;
}
