/* Any bytes as a form: it is parsed into parts within the body, or refused. */
#include "base/status.h"
#include "native/multipart.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the content type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const view all = {(const char *)data, size};
    size_t end = view_find(all, VIEW("\n"));
    view type = view_slice(all, 0, end), body = view_slice(all, end + (end < size), size);
    multipart_form form = {0};
    kith_error err = {0};
    arena a;
    arena_init(&a, 0);
    if (multipart_parse(type, body, &a, &form, &err) == KITH_OK) {
        for (uint32_t i = 0; i < form.count; i++) {
            const multipart_part *p = &form.parts[i];
            const char *name = NULL;
            CHECK(p->content.data >= body.data &&
                  p->content.data + p->content.size <= body.data + body.size);
            if (p->filename.data && multipart_file_name(p->filename, &a, &name, &err) == KITH_OK)
                CHECK(name[0] && !strchr(name, '/'));
        }
    }
    arena_done(&a);
    return 0;
}
