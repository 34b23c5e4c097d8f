/* curl_library.h - libcurl, loaded at the first request instead of at the program's start.
 * It brings 31 shared objects with it, whose loading is more than half of the CPU time that a kith
 * command takes to start, and most commands never talk to an endpoint. */
#ifndef KITH_NET_CURL_LIBRARY_H
#define KITH_NET_CURL_LIBRARY_H

#include "base/status.h"

#include <curl/curl.h>

/* The ABI of the headers above: libcurl has kept it since 2006. */
#define CURL_LIBRARY_NAME "libcurl.so.4"

/* The functions that http.c calls, each once. */
#define CURL_FUNCTIONS(USE)                                                                        \
    USE(global_init)                                                                               \
    USE(free)                                                                                      \
    USE(url)                                                                                       \
    USE(url_set)                                                                                   \
    USE(url_get)                                                                                   \
    USE(url_strerror)                                                                              \
    USE(url_cleanup)                                                                               \
    USE(slist_append)                                                                              \
    USE(slist_free_all)                                                                            \
    USE(easy_init)                                                                                 \
    USE(easy_setopt)                                                                               \
    USE(easy_getinfo)                                                                              \
    USE(easy_strerror)                                                                             \
    USE(easy_cleanup)                                                                              \
    USE(multi_init)                                                                                \
    USE(multi_add_handle)                                                                          \
    USE(multi_remove_handle)                                                                       \
    USE(multi_perform)                                                                             \
    USE(multi_poll)                                                                                \
    USE(multi_info_read)                                                                           \
    USE(multi_strerror)                                                                            \
    USE(multi_cleanup)

/* `library.easy_init` is curl_easy_init, and so on, with the types that curl.h declares. */
typedef struct curl_library {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
    CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
} curl_library;

/* Loads it as late_library_open says; does not call curl_global_init. Any thread.
 * Errors: those of late_library_open; *out is untouched. */
KITH_CHECKED kith_status curl_library_open(const char *name, curl_library *out, kith_error *err);

#endif
