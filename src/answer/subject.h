/* subject.h - whose attribute a text says. "The gate is 6 metres wide" says no width of the chimney,
 * and "Arne Vik died in 1894" nobody else's death, however near to the question the text is.
 * English questions alone: the rules read where its sentences have their subject. Pure but for
 * words that are split. */
#ifndef KITH_ANSWER_SUBJECT_H
#define KITH_ANSWER_SUBJECT_H

#include "answer/attribute.h"
#include "answer/unit.h"
#include "base/arena.h"
#include "base/status.h"
#include "text/word.h"

enum { SUBJECT_HEADS = 6 };

/* What a question asks an attribute of: "the main hall" of "How wide is the main hall of the works?",
 * "Peter Lund" of "When did Peter Lund die?". */
typedef struct subject {
    view heads[SUBJECT_HEADS]; /* terms: of a name all words in capitals, else its noun */
    uint32_t count;            /* 0: the question has no such form */
    bool is_name;
    uint32_t at;                /* the question's word that asks for the attribute */
    const attribute *attribute; /* of it; NULL: said by the word's own forms */
    view term;                  /* of that word */
    bool is_life;        /* "born", "die": also said by dates behind a name, "(1844 - 1904)" */
    bool has_given_name; /* "Peter Lund" of is_life: the surname behind another one is another's */
    bool may_be_time;    /* "how long is": a duration answers it as well */
} subject;

/* words  [count] of the question, split as English */
subject subject_of(view text, const word *words, uint32_t count);

typedef enum subject_saying {
    SUBJECT_UNSAID,   /* the unit does not say the attribute */
    SUBJECT_ITS,      /* of the thing, by its name */
    SUBJECT_REFERRED, /* of the thing, by a word that stands for it */
    SUBJECT_UNKNOWN,  /* maybe of the thing, which "the company" or "it" may stand for */
    SUBJECT_PARTS,    /* of what the thing has: "The Marlin has tyres that are 47 mm wide" */
    SUBJECT_ANOTHERS  /* of another one, which the unit names */
} subject_saying;

/* What unit i of a passage's units[count] says of the attribute; of a thing without a name another
 * noun may stand for it: the caller knows how near the two are.
 * s  with a count above 0
 * a  for what is needed meanwhile
 * Linear in the unit and the units of its paragraph before it. Any thread.
 * Errors: KITH_ERR_LIMIT (4 GiB), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status subject_said_by(const subject *s, const unit *units, uint32_t i, arena *a,
                                         subject_saying *out, kith_error *err);

/* Whether a text that names the thing has a year; whether it has figures in brackets behind its name;
 * and whether a text, of whatever it is, has a duration ("90 minutes", "two years"). */
typedef struct subject_figures {
    bool has_year, has_life, has_duration;
} subject_figures;
KITH_CHECKED kith_status subject_figures_of(const subject *s, view text, arena *a,
                                            subject_figures *out, kith_error *err);

#endif
