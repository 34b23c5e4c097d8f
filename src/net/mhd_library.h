/* mhd_library.h - libmicrohttpd, loaded when a server starts instead of at the program's start.
 * It brings GnuTLS and six more shared objects with it, and of all kith commands only `kith serve`
 * needs them (net/curl_library.h does the same, for the same reason). */
#ifndef KITH_NET_MHD_LIBRARY_H
#define KITH_NET_MHD_LIBRARY_H

#include "base/status.h"

#include <microhttpd.h>

/* The ABI of the headers above: 0.9.60 (2018) and all later releases, 1.0 among them. */
#define MHD_LIBRARY_NAME "libmicrohttpd.so.12"

/* The functions that the server calls, each once. */
#define MHD_FUNCTIONS(USE)                                                                         \
    USE(start_daemon)                                                                              \
    USE(stop_daemon)                                                                               \
    USE(run)                                                                                       \
    USE(get_timeout)                                                                               \
    USE(get_daemon_info)                                                                           \
    USE(add_connection)                                                                            \
    USE(suspend_connection)                                                                        \
    USE(resume_connection)                                                                         \
    USE(get_connection_info)                                                                       \
    USE(get_connection_values_n)                                                                   \
    USE(create_response_from_buffer)                                                               \
    USE(create_response_from_callback)                                                             \
    USE(add_response_header)                                                                       \
    USE(set_response_options)                                                                      \
    USE(queue_response)                                                                            \
    USE(destroy_response)

/* `library.start_daemon` is MHD_start_daemon, and so on, with the types of microhttpd.h. */
typedef struct mhd_library {
#define MHD_MEMBER(name) __typeof__(MHD_##name) *name;
    MHD_FUNCTIONS(MHD_MEMBER)
#undef MHD_MEMBER
} mhd_library;

/* Loads it as late_library_open says. Any thread.
 * Errors: those of late_library_open; *out is untouched. */
KITH_CHECKED kith_status mhd_library_open(const char *name, mhd_library *out, kith_error *err);

#endif
