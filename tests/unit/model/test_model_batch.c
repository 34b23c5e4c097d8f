/* Tests of sharing texts out: whatever the lengths and the threads, each text is in one pack, the
 * packs keep their budget, and the network gets each text's own ids. */
#include "test.h"

#include "base/rng.h"
#include "model/batch.h"

enum { CAPACITY = 300, LONGEST = 2 * BATCH_PACK_TOKENS };

static batch open_batch(uint32_t capacity, uint32_t max_tokens)
{
    kith_error err;
    batch b;
    assert_ok(batch_init(&b, capacity, max_tokens, &err));
    return b;
}

/* A text whose ids all say which text and wave it is. */
static void put(batch *b, uint32_t number, uint32_t length, uint32_t wave)
{
    for (uint32_t i = 0; i < length; i++)
        batch_ids(b, number)[i] = wave * CAPACITY + number;
    batch_put(b, number, length);
}

static void assert_sound(const batch *b)
{
    const char *fault = batch_check(b);
    if (fault) fail_msg("%s", fault);
}

/* Counts, over all packs, how often the network gets each text with its own length and ids. */
static void assert_each_text_runs_once(const batch *b, const uint32_t *lengths, uint32_t count,
                                       uint32_t wave)
{
    uint32_t runs[CAPACITY] = {0};
    for (uint32_t p = 0; p < b->pack_count; p++) {
        bert_batch run = batch_pack_run(b, p);
        for (uint32_t i = 0; i < run.count; i++) {
            uint32_t number = run.ids[i][0] - wave * CAPACITY;
            assert_true(number < count);
            assert_int_equal(lengths[number], run.lengths[i]);
            assert_int_equal(run.ids[i][0], run.ids[i][run.lengths[i] - 1]);
            runs[number]++;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(1, runs[i]);
}

static void each_text_is_in_exactly_one_pack_in_wave_after_wave(void **state)
{
    (void)state;
    enum { SEED = 11, WAVES = 60 };
    print_message("seed %d\n", SEED);
    rng r = {SEED};
    batch b = open_batch(CAPACITY, LONGEST);
    for (uint32_t wave = 0; wave < WAVES; wave++) {
        uint32_t count = 1 + rng_below(&r, CAPACITY), workers = 1 + rng_below(&r, 9);
        uint32_t longest = 1 + rng_below(&r, LONGEST), lengths[CAPACITY];
        for (uint32_t i = 0; i < count; i++) {
            lengths[i] = 1 + rng_below(&r, longest);
            put(&b, i, lengths[i], wave);
        }
        assert_int_equal(b.pack_count, batch_cut(&b, count, workers));
        assert_sound(&b);
        assert_each_text_runs_once(&b, lengths, count, wave);
    }
    batch_done(&b);
}

/* Texts of these lengths, cut for this many workers, make packs of this many texts. */
static void assert_packs(const uint32_t *lengths, uint32_t count, uint32_t workers,
                         const uint32_t *expected, uint32_t packs)
{
    batch b = open_batch(CAPACITY, LONGEST);
    for (uint32_t i = 0; i < count; i++)
        put(&b, i, lengths[i], 0);
    assert_int_equal(packs, batch_cut(&b, count, workers));
    for (uint32_t i = 0; i < packs; i++)
        assert_int_equal(expected[i], batch_pack_run(&b, i).count);
    assert_sound(&b);
    batch_done(&b);
}

static void a_pack_takes_texts_up_to_its_tokens(void **state)
{
    (void)state;
    enum { HALF = BATCH_PACK_TOKENS / 2 };
    assert_packs((uint32_t[]){HALF, HALF, HALF}, 3, 1, (uint32_t[]){2, 1}, 2);
    assert_packs((uint32_t[]){HALF + 1, HALF, HALF - 1}, 3, 1, (uint32_t[]){1, 2}, 2);
}

static void a_text_above_the_budget_is_a_pack_of_its_own(void **state)
{
    (void)state;
    enum { PACK = BATCH_PACK_TOKENS };
    assert_packs((uint32_t[]){3, 2 * PACK, 5, PACK + 1}, 4, 1, (uint32_t[]){1, 1, 2}, 3);
}

static void little_work_is_shared_evenly(void **state)
{
    (void)state;
    assert_packs((uint32_t[]){10, 10, 10, 10}, 4, 1, (uint32_t[]){4}, 1);
    assert_packs((uint32_t[]){10, 10, 10, 10}, 4, 2, (uint32_t[]){2, 2}, 2);
    assert_packs((uint32_t[]){10, 10, 10, 10}, 4, 3, (uint32_t[]){1, 1, 1, 1}, 4);
}

static void the_longest_texts_come_first_and_equals_in_their_order(void **state)
{
    (void)state;
    batch b = open_batch(4, LONGEST);
    static const uint32_t lengths[] = {7, 9, 7, 200}, order[] = {3, 1, 0, 2};
    for (uint32_t i = 0; i < 4; i++)
        put(&b, i, lengths[i], 0);
    (void)batch_cut(&b, 4, 1);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(order[i], b.texts[i].number);
    batch_done(&b);
}

static void the_check_names_what_is_broken(void **state)
{
    (void)state;
    batch b = open_batch(CAPACITY, LONGEST);
    enum { LENGTH = BATCH_PACK_TOKENS / 2 - 4 }; // two of them fit a pack
    for (uint32_t i = 0; i < 4; i++)
        put(&b, i, LENGTH, 0);
    assert_int_equal(2, batch_cut(&b, 4, 1));
    b.packs[0].count = 1;
    assert_string_equal("the packs do not follow one another", batch_check(&b));
    b.packs[0].count = 3;
    assert_string_equal("a pack of several texts is above its budget", batch_check(&b));
    b.packs[0].count = 2;
    b.packs[1].count = 1;
    assert_string_equal("a text is in no pack", batch_check(&b));
    b.packs[1].count = 2;
    b.run_lengths[1] = LENGTH - 1;
    assert_string_equal("the network's ids and lengths are not the texts'", batch_check(&b));
    b.run_lengths[1] = LENGTH;
    b.texts[1] = b.texts[0];
    assert_string_equal("a text is there twice", batch_check(&b));
    batch_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_is_in_exactly_one_pack_in_wave_after_wave),
        cmocka_unit_test(a_pack_takes_texts_up_to_its_tokens),
        cmocka_unit_test(a_text_above_the_budget_is_a_pack_of_its_own),
        cmocka_unit_test(little_work_is_shared_evenly),
        cmocka_unit_test(the_longest_texts_come_first_and_equals_in_their_order),
        cmocka_unit_test(the_check_names_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
