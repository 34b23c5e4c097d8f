/* hit_json.c - see hit_json.h. */
#include "serve/hit_json.h"

#include <math.h>

float hit_rerank_score(float logit)
{
    return 1 / (1 + expf(-logit));
}

void hit_json_rerank(json_writer *w, const kith_hit *hit)
{
    if (isnan(hit->rerank)) return;
    json_key(w, "rerank");
    json_begin_object(w);
    json_member_float(w, "logit", hit->rerank);
    json_member_float(w, "score", hit_rerank_score(hit->rerank));
    json_end_object(w);
}

void hit_json_matched(json_writer *w, const kith_hit *hit)
{
    json_key(w, "matched");
    json_begin_array(w);
    for (size_t i = 0; i < hit->matched_count; i++) {
        json_begin_object(w);
        json_member_text(w, "word", hit->matched[i].word);
        json_member_float(w, "score", hit->matched[i].score);
        json_end_object(w);
    }
    json_end_array(w);
}

void hit_json_plan(json_writer *w, const kith_search_plan *plan)
{
    json_member_unsigned(w, "hops", plan->hops);
    json_member_unsigned(w, "admitted", plan->admitted);
    json_member_unsigned(w, "estimates", plan->estimates);
    json_member_unsigned(w, "candidates", plan->candidates);
    json_member_unsigned(w, "rounds", plan->rounds);
    json_member_unsigned(w, "lists", plan->lists);
    json_member_unsigned(w, "lists_of", plan->lists_of);
    json_member_unsigned(w, "reads", plan->reads);
    json_member_unsigned(w, "bytes_read", plan->bytes_read);
    json_member_unsigned(w, "ef", plan->ef);
    json_member_text(w, "ef_source", plan->ef_source);
    json_key(w, "target_recall");
    plan->target_recall > 0 ? json_double(w, plan->target_recall) : json_null(w);
    json_member_double(w, "filter_us", plan->filter_us);
    json_member_double(w, "vectors_us", plan->vectors_us);
    json_member_double(w, "words_us", plan->words_us);
}
