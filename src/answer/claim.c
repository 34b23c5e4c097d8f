/* claim.c - how an answer is cut into claims.
 *   1. Citations (with the blanks before them) and emphasis marks are cut out, which leaves the
 *      plain text; a `cut` records for each where it was in both texts. The sentence rules would
 *      misread "high.[1] It" and "[1] It".
 *   2. sentence_split finds the sentences of the plain text.
 *   3. One walk over sentences and cuts, both ascending, gives each sentence its citations and maps
 *      its bounds back: a byte of the plain text is at its own offset plus the bytes of all cuts
 *      before it in the answer.
 *   4. Sentences that claim nothing are left out.
 * Invariant: plain text and cuts together are the answer, each byte exactly once. */
#include "answer/claim.h"

#include "answer/claim_facts.h"
#include "base/buffer.h"
#include "text/sentence.h"
#include "text/word.h"

/* A piece of the answer that is not in the plain text. */
typedef struct cut {
    uint32_t plain;      /* the offset in the plain text at which it was cut out */
    uint32_t start, end; /* bytes of the answer */
    uint32_t n;          /* the passage, 0 for a mark of emphasis */
} cut;

typedef struct plain_text {
    view answer;
    buffer text;
    buffer cuts; /* of cut */
    uint32_t cut_count;
} plain_text;

/* The length of the citation at answer[i], in the form that the filter writes, and its number in
 * *n; 0 when there is none. */
static size_t read_citation(view answer, size_t i, uint32_t *n)
{
    size_t at = i + 1;
    *n = 0;
    if (answer.data[i] != '[' || (at < answer.size && answer.data[at] == '0')) return 0;
    for (; at < answer.size && is_ascii_digit(answer.data[at]) && *n < 100000; at++)
        *n = *n * 10 + (uint32_t)(answer.data[at] - '0');
    return *n > 0 && at < answer.size && answer.data[at] == ']' ? at + 1 - i : 0;
}

static size_t mark_length(view answer, size_t i)
{
    if (view_starts_with(view_slice(answer, i, answer.size), VIEW("**"))) return 2;
    return answer.data[i] == '`' ? 1 : 0;
}

static void add_cut(plain_text *p, size_t start, size_t end, uint32_t n)
{
    const cut c = {(uint32_t)p->text.size, (uint32_t)start, (uint32_t)end, n};
    buffer_append(&p->cuts, (view){(const char *)&c, sizeof c});
    p->cut_count++;
}

/* The blanks before a citation are cut with it: "high [1]." becomes "high.", not "high ." */
static void read_plain(plain_text *p)
{
    view answer = p->answer;
    size_t i = 0;
    while (i < answer.size) {
        size_t at = i;
        while (at < answer.size && (answer.data[at] == ' ' || answer.data[at] == '\t'))
            at++;
        uint32_t n = 0;
        size_t length = at < answer.size ? read_citation(answer, at, &n) : 0;
        if (length == 0) {
            at = i;
            length = mark_length(answer, i);
        }
        if (length == 0) {
            buffer_append_byte(&p->text, answer.data[i++]);
            continue;
        }
        add_cut(p, i, at + length, n);
        i = at + length;
    }
}

static void cite(claim *c, uint32_t n)
{
    for (uint32_t i = 0; i < c->cited_count; i++)
        if (c->cited[i] == n) return;
    if (c->cited_count < CLAIM_MAX_CITED) c->cited[c->cited_count++] = n;
}

/* Without a list marker such as "- " or "1. ": its number is no number of the claim. */
static view without_list_mark(view text)
{
    size_t i = 0;
    while (i < text.size && is_ascii_digit(text.data[i]))
        i++;
    bool is_number = i > 0 && i + 1 < text.size && (text.data[i] == '.' || text.data[i] == ')');
    bool is_dot = i == 0 && text.size > 1 && (text.data[0] == '-' || text.data[0] == '*');
    bool is_mark = (is_number || is_dot) && text.data[i + 1] == ' ';
    return is_mark ? view_trim(view_slice(text, i + 1, text.size)) : text;
}

/* "The passages do not say who paid." Recognised in English; in another language it is a claim
 * without a citation, and is marked as one. */
static bool says_passages_lack_it(view text, const word *words, uint32_t count, const facts *f)
{
    static const char *const sources[] = {"passage", "passages", "context",
                                          "excerpt", "excerpts", NULL};
    bool names_sources = false;
    for (uint32_t i = 0; i < count; i++)
        names_sources |=
            view_is_one_of_nocase(view_slice(text, words[i].start, words[i].end), sources);
    return names_sources && f->denies;
}

static kith_status is_claim(const claim *c, arena *a, bool *out, kith_error *err)
{
    view text = c->text;
    facts f = {0};
    word *words = NULL;
    uint32_t count = 0, contents = 0;
    kith_status status = word_split(text, a, &words, &count, err);
    if (status == KITH_OK) status = facts_read(text, words, count, LANGUAGE_ENGLISH, a, &f, err);
    if (status != KITH_OK) return status;
    for (uint32_t i = 0; i < count; i++)
        contents += !words[i].is_stop;
    bool is_cited = c->cited_count > 0;
    char last = text.size ? text.data[text.size - 1] : ':';
    bool is_heading = text.size > 0 && text.data[0] == '#';
    bool introduces = last == ':' && !is_cited;
    *out = contents > 0 && !is_heading && last != '?' && !introduces &&
           (is_cited || !says_passages_lack_it(text, words, count, &f));
    return KITH_OK;
}

/* The walk over sentences and cuts. */
typedef struct walk {
    const plain_text *plain;
    const cut *next, *end; /* the cuts that no sentence has taken yet */
    uint32_t cut_bytes;    /* of the cuts that were taken */
} walk;

/* Takes the cuts up to the sentence's end (all that are left when it is the last one), and gives
 * the claim with its bounds in the answer. */
static claim next_claim(walk *w, sentence s, bool is_last, arena *a)
{
    view text = view_slice(buffer_view(&w->plain->text), s.start, s.end);
    claim c = {.text = arena_copy(a, without_list_mark(text)),
               .cited = arena_new_array(a, uint32_t, CLAIM_MAX_CITED)};
    // Bytes of cuts before the sentence's first byte, and before its last one.
    uint32_t leading = 0, inner = 0, before = w->cut_bytes, start = UINT32_MAX, end = 0;
    for (; w->next < w->end && (is_last || w->next->plain <= s.end); w->next++) {
        const cut *k = w->next;
        if (k->n && c.cited) cite(&c, k->n);
        if (k->plain <= s.start) leading += k->end - k->start;
        if (k->plain < s.end) inner += k->end - k->start;
        w->cut_bytes += k->end - k->start;
        start = start < k->start ? start : k->start;
        end = k->end;
    }
    // A cut at either edge of the sentence belongs to it.
    c.start = s.start + before + leading;
    if (start < c.start) c.start = start;
    c.end = s.end + before + inner;
    if (end > c.end) c.end = end;
    return c;
}

static kith_status collect_claims(const plain_text *p, arena *a, claim **out, uint32_t *out_count,
                                  kith_error *err)
{
    sentence *sentences = NULL;
    uint32_t count = 0, kept = 0;
    kith_status status = sentence_split(buffer_view(&p->text), a, &sentences, &count, err);
    claim *claims = status == KITH_OK ? arena_new_array(a, claim, count) : NULL;
    const cut *cuts = (const cut *)(const void *)p->cuts.data;
    walk w = {.plain = p, .next = cuts, .end = cuts ? cuts + p->cut_count : NULL};
    for (uint32_t i = 0; i < count && claims && status == KITH_OK; i++) {
        bool keep = false;
        claims[kept] = next_claim(&w, sentences[i], i + 1 == count, a);
        status = is_claim(&claims[kept], a, &keep, err);
        kept += keep;
    }
    if (status == KITH_OK && (!claims || a->exhausted))
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for the claims of an answer");
    if (status != KITH_OK) return status;
    *out = claims;
    *out_count = kept;
    return KITH_OK;
}

kith_status claim_split(view answer, arena *a, claim **out, uint32_t *out_count, kith_error *err)
{
    if (answer.size > UINT32_MAX)
        return fail(err, KITH_ERR_LIMIT, "answer has %zu bytes, the limit is %u", answer.size,
                    UINT32_MAX);
    plain_text p = {.answer = answer};
    buffer_init(&p.text, answer.size + 1);
    buffer_init(&p.cuts, (answer.size + 1) * sizeof(cut));
    read_plain(&p);
    kith_status status = buffer_status(&p.text, "answer", err);
    if (status == KITH_OK) status = buffer_status(&p.cuts, "citations of an answer", err);
    if (status == KITH_OK) status = collect_claims(&p, a, out, out_count, err);
    buffer_done(&p.text);
    buffer_done(&p.cuts);
    return status;
}
