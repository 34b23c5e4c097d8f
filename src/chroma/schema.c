/* schema.c - a schema: its defaults, how it grows, and its JSON. Reading it is schema_parse.c. */
#include "chroma/schema_parse.h"

#include "base/sparse_vector.h"

/* The value kind that an index is for, and their names in JSON. */
static const struct {
    value_kind of;
    const char *name;
} indexes[INDEX_KINDS] = {
    [INDEX_FULL_TEXT] = {VALUE_STRING, "fts_index"},
    [INDEX_STRING] = {VALUE_STRING, "string_inverted_index"},
    [INDEX_VECTOR] = {VALUE_FLOAT_LIST, "vector_index"},
    [INDEX_SPARSE] = {VALUE_SPARSE_VECTOR, "sparse_vector_index"},
    [INDEX_INT] = {VALUE_INT, "int_inverted_index"},
    [INDEX_FLOAT] = {VALUE_FLOAT, "float_inverted_index"},
    [INDEX_BOOL] = {VALUE_BOOL, "bool_inverted_index"},
};

static const char *const kind_names[VALUE_KINDS] = {
    [VALUE_STRING] = "string",
    [VALUE_FLOAT_LIST] = "float_list",
    [VALUE_SPARSE_VECTOR] = "sparse_vector",
    [VALUE_INT] = "int",
    [VALUE_FLOAT] = "float",
    [VALUE_BOOL] = "bool",
};

const char *schema_kind_name(value_kind kind)
{
    return kind_names[kind];
}

const char *schema_index_name(index_kind index)
{
    return indexes[index].name;
}

value_kind schema_kind_of_index(index_kind index)
{
    return indexes[index].of;
}

void schema_init(schema *s, const vector_settings *vector)
{
    *s = (schema){.default_vector = *vector, .vector = *vector};
    for (int kind = 0; kind < VALUE_KINDS; kind++)
        s->defaults.has[kind] = true;
    for (int index = 0; index < INDEX_KINDS; index++)
        s->defaults.state[index] = INDEX_ENABLED;
    s->defaults.state[INDEX_FULL_TEXT] = INDEX_DISABLED;
    s->defaults.state[INDEX_VECTOR] = INDEX_DISABLED;
    s->defaults.state[INDEX_SPARSE] = INDEX_DISABLED;
    s->document.name = VIEW("#document");
    s->document.has[VALUE_STRING] = true;
    s->document.state[INDEX_FULL_TEXT] = INDEX_ENABLED;
    s->document.state[INDEX_STRING] = INDEX_DISABLED;
}

static schema_key *find(const schema *s, view key)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (view_equal(s->keys[i].name, key)) return &s->keys[i];
    return NULL;
}

bool schema_is_indexed(const schema *s, view key, index_kind kind)
{
    const value_kind of = indexes[kind].of;
    const schema_key *own = view_equal(key, s->document.name) ? &s->document : find(s, key);
    const bool says = own && own->has[of] && own->state[kind] != INDEX_ABSENT;
    return (says ? own : &s->defaults)->state[kind] == INDEX_ENABLED;
}

static value_kind kind_of_list(const json_value *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->elements[i]->kind == JSON_DOUBLE) return VALUE_FLOAT;
    return list->count > 0 ? schema_kind_of(list->elements[0]) : VALUE_BOOL;
}

value_kind schema_kind_of(const json_value *value)
{
    switch (value->kind) {
    case JSON_STRING:
        return VALUE_STRING;
    case JSON_INTEGER:
        return VALUE_INT;
    case JSON_DOUBLE:
        return VALUE_FLOAT;
    case JSON_BOOL:
        return VALUE_BOOL;
    case JSON_ARRAY:
        return kind_of_list(value);
    case JSON_OBJECT:
        return sparse_vector_is_meant(value) ? VALUE_SPARSE_VECTOR : VALUE_KINDS;
    case JSON_NULL:
        break;
    }
    return VALUE_KINDS;
}

/* A new key at the end; NULL: out of memory. */
schema_key *schema_append(schema *s, arena *a, view name)
{
    if (s->count == s->capacity) {
        const uint32_t capacity = s->capacity ? 2 * s->capacity : 16;
        schema_key *grown = arena_new_array(a, schema_key, capacity);
        if (!grown) return NULL;
        if (s->count) memcpy(grown, s->keys, s->count * sizeof *grown);
        s->keys = grown;
        s->capacity = capacity;
    }
    s->keys[s->count] = (schema_key){.name = name};
    return &s->keys[s->count++];
}

bool schema_note(schema *s, arena *a, view key, value_kind kind, bool *grew)
{
    if (kind == VALUE_KINDS) return true;
    schema_key *own = find(s, key);
    if (own && own->has[kind]) return true;
    if (!own) own = schema_append(s, a, key);
    if (!own) return false;
    own->has[kind] = true;
    for (int index = 0; index < INDEX_KINDS; index++)
        if (indexes[index].of == kind) own->state[index] = s->defaults.state[index];
    *grew = true;
    return true;
}

bool schema_has_sparse_index(const schema *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->keys[i].state[INDEX_SPARSE] == INDEX_ENABLED) return true;
    return false;
}

bool schema_weighs_by_idf(const schema *s, view key)
{
    bool bm25 = false;
    const schema_key *own = find(s, key);
    return own && json_get_bool(own->config[INDEX_SPARSE], "bm25", &bm25) && bm25;
}

static void write_vector(json_writer *w, const vector_settings *vector, bool has_source)
{
    json_begin_object(w);
    json_member_text(w, "space", space_name(vector->index.space));
    if (vector->function) {
        json_key(w, "embedding_function");
        json_tree(w, vector->function);
    }
    if (has_source) json_member_text(w, "source_key", "#document");
    json_key(w, "hnsw");
    index_settings_write_schema(w, &vector->index);
    json_end_object(w);
}

/* The settings of an index: `vector` stands for them where it is given. */
static void write_config(json_writer *w, const schema_key *key, index_kind index,
                         const vector_settings *vector)
{
    json_key(w, "config");
    if (index == INDEX_VECTOR && vector) {
        write_vector(w, vector, key->state[INDEX_VECTOR] == INDEX_ENABLED);
        return;
    }
    if (key->config[index]) {
        json_tree(w, key->config[index]);
        return;
    }
    json_begin_object(w);
    if (index == INDEX_SPARSE) {
        json_key(w, "embedding_function");
        json_begin_object(w);
        json_member_text(w, "type", "unknown");
        json_end_object(w);
        json_member_bool(w, "bm25", false);
    }
    json_end_object(w);
}

static void write_kinds(json_writer *w, const schema_key *key, const vector_settings *vector)
{
    json_begin_object(w);
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        if (!key->has[kind]) continue;
        json_key(w, kind_names[kind]);
        json_begin_object(w);
        for (int index = 0; index < INDEX_KINDS; index++) {
            if ((int)indexes[index].of != kind || key->state[index] == INDEX_ABSENT) continue;
            json_key(w, indexes[index].name);
            json_begin_object(w);
            json_member_bool(w, "enabled", key->state[index] == INDEX_ENABLED);
            write_config(w, key, (index_kind)index, vector);
            json_end_object(w);
        }
        json_end_object(w);
    }
    json_end_object(w);
}

void schema_write(json_writer *w, const schema *s)
{
    schema_key embedding = {.name = VIEW("#embedding")};
    embedding.has[VALUE_FLOAT_LIST] = true;
    embedding.state[INDEX_VECTOR] = INDEX_ENABLED;
    json_begin_object(w);
    json_key(w, "defaults");
    write_kinds(w, &s->defaults, &s->default_vector);
    json_key(w, "keys");
    json_begin_object(w);
    json_key_view(w, s->document.name);
    write_kinds(w, &s->document, NULL);
    json_key_view(w, embedding.name);
    write_kinds(w, &embedding, &s->vector);
    for (uint32_t i = 0; i < s->count; i++) {
        json_key_view(w, s->keys[i].name);
        write_kinds(w, &s->keys[i], NULL);
    }
    json_end_object(w);
    json_end_object(w);
}
