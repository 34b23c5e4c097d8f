/* fuzz_filter.c - a filter that parses matches the same rows over columns as record by record.
 * Input: a filter, a line feed, then records as JSON objects, one a line. The columns go through
 * their file on the way. */
#include "fields/columns.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_RECORDS = 200, MAX_FILE_BYTES = 64 << 20 };

static view take_line(view *rest)
{
    size_t end = view_find(*rest, VIEW("\n"));
    view line = view_slice(*rest, 0, end);
    *rest = view_slice(*rest, end < rest->size ? end + 1 : end, rest->size);
    return line;
}

static uint32_t read_records(view rest, arena *a, metadata *records)
{
    uint32_t count = 0;
    while (rest.size > 0 && count < MAX_RECORDS) {
        records[count] = (metadata){.memory = a};
        if (metadata_parse(take_line(&rest), &records[count], NULL) == KITH_OK) count++;
    }
    return count;
}

static columns *through_file(columns *c)
{
    buffer bytes;
    columns *back = NULL;
    buffer_init(&bytes, MAX_FILE_BYTES);
    columns_write(c, &bytes);
    CHECK(columns_read(buffer_view(&bytes), &back, NULL) == KITH_OK);
    buffer_done(&bytes);
    columns_free(c);
    return back;
}

static void compare(const filter *f, const metadata *records, uint32_t count)
{
    columns *c = columns_new();
    bitset *matching = bitset_new(count);
    CHECK(c && matching);
    for (uint32_t row = 0; row < count; row++)
        CHECK(columns_set(c, row, &records[row], NULL) == KITH_OK);
    CHECK(columns_check(c, NULL) == KITH_OK);
    c = through_file(c);
    CHECK(columns_check(c, NULL) == KITH_OK);
    CHECK(columns_match(c, f, matching, NULL) == KITH_OK);
    for (uint32_t row = 0; row < count; row++)
        CHECK(bitset_has(matching, row) == filter_matches(f, &records[row]));
    bitset_free(matching);
    columns_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static metadata records[MAX_RECORDS];
    view rest = {(const char *)bytes, size};
    const filter *f = NULL;
    arena a;
    arena_init(&a, 0);
    view json = take_line(&rest);
    if (filter_parse(json, &a, &f, NULL) == KITH_OK)
        compare(f, records, read_records(rest, &a, records));
    arena_done(&a);
    return 0;
}
