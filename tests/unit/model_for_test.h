/* model_for_test.h - the real model, found where main finds it. */
#ifndef KITH_MODEL_FOR_TEST_H
#define KITH_MODEL_FOR_TEST_H

#include "test.h"

#include <kith/kith.h>
#include <stdio.h>
#include <stdlib.h>

static inline kith_embedder *open_model(void)
{
    kith_error err = {0};
    kith_embedder *e = NULL;
    char path[1024];
    const char *model = getenv("KITH_MODEL"), *cache = getenv("XDG_CACHE_HOME");
    if (!model) {
        (void)snprintf(path, sizeof path, "%s%s/kith/models/all-MiniLM-L6-v2",
                       cache ? cache : getenv("HOME"), cache ? "" : "/.cache");
        model = path;
    }
    assert_ok(
        kith_embedder_open(&(kith_embedder_options){.directory = model, .threads = 1}, &e, &err));
    return e;
}

#endif
