/* amx.c - see amx.h.
 * Source: Documentation/arch/x86/xstate.rst of Linux. */
#include "simd/amx.h"

#include <stdatomic.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bits of EDX of CPUID leaf 7. */
enum { CPUID_AMX_BF16 = 1 << 22, CPUID_AMX_TILE = 1 << 24, CPUID_AMX_INT8 = 1 << 25 };

/* From <asm/prctl.h> and <asm/fpu/types.h>, which kernels' headers before 5.16 do not have. */
enum { REQUEST_PERMISSION = 0x1023, STATE_TILE_DATA = 18 };

static bool cpu_has_tiles(void)
{
    const unsigned wanted = CPUID_AMX_BF16 | CPUID_AMX_TILE | CPUID_AMX_INT8;
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & wanted) == wanted;
}

static bool ask(void)
{
    return cpu_has_tiles() && syscall(SYS_arch_prctl, REQUEST_PERMISSION, STATE_TILE_DATA) == 0;
}

#else

static bool ask(void)
{
    return false;
}

#endif

bool amx_is_usable(void)
{
    // Relaxed: the answer is all that threads share, and asking twice at the same time gives the same.
    static atomic_int answer; // 0: not asked yet
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == 0) {
        known = ask() ? 1 : -1;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known > 0;
}
