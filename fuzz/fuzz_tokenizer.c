/* fuzz_tokenizer.c - any bytes as a text, or as a tokenizer's file.
 *
 *   byte 0 mod 7   the rest of the input is
 *   0              tokenizer.json
 *   1              vocab.txt
 *   4              tokenizer.json of a model of token vectors: WordPiece, byte pairs or Unigram
 *   6              the map of characters of a small Unigram, which then cuts the same bytes as a text
 *   5              a text, which small byte pairs cut into tokens
 *   2, 3           a text, which a small vocabulary cuts into tokens
 *
 * What must be true of the tokens of any text is checked. A file is opened or refused as a damaged
 * model; with a tokenizer that opens, its own bytes are then cut as a text. */
#include "base/base64.h"
#include "base/buffer.h"
#include "base/size.h"
#include "model/tokenizer.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { ROOM = 64 };

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\n##aa\nb\n##b\n.\n[\n]\n\xE4\xB8\xAD\n"
    "\xE1\x84\x92\n##\xE1\x85\xA1\ne\n##e\nthe\n##ing\n";

static char directory[] = "/tmp/kith-fuzz-XXXXXX";
static tokenizer *small, *pairs;

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Writes without the syncs of file_replace, which would take nearly all of the fuzzer's time. */
static void write_file(const char *name, view text)
{
    int fd = file_ops_posix.open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK(file_ops_posix.write(fd, text.data, text.size) == (int64_t)text.size);
    CHECK(file_ops_posix.close(fd) == 0);
}

static void remove_file(const char *name)
{
    CHECK(file_ops_posix.unlink(path_of(name)) == 0);
}

static void remove_directory(void)
{
    tokenizer_free(small);
    tokenizer_free(pairs);
    (void)rmdir(directory); // allow rmdir: made by mkdtemp below
}

/* Byte pairs with the tokens of all bytes. */
static void write_pairs(void)
{
    buffer text;
    buffer_init(&text, 1 << 16);
    buffer_printf(&text, "{\"normalizer\":{\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":"
                         "\"\xE2\x96\x81\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
                         "\"content\":\"\xE2\x96\x81\"}]},\"model\":{\"type\":\"BPE\","
                         "\"byte_fallback\":true,\"unk_token\":\"<unk>\",\"vocab\":{\"<unk>\":0");
    for (uint32_t byte = 0; byte < 256; byte++)
        buffer_printf(&text, ",\"<0x%02X>\":%u", byte, byte + 1);
    buffer_printf(&text, ",\"\xE2\x96\x81\":257,\"a\":258,\"b\":259,\"ab\":260,\"aa\":261,"
                         "\"\xE2\x96\x81"
                         "a\":262,\"aab\":263},\"merges\":[\"a b\",\"a a\",\"\xE2\x96\x81 a\","
                         "\"a ab\"]},\"added_tokens\":[{\"id\":0,\"content\":\"<unk>\","
                         "\"special\":true}]}");
    CHECK(text.failed == KITH_OK);
    write_file("tokenizer.json", buffer_view(&text));
    buffer_done(&text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    kith_error err = {0};
    CHECK(mkdtemp(directory) != NULL);
    write_file("vocab.txt", VIEW(vocabulary));
    CHECK(tokenizer_open(directory, &small, &err) == KITH_OK);
    remove_file("vocab.txt");
    write_pairs();
    CHECK(tokenizer_open_bare(path_of("tokenizer.json"), &pairs, &err) == KITH_OK);
    remove_file("tokenizer.json");
    atexit(remove_directory);
    return 0;
}

/* Counting and encoding give the same number of tokens, a smaller limit gives a prefix of them, and
 * every id is in the vocabulary. */
static void check_text(const tokenizer *t, view text)
{
    const uint32_t special = tokenizer_special_tokens(t);
    uint32_t whole[ROOM], cut[ROOM], untruncated = 0;
    uint32_t tokens = tokenizer_count(t, text);
    uint32_t count = tokenizer_encode(t, text, ROOM, whole, &untruncated);
    CHECK(untruncated == tokens + special);
    CHECK(count == size_min(untruncated, ROOM));
    for (uint32_t i = 0; i < count; i++)
        CHECK(whole[i] < tokenizer_vocabulary_size(t));
    uint32_t few = special + tokens / 2 % (ROOM - 2);
    uint32_t kept = tokenizer_encode(t, text, few, cut, NULL);
    CHECK(kept == size_min(few, untruncated));
    CHECK(memcmp(whole, cut, (kept - special / 2) * sizeof *cut) == 0);
    CHECK(!special || cut[kept - 1] == whole[count - 1]);
}

/* No token, and no damaged character, reaches over a space: the two sides of one have as many
 * tokens apart as together. */
static void check_halves(const tokenizer *t, view text)
{
    size_t at = view_find(text, VIEW(" "));
    if (at == text.size) return;
    uint32_t left = tokenizer_count(t, view_slice(text, 0, at));
    uint32_t right = tokenizer_count(t, view_slice(text, at + 1, text.size));
    CHECK(tokenizer_count(t, text) == left + right);
}

static void check_file(const char *name, bool is_bare, view text)
{
    kith_error err = {0};
    tokenizer *t = NULL;
    write_file(name, text);
    kith_status status = is_bare ? tokenizer_open_bare(path_of(name), &t, &err)
                                 : tokenizer_open(directory, &t, &err);
    CHECK(status == KITH_OK || status == KITH_ERR_MODEL ||
          (is_bare && status == KITH_ERR_UNSUPPORTED));
    CHECK((status == KITH_OK) == (t != NULL));
    if (t != NULL) check_text(t, text);
    tokenizer_free(t);
    remove_file(name);
}

/* A small Unigram with these bytes as its map of characters. */
static void check_charsmap(view map)
{
    buffer text;
    buffer_init(&text, 1 << 22);
    buffer_append_text(&text,
                       "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"");
    base64_append(&text, map);
    buffer_append_text(&text,
                       "\"},\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
                       "\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"replacement\":"
                       "\"\xE2\x96\x81\"}]},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
                       "\"vocab\":[[\"<unk>\",0],[\"\xE2\x96\x81\",-2],[\"a\",-3],"
                       "[\"b\",-4],[\"ab\",-5],[\"\xE2\x96\x81"
                       "a\",-4.5],[\"aab\",-7]]}}");
    if (text.failed == KITH_OK) check_file("tokenizer.json", true, buffer_view(&text));
    buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1) return 0;
    view text = {(const char *)bytes + 1, size - 1};
    switch (bytes[0] % 7) {
    case 0:
        check_file("tokenizer.json", false, text);
        break;
    case 1:
        check_file("vocab.txt", false, text);
        break;
    case 4:
        check_file("tokenizer.json", true, text);
        break;
    case 5:
        check_text(pairs, text);
        break;
    case 6:
        check_charsmap(text);
        break;
    default:
        check_text(small, text);
        check_halves(small, text);
    }
    return 0;
}
