/* evidence_question.h - the question as units are measured against it: its words and their tokens, its
 * names, and what it wishes to be told. Part of evidence.c. */
#ifndef KITH_ANSWER_EVIDENCE_QUESTION_H
#define KITH_ANSWER_EVIDENCE_QUESTION_H

#include "answer/attribute.h"
#include "answer/evidence.h"
#include "answer/exact_name.h"
#include "answer/subject.h"
#include "answer/wish.h"

/* The tokens of the question that a content word consists of; count 0: not found. */
typedef struct token_span {
    uint32_t first, count;
} token_span;

/* The question's tokens that say what is asked for; UINT32_MAX: it has none. In an encoder that was
 * trained on questions with their answers each has the state of what would answer. */
typedef struct asking_tokens {
    uint32_t word; /* of the question word */
    uint32_t next; /* behind it */
    uint32_t mark; /* the question mark at the end */
} asking_tokens;

typedef struct evidence_question {
    exact_names names;
    question_side side;
    bool asks_how, asks_for_number, asks_for_option, asks_for_meaning;
    const attribute *property; /* that it wants to know; NULL: none */
    subject subject;           /* of what it asks an attribute */
    view thing;                /* that it asks for a definition of; empty: none */
    bool *is_named;            /* [passages] it names the passage's document by the file's name */
    bool names_document;       /* one of them is */
    token_span *spans;         /* [question's words] */
    asking_tokens asking;
} evidence_question;

/* q    parsed from in->text; its weights and total are replaced when the embedder knows its model's
 *      vocabulary, also when the call fails
 * out  in `a`; untouched on failure
 * Any thread; `q` is the caller's alone. Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status evidence_question_read(const evidence_input *in, question *q, arena *a,
                                                evidence_question *out, kith_error *err);

#endif
