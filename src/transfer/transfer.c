/* transfer.c - see transfer.h. */
#include "transfer/transfer.h"

#include <string.h>

static const char *const metric_names[] = {
    [KITH_COSINE] = "cosine", [KITH_SQUARED_L2] = "l2", [KITH_INNER_PRODUCT] = "ip"};
enum { METRICS = sizeof metric_names / sizeof metric_names[0] };

const char *transfer_metric_name(kith_metric metric)
{
    return (unsigned)metric < METRICS ? metric_names[metric] : NULL;
}

bool transfer_metric_parse(const char *name, kith_metric *out)
{
    for (unsigned i = 0; i < METRICS; i++)
        if (strcmp(metric_names[i], name) == 0) {
            *out = (kith_metric)i;
            return true;
        }
    return false;
}

const char *transfer_left_out(uint32_t *told, const char **why)
{
    if (*told > TRANSFER_NAMED_MAX) return NULL;
    if ((*told)++ < TRANSFER_NAMED_MAX) return "a record was left out";
    *why = "see the counts";
    return "more records were left out";
}
