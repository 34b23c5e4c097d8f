/* shape.h - what a JSON value may be, said once: bodies are checked by it, and the OpenAPI
 * description is written from it. So what the description says of a request is what the server
 * does.
 *
 * A shape is static data. One of kind SHAPE_RECORD lists its members; a list has the shape of its
 * elements. Shapes do not refer to themselves, so that checking ends at the depth of the tables. */
#ifndef KITH_SERVE_SHAPE_H
#define KITH_SERVE_SHAPE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum shape_kind {
    SHAPE_ANY = 0,
    SHAPE_TEXT, /* valid UTF-8 without NUL */
    SHAPE_INTEGER,
    SHAPE_NUMBER,
    SHAPE_BOOL,
    SHAPE_OBJECT,       /* with any members: metadata, a filter */
    SHAPE_RECORD,       /* an object with the members of `members` */
    SHAPE_LIST,         /* of `element` */
    SHAPE_TEXT_OR_LIST, /* one text, or a list of `element` */
    SHAPE_AS            /* what `element` is: for a shape that several tables share */
} shape_kind;

typedef struct shape_member shape_member;
typedef struct shape shape;

struct shape {
    shape_kind kind;
    bool nullable;
    bool is_open; /* RECORD: unknown members are allowed, and not looked at */
    /* When max > 0. INTEGER, NUMBER: the range; TEXT: code points; LIST: elements; TEXT_OR_LIST:
     * elements of the list, and with min > 0 the text is not empty. */
    int64_t min, max;
    /* TEXT: a regular expression, for the description only: whoever takes the text checks it. */
    const char *pattern;
    const char *const *choices;  /* TEXT: one of these; NULL ends; NULL: any */
    const shape *element;        /* LIST, TEXT_OR_LIST, AS */
    const shape_member *members; /* RECORD: a member without a name ends them */
    const char *name; /* under which the description has it, once; NULL: where it is used */
};

struct shape_member {
    const char *name;
    bool required; /* in a request other members may also be null, as if they were absent */
    shape is;
    const char *about; /* for the description; NULL: the name says it */
};

/* Does the value fit?
 * v       NULL: absent, which nothing fits
 * name    of the value; "" for a body, whose members are then named by themselves
 * member  the path of what does not fit: "documents[3].id"; `name` for the whole; in `a`; untouched
 *         when all fits
 * Errors: KITH_ERR_INVALID names the path, what is expected and what is there;
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status shape_check(const shape *s, const json_value *v, const char *name,
                                     arena *a, const char **member, kith_error *err);

/* Writes it as a JSON Schema (2020-12); named shapes as references to #/components/schemas.
 * of_request  members that are not required may be null */
void shape_describe(json_writer *w, const shape *s, bool of_request);
/* The same of a named shape, in place of the reference. */
void shape_define(json_writer *w, const shape *s, bool of_request);

/* Of a body that fits its shape: the member, or what stands for an absent one. */
int64_t shape_integer(const json_value *object, const char *name, int64_t otherwise);
double shape_number(const json_value *object, const char *name, double otherwise);
bool shape_bool(const json_value *object, const char *name, bool otherwise);
/* NUL-terminated. */
const char *shape_text(const json_value *object, const char *name, const char *otherwise);
/* *out is the member as JSON text in `a`; NULL when it is absent or null. Errors: NO_MEMORY. */
KITH_CHECKED kith_status shape_json(const json_value *object, const char *name, arena *a,
                                    const char **out, kith_error *err);

#endif
