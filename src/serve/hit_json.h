/* hit_json.h - the members of a hit that every dialect of kith's own and the command line write alike. */
#ifndef KITH_SERVE_HIT_JSON_H
#define KITH_SERVE_HIT_JSON_H

#include "base/json.h"

#include <kith/kith.h>

/* The sigmoid of a cross-encoder's logit: 0..1. Pure. */
float hit_rerank_score(float logit);
/* Writes the member "rerank": {logit, score}; nothing for a hit that was not scored. */
void hit_json_rerank(json_writer *w, const kith_hit *hit);
/* Writes the member "matched": [{word, score}, ...]. */
void hit_json_matched(json_writer *w, const kith_hit *hit);

#endif
