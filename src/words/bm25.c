/* bm25.c - building, scoring and serialising the inverted index.
 *
 * The statistics that scores rest on are the number of rows, their lengths in words, and for each
 * term the number of its postings. All of them count removed rows (bm25.h), so an append changes
 * them and a removal does not: a score is a function of the index's bytes and the query alone.
 *
 * Serialised, little-endian; LANGUAGE_COUNT is 14, in the order of text/language.h:
 *
 *   offset  bytes       what
 *        0  8           "KITHBM02"
 *        8  4           u32 rows
 *       12  4           u32 lists, one for each term
 *       16  4 * 14      u32 rows in each language
 *       72  4 * rows    u32 length of each row, in words
 *        -  any         the lists, one after the other:
 *                         4     u32 term_bytes, at least 1
 *                         ...   the key of the term (bm25_key), term_bytes long
 *                         any   its postings: layout in postings.c
 *        -  8           u64 XXH3-64 of all bytes before
 *
 * List number n is that of the n-th key: numbers are not stored. The total length is the sum of the
 * lengths. Reading verifies every size, that no key occurs twice, and each list. */
#include "words/bm25.h"

#include "base/hash.h"
#include "base/size.h"
#include "text/word.h"
#include "words/bm25_private.h"

#include <stdlib.h>

/* BM25's parameters (Robertson & Zaragoza 2009): how fast further occurrences of a word cease to
 * add to the score, and how much of a row's length is held against it (b in the paper). They were
 * chosen together with the weights of closeness and fusion: docs/decisions/005. */
static const float k1 = 0.9F, length_share = 0.75F;
static const view magic = {"KITHBM02", 8};

bm25 *bm25_new(void)
{
    bm25 *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->terms = map_new();
    if (b->terms) return b;
    free(b);
    return NULL;
}

void bm25_free(bm25 *b)
{
    if (!b) return;
    for (uint32_t i = 0; i < b->list_count; i++)
        postings_done(&b->lists[i]);
    free(b->lists);
    free(b->lengths);
    map_free(b->terms);
    free(b);
}

uint32_t bm25_rows(const bm25 *b)
{
    return b->rows;
}

size_t bm25_bytes(const bm25 *b)
{
    enum { MAP_ENTRY_BYTES = 64 }; // of the dictionary, about: entry, slots and a short key
    size_t bytes = b->list_capacity * sizeof *b->lists + b->row_capacity * sizeof *b->lengths +
                   (size_t)map_count(b->terms) * MAP_ENTRY_BYTES;
    for (uint32_t i = 0; i < b->list_count; i++)
        bytes += postings_bytes(&b->lists[i]);
    return bytes;
}

float bm25_term_score(const bm25 *b, float idf, uint32_t count, uint32_t length)
{
    float average = b->rows ? (float)((double)b->total_length / b->rows) : 1.0F;
    float norm =
        k1 * (1.0F - length_share + length_share * (float)length / (average > 0 ? average : 1.0F));
    return idf * (float)count * (k1 + 1.0F) / ((float)count + norm);
}

view bm25_key(language l, view term, char out[BM25_KEY_MAX_BYTES])
{
    if (l == LANGUAGE_ENGLISH) return term;
    out[0] = (char)l; // no term has control characters
    memcpy(out + 1, term.data, term.size);
    return (view){out, term.size + 1};
}

/* ---- building ---- */

/* A word of the row that is being added: the list of its term and its position. */
typedef struct occurrence {
    uint32_t list, position;
} occurrence;

static int compare_occurrences(const void *a, const void *b)
{
    const occurrence *x = a, *y = b;
    if (x->list != y->list) return x->list < y->list ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* The number of the term's list, an empty new one when there is none. KITH_ERR_NO_MEMORY: no list
 * was added. */
static kith_status list_of(bm25 *b, view term, uint32_t *out)
{
    uint64_t number = 0;
    if (!map_get(b->terms, term, &number)) {
        if (b->list_count == b->list_capacity) {
            uint32_t capacity = b->list_capacity ? b->list_capacity * 2 : 256;
            postings *grown = heap_grow_array(b->lists, capacity, sizeof *grown);
            if (!grown) return KITH_ERR_NO_MEMORY;
            b->lists = grown;
            b->list_capacity = capacity;
        }
        number = b->list_count;
        kith_status status = map_put(b->terms, term, number);
        if (status != KITH_OK) return status;
        b->lists[b->list_count++] = (postings){0};
    }
    *out = (uint32_t)number;
    return KITH_OK;
}

static kith_status reserve_row(bm25 *b)
{
    if (b->rows < b->row_capacity) return KITH_OK;
    uint32_t capacity = b->row_capacity ? b->row_capacity * 2 : 256;
    uint32_t *grown = heap_grow_array(b->lengths, capacity, sizeof *grown);
    if (!grown) return KITH_ERR_NO_MEMORY;
    b->lengths = grown;
    b->row_capacity = capacity;
    return KITH_OK;
}

/* Appends one posting for each run of equal lists in the sorted occurrences all[count]; positions
 * [count] is work space. A term that occurs twice at one position, because both names of a word
 * have the same stem, counts once. */
static kith_status append_occurrences(bm25 *b, const occurrence *all, uint32_t count,
                                      uint32_t length, uint32_t *positions)
{
    for (uint32_t start = 0, end = 0; start < count; start = end) {
        uint32_t different = 0;
        for (end = start; end < count && all[end].list == all[start].list; end++)
            if (different == 0 || positions[different - 1] != all[end].position)
                positions[different++] = all[end].position;
        kith_status status =
            postings_append(&b->lists[all[start].list], b->rows, length, positions, different);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

/* What must be added to the positions of words after the head so that the first of them is at
 * BM25_HEAD_POSITIONS; 0 when the head has more words than that. */
static uint32_t shift_of(const word *words, uint32_t count, size_t head_size)
{
    uint32_t head = 0;
    for (uint32_t i = 0; i < count && words[i].start < head_size; i++)
        head = words[i].position + 1;
    return head < BM25_HEAD_POSITIONS ? BM25_HEAD_POSITIONS - head : 0;
}

kith_status bm25_append(bm25 *b, view text, size_t head_size, kith_error *err)
{
    arena memory;
    arena_init(&memory, 0);
    word *words = NULL;
    char key[BM25_KEY_MAX_BYTES];
    uint32_t count = 0, length = 0; // length: words, further names of words not counted
    language l = language_of(text);
    if (b->rows >= UINT32_MAX - 1) return fail(err, KITH_ERR_LIMIT, "the word index is full");
    kith_status status = word_split_in(text, l, &memory, &words, &count, err);
    occurrence *all = arena_new_array(&memory, occurrence, count);
    uint32_t *positions = arena_new_array(&memory, uint32_t, count);
    if (status == KITH_OK && (!all || !positions)) status = KITH_ERR_NO_MEMORY;
    if (status == KITH_OK) status = reserve_row(b);
    uint32_t shift = status == KITH_OK ? shift_of(words, count, head_size) : 0;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++) {
        all[i].position = words[i].position + (words[i].start < head_size ? 0 : shift);
        if (!words[i].is_extra) length++;
        status = list_of(b, bm25_key(l, words[i].term, key), &all[i].list);
    }
    if (status == KITH_OK) {
        if (count) qsort(all, count, sizeof *all, compare_occurrences);
        status = append_occurrences(b, all, count, length, positions);
    }
    if (status == KITH_OK) {
        b->lengths[b->rows++] = length;
        b->total_length += length;
        b->language_rows[l]++;
    } else {
        status = fail(err, status, "out of memory for the word index");
    }
    arena_done(&memory);
    return status;
}

/* ---- serialised ---- */

void bm25_write(const bm25 *b, buffer *out)
{
    size_t cursor = 0;
    view term;
    uint64_t list = 0;
    buffer_begin_checksum(out);
    buffer_append(out, magic);
    buffer_append_u32(out, b->rows);
    buffer_append_u32(out, b->list_count);
    for (language l = 0; l < LANGUAGE_COUNT; l++)
        buffer_append_u32(out, b->language_rows[l]);
    for (uint32_t i = 0; i < b->rows; i++)
        buffer_append_u32(out, b->lengths[i]);
    // Terms are never removed, so the map walks them in the order of their lists.
    while (map_next(b->terms, &cursor, &term, &list)) {
        buffer_append_u32(out, (uint32_t)term.size);
        buffer_append(out, term);
        postings_write(&b->lists[list], out);
    }
    buffer_end_checksum(out);
}

static kith_status fail_damaged(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "word index: %s", what);
}

static kith_status read_lengths(bm25 *b, view *rest, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        if (reserve_row(b) != KITH_OK) return KITH_ERR_NO_MEMORY;
        b->lengths[b->rows] = load_u32(rest->data + (size_t)i * 4);
        b->total_length += b->lengths[b->rows++];
    }
    *rest = view_slice(*rest, (size_t)rows * 4, rest->size);
    return KITH_OK;
}

static kith_status read_lists(bm25 *b, view *rest, uint32_t lists, kith_error *err)
{
    for (uint32_t i = 0; i < lists; i++) {
        if (rest->size < 4) return fail_damaged(err, "ends within a term");
        uint32_t bytes = load_u32(rest->data), number = 0;
        if (bytes == 0 || bytes > rest->size - 4)
            return fail_damaged(err, "a term's size is out of range");
        view term = view_slice(*rest, 4, 4 + (size_t)bytes);
        *rest = view_slice(*rest, 4 + (size_t)bytes, rest->size);
        if (list_of(b, term, &number) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
        if (number != i) return fail_damaged(err, "a term stands twice");
        if (!postings_read(rest, b->rows, &b->lists[i]))
            return fail_damaged(err, "a list does not check");
    }
    return rest->size == 0 ? KITH_OK : fail_damaged(err, "bytes are left over");
}

kith_status bm25_read(view bytes, bm25 **out, kith_error *err)
{
    enum { HEADER_BYTES = 16 + 4 * LANGUAGE_COUNT, CHECKSUM_BYTES = 8 };
    if (bytes.size < HEADER_BYTES + CHECKSUM_BYTES || !view_starts_with(bytes, magic))
        return fail_damaged(err, "not a word index");
    view body = view_slice(bytes, 0, bytes.size - CHECKSUM_BYTES);
    if (hash64(body, 0) != load_u64(bytes.data + body.size))
        return fail_damaged(err, "checksum does not match");
    uint32_t rows = load_u32(body.data + 8), lists = load_u32(body.data + 12);
    view rest = view_slice(body, HEADER_BYTES, body.size);
    if (rows > rest.size / 4) return fail_damaged(err, "row count is out of range");
    bm25 *b = bm25_new();
    for (language l = 0; b && l < LANGUAGE_COUNT; l++)
        b->language_rows[l] = load_u32(body.data + 16 + 4 * (size_t)l);
    kith_status status = b ? read_lengths(b, &rest, rows) : KITH_ERR_NO_MEMORY;
    if (status != KITH_OK) status = fail(err, status, "out of memory for the word index");
    if (status == KITH_OK) status = read_lists(b, &rest, lists, err);
    if (status == KITH_OK)
        *out = b;
    else
        bm25_free(b);
    return status;
}

/* ---- verified ---- */

static kith_status fail_broken(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "word index: %s", what);
}

/* Totals are the sums that they claim to be. */
static kith_status check_statistics(const bm25 *b, kith_error *err)
{
    uint64_t length = 0, rows = 0;
    for (uint32_t i = 0; i < b->rows; i++)
        length += b->lengths[i];
    for (language l = 0; l < LANGUAGE_COUNT; l++)
        rows += b->language_rows[l];
    if (b->rows > b->row_capacity || b->list_count > b->list_capacity)
        return fail_broken(err, "an array is larger than its memory");
    if (length != b->total_length)
        return fail_broken(err, "the lengths do not add up to their total");
    if (rows != b->rows) return fail_broken(err, "the rows by language do not add up");
    return KITH_OK;
}

kith_status bm25_check(const bm25 *b, kith_error *err)
{
    kith_status status = check_statistics(b, err);
    if (status == KITH_OK && map_count(b->terms) != b->list_count)
        status = fail_broken(err, "there are not as many terms as lists");
    // Keys are walked in the order of their insertion, which numbered the lists.
    size_t cursor = 0;
    view term;
    uint64_t list = 0;
    for (uint32_t i = 0; status == KITH_OK && map_next(b->terms, &cursor, &term, &list); i++) {
        if (list != i || term.size == 0)
            status = fail_broken(err, "a term is empty or names another's list");
        else if (b->lists[i].count > b->rows)
            status = fail_broken(err, "a term is in more rows than there are");
        else
            status = postings_check(&b->lists[i], b->rows, b->lengths, err);
    }
    return status;
}
