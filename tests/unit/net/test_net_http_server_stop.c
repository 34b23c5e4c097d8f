/* Where a server listens, how it ends, and many clients at a time. */
#include "test.h"

#include "http_fixture.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- listening ---- */

static void options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    fixture f = {0};
    http_server *server = NULL;
    kith_error err = {0};
    http_server_options options = FIXTURE_OPTIONS(&f);
    options.host = NULL;
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &server, &err));
    options.host = "no-such-host.invalid";
    assert_status(KITH_ERR_NOT_FOUND, http_server_start(&options, &server, &err));
    assert_non_null(strstr(err.message, "no-such-host.invalid"));
    options.host = "192.0.2.1"; // of no machine, by RFC 5737
    assert_status(KITH_ERR_IO, http_server_start(&options, &server, &err));
    assert_non_null(strstr(err.message, "192.0.2.1"));
    options.host = "127.0.0.1";
    options.certificate = VIEW("x");
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &server, &err));
    options.key = VIEW("y");
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &server, &err));
    assert_non_null(strstr(err.message, "certificate"));
    options.certificate = options.key = (view){0};
    options.workers = 256;
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &server, &err));
    assert_null(server);
}

static void a_port_in_use_is_refused_and_free_again_at_once(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    fixture second = {0};
    options.context = &second;
    options.port = f.port;
    kith_error err = {0};
    assert_status(KITH_ERR_EXISTS, http_server_start(&options, &second.server, &err));
    assert_non_null(strstr(err.message, "another program listens on 127.0.0.1 port "));
    int fd =
        probe_connect(f.port); // a connection that the server closes first lingers in the kernel
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 200,
           "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_is_closed(fd));
    (void)close(fd);
    fixture_stop(&f);
    fixture_start(&second, &options);
    assert_int_equal(second.port, options.port);
    fixture_stop(&second);
}

static void a_unix_socket_is_its_owners_alone_and_goes_with_the_server(void **state)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/s", (const char *)*state);
    WITH_OPTIONS(f, options.host = NULL, options.unix_path = path);
    assert_int_equal(f.port, 0);
    struct stat made;
    assert_int_equal(lstat(path, &made), 0);
    assert_true(S_ISSOCK(made.st_mode));
    assert_int_equal(made.st_mode & 07777, 0600);
    int fd = probe_connect_unix(path);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|unix|1");
    (void)close(fd);

    fixture second = {0};
    options.context = &second;
    options.host = "127.0.0.1";
    kith_error err = {0};
    assert_status(KITH_ERR_EXISTS, http_server_start(&options, &second.server, &err));
    assert_non_null(strstr(err.message, path));
    fd = probe_connect_unix(path);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|unix|1");
    (void)close(fd);
    fixture_stop(&f);
    assert_int_equal(lstat(path, &made), -1);
}

static void leave_socket(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int size = snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    assert_true(size > 0 && (size_t)size < sizeof at.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    (void)close(fd);
}

static void an_abandoned_socket_is_replaced_and_nothing_else_is(void **state)
{
    const char *directory = *state;
    char path[256], link[256], plain[256], longest[512];
    (void)snprintf(path, sizeof path, "%s/s", directory);
    (void)snprintf(link, sizeof link, "%s/l", directory);
    (void)snprintf(plain, sizeof plain, "%s/p", directory);
    leave_socket(path);
    assert_int_equal(symlink(path, link), 0);
    FILE *file = fopen(plain, "w");
    assert_non_null(file);
    (void)fclose(file);

    fixture f = {0};
    kith_error err = {0};
    http_server_options options = FIXTURE_OPTIONS(&f);
    options.host = NULL;
    options.unix_path = link;
    assert_status(KITH_ERR_EXISTS, http_server_start(&options, &f.server, &err));
    options.unix_path = plain;
    assert_status(KITH_ERR_EXISTS, http_server_start(&options, &f.server, &err));
    assert_non_null(strstr(err.message, plain));
    assert_int_equal(access(plain, F_OK), 0);
    (void)snprintf(longest, sizeof longest, "%s/%0200d", directory, 0);
    options.unix_path = longest;
    assert_status(KITH_ERR_LIMIT, http_server_start(&options, &f.server, &err));
    (void)snprintf(longest, sizeof longest, "%s/none/s", directory);
    assert_status(KITH_ERR_IO, http_server_start(&options, &f.server, &err));

    options.unix_path = path;
    fixture_start(&f, &options);
    int fd = probe_connect_unix(path);
    expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|unix|1");
    (void)close(fd);
    // Another one's in its place stays.
    assert_int_equal(unlink(path), 0);
    leave_socket(path);
    fixture_stop(&f);
    assert_int_equal(access(path, F_OK), 0);
}

/* ---- ending ---- */

typedef struct stopping {
    fixture *f;
    uint32_t drain_ms;
    bool is_complete;
    atomic_bool is_done;
} stopping;

static void *stop_server(void *context)
{
    stopping *s = context;
    s->is_complete = http_server_stop(s->f->server, s->drain_ms);
    atomic_store(&s->is_done, true);
    return NULL;
}

static void stopping_finishes_what_is_under_way_and_closes_the_rest(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.workers = 1);
    int idle = probe_connect(f.port), busy = probe_connect(f.port), queued = probe_connect(f.port);
    expect(idle, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
    assert_true(probe_send(busy, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
    wait_for(&f.begun, 2);
    assert_true(probe_send(queued, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    // It has been read when a later one on another connection has been answered.
    expect(idle, "GET /forbidden HTTP/1.1\r\nHost: h\r\n\r\n", 401, "no");
    clock_sleep_ms(50);

    stopping s = {.f = &f, .drain_ms = patience_ms(10000)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_server, &s), 0);
    assert_true(probe_is_closed(idle)); // while the others are not answered
    assert_false(atomic_load(&s.is_done));
    atomic_store(&f.may_go_on, true);
    probe_reply r = probe_read(busy, false);
    assert_string_equal(r.body, "held");
    assert_string_equal(probe_header(&r, "Connection"), "close");
    assert_true(probe_is_closed(busy));
    probe_reply_free(&r);
    r = probe_read(queued, false);
    assert_string_equal(r.body, "GET|/x|||0|127.0.0.1|0");
    probe_reply_free(&r);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(s.is_complete);
    (void)close(idle);
    (void)close(busy);
    (void)close(queued);
}

static void what_does_not_end_in_time_is_cut(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.workers = 2);
    int stream = probe_connect(f.port), waiting = probe_connect(f.port), queued;
    assert_true(probe_send(stream, "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert_true(probe_send(waiting, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
    wait_for(&f.begun, 2);
    queued = probe_connect(f.port);
    assert_true(probe_send(queued, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    clock_sleep_ms(50);
    assert_false(http_server_stop(f.server, 50));
    assert_true(atomic_load(&f.saw_leaving));
    assert_int_equal(atomic_load(&f.begun), 2);
    assert_int_equal(atomic_load(&f.ended), 3);
    (void)close(stream);
    (void)close(waiting);
    (void)close(queued);
}

/* ---- many at a time ---- */

enum { CLIENTS = 200, REQUESTS = 50 };

typedef struct client {
    uint16_t port;
    uint32_t number, right;
} client;

static void *ask_many(void *context)
{
    client *c = context;
    int fd = probe_connect(c->port);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        char request[256], body[64];
        int size = snprintf(body, sizeof body, "client %u request %u", c->number, i);
        (void)snprintf(request, sizeof request,
                       "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", size,
                       body);
        if (!probe_send(fd, request)) break;
        probe_reply r = probe_read(fd, false);
        c->right += r.status == 200 && strcmp(r.body, body) == 0;
        probe_reply_free(&r);
    }
    (void)close(fd);
    return NULL;
}

static void many_clients_each_get_their_own_answers(void **state)
{
    (void)state;
    WITH_OPTIONS(f, (void)0);
    static client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    for (uint32_t i = 0; i < CLIENTS; i++) {
        clients[i] = (client){.port = f.port, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &clients[i]), 0);
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(clients[i].right, REQUESTS);
    }
    fixture_stop(&f);
    assert_int_equal(atomic_load(&f.begun), CLIENTS * REQUESTS);
    assert_int_equal(atomic_load(&f.ended), CLIENTS * REQUESTS);
}

static void handlers_that_wait_do_not_keep_others_waiting(void **state)
{
    (void)state;
    WITH_OPTIONS(f, options.workers = 9);
    int held[8];
    for (int i = 0; i < 8; i++) {
        held[i] = probe_connect(f.port);
        assert_true(probe_send(held[i], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        int fd = probe_connect(f.port); // answered although i + 1 handlers wait
        expect(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "GET|/x|||0|127.0.0.1|0");
        (void)close(fd);
    }
    atomic_store(&f.may_go_on, true);
    for (int i = 0; i < 8; i++) {
        probe_reply r = probe_read(held[i], false);
        assert_string_equal(r.body, "held");
        probe_reply_free(&r);
        (void)close(held[i]);
    }
    fixture_stop(&f);
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(a_port_in_use_is_refused_and_free_again_at_once),
        IN_DIRECTORY(a_unix_socket_is_its_owners_alone_and_goes_with_the_server),
        IN_DIRECTORY(an_abandoned_socket_is_replaced_and_nothing_else_is),
        cmocka_unit_test(stopping_finishes_what_is_under_way_and_closes_the_rest),
        cmocka_unit_test(what_does_not_end_in_time_is_cut),
        cmocka_unit_test(many_clients_each_get_their_own_answers),
        cmocka_unit_test(handlers_that_wait_do_not_keep_others_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
