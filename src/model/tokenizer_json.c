/* tokenizer_json.c - tokenizer.json of Hugging Face's library, as far as it describes a BERT. These
 * members are read:
 *
 *     normalizer      type BertNormalizer; flags clean_text, handle_chinese_chars,
 *                     strip_accents (null: as lowercase), lowercase
 *     pre_tokenizer   type BertPreTokenizer
 *     model           type WordPiece; unk_token, continuing_subword_prefix,
 *                     max_input_chars_per_word, vocab {token: id}
 *     added_tokens    list of {id, content, special, normalized, single_word}
 *     post_processor  type TemplateProcessing; single, special_tokens; or
 *                     type BertProcessing; cls [token, id], sep [token, id]
 *
 * Of a model of word vectors (is_bare) the post_processor is not read, since nothing stands around a
 * text, and the tokenizer may be byte pairs, as SentencePiece's models are converted:
 *
 *     normalizer      type Sequence of Prepend U+2581 and Replace ' ' by U+2581
 *     pre_tokenizer   null
 *     model           type BPE; byte_fallback true; vocab, merges
 *
 * or Unigram, as those of XLM-R and its descendants are:
 *
 *     normalizer      null, type Precompiled; or Sequence of it and of a Replace of several spaces by one
 *     pre_tokenizer   type Sequence of WhitespaceSplit and Metaspace with U+2581
 *     model           type Unigram; vocab [[token, score], ...], unk_id
 *
 * A member of another type is refused, because it would make other tokens. truncation, padding and
 * decoder are not read: the limit is the caller's, and nothing is padded or decoded here. */
#include "model/tokenizer_files.h"

/* max_input_chars_per_word when it is missing; the reference's default. */
enum { DEFAULT_WORD_CHARS = 100 };

/* Finds the object root.key, whose member "type" must be `type`. Error: KITH_ERR_MODEL. */
static kith_status get_typed(const tokenizer_description *d, const json_value *root,
                             const char *key, const char *type, const json_value **out,
                             kith_error *err)
{
    const json_value *object = json_get(root, key);
    view found = {0};
    if (!json_get_string(object, "type", &found))
        return fail(err, KITH_ERR_MODEL, "%s: '%s' is missing or has no type", d->path, key);
    if (!view_equal(found, view_of(type)))
        return fail(err, KITH_ERR_MODEL, "%s: '%s' is of type '%.*s'; only %s is supported",
                    d->path, key, VIEW_ARG(found), type);
    *out = object;
    return KITH_OK;
}

static kith_status parse_normalizer(const json_value *root, tokenizer_description *d,
                                    kith_error *err)
{
    const json_value *object = NULL;
    normalizer *n = &d->normalizer;
    kith_status status = get_typed(d, root, "normalizer", "BertNormalizer", &object, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, object, "clean_text", true, &n->clean_text, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, object, "handle_chinese_chars", true,
                                     &n->handle_chinese_chars, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, object, "lowercase", true, &n->lowercase, err);
    if (status == KITH_OK)
        status =
            tokenizer_read_flag(d, object, "strip_accents", n->lowercase, &n->strip_accents, err);
    return status;
}

static kith_status parse_vocabulary(const json_value *vocabulary, arena *a,
                                    tokenizer_description *d, kith_error *err)
{
    if (vocabulary == NULL || vocabulary->kind != JSON_OBJECT || vocabulary->count == 0)
        return fail(err, KITH_ERR_MODEL, "%s: the vocabulary is missing or empty", d->path);
    d->vocabulary = arena_new_array(a, trie_entry, vocabulary->count);
    if (d->vocabulary == NULL)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    for (uint32_t i = 0; i < vocabulary->count; i++) {
        view token = vocabulary->members[i].key;
        const json_value *id = vocabulary->members[i].value;
        if (id->kind != JSON_INTEGER || id->integer < 0 || id->integer >= TOKENIZER_MAX_TOKENS)
            return fail(err, KITH_ERR_MODEL, "%s: the id of token '%.*s' is not in 0..%d", d->path,
                        VIEW_ARG(token), TOKENIZER_MAX_TOKENS - 1);
        if (token.size == 0) continue; // no text begins a match with it
        d->vocabulary[d->vocabulary_count++] = (trie_entry){token, (uint32_t)id->integer};
    }
    return KITH_OK;
}

/* Files written before tokenizers 0.9 do not name the model's type. A WordPiece is then the one
 * that has a prefix for continuations but, unlike a BPE, no merges. */
static bool is_wordpiece(const json_value *model)
{
    view type = {0};
    if (json_get_string(model, "type", &type)) return view_equal(type, VIEW("WordPiece"));
    return json_get(model, "type") == NULL && json_get(model, "merges") == NULL &&
           json_get(model, "continuing_subword_prefix") != NULL;
}

/* Checks that the model is byte pairs without what the encoder does not do. Error: KITH_ERR_MODEL,
 * KITH_ERR_UNSUPPORTED. */
static kith_status check_byte_pairs(const json_value *root, const json_value *model,
                                    const tokenizer_description *d, kith_error *err)
{
    static const char *const absent[] = {"continuing_subword_prefix", "end_of_word_suffix",
                                         "dropout"};
    bool falls_back = false, ignores = false;
    const json_value *pre_tokenizer = json_get(root, "pre_tokenizer");
    kith_status status = tokenizer_read_flag(d, model, "byte_fallback", false, &falls_back, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, model, "ignore_merges", false, &ignores, err);
    if (status != KITH_OK) return status;
    if (!falls_back || ignores)
        return fail(err, KITH_ERR_UNSUPPORTED, "%s: a BPE with '%s' is not supported", d->path,
                    ignores ? "ignore_merges" : "byte_fallback false");
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        const json_value *value = json_get(model, absent[i]);
        if (value && value->kind != JSON_NULL)
            return fail(err, KITH_ERR_UNSUPPORTED, "%s: a BPE with '%s' is not supported", d->path,
                        absent[i]);
    }
    if (pre_tokenizer && pre_tokenizer->kind != JSON_NULL)
        return fail(err, KITH_ERR_UNSUPPORTED, "%s: a BPE with a 'pre_tokenizer' is not supported",
                    d->path);
    return KITH_OK;
}

/* Checks that texts are normalised as byte_pairs.h does it: Prepend, then Replace. Error:
 * KITH_ERR_UNSUPPORTED. */
static kith_status check_space_normalizer(const json_value *root, const tokenizer_description *d,
                                          kith_error *err)
{
    static const view space = {"\xE2\x96\x81", 3};
    const json_value *list = json_get(json_get(root, "normalizer"), "normalizers");
    view type[2] = {{0}}, prepended = {0}, pattern = {0}, content = {0};
    if (list && list->kind == JSON_ARRAY && list->count == 2 &&
        json_get_string(list->elements[0], "type", &type[0]) &&
        json_get_string(list->elements[0], "prepend", &prepended) &&
        json_get_string(list->elements[1], "type", &type[1]) &&
        json_get_string(json_get(list->elements[1], "pattern"), "String", &pattern) &&
        json_get_string(list->elements[1], "content", &content) &&
        view_equal(type[0], VIEW("Prepend")) && view_equal(prepended, space) &&
        view_equal(type[1], VIEW("Replace")) && view_equal(pattern, VIEW(" ")) &&
        view_equal(content, space))
        return KITH_OK;
    return fail(err, KITH_ERR_UNSUPPORTED,
                "%s: the normalizer of a BPE is not Prepend and Replace of spaces by U+2581",
                d->path);
}

static bool has_type(const json_value *object, const char *name)
{
    view type = {0};
    return json_get_string(object, "type", &type) && view_equal(type, view_of(name));
}

/* The elements of a Sequence, or the object itself as the only one; *count is 0 of null. */
static const json_value *const *sequence_of(const json_value *const *object, const char *key,
                                            uint32_t *count)
{
    const json_value *list = json_get(*object, key);
    *count = !*object || (*object)->kind == JSON_NULL ? 0 : 1;
    if (!has_type(*object, "Sequence") || !list || list->kind != JSON_ARRAY) return object;
    *count = list->count;
    return list->elements;
}

/* Finds the map of characters. Error: KITH_ERR_UNSUPPORTED. */
static kith_status parse_charsmap(const json_value *root, tokenizer_description *d, kith_error *err)
{
    uint32_t count = 0;
    const json_value *object = json_get(root, "normalizer");
    const json_value *const *steps = sequence_of(&object, "normalizers", &count);
    for (uint32_t i = 0; i < count; i++) {
        view pattern = {0};
        const bool is_map = i == 0 && has_type(steps[i], "Precompiled") &&
                            json_get_string(steps[i], "precompiled_charsmap", &d->charsmap);
        // White space is cut at, so how much of it there is does not matter.
        const bool is_spaces = has_type(steps[i], "Replace") &&
                               json_get_string(json_get(steps[i], "pattern"), "Regex", &pattern) &&
                               view_equal(pattern, VIEW(" {2,}"));
        if (!is_map && !is_spaces)
            return fail(err, KITH_ERR_UNSUPPORTED,
                        "%s: the normalizer of a Unigram is not Precompiled", d->path);
    }
    return KITH_OK;
}

/* Checks that words are cut as unigram.h does it. Error: KITH_ERR_UNSUPPORTED. */
static kith_status check_metaspace(const json_value *root, const tokenizer_description *d,
                                   kith_error *err)
{
    uint32_t count = 0;
    const json_value *object = json_get(root, "pre_tokenizer");
    const json_value *const *steps = sequence_of(&object, "pretokenizers", &count);
    view replacement = {0}, scheme = VIEW("always");
    bool splits = true, prefixes = true;
    if (count == 2) {
        (void)json_get_string(steps[1], "prepend_scheme", &scheme);
        (void)json_get_bool(steps[1], "split", &splits);
        (void)json_get_bool(steps[1], "add_prefix_space", &prefixes);
    }
    if (count == 2 && has_type(steps[0], "WhitespaceSplit") && has_type(steps[1], "Metaspace") &&
        json_get_string(steps[1], "replacement", &replacement) &&
        view_equal(replacement, VIEW("\xE2\x96\x81")) && view_equal(scheme, VIEW("always")) &&
        splits && prefixes)
        return KITH_OK;
    return fail(err, KITH_ERR_UNSUPPORTED,
                "%s: the pre_tokenizer of a Unigram is not WhitespaceSplit and Metaspace", d->path);
}

/* Reads [[token, score], ...]. Errors: KITH_ERR_MODEL, KITH_ERR_NO_MEMORY. */
static kith_status parse_scores(const json_value *list, arena *a, tokenizer_description *d,
                                kith_error *err)
{
    if (!list || list->kind != JSON_ARRAY || list->count == 0 || list->count > TOKENIZER_MAX_TOKENS)
        return fail(err, KITH_ERR_MODEL, "%s: the vocabulary is no list of 1..%d tokens", d->path,
                    TOKENIZER_MAX_TOKENS);
    double *scores = arena_new_array(a, double, list->count);
    d->vocabulary = arena_new_array(a, trie_entry, list->count);
    if (!scores || !d->vocabulary)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    for (uint32_t i = 0; i < list->count; i++) {
        const json_value *pair = list->elements[i];
        const json_value *score = NULL;
        if (pair->kind == JSON_ARRAY && pair->count == 2) score = pair->elements[1];
        const bool is_number = score && (score->kind == JSON_DOUBLE || score->kind == JSON_INTEGER);
        if (!is_number || pair->elements[0]->kind != JSON_STRING ||
            pair->elements[0]->string.size == 0)
            return fail(err, KITH_ERR_MODEL, "%s: token %u is not [token, score]", d->path, i);
        scores[i] = score->kind == JSON_DOUBLE ? score->number : (double)score->integer;
        d->vocabulary[d->vocabulary_count++] = (trie_entry){pair->elements[0]->string, i};
    }
    d->scores = scores;
    return KITH_OK;
}

static kith_status parse_unigram(const json_value *root, const json_value *model, arena *a,
                                 tokenizer_description *d, kith_error *err)
{
    bool falls_back = false;
    int64_t unknown = -1;
    kith_status status = tokenizer_read_flag(d, model, "byte_fallback", false, &falls_back, err);
    if (status == KITH_OK && falls_back)
        status = fail(err, KITH_ERR_UNSUPPORTED,
                      "%s: a Unigram with 'byte_fallback' is not supported", d->path);
    if (status == KITH_OK) status = parse_charsmap(root, d, err);
    if (status == KITH_OK) status = check_metaspace(root, d, err);
    if (status == KITH_OK) status = parse_scores(json_get(model, "vocab"), a, d, err);
    if (status != KITH_OK) return status;
    if (!json_get_integer(model, "unk_id", &unknown) || unknown < 0 ||
        unknown >= d->vocabulary_count)
        return fail(err, KITH_ERR_MODEL, "%s: 'unk_id' is no token", d->path);
    d->unknown = (uint32_t)unknown;
    d->max_word_chars = 1; // of WordPiece alone
    return KITH_OK;
}

/* Reads the model and its vocabulary; *unknown becomes the name of the unknown token, which need
 * not be in the vocabulary itself. Errors: KITH_ERR_MODEL, KITH_ERR_NO_MEMORY. */
static kith_status parse_model(const json_value *root, arena *a, tokenizer_description *d,
                               view *unknown, kith_error *err)
{
    const json_value *model = json_get(root, "model");
    if (model == NULL || model->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_MODEL, "%s: 'model' is missing", d->path);
    if (d->is_bare && has_type(model, "Unigram")) return parse_unigram(root, model, a, d, err);
    if (d->is_bare && has_type(model, "BPE")) {
        kith_status status = check_byte_pairs(root, model, d, err);
        if (status == KITH_OK) status = check_space_normalizer(root, d, err);
        if (status != KITH_OK) return status;
        static const json_value none = {.kind = JSON_NULL};
        d->merges = json_get(model, "merges");
        if (!d->merges) d->merges = &none;
        d->max_word_chars = 1; // of WordPiece alone
        if (!json_get_string(model, "unk_token", unknown))
            return fail(err, KITH_ERR_MODEL, "%s: 'unk_token' is missing", d->path);
        return parse_vocabulary(json_get(model, "vocab"), a, d, err);
    }
    if (!is_wordpiece(model)) {
        view type = VIEW("unnamed");
        (void)json_get_string(model, "type", &type);
        return fail(err, d->is_bare ? KITH_ERR_UNSUPPORTED : KITH_ERR_MODEL,
                    "%s: the tokenizer is of type '%.*s'; only WordPiece%s supported", d->path,
                    VIEW_ARG(type), d->is_bare ? ", BPE and Unigram are" : " is");
    }
    if (!json_get_string(model, "unk_token", unknown) ||
        !json_get_string(model, "continuing_subword_prefix", &d->continuation))
        return fail(err, KITH_ERR_MODEL,
                    "%s: 'unk_token' or 'continuing_subword_prefix' is missing", d->path);
    int64_t max_chars = DEFAULT_WORD_CHARS;
    if (json_get(model, "max_input_chars_per_word") != NULL &&
        !json_get_integer(model, "max_input_chars_per_word", &max_chars))
        max_chars = -1;
    if (max_chars < 1 || max_chars > TOKENIZER_MAX_WORD_CHARS)
        return fail(err, KITH_ERR_MODEL, "%s: 'max_input_chars_per_word' is not in 1..%d", d->path,
                    TOKENIZER_MAX_WORD_CHARS);
    d->max_word_chars = (uint32_t)max_chars;
    return parse_vocabulary(json_get(model, "vocab"), a, d, err);
}

static kith_status parse_added_tokens(const json_value *root, arena *a, tokenizer_description *d,
                                      kith_error *err)
{
    const json_value *list = json_get(root, "added_tokens");
    if (list == NULL || list->kind == JSON_NULL) return KITH_OK;
    if (list->kind != JSON_ARRAY)
        return fail(err, KITH_ERR_MODEL, "%s: 'added_tokens' is not a list", d->path);
    d->added = arena_new_array(a, trie_entry, (size_t)list->count + 1);
    if (d->added == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    for (uint32_t i = 0; i < list->count; i++) {
        int64_t id = -1;
        (void)json_get_integer(list->elements[i], "id", &id);
        kith_status status =
            tokenizer_read_added(d, list->elements[i], id, &d->added[d->added_count], err);
        if (status != KITH_OK) return status;
        d->added_count++;
    }
    return KITH_OK;
}

/* Finds a special token's id, which the post-processor states as well: both must be the same.
 * Error: KITH_ERR_MODEL. */
static kith_status check_special(const tokenizer_description *d, const char *role, view token,
                                 const json_value *id_value, uint32_t *id, kith_error *err)
{
    kith_status status = tokenizer_find_special(d, role, token, id, err);
    if (status != KITH_OK) return status;
    if (id_value == NULL || id_value->kind != JSON_INTEGER || id_value->integer != *id)
        return fail(err, KITH_ERR_MODEL,
                    "%s: the post-processor's id of '%.*s' is not the vocabulary's %u", d->path,
                    VIEW_ARG(token), *id);
    return KITH_OK;
}

/* Reads one member of {cls: ["[CLS]", 101], sep: ["[SEP]", 102]}. Error: KITH_ERR_MODEL. */
static kith_status parse_bert_processing(const json_value *object, const char *key, uint32_t *id,
                                         const tokenizer_description *d, kith_error *err)
{
    const json_value *pair = json_get(object, key);
    if (pair == NULL || pair->kind != JSON_ARRAY || pair->count != 2 ||
        pair->elements[0]->kind != JSON_STRING)
        return fail(err, KITH_ERR_MODEL, "%s: the post-processor's '%s' is not [token, id]",
                    d->path, key);
    return check_special(d, key, pair->elements[0]->string, pair->elements[1], id, err);
}

/* Reads single[at], {SpecialToken: {id: "[CLS]"}}, the name of a token; its ids are the list
 * special_tokens."[CLS]".ids, which must hold one. Error: KITH_ERR_MODEL. */
static kith_status parse_template_token(const json_value *object, uint32_t at, const char *role,
                                        uint32_t *id, const tokenizer_description *d,
                                        kith_error *err)
{
    const json_value *single = json_get(object, "single");
    view token = {0};
    if (!json_get_string(json_get(single->elements[at], "SpecialToken"), "id", &token))
        return fail(err, KITH_ERR_MODEL, "%s: the template is not [CLS] A [SEP]", d->path);
    // The name is NUL-terminated. One that has a NUL inside as well is cut there, which at worst
    // finds no member.
    const json_value *special = json_get(json_get(object, "special_tokens"), token.data);
    const json_value *ids = json_get(special, "ids");
    if (ids == NULL || ids->kind != JSON_ARRAY || ids->count != 1)
        return fail(err, KITH_ERR_MODEL, "%s: the template's '%.*s' is not one id", d->path,
                    VIEW_ARG(token));
    return check_special(d, role, token, ids->elements[0], id, err);
}

static kith_status parse_template(const json_value *object, tokenizer_description *d,
                                  kith_error *err)
{
    const json_value *single = json_get(object, "single");
    view sequence = {0};
    if (single == NULL || single->kind != JSON_ARRAY || single->count != 3 ||
        !json_get_string(json_get(single->elements[1], "Sequence"), "id", &sequence) ||
        !view_equal(sequence, VIEW("A")))
        return fail(err, KITH_ERR_MODEL, "%s: the template is not [CLS] A [SEP]", d->path);
    kith_status status = parse_template_token(object, 0, "cls", &d->begin, d, err);
    if (status != KITH_OK) return status;
    return parse_template_token(object, 2, "sep", &d->end, d, err);
}

static kith_status parse_post_processor(const json_value *root, tokenizer_description *d,
                                        kith_error *err)
{
    const json_value *object = json_get(root, "post_processor");
    view type = VIEW("none");
    (void)json_get_string(object, "type", &type);
    if (view_equal(type, VIEW("TemplateProcessing"))) return parse_template(object, d, err);
    if (!view_equal(type, VIEW("BertProcessing")))
        return fail(err, KITH_ERR_MODEL, "%s: post-processor '%.*s' is not supported", d->path,
                    VIEW_ARG(type));
    kith_status status = parse_bert_processing(object, "cls", &d->begin, d, err);
    if (status != KITH_OK) return status;
    return parse_bert_processing(object, "sep", &d->end, d, err);
}

kith_status tokenizer_json_parse(const json_value *root, arena *a, tokenizer_description *d,
                                 kith_error *err)
{
    const json_value *pre_tokenizer = NULL;
    view unknown = {0};
    kith_status status =
        parse_model(root, a, d, &unknown, err); // first: its message names the kind
    const bool is_pieces = !d->merges && !d->scores;
    if (status == KITH_OK && is_pieces) status = parse_normalizer(root, d, err);
    if (status == KITH_OK && is_pieces)
        status = get_typed(d, root, "pre_tokenizer", "BertPreTokenizer", &pre_tokenizer, err);
    if (status == KITH_OK) status = parse_added_tokens(root, a, d, err);
    if (status == KITH_OK && !d->scores)
        status = tokenizer_find_special(d, "unk_token", unknown, &d->unknown, err);
    if (status == KITH_OK && !d->is_bare) status = parse_post_processor(root, d, err);
    return status;
}
