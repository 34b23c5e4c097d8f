/* recall_json.h - the recall of a collection's searches as a member of a JSON object. */
#ifndef KITH_SERVE_RECALL_JSON_H
#define KITH_SERVE_RECALL_JSON_H

#include "base/json.h"
#include "serve/shape.h"

#include <kith/recall.h>

/* {"recall": ...}, null when no search was sampled. */
extern const shape recall_shape;
/* Writes the key and that. */
void recall_write(json_writer *w, const kith_recall *r);

#endif
