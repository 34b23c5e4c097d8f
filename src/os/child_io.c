/* child_io.c - see child_io.h.
 *
 * Input is a file in memory (memfd), not a pipe. A pipe would have to be fed while the answer is
 * read, or both sides wait for each other once it is full; and writing to a program that died
 * raises SIGPIPE, whose disposition belongs to the program that uses this library. */
#include "os/child_io.h"

#include "base/size.h"
#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, OPEN_FILES_MAX = 64 };

static kith_status fail_errno(kith_error *err, int error, const char *what)
{
    kith_status status = error == ENOMEM ? KITH_ERR_NO_MEMORY : KITH_ERR_IO;
    return fail(err, status, "cannot %s: %s", what, strerror(error));
}

kith_status child_spawn_failed(int error, const char *program, kith_error *err)
{
    if (error == ENOENT || error == EACCES || error == ENOTDIR)
        return fail(err, KITH_ERR_NOT_FOUND, "cannot run '%s': %s", program, strerror(error));
    return fail_errno(err, error, "start a program");
}

static void close_file(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
    *fd = -1;
}

/* The same file under a number above the three that the program's own files take, so that dup2 does
 * not overwrite one with another. Closes `fd`, also on failure, when it gives -1. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    (void)close(fd);
    return moved;
}

static kith_status make_input(view bytes, int *out, kith_error *err)
{
    int fd = memfd_create("kith", MFD_CLOEXEC);
    if (fd >= 0) fd = move_up(fd);
    if (fd < 0) return fail_errno(err, errno, "make a file in memory");
    for (size_t at = 0; at < bytes.size;) {
        ssize_t n = write(fd, bytes.data + at, bytes.size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            int error = n < 0 ? errno : EIO;
            (void)close(fd);
            return fail_errno(err, error, "fill a file in memory");
        }
        at += (size_t)n;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd);
        return fail_errno(err, EIO, "rewind a file in memory");
    }
    *out = fd;
    return KITH_OK;
}

kith_status child_io_open(view input, child_io *out, kith_error *err)
{
    int ends[2];
    *out = (child_io){-1, -1, -1};
    kith_status status = make_input(input, &out->input, err);
    if (status != KITH_OK) return status;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        status = fail_errno(err, errno, "make a pipe");
    } else {
        out->answer = move_up(ends[0]);
        out->theirs = move_up(ends[1]);
        if (out->answer < 0 || out->theirs < 0) status = fail_errno(err, EMFILE, "make a pipe");
    }
    if (status != KITH_OK) child_io_close(out);
    return status;
}

void child_io_hand_over(child_io *io)
{
    close_file(&io->input);
    close_file(&io->theirs);
}

void child_io_close(child_io *io)
{
    child_io_hand_over(io);
    close_file(&io->answer);
}

static int set_files(posix_spawn_file_actions_t *files, int input, int answer)
{
    int error = posix_spawn_file_actions_adddup2(files, input, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, answer, 1);
    if (error == 0) error = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return error;
}

static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setflags(attributes, (short)flags);
    if (error == 0) error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0) error = posix_spawnattr_setsigmask(attributes, &none);
    return error ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(const char *const *arguments, int input, int answer, char *const *environment,
                 pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&files);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_files(&files, input, answer);
        if (error == 0) error = set_signals(&attributes);
        // posix_spawn does not write to the arguments; its type is older than const.
        char *const *words = (char *const *)(uintptr_t)arguments;
        if (error == 0) error = posix_spawn(pid, words[0], &files, &attributes, words, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* In the child: becomes the program, or returns errno.
 * tell  a descriptor of its own that exec closes; it moves to the place behind the program's three */
static int become(const char *const *arguments, int input, int answer, char *const *environment,
                  int *tell)
{
    enum { TELL = STDERR_FILENO + 1 };
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0) return errno;
    if (dup2(input, STDIN_FILENO) < 0 || dup2(answer, STDOUT_FILENO) < 0) return errno;
    if (*tell != TELL && dup3(*tell, TELL, O_CLOEXEC) < 0) return errno;
    *tell = TELL;
    if (close_range(TELL + 1, UINT32_MAX, 0) != 0) return errno;
    char *const *words = (char *const *)(uintptr_t)arguments; // as above
    (void)execve(words[0], words, environment);
    return errno;
}

/* A program of this process's group that ends with this process, however that ends: posix_spawn cannot
 * say so. The child tells by a pipe that it could not become the program. */
static int spawn_bound(const char *const *arguments, int input, int answer,
                       char *const *environment, pid_t *pid)
{
    int ends[2], error = 0;
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
            error = errno;
        else if (getppid() != parent)
            error = ECHILD; // it ended before
        else
            error = become(arguments, input, answer, environment, &ends[1]);
        _exit(write(ends[1], &error, sizeof error) < 0); // allow _exit: a child without a program
    }
    if (child < 0) error = errno;
    (void)close(ends[1]);
    ssize_t n = 0;
    if (child > 0) do
            n = read(ends[0], &error, sizeof error);
        while (n < 0 && errno == EINTR);
    (void)close(ends[0]);
    if (child > 0 && error)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    if (error == 0) *pid = child;
    return error;
}

int child_spawn(const char *const *arguments, int input, int answer, bool in_group, pid_t *pid)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8",
                threads[] = "OMP_THREAD_LIMIT=1";
    char *const environment[] = {path, locale, threads, NULL};
    return (in_group ? spawn_bound : spawn)(arguments, input, answer, environment, pid);
}

int child_milliseconds_left(int64_t deadline_ns)
{
    int64_t left = deadline_ns - clock_monotonic_ns();
    return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

/* Reads once, into the buffer. -1, with errno, or 0 at the end; what the buffer cannot hold makes it
 * fail. */
static ssize_t read_some(int fd, buffer *output)
{
    char one_more;
    size_t room = size_min(READ_BYTES, output->max_bytes - output->size);
    if (room > 0 && !buffer_reserve(output, room)) return 1;
    ssize_t n = read(fd, room ? output->data + output->size : &one_more, room ? room : 1);
    if (n > 0 && room > 0) output->size += (size_t)n;
    if (n > 0 && room == 0) buffer_append_byte(output, one_more); // which fails
    return n;
}

bool child_io_read(const child_io *io, int64_t deadline_ns, buffer *output, child_outcome *out)
{
    for (;;) {
        struct pollfd ready = {.fd = io->answer, .events = POLLIN};
        int count = poll(&ready, 1, child_milliseconds_left(deadline_ns));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            *out = (child_outcome){CHILD_OUT_OF_TIME, -1};
            return false;
        }
        ssize_t n = read_some(io->answer, output);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        if (output->failed != KITH_OK) {
            *out = (child_outcome){CHILD_OUT_OF_BOUNDS, -1};
            return false;
        }
    }
}

static void limit(pid_t pid, __rlimit_resource_t resource, uint64_t soft, uint64_t hard)
{
    struct rlimit both = {.rlim_cur = soft, .rlim_max = hard};
    // Fails only when the program has ended, or when its hard limit is lower still.
    (void)prlimit(pid, resource, &both, NULL);
}

void child_set_limits(pid_t pid, const child_command *command)
{
    limit(pid, RLIMIT_CORE, 0, 0);
    // Enough to pass its input on, in a file in memory, to a program that it starts itself.
    uint64_t file_bytes = command->file_bytes ? command->file_bytes : command->input.size;
    limit(pid, RLIMIT_FSIZE, file_bytes, file_bytes);
    limit(pid, RLIMIT_NOFILE, OPEN_FILES_MAX, OPEN_FILES_MAX);
    if (command->memory_bytes) limit(pid, RLIMIT_AS, command->memory_bytes, command->memory_bytes);
    // The soft limit sends SIGXCPU, by which whoever waits for it sees the reason; the hard one kills.
    if (command->cpu_s) limit(pid, RLIMIT_CPU, command->cpu_s, (uint64_t)command->cpu_s + 1);
}
