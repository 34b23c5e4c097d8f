/* remote_error.c - endpoints agree on little about errors: this file knows their shapes.
 * OpenAI, vLLM and llama.cpp send {"error": {"message", "type", "code", "param"}}, Ollama and TEI
 * {"error": "text"}, FastAPI servers {"detail": "text"}. Whatever they send reaches a person as one
 * line that cannot hold the key: some servers echo it. */
#include "llm/remote_error.h"

#include "base/utf8.h"

const char *endpoint_name(const endpoint *e)
{
    return e->base_url ? e->base_url : "https://api.openai.com/v1";
}

static bool is_field(const json_value *object, const char *key, view *out)
{
    return json_get_string(object, key, out) && out->size > 0;
}

bool remote_error_find(const json_value *answer, int http_status, remote_error *out)
{
    int64_t number = 0;
    *out = (remote_error){.http_status = http_status};
    const json_value *error = json_get(answer, "error");
    if (error && error->kind == JSON_STRING) {
        out->message = error->string;
        return true;
    }
    if (error && error->kind == JSON_OBJECT) {
        (void)json_get_string(error, "message", &out->message);
        (void)json_get_string(error, "code", &out->code);
        (void)json_get_string(error, "type", &out->type);
        (void)json_get_string(error, "param", &out->param);
        if (http_status < 300 && json_get_integer(error, "code", &number) && number >= 400 &&
            number < 600)
            out->http_status = (int)number;
        return true;
    }
    // These two are ordinary words; only an answer that failed makes them an error.
    return http_status >= 300 && (is_field(answer, "message", &out->message) ||
                                  is_field(answer, "detail", &out->message));
}

static bool mentions(view text, const char *phrase)
{
    return view_find(text, view_of(phrase)) < text.size;
}

/* By its words where it must: OpenAI's embeddings and vLLM leave `code` empty or put a number
 * there. */
static bool says_too_long(const remote_error *r)
{
    return r->http_status == 413 || view_equal(r->code, VIEW("context_length_exceeded")) ||
           view_equal(r->type, VIEW("exceed_context_size_error")) ||
           mentions(r->message, "maximum context length") || mentions(r->message, "context size") ||
           mentions(r->message, "must have less than");
}

static bool mentions_nocase(view text, const char *phrase)
{
    view wanted = view_of(phrase);
    for (size_t i = 0; i + wanted.size <= text.size; i++)
        if (view_equal_nocase(view_slice(text, i, i + wanted.size), wanted)) return true;
    return false;
}

/* A model that is not there, as endpoints say it who answer 400. "Model x takes 10 inputs at most"
 * speaks of a model, too, and is none of these. */
static bool says_wrong_model(view words)
{
    static const char *const PHRASES[] = {
        "not found",     "not exist",     "no such",       "unknown",    "unsupported",
        "not supported", "invalid model", "not available", "not loaded", "not a valid"};
    bool is_wrong = false;
    for (size_t i = 0; i < sizeof PHRASES / sizeof *PHRASES; i++)
        is_wrong = is_wrong || mentions_nocase(words, PHRASES[i]);
    return is_wrong && mentions_nocase(words, "model");
}

static bool says_wrong_key(view words)
{
    static const char *const PHRASES[] = {"api key",       "api_key",      "apikey",
                                          "api-key",       "unauthorized", "authentication",
                                          "authorization", "credential",   "access denied"};
    for (size_t i = 0; i < sizeof PHRASES / sizeof *PHRASES; i++)
        if (mentions_nocase(words, PHRASES[i])) return true;
    return false;
}

bool remote_error_may_be_size(const remote_error *r)
{
    if (r->http_status != 400 && r->http_status != 413 && r->http_status != 422) return false;
    bool other_field = r->param.size > 0 && !mentions_nocase(r->param, "input");
    return !other_field && !says_wrong_model(r->message) && !says_wrong_key(r->message) &&
           !says_wrong_model(r->code) && !says_wrong_key(r->code);
}

static kith_status status_of(const remote_error *r)
{
    if (view_equal(r->code, VIEW("model_not_found"))) return KITH_ERR_NOT_FOUND;
    switch (r->http_status) {
    case 401:
    case 403:
        return KITH_ERR_AUTH;
    case 404:
        return KITH_ERR_NOT_FOUND;
    case 429:
        return KITH_ERR_RATE_LIMITED;
    default:
        // A 5xx is the server's own failure, whatever it says.
        return r->http_status < 500 && says_too_long(r) ? KITH_ERR_LIMIT : KITH_ERR_REMOTE;
    }
}

kith_status remote_error_fail(const endpoint *e, const remote_error *r, kith_error *err)
{
    char line[REMOTE_WORDS_BYTES];
    const char *words = remote_words(e, r->message.size ? r->message : r->code, line);
    const char *colon = words[0] ? ": " : "";
    kith_status status = status_of(r);
    switch (status) {
    case KITH_ERR_AUTH:
        return fail(err, status, "%s %s (%d)%s%s", endpoint_name(e),
                    e->api_key && e->api_key[0] ? "refuses the key" : "wants a key", r->http_status,
                    colon, words);
    case KITH_ERR_NOT_FOUND:
        return fail(err, status, "%s does not know the model '%s' or the path (%d)%s%s",
                    endpoint_name(e), e->model, r->http_status, colon, words);
    case KITH_ERR_RATE_LIMITED:
        return fail(err, status, "%s refuses so many requests (%d)%s%s", endpoint_name(e),
                    r->http_status, colon, words);
    case KITH_ERR_LIMIT:
        return fail(err, status, "%s finds the text too long (%d)%s%s", endpoint_name(e),
                    r->http_status, colon, words);
    default:
        return fail(err, status, "%s answered with an error (%d)%s%s", endpoint_name(e),
                    r->http_status, colon, words);
    }
}

/* Writes the next piece of a line: "***" for the key, one space for a run of white space and
 * control characters, U+FFFD for an invalid byte, else a code point. Returns the bytes of `text`
 * that it stands for. */
static size_t next_piece(view text, view key, char piece[4], size_t *piece_bytes)
{
    if (key.size > 0 && view_starts_with(text, key)) {
        memcpy(piece, "***", 3);
        *piece_bytes = 3;
        return key.size;
    }
    size_t blanks = 0;
    while (blanks < text.size &&
           ((unsigned char)text.data[blanks] <= 0x20 || text.data[blanks] == 0x7F))
        blanks++;
    if (blanks > 0) {
        piece[0] = ' ';
        *piece_bytes = 1;
        return blanks;
    }
    uint32_t code_point = 0;
    size_t bytes = utf8_decode(text.data, text.size, &code_point);
    *piece_bytes = utf8_encode(bytes > 0 ? code_point : 0xFFFD, piece);
    return bytes > 0 ? bytes : 1;
}

const char *remote_words(const endpoint *e, view text, char out[REMOTE_WORDS_BYTES])
{
    static const char ellipsis[] = "...";
    view key = view_of(e->api_key);
    size_t size = 0;
    text = view_trim(text);
    while (text.size > 0) {
        char piece[4];
        size_t piece_bytes = 0;
        size_t taken = next_piece(text, key, piece, &piece_bytes);
        if (size + piece_bytes + sizeof ellipsis > REMOTE_WORDS_BYTES) {
            memcpy(out + size, ellipsis, sizeof ellipsis);
            return out;
        }
        memcpy(out + size, piece, piece_bytes);
        size += piece_bytes;
        text = view_slice(text, taken, text.size);
    }
    out[size] = '\0';
    return out;
}
