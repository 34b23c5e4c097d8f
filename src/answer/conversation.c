/* conversation.c - one turn, in this order:
 *   1. read the last REWRITE_TURNS turns;
 *   2. decide whether the question depends on the one before: by its words (followup), else by two
 *      searches (followup_weigh);
 *   3. if so, complete it: by the LLM (rewrite); without one, or when it fails, with the words of
 *      the question before (followup_join);
 *   4. answer the completed question (answer), and record the turn.
 * A failure of any step but the LLM's rewriting ends the call, and nothing is recorded; so a turn
 * in the record always has its answer. The record keeps the question as it was asked and, apart, as
 * it was searched for; the next question is completed from the latter.
 *
 * A caller that keeps the record itself gives what was said before in step 1's place, and step 4
 * records nothing. */
#include "answer/conversation.h"

#include "answer/answer_json.h"
#include "answer/followup.h"
#include "answer/followup_weigh.h"
#include "answer/rewrite.h"
#include "base/utf8.h"
#include "os/clock.h"

enum { TITLE_MAX_BYTES = 120 };

/* ---- reading ---- */

static kith_status read_turn(const store_turn *stored, arena *a, kith_turn *out, kith_error *err)
{
    kith_turn turn = {
        .n = stored->n,
        .asked_ms = stored->asked_ms,
        .question = stored->question.data,
        .searched = stored->searched.data ? stored->searched.data : "",
    };
    kith_status status = answer_json_read(stored->answer, a, &turn.answer, err);
    if (status != KITH_OK) return fail_context(err, status, "turn %u", stored->n);
    turn.answer.searched = turn.searched;
    *out = turn;
    return KITH_OK;
}

static kith_status read_turns(store *s, uint64_t id, uint32_t after, arena *a, kith_turn **out,
                              uint32_t *out_count, kith_error *err)
{
    store_turn *stored = NULL;
    uint32_t count = 0;
    kith_status status = store_conversation_turns(s, id, after, a, &stored, &count, err);
    if (status != KITH_OK) return status;
    kith_turn *turns = arena_new_array(a, kith_turn, count);
    if (!turns) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a conversation");
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        status = read_turn(&stored[i], a, &turns[i], err);
    if (status != KITH_OK) return status;
    *out = turns;
    *out_count = count;
    return KITH_OK;
}

kith_status conversation_describe(const store_conversation *stored, arena *a,
                                  kith_conversation *out, kith_error *err)
{
    kith_conversation c = {
        .id = stored->id,
        .collection = arena_copy(a, stored->collection).data,
        .title = arena_copy(a, stored->title).data,
        .created_ms = stored->created_ms,
        .updated_ms = stored->updated_ms,
        .turn_count = stored->turns,
    };
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a conversation");
    *out = c;
    return KITH_OK;
}

kith_status conversation_read(store *s, uint64_t id, arena *a, kith_conversation *out,
                              kith_error *err)
{
    store_conversation stored = {0};
    kith_conversation c = {0};
    kith_turn *turns = NULL;
    uint32_t count = 0;
    kith_status status = store_conversation_get(s, id, a, &stored, err);
    if (status == KITH_OK) status = conversation_describe(&stored, a, &c, err);
    if (status == KITH_OK) status = read_turns(s, id, 0, a, &turns, &count, err);
    if (status != KITH_OK) return status;
    c.turns = turns;
    c.turn_count = count; // a turn may have been added since the conversation was read
    *out = c;
    return KITH_OK;
}

/* ---- asking ---- */

typedef struct next_turn {
    const answering *with;
    store *store;
    uint64_t conversation;
    view question;
    const kith_ask_options *options;
    arena *memory;
    view searched;   /* the completed question; data == NULL: the question as it was asked */
    llm_usage usage; /* of the rewriting */
} next_turn;

/* What the question counts to in one of the answers before, the last one that has so many; empty: in
 * none.
 * before  [count] the turns before it, oldest first */
static kith_status pick(view question, const kith_turn *before, uint32_t count, arena *a, view *out,
                        kith_error *err)
{
    kith_status status = KITH_OK;
    *out = (view){"", 0};
    for (uint32_t i = count; i > 0 && status == KITH_OK && out->size == 0; i--)
        status = followup_pick(question, view_of(before[i - 1].answer.text), a, out, err);
    return status;
}

/* The question with what it counts to, or else with the words of what was searched for before. */
static kith_status join(view question, const kith_turn *before, uint32_t count, arena *a, view *out,
                        kith_error *err)
{
    const kith_turn *last = &before[count - 1];
    const char *searched = last->searched[0] ? last->searched : last->question;
    kith_status status = pick(question, before, count, a, out, err);
    if (status != KITH_OK || out->size > 0) return status;
    return followup_join(question, view_of(searched), a, out, err);
}

/* Whether the words of a question say that it depends on the turns before, by themselves or by what
 * they count to there. */
static kith_status detect_by_words(view question, const kith_turn *before, uint32_t count, arena *a,
                                   followup_sign *out, kith_error *err)
{
    view picked = {"", 0};
    kith_status status = followup_detect(question, a, out, err);
    if (status == KITH_OK) status = pick(question, before, count, a, &picked, err);
    if (status == KITH_OK && picked.size > 0) *out = FOLLOWUP_DEPENDENT;
    return status;
}

static kith_status detect(const next_turn *t, const kith_turn *before, uint32_t count,
                          bool *depends, kith_error *err)
{
    followup_sign sign = FOLLOWUP_DEPENDENT;
    followup f = {.question = view_trim(t->question)};
    retrieve_options options = {.where = view_of(t->options->where),
                                .allow_unknown_fields = t->options->allow_unknown_fields,
                                .fusion = retrieve_fusion(t->options),
                                .limit = t->with->limit};
    kith_status status = detect_by_words(f.question, before, count, t->memory, &sign, err);
    *depends = sign == FOLLOWUP_DEPENDENT;
    if (status != KITH_OK || *depends) return status;
    f.is_named = sign == FOLLOWUP_NAMED;
    status = join(t->question, before, count, t->memory, &f.joined, err);
    if (status != KITH_OK) return status;
    return followup_weigh(&f, t->with->collection, t->with->embedder, &options, t->memory, depends,
                          err);
}

/* Sets t->searched, unless completing changes nothing.
 * before  [count] the last turns, count > 0 */
static kith_status complete_question(next_turn *t, const kith_turn *before, uint32_t count,
                                     kith_error *err)
{
    view completed = {NULL, 0};
    kith_status status = KITH_ERR_NOT_FOUND;
    if (t->options->llm) {
        const rewriter with = {t->options->llm, t->with->limit};
        status = rewrite_question(&with, before, count, t->question, t->memory, &completed,
                                  &t->usage, NULL);
        metrics_error(t->with->metrics, status, 1);
        metrics_count(t->with->metrics, METRICS_PROMPT_TOKENS, t->usage.prompt_tokens);
        metrics_count(t->with->metrics, METRICS_COMPLETION_TOKENS, t->usage.completion_tokens);
    }
    kith_status stopped = call_limit_check(t->with->limit, err);
    if (stopped != KITH_OK) return stopped;
    if (status != KITH_OK) status = join(t->question, before, count, t->memory, &completed, err);
    if (status == KITH_OK && !view_equal(completed, view_trim(t->question)))
        t->searched = completed;
    return status;
}

/* Steps 2 and 3; then tells the caller how the question was completed.
 * before  [count] the turns before it, oldest first, count > 0 */
static kith_status resolve_after(next_turn *t, const kith_turn *before, uint32_t count,
                                 kith_error *err)
{
    bool depends = false;
    kith_status status = detect(t, before, count, &depends, err);
    if (status != KITH_OK || !depends) return status;
    status = complete_question(t, before, count, err);
    const kith_ask_options *o = t->options;
    if (status == KITH_OK && t->searched.data && o->on_event &&
        o->on_event(o->context, &(kith_ask_event){KITH_ASK_REWRITTEN, t->searched.data, 0}) != 0)
        status = fail(err, KITH_ERR_CANCELLED, "stopped by the caller");
    return status;
}

/* Steps 1 to 3. */
static kith_status resolve_followup(next_turn *t, kith_error *err)
{
    store_conversation c = {0};
    kith_turn *before = NULL;
    uint32_t count = 0;
    kith_status status = store_conversation_get(t->store, t->conversation, t->memory, &c, err);
    // A question that is not valid UTF-8 is refused by the search, with the better message.
    if (status != KITH_OK || c.turns == 0 || !utf8_is_valid(t->question)) return status;
    uint32_t after = c.turns > REWRITE_TURNS ? c.turns - REWRITE_TURNS : 0;
    status = read_turns(t->store, t->conversation, after, t->memory, &before, &count, err);
    return status == KITH_OK ? resolve_after(t, before, count, err) : status;
}

/* The question, which is valid UTF-8, with the words that it lacks of what was searched for before
 * it; "" when its words do not say that it depends on that. */
static kith_status complete_by_words(const char *question, const kith_turn *before, uint32_t count,
                                     arena *a, const char **out, kith_error *err)
{
    followup_sign sign = FOLLOWUP_NAMED;
    view joined = {NULL, 0};
    kith_status status =
        detect_by_words(view_trim(view_of(question)), before, count, a, &sign, err);
    *out = "";
    if (status != KITH_OK || sign != FOLLOWUP_DEPENDENT) return status;
    status = join(view_of(question), before, count, a, &joined, err);
    if (status == KITH_OK) *out = joined.data;
    return status;
}

/* The last GIVEN_TURNS of options->before as turns. What was searched for at each is not known; it
 * is worked out from the oldest on, so that "and where?" three questions ago still has its subject,
 * by the words of the questions alone: a search for each of them would cost more than it is worth.
 * out  in t->memory */
static kith_status read_given(const next_turn *t, kith_turn **out, uint32_t *out_count,
                              kith_error *err)
{
    enum { GIVEN_TURNS = 16 };
    size_t all = t->options->before_count, first = all > GIVEN_TURNS ? all - GIVEN_TURNS : 0;
    uint32_t count = (uint32_t)(all - first);
    kith_turn *turns = arena_new_array(t->memory, kith_turn, count);
    if (!turns) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a conversation");
    for (uint32_t i = 0; i < count; i++) {
        const kith_exchange *said = &t->options->before[first + i];
        if (!said->question || !utf8_is_valid(view_of(said->question)))
            return fail(err, KITH_ERR_INVALID, "question %zu of those before is %s", first + i,
                        said->question ? "not valid UTF-8" : "missing");
        turns[i] = (kith_turn){.n = i + 1, .question = said->question, .searched = ""};
        turns[i].answer.text =
            said->answer && utf8_is_valid(view_of(said->answer)) ? said->answer : "";
        if (i == 0) continue;
        kith_status status =
            complete_by_words(said->question, turns, i, t->memory, &turns[i].searched, err);
        if (status != KITH_OK) return status;
    }
    *out = turns;
    *out_count = count;
    return KITH_OK;
}

static kith_status record(const next_turn *t, const kith_answer *answer, kith_error *err)
{
    buffer text;
    kith_status status = answer_json_keep(answer, &text, err);
    view title = view_trim(t->question);
    if (title.size > TITLE_MAX_BYTES)
        title = view_slice(title, 0, utf8_floor(title, TITLE_MAX_BYTES));
    store_turn turn = {.asked_ms = clock_wall_ms(),
                       .question = t->question,
                       .searched = t->searched,
                       .answer = buffer_view(&text)};
    if (status == KITH_OK)
        status = store_conversation_add(t->store, t->conversation, &turn, title, err);
    buffer_done(&text);
    return status;
}

/* Step 4 without the record. */
static kith_status answer_resolved(next_turn *t, kith_answer *out, kith_error *err)
{
    kith_answer answer = {0};
    const char *question = t->searched.data ? t->searched.data : t->question.data;
    kith_status status = answer_question(t->with, question, t->options, t->memory, &answer, err);
    if (status != KITH_OK) return status;
    answer.searched = t->searched.data ? t->searched.data : "";
    answer.prompt_tokens += t->usage.prompt_tokens;
    answer.completion_tokens += t->usage.completion_tokens;
    *out = answer;
    return KITH_OK;
}

kith_status conversation_ask(const answering *with, store *s, uint64_t id, const char *question,
                             const kith_ask_options *options, arena *a, kith_answer *out,
                             kith_error *err)
{
    static const kith_ask_options defaults;
    next_turn t = {.with = with,
                   .store = s,
                   .conversation = id,
                   .question = view_of(question),
                   .options = options ? options : &defaults,
                   .memory = a};
    kith_answer answer = {0};
    kith_status status = KITH_OK;
    if (t.options->before_count > 0)
        return fail(err, KITH_ERR_INVALID,
                    "what was said before is in the record of conversation %llu",
                    (unsigned long long)id);
    // An empty question is refused by answer_question.
    if (view_trim(t.question).size > 0) status = resolve_followup(&t, err);
    if (status == KITH_OK) status = answer_resolved(&t, &answer, err);
    if (status == KITH_OK) status = record(&t, &answer, err);
    if (status == KITH_OK) *out = answer;
    return status;
}

kith_status conversation_ask_after(const answering *with, const char *question,
                                   const kith_ask_options *options, arena *a, kith_answer *out,
                                   kith_error *err)
{
    next_turn t = {.with = with, .question = view_of(question), .options = options, .memory = a};
    kith_turn *before = NULL;
    uint32_t count = 0;
    kith_status status = read_given(&t, &before, &count, err);
    // An empty question, and one that is not UTF-8, is refused by answer_question.
    if (status == KITH_OK && view_trim(t.question).size > 0 && utf8_is_valid(t.question)) {
        uint32_t shown = count > REWRITE_TURNS ? REWRITE_TURNS : count;
        status = resolve_after(&t, before + (count - shown), shown, err);
    }
    return status == KITH_OK ? answer_resolved(&t, out, err) : status;
}
