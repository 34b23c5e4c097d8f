/* confine.h - gives up, for the rest of this process and for all that it starts, what reading a
 * hostile file needs least. One way: nothing brings the rights back. Linux: no_new_privs, Landlock
 * (kernel 5.13 on) for files, seccomp for system calls; what a kernel lacks is left out, and what
 * holds then is said in the result. */
#ifndef KITH_OS_CONFINE_H
#define KITH_OS_CONFINE_H

#include "base/status.h"

#include <stdbool.h>

typedef enum confine_profile {
    /* Computes on open files: memory, read, write, exit. To open a file fails; all else (sockets,
     * processes, executable memory, ...) ends the process. */
    CONFINE_COMPUTE,
    /* Starts one program, which must find its libraries: files below /usr, /lib and /etc/ld.so.*
     * may be read, `program` be run. No sockets, no signals, no other process's memory, no mounts,
     * no kernel interfaces of the privileged; those calls fail. */
    CONFINE_LAUNCH
} confine_profile;

typedef struct confinement {
    bool files;        /* Landlock holds */
    bool system_calls; /* seccomp holds */
} confinement;

/* program  of CONFINE_LAUNCH, an absolute path; NULL: none may be run
 * Call it while the process has one thread. KITH_ERR_IO when not even no_new_privs can be had. */
KITH_CHECKED kith_status confine(confine_profile profile, const char *program, confinement *out,
                                 kith_error *err);

#endif
