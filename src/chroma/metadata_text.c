/* metadata_text.c - checking, storing and telling metadata. */
#include "chroma/metadata_text.h"

#include "base/sparse_vector.h"
#include "chroma/body.h"
#include "chroma/reply.h"

static const view hidden = {"chroma:", 7};
static const view uri_key = {"chroma:uri", 10};

/* A sparse vector is a value of records only, and Chroma's local server has none. */
static bool is_sparse_allowed(serve_call *call, const json_member *m, metadata_use use,
                              const char *where)
{
    sparse_vector vector;
    kith_error err = {0};
    if (use == METADATA_OF_COLLECTION)
        return refuse(call, 400, "%s.%.100s: a sparse vector is a value of records only", where,
                      m->key.data);
    if (call->strict_chroma)
        return refuse(call, 501,
                      "Unimplemented: Sparse vector is not supported for local chroma: %.200s",
                      m->key.data);
    const arena_mark mark = arena_set_mark(&call->arena);
    kith_status status = sparse_vector_from_json(m->value, &call->arena, &vector, &err);
    arena_rewind(&call->arena, mark);
    return status == KITH_OK || refuse(call, status == KITH_ERR_NO_MEMORY ? 500 : 400,
                                       "%s.%.100s: %s", where, m->key.data, err.message);
}

/* A scalar, or a list of scalars of one kind, numbers being one. */
static bool is_value(const json_value *value)
{
    if (value->kind == JSON_NULL || value->kind == JSON_OBJECT) return false;
    if (value->kind != JSON_ARRAY) return true;
    for (uint32_t i = 0; i < value->count; i++) {
        const json_value *first = value->elements[0], *element = value->elements[i];
        if (element->kind == JSON_ARRAY || !is_value(element)) return false;
        if (element->kind != first->kind && !(body_is_number(element) && body_is_number(first)))
            return false;
    }
    return true;
}

static bool is_key(view key)
{
    return key.size > 0 && key.data[0] != '#' && key.data[0] != '$';
}

bool metadata_is_allowed(serve_call *call, const json_value *metadata, metadata_use use,
                         const char *where, uint32_t index)
{
    for (uint32_t i = 0; i < metadata->count; i++) {
        const json_member *m = &metadata->members[i];
        if (sparse_vector_is_meant(m->value)) {
            if (!is_sparse_allowed(call, m, use, where)) return false;
            continue;
        }
        const bool may_be_null = use == METADATA_MERGED && m->value->kind == JSON_NULL;
        if (!may_be_null && !is_value(m->value))
            return refuse_shape(call,
                                "%s.%.100s: data did not match any variant of untagged enum "
                                "MetadataValue",
                                where, m->key.data);
    }
    for (uint32_t i = 0; i < metadata->count; i++) {
        const view key = metadata->members[i].key;
        if (is_key(key)) continue;
        if (use == METADATA_OF_COLLECTION)
            return refuse(call, 400,
                          "Validation error: %s: Metadata key cannot start with '#' or '$': %.200s",
                          where, key.data);
        return refuse(call, 400, "Validation error: metadatas: Invalid metadata at index %u",
                      index);
    }
    return true;
}

void metadata_write_record(json_writer *w, const json_value *metadata, const char *uri)
{
    json_begin_object(w);
    for (uint32_t i = 0; metadata && i < metadata->count; i++) {
        if (uri && view_equal(metadata->members[i].key, uri_key)) continue;
        json_key_view(w, metadata->members[i].key);
        json_tree(w, metadata->members[i].value);
    }
    if (uri) {
        json_key_view(w, uri_key);
        json_text(w, uri);
    }
    json_end_object(w);
}

const json_value *metadata_parse_text(const char *text, arena *a)
{
    const json_value *tree = NULL;
    // What kith gives out is JSON; should memory be short, the answer's buffer tells it.
    if (json_parse(view_of(text), SIZE_MAX, a, &tree, NULL) != KITH_OK) return NULL;
    return tree;
}

void metadata_write_answer(json_writer *w, const char *text, arena *a)
{
    const view all = view_of(text);
    if (view_equal(all, VIEW("{}"))) {
        json_null(w);
        return;
    }
    if (view_find(all, VIEW("\"chroma:")) == all.size) {
        json_raw(w, all);
        return;
    }
    const arena_mark mark = arena_set_mark(a);
    const json_value *tree = metadata_parse_text(text, a);
    json_begin_object(w);
    for (uint32_t i = 0; tree && i < tree->count; i++) {
        if (view_starts_with(tree->members[i].key, hidden)) continue;
        json_key_view(w, tree->members[i].key);
        json_tree(w, tree->members[i].value);
    }
    json_end_object(w);
    arena_rewind(a, mark);
}

void metadata_write_uri(json_writer *w, const char *text, arena *a)
{
    const view all = view_of(text);
    view uri = {0};
    if (view_find(all, VIEW("\"chroma:uri\"")) == all.size) {
        json_null(w);
        return;
    }
    const arena_mark mark = arena_set_mark(a);
    if (json_get_string(metadata_parse_text(text, a), "chroma:uri", &uri))
        json_string(w, uri);
    else
        json_null(w);
    arena_rewind(a, mark);
}
