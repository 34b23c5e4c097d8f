/* tokenizer_files.c - which files a tokenizer is read from, and what the two formats share.
 *
 * Model files come from elsewhere and are not trusted: every field that is used is checked for kind
 * and range; what the code does not do (another kind of model, a token matched in normalised text)
 * is refused; what cannot change a token is passed over. */
#include "model/tokenizer_files.h"

#include "base/buffer.h"
#include "os/file.h"

/* KITH_OK with out->data NULL when the file is absent. The text lives in `a`. */
static kith_status read_file(const char *path, arena *a, view *out, kith_error *err)
{
    buffer content;
    buffer_init(&content, TOKENIZER_MAX_FILE_BYTES);
    kith_status status = file_read(&file_ops_posix, path, TOKENIZER_MAX_FILE_BYTES, &content, err);
    if (status == KITH_ERR_NOT_FOUND) {
        *out = (view){0};
        status = KITH_OK;
        goto done;
    }
    if (status == KITH_ERR_LIMIT)
        status =
            fail(err, KITH_ERR_MODEL, "%s: larger than %d bytes", path, TOKENIZER_MAX_FILE_BYTES);
    if (status != KITH_OK) goto done;
    *out = arena_copy(a, buffer_view(&content));
    if (out->data == NULL) status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
done:
    buffer_done(&content);
    return status;
}

static kith_status read_json(const char *path, arena *a, const json_value **out, kith_error *err)
{
    view text = {0};
    kith_status status = read_file(path, a, &text, err);
    if (status != KITH_OK || text.data == NULL) return status;
    kith_error why = {0};
    status = json_parse(text, TOKENIZER_MAX_FILE_BYTES, a, out, &why);
    if (status == KITH_ERR_NO_MEMORY)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
    if (status != KITH_OK) return fail(err, KITH_ERR_MODEL, "%s: %s", path, why.message);
    if ((*out)->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_MODEL, "%s: not a JSON object", path);
    return KITH_OK;
}

kith_status tokenizer_files_read(const char *directory, arena *a, tokenizer_description *out,
                                 kith_error *err)
{
    tokenizer_description d = {.path = arena_printf(a, "%s/tokenizer.json", directory)};
    const char *vocabulary_path = arena_printf(a, "%s/vocab.txt", directory);
    const char *config_path = arena_printf(a, "%s/tokenizer_config.json", directory);
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a tokenizer");

    const json_value *root = NULL;
    kith_status status = read_json(d.path, a, &root, err);
    if (status != KITH_OK) return status;
    if (root != NULL) {
        status = tokenizer_json_parse(root, a, &d, err);
    } else {
        view text = {0};
        d.path = vocabulary_path;
        status = read_file(vocabulary_path, a, &text, err);
        if (status != KITH_OK) return status;
        if (text.data == NULL)
            return fail(err, KITH_ERR_NOT_FOUND, "%s: neither tokenizer.json nor vocab.txt",
                        directory);
        const json_value *config = NULL;
        status = read_json(config_path, a, &config, err);
        if (status != KITH_OK) return status;
        status = vocabulary_text_parse(text, config, a, &d, err);
    }
    if (status == KITH_OK) *out = d;
    return status;
}

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
    // lstrip and rstrip only take white space in, which makes no token here.
    if (is_single_word || is_normalized)
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
