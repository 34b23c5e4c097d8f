/* fuzz_claim.c - whatever an LLM writes, and however its stream is split: the citation filter gives
 * the same text, in which every claim is a piece with citations that name a passage.
 * Input: one byte of seed for the splits, one for the number of passages, then the answer. */
#include "answer/citation.h"
#include "answer/claim.h"
#include "base/rng.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_ANSWER_BYTES = 1 << 14 };

static void filter(view answer, uint32_t passages, rng *splits, buffer *out)
{
    citation_filter f;
    citation_filter_init(&f, passages, out);
    while (answer.size > 0) {
        size_t piece = splits ? rng_below(splits, 8) : answer.size;
        if (piece > answer.size) piece = answer.size;
        citation_filter_feed(&f, view_slice(answer, 0, piece));
        CHECK(citation_filter_check(&f) == NULL);
        answer = view_slice(answer, piece, answer.size);
    }
    citation_filter_finish(&f);
}

static void check_claims(view answer, uint32_t passages)
{
    arena memory;
    claim *claims = NULL;
    uint32_t count = 0;
    arena_init(&memory, 0);
    CHECK(claim_split(answer, &memory, &claims, &count, NULL) == KITH_OK);
    for (uint32_t i = 0; i < count; i++) {
        const claim *c = &claims[i];
        CHECK(c->start < c->end && c->end <= answer.size);
        CHECK(c->text.size > 0 && utf8_is_valid(c->text));
        CHECK(utf8_is_valid(view_slice(answer, c->start, c->end)));
        CHECK(c->cited_count <= CLAIM_MAX_CITED);
        for (uint32_t j = 0; j < c->cited_count; j++)
            CHECK(c->cited[j] >= 1 && c->cited[j] <= passages);
    }
    arena_done(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2 || size > MAX_ANSWER_BYTES) return 0;
    rng splits = {.state = bytes[0]};
    uint32_t passages = bytes[1] % 16;
    view answer = {(const char *)bytes + 2, size - 2};
    buffer whole, split;
    buffer_init(&whole, MAX_ANSWER_BYTES * 4);
    buffer_init(&split, MAX_ANSWER_BYTES * 4);
    filter(answer, passages, NULL, &whole);
    filter(answer, passages, &splits, &split);
    CHECK(view_equal(buffer_view(&whole), buffer_view(&split)));
    if (utf8_is_valid(buffer_view(&whole))) check_claims(buffer_view(&whole), passages);
    buffer_done(&whole);
    buffer_done(&split);
    return 0;
}
