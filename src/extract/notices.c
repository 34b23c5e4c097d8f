/* notices.c - a short list without repetition: a deck of 200 slides, each with a diagram, must not
 * drown the one notice that differs, nor grow a row of the store without bound. */
#include "extract/notices.h"

#include "base/buffer.h"
#include "base/utf8.h"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

/* The text without control characters, cut to NOTICE_MAX_BYTES at a code point. In `a`. */
static view clean(view what, arena *a)
{
    buffer repaired;
    buffer_init(&repaired, 4 * NOTICE_MAX_BYTES);
    // An invalid byte grows to three.
    size_t size = what.size < NOTICE_MAX_BYTES + 4 ? what.size : NOTICE_MAX_BYTES + 4;
    utf8_append_repaired(&repaired, view_slice(what, 0, size));
    view text = arena_copy(a, buffer_view(&repaired));
    buffer_done(&repaired);
    if (!text.data) return text;
    char *bytes = (char *)(uintptr_t)text.data; // the copy is ours
    for (size_t i = 0; i < text.size; i++)
        if (is_control(bytes[i])) bytes[i] = ' ';
    text.size = utf8_floor(text, NOTICE_MAX_BYTES);
    return view_trim(text);
}

kith_status notices_add(notice_list *l, view what, arena *a, kith_error *err)
{
    view text = clean(what, a);
    if (!text.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    if (text.size == 0) return KITH_OK;
    for (uint32_t i = 0; i < l->count; i++)
        if (view_equal(l->texts[i], text)) return KITH_OK;
    if (l->count < NOTICES_MAX)
        l->texts[l->count++] = text;
    else if (l->omitted < UINT32_MAX)
        l->omitted++;
    return KITH_OK;
}

kith_status notices_add_all(notice_list *l, const notice_list *from, const char *prefix, arena *a,
                            kith_error *err)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < from->count && status == KITH_OK; i++) {
        const char *text = arena_printf(a, "%s%.*s", prefix, VIEW_ARG(from->texts[i]));
        status = text ? notices_add(l, view_of(text), a, err)
                      : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a notice");
    }
    l->omitted += from->omitted < UINT32_MAX - l->omitted ? from->omitted : UINT32_MAX - l->omitted;
    return status;
}

const char *notices_lines(const notice_list *l, arena *a)
{
    buffer lines;
    buffer_init(&lines, (NOTICES_MAX + 1) * (NOTICE_MAX_BYTES + 1));
    for (uint32_t i = 0; i < l->count; i++)
        buffer_printf(&lines, "%s%.*s", i ? "\n" : "", VIEW_ARG(l->texts[i]));
    if (l->omitted) buffer_printf(&lines, "\nand %u more", l->omitted);
    const char *text = lines.failed == KITH_OK ? arena_copy(a, buffer_view(&lines)).data : NULL;
    buffer_done(&lines);
    return text;
}

const char *const *notices_split(view lines, arena *a, size_t *out_count)
{
    size_t count = lines.size > 0, at = 0;
    for (size_t i = 0; i < lines.size; i++)
        count += lines.data[i] == '\n';
    const char **list = arena_new_bytes_array(a, count, sizeof *list);
    if (!list) return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *end = at < lines.size ? memchr(lines.data + at, '\n', lines.size - at) : NULL;
        size_t stop = end ? (size_t)(end - lines.data) : lines.size;
        list[i] = arena_copy(a, view_slice(lines, at, stop)).data;
        if (!list[i]) return NULL;
        at = stop + 1;
    }
    *out_count = count;
    return list;
}

const char *notices_check(const notice_list *l)
{
    if (l->count > NOTICES_MAX) return "there are too many notices";
    if (l->omitted && l->count < NOTICES_MAX) return "a notice was left out though there was room";
    for (uint32_t i = 0; i < l->count; i++) {
        view text = l->texts[i];
        if (text.size == 0 || text.size > NOTICE_MAX_BYTES) return "a notice has no or many bytes";
        if (!utf8_is_valid(text)) return "a notice is not UTF-8";
        for (size_t b = 0; b < text.size; b++)
            if (is_control(text.data[b])) return "a notice has a control character";
    }
    return NULL;
}
