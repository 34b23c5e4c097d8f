/* Filters on texts against a search through a plain list: random texts of several scripts, beside
 * writes, deletions and reopening, with room for all texts and for few. */
#include "test.h"

#include "base/rng.h"
#include "collection_for_test.h"
#include "db/collection_private.h"
#include "db/database.h"

enum { DIM = 4, POINTS = 1500, TEXT_BYTES = 400, BATCH = 200, NEEDLES = 12 };

typedef struct fixture {
    char *directory;
    database *db;
    collection *c;
    uint64_t log_bytes;
    bool present[POINTS], has_text[POINTS];
    char text[POINTS][TEXT_BYTES];
    size_t size[POINTS];
    rng r;
} fixture;

static void open_all(fixture *f)
{
    const database_options options = {.text_log_bytes = f->log_bytes};
    open_collection(f->directory, &options, &f->db, &f->c);
}

static void close_all(fixture *f)
{
    close_collection(&f->db, &f->c);
}

static int setup(void **state)
{
    fixture *f = fixture_new(state, sizeof *f);
    if (!f) return -1;
    f->r = (rng){68};
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    return fixture_free(f);
}

/* Latin with accents, composed and not, Greek, Cyrillic, Han, Thai, Hangul, an emoji, marks. */
static const char *const pieces[] = {"government", "Gover", "Straße", "e\xCC\x81", "é",    "ά",
                                     "война",      "政府",  "ไทย",    "한국어",    "🙂", " ",
                                     "\n",         "a",     "b",      "ab",        "-",    "'",
                                     "\\",         "%",     "_",      "\"",        "",     "I"};

/* A random text in f->text[i]. */
static void make_text(fixture *f, uint32_t i)
{
    f->size[i] = 0;
    for (uint32_t n = (uint32_t)rng_below(&f->r, 25); n > 0; n--) {
        const char *piece = pieces[rng_below(&f->r, sizeof pieces / sizeof pieces[0])];
        memcpy(f->text[i] + f->size[i], piece, strlen(piece));
        f->size[i] += strlen(piece);
    }
}

static void put_some(fixture *f)
{
    kith_error err;
    static char keys[BATCH][16];
    static store_point points[BATCH];
    static float vectors[BATCH][DIM];
    const uint32_t first = (uint32_t)rng_below(&f->r, POINTS - BATCH);
    const uint32_t count = rng_below(&f->r, 3) ? BATCH : 1 + (uint32_t)rng_below(&f->r, 3);
    for (uint32_t n = 0; n < count; n++) {
        const uint32_t i = first + n;
        make_text(f, i);
        f->present[i] = true;
        f->has_text[i] = rng_below(&f->r, 20) != 0;
        (void)snprintf(keys[n], sizeof keys[n], "k%u", i);
        for (int d = 0; d < DIM; d++)
            vectors[n][d] = (float)rng_unit(&f->r) + 0.01F;
        points[n] = (store_point){.key = view_of(keys[n]),
                                  .content = f->has_text[i] ? (view){f->text[i], f->size[i]}
                                                            : (view){NULL, 0},
                                  .vector = vectors[n]};
    }
    assert_ok(collection_put_points(f->c, STORE_UPSERT, points, count, DIM, (view){"", 0}, &err));
}

/* Of `one_in` points one, at random. */
static void delete_some(fixture *f, uint32_t one_in)
{
    kith_error err;
    static char keys[POINTS][16];
    static view views[POINTS];
    uint32_t count = 0, deleted = 0;
    for (uint32_t i = 0; i < POINTS; i++) {
        if (rng_below(&f->r, one_in) != 0) continue;
        (void)snprintf(keys[count], sizeof keys[count], "k%u", i);
        views[count] = view_of(keys[count]);
        count++;
        f->present[i] = false;
    }
    if (count > 0) assert_ok(collection_delete_points(f->c, views, count, &deleted, &err));
}

/* A part of some text, at any characters, and now and then one that is in none. */
static view make_needle(fixture *f, char out[TEXT_BYTES])
{
    const uint32_t i = (uint32_t)rng_below(&f->r, POINTS);
    size_t start = f->size[i] ? (size_t)rng_below(&f->r, (uint32_t)f->size[i]) : 0;
    size_t end = start + (size_t)rng_below(&f->r, 20) + 1;
    if (end > f->size[i]) end = f->size[i];
    while (start > 0 && (f->text[i][start] & 0xC0) == 0x80)
        start--;
    while (end < f->size[i] && (f->text[i][end] & 0xC0) == 0x80)
        end++;
    memcpy(out, f->text[i] + start, end - start);
    if (rng_below(&f->r, 10) == 0 || end == start) out[end++ - start] = 'q';
    return (view){out, end - start};
}

static uint32_t count_matches(const fixture *f, const char *where)
{
    kith_error err;
    arena memory;
    collection_matches found = {0};
    arena_init(&memory, 0);
    assert_ok(collection_match(f->c, view_of(where), NULL, &memory, &found, &err));
    const uint32_t count = found.count;
    arena_done(&memory);
    return count;
}

static void check_needle(fixture *f)
{
    char bytes[TEXT_BYTES];
    uint32_t with = 0, present = 0;
    const view needle = make_needle(f, bytes);
    for (uint32_t i = 0; i < POINTS; i++) {
        present += f->present[i];
        with += f->present[i] && f->has_text[i] &&
                memmem(f->text[i], f->size[i], needle.data, needle.size) != NULL;
    }
    buffer where;
    buffer_init(&where, 1 << 16);
    for (int negated = 0; negated < 2; negated++) {
        buffer_reset(&where);
        buffer_printf(&where, "{\"#document\":{\"%s\":\"", negated ? "$not_contains" : "$contains");
        for (size_t i = 0; i < needle.size; i++) // as \u00XX where JSON asks for it
            if ((unsigned char)needle.data[i] < ' ' || strchr("\"\\", needle.data[i]))
                buffer_printf(&where, "\\u00%02x", needle.data[i]);
            else
                buffer_append_byte(&where, needle.data[i]);
        buffer_append_text(&where, "\"}}");
        const uint32_t expected = negated ? present - with : with;
        const uint32_t found = count_matches(f, buffer_text(&where));
        if (found != expected) fail_msg("%s: %u, not %u", buffer_text(&where), found, expected);
    }
    buffer_done(&where);
}

static void check_with(fixture *f, uint64_t log_bytes)
{
    f->log_bytes = log_bytes;
    memset(f->present, 0, sizeof f->present);
    open_all(f);
    for (int round = 0; round < 25; round++) {
        put_some(f);
        if (round % 3 == 1) delete_some(f, 100);
        if (round % 7 == 6) {
            close_all(f);
            open_all(f);
        }
        for (int n = 0; n < NEEDLES; n++)
            check_needle(f);
    }
    delete_some(f, 1); // for the next one
    close_all(f);
}

static void a_filter_matches_what_a_plain_search_finds(void **state)
{
    check_with(*state, 0);
}

static void it_does_with_room_for_few_texts_too(void **state)
{
    check_with(*state, 20 << 10);
}

static bool count_text(void *context, uint32_t i, const kept_text *what)
{
    (void)i, (void)what;
    (*(uint32_t *)context)++;
    return true;
}

/* So that the first filter after them need not read them from the store. */
static void texts_are_kept_as_they_come(void **state)
{
    fixture *f = *state;
    bool is_behind = false;
    open_all(f);
    for (int round = 0; round < 10; round++)
        put_some(f);
    snapshot *s = collection_hold_current(f->c, &is_behind);
    uint32_t *rows = calloc(s->rows, sizeof *rows), count = 0, kept = 0;
    bool *found = calloc(s->rows, sizeof *found);
    assert_true(rows && found);
    for (uint32_t row = bitset_next(&s->live, 0); row < s->rows;
         row = bitset_next(&s->live, row + 1))
        rows[count++] = row;
    text_cache_read(&s->derived->texts, &(text_reading){rows, count, count_text, &kept, found});
    assert_int_equal(kept, s->live_count);
    free(rows);
    free(found);
    snapshot_release(s);
    close_all(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_filter_matches_what_a_plain_search_finds, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_does_with_room_for_few_texts_too, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_are_kept_as_they_come, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
