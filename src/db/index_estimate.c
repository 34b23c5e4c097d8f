/* index_estimate.c - see index_estimate.h.
 *
 * The vector index is asked for what its structures take (vector_estimate.h), and so are columns, of
 * which a small segment is made. For the rest the layouts are short and stand here: rows and ids as in
 * derived.h, parts of a generation as in derived_parts.h, a row of the store as SQLite lays out a cell
 * of a table (https://www.sqlite.org/fileformat2.html, 1.5 and 1.6). What no layout tells is measured:
 * words a byte of text, and what indexes of the store's tables take an entry. */
#include "db/index_estimate.h"

#include "base/metadata.h"
#include "base/size.h"
#include "fields/columns.h"
#include "vector/vector_estimate.h"
#include "vector/vector_rows.h"

#include <kith/types.h>

enum {
    PAGE_BYTES = 8192, /* of the store: schema.c */
    TEXT_BYTES_MAX = 1 << 20,
    SUMS_SHARE = 512, /* checksums of pages: 8 bytes for each 4,096 */
    /* Of the words of English prose, in hundredths of its bytes: 1,661 pages of stories and 22,984
     * passages of an encyclopedia took 130 to 190 in memory, 54 and 71 on disk. */
    WORDS_MEMORY = 160,
    WORDS_DISK = 63,
    /* Texts of documents, beside those of chunks, which overlap: of the same. */
    DOCUMENTS_TEXT = 82
};

/* ---- rows, ids, fields ---- */

/* Of the map from points to rows, as it grows (row_map.c). */
static uint64_t map_bytes(uint64_t rows)
{
    enum { SLOT_BYTES = 12, FIRST_SLOTS = 64 };
    uint64_t slots = FIRST_SLOTS;
    while (slots / 2 < rows)
        slots *= 2;
    return slots * SLOT_BYTES;
}

static void estimate_rows(const index_shape *s, index_estimate *e)
{
    // In memory and on disk: the point's number, its document's number, its words' length and language.
    const uint64_t each = sizeof(uint64_t) + sizeof(uint32_t) + sizeof(uint32_t) + 1;
    const uint64_t live = s->vectors / 8;
    // A bit for rows that are removed from the statistics of words, and one for live ones.
    e->of[COMPONENT_ROWS].memory = s->vectors * each + 2 * live + map_bytes(s->vectors);
    e->of[COMPONENT_ROWS].disk = s->vectors * each + live;
    const uint64_t id = s->id_bytes + sizeof(uint16_t);
    e->of[COMPONENT_IDS].memory = s->vectors * (sizeof(uint32_t) + (id + 3) / 4 * 4);
    e->of[COMPONENT_IDS].disk = s->vectors * id;
}

static uint64_t scaled(uint64_t bytes, uint64_t of, uint64_t to)
{
    return (uint64_t)((double)bytes / (double)of * (double)to);
}

static kith_status fill_columns(columns *c, uint32_t rows, const metadata *fields, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t row = 0; row < rows && status == KITH_OK; row++)
        status = columns_set(c, row, fields, err);
    return status;
}

/* By a segment of some rows. */
static kith_status estimate_fields(const index_shape *s, index_estimate *e, kith_error *err)
{
    enum { ROWS = 1024 };
    if (s->fields == 0) return KITH_OK;
    arena memory;
    arena_init(&memory, 1 << 20);
    metadata fields = {.memory = &memory};
    columns *c = columns_new(0);
    buffer out;
    buffer_init(&out, SIZE_MAX);
    kith_status status = c ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for columns");
    for (uint32_t i = 0; i < s->fields && status == KITH_OK; i++) {
        const char *name = arena_printf(&memory, "field%u", i);
        status = name ? metadata_set_integer(&fields, name, (int64_t)i << 32, err)
                      : fail(err, KITH_ERR_NO_MEMORY, "out of memory for columns");
    }
    if (status == KITH_OK) status = fill_columns(c, ROWS, &fields, err);
    if (status == KITH_OK) {
        columns_write(c, &out);
        status = buffer_status(&out, "columns", err);
    }
    if (status == KITH_OK) {
        e->of[COMPONENT_FIELDS].memory = scaled(columns_bytes(c), ROWS, s->vectors);
        e->of[COMPONENT_FIELDS].disk = scaled(buffer_view(&out).size, ROWS, s->vectors);
    }
    buffer_done(&out);
    columns_free(c);
    arena_done(&memory);
    return status;
}

/* ---- the store ---- */

/* Bytes that SQLite writes a number in, where it has 7 bits a byte. */
static uint64_t varint_bytes(uint64_t n)
{
    uint64_t bytes = 1;
    for (; n > 127; n >>= 7)
        bytes++;
    return bytes;
}

/* Pages of a table whose rows, written in their order, have payloads of so many bytes. */
static uint64_t table_bytes(uint64_t rows, uint64_t payload)
{
    const uint64_t usable = PAGE_BYTES, local_max = usable - 35;
    uint64_t local = payload, overflow = 0;
    if (payload > local_max) {
        const uint64_t least = (usable - 12) * 32 / 255 - 23;
        const uint64_t fitting = least + (payload - least) % (usable - 4);
        local = fitting <= local_max ? fitting : least;
        overflow = (payload - local + usable - 5) / (usable - 4);
        local += 4; // the number of the first page of the rest
    }
    enum { PAGE_HEAD_BYTES = 8, POINTER_BYTES = 2 };
    const uint64_t cell = local + varint_bytes(payload) + varint_bytes(rows) + POINTER_BYTES;
    const uint64_t in_page = (usable - PAGE_HEAD_BYTES) / cell;
    return ((rows + in_page - 1) / in_page + rows * overflow) * PAGE_BYTES;
}

/* Of a row of `points`: a byte or more a column that tells its length, then the columns. */
static uint64_t payload_of(const index_shape *s)
{
    enum { COLUMNS = 12, CHECKSUM = 8, COLLECTION = 1, NUMBER = 4, FIELD_JSON = 14 };
    const uint64_t vector = (uint64_t)s->dimension * sizeof(float);
    const uint64_t metadata_bytes = s->fields ? 2 + (uint64_t)s->fields * FIELD_JSON : 2;
    return 1 + COLUMNS + varint_bytes(2 * vector) + varint_bytes(2 * (uint64_t)s->text_bytes) +
           COLLECTION + NUMBER + CHECKSUM + s->id_bytes + metadata_bytes + s->text_bytes + vector;
}

static void estimate_store(const index_shape *s, index_estimate *e)
{
    // Entries of indexes by id, and by row and by sequence.
    enum { BY_ID = 12, BY_NUMBERS = 27 };
    const uint64_t entries = s->vectors * (s->id_bytes + BY_ID + BY_NUMBERS);
    e->of[COMPONENT_STORE].disk = table_bytes(s->vectors, payload_of(s)) + entries +
                                  s->vectors * s->text_bytes / 100 * DOCUMENTS_TEXT;
    e->of[COMPONENT_WORDS].memory = s->vectors * s->text_bytes / 100 * WORDS_MEMORY;
    e->of[COMPONENT_WORDS].disk = s->vectors * s->text_bytes / 100 * WORDS_DISK;
}

/* ---- all of it ---- */

static kith_status estimate_vectors(const index_shape *s, index_estimate *e, kith_error *err)
{
    const vector_index_options options = {
        .metric = KITH_COSINE,
        .dim = s->dimension,
        .budget = {.bytes = s->index_memory, .is_compact = s->is_compact}};
    vector_estimate v;
    kith_status status = vector_index_estimate(&options, s->vectors, &v, err);
    if (status != KITH_OK) return status;
    const uint64_t memory[] = {v.vectors,        v.slots,      v.graph, v.codes,
                               v.neighbor_codes, v.sign_codes, v.lists};
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
        e->of[COMPONENT_VECTORS + i].memory = memory[i];
    // Of the graph a byte a node is not saved, nor is where its links begin; of slots one number is.
    const uint64_t unsaved = s->vectors * (1 + sizeof(uint32_t));
    if (v.lists > 0) {
        e->of[COMPONENT_LISTS].disk = v.lists_disk;
        e->has_lists = true;
        return KITH_OK;
    }
    e->of[COMPONENT_VECTORS].disk = v.vectors_disk;
    e->of[COMPONENT_SLOTS].disk = s->vectors * sizeof(uint32_t);
    e->of[COMPONENT_GRAPH].disk = v.graph > unsaved ? v.graph - unsaved : 0;
    e->of[COMPONENT_CODES].disk = v.codes;
    e->has_graph = v.graph > 0;
    e->is_compact = v.form == VECTOR_COMPACT;
    return KITH_OK;
}

static void add_checksums(index_estimate *e)
{
    for (int i = 0; i < COMPONENT_STORE; i++)
        e->of[i].disk += e->of[i].disk / SUMS_SHARE;
}

static kith_status check_shape(const index_shape *s, kith_error *err)
{
    if (s->dimension < 1 || s->dimension > KITH_DIMENSION_MAX)
        return fail(err, KITH_ERR_INVALID, "vectors have 1 to %d dimensions, not %u",
                    KITH_DIMENSION_MAX, s->dimension);
    if (s->id_bytes > KITH_KEY_MAX_BYTES)
        return fail(err, KITH_ERR_INVALID, "ids have at most %d bytes, not %u", KITH_KEY_MAX_BYTES,
                    s->id_bytes);
    if (s->text_bytes > TEXT_BYTES_MAX)
        return fail(err, KITH_ERR_INVALID, "texts of more than %d bytes are not estimated, %u are",
                    TEXT_BYTES_MAX, s->text_bytes);
    if (s->fields > METADATA_MAX_ENTRIES)
        return fail(err, KITH_ERR_INVALID, "metadata has at most %d fields, not %u",
                    METADATA_MAX_ENTRIES, s->fields);
    return KITH_OK;
}

kith_status index_estimate_of(const index_shape *shape, index_estimate *out, kith_error *err)
{
    index_estimate e = {0};
    kith_status status = check_shape(shape, err);
    if (status == KITH_OK) status = estimate_vectors(shape, &e, err);
    if (status == KITH_OK) status = estimate_fields(shape, &e, err);
    if (status != KITH_OK) return status;
    estimate_rows(shape, &e);
    estimate_store(shape, &e);
    add_checksums(&e);
    *out = e;
    return KITH_OK;
}
