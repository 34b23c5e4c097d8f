/* Ids of rows: what was put is found, over the limits of chunks, and a file form that refuses what is
 * damaged. */
#include "test.h"

#include "base/rng.h"
#include "db/row_ids.h"

#include <kith/types.h>

enum { ROWS = 5000 };

/* Ids of 0 to 1,024 bytes, most of them short, so that several chunks fill up. */
static view id_of(uint32_t row, char text[KITH_KEY_MAX_BYTES + 1])
{
    rng r = {row};
    size_t size =
        rng_below(&r, 20) == 0 ? rng_below(&r, KITH_KEY_MAX_BYTES + 1) : rng_below(&r, 40);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + rng_below(&r, 26));
    return (view){text, size};
}

static void check(const row_ids *d)
{
    char text[KITH_KEY_MAX_BYTES + 1];
    for (uint32_t row = 0; row < ROWS; row++)
        assert_true(view_equal(row_ids_at(d, row), id_of(row, text)));
}

static void fill(row_ids *d)
{
    kith_error err;
    char text[KITH_KEY_MAX_BYTES + 1];
    row_ids_init(d);
    for (uint32_t row = 0; row < ROWS; row++) {
        // A row whose batch was taken back is put again.
        if (row % 100 == 7) assert_ok(row_ids_put(d, row, VIEW("taken back"), &err));
        assert_ok(row_ids_put(d, row, id_of(row, text), &err));
    }
}

static void rows_have_the_ids_that_were_put(void **state)
{
    (void)state;
    kith_error err;
    row_ids d;
    char longer[KITH_KEY_MAX_BYTES + 2] = {0};
    fill(&d);
    check(&d);
    assert_true(row_ids_bytes(&d, ROWS) >= ROWS * 8);
    assert_int_equal(row_ids_put(&d, ROWS, (view){longer, KITH_KEY_MAX_BYTES + 1}, &err),
                     KITH_ERR_LIMIT);
    check(&d);
    row_ids_done(&d);
}

static void what_was_written_is_read_and_what_is_cut_is_refused(void **state)
{
    (void)state;
    kith_error err;
    row_ids d, read;
    buffer bytes;
    buffer_init(&bytes, SIZE_MAX);
    fill(&d);
    row_ids_write(&d, ROWS, &bytes);
    view all = buffer_view(&bytes);
    row_ids_init(&read);
    assert_ok(row_ids_read(all, ROWS, &read, &err));
    check(&read);
    row_ids_done(&read);
    for (size_t cut = 0; cut < all.size; cut += cut < 64 ? 1 : 997) {
        assert_int_equal(row_ids_read(view_slice(all, 0, cut), ROWS, &read, &err),
                         KITH_ERR_CORRUPT);
        row_ids_done(&read);
    }
    assert_int_equal(row_ids_read(all, ROWS - 1, &read, &err), KITH_ERR_CORRUPT);
    row_ids_done(&read);
    row_ids_done(&d);
    buffer_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_the_ids_that_were_put),
        cmocka_unit_test(what_was_written_is_read_and_what_is_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
