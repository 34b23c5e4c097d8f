/* test_store_documents.c - documents, their chunks, and the sources they came from. */
#include "fixture.h"

static const float vector[DIM] = {1, 2, 3, 4};

/* A document with `count` chunks KEY_0, KEY_1, ... */
typedef struct sample {
    store_document document;
    store_point chunks[8];
    char keys[8][32];
} sample;

static store_document sample_document(sample *s, const char *key, uint32_t count)
{
    *s = (sample){.document = {.key = view_of(key),
                               .title = VIEW("Title"),
                               .metadata = VIEW("{\"type\":\"txt\"}"),
                               .text = VIEW("the text"),
                               .updated_ms = 5,
                               .points = s->chunks,
                               .point_count = count}};
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(s->keys[i], sizeof s->keys[i], "%s_%u", key, i);
        s->chunks[i] = point_of(s->keys[i], "chunk text", vector);
    }
    return s->document;
}

static kith_status put(const fixture *f, const store_source *source, const store_document *d,
                       uint32_t count, kith_error *err)
{
    uint64_t sequence = 0;
    return store_put_documents(f->store, f->collection, source, d, count, &sequence, err);
}

static store_source source_of(const char *path, const char *hash)
{
    return (store_source){
        .path = view_of(path), .hash = view_of(hash), .bytes = 10, .modified_ns = -3};
}

static kith_status get_document(fixture *f, const char *key, store_document *out, kith_error *err)
{
    return store_get_document(f->store, f->collection, view_of(key), &f->arena, out, err);
}

static kith_status get_source(fixture *f, const char *path, store_source *out, kith_error *err)
{
    return store_get_source(f->store, f->collection, view_of(path), &f->arena, out, err);
}

static void assert_sound(const fixture *f)
{
    kith_error err = {0};
    assert_ok(store_check(f->store, &err));
}

static void a_document_reads_back_as_it_was_put(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a;
    store_document d = sample_document(&a, "doc", 3), got = {0};
    assert_ok(put(f, NULL, &d, 1, &err));
    assert_ok(get_document(f, "doc", &got, &err));
    assert_view(got.key, "doc");
    assert_view(got.title, "Title");
    assert_view(got.metadata, "{\"type\":\"txt\"}");
    assert_view(got.text, "the text");
    assert_view(got.source, "");
    assert_int_equal(got.chunks, 3);
    assert_int_equal(got.updated_ms, 5);
    assert_view(get_point(f, "doc_2").document, "doc");
    assert_int_equal(get_collection(f).documents, 1);
    assert_int_equal(get_collection(f).points, 3);
    assert_sound(f);
}

static void an_unknown_document_or_source_is_not_found(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_document d = {0};
    store_source s = {0};
    uint64_t sequence = 0;
    assert_status(KITH_ERR_NOT_FOUND, get_document(f, "no", &d, &err));
    assert_status(KITH_ERR_NOT_FOUND, get_source(f, "no", &s, &err));
    assert_status(KITH_ERR_NOT_FOUND, store_find_document(f->store, f->collection, VIEW("no"),
                                                          &f->arena, &d.source, &err));
    assert_null(d.source.data);
    assert_status(KITH_ERR_NOT_FOUND,
                  store_delete_document(f->store, f->collection, VIEW("no"), &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND,
                  store_delete_source(f->store, f->collection, VIEW("no"), &sequence, &err));
}

static void a_document_is_found_with_the_path_that_it_came_from_or_none(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    view source = {NULL, 0};
    sample a, b;
    store_source from = source_of("/a", "h");
    store_document named = sample_document(&a, "a", 1), loose = sample_document(&b, "loose", 1);
    assert_ok(put(f, &from, &named, 1, &err));
    assert_ok(put(f, NULL, &loose, 1, &err));
    assert_ok(store_find_document(f->store, f->collection, VIEW("a"), &f->arena, &source, &err));
    assert_view(source, "/a");
    assert_ok(
        store_find_document(f->store, f->collection, VIEW("loose"), &f->arena, &source, &err));
    assert_null(source.data);
}

static void without_a_source_a_document_replaces_the_one_of_its_key(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_document first = sample_document(&a, "doc", 4), second = sample_document(&b, "doc", 2);
    second.text = VIEW("another text");
    assert_ok(put(f, NULL, &first, 1, &err));
    uint64_t row = get_point(f, "doc_0").row;
    assert_ok(put(f, NULL, &second, 1, &err));
    store_document got = {0};
    assert_ok(get_document(f, "doc", &got, &err));
    assert_view(got.text, "another text");
    assert_int_equal(got.chunks, 2);
    assert_int_equal(get_point(f, "doc_3").row, 0);
    assert_true(get_point(f, "doc_0").row > row);
    assert_int_equal(get_collection(f).points, 2);
    assert_int_equal(get_collection(f).documents, 1);
    assert_sound(f);
}

static void a_source_replaces_all_that_it_had_in_one_change_with_tombstones(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b, c;
    store_source source = source_of("f.json", "1");
    store_document first[] = {sample_document(&a, "x", 2), sample_document(&b, "y", 2)};
    assert_ok(put(f, &source, first, 2, &err));
    store_collection before = get_collection(f);
    uint64_t rows[] = {get_point(f, "x_0").row, get_point(f, "x_1").row, get_point(f, "y_0").row,
                       get_point(f, "y_1").row};
    store_document second[] = {sample_document(&c, "y", 1)};
    source.hash = VIEW("2");
    assert_ok(put(f, &source, second, 1, &err));
    assert_int_equal(get_collection(f).sequence, before.sequence + 1);

    store_document got = {0};
    assert_status(KITH_ERR_NOT_FOUND, get_document(f, "x", &got, &err));
    assert_ok(get_document(f, "y", &got, &err));
    assert_int_equal(got.chunks, 1);
    assert_view(got.source, "f.json");

    change_list *list = calloc(1, sizeof *list);
    uint64_t sequence = 0;
    assert_non_null(list);
    assert_ok(
        read_changes(f->store, f->collection, before.sequence, keep_change, list, &sequence, &err));
    assert_int_equal(list->count, 5);
    uint32_t tombstones = 0;
    for (uint32_t i = 0; i < list->count; i++)
        for (int j = 0; j < 4; j++)
            tombstones += list->changes[i].deleted && list->changes[i].row == rows[j];
    assert_int_equal(tombstones, 4);
    free(list);
    assert_sound(f);
}

static void a_source_reads_back_as_it_was_put(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_source source = source_of("dir/f.txt", "abc"), got = {0};
    store_document d[] = {sample_document(&a, "x", 1), sample_document(&b, "y", 0)};
    assert_ok(put(f, &source, d, 2, &err));
    assert_ok(get_source(f, "dir/f.txt", &got, &err));
    assert_view(got.path, "dir/f.txt");
    assert_view(got.hash, "abc");
    assert_int_equal(got.bytes, 10);
    assert_int_equal(got.modified_ns, -3);
    assert_int_equal(got.documents, 2);
}

static void a_source_may_have_no_documents(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a;
    store_source source = source_of("f", "1"), got = {0};
    store_document d = sample_document(&a, "x", 2);
    assert_ok(put(f, &source, &d, 1, &err));
    source.hash = VIEW("2");
    assert_ok(put(f, &source, NULL, 0, &err));
    assert_ok(get_source(f, "f", &got, &err));
    assert_view(got.hash, "2");
    assert_int_equal(got.documents, 0);
    assert_int_equal(get_collection(f).points, 0);
    assert_int_equal(get_collection(f).documents, 0);
    assert_sound(f);
}

static void a_document_key_of_another_source_is_refused_by_name(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b, c;
    store_source one = source_of("1", ""), two = source_of("2", "");
    store_document x = sample_document(&a, "x", 1);
    assert_ok(put(f, &one, &x, 1, &err));
    store_document both[] = {sample_document(&b, "new", 1), sample_document(&c, "x", 1)};
    assert_status(KITH_ERR_EXISTS, put(f, &two, both, 2, &err));
    assert_non_null(strstr(err.message, "'x'"));
    assert_status(KITH_ERR_EXISTS, put(f, NULL, both, 2, &err));
    assert_non_null(strstr(err.message, "'x'"));
    assert_int_equal(get_collection(f).documents, 1);
    assert_int_equal(get_point(f, "new_0").row, 0);
    store_source got = {0};
    assert_status(KITH_ERR_NOT_FOUND, get_source(f, "2", &got, &err));
}

static void a_document_put_without_a_source_is_not_taken_over_by_one(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a;
    store_source source = source_of("1", "");
    store_document x = sample_document(&a, "x", 1);
    assert_ok(put(f, NULL, &x, 1, &err));
    assert_status(KITH_ERR_EXISTS, put(f, &source, &x, 1, &err));
}

static void a_chunk_key_that_belongs_to_another_is_refused_by_name(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_source one = source_of("1", ""), two = source_of("2", "");
    store_document x = sample_document(&a, "x", 2), y = sample_document(&b, "y", 2);
    assert_ok(put(f, &one, &x, 1, &err));
    b.chunks[1].key = VIEW("x_1");
    assert_status(KITH_ERR_EXISTS, put(f, &two, &y, 1, &err));
    assert_non_null(strstr(err.message, "'x_1'"));
    (void)add_point(f, "alone", 1);
    b.chunks[1].key = VIEW("alone");
    assert_status(KITH_ERR_EXISTS, put(f, NULL, &y, 1, &err));
    assert_non_null(strstr(err.message, "'alone'"));
    assert_int_equal(get_collection(f).documents, 1);
    assert_sound(f);
}

static void documents_of_one_call_may_exchange_their_chunk_keys(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_document d[] = {sample_document(&a, "x", 1), sample_document(&b, "y", 1)};
    assert_ok(put(f, NULL, d, 2, &err));
    a.chunks[0].key = VIEW("y_0");
    b.chunks[0].key = VIEW("x_0");
    assert_ok(put(f, NULL, d, 2, &err));
    assert_view(get_point(f, "x_0").document, "y");
    assert_view(get_point(f, "y_0").document, "x");
}

static void a_key_twice_in_one_call_is_invalid(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_source source = source_of("1", "");
    store_document d[] = {sample_document(&a, "x", 1), sample_document(&b, "x", 0)};
    assert_status(KITH_ERR_INVALID, put(f, NULL, d, 2, &err));
    assert_status(KITH_ERR_INVALID, put(f, &source, d, 2, &err));
    d[1] = sample_document(&b, "y", 1);
    b.chunks[0].key = VIEW("x_0");
    assert_status(KITH_ERR_INVALID, put(f, NULL, d, 2, &err));
    assert_int_equal(get_collection(f).documents, 0);
}

static void a_chunk_needs_a_vector(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a;
    store_document d = sample_document(&a, "x", 2);
    a.chunks[1].vector = NULL;
    assert_status(KITH_ERR_INVALID, put(f, NULL, &d, 1, &err));
    assert_int_equal(get_collection(f).points, 0);
}

static void a_chunk_can_be_updated_and_stays_in_its_document(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    sample a;
    store_document d = sample_document(&a, "x", 1);
    assert_ok(put(f, NULL, &d, 1, &err));
    store_point p = point_of("x_0", "by hand", vector);
    assert_ok(store_put_points(f->store, f->collection, STORE_UPSERT, &p, 1, &sequence, &err));
    assert_view(get_point(f, "x_0").document, "x");
    assert_ok(store_put_points(f->store, f->collection, STORE_UPDATE, &p, 1, &sequence, &err));
    assert_view(get_point(f, "x_0").document, "x");
    assert_view(get_point(f, "x_0").content, "by hand");
}

static void deleting_a_document_takes_its_chunks(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    sample a, b;
    store_document d[] = {sample_document(&a, "x", 3), sample_document(&b, "y", 2)};
    assert_ok(put(f, NULL, d, 2, &err));
    assert_ok(store_delete_document(f->store, f->collection, VIEW("x"), &sequence, &err));
    assert_int_equal(sequence, 2);
    assert_int_equal(get_collection(f).points, 2);
    assert_int_equal(get_collection(f).documents, 1);
    assert_int_equal(get_point(f, "x_1").row, 0);
    assert_sound(f);
}

static void a_source_that_lost_a_part_is_no_longer_unchanged(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    sample a, b;
    store_source source = source_of("s", "hash"), got = {0};
    store_document d[] = {sample_document(&a, "x", 3), sample_document(&b, "y", 2)};
    view chunk = VIEW("x_1");
    assert_ok(put(f, &source, d, 2, &err));
    assert_ok(store_delete_points(f->store, f->collection, &chunk, 1, &sequence, &deleted, &err));
    assert_ok(get_source(f, "s", &got, &err));
    assert_int_equal(got.hash.size, 0);
    assert_int_equal(got.documents, 2);
    assert_ok(put(f, &source, d, 2, &err));
    assert_ok(store_delete_document(f->store, f->collection, VIEW("x"), &sequence, &err));
    assert_ok(get_source(f, "s", &got, &err));
    assert_int_equal(got.hash.size, 0);
    assert_ok(store_delete_document(f->store, f->collection, VIEW("y"), &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, get_source(f, "s", &got, &err));
    assert_sound(f);
}

static void deleting_a_source_takes_its_documents(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    uint64_t sequence = 0;
    sample a, b;
    store_source source = source_of("s", "hash"), got = {0};
    store_document x = sample_document(&a, "x", 3), y = sample_document(&b, "y", 2);
    assert_ok(put(f, &source, &x, 1, &err));
    assert_ok(put(f, NULL, &y, 1, &err));
    assert_ok(store_delete_source(f->store, f->collection, VIEW("s"), &sequence, &err));
    assert_status(KITH_ERR_NOT_FOUND, get_source(f, "s", &got, &err));
    assert_int_equal(get_collection(f).documents, 1);
    assert_int_equal(get_collection(f).points, 2);
    assert_sound(f);
}

static void lists_are_in_bytewise_order(void **state)
{
    static const char *const keys[] = {"b", "a", "B", "\xc3\xa9"};
    kith_error err = {0};
    fixture *f = *state;
    for (int i = 0; i < 4; i++) {
        sample a;
        store_source source = source_of(keys[i], "");
        store_document d = sample_document(&a, keys[i], (uint32_t)i);
        assert_ok(put(f, &source, &d, 1, &err));
    }
    store_document *documents = NULL;
    store_source *sources = NULL;
    uint32_t document_count = 0, source_count = 0;
    assert_ok(store_list_documents(f->store, f->collection, NULL, &f->arena, &documents,
                                   &document_count, &err));
    assert_ok(store_list_sources(f->store, f->collection, NULL, &f->arena, &sources, &source_count,
                                 &err));
    assert_int_equal(document_count, 4);
    assert_int_equal(source_count, 4);
    static const int order[] = {2, 1, 0, 3};
    for (int i = 0; i < 4; i++) {
        assert_view(documents[i].key, keys[order[i]]);
        assert_view(documents[i].source, keys[order[i]]);
        assert_view(documents[i].title, "Title");
        assert_null(documents[i].text.data);
        assert_int_equal(documents[i].chunks, order[i]);
        assert_view(sources[i].path, keys[order[i]]);
        assert_int_equal(sources[i].documents, 1);
    }
}

static void documents_join_those_that_a_source_has_and_the_file_counts_as_changed(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b, c;
    store_source source = source_of("f.json", "hash"), got = {0};
    store_document first = sample_document(&a, "a", 2), second = sample_document(&b, "b", 3);
    source.notices = VIEW("a note\nanother");
    assert_ok(put(f, &source, &first, 1, &err));
    source.joins = true;
    source.notices = VIEW("");
    assert_ok(put(f, &source, &second, 1, &err));
    assert_ok(get_source(f, "f.json", &got, &err));
    assert_int_equal(got.documents, 2);
    assert_view(got.hash, "");
    assert_view(got.notices, "a note\nanother");
    assert_int_equal(get_collection(f).documents, 2);
    assert_int_equal(get_collection(f).points, 5);
    assert_sound(f);
    store_document again = sample_document(&c, "a", 1);
    assert_status(KITH_ERR_EXISTS, put(f, &source, &again, 1, &err));
    assert_sound(f);
    store_source fresh = source_of("new.json", "hash");
    fresh.joins = true;
    again = sample_document(&c, "c", 1);
    assert_ok(put(f, &fresh, &again, 1, &err));
    assert_ok(get_source(f, "new.json", &got, &err));
    assert_int_equal(got.documents, 1);
    assert_view(got.hash, "");
    assert_sound(f);
}

static void the_notices_of_a_source_stay_until_it_is_put_again(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    uint64_t sequence = 0;
    uint32_t deleted = 0;
    const view chunk = VIEW("a_0");
    store_source source = source_of("deck.pptx", "hash"), got = {0};
    store_document document = sample_document(&a, "a", 2);
    source.notices = VIEW("slide 3: a diagram is not read");
    assert_ok(put(f, &source, &document, 1, &err));
    assert_ok(store_delete_points(f->store, f->collection, &chunk, 1, &sequence, &deleted, &err));
    assert_ok(get_source(f, "deck.pptx", &got, &err));
    assert_view(got.hash, "");
    assert_view(got.notices, "slide 3: a diagram is not read");
    assert_sound(f);
    source.notices = VIEW("");
    document = sample_document(&b, "a", 1);
    assert_ok(put(f, &source, &document, 1, &err));
    assert_ok(get_source(f, "deck.pptx", &got, &err));
    assert_view(got.notices, "");
    assert_sound(f);
}

static void a_whole_document_comes_with_its_chunks_in_the_order_of_their_putting(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    sample a, b;
    store_document first = sample_document(&a, "z", 3), other = sample_document(&b, "other", 2),
                   got = {0};
    assert_ok(put(f, NULL, &first, 1, &err));
    assert_ok(put(f, NULL, &other, 1, &err));
    assert_ok(store_get_whole_document(f->store, f->collection, VIEW("z"), &f->arena, &got, &err));
    assert_view(got.text, "the text");
    assert_int_equal(got.point_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_view(got.points[i].key, a.keys[i]);
        assert_view(got.points[i].content, "chunk text");
        assert_memory_equal(got.points[i].vector, vector, sizeof vector);
    }
    assert_status(KITH_ERR_NOT_FOUND, store_get_whole_document(f->store, f->collection, VIEW("no"),
                                                               &f->arena, &got, &err));
}

static void lists_of_nothing_are_empty(void **state)
{
    kith_error err = {0};
    fixture *f = *state;
    store_document *documents = NULL;
    store_source *sources = NULL;
    uint32_t count = 9;
    assert_ok(
        store_list_documents(f->store, f->collection, NULL, &f->arena, &documents, &count, &err));
    assert_int_equal(count, 0);
    assert_ok(store_list_sources(f->store, f->collection, NULL, &f->arena, &sources, &count, &err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_document_reads_back_as_it_was_put),
        with_store(an_unknown_document_or_source_is_not_found),
        with_store(a_document_is_found_with_the_path_that_it_came_from_or_none),
        with_store(without_a_source_a_document_replaces_the_one_of_its_key),
        with_store(a_source_replaces_all_that_it_had_in_one_change_with_tombstones),
        with_store(a_source_reads_back_as_it_was_put),
        with_store(a_source_may_have_no_documents),
        with_store(a_document_key_of_another_source_is_refused_by_name),
        with_store(a_document_put_without_a_source_is_not_taken_over_by_one),
        with_store(a_chunk_key_that_belongs_to_another_is_refused_by_name),
        with_store(documents_of_one_call_may_exchange_their_chunk_keys),
        with_store(a_key_twice_in_one_call_is_invalid),
        with_store(a_chunk_needs_a_vector),
        with_store(a_chunk_can_be_updated_and_stays_in_its_document),
        with_store(deleting_a_document_takes_its_chunks),
        with_store(a_source_that_lost_a_part_is_no_longer_unchanged),
        with_store(deleting_a_source_takes_its_documents),
        with_store(lists_are_in_bytewise_order),
        with_store(the_notices_of_a_source_stay_until_it_is_put_again),
        with_store(documents_join_those_that_a_source_has_and_the_file_counts_as_changed),
        with_store(a_whole_document_comes_with_its_chunks_in_the_order_of_their_putting),
        with_store(lists_of_nothing_are_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
