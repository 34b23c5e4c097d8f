/* confine.h - irrevocably drops the rights that parsing a hostile file does not need, for this
 * process and its children.
 * A parser that a file has taken over can then, under CONFINE_COMPUTE, burn time and memory, which
 * os/child.h bounds, and give a wrong answer, which the caller checks; it cannot read other files,
 * send anything anywhere or start anything. Linux only: no_new_privs, Landlock (kernel 5.13 and
 * later) for files, seccomp for system calls. Where the kernel lacks one of the two, the other is
 * applied alone, and *out says which hold. */
#ifndef KITH_OS_CONFINE_H
#define KITH_OS_CONFINE_H

#include "base/status.h"

#include <stdbool.h>

typedef enum confine_profile {
    /* Computes on files that are open already: memory, read, write, exit. Opening a file fails with
     * EACCES; everything else (sockets, processes, executable memory, ...) kills the process. */
    CONFINE_COMPUTE,
    /* Starts a program, which must find its libraries: files below /usr and /lib and those of the
     * loader in /etc may be read, and the programs run; no other file may be opened, none written but
     * /dev/null. Sockets, signals, other processes' memory, mounts, keys and the kernel's
     * interfaces for administrators are refused with EPERM. */
    CONFINE_LAUNCH
} confine_profile;

typedef struct confinement {
    bool files;        /* Landlock holds */
    bool system_calls; /* seccomp holds */
} confinement;

/* Confines the process. It must have one thread: others would keep their rights.
 * programs  of CONFINE_LAUNCH: the absolute paths of those that may be run, ended by NULL
 * out      what holds; a caller that insists on both must look
 * Errors: KITH_ERR_IO when no_new_privs is refused; nothing is confined then, *out untouched. */
KITH_CHECKED kith_status confine(confine_profile profile, const char *const *programs,
                                 confinement *out, kith_error *err);

#endif
