/* confine.c - Landlock rules and a seccomp filter, each as small as it can be.
 *
 * The kernel's two mechanisms guard different things. Landlock knows paths: which files may be
 * opened and run. Seccomp knows only the number of a system call and its arguments as numbers, not
 * what a pointer leads to; it guards everything that is no file.
 *
 * CONFINE_COMPUTE lists what is allowed and kills at the rest: a parser that computes has few
 * needs, and they are known. Calls that the C library makes on its own account and can do without
 * (opening a locale, asking for a limit) fail with EACCES instead, or no program would survive its
 * first printf. Three calls depend on an argument: mmap and mprotect kill when they ask for
 * PROT_EXEC, so that injected bytes cannot become code; tgkill is allowed for the process itself,
 * because that is abort(), and a crash should look like one.
 *
 * CONFINE_LAUNCH lists what is refused and allows the rest. It is for a parser that is somebody
 * else's program (pdftotext), which inherits the confinement; what such a program and its loader
 * may need is not known. So it is the weaker of the two. Refused with EPERM are:
 *   sockets        making, pairing, connecting, binding, listening, accepting, and sending with an
 *                  address. A descriptor may have been inherited, so refusing socket() alone is not
 *                  enough. (write() to a socket that is connected already remains.)
 *   processes      ptrace, reading and writing another's memory, taking its descriptors, comparing
 *                  with it, sending it a signal, changing its limits, and leaving the process
 *                  group, by which os/child.c kills it.
 *   the system     mounts, roots, namespaces, BPF, performance events, io_uring (which does file
 *                  and network work that seccomp does not see), userfaultfd, keys, modules, kexec,
 *                  opening files by handle (past Landlock), System V memory and queues,
 *                  personality.
 * Starting processes is the purpose and stays allowed; Landlock decides what may be run.
 *
 * Comparing 32 bits of an argument is safe here because each is an int to the kernel, which looks
 * at no more (the mmap protection bits lie in the low half as well).
 *
 * The filter is written out and not made by libseccomp: a few dozen comparisons, a test for each
 * kind of rule, and one dependency less in the process that must not be attacked. It searches the
 * call's number in a tree: when a filter is set, the kernel walks it for every number that there is
 * (seccomp_cache_prepare), and down a list of all rules that took ten times as many steps, which was
 * a fifth of what a small file costs.
 * Sources: landlock(7), seccomp(2), linux/filter.h. */
#include "os/confine.h"

#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* ---- files ---- */

static const uint64_t READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t RUN_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;

/* All rights that this version of Landlock can deny; one that is not handled is not denied. */
static uint64_t known_rights(long version)
{
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;     // the thirteen of version 1
    if (version >= 2) rights |= LANDLOCK_ACCESS_FS_MAKE_SYM << 1; // refer
    if (version >= 3) rights |= LANDLOCK_ACCESS_FS_MAKE_SYM << 2; // truncate
    return rights;
}

/* Skips a path that does not exist. A rule that fails leaves the path denied. */
static void allow_below(int rules, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return;
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = fd};
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    (void)close(fd);
}

static void allow_launch(int rules, const char *const *programs)
{
    static const char *const LIBRARIES[] = {"/usr", "/lib", "/lib32", "/lib64"};
    static const char *const LOADERS[] = {"/lib64/ld-linux-x86-64.so.2",
                                          "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1"};
    for (size_t i = 0; i < sizeof LIBRARIES / sizeof LIBRARIES[0]; i++)
        allow_below(rules, LIBRARIES[i], READ_RIGHTS);
    for (size_t i = 0; i < sizeof LOADERS / sizeof LOADERS[0]; i++)
        allow_below(rules, LOADERS[i], RUN_RIGHTS);
    allow_below(rules, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE);
    allow_below(rules, "/etc/ld.so.preload", LANDLOCK_ACCESS_FS_READ_FILE);
    allow_below(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    for (; *programs; programs++)
        allow_below(rules, *programs, RUN_RIGHTS);
}

static bool confine_files(confine_profile profile, const char *const *programs)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    // The struct of kernel 6.12; Debian 12's header has the first member only.
    const struct {
        uint64_t files, network, scoped;
    } handled = {
        .files = known_rights(version),
        .network = version >= 4 ? 3 : 0, // bind and connect TCP
        .scoped = version >= 6 ? 3 : 0,  // abstract sockets and signals
    };
    size_t size = version >= 6   ? sizeof handled
                  : version >= 4 ? 2 * sizeof(uint64_t)
                                 : sizeof(uint64_t);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    if (rules < 0) return false;
    if (profile == CONFINE_LAUNCH) allow_launch(rules, programs);
    bool holds = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    (void)close(rules);
    return holds;
}

/* ---- system calls ---- */

#ifdef THIS_ARCHITECTURE

enum { FILTER_MAX = 256, CALL_NUMBERS = 512 }; // of those that the rules name, each is below 512

typedef struct filter {
    struct sock_filter code[FILTER_MAX];
    uint16_t count;
} filter;

/* What is concluded of each call: its instructions, and by the call's number where they begin. The
 * first one is that of all numbers that no rule names, 512 and above among them. */
typedef struct verdicts {
    filter ends;
    uint8_t of[CALL_NUMBERS];
} verdicts;

/* Call numbers from this one to the next range's are treated alike. */
typedef struct number_range {
    uint32_t from;
    uint16_t end; // where the verdict's instructions begin in the whole filter
} number_range;

static void emit(filter *f, uint32_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    CHECK(f->count < FILTER_MAX);
    f->code[f->count++] = (struct sock_filter){(uint16_t)code, if_true, if_false, value};
}

static void load(filter *f, size_t offset)
{
    emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void conclude(filter *f, uint32_t verdict)
{
    emit(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* The same number means another call on another architecture, and x86-64 has a second table of
 * calls (x32) under its own numbers with bit 30 set: both would slip past the rules below. */
static void begin_filter(filter *f)
{
    load(f, offsetof(struct seccomp_data, arch));
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0);
    conclude(f, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
    emit(f, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    conclude(f, SECCOMP_RET_KILL_PROCESS);
}

static void set_end(verdicts *v, long number, uint16_t end)
{
    CHECK(number >= 0 && number < CALL_NUMBERS && end <= UINT8_MAX);
    v->of[number] = (uint8_t)end;
}

static void rules(verdicts *v, const long *numbers, size_t count, uint32_t verdict)
{
    uint16_t end = v->ends.count;
    conclude(&v->ends, verdict);
    for (size_t i = 0; i < count; i++)
        set_end(v, numbers[i], end);
}

/* Allowed unless the third argument, of mmap and mprotect the protection, has PROT_EXEC. */
static void rule_no_code(verdicts *v, long number)
{
    set_end(v, number, v->ends.count);
    load(&v->ends, offsetof(struct seccomp_data, args[2]));
    emit(&v->ends, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
    conclude(&v->ends, SECCOMP_RET_KILL_PROCESS);
    conclude(&v->ends, SECCOMP_RET_ALLOW);
}

/* Allowed when its first argument is `value`. */
static void rule_argument(verdicts *v, long number, uint32_t value, uint32_t otherwise)
{
    set_end(v, number, v->ends.count);
    // The low half, on a little-endian machine.
    load(&v->ends, offsetof(struct seccomp_data, args[0]));
    emit(&v->ends, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    conclude(&v->ends, SECCOMP_RET_ALLOW);
    conclude(&v->ends, otherwise);
}

static uint8_t jump(uint16_t from, uint16_t to)
{
    CHECK(to > from && to - from - 1 <= UINT8_MAX);
    return (uint8_t)(to - from - 1);
}

/* The search for the range that has the number, as a balanced tree of count - 1 comparisons. Returns
 * where it begins: at the range's verdict when there is one range. */
static uint16_t write_search(filter *f, const number_range *ranges, size_t count)
{
    if (count == 1) return ranges->end;
    uint16_t at = f->count;
    size_t half = count / 2;
    emit(f, BPF_JMP | BPF_JGE | BPF_K, ranges[half].from, 0, 0);
    f->code[at].jf = jump(at, write_search(f, ranges, half));
    f->code[at].jt = jump(at, write_search(f, ranges + half, count - half));
    return at;
}

/* Appends the search and what it leads to. */
static void write_rules(filter *f, const verdicts *v)
{
    number_range ranges[FILTER_MAX] = {{0, v->of[0]}};
    size_t count = 1;
    for (uint32_t number = 1; number <= CALL_NUMBERS; number++) {
        uint8_t end = number < CALL_NUMBERS ? v->of[number] : 0;
        if (end == ranges[count - 1].end) continue;
        CHECK(count < FILTER_MAX);
        ranges[count++] = (number_range){number, end};
    }
    for (size_t i = 0; i < count; i++)
        ranges[i].end = (uint16_t)(ranges[i].end + f->count + count - 1); // behind the search
    (void)write_search(f, ranges, count);
    for (uint16_t i = 0; i < v->ends.count; i++) {
        const struct sock_filter *one = &v->ends.code[i];
        emit(f, one->code, one->k, one->jt, one->jf);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void write_compute_rules(verdicts *v)
{
    static const long ALLOWED[] = {
        SYS_read,
        SYS_write,
        SYS_writev,
        SYS_close,
        SYS_lseek,
        SYS_fstat,
        SYS_munmap,
        SYS_mremap,
        SYS_brk,
        SYS_madvise,
        SYS_futex,
        SYS_exit,
        SYS_exit_group,
        SYS_rt_sigreturn,
        SYS_getpid,
        SYS_gettid,
        SYS_rt_sigprocmask,
        SYS_clock_gettime,
        SYS_gettimeofday,
        SYS_getrandom,
        SYS_sched_yield,
        SYS_sysinfo,
        SYS_rt_sigaction,
        SYS_sigaltstack,
        SYS_restart_syscall,
        SYS_sched_getaffinity,
    };
    // The C library tries these on its own account, for a locale or a limit, and can do without.
    static const long REFUSED[] = {
        SYS_openat, SYS_newfstatat, SYS_statx,  SYS_faccessat, SYS_readlinkat,
        SYS_getcwd, SYS_ioctl,      SYS_fcntl,  SYS_prlimit64,
#ifdef SYS_open
        SYS_open,   SYS_stat,       SYS_access, SYS_readlink,
#endif
    };
    conclude(&v->ends, SECCOMP_RET_KILL_PROCESS); // the rest
    rules(v, ALLOWED, COUNT(ALLOWED), SECCOMP_RET_ALLOW);
    rule_no_code(v, SYS_mmap);
    rule_no_code(v, SYS_mprotect);
    rules(v, REFUSED, COUNT(REFUSED), SECCOMP_RET_ERRNO | EACCES);
    rule_argument(v, SYS_tgkill, (uint32_t)getpid(), SECCOMP_RET_KILL_PROCESS); // abort()
}

static void write_launch_rules(verdicts *v)
{
    static const long REFUSED[] = {
        SYS_socket,
        SYS_socketpair,
        SYS_connect,
        SYS_bind,
        SYS_listen,
        SYS_accept,
        SYS_accept4,
        SYS_sendto,
        SYS_sendmsg,
        SYS_sendmmsg,
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_pidfd_getfd,
        SYS_kcmp,
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_unshare,
        SYS_setns,
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_io_uring_register,
        SYS_keyctl,
        SYS_add_key,
        SYS_request_key,
        SYS_init_module,
        SYS_finit_module,
        SYS_delete_module,
        SYS_kexec_load,
        SYS_open_by_handle_at,
        SYS_name_to_handle_at,
        SYS_shmget,
        SYS_shmat,
        SYS_msgget,
        SYS_semget,
        SYS_personality,
        SYS_setsid,
        SYS_setpgid,
        SYS_kill,
        SYS_tkill,
        SYS_tgkill,
        SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
        SYS_pidfd_send_signal,
    };
    conclude(&v->ends, SECCOMP_RET_ALLOW); // the rest
    rules(v, REFUSED, COUNT(REFUSED), SECCOMP_RET_ERRNO | EPERM);
    rule_argument(v, SYS_prlimit64, 0, SECCOMP_RET_ERRNO | EPERM); // process 0: itself
}

static bool confine_calls(confine_profile profile)
{
    filter f = {0};
    verdicts v = {0};
    if (profile == CONFINE_COMPUTE)
        write_compute_rules(&v);
    else
        write_launch_rules(&v);
    begin_filter(&f);
    write_rules(&f, &v);
    struct sock_fprog program = {.len = f.count, .filter = f.code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static bool confine_calls(confine_profile profile)
{
    (void)profile;
    return false; // the numbers of its calls are not known here
}

#endif

kith_status confine(confine_profile profile, const char *const *programs, confinement *out,
                    kith_error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(err, KITH_ERR_IO, "cannot give up privileges: %s", strerror(errno));
    confinement holds = {0};
    holds.files = confine_files(profile, programs);
    holds.system_calls = confine_calls(profile);
    *out = holds;
    return KITH_OK;
}
