/* entity.h - "&amp;", "&#228;", "&#xE4;" to text. */
#ifndef KITH_EXTRACT_ENTITY_H
#define KITH_EXTRACT_ENTITY_H

#include "base/buffer.h"

/* Appends what the entity stands for; one that is not known is appended as it is written. `entity`
 * has its & and ;. */
void entity_append(buffer *out, view entity);

#endif
