/* regex.cc - RE2 for C. A match looks for no groups, so that RE2 decides by its automaton alone. No
 * exception leaves this file. */
#include <cstdint>
#include <new>
#include <re2/re2.h>

extern "C" {
#include "base/regex.h"
}

struct regex {
    re2::RE2 compiled;

    regex(const re2::StringPiece &pattern, const re2::RE2::Options &options)
        : compiled(pattern, options)
    {
    }
};

extern "C" kith_status regex_new(view pattern, size_t max_bytes, regex **out, kith_error *err)
{
    try {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_never_capture(true);
        options.set_max_mem(static_cast<int64_t>(max_bytes));
        regex *r = new regex(re2::StringPiece(pattern.data, pattern.size), options);
        if (r->compiled.ok()) {
            *out = r;
            return KITH_OK;
        }
        kith_status status =
            fail(err, KITH_ERR_INVALID, "regular expression: %s", r->compiled.error().c_str());
        delete r;
        return status;
    } catch (const std::bad_alloc &) {
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a regular expression");
    }
}

extern "C" void regex_free(regex *r)
{
    delete r;
}

extern "C" bool regex_finds(const regex *r, view text)
{
    return r->compiled.Match(re2::StringPiece(text.data, text.size), 0, text.size,
                             re2::RE2::UNANCHORED, nullptr, 0);
}
