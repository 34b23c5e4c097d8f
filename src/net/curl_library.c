/* curl_library.c - the names of the functions, and their addresses. */
#include "net/curl_library.h"

#include "os/late_library.h"

#include <string.h>

kith_status curl_library_open(const char *name, curl_library *out, kith_error *err)
{
#define SYMBOL(function) "curl_" #function,
    static const char *const symbols[] = {CURL_FUNCTIONS(SYMBOL) NULL};
#undef SYMBOL
    static const late_library wanted = {"requests need libcurl", symbols};
    void *addresses[sizeof symbols / sizeof symbols[0] - 1];
    _Static_assert(sizeof addresses == sizeof *out, "a function for each symbol");
    kith_status status = late_library_open(&wanted, name, addresses, err);
    if (status == KITH_OK) memcpy(out, addresses, sizeof *out);
    return status;
}
