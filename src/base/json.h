/* json.h - reading and writing JSON.
 * Reading: simdjson behind the one bridge file json.cc, copied into an arena as a plain tree:
 * strict RFC 8259, UTF-8 checked, at most JSON_MAX_DEPTH levels and the bytes that the caller
 * allows. Duplicate keys in one object are an error. Writing: into a buffer, commas and escapes
 * kept right by the writer; numbers in their shortest form that reads back equal. */
#ifndef KITH_BASE_JSON_H
#define KITH_BASE_JSON_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_MAX_DEPTH = 64 };

typedef enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INTEGER,
    JSON_DOUBLE,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} json_kind;

typedef struct json_value json_value;

typedef struct json_member {
    view key;
    const json_value *value;
} json_member;

struct json_value {
    json_kind kind;
    uint32_t count; /* of elements or members */
    union {
        bool boolean;
        int64_t integer; /* numbers without fraction or exponent that fit; others are JSON_DOUBLE */
        double number;
        view string; /* NUL-terminated too; may hold NUL bytes */
        const json_value *const *elements;
        const json_member *members; /* in the order of the text */
    };
};

/* Parses one JSON text. The tree and its strings live in `a`.
 * Errors: KITH_ERR_FORMAT with what is wrong; KITH_ERR_LIMIT above max_bytes or too deep;
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status json_parse(view text, size_t max_bytes, arena *a, const json_value **out,
                                    kith_error *err);

/* The member's value, or NULL when `object` is no object or lacks it. */
const json_value *json_get(const json_value *object, const char *key);
/* Typed look-ups: false when absent or of another kind. json_get_number takes integers too. */
bool json_get_string(const json_value *object, const char *key, view *out);
bool json_get_integer(const json_value *object, const char *key, int64_t *out);
bool json_get_number(const json_value *object, const char *key, double *out);
bool json_get_bool(const json_value *object, const char *key, bool *out);

/* Writer. `need_comma` is its own. Errors gather in the buffer (buffer_status). */
typedef struct json_writer {
    buffer *out;
    bool need_comma;
} json_writer;

void json_begin_object(json_writer *w);
void json_end_object(json_writer *w);
void json_begin_array(json_writer *w);
void json_end_array(json_writer *w);
void json_key(json_writer *w, const char *key);
void json_key_view(json_writer *w, view key);
void json_string(json_writer *w, view text);      /* invalid UTF-8 is written as U+FFFD */
void json_text(json_writer *w, const char *text); /* NULL writes null */
void json_integer(json_writer *w, int64_t value);
void json_double(json_writer *w, double value); /* NaN and infinity are written as null */
void json_float(json_writer *w, float value);   /* shortest float32 */
void json_bool(json_writer *w, bool value);
void json_null(json_writer *w);
void json_tree(json_writer *w, const json_value *value);
/* Writes bytes that are JSON already. */
void json_raw(json_writer *w, view json);
/* A key and its value. */
void json_member_text(json_writer *w, const char *key, const char *text);
void json_member_unsigned(json_writer *w, const char *key, uint64_t value); /* up to INT64_MAX */
void json_member_double(json_writer *w, const char *key, double value);
void json_member_float(json_writer *w, const char *key, float value);
void json_member_bool(json_writer *w, const char *key, bool value);

#endif
