/* pickle.h - the part of Python's pickle format that an index of Chroma uses, and no more.
 *
 * A pickle is a program for a stack machine that may call anything; here it builds dictionaries,
 * tuples, texts and integers, and the one object that old Chroma files hold, a PersistentData, as
 * the dictionary of its members. Every other class, and every opcode beside these, is refused. The
 * machine runs no code, calls nothing and does not recurse, so that its depth is that of its stack,
 * which is bounded, as are the values that it makes. */
#ifndef KITH_TRANSFER_PICKLE_H
#define KITH_TRANSFER_PICKLE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef enum pickle_kind {
    PICKLE_NONE,
    PICKLE_INTEGER, /* and a bool */
    PICKLE_TEXT,
    PICKLE_DICT,  /* and an object, by its members */
    PICKLE_TUPLE, /* and a list that is empty; its elements are not kept */
    PICKLE_CLASS,
    PICKLE_OTHER, /* a number that is no int64 */
    PICKLE_MARK   /* of the machine's stack; never a result */
} pickle_kind;

typedef struct pickle_value pickle_value;
typedef struct pickle_member {
    const pickle_value *key, *value;
} pickle_member;

struct pickle_value {
    pickle_kind kind;
    union {
        int64_t integer;
        view text; /* of the pickle's bytes, which must outlive the value; UTF-8 is not checked */
        struct {
            pickle_member *members; /* [count] in the order of the file; a key may come twice */
            uint32_t count, capacity;
        } dict;
    };
};

enum { PICKLE_MAX_VALUES = 1 << 26, PICKLE_MAX_STACK = 1 << 26 };

/* Runs the pickle. *out lives in `a`. Errors: KITH_ERR_FORMAT (damaged), KITH_ERR_UNSUPPORTED (an
 * opcode or a class that is not known; named), KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status pickle_parse(view bytes, arena *a, const pickle_value **out,
                                      kith_error *err);
/* The last value of this key in a dictionary; NULL when there is none, or it is no dictionary. */
const pickle_value *pickle_get(const pickle_value *dict, const char *key);

#endif
