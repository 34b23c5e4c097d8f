/* bm25_file.c - a segment as bytes. Little-endian:
 *
 *   offset  bytes       what
 *        0  8           "KITHBM03"
 *        8  4           u32 number of the first row
 *       12  4           u32 rows
 *       16  4           u32 lists, one for each term
 *       20  4 * rows    u32 length of each row, in words
 *        -  rows        u8 language of each row, numbered as in text/language.h
 *        -  any         the lists, one after the other:
 *                         4     u32 key_bytes, 1 to BM25_KEY_MAX_BYTES
 *                         ...   the key of the term (bm25_key), key_bytes long
 *                         any   its postings: layout in postings.c
 *        -  8           u64 XXH3-64 of all bytes before
 *
 * List number n is that of the n-th key: numbers are not stored. Neither is anything that follows
 * from the rest (statistics, blocks, the lists of each row), nor which rows are removed: that may
 * change beside the writer, and whoever reads has to say it. Reading
 * verifies every size, that no key occurs twice, that each list holds rows of its term's language,
 * and each list itself. */
#include "words/bm25_segment.h"

#include "base/hash.h"
#include "words/bm25_private.h"

enum { HEADER_BYTES = 20, CHECKSUM_BYTES = 8 };
static const view magic = {"KITHBM03", 8};

void bm25_write(const bm25_segment *s, buffer *out)
{
    size_t cursor = 0;
    view key;
    uint64_t list = 0;
    buffer_begin_checksum(out);
    buffer_append(out, magic);
    buffer_append_u32(out, s->first_row);
    buffer_append_u32(out, s->rows);
    buffer_append_u32(out, s->list_count);
    for (uint32_t i = 0; i < s->rows; i++)
        buffer_append_u32(out, s->lengths[i]);
    buffer_append(out, (view){(const char *)s->languages, s->rows});
    // Terms are never removed, so the map walks them in the order of their lists.
    while (map_next(s->terms, &cursor, &key, &list)) {
        buffer_append_u32(out, (uint32_t)key.size);
        buffer_append(out, key);
        postings_write(&s->lists[list], out);
    }
    buffer_end_checksum(out);
}

static kith_status fail_damaged(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "word index: %s", what);
}

static kith_status fail_no_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the word index");
}

/* Takes lengths and languages of `rows` rows from the front of *rest, which holds them. */
static kith_status read_rows(bm25_segment *s, view *rest, uint32_t rows, const bitset *live,
                             kith_error *err)
{
    size_t length_bytes = (size_t)rows * 4;
    const char *languages = rest->data + length_bytes;
    if (bm25_reserve_rows(s, rows) != KITH_OK) return fail_no_memory(err);
    for (uint32_t i = 0; i < rows; i++) {
        unsigned char l = (unsigned char)languages[i];
        if (l >= LANGUAGE_COUNT) return fail_damaged(err, "a row's language is out of range");
        bm25_add_row(s, load_u32(rest->data + (size_t)i * 4), (language)l,
                     bitset_has(live, s->first_row + i));
    }
    *rest = view_slice(*rest, length_bytes + rows, rest->size);
    return KITH_OK;
}

/* Takes a key from the front of *rest. */
static kith_status read_key(view *rest, view *key, kith_error *err)
{
    if (rest->size < 4) return fail_damaged(err, "ends within a term");
    uint32_t bytes = load_u32(rest->data);
    if (bytes == 0 || bytes > BM25_KEY_MAX_BYTES || bytes > rest->size - 4)
        return fail_damaged(err, "a term's size is out of range");
    *key = view_slice(*rest, 4, 4 + (size_t)bytes);
    *rest = view_slice(*rest, 4 + (size_t)bytes, rest->size);
    return KITH_OK;
}

static kith_status read_lists(bm25_segment *s, view *rest, uint32_t lists, kith_error *err)
{
    const postings_rows rows = bm25_rows_of(s);
    for (uint32_t i = 0; i < lists; i++) {
        view key;
        uint32_t number = 0, holders = 0;
        kith_status status = read_key(rest, &key, err);
        if (status != KITH_OK) return status;
        if (bm25_list_of(s, key, &number) != KITH_OK) return fail_no_memory(err);
        if (number != i) return fail_damaged(err, "a term stands twice");
        uint8_t l = (uint8_t)bm25_key_language(key);
        status = postings_read(rest, &rows, l, &s->lists[i], &holders);
        if (status == KITH_ERR_NO_MEMORY) return fail_no_memory(err);
        if (status != KITH_OK) return fail_damaged(err, "a list does not check");
        atomic_init(&s->holders[i], holders);
    }
    return rest->size == 0 ? KITH_OK : fail_damaged(err, "bytes are left over");
}

kith_status bm25_read(view bytes, const bitset *live, bm25_segment **out, kith_error *err)
{
    if (bytes.size < HEADER_BYTES + CHECKSUM_BYTES || !view_starts_with(bytes, magic))
        return fail_damaged(err, "not a word index");
    view body = view_slice(bytes, 0, bytes.size - CHECKSUM_BYTES);
    if (hash64(body, 0) != load_u64(bytes.data + body.size))
        return fail_damaged(err, "checksum does not match");
    uint32_t first_row = load_u32(body.data + 8), rows = load_u32(body.data + 12);
    uint32_t lists = load_u32(body.data + 16);
    view rest = view_slice(body, HEADER_BYTES, body.size);
    if (rows > rest.size / 5) return fail_damaged(err, "row count is out of range");
    if (first_row > live->count || rows > live->count - first_row)
        return fail_damaged(err, "rows are past the end of the index");
    bm25_segment *s = bm25_segment_new(first_row);
    kith_status status = s ? read_rows(s, &rest, rows, live, err) : fail_no_memory(err);
    if (status == KITH_OK) status = read_lists(s, &rest, lists, err);
    if (status == KITH_OK)
        *out = s;
    else
        bm25_segment_free(s);
    return status;
}
