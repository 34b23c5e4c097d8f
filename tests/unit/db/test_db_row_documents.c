/* Documents of rows: numbers that agree with keys, and a file form that refuses what is damaged. */
#include "test.h"

#include "base/rng.h"
#include "db/row_documents.h"

#include <kith/types.h>

enum { ROWS = 1000, KEYS = 40 };

static void fill(row_documents *d, char keys[KEYS][8], uint32_t *of_row)
{
    kith_error err;
    rng r = {3};
    row_documents_init(d);
    for (uint32_t i = 0; i < KEYS; i++)
        (void)snprintf(keys[i], 8, "d%u", i);
    keys[0][0] = '\0'; // of no document
    for (uint32_t row = 0; row < ROWS; row++) {
        of_row[row] = rng_below(&r, KEYS);
        assert_ok(row_documents_put(d, row, view_of(keys[of_row[row]]), &err));
    }
}

static void check(const row_documents *d, const uint32_t *of_row)
{
    kith_error err;
    assert_ok(row_documents_check(d, ROWS, &err));
    for (uint32_t a = 0; a < ROWS; a++) {
        assert_int_equal(row_documents_number(d, a) == ROW_DOCUMENT_NONE, of_row[a] == 0);
        for (uint32_t b = 0; b < a; b += 7)
            assert_int_equal(row_documents_number(d, a) == row_documents_number(d, b),
                             of_row[a] == of_row[b]);
    }
}

static void rows_have_one_number_exactly_when_their_document_is_one(void **state)
{
    (void)state;
    row_documents d;
    char keys[KEYS][8];
    uint32_t of_row[ROWS];
    fill(&d, keys, of_row);
    check(&d, of_row);
    assert_true(row_documents_bytes(&d, ROWS) >= ROWS * sizeof(uint32_t));
    row_documents_done(&d);
}

static void what_was_written_is_read_and_what_is_cut_or_flipped_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    row_documents d, read;
    row_documents_init(&read);
    char keys[KEYS][8];
    uint32_t of_row[ROWS];
    buffer bytes;
    buffer_init(&bytes, SIZE_MAX);
    fill(&d, keys, of_row);
    row_documents_write(&d, d.count, ROWS, &bytes);
    assert_ok(row_documents_read(buffer_view(&bytes), ROWS, &read, &err));
    check(&read, of_row);
    row_documents_done(&read);
    for (size_t size = 0; size < bytes.size; size += size < 400 ? 1 : 97) {
        assert_status(KITH_ERR_CORRUPT, row_documents_read(view_slice(buffer_view(&bytes), 0, size),
                                                           ROWS, &read, &err));
        row_documents_done(&read);
    }
    // With any byte changed it is read or refused, and never leads outside.
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.data[i] = (char)(bytes.data[i] ^ 0x41);
        kith_status status = row_documents_read(buffer_view(&bytes), ROWS, &read, &err);
        assert_true(status == KITH_OK || status == KITH_ERR_CORRUPT);
        for (uint32_t row = 0; status == KITH_OK && row < ROWS; row++)
            assert_true(row_documents_number(&read, row) <= read.count);
        row_documents_done(&read);
        bytes.data[i] = (char)(bytes.data[i] ^ 0x41);
    }
    buffer_done(&bytes);
    row_documents_done(&d);
}

/* Keys of all lengths, so that many come to lie at the ends of chunks and of the hash table's
 * sizes. */
static void many_long_keys_keep_their_numbers(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    kith_error err;
    row_documents d;
    char key[KITH_KEY_MAX_BYTES + 1];
    row_documents_init(&d);
    for (uint32_t twice = 0; twice < 2; twice++)
        for (uint32_t i = 0; i < MANY; i++) {
            uint32_t size = 4 + i * 37 % (KITH_KEY_MAX_BYTES - 3), row = twice * MANY + i;
            memset(key, 'k', sizeof key);
            memcpy(key, &i, sizeof i);
            assert_ok(row_documents_put(&d, row, (view){key, size}, &err));
            assert_int_equal(row_documents_number(&d, row), i + 1);
        }
    assert_int_equal(d.count, MANY);
    assert_ok(row_documents_check(&d, 2 * MANY, &err));
    assert_status(KITH_ERR_LIMIT, row_documents_put(&d, 0, (view){key, sizeof key}, &err));
    row_documents_done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_one_number_exactly_when_their_document_is_one),
        cmocka_unit_test(many_long_keys_keep_their_numbers),
        cmocka_unit_test(what_was_written_is_read_and_what_is_cut_or_flipped_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
