/* models.h - what stands behind a model's name. */
#ifndef KITH_OPENAI_MODELS_H
#define KITH_OPENAI_MODELS_H

#include "serve/call.h"

/* GET /v1/models and /v1/models/{model...}. */
void models_list(serve_call *call);
void models_get(serve_call *call);
extern const route_shapes models_list_shapes, models_get_shapes;

/* The collection that a model's name stands for, in call->arena or static; NULL: the name is not of
 * that form. Whether there is such a collection is not asked. */
const char *model_collection(serve_call *call, const char *model);
/* Is it the name of the embedder's model? */
bool model_is_embedder(const serve_call *call, const char *model);
/* Replies that there is no such model: 404, model_not_found. */
void model_refuse(serve_call *call, const char *model);

#endif
