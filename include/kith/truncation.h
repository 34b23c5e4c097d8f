/* truncation.h - what becomes of a text that is longer than the model reads.
 *
 * A local model reads a number of tokens (kith_embedder_info.max_tokens), and a vector of a longer text
 * is one of its beginning. Documents are cut into chunks that the model reads whole, so that this is
 * a matter of texts that a program gives as they are: kith_embed(), kith_put() of points without
 * vectors, questions; and of chunks that were cut for another model (reembed.h).
 * What a call does with such a text says kith_call.truncation, whatever the call is: a search, a
 * question, an evaluation, a commit, an ingestion, a re-embedding. kith_embed_options and
 * kith_put_options have a `truncation` of their own, which comes first when it is not KITH_TRUNCATE.
 * What is cut is always told: in kith_embeddings.truncated, in *kith_put_options.truncated,
 * in *kith_commit_request.truncated, in kith_hits.text_cut, in kith_answer.question_cut, in
 * kith_reembed_report.truncated, and by an event's reason.
 * An endpoint's model has a limit that is not known here: the endpoint decides. */
#ifndef KITH_TRUNCATION_H
#define KITH_TRUNCATION_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kith_truncation {
    KITH_TRUNCATE = 0, /* the beginning is embedded, and it is told */
    /* LIMIT, which names the text; nothing is embedded or stored. Of chunks that wait for their vector
     * (meaning.h): each that is too long waits on, as one that the model refuses. */
    KITH_TRUNCATION_ERROR = 1,
    /* The text is cut into parts that the model reads, between sentences where it can be; the vector
     * is the mean of theirs, each counted by its tokens, of the length that the model's have. */
    KITH_SPLIT = 2
} kith_truncation;

#ifdef __cplusplus
}
#endif

#endif
