/* group_vectors.c - see group_vectors.h. */
#include "ingest/group_vectors.h"

#include "base/size.h"
#include "ingest/unfinished.h"
#include "os/clock.h"

#include <math.h>
#include <stdlib.h>

/* Texts to embed. */
typedef struct embed_texts {
    view *texts;          /* [count] */
    double *work;         /* [count] */
    store_text_key *keys; /* [count] of the texts, filled as they are embedded */
    uint32_t count;
} embed_texts;

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / 1e9;
}

void group_vectors_done(group_vectors *v)
{
    free(v->vectors);
    free(v->keys);
    free(v->found);
    *v = (group_vectors){0};
}

static uint64_t texts_found(const ingest_run *in)
{
    return in->known.found + (in->known.unfinished ? in->known.unfinished->found : 0);
}

static kith_status embed_slice(ingest_run *in, const embed_texts *slice, float **out, uint32_t *dim,
                               kith_error *err)
{
    int64_t start = clock_monotonic_ns();
    uint64_t found = texts_found(in);
    kith_status status =
        known_embed(&in->known, slice->texts, slice->count, slice->keys, out, dim, err);
    double seconds = seconds_since(start), work = 0;
    for (uint32_t i = 0; i < slice->count; i++)
        work += slice->work[i];
    uint32_t embedded = slice->count - (uint32_t)(texts_found(in) - found);
    if (status == KITH_OK && embedded > 0)
        forecast_embedded(&in->forecast, work * embedded / slice->count, seconds);
    in->work_waiting = fmax(0, in->work_waiting - work);
    in->embed_seconds += seconds;
    return status;
}

/* The array of the group's vectors, to which slices of `width` floats a text are copied. */
static kith_status copy_slice(const ingest_run *in, float **all, uint32_t start, uint32_t count,
                              const float *vectors, uint32_t width, kith_error *err)
{
    size_t floats = 0;
    if (!*all && size_mul(in->chunk_count, width, &floats))
        *all = heap_new_array(floats, sizeof **all);
    if (!*all)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", in->chunk_count);
    memcpy(*all + (size_t)start * width, vectors, (size_t)count * width * sizeof **all);
    return KITH_OK;
}

static kith_status send_progress(ingest_run *in, uint32_t embedded, kith_error *err)
{
    in->chunks_embedded = embedded;
    in->bytes_embedded = (uint64_t)((double)in->text_bytes * embedded / in->chunk_count);
    static const kith_notices none = {0};
    kith_ingest_event event = {
        .outcome = KITH_PROGRESS, .source = "", .other = "", .reason = "", .notices = &none};
    return ingest_send_event(in, &event, err);
}

/* Embeds the group's texts in slices, with a KITH_PROGRESS after each. *out is untouched when there
 * is nothing to embed. */
static kith_status embed_group(ingest_run *in, const embed_texts *all_texts, group_vectors *out,
                               kith_error *err)
{
    kith_status status = KITH_OK;
    float *all = NULL;
    uint32_t dim = 0;
    const ingest_unit *longest = ingest_long_unit(in);
    unfinished u = {0};
    if (longest) u = unfinished_begin(in->collection, in->embedder, longest->label);
    u.limit = in->known.limit = in->limit;
    in->known.unfinished = longest ? &u : NULL;
    for (uint32_t start = 0; start < in->chunk_count && status == KITH_OK;
         start += in->limits.embed_slice) {
        uint32_t count = (uint32_t)size_min(in->limits.embed_slice, in->chunk_count - start);
        float *vectors = NULL;
        uint32_t width = 0;
        const embed_texts slice = {all_texts->texts + start, all_texts->work + start,
                                   all_texts->keys + start, count};
        status = embed_slice(in, &slice, &vectors, &width, err);
        if (status == KITH_OK) status = copy_slice(in, &all, start, count, vectors, width, err);
        if (status == KITH_OK) dim = width;
        if (status == KITH_OK) status = send_progress(in, start + count, err);
        free(vectors);
    }
    in->known.unfinished = NULL;
    if (status == KITH_OK && all)
        *out = (group_vectors){.vectors = all, .keys = all_texts->keys, .dim = dim};
    else
        free(all);
    return status;
}

/* The texts to embed, in the order in which make_deposit hands out the vectors. */
static void gather_texts(const ingest_run *in, embed_texts *out)
{
    uint32_t n = 0;
    for (uint32_t u = 0; u < in->unit_count; u++) {
        const ingest_unit *unit = &in->units[u];
        for (uint32_t d = 0; d < unit->document_count && !unit->has_vectors; d++) {
            const prepared_document *p = &unit->documents[d];
            for (uint32_t i = 0; i < p->document.point_count; i++, n++) {
                out->texts[n] = p->embedded[i];
                out->work[n] = forecast_work(p->chunks[i].tokens, p->embedded[i].size);
            }
        }
    }
    CHECK(n == in->chunk_count);
}

kith_status group_vectors_embed(ingest_run *in, group_vectors *out, kith_error *problem)
{
    if (in->chunk_count > 0 && in->outage.code != KITH_OK)
        return fail(problem, in->outage.code, "%s", in->outage.message);
    embed_texts all = {.texts = heap_new_array(in->chunk_count, sizeof *all.texts),
                       .work = heap_new_array(in->chunk_count, sizeof *all.work),
                       .keys = heap_new_array(in->chunk_count, sizeof *all.keys),
                       .count = in->chunk_count};
    kith_status status = all.texts && all.work && all.keys
                             ? KITH_OK
                             : fail(problem, KITH_ERR_NO_MEMORY, "out of memory for a group");
    if (status == KITH_OK) {
        gather_texts(in, &all);
        status = embed_group(in, &all, out, problem);
    }
    free(all.texts);
    free(all.work);
    if (!out->vectors) free(all.keys);
    return status;
}

kith_status group_vectors_find(ingest_run *in, group_vectors *out, kith_error *problem)
{
    size_t floats = 0;
    const uint32_t count = in->chunk_count;
    *out = (group_vectors){.dim = in->known.dim};
    embed_texts all = {.texts = heap_new_array(count, sizeof *all.texts),
                       .work = heap_new_array(count, sizeof *all.work),
                       .count = count};
    out->keys = heap_new_array(count, sizeof *out->keys);
    out->found = heap_new_array(count, sizeof *out->found);
    if (size_mul(count, out->dim, &floats))
        out->vectors = heap_new_array(floats, sizeof *out->vectors);
    bool fits = all.texts && all.work && out->keys && out->found && out->vectors;
    if (fits) {
        gather_texts(in, &all);
        known_find(&in->known, all.texts, count, out->keys, out->vectors, out->found);
    } else {
        group_vectors_done(out);
    }
    free(all.texts);
    free(all.work);
    return fits ? KITH_OK : fail(problem, KITH_ERR_NO_MEMORY, "out of memory for a group");
}
