/* functions.c - attached functions and version 1 of the API: refused as Chroma's local server
 * does. */
#include "chroma/handlers.h"
#include "chroma/reply.h"

void chroma_function_attach(serve_call *call)
{
    (void)refuse(call, 501,
                 "Attached functions are not implemented: Chroma's local server has none either");
}

void chroma_function_get(serve_call *call)
{
    (void)refuse(call, 404, "Attached function not found");
}

void chroma_function_detach(serve_call *call)
{
    (void)refuse(call, 501,
                 "Attached functions are not implemented: Chroma's local server has none either");
}

void chroma_version_1(serve_call *call)
{
    (void)refuse(call, 410, "The v1 API is deprecated. Please use /v2 apis");
}
