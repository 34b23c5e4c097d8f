/* tokenizer_description.c - see tokenizer_description.h.
 *
 * The tokens are looked up one after the other: a description is searched a few times, for the
 * special tokens, before the trie is built from it. */
#include "model/tokenizer_description.h"

kith_status tokenizer_read_flag(const tokenizer_description *d, const json_value *object,
                                const char *key, bool absent, bool *out, kith_error *err)
{
    const json_value *value = json_get(object, key);
    bool is_absent = value == NULL || value->kind == JSON_NULL;
    if (!is_absent && value->kind != JSON_BOOL)
        return fail(err, KITH_ERR_MODEL, "%s: '%s' is neither true nor false", d->path, key);
    *out = is_absent ? absent : value->boolean;
    return KITH_OK;
}

kith_status tokenizer_read_added(const tokenizer_description *d, const json_value *object,
                                 int64_t id, trie_entry *out, kith_error *err)
{
    view content = {0};
    if (!json_get_string(object, "content", &content) || content.size == 0)
        return fail(err, KITH_ERR_MODEL, "%s: an added token has no content", d->path);
    if (id < 0 || id >= TOKENIZER_MAX_TOKENS)
        return fail(err, KITH_ERR_MODEL, "%s: added token '%.*s' has the id %lld; ids are 0..%d",
                    d->path, VIEW_ARG(content), (long long)id, TOKENIZER_MAX_TOKENS - 1);
    bool is_special = false, is_single_word = false, is_normalized = false;
    kith_status status = tokenizer_read_flag(d, object, "special", false, &is_special, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, object, "single_word", false, &is_single_word, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, object, "normalized", !is_special, &is_normalized, err);
    if (status != KITH_OK) return status;
    // lstrip and rstrip are not read: they only make the token swallow the white space beside it,
    // which makes no token of its own anyway.
    // A special token that is matched in words alone, or in normalised text, differs from any other
    // only where its name stands in a text. Models of word vectors have such a padding token.
    if ((is_single_word || is_normalized) && !(d->is_bare && is_special))
        return fail(err, KITH_ERR_MODEL, "%s: added token '%.*s': '%s' is not supported", d->path,
                    VIEW_ARG(content), is_single_word ? "single_word" : "normalized");
    *out = (trie_entry){content, (uint32_t)id};
    return KITH_OK;
}

bool tokenizer_find(const tokenizer_description *d, view token, uint32_t *id)
{
    for (uint32_t i = 0; i < d->vocabulary_count; i++) {
        if (!view_equal(d->vocabulary[i].key, token)) continue;
        *id = d->vocabulary[i].value;
        return true;
    }
    for (uint32_t i = 0; i < d->added_count; i++) {
        if (!view_equal(d->added[i].key, token)) continue;
        *id = d->added[i].value;
        return true;
    }
    return false;
}

kith_status tokenizer_find_special(const tokenizer_description *d, const char *role, view token,
                                   uint32_t *id, kith_error *err)
{
    if (tokenizer_find(d, token, id)) return KITH_OK;
    return fail(err, KITH_ERR_MODEL, "%s: the %s '%.*s' is not in the vocabulary", d->path, role,
                VIEW_ARG(token));
}
