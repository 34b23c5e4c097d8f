/* vectors_avx512.inc.h - what gemm_vectors.inc.h asks for, for AVX-512. The file that includes it defines the
 * register tile. */
#include <immintrin.h>

#define VECTOR_BYTES 64
#define VEC_MAX      _mm512_max_ps
#define VEC_MIN      _mm512_min_ps
/* Faster than the division and as exact to the last bit but one: the estimate has 14 bits, and the step after it
 * 28. For |b| and 1 / |b| that do not overflow. */
#define VEC_QUOTIENT(a, b)                                                                         \
    ({                                                                                             \
        __m512 estimate = _mm512_rcp14_ps(b);                                                      \
        (a) * (estimate * (2.0f - (b)*estimate));                                                  \
    })
