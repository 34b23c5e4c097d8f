/* hit_json.h - what kith's own dialect and the command line write alike of a search: members of a hit, and of how
 * the search was planned. */
#ifndef KITH_SERVE_HIT_JSON_H
#define KITH_SERVE_HIT_JSON_H

#include "base/json.h"

#include <kith/kith.h>
#include <kith/search.h>

/* The sigmoid of a cross-encoder's logit: 0..1. Pure. */
float hit_rerank_score(float logit);
/* Writes the member "rerank": {logit, score}; nothing for a hit that was not scored. */
void hit_json_rerank(json_writer *w, const kith_hit *hit);
/* Writes the member "matched": [{word, score}, ...]. */
void hit_json_matched(json_writer *w, const kith_hit *hit);
/* Writes the members of a plan, "hops" to "words_us", into the object that was begun; not the ways that were weighed,
 * nor what kith_hits has too. */
void hit_json_plan(json_writer *w, const kith_search_plan *plan);

#endif
