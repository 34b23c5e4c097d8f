/* body.h - members of a request's body, each of the type that it must have.
 * A member that is null is absent, as Chroma's clients write it. Each function refuses (422, in the
 * words of Chroma) what has another type, and then returns false. */
#ifndef KITH_CHROMA_BODY_H
#define KITH_CHROMA_BODY_H

#include "serve/call.h"

/* NULL: absent or null. */
const json_value *body_get(const json_value *object, const char *key);
/* The body is an object. */
bool body_is_object(serve_call *call);
/* The member is an object; *out is NULL when it is absent. */
bool body_object(serve_call *call, const json_value *object, const char *key,
                 const json_value **out);
/* The member is an array; *out is NULL when it is absent. */
bool body_array(serve_call *call, const json_value *object, const char *key,
                const json_value **out);
/* Text without NUL bytes, so that it is a C string; *out is untouched when it is absent. */
bool body_text(serve_call *call, const json_value *object, const char *key, const char **out);
bool body_required_text(serve_call *call, const json_value *object, const char *key,
                        const char **out);
/* 0 .. 2^32 - 1; *out is untouched when it is absent. */
bool body_unsigned(serve_call *call, const json_value *object, const char *key, uint32_t *out);
/* *out is untouched when it is absent. */
bool body_bool(serve_call *call, const json_value *object, const char *key, bool *out);
/* The elements of an array of texts as C strings in the call's arena; *out is NULL when it is
 * absent.
 * may_be_null  an element may be null, which gives NULL */
bool body_texts(serve_call *call, const json_value *object, const char *key, bool may_be_null,
                const char *const **out, uint32_t *count);

/* "a string", "an array": for messages. */
const char *body_kind_name(const json_value *value);
bool body_is_number(const json_value *value);
/* Of a number. */
double body_number(const json_value *value);

#endif
