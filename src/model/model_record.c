/* model_record.c - see model_record.h.
 *
 * A fingerprint is a digest of all weights, 90 MB for a small model, and a model's soundness is
 * seen by reading every number of it: together most of the time of a command that then embeds
 * nothing. The file .kith-model in the directory of the weights says that both were done:
 *
 *     kith model 1
 *     SHAPE, POOLING and LIMIT of the configuration
 *     prompt DIGEST                               a line for each role, when a role has a prompt
 *     NAME SIZE MODIFIED CHANGED INODE DEVICE     a line for each file; "NAME absent" without it
 *     FINGERPRINT
 *     digest of the above, in hexadecimal
 *
 * It is believed only when it begins, to the byte, with what model_files_describe says of the files
 * now. The kernel sets a file's time of change (ctime) at each write and no program can set it
 * back, but its clock moves in ticks: a file that is written twice within one keeps its time. So
 * nothing is kept of files that changed a moment ago. A damaged or foreign record is no record, and
 * the model is read as if there were none. */
#include "model/model_record.h"

#include "base/hash.h"
#include "base/view.h"
#include "os/clock.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { RECORD_BYTES = 2 * MODEL_FILES_BYTES, SETTLED_MS = 2000 };

/* The first two are named by the configuration. */
enum { FILES = 4 };

static const char *file_name(const model_config *config, size_t i)
{
    const char *const names[FILES] = {config->weights, config->tokenizer, "vocab.txt",
                                      "tokenizer_config.json"};
    return names[i];
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The path of a file beside the weights; false when it is too long. */
static bool path_of(const model_config *config, const char *name, char *out)
{
    return snprintf(out, MODEL_PATH_BYTES, "%s/%s", config->transformer, name) < MODEL_PATH_BYTES;
}

bool model_files_describe(const model_config *config, char *out)
{
    const bert_shape *s = &config->shape;
    int used = snprintf(out, MODEL_FILES_BYTES, "kith model 1\n%u %u %u %u %u %u %u %a %s %s %u\n",
                        s->hidden, s->layers, s->heads, s->intermediate, s->vocabulary,
                        s->positions, s->types, (double)s->epsilon, pooling_name(config->pooling),
                        config->normalize ? "norm" : "raw", config->max_tokens);
    for (uint32_t role = 0; model_config_has_prompts(config) && role < MODEL_ROLES; role++) {
        char digest[33];
        hash128_hex(hash128_of(view_of(config->prompts[role]), 0), digest);
        used += snprintf(out + used, (size_t)(MODEL_FILES_BYTES - used), "prompt %s\n", digest);
    }
    for (size_t i = 0; i < FILES; i++) {
        char path[MODEL_PATH_BYTES];
        struct stat found;
        char *line = out + used;
        size_t room = (size_t)(MODEL_FILES_BYTES - used);
        if (!path_of(config, file_name(config, i), path)) return false;
        // Not file_stat: the files may be symbolic links, and what they lead to is what counts.
        if (stat(path, &found) == 0)
            used += snprintf(line, room, "%s %lld %lld %lld %llu %llu\n", file_name(config, i),
                             (long long)found.st_size, (long long)nanoseconds(found.st_mtim),
                             (long long)nanoseconds(found.st_ctim),
                             (unsigned long long)found.st_ino, (unsigned long long)found.st_dev);
        else if (i == 0)
            return false;
        else
            used += snprintf(line, room, "%s absent\n", file_name(config, i));
        CHECK(used < MODEL_FILES_BYTES); // five numbers of 20 digits a line at most
    }
    return true;
}

bool model_files_are_same(const model_config *config, const char *files)
{
    char now[MODEL_FILES_BYTES];
    return model_files_describe(config, now) && strcmp(now, files) == 0;
}

/* Whether no file changed in the last SETTLED_MS. */
static bool is_settled(const model_config *config)
{
    for (size_t i = 0; i < FILES; i++) {
        char path[MODEL_PATH_BYTES];
        struct stat found;
        if (!path_of(config, file_name(config, i), path)) return false;
        if (stat(path, &found) == 0 &&
            nanoseconds(found.st_ctim) / 1000000 > clock_wall_ms() - SETTLED_MS)
            return false;
    }
    return true;
}

/* out [RECORD_BYTES] */
static view format_record(const char *files, const char *fingerprint, char *out)
{
    int used = snprintf(out, RECORD_BYTES, "%s%s\n", files, fingerprint);
    char digest[33];
    hash128_hex(hash128_of((view){out, (size_t)used}, 0), digest);
    used += snprintf(out + used, (size_t)(RECORD_BYTES - used), "%s\n", digest);
    CHECK(used < RECORD_BYTES);
    return (view){out, (size_t)used};
}

bool model_record_read(const model_config *config, const char *files, char *fingerprint,
                       size_t size)
{
    char path[MODEL_PATH_BYTES], kept[RECORD_BYTES], expected[RECORD_BYTES];
    buffer content;
    buffer_init(&content, RECORD_BYTES);
    bool found = false;
    if (!path_of(config, ".kith-model", path)) goto done;
    if (file_read(&file_ops_posix, path, RECORD_BYTES - 1, &content, NULL) != KITH_OK) goto done;
    view text = buffer_view(&content), begin = view_of(files);
    if (text.size < begin.size || memcmp(text.data, begin.data, begin.size) != 0) goto done;
    view rest = view_slice(text, begin.size, text.size);
    const char *end = memchr(rest.data, '\n', rest.size);
    if (!end || (size_t)(end - rest.data) >= size) goto done;
    (void)snprintf(kept, sizeof kept, "%.*s", (int)(end - rest.data), rest.data);
    if (!view_equal(format_record(files, kept, expected), text)) goto done;
    (void)snprintf(fingerprint, size, "%s", kept);
    found = true;
done:
    buffer_done(&content);
    return found;
}

void model_record_write(const model_config *config, const char *files, const char *fingerprint)
{
    char path[MODEL_PATH_BYTES], record[RECORD_BYTES];
    if (!path_of(config, ".kith-model", path) || !is_settled(config)) return;
    kith_status status =
        file_replace(&file_ops_posix, path, format_record(files, fingerprint, record), NULL);
    (void)status; // without it the model is read again next time
}
