/* metadata.c - entries in order of insertion; look-ups are linear, for there are few. */
#include "base/metadata.h"

#include "base/reserve.h"

#include <math.h>

/* The kinds that may stand in one list have one number; METADATA_LIST stands in none. */
static int element_type(metadata_kind kind)
{
    return kind == METADATA_DOUBLE ? METADATA_INTEGER : (int)kind;
}

static kith_status check_list(view key, const metadata_value *value, kith_error *err)
{
    const metadata_value *elements = value->list.elements;
    if (value->list.count > METADATA_MAX_ELEMENTS)
        return fail(err, KITH_ERR_LIMIT, "metadata list '%.*s' has %u values, the limit is %d",
                    VIEW_ARG(key), value->list.count, METADATA_MAX_ELEMENTS);
    if (value->list.count == 0 || elements[0].kind >= METADATA_LIST)
        return fail(err, KITH_ERR_INVALID, "metadata list '%.*s' %s", VIEW_ARG(key),
                    value->list.count ? "holds what is no scalar" : "is empty");
    for (uint32_t i = 0; i < value->list.count; i++) {
        if (element_type(elements[i].kind) != element_type(elements[0].kind))
            return fail(err, KITH_ERR_INVALID,
                        "metadata list '%.*s' holds values of different types", VIEW_ARG(key));
        // It would be written as null, which a list cannot have.
        if (elements[i].kind == METADATA_DOUBLE && !isfinite(elements[i].number))
            return fail(err, KITH_ERR_INVALID, "metadata list '%.*s' holds NaN or infinity",
                        VIEW_ARG(key));
    }
    return KITH_OK;
}

kith_status metadata_set(metadata *m, view key, metadata_value value, kith_error *err)
{
    if (key.size == 0 || key.size > METADATA_MAX_KEY_BYTES)
        return fail(err, KITH_ERR_INVALID, "metadata key has %zu bytes, allowed are 1 to %d",
                    key.size, METADATA_MAX_KEY_BYTES);
    kith_status status = value.kind == METADATA_LIST ? check_list(key, &value, err) : KITH_OK;
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < m->count; i++) {
        if (!view_equal(m->entries[i].key, key)) continue;
        m->entries[i].value = value;
        return KITH_OK;
    }
    if (m->count == METADATA_MAX_ENTRIES)
        return fail(err, KITH_ERR_LIMIT, "metadata has more than %d entries", METADATA_MAX_ENTRIES);
    metadata_entry *grown =
        arena_reserve(m->memory, m->entries, &m->capacity, m->count + 1, sizeof *grown);
    if (!grown) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for metadata");
    m->entries = grown;
    m->entries[m->count++] = (metadata_entry){key, value};
    return KITH_OK;
}

kith_status metadata_set_string(metadata *m, const char *key, view value, kith_error *err)
{
    return metadata_set(m, view_of(key), (metadata_value){METADATA_STRING, .string = value}, err);
}

kith_status metadata_set_integer(metadata *m, const char *key, int64_t value, kith_error *err)
{
    return metadata_set(m, view_of(key), (metadata_value){METADATA_INTEGER, .integer = value}, err);
}

const metadata_value *metadata_get(const metadata *m, view key)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (view_equal(m->entries[i].key, key)) return &m->entries[i].value;
    return NULL;
}
