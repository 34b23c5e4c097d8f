/* model_config.c - a Hugging Face directory's JSON files, read as sentence-transformers reads them.
 * A setting under which this program would compute other vectors than the reference is refused, and
 * the message names it.
 *
 *   modules.json                               order and folders of the modules
 *   TRANSFORMER/config.json                    the network's shape
 *   POOLING/config.json                        how states become one vector
 *   TRANSFORMER/sentence_bert_config.json      max_seq_length
 *   TRANSFORMER/tokenizer_config.json          model_max_length, when max_seq_length is missing
 *   config_sentence_transformers.json          prompts, default_prompt_name
 *
 * TRANSFORMER and POOLING are folders that modules.json names; the first is often the directory
 * itself.
 *
 * Which limit of tokens holds is easily mistaken: max_seq_length does (256 in all-MiniLM-L6-v2),
 * and the truncation in tokenizer.json (128 there) does not. do_lower_case is not read, because the
 * models that set it have a tokenizer that lowers the case itself.
 *
 * Models of static embeddings, of which model_config.h says how they are known, have "normalize" and
 * "max_length" in config.json, which model2vec writes (and no "normalize" where wordllama wrote it).
 *
 * Every file is untrusted: numbers have ranges, and paths in modules.json must not leave the
 * directory. */
#include "model/model_config.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "os/directory.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

enum { CONFIG_MAX_BYTES = 1 << 20 };

/* Far above any published model, and low enough that no later product of sizes overflows. */
enum { HIDDEN_MAX = 1 << 14, LAYERS_MAX = 256, ROWS_MAX = 1 << 24 };

typedef struct reader {
    const char *directory;
    arena memory; /* of the parsed files */
    kith_error *err;
} reader;

/* Writes directory/folder/name; folder and name may be empty. Error: KITH_ERR_LIMIT. */
static kith_status join_path(const reader *r, view folder, const char *name,
                             char out[MODEL_PATH_BYTES])
{
    int written = snprintf(out, MODEL_PATH_BYTES, "%s%s%.*s%s%s", r->directory,
                           folder.size ? "/" : "", VIEW_ARG(folder), *name ? "/" : "", name);
    if (written < 0 || written >= MODEL_PATH_BYTES)
        return fail(r->err, KITH_ERR_LIMIT, "the path of '%s' is too long", name);
    return KITH_OK;
}

/* Reads a file that holds a JSON object or list; *out is NULL when there is no such file. Errors:
 * KITH_ERR_MODEL when it is damaged or larger than CONFIG_MAX_BYTES, KITH_ERR_LIMIT for the length
 * of its path, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
static kith_status read_json(reader *r, view folder, const char *name, const json_value **out)
{
    char path[MODEL_PATH_BYTES];
    kith_status status = join_path(r, folder, name, path);
    if (status != KITH_OK) return status;
    buffer text;
    buffer_init(&text, CONFIG_MAX_BYTES + 1);
    status = file_read(&file_ops_posix, path, CONFIG_MAX_BYTES, &text, r->err);
    if (status == KITH_ERR_NOT_FOUND) {
        *out = NULL;
        status = KITH_OK;
    } else if (status == KITH_OK) {
        status = json_parse(buffer_view(&text), CONFIG_MAX_BYTES, &r->memory, out, r->err);
        if (status == KITH_OK && (*out)->kind != JSON_OBJECT && (*out)->kind != JSON_ARRAY)
            status = fail(r->err, KITH_ERR_FORMAT, "neither an object nor a list");
        if (status == KITH_ERR_FORMAT || status == KITH_ERR_LIMIT)
            status = fail_context(r->err, KITH_ERR_MODEL, "%s", path);
    } else if (status == KITH_ERR_LIMIT) {
        if (r->err) r->err->code = KITH_ERR_MODEL;
        status = KITH_ERR_MODEL;
    }
    buffer_done(&text);
    return status;
}

/* Reads a whole number in [least, most]. Error: KITH_ERR_MODEL, which names file and key. */
static kith_status read_number(const reader *r, const json_value *object, const char *key,
                               uint32_t least, uint32_t most, uint32_t *out)
{
    int64_t value = 0;
    if (!json_get_integer(object, key, &value))
        return fail(r->err, KITH_ERR_MODEL, "%s/config.json: '%s' is missing or no whole number",
                    r->directory, key);
    if (value < least || value > most)
        return fail(r->err, KITH_ERR_MODEL, "%s/config.json: '%s' is %lld, not in [%u, %u]",
                    r->directory, key, (long long)value, least, most);
    *out = (uint32_t)value;
    return KITH_OK;
}

/* Checks that a member has the one value that is supported, or is missing, which means the same.
 * Error: KITH_ERR_UNSUPPORTED. */
static kith_status require_text(const reader *r, const json_value *object, const char *key,
                                const char *wanted)
{
    view value = {0};
    if (!json_get_string(object, key, &value) || view_equal(value, view_of(wanted))) return KITH_OK;
    return fail(r->err, KITH_ERR_UNSUPPORTED,
                "%s/config.json: %s '%.*s' is not supported, only '%s'", r->directory, key,
                VIEW_ARG(value), wanted);
}

static kith_status read_shape(const reader *r, const json_value *config, bert_shape *out)
{
    struct {
        const char *key;
        uint32_t least, most, *to;
    } numbers[] = {
        {"hidden_size", 1, HIDDEN_MAX, &out->hidden},
        {"num_hidden_layers", 1, LAYERS_MAX, &out->layers},
        {"num_attention_heads", 1, HIDDEN_MAX, &out->heads},
        {"intermediate_size", 1, 8 * HIDDEN_MAX, &out->intermediate},
        {"vocab_size", 1, ROWS_MAX, &out->vocabulary},
        {"max_position_embeddings", 2, ROWS_MAX, &out->positions},
        {"type_vocab_size", 1, ROWS_MAX, &out->types},
    };
    kith_status status = require_text(r, config, "model_type", "bert");
    if (status == KITH_OK) status = require_text(r, config, "hidden_act", "gelu");
    if (status == KITH_OK) status = require_text(r, config, "position_embedding_type", "absolute");
    for (size_t i = 0; status == KITH_OK && i < sizeof numbers / sizeof *numbers; i++)
        status = read_number(r, config, numbers[i].key, numbers[i].least, numbers[i].most,
                             numbers[i].to);
    if (status != KITH_OK) return status;
    if (out->hidden % out->heads != 0)
        return fail(r->err, KITH_ERR_MODEL,
                    "%s/config.json: hidden_size %u does not divide into %u heads", r->directory,
                    out->hidden, out->heads);
    double epsilon = 1e-12;
    (void)json_get_number(config, "layer_norm_eps", &epsilon);
    if (!(epsilon > 0 && epsilon < 1))
        return fail(r->err, KITH_ERR_MODEL, "%s/config.json: layer_norm_eps is not in (0, 1)",
                    r->directory);
    out->epsilon = (float)epsilon;
    return KITH_OK;
}

/* ---- modules ---- */

typedef struct modules {
    view transformer, pooling; /* folders below the directory */
    bool normalize;            /* there is a third module, Normalize */
    bool is_static;            /* the first is StaticEmbedding, which is pooled already */
} modules;

/* The last part of a dotted class name; the package is not looked at. */
static view class_name(view type)
{
    size_t start = type.size;
    while (start > 0 && type.data[start - 1] != '.')
        start--;
    return view_slice(type, start, type.size);
}

static bool stays_inside(view path)
{
    return !view_starts_with(path, VIEW("/")) && view_find(path, VIEW("..")) == path.size;
}

static kith_status read_module(const reader *r, const json_value *module, uint32_t position,
                               modules *out)
{
    static const char *const order[] = {"Transformer", "Pooling", "Normalize"};
    view type = {0}, path = {0};
    if (!json_get_string(module, "type", &type) || !json_get_string(module, "path", &path))
        return fail(r->err, KITH_ERR_MODEL, "%s/modules.json: module %u has no type or path",
                    r->directory, position);
    view name = class_name(type);
    if (position == 0 && view_equal(name, VIEW("StaticEmbedding"))) out->is_static = true;
    if (out->is_static && position > 0) position++; // no Pooling stands between
    if (position == 0 && out->is_static) {
        if (view_equal(path, VIEW("."))) path.size = 0;
    } else if (position >= 3 || !view_equal(name, view_of(order[position])))
        return fail(r->err, KITH_ERR_UNSUPPORTED,
                    "%s/modules.json: module %u is '%.*s'; only Transformer, Pooling, Normalize in"
                    " this order are supported",
                    r->directory, position, VIEW_ARG(name));
    if (!stays_inside(path))
        return fail(r->err, KITH_ERR_MODEL, "%s/modules.json: path '%.*s' leaves the directory",
                    r->directory, VIEW_ARG(path));
    if (position == 0) out->transformer = path;
    if (position == 1) out->pooling = path;
    if (position == 2) out->normalize = true;
    return KITH_OK;
}

static kith_status read_modules(reader *r, modules *out, bool *has_pooling)
{
    const json_value *list = NULL;
    *out = (modules){0};
    *has_pooling = false;
    kith_status status = read_json(r, (view){0}, "modules.json", &list);
    if (status != KITH_OK || !list) return status;
    if (list->kind != JSON_ARRAY || list->count == 0)
        return fail(r->err, KITH_ERR_MODEL,
                    "%s/modules.json: a list of Transformer, Pooling and so on expected",
                    r->directory);
    for (uint32_t i = 0; status == KITH_OK && i < list->count; i++)
        status = read_module(r, list->elements[i], i, out);
    if (status == KITH_OK && list->count == 1 && !out->is_static)
        return fail(r->err, KITH_ERR_UNSUPPORTED,
                    "%s/modules.json: a Transformer alone makes no vectors; a cross-encoder is for "
                    "--rerank",
                    r->directory);
    *has_pooling = !out->is_static;
    return status;
}

/* ---- pooling ---- */

/* The mode that a pooling configuration turns on: since sentence-transformers 6 the member
 * "pooling_mode" names it, before that each had a member of its own, true or false. */
static kith_status read_mode(const reader *r, view folder, const json_value *config,
                             pooling_mode *out)
{
    static const char *const flags[][2] = {
        {"pooling_mode_mean_tokens", "mean"},
        {"pooling_mode_cls_token", "cls"},
        {"pooling_mode_max_tokens", "max"},
        {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
        {"pooling_mode_weightedmean_tokens", "weightedmean"},
        {"pooling_mode_lasttoken", "lasttoken"},
    };
    view name = {0};
    uint32_t count = 0;
    const json_value *named = json_get(config, "pooling_mode");
    if (named) {
        if (named->kind == JSON_STRING) name = named->string;
        count = named->kind == JSON_ARRAY ? named->count : named->kind == JSON_STRING;
        if (named->kind == JSON_ARRAY && count == 1 && named->elements[0]->kind == JSON_STRING)
            name = named->elements[0]->string;
    }
    for (uint32_t i = 0; !named && i < sizeof flags / sizeof *flags; i++) {
        bool on = false;
        if (!json_get_bool(config, flags[i][0], &on) || !on) continue;
        name = view_of(flags[i][1]);
        count++;
    }
    if (count != 1)
        return fail(r->err, count ? KITH_ERR_UNSUPPORTED : KITH_ERR_MODEL,
                    "%s/%.*s/config.json: %u pooling modes are on, one is supported", r->directory,
                    VIEW_ARG(folder), count);
    bool cls = view_equal(name, VIEW("cls"));
    if (!cls && !view_equal(name, VIEW("mean")))
        return fail(r->err, KITH_ERR_UNSUPPORTED,
                    "%s/%.*s/config.json: pooling '%.*s' is not supported, only mean and cls",
                    r->directory, VIEW_ARG(folder), VIEW_ARG(name));
    *out = cls ? POOLING_CLS : POOLING_MEAN;
    return KITH_OK;
}

/* include_prompt  receives false when prompts are left out of the pooling */
static kith_status read_pooling(reader *r, view folder, uint32_t hidden, pooling_mode *out,
                                bool *include_prompt)
{
    const json_value *config = NULL;
    kith_status status = read_json(r, folder, "config.json", &config);
    if (status != KITH_OK) return status;
    if (!config)
        return fail(r->err, KITH_ERR_MODEL,
                    "%s/%.*s/config.json: the pooling configuration is"
                    " missing",
                    r->directory, VIEW_ARG(folder));
    int64_t dim = hidden;
    const char *key = "word_embedding_dimension";
    if (!json_get(config, key)) key = "embedding_dimension"; // since sentence-transformers 6
    if (json_get_integer(config, key, &dim) && dim != hidden)
        return fail(r->err, KITH_ERR_MODEL, "%s/%.*s/config.json: %s %lld, hidden_size is %u",
                    r->directory, VIEW_ARG(folder), key, (long long)dim, hidden);
    (void)json_get_bool(config, "include_prompt", include_prompt);
    return read_mode(r, folder, config, out);
}

/* ---- prompts ---- */

/* Copies the prompt of this name; false when there is none. */
static kith_status take_prompt(const reader *r, const json_value *prompts, const char *name,
                               char out[MODEL_PROMPT_BYTES], bool *found)
{
    view prompt = {0};
    *found = json_get_string(prompts, name, &prompt);
    if (!*found) return KITH_OK;
    if (prompt.size >= MODEL_PROMPT_BYTES || memchr(prompt.data, '\0', prompt.size))
        return fail(r->err, KITH_ERR_UNSUPPORTED,
                    "%s/config_sentence_transformers.json: prompt '%s' has %zu bytes, at most %d "
                    "without a NUL are supported",
                    r->directory, name, prompt.size, MODEL_PROMPT_BYTES - 1);
    (void)snprintf(out, MODEL_PROMPT_BYTES, "%.*s", VIEW_ARG(prompt));
    return KITH_OK;
}

/* The names under which sentence-transformers looks for each role's prompt, the first one that is
 * there; without any of them the default prompt holds. */
static kith_status read_prompts(reader *r, model_config *out)
{
    static const char *const names[MODEL_ROLES][4] = {
        [MODEL_AS_DOCUMENT] = {"document", "passage", "corpus", NULL},
        [MODEL_AS_QUESTION] = {"query", NULL},
        [MODEL_AS_TEXT] = {NULL},
    };
    const json_value *config = NULL;
    kith_status status = read_json(r, (view){0}, "config_sentence_transformers.json", &config);
    if (status != KITH_OK || !config) return status;
    const json_value *prompts = json_get(config, "prompts");
    view standard = {0};
    bool has_standard = json_get_string(config, "default_prompt_name", &standard);
    if (has_standard && !json_get(prompts, standard.data))
        return fail(r->err, KITH_ERR_MODEL,
                    "%s/config_sentence_transformers.json: there is no prompt '%.*s', the default",
                    r->directory, VIEW_ARG(standard));
    for (uint32_t role = 0; status == KITH_OK && role < MODEL_ROLES; role++) {
        bool found = false;
        for (uint32_t i = 0; status == KITH_OK && !found && names[role][i]; i++)
            status = take_prompt(r, prompts, names[role][i], out->prompts[role], &found);
        if (status == KITH_OK && !found && has_standard)
            status = take_prompt(r, prompts, standard.data, out->prompts[role], &found);
    }
    return status;
}

bool model_config_has_prompts(const model_config *config)
{
    bool has = false;
    for (uint32_t role = 0; role < MODEL_ROLES; role++)
        has = has || config->prompts[role][0];
    return has;
}

/* ---- length ---- */

/* `positions` is the network's limit, which no other may exceed. Errors: KITH_ERR_MODEL,
 * KITH_ERR_LIMIT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
static kith_status read_max_tokens(reader *r, view transformer, uint32_t positions, uint32_t *out)
{
    const json_value *sentence = NULL, *tokenizer = NULL;
    kith_status status = read_json(r, transformer, "sentence_bert_config.json", &sentence);
    if (status != KITH_OK) return status;
    int64_t limit = positions;
    if (!sentence || !json_get_integer(sentence, "max_seq_length", &limit)) {
        status = read_json(r, transformer, "tokenizer_config.json", &tokenizer);
        if (status != KITH_OK) return status;
        int64_t tokens = 0;
        if (tokenizer && json_get_integer(tokenizer, "model_max_length", &tokens) && tokens < limit)
            limit = tokens;
    }
    if (limit < 2 || limit > positions)
        return fail(r->err, KITH_ERR_MODEL,
                    "%s: a limit of %lld tokens does not fit the model's %u positions",
                    r->directory, (long long)limit, positions);
    *out = (uint32_t)limit;
    return KITH_OK;
}

/* ---- static embeddings ---- */

static bool is_static_config(const json_value *config)
{
    view type = {0};
    if (json_get_string(config, "model_type", &type)) return view_equal(type, VIEW("model2vec"));
    return config->kind == JSON_OBJECT && !json_get(config, "hidden_size");
}

/* config  of config.json; NULL: there is none */
static kith_status read_static(const reader *r, const json_value *config, bool normalize,
                               model_config *out)
{
    int64_t limit = STATIC_DEFAULT_TOKENS;
    const json_value *length = json_get(config, "max_length");
    if (length && length->kind == JSON_NULL)
        limit = STATIC_MAX_TOKENS;
    else if (length && (!json_get_integer(config, "max_length", &limit) || limit < 1))
        return fail(r->err, KITH_ERR_MODEL, "%s/config.json: 'max_length' is no number of tokens",
                    r->directory);
    (void)json_get_bool(config, "normalize", &out->normalize);
    out->normalize = out->normalize || normalize;
    out->is_static = true;
    out->pooling = POOLING_MEAN;
    out->max_tokens = limit < STATIC_MAX_TOKENS ? (uint32_t)limit : STATIC_MAX_TOKENS;
    return KITH_OK;
}

/* What one of wordllama's folders holds. */
typedef struct only_file {
    const char *path, *folder, *ending;
    char *name;     /* [MODEL_NAME_BYTES], with the folder's before it */
    uint32_t count; /* of files that end so */
} only_file;

static kith_status enter_top(void *context, const char *path, bool *enter)
{
    const only_file *f = context;
    *enter = strcmp(path, f->path) == 0;
    return KITH_OK;
}

static kith_status find_only(void *context, const char *path, const file_info *info,
                             const kith_error *problem)
{
    only_file *f = context;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    (void)info;
    if (problem || !view_ends_with_nocase(view_of(name), view_of(f->ending))) return KITH_OK;
    if (snprintf(f->name, MODEL_NAME_BYTES, "%s/%s", f->folder, name) < MODEL_NAME_BYTES)
        f->count++;
    return KITH_OK;
}

/* wordllama's package and cache have a folder for each kind of file, and nothing that says more. *found is
 * false where they are not. */
static kith_status find_wordllama(const reader *r, model_config *out, bool *found)
{
    only_file files[] = {{NULL, "weights", ".safetensors", out->weights, 0},
                         {NULL, "tokenizers", "_tokenizer_config.json", out->tokenizer, 0}};
    for (size_t i = 0; i < 2; i++) {
        char path[MODEL_PATH_BYTES];
        const directory_visitor visitor = {find_only, enter_top, NULL, &files[i]};
        // A folder may be a link, which ends in "/." to be followed.
        kith_status status = join_path(r, view_of(files[i].folder), ".", path);
        if (status != KITH_OK) return status;
        files[i].path = path;
        status = directory_walk(path, &visitor, NULL);
        if (status == KITH_ERR_NO_MEMORY) return fail(r->err, status, "out of memory");
        if (status != KITH_OK || files[i].count == 0) return KITH_OK;
        if (files[i].count > 1)
            return fail(r->err, KITH_ERR_UNSUPPORTED,
                        "'%s/%s' holds %u files *%s, one is supported: copy it and its tokenizer "
                        "into weights/ and tokenizers/ of a directory of their own",
                        r->directory, files[i].folder, files[i].count, files[i].ending);
    }
    *found = true;
    return KITH_OK;
}

/* Without config.json. */
static kith_status read_wordllama(const reader *r, model_config *out)
{
    bool found = false;
    kith_status status = find_wordllama(r, out, &found);
    if (status != KITH_OK) return status;
    if (!found)
        return fail(r->err, KITH_ERR_NOT_FOUND, "'%s' holds no model: config.json is missing",
                    out->transformer);
    status = read_static(r, NULL, false, out);
    out->max_tokens = STATIC_MAX_TOKENS; // it cuts no text
    out->counts_unknown = true;
    return status;
}

static void name_files(model_config *out)
{
    (void)snprintf(out->weights, sizeof out->weights, "model.safetensors");
    (void)snprintf(out->tokenizer, sizeof out->tokenizer, "tokenizer.json");
}

static kith_status read_all(reader *r, model_config *out)
{
    modules m;
    bool has_pooling = false;
    const json_value *config = NULL;
    kith_status status = read_modules(r, &m, &has_pooling);
    if (status != KITH_OK) return status;
    status = join_path(r, m.transformer, "", out->transformer);
    if (status != KITH_OK) return status;
    name_files(out);
    status = read_json(r, m.transformer, "config.json", &config);
    if (status != KITH_OK) return status;
    if (m.is_static || (config && !has_pooling && is_static_config(config))) {
        status = read_static(r, config, m.normalize, out);
        return status == KITH_OK ? read_prompts(r, out) : status;
    }
    if (!config) return read_wordllama(r, out);
    status = read_shape(r, config, &out->shape);
    if (status != KITH_OK) return status;
    out->normalize = m.normalize;
    out->pooling = POOLING_MEAN;
    bool include_prompt = true;
    if (has_pooling)
        status = read_pooling(r, m.pooling, out->shape.hidden, &out->pooling, &include_prompt);
    if (status == KITH_OK) status = read_prompts(r, out);
    if (status == KITH_OK && !include_prompt && model_config_has_prompts(out))
        status = fail(r->err, KITH_ERR_UNSUPPORTED,
                      "%s/%.*s/config.json: include_prompt false is not supported", r->directory,
                      VIEW_ARG(m.pooling));
    if (status != KITH_OK) return status;
    return read_max_tokens(r, m.transformer, out->shape.positions, &out->max_tokens);
}

/* Whether config.json names this class among its architectures. */
static bool has_architecture(const json_value *config, const char *name)
{
    const json_value *list = json_get(config, "architectures");
    for (uint32_t i = 0; list && list->kind == JSON_ARRAY && i < list->count; i++)
        if (list->elements[i]->kind == JSON_STRING &&
            view_equal(list->elements[i]->string, view_of(name)))
            return true;
    return false;
}

static kith_status read_classifier(reader *r, model_config *out)
{
    const json_value *config = NULL;
    kith_status status = join_path(r, (view){0}, "", out->transformer);
    name_files(out);
    if (status == KITH_OK) status = read_json(r, (view){0}, "config.json", &config);
    if (status != KITH_OK) return status;
    if (!config)
        return fail(r->err, KITH_ERR_NOT_FOUND, "'%s' holds no model: config.json is missing",
                    r->directory);
    status = read_shape(r, config, &out->shape); // first: its message names another kind of network
    if (status != KITH_OK) return status;
    if (!has_architecture(config, "BertForSequenceClassification"))
        return fail(r->err, KITH_ERR_UNSUPPORTED,
                    "%s/config.json: no cross-encoder: 'architectures' does not name "
                    "BertForSequenceClassification",
                    r->directory);
    if (out->shape.types < 2)
        return fail(r->err, KITH_ERR_MODEL, "%s/config.json: pairs need 2 token types, it has %u",
                    r->directory, out->shape.types);
    return read_max_tokens(r, (view){0}, out->shape.positions, &out->max_tokens);
}

static kith_status read_with(kith_status (*read)(reader *r, model_config *out),
                             const char *directory, model_config *out, kith_error *err)
{
    model_config config = {0};
    reader r = {.directory = directory, .err = err};
    arena_init(&r.memory, 0);
    kith_status status = read(&r, &config);
    arena_done(&r.memory);
    if (status == KITH_OK) *out = config;
    return status;
}

kith_status model_config_read_classifier(const char *directory, model_config *out, kith_error *err)
{
    return read_with(read_classifier, directory, out, err);
}

kith_status model_config_read(const char *directory, model_config *out, kith_error *err)
{
    return read_with(read_all, directory, out, err);
}
