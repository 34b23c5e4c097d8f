/* ole_summary.c - a property set: a list of numbers and offsets, and behind each offset a type and a
 * value. Source: [MS-OLEPS]. */
#include "extract/ole_summary.h"

#include "base/buffer.h"
#include "base/charset.h"
#include "base/size.h"
#include "extract/code_page.h"
#include "extract/utf_wide.h"

enum {
    PROPERTY_CODE_PAGE = 1,
    PROPERTY_TITLE = 2,
    PROPERTY_AUTHOR = 4,
    PROPERTIES_MAX = 1000,
    VALUE_MAX_BYTES = 2000,
    TYPE_BYTES_TEXT = 0x1E, /* in the code page */
    TYPE_WIDE_TEXT = 0x1F
};

static uint32_t u32_at(view v, size_t offset)
{
    return offset + 4 <= v.size ? load_u32(v.data + offset) : 0;
}

/* The offset of a property's value in the set; 0: there is none. */
static size_t find_property(view set, uint32_t id)
{
    size_t count = size_min(u32_at(set, 4), PROPERTIES_MAX);
    for (size_t i = 0; i < count; i++)
        if (u32_at(set, 8 + 8 * i) == id) return u32_at(set, 12 + 8 * i);
    return 0;
}

static kith_status read_text(view set, uint32_t id, arena *a, view *out, kith_error *err)
{
    size_t at = find_property(set, id), page_at = find_property(set, PROPERTY_CODE_PAGE);
    uint32_t type = u32_at(set, at), page = page_at ? u32_at(set, page_at + 4) & 0xFFFF : 0;
    buffer text;
    *out = VIEW("");
    if (at == 0 || at + 8 > set.size || (type != TYPE_BYTES_TEXT && type != TYPE_WIDE_TEXT))
        return KITH_OK;
    bool is_wide = type == TYPE_WIDE_TEXT || page == 1200;
    size_t size = (size_t)u32_at(set, at + 4) * (type == TYPE_WIDE_TEXT ? 2 : 1);
    view raw =
        view_slice(set, at + 8, size_min(at + 8 + size_min(size, VALUE_MAX_BYTES), set.size));
    buffer_init(&text, 4 * VALUE_MAX_BYTES);
    if (is_wide)
        (void)utf_wide_append(&text, raw, UTF_16LE);
    else
        code_page_append(page, raw, &text);
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ') text.data[i] = ' ';
    view said = buffer_view(&text);
    size_t end = view_find(said, VIEW("\xEF\xBF\xBD")); // the NUL at its end
    *out = text.failed == KITH_OK ? arena_copy(a, view_trim(view_slice(said, 0, end))) : VIEW("");
    buffer_done(&text);
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a title");
}

kith_status ole_summary_read(ole_file *f, document *d, kith_error *err)
{
    view stream, author = VIEW(""), title = VIEW("");
    kith_status status = ole_read(f, ole_find(f, OLE_ROOT, "\005SummaryInformation"), &stream, err);
    if (status == KITH_ERR_FORMAT) return KITH_OK;
    if (status != KITH_OK) return status;
    size_t start = u32_at(stream, 44);
    if (start == 0 || start >= stream.size) return KITH_OK;
    view set = view_slice(stream, start, stream.size);
    status = read_text(set, PROPERTY_TITLE, f->memory, &title, err);
    if (status == KITH_OK) status = read_text(set, PROPERTY_AUTHOR, f->memory, &author, err);
    if (status == KITH_OK && title.size) d->title = title;
    if (status == KITH_OK && author.size)
        status = metadata_set_string(&d->fields, "author", author, err);
    return status;
}
