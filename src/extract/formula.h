/* formula.h - a formula as one line of text: fractions "1/2", powers "x^2", indices "x_1", roots
 * "sqrt(x)", matrices "[a, b; c, d]". For the formulas of Office (OMML) and of HTML (MathML), whose
 * elements say the structure that the eye sees; without it one half is read as 12.
 *
 * A reader tells the structures as they open and close, each with its arguments in the order of the
 * file, and the text within them. What has more than one sign is put into parentheses where the
 * line would read otherwise: (a + b)/2. Digits of two arguments never touch. */
#ifndef KITH_EXTRACT_FORMULA_H
#define KITH_EXTRACT_FORMULA_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdint.h>

enum { FORMULA_MAX_DEPTH = 64 }; /* of structures; those within are written without structure */

typedef enum formula_kind {
    FORMULA_FRACTION,    /* two: a/b */
    FORMULA_POWER,       /* base, exponent: a^b; also a sign that stands above */
    FORMULA_INDEX,       /* base, index: a_b; also a sign that stands below */
    FORMULA_INDEX_POWER, /* base, index, exponent: a_b^c */
    FORMULA_PRESCRIPT,   /* index, exponent, base: _a^b c */
    FORMULA_SQUARE_ROOT, /* any number, read as one: sqrt(a) */
    FORMULA_ROOT,        /* degree, radicand: root(3, a), or sqrt(a) when the degree is blank */
    FORMULA_ROOT_OF,     /* radicand, degree */
    FORMULA_OPERATOR,    /* below, above, operand: the operator, a_b^c x */
    FORMULA_FUNCTION,    /* name, operand: sin x */
    FORMULA_FENCE,       /* any number between two marks */
    FORMULA_MATRIX,      /* rows: [ ... ] */
    FORMULA_ROW,         /* cells, apart by commas; rows of a matrix are apart by semicolons */
    FORMULA_LINES,       /* equations one below the other, apart by semicolons */
    FORMULA_GROUP        /* any number, one behind the other */
} formula_kind;

typedef struct formula_frame {
    formula_kind kind;
    uint32_t count;         /* arguments begun */
    size_t start, argument; /* offsets in `out` of the structure, of the open argument */
    char open[8], close[8], between[8]; /* of a fence */
} formula_frame;

typedef struct formula {
    buffer *out;
    uint32_t depth, beyond; /* open structures; those beyond FORMULA_MAX_DEPTH */
    bool is_apart;          /* what comes next must not touch a letter or digit before it */
    formula_frame frames[FORMULA_MAX_DEPTH];
} formula;

/* A formula begins at the end of `out`, which it appends to, and which has a maximum; out->failed
 * tells how that went. Only `out` is kept. */
void formula_init(formula *f, buffer *out);
/* A structure begins or ends; a begun one that is not ended is left as it is. */
void formula_begin(formula *f, formula_kind kind);
void formula_end(formula *f);
/* An argument of the innermost structure begins or ends. */
void formula_argument(formula *f);
void formula_argument_end(formula *f);
/* Of the innermost structure, before its first argument: the marks of a fence ("(", ")" and "|"
 * unless they are set), or the sign of an operator. Longer ones than seven bytes are cut. */
void formula_marks(formula *f, view open, view close, view between);
void formula_operator(formula *f, view sign);
/* The last text has at least two letters at its end: the name of a function. */
bool formula_ends_with_name(const formula *f);
/* Appends text; also the text behind a formula, which it keeps apart. */
void formula_text(formula *f, view text);

#endif
