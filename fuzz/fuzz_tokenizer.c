/* fuzz_tokenizer.c - any bytes as a text, or as a tokenizer's file.
 * Input: one byte that chooses, then the bytes. A text is cut by a small vocabulary, and what must
 * hold of any text is checked. A file opens or is refused as a damaged model; one that opens must
 * survive its own bytes as a text. */
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
static tokenizer *small;

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Without file_replace's syncs, which would be all that the fuzzer does. */
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
    (void)rmdir(directory); // allow rmdir: made by mkdtemp below
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
    atexit(remove_directory);
    return 0;
}

/* The count is the same however it is asked for, a cut is a prefix, and every id is in the
 * vocabulary. */
static void check_text(const tokenizer *t, view text)
{
    uint32_t whole[ROOM], cut[ROOM], untruncated = 0;
    uint32_t tokens = tokenizer_count(t, text);
    uint32_t count = tokenizer_encode(t, text, ROOM, whole, &untruncated);
    CHECK(untruncated == tokens + 2);
    CHECK(count == size_min(untruncated, ROOM));
    for (uint32_t i = 0; i < count; i++)
        CHECK(whole[i] < tokenizer_vocabulary_size(t));
    uint32_t few = 2 + tokens / 2 % (ROOM - 2);
    uint32_t kept = tokenizer_encode(t, text, few, cut, NULL);
    CHECK(kept == size_min(few, untruncated));
    CHECK(memcmp(whole, cut, (kept - 1) * sizeof *cut) == 0);
    CHECK(cut[kept - 1] == whole[count - 1]);
}

/* A space ends a word, an added token's name, and a damaged character: the halves count apart. */
static void check_halves(const tokenizer *t, view text)
{
    size_t at = view_find(text, VIEW(" "));
    if (at == text.size) return;
    uint32_t left = tokenizer_count(t, view_slice(text, 0, at));
    uint32_t right = tokenizer_count(t, view_slice(text, at + 1, text.size));
    CHECK(tokenizer_count(t, text) == left + right);
}

static void check_file(const char *name, view text)
{
    kith_error err = {0};
    tokenizer *t = NULL;
    write_file(name, text);
    kith_status status = tokenizer_open(directory, &t, &err);
    CHECK(status == KITH_OK || status == KITH_ERR_MODEL);
    CHECK((status == KITH_OK) == (t != NULL));
    if (t != NULL) check_text(t, text);
    tokenizer_free(t);
    remove_file(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1) return 0;
    view text = {(const char *)bytes + 1, size - 1};
    switch (bytes[0] % 4) {
    case 0:
        check_file("tokenizer.json", text);
        break;
    case 1:
        check_file("vocab.txt", text);
        break;
    default:
        check_text(small, text);
        check_halves(small, text);
    }
    return 0;
}
