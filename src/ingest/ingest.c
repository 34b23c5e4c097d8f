/* ingest.c - groups of units: gathered, embedded together, stored in one transaction.
 *
 * When a group ends. Units are added until the group holds GROUP_CHUNKS chunks to embed,
 * GROUP_UNITS units or GROUP_TEXT_BYTES of text, whichever comes first; the unit that reaches a
 * limit is still part of the group, so that no file is split between two. A fourth limit does not
 * depend on units: files that came to nothing (not parseable, too short) leave what was allocated
 * for them in the arena, and ingest_bound_memory ends the group before the next file once the arena
 * has grown to GROUP_MEMORY_BYTES. Callers end a group too, by ingest_flush, when what follows must
 * find everything in the store.
 *
 * Memory. The units, their documents, texts and chunks lie in in->memory; only ingest_flush empties
 * it, as its last step and whatever its result. Hence two rules for callers: nothing allocated
 * there may be read after ingest_add, ingest_flush or ingest_bound_memory returned, and a caller
 * that takes an arena_mark must not rewind to it when one of them ran in between. Vectors are on
 * the heap and live from group_vectors_embed to the end of store_group.
 *
 * All or nothing. The group is first stored in one transaction. When the store refuses it because
 * of one of its units (is_fatal says which statuses are of that kind), nothing of it was written,
 * and each unit is stored in a transaction of its own; the refused ones are reported as failed. In
 * both cases a unit is in the store as a whole or not at all, so a kill loses whole units, and at
 * most those of one group. A unit that is larger than a group by itself may be minutes of work: its
 * vectors wait in the store meanwhile, and a kill costs one slice (unfinished.h).
 *
 * When the embedder fails:
 *
 *     embed the group --ok--> store it
 *       | one text may be the cause ----> several units: each through the same alone
 *       |                                 one unit: it fails
 *       | the endpoint is down, and the run survives that
 *       |                           ----> units with vectors are stored, the others fail; the
 *       |                                 outage is remembered and no request is made any more
 *       | anything else             ----> the run ends with that status
 *
 * Reports. A unit's outcome (added, updated, renamed) is reported after the commit that contains
 * it, never before: what is reported is on disk. When on_event asks to stop in the middle of a
 * group that is already committed, the rest of the group is still reported, and then the run ends.
 * KITH_PROGRESS events come while a group is embedded. Each event counts the bytes that are done
 * plus those that are embedded: a unit moves from the second count to the first when it is reported
 * (uncount_embedded, then ingest_report). A group that failed as a whole and is embedded again unit
 * by unit would make the sum fall, so events carry its highest value so far. */
#include "ingest/ingest.h"

#include "base/size.h"
#include "ingest/file_notes.h"
#include "ingest/group_vectors.h"
#include "ingest/unfinished.h"
#include "os/clock.h"

#include <stdlib.h>

enum {
    // Defaults of ingest_limits.
    GROUP_CHUNKS = 256,
    GROUP_UNITS = 256,
    GROUP_TEXT_BYTES = 8 << 20,
    GROUP_MEMORY_BYTES = 64 << 20,
    EMBED_SLICE = 128, /* small enough that a person sees progress and can stop the run */
    DEFAULT_MIN_CHARACTERS = 10
};

static const kith_ingest_options no_options;
static const kith_chunk_options default_chunk;

kith_status ingest_init(ingest_run *in, collection *c, embedder *e,
                        const kith_ingest_options *options, kith_error *err)
{
    const kith_ingest_options *o = options ? options : &no_options;
    kith_embedder_info model = embedder_describe(e);
    const kith_chunk_options *chunking = o->chunk ? o->chunk : &default_chunk;
    chunk_options sizes;
    kith_status status = prepare_chunk_options(chunking, e, &sizes, err);
    if (status == KITH_OK && c)
        status = collection_check_model(c, view_of(model.fingerprint), model.dimension, err);
    if (status != KITH_OK) return status;
    *in = (ingest_run){
        .collection = c,
        .embedder = e,
        .options = o,
        .prepare = {.chunk = *chunking,
                    .min_characters = o->skip_validation  ? 0
                                      : o->min_characters ? o->min_characters
                                                          : DEFAULT_MIN_CHARACTERS,
                    .now_ms = clock_wall_ms(),
                    .embedder = e},
        .limits = {.chunks = GROUP_CHUNKS,
                   .units = GROUP_UNITS,
                   .text_bytes = GROUP_TEXT_BYTES,
                   .memory_bytes = GROUP_MEMORY_BYTES,
                   .embed_slice = EMBED_SLICE,
                   .file_notes = FILE_NOTES_GROUP},
    };
    in->units = heap_new_array(GROUP_UNITS, sizeof *in->units);
    if (!in->units) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for an ingestion");
    if (status == KITH_OK && c) status = known_init(&in->known, c, e, err);
    if (status != KITH_OK) {
        free(in->units);
        *in = (ingest_run){0};
        return status;
    }
    arena_init(&in->memory, (size_t)4 << 30);
    return KITH_OK;
}

void ingest_done(ingest_run *in)
{
    free(in->units);
    known_done(&in->known);
    arena_done(&in->memory);
    *in = (ingest_run){0};
}

/* False for a status by which the store refuses one unit and may take the others; true when the
 * next unit would fail the same way. */
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

static double work_of(const prepared_document *p)
{
    double work = 0;
    for (uint32_t i = 0; i < p->document.point_count; i++)
        work += forecast_work(p->chunks[i].tokens, p->embedded[i].size);
    return work;
}

double ingest_work(const ingest_unit *unit)
{
    double work = 0;
    for (uint32_t d = 0; d < unit->document_count && !unit->has_vectors; d++)
        work += work_of(&unit->documents[d]);
    return work;
}

/* Reports the unit as stored, or with `problem` as failed. */
static kith_status report_unit(ingest_run *in, const ingest_unit *unit, const kith_error *problem,
                               kith_error *err)
{
    kith_error note = {.code = KITH_OK};
    (void)fail(&note, KITH_OK, "%s", unit->note);
    if (!problem) {
        in->report.processed += unit->document_count;
        if (!unit->has_vectors) in->report.chunks += ingest_count_chunks(unit);
        in->report.bytes += unit->bytes;
    }
    ingest_result result = {.outcome = problem ? KITH_FAILED : unit->outcome,
                            .label = unit->label,
                            .other = problem ? NULL : unit->other,
                            .problem = problem ? problem : &note,
                            .notices = problem ? NULL : &unit->notices,
                            .bytes = unit->bytes};
    kith_status status =
        problem && in->on_failed ? in->on_failed(in->failed_context, unit, problem, err) : KITH_OK;
    return status == KITH_OK ? ingest_report(in, &result, err) : status;
}

/* Gives the point, chunk `number` of its document, its vector, or has it wait for one: the
 * beginning of every document is promised before what follows it in any (docs/decisions/049).
 * embedded  the text to embed, which ends with the point's content (prepare.h) */
static void set_vector(ingest_run *in, const group_vectors *from, uint32_t at, view embedded,
                       uint32_t number, store_point *point)
{
    CHECK(embedded.size >= point->content.size);
    point->prefix = view_slice(embedded, 0, embedded.size - point->content.size);
    if (!from->found || from->found[at]) {
        point->vector = from->vectors + (size_t)at * from->dim;
        point->text = from->keys[at];
        return;
    }
    point->is_waiting = true;
    point->promise = number;
    in->chunks_waiting++;
}

/* The unit as the store takes it, with its vectors in its points; *at advances past those that were
 * embedded for it. `out` lives in in->memory. */
static kith_status make_deposit(ingest_run *in, const ingest_unit *unit, const group_vectors *from,
                                uint32_t *at, store_deposit *out, kith_error *err)
{
    store_document *documents = arena_new_array(&in->memory, store_document, unit->document_count);
    if (!documents) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for '%s'", unit->label);
    for (uint32_t d = 0; d < unit->document_count; d++) {
        documents[d] = unit->documents[d].document;
        // prepare_document allocated the points in the group's arena: they are ours to write.
        store_point *points = (store_point *)(uintptr_t)documents[d].points;
        for (uint32_t i = 0; i < documents[d].point_count && !unit->has_vectors; i++) {
            set_vector(in, from, *at, unit->documents[d].embedded[i], i, &points[i]);
            ++*at;
        }
    }
    *out = (store_deposit){unit->source, documents, unit->document_count};
    return KITH_OK;
}

/* Takes the unit out of the counts of what is embedded: the report that follows counts it as
 * done. */
static void uncount_embedded(ingest_run *in, const ingest_unit *unit)
{
    CHECK(in->bytes_embedded >= unit->bytes);
    in->bytes_embedded -= unit->bytes;
    if (!unit->has_vectors) in->chunks_embedded -= ingest_count_chunks(unit);
}

static kith_status put(ingest_run *in, const store_deposit *deposits, uint32_t count, uint32_t dim,
                       kith_error *err)
{
    bool has_chunks = false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t d = 0; d < deposits[i].count; d++)
            has_chunks = has_chunks || deposits[i].documents[d].point_count > 0;
    const collection_deposits what = {.deposits = deposits,
                                      .count = count,
                                      .dim = has_chunks ? dim : 0,
                                      .model = view_of(embedder_model(in->embedder)),
                                      .limit = in->limit};
    return collection_put_sources(in->collection, &what, err);
}

/* The group is in the store, or was refused: vectors of a long document need not outlive it. */
static void end_unfinished(const ingest_run *in)
{
    const ingest_unit *longest = ingest_long_unit(in);
    if (!longest || in->words_first) return;
    unfinished u = unfinished_begin(in->collection, in->embedder, longest->label);
    unfinished_end(&u);
}

/* The unit's chunks that make_deposit has counted as waiting. */
static uint32_t count_waiting(const ingest_unit *unit, const store_deposit *deposit)
{
    uint32_t waiting = 0;
    for (uint32_t d = 0; d < deposit->count && !unit->has_vectors; d++)
        for (uint32_t i = 0; i < deposit->documents[d].point_count; i++)
            waiting += deposit->documents[d].points[i].is_waiting;
    return waiting;
}

/* A transaction a unit: what the store refuses is reported as failed, and the others go on. */
static kith_status store_singly(ingest_run *in, const store_deposit *deposits, uint32_t dim,
                                kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++) {
        kith_error problem;
        uncount_embedded(in, &in->units[u]);
        kith_status stored = put(in, &deposits[u], 1, dim, &problem);
        if (is_fatal(stored) && stored != KITH_OK) return fail(err, stored, "%s", problem.message);
        if (stored != KITH_OK) in->chunks_waiting -= count_waiting(&in->units[u], &deposits[u]);
        status = report_unit(in, &in->units[u], stored == KITH_OK ? NULL : &problem, err);
    }
    if (status == KITH_OK) end_unfinished(in);
    return status;
}

/* Stores the group in one transaction, since syncing the disk is most of what a small file costs;
 * when the store refuses it, unit by unit. After the commit every unit is reported, also when
 * on_event asks to stop meanwhile.
 * from  empty when all units have their vectors */
static kith_status store_group(ingest_run *in, const group_vectors *from, kith_error *err)
{
    uint32_t at = 0, dim = from->dim;
    store_deposit *deposits = arena_new_array(&in->memory, store_deposit, in->unit_count);
    if (!deposits) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a group");
    kith_error problem;
    kith_status status = KITH_OK;
    if (dim == 0) dim = embedder_describe(in->embedder).dimension;
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++)
        status = make_deposit(in, &in->units[u], from, &at, &deposits[u], err);
    if (status != KITH_OK) return status;
    kith_status stored = put(in, deposits, in->unit_count, dim, &problem);
    if (stored != KITH_OK && is_fatal(stored)) return fail(err, stored, "%s", problem.message);
    if (stored != KITH_OK) return store_singly(in, deposits, dim, err);
    end_unfinished(in);
    for (uint32_t u = 0; u < in->unit_count; u++) {
        uncount_embedded(in, &in->units[u]);
        kith_status reported = report_unit(in, &in->units[u], NULL, err);
        if (status == KITH_OK) status = reported;
    }
    return status;
}

/* ---- embedding, and what follows when it fails ---- */

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

/* True when one text may be the cause of the failure, so that the others can be embedded without
 * it. Statuses that an endpoint uses for both cases are told apart by asking it for one short
 * text. */
static bool may_be_one_text(ingest_run *in, kith_status status)
{
    if (status == KITH_ERR_LIMIT) return true;
    bool may_be = status == KITH_ERR_REMOTE || status == KITH_ERR_TIMEOUT;
    return may_be && in->survives_outage &&
           embedder_probe(in->embedder, in->limit, NULL) == KITH_OK;
}

/* Counts the whole group as embedded, before its units are reported one by one. group_vectors_embed has
 * done so already unless it failed or the group has no chunks. */
static void count_group_as_embedded(ingest_run *in)
{
    in->bytes_embedded = in->text_bytes;
    in->chunks_embedded = in->chunk_count;
    in->work_waiting = 0;
}

/* Reports the units that need vectors as failed, and stores those that have theirs. */
static kith_status store_without_embedding(ingest_run *in, const kith_error *problem,
                                           kith_error *err)
{
    kith_status status = KITH_OK;
    uint32_t kept = 0;
    count_group_as_embedded(in);
    for (uint32_t u = 0; u < in->unit_count && status == KITH_OK; u++) {
        if (in->units[u].has_vectors) {
            in->units[kept++] = in->units[u];
            continue;
        }
        uncount_embedded(in, &in->units[u]);
        status = report_unit(in, &in->units[u], problem, err);
    }
    in->unit_count = kept;
    return status == KITH_OK && kept > 0 ? store_group(in, &(group_vectors){0}, err) : status;
}

static kith_status flush_singly(ingest_run *in, kith_error *err);

/* Embeds and stores the units at hand, as the head of this file draws it; their memory stays. The
 * recursion through flush_singly is one deep: it hands over single units. */
static kith_status flush_units(ingest_run *in, kith_error *err)
{
    group_vectors embedded = {0};
    kith_error problem = {0};
    kith_status status = in->words_first ? group_vectors_find(in, &embedded, &problem)
                                         : group_vectors_embed(in, &embedded, &problem);
    if (status == KITH_OK) {
        count_group_as_embedded(in);
        status = store_group(in, &embedded, err);
        group_vectors_done(&embedded);
        return status;
    }
    // A limit that ended the embedding ends the run: its KITH_ERR_TIMEOUT is no outage.
    kith_status stopped = call_limit_check(in->limit, err);
    if (stopped != KITH_OK) return stopped;
    bool is_remembered = in->outage.code != KITH_OK;
    if (!is_remembered && may_be_one_text(in, status))
        return in->unit_count > 1 ? flush_singly(in, err)
                                  : store_without_embedding(in, &problem, err);
    if (!in->survives_outage || !ingest_is_outage(status))
        return fail(err, status, "%s", problem.message);
    in->outage = problem;
    return store_without_embedding(in, &problem, err);
}

/* Each unit through flush_units alone, so that a text which cannot be embedded fails its own unit
 * only. The units are copied, since flush_units takes its group from in->units. */
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
        in->chunk_count = units[u].has_vectors ? 0 : ingest_count_chunks(&units[u]);
        in->text_bytes = units[u].bytes;
        status = flush_units(in, err);
    }
    return status;
}

const char *ingest_check(const ingest_run *in)
{
    uint64_t chunks = 0, bytes = 0, failures = 0;
    for (uint32_t u = 0; u < in->unit_count; u++) {
        chunks += in->units[u].has_vectors ? 0 : ingest_count_chunks(&in->units[u]);
        bytes += in->units[u].bytes;
    }
    for (int i = 0; i < INGEST_STATUS_COUNT; i++)
        failures += in->failures[i];
    if (in->limits.units > GROUP_UNITS) return "limits.units is above the size of the array";
    if (in->unit_count >= in->limits.units) return "a full group was not flushed (units)";
    if (in->chunk_count >= in->limits.chunks) return "a full group was not flushed (chunks)";
    if (in->text_bytes >= in->limits.text_bytes) return "a full group was not flushed (bytes)";
    if (chunks != in->chunk_count) return "chunk_count is not the sum of the units' chunks";
    if (bytes != in->text_bytes) return "text_bytes is not the sum of the units' bytes";
    if (failures != in->report.errors) return "report.errors is not the sum of the failures";
    if (in->done > in->total) return "more is done than there is";
    if (in->bytes_embedded || in->chunks_embedded) return "a unit is embedded and not reported";
    return NULL;
}

static void empty_group(ingest_run *in)
{
    in->unit_count = in->chunk_count = in->chunks_embedded = 0;
    in->work_waiting = 0;
    in->text_bytes = in->bytes_embedded = 0;
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
    kith_status status = call_limit_check(in->limit, err);
    if (status != KITH_OK) return status;
    if (in->unit_count > 0 && in->memory.used < in->limits.memory_bytes) return KITH_OK;
    return ingest_flush(in, err);
}

kith_status ingest_add(ingest_run *in, const ingest_unit *unit, kith_error *err)
{
    if (in->options->dry_run) return report_unit(in, unit, NULL, err);
    CHECK(in->unit_count < in->limits.units && in->limits.units <= GROUP_UNITS);
    in->units[in->unit_count++] = *unit;
    in->text_bytes += unit->bytes;
    if (!unit->has_vectors) in->chunk_count += ingest_count_chunks(unit);
    in->work_waiting += ingest_work(unit);
    bool full = in->unit_count == in->limits.units || in->chunk_count >= in->limits.chunks ||
                in->text_bytes >= in->limits.text_bytes;
    kith_status status = full ? ingest_flush(in, err) : KITH_OK;
    DCHECK(!ingest_check(in));
    return status;
}
