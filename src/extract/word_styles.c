/* word_styles.c - a heading's level is not in its paragraph but in its style, and there in one of
 * three places: an outline level, a name, or the style that it is based on. Names are looked at
 * since the docx package of npm writes nothing else, in many languages since programs other than
 * Word (which stores "heading 1" whatever it shows) write what they show. */
#include "extract/word_styles.h"

enum { BASED_ON_MAX = 20 };

kith_status word_styles_init(word_styles *s, arena *memory, kith_error *err)
{
    *s = (word_styles){.memory = memory, .by_id = map_new()};
    buffer_init(&s->styles, WORD_MAX_STYLES * sizeof(word_style));
    return s->by_id ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
}

void word_styles_done(word_styles *s)
{
    map_free(s->by_id);
    buffer_done(&s->styles);
}

uint32_t word_outline_level(view value)
{
    enum { LEVELS = 6 };
    if (value.size != 1 || value.data[0] < '0' || value.data[0] > '8') return 0;
    uint32_t level = (uint32_t)(value.data[0] - '0') + 1;
    return level > LEVELS ? LEVELS : level;
}

bool word_is_on(xml_attributes attributes)
{
    static const char *const OFF[] = {"0", "false", "off", NULL};
    return !view_is_one_of_nocase(xml_attribute(attributes, "val"), OFF);
}

word_align word_align_of(view value)
{
    return view_equal(value, VIEW("superscript")) ? WORD_RAISED
           : view_equal(value, VIEW("subscript")) ? WORD_LOWERED
                                                  : WORD_BASELINE;
}

/* "heading 3", "Heading3", "Überschrift 3" give 3; 0 when it is no heading. */
static uint32_t level_of_name(view name)
{
    static const char *const HEADINGS[] = {
        "heading",    "berschrift", "Überschrift", "überschrift", "Titre",       "Título",
        "título",     "Ttulo",      "Titolo",      "Kop",         "Rubrik",      "Overskrift",
        "Nagłówek",   "Nagwek",     "Nadpis",      "Címsor",      "Cmsor",       "Cabeçalho",
        "Encabezado", "Otsikko",    "Başlık",      "Titlu",       "Naslov",      "Antraštė",
        "Virsraksts", "Pealkiri",   "Заголовок",   "Заглавие",    "Επικεφαλίδα", "כותרת",
        "عنوان",      "見出し",     "标题",        "標題",        "제목",        "Tiêu đề",
        "Đầu đề",     "หัวเรื่อง",     NULL};
    if (name.size < 2 || !is_ascii_digit(name.data[name.size - 1])) return 0;
    uint32_t digit = (uint32_t)(name.data[name.size - 1] - '0');
    view word = view_trim(view_slice(name, 0, name.size - 1));
    if (word.size && word.data[word.size - 1] == '_') word.size--;
    if (digit == 0 || !view_is_one_of_nocase(word, HEADINGS)) return 0;
    return digit > 6 ? 6 : digit;
}

static bool is_title(view name)
{
    static const char *const TITLES[] = {"Title",    "Titel", "Titre", "Título", "Titolo", "Tytuł",
                                         "Название", "表題",  "标题",  "제목",   NULL};
    return view_is_one_of_nocase(name, TITLES);
}

static kith_status begin_style(word_styles *s, xml_attributes attributes, kith_error *err)
{
    word_style fresh = {.numbering = WORD_NO_NUMBERING, .list_level = WORD_NO_NUMBERING};
    view id = xml_attribute(attributes, "styleId");
    uint64_t index = s->styles.size / sizeof fresh;
    kith_status status = map_put(s->by_id, id, index);
    if (status != KITH_OK) return fail(err, status, "out of memory for styles");
    buffer_append(&s->styles, (view){(const char *)&fresh, sizeof fresh});
    status = buffer_status(&s->styles, "the list of styles", err);
    if (status != KITH_OK) return status;
    s->open = (word_style *)s->styles.data + index;
    s->open->level = level_of_name(id);
    s->open->says_level = s->open->level > 0;
    s->says_outline = false;
    if (!view_equal(xml_attribute(attributes, "type"), VIEW("paragraph")) ||
        !view_equal(xml_attribute(attributes, "default"), VIEW("1")))
        return KITH_OK;
    s->default_paragraph = arena_copy(s->memory, id);
    return s->default_paragraph.data ? KITH_OK
                                     : fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
}

static void note_level(word_styles *s, uint32_t level, bool is_outline)
{
    if (s->says_outline || (!is_outline && level == 0)) return;
    s->open->level = level;
    s->open->says_level = true;
    s->says_outline = is_outline;
}

uint32_t word_number(view digits, uint32_t none)
{
    uint32_t number = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_ascii_digit(digits.data[i]) || number > 100000000) return none;
        number = number * 10 + (uint32_t)(digits.data[i] - '0');
    }
    return digits.size ? number : none;
}

kith_status word_styles_start(void *styles, view name, xml_attributes attributes, kith_error *err)
{
    word_styles *s = styles;
    view value = xml_attribute(attributes, "val");
    if (view_equal(name, VIEW("style"))) return begin_style(s, attributes, err);
    if (!s->open) return KITH_OK;
    if (view_equal(name, VIEW("name"))) {
        s->open->is_title = is_title(value);
        s->open->is_over_contents = view_equal_nocase(value, VIEW("TOC Heading"));
        note_level(s, level_of_name(value), false);
    } else if (view_equal(name, VIEW("basedOn"))) {
        s->open->based_on = arena_copy(s->memory, value);
        if (!s->open->based_on.data)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for styles");
    } else if (view_equal(name, VIEW("outlineLvl"))) {
        note_level(s, word_outline_level(value), true);
    } else if (view_equal(name, VIEW("numId"))) {
        s->open->numbering = word_number(value, 0);
    } else if (view_equal(name, VIEW("ilvl"))) {
        s->open->list_level = word_number(value, 0);
    } else if (view_equal(name, VIEW("vanish"))) {
        s->open->hidden = word_is_on(attributes) ? WORD_ON : WORD_OFF;
    } else if (view_equal(name, VIEW("strike")) || view_equal(name, VIEW("dstrike"))) {
        if (s->open->struck != WORD_ON)
            s->open->struck = word_is_on(attributes) ? WORD_ON : WORD_OFF;
    } else if (view_equal(name, VIEW("vertAlign"))) {
        s->open->align = word_align_of(value);
    }
    return KITH_OK;
}

word_style word_style_of(const word_styles *s, view id)
{
    word_style found = {.numbering = WORD_NO_NUMBERING, .list_level = WORD_NO_NUMBERING};
    uint64_t index = 0;
    if (id.size == 0) id = s->default_paragraph;
    for (uint32_t i = 0; i < BASED_ON_MAX && id.size && map_get(s->by_id, id, &index); i++) {
        const word_style *style = (const word_style *)s->styles.data + index;
        if (i == 0) found.is_title = style->is_title;
        if (i == 0) found.is_over_contents = style->is_over_contents;
        if (!found.says_level && style->says_level) {
            found.level = style->level;
            found.says_level = true;
        }
        if (found.numbering == WORD_NO_NUMBERING) found.numbering = style->numbering;
        if (found.list_level == WORD_NO_NUMBERING) found.list_level = style->list_level;
        if (found.hidden == WORD_UNSET) found.hidden = style->hidden;
        if (found.struck == WORD_UNSET) found.struck = style->struck;
        if (found.align == WORD_ALIGN_UNSET) found.align = style->align;
        id = style->based_on;
    }
    if (found.is_title) found.level = 0;
    return found;
}
