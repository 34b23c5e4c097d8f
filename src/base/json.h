/* json.h - reading and writing JSON.
 *
 * Reading: simdjson, behind the bridge file json.cc, parses; its tree is copied into an arena
 * as plain structs. Strict RFC 8259: UTF-8 is checked, nothing may follow the text, and two members
 * of one object with the same key are an error. At most JSON_MAX_DEPTH levels, and as many bytes as
 * the caller allows.
 *
 * Writing: into a buffer. The writer sets commas and escapes; that brackets match, and that a key
 * stands before each value of an object, is left to the caller. Numbers are written in the shortest
 * form that reads back as the same number. Errors gather in the buffer: ask buffer_status() at the
 * end. */
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
    uint32_t count; /* of elements or members; of a JSON_DOUBLE: json_parse_written() */
    union {
        bool boolean;
        int64_t integer; /* numbers without fraction or exponent that fit; others are JSON_DOUBLE */
        double number;
        view string; /* NUL-terminated too; may hold NUL bytes */
        const json_value *const *elements;
        const json_member *members; /* in the order of the text */
    };
};

/* Parses one JSON text. The tree and its strings are copies in `a`; *out is untouched on failure,
 * but `a` may hold parts of the tree. Any thread.
 * Errors: KITH_ERR_FORMAT, the message says what is wrong, and where; KITH_ERR_LIMIT above max_bytes or
 * JSON_MAX_DEPTH; KITH_ERR_NO_MEMORY, also when `a` reaches its maximum. */
KITH_CHECKED kith_status json_parse(view text, size_t max_bytes, arena *a, const json_value **out,
                                    kith_error *err);

/* The same for what people read: of a JSON_DOUBLE that is written without an exponent, in 15 digits or
 * less, the last one a zero behind the point, `count` is how many stand behind the point, so that 19.90
 * can be shown as it is written; of others it is 0. */
KITH_CHECKED kith_status json_parse_written(view text, size_t max_bytes, arena *a,
                                            const json_value **out, kith_error *err);

/* The member's value; NULL when `object` is NULL, is no object or lacks it. Linear in members. */
const json_value *json_get(const json_value *object, const char *key);
/* Typed look-ups: false, with *out untouched, when the member is absent or of another kind.
 * json_get_number takes integers too. */
bool json_get_string(const json_value *object, const char *key, view *out);
bool json_get_integer(const json_value *object, const char *key, int64_t *out);
bool json_get_number(const json_value *object, const char *key, double *out);
bool json_get_bool(const json_value *object, const char *key, bool *out);

/* Start from {.out = ...}; need_comma belongs to the writer. One thread at a time. */
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
/* The same with a fraction or an exponent, 1 as 1.0, so that it is read as a JSON_DOUBLE again. */
void json_real(json_writer *w, double value);
void json_float(json_writer *w, float value); /* shortest float32 */
/* An array of floats, each in its shortest form with a fraction or an exponent: 1 as 1.0. */
void json_floats(json_writer *w, const float *values, size_t count);
void json_bool(json_writer *w, bool value);
void json_null(json_writer *w);
void json_tree(json_writer *w, const json_value *value); /* a JSON_DOUBLE by json_real */
/* Bytes that are a JSON value already; they are not looked at. */
void json_raw(json_writer *w, view json);
/* A key and its value. */
void json_member_text(json_writer *w, const char *key, const char *text);
void json_member_unsigned(json_writer *w, const char *key, uint64_t value); /* up to INT64_MAX */
void json_member_double(json_writer *w, const char *key, double value);
void json_member_float(json_writer *w, const char *key, float value);
void json_member_bool(json_writer *w, const char *key, bool value);

#endif
