/* eval_settings.h - the settings that kith eval --compare sets side by side.
 *   chunk=500/100; chunk=256t/50 rank=words; fusion=ranks,meaning=40; k=10
 * ';' separates settings; spaces or commas separate the keys of one:
 *   chunk=SIZE[t][/OVERLAP]   characters, or with t tokens; the documents are chunked again
 *   rank=both|meaning|words   as the option of kith search
 *   fusion=scores|ranks       as the option of kith search
 *   meaning=PERCENT           as the option of kith search
 *   k=N                       as the option of kith search
 *   rerank=N                  hits that the cross-encoder of --rerank reads; 0: none
 * Whatever a setting does not name is as on the command line. */
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
    uint32_t rerank;  /* 0: the default, unless is_unranked */
    bool is_unranked; /* rerank=0 */
    bool has_chunk;   /* use `chunk`; else the collection as it is */
    kith_chunk_options chunk;
} eval_setting;

/* Parses all settings; a setting without keys is passed over.
 * base  what the settings change
 * out   [*out_count] in `a`, as are their texts
 * Errors:
 *   KITH_ERR_INVALID      an unknown or repeated key, a value out of range, no setting at all
 *   KITH_ERR_LIMIT        more than EVAL_SETTINGS_MAX settings
 *   KITH_ERR_NO_MEMORY */
KITH_CHECKED kith_status eval_settings_parse(const char *text, const kith_ask_options *base,
                                             arena *a, eval_setting **out, uint32_t *out_count,
                                             kith_error *err);
bool eval_settings_same_chunk(const eval_setting *a, const eval_setting *b);

#endif
