/* derived_parts.c - a snapshot of a derived index as the parts of a generation, and back.
 * A part is verified page by page while it is read. Vectors, graph and codes are handed to the vector index,
 * which reads their pages when it wants them; every other part is read whole, parsed into memory of its own
 * and freed before the next is read. Each part checks itself; that they are of the same rows only shows here. */
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
    uint64_t read_at_once;
    derived *rows;
    bitset live;
    bool has_waiting; /* some rows wait for their vectors, or did when they died */
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

static void close_lazy(const lazy_source *s)
{
    if (s->close) s->close(s->context);
}

/* Verifies the points, which were read to their place. */
static kith_status check_points(uint32_t rows, reading *r, kith_error *err)
{
    derived *d = r->rows;
    bool names_all = true;
    for (uint32_t first = 0, run; first < rows; first += run) {
        const uint64_t *points = region_at(&d->points, first);
        run = region_run(first, rows);
        for (uint32_t i = 0; i < run; i++) {
            const uint64_t point = points[i] & ~DERIVED_WAITS;
            names_all = names_all && point != 0;
            if (point > d->highest_point) d->highest_point = point;
            r->has_waiting = r->has_waiting || points[i] != point;
        }
    }
    d->is_mapped = false;
    return names_all ? KITH_OK : fail_corrupt(err, "a row names no point");
}

/* `count` numbers from `offset` on, on the heap. */
static kith_status read_numbers(const lazy_source *from, uint64_t offset, size_t count,
                                uint64_t **out, kith_error *err)
{
    *out = heap_new_array(count, sizeof **out);
    if (!*out) return fail_memory(err);
    return lazy_source_copy(from, offset, *out, count * sizeof **out, err);
}

static kith_status read_live(const lazy_source *from, uint64_t offset, uint32_t rows, reading *r,
                             kith_error *err)
{
    r->live.count = rows;
    kith_status status = read_numbers(from, offset, live_words(rows), &r->live.words, err);
    if (status != KITH_OK) return status;
    return bitset_check(&r->live) ? fail_corrupt(err, "more live rows than rows") : KITH_OK;
}

static kith_status read_damaged(const lazy_source *from, uint64_t offset, uint32_t count,
                                reading *r, kith_error *err)
{
    kith_status status = read_numbers(from, offset, count, &r->damaged, err);
    r->damaged_count = count;
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (r->damaged[i] <= (i ? r->damaged[i - 1] : 0))
            status = fail_corrupt(err, "damaged rows do not ascend");
    return status;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are read as they lie");

static kith_status read_rows_from(const lazy_source *from, reading *r, kith_error *err)
{
    char head[ROWS_HEAD_BYTES];
    if (from->bytes < ROWS_HEAD_BYTES) return fail_corrupt(err, "cut short");
    kith_status status = lazy_source_copy(from, 0, head, sizeof head, err);
    if (status != KITH_OK) return status;
    const uint64_t rows = load_u64(head), damaged = load_u64(head + NUMBER_BYTES);
    if (rows > UINT32_MAX / 2 || damaged > UINT32_MAX / 2 ||
        (rows + live_words((uint32_t)rows) + damaged) * NUMBER_BYTES !=
            from->bytes - ROWS_HEAD_BYTES)
        return fail_corrupt(err, "the number of rows is out of range");
    const store_binding *b = &r->g->binding;
    if (rows && (load_u64(head + METRIC_AT) != b->metric || load_u64(head + DIM_AT) != b->dim ||
                 b->dim > KITH_DIMENSION_MAX))
        return fail_corrupt(err, "the vectors are of another dimension or metric");
    const uint64_t live = ROWS_HEAD_BYTES + rows * NUMBER_BYTES;
    const uint64_t damaged_rows = live + live_words((uint32_t)rows) * NUMBER_BYTES;
    status = lazy_source_load(from, ROWS_HEAD_BYTES, &r->rows->points, (uint32_t)rows, err);
    if (status == KITH_OK) status = check_points((uint32_t)rows, r, err);
    if (status == KITH_OK) status = read_live(from, live, (uint32_t)rows, r, err);
    if (status == KITH_OK) status = read_damaged(from, damaged_rows, (uint32_t)damaged, r, err);
    return status;
}

/* They go to their place as they come. */
static kith_status read_rows(reading *r, kith_error *err)
{
    lazy_source from = {0};
    kith_status status = part_source_open(r->g, PART_ROWS, &from, err);
    if (status == KITH_OK) status = read_rows_from(&from, r, err);
    close_lazy(&from);
    return status;
}

/* Every live row has a vector, or the place of one. */
static kith_status check_vectors(const reading *r, kith_error *err)
{
    if (derived_rows(r->rows) != r->live.count) return fail_corrupt(err, "it is of other rows");
    if (vector_index_has_all_rows(r->rows->index)) return KITH_OK;
    for (uint32_t row = 0; (row = bitset_next(&r->live, row)) < r->live.count; row++)
        if (!vector_index_has_row(r->rows->index, row))
            return fail_corrupt(err, "a live row has no vector");
    return KITH_OK;
}

/* All that the index is read from. */
static kith_status open_vector_parts(const generation *g, vector_form form, uint32_t slots,
                                     vector_index_parts *out, kith_error *err)
{
    vector_index_parts p = {.slots = slots};
    kith_status status = form == VECTOR_COMPACT
                             ? part_open_pages(g, generation_find(g, PART_VECTORS, 0), &p.cold, err)
                             : part_source_open(g, PART_VECTORS, &p.vectors, err);
    if (status == KITH_OK) status = part_source_open(g, PART_GRAPH, &p.graph, err);
    if (status == KITH_OK) status = part_source_open(g, PART_CODES, &p.codes, err);
    if (status == KITH_OK) {
        *out = p;
        return KITH_OK;
    }
    paged_file_release(p.cold);
    close_lazy(&p.vectors);
    close_lazy(&p.graph);
    close_lazy(&p.codes);
    return status;
}

/* The vector index; of vectors, links and codes nothing is read now where they are large. */
static kith_status open_index(reading *r, kith_error *err)
{
    const store_binding *b = &r->g->binding;
    const generation_part *part = generation_find(r->g, PART_VECTORS, 0);
    const vector_index_options options = {
        .metric = r->rows->metric, .dim = (uint32_t)b->dim, .budget = r->rows->budget};
    const uint64_t vector_bytes = ((uint64_t)b->dim * sizeof(float) + 63) / 64 * 64;
    if (r->live.count == 0) return fail_corrupt(err, "there are no rows for it");
    if (vector_bytes == 0 || part->bytes % vector_bytes != 0 ||
        part->bytes / vector_bytes > UINT32_MAX / 2)
        return fail_corrupt(err, "the vectors are of another length");
    vector_index_parts from;
    bool is_done;
    const uint32_t slots = (uint32_t)(part->bytes / vector_bytes);
    kith_status status =
        open_vector_parts(r->g, vector_index_form_for(&options, slots), slots, &from, err);
    if (status != KITH_OK) return status;
    const uint64_t bytes = from.vectors.bytes + from.graph.bytes + from.codes.bytes;
    status = vector_index_open(&options, &from, &r->rows->index, err);
    if (status == KITH_OK && bytes <= r->read_at_once)
        status = vector_index_read_on(r->rows->index, SIZE_MAX, NULL, &is_done, err);
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

kith_status derived_open_vectors(const generation *g, paged_file **out, uint32_t *slots,
                                 kith_error *err)
{
    const generation_part *part = generation_find(g, PART_VECTORS, 0);
    const uint64_t bytes = (g->binding.dim * sizeof(float) + 63) / 64 * 64;
    if (!part || bytes == 0) return fail_corrupt(err, "the generation has no vectors");
    *slots = (uint32_t)(part->bytes / bytes);
    return part_open_pages(g, part, out, err);
}

bool derived_exceeds(const generation *g, const vector_budget *budget)
{
    const generation_part *part = generation_find(g, PART_VECTORS, 0);
    const vector_index_options options = {.metric = (kith_metric)g->binding.metric,
                                          .dim = (uint32_t)g->binding.dim,
                                          .budget = *budget};
    const uint64_t bytes = (g->binding.dim * sizeof(float) + 63) / 64 * 64;
    return part && bytes > 0 && g->binding.dim <= KITH_DIMENSION_MAX &&
           vector_index_form_for(&options, part->bytes / bytes) == VECTOR_IN_LISTS;
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

/* Where the index is partial the ids are left for later, too: who needs one before asks the store. */
static kith_status leave_ids(reading *r, kith_error *err)
{
    kith_status status = part_source_open(r->g, PART_IDS, &r->rows->ids_part, err);
    if (status == KITH_OK) row_ids_expect(&r->rows->ids, r->live.count);
    return status;
}

static kith_status read_ids(const lazy_source *from, uint32_t rows, row_ids *out, kith_error *err)
{
    char *bytes = heap_new_array((size_t)from->bytes, 1);
    if (!bytes) return fail_memory(err);
    kith_status status = lazy_source_copy(from, 0, bytes, (size_t)from->bytes, err);
    if (status == KITH_OK)
        status = row_ids_read((view){bytes, (size_t)from->bytes}, rows, out, err);
    free(bytes);
    return status;
}

kith_status derived_read_ids(derived *d, kith_error *err)
{
    kith_error why = {0};
    if (!d->ids_part.read) return KITH_OK;
    row_ids *saved = heap_new_array(1, sizeof *saved);
    if (!saved) return fail_memory(err);
    row_ids_init(saved);
    kith_status status = read_ids(&d->ids_part, d->ids.saved_rows, saved, &why);
    if (status == KITH_OK) {
        row_ids_supply(&d->ids, saved);
        d->ids_part.close(d->ids_part.context);
        d->ids_part = (lazy_source){0};
        return KITH_OK;
    }
    row_ids_done(saved);
    free(saved);
    if (status == KITH_ERR_NO_MEMORY) return fail_memory(err);
    vector_index_note_damage(d->index, &why);
    return vector_index_damage(d->index, err);
}

static kith_status parse_recall(view bytes, uint32_t index, reading *r, kith_error *err)
{
    (void)index;
    return index_recall_read(bytes, generation_find(r->g, PART_LISTS, 0) != NULL, &r->rows->recall,
                             err);
}

static const part_parser parsers[PART_KINDS] = {
    [PART_FIELDS] = parse_fields, [PART_WORDS] = parse_words,   [PART_DOCUMENTS] = parse_documents,
    [PART_IDS] = parse_ids,       [PART_RECALL] = parse_recall, [PART_LISTS] = parse_lists,
};

static kith_status read_part(const generation_part *part, reading *r, kith_error *err)
{
    char *bytes = NULL;
    kith_error why = {0};
    kith_status status = KITH_OK;
    // With the graph, or the lists.
    if (part->kind == PART_VECTORS || part->kind == PART_CODES || part->kind == PART_LIST_CODES ||
        part->kind == PART_LIST_VECTORS)
        return KITH_OK;
    if (part->kind == PART_ROWS) {
        status = read_rows(r, &why);
    } else if (part->kind == PART_GRAPH) {
        status = open_index(r, &why);
    } else if (part->kind == PART_IDS && r->rows->index &&
               vector_index_is_partial(r->rows->index)) {
        status = leave_ids(r, &why);
    } else {
        status = generation_read_part(r->g, part, &bytes, err);
        if (status != KITH_OK) return status;
        status = parsers[part->kind]((view){bytes, (size_t)part->bytes}, part->index, r, &why);
        free(bytes);
    }
    if (status == KITH_OK) return KITH_OK;
    // What is read page by page names its part itself.
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
    if (!r->has_waiting) return true;
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

kith_status derived_read(const generation *g, uint64_t read_at_once, const vector_budget *budget,
                         snapshot **out, kith_error *err)
{
    reading r = {
        .g = g, .read_at_once = read_at_once, .rows = derived_new((kith_metric)g->binding.metric)};
    if (r.rows) r.rows->budget = *budget;
    kith_status status = r.rows ? check_list(g, err) : fail_memory(err);
    if (status == KITH_OK) status = new_segments(&r, count_parts(g, PART_WORDS), err);
    for (uint32_t i = 0; i < g->part_count && status == KITH_OK; i++)
        status = read_part(&g->parts[i], &r, err);
    if (status == KITH_OK) status = make_snapshot(&r, out, err);
    reading_done(&r);
    return status;
}
