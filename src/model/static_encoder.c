/* static_encoder.c - see static_encoder.h. Rows are added in the order of the tokens, on one thread. */
#include "model/static_encoder.h"

#include "base/size.h"
#include "model/pooling.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Memory of a thread: the ids of a text, and a row. */
typedef struct room {
    uint32_t *ids; /* [max_tokens] */
    float *row;    /* [dim] */
} room;

typedef struct static_call {
    const static_encoder *encoder;
    const view *texts;
    float *out;
    uint32_t *tokens;
    uint32_t *ids;           /* [workers][max_tokens] */
    float *rows;             /* [workers][dim] */
    atomic_bool is_broken;   /* a row cannot be read */
    atomic_bool is_infinite; /* a vector has a number that is not finite */
} static_call;

/* Writes the ids of the tokens that are in a text's mean; returns their number.
 * untruncated  receives the number of all of its tokens */
static uint32_t known_tokens(const static_encoder *s, view text, uint32_t *ids,
                             uint32_t *untruncated)
{
    const uint32_t unknown = tokenizer_unknown(s->tokenizer);
    uint32_t count = tokenizer_encode(s->tokenizer, text, s->max_tokens, ids, untruncated);
    uint32_t known = 0;
    for (uint32_t i = 0; i < count; i++)
        if (s->counts_unknown || ids[i] != unknown) ids[known++] = ids[i];
    // Of nothing but unknown tokens the mean is theirs: a vector of zeros has no cosine.
    return known ? known : count;
}

/* The vector of a text that says nothing: it has no token, or the rows of its tokens add up to nothing.
 * A vector of zeros has no cosine, so that its chunk would wait for one for ever. It gets that of the
 * unknown token and, when this has no direction either, one that prefers no component. False when the
 * row cannot be read. */
static bool say_nothing(const static_encoder *s, float *out)
{
    const uint32_t dim = static_table_shape(s->table).dim;
    if (!static_table_read(s->table, tokenizer_unknown(s->tokenizer), out)) return false;
    if (has_direction(out, dim)) return true;
    for (uint32_t i = 0; i < dim; i++)
        out[i] = 1 / sqrtf((float)dim);
    return true;
}

/* False when a row cannot be read. */
static bool make_vector(const static_encoder *s, room r, uint32_t count, float *out)
{
    const uint32_t dim = static_table_shape(s->table).dim;
    memset(out, 0, dim * sizeof *out);
    for (uint32_t t = 0; t < count; t++) {
        if (!static_table_read(s->table, r.ids[t], r.row)) return false;
        for (uint32_t i = 0; i < dim; i++)
            out[i] += r.row[i];
    }
    for (uint32_t i = 0; count > 1 && i < dim; i++)
        out[i] /= (float)count;
    if (!has_direction(out, dim) && !say_nothing(s, out)) return false;
    if (s->normalize) normalise(out, dim);
    return true;
}

static void embed_text(void *context, uint32_t i, uint32_t worker)
{
    static_call *c = context;
    const static_encoder *s = c->encoder;
    const uint32_t dim = static_table_shape(s->table).dim;
    room r = {c->ids + (size_t)worker * s->max_tokens, c->rows + (size_t)worker * dim};
    uint32_t count = known_tokens(s, c->texts[i], r.ids, c->tokens ? &c->tokens[i] : NULL);
    float *out = c->out + (size_t)i * dim;
    if (!make_vector(s, r, count, out))
        atomic_store(&c->is_broken, true);
    else if (!floats_are_finite(out, dim))
        atomic_store(&c->is_infinite, true);
}

kith_status static_embed(const static_encoder *s, const view *texts, uint32_t count,
                         const thread_share *threads, float *out, uint32_t *tokens, kith_error *err)
{
    const uint32_t workers = threads ? thread_pool_size(threads->pool) : 1;
    const uint32_t dim = static_table_shape(s->table).dim;
    static_call c = {.encoder = s, .texts = texts, .out = out, .tokens = tokens};
    if (count == 0) return KITH_OK;
    c.ids = heap_new_array(workers, s->max_tokens * sizeof *c.ids);
    c.rows = heap_new_array(workers, dim * sizeof *c.rows);
    kith_status status = KITH_OK;
    if (!c.ids || !c.rows)
        status = fail(err, KITH_ERR_NO_MEMORY, "no memory to embed %u texts", count);
    if (status == KITH_OK) thread_share_run(threads, count, embed_text, &c);
    if (status == KITH_OK && atomic_load(&c.is_broken))
        status = fail(err, KITH_ERR_MODEL, "the file was shortened while it was in use");
    if (status == KITH_OK && atomic_load(&c.is_infinite))
        status =
            fail(err, KITH_ERR_MODEL, "a vector is not finite: the table's numbers are too large");
    free(c.ids);
    free(c.rows);
    return status;
}

static kith_status encode_text(const static_encoder *s, view text, uint32_t *ids, arena *a,
                               encoded_text *out, kith_error *err)
{
    const uint32_t dim = static_table_shape(s->table).dim;
    const uint32_t count = known_tokens(s, text, ids, NULL);
    *out = (encoded_text){.ids = arena_new_array(a, uint32_t, count),
                          .states = arena_new_bytes_array(a, (size_t)count * dim, sizeof(float)),
                          .count = count};
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "no memory for tokens");
    for (uint32_t t = 0; t < count; t++) {
        float *state = out->states + (size_t)t * dim;
        out->ids[t] = ids[t];
        if (!static_table_read(s->table, ids[t], state))
            return fail(err, KITH_ERR_MODEL, "the file was shortened while it was in use");
        normalise(state, dim);
    }
    return KITH_OK;
}

kith_status static_encode(const static_encoder *s, const view *texts, uint32_t count, arena *a,
                          encoded_text *out, kith_error *err)
{
    uint32_t *ids = heap_new_array(s->max_tokens, sizeof *ids);
    if (!ids) return fail(err, KITH_ERR_NO_MEMORY, "no memory for tokens");
    kith_status status = KITH_OK;
    for (uint32_t i = 0; status == KITH_OK && i < count; i++)
        status = encode_text(s, texts[i], ids, a, &out[i], err);
    free(ids);
    return status;
}
