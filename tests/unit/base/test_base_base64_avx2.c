/* Decoding by AVX2 against a plain decoder: each size, and each character at each place. What is read and written ends before
 * a page that cannot be touched. */
#include "test.h"

#include "base/base64.h"
#include "base/base64_avx2.h"
#include "base/rng.h"

#include <sys/mman.h>

enum { PAGE = 4096, SIZE_MAX_BYTES = 300 };

/* Two pages, of which the second cannot be touched. */
static char *fenced_page(void)
{
    char *base = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(base != MAP_FAILED);
    assert_int_equal(mprotect(base + PAGE, PAGE, PROT_NONE), 0);
    return base;
}

typedef struct fixture {
    char *text_page;
    unsigned char *out_page;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f) return -1;
    f->text_page = fenced_page();
    f->out_page = (unsigned char *)fenced_page();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    int failed = munmap(f->text_page, 2 * PAGE) | munmap(f->out_page, 2 * PAGE);
    free(f);
    return failed;
}

/* The six bits of a character; -1: it is not of the alphabet. */
static int bits_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

/* Groups of four characters before the first that has a wrong one; their bytes. */
static size_t decode_plainly(const char *text, size_t size, unsigned char *out)
{
    size_t groups = 0;
    for (; 4 * groups < size; groups++) {
        long number = 0;
        for (size_t i = 0; i < 4; i++) {
            const int bits = bits_of(text[4 * groups + i]);
            if (bits < 0) return groups;
            number = number * 64 + bits;
        }
        for (size_t i = 0; i < 3; i++)
            out[3 * groups + i] = (unsigned char)(number >> (16 - 8 * i) & 0xff);
    }
    return groups;
}

/* text[size], `size` a multiple of 4. Returns how many characters the kernel has decoded. */
static size_t check(const fixture *f, const char *text, size_t size)
{
    unsigned char wanted[SIZE_MAX_BYTES];
    char *from = f->text_page + PAGE - size;
    unsigned char *to = f->out_page + PAGE - size / 4 * 3;
    if (size) memcpy(from, text, size);
    const size_t groups = decode_plainly(text, size, wanted);
    const size_t done = base64_decode_avx2(from, size, to);
    assert_true(done % 4 == 0 && done / 4 <= groups);
    assert_memory_equal(to, wanted, done / 4 * 3);
    // And the whole of it, by which embeddings are read.
    size_t bytes = 0;
    unsigned char all[SIZE_MAX_BYTES];
    const bool is_good = base64_decode((view){from, size}, all, &bytes);
    const bool has_padding = size > 0 && text[size - 1] == '=';
    if (!has_padding) assert_int_equal(is_good, 4 * groups == size);
    if (is_good && !has_padding) assert_memory_equal(all, wanted, bytes);
    return done;
}

static void it_is_what_a_plain_decoder_makes_of_it(void **state)
{
    const fixture *f = *state;
    rng r = {64};
    buffer text;
    unsigned char bytes[SIZE_MAX_BYTES];
    if (!__builtin_cpu_supports("avx2")) skip();
    buffer_init(&text, 4 * SIZE_MAX_BYTES);
    for (size_t size = 0; size + 3 <= SIZE_MAX_BYTES; size += 3) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)rng_below(&r, 256);
        buffer_reset(&text);
        base64_append(&text, (view){(const char *)bytes, size});
        const size_t done = check(f, text.data ? text.data : "", text.size);
        assert_true(text.size - done < 64); // all but the last steps
    }
    for (size_t at = 0; at < text.size; at++) {
        const char former = text.data[at];
        for (int c = 0; c < 256; c++) {
            text.data[at] = (char)c;
            (void)check(f, text.data, text.size);
        }
        text.data[at] = former;
    }
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_what_a_plain_decoder_makes_of_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
