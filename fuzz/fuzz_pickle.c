/* fuzz_pickle.c - any bytes as a pickle: a value whose texts lie within them, or a failure. */
#include "base/status.h"
#include "transfer/pickle.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    arena memory;
    const pickle_value *top = NULL;
    const view input = {(const char *)bytes, size};
    arena_init(&memory, (size_t)256 << 20);
    if (pickle_parse(input, &memory, &top, NULL) == KITH_OK) {
        CHECK(top->kind != PICKLE_MARK);
        for (uint32_t i = 0; top->kind == PICKLE_DICT && i < top->dict.count; i++) {
            const pickle_value *key = top->dict.members[i].key;
            if (key->kind != PICKLE_TEXT) continue;
            CHECK(key->text.data >= input.data &&
                  key->text.data + key->text.size <= input.data + input.size);
        }
        (void)pickle_get(top, "id_to_label");
    }
    arena_done(&memory);
    return 0;
}
