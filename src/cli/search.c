/* search.c - kith search: the chunks nearest to a query. */
#include "cli/command.h"
#include "cli/hits.h"
#include "cli/meaning.h"
#include "cli/narrowing.h"
#include "cli/workspace.h"

static kith_ranking ranking_of(const settings *s)
{
    switch (s->rank) {
    case RANK_MEANING:
        return KITH_RANK_MEANING;
    case RANK_WORDS:
        return KITH_RANK_WORDS;
    default:
        return KITH_RANK_BOTH;
    }
}

/* Whether the query has words that must be there: "quoted" ones, or a +word. */
static bool has_required_words(const char *query)
{
    const char *plus = query;
    if (strchr(query, '"')) return true;
    while ((plus = strchr(plus, '+')) != NULL) {
        if ((plus == query || plus[-1] == ' ') && plus[1] && plus[1] != ' ') return true;
        plus++;
    }
    return false;
}

static const char *reason_for_no_hits(const kith_hits *hits, const char *query, bool is_filtered)
{
    if (strcmp(hits->plan, "empty") == 0) return "the collection is empty";
    if (hits->matching > 0) return "no point holds one of the words";
    if (is_filtered && !has_required_words(query)) return "no point passes the filter";
    return is_filtered ? "no point passes the filter and holds the words that must be there"
                       : "no point holds the words that must be there";
}

static exit_status search_run(invocation *run)
{
    const settings *s = run->settings;
    workspace w = {.reranks = true};
    kith_hits *hits = NULL;
    kith_error err = {0};
    const kith_call call = workspace_call(run);
    kith_query query = {.call = &call,
                        .text = workspace_sentence(run),
                        .k = s->k,
                        .exact = s->exact,
                        .ef = s->ef,
                        .target_recall = s->target_recall,
                        .ranking = ranking_of(s),
                        .fusion = s->fusion == FUSE_RANKS ? KITH_FUSE_RANKS : KITH_FUSE_SCORES,
                        .meaning_weight = (float)s->meaning / 100.0F,
                        .diversity = (float)s->diversity / 100.0F,
                        .per_document = s->per_document,
                        .explain = s->explain};
    kith_status status = narrowing_filter(run, &query.where, &query.allow_unknown_fields, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    if (s->floor && s->rank == RANK_WORDS) {
        console_notice(run->console, "--floor is of nearness in meaning, which --rank words does "
                                     "not have (see kith search --help)");
        return EXIT_USAGE;
    }
    if ((s->ef > 0) + (s->target_recall > 0) + s->exact > 1) {
        console_notice(run->console, "--exact, --ef and --target-recall exclude each other");
        return EXIT_USAGE;
    }
    workspace_need need = s->rank == RANK_WORDS ? WORKSPACE_READ : WORKSPACE_READ_TEXT;
    status = workspace_open(run, need, &w, &err);
    // Whoever asks for it waits for it: --timeout bounds the search.
    kith_reranker second = kith_cross_encoder_reranker(w.reranker, 0, UINT32_MAX);
    if (w.reranker) query.rerank = &second;
    if (status == KITH_OK)
        status = kith_search(w.database, workspace_collection(run), &query, &hits, &err);
    exit_status result = EXIT_DONE;
    if (status != KITH_OK) {
        result = console_fail(run->console, status, &err);
        goto done;
    }
    size_t shown = hits_print(run, hits, query.text, s->explain);
    if (w.reranker && hits->count > 0 && hits->reranked == 0)
        console_notice(run->console, "nothing was reranked: the cross-encoder failed, or its "
                                     "files were changed");
    if (hits->text_cut)
        console_notice(run->console, "the query is longer than the model reads: its meaning is "
                                     "that of its beginning");
    if (hits->count > 0 && shown == 0) {
        console_notice(run->console, "nothing found: no hit is as near as --floor %u asks",
                       s->floor);
        result = EXIT_PARTLY;
    }
    if (hits->count == 0) {
        console_notice(run->console, "nothing found: %s",
                       reason_for_no_hits(hits, query.text, query.where != NULL));
        result = EXIT_PARTLY;
    }
    if (s->rank != RANK_WORDS) meaning_notice(run, w.database);
done:
    kith_hits_free(hits);
    return workspace_close(run, &w, result);
}

const command command_search = {
    .name = "search",
    .arguments = "QUERY...",
    .summary = "find the chunks that fit best, by meaning and words",
    .description =
        "Finds the chunks that fit the query best: near in meaning, holding its words, "
        "or both. Several words make one query; "
        "quotes are not needed. A hit that is far in meaning and holds none of the words is marked "
        "weak; --floor leaves such hits out.\n\n"
        "As JSON: one hit a line, best first, with id, document, content, metadata, "
        "distance (smaller is nearer) and score (larger is better), and weak: true; with "
        "--rerank also rerank: {logit, score}, the score being its sigmoid, of the hits that were "
        "scored; with "
        "--explain also rank, score and part of both sides and the words that matched, "
        "and a last line {\"explain\": ...}.",
    .examples = "  kith search \"rotate the signing keys\"\n"
                "  kith search rotate keys --in docs --type pdf --since 2024-06\n"
                "  kith search rotate keys -k 3 --where '{\"type\": \"markdown\"}' --json\n",
    .options = OPTIONS_STORE | OPTIONS_MODEL | OPTIONS_NARROW | OPTION_BIT(OPTION_FLOOR) |
               OPTION_BIT(OPTION_K) | OPTION_BIT(OPTION_RANK) | OPTION_BIT(OPTION_FUSION) |
               OPTION_BIT(OPTION_MEANING) | OPTION_BIT(OPTION_DIVERSITY) |
               OPTION_BIT(OPTION_PER_DOCUMENT) | OPTION_BIT(OPTION_EXACT) | OPTION_BIT(OPTION_EF) |
               OPTION_BIT(OPTION_TARGET_RECALL) | OPTION_BIT(OPTION_EXPLAIN) |
               OPTION_BIT(OPTION_RERANK) | OPTION_BIT(OPTION_TIMEOUT) | OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_ANY,
    .run = search_run,
};
