/* search.h - POST /v1/collections/{collection}/search. */
#ifndef KITH_NATIVE_SEARCH_H
#define KITH_NATIVE_SEARCH_H

#include "serve/call.h"

void search_run(serve_call *call);
extern const route_shapes search_shapes;

/* How hits and passages are ranked: the names, in the order of kith_ranking. */
extern const char *const ranking_names[];
/* Of a checked request: its "rank". */
kith_ranking ranking_of(const json_value *body);

#endif
