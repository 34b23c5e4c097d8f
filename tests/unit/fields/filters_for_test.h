/* filters_for_test.h - random metadata and filters, and an evaluator that shares nothing with the
 * engine: it walks the JSON, and compares numbers in long double, which holds every int64 and every
 * double exactly. */
#ifndef KITH_FILTERS_FOR_TEST_H
#define KITH_FILTERS_FOR_TEST_H

#include "base/json.h"
#include "base/metadata.h"
#include "base/rng.h"

_Static_assert(__LDBL_MANT_DIG__ >= 64, "the oracle needs a long double that holds every int64");

static const char *const FIELDS[] = {"a", "b", "year", "long field name", "\xC3\xA9"};
/* Filters also ask for a field that no record has. */
static const char *const ASKED_FIELDS[] = {"a",        "b",     "year", "long field name",
                                           "\xC3\xA9", "absent"};
static const char *const TEXTS[] = {
    "", "x", "y", "1", "true", "a longer text", "\xC3\xA9t\xC3\xA9"};
/* Numbers around every edge: zero, 2^53, the ends of int64, fractions. */
static const char *const NUMBERS[] = {"0",
                                      "-0.0",
                                      "1",
                                      "1.0",
                                      "1.5",
                                      "-1",
                                      "2",
                                      "9007199254740992",
                                      "9007199254740993",
                                      "9007199254740992.0",
                                      "9007199254740994.0",
                                      "9223372036854775807",
                                      "9223372036854775806",
                                      "9223372036854775808.0",
                                      "9223372036854774784.0",
                                      "-9223372036854775808",
                                      "-9223372036854775808.0",
                                      "-9223372036854777856.0",
                                      "1e300",
                                      "-1e300",
                                      "5e-324",
                                      "0.1",
                                      "1e19",
                                      "-1e19",
                                      "2019",
                                      "2020.5"};

#define PICK(random, list)                                                                         \
    ((list)[rng_below((random), (uint32_t)(sizeof(list) / sizeof((list)[0])))])

static inline void append_random_value(buffer *out, rng *random)
{
    uint32_t kind = rng_below(random, 8);
    if (kind == 0)
        buffer_append_text(out, rng_below(random, 2) ? "true" : "false");
    else if (kind < 4)
        buffer_printf(out, "\"%s\"", PICK(random, TEXTS));
    else
        buffer_append_text(out, PICK(random, NUMBERS));
}

/* A list of one type, of few values, so that it often contains what is asked for. */
static inline void append_random_list(buffer *out, rng *random)
{
    uint32_t type = rng_below(random, 3), count = 1 + rng_below(random, 5);
    buffer_append_byte(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(out, ',');
        if (type == 0)
            buffer_append_text(out, rng_below(random, 4) ? "true" : "false");
        else if (type == 1)
            buffer_printf(out, "\"%s\"", PICK(random, TEXTS));
        else
            buffer_append_text(out, PICK(random, NUMBERS));
    }
    buffer_append_byte(out, ']');
}

static inline void append_random_metadata(buffer *out, rng *random)
{
    bool first = true;
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        if (rng_below(random, 3) == 0) continue;
        buffer_printf(out, "%s\"%s\":", first ? "" : ",", FIELDS[i]);
        if (rng_below(random, 4) == 0)
            append_random_list(out, random);
        else
            append_random_value(out, random);
        first = false;
    }
    buffer_append_byte(out, '}');
}

static inline void append_random_condition(buffer *out, rng *random)
{
    static const char *const ordered[] = {"$gt", "$gte", "$lt", "$lte"};
    uint32_t kind = rng_below(random, 14);
    if (kind < 2) {
        append_random_value(out, random);
    } else if (kind < 4) {
        buffer_printf(out, "{\"%s\":", rng_below(random, 2) ? "$eq" : "$ne");
        append_random_value(out, random);
        buffer_append_byte(out, '}');
    } else if (kind == 13) {
        buffer_printf(out, "{\"$prefix\":\"%s\"}", PICK(random, TEXTS));
    } else if (kind >= 10) {
        buffer_printf(out, "{\"%s\":", rng_below(random, 3) ? "$contains" : "$not_contains");
        append_random_value(out, random);
        buffer_append_byte(out, '}');
    } else if (kind < 7) {
        buffer_printf(out, "{\"%s\":%s", PICK(random, ordered), PICK(random, NUMBERS));
        if (rng_below(random, 3) == 0) buffer_printf(out, ",\"$ne\":%s", PICK(random, NUMBERS));
        buffer_append_byte(out, '}');
    } else {
        uint32_t count = 1 + rng_below(random, rng_below(random, 4) == 0 ? 40 : 4);
        buffer_printf(out, "{\"%s\":[", rng_below(random, 2) ? "$in" : "$nin");
        for (uint32_t i = 0; i < count; i++) {
            if (i) buffer_append_byte(out, ',');
            append_random_value(out, random);
        }
        buffer_append_text(out, "]}");
    }
}

static inline void append_random_filter(buffer *out, rng *random, uint32_t depth)
{
    if (depth > 0 && rng_below(random, 3) == 0) {
        uint32_t count = rng_below(random, 4);
        buffer_printf(out, "{\"%s\":[", rng_below(random, 2) ? "$and" : "$or");
        for (uint32_t i = 0; i < count; i++) {
            if (i) buffer_append_byte(out, ',');
            append_random_filter(out, random, depth - 1);
        }
        buffer_append_text(out, "]}");
        return;
    }
    uint32_t first = rng_below(random, 6), count = rng_below(random, 4) == 0 ? 2 : 1;
    buffer_append_byte(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        buffer_printf(out, "%s\"%s\":", i ? "," : "", ASKED_FIELDS[(first + i) % 6]);
        append_random_condition(out, random);
    }
    buffer_append_byte(out, '}');
}

static inline bool is_numeric(const json_value *v)
{
    return v->kind == JSON_INTEGER || v->kind == JSON_DOUBLE;
}

static inline long double numeric(const json_value *v)
{
    return v->kind == JSON_INTEGER ? (long double)v->integer : (long double)v->number;
}

static inline bool naive_equal(const json_value *a, const json_value *b)
{
    if (is_numeric(a) && is_numeric(b)) return numeric(a) == numeric(b);
    if (a->kind != b->kind) return false;
    if (a->kind == JSON_BOOL) return a->boolean == b->boolean;
    return view_equal(a->string, b->string);
}

/* Is the value equal to the operand, or a list with one that is? value may be NULL. */
static inline bool naive_has(const json_value *value, const json_value *operand)
{
    bool among = false;
    if (!value || value->kind != JSON_ARRAY) return value && naive_equal(value, operand);
    for (uint32_t i = 0; i < value->count; i++)
        among = among || naive_equal(value->elements[i], operand);
    return among;
}

static inline bool naive_begins(const json_value *value, const json_value *operand)
{
    bool some = false;
    if (!value || value->kind != JSON_ARRAY)
        return value && value->kind == JSON_STRING &&
               strncmp(value->string.data, operand->string.data, operand->string.size) == 0;
    for (uint32_t i = 0; i < value->count; i++)
        some = some || naive_begins(value->elements[i], operand);
    return some;
}

static inline bool naive_condition(const char *op, const json_value *operand,
                                   const json_value *value)
{
    bool among = false;
    if (strstr(op, "contains")) {
        for (uint32_t i = 0; value && value->kind == JSON_ARRAY && i < value->count; i++)
            among = among || naive_equal(value->elements[i], operand);
        return strcmp(op, "$contains") == 0 ? among : !among;
    }
    if (strcmp(op, "$eq") == 0) return naive_has(value, operand);
    if (strcmp(op, "$ne") == 0) return !naive_has(value, operand);
    if (operand->kind == JSON_ARRAY) {
        for (uint32_t i = 0; i < operand->count; i++)
            among = among || naive_has(value, operand->elements[i]);
        return strcmp(op, "$in") == 0 ? among : !among;
    }
    if (strcmp(op, "$prefix") == 0) return naive_begins(value, operand);
    if (!value || !is_numeric(value)) return false;
    long double x = numeric(value), y = numeric(operand);
    if (strcmp(op, "$gt") == 0) return x > y;
    if (strcmp(op, "$gte") == 0) return x >= y;
    if (strcmp(op, "$lt") == 0) return x < y;
    return x <= y;
}

static inline bool naive_matches(const json_value *wanted, const json_value *record)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        const char *key = wanted->members[i].key.data;
        const json_value *operand = wanted->members[i].value, *value = json_get(record, key);
        bool matches = true, some = false;
        if (key[0] == '$') {
            for (uint32_t j = 0; j < operand->count; j++) {
                bool child = naive_matches(operand->elements[j], record);
                matches = matches && child;
                some = some || child;
            }
            if (strcmp(key, "$or") == 0) matches = some;
        } else if (operand->kind == JSON_OBJECT) {
            for (uint32_t j = 0; j < operand->count; j++)
                matches = matches && naive_condition(operand->members[j].key.data,
                                                     operand->members[j].value, value);
        } else {
            matches = naive_condition("$eq", operand, value);
        }
        if (!matches) return false;
    }
    return true;
}

#endif
