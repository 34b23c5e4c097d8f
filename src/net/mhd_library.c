/* mhd_library.c - one dlopen, one dlsym for each function. */
#include "net/mhd_library.h"

#include <dlfcn.h>
#include <string.h>

kith_status mhd_library_open(const char *name, mhd_library *out, kith_error *err)
{
    mhd_library found;
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail(err, KITH_ERR_IO, "a server needs libmicrohttpd, which cannot be loaded: %s",
                    dlerror());
        // ISO C has no cast from an object's pointer to a function's; POSIX says that they look alike.
#define FIND(function)                                                                             \
    {                                                                                              \
        void *address = dlsym(library, "MHD_" #function);                                          \
        if (!address) goto incomplete;                                                             \
        memcpy(&found.function, &address, sizeof address);                                         \
    }
    MHD_FUNCTIONS(FIND)
#undef FIND
    *out = found;
    return KITH_OK;
incomplete:
    (void)fail(err, KITH_ERR_IO, "a server needs libmicrohttpd, which cannot be used: %s",
               dlerror());
    (void)dlclose(library);
    return KITH_ERR_IO;
}
