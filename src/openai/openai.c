/* openai.c - the routes of OpenAI's API. */
#include "openai/openai.h"

#include "openai/chat.h"
#include "openai/embeddings.h"
#include "openai/models.h"
#include "openai/responses.h"
#include "serve/error_object.h"

static const route routes[] = {
    {"GET", "/v1/models", SCOPE_READ, BODY_NONE, 0, models_list, "list the models",
     &models_list_shapes},
    {"GET", "/v1/models/{model...}", SCOPE_READ, BODY_NONE, 0, models_get, "describe a model",
     &models_get_shapes},
    {"POST", "/v1/embeddings", SCOPE_READ, BODY_JSON, 0, embeddings_create, "embed texts",
     &embeddings_shapes},
    {"POST", "/v1/chat/completions", SCOPE_READ, BODY_JSON, 0, chat_complete,
     "answer the last message of a chat", &chat_shapes},
    {"POST", "/v1/responses", SCOPE_READ, BODY_JSON, 0, responses_create, "answer an input",
     &responses_shapes},
};

const dialect openai_dialect = {
    .name = "openai",
    .prefix = "/v1",
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .fail = error_object_fail,
    .error = &error_object_shape,
};
