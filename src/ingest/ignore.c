/* ignore.c - parsing ignore files, and matching their patterns without backtracking.
 *
 * A pattern is run as a nondeterministic automaton. Its states are the offsets into the pattern
 * text, plus one past the end, which accepts: being in state i after some bytes of the path means
 * that pattern[0, i) can match those bytes. One byte c of the path takes the set of states to the
 * next set:
 *
 *     pattern[i]        on byte c                            next states
 *     ----------------  -----------------------------------  -----------------------------------
 *     plain byte b      c == b                               i + 1
 *     \b                c == b                               i + 2
 *     ?                 c != '/'                             i + 1
 *     [class]           c in the class, and c != '/'         past the ']'
 *     *  or a run of *  c != '/'                             i (stay), and past the run
 *     run that crosses  any c                                i (stay), and past the run
 *
 * A run of two or more stars crosses slashes when it stands between slashes or at an end of the
 * pattern ("**" + "/x", "a/" + "**", "a/" + "**" + "/b"); any other run is one star, as in git.
 * Entering a state also enters, without reading a byte, what lies past a run of stars, since stars
 * match nothing too (reach). A crossing run followed by a slash stands for no directory at all as
 * well: then the slash is skipped with it, but only when the run is entered from before it. Inside
 * the run, after bytes were read, the slash must match, lest "**" + "/b" match "ab".
 *
 * So a match costs at most pattern bytes times path bytes, whatever a hostile file contains; a
 * backtracking matcher is exponential in the number of stars. As in git, the plain bytes before the
 * first special character are compared first, and what follows is a pattern of its own: in "x**" +
 * "/y" the run then stands at the start of a pattern and crosses directories. */
#include "ingest/ignore.h"

#include <string.h>

/* ---- one pattern ---- */

static bool is_special(char c)
{
    return c == '*' || c == '?' || c == '[' || c == '\\';
}

static uint32_t plain_bytes(view pattern)
{
    uint32_t n = 0;
    while (n < pattern.size && !is_special(pattern.data[n]))
        n++;
    return n;
}

/* [:name:] of POSIX, in the C locale. */
static bool is_in_named_class(view name, unsigned char c)
{
    bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    bool space = c == ' ' || (c >= '\t' && c <= '\r'), graphic = c > ' ' && c < 0x7F;
    const struct {
        const char *name;
        bool is_in;
    } classes[] = {
        {"alnum", lower || upper || digit},
        {"alpha", lower || upper},
        {"blank", c == ' ' || c == '\t'},
        {"cntrl", c < ' ' || c == 0x7F},
        {"digit", digit},
        {"graph", graphic},
        {"lower", lower},
        {"print", graphic || c == ' '},
        {"punct", graphic && !lower && !upper && !digit},
        {"space", space},
        {"upper", upper},
        {"xdigit", hex},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (view_equal(name, view_of(classes[i].name))) return classes[i].is_in;
    return false;
}

static bool is_named_class(view name)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                        "lower", "print", "punct", "space", "upper", "xdigit"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (view_equal(name, view_of(names[i]))) return true;
    return false;
}

/* Reads a character of a class at *at, which a backslash may precede, and advances *at. False at
 * the end of the pattern. */
static bool class_character(view pattern, size_t *at, unsigned char *out)
{
    if (*at < pattern.size && pattern.data[*at] == '\\') ++*at;
    if (*at >= pattern.size) return false;
    *out = (unsigned char)pattern.data[(*at)++];
    return true;
}

/* The offset past "[:name:]" when one stands at `at`, else 0. */
static size_t named_class_end(view pattern, size_t at)
{
    if (at + 1 >= pattern.size || pattern.data[at] != '[' || pattern.data[at + 1] != ':') return 0;
    const char *close = memchr(pattern.data + at + 2, ']', pattern.size - at - 2);
    if (!close) return 0;
    size_t end = (size_t)(close - pattern.data);
    return end > at + 2 && pattern.data[end - 1] == ':' ? end + 1 : 0;
}

/* True when c is in the class that opens at pattern[start]. *end is the offset past its ']', or 0
 * when the class is malformed: such a pattern matches nothing. */
static bool class_matches(view pattern, size_t start, unsigned char c, size_t *end)
{
    size_t at = start + 1;
    bool negated = false, found = false;
    *end = 0;
    if (at < pattern.size && (pattern.data[at] == '!' || pattern.data[at] == '^')) {
        negated = true;
        at++;
    }
    for (bool first = true; at < pattern.size && (first || pattern.data[at] != ']');
         first = false) {
        size_t named = named_class_end(pattern, at);
        if (named) {
            view name = view_slice(pattern, at + 2, named - 2);
            if (!is_named_class(name)) return false;
            found = found || is_in_named_class(name, c);
            at = named;
            continue;
        }
        unsigned char low = 0, high = 0;
        if (!class_character(pattern, &at, &low)) return false;
        high = low;
        if (at + 1 < pattern.size && pattern.data[at] == '-' && pattern.data[at + 1] != ']') {
            at++;
            if (!class_character(pattern, &at, &high)) return false;
        }
        found = found || (c >= low && c <= high);
    }
    if (at >= pattern.size) return false;
    *end = at + 1;
    return found != negated && c != '/';
}

/* The end of the run of stars at `at`; *crosses: it matches slashes too. */
static size_t star_end(view pattern, size_t at, bool *crosses)
{
    size_t end = at;
    while (end < pattern.size && pattern.data[end] == '*')
        end++;
    bool opens = at == 0 || pattern.data[at - 1] == '/';
    bool closes =
        end == pattern.size || pattern.data[end] == '/' ||
        (end + 1 < pattern.size && pattern.data[end] == '\\' && pattern.data[end + 1] == '/');
    *crosses = end - at >= 2 && opens && closes;
    return end;
}

/* Adds the state `at` and all that it reaches without reading a byte: the state past a run of
 * stars, and past the slash behind a run that crosses slashes. */
static void reach(view pattern, bool *states, size_t at)
{
    while (at <= pattern.size && !states[at]) {
        bool crosses = false;
        states[at] = true;
        if (at == pattern.size || pattern.data[at] != '*') return;
        at = star_end(pattern, at, &crosses);
        if (crosses && at < pattern.size && pattern.data[at] == '/') reach(pattern, states, at + 1);
    }
}

/* Sets `next` to the states that `states` lead to on byte c. */
static void step(view pattern, const bool *states, unsigned char c, bool *next)
{
    for (size_t at = 0; at < pattern.size; at++) {
        if (!states[at]) continue;
        size_t end = 0;
        bool crosses = false;
        switch (pattern.data[at]) {
        case '*':
            end = star_end(pattern, at, &crosses);
            if (!crosses && c == '/') break;
            // Not reach(): the slash behind a crossing run may not be skipped after reading a byte.
            // Nor does marking `at` here keep a later reach() from skipping it: only states before
            // `at` can reach it, and the loop has been through those.
            next[at] = true;
            reach(pattern, next, end);
            break;
        case '?':
            if (c != '/') reach(pattern, next, at + 1);
            break;
        case '[':
            if (class_matches(pattern, at, c, &end) && end) reach(pattern, next, end);
            break;
        case '\\':
            if (at + 1 < pattern.size && (unsigned char)pattern.data[at + 1] == c)
                reach(pattern, next, at + 2);
            break;
        default:
            if ((unsigned char)pattern.data[at] == c) reach(pattern, next, at + 1);
        }
    }
}

static bool glob_matches(view pattern, view text)
{
    CHECK(pattern.size <= IGNORE_PATTERN_MAX_BYTES);
    bool states[2][IGNORE_PATTERN_MAX_BYTES + 1];
    bool *now = states[0], *next = states[1];
    memset(now, 0, pattern.size + 1);
    reach(pattern, now, 0);
    for (size_t i = 0; i < text.size; i++) {
        memset(next, 0, pattern.size + 1);
        step(pattern, now, (unsigned char)text.data[i], next);
        bool *kept = now;
        now = next;
        next = kept;
    }
    return now[pattern.size];
}

static bool rule_matches(const ignore_rule *rule, view path)
{
    const char *slash = rule->is_name ? memrchr(path.data, '/', path.size) : NULL;
    view text = slash ? view_slice(path, (size_t)(slash + 1 - path.data), path.size) : path;
    view plain = view_slice(rule->pattern, 0, rule->plain);
    if (!view_starts_with(text, plain)) return false;
    return glob_matches(view_slice(rule->pattern, rule->plain, rule->pattern.size),
                        view_slice(text, rule->plain, text.size));
}

ignore_verdict ignore_match(const ignore_rules *rules, view path, bool is_directory)
{
    for (uint32_t i = rules->count; i-- > 0;) {
        const ignore_rule *rule = &rules->rules[i];
        if (rule->directory && !is_directory) continue;
        if (rule_matches(rule, path)) return rule->includes ? IGNORE_INCLUDES : IGNORE_EXCLUDES;
    }
    return IGNORE_SAYS_NOTHING;
}

/* ---- a file of rules ---- */

/* The line without the spaces at its end; one that a backslash precedes stays. */
static view trim_end(view line)
{
    size_t end = 0;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == '\\' && i + 1 < line.size)
            i++;
        else if (line.data[i] == ' ')
            continue;
        end = i + 1;
    }
    return view_slice(line, 0, end);
}

static kith_status keep_rule(ignore_rules *rules, const ignore_rule *rule, arena *a)
{
    if (rules->count == rules->capacity) {
        uint32_t capacity = rules->capacity ? rules->capacity * 2 : 16;
        ignore_rule *grown = arena_new_array(a, ignore_rule, capacity);
        if (!grown) return KITH_ERR_NO_MEMORY;
        if (rules->count) memcpy(grown, rules->rules, rules->count * sizeof *grown);
        rules->rules = grown;
        rules->capacity = capacity;
    }
    ignore_rule kept = *rule;
    kept.pattern = arena_copy(a, rule->pattern);
    if (!kept.pattern.data) return KITH_ERR_NO_MEMORY;
    rules->rules[rules->count++] = kept;
    return KITH_OK;
}

static kith_status parse_line(view line, arena *a, ignore_rules *rules)
{
    if (line.size && line.data[0] == '#') return KITH_OK;
    view pattern = trim_end(line);
    ignore_rule rule = {0};
    if (pattern.size && pattern.data[0] == '!') {
        rule.includes = true;
        pattern = view_slice(pattern, 1, pattern.size);
    }
    if (pattern.size && pattern.data[pattern.size - 1] == '/') {
        rule.directory = true;
        pattern = view_slice(pattern, 0, pattern.size - 1);
    }
    rule.is_name = !pattern.size || !memchr(pattern.data, '/', pattern.size);
    if (pattern.size && pattern.data[0] == '/') pattern = view_slice(pattern, 1, pattern.size);
    if (pattern.size == 0 || pattern.size > IGNORE_PATTERN_MAX_BYTES) return KITH_OK;
    rule.pattern = pattern;
    rule.plain = plain_bytes(pattern);
    return keep_rule(rules, &rule, a);
}

kith_status ignore_parse(view text, arena *a, ignore_rules *rules, kith_error *err)
{
    kith_status status = KITH_OK;
    if (view_starts_with(text, VIEW("\xEF\xBB\xBF"))) text = view_slice(text, 3, text.size);
    while (text.size && status == KITH_OK) {
        const char *feed = memchr(text.data, '\n', text.size);
        size_t end = feed ? (size_t)(feed - text.data) : text.size;
        view line = view_slice(text, 0, end);
        text = view_slice(text, feed ? end + 1 : end, text.size);
        if (line.size && line.data[line.size - 1] == '\r') line.size--;
        status = parse_line(line, a, rules);
    }
    return status == KITH_OK ? KITH_OK : fail(err, status, "out of memory for ignore rules");
}

const char *ignore_check(const ignore_rules *rules)
{
    if (rules->count > rules->capacity) return "more rules than there is room for";
    for (uint32_t i = 0; i < rules->count; i++) {
        const ignore_rule *rule = &rules->rules[i];
        if (rule->pattern.size == 0 || rule->pattern.size > IGNORE_PATTERN_MAX_BYTES)
            return "a pattern is empty or too long";
        if (rule->plain != plain_bytes(rule->pattern)) return "a pattern's plain part is wrong";
        if (rule->is_name && memchr(rule->pattern.data, '/', rule->pattern.size))
            return "a rule for names has a slash within";
    }
    return NULL;
}
