/* fuzz_index.c - bytes that claim to be a vector index, columns or a word index: refused, or sound
 * enough to be used. The first byte of the input chooses which (bits 0 and 2), and whether the rest
 * is the file itself or a list of changes to a valid one (bit 1). The checksum of a file that has one
 * is put right in both cases, so that damage reaches the code behind it. */
#include "base/hash.h"
#include "fields/columns.h"
#include "vector/vector_index.h"
#include "words/bm25_query.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
    ROWS_MAX = 100000, // that are looked at
    MAX_FILE_BYTES = 16 << 20,
    K = 10,
    DIM = 3,
    ROWS = 40,
    VECTORS = 24, // of these rows; the others are copies
    FIRST_WORD_ROW = 70
};

static void append_vector(vector_index *ix, const float *vector)
{
    uint32_t row;
    CHECK(vector_index_append(ix, vector, &row, NULL) == KITH_OK);
}

static void append_valid_index(buffer *out)
{
    vector_index_options options = {
        .dim = DIM, .flat_below = 8, .neighbors = 3, .ef_construction = 10};
    vector_index *ix = NULL;
    CHECK(vector_index_new(&options, &ix, NULL) == KITH_OK);
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint32_t j = i % VECTORS;
        const float vector[DIM] = {(float)(j % 7) + 1, (float)(j % 5), (float)(j % 3)};
        append_vector(ix, vector);
    }
    // The last rows are not linked yet.
    CHECK(vector_index_link(ix, ROWS, ROWS - 5, NULL, NULL, NULL) == KITH_OK);
    vector_index_write(ix, out);
    vector_index_free(ix);
}

static void append_valid_columns(buffer *out)
{
    static const char *const records[] = {"{\"a\":1,\"b\":\"x\"}", "{\"a\":1.5,\"c\":true}",
                                          "{\"b\":\"y\"}", "{\"a\":[1,2.5],\"b\":[\"x\",\"z\"]}",
                                          "{\"b\":\"z\",\"c\":[true,false]}"};
    columns *c = columns_new(5);
    arena a;
    arena_init(&a, 0);
    CHECK(c != NULL);
    for (uint32_t row = 7; row < 3 * 64; row += 11) {
        metadata m = {.memory = &a};
        CHECK(metadata_parse(view_of(records[row % 5]), &m, NULL) == KITH_OK);
        CHECK(columns_set(c, row, &m, NULL) == KITH_OK);
    }
    columns_write(c, out);
    columns_free(c);
    arena_done(&a);
}

static void append_valid_words(buffer *out)
{
    static const char *const texts[] = {"The house of the merchant was old.",
                                        "Das Haus der Kaufleute ist alt und nicht neu.",
                                        "getHouse(list_of_houses)", ""};
    bm25_segment *s = bm25_segment_new(FIRST_WORD_ROW);
    CHECK(s != NULL);
    for (uint32_t row = 0; row < 3 * 64; row++)
        CHECK(bm25_append(s, view_of(texts[row % 7 % 4]), row % 11, NULL) == KITH_OK);
    CHECK(bm25_check(s, NULL) == KITH_OK);
    bm25_write(s, out);
    bm25_segment_free(s);
}

static void use_index(view file)
{
    vector_index *ix = NULL;
    if (vector_index_read(file, &ix, NULL) != KITH_OK) return;
    uint32_t count = 0, rows = vector_index_rows(ix);
    bitset *live = rows <= ROWS_MAX ? bitset_new(rows) : NULL;
    if (!live) { // rows without vectors take nothing in a file
        vector_index_free(ix);
        return;
    }
    for (uint32_t row = 0; row < rows; row++)
        if (vector_index_has_row(ix, row)) bitset_set(live, row);
    vector_index_check(ix);
    float *query = calloc(vector_index_describe(ix)->dim, sizeof *query);
    CHECK(query != NULL);
    query[0] = 1;
    hit hits[K];
    vector_view seen = {
        .index = ix, .rows = rows, .live = live, .live_count = bitset_popcount(live)};
    for (uint32_t exact = 0; exact < 2; exact++) {
        vector_search search = {.k = K, .exact = exact != 0};
        CHECK(vector_index_search(&seen, query, &search, hits, &count, NULL, NULL) == KITH_OK);
        CHECK(count == (seen.live_count < K ? seen.live_count : K));
    }
    bitset_free(live);
    append_vector(ix, query);
    CHECK(vector_index_link(ix, rows + 1, UINT32_MAX, NULL, NULL, NULL) == KITH_OK);
    vector_index_check(ix);
    free(query);
    vector_index_free(ix);
}

static void use_columns(view file)
{
    columns *c = NULL, *joined = NULL;
    const filter *f = NULL;
    arena a;
    arena_init(&a, 0);
    if (columns_read(file, &c, NULL) == KITH_OK) {
        const column_segments list = {(const columns *const *)&c, 1};
        bitset *matching = bitset_new(500);
        CHECK(matching != NULL);
        view json = VIEW("{\"$or\":[{\"a\":{\"$gt\":1}},{\"a\":{\"$contains\":2.5}},"
                         "{\"b\":{\"$nin\":[\"x\",\"y\"],\"$not_contains\":\"z\"}},"
                         "{\"c\":true}]}");
        CHECK(filter_parse(json, &a, &f, NULL) == KITH_OK);
        CHECK(columns_check(c, NULL) == KITH_OK);
        CHECK(columns_match(&list, f, matching, NULL) == KITH_OK);
        CHECK(columns_concat(&list, matching, &joined, NULL) == KITH_OK);
        CHECK(columns_check(joined, NULL) == KITH_OK);
        bitset_free(matching);
    }
    columns_free(joined);
    columns_free(c);
    arena_done(&a);
}

static void query_words(const bm25_segment *s, const bitset *live)
{
    const bm25_corpus all = {&s, 1};
    bm25_query *q = NULL;
    arena a;
    hit hits[K];
    bm25_row_score score;
    uint32_t count = 0;
    bitset *matching = bitset_new(live->count);
    arena_init(&a, 0);
    CHECK(matching != NULL);
    view text = VIEW("old house \"haus der kaufleute\" +list_of_houses");
    CHECK(bm25_parse(&all, text, &a, &q, NULL) == KITH_OK);
    CHECK(bm25_match_demands(q, matching, NULL) == KITH_OK);
    CHECK(bm25_search(q, &(bm25_search_options){.k = K, .live = live}, hits, &count, NULL, NULL) ==
          KITH_OK);
    for (uint32_t i = 0; i < count; i++)
        CHECK(bitset_has(live, hits[i].id) &&
              bm25_rescore(q, &hits[i].id, 1, &score, NULL) == KITH_OK);
    bitset_free(matching);
    arena_done(&a);
}

/* What was read passes the check, can be queried, loses rows, is joined and takes further rows. */
static void use_words(view file)
{
    bm25_segment *s = NULL, *joined = NULL;
    bitset *live = bitset_new(FIRST_WORD_ROW + 500);
    CHECK(live != NULL);
    bitset_fill(live, true);
    bitset_clear(live, FIRST_WORD_ROW + 5);
    if (bm25_read(file, live, &s, NULL) == KITH_OK) {
        CHECK(bm25_check(s, NULL) == KITH_OK);
        query_words(s, live);
        for (uint32_t row = bm25_first_row(s); row < bm25_end_row(s); row += 3) {
            bm25_remove(s, row);
            bitset_clear(live, row);
        }
        CHECK(bm25_check(s, NULL) == KITH_OK);
        const bm25_segment *segment = s;
        CHECK(bm25_concat(&segment, 1, live, &joined, NULL) == KITH_OK);
        CHECK(bm25_check(joined, NULL) == KITH_OK);
        query_words(joined, live);
        CHECK(bm25_append(joined, VIEW("one more house"), 3, NULL) == KITH_OK);
        CHECK(bm25_check(joined, NULL) == KITH_OK);
    }
    bm25_segment_free(joined);
    bm25_segment_free(s);
    bitset_free(live);
}

/* The rest of the input is a list of changes: u16 offset, u8 value. */
static void change(buffer *file, const uint8_t *bytes, size_t size)
{
    for (; size >= 3; bytes += 3, size -= 3) {
        size_t at = ((size_t)bytes[0] | (size_t)bytes[1] << 8) % file->size;
        file->data[at] = (char)bytes[2];
    }
}

typedef struct kind {
    void (*append_valid)(buffer *out);
    void (*use)(view file);
    bool has_checksum; /* in the last 8 bytes */
} kind;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const kind vectors = {append_valid_index, use_index, true};
    static const kind fields = {append_valid_columns, use_columns, false};
    static const kind words = {append_valid_words, use_words, true};
    if (size < 1) return 0;
    const kind *k = bytes[0] & 4 ? &words : bytes[0] & 1 ? &vectors : &fields;
    buffer file;
    buffer_init(&file, MAX_FILE_BYTES);
    if (bytes[0] & 2) {
        k->append_valid(&file);
        change(&file, bytes + 1, size - 1);
    } else {
        buffer_append(&file, (view){(const char *)bytes + 1, size - 1});
    }
    if (k->has_checksum && file.size >= 8) {
        uint64_t sum = hash64((view){file.data, file.size - 8}, 0);
        memcpy(file.data + file.size - 8, &sum, sizeof sum);
    }
    k->use(buffer_view(&file));
    buffer_done(&file);
    return 0;
}
