/* tiny_model.h - a BERT small enough to be computed by hand, as tensors, as a safetensors file and
 * as a whole Hugging Face directory. No size divides a vector or a tile. */
#ifndef KITH_TINY_MODEL_H
#define KITH_TINY_MODEL_H

#include "test.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "model/safetensors.h"
#include "os/file.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TINY_HIDDEN = 20,
    TINY_HEADS = 2,
    TINY_LAYERS = 2,
    TINY_INTERMEDIATE = 52,
    TINY_VOCABULARY = 7,
    TINY_POSITIONS = 40,
    TINY_TYPES = 2,
    TINY_TENSORS_MAX = 64
};

typedef struct tiny_tensor {
    char name[96];
    uint32_t rows, columns; /* rows 0: a vector */
    float *values;
} tiny_tensor;

typedef struct tiny_model {
    tiny_tensor tensors[TINY_TENSORS_MAX];
    uint32_t count;
    rng random;
} tiny_model;

/* Values that F16 and BF16 hold exactly: multiples of 1/64 below 2. */
static inline void tiny_add(tiny_model *m, const char *name, uint32_t rows, uint32_t columns)
{
    assert_true(m->count < TINY_TENSORS_MAX);
    tiny_tensor *t = &m->tensors[m->count++];
    size_t count = (size_t)(rows ? rows : 1) * columns;
    (void)snprintf(t->name, sizeof t->name, "%s", name);
    t->rows = rows;
    t->columns = columns;
    t->values = calloc(count, sizeof *t->values);
    assert_non_null(t->values);
    for (size_t i = 0; i < count; i++)
        t->values[i] = ((float)rng_below(&m->random, 129) - 64) / 128;
}

static inline void tiny_add_pair(tiny_model *m, const char *name, uint32_t rows, uint32_t columns)
{
    char full[96];
    (void)snprintf(full, sizeof full, "%s.weight", name);
    tiny_add(m, full, rows, columns);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    tiny_add(m, full, 0, rows ? rows : columns);
}

static inline void tiny_add_layer(tiny_model *m, uint32_t layer)
{
    static const struct {
        const char *name;
        uint32_t rows, columns;
    } parts[] = {
        {"attention.self.query", TINY_HIDDEN, TINY_HIDDEN},
        {"attention.self.key", TINY_HIDDEN, TINY_HIDDEN},
        {"attention.self.value", TINY_HIDDEN, TINY_HIDDEN},
        {"attention.output.dense", TINY_HIDDEN, TINY_HIDDEN},
        {"attention.output.LayerNorm", 0, TINY_HIDDEN},
        {"intermediate.dense", TINY_INTERMEDIATE, TINY_HIDDEN},
        {"output.dense", TINY_HIDDEN, TINY_INTERMEDIATE},
        {"output.LayerNorm", 0, TINY_HIDDEN},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "encoder.layer.%u.%s", layer, parts[i].name);
        tiny_add_pair(m, name, parts[i].rows, parts[i].columns);
    }
}

static inline tiny_model *tiny_model_new(void)
{
    tiny_model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->random = (rng){20260131};
    tiny_add(m, "embeddings.word_embeddings.weight", TINY_VOCABULARY, TINY_HIDDEN);
    tiny_add(m, "embeddings.position_embeddings.weight", TINY_POSITIONS, TINY_HIDDEN);
    tiny_add(m, "embeddings.token_type_embeddings.weight", TINY_TYPES, TINY_HIDDEN);
    tiny_add_pair(m, "embeddings.LayerNorm", 0, TINY_HIDDEN);
    for (uint32_t i = 0; i < TINY_LAYERS; i++)
        tiny_add_layer(m, i);
    return m;
}

static inline void tiny_model_free(tiny_model *m)
{
    for (uint32_t i = 0; i < m->count; i++)
        free(m->tensors[i].values);
    free(m);
}

static inline tiny_tensor *tiny_find(tiny_model *m, const char *name)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (strcmp(m->tensors[i].name, name) == 0) return &m->tensors[i];
    fail_msg("the tiny model has no tensor '%s'", name);
    return NULL;
}

/* Bits of a value that the type holds exactly. */
static inline uint32_t tiny_bits(float value, const char *type)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    if (strcmp(type, "F32") == 0) return bits;
    if (strcmp(type, "BF16") == 0) return bits >> 16;
    if (value == 0) return 0;
    return (bits >> 16 & 0x8000) | ((bits >> 23 & 255) - 112) << 10 | (bits >> 13 & 1023);
}

/* The model as a safetensors file; every name gets the prefix. */
static inline void tiny_write(const tiny_model *m, const char *type, const char *prefix,
                              buffer *out)
{
    buffer header;
    buffer_init(&header, 1 << 20);
    buffer_init(out, 1 << 20);
    size_t element = strcmp(type, "F32") == 0 ? 4 : 2, offset = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const tiny_tensor *t = &m->tensors[i];
        size_t bytes = (size_t)(t->rows ? t->rows : 1) * t->columns * element;
        buffer_printf(&header, "%s\"%s%s\":{\"dtype\":\"%s\",\"shape\":[", i ? "," : "{", prefix,
                      t->name, type);
        if (t->rows) buffer_printf(&header, "%u,", t->rows);
        buffer_printf(&header, "%u],\"data_offsets\":[%zu,%zu]}", t->columns, offset,
                      offset + bytes);
        offset += bytes;
    }
    buffer_append_text(&header, "}");
    buffer_append_u64(out, header.size);
    buffer_append(out, buffer_view(&header));
    for (uint32_t i = 0; i < m->count; i++) {
        const tiny_tensor *t = &m->tensors[i];
        for (size_t v = 0; v < (size_t)(t->rows ? t->rows : 1) * t->columns; v++) {
            uint32_t bits = tiny_bits(t->values[v], type);
            buffer_append(out, (view){(const char *)&bits, element});
        }
    }
    buffer_done(&header);
    assert_int_equal(KITH_OK, out->failed);
}

/* Opens the bytes as a safetensors file, which lives in memory. */
static inline kith_status open_bytes(view bytes, safetensors **out, kith_error *err)
{
    char path[64];
    int fd = memfd_create("safetensors", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(bytes.size, write(fd, bytes.data, bytes.size));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    kith_status status = safetensors_open(path, out, err);
    assert_int_equal(0, close(fd));
    return status;
}

/* ---- the directory ---- */

static inline void write_file(const char *directory, const char *name, view content)
{
    kith_error err;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    assert_ok(directory_create(&file_ops_posix, path, &err));
    *slash = '/';
    assert_ok(file_replace(&file_ops_posix, path, content, &err));
}

#define TINY_CONFIG                                                                                \
    "{\"model_type\":\"bert\",\"hidden_act\":\"gelu\",\"hidden_size\":20,\"num_hidden_layers\":2," \
    "\"num_attention_heads\":2,\"intermediate_size\":52,\"vocab_size\":7,"                         \
    "\"max_position_embeddings\":40,\"type_vocab_size\":2,\"layer_norm_eps\":1e-12}"
#define TINY_MODULES                                                                               \
    "[{\"path\":\"\",\"type\":\"sentence_transformers.models.Transformer\"},"                      \
    "{\"path\":\"1_Pooling\",\"type\":\"sentence_transformers.models.Pooling\"},"                  \
    "{\"path\":\"2_Normalize\",\"type\":\"sentence_transformers.models.Normalize\"}]"
#define TINY_POOLING "{\"word_embedding_dimension\":20,\"pooling_mode_mean_tokens\":true}"

static inline void write_tiny_directory(const char *directory)
{
    tiny_model *m = tiny_model_new();
    buffer weights;
    tiny_write(m, "F32", "", &weights);
    write_file(directory, "config.json", VIEW(TINY_CONFIG));
    write_file(directory, "modules.json", VIEW(TINY_MODULES));
    write_file(directory, "1_Pooling/config.json", VIEW(TINY_POOLING));
    write_file(directory, "sentence_bert_config.json", VIEW("{\"max_seq_length\":9}"));
    write_file(directory, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n"));
    write_file(directory, "model.safetensors", buffer_view(&weights));
    buffer_done(&weights);
    tiny_model_free(m);
}

/* A cross-encoder, whose other files are those of write_tiny_directory or absent.
 * scale  of one number of its network: another one makes other logits, and other vectors */
static inline void write_tiny_cross_encoder(const char *directory, float scale)
{
    tiny_model *m = tiny_model_new();
    buffer weights, config;
    tiny_add_pair(m, "pooler.dense", TINY_HIDDEN, TINY_HIDDEN);
    tiny_add_pair(m, "classifier", 1, TINY_HIDDEN);
    tiny_find(m, "embeddings.LayerNorm.weight")->values[3] *= scale;
    tiny_write(m, "F32", "", &weights);
    buffer_init(&config, 1 << 12);
    buffer_append_text(&config, "{\"architectures\":[\"BertForSequenceClassification\"],");
    buffer_append_text(&config, TINY_CONFIG + 1);
    write_file(directory, "config.json", buffer_view(&config));
    write_file(directory, "vocab.txt", VIEW("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n"));
    write_file(directory, "model.safetensors", buffer_view(&weights));
    buffer_done(&weights);
    buffer_done(&config);
    tiny_model_free(m);
}

#endif
