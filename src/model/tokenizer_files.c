/* tokenizer_files.c - chooses the files that a tokenizer is read from, and reads them.
 *
 * tokenizer.json describes a tokenizer whole and comes first; without it, vocab.txt holds the
 * tokens and tokenizer_config.json, which may be missing, the flags. Parsing is left to
 * tokenizer_json.c and vocabulary_text.c. */
#include "model/tokenizer_files.h"

#include "base/buffer.h"
#include "os/file.h"

/* Reads a file into `a`; KITH_OK with out->data NULL when it is absent.
 * Errors: KITH_ERR_MODEL when it is larger than TOKENIZER_MAX_FILE_BYTES, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
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

/* Reads a file that holds one JSON object, into `a`; KITH_OK with *out untouched when it is absent.
 * digest  receives that of the file's bytes
 * Errors: KITH_ERR_MODEL when it is too large, not JSON or not an object, KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. */
static kith_status read_json(const char *path, arena *a, const json_value **out, hash128 *digest,
                             kith_error *err)
{
    view text = {0};
    kith_status status = read_file(path, a, &text, err);
    if (status != KITH_OK || text.data == NULL) return status;
    kith_error why = {0};
    *digest = hash128_of(text, 0);
    status = json_parse(text, TOKENIZER_MAX_FILE_BYTES, a, out, &why);
    if (status == KITH_ERR_NO_MEMORY)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %s", path);
    if (status != KITH_OK) return fail(err, KITH_ERR_MODEL, "%s: %s", path, why.message);
    if ((*out)->kind != JSON_OBJECT)
        return fail(err, KITH_ERR_MODEL, "%s: not a JSON object", path);
    return KITH_OK;
}

kith_status tokenizer_file_read_bare(const char *path, arena *a, tokenizer_description *out,
                                     kith_error *err)
{
    tokenizer_description d = {.path = arena_printf(a, "%s", path), .is_bare = true};
    if (!d.path) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a tokenizer");
    const json_value *root = NULL;
    kith_status status = read_json(path, a, &root, &d.digest, err);
    if (status == KITH_OK && root == NULL)
        status = fail(err, KITH_ERR_NOT_FOUND, "%s is missing", path);
    if (status == KITH_OK) status = tokenizer_json_parse(root, a, &d, err);
    if (status == KITH_OK) *out = d;
    return status;
}

kith_status tokenizer_files_read(const char *directory, arena *a, tokenizer_description *out,
                                 kith_error *err)
{
    tokenizer_description d = {.path = arena_printf(a, "%s/tokenizer.json", directory)};
    const char *vocabulary_path = arena_printf(a, "%s/vocab.txt", directory);
    const char *config_path = arena_printf(a, "%s/tokenizer_config.json", directory);
    if (a->exhausted) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a tokenizer");

    const json_value *root = NULL;
    kith_status status = read_json(d.path, a, &root, &d.digest, err);
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
        d.digest = hash128_of(text, 0);
        const json_value *config = NULL;
        hash128 unused; // what the flags change of the tokens is told by tokenizer_variant
        status = read_json(config_path, a, &config, &unused, err);
        if (status != KITH_OK) return status;
        status = vocabulary_text_parse(text, config, a, &d, err);
    }
    if (status == KITH_OK) *out = d;
    return status;
}
