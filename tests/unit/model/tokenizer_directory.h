/* tokenizer_directory.h - small tokenizers in a temporary directory, for the tests of the
 * tokenizer. */
#ifndef KITH_TOKENIZER_DIRECTORY_H
#define KITH_TOKENIZER_DIRECTORY_H

#include "test.h"

#include "base/arena.h"
#include "model/tokenizer.h"
#include "os/file.h"

#include <unistd.h>

/* The parts of a tokenizer.json; NULL is the part of an uncased BERT with the tokens below. */
typedef struct tokenizer_parts {
    const char *normalizer, *pre_tokenizer, *model, *vocabulary, *added_tokens, *post_processor;
} tokenizer_parts;

#define SMALL_VOCABULARY                                                                           \
    "{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"un\":4,\"##want\":5,\"##ed\":6,\"want\":"  \
    "7,"                                                                                           \
    "\"\\u00e9t\\u00e9\":8,\"ete\":9,\",\":10,\"Want\":11,\"##t\":12,\"[\":13,\"\xe4\xb8\xad\":"   \
    "14,"                                                                                          \
    "\"\xe4\xb8\xad\xe6\x96\x87\":15,\"a\":16,\"##a\":17,\"##aa\":18}"
#define SMALL_ADDED                                                                                \
    "[{\"id\":2,\"content\":\"[CLS]\",\"special\":true,\"normalized\":false},"                     \
    "{\"id\":3,\"content\":\"[SEP]\",\"special\":true,\"normalized\":false}]"

typedef struct directory_fixture {
    char path[64];
    arena memory;
} directory_fixture;

static inline int make_directory(void **state)
{
    directory_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->path, sizeof f->path, "/tmp/kith-tokenizer-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    arena_init(&f->memory, 0);
    *state = f;
    return 0;
}

static inline const char *path_in(directory_fixture *f, const char *name)
{
    return arena_printf(&f->memory, "%s/%s", f->path, name);
}

static inline int remove_directory(void **state)
{
    directory_fixture *f = *state;
    unlink(path_in(f, "tokenizer.json"));
    unlink(path_in(f, "vocab.txt"));
    unlink(path_in(f, "tokenizer_config.json"));
    assert_int_equal(0, rmdir(f->path));
    arena_done(&f->memory);
    free(f);
    return 0;
}

static inline void write_text(directory_fixture *f, const char *name, view text)
{
    kith_error err;
    assert_ok(file_replace(&file_ops_posix, path_in(f, name), text, &err));
}

static inline const char *part(const char *given, const char *usual)
{
    return given ? given : usual;
}

static inline void write_tokenizer(directory_fixture *f, tokenizer_parts p)
{
    const char *model =
        part(p.model, arena_printf(&f->memory,
                                   "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
                                   "\"continuing_subword_prefix\":\"##\","
                                   "\"max_input_chars_per_word\":100,\"vocab\":%s}",
                                   part(p.vocabulary, SMALL_VOCABULARY)));
    const char *text = arena_printf(
        &f->memory,
        "{\"truncation\":{\"max_length\":3},\"normalizer\":%s,\"pre_tokenizer\":%s,\"model\":%s,"
        "\"added_tokens\":%s,\"post_processor\":%s}",
        part(p.normalizer, "{\"type\":\"BertNormalizer\",\"clean_text\":true,"
                           "\"handle_chinese_chars\":true,\"strip_accents\":null,"
                           "\"lowercase\":true}"),
        part(p.pre_tokenizer, "{\"type\":\"BertPreTokenizer\"}"), model,
        part(p.added_tokens, SMALL_ADDED),
        part(p.post_processor, "{\"type\":\"BertProcessing\",\"cls\":[\"[CLS]\",2],"
                               "\"sep\":[\"[SEP]\",3]}"));
    write_text(f, "tokenizer.json", view_of(text));
}

/* Opens what was written. */
static inline tokenizer *open_tokenizer(directory_fixture *f, tokenizer_parts p)
{
    kith_error err;
    tokenizer *t = NULL;
    write_tokenizer(f, p);
    assert_ok(tokenizer_open(f->path, &t, &err));
    return t;
}

/* `expected` are the ids between [CLS] = 2 and [SEP] = 3. */
static inline void assert_tokens(const tokenizer *t, view text, const uint32_t *expected,
                                 uint32_t count)
{
    enum { ROOM = 256 };
    uint32_t ids[ROOM], untruncated = 0;
    uint32_t written = tokenizer_encode(t, text, ROOM, ids, &untruncated);
    assert_int_equal(count + 2, written);
    assert_int_equal(written, untruncated);
    assert_int_equal(count, tokenizer_count(t, text));
    assert_int_equal(2, ids[0]);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(expected[i], ids[i + 1]);
    assert_int_equal(3, ids[count + 1]);
}

#define IDS(...)                                                                                   \
    (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

#endif
