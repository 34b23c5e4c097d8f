/* AMX: the permission to use it and what a process without it falls back to; that no call leaves a thread's
 * tiles in use; and its products, bit for bit, against a scalar model of the instructions. On a machine without AMX only
 * the first part runs. */
#include "test.h"

#include "base/rng.h"
#include "simd/amx.h"
#include "simd/amx_tiles.h"
#include "simd/gemm_codes.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- permission ---- */

enum { AS_EXPECTED = 0, SET_UP_FAILED = 2 };

/* Runs `check` in a child, which has asked for nothing yet; it returns an exit status. */
static int in_child(int (*check)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(check());
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int falls_back(void)
{
    kith_error err;
    if (amx_is_usable() || simd_level_best() > SIMD_AVX512) return 1;
    if (simd_select(SIMD_AMX, &err) != KITH_ERR_UNSUPPORTED) return 1;
    return simd()->level == simd_level_best() ? AS_EXPECTED : 1;
}

static int check_filtered(void)
{
#ifdef __x86_64__
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_arch_prctl, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return SET_UP_FAILED;
#endif
    return falls_back();
}

static void a_process_that_may_not_ask_has_the_next_best_kernels(void **state)
{
    (void)state;
    int result = in_child(check_filtered);
    if (result == SET_UP_FAILED) skip();
    assert_int_equal(AS_EXPECTED, result);
}

/* Enough without the permission, too little with it. */
static int check_small_stack(void)
{
    static char memory[4096];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    if (sigaltstack(&stack, NULL) != 0) return SET_UP_FAILED;
    return falls_back();
}

static void a_process_whose_signal_stack_is_too_small_has_the_next_best_kernels(void **state)
{
    (void)state;
    int result = in_child(check_small_stack);
    if (result == SET_UP_FAILED) skip();
    assert_int_equal(AS_EXPECTED, result);
}

static int check_forced(void)
{
    static char memory[4096];
    kith_error err;
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    if (simd_select(SIMD_AVX512, &err) != KITH_OK) return SET_UP_FAILED;
    if (simd()->level != SIMD_AVX512) return 1;
    return sigaltstack(&stack, NULL) == 0 ? AS_EXPECTED : 1;
}

static void a_process_that_forces_other_kernels_asks_for_nothing(void **state)
{
    (void)state;
    int result = in_child(check_forced);
    if (result == SET_UP_FAILED) skip();
    assert_int_equal(AS_EXPECTED, result);
}

static void the_answer_stays_the_same(void **state)
{
    (void)state;
    bool usable = amx_is_usable();
    assert_true(amx_is_usable() == usable);
    assert_true((simd_level_best() == SIMD_AMX) == usable);
}

#ifdef __x86_64__

/* ---- tiles ---- */

/* Whether this thread's tiles are in use, so that a switch of threads saves them: bit 18 of XINUSE. */
static bool tiles_are_in_use(void)
{
    uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
    return low >> 18 & 1;
}

static float *new_floats(size_t count)
{
    float *p = aligned_alloc(64, (count * sizeof *p + 127) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, (count * sizeof *p + 127) / 64 * 64);
    return p;
}

static volatile sig_atomic_t on_stack;

static void clobber_tiles(int number)
{
    static const char ones[TILE_BYTES] = {1};
    const size_t none = 0;
    stack_t stack;
    (void)number;
    on_stack = sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK);
    tiles_configure(3);
    TILE_LOAD(0, ones, none);
    tiles_release();
}

static void a_signal_on_its_own_stack_leaves_the_tiles_as_they_were(void **state)
{
    (void)state;
    // What the kernel says is enough, and what the handler itself takes.
    size_t bytes = getauxval(AT_MINSIGSTKSZ) + 8192;
    stack_t stack = {.ss_sp = malloc(bytes), .ss_size = bytes}, off = {.ss_flags = SS_DISABLE};
    struct sigaction action = {.sa_handler = clobber_tiles, .sa_flags = SA_ONSTACK}, before;
    char wanted[16][TILE_BYTES], got[16][TILE_BYTES];
    const size_t line = TILE_BYTES;
    assert_non_null(stack.ss_sp);
    assert_int_equal(0, sigaltstack(&stack, NULL));
    assert_int_equal(0, sigaction(SIGUSR1, &action, &before));
    for (size_t i = 0; i < sizeof wanted; i++)
        wanted[i / TILE_BYTES][i % TILE_BYTES] = (char)(i * 7);
    tiles_configure(16);
    TILE_LOAD(5, wanted, line);
    assert_true(tiles_are_in_use());
    assert_int_equal(0, raise(SIGUSR1));
    TILE_STORE(5, got, line);
    tiles_release();
    assert_false(tiles_are_in_use());
    assert_true(on_stack);
    assert_memory_equal(wanted, got, sizeof wanted);
    assert_int_equal(0, sigaction(SIGUSR1, &before, NULL));
    assert_int_equal(0, sigaltstack(&off, NULL));
    free(stack.ss_sp);
}

/* ---- products ---- */

typedef struct product {
    size_t rows, columns, depth;
    float *a, *weights, *bias, *smooth, *scratch, *out;
    void *codes;
    gemm_row *scales;
    gemm_packed packed;
} product;

static void product_init(product *p, size_t rows, size_t columns, size_t depth)
{
    rng r = {rows * 1000003 + columns * 1009 + depth};
    *p = (product){.rows = rows, .columns = columns, .depth = depth};
    p->a = new_floats(rows * gemm_padded(depth));
    p->weights = new_floats(columns * depth);
    p->bias = new_floats(gemm_padded(columns));
    p->smooth = new_floats(gemm_padded(depth));
    p->scratch = new_floats(gemm_padded(depth));
    p->out = new_floats(rows * gemm_padded(columns));
    p->scales = calloc(rows, sizeof *p->scales);
    assert_non_null(p->scales);
    for (size_t i = 0; i < rows * depth; i++)
        p->a[i / depth * gemm_padded(depth) + i % depth] = (float)(rng_unit(&r) * 2 - 1);
    for (size_t i = 0; i < columns * depth; i++)
        p->weights[i] = (float)(rng_unit(&r) * 2 - 1);
    for (size_t i = 0; i < columns; i++)
        p->bias[i] = (float)rng_unit(&r);
    for (size_t i = 0; i < depth; i++)
        p->smooth[i] = 1;
}

static void product_run(product *p, const gemm_format *f)
{
    size_t padded = gemm_padded(p->columns);
    p->packed = (gemm_packed){
        .codes = new_floats(gemm_codes_bytes(f, p->columns, p->depth) / sizeof(float) + 1),
        .scales = new_floats(padded),
        .sums = (int32_t *)(void *)new_floats(padded)};
    p->codes = new_floats(gemm_code_bytes(f, p->rows, p->depth) / sizeof(float));
    gemm_pack(f, p->weights, p->columns, p->depth, p->scratch, &p->packed);
    f->encode(&(gemm_encode_call){.a = p->a,
                                  .smooth = p->smooth,
                                  .a_stride = gemm_padded(p->depth),
                                  .codes = p->codes,
                                  .rows = p->scales,
                                  .scratch = p->scratch,
                                  .count = p->rows,
                                  .depth = p->depth,
                                  .levels = p->packed.levels});
    f->multiply(&(gemm_code_call){.codes = p->codes,
                                  .rows = p->scales,
                                  .weights = &p->packed,
                                  .bias = p->bias,
                                  .out = p->out,
                                  .out_stride = padded,
                                  .count = p->rows,
                                  .columns = p->columns,
                                  .depth = p->depth});
}

static void packed_done(product *p)
{
    free(p->packed.codes);
    free(p->packed.scales);
    free(p->packed.sums);
    free(p->codes);
}

static void product_done(product *p)
{
    packed_done(p);
    free(p->a);
    free(p->weights);
    free(p->bias);
    free(p->smooth);
    free(p->scratch);
    free(p->out);
    free(p->scales);
}

static const size_t all_rows[] = {1, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 97};
static const size_t all_columns[] = {1, 16, 17, 32, 33, 48, 100};
static const size_t all_depths[] = {1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 130, 384};

/* For each shape: `check`. */
static void for_all_shapes(void (*check)(size_t rows, size_t columns, size_t depth))
{
    for (size_t r = 0; r < sizeof all_rows / sizeof *all_rows; r++)
        for (size_t c = 0; c < sizeof all_columns / sizeof *all_columns; c++)
            for (size_t d = 0; d < sizeof all_depths / sizeof *all_depths; d++)
                check(all_rows[r], all_columns[c], all_depths[d]);
}

static void check_int8(size_t rows, size_t columns, size_t depth)
{
    product p;
    product_init(&p, rows, columns, depth);
    size_t floats = rows * gemm_padded(columns);
    float *expected = new_floats(floats);
    product_run(&p, &gemm_int8_avx512);
    memcpy(expected, p.out, floats * sizeof *expected);
    packed_done(&p);
    memset(p.out, 0xff, floats * sizeof *p.out);
    product_run(&p, &gemm_int8_amx);
    assert_memory_equal(expected, p.out, floats * sizeof *expected);
    assert_false(tiles_are_in_use());
    free(expected);
    product_done(&p);
}

static void int8_products_have_the_bits_that_vectors_give(void **state)
{
    (void)state;
    for_all_shapes(check_int8);
}

static float bf16_code(const void *codes, size_t at)
{
    uint32_t bits = (uint32_t)((const uint16_t *)codes)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* tdpbf16ps: the even and the odd codes of a tile are summed apart, by fused multiply-adds, and then together
 * added to what was there. */
static float model_bf16(const product *p, size_t m, size_t n)
{
    const gemm_format *f = &gemm_bf16_amx;
    size_t deep = gemm_deep(f, p->depth), first = n / f->panel * f->panel;
    size_t left = gemm_padded(p->columns) - first, width = left < f->panel ? left : f->panel;
    float total = 0;
    for (size_t step = 0; step < deep; step += f->step) {
        float sums[2] = {0, 0};
        for (size_t k = step; k < step + f->step; k++) {
            size_t row = gemm_code_at(f->rows, deep * 2, m, k * 2) / 2;
            size_t weight = first * deep + (k / 2 * width + n - first) * 2 + k % 2;
            sums[k % 2] =
                fmaf(bf16_code(p->codes, row), bf16_code(p->packed.codes, weight), sums[k % 2]);
        }
        total += sums[0] + sums[1];
    }
    return total + p->bias[n];
}

static void check_bf16(size_t rows, size_t columns, size_t depth)
{
    product p;
    product_init(&p, rows, columns, depth);
    memset(p.out, 0xff, rows * gemm_padded(columns) * sizeof *p.out);
    product_run(&p, &gemm_bf16_amx);
    assert_false(tiles_are_in_use());
    for (size_t m = 0; m < rows; m++) {
        for (size_t n = 0; n < gemm_padded(columns); n++) {
            float got = p.out[m * gemm_padded(columns) + n], expected = model_bf16(&p, m, n);
            if (memcmp(&got, &expected, sizeof got) != 0)
                fail_msg("[%zu][%zu] of %zux%zux%zu: %a, expected %a", m, n, rows, columns, depth,
                         (double)got, (double)expected);
        }
    }
    product_done(&p);
}

static void bf16_products_have_the_bits_of_the_scalar_model(void **state)
{
    (void)state;
    for_all_shapes(check_bf16);
}

static void attention_leaves_no_tile_in_use(void **state)
{
    (void)state;
    enum { TOKENS = 37, DIM = 32 };
    float *qkv = new_floats(TOKENS * 3 * DIM), *out = new_floats(TOKENS * DIM);
    float *scratch = new_floats(gemm_attention_scratch(TOKENS, DIM));
    gemm_attend_amx(&(gemm_attention_call){.qkv = qkv,
                                           .qkv_stride = 3 * DIM,
                                           .out = out,
                                           .out_stride = DIM,
                                           .tokens = TOKENS,
                                           .heads = 1,
                                           .head_dim = DIM,
                                           .scratch = scratch});
    assert_false(tiles_are_in_use());
    free(qkv);
    free(out);
    free(scratch);
}

#endif

int main(void)
{
    // The first three before this process asks itself: children have their parent's permission.
    const struct CMUnitTest permission[] = {
        cmocka_unit_test(a_process_that_may_not_ask_has_the_next_best_kernels),
        cmocka_unit_test(a_process_whose_signal_stack_is_too_small_has_the_next_best_kernels),
        cmocka_unit_test(a_process_that_forces_other_kernels_asks_for_nothing),
        cmocka_unit_test(the_answer_stays_the_same),
    };
    int failed = cmocka_run_group_tests(permission, NULL, NULL);
#ifdef __x86_64__
    const struct CMUnitTest tiles[] = {
        cmocka_unit_test(a_signal_on_its_own_stack_leaves_the_tiles_as_they_were),
        cmocka_unit_test(int8_products_have_the_bits_that_vectors_give),
        cmocka_unit_test(bf16_products_have_the_bits_of_the_scalar_model),
        cmocka_unit_test(attention_leaves_no_tile_in_use),
    };
    if (amx_is_usable()) failed += cmocka_run_group_tests(tiles, NULL, NULL);
#endif
    return failed;
}
