/* fuzz_ignore.c - any file of ignore rules against any path: no crash, bounded time, and a verdict
 * that does not change when lines that match nothing are put before and after the rules.
 * Input: a path up to the first NUL byte, then the text of the rules. */
#include "ingest/ignore.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_PATH_BYTES = 512, MAX_TEXT_BYTES = 1 << 14 };

static ignore_verdict ask(view text, view path, bool is_directory)
{
    arena memory;
    ignore_rules rules = {0};
    arena_init(&memory, 0);
    CHECK(ignore_parse(text, &memory, &rules, NULL) == KITH_OK);
    CHECK(!ignore_check(&rules));
    ignore_verdict verdict = ignore_match(&rules, path, is_directory);
    arena_done(&memory);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *end = size ? memchr(bytes, 0, size) : NULL;
    size_t path_size = end ? (size_t)(end - bytes) : 0;
    if (path_size == 0 || path_size > MAX_PATH_BYTES || size > MAX_TEXT_BYTES) return 0;
    view path = {(const char *)bytes, path_size};
    view text = {(const char *)bytes + path_size + 1, size - path_size - 1};
    ignore_verdict of_file = ask(text, path, false), of_directory = ask(text, path, true);
    arena memory;
    arena_init(&memory, 0);
    const char *around = arena_printf(&memory, "# comment\n%.*s\n\n/\n#", VIEW_ARG(text));
    // printf stops at a NUL byte and a byte order mark counts only at the start.
    if (!memchr(text.data, 0, text.size) && !view_starts_with(text, VIEW("\xEF\xBB\xBF"))) {
        CHECK(ask(view_of(around), path, false) == of_file);
        CHECK(ask(view_of(around), path, true) == of_directory);
    }
    arena_done(&memory);
    return 0;
}
