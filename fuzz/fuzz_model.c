/* fuzz_model.c - any bytes as a file of a model's directory.
 *
 *   byte 0 mod 10  the rest of the input is
 *   0              the header of model.safetensors, its length before it made to fit
 *   1              model.safetensors
 *   2              config.json, of an encoder and of a cross-encoder
 *   3              1_Pooling/config.json
 *   4              modules.json
 *   5              config_sentence_transformers.json
 *   6, 7           as 0 and 1, of a model of static embeddings
 *   8, 9           config.json and modules.json of one
 *
 * The other files are those of a small model. It opens or is refused with a status that the contract
 * names; one that opens embeds a text to finite numbers or refuses it. tokenizer.json and vocab.txt:
 * fuzz_tokenizer.c. */
#include "model/cross_encoder.h"
#include "model/encoder.h"
#include "model/safetensors.h"
#include "os/file.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { HIDDEN = 4, WORDS = 5, POSITIONS = 6, NETWORK_FILES = 6, FILES = 10 };

static const char config[] =
    "{\"architectures\":[\"BertModel\",\"BertForSequenceClassification\"],\"model_type\":\"bert\","
    "\"hidden_act\":\"gelu\",\"hidden_size\":4,\"num_hidden_layers\":1,\"num_attention_heads\":2,"
    "\"intermediate_size\":4,\"vocab_size\":5,\"max_position_embeddings\":6,\"type_vocab_size\":2}";
static const char modules[] =
    "[{\"path\":\"\",\"type\":\"Transformer\"},{\"path\":\"1_Pooling\",\"type\":\"Pooling\"}]";
static const char pooling[] = "{\"embedding_dimension\":4,\"pooling_mode\":\"mean\"}";
static const char prompts[] = "{\"prompts\":{\"query\":\"a \"},\"default_prompt_name\":null}";
static const char static_config[] = "{\"model_type\":\"model2vec\",\"max_length\":3}";
static const char static_modules[] = "[{\"path\":\".\",\"type\":\"StaticEmbedding\"}]";
static const char static_tokenizer[] = "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_"
                                       "tokenizer\":{\"type\":\"BertPreTokenizer\"},"
                                       "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
                                       "\"continuing_subword_prefix\":\"##\","
                                       "\"vocab\":{\"[UNK]\":0,\"a\":1,\"b\":2}}}";
static const char vocabulary[] = "[UNK]\n[CLS]\n[SEP]\na\nb\n";

/* By the number of byte 0; NULL: made by make_weights. */
static const struct {
    const char *name, *content;
} files[FILES] = {
    {"model.safetensors", NULL},    {"model.safetensors", NULL},
    {"config.json", config},        {"1_Pooling/config.json", pooling},
    {"modules.json", modules},      {"config_sentence_transformers.json", prompts},
    {"model.safetensors", NULL},    {"model.safetensors", NULL},
    {"config.json", static_config}, {"modules.json", static_modules},
};

static char network[] = "/tmp/kith-fuzz-model-XXXXXX", table[] = "/tmp/kith-fuzz-table-XXXXXX";
static const char *directory = network; /* the one at hand */
static buffer network_weights, table_weights;

static void choose(uint32_t which)
{
    directory = which < NETWORK_FILES ? network : table;
}

static const buffer *weights_of(uint32_t which)
{
    return which < NETWORK_FILES ? &network_weights : &table_weights;
}

/* Writes without the syncs of file_replace. */
static void write_file(const char *name, view content)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = file_ops_posix.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK(file_ops_posix.write(fd, content.data, content.size) == (int64_t)content.size);
    CHECK(file_ops_posix.close(fd) == 0);
}

static void add_tensor(buffer *header, uint32_t *offset, const char *name, uint32_t rows,
                       uint32_t columns)
{
    uint32_t bytes = (rows ? rows : 1) * columns * 4;
    char shape[32];
    (void)snprintf(shape, sizeof shape, rows ? "%u,%u" : "%.0u%u", rows, columns);
    buffer_printf(header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%u,%u]}",
                  *offset ? "," : "{", name, shape, *offset, *offset + bytes);
    *offset += bytes;
}

/* A file of `header` and of as many bytes as its tensors have. */
static void end_weights(buffer *header, uint32_t size, buffer *weights)
{
    buffer_append_text(header, "}");
    buffer_append_u64(weights, header->size);
    buffer_append(weights, buffer_view(header));
    for (uint32_t i = 0; i < size / 4; i++) {
        float value = (float)(i % 7) / 8 - 0.25F;
        buffer_append(weights, (view){(const char *)&value, sizeof value});
    }
    CHECK(weights->failed == KITH_OK);
    buffer_done(header);
}

/* 3 tokens of 4 numbers, with weights, and rows by a mapping of zeros and ones. */
static void make_table(void)
{
    static const int32_t rows[] = {1, 0, 1};
    buffer header;
    buffer_init(&header, 1 << 16);
    buffer_init(&table_weights, 1 << 16);
    buffer_printf(&header, "{\"mapping\":{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[0,12]},"
                           "\"weights\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,24]},"
                           "\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,4],"
                           "\"data_offsets\":[24,56]}");
    end_weights(&header, 56, &table_weights);
    memcpy(table_weights.data + table_weights.size - 56, rows, sizeof rows);
}

static void make_weights(void)
{
    static const char *const squares[] = {"attention.self.query", "attention.self.key",
                                          "attention.self.value", "attention.output.dense",
                                          "intermediate.dense",   "output.dense"};
    static const char *const norms[] = {"attention.output.LayerNorm", "output.LayerNorm"};
    buffer header;
    uint32_t size = 0;
    char name[96];
    buffer_init(&header, 1 << 16);
    buffer_init(&network_weights, 1 << 16);
    add_tensor(&header, &size, "embeddings.word_embeddings.weight", WORDS, HIDDEN);
    add_tensor(&header, &size, "embeddings.position_embeddings.weight", POSITIONS, HIDDEN);
    add_tensor(&header, &size, "embeddings.token_type_embeddings.weight", 2, HIDDEN);
    add_tensor(&header, &size, "embeddings.LayerNorm.weight", 0, HIDDEN);
    add_tensor(&header, &size, "embeddings.LayerNorm.bias", 0, HIDDEN);
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++) {
        (void)snprintf(name, sizeof name, "encoder.layer.0.%s.weight", squares[i]);
        add_tensor(&header, &size, name, HIDDEN, HIDDEN);
        (void)snprintf(name, sizeof name, "encoder.layer.0.%s.bias", squares[i]);
        add_tensor(&header, &size, name, 0, HIDDEN);
    }
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
        (void)snprintf(name, sizeof name, "encoder.layer.0.%s.weight", norms[i]);
        add_tensor(&header, &size, name, 0, HIDDEN);
        (void)snprintf(name, sizeof name, "encoder.layer.0.%s.bias", norms[i]);
        add_tensor(&header, &size, name, 0, HIDDEN);
    }
    add_tensor(&header, &size, "pooler.dense.weight", HIDDEN, HIDDEN);
    add_tensor(&header, &size, "pooler.dense.bias", 0, HIDDEN);
    add_tensor(&header, &size, "classifier.weight", 1, HIDDEN);
    add_tensor(&header, &size, "classifier.bias", 0, 1);
    end_weights(&header, size, &network_weights);
}

static void restore(uint32_t which)
{
    choose(which);
    write_file(files[which].name, files[which].content ? view_of(files[which].content)
                                                       : buffer_view(weights_of(which)));
}

static void remove_directory(void)
{
    char command[96];
    for (uint32_t i = 0; i < FILES; i++) {
        choose(i);
        (void)snprintf(command, sizeof command, "%s/%s", directory, files[i].name);
        (void)file_ops_posix.unlink(command);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char folder[96];
    CHECK(mkdtemp(network) != NULL && mkdtemp(table) != NULL);
    (void)snprintf(folder, sizeof folder, "%s/1_Pooling", network);
    CHECK(file_ops_posix.mkdir(folder, 0700) == 0);
    make_weights();
    make_table();
    for (uint32_t i = 0; i < FILES; i++)
        restore(i);
    write_file("tokenizer.json", VIEW(static_tokenizer)); // of the table, which came last
    choose(0);
    write_file("vocab.txt", VIEW(vocabulary));
    atexit(remove_directory);
    return 0;
}

static void check_status(kith_status status)
{
    CHECK(status == KITH_OK || status == KITH_ERR_MODEL || status == KITH_ERR_UNSUPPORTED ||
          status == KITH_ERR_LIMIT || status == KITH_ERR_NO_MEMORY || status == KITH_ERR_NOT_FOUND);
}

static void open_encoder(void)
{
    kith_error err = {0};
    encoder *e = NULL;
    kith_status status = encoder_open(directory, &(encoder_options){.float32 = true}, &e, &err);
    check_status(status);
    CHECK((status == KITH_OK) == (e != NULL));
    if (!e) return;
    uint32_t dim = encoder_describe(e)->dim;
    float *vector = calloc(dim, sizeof *vector);
    view text = VIEW("a b a");
    CHECK(vector != NULL);
    status = encoder_embed(e, &text, 1, NULL, vector, NULL, &err);
    check_status(status);
    for (uint32_t i = 0; status == KITH_OK && i < dim; i++)
        CHECK(isfinite(vector[i]));
    free(vector);
    encoder_free(e);
}

static void open_cross_encoder(void)
{
    kith_error err = {0};
    cross_encoder *c = NULL;
    kith_status status = cross_encoder_open(directory, &c, &err);
    check_status(status);
    CHECK((status == KITH_OK) == (c != NULL));
    if (!c) return;
    float logit = 0;
    view text = VIEW("b a b a b a b");
    status = cross_encoder_score(c, VIEW("a b"), &text, 1, NULL, &logit, NULL, &err);
    check_status(status);
    CHECK(status != KITH_OK || isfinite(logit));
    cross_encoder_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1) return 0;
    uint32_t which = bytes[0] % FILES;
    view content = {(const char *)bytes + 1, size - 1};
    choose(which);
    if (which == 0 || which == NETWORK_FILES) {
        const buffer *weights = weights_of(which);
        // The tensors' bytes follow, so that a header of sound offsets opens.
        buffer file;
        buffer_init(&file, 1 << 20);
        uint64_t own = 0;
        memcpy(&own, weights->data, sizeof own);
        buffer_append_u64(&file, content.size);
        buffer_append(&file, content);
        buffer_append(&file, view_slice(buffer_view(weights), 8 + own, weights->size));
        if (file.failed == KITH_OK) write_file(files[which].name, buffer_view(&file));
        buffer_done(&file);
    } else {
        write_file(files[which].name, content);
    }
    open_encoder();
    if (which < NETWORK_FILES) open_cross_encoder();
    restore(which);
    return 0;
}
