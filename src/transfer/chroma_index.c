/* chroma_index.c - see chroma_index.h.
 *
 *   header.bin, 100 bytes, little-endian, packed:
 *     i32 version (1), u64 offset of level 0 (0), u64 max_elements, u64 count,
 *     u64 bytes of an element, u64 offset of its label, u64 offset of its vector, i32 top level,
 *     u32 entry point, u64 maxM, u64 maxM0, u64 M, f64 mult, u64 ef_construction
 *   data_level0.bin, count elements and perhaps unused ones behind them:
 *     u16 links, u8 flags (bit 0: deleted), u8, u32 link[maxM0], f32 vector[dimension], u64 label
 *   length.bin, f32 of each element: the length that a vector had before it was normalised
 *   index_metadata.pickle: {"id_to_label": {id: label}, "max_seq_id", ...}
 *
 * A record is found by its id, its label, and the place of the element that has the label: elements
 * are not in the order of their insertion. */
#include "transfer/chroma_index.h"

#include "base/buffer.h"
#include "base/map.h"
#include "base/size.h"
#include "os/file.h"
#include "transfer/pickle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 100,
    LINKS_BYTES = 4, /* count and flags before the links */
    LABEL_BYTES = 8,
    LINKS_MAX = 1 << 20,
    BLOCK_BYTES = 4 << 20,
    PICKLE_MAX_BYTES = 1 << 30,
    MEMORY_MIB = 3000 /* of the pickle's values */
};

typedef struct label_place {
    uint64_t label;
    uint32_t element;
} label_place;

struct chroma_index {
    uint32_t dimension, count;
    uint64_t element_bytes, vector_offset, label_offset;
    char level0_path[PATH_MAX], lengths_path[PATH_MAX];
    file_reader level0, lengths;
    bool has_lengths;
    map *places; /* record id to element */
    bool has_sequence;
    uint64_t sequence;
};

static kith_status path_in(const char *folder, const char *name, char out[PATH_MAX],
                           kith_error *err)
{
    int length = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    if (length > 0 && length < PATH_MAX) return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "the path is too long: '%s'", folder);
}

/* ---- the header ---- */

static kith_status fail_header(const char *what, kith_error *err)
{
    return fail(err, KITH_ERR_FORMAT, "header.bin: %s", what);
}

static kith_status parse_header(const unsigned char header[HEADER_BYTES], chroma_index *x,
                                kith_error *err)
{
    const uint64_t level0 = load_u64(header + 4), max_elements = load_u64(header + 12),
                   count = load_u64(header + 20), element_bytes = load_u64(header + 28),
                   label_offset = load_u64(header + 36), vector_offset = load_u64(header + 44),
                   links = load_u64(header + 68);
    if (load_u32(header) != 1) return fail_header("a version that is not read", err);
    if (level0 != 0 || links > LINKS_MAX) return fail_header("its offsets are damaged", err);
    if (count > max_elements || count > UINT32_MAX) return fail_header("its count is damaged", err);
    const uint64_t vector_bytes = (uint64_t)x->dimension * sizeof(float);
    if (vector_offset != LINKS_BYTES + links * sizeof(uint32_t) ||
        label_offset != vector_offset + vector_bytes || element_bytes != label_offset + LABEL_BYTES)
        return fail_header("its elements are not of the collection's dimension", err);
    x->count = (uint32_t)count;
    x->element_bytes = element_bytes;
    x->vector_offset = vector_offset;
    x->label_offset = label_offset;
    return KITH_OK;
}

static kith_status read_header(const char *folder, chroma_index *x, kith_error *err)
{
    unsigned char header[HEADER_BYTES];
    char path[PATH_MAX];
    file_reader file = {0};
    kith_status status = path_in(folder, "header.bin", path, err);
    if (status == KITH_OK) status = file_reader_open(&file_ops_posix, path, &file, err);
    if (status == KITH_OK && file.bytes == 0)
        status = fail(err, KITH_ERR_NOT_FOUND, "nothing was persisted yet");
    else if (status == KITH_OK && file.bytes != HEADER_BYTES)
        status = fail_header("it has not 100 bytes", err);
    if (status == KITH_OK) status = file_reader_read(&file, 0, header, sizeof header, err);
    if (status == KITH_OK) status = parse_header(header, x, err);
    file_reader_close(&file);
    return status;
}

/* ---- the elements ---- */

static int compare_labels(const void *a, const void *b)
{
    uint64_t x = ((const label_place *)a)->label, y = ((const label_place *)b)->label;
    return x < y ? -1 : x > y;
}

/* The labels of the elements that were not deleted, ascending. */
static kith_status read_labels(const chroma_index *x, label_place *out, uint32_t *out_count,
                               kith_error *err)
{
    uint32_t per_block = (uint32_t)size_max(1, BLOCK_BYTES / x->element_bytes), kept = 0;
    unsigned char *block = heap_new_array(per_block, x->element_bytes);
    if (!block) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < x->count;) {
        uint32_t taken = (uint32_t)size_min(per_block, x->count - i);
        status = file_reader_read(&x->level0, i * x->element_bytes, block,
                                  (size_t)taken * x->element_bytes, err);
        for (uint32_t k = 0; status == KITH_OK && k < taken; k++) {
            const unsigned char *element = block + k * x->element_bytes;
            if (element[2] & 1) continue;
            out[kept++] = (label_place){load_u64(element + x->label_offset), i + k};
        }
        i += taken;
    }
    free(block);
    if (kept) qsort(out, kept, sizeof *out, compare_labels);
    *out_count = kept;
    return status;
}

/* Opens a file that has at least so many bytes. */
static kith_status open_sized(const char *name, uint64_t bytes, const char *path, file_reader *out,
                              kith_error *err)
{
    kith_status status = file_reader_open(&file_ops_posix, path, out, err);
    if (status == KITH_OK && out->bytes < bytes)
        return fail(err, KITH_ERR_FORMAT, "%s: %llu bytes, %llu are needed", name,
                    (unsigned long long)out->bytes, (unsigned long long)bytes);
    return status;
}

static kith_status open_elements(const char *folder, kith_metric metric, chroma_index *x,
                                 kith_error *err)
{
    uint64_t bytes = 0;
    kith_status status = path_in(folder, "data_level0.bin", x->level0_path, err);
    if (status == KITH_OK) status = path_in(folder, "length.bin", x->lengths_path, err);
    if (status == KITH_OK && __builtin_mul_overflow(x->element_bytes, (uint64_t)x->count, &bytes))
        status = fail_header("its count is damaged", err);
    if (status == KITH_OK)
        status = open_sized("data_level0.bin", bytes, x->level0_path, &x->level0, err);
    if (status != KITH_OK || metric != KITH_COSINE) return status;
    x->has_lengths = true;
    return open_sized("length.bin", (uint64_t)x->count * sizeof(float), x->lengths_path,
                      &x->lengths, err);
}

/* ---- the names ---- */

static kith_status place_ids(const pickle_value *ids, const label_place *labels, uint32_t count,
                             chroma_index *x, kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < ids->dict.count; i++) {
        const pickle_member *m = &ids->dict.members[i];
        if (m->key->kind != PICKLE_TEXT || m->value->kind != PICKLE_INTEGER ||
            m->value->integer < 0)
            return fail(err, KITH_ERR_FORMAT, "index_metadata.pickle: a label is damaged");
        const label_place wanted = {.label = (uint64_t)m->value->integer};
        const label_place *found =
            count ? bsearch(&wanted, labels, count, sizeof *labels, compare_labels) : NULL;
        // A label without an element is that of a record which was deleted.
        if (found) status = map_put(x->places, m->key->text, found->element);
        if (status != KITH_OK) return fail(err, status, "out of memory for ids");
    }
    return status;
}

static kith_status read_names(const char *folder, const label_place *labels, uint32_t count,
                              chroma_index *x, kith_error *err)
{
    char path[PATH_MAX];
    buffer bytes;
    arena memory;
    const pickle_value *top = NULL;
    buffer_init(&bytes, PICKLE_MAX_BYTES);
    arena_init(&memory, (size_t)MEMORY_MIB << 20);
    kith_status status = path_in(folder, "index_metadata.pickle", path, err);
    if (status == KITH_OK) status = file_read(&file_ops_posix, path, PICKLE_MAX_BYTES, &bytes, err);
    if (status == KITH_OK) {
        status = pickle_parse(buffer_view(&bytes), &memory, &top, err);
        if (status != KITH_OK) status = fail_context(err, status, "index_metadata.pickle");
    }
    const pickle_value *ids = pickle_get(top, "id_to_label"), *last = pickle_get(top, "max_seq_id");
    if (status == KITH_OK && (!ids || ids->kind != PICKLE_DICT))
        status = fail(err, KITH_ERR_FORMAT, "index_metadata.pickle: it has no labels");
    if (status == KITH_OK) status = place_ids(ids, labels, count, x, err);
    if (status == KITH_OK && last && last->kind == PICKLE_INTEGER && last->integer >= 0) {
        x->has_sequence = true;
        x->sequence = (uint64_t)last->integer;
    }
    arena_done(&memory);
    buffer_done(&bytes);
    return status;
}

/* ---- the index ---- */

kith_status chroma_index_open(const char *folder, uint32_t dimension, kith_metric metric,
                              chroma_index **out, kith_error *err)
{
    chroma_index *x = heap_new_array(1, sizeof *x);
    label_place *labels = NULL;
    uint32_t count = 0;
    if (!x) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
    x->dimension = dimension;
    kith_status status = read_header(folder, x, err);
    if (status == KITH_OK) status = open_elements(folder, metric, x, err);
    if (status == KITH_OK) {
        labels = heap_new_array(x->count, sizeof *labels);
        x->places = map_new();
        if (!labels || !x->places) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for ids");
    }
    if (status == KITH_OK) status = read_labels(x, labels, &count, err);
    if (status == KITH_OK) status = read_names(folder, labels, count, x, err);
    free(labels);
    if (status == KITH_OK) {
        *out = x;
        x = NULL;
    }
    chroma_index_close(x);
    return status;
}

void chroma_index_close(chroma_index *x)
{
    if (!x) return;
    file_reader_close(&x->level0);
    file_reader_close(&x->lengths);
    map_free(x->places);
    free(x);
}

bool chroma_index_sequence(const chroma_index *x, uint64_t *out)
{
    if (x->has_sequence) *out = x->sequence;
    return x->has_sequence;
}

bool chroma_index_has(const chroma_index *x, view id)
{
    uint64_t ignored = 0;
    return map_get(x->places, id, &ignored);
}

kith_status chroma_index_read(const chroma_index *x, view id, float *out, kith_error *err)
{
    uint64_t element = 0;
    float length = 1;
    CHECK(map_get(x->places, id, &element));
    kith_status status = file_reader_read(&x->level0, element * x->element_bytes + x->vector_offset,
                                          out, (size_t)x->dimension * sizeof *out, err);
    if (status == KITH_OK && x->has_lengths)
        status =
            file_reader_read(&x->lengths, element * sizeof length, &length, sizeof length, err);
    for (uint32_t i = 0; status == KITH_OK && x->has_lengths && i < x->dimension; i++)
        out[i] *= length;
    return status;
}
