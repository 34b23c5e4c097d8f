/* json.cc - the bridge to simdjson: parses, then copies the tree into the caller's arena.
 * The one C++ file of base. No exception leaves it. */
#include <charconv>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>
#include <unordered_set>

extern "C" {
#include "base/json.h"
#include "base/json_number.h"
#include "base/json_place.h"
}

namespace dom = simdjson::dom;

namespace
{

/* simdjson chooses its kernels when the first text is parsed, with strings on the heap and inside
 * functions that may not throw: when memory ran out there, the process would end. So they are chosen
 * when the library is loaded. Without memory it is not loaded at all, which the loader says likewise
 * of every library. */
const bool kernels_are_chosen = [] {
    const auto &all = simdjson::get_available_implementations();
    simdjson::get_active_implementation() = all.detect_best_supported();
    return true;
}();

/* Parsers keep their memory; small texts, by far the most, reuse one per thread. */
constexpr size_t reused_parser_bytes = 256 * 1024;
/* Objects with more members than this look for duplicate keys in a set rather than pairwise. */
constexpr uint32_t pairwise_keys = 16;

/* Finds the numbers of a text again, whose digits the parser does not keep: they come in the order of
 * the tree. */
struct number_walk {
    const char *at, *end;

    /* The decimals of the next number where the last one is a zero; else 0, and when it has an exponent,
     * or too many digits for a double. */
    uint32_t next_decimals()
    {
        constexpr uint32_t digits_max = 15;
        uint32_t digits = 0, decimals = 0;
        bool is_behind_point = false;
        while (at < end && *at != '-' && (*at < '0' || *at > '9')) {
            if (*at == '"') skip_string();
            at++;
        }
        for (; at < end; at++) {
            bool is_digit = *at >= '0' && *at <= '9';
            if (*at == 'e' || *at == 'E' || *at == '+') digits = digits_max + 1;
            if (!is_digit && !std::strchr("-+.eE", *at)) break;
            is_behind_point |= *at == '.';
            digits += is_digit;
            decimals += is_digit && is_behind_point;
        }
        return digits > digits_max || at[-1] != '0' ? 0 : decimals;
    }

    /* To the quote that ends the string. */
    void skip_string()
    {
        for (at++; at < end && *at != '"'; at++)
            if (*at == '\\') at++;
    }
};

struct copier {
    arena *memory;
    kith_error *err;
    number_walk *numbers; // nullptr: decimals are not wanted

    kith_status exhausted() const
    {
        return fail(err, KITH_ERR_NO_MEMORY, "JSON needs more than %zu bytes of memory",
                    memory->max_bytes);
    }

    kith_status text(std::string_view from, view *to) const
    {
        *to = arena_copy(memory, view{from.data(), from.size()});
        return to->data ? KITH_OK : exhausted();
    }

    kith_status array(dom::array from, json_value *to) const
    {
        to->kind = JSON_ARRAY;
        to->count = static_cast<uint32_t>(from.size());
        // size() saturates at 2^24 - 1 in simdjson's tape: count by walking then.
        if (to->count >= 0xFFFFFF) {
            to->count = 0;
            for (dom::element e : from) {
                (void)e;
                to->count++;
            }
        }
        auto **elements = static_cast<const json_value **>(
            arena_new_bytes_array(memory, to->count, sizeof(json_value *)));
        json_value *values = values_for(to->count);
        if (!elements || !values) return exhausted();
        to->elements = elements;
        uint32_t i = 0;
        for (dom::element e : from) {
            elements[i] = &values[i];
            kith_status status = element(e, &values[i++]);
            if (status != KITH_OK) return status;
        }
        return KITH_OK;
    }

    kith_status object(dom::object from, json_value *to) const
    {
        to->kind = JSON_OBJECT;
        to->count = 0;
        for (auto member : from) {
            (void)member;
            to->count++;
        }
        auto *members = static_cast<json_member *>(
            arena_new_bytes_array(memory, to->count, sizeof(json_member)));
        json_value *values = values_for(to->count);
        if (!members || !values) return exhausted();
        to->members = members;
        std::unordered_set<std::string_view> seen;
        uint32_t i = 0;
        for (auto member : from) {
            if (is_duplicate(member.key, members, i, to->count, seen))
                return fail(err, KITH_ERR_FORMAT, "JSON object has the key '%.64s' twice",
                            std::string(member.key).c_str());
            kith_status status = text(member.key, &members[i].key);
            if (status == KITH_OK) status = element(member.value, &values[i]);
            if (status != KITH_OK) return status;
            members[i].value = &values[i];
            i++;
        }
        return KITH_OK;
    }

    static bool is_duplicate(std::string_view key, const json_member *members, uint32_t before,
                             uint32_t count, std::unordered_set<std::string_view> &seen)
    {
        if (count > pairwise_keys) return !seen.insert(key).second;
        for (uint32_t i = 0; i < before; i++)
            if (std::string_view(members[i].key.data, members[i].key.size) == key) return true;
        return false;
    }

    /* The values of an array or object lie together: a vector of hundreds of numbers is one
     * allocation. */
    json_value *values_for(uint32_t count) const
    {
        return static_cast<json_value *>(arena_new_bytes_array(memory, count, sizeof(json_value)));
    }

    /* Recursion is bounded by JSON_MAX_DEPTH, which the parser has checked. */
    kith_status element(dom::element from, json_value *to) const
    {
        switch (from.type()) {
        case dom::element_type::NULL_VALUE:
            to->kind = JSON_NULL;
            return KITH_OK;
        case dom::element_type::BOOL:
            to->kind = JSON_BOOL;
            to->boolean = bool(from);
            return KITH_OK;
        case dom::element_type::INT64:
            if (numbers) (void)numbers->next_decimals();
            to->kind = JSON_INTEGER;
            to->integer = int64_t(from);
            return KITH_OK;
        case dom::element_type::UINT64:
        case dom::element_type::DOUBLE:
            to->kind = JSON_DOUBLE;
            to->count = numbers ? numbers->next_decimals() : 0;
            to->number = double(from);
            return KITH_OK;
        case dom::element_type::STRING: {
            to->kind = JSON_STRING;
            view string;
            kith_status status = text(std::string_view(from), &string);
            to->string = string;
            return status;
        }
        case dom::element_type::ARRAY:
            return array(dom::array(from), to);
        case dom::element_type::OBJECT:
            return object(dom::object(from), to);
        }
        return fail(err, KITH_ERR_INTERNAL, "JSON value of an unknown kind");
    }
};

kith_status fail_format(view text, simdjson::error_code code, kith_error *err)
{
    json_place place;
    if (!json_find_mistake(text, &place))
        return fail(err, KITH_ERR_FORMAT, "JSON: %s", simdjson::error_message(code));
    return fail(err, KITH_ERR_FORMAT, "JSON: line %llu, column %llu%s: %s",
                static_cast<unsigned long long>(place.line),
                static_cast<unsigned long long>(place.column),
                place.is_end ? ", where the text ends" : "", place.wrong);
}

kith_status parse_with(dom::parser &parser, view text, const copier &copy, const json_value **out)
{
    simdjson::error_code code = parser.allocate(text.size, JSON_MAX_DEPTH);
    dom::element root;
    if (code == simdjson::SUCCESS) code = parser.parse(text.data, text.size).get(root);
    if (code == simdjson::MEMALLOC)
        return fail(copy.err, KITH_ERR_NO_MEMORY, "out of memory for JSON of %zu bytes", text.size);
    if (code == simdjson::DEPTH_ERROR)
        return fail(copy.err, KITH_ERR_LIMIT, "JSON is nested deeper than %d levels",
                    JSON_MAX_DEPTH);
    if (code != simdjson::SUCCESS) return fail_format(text, code, copy.err);
    json_value *tree = copy.values_for(1);
    if (!tree) return copy.exhausted();
    kith_status status = copy.element(root, tree);
    if (status == KITH_OK) *out = tree;
    return status;
}

kith_status parse(view text, size_t max_bytes, arena *a, number_walk *numbers,
                  const json_value **out, kith_error *err)
{
    if (text.size > max_bytes)
        return fail(err, KITH_ERR_LIMIT, "JSON of %zu bytes is over the limit of %zu", text.size,
                    max_bytes);
    // simdjson copies the text to pad it, and memcpy may not be given NULL, not even for 0 bytes.
    if (text.size == 0) return fail(err, KITH_ERR_FORMAT, "JSON: the text is empty");
    copier copy{a, err, numbers};
    try {
        if (text.size <= reused_parser_bytes) {
            static thread_local dom::parser reused;
            return parse_with(reused, text, copy, out);
        }
        dom::parser parser;
        return parse_with(parser, text, copy, out);
    } catch (const std::bad_alloc &) {
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for JSON of %zu bytes", text.size);
    } catch (const std::exception &e) {
        return fail(err, KITH_ERR_FORMAT, "JSON: %s", e.what());
    }
}

} // namespace

extern "C" kith_status json_parse(view text, size_t max_bytes, arena *a, const json_value **out,
                                  kith_error *err)
{
    return parse(text, max_bytes, a, nullptr, out, err);
}

extern "C" kith_status json_parse_written(view text, size_t max_bytes, arena *a,
                                          const json_value **out, kith_error *err)
{
    number_walk numbers{text.data, text.data + text.size};
    return parse(text, max_bytes, a, &numbers, out, err);
}

extern "C" size_t json_number_of_double(double value, char out[JSON_NUMBER_BYTES])
{
    return static_cast<size_t>(std::to_chars(out, out + JSON_NUMBER_BYTES, value).ptr - out);
}

extern "C" size_t json_number_of_float(float value, char out[JSON_NUMBER_BYTES])
{
    return static_cast<size_t>(std::to_chars(out, out + JSON_NUMBER_BYTES, value).ptr - out);
}
