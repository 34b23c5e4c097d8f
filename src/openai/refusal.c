/* refusal.c - see refusal.h. */
#include "openai/refusal.h"

#include "serve/error_object.h"

#include <stdio.h>

int openai_status_of(kith_status status)
{
    switch (status) {
    case KITH_ERR_AUTH:
    case KITH_ERR_NETWORK:
    case KITH_ERR_REMOTE:
        return 502;
    case KITH_ERR_RATE_LIMITED:
        return 429;
    default:
        return serve_status_of(status);
    }
}

void openai_refuse(serve_call *call, const kith_error *err, const char *param)
{
    const serve_failure failure = {openai_status_of(err->code), err->code, err->message};
    error_object_reply(call, &failure, param && *param ? param : NULL, NULL);
}

void openai_refuse_model(serve_call *call, const char *model)
{
    char message[200];
    (void)snprintf(message, sizeof message,
                   "the model '%.100s' does not exist; GET /v1/models lists those that do", model);
    const serve_failure failure = {404, KITH_ERR_NOT_FOUND, message};
    error_object_reply(call, &failure, "model", "model_not_found");
}
