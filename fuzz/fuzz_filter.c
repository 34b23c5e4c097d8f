/* fuzz_filter.c - a filter that parses matches the same rows over columns as record by record.
 * Input: a filter, a line feed, then records as JSON objects, one a line. A record's text is its
 * line, but for every fifth, which has none, and its id its number. The columns are two segments,
 * one of which goes through its file, and the two joined. */
#include "fields/columns.h"

#include <stdint.h>
#include <stdio.h>
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

typedef struct record {
    metadata fields;
    view text;
    char id[16];
} record;

static uint32_t read_records(view rest, arena *a, record *records)
{
    uint32_t count = 0;
    while (rest.size > 0 && count < MAX_RECORDS) {
        view line = take_line(&rest);
        record *r = &records[count];
        *r = (record){.fields = {.memory = a}, .text = count % 5 ? line : (view){NULL, 0}};
        (void)snprintf(r->id, sizeof r->id, "%u", count);
        if (metadata_parse(line, &r->fields, NULL) == KITH_OK) count++;
    }
    return count;
}

static bool record_matches(const filter *f, const record *r)
{
    return filter_matches(f, &(filter_point){view_of(r->id), r->text, &r->fields});
}

static kith_status find_ids(void *context, const metadata_value *ids, uint32_t count, bitset *out,
                            kith_error *err)
{
    const record *records = context;
    (void)err;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t row = 0; row < out->count; row++)
            if (view_equal(view_of(records[row].id), ids[i].string)) bitset_set(out, row);
    return KITH_OK;
}

static kith_status test_texts(void *context, const filter *condition, bitset *rows, kith_error *err)
{
    const record *records = context;
    (void)err;
    for (uint32_t row = 0; row < rows->count; row++)
        if (bitset_has(rows, row) && !record_matches(condition, &records[row]))
            bitset_clear(rows, row);
    return KITH_OK;
}

static columns *build(const record *records, uint32_t first, uint32_t end)
{
    columns *c = columns_new(first);
    CHECK(c != NULL);
    for (uint32_t row = first; row < end; row++)
        CHECK(columns_set(c, row, &records[row].fields, NULL) == KITH_OK);
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
static void compare_segments(const filter *f, record *records, const column_segments *list,
                             const bitset *live)
{
    const columns_reader reader = {records, find_ids, test_texts};
    bitset *matching = bitset_new(live->count);
    CHECK(matching != NULL);
    bitset_fill(matching, true);
    CHECK(columns_narrow(list, f, &reader, matching, NULL) == KITH_OK);
    for (uint32_t row = 0; row < live->count; row++)
        CHECK(!bitset_has(live, row) ||
              bitset_has(matching, row) == record_matches(f, &records[row]));
    bitset_free(matching);
}

/* Two segments, one of them through its file; then both as one, without every third row. */
static void compare(const filter *f, record *records, uint32_t count)
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
    static record records[MAX_RECORDS];
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
