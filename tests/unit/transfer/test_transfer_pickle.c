/* test_transfer_pickle.c - the part of pickles that Chroma's indexes use, and that nothing else runs. */
#include "test.h"

#include "transfer/pickle.h"

/* {"a": 1, "b": {"c": -2}, "n": None} by protocol 3. */
static const char nested[] = "\x80\x03}q\x00(X\x01\x00\x00\x00"
                             "aq\x01K\x01X\x01\x00\x00\x00"
                             "bq\x02}q\x03X\x01\x00\x00\x00"
                             "cq\x04J\xfe\xff\xff\xffsX\x01\x00\x00\x00nNu.";

static void dictionaries_and_numbers_are_read(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const pickle_value *top = NULL;
    arena_init(&a, 0);
    assert_ok(pickle_parse(VIEW(nested), &a, &top, &err));
    assert_int_equal(top->kind, PICKLE_DICT);
    assert_int_equal(top->dict.count, 3);
    assert_int_equal(pickle_get(top, "a")->integer, 1);
    assert_int_equal(pickle_get(pickle_get(top, "b"), "c")->integer, -2);
    assert_int_equal(pickle_get(top, "n")->kind, PICKLE_NONE);
    assert_null(pickle_get(top, "absent"));
    assert_null(pickle_get(pickle_get(top, "a"), "c"));
    arena_done(&a);
}

/* Protocol 4, with a frame, memos and an object of Chroma's class, whose state is {"x": 2**40}. */
static void the_object_of_early_versions_is_its_members(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const pickle_value *top = NULL;
    arena_init(&a, 0);
    assert_ok(
        pickle_parse(VIEW("\x80\x04\x95\x40\x00\x00\x00\x00\x00\x00\x00\x8c\x0a"
                          "chromadb.x\x94\x8c\x0ePersistentData\x94\x93\x94)\x81\x94}\x94\x8c\x01x"
                          "\x94\x8a\x06\x00\x00\x00\x00\x00\x01sb."),
                     &a, &top, &err));
    assert_int_equal(pickle_get(top, "x")->integer, (int64_t)1 << 40);
    arena_done(&a);
}

static void nothing_else_is_made_or_called(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const pickle_value *top = NULL;
    arena_init(&a, 0);
    const view hostile[] = {
        VIEW("cos\nsystem\n(X\x02\x00\x00\x00idtR."), // a call
        VIEW("cchromadb.x\nOther\n)R."),              // another class
        VIEW("cos\nPersistentData\n)R."),             // another module
        VIEW("(i__main__\nX\n."),                     // INST
        VIEW("Pid\n."),                               // a persistent id
        VIEW("\x82\x01."),                            // a registered extension
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        assert_status(KITH_ERR_UNSUPPORTED, pickle_parse(hostile[i], &a, &top, &err));
    arena_done(&a);
}

static void damage_is_told(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    const pickle_value *top = NULL;
    arena_init(&a, 0);
    const view damaged[] = {
        VIEW(""),
        VIEW("."),                   // nothing on the stack
        VIEW("NN."),                 // two values
        VIEW("(."),                  // a mark
        VIEW("s."),                  // no dictionary
        VIEW("NNNs."),               // not a dictionary
        VIEW("}NNNu."),              // no mark
        VIEW("}(Nu."),               // half a pair
        VIEW("}(N(u."),              // a mark among the pairs is the wrong mark
        VIEW("h\x00."),              // a memo that was not made
        VIEW("Nr\xff\xff\xff\x7f."), // a memo out of order
        VIEW("X\xff\xff\xff\xff"
             "a."), // a text that ends too early
        VIEW("\x8d\xff\xff\xff\xff\xff\xff\xff\xff."),
        VIEW("\x8b\xff\xff\xff\x7f."),
        VIEW("c"),
        VIEW("cos"),
        VIEW("N)R."), // no class is called
        VIEW("}Nb."), // no members
        VIEW("NN\x93."),
    };
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        if (pickle_parse(damaged[i], &a, &top, &err) != KITH_ERR_FORMAT)
            fail_msg("case %zu is not refused", i);
    arena_done(&a);
}

/* Each bit flipped, each prefix: any result, but no fault, which the sanitizers would see. */
static void whatever_is_damaged_nothing_breaks(void **state)
{
    (void)state;
    kith_error err = {0};
    char bytes[sizeof nested - 1];
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        arena a;
        const pickle_value *top = NULL;
        arena_init(&a, 0);
        memcpy(bytes, nested, sizeof bytes);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        if (pickle_parse((view){bytes, sizeof bytes}, &a, &top, &err) == KITH_OK)
            (void)pickle_get(top, "a");
        const view cut = {nested, bit / 8};
        assert_true(pickle_parse(cut, &a, &top, &err) != KITH_OK);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dictionaries_and_numbers_are_read),
        cmocka_unit_test(the_object_of_early_versions_is_its_members),
        cmocka_unit_test(nothing_else_is_made_or_called),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(whatever_is_damaged_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
