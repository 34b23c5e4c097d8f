/* evidence_question.c - finds the question's words among its tokens, and asks the modules that know a
 * form of question each. */
#include "answer/evidence_question.h"

#include "answer/definition.h"
#include "answer/entry.h"
#include "base/map.h"
#include "base/utf8.h"

#include <string.h>

typedef struct reading {
    const evidence_input *in;
    question *question;
    word *words; /* [word_count] the question's, in its language */
    uint32_t word_count;
    evidence_question *out;
    arena *memory;
    kith_error *err;
} reading;

/* The first run of the question's ids that equals the word's. */
static token_span find_span(const uint32_t *ids, uint32_t count, const uint32_t *of, uint32_t n)
{
    for (uint32_t first = 0; n > 0 && first + n <= count; first++)
        if (memcmp(ids + first, of, n * sizeof *of) == 0) return (token_span){first, n};
    return (token_span){0};
}

/* Of English alone, as the encoder is that the weights belong to. */
static bool is_question_word(view surface)
{
    static const char *const words[] = {"what", "which", "who", "whom", "whose",
                                        "when", "where", "why", "how",  NULL};
    return view_is_one_of_nocase(surface, words);
}

static void note_asking(asking_tokens *asking, view surface, token_span span, uint32_t tokens)
{
    if (span.count == 0 || asking->word != UINT32_MAX || !is_question_word(surface)) return;
    asking->word = span.first;
    if (span.first + span.count < tokens) asking->next = span.first + span.count;
}

/* Splits the question, and reads which property it wants to know. */
static kith_status read_words(reading *r)
{
    const language l = r->question->language;
    const view text = r->in->text;
    uint32_t at = 0;
    kith_status status = word_split_in(text, l, r->memory, &r->words, &r->word_count, r->err);
    if (status != KITH_OK) return status;
    const attribute *wanted = attribute_wanted(text, l, r->words, r->word_count, &at);
    if (!wanted) wanted = attribute_measured(text, l, r->words, r->word_count);
    if (wanted && !attribute_is_event(wanted)) r->out->property = wanted;
    if (l == LANGUAGE_ENGLISH) r->out->subject = subject_of(text, r->words, r->word_count);
    return KITH_OK;
}

/* What the passages have of the question's words with typing errors counts as these. */
static kith_status read_misspelled(reading *r)
{
    const retrieval *found = r->in->found;
    const uint32_t read_max = passage_read_bytes(found->count);
    kith_status status = KITH_OK;
    arena scratch;
    arena_init(&scratch, 0);
    for (uint32_t p = 0; p < found->count && status == KITH_OK; p++) {
        view content = view_of(found->passages[p].content);
        content.size = utf8_floor(content, read_max);
        arena_reset(&scratch);
        status = question_add_misspelled(r->question, content, &scratch, r->err);
    }
    arena_done(&scratch);
    return status;
}

/* Finds each content word among the question's tokens, weighs it by its rarity, and notes the tokens
 * that ask. */
static kith_status read_tokens(reading *r)
{
    enum { WORD_TOKENS = 16 };
    question *q = r->question;
    embedder *e = r->in->embedder;
    const view text = r->in->text;
    uint32_t room = embedder_describe(e).max_tokens;
    uint32_t *ids = arena_new_array(r->memory, uint32_t, room);
    bool *is_found = arena_new_array(r->memory, bool, q->count);
    if (!ids || !is_found)
        return fail(r->err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    uint32_t tokens = embedder_tokens(e, text, room, ids);
    q->total = 0;
    bool is_whole = embedder_count_tokens(e, text) == tokens;
    if (is_whole && tokens > 0 && view_ends_with_nocase(view_trim(text), VIEW("?")))
        r->out->asking.mark = tokens - 1;
    for (uint32_t i = 0; i < r->word_count; i++) {
        uint64_t term;
        uint32_t of[WORD_TOKENS];
        view surface = view_slice(text, r->words[i].start, r->words[i].end);
        bool counts = map_get(q->terms, r->words[i].term, &term) && !is_found[term];
        if (!counts && !is_question_word(surface)) continue;
        uint32_t n = embedder_tokens(e, surface, WORD_TOKENS, of);
        token_span span = find_span(ids, tokens, of, n);
        note_asking(&r->out->asking, surface, span, tokens);
        if (!counts) continue;
        is_found[term] = true; // only a word's first occurrence gives its tokens
        r->out->spans[term] = span;
        q->weights[term] = embedder_rarity(e, of, n);
        q->total += q->weights[term];
    }
    return KITH_OK;
}

static void read_wishes(reading *r)
{
    const view text = r->in->text;
    evidence_question *out = r->out;
    out->names = exact_names_read(text);
    out->side = side_of(text);
    out->asks_how = asks_how(text);
    out->asks_for_number = asks_for_number(text);
    out->asks_for_option = asks_for_option(text);
    out->asks_for_meaning = asks_for_meaning(text);
    out->thing = definition_asked(text);
    for (uint32_t p = 0; p < r->in->found->count; p++) {
        out->is_named[p] = entry_names_document(text, r->in->found->passages[p].source);
        out->names_document |= out->is_named[p];
    }
}

kith_status evidence_question_read(const evidence_input *in, question *q, arena *a,
                                   evidence_question *out, kith_error *err)
{
    evidence_question made = {.is_named = arena_new_array(a, bool, in->found->count),
                              .spans = arena_new_array(a, token_span, q->count),
                              .asking = {UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    if (!made.is_named || !made.spans)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the question");
    reading r = {.in = in, .question = q, .out = &made, .memory = a, .err = err};
    read_wishes(&r);
    kith_status status = read_words(&r);
    if (status == KITH_OK) status = read_misspelled(&r);
    if (status == KITH_OK && embedder_counts_tokens(in->embedder)) status = read_tokens(&r);
    if (status == KITH_OK) *out = made;
    return status;
}
