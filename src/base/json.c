/* json.c - looking things up in a tree, and writing JSON. */
#include "base/json.h"

#include "base/json_number.h"
#include "base/size.h"
#include "base/utf8.h"

#include <math.h>

const json_value *json_get(const json_value *object, const char *key)
{
    if (!object || object->kind != JSON_OBJECT) return NULL;
    view wanted = view_of(key);
    for (uint32_t i = 0; i < object->count; i++)
        if (view_equal(object->members[i].key, wanted)) return object->members[i].value;
    return NULL;
}

bool json_get_string(const json_value *object, const char *key, view *out)
{
    const json_value *value = json_get(object, key);
    if (!value || value->kind != JSON_STRING) return false;
    *out = value->string;
    return true;
}

bool json_get_integer(const json_value *object, const char *key, int64_t *out)
{
    const json_value *value = json_get(object, key);
    if (!value || value->kind != JSON_INTEGER) return false;
    *out = value->integer;
    return true;
}

bool json_get_number(const json_value *object, const char *key, double *out)
{
    const json_value *value = json_get(object, key);
    if (!value || (value->kind != JSON_INTEGER && value->kind != JSON_DOUBLE)) return false;
    *out = value->kind == JSON_INTEGER ? (double)value->integer : value->number;
    return true;
}

bool json_get_bool(const json_value *object, const char *key, bool *out)
{
    const json_value *value = json_get(object, key);
    if (!value || value->kind != JSON_BOOL) return false;
    *out = value->boolean;
    return true;
}

static void begin_value(json_writer *w)
{
    if (w->need_comma) buffer_append_byte(w->out, ',');
    w->need_comma = true;
}

static void open_bracket(json_writer *w, char bracket)
{
    begin_value(w);
    buffer_append_byte(w->out, bracket);
    w->need_comma = false;
}

static void close_bracket(json_writer *w, char bracket)
{
    buffer_append_byte(w->out, bracket);
    w->need_comma = true;
}

void json_begin_object(json_writer *w)
{
    open_bracket(w, '{');
}

void json_end_object(json_writer *w)
{
    close_bracket(w, '}');
}

void json_begin_array(json_writer *w)
{
    open_bracket(w, '[');
}

void json_end_array(json_writer *w)
{
    close_bracket(w, ']');
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

static void append_escape(buffer *out, unsigned char c)
{
    switch (c) {
    case '"':
        buffer_append(out, VIEW("\\\""));
        break;
    case '\\':
        buffer_append(out, VIEW("\\\\"));
        break;
    case '\n':
        buffer_append(out, VIEW("\\n"));
        break;
    case '\r':
        buffer_append(out, VIEW("\\r"));
        break;
    case '\t':
        buffer_append(out, VIEW("\\t"));
        break;
    default:
        buffer_printf(out, "\\u%04x", c);
    }
}

static void append_quoted(buffer *out, view text)
{
    buffer_append_byte(out, '"');
    while (text.size) {
        size_t plain = 0;
        while (plain < text.size && !needs_escape((unsigned char)text.data[plain]))
            plain++;
        (void)utf8_append_repaired(out, view_slice(text, 0, plain));
        if (plain == text.size) break;
        append_escape(out, (unsigned char)text.data[plain]);
        text = view_slice(text, plain + 1, text.size);
    }
    buffer_append_byte(out, '"');
}

void json_key_view(json_writer *w, view key)
{
    begin_value(w);
    append_quoted(w->out, key);
    buffer_append_byte(w->out, ':');
    w->need_comma = false;
}

void json_key(json_writer *w, const char *key)
{
    json_key_view(w, view_of(key));
}

void json_string(json_writer *w, view text)
{
    begin_value(w);
    append_quoted(w->out, text);
}

void json_text(json_writer *w, const char *text)
{
    if (text)
        json_string(w, view_of(text));
    else
        json_null(w);
}

void json_integer(json_writer *w, int64_t value)
{
    char digits[JSON_NUMBER_BYTES];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0) digits[--at] = '-';
    begin_value(w);
    buffer_append(w->out, (view){digits + at, sizeof digits - at});
}

void json_double(json_writer *w, double value)
{
    char digits[JSON_NUMBER_BYTES];
    if (!isfinite(value)) {
        json_null(w);
        return;
    }
    json_raw(w, (view){digits, json_number_of_double(value, digits)});
}

void json_float(json_writer *w, float value)
{
    char digits[JSON_NUMBER_BYTES];
    if (!isfinite(value)) {
        json_null(w);
        return;
    }
    json_raw(w, (view){digits, json_number_of_float(value, digits)});
}

/* Room for what append_fraction appends. */
enum { REAL_BYTES = JSON_NUMBER_BYTES + 2 };

/* Puts ".0" behind the digits of a whole number; returns the new size. */
static size_t append_fraction(char digits[REAL_BYTES], size_t size)
{
    if (memchr(digits, '.', size) || memchr(digits, 'e', size)) return size;
    digits[size] = '.';
    digits[size + 1] = '0';
    return size + 2;
}

void json_real(json_writer *w, double value)
{
    char digits[REAL_BYTES];
    if (!isfinite(value)) {
        json_null(w);
        return;
    }
    const size_t size = json_number_of_double(value, digits);
    json_raw(w, (view){digits, append_fraction(digits, size)});
}

void json_floats(json_writer *w, const float *values, size_t count)
{
    enum { AT_A_TIME = 256, EACH_BYTES = REAL_BYTES + 1 };
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        // Room is made for many at a time: an array of vectors is most of an answer that has one.
        if (i % AT_A_TIME == 0 &&
            !buffer_reserve(w->out, size_min(count - i, AT_A_TIME) * EACH_BYTES))
            break;
        char *to = w->out->data + w->out->size;
        size_t size = 0;
        if (i > 0) to[size++] = ',';
        if (isfinite(values[i])) {
            char *digits = to + size;
            size += append_fraction(digits, json_number_of_float(values[i], digits));
        } else {
            memcpy(to + size, "null", 4);
            size += 4;
        }
        w->out->size += size;
    }
    json_end_array(w);
}

void json_bool(json_writer *w, bool value)
{
    json_raw(w, value ? VIEW("true") : VIEW("false"));
}

void json_null(json_writer *w)
{
    json_raw(w, VIEW("null"));
}

void json_raw(json_writer *w, view json)
{
    begin_value(w);
    buffer_append(w->out, json);
}

void json_tree(json_writer *w, const json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_BOOL:
        json_bool(w, value->boolean);
        break;
    case JSON_INTEGER:
        json_integer(w, value->integer);
        break;
    case JSON_DOUBLE:
        json_real(w, value->number);
        break;
    case JSON_STRING:
        json_string(w, value->string);
        break;
    case JSON_ARRAY:
        json_begin_array(w);
        for (uint32_t i = 0; i < value->count; i++)
            json_tree(w, value->elements[i]);
        json_end_array(w);
        break;
    case JSON_OBJECT:
        json_begin_object(w);
        for (uint32_t i = 0; i < value->count; i++) {
            json_key_view(w, value->members[i].key);
            json_tree(w, value->members[i].value);
        }
        json_end_object(w);
        break;
    }
}

void json_member_text(json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, text);
}

void json_member_unsigned(json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_integer(w, (int64_t)value);
}

void json_member_double(json_writer *w, const char *key, double value)
{
    json_key(w, key);
    json_double(w, value);
}

void json_member_float(json_writer *w, const char *key, float value)
{
    json_key(w, key);
    json_float(w, value);
}

void json_member_bool(json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}
