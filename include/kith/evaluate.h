/* evaluate.h - how good retrieval and answers are, by questions whose answers are known.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_EVALUATE_H
#define KITH_EVALUATE_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A question and what is expected. When nothing is expected, only times and citations are
 * measured. */
typedef struct kith_eval_question {
    const char *question;
    /* [document_count] All of them are expected among the passages. Each is a document's id, its
     * path, or the end of its path from a '/' on; for a point without a document, its id. */
    const char *const *documents;
    size_t document_count;
    /* [text_count] One of them is expected in the answer; case, white space and compatibility forms
     * of characters make no difference. */
    const char *const *texts;
    size_t text_count;
    bool refuse; /* a refusal is expected; then documents and texts must be empty */
} kith_eval_question;

/* What is measured for each question: shares from 0 to 1, or 1 for yes and 0 for no; a time for MS.
 * A passage is expected when it is of an expected document or, when only texts are expected, holds
 * one of them. */
typedef enum kith_eval_measure {
    KITH_EVAL_HIT_1 = 0,           /* the first passage is expected */
    KITH_EVAL_HIT_K = 1,           /* one of the k passages is expected */
    KITH_EVAL_RECALL = 2,          /* share of what is expected that the k passages have */
    KITH_EVAL_MRR = 3,             /* 1 / rank of the first passage that is expected */
    KITH_EVAL_NDCG = 4,            /* of the k passages; a document counts at its first passage */
    KITH_EVAL_TEXT_FOUND = 5,      /* a passage holds an expected text */
    KITH_EVAL_TEXT_ANSWER = 6,     /* the answer holds an expected text */
    KITH_EVAL_CITATIONS = 7,       /* share of the citations whose quote stands where they say */
    KITH_EVAL_REFUSED = 8,         /* refused although an answer is expected; smaller is better */
    KITH_EVAL_REFUSED_RIGHTLY = 9, /* refused when a refusal is expected */
    KITH_EVAL_MS = 10,             /* time of the question; smaller is better */
    KITH_EVAL_MEASURES             /* how many there are */
} kith_eval_measure;

enum {
    KITH_EVAL_MAX_QUESTIONS = 20000, /* in one evaluation */
    KITH_EVAL_MAX_EXPECTED = 100     /* documents, and as many texts, of one question */
};

/* "hit_1", "hit_k", "recall_k", "mrr_k", "ndcg_k", "text_found", "text_answer", "citations_valid",
 * "refused", "refused_rightly", "ms"; NULL for a number that is no measure. Static storage. */
KITH_API_VOID const char *kith_eval_measure_name(kith_eval_measure measure);

/* What went wrong with a question, worst first. */
typedef enum kith_eval_problem {
    KITH_EVAL_FINE = 0,
    KITH_EVAL_FAILED = 1,       /* the LLM gave no whole answer */
    KITH_EVAL_ANSWERED = 2,     /* answered although a refusal is expected */
    KITH_EVAL_NOT_FOUND = 3,    /* no passage is expected */
    KITH_EVAL_REFUSES = 4,      /* refused although what is expected was found */
    KITH_EVAL_TEXT_MISSING = 5, /* the answer has no expected text */
    KITH_EVAL_CITATION = 6,     /* a citation does not hold */
    KITH_EVAL_RANKED_LOW = 7,   /* an expected passage was found, but is not the first */
    KITH_EVAL_NOT_ASKED = 8 /* longer than the model reads, which the call's truncation refuses: no
                                   measure applies */
} kith_eval_problem;

typedef struct kith_eval_result {
    double values[KITH_EVAL_MEASURES]; /* by kith_eval_measure; NaN: it does not apply */
    uint32_t rank;                     /* of the first passage that is expected; 0: none is */
    bool refused;
    double support;
    kith_eval_problem problem;
    const char *why; /* the problem in words; "" */
    const char *answer;
} kith_eval_result;

typedef struct kith_evaluation {
    uint32_t k; /* passages for each question */
    size_t count;
    const kith_eval_result *results; /* [count] in the order of the questions */
    size_t worst_count;
    const uint32_t *worst; /* [worst_count] numbers, from 0, of questions with a problem */
    double means[KITH_EVAL_MEASURES];    /* over the questions that have a value; NaN: none has */
    uint32_t counts[KITH_EVAL_MEASURES]; /* how many have one */
    double p50_ms, p95_ms;
    size_t questions_cut; /* longer than the model reads: their beginnings were embedded */
} kith_evaluation;

typedef struct kith_eval_options {
    size_t size; /* sizeof; 0: the first release's */
    /* How to ask; no_cache, on_event, context and call of it are not read. NULL: all defaults. */
    const kith_ask_options *ask;
    /* Called after each question; a result other than 0 ends the call with CANCELLED. May be
     * NULL. */
    int (*on_question)(void *context, size_t done, size_t total);
    void *context;
    const kith_call *call; /* of all questions together; max_bytes is not read. NULL: no limits */
} kith_eval_options;

typedef struct kith_eval_questions {
    size_t count;
    const kith_eval_question *questions; /* [count] in the order of the text */
    const char *const *ids;              /* [count] NULL where a line has none */
    const uint32_t *lines;               /* [count] the line that each question stands on */
} kith_eval_questions;

/* Reads questions from JSON Lines, as `kith eval` does. Each line is an object; blank lines are
 * passed over:
 *   {"question": "...", "document": "guide.md" or ["a", "b"], "text": "..." or ["...", "..."],
 *    "refuse": true, "id": "..."}
 * Only the question is required. Any other key is an error, because an expectation with a
 * misspelled key would silently count for nothing.
 * jsonl  [bytes] the text; it need not end with a NUL
 * name   what messages call the text, before the line's number: "questions.jsonl:3: ..."
 * Free *out with kith_eval_questions_free. The result does not refer to `jsonl`.
 * Errors:
 *   FORMAT   a line is not a JSON object, has an unknown key, or a value of the wrong kind
 *   INVALID  no question in a line or in the text; a string that is empty, not UTF-8 or has a NUL;
 *            an empty list; a refusal together with what is expected
 *   LIMIT    more than KITH_EVAL_MAX_QUESTIONS questions; a line of more than 1 MiB; more than
 *            KITH_EVAL_MAX_EXPECTED documents or texts; a question of more than 64 KiB
 *   NO_MEMORY */
KITH_API kith_status kith_eval_questions_parse(const char *jsonl, size_t bytes, const char *name,
                                               kith_eval_questions **out, kith_error *err);
KITH_API_VOID void kith_eval_questions_free(kith_eval_questions *questions);

/* Asks 1 to KITH_EVAL_MAX_QUESTIONS questions as kith_ask does, and compares the answers with what
 * is expected. The cache is not used, and the questions do not count in the metrics. All questions
 * are checked before the first is asked; the message numbers a bad one from 1. options may be NULL.
 * Free with kith_evaluation_free.
 * Errors, after which there is no evaluation:
 *   INVALID    no question; a text is empty or not UTF-8; a refusal together with what is expected;
 *              the collection's name, k, ranking, weight or filter is not acceptable
 *   LIMIT      too many questions, documents or texts; a question has too many bytes
 *   FORMAT     the filter is not JSON
 *   NOT_FOUND  no such collection; or a remote embedder's NOT_FOUND
 *   MODEL, DIMENSION  no embedder, or not the one that the collection began with
 *   CANCELLED  on_question or `call` asked for it
 *   TIMEOUT    `call` ended it
 *   AUTH, RATE_LIMITED, TIMEOUT, NETWORK, REMOTE  a remote embedder failed
 *   IO, CORRUPT, BUSY, NO_MEMORY */
KITH_API kith_status kith_evaluate(kith *k, const char *collection,
                                   const kith_eval_question *questions, size_t count,
                                   const kith_eval_options *options, kith_evaluation **out,
                                   kith_error *err);
KITH_API_VOID void kith_evaluation_free(kith_evaluation *evaluation);

/* The value of `with` minus that of `without`, over the questions in which both have one. */
typedef struct kith_eval_difference {
    size_t questions;  /* how many those are */
    double difference; /* mean; NaN without a question */
    double low, high;  /* its 95 % interval */
    double p;          /* two-sided, against no difference */
    /* Zero is outside the interval and p is below 0.05. Never with fewer than 10 questions, and
     * never for times, which the machine's other work shifts. */
    bool clear;
} kith_eval_difference;

/* Compares two evaluations of the same questions in one measure, by a paired bootstrap of 10,000
 * samples; the same seed gives the same figures.
 * Errors:
 *   INVALID  the evaluations have different numbers of questions, or there is no such measure
 *   NO_MEMORY */
KITH_API kith_status kith_eval_compare(const kith_evaluation *without, const kith_evaluation *with,
                                       kith_eval_measure measure, uint64_t seed,
                                       kith_eval_difference *out, kith_error *err);

#ifdef __cplusplus
}
#endif
#endif
