/* contrast.c - searches for each side by words (is it anywhere, and in whose title?), then by the
 * question what it is. */
#include "answer/contrast.h"

#include "answer/wish.h"
#include "base/buffer.h"
#include "base/path.h"
#include "text/fold.h"
#include "text/language.h"
#include "text/word.h"

#include <math.h>
#include <string.h>

enum { LOOKED_AT = 10 /* passages of a side */ };

typedef struct finding {
    const contrast_search *search;
    const char *documents[2]; /* that a side names; NULL: none */
    contrast *out;
    arena *memory;
    kith_error *err;
} finding;

static kith_status no_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an answer");
}

static const char *what_is(view thing, language l, arena *a)
{
    static const char *const forms[LANGUAGE_COUNT][2] = {
        [LANGUAGE_ENGLISH] = {"What is ", "?"},       [LANGUAGE_GERMAN] = {"Was ist ", "?"},
        [LANGUAGE_FRENCH] = {"Qu'est-ce que ", " ?"}, [LANGUAGE_SPANISH] = {"¿Qué es ", "?"},
        [LANGUAGE_ITALIAN] = {"Cosa è ", "?"},        [LANGUAGE_PORTUGUESE] = {"O que é ", "?"},
        [LANGUAGE_DUTCH] = {"Wat is ", "?"},
    };
    const char *const *form = forms[l][0] ? forms[l] : forms[LANGUAGE_ENGLISH];
    return arena_printf(a, "%s%.*s%s", form[0], VIEW_ARG(thing), form[1]);
}

/* Splits, without extra words (word.h). */
static kith_status split(view text, arena *a, word **out, uint32_t *count, kith_error *err)
{
    uint32_t all = 0;
    kith_status status = word_split(text, a, out, &all, err);
    *count = 0;
    for (uint32_t i = 0; i < all && status == KITH_OK; i++)
        if (!(*out)[i].is_extra) (*out)[(*count)++] = (*out)[i];
    return status;
}

/* Whether the text has the thing's words one after the other. */
static kith_status names(view text, view thing, arena *a, bool *out, kith_error *err)
{
    word *words = NULL, *wanted = NULL;
    uint32_t count = 0, wanted_count = 0, run = 0;
    kith_status status = split(text, a, &words, &count, err);
    if (status == KITH_OK) status = split(thing, a, &wanted, &wanted_count, err);
    *out = false;
    for (uint32_t i = 0; i < count && status == KITH_OK && wanted_count > 0 && !*out; i++) {
        run = view_equal(words[i].term, wanted[run].term) ? run + 1 : 0;
        *out = run == wanted_count;
    }
    return status;
}

/* Whether the passage's document is the thing's: its file's name or its title has it. */
static kith_status is_its_document(const kith_passage *p, view thing, arena *a, bool *out,
                                   kith_error *err)
{
    view heading = view_of(p->heading);
    view title = view_slice(heading, 0, view_find(heading, VIEW(" > ")));
    view name = path_stem(p->source); // of "bzip2.1.txt" the first part: "2.1" would be a number
    name = view_slice(name, 0, view_find(name, VIEW(".")));
    kith_status status = names(name, thing, a, out, err);
    return status == KITH_OK && !*out ? names(title, thing, a, out, err) : status;
}

/* Whether a word of the text may be a compound of the thing. */
static bool is_part_of(view text, view thing)
{
    enum { PART_BYTES = 4 };
    for (size_t i = 0; i + thing.size <= text.size && thing.size >= PART_BYTES; i++)
        if (view_starts_with_nocase(view_slice(text, i, text.size), thing)) return true;
    return false;
}

/* Searches for the side's words alone. */
static kith_status look_for_side(finding *f, uint32_t side, const retrieval *found)
{
    const contrast_search *s = f->search;
    contrast_side *out = &f->out->sides[side];
    retrieve_options options = *s->options;
    retrieval mentions = {0};
    options.k = LOOKED_AT;
    options.rerank = NULL;
    options.fusion = (fusion_options){.method = FUSION_SCORES, .meaning_weight = 0};
    kith_status status =
        retrieve(s->collection, s->embedder, out->thing, &options, f->memory, &mentions, f->err);
    out->is_known = mentions.count > 0;
    if (status == KITH_OK && mentions.count > 0)
        out->question =
            what_is(out->thing, language_of(view_of(mentions.passages[0].content)), f->memory);
    for (uint32_t i = 0; i < mentions.count && status == KITH_OK && !f->documents[side]; i++) {
        bool is_its = false;
        status = is_its_document(&mentions.passages[i], out->thing, f->memory, &is_its, f->err);
        if (is_its) f->documents[side] = mentions.passages[i].document;
    }
    // A name that only a file has is in no text, and a part of a longer word is no word.
    for (uint32_t i = 0; i < found->count && status == KITH_OK && !out->is_known; i++) {
        status =
            is_its_document(&found->passages[i], out->thing, f->memory, &out->is_known, f->err);
        out->is_known |= is_part_of(view_of(found->passages[i].content), out->thing);
    }
    return status == KITH_OK && !out->question ? no_memory(f->err) : status;
}

/* Searches for what the side is, and keeps the best passages; of its document where it has one. */
static kith_status search_side(finding *f, uint32_t side)
{
    const contrast_search *s = f->search;
    contrast_side *out = &f->out->sides[side];
    retrieve_options options = *s->options;
    options.k = LOOKED_AT;
    kith_status status = retrieve(s->collection, s->embedder, view_of(out->question), &options,
                                  f->memory, &out->found, f->err);
    if (status != KITH_OK) return status;
    retrieval *r = &out->found;
    float *scores = arena_new_array(f->memory, float, CONTRAST_PASSAGES);
    if (!scores) return no_memory(f->err);
    uint32_t kept = 0, most = s->options->k / 2 < CONTRAST_PASSAGES ? 1 : CONTRAST_PASSAGES;
    for (uint32_t i = 0; i < r->count && kept < most; i++) {
        const char *wanted = f->documents[side];
        if (wanted && strcmp(r->passages[i].document, wanted) != 0) continue;
        scores[kept] = r->scores[i];
        r->passages[kept++] = r->passages[i];
    }
    r->scores = scores;
    r->count = kept;
    return KITH_OK;
}

/* Words that compare; "but" and "however" do so with anything. */
static bool compares(view text)
{
    static const char *const words[] = {
        "whereas",     "unlike",       "differ",     "compared to",   "in contrast", "während",
        "unterscheid", "im Gegensatz", "tandis que", "contrairement", "mientras",    "a diferencia",
        NULL};
    for (size_t i = 0; i < text.size; i++)
        for (const char *const *one = words; *one; one++)
            if (view_starts_with_nocase(view_slice(text, i, text.size), view_of(*one))) return true;
    return false;
}

/* Whether what would be quoted tells both apart: "A hard link is ..., whereas a soft one ...". */
static kith_status is_told_together(const finding *f, const retrieval *found, bool *out)
{
    const contrast_search *s = f->search;
    extractive_quote best = {0};
    kith_status status =
        extractive_best(s->collection, s->embedder, s->question, found, f->memory, &best, f->err);
    bool has[2] = {false, false};
    view said = best.said;
    const char *context =
        arena_printf(f->memory, "%.*s\n%.*s", VIEW_ARG(best.heading), VIEW_ARG(said));
    if (status == KITH_OK && !context) return no_memory(f->err);
    for (uint32_t i = 0; i < 2 && status == KITH_OK; i++)
        status = names(view_of(context), f->out->sides[i].thing, f->memory, &has[i], f->err);
    bool asked = asks_for_difference(best.heading);
    *out = !best.refused && has[0] && has[1] && (asked || compares(said));
    return status;
}

static bool is_same_passage(const kith_passage *a, const kith_passage *b)
{
    return strcmp(a->id, b->id) == 0;
}

/* Puts the sides' passages first, and of the former as many as k leaves. */
static kith_status merge(finding *f, retrieval *found)
{
    uint32_t k = f->search->options->k, count = 0;
    kith_passage *passages = arena_new_array(f->memory, kith_passage, k);
    float *scores = arena_new_array(f->memory, float, k);
    if (!passages || !scores) return no_memory(f->err);
    float best = found->count > 0 ? found->scores[0] : 0;
    for (uint32_t i = 0; i < 2; i++) {
        contrast_side *side = &f->out->sides[i];
        side->first = count;
        for (uint32_t p = 0; p < side->found.count; p++) {
            passages[count] = side->found.passages[p];
            scores[count++] = best;
        }
    }
    for (uint32_t p = 0; p < found->count && count < k; p++) {
        bool known = false;
        for (uint32_t i = 0; i < count && !known; i++)
            known = is_same_passage(&passages[i], &found->passages[p]);
        if (known) continue;
        passages[count] = found->passages[p];
        scores[count++] = found->scores[p];
    }
    found->passages = passages;
    found->scores = scores;
    found->count = count;
    return KITH_OK;
}

/* A word of a few languages is in no index by itself, and so is found nowhere. */
static bool is_function_word(view thing)
{
    char folded[FOLD_MAX_BYTES];
    view term = {folded, fold_word(thing, folded, NULL)};
    return language_stop_word(term) != 0;
}

/* Two documents, or a thing that is nowhere. */
static bool may_apply(const finding *f)
{
    const contrast_side *sides = f->out->sides;
    for (uint32_t i = 0; i < 2; i++)
        if (!sides[i].is_known) return !is_function_word(sides[i].thing);
    return f->documents[0] && f->documents[1] && strcmp(f->documents[0], f->documents[1]) != 0;
}

static kith_status find(finding *f, retrieval *found)
{
    contrast *c = f->out;
    bool together = false;
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < 2 && status == KITH_OK; i++) {
        c->sides[i].question = what_is(c->sides[i].thing, LANGUAGE_ENGLISH, f->memory);
        status = look_for_side(f, i, found);
    }
    if (status != KITH_OK || !may_apply(f)) return status;
    if (c->sides[0].is_known && c->sides[1].is_known)
        status = is_told_together(f, found, &together);
    if (status != KITH_OK || together) return status;
    c->applies = true;
    for (uint32_t i = 0; i < 2 && status == KITH_OK && c->applies; i++) {
        if (!c->sides[i].is_known) continue;
        status = search_side(f, i);
        c->applies = c->sides[i].found.count > 0;
    }
    return status == KITH_OK && c->applies ? merge(f, found) : status;
}

kith_status contrast_find(const contrast_search *s, arena *a, retrieval *found, contrast *out,
                          kith_error *err)
{
    contrast result = {0};
    finding f = {.search = s, .out = &result, .memory = a, .err = err};
    kith_status status = KITH_OK;
    bool has_room = found->count > 0 && s->options->k >= 2;
    if (has_room && asks_for_difference(s->question) &&
        names_two(s->question, &result.sides[0].thing, &result.sides[1].thing) &&
        result.sides[0].thing.size > 1 && result.sides[1].thing.size > 1)
        status = find(&f, found);
    if (status == KITH_OK) *out = result;
    return status;
}

/* ---- answering ---- */

static void append_unknown(buffer *out, const contrast_side *sides)
{
    const char *lead = "Nothing in the collection mentions";
    for (uint32_t i = 0; i < 2; i++) {
        if (sides[i].is_known) continue;
        buffer_printf(out, "%s \"%.*s\"", lead, VIEW_ARG(sides[i].thing));
        lead = " or";
    }
    if (out->size > 0) buffer_append_byte(out, '.');
}

kith_status contrast_answer(const contrast_search *s, const contrast *c, const retrieval *found,
                            arena *a, extractive_answer *out, bool *done, kith_error *err)
{
    extractive_answer answer = {.support = 1, .citations = arena_new_array(a, kith_citation, 2)};
    kith_status status = answer.citations ? KITH_OK : no_memory(err);
    bool has_all = true;
    buffer text;
    buffer_init(&text, 1 << 20);
    append_unknown(&text, c->sides);
    for (uint32_t i = 0; i < 2 && status == KITH_OK && has_all; i++) {
        const contrast_side *side = &c->sides[i];
        if (!side->is_known) continue;
        extractive_quote quote = {0};
        status = extractive_best(s->collection, s->embedder, view_of(side->question), &side->found,
                                 a, &quote, err);
        has_all = status == KITH_OK && !quote.refused;
        if (!has_all) break;
        kith_citation *citation = &answer.citations[answer.citation_count++];
        *citation = quote.citation;
        citation->n += side->first;
        CHECK(citation->n >= 1 && citation->n <= found->count);
        extractive_append(&text, quote.said, citation->n);
        answer.support = fmin(answer.support, quote.support);
        answer.why = quote.why;
        answer.weighed = quote.weighed;
    }
    answer.refused = answer.citation_count == 0;
    if (answer.refused) answer.support = 0;
    if (status == KITH_OK && has_all) {
        status = buffer_status(&text, "answer", err);
        answer.text = status == KITH_OK ? arena_copy(a, buffer_view(&text)).data : NULL;
        if (status == KITH_OK && !answer.text) status = no_memory(err);
    }
    buffer_done(&text);
    if (status == KITH_OK && has_all) {
        *out = answer;
        *done = true;
    }
    return status;
}
