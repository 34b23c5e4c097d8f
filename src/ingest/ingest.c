/* ingest.c - groups of units, embedded together, stored one by one. */
#include "ingest/ingest.h"

#include "base/size.h"
#include "base/utf8.h"
#include "os/clock.h"

#include <stdlib.h>

enum {
    // What is embedded together and lost together when the run is stopped before it is stored.
    GROUP_CHUNKS = 256,
    GROUP_UNITS = 256,
    GROUP_TEXT_BYTES = 8 << 20,
    GROUP_MEMORY_BYTES = 64 << 20, /* with what was read in vain meanwhile */
    EMBED_SLICE = 128, /* chunks between two signs of progress, when a run can be stopped */
    DEFAULT_MIN_CHARACTERS = 10
};

static const kith_ingest_options no_options;

kith_status ingest_init(ingest_run *in, collection *c, embedder *e,
                        const kith_ingest_options *options, kith_error *err)
{
    const kith_ingest_options *o = options ? options : &no_options;
    kith_embedder_info model = embedder_describe(e);
    chunk_options sizes;
    kith_status status = prepare_chunk_options(&o->chunk, e, &sizes, err);
    if (status == KITH_OK && c)
        status = collection_check_model(c, view_of(model.fingerprint), model.dimension, err);
    if (status != KITH_OK) return status;
    *in = (ingest_run){
        .collection = c,
        .embedder = e,
        .options = o,
        .prepare = {.chunk = o->chunk,
                    .min_characters = o->skip_validation  ? 0
                                      : o->min_characters ? o->min_characters
                                                          : DEFAULT_MIN_CHARACTERS,
                    .now_ms = clock_wall_ms(),
                    .embedder = e},
    };
    in->units = heap_new_array(GROUP_UNITS, sizeof *in->units);
    if (!in->units) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    arena_init(&in->memory, (size_t)4 << 30);
    return KITH_OK;
}

void ingest_done(ingest_run *in)
{
    free(in->units);
    arena_done(&in->memory);
    *in = (ingest_run){0};
}

static kith_status send_event(ingest_run *in, kith_ingest_event *event, kith_error *err)
{
    event->done = in->done;
    event->total = in->total;
    // A group that could not be embedded as a whole is gone through again.
    in->bytes_shown = size_max(in->bytes_shown, in->bytes_done + in->bytes_underway);
    event->bytes_done = in->bytes_shown;
    event->bytes_total = in->bytes_total;
    event->chunks = in->report.chunks + in->chunks_underway;
    if (!in->options->on_event || in->options->on_event(in->options->context, event) == 0)
        return KITH_OK;
    in->cancelled = true;
    return fail(err, KITH_ERR_CANCELLED, "stopped by the caller after %llu of %llu",
                (unsigned long long)in->done, (unsigned long long)in->total);
}

/* The counter of an outcome of whole files; NULL: none. */
static uint64_t *counter_of(kith_ingest_report *r, kith_ingest_outcome outcome)
{
    switch (outcome) {
    case KITH_ADDED:
        return &r->files_added;
    case KITH_UPDATED:
        return &r->files_updated;
    case KITH_UNCHANGED:
        return &r->files_unchanged;
    case KITH_REMOVED:
        return &r->files_removed;
    case KITH_SKIPPED:
        return &r->files_skipped;
    case KITH_FAILED:
        return &r->files_failed;
    case KITH_IGNORED:
        return &r->files_ignored;
    case KITH_DUPLICATE:
        return &r->files_duplicate;
    case KITH_RENAMED:
        return &r->files_renamed;
    case KITH_PROGRESS:
    case KITH_WATCHING:
    case KITH_WAITING:
        break;
    }
    return NULL;
}

kith_status ingest_report(ingest_run *in, const ingest_news *news, kith_error *err)
{
    const kith_error *problem = news->problem;
    if (news->outcome == KITH_FAILED) {
        in->report.errors++;
        in->failures[problem->code]++;
    }
    if (!news->is_record) {
        ++*counter_of(&in->report, news->outcome);
        in->done++;
    }
    in->bytes_done += news->bytes;
    kith_ingest_event event = {
        .outcome = news->outcome,
        .source = news->label,
        .other = news->other ? news->other : "",
        .reason = problem ? problem->message : "",
        .status = problem ? problem->code : KITH_OK,
    };
    return send_event(in, &event, err);
}

/* The same for every unit, so there is no point in going on. */
static bool is_fatal(kith_status status)
{
    switch (status) {
    case KITH_ERR_INVALID:
    case KITH_ERR_EXISTS:
    case KITH_ERR_LIMIT:
    case KITH_ERR_FORMAT:
    case KITH_ERR_UNSUPPORTED:
        return false;
    default:
        return true;
    }
}

/* All chunks of the group, in slices; vectors [chunk_count][*dim] on the heap. */
static kith_status embed_group(ingest_run *in, const view *texts, float **out, uint32_t *dim,
                               kith_error *err)
{
    kith_status status = KITH_OK;
    float *all = NULL;
    for (uint32_t start = 0; start < in->chunk_count; start += EMBED_SLICE) {
        uint32_t count = (uint32_t)size_min(EMBED_SLICE, in->chunk_count - start);
        float *vectors = NULL;
        uint32_t width = 0;
        status = embedder_embed(in->embedder, texts + start, count, &vectors, &width, NULL, err);
        if (status == KITH_OK && !all) {
            *dim = width;
            size_t floats = 0;
            all = size_mul(in->chunk_count, width, &floats) ? heap_new_array(floats, sizeof *all)
                                                            : NULL;
            if (!all)
                status =
                    fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", in->chunk_count);
        }
        if (status == KITH_OK) {
            memcpy(all + (size_t)start * width, vectors, (size_t)count * width * sizeof *all);
            in->chunks_underway = start + count;
            in->bytes_underway =
                (uint64_t)((double)in->text_bytes * (start + count) / in->chunk_count);
            status =
                send_event(in,
                           &(kith_ingest_event){
                               .outcome = KITH_PROGRESS, .source = "", .other = "", .reason = ""},
                           err);
        }
        free(vectors);
        if (status != KITH_OK) break;
    }
    if (status == KITH_OK)
        *out = all;
    else
        free(all);
    return status;
}

/* Texts of the group in order. */
static void gather_texts(const ingest_run *in, view *texts)
{
    uint32_t n = 0;
    for (uint32_t u = 0; u < in->unit_count; u++) {
        const ingest_unit *unit = &in->units[u];
        for (uint32_t d = 0; d < unit->document_count && !unit->has_vectors; d++)
            for (uint32_t i = 0; i < unit->documents[d].document.point_count; i++)
                texts[n++] = unit->documents[d].embedded[i];
    }
}

static uint32_t count_chunks(const ingest_unit *unit)
{
    uint32_t chunks = 0;
    for (uint32_t d = 0; d < unit->document_count; d++)
        chunks += unit->documents[d].document.point_count;
    return chunks;
}

static kith_status report_unit(ingest_run *in, const ingest_unit *unit, const kith_error *problem,
                               kith_error *err)
{
    kith_error note = {.code = KITH_OK};
    (void)fail(&note, KITH_OK, "%s", unit->note);
    if (!problem) {
        in->report.processed += unit->document_count;
        if (!unit->has_vectors) in->report.chunks += count_chunks(unit);
        in->report.bytes += unit->bytes;
    }
    ingest_news news = {.outcome = problem ? KITH_FAILED : unit->outcome,
                        .label = unit->label,
                        .other = problem ? NULL : unit->other,
                        .problem = problem ? problem : &note,
                        .bytes = unit->bytes};
    kith_status status =
        problem && in->on_failed ? in->on_failed(in->failed_context, unit, problem, err) : KITH_OK;
    return status == KITH_OK ? ingest_report(in, &news, err) : status;
}

/* The unit as the store takes it; *vector advances past those that were embedded for it. */
static kith_status make_deposit(ingest_run *in, const ingest_unit *unit, const float **vector,
                                uint32_t dim, store_deposit *out, kith_error *err)
{
    store_document *documents = arena_new_array(&in->memory, store_document, unit->document_count);
    if (!documents) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", unit->label);
    for (uint32_t d = 0; d < unit->document_count; d++) {
        documents[d] = unit->documents[d].document;
        // The points are ours, in the group's arena.
        store_point *points = (store_point *)(uintptr_t)documents[d].points;
        for (uint32_t i = 0; i < documents[d].point_count && !unit->has_vectors; i++) {
            points[i].vector = *vector;
            *vector += dim;
        }
    }
    *out = (store_deposit){unit->source, documents, unit->document_count};
    return KITH_OK;
}

static void settle_progress(ingest_run *in, const ingest_unit *unit)
{
    // Reported as done from here on.
    in->bytes_underway -= unit->bytes;
    if (!unit->has_vectors) in->chunks_underway -= count_chunks(unit);
}

static kith_status put(ingest_run *in, const store_deposit *deposits, uint32_t count, uint32_t dim,
                       kith_error *err)
{
    bool has_chunks = false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t d = 0; d < deposits[i].count; d++)
            has_chunks = has_chunks || deposits[i].documents[d].point_count > 0;
    view model = view_of(embedder_model(in->embedder));
    return collection_put_sources(in->collection, deposits, count, has_chunks ? dim : 0, model,
                                  err);
}

/* Each by itself: what the store refuses is reported, and the rest goes on. */
static kith_status store_singly(ingest_run *in, const store_deposit *deposits, uint32_t dim,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++) {
        kith_error problem;
        settle_progress(in, &in->units[u]);
        kith_status stored = put(in, &deposits[u], 1, dim, &problem);
        if (is_fatal(stored) && stored != KITH_OK) return fail(err, stored, "%s", problem.message);
        status = report_unit(in, &in->units[u], stored == KITH_OK ? NULL : &problem, err);
    }
    return status;
}

/* The whole group in one transaction, since the disk's sync is what small files cost most; when
 * the store refuses one of them, one by one. All that is stored is reported, also after the caller
 * asked to stop. */
static kith_status store_group(ingest_run *in, const float *vectors, uint32_t dim, kith_error *err)
{
    store_deposit *deposits = arena_new_array(&in->memory, store_deposit, in->unit_count);
    if (!deposits) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a group");
    kith_error problem;
    kith_status status = KITH_OK;
    if (dim == 0) dim = embedder_describe(in->embedder).dimension;
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++)
        status = make_deposit(in, &in->units[u], &vectors, dim, &deposits[u], err);
    if (status != KITH_OK) return status;
    kith_status stored = put(in, deposits, in->unit_count, dim, &problem);
    if (stored != KITH_OK && is_fatal(stored)) return fail(err, stored, "%s", problem.message);
    if (stored != KITH_OK) return store_singly(in, deposits, dim, err);
    for (uint32_t u = 0; u < in->unit_count; u++) {
        settle_progress(in, &in->units[u]);
        kith_status reported = report_unit(in, &in->units[u], NULL, err);
        if (status == KITH_OK) status = reported;
    }
    return status;
}

/* ---- what becomes of a group that cannot be embedded ---- */

bool ingest_is_outage(kith_status status)
{
    switch (status) {
    case KITH_ERR_NETWORK:
    case KITH_ERR_TIMEOUT:
    case KITH_ERR_AUTH:
    case KITH_ERR_NOT_FOUND:
    case KITH_ERR_RATE_LIMITED:
    case KITH_ERR_REMOTE:
        return true;
    default:
        return false;
    }
}

/* May one text be the reason, and the others be embedded without it? */
static bool is_about_a_text(ingest_run *in, kith_status status)
{
    if (status == KITH_ERR_LIMIT) return true;
    bool may_be = status == KITH_ERR_REMOTE || status == KITH_ERR_TIMEOUT;
    return may_be && in->outlives_endpoint && embedder_probe(in->embedder, NULL) == KITH_OK;
}

static void begin_settling(ingest_run *in)
{
    in->bytes_underway = in->text_bytes; // also of a group without chunks
    in->chunks_underway = in->chunk_count;
}

/* What needs no vectors is stored, the rest has failed. */
static kith_status store_what_has_vectors(ingest_run *in, const kith_error *problem,
                                          kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t kept = 0;
    begin_settling(in);
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++) {
        if (in->units[u].has_vectors) {
            in->units[kept++] = in->units[u];
            continue;
        }
        settle_progress(in, &in->units[u]);
        status = report_unit(in, &in->units[u], problem, err);
    }
    in->unit_count = kept;
    return status == KITH_OK && kept > 0 ? store_group(in, NULL, 0, err) : status;
}

static kith_status embed_texts(ingest_run *in, float **vectors, uint32_t *dim, kith_error *problem)
{
    if (in->chunk_count > 0 && in->outage.code != KITH_OK)
        return fail(problem, in->outage.code, "%s", in->outage.message);
    view *texts = heap_new_array(in->chunk_count, sizeof *texts);
    if (!texts) return fail(problem, KITH_ERR_NO_MEMORY, "out of memory for a group");
    gather_texts(in, texts);
    kith_status status = embed_group(in, texts, vectors, dim, problem);
    free(texts);
    return status;
}

static kith_status flush_singly(ingest_run *in, kith_error *err);

/* Embeds and stores the units at hand; their memory stays. */
static kith_status flush_units(ingest_run *in, kith_error *err)
{
    float *vectors = NULL;
    uint32_t dim = 0;
    kith_error problem = {0};
    kith_status status = embed_texts(in, &vectors, &dim, &problem);
    if (status == KITH_OK) {
        begin_settling(in);
        status = store_group(in, vectors, dim, err);
        free(vectors);
        return status;
    }
    bool is_known = in->outage.code != KITH_OK;
    if (!is_known && is_about_a_text(in, status))
        return in->unit_count > 1 ? flush_singly(in, err)
                                  : store_what_has_vectors(in, &problem, err);
    if (!in->outlives_endpoint || !ingest_is_outage(status))
        return fail(err, status, "%s", problem.message);
    in->outage = problem;
    return store_what_has_vectors(in, &problem, err);
}

/* One after the other, so that a text which cannot be embedded costs its own file alone. */
static kith_status flush_singly(ingest_run *in, kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t count = in->unit_count;
    ingest_unit *units = arena_new_array(&in->memory, ingest_unit, count);
    if (!units) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a group");
    memcpy(units, in->units, count * sizeof *units);
    for (uint32_t u = 0; u < count && status == KITH_OK; u++) {
        in->units[0] = units[u];
        in->unit_count = 1;
        in->chunk_count = units[u].has_vectors ? 0 : count_chunks(&units[u]);
        in->text_bytes = units[u].bytes;
        status = flush_units(in, err);
    }
    return status;
}

static void empty_group(ingest_run *in)
{
    in->unit_count = in->chunk_count = in->chunks_underway = 0;
    in->text_bytes = in->bytes_underway = 0;
    arena_reset(&in->memory);
}

kith_status ingest_flush(ingest_run *in, kith_error *err)
{
    kith_status status = in->unit_count > 0 ? flush_units(in, err) : KITH_OK;
    empty_group(in);
    return status;
}

kith_status ingest_bound_memory(ingest_run *in, kith_error *err)
{
    if (in->unit_count > 0 && in->memory.used < GROUP_MEMORY_BYTES) return KITH_OK;
    return ingest_flush(in, err);
}

kith_status ingest_add(ingest_run *in, const ingest_unit *unit, kith_error *err)
{
    if (in->options->dry_run) return report_unit(in, unit, NULL, err);
    in->units[in->unit_count++] = *unit;
    in->text_bytes += unit->bytes;
    if (!unit->has_vectors) in->chunk_count += count_chunks(unit);
    bool full = in->unit_count == GROUP_UNITS || in->chunk_count >= GROUP_CHUNKS ||
                in->text_bytes >= GROUP_TEXT_BYTES;
    return full ? ingest_flush(in, err) : KITH_OK;
}

/* \r\n and \r become \n. */
static view normalise_lines(view text, arena *a)
{
    if (text.size == 0 || !memchr(text.data, '\r', text.size)) return text;
    char *out = arena_new(a, text.size);
    if (!out) return (view){NULL, 0};
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n') continue;
        out[size++] = text.data[i] == '\r' ? '\n' : text.data[i];
    }
    return (view){out, size};
}

static kith_status document_of_call(const kith_document *from, arena *a, document *out,
                                    kith_error *err)
{
    if (!from->id || !from->id[0]) return fail(err, KITH_ERR_INVALID, "id is missing");
    if (!from->content) return fail(err, KITH_ERR_INVALID, "content is missing");
    view content =
        from->content_bytes ? (view){from->content, from->content_bytes} : view_of(from->content);
    if (content.size > KITH_DOCUMENT_MAX_BYTES)
        return fail(err, KITH_ERR_LIMIT, "content has %zu bytes, the limit is %d", content.size,
                    KITH_DOCUMENT_MAX_BYTES);
    size_t bad = utf8_find_invalid(content);
    if (bad < content.size)
        return fail(err, KITH_ERR_INVALID, "content is not valid UTF-8 at byte %zu", bad);
    *out = (document){
        .id = view_of(from->id),
        .title = view_of(from->title),
        .text = normalise_lines(content, a),
        .title_is_prefix = from->title && from->title[0],
        .fields = {.memory = a},
    };
    if (!out->text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the content");
    return from->metadata ? metadata_parse(view_of(from->metadata), &out->fields, err) : KITH_OK;
}

static kith_status add_document(ingest_run *in, const kith_document *from, kith_error *err)
{
    kith_error problem;
    kith_status status = ingest_bound_memory(in, err);
    if (status != KITH_OK) return status;
    document *d = arena_new_array(&in->memory, document, 1);
    prepared_document *prepared = arena_new_array(&in->memory, prepared_document, 1);
    if (!d || !prepared) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a document");
    status = document_of_call(from, &in->memory, d, &problem);
    if (status == KITH_OK)
        status = prepare_document(d, d->id, &in->prepare, &in->memory, prepared, &problem);
    if (status == KITH_ERR_NO_MEMORY) return fail(err, status, "%s", problem.message);
    const char *label = from->id ? from->id : "";
    if (status != KITH_OK) {
        ingest_news news = {.outcome = KITH_FAILED, .label = label, .problem = &problem};
        return ingest_report(in, &news, err);
    }
    ingest_unit unit = {
        .label = label,
        .outcome = KITH_ADDED,
        .note = "",
        .documents = prepared,
        .document_count = 1,
        .bytes = d->text.size,
    };
    return ingest_add(in, &unit, err);
}

kith_status ingest_documents(ingest_run *in, const kith_document *documents, size_t count,
                             kith_error *err)
{
    kith_status status = KITH_OK;
    in->total = count;
    for (size_t i = 0; i < count && status == KITH_OK; i++)
        status = add_document(in, &documents[i], err);
    return status == KITH_OK ? ingest_flush(in, err) : status;
}
