/* eval_settings.c - see eval_settings.h. */
#include "cli/eval_settings.h"

#include "base/suggestion.h"

enum { CHUNK_SIZE_MAX = 1000000 };

typedef enum setting_key {
    KEY_CHUNK,
    KEY_RANK,
    KEY_FUSION,
    KEY_MEANING,
    KEY_K,
    KEY_RERANK,
    KEY_COUNT
} setting_key;

static const char *const key_names[KEY_COUNT] = {
    [KEY_CHUNK] = "chunk",     [KEY_RANK] = "rank", [KEY_FUSION] = "fusion",
    [KEY_MEANING] = "meaning", [KEY_K] = "k",       [KEY_RERANK] = "rerank",
};

/* Takes digits off the front; false when there are none or they make more than `maximum`. */
static bool take_number(view *text, uint32_t maximum, uint32_t *out)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < text->size && text->data[i] >= '0' && text->data[i] <= '9' && value <= maximum; i++)
        value = value * 10 + (uint64_t)(text->data[i] - '0');
    if (i == 0 || value > maximum) return false;
    *out = (uint32_t)value;
    *text = view_slice(*text, i, text->size);
    return true;
}

static bool take_byte(view *text, char byte)
{
    if (text->size == 0 || text->data[0] != byte) return false;
    *text = view_slice(*text, 1, text->size);
    return true;
}

static kith_status set_chunk(view value, eval_setting *s, kith_error *err)
{
    view rest = value;
    uint32_t size = 0, overlap = 0;
    bool is_fine = take_number(&rest, CHUNK_SIZE_MAX, &size) && size > 0;
    bool in_tokens = is_fine && take_byte(&rest, 't');
    bool has_overlap = is_fine && take_byte(&rest, '/');
    if (has_overlap) is_fine = take_number(&rest, CHUNK_SIZE_MAX, &overlap) && overlap < size;
    if (!is_fine || rest.size)
        return fail(err, KITH_ERR_INVALID,
                    "chunk: '%.*s' is not SIZE/OVERLAP in characters such as 500/100, or in tokens "
                    "such as 200t/40",
                    VIEW_ARG(value));
    s->has_chunk = true;
    s->chunk = (kith_chunk_options){
        .unit = in_tokens ? KITH_TOKENS : KITH_CHARACTERS,
        .chunk_size = size,
        .overlap = !has_overlap ? 0
                   : overlap    ? (int32_t)overlap
                                : -1,
    };
    return KITH_OK;
}

static kith_status set_rank(view value, eval_setting *s, kith_error *err)
{
    if (view_equal(value, VIEW("both")))
        s->ask.ranking = KITH_RANK_BOTH;
    else if (view_equal(value, VIEW("meaning")))
        s->ask.ranking = KITH_RANK_MEANING;
    else if (view_equal(value, VIEW("words")))
        s->ask.ranking = KITH_RANK_WORDS;
    else
        return fail(err, KITH_ERR_INVALID, "rank: '%.*s' is none of both, meaning, words",
                    VIEW_ARG(value));
    return KITH_OK;
}

static kith_status set_fusion(view value, eval_setting *s, kith_error *err)
{
    if (view_equal(value, VIEW("scores")))
        s->ask.fusion = KITH_FUSE_SCORES;
    else if (view_equal(value, VIEW("ranks")))
        s->ask.fusion = KITH_FUSE_RANKS;
    else
        return fail(err, KITH_ERR_INVALID, "fusion: '%.*s' is none of scores, ranks",
                    VIEW_ARG(value));
    return KITH_OK;
}

static kith_status parse_number(const char *key, view value, uint32_t maximum, uint32_t *out,
                                kith_error *err)
{
    view rest = value;
    if (take_number(&rest, maximum, out) && rest.size == 0 && *out > 0) return KITH_OK;
    return fail(err, KITH_ERR_INVALID, "%s: '%.*s' is not a number from 1 to %u", key,
                VIEW_ARG(value), maximum);
}

static kith_status set_key(setting_key key, view value, eval_setting *s, kith_error *err)
{
    enum { PASSAGES_MAX = 1000, PERCENT = 100, RERANK_MAX = 1000 };
    uint32_t number = 0;
    kith_status status = KITH_OK;
    switch (key) {
    case KEY_CHUNK:
        return set_chunk(value, s, err);
    case KEY_RANK:
        return set_rank(value, s, err);
    case KEY_FUSION:
        return set_fusion(value, s, err);
    case KEY_MEANING:
        status = parse_number("meaning", value, PERCENT, &number, err);
        s->ask.meaning_weight = (float)number / PERCENT;
        return status;
    case KEY_K:
        return parse_number("k", value, PASSAGES_MAX, &s->ask.k, err);
    case KEY_RERANK:
        s->is_unranked = view_equal(value, VIEW("0"));
        return s->is_unranked ? KITH_OK
                              : parse_number("rerank", value, RERANK_MAX, &s->rerank, err);
    case KEY_COUNT:
        break;
    }
    return KITH_ERR_INTERNAL;
}

static kith_status unknown_key(view name, kith_error *err)
{
    suggestion found = {.word = name};
    for (int i = 0; i < KEY_COUNT; i++)
        suggestion_offer(&found, key_names[i]);
    if (found.best)
        return fail(err, KITH_ERR_INVALID, "unknown setting '%.*s'; did you mean '%s'?",
                    VIEW_ARG(name), found.best);
    return fail(err, KITH_ERR_INVALID,
                "unknown setting '%.*s'; known are chunk, rank, fusion, meaning, k and rerank",
                VIEW_ARG(name));
}

static kith_status parse_assignment(view word, eval_setting *s, unsigned *seen, kith_error *err)
{
    size_t equals = view_find(word, VIEW("="));
    view name = view_slice(word, 0, equals);
    if (equals == word.size)
        return fail(err, KITH_ERR_INVALID, "'%.*s' is not KEY=VALUE", VIEW_ARG(word));
    for (setting_key key = 0; key < KEY_COUNT; key++) {
        if (!view_equal(name, view_of(key_names[key]))) continue;
        if (*seen & 1U << key)
            return fail(err, KITH_ERR_INVALID, "'%s' comes twice in one setting", key_names[key]);
        *seen |= 1U << key;
        return set_key(key, view_slice(word, equals + 1, word.size), s, err);
    }
    return unknown_key(name, err);
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\n';
}

static kith_status parse_setting(view text, eval_setting *s, bool *is_empty, kith_error *err)
{
    unsigned seen = 0;
    kith_status status = KITH_OK;
    for (size_t at = 0; at < text.size && status == KITH_OK;) {
        size_t end = at;
        while (end < text.size && !is_separator(text.data[end]))
            end++;
        if (end > at) status = parse_assignment(view_slice(text, at, end), s, &seen, err);
        at = end + 1;
    }
    *is_empty = seen == 0;
    return status;
}

kith_status eval_settings_parse(const char *text, const kith_ask_options *base, arena *a,
                                eval_setting **out, uint32_t *out_count, kith_error *err)
{
    eval_setting *settings = arena_new_array(a, eval_setting, EVAL_SETTINGS_MAX);
    if (!settings) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for settings");
    view rest = view_of(text);
    uint32_t count = 0;
    while (rest.size) {
        size_t end = view_find(rest, VIEW(";"));
        view one = view_trim(view_slice(rest, 0, end));
        rest = view_slice(rest, end < rest.size ? end + 1 : end, rest.size);
        eval_setting s = {.ask = *base, .label = arena_copy(a, one).data};
        bool is_empty = false;
        kith_status status = parse_setting(one, &s, &is_empty, err);
        if (status != KITH_OK) return fail_context(err, status, "--compare");
        if (is_empty) continue;
        if (!s.label) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for settings");
        if (count == EVAL_SETTINGS_MAX)
            return fail(err, KITH_ERR_LIMIT, "--compare: more than %d settings", EVAL_SETTINGS_MAX);
        settings[count++] = s;
    }
    if (count == 0) return fail(err, KITH_ERR_INVALID, "--compare: no setting");
    *out = settings;
    *out_count = count;
    return KITH_OK;
}

bool eval_settings_same_chunk(const eval_setting *a, const eval_setting *b)
{
    return a->has_chunk == b->has_chunk && a->chunk.unit == b->chunk.unit &&
           a->chunk.chunk_size == b->chunk.chunk_size && a->chunk.overlap == b->chunk.overlap;
}
