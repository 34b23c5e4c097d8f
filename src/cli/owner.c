/* owner.c - see owner.h. One thread accepts connections; each has a thread of its own, detached,
 * that runs its command and takes it off the list. `lock` guards the list. */
#include "cli/owner.h"

#include "os/clock.h"
#include "serve/command_socket.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct running {
    owner *owner;
    handed_command *command;
} running;

struct owner {
    handed_options options;
    command_socket *socket;
    pthread_t acceptor;
    bool has_acceptor;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    running *commands[OWNER_COMMANDS_MAX]; /* NULL: a free place */
    uint32_t count;
    bool is_ending;
};

static void leave(running *r)
{
    owner *o = r->owner;
    CHECK(pthread_mutex_lock(&o->lock) == 0);
    for (size_t i = 0; i < OWNER_COMMANDS_MAX; i++)
        if (o->commands[i] == r) o->commands[i] = NULL;
    o->count--;
    handed_command_free(r->command);
    free(r);
    // Whoever waits for the last one frees `o` as soon as it has the lock.
    CHECK(pthread_cond_broadcast(&o->changed) == 0);
    CHECK(pthread_mutex_unlock(&o->lock) == 0);
}

static void *run_command(void *context)
{
    running *r = context;
    handed_command_run(r->command);
    leave(r);
    return NULL;
}

/* Puts it on the list, which has room; false when the server ends. */
static bool enter(owner *o, running *r)
{
    CHECK(pthread_mutex_lock(&o->lock) == 0);
    bool may = !o->is_ending;
    for (size_t i = 0; may && i < OWNER_COMMANDS_MAX; i++) {
        if (o->commands[i]) continue;
        o->commands[i] = r;
        o->count++;
        break;
    }
    CHECK(pthread_mutex_unlock(&o->lock) == 0);
    return may;
}

/* A connection that cannot be served is closed: the client then runs its command itself. */
static void serve_connection(owner *o, int fd)
{
    pthread_t thread;
    running *r = calloc(1, sizeof *r);
    handed_command *taken = handed_command_new(fd, &o->options);
    if (!r || !taken) {
        handed_command_free(taken);
        free(r);
        return;
    }
    *r = (running){o, taken};
    if (!enter(o, r)) {
        handed_command_free(taken);
        free(r);
    } else if (pthread_create(&thread, NULL, run_command, r) == 0) {
        CHECK(pthread_detach(thread) == 0);
    } else {
        leave(r);
    }
}

/* Waits for a free place; false when the server ends. */
static bool wait_for_place(owner *o)
{
    CHECK(pthread_mutex_lock(&o->lock) == 0);
    while (!o->is_ending && o->count == OWNER_COMMANDS_MAX)
        CHECK(pthread_cond_wait(&o->changed, &o->lock) == 0);
    bool may = !o->is_ending;
    CHECK(pthread_mutex_unlock(&o->lock) == 0);
    return may;
}

static void *accept_commands(void *context)
{
    owner *o = context;
    while (wait_for_place(o)) {
        int fd = command_socket_accept(o->socket);
        if (fd >= 0) serve_connection(o, fd);
    }
    return NULL;
}

kith_status owner_start(const char *directory, const handed_options *options, owner **out,
                        kith_error *err)
{
    owner *o = calloc(1, sizeof *o);
    if (!o) return fail(err, KITH_ERR_NO_MEMORY, "out of memory");
    o->options = *options;
    CHECK(pthread_mutex_init(&o->lock, NULL) == 0);
    clock_condition_init(&o->changed);
    kith_status status = command_socket_open(directory, &o->socket, err);
    if (status == KITH_OK) {
        o->has_acceptor = pthread_create(&o->acceptor, NULL, accept_commands, o) == 0;
        if (!o->has_acceptor) status = fail(err, KITH_ERR_NO_MEMORY, "cannot start a thread");
    }
    if (status == KITH_OK) {
        *out = o;
        return KITH_OK;
    }
    owner_interrupt(o);
    bool in_order = owner_stop(o, 0);
    CHECK(in_order);
    return status;
}

void owner_interrupt(owner *o)
{
    if (!o) return;
    CHECK(pthread_mutex_lock(&o->lock) == 0);
    o->is_ending = true;
    for (size_t i = 0; i < OWNER_COMMANDS_MAX; i++)
        if (o->commands[i]) handed_command_interrupt(o->commands[i]->command);
    CHECK(pthread_cond_broadcast(&o->changed) == 0);
    CHECK(pthread_mutex_unlock(&o->lock) == 0);
    if (o->has_acceptor) {
        command_socket_wake(o->socket);
        CHECK(pthread_join(o->acceptor, NULL) == 0);
        o->has_acceptor = false;
    }
    command_socket_close(o->socket);
    o->socket = NULL;
}

static bool wait_for_all(owner *o, uint32_t drain_ms)
{
    struct timespec end = clock_deadline(drain_ms);
    bool in_order = true;
    while (o->count > 0 && in_order)
        in_order = pthread_cond_timedwait(&o->changed, &o->lock, &end) != ETIMEDOUT;
    if (o->count == 0) return true;
    for (size_t i = 0; i < OWNER_COMMANDS_MAX; i++)
        if (o->commands[i]) handed_command_cut(o->commands[i]->command);
    while (o->count > 0)
        CHECK(pthread_cond_wait(&o->changed, &o->lock) == 0);
    return false;
}

bool owner_stop(owner *o, uint32_t drain_ms)
{
    if (!o) return true;
    CHECK(pthread_mutex_lock(&o->lock) == 0);
    bool in_order = wait_for_all(o, drain_ms);
    CHECK(pthread_mutex_unlock(&o->lock) == 0);
    CHECK(pthread_cond_destroy(&o->changed) == 0);
    CHECK(pthread_mutex_destroy(&o->lock) == 0);
    free(o);
    return in_order;
}
