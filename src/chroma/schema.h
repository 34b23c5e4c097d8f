/* schema.h - what Chroma calls a collection's schema: which kinds of metadata values, and which
 * keys, have an index, and the settings of the vector index.
 *
 * kith indexes every field. What a schema does here is what it does in Chroma: it is told to
 * clients, it grows as keys are seen, and a filter on a key whose index is disabled is refused.
 *
 * A schema has a default for each kind of value, and a list of keys that have settings of their own
 * for some kinds. Two keys are always there: "#document" and "#embedding". A parsed schema borrows
 * from the JSON that it came from, and from the arena that its keys lie in. */
#ifndef KITH_CHROMA_SCHEMA_H
#define KITH_CHROMA_SCHEMA_H

#include "chroma/index_settings.h"

/* The kinds of values, and the indexes that each may have. */
typedef enum value_kind {
    VALUE_STRING,
    VALUE_FLOAT_LIST,
    VALUE_SPARSE_VECTOR,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_BOOL,
    VALUE_KINDS
} value_kind;

typedef enum index_kind {
    INDEX_FULL_TEXT, /* of strings */
    INDEX_STRING,
    INDEX_VECTOR,
    INDEX_SPARSE,
    INDEX_INT,
    INDEX_FLOAT,
    INDEX_BOOL,
    INDEX_KINDS
} index_kind;

typedef enum index_state { INDEX_ABSENT = 0, INDEX_DISABLED, INDEX_ENABLED } index_state;

typedef struct schema_key {
    view name;                             /* "" of the defaults */
    bool has[VALUE_KINDS];                 /* it says something about values of the kind */
    index_state state[INDEX_KINDS];        /* ABSENT: the kind is there without this index */
    const json_value *config[INDEX_KINDS]; /* as it was given; NULL: {} */
} schema_key;

typedef struct vector_settings {
    index_settings index;
    const json_value *function; /* the embedding function as it was given; NULL: none */
} vector_settings;

typedef struct schema {
    schema_key defaults;
    vector_settings default_vector; /* told only */
    schema_key document;            /* "#document" */
    vector_settings vector;         /* "#embedding": the collection's own */
    schema_key *keys;               /* [count] all others */
    uint32_t count, capacity;
} schema;

/* The schema of a collection that was made without one. */
void schema_init(schema *s, const vector_settings *vector);
/* Reads a schema that a client gives, or that this server has stored.
 * s  initialised: what the JSON does not mention stays as it is
 * False: refused. */
bool schema_parse(serve_call *call, const json_value *json, schema *s);
void schema_write(json_writer *w, const schema *s);

/* Keeps an embedding function? Its type has to be one of Chroma's three; `where` is for the message.
 * False: refused. */
bool embedding_function_is_allowed(serve_call *call, const json_value *function, const char *where);

/* May points be tested by values of this kind under this key ("#document" too)? */
bool schema_is_indexed(const schema *s, view key, index_kind kind);

/* Has a key an index of sparse vectors? Chroma's local server allows none. */
bool schema_has_sparse_index(const schema *s);
/* Does the key's index of sparse vectors weigh the values of a query by their idf? */
bool schema_weighs_by_idf(const schema *s, view key);

/* The kind of a metadata value; of a list that of its elements, which one fraction makes floats. An
 * empty list counts as booleans, as in Chroma. VALUE_KINDS: null, or an object that is no sparse
 * vector. */
value_kind schema_kind_of(const json_value *value);
/* Notes that the key has been seen with a value of the kind. *grew is set to true when that is
 * new. False: out of memory. */
bool schema_note(schema *s, arena *a, view key, value_kind kind, bool *grew);

#endif
