/* Weighing sentences: the fit against one that is computed here from the tokens, or the vectors, of
 * each text by itself; what is embedded, and in which order it comes. */
#include "test.h"

#include "answer/evidence.h"
#include "base/buffer.h"
#include "fake_endpoint.h"
#include "model_for_test.h"

#include <math.h>

/* The strings that each passage has. */
#define TOWER_PASSAGE                                                                              \
    .heading = "The tower", .lead_in = "", .source = "", .document = "", .metadata = "{}"
#define PASSAGE .heading = "", .lead_in = "", .source = "", .document = "", .metadata = "{}"

enum { DIM = 384 };

typedef struct weighed {
    arena memory;
    question question;
    evidence evidence;
    evidence_input input;
} weighed;

static weighed weigh(embedder *e, const char *text, const retrieval *found)
{
    kith_error err = {0};
    weighed w = {0};
    arena_init(&w.memory, 0);
    assert_ok(question_parse(view_of(text), LANGUAGE_ENGLISH, &w.memory, &w.question, NULL, &err));
    for (uint32_t i = 0; i < w.question.count; i++)
        w.question.weights[i] = 1;
    w.question.total = (float)w.question.count;
    passage_text *texts = NULL;
    assert_ok(passage_texts_alone(found, &w.memory, &texts, &err));
    w.input = (evidence_input){found, texts, e, view_of(text)};
    assert_ok(evidence_weigh(&w.input, &w.question, &w.memory, &w.evidence, &err));
    assert_null(evidence_check(&w.evidence, &w.input));
    return w;
}

static void done(weighed *w)
{
    question_done(&w->question);
    arena_done(&w->memory);
}

static view text_of(const retrieval *found, const evidence_sentence *s)
{
    return view_slice(view_of(found->passages[s->passage].content), s->start, s->end);
}

static double nearest(const float *state, const encoded_text *text)
{
    double best = -1;
    for (uint32_t t = 0; t < text->count; t++) {
        double dot = 0;
        for (uint32_t i = 0; i < DIM; i++)
            dot += (double)state[i] * text->states[t * DIM + i];
        best = fmax(best, dot);
    }
    return best;
}

static void a_sentence_fits_as_its_tokens_cover_those_of_the_question(void **state)
{
    (void)state;
    kith_error err = {0};
    embedder *e = open_model();
    // when did the tower fall ?: "tower" and "fall" are its content words, one token each.
    enum { WHEN = 0, DID = 1, TOWER = 3, FALL = 4, MARK = 5, TOKENS = 6 };
    static const char *const texts[] = {"When did the tower fall?", "It collapsed in 1902."};
    kith_passage passage = {PASSAGE, .content = texts[1], .relevance = 0.4F};
    const float score = 3;
    retrieval found = {.passages = &passage, .count = 1, .scores = &score};
    weighed w = weigh(e, texts[0], &found);

    arena a;
    arena_init(&a, 0);
    encoded_text q, s;
    uint32_t ids[4];
    view both[] = {view_of(texts[0]), view_of(texts[1])};
    assert_ok(embedder_encode(e, &both[0], 1, &a, &q, &err));
    assert_ok(embedder_encode(e, &both[1], 1, &a, &s, &err));
    assert_int_equal(q.count, TOKENS);
    double all = 0, covered[TOKENS];
    for (uint32_t t = 0; t < TOKENS; t++)
        all += covered[t] = nearest(q.states + t * DIM, &s);
    double tower = (double)embedder_rarity(e, ids, embedder_tokens(e, VIEW("tower"), 4, ids));
    double fall = (double)embedder_rarity(e, ids, embedder_tokens(e, VIEW("fall"), 4, ids));
    double fit =
        (tower * covered[TOWER] + fall * covered[FALL]) / (tower + fall) + 0.64 * all / TOKENS;

    assert_true(w.evidence.by_tokens);
    assert_int_equal(w.evidence.count, 1);
    assert_near((double)w.evidence.fit, fit, 1e-5);
    const float *signals = w.evidence.sentences[0].signals.at;
    assert_near((double)signals[READER_TOKENS], all / TOKENS, 1e-5);
    assert_near((double)(signals[READER_WORDS] + 0.64F * signals[READER_TOKENS]), fit, 1e-5);
    assert_near((double)signals[READER_WEAKEST], fmin(covered[TOWER], covered[FALL]), 1e-5);
    double far = 0;
    for (uint32_t t = 0; t < TOKENS; t++)
        far += covered[t] < 0.45;
    assert_near((double)signals[READER_FAR], far / TOKENS, 1e-6);
    assert_near((double)signals[READER_ASKS], covered[WHEN], 1e-5);
    assert_near((double)signals[READER_ASKED], covered[DID], 1e-5);
    assert_near((double)signals[READER_MARK], covered[MARK], 1e-5);
    assert_near((double)signals[READER_KIND], 1, 0); // 1902 is asked for
    assert_near((double)w.evidence.words, 0, 0);     // neither word stands there
    assert_near((double)w.question.weights[0], tower, 1e-6);
    arena_done(&a);
    done(&w);
    kith_embedder_free(e);
}

static void keywords_have_no_token_that_asks(void **state)
{
    (void)state;
    embedder *e = open_model();
    kith_passage passage = {PASSAGE, .content = "It collapsed in 1902.", .relevance = 0.4F};
    const float score = 3;
    retrieval found = {.passages = &passage, .count = 1, .scores = &score};
    weighed w = weigh(e, "fall of the tower", &found);
    const float *signals = w.evidence.sentences[0].signals.at;
    assert_near((double)signals[READER_ASKS], (double)signals[READER_TOKENS], 0);
    assert_near((double)signals[READER_ASKED], (double)signals[READER_TOKENS], 0);
    assert_near((double)signals[READER_MARK], (double)signals[READER_TOKENS], 0);
    done(&w);
    // A question word at the end has nothing behind it.
    w = weigh(e, "The tower fell when", &found);
    signals = w.evidence.sentences[0].signals.at;
    assert_true(signals[READER_ASKS] != signals[READER_TOKENS]);
    assert_near((double)signals[READER_ASKED], (double)signals[READER_TOKENS], 0);
    done(&w);
    kith_embedder_free(e);
}

static void a_paraphrase_comes_before_a_sentence_with_the_same_words(void **state)
{
    (void)state;
    embedder *e = open_model();
    kith_passage passages[] = {
        {TOWER_PASSAGE, .content =
                            "# The tower\n\nThe tower can be seen from afar when it is clear. "
                            "Its architect was born in Lyon."},
        {TOWER_PASSAGE, .content =
                            "# The tower\n\nVisitors came in great numbers. The building collapsed "
                            "during the storm of 1902. Its architect was born in Lyon."}};
    const float scores[] = {1, 1};
    retrieval found = {.passages = passages, .count = 2, .scores = scores};
    weighed w = weigh(e, "When did the tower fall down?", &found);
    assert_int_equal(w.evidence.count, 4); // without the heading, and the architect once
    assert_true(view_starts_with(text_of(&found, &w.evidence.sentences[0]), VIEW("The building")));
    for (uint32_t i = 1; i < w.evidence.count; i++)
        assert_true(w.evidence.sentences[i - 1].score >= w.evidence.sentences[i].score);
    done(&w);
    kith_embedder_free(e);
}

static void of_two_documents_that_say_the_same_the_named_one_is_quoted(void **state)
{
    (void)state;
    static const char options[] = "-d --decompress\nDecompress.\n\n-k --keep\nKeep input files.";
    embedder *e = open_model();
    kith_passage passages[] = {{.heading = "bzip2",
                                .lead_in = "",
                                .source = "bzip2.1",
                                .document = "bzip2",
                                .metadata = "{}",
                                .content = options},
                               {.heading = "gzip",
                                .lead_in = "",
                                .source = "gzip.1",
                                .document = "gzip",
                                .metadata = "{}",
                                .content = options}};
    const float scores[] = {1, 1};
    retrieval found = {.passages = passages, .count = 2, .scores = scores};
    for (uint32_t named = 0; named < 2; named++) {
        weighed w = weigh(e, named ? "What does gzip -k do?" : "What does bzip2 -k do?", &found);
        assert_int_equal(w.evidence.count, 2);
        assert_int_equal(w.evidence.sentences[0].passage, named);
        assert_true(view_starts_with(text_of(&found, &w.evidence.sentences[0]), VIEW("-k")));
        done(&w);
    }
    kith_embedder_free(e);
}

static void another_number_of_the_same_noun_comes_last(void **state)
{
    (void)state;
    static const char parts[] = "Part 1: filter frame number VX3-101 costs 6 EUR.\n\n"
                                "Part 2: filter frame number VX3-102 costs 7 EUR.\n\n"
                                "Part 3: filter frame number VX3-103 costs 8 EUR.\n\n"
                                "Part 4: filter frame number VX3-104 costs 9 EUR.";
    embedder *e = open_model();
    kith_passage passages[] = {{.heading = "VX-3",
                                .lead_in = "",
                                .source = "VX-3.pdf",
                                .document = "",
                                .metadata = "{}",
                                .content = parts},
                               {.heading = "Part 3",
                                .lead_in = "",
                                .source = "",
                                .document = "",
                                .metadata = "{}",
                                .content = "Unlike part 1 it costs nothing."}};
    const float scores[] = {1, 1};
    retrieval found = {.passages = passages, .count = 2, .scores = scores};
    weighed w = weigh(e, "What does part 3 cost?", &found);
    assert_int_equal(w.evidence.count, 5);
    for (uint32_t i = 0; i < w.evidence.count; i++) {
        const evidence_sentence *s = &w.evidence.sentences[i];
        // The heading of the second passage has the number.
        bool is_of_three = s->passage == 1 || view_starts_with(text_of(&found, s), VIEW("Part 3"));
        assert_int_equal(s->is_of_another, !is_of_three);
        assert_int_equal(i < 2, is_of_three);
    }
    done(&w);
    kith_embedder_free(e);
}

static void the_most_promising_sentences_are_kept(void **state)
{
    (void)state;
    embedder *e = open_model();
    kith_passage passages[] = {
        {PASSAGE, .content = "One is here. Two is here. Three is here. Four is here. Five is here. "
                             "Six is here. Seven is here. Eight is here. The lighthouse burns."},
        {PASSAGE, .content = "The keeper of the lighthouse sleeps."}};
    const float scores[] = {1, 0};
    retrieval found = {.passages = passages, .count = 2, .scores = scores};
    weighed w = weigh(e, "Where does the lighthouse keeper sleep?", &found);
    assert_int_equal(w.evidence.count, EVIDENCE_SENTENCES);
    bool keeper = false, burns = false;
    for (uint32_t i = 0; i < w.evidence.count; i++) {
        keeper |= view_starts_with(text_of(&found, &w.evidence.sentences[i]), VIEW("The keeper"));
        burns |= view_starts_with(text_of(&found, &w.evidence.sentences[i]), VIEW("The light"));
    }
    assert_true(keeper && burns);
    done(&w);
    kith_embedder_free(e);
}

static void nothing_to_weigh_is_no_trap(void **state)
{
    (void)state;
    embedder *e = open_model();
    retrieval none = {0};
    weighed w = weigh(e, "Where is it?", &none);
    assert_int_equal(w.evidence.count, 0);
    done(&w);
    kith_passage empty = {PASSAGE, .content = ""};
    const float score = 0;
    retrieval found = {.passages = &empty, .count = 1, .scores = &score};
    w = weigh(e, "", &found);
    assert_int_equal(w.evidence.count, 0);
    done(&w);
    empty.content = "He is there.";
    w = weigh(e, "Who was he?", &found); // stop words alone: all tokens count
    assert_int_equal(w.evidence.count, 1);
    assert_true(isfinite(w.evidence.fit) && w.evidence.fit > 0);
    done(&w);
    kith_embedder_free(e);
}

static void without_tokens_words_and_the_cosine_take_their_places(void **state)
{
    (void)state;
    kith_error err = {0};
    fake_endpoint *f = fake_endpoint_new("127.0.0.1");
    fake_endpoint_reply(f, 200, "Content-Type: application/json\r\n",
                        "{\"data\":[{\"index\":0,\"embedding\":[0.6,0.8]},"
                        "{\"index\":1,\"embedding\":[0,1]}]}");
    fake_endpoint_start(f);
    embedder *e = NULL;
    assert_ok(embedder_open(
        &(kith_embedder_options){.base_url = fake_endpoint_url(f), .api_key = "k", .model = "m"},
        &e, &err));
    kith_passage passage = {PASSAGE, .content = "The tower fell. The rust did it."};
    const float score = 0, vector[] = {1, 0};
    retrieval found = {
        .passages = &passage, .count = 1, .scores = &score, .question = vector, .dim = 2};
    weighed w = weigh(e, "How does the tower rust?", &found);
    assert_false(w.evidence.by_tokens);
    assert_int_equal(w.evidence.count, 2);
    // The passage has both words and the first sentence's cosine, 0.6; each sentence has one word.
    assert_near((double)w.evidence.fit, 1 + 0.64 * 0.6, 1e-6);
    assert_int_equal(w.evidence.sentences[0].start, 0);
    assert_near((double)w.evidence.sentences[0].signals.at[READER_TOKENS], 0.6, 1e-6);
    assert_near((double)w.evidence.sentences[0].signals.at[READER_SHARE], 0.5, 1e-6);
    assert_near((double)w.evidence.sentences[1].signals.at[READER_TOKENS], 0, 1e-6);
    // Both words once: 2.2 / (1 + 1.2 (0.25 + 0.75 32 / 900)).
    assert_near((double)w.evidence.words, 2.2 / (1 + 1.2 * (0.25 + 0.75 * 32 / 900)), 1e-5);
    done(&w);
    embedder_free(e);
    fake_endpoint_free(f);
}

static void the_check_finds_what_is_broken(void **state)
{
    (void)state;
    kith_passage passage = {PASSAGE, .content = "It is. So."};
    const retrieval found = {.passages = &passage, .count = 1};
    const passage_text text = {view_of(passage.content), 0, 8};
    const evidence_input in = {.found = &found, .texts = &text};
    const evidence_sentence good[] = {{.start = 0, .end = 6, .score = 2},
                                      {.start = 7, .end = 9, .score = 1}};
    evidence_sentence s[] = {good[0], good[1]};
    evidence e = {.sentences = s, .count = 2};
    assert_null(evidence_check(&e, &in));
    const evidence_sentence broken[] = {{.passage = 1, .start = 7, .end = 9, .score = 1},
                                        {.start = 7, .end = 11, .score = 1},
                                        {.start = 8, .end = 9, .score = 1}, // not of the passage
                                        {.start = 7, .end = 7, .score = 1},
                                        {.start = 7, .end = 9, .score = 3}};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        s[1] = broken[i];
        assert_non_null(evidence_check(&e, &in));
    }
    e.count = EVIDENCE_SENTENCES + 1;
    assert_non_null(evidence_check(&e, &in));
}

/* What is looked at grows with the passages and not with their square, and memory is of the units,
 * not of all words that were compared. */
static void a_huge_passage_and_a_huge_question_take_little(void **state)
{
    enum { SENTENCES = 200000, QUESTION_WORDS = 9000, MAX_MEMORY = 160 << 20 };
    (void)state;
    arena a;
    buffer text, asked;
    embedder *e = open_model();
    arena_init(&a, 0);
    buffer_init(&text, 8 << 20);
    buffer_init(&asked, 64 << 10);
    for (uint32_t i = 0; i < SENTENCES; i++)
        buffer_printf(&text, "Ab%u is. ", i);
    for (uint32_t i = 0; i < QUESTION_WORDS; i++)
        buffer_printf(&asked, "Ab%u ", i);
    kith_passage passages[] = {{TOWER_PASSAGE, .content = arena_copy(&a, buffer_view(&text)).data},
                               {TOWER_PASSAGE, .content = passages[0].content + 9}};
    const float scores[] = {1, 1};
    retrieval found = {.passages = passages, .count = 2, .scores = scores};
    weighed w = weigh(e, arena_copy(&a, buffer_view(&asked)).data, &found);
    assert_true(w.evidence.considered > 10000);
    assert_true(w.evidence.considered < SENTENCES);
    assert_true(w.memory.used < MAX_MEMORY);
    done(&w);
    buffer_done(&text);
    buffer_done(&asked);
    arena_done(&a);
    embedder_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_fits_as_its_tokens_cover_those_of_the_question),
        cmocka_unit_test(keywords_have_no_token_that_asks),
        cmocka_unit_test(a_paraphrase_comes_before_a_sentence_with_the_same_words),
        cmocka_unit_test(of_two_documents_that_say_the_same_the_named_one_is_quoted),
        cmocka_unit_test(another_number_of_the_same_noun_comes_last),
        cmocka_unit_test(the_most_promising_sentences_are_kept),
        cmocka_unit_test(nothing_to_weigh_is_no_trap),
        cmocka_unit_test(without_tokens_words_and_the_cosine_take_their_places),
        cmocka_unit_test(the_check_finds_what_is_broken),
        cmocka_unit_test(a_huge_passage_and_a_huge_question_take_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
