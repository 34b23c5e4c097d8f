/* odf_styles.c - one pass over the elements of styles. Names are looked up when text refers to them,
 * because a style may stand before the one that it is based on. */
#include "extract/odf_styles.h"

enum { KEY_MAX_BYTES = 1 << 20 };

uint32_t odf_number(view digits, uint32_t otherwise)
{
    uint64_t value;
    return digits.size <= 9 && view_number(digits, UINT32_MAX, &value) ? (uint32_t)value
                                                                       : otherwise;
}

kith_status odf_styles_init(odf_styles *s, arena *memory, kith_error *err)
{
    *s = (odf_styles){
        .memory = memory, .by_name = map_new(), .lists = map_new(), .looks = map_new()};
    buffer_init(&s->styles, ODF_MAX_STYLES * sizeof(odf_style *));
    buffer_init(&s->key, KEY_MAX_BYTES);
    buffer_init(&s->numberings, ODF_MAX_STYLES * sizeof(odf_numbering *));
    odf_numbering *outline = arena_new_array(memory, odf_numbering, 1);
    if (!s->by_name || !s->lists || !s->looks || !outline)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
    *outline = (odf_numbering){0};
    for (uint32_t i = 0; i < ODF_LIST_LEVELS; i++)
        outline->levels[i].kind = NUMERAL_NONE;
    buffer_append(&s->numberings, (view){(const char *)&outline, sizeof(odf_numbering *)});
    return buffer_status(&s->numberings, "the styles", err);
}

void odf_styles_done(odf_styles *s)
{
    map_free(s->by_name);
    map_free(s->lists);
    map_free(s->looks);
    buffer_done(&s->styles);
    buffer_done(&s->numberings);
    buffer_done(&s->key);
}

/* ---- reading ---- */

/* Valid until the next call; empty data: out of memory. */
static view style_key(odf_styles *s, view family, view name)
{
    buffer_reset(&s->key);
    buffer_append(&s->key, family);
    buffer_append_byte(&s->key, '/');
    buffer_append(&s->key, name);
    return s->key.failed == KITH_OK ? buffer_view(&s->key) : (view){NULL, 0};
}

static kith_status begin_style(odf_styles *s, xml_attributes attributes, kith_error *err)
{
    odf_style *style = arena_new_array(s->memory, odf_style, 1);
    view family = xml_attribute(attributes, "family"), name = xml_attribute(attributes, "name");
    if (!style) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    *style = (odf_style){
        .name = arena_copy(s->memory, name),
        .family = arena_copy(s->memory, family),
        .parent = arena_copy(s->memory, xml_attribute(attributes, "parent-style-name")),
    };
    bool is_table = view_equal(family, VIEW("table"));
    if (is_table)
        style->page = arena_copy(s->memory, xml_attribute(attributes, "master-page-name"));
    view key = style_key(s, family, name);
    if (!style->name.data || !style->family.data || !style->parent.data || !key.data ||
        (is_table && !style->page.data) ||
        map_put(s->by_name, key, s->styles.size / sizeof(odf_style *)) != KITH_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    buffer_append(&s->styles, (view){(const char *)&style, sizeof(odf_style *)});
    s->open = style;
    return buffer_status(&s->styles, "the list of styles", err);
}

static kith_status begin_list(odf_styles *s, xml_attributes attributes, kith_error *err)
{
    odf_numbering *list = arena_new_array(s->memory, odf_numbering, 1);
    if (!list) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    *list = (odf_numbering){0};
    for (uint32_t i = 0; i < ODF_LIST_LEVELS; i++)
        list->levels[i].kind = NUMERAL_BULLET;
    kith_status status = map_put(s->lists, xml_attribute(attributes, "name"),
                                 s->numberings.size / sizeof(odf_numbering *));
    if (status != KITH_OK) return fail(err, status, "out of memory for a style");
    buffer_append(&s->numberings, (view){(const char *)&list, sizeof(odf_numbering *)});
    s->open_list = list;
    return buffer_status(&s->numberings, "the list of styles", err);
}

static numeral_kind kind_of(view format)
{
    static const struct {
        const char *format;
        numeral_kind kind;
    } KINDS[] = {{"1", NUMERAL_DECIMAL},
                 {"a", NUMERAL_LOWER_LETTER},
                 {"A", NUMERAL_UPPER_LETTER},
                 {"i", NUMERAL_LOWER_ROMAN},
                 {"I", NUMERAL_UPPER_ROMAN},
                 {"01, 02, 03, ...", NUMERAL_DECIMAL_ZERO},
                 {"1st", NUMERAL_ORDINAL},
                 {"一, 二, 三, ...", NUMERAL_CHINESE},
                 {"А, Б, .., Аа, Аб, ... (ru)", NUMERAL_UPPER_RUSSIAN}};
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (view_equal(format, view_of(KINDS[i].format))) return KINDS[i].kind;
    return format.size ? NUMERAL_DECIMAL : NUMERAL_NONE;
}

static kith_status begin_level(odf_styles *s, xml_attributes attributes, bool is_number,
                               kith_error *err)
{
    uint32_t level = odf_number(xml_attribute(attributes, "level"), 0);
    if (!s->open_list || level < 1 || level > ODF_LIST_LEVELS) return KITH_OK;
    view prefix = arena_copy(s->memory, xml_attribute(attributes, "num-prefix"));
    view suffix = arena_copy(s->memory, xml_attribute(attributes, "num-suffix"));
    if (!prefix.data || !suffix.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    odf_numbering *n = s->open_list;
    n->levels[level - 1].kind =
        is_number ? kind_of(xml_attribute(attributes, "num-format")) : NUMERAL_BULLET;
    n->levels[level - 1].prefix = prefix;
    n->levels[level - 1].suffix = suffix;
    n->levels[level - 1].start = odf_number(xml_attribute(attributes, "start-value"), 1);
    n->levels[level - 1].shown = odf_number(xml_attribute(attributes, "display-levels"), 1);
    return KITH_OK;
}

static kith_status read_text_properties(odf_styles *s, xml_attributes attributes, kith_error *err)
{
    view display = xml_attribute(attributes, "display");
    view position = xml_attribute(attributes, "text-position");
    view line = xml_attribute(attributes, "text-line-through-style");
    if (line.size == 0) line = xml_attribute(attributes, "text-line-through-type");
    if (line.size) s->open->struck = view_equal(line, VIEW("none")) ? ODF_NO : ODF_YES;
    if (display.size) s->open->hidden = view_equal(display, VIEW("none")) ? ODF_YES : ODF_NO;
    if (view_starts_with(position, VIEW("super")))
        s->open->align = ODF_RAISED;
    else if (view_starts_with(position, VIEW("sub")) || view_starts_with(position, VIEW("-")))
        s->open->align = ODF_LOWERED;
    else if (position.size)
        s->open->align = view_starts_with(position, VIEW("0%")) ? ODF_BASELINE : ODF_RAISED;
    s->open->bold = arena_copy(s->memory, xml_attribute(attributes, "font-weight"));
    s->open->italic = arena_copy(s->memory, xml_attribute(attributes, "font-style"));
    s->open->color = arena_copy(s->memory, xml_attribute(attributes, "color"));
    bool is_kept = s->open->bold.data && s->open->italic.data && s->open->color.data;
    return is_kept ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
}

static kith_status read_properties(odf_styles *s, view name, xml_attributes attributes,
                                   kith_error *err)
{
    if (view_equal(name, VIEW("text-properties"))) return read_text_properties(s, attributes, err);
    if (view_equal(name, VIEW("table-cell-properties"))) {
        s->open->fill = arena_copy(s->memory, xml_attribute(attributes, "background-color"));
        if (!s->open->fill.data) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    }
    if (view_equal(name, VIEW("drawing-page-properties")) &&
        view_equal(xml_attribute(attributes, "visibility"), VIEW("hidden")))
        s->open->hidden = ODF_YES;
    if (view_equal(name, VIEW("table-properties")) &&
        view_equal(xml_attribute(attributes, "display"), VIEW("false")))
        s->open->hidden = ODF_YES;
    return KITH_OK;
}

kith_status odf_styles_start(odf_styles *s, view name, xml_attributes attributes, kith_error *err)
{
    if (s->open) return read_properties(s, name, attributes, err);
    if (s->open_list) {
        bool is_number = view_equal(name, VIEW("list-level-style-number")) ||
                         view_equal(name, VIEW("outline-level-style"));
        bool is_level = is_number || view_equal(name, VIEW("list-level-style-bullet")) ||
                        view_equal(name, VIEW("list-level-style-image"));
        return is_level ? begin_level(s, attributes, is_number, err) : KITH_OK;
    }
    if (view_equal(name, VIEW("style"))) return begin_style(s, attributes, err);
    if (view_equal(name, VIEW("list-style"))) return begin_list(s, attributes, err);
    if (view_equal(name, VIEW("outline-style"))) s->open_list = odf_styles_outline(s);
    return KITH_OK;
}

void odf_styles_end(odf_styles *s, view name)
{
    if (view_equal(name, VIEW("style"))) s->open = NULL;
    if (view_equal(name, VIEW("list-style")) || view_equal(name, VIEW("outline-style")))
        s->open_list = NULL;
}

/* ---- looking up ---- */

static const odf_style *find_one(odf_styles *s, view family, view name)
{
    uint64_t index = 0;
    if (name.size == 0) return NULL;
    view key = style_key(s, family, name);
    if (!key.data || !map_get(s->by_name, key, &index)) return NULL;
    return ((odf_style *const *)s->styles.data)[index];
}

static void complete(odf_style *style, const odf_style *above)
{
    if (style->hidden == ODF_UNSAID) style->hidden = above->hidden;
    if (style->struck == ODF_UNSAID) style->struck = above->struck;
    if (style->align == ODF_SAME) style->align = above->align;
    if (style->bold.size == 0) style->bold = above->bold;
    if (style->italic.size == 0) style->italic = above->italic;
    if (style->color.size == 0) style->color = above->color;
    if (style->fill.size == 0) style->fill = above->fill;
    if (style->page.size == 0) style->page = above->page;
}

odf_style odf_styles_find(odf_styles *s, const char *family, view name)
{
    odf_style found = {0};
    const odf_style *at = find_one(s, view_of(family), name);
    if (at) found = *at;
    for (uint32_t i = 0; at && at->parent.size && i < ODF_MAX_PARENTS; i++) {
        at = find_one(s, view_of(family), at->parent);
        if (at) complete(&found, at);
    }
    return found;
}

bool odf_styles_is(odf_styles *s, const char *family, view name, const char *ancestor)
{
    for (uint32_t i = 0; i <= ODF_MAX_PARENTS && name.size; i++) {
        if (view_equal(name, view_of(ancestor))) return true;
        const odf_style *at = find_one(s, view_of(family), name);
        name = at ? at->parent : VIEW("");
    }
    return false;
}

kith_status odf_styles_look(odf_styles *s, view name, uint32_t *out, kith_error *err)
{
    uint64_t number = 0;
    odf_style style = odf_styles_find(s, "table-cell", name);
    buffer_reset(&s->key);
    buffer_printf(&s->key, "%.*s|%.*s|%.*s|%.*s|%d", VIEW_ARG(style.bold), VIEW_ARG(style.italic),
                  VIEW_ARG(style.color), VIEW_ARG(style.fill), style.struck == ODF_YES);
    view key = buffer_view(&s->key);
    kith_status status = buffer_status(&s->key, "a style", err);
    if (status != KITH_OK) return status;
    if (!map_get(s->looks, key, &number)) {
        number = (uint64_t)map_count(s->looks) + 1;
        if (map_put(s->looks, key, number) != KITH_OK)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a style");
    }
    *out = (uint32_t)number | (style.struck == ODF_YES ? ODF_LOOK_STRUCK : 0);
    return KITH_OK;
}

odf_numbering *odf_styles_list(const odf_styles *s, view name)
{
    uint64_t index = 0;
    if (!map_get(s->lists, name, &index)) return NULL;
    return ((odf_numbering *const *)s->numberings.data)[index];
}

odf_numbering *odf_styles_outline(const odf_styles *s)
{
    return ((odf_numbering *const *)s->numberings.data)[0];
}

/* ---- counting ---- */

void odf_numbering_restart(odf_numbering *n)
{
    for (uint32_t i = 0; i < ODF_LIST_LEVELS; i++)
        n->levels[i].count = 0;
}

static uint32_t shown_number(const odf_numbering *n, uint32_t level)
{
    return n->levels[level].count ? n->levels[level].count : n->levels[level].start;
}

void odf_numbering_next(odf_numbering *n, uint32_t level, uint32_t start, buffer *out)
{
    uint32_t next = n->levels[level].count ? n->levels[level].count + 1 : n->levels[level].start;
    n->levels[level].count = start ? start : next;
    for (uint32_t i = level + 1; i < ODF_LIST_LEVELS; i++)
        n->levels[i].count = 0;
    if (n->levels[level].kind == NUMERAL_NONE) return;
    if (n->levels[level].kind == NUMERAL_BULLET) {
        buffer_append_byte(out, '-');
        return;
    }
    uint32_t shown = n->levels[level].shown;
    uint32_t first = shown > level ? 0 : level + 1 - (shown ? shown : 1);
    bool has_one = false;
    buffer_append(out, n->levels[level].prefix);
    for (uint32_t i = first; i <= level; i++) {
        numeral_kind kind = n->levels[i].kind;
        if (kind == NUMERAL_NONE || kind == NUMERAL_BULLET) continue;
        if (has_one) buffer_append_byte(out, '.');
        numeral_append(out, kind, shown_number(n, i));
        has_one = true;
    }
    buffer_append(out, n->levels[level].suffix);
}
