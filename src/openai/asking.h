/* asking.h - from a request's messages to a question for a collection, and from its answer to what
 * both chat completions and responses say of it. */
#ifndef KITH_OPENAI_ASKING_H
#define KITH_OPENAI_ASKING_H

#include "serve/call.h"

/* What a request asks; everything lives as long as the call. */
typedef struct asking {
    const char *model, *collection, *question;
    kith_llm llm;         /* with the request's temperature and length; used if call->llm is set */
    kith_ask_options ask; /* but for llm, and on_event, which is the caller's */
} asking;

/* Shapes that both requests share. */
extern const shape asking_side_shape; /* "kith" of a request: {"k", "where"} */
extern const shape answer_side_shape; /* "kith" of an answer */
extern const shape citations_shape;

typedef struct asking_source {
    const json_value *messages; /* a list of messages; or one text, which is the question */
    const char *member;         /* its name in the request, for messages */
    const char *max_tokens;     /* the member that bounds the answer */
} asking_source;

/* Reads a request that was checked by its shape. The question is the last user message; messages of
 * users and assistants before it are what was said before; those of other roles are left out, as
 * kith has its own instructions to the LLM.
 * member  what is wrong, when something is
 * Errors:
 *   NOT_FOUND  the model is none that answers
 *   AUTH       the caller's key may not read its collection
 *   INVALID    the last message is not a user's, or holds no text
 *   UNSUPPORTED  a message holds an image, sound or file
 *   NO_MEMORY */
KITH_CHECKED kith_status asking_read(serve_call *call, const asking_source *source, asking *out,
                                     const char **member, kith_error *err);
/* Replies to what asking_read or asking_ask refused. */
void asking_refuse(serve_call *call, const char *model, const char *member, const kith_error *err);
/* Asks. An LLM that failed fails the request: what there is of its answer is not what was asked
 * for.
 * out  to be freed by kith_answer_free, whatever the result
 * Errors: those of kith_ask; the answer's llm_status, with its message. */
KITH_CHECKED kith_status asking_ask(serve_call *call, const asking *a, kith_answer **out,
                                    kith_error *err);

/* The members "citations" and "kith" of an answer. Each citation has its place in the list as
 * "index", without which a client that gathers a stream refuses the list. */
void answer_write_citations(json_writer *w, const kith_answer *answer);
void answer_write_side(json_writer *w, const kith_answer *answer);

/* Fills out[capacity] with the prefix and 24 random hex digits. Errors: IO. */
KITH_CHECKED kith_status answer_new_id(const char *prefix, char *out, size_t capacity,
                                       kith_error *err);

#endif
