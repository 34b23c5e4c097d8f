/* pdf_object.c - a recursive descent over the syntax of objects. What is open keeps its elements on
 * one stack; when it is closed they are copied into the arena.
 * Source: ISO 32000-1, 7.2, 7.3, 7.9.2, annex D.2. */
#include "extract/pdf_object.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "extract/utf_wide.h"

void pdf_parser_init(pdf_parser *p, view bytes, size_t at, arena *memory)
{
    *p = (pdf_parser){.bytes = bytes, .at = at < bytes.size ? at : bytes.size, .memory = memory};
    buffer_init(&p->stack, (size_t)PDF_MAX_ELEMENTS * sizeof(pdf_object));
}

void pdf_parser_done(pdf_parser *p)
{
    buffer_done(&p->stack);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool is_delimiter(char c)
{
    return c && strchr("()<>[]{}/%", c);
}

static char peek(const pdf_parser *p)
{
    return p->at < p->bytes.size ? p->bytes.data[p->at] : '\0';
}

void pdf_skip_space(pdf_parser *p)
{
    bool is_comment = false;
    for (; p->at < p->bytes.size; p->at++) {
        char c = peek(p);
        is_comment = c == '%' || (is_comment && c != '\n' && c != '\r');
        if (!is_comment && !is_space(c)) return;
    }
}

bool pdf_accept(pdf_parser *p, view word)
{
    pdf_skip_space(p);
    if (!view_starts_with(view_slice(p->bytes, p->at, p->bytes.size), word)) return false;
    p->at += word.size;
    return true;
}

bool pdf_accept_number(pdf_parser *p, uint64_t *out)
{
    pdf_skip_space(p);
    size_t start = p->at;
    uint64_t value = 0;
    for (; p->at < p->bytes.size && is_ascii_digit(peek(p)); p->at++) {
        if (p->at - start > 17) return false;
        value = 10 * value + (uint64_t)(peek(p) - '0');
    }
    *out = value;
    return p->at > start;
}

/* ---- strings and names ---- */

static view keep(pdf_parser *p, const buffer *text)
{
    view kept = text->failed == KITH_OK ? arena_copy(p->memory, buffer_view(text)) : (view){0};
    if (!kept.data) p->stack.failed = KITH_ERR_NO_MEMORY;
    return kept.data ? kept : VIEW("");
}

/* What a backslash stands for, which p->at is behind. */
static void parse_escape(pdf_parser *p, buffer *out)
{
    static const char NAMED[] = "nrtbf", MEANT[] = "\n\r\t\b\f";
    char c = peek(p);
    const char *named = c ? strchr(NAMED, c) : NULL;
    if (c >= '0' && c <= '7') {
        int value = 0;
        for (int i = 0; i < 3 && peek(p) >= '0' && peek(p) <= '7'; i++, p->at++)
            value = 8 * value + (peek(p) - '0');
        buffer_append_byte(out, (char)value);
        return;
    }
    p->at += p->at < p->bytes.size;
    if (c == '\r' && peek(p) == '\n') p->at++;
    if (c != '\n' && c != '\r') buffer_append_byte(out, named ? MEANT[named - NAMED] : c);
}

static view parse_literal(pdf_parser *p)
{
    buffer text;
    buffer_init(&text, p->bytes.size);
    uint32_t open = 1;
    for (p->at++; p->at < p->bytes.size;) {
        char c = p->bytes.data[p->at++];
        if (c == '\\') {
            parse_escape(p, &text);
            continue;
        }
        open += c == '(';
        open -= c == ')';
        if (open == 0) break;
        buffer_append_byte(&text, c);
    }
    view kept = keep(p, &text);
    buffer_done(&text);
    return kept;
}

static view parse_hex(pdf_parser *p)
{
    buffer text;
    buffer_init(&text, p->bytes.size);
    int high = -1;
    for (p->at++; p->at < p->bytes.size && peek(p) != '>'; p->at++) {
        int digit = hex_digit(peek(p));
        if (digit < 0) continue;
        if (high >= 0) buffer_append_byte(&text, (char)(16 * high + digit));
        high = high >= 0 ? -1 : digit;
    }
    if (high >= 0) buffer_append_byte(&text, (char)(16 * high));
    p->at += p->at < p->bytes.size;
    view kept = keep(p, &text);
    buffer_done(&text);
    return kept;
}

/* Most names are borrowed; one with #xx is copied. */
static view parse_name(pdf_parser *p)
{
    size_t start = ++p->at;
    bool has_escape = false;
    for (; p->at < p->bytes.size && !is_space(peek(p)) && !is_delimiter(peek(p)); p->at++)
        has_escape |= peek(p) == '#';
    view raw = view_slice(p->bytes, start, p->at);
    if (!has_escape) return raw;
    buffer text;
    buffer_init(&text, raw.size);
    for (size_t i = 0; i < raw.size; i++) {
        int high = i + 2 < raw.size && raw.data[i] == '#' ? hex_digit(raw.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(raw.data[i + 2]) : -1;
        buffer_append_byte(&text, low >= 0 ? (char)(16 * high + low) : raw.data[i]);
        i += low >= 0 ? 2 : 0;
    }
    view kept = keep(p, &text);
    buffer_done(&text);
    return kept;
}

/* ---- numbers and references ---- */

static double parse_number(pdf_parser *p)
{
    bool is_negative = false, has_point = false;
    double value = 0, unit = 1;
    for (; p->at < p->bytes.size; p->at++) {
        char c = peek(p);
        if (is_ascii_digit(c)) {
            if (has_point) unit /= 10;
            value = has_point ? value + unit * (c - '0') : 10 * value + (c - '0');
        } else if (c == '.') {
            has_point = true;
        } else if (c == '-' || c == '+') {
            is_negative |= c == '-';
        } else {
            break;
        }
    }
    return is_negative ? -value : value;
}

/* A number, or the reference "12 0 R". */
static pdf_object parse_number_or_reference(pdf_parser *p)
{
    uint64_t number, generation;
    size_t start = p->at;
    pdf_object reference = {.kind = PDF_REFERENCE};
    if (pdf_accept_number(p, &number) && number <= UINT32_MAX && is_space(peek(p)) &&
        pdf_accept_number(p, &generation) && is_space(peek(p)) && pdf_accept(p, VIEW("R")) &&
        (is_space(peek(p)) || is_delimiter(peek(p)))) {
        reference.number = (double)number;
        return reference;
    }
    p->at = start;
    return (pdf_object){.kind = PDF_NUMBER, .number = parse_number(p)};
}

/* ---- arrays and dictionaries ---- */

static pdf_object parse_at(pdf_parser *p, uint32_t depth);

/* The elements up to `end`; those of a dictionary are keys and values in turn. */
static pdf_object parse_elements(pdf_parser *p, pdf_kind kind, view end, uint32_t depth)
{
    size_t base = p->stack.size;
    pdf_object made = {.kind = kind};
    while (depth < PDF_MAX_DEPTH && p->stack.failed == KITH_OK && !p->memory->exhausted) {
        if (pdf_accept(p, end)) break;
        size_t start = p->at;
        if (start >= p->bytes.size) break;
        pdf_object o = parse_at(p, depth + 1);
        if (p->at == start) break; // nothing that could be passed over
        buffer_append(&p->stack, (view){(const char *)&o, sizeof o});
    }
    size_t bytes = p->stack.size - base, count = bytes / sizeof made;
    if (p->stack.failed != KITH_OK || count == 0) return made;
    pdf_object *kept = arena_new(p->memory, bytes);
    if (kept) memcpy(kept, p->stack.data + base, bytes);
    p->stack.size = base;
    made.elements = kept;
    made.count = kept ? (uint32_t)(kind == PDF_DICTIONARY ? count / 2 : count) : 0;
    return made;
}

static pdf_object parse_word(pdf_parser *p)
{
    size_t start = p->at;
    while (p->at < p->bytes.size && !is_space(peek(p)) && !is_delimiter(peek(p)))
        p->at++;
    view word = view_slice(p->bytes, start, p->at);
    bool is_true = view_equal(word, VIEW("true"));
    if (is_true || view_equal(word, VIEW("false")))
        return (pdf_object){.kind = PDF_BOOL, .number = is_true};
    if (view_equal(word, VIEW("endobj")) || view_equal(word, VIEW("stream"))) p->at = start;
    return (pdf_object){0};
}

static pdf_object parse_at(pdf_parser *p, uint32_t depth)
{
    pdf_skip_space(p);
    char c = peek(p);
    view rest = view_slice(p->bytes, p->at, p->bytes.size);
    if (c == '/') return (pdf_object){.kind = PDF_NAME, .text = parse_name(p)};
    if (c == '(') return (pdf_object){.kind = PDF_STRING, .text = parse_literal(p)};
    if (view_starts_with(rest, VIEW("<<"))) {
        p->at += 2;
        return parse_elements(p, PDF_DICTIONARY, VIEW(">>"), depth);
    }
    if (c == '<') return (pdf_object){.kind = PDF_STRING, .text = parse_hex(p)};
    if (c == '[') {
        p->at++;
        return parse_elements(p, PDF_ARRAY, VIEW("]"), depth);
    }
    if (is_ascii_digit(c)) return parse_number_or_reference(p);
    if (c == '-' || c == '+' || c == '.')
        return (pdf_object){.kind = PDF_NUMBER, .number = parse_number(p)};
    return parse_word(p);
}

pdf_object pdf_parse(pdf_parser *p)
{
    return parse_at(p, 0);
}

/* ---- values ---- */

pdf_object pdf_entry(const pdf_object *dictionary, const char *key)
{
    if (dictionary->kind != PDF_DICTIONARY) return (pdf_object){0};
    for (uint32_t i = 0; i < dictionary->count; i++)
        if (pdf_is_name(&dictionary->elements[2 * i], key)) return dictionary->elements[2 * i + 1];
    return (pdf_object){0};
}

uint64_t pdf_whole(const pdf_object *o, uint64_t max, uint64_t otherwise)
{
    if (o->kind != PDF_NUMBER || !(o->number >= 0) || o->number > (double)max) return otherwise;
    return (uint64_t)o->number;
}

/* What PDFDocEncoding has where Latin 1 has control characters; 0: nothing. */
static uint32_t document_code_point(unsigned char c)
{
    static const uint16_t ACCENTS[] = {0x2d8, 0x2c7, 0x2c6, 0x2d9, 0x2dd, 0x2db, 0x2da, 0x2dc};
    static const uint16_t OTHERS[] = {
        0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x192,  0x2044, 0x2039, 0x203a, 0x2212,
        0x2030, 0x201e, 0x201c, 0x201d, 0x2018, 0x2019, 0x201a, 0x2122, 0xfb01, 0xfb02, 0x141,
        0x152,  0x160,  0x178,  0x17d,  0x131,  0x142,  0x153,  0x161,  0x17e,  0,      0x20ac};
    if (c >= 0x18 && c < 0x20) return ACCENTS[c - 0x18];
    return c >= 0x80 && c <= 0xa0 ? OTHERS[c - 0x80] : c;
}

void pdf_append_text(const pdf_object *string, buffer *out)
{
    size_t start = out->size;
    view text = string->kind == PDF_STRING ? string->text : VIEW("");
    if (utf_wide_mark(text, UTF_16BE) || utf_wide_mark(text, UTF_16LE) == 2) {
        utf_wide form = utf_wide_mark(text, UTF_16BE) ? UTF_16BE : UTF_16LE;
        (void)utf_wide_append(out, view_slice(text, 2, text.size), form);
    } else if (view_starts_with(text, VIEW("\xef\xbb\xbf"))) {
        (void)utf8_append_repaired(out, view_slice(text, 3, text.size));
    } else {
        for (size_t i = 0; i < text.size; i++) {
            char bytes[4];
            uint32_t code_point = document_code_point((unsigned char)text.data[i]);
            if (code_point) buffer_append(out, (view){bytes, utf8_encode(code_point, bytes)});
        }
    }
    for (size_t i = start; i < out->size; i++)
        if ((unsigned char)out->data[i] < ' ' || out->data[i] == 0x7f)
            out->data[i] = out->data[i] == '\r' || out->data[i] == '\n' ? '\n' : ' ';
}
