/* answer_cache.c - writes the key, a JSON array, and converts answers to JSON and back. */
#include "answer/answer_cache.h"

#include "answer/answer_json.h"
#include "answer/answer_sources.h" // made by tools/source_digest.py
#include "answer/retrieve.h"
#include "base/json.h"
#include "base/utf8.h"
#include "os/clock.h"
#include "text/unicode.h"

enum {
    DEFAULT_DAYS = 30,
    DEFAULT_BYTES = 64 << 20,
    KEY_MAX_BYTES = 1 << 20 /* so of the filter in it */
};

static const int64_t day_ms = 24 * 60 * 60 * 1000;

const char *answer_cache_sources(void)
{
    return ANSWER_SOURCES;
}

answer_cache answer_cache_of(store *s, uint64_t max_bytes, uint32_t max_days)
{
    return (answer_cache){
        s,
        {.bytes = max_bytes ? max_bytes : DEFAULT_BYTES,
         .age_ms = (int64_t)(max_days ? max_days : DEFAULT_DAYS) * day_ms},
    };
}

/* Runs of white space become one space; none at the ends. Invalid bytes stay what they are. */
static void append_folded(buffer *out, view text)
{
    bool space = false;
    for (size_t i = 0; i < text.size;) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(text.data + i, text.size - i, &code_point);
        if (length > 0 && unicode_is_space(code_point)) {
            space = out->size > 0;
        } else {
            if (length == 0) length = 1;
            if (space) buffer_append_byte(out, ' ');
            space = false;
            buffer_append(out, view_slice(text, i, i + length));
        }
        i += length;
    }
}

static void write_llm(json_writer *w, const kith_llm *llm)
{
    if (!llm) {
        json_null(w);
        return;
    }
    json_begin_array(w);
    json_text(w, llm->base_url);
    json_text(w, llm->model);
    json_double(w, llm->temperature);
    json_integer(w, llm->max_tokens);
    json_end_array(w);
}

static void write_fusion(json_writer *w, fusion_options fusion)
{
    json_integer(w, fusion.method);
    json_float(w, fusion.meaning_weight);
}

static kith_status write_filter(json_writer *w, const char *where, arena *a, kith_error *err)
{
    const json_value *filter = NULL;
    if (!where || !where[0]) {
        json_null(w);
        return KITH_OK;
    }
    kith_status status = json_parse(view_of(where), KEY_MAX_BYTES, a, &filter, err);
    if (status == KITH_OK) json_tree(w, filter);
    return status;
}

kith_status answer_cache_key(view question, const kith_ask_options *options,
                             view embedder_fingerprint, arena *a, view *out, kith_error *err)
{
    buffer folded, key;
    buffer_init(&folded, KEY_MAX_BYTES);
    buffer_init(&key, KEY_MAX_BYTES);
    append_folded(&folded, question);
    json_writer w = {.out = &key};
    json_begin_array(&w);
    json_string(&w, buffer_view(&folded));
    kith_status status = write_filter(&w, options->where, a, err);
    json_integer(&w, options->k);
    json_integer(&w, options->context_characters);
    // What is refused without it must be refused beside an answer that was given with it.
    if (options->allow_unknown_fields) json_bool(&w, true);
    write_fusion(&w, retrieve_fusion(options));
    json_string(&w, embedder_fingerprint);
    write_llm(&w, options->llm);
    json_text(&w, KITH_VERSION);
    json_text(&w, answer_cache_sources());
    json_end_array(&w);
    if (status == KITH_OK) status = buffer_status(&folded, "question", err);
    if (status == KITH_OK) status = buffer_status(&key, "key of an answer", err);
    if (status == KITH_OK) {
        view copy = arena_copy(a, buffer_view(&key));
        if (copy.data)
            *out = copy;
        else
            status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the key of an answer");
    }
    buffer_done(&folded);
    buffer_done(&key);
    return status;
}

kith_status answer_cache_get(const answer_cache *c, uint64_t number, view key, arena *a,
                             kith_answer *out, kith_error *err)
{
    view json = {NULL, 0};
    kith_status status =
        store_get_answer(c->store, number, key, &c->limits, clock_wall_ms(), a, &json, err);
    return status == KITH_OK ? answer_json_read(json, a, out, err) : status;
}

kith_status answer_cache_put(const answer_cache *c, uint64_t number, view key, uint64_t sequence,
                             const kith_answer *answer, kith_error *err)
{
    buffer text;
    kith_status status = answer_json_keep(answer, &text, err);
    if (status == KITH_OK) {
        store_answer kept = {.key = key, .answer = buffer_view(&text), .sequence = sequence};
        status = store_put_answer(c->store, number, &kept, &c->limits, clock_wall_ms(), err);
    }
    buffer_done(&text);
    return status;
}
