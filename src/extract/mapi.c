/* mapi.c - which numbers are which properties, and their values as texts. */
#include "extract/mapi.h"

#include "base/buffer.h"
#include "base/size.h"
#include "base/utf8.h"
#include "extract/code_page.h"
#include "extract/utf_wide.h"

#include <kith/types.h>

#include <string.h>
#include <time.h>

enum { TYPE_TEXT = 0x1E, TYPE_WIDE_TEXT = 0x1F, TYPE_BYTES = 0x102, LINE_MAX_BYTES = 2000 };

/* Ticks of 100 ns since 1601 in a second, and seconds from then to 1970. */
static const uint64_t TICKS_PER_SECOND = 10000000, SECONDS_TO_1970 = 11644473600;

/* Sets of named properties, by the first four bytes of their GUIDs, which differ in nothing else:
 * PSETID_Appointment, PSETID_Task and PSETID_Address. A named property has the number of its set,
 * from 1, above the 16 bits of its name's. */
enum { APPOINTMENT = 1 << 16, TASK = 2 << 16, CONTACT = 3 << 16, CATEGORIES = 4 << 16 };
static const uint32_t SETS[] = {0x00062002, 0x00062003, 0x00062004};

static const uint32_t IDS[MAPI_COUNT] = {
    [MAPI_CLASS] = 0x001A,
    [MAPI_SUBJECT] = 0x0037,
    [MAPI_FROM_NAME] = 0x0C1A,
    [MAPI_FROM_ADDRESS] = 0x0C1F,
    [MAPI_FROM_SMTP] = 0x5D01,
    [MAPI_AUTHOR_NAME] = 0x0042,
    [MAPI_AUTHOR_ADDRESS] = 0x0065,
    [MAPI_AUTHOR_SMTP] = 0x5D02,
    [MAPI_TO] = 0x0E04,
    [MAPI_CC] = 0x0E03,
    [MAPI_SENT] = 0x0039,
    [MAPI_DELIVERED] = 0x0E06,
    [MAPI_START] = 0x0060,
    [MAPI_END] = 0x0061,
    [MAPI_BODY] = 0x1000,
    [MAPI_HTML] = 0x1013,
    [MAPI_RTF] = 0x1009,
    [MAPI_HTML_CODE_PAGE] = 0x3FDE,
    [MAPI_CODE_PAGE] = 0x3FFD,
    [MAPI_DISPLAY_NAME] = 0x3001,
    [MAPI_ADDRESS] = 0x3003,
    [MAPI_SMTP] = 0x39FE,
    [MAPI_RECIPIENT_KIND] = 0x0C15,
    [MAPI_COMPANY] = 0x3A16,
    [MAPI_JOB] = 0x3A17,
    [MAPI_PHONE] = 0x3A08,
    [MAPI_MOBILE] = 0x3A1C,
    [MAPI_HOME_PHONE] = 0x3A09,
    [MAPI_DEPARTMENT] = 0x3A18,
    [MAPI_EMAIL] = CONTACT | 0x8083,
    [MAPI_EMAIL_2] = CONTACT | 0x8093,
    [MAPI_EMAIL_3] = CONTACT | 0x80A3,
    [MAPI_WORK_ADDRESS] = CONTACT | 0x801B,
    [MAPI_HOME_ADDRESS] = CONTACT | 0x801A,
    [MAPI_OTHER_ADDRESS] = CONTACT | 0x801C,
    [MAPI_WEB_PAGE] = CONTACT | 0x802B,
    [MAPI_START_WHOLE] = APPOINTMENT | 0x820D,
    [MAPI_END_WHOLE] = APPOINTMENT | 0x820E,
    [MAPI_LOCATION] = APPOINTMENT | 0x8208,
    [MAPI_RECURRENCE] = APPOINTMENT | 0x8232,
    [MAPI_TASK_DUE] = TASK | 0x8105,
    [MAPI_FILE_NAME] = 0x3707,
    [MAPI_SHORT_FILE_NAME] = 0x3704,
    [MAPI_DATA] = 0x3701,
};

static mapi_name find(uint32_t id)
{
    for (uint32_t i = 0; i < MAPI_COUNT; i++)
        if (IDS[i] == id) return (mapi_name)i;
    return MAPI_COUNT;
}

uint32_t mapi_named(view set, uint32_t name)
{
    static const char REST[] = "\0\0\0\0\xC0\0\0\0\0\0\0\x46";
    if (set.size != 16 || memcmp(set.data + 4, REST, 12) != 0 || name > UINT16_MAX) return 0;
    for (uint32_t i = 0; i < sizeof SETS / sizeof SETS[0]; i++) {
        uint32_t id = (i + 1) << 16 | name;
        if (load_u32(set.data) == SETS[i]) return mapi_is_wanted(id) ? id : 0;
    }
    return 0;
}

uint32_t mapi_named_text(view name)
{
    static const char KEYWORDS[] = "K\0e\0y\0w\0o\0r\0d\0s\0";
    return view_equal(name, (view){KEYWORDS, sizeof KEYWORDS - 1}) ? CATEGORIES : 0;
}

bool mapi_is_public_set(view set)
{
    return view_equal(set, VIEW("\x29\x03\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"));
}

bool mapi_is_list(uint32_t id)
{
    return id == CATEGORIES;
}

bool mapi_is_wanted(uint32_t id)
{
    return find(id) != MAPI_COUNT || mapi_is_list(id);
}

void mapi_put(mapi_properties *p, uint32_t id, uint32_t type, view raw)
{
    mapi_name name = find(id);
    if (mapi_is_list(id) && p->category_count < MAPI_MAX_CATEGORIES)
        p->categories[p->category_count++] = (mapi_value){type, raw};
    if (name != MAPI_COUNT && p->values[name].type == 0 && type)
        p->values[name] = (mapi_value){type, raw};
}

uint64_t mapi_number(const mapi_properties *p, mapi_name name)
{
    uint64_t number = 0;
    view raw = p->values[name].raw;
    for (size_t i = 0; i < raw.size && i < 8; i++)
        number |= (uint64_t)(unsigned char)raw.data[i] << (8 * i);
    return number;
}

static uint32_t code_page_of(const mapi_properties *p, mapi_name name)
{
    uint32_t html = (uint32_t)mapi_number(p, MAPI_HTML_CODE_PAGE);
    uint32_t all = (uint32_t)mapi_number(p, MAPI_CODE_PAGE);
    if (name == MAPI_HTML && html) return html;
    return all && all != 1200 ? all : p->code_page ? p->code_page : html;
}

/* Line ends become \n, NUL a space, in place. */
static void clean(buffer *text)
{
    size_t to = 0;
    for (size_t i = 0; i < text->size; i++) {
        char c = text->data[i];
        bool is_pair = c == '\r' && i + 1 < text->size && text->data[i + 1] == '\n';
        if (!is_pair) text->data[to++] = c == '\r' ? '\n' : c == '\0' ? ' ' : c;
    }
    text->size = to;
}

static view without_nul(view raw, size_t width)
{
    size_t end = raw.size;
    while (end >= width && raw.data[end - 1] == '\0' && raw.data[end - width] == '\0')
        end -= width;
    return view_slice(raw, 0, end);
}

/* Some writers put UTF-8 where a code page is meant, and name none or another. In pages of a byte a sign no text looks
 * like it by chance. */
static bool is_utf8_all_the_same(view bytes, uint32_t page)
{
    bool has_two_bytes = page >= 932 && page <= 950;
    return !has_two_bytes && utf8_is_valid(bytes);
}

static kith_status decode(const mapi_value *v, uint32_t page, arena *a, view *out, kith_error *err)
{
    buffer text, repaired;
    *out = VIEW("");
    if (v->type != TYPE_TEXT && v->type != TYPE_WIDE_TEXT && v->type != TYPE_BYTES) return KITH_OK;
    buffer_init(&text, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    buffer_init(&repaired, 3 * (size_t)KITH_DOCUMENT_MAX_BYTES);
    if (v->type == TYPE_WIDE_TEXT)
        (void)utf_wide_append(&text, without_nul(v->raw, 2), UTF_16LE);
    else if (is_utf8_all_the_same(without_nul(v->raw, 1), page))
        buffer_append(&text, without_nul(v->raw, 1));
    else
        (void)code_page_append(page, without_nul(v->raw, 1), &text);
    clean(&text);
    (void)utf8_append_repaired(&repaired, buffer_view(&text));
    kith_status status = buffer_status(&repaired, "a text of Outlook's", err);
    if (status == KITH_OK) status = buffer_status(&text, "a text of Outlook's", err);
    view kept = status == KITH_OK ? arena_copy(a, view_trim(buffer_view(&repaired))) : VIEW("");
    buffer_done(&text);
    buffer_done(&repaired);
    if (status == KITH_OK && !kept.data)
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for a text");
    if (status == KITH_OK) *out = kept;
    return status;
}

kith_status mapi_text(const mapi_properties *p, mapi_name name, arena *a, view *out,
                      kith_error *err)
{
    return decode(&p->values[name], code_page_of(p, name), a, out, err);
}

static kith_status put_on_a_line(view text, arena *a, view *out, kith_error *err)
{
    if (text.size > LINE_MAX_BYTES) text = view_slice(text, 0, utf8_floor(text, LINE_MAX_BYTES));
    char *line = arena_printf(a, "%.*s", VIEW_ARG(text));
    if (!line) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a line");
    for (size_t i = 0; line[i]; i++)
        if ((unsigned char)line[i] < ' ') line[i] = ' ';
    *out = view_of(line);
    return KITH_OK;
}

kith_status mapi_line(const mapi_properties *p, mapi_name name, arena *a, view *out,
                      kith_error *err)
{
    view text;
    kith_status status = mapi_text(p, name, a, &text, err);
    return status == KITH_OK ? put_on_a_line(text, a, out, err) : status;
}

kith_status mapi_category(const mapi_properties *p, uint32_t i, arena *a, view *out,
                          kith_error *err)
{
    view text;
    kith_status status = decode(&p->categories[i], code_page_of(p, MAPI_SUBJECT), a, &text, err);
    return status == KITH_OK ? put_on_a_line(text, a, out, err) : status;
}

kith_status mapi_time(const mapi_properties *p, mapi_name name, arena *a, view *out,
                      kith_error *err)
{
    uint64_t seconds = mapi_number(p, name) / TICKS_PER_SECOND;
    struct tm moment;
    char text[32];
    *out = VIEW("");
    if (p->values[name].type != 0x40 || seconds < SECONDS_TO_1970) return KITH_OK;
    time_t since = (time_t)(seconds - SECONDS_TO_1970);
    if (!gmtime_r(&since, &moment) || moment.tm_year > 8099) return KITH_OK;
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &moment);
    *out = arena_copy(a, (view){text, size});
    return out->data ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for a date");
}
