/* curl_library.c - one dlopen, one dlsym for each function. */
#include "net/curl_library.h"

#include <dlfcn.h>
#include <string.h>

kith_status curl_library_open(const char *name, curl_library *out, kith_error *err)
{
    curl_library found;
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail(err, KITH_ERR_IO, "requests need libcurl, which cannot be loaded: %s",
                    dlerror());
        // ISO C has no cast from an object's pointer to a function's; POSIX says that they look alike.
#define FIND(function)                                                                             \
    {                                                                                              \
        void *address = dlsym(library, "curl_" #function);                                         \
        if (!address) goto incomplete;                                                             \
        memcpy(&found.function, &address, sizeof address);                                         \
    }
    CURL_FUNCTIONS(FIND)
#undef FIND
    *out = found;
    return KITH_OK;
incomplete:
    (void)fail(err, KITH_ERR_IO, "requests need libcurl, which cannot be used: %s", dlerror());
    (void)dlclose(library);
    return KITH_ERR_IO;
}
