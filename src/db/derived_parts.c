/* derived_parts.c - a snapshot of a derived index as the parts of a generation, and back.
 * A part is verified page by page while it is read. Vectors go to their place in memory as they
 * come; every other part is read whole, parsed into memory of its own and freed before the next is
 * read. Each part checks itself; that they are of the same rows only shows here. */
#include "db/derived_parts.h"

#include "base/size.h"
#include "vector/vector_index_lists.h"

#include <stdlib.h>

enum { METRIC_AT = 16, DIM_AT = 24, ROWS_HEAD_BYTES = 32, NUMBER_BYTES = 8 };

static size_t live_words(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

/* ---- writing ---- */

static void write_rows(const void *context, buffer *out)
{
    const snapshot *s = context;
    buffer_append_u64(out, s->rows);
    buffer_append_u64(out, s->damaged_count);
    buffer_append_u64(out, (uint64_t)s->derived->metric);
    buffer_append_u64(out, s->rows ? vector_index_describe(s->index)->dim : 0);
    region_write(&s->derived->points, s->rows, out);
    for (size_t i = 0; i < live_words(s->rows); i++)
        buffer_append_u64(out, s->live.words[i]);
    for (uint32_t i = 0; i < s->damaged_count; i++)
        buffer_append_u64(out, s->damaged[i]);
}

vector_view derived_rows_to_write(const snapshot *s)
{
    return (vector_view){s->index, s->rows, &s->live, s->live_count};
}

static void write_vectors(const void *context, buffer *out)
{
    const vector_view rows = derived_rows_to_write(context);
    vector_index_write_rows(&rows, out);
}

static void write_graph(const void *context, buffer *out)
{
    const vector_view rows = derived_rows_to_write(context);
    vector_index_write_graph(&rows, out);
}

static void write_lists(const void *context, buffer *out)
{
    ivf_write_lists((ivf_writing *)(uintptr_t)context, out);
}

static void write_list_codes(const void *context, buffer *out)
{
    ivf_write_codes((ivf_writing *)(uintptr_t)context, out);
}

static void write_list_vectors(const void *context, buffer *out)
{
    ivf_write_vectors((ivf_writing *)(uintptr_t)context, out);
}

static void write_codes(const void *context, buffer *out)
{
    vector_index_write_codes(context, out);
}

static void write_documents(const void *context, buffer *out)
{
    const snapshot *s = context;
    row_documents_write(&s->derived->documents, s->document_count, s->rows, out);
}

static void write_ids(const void *context, buffer *out)
{
    const snapshot *s = context;
    row_ids_write(&s->derived->ids, s->rows, out);
}

static void write_recall(const void *context, buffer *out)
{
    const snapshot *s = context;
    index_recall_write(&s->derived->recall, false, out);
}

static void write_recall_of_lists(const void *context, buffer *out)
{
    const snapshot *s = context;
    index_recall_write(&s->derived->recall, true, out);
}

static void write_fields(const void *context, buffer *out)
{
    columns_write(context, out);
}

static void write_words(const void *context, buffer *out)
{
    bm25_write(context, out);
}

uint32_t derived_list_parts(const snapshot *s, ivf_writing *lists, part_source *out)
{
    uint32_t count = 0;
    out[count++] = (part_source){.kind = PART_ROWS, .write = write_rows, .context = s};
    if (s->rows && !lists) {
        out[count++] = (part_source){.kind = PART_VECTORS, .write = write_vectors, .context = s};
        out[count++] = (part_source){.kind = PART_GRAPH, .write = write_graph, .context = s};
    }
    for (uint32_t i = 0; i < s->segment_count; i++)
        out[count++] = (part_source){PART_FIELDS, i, write_fields, s->fields[i]};
    for (uint32_t i = 0; i < s->segment_count; i++)
        out[count++] = (part_source){PART_WORDS, i, write_words, s->words[i]};
    out[count++] = (part_source){.kind = PART_DOCUMENTS, .write = write_documents, .context = s};
    out[count++] = (part_source){.kind = PART_IDS, .write = write_ids, .context = s};
    if (s->rows && !lists && vector_index_has_codes(s->index))
        out[count++] = (part_source){.kind = PART_CODES, .write = write_codes, .context = s->index};
    out[count++] = (part_source){
        .kind = PART_RECALL, .write = lists ? write_recall_of_lists : write_recall, .context = s};
    if (lists) {
        out[count++] = (part_source){PART_LISTS, 0, write_lists, lists};
        out[count++] = (part_source){PART_LIST_CODES, 0, write_list_codes, lists};
        out[count++] = (part_source){PART_LIST_VECTORS, 0, write_list_vectors, lists};
    }
    CHECK(count <= part_capacity(s));
    return count;
}

/* ---- reading ---- */

/* What has been read until it becomes a snapshot. */
typedef struct reading {
    const generation *g;
    derived *rows;
    bitset live;
    uint64_t *damaged;
    uint32_t damaged_count;
    segment **segments;
    uint32_t segment_count;
} reading;

/* Parses one part's bytes. */
typedef kith_status (*part_parser)(view bytes, uint32_t index, reading *r, kith_error *err);

static kith_status fail_corrupt(kith_error *err, const char *what)
{
    return fail(err, KITH_ERR_CORRUPT, "%s", what);
}

static kith_status fail_memory(kith_error *err)
{
    return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an index");
}

static kith_status parse_points(const char *bytes, uint32_t rows, derived *d, kith_error *err)
{
    if (!region_reserve(&d->points, rows) || row_map_reserve(&d->rows, rows) != KITH_OK)
        return fail_memory(err);
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t point = load_u64(bytes + (size_t)i * NUMBER_BYTES);
        if ((point & ~DERIVED_WAITS) == 0) return fail_corrupt(err, "a row names no point");
        *(uint64_t *)region_at(&d->points, i) = point;
        // In ascending order of rows, so the newest of a point replaces the older ones.
        kith_status status = row_map_put(&d->rows, point & ~DERIVED_WAITS, i);
        if (status != KITH_OK) return fail_memory(err);
    }
    return KITH_OK;
}

static kith_status parse_live(const char *bytes, uint32_t rows, reading *r, kith_error *err)
{
    r->live = (bitset){heap_new_array(live_words(rows), sizeof(uint64_t)), rows};
    if (!r->live.words) return fail_memory(err);
    for (size_t i = 0; i < live_words(rows); i++)
        r->live.words[i] = load_u64(bytes + i * NUMBER_BYTES);
    return bitset_check(&r->live) ? fail_corrupt(err, "more live rows than rows") : KITH_OK;
}

static kith_status parse_damaged(const char *bytes, uint32_t count, reading *r, kith_error *err)
{
    uint64_t last = 0;
    r->damaged = heap_new_array(count, sizeof *r->damaged);
    if (!r->damaged) return fail_memory(err);
    r->damaged_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t row = load_u64(bytes + (size_t)i * NUMBER_BYTES);
        if (row <= last) return fail_corrupt(err, "damaged rows do not ascend");
        r->damaged[i] = last = row;
    }
    return KITH_OK;
}

static kith_status parse_rows(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    if (bytes.size < ROWS_HEAD_BYTES) return fail_corrupt(err, "cut short");
    uint64_t rows = load_u64(bytes.data), damaged = load_u64(bytes.data + NUMBER_BYTES);
    if (rows > UINT32_MAX / 2 || damaged > UINT32_MAX / 2 ||
        (rows + live_words((uint32_t)rows) + damaged) * NUMBER_BYTES !=
            bytes.size - ROWS_HEAD_BYTES)
        return fail_corrupt(err, "the number of rows is out of range");
    const store_binding *b = &r->g->binding;
    if (rows && (load_u64(bytes.data + METRIC_AT) != b->metric ||
                 load_u64(bytes.data + DIM_AT) != b->dim || b->dim > KITH_DIMENSION_MAX))
        return fail_corrupt(err, "the vectors are of another dimension or metric");
    const char *points = bytes.data + ROWS_HEAD_BYTES;
    const char *live = points + (size_t)rows * NUMBER_BYTES;
    const char *damaged_rows = live + live_words((uint32_t)rows) * NUMBER_BYTES;
    kith_status status = parse_points(points, (uint32_t)rows, r->rows, err);
    if (status == KITH_OK) status = parse_live(live, (uint32_t)rows, r, err);
    if (status == KITH_OK) status = parse_damaged(damaged_rows, (uint32_t)damaged, r, err);
    return status;
}

/* A part_reader gives its bytes in their order, in which vectors and codes are asked for. */
static kith_status read_in_order(void *context, uint64_t offset, void *to, size_t bytes,
                                 kith_error *err)
{
    part_reader *part = context;
    CHECK(part->at == offset);
    return part_read(part, to, bytes, err);
}

/* Every live row has a vector, or the place of one. */
static kith_status check_vectors(const reading *r, kith_error *err)
{
    if (derived_rows(r->rows) != r->live.count) return fail_corrupt(err, "it is of other rows");
    for (uint32_t row = 0; (row = bitset_next(&r->live, row)) < r->live.count; row++)
        if (!vector_index_has_row(r->rows->index, row))
            return fail_corrupt(err, "a live row has no vector");
    return KITH_OK;
}

/* The vectors are no bytes to be parsed: they are read here, now that the graph over them is. */
static kith_status parse_graph(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    part_reader vectors = {0};
    const store_binding *b = &r->g->binding;
    const generation_part *part = generation_find(r->g, PART_VECTORS, 0);
    const vector_index_options options = {
        .metric = r->rows->metric, .dim = (uint32_t)b->dim, .budget = r->rows->budget};
    const uint64_t vector_bytes = ((uint64_t)b->dim * sizeof(float) + 63) / 64 * 64;
    if (!part || r->live.count == 0) return fail_corrupt(err, "there are no vectors for it");
    if (vector_bytes == 0 || part->bytes % vector_bytes != 0 ||
        part->bytes / vector_bytes > UINT32_MAX / 2)
        return fail_corrupt(err, "the vectors are of another length");
    const vector_rows_file from = {.read = read_in_order,
                                   .context = &vectors,
                                   .fd = -1,
                                   .slots = (uint32_t)(part->bytes / vector_bytes)};
    kith_status status = part_open(r->g, part, &vectors, err);
    if (status == KITH_OK) status = vector_index_open(&options, &from, bytes, &r->rows->index, err);
    part_close(&vectors);
    if (status == KITH_OK) status = check_vectors(r, err);
    return status == KITH_ERR_INVALID ? KITH_ERR_CORRUPT : status;
}

/* Opens the files beside the part `lists` of the generation. *out is to be closed also on failure. */
static kith_status open_lists(const generation *g, view lists, ivf_parts *out, kith_error *err)
{
    const generation_part *codes = generation_find(g, PART_LIST_CODES, 0);
    const generation_part *vectors = generation_find(g, PART_LIST_VECTORS, 0);
    *out = (ivf_parts){.lists = lists};
    if (!codes || !vectors) return fail_corrupt(err, "there are no codes or vectors for them");
    out->code_bytes = codes->bytes;
    out->vector_bytes = vectors->bytes;
    kith_status status = part_open_pages(g, codes, &out->codes, err);
    return status == KITH_OK ? part_open_pages(g, vectors, &out->vectors, err) : status;
}

static void close_lists(ivf_parts *parts)
{
    paged_file_release(parts->codes);
    paged_file_release(parts->vectors);
}

/* Codes and vectors stay where they are. */
static kith_status parse_lists(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    ivf_parts parts;
    const vector_index_options options = {
        .metric = r->rows->metric, .dim = (uint32_t)r->g->binding.dim, .budget = r->rows->budget};
    if (r->live.count == 0) return fail_corrupt(err, "there are no vectors for it");
    kith_status status = open_lists(r->g, bytes, &parts, err);
    if (status == KITH_OK) status = vector_index_open_lists(&options, &parts, &r->rows->index, err);
    close_lists(&parts);
    if (status == KITH_OK) status = check_vectors(r, err);
    return status == KITH_ERR_INVALID ? KITH_ERR_CORRUPT : status;
}

kith_status derived_read_lists(const generation *g, const vector_index *index, ivf_run **out,
                               kith_error *err)
{
    ivf_parts parts = {0};
    char *bytes = NULL;
    const generation_part *part = generation_find(g, PART_LISTS, 0);
    if (!part) return fail_corrupt(err, "the generation has no lists");
    kith_status status = generation_read_part(g, part, &bytes, err);
    if (status == KITH_OK) status = open_lists(g, (view){bytes, (size_t)part->bytes}, &parts, err);
    if (status == KITH_OK) status = vector_index_read_lists(index, &parts, out, err);
    close_lists(&parts);
    free(bytes);
    return status;
}

bool derived_exceeds(const generation *g, const vector_budget *budget)
{
    const generation_part *part = generation_find(g, PART_VECTORS, 0);
    const vector_index_options options = {.metric = (kith_metric)g->binding.metric,
                                          .dim = (uint32_t)g->binding.dim,
                                          .budget = *budget};
    const uint64_t bytes = (g->binding.dim * sizeof(float) + 63) / 64 * 64;
    return part && bytes > 0 && g->binding.dim <= KITH_DIMENSION_MAX &&
           vector_index_exceeds(&options, part->bytes / bytes);
}

static kith_status parse_fields(view bytes, uint32_t index, reading *r, kith_error *err)
{
    return columns_read(bytes, &r->segments[index]->fields, err);
}

static kith_status parse_words(view bytes, uint32_t index, reading *r, kith_error *err)
{
    segment *s = r->segments[index];
    kith_status status = bm25_read(bytes, &r->live, &s->words, err);
    if (status != KITH_OK) return status;
    s->first_row = bm25_first_row(s->words);
    s->end_row = bm25_end_row(s->words);
    uint32_t before = index ? r->segments[index - 1]->end_row : 0;
    if (s->first_row == before && columns_first_row(s->fields) >= s->first_row &&
        columns_end_row(s->fields) <= s->end_row)
        return KITH_OK;
    return fail_corrupt(err, "its rows are not those that follow, or not those of the fields");
}

static kith_status parse_documents(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    return row_documents_read(bytes, r->live.count, &r->rows->documents, err);
}

static kith_status parse_ids(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    return row_ids_read(bytes, r->live.count, &r->rows->ids, err);
}

static kith_status parse_recall(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    return index_recall_read(bytes, generation_find(r->g, PART_LISTS, 0) != NULL, &r->rows->recall,
                             err);
}

/* The codes go to their place in memory as they come; of fewer rows than there are, or of none, the linker
 * makes those that are missing. */
static kith_status read_codes(const generation_part *part, reading *r, kith_error *err)
{
    part_reader codes = {0};
    const vector_codes_file from = {.read = read_in_order, .context = &codes, .bytes = part->bytes};
    if (!r->rows->index) return fail_corrupt(err, "there are no vectors for them");
    kith_status status = part_open(r->g, part, &codes, err);
    if (status == KITH_OK) status = vector_index_read_codes(r->rows->index, &from, err);
    part_close(&codes);
    return status;
}

static const part_parser parsers[PART_KINDS] = {
    [PART_ROWS] = parse_rows,     [PART_GRAPH] = parse_graph,         [PART_FIELDS] = parse_fields,
    [PART_WORDS] = parse_words,   [PART_DOCUMENTS] = parse_documents, [PART_IDS] = parse_ids,
    [PART_RECALL] = parse_recall, [PART_LISTS] = parse_lists,
};

static kith_status read_part(const generation_part *part, reading *r, kith_error *err)
{
    char *bytes = NULL;
    kith_error why = {0};
    kith_status status = KITH_OK;
    // parse_graph and parse_lists read them
    if (part->kind == PART_VECTORS || part->kind == PART_LIST_CODES ||
        part->kind == PART_LIST_VECTORS)
        return KITH_OK;
    if (part->kind == PART_CODES) {
        status = read_codes(part, r, &why);
    } else {
        status = generation_read_part(r->g, part, &bytes, err);
        if (status != KITH_OK) return status;
        status = parsers[part->kind]((view){bytes, (size_t)part->bytes}, part->index, r, &why);
        free(bytes);
    }
    if (status == KITH_OK) return KITH_OK;
    // The vectors are read with the graph, and codes page by page: their part names itself.
    if (view_starts_with(view_of(why.message), VIEW("part ")))
        return fail(err, status, "%s", why.message);
    return fail(err, status, "part %s.%u: %s", part_kind_name(part->kind), part->index,
                why.message);
}

static uint32_t count_parts(const generation *g, part_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->part_count; i++)
        count += g->parts[i].kind == kind;
    return count;
}

/* Which parts there are. The manifest was verified: those of one kind are numbered from 0. */
static kith_status check_list(const generation *g, kith_error *err)
{
    uint32_t vectors = count_parts(g, PART_VECTORS), words = count_parts(g, PART_WORDS);
    if (count_parts(g, PART_ROWS) != 1)
        return fail(err, KITH_ERR_CORRUPT, "part rows.0: the manifest has none, or several");
    if (count_parts(g, PART_DOCUMENTS) != 1)
        return fail(err, KITH_ERR_CORRUPT, "part documents.0: the manifest has none, or several");
    if (count_parts(g, PART_IDS) != 1)
        return fail(err, KITH_ERR_CORRUPT, "part ids.0: the manifest has none, or several");
    if (vectors > 1 || count_parts(g, PART_GRAPH) != vectors)
        return fail(err, KITH_ERR_CORRUPT, "vectors and graph do not belong together");
    const uint32_t lists = count_parts(g, PART_LISTS);
    if (lists > 1 || lists + vectors > 1 || count_parts(g, PART_LIST_CODES) != lists ||
        count_parts(g, PART_LIST_VECTORS) != lists)
        return fail(err, KITH_ERR_CORRUPT, "lists, their codes and vectors do not belong together");
    if (count_parts(g, PART_RECALL) > 1)
        return fail(err, KITH_ERR_CORRUPT, "part recall.1: there is at most one of its kind");
    if (count_parts(g, PART_CODES) > vectors)
        return fail(err, KITH_ERR_CORRUPT, "there are codes, but not of vectors");
    if (count_parts(g, PART_FIELDS) != words)
        return fail(err, KITH_ERR_CORRUPT, "more parts of words or of fields than of the other");
    return KITH_OK;
}

static kith_status new_segments(reading *r, uint32_t count, kith_error *err)
{
    r->segments = heap_new_array(count, sizeof(segment *));
    for (uint32_t i = 0; r->segments && i < count; i++) {
        segment *s = heap_new_array(1, sizeof *s);
        if (!s) return fail_memory(err);
        atomic_init(&s->holders, 1);
        r->segments[r->segment_count++] = s;
    }
    return r->segments ? KITH_OK : fail_memory(err);
}

/* The live rows that have a vector; no words when all have. False: out of memory. */
static bool find_vectors(const reading *r, bitset *out)
{
    for (uint32_t row = 0; (row = bitset_next(&r->live, row)) < r->live.count; row++) {
        if (!derived_waits(r->rows, row)) continue;
        if (!out->words) {
            out->words = heap_new_array(live_words(r->live.count), sizeof(uint64_t));
            if (!out->words) return false;
            memcpy(out->words, r->live.words, live_words(r->live.count) * sizeof(uint64_t));
        }
        bitset_clear(out, row);
    }
    return true;
}

static kith_status make_snapshot(reading *r, snapshot **out, kith_error *err)
{
    uint32_t rows = r->live.count;
    uint32_t end = r->segment_count ? r->segments[r->segment_count - 1]->end_row : 0;
    if (derived_rows(r->rows) != rows || end != rows)
        return fail(err, KITH_ERR_CORRUPT, "parts differ in their number of rows");
    bitset with_vectors = {NULL, rows};
    if (!find_vectors(r, &with_vectors)) return fail_memory(err);
    snapshot_parts parts = {.derived = r->rows,
                            .rows = rows,
                            .live_words = r->live.words,
                            .vector_words = with_vectors.words,
                            .damaged = r->damaged,
                            .damaged_count = r->damaged_count,
                            .segments = r->segments,
                            .segment_count = r->segment_count,
                            .sequence = r->g->binding.sequence};
    *out = snapshot_new(&parts);
    if (!*out) {
        free(with_vectors.words);
        return fail_memory(err);
    }
    r->live.words = r->damaged = NULL; // the snapshot owns them now
    return KITH_OK;
}

static void reading_done(reading *r)
{
    for (uint32_t i = 0; i < r->segment_count; i++)
        segment_release(r->segments[i]);
    free(r->segments);
    free(r->live.words);
    free(r->damaged);
    derived_release(r->rows);
}

kith_status derived_read(const generation *g, const vector_budget *budget, snapshot **out,
                         kith_error *err)
{
    reading r = {.g = g, .rows = derived_new((kith_metric)g->binding.metric)};
    if (r.rows) r.rows->budget = *budget;
    kith_status status = r.rows ? check_list(g, err) : fail_memory(err);
    if (status == KITH_OK) status = new_segments(&r, count_parts(g, PART_WORDS), err);
    for (uint32_t i = 0; i < g->part_count && status == KITH_OK; i++)
        status = read_part(&g->parts[i], &r, err);
    if (status == KITH_OK) status = make_snapshot(&r, out, err);
    reading_done(&r);
    return status;
}
