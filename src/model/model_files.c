/* model_files.c - see model_files.h. */
#include "model/model_files.h"

#include <stdio.h>

kith_status model_path(const model_config *config, const char *name, char out[MODEL_PATH_BYTES],
                       kith_error *err)
{
    if (snprintf(out, MODEL_PATH_BYTES, "%s/%s", config->transformer, name) < MODEL_PATH_BYTES)
        return KITH_OK;
    return fail(err, KITH_ERR_LIMIT, "the path of '%s' is too long", name);
}

void model_name(const char *directory, char *out, size_t size)
{
    view name = view_of(directory);
    while (name.size > 1 && name.data[name.size - 1] == '/')
        name.size--;
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] != '/') continue;
        name = view_slice(name, i, name.size);
        break;
    }
    (void)snprintf(out, size, "%.*s", VIEW_ARG(name));
}

kith_status model_open_tokenizer(const model_config *config, tokenizer **out, kith_error *err)
{
    char path[MODEL_PATH_BYTES];
    kith_status status = model_path(config, config->tokenizer, path, err);
    if (status == KITH_OK)
        status = config->is_static ? tokenizer_open_bare(path, out, err)
                                   : tokenizer_open(config->transformer, out, err);
    if (status == KITH_OK && tokenizer_vocabulary_size(*out) > config->shape.vocabulary)
        status = fail(err, KITH_ERR_MODEL, "%s: the tokenizer has %u tokens, the %s %u",
                      config->transformer, tokenizer_vocabulary_size(*out),
                      config->is_static ? "model" : "network", config->shape.vocabulary);
    return status;
}

kith_status model_digests(const tokenizer *t, const safetensors *weights, hash128 out[2],
                          kith_error *err)
{
    out[1] = tokenizer_digest(t);
    return safetensors_digest(weights, &out[0], err);
}
