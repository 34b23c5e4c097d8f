/* Kernels of base64 against base64_decode, and texts that base64_append made: each size, and each wrong character at each
 * place. What is read and written ends before a page that is neither. */
#include "test.h"

#include "base/base64.h"
#include "base/rng.h"
#include "simd/base64.h"
#include "simd/simd.h"

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

/* Decodes text[size], `size` a multiple of 4 and no padding in it, with what the kernel leaves done by base64_decode.
 * False: something in it is wrong. */
static bool decode(const fixture *f, simd_base64 kernel, const char *text, size_t size,
                   unsigned char *out)
{
    char *from = f->text_page + PAGE - size;
    unsigned char *to = f->out_page + PAGE - size / 4 * 3;
    size_t rest = 0;
    memcpy(from, text, size);
    const size_t done = kernel(from, size, to);
    assert_true(done <= size && done % 4 == 0);
    if (!base64_decode((view){from + done, size - done}, to + done / 4 * 3, &rest)) return false;
    assert_int_equal(done / 4 * 3 + rest, size / 4 * 3);
    memcpy(out, to, size / 4 * 3);
    return true;
}

static void check(void **state, simd_base64 kernel)
{
    const fixture *f = *state;
    rng r = {64};
    buffer text;
    unsigned char bytes[SIZE_MAX_BYTES], decoded[SIZE_MAX_BYTES];
    buffer_init(&text, 4 * SIZE_MAX_BYTES);
    for (size_t size = 0; size <= SIZE_MAX_BYTES; size += 3) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)rng_below(&r, 256);
        buffer_reset(&text);
        base64_append(&text, (view){(const char *)bytes, size});
        assert_true(decode(f, kernel, text.data ? text.data : "", text.size, decoded));
        assert_memory_equal(decoded, bytes, size);
    }
    // Each character at each place of the last text: taken where base64_decode takes it, and as there.
    for (size_t at = 0; at < text.size; at++) {
        const char former = text.data[at];
        for (int c = 0; c < 256; c++) {
            unsigned char plain[SIZE_MAX_BYTES];
            size_t size = 0;
            text.data[at] = (char)c;
            if (c == '=' && at + 1 == text.size) continue; // padding, which no kernel sees
            const bool is_good = base64_decode(buffer_view(&text), plain, &size);
            assert_int_equal(decode(f, kernel, text.data, text.size, decoded), is_good);
            if (is_good) assert_memory_equal(decoded, plain, size);
        }
        text.data[at] = former;
    }
    buffer_done(&text);
}

static void without_vectors_all_is_left(void **state)
{
    check(state, simd_base64_scalar);
}

static void with_avx2_it_is_what_base64_decode_makes_of_it(void **state)
{
    if (simd_level_best() < SIMD_AVX2) skip();
    check(state, simd_base64_avx2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_vectors_all_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(with_avx2_it_is_what_base64_decode_makes_of_it, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
