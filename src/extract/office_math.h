/* office_math.h - the elements of Office's formulas (OMML, ECMA-376 part 1, section 22.1) as the
 * structures of formula.h. */
#ifndef KITH_EXTRACT_OFFICE_MATH_H
#define KITH_EXTRACT_OFFICE_MATH_H

#include "extract/formula.h"
#include "extract/xml.h"

typedef struct office_math {
    formula written;
    uint32_t depth; /* open elements m:oMath; 0: no formula is open */
    char sign[8];   /* of the operator that opens next */
} office_math;

/* A formula begins at the end of `out`, behind which it is kept apart; out is kept until the next
 * one. Called for m:oMath itself too. */
void office_math_start(office_math *m, view name, xml_attributes attributes, buffer *out);
void office_math_end(office_math *m, view name);

#endif
