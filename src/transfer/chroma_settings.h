/* chroma_settings.h - the settings of a collection of Chroma. */
#ifndef KITH_TRANSFER_CHROMA_SETTINGS_H
#define KITH_TRANSFER_CHROMA_SETTINGS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <kith/types.h>

/* Reads the metric and the configuration as the Chroma dialect of kith keeps it, from the schema,
 * which newer versions write, or else the configuration; empty: there is none.
 * Where neither says it, *metric stays, and *configuration where there is neither. Texts live in
 * `a`. Errors: KITH_ERR_FORMAT, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status chroma_settings_read(view schema, view configuration, arena *a,
                                              kith_metric *metric, const char **out,
                                              kith_error *err);

#endif
