/* Words that a second thread looks for while a put is stored: they are those of a segment that is
 * built row by row, and whatever becomes of the put, the index is the same. */
#include "test.h"

#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"
#include "db/segment.h"
#include "db/word_draft.h"
#include "index_for_test.h"

#include <pthread.h>

enum { DIM = 4, POINTS = 200, FIRST_ROW = 70 };

typedef struct batch {
    char keys[POINTS][16], texts[POINTS][96], metadatas[POINTS][96];
    float vectors[POINTS][DIM];
    store_point points[POINTS];
} batch;

/* A word of `first` and four letters that stand for n: no two have one stem. */
static const char *word_of(char first, uint32_t n, char out[16])
{
    static const char letters[] = "bcdfghjklm";
    (void)snprintf(out, 16, "%c%c%c%c%c", first, letters[n / 1000 % 10], letters[n / 100 % 10],
                   letters[n / 10 % 10], letters[n % 10]);
    return out;
}

/* Points k<first>, ...: "common" is in the text of all, a word with v in one, with z in a title. */
static batch *new_batch(uint32_t first)
{
    batch *b = calloc(1, sizeof *b);
    assert_non_null(b);
    for (uint32_t i = 0; i < POINTS; i++) {
        char word[16];
        uint32_t n = first + i;
        (void)snprintf(b->keys[i], sizeof b->keys[i], "k%u", n);
        (void)snprintf(b->texts[i], sizeof b->texts[i], "common words and %s",
                       word_of('v', n, word));
        (void)snprintf(b->metadatas[i], sizeof b->metadatas[i], "{\"title\":\"%s\"}",
                       word_of('z', n, word));
        for (uint32_t d = 0; d < DIM; d++)
            b->vectors[i][d] = (float)(1 + (n * 7 + d * 3) % 11);
        b->points[i] = (store_point){.key = view_of(b->keys[i]),
                                     .content = view_of(b->texts[i]),
                                     .metadata = n % 3 ? view_of(b->metadatas[i]) : (view){0},
                                     .vector = b->vectors[i]};
    }
    return b;
}

static void write_words(const bm25_segment *words, buffer *out)
{
    buffer_init(out, 1 << 24);
    bm25_write(words, out);
}

static segment *segment_by_rows(const batch *b)
{
    kith_error err;
    segment *s = segment_new(FIRST_ROW);
    assert_non_null(s);
    for (uint32_t i = 0; i < POINTS; i++) {
        arena memory;
        arena_init(&memory, 0);
        metadata fields = {.memory = &memory};
        if (b->points[i].metadata.size)
            assert_ok(metadata_parse(b->points[i].metadata, &fields, &err));
        assert_ok(segment_append(s, &fields, b->points[i].content, &err));
        arena_done(&memory);
    }
    return s;
}

static void the_words_are_those_of_a_segment_built_row_by_row(void **state)
{
    (void)state;
    kith_error err;
    batch *b = new_batch(0);
    word_draft d;
    bm25_segment *words = NULL;
    buffer found, wanted;
    word_draft_begin(&d, b->points, POINTS, NULL);
    assert_ok(word_draft_take(&d, &words, &err));
    word_draft_end(&d);
    segment *taker = segment_new(FIRST_ROW), *whole = segment_by_rows(b);
    assert_non_null(taker);
    for (uint32_t i = 0; i < POINTS; i++)
        assert_ok(segment_append_fields(taker, &(metadata){0}, &err));
    segment_take_words(taker, words);
    assert_ok(segment_check(taker, &err));
    write_words(taker->words, &found);
    write_words(whole->words, &wanted);
    assert_true(found.size > 0 && view_equal(buffer_view(&found), buffer_view(&wanted)));
    buffer_done(&found);
    buffer_done(&wanted);
    segment_release(taker);
    segment_release(whole);
    free(b);
}

static void metadata_that_is_no_object_is_told_by_who_takes_the_words(void **state)
{
    (void)state;
    kith_error err;
    batch *b = new_batch(0);
    word_draft d;
    bm25_segment *words = NULL;
    b->points[POINTS - 1].metadata = VIEW("[1]");
    word_draft_begin(&d, b->points, POINTS, NULL);
    assert_status(KITH_ERR_INVALID, word_draft_take(&d, &words, &err));
    assert_null(words);
    word_draft_end(&d);
    free(b);
}

static void a_draft_that_nobody_takes_is_freed(void **state)
{
    (void)state;
    batch *b = new_batch(0);
    word_draft d = {0};
    word_draft_end(&d);
    word_draft_begin(&d, b->points, POINTS, NULL);
    word_draft_end(&d);
    word_draft_end(&d);
    free(b);
}

/* ---- puts ---- */

enum { WRITERS = 3 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
} fixture;

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    open_collection(f->directory, NULL, &f->db, &f->c);
    f->c->home.processors = 2; // also where the machine has one
    return 0;
}

static int teardown(void **state)
{
    kith_error err;
    fixture *f = *state;
    database_release_collection(f->c);
    assert_ok(database_close(f->db, &err));
    return fixture_free(f);
}

static kith_status put(fixture *f, unsigned how, const batch *b, kith_error *err)
{
    return collection_put_points(f->c, how, b->points, POINTS, DIM, VIEW(""), err);
}

/* How many points have the words, and in *key the first of them. */
static uint32_t count_with(fixture *f, const char *words, char key[16])
{
    kith_error err;
    arena a;
    collection_hits hits = {0};
    const collection_query q = {.words = view_of(words), .k = (WRITERS + 1) * POINTS};
    arena_init(&a, 0);
    assert_ok(collection_search(f->c, &q, &a, &hits, &err));
    uint32_t count = hits.count;
    if (count) (void)snprintf(key, 16, "%.*s", VIEW_ARG(hits.points[0].key));
    arena_done(&a);
    return count;
}

static void assert_all_found(fixture *f, uint32_t first)
{
    for (uint32_t n = first; n < first + POINTS; n += 17) {
        char word[16], wanted[16], key[16] = "";
        (void)snprintf(wanted, sizeof wanted, "k%u", n);
        assert_int_equal(count_with(f, word_of('v', n, word), key), 1);
        assert_string_equal(key, wanted);
        assert_int_equal(count_with(f, word_of('z', n, word), key), n % 3 != 0);
    }
}

static void a_put_of_many_points_is_found_by_its_words(void **state)
{
    fixture *f = *state;
    kith_error err;
    char key[16];
    for (uint32_t i = 0; i < 3; i++) {
        batch *b = new_batch(i * POINTS);
        assert_ok(put(f, STORE_ADD, b, &err));
        free(b);
        assert_all_found(f, i * POINTS);
    }
    assert_int_equal(count_with(f, "common", key), 3 * POINTS);
    assert_index_is_sound(f->c);
}

static void a_put_that_the_store_refuses_leaves_no_words(void **state)
{
    fixture *f = *state;
    kith_error err;
    char key[16];
    batch *b = new_batch(0);
    assert_ok(put(f, STORE_ADD, b, &err));
    assert_status(KITH_ERR_EXISTS, put(f, STORE_ADD, b, &err));
    assert_int_equal(count_with(f, "common", key), POINTS);
    assert_ok(put(f, STORE_UPSERT, b, &err)); // all are there: read back from the store
    assert_int_equal(count_with(f, "common", key), POINTS);
    assert_all_found(f, 0);
    assert_index_is_sound(f->c);
    free(b);
}

typedef struct task {
    fixture *f;
    uint32_t first;
} task;

static void *put_on(void *context)
{
    const task *t = context;
    kith_error err;
    batch *b = new_batch(t->first);
    if (put(t->f, STORE_ADD, b, &err) != KITH_OK) abort();
    free(b);
    return NULL;
}

/* Of puts at once some are read back from the store, and their words are made anew. */
static void puts_at_once_are_all_found_by_their_words(void **state)
{
    fixture *f = *state;
    pthread_t threads[WRITERS];
    task tasks[WRITERS];
    char key[16];
    for (uint32_t i = 0; i < WRITERS; i++) {
        tasks[i] = (task){f, i * POINTS};
        assert_int_equal(pthread_create(&threads[i], NULL, put_on, &tasks[i]), 0);
    }
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(count_with(f, "common", key), WRITERS * POINTS);
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_all_found(f, i * POINTS);
    assert_index_is_sound(f->c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_are_those_of_a_segment_built_row_by_row),
        cmocka_unit_test(metadata_that_is_no_object_is_told_by_who_takes_the_words),
        cmocka_unit_test(a_draft_that_nobody_takes_is_freed),
        cmocka_unit_test_setup_teardown(a_put_of_many_points_is_found_by_its_words, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_put_that_the_store_refuses_leaves_no_words, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(puts_at_once_are_all_found_by_their_words, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
