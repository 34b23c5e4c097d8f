/* environment.h - all environment variables that kith reads, and the .env file. No other file of
 * the program reads the environment, and the library never does. */
#ifndef KITH_CLI_ENVIRONMENT_H
#define KITH_CLI_ENVIRONMENT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>

/* A variable that is unset or empty is NULL. */
typedef struct environment {
    const char *home, *data_home,
        *cache_home;                   /* HOME, XDG_DATA_HOME, XDG_CACHE_HOME: absolute or NULL */
    const char *dir, *model, *kernels; /* KITH_DIR, KITH_MODEL, KITH_KERNELS */
    const char *precision;             /* KITH_PRECISION */
    const char *rerank;                /* KITH_RERANK */
    const char *output;                /* KITH_OUTPUT */
    const char *temporary;             /* TMPDIR, else /tmp */
    bool no_color;                     /* NO_COLOR is set to anything */
    const char *api_key, *base_url;    /* OPENAI_API_KEY, OPENAI_BASE_URL */
    const char *llm;                   /* KITH_LLM_MODEL */
    const char *notify_socket;         /* NOTIFY_SOCKET, which systemd sets for a service */
    bool file_read;                    /* the .env file, found or named, has been looked at */
} environment;

/* Once a key is known, here or from a file, the process leaves no core file. */
void environment_read(environment *out);
/* The same for a key that came another way. */
void environment_protect_key(const environment *e);

/* Both read OPENAI_API_KEY, OPENAI_BASE_URL and KITH_LLM_MODEL from a file; other names are
 * ignored. The texts live in `a`. Lines: NAME=VALUE, with "export " allowed before it; blank lines;
 * comments from '#' at the start or after white space. 'a value' is literal, in "a value" the
 * escapes \n \t \" \\ \$ hold; nothing is expanded.
 * Errors, `e` untouched: KITH_ERR_FORMAT with the line's number, never its text; KITH_ERR_LIMIT,
 * KITH_ERR_IO, KITH_ERR_NO_MEMORY. */

/* The file that lies where the program was started. It may have come with a folder of unknown
 * origin, so it never decides where data goes (docs/decisions/013): it fills in a key and a model
 * that the environment does not set, and an address in it is passed over. A key that stands beside
 * such an address was given out for that address and is passed over with it, or it would make
 * another endpoint reachable than its owner named.
 * *ignored  what was passed over, for a notice ("OPENAI_BASE_URL"), or NULL
 * A missing file and a directory of that name (Python's virtual environments) are no error. */
KITH_CHECKED kith_status environment_load_found(environment *e, const char *path, arena *a,
                                                const char **ignored, kith_error *err);
/* The file that --env names: it decides like any option, so what it sets wins over the environment.
 * A key from the environment is not sent to an address from the file, since nobody said that they
 * belong together. Also KITH_ERR_NOT_FOUND; KITH_ERR_INVALID for that pair. */
KITH_CHECKED kith_status environment_load_named(environment *e, const char *path, arena *a,
                                                kith_error *err);

/* One assignment of the file; `value` is unquoted and lives in `a`. */
typedef void (*dotenv_visit)(void *context, view name, const char *value);
KITH_CHECKED kith_status dotenv_parse(view text, arena *a, dotenv_visit visit, void *context,
                                      kith_error *err);

/* The data directory: `option`, else KITH_DIR, else kith under the data home. KITH_ERR_INVALID when
 * there is no home. */
KITH_CHECKED kith_status environment_data_directory(const environment *e, const char *option,
                                                    arena *a, const char **out, kith_error *err);
/* The local model: `option`, else KITH_MODEL, else kith/models/all-MiniLM-L6-v2 under the cache
 * home. KITH_ERR_INVALID. */
KITH_CHECKED kith_status environment_model_directory(const environment *e, const char *option,
                                                     arena *a, const char **out, kith_error *err);
/* Where the model NAME is kept: kith/models/NAME below the user's cache. Error: KITH_ERR_INVALID (neither
 * XDG_CACHE_HOME nor HOME is set), KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status environment_cached_model(const environment *e, const char *name, arena *a,
                                                  const char **out, kith_error *err);
/* Where packed weights go when the model's directory cannot be written: kith/packed under the cache
 * home; NULL when there is none, or memory ran out. */
const char *environment_packed_directory(const environment *e, arena *a);

#endif
