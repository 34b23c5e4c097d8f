/* uchardet_library.c - one dlopen a process, the detector's five functions. */
#include "extract/uchardet_library.h"

#include "os/late_library.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uchardet/uchardet.h>

/* The ABI of the header above. */
#define LIBRARY_NAME "libuchardet.so.0"

#define FUNCTIONS(USE) USE(new) USE(delete) USE(handle_data) USE(data_end) USE(get_charset)

static struct {
#define MEMBER(name) __typeof__(uchardet_##name) *name;
    FUNCTIONS(MEMBER)
#undef MEMBER
} library;
static bool is_loaded; // both are written once, under `once`

static void load(void)
{
#define SYMBOL(function) "uchardet_" #function,
    static const char *const symbols[] = {FUNCTIONS(SYMBOL) NULL};
#undef SYMBOL
    static const late_library wanted = {"encodings are detected by libuchardet", symbols};
    void *addresses[sizeof symbols / sizeof symbols[0] - 1];
    _Static_assert(sizeof addresses == sizeof library, "a function for each symbol");
    if (late_library_open(&wanted, LIBRARY_NAME, addresses, NULL) != KITH_OK) return;
    memcpy(&library, addresses, sizeof library);
    is_loaded = true;
}

void uchardet_preload(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
}

void uchardet_guess(view bytes, char out[64])
{
    out[0] = '\0';
    uchardet_preload();
    uchardet_t detector = is_loaded ? library.new() : NULL;
    if (!detector) return;
    if (library.handle_data(detector, bytes.data, bytes.size) == 0) {
        library.data_end(detector);
        (void)snprintf(out, 64, "%s", library.get_charset(detector));
    }
    library.delete(detector);
}
