/* chunk.c - cuts one chunk after the other from the window (chunk_window.h).
 *
 * Invariant: each chunk holds `fresh`, the first unit that is not blank and in no chunk before it.
 * Its start is at or before `fresh`, where the overlap put it, and after the start of the chunk
 * before; its end is after `fresh`. From this follows the whole contract: chunks ascend at both
 * ends, none lies in its neighbour, nothing between two chunks is lost, and each makes progress of
 * at least a unit, so that the loop ends. When the limits leave no room for both overlap and
 * `fresh`, the overlap gives way: the start moves towards `fresh`, and in the last resort is there.
 *
 * Where a chunk ends: let `limit` be the last boundary within the limits. Of the boundaries in the
 * last third before it the one of the highest rank is taken, the latest among equals. A third is a
 * compromise: looking further back finds better breaks, at the price of chunks that are shorter,
 * uneven and more. When all that is left is white space, the chunk takes everything.
 *
 * Where the next one starts: within the overlap, counted back from this end, at the break of the
 * highest rank in its first half, the earliest among equals. So the overlap begins with a whole
 * sentence when it can, and seldom is less than half of what was asked for.
 *
 * Tokens are the difficulty: they can only be counted, at a cost linear in the text counted, and
 * the counts need be neither additive nor monotone. How many characters fit is guessed from the
 * ratio in the chunk before, then corrected: each count gives an end that fits or a width that does
 * not, and the next guess lies between the two. The search stops as soon as the chunk is seven
 * eighths full. That takes two or three counts of a chunk's length; after GUESSES_MAX any end that
 * fits will do, and the width is halved until one does. Hence the time is linear in the text. */
#include "text/chunk.h"

#include "base/buffer.h"
#include "base/size.h"
#include "text/chunk_window.h"
#include "text/lead.h"

/* The most characters for a token in a chunk that is measured in tokens: some text has hardly any
 * tokens (long words that the model does not know, control characters), and a chunk of it would
 * have no end. */
enum { CHARACTERS_PER_TOKEN_MAX = 64, GUESSES_MAX = 4 };

typedef struct chunker {
    const chunk_options *options;
    uint32_t size, overlap; /* in the unit asked for */
    uint32_t character_limit;
    uint32_t max_tokens;  /* of a chunk and its lead; 0: none */
    uint32_t token_limit; /* of the chunk at hand: max_tokens without its lead's; 0: none */
    double characters_per_token;
    chunk_window window;
    buffer leads;  /* of lead */
    buffer chunks; /* of chunk */
    kith_error *err;
} chunker;

/* Units [start, end), of the window; the last may be blank. */
typedef struct span {
    uint32_t start, end;
    uint32_t tokens;
    bool cut_by_tokens; /* though the size would have allowed more */
} span;

static uint32_t characters(const chunker *c, uint32_t start, uint32_t end)
{
    return window_at(&c->window, end)->character - window_at(&c->window, start)->character;
}

/* `end`, or the unit before it when that is blank. */
static uint32_t trim_end(const chunker *c, uint32_t start, uint32_t end)
{
    return end > start && window_at(&c->window, end - 1)->is_blank ? end - 1 : end;
}

static uint32_t count_tokens(const chunker *c, uint32_t start, uint32_t end)
{
    uint32_t from = window_at(&c->window, start)->byte;
    uint32_t to = window_at(&c->window, trim_end(c, start, end))->byte;
    return c->options->count_tokens(c->options->count_context,
                                    view_slice(c->window.text, from, to));
}

/* Moves *unit past a blank unit. It is then the end of the text, or not blank, and known. */
static kith_status skip_blank(chunker *c, uint32_t *unit)
{
    kith_status status = window_reach(&c->window, *unit + 1, c->err);
    if (status == KITH_OK && *unit != c->window.end && window_at(&c->window, *unit)->is_blank)
        ++*unit;
    return status == KITH_OK ? window_reach(&c->window, *unit + 1, c->err) : status;
}

/* *out is the last boundary within `limit` characters of `start`; at least one unit lies between
 * the two, even when it alone is longer. */
static kith_status find_end(chunker *c, uint32_t start, uint32_t limit, uint32_t *out)
{
    chunk_window *w = &c->window;
    uint32_t last = w->first + w->count - 1;
    while (w->end == UINT32_MAX && characters(c, start, last) <= limit) {
        kith_status status = window_reach(w, last + 1, c->err);
        if (status != KITH_OK) return status;
        last = w->first + w->count - 1;
    }
    uint32_t low = start + 1, high = last;
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (characters(c, start, middle) <= limit)
            low = middle;
        else
            high = middle - 1;
    }
    *out = low;
    return KITH_OK;
}

/* *out: from `unit` on there is only white space, or nothing. */
static kith_status reaches_end(chunker *c, uint32_t unit, bool *out)
{
    kith_status status = skip_blank(c, &unit);
    *out = status == KITH_OK && unit == c->window.end;
    return status;
}

/* *out is the end for a chunk from `start` that may end at `limit` and must not end before
 * `min_end`: see the file's head. */
static kith_status choose_break(chunker *c, uint32_t start, uint32_t min_end, uint32_t limit,
                                uint32_t *out)
{
    bool is_last = false;
    kith_status status = reaches_end(c, limit, &is_last);
    if (status != KITH_OK) return status;
    uint32_t best = limit;
    uint32_t least = (uint32_t)((uint64_t)characters(c, start, limit) * 2 / 3);
    for (uint32_t u = limit; !is_last && u >= min_end && characters(c, start, u) > least; u--) {
        uint8_t rank = window_at(&c->window, u)->rank;
        if (rank > window_at(&c->window, best)->rank) best = u;
        if (rank == BREAK_PARAGRAPH) break;
    }
    *out = best;
    return KITH_OK;
}

/* What fit_tokens knows so far. */
typedef struct search {
    uint32_t fits; /* the farthest end that is known to fit; 0: none */
    uint32_t fits_characters;
    uint32_t fits_tokens;
    uint32_t too_many; /* the fewest characters that are known not to fit */
} search;

static uint32_t scale(uint32_t value, uint32_t numerator, uint32_t denominator)
{
    uint64_t scaled = (uint64_t)value * numerator / (denominator ? denominator : 1);
    return scaled > CHUNK_MAX_SIZE ? CHUNK_MAX_SIZE : (uint32_t)scaled;
}

/* Counts the tokens of `*guess` characters from `start` and narrows the search. *guess becomes the
 * next one, or 0 when the search is over. is_enough: settle for any end that fits. */
static kith_status try_guess(chunker *c, uint32_t start, uint32_t min_end, bool is_enough,
                             search *s, uint32_t *guess)
{
    uint32_t allowed = (uint32_t)size_max(size_min(*guess, s->too_many - 1), 1);
    uint32_t end = 0;
    bool is_last = false;
    kith_status status = find_end(c, start, allowed, &end);
    if (status == KITH_OK && end < min_end) end = min_end;
    if (status == KITH_OK) status = reaches_end(c, end, &is_last);
    if (status != KITH_OK) return status;
    uint32_t width = characters(c, start, end);
    uint32_t tokens = count_tokens(c, start, end);
    *guess = 0;
    if (tokens > c->token_limit) {
        if (end == min_end || (s->fits && is_enough)) return KITH_OK;
        s->too_many = width;
        *guess = s->fits     ? s->fits_characters + (width - s->fits_characters) / 2
                 : is_enough ? width / 2
                             : scale(width, c->token_limit, tokens);
        *guess = (uint32_t)size_max(*guess, 1);
        return KITH_OK;
    }
    uint32_t reached = (uint32_t)size_max(width, allowed);
    *s = (search){end, reached, tokens, s->too_many};
    bool is_full = tokens >= c->token_limit - c->token_limit / 8;
    if (is_full || is_last || is_enough || reached + 1 >= s->too_many) return KITH_OK;
    *guess = (uint32_t)size_max(tokens ? scale(width, c->token_limit, tokens) : 4 * reached,
                                reached + 1);
    return KITH_OK;
}

/* Ends the chunk from out->start within the token limit, at a good break.
 * guess  characters that may fit
 * most   characters that it may have
 * out->end is 0 when not even min_end fits. */
static kith_status fit_tokens(chunker *c, uint32_t min_end, uint32_t guess, uint32_t most,
                              span *out)
{
    search s = {.too_many = most + 1};
    kith_status status = KITH_OK;
    guess = (uint32_t)size_max(guess, 1);
    for (int tries = 1; guess > 0 && status == KITH_OK; tries++)
        status = try_guess(c, out->start, min_end, tries > GUESSES_MAX, &s, &guess);
    out->end = 0;
    if (status != KITH_OK || s.fits == 0) return status;
    c->characters_per_token =
        (double)characters(c, out->start, s.fits) / (s.fits_tokens ? s.fits_tokens : 1);
    uint32_t end = 0;
    status = choose_break(c, out->start, min_end, s.fits, &end);
    if (status != KITH_OK) return status;
    out->end = end;
    out->tokens = end == s.fits ? s.fits_tokens : count_tokens(c, out->start, end);
    if (out->tokens > c->token_limit) { // less text, more tokens: the break cut a word in two
        out->end = s.fits;
        out->tokens = s.fits_tokens;
    }
    return KITH_OK;
}

static kith_status fit_characters(chunker *c, uint32_t min_end, span *out)
{
    uint32_t limit = 0;
    kith_status status = find_end(c, out->start, c->character_limit, &limit);
    if (status == KITH_OK) status = choose_break(c, out->start, min_end, limit, &out->end);
    if (status != KITH_OK || !c->options->count_tokens) return status;
    out->tokens = count_tokens(c, out->start, out->end);
    if (c->token_limit == 0 || out->tokens <= c->token_limit) return KITH_OK;
    uint32_t width = characters(c, out->start, out->end);
    out->cut_by_tokens = true;
    return fit_tokens(c, min_end, scale(width, c->token_limit, out->tokens), width - 1, out);
}

/* The lead of a chunk that begins with the unit, or NULL; none where tokens are so few that it
 * would leave no room. */
static const lead *lead_of(const chunker *c, uint32_t unit)
{
    enum { LEAST_TOKENS = 32 };
    if (c->max_tokens > 0 && c->max_tokens < LEAST_TOKENS) return NULL;
    uint32_t count = (uint32_t)(c->leads.size / sizeof(lead));
    return lead_at((const lead *)(const void *)c->leads.data, count,
                   window_at(&c->window, unit)->byte);
}

/* Leaves room for the lead of a chunk that begins with the unit. */
static void limit_tokens(chunker *c, uint32_t unit)
{
    const lead *l = c->max_tokens ? lead_of(c, unit) : NULL;
    c->token_limit = c->max_tokens;
    if (!l) return;
    uint32_t tokens = c->options->count_tokens(
        c->options->count_context, view_slice(c->window.text, l->lead_start, l->lead_end));
    c->token_limit -= (uint32_t)size_min(tokens, c->max_tokens / 2);
}

/* Ends the chunk that begins at out->start; or later, where the limits leave no room for what
 * stands before `fresh`. */
static kith_status fit(chunker *c, uint32_t fresh, span *out)
{
    for (;;) {
        kith_status status = KITH_OK;
        while (out->start < fresh && characters(c, out->start, fresh + 1) > c->character_limit)
            out->start++;
        if (window_at(&c->window, out->start)->is_blank) out->start++;
        out->cut_by_tokens = false;
        limit_tokens(c, out->start);
        if (c->options->unit == CHUNK_TOKENS) {
            double guess = c->characters_per_token * c->token_limit;
            status =
                fit_tokens(c, fresh + 1, guess < CHUNK_MAX_SIZE ? (uint32_t)guess : CHUNK_MAX_SIZE,
                           c->character_limit, out);
        } else {
            status = fit_characters(c, fresh + 1, out);
        }
        if (status != KITH_OK || out->end > 0) return status;
        if (out->start < fresh) {
            out->start = fresh; // give up the overlap
            continue;
        }
        if (characters(c, fresh, fresh + 1) == 1)
            return fail(c->err, KITH_ERR_LIMIT,
                        "one character has more tokens than the limit of %u", c->token_limit);
        // One grapheme exceeds the model's limit: cut it, rather than lose its end in the model.
        status = window_split(&c->window, fresh, c->err);
        if (status == KITH_OK) status = window_reach(&c->window, fresh + 1, c->err);
        if (status != KITH_OK) return status;
    }
}

static uint32_t overlap_characters(const chunker *c, const span *s)
{
    uint32_t width = characters(c, s->start, s->end);
    if (c->options->unit == CHUNK_TOKENS) return scale(width, c->overlap, s->tokens);
    return s->cut_by_tokens ? scale(width, c->overlap, c->size) : c->overlap;
}

/* The first unit after s->start from which `limit` characters reach s->end. */
static uint32_t first_within(const chunker *c, const span *s, uint32_t limit)
{
    uint32_t low = s->start + 1, high = s->end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (characters(c, middle, s->end) <= limit)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Where the overlap with the next chunk begins: see the file's head. */
static uint32_t choose_start(const chunker *c, const span *s)
{
    uint32_t start = first_within(c, s, overlap_characters(c, s));
    uint32_t best = start;
    uint32_t half = characters(c, start, s->end) / 2;
    for (uint32_t u = start; u < s->end && characters(c, start, u) <= half; u++)
        if (window_at(&c->window, u)->rank > window_at(&c->window, best)->rank) best = u;
    return best;
}

static kith_status next_start(chunker *c, const span *s, uint32_t fresh, uint32_t *out)
{
    uint32_t start = c->overlap ? choose_start(c, s) : s->end;
    kith_status status = skip_blank(c, &start);
    bool in_tokens = c->options->unit == CHUNK_TOKENS;
    for (int tries = 0; status == KITH_OK && in_tokens && start < s->end; tries++) {
        uint32_t tokens = count_tokens(c, start, s->end);
        if (tokens <= c->overlap) break;
        uint32_t less = scale(characters(c, start, s->end), c->overlap, tokens);
        start =
            tries < GUESSES_MAX ? first_within(c, &(span){start, s->end, 0, false}, less) : s->end;
        status = skip_blank(c, &start);
    }
    *out = start < s->end ? start : fresh;
    return status;
}

static kith_status append_chunk(chunker *c, const span *s)
{
    const mark *start = window_at(&c->window, s->start);
    const mark *end = window_at(&c->window, trim_end(c, s->start, s->end));
    const lead *l = lead_of(c, s->start);
    chunk found = {
        .lead_start = l ? l->lead_start : 0,
        .lead_end = l ? l->lead_end : 0,
        .start = start->byte,
        .end = end->byte,
        .char_start = start->character,
        .char_end = end->character,
        .line_start = start->line + 1,
        .line_end = end->line + 1,
        .tokens = s->tokens,
    };
    buffer_append(&c->chunks, (view){(const char *)&found, sizeof found});
    if (c->chunks.failed == KITH_ERR_LIMIT)
        return fail(c->err, KITH_ERR_LIMIT, "the text gives more than %d chunks", CHUNK_MAX_COUNT);
    return buffer_status(&c->chunks, "the list of chunks", c->err);
}

static kith_status cut_all(chunker *c)
{
    uint32_t fresh = 0;
    kith_status status = skip_blank(c, &fresh);
    span s = {.start = fresh};
    while (status == KITH_OK && fresh != c->window.end) {
        status = fit(c, fresh, &s);
        if (status == KITH_OK) status = append_chunk(c, &s);
        if (status != KITH_OK) return status;
        window_forget(&c->window, s.start);
        fresh = s.end;
        status = skip_blank(c, &fresh);
        if (status == KITH_OK && fresh != c->window.end)
            status = next_start(c, &s, fresh, &s.start);
    }
    return status;
}

static kith_status read_options(chunker *c, const chunk_options *options)
{
    bool in_tokens = options->unit == CHUNK_TOKENS;
    uint32_t size = options->size;
    CHECK(options->count_tokens || (!in_tokens && options->max_tokens == 0));
    if (size == 0) size = in_tokens ? options->max_tokens : CHUNK_DEFAULT_CHARACTERS;
    if (size == 0 || size > CHUNK_MAX_SIZE)
        return fail(c->err, KITH_ERR_INVALID, "chunk size is %u, allowed are 1 to %d", size,
                    CHUNK_MAX_SIZE);
    if (options->overlap >= size)
        return fail(c->err, KITH_ERR_INVALID, "chunk overlap %u is not smaller than the size %u",
                    options->overlap, size);
    c->options = options;
    c->size = size;
    c->overlap = options->overlap;
    c->max_tokens = options->max_tokens;
    c->character_limit = size;
    c->characters_per_token = 4; // of English; the first chunk corrects it
    if (!in_tokens) return KITH_OK;
    if (c->max_tokens == 0 || c->max_tokens > size) c->max_tokens = size;
    c->overlap = scale(c->overlap, c->max_tokens, size);
    c->character_limit = scale(c->max_tokens, CHARACTERS_PER_TOKEN_MAX, 1);
    return KITH_OK;
}

kith_status chunk_text(view text, const chunk_options *options, arena *a, chunk **out,
                       uint32_t *out_count, kith_error *err)
{
    chunker c = {.err = err};
    kith_status status = read_options(&c, options);
    if (status != KITH_OK) return status;
    if (text.size >= UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "text has %zu bytes, the limit is %u", text.size,
                    UINT32_MAX - 1);
    window_init(&c.window, text);
    buffer_init(&c.chunks, CHUNK_MAX_COUNT * sizeof(chunk));
    buffer_init(&c.leads, (text.size / 2 + 1) * sizeof(lead));
    if (options->find_leads) lead_find(text, &c.leads);
    status = buffer_status(&c.leads, "the tables and lists of a text", err);
    if (status == KITH_OK) status = cut_all(&c);
    if (status != KITH_OK) goto done;
    chunk *kept = arena_new(a, c.chunks.size);
    if (!kept) {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for chunks");
        goto done;
    }
    if (c.chunks.size) memcpy(kept, c.chunks.data, c.chunks.size);
    *out = kept;
    *out_count = (uint32_t)(c.chunks.size / sizeof *kept);
done:
    buffer_done(&c.leads);
    buffer_done(&c.chunks);
    window_done(&c.window);
    return status;
}
