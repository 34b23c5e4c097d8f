/* vocabulary_text.c - vocab.txt with tokenizer_config.json, the older form of the same tokenizer.
 *
 *   vocab.txt               a token a line, ended by LF or CR LF; its id is the number of the line,
 *                           from 0
 *   tokenizer_config.json   tokenizer_class, do_basic_tokenize, do_lower_case, strip_accents,
 *                           tokenize_chinese_chars; unk_token, cls_token, sep_token, pad_token and
 *                           mask_token, each a string or {content: string}; added_tokens_decoder
 *                           {"101": {content, special, ...}, ...}
 *
 * What the files do not state is as in the Python class BertTokenizer: uncased, "##" before a
 * continuation, 100 characters a word, and the special tokens [UNK] [CLS] [SEP] [PAD] [MASK]. */
#include "model/tokenizer_files.h"

#include "base/utf8.h"

/* BertTokenizer's default. */
enum { MAX_WORD_CHARS = 100 };

static uint32_t count_lines(view text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    return count + (text.size > 0 && text.data[text.size - 1] != '\n');
}

static kith_status parse_lines(view text, arena *a, tokenizer_description *d, kith_error *err)
{
    uint32_t lines = count_lines(text); // text is below TOKENIZER_MAX_FILE_BYTES
    if (lines > TOKENIZER_MAX_TOKENS)
        return fail(err, KITH_ERR_MODEL, "%s: more than %d tokens", d->path, TOKENIZER_MAX_TOKENS);
    d->vocabulary = arena_new_array(a, trie_entry, (size_t)lines + 1);
    if (d->vocabulary == NULL)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    size_t start = 0;
    for (uint32_t line = 0; line < lines; line++) {
        view rest = view_slice(text, start, text.size);
        view token = view_slice(rest, 0, view_find(rest, VIEW("\n")));
        start += token.size + 1;
        if (view_ends_with_nocase(token, VIEW("\r"))) token.size--;
        if (!utf8_is_valid(token))
            return fail(err, KITH_ERR_MODEL, "%s: line %u is not UTF-8", d->path, line + 1);
        if (token.size == 0) continue; // no text begins a match with it, but its id is used up
        d->vocabulary[d->vocabulary_count++] = (trie_entry){token, line};
    }
    if (d->vocabulary_count == 0)
        return fail(err, KITH_ERR_MODEL, "%s: the vocabulary is empty", d->path);
    return KITH_OK;
}

/* Refuses a tokenizer_class that reads the same vocab.txt by another algorithm; Japanese ones, for
 * instance, need a morphological analyser. Error: KITH_ERR_MODEL. */
static kith_status check_class(const json_value *config, const tokenizer_description *d,
                               kith_error *err)
{
    static const char *const known[] = {"BertTokenizer",       "BertTokenizerFast",
                                        "DistilBertTokenizer", "DistilBertTokenizerFast",
                                        "ElectraTokenizer",    "ElectraTokenizerFast"};
    view class = {0};
    if (!json_get_string(config, "tokenizer_class", &class)) return KITH_OK;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (view_equal(class, view_of(known[i]))) return KITH_OK;
    }
    return fail(err, KITH_ERR_MODEL, "%s: tokenizer class '%.*s' is not supported", d->path,
                VIEW_ARG(class));
}

static kith_status parse_flags(const json_value *config, tokenizer_description *d, kith_error *err)
{
    bool splits_words = true;
    normalizer *n = &d->normalizer;
    n->clean_text = true;
    kith_status status = check_class(config, d, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, config, "do_basic_tokenize", true, &splits_words, err);
    if (status == KITH_OK && !splits_words)
        status =
            fail(err, KITH_ERR_MODEL, "%s: 'do_basic_tokenize' false is not supported", d->path);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, config, "do_lower_case", true, &n->lowercase, err);
    if (status == KITH_OK)
        status =
            tokenizer_read_flag(d, config, "strip_accents", n->lowercase, &n->strip_accents, err);
    if (status == KITH_OK)
        status = tokenizer_read_flag(d, config, "tokenize_chinese_chars", true,
                                     &n->handle_chinese_chars, err);
    return status;
}

/* The name of a special token, a string or {content: string}; `absent` when it is neither. */
static view special_name(const json_value *config, const char *key, view absent)
{
    view name = absent;
    if (!json_get_string(config, key, &name))
        (void)json_get_string(json_get(config, key), "content", &name);
    return name;
}

/* The number that the digits are; -1 or at least TOKENIZER_MAX_TOKENS, which are no ids, when they
 * are not digits or the number is too large. */
static int64_t parse_id(view digits)
{
    int64_t id = digits.size == 0 ? -1 : 0;
    for (size_t i = 0; i < digits.size && id >= 0; i++) {
        bool is_digit = digits.data[i] >= '0' && digits.data[i] <= '9';
        id = is_digit && id < TOKENIZER_MAX_TOKENS ? id * 10 + (digits.data[i] - '0') : -1;
    }
    return id;
}

/* Reads added_tokens_decoder, {"101": {content: "[CLS]", ...}, ...}. Errors: KITH_ERR_MODEL,
 * KITH_ERR_NO_MEMORY. */
static kith_status parse_added(const json_value *decoder, arena *a, tokenizer_description *d,
                               kith_error *err)
{
    d->added = arena_new_array(a, trie_entry, (size_t)decoder->count + 1);
    if (d->added == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    for (uint32_t i = 0; i < decoder->count; i++) {
        const json_member *member = &decoder->members[i];
        kith_status status =
            tokenizer_read_added(d, member->value, parse_id(member->key), &d->added[i], err);
        if (status != KITH_OK) return status;
    }
    d->added_count = decoder->count;
    return KITH_OK;
}

static bool has_key(const trie_entry *entries, uint32_t count, view key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (view_equal(entries[i].key, key)) return true;
    }
    return false;
}

/* Without added_tokens_decoder, the added tokens are the special tokens that the vocabulary has.
 * One token may have two roles; it is added once. Error: KITH_ERR_NO_MEMORY. */
static kith_status add_named(const view *names, uint32_t count, arena *a, tokenizer_description *d,
                             kith_error *err)
{
    trie_entry *added = arena_new_array(a, trie_entry, count);
    if (added == NULL) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", d->path);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = 0;
        if (has_key(added, kept, names[i]) || !tokenizer_find(d, names[i], &id)) continue;
        added[kept++] = (trie_entry){names[i], id};
    }
    d->added = added;
    d->added_count = kept;
    return KITH_OK;
}

kith_status vocabulary_text_parse(view text, const json_value *config, arena *a,
                                  tokenizer_description *d, kith_error *err)
{
    d->is_vocabulary_text = true;
    kith_status status = parse_lines(text, a, d, err);
    if (status == KITH_OK) status = parse_flags(config, d, err);
    if (status != KITH_OK) return status;
    d->continuation = VIEW("##");
    d->max_word_chars = MAX_WORD_CHARS;
    const view names[] = {
        special_name(config, "unk_token", VIEW("[UNK]")),
        special_name(config, "cls_token", VIEW("[CLS]")),
        special_name(config, "sep_token", VIEW("[SEP]")),
        special_name(config, "pad_token", VIEW("[PAD]")),
        special_name(config, "mask_token", VIEW("[MASK]")),
    };
    const json_value *decoder = json_get(config, "added_tokens_decoder");
    if (decoder != NULL && decoder->kind == JSON_OBJECT)
        status = parse_added(decoder, a, d, err);
    else
        status = add_named(names, sizeof names / sizeof names[0], a, d, err);
    if (status == KITH_OK)
        status = tokenizer_find_special(d, "unk_token", names[0], &d->unknown, err);
    if (status == KITH_OK)
        status = tokenizer_find_special(d, "cls_token", names[1], &d->begin, err);
    if (status == KITH_OK) status = tokenizer_find_special(d, "sep_token", names[2], &d->end, err);
    return status;
}
