/* eval_settings.h - the settings that kith eval --compare sets side by side.
 *   chunk=500/100; chunk=256t/50 rank=words; fusion=ranks,meaning=40; k=10
 * ';' ends a setting; its keys stand apart by spaces or commas:
 *   chunk=SIZE[t][/OVERLAP]  characters, or with t tokens; the documents are cut anew
 *   rank=both|meaning|words, fusion=scores|ranks, meaning=PERCENT, k=N  as the options of kith search
 * What a setting does not name is as the command line has it. */
#ifndef KITH_CLI_EVAL_SETTINGS_H
#define KITH_CLI_EVAL_SETTINGS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <kith/kith.h>
#include <stdbool.h>

enum { EVAL_SETTINGS_MAX = 32 };

typedef struct eval_setting {
    const char *label; /* as written */
    kith_ask_options ask;
    bool has_chunk; /* cut anew with `chunk`; else the collection as it is */
    kith_chunk_options chunk;
} eval_setting;

/* All settings; a setting without keys is none. Texts live in `a`. KITH_ERR_INVALID (an unknown or
 * repeated key, a value that cannot be, no setting at all), KITH_ERR_LIMIT, KITH_ERR_UNSUPPORTED
 * (rerank: there is no reranker yet), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status eval_settings_parse(const char *text, const kith_ask_options *base,
                                             arena *a, eval_setting **out, uint32_t *out_count,
                                             kith_error *err);
bool eval_settings_same_chunk(const eval_setting *a, const eval_setting *b);

#endif
