/* Tests of the signals by which a claim is judged, against figures counted by hand, and of the
 * verdicts. An empty collection weighs all words alike. */
#include "test.h"

#include "model_for_test.h"
#include "scratch.h"

#include "answer/grounding.h"
#include "db/database.h"

#include <math.h>

typedef struct fixture {
    void *scratch;
    database *database;
    grounding_with with;
    arena memory;
} fixture;

static int fixture_setup(void **state)
{
    kith_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(scratch_setup(&f->scratch), 0);
    assert_ok(database_open(f->scratch, false, &f->database, &err));
    assert_ok(database_ensure_collection(f->database, VIEW("c"), &f->with.collection, &err));
    f->with.embedder = open_model();
    arena_init(&f->memory, 0);
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    arena_done(&f->memory);
    embedder_free(f->with.embedder);
    database_release_collection(f->with.collection);
    assert_ok(database_close(f->database, &err));
    int failed = scratch_teardown(&f->scratch);
    free(f);
    return failed;
}

static const kith_passage passages[] = {
    {.content = "The tower was built by Gustave Eiffel. It is 330 metres high. It opened in 1889.",
     .source = "/a/tower.md",
     .heading = "Paris",
     .start = 100},
    {.content = "Bridges fall. They do not rise.", .source = "", .heading = ""},
};

static grounding measure(fixture *f, const char *answer)
{
    kith_error err = {0};
    grounding *found = NULL;
    uint32_t count = 0;
    assert_ok(grounding_measure(&f->with, view_of(answer), passages, 2, &f->memory, &found, &count,
                                &err));
    assert_int_equal(count, 1);
    assert_true(found[0].is_measured);
    return found[0];
}

static double cosine(fixture *f, const char *one, const char *two)
{
    kith_error err = {0};
    const view texts[] = {view_of(one), view_of(two)};
    float *vectors = NULL;
    uint32_t dim = 0;
    double sum = 0;
    assert_ok(embedder_embed(f->with.embedder, texts, 2, &vectors, &dim, NULL, &err));
    for (uint32_t i = 0; i < dim; i++)
        sum += (double)vectors[i] * (double)vectors[dim + i];
    free(vectors);
    return sum;
}

static void signals_are_those_that_were_counted_by_hand(void **state)
{
    fixture *f = *state;
    // tower, built, Gustave, Eiffel stand in the first pair; 1887, Koechlin nowhere.
    grounding g = measure(f, "The tower was built by Gustave Eiffel, not Koechlin, in 1887 [1].");
    assert_near(g.signals.words, 4.0 / 6, 1e-6);
    assert_near(g.signals.near_words, 4.0 / 6, 1e-6);
    assert_near(g.signals.numbers_missing, 1, 0);
    assert_near(g.signals.names_missing, 1, 0);
    assert_near(g.signals.denial, 1, 0);
    assert_near(g.signals.meaning,
                cosine(f, "The tower was built by Gustave Eiffel, not Koechlin, in 1887.",
                       "The tower was built by Gustave Eiffel."),
                1e-5);
    assert_int_equal(g.passage, 0);
    assert_int_equal(g.start, 0);
    assert_int_equal(g.end, strlen("The tower was built by Gustave Eiffel."));
}

static void what_stands_elsewhere_in_the_passage_is_not_near(void **state)
{
    fixture *f = *state;
    grounding g = measure(f, "The tower built by Gustave Eiffel opened in 1889 [1].");
    assert_near(g.signals.words, 1, 1e-6);
    assert_near(g.signals.near_words, 4.0 / 6, 1e-6);
    assert_near(g.signals.numbers_missing, 0, 0);
}

static void heading_and_file_name_count_for_the_whole_passage(void **state)
{
    fixture *f = *state;
    grounding g = measure(f, "It is the Paris tower [1].");
    assert_near(g.signals.words, 1, 1e-6);
    assert_near(g.signals.near_words, 1, 1e-6);
    assert_near(g.signals.names_missing, 0, 0);
}

static void a_claim_without_citation_is_measured_against_all_that_was_sent(void **state)
{
    fixture *f = *state;
    assert_near(measure(f, "Bridges fall [1].").signals.words, 0, 0);
    assert_near(measure(f, "Bridges fall [2].").signals.words, 1, 0);
    grounding g = measure(f, "Bridges fall.");
    assert_near(g.signals.words, 1, 0);
    assert_int_equal(g.passage, 1);
}

static void a_denial_counts_only_against_sentences_that_lack_it(void **state)
{
    fixture *f = *state;
    assert_near(measure(f, "They do not rise [2].").signals.denial, 0, 0);
    assert_near(measure(f, "They rise [2].").signals.denial, 1, 0);
    assert_near(measure(f, "The tower wasn't built by Gustave Eiffel [1].").signals.denial, 1, 0);
    assert_near(measure(f, "The tower was built by Gustave Eiffel [1].").signals.denial, 0, 0);
}

static void each_sign_against_a_claim_lowers_its_support(void **state)
{
    (void)state;
    const grounding_signals good = {.meaning = 0.9, .words = 1, .near_words = 0.9};
    double support = grounding_support(&good);
    assert_true(support > 0.5 && support < 1);
    grounding_signals worse[] = {good, good, good, good, good, good};
    worse[0].meaning = 0.5;
    worse[1].words = worse[1].near_words = 0.5;
    worse[2].numbers_missing = 1;
    worse[3].names_missing = 1;
    worse[4].denial = 1;
    worse[5].numbers_missing = 1e300;
    for (size_t i = 0; i < sizeof worse / sizeof *worse; i++)
        assert_true(grounding_support(&worse[i]) < support);
    assert_true(grounding_support(&worse[2]) < 0.5);
    assert_true(grounding_support(&worse[4]) < 0.5);
}

/* ---- verdicts ---- */

static kith_answer judge(fixture *f, const char *text)
{
    kith_answer answer = {
        .text = text, .passages = passages, .passage_count = 2, .passages_sent = 2};
    grounding_judge(&f->with, &f->memory, &answer);
    return answer;
}

static void verdicts_and_evidence_are_told_by_place(void **state)
{
    fixture *f = *state;
    kith_answer answer = judge(
        f, "\xc3\x84h: it is 330 metres high [1]. Whales sing in Norway [1]. Cats purr loudly.");
    assert_int_equal(answer.claim_count, 3);
    const kith_claim *c = answer.claims;
    assert_int_equal(c[0].verdict, KITH_SUPPORTED);
    assert_int_equal(c[1].verdict, KITH_UNSUPPORTED);
    assert_int_equal(c[2].verdict, KITH_UNCITED);
    assert_string_equal(c[1].text, "Whales sing in Norway [1].");
    assert_int_equal(c[1].start, strlen("?h: it is 330 metres high [1]. "));
    assert_int_equal(c[1].end, c[1].start + strlen(c[1].text));
    assert_string_equal(c[0].evidence, "It is 330 metres high.");
    assert_int_equal(c[0].n, 1);
    assert_int_equal(c[0].evidence_start, 100 + strlen("The tower was built by Gustave Eiffel. "));
    assert_int_equal(c[0].evidence_end, c[0].evidence_start + strlen(c[0].evidence));
    assert_true(c[0].cited && !c[2].cited);
}

static void the_sentences_that_bear_claims_out_are_emphasised_in_the_quotes(void **state)
{
    fixture *f = *state;
    const kith_citation citations[] = {
        {.n = 1, .start = 100, .quote = passages[0].content},
        {.n = 2, .start = 0, .quote = passages[1].content},
    };
    kith_answer answer = {
        .text = "It opened in 1889 [1]. Gustave Eiffel built the tower [1]. In 1889 it opened [1]. "
                "Whales sing in Norway [2].",
        .citations = citations,
        .citation_count = 2,
        .passages = passages,
        .passage_count = 2,
        .passages_sent = 2};
    grounding_judge(&f->with, &f->memory, &answer);
    const kith_citation *first = &answer.citations[0];
    size_t last = strlen("The tower was built by Gustave Eiffel. It is 330 metres high. ");
    assert_int_equal(first->emphasis_count, 2);
    assert_int_equal(first->emphasis[0].start, 0);
    assert_int_equal(first->emphasis[0].end, strlen("The tower was built by Gustave Eiffel."));
    assert_int_equal(first->emphasis[1].start, last);
    assert_int_equal(first->emphasis[1].end, last + strlen("It opened in 1889."));
    assert_int_equal(answer.citations[1].emphasis_count, 0);
    assert_string_equal(first->quote, passages[0].content);
}

static void claims_past_the_limit_are_unchecked(void **state)
{
    fixture *f = *state;
    buffer text;
    buffer_init(&text, 10000);
    for (uint32_t i = 0; i < GROUNDING_MAX_CLAIMS + 2; i++)
        buffer_append_text(&text, "It is 330 metres high [1]. ");
    kith_answer answer = judge(f, buffer_text(&text));
    assert_int_equal(answer.claim_count, GROUNDING_MAX_CLAIMS + 2);
    assert_int_equal(answer.claims[GROUNDING_MAX_CLAIMS - 1].verdict, KITH_SUPPORTED);
    assert_int_equal(answer.claims[GROUNDING_MAX_CLAIMS].verdict, KITH_UNCHECKED);
    assert_true(isnan(answer.claims[GROUNDING_MAX_CLAIMS].support));
    assert_string_equal(answer.claims[GROUNDING_MAX_CLAIMS].evidence, "");
    buffer_done(&text);
}

static void an_embedder_that_fails_leaves_the_claims_unchecked(void **state)
{
    fixture *f = *state;
    kith_error err = {0};
    embedder *working = f->with.embedder;
    // Nothing listens on the discard port.
    assert_ok(embedder_open(&(kith_embedder_options){.base_url = "http://127.0.0.1:9/v1",
                                                     .api_key = "key",
                                                     .model = "m"},
                            &f->with.embedder, &err));
    kith_answer answer = judge(f, "It is 330 metres high [1].");
    assert_int_equal(answer.claim_count, 1);
    assert_int_equal(answer.claims[0].verdict, KITH_UNCHECKED);
    embedder_free(f->with.embedder);
    f->with.embedder = working;
}

static void an_answer_without_claims_has_none(void **state)
{
    fixture *f = *state;
    assert_int_equal(judge(f, "").claim_count, 0);
    assert_int_equal(judge(f, "# Towers").claim_count, 0);
}

int main(void)
{
#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_MODEL(signals_are_those_that_were_counted_by_hand),
        WITH_MODEL(what_stands_elsewhere_in_the_passage_is_not_near),
        WITH_MODEL(heading_and_file_name_count_for_the_whole_passage),
        WITH_MODEL(a_claim_without_citation_is_measured_against_all_that_was_sent),
        WITH_MODEL(a_denial_counts_only_against_sentences_that_lack_it),
        cmocka_unit_test(each_sign_against_a_claim_lowers_its_support),
        WITH_MODEL(verdicts_and_evidence_are_told_by_place),
        WITH_MODEL(the_sentences_that_bear_claims_out_are_emphasised_in_the_quotes),
        WITH_MODEL(claims_past_the_limit_are_unchecked),
        WITH_MODEL(an_embedder_that_fails_leaves_the_claims_unchecked),
        WITH_MODEL(an_answer_without_claims_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
