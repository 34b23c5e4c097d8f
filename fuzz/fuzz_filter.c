/* fuzz_filter.c - a filter that parses matches the same rows over columns as record by record.
 * Input: a filter, a line feed, then records as JSON objects, one a line. The columns are two
 * segments, one of which goes through its file, and the two joined. */
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

static columns *build(const metadata *records, uint32_t first, uint32_t end)
{
    columns *c = columns_new(first);
    CHECK(c != NULL);
    for (uint32_t row = first; row < end; row++)
        CHECK(columns_set(c, row, &records[row], NULL) == KITH_OK);
    CHECK(columns_check(c, NULL) == KITH_OK);
    return c;
}

static columns *through_file(columns *c)
{
    buffer bytes;
    columns *back = NULL;
    buffer_init(&bytes, MAX_FILE_BYTES);
    columns_write(c, &bytes);
    CHECK(columns_read(buffer_view(&bytes), &back, NULL) == KITH_OK);
    CHECK(columns_check(back, NULL) == KITH_OK);
    buffer_done(&bytes);
    columns_free(c);
    return back;
}

/* Do the rows whose bit in `live` is set match as their records do? */
static void compare_segments(const filter *f, const metadata *records, const column_segments *list,
                             const bitset *live)
{
    bitset *matching = bitset_new(live->count);
    CHECK(matching != NULL);
    CHECK(columns_match(list, f, matching, NULL) == KITH_OK);
    for (uint32_t row = 0; row < live->count; row++)
        CHECK(!bitset_has(live, row) ||
              bitset_has(matching, row) == filter_matches(f, &records[row]));
    bitset_free(matching);
}

/* Two segments, one of them through its file; then both as one, without every third row. */
static void compare(const filter *f, const metadata *records, uint32_t count)
{
    uint32_t half = count / 2;
    columns *two[] = {build(records, 0, half), through_file(build(records, half, count))};
    columns *joined = NULL;
    const column_segments list = {(const columns *const *)two, 2};
    bitset *live = bitset_new(count);
    CHECK(live != NULL);
    bitset_fill(live, true);
    compare_segments(f, records, &list, live);
    for (uint32_t row = 0; row < count; row += 3)
        bitset_clear(live, row);
    CHECK(columns_concat(&list, live, &joined, NULL) == KITH_OK);
    CHECK(columns_check(joined, NULL) == KITH_OK);
    const column_segments one = {(const columns *const *)&joined, 1};
    compare_segments(f, records, &one, live);
    columns_free(joined);
    columns_free(two[0]);
    columns_free(two[1]);
    bitset_free(live);
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
