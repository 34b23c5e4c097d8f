/* Results that lie in the program's memory, through the public interface: they are as large as the program says (docs/decisions/116). */
#include "test.h"

#include "scratch.h"

#include <kith/budget.h>
#include <kith/catalog.h>
#include <kith/meaning.h>
#include <kith/recall.h>
#include <kith/reembed.h>

static kith *open_database(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

/* Of a program that was compiled with a later header, whose structures have more members. */
typedef struct later_memory {
    kith_index_memory known;
    uint64_t more;
} later_memory;

typedef struct later_meaning {
    kith_meaning known;
    uint64_t more;
} later_meaning;

typedef struct later_recall {
    kith_recall known;
    uint64_t more;
} later_recall;

static void results_are_as_large_as_the_program_says(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "things", NULL, &err));
    assert_ok(kith_collection_create(k, "others", NULL, &err));
    later_memory memory = {.known.size = sizeof memory, .more = 7};
    assert_ok(kith_collection_limit_memory(k, "things", KITH_INDEX_MEMORY_LEAST, &err));
    assert_ok(kith_collection_memory(k, "things", &memory.known, &err));
    assert_int_equal(memory.known.limit, KITH_INDEX_MEMORY_LEAST);
    assert_int_equal(memory.known.size, sizeof memory);
    assert_int_equal(memory.more, 0); // what this library does not know
    struct {
        kith_index_memory first;
        uint64_t behind;
    } of_first = {.first.limit = 1, .behind = 7};
    assert_ok(kith_collection_memory(k, "things", &of_first.first, &err));
    assert_int_equal(of_first.first.limit, KITH_INDEX_MEMORY_LEAST);
    assert_int_equal(of_first.behind, 7);
    kith_index_memory cut = {.size = sizeof cut - 1, .limit = 9};
    assert_status(KITH_ERR_INVALID, kith_collection_memory(k, "things", &cut, &err));
    assert_non_null(strstr(err.message, "kith_index_memory"));
    assert_int_equal(cut.limit, 9);
    later_meaning meaning = {.known = {.size = sizeof meaning, .chunks = 5}, .more = 7};
    assert_ok(kith_collection_meaning(k, "things", &meaning.known, &err));
    assert_int_equal(meaning.known.chunks, 0);
    assert_int_equal(meaning.known.size, sizeof meaning);
    assert_int_equal(meaning.more, 0);
    kith_reembedding small = {.size = sizeof small - 1, .chunks = 9};
    assert_status(KITH_ERR_INVALID, kith_reembed_state(k, "things", &small, &err));
    assert_int_equal(small.chunks, 9);
    small.size = 0;
    assert_ok(kith_reembed_state(k, "things", &small, &err));
    assert_int_equal(small.chunks, 0);
    assert_int_equal(small.size, sizeof small);
    close_database(k);
}

static void an_array_of_results_has_the_size_of_its_first(void **state)
{
    enum { SOME = 2 };
    kith_error err = {0};
    kith_collection_list *list = NULL;
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "things", NULL, &err));
    assert_ok(kith_collection_create(k, "others", NULL, &err));
    assert_ok(kith_collections(k, NULL, &list, &err));
    assert_int_equal(list->count, SOME);
    later_recall recall[SOME] = {{.known.size = sizeof *recall, .known.searches = 5, .more = 7},
                                 {.known.searches = 5, .more = 7}};
    assert_ok(kith_collections_recall(k, list, &recall[0].known, &err));
    for (int i = 0; i < SOME; i++) {
        assert_int_equal(recall[i].known.size, sizeof *recall);
        assert_int_equal(recall[i].known.searches, 0);
        assert_int_equal(recall[i].more, 0);
    }
    kith_recall cut = {.size = 8, .searches = 5};
    assert_status(KITH_ERR_INVALID, kith_collections_recall(k, list, &cut, &err));
    assert_status(KITH_ERR_INVALID, kith_collection_recall(k, "things", &cut, &err));
    assert_non_null(strstr(err.message, "kith_recall"));
    assert_int_equal(cut.searches, 5);
    kith_collection_list_free(list);
    close_database(k);
}

#define with_directory(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(results_are_as_large_as_the_program_says),
        with_directory(an_array_of_results_has_the_size_of_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
