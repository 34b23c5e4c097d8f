/* embeddings.c - see embeddings.h.
 * A text that is longer than the model reads is cut, as everywhere in kith, and its entry says so
 * ("truncated": true). OpenAI refuses it, as "truncation": "error" does here, which is a member of
 * kith's own; "split" embeds all of it. Lists of tokens are refused: they are numbers of another
 * model's vocabulary. */
#include "openai/embeddings.h"

#include "base/base64.h"
#include "openai/models.h"
#include "serve/error_object.h"
#include "serve/request_check.h"

#include <kith/truncation.h>

enum { TEXTS_MAX = 2048 };

/* In the order of kith_truncation. */
static const char *const truncations[] = {"truncate", "error", "split", NULL};
static const char *const encodings[] = {"float", "base64", NULL};

static const shape text_shape = {SHAPE_TEXT, .min = 1, .max = KITH_DOCUMENT_MAX_BYTES};
static const shape_member request_members[] = {
    {"model", true, {SHAPE_TEXT, .min = 1, .max = 512}, "the embedder's, as GET /v1/models has it"},
    {"input",
     true,
     {SHAPE_TEXT_OR_LIST, .min = 1, .max = TEXTS_MAX, .element = &text_shape},
     "texts; lists of tokens are refused"},
    {"encoding_format",
     false,
     {SHAPE_TEXT, .choices = encodings},
     "base64: of little-endian float32"},
    {"dimensions",
     false,
     {SHAPE_INTEGER, .min = 1, .max = KITH_DIMENSION_MAX},
     "the model's own; no other can be had"},
    {"user", false, {SHAPE_TEXT}, NULL},
    {"truncation",
     false,
     {SHAPE_TEXT, .choices = truncations},
     "of a text that is longer than the model reads: its beginning is embedded (truncate, the "
     "default), it is refused (error), or its parts' mean is its vector (split)"},
    {0}};
static const shape request_shape = {SHAPE_RECORD, .is_open = true, .members = request_members,
                                    .name = "EmbeddingRequest"};

static const shape_member entry_members[] = {
    {"object", true, {SHAPE_TEXT}, NULL},
    {"index", true, {SHAPE_INTEGER}, NULL},
    {"embedding", true, {SHAPE_ANY}, "a list of numbers, or base64"},
    {"truncated", false, {SHAPE_BOOL}, "the text is longer than the model reads, and was cut"},
    {0}};
static const shape entry_shape = {SHAPE_RECORD, .members = entry_members};
static const shape_member usage_members[] = {{"prompt_tokens", true, {SHAPE_INTEGER}, NULL},
                                             {"total_tokens", true, {SHAPE_INTEGER}, NULL},
                                             {0}};
static const shape_member response_members[] = {
    {"object", true, {SHAPE_TEXT}, NULL},
    {"data", true, {SHAPE_LIST, .element = &entry_shape}, NULL},
    {"model", true, {SHAPE_TEXT}, NULL},
    {"usage", true, {SHAPE_RECORD, .members = usage_members}, NULL},
    {0}};
static const shape response_shape = {SHAPE_RECORD, .members = response_members,
                                     .name = "Embeddings"};
const route_shapes embeddings_shapes = {.request = &request_shape, .response = &response_shape};

/* base64_append takes the bytes of the floats as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors are sent as they lie in memory");

static void write_vector(json_writer *w, const float *vector, uint32_t dimension, bool as_base64)
{
    json_key(w, "embedding");
    if (!as_base64) {
        json_begin_array(w);
        for (uint32_t i = 0; i < dimension; i++)
            json_float(w, vector[i]);
        json_end_array(w);
        return;
    }
    json_raw(w, VIEW("\""));
    base64_append(w->out, (view){(const char *)vector, (size_t)dimension * sizeof *vector});
    buffer_append_byte(w->out, '"');
}

static void reply(serve_call *call, const kith_embeddings *e, const char *model, bool as_base64)
{
    uint64_t tokens = 0;
    json_writer w = serve_json(call);
    json_begin_object(&w);
    json_member_text(&w, "object", "list");
    json_key(&w, "data");
    json_begin_array(&w);
    for (size_t i = 0; i < e->count; i++) {
        tokens += e->tokens[i];
        json_begin_object(&w);
        json_member_text(&w, "object", "embedding");
        json_member_unsigned(&w, "index", i);
        write_vector(&w, e->vectors + i * e->dimension, e->dimension, as_base64);
        if (e->truncated[i]) json_member_bool(&w, "truncated", true);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_member_text(&w, "model", model);
    json_key(&w, "usage");
    json_begin_object(&w);
    json_member_unsigned(&w, "prompt_tokens", tokens);
    json_member_unsigned(&w, "total_tokens", tokens);
    json_end_object(&w);
    json_end_object(&w);
    serve_reply(call, 200);
}

/* The texts of a checked `input`, in call->arena; NULL: out of memory. */
static const char **texts_of(serve_call *call, const json_value *input, size_t *count)
{
    *count = input->kind == JSON_ARRAY ? input->count : 1;
    const char **texts = arena_new_bytes_array(&call->arena, *count, sizeof *texts);
    for (size_t i = 0; texts && i < *count; i++)
        texts[i] = (input->kind == JSON_ARRAY ? input->elements[i] : input)->string.data;
    return texts;
}

/* Errors: INVALID: the dimension is not the model's. One that is not known yet, of a remote model
 * that was not asked so far, is compared with the vectors. */
static kith_status check_dimension(serve_call *call, uint32_t dimension, kith_error *err)
{
    int64_t wanted = shape_integer(call->body, "dimensions", 0);
    if (wanted == 0 || dimension == 0 || wanted == dimension) return KITH_OK;
    return fail(err, KITH_ERR_INVALID,
                "dimensions is %lld, but the model's vectors have %u dimensions and are not cut",
                (long long)wanted, dimension);
}

/* Errors: UNSUPPORTED: tokens, or lists of them. Said before the shape is checked, in words that
 * help more than "must be a text". */
static kith_status check_no_tokens(const json_value *input, kith_error *err)
{
    if (!input || input->kind != JSON_ARRAY || input->count == 0) return KITH_OK;
    json_kind kind = input->elements[0]->kind;
    if (kind != JSON_INTEGER && kind != JSON_ARRAY) return KITH_OK;
    return fail(err, KITH_ERR_UNSUPPORTED,
                "input holds token numbers, which only the model that they were made for can read: "
                "send texts");
}

/* The body's word for it, else the header's. */
static uint64_t truncation_of(serve_call *call)
{
    const char *wanted = shape_text(call->body, "truncation", NULL);
    uint64_t i = 0;
    if (!wanted) return call->call.truncation;
    while (truncations[i] && strcmp(truncations[i], wanted) != 0)
        i++;
    return i; // the shape was checked
}

void embeddings_create(serve_call *call)
{
    kith_error err = {0};
    const char *member = NULL;
    kith_embeddings *e = NULL;
    call->call.truncation = truncation_of(call);
    size_t count = 0;
    kith_status status = check_no_tokens(json_get(call->body, "input"), &err);
    if (status != KITH_OK)
        member = "input";
    else
        status = request_check(call, &member, &err);
    if (status != KITH_OK) {
        error_object_refuse(call, &err, member);
        return;
    }
    const char *model = shape_text(call->body, "model", "");
    if (!model_is_embedder(call, model)) {
        model_refuse(call, model);
        return;
    }
    const char **texts = texts_of(call, json_get(call->body, "input"), &count);
    member = "dimensions";
    status = texts ? check_dimension(call, kith_embedder_describe(call->embedder).dimension, &err)
                   : fail(&err, KITH_ERR_NO_MEMORY, "out of memory for %zu texts", count);
    const kith_embed_options options = {.size = sizeof options, .call = &call->call};
    if (status == KITH_OK) {
        member = NULL;
        status = kith_embed(call->embedder, texts, count, &options, &e, &err);
    }
    if (status == KITH_OK) {
        member = "dimensions";
        status = check_dimension(call, e->dimension, &err);
    }
    const char *encoding = shape_text(call->body, "encoding_format", "float");
    if (status == KITH_OK)
        reply(call, e, model, strcmp(encoding, "base64") == 0);
    else
        error_object_refuse(call, &err, member);
    kith_embeddings_free(e);
}
