/* tokenizer_driver.c - runs the tokenizer over a file of texts, for scripts, and measures it.
 *
 *   tokenizer_driver MODEL RECORDS MAX_TOKENS > ANSWERS
 *       writes the tokens of each text
 *   tokenizer_driver MODEL RECORDS MAX_TOKENS ROUNDS
 *       prints the number of all tokens and the speed of counting them, the best and the median of
 *       ROUNDS passes over the file
 *
 *   record in RECORDS   u32 size | bytes[size]
 *   answer in ANSWERS   u32 untruncated | u32 count | u32 ids[count]
 *
 * Numbers are little-endian, and answers are in the order of the records. MODEL is a directory. */
#include "base/buffer.h"
#include "model/tokenizer.h"
#include "os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const size_t max_input_bytes = (size_t)1 << 30;

static int64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Reads the record at *at and moves *at past it; false when none is left, or only a part of one. */
static bool next_record(view input, size_t *at, view *out)
{
    if (input.size - *at < 4) return false;
    size_t size = load_u32(input.data + *at);
    size_t start = *at + 4;
    if (size > input.size - start) return false;
    *out = view_slice(input, start, start + size);
    *at = start + size;
    return true;
}

static int answer(const tokenizer *t, view input, uint32_t max_tokens)
{
    uint32_t *ids = malloc((size_t)max_tokens * sizeof *ids);
    buffer out;
    buffer_init(&out, max_input_bytes);
    size_t at = 0;
    view text = {0};
    while (ids != NULL && next_record(input, &at, &text)) {
        uint32_t untruncated = 0;
        uint32_t count = tokenizer_encode(t, text, max_tokens, ids, &untruncated);
        buffer_append_u32(&out, untruncated);
        buffer_append_u32(&out, count);
        for (uint32_t i = 0; i < count; i++)
            buffer_append_u32(&out, ids[i]);
    }
    bool is_whole = ids != NULL && at == input.size && out.failed == KITH_OK &&
                    fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    free(ids);
    buffer_done(&out);
    return is_whole ? 0 : 1;
}

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int measure(const tokenizer *t, view input, uint32_t rounds)
{
    int64_t *ns = calloc(rounds, sizeof *ns);
    if (ns == NULL) return 1;
    uint64_t tokens = 0, bytes = 0, texts = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        size_t at = 0;
        view text = {0};
        tokens = bytes = texts = 0;
        int64_t start = thread_ns();
        while (next_record(input, &at, &text)) {
            tokens += tokenizer_count(t, text);
            bytes += text.size;
            texts++;
        }
        ns[round] = thread_ns() - start;
    }
    qsort(ns, rounds, sizeof *ns, compare_ns);
    double best = (double)ns[0], median = (double)ns[rounds / 2];
    printf("%llu texts, %llu bytes, %llu tokens; best of %u: %.1f MB/s, %.2f M tokens/s; median "
           "%.1f MB/s\n",
           (unsigned long long)texts, (unsigned long long)bytes, (unsigned long long)tokens, rounds,
           (double)bytes * 1e3 / best, (double)tokens * 1e3 / best, (double)bytes * 1e3 / median);
    free(ns);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: tokenizer_driver MODEL RECORDS MAX_TOKENS [ROUNDS]\n");
        return 2;
    }
    uint32_t max_tokens = (uint32_t)strtoul(argv[3], NULL, 10);
    uint32_t rounds = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    if (max_tokens < 2) max_tokens = 2;
    int code = 1;
    tokenizer *t = NULL;
    buffer input;
    buffer_init(&input, max_input_bytes);
    kith_error err = {0};
    int64_t start = thread_ns();
    kith_status status = tokenizer_open(argv[1], &t, &err);
    if (rounds > 0) printf("opened in %.1f ms\n", (double)(thread_ns() - start) / 1e6);
    if (status == KITH_OK)
        status = file_read(&file_ops_posix, argv[2], max_input_bytes, &input, &err);
    if (status != KITH_OK) {
        fprintf(stderr, "tokenizer_driver: %s\n", err.message);
        goto done;
    }
    code = rounds > 0 ? measure(t, buffer_view(&input), rounds)
                      : answer(t, buffer_view(&input), max_tokens);
done:
    buffer_done(&input);
    tokenizer_free(t);
    return code;
}
