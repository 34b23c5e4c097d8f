/* late_library.c - one dlopen, one dlsym for each function. */
#include "os/late_library.h"

#include <dlfcn.h>

kith_status late_library_open(const late_library *l, const char *name, void **addresses,
                              kith_error *err)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail(err, KITH_ERR_IO, "%s, which cannot be loaded: %s", l->need, dlerror());
    for (size_t i = 0; l->symbols[i]; i++) {
        addresses[i] = dlsym(library, l->symbols[i]);
        if (addresses[i]) continue;
        (void)fail(err, KITH_ERR_IO, "%s, which cannot be used: %s", l->need, dlerror());
        (void)dlclose(library);
        return KITH_ERR_IO;
    }
    return KITH_OK;
}
