/* kith/search.h - how a search by vector was planned: kith_hits' `explained`. */
#ifndef KITH_SEARCH_H
#define KITH_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One way in which the vectors could have been compared. */
typedef struct kith_search_strategy {
    const char *name;   /* "scan", "scan of codes", "walk", "two hops", "lists"; more may come */
    double expected_us; /* by the planner's model, whose constants are of one processor: good for
                         * comparing strategies. NaN: it could not answer this search, or is never
                         * chosen */
} kith_search_strategy;

/* What the first round of a search did, and over what. Lives as long as the kith_hits. */
typedef struct kith_search_plan {
    const char *kind;    /* kith_hits' `plan` */
    uint64_t matching;   /* points that pass the filter, counted before the search */
    uint64_t points;     /* of the collection */
    uint64_t hops;       /* nodes of the graph whose codes were read; 0 unless codes were walked */
    uint64_t admitted;   /* of these nodes, how many pass the filter */
    uint64_t estimates;  /* distances that were estimated by codes */
    uint64_t distances;  /* distances of vectors that were computed */
    uint64_t candidates; /* that a walk keeps, or would have kept */
    uint64_t rounds;     /* times that the index was searched: more than one with per_document */
    size_t strategy_count;
    const kith_search_strategy *strategies; /* [strategy_count] the one chosen is the cheapest */
    uint64_t
        ef; /* that was asked for, or chosen, by target_recall or by default; 0: the default without a measurement */
    /* By what it was chosen: "default"; "ef", as it was asked for; "exact", because that was asked for, or
     * there is no graph; for a target "measured" (by points of the collection) or "searches" (by sampled ones), or, when all
     * was compared for it, "not measured yet" or "beyond the graph". */
    const char *ef_source;
    double target_recall; /* as it was asked for; 0: none */
    /* Microseconds of this search's stages, within kith_hits' search_ms: matching the filter and the required
     * words, comparing vectors, and scoring words. Of all rounds. */
    double filter_us, vectors_us, words_us;
    uint64_t lists,
        lists_of; /* that were read, of how many there are (budget.h); 0 without lists */
    uint64_t reads, bytes_read; /* of the files of the lists: how often, and what was asked for */
} kith_search_plan;

#ifdef __cplusplus
}
#endif

#endif
