/* embeddings.c - texts to vectors over POST /embeddings, batch by batch.
 *
 * Nothing in an answer is taken on trust: each index occurs once, each vector has the dimension of
 * the first, all numbers are finite. A vector that is wrong here would be stored, and make every
 * later search wrong. The numbers may be a JSON array or base64 of little-endian float32.
 *
 * Endpoints limit a request by texts, by bytes or by tokens, and say so in as many wordings as there
 * are endpoints, in any language. So a batch that is refused for its size (KITH_ERR_LIMIT), or by
 * 400 or 422 for anything but the key or the model, is halved, and the smaller size kept for the
 * rest; a single text that is refused is at fault itself, and the message says which it is. What no
 * halving mends costs seven requests more, once. */
#include "base/json.h"
#include "base/size.h"
#include "llm/call.h"
#include "llm/remote_error.h"

#include <math.h>
#include <stdlib.h>

enum {
    BATCH_TEXTS = 96,
    BATCH_BYTES = 256 << 10,
    MAX_DIMENSION = 65536,
    MAX_REQUEST_BYTES = 64 << 20,
    MAX_ANSWER_BYTES = 64 << 20,
    MAX_TREE_BYTES = 512 << 20
};

typedef struct embedding_job {
    const endpoint *endpoint;
    const view *texts;
    uint32_t count;
    uint32_t batch_texts; /* as many as the endpoint takes at once, as far as we know */
    uint32_t dim;         /* 0: not known yet */
    float *vectors;       /* [count][dim] once it is known */
    llm_usage usage;
} embedding_job;

typedef struct batch {
    uint32_t first, count; /* into the job's texts */
    bool seen[BATCH_TEXTS];
} batch;

/* ---- asking ---- */

static batch next_batch(const embedding_job *job, uint32_t first)
{
    batch b = {.first = first};
    size_t bytes = 0;
    while (b.count < job->batch_texts && first + b.count < job->count) {
        bytes += job->texts[first + b.count].size;
        if (b.count > 0 && bytes > BATCH_BYTES) break;
        b.count++;
    }
    return b;
}

/* Newlines lower the quality of some models' embeddings; \r\n is one. */
static void append_without_newlines(buffer *line, view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\r' && i + 1 < text.size && text.data[i + 1] == '\n') continue;
        buffer_append_byte(line, c == '\n' || c == '\r' ? ' ' : c);
    }
}

static kith_status write_request(const embedding_job *job, const batch *b, buffer *body,
                                 kith_error *err)
{
    json_writer w = {.out = body};
    buffer line;
    buffer_init(&line, MAX_REQUEST_BYTES);
    json_begin_object(&w);
    json_member_text(&w, "model", job->endpoint->model);
    json_member_text(&w, "encoding_format", "float");
    json_key(&w, "input");
    json_begin_array(&w);
    for (uint32_t i = 0; i < b->count && line.failed == KITH_OK; i++) {
        buffer_reset(&line);
        append_without_newlines(&line, job->texts[b->first + i]);
        json_string(&w, buffer_view(&line));
    }
    json_end_array(&w);
    json_end_object(&w);
    kith_status status = buffer_status(&line, "a text to embed", err);
    if (status == KITH_OK) status = buffer_status(body, "a request for embeddings", err);
    buffer_done(&line);
    return status;
}

/* ---- understanding the answer ---- */

/* 0..63, or 64 for what is no base64 digit. */
static uint32_t base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z') return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9') return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* The number of bytes that `text` encodes; 0 when it is not strict, padded base64. */
static size_t base64_bytes(view text)
{
    if (text.size == 0 || text.size % 4 != 0) return 0;
    size_t padding = text.data[text.size - 1] != '=' ? 0 : text.data[text.size - 2] != '=' ? 1 : 2;
    for (size_t i = 0; i < text.size - padding; i++)
        if (base64_digit(text.data[i]) == 64) return 0;
    return text.size / 4 * 3 - padding;
}

/* Byte i of what valid base64 encodes. */
static uint32_t base64_byte(view text, size_t i)
{
    const char *group = text.data + i / 3 * 4;
    uint32_t high = base64_digit(group[i % 3]), low = base64_digit(group[i % 3 + 1]);
    return (high << (2 + 2 * (i % 3)) | low >> (4 - 2 * (i % 3))) & 0xFF;
}

static float base64_float(view text, size_t i)
{
    uint32_t bits = 0;
    for (size_t byte = 0; byte < 4; byte++)
        bits |= base64_byte(text, 4 * i + byte) << (8 * byte);
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The count of numbers in an embedding of either form; 0 when it is of neither. */
static uint32_t dimension_of(const json_value *embedding)
{
    if (!embedding) return 0;
    if (embedding->kind == JSON_ARRAY) return embedding->count;
    if (embedding->kind != JSON_STRING) return 0;
    size_t bytes = base64_bytes(embedding->string);
    return bytes % 4 == 0 && bytes / 4 <= MAX_DIMENSION ? (uint32_t)(bytes / 4) : 0;
}

/* Number i of an embedding; NaN when the element is no number. */
static float number_at(const json_value *embedding, uint32_t i)
{
    if (embedding->kind == JSON_STRING) return base64_float(embedding->string, i);
    const json_value *value = embedding->elements[i];
    if (value->kind == JSON_INTEGER) return (float)value->integer;
    return value->kind == JSON_DOUBLE ? (float)value->number : NAN;
}

static kith_status set_dimension(embedding_job *job, uint32_t dim, kith_error *err)
{
    size_t numbers = 0;
    if (job->dim == 0) job->dim = dim;
    if (dim != job->dim)
        return fail(err, KITH_ERR_REMOTE, "%s gave an embedding of %u dimensions, not of %u",
                    endpoint_name(job->endpoint), dim, job->dim);
    if (job->vectors) return KITH_OK;
    if (size_mul(job->count, dim, &numbers)) job->vectors = heap_new_array(numbers, sizeof(float));
    if (!job->vectors)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u embeddings of %u dimensions",
                    job->count, dim);
    return KITH_OK;
}

/* One element of "data". */
static kith_status take_embedding(embedding_job *job, batch *b, const json_value *element,
                                  kith_error *err)
{
    const char *name = endpoint_name(job->endpoint);
    const json_value *embedding = json_get(element, "embedding");
    uint32_t dim = dimension_of(embedding);
    int64_t index = -1;
    if (!json_get_integer(element, "index", &index) || index < 0 || index >= b->count)
        return fail(err, KITH_ERR_REMOTE, "%s gave an embedding for no text of %u", name, b->count);
    if (b->seen[index])
        return fail(err, KITH_ERR_REMOTE, "%s gave two embeddings for text %lld", name,
                    (long long)index);
    b->seen[index] = true;
    if (dim == 0 || dim > MAX_DIMENSION)
        return fail(err, KITH_ERR_REMOTE, "%s gave something else than an embedding for text %lld",
                    name, (long long)index);
    kith_status status = set_dimension(job, dim, err);
    if (status != KITH_OK) return status;
    float *vector = job->vectors + ((size_t)b->first + (size_t)index) * dim;
    for (uint32_t i = 0; i < dim; i++) {
        vector[i] = number_at(embedding, i);
        if (!isfinite(vector[i]))
            return fail(err, KITH_ERR_REMOTE,
                        "%s gave an embedding for text %lld whose value %u is no finite number",
                        name, (long long)index, i);
    }
    return KITH_OK;
}

static kith_status take_answer(embedding_job *job, batch *b, const json_value *answer,
                               kith_error *err)
{
    remote_error error;
    int64_t tokens = 0;
    if (remote_error_find(answer, 200, &error))
        return remote_error_fail(job->endpoint, &error, err);
    const json_value *list = json_get(answer, "data");
    if (!list || list->kind != JSON_ARRAY)
        return fail(err, KITH_ERR_REMOTE, "%s gave an answer without embeddings",
                    endpoint_name(job->endpoint));
    if (list->count != b->count)
        return fail(err, KITH_ERR_REMOTE, "%s gave %u embeddings for %u texts",
                    endpoint_name(job->endpoint), list->count, b->count);
    for (uint32_t i = 0; i < list->count; i++) {
        kith_status status = take_embedding(job, b, list->elements[i], err);
        if (status != KITH_OK) return status;
    }
    if (json_get_integer(json_get(answer, "usage"), "prompt_tokens", &tokens) && tokens > 0)
        job->usage.prompt_tokens += (uint64_t)tokens;
    return KITH_OK;
}

static kith_status read_answer(embedding_job *job, batch *b, const http_response *response,
                               kith_error *err)
{
    const json_value *answer = NULL;
    char words[REMOTE_WORDS_BYTES];
    arena memory;
    arena_init(&memory, MAX_TREE_BYTES);
    kith_status status =
        json_parse(buffer_view(&response->body), MAX_ANSWER_BYTES, &memory, &answer, err);
    if (status == KITH_OK)
        status = take_answer(job, b, answer, err);
    else if (status != KITH_ERR_NO_MEMORY)
        status = fail_context(err, KITH_ERR_REMOTE, "%s gave no embeddings but '%s'",
                              endpoint_name(job->endpoint),
                              remote_words(job->endpoint, view_of(response->content_type), words));
    arena_done(&memory);
    return status;
}

/* *too_large: the endpoint refuses the request for its size, or for that of one text in it. */
static kith_status embed_batch(embedding_job *job, batch *b, bool *too_large, kith_error *err)
{
    call c;
    buffer body;
    buffer_init(&body, MAX_REQUEST_BYTES);
    kith_status status = call_init(&c, job->endpoint, "/embeddings", err);
    if (status == KITH_OK) status = write_request(job, b, &body, err);
    if (status != KITH_OK) goto done;
    do
        status = call_send(&c, buffer_view(&body), NULL, NULL, err);
    while (call_again(&c, status, err));
    *too_large = status == KITH_ERR_LIMIT || (status == KITH_ERR_REMOTE && c.may_be_size);
    if (status == KITH_OK) status = read_answer(job, b, &c.response, err);
done:
    buffer_done(&body);
    call_done(&c);
    return status;
}

static kith_status embed_all(embedding_job *job, kith_error *err)
{
    for (uint32_t first = 0; first < job->count;) {
        bool too_large = false;
        batch b = next_batch(job, first);
        kith_status status = embed_batch(job, &b, &too_large, err);
        if (status == KITH_OK) {
            first += b.count;
        } else if (too_large && b.count > 1) {
            job->batch_texts = b.count / 2;
        } else {
            return too_large ? fail_context(err, status, "text %u of %u", first, job->count)
                             : status;
        }
    }
    return KITH_OK;
}

kith_status llm_embed(const endpoint *e, const view *texts, uint32_t count, uint32_t *dim,
                      float **out_vectors, llm_usage *usage, kith_error *err)
{
    embedding_job job = {
        .endpoint = e, .texts = texts, .count = count, .batch_texts = BATCH_TEXTS, .dim = *dim};
    for (uint32_t i = 0; i < count; i++)
        if (texts[i].size == 0)
            return fail(err, KITH_ERR_INVALID, "text %u of %u is empty", i, count);
    kith_status status = embed_all(&job, err);
    if (status == KITH_OK) {
        *dim = job.dim;
        *out_vectors = job.vectors;
        if (usage) *usage = job.usage;
        job.vectors = NULL; // the caller owns them now
    }
    free(job.vectors);
    return status;
}
